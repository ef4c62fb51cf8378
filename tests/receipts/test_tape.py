"""The picture of the tape: what each command does to the paper, and that nothing is left out in silence."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter
from sim.paper import CELL, HEAD_TO_CUTTER, LINE, PAPER_DOTS
from sim.tape import CanNotShow, document, documents, of_strip, tape

CUT = b"\x1bd\x06\x1dV\x00"
MARGIN = (PAPER_DOTS[48] - 576) // 2


def ink(picture: Image.Image) -> Image.Image:
    """255 where a dot was burnt."""
    dark = picture.convert("L").point(lambda value: 255 if value < 60 else 0)
    return Image.composite(dark, Image.new("L", dark.size, 0), picture.getchannel("A"))


def box(data: bytes, columns: int = 48) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all dots of a document, from where the head begins."""
    found = ink(document(data + CUT, columns)).getbbox()
    assert found is not None, "nothing was printed"
    margin = (PAPER_DOTS[columns] - columns * 12) // 2
    left, top, right, bottom = found
    return left - margin, top - HEAD_TO_CUTTER, right - margin, bottom - HEAD_TO_CUTTER


BLOCK = b"\x1dv0\x00\x03\x00\x18\x00" + b"\xff" * 72
"""A black square of 24 dots."""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (BLOCK, (0, 0, 24, 24)),
        (b"\x1ba\x01" + BLOCK, (276, 0, 300, 24)),
        (b"\x1ba\x02" + BLOCK, (552, 0, 576, 24)),
        (b"\x1ba2" + BLOCK, (552, 0, 576, 24)),
        (b"\n" + BLOCK, (0, LINE, 24, LINE + 24)),
        (b"\x1bd\x03" + BLOCK, (0, 3 * LINE, 24, 3 * LINE + 24)),
        (b"\x1bJ\x07" + BLOCK, (0, 7, 24, 31)),
        (b"\x00\x10\x04\x01\x10\x14\x01\x00\x01\x1bp\x00\x32\x32\x1dr\x01\x1d(H\x06\x0000abcd" + BLOCK, (0, 0, 24, 24)),
        (b" \x1d!\x11 \n" + BLOCK, (0, 2 * CELL, 24, 3 * CELL)),
        (BLOCK + BLOCK, (0, 0, 24, 48)),
    ],
)
def test_marks_stand_where_they_should(data: bytes, expected: tuple[int, int, int, int]) -> None:
    """Alignment, feeds, lines of blanks, and what leaves no mark, measured in dots by a black square."""
    assert box(data) == expected


@pytest.mark.parametrize(
    ("small", "big", "wide", "tall"),
    [
        (b"H\n", b"\x1b!\x20H\n", 2, 1),
        (b"H\n", b"\x1b!\x10H\n", 1, 2),
        (b"H\n", b"\x1d!\x11H\n", 2, 2),
        (b"H\n", b"\x1d!\x32H\n", 4, 3),
        ("国\n".encode("gbk"), b"\x1c!\x0c" + "国\n".encode("gbk"), 2, 2),
        ("国\n".encode("gbk"), b"\x1d!\x11" + "国\n".encode("gbk"), 2, 2),
        ("国\n".encode("gbk"), b"\x1b!\x30" + "国\n".encode("gbk"), 1, 1),
    ],
)
def test_big_characters_are_the_same_dots_several_times(small: bytes, big: bytes, wide: int, tall: int) -> None:
    """Letters and Chinese characters have settings of their own; GS ! covers both."""
    left, top, right, bottom = box(small)
    assert box(big) == (left * wide, top * tall, right * wide, bottom * tall)


def test_bold_is_more_ink_on_the_same_place() -> None:
    """By ESC E and by ESC !."""
    usual, bold = (sum(ink(document(data + b"Total\n" + CUT)).tobytes()) for data in (b"", b"\x1bE\x01"))
    assert 1.1 * usual < bold < 2 * usual
    assert documents(b"\x1bE\x01Total\n" + CUT) == documents(b"\x1b!\x08Total\n" + CUT)


