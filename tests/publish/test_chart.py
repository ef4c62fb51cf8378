"""The chart: its steps are those of the prices, and it is a picture that any browser shows."""

from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from terminal.config.tariff_file import read_tariff
from terminal.fees.schedule.model import ScheduleTariff, SpecialDays, Unit
from terminal.publish.chart import HOURS, LINES, chart, steps
from terminal.publish.prose import version_on

EXAMPLES = sorted((Path(__file__).parents[2] / "docs/examples/tariffs").glob("*.toml"))
SVG = "{http://www.w3.org/2000/svg}"


def example(stem: str) -> ScheduleTariff:
    """A tariff of the documentation."""
    tariff = read_tariff(next(path for path in EXAMPLES if path.stem == stem), 2026)
    assert isinstance(tariff, ScheduleTariff)
    return tariff


def picture(tariff: ScheduleTariff, language: str = "en") -> ElementTree.Element:
    """The chart of its first vehicle class, read as XML."""
    version = version_on(tariff, date(2026, 8, 2))
    return ElementTree.fromstring(chart(tariff, version, tariff.classes[0].id, language))


def texts(svg: ElementTree.Element) -> list[str]:
    """All that is written on it."""
    return [each.text or "" for each in svg.iter(f"{SVG}text")]


def lines(svg: ElementTree.Element) -> list[ElementTree.Element]:
    """The step lines: paths with vertical parts in a line's colour."""
    colours = {look[0] for look in LINES}
    return [each for each in svg.iter(f"{SVG}path") if each.get("stroke") in colours and "V" in each.get("d", "")]


def test_steps() -> None:
    """A step stands at the last minute of the old fee, wherever it lies between the minutes asked first."""
    changes = {0: 0, 15: 500, 61: 800, 62: 900, 2879: 1000}
    found = list(steps(lambda minutes: max(fee for minute, fee in changes.items() if minutes > minute or minute == 0)))
    assert found == [(0, 0), (15, 500), (61, 800), (62, 900), (2879, 1000)]


def test_fee_that_falls() -> None:
    """A fee that falls is drawn as well."""
    assert list(steps(lambda minutes: 900 if minutes <= 7 else 500)) == [(0, 900), (7, 500)]


def test_simple() -> None:
    """The plain tariff has the same fees at all entry times: one line of hourly steps, with the cap in each 24 hours."""
    svg = picture(example("simple"))
    (line,) = lines(svg)
    path = line.get("d", "")
    assert path.count("V") == 1 + 2 * 6
    assert svg.get("viewBox") == "0 0 960 560"
    assert "Neighbourhood car park – Fee by duration" in texts(svg)
    assert str(HOURS) in texts(svg)
    assert "60.00" in texts(svg)


def test_lines_can_be_told_without_colour() -> None:
    """No two lines have the same dashes, nor the same width."""
    svg = picture(example("museum-berlin"))
    drawn = lines(svg)
    assert len(drawn) == 4
    for attribute in ("stroke", "stroke-dasharray", "stroke-width"):
        assert len({line.get(attribute) for line in drawn}) == 4
    assert {"Workday 08:00", "Workday 19:00", "Saturday 10:00", "Public holiday 10:00"} <= set(texts(svg))


def test_same_fees_share_a_line() -> None:
    """Saturday and holiday cost the same at lot-a, so they are one line with both names."""
    svg = picture(example("lot-a"), "zh-CN")
    assert "周六 10:00、法定节假日 10:00" in texts(svg)
    assert len(lines(svg)) == 3


def test_no_holidays() -> None:
    """Without a calendar there is no line for holidays."""
    tariff = msgspec.structs.replace(example("museum-berlin"), special=SpecialDays())
    assert not [text for text in texts(picture(tariff)) if "holiday" in text]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_escaped(language: str) -> None:
    """Hostile names are text; there is no script, link or anything from elsewhere in the picture."""
    hostile = {"zh-CN": "</text><script>1&2", "en": "</text><script>1&2"}
    tariff = example("simple")
    vehicle = msgspec.structs.replace(tariff.classes[0], name=hostile)
    svg = picture(msgspec.structs.replace(tariff, title=hostile, classes=(vehicle,)), language)
    assert {each.tag.removeprefix(SVG) for each in svg.iter()} == {"svg", "title", "rect", "text", "path"}
    assert sum("</text><script>1&2" in text for text in texts(svg)) == 2


def test_free() -> None:
    """A tariff that costs nothing can be drawn too."""
    tariff = example("simple")
    version = tariff.versions[0]
    rate = msgspec.structs.replace(version.rates[0], units=(Unit(minor=0),))
    free = msgspec.structs.replace(tariff, versions=(msgspec.structs.replace(version, rates=(rate,)),))
    assert len(lines(picture(free))) == 1
