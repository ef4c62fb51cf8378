"""A serial line that may be bad: what is sent comes out later, twice, not at all, damaged, cut or merged, but in order.

Virtual time, and one seeded generator: the same sends give the same arrivals.
"""

import random
from collections import deque
from dataclasses import dataclass

NEVER_MS = 1 << 60
"""Later than anything."""
BYTE_MS = 11 / 9.6
"""One byte of eleven bits at 9600 bit/s."""


@dataclass
class Faults:
    """How bad the line is: probabilities for each thing sent, delays in milliseconds."""

    loss: float = 0.0
    duplicate: float = 0.0
    flip: float = 0.0
    split: float = 0.0
    truncate: float = 0.0
    delay_ms: int = 0


class Wire:
    """One direction of a serial line: it keeps the order of bytes, and nothing else is certain."""

    def __init__(self, faults: Faults, rng: random.Random) -> None:
        self.faults = faults
        self.connected = True
        self._rng = rng
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._free_at_ms = 0.0
        self.next_at_ms = NEVER_MS
        """When something comes out next."""

    def send(self, data: bytes, now_ms: int) -> None:
        """Put bytes on the wire."""
        faults, chance = self.faults, self._rng.random
        copies = 2 if faults.duplicate and chance() < faults.duplicate else 1
        for _ in range(copies):
            if not self.connected or (faults.loss and chance() < faults.loss):
                continue
            sent = self._damaged(data) if faults.flip and chance() < faults.flip else data
            if faults.truncate and chance() < faults.truncate:
                sent = sent[: self._rng.randrange(len(sent) + 1)]
                if not sent:
                    continue
            cut = self._rng.randrange(len(sent)) if faults.split and chance() < faults.split else 0
            for piece in (sent[:cut], sent[cut:]) if cut else (sent,):
                start_ms = now_ms + faults.delay_ms * chance() if faults.delay_ms else now_ms
                self._free_at_ms = max(self._free_at_ms, start_ms) + len(piece) * BYTE_MS
                self._pieces.append((int(self._free_at_ms) + 1, piece))
        if self._pieces:
            self.next_at_ms = self._pieces[0][0]

    def arrived(self, now_ms: int) -> bytes:
        """Bytes that have come out of the other end by now."""
        data = b""
        pieces = self._pieces
        while pieces and pieces[0][0] <= now_ms:
            data += pieces.popleft()[1]
        self.next_at_ms = pieces[0][0] if pieces else NEVER_MS
        return data

    def drop(self) -> None:
        """The plug is pulled: what was on the way is gone."""
        self._pieces.clear()
        self.next_at_ms = NEVER_MS

    def _damaged(self, data: bytes) -> bytes:
        damaged = bytearray(data)
        damaged[self._rng.randrange(len(damaged))] ^= 1 << self._rng.randrange(8)
        return bytes(damaged)
