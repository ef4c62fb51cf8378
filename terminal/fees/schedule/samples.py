"""Dates that stand for their kind: where the linter looks, and what charts and tables show.

A date stands best for its kind when the next one is of the same kind: then a stay over night says what such stays cost.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from terminal.fees.schedule.model import ScheduleTariff, Version

KINDS = ("workday", "saturday", "sunday", "holiday")

DAYS_SEARCHED = 400


def day_kind(tariff: ScheduleTariff, day: date) -> str:
    """Which of `KINDS` a date is; a make-up workday is a workday."""
    text = day.isoformat()
    if text in tariff.special.workdays:
        return "workday"
    if text in tariff.special.holidays:
        return "holiday"
    return {5: "saturday", 6: "sunday"}.get(day.weekday(), "workday")


def sample_days(tariff: ScheduleTariff, version: Version) -> dict[str, date]:
    """For each kind of day the best date on which the version is in force; a kind is left out if there is no such date."""
    found: dict[str, date] = {}
    for day in in_force(tariff, version):
        kind = day_kind(tariff, day)
        if kind not in found or (not _lasts(tariff, found[kind]) and _lasts(tariff, day)):
            found[kind] = day
    return {kind: found[kind] for kind in KINDS if kind in found}


def in_force(tariff: ScheduleTariff, version: Version) -> Iterator[date]:
    """The first dates on which a version is in force, at least one, without its first and last days if there are enough."""
    begin = date.fromisoformat(version.valid_from)
    later = [other.valid_from for other in tariff.versions if other.valid_from > version.valid_from]
    days = (date.fromisoformat(later[0]) - begin).days if later else DAYS_SEARCHED
    margin = 3 if days > 40 else 0
    for number in range(margin, min(days, DAYS_SEARCHED) - margin or 1):
        yield begin + timedelta(number)


def _lasts(tariff: ScheduleTariff, day: date) -> bool:
    """Whether a stay of two days sees nothing but the kind of its first (from a Saturday, the weekend)."""
    kinds = [day_kind(tariff, day + timedelta(number)) for number in range(3)]
    if kinds[0] in ("saturday", "sunday"):
        return kinds[:2] == ["saturday", "sunday"] or kinds == ["sunday", "workday", "workday"]
    return len(set(kinds)) == 1


def moment_ms(tariff: ScheduleTariff, day: date, minutes: int) -> int:
    """A wall clock's time on a date, as Unix UTC ms; `minutes` count from midnight."""
    wall = datetime.combine(day, time(minutes // 60 % 24, minutes % 60), ZoneInfo(tariff.timezone))
    return int(wall.timestamp() * 1000)
