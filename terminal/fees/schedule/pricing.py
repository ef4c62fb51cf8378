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
from terminal.fees.reductions import MINUTE_MS, InnerLines, coupon_minutes, cover_lines, finished, no_inner, uncovered
from terminal.fees.rounding import ROUNDINGS
from terminal.fees.schedule.model import Concession, Rounding, ScheduleTariff, Version
from terminal.fees.schedule.walk import walk
from terminal.fees.stay import DAY_MS, Paid, Stay

LINES_MAX = 12
"""A longer explanation is not read: what repeats is then told in one line."""
OFFSET_LOOKED_AT_MS = 30 * DAY_MS
"""Summer time lasts longer than this everywhere, so looking so often finds each change of the clock."""


def unfit(tariff: ScheduleTariff, stay: Stay, now_ms: int) -> str:
    """Why there is no price for a stay (a key under `refused.`); empty when there is one."""
    if stay.vehicle and all(stay.vehicle != each.id for each in tariff.classes):
        return "unknown_class"
    if stay.entered_at_ms is None:
        return "no_entry" if version_at(tariff, now_ms).lost_ticket_minor is None else ""
    return "stay_too_long" if now_ms - stay.entered_at_ms > tariff.longest_stay_days * DAY_MS else ""


def leave_by_ms(tariff: ScheduleTariff, stay: Stay) -> int | None:
    """Until when a car that has paid may leave; None: as long as it likes, or it has not paid."""
    stay = joined(tariff, stay)[0]
    if not stay.paid or stay.entered_at_ms is None:
        return None
    grace = version_at(tariff, stay.entered_at_ms).exit_grace_minutes
    return stay.paid[-1].at_ms + grace * MINUTE_MS if grace else None


def price(tariff: ScheduleTariff, stay: Stay, now_ms: int, inner: InnerLines = no_inner) -> Quote:
    """What a stay owes at `now_ms`, and why; one that begins later is a stay of nothing."""
    if stay.entered_at_ms is None:
        lost_minor = version_at(tariff, now_ms).lost_ticket_minor
        assert lost_minor is not None, "unfit() tells that"
        return finished([QuoteLine("lost_ticket", lost_minor)], stay.coupons)
    now_ms = max(now_ms, stay.entered_at_ms)
    stay, paid, back = joined(tariff, stay)
    assert stay.entered_at_ms is not None
    entered_ms = stay.entered_at_ms
    if not stay.paid:
        lines = [*back, *charge(tariff, stay, entered_ms, now_ms), *inner(entered_ms, now_ms)]
        return finished(merged(less(lines, paid)), stay.coupons)
    version, last_ms = version_at(tariff, entered_ms), stay.paid[-1].at_ms
    grace_ends_ms = leave_by_ms(tariff, stay)
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
    """A car that came back soon goes on with its last stay: the stay from the first entry, what was paid for that, and the line
    that says so."""
    earlier, entered_ms = stay.earlier, stay.entered_at_ms
    if earlier is None or entered_ms is None:
        return stay, [], []
    if entered_ms - earlier.left_at_ms > version_at(tariff, entered_ms).reentry_minutes * MINUTE_MS:
        return stay, [], []
    paid = [Paid(earlier.left_at_ms, earlier.paid_minor)] if earlier.paid_minor else []
    line = QuoteLine("reentry", 0, {"from_ms": earlier.entered_at_ms, "left_ms": earlier.left_at_ms})
    return msgspec.structs.replace(stay, entered_at_ms=earlier.entered_at_ms, earlier=None), paid, [line]


def less(lines: Sequence[QuoteLine], paid: Sequence[Paid]) -> list[QuoteLine]:
    """The lines, and what was paid before taken off; nobody gets anything back."""
    left_minor, lines = sum(line.amount_minor for line in lines), list(lines)
    for each in paid:
        off_minor = min(left_minor, each.amount_minor)
        lines.append(QuoteLine("paid_before", -off_minor, {"paid_ms": each.at_ms}))
        left_minor -= off_minor
    return lines


