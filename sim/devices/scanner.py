"""Models of code scanners: one that sits on a serial line, one that poses as a keyboard.

A scanner has no memory worth the name, so here behaviour and wire format are one. `data_to_send` is what the terminal's
port reads: characters, or the kernel's `struct input_event` records of what the keyboard did.
"""

import struct
from random import Random

from evdev import ecodes


class SerialScanner:
    """A scanner on a serial line, with what it is set to put around a code."""

    def __init__(self, prefix: bytes = b"", suffix: bytes = b"", terminator: bytes = b"\r") -> None:
        self.wake_at_ms: int | None = None
        self._around = (prefix, suffix + terminator)
        self._out = bytearray()

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """It is not told anything."""

    def handle_timer(self, now_ms: int) -> None:
        """It does nothing by itself."""

    def scan(self, code: str) -> None:
        """Somebody holds a code before the scanner."""
        before, after = self._around
        self._out += before + code.encode() + after

    def noise(self, count: int, random: Random) -> None:
        """A loose cable: `count` bytes of anything."""
        self._out += random.randbytes(count)

    def data_to_send(self) -> bytes:
        """What goes over the line, handed out once."""
        data = bytes(self._out)
        self._out.clear()
        return data


RECORD = struct.Struct("llHHi")

PLAIN = {
    **{chr(character): f"KEY_{chr(character).upper()}" for character in range(ord("a"), ord("z") + 1)},
    **{digit: f"KEY_{digit}" for digit in "0123456789"},
    " ": "KEY_SPACE",
    "-": "KEY_MINUS",
    "=": "KEY_EQUAL",
    "[": "KEY_LEFTBRACE",
    "]": "KEY_RIGHTBRACE",
    ";": "KEY_SEMICOLON",
    "'": "KEY_APOSTROPHE",
    "`": "KEY_GRAVE",
    "\\": "KEY_BACKSLASH",
    ",": "KEY_COMMA",
    ".": "KEY_DOT",
    "/": "KEY_SLASH",
}
"""Characters that a US keyboard types with one key, and the key's name in linux/input-event-codes.h."""

SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))
"""Characters that take Shift, and what their key types without it."""

MILLISECOND = 1000


class KeyboardScanner:
    """A scanner that poses as a US keyboard and types what it reads.

    Each of its reports is the full state of the keyboard, from which the kernel makes records: modifiers first, then
    the other keys, in releases too. So Shift is let go before the letter that it belongs to.
    """

    def __init__(self, prefix: str = "", suffix: str = "", end: str = "KEY_ENTER", keypad: bool = False) -> None:
        self._around = (prefix, suffix)
        self._end = end
        self._keypad = keypad
        self._now_us = 0
        self._out = bytearray()

    def scan(self, code: str) -> None:
        """Somebody holds a code before the scanner: every character goes down and up, then the end key, if any."""
        before, after = self._around
        for character in before + code + after:
            self.type(character)
        if self._end:
            self._stroke((), self._end)

    def type(self, character: str) -> None:
        """One character as such scanners send it; a control character as Ctrl and a key."""
        if character in SHIFTED:
            self._stroke(("KEY_LEFTSHIFT",), PLAIN[SHIFTED[character]])
        elif character.isupper():
            self._stroke(("KEY_LEFTSHIFT",), PLAIN[character.lower()])
        elif ord(character) < 0x20:
            self._stroke(("KEY_LEFTCTRL",), PLAIN[chr(ord(character) | 0x40).lower()])
        elif self._keypad and character.isdigit():
            self._stroke((), f"KEY_KP{character}")
        else:
            self._stroke((), PLAIN[character])

    def type_number(self, number: str) -> None:
        """A character as Alt and its number on the keypad."""
        self.report(("KEY_LEFTALT", 1))
        for digit in number:
            self.report((f"KEY_KP{digit}", 1))
            self.report((f"KEY_KP{digit}", 0))
        self.report(("KEY_LEFTALT", 0))

    def hold(self, key: str, repeats: int) -> None:
        """A key that is held so long that the kernel repeats it."""
        self.report((key, 1))
        for _ in range(repeats):
            self.report((key, 2))
        self.report((key, 0))

    def overflow(self) -> None:
        """The reader was slow: the kernel has thrown records away and says so."""
        self.record(ecodes.EV_SYN, ecodes.SYN_DROPPED, 0)

    def noise(self, count: int, random: Random) -> None:
        """`count` records of anything."""
        for _ in range(count):
            self.record(random.randrange(0x20), random.randrange(0x300), random.randrange(-1, 4))

    def data_to_send(self) -> bytes:
        """What the kernel hands to the reader, handed out once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def report(self, *changes: tuple[str, int]) -> None:
        """One report of the device: keys (by name) that went down (1) or up (0), or that the kernel repeats (2)."""
        for name, value in changes:
            self.record(ecodes.EV_MSC, ecodes.MSC_SCAN, 0x70000)
            self.record(ecodes.EV_KEY, ecodes.ecodes[name], value)
        self.record(ecodes.EV_SYN, ecodes.SYN_REPORT, 0)
        self._now_us += MILLISECOND

    def record(self, kind: int, code: int, value: int) -> None:
        """One record of the kernel."""
        seconds, microseconds = divmod(self._now_us, 1_000_000)
        self._out += RECORD.pack(seconds, microseconds, kind, code, value)

    def _stroke(self, modifiers: tuple[str, ...], key: str) -> None:
        keys = (*modifiers, key)
        self.report(*((name, 1) for name in keys))
        self.report(*((name, 0) for name in keys))
