"""What the disk that forgets leaves behind after a power cut is always a journal that holds all it had acknowledged."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.disk import Disk, DiskConnection, Image, Moment
from terminal.errors import StoreFailed
from terminal.store import books
from terminal.store.journal import Journal
from tests.store.workload import World, record, write

PATH = Path("/journal.db")
EVENTS = 24
CHECKPOINT_EVERY = 8


@pytest.fixture
def disk() -> Iterator[Disk]:
    """The disk of the terminal under test."""
    made = Disk("under-test")
    yield made
    made.unregister()


@pytest.fixture
def spare() -> Iterator[Disk]:
    """A second disk, on which crash images are looked at."""
    made = Disk("spare")
    yield made
    made.unregister()


class Witness:
    """Notes at every sync and after every commit what a power cut could leave, and what was acknowledged by then."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.acked = 0
        self.moments: list[tuple[Moment, int]] = []
        disk.before_sync = self.look

    def look(self) -> None:
        """Notes this moment."""
        self.moments.append((self.disk.moment(), self.acked))

    def acknowledge(self, seq: int) -> None:
        """A commit has returned."""
        self.acked = seq
        self.look()


def a_day(witness: Witness, *, sabotage: str = "", events: int = EVENTS) -> None:
    """Opens a new journal and fills it: commits of one to three events, snapshots, cursors, checkpoints."""
    connections: list[DiskConnection] = []

    def connect(path: Path) -> DiskConnection:
        connections.append(witness.disk.connect(path))
        return connections[-1]

    journal = Journal.open(PATH, connect=connect)
    if sabotage:
        connections[-1].execute(sabotage)
    while journal.seq < events:
        journal.begin()
        for _ in range(1 + journal.seq % 3):
            journal.append(record(journal.seq + 1))
        journal.set_cursor("mqtt", journal.seq - 1)
        journal.commit(World(sales=journal.seq) if journal.seq % 2 else None)
        witness.acknowledge(journal.seq)
        if journal.seq % CHECKPOINT_EVERY == 0:
            journal.checkpoint()
            witness.look()
    journal.close()
    witness.look()


def rows_of_books(connection: DiskConnection) -> dict[str, list[Any]]:
    """All rows of all tables of the books."""
    return {
        table: list(connection.execute(f"SELECT * FROM {table} ORDER BY {key}")) for table, key in books.TABLES.items()
    }


@pytest.fixture(scope="module")
def expected_books() -> list[dict[str, list[Any]]]:
    """The books after 0, 1, 2 … events, from a disk without faults."""
    disk = Disk("faultless")
    connection = disk.connect(PATH)
    journal = Journal.open(PATH, connect=lambda _: connection)
    found = [rows_of_books(connection)]
    for _ in range(EVENTS + 3):
        write(journal, 1)
        found.append(rows_of_books(connection))
    journal.close()
    disk.unregister()
    return found


def what_is_wrong(
    spare: Disk, image: Image, acked: int, expected: list[dict[str, list[Any]]], witness: Witness | None = None
) -> str | None:
    """Opens a crash image as the terminal would and compares it with what was promised; None: all is well."""
    spare.start(image)
    connection = spare.connect(PATH)
    try:
        journal = Journal.open(PATH, connect=lambda _: connection)
        world, records = journal.load(World)
        tail = list(records)
        if witness:
            witness.acknowledge(journal.seq)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    try:
        first = world.sales if world else 0
        if journal.seq < acked:
            return f"acknowledged {acked}, found {journal.seq}"
        if tail != [record(seq) for seq in range(first + 1, journal.seq + 1)]:
            return "the events are not the ones that were written"
        if rows_of_books(connection) != expected[journal.seq]:
            return "the books differ from the journal"
    finally:
        journal.close()
    return None


def findings(
    spare: Disk, moments: list[tuple[Moment, int]], expected: list[dict[str, list[Any]]], states: int
) -> tuple[int, list[str]]:
    """Looks at up to `states` crash states of each moment; answers how many there were, and what was wrong."""
    dice = random.Random(7)
    found: list[str] = []
    seen: set[tuple[int, int]] = set()
    for moment, acked in moments:
        for image in moment.states(states, dice):
            mark = (hash(tuple(sorted(image.items()))), acked)
            if mark not in seen:
                seen.add(mark)
                if wrong := what_is_wrong(spare, image, acked, expected):
                    found.append(wrong)
    return len(seen), found


def test_no_power_cut_loses_what_was_acknowledged(
    disk: Disk, spare: Disk, expected_books: list[dict[str, list[Any]]]
) -> None:
    """In every crash state, from the making of the file on, each acknowledged event is there and the books agree."""
    witness = Witness(disk)
    a_day(witness)
    states, found = findings(spare, witness.moments, expected_books, states=240)
    assert found == []
    assert states > 1500


def test_a_second_cut_during_the_start_after_the_first_loses_nothing_either(
    disk: Disk, spare: Disk, expected_books: list[dict[str, list[Any]]]
) -> None:
    """Recovery is itself interrupted at every one of its syncs; what was acknowledged before the first cut stays."""
    witness = Witness(disk)
    a_day(witness)
    dice = random.Random(11)
    nested: list[tuple[Moment, int]] = []
    for moment, acked in witness.moments[::2]:
        for image in moment.states(6, dice):
            again = Witness(spare)
            again.acked = acked
            assert what_is_wrong(spare, image, acked, expected_books, again) is None
            nested += again.moments
    spare.before_sync = lambda: None
    states, found = findings(spare, nested, expected_books, states=14)
    assert found == []
    assert states > 500


