"""Change giver, engine and core together: whatever is cut or jammed, what was paid is booked once, the rest is promised."""

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sim.devices.change_giver import ChangeGiver, ChangeGiverEngine
from terminal.clock import Instant
from terminal.fsm.effects import Alert, PayOut
from terminal.fsm.entries import ChangePaidOut, CreditNoteIssued, Entry, SaleClosed
from terminal.fsm.events import (
    BillHeld,
    BillStacked,
    ChangePaid,
    DeviceChanged,
    EffectFound,
    Event,
    Started,
    TicketScanned,
)
from terminal.fsm.states import SaleState
from terminal.fsm.world import World, new_world
from terminal.pump import Line, Pump, replay
from terminal.store.journal import Journal, Reader
from terminal.store.record import Record
from tests.fsm.lives import WALL_MS, rules

RULES = rules(devices=("change",), payout_limit_minor=1500, language="en")
OWED_MINOR = 1000
"""Each payer owes 10 yuan and gives 20."""
PIECES = {500: 1, 100: 50}
"""So ten yuan are six pieces."""
PAYING_MS = 6 * ChangeGiver.PIECE_MS
POINTS = 15
"""So many has a sale: seven pieces of news are committed, one is an order, and the giver is looked at while it pays."""


class Cut(BaseException):
    """The terminal is gone."""


class CuttableJournal(Journal):
    """A journal before and after whose commits the terminal may die."""

    kiosk: "Kiosk"

    def commit(self, world: msgspec.Struct | None = None) -> None:
        """As always."""
        self.kiosk.point()
        super().commit(world)
        self.kiosk.point()


class Kiosk:
    """A change giver, and a terminal with nothing else that dies after `points_left` points."""

    def __init__(self, folder: Path, pieces: dict[int, int] = PIECES) -> None:
        self.giver = ChangeGiver(pieces)
        self.points_left: int | None = None
        self.blackout = False
        """The giver loses its power with the terminal."""
        self.down_ms = 300
        self.now_ms = 0
        self.sales = 0
        self.deaths = 0
        self._path = folder / "journal.db"
        self._began_ms = 0
        self.start()

    def now(self) -> Instant:
        """The terminal's clocks."""
        return Instant(WALL_MS + self.now_ms, self.now_ms - self._began_ms)

    def point(self) -> None:
        """The terminal may die here."""
        if self.points_left is not None:
            self.points_left -= 1
            if self.points_left < 0:
                self.points_left = None
                raise Cut

    def start(self) -> None:
        """A life of the terminal begins."""
        self._began_ms = self.now_ms
        self.journal = CuttableJournal.open(self._path)
        self.journal.kiosk = self
        saved, records = self.journal.load(World)
        engine = ChangeGiverEngine(self.giver, self.point)
        world = replay(saved or new_world(), records)
        self.pump = Pump(world, self.journal, [Line(engine, None)], self, b"", lambda _: None)
        try:
            self.pump.begin(Started("test", RULES))
        except Cut:
            self.die()

    def die(self) -> None:
        """The terminal is dead for a while, and lives again."""
        self.journal.close()
        self.deaths += 1
        if self.blackout:
            self.giver.lose_power(self.now_ms)
        self.now_ms += self.down_ms
        self.giver.advance(self.now_ms)
        self.giver.restore_power(self.now_ms)
        self.start()

    def run(self, for_ms: int) -> None:
        """Let the time pass."""
        end_ms = self.now_ms + for_ms
        while self.now_ms < end_ms:
            self.now_ms += 50
            self.giver.advance(self.now_ms)
            try:
                self.pump.tick()
            except Cut:
                self.die()

    def say(self, *events: Event) -> None:
        """What other devices tell."""
        self.pump.inbox.extend(events)
        self.run(50)

    def pay(self) -> None:
        """A payer scans a ticket and gives a note, out of which change is owed."""
        self.sales += 1
        self.say(TicketScanned(f"A{self.sales}", WALL_MS + self.now_ms - 5_400_000, "T1"))
        self.say(BillHeld(2000, "U1"))
        self.say(BillStacked(2000))

    @property
    def state(self) -> SaleState:
        """Where the sale is."""
        return self.pump.world.state

    def records(self) -> list[Record]:
        """All that is durable."""
        reader = Reader(self._path)
        try:
            return [row.record() for row in reader.events_after(0, 100_000)]
        finally:
            reader.close()

    def entries(self) -> Iterator[Entry]:
        """The books."""
        return (entry for record in self.records() for entry in record.entries)

    def heard(self, kind: type[Event]) -> list[Event]:
        """All events of a kind."""
        return [record.event for record in self.records() if isinstance(record.event, kind)]

    def alerts(self) -> list[str]:
        """What people were called for."""
        return [effect.code for record in self.records() for effect in record.effects if isinstance(effect, Alert)]

    def ordered(self) -> int:
        """How many payouts were ordered."""
        return sum(isinstance(effect, PayOut) for record in self.records() for effect in record.effects)

    def given(self) -> tuple[int, int]:
        """What the books say was paid out, and promised on credit notes."""
        entries = list(self.entries())
        paid = sum(entry.amount_minor for entry in entries if isinstance(entry, ChangePaidOut))
        return paid, sum(entry.amount_minor for entry in entries if isinstance(entry, CreditNoteIssued))

    def check(self) -> None:
        """Nothing is lost and nothing paid twice: the books say what the giver did, and the rest is on credit notes."""
        paid_minor, promised_minor = self.given()
        assert self.state is not SaleState.SETTLING
        assert paid_minor == self.giver.paid_minor
        assert paid_minor + promised_minor == sum(
            entry.change_owed_minor for entry in self.entries() if isinstance(entry, SaleClosed)
        )


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    """A kiosk that serves."""
    served = Kiosk(tmp_path)
    served.run(200)
    yield served
    served.journal.close()


