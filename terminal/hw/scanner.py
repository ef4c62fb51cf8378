"""The code scanner: characters come in, whole codes go out.

Anybody can hold anything before a scanner, or plug something else into its socket. So a code is passed on only when it
is whole, short enough, printable, not the same as a moment ago, and not one of too many; the rest is counted. What a
code means is decided elsewhere.

Two ways in, one way on: `SerialScanner` takes the characters of a serial line; `KeyboardScanner` takes the key strokes
of a scanner that poses as a keyboard (`struct input_event` records, linux/input.h; codes from
linux/input-event-codes.h). A keyboard's layout is the scanner's own setting and taken to be US.
"""

import struct
from collections import deque

from terminal.fsm.effects import Effect, Wanted
from terminal.fsm.events import CodeScanned, DeviceChanged, Event

LONGEST_CODE = 128
"""Characters. Our longest ticket code has 99: `PK1.`, then ticket id, time, tariff and tag of 32, 12, 32 and 16, and
three dots; codes of other systems are told apart only when they are read whole."""
GAP_MS = 100
"""Silence after which a code has no more to come: scanners send their characters 1 to 10 ms apart."""
SAME_CODE_MS = 2000
"""The same code within this time of its last reading is the same reading: a ticket may lie before the scanner long."""
CODES_PER_SECOND = 5
"""More than this nobody shows by hand."""

PRINTABLE = frozenset(range(0x20, 0x7F))
UNREADABLE = 0
"""Stands for a key that types no character of ours, so that the code with it in it is refused as a whole."""


class _Scanner:
    """What both kinds share: characters to codes. Counters: `refused` codes that can not be ours, `dropped` codes that
    never ended, `repeated` readings of the same code, `flooded` codes beyond the limit of a second."""

    device = "scanner"

    def __init__(self, prefix: bytes, suffix: bytes, terminators: bytes, gap_closes: bool) -> None:
        self.wake_at_ms: int | None = None
        self.refused = 0
        self.dropped = 0
        self.repeated = 0
        self.flooded = 0
        self._prefix = prefix
        self._suffix = suffix
        self._terminators = frozenset(terminators)
        self._gap_closes = gap_closes
        self._room = LONGEST_CODE + len(prefix) + len(suffix)
        self._partial = bytearray()
        self._spoilt = False
        self._lamp = ""
        self._last_code = ""
        self._last_seen_ms = 0
        self._passed_ms: deque[int] = deque(maxlen=CODES_PER_SECOND)
        self._problems: tuple[str, ...] | None = None
        self._events: deque[Event] = deque()

    def port_opened(self, now_ms: int) -> None:
        """A scanner says nothing of itself: with its port open it is taken to be well."""
        self._forget()
        self._say_problems(())

    def port_closed(self, now_ms: int) -> None:
        """What was read half is lost."""
        if self._partial:
            self.dropped += 1
        self._forget()
        self._say_problems(("absent",))

    def handle_timer(self, now_ms: int) -> None:
        """Silence ends a code, or gives it up. Only here: bytes that waited for a busy terminal are late, not apart."""
        if self.wake_at_ms is None or now_ms < self.wake_at_ms:
            return
        if self._gap_closes:
            self._end(now_ms)
        elif self._partial:
            self.dropped += 1
        self._forget()

    @property
    def busy(self) -> bool:
        """A code has been read in part."""
        return self.wake_at_ms is not None

    def perform(self, effect_id: str, effect: Effect, now_ms: int) -> None:
        """No effect is a scanner's."""

    def follow(self, wanted: Wanted, now_ms: int) -> None:
        """A scanner always reads; what is welcome is decided with the code in hand. When the terminal can serve again, a code
        that somebody has been holding before it all the time is read once more."""
        if wanted.lamp == "ready" and self._lamp == "off":
            self._last_code = ""
        self._lamp = wanted.lamp

    def next_event(self) -> Event | None:
        """The next fact."""
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """Nothing is ever sent to a scanner."""
        return b""

    def _take(self, character: int, now_ms: int) -> None:
        """One more character of a code."""
        if character in self._terminators:
            self._end(now_ms)
            return
        self.wake_at_ms = now_ms + GAP_MS
        if self._spoilt:
            return
        self._partial.append(character)
        if len(self._partial) > self._room:
            self.refused += 1
            self._spoil(now_ms)

    def _spoil(self, now_ms: int) -> None:
        """Nothing up to the next end makes a code."""
        self._partial.clear()
        self._spoilt = True
        self.wake_at_ms = now_ms + GAP_MS

    def _forget(self) -> None:
        self._partial.clear()
        self._spoilt = False
        self.wake_at_ms = None

    def _end(self, now_ms: int) -> None:
        """The code is whole; of a terminator in two characters the second ends nothing."""
        read = bytes(self._partial)
        self._forget()
        if not read:
            return
        code = read[len(self._prefix) : len(read) - len(self._suffix)]
        framed = read == self._prefix + code + self._suffix
        if framed and code and PRINTABLE.issuperset(code):
            self._pass_on(code.decode("ascii"), now_ms)
        else:
            self.refused += 1

    def _pass_on(self, code: str, now_ms: int) -> None:
        if code == self._last_code and now_ms - self._last_seen_ms < SAME_CODE_MS:
            self._last_seen_ms = now_ms
            self.repeated += 1
        elif len(self._passed_ms) == CODES_PER_SECOND and now_ms - self._passed_ms[0] < 1000:
            self.flooded += 1
        else:
            self._last_code, self._last_seen_ms = code, now_ms
            self._passed_ms.append(now_ms)
            self._events.append(CodeScanned(code))

    def _say_problems(self, problems: tuple[str, ...]) -> None:
        if problems != self._problems:
            self._problems = problems
            self._events.append(DeviceChanged(self.device, problems))


