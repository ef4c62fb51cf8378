"""What the books answer to the intake: what is known of a ticket, a stay, a plate, a coupon, a report.

Facts are looked up before an event is decided, and become a part of it; the core itself looks nothing up.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from terminal.fees.dues import DEPOSITS
from terminal.fsm.effects import Effect, PrintDocument, Receipt
from terminal.shift.corrections import CORRECTIONS, CREDIT_NOTE, Sold
from terminal.shift.pads import Pad, Standing

Rows = Callable[..., list[Any]]

PAYMENTS = """WITH paid AS (
    SELECT sale_no, due_minor FROM sales WHERE ticket_id = :ticket_id
        AND NOT EXISTS (SELECT 1 FROM sale_things WHERE sale_things.sale_no = sales.sale_no)
    UNION ALL SELECT sale_no, due_minor FROM sale_things WHERE ticket_id = :ticket_id
)
SELECT closed.at_ms, paid.due_minor, closed.seq FROM paid JOIN sales_closed AS closed USING (sale_no)
WHERE closed.state = 'paid' AND NOT EXISTS (SELECT 1 FROM corrections WHERE sale_no = paid.sale_no AND what = 'void') AND (
    paid.due_minor > 0
    OR EXISTS (SELECT 1 FROM coupons_used AS used WHERE used.sale_no = paid.sale_no AND used.ticket_id IN ('', :ticket_id))
    OR EXISTS (SELECT 1 FROM openings WHERE openings.sale_no = paid.sale_no AND openings.what = 'barrier')
) UNION ALL
SELECT paper_ms, taken_minor, backfills.seq FROM backfills JOIN papers_standing USING (backfill_no)
WHERE backfills.stay_id = :ticket_id AND backfills.stay_id <> '' ORDER BY 3"""

COUPONS_OF = """SELECT coupon_id, minutes, amount_minor FROM coupons_used
WHERE coupons_used.ticket_id IN ('', :ticket_id) AND sale_no IN (
    SELECT sale_no FROM sales WHERE ticket_id = :ticket_id
    UNION SELECT sale_no FROM sale_things WHERE ticket_id = :ticket_id
) ORDER BY seq"""

COUPON_USED = """SELECT at_ms FROM coupons_used WHERE coupon_id = ?
UNION ALL SELECT used_at_ms FROM coupons_used_elsewhere WHERE coupon_id = ?"""

PARKED = """SELECT entered.stay_id, entered.plate, entered.moment_ms, coalesce(entered.data ->> '$.picture', '')
FROM reports AS entered WHERE entered.what = 'entered' AND entered.moment_ms > ?
AND NOT EXISTS (SELECT 1 FROM reports AS gone WHERE gone.stay_id = entered.stay_id AND gone.what = 'left')"""

DUES_PAID = """SELECT charge_key, amount_minor, late_minor, at_ms FROM dues_paid
WHERE charge_key >= ? AND charge_key < ? AND NOT EXISTS (
    SELECT 1 FROM corrections WHERE corrections.sale_no = dues_paid.sale_no AND what = 'void'
) ORDER BY id"""

SOLD = """SELECT receipts.sale_no, sales.due_minor, receipts.at_ms,
    coalesce((SELECT max(shift_no) FROM tenders WHERE tenders.sale_no = receipts.sale_no), 0),
    coalesce((SELECT sum(amount_minor) FROM change_paid WHERE change_paid.sale_no = receipts.sale_no), 0)
