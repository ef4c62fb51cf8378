"""Parking by the started hour: free minutes, a price per started hour, a cap per started day.

A stay of at most the free minutes owes nothing. Any longer stay pays each started hour *from entry* (the free minutes
are not taken off), and each started 24 hours from entry cost at most the cap. Whole days and the rest are worked out by
division, so a year costs no more time than an hour.
"""

from typing import Annotated

import msgspec

from terminal.fees.quote import Quote, QuoteLine
from terminal.fees.reductions import MINUTE_MS, InnerLines, coupon_minutes, cover_lines, finished, no_inner, uncovered
from terminal.fees.stay import Stay

HOUR_MS = 60 * MINUTE_MS
HOURS_A_DAY = 24


class ParkingTariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="parking"):
    """The least that a parking tariff understands; amounts in minor units."""

    free_minutes: Annotated[int, msgspec.Meta(ge=0, le=44_640)]
    """A stay of at most this long owes nothing; exactly this long is still free."""
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
    for from_ms, to_ms in uncovered(begin_ms, now_ms, stay.covers) or [(now_ms, now_ms)]:
        if from_ms == begin_ms:
            minutes, coupon_lines = coupon_minutes(stay.coupons)
            lines += coupon_lines
            lines += charge(tariff, to_ms - from_ms - minutes * MINUTE_MS, tariff.free_minutes)
        else:
            lines += charge(tariff, to_ms - from_ms, 0)
    return finished([*lines, *inner(begin_ms, now_ms)], stay.coupons)


def charge(tariff: ParkingTariff, stay_ms: int, free_minutes: int) -> list[QuoteLine]:
    """The lines of an uncovered time: days that cost the cap, and hours that cost the price of an hour."""
    if stay_ms <= free_minutes * MINUTE_MS:
        return [QuoteLine("free", 0, {"minutes": free_minutes})]
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
