"""The virtual world: the same seed gives the same life, faults break no promise, and a checker that can not fail is none."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import SystemRandom
from typing import get_args

import pytest

import sim
from sim.checkers import Ledger, Promises, audited
from sim.configuration import Role
from sim.coverage import EXCUSED, Visited, all_decisions, all_rows, watching
from sim.cuts import Where, live
from sim.faults import FAULTS, OF_WINDOWS, PROFILES, Profile, only
from sim.happened import Opened
from sim.kiosk import Fittings
from sim.machine import DAY_MS, HOUR_MS, MINUTE_MS
from sim.people.crowd import SALES_BY_HOUR, arrivals
from sim.people.hands import heal, pull_back
from sim.people.paying import show
from sim.people.plan import Plan
from sim.planted import PLANTED
from sim.shrink import shrink
from sim.soak import Found, Life, Soak, Stopped
from sim.soak_command import Lived, live_all
from sim.strikes import STRIKES
from sim.trace import COLUMNS, GLYPHS, STRUCK, Trace
from sim.wire import Faults as LineFaults
from sim.world import VirtualWorld
from terminal.fees.stay import Stay
from terminal.fsm.actions.cash import BILL_WAIT_S
from terminal.fsm.effects import Alert
from terminal.fsm.entries import BillBooked, CouponUsed, Opening, ReportBooked, SaleClosed, SaleOpened
from terminal.fsm.events import CancelPressed, Event
from terminal.stays.reports import VehicleLeft
from terminal.store.record import Record

SHORT = 0.08
"""Days: some fifteen payers."""
FIXED_SEEDS = (2, 3, 4, 5, 9, 16, 17, 29, 35, 58, 70, 71, 76, 85)
RARE = 12
"""So many rows and decisions may be too rare for these lives. `fee-terminal-sim soak --lives 70 --profile cruel --coverage`
visits nearly all, and tests/fsm takes every one of them."""


STAFFED_SEEDS = (1, 3, 4, 8, 9, 41)
"""The same of windows."""


def soaked(seed: int, profile: Profile, days: float = SHORT, role: Role = "kiosk") -> Found:
    """A short life."""
    return Soak(Life(seed, profile, days, role=role)).run()


# --- the standard soak --------------------------------------------------------------------------------------------
def once_failed() -> list[Life]:
    """The lives of sim/seeds.txt."""
    lines = (Path(sim.__file__).parent / "seeds.txt").read_text("utf-8").splitlines()
    fields = [line.split(maxsplit=3) for line in lines if line and not line.startswith("#")]
    assert all(why for _, _, _, why in fields)
    return [Life(int(seed), PROFILES[profile], float(days)) for seed, profile, days, _ in fields]  # type: ignore[index]


@pytest.fixture(scope="module")
def standard_soak() -> list[Lived]:
    """A fixed set of seeds, those that once failed, and one that nobody has tried yet; on all cores."""
    fresh = SystemRandom().randrange(1_000_000, 1_000_000_000)
    cruel = [Life(seed, PROFILES["cruel"], 1.0) for seed in (*FIXED_SEEDS, fresh)]
    cruel += [Life(seed, PROFILES["cruel"], 0.5, role="window") for seed in (*STAFFED_SEEDS, fresh)]
    cruel.append(Life(5, PROFILES["calm"], 1.6, 400, role="window"))  # its receipt numbers are used up
    others = [Life(1, PROFILES["rough"], 4.0), Life(1, PROFILES["calm"], 1.0)]
    return list(live_all([*others, *cruel, *once_failed()]))


def all_visits(lives: list[Lived]) -> Visited:
    """What they have visited together."""
    visited = Visited()
    for lived in lives:
        visited.add(lived.visited)
    return visited


@pytest.mark.timeout(900)
def test_the_standard_soak_breaks_no_promise(standard_soak: list[Lived]) -> None:
    """Power cuts, reboots, cables, jams, paper, disks, brokers and bad lines, all at once."""
    broken = [(lived.life, lived.found.broken) for lived in standard_soak if lived.found.broken]
    assert broken == []
    assert sum(lived.found.deaths for lived in standard_soak) > 300
    assert sum(lived.found.sales for lived in standard_soak) > 3_000


def lives_through_a_second_note(unplugged_ms: int, again_ms: int) -> tuple[int, list[str]]:
    """How many notes are in dispute, and what is broken.

    The cable is out while a note goes into the box; another one of its value is put in, and the validator starts anew.
    """
    ledger = Ledger()
    world = VirtualWorld(0, LineFaults(), ledger.take, Fittings(has_acks=False, has_counters=False))
    promises = Promises(world, ledger)

    def visit() -> Plan:
        yield from show(world, world.ticket(HOUR_MS))
        world.insert(500)
        yield unplugged_ms
        world.cables["validator"].plugged = False
        world.rouse("validator")
        yield 3_000
        world.insert(500)
        yield again_ms
        world.validator.lose_power(world.now_ms)
        world.validator.restore_power(world.now_ms)
        yield 1_000
        heal(world)
        yield 120_000

    for wait_ms in visit():
        world.run_until(world.now_ms + wait_ms)
    broken = [*promises.rest(), *promises.broken()]
    world.close()
    return len(ledger.disputed), broken


def test_a_note_that_nobody_heard_is_not_believed_back() -> None:
    """Without counters what the device says at its restart may be about another note."""
    told = [
        lives_through_a_second_note(unplugged, again) for unplugged in range(500, 1_500, 250) for again in (600, 2_000)
    ]
    assert [broken for _, broken in told if broken] == []
    assert sum(disputed for disputed, _ in told) > 0, "nobody can tell where the first one is"


def broken_by_a_cable(*, pulls_back: bool) -> list[str]:
    """The validator's cable is out while a note moves, which is given up and turns up later, in the box or given back."""
    ledger = Ledger()
    world = VirtualWorld(0, LineFaults(), ledger.take)
    promises = Promises(world, ledger)

    def visit() -> Plan:
        yield from show(world, world.ticket(HOUR_MS))
        world.insert(500)
        yield 750
        world.cables["validator"].plugged = False
        world.rouse("validator")
        if pulls_back:
            pull_back(world)
        world.say(CancelPressed())
        yield (BILL_WAIT_S + 5) * 1000
        heal(world)
        yield 20_000

    for wait_ms in visit():
        world.run_until(world.now_ms + wait_ms)
    broken = [*promises.rest(), *promises.broken()]
    world.close()
    return broken


