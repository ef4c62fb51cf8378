"""Who is signed in: how a session begins, and each way in which it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.staff.operators import ROLES, Operator
from terminal.staff.sessions import IDLE_S, LONGEST_S, Sessions
from tests.web.service_bench import HandClock

CHEN = Operator("chen", "陈师傅", "technician")
LI = Operator("li", "李主管", "supervisor")


@pytest.fixture
def clock() -> HandClock:
    """Time that passes when a test says so."""
    return HandClock(stands=True)


def test_idle_without_a_sign_of_life(clock: HandClock) -> None:
    """A quarter of an hour; only what counts as one puts that off."""
    sessions = Sessions(1, ROLES, clock)
    secret = sessions.begin(CHEN)
    assert len(secret) == 64
    clock.ahead_s += IDLE_S - 1
    assert sessions.who(secret, touch=True) is CHEN
    clock.ahead_s += IDLE_S - 1
    assert sessions.who(secret, touch=False) is CHEN
    clock.ahead_s += 1
    assert sessions.who(secret, touch=True) is None
    assert not sessions.any


def test_the_longest_session(clock: HandClock) -> None:
    """However busy somebody is, name and PIN are asked for again after twelve hours."""
    sessions = Sessions(1, ROLES, clock)
    secret = sessions.begin(CHEN)
    while clock.ahead_s < LONGEST_S:
        assert sessions.who(secret, touch=True) is CHEN
        clock.ahead_s += IDLE_S / 2
    assert sessions.who(secret, touch=True) is None


def test_one_at_a_time(clock: HandClock) -> None:
    """Whoever signs in takes the place of the one before."""
    sessions = Sessions(1, ROLES, clock)
    first, second = sessions.begin(CHEN), sessions.begin(LI)
    assert sessions.who(first, touch=True) is None
    assert sessions.who(second, touch=True) is LI


def test_the_quietest_makes_room(clock: HandClock) -> None:
    """Of several it is the one that was quiet for the longest that ends."""
    sessions = Sessions(2, ROLES, clock)
    first, second = sessions.begin(CHEN), sessions.begin(LI)
    clock.ahead_s += 1
    sessions.who(first, touch=True)
    third = sessions.begin(CHEN)
    assert [sessions.who(secret, touch=False) for secret in (first, second, third)] == [CHEN, None, CHEN]


def test_signing_out_ends_that_one_alone(clock: HandClock) -> None:
    """A secret that means nobody ends nothing."""
    sessions = Sessions(2, ROLES, clock)
    first, second = sessions.begin(CHEN), sessions.begin(LI)
    sessions.end("0" * 64)
    sessions.end(first)
    assert [sessions.who(secret, touch=False) for secret in (first, second)] == [None, LI]
    sessions.keep(())
    assert not sessions.any


def test_whoever_is_not_what_he_was_is_out(clock: HandClock) -> None:
    """A changed line in the operators' file ends the session, an unchanged one does not."""
    sessions = Sessions(2, ROLES, clock)
    first, second = sessions.begin(CHEN), sessions.begin(LI)
    sessions.keep((Operator("chen", "陈师傅", "supervisor"), LI))
    assert [sessions.who(secret, touch=False) for secret in (first, second)] == [None, LI]


def test_roles_that_have_no_business_here(clock: HandClock) -> None:
    """A page that forgot to say who may come in gets no session for them."""
    sessions = Sessions(2, {"supervisor"}, clock)
    assert sessions.begin(LI)
    with pytest.raises(ValueError, match="technician"):
        sessions.begin(CHEN)


@given(st.text(max_size=80))
def test_any_other_secret_is_nobody(secret: str) -> None:
    """No text that was not given out means anybody; nor one that can not be written as UTF-8."""
    sessions = Sessions(1, ROLES, HandClock(stands=True))
    given_out = sessions.begin(CHEN)
    assert sessions.who(secret, touch=True) is None
    assert sessions.who(given_out[:-1] + "\udcff", touch=True) is None
