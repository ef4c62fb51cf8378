"""What holds for every tariff of kind "schedule", whatever it says.

**A longer stay.** With the same facts a stay never owes less at a later moment, and no rule breaks that: units are only ever
added, and caps, percents and roundings keep the order. (The one exception has no stay: a lost ticket costs what the version in
force says, which may fall.) Who came *earlier* and leaves at the same moment may owe less. Four rules do that, as the examples
show: `edges = "run_on"`, `steps = "period"`, `period = "24h"` and `across_versions = "entry"`; without them, and without free
minutes, he never does. So a check for "longer costs less" must hold the entry and move the exit.

**Midnight.** It means nothing to a tariff unless a version, `period = "day"`, a `from` or a change of rate makes it an edge.
A rate that is written once for each kind of day is several rates: with `edges = "cut"`, with `steps = "window"` or with caps the
midnights between the kinds are edges then.
"""

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.fees import price
from terminal.fees.explain import explain
from terminal.fees.parking import ParkingTariff
from terminal.fees.quote import Quote
from terminal.fees.reductions import uncovered
from terminal.fees.schedule.model import Rate, ScheduleTariff, Unit, VehicleClass, Version
from terminal.fees.stay import Paid, Stay
from terminal.words import CATALOGUES
from tests.fees.tables import Case, cases
from tests.fees.tariffs import (
    DAY_MINUTES,
    MINUTE_MS,
    NAMES,
    PLACES,
    Visit,
    minutes_between,
    plain_stays,
    several,
    stays,
    unit_lists,
)

ROOT = Path(__file__).parents[2]
DAY_MS = DAY_MINUTES * MINUTE_MS

DAY = Rate(name=NAMES, begins="07:00", ends="21:00", units=(Unit(minor=500, minutes=60),))
NIGHT = Rate(name=NAMES, begins="21:00", ends="07:00", units=(Unit(minor=100, minutes=120),))
FREE_NIGHT = msgspec.structs.replace(NIGHT, units=())
DEAR_FIRST = msgspec.structs.replace(DAY, units=(Unit(minor=500, minutes=60, times=1), Unit(minor=100, minutes=60)))


def version(*rates: Rate, **rules: Any) -> Version:
    """Rules that have always been in force."""
    return Version(**{"valid_from": "2020-01-01", "rates": rates, **rules})


def tariff_of(*versions: Version, timezone: str = "Asia/Shanghai", **more: Any) -> ScheduleTariff:
    """A tariff for one class of vehicles."""
    classes = (VehicleClass(id="car", name=NAMES),)
    return ScheduleTariff(title=NAMES, currency="CNY", timezone=timezone, classes=classes, versions=versions, **more)


def all_day(*units: Unit) -> Rate:
    """A rate without edges."""
    return Rate(name=NAMES, units=units)


def each_version(tariff: ScheduleTariff, **rules: Any) -> ScheduleTariff:
    """The tariff with some rules changed in all its versions."""
    changed = tuple(msgspec.structs.replace(version, **rules) for version in tariff.versions)
    return msgspec.structs.replace(tariff, versions=changed)


