"""Two people: which acts need them, from which amount on, and that nobody is the second of oneself."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.shift.approvals import ALONE_UP_TO_MINOR, ALWAYS, NEVER, PATTERN, Act, needs_second, unapproved

ACTS = st.sampled_from(get_args(Act))
AMOUNTS = st.integers(-2 * NEVER, 2 * NEVER)
SITE = st.dictionaries(ACTS, st.sampled_from((ALWAYS, 1, 1_000, 50_000, NEVER)), max_size=4)
PEOPLE = st.sampled_from(("", "li", "wang"))

MONEY_LEAVES = (
    "drop", "top_up", "big_notes", "void", "refund", "duplicate", "method", "recount", "dispute", "clear", "keep_note",
    "pad", "backfill", "envelope",
)  # fmt: skip
"""Where the defaults never trust one person alone."""


def test_the_edges_are_what_configurations_say() -> None:
    """0 in a site's file means always two, a million yuan or more never; eight approvals are a pattern."""
    assert (ALWAYS, NEVER, PATTERN) == (0, 100_000_000, 8)


def test_every_act_has_its_amount() -> None:
    """None is left to chance."""
    assert set(ALONE_UP_TO_MINOR) == set(get_args(Act))


@pytest.mark.parametrize("act", get_args(Act))
@pytest.mark.parametrize("amount_minor", [0, 1, 1_000, 1_001, -1_000, -1_001, NEVER, 10 * NEVER])
def test_what_the_defaults_ask_for(act: Act, amount_minor: int) -> None:
    """Always two where money leaves the drawer or papers are made up; above 10 yuan for differences and wrong change."""
    if act in MONEY_LEAVES:
        assert needs_second(act, amount_minor, {})
    elif act in ("change", "difference"):
        assert needs_second(act, amount_minor, {}) == (abs(amount_minor) > 1_000)
    else:
        assert not needs_second(act, amount_minor, {})


@given(ACTS, AMOUNTS, SITE)
def test_more_money_never_needs_fewer_people(act: Act, amount_minor: int, site: dict[Act, int]) -> None:
    """Whatever the site says; and over counts like short."""
    alone = not needs_second(act, amount_minor, site)  # type: ignore[arg-type]
    assert alone == (not needs_second(act, -amount_minor, site))  # type: ignore[arg-type]
    if alone:
        assert not needs_second(act, amount_minor // 2, site)  # type: ignore[arg-type]


@given(ACTS, AMOUNTS, SITE)
def test_the_sites_own_amounts_go_first(act: Act, amount_minor: int, site: dict[Act, int]) -> None:
    """An act that the site does not name is as by default; 0 means always, the largest amount never."""
    limit = site.get(act, ALONE_UP_TO_MINOR[act])
    two = needs_second(act, amount_minor, site)  # type: ignore[arg-type]
    if limit in (ALWAYS, NEVER):
        assert two == (limit == ALWAYS)
    else:
        assert two == (abs(amount_minor) > limit)


@given(ACTS, AMOUNTS, SITE, PEOPLE.filter(bool), PEOPLE)
def test_why_not(act: Act, amount_minor: int, site: dict[Act, int], who: str, second: str) -> None:
    """One's own approval is none, also where none is needed; another's always is one."""
    reason = unapproved(act, amount_minor, who, second, site)  # type: ignore[arg-type]
    if second == who:
        assert reason == "own_approval"
    elif second:
        assert reason == ""
    else:
        assert reason == ("needs_approval" if needs_second(act, amount_minor, site) else "")  # type: ignore[arg-type]
