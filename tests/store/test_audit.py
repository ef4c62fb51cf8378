"""The audit finds what is wrong with a journal and its books, and its totals are those of the entries."""

import json
import os
import sqlite3
from pathlib import Path

import msgspec
import pytest

from terminal.errors import StoreCorrupt, StoreError
from terminal.fsm import entries, events
from terminal.store.audit import audit, render
from terminal.store.books import TABLES
from terminal.store.journal import Journal
from terminal.store.record import Record, row_of
from terminal.words import CATALOGUES
from tests.store.test_journal import TAMPERINGS, tamper
from tests.store.workload import World, journal_file, write


def book(path: Path, *posted: entries.Entry) -> None:
    """One more event with these entries."""
    journal = Journal.open(path)
    journal.begin()
    journal.append(Record(journal.seq + 1, 5, 5, events.TimedOut(), (), posted))
    journal.commit()
    journal.close()


def what_an_audit_says(path: Path) -> list[str]:
    """The findings, or the error that kept the audit from beginning."""
    try:
        return audit(path).findings
    except StoreError as error:
        return [str(error)]


def test_a_day_is_summed_up(tmp_path: Path) -> None:
    """Two sales of the model day: the totals are those that its entries add up to, in the shape that is promised."""
    found = json.loads(msgspec.json.encode(audit(journal_file(tmp_path, 14))))
    head = found.pop("head_hash")
    assert len(head) == 64
    assert found == {
        "events": 14,
        "chain_ok": True,
        "books_ok": True,
        "shifts_ok": True,
        "sales": {"paid": 2, "cancelled": 0, "open": 2},
        "due_minor": 1000,
        "cash": {
            "stacked_minor": 6000,
            "by_denomination": {"1000": 2, "2000": 2},
            "credited_minor": 2000,
            "unclaimed_minor": 4000,
            "disputed_minor": 0,
        },
        "change": {"owed_minor": 1000, "paid_out_minor": 200, "credit_notes_minor": 800},
        "epay_minor": 140,
        "refunds_minor": 40,
        "credit_notes_redeemed_minor": 200,
        "shifts": {
            "open": 0,
            "closed": 2,
            "float_minor": 40_000,
            "drops_minor": 0,
            "expected_minor": 39_960,
            "counted_minor": 40_000,
            "over_minor": 40,
            "short_minor": 0,
            "tenders_minor": {"credit_note": 200, "pos": 140},
            "corrections": {"refund": 2},
        },
        "manual": {
            "papers": 2,
            "taken_minor": 1000,
            "voided": 0,
            "missing": 2,
            "over_minor": 20,
            "short_minor": 0,
        },
        "receipts": {"originals": 2, "copies": 2},
        "barrier_openings": 2,
        "drawer_openings": 2,
        "outbox_pending": 14,
        "currency": "CNY",
        "findings": [],
    }


def test_disputed_money_is_in_no_total_until_it_is_settled(tmp_path: Path) -> None:
    """A disputed note counts neither as credited nor as unclaimed; settled as gone it counts nowhere."""
    path = journal_file(tmp_path, 0)
    book(path, *(entries.BillBooked(number, 5000, "disputed") for number in (1, 2, 3)))
    cash = audit(path).cash
    assert (cash.stacked_minor, cash.disputed_minor, cash.by_denomination) == (0, 15000, {})
    book(path, entries.DisputeSettled(1, "gone"), entries.DisputeSettled(2, "credited"))
    cash = audit(path).cash
    assert (cash.stacked_minor, cash.credited_minor, cash.disputed_minor) == (5000, 5000, 5000)
    assert cash.by_denomination == {"5000": 1}


def test_cancelled_sales_owe_nothing_but_their_change(tmp_path: Path) -> None:
    """What a cancelled sale had been credited is change owed, and its due is in no total."""
    path = journal_file(tmp_path, 0)
    book(path, entries.SaleOpened(1, "t", 0, 700), entries.BillBooked(1, 500, "credited", 1))
    book(path, entries.SaleClosed(1, "cancelled", 500, 500), entries.CreditNoteIssued(1, 1, 500))
    found = audit(path)
    assert (found.sales.cancelled, found.due_minor, found.change.owed_minor) == (1, 0, 500)


def test_an_empty_journal_balances(tmp_path: Path) -> None:
    """A terminal that never started has nothing, in good order."""
    path = tmp_path / "journal.db"
    Journal.open(path).close()
    found = audit(path)
    assert (found.events, found.ok, found.head_hash) == (0, True, "00" * 32)
    assert render(found)


def test_what_is_acknowledged_is_no_longer_pending(tmp_path: Path) -> None:
    """The outbox's depth is the events after the cursor."""
    path = journal_file(tmp_path, 9)
    journal = Journal.open(path)
    journal.set_cursor("mqtt", 7)
    journal.close()
    assert audit(path).outbox_pending == 2


