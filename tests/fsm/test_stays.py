"""A sale of a stay of which something is known: coupons, payments elsewhere, reports, other tariffs; dues and services."""

import msgspec
import pytest

from terminal.fees.dues import Invoice
from terminal.fees.parking import ParkingTariff
from terminal.fees.stay import Coupon, Cover, Inner, Paid, Stay
from terminal.fsm import events as ev
from terminal.fsm.actions import cash, sale, telling
from terminal.fsm.effects import Alert, CreditNote, Document, OpenBarrier, PayOut, PrintDocument, Receipt, TellPaid
from terminal.fsm.entries import (
    CouponUsed,
    CouponUsedElsewhere,
    CreditNoteIssued,
    DuesPaid,
    ReportBooked,
    SaleClosed,
    SaleOpened,
)
from terminal.fsm.states import SaleState
from terminal.stays import reports as rp
from tests.fsm.lives import WALL_MS, Life, rules
from tests.fsm.news import GRACE, HOUR_MS, MINUTE_MS, NAMES, OWED, overstayed_too_long
from tests.fsm.test_sale import booked, effects
from tests.fsm.test_told import told, wakes_in_s

FOUR = Coupon("C4", amount_minor=400)
TEN = Coupon("C10", amount_minor=1000)
PLATE = "京A12345"


def priced(**rule_changes: object) -> Life:
    """10 yuan are owed for A1; 20 seconds have gone."""
    life = Life(**rule_changes).boot()
    life.scan()
    life.up_ms += 20_000
    return life


def papers(life: Life) -> list[Document]:
    """All documents that were asked of the printer."""
    return [effect.document for outcome in life.outcomes for effect in effects(outcome, PrintDocument)]


def tellings(life: Life) -> list[TellPaid]:
    """What the other terminals were told."""
    return [told for outcome in life.outcomes for told in effects(outcome, TellPaid)]


def elsewhere(life: Life, ticket_id: str = "A1", here_at_ms: int | None = None, ago_ms: int = 7) -> ev.Reported:
    """Terminal k02 took 10 yuan a moment ago."""
    return ev.Reported(rp.PaidElsewhere("r1", "k02", ticket_id, life.now.wall_ms - ago_ms, 1000), here_at_ms)


# --- coupons ------------------------------------------------------------------------------------------------------
def test_a_coupon_makes_the_stay_cheaper() -> None:
    """What was booked is not changed: a new sale at the lower price; the coupon is used up when that is paid."""
    life = priced()
    life.say(ev.LanguageChosen("en"), ev.CouponScanned(FOUR))
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000, 600]
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 0, 0, "replaced")]
    assert (life.world.state, wakes_in_s(life), life.world.language) == (SaleState.PRICED, 60, "en")
    assert not booked(life, CouponUsed) and not tellings(life)
    life.insert(500)
    life.insert(100)
    assert booked(life, CouponUsed) == [CouponUsed("C4", 2, 0, 400)]
    assert tellings(life) == [TellPaid("A1", 600, (FOUR,))]
    (receipt,) = papers(life)
    assert isinstance(receipt, Receipt) and receipt.what == "parking"
    assert [(line.what, line.amount_minor) for line in receipt.lines] == [("hours", 1000), ("coupon", -400)]


def test_a_coupon_that_pays_all_lets_the_car_out() -> None:
    """No receipt over nothing; the barrier opens, the ticket and the coupon are used."""
    life = priced()
    out = life.say(ev.CouponScanned(TEN))
    assert effects(out, OpenBarrier) == [OpenBarrier(2)] and not papers(life)
    assert (life.world.state, wakes_in_s(life)) == (SaleState.LEAVING, sale.LEAVING_S)
    assert booked(life, SaleClosed)[-1] == SaleClosed(2, "paid", 0, 0)
    assert booked(life, CouponUsed) == [CouponUsed("C10", 2, 0, 1000)]
    assert effects(out, TellPaid) == [TellPaid("A1", 0, (TEN,))]


def test_coupons_add_up() -> None:
    """Minutes and money, one after the other, each used once."""
    life = priced()
    life.say(ev.CouponScanned(Coupon("C60", minutes=60)), ev.CouponScanned(FOUR))
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000, 500, 100]
    life.insert(100)
    assert booked(life, CouponUsed) == [CouponUsed("C60", 3, 60, 0), CouponUsed("C4", 3, 0, 400)]


