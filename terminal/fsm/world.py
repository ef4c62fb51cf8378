"""All state of the terminal, as data.

The parts are frozen; `World` itself is copied once at the top of `step`, and only that copy is changed. A snapshot of the
world is a cache: the journal alone can rebuild it.
"""

from typing import Literal

import msgspec

from terminal.fees.dues import Invoice
from terminal.fees.quote import QuoteLine
from terminal.fees.services import Basket
from terminal.fees.stay import Coupon, Stay
from terminal.fsm.effects import AwaitedEffect, Document
from terminal.fsm.entries import EndReason
from terminal.fsm.rules import Rules
from terminal.fsm.states import CashState, DrawerState, PrinterState, SaleState, ShiftState
from terminal.fsm.window_events import BadgeShown, NoteShown, ReceiptShown
from terminal.shift.pads import Envelope
from terminal.shift.shift import Shift


class Sale(msgspec.Struct, frozen=True):
    """The sale that is open, or was closed last and is still being printed or left."""

    sale_no: int
    ticket_id: str
    entered_at_ms: int
    lines: tuple[QuoteLine, ...]
    due_minor: int
    credited_minor: int = 0
    paid: bool = False
    owed_minor: int = 0
    """What the payer gets back and has not got yet."""
    paid_out_minor: int = 0
    note_minor: int = 0
    receipt_no: int = 0
    receipt_given: bool = False
    """The receipt was handed to the printer's queue; one that is only printed on request may never be."""
    paid_at_ms: int = 0
    tariff_id: str = ""
    priced_at_ms: int = 0
    """The moment of which the price is."""
    stay: Stay | None = None
    """What was known of the stay when it was shown, beside the entry; None: nothing."""
    coupons: tuple[Coupon, ...] = ()
    """Those that make the price what it is: they are used up when it is paid."""
    paid_elsewhere: bool = False
    """Another terminal has taken the money meanwhile: what was taken here goes back."""
    invoice: Invoice | None = None
    basket: Basket = ()
    rated: bool = False
    chosen: bool = False
    """The car was named by its plate: there is no ticket."""
    ending: EndReason = ""
    """Why it shall end unpaid, or did."""
    more: tuple["Sale", ...] = ()
    """Other things that are paid with it, each with its own lines and price; all else of them is nothing. `lines` and
    `due_minor` here are of all together."""
    tenders_minor: dict[str, int] = {}
    """What was given at a window, by method."""


def own_minor(sale: Sale) -> int:
    """What the thing that was shown last costs, without the others of its sale."""
    return sale.due_minor - sum(other.due_minor for other in sale.more)


def kind_of(sale: Sale) -> Literal["parking", "dues", "services"]:
    """The kind of fee that the thing shown last is about."""
    return "dues" if sale.invoice is not None else "services" if sale.basket else "parking"


def shown_id(sale: Sale) -> str:
    """What people call the thing shown last: its ticket or account; services have no name."""
    return sale.invoice.account_id if sale.invoice is not None else "" if sale.basket else sale.ticket_id


class Bill(msgspec.Struct, frozen=True):
    """The note that is moving, and the effect that moves it."""

    amount_minor: int
    effect_id: str
    jammed: bool = False
    """The validator was jammed meanwhile: its counter does not tell any more where the note is."""


class DisputedBill(msgspec.Struct, frozen=True):
    """A note of which nobody knows where it is; booked under `bill_no`."""

    bill_no: int
    amount_minor: int
    effect_id: str
    sale_no: int | None


class Job(msgspec.Struct, frozen=True):
    """A document to print. `effect_id` is empty until it is its turn."""

    document: Document
    language: str
    copy: int = 0
    effect_id: str = ""
    started: bool = False
    """The printer was ready and may have got bytes: from here on a failure leaves a doubt."""


class Notice(msgspec.Struct, frozen=True):
    """The last thing the payer should know; `key` is one of the catalogue of words. Amounts in `params` end in `_minor`."""

    key: str
    params: dict[str, int | str] = {}


class Window(msgspec.Struct, frozen=True):
    """What a staffed window remembers beside its sale."""

    shift: Shift | None = None
    told: Notice | None = None
    """What the collector should know."""
    suspended: tuple[Sale, ...] = ()
    """Of payers who have stepped aside."""
    badge_shown: BadgeShown | None = None
    badge_seq: int = 0
    """At which event it was shown: it is good once, and not for long."""
    note_shown: NoteShown | None = None
    receipt_shown: ReceiptShown | None = None
    shift_no: int = 0
    z_no: int = 0
    z_fingerprint: str = ""
    settled_z_no: int = 0
    """The last Z of a day that is closed."""
    slip_no: int = 0
    correction_no: int = 0
    outage_no: int = 0
    backfill_no: int = 0
    envelope_no: int = 0
    envelope: Envelope | None = None
    """The one whose papers are being entered."""
    papers_missing: tuple[int, ...] = ()
    """Numbers that did not come back with their pads."""


class World(msgspec.Struct):
    """Everything that decisions depend on."""

    rules: Rules
    seq: int = 0
    """Number of the last event."""
    language: str = "en"
    language_until_ms: int | None = None
    """When a language that somebody chose at a resting screen falls back, in elapsed time; a sale keeps its own to its end."""
    state: SaleState = SaleState.OUT_OF_SERVICE
    sale: Sale | None = None
    cash: CashState = CashState.EMPTY
    bill: Bill | None = None
    disputed: tuple[DisputedBill, ...] = ()
    printer: PrinterState = PrinterState.FREE
    jobs: tuple[Job, ...] = ()
    shift: ShiftState = ShiftState.CLOSED
    drawer: DrawerState = DrawerState.SHUT
    drawer_due_ms: int | None = None
    """When `DrawerOverdue` is due, in elapsed time."""
    window: Window = Window()
    pending: dict[str, AwaitedEffect] = {}
    """Effects whose outcome is not known yet, by id."""
    devices: dict[str, tuple[str, ...]] = {}
    """Problems by device; a device without problems is well."""
    units: dict[str, str] = {}
    """Serial number by device, as last seen."""
    door_open: bool = False
    closed_by: str = ""
    """Who of the staff has taken the terminal out of service; "": nobody."""
    notice: Notice | None = None
    refused: dict[str, int] = {}
    """How often codes were refused, by reason."""
    box_count: int = 0
    box_minor: int = 0
    """What is in the cash box since it was last replaced."""
    waits_until_ms: int | None = None
    """When the sale has waited long enough for what comes next, or a resting screen has shown its notice, in elapsed time."""
    sale_no: int = 0
    receipt_no: int = 0
    note_no: int = 0
    bill_no: int = 0

    @property
    def wake_at_ms(self) -> int | None:
        """When `TimedOut` is due, in elapsed time: the earlier of both deadlines."""
        deadlines = (self.waits_until_ms, self.language_until_ms)
        return min((at_ms for at_ms in deadlines if at_ms is not None), default=None)

    def drop_deadlines(self, up_ms: int) -> None:
        """Those that have come."""
        if self.waits_until_ms is not None and up_ms >= self.waits_until_ms:
            self.waits_until_ms = None
        if self.language_until_ms is not None and up_ms >= self.language_until_ms:
            self.language_until_ms = None


NO_RULES = Rules(terminal_id="", site="", currency="CNY", language="en", timezone="UTC", tariffs={}, devices=())


def new_world() -> World:
    """The world before the first event ever."""
    return World(rules=NO_RULES)
