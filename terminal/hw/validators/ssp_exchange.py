"""One question at a time: the SSP master's half of the conversation.

The device only ever answers. A question that is not answered is asked again with the same bytes and the same SEQ: the
device then does not do it twice but sends its stored answer again (the SSP manual GA138, "Sequence flag"). A device that
has not answered `TRIES` times is silent; it is asked on, slowly and still with the same bytes, for ever.

A serial line keeps the order of bytes, so an answer that comes twice comes twice in a row and is told by its SEQ: it
never matches the question that followed.
"""

from terminal.hw.validators.ssp_frame import FrameReader, encode

REPLY_MS = 400
"""Time for one answer. The longest one (255 bytes, 11 bits each at 9600 bit/s) takes 300 ms on the wire."""
TRIES = 3
"""Unanswered tries after which the device counts as silent."""
SLOW_MS = 1000
"""Between two tries while the device is silent."""
NOTICE_MS = TRIES * REPLY_MS
"""From a question to the certainty that nobody answers."""
_INSTEAD_EVERY = 4


class Exchange:
    """Asks one question, matches its answer by SEQ and address, repeats it as long as there is none."""

    def __init__(self, address: int) -> None:
        self.silent = False
        self.next_seq = 0
        self.deadline_ms: int | None = None
        """When the question in flight is asked again; None when there is none."""
        self._address = address
        self._reader = FrameReader()
        self._seq = 0
        self._frame = b""
        self._instead = b""
        self._tries = 0
        self._out = b""

    @property
    def garbled(self) -> int:
        """Packets that arrived damaged."""
        return self._reader.garbled

    def ask(self, question: bytes, seq: int, now_ms: int, instead: bytes = b"") -> None:
        """Send a question. `instead` takes the place of every fourth try: for a device that may not know `question`."""
        self._seq, self.next_seq = seq, 1 - seq
        self._frame = encode(seq, self._address, question)
        self._instead = encode(seq, self._address, instead) if instead else self._frame
        self._tries = 1
        self._out = self._frame
        self.deadline_ms = now_ms + (SLOW_MS if self.silent else REPLY_MS)

    def receive(self, data: bytes) -> bytes | None:
        """The data of the answer that is waited for, if it is among these bytes; all else is dropped."""
        answer = None
        for frame in self._reader.feed(data):
            expected = self.deadline_ms is not None and (frame.seq, frame.address) == (self._seq, self._address)
            if expected and frame.data:
                answer = frame.data
                self.deadline_ms = None
                self.silent = False
                self._out = b""
        return answer

    def handle_timer(self, now_ms: int) -> None:
        """Ask again when it is time."""
        if self.deadline_ms is None or now_ms < self.deadline_ms:
            return
        self.silent = self.silent or self._tries >= TRIES
        self._tries += 1
        self._out = self._instead if self._tries % _INSTEAD_EVERY == 0 else self._frame
        self.deadline_ms = now_ms + (SLOW_MS if self.silent else REPLY_MS)

    def forget(self) -> None:
        """The port is gone: no answer will come any more."""
        self.deadline_ms = None
        self.silent = False
        self._out = b""
        self._reader.forget()

    def take_bytes(self) -> bytes:
        """What is to be sent, handed out once."""
        out, self._out = self._out, b""
        return out
