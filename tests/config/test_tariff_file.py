"""Tariff files: the examples load, and whatever is wrong is said in one line with file, key and reason."""

from pathlib import Path

import pytest

from terminal.config.calendars import special_days
from terminal.config.tariff_file import read_tariff
from terminal.errors import ConfigError
from terminal.fees.parking import ParkingTariff
from terminal.fees.schedule.model import Calendar, ScheduleTariff, SpecialDays

EXAMPLES = sorted((Path(__file__).parents[2] / "docs/examples/tariffs").glob("*.toml"))
YEAR = 2026

SMALLEST = """
kind = "schedule"
title = { zh-CN = "停车场", en = "Car park" }
currency = "CNY"
timezone = "Asia/Shanghai"
[[classes]]
id = "car"
name = { zh-CN = "小型车", en = "Car" }
[[versions]]
valid_from = "2026-01-01"
[[versions.rates]]
name = { zh-CN = "标准", en = "Standard" }
units = [{ minutes = 60, minor = 500 }]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in which files are named as users name them."""
    monkeypatch.chdir(tmp_path)


def read(text: str | bytes) -> ScheduleTariff | ParkingTariff:
    """The tariff that this text makes as `t.toml`."""
    Path("t.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return read_tariff("t.toml", YEAR)


def schedule(text: str) -> ScheduleTariff:
    """The same, of kind "schedule"."""
    tariff = read(text)
    assert isinstance(tariff, ScheduleTariff)
    return tariff


def complaint(text: str | bytes) -> str:
    """What is said about a wrong text, which is always one line that begins with the file."""
    with pytest.raises(ConfigError) as caught:
        read(text)
    line = str(caught.value)
    assert line.splitlines() == [line]
    assert line.startswith("t.toml: ")
    return line.removeprefix("t.toml: ")


def edited(old: str, new: str) -> str:
    """The smallest tariff with another text in the place of one that it has."""
    assert SMALLEST.count(old) == 1
    return SMALLEST.replace(old, new)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    """The examples of the documentation load."""
    assert isinstance(read_tariff(path, YEAR), ScheduleTariff)


def test_defaults() -> None:
    """What may be left out has its default; nothing is known of special days."""
    tariff = schedule(SMALLEST)
    version = tariff.versions[0]
    assert (version.period, version.free_rule, version.edges, version.steps) == (
        "24h",
        "if_not_longer",
        "cut",
        "window",
    )
    assert (version.period_cap_minor, version.rounding, version.concessions) == (None, None, ())
    assert version.rates[0].begins is None
    assert tariff.special == SpecialDays()


def test_names_of_keys() -> None:
    """`from` and `to` of the file are the rate's hours; a date may stand with or without quotes."""
    two = """[[versions.rates]]
name = { zh-CN = "夜", en = "Night" }
from = "21:00"
to = "07:00"
[[versions.rates]]
from = "07:00"
to = "21:00"
"""
    tariff = schedule(edited("[[versions.rates]]\n", two).replace('"2026-01-01"', "2026-01-01"))
    assert [(rate.begins, rate.ends) for rate in tariff.versions[0].rates] == [("21:00", "07:00"), ("07:00", "21:00")]
    assert tariff.versions[0].valid_from == "2026-01-01"


def test_parking() -> None:
    """A file of kind "parking" is the plain tariff."""
    text = 'kind = "parking"\nfree_minutes = 15\nper_hour_minor = 500\nday_cap_minor = 4000\n'
    assert read(text) == ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000)
    assert complaint(text + "night_minor = 1") == "night_minor: unknown"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "schedule"', "", "kind: missing"),
        ('kind = "schedule"', 'kind = "flat"', 'kind: must be one of parking, schedule (is "flat")'),
        ('kind = "schedule"', "kind = [1]", "kind: must be one of parking, schedule (is [1])"),
        ('currency = "CNY"', "", "currency: missing"),
        ('currency = "CNY"', 'curency = "CNY"', "curency: unknown; did you mean currency?"),
        ('currency = "CNY"', 'currency = "RMB"', "currency: must be one of CNY, USD"),
        ('currency = "CNY"', "currency = 7", "currency: must be a text of 0 to 60 printable characters (is 7)"),
        ('"Asia/Shanghai"', '"Peking"', 'timezone: must be a time zone like Asia/Shanghai (is "Peking")'),
        ('"Asia/Shanghai"', '"Asia/Shanghai"\nspecial = {}', "special: unknown"),
        ('"Asia/Shanghai"', '"Asia/Shanghai"\nlongest_stay_days = 0', "longest_stay_days: must be at least 1 (is 0)"),
        ('"Asia/Shanghai"', '"Asia/Shanghai"\ncalendar = 1', "calendar: must be a table (is 1)"),
        (
            '"Asia/Shanghai"',
            '"Asia/Shanghai"\ncalendar.country = "XX"',
            "calendar.country: is not known to the package",
        ),
        (
            '"Asia/Shanghai"',
            '"Asia/Shanghai"\ncalendar = { country = "DE", subdivision = "XX" }',
            'calendar.subdivision: is not known to the package holidays (is "XX")',
        ),
        (
            '"Asia/Shanghai"',
            '"Asia/Shanghai"\ncalendar.country = "cn"',
            "calendar.country: must be two capitals, like CN",
        ),
        (
            '"Asia/Shanghai"',
            '"Asia/Shanghai"\ncalendar.holidays = ["2026-02-30"]',
            'calendar.holidays[0]: there is no such date (is "2026-02-30")',
        ),
        (
            '"Asia/Shanghai"',
            '"Asia/Shanghai"\ncalendar.workdays = ["soon"]',
            'calendar.workdays[0]: must be a date like 2026-05-01 (is "soon")',
        ),
        ('en = "Car park"', 'fr = "Parc"', "title.fr: unknown"),
        ('zh-CN = "停车场", en', "en", "title.zh-CN: missing"),
        ('"Car park"', '""', 'title.en: must be a text of 1 to 60 printable characters (is "")'),
        ('"Car park"', '" "', "title.en: must be a text of 1 to 60 printable characters"),
        ('"Car park"', f'"{"x" * 61}"', "title.en: must be a text of 1 to 60 printable characters"),
        ('"Car park"', '"a\\u202Eb"', "title.en: must be a text of 1 to 60 printable characters"),
        ('"Car park"', '"a\\u001b[31m"', "title.en: must be a text of 1 to 60 printable characters"),
        (
            'title = { zh-CN = "停车场", en = "Car park" }',
            'title = "Car park"',
            "title: must be a name in each language",
        ),
        ('id = "car"', 'id = "c r"', "classes[0].id: must be 1 to 32 letters, digits, hyphens or underscores"),
        ("[[classes]]", "[classes]", "classes: must be a list"),
        ('valid_from = "2026-01-01"', "", "versions[0].valid_from: missing"),
        ('"2026-01-01"', '"2026-1-1"', "versions[0].valid_from: must be a date like 2026-05-01"),
        ('"2026-01-01"', '"2026-01-01"\nfree_minutes = -1', "versions[0].free_minutes: must be at least 0 (is -1)"),
        (
            '"2026-01-01"',
            '"2026-01-01"\nfree_minuts = 1',
            "versions[0].free_minuts: unknown; did you mean versions[0].free_m",
        ),
        (
            '"2026-01-01"',
            '"2026-01-01"\nperiod = "week"',
            'versions[0].period: must be one of 24h, day, stay (is "week")',
        ),
        (
            '"2026-01-01"',
            '"2026-01-01"\nrounding = { to_minor = 1, rule = "up" }',
            "versions[0].rounding.to_minor: must be at",
        ),
        ('"2026-01-01"', '"2026-01-01"\nrounding = { to_minor = 10 }', "versions[0].rounding.rule: missing"),
        ("minutes = 60", "minutes = 0", "versions[0].rates[0].units[0].minutes: must be at least 1 (is 0)"),
        (
            "minutes = 60",
            'minutes = "60"',
            "versions[0].rates[0].units[0].minutes: must be a whole number from 1 to 44640",
        ),
        ("minutes = 60", "minutes = 60.0", "versions[0].rates[0].units[0].minutes: must be a whole number"),
        ("minor = 500", "minor = true", "versions[0].rates[0].units[0].minor: must be a whole number"),
        ("minor = 500", "cost = 500", "versions[0].rates[0].units[0].cost: unknown"),
        (
            "[{ minutes = 60, minor = 500 }]",
            "[]\nfrom = '7:00'\nto = '21:00'",
            "versions[0].rates[0].from: must be a time of day",
        ),
        ("[{ minutes = 60, minor = 500 }]", '[]\ndays = ["Monday"]', "versions[0].rates[0].days[0]: must be one of"),
        ("[{ minutes = 60, minor = 500 }]", "[1]", "versions[0].rates[0].units[0]: must be a table (is 1)"),
        ("[{ minutes = 60, minor = 500 }]", "7", "versions[0].rates[0].units: must be a list (is 7)"),
        ("[{ minutes = 60, minor = 500 }]", '[]\nfrom = "07:00"', "versions[0].rates[0].to: missing; from is set"),
    ],
)
def test_complaints(old: str, new: str, said: str) -> None:
    """Each wrong value is named by its dotted key, with what it should be."""
    assert complaint(edited(old, new)).startswith(said)


