"""A sale as a payer lives it, through the core alone."""

from typing import TypeVar

import pytest

from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.actions import cash, papers
from terminal.fsm.effects import Alert, CreditNote, OpenBarrier, PayOut, PrintDocument, Receipt, ReturnBill, StackBill
from terminal.fsm.entries import (
    BillBooked,
    CopyPrinted,
    CreditNoteIssued,
    DisputeSettled,
    Entry,
    SaleClosed,
    SaleOpened,
)
from terminal.fsm.states import CashState, PrinterState, SaleState
from terminal.fsm.step import Outcome
from terminal.web.payer.view import view
from tests.fsm.lives import DEVICES, Life, asks, rules

T = TypeVar("T")


def of(kind: type[T], things: list[object]) -> list[T]:
    """Those of one kind."""
    return [thing for thing in things if isinstance(thing, kind)]


def effects(outcome: Outcome, kind: type[T]) -> list[T]:
    """The effects of one kind."""
    return of(kind, list(outcome.effects))


def booked(life: Life, kind: type[T]) -> list[T]:
    """The entries of one kind in the whole life."""
    entries: list[Entry] = [entry for outcome in life.outcomes for entry in outcome.entries]
    return of(kind, list(entries))


def alerts(life: Life) -> list[str]:
    """The codes of all alerts in the whole life."""
    return [effect.code for outcome in life.outcomes for effect in outcome.effects if isinstance(effect, Alert)]


def test_an_exact_payment_prints_a_receipt_and_opens_the_barrier() -> None:
    """Scan, 10 yuan for two started hours, receipt, barrier, idle."""
    life = Life().boot()
    life.scan()
    assert life.is_in(SaleState.PRICED)
    paid = life.insert(1000)
    (print_it,) = effects(paid, PrintDocument)
    assert isinstance(print_it.document, Receipt)
    assert (print_it.document.due_minor, print_it.document.tendered_minor, print_it.document.note_minor) == (
        1000,
        1000,
        0,
    )
    assert life.is_in(SaleState.PRINTING)
    life.print_all()
    assert life.is_in(SaleState.LEAVING)
    (barrier,) = effects(life.outcomes[-1], OpenBarrier)
    life.say(ev.BarrierOpened(f"{life.world.seq}.0"))
    life.time_out()
    assert life.is_in(SaleState.IDLE)
    assert life.world.sale is None and not life.world.pending
    assert barrier.sale_no == 1


def test_too_much_money_is_owed_back_on_a_credit_note() -> None:
    """20 yuan for 10: a credit note of 10 and a receipt that names it, the note first because it is money."""
    life = Life().boot()
    life.scan()
    life.insert(2000)
    life.print_all()
    (note,) = booked(life, CreditNoteIssued)
    assert note.amount_minor == 1000
    documents = [effect.document for outcome in life.outcomes for effect in effects(outcome, PrintDocument)]
    assert [type(document) for document in documents] == [CreditNote, Receipt]
    (closed,) = booked(life, SaleClosed)
    assert (closed.state, closed.credited_minor, closed.change_owed_minor) == ("paid", 2000, 1000)


@pytest.mark.parametrize(("note_minor", "taken"), [(2000, True), (3000, True), (3100, False), (5000, False)])
def test_a_note_over_the_change_limit_is_given_back(note_minor: int, taken: bool) -> None:
    """Due 10, limit 20: a note of up to 30 can be used, one fen more can not, and the screen says how large it may be."""
    life = Life().boot()
    life.scan()
    held = life.say(ev.BillHeld(note_minor))
    assert bool(effects(held, StackBill)) is taken
    if not taken:
        assert effects(held, ReturnBill) == [ReturnBill(note_minor, "too_large")]
        assert life.world.notice is not None
        assert life.world.notice.params["largest_minor"] == 3000


