"""From lines to a printer's bytes: widths, line breaks, Chinese, pictures, QR codes. python-escpos writes the commands.

Chinese printers print GBK characters by themselves, each as wide as two ASCII ones, in a mode that FS & switches on; a
line with any other character becomes a picture, as does each line that is not ASCII on a printer without Chinese
(`chinese="picture"`). Pictures need a font; without one, what can not be printed is replaced by 〓 (or ?).

python-escpos 3.1 sends Chinese text only when it recognises it, without FS &, and counts its width wrong, so text goes
through its `_raw`; pictures, QR codes and the cut are its own. (ESC/POS command reference: FS &, FS !, GS !, GS v 0.)
"""

import importlib.util
import json
import os
import pickle
import platform
import sys
import tempfile
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from terminal.hw.escpos_commands import PIECE_MAX, without_hidden_commands

if TYPE_CHECKING:
    from PIL import Image, ImageFont

DOTS_A_COLUMN = 12
_ROW_DOTS = 30
"""Height of a picture that is a line of text: as tall as the printer's own lines."""
_RASTER_HEAD = 8
_BELOW_LARGE_DOTS = 10
"""Fed below large letters: they are taller than the space of a line, so the next would touch them."""
_QR_DOTS = 5
"""Dots a module: 0.6 mm, which telephones and kiosk scanners read from worn paper."""
_QR_CORRECTION = 1
"""Level M: 15 % may be lost."""

_CHINESE_FORMS = str.maketrans({"¥": "￥", "\xa0": " "})
"""U+00A5 and U+00A0 are not in GBK; as GB18030 cheap boards print four wrong characters for them."""
_NEVER_FIRST = "，。、；：？！）》」"
"""Closing punctuation does not begin a line."""
_TIMES = "×"
_ASCII_FORMS = str.maketrans({"×": "x", "–": "-", "—": "-", "’": "'", "…": "...", "\xa0": " "})


class Paper(msgspec.Struct, frozen=True):
    """What a printer can do. `profile` is one of python-escpos; `font_path` a TrueType file that has the characters."""

    columns: int = 48
    profile: str = "default"
    chinese: Literal["gb18030", "picture"] = "gb18030"
    font_path: str | None = None


class Text(msgspec.Struct, frozen=True):
    """A line, or more if it is long: `left` at the left edge, `right` at the right; `size` 2 is twice as wide and tall."""

    left: str
    right: str = ""
    size: int = 1
    centred: bool = False


class Rule(msgspec.Struct, frozen=True):
    """A line across the paper."""


class Code(msgspec.Struct, frozen=True):
    """A QR code."""

    text: str


Element = Text | Rule | Code


def width(text: str) -> int:
    """Columns that a text takes: two for each wide character."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def printable(text: str, paper: Paper) -> bool:
    """Whether the printer has all characters of the text by itself."""
    if paper.chinese == "picture":
        return text.isascii()
    try:
        text.translate(_CHINESE_FORMS).encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def load() -> None:
    """Load python-escpos. Raises `OSError` when there is no room for temporary files. Calling this again costs nothing.

    At import version 3.1 parses its printer profiles as YAML (most of half a second and of 17 MB on a Pi), keeps a pickled
    copy in a temporary folder, and never removes that. Here it finds such a copy, made from the same file as JSON, in a
    folder that goes away; a version that looks for another name simply parses again.
    """
    if "escpos.printer" in sys.modules:
        return
    with tempfile.TemporaryDirectory(prefix="fee-terminal-") as scratch:
        copy = Path(scratch) / f"{platform.python_version()}.capabilities.pickle"
        copy.write_bytes(pickle.dumps(json.loads(escpos_profiles().read_bytes())))
        os.environ["ESCPOS_CAPABILITIES_PICKLE_DIR"] = scratch
        usual, tempfile.tempdir = tempfile.tempdir, scratch
        try:
            import escpos.printer  # noqa: F401
        finally:
            tempfile.tempdir = usual
            del os.environ["ESCPOS_CAPABILITIES_PICKLE_DIR"]


def escpos_profiles() -> Path:
    """The data file with python-escpos's printer profiles, found without importing it."""
    spec = importlib.util.find_spec("escpos")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("capabilities.json")


