"""The schema, as numbered files that only ever go forward.

`schema/NNN_*.sql` takes a file from version NNN-1 to NNN. Each one and the number that says it was done are one
transaction: after a power cut a file is of one version or of the next.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

SCHEMA = Path(__file__).parent / "schema"

SCRIPTS: tuple[str, ...] = tuple(
    file.read_text(encoding="utf-8") for file in sorted(SCHEMA.glob("[0-9][0-9][0-9]_*.sql"))
)

NEWEST = len(SCRIPTS)
"""The version that this program writes and reads."""


class _Executes(Protocol):
    def execute(self, sql: str, /) -> Iterable[Any]: ...


def migrate(connection: _Executes, version: int, application_id: int, scripts: Sequence[str] = SCRIPTS) -> None:
    """Takes an open file from `version` to the newest. Raises sqlite3.Error when one step fails; it leaves no trace."""
    for number, script in enumerate(scripts[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={application_id}")
            connection.execute(f"PRAGMA user_version={number}")
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one (sqlite3's own `executescript` would commit first)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
