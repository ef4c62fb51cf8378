"""What the window's core once did wrong, each with the shortest way there: found by random lives held against an oracle."""

from collections.abc import Callable

import msgspec
import pytest

from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.effects import Alert, OpenDrawer
from terminal.fsm.entries import CouponUsed, SaleClosed
from terminal.fsm.states import SaleState, ShiftState
from terminal.fsm.step import Outcome
from terminal.fsm.window_rules import WindowRules
from terminal.shift.corrections import Sold
from terminal.stays.reports import NoteHonoured, PaidElsewhere
from tests.fsm.lives import Life
from tests.fsm.news import HOUR_MS
from tests.fsm.window_lives import COLLECTOR, FLOAT, SUPERVISOR, WindowLife, serving


def suspended(life: WindowLife) -> WindowLife:
    """The payer of A1 has stepped aside, and some time has passed."""
    life.scan()
    life.say(wev.SaleSuspended(COLLECTOR))
    return life


def quiet(life: WindowLife) -> WindowLife:
    """What the screen said is over."""
    if life.world.wake_at_ms is not None:
        life.time_out()
    return life


def elsewhere(life: WindowLife, ticket_id: str = "A1") -> ev.Reported:
    """Another terminal has taken the money for it."""
    return ev.Reported(PaidElsewhere("r1", "k02", ticket_id, life.now.wall_ms, 500))


def alerts(outcome: Outcome) -> list[str]:
    """Whom people are called for."""
    return [effect.code for effect in outcome.effects if isinstance(effect, Alert)]


def sold_by_pos() -> Sold:
    """10 yuan by card, in this shift."""
    return Sold(receipt_no=1, sale_no=1, due_minor=1000, at_ms=0, shift_no=1, methods={"pos": 1000})


# --- payers who step aside ----------------------------------------------------------------------------------------
def a_payer_who_is_back_is_not_hurried() -> None:
    """The time of the notice before goes on, and ends the sale of who stands there; what was given is owed on a credit note."""
    life = suspended(serving())
    life.say(wev.SaleResumed(COLLECTOR, 1))
    life.tender(400)
    assert life.world.wake_at_ms is None


def a_locked_window_resumes_nothing() -> None:
    """Locked after a sale, while the thanks are on the screen."""
    life = suspended(serving())
    life.scan("A2")
    life.tender(1000)
    life.say(wev.WindowLocked(COLLECTOR), wev.SaleResumed(COLLECTOR, 1))
    assert not life.is_in(SaleState.PRICED)


def the_last_receipt_is_the_last() -> None:
    """Resumed while the thanks are on the screen of the sale that took the last number."""
    life = WindowLife(WindowRules(last_receipt_no=1))
    life.boot()
    life.begin()
    suspended(life)
    life.scan("A2")
    life.tender(1000)
    life.say(wev.SaleResumed(COLLECTOR, 1))
    life.tender(1000)
    assert life.world.receipt_no == 1


def nobody_pays_twice_by_stepping_aside() -> None:
    """Meanwhile the ticket was paid here."""
    life = suspended(serving())
    life.scan()
    life.tender(1000)
    life.say(wev.SaleResumed(COLLECTOR, 1))
    assert not life.is_in(SaleState.PRICED)


def nobody_pays_twice_at_two_terminals() -> None:
    """Meanwhile the ticket was paid elsewhere."""
    life = suspended(serving())
    life.say(elsewhere(life), wev.SaleResumed(COLLECTOR, 1))
    assert not life.is_in(SaleState.PRICED)


def what_has_no_price_any_more_is_refused() -> None:
    """Meanwhile the tariff was taken out of the configuration: the core raises."""
    life = suspended(serving())
    rules = msgspec.structs.replace(life.rules, tariffs={"T2": life.rules.tariffs["T2"]})
    life.say(ev.RulesChanged(rules), wev.SaleResumed(COLLECTOR, 1))
    assert not life.is_in(SaleState.PRICED)


def all_things_are_priced_anew() -> None:
    """Of several things only the one shown last is."""
    life = serving()
    life.scan("A1")
    life.scan("A2")
    life.say(wev.SaleSuspended(COLLECTOR))
    quiet(life)
    life.up_ms += 2 * HOUR_MS
    life.say(wev.SaleResumed(COLLECTOR, 2))
    assert life.world.sale is not None and life.world.sale.due_minor == 2 * 2000


