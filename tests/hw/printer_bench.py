"""A bench for the printer engine: the pump's order, virtual time, a line that may be bad, and a modelled printer."""

from collections.abc import Callable

from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter, Strip
from terminal.fsm.effects import PrintDocument, Receipt
from terminal.fsm.events import Event, Printed, PrintInDoubt, PrintStarted
from terminal.hw.printer import EscposPrinter

LINES = 12


def receipt(number: int = 1) -> Receipt:
    """A receipt; only its number matters here."""
    return Receipt(number, number, "A1", 0, 3_600_000, (), 500, 1000)


def plain(job: PrintDocument) -> bytes:
    """A document that is quick to make: numbered lines, a picture with odd bytes, a cut."""
    assert isinstance(job.document, Receipt)
    lines = "".join(f"{name(job)} line {count} of {LINES}\n" for count in range(LINES))
    picture = b"\x1dv0\x00\x02\x00\x40\x00" + bytes(range(128))
    return lines.encode() + picture.replace(b"\x10", b"\x18") + b"end\n\x1bd\x03\x1dV\x00"


def name(job: PrintDocument) -> str:
    """What the document says of itself."""
    assert isinstance(job.document, Receipt)
    return f"R{job.document.receipt_no}{f' COPY {job.copy}' if job.copy else ''}"


def complete(strip: Strip, job: PrintDocument) -> bool:
    """All of this document, and nothing else, is on the strip, and it was cut."""
    lines = [f"{name(job)} line {count} of {LINES}" for count in range(LINES)]
    return strip.whole and [*lines, "[picture 16x64]", "end"] == strip.lines


class Bench:
    """Engine and printer, joined; `events` is what was committed."""

    def __init__(
        self,
        engine: EscposPrinter,
        board: EscposBoard | None = None,
        *,
        line: Callable[[bytes], bytes] = bytes,
        bytes_per_s: int = 1_000_000,
        copies: bool = False,
    ) -> None:
        """`line` is what becomes of the printer's answers; `copies`: a document in doubt is printed again as a copy."""
        self.engine = engine
        self.board = board if board is not None else EscposBoard(ReceiptPrinter())
        self.printer = self.board.printer
        self.line = line
        self.bytes_per_s = bytes_per_s
        self.copies = copies
        self.now_ms = 0
        self.connected = False
        self.events: list[Event] = []
        self.times: list[int] = []
        self.jobs: dict[str, PrintDocument] = {}
        self.sent = b""
        """All that was sent."""
        self._unsent = b""
        self._sent_at_ms = 0.0
        self._answers = b""

    def connect(self) -> "Bench":
        """Plug the cable in."""
        self.connected = True
        self.engine.port_opened(self.now_ms)
        return self

    def disconnect(self) -> None:
        """Pull the cable out."""
        self.connected = False
        self._unsent = self._answers = b""
        self.engine.port_closed(self.now_ms)
        self._drain()

    def print(self, effect_id: str, number: int = 1, copy: int = 0) -> PrintDocument:
        """Hand a receipt to the engine; its paper is looked at when the engine says that it was printed."""
        job = PrintDocument(receipt(number), "en", copy)
        self.jobs[effect_id] = job
        self.engine.perform(effect_id, job, self.now_ms)
        return job

    def run(self, for_ms: int) -> None:
        """Let the time pass, in steps of what is due next."""
        end_ms = self.now_ms + for_ms
        self._tick()
        while True:
            due = [at_ms for at_ms in (self.engine.wake_at_ms, self.board.wake_at_ms) if at_ms is not None]
            due += [self.now_ms + 1] if self._answers or self._unsent else []
            self.now_ms = min([end_ms, *(max(at_ms, self.now_ms + 1) for at_ms in due)])
            self._tick()
            if self.now_ms >= end_ms:
                return

    def run_until(self, kind: type[Event], limit_ms: int = 120_000) -> None:
        """Let the time pass until the engine has said one more of these."""
        before = self.count(kind)
        end_ms = self.now_ms + limit_ms
        while self.count(kind) == before:
            assert self.now_ms < end_ms, f"no {kind.__name__}: {self.events}"
            self.run(5)

    def count(self, kind: type[Event]) -> int:
        """How often the engine has said this."""
        return sum(isinstance(event, kind) for event in self.events)

    def said(self, kind: type[Event]) -> list[Event]:
        """All of this kind that the engine has said."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def waiting(self) -> int:
        """So many bytes wait for the line."""
        return len(self._unsent)

    def problems(self) -> tuple[str, ...] | None:
        """What the engine said last is wrong with the printer."""
        told = [event.problems for event in self.events if hasattr(event, "problems")]
        return told[-1] if told else None

    def _tick(self) -> None:
        self.board.advance(self.now_ms)
        answer = self.line(self._answers + self.board.data_to_send())
        self._answers = b""
        if answer and self.connected:
            self.engine.receive_data(answer, self.now_ms)
        if self.engine.wake_at_ms is not None and self.now_ms >= self.engine.wake_at_ms:
            self.engine.handle_timer(self.now_ms)
        self._drain()
        if not self._unsent:
            self._sent_at_ms = self.now_ms - 1.0
        self._unsent += self.engine.data_to_send()
        if self.connected:
            taken = self._unsent[: max(0, min(self.board.room, self._line_takes()))]
            self._unsent = self._unsent[len(taken) :]
            self.sent += taken
            self.board.receive_data(taken, self.now_ms)
            self._answers = self.board.data_to_send()
        assert self.board.torn == 0, "a real-time command in the middle of another command"
        assert self.board.overrun == 0

    def _line_takes(self) -> int:
        """So many bytes have gone over the line since the last time, at its speed."""
        count = int((self.now_ms - self._sent_at_ms) * self.bytes_per_s / 1000)
        self._sent_at_ms += count * 1000 / self.bytes_per_s
        return count

    def _drain(self) -> None:
        while (event := self.engine.next_event()) is not None:
            self.events.append(event)
            self.times.append(self.now_ms)
            if isinstance(event, Printed) and event.proof != "drained" and event.effect_id in self.jobs:
                self._check_truth(event)
            if isinstance(event, Printed | PrintInDoubt | PrintStarted):
                outcomes = [e for e in self.events if isinstance(e, Printed | PrintInDoubt)]
                assert sum(e.effect_id == event.effect_id for e in outcomes) <= 1, "one outcome for each effect"
            if isinstance(event, PrintInDoubt) and self.copies:
                doubtful = self.jobs[event.effect_id]
                assert isinstance(doubtful.document, Receipt)
                self.print(f"{event.effect_id}+", doubtful.document.receipt_no, doubtful.copy + 1)

    def _check_truth(self, event: Printed) -> None:
        """`Printed` is said only of what hangs in the mouth, whole and cut."""
        job = self.jobs[event.effect_id]
        assert any(complete(strip, job) for strip in self.printer.strips), f"not printed: {event}\n{self.printer.tape}"
