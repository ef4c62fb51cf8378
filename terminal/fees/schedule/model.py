"""What a tariff of kind "schedule" may say: its file as structs, one field a key.

    tariff ── classes            vehicle classes; the first is that of a car nobody has said anything about
           ── calendar           which dates are public holidays and make-up workdays
           ── versions           one after another, by the date from which each is in force
                ── rates         one for each moment: by vehicle class, kind of day and time of day
                     ── units    what the first, second, … period of time costs
                ── concessions   who pays less

Theory of operation. **A moment has one rate**: the one whose classes, days and hours fit (`days` is about the date of that
moment, so a night from 21:00 to 07:00 on workdays has its morning hours on workdays too). A *window* is the time in which a rate
with `from` and `to` is in force without a break; over midnight it is one window if the next day has the same rate. A rate without
`from` and `to` has no edges of its own. A *period* is 24 hours from where charging begins, or a calendar day, or the stay.

Time is charged in units. A unit begins when the one before it is over, costs what the rate of *that moment* says, and is paid
whole. Which unit comes next is counted from the window's beginning, or from the period's (`steps`). At the edge of a window
units are cut short, or run on across it (`edges`). At the end of a period, and of the stay, everything is cut. Caps come after
that: of the window, of the period, of the stay; then concessions, rounding, coupons.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from terminal.fees.quote import Names
from terminal.fees.rounding import RoundingRule

Minor = Annotated[int, Meta(ge=0, le=100_000_000)]
Minutes = Annotated[int, Meta(ge=0, le=44_640)]
Id = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}\Z", description="1 to 32 letters, digits, hyphens or underscores")
]
Date = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d\Z", description="a date like 2026-05-01")]
Hour = Annotated[
    str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d\Z|^24:00\Z", description="a time of day like 07:30, or 24:00")
]
DayWord = Literal["workday", "weekend", "holiday", "mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""`workday`: Monday to Friday and make-up workdays; `weekend`: Saturday and Sunday; both without public holidays. A name of a
day of the week means that day when it is neither a public holiday nor a make-up workday."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all parts of a tariff file."""


class VehicleClass(Part, frozen=True, kw_only=True):
    """A vehicle class, as ticket, camera and sign know it."""

    id: Id
    name: Names


class Calendar(Part, frozen=True, kw_only=True):
    """Which dates are special. `country` takes them from the maintained calendar of public holidays."""

    country: Annotated[str, Meta(pattern=r"^([A-Z]{2})?\Z", description="two capitals, like CN")] = ""
    subdivision: Annotated[str, Meta(pattern=r"^[A-Z0-9]{0,3}\Z", description="up to three capitals or digits")] = ""
    join_weekends: bool = False
    """Weekend days that adjoin a public holiday belong to it, as in a Chinese holiday break (放假)."""
    holidays: tuple[Date, ...] = ()
    """Further public holidays."""
    workdays: tuple[Date, ...] = ()
    """Further make-up workdays (调休上班); a date here is no holiday, whatever else says so."""


class Unit(Part, frozen=True, kw_only=True):
    """A period of time and what it costs, once it has begun."""

    minor: Minor
    minutes: Annotated[int, Meta(ge=1, le=44_640)] | None = None
    """Left out: all the time that is left, once."""
    times: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    """How often, before the next unit's turn; left out: for ever."""


class Rate(Part, frozen=True, kw_only=True):
    """What a time costs."""

    name: Names
    classes: tuple[Id, ...] = ()
    """Vehicle classes; none: all."""
    days: tuple[DayWord, ...] = ()
    """Kinds of day; none: all."""
    begins: Hour | None = field(name="from", default=None)
    ends: Hour | None = field(name="to", default=None)
    """Hours of the day; `to` may be earlier than `from`: then it is over midnight. Left out: all day."""
    units: tuple[Unit, ...] = ()
    """None: free."""
    cap_minor: Minor | None = None
    """At most this for each window."""


