"""The ledger's file: append-only, one writer, readers at any time, and never somebody else's file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from terminal.dues.ledger import FILE, Ledger
from terminal.errors import StoreError
from terminal.fees.dues import Account, Charge
from terminal.store.journal import Journal
from tests.dues.tables import ACCOUNTS, CHARGES, take

TABLES = ("batches", "accounts", "charges", "deposits_returned")
DEPOSIT = Charge("A-1", "deposit", "", "", "2026-01-05", 200_000)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with three accounts and three charges, open for writing."""
    with closing(Ledger.open_writer(tmp_path / FILE)) as made:
        take(made, tmp_path / "accounts.csv", ACCOUNTS)
        take(made, tmp_path / "charges.csv", CHARGES)
        made.return_deposit(DEPOSIT, 200_000, "test", 1)
        yield made


def test_facts_of_an_account(ledger: Ledger) -> None:
    """An account with all its charges; None where there is none."""
    with closing(Ledger.open_reader(ledger.path)) as reader:
        found = reader.owed_facts("A-1")
        assert found is not None
        assert found[0] == Account("A-1", "101", "1栋", 8_937, "张三")
        assert found[1] == (DEPOSIT, Charge("A-1", "property", "2026-01-01", "2026-01-31", "2026-01-10", 25_470))
        assert reader.owed_facts("A") is None
        assert reader.owed_facts("B-1") == (Account("B-1", "101", "2栋", 7_550, "王五"), ())


def test_look_ups_use_the_keys(ledger: Ledger) -> None:
    """An account is found by its key, however many there are."""
    from terminal.dues.ledger import ACCOUNT, CHARGES

    for sql in (ACCOUNT, CHARGES):
        plan = " ".join(row[3] for row in ledger.rows(f"EXPLAIN QUERY PLAN {sql}", "A-1"))
        assert "SEARCH" in plan and "SCAN" not in plan and "TEMP B-TREE" not in plan


@pytest.mark.parametrize("table", TABLES)
def test_nothing_changes_or_goes(ledger: Ledger, table: str) -> None:
    """No row of any table can be changed, deleted or replaced."""
    column = ledger.connection.execute(f"SELECT * FROM {table}").description[0][0]
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            ledger.connection.execute(statement)


def test_a_batch_says_where_it_came_from(ledger: Ledger) -> None:
    """File name, fingerprint, who and when, and how many rows."""
    import hashlib

    rows = ledger.rows("SELECT batch_no, at_ms, who, file, sha256, kind, rows FROM batches ORDER BY batch_no")
    assert rows == [
        (no, 1_767_225_600_000, "test", f"{kind}.csv", hashlib.sha256(text.encode()).hexdigest(), kind, 3)
        for no, kind, text in ((1, "accounts", ACCOUNTS), (2, "charges", CHARGES))
    ]


def test_one_importer_at_a_time(ledger: Ledger) -> None:
    """A second one is told so; after the first has ended it may."""
    with pytest.raises(StoreError, match="somebody else is importing"):
        Ledger.open_writer(ledger.path)
    ledger.close()
    Ledger.open_writer(ledger.path).close()


def test_readers_see_all_of_an_import_or_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """A reader that was open before the import sees it when it is committed, and not before."""
    from terminal.dues.importing import drafted
    from tests.dues.tables import write

    path = write(tmp_path / "more.csv", "account,unit,block,area,payer\nC-1,1,3,50,\n")
    with closing(Ledger.open_reader(ledger.path)) as reader, drafted(ledger, path, "CNY") as draft:
        assert reader.owed_facts("C-1") is None
        draft.apply("test", 1)
        assert reader.owed_facts("C-1") is not None


def test_a_reader_can_not_write(ledger: Ledger) -> None:
    """The terminal's connection only reads."""
    with (
        closing(Ledger.open_reader(ledger.path)) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.connection.execute("INSERT INTO batches VALUES (9, 1, 'x', 'x', 'x', 'accounts', 1)")


def test_no_ledger_is_said(tmp_path: Path) -> None:
    """A reader never makes the file."""
    with pytest.raises(StoreError, match="no ledger of dues"):
        Ledger.open_reader(tmp_path / FILE)
    assert not list(tmp_path.iterdir())


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    """A journal, a text and a newer ledger are no ledgers of ours; none of them is changed."""
    Journal.open(tmp_path / "journal.db").close()
    (tmp_path / "text.db").write_text("not a database" * 100)
    Ledger.open_writer(tmp_path / "newer.db").close()
    connection = sqlite3.connect(tmp_path / "newer.db")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    for name, says in (("journal.db", "not a ledger"), ("text.db", "damaged"), ("newer.db", "newer version")):
        before = (tmp_path / name).read_bytes()
        for opening in (Ledger.open_reader, Ledger.open_writer):
            with pytest.raises(StoreError, match=says):
                opening(tmp_path / name)
        assert (tmp_path / name).read_bytes() == before


def test_a_deposit_goes_back_once(ledger: Ledger) -> None:
    """What was returned is known, and is not returned again; what was not paid, or is no deposit, can not go back."""
    assert ledger.returned_minor(DEPOSIT.key) == 200_000
    with pytest.raises(StoreError, match="returned already"):
        ledger.return_deposit(DEPOSIT, 200_000, "test", 1)
    other = Charge("A-2", "deposit", "", "", "2026-01-05", 200_000)
    with pytest.raises(StoreError, match="nothing to return"):
        ledger.return_deposit(other, 0, "test", 1)
    with pytest.raises(StoreError, match="nothing to return"):
        ledger.return_deposit(Charge("A-1", "property", "2026-01-01", "2026-01-31", "2026-01-10", 1), 1, "test", 1)
