"""What is suspicious about a tariff that can be used: rules that never apply, and prices that somebody will dispute.

A rule is a function from a tariff (and today's date) to its findings; all of them run, in the order of the table at the end. None
of them forbids anything: a tariff may mean what it says. What only many prices can tell is asked in `probing.py`.
"""

import math
from collections.abc import Callable, Iterator
from datetime import date

import msgspec

from terminal.fees.schedule import probing
from terminal.fees.schedule.checking import WEEK, day_kinds, spans
from terminal.fees.schedule.model import Concession, Rate, ScheduleTariff, Version
from terminal.money import figures

DAY_MINUTES = 24 * 60
DECEMBER = 12


class Finding(msgspec.Struct, frozen=True):
    """One suspicion: the dotted key in the file, the rule's name, and a sentence."""

    key: str
    kind: str
    text: str


Findings = Iterator[Finding]


def lint(tariff: ScheduleTariff, today: date) -> Findings:
    """All that is suspicious about a tariff that has no problems (`checking.py`)."""
    for rule in RULES:
        yield from rule(tariff, today)


def steps_never_reached(tariff: ScheduleTariff, today: date) -> Findings:
    """Units whose turn never comes, since the window or the period is over before."""
    for key, version, rate in _rates(tariff):
        before_minutes, before_times = 0, 0
        for number, unit in enumerate(rate.units):
            if not _reached(tariff, version, rate, before_minutes, before_times):
                where = (
                    "window" if version.steps == "window" and before_minutes < _period(tariff, version) else "period"
                )
                text = f"is never reached: the units before it take {before_minutes} minutes, and the {where} is over by then"
                yield Finding(f"{key}.units[{number}]", "unreachable", text)
                break
            before_minutes += (unit.minutes or 0) * (unit.times or 1)
            before_times += unit.times or 1


def _reached(tariff: ScheduleTariff, version: Version, rate: Rate, minutes: int, times: int) -> bool:
    """Whether a unit can begin after so many others, of so many minutes together."""
    if version.steps == "window":
        return minutes < window_minutes(tariff, version, rate)
    shortest = min(unit.minutes or DAY_MINUTES for each in version.rates for unit in each.units)
    return times * shortest < _period(tariff, version)


def window_minutes(tariff: ScheduleTariff, version: Version, rate: Rate) -> int:
    """The longest window that a rate can have, in minutes."""
    pieces = [end - begin for begin, end in spans(rate)]
    over_midnight = len(pieces) == 2 and _on_two_days_running(rate)
    longest = sum(pieces) if over_midnight else max(pieces)
    return _period(tariff, version) if rate.begins is None else min(longest, _period(tariff, version))


def _on_two_days_running(rate: Rate) -> bool:
    """Whether the rate can be in force on a day and on the next; special days may be next to any."""
    kinds = day_kinds(rate)
    ordinary = zip(WEEK, (*WEEK[1:], WEEK[0]), strict=True)
    return (
        "holiday" in kinds or "makeup" in kinds or any(one in kinds and next_one in kinds for one, next_one in ordinary)
    )


def _period(tariff: ScheduleTariff, version: Version) -> int:
    return tariff.longest_stay_days * DAY_MINUTES if version.period == "stay" else DAY_MINUTES


def concessions_for_nobody(tariff: ScheduleTariff, today: date) -> Findings:
    """Concessions that give nothing, or to vehicles that pay nothing."""
    for key, version in _versions(tariff):
        for number, given in enumerate(version.concessions):
            place = f"{key}.concessions[{number}]"
            if _gives_nothing(given, version):
                yield Finding(place, "unreachable", "gives nothing that others do not have")
            elif given.classes and all(_pays_nothing(version, vehicle) for vehicle in given.classes):
                yield Finding(place, "unreachable", "is for nobody: all its vehicle classes park free anyway")


def _gives_nothing(given: Concession, version: Version) -> bool:
    own = given.free_minutes > (version.free_minutes if version.free_rule == "always" else 0)
    return not given.percent_off and not own


def _pays_nothing(version: Version, vehicle: str) -> bool:
    own = [rate for rate in version.rates if not rate.classes or vehicle in rate.classes]
    return all(unit.minor == 0 for rate in own for unit in rate.units)


def rates_never_in_force(tariff: ScheduleTariff, today: date) -> Findings:
    """Rates for public holidays alone, when there are none."""
    for key, _, rate in _rates(tariff):
        if set(rate.days) == {"holiday"} and not tariff.special.holidays:
            yield Finding(key, "unreachable", "is never in force: the calendar has no public holidays")


def missing_holidays(tariff: ScheduleTariff, today: date) -> Findings:
    """Kinds of day that the calendar can not tell, now or (from December on) next year."""
    used = {word for _, _, rate in _rates(tariff) for word in rate.days}
    if not used & {"holiday", "workday", "weekend"}:
        return
    special, advice = tariff.special, "update the package holidays, or list the dates in calendar"
    if not special.holidays:
        words = ", ".join(sorted(used & {"holiday", "workday", "weekend"}))
        yield Finding("calendar", "missing_holidays", f"has no public holidays, but days are told apart by {words}")
        return
    for year in (today.year, today.year + 1) if today.month == DECEMBER else (today.year,):
        if not any(day.startswith(f"{year}-") for day in special.holidays):
            yield Finding(
                "calendar.holidays", "missing_holidays", f"has no public holidays for {year}: {advice}.holidays"
            )
        elif tariff.calendar.country == "CN" and not any(day.startswith(f"{year}-") for day in special.workdays):
            text = f"has no make-up workdays for {year}: {advice}.workdays"
            yield Finding("calendar.workdays", "missing_holidays", text)


