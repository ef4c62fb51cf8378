"""The queue of documents: what is printed, in which order, and what becomes of one that may not have come out whole."""

import msgspec

from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.actions import telling
from terminal.fsm.effects import CreditNote, Document, PrintDocument, Receipt, ShiftReport, Slip, numbered
from terminal.fsm.entries import CopyPrinted, CreditNoteIssued
from terminal.fsm.states import PrinterState
from terminal.fsm.turn import Turn
from terminal.fsm.world import Job, Notice, Sale, kind_of, shown_id

PRINT_WAIT_S = 20
"""How long a payer waits for papers before being let go; the papers follow when the printer can."""


def print_papers(turn: Turn) -> None:
    """Ask for what the payer must hold: a credit note for what is still owed, and the receipt of a paid sale unless that is only
    printed on request."""
    world, sale = turn.world, turn.sale
    if sale.owed_minor > 0:
        world.note_no += 1
        reason = "change" if sale.paid else "cancelled"
        note = CreditNote(world.note_no, sale.sale_no, sale.owed_minor, turn.now.wall_ms, reason)
        turn.book(CreditNoteIssued(world.note_no, sale.sale_no, sale.owed_minor))
        sale = turn.change_sale(note_minor=sale.owed_minor, owed_minor=0)
        enqueue(turn, note)
    if sale.receipt_no and world.rules.receipt == "always":
        print_receipt(turn)
    wait_for_papers(turn)


def print_receipt(turn: Turn) -> None:
    """The original of the receipt, once; whatever goes wrong with it is the printer's queue's."""
    enqueue(turn, receipt_of(turn.change_sale(receipt_given=True)))


def wait_for_papers(turn: Turn) -> None:
    turn.wake_after_s(PRINT_WAIT_S)


def tell_papers_missing(turn: Turn) -> None:
    """The payer is let go without papers; they follow when the printer can, or people are called (`next_copy`)."""
    telling.notify(turn, Notice("leaving.papers_missing"))
    turn.alert("papers_missing", sale_no=turn.sale.sale_no)


def receipt_of(sale: Sale) -> Receipt:
    return Receipt(
        receipt_no=sale.receipt_no,
        sale_no=sale.sale_no,
        ticket_id="" if sale.more else shown_id(sale),
        entered_at_ms=0 if sale.more else sale.entered_at_ms,
        paid_at_ms=sale.paid_at_ms,
        what="several" if sale.more else kind_of(sale),
        lines=sale.lines,
        due_minor=sale.due_minor,
        tendered_minor=sale.credited_minor,
        paid_out_minor=sale.paid_out_minor,
        note_minor=sale.note_minor,
        tenders_minor=sale.tenders_minor,
    )


def enqueue(turn: Turn, document: Document, copy: int = 0, language: str = "") -> None:
    """Put a document at the end of the queue; slips and reports are for the staff, in the terminal's own language."""
    own = isinstance(document, Slip | ShiftReport)
    language = language or (turn.world.rules.language if own else turn.world.language)
    turn.world.jobs = (*turn.world.jobs, Job(document, language, copy))
    if turn.world.printer is PrinterState.FREE:
        turn.world.printer = PrinterState.BUSY
        print_next(turn)


def print_next(turn: Turn) -> None:
    """Hand the first document of the queue to the printer, if there is one."""
    if turn.world.jobs:
        job, *rest = turn.world.jobs
        effect_id = turn.do(PrintDocument(job.document, job.language, job.copy))
        turn.world.jobs = (msgspec.structs.replace(job, effect_id=effect_id, started=False), *rest)


def mark_started(turn: Turn) -> None:
    job, *rest = turn.world.jobs
    turn.world.jobs = (msgspec.structs.replace(job, started=True), *rest)


def finish_job(turn: Turn) -> None:
    turn.finish(turn.heard(ev.Printed).effect_id, PrintDocument)
    turn.world.jobs = turn.world.jobs[1:]


def print_copy(turn: Turn) -> None:
    """Nobody knows how much of the document is on the paper: print it once more, marked as a copy, or call people."""
    turn.finish(turn.heard(ev.PrintInDoubt).effect_id, PrintDocument)
    next_copy(turn)


def next_copy(turn: Turn) -> None:
    job, *rest = turn.world.jobs
    known = numbered(job.document)
    if known is None:
        turn.world.jobs = tuple(rest)
    elif job.copy >= policy.COPIES_MAX:
        turn.alert("not_printed", document=known[0], number=known[1])
        turn.world.jobs = tuple(rest)
    else:
        copy = 1 + max(other.copy for other in turn.world.jobs if numbered(other.document) == known)
        turn.book(CopyPrinted(*known, copy))
        turn.world.jobs = (msgspec.structs.replace(job, copy=copy), *rest)
    print_next(turn)
