"""What the status page reads in the journal: today's takings, credit notes, the last alerts and shifts, what waits for the
network.

All of it is bounded, however long the journal is: takings look at the last sales only, alerts at the last events, and these
are read once, then only what is new.
"""

import zoneinfo
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

Rows = Callable[..., list[Any]]

SALES_BACK = 20_000
"""More than a terminal can sell in a day: one every four seconds."""
EVENTS_BACK = 20_000
ALERTS = 20
SHIFTS = 5

PAID = """WITH paid AS (SELECT sale_no FROM sales_closed
    WHERE sale_no > (SELECT coalesce(max(sale_no), 0) FROM sales) - ? AND state = 'paid' AND at_ms >= ? AND seq < ?)
SELECT ticket_id, count(*), sum(due_minor) FROM (
    SELECT ticket_id, due_minor FROM sale_things JOIN paid USING (sale_no)
    UNION ALL SELECT ticket_id, due_minor FROM sales JOIN paid USING (sale_no)
    WHERE sale_no NOT IN (SELECT sale_no FROM sale_things)
) GROUP BY CASE WHEN ticket_id LIKE 'bill:%' THEN 1 WHEN ticket_id LIKE 'services:%' THEN 2 ELSE 0 END"""

UNCOUNTED = """SELECT min(seq) FROM shifts WHERE shift_no = (SELECT max(shift_no) FROM shifts)
AND shift_no NOT IN (SELECT shift_no FROM shifts_counted)"""
"""Where the shift begins whose drawer is not counted yet: nobody reckons from the takings what that should hold."""

CLOSED = """SELECT shift_no, name, closed.at_ms, over_minor, reason, how, difference_minor
FROM shifts_closed AS closed JOIN shifts USING (shift_no) LEFT JOIN drawers_handed_over USING (shift_no)
ORDER BY z_no DESC LIMIT ?"""

HONOURED = "SELECT count(*), coalesce(sum(amount_minor), 0) FROM notes_redeemed"

NOTES = "SELECT count(*), coalesce(sum(amount_minor), 0) FROM credit_notes"

RAISED = (
    """SELECT seq, at_ms, effects FROM events WHERE seq > ? AND instr(effects, '"Alert"') ORDER BY seq DESC LIMIT ?"""
)

HEAD = "SELECT coalesce(max(seq), 0) FROM events"
ACKED = "SELECT coalesce(max(acked_seq), 0) FROM outbox WHERE name = 'mqtt'"

KINDS = {"bill": "dues", "services": "services"}
"""By what the id of the ticket begins with; all else is parking."""


class Amount(NamedTuple):
    """How many, and how much together."""

    number: int = 0
    amount_minor: int = 0


class Raised(NamedTuple):
    """An alert as the journal has it."""

    at_ms: int
    code: str
    data: dict[str, int | str]


class ClosedShift(NamedTuple):
    """A shift that was signed for; `how` its drawer went on, None while it waits, and what the next one counted more."""

    shift_no: int
    name: str
    at_ms: int
    over_minor: int
    reason: str
    how: str | None
    difference_minor: int | None


class Books(NamedTuple):
    """What was found; `takings` by kind (parking, dues, services), `alerts` and `shifts` the newest first, `waiting`: events that
    the broker has not got yet. `uncounted`: the takings leave out a shift whose drawer is not counted yet."""

    takings: dict[str, Amount]
    credit_notes: Amount
    alerts: tuple[Raised, ...]
    waiting: int
    notes_honoured: Amount
    shifts: tuple[ClosedShift, ...]
    uncounted: bool


class StatusBooks:
    """Reads through `rows`, which runs a query with its parameters and gives all its rows. For one thread."""

    def __init__(self, rows: Rows, timezone: str) -> None:
        self._rows = rows
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._alerts: deque[Raised] = deque(maxlen=ALERTS)
        self._read_seq: int | None = None

    def read(self, wall_ms: int) -> Books:
        """How it is at this moment. Raises `StoreError`."""
        head = int(self._rows(HEAD)[0][0])
        acked = int(self._rows(ACKED)[0][0])
        uncounted_seq = self._rows(UNCOUNTED)[0][0]
        until_seq = head + 1 if uncounted_seq is None else uncounted_seq
        paid = self._rows(PAID, (SALES_BACK, day_began_ms(wall_ms, self._zone), until_seq))
        takings = {
            KINDS.get(ticket.partition(":")[0], "parking"): Amount(number, minor) for ticket, number, minor in paid
        }
        return Books(
            takings=takings,
            credit_notes=Amount(*self._rows(NOTES)[0]),
            alerts=self._newest_alerts(head),
            waiting=max(0, head - acked),
            notes_honoured=Amount(*self._rows(HONOURED)[0]),
            shifts=tuple(ClosedShift(*row) for row in self._rows(CLOSED, (SHIFTS,))),
            uncounted=uncounted_seq is not None,
        )

    def _newest_alerts(self, head: int) -> tuple[Raised, ...]:
        after = max(0, head - EVENTS_BACK) if self._read_seq is None else self._read_seq
        raised = self._rows(RAISED, (after, ALERTS))
        for _, at_ms, effects in reversed(raised):
            for effect in msgspec.json.decode(effects, type=list[dict[str, Any]]):
                if effect.get("kind") == "Alert":
                    self._alerts.appendleft(Raised(at_ms, effect["code"], effect.get("data", {})))
        self._read_seq = max(head, raised[0][0] if raised else 0)
        return tuple(self._alerts)


def day_began_ms(wall_ms: int, zone: zoneinfo.ZoneInfo) -> int:
    """The moment at which today began there."""
    today = datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone)
    return int(today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)
