"""What the window's page reads from the journal: whether an act is durable, and receipts.

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


class Books:
    """Of one journal. All methods may be called from any thread, and raise StoreError."""

    def __init__(self, journal: Path, now_ms: Callable[[], int]) -> None:
        self._journal = journal
        self._past = Past(journal, now_ms)

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
