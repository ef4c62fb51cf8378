"""English."""

# fmt: off
WORDS: dict[str, str] = {
}
