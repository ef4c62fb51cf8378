"""`fee-terminal report` and `receipt` at a window, as people and scripts use them."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.pay.receipts import Proof, text_of
from terminal.pay.signing import sign
from tests.kiosk import CONFIGURATION, KEY
from tests.store.window_day import journaled_window, whole_day

WINDOW = CONFIGURATION.replace('role = "kiosk"', 'role = "window"').replace(
    '[validator]\nprotocol = "ssp"\nport = "validator"\n',
    '[drawer]\n[web]\n[staff]\noperators_file = "operators.toml"\n[window]\nmethods = ["pos"]\n',
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A window's configuration, and a journal of a whole day."""
    (tmp_path / "ticket.key").write_bytes(KEY)
    file = tmp_path / "w.toml"
    file.write_text(WINDOW)
    (tmp_path / "data").mkdir()
    whole_day(tmp_path / "data")
    return file


def terminal(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `fee-terminal` with these arguments."""
    return subprocess.run([sys.executable, "-m", "terminal", *arguments], capture_output=True, text=True, timeout=60)


def test_a_shift_in_both_languages(config: Path) -> None:
    """The newest one, or the one that is asked for; every word is there."""
    newest = terminal("report", "shift", "-c", config)
    assert (newest.returncode, newest.stdout.splitlines()[0]) == (0, "Shift report, shift 2")
    chinese = terminal("report", "shift", "1", "-c", config, "--language", "zh-CN")
    lines = chinese.stdout.splitlines()
    assert lines[0] == "交接班表 第 1 班"
    assert {"  短款        0.50", "  长款        0.00"} <= set(lines)
    for text in (newest.stdout, chinese.stdout):
        assert "report." not in text and "window." not in text


def test_a_day(config: Path) -> None:
    """Over and short stand side by side; as JSON the same."""
    done = terminal("report", "day", "2026-02-02", "-c", config)
    assert done.returncode == 0
    assert "Over 1.00 Short 0.50" in " ".join(done.stdout.split())
    found = json.loads(terminal("report", "day", "2026-02-02", "-c", config, "--json").stdout)
    assert (found["over_minor"], found["short_minor"], len(found["shifts"])) == (100, 50, 2)
    assert "AB12345678" not in json.dumps(found)
    assert terminal("report", "day", "yesterday", "-c", config).returncode == 2


def test_files_for_spreadsheets(config: Path, tmp_path: Path) -> None:
    """UTF-8 with its mark, plain figures, all receipts; what a collector typed is no formula."""
    out = tmp_path / "out.csv"
    assert terminal("report", "receipts", "-c", config, "--csv", out).stdout == ""
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = [row[1:] for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"))) if row[0] == "Receipts"]
    assert [row[0] for row in rows] == ["Receipt", *map(str, range(1, 9))]
    assert rows[2][5:] == ["10.00", "0", "10.00", "yes"]
    assert terminal("report", "corrections", "-c", config, "--csv", tmp_path / "no" / "x.csv").returncode == 2


def test_corrections_have_their_reasons_and_two_names(config: Path) -> None:
    """In the order in which they were made."""
    text = terminal("report", "corrections", "-c", config).stdout
    assert [line.split()[-2:] for line in text.splitlines()[2:]] == [["li", "wang"]] * 3
    assert "cash → card" in text and "wrong item" in text


def test_while_a_shift_serves(tmp_path: Path) -> None:
    """Read beside the terminal that writes; nothing of the drawer but its float."""
    (tmp_path / "ticket.key").write_bytes(KEY)
    (tmp_path / "w.toml").write_text(WINDOW)
    (tmp_path / "data").mkdir()
    with journaled_window(tmp_path / "data") as life:
        life.boot()
        life.begin()
        life.sell_for("A1", 5000)
        text = terminal("report", "shift", "-c", tmp_path / "w.toml").stdout
    assert "no final report" in text and "200.00" in text
    assert "210.00" not in text and "10.00" not in text


def test_what_is_not_there_is_said(config: Path, tmp_path: Path) -> None:
    """One line, exit status 1: no such shift, no journal. A number that is none: 2."""
    done = terminal("report", "shift", "7", "-c", config)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "There is no such shift\n")
    assert terminal("report", "shift", "x", "-c", config).returncode == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "ticket.key").write_bytes(KEY)
    (empty / "w.toml").write_text(WINDOW)
    done = terminal("report", "day", "-c", empty / "w.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("number", "status", "says"),
    [
        (1, 0, ("Further prints: 1", "补打过 1 次")),
        (2, 0, ("VOIDED", "已作废")),
        (4, 0, ("¥3.00 of it was given back", "已退 ¥3.00")),
        (99, 1, ("NOT IN THE BOOKS", "账上无此单据")),
    ],
)
def test_a_receipt_and_what_became_of_it(config: Path, number: int, status: int, says: tuple[str, str]) -> None:
    """In both languages; a genuine code that was never booked is a finding."""
    code = sign(KEY, text_of(Proof("receipt", "k01", number, 1000, 1_770_000_000_000)))
    done = terminal("receipt", code, "-c", config)
    assert done.returncode == status
    assert all(words in done.stdout for words in says)
    known = json.loads(terminal("receipt", code, "-c", config, "--json").stdout)["known"]
    assert (known["issued_here"], known["booked"], known["voided"]) == (True, status == 0, number == 2)