def test_remarks_may_be_long() -> None:
    """A remark on the sign is a sentence; the operator's name is not."""
    remark = f'{{ zh-CN = "{"长" * 200}", en = "{"long " * 40}" }}'
    assert len(schedule(f"{SMALLEST}[notice]\nremarks = [{remark}]").notice.remarks[0]["zh-CN"]) == 200
    assert complaint(f"{SMALLEST}[notice]\noperator = {remark}").startswith(
        "notice.operator.zh-CN: must be a text of 1 to 60"
    )


def test_at_least_one_version() -> None:
    """A tariff without rules is none."""
    head = SMALLEST.partition("[[versions]]")[0]
    assert complaint(head) == "versions: missing"
    assert (
        complaint(head.replace("[[classes]]", "versions = []\n[[classes]]")) == "versions: must have at least 1 (has 0)"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = \n", "is no valid TOML: Invalid value (at line 1"),
        (b"kind = '\xff'", "is no UTF-8 text (at byte 8)"),
        ("", "kind: missing"),
        ("a = " + "[" * 10_000, "is no valid TOML"),
    ],
)
def test_broken_files(text: str | bytes, said: str) -> None:
    """A file that is no TOML is told by line and column."""
    assert complaint(text).startswith(said)


def test_no_file() -> None:
    """A file that is not there is told in words."""
    with pytest.raises(ConfigError, match=r"no\.toml: can not be read: No such file"):
        read_tariff("no.toml", YEAR)


