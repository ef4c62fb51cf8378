"""What a payer is told, for how long, and what the devices should do meanwhile."""

import pytest

from terminal.fsm import events as ev
from terminal.fsm.actions import cash, papers, sale, telling
from terminal.fsm.effects import Alert, Ask, Effect, OpenDrawer, PrintDocument, Receipt, ReturnBill, StackBill, Wanted
from terminal.fsm.entries import Opening
from terminal.fsm.policy import FUTURE_TOLERANCE_MS, wanted
from terminal.fsm.states import SaleState
from terminal.fsm.world import new_world
from tests.fsm.lives import Life

TEN = {"amount_minor": 1000}


def told(life: Life) -> tuple[str, dict[str, int | str]] | None:
    """The notice on the screen now."""
    notice = life.world.notice
    return None if notice is None else (notice.key, notice.params)


def wakes_in_s(life: Life) -> float | None:
    """How long until the world wants to be woken."""
    return None if life.world.wake_at_ms is None else (life.world.wake_at_ms - life.up_ms) / 1000


def priced() -> Life:
    """10 yuan are owed; 20 seconds have gone."""
    life = Life().boot()
    life.scan()
    life.up_ms += 20_000
    return life


def settling() -> Life:
    """Change is being paid out."""
    life = Life(payout_limit_minor=1000).boot()
    life.scan()
    life.insert(2000)
    assert life.is_in(SaleState.SETTLING)
    return life


def leaving() -> Life:
    """Paid, printed, and let out."""
    life = priced()
    life.insert(1000)
    life.print_all()
    assert life.is_in(SaleState.LEAVING)
    return life


# --- notes that come back -----------------------------------------------------------------------------------------
def returned(life: Life, amount_minor: int) -> ReturnBill:
    """A note is held and must go back."""
    (effect,) = [e for e in life.say(ev.BillHeld(amount_minor)).effects if isinstance(e, ReturnBill)]
    assert told(life) == (
        f"returned.{effect.reason}",
        {"amount_minor": amount_minor, "largest_minor": 3000 if life.world.sale else 0},
    )
    return effect


def test_a_note_without_a_sale_comes_back_with_its_reason() -> None:
    """Nobody has scanned a ticket; the notice goes by itself."""
    life = Life().boot()
    assert returned(life, 1000) == ReturnBill(1000, "no_sale")
    assert wakes_in_s(life) == telling.NOTICE_S == 8
    life.say(ev.BillReturned(1000))
    assert told(life) is not None, "the payer has to read it"


def test_a_note_that_is_too_large_comes_back_with_the_largest_that_can_be_used() -> None:
    """10 yuan owed, 20 may be owed back: 30 is the largest."""
    life = priced()
    assert returned(life, 5000) == ReturnBill(5000, "too_large")
    assert wakes_in_s(life) == 60, "the payer thinks again"
    life.say(ev.BillReturned(5000))
    assert told(life) == ("returned.too_large", {"amount_minor": 5000, "largest_minor": 3000})


def test_a_note_that_is_not_on_the_list_comes_back() -> None:
    """The list is part of the rules."""
    life = Life(accept_minor=(500,)).boot()
    life.scan()
    assert returned(life, 1000) == ReturnBill(1000, "not_accepted")


def test_a_note_behind_another_comes_back() -> None:
    """The first one is nowhere to be found by then; what is done with the second is told."""
    life = priced()
    life.say(ev.BillHeld(500))
    assert returned(life, 1000) == ReturnBill(1000, "not_now")
    assert wakes_in_s(life) == 60


@pytest.mark.parametrize("trouble", [ev.DoorOpened(), ev.DeviceChanged("printer", ("paper_out",))])
def test_a_note_that_comes_when_something_is_wrong_comes_back(trouble: ev.Event) -> None:
    """A sale that has money in it goes on, but takes no more."""
    life = priced()
    life.insert(500)
    life.say(trouble)
    life.say(ev.BillHeld(500))
    assert told(life) == ("returned.not_now", {"amount_minor": 500, "largest_minor": 2500})