def test_a_coupon_of_a_cancelled_sale_is_not_used_up() -> None:
    """It can be used for the next one."""
    life = priced()
    life.say(ev.CouponScanned(FOUR), ev.CancelPressed())
    assert life.is_in(SaleState.IDLE) and not booked(life, CouponUsed) and not tellings(life)
    life.scan()
    life.say(ev.CouponScanned(FOUR))
    assert life.world.sale is not None and life.world.sale.due_minor == 600


def test_what_a_merchant_gave_is_used_up_with_the_payment_and_what_went_with_an_earlier_one_is_not() -> None:
    """The ticket brings its coupons along."""
    life = Life().boot()
    entered_ms = life.now.wall_ms - HOUR_MS - 1
    coupons = (FOUR, Coupon("old", amount_minor=100, used=True))
    life.say(ev.TicketScanned("A1", entered_ms, "T1", stay=Stay(entered_ms, coupons=coupons)))
    assert booked(life, SaleOpened) == [SaleOpened(1, "A1", entered_ms, 500)]
    life.insert(500)
    assert booked(life, CouponUsed) == [CouponUsed("C4", 1, 0, 400)]


@pytest.mark.parametrize(
    ("before", "coupon", "notice"),
    [
        ([], ev.CouponScanned(FOUR, 77), ("refused.coupon_used_at", {"when_ms": 77})),
        ([ev.CouponScanned(FOUR)], ev.CouponScanned(FOUR), ("refused.coupon_used", {})),
        ([], ev.CouponScanned(Coupon("C1", minutes=1)), ("refused.coupon_worthless", {})),
        ([ev.RulesChanged(rules(tariffs={}))], ev.CouponScanned(FOUR), ("refused.coupon_not_here", {})),
    ],
)
def test_a_coupon_that_is_refused_leaves_the_sale_as_it_is(
    before: list[ev.Event], coupon: ev.Event, notice: tuple[str, dict[str, int]]
) -> None:
    """The price stays, and so does the time to pay: whoever tries coupons does not hold the terminal for ever."""
    life = priced()
    if before:
        life.say(*before)
    sale, wake_at_ms = life.world.sale, life.world.wake_at_ms
    life.up_ms += 5_000
    refused = life.say(coupon)
    assert (life.world.sale, life.world.wake_at_ms, told(life)) == (sale, wake_at_ms, notice)
    assert not refused.entries and not refused.effects
    assert life.world.refused == {notice[0].removeprefix("refused."): 1}


def test_a_coupon_comes_after_the_ticket_and_before_the_money() -> None:
    """Before a resting screen it is told what to do first, in the middle of a payment that it is too late."""
    life = Life().boot()
    life.say(ev.CouponScanned(FOUR))
    assert (told(life), wakes_in_s(life)) == (("refused.coupon_first_ticket", {}), 8)
    life.say(ev.DeviceChanged("printer", ("absent",)), ev.CouponScanned(FOUR))
    assert told(life) == ("refused.coupon_first_ticket", {}) and life.is_in(SaleState.OUT_OF_SERVICE)
    life = priced()
    life.insert(500)
    life.say(ev.CouponScanned(FOUR))
    assert told(life) == ("refused.sale_open", {}) and life.is_in(SaleState.PAYING)
    life.say(ev.CouponScanned(FOUR, 77))
    assert told(life) == ("refused.coupon_used_at", {"when_ms": 77})


def test_a_coupon_is_taken_off_the_price_that_was_told() -> None:
    """Another hour has begun since the ticket was read: what the payer was told only gets less."""
    life = Life().boot()
    life.say(ev.TicketScanned("A1", life.now.wall_ms - 2 * HOUR_MS + 10_000, "T1"))
    life.up_ms += 20_000
    life.say(ev.CouponScanned(Coupon("C5", amount_minor=500)), ev.CouponScanned(Coupon("C1", amount_minor=100)))
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000, 500, 400]


