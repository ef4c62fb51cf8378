"""What a collector does beside selling: moves money, puts sales right, locks the window, opens the drawer without a sale.

Others try what is not theirs: it must be refused, and change nothing.
"""

import random
from collections.abc import Callable

import msgspec

from sim.counter import Held
from sim.kiosk import KEY, RULES
from sim.people.collecting import (
    COLLECTORS,
    LOOK_MS,
    SUPERVISOR,
    Doing,
    before_order,
    open_drawer,
    press,
    seen,
    shut_drawer,
    use_key,
    watched,
)
from sim.people.selling import SMALLEST_MINOR
from sim.people.window_shift import open_shift
from sim.world import VirtualWorld
from terminal.fsm import window_events as ev
from terminal.fsm.events import CodeScanned, Event
from terminal.fsm.states import DrawerState, ShiftState
from terminal.fsm.world import World
from terminal.pay.receipts import Proof, text_of
from terminal.pay.signing import sign
from terminal.shift.corrections import Reason, What
from terminal.shift.pieces import counted

KEEP_MINOR = 30_000
"""So much stays in the drawer for change."""
ALONE_UP_TO_MINOR = 1_000
"""So much wrong change a collector puts right alone."""


def chore(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """One of them."""
    (what,) = dice.choices(list(CHORES), list(CHORES.values()))
    yield from what(world, dice, who)


def slips(screen: World) -> object:
    """Each movement has its slip, and each slip its number."""
    return screen.window.slip_no


# --- money between the drawer and the safe ------------------------------------------------------------------------
def drops(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """What is more than needed goes to the safe, with a supervisor."""
    desk = world.counter
    what: ev.MoveKind = dice.choice(("drop", "big_notes"))
    spare = {value: count for value, count in desk.pieces() if value >= (5_000 if what == "big_notes" else 500)}
    moved, left_minor = [], desk.may_give_minor
    for value, count in spare.items():
        fits = max(0, min(count, (left_minor - KEEP_MINOR) // value))
        left_minor -= fits * value
        moved.append((value, fits))
    pieces = counted(moved)
    if dice.random() < 0.3:
        for approved_by in ("", who):
            yield from press(world, who, ev.CashMoved(who, what, pieces, approved_by), slips)
    order = before_order(world)
    if not (yield from press(world, who, ev.CashMoved(who, what, pieces, SUPERVISOR, "B1"), slips)):
        yield from open_drawer(world, order)
        for value, count in pieces:
            assert not desk.cash.carry("drawer", "safe", value, count)
        yield from shut_drawer(world, dice)


def tops_up(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Coins and small notes out of the safe."""
    desk = world.counter
    pieces = counted(
        (value, min(10, desk.cash.safe[value])) for value in (500, 100, 50, 10) if desk.cash.safe[value] > 0
    )
    order = before_order(world)
    if pieces and not (yield from press(world, who, ev.CashMoved(who, "top_up", pieces, SUPERVISOR), slips)):
        yield from open_drawer(world, order)
        for value, count in pieces:
            assert not desk.cash.carry("safe", "drawer", value, count)
        yield from shut_drawer(world, dice)


# --- corrections --------------------------------------------------------------------------------------------------
def corrects(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Somebody comes with a receipt; what was wrong with its sale is put right, or what was right is given back."""
    desk, shift_no = world.counter, open_shift(world).shift_no
    wrong = [held for held in desk.receipts if held.owed_minor or held.booked_as != held.method]
    if not desk.receipts:
        return
    held = dice.choice(wrong) if wrong and dice.random() < 0.6 else dice.choice(desk.receipts[-20:])
    if dice.random() < 0.5:
        code = Proof("receipt", RULES.terminal_id, held.receipt_no, held.due_minor, world.now().wall_ms)
        world.say(CodeScanned(sign(KEY, text_of(code))))
        yield LOOK_MS
    if held.owed_minor:
        yield from puts_change_right(world, dice, who, held, shift_no)
    elif held.booked_as != held.method:
        yield from puts_method_right(world, dice, who, held, shift_no)
    else:
        yield from gives_back(world, dice, who, held)


def gives_back(world: VirtualWorld, dice: random.Random, who: str, held: Held) -> Doing[None]:
    """A void, a refund of all or a part, or what was paid twice. What can not go back so is refused."""
    desk = world.counter
    what: What = dice.choice(("void", "refund", "refund", "duplicate"))
    reason: Reason = dice.choice(("payer_changed_mind", "wrong_item", "paid_twice"))
    amount_minor, method = held.due_minor, dice.choice(("cash", "cash", "pos"))
    if what == "refund":
        amount_minor = dice.choice((held.due_minor, max(100, held.due_minor // 200 * 100)))
        cash_minor = amount_minor if method == "cash" else 0
    else:  # all of it goes back the way it came
        cash_minor = held.due_minor - held.pos_minor
    asked = ev.Corrected(who, what, held.receipt_no, amount_minor, reason, method=method, approved_by=SUPERVISOR)
    if dice.random() < 0.2:
        yield from try_wrong(world, dice, who, asked, held.due_minor)
    if desk.may_give_minor < amount_minor + 1_000:
        return
    order = before_order(world)
    if (yield from press(world, who, asked, corrections)) or not cash_minor:
        return
    yield from open_drawer(world, order)
    fits_minor = cash_minor // SMALLEST_MINOR * SMALLEST_MINOR
    desk.give(fits_minor, "drawer", "payer")
    desk.wrong_minor += cash_minor - fits_minor
    yield from shut_drawer(world, dice)


def try_wrong(world: VirtualWorld, dice: random.Random, who: str, asked: ev.Corrected, due_minor: int) -> Doing[None]:
    """Without a second person, with oneself as one, more than was paid, a receipt that there is not."""
    ways: tuple[dict[str, object], ...] = (
        {"approved_by": ""},
        {"approved_by": who},
        {"amount_minor": due_minor + 500},
        {"receipt_no": 999_999},
    )
    wrong = dice.choice(ways)
    if not (yield from press(world, who, msgspec.structs.replace(asked, **wrong), corrections)):
        world.counter.wrong.append(f"correction: {asked} with {wrong} was done")


def puts_change_right(world: VirtualWorld, dice: random.Random, who: str, held: Held, shift_no: int) -> Doing[None]:
    """Too little change is given after all; who got too much brings it back. A drawer that was off by it is right then."""
    desk, owed_minor = world.counter, held.owed_minor
    if desk.may_give_minor < owed_minor:
        return
    approved_by = SUPERVISOR if abs(owed_minor) > ALONE_UP_TO_MINOR else ""
    asked = ev.Corrected(who, "change", held.receipt_no, owed_minor, "wrong_change", approved_by=approved_by)
    order = before_order(world)
    if (yield from press(world, who, asked, corrections)):
        return
    held.owed_minor = 0
    if held.shift_no == shift_no:
        desk.wrong_minor -= owed_minor
    yield from open_drawer(world, order)
    desk.give(abs(owed_minor), *(("drawer", "payer") if owed_minor > 0 else ("payer", "drawer")))
    yield from shut_drawer(world, dice)


def puts_method_right(world: VirtualWorld, dice: random.Random, who: str, held: Held, shift_no: int) -> Doing[None]:
    """Cash was typed in as a card payment."""
    amount_minor = held.due_minor if dice.random() < 0.2 else held.as_pos_minor
    asked = ev.Corrected(
        who, "method", held.receipt_no, amount_minor, "wrong_method",
        method=held.method, wrong_method=held.booked_as, approved_by=SUPERVISOR,
    )  # fmt: skip
    if not (yield from press(world, who, asked, corrections)):
        held.booked_as = held.method
        if held.shift_no == shift_no:
            world.counter.wrong_minor -= amount_minor


def corrections(screen: World) -> object:
    """Each has a number."""
    return screen.window.correction_no


# --- the rest -----------------------------------------------------------------------------------------------------
def opens_without_sale(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Somebody wants change for a note."""
    order = before_order(world)
    if not (yield from press(world, who, ev.DrawerAsked(who, "change_money"), no_sales)):
        yield from open_drawer(world, order)
        world.counter.give(1_000, "payer", "drawer")
        world.counter.give(1_000, "drawer", "payer")
        yield from shut_drawer(world, dice)


def opens_with_key(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Nobody has ordered it, so people must be called."""
    desk, pump, alarms = world.counter, world.pump, world.counter.alarms("drawer_opened")
    shut = seen(world).drawer is DrawerState.SHUT and not world.paper.drawer.is_open and not seen(world).pending
    well = watched(world)
    yield from use_key(world)
    for _ in range(16):
        yield 500
        well = well and watched(world) and world.paper.drawer.is_open
    if shut and well and pump is world.pump and desk.alarms("drawer_opened") == alarms:
        desk.wrong.append("drawer: it was opened with the key for 8 s, and nobody was told")
    yield from shut_drawer(world, dice)


def no_sales(screen: World) -> object:
    """How often the drawer was opened without a sale."""
    shift = screen.window.shift
    return shift and shift.totals.no_sale_openings


def takes_a_break(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Locks the window. Somebody else tries to get in."""
    world.say(ev.WindowLocked(who))
    yield LOOK_MS
    other = dice.choice([name for name in COLLECTORS if name != who])
    world.say(ev.WindowUnlocked(other))
    yield dice.choice((5_000, 300_000))
    yield from press(world, other, ev.WindowUnlocked(who), lambda screen: screen.shift is ShiftState.SERVING)


def somebody_else_presses(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Two people at once, one of whom has no business here."""
    other = dice.choice([name for name in COLLECTORS if name != who])
    acts: tuple[Event, ...] = (
        ev.CashMoved(other, "drop", ((1000, 1),), SUPERVISOR),
        ev.DrawerAsked(other, "check"),
        ev.CountAsked(other, other.title()),
        ev.ShiftBegun(other, other.title()),
        ev.NoteSuspected(other, 1_000, "X", "refused"),
        ev.ReportAsked(other),
        ev.SaleResumed(other, 1),
        ev.WindowLocked(other),
        ev.Tendered(other, "cash", 1_000),
    )
    before = slips(seen(world)), open_shift(world)
    pump = world.pump
    world.say(dice.choice(acts))
    yield LOOK_MS
    if world.pump is pump and world.screen is not None and (slips(world.screen), world.screen.window.shift) != before:
        world.counter.wrong.append("an act of somebody who is not on duty was done")


def prints_again(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """A receipt once more, or an X."""
    if world.counter.receipts and dice.random() < 0.7:
        known = dice.choice(world.counter.receipts[-10:]).receipt_no
        world.say(ev.ReprintAsked(who, dice.choice((known, known, 999_999))))
    else:
        world.say(ev.ReportAsked(who))
    yield LOOK_MS


CHORES: dict[Callable[[VirtualWorld, random.Random, str], Doing[None]], int] = {
    drops: 6, tops_up: 3, corrects: 10, opens_without_sale: 4, opens_with_key: 3, takes_a_break: 4,
    somebody_else_presses: 4, prints_again: 4,
}  # fmt: skip
"""All of them, with how often each comes beside the others."""
