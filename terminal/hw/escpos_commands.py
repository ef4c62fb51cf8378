"""ESC/POS on the way out: the few commands that engines send themselves, and where one command of a document ends.

A document may only be interrupted between two commands: a status query or a drawer pulse in the middle of one would be
taken for its data (ESC/POS command reference, notes on real-time commands). `pieces` cuts documents there.
"""

import re

INITIALIZE = b"\x1b@"
"""ESC @: back to the settings of power-up; the print buffer is given up."""
FENCE = b"\x1dr\x01"
"""GS r 1: answered when the printer has worked its buffer off to here."""
PULSE = b"\x1bp\x00\x32\x32"
"""ESC p: open the drawer, 100 ms on, 100 ms off; waits its turn in the buffer, so not obeyed without paper."""
PULSE_NOW = b"\x10\x14\x01\x00\x01"
"""DLE DC4 1: the same in real time, obeyed even without paper."""

PIECE_MAX = 256
"""The longest piece that is sent in one go, and the longest command of a document, in bytes: 0.27 s at 9600 baud, so
that an answer to a query behind it still comes well in time."""

_ESCAPES = b"\x10\x1b\x1c\x1d"
_ARGUMENTS = {
    b"\x1b@": 0, b"\x1b!": 1, b"\x1b-": 1, b"\x1bE": 1, b"\x1bM": 1, b"\x1bR": 1, b"\x1ba": 1, b"\x1bd": 1, b"\x1bJ": 1,
    b"\x1bt": 1, b"\x1bp": 3, b"\x1d!": 1, b"\x1dB": 1, b"\x1dr": 1, b"\x1dV": 1, b"\x1c&": 0, b"\x1c.": 0, b"\x1c!": 1,
}  # fmt: skip
"""Bytes that follow a command; those with a length of their own are in `_size`."""
_PLAIN = re.compile(rb"[^\x10\x1b\x1c\x1d\x81-\xff]+")
"""A run of characters and line feeds, each a command of one byte."""
_RASTER = b"\x1dv0"


def query(n: int) -> bytes:
    """DLE EOT n: one byte of status, at once."""
    return bytes((0x10, 0x04, n))


def process_id(text: bytes) -> bytes:
    """GS ( H: say this id (four printable characters) when all before is on the paper."""
    return b"\x1d(H\x06\x0000" + text


def commands(document: bytes) -> list[bytes]:
    """The document's commands; a run of text is a command for each character."""
    found = []
    at = 0
    while at < len(document):
        size = _size(document[at : at + 8])
        found.append(document[at : at + size])
        at += size
    return found


def pieces(document: bytes) -> list[bytes]:
    """The document in pieces of whole commands, each as near to `PIECE_MAX` as it goes."""
    found = []
    begin = at = 0
    while at < len(document):
        run = _PLAIN.match(document, at, begin + PIECE_MAX)
        end = run.end() if run else min(at + _size(document[at : at + 8]), len(document))
        if begin < at and end - begin > PIECE_MAX:
            found.append(document[begin:at])
            begin = at
        at = end
    return [*found, document[begin:]] if document else found


def without_hidden_commands(document: bytes) -> bytes:
    """The document with no real-time command hidden in its pictures, which some printers would obey.

    Where DLE meets EOT, ENQ or DC4 in the dots of a raster picture, one white dot beside a black one is made black.
    """
    if _RASTER not in document:
        return document
    return b"".join(_quiet(command) if is_raster(command) else command for command in commands(document))


def is_raster(command: bytes) -> bool:
    """Whether it is GS v 0, a band of a picture."""
    return command.startswith(_RASTER)


def _quiet(raster: bytes) -> bytes:
    for second in b"\x04\x05\x14":
        raster = raster.replace(bytes((0x10, second)), bytes((0x18, second)))
    return raster


def _size(head: bytes) -> int:
    """Size of the command that begins with these bytes (eight of them are enough to tell)."""
    if head[0] >= 0x81:
        return 2  # one Chinese character
    if head[0] not in _ESCAPES:
        return 1
    if is_raster(head):
        width, height = (int.from_bytes(head[at : at + 2], "little") for at in (4, 6))
        return 8 + width * height
    if head.startswith(b"\x1d("):
        return 5 + int.from_bytes(head[3:5], "little")
    if head.startswith((b"\x1dVA", b"\x1dVB")):
        return 4
    return 2 + _ARGUMENTS.get(head[:2], 0)
