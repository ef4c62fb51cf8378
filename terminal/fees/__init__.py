"""What is owed and why: a registry, one file a kind.

A kind of fee is a frozen struct with a `kind`, its own fields, and a method `price(entered_at_ms, now_ms) -> Quote`.
To add one: its file, its place in `Tariff` and `KINDS`, and a table of cases in `tests/fees` that a fee inspector can
read. Everything here is pure.
"""

from terminal.fees.parking import ParkingTariff
from terminal.fees.quote import Quote

Tariff = ParkingTariff
"""Any tariff that a configuration can name."""

KINDS: dict[str, type[Tariff]] = {
    "parking": ParkingTariff,
}
"""What `kind` in a section `[tariffs.…]` may say."""


def price(tariff: Tariff, entered_at_ms: int, now_ms: int) -> Quote:
    """What is owed at `now_ms` for a stay since `entered_at_ms` (both Unix, UTC).

    An entry in the future counts as a stay of nothing, for two clocks never agree; refusing a ticket that lies too far
    in the future is the reader's affair, not the tariff's.
    """
    return tariff.price(min(entered_at_ms, now_ms), now_ms)
