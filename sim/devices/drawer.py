"""A cash drawer: a box with a magnet that lets it spring open, a switch that tells so, a lock, and money in it by denomination.

It hangs on the printer's kick connector (`printer.py`): pulses come from there, and the switch is read there. What lies in it is
the truth about a shift's cash, whatever anybody believes.
"""

from collections import Counter


class CashDrawer:
    """The drawer, and what hands and accidents do to it."""

    def __init__(self) -> None:
        self.pieces: Counter[int] = Counter()
        """How many of each denomination, in minor units; hands reach them while it is open."""
        self.is_open = False
        self.stuck = False
        """The magnet does not get it open; the key does."""
        self.connected = True

    def pulse(self) -> None:
        """The magnet gets its pulse, if the cable is in."""
        if self.connected and not self.stuck:
            self.is_open = True

    @property
    def switch_open(self) -> bool:
        """What the switch says at the other end of the cable; without a cable it is as if the drawer were shut."""
        return self.is_open and self.connected

    def unlock(self) -> None:
        """Somebody opens it with the key."""
        self.is_open = True

    def push_shut(self) -> None:
        """Somebody pushes it shut."""
        self.is_open = False
