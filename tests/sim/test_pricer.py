"""The independent pricer by the started hour: worked by hand, and agreeing with the engine on any stay that is not paid.

Its other half, for tariffs of kind "schedule", is compared with the engine in tests/fees/test_brute.py.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kiosk import RULES, SCHEDULE
from sim.machine import HOUR_MS, MINUTE_MS, WALL_MS
from sim.pricer import due, parking_due
from terminal.fees import price
from terminal.fees.parking import ParkingTariff
from terminal.fees.schedule.checking import problems
from terminal.fees.stay import Coupon, Cover, Paid, Stay

T1 = RULES.tariffs["T1"]
EIGHT_MS = WALL_MS - 2 * HOUR_MS - 40 * MINUTE_MS
"""08:00 in Shanghai, on a Monday."""

coupons = st.builds(Coupon, st.uuids().map(str), minutes=st.integers(0, 200), amount_minor=st.integers(0, 900))
moments = st.integers(-2, 40 * 60).map(lambda minutes: minutes * MINUTE_MS) | st.integers(0, 40 * HOUR_MS)
covers = st.builds(lambda one, other: Cover(min(one, other), max(one, other), "pass"), moments, moments)
stays = st.builds(Stay, st.just(0), coupons=st.lists(coupons, max_size=2), covers=st.lists(covers, max_size=3))


@given(stays, moments)
def test_the_hour_by_hour_counter_agrees_with_the_engine(stay: Stay, now_ms: int) -> None:
    """To the millisecond, with passes and coupons."""
    assert isinstance(T1, ParkingTariff)
    assert parking_due(T1, stay, now_ms) == price(T1, stay, now_ms).due_minor


@pytest.mark.parametrize(
    ("stayed_ms", "covered_h", "minutes", "minor", "owed"),
    [
        (15 * MINUTE_MS, (), 0, 0, 0),
        (15 * MINUTE_MS + 1, (), 0, 0, 500),
        (HOUR_MS + 1, (), 0, 0, 1000),
        (23 * HOUR_MS, (), 0, 0, 4000),
        (25 * HOUR_MS, (), 0, 0, 4500),
        (5 * HOUR_MS, (1, 3), 0, 0, 1500),
        (2 * HOUR_MS, (), 60, 0, 500),
        (2 * HOUR_MS, (), 0, 700, 300),
    ],
)
def test_stays_worked_by_hand(stayed_ms: int, covered_h: tuple[int, ...], minutes: int, minor: int, owed: int) -> None:
    """15 minutes free, 5.00 an hour, 40.00 a day."""
    assert isinstance(T1, ParkingTariff)
    cover = [Cover(covered_h[0] * HOUR_MS, covered_h[1] * HOUR_MS, "pass")] if covered_h else []
    coupon = [Coupon("C1", minutes, minor)] if minutes or minor else []
    assert parking_due(T1, Stay(0, covers=tuple(cover), coupons=tuple(coupon)), stayed_ms) == owed


@pytest.mark.parametrize(
    ("from_h", "to_h", "owed"),
    [
        (0, 0.25, 0),
        (0, 1, 500),
        (0, 2.25, 500 + 3 * 200),
        (0, 13, 3000),
        (12, 15, 500 + 2 * 100),
        (15, 17, 2 * 100),
        (13, 24, 600),
        (120, 122, 2 * 300),
        (120, 143, 4500),
    ],
)
def test_stays_under_the_schedule_worked_by_hand(from_h: float, to_h: float, owed: int) -> None:
    """Hours since Monday, 08:00: by day, over 21:00, over midnight, a whole night, on a Saturday, and its cap."""
    entered_at_ms, now_ms = EIGHT_MS + int(from_h * HOUR_MS), EIGHT_MS + int(to_h * HOUR_MS)
    assert due(SCHEDULE, Stay(entered_at_ms), now_ms) == owed


def test_a_started_minute_counts() -> None:
    """A millisecond after the free time is a whole minute after it; a payment is taken off when its grace is over."""
    stay = Stay(EIGHT_MS, paid=(Paid(EIGHT_MS + HOUR_MS, 500),))
    assert due(SCHEDULE, Stay(EIGHT_MS), EIGHT_MS + 15 * MINUTE_MS + 1) == 500
    assert due(SCHEDULE, stay, EIGHT_MS + HOUR_MS + 10 * MINUTE_MS) == 0
    assert due(SCHEDULE, stay, EIGHT_MS + HOUR_MS + 10 * MINUTE_MS + 1) == 200


def test_the_schedule_of_the_world_is_in_order() -> None:
    """It could stand in a file."""
    assert list(problems(SCHEDULE)) == []
