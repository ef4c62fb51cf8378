"""One shift: the float, locking, the blind count, the signature, and what becomes of the drawer."""

from collections.abc import Callable

import msgspec

from terminal.fees.dues import date_of
from terminal.fsm import window_events as ev
from terminal.fsm import window_policy
from terminal.fsm.actions import drawer, papers
from terminal.fsm.effects import ShiftReport
from terminal.fsm.states import DrawerState
from terminal.fsm.turn import Turn
from terminal.fsm.window_entries import DaySettled, DrawerHandedOver, HandedOver, ShiftClosed, ShiftCounted, ShiftOpened
from terminal.shift.pieces import Pieces, total_minor
from terminal.shift.shift import Shift
from terminal.shift.totals import Report, fingerprint


def refuse(why: Callable[[Turn], str]) -> Callable[[Turn], None]:
    """Says why an act is not done."""

    def refuse_act(turn: Turn) -> None:
        drawer.tell(turn, f"refused.{why(turn)}")

    return refuse_act


def forget_refusal(turn: Turn) -> None:
    """The act was done after all, or another one is: what was refused before is no news any more."""
    told = turn.world.window.told
    if told is not None and told.key.startswith("refused."):
        turn.change_window(told=None)


def refuse_not_now(turn: Turn) -> None:
    """The window is at something else."""
    drawer.tell(turn, "refused.not_now")


# --- it begins ----------------------------------------------------------------------------------------------------
def begin_shift(turn: Turn) -> None:
    """The float is not counted yet, so it is in nobody's books."""
    event = turn.heard(ev.ShiftBegun)
    open_shift(turn, event.who, event.name, follows=0)
    drawer.open_drawer(turn, "float")


def open_shift(turn: Turn, who: str, name: str, follows: int) -> None:
    shift_no = turn.world.window.shift_no + 1
    shift = Shift(shift_no, who, name, turn.now.wall_ms, follows, counter=who, counter_name=name)
    turn.change_window(shift=shift, shift_no=shift_no, told=None, note_shown=None, receipt_shown=None)
    turn.book(ShiftOpened(shift_no, who, name, follows))


def take_float(turn: Turn) -> None:
    pieces = turn.heard(ev.FloatCounted).pieces
    put_float(turn, pieces)
    drawer.print_slip(turn, "float", total_minor(pieces), pieces)


def put_float(turn: Turn, pieces: Pieces) -> None:
    """The drawer begins with this."""
    drawer.change_shift(turn, float_minor=total_minor(pieces), draft=(), counted=())
    drawer.book_move(turn, "float", total_minor(pieces))
    drawer.book_pieces(turn, "float", 1, pieces)
    turn.change_window(told=None)


def forget_shift(turn: Turn) -> None:
    turn.change_window(shift=None, told=None, note_shown=None, receipt_shown=None)


def keep_draft(turn: Turn) -> None:
    drawer.change_shift(turn, draft=turn.heard(ev.CountDrafted).pieces)


def be_quiet(turn: Turn) -> None:
    turn.change_window(told=None, note_shown=None, receipt_shown=None)


# --- it ends ------------------------------------------------------------------------------------------------------
def begin_count(turn: Turn) -> None:
    """Whoever counts does not know what should be there. The drawer opens for it."""
    event, shift = turn.heard(ev.CountAsked), window_policy.open_shift(turn.world)
    if event.who != shift.who:
        turn.alert("shift_taken_over", who=event.who, whose=shift.who)
    drawer.change_shift(turn, counter=event.who, counter_name=event.name, draft=(), counted=())
    turn.change_window(suspended=(), told=None, note_shown=None, receipt_shown=None)
    drawer.open_drawer(turn, "count")


def discard_count(turn: Turn) -> None:
    """Who takes over has seen what should be there: people are told what the count came to."""
    event, shift = turn.heard(ev.CountAsked), window_policy.open_shift(turn.world)
    turn.alert("count_discarded", who=event.who, whose=shift.counter, over_minor=shift.over_minor)


def begin_recount(turn: Turn) -> None:
    """The count before it stays in the books."""
    drawer.note_approval(turn, turn.heard(ev.RecountAsked).approved_by)
    drawer.change_shift(turn, draft=(), counted=())
    drawer.open_drawer(turn, "count")


def take_count(turn: Turn) -> None:
    """From here on what should have been there is no secret any more."""
    event, counts = turn.heard(ev.DrawerCounted), window_policy.open_shift(turn.world).counts + 1
    shift = drawer.change_shift(turn, counted=event.pieces, counts=counts, draft=())
    drawer.book_pieces(turn, "count", counts, event.pieces)
    turn.book(ShiftCounted(shift.shift_no, counts, event.who, shift.expected_minor, total_minor(event.pieces)))
    turn.change_window(told=None)


