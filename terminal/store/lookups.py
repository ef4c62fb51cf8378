"""What the books answer to the intake: what is known of a ticket, a stay, a plate, a coupon, a report.

Facts are looked up before an event is decided, and become a part of it; the core itself looks nothing up.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

Rows = Callable[..., list[Any]]

PAYMENTS = """SELECT closed.at_ms, sales.due_minor FROM sales JOIN sales_closed AS closed USING (sale_no)
WHERE sales.ticket_id = ? AND closed.state = 'paid' AND (
    sales.due_minor > 0
    OR EXISTS (SELECT 1 FROM coupons_used WHERE coupons_used.sale_no = sales.sale_no)
    OR EXISTS (SELECT 1 FROM openings WHERE openings.sale_no = sales.sale_no AND openings.what = 'barrier')
) ORDER BY closed.seq"""

COUPONS_OF = """SELECT coupon_id, minutes, amount_minor FROM coupons_used JOIN sales USING (sale_no)
WHERE sales.ticket_id = ? ORDER BY coupons_used.seq"""

COUPON_USED = """SELECT at_ms FROM coupons_used WHERE coupon_id = ?
UNION ALL SELECT used_at_ms FROM coupons_used_elsewhere WHERE coupon_id = ?"""

PARKED = """SELECT entered.stay_id, entered.plate, entered.moment_ms, coalesce(entered.data ->> '$.picture', '')
FROM reports AS entered WHERE entered.what = 'entered' AND entered.moment_ms > ?
AND NOT EXISTS (SELECT 1 FROM reports AS gone WHERE gone.stay_id = entered.stay_id AND gone.what = 'left')"""

DUES_PAID = """SELECT charge_key, amount_minor, late_minor, at_ms FROM dues_paid
WHERE charge_key >= ? AND charge_key < ? ORDER BY id"""

REPORTS_OF = "SELECT data FROM reports WHERE stay_id = ? ORDER BY seq"
REPORTS_OF_PLATE = "SELECT data FROM reports WHERE plate = ? ORDER BY seq"


class Payment(NamedTuple):
    """A sale of a ticket that something was given for, money or a coupon, or that has let the car out. A stay that owed nothing
    and is still here may owe something later."""

    at_ms: int
    due_minor: int


class Lookups:
    """Questions to the books, through whoever may read them."""

    def __init__(self, rows: Rows) -> None:
        """`rows` runs a query with its parameters and gives all its rows."""
        self._rows = rows

    def payments(self, ticket_id: str) -> list[Payment]:
        """When a ticket was used to pay, and how much, in order."""
        return [Payment(*row) for row in self._rows(PAYMENTS, (ticket_id,))]

    def coupons_of(self, ticket_id: str) -> list[tuple[str, int, int]]:
        """The coupons that went with its payments: id, minutes, amount."""
        return [tuple(row) for row in self._rows(COUPONS_OF, (ticket_id,))]

    def dues_paid(self, first_key: str, end_key: str) -> list[tuple[str, int, int, int]]:
        """What was paid of the charges from one key up to, and without, another: key, principal, late fee, moment."""
        return [tuple(row) for row in self._rows(DUES_PAID, (first_key, end_key))]

    def coupon_used_at_ms(self, coupon_id: str) -> int | None:
        """When a coupon was used, here or elsewhere; None: never."""
        rows = self._rows(COUPON_USED, (coupon_id, coupon_id))
        return int(rows[0][0]) if rows else None

    def coupon_used_here(self, coupon_id: str) -> bool:
        """Whether a coupon went with a sale of this terminal."""
        return bool(self._rows("SELECT 1 FROM coupons_used WHERE coupon_id = ?", (coupon_id,)))

    def knows_report(self, report_id: str) -> bool:
        """Whether a report was booked."""
        return bool(self._rows("SELECT 1 FROM reports WHERE report_id = ?", (report_id,)))

    def parked(self, since_ms: int) -> list[tuple[str, str, int, str]]:
        """The cars that came since then and have not left: stay, plate, entry, picture."""
        return [tuple(row) for row in self._rows(PARKED, (since_ms,))]

    def pass_withdrawn_at_ms(self, pass_id: str) -> int | None:
        """When a pass ends before its time; None: it does not."""
        rows = self._rows(
            "SELECT moment_ms FROM reports WHERE what = 'pass_withdrawn' AND stay_id = ? ORDER BY moment_ms LIMIT 1",
            (pass_id,),
        )
        return int(rows[0][0]) if rows else None

    def reports_of(self, stay_id: str) -> list[str]:
        """All that was reported of a stay or ticket, as JSON, in the order in which it came."""
        return [data for (data,) in self._rows(REPORTS_OF, (stay_id,))]

    def reports_of_plate(self, plate: str) -> list[str]:
        """All that was reported with this plate on it: stays that it began, and passes."""
        return [data for (data,) in self._rows(REPORTS_OF_PLATE, (plate,))]