def test_a_coupon_never_makes_a_stay_dearer_after_a_change_of_tariffs() -> None:
    """Under the new prices it would be more, with the coupon, than what the payer was told: it is not taken."""
    dearer = ParkingTariff(free_minutes=0, per_hour_minor=700, day_cap_minor=9000)
    life = priced()
    life.say(ev.RulesChanged(rules(tariffs={"T1": dearer})), ev.CouponScanned(FOUR))
    assert told(life) == ("refused.coupon_worthless", {})
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000]


def test_who_shows_the_ticket_again_keeps_the_coupons() -> None:
    """At the same price nothing happens; when another hour has begun, the stay costs that, less the coupon."""
    life = priced()
    ticket = ev.TicketScanned("A1", life.now.wall_ms - 90 * MINUTE_MS - 20_000, "T1")
    life.say(ev.LanguageChosen("en"), ev.CouponScanned(FOUR), ticket)
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000, 600]
    life.started_at_ms += HOUR_MS
    life.say(ticket)
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000, 600, 1100]
    assert life.world.language == "en"
    life.scan("A2")
    assert [sale.due_minor for sale in booked(life, SaleOpened)][-1] == 1000 and life.world.language == "zh-CN"


def test_a_coupon_that_was_used_meanwhile_is_not_carried_on() -> None:
    """A merchant's gift that went with another sale is gone when the ticket is shown again."""
    life = Life().boot()
    entered_ms = life.now.wall_ms - HOUR_MS - 1
    for coupons in ((FOUR,), ()):
        life.say(ev.TicketScanned("A1", entered_ms, "T1", stay=Stay(entered_ms, coupons=coupons)))
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [600, 1000]


@pytest.mark.parametrize(
    ("coupons", "used"),
    [
        ((FOUR, TEN), ["C10"]),
        ((TEN, FOUR), ["C10"]),
        ((Coupon("M1", minutes=1), FOUR), ["C4"]),
        ((Coupon("A10", amount_minor=1000), TEN), ["C10"]),
        ((), []),
    ],
)
def test_a_coupon_that_takes_nothing_off_stays_good(coupons: tuple[Coupon, ...], used: list[str]) -> None:
    """Where one would do, the other is not used up; nor are minutes that change nothing."""
    life = Life().boot()
    entered_ms = life.now.wall_ms - 90 * MINUTE_MS
    life.say(ev.TicketScanned("A1", entered_ms, "T1", stay=Stay(entered_ms, coupons=coupons)))
    if life.world.sale is not None and not life.world.sale.paid:
        life.insert(life.world.sale.due_minor)
    assert [coupon.coupon_id for coupon in booked(life, CouponUsed)] == used


def test_a_stay_that_owes_nothing_uses_up_no_coupon() -> None:
    """A merchant has validated what is free anyhow."""
    life = Life().boot()
    entered_ms = life.now.wall_ms - 5 * MINUTE_MS
    life.say(ev.TicketScanned("A1", entered_ms, "T1", stay=Stay(entered_ms, coupons=(FOUR,))))
    assert life.is_in(SaleState.LEAVING) and not booked(life, CouponUsed)


# --- cars that were only named ------------------------------------------------------------------------------------
def named(life: Life, hours: float, coupons: tuple[Coupon, ...] = ()) -> ev.TicketScanned:
    """A car that somebody has chosen by its plate."""
    entered_ms = life.now.wall_ms - int(hours * HOUR_MS)
    return ev.TicketScanned("S1", entered_ms, "T1", stay=Stay(entered_ms, coupons=coupons), chosen=True)


@pytest.mark.parametrize(("hours", "coupons"), [(0.1, ()), (1.5, (TEN,))])
def test_who_names_a_car_that_owes_nothing_is_not_let_out(hours: float, coupons: tuple[Coupon, ...]) -> None:
    """It may be another's car: no sale, no barrier, no coupon of it is used; the payer is told that nothing is owed."""
    life = Life().boot()
    out = life.say(named(life, hours, coupons))
    assert (life.world.state, told(life)) == (SaleState.IDLE, ("refused.nothing_to_pay", {}))
    assert not out.entries and not out.effects
    life.scan("A2")
    life.say(named(life, hours, coupons))
    assert life.world.sale is not None and life.world.sale.ticket_id == "A2"


