"""gpiozero's way to the pins of the rig: what a real pin factory is to a Raspberry Pi's header.

With GPIOZERO_PIN_FACTORY=rig and FEE_TERMINAL_RIG=SOCKET a program that uses gpiozero has its pins wired to the rig's
`PinBoard` (its file tells the line protocol), and knows nothing of it. gpiozero finds `RigFactory` by the entry point
`rig` in the group `gpiozero_pin_factories`.
"""

import json
import os
import socket
import threading
from contextlib import suppress
from typing import Any, TextIO

from gpiozero.pins.mock import MockFactory, MockPin

PATIENCE_S = 5.0
"""How long the board may take for its first line; after that a board that does not answer is none."""


class RigPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A pin whose output the board sees, and whose input level the board drives over the pin's own pull."""

    def _change_state(self, value: Any) -> bool:
        changed = bool(super()._change_state(value))
        if changed and self._function == "output":
            self.factory.report(self._number, bool(value))
        return changed

    def _set_function(self, value: str) -> None:
        let_go = self._function == "output" and self._state and value == "input"
        super()._set_function(value)
        if let_go:
            self.factory.report(self._number, False)

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        level = self.factory.levels.get(self._number)
        if level is not None:
            self.drive(level)

    def drive(self, level: bool) -> None:
        """What is wired to this pin pulls it up or down."""
        if self._function == "input":
            (self.drive_high if level else self.drive_low)()


class RigFactory(MockFactory):  # type: ignore[misc]
    """Pins wired to the board behind FEE_TERMINAL_RIG.

    Raises `OSError` when there is no board: at first, when an output changes, or when a pin is asked for. A board that
    was lost is looked for again with the next pin that is asked for.
    """

    def __init__(self) -> None:
        super().__init__(pin_class=RigPin)
        self.levels: dict[int, bool] = {}
        """Inputs that the board drives, by BCM number."""
        self._board: socket.socket | None = None
        self._connect()

    def pin(self, name: Any, **options: Any) -> Any:
        """The pin of this name."""
        if self._board is None:
            self._connect()
        return super().pin(name, **options)

    def report(self, number: int, state: bool) -> None:
        """An output has changed. That a pin is let go needs no board to hear it."""
        board = self._board
        try:
            if board is None:
                raise ConnectionError("the rig's pins are gone")
            board.sendall(json.dumps({"pin": number, "state": int(state)}).encode() + b"\n")
        except OSError:
            self._board = None
            if state:
                raise

    def close(self) -> None:
        """Lets all pins go, then the board."""
        super().close()
        if self._board is not None:
            with suppress(OSError):
                self._board.shutdown(socket.SHUT_RDWR)  # `_listen` ends, and closes it
            self._board = None

    def _connect(self) -> None:
        path = os.environ.get("FEE_TERMINAL_RIG")
        if not path:
            raise OSError("FEE_TERMINAL_RIG does not say where the rig's pins are")
        board = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        board.settimeout(PATIENCE_S)
        lines = board.makefile("r", encoding="ascii")
        try:
            board.connect(path)
            first = json.loads(lines.readline())
        except (OSError, ValueError) as error:
            lines.close()
            board.close()
            raise OSError(f"no pins at {path}: {error}") from error
        board.settimeout(None)
        self.levels = {int(number): bool(level) for number, level in first["levels"].items()}
        self._board = board
        threading.Thread(target=self._listen, args=(board, lines), name="rig's pins", daemon=True).start()

    def _listen(self, board: socket.socket, lines: TextIO) -> None:
        """On a thread of its own, as real pin factories have one: the board drives an input."""
        with board, lines, suppress(OSError, ValueError):  # ValueError: the board was killed in mid-line
            for line in lines:
                change = json.loads(line)
                number, level = int(change["pin"]), bool(change["state"])
                self.levels[number] = level
                for info, pin in list(self.pins.items()):
                    if info.name == f"GPIO{number}":
                        pin.drive(level)
        if self._board is board:
            self._board = None
