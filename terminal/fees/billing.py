"""Billing: what a period costs by rate and area, and whether the periods of an account follow each other. Pure.

Months are calendar months: a whole one costs the rate × the area, of a broken one each day costs its share (`days / days of that
month`). Everything is added up exactly and rounded once, by a rule with a name.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Literal

import msgspec

from terminal.fees.dues import Charge
from terminal.fees.rounding import ROUNDINGS, RoundingRule


class Rate(msgspec.Struct, frozen=True):
    """A price for a m² and month, in thousandths of a minor unit: 2.85 yuan is 285 000."""

    per_m2_milli: int
    rounding: RoundingRule = "half_up"


class Break(msgspec.Struct, frozen=True):
    """Two periods of one item of one account that do not follow each other: a `gap` between them, or an `overlap`."""

    what: Literal["gap", "overlap"]
    before: Charge
    after: Charge


def amount_of(rate: Rate, area_centi_m2: int, from_date: str, to_date: str) -> int:
    """What a period costs, in minor units; it includes both dates."""
    months = sum(_shares(date.fromisoformat(from_date), date.fromisoformat(to_date)), Fraction())
    return ROUNDINGS[rate.rounding](months * rate.per_m2_milli * area_centi_m2 / 100_000)


def problems(charges: Iterable[Charge]) -> tuple[Break, ...]:
    """Where the periods of any account's items leave a gap or overlap. Charges without a period have neither."""
    periods = sorted((charge for charge in charges if charge.from_date), key=_place)
    return tuple(breaks(periods))


def breaks(periods: Iterable[Charge]) -> Iterator[Break]:
    """The same for charges that come in order of account, item and first day, one by one."""
    for _, run in groupby(periods, key=lambda charge: (charge.account_id, charge.item)):
        for before, after in pairwise(run):
            if after.from_date <= before.to_date:
                yield Break("overlap", before, after)
            elif after.from_date != day_after(before.to_date):
                yield Break("gap", before, after)


def day_after(iso_date: str) -> str:
    """The next date."""
    return (date.fromisoformat(iso_date) + timedelta(1)).isoformat()


def _place(charge: Charge) -> tuple[str, str, str]:
    return charge.account_id, charge.item, charge.from_date


def _shares(first: date, last: date) -> Iterator[Fraction]:
    """For each calendar month that a period touches, which part of it."""
    while first <= last:
        days = monthrange(first.year, first.month)[1]
        end = min(last, first.replace(day=days))
        yield Fraction((end - first).days + 1, days)
        first = end + timedelta(1)
