"""The parking tariff against a table that a fee inspector can read, and against counting by the hour."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.fees import KINDS, price
from terminal.fees.explain import explain
from terminal.fees.parking import HOUR_MS, ParkingTariff
from terminal.fees.quote import Quote, QuoteLine
from terminal.fees.reductions import MINUTE_MS
from terminal.fees.stay import Stay
from terminal.words import CATALOGUES

T1 = ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000)

Case = tuple[str, str, int, str]

stays = st.integers(0, 40 * 24 * HOUR_MS)
tariffs = st.builds(
    ParkingTariff,
    free_minutes=st.integers(0, 3000),
    per_hour_minor=st.integers(0, 2000),
    day_cap_minor=st.integers(0, 60_000),
)


def read_table(name: str) -> list[Case]:
    """The rows of an ASCII table: columns parted by bars, comments behind #, the first row a heading."""
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line and not line.startswith("#")]
    assert rows[0] == ["entry", "exit", "due", "why"]
    return [(entry, exit_, int(due), why) for entry, exit_, due, why in rows[1:]]


def unix_ms(text: str) -> int:
    """A wall time of the table, in milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def why(quote: Quote) -> str:
    """The lines of a quote as the table writes them."""
    forms = {
        "free": "free {minutes} min",
        "hours": "{hours} h x {price_minor}",
        "days_capped": "{days} d x {price_minor}",
    }
    return ", ".join(forms[line.what].format(**line.params) for line in quote.lines)


def by_the_hour(tariff: ParkingTariff, stay_ms: int) -> int:
    """The same rules, told in the slowest and plainest way: hour by hour, and day by day."""
    if stay_ms <= tariff.free_minutes * MINUTE_MS:
        return 0
    due = today = 0
    for hour, _ in enumerate(range(0, stay_ms, HOUR_MS)):
        if hour % 24 == 0:
            due, today = due + today, 0
        today = min(today + tariff.per_hour_minor, tariff.day_cap_minor)
    return due + today


@pytest.mark.parametrize("case", read_table("parking.table"), ids=lambda case: f"{case[0]} to {case[1]}")
def test_table(case: Case) -> None:
    """Each row of the table comes out as it says, with the same reasons."""
    entry, exit_, due, reasons = case
    quote = price(T1, Stay(unix_ms(entry)), unix_ms(exit_))
    assert (quote.due_minor, why(quote)) == (due, reasons)


@given(tariffs, stays)
def test_hour_by_hour(tariff: ParkingTariff, stay_ms: int) -> None:
    """Dividing gives what counting hour by hour gives, and the lines always sum to it."""
    quote = price(tariff, Stay(0), stay_ms)
    assert quote.due_minor == by_the_hour(tariff, stay_ms) >= 0
    assert quote.due_minor == sum(line.amount_minor for line in quote.lines)
    assert quote.lines


@given(tariffs, stays, stays, st.integers(0, 2**41))
def test_longer_is_never_cheaper(tariff: ParkingTariff, one: int, other: int, entered_at_ms: int) -> None:
    """Who stays longer never owes less, whenever he came."""
    shorter, longer = sorted((one, other))
    due = [price(tariff, Stay(entered_at_ms), entered_at_ms + stay).due_minor for stay in (shorter, longer)]
    assert due[0] <= due[1]


def test_cap_that_never_bites() -> None:
    """A cap above 24 hours' price adds no line of its own, however long the stay."""
    tariff = ParkingTariff(free_minutes=0, per_hour_minor=100, day_cap_minor=2400)
    assert why(price(tariff, Stay(0), 49 * HOUR_MS)) == "49 h x 100"


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("stay_ms", [0, 5 * HOUR_MS, 30 * HOUR_MS])
def test_every_line_has_words(language: str, stay_ms: int) -> None:
    """Each line of a quote is a sentence with its figures in each language, and no gap is left open."""
    for line in price(T1, Stay(0), stay_ms).lines:
        text = explain(line, language, "CNY")
        assert not text.startswith("quote.")
        assert "{" not in text
        assert str(next(iter(line.params.values()))) in text


def test_amounts_in_words() -> None:
    """Prices in an explanation are written as amounts of the currency."""
    line = QuoteLine("hours", 1500, {"hours": 3, "price_minor": 500})
    assert explain(line, "en", "CNY") == "Started hours: 3 × 5.00"
    assert explain(line, "zh-CN", "JPY") == "计费小时：3 × 500"


def test_registry() -> None:
    """Each kind is registered under the name that its own `kind` field takes."""
    assert {name: kind.tariff.__struct_config__.tag for name, kind in KINDS.items()} == {name: name for name in KINDS}
