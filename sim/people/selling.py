"""A sale at a window: a payer's things are priced, money goes over the counter, change comes back.

What lies on the counter belongs to the open sale: into the drawer with it when the screen says that the sale is paid, back to the
payer when it ended otherwise. The collector types what was given, now and then wrongly, and believes the screen.
"""

import random

from sim.counter import KIOSK_ID, Held
from sim.people.collecting import (
    LOOK_MS,
    PATIENCE,
    Doing,
    Order,
    back,
    before_order,
    open_drawer,
    press,
    seen,
    shut_drawer,
)
from sim.people.hands import open_cover
from sim.people.paying import SHOW_MS, id_of, was_refused
from sim.world import VirtualWorld
from terminal.fsm import window_events as ev
from terminal.fsm.events import CancelPressed, CodeScanned, ServicesChosen, StayChosen
from terminal.fsm.policy import TAKING_MONEY
from terminal.fsm.world import Sale, World
from terminal.intake import SERVICES_ID

POCKET_MINOR = (500, 1_000, 2_000, 5_000, 10_000)
SMALLEST_MINOR = 10
"""There is no smaller piece: what is less stays in the drawer."""
MISTYPES, TWICE, WRONG_METHOD, TYPES_CODE = 0.06, 0.04, 0.02, 0.3
WRONG_KEYS = (0, -500, 10**9)
"""Amounts that are refused."""


class Given:
    """What a payer has given toward the open sale, and what the books were told of it."""

    def __init__(self, receipt_no: int) -> None:
        self.receipts_before = receipt_no
        self.cash_minor = 0
        """On the counter."""
        self.pos_minor = 0
        self.notes_minor = 0
        self.notes_shown: list[tuple[str, int]] = []
        """Codes of credit notes, and what each is worth."""
        self.unbooked_minor = 0
        """Of the cash, what was not typed yet."""
        self.due_minor = 0
        self.as_pos_minor = 0
        """Cash that was typed in as a card payment."""

    @property
    def total_minor(self) -> int:
        """All together."""
        return self.cash_minor + self.pos_minor + self.notes_minor


def quote(world: VirtualWorld, dice: random.Random, who: str, code: str) -> Doing[bool]:
    """Have something priced; whether there is something to pay."""
    for _ in range(PATIENCE):
        show(world, dice, code)
        yield SHOW_MS
        screen = yield from back(world, who)
        if open_sale(screen, code) is not None:
            return True
        if is_free(screen, code) or (screen.notice is not None and was_refused(screen.notice.key)):
            return False
    return False


def show(world: VirtualWorld, dice: random.Random, code: str) -> None:
    """Before the scanner, or typed, or chosen."""
    if code == SERVICES_ID:
        world.say(ServicesChosen(world.happened.baskets[-1]))
    elif "." not in code:
        world.say(StayChosen(code))
    elif dice.random() < TYPES_CODE or not world.cables["scanner"].plugged:
        world.say(CodeScanned(code))
    else:
        world.scan(code)


def open_sale(screen: World, code: str) -> Sale | None:
    """The open sale, if it is of this code."""
    sale = screen.sale
    mine = sale is not None and sale.ticket_id == id_of(code) and not sale.paid and screen.state in TAKING_MONEY
    return sale if mine else None


def is_free(screen: World, code: str) -> bool:
    """It was paid with nothing."""
    return screen.sale is not None and screen.sale.paid and screen.sale.ticket_id == id_of(code)


