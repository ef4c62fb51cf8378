"""What really happened at a staffed window: where the money is, what hands did wrong, which papers payers hold.

The books say what a drawer should hold; this file knows what it holds, and by how much that must differ, because somebody gave
wrong change, counted wrongly or took a false note. Nobody at the window knows that; only the promises do (`staffed_checkers.py`).
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from sim.cash import Cash, Place, worth
from sim.devices.drawer import CashDrawer
from sim.kiosk import KEY
from terminal.pay.receipts import Proof, text_of
from terminal.pay.signing import sign
from terminal.shift.pieces import DENOMINATIONS, Pieces, counted

VALUES = DENOMINATIONS["CNY"]
KIOSK_ID = "k02"
"""The kiosk of the same site whose credit notes are honoured here."""


class Held(msgspec.Struct):
    """A receipt that a payer has, and how it was paid."""

    receipt_no: int
    due_minor: int
    method: str
    shift_no: int
    pos_minor: int = 0
    """So much of it by card."""
    owed_minor: int = 0
    """The payer got so much too little change and has not got it yet."""
    booked_as: str = ""
    """The method that was typed, if it was the wrong one, …"""
    as_pos_minor: int = 0
    """… and how much of it."""


class CounterDesk:
    """The desk of a window, and everybody's hands at it."""

    def __init__(self, drawer: CashDrawer) -> None:
        self.cash = Cash(drawer)
        self.wrong_minor = 0
        """By how much the drawer holds more than its books can say."""
        self.gives_wrong_change = False
        """The next change will be wrong."""
        self.receipts: list[Held] = []
        self.notes: dict[int, int] = {}
        """Credit notes of the kiosk, by number: what each is worth."""
        self.honoured: set[tuple[str, int]] = set()
        """Those that the journal has as honoured, by issuer and number: struck through, for all to see."""
        self.said: list[int] = []
        """What hands have said that they counted, in the order in which they did."""
        self.alerts: Counter[str] = Counter()
        """What the terminal has told the people in charge, by code."""
        self.wrong: list[str] = []
        """What people saw that must not be, in words."""

    @property
    def physical_minor(self) -> int:
        """All money of the drawer, with what lies on the counter while a sale is open."""
        return worth(self.cash.drawer.pieces) + worth(self.cash.counter)

    @property
    def may_give_minor(self) -> int:
        """What is in the drawer."""
        return worth(self.cash.drawer.pieces)

    def alarms(self, *codes: str) -> int:
        """How often people were called for any of these."""
        return sum(self.alerts[code] for code in codes)

    # --- hands --------------------------------------------------------------------------------------------------------
    def give(self, amount_minor: int, origin: Place, goal: Place) -> None:
        """Carry an amount. A neighbour changes what does not fit: that moves no value between the places here."""
        for value, count in self._fitting(amount_minor, origin):
            refused = self.cash.carry(origin, goal, value, count)
            assert not refused, refused

    def carry_all(self, origin: Place, goal: Place) -> None:
        """Everything that is in a place."""
        for value, count in list(self.cash.at(origin).items()):
            refused = self.cash.carry(origin, goal, value, count)
            assert not refused, refused

    def fetch(self, pieces: Pieces) -> None:
        """Bring pieces out of the safe into the open drawer; the bank changes for it what it lacks."""
        for value, count in pieces:
            lacking = max(0, count - self.cash.safe[value])
            self.cash.payer[value] -= lacking
            self.cash.safe[value] += lacking
            refused = self.cash.carry("safe", "drawer", value, count)
            assert not refused, refused

    def _fitting(self, amount_minor: int, origin: Place) -> Iterator[tuple[int, int]]:
        """Pieces of a place that come to an amount; larger ones are changed into small ones for it."""
        there = self.cash.at(origin)
        if origin != "payer":
            assert worth(there) >= amount_minor, f"{amount_minor} of {worth(there)} in the {origin}"
            while not _can_give(there, amount_minor):
                value = min(value for value in VALUES if value > VALUES[-1] and there[value])
                smaller = VALUES[VALUES.index(value) + 1]
                there[value] -= 1
                there[smaller] += value // smaller
                there[VALUES[-1]] += value % smaller // VALUES[-1]
        for value in VALUES:
            count = amount_minor // value if origin == "payer" else min(amount_minor // value, there[value])
            if count:
                amount_minor -= value * count
                yield value, count

    def pieces(self) -> Pieces:
        """What is really in the drawer."""
        return counted(self.cash.drawer.pieces.items())

    # --- papers -------------------------------------------------------------------------------------------------------
    def new_note(self, amount_minor: int, at_ms: int) -> str:
        """The code of a credit note that the kiosk has printed."""
        number = len(self.notes) + 1
        self.notes[number] = amount_minor
        return self.note(number, at_ms)

    def note(self, number: int, at_ms: int) -> str:
        """The code of one that there is."""
        amount_minor = self.notes[number]
        return sign(KEY, text_of(Proof("credit_note", KIOSK_ID, number, amount_minor, at_ms)))


def _can_give(there: Counter[int], amount_minor: int) -> bool:
    for value in VALUES:
        amount_minor -= value * min(amount_minor // value, there[value])
    return amount_minor == 0
