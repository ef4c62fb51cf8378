"""The board of an ESC/POS printer: a buffer, a command interpreter and a status sender around a `ReceiptPrinter`.

Real-time commands (DLE …) are obeyed the moment they arrive, wherever they stand, as real boards do: also inside a picture.
All others wait in the buffer for their turn. When the power goes, buffer and settings are gone; the paper stays. Call
`advance` after each verb done to the printer.

The board takes bytes in bulk, because a simulator feeds it thousands of receipts a minute: runs of characters wait in the
buffer as one command. What comes of it is the same as if each byte had come alone.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sim.devices.printer import Printed, ReceiptPrinter, Work

DOT_MM = 1 / 8
LINE_MM = 3.75
QR_MODULES = 41

_ARGUMENTS = {
    0x1B: {"@": 0, "!": 1, "a": 1, "d": 1, "t": 1, "p": 3, "E": 1, "-": 1, "J": 1},
    0x1C: {"&": 0, ".": 0, "!": 1},
    0x1D: {"!": 1, "r": 1, "a": 1, "B": 1},
}
_RASTER_HEAD = 8

_REAL_TIME = re.compile(rb"(?P<whole>\x10(?:[\x04\x05].|\x14\x01..))|\x10(?:[\x04\x05]|\x14(?:\x01.?)?)?\Z", re.DOTALL)
"""A real-time command, or, at the end of what has come, what may become one."""
_ASCII_RUN = rb"[\x20-\x7e]+|\x00+"
_CHINESE_RUN = rb"|(?:[\x81-\xfe][\x40-\x7e\x80-\xfe])+"
"""Pairs that are one character each, whatever stands beside them."""


@dataclass(slots=True)
class Settings:
    """What commands set and ESC @ sets back."""

    chinese: bool
    align: int = 0
    ascii_wide: bool = False
    chinese_wide: bool = False
    tall: bool = False
    automatic: bool = False
    qr_dots: int = 3
    qr_text: bytes = b""


class EscposBoard:
    """The slave at the other end of the printer's cable."""

    def __init__(
        self,
        printer: ReceiptPrinter,
        *,
        columns: int = 48,
        buffer_size: int = 4096,
        has_chinese: bool = True,
        answers_status: bool = True,
        answers_gs_r: bool = True,
        supports_process_id: bool = True,
        drawer_open_high: bool = True,
        automatic_always: bool = False,
        boot_ms: int = 1500,
    ) -> None:
        """`automatic_always`: a memory switch has automatic status on whatever the host says."""
        self.printer = printer
        self.wake_at_ms: int | None = None
        self.overrun = 0
        """Bytes lost because the buffer was full."""
        self.torn = 0
        """Real-time commands that came in the middle of another command."""
        self.unknown: list[bytes] = []
        """Commands this board does not know: they are skipped."""
        self.real_time: list[bytes] = []
        """Real-time commands obeyed, but for status queries."""
        self._columns = columns
        self._buffer_size = buffer_size
        self._has_chinese = has_chinese
        self._answers_status = answers_status
        self._answers_gs_r = answers_gs_r
        self._supports_process_id = supports_process_id
        self._drawer_open_high = drawer_open_high
        self._automatic_always = automatic_always
        self._boot_ms = boot_ms
        self._run = re.compile(_ASCII_RUN + _CHINESE_RUN if has_chinese else _ASCII_RUN)
        self._out = bytearray()
        self._power_cycles = printer.power_cycles
        self._on_at_ms = 0
        self._dead = False
        self._start()

    # --- the wire ---------------------------------------------------------------------------------------------------
    @property
    def room(self) -> int:
        """So many bytes fit into the buffer; flow control keeps the host from sending more."""
        return self._buffer_size - self._used - len(self._pending)

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Bytes from the host."""
        self.advance(now_ms)
        if self._dead:
            return
        self._take(self._held + data, now_ms)
        self.advance(now_ms)

    def data_to_send(self) -> bytes:
        """Bytes for the host."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def handle_timer(self, now_ms: int) -> None:
        """`wake_at_ms` has come."""
        self.advance(now_ms)

    def advance(self, now_ms: int) -> None:
        """Let the time pass: work, switch on and off, say what has changed."""
        body = self.printer
        if self._dead or not body.powered or self._power_cycles != body.power_cycles:
            self._switch(now_ms)
        self._work(now_ms)
        self._say_automatic()
        self.wake_at_ms = self._on_at_ms if self._dead and body.powered else body.ready_at_ms()

    def _switch(self, now_ms: int) -> None:
        """Off at once; on when the board has booted."""
        self._die()
        if self.printer.powered:
            self._power_cycles = self.printer.power_cycles
            self._on_at_ms = now_ms + self._boot_ms if self._on_at_ms < 0 else self._on_at_ms
            self._dead = now_ms < self._on_at_ms

    def _start(self) -> None:
        self._settings = Settings(self._has_chinese)
        self._queue: deque[bytes] = deque()
        self._used = 0
        self._pending = bytearray()
        """A command of which the rest has not come; it has `_pending_size` bytes (0: not known yet)."""
        self._pending_size = 0
        self._held = b""
        """What may become a real-time command."""
        self._clear_line()
        self._said: bytes | None = None

    def _die(self) -> None:
        if not self._dead:
            self._dead = True
            self._on_at_ms = -1
            self._out.clear()
            self.printer.give_up()
            self._start()

    # --- arriving bytes -----------------------------------------------------------------------------------------------
    def _take(self, data: bytes, now_ms: int) -> None:
        """Real-time commands are picked out of the stream; what only looked like one goes into the buffer."""
        self._held, at = b"", 0
        if 0x10 in data:
            for found in _REAL_TIME.finditer(data):
                if at < found.start():
                    self._arrive(data[at : found.start()], now_ms)
                at = found.end()
                if found["whole"] is None:
                    self._held = found[0]
                else:
                    self._obey_now(found[0])
                    self._say_automatic()
        if at < len(data):
            self._arrive(data[at:], now_ms)

    def _arrive(self, data: bytes, now_ms: int) -> None:
        """Bytes for the buffer; those for which it has no room are lost."""
        if len(data) <= self.room:
            self._store(data, now_ms)
            return
        for at in range(len(data)):
            if self.room <= 0:
                self.overrun += 1
            else:
                self._store(data[at : at + 1], now_ms)

    def _store(self, data: bytes, now_ms: int) -> None:
        """Cut what is now there into commands, and do what can be done of them."""
        self._pending += data
        if len(self._pending) < self._pending_size:
            return
        data, at, size = bytes(self._pending), 0, 0
        while at < len(data):
            run = self._run.match(data, at)
            size = run.end() - at if run else self._size(data, at)
            if not size or at + size > len(data):
                break
            self._queue.append(data[at : at + size])
            at += size
        self._pending = bytearray(data[at:])
        self._pending_size = size if self._pending else 0
        self._used += at
        self._work(now_ms)

    def _size(self, data: bytes, at: int) -> int:
        """Size of the command that begins there; 0: too little of it has come to tell."""
        first, there = data[at], len(data) - at
        if first >= 0x81 and self._has_chinese:
            return 2
        if first not in _ARGUMENTS:
            return 1
        if there < 2:
            return 0
        name = chr(data[at + 1])
        if first == 0x1D and name == "V":
            return 0 if there < 3 else 4 if data[at + 2] in (65, 66) else 3
        if first == 0x1D and name == "v":
            width, height = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (4, 6))
            return 0 if there < _RASTER_HEAD else _RASTER_HEAD + width * height
        if first == 0x1D and name == "(":
            return 0 if there < 5 else 5 + int.from_bytes(data[at + 3 : at + 5], "little")
        return 2 + _ARGUMENTS[first].get(name, 0)

    def _obey_now(self, command: bytes) -> None:
        if self._pending:
            self.torn += 1
        if command[1] == 0x04:
            status = self._status(command[2])
            if self._answers_status and status is not None:
                self._out.append(status)
            return
        self.real_time.append(command)
        if command[1] == 0x14:
            self.printer.pulse_drawer()

    # --- status -------------------------------------------------------------------------------------------------------
    @property
    def _pin_high(self) -> bool:
        return self.printer.drawer_is_open == self._drawer_open_high

    def _status(self, n: int) -> int | None:
        body = self.printer
        if n == 1:
            return 0x12 | 0x04 * self._pin_high | 0x08 * body.stopped
        if n == 2:
            error = body.cutter_failed or body.head_hot
            return 0x12 | 0x04 * body.cover_is_open | 0x20 * body.no_paper | 0x40 * error
        if n == 3:
            return 0x12 | 0x08 * body.cutter_failed | 0x40 * body.head_hot
        if n == 4:
            return 0x12 | 0x0C * body.near_end | 0x60 * body.no_paper
        return None

    def _say_automatic(self) -> None:
        if self._dead or not (self._settings.automatic or self._automatic_always):
            return
        body = self.printer
        status = bytes(
            (
                0x10 | 0x04 * self._pin_high | 0x08 * body.stopped | 0x20 * body.cover_is_open,
                0x08 * body.cutter_failed | 0x40 * body.head_hot,
                0x03 * body.near_end | 0x0C * body.no_paper,
                0,
            )
        )
        if status != self._said:
            self._said = status
            self._out += status

    # --- the buffer ---------------------------------------------------------------------------------------------------
    def _work(self, now_ms: int) -> None:
        """Do what can be done until now: work under the head takes its time, settings take none."""
        body, queue = self.printer, self._queue
        if not body.working:
            body.advance(now_ms)
        while (queue or body.working) and not self._dead:
            if body.working:
                ready_at_ms = body.ready_at_ms()
                at_ms = now_ms if ready_at_ms is None else min(ready_at_ms, now_ms)
                body.advance(at_ms)
                if body.working:
                    if at_ms == now_ms:
                        break
                    continue
            if not queue or body.stopped:
                break
            command = queue.popleft()
            self._used -= len(command)
            self._obey(command)
            self._say_automatic()

    def _obey(self, command: bytes) -> None:
        first, settings = command[0], self._settings
        if 0x20 <= first < 0x7F:
            self._type(command, command.decode("ascii"), 2 if settings.ascii_wide else 1)
        elif first == 0x0A:
            self._print_line()
        elif first >= 0x81 and settings.chinese:
            text = command.decode("gb18030", "replace")
            self._type(command, text if len(command) == 2 * len(text) else (text,), 4 if settings.chinese_wide else 2)
        elif first >= 0x81:
            self.unknown += [command[at : at + 2] for at in range(0, len(command), 2)]
        elif first in _ARGUMENTS:
            self._obey_escape(chr(command[1]), first, command[2:], command)
        elif first:
            self.unknown.append(command)

    def _obey_escape(self, name: str, first: int, args: bytes, command: bytes) -> None:
        settings = self._settings
        if first == 0x1B and name == "@":
            self._clear_line()
            self._settings = Settings(self._has_chinese)
            self.printer.end_strip(begins=True)
        elif first == 0x1B and name == "!":
            settings.ascii_wide, settings.tall = bool(args[0] & 0x20), bool(args[0] & 0x10)
        elif first == 0x1B and name == "a":
            settings.align = args[0] % 48
        elif first == 0x1B and name == "d":
            self._print_line(feed=args[0] - 1)
        elif first == 0x1B and name == "J":
            if self._line:
                self._print_line()
            self.printer.begin(Work.FEED, args[0] * DOT_MM)
        elif first == 0x1B and name == "p":
            self.printer.pulse_drawer()
        elif first == 0x1C and name in "&.":
            settings.chinese = self._has_chinese and name == "&"
        elif first == 0x1C and name == "!":
            settings.chinese_wide, settings.tall = bool(args[0] & 0x04), bool(args[0] & 0x08)
        elif first == 0x1D:
            self._obey_group(name, args, command)
        elif not (first == 0x1B and name in "tE-"):
            self.unknown.append(command)

    def _obey_group(self, name: str, args: bytes, command: bytes) -> None:
        settings = self._settings
        if name == "!":
            settings.ascii_wide = settings.chinese_wide = bool(args[0] & 0xF0)
            settings.tall = bool(args[0] & 0x0F)
        elif name == "V":
            self.printer.begin(Work.CUT)
        elif name == "v":
            self._print_band(command)
        elif name == "a":
            settings.automatic = bool(args[0])
            self._said = None
        elif name == "r":
            self._answer_queued(args[0])
        elif name == "(":
            self._obey_counted(chr(args[0]), args[3:], command)
        else:
            self.unknown.append(command)

    def _obey_counted(self, name: str, args: bytes, command: bytes) -> None:
        if name == "H" and args[:2] == b"00":
            if self._supports_process_id:
                self._out += b"\x37\x22" + args[2:6] + b"\x00"
        elif name == "k" and args[:1] == b"1":
            self._obey_qr(args[1], args[2:])
        else:
            self.unknown.append(command)

    def _answer_queued(self, n: int) -> None:
        if self._answers_gs_r and n == 1:
            self._out.append(0x03 * self.printer.near_end | 0x0C * self.printer.no_paper)
        elif self._answers_gs_r and n == 2:
            self._out.append(0x01 * self._pin_high)

    # --- marks on paper -----------------------------------------------------------------------------------------------
    def _type(self, command: bytes, characters: Sequence[str], columns: int) -> None:
        """As many characters as fit, each so wide. The next one prints the line first, and those behind it wait for that."""
        fitting = max(0, self._columns - self._line_columns) // columns
        self._put(characters[:fitting], columns)
        if fitting < len(characters):
            self._print_line()
            self._put(characters[fitting : fitting + 1], columns)
            rest = command[len(command) // len(characters) * (fitting + 1) :]
            if rest:
                self._queue.appendleft(rest)
                self._used += len(rest)

    def _put(self, characters: Sequence[str], columns: int) -> None:
        if characters:
            self._line.append("".join(characters))
            self._line_columns += len(characters) * columns
            self._line_wide |= columns > 2

    def _clear_line(self) -> None:
        self._line: list[str] = []
        self._line_columns = 0
        self._line_wide = False

    def _print_line(self, feed: int = 0) -> None:
        settings, text = self._settings, "".join(self._line)
        wide = self._line_wide or (settings.ascii_wide and bool(self._line))
        size = 2 if wide or (settings.tall and self._line) else 1
        if settings.align == 1 and text:
            text = " " * ((self._columns - self._line_columns) // 2 // (2 if wide else 1)) + text
        self._clear_line()
        mm = LINE_MM * (size + max(0, feed))
        self.printer.begin(Work.PRINT, mm, Printed(text.rstrip(), size) if text else None)

    def _print_band(self, command: bytes) -> None:
        width_bytes = int.from_bytes(command[4:6], "little")
        dots = command[_RASTER_HEAD:]
        rows = len(dots) // width_bytes if width_bytes else 0
        strip = self.printer.strips[-1] if self.printer.strips else None
        last = strip.content[-1:] if strip and not strip.cut else []
        if last and last[0].dots and last[0].width_dots == width_bytes * 8:
            last[0].dots += dots
            self.printer.begin(Work.FEED, rows * DOT_MM)
        elif rows:
            picture = Printed(width_dots=width_bytes * 8, dots=dots)
            self.printer.begin(Work.PRINT, rows * DOT_MM, picture)

    def _obey_qr(self, function: int, args: bytes) -> None:
        if function == 67:
            self._settings.qr_dots = args[0]
        elif function == 80:
            self._settings.qr_text = args[1:]
        elif function == 81:
            shown = Printed(qr=self._settings.qr_text.decode("utf-8", "replace"))
            self.printer.begin(Work.PRINT, QR_MODULES * self._settings.qr_dots * DOT_MM, shown)
