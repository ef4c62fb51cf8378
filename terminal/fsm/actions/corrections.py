"""Putting a sale right (冲红): one reversing entry, its money, its slip; and a receipt printed once more."""

from terminal.fsm import window_events as ev
from terminal.fsm import window_policy
from terminal.fsm.actions import drawer, papers
from terminal.fsm.entries import CopyPrinted
from terminal.fsm.turn import Turn
from terminal.fsm.window_entries import CorrectionBooked
from terminal.shift.corrections import CORRECTIONS, Sold, parts
from terminal.shift.totals import Cause, plus


def correct(turn: Turn) -> None:
    """What was booked stays; this is booked beside it, for each method by which money goes back."""
    event = turn.heard(ev.Corrected)
    sold = event.sold
    assert sold is not None, "it was found"
    drawer.note_approval(turn, event.approved_by)
    turn.change_window(receipt_shown=None)
    given = parts(event.what, sold, event.method, event.amount_minor)
    for method, amount_minor in given:
        book_correction(turn, sold, method, amount_minor)
        move_money(turn, sold, method, amount_minor)
    if event.what != "method" and any(method == "cash" for method, _ in given):
        drawer.open_drawer(turn, event.what, sold.sale_no)
    count_correction(turn)
    drawer.print_slip(
        turn, "correction", event.amount_minor, note=f"{event.what} {sold.receipt_no}", approved_by=event.approved_by
    )
    cash_minor = sum(amount_minor for method, amount_minor in given if method == "cash")
    other_minor = event.amount_minor - cash_minor if len(given) > 1 else 0
    drawer.tell_back(
        turn,
        f"window.corrected_{event.what}",
        event.amount_minor - other_minor,
        other_minor,
        receipt_no=sold.receipt_no,
    )


def book_correction(turn: Turn, sold: Sold, method: str, amount_minor: int) -> None:
    event, window = turn.heard(ev.Corrected), turn.world.window
    turn.change_window(correction_no=window.correction_no + 1)
    turn.book(
        CorrectionBooked(
            correction_no=window.correction_no + 1,
            shift_no=window_policy.open_shift(turn.world).shift_no,
            what=event.what,
            sale_no=sold.sale_no,
            receipt_no=sold.receipt_no,
            amount_minor=amount_minor,
            method=method,
            wrong_method=event.wrong_method,
            reason=event.reason,
            note=event.note,
            who=event.who,
            approved_by=event.approved_by,
        )
    )


def move_money(turn: Turn, sold: Sold, method: str, amount_minor: int) -> None:
    """Cash that goes back leaves the drawer; a wrong method moves an amount that is in the drawer, or is not."""
    event = turn.heard(ev.Corrected)
    if event.what == "method":
        moved_minor = amount_minor * ((method == "cash") - (event.wrong_method == "cash"))
    elif event.what == "change" and sold.shift_no == window_policy.open_shift(turn.world).shift_no:
        moved_minor = 0  # the drawer was off by it; now it is as its books always said
    else:
        moved_minor = -amount_minor if method == "cash" else 0
    cause: Cause = "refund" if CORRECTIONS[event.what].gives_back else "correction"
    if moved_minor:
        drawer.book_move(turn, cause, moved_minor, sold.sale_no, event.approved_by)


def count_correction(turn: Turn) -> None:
    """The report tells them apart."""
    event, totals = turn.heard(ev.Corrected), window_policy.open_shift(turn.world).totals
    name = "voids" if event.what == "void" else "refunds" if CORRECTIONS[event.what].gives_back else "corrections"
    by_method = totals.by_method_minor
    if event.what == "method":
        by_method = plus(plus(by_method, event.wrong_method, -event.amount_minor), event.method, event.amount_minor)
    drawer.add_to_totals(turn, by_method_minor=by_method, **{name: getattr(totals, name) + 1})


def reprint(turn: Turn) -> None:
    """The same receipt, marked as a copy (补打)."""
    event = turn.heard(ev.ReprintAsked)
    assert event.receipt is not None, "it was found"
    copy = event.copies + 1
    turn.book(CopyPrinted("receipt", event.receipt_no, copy))
    papers.enqueue(turn, event.receipt, copy=copy, language=event.language)
