"""Edges of the journal that only its mutants asked for: when it checkpoints, what a close still does, which slot is next."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from terminal.errors import StoreCorrupt, StoreError, StoreFailed
from terminal.store import sqlite
from terminal.store.journal import Journal, Reader
from tests.store.workload import World, journal_file, record, write


class Listener:
    """A real connection that also writes down what it is asked, and can be told to fail in the middle of an answer."""

    def __init__(self, connection: sqlite.Connection) -> None:
        self._connection = connection
        self.heard: list[str] = []
        self.fails_at = ""
        self.reads_instead: dict[str, list[tuple[Any, ...]]] = {}
        """What a damaged file gives, by a part of the question."""
        self.refuses = ""
        self.closed = 0

    def execute(self, sql: str, parameters: sqlite.Parameters = (), /) -> Iterable[Any]:
        """Passes it on."""
        self.heard.append(sql)
        if self.refuses and self.refuses in sql:
            raise sqlite3.OperationalError("disk I/O error")
        answer = self._connection.execute(sql, parameters)
        for part, rows in self.reads_instead.items():
            if part in sql:
                return rows
        return self._broken(answer) if self.fails_at and self.fails_at in sql else answer

    def _broken(self, answer: Iterable[Any]) -> Iterator[Any]:
        yield next(iter(answer))
        raise sqlite3.OperationalError("disk I/O error")

    def close(self) -> None:
        """Passes it on."""
        self.closed += 1
        self._connection.close()

    def checkpoints(self) -> int:
        """How often it was asked to move the log."""
        return sum("wal_checkpoint" in sql for sql in self.heard)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal is."""
    return tmp_path / "data" / "journal.db"


@pytest.fixture
def listened(path: Path) -> Iterator[tuple[Journal, Listener]]:
    """A new journal and what it asks of SQLite."""
    heard: list[Listener] = []

    def connect(place: Path) -> sqlite.Connection:
        heard.append(Listener(sqlite.connect(place)))
        return heard[0]

    journal = Journal.open(path, connect=connect)
    heard[0].heard.clear()
    yield journal, heard[0]
    journal.close()


