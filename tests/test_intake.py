"""The intake over a real journal: what is known of a ticket, a car, a coupon, a report when it is shown; hostile codes too."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.clock import Instant
from terminal.errors import StoreFailed
from terminal.fees.dues import DuesRules
from terminal.fees.stay import Coupon, Cover, Earlier, Inner, Paid, Stay
from terminal.fsm import events as ev
from terminal.fsm.entries import CouponUsed, ReportBooked, SaleOpened
from terminal.fsm.rules import Rules
from terminal.fsm.states import SaleState
from terminal.fsm.step import Outcome, step
from terminal.fsm.world import new_world
from terminal.intake import EARLIER_LOOKED_AT, Intake, masked
from terminal.pay.bills import make_bill
from terminal.pay.coupons import make_coupon
from terminal.pay.signing import sign
from terminal.pay.tickets import MAX_LENGTH, make_ticket
from terminal.stays import reports as rp
from terminal.store.journal import Journal, Reader
from terminal.store.lookups import Lookups, Payment
from terminal.store.record import Record
from terminal.words import CATALOGUES
from tests.fsm.lives import WALL_MS, rules
from tests.fsm.news import HOUR_MS, MINUTE_MS, NAMES

KEY = b"a key for tests"
PLATE = "京A12345"


class Desk:
    """A journal, an intake before it and a core behind it, without any device."""

    def __init__(self, path: Path, **rule_changes: object) -> None:
        self.rules: Rules = rules(devices=("validator",), **rule_changes)
        self.journal = Journal.open(path)
        self.intake = Intake(self.journal.books, KEY, path.with_name("dues.db"))
        self.world = new_world()
        self.now_ms = WALL_MS
        self.outcomes: list[Outcome] = []
        self.hear(ev.Started("test", self.rules), ev.DeviceChanged("validator", ()))

    def fact(self, event: ev.Event) -> ev.Event | None:
        """What the intake makes of it now."""
        return self.intake.fact(event, self.now_ms, self.rules)

    def hear(self, *events: ev.Event) -> list[ev.Event | None]:
        """As the pump does it: fact, decision, journal, one commit for all; returns the facts."""
        facts = []
        self.journal.begin()
        for event in events:
            facts.append(fact := self.fact(event))
            if fact is not None:
                now = Instant(self.now_ms, self.now_ms - WALL_MS)
                outcome = step(self.world, fact, now)
                self.world = outcome.world
                self.outcomes.append(outcome)
                effects, entries = tuple(outcome.effects), tuple(outcome.entries)
                self.journal.append(Record(self.world.seq, now.wall_ms, now.up_ms, fact, effects, entries))
        self.journal.commit(self.world)
        return facts

    def report(self, report: rp.AnyReport) -> ev.Event | None:
        """Somebody reports; returns the fact."""
        return self.hear(ev.Reported(report))[0]

    def scan(self, text: str) -> ev.Event | None:
        """Somebody shows a code; returns the fact."""
        return self.hear(ev.CodeScanned(text))[0]

    def pay(self, amount_minor: int) -> None:
        """A note, and nothing waits for papers."""
        self.hear(ev.BillHeld(amount_minor), ev.BillStacked(amount_minor))
        self.leave()

    def leave(self) -> None:
        """The payer goes."""
        while self.world.state is not SaleState.IDLE:
            self.hear(ev.TimedOut())

    def shown(self, ticket_id: str = "S1", ago_ms: int = HOUR_MS) -> ev.TicketScanned:
        """What is known of a ticket that came an hour ago; nothing is decided."""
        fact = self.fact(ev.CodeScanned(ticket(ticket_id, self.now_ms - ago_ms)))
        assert isinstance(fact, ev.TicketScanned)
        return fact

    def stay(self, ticket_id: str = "S1") -> Stay:
        """The facts of its stay."""
        stay = self.shown(ticket_id).stay
        assert stay is not None
        return stay

    def chosen(self, stay_id: str = "S1") -> Stay:
        """The facts of a car that is chosen by its plate."""
        fact = self.fact(ev.StayChosen(stay_id))
        assert isinstance(fact, ev.TicketScanned) and fact.stay is not None
        return fact.stay


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Idle."""
    made = Desk(tmp_path / "journal.db")
    yield made
    made.journal.close()


