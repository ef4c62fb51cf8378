"""Every kind of situation that a window can be in, and the way from each to a shift that has ended.

As `test_walk.py`: a world is put into a class by what decisions can depend on, the first one found of each class stands for
all of them, and from each every event is tried that hands, devices and clocks could say. The auditor of `till.py` looks at every
step.
"""

import random
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from itertools import product
from operator import itemgetter
from typing import get_args

import pytest

from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.effects import OpenDrawer, PrintDocument
from terminal.fsm.states import DrawerState, PrinterState, SaleState, ShiftState
from terminal.fsm.window_rules import WindowRules
from terminal.fsm.world import World
from terminal.shift.pieces import change_for
from tests.fsm import lives
from tests.fsm.lives import Life
from tests.fsm.objections import OPEN
from tests.fsm.till import Till
from tests.fsm.window_hands import HANDS, spared
from tests.fsm.window_lives import COLLECTOR, FLOAT, NEXT, SUPERVISOR, WindowLife

H = ShiftState
JOBS_MAX = 2
HANDS_TRIED = 2
"""So often each list of acts is made up anew from one situation: who, how much and why differ from one to the next."""
HOME_EVENTS_MAX = 40
KINDS_MIN, KINDS_MAX = 1_000, 3_000
OTHERS = (lives.people, lives.outcomes, lives.findings)

IMPOSSIBLE = {(SaleState.PRICED, shift) for shift in ShiftState if shift is not H.SERVING} | {
    (SaleState.IDLE, shift) for shift in ShiftState if shift is not H.SERVING
}
"""Where nobody serves, nothing is offered."""


def kind_of_world(life: WindowLife, till: Till) -> Hashable:
    """The class of a world: its states, and what rows and acts can ask about it, amounts only as more, less or equal."""
    world, window = life.world, life.world.window
    sale, shift = world.sale, window.shift
    selling, counted = world.state in OPEN, world.shift in (H.COUNTED, H.HANDING_OVER)
    return (
        world.state,
        world.shift,
        (world.drawer, any(isinstance(effect, OpenDrawer) for effect in world.pending.values())),
        bool(world.jobs) and (selling or world.jobs[0].started),
        "door" if world.door_open else "fit" if till.fit(world) else "ill",
        selling and bool(sale and sale.more),
        selling and "credit_note" in till.tenders,
        selling or bool(window.suspended),
        selling or (window.note_shown is not None, bool(till.sold)),
        shift is not None and counted and (till.over_minor > 0) - (till.over_minor < 0),
        shift is not None and shift.counter == shift.who,
    )


class Walker:
    """One life of the many, which can branch."""

    def __init__(self, life: WindowLife, till: Till) -> None:
        self.life, self.till = life, till

    def branch(self) -> "Walker":
        """The same situation again, for another event."""
        life = self.life.branch()
        assert isinstance(life, WindowLife)
        return Walker(life, self.till.branch())

    def say(self, event: ev.Event) -> World:
        """One event, audited."""
        before = self.life.world
        try:
            self.life.say(event)
            self.till.audit(self.life, event, before)
        except Exception as error:
            raise AssertionError(f"{error!r}; the last events:\n" + "\n".join(map(str, self.life.heard))) from error
        return self.life.world


def first_walker() -> Walker:
    """Devices are well, and nobody is there yet."""
    rules = WindowRules(methods=("cash", "pos"), drawer_sensor=True)
    walker = Walker(WindowLife(rules, services={}), Till())
    walker.say(ev.Started("test", walker.life.rules))
    for name in walker.life.rules.devices:
        walker.say(ev.DeviceChanged(name, ()))
    return walker


def events_from(walker: Walker, chance: random.Random) -> Iterator[ev.Event]:
    """All that could be said, edges included."""
    life, till = walker.life, walker.till
    for _ in range(HANDS_TRIED):
        for speaker in HANDS:
            yield from speaker(life, till, chance)
    for other in OTHERS:
        yield from other(life)
    yield from lives.tickets(life)[1:3]
    yield from (ev.DeviceChanged("printer", problems) for problems in ((), ("jam",)))
    yield from (ev.StaffActed("chen", act) for act in ("close", "reopen"))


def all_kinds() -> tuple[dict[Hashable, Walker], int]:
    """One walker for each class of worlds, and how many steps it took to find them all."""
    chance, first = random.Random(3), first_walker()
    found: dict[Hashable, Walker] = {kind_of_world(first.life, first.till): first}
    todo, steps = deque(found.values()), 0
    while todo:
        walker = todo.popleft()
        for event in events_from(walker, chance):
            if spared(walker.life, walker.till, event):
                continue
            branch = walker.branch()
            branch.say(event)
            kind, steps = kind_of_world(branch.life, branch.till), steps + 1
            if kind not in found:
                found[kind] = branch
                todo.append(branch)
    return found, steps