def wall(text: str, timezone: str = "Asia/Shanghai") -> int:
    """A wall time in milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).timestamp() * 1000)


def due(tariff: ScheduleTariff, entry: str, exit_: str) -> int:
    """What a stay without further facts owes."""
    return price(tariff, Stay(wall(entry, tariff.timezone)), wall(exit_, tariff.timezone)).due_minor


# --- the quote


@given(several(stays, 4))
@settings(max_examples=150)
def test_lines_add_up(many: list[Visit]) -> None:
    """No quote is below nothing or without a line, and its lines sum to its amount."""
    for tariff, stay, now_ms in many:
        quote = price(tariff, stay, now_ms)
        assert quote.due_minor == sum(line.amount_minor for line in quote.lines) >= 0
        assert quote.lines


@pytest.mark.parametrize("language", CATALOGUES)
@given(several(stays, 3))
@settings(max_examples=60)
def test_every_line_has_words(language: str, many: list[Visit]) -> None:
    """Each line is a sentence in each language, without an open gap."""
    for tariff, stay, now_ms in many:
        for line in price(tariff, stay, now_ms).lines:
            text = explain(line, language, tariff.currency, tariff.timezone)
            assert text and not text.startswith("quote.")
            assert "{" not in text and "None" not in text


@given(several(plain_stays, 3))
@settings(max_examples=60)
def test_year_has_few_lines(many: list[Visit]) -> None:
    """A stay of 365 days is told in no more lines than the tariff has rules."""
    for tariff, stay, now_ms in many:
        lines = price(tariff, stay, now_ms + 365 * DAY_MS).lines
        assert len(lines) <= sum(rules_of(version) for version in tariff.versions)


def rules_of(version: Version) -> int:
    """How many different lines a version can cause: units, caps of windows, and a handful that come once."""
    return sum(len(rate.units) + 1 for rate in version.rates) + 6


@pytest.mark.parametrize("case", [case for case in cases() if case.stay.entered_at_ms], ids=lambda case: case.place)
def test_year_on_a_receipt(case: Case) -> None:
    """Under each tariff of the tables a receipt can take the lines of a year."""
    year = msgspec.structs.replace(case.stay, covers=(), paid=(), inner=(), earlier=())
    assert len(price(case.tariff, year, case.now_ms + 365 * DAY_MS).lines) <= 12


def test_nothing_to_pay_for() -> None:
    """A stay of no length, or of two clocks that do not agree, owes nothing."""
    tariff = tariff_of(version(all_day(Unit(minor=500))))
    assert due(tariff, "2026-03-02 08:00", "2026-03-02 08:00") == 0
    assert due(tariff, "2026-03-02 08:00", "2026-03-02 07:59") == 0
    assert due(tariff, "2026-03-02 08:00", "2026-03-02 08:00:00.001") == 500


# --- the same facts


@given(several(stays, 3))
@settings(max_examples=60)
def test_same_facts_same_quote(many: list[Visit]) -> None:
    """A quote depends on its facts alone: asked again, or after a journey through JSON, it is the same."""
    for tariff, stay, now_ms in many:
        quote = price(tariff, stay, now_ms)
        again = msgspec.json.decode(msgspec.json.encode(tariff), type=ScheduleTariff)
        assert price(tariff, stay, now_ms) == quote
        assert price(again, msgspec.json.decode(msgspec.json.encode(stay), type=Stay), now_ms) == quote


PRICE_ALL_TABLES = """
import sys
import msgspec
from tests.fees.tables import cases
sys.stdout.buffer.write(msgspec.json.encode([case.quote() for case in cases()]))
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_same_quote_in_another_process(seed: str) -> None:
    """Other processes, with other hash seeds and another local time zone, make the same quotes of all cases in the tables."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "America/New_York"}
    command = [sys.executable, "-c", PRICE_ALL_TABLES]
    output = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout
    quotes = msgspec.json.decode(output, type=list[Quote])
    assert quotes == [case.quote() for case in cases()]


# --- longer stays, earlier entries


@given(several(stays, 3), st.lists(minutes_between(0, 3 * DAY_MINUTES), min_size=2, max_size=5))
@settings(max_examples=150)
def test_longer_is_never_cheaper(many: list[Visit], later: list[int]) -> None:
    """With the same facts more time never owes less, under any tariff at all."""
    for tariff, stay, now_ms in many:
        owed = [price(tariff, stay, now_ms + minutes * MINUTE_MS).due_minor for minutes in sorted(later)]
        assert owed == sorted(owed)


NEW_PRICE = tariff_of(
    version(all_day(Unit(minor=100, minutes=60))),
    version(all_day(Unit(minor=500, minutes=60)), valid_from="2026-03-03"),
)

EARLIER_AND_CHEAPER = {
    # A cheap unit of the night runs on into the day.
    "run_on": (tariff_of(version(DAY, NIGHT, edges="run_on")), "03-03 06:59", "03-03 07:00", "03-03 08:59"),
    # A cheap unit of the night has taken the turn of the day's dear first one.
    "steps": (tariff_of(version(DEAR_FIRST, NIGHT, steps="period")), "03-03 06:59", "03-03 07:00", "03-03 08:00"),
    # Where 24 hours end in the day, a dear first hour comes again; where they end in the free night, it does not.
    "24h": (tariff_of(version(DEAR_FIRST, FREE_NIGHT)), "03-03 06:00", "03-03 08:00", "03-04 09:00"),
    # The old price was lower.
    "entry": (NEW_PRICE, "03-02 23:59", "03-03 00:00", "03-03 02:00"),
}


@pytest.mark.parametrize("rule", EARLIER_AND_CHEAPER)
def test_earlier_and_cheaper(rule: str) -> None:
    """The rules by which who comes earlier, and leaves at the same moment, owes less."""
    tariff, earlier, later, exit_ = EARLIER_AND_CHEAPER[rule]
    owed = [due(tariff, f"2026-{entry}", f"2026-{exit_}") for entry in (earlier, later)]
    assert owed[0] < owed[1]


@given(several(plain_stays, 3), minutes_between(0, 2 * DAY_MINUTES), st.sampled_from(("day", "stay")))
@settings(max_examples=150)
def test_earlier_is_never_cheaper_otherwise(many: list[Visit], minutes: int, period: str) -> None:
    """Without these rules, and without free minutes, who comes earlier never owes less."""
    for tariff, stay, now_ms in many:
        assert stay.entered_at_ms is not None
        rules = {"period": period, "edges": "cut", "steps": "window", "free_minutes": 0, "concessions": ()}
        plain = each_version(msgspec.structs.replace(tariff, versions=tariff.versions[:1]), **rules)
        earlier = msgspec.structs.replace(stay, entered_at_ms=stay.entered_at_ms - minutes * MINUTE_MS)
        assert price(plain, earlier, now_ms).due_minor >= price(plain, stay, now_ms).due_minor


def test_grace_of_the_version_at_entry() -> None:
    """How long a car may leave after paying is said by the version at its entry, not by one that came into force meanwhile."""
    hourly = all_day(Unit(minor=100, minutes=60))
    old = version(hourly, exit_grace_minutes=30)
    new = version(hourly, exit_grace_minutes=5, valid_from="2026-03-03")
    stay = Stay(wall("2026-03-02 22:00"), paid=(Paid(wall("2026-03-02 23:50"), 200),))
    assert price(tariff_of(old, new), stay, wall("2026-03-03 00:20")).due_minor == 0
    assert price(tariff_of(old, new), stay, wall("2026-03-03 00:21")).due_minor == 100


# --- short stays, and coming back


@given(several(stays, 4), st.sampled_from((15, 60, 240)))
@settings(max_examples=150)
def test_short_in_all_is_free(many: list[Visit], free_minutes: int) -> None:
    """Under `if_not_longer` a stay is free if its uncovered times together, less the minutes of coupons, are not longer."""
    for tariff, stay, now_ms in many:
        rules = {"free_rule": "if_not_longer", "free_minutes": free_minutes, "concessions": ()}
        plain = msgspec.structs.replace(stay, paid=(), earlier=())
        assert plain.entered_at_ms is not None
        times = uncovered(plain.entered_at_ms, now_ms, plain.covers)
        coupons = sum(coupon.minutes for coupon in plain.coupons)
        if sum(end - begin for begin, end in times) <= (free_minutes + coupons) * MINUTE_MS:
            assert price(each_version(tariff, **rules), plain, now_ms).due_minor == 0


@given(several(stays, 4))
@settings(max_examples=150)
def test_back_soon_is_one_stay(many: list[Visit]) -> None:
    """A car that came back as soon each time owes what it would if it had never left, less what was paid."""
    for tariff, stay, now_ms in many:
        if stay.earlier:
            paid_minor = sum(each.paid_minor for each in stay.earlier)
            coupons = (*stay.coupons, *(coupon for each in stay.earlier for coupon in each.coupons))
            entered_ms = stay.earlier[-1].entered_at_ms
            back = msgspec.structs.replace(stay, paid=())
            never_left = msgspec.structs.replace(back, entered_at_ms=entered_ms, earlier=(), coupons=coupons)
            plain = each_version(tariff, reentry_minutes=150)
            owed = price(plain, never_left, now_ms).due_minor
            assert price(plain, back, now_ms).due_minor == max(0, owed - paid_minor)


@given(several(stays, 4))
@settings(max_examples=100)
def test_never_one_stay_without_reentry(many: list[Visit]) -> None:
    """Where no time is named in which a car may come back, earlier stays do not matter."""
    for tariff, stay, now_ms in many:
        plain = each_version(tariff, reentry_minutes=0)
        assert price(plain, stay, now_ms) == price(plain, msgspec.structs.replace(stay, earlier=()), now_ms)


# --- midnight


def by_kind_of_day(tariff: ScheduleTariff) -> ScheduleTariff:
    """The same tariff, with each rate written once for each of its kinds of day."""

    def split(rate: Rate) -> list[Rate]:
        return [msgspec.structs.replace(rate, days=(day,)) for day in rate.days or ("workday", "weekend", "holiday")]

    versions = [
        msgspec.structs.replace(version, rates=tuple(copy for rate in version.rates for copy in split(rate)))
        for version in tariff.versions
    ]
    return msgspec.structs.replace(tariff, versions=tuple(versions))


@given(several(stays, 3))
@settings(max_examples=150)
def test_split_at_midnight_by_calendar_day(many: list[Visit]) -> None:
    """Where all begins anew at midnight anyway, rates may be written for each kind of day: nothing changes."""
    for tariff, stay, now_ms in many:
        daily = each_version(tariff, period="day")
        assert price(by_kind_of_day(daily), stay, now_ms).due_minor == price(daily, stay, now_ms).due_minor


def without_windows(tariff: ScheduleTariff) -> ScheduleTariff:
    """The tariff without the rules that look at windows."""
    versions = [
        msgspec.structs.replace(
            version,
            edges="run_on",
            steps="period",
            rates=tuple(msgspec.structs.replace(rate, cap_minor=None) for rate in version.rates),
        )
        for version in tariff.versions
    ]
    return msgspec.structs.replace(tariff, versions=tuple(versions))


@given(several(stays, 3))
@settings(max_examples=150)
def test_split_at_midnight_without_windows(many: list[Visit]) -> None:
    """Where no rule looks at windows, rates may be written for each kind of day: nothing changes."""
    for tariff, stay, now_ms in many:
        plain = without_windows(tariff)
        assert price(by_kind_of_day(plain), stay, now_ms).due_minor == price(plain, stay, now_ms).due_minor


def test_split_at_midnight_with_edges() -> None:
    """Where units are cut at edges, a rate that is written twice has one where it had none: at the midnight before a weekend."""
    tariff = tariff_of(version(all_day(Unit(minor=100, minutes=120))))
    assert due(tariff, "2026-03-06 23:00", "2026-03-07 01:00") == 100
    assert due(by_kind_of_day(tariff), "2026-03-06 23:00", "2026-03-07 01:00") == 200
    assert due(by_kind_of_day(tariff), "2026-03-05 23:00", "2026-03-06 01:00") == 100


def test_midnight_and_the_calendar_day() -> None:
    """Two hours over midnight are one unit, unless the rules begin anew with each calendar day."""
    rate = all_day(Unit(minor=100, minutes=120))
    owed = {
        period: due(tariff_of(version(rate, period=period)), "2026-03-05 23:00", "2026-03-06 01:00")
        for period in ("24h", "stay", "day")
    }
    assert owed == {"24h": 100, "stay": 100, "day": 200}


# --- time that has passed


@given(
    units=unit_lists(),
    place=st.sampled_from(sorted(PLACES)),
    number=st.integers(0, 2),
    moves=st.lists(minutes_between(-2 * DAY_MINUTES, DAY_MINUTES), min_size=2, max_size=4),
    length=minutes_between(0, 3 * DAY_MINUTES),
    period=st.sampled_from(("24h", "stay")),
    cap_minor=st.none() | st.integers(0, 3000),
)
@settings(max_examples=150)
def test_all_day_rate_counts_elapsed_time(
    units: tuple[Unit, ...],
    place: str,
    number: int,
    moves: list[int],
    length: int,
    period: str,
    cap_minor: int | None,
) -> None:
    """Under a rate without edges only the time that passes counts, on any day, and on those when the clock is changed."""
    tariff = tariff_of(version(all_day(*units), period=period, period_cap_minor=cap_minor), timezone=place)
    entries = [wall(f"{PLACES[place][number]} 00:00", place) + minutes * MINUTE_MS for minutes in moves]
    owed = {price(tariff, Stay(entry), entry + length * MINUTE_MS).due_minor for entry in entries}
    assert len(owed) == 1


CLOCK_CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
]


@pytest.mark.parametrize(("timezone", "day"), CLOCK_CHANGES, ids=str)
def test_change_of_the_clock_is_said(timezone: str, day: date) -> None:
    """24 hours over a change of the clock cost what they always cost, and the quote says that the clock was changed."""
    tariff = tariff_of(version(all_day(Unit(minor=100, minutes=60))), timezone=timezone)
    entered = wall(f"{day} 00:00", timezone)
    over = price(tariff, Stay(entered), entered + DAY_MS)
    before = price(tariff, Stay(entered - DAY_MS), entered)
    assert over.due_minor == before.due_minor == 2400
    assert [line.amount_minor for line in over.lines if line.what == "dst"] == [0]
    assert not [line for line in before.lines if line.what == "dst"]


# --- the other kind


@given(
    free_minutes=st.integers(0, 100),
    per_hour_minor=st.integers(0, 2000),
    day_cap_minor=st.integers(0, 30_000),
    length_ms=st.integers(0, 5 * DAY_MS) | minutes_between(0, 2 * DAY_MINUTES).map(lambda minutes: minutes * MINUTE_MS),
    entered_at_ms=st.integers(0, 2**41),
)
def test_parking_is_a_schedule(
    free_minutes: int, per_hour_minor: int, day_cap_minor: int, length_ms: int, entered_at_ms: int
) -> None:
    """The kind "parking" is a schedule of one rate: both owe the same, to the millisecond."""
    parking = ParkingTariff(free_minutes=free_minutes, per_hour_minor=per_hour_minor, day_cap_minor=day_cap_minor)
    hourly = all_day(Unit(minor=per_hour_minor, minutes=60))
    schedule = tariff_of(version(hourly, free_minutes=free_minutes, period_cap_minor=day_cap_minor))
    now_ms = entered_at_ms + length_ms
    stay = Stay(entered_at_ms)
    assert price(parking, stay, now_ms).due_minor == price(schedule, stay, now_ms).due_minor
