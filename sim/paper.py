"""Dots on thermal paper: what a print head of 203 dpi burns, and what the piece looks like when it is cut or torn off.

It knows characters, pictures and QR codes, and no command of any printer (that is `tape.py`). Letters are cells of 12 × 24 dots,
Chinese characters 24 × 24, lines 30 apart; bigger ones are the same dots, each several times. They come from an outline font,
drawn four times as large and then made dots, so that they hardly depend on how a version of FreeType fits outlines to dots.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageChops, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""Debian's fonts-wqy-microhei: its first face has Chinese, its second letters that are all of one width."""

CELL = 24
"""Height of a character, and width of a Chinese one."""
LINE = 30
HEAD_TO_CUTTER = 100
"""The cutter sits 12.5 mm behind the head: so much of each piece was there before anything was printed on it."""
PAPER_DOTS = {32: 464, 48: 640}
"""Width of the paper by columns, 58 and 80 mm; any other has the usual margins."""

Align = Literal["left", "centre", "right"]
Edge = Literal["cut", "torn"]

_FINE = 4
_BASELINES = {1: 19, 0: 20}
"""Of letters and of Chinese characters, by the font's face: below it there is room for what hangs down."""
_LETTER_SIZE = 23
_TOOTH = {"cut": (6, 3), "torn": (26, 14)}
"""Width and depth of the edge's teeth."""
_WHITE, _GREY, _BLACK = 252, 176, 24


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character as it is set: so many times as wide and tall as usual."""

    character: str
    wide: int = 1
    tall: int = 1
    bold: bool = False

    @property
    def dots(self) -> int:
        """Its width."""
        return CELL * self.wide // (2 if self.character.isascii() else 1)


class Paper:
    """One piece of paper under the head. Marks are made at the head; `feed` moves the paper on."""

    def __init__(self, columns: int = 48, font: Path = FONT) -> None:
        self.columns = columns
        self.marked = False
        """Something stands on it."""
        self._font = font
        self._marks: list[tuple[int, int, Image.Image]] = []
        self._fed = 0

    @property
    def dots(self) -> int:
        """How wide the head prints."""
        return self.columns * CELL // 2

    def line(self, glyphs: Sequence[Glyph], align: Align = "left") -> None:
        """Print a line, and feed by it: characters of different size stand on one line."""
        height = max((glyph.tall * CELL for glyph in glyphs), default=0)
        across = self._left(sum(glyph.dots for glyph in glyphs), align)
        for glyph in glyphs:
            if glyph.character != " ":
                self._mark(_drawn(glyph, self._font), across, height - glyph.tall * CELL)
            across += glyph.dots
        self.feed(max(LINE, height))

    def picture(self, dots: bytes, width_bytes: int, align: Align = "left") -> None:
        """Print rows of dots, a bit each, and feed by them."""
        height = len(dots) // width_bytes
        black = Image.frombytes("1", (width_bytes * 8, height), dots)
        self._mark(black.convert("L"), self._left(black.width, align), 0)
        self.feed(height)

    def qr(self, text: bytes, module: int, level: int, align: Align = "left") -> None:
        """Print a QR code, `module` dots a module, and feed by it; `level` of correction is 0 to 3 (L, M, Q, H)."""
        black = _qr(text, level)
        black = black.resize((black.width * module, black.height * module), Image.Resampling.NEAREST)
        self._mark(black, self._left(black.width, align), 0)
        self.feed(black.height)

    def feed(self, dots: int) -> None:
        """Move the paper on."""
        self._fed += dots

    def seen(self, edge: Edge) -> Image.Image:
        """The piece, cut or torn off where it is now, on nothing. What stands behind the cutter is not on it."""
        width = PAPER_DOTS.get(self.columns, self.dots + 64)
        height = max(self._fed, 1) if edge == "cut" else self._fed + HEAD_TO_CUTTER
        ink = Image.new("L", (width, height), 0)
        for across, down, mark in self._marks:
            box = ((width - self.dots) // 2 + across, HEAD_TO_CUTTER + down)
            ink.paste(_BLACK, box, mark)
        seen = Image.new("LA", ink.size, (_WHITE, 0))
        outline = [*_teeth(width, 0, "cut"), *reversed(_teeth(width, height - 1, edge))]
        canvas = ImageDraw.Draw(seen)
        canvas.polygon(outline, fill=(_WHITE, 255), outline=(_GREY, 255))
        seen.paste((_BLACK, 255), (0, 0), ink.point(lambda value: 255 if value else 0))
        return seen

    def _left(self, width: int, align: Align) -> int:
        free = self.dots - width
        return {"left": 0, "centre": free // 2, "right": free}[align]

    def _mark(self, mark: Image.Image, across: int, down: int) -> None:
        self._marks.append((across, self._fed + down, mark))
        self.marked = True


def hang(pieces: Sequence[Image.Image], gap: int = 24) -> Image.Image:
    """All pieces below each other, the first one at the top."""
    size = (max((piece.width for piece in pieces), default=1), sum(piece.height + gap for piece in pieces) or 1)
    whole, down = Image.new("LA", size, (_WHITE, 0)), 0
    for piece in pieces:
        whole.paste(piece, ((size[0] - piece.width) // 2, down))
        down += piece.height + gap
    return whole


def png(picture: Image.Image) -> bytes:
    """The picture as a PNG file; its dots are 1/8 mm."""
    file = BytesIO()
    picture.save(file, "PNG", optimize=True, dpi=(203, 203))
    return file.getvalue()


def _teeth(width: int, at: int, edge: Edge) -> list[tuple[int, int]]:
    """An edge across the paper, from left to right; a torn one is uneven."""
    tooth, depth = _TOOTH[edge]
    sign = 1 if at == 0 else -1
    points = []
    for count, across in enumerate(range(0, width + tooth, tooth)):
        deep = depth * (count % 2) * (1 if edge == "cut" else 1 + count * 7 % 3) // (1 if edge == "cut" else 2)
        points.append((min(across, width - 1), at + sign * deep))
    return points


@cache
def _drawn(glyph: Glyph, font: Path) -> Image.Image:
    """The dots of a character, 255 where they are black."""
    ascii_ = glyph.character.isascii()
    number = int(ascii_)
    face = _face(font, number, (_LETTER_SIZE if ascii_ else CELL) * _FINE)
    wide = CELL * _FINE if not ascii_ else int(face.getlength("0"))
    large = Image.new("L", (wide, CELL * _FINE), 0)
    ImageDraw.Draw(large).text(
        (wide // 2, _BASELINES[number] * _FINE), glyph.character, font=face, anchor="ms", fill=255
    )
    small = large.resize((CELL // 2 if ascii_ else CELL, CELL), Image.Resampling.BOX)
    dots = small.point(lambda value: 255 if value > 110 else 0)
    if glyph.bold:
        dots = ImageChops.lighter(dots, ImageChops.offset(dots, 1, 0))
    return dots.resize((dots.width * glyph.wide, dots.height * glyph.tall), Image.Resampling.NEAREST)


@cache
def _face(font: Path, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font, size, index=index)


def _qr(text: bytes, level: int) -> Image.Image:
    """A QR code, a dot a module, without a margin: printers leave none either."""
    import qrcode  # type: ignore[import-untyped]

    code: Any = qrcode.QRCode(error_correction=(1, 0, 3, 2)[level], border=0)
    code.add_data(text, optimize=0)
    code.make()
    rows = code.get_matrix()
    return Image.frombytes("L", (len(rows), len(rows)), bytes(255 * bool(module) for row in rows for module in row))
