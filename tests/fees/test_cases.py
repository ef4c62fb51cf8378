"""The tables of cases that a fee inspector reads: each row comes out as it says, to the minor unit and with the same reasons."""

from itertools import pairwise

import pytest

from terminal.fees import leave_by_ms, unfit
from terminal.fees.explain import explain
from terminal.fees.schedule.pricing import vehicle_of, version_at
from terminal.fees.schedule.windows import Timetable
from terminal.words import CATALOGUES
from tests.fees.tables import COLUMNS, FOLDER, Case, cases, moment, stay_of, tariff_of, when, why

CASES = tuple(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_case(case: Case) -> None:
    """The amount, and the lines that explain it: in short, and with their times and in words where the row tells these."""
    quote = case.quote()
    assert not unfit(case.tariff, case.stay, case.now_ms)
    assert (quote.due_minor, why(quote, case.tariff)) == (case.due_minor, case.why)
    assert case.when is None or when(quote, case.tariff) == case.when
    words = " / ".join(explain(line, "en", case.tariff.currency, case.tariff.timezone) for line in quote.lines)
    assert case.in_words is None or words == case.in_words
    assert quote.due_minor == sum(line.amount_minor for line in quote.lines)
    assert all(isinstance(value, int | str) for line in quote.lines for value in line.params.values())


@pytest.mark.parametrize(
    ("tariff", "entry", "exit_", "vehicle", "reason"),
    [
        ("months.toml", "2026-01-05 08:00", "2026-01-05 09:00", "", ""),
        ("months.toml", "2026-01-05 08:00", "2026-01-05 09:00", "small", ""),
        ("months.toml", "2026-01-05 08:00", "2026-01-05 09:00", "green", ""),
        ("months.toml", "2026-01-05 08:00", "2026-01-05 09:00", "lorry", "unknown_class"),
        ("months.toml", "?", "2026-02-28 23:59", "", ""),
        ("months.toml", "?", "2026-03-01 00:00", "", "no_entry"),
        ("months.toml", "?", "2026-02-28 23:59", "lorry", "unknown_class"),
        ("months.toml", "2026-01-05 08:00", "2027-02-09 08:00", "", ""),
        ("months.toml", "2026-01-05 08:00", "2027-02-09 08:00:00.001", "", "stay_too_long"),
    ],
)
def test_what_has_no_price(tariff: str, entry: str, exit_: str, vehicle: str, reason: str) -> None:
    """A table of refusals: a class that the tariff does not know, an entry that nobody knows, more than 400 days."""
    row = {"entry": entry, "exit": exit_, "class": vehicle}
    rules = tariff_of(tariff)
    assert unfit(rules, stay_of(row, rules), moment(exit_, row, rules)) == reason


@pytest.mark.parametrize(
    ("tariff", "entry", "last_stay", "paid", "leave_by"),
    [
        ("overstay-one-stay.toml", "2026-03-02 08:00", "", "8.00 at 10:00", "10:15"),
        ("overstay-one-stay.toml", "2026-03-02 08:00", "", "8.00 at 10:00 + 4.00 at 11:00", "11:15"),
        ("overstay-one-stay.toml", "2026-03-02 08:00", "", "", None),
        ("overstay-one-stay.toml", "2026-03-02 08:00", "07:00 to 07:50, paid 4.00", "", None),
        ("overstay-one-stay.toml", "?", "", "8.00 at 2026-03-02 10:00", None),
        ("hourly.toml", "2026-03-02 08:00", "", "8.00 at 10:00", None),
        # In May there are 10 minutes, in June 20; it counts when the stay began, also that which was gone on with.
        ("months.toml", "2026-05-31 22:00", "", "2.10 at 2026-06-01 00:05", "2026-06-01 00:15"),
        ("months.toml", "2026-06-01 00:20", "", "1.05 at 00:30", "00:50"),
        (
            "months.toml",
            "2026-06-01 00:20",
            "2026-05-31 22:00 to 2026-05-31 23:30, paid 2.10",
            "1.05 at 00:30",
            "00:40",
        ),
    ],
)
def test_until_when_a_car_may_leave(tariff: str, entry: str, last_stay: str, paid: str, leave_by: str | None) -> None:
    """A table of grace times."""
    row = {"entry": entry, "last stay": last_stay, "paid": paid}
    rules = tariff_of(tariff)
    expected = None if leave_by is None else moment(leave_by, row, rules)
    assert leave_by_ms(rules, stay_of(row, rules)) == expected


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_case_in_words(case: Case, language: str) -> None:
    """Each line is a sentence of the language, without an open gap."""
    for line in case.quote().lines:
        text = explain(line, language, case.tariff.currency, case.tariff.timezone)
        assert text and not text.startswith("quote.") and "{" not in text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_windows(case: Case) -> None:
    """The windows of a stay follow each other from its first moment to its last, and none of them is empty."""
    entered_ms = case.stay.entered_at_ms
    if entered_ms is not None and entered_ms < case.now_ms:
        version = version_at(case.tariff, entered_ms)
        vehicle = vehicle_of(case.tariff, case.stay)
        windows = list(Timetable(case.tariff, version, vehicle).windows(entered_ms, case.now_ms))
        edges = [entered_ms, *(window.to_ms for window in windows)]
        assert edges == [*(window.from_ms for window in windows), case.now_ms]
        assert all(before < after for before, after in pairwise(edges))


def test_every_tariff_has_a_table() -> None:
    """No tariff lies in the folder without a row, and no column is known without one."""
    rows = [line for path in FOLDER.glob("*.table") for line in path.read_text("utf-8").splitlines()]
    used = {line.split(": ")[1] for line in rows if line.startswith(("tariff:", "inner:"))}
    headings = [line.split("|") for line in rows if line.startswith("entry")]
    assert used == {path.name for path in FOLDER.glob("*.toml")}
    assert {cell.strip() for cells in headings for cell in cells} == COLUMNS
