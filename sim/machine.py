"""The machine that the terminal's program runs on, without the program: its clocks, its disk and its power.

Time goes on from event to event, at the word of whoever owns it; nothing waits. The power can go at any *point*: before each byte
that is sent, when bytes are read, before each write and sync of the disk, before and after a relay's pulse. What the disk holds
then is decided at that very moment; the program is gone before it does another thing that the world could see. `sim/power.py`
says at which point.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from functools import partial

from sim.disk import Disk, Image, Still
from sim.power import Cut, Death, NoCut, PowerPlan
from terminal.clock import Instant

WALL_MS = 1_770_000_000_000
"""The wall time at which a world begins: a Monday, 10:40 in Shanghai."""
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Machine:
    """See the top of this file."""

    def __init__(self, seed: int, power: PowerPlan | None = None) -> None:
        """`power`: when it goes first; not at all by default."""
        self.seed = seed
        self.now_ms = 0
        self.disk_is_slow = False
        self.rtc_is_dead = False
        """The next start after a power cut begins long ago, until NTP sets the clock right."""
        self.power: PowerPlan = power or NoCut()
        self.disk = Disk(f"virtual-{seed}-{id(self)}")
        self.disk.before_sync = self._before_sync
        self.disk.before_write = self._disk_point
        self._dice = self.dice("world")
        self._wall_offset_ms = 0
        self._began_ms = 0
        """When it was started last."""
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._image: Image | Still | None = None
        """What the disk holds after the power went; the program is as good as gone."""
        self._death: Death = "kill"

    def dice(self, of: str) -> random.Random:
        """A generator of its own for each thing that has chances: nobody's chances depend on what others do."""
        return random.Random(f"{self.seed} {of}")

    # --- time -----------------------------------------------------------------------------------------------------
    def now(self) -> Instant:
        """The terminal's two clocks."""
        return Instant(WALL_MS + self.now_ms + self._wall_offset_ms, self.now_ms - self._began_ms)

    def step_wall_clock(self, by_ms: int) -> None:
        """NTP, or somebody with a screwdriver."""
        self._wall_offset_ms += by_ms

    def set_wall_clock_right(self) -> None:
        """NTP has reached a server."""
        self._wall_offset_ms = 0

    def at(self, in_ms: int, do: Callable[[], None]) -> None:
        """Have something happen later."""
        heapq.heappush(self._due, (self.now_ms + in_ms, next(self._numbers), do))

    def _do_what_is_due(self, at_ms: int) -> None:
        while self._due and self._due[0][0] <= at_ms:
            heapq.heappop(self._due)[2]()

    def live(self, plan: Iterator[int]) -> None:
        """Let somebody act by a plan: it yields for how many milliseconds to wait before it goes on."""
        wait_ms = next(plan, None)
        if wait_ms is not None:
            self.at(wait_ms, partial(self.live, plan))

    # --- the power ------------------------------------------------------------------------------------------------
    def point(self) -> None:
        """The power may go here."""
        if self._image is not None:
            raise Cut
        if self.power.goes("step", 1) is not None:
            self.gone()

    def within(self, bytes_out: int) -> int | None:
        """The power goes while these bytes go out: after so many of them; None: it does not."""
        if self._image is not None:
            raise Cut
        return self.power.goes("byte", bytes_out)

    def gone(self) -> None:
        """The power has gone."""
        self._decide_what_is_left()
        raise Cut

    def _before_sync(self) -> None:
        self._disk_point()
        if self.disk_is_slow:
            self.now_ms += self._dice.choice((50, 250, 2_000))

    def _disk_point(self) -> None:
        """SQLite can not be left in its middle, so here only what the disk holds is decided."""
        if self._image is None and self.power.goes("disk", 1) is not None:
            self._decide_what_is_left()

    def _decide_what_is_left(self) -> None:
        self._death = self.power.death
        self._image = self.power.left(self.disk)
