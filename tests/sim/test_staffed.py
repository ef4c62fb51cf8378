"""Staffed days: the promises of a window hold, its checkers can fail, and what hands do wrong is known."""

from collections.abc import Callable, Iterator

import pytest

from sim.counter import CounterDesk
from sim.devices.drawer import CashDrawer
from sim.faults import PROFILES, only
from sim.kiosk import RANGE, first_of_range
from sim.soak import Life, Soak
from terminal.fsm.effects import OpenDrawer
from terminal.fsm.entries import ReceiptIssued
from terminal.fsm.window_entries import (
    CorrectionBooked,
    DrawerHandedOver,
    DrawerMoved,
    NoteRedeemed,
    NoteSuspectBooked,
    ShiftClosed,
    ShiftCounted,
    ShiftOpened,
    WindowEntry,
)
from terminal.store.record import Record

Damage = Callable[[Soak], None]


@pytest.fixture
def lived() -> Iterator[Soak]:
    """A calm morning at a window whose promises hold, with its world still there."""
    soak = Soak(Life(1, PROFILES["calm"], 0.2, role="window"))
    close, soak.world.close = soak.world.close, lambda: None  # type: ignore[method-assign]
    assert soak.run().broken == []
    yield soak
    close()


def enter(soak: Soak, *entries: WindowEntry | ReceiptIssued) -> None:
    """The journal says this too."""
    soak.shifts.take([Record(soak.ledger.head + 1, 0, 0, event=None, entries=entries)])  # type: ignore[arg-type]


# --- days ---------------------------------------------------------------------------------------------------------
def test_a_calm_day_at_a_window() -> None:
    """Without faults payers pay, several shifts follow each other, and what hands did wrong is all that is over or short."""
    soak = Soak(Life(2, PROFILES["calm"], 1.0, role="window"))
    found = soak.run()
    assert (found.broken, found.deaths) == ([], 0)
    assert found.paid > 0.8 * found.payers > 100
    assert found.receipts > 100
    assert len({shift.who for shift in soak.shifts.shifts.values()}) > 1
    assert {shift.handed for shift in soak.shifts.shifts.values()} >= {"accepted", "cleared"}


def test_receipt_numbers_through_power_cuts() -> None:
    """None is left out and none is given twice, however often the power goes."""
    soak = Soak(Life(1, only("power-cut"), 0.5, role="window"))
    found = soak.run()
    assert found.broken == []
    assert found.deaths > 15
    assert found.receipts > 100


def test_a_new_range_of_receipt_numbers() -> None:
    """A range ends, the office gives another one, and the window sells on with its first number."""
    soak = Soak(Life(5, PROFILES["calm"], 1.6, sales_per_day=400, role="window"))
    found = soak.run()
    assert found.broken == []
    assert found.receipts > RANGE
    assert soak.world.screen is not None and soak.world.screen.receipt_no >= first_of_range(2)


# --- hands --------------------------------------------------------------------------------------------------------
def test_hands_neither_make_nor_lose_money() -> None:
    """What is carried and changed by a neighbour is worth what it was."""
    desk = CounterDesk(CashDrawer())
    desk.cash.drawer.unlock()
    desk.fetch(((10_000, 1), (500, 1)))
    desk.give(1_230, "drawer", "payer")
    assert desk.physical_minor == 10_500 - 1_230
    assert all(count >= 0 for _, count in desk.pieces())


# --- each checker can fail ----------------------------------------------------------------------------------------
def steal(soak: Soak) -> None:
    """A note leaves the drawer, and no hand is known to have done it."""
    soak.world.counter.cash.drawer.pieces[1_000] -= 1


def forget_a_movement(soak: Soak) -> None:
    """Money was put into the drawer, the books say, and it is not there."""
    shift = soak.shifts.last
    assert shift is not None
    enter(soak, DrawerMoved(shift.shift_no, "tender", 500, 1, "li"))


def count_what_nobody_said(soak: Soak) -> None:
    """The books have another count than the hands."""
    shift = soak.shifts.last
    assert shift is not None
    enter(soak, ShiftCounted(shift.shift_no, 1, "li", shift.sum_minor, 123_456))


def expect_otherwise(soak: Soak) -> None:
    """What a count is held against is not what moved."""
    shift = soak.shifts.last
    assert shift is not None
    enter(soak, ShiftCounted(shift.shift_no, 1, "li", shift.sum_minor + 10, shift.sum_minor))


