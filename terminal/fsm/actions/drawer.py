"""The cash drawer of a window: each opening has its reason, each movement of cash its entry, each slip its number."""

import msgspec

from terminal.fsm import events, window_policy
from terminal.fsm import window_events as ev
from terminal.fsm.actions import papers
from terminal.fsm.effects import OpenDrawer, Slip, SlipKind
from terminal.fsm.entries import Opening
from terminal.fsm.states import DrawerState, ShiftState
from terminal.fsm.turn import Turn
from terminal.fsm.window_entries import DrawerMoved, NoSale, NoteSuspectBooked, Occasion, PiecesCounted
from terminal.fsm.world import Notice
from terminal.shift.approvals import PATTERN
from terminal.shift.pieces import Pieces, total_minor
from terminal.shift.shift import Shift
from terminal.shift.totals import Cause, plus

DRAWER_OPENS_WITHIN_S = 3
"""A drawer that has not opened by then is stuck, or its cable is out."""
DRAWER_OPEN_S = 60
"""A drawer that stands open for so long calls people."""
COUNTED_IN = {ShiftState.OPENING, ShiftState.COUNTING, ShiftState.COUNTED, ShiftState.HANDING_OVER}
"""States of a shift in which the drawer is being counted."""


# --- what all of a shift's actions use ----------------------------------------------------------------------------
def tell(turn: Turn, key: str, **params: int | str) -> None:
    """What the collector should know; it stays until there is something else to say."""
    turn.change_window(told=Notice(key, params))


def tell_back(turn: Turn, key: str, amount_minor: int, other_minor: int, **params: int | str) -> None:
    """What goes back to the payer; what came in more than one way is told apart, so that nobody hands out too much cash."""
    if other_minor:
        tell(turn, f"{key}_mixed", amount_minor=amount_minor, other_minor=other_minor, **params)
    else:
        tell(turn, key, amount_minor=amount_minor, **params)


def change_shift(turn: Turn, **changes: object) -> Shift:
    """Replace fields of the shift."""
    shift = msgspec.structs.replace(window_policy.open_shift(turn.world), **changes)
    turn.change_window(shift=shift)
    return shift


def add_to_totals(turn: Turn, **changes: object) -> None:
    """Replace fields of the shift's sums."""
    shift = window_policy.open_shift(turn.world)
    change_shift(turn, totals=msgspec.structs.replace(shift.totals, **changes))


def book_move(
    turn: Turn, cause: Cause, amount_minor: int, sale_no: int | None = None, approved_by: str = "", note: str = ""
) -> None:
    """Cash goes in (or, below zero, out); the float is the shift's beginning, all else its doing."""
    shift = window_policy.open_shift(turn.world)
    turn.book(DrawerMoved(shift.shift_no, cause, amount_minor, sale_no, shift.who, approved_by, note))
    if cause != "float":
        add_to_totals(turn, moved_minor=plus(shift.totals.moved_minor, cause, amount_minor))


def book_pieces(turn: Turn, occasion: Occasion, number: int, pieces: Pieces) -> None:
    """What was counted, by denomination."""
    shift_no = window_policy.open_shift(turn.world).shift_no
    for denomination_minor, count in pieces:
        turn.book(PiecesCounted(shift_no, occasion, number, denomination_minor, count))


def note_approval(turn: Turn, approved_by: str) -> None:
    """Who approves very often in one shift may have lent a badge."""
    if not approved_by:
        return
    shift = window_policy.open_shift(turn.world)
    approvals = plus(shift.totals.approvals, approved_by, 1)
    add_to_totals(turn, approvals=approvals)
    if approvals[approved_by] % PATTERN == 0:
        turn.alert("approval_pattern", who=approved_by, times=approvals[approved_by], shift_no=shift.shift_no)


def print_slip(
    turn: Turn, what: SlipKind, amount_minor: int, pieces: Pieces = (), note: str = "", approved_by: str = ""
) -> None:
    """A small paper that people sign."""
    slip_no, shift = turn.world.window.slip_no + 1, window_policy.open_shift(turn.world)
    turn.change_window(slip_no=slip_no)
    slip = Slip(what, slip_no, shift.shift_no, shift.name, approved_by, turn.now.wall_ms, amount_minor, pieces, note)
    papers.enqueue(turn, slip)


