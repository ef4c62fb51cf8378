"""Random tariffs of kind "schedule" and random stays, for property tests.

Theory of operation. A valid tariff has exactly one rate for each vehicle class, kind of day and minute. So the rates are not
drawn one by one: all there is (classes × kinds of day × 24 hours) is cut into pieces, and each piece becomes a rate. First the
classes are cut into groups, then for each group the kinds of day, then the hours (or none, for a rate without `from` and
`to`), then for each window the kinds of day once more, as a night may be the same on all days.

Times are whole minutes, as the brute-force pricer wants them, and lie where something happens: a change of the clock, the turn of
a year, a holiday, a change of version.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from terminal.fees.schedule.model import (
    Concession,
    Rate,
    Rounding,
    ScheduleTariff,
    SpecialDays,
    Unit,
    VehicleClass,
    Version,
)
from terminal.fees.stay import Coupon, Cover, Earlier, Paid, Stay

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
CLASSES = ("small", "large", "green")
DAY_ATOMS = ("workday", "sat", "sun", "holiday")
NAMES = {"en": "Name", "zh-CN": "名称"}

PLACES: dict[str, tuple[date, ...]] = {
    "Asia/Shanghai": (date(2026, 2, 14), date(2026, 10, 1), date(2026, 10, 10)),
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 24)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1), date(2026, 7, 4)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4), date(2026, 12, 31)),
}
"""Time zones, and for each some dates on which the clock or the kind of day changes."""

Visit = tuple[ScheduleTariff, Stay, int]
"""A tariff, a stay, and the moment at which it is priced."""

Draw = Callable[[st.SearchStrategy[Any]], Any]

prices = st.sampled_from((100, 0, 25, 50, 150, 200, 375, 500, 1000)) | st.integers(1, 999)
caps = st.none() | st.none() | st.sampled_from((0, 500, 800, 1000, 1500, 2000, 4000)) | st.integers(1, 6000)
unit_minutes = st.sampled_from((15, 30, 60, 60, 120, 7, 20, 45, 240, 600, 1440)) | st.integers(1, 1500)
day_minutes = st.sampled_from((0, 420, 1260, 480, 1140, 120, 150, 180, 90, 720)) | st.integers(0, DAY_MINUTES - 1)
minutes_past = st.sampled_from((0, 0, 1, 14, 15, 16, 29, 30, 31, 45, 59))
hours = st.builds(lambda hour, past: hour * 60 + past, st.sampled_from((5, *range(30))), minutes_past)
rule_minutes = st.sampled_from((15, 10, 14, 16, 30, 31, 45, 60, 61, 75, 90, 150))
"""Minutes of the rules below, sums of them, and a minute more or less."""
lengths = rule_minutes | st.builds(
    lambda day, hour: day * DAY_MINUTES + hour, st.sampled_from((1, 0, 0, 0, 1, 2, 3)), hours
)


def minutes_between(low: int, high: int) -> st.SearchStrategy[int]:
    """Minutes of which most are whole hours, or close to one."""
    return st.builds(
        lambda hour, past: min(high, hour * 60 + past), st.sampled_from(range(low // 60, high // 60)), minutes_past
    )


def groups(draw: Draw, things: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The things in groups, each in exactly one."""
    numbers = draw(st.lists(st.integers(0, 1), min_size=len(things), max_size=len(things)))
    cut = [tuple(thing for thing, mine in zip(things, numbers, strict=True) if mine == number) for number in (0, 1)]
    return [group for group in cut if group]


def day_words(atoms: tuple[str, ...]) -> tuple[Any, ...]:
    """Kinds of day as a tariff writes them: none if it is all of them, one word for the weekend."""
    if len(atoms) == len(DAY_ATOMS):
        return ()
    if "sat" in atoms and "sun" in atoms:
        return ("weekend", *(atom for atom in atoms if atom not in ("sat", "sun")))
    return atoms


def clock(minute: int) -> str:
    """Minutes since midnight as the clock shows them."""
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def unit_lists(draw: Draw) -> tuple[Unit, ...]:
    """The units of one rate: none, or some of which the last comes for ever, covers all that is left, or is the last to cost."""
    count = draw(st.sampled_from((0, 1, 1, 1, 2, 2, 3)))
    if count == 0:
        return ()
    first = [
        Unit(minor=draw(prices), minutes=draw(unit_minutes), times=draw(st.integers(1, 3))) for _ in range(count - 1)
    ]
    minutes = draw(st.none() | unit_minutes | unit_minutes | unit_minutes)
    times = draw(st.none() | st.none() | st.integers(1, 5)) if minutes else None
    last = Unit(minor=draw(prices), minutes=minutes, times=times)
    return (*first, last)


