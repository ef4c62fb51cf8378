"""The printer's board takes bytes in bulk: nothing may come of that but speed."""

from functools import partial
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter, Strip
from terminal.fsm.effects import CreditNote, PrintDocument, Receipt
from terminal.hw.escpos_commands import FENCE, INITIALIZE, PULSE, PULSE_NOW, pieces, process_id, query
from terminal.hw.letterhead import Letterhead
from terminal.hw.receipt import render
from terminal.pay.signing import sign

HEAD = Letterhead(site="停车场 A", terminal_id="k01", currency="CNY", timezone="Asia/Shanghai")
DOCUMENTS = [
    INITIALIZE + render(PrintDocument(document, language), HEAD, partial(sign, b"a key for tests")) + FENCE
    for document in (Receipt(1, 1, "A1", 0, 3_600_000, (), 500, 1000), CreditNote(1, 1, 500, 0, "change"))
    for language in ("en", "zh-CN")
]
"""Real ones."""
COMMANDS = [
    INITIALIZE, FENCE, PULSE, PULSE_NOW, process_id(b"abcd"), query(1), query(2), query(3), query(4), query(9), b"\x10\x05\x01",
    b"\x10", b"\x10\x10", b"\x10\x14", b"\x10\x14\x10", b"\x10\x14\x01\x10", b"\x10\x04", b"\n", b"\x00" * 300, b"a line\n",
    b"x" * 60, "停车".encode("gbk") * 20, b"\x81\x30\x81\x30", b"\xff\xff", b"\x80", b"\x07", b"\x1c&", b"\x1c.", b"\x1c!\x0c",
    b"\x1b!\x30", b"\x1d!\x11", b"\x1ba\x01", b"\x1bd\x03", b"\x1da\x01", b"\x1dr\x02", b"\x1dV\x00", b"\x1dVA\x10",
    b"\x1dv0\x00\x02\x00\x03\x00\x10\x04\x01abc", b"\x1dv0\x00\x00\x00\x03\x00", b"\x1dv0\x00\xff\xff\x03\x00",
    b"\x1dv0\x00\x20\x00\x07\x00" + bytes(range(224)), b"\x1dv0\x00\x20\x00\x07\x00" + bytes(224), b"\x1d(k\x03\x001Q0",
    b"\x1d(k\x06\x001P0abc", b"\x1d(z\x00\x00", b"\x1dQ", b"\x1b", b"\x1c", b"\x1d", b"\x1dV", b"\x1dv0\x00", b"\x1d(k",
]  # fmt: skip
STREAM = st.lists(st.one_of(st.sampled_from(COMMANDS), st.sampled_from(DOCUMENTS), st.binary(max_size=20)), max_size=12)
CUTS = st.lists(st.integers(1, 300), min_size=1, max_size=20)
PAUSES = st.lists(st.sampled_from([0, 0, 0, 1, 30, 400, 3_000]), min_size=1, max_size=8)
VERBS = ["paper_low", "open_cover", "close_cover", "jam_cutter", "overheat", "cool_down", "lose_power", "restore_power"]
BOARDS: list[dict[str, Any]] = [
    {},
    {"automatic_always": True},
    {"buffer_size": 40},
    {"has_chinese": False, "columns": 5},
    {"columns": 1},
]


class PlainBoard(EscposBoard):
    """The board as it would be written if speed did not matter: byte after byte, a command for each character."""

    def _take(self, data: bytes, now_ms: int) -> None:
        self._held = b""
        if data in (b"\x10", b"\x10\x04", b"\x10\x05", b"\x10\x14", b"\x10\x14\x01") or (
            len(data) == 4 and data.startswith(b"\x10\x14\x01")
        ):
            self._held = data
        elif data.startswith((b"\x10\x04", b"\x10\x05", b"\x10\x14\x01")):
            self._obey_now(data)
        else:
            for byte in data[:-1]:
                self._store_byte(byte)
            if data[-1:] == b"\x10":
                self._held = b"\x10"
            else:
                self._store_byte(data[-1])

    def _store_byte(self, byte: int) -> None:
        if self.room <= 0:
            self.overrun += 1
            return
        self._pending.append(byte)
        if self._complete(bytes(self._pending)):
            self._queue.append(bytes(self._pending))
            self._used += len(self._pending)
            self._pending.clear()

    def _complete(self, command: bytes) -> bool:
        if command[0] >= 0x81 and self._has_chinese:
            return len(command) == 2
        if command.startswith(b"\x1dV"):
            return len(command) == (4 if command[2:3] in (b"A", b"B") else 3)
        if command.startswith(b"\x1dv"):
            width, height = (int.from_bytes(command[at : at + 2], "little") for at in (4, 6))
            return len(command) >= 8 and len(command) == 8 + width * height
        if command.startswith(b"\x1d("):
            return len(command) >= 5 and len(command) == 5 + int.from_bytes(command[3:5], "little")
        arguments = {
            b"\x1b": dict.fromkeys(b"!adtE-J", 1) | {0x70: 3}, b"\x1c": {0x21: 1}, b"\x1d": dict.fromkeys(b"!raB", 1),
        }.get(command[:1])  # fmt: skip
        return arguments is None or (len(command) >= 2 and len(command) == 2 + arguments.get(command[1], 0))


