"""The machines, as tables. Read this file first.

Rules of the file. Everything that decides what follows what stands here; the functions named in the rows only look
(guards, `policy.py`) or only do (actions, `actions/`, `recovery.py`). A row says: while in these states, hearing this
event, if the guard holds, become that state and do these things, in order. Rows are tried from above; the first that fits is
taken.

Theory of operation. There are five machines, and each event is told to all of them in this order:

    CASH      the one note that the validator moves        (the change giver has no table yet: SETTLING is its place)
    PRINTER   the queue of documents
    SHIFT     who works at the window, and the counting of the drawer      (a kiosk stays in CLOSED)
    DRAWER    the cash drawer, as far as its sensor tells
    SALE      one payer's visit

so the sale hears `BillStacked` when the money is already credited, and its guards see that. `ALWAYS` comes before the
machines: facts that are noted whatever the state. `ANYWHERE` comes after them: the answer to an event for which no machine
had a row. It belongs to the event, never to the state: money is never ignored.

Leftovers that are not rows: four actions of the sale also move another machine; they are named in `JOINTS`.
"""

from collections.abc import Callable
from typing import NamedTuple, get_args

from terminal.fsm import backfill_events as bev
from terminal.fsm import backfill_policy as pads
from terminal.fsm import events as ev
from terminal.fsm import policy as when
from terminal.fsm import recovery
from terminal.fsm import window_events as wev
from terminal.fsm import window_policy as staff
from terminal.fsm.actions import backfill, cash, corrections, drawer, facts, papers, sale, shift, telling, window
from terminal.fsm.states import CashState as C
from terminal.fsm.states import DrawerState as D
from terminal.fsm.states import PrinterState as P
from terminal.fsm.states import SaleState as S
from terminal.fsm.states import ShiftState as H
from terminal.fsm.turn import Turn

Guard = Callable[[Turn], bool] | None
Action = Callable[[Turn], None]


class Row(NamedTuple):
    """One line of a table."""

    states: tuple[str, ...]
    event: type[ev.Event]
    guard: Guard
    becomes: str
    actions: tuple[Action, ...]


class Machine(NamedTuple):
    """A table, and the field of the world that holds its state."""

    field: str
    states: type[C] | type[P] | type[H] | type[D] | type[S]
    rows: tuple[Row, ...]


def row(states: str | tuple[str, ...], event: type[ev.Event], guard: Guard, becomes: str, *actions: Action) -> Row:
    """A row; one state may stand without brackets."""
    return Row((states,) if isinstance(states, str) else states, event, guard, becomes, actions)


def rest(states: str | tuple[str, ...], event: type[ev.Event], *actions: Action) -> tuple[Row, ...]:
    """Back to rest, wherever rest is now."""
    return (
        row(states, event, when.door_open, S.SERVICE, *actions),
        row(states, event, when.blocked, S.OUT_OF_SERVICE, *actions),
        row(states, event, None, S.IDLE, *actions),
    )


def complete(states: str | tuple[str, ...], event: type[ev.Event], *first: Action) -> tuple[Row, ...]:
    """The money suffices: the sale is paid."""
    return (
        row(states, event, when.covered_with_change, S.SETTLING, *first, sale.close_paid, cash.pay_out),
        row(states, event, when.covered_without_papers, S.LEAVING, *first, sale.close_paid, sale.open_barrier),
        row(states, event, when.covered, S.PRINTING, *first, sale.close_paid, papers.print_papers),
    )


def settled(event: type[ev.Event], *first: Action) -> tuple[Row, ...]:
    """The change giver has done what it can: what is still owed goes on paper, and who needs no paper may go."""
    return (
        row(S.SETTLING, event, both(when.no_papers, when.paid), S.LEAVING, *first, sale.open_barrier),
        row(S.SETTLING, event, when.no_papers, S.LEAVING, *first, sale.stay_a_moment),
        row(S.SETTLING, event, None, S.PRINTING, *first, papers.print_papers),
    )


