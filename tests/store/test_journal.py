"""The journal on a real file: append-only, chained, quick to start, shared with readers, and plain about refusals."""

import sqlite3
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import StoreCorrupt, StoreError, StoreFailed
from terminal.fsm import entries, events
from terminal.store import books, lookups, migrations, sqlite
from terminal.store.journal import Journal, Reader
from terminal.store.record import GENESIS, Record, Row, row_of
from tests.store.workload import World, journal_file, record, write

W = typing.TypeVar("W")


def loaded(journal: Journal, world_type: type[W]) -> tuple[W | None, list[Record]]:
    """All that `load` gives, read to its end."""
    world, records = journal.load(world_type)
    return world, list(records)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A new journal."""
    made = Journal.open(tmp_path / "data" / "journal.db")
    yield made
    made.close()


def tamper(path: Path, *statements: str) -> None:
    """Changes a journal behind its guards, as somebody with a database tool and bad intentions would."""
    connection = sqlite3.connect(path, isolation_level=None)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")]
    guards = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")]
    for name in names:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in (*statements, *guards):
        connection.execute(statement)
    connection.close()


def content(path: Path) -> bytes:
    """The file's bytes."""
    return path.read_bytes()


# --- writing ------------------------------------------------------------------------------------------------------
def test_what_was_committed_is_read_back_after_a_restart(tmp_path: Path) -> None:
    """Events, effects and entries come back as they were, and the chain goes on where it ended."""
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    write(journal, 10)
    head = journal.head_hash
    journal.close()
    journal = Journal.open(path)
    assert (journal.seq, journal.head_hash) == (10, head)
    assert loaded(journal, World) == (None, [record(seq) for seq in range(1, 11)])
    write(journal, 1)
    assert journal.seq == 11
    journal.close()


def paid_at_ms(journal: Journal) -> list[int]:
    """When ticket t0 was paid for."""
    return [payment.at_ms for payment in journal.books.payments("t0")]


def test_a_rolled_back_event_was_never_there(journal: Journal) -> None:
    """After a roll-back number, chain and books are as before, and the number is used by the next event."""
    write(journal, 2)
    journal.begin()
    journal.append(record(3))
    journal.append(record(4))
    assert paid_at_ms(journal) == [record(4).at_ms]
    journal.rollback()
    assert (journal.seq, paid_at_ms(journal)) == (2, [])
    write(journal, 2)
    assert loaded(journal, World)[1] == [record(seq) for seq in range(1, 5)]


def test_a_paid_ticket_is_known_before_the_commit(journal: Journal) -> None:
    """The books show the open transaction: a ticket can not be used twice within one group of events."""
    write(journal, 3)
    assert paid_at_ms(journal) == []
    journal.begin()
    journal.append(record(4))
    assert paid_at_ms(journal) == [record(4).at_ms]
    journal.commit()
    assert paid_at_ms(journal) == [record(4).at_ms]
    assert journal.books.payments("nobody's") == []


def test_a_paid_ticket_is_found_by_an_index(journal: Journal) -> None:
    """Looking a ticket up does not read through all sales."""
    connection = sqlite3.connect(journal.path)
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {lookups.PAYMENTS}", ("t",)))
    connection.close()
    assert "SCAN" not in plan


def test_mistakes_of_the_program_are_not_taken_for_a_bad_disk(journal: Journal) -> None:
    """A wrong number, or an append without a transaction, is a bug and raises as one."""
    with pytest.raises(RuntimeError):
        journal.append(record(1))
    journal.begin()
    with pytest.raises(RuntimeError):
        journal.append(record(2))
    with pytest.raises(RuntimeError):
        journal.begin()
    journal.rollback()
    with pytest.raises(RuntimeError):
        journal.set_cursor("mqtt", 1)


def test_an_entry_that_contradicts_the_books_is_a_bug(journal: Journal) -> None:
    """A sale closed twice breaks a constraint: it raises as it is, and nothing of the event stays."""
    write(journal, 4)
    twice = Record(5, 0, 0, events.CancelPressed(), (), (entries.SaleClosed(0, "cancelled", 0, 0),))
    journal.begin()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        journal.append(twice)
    with pytest.raises(StoreFailed, match="open it again"):
        journal.commit()
    path = journal.path
    journal.close()
    again = Journal.open(path)
    assert again.seq == 4
    again.close()


