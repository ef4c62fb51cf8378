"""`fee-terminal operator` as people and scripts use it."""

import subprocess
import sys
from pathlib import Path

import pytest

from terminal.pay.badges import Badge, read_badge
from terminal.staff.operators import Operators
from tests.kiosk import CONFIGURATION, KEY

ADD = ("add", "chen", "--role", "technician", "--shown", "陈师傅")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration that names an operators' file."""
    (tmp_path / "ticket.key").write_bytes(KEY)
    file = tmp_path / "k.toml"
    file.write_text(CONFIGURATION + '[staff]\noperators_file = "operators.toml"\n')
    return file


def operator(config: Path, verb: str, *rest: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Runs `fee-terminal operator`, with lines on its standard input."""
    command = [sys.executable, "-m", "terminal", "operator", verb, "-c", str(config), *rest]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60)


def test_add_list_remove(config: Path) -> None:
    """Somebody comes, is listed without any secret, can be checked, and goes."""
    done = operator(config, *ADD, typed="2580\n2580\n")
    assert (done.returncode, done.stdout) == (0, "chen (陈师傅) may sign in as technician\n")
    file = config.with_name("operators.toml")
    assert file.stat().st_mode & 0o777 == 0o600
    found = Operators.read(file).check("chen", "2580")
    assert found is not None and found.shown_name == "陈师傅"
    listed = operator(config, "list")
    assert (listed.stdout, listed.stderr) == ("chen\ttechnician\t陈师傅\n", "")
    file.chmod(0o644)
    assert "mode 644" in operator(config, "list").stderr
    assert operator(config, "remove", "chen").returncode == 0
    assert operator(config, "list").stdout == ""
    assert operator(config, "remove", "chen").returncode == 1


@pytest.mark.parametrize(
    ("rest", "typed", "says"),
    [
        (ADD, "1234\n1234\n", "count up"),
        (ADD, "2580\n2581\n", "not the same"),
        (ADD, "", "4 to 12 digits"),
        (("add", "c hen", "--role", "auditor"), "2580\n2580\n", "NAME"),
        (("add", "chen", "--role", "auditor", "--shown", "a\tb"), "2580\n2580\n", "--shown"),
    ],
)
def test_what_is_refused(config: Path, rest: tuple[str, ...], typed: str, says: str) -> None:
    """One line on stderr, status 2, and no file; the PIN is not repeated."""
    done = operator(config, *rest, typed=typed)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr and "1234" not in done.stderr
    assert not config.with_name("operators.toml").exists()


def test_nobody_is_replaced(config: Path) -> None:
    """A name that is there already keeps its PIN."""
    operator(config, *ADD, typed="2580\n2580\n")
    assert "remove it first" in operator(config, *ADD, typed="1357\n1357\n").stderr
    assert Operators.read(config.with_name("operators.toml")).check("chen", "2580") is not None


def test_a_configuration_without_staff(config: Path) -> None:
    """There is no file to write to."""
    config.write_text(CONFIGURATION)
    done = operator(config, "list")
    assert done.returncode == 2 and "k.toml: staff: missing" in done.stderr


def test_a_badge(config: Path) -> None:
    """A code that is genuine, and a new one that makes the old one worth nothing; nobody else has one."""
    operator(config, *ADD, typed="2580\n2580\n")
    first = operator(config, "badge", "chen").stdout.strip()
    second = operator(config, "badge", "chen").stdout.strip()
    assert (read_badge(first, KEY), read_badge(second, KEY)) == (Badge("chen", 1), Badge("chen", 2))
    assert Operators.read(config.with_name("operators.toml")).known["chen"].badge == 2
    assert operator(config, "badge", "wang").returncode == 1
