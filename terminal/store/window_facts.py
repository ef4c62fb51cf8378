"""What the books of a staffed window tell of shifts, days and receipts, as data: the JSON of `fee-terminal report`.

Amounts are minor units, times Unix milliseconds (UTC). Over and short are two sums, never one.
"""

from typing import Literal

import msgspec


class Sum(msgspec.Struct, frozen=True):
    """How many, and how much together."""

    number: int
    amount_minor: int


class Count(msgspec.Struct, frozen=True):
    """One count of a drawer; all but the last were counted again."""

    number: int
    who: str
    expected_minor: int
    counted_minor: int


class Handover(msgspec.Struct, frozen=True):
    """What became of the drawer."""

    how: str
    at_ms: int
    who: str
    approved_by: str
    counted_minor: int
    difference_minor: int
    note: str


class Correction(msgspec.Struct, frozen=True):
    """A sale that was put right."""

    correction_no: int
    at_ms: int
    shift_no: int
    what: str
    sale_no: int
    receipt_no: int
    amount_minor: int
    method: str
    wrong_method: str
    reason: str
    note: str
    who: str
    approved_by: str


class Suspect(msgspec.Struct, frozen=True):
    """A note that looked false; its serial number is masked."""

    at_ms: int
    shift_no: int
    amount_minor: int
    serial: str
    how: str
    who: str
    approved_by: str
    slip: str


class NoSale(msgspec.Struct, frozen=True):
    """The drawer was opened without a sale."""

    at_ms: int
    shift_no: int
    who: str
    reason: str


class Issued(msgspec.Struct, frozen=True):
    """Receipt numbers that were taken."""

    issued: int
    first: int
    last: int
    voided: tuple[int, ...]
    copies: int
    gaps: tuple[tuple[int, int], ...]
    """First and last number of each gap."""


class IssuedReceipt(msgspec.Struct, frozen=True):
    """One receipt, and what became of it."""

    receipt_no: int
    at_ms: int
    shift_no: int
    sale_no: int
    kind: str
    due_minor: int
    copies: int
    given_back_minor: int
    voided: bool


class ShiftBook(msgspec.Struct, frozen=True):
    """One shift. Before its count the fields that tell of the drawer are None, and cash is not among the methods."""

    shift_no: int
    who: str
    name: str
    follows: int
    begun_at_ms: int
    state: Literal["open", "counted", "closed"]
    float_minor: int
    moved_minor: dict[str, int] | None
    """Cash into the drawer, less cash out of it, by cause, without the float."""
    expected_minor: int | None
    counted_minor: int | None
    over_minor: int | None
    short_minor: int | None
    by_kind: dict[str, Sum]
    by_method: dict[str, Sum]
    cancelled: int
    receipts: Issued
    corrections: tuple[Correction, ...]
    suspects: tuple[Suspect, ...]
    no_sales: tuple[NoSale, ...]
    credit_notes: Sum
    """Those that were honoured."""
    manual: Sum
    """Paper receipts of an outage that were entered in this shift, and what was taken on them; in no other sum."""
    counts: tuple[Count, ...]
    pieces: tuple[tuple[int, int], ...]
    """What was counted last: denomination and number."""
    closed_at_ms: int | None = None
    z_no: int = 0
    signed_by: str = ""
    approved_by: str = ""
    reason: str = ""
    note: str = ""
    fingerprint: str = ""
    previous: str = ""
    approvals: dict[str, int] = {}
    """How often each second person approved, as the Z says it."""
    handover: Handover | None = None


class OperatorSum(msgspec.Struct, frozen=True):
    """One collector's closed shifts of a day."""

    name: str
    shifts: int
    sales: Sum
    over_minor: int
    short_minor: int


class DayBook(msgspec.Struct, frozen=True):
    """The closed shifts of a day; those that are not closed are only named."""

    day: str
    settled_by: str
    """Who closed the day; "": nobody yet."""
    settled_at_ms: int | None
    shifts: tuple[ShiftBook, ...]
    open_shifts: tuple[int, ...]
    by_kind: dict[str, Sum]
    by_method: dict[str, Sum]
    by_operator: dict[str, OperatorSum]
    moved_minor: dict[str, int]
    over_minor: int
    short_minor: int
    receipts: Issued
    manual: Sum
