"""The virtual world: the same seed gives the same life, faults break no promise, and a checker that can not fail is none."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import get_args

import pytest

from sim.checkers import broken
from sim.faults import FAULTS, PROFILES, Profile, only
from sim.planted import PLANTED, WITHIN
from sim.soak import STRIKES, Found, Soak
from sim.trace import GLYPHS, Trace
from sim.world import DAY_MS
from terminal.fsm.entries import BillBooked
from terminal.fsm.events import Event
from terminal.store.record import Record

QUARTER = 0.06
"""Days: some twenty payers."""


def soaked(seed: int, profile: Profile, days: float = QUARTER) -> Found:
    """A short life."""
    return Soak(seed, profile, sales_per_day=300).run(days, lambda _: None)


def test_a_calm_day_sells() -> None:
    """Without faults payers pay, nothing is in dispute, and nobody dies."""
    found = soaked(1, PROFILES["calm"])
    assert (found.broken, found.deaths, found.disputed) == ([], 0, 0)
    assert found.paid > 10


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_cruel_life_breaks_no_promise(seed: int) -> None:
    """Power cuts, reboots, cables, jams, paper and bad lines, all at once."""
    found = soaked(seed, PROFILES["cruel"], days=0.12)
    assert found.broken == [], f"seed {seed}"
    assert found.deaths > 3


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_breaks_no_promise(fault: str) -> None:
    """And each does strike."""
    found = soaked(3, only(fault), days=0.08)
    assert found.broken == [], fault
    assert fault == "lines" or found.faults.get(fault, 0) > 0 or fault == "clock-step"


def test_every_fault_of_the_model_can_strike() -> None:
    """The profile and what strikes name the same faults."""
    assert set(STRIKES) == set(Profile.__struct_fields__) - {"lines"}


def test_the_same_seed_gives_the_same_life_in_every_process() -> None:
    """Across processes and hash seeds, to the last event; another seed gives another life."""

    def life(seed: int, hash_seed: str) -> dict[str, object]:
        command = [
            sys.executable,
            "-m",
            "sim",
            "soak",
            "--seed",
            str(seed),
            "--days",
            "0.05",
            "--profile",
            "cruel",
            "--json",
        ]
        done = subprocess.run(command, env={"PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True)
        found: dict[str, object] = json.loads(done.stdout)
        return found

    assert life(5, "1") == life(5, "2") != life(6, "1")


def test_the_trace_has_a_glyph_for_every_event() -> None:
    """One for each, and in a column no two share one."""
    assert set(GLYPHS) == set(get_args(Event))
    assert len(set(GLYPHS.values())) == len(GLYPHS)


def test_the_trace_tells_a_life_line_by_line() -> None:
    """Every durable event has its line, and so has every death."""
    lines: list[str] = []
    soak = Soak(4, PROFILES["cruel"], sales_per_day=300, trace=Trace(lines.append))
    found = soak.run(QUARTER, lambda _: None)
    assert sum("the terminal is dead" in line for line in lines) == found.deaths > 0
    assert len(lines) == 1 + found.events + found.deaths + sum(found.faults.values())


@pytest.mark.parametrize("name", PLANTED)
def test_every_planted_bug_is_found(name: str) -> None:
    """A program that is broken on purpose breaks a promise within the stated number of payers."""
    with PLANTED[name]():
        found = soaked(1, PROFILES["cruel"], days=1.0)
    assert found.broken != []
    assert found.payers <= WITHIN


def lose_a_note(soak: Soak) -> None:
    """The books forget a note."""
    soak.ledger.in_box[max(soak.ledger.in_box)] -= 1


def credit_twice(soak: Soak) -> None:
    """The books count a note twice."""
    bill = BillBooked(999, 1000, "credited", max(soak.ledger.closed))
    soak.ledger.take([Record(soak.ledger.head + 1, 0, 0, event=None, entries=(bill,))])  # type: ignore[arg-type]


def open_unpaid(soak: Soak) -> None:
    """The barrier opens for nobody."""
    soak.world.barrier.openings.append(9_999)


def open_again(soak: Soak) -> None:
    """The barrier opens twice for one sale."""
    soak.world.barrier.openings.append(soak.world.barrier.openings[0])


def print_twice(soak: Soak) -> None:
    """The same original comes out again."""
    soak.world.paper.strips.insert(0, soak.world.paper.documents[0])


def lose_an_event(soak: Soak) -> None:
    """A commit is forgotten."""
    soak.ledger.head -= 1
    soak.world.run_until(soak.world.now_ms + DAY_MS // 100)
    soak.ledger.take([Record(soak.ledger.head + 7, 0, 0, event=None)])  # type: ignore[arg-type]


@pytest.mark.parametrize("plant", [lose_a_note, credit_twice, open_unpaid, open_again, print_twice, lose_an_event])
def test_every_checker_can_fail(plant: Callable[[Soak], None]) -> None:
    """Each kind of damage, done on purpose, is said."""
    soak = Soak(2, PROFILES["calm"], sales_per_day=300)
    soak.run(QUARTER, lambda _: None)
    assert list(broken(soak.world, soak.ledger)) == []
    plant(soak)
    assert list(broken(soak.world, soak.ledger)) != []
