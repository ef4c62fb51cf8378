"""`step` against the same tables in the package `transitions`.

Both sides hear the same events and run the same guards and actions, row by row, on a `Turn`; only who walks the tables
differs. `transitions` gets one machine a table, all on one model, and is spared what makes `step` pure: its world is not
copied but changed in place. Both must end in the same world.

What the guards and actions cost by themselves is the same on both sides and hides the difference. So it is measured too, the
calls of each event one after the other with no table in sight, and the aim is for what is left: finding the rows, asking in
order, changing state.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from transitions import Machine as Machinery

from terminal.clock import Instant
from terminal.fsm.events import Event, TimedOut
from terminal.fsm.step import step
from terminal.fsm.table import ALWAYS, ANYWHERE, MACHINES, Machine
from terminal.fsm.turn import Turn
from terminal.fsm.world import NO_RULES, World, new_world
from tests.bench.measure import Finding, Say, alternate
from tests.bench.visits import some

ROUNDS = 24
EVENTS = 2_600
"""200 visits."""
AIM = 10.0

Story = list[tuple[Event, Instant]]
Call = Callable[[Turn], bool | None]
Lived = tuple[float, World]
"""Seconds that a story took, and the world after it."""


class Actor(World, dict=True):
    """A world that triggers can be hung on."""


class Driven:
    """The core as `transitions` would drive it; `watch` is put around each guard and action."""

    def __init__(self, watch: Callable[[Call], Call] = lambda call: call) -> None:
        self.world = Actor(rules=NO_RULES)
        self._watch = watch
        self._triggers: dict[type[Event], list[Callable[[Turn], bool]]] = {}
        for machine in MACHINES:
            self._hang(machine)
        self._always, self._anywhere = self._watched(ALWAYS), self._watched(ANYWHERE)

    def hear(self, event: Event, now: Instant) -> Turn:
        """What `step` does around its tables, and a trigger a table."""
        world, kind = self.world, type(event)
        turn = Turn(world, event, now)
        world.seq += 1
        if kind is TimedOut:
            world.drop_deadlines(now.up_ms)
        for action in self._always.get(kind, ()):
            action(turn)
        handled = [trigger(turn) for trigger in self._triggers.get(kind, ())]
        if not any(handled):
            for action in self._anywhere.get(kind, ()):
                action(turn)
        return turn

    def _hang(self, machine: Machine) -> None:
        machinery = Machinery(
            self.world,
            states=list(machine.states),
            initial=getattr(self.world, machine.field),
            auto_transitions=False,
            ignore_invalid_triggers=True,
            model_attribute=machine.field,
        )
        for states, event, guard, becomes, actions in machine.rows:
            name = f"{machine.field}_{event.__name__}"
            machinery.add_transition(
                name,
                list(states),
                becomes,
                conditions=None if guard is None else self._watch(guard),
                after=[self._watch(action) for action in actions],
            )
        for event in dict.fromkeys(row.event for row in machine.rows):
            self._triggers.setdefault(event, []).append(getattr(self.world, f"{machine.field}_{event.__name__}"))

    def _watched(self, table: dict[type[Event], tuple[Callable[[Turn], None], ...]]) -> dict[type[Event], list[Call]]:
        return {event: [self._watch(action) for action in actions] for event, actions in table.items()}


class Work:
    """What the guards and actions do, event by event, without any table: their calls and the changes of state between."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._moves: list[list[Call | tuple[str, object]]] = []
        self._states: dict[str, object] = {}
        driven = Driven(self._watch)
        self._look(driven.world)
        for event, now in story:
            self._moves.append([])
            driven.hear(event, now)
            self._note_states(driven.world)

    def done_again(self) -> Lived:
        """All of it once more, in a new world; what a `Turn` costs is not counted as work."""
        world = new_world()
        turns = [Turn(world, event, now) for event, now in self._story]
        began = time.perf_counter()
        for turn, moves in zip(turns, self._moves, strict=True):
            world.seq += 1
            if type(turn.event) is TimedOut:
                world.drop_deadlines(turn.now.up_ms)
            for move in moves:
                if isinstance(move, tuple):
                    setattr(world, *move)
                else:
                    move(turn)
        return time.perf_counter() - began, world

    def _watch(self, call: Call) -> Call:
        def watched(turn: Turn) -> bool | None:
            self._note_states(turn.world)
            self._moves[-1].append(call)
            result = call(turn)
            self._look(turn.world)
            return result

        return watched

    def _look(self, world: World) -> None:
        self._states = {machine.field: getattr(world, machine.field) for machine in MACHINES}

    def _note_states(self, world: World) -> None:
        before = self._states
        self._look(world)
        self._moves[-1] += [(field, state) for field, state in self._states.items() if state is not before[field]]


def by_step(story: Story) -> Lived:
    """The story by our own `step`."""
    world = new_world()
    began = time.perf_counter()
    for event, now in story:
        world = step(world, event, now).world
    return time.perf_counter() - began, world


def by_transitions(story: Story) -> Lived:
    """The story by `transitions`."""
    driven = Driven()
    began = time.perf_counter()
    for event, now in story:
        driven.hear(event, now)
    return time.perf_counter() - began, driven.world


def microseconds(live: Callable[[], Lived]) -> Callable[[], float]:
    """A round: how long one event takes."""
    return lambda: live()[0] / EVENTS * 1e6


def same(worlds: Iterable[World]) -> bool:
    """Whether worlds are alike in every field."""
    first, *others = ([getattr(world, field) for field in World.__struct_fields__] for world in worlds)
    return all(other == first for other in others)


def bench(folder: Path, say: Say) -> list[Finding]:
    """Two findings: the tables alone, which the aim is for, and with the guards' and actions' own work."""
    story = [(record.event, Instant(record.at_ms, record.up_ms)) for record in some(EVENTS)]
    work = Work(story)
    lives: dict[str, Callable[[], Lived]] = {
        "step": lambda: by_step(story),
        "transitions": lambda: by_transitions(story),
        "work": work.done_again,
    }
    if not same(live()[1] for live in lives.values()):
        raise AssertionError("the contestants do not do the same")
    figures = alternate(ROUNDS, say, {name: microseconds(live) for name, live in lives.items()})
    ours, theirs, work_us = figures["step"], figures["transitions"], figures["work"]
    tables, their_tables = 1e6 / (ours - work_us), 1e6 / (theirs - work_us)
    return [
        Finding(
            "step, the tables alone", "events/s", tables, their_tables, "transitions, the same tables alone",
            f"ratio >= {AIM:g}", tables >= AIM * their_tables,
        ),
        Finding(
            "step, with the work that its rows do", "events/s", 1e6 / ours, 1e6 / theirs,
            "transitions, the same work", "", None,
        ),
    ]  # fmt: skip
