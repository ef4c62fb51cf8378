"""What the window's page reads from the journal: whether an act is durable, receipts, and what is open of an outage.

Read from the file by a connection of its own each time, in the thread of the browser that asked; the pump does not notice.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from terminal.fsm.events import Event
from terminal.staff.signing_in import Remembered
from terminal.store.journal import Reader
from terminal.store.lookups import Lookups
from terminal.web.service.past import Past, when
from terminal.web.window.acts import is_the_same

RECEIPTS = 9
"""So many of the last receipts are listed: each has a number key."""

NEWEST_EVENT = "SELECT coalesce(max(seq), 0) FROM events"
ACTED = "SELECT seq, data FROM events WHERE seq > ? AND kind = ? ORDER BY seq"
RECEIPTS_UP_TO = """SELECT receipt_no, ticket_id FROM receipts JOIN sales USING (sale_no)
WHERE receipt_no <= ? ORDER BY receipt_no DESC LIMIT ?"""

PADS_SHOWN, PAPERS_SHOWN, MISSING_SHOWN = 8, 9, 12
"""So much of it fits on the page: pads that are out come first, papers and missing numbers begin with the newest."""

PADS = """SELECT pad_id, first_no, last_no, holder, next_no, missing FROM pads_now JOIN pads USING (pad_id, first_no, last_no)
WHERE holder <> '' OR missing OR next_no <= last_no ORDER BY holder = '', missing = 0, pads.seq LIMIT ?"""
UNCOUNTED = """SELECT pad_id, paper_no, occurred_ms, plate, taken_minor, should_minor, collector FROM backfills_checked
WHERE NOT withdrawn AND over_minor IS NULL ORDER BY backfill_no DESC LIMIT ?"""
SUMS = """SELECT count(*), coalesce(sum(taken_minor), 0) FROM backfills_checked
WHERE NOT withdrawn AND over_minor IS NULL"""
MISSING = """SELECT DISTINCT pad_id, paper_no FROM papers_missing AS lost
WHERE NOT EXISTS (SELECT 1 FROM papers_standing AS found WHERE found.paper_no = lost.paper_no) ORDER BY paper_no LIMIT ?"""
LAST_OUTAGE = "SELECT outage_no, from_ms, to_ms, cause FROM outages ORDER BY outage_no DESC LIMIT 1"


class Books:
    """Of one journal. All methods may be called from any thread, and raise StoreError."""

    def __init__(self, journal: Path, now_ms: Callable[[], int]) -> None:
        self._journal = journal
        self._past = Past(journal, now_ms)
        self._now_ms = now_ms

    def tries(self) -> Iterable[Remembered]:
        """Who signed in, or failed to, in the last hour."""
        return self._past.tries()

    def newest_event(self) -> int:
        """The number of the last durable event, 0 when there is none."""
        with closing(Reader(self._journal)) as reader:
            return int(reader.rows(NEWEST_EVENT)[0][0])

    def seq_of(self, asked: Event, after: int) -> int | None:
        """Under which number the journal holds what was asked, behind that event; None: not durable yet."""
        with closing(Reader(self._journal)) as reader:
            for seq, data in reader.rows(ACTED, (after, type(asked).__name__)):
                if is_the_same(msgspec.json.decode(data, type=type(asked)), asked):
                    return int(seq)
        return None

    def receipts(self, up_to: int, zone: ZoneInfo) -> list[dict[str, Any]]:
        """The last receipts up to that number, the newest first, each with what a correction needs to know of it."""
        found = []
        with closing(Reader(self._journal)) as reader:
            lookups = Lookups(reader.rows)
            for receipt_no, ticket_id in reader.rows(RECEIPTS_UP_TO, (up_to, RECEIPTS)):
                sold = lookups.sold(receipt_no)
                if sold is not None:
                    copies = lookups.copies_of("receipt", receipt_no)
                    more = {"ticket": ticket_id, "at": when(sold.at_ms, zone), "copies": copies}
                    found.append(msgspec.structs.asdict(sold) | more)
        return found

    def backfill(self, zone: ZoneInfo) -> dict[str, Any]:
        """What is open of outages: pads, papers whose envelope was not counted, missing numbers, the last outage."""
        with closing(Reader(self._journal)) as reader:
            lookups = Lookups(reader.rows)
            pads = _named(PAD_FIELDS, reader.rows(PADS, (PADS_SHOWN,)))
            for pad in pads:
                used = set(lookups.papers_used(pad["next_no"], pad["last_no"])) if pad["holder"] else ()
                pad["next_no"] = next(no for no in range(pad["next_no"], pad["last_no"] + 2) if no not in used)
            papers = _named(PAPER_FIELDS, reader.rows(UNCOUNTED, (PAPERS_SHOWN,)))
            ((number, taken_minor),) = reader.rows(SUMS)
            missing = _named(("pad_id", "number"), reader.rows(MISSING, (MISSING_SHOWN,)))
            outages = _named(("number", "from_ms", "to_ms", "cause"), reader.rows(LAST_OUTAGE))
        for row in (*papers, *outages):
            row |= {
                name.removesuffix("_ms"): when(row[name], zone)[:MINUTES] for name in list(row) if name.endswith("_ms")
            }
        return {
            "now_ms": self._now_ms(),
            "pads": pads,
            "papers": papers,
            "sum": {"papers": number, "taken_minor": taken_minor},
            "missing": missing,
            "outage": outages[0] if outages else None,
        }


MINUTES = len("2026-01-01 00:00")
PAD_FIELDS = ("pad_id", "first_no", "last_no", "holder", "next_no", "missing")
PAPER_FIELDS = ("pad_id", "number", "paper_ms", "plate", "taken_minor", "should_minor", "collector")


def _named(names: tuple[str, ...], rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in rows]
