"""Every crash state of the store that the disk model allows: after each one the whole recovery, and the promises.

A scripted life of a terminal (`sim/crash_life.py`) runs through the real pump and the real journal on a disk that forgets. At
each write, sync and change of names it is noted what a power cut could leave there (`Moment`), and what the terminal had
acknowledged by then (`History`). Each state that may be left is then started from as the terminal starts, and afterwards the
whole file must be what one of two histories says: the acknowledged one, or the one with the commit that was under way.

For a sample of the states the recovery itself is cut, at each of its own writes and syncs, and for a sample of those the
recovery after that one too. All is decided by the seed; the work is split by moments into parts that do not depend on each
other.
"""

import gc
import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import msgspec

from sim.crash_life import Note, Watch, a_life, what_is_wrong
from sim.disk import Disk, Image, same_salts

PARTS = 24
"""The work comes in so many pieces, whatever the number of processors: the outcome is the same everywhere."""
SHARES = (0.5, 0.35, 0.15)
"""How many of the states are one, two and three cuts deep."""
THOROUGH_EVERY = 16
"""In so many states one has SQLite look through its pages as well."""
COMMON = 0.03
"""No more than this share of its states has a part in common with others; so many more are looked at."""
WRONG_MAX = 20
"""So many findings of each part are kept; the first ones tell the story."""


class Result(msgspec.Struct, frozen=True):
    """What was looked at, and what was wrong: nothing, if the store keeps its promises."""

    moments: int
    """Moments of the life at which the power was cut."""
    by_cuts: tuple[int, ...]
    """Distinct crash states after one cut, after a second one in the recovery, and after a third in the recovery after that."""
    wrong: tuple[str, ...]

    @property
    def states(self) -> int:
        """All distinct crash states."""
        return sum(self.by_cuts)


def crash_states(at_least: int, seed: int, say: Callable[[int, int], object], processes: int | None = None) -> Result:
    """Looks at `at_least` distinct crash states or some more; `say` is told now and then how many are done, and of how
    many. A broken promise is not raised, it stands in `Result.wrong`. Raises BrokenPromise when the life goes wrong by itself,
    without any cut."""
    seen: dict[int, int] = {}
    wrong: list[str] = []
    wanted = int(at_least * (1 + COMMON) / PARTS) + 1
    with _same_hashes(), multiprocessing.get_context("spawn").Pool(processes) as pool:
        for part_seen, part_wrong in pool.imap(_part, [(seed, number, wanted) for number in range(PARTS)]):
            seen = {**part_seen, **seen}
            wrong += part_wrong
            say(len(seen), at_least)
    return _result(len(_moments(seed)), seen, wrong)


def look(notes: list[Note], wanted: int, dice: random.Random) -> Result:
    """The same for moments that somebody else has noted, in this process."""
    return _result(len(notes), *_search(notes, wanted, dice))


def _result(moments: int, seen: dict[int, int], wrong: list[str]) -> Result:
    counted = Counter(seen.values())
    return Result(moments, tuple(counted[cuts] for cuts in range(1, len(SHARES) + 1)), tuple(wrong))


@contextmanager
def _same_hashes() -> Iterator[None]:
    """Processes that are started meanwhile give the same images the same marks."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTHONHASHSEED"]
        if before is not None:
            os.environ["PYTHONHASHSEED"] = before


@cache
def _moments(seed: int) -> list[Note]:
    """The life, lived once in each process; the same salts make it the same everywhere."""
    same_salts(seed)
    disk = Disk("crash-states")
    try:
        return a_life(disk)
    finally:
        disk.unregister()


def _part(job: tuple[int, int, int]) -> tuple[dict[int, int], list[str]]:
    seed, number, wanted = job
    notes = _moments(seed)
    gc.freeze()  # they stay: the collector need not walk over them again and again
    same_salts(seed)
    mine = notes[len(notes) * number // PARTS : len(notes) * (number + 1) // PARTS]
    return _search(mine, wanted, random.Random(f"{seed}, part {number}"))


def _search(notes: list[Note], wanted: int, dice: random.Random) -> tuple[dict[int, int], list[str]]:
    search = Search(dice)
    try:
        search.reach(notes, wanted)
    finally:
        search.close()
    return search.seen, search.wrong


class Search:
    """Draws crash states and checks each distinct one once, or again where more was promised."""

    def __init__(self, dice: random.Random) -> None:
        self.seen: dict[int, int] = {}
        """How many cuts led to each state, by a mark of its image."""
        self.wrong: list[str] = []
        self._promised: set[tuple[int, bytes, int]] = set()
        self._by_cuts = [0] * len(SHARES)
        self._dice = dice
        self._disk = Disk(f"crash-state-{id(self)}")

    def close(self) -> None:
        """The end of its disk."""
        self._disk.unregister()

    def reach(self, notes: list[Note], wanted: int) -> None:
        """Goes over the moments until so many states are found, or no more."""
        before = -1
        while before < len(self.seen) < wanted:
            before = len(self.seen)
            self.over(notes, max(wanted - before, len(notes)))

    def over(self, notes: list[Note], wanted: int, cuts: int = 0) -> None:
        """Spreads `wanted` states evenly over the moments; what one has too few of, the next ones make up for. One of the
        recoveries at each moment is itself noted, and cut as often as the shares say."""
        deeper = wanted * sum(SHARES[cuts + 1 :]) / sum(SHARES[cuts:])
        here_before, deeper_before = self._by_cuts[cuts], sum(self._by_cuts[cuts + 1 :])
        for number, note in enumerate(notes, 1):
            due = number / len(notes)
            missing = round(here_before + (wanted - deeper) * due) - self._by_cuts[cuts]
            deeper_missing = round(deeper_before + deeper * due) - sum(self._by_cuts[cuts + 1 :])
            if missing > 0:
                self._at(note, cuts, missing, deeper_missing)

    def _at(self, note: Note, cuts: int, missing: int, deeper_missing: int) -> None:
        noted = self._dice.randrange(missing) if deeper_missing > 0 else -1
        for drawn, image in enumerate(self._new(note, cuts, missing)):
            watch = Watch(self._disk, note.acked, note.then) if drawn == noted else None
            thorough = len(self.seen) % THOROUGH_EVERY == 0
            wrong = what_is_wrong(self._disk, image, note, watch, thorough=thorough)
            if wrong and len(self.wrong) < WRONG_MAX:
                self.wrong.append(f"event {note.acked.seq} acknowledged, {cuts + 1} cuts: {wrong}")
            if watch is not None:
                self.over(watch.close(), deeper_missing, cuts + 1)

    def _new(self, note: Note, cuts: int, count: int) -> Iterator[Image]:
        """Up to so many states that were not seen before, and those that were seen when less had been acknowledged."""
        for image in note.moment.states(3 * count + 4, self._dice):
            mark = hash(frozenset(image.items()))
            promise = (mark, note.acked.head_hash, note.acked.cursor)
            if promise in self._promised:
                continue
            self._promised.add(promise)
            if mark not in self.seen:
                self.seen[mark] = cuts + 1
                self._by_cuts[cuts] += 1
                count -= 1
            yield image
            if not count:
                return
