"""Suspicious tariffs: each suspicion, planted in a tariff that has none, is found at its key; good tariffs have no findings."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.config.tariff_file import read_tariff
from terminal.fees import price
from terminal.fees.schedule.linter import Finding, lint, steps_never_reached, window_caps_never_reached
from terminal.fees.schedule.model import (
    Calendar,
    Concession,
    Rate,
    ScheduleTariff,
    SpecialDays,
    Unit,
    VehicleClass,
    Version,
)
from tests.fees.tariffs import plain_stays, tariffs

EXAMPLES = sorted((Path(__file__).parents[2] / "docs/examples/tariffs").glob("*.toml"))
NAMES = {"zh-CN": "名称", "en": "Name"}
TODAY = date(2026, 8, 2)
DAY, NIGHT = {"begins": "07:00", "ends": "21:00"}, {"begins": "21:00", "ends": "07:00"}


def units(*each: tuple[Any, ...]) -> tuple[Unit, ...]:
    """Units from (price, minutes, times); times may be left out."""
    return tuple(Unit(minor=unit[0], minutes=unit[1], times=unit[2] if len(unit) > 2 else None) for unit in each)


HOURLY = units((500, 60))
DAILY = tuple(f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 2))
SPECIAL = SpecialDays(holidays=DAILY, workdays=("2026-01-04",))


def rate(**fields: Any) -> Rate:
    """A rate at 5.00 an hour."""
    return Rate(**{"name": NAMES, "units": HOURLY, **fields})


def version(*rates: Rate, **fields: Any) -> Version:
    """A version with these rates."""
    return Version(**{"valid_from": "2026-01-01", "rates": rates or (rate(),), **fields})


def tariff(*versions: Version, **fields: Any) -> ScheduleTariff:
    """A tariff for cars and buses."""
    classes = (VehicleClass(id="car", name=NAMES), VehicleClass(id="bus", name=NAMES))
    whole = {"title": NAMES, "currency": "CNY", "timezone": "Asia/Shanghai", "classes": classes, "special": SPECIAL}
    return ScheduleTariff(**{**whole, "versions": versions, **fields})


def concession(**fields: Any) -> Concession:
    """A concession."""
    return Concession(id="c", name=NAMES, **fields)


def day_and_night(day: dict[str, Any], night: dict[str, Any], **fields: Any) -> ScheduleTariff:
    """A tariff with a rate from 7 to 21 and one for the rest."""
    return tariff(version(rate(**DAY, **day), rate(**NIGHT, **night), **fields))


GOOD = {
    "plain": tariff(version()),
    "caps": day_and_night({"cap_minor": 5000}, {"cap_minor": 2000}, period_cap_minor=6000, lost_ticket_minor=6000),
    "steps": day_and_night({"units": units((500, 60, 2), (300, 30, 23), (100, 30))}, {"units": units((1000, None))}),
    "free time": tariff(
        version(free_minutes=30), version(free_minutes=30, free_rule="always", valid_from="2026-06-01")
    ),
    "calendar day": tariff(version(period="day", period_cap_minor=3000)),
    "whole stay": tariff(version(period="stay", stay_cap_minor=20_000), longest_stay_days=2),
    "days": tariff(version(rate(days=("workday",)), rate(days=("weekend", "holiday"), units=units((300, 60))))),
    "concessions": tariff(version(concessions=(concession(percent_off=50),))),
    "grace": tariff(version(exit_grace_minutes=15, overstay="from_payment")),
}


@pytest.mark.parametrize("name", GOOD)
def test_good(name: str) -> None:
    """Usual tariffs are not suspicious."""
    assert list(lint(GOOD[name], TODAY)) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    """Nor are the examples of the documentation."""
    read = read_tariff(path, TODAY.year)
    assert isinstance(read, ScheduleTariff)
    assert list(lint(read, TODAY)) == []


PLANTED: dict[str, tuple[ScheduleTariff, str, str, str]] = {
    "a step after the window": (
        day_and_night({"units": units((500, 60, 14), (300, 60))}, {}),
        "versions[0].rates[0].units[1]",
        "unreachable",
        "the units before it take 840 minutes, and the window is over by then",
    ),
    "a step after a night that has no second half": (
        tariff(
            version(
                rate(**DAY),
                rate(**NIGHT, days=("sun",), units=units((200, 60, 7), (100, 60))),
                rate(**NIGHT, days=("workday", "sat", "holiday")),
            )
        ),
        "versions[0].rates[1].units[1]",
        "unreachable",
        "take 420 minutes, and the window is over",
    ),
    "a step after the period": (
        tariff(version(rate(units=units((500, 60, 24), (100, 60))))),
        "versions[0].rates[0].units[1]",
        "unreachable",
        "take 1440 minutes, and the period is over by then",
    ),
    "a step after the period, counted through it": (
        tariff(version(rate(units=units((500, 30, 48), (100, 60))), steps="period")),
        "versions[0].rates[0].units[1]",
        "unreachable",
        "the period is over by then",
    ),
    "a concession that gives nothing": (
        tariff(version(concessions=(concession(),))),
        "versions[0].concessions[0]",
        "unreachable",
        "gives nothing",
    ),
    "a concession of free time that all have": (
        tariff(version(free_minutes=30, free_rule="always", concessions=(concession(free_minutes=30),))),
        "versions[0].concessions[0]",
        "unreachable",
        "gives nothing that others do not have",
    ),
    "a concession for vehicles that pay nothing": (
        tariff(
            version(
                rate(classes=("car",)),
                rate(classes=("bus",), units=()),
                concessions=(concession(percent_off=50, classes=("bus",)),),
            )
        ),
        "versions[0].concessions[0]",
        "unreachable",
        "is for nobody",
    ),
    "a rate for holidays without any": (
        tariff(version(rate(days=("workday", "weekend")), rate(days=("holiday",))), special=SpecialDays()),
        "versions[0].rates[1]",
        "unreachable",
        "is never in force",
    ),
    "no calendar": (
        tariff(version(rate(days=("workday",)), rate(days=("weekend", "holiday"))), special=SpecialDays()),
        "calendar",
        "missing_holidays",
        "has no public holidays, but days are told apart by holiday, weekend, workday",
    ),
    "a calendar of last year": (
        tariff(
            version(rate(days=("workday",)), rate(days=("weekend", "holiday"))),
            special=SpecialDays(holidays=("2025-01-01",)),
        ),
        "calendar.holidays",
        "missing_holidays",
        "has no public holidays for 2026",
    ),
    "no make-up workdays announced": (
        tariff(
            version(rate(days=("workday",)), rate(days=("weekend", "holiday"))),
            calendar=Calendar(country="CN"),
            special=SpecialDays(holidays=DAILY, workdays=("2025-02-08",)),
        ),
        "calendar.workdays",
        "missing_holidays",
        "has no make-up workdays for 2026: update the package holidays, or list the dates in calendar.workdays",
    ),
    "a cap of a window": (
        day_and_night({}, {"units": units((200, 60)), "cap_minor": 2000}),
        "versions[0].rates[1].cap_minor",
        "cap_never_reached",
        "a window costs at most 20.00",
    ),
    "a cap of free hours": (
        day_and_night({}, {"units": (), "cap_minor": 100}),
        "versions[0].rates[1].cap_minor",
        "cap_never_reached",
        "a window costs at most 0.00",
    ),
    "a cap of a window with steps": (
        day_and_night({"units": units((500, 60, 2), (100, 60)), "cap_minor": 2300}, {}),
        "versions[0].rates[0].cap_minor",
        "cap_never_reached",
        "a window costs at most 22.00",
    ),
    "a cap of a period": (
        tariff(version(period_cap_minor=12_000)),
        "versions[0].period_cap_minor",
        "cap_never_reached",
        "a period costs at most 120.00",
    ),
    "a cap of a calendar day": (
        tariff(version(period="day", period_cap_minor=12_000)),
        "versions[0].period_cap_minor",
        "cap_never_reached",
        "a period costs at most 120.00",
    ),
    "a cap of a period above those of its windows": (
        day_and_night({"cap_minor": 3000}, {"cap_minor": 1000}, period_cap_minor=7000),
        "versions[0].period_cap_minor",
        "cap_never_reached",
        "a period costs at most 70.00",
    ),
    "a cap of a stay": (
        tariff(version(period_cap_minor=4000, stay_cap_minor=12_000), longest_stay_days=3),
        "versions[0].stay_cap_minor",
        "cap_never_reached",
        "a stay costs at most 120.00",
    ),
    "a unit longer than the period": (
        tariff(version(rate(units=units((5000, 1441, 1), (100, 60))))),
        "versions[0].rates[0].units[0].minutes",
        "jump",
        "is longer than the period, which ends after 1440 minutes",
    ),
    "free for a day": (
        tariff(version(free_minutes=1440)),
        "versions[0].free_minutes",
        "free_time",
        "is not less than a period of 1440 minutes",
    ),
    "a lost ticket that pays": (
        tariff(version(period_cap_minor=4000, lost_ticket_minor=3000)),
        "versions[0].lost_ticket_minor",
        "lost_ticket",
        "is less than period_cap_minor (40.00)",
    ),
    "an overstay that can not be": (
        tariff(version(overstay="from_payment")),
        "versions[0].overstay",
        "grace",
        "has no meaning: with exit_grace_minutes = 0",
    ),
    "a night that runs on through the day": (
        day_and_night({"units": units((1000, 60))}, {"units": units((500, None))}, edges="run_on"),
        "versions[0]",
        "longer_costs_less",
        " 06:59 to ",
    ),
    "steps that a night uses up for the day": (
        day_and_night(
            {"units": units((1000, 60, 2), (100, 60))}, {"units": units((200, 60, 2), (200, 60))}, steps="period"
        ),
        "versions[0]",
        "longer_costs_less",
        "a longer stay costs less for class car",
    ),
}


def found_in(suspicious: ScheduleTariff, today: date = TODAY) -> list[Finding]:
    """All findings."""
    return list(lint(suspicious, today))


@pytest.mark.parametrize("name", PLANTED)
def test_planted(name: str) -> None:
    """What was planted is found at its key, under its name, with its reason."""
    suspicious, key, kind, text = PLANTED[name]
    found = [finding for finding in found_in(suspicious) if (finding.key, finding.kind) == (key, kind)]
    assert found
    assert text in found[0].text


def test_every_rule_is_planted() -> None:
    """There is a planted tariff for each kind of finding."""
    kinds = {"unreachable", "missing_holidays", "cap_never_reached", "jump", "free_time", "lost_ticket", "grace"}
    assert {kind for _, _, kind, _ in PLANTED.values()} == kinds | {"longer_costs_less"}


def test_both_stays_are_told() -> None:
    """A longer stay that costs less is told with both stays and both amounts, for each class."""
    found = [each.text for each in found_in(PLANTED["a night that runs on through the day"][0])]
    stay = r"(\d+) h (\d+) min from \w{3} [\d-]+ [\d:]+ to \w{3} [\d:]+ cost ([\d.]+)"
    assert len(found) == 2
    for text, vehicle in zip(found, ("car", "bus"), strict=True):
        told = re.fullmatch(f"a longer stay costs less for class {vehicle}: {stay}, but {stay}", text)
        assert told is not None
        hours, minutes, fee, shorter_hours, shorter_minutes, shorter_fee = map(float, told.groups())
        assert (hours, minutes) > (shorter_hours, shorter_minutes)
        assert fee < shorter_fee


def test_next_year_matters_in_december() -> None:
    """The days off of a Chinese year are announced in November before: only then their lack is a finding."""
    chinese = tariff(
        version(rate(days=("workday",)), rate(days=("weekend", "holiday"))),
        calendar=Calendar(country="CN"),
        special=SpecialDays(holidays=(*DAILY, "2027-01-01"), workdays=("2026-01-04",)),
    )
    assert found_in(chinese, date(2026, 11, 30)) == []
    assert [each.key for each in found_in(chinese, date(2026, 12, 1))] == ["calendar.workdays"]
    assert "for 2027" in found_in(chinese, date(2026, 12, 1))[0].text


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_what_is_never_reached_never_matters(data: st.DataObject) -> None:
    """In random tariffs, what is said never to be reached can be left out without any change of a price.

    Not where the clock changes: there a night is an hour longer once a year.
    """
    drawn = msgspec.structs.replace(data.draw(tariffs()), timezone="Asia/Shanghai")
    less = drawn
    for finding in (*window_caps_never_reached(drawn, TODAY), *steps_never_reached(drawn, TODAY)):
        less = without(less, finding.key)
    for _ in range(5):
        stay, now_ms = data.draw(plain_stays(drawn))
        assert price(less, stay, now_ms).due_minor == price(drawn, stay, now_ms).due_minor


def without(whole: ScheduleTariff, key: str) -> ScheduleTariff:
    """The tariff without the cap, or without this unit and those after it."""
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", key)]
    old = whole.versions[numbers[0]]
    replaced = old.rates[numbers[1]]
    if key.endswith("cap_minor"):
        replaced = msgspec.structs.replace(replaced, cap_minor=None)
    else:
        replaced = msgspec.structs.replace(replaced, units=replaced.units[: numbers[2]])
    rates = (*old.rates[: numbers[1]], replaced, *old.rates[numbers[1] + 1 :])
    new = msgspec.structs.replace(old, rates=rates)
    return msgspec.structs.replace(
        whole, versions=(*whole.versions[: numbers[0]], new, *whole.versions[numbers[0] + 1 :])
    )
