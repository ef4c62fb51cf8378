"""The shifts of a window: a collector comes, counts the float, serves, counts blind, signs, and hands the drawer over.

Whoever is asked to serve looks first what the screen says, and goes on from there: a power cut may have come anywhere.
"""

import random

from sim.machine import HOUR_MS
from sim.people.collecting import (
    COLLECTORS,
    LOOK_MS,
    SUPERVISOR,
    Doing,
    back,
    open_drawer,
    press,
    seen,
    shut_drawer,
    title,
    use_key,
)
from sim.world import VirtualWorld
from terminal.fsm import window_events as ev
from terminal.fsm.events import Event
from terminal.fsm.states import ShiftState
from terminal.fsm.world import World
from terminal.shift.pieces import Pieces, counted, total_minor
from terminal.shift.shift import Shift

FLOAT = ((2_000, 5), (1_000, 10), (500, 16), (100, 100), (50, 20), (10, 100))
"""400 yuan."""
SHIFT_MS = 8 * HOUR_MS
ENDS, LEAVES, ILL, MISCOUNTS, DRAFTS, DISPUTES, CLEARS = 0.02, 0.15, 0.05, 0.15, 0.4, 0.2, 0.3
"""How often a shift ends early, who has come leaves before the float is counted, somebody does not come back, counts wrongly,
pauses in a count, does not believe the other's count, is not followed by anybody."""
PRESSES_WRONG = 0.2
ALONE_UP_TO_MINOR = 1_000
"""So much over or short a collector signs for alone."""


def serving(world: VirtualWorld, dice: random.Random) -> Doing[str]:
    """Go on until somebody serves; who."""
    for _ in range(60):
        screen = yield from back(world, "")
        if dice.random() < PRESSES_WRONG:
            yield from presses_wrong(world, dice)
            continue
        shift = screen.window.shift
        match screen.shift:
            case ShiftState.SERVING:
                assert shift is not None
                return shift.who
            case ShiftState.CLOSED:
                yield from begin(world, dice)
            case ShiftState.OPENING:
                yield from take_float(world, dice)
            case ShiftState.LOCKED:
                assert shift is not None
                if dice.random() < ILL and (yield from takes_over(world)):
                    continue
                yield from back(world, shift.who)
            case ShiftState.COUNTING:
                yield from count(world, dice)
            case ShiftState.COUNTED:
                yield from sign(world, dice)
            case ShiftState.HANDING_OVER:
                yield from hand_over(world, dice)
    raise AssertionError(f"nobody gets to serve: {seen(world).shift}")


def presses_wrong(world: VirtualWorld, dice: random.Random) -> Doing[None]:
    """Something that is not to be done now, or not by this one, or not alone: it is refused. A supervisor may take over."""
    screen = seen(world)
    shift = screen.window.shift
    if shift is None:
        return
    counter, other = shift.counter or shift.who, dice.choice([who for who in COLLECTORS if who != shift.who])
    acts: dict[ShiftState, tuple[Event, ...]] = {
        ShiftState.OPENING: (
            ev.FloatCounted(other, ((100, 1),)), ev.FloatCounted(shift.who, ((7, 1),)), ev.CountDrafted(other, ()),
            ev.CountDrafted(shift.who, ((100, 1),)), ev.CountAsked(other, title(other)),
        ),
        ShiftState.LOCKED: (ev.CountAsked(other, title(other)), ev.WindowUnlocked(other)),
        ShiftState.COUNTING: (
            ev.DrawerCounted(other, ((100, 1),)), ev.DrawerCounted(counter, ((100, -1),)), ev.CountDrafted(other, ()),
            ev.CountAsked(other, title(other)), ev.CountAsked(SUPERVISOR, title(SUPERVISOR), taken_over=True),
        ),
        ShiftState.COUNTED: (
            ev.RecountAsked(counter), ev.RecountAsked(other, SUPERVISOR), ev.CountAsked(other, title(other)),
            ev.CountAsked(SUPERVISOR, title(SUPERVISOR), taken_over=True), ev.ShiftSigned(other),
        ),
        ShiftState.HANDING_OVER: (
            ev.DrawerAccepted(counter, title(counter)), ev.DrawerDisputed(other, title(other), ((100, 1),)),
            ev.DrawerCleared(counter), ev.DayClosed(SUPERVISOR),
        ),
    }  # fmt: skip
    if screen.shift in acts:
        world.say(dice.choice(acts[screen.shift]))
        yield LOOK_MS


def is_over(world: VirtualWorld, dice: random.Random) -> bool:
    """The shift has lasted long enough, or ends early."""
    shift = open_shift(world)
    return dice.random() < ENDS or world.now().wall_ms - shift.begun_at_ms > SHIFT_MS


def open_shift(world: VirtualWorld) -> Shift:
    """The shift that the screen shows."""
    shift = seen(world).window.shift
    assert shift is not None
    return shift


def state(screen: World) -> object:
    """What most acts of a shift change; a power cut locks a shift that serves."""
    return ShiftState.SERVING if screen.shift is ShiftState.LOCKED else screen.shift


