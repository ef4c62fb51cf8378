"""The notice as a PDF with its font in it, so that any print shop prints it as it is.

fpdf2 puts only the characters that are used into the file. The font has one weight: what is important is larger or coloured.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from terminal.fees.quote import Names
from terminal.publish.sign import Part, PriceTable, Sign

BLUE, INK, GREY, PALE, LINE, WHITE = (
    (11, 79, 156),
    (22, 32, 44),
    (91, 103, 117),
    (238, 244, 251),
    (201, 211, 223),
    (255, 255, 255),
)
MARGIN, LABEL, LEADING = 12.0, 32.0, 1.35
"""Millimetres of margin and of the labels' column; lines as a multiple of the size of letters."""
COLUMNS = (35, 31, 36, 64, 22)
"""Widths of a price table's columns, in parts."""
MM_A_POINT = 25.4 / 72
SCALES = (1.0, 0.87, 0.76)
SMALLER = 0.78
"""The second language beside the first."""


def pdf(notice: Sign, languages: Sequence[str], font: Path, paper: str = "A4") -> bytes:
    """The notice on A4 or A3, in these languages; the first is the larger one. Raises `OSError` if the font can not be read.

    All is set a little smaller if that makes it fit on one page.
    """
    font.open("rb").close()
    first = None
    for scale in SCALES:
        setter = _Setter(languages, font, paper, scale)
        content = setter.document(notice)
        if setter.paper.pages_count == 1:
            return content
        first = first or content
    assert first is not None
    return first


