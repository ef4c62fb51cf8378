"""The books: what each kind of entry means as rows.

A table from entry class to statement, and nothing else: the parameters are the entry's fields, plus `seq` and `at_ms`
of its event. Rows come from entries alone, so the books can be rebuilt whatever the program decides today.
"""

import sqlite3

import msgspec

from terminal.fsm import entries
from terminal.store.sqlite import Connection

# fmt: off
STATEMENTS: dict[type[entries.Posting], str] = {
    entries.SaleOpened:
        "INSERT INTO sales (sale_no, seq, at_ms, ticket_id, entered_at_ms, due_minor)"
        " VALUES (:sale_no, :seq, :at_ms, :ticket_id, :entered_at_ms, :due_minor)",
    entries.SaleClosed:
        "INSERT INTO sales_closed (sale_no, seq, at_ms, state, credited_minor, change_owed_minor, why)"
        " VALUES (:sale_no, :seq, :at_ms, :state, :credited_minor, :change_owed_minor, :why)",
    entries.BillBooked:
        "INSERT INTO bills (bill_no, seq, at_ms, amount_minor, disposition, sale_no)"
        " VALUES (:bill_no, :seq, :at_ms, :amount_minor, :disposition, :sale_no)",
    entries.DisputeSettled:
        "INSERT INTO disputes_settled (bill_no, seq, at_ms, disposition)"
        " VALUES (:bill_no, :seq, :at_ms, :disposition)",
    entries.ChangePaidOut:
        "INSERT INTO change_paid (seq, at_ms, sale_no, amount_minor)"
        " VALUES (:seq, :at_ms, :sale_no, :amount_minor)",
    entries.CreditNoteIssued:
        "INSERT INTO credit_notes (note_no, seq, at_ms, sale_no, amount_minor)"
        " VALUES (:note_no, :seq, :at_ms, :sale_no, :amount_minor)",
    entries.ReceiptIssued:
        "INSERT INTO receipts (receipt_no, seq, at_ms, sale_no)"
        " VALUES (:receipt_no, :seq, :at_ms, :sale_no)",
    entries.CopyPrinted:
        "INSERT INTO copies (seq, at_ms, document, number, copy)"
        " VALUES (:seq, :at_ms, :document, :number, :copy)",
    entries.CouponUsed:
        "INSERT INTO coupons_used (coupon_id, seq, at_ms, sale_no, minutes, amount_minor)"
        " VALUES (:coupon_id, :seq, :at_ms, :sale_no, :minutes, :amount_minor)",
    entries.CouponUsedElsewhere:
        "INSERT INTO coupons_used_elsewhere (seq, at_ms, coupon_id, terminal_id, used_at_ms)"
        " VALUES (:seq, :at_ms, :coupon_id, :terminal_id, :used_at_ms)",
    entries.DuesPaid:
        "INSERT INTO dues_paid (seq, at_ms, charge_key, amount_minor, late_minor, sale_no)"
        " VALUES (:seq, :at_ms, :charge_key, :amount_minor, :late_minor, :sale_no)",
    entries.ReportBooked:
        "INSERT INTO reports (report_id, seq, at_ms, what, stay_id, plate, moment_ms, data)"
        " VALUES (:report_id, :seq, :at_ms, :what, :stay_id, :plate, :moment_ms, :data)",
    entries.SaleRated:
        "INSERT INTO ratings (sale_no, seq, at_ms, stars, reason)"
        " VALUES (:sale_no, :seq, :at_ms, :stars, :reason)",
    entries.StaffEntry:
        "INSERT INTO staff_acts (seq, at_ms, who, act)"
        " VALUES (:seq, :at_ms, :who, :act)",
    entries.Opening:
        "INSERT INTO openings (seq, at_ms, what, sale_no)"
        " VALUES (:seq, :at_ms, :what, :sale_no)",
}

TABLES: dict[str, str] = {
    "sales": "sale_no", "sales_closed": "sale_no", "bills": "bill_no", "disputes_settled": "bill_no",
    "change_paid": "id", "credit_notes": "note_no", "receipts": "receipt_no", "copies": "id", "openings": "id",
    "coupons_used": "coupon_id", "reports": "report_id", "dues_paid": "id",
    "coupons_used_elsewhere": "id", "ratings": "sale_no", "staff_acts": "id",
}
"""Every table of the books, with its key."""
# fmt: on


def post(connection: Connection | sqlite3.Connection, seq: int, at_ms: int, posted: tuple[entries.Entry, ...]) -> None:
    """Writes the rows of one event's entries, in the transaction that is open."""
    for entry in posted:
        connection.execute(STATEMENTS[type(entry)], {**msgspec.structs.asdict(entry), "seq": seq, "at_ms": at_ms})
