"""What the disk that forgets leaves behind after a power cut is always a journal that holds all it had acknowledged."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.crash_life import PATH, History, Note, Terminal, Watch, a_life, difference, what_is_wrong
from sim.crash_states import crash_states, look
from sim.disk import Disk, whole
from terminal.errors import StoreFailed
from terminal.fsm import events as ev
from terminal.fsm.world import new_world
from terminal.store.audit import audit
from terminal.store.journal import Journal
from tests.store.workload import record, write

STATES = 15_000
NOTHING = History(new_world())
REFUSED = ev.CodeRefused("not_a_ticket", "打火机…\x00")
TICKET = ev.TicketScanned("t1", 0, "T1")


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


# --- every crash state --------------------------------------------------------------------------------------------
@pytest.mark.timeout(900)
def test_no_power_cut_loses_what_was_acknowledged() -> None:
    """In 15,000 crash states, one to three cuts deep, the start works and events, books, money and world are as promised."""
    found = crash_states(STATES, seed=1, say=lambda done, of: None)
    assert found.wrong == ()
    assert found.states >= STATES
    assert min(found.by_cuts) > STATES / 20


def test_the_same_seed_looks_at_the_same_states() -> None:
    """However many processes share the work, the outcome follows from the seed."""
    one, three = (crash_states(300, 7, lambda done, of: None, processes) for processes in (1, 3))
    assert one == three
    assert one.states >= 300


def test_the_life_ends_in_books_that_the_audit_believes(disk: Disk, tmp_path: Path) -> None:
    """The real audit of the real file: each kind of money is in it, and each entry of the books."""
    image = a_life(disk)[-1].moment.any_state(random.Random(1))
    path = tmp_path / PATH
    path.write_bytes(whole(image[str(PATH)]))
    found = audit(path)
    assert found.findings == []
    assert found.sales.paid == 4 and found.sales.cancelled == 1 and found.sales.open == 1
    assert found.cash.credited_minor == 5700 and found.cash.unclaimed_minor == 3000
    assert found.change.owed_minor == found.change.paid_out_minor + found.change.credit_notes_minor == 1700
    assert found.receipts.originals == 4 and found.receipts.copies == 1


# --- the check can fail -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sabotage", ["PRAGMA synchronous=NORMAL", "PRAGMA synchronous=OFF"])
def test_the_disk_really_forgets(disk: Disk, sabotage: str) -> None:
    """With fewer syncs than the journal asks for, the same check finds acknowledged events lost."""
    found = look(a_life(disk, sabotage)[::3], 200, random.Random(7))
    assert any("1 cuts: acknowledged" in wrong for wrong in found.wrong)


def test_a_disk_that_lies_about_syncs_is_found_out(disk: Disk) -> None:
    """A disk that calls every sync a success and keeps nothing loses acknowledged events in this check."""
    disk.fault = "forgets_all"
    found = look(a_life(disk)[::20], 100, random.Random(7))
    assert any("1 cuts: acknowledged" in wrong for wrong in found.wrong)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DELETE FROM receipts", "the books differ"),
        ("UPDATE events SET at_ms = at_ms + 1 WHERE seq = 3", "the events are not"),
        ("UPDATE outbox SET acked_seq = 1", "acknowledged"),
        ("DELETE FROM snapshots", None),  # the events tell the same
    ],
)
def test_a_row_that_was_changed_is_found(disk: Disk, spare: Disk, change: str, words: str | None) -> None:
    """Whatever recovery did to journal or books by mistake would be seen."""
    acked = a_life(disk)[-1].acked
    connection = disk.connect(PATH)
    for (trigger,) in list(connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(change)
    connection.close()
    wrong = what_is_wrong(spare, disk.seen(), Note(disk.moment(), acked, acked))
    assert wrong is None if words is None else wrong is not None and words in wrong


def say_often(terminal: Terminal) -> None:
    """Many small commits: more than fit into the blocks that making the tables left in the log."""
    for _ in range(100):
        terminal.say(REFUSED)


# --- disks that refuse --------------------------------------------------------------------------------------------
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


def test_a_failed_sync_is_not_tried_again_and_nothing_is_built_on_it(disk: Disk) -> None:
    """After a failed sync the kernel shows pages that it will never write; later events must not need them."""
    watch = Watch(disk, NOTHING)
    killed = Terminal(disk, [NOTHING], watch)
    killed.say(TICKET)
    disk.fault = "sync_fails"
    with pytest.raises(StoreFailed, match="input/output error"):
        killed.say(REFUSED)
    with pytest.raises(StoreFailed, match="open it again"):
        killed.journal.begin()
    disk.fault = "none"
    # The program is killed at this point: nothing was closed, and the new start sees all that the kernel shows.
    after = Terminal(disk, [watch.acked, watch.then], watch)
    after.say(REFUSED)
    after.say(TICKET)
    found = look(watch.close(), 1500, random.Random(3))
    after.journal.close()
    killed.journal.close()
    assert found.wrong == ()


def test_a_commit_that_was_seen_after_a_kill_is_durable_before_it_is_believed(disk: Disk) -> None:
    """Killed between write and sync, the next start sees the commit; by the time it says so, no power cut undoes it."""
    killed = Terminal(disk, [NOTHING])
    killed.say(TICKET)
    acked = killed.history
    disk.fault = "forgets_all"  # the write happens, the sync does not: this is where the program is killed
    killed.say(REFUSED)
    disk.fault = "none"
    watch = Watch(disk, acked, killed.history)
    after = Terminal(disk, [killed.history], watch)
    found = look(watch.close(), 1500, random.Random(3))
    after.journal.close()
    killed.journal.close()
    assert found.wrong == ()


@pytest.mark.parametrize(("fault", "words"), [("full", "full"), ("read_only", "read-only")])
def test_a_disk_that_refuses_is_told_in_plain_words_and_costs_nothing(disk: Disk, fault: Any, words: str) -> None:
    """Full or read-only: the commit fails with plain words, and re-opened with room again the journal goes on."""
    watch = Watch(disk, NOTHING)
    terminal = Terminal(disk, [NOTHING], watch)
    terminal.say(TICKET)
    disk.fault = fault
    with pytest.raises(StoreFailed, match=words):
        say_often(terminal)  # a full disk goes on until the blocks that the log has already are used up
    terminal.journal.close()
    disk.fault = "none"
    after = Terminal(disk, [watch.acked], watch)
    after.say(REFUSED)
    assert difference(after) is None
    after.journal.close()
    assert look(watch.close(), 500, random.Random(3)).wrong == ()


@pytest.mark.parametrize("fault", ["full", "read_only", "sync_fails"])
def test_a_journal_can_not_be_made_on_a_disk_that_refuses(disk: Disk, fault: Any) -> None:
    """Making the file on such a disk is a StoreFailed, not a crash."""
    disk.fault = fault
    with pytest.raises(StoreFailed):
        Journal.open(PATH, connect=disk.connect)