def ticket(ticket_id: str, entered_ms: int) -> str:
    """The code of a genuine ticket of T1."""
    return make_ticket(KEY, ticket_id, entered_ms // 1000, "T1")


def entered(report_id: str, stay_id: str = "S1", ago_ms: int = HOUR_MS, plate: str = PLATE) -> rp.VehicleEntered:
    """A camera saw a car come in."""
    return rp.VehicleEntered(report_id, stay_id, plate, WALL_MS - ago_ms, "T1", "small")


def coupon(coupon_id: str = "C1", **worth: int) -> str:
    """The code of a genuine coupon of a shop; 4 yuan if nothing is said."""
    return make_coupon(KEY, coupon_id, "shop", WALL_MS // 1000 + 3600, **(worth or {"amount_minor": 400}))


# --- tickets ------------------------------------------------------------------------------------------------------
def test_a_ticket_of_which_nothing_is_known(desk: Desk) -> None:
    """Only what stands on it."""
    assert desk.shown("A1") == ev.TicketScanned("A1", desk.now_ms - HOUR_MS, "T1")


def test_a_ticket_that_was_paid_here(desk: Desk) -> None:
    """When and how much, in order; nobody else's ticket."""
    desk.scan(ticket("A1", WALL_MS - HOUR_MS))
    desk.pay(500)
    shown = desk.shown("A1")
    assert (shown.paid_at_ms, shown.stay) == (WALL_MS, Stay(WALL_MS - HOUR_MS, paid=(Paid(WALL_MS, 500),)))
    assert desk.shown("A2").paid_at_ms is None


def test_a_cancelled_sale_is_no_payment(desk: Desk) -> None:
    """The ticket stays usable."""
    desk.scan(ticket("A1", WALL_MS - HOUR_MS))
    desk.hear(ev.CancelPressed())
    assert desk.shown("A1") == ev.TicketScanned("A1", WALL_MS - HOUR_MS, "T1")


def test_a_ticket_that_was_paid_here_and_elsewhere(desk: Desk) -> None:
    """All payments, in the order of their time; the last one counts for the time to leave."""
    desk.scan(ticket("A1", WALL_MS - HOUR_MS))
    desk.pay(500)
    for number, by_ms in enumerate((-MINUTE_MS, MINUTE_MS)):
        desk.report(rp.PaidElsewhere(f"r{number}", "k02", "A1", WALL_MS + by_ms, 100 + number))
    shown = desk.shown("A1")
    assert shown.paid_at_ms == WALL_MS + MINUTE_MS and shown.stay is not None
    assert shown.stay.paid == (
        Paid(WALL_MS - MINUTE_MS, 100, "k02"),
        Paid(WALL_MS, 500),
        Paid(WALL_MS + MINUTE_MS, 101, "k02"),
    )


def test_the_same_payment_told_in_two_reports_counts_once(desk: Desk) -> None:
    """Another id, the same words: a terminal that forgot that it had told it."""
    for report_id in ("r1", "r2"):
        desk.report(rp.PaidElsewhere(report_id, "k02", "A1", WALL_MS, 500))
    assert desk.stay("A1").paid == (Paid(WALL_MS, 500, "k02"),)


def test_a_ticket_with_a_pass(desk: Desk) -> None:
    """By the plate that the camera saw, not by the ticket; a withdrawn pass ends at once, a second withdrawal says nothing."""
    desk.report(rp.PassGranted("p1", "P1", PLATE, WALL_MS - HOUR_MS, WALL_MS + HOUR_MS, NAMES))
    desk.report(rp.PassGranted("p2", "P2", "沪B99999", WALL_MS - HOUR_MS, WALL_MS + HOUR_MS))
    assert desk.shown("S1").stay is None
    desk.report(entered("e1"))
    assert desk.stay().covers == (Cover(WALL_MS - HOUR_MS, WALL_MS + HOUR_MS, "pass", NAMES),)
    desk.report(rp.PassWithdrawn("w1", "P1", WALL_MS))
    desk.report(rp.PassWithdrawn("w2", "P1", WALL_MS + MINUTE_MS))
    assert desk.stay().covers == (Cover(WALL_MS - HOUR_MS, WALL_MS, "pass", NAMES),)
    desk.report(rp.PassWithdrawn("w3", "P1", WALL_MS - HOUR_MS))
    assert desk.stay().covers == ()


def test_a_ticket_with_what_a_merchant_and_the_office_gave(desk: Desk) -> None:
    """Until the coupon is used; by then it is a used one, that counts only where the whole stay is priced again."""
    desk.report(rp.StayValidated("v1", "S1", "C1", NAMES, 0, 400))
    desk.report(rp.ConcessionGranted("g1", "S1", "disabled"))
    desk.report(rp.ConcessionGranted("g2", "S1", "disabled"))
    assert desk.stay() == Stay(
        WALL_MS - HOUR_MS, concessions=("disabled",), coupons=(Coupon("C1", amount_minor=400, names=NAMES),)
    )
    desk.scan(ticket("S1", WALL_MS - HOUR_MS))
    desk.pay(100)
    assert desk.stay().coupons == (Coupon("C1", amount_minor=400, used=True),)


def test_a_coupon_that_was_given_to_two_cars_is_used_by_the_first(desk: Desk) -> None:
    """The other one's price is without it."""
    for number in (1, 2):
        desk.report(rp.StayValidated(f"v{number}", f"S{number}", "C1", NAMES, 0, 400))
    desk.scan(ticket("S1", WALL_MS - HOUR_MS))
    desk.pay(100)
    assert desk.shown("S2") == ev.TicketScanned("S2", WALL_MS - HOUR_MS, "T1")


def test_a_ticket_says_when_it_came_and_the_camera_as_what(desk: Desk) -> None:
    """The time on the ticket is the one that was told to the driver."""
    desk.report(entered("e1", ago_ms=2 * HOUR_MS))
    assert desk.stay() == Stay(WALL_MS - HOUR_MS, vehicle="small")


# --- cars chosen by their plate -----------------------------------------------------------------------------------
def test_a_car_is_chosen_by_its_stay(desk: Desk) -> None:
    """Entry, tariff and class from the camera; the sale is of the stay."""
    desk.report(entered("e1"))
    chosen = ev.TicketScanned("S1", WALL_MS - HOUR_MS, "T1", stay=Stay(WALL_MS - HOUR_MS, vehicle="small"), chosen=True)
    assert desk.hear(ev.StayChosen("S1")) == [chosen]
    assert desk.world.state is SaleState.PRICED
    desk.pay(500)
    again = desk.fact(ev.StayChosen("S1"))
    assert isinstance(again, ev.TicketScanned) and again.paid_at_ms == WALL_MS


def test_the_last_word_about_an_entry_counts(desk: Desk) -> None:
    """A camera that corrects itself."""
    desk.report(entered("e1"))
    desk.report(rp.VehicleEntered("e2", "S1", PLATE, WALL_MS - 2 * HOUR_MS, "T2", "large"))
    chosen = desk.fact(ev.StayChosen("S1"))
    assert isinstance(chosen, ev.TicketScanned)
    assert (chosen.entered_at_ms, chosen.tariff_id) == (WALL_MS - 2 * HOUR_MS, "T2")
    assert chosen.stay == Stay(WALL_MS - 2 * HOUR_MS, vehicle="large")


def test_a_stay_that_nobody_knows(desk: Desk) -> None:
    """Refused, with no more of it in the journal than its ends; a report that it left is no entry."""
    assert desk.hear(ev.StayChosen("nowhere")) == [ev.CodeRefused("no_such_stay", "no…here")]
    desk.report(rp.VehicleLeft("l1", "S1", WALL_MS))
    assert desk.fact(ev.StayChosen("S1")) == ev.CodeRefused("no_such_stay", "S1")


def test_a_car_that_left_before_it_came(desk: Desk) -> None:
    """Clocks of two gates that disagree: the staff must look; the ticket in the driver's hand says so too."""
    desk.report(entered("e1"))
    desk.report(rp.VehicleLeft("l1", "S1", WALL_MS - 2 * HOUR_MS))
    assert desk.fact(ev.StayChosen("S1")) == ev.CodeRefused("left_before_entry", "S1")
    refused = desk.fact(ev.CodeScanned(ticket("S1", WALL_MS - HOUR_MS)))
    assert isinstance(refused, ev.CodeRefused) and refused.reason == "left_before_entry"


def test_a_car_that_came_back(desk: Desk) -> None:
    """The stays before this one, with what was paid for them; those of other plates and those that go on are none."""
    for number, ago_h in (("S1", 9), ("S2", 5), ("S3", 1)):
        desk.report(entered(f"e{number}", number, ago_h * HOUR_MS))
    desk.report(entered("other", "S8", 4 * HOUR_MS, "沪B99999"))
    for number, ago_h in (("S1", 8), ("S2", 2), ("S8", 2)):
        desk.report(rp.VehicleLeft(f"l{number}", number, WALL_MS - ago_h * HOUR_MS))
    desk.report(rp.PaidElsewhere("p1", "k02", "S2", WALL_MS - 3 * HOUR_MS, 700, (rp.UsedCoupon("C7", 60),)))
    used = (Coupon("C7", 60, used=True),)
    first = Earlier(WALL_MS - 9 * HOUR_MS, WALL_MS - 8 * HOUR_MS, 0)
    assert desk.chosen("S3").earlier == (Earlier(WALL_MS - 5 * HOUR_MS, WALL_MS - 2 * HOUR_MS, 700, used), first)
    assert desk.chosen("S1").earlier == ()
    assert desk.chosen("S2").earlier == (first,)


def test_of_many_stays_of_a_plate_the_last_are_looked_at(desk: Desk) -> None:
    """Who comes each day is not looked up for years."""
    for number in range(EARLIER_LOOKED_AT + 5):
        desk.report(entered(f"e{number}", f"S{number}", (30 - number) * HOUR_MS))
        desk.report(rp.VehicleLeft(f"l{number}", f"S{number}", WALL_MS - (30 - number) * HOUR_MS + MINUTE_MS))
    desk.report(entered("now", "N", MINUTE_MS))
    last_ms, stays = WALL_MS - (30 - EARLIER_LOOKED_AT - 4) * HOUR_MS, desk.chosen("N").earlier
    assert stays[0] == Earlier(last_ms, last_ms + MINUTE_MS, 0) and len(stays) <= EARLIER_LOOKED_AT


def test_a_car_in_an_inner_car_park(desk: Desk) -> None:
    """In and out, and one that is still there; reports in any order."""
    desk.report(entered("e1"))
    moves: list[rp.AnyReport] = [
        rp.InnerEntered("i1", "S1", "T2", WALL_MS - 50 * MINUTE_MS),
        rp.InnerLeft("i2", "S1", "T2", WALL_MS - 40 * MINUTE_MS),
        rp.InnerEntered("i3", "S1", "T2", WALL_MS - 30 * MINUTE_MS),
    ]
    for move in reversed(moves):
        desk.report(move)
    assert desk.chosen().inner == (
        Inner("T2", WALL_MS - 50 * MINUTE_MS, WALL_MS - 40 * MINUTE_MS),
        Inner("T2", WALL_MS - 30 * MINUTE_MS),
    )
    desk.report(rp.VehicleLeft("l1", "S1", WALL_MS))
    assert desk.chosen().inner[-1] == Inner("T2", WALL_MS - 30 * MINUTE_MS, WALL_MS)


# --- coupons ------------------------------------------------------------------------------------------------------
def test_a_coupon_is_used_once(desk: Desk) -> None:
    """Fresh until a sale with it is paid; then used, and told when; its name is the merchant's id."""
    names = {"en": "from merchant shop", "zh-CN": "商户 shop"}
    assert desk.fact(ev.CodeScanned(coupon())) == ev.CouponScanned(Coupon("C1", 0, 400, names))
    assert desk.fact(ev.CodeScanned(coupon("C2", minutes=30))) == ev.CouponScanned(Coupon("C2", 30, 0, names))
    desk.scan(ticket("A1", WALL_MS - HOUR_MS))
    desk.scan(coupon())
    desk.hear(ev.CancelPressed())
    assert desk.fact(ev.CodeScanned(coupon())) == ev.CouponScanned(Coupon("C1", 0, 400, names))
    desk.scan(ticket("A1", WALL_MS - HOUR_MS))
    desk.scan(coupon())
    desk.now_ms += 5
    desk.pay(100)
    assert desk.scan(coupon()) == ev.CouponScanned(Coupon("C1", 0, 400, names), used_at_ms=WALL_MS + 5)
    assert desk.world.refused == {"coupon_used_at": 1}
    used = [entry for outcome in desk.outcomes for entry in outcome.entries if isinstance(entry, CouponUsed)]
    assert [entry.coupon_id for entry in used] == ["C1"]


def test_a_coupon_that_was_used_elsewhere_is_used(desk: Desk) -> None:
    """Known by the other terminal's word; it stays a part of the stay that it went with. The first use is what is told."""
    desk.report(entered("e1"))
    desk.report(rp.PaidElsewhere("p1", "k02", "S1", WALL_MS - 5, 0, (rp.UsedCoupon("C1", amount_minor=400),)))
    fact = desk.fact(ev.CodeScanned(coupon()))
    assert isinstance(fact, ev.CouponScanned) and fact.used_at_ms == WALL_MS - 5
    desk.report(rp.StayValidated("v1", "S9", "C1", NAMES, 60))
    desk.report(entered("e9", "S9"))
    assert desk.chosen("S9").coupons == ()
    assert desk.chosen().coupons == (Coupon("C1", 0, 400, used=True),)
    assert desk.chosen().paid == (Paid(WALL_MS - 5, 0, "k02"),)


def test_a_coupon_that_was_used_at_two_terminals_is_found_out(desk: Desk) -> None:
    """Cut off from each other both took it; the news names those that were used here."""
    desk.scan(ticket("A1", WALL_MS - HOUR_MS))
    desk.scan(coupon())
    desk.pay(100)
    used = tuple(rp.UsedCoupon(coupon_id, amount_minor=400) for coupon_id in ("C0", "C1"))
    report = rp.PaidElsewhere("p1", "k02", "A7", WALL_MS, 600, used)
    assert desk.fact(ev.Reported(report)) == ev.Reported(report, None, ("C1",))


def test_a_stay_that_owed_nothing_has_not_paid(desk: Desk) -> None:
    """Without a barrier nobody knows that it has left: it is priced again, and owes what it owes by then."""
    code = ticket("A1", WALL_MS - 5 * MINUTE_MS)
    desk.scan(code)
    desk.now_ms += HOUR_MS
    desk.hear(ev.TimedOut())
    shown = desk.scan(code)
    assert isinstance(shown, ev.TicketScanned) and shown.paid_at_ms is None
    assert desk.world.state is SaleState.PRICED and desk.journal.books.payments("A1") == []


def test_a_stay_that_was_let_out_for_nothing_is_over(desk: Desk) -> None:
    """The barrier opened for it once: the ticket does not open it again. Where it failed to open, it may try again."""
    for number, outcome in (("A1", ev.BarrierOpened), ("A2", ev.BarrierFailed)):
        desk.hear(ev.Started("test", rules(devices=("validator", "barrier"))))
        desk.hear(ev.DeviceChanged("validator", ()), ev.DeviceChanged("barrier", ()))
        desk.scan(ticket(number, WALL_MS - 5 * MINUTE_MS))
        (effect_id,) = desk.world.pending
        desk.hear(outcome(effect_id) if outcome is ev.BarrierOpened else ev.BarrierFailed(effect_id, "failed"))
    assert desk.journal.books.payments("A1") == [Payment(WALL_MS, 0)]
    assert desk.journal.books.payments("A2") == []


def test_codes_of_one_commit_see_each_other(desk: Desk) -> None:
    """Two coupons, a ticket and another's coupon in one batch: the second use of a coupon is refused, though nothing of the
    first is committed yet."""
    code, full = ticket("A1", WALL_MS - HOUR_MS), coupon(amount_minor=500)
    facts = desk.hear(
        ev.CodeScanned(code),
        ev.CodeScanned(full),
        ev.CodeScanned(ticket("A2", WALL_MS - HOUR_MS)),
        ev.CodeScanned(full),
    )
    assert isinstance(facts[-1], ev.CouponScanned) and facts[-1].used_at_ms == WALL_MS
    assert desk.world.refused == {"coupon_used_at": 1}


def test_a_coupon_has_its_end(desk: Desk) -> None:
    """Good at the second that it names, not after it."""
    desk.now_ms = WALL_MS + 3_600_000
    assert isinstance(desk.fact(ev.CodeScanned(coupon())), ev.CouponScanned)
    desk.now_ms += 1
    refused = desk.fact(ev.CodeScanned(coupon()))
    assert isinstance(refused, ev.CodeRefused) and refused.reason == "expired_coupon"


# --- reports ------------------------------------------------------------------------------------------------------
def test_a_report_that_comes_twice_is_nothing_the_second_time(desk: Desk) -> None:
    """Also in the same commit, and with other words: the id is what counts."""
    report = entered("e1")
    assert desk.hear(ev.Reported(report), ev.Reported(report)) == [ev.Reported(report), None]
    assert desk.report(entered("e1", "S2")) is None
    booked = [entry for outcome in desk.outcomes for entry in outcome.entries if isinstance(entry, ReportBooked)]
    assert [entry.report_id for entry in booked] == ["e1"]


def test_a_payment_elsewhere_brings_the_last_one_here_along(desk: Desk) -> None:
    """So the core can tell that somebody paid twice; other kinds of reports have none."""
    report = rp.PaidElsewhere("r1", "k02", "A1", WALL_MS - MINUTE_MS, 500)
    assert desk.fact(ev.Reported(report)) == ev.Reported(report, None)
    desk.scan(ticket("A1", WALL_MS - HOUR_MS))
    desk.pay(500)
    assert desk.fact(ev.Reported(report)) == ev.Reported(report, WALL_MS)
    assert desk.fact(ev.Reported(rp.PaidElsewhere("r2", "k02", "A2", WALL_MS, 500))) == ev.Reported(
        rp.PaidElsewhere("r2", "k02", "A2", WALL_MS, 500), None
    )
    left = rp.VehicleLeft("l1", "A1", WALL_MS)
    assert desk.fact(ev.Reported(left)) == ev.Reported(left, None)


def test_all_else_goes_through_as_it_is(desk: Desk) -> None:
    """Devices know what they say."""
    for event in (ev.CancelPressed(), ev.BillHeld(500, "U1", 3), ev.TimedOut(), ev.Stopped()):
        assert desk.fact(event) is event


def test_services_that_were_chosen_are_something_to_be_paid(desk: Desk) -> None:
    """Under an id that no ticket can have."""
    assert desk.hear(ev.ServicesChosen((("card", 1),))) == [ev.TicketScanned("services:", 0, "", basket=(("card", 1),))]
    opened = [entry for outcome in desk.outcomes for entry in outcome.entries if isinstance(entry, SaleOpened)]
    assert opened == [SaleOpened(1, "services:", 0, 1000)]


@pytest.mark.parametrize("dues", [None, DuesRules()])
def test_a_bill_without_a_ledger_is_refused(tmp_path: Path, dues: DuesRules | None) -> None:
    """No dues are taken here, or the ledger was not brought yet."""
    desk = Desk(tmp_path / "journal.db", dues=dues)
    fact = desk.scan(make_bill(KEY, "A-101"))
    assert isinstance(fact, ev.CodeRefused) and fact.reason == "no_dues"
    desk.journal.close()


# --- beside the writer --------------------------------------------------------------------------------------------
def test_a_reader_beside_the_writer_knows_the_same(desk: Desk) -> None:
    """Whoever asks what a code costs, while the terminal runs: all that is committed, and when the last of it was."""
    desk.scan(ticket("A1", WALL_MS - HOUR_MS))
    desk.now_ms += MINUTE_MS
    desk.pay(500)
    with closing(Reader(desk.journal.path)) as reader:
        books = Lookups(reader.rows)
        assert books.payments("A1") == desk.journal.books.payments("A1") == [Payment(desk.now_ms, 500)]
        assert Intake(books, KEY, desk.journal.path).fact(
            ev.CodeScanned(ticket("A1", WALL_MS - HOUR_MS)), desk.now_ms, desk.rules
        ) == ev.TicketScanned(
            "A1", WALL_MS - HOUR_MS, "T1", desk.now_ms, Stay(WALL_MS - HOUR_MS, paid=(Paid(desk.now_ms, 500),))
        )
        assert reader.last_at_ms() == desk.now_ms
        with pytest.raises(StoreFailed, match=r"journal\.db: .*no such table"):
            reader.rows("SELECT 1 FROM nowhere")


def test_a_reader_of_a_journal_without_events(tmp_path: Path) -> None:
    """Nothing is known, and nothing was ever written."""
    Journal.open(tmp_path / "journal.db").close()
    with closing(Reader(tmp_path / "journal.db")) as reader:
        assert (reader.last_at_ms(), Lookups(reader.rows).payments("A1")) == (0, [])


# --- hostile codes ------------------------------------------------------------------------------------------------
HOSTILE = {
    "": "not_a_ticket",
    "hello": "not_a_ticket",
    "pk1.A1.0.T1.0123456789abcdef": "not_a_ticket",
    "PK1.": "bad_ticket",
    "PK1.A1.0.T1.0123456789abcdef": "wrong_tag",
    "PK1.A1' OR '1'='1.0.T1.0123456789abcdef": "bad_ticket",
    "PK1.\ud800.0.T1.0123456789abcdef": "bad_ticket",
    "PK1." + "A" * 100_000: "bad_ticket",
    sign(KEY, "PK1.A1.-5.T1"): "bad_ticket",
    sign(KEY, "PK1.bill:A.0.T1"): "bad_ticket",
    sign(KEY, "PK1.A1.0.T1") + "\n": "bad_ticket",
    sign(KEY, "PK1.A1.٣.T1"): "bad_ticket",
    "CP1.": "bad_coupon",
    "CP1.C1.shop.v.400.1999999999.0123456789abcdef": "wrong_tag",
    sign(KEY, "CP1.C1.shop.v.0.1999999999"): "bad_coupon",
    sign(KEY, "CP1.C1.shop.v.-400.1999999999"): "bad_coupon",
    sign(KEY, "CP1.C1.shop.m.99999.1999999999"): "bad_coupon",
    sign(KEY, "CP1.C1.shop.v.400.1"): "expired_coupon",
    "CP1." + "C" * 100_000: "bad_coupon",
}


@pytest.mark.parametrize(("text", "reason"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_a_hostile_code_is_refused_and_masked(desk: Desk, text: str, reason: str) -> None:
    """Each with its reason, and of a long one only its ends are kept."""
    assert desk.scan(text) == ev.CodeRefused(reason, masked(text)) and len(masked(text)) <= 7
    assert desk.world.refused == {reason: 1}


def test_a_code_is_masked_but_for_its_ends() -> None:
    """A payer's code is a bearer secret; one too short for a secret is told as it is."""
    assert [masked(text) for text in ("", "12345x", "123456x", "4711")] == ["", "12345x", "12…456x", "…"]


def test_a_report_of_one_ticket_is_none_of_another_like_it(desk: Desk) -> None:
    """Ids are compared whole and to the letter."""
    desk.report(rp.PaidElsewhere("r1", "k02", "A1", WALL_MS, 500))
    for other in ("a1", "A", "A11", "A1-", "A-1"):
        assert desk.shown(other).paid_at_ms is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=MAX_LENGTH + 2) | st.from_regex(r"(PK1|CP1|BL1)\.[A-Za-z0-9.:'-]{0,60}", fullmatch=True))
def test_nothing_that_is_scanned_does_harm(desk: Desk, text: str) -> None:
    """Whatever it says, it is refused with a reason that has words in every language."""
    fact = desk.fact(ev.CodeScanned(text))
    assert isinstance(fact, ev.CodeRefused)
    assert all(f"refused.{fact.reason}" in words for words in CATALOGUES.values())
