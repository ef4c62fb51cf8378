"""Parking by the started hour: free minutes, a price per started hour, a cap per started day.

A stay of at most the free minutes owes nothing; times that a pass covers are no part of it. Any longer stay pays each started
hour *from entry* (the free minutes are not taken off), and each started 24 hours from entry cost at most the cap. Whole days and
the rest are worked out by division, so a year costs no more time than an hour.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated

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
from terminal.fees.stay import Stay

HOUR_MS = 60 * MINUTE_MS
HOURS_A_DAY = 24


class ParkingTariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="parking"):
    """The least that a parking tariff understands; amounts in minor units."""

    free_minutes: Annotated[int, msgspec.Meta(ge=0, le=44_640)]
    """A stay of at most this long owes nothing, without its covered times; exactly this long is still free."""
    per_hour_minor: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
    """Each started hour, counted from entry."""
    day_cap_minor: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
    """At most this per started 24 hours from entry."""


def unfit(tariff: ParkingTariff, stay: Stay, now_ms: int) -> str:
    """Why there is no price for a stay (a key under `refused.`); empty when there is one."""
    return "no_entry" if stay.entered_at_ms is None else ""


def leave_by_ms(tariff: ParkingTariff, stay: Stay) -> int | None:
    """Until when a car that has paid may leave: as long as it likes."""
    return None


def price(tariff: ParkingTariff, stay: Stay, now_ms: int, inner: InnerLines = no_inner) -> Quote:
    """What a stay owes at `now_ms`; one that begins later is a stay of nothing."""
    assert stay.entered_at_ms is not None, "unfit() tells that"
    begin_ms = min(stay.entered_at_ms, now_ms)
    lines = cover_lines(begin_ms, now_ms, stay.covers)
    times = uncovered(begin_ms, now_ms, stay.covers)
    free_lines = not_longer(times, tariff.free_minutes, stay.coupons)
    if free_lines is None:
        lines += charged(tariff, stay, begin_ms, times)
    elif times or not lines:
        lines += free_lines
    return finished([*(lines or [QuoteLine("nothing", 0)]), *inner(begin_ms, now_ms)], stay.coupons)


def charged(tariff: ParkingTariff, stay: Stay, begin_ms: int, times: Iterable[tuple[int, int]]) -> Iterator[QuoteLine]:
    """The lines of uncovered times, each from its own beginning; minutes of coupons are taken off at the entry."""
    for from_ms, to_ms in times:
        if from_ms == begin_ms:
            minutes, coupon_lines = coupon_minutes(stay.coupons)
            yield from coupon_lines
            from_ms = min(to_ms, from_ms + minutes * MINUTE_MS)
        yield from charge(tariff, to_ms - from_ms)


def charge(tariff: ParkingTariff, stay_ms: int) -> list[QuoteLine]:
    """The lines of a time without a break: days that cost the cap, and hours that cost the price of an hour."""
    hours, days = -(-stay_ms // HOUR_MS), 0
    if tariff.day_cap_minor < HOURS_A_DAY * tariff.per_hour_minor:
        days, hours = divmod(hours, HOURS_A_DAY)
        if hours * tariff.per_hour_minor >= tariff.day_cap_minor:
            days, hours = days + bool(hours), 0
    lines = []
    if days:
        params: dict[str, int | str] = {"days": days, "price_minor": tariff.day_cap_minor}
        lines.append(QuoteLine("days_capped", days * tariff.day_cap_minor, params))
    if hours:
        params = {"hours": hours, "price_minor": tariff.per_hour_minor}
        lines.append(QuoteLine("hours", hours * tariff.per_hour_minor, params))
    return lines
