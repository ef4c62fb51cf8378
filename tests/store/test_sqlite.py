"""How a file is opened: what is not a usable journal is never touched, and an older one moves up whole."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.errors import StoreCorrupt, StoreError
from terminal.store import migrations, sqlite
from terminal.store.journal import Journal, Reader
from terminal.store.migrations import NEWEST
from tests.store.workload import journal_file


def content(path: Path) -> bytes:
    """The file's bytes."""
    return path.read_bytes()


# --- files that are not ours --------------------------------------------------------------------------------------
def foreign_database(path: Path) -> None:
    """Somebody else's database."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE cats (name)")
    connection.commit()
    connection.close()


def from_the_future(path: Path) -> None:
    """A journal of a newer version."""
    journal_file(path.parent, 3)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    connection.close()


def torn_header(path: Path) -> None:
    """A journal whose first sector is gone."""
    journal_file(path.parent, 3)
    path.write_bytes(bytes(512) + path.read_bytes()[512:])


UNUSABLE: dict[str, tuple[Callable[[Path], object], type[StoreError], str]] = {
    "foreign": (foreign_database, StoreError, "not a journal"),
    "newer": (from_the_future, StoreError, "newer version"),
    "garbage": (lambda path: path.write_bytes(b"\x00\xff" * 5000), StoreCorrupt, "damaged"),
    "torn header": (torn_header, StoreCorrupt, "damaged"),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_file_that_is_not_a_usable_journal_is_never_touched(tmp_path: Path, what: str) -> None:
    """Foreign, newer or damaged: a plain error, and not one byte of it changes."""
    make, error, words = UNUSABLE[what]
    path = tmp_path / "journal.db"
    make(path)
    before = content(path)
    with pytest.raises(error, match=words):
        Journal.open(path)
    with pytest.raises(error, match=words):
        Reader(path)
    assert content(path) == before


def test_a_log_without_its_file_is_not_thrown_away(tmp_path: Path) -> None:
    """SQLite drops a log beside an empty file; here that is an error, and both stay as they are."""
    path = tmp_path / "journal.db"
    wal = tmp_path / "journal.db-wal"
    wal.write_bytes(b"all that is left of a day")
    for _ in ("gone", "empty"):
        with pytest.raises(StoreCorrupt, match="gone or empty"):
            Journal.open(path)
        assert wal.read_bytes() == b"all that is left of a day"
        path.touch()


def test_a_reader_never_makes_a_file(tmp_path: Path) -> None:
    """Reading where there is no journal is an error and leaves nothing behind."""
    with pytest.raises(StoreError, match="no journal here"):
        Reader(tmp_path / "journal.db")
    assert list(tmp_path.iterdir()) == []


# --- migrations ---------------------------------------------------------------------------------------------------
NEXT = "ALTER TABLE sales ADD COLUMN plate TEXT;\nCREATE TABLE plates (plate TEXT) STRICT;\n"


def test_an_older_file_moves_up_with_all_its_rows(tmp_path: Path) -> None:
    """Only the missing steps run, in order; the number and the rows are right afterwards."""
    path = journal_file(tmp_path, 14)
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.migrate(connection, NEWEST, sqlite.APPLICATION_ID, [*migrations.SCRIPTS, NEXT])
    assert connection.execute("PRAGMA user_version").fetchone() == (NEWEST + 1,)
    assert connection.execute("SELECT count(*), count(plate) FROM sales").fetchone() == (4, 0)
    connection.close()


def test_a_step_that_fails_leaves_the_file_in_the_version_before(tmp_path: Path) -> None:
    """A migration and the record of it are one transaction."""
    path = journal_file(tmp_path, 14)
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(
            connection, NEWEST, sqlite.APPLICATION_ID, [*migrations.SCRIPTS, NEXT + "CREATE TABLE sales (x);"]
        )
    assert connection.execute("PRAGMA user_version").fetchone() == (NEWEST,)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'plates'").fetchone() == (0,)
    connection.close()
    journal = Journal.open(path)
    assert journal.seq == 14
    journal.close()
