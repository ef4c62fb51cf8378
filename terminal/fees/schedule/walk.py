"""What an uncovered time costs: the units that begin in it, and the caps.

Theory of operation. The time is cut into periods, each period into windows (`windows.py`). In a window, as many units as fit
are begun by one division each, so the cost of a walk grows with the number of windows and not with its length. A cap is a line
of its own that takes off what is too much, so the lines always sum to what is owed.
"""

from collections.abc import Iterator
from typing import NamedTuple

from terminal.fees.quote import QuoteLine
from terminal.fees.reductions import MINUTE_MS
from terminal.fees.schedule.model import Rate, ScheduleTariff, Unit, Version
from terminal.fees.schedule.windows import ONE_DAY, Timetable
from terminal.fees.stay import DAY_MS

NEVER_MS = 2**62


class Counter(NamedTuple):
    """Where counting is: units begun so far, and when the unit under way is over."""

    begun: int
    free_at_ms: int


def walk(tariff: ScheduleTariff, version: Version, vehicle: str, begin_ms: int, end_ms: int) -> list[QuoteLine]:
    """The lines of a time that is charged from its first moment on, with all caps."""
    table = Timetable(tariff, version, vehicle)
    lines: list[QuoteLine] = []
    for from_ms, to_ms in periods(table, version, begin_ms, end_ms):
        charged = list(period_lines(table, version, from_ms, to_ms))
        lines += charged
        lines += cap_lines(f"cap_{version.period}", version.period_cap_minor, charged)
    return lines + cap_lines("cap_total", version.stay_cap_minor, lines)


def periods(table: Timetable, version: Version, begin_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """The times after each of which the rules begin anew."""
    from_ms, day = begin_ms, table.date_of(begin_ms)
    while from_ms < end_ms:
        day += ONE_DAY
        to_ms = {"24h": from_ms + DAY_MS, "stay": end_ms}.get(version.period) or table.midnight_ms(day)
        yield from_ms, min(to_ms, end_ms)
        from_ms = to_ms


def period_lines(table: Timetable, version: Version, begin_ms: int, end_ms: int) -> Iterator[QuoteLine]:
    """The units of one period, window by window, each window with its cap."""
    counter = Counter(0, begin_ms)
    for from_ms, to_ms, rate in table.windows(begin_ms, end_ms):
        if version.steps == "window":
            counter = counter._replace(begun=0)
        if version.edges == "cut":
            counter = counter._replace(free_at_ms=from_ms)
        charged = []
        at_ms = max(from_ms, counter.free_at_ms)
        for unit, count, until_ms in units(rate, counter.begun, at_ms, to_ms):
            last_ms = min(until_ms, end_ms if version.edges == "run_on" else to_ms)
            charged.append(unit_line(rate, unit, count, at_ms, last_ms))
            at_ms, counter = until_ms, Counter(counter.begun + count, until_ms)
        yield from charged
        yield from cap_lines("cap_window", rate.cap_minor, charged, rate)


def units(rate: Rate, begun: int, at_ms: int, edge_ms: int) -> Iterator[tuple[Unit, int, int]]:
    """The units that begin before the edge, when so many were begun before: unit, how many of it, and when they are over."""
    for unit in rate.units:
        if at_ms >= edge_ms:
            return
        left = NEVER_MS if unit.times is None else unit.times - begun
        begun = max(0, -left)
        if left <= 0:
            continue
        if unit.minutes is None:
            yield unit, 1, NEVER_MS
            return
        unit_ms = unit.minutes * MINUTE_MS
        count = min(left, -((at_ms - edge_ms) // unit_ms))
        at_ms += count * unit_ms
        yield unit, count, at_ms


def unit_line(rate: Rate, unit: Unit, count: int, from_ms: int, to_ms: int) -> QuoteLine:
    """Units of one price in one window."""
    params: dict[str, int | str] = {"from_ms": from_ms, "to_ms": to_ms, "units": count, "price_minor": unit.minor}
    if unit.minutes is not None:
        params["minutes"] = unit.minutes
    return QuoteLine("flat" if unit.minutes is None else "units", unit.minor * count, params, rate.name)


def cap_lines(what: str, cap_minor: int | None, charged: list[QuoteLine], rate: Rate | None = None) -> list[QuoteLine]:
    """The line that takes off what is above a cap, if anything is."""
    if cap_minor is None:
        return []
    over_minor = sum(line.amount_minor for line in charged) - cap_minor
    names = {} if rate is None else rate.name
    return [QuoteLine(what, -over_minor, {"cap_minor": cap_minor, "times": 1}, names)] if over_minor > 0 else []