def sign_shift(turn: Turn) -> None:
    """The Z: final, numbered, chained."""
    event = turn.heard(ev.ShiftSigned)
    drawer.note_approval(turn, event.approved_by)
    z_no, shift = turn.world.window.z_no + 1, window_policy.open_shift(turn.world)
    report = msgspec.structs.replace(
        report_of(turn),
        z_no=z_no,
        totals=shift.totals,
        expected_minor=shift.expected_minor,
        counted_minor=total_minor(shift.counted),
        pieces=shift.counted,
        reason=event.reason,
        note=event.note,
        approved_by=event.approved_by,
        signed_by=event.who,
    )
    turn.book(
        ShiftClosed(
            shift_no=shift.shift_no,
            z_no=z_no,
            who=event.who,
            expected_minor=report.expected_minor,
            counted_minor=report.counted_minor,
            over_minor=report.over_minor,
            reason=event.reason,
            note=event.note,
            approved_by=event.approved_by,
            fingerprint=fingerprint(report),
            data=msgspec.json.encode(report).decode(),
        )
    )
    drawer.change_shift(turn, report_no=z_no)
    turn.change_window(z_no=z_no, z_fingerprint=fingerprint(report), told=None)
    if report.over_minor:
        turn.alert("over_short", shift_no=shift.shift_no, over_minor=report.over_minor, who=shift.who)
    papers.enqueue(turn, ShiftReport(report))


def print_report(turn: Turn) -> None:
    """An X: without what the drawer should hold, nor anything it could be reckoned from."""
    papers.enqueue(turn, ShiftReport(report_of(turn)))


def report_of(turn: Turn) -> Report:
    """How the shift stands, as one may see it before the count."""
    world, shift = turn.world, window_policy.open_shift(turn.world)
    by_method_minor = {key: value for key, value in shift.totals.by_method_minor.items() if key != "cash"}
    return Report(
        z_no=0,
        shift_no=shift.shift_no,
        who=shift.who,
        name=shift.name,
        begun_at_ms=shift.begun_at_ms,
        at_ms=turn.now.wall_ms,
        float_minor=shift.float_minor,
        totals=msgspec.structs.replace(shift.totals, moved_minor={}, by_method_minor=by_method_minor, by_kind_minor={}),
        receipts_left=window_policy.receipts_left(world),
        open_matters=window_policy.open_matters(world),
        previous=world.window.z_fingerprint,
    )


# --- the drawer goes on -------------------------------------------------------------------------------------------
def accept_drawer(turn: Turn) -> None:
    """What was counted is the float of the next shift."""
    event, shift = turn.heard(ev.DrawerAccepted), window_policy.open_shift(turn.world)
    follow(turn, "accepted", event.who, event.name, shift.counted)


def dispute_drawer(turn: Turn) -> None:
    """Both counts are in the books; the difference is an open matter of the two, and the next shift begins with its own."""
    event, shift = turn.heard(ev.DrawerDisputed), window_policy.open_shift(turn.world)
    drawer.note_approval(turn, event.approved_by)
    drawer.book_pieces(turn, "dispute", 1, event.pieces)
    difference_minor = total_minor(event.pieces) - total_minor(shift.counted)
    turn.alert("drawer_disputed", shift_no=shift.shift_no, difference_minor=difference_minor, who=event.who)
    follow(turn, "disputed", event.who, event.name, event.pieces, event.approved_by, event.note)


def follow(
    turn: Turn, how: HandedOver, who: str, name: str, pieces: Pieces, approved_by: str = "", note: str = ""
) -> None:
    """The drawer changes hands."""
    before = window_policy.open_shift(turn.world)
    difference_minor = total_minor(pieces) - total_minor(before.counted)
    turn.book(
        DrawerHandedOver(before.shift_no, how, total_minor(before.counted), who, approved_by, difference_minor, note)
    )
    open_shift(turn, who, name, follows=before.shift_no)
    put_float(turn, pieces)
    drawer.print_slip(turn, "handover", total_minor(pieces), pieces, before.counter_name, approved_by)


def clear_drawer(turn: Turn) -> None:
    """Nobody follows: all of it goes to the safe, against a slip (缴款单)."""
    event, shift = turn.heard(ev.DrawerCleared), window_policy.open_shift(turn.world)
    drawer.note_approval(turn, event.approved_by)
    counted_minor = total_minor(shift.counted)
    turn.book(DrawerHandedOver(shift.shift_no, "cleared", counted_minor, event.who, event.approved_by, 0, event.bag))
    drawer.print_slip(turn, "cleared", counted_minor, shift.counted, event.bag, event.approved_by)
    if turn.world.drawer is not DrawerState.OPEN:  # it mostly still stands open from the count
        drawer.open_drawer(turn, "cleared")
    forget_shift(turn)


def close_day(turn: Turn) -> None:
    """The shifts up to now are settled."""
    event, world = turn.heard(ev.DayClosed), turn.world
    day = date_of(turn.now.wall_ms, world.rules.timezone)
    turn.book(DaySettled(day, event.who, world.window.z_no))
    turn.change_window(settled_z_no=world.window.z_no)
    drawer.tell(turn, "window.day_closed", day=day)
