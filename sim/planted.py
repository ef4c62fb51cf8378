"""Bugs planted on purpose, one at a time: the soak must find each, or its promises are not checked.

Each plant breaks the real program, not the checkers, in a way in which a kiosk could really be wrong. Beside each stand the
promise that it breaks and within how many sales of a cruel life it must be found; a test proves it.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from inspect import getattr_static
from typing import Any, NamedTuple

import msgspec

from sim.configuration import Role
from terminal import intake
from terminal.fees.schedule import pricing
from terminal.fees.schedule.model import Rate, ScheduleTariff
from terminal.fees.schedule.windows import Timetable
from terminal.fees.stay import Coupon, Stay
from terminal.fsm import events as ev
from terminal.fsm import recovery
from terminal.fsm.actions import cash, drawer, papers, sale, shift
from terminal.fsm.effects import Alert, AwaitedEffect, Document, OpenBarrier, PayOut, Receipt, StackBill
from terminal.fsm.entries import BillBooked, CouponUsed, CreditNoteIssued, Entry, ReceiptIssued
from terminal.fsm.step import HEARINGS
from terminal.fsm.turn import Turn
from terminal.hw.printer import EscposPrinter
from terminal.hw.validators.custody import Evidence, Note
from terminal.hw.validators.ssp import SspValidator
from terminal.intake import payments_of
from terminal.shift.pieces import Pieces, total_minor
from terminal.shift.totals import Cause
from terminal.stays import facts
from terminal.store.journal import Journal
from terminal.store.lookups import Lookups
from terminal.store.outbox import Outbox


@contextmanager
def replaced(owner: Any, name: str, new: Any) -> Iterator[None]:
    """`owner.name` is `new` for a while."""
    old = getattr_static(owner, name)
    setattr(owner, name, new)
    try:
        yield
    finally:
        setattr(owner, name, old)


@contextmanager
def decided(effect: type[AwaitedEffect], found: ev.Finding, decision: recovery.Decision) -> Iterator[None]:
    """One row of the recovery table says something else."""
    key = (effect, found)
    old = recovery.RECOVERY[key]
    recovery.RECOVERY[key] = decision
    try:
        yield
    finally:
        recovery.RECOVERY[key] = old


@contextmanager
def noted(event: type[ev.Event], *always: Callable[[Turn], None]) -> Iterator[None]:
    """What is done whenever this event is heard is something else."""
    old = HEARINGS[event]
    HEARINGS[event] = old._replace(always=always)
    try:
        yield
    finally:
        HEARINGS[event] = old


def order_again(turn: Turn, effect: AwaitedEffect) -> None:
    """A decision that is always wrong: do it once more."""
    turn.do(effect)


def found_note_is_forgotten() -> AbstractContextManager[None]:
    """Recovery does not credit a note that lies in the box."""
    return decided(StackBill, "in_box", recovery.close_found_bill)


def reported_note_is_credited() -> AbstractContextManager[None]:
    """A note that a validator reports after its restart is taken for a new one."""

    def credit(turn: Turn) -> None:
        report = turn.heard(ev.BillReported)
        if report.where == "box" and report.amount_minor:
            cash.take_in(turn, report.amount_minor)

    return noted(ev.BillReported, credit)


def counter_is_misread() -> AbstractContextManager[None]:
    """A validator's counter that has not moved is taken as proof that the note lies in the box."""
    judge = Evidence.judge

    def credulous(evidence: Evidence, note: Note) -> ev.Finding:
        found = judge(evidence, note)
        return "in_box" if found == "given_back" and evidence.count == note.count_before is not None else found

    return replaced(Evidence, "judge", credulous)


def found_note_becomes_unclaimed() -> AbstractContextManager[None]:
    """Recovery does not count a found note toward the sale that is still open."""

    def misbook(turn: Turn, effect: AwaitedEffect) -> None:
        assert isinstance(effect, StackBill)
        world = turn.world
        world.bill = None
        world.bill_no += 1
        turn.book(BillBooked(world.bill_no, effect.amount_minor, "unclaimed", turn.sale.sale_no))

    return decided(StackBill, "in_box", misbook)


def used_ticket_is_sold_again() -> AbstractContextManager[None]:
    """Nobody looks whether a ticket was used."""
    return replaced(Lookups, "payments", lambda books, ticket_id: [])


def change_is_not_booked() -> AbstractContextManager[None]:
    """Credit notes are printed, but not written into the books."""
    book = Turn.book

    def forgetful(turn: Turn, entry: Entry) -> None:
        if not isinstance(entry, CreditNoteIssued):
            book(turn, entry)

    return replaced(Turn, "book", forgetful)


def change_is_paid_again() -> AbstractContextManager[None]:
    """After a cut the whole change is ordered once more."""
    return decided(PayOut, "paid_out", order_again)


