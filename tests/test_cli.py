"""The command line as people and scripts use it: what is printed where, and the exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.pay.tickets import make_ticket
from tests.kiosk import CONFIGURATION, KEY, Kiosk

ENTERED_S = 1_770_000_000
"""2026-02-02 10:40:00 in Shanghai."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration file with its key beside it."""
    (tmp_path / "ticket.key").write_bytes(KEY + b"\n")
    file = tmp_path / "k.toml"
    file.write_text(CONFIGURATION)
    return file


def terminal(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `fee-terminal` with these arguments."""
    return subprocess.run([sys.executable, "-m", "terminal", *arguments], capture_output=True, text=True, timeout=60)


def test_check_prints_what_would_be_opened(config: Path) -> None:
    """Ports, tariffs and limits, and no secret."""
    done = terminal("check", "-c", config)
    assert done.returncode == 0
    assert "ssp on" in done.stdout and "per_hour_minor 500" in done.stdout
    assert KEY.decode() not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('protocol = "ssp"', 'protocol = "spp"', "validator.protocol"),
        ("free_minutes = 15", "free_minutes = -1", "tariffs.T1.free_minutes"),
        ('site = "lot-a"', "", "terminal.site"),
        ('id = "k01"', "id = ", "line 3"),
    ],
)
def test_a_wrong_configuration_is_one_line(config: Path, old: str, new: str, says: str) -> None:
    """File, key and reason on stderr, nothing on stdout, exit status 2, for every command."""
    config.write_text(CONFIGURATION.replace(old, new))
    for command in ("run", "check", "audit"):
        done = terminal(command, "-c", config)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert "k.toml" in done.stderr and says in done.stderr


def test_wrong_use_ends_with_2() -> None:
    """An unknown command or a missing option."""
    assert terminal("sell").returncode == 2
    assert terminal("run").returncode == 2


def test_quote_explains_the_amount(config: Path) -> None:
    """Lines that add up, at a time that is given, in both languages and as JSON."""
    code = make_ticket(KEY, "A1", ENTERED_S, "T1")
    english = terminal("quote", code, "-c", config, "--at", "2026-02-02T12:10")
    assert (english.returncode, english.stdout.splitlines()[-1].split()) == (0, ["¥10.00", "To", "pay"])
    chinese = terminal("quote", code, "-c", config, "--at", str(ENTERED_S + 5400), "--language", "zh-CN")
    assert "应付" in chinese.stdout
    found = json.loads(terminal("quote", code, "-c", config, "--at", str(ENTERED_S + 86_400 * 2), "--json").stdout)
    assert found["due_minor"] == sum(line["amount_minor"] for line in found["lines"]) == 8000


@pytest.mark.parametrize(
    ("code", "at", "says"),
    [
        ("hello", "2026-02-02T12:10", "not a parking ticket"),
        ("PK1.A1.1770000000.T1.0123456789abcdef", "2026-02-02T12:10", "not issued here"),
        (make_ticket(KEY, "A1", ENTERED_S, "T9"), "2026-02-02T12:10", "not known here"),
        (make_ticket(KEY, "A1", ENTERED_S, "T1"), "yesterday", "is no time"),
        (make_ticket(KEY, "A1", ENTERED_S, "T1"), str(ENTERED_S - 121), "lies in the future"),
    ],
)
def test_a_quote_that_can_not_be_given_says_why(config: Path, code: str, at: str, says: str) -> None:
    """In the words of the screen, one line, exit status 2."""
    done = terminal("quote", code, "-c", config, "--at", at)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_audit_and_export_read_what_the_terminal_wrote(config: Path) -> None:
    """The totals of CONTRACT's `audit --json`, the text form, and the journal as JSON lines and CSV."""
    kiosk = Kiosk(config.parent / "data")
    kiosk.run_until(lambda: kiosk.journal.seq >= 5)
    found = json.loads(terminal("audit", "-c", config, "--json").stdout)
    assert found["events"] == kiosk.journal.seq
    assert found["chain_ok"] and found["books_ok"]
    assert {
        "events", "chain_ok", "books_ok", "sales", "due_minor", "cash", "change", "epay_minor", "refunds_minor",
        "receipts", "barrier_openings", "drawer_openings", "outbox_pending",
    } <= set(found)  # fmt: skip
    assert set(found["sales"]) >= {"paid", "cancelled", "open"}
    assert terminal("audit", "-c", config).returncode == 0
    lines = terminal("export", "-c", config, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, kiosk.journal.seq + 1))
    assert len(terminal("export", "-c", config, "--format", "csv").stdout.splitlines()) == kiosk.journal.seq + 1


def test_audit_without_a_journal_is_a_finding(config: Path) -> None:
    """It says so in one line and makes no file."""
    done = terminal("audit", "-c", config)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert not (config.parent / "data").exists()


def test_the_doctor_finds_what_is_not_there(config: Path) -> None:
    """Three devices that are not connected are three findings; the disk is well."""
    done = terminal("doctor", "-c", config, "--json")
    found = {finding["what"]: finding["well"] for finding in json.loads(done.stdout)}
    assert done.returncode == 1
    assert found == {
        "validator": False, "scanner": False, "printer": False, "disk": True, "journal": True, "sqlite": True,
    }  # fmt: skip
    assert "validator: is not there" in done.stdout


def test_the_diagram_is_mermaid() -> None:
    """All machines, or one."""
    assert terminal("diagram").stdout.count("stateDiagram-v2") == 5
    assert "PRICED --> PAYING" in terminal("diagram", "sale").stdout


def test_every_command_explains_itself() -> None:
    """`--help` works everywhere, and names what each command does."""
    listing = terminal("--help").stdout
    for command in ("run", "check", "doctor", "quote", "audit", "export", "diagram"):
        assert command in listing
        assert terminal(command, "--help").returncode == 0
