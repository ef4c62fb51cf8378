"""Sums of a shift, its reports, and the chain that they make."""

import hashlib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from terminal.shift.shift import Shift
from terminal.shift.totals import DRAWER_CAUSES, Report, Totals, expected_minor, fingerprint, plus

CAUSES = st.sampled_from(DRAWER_CAUSES)
MOVES = st.lists(st.tuples(CAUSES, st.integers(-5_000, 5_000)), max_size=30)
PIECES = st.lists(
    st.tuples(st.sampled_from((10_000, 100, 10)), st.integers(0, 50)), max_size=3, unique_by=lambda p: p[0]
)


@given(st.integers(0, 50_000), MOVES)
def test_the_drawer_holds_the_float_and_all_that_moved(float_minor: int, moves: list[tuple[str, int]]) -> None:
    """Whatever the cause and the order; each cause has its own sum, and the one before is left as it was."""
    moved: dict[str, int] = {}
    for cause, amount_minor in moves:
        before = dict(moved)
        after = plus(moved, cause, amount_minor)
        assert moved == before
        moved = after
    assert expected_minor(float_minor, Totals(moved_minor=moved)) == float_minor + sum(minor for _, minor in moves)
    for cause in DRAWER_CAUSES:
        assert moved.get(cause, 0) == sum(minor for name, minor in moves if name == cause)


@given(st.integers(0, 50_000), MOVES, PIECES)
def test_over_is_counted_minus_expected(
    float_minor: int, moves: list[tuple[str, int]], count: list[tuple[int, int]]
) -> None:
    """In the shift as in its report."""
    moved: dict[str, int] = {}
    for cause, amount_minor in moves:
        moved = plus(moved, cause, amount_minor)
    totals, counted_minor = Totals(moved_minor=moved), sum(value * number for value, number in count)
    shift = Shift(1, "li", "Li", 0, float_minor=float_minor, totals=totals, counted=tuple(count))
    assert shift.over_minor == counted_minor - shift.expected_minor
    assert shift.expected_minor == expected_minor(float_minor, totals)
    report = Report(1, 1, "li", "Li", 0, 1, float_minor, totals, shift.expected_minor, counted_minor)
    assert report.over_minor == shift.over_minor


Z = Report(1, 1, "li", "Li", 0, 1, 20_000, Totals(sales=3), 21_000, 20_900, ((10_000, 2),), "wrong_change")


def test_a_fingerprint_is_that_of_the_whole_report() -> None:
    """SHA-256 over its JSON, sixteen hex digits: anybody can work it out from what was booked."""
    text = msgspec.json.encode(Z)
    assert fingerprint(Z) == hashlib.sha256(text).hexdigest()[:16]
    assert fingerprint(msgspec.json.decode(text, type=Report)) == fingerprint(Z)


def test_a_fingerprint_changes_with_every_field() -> None:
    """None can be written anew without its followers."""
    seen = {fingerprint(Z)}
    for name in Report.__struct_fields__:
        changed: object = getattr(Z, name)
        match changed:
            case int():
                changed += 1
            case str():
                changed += "~"
            case tuple():
                changed = (*changed, (10, 1) if name == "pieces" else "papers_waiting")
            case _:
                changed = Totals(sales=4)
        seen.add(fingerprint(msgspec.structs.replace(Z, **{name: changed})))
    assert len(seen) == 1 + len(Report.__struct_fields__)


def test_what_is_not_said_of_a_shift_is_nothing() -> None:
    """No sale, no receipt, no count."""
    shift = Shift(1, "li", "Li", 0)
    assert (shift.follows, shift.float_minor, shift.counts, shift.report_no) == (0, 0, 0, 0)
    assert (shift.expected_minor, shift.over_minor) == (0, 0)
    assert msgspec.structs.asdict(shift.totals) == {
        name: {} if (name.endswith("_minor") and name.startswith(("by_", "moved"))) or name == "approvals" else 0
        for name in Totals.__struct_fields__
    }
    report = Report(0, 1, "li", "Li", 0, 1, 0, Totals())
    assert (report.expected_minor, report.counted_minor, report.receipts_left, report.previous) == (0, 0, 0, "")
