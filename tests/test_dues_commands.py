"""`fee-terminal dues …` and `report collection`, from their arguments to what they print and answer."""

import argparse
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.commands import dues, report
from terminal.dues.ledger import FILE
from terminal.errors import ConfigError, StoreError
from terminal.pay.bills import read_bill
from terminal.store.journal import FILE as JOURNAL
from tests.dues.tables import ACCOUNTS, CHARGES, journal_with, write
from tests.kiosk import CONFIGURATION

KEY = b"sixteen bytes at least"
CONFIG = (
    CONFIGURATION
    + """
[dues]
late_after_days = 5
late_ppm_per_day = 500
"""
)
EXAMPLES = Path(__file__).parents[1] / "docs/examples/dues"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and two tables, where the commands are run."""
    write(tmp_path / "k.toml", CONFIG)
    write(tmp_path / "ticket.key", KEY)
    write(tmp_path / "accounts.csv", ACCOUNTS)
    write(tmp_path / "charges.csv", CHARGES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*argv: str) -> int:
    """The exit status of one command line."""
    parser = argparse.ArgumentParser(prog="fee-terminal")
    commands = parser.add_subparsers(dest="name", required=True)
    dues.add_to(commands)
    report.add_to(commands)
    args = parser.parse_args([*argv[:2], "-c", "k.toml", *argv[2:]])
    command: Callable[[argparse.Namespace], int] = args.command
    return command(args)


def imported() -> None:
    """Both tables are in the ledger."""
    assert run("dues", "import", "accounts.csv", "--by", "test") == 0
    assert run("dues", "import", "charges.csv", "--by", "test") == 0


def test_dry_run_then_import(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The dry run lists each change and makes no file; the import says its batch; once more there is nothing to write."""
    assert run("dues", "import", "--dry-run", "accounts.csv") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "row 2: new account A-1: unit 101, block 1栋, area_centi_m2 8937, payer 张三"
    assert out[-1] == "accounts.csv: accounts, UTF-8: 3 new, 0 changed, 0 known already; nothing written (dry run)"
    assert len(out) == 4 and not (folder / "data" / FILE).exists()
    imported()
    assert capsys.readouterr().out.splitlines() == [
        "accounts.csv: accounts, UTF-8: 3 new, 0 changed, 0 known already; batch 1",
        "charges.csv: charges, UTF-8: 3 new, 0 changed, 0 known already, 2596.70 in all; batch 2",
    ]
    assert run("dues", "import", "--charges", "charges.csv") == 0
    assert capsys.readouterr().out.endswith("0 new, 0 changed, 3 known already, 0.00 in all; nothing to write\n")


def test_a_bad_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each flaw on stderr, nothing on stdout, exit status 2."""
    imported()
    capsys.readouterr()
    write(folder / "bad.csv", CHARGES.replace("342.00", "-342").replace("2026-01-05", "soon"))
    assert run("dues", "import", "bad.csv") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert [line.split(": ")[:3] for line in printed.err.splitlines()] == [
        ["bad.csv", "row 3", "金额"],
        ["bad.csv", "row 4", "应缴日"],
    ]


def test_the_wrong_kind_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A table of accounts that is given as one of charges."""
    assert run("dues", "import", "--charges", "accounts.csv") == 2
    assert "unknown column (is 房号); a table of charges has account/户号" in capsys.readouterr().err


def test_owed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Line by line, with the late fee by the rules of the configuration, and what the journal's books say was paid."""
    imported()
    capsys.readouterr()
    assert run("dues", "owed", "A-1", "--at", "2026-01-25") == 0
    assert capsys.readouterr().out.splitlines() == [
        "A-1, 1栋, 101, 张三",
        "      ¥2000.00  Deposit, due 2026-01-05",
        "       ¥254.70  Property management 2026-01-01–2026-01-31, due 2026-01-10",
        "         ¥1.27  Late fee for Property management 2026-01-01–2026-01-31: 10 days",
        "      ¥2255.97  To pay",
    ]
    journal_with(folder / "data" / JOURNAL, [(1_767_600_000_000, "A-1/deposit/2026-01-05", 200_000, 0)])
    assert run("dues", "owed", "A-1", "--at", "2026-01-25", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["due_minor"], found["account"]["area_centi_m2"], len(found["lines"])) == (25_597, 8_937, 2)


def test_code(capsys: pytest.CaptureFixture[str]) -> None:
    """The code that the terminal reads; only for accounts that there are."""
    imported()
    capsys.readouterr()
    assert run("dues", "code", "B-1") == 0
    assert read_bill(capsys.readouterr().out.rstrip("\n"), KEY) == "B-1"
    for command in ("code", "owed"):
        with pytest.raises(ConfigError, match="Z-9 is not known"):
            run("dues", command, "Z-9")


def test_bills(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each account that owes anything, to the screen or to a file that spreadsheets open."""
    imported()
    capsys.readouterr()
    assert run("dues", "bills", "--at", "2026-01-01") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["account"], row["owed"], read_bill(row["code"], KEY)) for row in rows] == [
        ("A-1", "2254.70", "A-1"),
        ("A-2", "342.00", "A-2"),
    ]
    assert run("dues", "bills", "--at", "2026-01-01", "-o", "bills.csv") == 0
    assert (folder / "bills.csv").read_bytes().startswith("\ufeffaccount,".encode())
    with pytest.raises(ConfigError, match="can not be written"):
        run("dues", "bills", "-o", "none/bills.csv")


def test_return_of_a_deposit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was paid goes back once; what was not paid does not."""
    imported()
    capsys.readouterr()
    with pytest.raises(StoreError, match="nothing to return"):
        run("dues", "return", "A-1/deposit/2026-01-05")
    journal_with(folder / "data" / JOURNAL, [(1_767_600_000_000, "A-1/deposit/2026-01-05", 200_000, 0)])
    assert run("dues", "return", "A-1/deposit/2026-01-05") == 0
    assert capsys.readouterr().out == "A-1/deposit/2026-01-05: ¥2000.00 returned\n"
    with pytest.raises(StoreError, match="returned already"):
        run("dues", "return", "A-1/deposit/2026-01-05")
    with pytest.raises(ConfigError, match="is not known"):
        run("dues", "return", "A-1/deposit/2026-01-06")


def test_collection(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table for people, or JSON for programs."""
    imported()
    journal_with(folder / "data" / JOURNAL, [(1_768_000_000_000, "A-1/property/2026-01-01", 25_470, 0)])
    capsys.readouterr()
    assert run("report", "collection", "--year", "2026", "--at", "2026-01-31", "--by", "block") == 0
    assert "1栋    596.70     254.70  42.68 %       0.00       0.00" in capsys.readouterr().out
    assert run("report", "collection", "--at", "2026-01-31", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["collection"][-1]["this"] == {"of_minor": 59_670, "got_minor": 25_470, "rate_e4": 4268}


def test_no_ledger() -> None:
    """Commands that only read say how a ledger is made."""
    for argv in (("dues", "owed", "A-1"), ("dues", "code", "A-1"), ("dues", "bills"), ("report", "collection")):
        with pytest.raises(StoreError, match="fee-terminal dues import"):
            run(*argv)


def test_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """The tables of the documentation can be imported as they are."""
    for name in ("accounts.csv", "charges.csv", "rates.csv"):
        assert run("dues", "import", str(EXAMPLES / name)) == 0
    assert capsys.readouterr().out.count("batch") == 3
