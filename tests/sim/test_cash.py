"""Cash outside of machines: nothing appears, nothing gets lost, and a shut drawer keeps what it has."""

from collections import Counter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cash import FLOAT, SAFE, Cash, Place, pieces_for, worth
from sim.devices.drawer import CashDrawer
from terminal.shift.pieces import DENOMINATIONS, counted, total_minor

PLACES = st.sampled_from(get_args(Place))
VALUES = st.sampled_from(DENOMINATIONS["CNY"])


@given(st.lists(st.tuples(PLACES, PLACES, VALUES, st.integers(1, 30), st.booleans())))
def test_nothing_appears_and_nothing_gets_lost(moves: list[tuple[Place, Place, int, int, bool]]) -> None:
    """Whatever is carried where, there is as much of each denomination as before; only a purse may go below zero."""
    cash = Cash(CashDrawer())
    for origin, goal, value, count, is_open in moves:
        cash.drawer.is_open = is_open
        cash.carry(origin, goal, value, count)
        together: Counter[int] = Counter()
        for place in get_args(Place):
            together.update(cash.at(place))
            assert place == "payer" or min(cash.at(place).values(), default=0) >= 0
        assert {value: count for value, count in together.items() if count} == SAFE


def test_a_shut_drawer_keeps_what_it_has() -> None:
    """Hands reach in only while it is open, by its magnet or by its key."""
    cash = Cash(CashDrawer())
    assert cash.carry("safe", "drawer", 1000, 2) == "the drawer is shut"
    cash.drawer.pulse()
    assert cash.carry("safe", "drawer", 1000, 2) == ""
    assert cash.carry("drawer", "payer", 1000, 3) == "there are not so many pieces of that"
    cash.drawer.push_shut()
    assert cash.carry("drawer", "payer", 1000, 1) == "the drawer is shut"
    assert (worth(cash.drawer.pieces), cash.safe_gained_minor) == (2000, -2000)


@pytest.mark.parametrize(
    ("stuck", "connected", "opens"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_the_magnet(stuck: bool, connected: bool, opens: bool) -> None:
    """A pulse opens it unless it sticks or its cable is out; the key always does, and the switch tells it through the cable."""
    drawer = CashDrawer()
    drawer.stuck, drawer.connected = stuck, connected
    drawer.pulse()
    assert drawer.is_open == opens
    drawer.unlock()
    assert drawer.is_open and drawer.switch_open == connected


@given(st.lists(st.tuples(VALUES, st.integers(1, 20))), st.integers(0, 100_000))
def test_hands_find_pieces_or_say_that_there_are_none(there: list[tuple[int, int]], amount_minor: int) -> None:
    """What they take is there, and makes up the amount to the fen."""
    available = counted(there)
    try:
        found = pieces_for(amount_minor, available)
    except ValueError:
        return
    assert total_minor(found) == amount_minor
    assert all(count <= dict(available)[value] for value, count in found)


def test_change_out_of_a_float() -> None:
    """Ninety yuan out of tens, fives and ones; two hundred and one are not in it."""
    assert pieces_for(9000, FLOAT) == ((1000, 9),)
    with pytest.raises(ValueError, match="no pieces"):
        pieces_for(20_100, FLOAT)