def typeset(elements: Iterable[Element], paper: Paper) -> bytes:
    """The bytes of a document with these elements, and the cut. The first call loads python-escpos, if `load` was not called."""
    load()
    from escpos.printer import Dummy

    printer = Dummy(profile=paper.profile)
    _set_width(printer.profile, paper.columns * DOTS_A_COLUMN)
    setter = _Setter(printer, paper)
    for element in elements:
        setter.set(element)
    printer.cut()
    return without_hidden_commands(bytes(printer.output))


def _set_width(profile: Any, dots: int) -> None:
    """Known here from the columns; where it is unknown python-escpos prints a complaint to standard output.

    All printers of a profile share its data: what changes is copied, and nothing else, as that takes long.
    """
    media = profile.profile_data["media"]
    profile.profile_data = {**profile.profile_data, "media": {**media, "width": {**media["width"], "pixels": dots}}}


class _Setter:
    """Sets one element after the other, and remembers how the printer is set."""

    def __init__(self, printer: Any, paper: Paper) -> None:
        self._printer = printer
        self._paper = paper
        self._forms = _ASCII_FORMS if paper.chinese == "picture" else _CHINESE_FORMS
        self._size = 1
        self._centred = False
        if paper.chinese == "gb18030":
            self._raw(b"\x1c&")

    def set(self, element: Element) -> None:
        if isinstance(element, Text):
            self._text(element)
        elif isinstance(element, Rule):
            self._text(Text("-" * self._paper.columns))
        else:
            self._code(element)

    def _raw(self, data: bytes) -> None:
        self._printer._raw(data)

    def _align(self, centred: bool) -> None:
        if centred != self._centred:
            self._printer.set(align="center" if centred else "left")
            self._centred = centred

    def _resize(self, size: int) -> None:
        """ASCII and Chinese have settings of their own, and which of them GS ! covers differs from board to board."""
        if size == self._size:
            return
        below_large, self._size = self._size == 2, size
        self._raw(b"\x1b!" + (b"\x30" if size == 2 else b"\x00"))
        self._raw(b"\x1d!" + (b"\x11" if size == 2 else b"\x00"))
        if self._paper.chinese == "gb18030":
            self._raw(b"\x1c!" + (b"\x0c" if size == 2 else b"\x00"))
        if below_large:
            self._raw(b"\x1bJ" + bytes((_BELOW_LARGE_DOTS,)))

    def _text(self, text: Text) -> None:
        self._align(text.centred)
        columns = self._paper.columns // text.size
        for left, right in lay_out(_clean(text.left, self._forms), _clean(text.right, self._forms), columns):
            self._line(left, right, text.size, columns)

    def _line(self, left: str, right: str, size: int, columns: int) -> None:
        if not printable(left + right, self._paper):
            font = _font(self._paper.font_path, 24 * size)
            if font is not None:
                self._resize(1)
                self._picture(_draw(left, right, font, self._paper.columns * DOTS_A_COLUMN, size, self._centred))
                return
            left, right = (_replace(part, self._paper) for part in (left, right))
        self._resize(size)
        gap = " " * (columns - width(left) - width(right)) if right else ""
        self._raw((left + gap + right).encode("ascii" if self._paper.chinese == "picture" else "gbk") + b"\n")

    def _picture(self, picture: "Image.Image") -> None:
        self._printer.image(picture, fragment_height=_rows_a_piece(picture.width))

    def _code(self, code: Code) -> None:
        self._resize(1)
        self._align(True)
        if self._printer.profile.supports("qrCode"):
            self._raw(b"\n")  # printers leave no quiet zone by themselves: an empty line above, and one below
            self._printer.qr(code.text, ec=_QR_CORRECTION, size=_QR_DOTS, native=True)
            self._raw(b"\n")
        else:
            dots = self._paper.columns * DOTS_A_COLUMN
            self._printer.qr(
                code.text,
                ec=_QR_CORRECTION,
                size=_QR_DOTS,
                image_arguments={"fragment_height": _rows_a_piece(dots)},
            )