def credit_notes_are_not_printed() -> AbstractContextManager[None]:
    """They stand in the books, and nobody gets one."""
    enqueue = papers.enqueue

    def careless(turn: Turn, document: Document) -> None:
        if isinstance(document, Receipt):
            enqueue(turn, document)

    return replaced(papers, "enqueue", careless)


def receipts_are_forgotten() -> AbstractContextManager[None]:
    """A paid sale gets no receipt number."""
    book = Turn.book

    def forgetful(turn: Turn, entry: Entry) -> None:
        if not isinstance(entry, ReceiptIssued):
            book(turn, entry)

    return replaced(Turn, "book", forgetful)


def doubtful_receipt_is_printed_as_new() -> AbstractContextManager[None]:
    """A document of which nobody knows how much is on paper is printed again, and does not say that it is a copy."""
    return replaced(papers, "next_copy", papers.print_next)


def barrier_opens_again() -> AbstractContextManager[None]:
    """An opening that is in doubt after a cut is ordered once more."""
    return decided(OpenBarrier, "nothing", order_again)


def barrier_stays_shut() -> AbstractContextManager[None]:
    """Who has paid is thanked and not let out."""
    return replaced(sale, "OpenBarrier", lambda sale_no: Alert("barrier", {"sale_no": sale_no}))


def commit_is_not_synced() -> AbstractContextManager[None]:
    """The journal says that it is durable before it is."""
    opened = Journal.open.__func__  # type: ignore[attr-defined]

    def careless(cls: Any, *args: Any, **kwargs: Any) -> Any:
        journal = opened(cls, *args, **kwargs)
        journal._connection.execute("PRAGMA synchronous=OFF")
        return journal

    return replaced(Journal, "open", classmethod(careless))


def cursor_moves_too_early() -> AbstractContextManager[None]:
    """An event counts as delivered as soon as it is sent."""
    sent = Outbox.sent

    def eager(outbox: Outbox, token: Hashable, seq: int) -> None:
        sent(outbox, token, seq)
        outbox.acked(token)

    return replaced(Outbox, "sent", eager)


def silence_is_not_told() -> AbstractContextManager[None]:
    """A validator that does not answer is thought to be well."""
    problems = SspValidator._all_problems

    def hopeful(engine: SspValidator) -> tuple[str, ...]:
        return tuple(problem for problem in problems(engine) if problem not in ("silent", "absent"))

    return replaced(SspValidator, "_all_problems", hopeful)


def door_stays_open() -> AbstractContextManager[None]:
    """The door's contact is heard only once."""
    return noted(ev.DoorClosed)


def coupon_is_used_again() -> AbstractContextManager[None]:
    """Nobody writes down that a coupon was used."""
    book = Turn.book

    def forgetful(turn: Turn, entry: Entry) -> None:
        if not isinstance(entry, CouponUsed):
            book(turn, entry)

    return replaced(Turn, "book", forgetful)


def grace_never_ends() -> AbstractContextManager[None]:
    """Who has paid once and comes back to the machine, however late, is let out for nothing."""
    begun = pricing.leave_by_ms

    def endless(tariff: ScheduleTariff, stay: Stay) -> int | None:
        by_ms = begun(tariff, stay)
        return None if by_ms is None else by_ms + stay.paid[-1].at_ms

    return replaced(pricing, "leave_by_ms", endless)


def night_ends_at_midnight() -> AbstractContextManager[None]:
    """A window over midnight is forgotten there: the new day begins with its first rate."""
    plan = Timetable._plan

    def forgetful(timetable: Timetable, day: date) -> list[tuple[int, int, Rate]]:
        first, *others = plan(timetable, day)
        return [(first[0], first[1], others[0][2]), *others] if others else [first]

    return replaced(Timetable, "_plan", forgetful)


def report_is_taken_again() -> AbstractContextManager[None]:
    """Nobody looks whether a report is known."""
    return replaced(Lookups, "knows_report", lambda books, report_id: False)


def report_counts_twice() -> AbstractContextManager[None]:
    """What a merchant gives to a stay is taken off twice."""
    coupons = facts._coupons

    def generous(validations: Iterable[Coupon]) -> tuple[Coupon, ...]:
        return tuple(
            msgspec.structs.replace(each, minutes=2 * each.minutes, amount_minor=2 * each.amount_minor)
            for each in coupons(validations)
        )

    return replaced(facts, "_coupons", generous)


def payment_elsewhere_is_forgotten() -> AbstractContextManager[None]:
    """Who has paid at another machine pays again, or the whole stay once more after the grace."""
    return replaced(intake, "payments_of", lambda books, stay_id, reports: payments_of(books, stay_id, ()))


def double_payment_is_not_told() -> AbstractContextManager[None]:
    """Who has paid here and elsewhere is not made known to anybody."""
    alert = Turn.alert

    def silent(turn: Turn, code: str, **params: Any) -> None:
        if code != "double_payment":
            alert(turn, code, **params)

    return replaced(Turn, "alert", silent)