class Concession(Part, frozen=True, kw_only=True):
    """Who pays less. With `classes` it is given to these vehicles, without it to whom somebody in charge grants it."""

    id: Id
    name: Names
    classes: tuple[Id, ...] = ()
    free_minutes: Minutes = 0
    """So many minutes are taken off at the beginning, instead of the usual free time if that is less."""
    percent_off: Annotated[int, Meta(ge=0, le=100)] = 0
    """Taken off what is owed after all caps; part of a minor unit is the payer's."""


class Rounding(Part, frozen=True, kw_only=True):
    """How the amount of a quote is rounded, before coupons."""

    to_minor: Annotated[int, Meta(ge=2, le=1_000_000)]
    rule: RoundingRule


class Version(Part, frozen=True, kw_only=True):
    """The rules from one date to the next version's. Its date is also its name, on receipts and signs."""

    valid_from: Date
    rates: Annotated[tuple[Rate, ...], Meta(min_length=1, max_length=200)]
    free_minutes: Minutes = 0
    free_rule: Literal["if_not_longer", "always"] = "if_not_longer"
    """`if_not_longer`: a stay of at most the free minutes owes nothing, any longer one pays from its entry; what counts is the
    time that nothing covers, all of it together, less the minutes of coupons. `always`: the first minutes of every stay are
    free, and charging begins after them."""
    period: Literal["24h", "day", "stay"] = "24h"
    """When the rules begin anew: 24 hours after charging began, at midnight, or never."""
    period_cap_minor: Minor | None = None
    stay_cap_minor: Minor | None = None
    edges: Literal["cut", "run_on"] = "cut"
    """A unit under way at the edge of a window is cut there (and paid whole), or runs on at its price."""
    steps: Literal["window", "period"] = "window"
    """Units are counted anew in each window, or only in each period."""
    rounding: Rounding | None = None
    exit_grace_minutes: Minutes = 0
    """After paying, a car may leave for so long; 0: as long as it likes."""
    overstay: Literal["one_stay", "from_payment", "from_grace_end"] = "one_stay"
    """What a car that leaves later owes: the whole stay less what was paid, or a new stay (without free time) from the payment
    or from the end of the grace time."""
    reentry_minutes: Minutes = 0
    """A car that comes back within so many minutes goes on with its last stay, and with the one before it if it had come back to
    that as soon: all are priced as one, less what was paid. How soon is said by the version at the entry that comes after."""
    lost_ticket_minor: Minor | None = None
    """When nobody knows the entry; left out: only the staff can help."""
    concessions: tuple[Concession, ...] = ()


class Notice(Part, frozen=True, kw_only=True):
    """What the public sign says beside the prices (Rules on Clearly Marked Prices, Order 56 of 2022, and cities' own rules)."""

    operator: Names = {}
    pricing: Literal["market", "guided", "government"] = "market"
    document: str = ""
    """Number of the pricing document, where there is one."""
    complaints: str = ""
    """Telephone numbers, like 12315."""
    payment: Names = {}
    """Means of payment."""
    remarks: tuple[Names, ...] = ()


class SpecialDays(msgspec.Struct, frozen=True, omit_defaults=True):
    """The calendar, looked up, in the order of dates. It travels with the tariff: a price can be explained years later."""

    holidays: tuple[Date, ...] = ()
    workdays: tuple[Date, ...] = ()


class ScheduleTariff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="schedule"):
    """A whole tariff."""

    title: Names
    currency: str
    timezone: str
    classes: Annotated[tuple[VehicleClass, ...], Meta(min_length=1, max_length=32)]
    versions: Annotated[tuple[Version, ...], Meta(min_length=1, max_length=100)]
    """In the order of their dates."""
    calendar: Calendar = Calendar()
    across_versions: Literal["entry", "split"] = "entry"
    """A stay over a change of version is priced by the version in force at entry, or cut there, each part by its own."""
    longest_stay_days: Annotated[int, Meta(ge=1, le=3_660)] = 400
    """A longer stay is not believed: the staff must look."""
    notice: Notice = Notice()
    special: SpecialDays = SpecialDays()
    """Not a key of the file: what `calendar` came to when it was read."""