def test_the_standard_soak_visits_nearly_every_row(standard_soak: list[Lived]) -> None:
    """Decisions of recovery are made and rows of the tables taken, but for a few rare ones and those with an excuse."""
    visited = all_visits(standard_soak)
    with watching(visited):  # rare by chance, so it is done on purpose
        assert broken_by_a_cable(pulls_back=False) == broken_by_a_cable(pulls_back=True) == []
        for point in range(0, live("too-late", ()).points, 10):
            assert live("too-late", (Where(point, "blackout"),)).broken == []
    never = visited.never()
    assert len(never) <= RARE, never
    assert [name for name in EXCUSED if visited.recovery[name] or visited.rows[name]] == [], (
        "no excuse is needed any more"
    )


def test_the_standard_soak_strikes_in_every_state(standard_soak: list[Lived]) -> None:
    """Every fault strikes, and the worst of them meet a note wherever it can be; the terminal dies in its recoveries too."""
    visited = all_visits(standard_soak)
    struck = {name.split("/")[0] for name, count in visited.met.items() if count}
    assert struck == set(FAULTS) - {"lines"}
    for fault in ("power-cut", "blackout", "validator-reboot"):
        for state in ("idle", "reading", "to the box", "past recall"):
            assert visited.met[f"{fault}/validator/{state}"], (fault, state)
    assert sum(lived.found.deaths_in_a_start for lived in standard_soak) > 50


# --- lives --------------------------------------------------------------------------------------------------------
def test_a_calm_day_sells() -> None:
    """Without faults payers pay, nobody dies, and everything is reported."""
    found = soaked(1, PROFILES["calm"], days=0.5)
    assert (found.broken, found.deaths, found.store_failures) == ([], 0, 0)
    assert found.paid > 0.8 * found.payers > 0
    assert found.delivered == found.events


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_breaks_no_promise(fault: str) -> None:
    """And each does strike, on some day."""
    role: Role = "window" if fault.replace("-", "_") in OF_WINDOWS else "kiosk"
    for seed in range(3, 20):
        found = soaked(seed, only(fault), days=0.2, role=role)
        assert found.broken == [], (fault, seed)
        if fault == "lines" or found.faults.get(fault, 0) > 0:
            return
    pytest.fail(f"{fault} never strikes")