@st.composite
def windows(draw: Draw) -> list[tuple[str, str]]:
    """The 24 hours, cut at one to four times of day: `from` and `to` of each piece; the last is over midnight."""
    edges = sorted(set(draw(st.lists(day_minutes, min_size=1, max_size=4))))
    if len(edges) == 1:
        return [("00:00", "24:00")]
    to_midnight = clock(edges[0]) if edges[0] else "24:00"
    return [
        *((clock(begin), clock(end)) for begin, end in pairwise(edges)),
        (clock(edges[-1]), to_midnight),
    ]


@st.composite
def rate_lists(draw: Draw) -> tuple[Rate, ...]:
    """Rates of which exactly one fits each class, kind of day and minute."""
    rates: list[Rate] = []
    for classes in groups(draw, CLASSES):
        for atoms in groups(draw, DAY_ATOMS):
            pieces: list[tuple[str | None, str | None]] = [(None, None)]
            if draw(st.booleans()):
                pieces = draw(windows())
            for begins, ends in pieces:
                for days in groups(draw, atoms):
                    rate = Rate(
                        name={"en": f"Rate {len(rates)}", "zh-CN": f"费率{len(rates)}"},
                        classes=() if len(classes) == len(CLASSES) else classes,
                        days=day_words(days),
                        begins=begins,
                        ends=ends,
                        units=draw(unit_lists()),
                        cap_minor=draw(caps) if begins else None,
                    )
                    rates.append(rate)
    return tuple(draw(st.permutations(rates)))


@st.composite
def concession_lists(draw: Draw) -> tuple[Concession, ...]:
    """Up to two concessions, given to a class or on somebody's word."""
    kinds = (("green-plate", ("green",)), ("disabled", ()))
    return tuple(
        Concession(
            id=concession_id,
            name=NAMES,
            classes=classes,
            free_minutes=draw(st.sampled_from((30, 0, 60, 120))),
            percent_off=draw(st.sampled_from((0, 0, 50, 30, 20, 100)) | st.integers(1, 99)),
        )
        for concession_id, classes in kinds
        if draw(st.sampled_from((True, True, False)))
    )


roundings = st.none() | st.builds(
    Rounding, to_minor=st.sampled_from((50, 2, 10, 100)), rule=st.sampled_from(("down", "up", "half_up", "half_even"))
)


@st.composite
def versions(draw: Draw, valid_from: date) -> Version:
    """The rules from a date on."""
    return Version(
        valid_from=valid_from.isoformat(),
        rates=draw(rate_lists()),
        free_minutes=draw(st.sampled_from((15, 0, 0, 30, 60))),
        free_rule=draw(st.sampled_from(("if_not_longer", "always"))),
        period=draw(st.sampled_from(("24h", "day", "stay"))),
        period_cap_minor=draw(caps),
        stay_cap_minor=draw(st.none() | caps),
        edges=draw(st.sampled_from(("cut", "run_on"))),
        steps=draw(st.sampled_from(("window", "period"))),
        rounding=draw(roundings),
        exit_grace_minutes=draw(st.sampled_from((30, 10, 15, 0))),
        overstay=draw(st.sampled_from(("from_grace_end", "from_payment", "one_stay"))),
        reentry_minutes=draw(st.sampled_from((0, 15, 60))),
        lost_ticket_minor=draw(prices),
        concessions=draw(concession_lists()),
    )


@st.composite
def tariffs(draw: Draw) -> ScheduleTariff:
    """A whole tariff, around one of the dates of its place."""
    timezone = draw(st.sampled_from(tuple(PLACES)))
    centre = draw(st.sampled_from(PLACES[timezone]))
    near = st.integers(-4, 4).map(lambda days: centre + timedelta(days))
    dates = [date(2020, 1, 1), *sorted(draw(st.sets(near, max_size=2)))]
    special = draw(st.dictionaries(near, st.sampled_from(("holiday", "workday")), max_size=4))
    return ScheduleTariff(
        title=NAMES,
        currency="CNY",
        timezone=timezone,
        classes=tuple(VehicleClass(id=vehicle, name=NAMES) for vehicle in CLASSES),
        versions=tuple(draw(versions(valid_from)) for valid_from in dates),
        across_versions=draw(st.sampled_from(("split", "entry"))),
        special=SpecialDays(
            holidays=tuple(day.isoformat() for day in sorted(special) if special[day] == "holiday"),
            workdays=tuple(day.isoformat() for day in sorted(special) if special[day] == "workday"),
        ),
    )


def centre_of(tariff: ScheduleTariff, number: int) -> int:
    """One of the dates of the tariff's place: the minute at which it begins in UTC."""
    dates = PLACES[tariff.timezone]
    day = dates[number % len(dates)]
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // 60


@st.composite
def covers_of(draw: Draw, entered: int) -> tuple[Cover, ...]:
    """Up to two passes; they may overlap, and lie before or after the stay."""
    return tuple(
        Cover((begin := entered + draw(st.just(0) | hours) - 60) * MINUTE_MS, (begin + draw(hours)) * MINUTE_MS, "pass")
        for _ in range(draw(st.integers(1, 2)))
    )


