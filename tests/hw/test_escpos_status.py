"""The printer's answers, told apart, and commands that are not cut in two."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.hw import escpos_commands as cmd
from terminal.hw.escpos_status import Automatic, ProcessId, Queued, RealTime, StatusReader, problems

WELL = dict.fromkeys((1, 2, 3, 4), 0x12)


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"\x12", RealTime(0x12)),
        (b"\x7e", RealTime(0x7E)),
        (b"\x92", RealTime(0x92)),
        (b"\x00", Queued(0x00)),
        (b"\x0f", Queued(0x0F)),
        (b"\x10\x00\x00\x00", Automatic(WELL)),
        (b"\x14\x00\x00\x00", Automatic({**WELL, 1: 0x16})),
        (b"\x18\x00\x0f\x00", Automatic({1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x7E})),
        (b"\x38\x00\x00\x00", Automatic({1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x12})),
        (b"\x18\x08\x03\x00", Automatic({1: 0x1A, 2: 0x52, 3: 0x1A, 4: 0x1E})),
        (b"\x37\x22abcd\x00", ProcessId(b"abcd")),
    ],
)
def test_each_kind_of_answer(data: bytes, answer: object) -> None:
    """The examples of the command reference, alone and with a real-time answer behind each."""
    reader = StatusReader()
    assert reader.receive(data + b"\x16") == [answer, RealTime(0x16)]
    assert reader.garbage == 0


@pytest.mark.parametrize(
    ("data", "answers"),
    [
        (b"\xff\x12", [RealTime(0x12)]),
        (b"\x37\x12", [RealTime(0x12)]),
        (b"\x37\x22ab\x1a", [RealTime(0x1A)]),
        (b"\x10\x00\x12", [Queued(0x00), RealTime(0x12)]),
        (b"\x11\x13\x12", [RealTime(0x12)]),
    ],
)
def test_a_broken_answer_spoils_only_itself(data: bytes, answers: list[object]) -> None:
    """Whatever cannot be the beginning or the rest of an answer is dropped, counted, and the next one is found."""
    reader = StatusReader()
    assert reader.receive(data) == answers
    assert reader.garbage > 0


def test_no_other_answer_with_one_bit_damaged_looks_like_a_proof() -> None:
    """A real-time answer, or a part of a process id: noise of one bit makes no queued answer of it."""
    real_time = [byte for byte in range(128) if byte & 0x93 == 0x12]
    for byte in (*real_time, 0x37, 0x22):
        for bit in range(8):
            assert not any(isinstance(answer, Queued) for answer in StatusReader().receive(bytes([byte ^ 1 << bit])))


@given(st.lists(st.binary(max_size=20), max_size=10))
@example([b"\x37\x22abcd", b"\x00"])
def test_where_the_line_cuts_makes_no_difference(chunks: list[bytes]) -> None:
    """Any bytes, cut anywhere: the same answers, at most six bytes held, each byte answered for."""
    pieces, whole = StatusReader(), StatusReader()
    heard = [answer for chunk in chunks for answer in pieces.receive(chunk)]
    assert heard == whole.receive(b"".join(chunks))
    pieces.forget()
    sizes = {Automatic: 4, ProcessId: 7}
    assert sum(sizes.get(type(answer), 1) for answer in heard) + pieces.garbage == sum(map(len, chunks))


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ({}, ()),
        ({4: 0x1E}, ("paper_low",)),
        ({1: 0x1A, 2: 0x32, 4: 0x7E}, ("paper_out",)),
        ({1: 0x1A, 2: 0x16}, ("cover_open",)),
        ({1: 0x1A, 2: 0x52, 3: 0x1A}, ("cutter",)),
        ({1: 0x1A, 2: 0x52, 3: 0x32}, ("error",)),
        ({1: 0x1A, 2: 0x52, 3: 0x52}, ("offline",)),
        ({1: 0x9A}, ("offline",)),
        ({1: 0x16}, ()),
        ({1: 0x1A, 2: 0x36, 4: 0x7E}, ("paper_out", "cover_open")),
    ],
)
def test_what_a_status_means(status: dict[int, int], found: tuple[str, ...]) -> None:
    """The bits of DLE EOT as the command reference gives them, in the words of the house."""
    assert problems({**WELL, **status}) == found


def test_commands_are_cut_where_they_end() -> None:
    """Each command with its arguments, data and counted bytes; text by the character, Chinese by two bytes."""
    parts = [
        b"\x1b@", b"\x1c&", b"a", "停".encode("gbk"), b"\n", b"\x1d!\x11", b"\x1c!\x0c", b"\x1ba\x01", b"\x1bd\x06",
        b"\x1dv0\x00\x02\x00\x03\x00" + b"\x1b@\x1dVA\x00", b"\x1d(k\x04\x001A2\x00", b"\x1dV\x00", b"\x1dVB\x00",
        b"\x1d(H\x06\x0000abcd", b"\x1dr\x01", b"\x1bp\x00\x32\x32",
    ]  # fmt: skip
    assert cmd.commands(b"".join(parts)) == parts


@given(st.binary(max_size=2_000))
def test_pieces_lose_nothing(document: bytes) -> None:
    """Any bytes at all: the pieces are the document, and only a command of its own is longer than a piece may be."""
    found = cmd.pieces(document)
    assert b"".join(found) == document
    assert all(len(piece) <= cmd.PIECE_MAX or cmd.commands(piece) == [piece] for piece in found)


@given(st.lists(st.sampled_from(b"\x10\x04\x05\x14\x00\xff"), min_size=64, max_size=64))
def test_no_command_hides_in_a_picture(dots: list[int]) -> None:
    """However the dots fall, no DLE EOT, DLE ENQ or DLE DC4 is left in them, and no black dot is lost."""
    picture = b"\x1dv0\x00\x08\x00\x08\x00" + bytes(dots)
    quiet = cmd.without_hidden_commands(picture + b"text")
    assert not any(bytes((0x10, second)) in quiet for second in b"\x04\x05\x14")
    assert len(quiet) == len(picture) + 4
    assert all(before & after == before for before, after in zip(picture, quiet, strict=False))
