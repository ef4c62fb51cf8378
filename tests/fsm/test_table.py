"""The tables as such: total, connected, and drawn truthfully."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from terminal.fsm import effects, entries, kinds, policy
from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.draw import NAMES, diagram
from terminal.fsm.effects import AwaitedEffect
from terminal.fsm.recovery import IMPOSSIBLE, RECOVERY
from terminal.fsm.step import step
from terminal.fsm.table import ALWAYS, ANYWHERE, JOINTS, MACHINES, Machine, both
from terminal.fsm.window_rules import WindowRules
from terminal.fsm.world import World, new_world
from tests.fsm.lives import Life, random_life, rules
from tests.fsm.test_window_money import walk as walk_window
from tests.fsm.window_lives import serving

README = Path(__file__).parents[2] / "README.md"
EVENTS: tuple[type[ev.Event], ...] = get_args(ev.Event)
TOLD_ONLY = {effects.Alert, effects.TellPaid, effects.TellRedeemed, effects.Identify, effects.Ask}
"""Effects without an outcome: who hears of them answers by other events, or not at all."""


SOMEBODY_COMES = wev.ShiftBegun("li", "Li")
"""Nobody can work at a kiosk."""
TAKEN_OVER = wev.CountAsked("wang", "Wang", taken_over=True)
"""With a sale half paid and the service door open: no random life comes by there."""


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
    assert set(EVENTS) == set(kinds.Fact.__subclasses__())
    assert set(get_args(effects.Effect)) == set(kinds.Doing.__subclasses__())
    assert set(get_args(effects.AwaitedEffect)) == set(kinds.Doing.__subclasses__()) - TOLD_ONLY
    assert set(get_args(entries.Entry)) == set(kinds.Posting.__subclasses__())


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


EXCUSED = {
    ("state", "PRICED", "SaleSuspended", "OUT_OF_SERVICE"),
    ("state", "PRICED", "SaleSuspended", "SERVICE"),
    ("state", "PAYING", "CountAsked", "IDLE"),
    ("state", "PRICED", "CountAsked", "IDLE"),
    ("state", "PRICED", "CountAsked", "SERVICE"),
}
"""Rows that are there for the form: a price is not shown while nothing can be sold, and nothing is sold during a count."""


def kiosk_steps() -> Iterator[tuple[World, ev.Event, World]]:
    """A world, an event, and the world after it."""
    for seed in range(120):
        for life, event, before in random_life(
            seed,
            1500,
            payout_limit_minor=1500 if seed % 2 else 0,
            accept_minor=(100, 1000) if seed % 4 == 1 else (),
            receipt="on_request" if seed % 4 < 2 else "always",
        ):
            yield before, event, life.world
    kiosk = Life().boot()
    before = kiosk.world
    yield before, SOMEBODY_COMES, kiosk.say(SOMEBODY_COMES).world


def window_steps() -> Iterator[tuple[World, ev.Event, World]]:
    """Likewise."""
    for seed in range(60):
        before = new_world()
        for life, _, event in walk_window(seed, 1500):
            yield before, event, life.world
            before = life.world
    life = serving()
    life.scan()
    life.tender(400)
    life.boot()
    before = life.say(ev.DoorOpened()).world
    yield before, TAKEN_OVER, life.say(TAKEN_OVER).world
    life = serving()
    before, no_numbers = life.world, ev.RulesChanged(rules(window=WindowRules(last_receipt_no=0), devices=("printer",)))
    yield before, no_numbers, life.say(no_numbers).world


def test_every_transition_of_the_tables_is_taken() -> None:
    """Random lives, of kiosks and of windows, take every row there is; one that never fits would be dead."""
    taken: set[tuple[str, str, str, str]] = set()
    for before, event, after in (*kiosk_steps(), *window_steps()):
        for machine in MACHINES:
            was, is_now = str(getattr(before, machine.field)), str(getattr(after, machine.field))
            taken.add((machine.field, was, type(event).__name__, is_now))
    rows = {
        (machine.field, str(state), row.event.__name__, str(row.becomes))
        for machine in MACHINES
        for row in machine.rows
        for state in row.states
    }
    dead = sorted(rows - taken - EXCUSED)
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
    assert {machine.field for machine in NAMES.values()} == {machine.field for machine in MACHINES}


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
