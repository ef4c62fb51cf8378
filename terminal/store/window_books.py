"""Questions to the books of a staffed window: a shift, a day, receipts, corrections (`window_facts`).

Everything is read through one connection that only reads, so a report can be had while the terminal runs. A shift whose drawer
is not counted yet does not tell what that should hold, nor anything it could be reckoned from.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from terminal.shift.totals import Report
from terminal.store.window_facts import (
    Correction,
    Count,
    DayBook,
    Handover,
    Issued,
    IssuedReceipt,
    NoSale,
    OperatorSum,
    ShiftBook,
    Sum,
    Suspect,
)

Rows = Callable[..., list[Any]]

KIND = """CASE WHEN ticket_id LIKE 'bill:%' THEN 'dues' WHEN ticket_id LIKE 'services:%' THEN 'services' ELSE 'parking' END"""
"""The kind of fee of a thing that was sold."""

PAID = "SELECT sale_no FROM sales_closed WHERE state = 'paid' AND seq BETWEEN :first_seq AND :last_seq"

BY_KIND = f"""WITH paid AS ({PAID})
SELECT {KIND} AS kind, count(*), sum(due_minor) FROM (
    SELECT ticket_id, due_minor FROM paid JOIN sale_things USING (sale_no)
    UNION ALL SELECT ticket_id, due_minor FROM paid JOIN sales USING (sale_no)
    WHERE sale_no NOT IN (SELECT sale_no FROM sale_things)
) GROUP BY kind ORDER BY kind DESC"""
"""By thing: a sale of several counts as several."""

BY_METHOD = f"""WITH paid AS ({PAID})
SELECT method, count(DISTINCT sale_no), sum(amount_minor) FROM (
    SELECT method, sale_no, amount_minor FROM paid JOIN tenders USING (sale_no)
    UNION ALL SELECT 'cash', sale_no, amount_minor FROM drawer_moves WHERE shift_no = :shift_no AND cause = 'change'
) GROUP BY method ORDER BY method"""
"""As it was paid; what corrections changed stands with them."""

CORRECTIONS = """SELECT correction_no, at_ms, shift_no, what, sale_no, receipt_no, amount_minor, method, wrong_method,
reason, note, who, approved_by FROM corrections"""

RECEIPTS = f"""SELECT receipts.seq, receipts.receipt_no, receipts.at_ms, receipts.sale_no,
    coalesce((SELECT iif(min({KIND}) = max({KIND}), min({KIND}), 'several') FROM sale_things
        WHERE sale_things.sale_no = receipts.sale_no), {KIND}),
    due_minor, coalesce(copied.copies, 0), coalesce(corrected.back_minor, 0), coalesce(corrected.voided, 0)
