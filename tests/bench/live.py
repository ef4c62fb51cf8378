"""A live kiosk: a real rig, a real terminal process, and somebody who sees each commit as it happens.

All times are those of this machine's one monotonic clock, in seconds. A commit is seen from outside, by a reader of the journal
who looks again and again: it happened between the end of the look that did not find it and that of the look that did, and the
middle of the two counts. When the pump took an event up stands in the event itself, in whole milliseconds.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from sim.broker import free_port
from sim.control import Control
from sim.running import PATIENCE_S, Impatient, RigProcess, at_rest, described
from sim.verbs import Insert, Ticket
from terminal.clock import Instant
from terminal.errors import StoreError
from terminal.fsm.events import Event
from terminal.fsm.states import SaleState
from terminal.fsm.step import step
from terminal.fsm.world import World, new_world
from terminal.store.journal import FILE, Reader
from tests.bench.resident import start_terminal

LOOK_AGAIN_S = 0.0003
ROWS_AT_ONCE = 500
HALF_A_MS = 0.0005
"""Times in the journal are cut to whole milliseconds."""
FREE = (SaleState.IDLE, SaleState.LEAVING)
"""A ticket that is scanned now begins a sale."""
NOTE_MINOR = 1000
STATUS_PAGE = """
[status]
listen = "127.0.0.1:{port}"
"""


class Commit(NamedTuple):
    """An event that is durable: when it became so, and when the pump had begun with it."""

    at_s: float
    began_s: float
    unsure_s: float
    """So long before and after `at_s` it may have been as well."""
    event: Event
    world: World


class Commits(threading.Thread):
    """Looks into the journal of another process until `stop`."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="commits", daemon=True)
        self.world = new_world()
        self._path = path
        self._seen: list[Commit] = []
        self._more = threading.Condition()
        self._stopping = False

    def run(self) -> None:
        """Looks; while there is no journal yet, for one."""
        while not self._stopping:
            try:
                reader = Reader(self._path)
            except StoreError:
                time.sleep(0.05)
                continue
            try:
                self._follow(reader)
            finally:
                reader.close()

    def _follow(self, reader: Reader) -> None:
        looked_s = time.monotonic()
        while not self._stopping:
            rows = reader.events_after(self.world.seq, ROWS_AT_ONCE)
            now_s, wall_s = time.monotonic(), time.time()
            at_s, unsure_s = (now_s + looked_s) / 2, (now_s - looked_s) / 2
            world, found = self.world, []
            for record in (row.record() for row in rows):
                world = step(world, record.event, Instant(record.at_ms, record.up_ms)).world
                began_s = now_s - (wall_s - record.at_ms / 1000) + HALF_A_MS
                found.append(Commit(at_s, began_s, unsure_s, record.event, world))
            if found:
                with self._more:
                    self.world = world
                    self._seen += found
                    self._more.notify_all()
            looked_s = now_s
            time.sleep(LOOK_AGAIN_S)

    def after(self, seq: int, what: str, holds: Callable[[Commit], bool]) -> Commit:
        """The first commit after event `seq` that is so. Raises `Impatient`."""
        give_up_at = time.monotonic() + PATIENCE_S
        with self._more:
            while True:
                for commit in self._seen[seq:]:
                    if holds(commit):
                        return commit
                if not self._more.wait(give_up_at - time.monotonic()):
                    raise Impatient(f"waited {PATIENCE_S:.0f} s for: {what}; {described(self.world)}")

    def until(self, what: str, holds: Callable[[World], bool]) -> None:
        """Until the world is so, if it is not already. Raises `Impatient`."""
        seen = self.world
        if not holds(seen):
            self.after(seen.seq, what, lambda commit: holds(commit.world))

    def stop(self) -> None:
        """No more looks."""
        self._stopping = True
        self.join()


class Visit(NamedTuple):
    """A sale from the code to its first note."""

    scanned_s: float
    """Before the rig was asked to hold the code before the scanner."""
    priced: Commit
    credited: Commit


class LiveKiosk:
    """Rig, terminal with all its pages, and the watcher of commits; to be used in `with`."""

    def __init__(self, folder: Path) -> None:
        self.web_port, self.status_port = free_port(), free_port()
        self._folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            rig = RigProcess(self._folder, "--web-port", str(self.web_port), "--fast")
            stack.callback(rig.stop)
            self.control: Control = rig.control
            self._configure()
            terminal = start_terminal(self._folder)
            stack.callback(terminal.wait)
            stack.callback(terminal.terminate)
            self.pid = terminal.pid
            self.commits = Commits(self._folder / "data" / FILE)
            self.commits.start()
            stack.callback(self.commits.stop)
            self.commits.until("the terminal in service", free)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _configure(self) -> None:
        """What a rig's own configuration does without."""
        with (self._folder / "terminal.toml").open("a", encoding="utf-8") as file:
            file.write(STATUS_PAGE.format(port=self.status_port))

    def visit(self, hours: float) -> Visit:
        """A payer with a ticket of so many hours, who puts in notes of ten yuan until it is paid, and takes the papers."""
        self.commits.until("a terminal that is free", free)
        seq, scanned_s = self.commits.world.seq, time.monotonic()
        self.control.ask(Ticket(hours=hours, scan=True))
        priced = self.commits.after(seq, "a price", lambda commit: commit.world.state is SaleState.PRICED)
        credited = self._pay(priced.world)
        while (world := self.commits.world).sale is not None and world.sale.credited_minor < world.sale.due_minor:
            self._pay(world)
        return Visit(scanned_s, priced, credited)

    def _pay(self, world: World) -> Commit:
        assert world.sale is not None
        number = world.bill_no
        self.control.offer(Insert(NOTE_MINOR))
        return self.commits.after(world.seq, "a credit", lambda commit: commit.world.bill_no > number)


def free(world: World) -> bool:
    """Ready for the next payer, and nothing under way."""
    return world.state in FREE and at_rest(world)
