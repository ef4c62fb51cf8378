"""How the journal's file is opened, and what SQLite's refusals mean.

One connection writes, all others only read: releases of SQLite before 3.51.3 can damage a file whose write-ahead log is
written or checkpointed by two connections at the same moment (sqlite.org/wal.html, "the WAL-reset bug"). A lock file
keeps a second writer out. SQLite ignores a PRAGMA that it can not follow, so each is read back.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from terminal.errors import StoreCorrupt, StoreError, StoreFailed
from terminal.store import migrations

Parameters = Sequence[Any] | Mapping[str, Any]

APPLICATION_ID = 0x46656554
"""Marks the file as ours in SQLite's header ("FeeT")."""

LOG_BYTES = 8 << 20
"""What the write-ahead log is cut back to when a reader made it grow beyond."""

BUSY_S = 1.0
"""How long the writer waits for a lock; only a program that breaks the rule above can make it wait at all."""


class Connection(Protocol):
    """The little that the journal needs of a connection; refusals are raised as `sqlite3.Error`."""

    def execute(self, sql: str, parameters: Parameters = (), /) -> Iterable[Any]:
        """Runs one statement."""

    def close(self) -> None:
        """Ends the connection and lets others in."""


Connect = Callable[[Path], Connection]
"""Opens the one writing connection to a file, made if need be, with nobody else writing."""

PRAGMAS: tuple[tuple[str, str, object], ...] = (
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("foreign_keys", "ON", 1),
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("wal_autocheckpoint", "0", 0),
    ("journal_size_limit", str(LOG_BYTES), LOG_BYTES),
)

_REFUSALS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the disk or the file is read-only",
    sqlite3.SQLITE_IOERR: "the disk reports an input/output error",
    sqlite3.SQLITE_CANTOPEN: "the file can not be opened",
    sqlite3.SQLITE_BUSY: "another program is writing to the file",
}


class _Writer(sqlite3.Connection):
    """A connection that owns the lock file."""

    lock: int

    def close(self) -> None:
        super().close()
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1


def connect(path: Path) -> Connection:
    """The writing connection to `path`; folder and file are made, durably, if they are not there.

    Raises StoreError when another process has it open, StoreFailed when the disk refuses, StoreCorrupt when the file
    has been emptied or taken away from beside its write-ahead log.
    """
    try:
        _make_folder(path.parent)
        lock = _lock(path.parent / "lock")
    except OSError as error:
        raise StoreFailed(f"{path.parent}: {error.strerror}") from error
    try:
        _make_file(path)
        _write_anew(_beside(path, "-wal"))
        connection = sqlite3.connect(_uri(path, "rw"), uri=True, isolation_level=None, timeout=BUSY_S, factory=_Writer)
    except OSError as error:
        os.close(lock)
        raise StoreFailed(f"{path}: {error.strerror}") from error
    except BaseException:
        os.close(lock)
        raise
    connection.lock = lock
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that can only read, also while the terminal writes; never makes or changes the file.

    Raises StoreError when there is no journal of this version at `path`.
    """
    if not path.is_file():
        raise StoreError(f"{path}: there is no journal here")
    # In a folder that takes no files SQLite can not make its index beside the log. Where there is no log nobody writes,
    # and the file may be read as one that does not change.
    at_rest = not _beside(path, "-wal").exists() and not os.access(path.parent, os.W_OK)
    try:
        connection = sqlite3.connect(
            _uri(path, "ro&immutable=1" if at_rest else "ro"), uri=True, isolation_level=None, timeout=5.0
        )
    except sqlite3.Error as error:
        raise refusal(path, error) from error
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA cell_size_check=ON")
        version = schema_version(connection, path)
        if version < migrations.NEWEST:
            raise StoreError(
                f"{path}: its schema is of an older version ({version}); start the terminal once, it moves up"
            )
    except sqlite3.Error as error:
        connection.close()
        raise refusal(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def schema_version(connection: Connection | sqlite3.Connection, path: Path) -> int:
    """The schema's number in an open file; 0: an empty file. Raises StoreError when it is not ours or too new."""
    application_id, version = one(connection, "PRAGMA application_id")[0], one(connection, "PRAGMA user_version")[0]
    if application_id != APPLICATION_ID:
        if one(connection, "SELECT count(*) FROM sqlite_schema")[0] or version or application_id:
            raise StoreError(f"{path}: a database, but not a journal of this program")
        return 0
    if version > migrations.NEWEST:
        raise StoreError(
            f"{path}: written by a newer version of this program (schema {version}, this one knows"
            f" {migrations.NEWEST}); install that version again, a journal never goes back"
        )
    return int(version)


def settle(connection: Connection) -> None:
    """Sets the pragmas and reads them back; raises StoreError when one did not take."""
    for name, value, expected in PRAGMAS:
        list(connection.execute(f"PRAGMA {name}={value}"))
        found = one(connection, f"PRAGMA {name}")[0]
        if found != expected:
            raise StoreError(f"SQLite does not follow PRAGMA {name}={value} (it says {found!r})")


def one(connection: Connection | sqlite3.Connection, sql: str, parameters: Parameters = ()) -> tuple[Any, ...]:
    """The single row that a query gives."""
    (row,) = connection.execute(sql, parameters)
    return tuple(row)


def refusal(path: Path, error: sqlite3.Error) -> StoreError:
    """What a refusal of SQLite means to us, in plain words."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreCorrupt(f"{path}: damaged ({error}); it is left as it is, docs/journal.md tells what to do")
    return StoreFailed(f"{path}: {_REFUSALS.get(code, 'SQLite refuses')} ({error})")


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _make_file(path: Path) -> None:
    """Makes an empty file, durably. An empty file beside a log is not new: SQLite would throw the log away."""
    if path.exists() and path.stat().st_size > 0:
        return
    wal = _beside(path, "-wal")
    if wal.exists() and wal.stat().st_size > 0:
        raise StoreCorrupt(
            f"{path}: gone or empty, but {wal.name} is not; nothing is touched, docs/journal.md tells what to do"
        )
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))
    _sync(path)
    _sync(path.parent)


def _write_anew(wal: Path) -> None:
    """Makes a write-ahead log that was left behind durable, before anything in it is believed.

    It may hold a commit whose sync never happened (the program was killed) or failed (the kernel then shows the pages,
    holds them for clean, and never writes them). Neither may be acted or built upon while a power cut can undo it, and
    a sync alone would not help the second; the same bytes written once more do.
    """
    if wal.exists():
        content = wal.read_bytes()
        with wal.open("r+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(path: Path) -> int:
    """Takes the lock file, which the kernel lets go of when this process ends, however it ends."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
        os.close(handle)
        raise StoreError(f"{path.parent}: another terminal is running here (process {holder or 'unknown'})") from None
    except BaseException:
        os.close(handle)
        raise
    return handle
