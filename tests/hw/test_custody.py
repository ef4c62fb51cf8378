"""Who has the note: what a report settles, and how the fate of a sought note is judged."""

from dataclasses import replace

import pytest

from terminal.fsm.effects import ReturnBill, StackBill
from terminal.fsm.events import BillHeld, BillReturned, BillStacked, EffectFound, Event, Finding
from terminal.hw.validators.custody import Custody, Evidence, Note

NOTE = Note(1000, "77", count_before=5)
SILENT = Evidence(unit="77", count=None, stacked=False, went_back=False)


@pytest.mark.parametrize(
    ("evidence", "finding"),
    [
        (SILENT, "nothing"),
        (replace(SILENT, unit="78", stacked=True, count=6), "other_unit"),
        (replace(SILENT, stacked=True), "in_box"),
        (replace(SILENT, stacked=True, went_back=True), "in_box"),
        (replace(SILENT, went_back=True), "given_back"),
        (replace(SILENT, count=6), "in_box"),
        (replace(SILENT, count=5), "given_back"),
        (replace(SILENT, count=4), "nothing"),  # somebody has reset the counters
        (replace(SILENT, count=4, went_back=True), "given_back"),
    ],
)
def test_judgement(evidence: Evidence, finding: Finding) -> None:
    """Unit first, then what was seen, then the counters."""
    assert evidence.judge(NOTE) == finding


@pytest.mark.parametrize(("count", "finding"), [(6, "in_box"), (5, "nothing")])
def test_a_counter_that_has_not_moved_says_nothing_of_a_note_that_was_stuck(count: int, finding: Finding) -> None:
    """Staff may have put it into the box by hand, and no counter saw that."""
    assert replace(SILENT, count=count).judge(replace(NOTE, jammed=True)) == finding


def test_a_jam_stays_with_the_note() -> None:
    """Whether the device tells of it now, or an earlier life of the program has heard of it."""
    ledger = Ledger()
    ledger.custody.ask("8.0", StackBill(1000, "77", 5), jammed=True)
    ledger.custody.judge(replace(SILENT, count=5))
    ledger.custody.hold(1000, "77", 5, now_ms=0)
    ledger.custody.decide("9.0", StackBill(1000))
    ledger.custody.jammed()
    ledger.custody.seek()
    ledger.custody.judge(replace(SILENT, count=5))
    assert ledger.said[0] == EffectFound("8.0", "nothing", 0)
    assert ledger.said[-1] == EffectFound("9.0", "nothing", 0)


def test_counters_say_nothing_without_a_count_before() -> None:
    """A count alone does not tell whether this note is in it."""
    assert replace(SILENT, count=6).judge(replace(NOTE, count_before=None)) == "nothing"


class Ledger:
    """A custody and what it said."""

    def __init__(self) -> None:
        self.said: list[Event] = []
        self.custody = Custody(self.said.append)


def test_note_of_this_life() -> None:
    """Held, decided, settled: in plain words."""
    ledger = Ledger()
    ledger.custody.hold(1000, "77", 5, now_ms=0)
    assert ledger.custody.decide("1.0", StackBill(1000))
    assert ledger.custody.settle("in_box", 1000, "77")
    assert ledger.said == [BillHeld(1000, "77", 5), BillStacked(1000)]
    assert not ledger.custody


def test_device_names_another_value() -> None:
    """While a note's story is whole, the device's last word on its value counts."""
    ledger = Ledger()
    ledger.custody.hold(1000, "77", 5, now_ms=0)
    ledger.custody.decide("1.0", StackBill(1000))
    assert ledger.custody.settle("in_box", 500, "77")
    assert ledger.said[-1] == BillStacked(500)


@pytest.mark.parametrize(("amount_minor", "unit", "fits"), [(1000, "77", True), (0, "77", True), (1000, "", True),
                                                            (500, "77", False), (1000, "78", False)])  # fmt: skip
def test_sought_note_must_fit(amount_minor: int, unit: str, fits: bool) -> None:
    """A note that was lost sight of is settled only by a report of its own value and unit, or of an unknown one."""
    ledger = Ledger()
    ledger.custody.ask("8.0", StackBill(1000, "77", 5))
    assert ledger.custody.settle("in_box", amount_minor, unit) is fits
    assert ledger.said == [EffectFound("8.0", "in_box", 1000)] * fits


def test_asked_twice_is_answered_once() -> None:
    """The same question again changes nothing."""
    ledger = Ledger()
    ledger.custody.ask("8.0", StackBill(1000))
    ledger.custody.ask("8.0", StackBill(1000))
    ledger.custody.judge(SILENT)
    assert ledger.said == [EffectFound("8.0", "nothing")]


def test_note_that_was_held_when_the_cable_went() -> None:
    """It was never accepted: nobody waits for an effect, so it is said to be back."""
    ledger = Ledger()
    ledger.custody.hold(1000, "77", 5, now_ms=0)
    ledger.custody.seek()
    ledger.custody.judge(SILENT)
    assert ledger.said[-1] == BillReturned(1000, "by_device")


def test_decision_while_the_cable_is_out() -> None:
    """The decision comes too late to be acted on, and gets the outcome that is found later."""
    ledger = Ledger()
    ledger.custody.hold(1000, "77", 5, now_ms=0)
    ledger.custody.seek()
    assert not ledger.custody.decide("1.0", StackBill(1000))
    ledger.custody.judge(SILENT)
    assert ledger.said[-1] == EffectFound("1.0", "nothing")


def test_no_word_for_long() -> None:
    """A note of which the device tells nothing is sought after a while, and then judged."""
    ledger = Ledger()
    ledger.custody.hold(1000, "77", 5, now_ms=0)
    ledger.custody.decide("1.0", ReturnBill(1000, "too_large"))
    for _ in range(3):
        ledger.custody.judge(SILENT)
        assert len(ledger.said) == 1
        ledger.custody.heard_nothing(3)
    ledger.custody.judge(replace(SILENT, went_back=True))
    assert ledger.said[-1] == BillReturned(1000, "too_large")


def test_another_note_of_the_same_value_came_back() -> None:
    """A sought note lies in the box by the counters: a report that one of its value came back is of another one."""
    ledger = Ledger()
    ledger.custody.ask("1.0", StackBill(1000, "77", 5))
    assert ledger.custody.settle("given_back", 1000, "77")
    assert not ledger.said
    ledger.custody.judge(replace(SILENT, went_back=True, count=6))
    assert ledger.said == [EffectFound("1.0", "in_box", 1000)]


def test_a_note_came_back_and_nothing_counts() -> None:
    """Without counters it is believed in the life that let the note in, and in doubt after another one: the report may mean a
    note of the same value that was put in while nobody listened."""
    ledger = Ledger()
    ledger.custody.hold(1000, "77", None, now_ms=0)
    ledger.custody.decide("1.0", StackBill(1000, "77", None))
    ledger.custody.seek()
    assert ledger.custody.settle("given_back", 1000, "77")
    ledger.custody.ask("2.0", StackBill(1000, "77", None))
    assert ledger.custody.settle("given_back", 1000, "77")
    ledger.custody.judge(SILENT)
    assert ledger.said[1:] == [BillReturned(1000, "by_device"), EffectFound("2.0", "nothing", 0)]
