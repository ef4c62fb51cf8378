"""What a kind of fee answers: the amount and the lines that explain it."""

import msgspec

Names = dict[str, str]
"""One name in every language: `{"zh-CN": "白天", "en": "Daytime"}`."""


class QuoteLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an explanation. `what` is a key under `quote.` in the catalogue of words, `params` fill its gaps:
    `…_minor` is an amount, `…_ms` a moment, any other stands as it is. `names` fill the gap `name`, by language."""

    what: str
    amount_minor: int
    params: dict[str, int | str] = {}
    names: Names = {}


class Quote(msgspec.Struct, frozen=True):
    """What is owed, and why: `due_minor` is always the sum of the lines."""

    due_minor: int
    lines: tuple[QuoteLine, ...]