# --- several things -----------------------------------------------------------------------------------------------
def a_coupon_is_used_once_in_a_sale() -> None:
    """For one thing, and then for the next."""
    life = serving()
    coupon = ev.CouponScanned(next(c.coupon for c in coupons() if c.coupon.amount_minor == 500))
    life.scan("A1")
    life.say(coupon)
    life.scan("A2")
    life.say(coupon)
    assert life.world.sale is not None
    paid = life.tender(life.world.sale.due_minor)
    assert len([entry for entry in paid.entries if isinstance(entry, CouponUsed)]) == 1


def coupons() -> list[ev.CouponScanned]:
    """5 yuan off."""
    from terminal.fees.stay import Coupon

    return [ev.CouponScanned(Coupon("C1", amount_minor=500))]


def nothing_to_pay_is_no_sale() -> None:
    """The only thing that cost something is taken out."""
    life = serving()
    life.scan("A1")
    life.scan("A0", hours_ago=0)
    life.say(wev.ThingRemoved(COLLECTOR, "A1"))
    assert life.told == "refused.nothing_to_pay"


def what_costs_nothing_by_now_is_done() -> None:
    """A ticket is shown again after the merchant has validated it: at a kiosk the payer may go."""
    from terminal.fees.stay import Coupon, Stay

    life = serving()
    life.scan()
    assert life.world.sale is not None
    stay = Stay(life.world.sale.entered_at_ms, coupons=(Coupon("V1", minutes=600),))
    life.say(ev.TicketScanned("A1", life.world.sale.entered_at_ms, "T1", stay=stay))
    assert life.is_in(SaleState.LEAVING)


def no_more_of_a_service_than_it_has() -> None:
    """9 cards at the most, also one by one."""
    life = serving()
    for _ in range(10):
        life.say(ev.TicketScanned("services:", 0, "", basket=(("card", 1),)))
    assert life.world.sale is not None and life.world.sale.due_minor <= 9000


def other_tariffs_in_the_middle_of_a_sale() -> None:
    """The tariff is taken out of the configuration, then something else is shown: the core raises."""
    life = serving()
    life.scan()
    rules = msgspec.structs.replace(life.rules, tariffs={"T2": life.rules.tariffs["T2"]})
    life.say(ev.RulesChanged(rules), ev.TicketScanned("services:", 0, "", basket=(("card", 1),)))
    assert life.world.sale is not None
    assert life.world.sale.due_minor == sum(line.amount_minor for line in life.world.sale.lines) == 2000


# --- a sale outlives those who sold it ----------------------------------------------------------------------------
def nobody_gives_money_back_alone() -> None:
    """After a power cut the window is locked; another terminal takes the money: the drawer opens with nobody there."""
    life = serving()
    life.scan()
    life.tender(400)
    life.boot()
    told = life.say(elsewhere(life))
    assert not [effect for effect in told.effects if isinstance(effect, OpenDrawer)]


def a_shift_ends_with_its_sales() -> None:
    """A supervisor takes over with a sale half paid; the shift ends, and the sale does not: then the core raises."""
    life = serving()
    life.scan()
    life.tender(400)
    life.boot()
    life.say(wev.CountAsked(SUPERVISOR, "Wang", taken_over=True), wev.DrawerCounted(SUPERVISOR, (*FLOAT, (100, 4))))
    life.say(wev.ShiftSigned(SUPERVISOR), wev.DrawerCleared(COLLECTOR, SUPERVISOR))
    life.say(elsewhere(life))
    assert life.world.sale is None


def a_credit_note_is_not_lost() -> None:
    """A sale that was half paid by it is cancelled: it must be good again, or its money owed."""
    life = serving()
    life.scan()
    life.say(wev.NoteShown("k01", 4, 300))
    ended = life.say(ev.CancelPressed())
    given = life.shift.totals.moved_minor.get("note_cashed", 0)
    closed = next(entry for entry in ended.entries if isinstance(entry, SaleClosed))
    free_again = any("Note" in type(entry).__name__ for entry in ended.entries)
    assert closed.change_owed_minor == 300 or given == -300 or free_again


