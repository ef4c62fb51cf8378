"""The rig's end of the pins: a board that outlives the terminal, and counts what physically happened.

Line protocol, JSON in ASCII over a local stream socket, numbers are BCM numbers:

    board → terminal, first       {"levels": {"27": 0}}          every input that is driven, before anything else
    board → terminal              {"pin": 27, "state": 1}        an input is driven to this level now
    terminal → board              {"pin": 17, "state": 1}        an output has this level now

When a terminal goes away, its outputs fall low: the real board has pull-down resistors there.
"""

import json
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

LONGEST_LINE = 256


class PinBoard:
    """A board of relays, contacts and buttons behind the socket `path`; a context manager that serves on a thread.

    `pulses` counts by pin how often an output rose: of the barrier's relay, how often the barrier was told to open.
    """

    def __init__(self, path: Path, changed: Callable[[int, bool], None] | None = None) -> None:
        """`changed` is told of each output's change, on the board's threads."""
        self.pulses: Counter[int] = Counter()
        self._path = path
        self._changed = changed
        self._driven: dict[int, bool] = {}
        self._high: dict[Terminal, set[int]] = {}
        self._lock = threading.RLock()
        path.unlink(missing_ok=True)  # left behind by a rig that was killed
        self._server = _Server(str(path), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="pin board", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        with self._lock:
            for terminal in self._high:
                terminal.hang_up()
        self._thread.join()
        self._path.unlink(missing_ok=True)

    def drive(self, pin: int, level: bool) -> None:
        """What is wired to an input: a closed contact to ground is False, an open one True."""
        with self._lock:
            self._driven[pin] = level
            for terminal in self._high:
                terminal.send({"pin": pin, "state": int(level)})

    def is_high(self, pin: int) -> bool:
        """Whether some terminal holds this output high now."""
        with self._lock:
            return any(pin in pins for pins in self._high.values())

    def terminals(self) -> int:
        """How many terminals are connected: one, unless something is wrong."""
        with self._lock:
            return len(self._high)

    def join(self, terminal: "Terminal") -> None:
        """A terminal was connected; it learns of all levels before any change."""
        with self._lock:
            terminal.send({"levels": {str(pin): int(level) for pin, level in self._driven.items()}})
            self._high[terminal] = set()

    def hear(self, terminal: "Terminal", pin: int, state: bool) -> None:
        """An output of this terminal has changed."""
        with self._lock:
            pins = self._high[terminal]
            if state == (pin in pins):
                return
            if state:
                self.pulses[pin] += 1
                pins.add(pin)
            else:
                pins.discard(pin)
        if self._changed is not None:
            self._changed(pin, state)

    def leave(self, terminal: "Terminal") -> None:
        """A terminal is gone, and with it what it held high."""
        for pin in list(self._high.get(terminal, ())):
            self.hear(terminal, pin, False)
        with self._lock:
            self._high.pop(terminal, None)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, board: PinBoard) -> None:
        self.board = board
        super().__init__(path, Terminal)


class Terminal(socketserver.StreamRequestHandler):
    """One terminal's connection."""

    server: _Server

    def send(self, message: dict[str, object]) -> None:
        """A terminal that is gone hears nothing, and `handle` notices."""
        with suppress(OSError):
            self.request.sendall(json.dumps(message).encode() + b"\n")

    def hang_up(self) -> None:
        """The board has lost its power."""
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)

    def handle(self) -> None:
        """Hears the terminal until it is gone, or says something that is no message."""
        board = self.server.board
        board.join(self)
        with suppress(OSError, ValueError, KeyError, TypeError):
            while line := self.rfile.readline(LONGEST_LINE):
                message = json.loads(line)
                board.hear(self, int(message["pin"]), bool(message["state"]))
        board.leave(self)
