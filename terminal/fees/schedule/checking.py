"""What makes a tariff unusable although each of its values is in order; everything that a type alone can not say.

A check is a function from a tariff to its problems, each a dotted key and a reason. The order of the table at the end matters: a
check may rely on those before it. Whoever reads a tariff refuses it at the first problem.

The last check is the one that matters most: **every moment has exactly one rate**. A moment is, to a rate, a vehicle class, a
kind of day and a minute of the day; these are few enough to look at them all, edge by edge.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from terminal.fees.schedule.model import Rate, ScheduleTariff, Version
from terminal.money import MINOR_DIGITS

Problems = Iterator[tuple[str, str]]

DAY_MINUTES = 24 * 60

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_KINDS = ("holiday", "makeup", *WEEK)
"""The kinds of day that a rate can tell apart: `makeup` is a make-up workday, a name of a day of the week an ordinary one."""

MEANING: dict[str, tuple[str, ...]] = {
    "workday": ("mon", "tue", "wed", "thu", "fri", "makeup"),
    "weekend": ("sat", "sun"),
    "holiday": ("holiday",),
    **{day: (day,) for day in WEEK},
}
"""Which kinds of day a word in `days` is about."""

IN_WORDS = dict(
    zip(
        DAY_KINDS,
        (
            "public holidays",
            "make-up workdays",
            "Mondays",
            "Tuesdays",
            "Wednesdays",
            "Thursdays",
            "Fridays",
            "Saturdays",
            "Sundays",
        ),
        strict=True,
    )
)


def problems(tariff: ScheduleTariff) -> Problems:
    """All that is wrong with a tariff whose single values are in order."""
    for check in CHECKS:
        yield from check(tariff)


def day_kinds(rate: Rate) -> tuple[str, ...]:
    """The kinds of day that a rate is about, out of `DAY_KINDS`."""
    wanted = {kind for word in rate.days for kind in MEANING[word]}
    return tuple(kind for kind in DAY_KINDS if not rate.days or kind in wanted)


def spans(rate: Rate) -> tuple[tuple[int, int], ...]:
    """The minutes of a day in which a rate is in force, as pairs of begin and end; over midnight that is two."""
    if rate.begins is None or rate.ends is None:
        return ((0, DAY_MINUTES),)
    begin, end = minute(rate.begins), minute(rate.ends)
    pieces = ((begin, end),) if begin < end else ((0, end), (begin, DAY_MINUTES))
    return tuple(piece for piece in pieces if piece[0] < piece[1])


def minute(hour: str) -> int:
    """A time of day as minutes since midnight: "07:30" is 450."""
    return int(hour[:2]) * 60 + int(hour[3:])


def clock(minutes: int) -> str:
    """Minutes since midnight as a time of day."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _money_and_zone(tariff: ScheduleTariff) -> Problems:
    """Currency and time zone exist."""
    if tariff.currency not in MINOR_DIGITS:
        yield "currency", f"must be one of {', '.join(MINOR_DIGITS)} ({_is(tariff.currency)})"
    try:
        ZoneInfo(tariff.timezone)
    except (KeyError, ValueError, OSError):
        yield "timezone", f"must be a time zone like Asia/Shanghai ({_is(tariff.timezone)})"


def _dates(tariff: ScheduleTariff) -> Problems:
    """All dates exist, and the versions come in their order."""
    listed = {"calendar.holidays": tariff.calendar.holidays, "calendar.workdays": tariff.calendar.workdays}
    dates = [(f"{key}[{number}]", day) for key, days in listed.items() for number, day in enumerate(days)]
    dates += [(f"{key}.valid_from", version.valid_from) for key, version in _versions(tariff)]
    for key, day in dates:
        try:
            date.fromisoformat(day)
        except ValueError:
            yield key, f"there is no such date ({_is(day)})"
    for number, (before, after) in enumerate(zip(tariff.versions, tariff.versions[1:], strict=False), 1):
        if after.valid_from <= before.valid_from:
            yield f"versions[{number}].valid_from", f"must be later than {before.valid_from} ({_is(after.valid_from)})"