def test_characters_have_their_columns() -> None:
    """48 letters or 24 Chinese characters are a line on 80 mm, 32 or 16 on 58 mm; the next one begins another."""
    for columns in (48, 32):
        full = columns * 12
        assert full - 12 < box(b"H" * columns + b"\n", columns)[2] <= full
        assert box(b"H" * columns + b"\n", columns)[3] < LINE < box(b"H" * (columns + 1) + b"\n", columns)[3]
        chinese = "国".encode("gbk")
        assert box(chinese * (columns // 2) + b"\n", columns)[3] < LINE
        assert box(chinese * (columns // 2 + 1) + b"\n", columns)[3] > LINE


def test_initialise_sets_everything_back() -> None:
    """ESC @ in front of a document makes it independent of the one before."""
    assert box(b"\x1ba\x01\x1d!\x33\x1bE\x01half a line\x1b@H\n") == box(b"H\n")


def test_a_tape_is_cut_into_its_documents() -> None:
    """Each cut ends a piece; what hangs in the mouth is torn off, and has another edge; nothing at all is no piece."""
    one, two, rest = documents(b"one\n" + CUT + b"two\ntwo\n" + CUT + b"rest")
    assert two.height == one.height + LINE == 8 * LINE
    lower = rest.getchannel("A").crop((0, rest.height - 20, rest.width, rest.height)).getextrema()
    assert lower == (0, 255), "torn edges are uneven"
    assert documents(b"") == documents(b"\x1b@\x10\x04\x01") == []
    assert tape(b"one\n" + CUT + b"two\n" + CUT).height > 2 * one.height
    with pytest.raises(CanNotShow, match="2 pieces"):
        document(b"one\n" + CUT + b"two\n" + CUT)


def test_what_stands_behind_the_cutter_is_cut_off() -> None:
    """A document that is cut without feeding loses its last lines, as on a real printer."""
    assert ink(document(b"late\n\x1dV\x00")).getbbox() is None
    assert ink(document(b"late\n\x1dVB\x00")).getbbox() is not None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"ab\x1bz", "byte 2: no command that is known here: 1b 7a"),
        (b"\x07", "byte 0: no command"),
        (b"\x1b-\x01", "underlined"),
        (b"\x1b!\x01", "another font"),
        (b"\x1dB\x01", "inverse"),
        (b"\x1bM\x01", "another font"),
        (b"\x1ba\x05", "alignment"),
        (b"\x1dV\x07", "a cut can not be 7"),
        (b"\x1dv0\x03\x01\x00\x01\x00\xff", "another scale"),
        (b"\x1dv0\x00\x64\x00\x01\x00" + b"\xff" * 100, "does not fit"),
        (b"\x1dv0\x00\x01\x00\x02\x00\xff", "cut short"),
        (b"\x1d(k\x03\x001Q0", "a QR code of 0 bytes"),
        (b"\x1d(k\x03\x001C\x00", "module"),
        (b"\x1d(k\x03\x002C\x03", "not QR"),
        (b"\x1b", "cut short|no command"),
        (b"\x81\x20", "no Chinese character"),
        (b"\xcd", "cut short"),
    ],
)
def test_what_has_no_picture_is_said(data: bytes, says: str) -> None:
    """Unknown commands and settings, and commands that are not whole, are errors that name the place."""
    with pytest.raises(CanNotShow, match=says):
        documents(data)


def test_a_printer_without_chinese_has_none() -> None:
    """Bytes of Chinese text sent to it are an error, not letters by chance."""
    with pytest.raises(CanNotShow, match="no command"):
        documents("国\n".encode("gbk"), has_chinese=False)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=6),
            st.sampled_from([b"\x1b", b"\x1d", b"\x1c", b"\x1d(k", b"\x1dv0\x00", b"\x1d!", CUT, b"text\n", BLOCK]),
        ),
        max_size=12,
    )
)
@example([b"\x1dv0\x00\xff\xff\xff\xff"])
@example([b"\x1d(k\xff\xff1P0", b"a" * 300])
@example([b"\x1d(k\x03\x001P0", b"\x1d(k\x03\x001Q0"])
def test_any_bytes_are_answered(parts: list[bytes]) -> None:
    """Whatever comes over the line: pictures, or the reason why not."""
    try:
        pieces = documents(b"".join(parts))
    except CanNotShow as reason:
        pieces, said = [], str(reason)
    else:
        said = "byte -: nothing"
    assert said.startswith("byte ")
    assert all(piece.width == PAPER_DOTS[48] for piece in pieces)


def test_a_torn_document_of_the_modelled_printer_has_a_picture() -> None:
    """The paper ends in the middle: what is there is shown, with a torn edge, and less of it than of the whole."""
    printer = ReceiptPrinter()
    board = EscposBoard(printer)
    printer.paper_ends_in(20.0)
    board.receive_data(b"\x1b@" + b"a line of text\n" * 12 + CUT, 0)
    while board.wake_at_ms is not None:
        board.handle_timer(board.wake_at_ms)
    [strip] = printer.strips
    picture = of_strip(strip)
    lines = len(strip.content)
    assert 0 < lines < 12 and picture.height == HEAD_TO_CUTTER + lines * LINE
    assert ink(picture).getbbox() is not None