def test_cursors_become_durable_with_the_next_commit_or_checkpoint(tmp_path: Path) -> None:
    """A cursor joins the next commit; when there is none, the checkpoint of an idle terminal or the close writes it."""
    path = journal_file(tmp_path, 9)

    def stored() -> int:
        reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        row = reader.execute("SELECT acked_seq FROM outbox WHERE name = 'mqtt'").fetchone()
        reader.close()
        return int(row[0]) if row else 0

    journal = Journal.open(path)
    assert journal.cursor("mqtt") == 0
    journal.set_cursor("mqtt", 5)
    assert (journal.cursor("mqtt"), stored()) == (5, 0)
    write(journal, 1)
    assert stored() == 5
    journal.set_cursor("mqtt", 6)
    journal.checkpoint()
    assert stored() == 6
    journal.set_cursor("mqtt", 7)
    journal.close()
    assert stored() == 7


def test_the_log_stays_bounded_without_an_idle_moment(journal: Journal) -> None:
    """A terminal that is never idle still checkpoints: the log does not grow without end. Here a shift is closed and an
    envelope counted every fourteenth event."""
    wal = journal.path.with_name("journal.db-wal")
    sizes = []
    for _ in range(2000):
        write(journal, 1)
        sizes.append(wal.stat().st_size)
    assert max(sizes) < 16 << 20 and sizes[-1] <= max(sizes[: len(sizes) // 2])


# --- append-only --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("table", ["events", *books.TABLES])
def test_guarded_tables_refuse_changes(tmp_path: Path, table: str) -> None:
    """No UPDATE, no DELETE, no REPLACE, whoever asks."""
    path = journal_file(tmp_path, 14)
    connection = sqlite3.connect(path)
    assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] > 0
    for statement in (
        f"UPDATE {table} SET at_ms = 0",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("seq", "prev_hash"), [("16", "h"), ("14", "h"), ("NULL", "h"), ("15", "zeroblob(32)"), ("-1", "h")]
)
def test_an_event_must_follow_the_last_one(tmp_path: Path, seq: str, prev_hash: str) -> None:
    """The next number and the last fingerprint, or the row is refused by the file itself."""
    path = journal_file(tmp_path, 14)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(
            f"""INSERT INTO events SELECT {seq}, at_ms, up_ms, kind, data, effects, entries, {prev_hash}, hash
            FROM (SELECT *, hash AS h FROM events WHERE seq = 14)"""
        )
    connection.close()


def test_every_kind_of_entry_has_its_statement_and_every_statement_its_table() -> None:
    """A new entry class without a place in the books fails here; so does a table that nothing can fill."""
    assert set(books.STATEMENTS) == set(typing.get_args(entries.Entry))
    assert {sql.split()[2] for sql in books.STATEMENTS.values()} == set(books.TABLES)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(connection, 0, sqlite.APPLICATION_ID)
    tables = dict(
        connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    )
    tables.pop("sqlite_schema")
    connection.close()
    assert set(tables) == {"events", "snapshots", "outbox", *books.TABLES}
    assert all(tables.values()), "every table is STRICT"


# --- tampering ----------------------------------------------------------------------------------------------------
TAMPERINGS = {
    "a byte of data": ("UPDATE events SET data = replace(data, '1000', '9000') WHERE seq = 4",),
    "the time": ("UPDATE events SET at_ms = at_ms + 1 WHERE seq = 4",),
    "elapsed time": ("UPDATE events SET up_ms = up_ms + 1 WHERE seq = 4",),
    "the kind": ("UPDATE events SET kind = 'BillHeld' WHERE seq = 4",),
    "the entries": ("UPDATE events SET entries = '[]' WHERE seq = 4",),
    "the effects": ("UPDATE events SET effects = '[]' WHERE seq = 4",),
    "not even text": ("UPDATE events SET data = CAST(x'ff00ff' AS TEXT) WHERE seq = 4",),
    "a byte moved between columns": (
        "UPDATE events SET kind = kind || substr(data, 1, 1), data = substr(data, 2) WHERE seq = 4",
    ),
    "a row gone": ("DELETE FROM events WHERE seq = 4",),
    "the first row gone": ("DELETE FROM events WHERE seq = 1",),
    "two rows swapped": (
        "UPDATE events SET seq = -1 WHERE seq = 4",
        "UPDATE events SET seq = 4 WHERE seq = 5",
        "UPDATE events SET seq = 5 WHERE seq = -1",
    ),
    "a row removed and the rest renumbered": (
        "DELETE FROM events WHERE seq = 4",
        "UPDATE events SET seq = seq - 1 WHERE seq > 4",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_found_and_the_file_is_left_as_it_is(tmp_path: Path, what: str) -> None:
    """Any change to a row that is read at start is StoreCorrupt with its number and the way out, and nothing is written."""
    path = journal_file(tmp_path, 8)
    tamper(path, *TAMPERINGS[what])
    before = content(path)
    journal = Journal.open(path)
    with pytest.raises(StoreCorrupt, match=r"event [145] .*docs/journal\.md"):
        loaded(journal, World)
    journal.close()
    assert content(path) == before


def test_a_tail_that_was_cut_off_is_found_by_what_else_knows_of_it(tmp_path: Path) -> None:
    """Snapshots and cursors are of durable events; without their events the journal's end is gone."""
    path = journal_file(tmp_path, 8)
    tamper(path, "INSERT INTO outbox VALUES ('mqtt', 8)", "DELETE FROM events WHERE seq > 6")
    journal = Journal.open(path)
    with pytest.raises(StoreCorrupt, match="events 7 to 8 are missing at the end"):
        loaded(journal, World)
    journal.close()


def test_a_row_that_this_version_does_not_understand_is_told_apart(tmp_path: Path) -> None:
    """A sound row of an unknown kind is not read as anything else."""
    path = journal_file(tmp_path, 1)
    connection = sqlite3.connect(path, isolation_level=None)
    head = connection.execute("SELECT hash FROM events").fetchone()[0]
    row = row_of(record(2), head)
    unknown = type(row)(2, 0, 0, "Sung", b'{"kind":"Sung"}', b"[]", b"[]", head, b"")
    values = (*unknown.values()[:8], unknown.fingerprint())
    connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    connection.close()
    journal = Journal.open(path)
    with pytest.raises(StoreCorrupt, match=r"event 2 \(Sung\) can not be understood"):
        loaded(journal, World)
    journal.close()


@given(
    st.tuples(*[st.integers(-(2**63), 2**63 - 1)] * 3),
    st.tuples(*[st.text()] * 4),
    st.tuples(*[st.text()] * 4),
)
def test_the_fingerprint_tells_columns_apart(
    numbers: tuple[int, int, int], one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    """Two rows with different texts never have the same bytes under the hash, however the texts are cut."""

    def row(texts: tuple[str, str, str, str]) -> Row:
        kind, data, effects, posted = texts
        return Row(*numbers, kind, data.encode(), effects.encode(), posted.encode(), GENESIS, b"")

    assert (row(one).fingerprint() == row(other).fingerprint()) == (one == other)


class OtherWorld(msgspec.Struct):
    """A world of another version of the program."""

    sales: str


def keep(journal: Journal, world: World) -> None:
    """A commit that keeps a world."""
    journal.begin()
    journal.commit(world)


# --- snapshots ----------------------------------------------------------------------------------------------------
def test_a_start_reads_the_latest_snapshot_and_what_came_after_it(journal: Journal) -> None:
    """Only the events after the latest snapshot are read; the one before it is kept as well."""
    for sales in range(1, 6):
        write(journal, 3)
        keep(journal, World(sales))
    write(journal, 2)
    assert loaded(journal, World) == (World(5), [record(16), record(17)])
    reader = sqlite3.connect(journal.path)
    assert reader.execute("SELECT seq FROM snapshots ORDER BY seq").fetchall() == [(12,), (15,)]
    reader.close()


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("UPDATE snapshots SET world = x'c1' WHERE seq = 6", (World(1), 4)),
        ("UPDATE snapshots SET world = CAST(replace(world, 'good', 'evil') AS BLOB) WHERE seq = 6", (World(1), 4)),
        ("UPDATE snapshots SET world = x'c1'", (None, 1)),
        ("DELETE FROM snapshots", (None, 1)),
    ],
)
def test_a_damaged_snapshot_is_passed_over(tmp_path: Path, damage: str, expected: tuple[World | None, int]) -> None:
    """A snapshot is a cache: the one before it serves, or the whole journal."""
    path = journal_file(tmp_path, 3)
    journal = Journal.open(path)
    keep(journal, World(1))
    write(journal, 3)
    keep(journal, World(2, note="good"))
    write(journal, 2)
    journal.close()
    tamper(path, damage)
    journal = Journal.open(path)
    world, tail = loaded(journal, World)
    assert (world, tail[0].seq) == expected
    assert tail[-1].seq == 8
    journal.close()


def test_a_snapshot_of_another_shape_of_world_is_passed_over(journal: Journal) -> None:
    """After an update of the program the old snapshot may not decode; the events tell everything anyway."""
    write(journal, 3)
    keep(journal, World(1))
    world, tail = loaded(journal, OtherWorld)
    assert world is None
    assert len(tail) == 3


def test_an_altered_event_under_a_snapshot_is_found(tmp_path: Path) -> None:
    """The event that a snapshot stands on is checked with it."""
    path = journal_file(tmp_path, 3)
    journal = Journal.open(path)
    keep(journal, World(1))
    journal.close()
    tamper(path, "UPDATE events SET at_ms = 0 WHERE seq = 3")
    journal = Journal.open(path)
    with pytest.raises(StoreCorrupt, match="event 3"):
        loaded(journal, World)
    journal.close()


def test_a_start_does_not_depend_on_the_length_of_the_journal(tmp_path: Path) -> None:
    """SQLite does the same small amount of work to open and load a long journal as a short one."""

    def steps(path: Path) -> int:
        count = 0

        def connect(place: Path) -> sqlite.Connection:
            def tick() -> int:
                nonlocal count
                count += 1
                return 0

            connection = sqlite.connect(place)
            assert isinstance(connection, sqlite3.Connection)
            connection.set_progress_handler(tick, 10)
            return connection

        journal = Journal.open(path, connect=connect)
        loaded(journal, World)
        journal.close()
        return count

    found = []
    for name, length in (("short", 10), ("long", 5000)):
        path = journal_file(tmp_path / name, length)
        journal = Journal.open(path)
        keep(journal, World(1))
        journal.close()
        found.append(steps(path))
    assert found[1] <= found[0] + 5


# --- others at the file -------------------------------------------------------------------------------------------
def test_a_second_writer_is_refused(journal: Journal) -> None:
    """A second terminal on the same data directory is told in plain words that one is running, and which."""
    program = "import sys, pathlib; from terminal.store.journal import Journal; Journal.open(pathlib.Path(sys.argv[1]))"
    told = subprocess.run(
        [sys.executable, "-c", program, str(journal.path)], capture_output=True, text=True, check=False
    )
    assert "StoreError" in told.stderr
    assert "another terminal is running here (process " in told.stderr
    with pytest.raises(StoreError, match="another terminal"):
        Journal.open(journal.path)


def test_the_file_is_free_again_after_a_close_or_a_refused_open(tmp_path: Path) -> None:
    """Neither a clean end nor a failed start leaves the lock behind."""
    path = journal_file(tmp_path, 1)
    Journal.open(path).close()
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    for _ in range(2):
        with pytest.raises(StoreCorrupt):
            Journal.open(path)


def test_a_reader_follows_while_the_terminal_writes(journal: Journal) -> None:
    """A reader sees each committed event at once, nothing uncommitted, and holds nothing up."""
    write(journal, 1)
    reader = Reader(journal.path)
    journal.begin()
    journal.append(record(2))
    assert [row.seq for row in reader.events_after(0, 10)] == [1]
    journal.commit()
    rows = reader.events_after(0, 10)
    assert [row.record() for row in rows] == [record(1), record(2)]
    write(journal, 30)
    journal.checkpoint()
    assert [row.seq for row in reader.events_after(2, 5)] == [3, 4, 5, 6, 7]
    assert reader.events_after(32, 5) == []
    reader.close()


def test_a_reader_in_mid_query_does_not_stop_the_writer(journal: Journal) -> None:
    """A forgotten query in a database shell keeps the log from shrinking, but commits and checkpoints go on."""
    write(journal, 20)
    shell = sqlite3.connect(f"file:{journal.path}?mode=ro", uri=True)
    query = shell.execute("SELECT * FROM events")
    query.fetchone()
    write(journal, 20)
    journal.checkpoint()
    query.close()
    shell.close()
    journal.checkpoint()
    assert journal.seq == 40


def test_the_pragmas_are_asserted(tmp_path: Path) -> None:
    """A SQLite that does not follow a pragma (here: a memory database has no write-ahead log) is not used."""
    with pytest.raises(StoreError, match="journal_mode"):
        Journal.open(tmp_path / "journal.db", connect=lambda _: sqlite3.connect(":memory:", isolation_level=None))


# --- a real disk that refuses -------------------------------------------------------------------------------------
def test_a_file_that_may_not_grow_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """With a limit on file sizes the commit fails with StoreFailed; without it all that was acknowledged is there."""
    program = f"""
import pathlib, resource
from terminal.errors import StoreFailed
from terminal.store.journal import Journal
from tests.store.workload import write
journal = Journal.open(pathlib.Path({str(tmp_path / "journal.db")!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
try:
    while True:
        write(journal, 1)
        acked = journal.seq
except StoreFailed as error:
    print(acked, error)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    acked = int(told.stdout.split()[0])
    assert "the disk" in told.stdout
    assert acked > 5
    journal = Journal.open(tmp_path / "journal.db")
    assert journal.seq >= acked
    assert loaded(journal, World)[1] == [record(seq) for seq in range(1, journal.seq + 1)]
    journal.close()
