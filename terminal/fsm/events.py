"""Facts that have happened: past tense, frozen, units in their names.

Each of them is journaled before anything acts on it. `Event` at the end is the list of them all; the journal, the
tables and the tests go by that list. The JSON form (journal, MQTT, export) is the fields plus `kind`, the class name.
"""

from typing import Literal

from terminal.fees.dues import Invoice
from terminal.fees.services import Basket
from terminal.fees.stay import Coupon, Stay
from terminal.fsm.kinds import Fact
from terminal.fsm.rules import Rules
from terminal.fsm.window_events import WindowEvent
from terminal.stays.reports import AnyReport

RatingReason = Literal["", "slow", "unclear", "expensive", "machine", "other"]
"""Why a payer was not content."""
StaffAct = Literal["sign_in", "sign_in_failed", "sign_out", "close", "reopen", "test_print", "ask_again", "shut_down"]
"""What staff do on the service page; `close` takes the terminal out of service until somebody says `reopen`, `ask_again` has a
device say anew who it is and how it is."""
Finding = Literal["in_box", "given_back", "nothing", "other_unit", "paid_out", "not_started", "in_doubt"]


# --- the program itself -------------------------------------------------------------------------------------------
class Started(Fact, frozen=True):
    """The program has started; elapsed time begins anew at 0 and nothing is known of any device yet."""

    version: str
    rules: Rules


class Stopped(Fact, frozen=True):
    """The program stops in an orderly way."""


class RulesChanged(Fact, frozen=True):
    """The configuration was read again, and its rules are in force from here on."""

    rules: Rules


class TimedOut(Fact, frozen=True):
    """The moment that the world asked to be woken at (`World.wake_at_ms`) has come."""


class ClockStepped(Fact, frozen=True):
    """The wall clock jumped by `by_ms` against elapsed time, or is so far behind the last life's last event."""

    by_ms: int


# --- devices ------------------------------------------------------------------------------------------------------
class DeviceChanged(Fact, frozen=True):
    """All that is wrong with a device now; no problem at all means it is well. Said only when it changes."""

    device: str
    problems: tuple[str, ...]


class DeviceIdentified(Fact, frozen=True):
    """A device said who it is; a changed `serial` means that somebody swapped the unit."""

    device: str
    model: str
    serial: str
    firmware: str


# --- people -------------------------------------------------------------------------------------------------------
class CodeScanned(Fact, frozen=True):
    """A scanner read `text`. Never journaled as it is: the intake turns it into `TicketScanned` or `CodeRefused`."""

    text: str


class TicketScanned(Fact, frozen=True):
    """Something to be paid was shown: a genuine ticket, or a car chosen by its plate; `paid_at_ms` tells when it was last paid
    for, if it was. `stay` holds what the books know of it; None: only its entry (0: not even that).

    Or a bill of dues, with `invoice`, or services, with `basket`: then there is neither entry nor tariff, and the ticket's id is
    one that no ticket can have.
    """

    ticket_id: str
    entered_at_ms: int
    tariff_id: str
    paid_at_ms: int | None = None
    stay: Stay | None = None
    invoice: Invoice | None = None
    basket: Basket = ()
    chosen: bool = False
    """The car was only named by its plate, which anybody can read: nothing is proven, so nothing is given for it."""


class ServicesChosen(Fact, frozen=True):
    """Somebody chose things that are sold by the piece. Never journaled as it is: the intake turns it into `TicketScanned`."""

    basket: Basket


class StayChosen(Fact, frozen=True):
    """Somebody chose a car by its plate. Never journaled as it is: the intake turns it into one of the events around it."""

    stay_id: str


class CouponScanned(Fact, frozen=True):
    """A genuine coupon was read; `used_at_ms` tells when it was already used, if it was."""

    coupon: Coupon
    used_at_ms: int | None = None


class CodeRefused(Fact, frozen=True):
    """A code was read that is none of ours or not genuine; `reason` is a key under `refused.`, `shown` is masked."""

    reason: str
    shown: str


class CancelPressed(Fact, frozen=True):
    """The payer wants to stop."""


class LanguageChosen(Fact, frozen=True):
    """The payer chose a language of screen and receipt."""

    language: str


class Reported(Fact, frozen=True):
    """A camera, a gate, a merchant or another terminal told something about a stay, or a credit note.

    `paid_here_at_ms`: when the ticket was last paid for here, or the note honoured here, if it was; `used_here`: coupons that
    were used there and had been used here.
    """

    report: AnyReport
    paid_here_at_ms: int | None = None
    used_here: tuple[str, ...] = ()


