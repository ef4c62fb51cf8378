"""A real rig and a real terminal as processes, and an observer who reads the terminal's journal from outside.

The demo and the kill test drive them; neither looks into the terminal in any other way than an integrator could.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path

from sim.control import Control
from terminal.clock import Instant
from terminal.errors import StoreError
from terminal.fsm.effects import Alert
from terminal.fsm.events import Started
from terminal.fsm.policy import blockers
from terminal.fsm.states import CashState
from terminal.fsm.step import step
from terminal.fsm.world import World, new_world
from terminal.store.journal import FILE, Reader
from terminal.store.record import Record

PATIENCE_S = 30.0
LOOK_AGAIN_S = 0.02
ROWS_AT_ONCE = 500
RECENT = 60
"""So many events an observer keeps."""


class Impatient(Exception):
    """Something did not happen in time; `str()` says what, and how things are instead."""


class RigProcess:
    """`fee-terminal-sim rig`, ready to be used. Raises `Impatient` when it does not come up."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "sim", "rig", "--dir", str(folder), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.control = Control(folder)
        assert self._process.stdout is not None
        if not self._process.stdout.readline().startswith("rig ready"):
            self.stop()
            raise Impatient(f"the rig does not come up in {folder}")

    def stop(self) -> None:
        """In good order."""
        self.control.close()
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class TerminalProcess:
    """`fee-terminal run` at a rig; its log is `DIR/terminal.log`."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {"GPIOZERO_PIN_FACTORY": "rig", "FEE_TERMINAL_RIG": str(folder / "pins")}
        command = [sys.executable, "-m", "terminal", "run", "-c", str(folder / "terminal.toml")]
        with (folder / "terminal.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def expect_running(self) -> None:
        """Raises `Impatient` when it has ended by itself."""
        status = self._process.poll()
        if status is not None:
            raise Impatient(f"the terminal has ended by itself with status {status}; its log tells why")

    @property
    def runs(self) -> bool:
        """It has not ended, by itself or by us."""
        return self._process.poll() is None

    def reload(self) -> None:
        """As `systemctl reload` does."""
        self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """At once, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """In good order; the exit status."""
        self._process.terminate()
        return self._process.wait()


class Observer:
    """Follows a journal that another process writes: the same step over the same events gives the same world."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data" / FILE
        self.world = new_world()
        self.starts = 0
        """How often the terminal has started."""
        self.alerts: list[Alert] = []
        """All alerts so far."""
        self.interrupted: Counter[str] = Counter()
        """Effects that were under way when the terminal started, by kind."""
        self.recent: deque[Record] = deque(maxlen=RECENT)
        """The newest events, with what they caused."""
        self._reader: Reader | None = None

    def look(self) -> World:
        """The world as it is durable now."""
        try:
            if self._reader is None:
                self._reader = Reader(self.path)
            while rows := self._reader.events_after(self.world.seq, ROWS_AT_ONCE):
                for row in rows:
                    record = row.record()
                    self.recent.append(record)
                    if isinstance(record.event, Started):
                        self.starts += 1
                        self.interrupted.update(type(effect).__name__ for effect in self.world.pending.values())
                    self.alerts += [effect for effect in record.effects if isinstance(effect, Alert)]
                    self.world = step(self.world, record.event, Instant(record.at_ms, record.up_ms)).world
        except StoreError:
            self.close()  # not there yet, or busy recovering: the next look will do
        return self.world

    def wait(self, what: str, holds: Callable[[World], bool], patience_s: float = PATIENCE_S) -> World:
        """The world as soon as it is so. Raises `Impatient`."""
        give_up_at = time.monotonic() + patience_s
        while not holds(world := self.look()):
            if time.monotonic() > give_up_at:
                raise Impatient(f"waited {patience_s:.0f} s for: {what}; {described(world)}")
            time.sleep(LOOK_AGAIN_S)
        return world

    def close(self) -> None:
        """Ends the connection; the next look makes a new one."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def at_rest(world: World) -> bool:
    """All devices are well, and nothing that was begun is still under way."""
    return not blockers(world) and world.cash is CashState.EMPTY and not world.jobs and not world.pending


def described(world: World) -> str:
    """How a world is, in one line."""
    problems = ", ".join(f"{device} {problem}" for device, problem in blockers(world)) or "none"
    pending = ", ".join(f"{number} {type(effect).__name__}" for number, effect in world.pending.items()) or "nothing"
    return f"event {world.seq}: {world.state}, note {world.cash}, problems: {problems}, pending: {pending}"