def refund(states: str | tuple[str, ...], event: type[ev.Event], *first: Action) -> tuple[Row, ...]:
    """End the sale unpaid, and owe back what was taken."""
    return (
        row(states, event, when.change_payable, S.SETTLING, *first, sale.close_cancelled, cash.pay_out),
        row(states, event, None, S.PRINTING, *first, sale.close_cancelled, papers.print_papers),
    )


def give_up(states: str | tuple[str, ...], event: type[ev.Event], *first: Action) -> tuple[Row, ...]:
    """End the sale unpaid, whether or not something was taken."""
    nothing_taken = only_if(when.nothing_credited, rest(states, event, *first, sale.cancel_sale))
    return (*nothing_taken, *refund(states, event, *first))


def conclude(states: str | tuple[str, ...], event: type[ev.Event], *first: Action) -> tuple[Row, ...]:
    """End a sale that was to be cancelled: paid if the money suffices by now, else unpaid."""
    return (*complete(states, event, *first), *give_up(states, event, *first))


def only_if(guard: Callable[[Turn], bool], rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The same rows, under one more condition."""
    return tuple(Row(r.states, r.event, both(guard, r.guard), r.becomes, r.actions) for r in rows)


def both(one: Callable[[Turn], bool], other: Guard) -> Callable[[Turn], bool]:
    """Both guards must hold; the diagram shows both names."""
    if other is None:
        return one

    def and_(turn: Turn) -> bool:
        return one(turn) and other(turn)

    and_.__name__ = f"{one.__name__} and {other.__name__}"
    return and_


def tender(
    event: type[ev.Event], why: Callable[[Turn], str], covers: Callable[[Turn], bool], take: Action
) -> tuple[Row, ...]:
    """A payer gives something at a window: refused, or it suffices, or more is to come."""
    open_states = (S.PRICED, S.PAYING)

    def in_the_way(turn: Turn) -> bool:
        return bool(why(turn))

    in_the_way.__name__ = why.__name__
    paid = (sale.close_paid, window.give_change, papers.print_papers, sale.open_barrier)
    return (
        *(row(state, event, in_the_way, state, shift.refuse(why)) for state in open_states),
        row(open_states, event, covers, S.LEAVING, take, *paid),
        row(open_states, event, None, S.PAYING, take),
    )


def unless(
    why: Callable[[Turn], str], states: str | tuple[str, ...], event: type[ev.Event], becomes: str, *actions: Action
) -> tuple[Row, ...]:
    """An act of the staff: done, unless something is in the way; then they are told what, and all stays as it is."""
    states = (states,) if isinstance(states, str) else states

    def in_the_way(turn: Turn) -> bool:
        return bool(why(turn))

    in_the_way.__name__ = why.__name__
    refused = tuple(row(state, event, in_the_way, state, shift.refuse(why)) for state in states)
    return (*refused, row(states, event, None, becomes, shift.forget_refusal, *actions))


# fmt: off
CASH = Machine("cash", C, (
    #   while          hears             if                   becomes       and does
    row(C.EMPTY,       ev.BillHeld,      when.bill_usable,    C.STACKING,   cash.stack_bill),
    row(C.EMPTY,       ev.BillHeld,      None,                C.RETURNING,  cash.return_bill),
    row(C.EMPTY,       ev.BillStacked,   when.bill_disputed,  C.EMPTY,      cash.settle_dispute_stacked),
    row(C.EMPTY,       ev.BillStacked,   None,                C.EMPTY,      cash.credit_bill),
    row(C.EMPTY,       ev.BillReturned,  when.bill_disputed,  C.EMPTY,      cash.settle_dispute_returned),
    row(C.STACKING,    ev.BillStacked,   None,                C.EMPTY,      cash.credit_bill),
    row(C.STACKING,    ev.BillReturned,  None,                C.EMPTY,      cash.close_bill),
    row(C.STACKING,    ev.BillHeld,      None,                C.RETURNING,  cash.dispute_bill, cash.return_bill),
    row(C.STACKING,    ev.EffectFound,   when.about_bill,     C.EMPTY,      recovery.recover),
    row(C.RETURNING,   ev.BillReturned,  None,                C.EMPTY,      cash.close_bill),
    row(C.RETURNING,   ev.BillStacked,   None,                C.EMPTY,      cash.credit_bill),
    row(C.RETURNING,   ev.BillHeld,      when.bill_usable,    C.STACKING,   cash.forget_return, cash.stack_bill),
    row(C.RETURNING,   ev.BillHeld,      None,                C.RETURNING,  cash.forget_return, cash.return_bill),
    row(C.RETURNING,   ev.EffectFound,   when.about_bill,     C.EMPTY,      recovery.recover),
))

PRINTER = Machine("printer", P, (
    #   while    hears             if                                         becomes  and does
    row(P.BUSY,  ev.PrintStarted,  when.current_job,                          P.BUSY,  papers.mark_started),
    row(P.BUSY,  ev.Printed,       when.current_is_last,                      P.FREE,  papers.finish_job),
    row(P.BUSY,  ev.Printed,       when.current_job,                          P.BUSY,  papers.finish_job, papers.print_next),
    row(P.BUSY,  ev.PrintInDoubt,  both(when.current_is_last, when.hopeless), P.FREE,  papers.print_copy),
    row(P.BUSY,  ev.PrintInDoubt,  when.current_job,                          P.BUSY,  papers.print_copy),
    row(P.BUSY,  ev.EffectFound,   both(when.about_last_print, when.hopeless), P.FREE,  recovery.recover),
    row(P.BUSY,  ev.EffectFound,   when.about_print,                          P.BUSY,  recovery.recover),
))

SHIFT = Machine("shift", H, (
    #       unless                     while           hears                 becomes          and does
  *unless(staff.why_not_begin,     H.CLOSED,       wev.ShiftBegun,       H.OPENING,       shift.begin_shift),
  *unless(staff.why_not_close_day, H.CLOSED,       wev.DayClosed,        H.CLOSED,        shift.close_day),

  *unless(staff.why_not_draft,     H.OPENING,      wev.CountDrafted,     H.OPENING,       shift.keep_draft),
  *unless(staff.why_not_float,     H.OPENING,      wev.FloatCounted,     H.SERVING,       shift.take_float),
  *unless(staff.why_not_leave,     H.OPENING,      wev.CountAsked,       H.CLOSED,        shift.forget_shift),

  *unless(staff.why_not_lock,      H.SERVING,      wev.WindowLocked,     H.LOCKED,        shift.be_quiet),
  *unless(staff.why_not_count,     H.SERVING,      wev.CountAsked,       H.COUNTING,      shift.begin_count),
  *unless(staff.why_not_move,      H.SERVING,      wev.CashMoved,        H.SERVING,       drawer.move_cash),
  *unless(staff.why_not_drawer,    H.SERVING,      wev.DrawerAsked,      H.SERVING,       drawer.open_without_sale),
  *unless(staff.why_not_suspect,   H.SERVING,      wev.NoteSuspected,    H.SERVING,       drawer.book_suspect_note),
  *unless(staff.why_not_cash_note, H.SERVING,      wev.NoteCashed,       H.SERVING,       window.cash_note),
  *unless(staff.why_not_correct,   H.SERVING,      wev.Corrected,        H.SERVING,       corrections.correct),
  *unless(staff.why_not_reprint,   H.SERVING,      wev.ReprintAsked,     H.SERVING,       corrections.reprint),
  *unless(staff.why_not_report,    H.SERVING,      wev.ReportAsked,      H.SERVING,       shift.print_report),
  *unless(pads.why_not_register,   H.SERVING,      bev.PadRegistered,    H.SERVING,       backfill.register_pad),
  *unless(pads.why_not_issue,      H.SERVING,      bev.PadIssued,        H.SERVING,       backfill.issue_pad),
  *unless(pads.why_not_return,     H.SERVING,      bev.PadReturned,      H.SERVING,       backfill.take_pad_back),
  *unless(pads.why_not_outage,     H.SERVING,      bev.OutageNoted,      H.SERVING,       backfill.note_outage),
  *unless(pads.why_not_enter,      H.SERVING,      bev.PaperEntered,     H.SERVING,       backfill.enter_paper),
  *unless(pads.why_not_void,       H.SERVING,      bev.PaperVoided,      H.SERVING,       backfill.void_paper),
  *unless(pads.why_not_withdraw,   H.SERVING,      bev.PaperWithdrawn,   H.SERVING,       backfill.withdraw_paper),
  *unless(pads.why_not_settle,     H.SERVING,      bev.EnvelopeCounted,  H.SERVING,       backfill.settle_envelope),
    row(H.SERVING, wev.NoteShown,    staff.no_sale_open, H.SERVING, window.show_note),
    row(H.SERVING, wev.ReceiptShown, staff.no_sale_open, H.SERVING, window.show_receipt),
    row(H.SERVING, ev.Started,       None,               H.LOCKED),   # who stands there after a power cut is not known

  *unless(staff.why_not_unlock,    H.LOCKED,       wev.WindowUnlocked,   H.SERVING,       shift.be_quiet),
  *unless(staff.why_not_take_over, H.LOCKED,       wev.CountAsked,       H.COUNTING,      shift.begin_count),

  *unless(staff.why_not_draft,     H.COUNTING,     wev.CountDrafted,     H.COUNTING,      shift.keep_draft),
  *unless(staff.why_not_counted,   H.COUNTING,     wev.DrawerCounted,    H.COUNTED,       shift.take_count),
  *unless(staff.why_not_take_over, H.COUNTING,     wev.CountAsked,       H.COUNTING,      shift.begin_count),

  *unless(staff.why_not_recount,   H.COUNTED,      wev.RecountAsked,     H.COUNTING,      shift.begin_recount),
  *unless(staff.why_not_signed,    H.COUNTED,      wev.ShiftSigned,      H.HANDING_OVER,  shift.sign_shift),
  *unless(staff.why_not_take_over, H.COUNTED,      wev.CountAsked,       H.COUNTING,      shift.discard_count, shift.begin_count),

  *unless(staff.why_not_accept,    H.HANDING_OVER, wev.DrawerAccepted,   H.SERVING,       shift.accept_drawer),
  *unless(staff.why_not_dispute,   H.HANDING_OVER, wev.DrawerDisputed,   H.SERVING,       shift.dispute_drawer),
  *unless(staff.why_not_clear,     H.HANDING_OVER, wev.DrawerCleared,    H.CLOSED,        shift.clear_drawer),
  *unless(staff.why_not_close_day, H.HANDING_OVER, wev.DayClosed,        H.HANDING_OVER,  shift.close_day),
))

DRAWER = Machine("drawer", D, (
    #   while                  hears              if                    becomes     and does
    row(D.SHUT,                ev.DrawerChanged,  staff.drawer_opens_early, D.OPEN, drawer.watch_open_drawer),
    row(D.SHUT,                ev.DrawerChanged,  staff.drawer_opens,   D.OPEN,     drawer.tell_drawer_opened),
    row(D.SHUT,                ev.DrawerKicked,   staff.drawer_ordered, D.ORDERED,  drawer.book_drawer),
    row(D.ORDERED,             ev.DrawerChanged,  staff.drawer_opens,   D.OPEN,     drawer.watch_open_drawer),
    row(D.ORDERED,             ev.DrawerChanged,  None,                 D.ORDERED),
    row(D.ORDERED,             ev.DrawerKicked,   staff.drawer_ordered, D.ORDERED,  drawer.book_drawer),
    row((D.SHUT, D.ORDERED),   ev.DrawerOverdue,  None,                 D.SHUT,     drawer.tell_drawer_stuck),
    row(D.OPEN,                ev.DrawerChanged,  staff.drawer_opens,   D.OPEN),
    row(D.OPEN,                ev.DrawerChanged,  None,                 D.SHUT,     drawer.forget_drawer),
    row(D.OPEN,                ev.DrawerKicked,   staff.drawer_ordered, D.OPEN,     drawer.book_drawer),
    row(D.OPEN,                ev.DrawerOverdue,  None,                 D.OPEN,     drawer.tell_drawer_left_open),
    row(D.ORDERED,             ev.Started,        None,                 D.SHUT),
    row(D.OPEN,                ev.Started,        None,                 D.OPEN,     drawer.watch_open_drawer),
))

SALE = Machine("state", S, (
    #   while                  hears              if                                           becomes           and does
    row(S.IDLE,                ev.TicketScanned,  when.ticket_refused,                         S.IDLE,           sale.refuse_ticket),
    row(S.IDLE,                ev.TicketScanned,  when.ticket_free,                            S.LEAVING,        sale.open_sale, sale.close_paid, sale.open_barrier),
    row(S.IDLE,                ev.TicketScanned,  None,                                        S.PRICED,         sale.open_sale, sale.restart_payment_timer),
    row(S.IDLE,                ev.DeviceChanged,  when.blocked,                                S.OUT_OF_SERVICE),
    row(S.IDLE,                ev.StaffActed,     when.blocked,                                S.OUT_OF_SERVICE),
    row(S.IDLE,                ev.DoorOpened,     None,                                        S.SERVICE),
    row(S.IDLE,                ev.Started,        None,                                        S.OUT_OF_SERVICE),

    row(S.PRICED,              ev.TicketScanned,  when.same_ticket_and_price,                  S.PRICED,         sale.restart_payment_timer),
    row(S.PRICED,              ev.TicketScanned,  when.ticket_refused,                         S.PRICED,         sale.refuse_ticket),
    row(S.PRICED,              ev.TicketScanned,  staff.not_to_add,                            S.PRICED,         shift.refuse(staff.why_not_add)),
    row(S.PRICED,              ev.TicketScanned,  staff.adds_thing,                            S.PRICED,         window.add_thing, sale.restart_payment_timer),
    row(S.PRICED,              ev.TicketScanned,  when.ticket_free,                            S.LEAVING,        sale.switch_sale, sale.close_paid, sale.open_barrier),
    row(S.PRICED,              ev.TicketScanned,  None,                                        S.PRICED,         sale.switch_sale, sale.restart_payment_timer),
    row(S.PRICED,              ev.CouponScanned,  when.coupon_refused,                         S.PRICED,         sale.refuse_coupon),
    row(S.PRICED,              ev.CouponScanned,  when.coupon_pays,                            S.LEAVING,        sale.take_coupon, sale.close_paid, sale.open_barrier),
    row(S.PRICED,              ev.CouponScanned,  None,                                        S.PRICED,         sale.take_coupon, sale.restart_payment_timer),
    row(S.PRICED,              ev.Reported,       when.paid_elsewhere,                         S.IDLE,           sale.cancel_sale, sale.tell_paid_elsewhere),
    row(S.PRICED,              ev.BillHeld,       when.bill_taken,                             S.PAYING,         sale.restart_payment_timer),
    row(S.PRICED,              ev.BillHeld,       None,                                        S.PRICED,         sale.restart_payment_timer),
    row(S.PRICED,              ev.BillRefused,    None,                                        S.PRICED,         cash.show_refused_bill, sale.restart_payment_timer),
    row(S.PRICED,              ev.CodeRefused,    None,                                        S.PRICED,         sale.refuse_code, sale.restart_payment_timer),
    row(S.PRICED,              ev.DeviceChanged,  when.blocked,                                S.OUT_OF_SERVICE, sale.cancel_sale),
    row(S.PRICED,              ev.StaffActed,     when.blocked,                                S.OUT_OF_SERVICE, sale.cancel_sale),
    row(S.PRICED,              ev.DoorOpened,     None,                                        S.SERVICE,        sale.cancel_sale),
    row(S.PRICED,              ev.Started,        None,                                        S.OUT_OF_SERVICE, sale.cancel_sale),
    row(S.PRICED,              ev.CancelPressed,  None,                                        S.IDLE,           sale.cancel_sale),
  *only_if(staff.being_counted, rest(S.PRICED, wev.CountAsked, sale.cancel_sale)),
    row(S.PRICED,              wev.ThingRemoved,  staff.not_to_remove,                         S.PRICED,         shift.refuse(staff.why_not_remove)),
    row(S.PRICED,              wev.ThingRemoved,  None,                                        S.PRICED,         shift.forget_refusal, window.remove_thing),
    row(S.PRICED,              wev.SaleSuspended, staff.not_to_suspend,                        S.PRICED,         shift.refuse(staff.why_not_suspend)),
  *rest(S.PRICED,              wev.SaleSuspended, shift.forget_refusal, window.suspend_sale),
    row(S.PRICED,              ev.TimedOut,       None,                                        S.IDLE,           sale.cancel_sale),

  *tender(wev.Tendered,  staff.why_not_tender, staff.tender_covers, window.take_tender),
  *tender(wev.NoteShown, staff.why_not_note,   staff.note_covers,   window.take_note),

    row(S.PRICED,              ev.EffectFound,    when.nothing_credited,                       S.PRICED),
    row(S.PRICED,              ev.BillStacked,    when.nothing_credited,                       S.PRICED),
  *complete((S.PRICED, S.PAYING), ev.BillStacked),
    row((S.PRICED, S.PAYING),  ev.BillStacked,    None,                                        S.PAYING,         sale.restart_payment_timer),
    row(S.PAYING,              ev.EffectFound,    both(when.covered, when.bill_taken),         S.CANCELLING,     cash.wait_for_bill),
  *complete((S.PRICED, S.PAYING), ev.EffectFound),
    row((S.PRICED, S.PAYING),  ev.EffectFound,    None,                                        S.PAYING,         sale.restart_payment_timer),
    row(S.PAYING,              ev.BillHeld,       None,                                        S.PAYING,         sale.restart_payment_timer),
    row(S.PAYING,              ev.BillReturned,   None,                                        S.PAYING,         sale.restart_payment_timer),
    row(S.PAYING,              ev.BillRefused,    None,                                        S.PAYING,         cash.show_refused_bill, sale.restart_payment_timer),
    row(S.PAYING,              ev.CancelPressed,  staff.nobody_there,                          S.PAYING),
  *only_if(staff.staffed, rest(S.PAYING, ev.CancelPressed, window.give_back, sale.cancel_sale)),
  *only_if(staff.being_counted, rest(S.PAYING, wev.CountAsked, window.give_back, sale.cancel_sale)),
    row(S.PAYING,              ev.Reported,       both(staff.nobody_there, when.paid_elsewhere), S.PAYING,       sale.tell_paid_elsewhere),
  *only_if(both(staff.staffed, when.paid_elsewhere), rest(S.PAYING, ev.Reported, window.give_back, sale.cancel_sale, sale.tell_paid_elsewhere)),
    row(S.PAYING,              ev.DoorOpened,     None,                                        S.PAYING,         sale.restart_payment_timer),
    row(S.PAYING,              ev.DoorClosed,     None,                                        S.PAYING,         sale.restart_payment_timer),
    row(S.PAYING,              ev.CancelPressed,  when.bill_taken,                             S.CANCELLING,     sale.keep_reason, cash.wait_for_bill),
    row(S.PAYING,              ev.TimedOut,       when.bill_taken,                             S.CANCELLING,     sale.keep_reason, cash.wait_for_bill),
    row(S.PAYING,              ev.Reported,       both(when.paid_elsewhere, when.bill_taken),  S.CANCELLING,     cash.wait_for_bill, sale.tell_paid_elsewhere),
  *only_if(both(when.paid_elsewhere, when.nothing_credited), rest(S.PAYING, ev.Reported, sale.cancel_sale, sale.tell_paid_elsewhere)),
  *only_if(when.paid_elsewhere, refund(S.PAYING, ev.Reported, sale.tell_paid_elsewhere)),
  *give_up(S.PAYING,       ev.CancelPressed),
  *give_up(S.PAYING,       ev.TimedOut),
    row(S.PAYING,              ev.Started,        None,                                        S.PAYING,         sale.restart_payment_timer),

  *complete(S.CANCELLING,  ev.BillStacked),
  *refund(S.CANCELLING,    ev.BillStacked),
  *conclude(S.CANCELLING,  ev.BillReturned),
  *conclude(S.CANCELLING,  ev.BillHeld),
  *conclude(S.CANCELLING,  ev.TimedOut, cash.give_up_bill),
  *only_if(when.bill_at_rest, conclude(S.CANCELLING, ev.EffectFound)),
    row(S.CANCELLING,          ev.Reported,       when.paid_elsewhere,                         S.CANCELLING,     sale.tell_paid_elsewhere),
    row(S.CANCELLING,          ev.Started,        None,                                        S.CANCELLING,     cash.wait_for_bill),

  *only_if(when.payout_answered, settled(ev.ChangePaid, cash.record_payout)),
  *only_if(when.payout_found, settled(ev.EffectFound, recovery.recover)),
    row(S.SETTLING,            ev.EffectFound,    when.about_payout,                           S.SETTLING,       recovery.recover),
    row(S.SETTLING,            ev.TimedOut,       None,                                        S.SETTLING,       cash.call_for_help),
    row(S.SETTLING,            ev.Started,        None,                                        S.SETTLING,       cash.call_for_help_later),

    row(S.PRINTING,            ev.Printed,        when.paid_and_printed,                       S.LEAVING,        sale.open_barrier),
    row(S.PRINTING,            ev.Printed,        when.sale_printed,                           S.LEAVING,        sale.stay_a_moment),
    row(S.PRINTING,            ev.TimedOut,       when.paid,                                   S.LEAVING,        sale.open_barrier, papers.tell_papers_missing),
    row(S.PRINTING,            ev.TimedOut,       None,                                        S.LEAVING,        sale.stay_a_moment, papers.tell_papers_missing),
    row(S.PRINTING,            ev.Rated,          when.rateable,                               S.PRINTING,       sale.book_rating),
    row(S.PRINTING,            ev.Started,        None,                                        S.PRINTING,       papers.wait_for_papers),

    row(S.LEAVING,             ev.TicketScanned,  when.unfit,                                  S.LEAVING,        sale.refuse_busy),
    row(S.LEAVING,             ev.TicketScanned,  when.ticket_refused,                         S.LEAVING,        sale.refuse_ticket),
    row(S.LEAVING,             ev.TicketScanned,  when.ticket_free,                            S.LEAVING,        sale.end_visit, sale.open_sale, sale.close_paid, sale.open_barrier),
    row(S.LEAVING,             ev.TicketScanned,  None,                                        S.PRICED,         sale.end_visit, sale.open_sale, sale.restart_payment_timer),
  *rest(S.LEAVING,         ev.TimedOut, sale.end_visit),
    row(S.LEAVING,             ev.Rated,          when.rateable,                               S.LEAVING,        sale.book_rating, sale.stay_a_moment),
    row(S.LEAVING,             ev.ReceiptWanted,  when.receipt_on_offer,                       S.LEAVING,        papers.print_receipt, sale.stay_a_moment),
    row(S.LEAVING,             ev.Started,        None,                                        S.OUT_OF_SERVICE, sale.end_visit),

    row(S.IDLE,                wev.SaleResumed,   staff.not_to_resume,                         S.IDLE,           shift.refuse(staff.why_not_resume)),
    row(S.IDLE,                wev.SaleResumed,   None,                                        S.PRICED,         shift.forget_refusal, window.resume_sale, sale.restart_payment_timer),
    row(S.LEAVING,             wev.SaleResumed,   staff.not_to_resume,                         S.LEAVING,        shift.refuse(staff.why_not_resume)),
    row(S.LEAVING,             wev.SaleResumed,   None,                                        S.PRICED,         shift.forget_refusal, sale.end_visit, window.resume_sale, sale.restart_payment_timer),
    row(S.IDLE,                ev.RulesChanged,   both(staff.staffed, when.blocked),           S.OUT_OF_SERVICE),
    row(S.OUT_OF_SERVICE,      ev.RulesChanged,   both(staff.staffed, when.fit),               S.IDLE),
    row(S.IDLE,                wev.WindowLocked,  when.blocked,                                S.OUT_OF_SERVICE),
    row(S.IDLE,                wev.CountAsked,    when.blocked,                                S.OUT_OF_SERVICE),
  *(row(S.OUT_OF_SERVICE,      opened,            when.fit,                                    S.IDLE)
    for opened in (wev.FloatCounted, wev.WindowUnlocked, wev.DrawerAccepted, wev.DrawerDisputed)),

    row(S.OUT_OF_SERVICE,      ev.DoorOpened,     None,                                        S.SERVICE),
    row(S.OUT_OF_SERVICE,      ev.DeviceChanged,  when.fit,                                    S.IDLE),
    row(S.OUT_OF_SERVICE,      ev.StaffActed,     when.fit,                                    S.IDLE),
    row(S.SERVICE,             ev.DoorClosed,     when.blocked,                                S.OUT_OF_SERVICE),
    row(S.SERVICE,             ev.DoorClosed,     None,                                        S.IDLE),
    row(S.SERVICE,             ev.Started,        None,                                        S.OUT_OF_SERVICE),
))

MACHINES = (CASH, PRINTER, SHIFT, DRAWER, SALE)

JOINTS: tuple[tuple[Machine, str, str, Action], ...] = (  # moves of one machine by an action of another
    (CASH,    C.STACKING, C.EMPTY, cash.give_up_bill),
    (PRINTER, P.FREE,     P.BUSY,  papers.print_papers),
    (PRINTER, P.FREE,     P.BUSY,  papers.print_receipt),
    (PRINTER, P.FREE,     P.BUSY,  facts.note_staff_act),
)

ALWAYS: dict[type[ev.Event], tuple[Action, ...]] = {  # noted in every state, before the machines hear of it
    ev.Started:          (facts.begin, recovery.take_stock),
    ev.RulesChanged:     (facts.take_rules,),
    ev.Reported:         (facts.book_report,),
    ev.DeviceChanged:    (facts.note_device,),
    ev.DeviceIdentified: (facts.note_unit,),
    ev.DoorOpened:       (facts.note_door_open,),
    ev.DoorClosed:       (facts.note_door_closed,),
    ev.LanguageChosen:   (sale.choose_language,),
    ev.HelpCalled:       (telling.tell_help_called,),
    ev.StaffActed:       (facts.note_staff_act,),
    ev.ClockStepped:     (facts.tell_clock_step,),
    ev.FraudAttempted:   (cash.tell_fraud,),
    ev.BoxRemoved:       (cash.tell_box_removed,),
    ev.BoxReplaced:      (cash.empty_box,),
    ev.BillReported:     (cash.tell_reported_bill,),
    ev.BarrierOpened:    (facts.book_barrier,),
    ev.BarrierFailed:    (facts.tell_barrier_failed,),
    ev.DrawerFailed:     (drawer.tell_drawer_failed,),
    wev.BadgeShown:      (window.show_badge,),
    ev.EffectFound:      (cash.settle_dispute_found, recovery.recover_opening),
}

ANYWHERE: dict[type[ev.Event], tuple[Action, ...]] = {  # the answer where no machine has a row
    ev.TicketScanned:    (sale.refuse_busy,),
    ev.CouponScanned:    (sale.refuse_coupon,),
    ev.CodeRefused:      (sale.refuse_code,),
    ev.BillRefused:      (cash.show_refused_bill,),
    ev.TimedOut:         (telling.quiet_down,),
    **dict.fromkeys(set(get_args(wev.WindowEvent)) - {wev.BadgeShown}, (shift.refuse_not_now,)),
    # Deliberately nothing:
    ev.BillReturned:     (),  # nothing was held: the device clears its path
    ev.CancelPressed:    (),  # nothing to cancel, or too late
    ev.ChangePaid:       (),  # the same news twice
    ev.PrintStarted:     (),  # of a document that was given up
    ev.Printed:          (),  # likewise
    ev.PrintInDoubt:     (),  # likewise
    ev.CodeScanned:      (),  # the intake has turned it into one of those above
    ev.StayChosen:       (),  # likewise
    ev.ServicesChosen:   (),  # likewise
    ev.DrawerKicked:     (),  # of an order that is settled
    ev.DrawerChanged:    (),  # shut, as it was
    ev.DrawerOverdue:    (),  # it was heard of meanwhile
    ev.Stopped:          (),  # only for the record
    ev.Rated:            (),  # said already, or of nothing that was paid
    ev.ReceiptWanted:    (),  # printed already, or of nothing that was paid
}
# fmt: on