FROM receipts JOIN sales USING (sale_no) WHERE receipts.receipt_no = ?"""

TENDERED = "SELECT method, sum(amount_minor) FROM tenders WHERE sale_no = ? GROUP BY method"
CORRECTED = "SELECT what, method, wrong_method, amount_minor FROM corrections WHERE sale_no = ? ORDER BY correction_no"

PRINTED_WITHIN = 5_000
"""A receipt is handed to the printer within so many events after its sale, if it ever is."""
PRINTED = """SELECT effects FROM events WHERE seq >= (SELECT seq FROM receipts WHERE receipt_no = :receipt_no)
AND seq < (SELECT seq FROM receipts WHERE receipt_no = :receipt_no) + :within
AND effects LIKE '%"kind":"Receipt","receipt_no":' || :receipt_no || ',%' ORDER BY seq LIMIT 1"""

PAD = "SELECT pad_id, first_no, last_no, holder, next_no FROM pads_now WHERE pad_id = :pad_id"
PADS_LIKE = f"{PAD} OR (first_no <= :last_no AND last_no >= :first_no) ORDER BY first_no"
PAPER = """SELECT backfill_no, fate, coalesce(taken_minor, 0), coalesce(envelope_no, 0)
FROM papers_standing LEFT JOIN backfills USING (backfill_no) WHERE paper_no = ?"""
PAPERS_USED = "SELECT paper_no FROM papers_standing WHERE paper_no BETWEEN ? AND ? ORDER BY paper_no"
OUTAGE_AT = "SELECT max(outage_no) FROM outages WHERE :moment_ms BETWEEN from_ms AND to_ms"

NOTE_HONOURED_HERE = "SELECT at_ms FROM notes_redeemed WHERE terminal_id = :issuer_id AND note_no = :note_no"
NOTE_HONOURED = f"""{NOTE_HONOURED_HERE}
UNION ALL SELECT moment_ms FROM reports WHERE what = 'redeemed' AND stay_id = :issuer_id || ':' || :note_no"""

REPORTS_OF = "SELECT data FROM reports WHERE stay_id = ? ORDER BY seq"
REPORTS_OF_PLATE = "SELECT data FROM reports WHERE plate = ? ORDER BY seq"


_decode_effects = msgspec.json.Decoder(tuple[Effect, ...]).decode


class Payment(NamedTuple):
    """A sale of a ticket that something was given for, money or a coupon, or that has let the car out; one on paper too.
    A stay that owed nothing and is still here may owe something later."""

    at_ms: int
    due_minor: int


class Lookups:
    """Questions to the books, through whoever may read them."""

    def __init__(self, rows: Rows) -> None:
        """`rows` runs a query with its parameters and gives all its rows."""
        self._rows = rows

    def payments(self, ticket_id: str) -> list[Payment]:
        """When a ticket was used to pay, and how much, in order."""
        return [Payment(at_ms, due_minor) for at_ms, due_minor, _ in self._rows(PAYMENTS, {"ticket_id": ticket_id})]

    def coupons_of(self, ticket_id: str) -> list[tuple[str, int, int]]:
        """The coupons that went with its payments: id, minutes, amount."""
        return [tuple(row) for row in self._rows(COUPONS_OF, {"ticket_id": ticket_id})]

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

    def note_redeemed_at_ms(self, issuer_id: str, note_no: int, *, here: bool = False) -> int | None:
        """When a credit note was honoured, at this terminal (`here`) or at any of the site; None: never, as far as is known."""
        query = NOTE_HONOURED_HERE if here else NOTE_HONOURED
        rows = self._rows(query, {"issuer_id": issuer_id, "note_no": note_no})
        return int(rows[0][0]) if rows else None

    def sold(self, receipt_no: int) -> Sold | None:
        """All that is known of the sale of a receipt; None: there is no such receipt."""
        rows = self._rows(SOLD, (receipt_no,))
        if not rows:
            return None
        sale_no, due_minor, at_ms, shift_no, change_minor = rows[0]
        methods = Counter[str]()
        for method, amount_minor in self._rows(TENDERED, (sale_no,)):
            methods["cash" if method == CREDIT_NOTE else method] += amount_minor
        tendered_minor = methods["cash"]
        if methods:
            methods["cash"] -= change_minor
        given_back_minor, done = 0, set()
        for what, method, wrong_method, amount_minor in self._rows(CORRECTED, (sale_no,)):
            if CORRECTIONS[what].gives_back:
                given_back_minor += amount_minor
                methods[method] -= amount_minor
            if what == "method":
                methods[wrong_method] -= amount_minor
                methods[method] += amount_minor
            done.add(what)
        keys = [key for (key,) in self._rows("SELECT charge_key FROM dues_paid WHERE sale_no = ?", (sale_no,))]
        return Sold(
            receipt_no=receipt_no,
            sale_no=sale_no,
            due_minor=due_minor,
            at_ms=at_ms,
            shift_no=shift_no,
            methods={method: amount_minor for method, amount_minor in methods.items() if amount_minor},
            given_back_minor=given_back_minor,
            deposit=bool(keys) and all(key.split("/")[1] in DEPOSITS for key in keys),
            tendered_minor=tendered_minor,
            voided="void" in done,
            change_corrected="change" in done,
        )

    def pad(self, pad_id: str) -> Pad | None:
        """A pad of paper receipts; None: there is none of that name."""
        rows = self._rows(PAD, {"pad_id": pad_id})
        return Pad(*rows[0]) if rows else None

    def pads_like(self, pad_id: str, first_no: int, last_no: int) -> tuple[Pad, ...]:
        """The pads of that name, and those that have one of these numbers."""
        return tuple(
            Pad(*row) for row in self._rows(PADS_LIKE, {"pad_id": pad_id, "first_no": first_no, "last_no": last_no})
        )

    def paper(self, number: int) -> Standing | None:
        """What a paper's number stands for; None: nothing."""
        rows = self._rows(PAPER, (number,))
        return Standing(*rows[0]) if rows else None

    def papers_used(self, first_no: int, last_no: int) -> tuple[int, ...]:
        """The numbers from one to another that stand for something."""
        return tuple(number for (number,) in self._rows(PAPERS_USED, (first_no, last_no)))

    def outage_at(self, moment_ms: int) -> int:
        """The outage in which a moment lies, the newest if there are several; 0: none."""
        ((outage_no,),) = self._rows(OUTAGE_AT, {"moment_ms": moment_ms})
        return int(outage_no or 0)

    def printed_receipt(self, receipt_no: int) -> tuple[Receipt, str] | None:
        """A receipt as it was handed to the printer, and in which language; None: it never was."""
        rows = self._rows(PRINTED, {"receipt_no": receipt_no, "within": PRINTED_WITHIN})
        for effect in _decode_effects(rows[0][0]) if rows else ():
            match effect:
                case PrintDocument(document=Receipt(receipt_no=number) as receipt) if number == receipt_no:
                    return receipt, effect.language
        return None

    def copies_of(self, document: str, number: int) -> int:
        """How many further copies of a document were asked of the printer."""
        ((copies,),) = self._rows(
            "SELECT coalesce(max(copy), 0) FROM copies WHERE document = ? AND number = ?", (document, number)
        )
        return int(copies)
