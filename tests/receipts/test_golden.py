"""Receipts and credit notes as pictures: like those that a person has looked at, whatever draws the letters."""

from itertools import pairwise

import msgspec
import pytest
from PIL import Image, ImageChops

from sim.paper import png
from sim.tape import document, of_strip
from tests.hw.test_receipt import printed
from tests.receipts.looks import LIMIT, difference, on_white
from tests.receipts.samples import CASES, COLUMNS, DOCUMENTS, EXPLAINED, GOLDEN, PICTURES, files, golden, sent, shown

CASE = ("explained", "en", 58)
PAPER = 252
"""How bright it is."""
EDGE = 20
"""Dots at the sides where nothing is printed."""


def as_paper(grey: Image.Image) -> Image.Image:
    """A grey picture as one that can be compared."""
    return Image.merge("LA", (grey, Image.new("L", grey.size, 255)))


def inks(picture: Image.Image) -> list[int]:
    """How dark each row is on which there is anything, from top to bottom."""
    grey = on_white(picture).crop((EDGE, EDGE, picture.width - EDGE, picture.height - EDGE))
    rows = [grey.crop((0, row, grey.width, row + 1)).tobytes() for row in range(grey.height)]
    return [sum(row) for row in rows if len(set(row)) > 1]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_documents_look_as_they_should(case: tuple[str, str, int]) -> None:
    """Every kind of document, in both languages, on both papers. When it should look otherwise: `samples.py`, and look."""
    with Image.open(golden(*case)) as file:
        assert difference(shown(*case), file.convert("LA")) < LIMIT, f"not like {golden(*case).name}"


def test_every_golden_image_is_compared() -> None:
    """No picture lies there that nobody compares."""
    assert {path.name for path in GOLDEN.iterdir()} == {golden(*case).name for case in CASES}


def test_pictures_of_the_docs_are_those_of_the_samples() -> None:
    """What the docs show is what the printer prints."""
    for path, picture in files():
        if path.parent == PICTURES:
            with Image.open(path) as file:
                assert difference(picture, file.convert("LA")) < LIMIT, f"{path.name} is stale"


def test_letters_a_little_otherwise_are_no_difference() -> None:
    """A dot further right or down, thicker or thinner: more than a new version of a font or rasteriser does."""
    picture = shown(*CASE)
    ink = on_white(picture)
    right, down = ImageChops.offset(ink, 1, 0), ImageChops.offset(ink, 0, 1)
    for other in (right, down, ImageChops.darker(ink, right), ImageChops.lighter(ink, right)):
        assert 0 < difference(picture, as_paper(other)) < LIMIT


def test_any_missing_line_is_a_difference() -> None:
    """Each line in turn is wiped off, rules and small print too."""
    picture = shown(*CASE)
    ink = on_white(picture)
    middle = ink.crop((EDGE, 0, ink.width - EDGE, ink.height))
    dark = [
        row for row in range(10, ink.height - 10) if min(middle.crop((0, row, middle.width, row + 1)).tobytes()) < 99
    ]
    begins = [dark[0], *(after for before, after in pairwise(dark) if after - before > 2)]
    assert len(begins) > 30
    for begin, end in pairwise([*begins, ink.height - 10]):
        wiped = ink.copy()
        wiped.paste(PAPER, (EDGE, begin, ink.width - EDGE, end))
        assert difference(picture, as_paper(wiped)) > LIMIT, f"the line at {begin} may be missing"


@pytest.mark.parametrize(
    "change",
    [{"receipt_no": 10483}, {"ticket_id": ""}, {"lines": EXPLAINED.lines[:-1]}, {"note_minor": 0}],
    ids=str,
)
def test_another_document_is_a_difference(change: dict[str, object]) -> None:
    """Another number (by its code), and what is not said."""
    other = document(sent(msgspec.structs.replace(EXPLAINED, **change), "en", COLUMNS[58]), COLUMNS[58])
    assert difference(shown(*CASE), other) > LIMIT


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_modelled_printer_prints_the_same(case: tuple[str, str, int]) -> None:
    """Two readings of the same bytes, this one and the modelled board's strip, which keeps no blank lines and centres by
    whole blanks: in each row of dots as many are black."""
    name, language, mm = case
    what, copy = DOCUMENTS[name]
    strip = printed(sent(what, language, COLUMNS[mm], copy), COLUMNS[mm])
    assert inks(of_strip(strip, COLUMNS[mm])) == inks(shown(*case))


def test_a_picture_is_small() -> None:
    """A page can show many of them."""
    assert len(png(shown(*CASE))) < 32_000