def test_who_pays_for_a_car_may_drive_it_out() -> None:
    """With money, or with a coupon in the hand."""
    life = Life().boot()
    life.say(named(life, 1.5))
    life.insert(1000)
    life.print_all()
    life.time_out()
    out = life.say(named(life, 1.5), ev.CouponScanned(TEN))
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000, 1000, 0]
    assert effects(out, OpenBarrier) == [OpenBarrier(3)]


# --- what is told to others ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "devices", [("validator", "scanner", "printer"), ("validator", "scanner", "printer", "barrier")]
)
def test_a_stay_that_owed_nothing_is_told_where_it_let_the_car_out(devices: tuple[str, ...]) -> None:
    """Without a barrier the car is still here and may owe something later: nobody must think that it has paid."""
    life = Life(devices=devices).boot()
    life.scan(hours_ago=0.1)
    assert life.is_in(SaleState.LEAVING)
    assert tellings(life) == ([TellPaid("A1", 0)] if "barrier" in devices else [])


def test_coupons_that_went_with_a_payment_elsewhere_are_known_here() -> None:
    """Booked under the terminal that told; people are called for one that went with a sale here too."""
    life = Life().boot()
    coupons = (rp.UsedCoupon("C4", amount_minor=400), rp.UsedCoupon("C60", 60))
    report = rp.PaidElsewhere("r1", "k02", "A1", 5, 1000, coupons)
    heard = life.say(ev.Reported(report, used_here=("C60",)))
    assert heard.entries[1:] == [CouponUsedElsewhere("C4", "k02", 5), CouponUsedElsewhere("C60", "k02", 5)]
    assert heard.effects == [Alert("coupon_used_twice", {"ticket": "A1", "terminal": "k02", "coupon": "C60"})]


def test_a_coupon_of_a_stay_that_has_no_price_any_more_is_refused() -> None:
    """Other tariffs came into force: an inner car park is unknown, or nobody knows what a lost ticket costs."""
    came_ms = Life().now.wall_ms - HOUR_MS
    inner, lost = Stay(came_ms, inner=(Inner("T2", came_ms),)), Stay(None)
    dear = msgspec.structs.replace(GRACE.versions[0], lost_ticket_minor=None)
    for tariff_id, stay, tariffs in (
        ("T1", inner, {"T1": rules().tariffs["T1"]}),
        ("T2", lost, {"T2": msgspec.structs.replace(GRACE, versions=(dear,))}),
        ("T2", lost, {"T2": rules().tariffs["T1"]}),
    ):
        life = Life().boot()
        life.say(ev.TicketScanned("A1", stay.entered_at_ms or 0, tariff_id, stay=stay))
        assert life.is_in(SaleState.PRICED)
        life.say(ev.RulesChanged(rules(tariffs=tariffs)), ev.CouponScanned(FOUR))
        assert (life.world.state, told(life)) == (SaleState.PRICED, ("refused.coupon_not_here", {}))


def test_a_notice_about_a_refused_coupon_goes_with_a_good_one() -> None:
    """What is done right in the end is not blamed."""
    life = priced()
    life.say(ev.CouponScanned(FOUR, 77), ev.CouponScanned(FOUR))
    assert told(life) is None


# --- payments at other terminals ----------------------------------------------------------------------------------
def test_who_has_paid_elsewhere_is_told_before_the_first_note() -> None:
    """The sale is over, the notice goes by itself; another ticket's payment is nobody's affair here."""
    life = priced()
    other = life.say(elsewhere(life, "B"))
    assert (life.world.state, told(life), other.effects) == (SaleState.PRICED, None, [])
    report = elsewhere(life).report
    assert isinstance(report, rp.PaidElsewhere)
    life.say(ev.Reported(report))
    notice = ("refused.paid_elsewhere", {"when_ms": report.at_ms, "terminal": "k02"})
    assert (life.world.state, told(life), wakes_in_s(life)) == (SaleState.IDLE, notice, telling.ENDED_S)
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 0, 0, "elsewhere")] and not tellings(life)
    assert life.world.refused == {}


