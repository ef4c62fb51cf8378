"""What to tell the payer: what happened, what happens to the money, what to do now. Pure; answers keys of the catalogue.

Three questions, three tables. *What happened* is the notice, or else the title of the screen. *The money* follows from the state
and the sale, except for the few notices that are about a note. *What to do* follows from the notice, by its whole key or by its
group (the part before the dot), or else from the state. A notice that nobody has thought of yet has the words of its group, so no
screen is ever without all three.
"""

from typing import NamedTuple

from terminal.fsm import policy
from terminal.fsm.effects import Receipt
from terminal.fsm.states import CashState, SaleState
from terminal.fsm.world import Sale, World

SCREENS = {
    SaleState.OUT_OF_SERVICE: "out",
    SaleState.SERVICE: "service",
    SaleState.IDLE: "idle",
    SaleState.PRICED: "quote",
    SaleState.PAYING: "paying",
    SaleState.CANCELLING: "wait",
    SaleState.SETTLING: "change",
    SaleState.PRINTING: "papers",
    SaleState.LEAVING: "leaving",
}
"""The screen of each state, when nothing was cancelled."""

UNPAID_SCREENS = {SaleState.SETTLING: "refund", SaleState.PRINTING: "cancelled", SaleState.LEAVING: "cancelled"}
"""The same, for a sale that ended without being paid."""

STAFFLESS = ("disk",)
"""While one of these is in trouble nothing can be written down, so nobody can be called either."""

CALL, SCAN, TRY = "todo.call", "todo.scan_again", "todo.try_note"

# fmt: off
TODO = {
    # a note that was held
    "returned.no_sale":           "todo.scan_first",
    "returned.paid":              "todo.take_back",
    "returned.not_now":           "todo.wait_note",
    "returned.not_accepted":      "todo.smaller_note",
    "returned.too_large":         "todo.smaller_note",
    "returned.disputed":          "todo.wait_staff",
    "returned":                   TRY,
    # a note that never came in
    "reject.inhibited":           "todo.smaller_note",
    "reject.second_note":         "todo.one_note",
    "reject.twisted":             "todo.one_note",
    "reject.by_host":             "todo.wait_note",
    "reject.not_ready":           "todo.wait_note",
    "reject":                     TRY,
    # a code
    "refused.not_a_ticket":       SCAN,
    "refused.bad_ticket":         SCAN,
    "refused.bad_coupon":         SCAN,
    "refused.bad_bill":           SCAN,
    "refused.not_a_bill":         SCAN,
    "refused.already_paid":       "todo.drive",
    "refused.nothing_to_pay":     "todo.drive",
    "refused.paid_elsewhere":     "todo.take_back",
    "refused.coupon_first_ticket": "todo.scan_ticket",
    "refused.coupon_used":        "todo.coupon_again",
    "refused.coupon_used_at":     "todo.coupon_again",
    "refused.coupon_not_here":    "todo.coupon_again",
    "refused.coupon_worthless":   "todo.coupon_again",
    "refused.expired_coupon":     "todo.coupon_again",
    "refused.sale_open":          "todo.finish",
    "refused.out_of_service":     "todo.elsewhere",
    "refused.no_dues":            "todo.elsewhere",
    "refused.none":               "todo.plate_again",
    "refused.typed_too_short":    "todo.plate_again",
    "refused.too_many":           "todo.plate_again",
    "refused.bad_plate":          "todo.plate_again",
    "refused.bad_token":          "todo.plate_again",
    "refused.expired_token":      "todo.plate_again",
    "refused.basket_empty":       "todo.choose_again",
    "refused.no_such_service":    "todo.choose_again",
    "refused.bad_quantity":       "todo.choose_again",
    "refused":                    CALL,
    # the end of a sale or a visit, and help
    "ended":                      "todo.again",
    "leaving.papers_missing":     CALL,
    "leaving":                    "todo.wait_staff",
    "help":                       "todo.wait_staff",
}
"""What to do now, by a notice or by its group."""

TONES = {
    "returned": "note", "reject": "note", "refused": "warn", "leaving": "warn", "help": "help", "ended": "warn",
    "ended.cancelled": "cancelled", "ended.timed_out": "late",
    "returned.disputed": "warn", "refused.already_paid": "good", "refused.nothing_to_pay": "good",
}
"""How a notice looks: an icon and a colour each."""

UNHEARD = {
    # said                    with a number to call      without one
    "help.called":           ("help.phone",             "help.staff"),
    "call.text":             ("help.phone",             "help.staff"),
    "todo.call":             ("todo.phone",             "todo.ask_staff"),
    "todo.wait_staff":       ("todo.phone",             "todo.ask_staff"),
    "leaving.call_for_help": ("leaving.barrier_shut",   "leaving.barrier_shut"),
    "out.help":              ("out.phone",              "out.staff"),
}
"""What is said instead where nobody hears a call for help."""
# fmt: on


