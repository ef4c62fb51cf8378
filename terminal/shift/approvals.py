"""Which acts need a second person on the spot, as a table.

A second person is somebody whose role may approve, who is not the one who acts, and who gave a PIN of their own for this one
act. How much is allowed to one person alone is a matter of the site, so the amounts are rules (`[window.alone_up_to]`); the
defaults below follow what published rules of cashiers agree in (cash-practice.md §4–6).
"""

from typing import Literal

Act = Literal[
    "float", "drop", "top_up", "big_notes", "no_sale", "void", "refund", "duplicate", "deposit", "change", "method",
    "recount", "difference", "take_over", "dispute", "clear", "keep_note", "pad", "backfill", "envelope", "close_day",
]  # fmt: skip

ALWAYS, NEVER = 0, 100_000_000
"""Amounts from which on nobody, or everybody, may act alone."""

ALONE_UP_TO_MINOR: dict[Act, int] = {
    "float":      NEVER,    # who counts it signs for it
    "drop":       ALWAYS,   # money leaves the drawer
    "top_up":     ALWAYS,
    "big_notes":  ALWAYS,
    "no_sale":    NEVER,    # booked and counted in the report
    "void":       ALWAYS,
    "refund":     ALWAYS,
    "duplicate":  ALWAYS,
    "deposit":    NEVER,    # its receipt is the proof, and it is good once
    "change":     1_000,
    "method":     ALWAYS,
    "recount":    ALWAYS,
    "difference": 1_000,
    "take_over":  NEVER,    # only a supervisor may, which is a matter of the role
    "dispute":    ALWAYS,
    "clear":      ALWAYS,
    "keep_note":  ALWAYS,
    "pad":        ALWAYS,
    "backfill":   ALWAYS,
    "envelope":   ALWAYS,
    "close_day":  NEVER,    # likewise
}  # fmt: skip
"""Up to this amount one person may act alone; above it there must be two."""

PATTERN = 8
"""So many approvals by one person in one shift are a pattern that people should look at: a badge may be lent."""


def needs_second(act: Act, amount_minor: int, alone_up_to_minor: dict[str, int]) -> bool:
    """Whether one person alone may not do this; `alone_up_to_minor` are the site's own amounts."""
    limit_minor = alone_up_to_minor.get(act, ALONE_UP_TO_MINOR[act])
    return limit_minor < NEVER and (limit_minor == ALWAYS or abs(amount_minor) > limit_minor)


def unapproved(act: Act, amount_minor: int, who: str, approved_by: str, alone_up_to_minor: dict[str, int]) -> str:
    """Why an act must not be done (a key under `refused.`); empty when it may. One's own approval is none."""
    if approved_by and approved_by == who:
        return "own_approval"
    if not approved_by and needs_second(act, amount_minor, alone_up_to_minor):
        return "needs_approval"
    return ""
