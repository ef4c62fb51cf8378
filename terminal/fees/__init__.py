"""What is owed and why: a registry, one file (or folder) a kind of tariff.

A kind is a frozen struct tagged by `kind`, and three pure functions: `unfit`, `leave_by_ms` and `price`. To add one: its
file, its place in `Tariff` and `KINDS`, and a table of cases in `tests/fees` that a fee inspector can read.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from terminal.fees import parking
from terminal.fees.parking import ParkingTariff
from terminal.fees.quote import Quote, QuoteLine
from terminal.fees.reductions import InnerLines, no_inner
from terminal.fees.schedule import pricing
from terminal.fees.schedule.model import ScheduleTariff
from terminal.fees.stay import Cover, Inner, Stay

Tariff = ParkingTariff | ScheduleTariff
"""Any tariff that a configuration can name."""


class Kind(NamedTuple):
    """A kind of tariff: its struct, and what it answers."""

    tariff: type[Tariff]
    unfit: Callable[[Any, Stay, int], str]
    leave_by_ms: Callable[[Any, Stay], int | None]
    price: Callable[[Any, Stay, int, InnerLines], Quote]


KINDS: dict[str, Kind] = {
    "parking": Kind(ParkingTariff, parking.unfit, parking.leave_by_ms, parking.price),
    "schedule": Kind(ScheduleTariff, pricing.unfit, pricing.leave_by_ms, pricing.price),
}
"""What `kind` may say."""

_OF = {kind.tariff: kind for kind in KINDS.values()}


def unfit(tariff: Tariff, stay: Stay, now_ms: int) -> str:
    """Why a tariff has no price for a stay (a key under `refused.`); empty when it has one."""
    return _OF[type(tariff)].unfit(tariff, stay, now_ms)


def leave_by_ms(tariff: Tariff, stay: Stay) -> int | None:
    """Until when a car that has paid may leave; None: as long as it likes, or it has not paid."""
    return _OF[type(tariff)].leave_by_ms(tariff, stay)


def price(tariff: Tariff, stay: Stay, now_ms: int) -> Quote:
    """What is owed at `now_ms` (Unix, UTC) for a stay that is not `unfit`.

    An entry in the future counts as a stay of nothing, for two clocks never agree; refusing a ticket that lies too far
    in the future is the reader's affair, not the tariff's. Times in inner car parks are left out of account: `price_all`.
    """
    return _OF[type(tariff)].price(tariff, stay, now_ms, no_inner)


def price_all(tariffs: Mapping[str, Tariff], tariff_id: str, stay: Stay, now_ms: int) -> Quote:
    """What is owed for a stay and for its times in inner car parks: these owe by their own tariffs, and nothing to the outer."""
    times = [(tariffs[time.tariff_id], time.from_ms, _until(time, now_ms)) for time in stay.inner]
    covers = tuple(Cover(from_ms, to_ms, "inner") for _, from_ms, to_ms in times)

    def inner(begin_ms: int, end_ms: int) -> list[QuoteLine]:
        lines: list[QuoteLine] = []
        for tariff, from_ms, to_ms in times:
            from_ms, to_ms = max(begin_ms, from_ms), min(end_ms, to_ms)
            if from_ms < to_ms:
                lines += price(tariff, Stay(from_ms, vehicle=stay.vehicle, covers=stay.covers), to_ms).lines
        return lines

    outer = msgspec.structs.replace(stay, covers=(*stay.covers, *covers), inner=())
    tariff = tariffs[tariff_id]
    return _OF[type(tariff)].price(tariff, outer, now_ms, inner)


def _until(time: Inner, now_ms: int) -> int:
    return now_ms if time.to_ms is None else min(time.to_ms, now_ms)
