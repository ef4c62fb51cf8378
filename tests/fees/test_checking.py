"""What makes a tariff unusable: each fault, planted in a good tariff, is found at its key."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.fees.schedule.checking import problems
from terminal.fees.schedule.model import Calendar, Concession, Rate, ScheduleTariff, Unit, VehicleClass, Version

NAMES = {"zh-CN": "名称", "en": "Name"}
HOURLY = (Unit(minor=500, minutes=60),)
ALL_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def rate(**fields: Any) -> Rate:
    """A rate at 5.00 an hour."""
    return Rate(**{"name": NAMES, "units": HOURLY, **fields})


def version(*rates: Rate, **fields: Any) -> Version:
    """A version with these rates."""
    return Version(**{"valid_from": "2026-01-01", "rates": rates or (rate(),), **fields})


def tariff(*versions: Version, **fields: Any) -> ScheduleTariff:
    """A tariff for cars and buses."""
    classes = (VehicleClass(id="car", name=NAMES), VehicleClass(id="bus", name=NAMES))
    whole = {"title": NAMES, "currency": "CNY", "timezone": "Asia/Shanghai", "classes": classes}
    return ScheduleTariff(**{**whole, "versions": versions or (version(),), **fields})


DAY, NIGHT = {"begins": "07:00", "ends": "21:00"}, {"begins": "21:00", "ends": "07:00"}

GOOD = [
    tariff(),
    tariff(version(rate(**DAY), rate(**NIGHT, cap_minor=100))),
    tariff(version(rate(**DAY, days=("workday",)), rate(**DAY, days=("weekend", "holiday")), rate(**NIGHT))),
    tariff(version(rate(classes=("car",)), rate(classes=("bus",), **DAY), rate(classes=("bus",), **NIGHT))),
    tariff(version(rate(begins="00:00", ends="12:00"), rate(begins="12:00", ends="24:00"))),
    tariff(version(rate(begins="12:00", ends="00:00"), rate(begins="00:00", ends="12:00"))),
    tariff(version(rate(days=("workday", "sat")), rate(days=("sun", "holiday")))),
    tariff(version(rate(units=(Unit(minor=1, minutes=30, times=2), Unit(minor=2))))),
    tariff(version(rate(units=(Unit(minor=1, minutes=30, times=2),)))),
    tariff(version(), version(valid_from="2026-01-02")),
]


@pytest.mark.parametrize("good", GOOD)
def test_good(good: ScheduleTariff) -> None:
    """Tariffs in which every moment has one rate have no problem."""
    assert list(problems(good)) == []


FAULTS = [
    (tariff(currency="RMB"), "currency", 'must be one of CNY, USD, EUR, GBP, HKD, SGD, CHF, JPY, KRW (is "RMB")'),
    (tariff(timezone="Peking"), "timezone", 'must be a time zone like Asia/Shanghai (is "Peking")'),
    (tariff(timezone="../etc/passwd"), "timezone", 'must be a time zone like Asia/Shanghai (is "../etc/passwd")'),
    (
        tariff(calendar=Calendar(holidays=("2026-01-01", "2027-02-29"))),
        "calendar.holidays[1]",
        'there is no such date (is "2027-02-29")',
    ),
    (
        tariff(calendar=Calendar(workdays=("2026-13-01",))),
        "calendar.workdays[0]",
        'there is no such date (is "2026-13-01")',
    ),
    (tariff(version(valid_from="2026-04-31")), "versions[0].valid_from", 'there is no such date (is "2026-04-31")'),
    (tariff(version(), version()), "versions[1].valid_from", 'must be later than 2026-01-01 (is "2026-01-01")'),
    (
        tariff(version(), version(valid_from="2025-12-31")),
        "versions[1].valid_from",
        'must be later than 2026-01-01 (is "2025-12-31")',
    ),
    (
        tariff(classes=(VehicleClass(id="car", name=NAMES),) * 2),
        "classes[1].id",
        'is the same as classes[0].id (is "car")',
    ),
    (
        tariff(version(concessions=(Concession(id="a", name=NAMES), Concession(id="a", name=NAMES)))),
        "versions[0].concessions[1].id",
        'is the same as versions[0].concessions[0].id (is "a")',
    ),
    (
        tariff(version(rate(), rate(classes=("car", "van")))),
        "versions[0].rates[1].classes[1]",
        'must be one of car, bus (is "van")',
    ),
    (
        tariff(version(concessions=(Concession(id="a", name=NAMES, classes=("van",)),))),
        "versions[0].concessions[0].classes[0]",
        'must be one of car, bus (is "van")',
    ),
    (tariff(version(rate(begins="07:00"))), "versions[0].rates[0].to", "missing; from is set"),
    (tariff(version(rate(ends="07:00"))), "versions[0].rates[0].from", "missing; to is set"),
    (
        tariff(version(rate(begins="07:00", ends="07:00"))),
        "versions[0].rates[0].to",
        'must differ from `from` (is "07:00"); leave both out for all day',
    ),
    (
        tariff(version(rate(begins="24:00", ends="07:00"))),
        "versions[0].rates[0].from",
        "must be a time before midnight; write 00:00",
    ),
    (
        tariff(version(rate(cap_minor=1))),
        "versions[0].rates[0].cap_minor",
        "needs from and to: without them there is no window",
    ),
    (
        tariff(version(rate(units=(Unit(minor=1), Unit(minor=1))))),
        "versions[0].rates[0].units[0].minutes",
        "missing; only the last unit may cover all the time that is left",
    ),
    (
        tariff(version(rate(units=(Unit(minor=1, minutes=1), Unit(minor=1))))),
        "versions[0].rates[0].units[0].times",
        "missing; only the last unit may come for ever",
    ),
    (
        tariff(version(rate(units=(Unit(minor=1, times=1),)))),
        "versions[0].rates[0].units[0].times",
        "must be left out: a unit without minutes comes once",
    ),
    (
        tariff(version(rate(**DAY))),
        "versions[0].rates",
        "no rate for class car on public holidays from 00:00 to 07:00",
    ),
    (
        tariff(version(rate(days=(*ALL_WEEK, "holiday")))),
        "versions[0].rates",
        "no rate for class car on make-up workdays from 00:00 to 24:00",
    ),
    (
        tariff(version(rate(days=("workday", "holiday")))),
        "versions[0].rates",
        "no rate for class car on Saturdays from 00:00 to 24:00",
    ),
    (
        tariff(version(rate(classes=("car",)))),
        "versions[0].rates",
        "no rate for class bus on public holidays from 00:00 to 24:00",
    ),
    (
        tariff(version(rate(begins="00:00", ends="12:00"), rate(begins="12:01", ends="24:00"))),
        "versions[0].rates",
        "no rate for class car on public holidays from 12:00 to 12:01",
    ),
    (
        tariff(version(rate(**DAY), rate(begins="20:59", ends="07:00"))),
        "versions[0].rates[1]",
        "overlaps versions[0].rates[0] for class car on public holidays from 20:59 to 21:00",
    ),
    (
        tariff(version(), version(rate(), rate(days=("sat",), begins="10:00", ends="12:00"), valid_from="2027-01-01")),
        "versions[1].rates[1]",
        "overlaps versions[1].rates[0] for class car on Saturdays from 10:00 to 12:00",
    ),
    (
        tariff(version(rate(days=("workday", "holiday")), rate(days=("mon", "weekend")))),
        "versions[0].rates[1]",
        "overlaps versions[0].rates[0] for class car on Mondays from 00:00 to 24:00",
    ),
]


@pytest.mark.parametrize(("bad", "key", "reason"), FAULTS, ids=[f"{key}: {reason[:30]}" for _, key, reason in FAULTS])
def test_faults(bad: ScheduleTariff, key: str, reason: str) -> None:
    """The first problem names the place of the fault and what it is."""
    first = next(problems(bad))
    assert first[0] == key
    assert first[1].startswith(reason)


def test_every_gap_and_overlap() -> None:
    """All gaps of all classes and days are told, not only the first: here Sundays from 9 to 10 for two classes."""
    sunday = [rate(days=("sun",), begins="00:00", ends="09:00"), rate(days=("sun",), begins="10:00", ends="24:00")]
    found = list(problems(tariff(version(rate(days=("workday", "sat", "holiday")), *sunday))))
    assert found == [
        ("versions[0].rates", f"no rate for class {vehicle} on Sundays from 09:00 to 10:00")
        for vehicle in ("car", "bus")
    ]


@given(st.data())
@settings(max_examples=100)
def test_one_rate_everywhere(data: st.DataObject) -> None:
    """Random hours are without problem exactly if each minute of the day has one rate, counted one by one."""
    clocks = st.sampled_from([f"{hour:02}:00" for hour in range(0, 24, 4)] + ["24:00"])
    hours = data.draw(st.lists(st.tuples(clocks, clocks), min_size=1, max_size=4))
    rates = [rate(begins=begins, ends=ends) for begins, ends in hours if begins not in (ends, "24:00")]
    if not rates:
        return
    covering = [sum(_covers(each, hour) for each in rates) for hour in range(24)]
    found = list(problems(tariff(version(*rates))))
    assert (found == []) == (covering == [1] * 24)
    gaps = {reason.partition(" on ")[2] for _, reason in found if reason.startswith("no rate")}
    assert bool(gaps) == (0 in covering)


def _covers(each: Rate, hour: int) -> bool:
    assert each.begins is not None and each.ends is not None
    begin, end = int(each.begins[:2]), int(each.ends[:2])
    return begin <= hour < end if begin < end else hour >= begin or hour < end