class HelpCalled(Fact, frozen=True):
    """The payer calls for help."""


class Rated(Fact, frozen=True):
    """The payer says how it went: 1 to 5 stars, and perhaps why."""

    stars: int
    reason: RatingReason = ""


class ReceiptWanted(Fact, frozen=True):
    """The payer of a sale whose receipt is only printed on request wants to have it on paper."""


class StaffActed(Fact, frozen=True):
    """Somebody of the staff did something on the service page; `who` is the name under which the operators' file knows them."""

    who: str
    act: StaffAct
    device: str = ""
    """The one that is asked again."""


class DoorOpened(Fact, frozen=True):
    """The service door was opened."""


class DoorClosed(Fact, frozen=True):
    """The service door was closed."""


# --- notes --------------------------------------------------------------------------------------------------------
class BillHeld(Fact, frozen=True):
    """A note is in escrow and still returnable. `unit` is the validator's serial number, `count_before` its own count
    of stacked notes before this one, if it keeps one: recovery compares both."""

    amount_minor: int
    unit: str = ""
    count_before: int | None = None


class BillStacked(Fact, frozen=True):
    """A note has gone past the point of no return: it is ours, and its value is the payer's."""

    amount_minor: int


class BillReturned(Fact, frozen=True):
    """A held note was given back."""

    amount_minor: int
    reason: str = ""


class BillRefused(Fact, frozen=True):
    """The device gave a note back by itself, before it was held; `reason` is a key under `reject.`."""

    reason: str


class BillReported(Fact, frozen=True):
    """After its own restart the device says where a note was found that nobody asked about (0: unknown value)."""

    where: Literal["box", "front"]
    amount_minor: int


class FraudAttempted(Fact, frozen=True):
    """The validator noticed that a note was being pulled back or cheated with (0: unknown value)."""

    amount_minor: int


class BoxRemoved(Fact, frozen=True):
    """The cash box was taken out."""


class BoxReplaced(Fact, frozen=True):
    """A cash box was put in."""


# --- outcomes of effects ------------------------------------------------------------------------------------------
class EffectFound(Fact, frozen=True):
    """What became of an effect that was under way when the power or the cable went (the answer to `Ask`)."""

    effect_id: str
    finding: Finding
    amount_minor: int = 0


class ChangePaid(Fact, frozen=True):
    """The change giver has finished: `amount_minor` was paid out, which may be less than was asked."""

    effect_id: str
    amount_minor: int


class PrintStarted(Fact, frozen=True):
    """The printer is ready and the first byte of the document is about to be sent."""

    effect_id: str


class Printed(Fact, frozen=True):
    """The printer has printed the document, as far as it can tell (`proof`: `process_id`, `fence` or `drained`)."""

    effect_id: str
    proof: str


class PrintInDoubt(Fact, frozen=True):
    """Something went wrong after the first byte was sent: nobody knows how much is on the paper."""

    effect_id: str
    reason: str


class BarrierOpened(Fact, frozen=True):
    """The barrier relay was pulsed."""

    effect_id: str


class BarrierFailed(Fact, frozen=True):
    """The barrier relay could not be pulsed."""

    effect_id: str
    reason: str


class DrawerKicked(Fact, frozen=True):
    """The pulse that opens the cash drawer was sent."""

    effect_id: str


class DrawerFailed(Fact, frozen=True):
    """The cash drawer could not be told to open."""

    effect_id: str
    reason: str


class DrawerChanged(Fact, frozen=True):
    """The drawer's sensor says open or closed."""

    is_open: bool


class DrawerOverdue(Fact, frozen=True):
    """The moment that the drawer was to be looked at (`World.drawer_due_ms`) has come."""


Event = (
    Started | Stopped | RulesChanged | TimedOut | ClockStepped
    | DeviceChanged | DeviceIdentified
    | CodeScanned | StayChosen | ServicesChosen | TicketScanned | CouponScanned | CodeRefused | Reported
    | CancelPressed | LanguageChosen | HelpCalled | Rated | ReceiptWanted | StaffActed | DoorOpened | DoorClosed
    | BillHeld | BillStacked | BillReturned | BillRefused | BillReported | FraudAttempted | BoxRemoved | BoxReplaced
    | EffectFound | ChangePaid | PrintStarted | Printed | PrintInDoubt
    | BarrierOpened | BarrierFailed | DrawerKicked | DrawerFailed | DrawerChanged | DrawerOverdue
    | WindowEvent
)  # fmt: skip