FROM receipts JOIN sales USING (sale_no)
    LEFT JOIN (SELECT number, max(copy) AS copies FROM copies WHERE document = 'receipt' GROUP BY number) AS copied
    ON copied.number = receipts.receipt_no
    LEFT JOIN (SELECT sale_no, sum(amount_minor) AS back_minor, max(what = 'void') AS voided FROM corrections
        WHERE what IN ('void', 'refund', 'duplicate', 'deposit') GROUP BY sale_no) AS corrected USING (sale_no)"""

LAST_SEQ = 1 << 62


class WindowBooks:
    """Reads through `rows`, which runs a query with its parameters and gives all its rows."""

    def __init__(self, rows: Rows, timezone: str) -> None:
        self._rows = rows
        self._zone = ZoneInfo(timezone)

    # --- a shift ---------------------------------------------------------------------------------------------------
    def last_shift(self) -> int:
        """The newest shift whose float was counted; 0: there is none."""
        return int(self._rows("SELECT coalesce(max(shift_no), 0) FROM drawer_moves WHERE cause = 'float'")[0][0])

    def shift(self, shift_no: int) -> ShiftBook | None:
        """All of a shift; None: there is none of that number."""
        found = self._rows("SELECT seq, at_ms, who, name, follows FROM shifts WHERE shift_no = ?", (shift_no,))
        if not found:
            return None
        first_seq, begun_at_ms, who, name, follows = found[0]
        span = (first_seq, self._before_shift(shift_no + 1))
        counts = self._structs(
            Count,
            "SELECT number, who, expected_minor, counted_minor FROM shifts_counted WHERE shift_no = ? ORDER BY id",
            shift_no,
        )
        closed = self._closed(shift_no)
        moved = dict(
            self._rows(
                "SELECT cause, sum(amount_minor) FROM drawer_moves WHERE shift_no = ? GROUP BY cause ORDER BY min(id)",
                (shift_no,),
            )
        )
        float_minor = moved.pop("float", 0)
        of = {"first_seq": span[0], "last_seq": span[1], "shift_no": shift_no}
        by_kind, by_method = self._sums(BY_KIND, of), self._sums(BY_METHOD, of)
        if not counts:
            by_kind, by_method = {}, {method: sum_ for method, sum_ in by_method.items() if method != "cash"}
        over_minor = counts[-1].counted_minor - counts[-1].expected_minor if counts else None
        return ShiftBook(
            shift_no=shift_no,
            who=who,
            name=name,
            follows=follows,
            begun_at_ms=begun_at_ms,
            state="closed" if closed else "counted" if counts else "open",
            float_minor=float_minor,
            moved_minor=moved if counts else None,
            expected_minor=counts[-1].expected_minor if counts else None,
            counted_minor=counts[-1].counted_minor if counts else None,
            over_minor=None if over_minor is None else max(over_minor, 0),
            short_minor=None if over_minor is None else max(-over_minor, 0),
            by_kind=by_kind,
            by_method=by_method,
            cancelled=self._number(
                "SELECT count(*) FROM sales_closed WHERE state = 'cancelled' AND seq BETWEEN ? AND ?", span
            ),
            receipts=self.issued(*span),
            corrections=self.corrections(shift_no),
            suspects=self._suspects(shift_no),
            no_sales=self._structs(
                NoSale, "SELECT at_ms, shift_no, who, reason FROM no_sales WHERE shift_no = ? ORDER BY id", shift_no
            ),
            credit_notes=self._structs(
                Sum, "SELECT count(*), coalesce(sum(amount_minor), 0) FROM notes_redeemed WHERE shift_no = ?", shift_no
            )[0],
            manual=self._structs(
                Sum,
                "SELECT count(*), coalesce(sum(taken_minor), 0) FROM backfills_checked WHERE shift_no = ? AND NOT withdrawn",
                shift_no,
            )[0],
            counts=counts,
            pieces=self._pieces(shift_no, len(counts)),
            handover=self._handover(shift_no),
            **closed,
        )

    def _closed(self, shift_no: int) -> dict[str, Any]:
        """What only a signed shift has."""
        columns = ("closed_at_ms", "z_no", "signed_by", "approved_by", "reason", "note", "fingerprint")
        rows = self._rows(
            "SELECT at_ms, z_no, who, approved_by, reason, note, fingerprint, data FROM shifts_closed WHERE shift_no = ?",
            (shift_no,),
        )
        if not rows:
            return {}
        *values, data = rows[0]
        report = msgspec.json.decode(data, type=Report)
        told = {"previous": report.previous, "approvals": report.totals.approvals}
        return dict(zip(columns, values, strict=True)) | told

    def _pieces(self, shift_no: int, number: int) -> tuple[tuple[int, int], ...]:
        query = """SELECT denomination_minor, pieces FROM pieces_counted
        WHERE shift_no = ? AND occasion = 'count' AND number = ? ORDER BY denomination_minor DESC"""
        return tuple((value, pieces) for value, pieces in self._rows(query, (shift_no, number)))

    def _suspects(self, shift_no: int) -> tuple[Suspect, ...]:
        found = self._structs(
            Suspect,
            "SELECT at_ms, shift_no, amount_minor, serial, how, who, approved_by, slip FROM suspect_notes"
            " WHERE shift_no = ? ORDER BY id",
            shift_no,
        )
        return tuple(msgspec.structs.replace(each, serial=masked_serial(each.serial)) for each in found)

    def _handover(self, shift_no: int) -> Handover | None:
        query = """SELECT how, at_ms, who, approved_by, counted_minor, difference_minor, note FROM drawers_handed_over
        WHERE shift_no = ?"""
        return next(iter(self._structs(Handover, query, shift_no)), None)

    def _before_shift(self, shift_no: int) -> int:
        """Number of the last event before a shift began."""
        return self._number("SELECT coalesce(min(seq) - 1, ?) FROM shifts WHERE shift_no = ?", (LAST_SEQ, shift_no))

    # --- a day -----------------------------------------------------------------------------------------------------
    def day(self, day: str) -> DayBook:
        """The shifts of a day: those that its close has settled, or that were closed on that date and are not settled yet."""
        settled = self._rows("SELECT who, at_ms FROM days_settled WHERE day = ? ORDER BY id DESC LIMIT 1", (day,))
        shifts = [shift for number in self._closed_on(day) if (shift := self.shift(number))]
        spans = [
            (self._number("SELECT seq FROM shifts WHERE shift_no = ?", (each.shift_no,)), each.shift_no)
            for each in shifts
        ]
        numbers = [number for seq, shift_no in spans for number in self._numbers(seq, self._before_shift(shift_no + 1))]
        return DayBook(
            day=day,
            settled_by=settled[0][0] if settled else "",
            settled_at_ms=settled[0][1] if settled else None,
            shifts=tuple(shifts),
            open_shifts=self._open_on(day),
            by_kind=_added(shift.by_kind for shift in shifts),
            by_method=_added(shift.by_method for shift in shifts),
            by_operator=_by_operator(shifts),
            moved_minor=_moved(shifts),
            over_minor=sum(shift.over_minor or 0 for shift in shifts),
            short_minor=sum(shift.short_minor or 0 for shift in shifts),
            receipts=self._issued(numbers),
            manual=Sum(
                sum(shift.manual.number for shift in shifts), sum(shift.manual.amount_minor for shift in shifts)
            ),
        )

    def _closed_on(self, day: str) -> list[int]:
        """Each Z belongs to the first day that was closed after it; until then to the date on which it was signed."""
        query = """SELECT shift_no, closed.at_ms, (SELECT day FROM days_settled WHERE until_z_no >= z_no ORDER BY id LIMIT 1)
        FROM shifts_closed AS closed ORDER BY z_no"""
        return [shift_no for shift_no, at_ms, settled in self._rows(query) if (settled or self.date_of(at_ms)) == day]

    def _open_on(self, day: str) -> tuple[int, ...]:
        """Shifts that had begun by the end of that day, and have no Z yet."""
        query = """SELECT shift_no, at_ms FROM shifts WHERE shift_no NOT IN (SELECT shift_no FROM shifts_closed)
        AND shift_no IN (SELECT shift_no FROM drawer_moves WHERE cause = 'float') ORDER BY shift_no"""
        return tuple(shift_no for shift_no, at_ms in self._rows(query) if self.date_of(at_ms) <= day)

    def date_of(self, at_ms: int) -> str:
        """The date of a moment at the site."""
        return datetime.fromtimestamp(at_ms / 1000, self._zone).date().isoformat()

    # --- documents -------------------------------------------------------------------------------------------------
    def corrections(self, shift_no: int | None = None) -> tuple[Correction, ...]:
        """Those of a shift, or all, in order."""
        if shift_no is None:
            return self._structs(Correction, f"{CORRECTIONS} ORDER BY correction_no")
        return self._structs(Correction, f"{CORRECTIONS} WHERE shift_no = ? ORDER BY correction_no", shift_no)

    def receipts(self) -> tuple[IssuedReceipt, ...]:
        """All receipts, in the order of their numbers."""
        began = [seq for (seq,) in self._rows("SELECT seq FROM shifts ORDER BY shift_no")]
        return tuple(
            IssuedReceipt(
                receipt_no, at_ms, bisect_right(began, seq), sale_no, kind, due_minor, copies, back_minor, bool(voided)
            )
            for seq, receipt_no, at_ms, sale_no, kind, due_minor, copies, back_minor, voided in self._rows(
                f"{RECEIPTS} ORDER BY receipts.receipt_no"
            )
        )

    def issued(self, first_seq: int = 0, last_seq: int = LAST_SEQ) -> Issued:
        """The receipt numbers that were taken between two events."""
        return self._issued(self._numbers(first_seq, last_seq))

    def _numbers(self, first_seq: int, last_seq: int) -> list[int]:
        query = "SELECT receipt_no FROM receipts WHERE seq BETWEEN ? AND ? ORDER BY receipt_no"
        return [number for (number,) in self._rows(query, (first_seq, last_seq))]

    def _issued(self, numbers: list[int]) -> Issued:
        taken = msgspec.json.encode(numbers).decode()
        among = "(SELECT value FROM json_each(?))"
        voided = self._rows(
            f"SELECT DISTINCT receipt_no FROM corrections WHERE what = 'void' AND receipt_no IN {among} ORDER BY receipt_no",
            (taken,),
        )
        copies = self._number(f"SELECT count(*) FROM copies WHERE document = 'receipt' AND number IN {among}", (taken,))
        return Issued(
            issued=len(numbers),
            first=numbers[0] if numbers else 0,
            last=numbers[-1] if numbers else 0,
            voided=tuple(number for (number,) in voided),
            copies=copies,
            gaps=tuple(_gaps(numbers)),
        )

    # --- the one way to the books ------------------------------------------------------------------------------------
    def _structs(self, kind: type[Any], query: str, *parameters: object) -> tuple[Any, ...]:
        return tuple(kind(*row) for row in self._rows(query, parameters))

    def _sums(self, query: str, of: dict[str, int]) -> dict[str, Sum]:
        return {name: Sum(number, amount_minor) for name, number, amount_minor in self._rows(query, of)}

    def _number(self, query: str, parameters: tuple[object, ...]) -> int:
        return int(self._rows(query, parameters)[0][0])


def masked_serial(serial: str) -> str:
    """A note's serial number fit for a report: its ends, which tell whoever has the note that it is this one."""
    return serial if len(serial) <= 4 else f"{serial[:2]}{'•' * (len(serial) - 4)}{serial[-2:]}"