def collect(world: VirtualWorld, dice: random.Random, who: str, code: str, ways: list[str]) -> Doing[bool]:
    """Take money for the open sale, in these ways and then in cash, until it is over; whether it was paid."""
    screen = yield from back(world, who)
    given, ways = Given(screen.receipt_no), list(ways)
    order = before_order(world)
    for _ in range(2 * PATIENCE):
        sale = open_sale(screen, code)
        if sale is None:
            break
        given.due_minor = sale.due_minor
        way = "cancel" if sale.paid_elsewhere else ways.pop(0) if ways else "cash"
        if way == "cancel":
            if dice.random() < 0.2:
                open_cover(world)
                yield 2 * LOOK_MS
            yield from press(world, who, CancelPressed(), lambda shown: open_sale(shown, code) is None)
        elif way == "wait":
            yield 4 * LOOK_MS
        elif way in ("pos", "part"):
            yield from by_card(world, dice, who, code, given, sale, 100 if way == "part" else None)
        elif way == "note":
            yield from by_note(world, dice, who, code, given)
        else:
            order = before_order(world)
            yield from in_cash(world, dice, who, code, given, sale)
        screen = yield from back(world, who)
    if screen.receipt_no > given.receipts_before:
        yield from settle(world, dice, who, given, order)
        return True
    desk = world.counter
    desk.carry_all("counter", "payer")
    if given.cash_minor:  # the drawer opens for what goes back
        yield 1_000
        yield from shut_drawer(world, dice)
    for note, worth_minor in given.notes_shown:
        if (yield from is_honoured(world, who, note)):  # it can not be used any more: its worth goes back in cash
            yield from open_drawer(world)
            desk.give(worth_minor, "drawer", "payer")
            yield from shut_drawer(world, dice)
    return False


def is_honoured(world: VirtualWorld, who: str, note: str) -> Doing[bool]:
    """Show a credit note with no sale open: the screen says whether it was honoured."""
    number = int(note.split(".")[2])
    for _ in range(PATIENCE):
        world.say(CodeScanned(note))
        yield LOOK_MS
        shown = (yield from back(world, who)).window.note_shown
        if shown is not None and shown.note_no == number:
            return shown.redeemed_at_ms is not None
    raise AssertionError(f"the screen never tells of credit note {number}")


