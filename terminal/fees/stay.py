"""A stay: all that happened to one car and matters to its price, as facts.

Whoever prices a stay (the kiosk, the command line, a test) gathers the facts; no tariff looks anything up. What a tariff has no
rule for, it leaves out of account.
"""

import msgspec

from terminal.fees.quote import Names

DAY_MS = 86_400_000


class Cover(msgspec.Struct, frozen=True):
    """A time that owes nothing to this tariff: a monthly pass is in force, or the car is in an inner car park."""

    from_ms: int
    to_ms: int
    what: str
    """`pass` or `inner`, a key under `quote.`."""
    names: Names = {}


class Coupon(msgspec.Struct, frozen=True):
    """A discount that somebody gives: so many minutes, or so much money. One of the two is 0."""

    coupon_id: str
    minutes: int = 0
    amount_minor: int = 0
    names: Names = {}
    """Who gives it: the merchant's name."""
    used: bool = False
    """It went with an earlier payment of this stay: it counts where the whole stay is priced again, and nowhere else."""


class Paid(msgspec.Struct, frozen=True):
    """A payment for this stay, and the terminal that took it; "": this one."""

    at_ms: int
    amount_minor: int
    terminal_id: str = ""


class Earlier(msgspec.Struct, frozen=True, omit_defaults=True):
    """An earlier stay of the same car, which it has left."""

    entered_at_ms: int
    left_at_ms: int
    paid_minor: int
    coupons: tuple[Coupon, ...] = ()
    """Those that went with its payments."""


class Inner(msgspec.Struct, frozen=True):
    """A time in a car park inside this one, which has a tariff of its own; `to_ms` None: it is still there."""

    tariff_id: str
    from_ms: int
    to_ms: int | None = None


class Stay(msgspec.Struct, frozen=True, omit_defaults=True):
    """The facts of one stay, up to now."""

    entered_at_ms: int | None
    """None: nobody knows when it came (a lost ticket)."""
    vehicle: str = ""
    """Its vehicle class, by the tariff's names; "": the tariff's first."""
    concessions: tuple[str, ...] = ()
    """Ids of the tariff's concessions that somebody in charge has granted."""
    covers: tuple[Cover, ...] = ()
    inner: tuple[Inner, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    paid: tuple[Paid, ...] = ()
    """In the order of time."""
    earlier: tuple[Earlier, ...] = ()
    """The newest first, each over before the next newer one, and the newest before this stay."""
