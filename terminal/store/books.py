"""The books: what each kind of entry means as rows.

A table from entry class to statement, and nothing else: the parameters are the entry's fields, plus `seq` and `at_ms`
of its event. Rows come from entries alone, so the books can be rebuilt whatever the program decides today.
"""

import sqlite3

import msgspec

from terminal.fsm import backfill_entries as backfill
from terminal.fsm import entries
from terminal.fsm import window_entries as window
from terminal.fsm.kinds import Posting
from terminal.store.sqlite import Connection

# fmt: off
STATEMENTS: dict[type[Posting], str] = {
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
        "INSERT INTO coupons_used (coupon_id, seq, at_ms, sale_no, minutes, amount_minor, ticket_id)"
        " VALUES (:coupon_id, :seq, :at_ms, :sale_no, :minutes, :amount_minor, :ticket_id)",
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
    window.ShiftOpened:
        "INSERT INTO shifts (shift_no, seq, at_ms, who, name, follows)"
        " VALUES (:shift_no, :seq, :at_ms, :who, :name, :follows)",
    window.DrawerMoved:
        "INSERT INTO drawer_moves (seq, at_ms, shift_no, cause, amount_minor, sale_no, who, approved_by, note)"
        " VALUES (:seq, :at_ms, :shift_no, :cause, :amount_minor, :sale_no, :who, :approved_by, :note)",
    window.PiecesCounted:
        "INSERT INTO pieces_counted (seq, at_ms, shift_no, occasion, number, denomination_minor, pieces)"
        " VALUES (:seq, :at_ms, :shift_no, :occasion, :number, :denomination_minor, :pieces)",
    window.ShiftCounted:
        "INSERT INTO shifts_counted (seq, at_ms, shift_no, number, who, expected_minor, counted_minor)"
        " VALUES (:seq, :at_ms, :shift_no, :number, :who, :expected_minor, :counted_minor)",
    window.ShiftClosed:
        "INSERT INTO shifts_closed (shift_no, seq, at_ms, z_no, who, expected_minor, counted_minor,"
        " over_minor, reason, note, approved_by, fingerprint, data)"
        " VALUES (:shift_no, :seq, :at_ms, :z_no, :who, :expected_minor, :counted_minor, :over_minor,"
        " :reason, :note, :approved_by, :fingerprint, :data)",
    window.DrawerHandedOver:
        "INSERT INTO drawers_handed_over (shift_no, seq, at_ms, how, counted_minor, who, approved_by,"
        " difference_minor, note)"
        " VALUES (:shift_no, :seq, :at_ms, :how, :counted_minor, :who, :approved_by, :difference_minor, :note)",
    window.DaySettled:
        "INSERT INTO days_settled (seq, at_ms, day, who, until_z_no)"
        " VALUES (:seq, :at_ms, :day, :who, :until_z_no)",
    window.SaleThing:
        "INSERT INTO sale_things (seq, at_ms, sale_no, ticket_id, entered_at_ms, due_minor)"
        " VALUES (:seq, :at_ms, :sale_no, :ticket_id, :entered_at_ms, :due_minor)",
    window.TenderBooked:
        "INSERT INTO tenders (seq, at_ms, sale_no, shift_no, method, amount_minor, who, reference)"
        " VALUES (:seq, :at_ms, :sale_no, :shift_no, :method, :amount_minor, :who, :reference)",
    window.NoteRedeemed:
        "INSERT INTO notes_redeemed (seq, at_ms, terminal_id, note_no, amount_minor, sale_no, shift_no, who)"
        " VALUES (:seq, :at_ms, :terminal_id, :note_no, :amount_minor, :sale_no, :shift_no, :who)",
    window.CorrectionBooked:
        "INSERT INTO corrections (correction_no, seq, at_ms, shift_no, what, sale_no, receipt_no,"
        " amount_minor, method, wrong_method, reason, note, who, approved_by)"
        " VALUES (:correction_no, :seq, :at_ms, :shift_no, :what, :sale_no, :receipt_no, :amount_minor,"
        " :method, :wrong_method, :reason, :note, :who, :approved_by)",
    window.NoteSuspectBooked:
        "INSERT INTO suspect_notes (seq, at_ms, shift_no, amount_minor, serial, how, who, approved_by, slip)"
        " VALUES (:seq, :at_ms, :shift_no, :amount_minor, :serial, :how, :who, :approved_by, :slip)",
    window.NoSale:
        "INSERT INTO no_sales (seq, at_ms, shift_no, who, reason)"
        " VALUES (:seq, :at_ms, :shift_no, :who, :reason)",
    backfill.PadBooked:
        "INSERT INTO pads (pad_id, seq, at_ms, first_no, last_no, who, approved_by)"
        " VALUES (:pad_id, :seq, :at_ms, :first_no, :last_no, :who, :approved_by)",
    backfill.PadHanded:
        "INSERT INTO pads_handed (seq, at_ms, pad_id, how, holder, next_no, who, approved_by)"
        " VALUES (:seq, :at_ms, :pad_id, :how, :holder, :next_no, :who, :approved_by)",
    backfill.PaperMissing:
        "INSERT INTO papers_missing (seq, at_ms, pad_id, paper_no)"
        " VALUES (:seq, :at_ms, :pad_id, :paper_no)",
    backfill.OutageBooked:
        "INSERT INTO outages (outage_no, seq, at_ms, from_ms, to_ms, cause, note, who)"
        " VALUES (:outage_no, :seq, :at_ms, :from_ms, :to_ms, :cause, :note, :who)",
    backfill.PaperBooked:
        "INSERT INTO papers (backfill_no, seq, at_ms, pad_id, paper_no, fate, reason, note, shift_no, who, approved_by)"
        " VALUES (:backfill_no, :seq, :at_ms, :pad_id, :paper_no, :fate, :reason, :note, :shift_no, :who, :approved_by)",
    backfill.Backfilled:
        "INSERT INTO backfills (backfill_no, seq, at_ms, outage_no, envelope_no, paper_ms, plate, entered_ms, vehicle,"
        " tariff_id, stay_id, collector, taken_minor, should_minor)"
        " VALUES (:backfill_no, :seq, :at_ms, :outage_no, :envelope_no, :paper_ms, :plate, :entered_ms, :vehicle,"
        " :tariff_id, :stay_id, :collector, :taken_minor, :should_minor)",
    backfill.PaperFreed:
        "INSERT INTO papers_freed (backfill_no, seq, at_ms, shift_no, note, who, approved_by)"
        " VALUES (:backfill_no, :seq, :at_ms, :shift_no, :note, :who, :approved_by)",
    backfill.EnvelopeSettled:
        "INSERT INTO envelopes (envelope_no, seq, at_ms, shift_no, collector, papers, expected_minor, counted_minor,"
        " over_minor, reason, note, goes_to, bag, who, approved_by)"
        " VALUES (:envelope_no, :seq, :at_ms, :shift_no, :collector, :papers, :expected_minor, :counted_minor,"
        " :over_minor, :reason, :note, :goes_to, :bag, :who, :approved_by)",
}

