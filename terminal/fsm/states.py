"""The states of the machines. Each machine's table in `table.py` tells what leads from one to another."""

from enum import StrEnum


class SaleState(StrEnum):
    """One payer's visit, from first code to done."""

    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    """Something that a sale needs is missing; the screen says what."""
    SERVICE = "SERVICE"
    """The service door is open: people work on the terminal, nothing is sold."""
    IDLE = "IDLE"
    """Ready for a code."""
    PRICED = "PRICED"
    """The payer sees what is owed and why; no money has come yet."""
    PAYING = "PAYING"
    """At least one note was taken, or is on its way."""
    CANCELLING = "CANCELLING"
    """The sale shall end, but a note is still moving: wait for where it goes."""
    SETTLING = "SETTLING"
    """Change is being paid out."""
    PRINTING = "PRINTING"
    """The sale is in the books; its documents are being printed."""
    LEAVING = "LEAVING"
    """Done: the payer takes the papers and drives out."""


class ShiftState(StrEnum):
    """Who works at a window, and what the drawer is at."""

    CLOSED = "CLOSED"
    """Nobody works here."""
    OPENING = "OPENING"
    """A collector has come; the float is to be counted."""
    SERVING = "SERVING"
    """Payers are served."""
    LOCKED = "LOCKED"
    """The collector is away, or the power was."""
    COUNTING = "COUNTING"
    """The drawer is being counted, by somebody who does not know what it should hold."""
    COUNTED = "COUNTED"
    """What is over or short is known; it is not signed for yet."""
    HANDING_OVER = "HANDING_OVER"
    """The shift is signed; the drawer waits for the next collector or for the safe."""


class DrawerState(StrEnum):
    """The cash drawer, as far as its sensor tells."""

    SHUT = "SHUT"
    ORDERED = "ORDERED"
    """It was told to open."""
    OPEN = "OPEN"


class CashState(StrEnum):
    """The one note that the validator can move at a time."""

    EMPTY = "EMPTY"
    """Nothing is held."""
    STACKING = "STACKING"
    """A note was told to go into the box."""
    RETURNING = "RETURNING"
    """A note was told to go back."""


class PrinterState(StrEnum):
    """The queue of documents."""

    FREE = "FREE"
    BUSY = "BUSY"
    """The first document of the queue is with the printer."""
