"""A pricer as plain as can be: it walks through a stay minute by minute and asks at each one what the tariff says.

It is the second opinion on `terminal.fees`, for its property tests and for the virtual world, written from the words of
`terminal.fees.schedule.model` alone, so it shares no code with it. It is slow, gives no reasons, and leaves inner car parks out
of account. Under a tariff of kind "parking" it counts hour by hour.

Theory of operation. All times of a schedule are whole minutes since 1970, UTC: whoever came must have come on a whole minute, and
of the moment of pricing a started minute counts. The stay is taken apart into *parts* without covered minutes (and at changes of
version, if the tariff splits there). A stay that is short in all is free; else free minutes are taken off the part that begins
with it. What is left of each part is walked, minute by minute, with three sums in hand: that of the window, that of the period,
that of the part. A unit's price is added when the unit begins; where a window or a period ends, its sum is cut down to its cap
and handed on to the next sum.
"""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from terminal.fees.parking import ParkingTariff
from terminal.fees.schedule.model import Concession, Rate, Rounding, ScheduleTariff, Unit, Version
from terminal.fees.stay import Stay

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROUNDINGS = {"down": ROUND_FLOOR, "up": ROUND_CEILING, "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


def due(tariff: ScheduleTariff, stay: Stay, now_ms: int) -> int:
    """What the stay owes at `now_ms`, in minor units. Whether a grace time is over is asked by the minute, too."""
    now = -(-now_ms // MINUTE_MS)
    if stay.entered_at_ms is None:
        lost = version_at(tariff, now).lost_ticket_minor
        assert lost is not None
        return less_money_coupons(lost, stay)
    now = max(stay.entered_at_ms // MINUTE_MS, now)
    stay, paid_minor = from_first_entry(tariff, stay)
    paid_minor += sum(payment.amount_minor for payment in stay.paid)
    assert stay.entered_at_ms is not None
    entered = stay.entered_at_ms // MINUTE_MS
    version = version_at(tariff, entered)
    if stay.paid:
        last_payment = stay.paid[-1].at_ms // MINUTE_MS
        grace_ends = last_payment + version.exit_grace_minutes
        if version.exit_grace_minutes == 0 or now <= grace_ends:
            return 0
        if version.overstay != "one_stay":
            new_begin = {"from_payment": last_payment, "from_grace_end": grace_ends}[version.overstay]
            new = replace(stay, coupons=tuple(coupon for coupon in stay.coupons if not coupon.used))
            return less_money_coupons(amount(tariff, new, new_begin, now, with_free_time=False), new)
    return less_money_coupons(max(0, amount(tariff, stay, entered, now, with_free_time=True) - paid_minor), stay)


def from_first_entry(tariff: ScheduleTariff, stay: Stay) -> tuple[Stay, int]:
    """The stay with the last one in it if the car came back to that soon enough, and so on; and what was paid for those."""
    if stay.entered_at_ms is None or not stay.earlier:
        return stay, 0
    last, *others = stay.earlier
    entered = stay.entered_at_ms // MINUTE_MS
    away = entered - last.left_at_ms // MINUTE_MS
    may_be_away = version_at(tariff, entered).reentry_minutes
    if may_be_away == 0 or away > may_be_away:
        return stay, 0
    coupons = (*stay.coupons, *(replace(coupon, used=True) for coupon in last.coupons))
    longer = replace(stay, entered_at_ms=last.entered_at_ms, coupons=coupons, earlier=tuple(others))
    whole, paid_minor = from_first_entry(tariff, longer)
    return whole, paid_minor + last.paid_minor


def less_money_coupons(minor: int, stay: Stay) -> int:
    """What is left when all coupons in money are taken off."""
    return max(0, minor - sum(coupon.amount_minor for coupon in stay.coupons))


def amount(tariff: ScheduleTariff, stay: Stay, entered: int, now: int, with_free_time: bool) -> int:
    """What the time from `entered` to `now` costs, all parts together, less percents, rounded."""
    if with_free_time and is_short(tariff, stay, entered, now):
        return 0
    total = 0
    for version, begin, end in parts(tariff, stay, entered, now):
        if begin == entered and with_free_time:
            begin = charged_from(version, tariff, stay, begin, end)
        total += walk(version, tariff, stay, begin, end)
    version = version_at(tariff, entered)
    percent = max((concession.percent_off for concession in concessions(version, tariff, stay)), default=0)
    return rounded(version.rounding, total - math.ceil(Fraction(total * percent, 100)))


def is_short(tariff: ScheduleTariff, stay: Stay, entered: int, now: int) -> bool:
    """Whether the minutes that are not covered, counted one by one after those of coupons, are no more than the free ones."""
    version = version_at(tariff, entered)
    counted = -sum(coupon.minutes for coupon in stay.coupons)
    for minute in range(entered, now):
        counted += 0 if is_covered(stay, minute) else 1
    return version.free_rule == "if_not_longer" and counted <= version.free_minutes


def is_covered(stay: Stay, minute: int) -> bool:
    """Whether this minute owes nothing."""
    return any(cover.from_ms <= minute * MINUTE_MS < cover.to_ms for cover in stay.covers)


def parts(tariff: ScheduleTariff, stay: Stay, entered: int, now: int) -> Iterator[tuple[Version, int, int]]:
    """The stay without its covered minutes: version, first minute, and the minute after the last one."""
    part: tuple[Version, int, int] | None = None
    for minute in range(entered, now):
        covered = is_covered(stay, minute)
        version = version_at(tariff, minute if tariff.across_versions == "split" else entered)
        if part is not None and (covered or version is not part[0]):
            yield part
            part = None
        if not covered:
            part = (version, minute if part is None else part[1], minute + 1)
    if part is not None:
        yield part


def charged_from(version: Version, tariff: ScheduleTariff, stay: Stay, begin: int, end: int) -> int:
    """The minute from which the first part of a stay that is not short costs something; at most its end."""
    coupon = sum(coupon.minutes for coupon in stay.coupons)
    free = version.free_minutes if version.free_rule == "always" else 0
    conceded = max((concession.free_minutes for concession in concessions(version, tariff, stay)), default=0)
    return min(end, begin + max(free, conceded) + coupon)


def walk(version: Version, tariff: ScheduleTariff, stay: Stay, begin: int, end: int) -> int:
    """What the minutes from `begin` to `end` cost, with all caps."""
    part_sum = period_sum = window_sum = 0
    units_begun = 0
    unit_ends: float = begin
    before: Rate | None = None  # the rate of the minute before this one
    for minute in range(begin, end):
        rate = rate_at(version, tariff, vehicle(tariff, stay), minute)
        new_period = minute == begin or begins_period(version, tariff, begin, minute)
        new_window = new_period or rate is not before or begins_anew(rate, tariff, minute)
        if new_window:
            period_sum += capped(window_sum, before.cap_minor if before is not None else None)
            window_sum = 0
        if new_period:
            part_sum += capped(period_sum, version.period_cap_minor)
            period_sum = 0
        if new_period or (new_window and version.steps == "window"):
            units_begun = 0
        if new_period or (new_window and version.edges == "cut"):
            unit_ends = minute
        unit = next_unit(rate, units_begun) if minute >= unit_ends else None
        if unit is not None:
            units_begun += 1
            unit_ends = math.inf if unit.minutes is None else minute + unit.minutes
            window_sum += unit.minor
        before = rate
    period_sum += capped(window_sum, before.cap_minor if before is not None else None)
    part_sum += capped(period_sum, version.period_cap_minor)
    return capped(part_sum, version.stay_cap_minor)


def next_unit(rate: Rate, units_begun: int) -> Unit | None:
    """The unit whose turn it is after so many; None if the time is free, or all units have had their turns."""
    for unit in rate.units:
        if unit.times is None or units_begun < unit.times:
            return unit
        units_begun -= unit.times
    return None


def begins_period(version: Version, tariff: ScheduleTariff, charged: int, minute: int) -> bool:
    """Whether the rules begin anew with this minute."""
    if version.period == "24h":
        return (minute - charged) % DAY_MINUTES == 0
    return version.period == "day" and minute == instant(tariff.timezone, day_of(tariff.timezone, minute), "00:00")


def begins_anew(rate: Rate, tariff: ScheduleTariff, minute: int) -> bool:
    """Whether the clock reaches this rate's own `from`."""
    if rate.begins is None:
        return False
    return minute == instant(tariff.timezone, day_of(tariff.timezone, minute), rate.begins)


def rate_at(version: Version, tariff: ScheduleTariff, vehicle: str, minute: int) -> Rate:
    """The one rate for this vehicle: that of the day whose hour came last; before the first hour, the one over midnight."""
    day = day_of(tariff.timezone, minute)
    kinds = kinds_of_day(tariff, day)
    today = [
        rate
        for rate in version.rates
        if (not rate.classes or vehicle in rate.classes) and (not rate.days or kinds & set(rate.days))
    ]
    begun = [rate for rate in today if instant(tariff.timezone, day, rate.begins or "00:00") <= minute]
    if begun:
        return max(begun, key=lambda rate: rate.begins or "00:00")
    return max(today, key=lambda rate: rate.begins or "00:00")


def kinds_of_day(tariff: ScheduleTariff, day: date) -> set[str]:
    """The words of a tariff that fit this date."""
    if day.isoformat() in tariff.special.holidays:
        return {"holiday"}
    if day.isoformat() in tariff.special.workdays:
        return {"workday"}
    return {DAY_NAMES[day.weekday()], "weekend" if day.weekday() >= 5 else "workday"}


def concessions(version: Version, tariff: ScheduleTariff, stay: Stay) -> list[Concession]:
    """Those that this stay has."""
    return [
        concession
        for concession in version.concessions
        if vehicle(tariff, stay) in concession.classes or concession.id in stay.concessions
    ]


def vehicle(tariff: ScheduleTariff, stay: Stay) -> str:
    """The vehicle class; if nobody has said one, the first."""
    return stay.vehicle or tariff.classes[0].id


def version_at(tariff: ScheduleTariff, minute: int) -> Version:
    """The last version that is in force by then, or the first if none is."""
    in_force = tariff.versions[0]
    for version in tariff.versions:
        if instant(tariff.timezone, date.fromisoformat(version.valid_from), "00:00") <= minute:
            in_force = version
    return in_force


def capped(minor: int, cap_minor: int | None) -> int:
    """No more than the cap, if there is one."""
    return minor if cap_minor is None else min(minor, cap_minor)


def rounded(rounding: Rounding | None, minor: int) -> int:
    """To a multiple, by the rule that the tariff names."""
    if rounding is None:
        return minor
    multiples = (Decimal(minor) / rounding.to_minor).quantize(Decimal(1), ROUNDINGS[rounding.rule])
    return int(multiples) * rounding.to_minor


def parking_due(tariff: ParkingTariff, stay: Stay, now_ms: int) -> int:
    """What a stay that has not been paid owes by the started hour, in minor units; to the millisecond."""
    assert stay.entered_at_ms is not None
    total = 0
    times = list(open_times(stay, stay.entered_at_ms, now_ms))
    coupon_ms = MINUTE_MS * sum(coupon.minutes for coupon in stay.coupons)
    if sum(end - begin for begin, end in times) - coupon_ms <= MINUTE_MS * tariff.free_minutes:
        return 0
    for begin, end in times:
        left_ms = end - begin
        if begin == stay.entered_at_ms:
            left_ms -= coupon_ms
        day_sum = hours = 0
        while left_ms > 0:
            day_sum = min(tariff.day_cap_minor, day_sum + tariff.per_hour_minor)
            hours += 1
            left_ms -= 60 * MINUTE_MS
            if hours % 24 == 0:
                total, day_sum = total + day_sum, 0
        total += day_sum
    return max(0, total - sum(coupon.amount_minor for coupon in stay.coupons))


def open_times(stay: Stay, begin_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """The times of a stay that nothing covers: from one moment at which a cover begins or ends to the next, joined."""
    moments = {moment for cover in stay.covers for moment in (cover.from_ms, cover.to_ms) if begin_ms < moment < end_ms}
    cuts = sorted({begin_ms, end_ms, *moments})
    since: int | None = None
    for from_ms, to_ms in pairwise(cuts):
        covered = any(cover.from_ms <= from_ms < cover.to_ms for cover in stay.covers)
        if covered and since is not None:
            yield since, from_ms
            since = None
        elif not covered:
            since = from_ms if since is None else since
            if to_ms == end_ms:
                yield since, end_ms


@cache
def day_of(timezone: str, minute: int) -> date:
    """The date on the wall."""
    return datetime.fromtimestamp(minute * 60, ZoneInfo(timezone)).date()


@cache
def instant(timezone: str, day: date, hour: str) -> int:
    """The minute at which the clock on the wall shows this hour for the first time; an hour that the clock skips in spring
    comes as late as if it did not."""
    if hour == "24:00":
        day, hour = day + timedelta(days=1), "00:00"
    wall = datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=ZoneInfo(timezone))
    return int(wall.timestamp()) // 60
