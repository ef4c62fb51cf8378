"""What the books know of a receipt or credit note whose code is genuine: was it booked, voided, given back, honoured already?

A genuine code proves that somebody with the site's key made it, not that the paper is still worth what it says. The books of
one terminal know only its own receipts; of credit notes they know those that it issued, and those that it honoured.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from terminal.money import with_symbol
from terminal.pay.receipts import Proof
from terminal.store.lookups import Lookups
from terminal.words import say

Rows = Callable[..., list[Any]]


class Known(msgspec.Struct, frozen=True):
    """What one terminal knows of a document."""

    issued_here: bool
    booked: bool = False
    """It was issued here, with this amount."""
    voided: bool = False
    given_back_minor: int = 0
    copies: int = 0
    """How often it was printed again."""
    honoured_at_ms: int | None = None
    """When this credit note was honoured here."""


class Told(NamedTuple):
    """One fact in words; `tone` as on the status page: good, warn, bad or none."""

    tone: str
    text: str


def look_up(rows: Rows, proof: Proof, terminal_id: str) -> Known:
    """What the books behind `rows` know; `terminal_id` is whose they are."""
    books, here = Lookups(rows), proof.terminal_id == terminal_id
    copies = books.copies_of(proof.document, proof.number) if here else 0
    if proof.document == "credit_note":
        issued = rows("SELECT amount_minor FROM credit_notes WHERE note_no = ?", (proof.number,)) if here else []
        honoured_at_ms = books.note_redeemed_at_ms(proof.terminal_id, proof.number)
        return Known(here, [tuple(row) for row in issued] == [(proof.amount_minor,)], False, 0, copies, honoured_at_ms)
    sold = books.sold(proof.number) if here else None
    if sold is None or sold.due_minor != proof.amount_minor:
        return Known(here)
    return Known(here, True, sold.voided, sold.given_back_minor, copies)


def tell(known: Known, proof: Proof, language: str, currency: str, timezone: str) -> Iterator[Told]:
    """The same in words."""
    note = proof.document == "credit_note"
    if known.honoured_at_ms is not None:
        at = datetime.fromtimestamp(known.honoured_at_ms / 1000, ZoneInfo(timezone))
        yield Told("bad", say(language, "receipt.known.honoured", at=f"{at:%Y-%m-%d %H:%M}"))
    elif note:
        yield Told("none", say(language, "receipt.known.not_honoured"))
    if not known.issued_here:
        yield Told("warn", say(language, "receipt.known.elsewhere", terminal=proof.terminal_id))
        return
    if not known.booked:
        yield Told("bad", say(language, "receipt.known.not_booked"))
        return
    yield Told("good", say(language, "receipt.known.booked"))
    if known.voided:
        yield Told("bad", say(language, "receipt.known.voided"))
    elif known.given_back_minor:
        amount = with_symbol(known.given_back_minor, currency)
        yield Told("warn", say(language, "receipt.known.given_back", amount=amount))
    elif not note:
        yield Told("none", say(language, "receipt.known.nothing_back"))
    if known.copies:
        yield Told("none", say(language, "receipt.known.copies", n=known.copies))