def test_it_audits_while_the_terminal_writes(tmp_path: Path) -> None:
    """The audit sees one committed state of the file, whatever is under way, and progress is told."""
    journal = Journal.open(tmp_path / "journal.db")
    write(journal, 9)
    journal.begin()
    journal.commit(World(1))
    journal.begin()
    told: list[tuple[int, int]] = []
    found = audit(journal.path, lambda done, total: told.append((done, total)))
    journal.rollback()
    journal.close()
    assert (found.ok, found.events, told) == (True, 9, [(0, 9), (9, 9)])


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_with_events_breaks_the_chain(tmp_path: Path, what: str) -> None:
    """Each way of altering, removing or moving events is found, and the audit goes on to its end."""
    path = journal_file(tmp_path, 14)
    tamper(path, *TAMPERINGS[what])
    found = audit(path)
    assert not found.chain_ok
    assert not found.ok
    assert any("event" in finding for finding in found.findings)


@pytest.mark.parametrize("table", TABLES)
def test_tampering_with_the_books_is_found_row_by_row(tmp_path: Path, table: str) -> None:
    """A row of the books that was changed, removed or invented is named; the chain is still good."""
    key = TABLES[table]
    for number, statement in enumerate(
        (
            f"UPDATE {table} SET at_ms = at_ms + 1 WHERE {key} = (SELECT min({key}) FROM {table})",
            f"DELETE FROM {table} WHERE {key} = (SELECT max({key}) FROM {table})",
        )
    ):
        path = journal_file(tmp_path / str(number), 14)
        tamper(path, statement)
        found = audit(path)
        assert (found.chain_ok, found.books_ok) == (True, False)
        assert any(finding.startswith(f"{table}, row") for finding in found.findings)


def test_totals_come_from_the_journal_not_from_books_that_were_altered(tmp_path: Path) -> None:
    """Who makes the books say less does not change what the audit says is in the box."""
    path = journal_file(tmp_path, 14)
    tamper(path, "DELETE FROM bills WHERE bill_no = 4")
    assert audit(path).cash.stacked_minor == 6000


@pytest.mark.parametrize("statement", ["DROP TRIGGER events_never_change", "DROP INDEX sales_by_ticket"])
def test_a_guard_that_was_taken_away_is_found(tmp_path: Path, statement: str) -> None:
    """The schema itself is compared: without its triggers a file proves nothing."""
    path = journal_file(tmp_path, 14)
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.close()
    found = audit(path)
    assert [finding.split()[-2:] for finding in found.findings] == [["is", "missing"]]
    assert not found.books_ok


def test_a_tail_that_was_cut_off_is_found(tmp_path: Path) -> None:
    """A cursor beyond the last event shows that there were more."""
    path = journal_file(tmp_path, 14)
    tamper(path, "INSERT INTO outbox VALUES ('mqtt', 14)", "DELETE FROM events WHERE seq > 12")
    found = audit(path)
    assert not found.chain_ok
    assert "events 13 to 14 are missing at the end" in found.findings


def test_entries_that_contradict_each_other_are_found(tmp_path: Path) -> None:
    """Entries that can not be booked a second time are named with their event."""
    path = journal_file(tmp_path, 14)
    journal = Journal.open(path)
    tamper_free = Record(15, 0, 0, events.TimedOut(), (), (entries.SaleClosed(0, "paid", 1, 1),))
    row = row_of(tamper_free, journal.head_hash)
    journal.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row.values())
    connection.close()
    found = audit(path)
    assert (found.chain_ok, found.books_ok) == (True, False)
    assert any(finding.startswith("event 15: its entries can not be booked") for finding in found.findings)


def test_pages_that_were_overwritten_are_a_finding_not_a_crash(tmp_path: Path) -> None:
    """Whatever single page of the file is lost, the audit ends with findings or a plain StoreError, and writes nothing."""
    path = journal_file(tmp_path, 140)
    sound = path.read_bytes()
    for page in range(len(sound) // 4096):
        path.write_bytes(sound[: page * 4096] + b"\xa5" * 4096 + sound[(page + 1) * 4096 :])
        before = path.read_bytes()
        assert what_an_audit_says(path) != []
        assert path.read_bytes() == before


def test_a_file_at_rest_can_be_audited_where_nothing_may_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who may only read, with the terminal stopped, gets the audit; no file appears beside the journal."""
    path = journal_file(tmp_path, 14)
    before = set(tmp_path.iterdir())
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert audit(path).ok
    assert set(tmp_path.iterdir()) == before


def test_no_journal_and_no_database_are_plain_errors(tmp_path: Path) -> None:
    """Nothing is made, nothing is overwritten."""
    with pytest.raises(StoreError, match="no journal here"):
        audit(tmp_path / "journal.db")
    assert list(tmp_path.iterdir()) == []
    path = tmp_path / "journal.db"
    path.write_bytes(b"hello" * 1000)
    with pytest.raises(StoreCorrupt, match="damaged"):
        audit(path)
    assert path.read_bytes() == b"hello" * 1000


@pytest.mark.parametrize("language", CATALOGUES)
def test_people_can_read_it(tmp_path: Path, language: str) -> None:
    """Every line of the text has its words and amounts with their symbol; findings are in it."""
    path = journal_file(tmp_path, 14)
    tamper(path, "DELETE FROM receipts")
    text = render(audit(path), language)
    assert "audit." not in text
    assert "¥60.00" in text
    assert "receipts, row 1" in text
