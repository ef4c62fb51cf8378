"""Paper for an outage (停电, 手工票据): pads of numbered receipts, what became of each number, and the envelope with the money.

Theory of operation. A pad is a range of printed numbers, and no two ranges overlap, so a number alone names one paper; the pad is
said beside it so that a slip of the finger is noticed. Papers are torn off in order. When a pad comes back, the first blank
number is told: from there on all are blank, and each one before it must have been entered, or voided with a reason. One that is
neither is missing, and stays so until it is entered or voided after all.

A number stands for one thing at a time. What was entered wrongly is withdrawn by a new entry, and the number is free again.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

PAD_SIZE_MAX = 1_000
"""No pad has more papers."""
NUMBER_MAX = 999_999_999


class Pad(msgspec.Struct, frozen=True):
    """A pad as the books know it."""

    pad_id: str
    first_no: int
    last_no: int
    holder: str = ""
    """Who has it; "": it lies in the office."""
    next_no: int = 0
    """The first number that was blank when it last came back; `first_no` of a new one."""


Fate = Literal["entered", "voided"]


class Standing(msgspec.Struct, frozen=True):
    """What a number stands for now: the entry that was not withdrawn."""

    backfill_no: int
    fate: Fate
    taken_minor: int = 0
    envelope_no: int = 0
    """The envelope that its money lies in; 0: a void has no money."""


class Envelope(msgspec.Struct, frozen=True):
    """The money that one collector took on paper, while its papers are being entered."""

    envelope_no: int
    collector: str
    papers: int = 0
    taken_minor: int = 0
    """The sum of its papers, which must be in it."""


def unfit_range(first_no: int, last_no: int) -> str:
    """Why a range of numbers can not be that of a pad (a key under `refused.`); empty when it can."""
    fits = 1 <= first_no <= last_no <= NUMBER_MAX and last_no - first_no < PAD_SIZE_MAX
    return "" if fits else "bad_numbers"


def clash(pad_id: str, known: Iterable[Pad]) -> str:
    """Why a pad can not be registered beside those that have its name or one of its numbers; empty when there are none."""
    names = [pad.pad_id for pad in known]
    return "pad_exists" if pad_id in names else "pad_overlaps" if names else ""


def unfit_paper(pad: Pad | None, number: int) -> str:
    """Why a number can not be a paper that was used (a key under `refused.`); empty when it can."""
    if pad is None:
        return "no_such_pad"
    if not pad.first_no <= number <= pad.last_no:
        return "no_such_paper"
    if not pad.holder and number >= pad.next_no:
        return "paper_is_blank"
    return ""


def unfit_return(pad: Pad | None, first_blank_no: int, used: Iterable[int]) -> str:
    """Why a pad can not come back so (a key under `refused.`); empty when it can.

    `used`: those of its numbers that stand for something.
    """
    if pad is None:
        return "no_such_pad"
    if not pad.holder:
        return "pad_is_in"
    if not pad.next_no <= first_blank_no <= pad.last_no + 1:
        return "no_such_paper"
    return "paper_not_blank" if any(number >= first_blank_no for number in used) else ""


def missing(pad: Pad, first_blank_no: int, used: Iterable[int]) -> tuple[int, ...]:
    """The numbers torn off since the pad was handed out, of which nobody knows anything."""
    return tuple(sorted(set(range(pad.next_no, first_blank_no)) - set(used)))
