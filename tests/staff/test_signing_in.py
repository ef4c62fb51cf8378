"""Who comes in: one check at a time, counted and told, and what the journal remembers counts."""

import threading
from pathlib import Path

import pytest

from terminal.staff.operators import Operator
from terminal.staff.session import IDLE_S, Sessions
from terminal.staff.signing_in import Refused, Remembered, SigningIn
from tests.web.service_bench import PIN, HandClock, write_operators


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Some operators."""
    write_operators(tmp_path / "operators.toml")
    return tmp_path / "operators.toml"


def refused(desk: SigningIn, name: str, pin: str) -> tuple[str, float]:
    """Why somebody is refused, and for how long."""
    with pytest.raises(Refused) as raised:
        desk.sign_in(name, pin)
    return raised.value.reason, raised.value.wait_s


def test_lock_out(file: Path) -> None:
    """After five wrong PINs not even the right one is looked at, until the minute is over; each wrong one was told."""
    told: list[str] = []
    clock = HandClock(stands=True)
    desk = SigningIn(file, told.append, monotonic=clock)
    assert [refused(desk, "chen", "1111") for _ in range(5)] == [("wrong", 0)] * 4 + [("wrong", 60)]
    assert refused(desk, "chen", PIN) == ("locked", 60)
    assert told == ["chen"] * 5
    clock.ahead_s += 60
    assert desk.sign_in("chen", PIN).name == "chen"


def test_a_name_that_nobody_has_is_not_written_down(file: Path) -> None:
    """It may be a PIN; and it locks like any other."""
    told: list[str] = []
    desk = SigningIn(file, told.append, monotonic=HandClock(stands=True))
    assert [refused(desk, "2580", "1111")[0] for _ in range(5)] == ["wrong"] * 5
    assert told == ["?"] * 5
    assert refused(desk, "2580", "1111") == ("locked", 60)


def test_pulling_the_plug_forgives_nothing(file: Path) -> None:
    """Five failures half a minute ago, before the last start, still lock for the other half."""
    clock = HandClock(stands=True)
    journal = [Remembered("chen", right=True, ago_s=50), *[Remembered("chen", right=False, ago_s=30)] * 5]
    desk = SigningIn(file, lambda name: None, lambda: journal, clock)
    assert refused(desk, "chen", PIN) == ("locked", 30)
    clock.ahead_s += 30
    assert desk.sign_in("chen", PIN).name == "chen"


def test_one_check_at_a_time(file: Path) -> None:
    """Who comes while another PIN is checked is sent away, and not counted."""
    checking, go_on = threading.Event(), threading.Event()

    def told(name: str) -> None:
        checking.set()
        go_on.wait(20)

    desk = SigningIn(file, told, monotonic=HandClock(stands=True))
    other = threading.Thread(target=lambda: refused(desk, "chen", "1111"))
    other.start()
    assert checking.wait(20)
    assert refused(desk, "chen", PIN)[0] == "busy"
    go_on.set()
    other.join(20)
    assert desk.sign_in("chen", PIN).name == "chen"


def test_a_wrong_file_keeps_people_out_and_does_not_count(file: Path) -> None:
    """It is no fault of theirs."""
    told: list[str] = []
    desk = SigningIn(file, told.append, monotonic=HandClock(stands=True))
    good = file.read_text()
    file.write_text("[chen")
    assert [refused(desk, "chen", PIN)[0] for _ in range(6)] == ["file"] * 6
    file.write_text(good)
    assert desk.sign_in("chen", PIN).name == "chen"
    assert told == []


def test_one_session_that_ends_by_itself() -> None:
    """After a quarter of an hour without a touch; and when another begins."""
    clock = HandClock(stands=True)
    sessions, chen = Sessions(clock), Operator("chen", "chen", "technician")
    secret = sessions.begin(chen)
    assert len(secret) == 64
    clock.ahead_s += IDLE_S - 1
    assert sessions.who(secret, touch=True) is chen
    clock.ahead_s += IDLE_S - 1
    assert sessions.who(secret) is chen
    clock.ahead_s += 1
    assert sessions.who(secret) is None
    first, second = sessions.begin(chen), sessions.begin(chen)
    assert sessions.who(first) is None and sessions.who(second) is chen
    assert sessions.who("") is None and sessions.who("\udcff") is None
    sessions.end()
    assert sessions.who(second) is None
