"""Papers that the staff of a window sign and file, one of each kind: slips, an X, a Z. Part of the samples (`samples.py`).

The shift is invented; its sums add up as those of a real one do.
"""

import msgspec

from terminal.fsm.effects import Document, ShiftReport, Slip
from terminal.shift.pieces import Pieces, total_minor
from terminal.shift.totals import Report, Totals, expected_minor

BEGUN_AT_MS = 1_767_225_600_000
"""2026-01-01 08:00:00 in Shanghai."""
HOUR_MS = 3_600_000
ENDED_AT_MS = BEGUN_AT_MS + 8 * HOUR_MS
FLOAT: Pieces = ((1000, 10), (500, 12), (100, 38), (50, 4))
DROPPED: Pieces = ((10_000, 9), (5_000, 2))
BIG: Pieces = ((10_000, 6),)
COUNTED: Pieces = ((10_000, 1), (2_000, 3), (1_000, 5), (500, 5), (100, 20), (50, 4), (10, 5))
LI, WANG = "李梅", "wang"


def slip(what: str, number: int, pieces: Pieces, note: str = "", approved_by: str = WANG, hours: int = 2) -> Slip:
    """A slip of the third shift."""
    slip_of = {"what": what, "slip_no": number, "shift_no": 3, "name": LI, "approved_by": approved_by, "note": note}
    at_ms = BEGUN_AT_MS + hours * HOUR_MS
    return msgspec.convert(
        {**slip_of, "at_ms": at_ms, "amount_minor": total_minor(pieces), "pieces": pieces, "kind": "Slip"}, Slip
    )


SLIPS: dict[str, Slip] = {
    "slip-float": slip("float", 11, FLOAT, approved_by="", hours=0),
    "slip-drop": slip("drop", 12, DROPPED, "B-0187"),
    "slip-top_up": slip("top_up", 13, ((100, 50),)),
    "slip-big_notes": slip("big_notes", 14, BIG),
    "slip-correction": Slip("correction", 15, 3, LI, WANG, BEGUN_AT_MS + 3 * HOUR_MS, 2500, note="refund 10482"),
    "slip-change": Slip("correction", 16, 3, LI, "", BEGUN_AT_MS + 4 * HOUR_MS, -500, note="change 10483"),
    "slip-suspect": Slip("suspect", 17, 3, LI, WANG, BEGUN_AT_MS + 5 * HOUR_MS, 10_000),
    "slip-envelope": slip("envelope", 18, ((1000, 7), (500, 3)), "E7"),
    "slip-cleared": slip("cleared", 19, COUNTED, "B-0188", hours=8),
    "slip-handover": slip("handover", 20, COUNTED, "赵强", approved_by="", hours=8),
    "slip-dispute": slip("handover", 21, COUNTED, "赵强", hours=8),
}

TOTALS = Totals(
    sales=131,
    by_method_minor={"cash": 155_750, "wechat": 61_300, "pos": 12_000, "credit_note": 995},
    by_kind_minor={"parking": 104_045, "dues": 117_000, "services": 9_000},
    moved_minor={
        "tender": 201_250,
        "change": -45_500,
        "top_up": 5_000,
        "drop": -160_000,
        "refund": -2_500,
        "correction": 500,
        "note_cashed": -1_000,
        "envelope": 8_500,
    },
    cancelled=2,
    first_receipt_no=10_377,
    last_receipt_no=10_506,
    voids=1,
    refunds=1,
    corrections=1,
    no_sale_openings=3,
    suspect_notes=1,
    manual=6,
    manual_minor=8_500,
    approvals={WANG: 7, "chen": 1},
)
Z = Report(
    z_no=128,
    shift_no=3,
    who="li",
    name=LI,
    begun_at_ms=BEGUN_AT_MS,
    at_ms=ENDED_AT_MS,
    float_minor=total_minor(FLOAT),
    totals=TOTALS,
    expected_minor=expected_minor(total_minor(FLOAT), TOTALS),
    counted_minor=total_minor(COUNTED),
    pieces=COUNTED,
    reason="wrong_change",
    note="17:40 前后一笔多找",
    approved_by=WANG,
    signed_by="li",
    receipts_left=494,
    open_matters=("papers_waiting", "papers_missing"),
    previous="9f2c51d07ab3e846",
)
X = msgspec.structs.replace(
    Z,
    z_no=0,
    at_ms=BEGUN_AT_MS + 5 * HOUR_MS,
    totals=msgspec.structs.replace(
        TOTALS,
        moved_minor={},
        by_kind_minor={},
        by_method_minor={method: minor for method, minor in TOTALS.by_method_minor.items() if method != "cash"},
    ),
    expected_minor=0,
    counted_minor=0,
    pieces=(),
    reason="",
    note="",
    approved_by="",
    signed_by="",
    open_matters=(),
)
"""The same shift, earlier: as the core leaves it before the count (`actions/shift.report_of`)."""

PAPERS: dict[str, Document] = {**SLIPS, "report-x": ShiftReport(X), "report-z": ShiftReport(Z)}
