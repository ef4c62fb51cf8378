"""A tariff's calendar, looked up: which dates are public holidays and which are make-up workdays.

The package `holidays` knows the public holidays of most countries, and for China the days that are worked in exchange. It lists
days off by law, not the weekends between them; in a Chinese break (放假) these belong to it, so `join_weekends` adds them.
What the file itself lists comes last: its holidays, then its workdays.
"""

from datetime import date, timedelta

from terminal.fees.schedule.model import Calendar, SpecialDays

DAY = timedelta(1)
SATURDAY = 5

YEARS_BACK = 11
"""The longest stay that a tariff can believe is ten years; dates before that are never asked for."""


class UnknownPlace(Exception):
    """The package has no such country or subdivision; `str()` is the key that names it."""


def special_days(calendar: Calendar, first_year: int, current_year: int) -> SpecialDays:
    """The special dates from `first_year` (at least from last year) to the end of next year. Raises `UnknownPlace`."""
    first = max(min(first_year, current_year - 1), current_year - YEARS_BACK)
    holidays, workdays = _looked_up(calendar, range(first, current_year + 2)) if calendar.country else (set(), set())
    holidays |= {date.fromisoformat(day) for day in calendar.holidays}
    workdays |= {date.fromisoformat(day) for day in calendar.workdays}
    return SpecialDays(
        holidays=tuple(day.isoformat() for day in sorted(holidays - workdays)),
        workdays=tuple(day.isoformat() for day in sorted(workdays)),
    )


def _looked_up(calendar: Calendar, years: range) -> tuple[set[date], set[date]]:
    """Public holidays and make-up workdays of the country; looked up a year further, for breaks over New Year."""
    from holidays import country_holidays, list_supported_countries

    places = list_supported_countries()
    if calendar.country not in places:
        raise UnknownPlace("country")
    if calendar.subdivision and calendar.subdivision not in places[calendar.country]:
        raise UnknownPlace("subdivision")
    wide = range(years.start - 1, years.stop + 1)
    found = country_holidays(calendar.country, subdiv=calendar.subdivision or None, years=wide)
    holidays, workdays = set(found), set(found.weekend_workdays)
    if calendar.join_weekends:
        holidays |= {day for holiday in holidays for day in _adjoining(holiday, holidays | workdays)}
    return _within(years, holidays), _within(years, workdays)


def _adjoining(holiday: date, special: set[date]) -> set[date]:
    """The weekend days in one run with a public holiday, before and after it, up to the next special date."""
    run = set()
    for step in (-DAY, DAY):
        day = holiday + step
        while day.weekday() >= SATURDAY and day not in special:
            run.add(day)
            day += step
    return run


def _within(years: range, days: set[date]) -> set[date]:
    return {day for day in days if day.year in years}