def test_notes_without_a_sale_or_not_on_the_list_are_given_back() -> None:
    """Each with its own reason."""
    life = Life(accept_minor=(1000,)).boot()
    assert effects(life.say(ev.BillHeld(1000)), ReturnBill)[0].reason == "no_sale"
    life.say(ev.BillReturned(1000))
    life.scan()
    assert effects(life.say(ev.BillHeld(500)), ReturnBill)[0].reason == "not_accepted"
    life.say(ev.BillReturned(500), ev.DeviceChanged("printer", ("paper_out",)))
    assert life.is_in(SaleState.OUT_OF_SERVICE)


def test_cancelling_gives_a_credit_note_for_what_was_taken() -> None:
    """5 of 10 yuan, then cancel: a credit note of 5, no receipt, no barrier, the ticket stays usable."""
    life = Life().boot()
    life.scan()
    life.insert(500)
    cancelled = life.say(ev.CancelPressed())
    (print_it,) = effects(cancelled, PrintDocument)
    assert isinstance(print_it.document, CreditNote)
    assert (print_it.document.amount_minor, print_it.document.reason) == (500, "cancelled")
    life.print_all()
    assert life.is_in(SaleState.LEAVING)
    assert not [effect for outcome in life.outcomes for effect in effects(outcome, OpenBarrier)]


def test_cancelling_waits_for_a_note_that_moves() -> None:
    """A note on its way into the box can not be stopped: the sale waits for it, and counts it."""
    life = Life().boot()
    life.scan(hours_ago=5.5)
    life.say(ev.BillHeld(1000), ev.CancelPressed())
    assert life.is_in(SaleState.CANCELLING)
    done = life.say(ev.BillStacked(1000))
    assert effects(done, PrintDocument)[0].document == CreditNote(1, 1, 1000, life.now.wall_ms, "cancelled")


def test_a_note_that_completes_the_amount_completes_a_cancelled_sale() -> None:
    """Cancel came too late: the moving note pays the sale, so the payer gets out instead of a slip of paper."""
    life = Life().boot()
    life.scan()
    life.say(ev.BillHeld(1000), ev.CancelPressed(), ev.BillStacked(1000))
    assert life.is_in(SaleState.PRINTING)
    assert booked(life, SaleClosed)[0].state == "paid"


def a_lost_note_and_one_that_moves(lost_minor: int = 1000) -> tuple[Life, str]:
    """10 yuan are owed. A note can not be found, another of 5 is on its way; also the order that moved the first."""
    life = Life(payout_limit_minor=1000).boot()
    life.scan()
    life.say(ev.BillHeld(lost_minor))
    (lost,) = life.world.pending
    life.say(ev.BillHeld(500), ev.BillHeld(500))
    assert (life.world.cash, [bill.amount_minor for bill in life.world.disputed]) == (CashState.STACKING, [lost_minor])
    return life, lost


@pytest.mark.parametrize("change_minor", [0, 1000, 1500])
@pytest.mark.parametrize("end", [ev.BillReturned(500), ev.BillHeld(500), ev.TimedOut()])
def test_a_lost_note_that_is_found_completes_a_cancelled_sale(end: ev.Event, change_minor: int) -> None:
    """The sale waits for one note when another, long given up, turns up and suffices: it is paid, whatever the last does."""
    life, lost = a_lost_note_and_one_that_moves(1000 + change_minor)
    life.say(ev.CancelPressed(), ev.EffectFound(lost, "in_box"))
    assert life.is_in(SaleState.CANCELLING)
    done = life.say(end)
    assert not isinstance(end, ev.TimedOut) or isinstance(done.entries[0], BillBooked), "lost before the sale is closed"
    assert life.is_in(SaleState.SETTLING if change_minor else SaleState.PRINTING)
    assert life.world.cash is (CashState.RETURNING if isinstance(end, ev.BillHeld) else CashState.EMPTY)
    assert [(sale.state, sale.change_owed_minor) for sale in booked(life, SaleClosed)] == [("paid", change_minor)]


