"""Corrections (冲红): what may be put right, how, and up to when, as a table. What was booked is never changed.

A correction points to the receipt of the sale that it corrects. Its amount is what the payer gets back, or, below zero, what
the payer still had to give.

    what        money goes           amount                              until
    void        back, all of it      all that was paid                   the shift that sold it is closed
    refund      back                 at most what was not given back     –
    duplicate   back, all of it      all that was paid                   –
    deposit     back, all of it      the deposit                         –
    change      either way, once     at most the cash that was given     –
    method      from one to another  at most what is booked so           the shift that sold it is closed
"""

from typing import Literal, NamedTuple

import msgspec

What = Literal["void", "refund", "duplicate", "deposit", "change", "method"]


CREDIT_NOTE = "credit_note"
"""The method of a credit note that was honoured toward a sale. It can not be made good again, so it goes back in cash."""


class Rule(NamedTuple):
    """How one kind of correction is done."""

    whole: bool
    """All that was paid goes back, neither more nor less."""
    same_shift: bool
    """Only while the shift that sold it is open: afterwards it is a refund."""
    gives_back: bool
    """It counts toward what was given back of the sale, which can not be more than was paid."""


CORRECTIONS: dict[What, Rule] = {
    #                   whole  same_shift gives_back
    "void":        Rule(True,  True,      True),
    "refund":      Rule(False, False,     True),
    "duplicate":   Rule(True,  False,     True),
    "deposit":     Rule(True,  False,     True),
    "change":      Rule(False, False,     False),
    "method":      Rule(False, True,      False),
}  # fmt: skip

Reason = Literal[
    "payer_changed_mind",
    "wrong_item",
    "wrong_price",
    "paid_twice",
    "wrong_change",
    "wrong_method",
    "deposit_returned",
    "other",
]
"""Why; `other` wants a text."""


class Sold(msgspec.Struct, frozen=True):
    """What the books know of a sale that shall be corrected."""

    receipt_no: int
    sale_no: int
    due_minor: int
    at_ms: int
    tendered_minor: int = 0
    """The cash that was given for it, before its change."""
    shift_no: int = 0
    """The shift that sold it; 0: none, it was sold unattended."""
    methods: dict[str, int] = {}
    """How it was paid and not given back, by method; cash without its change, a credit note counts as cash."""
    given_back_minor: int = 0
    deposit: bool = False
    """It is a deposit, which is not ours."""
    voided: bool = False
    change_corrected: bool = False
    """Its change was put right already, which is done once."""


def parts(what: What, sold: Sold, method: str, amount_minor: int) -> tuple[tuple[str, int], ...]:
    """By which methods an amount goes back: all of a sale the way it came, each part by its own; else as is asked."""
    if CORRECTIONS[what].whole and sold.methods:
        return tuple(sorted(sold.methods.items()))
    return ((method, amount_minor),)


def unfit(what: What, sold: Sold, amount_minor: int, shift_no: int, method: str, wrong_method: str) -> str:
    """Why a sale can not be corrected so by the shift that is open now (a key under `refused.`); empty when it can."""
    rule, left_minor = CORRECTIONS[what], sold.due_minor - sold.given_back_minor
    if amount_minor == 0 or (amount_minor < 0 and what != "change"):
        return "bad_amount"
    if sold.voided or (rule.gives_back and left_minor <= 0):
        return "given_back_already"
    if rule.same_shift and sold.shift_no != shift_no:
        return "shift_is_closed"
    if rule.whole and (sold.given_back_minor or amount_minor != sold.due_minor):
        return "only_whole"
    if what == "method" and (method == wrong_method or amount_minor > sold.methods.get(wrong_method, 0)):
        return "not_by_this_method"
    if what == "change" and sold.change_corrected:
        return "change_corrected_already"
    if what == "change" and abs(amount_minor) > sold.tendered_minor:
        return "more_than_tendered"
    if what == "refund" and sold.methods and amount_minor > sold.methods.get(method, 0):
        return "not_by_this_method"
    if rule.gives_back and amount_minor > left_minor:
        return "more_than_paid"
    return "not_a_deposit" if (what == "deposit") is not sold.deposit and what in ("deposit", "refund") else ""