@pytest.mark.parametrize("giver", [False, True])
def test_what_was_put_in_comes_back_when_the_ticket_is_paid_elsewhere(giver: bool) -> None:
    """From the change giver, or as a credit note."""
    life = priced(payout_limit_minor=300 if giver else 0)
    life.insert(500)
    back = life.say(elsewhere(life))
    assert effects(back, PayOut) == ([PayOut(300)] if giver else [])
    assert told(life) == ("refused.paid_elsewhere", {"when_ms": life.now.wall_ms - 7, "terminal": "k02"})
    if giver:
        assert (life.world.state, wakes_in_s(life)) == (SaleState.SETTLING, 60)
        life.say(ev.ChangePaid(next(iter(life.world.pending)), 300))
    assert (life.world.state, wakes_in_s(life)) == (SaleState.PRINTING, 20)
    assert [note.amount_minor for note in booked(life, CreditNoteIssued)] == [200 if giver else 500]
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 500, 500, "elsewhere")] and not tellings(life)
    life.print_all()
    assert life.is_in(SaleState.LEAVING)
    assert not [effect for outcome in life.outcomes for effect in effects(outcome, OpenBarrier)]


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        ([], SaleState.IDLE),
        ([ev.DoorOpened()], SaleState.SERVICE),
        ([ev.DeviceChanged("printer", ("absent",))], SaleState.OUT_OF_SERVICE),
    ],
)
def test_whose_note_came_back_is_told_too(trouble: list[ev.Event], state: SaleState) -> None:
    """Nothing was taken: the terminal rests again, wherever rest is now, and says why."""
    life = priced()
    life.say(ev.BillHeld(1000), ev.BillReturned(1000), *trouble, elsewhere(life))
    assert (life.world.state, life.world.sale, wakes_in_s(life)) == (state, None, telling.ENDED_S)
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 0, 0, "elsewhere")]
    assert told(life) == ("refused.paid_elsewhere", {"when_ms": life.now.wall_ms - 7, "terminal": "k02"})


@pytest.mark.parametrize("giver", [False, True])
@pytest.mark.parametrize("cancelled_first", [False, True])
def test_a_note_that_moves_while_the_ticket_is_paid_elsewhere_comes_back_whole(
    cancelled_first: bool, giver: bool
) -> None:
    """It would suffice, but nobody pays twice: the sale ends unpaid, and all of it is owed back."""
    life = priced(payout_limit_minor=5000 if giver else 0)
    life.say(ev.BillHeld(2000), *([ev.CancelPressed()] if cancelled_first else []), elsewhere(life))
    assert (life.world.state, wakes_in_s(life)) == (SaleState.CANCELLING, cash.BILL_WAIT_S)
    assert told(life) == ("refused.paid_elsewhere", {"when_ms": life.now.wall_ms - 7, "terminal": "k02"})
    back = life.say(ev.BillStacked(2000))
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 2000, 2000, "elsewhere")] and not tellings(life)
    assert effects(back, PayOut) == ([PayOut(2000)] if giver else [])
    assert [note.amount_minor for note in booked(life, CreditNoteIssued)] == ([] if giver else [2000])
    assert all(isinstance(paper, CreditNote) for paper in papers(life))


def test_a_lost_note_is_told_first() -> None:
    """Whose note can not be found must not hear only that the ticket was paid elsewhere."""
    life = priced()
    life.say(ev.BillHeld(1000))
    order = next(iter(life.world.pending))
    life.say(ev.Started("test", life.rules), *(ev.DeviceChanged(device, ()) for device in life.rules.devices))
    life.say(ev.EffectFound(order, "nothing"))
    assert told(life) == ("returned.disputed", {"amount_minor": 1000}) and life.is_in(SaleState.PAYING)
    life.say(elsewhere(life))
    assert life.is_in(SaleState.IDLE)
    assert (told(life), wakes_in_s(life)) == (("returned.disputed", {"amount_minor": 1000}), 60)


@pytest.mark.parametrize(("before_ms", "twice"), [(-1, False), (0, True), (1, True)])
def test_who_paid_here_and_elsewhere_is_told_to_people_once(before_ms: int, twice: bool) -> None:
    """By the terminal that was paid later; the sale that is being printed is not disturbed."""
    life = priced()
    life.insert(1000)
    here_at_ms = life.now.wall_ms
    report = rp.PaidElsewhere("r1", "k02", "A1", here_at_ms - before_ms, 1000)
    heard = life.say(ev.Reported(report, here_at_ms))
    figures: dict[str, int | str] = {"ticket": "A1", "terminal": "k02", "amount_minor": 1000}
    figures |= {"here_at_ms": here_at_ms, "there_at_ms": report.at_ms}
    assert heard.effects == ([Alert("double_payment", figures)] if twice else [])
    assert (life.world.state, told(life)) == (SaleState.PRINTING, None)