def test_a_lost_note_that_is_found_waits_for_the_one_that_moves() -> None:
    """It suffices, but the payer's next note is on its way into the box: that one is change, not unclaimed money."""
    life, lost = a_lost_note_and_one_that_moves()
    life.say(ev.EffectFound(lost, "in_box"))
    assert life.is_in(SaleState.CANCELLING)
    assert life.world.wake_at_ms == life.up_ms + cash.BILL_WAIT_S * 1000
    life.say(ev.BillStacked(500))
    assert life.is_in(SaleState.SETTLING)
    assert [(sale.state, sale.change_owed_minor) for sale in booked(life, SaleClosed)] == [("paid", 500)]


def test_news_of_something_else_do_not_end_a_sale_whose_note_moves() -> None:
    """A barrier of a former visit answers late: the payer goes on paying."""
    life, lost = a_lost_note_and_one_that_moves()
    life.say(ev.EffectFound("0.0", "nothing"), ev.EffectFound(lost, "nothing"), ev.EffectFound(lost, "given_back"))
    assert life.is_in(SaleState.PAYING)


def test_a_time_out_ends_the_sale_as_cancelling_does() -> None:
    """Without money straight back to idle; with money through a credit note."""
    life = Life().boot()
    life.scan()
    life.time_out()
    assert life.is_in(SaleState.IDLE)
    life.scan()
    life.insert(500)
    life.time_out()
    assert life.is_in(SaleState.PRINTING)
    assert booked(life, CreditNoteIssued)[0].amount_minor == 500


def test_a_free_stay_opens_the_barrier_without_payment() -> None:
    """15 minutes and less owe nothing; no receipt is printed and the ticket is used."""
    life = Life().boot()
    out = life.scan(hours_ago=0.25)
    assert effects(out, OpenBarrier) and not effects(out, PrintDocument)
    assert booked(life, SaleClosed)[0].state == "paid"


def test_refused_tickets_say_why_and_are_counted() -> None:
    """Used, from the future, of an unknown tariff, or in the middle of another sale."""
    life = Life().boot()
    life.scan(paid_at_ms=5)
    assert life.world.notice is not None and life.world.notice.key == "refused.already_paid"
    life.say(ev.TicketScanned("B", life.now.wall_ms + policy.FUTURE_TOLERANCE_MS + 1, "T1"))
    life.say(ev.TicketScanned("B", life.now.wall_ms, "T9"))
    assert life.is_in(SaleState.IDLE)
    life.scan("C")
    life.insert(500)
    life.scan("D")
    assert life.world.refused == {"already_paid": 1, "in_future": 1, "unknown_tariff": 1, "sale_open": 1}


def test_a_refusal_leaves_an_idle_screen_after_a_while() -> None:
    """The next payer does not see what the last one did wrong."""
    life = Life().boot()
    life.scan(paid_at_ms=5)
    life.time_out()
    assert life.world.notice is None and life.world.wake_at_ms is None


def test_another_ticket_replaces_one_that_nothing_was_paid_for() -> None:
    """A payer with the wrong ticket simply scans the right one."""
    life = Life().boot()
    life.scan("A")
    life.scan("B")
    assert life.world.sale is not None and life.world.sale.ticket_id == "B"
    assert [closed.state for closed in booked(life, SaleClosed)] == ["cancelled"]


@pytest.mark.parametrize("device", ["validator", "scanner", "printer", "barrier", "disk"])
def test_a_missing_device_stops_sales_and_says_so(device: str) -> None:
    """Whatever a sale needs takes the terminal out of service, and its return brings it back."""
    life = Life().boot()
    life.say(ev.DeviceChanged(device, ("silent",)))
    assert life.is_in(SaleState.OUT_OF_SERVICE)
    life.scan()
    assert life.is_in(SaleState.OUT_OF_SERVICE)
    life.say(ev.DeviceChanged(device, ()))
    assert life.is_in(SaleState.IDLE)