def number(screen: World) -> object:
    """A new shift has a new number."""
    return screen.window.shift_no


# --- it begins ----------------------------------------------------------------------------------------------------
def begin(world: VirtualWorld, dice: random.Random) -> Doing[None]:
    """A collector comes; a supervisor may close the day first."""
    if dice.random() < 0.3:
        world.say(ev.DayClosed(SUPERVISOR))
        yield LOOK_MS
    who = dice.choice(COLLECTORS)
    yield from press(world, who, ev.ShiftBegun(who, title(who)), number)


def take_float(world: VirtualWorld, dice: random.Random) -> Doing[None]:
    """Money out of the safe is laid into the drawer and counted."""
    desk, who = world.counter, open_shift(world).who
    yield from use_key(world)
    if not desk.physical_minor:
        desk.fetch(FLOAT)
    if dice.random() < LEAVES:
        if not (yield from press(world, who, ev.CountAsked(who, title(who)), state)):
            yield from use_key(world)
            desk.carry_all("drawer", "safe")
    else:
        said = counted_pieces(world, dice)
        why = yield from press(world, who, ev.FloatCounted(who, said), state)
        if not why:
            desk.wrong_minor = desk.physical_minor - total_minor(said)
    yield from shut_drawer(world, dice)


def counted_pieces(world: VirtualWorld, dice: random.Random) -> Pieces:
    """What somebody counts in the open drawer; now and then a piece too many or too few."""
    pieces = dict(world.counter.pieces())
    if pieces and dice.random() < MISCOUNTS:
        value = dice.choice(sorted(pieces))
        pieces[value] = max(0, pieces[value] + dice.choice((-1, 1, 2)))
    said = counted(pieces.items())
    world.counter.said.append(total_minor(said))
    return said


# --- it ends ------------------------------------------------------------------------------------------------------
def end(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """The collector has the drawer opened for the count; the rest comes as soon as somebody is to serve."""
    yield from press(world, who, ev.CountAsked(who, title(who)), state)


def takes_over(world: VirtualWorld) -> Doing[bool]:
    """The collector does not come back, and a supervisor counts instead; whether that could be done."""
    asked = ev.CountAsked(SUPERVISOR, title(SUPERVISOR), taken_over=True)
    return (yield from press(world, SUPERVISOR, asked, state)) == ""


def count(world: VirtualWorld, dice: random.Random) -> Doing[None]:
    """The blind count; the drawer was ordered to open for it."""
    who = open_shift(world).counter
    if not world.paper.drawer.is_open:
        yield from open_drawer(world)
    said = counted_pieces(world, dice)
    if dice.random() < DRAFTS:
        half = said[: len(said) // 2]
        world.say(ev.CountDrafted(who, half))
        yield dice.choice((1_000, 20_000))
    yield from press(world, who, ev.DrawerCounted(who, said), lambda screen: (state(screen), _counts(screen)))


def _counts(screen: World) -> int:
    return screen.window.shift.counts if screen.window.shift is not None else 0


def sign(world: VirtualWorld, dice: random.Random) -> Doing[None]:
    """What is over or short is on the screen now: count again, or sign with a reason."""
    shift = open_shift(world)
    who, over_minor = shift.counter, shift.over_minor
    second = SUPERVISOR if who != SUPERVISOR else "sun"
    if over_minor and shift.counts < 3 and dice.random() < 0.5:
        yield from press(world, who, ev.RecountAsked(who, second), state)
        return
    if over_minor and dice.random() < 0.3:
        yield from press(world, who, ev.ShiftSigned(who), state)
    reason: ev.DifferenceReason = dice.choice(("wrong_change", "not_found")) if over_minor else ""
    approved_by = second if abs(over_minor) > ALONE_UP_TO_MINOR else ""
    yield from press(world, who, ev.ShiftSigned(who, reason, approved_by=approved_by), state)


def hand_over(world: VirtualWorld, dice: random.Random) -> Doing[None]:
    """Somebody takes the drawer as it is, counts again, or it goes to the safe."""
    desk, shift = world.counter, open_shift(world)
    before = shift.counter
    follower = dice.choice([who for who in COLLECTORS if who != before])
    chance = dice.random()
    if chance < CLEARS:
        second = SUPERVISOR if before != SUPERVISOR else "sun"
        if not (yield from press(world, before, ev.DrawerCleared(before, second, "B7"), state)):
            yield from use_key(world)
            desk.carry_all("drawer", "safe")
            desk.wrong_minor = 0
    elif chance < CLEARS + DISPUTES:
        if not world.paper.drawer.is_open:
            yield from use_key(world)
        said = counted_pieces(world, dice)
        asked = ev.DrawerDisputed(
            follower, title(follower), said, SUPERVISOR if before != SUPERVISOR else "sun", "again"
        )
        if not (yield from press(world, follower, asked, number)):
            desk.wrong_minor = desk.physical_minor - total_minor(said)
    elif not (yield from press(world, follower, ev.DrawerAccepted(follower, title(follower)), number)):
        desk.wrong_minor = desk.physical_minor - total_minor(shift.counted)
    yield from shut_drawer(world, dice)