def drop_is_not_booked() -> AbstractContextManager[None]:
    """What goes from the drawer to the safe leaves no entry."""
    book_move = drawer.book_move

    def forgetful(turn: Turn, cause: Cause, amount_minor: int, *more: Any, **named: Any) -> None:
        if cause != "drop":
            book_move(turn, cause, amount_minor, *more, **named)

    return replaced(drawer, "book_move", forgetful)


def refund_is_kept() -> AbstractContextManager[None]:
    """A sale that is given back in cash does not lower what the drawer should hold."""
    book_move = drawer.book_move

    def greedy(turn: Turn, cause: Cause, amount_minor: int, *more: Any, **named: Any) -> None:
        if cause != "refund":
            book_move(turn, cause, amount_minor, *more, **named)

    return replaced(drawer, "book_move", greedy)


def float_is_rounded() -> AbstractContextManager[None]:
    """The next shift does not begin with what was counted."""

    def rounded(turn: Turn, pieces: Pieces) -> None:
        drawer.change_shift(turn, float_minor=total_minor(pieces), draft=(), counted=())
        drawer.book_move(turn, "float", total_minor(pieces) // 1000 * 1000)
        turn.change_window(told=None)

    return replaced(shift, "put_float", rounded)


def receipt_number_is_skipped() -> AbstractContextManager[None]:
    """A sale that is cancelled has used a number up."""
    close_unpaid = sale.close_unpaid

    def wasteful(turn: Turn) -> None:
        close_unpaid(turn)
        turn.world.receipt_no += 1

    return replaced(sale, "close_unpaid", wasteful)


def credit_note_is_good_again() -> AbstractContextManager[None]:
    """Nobody looks whether a credit note was honoured."""
    return replaced(Lookups, "note_redeemed_at_ms", lambda *_, **__: None)


def drawer_is_kicked_twice() -> AbstractContextManager[None]:
    """Each order for the drawer sends two pulses."""
    take = EscposPrinter._take_kick

    def twice(printer: EscposPrinter, effect_id: str) -> None:
        take(printer, effect_id)
        take(printer, effect_id)

    return replaced(EscposPrinter, "_take_kick", twice)


class Plant(NamedTuple):
    """A bug, the promise that it breaks, within how many sales it is found, and where."""

    bug: Callable[[], AbstractContextManager[None]]
    promise: int
    within: int
    role: Role = "kiosk"


PLANTED: dict[str, Plant] = {
    plant.bug.__name__.replace("_", "-"): plant
    for plant in (
        Plant(found_note_is_forgotten, 1, 400),
        Plant(reported_note_is_credited, 1, 1000),
        Plant(counter_is_misread, 1, 1000),
        Plant(found_note_becomes_unclaimed, 2, 400),
        Plant(used_ticket_is_sold_again, 2, 600),
        Plant(change_is_not_booked, 3, 50),
        Plant(change_is_paid_again, 3, 5000),
        Plant(credit_notes_are_not_printed, 4, 50),
        Plant(receipts_are_forgotten, 4, 50),
        Plant(doubtful_receipt_is_printed_as_new, 4, 100),
        Plant(barrier_opens_again, 5, 1000),
        Plant(barrier_stays_shut, 5, 50),
        Plant(commit_is_not_synced, 6, 100),
        Plant(cursor_moves_too_early, 7, 20),
        Plant(silence_is_not_told, 8, 800),
        Plant(door_stays_open, 8, 600),
        Plant(coupon_is_used_again, 9, 600),
        Plant(grace_never_ends, 9, 200),
        Plant(night_ends_at_midnight, 9, 50),
        Plant(report_is_taken_again, 9, 50),
        Plant(report_counts_twice, 9, 1000),
        Plant(payment_elsewhere_is_forgotten, 9, 1000),
        Plant(double_payment_is_not_told, 9, 800),
        Plant(drop_is_not_booked, 10, 800, "window"),
        Plant(refund_is_kept, 10, 800, "window"),
        Plant(float_is_rounded, 10, 800, "window"),
        Plant(receipt_number_is_skipped, 11, 200, "window"),
        Plant(credit_note_is_good_again, 12, 400, "window"),
        Plant(drawer_is_kicked_twice, 12, 100, "window"),
    )
}
"""All of them, by the names that `--planted` takes."""


def told() -> str:
    """All bugs, the promise that each breaks, and within how many sales it is found."""
    lines = [f"{'':<36}promise  within"]
    for name, plant in PLANTED.items():
        about = (plant.bug.__doc__ or "").splitlines()[0]
        lines.append(f"{name:<36}{plant.promise:>7}{plant.within:>8,}   {about}")
    return "\n".join(lines)
