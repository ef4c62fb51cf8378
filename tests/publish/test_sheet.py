"""The collector's table: aligned in both languages, and each fee in it is the engine's."""

import re
from datetime import date
from pathlib import Path

import pytest

from terminal.config.tariff_file import read_tariff
from terminal.fees import price
from terminal.fees.schedule.model import ScheduleTariff
from terminal.fees.schedule.samples import moment_ms, sample_days
from terminal.fees.stay import Stay
from terminal.money import figures
from terminal.publish.prose import version_on
from terminal.publish.sheet import DURATIONS, columns_of, sheet

EXAMPLES = sorted((Path(__file__).parents[2] / "docs/examples/tariffs").glob("*.toml"))


def example(stem: str) -> ScheduleTariff:
    """A tariff of the documentation."""
    tariff = read_tariff(next(path for path in EXAMPLES if path.stem == stem), 2026)
    assert isinstance(tariff, ScheduleTariff)
    return tariff


def printed(tariff: ScheduleTariff, language: str) -> str:
    """All its tables."""
    version = version_on(tariff, date(2026, 8, 2))
    return sheet(tariff, version, tuple(vehicle.id for vehicle in tariff.classes), language)


def test_simple() -> None:
    """The plain tariff is one table for all days."""
    lines = printed(example("simple"), "en").splitlines()
    assert lines[:3] == [
        "Neighbourhood car park",
        "Prices from 2026-01-01, amounts in CNY",
        "Find the day and the last hour before the entry, then the length of the stay (rounded up).",
    ]
    assert lines[4] == "Car: Workday, Saturday, Sunday; entry at"
    assert lines[5].split() == ["Stay", "00:00", "08:00", "12:00", "18:00"]
    assert lines[7] == "15 min   0.00   0.00   0.00   0.00"
    assert lines[10] == "1 h      5.00   5.00   5.00   5.00"
    assert lines[21] == "24 h    30.00  30.00  30.00  30.00"
    assert lines[23] == "3 d     90.00  90.00  90.00  90.00"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_aligned(path: Path, language: str) -> None:
    """All lines of a table end in the same column, Chinese characters counted twice."""
    tables = re.findall(r"^-.*\n(?:.*\d\.\d\d\n)+", printed(example(path.stem), language), re.M)
    assert tables
    for table in tables:
        rows = table.splitlines()
        assert len(rows) == 1 + len(DURATIONS)
        assert len({columns_of(row) for row in rows}) == 1
        assert columns_of(rows[0]) <= 80


def test_fees_are_the_engines() -> None:
    """Each cell of a table is what the engine asks for that entry and length."""
    tariff = example("museum-berlin")
    version = tariff.versions[0]
    day = sample_days(tariff, version)["saturday"]
    text = sheet(tariff, version, ("car",), "en")
    table = re.search(r"^Car: Saturday; entry at\n(.*)\n-.*\n((?:.*\d\.\d\d\n)+)", text, re.M)
    assert table is not None
    hours = [int(hour[:2]) for hour in table[1].split()[1:]]
    for length, row in zip(DURATIONS, table[2].splitlines(), strict=True):
        fees = []
        for hour in hours:
            entered_ms = moment_ms(tariff, day, hour * 60)
            fees.append(
                figures(price(tariff, Stay(entered_ms, vehicle="car"), entered_ms + length * 60_000).due_minor, "EUR")
            )
        assert row.split()[-len(hours) :] == fees


def test_only_one_class() -> None:
    """One vehicle class may be printed alone."""
    tariff = example("lot-a")
    text = sheet(tariff, tariff.versions[0], ("large",), "en")
    assert "Large vehicle: " in text and "Small" not in text


@pytest.mark.parametrize(("text", "columns"), [("", 0), ("abc", 3), ("停车", 4), ("¥5", 2), ("（）", 4)])
def test_columns(text: str, columns: int) -> None:
    """Chinese characters and full-width marks take two columns."""
    assert columns_of(text) == columns