@pytest.mark.parametrize("state", [SaleState.SETTLING, SaleState.PRINTING, SaleState.LEAVING])
def test_a_paid_sale_stays_paid(state: SaleState) -> None:
    """A payment elsewhere changes nothing of it, not even in the middle of a change."""
    life = priced(payout_limit_minor=1000)
    life.insert(2000)
    if state is not SaleState.SETTLING:
        life.say(ev.ChangePaid(next(iter(life.world.pending)), 1000))
    if state is SaleState.LEAVING:
        life.print_all()
    sale = life.world.sale
    life.say(elsewhere(life, here_at_ms=life.now.wall_ms))
    assert (life.world.state, life.world.sale) == (state, sale)


def test_a_sale_whose_ticket_is_paid_elsewhere_is_over_after_a_power_cut_too() -> None:
    """The report was heard while a note moved; the note is found in the box after the start, and is owed back."""
    life = priced()
    life.say(ev.BillHeld(1000, "U1", 3), elsewhere(life))
    order = next(iter(life.world.pending))
    life.say(ev.Started("test", life.rules), ev.EffectFound(order, "in_box"))
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 1000, 1000, "elsewhere")]
    assert life.is_in(SaleState.PRINTING)


# --- reports ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("report", "found_by", "plate", "moment_ms"),
    [
        (rp.VehicleEntered("r", "S1", PLATE, 5, "T1", "small", "1.jpg", "1"), "S1", PLATE, 5),
        (rp.VehicleLeft("r", "S1", 5), "S1", "", 5),
        (rp.InnerEntered("r", "S1", "T2", 5), "S1", "", 5),
        (rp.InnerLeft("r", "S1", "T2", 5), "S1", "", 5),
        (rp.StayValidated("r", "S1", "C1", NAMES, 60), "S1", "", 0),
        (rp.ConcessionGranted("r", "S1", "disabled"), "S1", "", 0),
        (rp.PassGranted("r", "P1", PLATE, 5, 6, NAMES), "", PLATE, 0),
        (rp.PassWithdrawn("r", "P1", 5), "P1", "", 5),
        (rp.PaidElsewhere("r", "k02", "A1", 5, 1000), "A1", "", 5),
        (rp.NoteHonoured("r", "w01", "k01", 12, 5, 700), "k01:12", "", 5),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, rp.Report) else "",
)
def test_a_report_is_booked_so_that_it_is_found_again(
    report: rp.AnyReport, found_by: str, plate: str, moment_ms: int
) -> None:
    """By stay, ticket or withdrawn pass, by plate, by moment; out of service too. Nothing else happens."""
    life = Life().boot()
    life.say(ev.DoorOpened())
    heard = life.say(ev.Reported(report))
    what = type(report).__struct_config__.tag
    assert heard.entries == [
        ReportBooked("r", str(what), found_by, plate, moment_ms, msgspec.json.encode(report).decode())
    ]
    assert not heard.effects and told(life) is None and life.is_in(SaleState.SERVICE)


# --- tickets with facts -------------------------------------------------------------------------------------------
def paid_ticket(life: Life, ago_ms: int, tariff_id: str = "T2", terminal_id: str = "") -> ev.TicketScanned:
    """Came two hours ago and has paid 8 yuan."""
    entered_ms, paid_ms = life.now.wall_ms - 2 * HOUR_MS, life.now.wall_ms - ago_ms
    stay = Stay(entered_ms, paid=(Paid(paid_ms - 1, 400, "k09"), Paid(paid_ms, 400, terminal_id)))
    return ev.TicketScanned("A1", entered_ms, tariff_id, paid_ms, stay=stay)