def net_a_difference(soak: Soak) -> None:
    """A Z is signed as if nothing were short."""
    shift = soak.shifts.last
    assert shift is not None
    z_no = soak.shifts._z_no + 1
    counted = ShiftCounted(shift.shift_no, 1, "li", shift.sum_minor, shift.sum_minor - 500)
    closed = ShiftClosed(shift.shift_no, z_no, "li", shift.sum_minor, shift.sum_minor - 500, 0, "", "", "", "", "")
    enter(soak, counted, closed)


def sign_alone(soak: Soak) -> None:
    """A large difference has one signature."""
    shift = soak.shifts.last
    assert shift is not None
    z_no, counted_minor = soak.shifts._z_no + 1, shift.sum_minor - 5_000
    counted = ShiftCounted(shift.shift_no, 1, "li", shift.sum_minor, counted_minor)
    closed = ShiftClosed(
        shift.shift_no, z_no, "li", shift.sum_minor, counted_minor, -5_000, "not_found", "", "", "", ""
    )
    enter(soak, counted, closed)


def leave_a_shift_out(soak: Soak) -> None:
    """A shift begins before the drawer of the last one was handed over, and a number is missing."""
    enter(soak, ShiftOpened(99, "li", "Li"))


def hand_over_nothing(soak: Soak) -> None:
    """A drawer that nobody has counted changes hands."""
    shift = soak.shifts.last
    assert shift is not None
    enter(soak, DrawerHandedOver(shift.shift_no, "accepted", 100, "zhao"))


def skip_a_number(soak: Soak) -> None:
    """A receipt number is missing."""
    enter(soak, ReceiptIssued(soak.shifts._receipt_no + 2, 9_999))


def leave_the_range(soak: Soak) -> None:
    """A receipt number is beyond those that were given."""
    soak.shifts._receipt_no = 8_000
    enter(soak, ReceiptIssued(8_001, 9_999))


def kick_unordered(soak: Soak) -> None:
    """The drawer gets a pulse too many."""
    soak.world.paper.drawer_kicks = soak.shifts.drawer_orders + 1


def honour_twice(soak: Soak) -> None:
    """A credit note is paid out again."""
    (terminal_id, number), amount_minor = next(iter(soak.shifts.redeemed.items()))
    enter(soak, NoteRedeemed(terminal_id, number, amount_minor, None, 1, "li"))


def honour_a_forgery(soak: Soak) -> None:
    """A credit note counts that nobody has printed."""
    enter(soak, NoteRedeemed("k02", 9_999, 500, None, 1, "li"))


def give_too_much_back(soak: Soak) -> None:
    """More goes back than was paid."""
    sale_no = max(soak.shifts._paid)
    enter(
        soak,
        CorrectionBooked(
            99, 1, "refund", sale_no, 1, 10**6, "cash", "", "wrong_price", "", "li", "wang"
        ),
    )  # fmt: skip


def void_alone(soak: Soak) -> None:
    """A void has one name under it."""
    enter(soak, CorrectionBooked(99, 1, "void", max(soak.shifts._paid), 1, 0, "cash", "", "wrong_item", "", "li", "li"))


def drop_alone(soak: Soak) -> None:
    """Nobody was there when money left the drawer."""
    shift = soak.shifts.last
    assert shift is not None
    enter(soak, DrawerMoved(shift.shift_no, "drop", 0, None, "li"))


def keep_a_note_alone(soak: Soak) -> None:
    """Nobody was there when a suspect note was kept."""
    enter(soak, NoteSuspectBooked(1, 5_000, "", "kept", "li", "", ""))


def see_something(soak: Soak) -> None:
    """Somebody at the window saw what must not be."""
    soak.world.counter.wrong.append("drawer: nobody was told")


@pytest.mark.parametrize(
    "damage",
    [
        steal, forget_a_movement, count_what_nobody_said, expect_otherwise, net_a_difference, sign_alone, leave_a_shift_out,
        hand_over_nothing, skip_a_number, leave_the_range, kick_unordered, honour_twice, honour_a_forgery,
        give_too_much_back, void_alone, drop_alone, keep_a_note_alone, see_something,
    ],
)  # fmt: skip
def test_every_checker_of_a_window_can_fail(lived: Soak, damage: Damage) -> None:
    """Each kind of damage, done on purpose, is said."""
    assert list(lived.window_promises.broken()) == []
    damage(lived)
    assert list(lived.window_promises.broken()) != []


def test_orders_for_the_drawer_are_counted(lived: Soak) -> None:
    """One more order allows one more pulse."""
    effect = OpenDrawer("no_sale")
    lived.shifts.take([Record(lived.ledger.head + 1, 0, 0, event=None, effects=(effect,))])  # type: ignore[arg-type]
    lived.world.paper.drawer_kicks = lived.shifts.drawer_orders
    assert list(lived.window_promises.broken()) == []
