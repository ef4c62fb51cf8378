"""The tables as such: total, connected, and drawn truthfully."""

import re
from itertools import product
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from terminal.fsm import effects, entries, policy
from terminal.fsm import events as ev
from terminal.fsm.draw import NAMES, diagram
from terminal.fsm.effects import AwaitedEffect
from terminal.fsm.recovery import IMPOSSIBLE, RECOVERY
from terminal.fsm.step import step
from terminal.fsm.table import ALWAYS, ANYWHERE, JOINTS, MACHINES, Machine, both
from tests.fsm.lives import Life, random_life

README = Path(__file__).parents[2] / "README.md"
EVENTS: tuple[type[ev.Event], ...] = get_args(ev.Event)
TOLD_ONLY = {effects.Alert, effects.TellPaid, effects.Identify, effects.Ask}
"""Effects without an outcome: who hears of them answers by other events, or not at all."""


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_has_an_answer_in_every_state(event: type[ev.Event]) -> None:
    """In each joint state an event meets an unconditional row, or the answer that belongs to the event itself."""
    if event in ALWAYS or event in ANYWHERE:
        return
    for states in product(*(machine.states for machine in MACHINES)):
        rows = [
            row
            for machine, state in zip(MACHINES, states, strict=True)
            for row in machine.rows
            if state in row.states and row.event is event and row.guard is None
        ]
        assert rows, f"{event.__name__} has no answer in {states}"


def test_nothing_is_left_out_of_the_lists() -> None:
    """The journal, the tables and these tests go by the lists of events, effects and entries."""
    assert set(EVENTS) == set(ev.Fact.__subclasses__())
    assert set(get_args(effects.Effect)) == set(effects.Doing.__subclasses__())
    assert set(get_args(effects.AwaitedEffect)) == set(effects.Doing.__subclasses__()) - TOLD_ONLY
    assert set(get_args(entries.Entry)) == set(entries.Posting.__subclasses__())


def test_the_defaults_name_real_events() -> None:
    """Nothing in ALWAYS or ANYWHERE is outside the list of all events."""
    assert set(ALWAYS) | set(ANYWHERE) <= set(EVENTS)
    assert not set(ALWAYS) & set(ANYWHERE)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.field)
def test_no_row_stands_behind_one_that_always_fits(machine: Machine) -> None:
    """A row after an unconditional one of the same state and event could never be taken."""
    closed: set[tuple[str, type[ev.Event]]] = set()
    for row in machine.rows:
        for state in row.states:
            assert (state, row.event) not in closed, f"{state} × {row.event.__name__}: unreachable row"
            if row.guard is None:
                closed.add((state, row.event))


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.field)
def test_every_state_can_be_reached_and_left(machine: Machine) -> None:
    """No state is drawn but never connected, and from each one every other can be reached."""
    arrows = {(state, row.becomes) for row in machine.rows for state in row.states}
    arrows |= {(state, becomes) for owner, state, becomes, _ in JOINTS if owner is machine}
    for start in machine.states:
        seen, todo = {str(start)}, [str(start)]
        while todo:
            here = todo.pop()
            new = {becomes for state, becomes in arrows if state == here} - seen
            seen |= new
            todo += new
        assert seen == {str(state) for state in machine.states}


def test_recovery_answers_each_pair_exactly_once() -> None:
    """Each effect × finding is either a row of the recovery table or listed as impossible, never both."""
    pairs = {(effect, finding) for effect in get_args(AwaitedEffect) for finding in get_args(ev.Finding)}
    assert set(RECOVERY) | IMPOSSIBLE == pairs
    assert not set(RECOVERY) & IMPOSSIBLE


def test_every_recovery_row_is_explained() -> None:
    """The letters beside the rows and the paragraphs below them are the same."""
    from terminal.fsm import recovery

    with open(recovery.__file__, encoding="utf-8") as file:
        text = file.read()
    table = re.findall(r"# (@[A-Z])\n", text)
    paragraphs = re.findall(r"^(@[A-Z])  ", text, re.MULTILINE)
    assert len(table) == len(RECOVERY)
    assert table == paragraphs


