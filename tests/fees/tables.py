"""Reads the tables of cases in `cases/`, which a fee inspector reads as well.

Theory of operation. A table is text. Comments begin with `#`. A line `tariff: <file>` says which tariff the rows below are
about (`inner: <file>` the same of a car park inside that one), and a row that begins with `entry` names the columns of the rows
below it. These columns there may be:

    entry      wall time of the tariff's zone, or `?` if nobody knows it
    exit       wall time; an offset from UTC behind it tells the two passages of an hour apart
    class      vehicle class
    coupon     what merchants gave: `30 min`, `5.00`, or several, joined by ` + `
    granted    concessions that the staff granted
    pass       `08:00 to 18:00`: a monthly pass is in force; several are joined by ` + `
    inner      `09:00 to 11:00`: it was in the inner car park
    paid       `8.00 at 10:00`: a payment
    last stay  `08:00 to 09:30, paid 8.00`, and `, 30 min` or `, 2.00` behind it if a coupon was used: the stay before this one;
               several, in the order of time, are joined by ` + `
    due        the amount
    why        the lines of the quote, in the short form that `why` makes
    when       the times on those lines: `08:00–09:00` where a line tells from when to when, `10:00` of a payment
    in words   the lines as a payer reads them in English, joined by ` / `

A time without a date is on the day of the entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from terminal.config.tariff_file import read_tariff
from terminal.fees import price_all
from terminal.fees.quote import Quote, QuoteLine
from terminal.fees.schedule.model import ScheduleTariff
from terminal.fees.stay import Coupon, Cover, Earlier, Inner, Paid, Stay
from terminal.money import figures

FOLDER = Path(__file__).parent / "cases"
YEAR = 2026
PASS, SHOP = {"en": "Monthly pass", "zh-CN": "月卡"}, {"en": "Bookshop", "zh-CN": "书店"}
FACTS = {"entry", "exit", "class", "coupon", "granted", "pass", "inner", "paid", "last stay"}
COLUMNS = FACTS | {"due", "why", "when", "in words"}


@dataclass(frozen=True)
class Case:
    """One row of a table."""

    place: str
    tariff: ScheduleTariff
    inner: ScheduleTariff | None
    stay: Stay
    now_ms: int
    due_minor: int
    why: str
    when: str | None
    in_words: str | None

    def quote(self) -> Quote:
        """What the terminal says."""
        tariffs = {"outer": self.tariff} if self.inner is None else {"outer": self.tariff, "inner": self.inner}
        return price_all(tariffs, "outer", self.stay, self.now_ms)


def cases() -> Iterator[Case]:
    """All rows of all tables."""
    for path in sorted(FOLDER.glob("*.table")):
        yield from read_table(path)


def read_table(path: Path) -> Iterator[Case]:
    """The rows of one table."""
    tariff: ScheduleTariff | None = None
    inner: ScheduleTariff | None = None
    columns: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")]
        if not line or line.startswith("#"):
            continue
        if line.startswith("tariff:"):
            tariff, inner = tariff_of(line.removeprefix("tariff:").strip()), None
        elif line.startswith("inner:"):
            inner = tariff_of(line.removeprefix("inner:").strip())
        elif cells[0] == "entry":
            columns = cells
            assert set(columns) <= COLUMNS, f"{path.name}:{number}: unknown column"
        else:
            assert tariff is not None, f"{path.name}:{number}: no tariff yet"
            row = dict(zip(columns, cells, strict=True))
            place = f"{path.name}:{number}"
            now_ms = moment(row["exit"], row, tariff)
            stay = stay_of(row, tariff)
            told = row["why"], row.get("when"), row.get("in words")
            yield Case(place, tariff, inner, stay, now_ms, minor(row["due"]), *told)


@cache
def tariff_of(name: str) -> ScheduleTariff:
    """A tariff of the folder."""
    tariff = read_tariff(FOLDER / name, YEAR)
    assert isinstance(tariff, ScheduleTariff)
    return tariff


def stay_of(row: dict[str, str], tariff: ScheduleTariff) -> Stay:
    """The facts of a row."""
    return Stay(
        entered_at_ms=None if row["entry"] == "?" else moment(row["entry"], row, tariff),
        vehicle=row.get("class", ""),
        concessions=tuple(row.get("granted", "").split()),
        covers=tuple(Cover(*span, "pass", PASS) for span in spans(row.get("pass", ""), row, tariff)),
        inner=tuple(Inner("inner", *span) for span in spans(row.get("inner", ""), row, tariff)),
        coupons=tuple(coupon(text) for text in row.get("coupon", "").split(" + ") if text),
        paid=tuple(payment(text, row, tariff) for text in row.get("paid", "").split(" + ") if text),
        earlier=tuple(earlier(text, row, tariff) for text in row.get("last stay", "").split(" + ")[::-1] if text),
    )


def moment(text: str, row: dict[str, str], tariff: ScheduleTariff) -> int:
    """A wall time in milliseconds since 1970, UTC."""
    if len(text) <= len("00:00:00"):
        text = f"{row['entry'][:10]} {text}"
    wall = datetime.fromisoformat(text)
    if wall.tzinfo is None:
        wall = wall.replace(tzinfo=ZoneInfo(tariff.timezone))
    return round(wall.timestamp() * 1000)


def spans(text: str, row: dict[str, str], tariff: ScheduleTariff) -> list[tuple[int, int]]:
    """`08:00 to 18:00`, several of that, or nothing."""
    ends = [span.split(" to ") for span in text.split(" + ") if span]
    return [(moment(begin, row, tariff), moment(end, row, tariff)) for begin, end in ends]


def coupon(text: str) -> Coupon:
    """`30 min` or `5.00`."""
    if text.endswith(" min"):
        return Coupon("minutes", minutes=int(text.removesuffix(" min")), names=SHOP)
    return Coupon("money", amount_minor=minor(text), names=SHOP)


def payment(text: str, row: dict[str, str], tariff: ScheduleTariff) -> Paid:
    """`8.00 at 10:00`."""
    amount, at = text.split(" at ")
    return Paid(moment(at, row, tariff), minor(amount))


def earlier(text: str, row: dict[str, str], tariff: ScheduleTariff) -> Earlier:
    """`08:00 to 09:30, paid 8.00`, or `08:00 to 09:30, paid 6.00, 2.00`."""
    span, paid, *coupons = text.split(", ")
    ((entered, left),) = spans(span, row, tariff)
    return Earlier(entered, left, minor(paid.removeprefix("paid ")), tuple(map(coupon, coupons)))


def minor(text: str) -> int:
    """Figures of the tables, which all have two places, in minor units."""
    whole, hundredths = text.split(".")
    assert len(hundredths) == 2
    return int(whole) * 100 + int(hundredths)


def why(quote: Quote, tariff: ScheduleTariff) -> str:
    """The lines of a quote in short, joined by commas; a rate's name stands where the tariff has several."""
    several = max(len(version.rates) for version in tariff.versions) > 1
    return ", ".join(in_short(line, tariff.currency, several) for line in quote.lines)