def test_little_paper_does_not_stop_sales() -> None:
    """A roll that is near its end is news for people, not for payers."""
    life = Life().boot()
    life.say(ev.DeviceChanged("printer", ("paper_low",)))
    assert life.is_in(SaleState.IDLE)


def test_the_service_door_stops_sales_but_not_one_that_has_money_in_it() -> None:
    """Idle and unpaid sales give way; a started payment comes to its end first, taking no more notes."""
    life = Life().boot()
    life.say(ev.DoorOpened())
    assert life.is_in(SaleState.SERVICE)
    life.say(ev.DoorClosed())
    assert life.is_in(SaleState.IDLE)
    life.scan()
    life.insert(500)
    life.say(ev.DoorOpened())
    assert life.is_in(SaleState.PAYING)
    assert not policy.wanted(life.world).accept_bills
    life.say(ev.CancelPressed())
    life.print_all()
    life.time_out()
    assert life.is_in(SaleState.SERVICE)


def test_paper_out_in_mid_receipt_prints_a_copy() -> None:
    """A doubtful print is repeated, marked, and not for ever."""
    life = Life().boot()
    life.scan()
    life.insert(1000)
    for copy in range(1, policy.COPIES_MAX + 1):
        effect_id = life.world.jobs[0].effect_id
        again = life.say(ev.PrintStarted(effect_id), ev.PrintInDoubt(effect_id, "paper_out"))
        assert effects(again, PrintDocument)[0].copy == copy
    effect_id = life.world.jobs[0].effect_id
    life.say(ev.PrintStarted(effect_id), ev.PrintInDoubt(effect_id, "paper_out"))
    assert life.world.printer is PrinterState.FREE and not life.world.jobs
    assert "not_printed" in alerts(life)
    assert [entry.copy for entry in booked(life, CopyPrinted)] == [1, 2, 3]


def test_a_payer_is_let_out_when_the_printer_fails() -> None:
    """Paid is paid: after a while the barrier opens, and the receipt waits for paper."""
    life = Life().boot()
    life.scan()
    life.insert(1000)
    out = life.time_out()
    assert life.is_in(SaleState.LEAVING)
    assert effects(out, OpenBarrier)
    assert life.world.jobs


def test_a_note_nobody_can_find_is_disputed_and_settled_when_it_turns_up() -> None:
    """The validator falls silent while stacking: the sale ends without the note, which is later found in the box."""
    life = Life().boot()
    life.scan(hours_ago=5.5)
    life.insert(500)
    life.say(ev.BillHeld(1000))
    effect_id = next(iter(life.world.pending))
    life.time_out()
    assert life.is_in(SaleState.CANCELLING)
    assert isinstance(life.time_out().entries[0], BillBooked), "lost before the sale is closed"
    assert life.is_in(SaleState.PRINTING)
    assert life.world.cash is CashState.EMPTY
    assert booked(life, BillBooked)[-1].disposition == "disputed"
    assert booked(life, CreditNoteIssued)[0].amount_minor == 500
    life.say(ev.EffectFound(effect_id, "in_box"))
    assert booked(life, DisputeSettled)[0].disposition == "unclaimed"
    assert not life.world.disputed


def test_a_lost_note_is_given_up_before_the_rest_is_paid_back() -> None:
    """The change giver returns what was credited; the note that can not be found moves no more and stays in dispute."""
    life = Life(payout_limit_minor=1000).boot()
    life.scan(hours_ago=5.5)
    life.insert(500)
    life.say(ev.BillHeld(1000), ev.CancelPressed())
    refund = life.time_out()
    assert effects(refund, PayOut) == [PayOut(500)]
    assert (life.world.state, life.world.cash, life.world.bill) == (SaleState.SETTLING, CashState.EMPTY, None)
    assert [type(entry) for entry in refund.entries] == [BillBooked, SaleClosed]