def test_every_transition_of_the_tables_is_taken() -> None:
    """Random lives, with and without a change giver, take every row there is; a row that never fits would be dead."""
    taken: set[tuple[str, str, str, str]] = set()
    for seed in range(120):
        accept_minor = (100, 1000) if seed % 4 == 1 else ()
        payout_limit_minor = 1500 if seed % 2 else 0
        for life, event, before in random_life(
            seed,
            1500,
            payout_limit_minor=payout_limit_minor,
            accept_minor=accept_minor,
            receipt="on_request" if seed % 4 < 2 else "always",
        ):
            for machine in MACHINES:
                after = getattr(life.world, machine.field)
                taken.add((machine.field, str(getattr(before, machine.field)), type(event).__name__, str(after)))
    rows = {
        (machine.field, str(state), row.event.__name__, str(row.becomes))
        for machine in MACHINES
        for row in machine.rows
        for state in row.states
    }
    dead = sorted(rows - taken)
    assert not dead, "\n".join(map(str, dead))
    joints = {(machine.field, state, becomes) for machine, state, becomes, _ in JOINTS}
    moves = {move for move in taken - rows if move[1] != move[3]}
    assert {(field, state, becomes) for field, state, _, becomes in moves} == joints, "only joints move another machine"


def test_step_leaves_the_world_it_was_given_as_it_was() -> None:
    """The core is pure: the same world, event and moment give the same outcome, and the world before is unchanged."""
    for life, event, before in random_life(7, 1500):
        image = msgspec.msgpack.encode(before)
        once, twice = step(before, event, life.now), step(before, event, life.now)
        assert once == twice
        assert msgspec.msgpack.encode(before) == image


def test_a_world_survives_its_snapshot() -> None:
    """Encoding a world and reading it back gives the same world, at any moment of a life."""
    decode = msgspec.msgpack.Decoder(type(Life().world)).decode
    for life, _, _ in random_life(8, 500):
        assert decode(msgspec.msgpack.encode(life.world)) == life.world


def test_two_guards_in_one_have_both_names() -> None:
    """Whoever reads a list of rows sees what must hold."""
    assert both(policy.covered, policy.bill_taken).__name__ == "covered and bill_taken"
    assert both(policy.covered, None) is policy.covered


def test_diagrams_show_every_change_of_state() -> None:
    """Each arrow of the tables stands in the Mermaid text."""
    for machine in MACHINES:
        text = diagram(machine)
        for row in machine.rows:
            for state in row.states:
                assert state == row.becomes or f"{state} --> {row.becomes}:" in text
    assert set(NAMES.values()) == set(MACHINES)


def test_a_diagram_is_drawn_to_the_letter() -> None:
    """Arrows in the order of the rows, three events on each and the number of the others; joints last."""
    assert diagram(NAMES["printer"]).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> FREE",
        "    BUSY --> FREE: Printed, PrintInDoubt, EffectFound",
        "    FREE --> BUSY: print_papers, print_receipt, note_staff_act",
    ]
    assert diagram(NAMES["cash"]).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> EMPTY",
        "    EMPTY --> STACKING: BillHeld",
        "    EMPTY --> RETURNING: BillHeld",
        "    STACKING --> EMPTY: BillStacked, BillReturned, EffectFound +1",
        "    STACKING --> RETURNING: BillHeld",
        "    RETURNING --> EMPTY: BillReturned, BillStacked, EffectFound",
        "    RETURNING --> STACKING: BillHeld",
    ]
    assert f"```mermaid\n{diagram(NAMES['sale'])}\n```" in README.read_text("utf-8")


def test_states_are_called_by_their_names() -> None:
    """Journals, screens and pictures all have the name that stands in the tables."""
    assert all(state.value == state.name for machine in MACHINES for state in machine.states)
