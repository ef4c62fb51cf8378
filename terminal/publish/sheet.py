"""The table that a collector uses when the terminal is out: the hour of entry across, the length of the stay down.

As a sheet it is plain text for any printer, aligned for fonts in which a Chinese character is as wide as two Latin ones; the
emergency sheet (`emergency.py`) sets the same tables beside its form. Vehicle classes with the same fees on the same days share a
table, and so do kinds of day.
"""

import unicodedata
from collections.abc import Iterator

import msgspec

from terminal.fees import price
from terminal.fees.schedule.checking import clock, spans
from terminal.fees.schedule.model import ScheduleTariff, Version
from terminal.fees.schedule.samples import moment_ms, sample_days
from terminal.fees.stay import Stay
from terminal.money import figures
from terminal.words import say

MINUTE_MS, DAY_MINUTES = 60_000, 24 * 60
DURATIONS = (15, 30, 45, 60, 90, 120, 180, 240, 300, 360, 480, 600, 720, 960, 1440, 2880, 4320)
"""Lengths of the stay in minutes."""

USUAL_HOURS = (8, 12, 18, 0)
MOST_HOURS = 8
"""Hours of entry beside those at which a rate begins, and how many columns there are at most."""

Fees = tuple[tuple[int, ...], ...]
"""Amounts in minor units, a row a duration, a column an hour of entry."""


class FeeTable(msgspec.Struct, frozen=True):
    """Whom and which days it is for, the hours of entry, and a row for each length of the stay."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sheet(tariff: ScheduleTariff, version: Version, vehicles: tuple[str, ...], language: str) -> str:
    """The tables of these vehicle classes, all lines with a newline."""
    return "".join(f"{line}\n" for line in _lines(tariff, version, vehicles, language))


def _lines(tariff: ScheduleTariff, version: Version, vehicles: tuple[str, ...], language: str) -> Iterator[str]:
    yield tariff.title[language]
    yield say(language, "tariff.table.of", valid_from=version.valid_from, currency=tariff.currency)
    yield say(language, "tariff.table.how")
    for table in fee_tables(tariff, version, vehicles, language):
        yield ""
        yield table.title
        yield from _aligned(table)
    yield ""
    yield say(language, "tariff.table.beyond")


def fee_tables(
    tariff: ScheduleTariff, version: Version, vehicles: tuple[str, ...], language: str
) -> tuple[FeeTable, ...]:
    """The tables of these vehicle classes, in their order."""
    hours, gap = _hours(version), say(language, "tariff.list_gap")
    columns = (say(language, "tariff.table.duration"), *(clock(hour) for hour in hours))
    names = {vehicle.id: vehicle.name[language] for vehicle in tariff.classes}
    same: dict[tuple[tuple[str, ...], Fees], list[str]] = {}
    for vehicle in vehicles:
        for kinds, fees in _by_kind(tariff, version, vehicle, hours):
            same.setdefault((tuple(kinds), fees), []).append(names[vehicle])
    return tuple(
        FeeTable(
            say(
                language,
                "tariff.table.head",
                vehicle=gap.join(of),
                days=gap.join(say(language, f"tariff.kind.{kind}") for kind in kinds),
            ),
            columns,
            tuple(
                (_short(length, language), *(figures(fee, tariff.currency) for fee in row))
                for length, row in zip(DURATIONS, fees, strict=True)
            ),
        )
        for (kinds, fees), of in same.items()
    )


def _hours(version: Version) -> tuple[int, ...]:
    """Hours of entry in minutes since midnight: where rates begin, then usual ones as long as there is room."""
    edges = {begin for rate in version.rates if rate.begins for begin, _ in spans(rate)}
    usual = [hour * 60 for hour in USUAL_HOURS if hour * 60 not in edges]
    return tuple(sorted([*sorted(edges), *usual][:MOST_HOURS]))


def _by_kind(
    tariff: ScheduleTariff, version: Version, vehicle: str, hours: tuple[int, ...]
) -> Iterator[tuple[list[str], Fees]]:
    """The fees, and the kinds of day that they are for."""
    kinds: dict[Fees, list[str]] = {}
    for kind, day in sample_days(tariff, version).items():
        entries = [moment_ms(tariff, day, hour) for hour in hours]
        fees = tuple(
            tuple(
                price(tariff, Stay(entry, vehicle=vehicle), entry + length * MINUTE_MS).due_minor for entry in entries
            )
            for length in DURATIONS
        )
        kinds.setdefault(fees, []).append(kind)
    yield from ((same, fees) for fees, same in kinds.items())


def _aligned(table: FeeTable) -> Iterator[str]:
    """A line of hours, a rule, a line for each duration."""
    lines = [table.columns, *table.rows]
    widths = [max(columns_of(line[place]) for line in lines) for place in range(len(table.columns))]
    for number, line in enumerate(lines):
        cells = [
            _padded(text, width, left=not place) for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
        if not number:
            yield "  ".join("-" * width for width in widths)


def _short(minutes: int, language: str) -> str:
    """A duration in one unit, as short as it goes."""
    if minutes % DAY_MINUTES == 0 and minutes > DAY_MINUTES:
        return say(language, "tariff.short.days", n=minutes // DAY_MINUTES)
    if minutes % 60 == 0:
        return say(language, "tariff.short.hours", n=minutes // 60)
    return say(language, "tariff.short.minutes", n=minutes)


def columns_of(text: str) -> int:
    """Columns that a text takes: two for each wide character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int, left: bool) -> str:
    gap = " " * (width - columns_of(text))
    return text + gap if left else gap + text