def state(board: EscposBoard) -> tuple[object, ...]:
    """All that can be seen of a board and its printer, and what the board has said since it was last asked."""
    body = board.printer
    lost = (board.overrun, board.torn, board.unknown, board.real_time, board.room)
    paper = (len(body.strips), body.strips[-1:], body.now_ms, body.paper_left_mm)
    return (*lost, board.wake_at_ms, *paper, body.drawer_kicks, board.data_to_send())


@settings(max_examples=150, deadline=None)
@given(STREAM, CUTS, PAUSES, st.lists(st.sampled_from(VERBS), max_size=4), st.sampled_from(BOARDS))
@example([b"\n", b"x" * 100, b"\n"], [300], [0], [], {"buffer_size": 40})
@example([b"\x1da\x01", PULSE_NOW, query(1), PULSE, FENCE], [300], [0], [], {})
@example([b"\x1da\x01", PULSE, FENCE], [300], [0], [], {})
@example(DOCUMENTS, [256], [400], [], {"columns": 5})
def test_pieces_are_as_good_as_bytes(
    stream: list[bytes], cuts: list[int], pauses: list[int], verbs: list[str], options: dict[str, Any]
) -> None:
    """However a stream is cut, commands, pictures and real-time commands too: paper, answers and losses are the same."""
    whole, single, plain = (kind(ReceiptPrinter(), **options) for kind in (EscposBoard, EscposBoard, PlainBoard))
    data, now_ms, turn = b"".join(stream), 0, 0
    while data:
        piece, data = data[: cuts[turn % len(cuts)]], data[cuts[turn % len(cuts)] :]
        whole.receive_data(piece, now_ms)
        for byte in piece:
            single.receive_data(bytes((byte,)), now_ms)
            plain.receive_data(bytes((byte,)), now_ms)
        assert state(whole) == state(single) == state(plain)
        if verbs and turn % 3 == 2:
            verb = verbs.pop()
            for board in (whole, single, plain):
                getattr(board.printer, verb)()
                board.advance(now_ms)
        now_ms += pauses[turn % len(pauses)]
        turn += 1
    for board in (whole, single, plain):
        board.advance(now_ms + 60_000)
    assert state(whole) == state(single) == state(plain)
    assert whole.printer.strips == single.printer.strips == plain.printer.strips


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_may_be_cut_at_any_byte(document: bytes) -> None:
    """Two halves, with a query between them, are on paper as the whole is."""
    papers = set()
    for at in range(len(document)):
        board = EscposBoard(ReceiptPrinter(), buffer_size=100_000)
        for part in (document[:at], query(1), document[at:]):
            board.receive_data(part, 0)
        while board.wake_at_ms is not None:
            board.handle_timer(board.wake_at_ms)
        assert board.data_to_send()[:1] == b"\x12"
        papers.add(board.printer.tape)
    assert len(papers) == 1


def test_strips_are_looked_at_once() -> None:
    """`finished_since` gives each strip once, as soon as nothing more can be added to it; together they are all."""
    board = EscposBoard(ReceiptPrinter())
    seen: list[Strip] = []
    for number, document in enumerate(DOCUMENTS * 3):
        for piece in pieces(document):
            board.receive_data(piece, board.printer.now_ms)
            while board.wake_at_ms is not None:
                board.handle_timer(board.wake_at_ms)
            seen += board.printer.finished_since(len(seen))
        if number % 4 == 1:
            board.receive_data(b"torn off\n", board.printer.now_ms)
            board.advance(board.printer.now_ms + 1_000)
            board.printer.load_paper()
    assert seen == [strip for strip in board.printer.strips if strip.content]
    assert [strip for strip in seen if strip.whole] == board.printer.documents
    assert any(not strip.whole for strip in seen)


def test_a_full_line_goes_on_in_the_next() -> None:
    """ASCII and Chinese: no character is lost or doubled, and none is cut in two."""
    board = EscposBoard(ReceiptPrinter(), columns=5)
    board.receive_data(b"abcdefghijklm" + "停车费收据".encode("gbk") + b"\n", 0)
    board.advance(1_000)
    assert board.printer.strips[0].lines == ["abcde", "fghij", "klm停", "车费", "收据"]


def test_what_was_cut_off_is_not_printed_on() -> None:
    """A picture that goes on after the cut is on the next piece of paper."""
    board = EscposBoard(ReceiptPrinter())
    band = b"\x1dv0\x00\x01\x00\x02\x00ab"
    board.receive_data(band + band + b"\x1dV\x00" + band, 0)
    board.advance(1_000)
    assert [strip.lines for strip in board.printer.strips] == [["[picture 8x4]"], ["[picture 8x2]"]]