def a_note_that_was_honoured_elsewhere_is_not_cashed() -> None:
    """It was shown here first, and another terminal told of it before it was paid out."""
    life = serving()
    life.say(wev.NoteShown("k01", 4, 700))
    life.say(ev.Reported(NoteHonoured("r1", "w02", "k01", 4, life.now.wall_ms, 700)), wev.NoteCashed(COLLECTOR))
    assert life.told == "refused.no_note_shown"


# --- corrections --------------------------------------------------------------------------------------------------
def no_more_than_was_booked_under_the_wrong_method() -> None:
    """10 yuan by card become 500 in cash."""
    life = serving()
    life.say(
        wev.Corrected(
            COLLECTOR, "method", 1, 50_000, "wrong_method", method="cash", wrong_method="pos",
            approved_by=SUPERVISOR, sold=sold_by_pos(),
        )
    )  # fmt: skip
    assert life.told.startswith("refused.")


def money_goes_back_the_way_it_came() -> None:
    """10 yuan by card come back in cash."""
    life = serving()
    life.say(
        wev.Corrected(
            COLLECTOR, "refund", 1, 1000, "wrong_item", method="cash", approved_by=SUPERVISOR, sold=sold_by_pos()
        )
    )
    assert life.told.startswith("refused.")


def a_drawer_gives_no_more_than_it_has() -> None:
    """A credit note of 10,000 yuan out of 200."""
    life = serving()
    life.say(wev.NoteShown("k01", 4, 1_000_000), wev.NoteCashed(COLLECTOR))
    assert life.shift.expected_minor >= 0


# --- two people ---------------------------------------------------------------------------------------------------
def alone_nobody_learns_what_is_in_the_drawer() -> None:
    """Drops of all sizes, none of them approved: which of them is too large tells the sum to the fen."""
    life = serving()
    life.say(wev.CashMoved(COLLECTOR, "drop", ((1000, 20),)))
    fits = life.told
    life.say(wev.CashMoved(COLLECTOR, "drop", ((1000, 20), (10, 1))))
    assert life.told == fits


def nobody_counts_again_alone() -> None:
    """A supervisor who works at the window takes over from himself, after the count has shown what should be there."""
    life = serving()
    life.count(())
    life.say(wev.CountAsked(COLLECTOR, "Li", taken_over=True))
    assert life.world.shift is ShiftState.COUNTED


def ones_own_approval_is_none() -> None:
    """Also where none is needed: it stands in the Z."""
    life = serving()
    life.count(FLOAT)
    life.say(wev.ShiftSigned(COLLECTOR, approved_by=COLLECTOR))
    assert life.told == "refused.own_approval"


# --- the drawer ---------------------------------------------------------------------------------------------------
def an_ordered_drawer_is_no_alarm() -> None:
    """The sensor is quicker than the news that the pulse was sent."""
    life = serving()
    life.say(wev.DrawerAsked(COLLECTOR, "check"))
    assert alerts(life.say(ev.DrawerChanged(True))) == []


def a_deadline_that_has_come_is_over() -> None:
    """The printer says nothing of the pulse for three seconds: whoever wakes the core by `drawer_due_ms` does so for ever."""
    life = serving()
    life.say(wev.DrawerAsked(COLLECTOR, "check"), ev.DrawerOverdue())
    assert life.world.drawer_due_ms is None


def a_deadline_of_the_last_life_is_none() -> None:
    """After a power cut elapsed time begins anew."""
    life = serving()
    life.say(wev.DrawerAsked(COLLECTOR, "check"))
    life.boot()
    assert life.world.drawer_due_ms is None


def an_open_drawer_may_be_open_for_a_minute() -> None:
    """It stands open, and is ordered to open: three seconds later people are called."""
    life = serving()
    life.say(wev.DrawerAsked(COLLECTOR, "check"))
    life.say(ev.DrawerKicked(next(reversed(life.world.pending))), ev.DrawerChanged(True))
    life.say(wev.DrawerAsked(COLLECTOR, "check"))
    assert life.world.drawer_due_ms is not None and life.world.drawer_due_ms - life.up_ms == 60_000