@pytest.mark.parametrize("by_itself", [True, False])
def test_a_note_that_the_device_gives_back_although_it_was_welcome_is_told(by_itself: bool) -> None:
    """By itself, or by what it finds after a power cut."""
    life = priced()
    life.say(ev.BillHeld(1000))
    assert life.world.bill is not None
    assert told(life) is None
    life.say(ev.BillReturned(1000) if by_itself else ev.EffectFound(life.world.bill.effect_id, "given_back"))
    assert told(life) == ("returned.by_device", TEN)


def test_a_lost_note_is_told_for_a_long_time() -> None:
    """The sale has waited, nothing else was paid: the payer is not just greeted again."""
    life = priced()
    life.say(ev.BillHeld(1000), ev.CancelPressed())
    assert wakes_in_s(life) == cash.BILL_WAIT_S == 30
    life.time_out()
    assert life.is_in(SaleState.IDLE)
    assert told(life) == ("returned.disputed", TEN)
    assert wakes_in_s(life) == telling.LONG_NOTICE_S == 60


def test_a_note_lost_in_a_sale_that_goes_on_is_told_and_the_sale_keeps_its_time() -> None:
    """Only a resting screen has a notice's time; here the payment's own runs."""
    life = priced()
    life.say(ev.BillHeld(500))
    assert life.world.bill is not None
    life.say(ev.EffectFound(life.world.bill.effect_id, "nothing"))
    assert told(life) == ("returned.disputed", {"amount_minor": 500})
    assert life.is_in(SaleState.PAYING)
    life.insert(1000)
    assert life.is_in(SaleState.PRINTING)
    assert told(life) is None


def test_a_note_that_the_device_refuses_is_told_in_its_words() -> None:
    """Before a sale, in one, and with money in it; each time the payer gets time to try again."""
    life = Life().boot()
    life.say(ev.BillRefused("reject.twisted"))
    assert (told(life), wakes_in_s(life)) == (("reject.twisted", {}), 8)
    for paid_minor in (0, 500):
        life = priced()
        if paid_minor:
            life.insert(paid_minor)
            life.up_ms += 5_000
        life.say(ev.BillRefused("reject.twisted"))
        assert (told(life), wakes_in_s(life)) == (("reject.twisted", {}), 60)


# --- tickets and codes --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ticket", "notice"),
    [
        (ev.TicketScanned("A", 0, "T1", 77), ("refused.already_paid", {"when_ms": 77, "where": "k01"})),
        (ev.TicketScanned("A", 0, "T9"), ("refused.unknown_tariff", {})),
        (ev.TicketScanned("A", Life().now.wall_ms + 120_001, "T1"), ("refused.in_future", {})),
        (ev.CodeRefused("wrong_tag", "PK"), ("refused.wrong_tag", {})),
    ],
)
def test_a_code_that_is_refused_says_why_and_counts(ticket: ev.Event, notice: tuple[str, dict[str, int]]) -> None:
    """Before an idle terminal for a while, in the middle of a sale until the next notice."""
    life = Life().boot()
    for count in (1, 2):
        life.say(ticket)
        assert (told(life), wakes_in_s(life)) == (notice, 8)
        assert life.world.refused == {notice[0].removeprefix("refused."): count}
    life = Life().boot()
    life.scan()
    life.say(ticket)
    assert (told(life), life.is_in(SaleState.PRICED)) == (notice, True)


def test_a_ticket_from_the_tolerated_future_is_free() -> None:
    """Two clocks never agree: two minutes are nothing, a millisecond more is refused (above)."""
    assert FUTURE_TOLERANCE_MS == 120_000
    life = Life().boot()
    life.say(ev.TicketScanned("A", life.now.wall_ms + FUTURE_TOLERANCE_MS, "T1"))
    assert life.is_in(SaleState.LEAVING)


@pytest.mark.parametrize("state", [SaleState.OUT_OF_SERVICE, SaleState.SERVICE])
def test_a_terminal_that_rests_says_that_it_sells_nothing(state: SaleState) -> None:
    """Out of service, or with its door open."""
    life = Life().boot()
    life.say(ev.DoorOpened() if state is SaleState.SERVICE else ev.DeviceChanged("printer", ("cover_open",)))
    life.scan()
    assert (life.world.state, told(life), wakes_in_s(life)) == (state, ("refused.out_of_service", {}), 8)


