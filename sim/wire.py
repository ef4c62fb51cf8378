"""A serial line that may be bad: what is sent comes out later, twice, not at all, damaged, cut or merged, but in order.

Virtual time, and one seeded generator: the same sends give the same arrivals.
"""

import random
from collections import deque
from dataclasses import dataclass

BYTE_MS = 11 / 9.6
"""One byte of eleven bits at 9600 bit/s."""


@dataclass
class Faults:
    """How bad the line is: probabilities for each thing sent, delays in milliseconds."""

    loss: float = 0.0
    duplicate: float = 0.0
    flip: float = 0.0
    split: float = 0.0
    delay_ms: int = 0


class Wire:
    """One direction of a serial line: it keeps the order of bytes, and nothing else is certain."""

    def __init__(self, faults: Faults, rng: random.Random) -> None:
        self.faults = faults
        self.connected = True
        self._rng = rng
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._free_at_ms = 0.0

    def send(self, data: bytes, now_ms: int) -> None:
        """Put bytes on the wire."""
        faults, rng = self.faults, self._rng
        copies = 2 if rng.random() < faults.duplicate else 1
        for _ in range(copies):
            if not self.connected or rng.random() < faults.loss:
                continue
            damaged = bytearray(data)
            if rng.random() < faults.flip:
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            cut = rng.randrange(len(damaged)) if rng.random() < faults.split else 0
            for piece in (damaged[:cut], damaged[cut:]):
                start_ms = max(self._free_at_ms, now_ms + rng.uniform(0, faults.delay_ms))
                self._free_at_ms = start_ms + len(piece) * BYTE_MS
                self._pieces.append((round(self._free_at_ms + 0.5), bytes(piece)))

    def arrived(self, now_ms: int) -> bytes:
        """Bytes that have come out of the other end by now."""
        data = b""
        while self._pieces and self._pieces[0][0] <= now_ms:
            data += self._pieces.popleft()[1]
        return data

    def next_at_ms(self) -> int | None:
        """When something comes out next."""
        return self._pieces[0][0] if self._pieces else None

    def drop(self) -> None:
        """The plug is pulled: what was on the way is gone."""
        self._pieces.clear()