# --- the giver alone ----------------------------------------------------------------------------------------------
def test_pieces_fall_one_by_one_the_largest_first() -> None:
    """Each takes its time; what does not go into pieces stays."""
    giver = ChangeGiver({1000: 1, 500: 1, 100: 2})
    giver.pay("1.0", 1850)
    assert giver.paying and giver.told("1.0") is None
    seen = []
    for now_ms in range(0, 2_000, giver.PIECE_MS):
        giver.advance(now_ms)
        seen.append(giver.paid_minor)
    assert seen == [0, 1000, 1500, 1600, 1700, 1700, 1700, 1700]
    assert (giver.paying, giver.told("1.0"), giver.problems) == (False, 1700, ("empty",))


def test_an_order_does_not_go_on_after_a_power_cut() -> None:
    """What was paid is remembered, and nothing more comes out."""
    giver = ChangeGiver(PIECES)
    giver.pay("1.0", 1000)
    giver.advance(0)
    giver.lose_power(giver.PIECE_MS)
    assert (giver.told("1.0"), giver.problems, giver.wake_at_ms) == (None, ("absent",), None)
    giver.restore_power(5_000)
    giver.jam(5_000)
    giver.advance(60_000)
    assert (giver.told("1.0"), giver.told("2.0"), giver.paid_minor, giver.problems) == (500, 0, 500, ("jam",))


def test_a_lost_memory_is_not_taken_for_an_order_that_never_came() -> None:
    """It can not tell, until its counters are read by hand; what it is told to pay afterwards it does know."""
    giver = ChangeGiver(PIECES)
    giver.pay("1.0", 1000)
    giver.advance(0)
    giver.advance(giver.PIECE_MS)
    giver.forget()
    assert not giver.paying
    giver.pay("2.0", 100)
    giver.advance(30_000)
    giver.advance(60_000)
    assert (giver.told("1.0"), giver.told("0.0"), giver.told("2.0")) == (None, None, 100)
    giver.remember()
    assert giver.told("1.0") == 500