TABLES: dict[str, str] = {
    "sales": "sale_no", "sales_closed": "sale_no", "bills": "bill_no", "disputes_settled": "bill_no",
    "change_paid": "id", "credit_notes": "note_no", "receipts": "receipt_no", "copies": "id", "openings": "id",
    "coupons_used": "coupon_id", "reports": "report_id", "dues_paid": "id",
    "coupons_used_elsewhere": "id", "ratings": "sale_no", "staff_acts": "id",
    "shifts": "shift_no", "drawer_moves": "id", "pieces_counted": "id", "shifts_counted": "id",
    "shifts_closed": "shift_no", "drawers_handed_over": "shift_no", "days_settled": "id", "sale_things": "id", "tenders": "id",
    "notes_redeemed": "id", "corrections": "correction_no", "suspect_notes": "id", "no_sales": "id",
    "pads": "pad_id", "pads_handed": "id", "papers_missing": "id", "outages": "outage_no", "papers": "backfill_no",
    "backfills": "backfill_no", "papers_freed": "backfill_no", "envelopes": "envelope_no",
}
"""Every table of the books, with its key."""
# fmt: on


def post(connection: Connection | sqlite3.Connection, seq: int, at_ms: int, posted: tuple[entries.Entry, ...]) -> None:
    """Writes the rows of one event's entries, in the transaction that is open."""
    for entry in posted:
        connection.execute(STATEMENTS[type(entry)], {**msgspec.structs.asdict(entry), "seq": seq, "at_ms": at_ms})
