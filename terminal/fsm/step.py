"""The core: `step(world, event, now)` decides, and does nothing.

Pure and total: the world that comes in is left as it is, every event has an answer in every state, and the same world,
event and moment always give the same outcome. All decisions stand in `table.py`; this file only walks the tables.
"""

from copy import copy
from typing import NamedTuple, get_args

from terminal.clock import Instant
from terminal.fsm.effects import Effect
from terminal.fsm.entries import Entry
from terminal.fsm.events import DrawerOverdue, Event, TimedOut
from terminal.fsm.table import ALWAYS, ANYWHERE, MACHINES, Action, Guard, Machine
from terminal.fsm.turn import Turn
from terminal.fsm.world import World

Answers = tuple[tuple[Guard, str, tuple[Action, ...]], ...]
"""What a machine may answer to an event in a state, in the order of its rows."""


class Outcome(NamedTuple):
    """What comes of one event: the new world, what shall be done, what goes into the books."""

    world: World
    effects: list[Effect]
    entries: list[Entry]


class Hearing(NamedTuple):
    """All that the tables say of one event, so that a step looks up instead of searching."""

    always: tuple[Action, ...]
    machines: tuple[tuple[str, dict[str, Answers]], ...]
    """Field of the world and answers by state, for the machines that have a row for the event."""
    anywhere: tuple[Action, ...]


def hearing(event: type[Event], tables: tuple[Machine, ...] = MACHINES) -> Hearing:
    """What these tables say of an event."""
    machines = []
    for machine in tables:
        answers: dict[str, Answers] = {}
        for states, heard, guard, becomes, actions in machine.rows:
            if heard is event:
                for state in states:
                    answers[state] = (*answers.get(state, ()), (guard, becomes, actions))
        if answers:
            machines.append((machine.field, answers))
    return Hearing(ALWAYS.get(event, ()), tuple(machines), ANYWHERE.get(event, ()))


HEARINGS = {event: hearing(event) for event in get_args(Event)}
"""The tables by event."""


def step(world: World, event: Event, now: Instant) -> Outcome:
    """Decide what an event means. Raises only on a bug (an assertion), never on what the outside world does."""
    kind = type(event)
    always, machines, anywhere = HEARINGS[kind]
    world = copy(world)
    world.seq += 1
    if kind is TimedOut:
        world.drop_deadlines(now.up_ms)
    elif kind is DrawerOverdue:
        world.drawer_due_ms = None
    turn = Turn(world, event, now)
    for action in always:
        action(turn)
    handled = False
    for field, answers in machines:
        for guard, becomes, actions in answers.get(getattr(world, field), ()):
            if guard is None or guard(turn):
                setattr(world, field, becomes)
                for action in actions:
                    action(turn)
                handled = True
                break
    if not handled:
        for action in anywhere:
            action(turn)
    return Outcome(world, turn.effects, turn.entries)