def when(quote: Quote, tariff: ScheduleTariff) -> str:
    """The times on the lines of a quote, without their dates."""
    times = [[int(value) for name, value in line.params.items() if name.endswith("_ms")] for line in quote.lines]
    return ", ".join("–".join(clock(at_ms, tariff) for at_ms in line) for line in times if line)


def clock(at_ms: int, tariff: ScheduleTariff) -> str:
    """What the clock on the wall shows."""
    return f"{datetime.fromtimestamp(at_ms / 1000, ZoneInfo(tariff.timezone)):%H:%M}"


def in_short(line: QuoteLine, currency: str, several: bool) -> str:
    """One line: `Day 3 × 5.00`, `cap -4.00`, `30 min off`."""
    params = {
        name.removesuffix("_minor"): figures(int(value), currency) if name.endswith("_minor") else value
        for name, value in line.params.items()
    }
    name = f"{line.names['en']} " if several and line.names else ""
    form = FORMS[line.what.split("_")[0] if line.what.startswith(("cap_", "rounded_")) else line.what]
    text = form.format(name=name, amount=figures(line.amount_minor, currency), **params)
    return text.replace("1 × cap", "cap")


FORMS = {
    "units": "{name}{units} × {price}",
    "flat": "{name}{units} × {price}",
    "free": "free",
    "free_always": "{minutes} min free",
    "free_for": "{minutes} min free",
    "cap": "{times} × cap {amount}",
    "concession": "{percent} % off {amount}",
    "rounded": "rounded {amount}",
    "coupon": "coupon {amount}",
    "coupon_minutes": "{minutes} min off",
    "pass": "pass",
    "inner": "inner",
    "paid": "paid",
    "paid_before": "paid {amount}",
    "overstay": "too late",
    "version": "new prices",
    "reentry": "back soon",
    "lost_ticket": "lost ticket {amount}",
    "nothing": "nothing",
    "dst": "clock changed",
}
"""The short forms of the lines, by `QuoteLine.what`."""