# --- the way home -------------------------------------------------------------------------------------------------
def healthy_events(life: Life, till: Till) -> list[ev.Event]:
    """What devices say that do their work; and then what people do who want to go home."""
    world = life.world
    said: list[ev.Event] = [ev.DeviceChanged(device, ()) for device, problems in world.devices.items() if problems]
    if world.door_open:
        said.append(ev.DoorClosed())
    if world.closed_by:
        said.append(ev.StaffActed("chen", "reopen"))
    for effect_id, effect in world.pending.items():
        match effect:
            case PrintDocument():
                started = world.jobs[0].started
                said.append(ev.Printed(effect_id, "fence") if started else ev.PrintStarted(effect_id))
            case OpenDrawer():
                said.append(ev.DrawerKicked(effect_id))
            case _:
                said.append(ev.BarrierOpened(effect_id))
    if world.drawer is not DrawerState.SHUT:
        said.append(ev.DrawerChanged(world.drawer is DrawerState.ORDERED))
    if world.state is SaleState.LEAVING:
        said.append(ev.TimedOut())
    return [*said, *home(till, world)]


def home(till: Till, world: World) -> list[ev.Event]:
    """What leads to the end of the shift, by those who are there."""
    pieces = change_for(max(0, till.cash_minor), "CNY")
    match till.phase:
        case H.OPENING:
            return [wev.FloatCounted(till.who, FLOAT)]
        case H.SERVING if world.state in OPEN and till.cash_minor < till.credited_minor:
            return [wev.Tendered(till.who, "cash", till.missing_minor)]
        case H.SERVING if world.state in OPEN:
            return [ev.CancelPressed()]
        case H.SERVING:
            return [wev.CountAsked(till.who, "Who")]
        case H.LOCKED:
            return [wev.WindowUnlocked(till.who)]
        case H.COUNTING:
            return [wev.DrawerCounted(till.counter, pieces)]
        case H.COUNTED:
            second = next(who for who in (SUPERVISOR, COLLECTOR, NEXT) if who not in (till.counter, till.who))
            return [wev.ShiftSigned(till.counter, "not_found", "", second)]
        case H.HANDING_OVER:
            second = SUPERVISOR if till.counter != SUPERVISOR else COLLECTOR
            return [wev.DrawerCleared(till.counter, second, "B1")]
    return []


def at_home(world: World) -> bool:
    """Nobody works here, and nothing is left over."""
    machines = (world.state, world.shift, world.drawer, world.printer)
    rest = (SaleState.OUT_OF_SERVICE, H.CLOSED, DrawerState.SHUT, PrinterState.FREE)
    return machines == rest and not world.pending and not world.jobs and world.window.shift is None


def way_home(walker: Walker, pick: Callable[[list[ev.Event]], ev.Event], cut: bool) -> int:
    """How many events lead home; with `cut` the power goes first."""
    walker = walker.branch()
    if cut:
        walker.say(ev.Started("test", walker.life.rules))
        for ask in lives.asks(walker.life.outcomes[-1]):
            finding: ev.Finding = "in_doubt" if isinstance(ask.about, PrintDocument) else "nothing"
            walker.say(ev.EffectFound(ask.effect_id, finding))
    for number in range(HOME_EVENTS_MAX + 2 * len(walker.life.world.jobs)):
        if at_home(walker.life.world):
            return number
        walker.say(pick(healthy_events(walker.life, walker.till)))
    raise AssertionError("no way home; the last events:\n" + "\n".join(map(str, walker.life.heard)))


pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def kinds() -> dict[Hashable, Walker]:
    """All classes of worlds; their search is itself the test that every step keeps the promises."""
    found, steps = all_kinds()
    assert KINDS_MIN < len(found) < KINDS_MAX, (len(found), steps)
    return found


def test_every_state_is_lived_in(kinds: dict[Hashable, Walker]) -> None:
    """Each state of the sale with each of the shift's, but for those that can not be; and each of the drawer's with those."""
    worlds = [walker.life.world for walker in kinds.values()]
    lived = {(world.state, world.shift) for world in worlds}
    of_a_sale = {SaleState.CANCELLING, SaleState.SETTLING, SaleState.PRINTING}
    assert lived & IMPOSSIBLE == set()
    missing = set(product(set(SaleState) - of_a_sale, ShiftState)) - IMPOSSIBLE - lived
    assert missing == {(SaleState.PAYING, shift) for shift in ShiftState if shift not in (H.SERVING, H.LOCKED)} | {
        (SaleState.LEAVING, shift) for shift in (H.CLOSED, H.OPENING) if (SaleState.LEAVING, shift) not in lived
    }
    assert {(world.drawer, world.shift) for world in worlds} == set(product(DrawerState, ShiftState))


@pytest.mark.parametrize("cut", [False, True], ids=["", "after a power cut"])
def test_a_shift_can_always_be_ended(kinds: dict[Hashable, Walker], cut: bool) -> None:
    """From each situation people and devices that do their work lead to a closed window in a bounded number of events."""
    chance = random.Random(5)
    for walker in kinds.values():
        for pick in (itemgetter(0), itemgetter(-1), chance.choice):
            way_home(walker, pick, cut)


def test_acts_are_all_tried() -> None:
    """No act of the window is missing from what the hands do."""
    life, till, chance = first_walker().life, Till(), random.Random(1)
    said = {type(event) for speaker in HANDS for event in speaker(life, till, chance)}
    assert set(get_args(wev.WindowEvent)) <= said, {kind.__name__ for kind in set(get_args(wev.WindowEvent)) - said}
