"""What a receipt printer says: four kinds of answers on one stream, told apart by their fixed bits.

    real time   1 byte   0xx1xx10   answer to DLE EOT n, at once, even without paper
    queued      1 byte   0000eenn   answer to GS r 1, when the printer has worked its buffer off to there; each pair is 00 or 11
    automatic   4 bytes  0xx1xx00 0xx0xxxx 0xx0xxxx 0xx0xxxx   said by itself when something changes
    process id  7 bytes  37 22 d1 d2 d3 d4 00   answer to GS ( H, when all before it is on the paper

(ESC/POS command reference: DLE EOT, GS r, GS a, GS ( H.) A queued answer proves that a document is printed, so it is taken
only in one of its four forms: no other answer with one bit damaged looks like that. Some boards set bit 7 of the first
real-time byte while the ticket hangs in the mouth, so that bit is not looked at there. What fits nowhere is counted and
dropped.
"""

from collections.abc import Mapping
from typing import NamedTuple

QUERIES = (1, 2, 3, 4)
"""The n of DLE EOT n: printer, cause of being off-line, cause of error, paper sensor. All four make the status."""


class RealTime(NamedTuple):
    """Answer to the one DLE EOT that is open; the byte does not tell which n was asked."""

    value: int


class Queued(NamedTuple):
    """Answer to GS r 1."""

    value: int


class Automatic(NamedTuple):
    """Automatic status back: all at once, as the four DLE EOT bytes would say it."""

    status: dict[int, int]


class ProcessId(NamedTuple):
    """Answer to GS ( H: all before the command with this id is printed."""

    text: bytes


Answer = RealTime | Queued | Automatic | ProcessId

_QUEUED = frozenset((0x00, 0x03, 0x0C, 0x0F))
"""Paper enough or near its end (nn), there or out (ee)."""
_PROCESS_ID_SIZE = 7
_AUTOMATIC_SIZE = 4


class StatusReader:
    """Cuts the stream into answers, however the line cut it. Holds six bytes at the most."""

    def __init__(self) -> None:
        self.garbage = 0
        """Bytes that belonged to no answer."""
        self._held = bytearray()

    def receive(self, data: bytes) -> list[Answer]:
        """The answers that are complete now, in order."""
        answers: list[Answer] = []
        for byte in data:
            self._held.append(byte)
            while self._held and (found := self._first()) is not None:
                size, answer = found
                if answer is None:
                    self.garbage += 1
                else:
                    answers.append(answer)
                del self._held[:size]
        return answers

    def forget(self) -> None:
        """The rest of a begun answer will not come any more."""
        self.garbage += len(self._held)
        self._held.clear()

    def _first(self) -> tuple[int, Answer | None] | None:
        """Size and meaning of what is held first; meaning None: one byte of garbage; None: more is needed."""
        held = self._held
        first = held[0]
        if first & 0x13 == 0x12:
            return 1, RealTime(first)
        if first in _QUEUED:
            return 1, Queued(first)
        if first & 0x93 == 0x10:
            if any(byte & 0x90 for byte in held[1:]):
                return 1, None
            return (_AUTOMATIC_SIZE, Automatic(_as_real_time(held))) if len(held) == _AUTOMATIC_SIZE else None
        if first == 0x37:
            if any(not fits for fits in map(_fits_process_id, range(len(held)), held)):
                return 1, None
            return (_PROCESS_ID_SIZE, ProcessId(bytes(held[2:6]))) if len(held) == _PROCESS_ID_SIZE else None
        return 1, None


def _fits_process_id(index: int, byte: int) -> bool:
    return byte == {0: 0x37, 1: 0x22, 6: 0x00}.get(index, byte) and (index not in range(2, 6) or 0x20 <= byte <= 0x7E)


def _as_real_time(automatic: bytearray) -> dict[int, int]:
    """The DLE EOT bytes that say the same as four bytes of automatic status."""
    printer, errors, paper, _ = automatic
    out = bool(paper & 0x0C)
    return {
        1: 0x12 | (printer & 0x0C) | (errors & 0x01) << 5 | (printer & 0x40),
        2: 0x12 | (printer & 0x20) >> 3 | (printer & 0x40) >> 3 | 0x20 * out | 0x40 * bool(errors & 0x6C),
        3: 0x12 | (errors & 0x6C),
        4: 0x12 | 0x0C * bool(paper & 0x03) | 0x60 * out,
    }


_PROBLEMS = (
    # problem      n  bits
    ("paper_out",  2, 0x20),
    ("paper_out",  4, 0x60),
    ("cover_open", 2, 0x04),
    ("cutter",     3, 0x08),
    ("error",      3, 0x24),
)  # fmt: skip
_OFFLINE = 0x08
_NEAR_END = 0x0C
DRAWER_PIN_HIGH = 0x04
"""Bit of n=1: pin 3 of the drawer connector is high."""


def problems(status: Mapping[int, int]) -> tuple[str, ...]:
    """What a complete status (n → byte) says is wrong; `paper_low` alone does not stop the printer.

    `offline` without a cause is a pause that ends by itself (feed button, hot head): no reason to doubt a document.
    """
    found = list(dict.fromkeys(name for name, n, bits in _PROBLEMS if status[n] & bits))
    if status[1] & _OFFLINE and not found:
        found.append("offline")
    if status[4] & _NEAR_END and "paper_out" not in found:
        found.append("paper_low")
    return tuple(found)
