"""Pictures of what a printer prints, made from the very bytes that the terminal sends it.

    documents(bytes)  one picture for each piece of paper       of_strip(strip)  what the modelled printer holds on to
    document(bytes)   the picture of a document that is one     tape(bytes)      all pieces below each other

Theory of operation. A *head* obeys one command after the other, as an ESC/POS printer with Chinese characters does, on a piece
of paper (`paper.py`); a cut ends the piece. A command that it does not know, or a setting that it can not show, is an error
that says where: nothing is left out in silence, so a picture shows all that was sent. Queries and drawer pulses leave no mark.

This reads the bytes apart from the modelled board (`devices/escpos.py`), which knows what happens *when*; two readings by
two programs are also a check. The board keeps readable lines and not dots: `of_strip` draws those, torn documents too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from sim.devices.printer import Strip
from sim.paper import CELL, FONT, HEAD_TO_CUTTER, LINE, Align, Edge, Glyph, Paper, hang

QR_MODULE = 5
"""Dots a module of a QR code on a strip, which keeps only what it says: as `terminal/hw/typesetting.py` has it."""
QR_LEVEL = 1
QR_BYTES = 256
"""A longer code would not be one of ours; the narrowest paper has room for it."""

_ALIGN: dict[int, Align] = {0: "left", 1: "centre", 2: "right"}


class CanNotShow(ValueError):
    """The bytes say something that has no picture here; `str()` says what, and at which byte."""


def documents(data: bytes, columns: int = 48, *, has_chinese: bool = True, font: Path = FONT) -> list[Image.Image]:
    """The pieces of paper, in order; what hangs in the printer's mouth at the end is torn off. Raises `CanNotShow`."""
    head = _Head(columns, has_chinese, font)
    head.obey(data)
    return head.pieces


def document(data: bytes, columns: int = 48, *, has_chinese: bool = True, font: Path = FONT) -> Image.Image:
    """The one piece of paper; raises `CanNotShow` also if there are none or several."""
    pieces = documents(data, columns, has_chinese=has_chinese, font=font)
    if len(pieces) != 1:
        raise CanNotShow(f"{len(pieces)} pieces of paper, not one")
    return pieces[0]


def tape(data: bytes, columns: int = 48, *, has_chinese: bool = True, font: Path = FONT) -> Image.Image:
    """All pieces of paper, below each other. Raises `CanNotShow`."""
    return hang(documents(data, columns, has_chinese=has_chinese, font=font))


