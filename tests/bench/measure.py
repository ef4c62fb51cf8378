"""How things are measured here: in turns with their limit, several times, and the median of that.

Machines are noisy and shared, so nothing is compared with a figure of yesterday: the contestants of one comparison take
turns, A B B A A B, each with a round that does not count first, and only the ratio of their medians is judged.
"""

import os
import sqlite3
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

import msgspec

from terminal.fsm.world import World
from terminal.store.record import GENESIS, INSERT, Record, row_of
from terminal.store.sqlite import PRAGMAS

Say = Callable[[str], None]
"""Tells people how far a measurement is."""


class Finding(msgspec.Struct, frozen=True):
    """One line of the table. `ratio` is always ours / limit; `met` is None where there is no aim."""

    what: str
    unit: str
    ours: float
    limit: float
    against: str
    """What the limit is."""
    aim: str
    met: bool | None

    @property
    def ratio(self) -> float:
        """How far ours is from the limit."""
        return self.ours / self.limit


def alternate(rounds: int, say: Say, contestants: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Each contestant's median figure; a call is one round of it."""
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    order = list(contestants)
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}")
        for name in order:
            figures[name].append(contestants[name]())
        order.reverse()
    return {name: median(values[1:]) for name, values in figures.items()}


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def file_system(folder: Path) -> str:
    """The kind of file system that a folder is on."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(point, kind) for point, kind in mounts if folder.resolve().is_relative_to(point)]
    return max(above, key=lambda mount: len(mount[0]))[1]


def machine(folder: Path) -> str:
    """What the figures depend on."""
    python = ".".join(map(str, sys.version_info[:3]))
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {file_system(folder)}, Python {python}, SQLite {sqlite3.sqlite_version}"


# --- the raw limit of the disk ------------------------------------------------------------------------------------
_TABLE = """CREATE TABLE events (seq INTEGER PRIMARY KEY, at_ms INTEGER, up_ms INTEGER, kind TEXT, data TEXT,
effects TEXT, entries TEXT, prev_hash BLOB, hash BLOB) STRICT"""
CHECKPOINT_PAGES = 1000
"""SQLite's own default. The journal does without it and checkpoints by itself; a bare loop is faster with it."""

Values = tuple[int | str | bytes, ...]


def worlds_of(worlds: Iterable[World]) -> list[bytes]:
    """The very bytes that the journal keeps of these worlds."""
    return [msgspec.msgpack.encode(world) for world in worlds]


def rows_of(records: Iterable[Record]) -> list[Values]:
    """The very bytes that the journal writes for these records."""
    rows, head = [], GENESIS
    for record in records:
        row = row_of(record, head)
        rows.append(row.values())
        head = row.hash
    return rows


class BareTable:
    """SQLite with the journal's pragmas and nothing else: no chain, no books, no trigger, no check."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for name, value, _ in PRAGMAS:
            self._connection.execute(f"PRAGMA {name}={value}")
        self._connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        self._connection.execute(_TABLE)
        self._connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, world BLOB) STRICT")

    def insert(self, row: Values, world: bytes) -> None:
        """One event's row and the world after it, one commit, one sync."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(INSERT, row)
        self._connection.execute("INSERT OR REPLACE INTO kept (id, world) VALUES (0, ?)", (world,))
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()
