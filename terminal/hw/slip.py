"""Slips of a window: small papers that people sign when cash moves, a drawer changes hands, or a sale is put right.

Each says what happened, who did it and who stood by, the pieces, and the amount in figures and capitals, and has a line for each
to sign on. A number that comes later, like that of the bag or the bank's slip, is written by hand on its line.
"""

from collections.abc import Iterator
from typing import NamedTuple

from terminal.fsm.effects import Slip, SlipKind
from terminal.hw.letterhead import SIGNATURE, Writer
from terminal.hw.typesetting import Element, Rule, Text


class Form(NamedTuple):
    """What is particular about one kind of slip, as keys of the catalogue."""

    signed: tuple[str, ...]
    """Who signs."""
    note: str = ""
    """What `Slip.note` is; "": it has none, or a line of its own (`_particulars`)."""
    amount: str = "receipt.total"


FORMS: dict[SlipKind, Form] = {
    "float":      Form(("taker", "giver")),
    "top_up":     Form(("taker", "giver"), "bag"),
    "drop":       Form(("payer_in", "receiver"), "bag"),
    "big_notes":  Form(("payer_in", "receiver"), "bag"),
    "cleared":    Form(("payer_in", "receiver"), "bag"),
    "handover":   Form(("from", "to"), "from"),
    "correction": Form(("clerk", "second", "payer"), amount="receipt.worth"),
    "suspect":    Form(("clerk", "second"), "bank_slip", amount="slip.face_value"),
    "envelope":   Form(("counter", "second"), "envelope"),
}  # fmt: skip
"""A test sees to it that each kind of slip is here."""


def slip(writer: Writer, paper: Slip, copy: int) -> Iterator[Element]:
    """The slip, from top to bottom."""
    form = FORMS[paper.what]
    yield from writer.head(f"slip.title.{paper.what}", "receipt.issuer", copy)
    yield writer.number(paper.slip_no)
    yield writer.row("receipt.issued", writer.time(paper.at_ms))
    yield writer.row("report.head.shift", str(paper.shift_no))
    if form.note == "from":
        yield writer.row("slip.from", paper.note)
    yield writer.row("slip.to" if paper.what == "handover" else "report.name", paper.name)
    if paper.approved_by:
        yield writer.row("report.head.second", paper.approved_by)
    yield Rule()
    yield from _particulars(writer, paper)
    if paper.pieces:
        yield from writer.pieces(paper.pieces)
        yield Rule()
    yield from writer.total(form.amount, abs(paper.amount_minor))
    if form.note not in ("", "from"):
        yield writer.row(f"slip.{form.note}", paper.note or SIGNATURE)
    yield Rule()
    yield from writer.signatures(*(f"slip.signed.{who}" for who in _signers(form, paper)))


def _signers(form: Form, paper: Slip) -> tuple[str, ...]:
    """Of a drawer in dispute somebody more has seen it; a wrong method moves no money of the payer's."""
    if paper.what == "handover" and paper.approved_by:
        return (*form.signed, "second")
    return form.signed[:-1] if paper.note.startswith("method ") and paper.what == "correction" else form.signed


def _particulars(writer: Writer, paper: Slip) -> Iterator[Element]:
    """What only this kind of slip says, with a rule below."""
    if paper.what == "correction":
        what, _, receipt_no = paper.note.partition(" ")
        yield Text(writer.say("slip.correction"), writer.word("window.correct", what))
        yield writer.row("slip.receipt", writer.numbered(receipt_no))
        if what == "change":
            yield Text(writer.say(f"window.change.{'to' if paper.amount_minor > 0 else 'from'}_payer"))
    elif paper.what == "suspect":
        yield Text(writer.say("slip.no_income"))
        yield writer.row("slip.serial", SIGNATURE)
    elif paper.what == "envelope":
        yield Text(writer.say("backfill.mark"), centred=True)
    else:
        return
    yield Rule()
