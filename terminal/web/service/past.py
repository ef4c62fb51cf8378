"""What the service page reads from the journal: sales, events, staff acts, ratings; a page at a time, the newest first.

Read from the file by a connection of its own each time, in the thread of the browser that asked; the pump does not notice.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from terminal.fsm.events import StaffActed
from terminal.money import with_symbol
from terminal.staff.signing_in import Remembered
from terminal.store.journal import Reader

PAGE_ROWS = 20
NEWEST = 2**62
"""Above every number there is."""
DATA_CHARS = 300
RATED_DAYS = 30
REMEMBERED_MS = 3_600_000
"""Wrong PINs of earlier lives count for as long as the longest lock lasts."""
DAY_MS = 86_400_000

SALES = """SELECT sale_no, sales.at_ms, ticket_id, due_minor, coalesce(closed.state, 'open'), coalesce(credited_minor, 0),
coalesce(change_owed_minor, 0) FROM sales LEFT JOIN sales_closed AS closed USING (sale_no)
WHERE sale_no < ? ORDER BY sale_no DESC LIMIT ?"""
EVENTS = "SELECT seq, at_ms, kind, substr(data, 1, ?) FROM events WHERE seq < ? ORDER BY seq DESC LIMIT ?"
ACTS = "SELECT id, at_ms, who, act FROM staff_acts WHERE id < ? ORDER BY id DESC LIMIT ?"
NEWEST_EVENT = "SELECT coalesce(max(seq), 0) FROM events"
ACTED = "SELECT data FROM events WHERE seq > ? AND kind = 'StaffActed'"
STARS = "SELECT stars, count(*) FROM ratings WHERE at_ms > ? GROUP BY stars"
REASONS = "SELECT reason, count(*) FROM ratings WHERE at_ms > ? AND reason <> '' GROUP BY reason"
TRIES = """SELECT who, act, at_ms FROM (SELECT id, who, act, at_ms FROM staff_acts
WHERE act IN ('sign_in', 'sign_in_failed') AND at_ms > ? ORDER BY id DESC LIMIT 2000) ORDER BY id"""


class Past:
    """Of one journal. All methods may be called from any thread, and raise StoreError."""

    def __init__(self, journal: Path, now_ms: Callable[[], int]) -> None:
        self._journal = journal
        self._now_ms = now_ms

    def sales(self, before: int, currency: str, zone: ZoneInfo) -> list[dict[str, Any]]:
        """Sales with a smaller number than `before`; amounts written out."""
        return [
            {
                "number": sale_no,
                "at": when(at_ms, zone),
                "ticket": ticket_id,
                "due": with_symbol(due_minor, currency),
                "credited": with_symbol(credited_minor, currency),
                "change": with_symbol(change_minor, currency),
                "state": state,
            }
            for sale_no, at_ms, ticket_id, due_minor, state, credited_minor, change_minor in self._rows(
                SALES, before, PAGE_ROWS
            )
        ]

    def events(self, before: int, zone: ZoneInfo) -> list[dict[str, Any]]:
        """Events as they stand in the journal; long ones are cut."""
        rows = self._rows(EVENTS, DATA_CHARS, before, PAGE_ROWS)
        return [{"number": seq, "at": when(at_ms, zone), "kind": kind, "data": data} for seq, at_ms, kind, data in rows]

    def acts(self, before: int, zone: ZoneInfo) -> list[dict[str, Any]]:
        """Who of the staff did what."""
        rows = self._rows(ACTS, before, PAGE_ROWS)
        return [{"number": number, "at": when(at_ms, zone), "who": who, "act": act} for number, at_ms, who, act in rows]

    def newest_event(self) -> int:
        """The number of the last durable event, 0 when there is none."""
        return int(self._rows(NEWEST_EVENT)[0][0])

    def holds(self, act: StaffActed, after: int) -> bool:
        """Whether the journal holds this act behind that event, durably."""
        return any(msgspec.json.decode(data, type=StaffActed) == act for (data,) in self._rows(ACTED, after))

    def ratings(self) -> dict[str, Any]:
        """How often each number of stars was given in the last days, and which reasons."""
        since_ms = self._now_ms() - RATED_DAYS * DAY_MS
        stars = dict.fromkeys(range(1, 6), 0) | dict(self._rows(STARS, since_ms))
        count = sum(stars.values())
        mean = sum(number * times for number, times in stars.items()) / count if count else 0.0
        return {
            "days": RATED_DAYS,
            "count": count,
            "mean": f"{mean:.1f}" if count else "–",
            "stars": [{"stars": number, "count": stars[number]} for number in range(5, 0, -1)],
            "reasons": [{"reason": reason, "count": times} for reason, times in self._rows(REASONS, since_ms)],
        }

    def tries(self) -> list[Remembered]:
        """Who signed in, or failed to, in the last hour. A clock that has gone back makes a try seem new, never old."""
        now_ms = self._now_ms()
        rows = self._rows(TRIES, now_ms - REMEMBERED_MS)
        return [Remembered(who, act == "sign_in", max(0, now_ms - at_ms) / 1000) for who, act, at_ms in rows]

    def _rows(self, sql: str, *parameters: int) -> list[Any]:
        with closing(Reader(self._journal)) as reader:
            return reader.rows(sql, parameters)


def when(at_ms: int, zone: ZoneInfo) -> str:
    """A moment as people read it, to the second."""
    return f"{datetime.fromtimestamp(at_ms / 1000, zone):%Y-%m-%d %H:%M:%S}"
