"""The ledger: which accounts there are and what was billed to them, in a file of its own beside the journal.

An office imports into it while the terminal sells, so it is not the journal: the journal has one writer, the terminal. What
was paid stands in the journal alone, so no import can touch money that was taken. One program imports at a time (a lock file);
readers only read, and see all of an import or nothing of it.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from terminal.errors import StoreError, StoreFailed
from terminal.fees.dues import DEPOSITS, Account, Charge
from terminal.store import migrations, sqlite

FILE = "dues.db"
"""The ledger's name in the data directory."""

APPLICATION_ID = 0x46656544
"""Marks the file in SQLite's header ("FeeD")."""

SCRIPTS = tuple(
    file.read_text(encoding="utf-8")
    for file in sorted((Path(__file__).parent / "schema").glob("[0-9][0-9][0-9]_*.sql"))
)

ACCOUNT = """SELECT account_id, unit, block, area_centi_m2, payer FROM accounts
WHERE account_id = ? ORDER BY batch_no DESC LIMIT 1"""
CHARGES = """SELECT account_id, item, from_date, to_date, due_date, amount_minor FROM charges
WHERE account_id = ? ORDER BY item, begins"""


class Ledger:
    """An open ledger, for reading or for writing. Not for use by several threads."""

    def __init__(self, path: Path, connection: sqlite3.Connection, release: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self.connection = connection
        self._release = release
        self._open = True

    @classmethod
    def open_reader(cls, path: Path) -> Self:
        """The ledger for reading, also while somebody imports; the file is never made or changed.

        Raises `StoreError` when there is none, or none of this version.
        """
        if not path.is_file():
            raise StoreError(f"{path}: there is no ledger of dues here; `fee-terminal dues import` makes one")
        # As with the journal: in a folder that takes no files SQLite can not make its index beside the log.
        at_rest = not path.with_name(f"{path.name}-wal").exists() and not os.access(path.parent, os.W_OK)
        connection = _connected(path, "ro&immutable=1" if at_rest else "ro")
        ledger = cls(path, connection)
        with ledger.refusing():
            if _version(connection, path) < len(SCRIPTS):
                raise StoreError(f"{path}: its schema is of an older version; the next import moves it up")
        return ledger

    @classmethod
    def open_writer(cls, path: Path) -> Self:
        """The ledger for an import; made if there is none.

        Raises `StoreError` when somebody else is importing, or the file is not a ledger of this version.
        """
        lock = _locked(path.with_name(f"{path.name}.lock"))
        try:
            connection = _connected(path, "rwc")
        except BaseException:
            os.close(lock)
            raise
        ledger = cls(path, connection, lambda: os.close(lock))
        with ledger.refusing():
            version = _version(connection, path)
            sqlite.settle(connection)
            if version < len(SCRIPTS):
                migrations.migrate(connection, version, APPLICATION_ID, SCRIPTS)
        return ledger

    @classmethod
    def empty(cls) -> Self:
        """A ledger with nothing in it and no file: what a dry run compares with where nothing was imported yet."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        migrations.migrate(connection, 0, APPLICATION_ID, SCRIPTS)
        return cls(Path(":memory:"), connection)

    def owed_facts(self, account_id: str) -> tuple[Account, tuple[Charge, ...]] | None:
        """An account and all that was ever billed to it; None: it is not known here. Raises `StoreError`."""
        found = self.rows(ACCOUNT, account_id)
        if not found:
            return None
        return Account(*found[0]), tuple(Charge(*row) for row in self.rows(CHARGES, account_id))

    def returned_minor(self, charge_key: str) -> int:
        """How much of a deposit went back to its payer; 0: nothing yet."""
        rows = self.rows("SELECT amount_minor FROM deposits_returned WHERE charge_key = ?", charge_key)
        return int(rows[0][0]) if rows else 0

    def return_deposit(self, charge: Charge, paid_minor: int, who: str, at_ms: int) -> None:
        """Notes that a deposit, of which `paid_minor` had been paid, went back to its payer. Raises `StoreError` if there is
        nothing to return."""
        if charge.item not in DEPOSITS or paid_minor <= 0:
            raise StoreError(f"{charge.key}: nothing to return: it is no deposit that was paid")
        if self.returned_minor(charge.key):
            raise StoreError(f"{charge.key}: was returned already")
        with self.refusing():
            self.connection.execute(
                "INSERT INTO deposits_returned (charge_key, at_ms, who, amount_minor) VALUES (?, ?, ?, ?)",
                (charge.key, at_ms, who, paid_minor),
            )

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """All rows of a query. Raises `StoreError`."""
        try:
            return self.connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise sqlite.refusal(self.path, error) from error

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Says in plain words why SQLite refuses, and lets go of the file when anything goes wrong."""
        try:
            yield
        except sqlite3.Error as error:
            self.close()
            raise sqlite.refusal(self.path, error) from error
        except StoreError:
            self.close()
            raise

    def drop(self) -> None:
        """Drops what was written since the last transaction began, if there is anything."""
        if self._open and self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Lets go of the file; an open transaction is dropped."""
        self._open = False
        self.connection.close()
        self._release()
        self._release = lambda: None


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    try:
        uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)
    except sqlite3.Error as error:
        raise sqlite.refusal(path, error) from error


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The number of the schema in the file; 0: an empty one. Raises `StoreError` when it is not ours, or too new."""
    (application_id,) = sqlite.one(connection, "PRAGMA application_id")
    (version,) = sqlite.one(connection, "PRAGMA user_version")
    if application_id != APPLICATION_ID and (
        version or sqlite.one(connection, "SELECT count(*) FROM sqlite_schema")[0]
    ):
        raise StoreError(f"{path}: a database, but not a ledger of dues")
    if version > len(SCRIPTS):
        raise StoreError(f"{path}: written by a newer version of this program; install that version again")
    return int(version)


def _locked(path: Path) -> int:
    """Takes the lock file; the kernel lets go of it when this process ends, however it ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise StoreFailed(f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StoreError(f"{path.parent}: somebody else is importing here") from None
    return handle