@pytest.mark.parametrize(("terminal_id", "where"), [("", "k01"), ("k02", "k02")])
@pytest.mark.parametrize(("tariff_id", "ago_ms"), [("T2", 15 * MINUTE_MS), ("T1", 100 * MINUTE_MS), ("T9", 1)])
def test_who_has_paid_may_leave_in_time(tariff_id: str, ago_ms: int, terminal_id: str, where: str) -> None:
    """To the millisecond; as long as it likes where the tariff names no time; told when and at which terminal."""
    life = Life().boot()
    ticket = paid_ticket(life, ago_ms, tariff_id, terminal_id)
    life.say(ticket)
    assert told(life) == ("refused.already_paid", {"when_ms": ticket.paid_at_ms, "where": where})
    assert life.world.refused == {"already_paid": 1}


def test_who_stayed_after_paying_owes_the_rest() -> None:
    """A millisecond after the time to leave: all of the stay, less what was paid."""
    life = Life().boot()
    ticket = paid_ticket(life, 15 * MINUTE_MS)
    life.up_ms += 1
    life.say(ticket)
    assert (life.world.state, [sale.due_minor for sale in booked(life, SaleOpened)]) == (SaleState.PRICED, [400])


def test_who_stayed_too_long_after_paying_is_not_told_that_all_is_paid() -> None:
    """The staff must look; the barrier would stay shut."""
    life = Life().boot()
    life.say(overstayed_too_long(life.now.wall_ms))
    assert told(life) == ("refused.stay_too_long", {})


@pytest.mark.parametrize(
    ("tariff_id", "stay", "reason"),
    [
        ("T1", Stay(None), "no_entry"),
        ("T1", Stay(0, inner=(Inner("T9", 0),)), "unknown_tariff"),
        ("T2", Stay(0), "stay_too_long"),
        ("T1", Stay(0, inner=(Inner("T2", 0),)), "stay_too_long"),
        ("T1", Stay(0, vehicle="tank", inner=(Inner("T2", WALL_MS - 1),)), "unknown_class"),
    ],
)
def test_a_stay_without_a_price_is_refused(tariff_id: str, stay: Stay, reason: str) -> None:
    """And told why."""
    life = Life().boot()
    life.say(ev.TicketScanned("A1", 0, tariff_id, stay=stay))
    assert (told(life), life.world.refused) == ((f"refused.{reason}", {}), {reason: 1})


def test_an_inner_time_counts_from_the_entry_on() -> None:
    """A report that it went in before it came does not make the stay too long, nor does one of a car without an entry."""
    life = Life().boot()
    for ticket_id, entered_ms, from_ms in (("A1", WALL_MS - HOUR_MS, 0), ("A2", None, WALL_MS - HOUR_MS)):
        stay = Stay(entered_ms, inner=(Inner("T2", from_ms),))
        life.say(ev.TicketScanned(ticket_id, entered_ms or 0, "T2", stay=stay))
        assert life.world.sale is not None and life.world.sale.ticket_id == ticket_id


def test_a_lost_ticket_has_a_price_and_a_pass_makes_a_stay_free() -> None:
    """Where the tariff says so; both are sold like any ticket."""
    life = Life().boot()
    life.say(ev.TicketScanned("A1", 0, "T2", stay=Stay(None)))
    assert booked(life, SaleOpened) == [SaleOpened(1, "A1", 0, 3000)]
    now_ms = life.now.wall_ms
    entered_ms = now_ms - 5 * HOUR_MS
    stay = Stay(entered_ms, covers=(Cover(entered_ms, now_ms, "pass", NAMES),))
    out = life.say(ev.TicketScanned("A2", entered_ms, "T1", stay=stay))
    assert life.is_in(SaleState.LEAVING) and effects(out, TellPaid) == [TellPaid("A2", 0)]


def test_an_inner_car_park_is_priced_by_its_own_tariff() -> None:
    """2 hours, of which the second in T2: 5 yuan and 4."""
    life = Life().boot()
    entered_ms = life.now.wall_ms - 2 * HOUR_MS
    life.say(
        ev.TicketScanned("A1", entered_ms, "T1", stay=Stay(entered_ms, inner=(Inner("T2", entered_ms + HOUR_MS),)))
    )
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [900]


