"""From rows about one stay to the facts that its price needs. Pure.

Reports come late, twice and in any order, so rows are sets: nothing here depends on their order, and what came twice counts once.
Where a report is missing, the gap is closed with what is certain: a car is in one place at a time, and in none after it has left.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from terminal.errors import CodeError
from terminal.fees.quote import Names
from terminal.fees.stay import Coupon, Cover, Earlier, Inner, Paid, Stay


class Entry(msgspec.Struct, frozen=True):
    """When and as what the car came in."""

    entered_at_ms: int
    vehicle: str = ""


class InnerMove(NamedTuple):
    """The car went into an inner car park, or out of it."""

    at_ms: int
    tariff_id: str
    came_in: bool


class Pass(msgspec.Struct, frozen=True):
    """A pass of the car's plate."""

    pass_id: str
    from_ms: int
    to_ms: int
    names: Names = {}
    withdrawn_at_ms: int | None = None


class StayRows(msgspec.Struct, frozen=True, kw_only=True):
    """All rows about one stay; `entry` None: nobody knows when the car came."""

    entry: Entry | None
    left_at_ms: int | None = None
    moves: Iterable[InnerMove] = ()
    validations: Iterable[Coupon] = ()
    concessions: Iterable[str] = ()
    passes: Iterable[Pass] = ()
    payments: Iterable[Paid] = ()
    earlier: Iterable[Earlier] = ()
    """Other stays of the same plate which it has left."""


def stay_of(rows: StayRows) -> Stay:
    """The facts of a stay. Raises `CodeError` with `left_before_entry` when it ended before it began."""
    entry, left_at_ms = rows.entry, rows.left_at_ms
    if entry is not None and left_at_ms is not None and left_at_ms < entry.entered_at_ms:
        raise CodeError("left_before_entry")
    return Stay(
        entered_at_ms=None if entry is None else entry.entered_at_ms,
        vehicle="" if entry is None else entry.vehicle,
        concessions=tuple(sorted(set(rows.concessions))),
        covers=_covers(rows.passes),
        inner=() if entry is None else inner_times(rows.moves, entry.entered_at_ms, left_at_ms),
        coupons=_coupons(rows.validations),
        paid=tuple(sorted(rows.payments, key=lambda paid: (paid.at_ms, paid.amount_minor))),
        earlier=() if entry is None else _before(rows.earlier, entry.entered_at_ms),
    )


def inner_times(moves: Iterable[InnerMove], entered_at_ms: int, left_at_ms: int | None) -> tuple[Inner, ...]:
    """The times in inner car parks, in order and without overlap.

    Coming into one ends a time in another that nobody has ended; a second report of coming in, and one of going out of where the
    car was not, say nothing; what lies outside of the stay is cut off.
    """
    times: list[Inner] = []
    inside: Inner | None = None
    for at_ms, tariff_id, came_in in sorted(set(moves)):
        at_ms = max(at_ms, entered_at_ms)
        if left_at_ms is not None and at_ms >= left_at_ms:
            break
        here = inside is not None and inside.tariff_id == tariff_id
        if inside is not None and here != came_in:
            times.append(Inner(inside.tariff_id, inside.from_ms, at_ms))
            inside = None
        if came_in and not here:
            inside = Inner(tariff_id, at_ms)
    if inside is not None:
        times.append(Inner(inside.tariff_id, inside.from_ms, left_at_ms))
    return tuple(time for time in times if time.from_ms != time.to_ms)


def _covers(passes: Iterable[Pass]) -> tuple[Cover, ...]:
    covers = []
    for each in sorted(passes, key=lambda each: (each.from_ms, each.pass_id)):
        to_ms = each.to_ms if each.withdrawn_at_ms is None else min(each.to_ms, each.withdrawn_at_ms)
        if each.from_ms < to_ms:
            covers.append(Cover(each.from_ms, to_ms, "pass", each.names))
    return tuple(covers)


def _coupons(validations: Iterable[Coupon]) -> tuple[Coupon, ...]:
    by_id = {coupon.coupon_id: coupon for coupon in validations}
    return tuple(by_id[coupon_id] for coupon_id in sorted(by_id))


def _before(stays: Iterable[Earlier], entered_at_ms: int) -> tuple[Earlier, ...]:
    """Those that were over by the entry, the newest first; of two that overlap the one that ended first is not believed."""
    found: list[Earlier] = []
    for each in sorted(stays, key=lambda each: (each.left_at_ms, each.entered_at_ms, each.paid_minor), reverse=True):
        if each.entered_at_ms <= each.left_at_ms <= entered_at_ms and each not in found:
            found.append(each)
            entered_at_ms = each.entered_at_ms
    return tuple(found)
