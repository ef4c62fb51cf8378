"""Facts of a stay out of rows in any order, with some missing and some twice."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import CodeError
from terminal.fees.stay import Coupon, Cover, Earlier, Inner, Paid, Stay
from terminal.stays.facts import Entry, InnerMove, Pass, StayRows, inner_times, stay_of

moves = st.lists(st.builds(InnerMove, st.integers(0, 100), st.sampled_from("ab"), st.booleans()), max_size=12)


def test_all_of_them() -> None:
    """Each kind of row finds its place, in order and once."""
    rows = StayRows(
        entry=Entry(1000, "large"),
        moves=[InnerMove(3000, "roof", False), InnerMove(2000, "roof", True)],
        validations=[Coupon("c2", 0, 500), Coupon("c1", 60), Coupon("c2", 0, 500)],
        concessions=["tax", "disabled", "tax"],
        passes=[Pass("p2", 0, 900), Pass("p1", 0, 9000, {"en": "Monthly"}, withdrawn_at_ms=4000)],
        payments=[Paid(6000, 200), Paid(5000, 300)],
        earlier=[
            Earlier(1, 400, 100, (Coupon("c0", 30, used=True),)),
            Earlier(500, 900, 200),
            Earlier(1500, 1600, 300),
        ],
    )
    assert stay_of(rows) == Stay(
        entered_at_ms=1000,
        vehicle="large",
        concessions=("disabled", "tax"),
        covers=(Cover(0, 4000, "pass", {"en": "Monthly"}), Cover(0, 900, "pass")),
        inner=(Inner("roof", 2000, 3000),),
        coupons=(Coupon("c1", 60), Coupon("c2", 0, 500)),
        paid=(Paid(5000, 300), Paid(6000, 200)),
        earlier=(Earlier(500, 900, 200), Earlier(1, 400, 100, (Coupon("c0", 30, used=True),))),
    )


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([], []),
        ([(500, 900), (100, 400)], [(500, 900), (100, 400)]),
        ([(100, 400), (500, 900)], [(500, 900), (100, 400)]),
        ([(400, 1000), (100, 400)], [(400, 1000), (100, 400)]),
        ([(400, 1001), (100, 400)], [(100, 400)]),
        ([(1500, 1600)], []),
        ([(950, 940)], []),
        ([(500, 900), (500, 900)], [(500, 900)]),
        ([(700, 700), (700, 700)], [(700, 700)]),
        ([(500, 900), (100, 501)], [(500, 900)]),
        ([(500, 900), (100, 501), (50, 90)], [(500, 900), (50, 90)]),
        ([(500, 900), (700, 900)], [(700, 900)]),
        ([(500, 900), (600, 700)], [(500, 900)]),
    ],
)
def test_earlier_stays(earlier: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    """A table of stays before one that begins at 1000: over by then, the newest first, each once, none within another."""
    found = stay_of(StayRows(entry=Entry(1000), earlier=[Earlier(*span, 100) for span in earlier])).earlier
    assert [(each.entered_at_ms, each.left_at_ms) for each in found] == expected


@given(
    st.lists(st.builds(Earlier, st.integers(0, 60), st.integers(0, 60), st.integers(0, 3)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_earlier_stays_do_not_overlap(earlier: list[Earlier], chance: random.Random) -> None:
    """Whatever comes, in whatever order and how often: going back, each stay is over when the one after it begins."""
    found = stay_of(StayRows(entry=Entry(50), earlier=earlier)).earlier
    edges = [50, *(edge for each in found for edge in (each.left_at_ms, each.entered_at_ms))]
    assert edges == sorted(edges, reverse=True)
    again = earlier + earlier
    chance.shuffle(again)
    assert stay_of(StayRows(entry=Entry(50), earlier=again)).earlier == found


def test_nobody_knows_the_entry() -> None:
    """Without an entry there is a lost ticket: payments and coupons count, inner times and earlier stays can not."""
    rows = StayRows(
        entry=None, moves=[InnerMove(1, "a", True)], payments=[Paid(5, 5)], earlier=[Earlier(1, 2, 3)], left_at_ms=0
    )
    assert stay_of(rows) == Stay(entered_at_ms=None, paid=(Paid(5, 5),))


def test_left_before_it_came() -> None:
    """A stay that ends before it began has no price."""
    with pytest.raises(CodeError, match="left_before_entry"):
        stay_of(StayRows(entry=Entry(1000), left_at_ms=999))
    assert stay_of(StayRows(entry=Entry(1000), left_at_ms=1000)) == Stay(1000)


def test_a_withdrawn_pass_never_began() -> None:
    """A pass that was withdrawn before it began covers nothing."""
    assert stay_of(StayRows(entry=Entry(0), passes=[Pass("p", 10, 20, {}, 10)])).covers == ()


@pytest.mark.parametrize(
    ("moved", "left_at_ms", "expected"),
    [
        ([(20, "a", True), (40, "a", False)], None, [("a", 20, 40)]),
        ([(20, "a", True)], None, [("a", 20, None)]),
        ([(20, "a", True)], 60, [("a", 20, 60)]),
        ([(20, "a", True), (70, "a", False)], 60, [("a", 20, 60)]),
        ([(60, "a", True)], 60, []),
        ([(5, "a", True), (40, "a", False)], None, [("a", 10, 40)]),
        ([(5, "a", True), (8, "a", False)], None, []),
        ([(40, "a", False)], None, []),
        ([(20, "a", True), (30, "a", True), (40, "a", False)], None, [("a", 20, 40)]),
        ([(20, "a", True), (30, "b", True), (40, "b", False)], None, [("a", 20, 30), ("b", 30, 40)]),
        ([(20, "a", True), (30, "b", False), (40, "a", False)], None, [("a", 20, 40)]),
    ],
)
def test_inner_times(
    moved: list[tuple[int, str, bool]], left_at_ms: int | None, expected: list[tuple[str, int, int | None]]
) -> None:
    """A table of what may be missing; the stay begins at 10."""
    found = inner_times([InnerMove(*move) for move in moved], 10, left_at_ms)
    assert [(each.tariff_id, each.from_ms, each.to_ms) for each in found] == expected


@given(moves, st.integers(0, 50), st.none() | st.integers(50, 100), st.randoms(use_true_random=False))
def test_inner_times_do_not_overlap(
    moved: list[InnerMove], entered_at_ms: int, left_at_ms: int | None, chance: random.Random
) -> None:
    """Whatever comes, in whatever order and how often: times in order, within the stay, apart from each other."""
    found = inner_times(moved, entered_at_ms, left_at_ms)
    again = moved + moved
    chance.shuffle(again)
    assert inner_times(again, entered_at_ms, left_at_ms) == found
    ends = [each.to_ms for each in found]
    assert all(end is not None for end in (ends if left_at_ms is not None else ends[:-1]))
    edges = [edge for each in found for edge in (each.from_ms, each.to_ms) if edge is not None]
    assert all(before <= after for before, after in pairwise([entered_at_ms, *edges]))
    assert left_at_ms is None or all(edge <= left_at_ms for edge in edges)
