"""What any kind of tariff does alike with the facts of a stay: times that are covered, and coupons."""

from collections.abc import Callable, Iterable, Sequence

from terminal.fees.quote import Quote, QuoteLine
from terminal.fees.stay import Coupon, Cover

MINUTE_MS = 60_000

InnerLines = Callable[[int, int], list[QuoteLine]]
"""The lines of the times in inner car parks, from one moment to another."""


def no_inner(begin_ms: int, end_ms: int) -> list[QuoteLine]:
    """There are none."""
    return []


def uncovered(begin_ms: int, end_ms: int, covers: Iterable[Cover]) -> list[tuple[int, int]]:
    """What is left of a time without those that are covered, in order; nothing of it is empty."""
    left, at_ms = [], begin_ms
    for cover in sorted((cover for cover in covers if cover.from_ms < cover.to_ms), key=lambda cover: cover.from_ms):
        if at_ms < min(cover.from_ms, end_ms):
            left.append((at_ms, min(cover.from_ms, end_ms)))
        at_ms = max(at_ms, cover.to_ms)
    if at_ms < end_ms:
        left.append((at_ms, end_ms))
    return left


def cover_lines(begin_ms: int, end_ms: int, covers: Iterable[Cover]) -> list[QuoteLine]:
    """A line for each covered time within a stay; they cost nothing here."""
    lines = []
    for cover in covers:
        from_ms, to_ms = max(begin_ms, cover.from_ms), min(end_ms, cover.to_ms)
        if from_ms < to_ms:
            lines.append(QuoteLine(cover.what, 0, {"from_ms": from_ms, "to_ms": to_ms}, cover.names))
    return lines


def not_longer(
    times: Iterable[tuple[int, int]], free_minutes: int, coupons: Sequence[Coupon]
) -> list[QuoteLine] | None:
    """The lines of a stay that owes nothing, as its uncovered times, taken together and less the minutes of coupons, are not
    longer than the free minutes; None: they are longer."""
    stay_ms = sum(to_ms - from_ms for from_ms, to_ms in times)
    coupon, coupon_lines = coupon_minutes(coupons)
    if stay_ms > (free_minutes + coupon) * MINUTE_MS:
        return None
    free_lines = [QuoteLine("free", 0, {"minutes": free_minutes})] if free_minutes else []
    return free_lines if stay_ms <= free_minutes * MINUTE_MS else [*coupon_lines, *free_lines]


def coupon_minutes(coupons: Iterable[Coupon]) -> tuple[int, list[QuoteLine]]:
    """The minutes that coupons take off the beginning of a stay, and the lines that say so."""
    given = [coupon for coupon in coupons if coupon.minutes]
    lines = [QuoteLine("coupon_minutes", 0, {"minutes": coupon.minutes}, coupon.names) for coupon in given]
    return sum(coupon.minutes for coupon in given), lines


def finished(lines: Iterable[QuoteLine], coupons: Iterable[Coupon]) -> Quote:
    """The quote of these lines, less what coupons are worth in money; never below nothing."""
    told = list(lines)
    due_minor = sum(line.amount_minor for line in told)
    for coupon in coupons:
        off_minor = min(due_minor, coupon.amount_minor)
        if off_minor:
            told.append(QuoteLine("coupon", -off_minor, {"worth_minor": coupon.amount_minor}, coupon.names))
        due_minor -= off_minor
    return Quote(due_minor, tuple(told))