def an_open_drawer_is_watched_whatever_fails() -> None:
    """It stands open, and another order fails: nobody looks after it any more."""
    life = serving()
    life.say(ev.DrawerChanged(True), wev.DrawerAsked(COLLECTOR, "check"))
    life.say(ev.DrawerFailed(next(reversed(life.world.pending)), "failed"))
    assert life.world.drawer_due_ms is not None


# --- papers, and what people are told -----------------------------------------------------------------------------
def each_copy_has_its_own_number() -> None:
    """A receipt that came out in doubt is copied by itself, and once more on request: two papers say that they are copy 2."""
    life = serving()
    life.scan()
    life.tender(1000)
    effect_id = life.world.jobs[0].effect_id
    receipt = life.world.jobs[0].document
    life.say(ev.PrintStarted(effect_id), ev.PrintInDoubt(effect_id, "cutter"))
    life.say(wev.ReprintAsked(COLLECTOR, 1, receipt, 1, "en"))  # type: ignore[arg-type]
    effect_id = life.world.jobs[0].effect_id
    life.say(ev.PrintStarted(effect_id), ev.PrintInDoubt(effect_id, "cutter"))
    assert len({job.copy for job in life.world.jobs}) == len(life.world.jobs)


def what_is_done_is_not_refused() -> None:
    """A refusal stays on the page after the same act was done."""
    life = serving()
    drop = wev.CashMoved(COLLECTOR, "drop", ((1000, 1),))
    life.say(drop, msgspec.structs.replace(drop, approved_by=SUPERVISOR))
    assert not life.told.startswith("refused.")


def new_numbers_are_used_at_once() -> None:
    """The range was used up; another is configured, and read without a restart."""
    life = WindowLife(WindowRules(last_receipt_no=1))
    life.boot()
    life.begin()
    life.scan()
    life.tender(1000)
    quiet(life)
    life.say(ev.RulesChanged(msgspec.structs.replace(life.rules, window=WindowRules(last_receipt_no=99))))
    assert life.is_in(SaleState.IDLE)


def a_kiosk_suspends_nothing() -> None:
    """The core raises: it asks for a shift that no kiosk has."""
    life = Life().boot()
    life.scan()
    life.say(wev.SaleSuspended(COLLECTOR))
    assert life.is_in(SaleState.PRICED)


MENDED: tuple[Callable[[], None], ...] = (
    a_payer_who_is_back_is_not_hurried,
    a_locked_window_resumes_nothing,
    the_last_receipt_is_the_last,
    nobody_pays_twice_by_stepping_aside,
    nobody_pays_twice_at_two_terminals,
    what_has_no_price_any_more_is_refused,
    all_things_are_priced_anew,
    a_coupon_is_used_once_in_a_sale,
    nothing_to_pay_is_no_sale,
    what_costs_nothing_by_now_is_done,
    no_more_of_a_service_than_it_has,
    other_tariffs_in_the_middle_of_a_sale,
    nobody_gives_money_back_alone,
    a_note_that_was_honoured_elsewhere_is_not_cashed,
    a_drawer_gives_no_more_than_it_has,
    alone_nobody_learns_what_is_in_the_drawer,
    nobody_counts_again_alone,
    ones_own_approval_is_none,
    an_ordered_drawer_is_no_alarm,
    a_deadline_of_the_last_life_is_none,
    an_open_drawer_may_be_open_for_a_minute,
    an_open_drawer_is_watched_whatever_fails,
    each_copy_has_its_own_number,
    what_is_done_is_not_refused,
    new_numbers_are_used_at_once,
    a_kiosk_suspends_nothing,
    a_shift_ends_with_its_sales,
    a_credit_note_is_not_lost,
    money_goes_back_the_way_it_came,
    no_more_than_was_booked_under_the_wrong_method,
    a_deadline_that_has_come_is_over,
)


@pytest.mark.parametrize("fault", MENDED, ids=lambda fault: fault.__name__)
def test_faults_that_were_mended(fault: Callable[[], None]) -> None:
    """They stay so."""
    fault()