def test_a_ticket_in_somebody_elses_sale_is_refused() -> None:
    """With money in it, being settled or printed; and after it when nobody can be served."""
    life = priced()
    life.insert(500)
    life.scan("B")
    assert told(life) == ("refused.sale_open", {})
    life = leaving()
    life.say(ev.DoorOpened())
    for paid_at_ms in (None, 77):
        life.scan("B", paid_at_ms=paid_at_ms)
        assert (told(life), life.is_in(SaleState.LEAVING)) == (("refused.sale_open", {}), True)


def test_a_new_visit_begins_without_the_last_ones_notice() -> None:
    """A notice belongs to who caused it."""
    life = Life().boot()
    life.say(ev.CodeRefused("wrong_tag", "PK"))
    life.scan()
    assert told(life) is None and wakes_in_s(life) == 60
    life.say(ev.CodeRefused("wrong_tag", "PK"), ev.BillHeld(1000))
    assert told(life) is None
    life.say(ev.CodeRefused("wrong_tag", "PK"), ev.BillStacked(1000))
    assert told(life) is None, "who has paid has done all right in the end"
    life = priced()
    life.say(ev.CodeRefused("wrong_tag", "PK"), ev.CancelPressed())
    assert told(life) == ("ended.cancelled", {})


# --- papers, change, barrier --------------------------------------------------------------------------------------
def test_papers_are_waited_for_and_then_missed() -> None:
    """20 seconds; the notice stays while the payer leaves, and goes with the payer."""
    life = priced()
    life.insert(2000)
    assert wakes_in_s(life) == papers.PRINT_WAIT_S == 20
    life.time_out()
    assert told(life) == ("leaving.papers_missing", {})
    assert wakes_in_s(life) == sale.LEAVING_S == 10
    life.time_out()
    assert (life.world.state, told(life), wakes_in_s(life)) == (SaleState.IDLE, None, None)


def test_a_credit_note_alone_is_waited_for_too() -> None:
    """A cancelled sale has no receipt; no barrier opens, the payer gets the same time to leave."""
    life = priced()
    life.insert(500)
    life.say(ev.CancelPressed())
    assert (life.world.state, wakes_in_s(life)) == (SaleState.PRINTING, 20)
    life.time_out()
    assert (life.world.state, wakes_in_s(life)) == (SaleState.LEAVING, 10)
    assert told(life) == ("leaving.papers_missing", {})


def test_people_are_called_every_minute_while_change_is_in_doubt() -> None:
    """Until the giver answers, or is asked again at the next start."""
    life = settling()
    for _ in range(3):
        assert wakes_in_s(life) == cash.HELP_EVERY_S == 60
        assert life.time_out().effects == [Alert("change_in_doubt", {"sale_no": 1})]
    life.say(ev.Started("test", life.rules))
    assert (life.world.state, wakes_in_s(life)) == (SaleState.SETTLING, 60)
    pending = life.world.pending
    doubt = life.say(ev.EffectFound(next(iter(pending)), "nothing"))
    assert doubt.effects == [Alert("change_in_doubt", {"sale_no": 1})] and life.world.pending == pending


def test_a_cancelled_sale_that_was_paid_back_has_nothing_to_print() -> None:
    """All of it in coins: no note, no receipt, and a moment to take the money."""
    for by_itself in (True, False):
        life = Life(payout_limit_minor=500).boot()
        life.scan()
        life.insert(500)
        life.say(ev.CancelPressed())
        (effect_id,) = life.world.pending
        life.say(ev.ChangePaid(effect_id, 500) if by_itself else ev.EffectFound(effect_id, "paid_out", 500))
        assert (life.world.state, wakes_in_s(life), life.world.jobs) == (SaleState.LEAVING, 10, ())
        assert life.world.sale is not None and life.world.sale.paid_out_minor == 500


def test_news_of_another_payment_settle_nothing() -> None:
    """The giver's last words about a former payer come late: this one's change is still under way."""
    life = Life(payout_limit_minor=500).boot()
    life.scan()
    life.insert(500)
    life.say(ev.CancelPressed())
    for news in (ev.ChangePaid("0.0", 500), ev.EffectFound("0.0", "paid_out", 500), ev.EffectFound("0.0", "nothing")):
        late = life.say(news)
        assert life.is_in(SaleState.SETTLING) and not late.entries and not late.effects


