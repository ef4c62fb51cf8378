"""What a shift comes to: the running sums, what its drawer should hold, and the reports X and Z.

Every movement of cash into the drawer or out of it is one `DrawerMoved`, whatever its cause, so there is one sum:

    expected = float + tenders - change + top-ups - drops - refunds ± corrections + envelopes
    counted  = expected + over/short

A Z is final and carries the fingerprint of the Z before it, so that none can be left out or written anew.
"""

import hashlib
from typing import Literal

import msgspec

from terminal.shift.pieces import Pieces

Cause = Literal[
    "float",
    "tender",
    "change",
    "top_up",
    "drop",
    "refund",
    "correction",
    "note_cashed",
    "envelope",
]
"""Why cash moved."""

DRAWER_CAUSES: tuple[Cause, ...] = (
    "tender",
    "change",
    "top_up",
    "drop",
    "refund",
    "correction",
    "note_cashed",
    "envelope",
)
"""Those that happen while a shift serves."""


class Totals(msgspec.Struct, frozen=True):
    """Running sums of one shift, amounts in minor units."""

    sales: int = 0
    by_method_minor: dict[str, int] = {}
    """What paid sales came to, by how they were paid; cash without its change."""
    by_kind_minor: dict[str, int] = {}
    """The same by kind of fee."""
    moved_minor: dict[str, int] = {}
    """Cash into the drawer, less cash out of it, by cause; without the float."""
    cancelled: int = 0
    first_receipt_no: int = 0
    last_receipt_no: int = 0
    voids: int = 0
    refunds: int = 0
    corrections: int = 0
    no_sale_openings: int = 0
    suspect_notes: int = 0
    manual: int = 0
    """Paper receipts of an outage that were entered by hand, less those withdrawn; they are in no other sum."""
    manual_minor: int = 0
    """What was taken on them; it lies in envelopes."""
    approvals: dict[str, int] = {}
    """How often each second person has approved."""


def plus(sums: dict[str, int], key: str, amount: int) -> dict[str, int]:
    """The same sums with one of them changed."""
    return {**sums, key: sums.get(key, 0) + amount}


def expected_minor(float_minor: int, totals: Totals) -> int:
    """What should be in the drawer."""
    return float_minor + sum(totals.moved_minor.values())


class Report(msgspec.Struct, frozen=True):
    """An X (how the shift stands) or, with a number, a Z (how it ended): one document, printed and booked."""

    z_no: int
    shift_no: int
    who: str
    name: str
    begun_at_ms: int
    at_ms: int
    float_minor: int
    totals: Totals
    expected_minor: int = 0
    """Left out of an X: who counts must not know it before."""
    counted_minor: int = 0
    pieces: Pieces = ()
    reason: str = ""
    note: str = ""
    approved_by: str = ""
    signed_by: str = ""
    """Who closed the shift: its collector, or whoever took over."""
    receipts_left: int = 0
    open_matters: tuple[str, ...] = ()
    previous: str = ""
    """Fingerprint of the Z before this one; the first follows nothing."""

    @property
    def over_minor(self) -> int:
        """Counted minus expected: above zero over (长款), below short (短款)."""
        return self.counted_minor - self.expected_minor


def fingerprint(report: Report) -> str:
    """What the next Z carries: SHA-256 of this one's JSON, the first 16 hex digits."""
    return hashlib.sha256(msgspec.json.encode(report)).hexdigest()[:16]
