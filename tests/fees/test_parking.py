"""The parking tariff against a table that a fee inspector can read, and against counting by the hour."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.pricer import parking_due
from terminal.fees import KINDS, price
from terminal.fees.explain import explain
from terminal.fees.parking import HOUR_MS, ParkingTariff
from terminal.fees.quote import Quote, QuoteLine
from terminal.fees.reductions import MINUTE_MS
from terminal.fees.stay import Coupon, Cover, Stay
from terminal.words import CATALOGUES
from tests.fees.tariffs import Visit, several
from tests.fees.tariffs import stays as stays_with_all

T1 = ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000)

Row = dict[str, str]

stays = st.integers(0, 40 * 24 * HOUR_MS)
tariffs = st.builds(
    ParkingTariff,
    free_minutes=st.integers(0, 3000),
    per_hour_minor=st.integers(0, 2000),
    day_cap_minor=st.integers(0, 60_000),
)


def read_table(name: str) -> list[Row]:
    """The rows of an ASCII table: columns parted by bars, comments behind #, names of columns where a row begins with `entry`."""
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    columns: list[str] = []
    rows = []
    for cells in ([cell.strip() for cell in line.split("|")] for line in lines if line and not line.startswith("#")):
        if cells[0] == "entry":
            columns = cells
            assert set(columns) <= {"entry", "exit", "pass", "coupon", "due", "why"}
        else:
            rows.append(dict(zip(columns, cells, strict=True)))
    return rows


def stay_of(row: Row) -> Stay:
    """The facts of a row; a pass is on the day of the entry."""
    ends = [unix_ms(f"{row['entry'][:10]} {end}") for end in row.get("pass", "").split(" to ") if end]
    covers = (Cover(ends[0], ends[1], "pass"),) if ends else ()
    given = row.get("coupon", "")
    if given.endswith(" min"):
        coupons: tuple[Coupon, ...] = (Coupon("c", minutes=int(given.removesuffix(" min"))),)
    else:
        coupons = (Coupon("c", amount_minor=int(given)),) if given else ()
    return Stay(unix_ms(row["entry"]), covers=covers, coupons=coupons)


def unix_ms(text: str) -> int:
    """A wall time of the table, in milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def why(quote: Quote) -> str:
    """The lines of a quote as the table writes them."""
    forms = {
        "free": "free {minutes} min",
        "hours": "{hours} h x {price_minor}",
        "days_capped": "{days} d x {price_minor}",
        "pass": "pass",
        "coupon_minutes": "{minutes} min off",
        "coupon": "coupon {amount_minor}",
    }
    return ", ".join(forms[line.what].format(amount_minor=line.amount_minor, **line.params) for line in quote.lines)


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


@pytest.mark.parametrize("row", read_table("parking.table"), ids=lambda row: f"{row['entry']} to {row['exit']}")
def test_table(row: Row) -> None:
    """Each row of the table comes out as it says, with the same reasons; the pricer that shares no code agrees."""
    stay, now_ms = stay_of(row), unix_ms(row["exit"])
    quote = price(T1, stay, now_ms)
    assert (quote.due_minor, why(quote)) == (int(row["due"]), row["why"])
    assert parking_due(T1, stay, now_ms) == int(row["due"])


@given(several(stays_with_all, 4), tariffs)
@settings(max_examples=100)
def test_passes_and_coupons(many: list[Visit], tariff: ParkingTariff) -> None:
    """With passes and coupons it agrees with the pricer that shares no code."""
    for _, stay, now_ms in many:
        quote = price(tariff, stay, now_ms)
        assert quote.due_minor == parking_due(tariff, stay, now_ms) == sum(line.amount_minor for line in quote.lines)
        assert quote.lines


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