def open_drawer(turn: Turn, reason: str, sale_no: int | None = None) -> None:
    """Have it open, and watch whether it does."""
    turn.do(OpenDrawer(reason, sale_no))
    window = turn.world.rules.window
    if window is not None and window.drawer_sensor and turn.world.drawer is not DrawerState.OPEN:
        turn.world.drawer_due_ms = turn.now.up_ms + DRAWER_OPENS_WITHIN_S * 1000


# --- acts ---------------------------------------------------------------------------------------------------------
def move_cash(turn: Turn) -> None:
    """A drop, a top-up, or the large notes alone: with a slip that two people sign."""
    event = turn.heard(ev.CashMoved)
    amount_minor = total_minor(event.pieces)
    note_approval(turn, event.approved_by)
    signed_minor = amount_minor if event.what == "top_up" else -amount_minor
    cause: Cause = "top_up" if event.what == "top_up" else "drop"
    book_move(turn, cause, signed_minor, approved_by=event.approved_by, note=event.bag)
    book_pieces(turn, event.what, turn.world.window.slip_no + 1, event.pieces)
    print_slip(turn, event.what, amount_minor, event.pieces, event.bag, event.approved_by)
    open_drawer(turn, event.what)


def open_without_sale(turn: Turn) -> None:
    event, shift = turn.heard(ev.DrawerAsked), window_policy.open_shift(turn.world)
    turn.book(NoSale(shift.shift_no, event.who, event.reason))
    add_to_totals(turn, no_sale_openings=shift.totals.no_sale_openings + 1)
    open_drawer(turn, "no_sale")


def book_suspect_note(turn: Turn) -> None:
    """It is no income, whatever becomes of it."""
    event, shift = turn.heard(ev.NoteSuspected), window_policy.open_shift(turn.world)
    note_approval(turn, event.approved_by)
    turn.book(
        NoteSuspectBooked(
            shift.shift_no, event.amount_minor, event.serial, event.how, event.who, event.approved_by, event.slip
        )
    )
    add_to_totals(turn, suspect_notes=shift.totals.suspect_notes + 1)
    turn.alert("note_suspected", amount_minor=event.amount_minor, how=event.how, who=event.who)
    if event.how == "kept":
        print_slip(turn, "suspect", event.amount_minor, (), event.slip, event.approved_by)
    tell(turn, f"window.suspect_{event.how}")


# --- the drawer itself --------------------------------------------------------------------------------------------
def book_drawer(turn: Turn) -> None:
    """The pulse was sent."""
    effect_id = turn.heard(events.DrawerKicked).effect_id
    effect = turn.world.pending.get(effect_id)
    if isinstance(effect, OpenDrawer) and turn.finish(effect_id, OpenDrawer):
        turn.book(Opening("drawer", effect.sale_no))


def tell_drawer_failed(turn: Turn) -> None:
    event = turn.heard(events.DrawerFailed)
    if turn.finish(event.effect_id, OpenDrawer):
        if turn.world.drawer is not DrawerState.OPEN:
            turn.world.drawer_due_ms = None
        turn.alert("drawer_failed", reason=event.reason)
        tell(turn, "window.drawer_failed")


def tell_drawer_opened(turn: Turn) -> None:
    """A drawer that opens without order is an alarm."""
    turn.alert("drawer_opened")
    watch_open_drawer(turn)


def watch_open_drawer(turn: Turn) -> None:
    """It should not stand open for long."""
    turn.world.drawer_due_ms = turn.now.up_ms + DRAWER_OPEN_S * 1000


def tell_drawer_stuck(turn: Turn) -> None:
    turn.alert("drawer_stuck")
    tell(turn, "window.drawer_stuck")


def tell_drawer_left_open(turn: Turn) -> None:
    """While it is counted it may stand open."""
    if turn.world.shift not in COUNTED_IN:
        turn.alert("drawer_left_open")
        tell(turn, "window.drawer_left_open")
    watch_open_drawer(turn)


def forget_drawer(turn: Turn) -> None:
    """It is shut."""
    turn.world.drawer_due_ms = None
