"""Simplified Chinese (简体中文)."""

# fmt: off
WORDS: dict[str, str] = {
}