@pytest.mark.parametrize("sabotage", ["PRAGMA synchronous=NORMAL", "PRAGMA synchronous=OFF"])
def test_the_disk_really_forgets(
    disk: Disk, spare: Disk, expected_books: list[dict[str, list[Any]]], sabotage: str
) -> None:
    """With fewer syncs than the journal asks for, the same check finds acknowledged events lost."""
    witness = Witness(disk)
    a_day(witness, sabotage=sabotage)
    _, found = findings(spare, witness.moments, expected_books, states=6)
    assert any(wrong.startswith("acknowledged") for wrong in found)


def test_a_disk_that_lies_about_syncs_is_found_out(
    disk: Disk, spare: Disk, expected_books: list[dict[str, list[Any]]]
) -> None:
    """A disk that calls every sync a success and keeps nothing loses acknowledged events in this check."""
    disk.fault = "forgets_all"
    witness = Witness(disk)
    a_day(witness)
    _, found = findings(spare, witness.moments, expected_books, states=4)
    assert any(wrong.startswith("acknowledged") for wrong in found)


def test_a_commit_is_one_sync_however_many_events_wait(disk: Disk) -> None:
    """One event or sixty-four: a commit asks the disk for exactly one sync, books and cursor included."""
    journal = Journal.open(PATH, connect=disk.connect)
    write(journal, 1)  # the first commit also begins a new log
    counts = []
    for waiting in (1, 64, 1):
        before = disk.syncs
        journal.begin()
        for _ in range(waiting):
            journal.append(record(journal.seq + 1))
        journal.set_cursor("mqtt", journal.seq)
        journal.commit()
        counts.append(disk.syncs - before)
    journal.close()
    assert counts == [1, 1, 1]


def test_a_failed_sync_is_not_tried_again_and_nothing_is_built_on_it(
    disk: Disk, spare: Disk, expected_books: list[dict[str, list[Any]]]
) -> None:
    """After a failed sync the kernel shows pages that it will never write; later events must not need them."""
    witness = Witness(disk)
    killed = Journal.open(PATH, connect=disk.connect)
    write(killed, 3)
    witness.acknowledge(3)
    killed.begin()
    killed.append(record(4))
    disk.fault = "sync_fails"
    with pytest.raises(StoreFailed, match="input/output error"):
        killed.commit()
    with pytest.raises(StoreFailed, match="open it again"):
        killed.begin()
    disk.fault = "none"
    # The program is killed at this point: nothing was closed, and the new start sees all that the kernel shows.
    journal = Journal.open(PATH, connect=disk.connect)
    assert journal.seq in (3, 4)
    witness.acknowledge(journal.seq)
    write(journal, 3)
    witness.acknowledge(journal.seq)
    _, found = findings(spare, witness.moments, expected_books, states=40)
    killed.close()
    assert found == []


def test_a_commit_that_was_seen_after_a_kill_is_durable_before_it_is_believed(disk: Disk, spare: Disk) -> None:
    """Killed between write and sync, the next start sees the commit; by the time it says so, no power cut undoes it."""
    killed = Journal.open(PATH, connect=disk.connect)
    write(killed, 2)
    killed.begin()
    killed.append(record(3))
    disk.fault = "forgets_all"  # the write happens, the sync does not: this is where the program is killed
    killed.commit()
    disk.fault = "none"
    after = Journal.open(PATH, connect=disk.connect)
    assert after.seq == 3
    for image in disk.moment().states(40, random.Random(3)):
        spare.start(image)
        again = Journal.open(PATH, connect=spare.connect)
        assert again.seq == 3
        again.close()
    after.close()
    killed.close()


@pytest.mark.parametrize(("fault", "words"), [("full", "full"), ("read_only", "read-only")])
def test_a_disk_that_refuses_is_told_in_plain_words_and_costs_nothing(
    disk: Disk, spare: Disk, expected_books: list[dict[str, list[Any]]], fault: Any, words: str
) -> None:
    """Full or read-only: the commit fails with plain words, and re-opened with room again the journal goes on."""
    journal = Journal.open(PATH, connect=disk.connect)
    write(journal, 5)
    disk.fault = fault
    with pytest.raises(StoreFailed, match=words):
        write(journal, 1)
    journal.close()
    disk.fault = "none"
    journal = Journal.open(PATH, connect=disk.connect)
    assert journal.seq == 5
    write(journal, 4)
    journal.close()
    assert what_is_wrong(spare, disk.seen(), 9, expected_books) is None


@pytest.mark.parametrize("fault", ["full", "read_only", "sync_fails"])
def test_a_journal_can_not_be_made_on_a_disk_that_refuses(disk: Disk, fault: Any) -> None:
    """Making the file on such a disk is a StoreFailed, not a crash."""
    disk.fault = fault
    with pytest.raises(StoreFailed):
        Journal.open(PATH, connect=disk.connect)