@pytest.mark.parametrize("after_a_cut", [False, True])
@pytest.mark.parametrize("rests", [False, True])
def test_who_stands_before_a_closed_barrier_is_told_whom_to_call(after_a_cut: bool, rests: bool) -> None:
    """While leaving it goes with the sale; on a screen that rests already it stays a minute."""
    life = leaving()
    (effect_id,) = life.world.pending
    if rests:
        life.time_out()
    life.say(ev.EffectFound(effect_id, "nothing") if after_a_cut else ev.BarrierFailed(effect_id, "failed"))
    assert told(life) == ("leaving.call_for_help", {})
    assert wakes_in_s(life) == (60 if rests else 10)
    assert not life.world.pending


def test_a_lost_note_that_turns_up_changes_no_screen() -> None:
    """The books know, people know; the next payer need not."""
    life = priced()
    life.say(ev.BillHeld(1000), ev.CancelPressed())
    life.time_out()
    life.say(ev.BillReturned(1000))
    assert told(life) == ("returned.disputed", TEN)
    assert not life.world.disputed


# --- languages and starts -----------------------------------------------------------------------------------------
def test_a_language_is_chosen_for_one_visit() -> None:
    """It falls back with the end of the visit, or when nobody comes; papers keep the one they were asked in."""
    life = Life().boot()
    life.say(ev.LanguageChosen("en"))
    assert (life.world.language, wakes_in_s(life)) == ("en", 60)
    life.time_out()
    assert (life.world.language, wakes_in_s(life)) == ("zh-CN", None)
    life.scan()
    life.up_ms += 20_000
    life.say(ev.LanguageChosen("en"))
    assert wakes_in_s(life) == 40, "a sale keeps its own time"
    (paper,) = [e for e in life.insert(1000).effects if isinstance(e, PrintDocument)]
    assert paper.language == "en"
    life.print_all()
    life.time_out()
    assert life.world.language == "zh-CN"


@pytest.mark.parametrize("hours_ago", [0.1, 1.5])
def test_the_next_payer_may_come_while_the_last_one_leaves(hours_ago: float) -> None:
    """With the usual language and without an old notice; a ticket that can not be sold on is told so."""
    life = leaving()
    life.say(ev.LanguageChosen("en"))
    life.scan("B", paid_at_ms=77)
    assert told(life) == ("refused.already_paid", {"when_ms": 77, "where": "k01"}) and life.is_in(SaleState.LEAVING)
    life.scan("B", hours_ago=hours_ago)
    assert (told(life), life.world.language, life.world.sale_no) == (None, "zh-CN", 2)


def test_a_start_forgets_what_only_a_life_knows() -> None:
    """Devices have to report anew, the door too; notices and the last life's time are gone, the new rules hold."""
    life = Life().boot()
    life.say(ev.DoorOpened(), ev.LanguageChosen("en"), ev.CodeRefused("wrong_tag", "PK"))
    life.say(ev.Started("test", Life(language="en", devices=("validator",)).rules))
    world = life.world
    assert (world.language, world.devices, world.door_open) == ("en", {"validator": ("starting",)}, False)
    assert (told(life), wakes_in_s(life), world.state) == (None, None, SaleState.OUT_OF_SERVICE)


@pytest.mark.parametrize(
    ("then", "state", "seconds"),
    [
        (ev.BillRefused("reject.twisted"), SaleState.PAYING, 60),
        (ev.CancelPressed(), SaleState.CANCELLING, 30),
        (ev.BillStacked(1000), SaleState.PRINTING, 20),
    ],
)
def test_a_sale_with_money_goes_on_after_a_power_cut_with_its_whole_time(
    then: ev.Event, state: SaleState, seconds: int
) -> None:
    """Nobody was served while the power was away."""
    life = priced()
    life.say(ev.BillHeld(1000), then)
    life.up_ms += 5_000
    life.say(ev.Started("test", life.rules))
    assert (life.world.state, wakes_in_s(life)) == (state, seconds)