def _gaps(numbers: list[int]) -> Iterator[tuple[int, int]]:
    for before, after in pairwise(numbers):
        if after != before + 1:
            yield before + 1, after - 1


def _added(sums: Iterator[dict[str, Sum]]) -> dict[str, Sum]:
    together: dict[str, Sum] = {}
    for each in sums:
        for name, more in each.items():
            known = together.get(name, Sum(0, 0))
            together[name] = Sum(known.number + more.number, known.amount_minor + more.amount_minor)
    return together


def _moved(shifts: list[ShiftBook]) -> dict[str, int]:
    together: dict[str, int] = {}
    for shift in shifts:
        for cause, amount_minor in (shift.moved_minor or {}).items():
            together[cause] = together.get(cause, 0) + amount_minor
    return together


def _by_operator(shifts: list[ShiftBook]) -> dict[str, OperatorSum]:
    found: dict[str, OperatorSum] = {}
    for shift in shifts:
        known = found.get(shift.who, OperatorSum(shift.name, 0, Sum(0, 0), 0, 0))
        sold = shift.by_kind.values()
        found[shift.who] = OperatorSum(
            name=shift.name,
            shifts=known.shifts + 1,
            sales=Sum(
                known.sales.number + sum(each.number for each in sold),
                known.sales.amount_minor + sum(each.amount_minor for each in sold),
            ),
            over_minor=known.over_minor + (shift.over_minor or 0),
            short_minor=known.short_minor + (shift.short_minor or 0),
        )
    return found