def charge(
    tariff: ScheduleTariff, stay: Stay, begin_ms: int, end_ms: int, *, free_time: bool = True
) -> list[QuoteLine]:
    """The lines of a time, from free minutes to rounding."""
    vehicle = stay.vehicle or tariff.classes[0].id
    lines = cover_lines(begin_ms, end_ms, stay.covers)
    for number, (version, from_ms, to_ms) in enumerate(parts(tariff, stay, begin_ms, end_ms)):
        if number and tariff.across_versions == "split" and version_at(tariff, from_ms - 1) is not version:
            lines.append(QuoteLine("version", 0, {"valid_from": version.valid_from}))
        if free_time and from_ms == begin_ms:
            free_ms, free_lines = free(version, granted(version, stay, vehicle), stay, to_ms - from_ms)
            from_ms += free_ms
            lines += free_lines
        lines += walk(tariff, version, vehicle, from_ms, to_ms)
    version = version_at(tariff, begin_ms)
    lines += concession_lines(granted(version, stay, vehicle), lines)
    lines += rounding_lines(version.rounding, lines)
    lines += clock_lines(tariff, begin_ms, end_ms)
    return lines or [QuoteLine("nothing", 0)]


def parts(tariff: ScheduleTariff, stay: Stay, begin_ms: int, end_ms: int) -> Iterator[tuple[Version, int, int]]:
    """What is not covered, each part with the version that prices it."""
    if tariff.across_versions == "entry":
        version = version_at(tariff, begin_ms)
        yield from ((version, *part) for part in uncovered(begin_ms, end_ms, stay.covers))
        return
    changes = [valid_from_ms(tariff, version) for version in tariff.versions[1:]]
    cuts = [begin_ms, *(at_ms for at_ms in changes if begin_ms < at_ms < end_ms), end_ms]
    for from_ms, to_ms in pairwise(cuts):
        yield from ((version_at(tariff, from_ms), *part) for part in uncovered(from_ms, to_ms, stay.covers))


def valid_from_ms(tariff: ScheduleTariff, version: Version) -> int:
    """The midnight at which a version comes into force."""
    return int(datetime.fromisoformat(version.valid_from).replace(tzinfo=ZoneInfo(tariff.timezone)).timestamp()) * 1000


def version_at(tariff: ScheduleTariff, at_ms: int) -> Version:
    """The version in force; before the first one, that."""
    if len(tariff.versions) == 1:
        return tariff.versions[0]
    begun = [version for version in tariff.versions if valid_from_ms(tariff, version) <= at_ms]
    return begun[-1] if begun else tariff.versions[0]


def granted(version: Version, stay: Stay, vehicle: str) -> list[Concession]:
    """The concessions that a stay has: by its vehicle class, or because somebody in charge says so."""
    return [each for each in version.concessions if vehicle in each.classes or each.id in stay.concessions]


def free(version: Version, concessions: Sequence[Concession], stay: Stay, stay_ms: int) -> tuple[int, list[QuoteLine]]:
    """How much of the beginning of a stay is free, and why."""
    coupon, coupon_lines = coupon_minutes(stay.coupons)
    if version.free_rule == "if_not_longer" and stay_ms - coupon * MINUTE_MS <= version.free_minutes * MINUTE_MS:
        free_lines = [QuoteLine("free", 0, {"minutes": version.free_minutes})] if version.free_minutes else []
        return stay_ms, free_lines if stay_ms <= version.free_minutes * MINUTE_MS else [*coupon_lines, *free_lines]
    minutes, line = 0, None
    if version.free_rule == "always" and version.free_minutes:
        minutes, line = version.free_minutes, QuoteLine("free_always", 0, {"minutes": version.free_minutes})
    for each in concessions:
        if each.free_minutes > minutes:
            minutes = each.free_minutes
            line = QuoteLine("free_for", 0, {"minutes": minutes}, each.name)
    return min(stay_ms, (minutes + coupon) * MINUTE_MS), [*([] if line is None else [line]), *coupon_lines]


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
        fixed = tuple((name, value) for name, value in line.params.items() if name not in OWN)
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
