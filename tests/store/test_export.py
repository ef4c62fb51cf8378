"""The export hands out every event that proves sound, in a form that other programs read, and no other."""

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest

from terminal.errors import StoreCorrupt, StoreError
from terminal.store.export import COLUMNS, export
from tests.store.test_journal import tamper
from tests.store.workload import journal_file, record


def test_json_lines_hold_the_events_as_they_are(tmp_path: Path) -> None:
    """One object a line; data, effects and entries are JSON themselves, and the chain can be followed."""
    out = io.StringIO()
    assert export(journal_file(tmp_path, 14), "jsonl", out) == 14
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, 15))
    assert set(lines[0]) == set(COLUMNS)
    for line in lines:
        expected = record(line["seq"])
        assert line["data"] == json.loads(msgspec.json.encode(expected.event))
        assert line["entries"] == json.loads(msgspec.json.encode(expected.entries))
        assert line["kind"] == type(expected.event).__name__
    assert [line["prev_hash"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]


def test_csv_holds_the_same(tmp_path: Path) -> None:
    """The same columns with a heading, texts quoted as CSV wants it."""
    out = io.StringIO()
    assert export(journal_file(tmp_path, 14), "csv", out) == 14
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert [int(row["seq"]) for row in rows] == list(range(1, 15))
    assert json.loads(rows[6]["data"]) == json.loads(msgspec.json.encode(record(7).event))


def test_it_stops_where_the_chain_breaks(tmp_path: Path) -> None:
    """What comes before the break is written, nothing behind it, and the break is an error with its number."""
    path = journal_file(tmp_path, 14)
    tamper(path, "UPDATE events SET at_ms = 0 WHERE seq = 6")
    out = io.StringIO()
    with pytest.raises(StoreCorrupt, match="event 6 was altered"):
        export(path, "jsonl", out)
    assert [json.loads(line)["seq"] for line in out.getvalue().splitlines()] == [1, 2, 3, 4, 5]


def test_no_journal_is_a_plain_error(tmp_path: Path) -> None:
    """Nothing is made where there is nothing."""
    with pytest.raises(StoreError, match="no journal here"):
        export(tmp_path / "journal.db", "csv", io.StringIO())
    assert list(tmp_path.iterdir()) == []