def in_cash(world: VirtualWorld, dice: random.Random, who: str, code: str, given: Given, sale: Sale) -> Doing[None]:
    """Pieces are laid down, and their sum is typed."""
    missing_minor = sale.due_minor - sale.credited_minor
    if not given.unbooked_minor:
        laid_minor = from_a_pocket(missing_minor, dice)
        world.counter.give(laid_minor, "payer", "counter")
        given.cash_minor += laid_minor
        given.unbooked_minor = laid_minor
    typed_minor = given.unbooked_minor
    if dice.random() < MISTYPES:
        wrong = ev.Tendered(who, "cash", dice.choice(WRONG_KEYS))
        yield from press(world, who, wrong, lambda shown: credited(shown, code))
        typed_minor = max(SMALLEST_MINOR, typed_minor // dice.choice((2, 10)) // 10 * 10)
    elif typed_minor >= missing_minor and dice.random() < MISTYPES:
        typed_minor *= 10  # too large: the change on the screen is too large by as much
    method = "cash"
    if typed_minor == missing_minor and dice.random() < WRONG_METHOD:
        method = "pos"
    tendered = ev.Tendered(who, method, typed_minor, "" if method == "cash" else "T9")
    if method == "cash" and dice.random() < TWICE:
        world.say(tendered)
    why = yield from press(world, who, tendered, lambda shown: credited(shown, code))
    if not why:
        given.unbooked_minor = max(0, given.unbooked_minor - typed_minor)
        given.as_pos_minor += typed_minor * (method == "pos")


def by_card(
    world: VirtualWorld, dice: random.Random, who: str, code: str, given: Given, sale: Sale, part_minor: int | None
) -> Doing[None]:
    """The card terminal beside the window has said yes: to this part, or to all or a half of what is missing."""
    missing_minor = sale.due_minor - sale.credited_minor
    some_minor = missing_minor if dice.random() < 0.6 else max(100, missing_minor // 200 * 100)
    amount_minor = some_minor if part_minor is None else part_minor
    if dice.random() < MISTYPES:
        yield from press(world, who, ev.Tendered(who, "pos", amount_minor), lambda shown: credited(shown, code))
    tendered = ev.Tendered(who, "pos", min(amount_minor, missing_minor), f"P{dice.randrange(10**6)}")
    before_no = (yield from back(world, who)).receipt_no
    if not (yield from press(world, who, tendered, lambda shown: credited(shown, code))):
        shown = seen(world)
        if shown.receipt_no > before_no or open_sale(shown, code) is not None:
            given.pos_minor += tendered.amount_minor


def by_note(world: VirtualWorld, dice: random.Random, who: str, code: str, given: Given) -> Doing[None]:
    """A credit note of the kiosk."""
    desk = world.counter
    amount_minor = dice.choice((500, 1_000, 2_000))
    if desk.notes and dice.random() < 0.2:  # an old one first, which may be honoured already
        old = dice.choice(sorted(desk.notes))
        if (KIOSK_ID, old) in desk.honoured:
            world.say(CodeScanned(desk.note(old, world.now().wall_ms)))
            yield LOOK_MS
    note = desk.new_note(amount_minor, world.now().wall_ms)
    given.notes_shown.append((note, amount_minor))
    before_no = (yield from back(world, who)).receipt_no
    if not (yield from press(world, who, CodeScanned(note), lambda shown: credited(shown, code))):
        shown = seen(world)
        if shown.receipt_no > before_no or open_sale(shown, code) is not None:
            given.notes_minor += amount_minor
        if dice.random() < 0.3:
            world.say(CodeScanned(note))  # once more, which must be refused
            yield LOOK_MS


def credited(screen: World, code: str) -> object:
    """What the screen says of the money for this sale."""
    sale = open_sale(screen, code)
    return screen.receipt_no, None if sale is None else sale.credited_minor


def from_a_pocket(missing_minor: int, dice: random.Random) -> int:
    """Exact money, one note that suffices, or a part."""
    up_minor = -(-missing_minor // SMALLEST_MINOR) * SMALLEST_MINOR
    chance = dice.random()
    if chance < 0.35:
        return up_minor
    if chance < 0.9:
        return next((note for note in POCKET_MINOR if note >= missing_minor), up_minor)
    return dice.choice(POCKET_MINOR[:2])


def settle(world: VirtualWorld, dice: random.Random, who: str, given: Given, order: Order | None) -> Doing[None]:
    """The screen says that it is paid: money into the drawer, change out of it; what was too little is asked for."""
    desk, screen = world.counter, seen(world)
    if given.total_minor < given.due_minor:
        more_minor = -(-(given.due_minor - given.total_minor) // SMALLEST_MINOR) * SMALLEST_MINOR
        desk.give(more_minor, "payer", "counter")
        given.cash_minor += more_minor
    change_minor = (given.total_minor - given.due_minor) // SMALLEST_MINOR * SMALLEST_MINOR
    desk.wrong_minor += (given.total_minor - given.due_minor) - change_minor + given.as_pos_minor
    method = "pos" if given.pos_minor == given.due_minor else "cash"
    held = Held(screen.receipt_no, given.due_minor, method, screen.window.shift_no)
    held.booked_as = "pos" if given.as_pos_minor else held.method
    held.as_pos_minor, held.pos_minor = given.as_pos_minor, given.pos_minor
    desk.receipts.append(held)
    if not given.cash_minor and not change_minor:
        return
    if given.as_pos_minor and not change_minor:
        order = None  # a card payment opens nothing
    yield from open_drawer(world, order)
    desk.carry_all("counter", "drawer")
    if change_minor and desk.gives_wrong_change:
        desk.gives_wrong_change = False
        off_minor = dice.choice((-1_000, -500, -100, 100, 500, 1_000))
        off_minor = max(off_minor, -change_minor)
        desk.wrong_minor -= off_minor
        change_minor += off_minor
        held.owed_minor = -off_minor
    desk.give(change_minor, "drawer", "payer")
    yield dice.choice((500, 3_000))
    yield from shut_drawer(world, dice)
