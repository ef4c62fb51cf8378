"""A journal that an older version of the program wrote moves up without loss.

`old/journal-v4.db.gz` was written by the program as it was before the staffed window: 44 events of a kiosk, with receipts and a
credit note that were printed again.
"""

import gzip
import sqlite3
from pathlib import Path

import pytest

from terminal.errors import StoreError
from terminal.fsm.world import World
from terminal.pump import replay
from terminal.store import migrations
from terminal.store.audit import audit
from terminal.store.journal import FILE, Journal

OLD = Path(__file__).parent / "old" / "journal-v4.db.gz"
HEAD_SEQ = 44
COPIES = [(28, "receipt", 3, 1), (30, "receipt", 3, 2), (40, "credit_note", 2, 1)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The old file, as it was left."""
    path = tmp_path / FILE
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    return path


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables that version 4 had, by the columns that it had."""
    old = sqlite3.connect(":memory:")
    migrations.migrate(old, 0, 1, migrations.SCRIPTS[:4])
    names = [name for (name,) in old.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    columns = {name: [row[1] for row in old.execute(f"PRAGMA table_info({name})")] for name in names}
    old.close()
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = {
        name: connection.execute(f"SELECT {', '.join(columns[name])} FROM {name} ORDER BY 1").fetchall()
        for name in names
    }
    connection.close()
    return found


def test_nothing_is_lost(path: Path) -> None:
    """Each row of each table is there afterwards, the copies too, and the audit finds nothing."""
    before = rows(path)
    assert len(before["copies"]) == len(COPIES)
    Journal.open(path).close()
    assert rows(path) == before
    found = audit(path)
    assert (found.ok, found.events, found.receipts.copies) == (True, HEAD_SEQ, len(COPIES))
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (migrations.NEWEST,)
    assert connection.execute("SELECT seq, document, number, copy FROM copies ORDER BY id").fetchall() == COPIES
    connection.close()


def test_what_was_new_is_guarded_as_all_else(path: Path) -> None:
    """The table of copies was made anew: it still takes no change, and now knows slips and reports."""
    Journal.open(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "UPDATE copies SET copy = 9",
        "DELETE FROM copies",
        "INSERT OR REPLACE INTO copies SELECT * FROM copies",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.execute("INSERT INTO copies (seq, at_ms, document, number, copy) VALUES (44, 0, 'slip', 1, 1)")
    connection.close()


def test_the_terminal_goes_on_from_it(path: Path) -> None:
    """The world is what it was: the numbers go on, and who had closed the terminal has."""
    journal = Journal.open(path)
    world, records = journal.load(World)
    assert world is not None
    world = replay(world, records)
    journal.close()
    assert (world.seq, world.receipt_no, world.note_no, world.closed_by) == (HEAD_SEQ, 3, 2, "chen")


def test_readers_wait_for_the_terminal(path: Path) -> None:
    """Who only reads changes nothing, and says what to do."""
    with pytest.raises(StoreError, match="start the terminal once"):
        audit(path)


@pytest.mark.parametrize("done", range(5, migrations.NEWEST + 1))
def test_a_power_cut_between_two_steps(path: Path, done: int) -> None:
    """The file is of one version or of the next, and goes on from there."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.migrate(connection, 4, 0x46656554, migrations.SCRIPTS[:done])
    connection.close()
    Journal.open(path).close()
    assert audit(path).ok