def test_every_fault_of_the_model_can_strike_and_has_its_place() -> None:
    """The profile, what strikes, and the columns of the trace name the same faults."""
    assert set(STRIKES) == set(Profile.__struct_fields__) - {"lines"}
    assert set(STRUCK) <= set(STRIKES)
    assert set(STRUCK.values()) <= set(COLUMNS)


def test_people_come_in_the_rush_hour() -> None:
    """The busiest hour sees many times the night's payers, and a day as many as were asked for."""
    times = [
        at_ms for at_ms, _ in zip(arrivals(300, Soak(Life(1, Profile(), 0))._dice("a")), range(3_000), strict=False)
    ]
    assert 0.9 < len(times) / (times[-1] / DAY_MS * 300) < 1.1
    assert max(SALES_BY_HOUR) > 20 * min(SALES_BY_HOUR)


def soak_in_a_process(*options: str, hash_seed: str) -> str:
    """What the command says."""
    command = [sys.executable, "-m", "sim", "soak", *options]
    return subprocess.run(command, env={"PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True).stdout


def test_the_same_seed_gives_the_same_trace_in_every_process() -> None:
    """Across processes and hash seeds, byte for byte; another seed gives another life."""
    options = ("--days", "0.06", "--profile", "cruel", "--trace", "--json", "--seed")
    one = soak_in_a_process(*options, "5", hash_seed="1")
    assert one == soak_in_a_process(*options, "5", hash_seed="2")
    assert one != soak_in_a_process(*options, "6", hash_seed="1")
    assert json.loads(one.splitlines()[-1])["events"] > 50


def test_parts_of_a_life_can_be_left_out() -> None:
    """Without some payers and strikes the others come as they came."""
    soak = Soak(Life(4, PROFILES["cruel"], SHORT))
    soak.run()
    few = Soak(Life(4, PROFILES["cruel"], SHORT, payers=frozenset({2, 3}), strikes=frozenset(soak.struck[:5])))
    few.run()
    assert few.came == [2, 3]
    assert set(few.struck) <= set(soak.struck[:5])


# --- the trace ----------------------------------------------------------------------------------------------------
def test_the_trace_has_a_glyph_for_every_event() -> None:
    """One for each, and in a column no two share one."""
    assert set(GLYPHS) == set(get_args(Event))
    assert len(set(GLYPHS.values())) == len(GLYPHS)


def test_the_trace_tells_a_life_line_by_line() -> None:
    """Every durable event has its line, and so have every strike, every death and every failure of the journal."""
    lines: list[str] = []
    found = Soak(Life(4, PROFILES["cruel"], 0.2), Trace(lines.append)).run()
    assert sum("the terminal is dead" in line for line in lines) == found.deaths + found.store_failures > 0
    assert len(lines) == 1 + found.events + found.deaths + found.store_failures + sum(found.faults.values())


def test_a_replay_stops_where_it_is_told() -> None:
    """With the event durable, and not one more."""
    soak = Soak(Life(4, PROFILES["cruel"], SHORT), stop_at=60)
    with pytest.raises(Stopped):
        soak.run()
    assert 60 <= soak.ledger.head < 70


# --- bugs on purpose ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", PLANTED)
def test_every_planted_bug_is_found(name: str) -> None:
    """A program that is broken on purpose breaks a promise within the stated number of sales of cruel lives."""
    plant, sales = PLANTED[name], 0
    with plant.bug():
        for seed in range(1, 100):
            found = soaked(seed, PROFILES["cruel"], days=1.0, role=plant.role)
            sales += found.sales
            if found.broken:
                break
    assert found.broken != []
    assert sales <= plant.within


@pytest.mark.parametrize("seed", [7, 13])
def test_a_bug_is_shrunk_to_a_short_story(seed: int) -> None:
    """What is left still breaks the same promise, with few payers and few strikes."""
    life = Life(seed, PROFILES["cruel"], 1.0)
    with PLANTED["found-note-is-forgotten"].bug():
        soak = Soak(life)
        found = soak.run()
        assert found.broken
        shrunk = shrink(life, soak, found)
        again = Soak(shrunk.life).run()
    assert again.broken == shrunk.found.broken != []
    assert len(shrunk.life.payers or ()) <= 6
    assert len(shrunk.life.strikes or ()) <= 4
    assert Soak(shrunk.life).run().broken == [], "without the bug all is well"


def test_a_crash_of_the_program_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that raises does not end the soak with a traceback, but with its place and its seed."""

    def boom(*_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("terminal.fsm.actions.cash.take_in", boom)
    found = soaked(1, PROFILES["calm"])
    assert len(found.broken) == 1 and found.broken[0].startswith("crash: ZeroDivisionError('boom') in test_soak.py")


# --- each checker can fail ----------------------------------------------------------------------------------------
def lose_a_note(soak: Soak) -> None:
    """The books forget a note."""
    soak.ledger.in_box[max(soak.ledger.in_box)] -= 1


def credit_twice(soak: Soak) -> None:
    """The books count a note twice."""
    bill = BillBooked(999, 1000, "credited", max(soak.ledger.paid))
    soak.ledger.take([Record(soak.ledger.head + 1, 0, 0, event=None, entries=(bill,))])  # type: ignore[arg-type]


def pay_a_ticket_twice(soak: Soak) -> None:
    """Two sales are paid with one ticket."""
    fares = soak.promises.fares
    ticket_id, due_minor = max(
        (ticket, paid[0].amount_minor) for ticket, paid in fares.paid.items() if paid and ":" not in ticket
    )
    soak.ledger.credited[999] = due_minor
    again = (SaleOpened(999, ticket_id, 0, due_minor), SaleClosed(999, "paid", due_minor, 0))
    soak.ledger.take([Record(soak.ledger.head + 1, 0, 0, event=None, entries=again)])  # type: ignore[arg-type]


def charge_too_much(soak: Soak) -> None:
    """A ticket is priced that owes less."""
    code = soak.world.ticket(10 * MINUTE_MS, "T2")
    opened = SaleOpened(999, code.split(".")[1], 0, 500)
    record = Record(soak.ledger.head + 1, soak.world.now().wall_ms, 0, event=None, entries=(opened,))  # type: ignore[arg-type]
    soak.ledger.take([record])


def use_a_coupon_twice(soak: Soak) -> None:
    """Two sales are paid with one coupon."""
    fares, world = soak.promises.fares, soak.world
    coupon_id = world.coupon(60, 0).split(".")[1]
    for sale_no in (998, 999):
        ticket_id = world.ticket(10 * MINUTE_MS).split(".")[1]
        coupons = (world.happened.coupons[coupon_id],)
        fares.open_sales[sale_no] = Opened(sale_no, ticket_id, Stay(0), coupons, coupons, 0, 0, frozenset())
        closed = (SaleClosed(sale_no, "paid", 0, 0), CouponUsed(coupon_id, sale_no, 60, 0))
        soak.ledger.due[sale_no] = 0
        soak.ledger.barrier_orders[sale_no] = 1
        soak.ledger.take([Record(soak.ledger.head + 1, 0, 0, event=None, entries=closed)])  # type: ignore[arg-type]


def raise_a_false_alarm(soak: Soak) -> None:
    """People are told of a double payment where there is none."""
    alarm = Alert("double_payment", {})
    opening = Opening("drawer")
    soak.ledger.take([Record(soak.ledger.head + 1, 0, 0, None, (alarm,), (opening,))])  # type: ignore[arg-type]


def book_a_report_twice(soak: Soak) -> None:
    """The books have the same report again."""
    booked = ReportBooked(max(soak.promises.fares.booked), "entered", "", "", 0, "")
    soak.ledger.take([Record(soak.ledger.head + 1, 0, 0, event=None, entries=(booked,))])  # type: ignore[arg-type]


def give_change_twice(soak: Soak) -> None:
    """A settled sale gets change again."""
    soak.ledger.given[max(soak.ledger.paid)] += 500


def pay_out_unbooked(soak: Soak) -> None:
    """A coin falls that the books know nothing of."""
    soak.world.change_giver.paid_minor += 100


def open_unpaid(soak: Soak) -> None:
    """The barrier opens for nobody."""
    soak.world.barrier.openings.append(9_999)


def open_again(soak: Soak) -> None:
    """The barrier opens twice for one sale."""
    soak.world.barrier.openings.append(soak.world.barrier.openings[0])


def print_twice(soak: Soak) -> None:
    """The same original comes out again."""
    soak.world.paper.strips.append(next(strip for strip in soak.world.paper.documents if strip.codes))


def forge_a_receipt(soak: Soak) -> None:
    """A receipt comes out for an amount that nobody owed."""
    document = next(strip for strip in soak.world.paper.documents if strip.codes)
    for printed in document.content:
        if printed.qr is not None:
            printed.qr = printed.qr.replace(".", ".9", 1)
    soak.world.paper.strips.append(document)


def lose_a_receipt(soak: Soak) -> None:
    """A receipt was said to be printed and is not there."""
    soak.ledger.proved.add(("receipt", 9_999))


def print_nothing(soak: Soak) -> None:
    """A credit note was promised and no word is heard of it."""
    soak.ledger.issued.add(("credit_note", 9_999))


def lose_an_event(soak: Soak) -> None:
    """A commit is forgotten."""
    soak.ledger.take([Record(soak.ledger.head + 7, 0, 0, event=None)])  # type: ignore[arg-type]


def invite_in_vain(soak: Soak) -> None:
    """The screen goes on inviting to pay, and the printer is open."""
    soak.world.paper.open_cover()
    for _ in range(4):
        soak.promises.look()
        soak.world.now_ms += 4_000


@pytest.fixture
def lived() -> Iterator[Soak]:
    """A calm life whose promises hold, with its world still there."""
    soak = Soak(Life(2, PROFILES["calm"], 0.1))
    close, soak.world.close = soak.world.close, lambda: None  # type: ignore[method-assign]
    assert soak.run().broken == []
    yield soak
    close()


@pytest.mark.parametrize(
    "damage",
    [
        lose_a_note, credit_twice, pay_a_ticket_twice, give_change_twice, pay_out_unbooked, open_unpaid, open_again,
        print_twice, forge_a_receipt, lose_a_receipt, print_nothing, lose_an_event, invite_in_vain,
        charge_too_much, use_a_coupon_twice, raise_a_false_alarm, book_a_report_twice,
    ],
)  # fmt: skip
def test_every_checker_can_fail(lived: Soak, damage: Callable[[Soak], None]) -> None:
    """Each kind of damage, done on purpose, is said."""
    assert list(lived.promises.broken()) == []
    damage(lived)
    assert list(lived.promises.broken()) != []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (pay_a_ticket_twice, "is paid, and still good"),
        (charge_too_much, "asks for 500, it owes 0"),
        (use_a_coupon_twice, "was used before"),
        (raise_a_false_alarm, "0 times double_payment, and people are told of 1"),
        (book_a_report_twice, "was booked twice"),
    ],
)
def test_what_is_wrong_with_fares_is_said_in_words(lived: Soak, damage: Callable[[Soak], None], told: str) -> None:
    """Each by the checker of fares itself, not by another one."""
    damage(lived)
    assert any(what.startswith("fares: ") and told in what for what in lived.promises.broken())


def test_the_last_look_can_fail(lived: Soak) -> None:
    """A file that was altered fails the audit, and an event that never arrived at the broker's other end is missed."""
    assert list(lived.promises.broken_at_the_end()) == []
    lived.world.happened.reports["R0"] = VehicleLeft("R0", "S0", 0)
    assert list(lived.promises.broken_at_the_end()) == ["fares: report R0 was told and is not in the books"]
    assert audited(lived.world.disk.seen()).ok
    lived.ledger.head += 1
    assert any("audit" in what for what in lived.promises.broken_at_the_end())
    assert any("not arrived" in what for what in lived.promises.broken_at_the_end())


def test_rows_and_decisions_have_names_of_their_own() -> None:
    """Else one would count for another."""
    assert len(set(all_rows())) == len(all_rows())
    assert len(set(all_decisions())) == len(all_decisions())
    assert set(EXCUSED) <= set(all_decisions()) | set(all_rows())