def moved(path: Path) -> int:
    """How many events stand in the file itself, its log left aside."""
    alone = path.parent / "alone.db"
    shutil.copyfile(path, alone)
    connection = sqlite3.connect(f"file:{alone}?mode=ro&immutable=1", uri=True)
    (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()
    return int(count)


def slots(path: Path) -> list[tuple[int, int]]:
    """Number and event of each snapshot."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = connection.execute("SELECT slot, seq FROM snapshots ORDER BY slot").fetchall()
    connection.close()
    return found


def keep(journal: Journal, sales: int) -> None:
    """A commit that keeps a world."""
    journal.begin()
    journal.commit(World(sales))


# --- checkpoints --------------------------------------------------------------------------------------------------
def test_a_new_journal_stands_in_its_own_file(path: Path) -> None:
    """Its schema does not live in the log alone."""
    journal = Journal.open(path)
    assert moved(path) == 0
    journal.close()


def test_a_log_that_a_killed_program_left_is_moved_when_idle(path: Path) -> None:
    """The first checkpoint of a life does not ask whether this life has written anything."""
    killed = Journal.open(path)
    write(killed, 3)
    left = path.parent / "left"
    left.mkdir()
    for file in path.parent.glob("journal.db*"):
        shutil.copyfile(file, left / file.name)
    killed.close()
    journal = Journal.open(left / path.name)
    assert moved(left / path.name) == 0
    journal.checkpoint()
    assert moved(left / path.name) == 3
    journal.close()


def test_each_commit_has_something_to_checkpoint_and_then_there_is_nothing(listened: tuple[Journal, Listener]) -> None:
    """Idle moments cost nothing once the log is moved."""
    journal, listener = listened
    for count in (1, 2):
        write(journal, 1)
        journal.set_cursor("mqtt", count)
        journal.checkpoint()
        assert moved(journal.path) == count
        listener.heard.clear()
        journal.checkpoint()
        assert listener.heard == []


def test_a_checkpoint_that_a_reader_held_up_is_tried_again(path: Path) -> None:
    """What stays in the log is remembered."""
    journal = Journal.open(path)
    write(journal, 1)
    shell = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    shell.execute("BEGIN")
    shell.execute("SELECT count(*) FROM events").fetchone()
    write(journal, 5)
    journal.checkpoint()
    assert moved(path) < 6
    shell.close()
    journal.checkpoint()
    assert moved(path) == 6
    journal.close()


def test_a_busy_journal_checkpoints_every_256_events(listened: tuple[Journal, Listener]) -> None:
    """Not sooner, for each costs a sync, and not later, for a start reads the log; counted anew after each."""
    journal, listener = listened
    found = []
    for count in (255, 1, 255, 1):
        write(journal, count)
        found.append(listener.checkpoints())
    assert found == [0, 1, 1, 2]


# --- cursors and closing ------------------------------------------------------------------------------------------
def test_a_cursor_is_written_once_and_read_back_by_the_next_life(listened: tuple[Journal, Listener]) -> None:
    """It joins one commit, not all that follow."""
    journal, listener = listened
    write(journal, 2)
    journal.set_cursor("mqtt", 2)
    write(journal, 1)
    listener.heard.clear()
    write(journal, 1)
    assert not [sql for sql in listener.heard if "outbox" in sql]
    assert journal.cursor("mqtt") == 2 and journal.cursor("other") == 0
    journal.close()
    again = Journal.open(journal.path)
    assert again.cursor("mqtt") == 2
    reader = Reader(journal.path)
    assert (reader.cursor("mqtt"), reader.cursor("other")) == (2, 0)
    reader.close()
    again.close()


def test_a_cursor_is_between_nothing_and_the_last_event(path: Path) -> None:
    """Both ends count, beyond them is a bug."""
    journal = Journal.open(path)
    write(journal, 2)
    for seq in (0, 2):
        journal.set_cursor("mqtt", seq)
        assert journal.cursor("mqtt") == seq
    for seq in (-1, 3):
        with pytest.raises(RuntimeError, match="cursor mqtt"):
            journal.set_cursor("mqtt", seq)
    journal.close()


def test_a_close_without_cursors_asks_nothing_of_the_disk(listened: tuple[Journal, Listener]) -> None:
    """And lets the file go, for good."""
    journal, listener = listened
    write(journal, 1)
    listener.heard.clear()
    journal.close()
    assert listener.heard == [] and listener.closed == 1
    with pytest.raises(StoreFailed, match="closed after a failure; open it again"):
        journal.begin()


def test_a_close_in_a_transaction_keeps_the_cursor_and_drops_the_event(path: Path) -> None:
    """What was not committed never was, what was acknowledged was."""
    journal = Journal.open(path)
    write(journal, 2)
    journal.begin()
    journal.append(record(3))
    journal.set_cursor("mqtt", 2)
    journal.close()
    again = Journal.open(path)
    assert (again.seq, again.cursor("mqtt")) == (2, 2)
    again.close()


def test_a_close_after_a_failure_is_quiet(listened: tuple[Journal, Listener]) -> None:
    """Cursors are a convenience; a disk that refuses is not asked again."""
    journal, listener = listened
    write(journal, 1)
    journal.set_cursor("mqtt", 1)
    listener.fails_at = "FROM events ORDER BY"
    with pytest.raises(StoreFailed):
        journal.last_at_ms()
    listener.heard.clear()
    journal.close()
    assert listener.heard == []


@pytest.mark.parametrize("refuses", ["COMMIT", "INSERT INTO events", "BEGIN"])
def test_a_statement_that_is_refused_is_the_journals_last(listened: tuple[Journal, Listener], refuses: str) -> None:
    """What was begun is undone, as far as the disk lets; then the object is of no more use."""
    journal, listener = listened
    listener.refuses = refuses
    with pytest.raises(StoreFailed, match="disk I/O error"):
        write(journal, 1)
    assert listener.heard.count("ROLLBACK") == (refuses != "BEGIN")
    assert listener.heard[-1] == ("BEGIN IMMEDIATE" if refuses == "BEGIN" else "ROLLBACK")
    with pytest.raises(StoreFailed, match="open it again"):
        journal.begin()


def test_a_refused_open_lets_the_file_go(path: Path) -> None:
    """A journal of a newer version is refused again and again with the same words, not as one that is in use."""
    Journal.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    for _ in range(2):
        with pytest.raises(StoreError, match="newer version"):
            Journal.open(path)


@pytest.mark.parametrize("fails_at", ["", "journal_mode"])
def test_an_open_that_sqlite_refuses_is_told_as_such(path: Path, fails_at: str) -> None:
    """At once, or in the middle; the connection is given back."""
    made: list[Listener] = []

    def connect(place: Path) -> sqlite.Connection:
        if not fails_at:
            raise sqlite3.OperationalError("disk I/O error")
        made.append(Listener(sqlite.connect(place)))
        made[0].fails_at = fails_at
        return made[0]

    with pytest.raises(StoreFailed, match="disk I/O error"):
        Journal.open(path, connect=connect)
    assert [listener.closed for listener in made] == [1] * len(made)


# --- reading ------------------------------------------------------------------------------------------------------
def test_the_head_is_the_last_events_fingerprint(path: Path) -> None:
    """At once after an append, and in the next life."""
    journal = Journal.open(path)
    assert (journal.seq, journal.head_hash, journal.last_at_ms()) == (0, bytes(32), None)
    write(journal, 3)
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    (found, at_ms) = connection.execute("SELECT hash, at_ms FROM events WHERE seq = 3").fetchone()
    connection.close()
    assert (journal.head_hash, journal.last_at_ms()) == (found, at_ms)
    journal.close()
    again = Journal.open(path)
    assert (again.head_hash, again.last_at_ms()) == (found, record(3).at_ms)
    again.close()


@pytest.mark.parametrize("last", [("3", bytes(32)), (3, None), (None, None)])
def test_a_last_event_of_the_wrong_shape_is_damage(path: Path, last: tuple[Any, ...]) -> None:
    """A damaged page may give anything; the chain is not continued from that."""

    def connect(place: Path) -> sqlite.Connection:
        listener = Listener(sqlite.connect(place))
        listener.reads_instead = {"SELECT seq, hash FROM events": [last]}
        return listener

    with pytest.raises(StoreCorrupt, match="the last event can not be read"):
        Journal.open(path, connect=connect)


def test_a_read_that_breaks_off_is_no_end_of_the_journal(listened: tuple[Journal, Listener]) -> None:
    """Events that can not be read must not look like events that are not there."""
    journal, listener = listened
    write(journal, 3)
    listener.fails_at = "WHERE seq > ?"
    _, records = journal.load(World)
    with pytest.raises(StoreFailed, match="disk I/O error"):
        list(records)


def test_a_reader_tells_a_damaged_file_and_one_that_refuses(path: Path) -> None:
    """Whoever follows the journal hears of both in the journal's own errors."""
    journal = Journal.open(path)
    write(journal, 1)
    reader = Reader(path)
    reader.close()
    for ask in (lambda: reader.events_after(0, 1), lambda: reader.cursor("mqtt")):
        with pytest.raises(StoreFailed):
            ask()
    journal.close()


# --- snapshots ----------------------------------------------------------------------------------------------------
def test_the_newest_snapshot_is_never_the_one_that_is_written(path: Path) -> None:
    """Across lives too: a torn write leaves the other whole."""
    for life in range(4):
        journal = Journal.open(path)
        write(journal, 1)
        keep(journal, life)
        journal.close()
        newest = sorted(slots(path), key=lambda found: found[1])
        assert [seq for _, seq in newest] == [life, life + 1][-min(2, life + 1) :]
        assert sorted(slot for slot, _ in newest) == [0, 1][: life + 1]


def test_a_world_before_the_first_event_is_not_kept(path: Path) -> None:
    """There is no event that it could be bound to."""
    journal = Journal.open(path)
    keep(journal, 7)
    assert slots(path) == []
    world, records = journal.load(World)
    assert world is None and list(records) == []
    journal.close()


@pytest.mark.parametrize(
    "damage", ["UPDATE events SET hash = zeroblob(32) WHERE seq = 3", "DELETE FROM events WHERE seq = 3"]
)
def test_an_event_that_is_gone_under_a_snapshot_is_damage(path: Path, damage: str) -> None:
    """The snapshot's own event, told by its number."""
    journal_file(path.parent, 3)
    journal = Journal.open(path)
    keep(journal, 1)
    write(journal, 2)
    journal.close()
    connection = sqlite3.connect(path, isolation_level=None)
    for trigger in ("events_never_change", "events_never_go"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(damage)
    connection.close()
    journal = Journal.open(path)
    with pytest.raises(StoreCorrupt, match="event 3 is missing or was altered"):
        journal.load(World)
    journal.close()
