"""The journal against a bare `sqlite3` loop that inserts the same bytes, and group commit against one by one.

Ours is `begin`, `append`, `commit` for each event: the JSON, the chain's fingerprint, the row behind its triggers, the books'
rows, one sync. The limit is one INSERT of the finished row into a plain table, with the same pragmas on the same disk.
"""

import time
from pathlib import Path

from terminal.store.journal import FILE, Journal
from terminal.store.record import Record
from tests.bench.measure import BareTable, Finding, Say, alternate, rows_of
from tests.bench.visits import some

ROUNDS = 24
EVENTS = 256
"""In one round; as many as the journal lets go by between two checkpoints."""
WAITING = 64
ONE_BY_ONE_AIM = 0.7
GROUP_AIM = 6.0


class Writers:
    """Three files that get the same events, a round of them at a time."""

    def __init__(self, folder: Path, records: list[Record]) -> None:
        for name in ("single", "grouped"):
            (folder / name).mkdir()
        self._records = records
        self._rows = rows_of(records)
        self._single = Journal.open(folder / "single" / FILE)
        self._grouped = Journal.open(folder / "grouped" / FILE)
        self._bare = BareTable(folder / "bare.db")
        self._bare_at = 0

    def single(self) -> float:
        """Events per second of the journal, each with its own commit."""
        chunk = self._records[self._single.seq : self._single.seq + EVENTS]
        began = time.perf_counter()
        for record in chunk:
            self._single.begin()
            self._single.append(record)
            self._single.commit()
        return EVENTS / (time.perf_counter() - began)

    def grouped(self) -> float:
        """Events per second of the journal, `WAITING` of them a commit."""
        at = self._grouped.seq
        groups = [self._records[start : start + WAITING] for start in range(at, at + EVENTS, WAITING)]
        began = time.perf_counter()
        for group in groups:
            self._grouped.begin()
            for record in group:
                self._grouped.append(record)
            self._grouped.commit()
        return EVENTS / (time.perf_counter() - began)

    def bare(self) -> float:
        """Events per second of a bare loop."""
        chunk = self._rows[self._bare_at : self._bare_at + EVENTS]
        self._bare_at += EVENTS
        began = time.perf_counter()
        for row in chunk:
            self._bare.insert(row)
        return EVENTS / (time.perf_counter() - began)

    def close(self) -> None:
        """Lets go of the files."""
        self._single.close()
        self._grouped.close()
        self._bare.close()


def bench(folder: Path, say: Say) -> list[Finding]:
    """Two findings: one by one, and in groups."""
    writers = Writers(folder, some((ROUNDS + 1) * EVENTS))
    contestants = {"single": writers.single, "bare": writers.bare, "grouped": writers.grouped}
    figures = alternate(ROUNDS, say, contestants)
    writers.close()
    single, bare, grouped = figures["single"], figures["bare"], figures["grouped"]
    return [
        Finding(
            "journal, one event a commit", "events/s", single, bare, "bare sqlite3 INSERT of the same bytes",
            f"ratio >= {ONE_BY_ONE_AIM:g}", single >= ONE_BY_ONE_AIM * bare,
        ),
        Finding(
            f"journal, {WAITING} waiting events a commit", "events/s", grouped, single, "the journal one by one",
            f"ratio >= {GROUP_AIM:g}", grouped >= GROUP_AIM * single,
        ),
    ]  # fmt: skip
