"""The engine against a pricer that counts every minute, on random tariffs and stays, to the minor unit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.fees import price
from terminal.fees.schedule.checking import problems
from terminal.fees.schedule.model import ScheduleTariff
from terminal.fees.stay import Coupon, Stay
from tests.fees.brute import due
from tests.fees.tables import Case, cases
from tests.fees.tariffs import MINUTE_MS, Visit, clock_change_visits, long_stays, plain_stays, several, stays, tariffs

pytestmark = pytest.mark.timeout(600)
"""A disagreement takes minutes to be made small."""


@given(tariffs())
@settings(max_examples=100)
def test_random_tariffs_are_valid(tariff: ScheduleTariff) -> None:
    """What the strategies draw passes the checks that every tariff file passes."""
    assert list(problems(tariff)) == []


@given(several(plain_stays, 5))
@settings(max_examples=500)
def test_rates_periods_and_caps(many: list[Visit]) -> None:
    """Stays of which only entry, exit and class are known."""
    for tariff, stay, now_ms in many:
        assert price(tariff, stay, now_ms).due_minor == due(tariff, stay, now_ms)


@given(several(stays, 5))
@settings(max_examples=500)
def test_everything_at_once(many: list[Visit]) -> None:
    """Stays with passes, coupons, concessions, payments and earlier stays."""
    for tariff, stay, now_ms in many:
        assert price(tariff, stay, now_ms).due_minor == due(tariff, stay, now_ms)


@given(several(long_stays, 1))
@settings(max_examples=60)
def test_ten_days(many: list[Visit]) -> None:
    """Stays of up to ten days."""
    for tariff, stay, now_ms in many:
        assert price(tariff, stay, now_ms).due_minor == due(tariff, stay, now_ms)


@given(clock_change_visits())
@settings(max_examples=500)
def test_edges_where_the_clock_is_changed(visit: Visit) -> None:
    """Windows that begin or end in an hour that comes twice, or not at all."""
    tariff, stay, now_ms = visit
    assert price(tariff, stay, now_ms).due_minor == due(tariff, stay, now_ms)


@given(several(stays, 3), st.integers(1, MINUTE_MS))
@settings(max_examples=100)
def test_part_of_a_minute(many: list[Visit], part_ms: int) -> None:
    """From a whole minute on, each part of the next one costs what all of it costs."""
    for tariff, stay, now_ms in many:
        whole = price(tariff, stay, now_ms + MINUTE_MS)
        assert price(tariff, stay, now_ms + part_ms).due_minor == whole.due_minor


@given(several(plain_stays, 3), st.sampled_from((0, 300, 5000)))
@settings(max_examples=50)
def test_lost_ticket(many: list[Visit], coupon_minor: int) -> None:
    """A stay without an entry costs what the version in force says, less coupons in money."""
    for tariff, _, now_ms in many:
        lost = Stay(None, coupons=(Coupon("c", amount_minor=coupon_minor),))
        assert price(tariff, lost, now_ms).due_minor == due(tariff, lost, now_ms)


@pytest.mark.parametrize("case", tuple(case for case in cases() if case.inner is None), ids=lambda case: case.place)
def test_tables(case: Case) -> None:
    """The pricer that judges the engine agrees with the tables that people worked out; it rounds seconds up to minutes."""
    now_ms = -(-case.now_ms // MINUTE_MS) * MINUTE_MS
    assert due(case.tariff, case.stay, now_ms) == case.due_minor