def test_an_order_takes_its_time_from_when_it_was_given() -> None:
    """Whoever moves the giver only when it wants to be woken has not told it the time for long."""
    giver = ChangeGiver(PIECES)
    giver.pay("1.0", 600)
    seen = []
    for now_ms in (50_000, 50_000 + giver.PIECE_MS, 60_000):
        assert giver.wake_at_ms is not None and giver.wake_at_ms <= now_ms
        giver.advance(now_ms)
        seen.append(giver.paid_minor)
    assert (seen, giver.paying) == ([0, 500, 600], False)


def test_an_engine_says_nothing_before_it_may_begin() -> None:
    """As one whose port was not opened yet."""
    engine = ChangeGiverEngine(ChangeGiver(), lambda: None)
    assert engine.next_event() is None
    engine.port_opened(0)
    assert engine.next_event() == DeviceChanged("change", ())
    assert (engine.next_event(), engine.wake_at_ms, engine.busy) == (None, None, False)


# --- a terminal that lives ----------------------------------------------------------------------------------------
def test_change_is_paid_exactly(kiosk: Kiosk) -> None:
    """No credit note; the outcome is told once, when the last piece has fallen."""
    kiosk.pay()
    kiosk.run(PAYING_MS - 300)
    assert (kiosk.state, kiosk.heard(ChangePaid)) == (SaleState.SETTLING, [])
    kiosk.run(1_000)
    assert [event.amount_minor for event in kiosk.heard(ChangePaid) if isinstance(event, ChangePaid)] == [1000]
    assert kiosk.given() == (1000, 0)
    kiosk.check()


@pytest.mark.parametrize("pieces", [{100: 3}, {500: 1}, {1000: 1, 500: 1}, {5000: 9}])
def test_what_can_not_be_paid_is_promised(tmp_path: Path, pieces: dict[int, int]) -> None:
    """As much as it has in pieces that fit, the rest on a credit note."""
    kiosk = Kiosk(tmp_path, pieces)
    kiosk.run(200)
    kiosk.pay()
    kiosk.run(3_000)
    expected = min(OWED_MINOR, sum(value * count for value, count in pieces.items() if value <= OWED_MINOR))
    assert kiosk.given() == (expected, OWED_MINOR - expected)
    kiosk.check()
    kiosk.journal.close()


@pytest.mark.parametrize("problem", ["absent", "jam", "empty"])
def test_a_giver_that_can_not_begin_is_not_waited_for(kiosk: Kiosk, problem: str) -> None:
    """All of the change is promised at once, and people are called; nothing falls later."""
    kiosk.say(TicketScanned("A1", WALL_MS + kiosk.now_ms - 5_400_000, "T1"), BillHeld(2000, "U1"))
    verbs = {
        "absent": lambda: kiosk.giver.lose_power(kiosk.now_ms),
        "jam": lambda: kiosk.giver.jam(kiosk.now_ms),
        "empty": kiosk.giver.empty,
    }
    verbs[problem]()
    kiosk.say(BillStacked(2000))
    kiosk.run(500)
    assert DeviceChanged("change", (problem,)) in kiosk.heard(DeviceChanged)
    assert "device_trouble" in kiosk.alerts()
    kiosk.giver.refill()
    kiosk.giver.clear_jam(kiosk.now_ms)
    kiosk.giver.restore_power(kiosk.now_ms)
    kiosk.run(5_000)
    assert kiosk.given() == (0, OWED_MINOR)
    assert kiosk.heard(DeviceChanged)[-1] == DeviceChanged("change", ())
    kiosk.check()


@pytest.mark.parametrize("verb", ["jam", "lose_power"])
@pytest.mark.parametrize("at_ms", range(0, PAYING_MS + 500, 125))
def test_a_giver_that_stops_in_the_middle(tmp_path: Path, at_ms: int, verb: str) -> None:
    """What fell is booked as soon as the giver can be asked, the rest is promised."""
    kiosk = Kiosk(tmp_path)
    kiosk.run(200)
    kiosk.pay()
    kiosk.run(at_ms)
    getattr(kiosk.giver, verb)(kiosk.now_ms)
    fallen_minor = kiosk.giver.paid_minor
    kiosk.run(3_000)
    kiosk.giver.restore_power(kiosk.now_ms)
    kiosk.run(3_000)
    assert (kiosk.ordered(), kiosk.giver.paid_minor) == (1, fallen_minor)
    kiosk.check()
    kiosk.journal.close()


