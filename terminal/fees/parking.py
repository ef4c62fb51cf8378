"""Parking by the started hour: free minutes, a price per started hour, a cap per started day."""

from typing import Literal

import msgspec


class ParkingTariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least that a parking tariff understands; amounts in minor units."""

    kind: Literal["parking"]
    free_minutes: int
    per_hour_minor: int
    day_cap_minor: int
