"""What only many prices can tell of a tariff: it is priced where something happens, on days of each kind.

Theory of operation. Prices change where units end, and what is odd shows next to the hours at which rates begin. So entries are
tried each hour, and at each edge, a minute before and a minute after it; exits at each edge and every few hours. The fee must not
fall when a stay is made longer at either end: if it does, somebody who stays longer pays less.

Two things are no bargains. Where periods count from the entry, an earlier entry moves all later periods, and what they cut is a
matter of luck; so entries are compared in the first period only. Where units run on over an edge, one that began before it takes
the place of one at the new rate; so an earlier entry must save more than a unit's price.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from terminal.fees import price
from terminal.fees.schedule.checking import DAY_MINUTES, minute
from terminal.fees.schedule.model import ScheduleTariff, Version
from terminal.fees.schedule.samples import moment_ms, sample_days
from terminal.fees.stay import Stay
from terminal.money import figures

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
DAY_MS = 24 * HOUR_MS
EXIT_HOURS = (4, 11, 17, 23)
"""Hours of exit that are tried beside the edges."""


Span = tuple[int, int]
"""A stay: its entry and its exit, Unix UTC ms."""


class Bargain(msgspec.Struct, frozen=True):
    """A longer stay that costs less than a shorter one inside it; both as entry, exit and fee."""

    vehicle: str
    longer: tuple[int, int, int]
    shorter: tuple[int, int, int]

    def says(self, tariff: ScheduleTariff) -> str:
        """The finding as a sentence."""
        longer, shorter = (self._stay(tariff, stay) for stay in (self.longer, self.shorter))
        return f"a longer stay costs less for class {self.vehicle}: {longer}, but {shorter}"

    @staticmethod
    def _stay(tariff: ScheduleTariff, stay: tuple[int, int, int]) -> str:
        entered_ms, left_ms, fee = stay
        zone = ZoneInfo(tariff.timezone)
        entered, left = (datetime.fromtimestamp(ms / 1000, zone) for ms in (entered_ms, left_ms))
        hours, minutes = divmod((left_ms - entered_ms) // MINUTE_MS, 60)
        return f"{hours} h {minutes} min from {entered:%a %Y-%m-%d %H:%M} to {left:%a %H:%M} cost {figures(fee, tariff.currency)}"


def bargain(tariff: ScheduleTariff, number: int, vehicle: str) -> Bargain | None:
    """The largest saving that was found by staying longer, in the version of this number."""
    version = tariff.versions[number]
    prices = [unit.minor for rate in version.rates for unit in rate.units]
    least = max(prices, default=0) if version.edges == "run_on" else 0
    found: list[tuple[int, Bargain]] = []
    for day in sample_days(tariff, version).values():
        entries = [moment_ms(tariff, day, each) for each in _entries(version)]
        exits = sorted(moment_ms(tariff, day, each) + days * DAY_MS for each in _exits(version) for days in (0, 1, 2))
        fees = {
            (entry, leave): price(tariff, Stay(entry, vehicle=vehicle), leave).due_minor
            for entry in entries
            for leave in exits
            if entry < leave
        }
        for longer, shorter in (*_later_exits(entries, exits), *_earlier_entries(entries, exits, version)):
            saved = fees[shorter] - fees[longer]
            if saved > (least if longer[1] == shorter[1] else 0):
                found.append((saved, Bargain(vehicle, (*longer, fees[longer]), (*shorter, fees[shorter]))))
    return max(found, key=lambda each: each[0])[1] if found else None


def _later_exits(entries: list[int], exits: list[int]) -> Iterator[tuple[Span, Span]]:
    """Stays, and the next that end earlier."""
    for entry in entries:
        for earlier, later in pairwise(leave for leave in exits if leave > entry):
            yield (entry, later), (entry, earlier)


def _earlier_entries(entries: list[int], exits: list[int], version: Version) -> Iterator[tuple[Span, Span]]:
    """Stays, and the next that begin later."""
    for leave in exits:
        for earlier, later in pairwise(entry for entry in entries if entry < leave):
            if version.period != "24h" or leave - earlier <= DAY_MS:
                yield (earlier, leave), (later, leave)


def most_without(tariff: ScheduleTariff, number: int, cap: str) -> int:
    """The highest fee that was found for a period (or for a stay) without this cap and those that come after it."""
    version = tariff.versions[number]
    caps = {"period_cap_minor": None, "stay_cap_minor": None} if cap == "period_cap_minor" else {"stay_cap_minor": None}
    bare = msgspec.structs.replace(version, **caps, free_minutes=0, rounding=None, concessions=())
    only = msgspec.structs.replace(tariff, versions=(bare,))
    whole_stay = cap == "stay_cap_minor" or version.period == "stay"
    length_ms = (tariff.longest_stay_days if whole_stay else 1) * DAY_MS
    return max(
        price(only, Stay(entry, vehicle=vehicle.id), entry + length_ms).due_minor
        for vehicle in tariff.classes
        for day in sample_days(tariff, version).values()
        for entry in ([moment_ms(tariff, day, each) for each in _entries(version)] if version.period != "day" else [])
        or [moment_ms(tariff, day, 0)]
    )


def _edges(version: Version) -> set[int]:
    """The minutes of a day at which a rate begins or ends."""
    hours = [hour for rate in version.rates for hour in (rate.begins, rate.ends) if hour is not None]
    return {minute(hour) % DAY_MINUTES for hour in hours} | {0}


def _entries(version: Version) -> list[int]:
    """Minutes of a day at which stays begin."""
    near = {(edge + step) % DAY_MINUTES for edge in _edges(version) for step in (-1, 0, 1)}
    return sorted({*range(0, DAY_MINUTES, 60), *near})


def _exits(version: Version) -> list[int]:
    """Minutes of a day at which stays end."""
    return sorted(_edges(version) | {hour * 60 for hour in EXIT_HOURS})
