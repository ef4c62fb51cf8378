"""The emergency sheet: the tariff's own tables, a line for each paper of the pad, in HTML and PDF."""

import re
from pathlib import Path

import msgspec
import pytest

from terminal.config.sections import CHINESE_FONT
from terminal.fees.schedule.model import ScheduleTariff
from terminal.publish.emergency import Emergency, emergency
from terminal.publish.emergency_html import page
from terminal.publish.emergency_pdf import pdf
from terminal.publish.sheet import sheet
from terminal.words import CATALOGUES
from tests.publish.test_sheet import EXAMPLES, example
from tests.publish.test_sign import HOSTILE, read

NUMBERS = range(101, 126)


def made(tariff: ScheduleTariff, language: str = "zh-CN", numbers: range = NUMBERS) -> Emergency:
    """The sheet of all vehicle classes."""
    vehicles = tuple(vehicle.id for vehicle in tariff.classes)
    return emergency(tariff, tariff.versions[0], vehicles, language, "A", numbers)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", CATALOGUES)
def test_page(path: Path, language: str) -> None:
    """A whole page without anything from elsewhere, all of whose words are in the catalogue."""
    text = page(made(example(path.stem), language))
    reader = read(text)
    assert not {"script", "link", "img"} & set(reader.tags)
    assert not re.search(r"https?:|url\(|@import", text)
    assert not re.search(r"\b(emergency|tariff|sign)\.[a-z_]+", "\n".join(reader.texts).replace("sign.", "sign "))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_tables_are_those_of_the_outage_table(path: Path) -> None:
    """Each row of the text sheet stands on the page, in its order."""
    tariff = example(path.stem)
    lines = sheet(tariff, tariff.versions[0], tuple(vehicle.id for vehicle in tariff.classes), "en").splitlines()
    rows = [" ".join(row) for table in made(tariff, "en").tables for row in table.rows]
    assert rows == [" ".join(line.split()) for line in lines if re.search(r"\d\.\d\d$", line)]
    cells = re.findall(r"<td>([^<]+)</td>", page(made(tariff, "en")))
    assert " ".join(cells).startswith(" ".join(rows))


def test_every_paper_of_the_pad_has_its_line() -> None:
    """All numbers in their order, each with empty cells to write into."""
    text = page(made(example("simple")))
    lines = re.findall(r"<tr><td>(\d+)</td>((?:<td></td>)+)</tr>", text)
    assert [int(number) for number, _ in lines] == list(NUMBERS)
    assert {cells.count("<td>") for _, cells in lines} == {6}


def test_where_there_are_several_classes_of_vehicle_the_form_asks_for_it() -> None:
    """Otherwise nobody could say afterwards what it should have cost."""
    assert "车型" in made(example("lot-a")).columns
    assert "车型" not in made(example("simple")).columns


def test_classes_with_the_same_fees_share_a_table() -> None:
    """The sheet is short: a twin of a class adds no table."""
    tariff = example("simple")
    (car,) = tariff.classes
    twin = msgspec.structs.replace(car, id="van", name={"zh-CN": "面包车", "en": "Van"})
    (table,) = made(msgspec.structs.replace(tariff, classes=(car, twin)), "en").tables
    assert table.title.startswith("Car, Van: ")


def test_concessions_and_the_lost_ticket_are_told() -> None:
    """What a collector is asked for and no table says."""
    labels = dict(made(example("lot-a"), "en").rules)
    assert "Lost ticket" in labels and "New-energy vehicles" in labels


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_pdf(path: Path) -> None:
    """A PDF with its font in it; the form of 25 papers is one page, one of 200 is more."""
    few, many = (pdf(made(example(path.stem), numbers=range(1, 1 + papers)), CHINESE_FONT) for papers in (25, 200))
    pages = [len(re.findall(rb"/Type /Page\b", content)) for content in (few, many)]
    assert re.search(rb"/FontFile2 \d+ 0 R", few)
    assert pages[0] == 1 + -(-len(made(example(path.stem)).tables) // 6) and pages[1] > pages[0] + 4


def test_hostile_names() -> None:
    """A pad whose name is a tag stands on the page as it is."""
    tariff = example("simple")
    text = page(emergency(tariff, tariff.versions[0], ("car",), "en", HOSTILE, NUMBERS))
    assert "script" not in read(text).tags and HOSTILE in "\n".join(read(text).texts)


def test_no_font(tmp_path: Path) -> None:
    """A font that is not there is an error."""
    with pytest.raises(OSError, match="No such file"):
        pdf(made(example("simple")), tmp_path / "no.ttc")