class SerialScanner(_Scanner):
    """A scanner on a serial line (RS-232 or USB CDC).

    `prefix` and `suffix` are what the scanner is set to put around a code (an AIM identifier, say); they are taken off,
    and a code without them is refused. Each byte of `terminators` ends a code. With `gap_closes` silence ends it too,
    for scanners that send no terminator.
    """

    def __init__(
        self, prefix: bytes = b"", suffix: bytes = b"", terminators: bytes = b"\r\n", gap_closes: bool = False
    ) -> None:
        super().__init__(prefix, suffix, terminators, gap_closes)

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Characters, cut and merged as the line pleased."""
        for character in data:
            self._take(character, now_ms)


# --- scanners that pose as keyboards ------------------------------------------------------------------------------
RECORD = struct.Struct("llHHi")
"""struct input_event of this machine: seconds, microseconds, type, code, value."""

EV_SYN, SYN_REPORT, SYN_DROPPED = 0, 0, 3
EV_KEY, UP, DOWN = 1, 0, 1

MODIFIERS = {42: "shift", 54: "shift", 29: "ctrl", 97: "ctrl", 56: "alt", 100: "alt", 125: "meta", 126: "meta"}
LOCKS = frozenset((58, 69, 70))
"""Caps, Num and Scroll Lock: they type nothing, and a grabbed keyboard's lamps never change."""
ENDS = frozenset((28, 96, 15))
"""Enter, Enter on the keypad, Tab."""

ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
    (55, "*", "*"),
    (71, "789-456+1230.", "789-456+1230."),
    (98, "/", "/"),
    (117, "=", "="),
    (121, ",", ","),
)
"""Keys of the US layout that lie side by side: the first one's code, what they type, what they type with Shift."""

KEYS = {
    first + place: (ord(plain), ord(shifted))
    for first, row, shifted_row in ROWS
    for place, (plain, shifted) in enumerate(zip(row, shifted_row, strict=True))
}
KEYPAD_DIGITS = {code: KEYS[code][0] - ord("0") for code in range(71, 83) if chr(KEYS[code][0]).isdigit()}


class KeyboardScanner(_Scanner):
    """A scanner that poses as a keyboard and is read through an `evdev:` port. Enter or Tab ends a code.

    A character is decided when its key goes down, with the modifiers held at that moment: the kernel may report the
    release of Shift before the release of the letter. Control characters arrive as Ctrl and a key (GS is Ctrl+]), or as
    Alt and a number on the keypad (GS is Alt+029); no code of ours has any, so they refuse the code that has.
    """

    def __init__(self, prefix: bytes = b"", suffix: bytes = b"", gap_closes: bool = False) -> None:
        super().__init__(prefix, suffix, b"\r\n\t", gap_closes)
        self._rest = b""
        self._held: set[int] = set()
        self._alt_number: int | None = None
        self._lossy = False

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Records of the kernel, cut anywhere."""
        data = self._rest + data
        whole = len(data) - len(data) % RECORD.size
        self._rest = data[whole:]
        for _, _, kind, code, value in RECORD.iter_unpack(data[:whole]):
            self._record(kind, code, value, now_ms)

    def port_opened(self, now_ms: int) -> None:
        """No key of the device that was there before is held any more."""
        self._rest = b""
        self._lossy = False
        self._release_all()
        super().port_opened(now_ms)

    def _record(self, kind: int, code: int, value: int, now_ms: int) -> None:
        if kind == EV_SYN:
            self._sync(code, now_ms)
        elif kind != EV_KEY or self._lossy:
            return
        elif code in MODIFIERS:
            self._modifier(code, value, now_ms)
        elif value == DOWN and code not in LOCKS:
            self._key(code, now_ms)

    def _sync(self, code: int, now_ms: int) -> None:
        """SYN_DROPPED: the kernel's buffer overflowed; what comes before the next report is not whole (the kernel's
        Documentation/input/event-codes.rst)."""
        if code == SYN_DROPPED:
            self._lossy = True
            self._release_all()
            self.dropped += 1
            self._spoil(now_ms)
        elif code == SYN_REPORT:
            self._lossy = False

    def _release_all(self) -> None:
        self._held.clear()
        self._alt_number = None

    def _modifier(self, code: int, value: int, now_ms: int) -> None:
        if value == DOWN:
            self._held.add(code)
        elif value == UP:
            self._held.discard(code)
            if self._alt_number is not None and not self._holds("alt"):
                number, self._alt_number = self._alt_number, None
                self._take(number if number < 256 else UNREADABLE, now_ms)

    def _holds(self, modifier: str) -> bool:
        return any(MODIFIERS[code] == modifier for code in self._held)

    def _key(self, code: int, now_ms: int) -> None:
        """A key went down: it types a character, or a digit of the number that Alt makes a character of."""
        if self._holds("alt") and code in KEYPAD_DIGITS:
            self._alt_number = min(10 * (self._alt_number or 0) + KEYPAD_DIGITS[code], 256)
            self.wake_at_ms = now_ms + GAP_MS
        else:
            self._take(self._character(code), now_ms)

    def _character(self, code: int) -> int:
        """What a key types."""
        if self._holds("alt") or self._holds("meta"):
            return UNREADABLE
        if code in ENDS:
            return ord("\r")
        plain, shifted = KEYS.get(code, (UNREADABLE, UNREADABLE))
        character = shifted if self._holds("shift") else plain
        if not self._holds("ctrl"):
            return character
        return character & 0x1F if character >= ord("@") else UNREADABLE
