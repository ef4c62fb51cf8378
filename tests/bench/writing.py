"""The journal against a bare `sqlite3` loop that inserts the same bytes, and group commit against one by one.

Ours is `begin`, `append`, `commit` for each event: the JSON, the chain's fingerprint, the row behind its triggers, the books'
rows, the world, one sync. The limit is one transaction that puts the finished row and the encoded world into two plain tables,
with the same pragmas on the same disk.
"""

import time
from pathlib import Path

from terminal.store.journal import FILE, Journal
from tests.bench.measure import BareTable, Finding, Say, alternate, rows_of, worlds_of
from tests.bench.visits import Diary, diary_of

ROUNDS = 24
EVENTS = 256
"""In one round; as many as the journal lets go by between two checkpoints."""
WAITING = 64
ONE_BY_ONE_AIM = 0.7
GROUP_AIM = 6.0


class Writers:
    """Three files that get the same events, a round of them at a time."""

    def __init__(self, folder: Path, diary: Diary) -> None:
        for name in ("single", "grouped"):
            (folder / name).mkdir()
        self._records, self._worlds = diary.records, diary.worlds
        self._rows, self._blobs = rows_of(diary.records), worlds_of(diary.worlds)
        self._single = Journal.open(folder / "single" / FILE)
        self._grouped = Journal.open(folder / "grouped" / FILE)
        self._bare = BareTable(folder / "bare.db")
        self._bare_at = 0

    def single(self) -> float:
        """Events per second of the journal, each with its own commit."""
        at = self._single.seq
        chunk = list(zip(self._records[at : at + EVENTS], self._worlds[at : at + EVENTS], strict=True))
        began = time.perf_counter()
        for record, world in chunk:
            self._single.begin()
            self._single.append(record)
            self._single.commit(world)
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
            self._grouped.commit(self._worlds[group[-1].seq - 1])
        return EVENTS / (time.perf_counter() - began)

    def bare(self) -> float:
        """Events per second of a bare loop."""
        at = self._bare_at
        chunk = list(zip(self._rows[at : at + EVENTS], self._blobs[at : at + EVENTS], strict=True))
        self._bare_at += EVENTS
        began = time.perf_counter()
        for row, world in chunk:
            self._bare.insert(row, world)
        return EVENTS / (time.perf_counter() - began)

    def close(self) -> None:
        """Lets go of the files."""
        self._single.close()
        self._grouped.close()
        self._bare.close()


def bench(folder: Path, say: Say) -> list[Finding]:
    """Two findings: one by one, and in groups."""
    writers = Writers(folder, diary_of((ROUNDS + 1) * EVENTS))
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
