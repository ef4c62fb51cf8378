"""What payers and operators read, in every language: one file a language, the same keys in each (a test sees to it)."""

from terminal.words import en, zh_cn

CATALOGUES: dict[str, dict[str, str]] = {"zh-CN": zh_cn.WORDS, "en": en.WORDS}


def say(language: str, key: str, **params: object) -> str:
    """The text for `key` with its gaps filled; an unknown key is shown as it is, so that nothing stays unsaid.

    `language` is one of `CATALOGUES`; any other falls back to English.
    """
    text = CATALOGUES.get(language, en.WORDS).get(key)
    return key if text is None else text.format(**params)