# --- other rules --------------------------------------------------------------------------------------------------
def test_other_tariffs_are_for_the_next_sale() -> None:
    """What is being sold keeps the price that was told; the limits hold from now on."""
    dearer = ParkingTariff(free_minutes=0, per_hour_minor=700, day_cap_minor=9000)
    life = priced()
    changed = life.say(ev.RulesChanged(rules(tariffs={"T1": dearer}, payment_timeout_s=30)))
    assert not changed.entries and not changed.effects
    assert (life.world.state, wakes_in_s(life)) == (SaleState.PRICED, 40)
    assert life.world.sale is not None and life.world.sale.due_minor == 1000
    life.insert(500)
    assert wakes_in_s(life) == 30
    life.insert(500)
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000]
    assert life.is_in(SaleState.PRINTING)
    life.print_all()
    life.scan("B")
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [1000, 1400]


def test_a_ticket_shown_again_after_a_change_of_tariffs_is_priced_anew() -> None:
    """Or refused, when its tariff has gone: the open sale stays as it is."""
    dearer = ParkingTariff(free_minutes=0, per_hour_minor=700, day_cap_minor=9000)
    life = Life().boot()
    ticket = ev.TicketScanned("A1", life.now.wall_ms - HOUR_MS, "T1")
    life.say(ticket, ev.RulesChanged(rules(tariffs={"T1": dearer})), ticket)
    assert [sale.due_minor for sale in booked(life, SaleOpened)] == [500, 700]
    life.say(ev.RulesChanged(rules(tariffs={})), ticket)
    assert told(life) == ("refused.unknown_tariff", {}) and life.is_in(SaleState.PRICED)


# --- dues and services --------------------------------------------------------------------------------------------
def test_a_bill_of_dues_is_paid_by_charge() -> None:
    """Principal and late fee apart; no barrier, no ticket, nothing to tell to other terminals."""
    life = Life().boot()
    life.say(ev.TicketScanned("bill:A-101", 0, "", invoice=Invoice("A-101", OWED)))
    assert booked(life, SaleOpened) == [SaleOpened(1, "bill:A-101", 0, 1300)]
    life.say(ev.CouponScanned(FOUR))
    assert told(life) == ("refused.coupon_not_here", {})
    for note_minor in (1000, 100, 100, 100):
        life.insert(note_minor)
    first, second = OWED
    assert booked(life, DuesPaid) == [
        DuesPaid(first.charge.key, 1200, 34, 1),
        DuesPaid(second.charge.key, 66, 0, 1),
    ]
    (receipt,) = papers(life)
    assert isinstance(receipt, Receipt)
    assert (receipt.what, receipt.ticket_id, receipt.due_minor) == ("dues", "A-101", 1300)
    life.print_all()
    assert life.is_in(SaleState.LEAVING) and not life.world.pending and not tellings(life)


def test_a_bill_that_is_paid_already_owes_nothing() -> None:
    """It is told, and no sale is opened."""
    life = Life().boot()
    paid = msgspec.structs.replace(OWED[0], principal_minor=0, late_minor=0)
    for owed in ((), (paid,)):
        life.say(ev.TicketScanned("bill:A-101", 0, "", invoice=Invoice("A-101", owed)))
    assert told(life) == ("refused.nothing_owed", {}) and life.world.refused == {"nothing_owed": 2}


def test_services_are_sold_by_the_piece() -> None:
    """A receipt that names no ticket, and no barrier; what is not on the list is refused."""
    life = Life().boot()
    life.say(ev.TicketScanned("services:", 0, "", basket=(("nothing", 1),)))
    assert told(life) == ("refused.no_such_service", {})
    life.say(ev.TicketScanned("services:", 0, "", basket=(("card", 1),)), ev.CouponScanned(FOUR))
    assert told(life) == ("refused.coupon_not_here", {})
    life.insert(1000)
    (receipt,) = papers(life)
    assert isinstance(receipt, Receipt) and (receipt.what, receipt.ticket_id) == ("services", "")
    life.print_all()
    assert life.is_in(SaleState.LEAVING) and not life.world.pending and not tellings(life)


def test_another_choice_at_the_same_price_is_another_sale() -> None:
    """The receipt must say what was bought; the same choice again is none."""
    service = rules().services["card"]
    life = Life(services={"card": service, "copy": service}).boot()
    for item in ("card", "card", "copy"):
        life.say(ev.TicketScanned("services:", 0, "", basket=((item, 1),)))
    assert [(sale.sale_no, sale.due_minor) for sale in booked(life, SaleOpened)] == [(1, 1000), (2, 1000)]
