"""The journal for other programs, as JSON lines or CSV, each row verified before it is written."""

import csv
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TextIO

import msgspec

from terminal.store import sqlite
from terminal.store.record import GENESIS, SELECT, Row, verified

Format = Literal["jsonl", "csv"]

COLUMNS = ("seq", "at_ms", "up_ms", "kind", "data", "effects", "entries", "prev_hash", "hash")


def export(path: Path, form: Format, out: TextIO) -> int:
    """Writes all events of the journal at `path` to `out` and answers how many. Times in milliseconds, hashes in hex.

    Raises StoreError when there is no journal there, and StoreCorrupt where the chain breaks, with all before that
    written: what was exported is always sound.
    """
    from sqlite_utils import Database  # takes an eighth of a second to import, and only this command needs it

    connection = sqlite.connect_reader(path)
    try:
        database = Database(connection, recursive_triggers=False, execute_plugins=False)
        rows = (tuple(columns.values()) for columns in database.query(f"{SELECT} ORDER BY seq"))
        write = _csv_lines(out) if form == "csv" else _json_lines(out)
        count = 0
        for row in verified(rows, 0, GENESIS):
            write(row)
            count += 1
        return count
    except sqlite3.Error as error:
        raise sqlite.refusal(path, error) from error
    finally:
        connection.close()


def _json_lines(out: TextIO) -> Callable[[Row], object]:
    encode = msgspec.json.Encoder().encode

    def write(row: Row) -> object:
        line = {
            **msgspec.structs.asdict(row),
            "data": msgspec.Raw(row.data),
            "effects": msgspec.Raw(row.effects),
            "entries": msgspec.Raw(row.entries),
            "prev_hash": row.prev_hash.hex(),
            "hash": row.hash.hex(),
        }
        return out.write(encode(line).decode() + "\n")

    return write


def _csv_lines(out: TextIO) -> Callable[[Row], object]:
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)

    def write(row: Row) -> object:
        return lines.writerow((*row.values()[:7], row.prev_hash.hex(), row.hash.hex()))

    return write
