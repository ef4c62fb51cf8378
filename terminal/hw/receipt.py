"""What is printed: receipts and credit notes in the payer's language, with the signed codes on them
(`terminal/pay/receipts.py`), and the test page. Papers of the staff are in `slip.py` and `shift_report.py`.
"""

from collections.abc import Callable, Iterator

from terminal.fees.explain import explain
from terminal.fsm.effects import CreditNote, PrintDocument, Receipt, ShiftReport, Slip, TestPage
from terminal.hw.letterhead import CHINESE, SIGNATURE, Letterhead, Writer
from terminal.hw.shift_report import shift_report
from terminal.hw.slip import slip
from terminal.hw.typesetting import Code, Element, Rule, Text, typeset, width
from terminal.pay.receipts import Proof, text_of
from terminal.words import say

MINUTE_MS = 60_000
TEST_MAGIC = "TP1"
"""What the code of a test page begins with: it is not signed, and proves nothing but that it can be read."""


def render(job: PrintDocument, letterhead: Letterhead, sign: Callable[[str], str]) -> bytes:
    """The document's bytes for the printer, up to and with the cut; `sign` puts the tag behind a code."""
    return typeset(compose(job, letterhead, sign), letterhead)


def compose(job: PrintDocument, letterhead: Letterhead, sign: Callable[[str], str]) -> list[Element]:
    """The document's lines, from top to bottom."""
    writer = Writer(job.language, letterhead)
    match job.document:
        case Receipt() as document:
            return list(_receipt(writer, document, job.copy, sign))
        case CreditNote() as document:
            return list(_credit_note(writer, document, job.copy, sign))
        case TestPage() as document:
            return list(_test_page(writer, document, job.copy))
        case Slip() as document:
            return list(slip(writer, document, job.copy))
        case ShiftReport(report):
            return list(shift_report(writer, report, job.copy))


def _receipt(writer: Writer, receipt: Receipt, copy: int, sign: Callable[[str], str]) -> Iterator[Element]:
    of = writer.letterhead
    yield from writer.head(f"receipt.title_{receipt.what}", "receipt.payee", copy)
    yield writer.number(receipt.receipt_no)
    if receipt.ticket_id:
        yield writer.row("receipt.account" if receipt.what == "dues" else "receipt.ticket", receipt.ticket_id)
    if receipt.entered_at_ms:
        yield writer.row("receipt.entered", writer.time(receipt.entered_at_ms))
    yield writer.row("receipt.paid", writer.time(receipt.paid_at_ms))
    if receipt.entered_at_ms:
        yield writer.row("receipt.stay", _stay(writer, receipt.paid_at_ms - receipt.entered_at_ms))
    yield Rule()
    for line in receipt.lines:
        explained = explain(line, writer.language, of.currency, of.timezone)
        yield Text(explained, writer.amount(line.amount_minor) if line.amount_minor else "")
    yield Rule()
    yield from writer.total("receipt.total", receipt.due_minor)
    yield from _settled(writer, receipt)
    yield Rule()
    proof = Proof("receipt", of.terminal_id, receipt.receipt_no, receipt.due_minor, receipt.paid_at_ms)
    yield from _proof(writer, proof, sign)
    if of.currency == "CNY":
        yield Text(writer.say("receipt.no_invoice"), centred=True)


def _settled(writer: Writer, receipt: Receipt) -> Iterator[Element]:
    """How it was paid, and what came back: received - change - credit note = total."""
    for method, amount_minor in (receipt.tenders_minor or {"cash": receipt.tendered_minor}).items():
        if method == "cash":
            yield writer.row("receipt.tendered", writer.amount(amount_minor))
        else:
            means = writer.word("window.means", method)
            yield Text(writer.say("receipt.tendered_by", means=means), writer.amount(amount_minor))
    if receipt.paid_out_minor:
        yield writer.row("receipt.paid_out", writer.amount(receipt.paid_out_minor))
    if receipt.note_minor:
        yield writer.row("receipt.note", writer.amount(receipt.note_minor))


def _credit_note(writer: Writer, note: CreditNote, copy: int, sign: Callable[[str], str]) -> Iterator[Element]:
    yield from writer.head("receipt.note_title", "receipt.issuer", copy)
    yield writer.number(note.note_no)
    yield writer.row("receipt.issued", writer.time(note.issued_at_ms))
    yield writer.row("receipt.reason", writer.say(f"receipt.reason_{note.reason}"))
    yield Rule()
    yield from writer.total("receipt.worth", note.amount_minor)
    yield Rule()
    yield Text(writer.say("receipt.redeem"))
    yield Text("")
    yield writer.row("receipt.redeemed", SIGNATURE)
    yield Rule()
    proof = Proof("credit_note", writer.letterhead.terminal_id, note.note_no, note.amount_minor, note.issued_at_ms)
    yield from _proof(writer, proof, sign)


def _test_page(writer: Writer, page: TestPage, copy: int) -> Iterator[Element]:
    """All that documents are made of, to be looked at: the full width, both sizes, Chinese, an amount, a QR code."""
    of = writer.letterhead
    yield from writer.head("receipt.test_title", "receipt.issuer", copy)
    yield writer.row("receipt.test_who", page.who)
    yield writer.row("receipt.issued", writer.time(page.asked_at_ms))
    yield Rule()
    yield Text(("0123456789" * of.columns)[: of.columns])
    yield Text("ABC abc 123", writer.amount(0), size=2)
    yield writer.row("receipt.test_chinese", say(CHINESE, "receipt.test_title"))
    yield writer.row("receipt.test_printer", f"{of.profile}, {of.chinese}")
    yield Rule()
    yield Text(writer.say("receipt.test_code"), centred=True)
    yield Code(f"{TEST_MAGIC}.{of.terminal_id}.{page.asked_at_ms // 1000}")
    yield Text(writer.say("receipt.test_worth"), centred=True)


def _proof(writer: Writer, proof: Proof, sign: Callable[[str], str]) -> Iterator[Element]:
    """The signed code, said to be what it is: a payer might take it for one to pay by. Too long for a line, its tag stands
    alone."""
    code = sign(text_of(proof))
    text, _, tag = code.rpartition(".")
    yield Text(writer.say("receipt.proof"), centred=True)
    yield Code(code)
    for line in (code,) if width(code) <= writer.letterhead.columns else (f"{text}.", tag):
        yield Text(line, centred=True)


def _stay(writer: Writer, stay_ms: int) -> str:
    hours, minutes = divmod(-(-max(0, stay_ms) // MINUTE_MS), 60)
    parts = [writer.say("tariff.short.hours", n=hours)] if hours else []
    if minutes or not hours:
        parts.append(writer.say("tariff.short.minutes", n=minutes))
    return writer.say("tariff.duration_gap").join(parts)