@st.composite
def coupon_lists(draw: Draw) -> tuple[Coupon, ...]:
    """Up to two coupons, in minutes or in money, used before or not."""
    used = st.booleans()
    minutes = st.builds(Coupon, coupon_id=st.just("m"), minutes=st.sampled_from((30, 60, 5)), used=used)
    money = st.builds(Coupon, coupon_id=st.just("y"), amount_minor=st.integers(1, 1500), used=used)
    return tuple(draw(st.lists(minutes | money, min_size=1, max_size=2)))


@st.composite
def earlier_stays(draw: Draw, entered: int) -> tuple[Earlier, ...]:
    """Up to three stays before an entry, the newest first; the car may have come back soon, or at once."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        left = entered - draw(st.sampled_from((0, 15)) | rule_minutes)
        entered = left - draw(hours)
        coupons = draw(st.just(()) | coupon_lists())
        found.append(Earlier(entered * MINUTE_MS, left * MINUTE_MS, draw(prices), coupons))
    return tuple(found)


@st.composite
def plain_stays(draw: Draw, tariff: ScheduleTariff) -> tuple[Stay, int]:
    """A stay of which nothing is known but when it came and what it is, and the moment that it is priced at."""
    day = draw(st.sampled_from((-1, -3, -2, -1, 0, 0, 1)))
    entered = centre_of(tariff, draw(st.integers(0, 2))) + day * DAY_MINUTES + draw(hours)
    now = entered + draw(lengths)
    return Stay(entered * MINUTE_MS, vehicle=draw(st.sampled_from(("green", "", *CLASSES)))), now * MINUTE_MS


@st.composite
def stays(draw: Draw, tariff: ScheduleTariff) -> tuple[Stay, int]:
    """A stay with passes, coupons, concessions, payments or an earlier stay, and the moment that it is priced at."""
    plain, now_ms = draw(plain_stays(tariff))
    assert plain.entered_at_ms is not None
    entered, now = plain.entered_at_ms // MINUTE_MS, now_ms // MINUTE_MS
    earlier = draw(earlier_stays(entered)) if draw(st.booleans()) and draw(st.booleans()) else ()
    payments = []
    if draw(st.booleans()):
        before = draw(st.lists(rule_minutes | hours, min_size=1, max_size=2))
        moments = [max(entered, now - minutes) for minutes in sorted(before, reverse=True)]
        payments = [Paid(moment * MINUTE_MS, draw(prices)) for moment in moments]
    stay = Stay(
        entered_at_ms=plain.entered_at_ms,
        vehicle=plain.vehicle,
        concessions=("disabled",) if draw(st.booleans()) else (),
        covers=draw(st.just(()) | covers_of(entered)),
        coupons=draw(st.just(()) | coupon_lists()),
        paid=tuple(payments),
        earlier=earlier,
    )
    return stay, now_ms


@st.composite
def long_stays(draw: Draw, tariff: ScheduleTariff) -> tuple[Stay, int]:
    """A stay of three to six days longer than `stays` draws, and the moment that it is priced at."""
    stay, now_ms = draw(stays(tariff))
    return stay, now_ms + draw(st.integers(3, 6)) * DAY_MINUTES * MINUTE_MS


@st.composite
def several(
    draw: Draw, kind: Callable[[ScheduleTariff], st.SearchStrategy[tuple[Stay, int]]], count: int
) -> list[Visit]:
    """Some stays under one tariff, which takes longer to draw than they do."""
    tariff = draw(tariffs())
    return [(tariff, *draw(kind(tariff))) for _ in range(count)]


@st.composite
def clock_change_visits(draw: Draw) -> Visit:
    """A short stay in a night in which the clock is changed, under a tariff whose windows begin and end then."""
    timezone = draw(st.sampled_from([place for place in PLACES if place != "Asia/Shanghai"]))
    edges = sorted(draw(st.sets(st.sampled_from(range(60, 240, 10)), min_size=2, max_size=4)))
    hours_of_rates = [(clock(begin), clock(end)) for begin, end in pairwise([*edges, edges[0]])]
    rates = [Rate(name=NAMES, begins=begin, ends=end, units=draw(unit_lists())) for begin, end in hours_of_rates]
    tariff = ScheduleTariff(
        title=NAMES,
        currency="EUR",
        timezone=timezone,
        classes=(VehicleClass(id="car", name=NAMES),),
        versions=(
            Version(
                valid_from="2020-01-01",
                rates=tuple(rates),
                edges=draw(st.sampled_from(("cut", "run_on"))),
                steps=draw(st.sampled_from(("window", "period"))),
            ),
        ),
    )
    changed = PLACES[timezone][draw(st.integers(0, 1))]
    midnight = datetime(changed.year, changed.month, changed.day, tzinfo=ZoneInfo(timezone))
    entered = int(midnight.timestamp()) // 60 + draw(st.integers(-60, 200))
    return tariff, Stay(entered * MINUTE_MS), (entered + draw(st.integers(1, 300))) * MINUTE_MS
