"""What a kind of fee answers: the amount and the lines that explain it."""

import msgspec


class QuoteLine(msgspec.Struct, frozen=True):
    """One line of an explanation. `what` is a key under `quote.` in the catalogue of words, `params` fill its gaps."""

    what: str
    amount_minor: int
    params: dict[str, int | str] = {}


class Quote(msgspec.Struct, frozen=True):
    """What is owed, and why: `due_minor` is always the sum of the lines."""

    due_minor: int
    lines: tuple[QuoteLine, ...]
