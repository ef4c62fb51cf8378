"""Facts of an outage and of what was sold on paper meanwhile (补录). All of them are in `window_events.WindowEvent` too.

`who` and `approved_by` as there. What the books know of a pad or of a number is added by the intake (`known` and the like);
whoever says such a fact leaves it out.
"""

from typing import Literal

import msgspec

from terminal.fees.stay import Stay
from terminal.fsm.kinds import Fact
from terminal.shift.pads import Pad, Standing
from terminal.shift.pieces import Pieces

OutageCause = Literal["power", "network", "terminal", "printer", "other"]
VoidReason = Literal["spoiled", "lost", "other"]
EnvelopeGoes = Literal["safe", "drawer"]
EnvelopeReason = Literal["", "wrong_change", "false_note", "not_found", "other"]
"""Why an envelope holds more or less than its papers say."""


class KnownPaper(msgspec.Struct, frozen=True):
    """What the books know of one number of a pad."""

    pad: Pad | None = None
    standing: Standing | None = None
    """None: nothing stands for it."""
    outage_no: int = 0
    """The outage in which its time lies; 0: in none."""
    stay_id: str = ""
    """The stay or ticket that was paid for; "": not known."""
    stay: Stay | None = None
    """All that was known of the stay at the paper's time; None: nothing but what the paper says."""


# --- pads ---------------------------------------------------------------------------------------------------------
class PadRegistered(Fact, frozen=True):
    """A pad of paper receipts came from the printer's: numbers `first_no` to `last_no`."""

    who: str
    pad_id: str
    first_no: int
    last_no: int
    approved_by: str = ""
    known: tuple[Pad, ...] = ()
    """Pads of the same name, and those that have one of its numbers."""


class PadIssued(Fact, frozen=True):
    """A pad is handed to a collector."""

    who: str
    pad_id: str
    holder: str
    approved_by: str = ""
    known: Pad | None = None


class PadReturned(Fact, frozen=True):
    """A pad comes back; from `first_blank_no` on its papers are blank (the last number plus one: all are used)."""

    who: str
    pad_id: str
    first_blank_no: int
    approved_by: str = ""
    known: Pad | None = None
    used: tuple[int, ...] = ()
    """Its numbers, from the one on that was blank when it was handed out, that stand for something."""


# --- the outage, and its papers -----------------------------------------------------------------------------------
class OutageNoted(Fact, frozen=True):
    """The terminal could not sell from one moment to another; told when it is over."""

    who: str
    from_ms: int
    to_ms: int
    cause: OutageCause
    note: str = ""


class PaperEntered(Fact, frozen=True):
    """A paper receipt is entered as it was written. `plate`, `entered_ms`, `vehicle`, `ticket_id` as far as they are known."""

    who: str
    pad_id: str
    number: int
    paper_ms: int
    collector: str
    """Who took the money then."""
    taken_minor: int
    tariff_id: str
    plate: str = ""
    entered_ms: int | None = None
    vehicle: str = ""
    ticket_id: str = ""
    approved_by: str = ""
    known: KnownPaper = KnownPaper()


class PaperVoided(Fact, frozen=True):
    """A paper of a pad was not used to sell, and never will be."""

    who: str
    pad_id: str
    number: int
    reason: VoidReason
    note: str = ""
    approved_by: str = ""
    known: KnownPaper = KnownPaper()


class PaperWithdrawn(Fact, frozen=True):
    """What a number stands for was entered wrongly: it stands for nothing any more, and can be entered anew."""

    who: str
    pad_id: str
    number: int
    note: str
    approved_by: str = ""
    known: KnownPaper = KnownPaper()


class EnvelopeCounted(Fact, frozen=True):
    """All papers of a collector are entered, and the money of the envelope is counted; it goes to the safe or into the drawer."""

    who: str
    pieces: Pieces
    goes_to: EnvelopeGoes
    reason: EnvelopeReason = ""
    note: str = ""
    bag: str = ""
    approved_by: str = ""


BackfillEvent = (
    PadRegistered | PadIssued | PadReturned
    | OutageNoted | PaperEntered | PaperVoided | PaperWithdrawn | EnvelopeCounted
)  # fmt: skip