# --- a terminal that dies -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("down_ms", [50, 800, 60_000])
@pytest.mark.parametrize("blackout", [False, True])
@pytest.mark.parametrize("points", range(POINTS))
def test_a_terminal_that_dies_at_any_point(tmp_path: Path, points: int, blackout: bool, down_ms: int) -> None:
    """Around each commit, the order and each piece, for less or more time than the giver needs, alone or with the giver."""
    kiosk = Kiosk(tmp_path)
    kiosk.run(200)
    kiosk.points_left, kiosk.blackout, kiosk.down_ms = points, blackout, down_ms
    kiosk.pay()
    kiosk.run(3_000)
    kiosk.run(3_000)
    assert kiosk.deaths == 1
    assert kiosk.ordered() <= 1
    kiosk.check()
    kiosk.journal.close()


def test_the_answer_waits_for_the_end_of_the_order(kiosk: Kiosk) -> None:
    """A terminal that is back while pieces still fall is not told half of it."""
    kiosk.pay()
    kiosk.run(ChangeGiver.PIECE_MS)
    kiosk.die()
    kiosk.run(200)
    assert kiosk.giver.paying and kiosk.heard(EffectFound) == []
    kiosk.run(3_000)
    [found] = kiosk.heard(EffectFound)
    assert isinstance(found, EffectFound) and (found.finding, found.amount_minor) == ("paid_out", 1000)
    kiosk.check()


@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_lost_memory_holds_the_sale(kiosk: Kiosk, dies: bool, restarts: bool) -> None:
    """Nobody guesses: people are called, and the answer is taken when it comes, in this life or the next."""
    kiosk.pay()
    kiosk.run(2 * ChangeGiver.PIECE_MS)
    kiosk.giver.forget()
    if dies:
        kiosk.die()
    kiosk.run(200_000)
    assert kiosk.state is SaleState.SETTLING
    assert kiosk.given() == (0, 0)
    assert kiosk.alerts().count("change_in_doubt") >= 3
    assert [event.finding for event in kiosk.heard(EffectFound) if isinstance(event, EffectFound)] == ["nothing"]
    if restarts:
        kiosk.die()
        kiosk.run(2_000)
        assert kiosk.state is SaleState.SETTLING
    kiosk.giver.remember()
    kiosk.run(5_000)
    assert kiosk.ordered() == 1 and kiosk.given() == (kiosk.giver.paid_minor, OWED_MINOR - kiosk.giver.paid_minor)
    kiosk.check()


@pytest.mark.parametrize("seed", range(15))
def test_whatever_happens(tmp_path: Path, seed: int) -> None:
    """Payers, deaths at any point, also of a terminal that has just come back, and all that can befall a giver."""
    dice = random.Random(seed)
    kiosk = Kiosk(tmp_path, {1000: 2, 500: 4, 100: 15})
    giver = kiosk.giver
    for _ in range(10):
        if dice.random() < 0.7:
            kiosk.points_left, kiosk.blackout = dice.randrange(2 * POINTS), dice.random() < 0.5
            kiosk.down_ms = dice.choice((50, 500, 60_000))
        kiosk.pay()
        for _ in range(dice.randrange(6)):
            accident = dice.choice(("jam", "empty", "forget", "lose_power", "restore_power", "remember", "clear_jam"))
            timed = accident in ("jam", "lose_power", "restore_power", "clear_jam")
            getattr(giver, accident)(*(kiosk.now_ms,) * timed)
            if dice.random() < 0.3:
                kiosk.points_left = dice.randrange(6)
            kiosk.run(dice.choice((50, 300, 1_000, 5_000)))
        giver.restore_power(kiosk.now_ms)
        giver.clear_jam(kiosk.now_ms)
        giver.remember()
        giver.refill()
        kiosk.points_left = None
        kiosk.run(60_000)
        kiosk.check()
    assert kiosk.ordered() > 3
    kiosk.journal.close()
