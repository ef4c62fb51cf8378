"""What the public notice of prices (明码标价) says: everything comes from the tariff, so the sign is never out of date.

The rules ask for: car park and operator, kind of pricing and its document, prices by vehicle class with their hours, unit and
rounding, free minutes, caps, concessions, means of payment, the lost ticket, where to complain, and from when on it holds. Here
each of these is a `Part` in every language; `sign_html.py` and `sign_pdf.py` set them on paper.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

import msgspec

from terminal.fees.quote import Names
from terminal.fees.schedule.model import Rate, ScheduleTariff, Version
from terminal.publish import prose
from terminal.publish.prose import every, in_all
from terminal.words import CATALOGUES, say

COLUMNS = ("sign.rate", "sign.days", "sign.hours", "sign.price", "sign.cap")
"""The columns of a price table, as keys of the catalogue."""


class PriceTable(msgspec.Struct, frozen=True):
    """The rates of some vehicle classes that pay the same; a row has a text for each of `COLUMNS`."""

    vehicles: Names
    rows: tuple[tuple[Names, ...], ...]


class Part(msgspec.Struct, frozen=True):
    """A heading and what stands beside it, a line or more."""

    label: Names
    lines: tuple[Names, ...]


class Sign(msgspec.Struct, frozen=True):
    """The whole notice. `prices` come first and large, then `parts`, then `facts`, each a line or two, side by side; `foot` says
    which version it is and when it was made."""

    title: Names
    heading: Names
    columns: tuple[Names, ...]
    prices: tuple[PriceTable, ...]
    parts: tuple[Part, ...]
    facts: tuple[Part, ...]
    foot: tuple[Names, ...]


def sign(tariff: ScheduleTariff, version: Version, made_on: date) -> Sign:
    """The notice of one version; `made_on` is the date on which it is made."""
    return Sign(
        title=tariff.title,
        heading=every("sign.heading"),
        columns=tuple(every(key) for key in COLUMNS),
        prices=tuple(_prices(tariff, version)),
        parts=tuple(part for part in _parts(tariff, version) if part.lines),
        facts=tuple(part for part in _facts(tariff, version) if part.lines),
        foot=tuple(_foot(tariff, version, made_on)),
    )


def _prices(tariff: ScheduleTariff, version: Version) -> Iterator[PriceTable]:
    """A table for each set of rates; vehicle classes with the same rates share one."""
    groups: dict[tuple[int, ...], list[Names]] = {}
    for vehicle in tariff.classes:
        own = (number for number, rate in enumerate(version.rates) if not rate.classes or vehicle.id in rate.classes)
        groups.setdefault(tuple(own), []).append(vehicle.name)
    for numbers, names in groups.items():
        rows = tuple(_row(version.rates[number], tariff.currency) for number in numbers)
        yield PriceTable(in_all(partial(_listed, names)), rows)


def _listed(names: list[Names], language: str) -> str:
    return say(language, "tariff.list_gap").join(name[language] for name in names)


def _row(rate: Rate, currency: str) -> tuple[Names, ...]:
    return (
        rate.name,
        in_all(lambda language: prose.days(rate, language) or say(language, "tariff.every_day")),
        in_all(lambda language: prose.hours(rate, language)),
        in_all(lambda language: prose.price(rate, currency, language)),
        in_all(lambda language: prose.cap(rate, currency, language) or say(language, "sign.no_cap")),
    )


def _parts(tariff: ScheduleTariff, version: Version) -> Iterator[Part]:
    """What a driver wants to know beside the prices."""
    yield Part(every("sign.free_time"), (in_all(lambda language: prose.free_time(version, language)),))
    yield Part(every("sign.caps"), _sentences(partial(prose.caps, tariff, version)))
    yield Part(every("sign.concessions"), tuple(_concessions(version)))
    yield Part(every("sign.rules"), _sentences(partial(prose.rules, tariff, version)))
    yield Part(every("sign.remarks"), tariff.notice.remarks)


def _facts(tariff: ScheduleTariff, version: Version) -> Iterator[Part]:
    """Short things, some of which only the authorities want to know."""
    notice = tariff.notice
    yield Part(every("sign.payment"), (notice.payment,) if notice.payment else ())
    yield Part(every("sign.lost_ticket"), (in_all(lambda language: prose.lost_ticket(tariff, version, language)),))
    yield Part(every("sign.operator"), (notice.operator,) if notice.operator else ())
    yield Part(every("sign.pricing"), (_pricing(tariff),))
    yield Part(every("sign.currency"), (in_all(lambda language: tariff.currency),))
    yield Part(every("sign.complaints"), (in_all(lambda language: notice.complaints),) if notice.complaints else ())


def _sentences(in_language: Callable[[str], Iterator[str]]) -> tuple[Names, ...]:
    """Sentences that come in the same order in every language, each as one text."""
    together = zip(*(in_language(language) for language in CATALOGUES), strict=True)
    return tuple(dict(zip(CATALOGUES, texts, strict=True)) for texts in together)


def _concessions(version: Version) -> Iterator[Names]:
    for given in version.concessions:
        yield {
            language: say(language, "sign.concession", name=name, text=prose.concession(given, version, language))
            for language, name in given.name.items()
        }


def _pricing(tariff: ScheduleTariff) -> Names:
    kind = every(f"sign.pricing.{tariff.notice.pricing}")
    return {language: f"{text} {tariff.notice.document}".rstrip() for language, text in kind.items()}


def _foot(tariff: ScheduleTariff, version: Version, made_on: date) -> Iterator[Names]:
    yield in_all(lambda language: say(language, "sign.version", valid_from=version.valid_from))
    later = [other.valid_from for other in tariff.versions if other.valid_from > version.valid_from]
    if later:
        yield in_all(lambda language: say(language, "sign.next_version", valid_from=later[0]))
    yield in_all(lambda language: say(language, "sign.made", date=made_on.isoformat()))