@pytest.mark.parametrize(
    ("news", "disposition"),
    [
        (ev.BillStacked(500), "unclaimed"),
        (ev.BillReturned(500), "gone"),
        (ev.EffectFound("second", "in_box"), "unclaimed"),
        (ev.EffectFound("second", "given_back"), "gone"),
        (ev.EffectFound("second", "nothing"), None),
        (ev.EffectFound("second", "other_unit"), None),
    ],
)
def test_of_two_lost_notes_the_one_that_is_found_is_settled(news: ev.Event, disposition: str | None) -> None:
    """By its order, or by its value; the other stays in dispute, and news that say nothing settle nothing."""
    life = Life().boot()
    orders = []
    for amount_minor in (1000, 500, 2000):
        life.scan()
        life.say(ev.BillHeld(amount_minor), ev.CancelPressed())
        orders.append(next(iter(life.world.pending)))
        life.time_out()
        assert life.is_in(SaleState.IDLE)
    life.say(ev.EffectFound(orders[1], news.finding) if isinstance(news, ev.EffectFound) else news)
    settled = booked(life, DisputeSettled)
    assert settled == ([] if disposition is None else [DisputeSettled(2, disposition)])  # type: ignore[arg-type]
    assert [bill.bill_no for bill in life.world.disputed] == [1, 2, 3] if disposition is None else [1, 3]
    assert alerts(life).count("unclaimed_money") == (disposition == "unclaimed")


def test_a_note_lost_in_a_former_sale_does_not_begin_the_payment_of_this_one() -> None:
    """It turns up before somebody who has paid nothing yet, who may still show another ticket."""
    life = Life().boot()
    life.scan("A")
    life.say(ev.BillHeld(500), ev.CancelPressed())
    life.time_out()
    life.scan("B")
    life.say(ev.BillStacked(500))
    assert booked(life, DisputeSettled) == [DisputeSettled(1, "unclaimed")]
    assert life.is_in(SaleState.PRICED)
    life.scan("C")
    assert life.world.sale is not None and life.world.sale.ticket_id == "C"


def test_money_without_a_sale_is_unclaimed() -> None:
    """A note that got stacked while nobody pays is in the books, and people are told."""
    life = Life().boot()
    life.say(ev.BillStacked(1000))
    assert booked(life, BillBooked) == [BillBooked(1, 1000, "unclaimed", None)]
    assert "unclaimed_money" in alerts(life)


def test_a_note_found_without_being_asked_for_is_never_credited() -> None:
    """Devices report the same note again after their own restart."""
    life = Life().boot()
    life.say(ev.BillReported("box", 1000))
    assert not booked(life, BillBooked)
    assert "bill_reported" in alerts(life)


def test_a_swapped_validator_is_noticed() -> None:
    """Another serial number is an alert; the same one is not."""
    life = Life().boot()
    life.say(*[ev.DeviceIdentified("validator", "NV9", serial, "1") for serial in ("1", "1", "2")])
    assert alerts(life) == ["device_swapped"]


def test_a_power_cut_while_stacking_is_settled_by_what_the_device_says() -> None:
    """After the start the validator is asked; the note counts once, whatever it says later."""
    life = Life().boot()
    life.scan()
    life.say(ev.BillHeld(1000, "U1", 7))
    effect_id = next(iter(life.world.pending))
    started = life.say(ev.Started("test", life.rules))
    assert [(ask.effect_id, ask.about) for ask in asks(started)] == [(effect_id, StackBill(1000, "U1", 7))]
    assert life.is_in(SaleState.PAYING)
    life.say(ev.EffectFound(effect_id, "in_box"), ev.EffectFound(effect_id, "in_box"), ev.BillReported("box", 1000))
    assert [entry.disposition for entry in booked(life, BillBooked)] == ["credited"]
    assert life.is_in(SaleState.PRINTING)


@pytest.mark.parametrize(("device", "jammed"), [("validator", True), ("printer", False)])
def test_after_a_jam_the_validator_is_asked_with_a_warning(device: str, jammed: bool) -> None:
    """People may have moved the note by hand, so the device's own count proves nothing; a jam of the printer does not matter."""
    life = Life().boot()
    life.scan()
    life.say(ev.BillHeld(1000, "U1", 7), ev.DeviceChanged(device, ("jam",)), ev.DeviceChanged(device, ()))
    assert [ask.jammed for ask in asks(life.say(ev.Started("test", life.rules)))] == [jammed]


