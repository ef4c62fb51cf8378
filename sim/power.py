"""When the power goes, and what it takes along.

A world asks its plan at every *point* whether the power goes there. Points are numbered as they are passed, of three kinds:

    byte    before a byte goes out to a device
    step    bytes are read; before and after something else that can be seen outside (a relay's pulse, a coin)
    disk    before a write, a sync or a change of names

`death`: the program alone (`kill`: the disk keeps what was written), the machine with what its disk had not synced
(`power_cut`), or all devices with it (`blackout`).
"""

import random
from typing import Literal, Protocol

from sim.disk import Disk, Image, Still

Death = Literal["kill", "power_cut", "blackout"]
PointKind = Literal["byte", "step", "disk"]


class Cut(BaseException):
    """The program is gone. Nothing in it may catch this."""


class PowerPlan(Protocol):
    """Who decides."""

    death: Death

    def goes(self, kind: PointKind, count: int) -> int | None:
        """`count` points of a kind are passed now: at which of them (from 0) the power goes; None: at none."""

    def left(self, disk: Disk) -> Image | Still:
        """What the disk holds afterwards."""


class NoCut:
    """The power stays."""

    death: Death = "kill"

    def goes(self, kind: PointKind, count: int) -> int | None:
        """Never."""
        return None

    def left(self, disk: Disk) -> Image | Still:
        """Everything."""
        return disk.still()


class Countdown:
    """It goes after so many points, with chance deciding what the disk had written; `bytewise` False: bytes do not count,
    only what comes between them, so that cuts crowd around the commits."""

    def __init__(self, death: Death, points: int, bytewise: bool, dice: random.Random) -> None:
        self.death: Death = death
        self._left = points
        self._bytewise = bytewise
        self._dice = dice

    def goes(self, kind: PointKind, count: int) -> int | None:
        """Counts down."""
        if kind == "byte" and not self._bytewise:
            return None
        at = self._left
        self._left -= count
        return at if at < count else None

    def left(self, disk: Disk) -> Image | Still:
        """A killed program's disk is well."""
        return disk.still() if self.death == "kill" else disk.moment().any_state(self._dice)
