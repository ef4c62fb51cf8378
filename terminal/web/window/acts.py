"""What can be done on the window's page: which event each act becomes, what of it the page may say, and whose it is.

An act is a name and a few fields. Who does it comes from the session, who approves it from a PIN or badge that was shown with
it, and what the books know is added by the intake: none of that is ever taken from a page.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from terminal.fsm import backfill_events as backfill
from terminal.fsm import window_events as ev
from terminal.fsm.events import CancelPressed, CodeScanned, Event, LanguageChosen, ServicesChosen
from terminal.shift.pieces import counted
from terminal.staff.operators import Operator, Role

SELLS: tuple[Role, ...] = ("collector", "supervisor")
SUPERVISES: tuple[Role, ...] = ("supervisor",)
LOOKS: tuple[Role, ...] = ("collector", "supervisor", "auditor")
"""Who is let in; an auditor only looks."""

TEXT_MAX = 200
CODE_MAX = 256
AMOUNT_MAX_MINOR = 10**9
MOMENT_MAX_MS = 10**13
ROWS_MAX = 32


class Act(NamedTuple):
    """One kind of act."""

    event: type[Event]
    fields: tuple[str, ...] = ()
    """What the page says of it."""
    roles: tuple[Role, ...] = SELLS
    fixed: Mapping[str, Any] = {}
    """What it always is."""


# fmt: off
ACTS: dict[str, Act] = {
    # the shift
    "begin":     Act(ev.ShiftBegun),
    "float":     Act(ev.FloatCounted, ("pieces",)),
    "draft":     Act(ev.CountDrafted, ("pieces",)),
    "lock":      Act(ev.WindowLocked),
    "count":     Act(ev.CountAsked),
    "take_over": Act(ev.CountAsked, (), SUPERVISES, {"taken_over": True}),
    "counted":   Act(ev.DrawerCounted, ("pieces",)),
    "recount":   Act(ev.RecountAsked),
    "sign":      Act(ev.ShiftSigned, ("reason", "note")),
    "accept":    Act(ev.DrawerAccepted),
    "dispute":   Act(ev.DrawerDisputed, ("pieces", "note")),
    "clear":     Act(ev.DrawerCleared, ("bag",)),
    "close_day": Act(ev.DayClosed, (), SUPERVISES),
    "x":         Act(ev.ReportAsked),
    # the drawer
    "move":      Act(ev.CashMoved, ("what", "pieces", "bag")),
    "no_sale":   Act(ev.DrawerAsked, ("reason",)),
    "suspect":   Act(ev.NoteSuspected, ("amount_minor", "serial", "how", "slip")),
    # sales
    "tender":    Act(ev.Tendered, ("method", "amount_minor", "reference")),
    "cash_note": Act(ev.NoteCashed),
    "suspend":   Act(ev.SaleSuspended),
    "resume":    Act(ev.SaleResumed, ("sale_no",)),
    "remove":    Act(ev.ThingRemoved, ("ticket_id",)),
    "cancel":    Act(CancelPressed),
    # corrections
    "correct":   Act(ev.Corrected, ("what", "receipt_no", "amount_minor", "reason", "note", "method", "wrong_method")),
    "reprint":   Act(ev.ReprintAsked, ("receipt_no",)),
    # outages, and what was sold on paper meanwhile
    "outage":    Act(backfill.OutageNoted, ("from_ms", "to_ms", "cause", "note")),
    "pad":       Act(backfill.PadRegistered, ("pad_id", "first_no", "last_no")),
    "hand_out":  Act(backfill.PadIssued, ("pad_id", "holder")),
    "take_back": Act(backfill.PadReturned, ("pad_id", "first_blank_no")),
    "paper":     Act(backfill.PaperEntered, ("pad_id", "number", "paper_ms", "collector", "taken_minor", "tariff_id", "plate",
                     "entered_ms", "vehicle", "ticket_id")),
    "spoil":     Act(backfill.PaperVoided, ("pad_id", "number", "reason", "note")),
    "withdraw":  Act(backfill.PaperWithdrawn, ("pad_id", "number", "note")),
    "envelope":  Act(backfill.EnvelopeCounted, ("pieces", "goes_to", "reason", "note", "bag")),
    # what the payer shows, chooses and reads
    "code":      Act(CodeScanned, ("text",)),
    "services":  Act(ServicesChosen, ("basket",)),
    "language":  Act(LanguageChosen, ("language",)),
}
# fmt: on

NAMELESS = ("cancel", "code", "services", "language")
"""Acts whose events do not say who did them: only the collector whose shift serves may do them, which the page sees to."""

UNANSWERED = ("code", "services")
"""Acts that the intake turns into other events: what becomes of them is seen on the page."""


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """An act as the page sends it."""

    act: str
    fields: dict[str, Any] = {}
    second: dict[str, Any] | None = None
    """Name and PIN of the second person, or the event at which their badge was read."""


def event_of(asked: Asked, operator: Operator, approved_by: str) -> Event:
    """The event that an act is. Raises `msgspec.ValidationError`, a ValueError, for what can be none."""
    act = ACTS[asked.act]
    if set(asked.fields) - set(act.fields):
        raise msgspec.ValidationError("fields that this act does not have")
    ours = {"who": operator.name, "name": operator.shown_name, "approved_by": approved_by, **act.fixed}
    values = {**asked.fields, **{name: value for name, value in ours.items() if name in act.event.__struct_fields__}}
    event = msgspec.convert(values, act.event)
    _check(event)
    if "pieces" in act.fields:
        event = msgspec.structs.replace(event, pieces=counted(getattr(event, "pieces", ())))
    return event


def _check(event: Event) -> None:
    """Nothing is longer or larger than people type."""
    for name, value in msgspec.structs.asdict(event).items():
        longest = CODE_MAX if isinstance(event, CodeScanned) else TEXT_MAX
        if isinstance(value, str) and (len(value) > longest or not value.isprintable()):
            raise msgspec.ValidationError("a text that is too long or can not be printed")
        if isinstance(value, int) and abs(value) > (MOMENT_MAX_MS if name.endswith("_ms") else AMOUNT_MAX_MINOR):
            raise msgspec.ValidationError("a number that is too large")
        if isinstance(value, tuple):
            _check_rows(value)


def _check_rows(rows: tuple[Any, ...]) -> None:
    if len(rows) > ROWS_MAX or any(
        abs(number) > AMOUNT_MAX_MINOR for row in rows for number in row if isinstance(number, int)
    ):
        raise msgspec.ValidationError("rows that nobody counts")
    if any(len(text) > TEXT_MAX for row in rows for text in row if isinstance(text, str)):
        raise msgspec.ValidationError("a text that is too long")


ADDED: dict[type[Event], tuple[str, ...]] = {
    ev.Corrected: ("sold",),
    ev.ReprintAsked: ("receipt", "copies", "language"),
    backfill.PadRegistered: ("known",),
    backfill.PadIssued: ("known",),
    backfill.PadReturned: ("known", "used"),
    backfill.PaperEntered: ("known",),
    backfill.PaperVoided: ("known",),
    backfill.PaperWithdrawn: ("known",),
}
"""What the intake adds to an event of what the books know."""


def is_the_same(booked: Event, asked: Event) -> bool:
    """Whether an event of the journal is what was asked."""
    added = {name: getattr(asked, name) for name in ADDED.get(type(asked), ())}
    return type(booked) is type(asked) and msgspec.structs.replace(booked, **added) == asked