def test_a_power_cut_before_the_first_byte_prints_the_original() -> None:
    """The journal knows that the printer had got nothing: print, and no copy."""
    life = Life().boot()
    life.scan()
    life.insert(1000)
    again = life.say(ev.Started("test", life.rules))
    assert [effect.copy for effect in effects(again, PrintDocument)] == [0]
    life.say(ev.PrintStarted(life.world.jobs[0].effect_id))
    asked = life.say(ev.Started("test", life.rules))
    assert [type(ask.about) for ask in asks(asked)] == [PrintDocument]
    copy = life.say(ev.EffectFound(life.world.jobs[0].effect_id, "in_doubt"))
    assert [effect.copy for effect in effects(copy, PrintDocument)] == [1]


def test_a_barrier_in_doubt_is_never_opened_again() -> None:
    """A power cut between the order and the pulse calls people instead of letting two cars out."""
    life = Life().boot()
    life.scan()
    life.insert(1000)
    life.print_all()
    effect_id = next(iter(life.world.pending))
    life.say(ev.Started("test", life.rules), ev.EffectFound(effect_id, "nothing"))
    assert "opening_in_doubt" in alerts(life)
    assert sum(len(effects(outcome, OpenBarrier)) for outcome in life.outcomes) == 1


def test_change_is_paid_out_where_there_is_a_change_giver() -> None:
    """What the giver could not pay goes on a credit note; a doubt about it holds the sale."""
    life = Life(payout_limit_minor=1000).boot()
    life.scan()
    life.insert(2000)
    effect_id, effect = next(iter(life.world.pending.items()))
    assert effect == PayOut(1000)
    life.say(ev.EffectFound(effect_id, "nothing"))
    assert life.is_in(SaleState.SETTLING) and effect_id in life.world.pending
    life.say(ev.ChangePaid(effect_id, 700), ev.ChangePaid(effect_id, 700))
    assert life.world.sale is not None
    assert (life.world.sale.paid_out_minor, life.world.sale.note_minor) == (700, 300)
    assert life.is_in(SaleState.PRINTING)


@pytest.mark.parametrize(("trouble", "limit_minor"), [((), 1000), (("empty",), 0)])
def test_an_empty_change_giver_counts_for_nothing(trouble: tuple[str, ...], limit_minor: int) -> None:
    """Sales go on with credit notes alone: the largest note is smaller, and nothing is asked of the giver."""
    life = Life(payout_limit_minor=1000, devices=(*DEVICES, "change")).boot()
    life.say(ev.DeviceChanged("change", trouble))
    life.scan()
    assert policy.largest_note_minor(life.world) == 3000 + limit_minor
    assert effects(life.insert(3000), PayOut) == ([PayOut(limit_minor)] if limit_minor else [])


def test_what_stops_sales_is_named_by_device_and_problem() -> None:
    """In the order in which devices were told; harmless problems are not among it."""
    life = Life().boot()
    assert policy.blockers(life.world) == ()
    life.say(ev.DeviceChanged("printer", ("paper_low", "cover_open")), ev.DeviceChanged("disk", ("full",)))
    assert policy.blockers(life.world) == (("printer", "cover_open"), ("disk", "full"))


def test_the_timers_are_those_of_the_rules() -> None:
    """The payment time-out comes from the configuration, and each note starts it anew."""
    life = Life(payment_timeout_s=30).boot()
    life.scan()
    assert life.world.wake_at_ms == life.up_ms + 30_000
    life.up_ms += 20_000
    life.insert(500)
    assert life.world.wake_at_ms == life.up_ms + 30_000
    life.time_out()
    assert life.world.wake_at_ms == life.up_ms + papers.PRINT_WAIT_S * 1000


