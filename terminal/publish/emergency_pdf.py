"""The emergency sheet as a PDF on A4 with its font in it: two tables side by side, then the form, its head again on each page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from terminal.publish.emergency import Emergency
from terminal.publish.sheet import FeeTable
from terminal.words import say

MARGIN, GAP, ROOM = 11.0, 5.0, 3.5
"""Millimetres: around the page, between two tables, below each part."""
FEES_LINE, FORM_LINE, TEXT_LINE = 4.1, 7.2, 4.6
"""How high lines are, in millimetres: a hand writes into those of the form, and 25 of them shall fit on a page."""
FORM_WIDTHS = {8: (11, 18, 13, 18, 18, 13, 18, 12), 7: (11, 22, 20, 20, 14, 20, 12)}
"""Widths of the form's columns in parts, by how many there are."""
GREY, BLACK = 238, 0


def pdf(sheet: Emergency, font: Path) -> bytes:
    """The document. Raises `OSError` if the font can not be read."""
    font.open("rb").close()
    setter = _Setter(font)
    setter.paper.set_title(sheet.form_title)
    setter.paper.set_lang(sheet.language)
    setter.tariff(sheet)
    setter.form(sheet)
    return bytes(setter.paper.output())


class _Setter:
    """One document, from top to bottom."""

    def __init__(self, font: Path) -> None:
        from fpdf import FPDF

        self.paper: Any = FPDF(format="A4")
        self.paper.set_margin(MARGIN)
        self.paper.set_auto_page_break(True, MARGIN)
        self.paper.add_font("sheet", fname=font, collection_font_number=0)

    def tariff(self, sheet: Emergency) -> None:
        """The first pages."""
        paper = self.paper
        paper.add_page()
        self.text(sheet.title, 17)
        self.text(f"{sheet.site}   {sheet.version}", 11)
        self.text(sheet.how, 9)
        self.leave_room()
        for number in range(0, len(sheet.tables), 2):
            self.side_by_side(sheet.tables[number : number + 2])
        for label, text in sheet.rules:
            self.text(say(sheet.language, "emergency.rule", label=label, text=text), 9)

    def side_by_side(self, tables: Sequence[FeeTable]) -> None:
        """Two tables, or the last one alone at the left."""
        paper, width = self.paper, (self.paper.epw - GAP) / 2
        height = (len(tables[0].rows) + 3) * FEES_LINE
        if paper.get_y() + height > paper.page_break_trigger:
            paper.add_page()
        top, ends = paper.get_y(), []
        for number, table in enumerate(tables):
            paper.set_left_margin(MARGIN + number * (width + GAP))
            paper.set_y(top)
            self.text(table.title, 8.5, width)
            self.fees(table, width)
            ends.append(paper.get_y())
        paper.set_left_margin(MARGIN)
        paper.set_y(max(ends))
        self.leave_room()

    def fees(self, table: FeeTable, width: float) -> None:
        """One table of fees, every other row on grey."""
        first = 1.3
        parts = (first, *(1.0 for _ in table.columns[1:]))
        widths = [width * part / sum(parts) for part in parts]
        for number, row in enumerate((table.columns, *table.rows)):
            self.paper.set_x(self.paper.l_margin)
            self.paper.set_fill_color(GREY)
            self.paper.set_font("sheet", size=7.5)
            for place, (text, wide) in enumerate(zip(row, widths, strict=True)):
                self.paper.cell(wide, FEES_LINE, text, border=1, align="R" if place else "L", fill=not number % 2)
            self.paper.ln(FEES_LINE)

    def form(self, sheet: Emergency) -> None:
        """Pages of their own: what to do, what to write above, the numbered lines, what to write below."""
        paper = self.paper
        paper.add_page()
        self.text(sheet.form_title, 15)
        self.text(sheet.site, 10)
        for number, step in enumerate(sheet.steps, 1):
            self.text(f"{number}. {step}", 9)
        self.blanks(sheet.head)
        parts = FORM_WIDTHS[len(sheet.columns)]
        widths = [paper.epw * part / sum(parts) for part in parts]
        self.line(sheet.columns, widths)
        for number in sheet.numbers:
            if paper.get_y() + FORM_LINE > paper.page_break_trigger:
                paper.add_page()
                self.line(sheet.columns, widths)
            self.line((str(number), *[""] * (len(widths) - 1)), widths)
        if paper.get_y() + (len(sheet.foot) + 1) // 2 * FORM_LINE + ROOM > paper.page_break_trigger:
            paper.add_page()
        self.blanks(sheet.foot)

    def line(self, texts: Sequence[str], widths: Sequence[float]) -> None:
        """One line of the form."""
        self.paper.set_font("sheet", size=9)
        for text, wide in zip(texts, widths, strict=True):
            self.paper.cell(wide, FORM_LINE, text, border=1)
        self.paper.ln(FORM_LINE)

    def blanks(self, labels: Sequence[str]) -> None:
        """Lines to write on, two side by side, each behind what belongs there."""
        paper = self.paper
        paper.set_font("sheet", size=10)
        wide = (paper.epw - GAP) / 2
        for number, label in enumerate(labels):
            left, top = MARGIN + number % 2 * (wide + GAP), paper.get_y()
            paper.set_xy(left, top)
            paper.cell(wide, FORM_LINE, label)
            paper.line(
                left + paper.get_string_width(label) + 3, top + FORM_LINE - 1.5, left + wide, top + FORM_LINE - 1.5
            )
            paper.set_xy(MARGIN, top + (FORM_LINE if number % 2 or number + 1 == len(labels) else 0))
        self.leave_room()

    def text(self, text: str, size: float, width: float = 0) -> None:
        """A paragraph."""
        self.paper.set_font("sheet", size=size)
        self.paper.multi_cell(
            width, max(TEXT_LINE, size * 0.5), text, align="L", new_x="LMARGIN", new_y="NEXT", padding=0
        )

    def leave_room(self) -> None:
        """Below a part."""
        self.paper.ln(ROOM)