class _Setter:
    """One document; all lengths in it are of A4, times `scale`."""

    def __init__(self, languages: Sequence[str], font: Path, paper: str, scale: float) -> None:
        from fpdf import FPDF

        self.languages = languages
        self.paper: Any = FPDF(format=paper)
        self.scale = scale * (2**0.5 if paper == "A3" else 1.0)
        self.paper.set_margin(MARGIN * self.scale)
        self.paper.set_auto_page_break(True, MARGIN * self.scale)
        self.paper.add_font("sign", fname=font, collection_font_number=0)
        self.paper.set_draw_color(*LINE)
        self.paper.c_margin = 0
        self.paper.add_page()

    def document(self, notice: Sign) -> bytes:
        """All of it, from top to bottom."""
        self.paper.set_title(notice.title[self.languages[0]])
        self.paper.set_lang(self.languages[0])
        self.head(notice)
        for prices in notice.prices:
            self.table(prices, notice.columns)
        self.paper.ln(4 * self.scale)
        for part in notice.parts:
            self.parts(part)
        for number in range(0, len(notice.facts), 2):
            self.parts(*notice.facts[number : number + 2])
        self.foot(notice)
        return bytes(self.paper.output())

    def head(self, notice: Sign) -> None:
        """The coloured band with the letter P, the car park's name and the heading."""
        paper, scale = self.paper, self.scale
        left, top = paper.l_margin, paper.t_margin
        beside, width, pad, box = left + 27 * scale, paper.epw - 30 * scale, 4 * scale, 16 * scale
        texts = ((notice.title, 19), (notice.heading, 11))
        height = max(box, sum(self.height(text, width, size) for text, size in texts)) + 2 * pad
        paper.set_fill_color(*BLUE)
        paper.rect(left, top, paper.epw, height, style="F", round_corners=True, corner_radius=2 * scale)
        paper.set_draw_color(255)
        paper.set_line_width(0.9 * scale)
        middle = top + (height - box) / 2
        paper.rect(left + 5 * scale, middle, box, box, round_corners=True, corner_radius=2 * scale)
        paper.set_line_width(0.2 * scale)
        paper.set_draw_color(*LINE)
        self.write(dict.fromkeys(self.languages, "P"), left + 5 * scale, middle - 0.4 * scale, box, 36, WHITE, "C")
        below = top + pad
        for text, size in texts:
            below = self.write(text, beside, below, width, size, WHITE)
        paper.set_y(top + height + scale)

    def table(self, prices: PriceTable, columns: tuple[Names, ...]) -> None:
        """The vehicles, then a row for each of their rates."""
        paper, scale = self.paper, self.scale
        if paper.get_y() + 30 * scale > paper.page_break_trigger:
            paper.add_page()
        paper.set_y(
            self.write(prices.vehicles, paper.l_margin, paper.get_y() + 3 * scale, paper.epw, 13, BLUE) + 1.5 * scale
        )
        self.row(columns, (9.5,) * len(columns), WHITE, BLUE)
        for number, row in enumerate(prices.rows):
            self.row(row, (10, 10, 10, 11, 11.5), INK, PALE if number % 2 else WHITE)

    def row(
        self, texts: tuple[Names, ...], sizes: tuple[float, ...], colour: tuple[int, ...], ground: tuple[int, ...]
    ) -> None:
        """One row of a table, as high as its highest cell."""
        paper, pad = self.paper, 1.4 * self.scale
        widths = [paper.epw * part / sum(COLUMNS) for part in COLUMNS]
        cells = list(zip(texts, sizes, widths, strict=True))
        height = max(self.height(text, width - 2 * pad, size) for text, size, width in cells) + 2 * pad
        if paper.get_y() + height > paper.page_break_trigger:
            paper.add_page()
        left, top = paper.l_margin, paper.get_y()
        paper.set_fill_color(*ground)
        for text, size, width in cells:
            paper.rect(left, top, width, height, style="DF")
            self.write(text, left + pad, top + pad, width - 2 * pad, size, colour)
            left += width
        paper.set_y(top + height)

    def parts(self, *parts: Part) -> None:
        """Labels with their lines beside them, side by side, and a rule below."""
        paper, label = self.paper, LABEL * self.scale
        width = paper.epw / len(parts) - label
        lines = max(sum(self.height(line, width, 10) for line in part.lines) for part in parts)
        if paper.get_y() + lines + 6 * self.scale > paper.page_break_trigger:
            paper.add_page()
        top = paper.get_y() + 1.3 * self.scale
        ends = []
        for number, part in enumerate(parts):
            left = paper.l_margin + number * (label + width)
            ends.append(self.write(part.label, left, top, label - 2 * self.scale, 10, BLUE))
            ends.append(top)
            for line in part.lines:
                ends[-1] = self.write(line, left + label, ends[-1], width, 10, INK)
        end = max(ends) + 1.3 * self.scale
        paper.line(paper.l_margin, end, paper.l_margin + paper.epw, end)
        paper.set_y(end)

    def foot(self, notice: Sign) -> None:
        """Which version it is and when it was made."""
        paper, scale = self.paper, self.scale
        width = paper.epw / len(notice.foot)
        if paper.get_y() + 12 * scale > paper.page_break_trigger:
            paper.add_page()
        top = paper.get_y() + 3 * scale
        for number, line in enumerate(notice.foot):
            self.write(line, paper.l_margin + number * width, top, width, 9.5, INK)

    def height(self, names: Names, width: float, size: float) -> float:
        """How high a text will be."""
        return self.write(names, self.paper.l_margin, 0, width, size, INK, measure=True)

    def write(
        self,
        names: Names,
        left: float,
        top: float,
        width: float,
        size: float,
        colour: tuple[int, ...],
        align: str = "L",
        measure: bool = False,
    ) -> float:
        """A text, the other language smaller below the first; answers where it ends. `measure` writes nothing."""
        paper = self.paper
        for number, text in enumerate(dict.fromkeys(names[language] for language in self.languages)):
            points = size * self.scale * (SMALLER if number else 1)
            paper.set_font("sign", size=points)
            paper.set_text_color(*(GREY if number and colour == INK else colour))
            line = points * MM_A_POINT * LEADING
            if not measure:
                paper.set_xy(left, top)
            top += paper.multi_cell(width, line, text, align=align, dry_run=measure, output="HEIGHT", padding=0)
        return top