def test_chinese_calendar() -> None:
    """The Chinese breaks of 2026 as announced: Spring Festival is 15 to 23 February, with the 14th and the 28th worked."""
    special = special_days(Calendar(country="CN", join_weekends=True), YEAR, YEAR)
    february = [day for day in special.holidays if day.startswith("2026-02")]
    assert february == [f"2026-02-{day}" for day in range(15, 24)]
    assert [day for day in special.workdays if day.startswith("2026-02")] == ["2026-02-14", "2026-02-28"]
    assert [day for day in special.holidays if day.startswith("2026-10")] == [f"2026-10-0{day}" for day in range(1, 8)]
    assert [day for day in special.holidays if day.startswith("2026-01")] == [f"2026-01-0{day}" for day in (1, 2, 3)]


def test_weekends_are_joined_only_on_demand() -> None:
    """Without `join_weekends` a Saturday before a holiday is an ordinary one."""
    joined = special_days(Calendar(country="CN", join_weekends=True), YEAR, YEAR)
    plain = special_days(Calendar(country="CN"), YEAR, YEAR)
    assert set(plain.holidays) < set(joined.holidays)
    assert "2026-02-15" not in plain.holidays
    assert plain.workdays == joined.workdays


def test_subdivision() -> None:
    """Women's Day is a holiday in Berlin, not in all of Germany."""
    assert "2026-03-08" in special_days(Calendar(country="DE", subdivision="BE"), YEAR, YEAR).holidays
    assert "2026-03-08" not in special_days(Calendar(country="DE"), YEAR, YEAR).holidays


def test_own_dates() -> None:
    """The file's own dates come on top, in order; a workday is one whatever else is said."""
    calendar = Calendar(country="CN", holidays=("2026-03-03", "2026-03-02"), workdays=("2026-10-01", "2026-03-03"))
    special = special_days(calendar, YEAR, YEAR)
    assert "2026-03-02" in special.holidays
    assert not {"2026-03-03", "2026-10-01"} & set(special.holidays)
    assert {"2026-03-03", "2026-10-01"} <= set(special.workdays)
    assert list(special.holidays) == sorted(special.holidays) and list(special.workdays) == sorted(special.workdays)


@pytest.mark.parametrize(
    ("first", "years"), [(2026, (2025, 2027)), (2023, (2023, 2027)), (2030, (2025, 2027)), (1, (2015, 2027))]
)
def test_years(first: int, years: tuple[int, int]) -> None:
    """Years are looked up from the first version's, at least from last year, to next year."""
    holidays = special_days(Calendar(country="CN"), first, YEAR).holidays
    assert (int(holidays[0][:4]), int(holidays[-1][:4])) == years


JUNK = (
    "1",
    "-1",
    "1.5",
    "nan",
    '""',
    '"x"',
    "true",
    "[]",
    "[[]]",
    "[{}]",
    "{}",
    "{ a = {} }",
    "07:30:00",
    "2026-05-01T00:00:00Z",
    "2026-05-01",
)


@pytest.mark.parametrize("junk", JUNK)
def test_junk(junk: str) -> None:
    """Any value in any place is either taken or complained about in one line; nothing else is ever raised."""
    lines = SMALLEST.splitlines()
    for number, line in enumerate(lines):
        if "=" not in line:
            continue
        text = "\n".join([*lines[:number], f"{line.partition('=')[0]} = {junk}", *lines[number + 1 :]])
        said = ""
        try:
            read(text)
        except ConfigError as error:
            said = str(error)
        assert said == "" or (said.startswith("t.toml: ") and len(said.splitlines()) == 1)
