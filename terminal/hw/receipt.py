"""What receipts and credit notes say, in the payer's language, and the signed codes on them.

    RC1.<terminal>.<receipt number>.<amount, minor units>.<paid at, seconds since 1970 UTC>.<tag>
    CN1.<terminal>.<note number>.<amount, minor units>.<issued at, seconds since 1970 UTC>.<tag>

The code is printed as a QR code and as text below it; whoever has the key can tell a genuine one.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from terminal.fees.explain import explain
from terminal.fsm.effects import CreditNote, PrintDocument, Receipt
from terminal.hw.typesetting import Code, Element, Paper, Rule, Text, printable, typeset
from terminal.money import capitals, figures, with_symbol
from terminal.words import say

MINUTE_MS = 60_000


class Letterhead(Paper, frozen=True, kw_only=True):
    """The paper, with what all documents of a terminal have in common on it."""

    site: str
    terminal_id: str
    currency: str
    timezone: str


def render(job: PrintDocument, letterhead: Letterhead, sign: Callable[[str], str]) -> bytes:
    """The document's bytes for the printer, up to and with the cut; `sign` puts the tag behind a code."""
    return typeset(compose(job, letterhead, sign), letterhead)


def compose(job: PrintDocument, letterhead: Letterhead, sign: Callable[[str], str]) -> list[Element]:
    """The document's lines, from top to bottom."""
    writer = _Writer(job.language, letterhead)
    if isinstance(job.document, Receipt):
        return [*writer.head(f"receipt.title_{job.document.what}", job.copy), *writer.receipt(job.document, sign)]
    return [*writer.head("receipt.note_title", job.copy), *writer.credit_note(job.document, sign)]


class _Writer:
    """Writes in one language under one letterhead."""

    def __init__(self, language: str, letterhead: Letterhead) -> None:
        self._language = language
        self._letterhead = letterhead
        self._zone = ZoneInfo(letterhead.timezone)

    def head(self, title: str, copy: int) -> Iterator[Element]:
        yield Text(self._say(title), size=2, centred=True)
        yield Text(self._letterhead.site, centred=True)
        if copy:
            yield Text(self._say("receipt.copy", copy=copy), size=2, centred=True)
        yield Rule()

    def receipt(self, receipt: Receipt, sign: Callable[[str], str]) -> Iterator[Element]:
        yield self._row("receipt.number", str(receipt.receipt_no))
        if receipt.ticket_id:
            yield self._row("receipt.account" if receipt.what == "dues" else "receipt.ticket", receipt.ticket_id)
        if receipt.entered_at_ms:
            yield self._row("receipt.entered", self._time(receipt.entered_at_ms))
        yield self._row("receipt.paid", self._time(receipt.paid_at_ms))
        if receipt.entered_at_ms:
            yield self._row("receipt.stay", self._stay(receipt.paid_at_ms - receipt.entered_at_ms))
        yield Rule()
        for line in receipt.lines:
            explained = explain(line, self._language, self._letterhead.currency, self._letterhead.timezone)
            yield Text(explained, self._amount(line.amount_minor))
        yield Rule()
        yield from self._total("receipt.total", receipt.due_minor)
        yield self._row("receipt.tendered", self._amount(receipt.tendered_minor))
        yield self._row("receipt.paid_out", self._amount(receipt.paid_out_minor))
        if receipt.note_minor:
            yield self._row("receipt.note", self._amount(receipt.note_minor))
        yield self._row("receipt.terminal", self._letterhead.terminal_id)
        yield from self._code("RC1", receipt.receipt_no, receipt.due_minor, receipt.paid_at_ms, sign)

    def credit_note(self, note: CreditNote, sign: Callable[[str], str]) -> Iterator[Element]:
        yield self._row("receipt.number", str(note.note_no))
        yield self._row("receipt.issued", self._time(note.issued_at_ms))
        yield self._row("receipt.reason", self._say(f"receipt.reason_{note.reason}"))
        yield self._row("receipt.terminal", self._letterhead.terminal_id)
        yield Rule()
        yield from self._total("receipt.worth", note.amount_minor)
        yield Rule()
        yield Text(self._say("receipt.redeem"))
        yield from self._code("CN1", note.note_no, note.amount_minor, note.issued_at_ms, sign)

    def _say(self, key: str, **params: object) -> str:
        return say(self._language, key, **params)

    def _row(self, key: str, value: str) -> Text:
        return Text(self._say(key), value)

    def _total(self, key: str, amount_minor: int) -> Iterator[Element]:
        """The amount, big; on Chinese documents in capitals too, as is the custom for money."""
        yield Text(self._say(key), self._amount(amount_minor), size=2)
        if self._language == "zh-CN" and self._letterhead.currency == "CNY":
            yield self._row("receipt.capitals", capitals(amount_minor))

    def _code(
        self, kind: str, number: int, amount_minor: int, at_ms: int, sign: Callable[[str], str]
    ) -> Iterator[Element]:
        code = sign(f"{kind}.{self._letterhead.terminal_id}.{number}.{amount_minor}.{at_ms // 1000}")
        yield Code(code)
        yield Text(code, centred=True)

    def _amount(self, amount_minor: int) -> str:
        """With the currency's symbol where the printer has it, else with its three letters."""
        currency = self._letterhead.currency
        text = with_symbol(amount_minor, currency)
        return text if printable(text, self._letterhead) else f"{currency} {figures(amount_minor, currency)}"

    def _time(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def _stay(self, stay_ms: int) -> str:
        hours, minutes = divmod(max(0, stay_ms) // MINUTE_MS, 60)
        return self._say("receipt.stay_value", hours=hours, minutes=minutes)
