"""What receipts and credit notes say, in the payer's language, and the signed codes on them (`terminal/pay/receipts.py`).

A document has two readers: the payer, who may be a foreigner, and later an office that wants to book it. So where money is
yuan, a document in another language says in Chinese too what it is and how much, if the printer has Chinese by itself.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from terminal.fees.explain import explain
from terminal.fees.quote import Names
from terminal.fsm.effects import CreditNote, PrintDocument, Receipt, TestPage
from terminal.hw.typesetting import Code, Element, Paper, Rule, Text, printable, typeset, width
from terminal.money import CAPITALS_BELOW_MINOR, capitals, figures, with_symbol
from terminal.pay.receipts import Proof, text_of
from terminal.words import say

CHINESE = "zh-CN"
MINUTE_MS = 60_000
SIGNATURE = "_" * 16
TEST_MAGIC = "TP1"
"""What the code of a test page begins with: it is not signed, and proves nothing but that it can be read."""


class Letterhead(Paper, frozen=True, kw_only=True):
    """The paper, with what all documents of a terminal have in common on it."""

    site: str
    terminal_id: str
    currency: str
    timezone: str
    issuer: Names = msgspec.field(default_factory=dict)
    """Who takes the money and issues the document, by language: the name that an office books."""


def render(job: PrintDocument, letterhead: Letterhead, sign: Callable[[str], str]) -> bytes:
    """The document's bytes for the printer, up to and with the cut; `sign` puts the tag behind a code."""
    return typeset(compose(job, letterhead, sign), letterhead)


def compose(job: PrintDocument, letterhead: Letterhead, sign: Callable[[str], str]) -> list[Element]:
    """The document's lines, from top to bottom."""
    writer = _Writer(job.language, letterhead)
    if isinstance(job.document, Receipt):
        head = writer.head(f"receipt.title_{job.document.what}", "receipt.payee", job.copy)
        return [*head, *writer.receipt(job.document, sign)]
    if isinstance(job.document, TestPage):
        return [*writer.head("receipt.test_title", "receipt.issuer", job.copy), *writer.test_page(job.document)]
    head = writer.head("receipt.note_title", "receipt.issuer", job.copy)
    return [*head, *writer.credit_note(job.document, sign)]


