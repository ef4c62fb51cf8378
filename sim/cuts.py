"""Power cuts everywhere: a few scripted visits, and the power goes at every point of each, one after the other.

A *point* is where the power may go (`sim/power.py`): before every byte that is sent, when bytes are read, before and after
every effect that can be seen outside, before every write and sync of the disk; the points of the start belong to it. At each
of them the terminal dies in several ways, and the disk holds what it may hold (`WAYS`). Then the terminal starts again, the
payer goes on, and when the world has come to rest all promises are checked.

That is one cut. Two cuts deep, the power goes a second time at the points of that recovery; three deep, again at those of the
next one. Their number is the product, so of deeper cuts an even share is tried; every first cut is.

Lines and devices are well here, and nothing is left to chance but what a torn disk keeps: `SCRIPT:POINT.WAY/POINT.WAY` tells
a run.
"""

import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from sim.checkers import Ledger, Promises
from sim.disk import Disk, Image, Still
from sim.kiosk import Fittings
from sim.machine import HOUR_MS
from sim.people.paying import is_mine, show
from sim.people.plan import Plan
from sim.power import Death, PointKind
from sim.wire import Faults as LineFaults
from sim.world import VirtualWorld
from terminal.fsm.events import CancelPressed

Way = Literal["kill", "cut", "torn", "blackout"]
WAYS: dict[Way, tuple[Death, Literal["kept", "lost", "torn"]]] = {
    "kill": ("kill", "kept"),
    "cut": ("power_cut", "lost"),
    "torn": ("power_cut", "torn"),
    "blackout": ("blackout", "lost"),
}
"""How the terminal dies, and what becomes of what the disk had not synced."""

LOOK_MS = 700
LOOKS = 60


def visit(world: VirtualWorld, stayed_h: float, *notes_minor: int, cancels: bool = False) -> Plan:
    """Show a ticket, insert these notes one after the other (the last one as often as it takes), perhaps change one's mind."""
    code = world.ticket(int(stayed_h * HOUR_MS))
    yield from show(world, code)
    notes = list(notes_minor)
    for _ in range(LOOKS):
        if world.screen is not None and not is_mine(world, code):
            return
        if notes and is_mine(world, code) and world.insert(notes[0]) is not None:
            if len(notes) > 1 or cancels:
                notes.pop(0)
        elif cancels and not notes:
            world.say(CancelPressed())
        yield LOOK_MS


class Script(msgspec.Struct, frozen=True):
    """A visit, and the kiosk that it is paid to."""

    visit: Callable[[VirtualWorld], Plan]
    fittings: Fittings = Fittings()


SCRIPTS: dict[str, Script] = {
    "exact": Script(lambda world: visit(world, 1.5, 500, 500)),
    "change": Script(lambda world: visit(world, 1.5, 2000)),
    "too-large": Script(lambda world: visit(world, 0.9, 5000, 500)),
    "cancelled": Script(lambda world: visit(world, 2.2, 500, cancels=True)),
    "free": Script(lambda world: visit(world, 0.1)),
    "pay-out": Script(lambda world: visit(world, 1.5, 2000), Fittings(payout_limit_minor=1500)),
    "too-late": Script(  # cancelled while the note that suffices is on its way
        lambda world: visit(world, 1.5, 2000, cancels=True), Fittings(payout_limit_minor=1500)
    ),
    "plain": Script(  # a validator that tells a credit once and counts, a printer that answers fences only
        lambda world: visit(world, 1.5, 500, 500),
        Fittings(has_acks=False, repeats_credit=False, knows_process_id=False),
    ),
}


class Where(msgspec.Struct, frozen=True):
    """A cut: at which point since the last start but one, and how."""

    point: int
    way: Way

    def __str__(self) -> str:
        return f"{self.point}.{self.way}"


class Lived(msgspec.Struct):
    """What came of a script with its cuts."""

    script: str
    cuts: tuple[Where, ...]
    happened: int
    """So many of the cuts came; the run was over before the others."""
    points: int
    """Points since the last cut, or since the beginning."""
    kinds: dict[PointKind, int]
    """The same by kind."""
    broken: list[str]

    def __str__(self) -> str:
        return f"{self.script}:{'/'.join(map(str, self.cuts))}"


class _AtPoint:
    """The power goes at one point; all are counted."""

    def __init__(self, where: Where | None) -> None:
        self.death: Death = WAYS[where.way][0] if where else "kill"
        self.passed: Counter[PointKind] = Counter()
        self._where = where
        self._left = where.point if where else -1

    def goes(self, kind: PointKind, count: int) -> int | None:
        """At the point."""
        self.passed[kind] += count
        at = self._left
        self._left -= count
        return at if 0 <= at < count else None

    def left(self, disk: Disk) -> Image | Still:
        """As the way says."""
        assert self._where is not None
        left = WAYS[self._where.way][1]
        if left == "kept":
            return disk.still()
        dice = random.Random(str(self._where))
        return disk.moment().any_state(dice) if left == "torn" else next(disk.moment().states(1, dice))