# --- what should be -----------------------------------------------------------------------------------------------
def test_levels_follow_the_world() -> None:
    """Notes are welcome only in a sale that can use them; the lamp tells from afar."""
    life = Life().boot()
    assert wanted(life.world) == Wanted(accept_bills=False, sale_open=False, lamp="ready")
    life.scan()
    assert wanted(life.world) == Wanted(accept_bills=True, sale_open=True, lamp="busy")
    life.insert(500)
    assert wanted(life.world) == Wanted(accept_bills=True, sale_open=True, lamp="busy")
    life.say(ev.DoorOpened())
    assert wanted(life.world) == Wanted(accept_bills=False, sale_open=True, lamp="busy")
    life.say(ev.DoorClosed(), ev.DeviceChanged("barrier", ("absent",)), ev.DeviceChanged("printer", ("paper_low",)))
    assert wanted(life.world).accept_bills, "people are told, payers are served"
    life.say(ev.DeviceChanged("printer", ("absent",)))
    assert wanted(life.world) == Wanted(accept_bills=False, sale_open=True, lamp="busy")
    life.say(ev.CancelPressed())
    assert wanted(life.world) == Wanted(accept_bills=False, sale_open=True, lamp="busy")
    for trouble in (ev.DoorOpened(), ev.DeviceChanged("printer", ("absent",))):
        life = Life().boot()
        life.say(trouble)
        assert wanted(life.world) == Wanted(accept_bills=False, sale_open=False, lamp="off")


# --- a staffed window's drawer, which nothing orders yet ----------------------------------------------------------
def with_drawer() -> Life:
    """The drawer was told to open."""
    life = Life().boot()
    life.world.pending = {"1.0": OpenDrawer("sale"), "1.1": OpenDrawer("count")}
    return life


@pytest.mark.parametrize(
    ("event", "effects"),
    [
        (ev.DrawerKicked("1.0"), []),
        (ev.DrawerFailed("1.0", "stuck"), [Alert("drawer_failed", {"reason": "stuck"})]),
        (ev.EffectFound("1.0", "nothing"), [Alert("opening_in_doubt", {"what": "drawer"})]),
    ],
)
def test_a_drawer_speaks_once_of_an_order(event: ev.Event, effects: list[Effect]) -> None:
    """Its outcome is booked or told, the same news twice is none, and another order waits on."""
    life = with_drawer()
    told_first, told_again = life.say(event), life.say(event)
    assert told_first.effects == effects and not told_again.effects
    assert told_first.entries == ([Opening("drawer")] if isinstance(event, ev.DrawerKicked) else [])
    assert not told_again.entries and list(life.world.pending) == ["1.1"]


def test_a_drawer_that_opens_without_order_is_an_alarm() -> None:
    """Closing is none, and neither is what was asked for."""
    life = with_drawer()
    life.say(ev.DrawerKicked("1.0"), ev.DrawerKicked("1.1"))
    assert not life.say(ev.DrawerChanged(True)).effects
    assert not life.say(ev.DrawerChanged(False)).effects
    assert life.say(ev.DrawerChanged(True)).effects == [Alert("drawer_opened")]


def test_a_new_terminal_knows_nothing() -> None:
    """No event, no number, no money; nothing is sold before the first start."""
    world = new_world()
    assert (world.seq, world.box_count, world.box_minor, world.wake_at_ms, world.door_open) == (0, 0, 0, None, False)
    assert (world.sale_no, world.receipt_no, world.note_no, world.bill_no) == (0, 0, 0, 0)
    assert (world.state, world.language, world.rules.devices) == (SaleState.OUT_OF_SERVICE, "en", ())
    assert (world.rules.currency, world.rules.language, world.rules.timezone) == ("CNY", "en", "UTC")


def test_what_is_not_said_is_nothing() -> None:
    """Amounts and copies that nobody mentions are none."""
    receipt = Receipt(1, 1, "A", 0, 0, (), 500, 500)
    assert (receipt.paid_out_minor, receipt.note_minor, receipt.what) == (0, 0, "parking")
    assert ev.EffectFound("1.0", "nothing").amount_minor == 0
    assert (PrintDocument(receipt, "en").copy, StackBill(100)) == (0, StackBill(100, "", None))
    assert Alert("door_opened") == Alert("door_opened", {})
    assert Ask("1.0", StackBill(100)) == Ask("1.0", StackBill(100), jammed=False)
    assert Wanted() == Wanted(accept_bills=False, sale_open=False, lamp="off")
    terms = Life().rules
    assert (terms.accept_minor, terms.credit_limit_minor, terms.payout_limit_minor) == ((), 2000, 0)
    assert terms.payment_timeout_s == 60