class _Writer:
    """Writes in one language under one letterhead."""

    def __init__(self, language: str, letterhead: Letterhead) -> None:
        self._language = language
        self._letterhead = letterhead
        self._zone = ZoneInfo(letterhead.timezone)

    def head(self, title: str, issuer: str, copy: int) -> Iterator[Element]:
        names = self._letterhead.issuer
        yield Text(self._say(title), size=2, centred=True)
        if self._also_chinese:
            yield Text(say(CHINESE, title), centred=True)
        if names:
            name = names.get(self._language) or next(iter(names.values()))
            yield Text(self._say(issuer, name=name), centred=True)
        yield Text(self._letterhead.site, centred=True)
        if copy:
            yield Text(self._say("receipt.copy", copy=copy), size=2, centred=True)
        yield Rule()

    def receipt(self, receipt: Receipt, sign: Callable[[str], str]) -> Iterator[Element]:
        yield self._number(receipt.receipt_no)
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
            yield Text(explained, self._amount(line.amount_minor) if line.amount_minor else "")
        yield Rule()
        yield from self._total("receipt.total", receipt.due_minor)
        yield self._row("receipt.tendered", self._amount(receipt.tendered_minor))
        if receipt.paid_out_minor:
            yield self._row("receipt.paid_out", self._amount(receipt.paid_out_minor))
        if receipt.note_minor:
            yield self._row("receipt.note", self._amount(receipt.note_minor))
        yield Rule()
        terminal_id = self._letterhead.terminal_id
        proof = Proof("receipt", terminal_id, receipt.receipt_no, receipt.due_minor, receipt.paid_at_ms)
        yield from self._proof(proof, sign)
        if self._letterhead.currency == "CNY":
            yield Text(self._say("receipt.no_invoice"), centred=True)

    def credit_note(self, note: CreditNote, sign: Callable[[str], str]) -> Iterator[Element]:
        yield self._number(note.note_no)
        yield self._row("receipt.issued", self._time(note.issued_at_ms))
        yield self._row("receipt.reason", self._say(f"receipt.reason_{note.reason}"))
        yield Rule()
        yield from self._total("receipt.worth", note.amount_minor)
        yield Rule()
        yield Text(self._say("receipt.redeem"))
        yield Text("")
        yield self._row("receipt.redeemed", SIGNATURE)
        yield Rule()
        proof = Proof("credit_note", self._letterhead.terminal_id, note.note_no, note.amount_minor, note.issued_at_ms)
        yield from self._proof(proof, sign)

    def test_page(self, page: TestPage) -> Iterator[Element]:
        """All that documents are made of, to be looked at: the full width, both sizes, Chinese, an amount, a QR code."""
        yield self._row("receipt.test_who", page.who)
        yield self._row("receipt.issued", self._time(page.asked_at_ms))
        yield Rule()
        yield Text(("0123456789" * self._letterhead.columns)[: self._letterhead.columns])
        yield Text("ABC abc 123", self._amount(0), size=2)
        yield self._row("receipt.test_chinese", say(CHINESE, "receipt.test_title"))
        yield self._row("receipt.test_printer", f"{self._letterhead.profile}, {self._letterhead.chinese}")
        yield Rule()
        yield Text(self._say("receipt.test_code"), centred=True)
        yield Code(f"{TEST_MAGIC}.{self._letterhead.terminal_id}.{page.asked_at_ms // 1000}")
        yield Text(self._say("receipt.test_worth"), centred=True)

    @property
    def _also_chinese(self) -> bool:
        """The payer reads another language, but an office that books yuan reads Chinese."""
        of = self._letterhead
        return self._language != CHINESE and of.currency == "CNY" and of.chinese != "picture"

    def _number(self, number: int) -> Text:
        """With the terminal's id before it no other document of the site has the same."""
        return self._row("receipt.number", f"{self._letterhead.terminal_id}-{number}")

    def _say(self, key: str, **params: object) -> str:
        return say(self._language, key, **params)

    def _row(self, key: str, value: str) -> Text:
        return Text(self._say(key), value)

    def _total(self, key: str, amount_minor: int) -> Iterator[Element]:
        """The amount, big; yuan in capitals too, as is the custom for money that is booked."""
        yield Text(self._say(key), self._amount(amount_minor), size=2)
        chinese = self._language == CHINESE or self._also_chinese
        if chinese and self._letterhead.currency == "CNY" and amount_minor < CAPITALS_BELOW_MINOR:
            yield self._row("receipt.capitals", capitals(amount_minor))

    def _proof(self, proof: Proof, sign: Callable[[str], str]) -> Iterator[Element]:
        """The signed code, said to be what it is: a payer might take it for one to pay by. Too long for a line, its tag stands
        alone."""
        code = sign(text_of(proof))
        text, _, tag = code.rpartition(".")
        yield Text(self._say("receipt.proof"), centred=True)
        yield Code(code)
        for line in (code,) if width(code) <= self._letterhead.columns else (f"{text}.", tag):
            yield Text(line, centred=True)

    def _amount(self, amount_minor: int) -> str:
        """With the currency's symbol where the printer has it, else with its three letters."""
        currency = self._letterhead.currency
        text = with_symbol(amount_minor, currency)
        return text if printable(text, self._letterhead) else f"{currency} {figures(amount_minor, currency)}"

    def _time(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def _stay(self, stay_ms: int) -> str:
        hours, minutes = divmod(-(-max(0, stay_ms) // MINUTE_MS), 60)
        parts = [self._say("tariff.short.hours", n=hours)] if hours else []
        if minutes or not hours:
            parts.append(self._say("tariff.short.minutes", n=minutes))
        return self._say("tariff.duration_gap").join(parts)