def live(name: str, cuts: tuple[Where, ...]) -> Lived:
    """Live through a script, with these cuts one after the other."""
    ledger, script = Ledger(), SCRIPTS[name]
    plans = [_AtPoint(where) for where in (*cuts, None)]
    happened = 0
    world = VirtualWorld(0, LineFaults(), ledger.take, script.fittings, power=plans[0])

    def died(_: str) -> None:
        nonlocal happened
        happened += 1
        world.cut(plans[happened])

    world.died = died
    promises = Promises(world, ledger)
    for wait_ms in script.visit(world):
        world.run_until(world.now_ms + wait_ms)
        promises.look()
    broken = [*promises.rest(), *promises.broken()]
    broken += [f"dispute: {bill.amount_minor}" for bill in ledger.disputed.values()]
    last = plans[happened].passed
    passed = dict(last)
    world.close()
    return Lived(name, cuts, happened, sum(passed.values()), passed, broken)


class Tried(msgspec.Struct):
    """What a search came to."""

    points: dict[str, int] = {}
    """Points of each script."""
    kinds: Counter[PointKind] = msgspec.field(default_factory=Counter)
    """The same by kind."""
    visited: dict[str, set[int]] = {}
    """Points of each script at which the power went in every way."""
    recovery_points: int = 0
    """Points of all recoveries from one cut."""
    runs: Counter[int] = msgspec.field(default_factory=Counter)
    """Runs by how many cuts happened in them."""
    broken: list[str] = []


def search(
    scripts: Iterable[str], shares: tuple[int, ...], say: Callable[[int, int], None], every: int = 1, jobs: int = 0
) -> Tried:
    """Try every first cut of these scripts (or every so-manieth), and even shares of the deeper ones, on all cores.

    `shares`: how many runs two cuts deep, three cuts deep, and so on. `say` is told runs done and to be done.
    """
    tried = Tried()
    with multiprocessing.get_context("fork").Pool(jobs or os.cpu_count()) as pool:
        runs: list[tuple[str, tuple[Where, ...]]] = []
        for whole in pool.starmap(live, ((name, ()) for name in scripts)):
            tried.points[whole.script] = whole.points
            tried.kinds.update(whole.kinds)
            tried.broken += [f"{whole}: {what}" for what in whole.broken]
            runs += [(whole.script, (Where(at, way),)) for at in range(0, whole.points, every) for way in WAYS]
        left = sum(shares)
        done = 0
        for share in (*shares, 0):
            lived = []
            for one in pool.imap(_live, runs, chunksize=16):
                done += 1
                say(done, left + len(runs) if len(runs[0][1]) == 1 else done + left)
                lived.append(one)
                tried.runs[one.happened] += 1
                tried.broken += [f"{one}: {what}" for what in one.broken]
            if len(runs[0][1]) == 1:
                tried.visited = {name: _everywhere(name, lived) for name in tried.points}
                tried.recovery_points = sum(one.points for one in lived)
            runs = list(deeper(lived, share))
            if not runs:
                break
    return tried


def _live(run: tuple[str, tuple[Where, ...]]) -> Lived:
    return live(*run)


def _everywhere(name: str, lived: Iterable[Lived]) -> set[int]:
    """Points at which the power really went in every way."""
    ways = Counter(one.cuts[0].point for one in lived if one.script == name and one.happened == 1)
    return {point for point, count in ways.items() if count == len(WAYS)}


def deeper(lived: list[Lived], share: int) -> Iterator[tuple[str, tuple[Where, ...]]]:
    """Another cut in each of these recoveries: an even share of all points and ways, about `share` in all."""
    if not share:
        return
    recoveries = [one for one in lived if one.happened == len(one.cuts)]
    total = sum(one.points for one in recoveries) * len(WAYS)
    step = max(1, total // share) | 1  # odd, so that the ways take turns
    at = step // 2
    for one in recoveries:
        size = one.points * len(WAYS)
        while at < size:
            point, way = divmod(at, len(WAYS))
            yield one.script, (*one.cuts, Where(point, list(WAYS)[way]))
            at += step
        at -= size


def parse(text: str) -> tuple[str, tuple[Where, ...]]:
    """`exact:120.kill/44.torn` as a script and its cuts. Raises `ValueError`."""
    name, _, rest = text.partition(":")
    cuts = []
    for part in rest.split("/") if rest else ():
        point, _, way = part.partition(".")
        if way not in WAYS or not point.isdecimal():
            raise ValueError(f"{part} is no point and way of dying, as in 120.kill")
        cuts.append(Where(int(point), way))
    if name not in SCRIPTS:
        raise ValueError(f"{name} is none of {', '.join(SCRIPTS)}")
    return name, tuple(cuts)
