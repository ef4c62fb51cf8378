"""The emergency sheet (停电应急收费单): what a window sells with when the terminal is out. Print it before.

First the tariff: the tables of `sheet.py` and what is not in them. Then the form: a numbered line for each paper of a pad, with
what is entered of it afterwards (docs/backfill.md). All of it is text in one language; `emergency_html.py` and `emergency_pdf.py`
set it.
"""

from collections.abc import Iterator

import msgspec

from terminal.fees.schedule.model import ScheduleTariff, Version
from terminal.publish import prose
from terminal.publish.sheet import FeeTable, fee_tables
from terminal.words import say

COLUMNS = ("number", "plate", "vehicle", "entered", "left", "amount", "collector", "backfilled")
"""Of the form, as keys under `emergency.column.`."""
HEAD = ("from", "to", "cause", "collector")
FOOT = ("used", "voided", "total", "bag", "collector_signs", "second_signs")
"""What is written above and below the lines, as keys under `emergency.`."""
STEPS = 5


class Emergency(msgspec.Struct, frozen=True):
    """The whole sheet."""

    title: str
    site: str
    version: str
    how: str
    tables: tuple[FeeTable, ...]
    rules: tuple[tuple[str, str], ...]
    """What the tables do not say, each with its label."""
    form_title: str
    steps: tuple[str, ...]
    """What to do with the form, in order."""
    head: tuple[str, ...]
    """What is to be written above the lines."""
    columns: tuple[str, ...]
    """The first one is printed, the others are to be filled in."""
    numbers: range
    foot: tuple[str, ...]
    language: str


def emergency(
    tariff: ScheduleTariff, version: Version, vehicles: tuple[str, ...], language: str, pad: str, numbers: range
) -> Emergency:
    """The sheet for these vehicle classes and these papers of a pad."""

    def text(key: str, **params: object) -> str:
        return say(language, f"emergency.{key}", **params)

    columns = [name for name in COLUMNS if name != "vehicle" or len(vehicles) > 1]
    return Emergency(
        title=text("title"),
        site=tariff.title[language],
        version=say(language, "tariff.table.of", valid_from=version.valid_from, currency=tariff.currency),
        how=say(language, "tariff.table.how"),
        tables=fee_tables(tariff, version, vehicles, language),
        rules=tuple(_rules(tariff, version, language)),
        form_title=text("form", pad=pad, first=numbers.start, last=numbers.stop - 1),
        steps=tuple(text(f"step_{number}") for number in range(1, STEPS + 1)),
        head=tuple(text(name) for name in HEAD),
        columns=tuple(text(f"column.{name}") for name in columns),
        numbers=numbers,
        foot=tuple(text(name) for name in FOOT),
        language=language,
    )


def _rules(tariff: ScheduleTariff, version: Version, language: str) -> Iterator[tuple[str, str]]:
    yield say(language, "sign.free_time"), prose.free_time(version, language)
    for cap in prose.caps(tariff, version, language):
        yield say(language, "sign.caps"), cap
    yield say(language, "sign.lost_ticket"), prose.lost_ticket(tariff, version, language)
    for given in version.concessions:
        yield given.name[language], prose.concession(given, version, language)
    yield say(language, "emergency.beyond"), say(language, "tariff.table.beyond")
