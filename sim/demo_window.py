"""A collector's day at a staffed window, as a list of scenes.

Whoever works acts through the window's page, as a browser would (`clerk.py`); the hands carry the cash (`cash.py`) and push the
drawer shut. The two are separate on purpose: what the books say and what hands did are compared at the end, and in one scene the
hands make a mistake that the blind count has to find.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sim.balance import window_cash
from sim.cash import FLOAT, Place, pieces_for
from sim.clerk import Clerk, WindowRefused
from sim.configuration import Role
from sim.rig import read_pin
from sim.running import PATIENCE_S, Impatient
from sim.stage import CURRENCY, Stage, close, expect
from sim.verbs import Carry, CreditNote, Look, Scan, ShutDrawer, Ticket, Truth
from terminal.fsm.states import DrawerState, SaleState, ShiftState
from terminal.fsm.world import World
from terminal.money import with_symbol
from terminal.shift.pieces import Pieces, counted, total_minor
from terminal.store.audit import audit

TENS: Pieces = ((1000, 20),)
DROP: Pieces = ((10_000, 1),)
TOO_MUCH_MINOR = 1000
"""What the hands give too much in one scene."""
SCAN_AGAIN_S = 2.5


class WindowStage(Stage):
    """A window, its staff and the payers before it."""

    role: Role = "window"

    def __init__(self, folder: Path, pace: tuple[str, ...], stack: ExitStack, framed_by: str = "") -> None:
        super().__init__(folder, pace, stack, framed_by)
        self.clerk = Clerk(self.web_port)

    def begin(self) -> World:
        """The program runs, and its devices are well."""
        return self.world("the window is there", lambda world: world.seq > 0 and not any(world.devices.values()))

    # --- the staff ------------------------------------------------------------------------------------------------
    def sign_in(self, name: str) -> None:
        """By name and PIN."""
        self.clerk.sign_in(name, self.pin(name))

    def pin(self, name: str) -> str:
        """As it is written down."""
        return read_pin(self.folder, name)

    def approved(self, act: str, **fields: Any) -> None:
        """An act for which the supervisor shows her PIN, after it was refused without."""
        try:
            self.clerk.act(act, **fields)
        except WindowRefused as refused:
            if refused.reason != "refused.needs_approval":
                raise
        else:
            raise Impatient(f"{act} was done by one person alone")
        self.clerk.act(act, second=("wang", self.pin("wang")), **fields)

    def refused(self, act: str, reason: str, **fields: Any) -> None:
        """An act that is not done, and why."""
        try:
            self.clerk.act(act, **fields)
        except WindowRefused as refused:
            if refused.reason == reason:
                return
            raise
        raise Impatient(f"{act} was done: {reason} was expected")

    # --- hands ----------------------------------------------------------------------------------------------------
    def carry(self, origin: Place, goal: Place, pieces: Pieces) -> None:
        """Pieces from one place to another."""
        for denomination_minor, count in pieces:
            self.control.ask(Carry(origin, goal, denomination_minor, count))

    def take(self, given: Pieces, change_minor: int = 0) -> None:
        """The payer's cash lies on the counter; it goes into the open drawer, and the change comes out of it."""
        self.drawer_opens()
        self.carry("counter", "drawer", given)
        change = pieces_for(change_minor, self.in_drawer())
        self.give_out("payer", change)

    def give_out(self, goal: Place, pieces: Pieces) -> None:
        """Pieces out of the drawer, which is then pushed shut."""
        self.drawer_opens()
        self.carry("drawer", goal, pieces)
        self.shut()

    def shut(self) -> None:
        """Push the drawer shut; the terminal sees it."""
        self.control.ask(ShutDrawer())
        self.world("the drawer is shut", lambda world: world.drawer is DrawerState.SHUT)

    def drawer_opens(self) -> None:
        """Wait until it stands open, and the terminal has seen that: no hands are so fast that it could miss them."""
        self.world("the drawer is open", lambda world: world.drawer is DrawerState.OPEN)

    def in_drawer(self) -> Pieces:
        """What somebody who counts the drawer finds."""
        return counted((int(minor), number) for minor, number in self.control.ask(Look())["drawer"]["pieces"].items())

    # --- payers ---------------------------------------------------------------------------------------------------
    def drive_up(self, minutes: int) -> str:
        """A car that came so long ago: its ticket is scanned, and priced."""
        self.rest()
        sale_no = self.observer.look().sale_no
        code = str(self.control.ask(Ticket(minutes=minutes, scan=True)))
        self.world("the ticket is priced", lambda world: world.sale_no == sale_no + 1)
        return code

    def show(self, code: str, what: str, holds: Callable[[World], bool]) -> World:
        """Hold a code before the scanner, which hears one that it has just read only after a pause."""
        give_up_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up_at:
            self.control.ask(Scan(code))
            with suppress(Impatient):
                return self.observer.wait(what, holds, SCAN_AGAIN_S)
        raise Impatient(f"waited for: {what}")

    def pay(self, given: Pieces) -> None:
        """Cash on the counter, and its amount on the keyboard."""
        self.carry("payer", "counter", given)
        self.clerk.act("tender", method="cash", amount_minor=total_minor(given))

    def newest_receipt(self) -> str:
        """The code on the receipt that was printed last."""
        lines = [line for paper in self.control.ask(Look())["papers"] for line in paper["lines"]]
        return str(next(line[4:-1] for line in reversed(lines) if line.startswith("[QR RC1.")))

    # --- the day --------------------------------------------------------------------------------------------------
    def rest(self) -> World:
        """Nothing is being printed or opened any more."""
        return self.world("all is at rest", lambda world: not world.jobs and not world.pending)

    def scenes(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Those of `DAY`."""
        return ((scene.__doc__ or "", partial(scene, self)) for scene in DAY)

    def close_day(self) -> int:
        """Compare; the exit status."""
        found, truth = audit(self.observer.path), self.control.ask(Truth())
        physically = [
            f"In the drawer: {with_symbol(truth['drawer_minor'], CURRENCY)}",
            f"The safe has got: {with_symbol(truth['safe_gained_minor'], CURRENCY)}",
            f"Left on the counter: {with_symbol(truth['counter_minor'], CURRENCY)}",
            f"Documents on the paper: {truth['tape']['originals']}, copies {truth['tape']['copies']}",
            f"Barrier opened {truth['barrier_openings']} times, drawer {truth['drawer_openings']} times",
        ]
        wrong = self.compare(found, truth, physically, window_cash(self.observer.path))
        if (found.shifts.over_minor, found.shifts.short_minor) != (0, TOO_MUCH_MINOR):
            wrong.append("the count has not found exactly what the hands gave too much")
        return close(wrong)


# --- the morning --------------------------------------------------------------------------------------------------
def begin_shift(stage: WindowStage) -> None:
    """Li Fang signs in, and counts her float into the drawer: ¥200.00"""
    stage.sign_in("li")
    stage.clerk.act("begin")
    stage.drawer_opens()
    stage.carry("safe", "drawer", FLOAT)
    stage.clerk.act("float", pieces=FLOAT)
    stage.give_out("safe", ())


def exact(stage: WindowStage) -> None:
    """¥5.00 owed, ¥5.00 given: receipt, barrier"""
    stage.drive_up(30)
    stage.pay(((500, 1),))
    stage.take(((500, 1),))


def change(stage: WindowStage) -> None:
    """¥10.00 owed, a note of ¥100.00: ¥90.00 change"""
    stage.drive_up(90)
    stage.pay(((10_000, 1),))
    stage.take(((10_000, 1),), 9000)


def top_up(stage: WindowStage) -> None:
    """Tens run short: twenty of them come out of the safe, with the supervisor's PIN and a slip"""
    stage.approved("move", what="top_up", pieces=TENS)
    stage.drawer_opens()
    stage.carry("safe", "drawer", TENS)
    stage.shut()


def split(stage: WindowStage) -> None:
    """¥20.00 owed: ¥12.00 by card, ¥8.00 in cash"""
    stage.drive_up(200)
    stage.clerk.act("tender", method="pos", amount_minor=1200, reference="7731")
    stage.pay(((500, 1), (100, 3)))
    stage.take(((500, 1), (100, 3)))


def by_card(stage: WindowStage) -> None:
    """¥10.00 owed, all of it by card: the drawer stays shut"""
    stage.drive_up(90)
    stage.clerk.act("tender", method="pos", amount_minor=1000, reference="7732")
    stage.rest()
    if stage.control.ask(Look())["drawer"]["open"]:
        raise Impatient("the drawer is open, and no cash was taken")


def suspended(stage: WindowStage) -> None:
    """A payer looks for his wallet: he steps aside, the next one pays ¥5.00, then he is back and pays ¥20.00"""
    stage.drive_up(200)
    sale_no = stage.observer.world.sale_no
    stage.clerk.act("suspend")
    stage.drive_up(30)
    stage.pay(((500, 1),))
    stage.take(((500, 1),))
    stage.clerk.act("resume", sale_no=sale_no)
    stage.pay(((2000, 1),))
    stage.take(((2000, 1),))


def credit_note(stage: WindowStage) -> None:
    """A kiosk's credit note of ¥10.00 pays ¥5.00, ¥5.00 go back; shown once more, it is refused"""
    stage.drive_up(30)
    code = str(stage.control.ask(CreditNote(1000, scan=True)))
    stage.world("the note is honoured", lambda world: world.state is SaleState.LEAVING)
    stage.take((), 500)
    stage.show(code, "the note is shown", lambda world: world.window.note_shown is not None)
    stage.refused("cash_note", "refused.note_redeemed")


def drop(stage: WindowStage) -> None:
    """The note of ¥100.00 goes to the safe, with the supervisor's PIN and a slip"""
    stage.approved("move", what="drop", pieces=DROP, bag="B-01")
    stage.give_out("safe", DROP)


def void(stage: WindowStage) -> None:
    """The wrong car was charged: the receipt is scanned, the sale is voided with the supervisor's PIN, ¥5.00 go back"""
    stage.drive_up(30)
    stage.pay(((500, 1),))
    stage.take(((500, 1),))
    stage.rest()
    code = stage.newest_receipt()
    shown = stage.show(code, "the receipt is shown", lambda world: world.window.receipt_shown is not None)
    receipt = shown.window.receipt_shown
    assert receipt is not None
    stage.approved("correct", what="void", receipt_no=receipt.receipt_no, amount_minor=500, reason="wrong_item")
    stage.take((), 500)


def killed(stage: WindowStage) -> None:
    """The program is killed with ¥10.00 of ¥20.00 paid: the window is locked, and behind her PIN the sale goes on"""
    stage.drive_up(200)
    stage.pay(((1000, 1),))
    stage.cut(with_devices=False)
    expect(stage.begin(), "shift", ShiftState.LOCKED)
    stage.sign_in("li")
    expect(stage.observer.look().sale, "credited_minor", 1000)
    stage.pay(((1000, 1),))
    stage.take(((1000, 2),))


def wrong_change(stage: WindowStage) -> None:
    """¥10.00 owed, a note of ¥50.00; her hands give ¥50.00 instead of ¥40.00"""
    stage.drive_up(90)
    stage.pay(((5000, 1),))
    stage.take(((5000, 1),), 4000 + TOO_MUCH_MINOR)


# --- the handover -------------------------------------------------------------------------------------------------
def blind_count(stage: WindowStage) -> None:
    """She counts without knowing what should be there; the power goes in the middle, and what she had typed is still there"""
    stage.rest()
    stage.clerk.act("count")
    stage.drawer_opens()
    half = stage.in_drawer()[:2]
    stage.clerk.act("draft", pieces=half)
    stage.cut(with_devices=True)
    expect(stage.begin().window.shift, "draft", half)
    stage.sign_in("li")
    stage.clerk.act("counted", pieces=stage.in_drawer())


def short(stage: WindowStage) -> None:
    """Now the page tells: ¥10.00 short. She signs with the reason, and the Z is printed"""
    shift = stage.observer.look().window.shift
    expect(shift, "over_minor", -TOO_MUCH_MINOR)
    stage.refused("sign", "refused.needs_reason")
    stage.clerk.act("sign", reason="wrong_change", note="")


def handover(stage: WindowStage) -> None:
    """Zhao Min signs in at the same page and accepts the drawer as it was counted"""
    stage.refused("accept", "refused.same_person")
    stage.sign_in("zhao")
    stage.clerk.act("accept")
    stage.shut()


def her_sale(stage: WindowStage) -> None:
    """Her first sale: ¥10.00 owed, ¥20.00 given, ¥10.00 change"""
    stage.drive_up(90)
    stage.pay(((2000, 1),))
    stage.take(((2000, 1),), 1000)


def clear(stage: WindowStage) -> None:
    """Nobody follows her: counted, not a fen off, and all of it goes to the safe in a sealed bag"""
    stage.rest()
    stage.clerk.act("count")
    stage.drawer_opens()
    found = stage.in_drawer()
    stage.clerk.act("counted", pieces=found)
    stage.clerk.act("sign")
    stage.approved("clear", bag="B-02")
    stage.give_out("safe", found)


def day_close(stage: WindowStage) -> None:
    """The supervisor closes the day"""
    stage.clerk.sign_out()
    stage.sign_in("wang")
    stage.clerk.act("close_day")


DAY = (
    begin_shift, exact, change, top_up, split, by_card, suspended, credit_note, drop, void, killed, wrong_change,
    blind_count, short, handover, her_sale, clear, day_close,
)  # fmt: skip