class Reach(NamedTuple):
    """How a payer reaches the staff from here."""

    heard: bool = True
    """Whether somebody hears a call for help."""
    phone: str = ""
    """A number that can be called; "": none."""

    def key(self, key: str) -> str:
        """The key of what is true here."""
        by_phone, in_person = (key, key) if self.heard else UNHEARD.get(key, (key, key))
        return by_phone if self.phone else in_person


HEARD = Reach()


class Told(NamedTuple):
    """Keys of the catalogue; `what` is None where the title of the screen says it."""

    tone: str
    what: str | None
    money: str
    todo: str
    lead: str = "what"
    """Which of them is said first and largest: `what`, or `money` where a sale has ended unpaid."""


def told(world: World, reach: Reach = HEARD) -> Told:
    """All three for a world; `what` is the key of its notice."""
    if world.notice is None:
        return Told("plain", None, money(world), hint(world))
    key = world.notice.key
    ended = key.startswith("ended.")
    about_money = _note_money(world, key) if key.startswith(("returned.", "reject.")) else money(world)
    if ended and world.sale is None:
        about_money = "money.nothing_taken"
    todo = by_group(TODO, key) or hint(world)
    if ended and world.state is not SaleState.IDLE:
        todo = hint(world)
    if todo == CALL and not can_call(world):
        todo = "todo.ask_staff"
    tone = by_group(TONES, key) or "plain"
    return Told(tone, reach.key(key), about_money, reach.key(todo), "money" if ended else "what")


def by_group(table: dict[str, str], key: str) -> str | None:
    """What a table says of a notice: by its key, or by its group."""
    return table.get(key) or table.get(key.partition(".")[0])


def screen(world: World) -> str:
    """The name of the screen."""
    if world.sale is not None and not world.sale.paid and world.state in UNPAID_SCREENS:
        return UNPAID_SCREENS[world.state]
    return SCREENS[world.state]


def title(world: World) -> str:
    """The title of the screen."""
    name = screen(world)
    return f"screen.{name}" if name in UNPAID_SCREENS.values() else f"screen.{world.state}"


def hint(world: World) -> str:
    """What to do now when nothing special happened; nobody is asked for notes while none can be taken."""
    name, sale = screen(world), world.sale
    if world.state in policy.TAKING_MONEY and not policy.can_take_money(world):
        return "hint.door_open" if world.door_open else "hint.not_now"
    if world.state is SaleState.PAYING and world.cash is CashState.STACKING:
        return "hint.note_moving"
    if world.state is SaleState.PRINTING and world.devices.get("printer"):
        return "hint.printer_waits"
    if world.state is SaleState.LEAVING and sale is not None:
        return _hint_leaving(world, sale)
    if world.state is SaleState.OUT_OF_SERVICE and {name for _, name in policy.blockers(world)} <= {"starting"}:
        return "hint.starting"
    return f"hint.{name}" if name in UNPAID_SCREENS.values() else f"hint.{world.state}"


def _hint_leaving(world: World, sale: Sale) -> str:
    """What to take along: a receipt that is only printed on request comes alone, and may come late."""
    if any(isinstance(job.document, Receipt) and job.document.sale_no == sale.sale_no for job in world.jobs):
        return "hint.printer_waits" if world.devices.get("printer") else "hint.receipt_coming"
    if not sale.paid:
        return "hint.cancelled" if sale.note_minor else "hint.refunded"
    if sale.receipt_given:
        return f"hint.{SaleState.LEAVING}"
    return "hint.note_only" if sale.note_minor else "hint.no_papers"


def can_call(world: World) -> bool:
    """Whether a call for help would be heard."""
    return not any(world.devices.get(device) for device in STAFFLESS)


def money(world: World) -> str:
    """What happens to the money, by state and sale."""
    sale = world.sale
    if sale is None:
        return "money.none"
    if world.state in policy.SALE_OPEN and world.cash is CashState.STACKING:
        return "money.moving"
    if world.state in policy.SALE_OPEN:
        return "money.counts" if sale.credited_minor else "money.none"
    if world.state is SaleState.SETTLING:
        return "money.change_coming" if sale.paid else "money.back_coming"
    return _money_paid(sale) if sale.paid else _money_back(sale)


def _money_paid(sale: Sale) -> str:
    if sale.paid_out_minor and sale.note_minor:
        return "money.paid_both"
    if sale.note_minor:
        return "money.paid_note"
    if sale.paid_out_minor:
        return "money.paid_out"
    return "money.paid" if sale.due_minor else "money.free"


def _money_back(sale: Sale) -> str:
    if sale.paid_out_minor and sale.note_minor:
        return "money.back_both"
    return "money.back_note" if sale.note_minor else "money.back_out" if sale.paid_out_minor else "money.none"


def _note_money(world: World, key: str) -> str:
    """What happens to the note that the notice is about, and to what is paid in."""
    if world.state not in policy.SALE_OPEN and world.sale is not None:
        return money(world)
    name = "money.note_missing" if key == "returned.disputed" else "money.note_back"
    counts = world.sale is not None and world.sale.credited_minor
    return f"{name}_counts" if counts else name
