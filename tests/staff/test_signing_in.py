"""Who comes in: one check at a time, counted and told, and what the journal remembers counts."""

import threading
from pathlib import Path

import pytest

from terminal.errors import ConfigError
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


def test_what_is_wrong_with_the_file_is_logged_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Anybody at an open door can make us read it: one line for each finding, and another one only when it has changed."""
    desk = SigningIn(file, lambda name: None)
    good = file.read_text()
    file.chmod(0o644)
    for _ in range(50):
        desk.operators()
    assert [record.getMessage() for record in caplog.records] == [
        f"{file} has mode 644: make it 600, others can read or change it"
    ]
    caplog.clear()
    file.write_text("[chen")
    for _ in range(50):
        with pytest.raises(ConfigError):
            desk.operators()
        assert refused(desk, "chen", PIN)[0] == "file"
    assert [record.getMessage()[:30] for record in caplog.records] == [f"nobody can sign in: {file}"[:30]]
    caplog.clear()
    file.write_text(good)
    file.chmod(0o600)
    desk.operators()
    assert not caplog.records
    file.chmod(0o640)
    desk.operators()
    assert "mode 640" in caplog.text, "a finding that comes back is told again"
