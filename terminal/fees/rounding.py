"""Rounding by a named rule: the one list of rules, for tariffs and for dues."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Literal

RoundingRule = Literal["down", "up", "half_up", "half_even"]

ROUNDINGS: dict[RoundingRule, Callable[[Fraction], int]] = {
    "down": floor,
    "up": ceil,
    "half_up": lambda amount: floor(amount + Fraction(1, 2)),
    "half_even": round,
}
"""How part of a whole is rounded; amounts are not negative."""
