"""Power cuts everywhere: every point of a visit is visited, in every way, and again in the recoveries."""

import pytest

from sim.cuts import SCRIPTS, WAYS, Where, deeper, live, parse, search
from sim.planted import PLANTED


def silent(done: int, of: int) -> None:
    """No progress is shown."""


@pytest.mark.timeout(900)
def test_the_power_goes_at_every_point_of_a_visit() -> None:
    """Before every byte, write, sync and effect of a start and a free stay, in every way; all points are visited."""
    tried = search(["free"], (), silent)
    assert tried.broken == []
    assert tried.visited["free"] == set(range(tried.points["free"]))
    assert tried.runs[1] == tried.points["free"] * len(WAYS) > 3_000
    assert all(tried.kinds[kind] > 20 for kind in ("byte", "step", "disk"))


@pytest.mark.timeout(900)
def test_an_even_share_of_the_points_of_every_visit_and_of_their_recoveries() -> None:
    """All scripts, one, two and three cuts deep."""
    tried = search(SCRIPTS, (500, 250), silent, every=29)
    assert tried.broken == []
    assert tried.runs[1] > 2_000 and tried.runs[2] > 400 and tried.runs[3] > 200


def test_a_cut_too_much_is_found() -> None:
    """A program that forgets a note found in the box breaks a promise at some point of a visit."""
    with PLANTED["found-note-is-forgotten"].bug():
        tried = search(["exact"], (), silent, every=53)
    assert any("cash" in what for what in tried.broken)


def test_a_run_has_a_name_that_lives_it_again() -> None:
    """A failing run can be told in a word."""
    lived = live("change", (Where(400, "torn"), Where(120, "blackout")))
    assert str(lived) == "change:400.torn/120.blackout"
    assert parse(str(lived)) == ("change", lived.cuts)
    assert live(*parse(str(lived))) == lived
    assert lived.happened == 2


@pytest.mark.parametrize("text", ["nobody:1.kill", "exact:1", "exact:x.kill", "exact:1.shot"])
def test_a_wrong_name_is_refused(text: str) -> None:
    """With what is wrong about it."""
    with pytest.raises(ValueError, match=r"nobody|x|1"):
        parse(text)


def test_deeper_cuts_are_spread_evenly() -> None:
    """About as many as were asked for, over all recoveries and ways."""
    lived = [live("free", (Where(point, "cut"),)) for point in (100, 500, 900)]
    runs = list(deeper(lived, 100))
    assert 90 <= len(runs) <= 110
    assert {cuts[1].way for _, cuts in runs} == set(WAYS)
    assert {cuts[0].point for _, cuts in runs} == {100, 500, 900}
    assert list(deeper(lived, 0)) == []