def _ids(tariff: ScheduleTariff) -> Problems:
    """Ids are given once, and nothing names a vehicle class that there is not."""
    yield from _twice("classes", [each.id for each in tariff.classes])
    for key, version in _versions(tariff):
        yield from _twice(f"{key}.concessions", [each.id for each in version.concessions])
        users = [(f"{key}.rates[{number}]", rate.classes) for number, rate in enumerate(version.rates)]
        users += [(f"{key}.concessions[{number}]", each.classes) for number, each in enumerate(version.concessions)]
        known = [each.id for each in tariff.classes]
        for user, classes in users:
            for number, vehicle in enumerate(classes):
                if vehicle not in known:
                    yield f"{user}.classes[{number}]", f"must be one of {', '.join(known)} ({_is(vehicle)})"


def _twice(key: str, ids: list[str]) -> Problems:
    for number, each in enumerate(ids):
        if (first := ids.index(each)) < number:
            yield f"{key}[{number}].id", f"is the same as {key}[{first}].id ({_is(each)})"


def _hours(tariff: ScheduleTariff) -> Problems:
    """Hours have two ends, and a cap of a window has a window."""
    for key, rate in _rates(tariff):
        if (rate.begins is None) != (rate.ends is None):
            has, lacks = ("from", "to") if rate.ends is None else ("to", "from")
            yield f"{key}.{lacks}", f"missing; {has} is set"
        elif rate.begins is None and rate.cap_minor is not None:
            yield f"{key}.cap_minor", "needs from and to: without them there is no window; use period_cap_minor"
        elif rate.begins == "24:00":
            yield f"{key}.from", 'must be a time before midnight; write 00:00 (is "24:00")'
        elif rate.begins is not None and rate.begins == rate.ends:
            yield f"{key}.to", f"must differ from `from` ({_is(rate.ends)}); leave both out for all day"


def _units(tariff: ScheduleTariff) -> Problems:
    """Each unit has its turn, and the last one has an end only if it says how often."""
    for key, rate in _rates(tariff):
        for number, unit in enumerate(rate.units):
            place, last = f"{key}.units[{number}]", number == len(rate.units) - 1
            if not last and unit.minutes is None:
                yield f"{place}.minutes", "missing; only the last unit may cover all the time that is left"
            elif not last and unit.times is None:
                yield f"{place}.times", "missing; only the last unit may come for ever"
            elif unit.minutes is None and unit.times is not None:
                yield f"{place}.times", "must be left out: a unit without minutes comes once"


def _one_rate(tariff: ScheduleTariff) -> Problems:
    """Each moment has a rate, and no moment has two."""
    for key, version in _versions(tariff):
        for vehicle in tariff.classes:
            for kind in DAY_KINDS:
                yield from _one_rate_on(key, version, vehicle.id, kind)


def _one_rate_on(key: str, version: Version, vehicle: str, kind: str) -> Problems:
    """The gaps and overlaps of one vehicle class on one kind of day."""
    on = f"for class {vehicle} on {IN_WORDS[kind]}"
    taken = sorted(
        (begin, end, number)
        for number, rate in enumerate(version.rates)
        if (not rate.classes or vehicle in rate.classes) and kind in day_kinds(rate)
        for begin, end in spans(rate)
    )
    until, owner = 0, 0
    for begin, end, number in [*taken, (DAY_MINUTES, DAY_MINUTES, -1)]:
        if begin > until:
            yield f"{key}.rates", f"no rate {on} from {clock(until)} to {clock(begin)}"
        elif begin < until and number >= 0:
            one, other = sorted((owner, number))
            hours = f"from {clock(begin)} to {clock(min(until, end))}"
            yield f"{key}.rates[{other}]", f"overlaps {key}.rates[{one}] {on} {hours}"
        if end > until:
            until, owner = end, number


def _versions(tariff: ScheduleTariff) -> Iterable[tuple[str, Version]]:
    return ((f"versions[{number}]", version) for number, version in enumerate(tariff.versions))


def _rates(tariff: ScheduleTariff) -> Iterable[tuple[str, Rate]]:
    for key, version in _versions(tariff):
        yield from ((f"{key}.rates[{number}]", rate) for number, rate in enumerate(version.rates))


def _is(value: object) -> str:
    return f"is {json.dumps(value, ensure_ascii=False)}"


CHECKS: tuple[Callable[[ScheduleTariff], Problems], ...] = (_money_and_zone, _dates, _ids, _hours, _units, _one_rate)