def lay_out(left: str, right: str, columns: int) -> list[tuple[str, str]]:
    """Lines of a left and a right part, none wider than `columns`; the right part stands on the last ones.

    What is too long for one line is broken behind its colon where two lines are then enough: what it is, and how much.
    """
    if not right:
        return [(line, "") for line in wrap(left, columns)]
    what, how_much = _at_colon(left)
    if width(left) + 1 + width(right) > columns >= max(width(what), width(how_much) + 1 + width(right)) and what:
        return [(what, ""), (how_much, right)]
    lines = [(line, "") for line in wrap(left, columns)] if left else []
    first, *more = wrap(right, columns)
    if lines and not more and width(lines[-1][0]) + 1 + width(first) <= columns:
        lines[-1] = (lines[-1][0], first)
        return lines
    return lines + [("", line) for line in (first, *more)]


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most so many columns, broken at spaces or at wide characters where that is possible."""
    lines = []
    while width(text) > columns:
        end = _fitting(text, columns)
        end = next((at for at in range(end, 0, -1) if _may_break(text, at)), end)
        lines.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*lines, text]


def _at_colon(text: str) -> tuple[str, str]:
    """The text up to its last colon, and what follows; no colon: nothing, and the text."""
    at = 1 + max(text.rfind("："), text.rfind(": "))
    return text[:at], text[at:].lstrip()


def _may_break(text: str, at: int) -> bool:
    """Whether the next line may begin there: not with closing punctuation, and no factor stands alone."""
    before, after = text[:at].rstrip(), text[at:].lstrip()
    if _TIMES in (before[-1:], after[:1]):
        return False
    return text[at] == " " or (2 in (width(text[at - 1]), width(text[at])) and text[at] not in _NEVER_FIRST)


def _fitting(text: str, columns: int) -> int:
    """How many characters from the left fit."""
    taken = 0
    for count, character in enumerate(text):
        taken += width(character)
        if taken > columns:
            return max(1, count)
    return len(text)


def _clean(text: str, forms: dict[int, str]) -> str:
    """No control, formatting or undefined characters: nothing in a text can be taken for a command."""
    text = text.translate(forms)
    if text.isprintable():
        return text
    return "".join(character for character in text if unicodedata.category(character)[0] != "C")


def _replace(text: str, paper: Paper) -> str:
    sign = "?" if paper.chinese == "picture" else "〓"
    return "".join(
        character
        if printable(character, paper)
        else (sign if width(character) == width(sign) else "?" * width(character))
        for character in text
    )


def _rows_a_piece(width_dots: int) -> int:
    """Rows of a picture in one command: short commands leave room for status queries between them."""
    return (PIECE_MAX - _RASTER_HEAD) // ((width_dots + 7) // 8)


@cache
def _font(path: str | None, size: int) -> "ImageFont.FreeTypeFont | None":
    from PIL import ImageFont

    try:
        return ImageFont.truetype(path, size) if path else None
    except OSError:
        return None


def _draw(left: str, right: str, font: "ImageFont.FreeTypeFont", dots: int, size: int, centred: bool) -> "Image.Image":
    from PIL import Image, ImageDraw

    picture = Image.new("1", (dots, _ROW_DOTS * size), 1)
    canvas = ImageDraw.Draw(picture)
    middle = _ROW_DOTS * size // 2
    if centred:
        canvas.text((dots // 2, middle), left, font=font, anchor="mm", fill=0)
    else:
        canvas.text((0, middle), left, font=font, anchor="lm", fill=0)
        canvas.text((dots - 1, middle), right, font=font, anchor="rm", fill=0)
    return picture
