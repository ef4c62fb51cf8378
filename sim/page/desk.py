"""What the rig page holds in its hands: the terminal's process, the mains, tickets, and a way to ask the rig.

Any thread of the server may call it; each question to the rig has a connection of its own, and what starts or ends the
terminal happens one after the other.
"""

import socket
import threading
from collections import deque
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from sim.configuration import Role
from sim.control import Control, RigError
from sim.devices.printer import Strip
from sim.running import TerminalProcess
from sim.tape import of_strip
from sim.verbs import AnyVerb, CutPower, Insert, InsertFake, PaperAt, RestorePower
from terminal.store.journal import FILE

HAND = 2
"""So many tickets and cars are kept in sight."""
LOOK_S = 0.2


class Desk:
    """See above. `terminal` runs when it is handed over."""

    def __init__(self, folder: Path, web_port: int, terminal: TerminalProcess, role: Role = "kiosk") -> None:
        self.folder = folder
        self.role: Role = role
        self.web_port = web_port
        self.tickets: deque[dict[str, Any]] = deque(maxlen=HAND)
        """What the payer has in hand: `code` and `minutes`."""
        self.cars: deque[dict[str, Any]] = deque(maxlen=HAND)
        """What the camera saw: `plate` and `minutes`."""
        self._terminal = terminal
        self._answers = False
        self._lock = threading.Lock()

    @property
    def journal(self) -> Path:
        """What the terminal writes."""
        return self.folder / "data" / FILE

    # --- the rig --------------------------------------------------------------------------------------------------
    def ask(self, verb: AnyVerb) -> Any:
        """What the rig says. Raises `RigError`."""
        control = Control(self.folder)
        try:
            return control.ask(verb)
        finally:
            control.close()

    def hold_at_mouth(self, verb: Insert | InsertFake, patience_s: float) -> int:
        """Offer a note until it is taken; its number. Raises `RigError` when the validator does not take it in time."""
        control = Control(self.folder)
        try:
            return control.offer(verb, patience_s)
        finally:
            control.close()

    def paper(self, number: int) -> bytes:
        """A piece of paper that came out of the printer, as PNG. Raises `RigError`: there is no such, or no picture of it."""
        strip = msgspec.convert(self.ask(PaperAt(number)), Strip)
        try:
            out = BytesIO()
            of_strip(strip).save(out, "PNG")
        except (OSError, ValueError) as why:  # no font, or something that has no picture
            raise RigError(f"paper {number} can not be drawn: {why}") from why
        return out.getvalue()

    # --- the hand -------------------------------------------------------------------------------------------------
    def take_ticket(self, code: str, minutes: float) -> None:
        """A ticket of a car that came so long ago."""
        self.tickets.append({"code": code, "minutes": minutes})

    def see_car(self, plate: str, minutes: float) -> None:
        """A car that came so long ago, without a ticket."""
        self.cars.append({"plate": plate, "minutes": minutes})

    # --- the program and its power --------------------------------------------------------------------------------
    @property
    def program(self) -> str:
        """`running` (its page answers), `starting`, or `ended`."""
        if not self._terminal.runs:
            self._answers = False
            return "ended"
        if not self._answers:
            try:
                socket.create_connection(("127.0.0.1", self.web_port), LOOK_S).close()
                self._answers = True
            except OSError:
                return "starting"
        return "running"

    def pull_plug(self) -> None:
        """SIGKILL for the program, and no power for the devices."""
        with self._lock:
            self._terminal.kill()
            self.ask(CutPower())

    def plug_in(self) -> None:
        """Power for the devices; the program starts unless it runs."""
        with self._lock:
            self.ask(RestorePower())
            self._start()

    def kill_program(self) -> None:
        """SIGKILL, and a new start. Raises `RigError` when there is nothing to kill."""
        with self._lock:
            if not self._terminal.runs:
                raise RigError("the program does not run")
            self._terminal.kill()
            self._start()

    def reload(self) -> None:
        """Have the program read its configuration again. Raises `RigError` when there is no program."""
        with self._lock:
            if not self._terminal.runs:
                raise RigError("the program does not run")
            self._terminal.reload()

    def stop(self) -> None:
        """The program ends, in good order if it runs."""
        with self._lock:
            if self._terminal.runs:
                self._terminal.stop()

    def _start(self) -> None:
        if not self._terminal.runs:
            self._answers = False
            self._terminal = TerminalProcess(self.folder)
