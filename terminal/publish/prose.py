"""The rules of a tariff in words, for signs and for whoever asks. Nothing here prices anything.

Each function takes a language and answers sentences of the catalogue, with the tariff's own names and figures in them.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from terminal.fees.quote import Names
from terminal.fees.schedule.model import Concession, Rate, ScheduleTariff, Unit, Version
from terminal.money import with_symbol
from terminal.words import CATALOGUES, say

DAY_MINUTES = 24 * 60


def in_all(text: Callable[[str], str]) -> Names:
    """One text in every language, from a function of the language."""
    return {language: text(language) for language in CATALOGUES}


def every(key: str) -> Names:
    """One text of the catalogue that has no gaps, in every language."""
    return in_all(lambda language: say(language, key))


def version_on(tariff: ScheduleTariff, day: date) -> Version:
    """The version in force on a date; before the first one, the first."""
    begun = [version for version in tariff.versions if version.valid_from <= day.isoformat()]
    return begun[-1] if begun else tariff.versions[0]


def duration(minutes: int, language: str) -> str:
    """A length of time in hours and minutes: 90 is "1 hour 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(say(language, "tariff.hour" if hours == 1 else "tariff.hours", n=hours))
    if rest or not hours:
        parts.append(say(language, "tariff.minute" if rest == 1 else "tariff.minutes", n=rest))
    return say(language, "tariff.duration_gap").join(parts)


def days(rate: Rate, language: str) -> str:
    """The kinds of day of a rate; "" if it is all."""
    return say(language, "tariff.list_gap").join(say(language, f"tariff.day.{word}") for word in rate.days)


def hours(rate: Rate, language: str) -> str:
    """The hours of a rate, "all day" if it has none."""
    if rate.begins is None or rate.ends is None:
        return say(language, "tariff.all_day")
    key = "tariff.hours_over_midnight" if rate.ends < rate.begins and rate.ends != "00:00" else "tariff.hours_range"
    return say(language, key, begins=rate.begins, ends=rate.ends)


def price(rate: Rate, currency: str, language: str) -> str:
    """What the units of a rate cost, one after another."""
    if not rate.units:
        return say(language, "tariff.free")
    parts = [_unit(unit, number, currency, language) for number, unit in enumerate(rate.units)]
    if rate.units[-1].times is not None:
        parts.append(say(language, "tariff.unit.then.free"))
    return say(language, "tariff.then_gap").join(parts)


def _unit(unit: Unit, number: int, currency: str, language: str) -> str:
    """One unit; `number` says whether others came before it."""
    turn = "then" if number else "first"
    if unit.minor == 0 and (unit.minutes is None or unit.times is None):
        return say(language, f"tariff.unit.{turn}.free")
    amount = with_symbol(unit.minor, currency) if unit.minor else say(language, "tariff.free")
    if unit.minutes is None:
        return say(language, f"tariff.unit.{turn}.rest", price=amount)
    length = say(language, "tariff.one_hour") if unit.minutes == 60 else duration(unit.minutes, language)
    if unit.times is None:
        return say(language, f"tariff.unit.{turn}.each", price=amount, unit=length)
    total = duration(unit.minutes * unit.times, language)
    return say(
        language, f"tariff.unit.{turn}.{'once' if unit.times == 1 else 'some'}", price=amount, unit=length, total=total
    )


def cap(rate: Rate, currency: str, language: str) -> str:
    """The cap of a rate's window; "" if it has none."""
    return "" if rate.cap_minor is None else with_symbol(rate.cap_minor, currency)


def concession(given: Concession, version: Version, language: str) -> str:
    """What a concession gives, and on what condition."""
    parts = []
    if given.free_minutes > version.free_minutes:
        parts.append(say(language, "tariff.concession.free", time=duration(given.free_minutes, language)))
    if given.percent_off == 100:
        parts.append(say(language, "tariff.concession.all"))
    elif given.percent_off:
        parts.append(say(language, "tariff.concession.percent", n=given.percent_off))
    text = say(language, "tariff.list_gap").join(parts) or say(language, "tariff.concession.none")
    return text if given.classes else say(language, "tariff.concession.granted", text=text)


def rules(tariff: ScheduleTariff, version: Version, language: str) -> Iterator[str]:
    """The rules of a version beside its prices, caps and free time, a sentence each."""
    yield say(language, "tariff.begun_unit")
    if any(rate.begins for rate in version.rates):
        yield say(language, f"tariff.edges.{version.edges}")
    if any(len(rate.units) > 1 for rate in version.rates):
        yield say(language, f"tariff.steps.{version.steps}")
    if version.period != "stay":
        yield say(language, f"tariff.period.{version.period}")
    if version.rounding is not None:
        amount = with_symbol(version.rounding.to_minor, tariff.currency)
        yield say(language, f"tariff.rounding.{version.rounding.rule}", amount=amount)
    yield from after_payment(version, language)
    if version.reentry_minutes:
        yield say(language, "tariff.reentry", time=duration(version.reentry_minutes, language))
    if len(tariff.versions) > 1:
        yield say(language, f"tariff.across.{tariff.across_versions}")
    if _changes_its_clock(tariff.timezone, int(version.valid_from[:4])):
        yield say(language, "tariff.summer_time")
    yield from meanings(version, language)


def free_time(version: Version, language: str) -> str:
    """The free minutes and what becomes of them in a longer stay."""
    if not version.free_minutes:
        return say(language, "tariff.free_time.none")
    return say(language, f"tariff.free_time.{version.free_rule}", time=duration(version.free_minutes, language))


def caps(tariff: ScheduleTariff, version: Version, language: str) -> Iterator[str]:
    """The caps of period and stay."""
    if version.period_cap_minor is not None:
        amount = with_symbol(version.period_cap_minor, tariff.currency)
        yield say(language, f"tariff.cap.{version.period}", amount=amount)
    if version.stay_cap_minor is not None:
        yield say(language, "tariff.cap.stay", amount=with_symbol(version.stay_cap_minor, tariff.currency))


def after_payment(version: Version, language: str) -> Iterator[str]:
    """How long a car may stay after payment, and what it owes then."""
    if version.exit_grace_minutes:
        yield say(language, f"tariff.grace.{version.overstay}", time=duration(version.exit_grace_minutes, language))


def lost_ticket(tariff: ScheduleTariff, version: Version, language: str) -> str:
    """What happens when nobody knows the entry."""
    if version.lost_ticket_minor is None:
        return say(language, "tariff.lost_ticket.staff")
    return say(language, "tariff.lost_ticket.fee", amount=with_symbol(version.lost_ticket_minor, tariff.currency))


def meanings(version: Version, language: str) -> Iterator[str]:
    """What the words for kinds of day mean, as far as the version uses them."""
    used = {word for rate in version.rates for word in rate.days}
    for word in ("workday", "weekend"):
        if word in used:
            yield say(language, f"tariff.meaning.{word}")


def _changes_its_clock(timezone: str, year: int) -> bool:
    zone = ZoneInfo(timezone)
    return len({datetime(year, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)}) > 1
