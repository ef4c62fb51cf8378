"""Parking by the started hour: free minutes, a price per started hour, a cap per started day.

A stay of at most the free minutes owes nothing. Any longer stay pays each started hour *from entry* (the free minutes
are not taken off), and each started 24 hours from entry cost at most the cap. Whole days and the rest are worked out by
division, so a year costs no more time than an hour.
"""

from typing import Annotated, Literal

import msgspec

from terminal.fees.quote import Quote, QuoteLine

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
HOURS_A_DAY = 24


class ParkingTariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least that a parking tariff understands; amounts in minor units."""

    kind: Literal["parking"]
    free_minutes: Annotated[int, msgspec.Meta(ge=0, le=44_640)]
    """A stay of at most this long owes nothing; exactly this long is still free."""
    per_hour_minor: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
    """Each started hour, counted from entry."""
    day_cap_minor: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
    """At most this per started 24 hours from entry."""

    def price(self, entered_at_ms: int, now_ms: int) -> Quote:
        """What a stay from `entered_at_ms` to `now_ms` owes; the entry is not after `now_ms`."""
        stay_ms = now_ms - entered_at_ms
        if stay_ms <= self.free_minutes * MINUTE_MS:
            return Quote(0, (QuoteLine("free", 0, {"minutes": self.free_minutes}),))
        hours = -(-stay_ms // HOUR_MS)
        if self.day_cap_minor >= HOURS_A_DAY * self.per_hour_minor:
            return self._quote(capped_days=0, hours=hours)
        days, hours = divmod(hours, HOURS_A_DAY)
        if hours * self.per_hour_minor >= self.day_cap_minor:
            return self._quote(capped_days=days + bool(hours), hours=0)
        return self._quote(capped_days=days, hours=hours)

    def _quote(self, capped_days: int, hours: int) -> Quote:
        """Days that cost the cap, and hours that cost the price of an hour."""
        lines = []
        if capped_days:
            params: dict[str, int | str] = {"days": capped_days, "price_minor": self.day_cap_minor}
            lines.append(QuoteLine("days_capped", capped_days * self.day_cap_minor, params))
        if hours:
            params = {"hours": hours, "price_minor": self.per_hour_minor}
            lines.append(QuoteLine("hours", hours * self.per_hour_minor, params))
        return Quote(sum(line.amount_minor for line in lines), tuple(lines))
