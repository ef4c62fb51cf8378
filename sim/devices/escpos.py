"""The board of an ESC/POS printer: a buffer, a command interpreter and a status sender around a `ReceiptPrinter`.

Real-time commands (DLE …) are obeyed the moment they arrive, wherever they stand, as real boards do: also inside a picture.
All others wait in the buffer for their turn. When the power goes, buffer and settings are gone; the paper stays. Call
`advance` after each verb done to the printer.
"""

from collections import deque
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
        for byte in data:
            self._take(byte)
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
        if not self.printer.powered:
            self._die()
        elif self._dead or self._power_cycles != self.printer.power_cycles:
            self._die()
            self._power_cycles = self.printer.power_cycles
            self._on_at_ms = now_ms + self._boot_ms if self._on_at_ms < 0 else self._on_at_ms
            self._dead = now_ms < self._on_at_ms
        self._work(now_ms)
        self._say_automatic()
        self.wake_at_ms = self._on_at_ms if self._dead and self.printer.powered else self.printer.ready_at_ms()

    def _start(self) -> None:
        self._settings = Settings(self._has_chinese)
        self._queue: deque[bytes] = deque()
        self._used = 0
        self._pending = bytearray()
        self._dle = bytearray()
        self._line: list[tuple[str, int]] = []
        self._said: bytes | None = None

    def _die(self) -> None:
        if not self._dead:
            self._dead = True
            self._on_at_ms = -1
            self._out.clear()
            self.printer.give_up()
            self._start()

    # --- arriving bytes -----------------------------------------------------------------------------------------------
    def _take(self, byte: int) -> None:
        """Real-time commands are picked out of the stream; what only looked like one goes into the buffer."""
        self._dle.append(byte)
        held = bytes(self._dle)
        size = {b"": 1, b"\x10": 2, b"\x10\x04": 3, b"\x10\x05": 3, b"\x10\x14": 3, b"\x10\x14\x01": 5}
        if held in size:
            return
        if held[:2] in (b"\x10\x04", b"\x10\x05") or held[:3] == b"\x10\x14\x01":
            if len(held) == size[held[:2] if held[1] != 0x14 else held[:3]]:
                self._dle.clear()
                self._obey_now(held)
            return
        self._dle.clear()
        for stored in held[:-1]:
            self._store(stored)
        if byte == 0x10 and len(held) > 1:
            self._take(byte)
        else:
            self._store(byte)

    def _store(self, byte: int) -> None:
        if self.room <= 0:
            self.overrun += 1
            return
        self._pending.append(byte)
        if self._complete(self._pending):
            self._queue.append(bytes(self._pending))
            self._used += len(self._pending)
            self._pending.clear()

    def _complete(self, command: bytearray) -> bool:
        first, size = command[0], len(command)
        if first >= 0x81 and self._has_chinese:
            return size == 2
        if first not in _ARGUMENTS:
            return True
        if size == 1:
            return False
        name = chr(command[1])
        if first == 0x1D and name == "V":
            return size == (3 if size < 3 or command[2] not in (65, 66) else 4)
        if first == 0x1D and name == "v":
            width, height = (int.from_bytes(command[at : at + 2], "little") for at in (4, 6))
            return size >= _RASTER_HEAD and size == _RASTER_HEAD + width * height
        if first == 0x1D and name == "(":
            return size >= 5 and size == 5 + int.from_bytes(command[3:5], "little")
        return size == 2 + _ARGUMENTS[first].get(name, 0)

    def _obey_now(self, command: bytes) -> None:
        if self._pending:
            self.torn += 1
        if command[1] == 0x04:
            status = self._status().get(command[2])
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

    def _status(self) -> dict[int, int]:
        body = self.printer
        error = body.cutter_failed or body.head_hot
        return {
            1: 0x12 | 0x04 * self._pin_high | 0x08 * body.stopped,
            2: 0x12 | 0x04 * body.cover_is_open | 0x20 * body.no_paper | 0x40 * error,
            3: 0x12 | 0x08 * body.cutter_failed | 0x40 * body.head_hot,
            4: 0x12 | 0x0C * body.near_end | 0x60 * body.no_paper,
        }

    def _say_automatic(self) -> None:
        body = self.printer
        if self._dead or not (self._settings.automatic or self._automatic_always):
            return
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
        while not self._dead:
            ready_at_ms = self.printer.ready_at_ms()
            if self.printer.working and (ready_at_ms is None or ready_at_ms > now_ms):
                break
            self.printer.advance(min(ready_at_ms or now_ms, now_ms))
            if self.printer.working:
                continue
            if not self._queue or self.printer.stopped:
                break
            command = self._queue.popleft()
            self._used -= len(command)
            self._obey(command)
        self.printer.advance(now_ms)

    def _obey(self, command: bytes) -> None:
        first = command[0]
        if first == 0x0A:
            self._print_line()
        elif first >= 0x81 and self._settings.chinese:
            self._type(command.decode("gb18030", "replace"), 4 if self._settings.chinese_wide else 2)
        elif first in _ARGUMENTS:
            self._obey_escape(chr(command[1]), first, command[2:], command)
        elif 0x20 <= first < 0x7F:
            self._type(chr(first), 2 if self._settings.ascii_wide else 1)
        elif first:
            self.unknown.append(command)

    def _obey_escape(self, name: str, first: int, args: bytes, command: bytes) -> None:
        settings = self._settings
        if first == 0x1B and name == "@":
            self._line.clear()
            self._settings = Settings(self._has_chinese)
            self.printer.end_strip(begins=True)
        elif first == 0x1B and name == "!":
            settings.ascii_wide, settings.tall = bool(args[0] & 0x20), bool(args[0] & 0x10)
        elif first == 0x1B and name == "a":
            settings.align = args[0] % 48
        elif first == 0x1B and name == "d":
            self._print_line(feed=args[0] - 1)
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
    def _type(self, text: str, columns: int) -> None:
        if sum(width for _, width in self._line) + columns > self._columns:
            self._print_line()
        self._line.append((text, columns))

    def _print_line(self, feed: int = 0) -> None:
        text = "".join(part for part, _ in self._line)
        free = self._columns - sum(width for _, width in self._line)
        wide = any(width > 2 for _, width in self._line) or (self._settings.ascii_wide and bool(self._line))
        size = 2 if wide or (self._settings.tall and self._line) else 1
        if self._settings.align == 1 and text:
            text = " " * (free // 2 // (2 if wide else 1)) + text
        self._line.clear()
        mm = LINE_MM * (size + max(0, feed))
        self.printer.begin(Work.PRINT, mm, Printed(text.rstrip(), size) if text else None)

    def _print_band(self, command: bytes) -> None:
        width_bytes = int.from_bytes(command[4:6], "little")
        dots = command[_RASTER_HEAD:]
        rows = len(dots) // width_bytes if width_bytes else 0
        last = self.printer.strips[-1].content[-1:] if self.printer.strips else []
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
