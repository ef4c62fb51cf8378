"""The core: `step(world, event, now)` decides, and does nothing.

Pure and total: the world that comes in is left as it is, every event has an answer in every state, and the same world,
event and moment always give the same outcome. All decisions stand in `table.py`; this file only walks the tables.
"""

from copy import copy
from typing import NamedTuple

from terminal.clock import Instant
from terminal.fsm.effects import Effect
from terminal.fsm.entries import Entry
from terminal.fsm.events import Event, TimedOut
from terminal.fsm.table import ALWAYS, ANYWHERE, MACHINES, Action, Guard
from terminal.fsm.turn import Turn
from terminal.fsm.world import World

Answers = tuple[tuple[Guard, str, tuple[Action, ...]], ...]


class Outcome(NamedTuple):
    """What comes of one event: the new world, what shall be done, what goes into the books."""

    world: World
    effects: list[Effect]
    entries: list[Entry]


def _compile() -> tuple[tuple[str, dict[tuple[str, type[Event]], Answers]], ...]:
    """The tables by (state, event), so that a step looks up instead of searching."""
    machines = []
    for machine in MACHINES:
        answers: dict[tuple[str, type[Event]], Answers] = {}
        for states, event, guard, becomes, actions in machine.rows:
            for state in states:
                answers[state, event] = (*answers.get((state, event), ()), (guard, becomes, actions))
        machines.append((machine.field, answers))
    return tuple(machines)


_ANSWERS = _compile()


def step(world: World, event: Event, now: Instant) -> Outcome:
    """Decide what an event means. Raises only on a bug (an assertion), never on what the outside world does."""
    turn = Turn(copy(world), event, now)
    world, kind = turn.world, type(event)
    world.seq += 1
    if kind is TimedOut:
        world.wake_at_ms = None
    for action in ALWAYS.get(kind, ()):
        action(turn)
    handled = False
    for field, answers in _ANSWERS:
        for guard, becomes, actions in answers.get((getattr(world, field), kind), ()):
            if guard is None or guard(turn):
                setattr(world, field, becomes)
                for action in actions:
                    action(turn)
                handled = True
                break
    if not handled:
        for action in ANYWHERE.get(kind, ()):
            action(turn)
    return Outcome(world, turn.effects, turn.entries)