def window_caps_never_reached(tariff: ScheduleTariff, today: date) -> Findings:
    """Caps of windows that are not less than all that the window's units can cost."""
    for key, version, rate in _rates(tariff):
        if rate.cap_minor is None:
            continue
        most = _most_minor(rate, version, window_minutes(tariff, version, rate))
        if rate.cap_minor >= most:
            text = f"is never reached: a window costs at most {figures(most, tariff.currency)}"
            yield Finding(f"{key}.cap_minor", "cap_never_reached", text)


def _most_minor(rate: Rate, version: Version, minutes: int) -> int:
    """What the units of a window can cost at most. If steps run through the period, any of them may be the first."""
    if version.steps == "period" and len(rate.units) > 1:
        shortest = min(unit.minutes or minutes for unit in rate.units)
        return math.ceil(minutes / shortest) * max(unit.minor for unit in rate.units)
    total, left = 0, minutes
    for unit in rate.units:
        if left <= 0:
            break
        begun = 1 if unit.minutes is None else min(unit.times or math.inf, math.ceil(left / unit.minutes))
        total += int(begun) * unit.minor
        left -= int(begun) * (unit.minutes or left)
    return total


def whole_caps_never_reached(tariff: ScheduleTariff, today: date) -> Findings:
    """Caps of period and stay that are not less than any price without them."""
    for key, version in _versions(tariff):
        number = tariff.versions.index(version)
        for field, cap_minor in (
            ("period_cap_minor", version.period_cap_minor),
            ("stay_cap_minor", version.stay_cap_minor),
        ):
            if cap_minor is not None and (most := probing.most_without(tariff, number, field)) <= cap_minor:
                what = "a stay" if field == "stay_cap_minor" or version.period == "stay" else "a period"
                text = f"is never reached: {what} costs at most {figures(most, tariff.currency)}"
                yield Finding(f"{key}.{field}", "cap_never_reached", text)


def jumps(tariff: ScheduleTariff, today: date) -> Findings:
    """Units that are longer than the period, so their price is paid for less time than they say."""
    for key, version, rate in _rates(tariff):
        for number, unit in enumerate(rate.units):
            if unit.minutes is not None and unit.minutes > _period(tariff, version):
                text = f"is longer than the period, which ends after {_period(tariff, version)} minutes"
                yield Finding(f"{key}.units[{number}].minutes", "jump", text)


def free_time_longer_than_period(tariff: ScheduleTariff, today: date) -> Findings:
    """Free minutes of a period or more."""
    for key, version in _versions(tariff):
        if version.period != "stay" and version.free_minutes >= DAY_MINUTES:
            text = f"is not less than a period of {DAY_MINUTES} minutes: hardly anybody pays"
            yield Finding(f"{key}.free_minutes", "free_time", text)


def lost_tickets_that_pay(tariff: ScheduleTariff, today: date) -> Findings:
    """A lost ticket that is cheaper than a long stay."""
    for key, version in _versions(tariff):
        lost, cap = version.lost_ticket_minor, version.period_cap_minor
        if lost is not None and cap is not None and lost < cap:
            text = f"is less than period_cap_minor ({figures(cap, tariff.currency)}): drivers would lose their tickets"
            yield Finding(f"{key}.lost_ticket_minor", "lost_ticket", text)


def overstay_without_grace(tariff: ScheduleTariff, today: date) -> Findings:
    """A rule for cars that leave too late, although none can."""
    for key, version in _versions(tariff):
        if version.exit_grace_minutes == 0 and version.overstay != "one_stay":
            text = "has no meaning: with exit_grace_minutes = 0 a car that has paid may stay as long as it likes"
            yield Finding(f"{key}.overstay", "grace", text)


def longer_stays_that_cost_less(tariff: ScheduleTariff, today: date) -> Findings:
    """A stay that contains another one, and costs less."""
    for key, version in _versions(tariff):
        for vehicle in tariff.classes:
            found = probing.bargain(tariff, tariff.versions.index(version), vehicle.id)
            if found is not None:
                yield Finding(key, "longer_costs_less", found.says(tariff))


def _versions(tariff: ScheduleTariff) -> Iterator[tuple[str, Version]]:
    for number, version in enumerate(tariff.versions):
        yield f"versions[{number}]", version


def _rates(tariff: ScheduleTariff) -> Iterator[tuple[str, Version, Rate]]:
    for key, version in _versions(tariff):
        for number, rate in enumerate(version.rates):
            yield f"{key}.rates[{number}]", version, rate


RULES: tuple[Callable[[ScheduleTariff, date], Findings], ...] = (
    steps_never_reached,
    concessions_for_nobody,
    rates_never_in_force,
    missing_holidays,
    window_caps_never_reached,
    whole_caps_never_reached,
    jumps,
    free_time_longer_than_period,
    lost_tickets_that_pay,
    overstay_without_grace,
    longer_stays_that_cost_less,
)