def of_strip(strip: Strip, columns: int = 48, font: Path = FONT) -> Image.Image:
    """A piece of paper that came out of the modelled printer, also one that was torn, or is not yet all out."""
    paper = Paper(columns, font)
    for printed in strip.content:
        if printed.qr is not None:
            paper.feed(LINE)
            paper.qr(printed.qr.encode(), QR_MODULE, QR_LEVEL, "centre")
            paper.feed(LINE)
        elif printed.dots:
            paper.picture(printed.dots, printed.width_dots // 8)
        else:
            paper.line([Glyph(character, printed.size, printed.size) for character in printed.text])
    if strip.cut:
        paper.feed(6 * LINE)
    return paper.seen("cut" if strip.cut else "torn")


@dataclass(slots=True)
class _Settings:
    """What commands set and ESC @ sets back."""

    chinese: bool
    align: Align = "left"
    bold: bool = False
    letters: tuple[int, int] = (1, 1)
    """So many times as wide and tall."""
    characters: tuple[int, int] = (1, 1)
    """The same for Chinese ones, which have commands of their own."""
    qr_module: int = 3
    qr_level: int = 0
    qr_text: bytes = b""


class _Head:
    """Obeys commands; `pieces` is what has come out."""

    def __init__(self, columns: int, has_chinese: bool, font: Path) -> None:
        self.pieces: list[Image.Image] = []
        self._columns, self._has_chinese, self._font = columns, has_chinese, font
        self._settings = _Settings(has_chinese)
        self._line: list[Glyph] = []
        self._paper = Paper(columns, font)

    def obey(self, data: bytes) -> None:
        """All commands of these bytes, to the last one, which must be whole."""
        at = 0
        while at < len(data):
            try:
                at += self._obey_one(data[at:])
            except CanNotShow as reason:
                raise CanNotShow(f"byte {at}: {reason}") from None
            except IndexError:
                raise CanNotShow(f"byte {at}: the command is cut short: {data[at:].hex(' ')}") from None
        if self._paper.marked or self._line:
            self._end_line()
            self._end_piece("torn")

    def _obey_one(self, data: bytes) -> int:
        """Obey the command at the beginning, and say how long it is."""
        first = data[0]
        if 0x20 <= first < 0x7F:
            self._type(chr(first), *self._settings.letters)
            return 1
        if first >= 0x81 and self._settings.chinese:
            self._type(_chinese(data[0], data[1]), *self._settings.characters)
            return 2
        if first == 0x0A:
            self._end_line()
            return 1
        if first == 0x00:
            return 1
        for size in (3, 2):
            command = _COMMANDS.get(data[:size])
            if command is not None:
                count, does = command
                arguments = data[size : size + count]
                if len(arguments) < count:
                    raise IndexError
                does(self, arguments)
                return size + count
        if data[:3] in _COUNTED:
            return self._obey_counted(data)
        raise CanNotShow(f"no command that is known here: {data[:4].hex(' ')}")

    def _obey_counted(self, data: bytes) -> int:
        """A command that says itself how long it is."""
        if data[:3] == b"\x1dv0":
            width_bytes, height = data[4] + 256 * data[5], data[6] + 256 * data[7]
            size = 8 + width_bytes * height
        else:
            size = 5 + data[3] + 256 * data[4]
        if len(data) < size:
            raise IndexError
        if data[:3] == b"\x1d(k":
            self._qr(data[5:size])
        elif data[:3] == b"\x1dv0":
            _only(data[3], 0, "a picture in another scale")
            if not 0 < width_bytes * 8 <= self._paper.dots or not height:
                raise CanNotShow(f"a picture of {width_bytes * 8} x {height} dots does not fit")
            self._paper.picture(data[8:size], width_bytes, self._settings.align)
        return size

    # --- marks on paper -----------------------------------------------------------------------------------------------
    def _type(self, character: str, wide: int, tall: int) -> None:
        glyph = Glyph(character, wide, tall, self._settings.bold)
        if sum(one.dots for one in self._line) + glyph.dots > self._paper.dots:
            self._end_line()
        self._line.append(glyph)

    def _end_line(self) -> None:
        self._paper.line(self._line, self._settings.align)
        self._line = []

    def _end_piece(self, edge: Edge) -> None:
        self.pieces.append(self._paper.seen(edge))
        self._paper = Paper(self._columns, self._font)

    def _qr(self, data: bytes) -> None:
        """GS ( k: model, size, correction, content, print."""
        if len(data) < 3:
            raise CanNotShow("a QR command without its data")
        kind, function, *arguments = data
        settings = self._settings
        _only(kind, 0x31, "a two-dimensional code that is not QR")
        if function == 65:
            _only(arguments[0], 50, "a QR code that is not of model 2")
        elif function == 67:
            settings.qr_module = _within(arguments[0], 1, 16, "the size of a QR code's module")
        elif function == 69:
            settings.qr_level = _within(arguments[0], 48, 51, "the correction of a QR code") - 48
        elif function == 80:
            settings.qr_text = bytes(arguments[1:])
        elif function == 81:
            if not 0 < len(settings.qr_text) <= QR_BYTES:
                raise CanNotShow(f"a QR code of {len(settings.qr_text)} bytes")
            self._paper.qr(settings.qr_text, settings.qr_module, settings.qr_level, settings.align)
        else:
            raise CanNotShow(f"function {function} of QR codes is not known here")

    # --- commands with a fixed number of arguments ---------------------------------------------------------------------
    def _initialise(self, _: bytes) -> None:
        self._settings = _Settings(self._has_chinese)
        self._line = []

    def _mode(self, arguments: bytes) -> None:
        """ESC !: bold, tall and wide letters."""
        _only(arguments[0] & 0x87, 0, "another font, or underlined")
        self._settings.bold = bool(arguments[0] & 0x08)
        self._settings.letters = (2 if arguments[0] & 0x20 else 1, 2 if arguments[0] & 0x10 else 1)

    def _chinese_mode(self, arguments: bytes) -> None:
        """FS !: wide and tall Chinese characters."""
        _only(arguments[0] & ~0x0C, 0, "underlined")
        self._settings.characters = (2 if arguments[0] & 0x04 else 1, 2 if arguments[0] & 0x08 else 1)

    def _size(self, arguments: bytes) -> None:
        """GS !: so many times as wide and tall, both kinds."""
        size = (1 + (arguments[0] >> 4), 1 + (arguments[0] & 0x0F))
        _within(max(size), 1, 8, "the size of a character")
        self._settings.letters = self._settings.characters = size

    def _align(self, arguments: bytes) -> None:
        self._settings.align = _ALIGN[_within(arguments[0] % 48, 0, 2, "the alignment")]

    def _bold(self, arguments: bytes) -> None:
        self._settings.bold = bool(arguments[0] & 1)

    def _chinese_on(self, _: bytes) -> None:
        self._settings.chinese = self._has_chinese

    def _chinese_off(self, _: bytes) -> None:
        self._settings.chinese = False

    def _feed_lines(self, arguments: bytes) -> None:
        self._feed(bytes((0,)))
        self._paper.feed(LINE * arguments[0])

    def _feed(self, arguments: bytes) -> None:
        """ESC J: print what is there, and feed by dots."""
        if self._line:
            height = max(glyph.tall for glyph in self._line) * CELL
            self._end_line()
            self._paper.feed(-max(LINE, height))
        self._paper.feed(arguments[0])

    def _cut(self, arguments: bytes) -> None:
        _within(arguments[0] % 48, 0, 1, "a cut")
        self._end_piece("cut")

    def _feed_and_cut(self, arguments: bytes) -> None:
        """GS V A, GS V B: what is printed last goes past the cutter first."""
        self._paper.feed(HEAD_TO_CUTTER + arguments[0])
        self._end_piece("cut")

    def _no_mark(self, _: bytes) -> None:
        """Queries, pulses, automatic status: nothing of it is seen on paper."""

    def _only_off(self, arguments: bytes) -> None:
        _only(arguments[0], 0, "underlined, inverse or in another font")


_COUNTED = (b"\x1dv0", b"\x1d(k", b"\x1d(H")
_COMMANDS: dict[bytes, tuple[int, Callable[[_Head, bytes], None]]] = {
    b"\x1b@": (0, _Head._initialise),
    b"\x1b!": (1, _Head._mode),
    b"\x1b-": (1, _Head._only_off),
    b"\x1bE": (1, _Head._bold),
    b"\x1bJ": (1, _Head._feed),
    b"\x1bM": (1, _Head._only_off),
    b"\x1ba": (1, _Head._align),
    b"\x1bd": (1, _Head._feed_lines),
    b"\x1bp": (3, _Head._no_mark),
    b"\x1bt": (1, _Head._no_mark),  # a page of letters: those of ASCII are on all of them
    b"\x1c!": (1, _Head._chinese_mode),
    b"\x1c&": (0, _Head._chinese_on),
    b"\x1c.": (0, _Head._chinese_off),
    b"\x1d!": (1, _Head._size),
    b"\x1dB": (1, _Head._only_off),
    b"\x1dV": (1, _Head._cut),
    b"\x1dVA": (1, _Head._feed_and_cut),
    b"\x1dVB": (1, _Head._feed_and_cut),
    b"\x1da": (1, _Head._no_mark),
    b"\x1dr": (1, _Head._no_mark),
    b"\x10\x04": (1, _Head._no_mark),
    b"\x10\x05": (1, _Head._no_mark),
    b"\x10\x14\x01": (2, _Head._no_mark),
}
"""How many bytes follow a command, and what it does."""


def _only(value: int, known: int, otherwise: str) -> None:
    """Raise for a setting that has no picture here."""
    if value != known:
        raise CanNotShow(f"{otherwise} is not known here")


def _within(value: int, low: int, high: int, what: str) -> int:
    """The value, if it has a picture here."""
    if not low <= value <= high:
        raise CanNotShow(f"{what} can not be {value}")
    return value


def _chinese(first: int, second: int) -> str:
    """A character of GBK."""
    try:
        return bytes((first, second)).decode("gbk")
    except UnicodeDecodeError:
        raise CanNotShow(f"no Chinese character: {first:02x} {second:02x}") from None