def test_a_notice_leaves_a_resting_screen_whatever_it_tells() -> None:
    """A returned note, a refused one, a barrier in doubt: the next payer is greeted, not told an old story."""
    life = Life().boot()
    for told in (ev.BillHeld(500), ev.BillRefused("reject.twisted")):
        life.say(told)
        assert life.world.notice is not None
        life.time_out()
        assert life.world.notice is None and life.world.wake_at_ms is None
    life.scan()
    life.insert(1000)
    life.print_all()
    effect_id = next(iter(life.world.pending))
    life.say(ev.Started("test", life.rules), ev.EffectFound(effect_id, "nothing"))
    assert life.world.notice is not None and life.world.notice.key == "leaving.call_for_help"
    life.time_out()
    assert life.world.notice is None


@pytest.mark.parametrize("end", [ev.TimedOut(), ev.EffectFound("0.0", "nothing"), ev.EffectFound("0.0", "other_unit")])
def test_a_payer_whose_only_note_is_lost_is_told(end: ev.Event) -> None:
    """The sale ends with nothing credited, and the screen says that the note is in dispute, not just "welcome"."""
    life = Life().boot()
    life.scan()
    life.say(ev.BillHeld(1000), ev.CancelPressed())
    if isinstance(end, ev.EffectFound):
        life.say(ev.EffectFound(next(iter(life.world.pending)), end.finding))
    else:
        life.time_out()
    assert life.is_in(SaleState.IDLE)
    assert life.world.notice is not None and life.world.notice.key == "returned.disputed"
    life.time_out()
    assert life.world.notice is None


def test_a_payer_without_papers_is_sent_to_the_staff() -> None:
    """The printer fails in the middle: the payer may go, but hears that papers are missing, and so do the staff."""
    life = Life().boot()
    life.scan()
    life.insert(2000)
    life.say(ev.DeviceChanged("printer", ("paper_out",)))
    life.time_out()
    assert life.is_in(SaleState.LEAVING)
    assert life.world.notice is not None and life.world.notice.key == "leaving.papers_missing"
    assert "papers_missing" in alerts(life)


def test_a_ticket_shown_again_has_no_old_price() -> None:
    """Showing the ticket again keeps the sale open; once the stay costs more, it is priced anew."""
    life = Life().boot()
    entered_at_ms = life.now.wall_ms - 3_590_000
    again = ev.TicketScanned("A1", entered_at_ms, "T1")
    life.say(again, again)
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [500]
    life.up_ms += 20_000
    life.say(again)
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [500, 1000]
    assert life.is_in(SaleState.PRICED)


def test_an_order_to_a_barrier_that_is_not_there_any_more_is_settled() -> None:
    """The barrier was taken out of the configuration: nobody is asked who could never answer, people are told."""
    life = Life().boot()
    life.scan()
    life.insert(1000)
    life.print_all()
    assert life.world.pending
    life.rules = rules(devices=("validator", "scanner", "printer"))
    started = life.say(ev.Started("test", life.rules))
    assert not life.world.pending and not asks(started)
    assert "opening_in_doubt" in alerts(life)


def test_people_are_called_once_for_each_new_problem() -> None:
    """A jam is told when it comes, not again beside a second problem, and a device that starts up is none."""
    life = Life().boot()
    problems: list[tuple[str, ...]] = [("starting",), ("jam",), ("box_full", "jam"), (), ("jam",)]
    life.say(*[ev.DeviceChanged("validator", told) for told in problems])
    told = [
        e.data["problem"]
        for o in life.outcomes
        for e in o.effects
        if isinstance(e, Alert) and e.code == "device_trouble"
    ]
    assert told == ["jam", "box_full", "jam"]


def test_after_a_free_stay_nobody_is_told_to_take_papers() -> None:
    """There are none."""
    life = Life(language="en").boot()
    life.scan(hours_ago=0.1)
    assert view(life.world, life.now)["hint"] == "You may drive out"
