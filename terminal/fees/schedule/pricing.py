"""The price of a stay under a tariff of kind "schedule".

Theory of operation. From the outside to the inside:

    price    which time is to be priced at all: a car that came back, one that has paid and did not leave, a lost ticket; coupons
    charge   that time in parts (without passes and inner car parks; by versions), free time, concession, rounding
    walk     one part: units and caps (`walk.py`)

Every rule that changes the amount is a line; the amount is the sum of the lines.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from terminal.fees.quote import Quote, QuoteLine
from terminal.fees.reductions import (
    MINUTE_MS,
    InnerLines,
    coupon_minutes,
    cover_lines,
    finished,
    no_inner,
    not_longer,
    uncovered,
)
from terminal.fees.rounding import ROUNDINGS
from terminal.fees.schedule.model import Concession, Rounding, ScheduleTariff, Version
from terminal.fees.schedule.walk import walk
from terminal.fees.stay import DAY_MS, Earlier, Paid, Stay

LINES_MAX = 12
"""A longer explanation is not read: what repeats is then told in one line."""
OFFSET_LOOKED_AT_MS = 30 * DAY_MS
"""Summer time lasts longer than this everywhere, so looking so often finds each change of the clock."""


Part = tuple[Version, int, int]
"""An uncovered time, and the version that prices it."""


def unfit(tariff: ScheduleTariff, stay: Stay, now_ms: int) -> str:
    """Why there is no price for a stay (a key under `refused.`); empty when there is one."""
    if stay.vehicle and all(stay.vehicle != each.id for each in tariff.classes):
        return "unknown_class"
    if stay.entered_at_ms is None:
        return "no_entry" if version_at(tariff, now_ms).lost_ticket_minor is None else ""
    return "stay_too_long" if now_ms - stay.entered_at_ms > tariff.longest_stay_days * DAY_MS else ""


def leave_by_ms(tariff: ScheduleTariff, stay: Stay) -> int | None:
    """Until when a car that has paid may leave; None: as long as it likes, or it has not paid."""
    entered_ms = joined(tariff, stay)[0].entered_at_ms
    if not stay.paid or entered_ms is None:
        return None
    grace = version_at(tariff, entered_ms).exit_grace_minutes
    return stay.paid[-1].at_ms + grace * MINUTE_MS if grace else None


def price(tariff: ScheduleTariff, stay: Stay, now_ms: int, inner: InnerLines = no_inner) -> Quote:
    """What a stay owes at `now_ms`, and why; one that begins later is a stay of nothing."""
    if stay.entered_at_ms is None:
        lost_minor = version_at(tariff, now_ms).lost_ticket_minor
        assert lost_minor is not None, "unfit() tells that"
        return finished([QuoteLine("lost_ticket", lost_minor)], stay.coupons)
    now_ms, grace_ends_ms = max(now_ms, stay.entered_at_ms), leave_by_ms(tariff, stay)
    stay, paid, back = joined(tariff, stay)
    assert stay.entered_at_ms is not None
    entered_ms = stay.entered_at_ms
    if not stay.paid:
        lines = [*back, *charge(tariff, stay, entered_ms, now_ms), *inner(entered_ms, now_ms)]
        return finished(merged(less(lines, paid)), stay.coupons)
    version, last_ms = version_at(tariff, entered_ms), stay.paid[-1].at_ms
    if grace_ends_ms is None or now_ms <= grace_ends_ms:
        return Quote(0, (QuoteLine("paid", 0, {"paid_ms": last_ms}),))
    if version.overstay == "one_stay":
        lines = [*back, *charge(tariff, stay, entered_ms, now_ms), *inner(entered_ms, now_ms)]
        return finished(merged(less(lines, [*paid, *stay.paid])), stay.coupons)
    begin_ms = last_ms if version.overstay == "from_payment" else grace_ends_ms
    overstay = QuoteLine("overstay", 0, {"paid_ms": last_ms, "grace": version.exit_grace_minutes})
    fresh = [coupon for coupon in stay.coupons if not coupon.used]
    lines = [overstay, *charge(tariff, stay, begin_ms, now_ms, free_time=False), *inner(begin_ms, now_ms)]
    return finished(merged(lines), fresh)


def joined(tariff: ScheduleTariff, stay: Stay) -> tuple[Stay, list[Paid], list[QuoteLine]]:
    """A car that came back soon goes on with its last stays: the stay from the first entry, with the coupons that were used
    since; what was paid for them; and the line that says so."""
    last = list(gone_on_with(tariff, stay))
    if not last:
        return stay, [], []
    entered_ms, in_order = last[-1].entered_at_ms, last[::-1]
    paid = [Paid(each.left_at_ms, each.paid_minor) for each in in_order if each.paid_minor]
    used = [msgspec.structs.replace(coupon, used=True) for each in in_order for coupon in each.coupons]
    line = QuoteLine("reentry", 0, {"from_ms": entered_ms, "left_ms": last[0].left_at_ms})
    whole = msgspec.structs.replace(stay, entered_at_ms=entered_ms, coupons=(*used, *stay.coupons))
    return whole, paid, [line]


def gone_on_with(tariff: ScheduleTariff, stay: Stay) -> Iterator[Earlier]:
    """The earlier stays that are one with this one, the newest first: after each the car came back soon enough."""
    entered_ms = stay.entered_at_ms
    for each in stay.earlier:
        assert entered_ms is not None, "a lost ticket goes on with nothing"
        soon_ms = version_at(tariff, entered_ms).reentry_minutes * MINUTE_MS
        if not soon_ms or entered_ms - each.left_at_ms > soon_ms:
            return
        yield each
        entered_ms = each.entered_at_ms


def less(lines: Sequence[QuoteLine], paid: Sequence[Paid]) -> list[QuoteLine]:
    """The lines, and what was paid before taken off; nobody gets anything back."""
    told = list(lines)
    left_minor = sum(line.amount_minor for line in told)
    for each in paid:
        off_minor = min(left_minor, each.amount_minor)
        told.append(QuoteLine("paid_before", -off_minor, {"paid_ms": each.at_ms}))
        left_minor -= off_minor
    return told


def charge(
    tariff: ScheduleTariff, stay: Stay, begin_ms: int, end_ms: int, *, free_time: bool = True
) -> list[QuoteLine]:
    """The lines of a time, from free minutes to rounding."""
    lines = cover_lines(begin_ms, end_ms, stay.covers)
    version, times = version_at(tariff, begin_ms), list(parts(tariff, stay, begin_ms, end_ms))
    free_lines = None
    if free_time and times and version.free_rule == "if_not_longer":
        free_lines = not_longer([part[1:] for part in times], version.free_minutes, stay.coupons)
    if free_lines is None:
        lines += charged(tariff, stay, begin_ms, times, free_time=free_time)
        lines += concession_lines(granted(tariff, version, stay), lines)
        lines += rounding_lines(version.rounding, lines)
    else:
        lines += free_lines
    lines += clock_lines(tariff, begin_ms, end_ms)
    return lines or [QuoteLine("nothing", 0)]


def charged(
    tariff: ScheduleTariff, stay: Stay, begin_ms: int, times: Sequence[Part], *, free_time: bool
) -> Iterator[QuoteLine]:
    """The lines of uncovered times up to their caps; with free time the one at the beginning has its first minutes free."""
    last = version_at(tariff, begin_ms)
    for version, from_ms, to_ms in times:
        if version is not last:
            yield QuoteLine("version", 0, {"valid_from": version.valid_from})
            last = version
        if free_time and from_ms == begin_ms:
            free_ms, free_lines = free(version, granted(tariff, version, stay), stay)
            from_ms = min(to_ms, from_ms + free_ms)
            yield from free_lines
        yield from walk(tariff, version, vehicle_of(tariff, stay), from_ms, to_ms)


def parts(tariff: ScheduleTariff, stay: Stay, begin_ms: int, end_ms: int) -> Iterator[Part]:
    """What is not covered, each part with the version that prices it."""
    if tariff.across_versions == "entry":
        version = version_at(tariff, begin_ms)
        yield from ((version, *part) for part in uncovered(begin_ms, end_ms, stay.covers))
        return
    changes = [valid_from_ms(tariff, version) for version in tariff.versions[1:]]
    for number, (from_ms, to_ms) in enumerate(pairwise([begin_ms, *changes, end_ms])):
        times = uncovered(max(begin_ms, from_ms), min(end_ms, to_ms), stay.covers)
        yield from ((tariff.versions[number], *part) for part in times)


def valid_from_ms(tariff: ScheduleTariff, version: Version) -> int:
    """The midnight at which a version comes into force."""
    return int(datetime.fromisoformat(version.valid_from).replace(tzinfo=ZoneInfo(tariff.timezone)).timestamp()) * 1000


def version_at(tariff: ScheduleTariff, at_ms: int) -> Version:
    """The version in force; before the first one, that."""
    begun = [version for version in tariff.versions[1:] if valid_from_ms(tariff, version) <= at_ms]
    return begun[-1] if begun else tariff.versions[0]


def vehicle_of(tariff: ScheduleTariff, stay: Stay) -> str:
    """The vehicle class; if nobody has said one, the first."""
    return stay.vehicle or tariff.classes[0].id


def granted(tariff: ScheduleTariff, version: Version, stay: Stay) -> list[Concession]:
    """The concessions that a stay has: by its vehicle class, or because somebody in charge says so."""
    vehicle = vehicle_of(tariff, stay)
    return [each for each in version.concessions if vehicle in each.classes or each.id in stay.concessions]


def free(version: Version, concessions: Sequence[Concession], stay: Stay) -> tuple[int, list[QuoteLine]]:
    """How much of the beginning of a stay that pays is free, and why."""
    coupon, coupon_lines = coupon_minutes(stay.coupons)
    minutes, line = 0, None
    if version.free_rule == "always" and version.free_minutes:
        minutes, line = version.free_minutes, QuoteLine("free_always", 0, {"minutes": version.free_minutes})
    for each in concessions:
        if each.free_minutes > minutes:
            minutes = each.free_minutes
            line = QuoteLine("free_for", 0, {"minutes": minutes}, each.name)
    return (minutes + coupon) * MINUTE_MS, [*([] if line is None else [line]), *coupon_lines]


def concession_lines(concessions: Sequence[Concession], lines: Sequence[QuoteLine]) -> list[QuoteLine]:
    """The best percentage off; part of a minor unit is the payer's."""
    best = max(concessions, key=lambda each: each.percent_off, default=None)
    total_minor = sum(line.amount_minor for line in lines)
    if best is None or not best.percent_off or not total_minor:
        return []
    off_minor = -(-total_minor * best.percent_off // 100)
    return [QuoteLine("concession", -off_minor, {"percent": best.percent_off}, best.name)]


def rounding_lines(rounding: Rounding | None, lines: Sequence[QuoteLine]) -> list[QuoteLine]:
    """What rounding changes, if anything."""
    if rounding is None:
        return []
    total_minor = sum(line.amount_minor for line in lines)
    multiples = ROUNDINGS[rounding.rule](Fraction(total_minor, rounding.to_minor))
    change_minor = multiples * rounding.to_minor - total_minor
    params: dict[str, int | str] = {"to_minor": rounding.to_minor}
    return [QuoteLine(f"rounded_{rounding.rule}", change_minor, params)] if change_minor else []


def clock_lines(tariff: ScheduleTariff, begin_ms: int, end_ms: int) -> list[QuoteLine]:
    """Summer time began or ended meanwhile: the price is by the time that really passed."""
    zone = ZoneInfo(tariff.timezone)
    looked_at = [*range(begin_ms, end_ms, OFFSET_LOOKED_AT_MS), end_ms]
    offsets = {datetime.fromtimestamp(at_ms // 1000, zone).utcoffset() for at_ms in looked_at}
    return [QuoteLine("dst", 0)] if len(offsets) > 1 else []


ADDED = frozenset({"units", "times"})
"""Params that count, so that those of lines which say the same are added."""
OWN = ADDED | {"from_ms", "to_ms"}
"""Params that do not matter to whether two lines say the same."""


def merged(lines: list[QuoteLine]) -> list[QuoteLine]:
    """The same lines, or, if they are too many, one for all that say the same."""
    if len(lines) <= LINES_MAX:
        return lines
    whole: dict[object, QuoteLine] = {}
    for line in lines:
        fixed = tuple(value for name, value in line.params.items() if name not in OWN)
        key = (line.what, fixed, tuple(line.names.items()))
        before = whole.get(key)
        whole[key] = line if before is None else together(before, line)
    return list(whole.values())


def together(one: QuoteLine, other: QuoteLine) -> QuoteLine:
    """Two lines that say the same of different times."""
    params = dict(one.params)
    for name in ADDED & params.keys():
        params[name] = int(params[name]) + int(other.params[name])
    if "to_ms" in params:
        params["to_ms"] = other.params["to_ms"]
    return QuoteLine(one.what, one.amount_minor + other.amount_minor, params, one.names)
