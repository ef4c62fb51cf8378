"""Rates: how much of what was billed is collected (收缴率), and how much of old arrears is recovered (清欠率).

A charge belongs to the period in which its own period begins, in whole, and counts as billed from that day on. What is collected
of it is all principal that was settled by the report's date, whenever it was paid: a prepayment counts in the period that it
pays for, and not before. Late fees and deposits are no part of it. Last year is looked at on the same date of that year, by the
same rules. Arrears of a year are what was open of all charges of earlier years when it began; recovered is what was settled of
them since.

Ledger and journal are read account by account, side by side, so that memory does not grow with either.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import msgspec

from terminal.dues.ledger import Ledger
from terminal.fees.dues import DEPOSITS, Charge, DuesRules, Paid, Settlement, paid_at, standing
from terminal.money import figures
from terminal.publish.sheet import columns_of
from terminal.store import sqlite
from terminal.words import say

By = Literal["block", "year", "quarter", "month"]
E4 = 10_000

CHARGES = """SELECT block, charges.account_id, item, from_date, to_date, due_date, amount_minor
FROM charges JOIN accounts_now USING (account_id) ORDER BY charges.account_id, item, begins"""
STAGE_PAID = """CREATE TEMP TABLE paid (account_id TEXT, charge_key TEXT, amount_minor INTEGER, late_minor INTEGER,
on_date TEXT) STRICT"""
PAID = "SELECT account_id, charge_key, amount_minor, late_minor, on_date FROM temp.paid ORDER BY account_id, rowid"


class Share(msgspec.Struct, frozen=True):
    """What there was, and what came in of it. `rate_e4` is per ten thousand, rounded down; None: there was nothing."""

    of_minor: int
    got_minor: int
    rate_e4: int | None


class Line(msgspec.Struct, frozen=True):
    """One group of the report, this year and on the same date last year."""

    group: str
    this: Share
    last: Share


class Report(msgspec.Struct, frozen=True):
    """Collection and arrears; the last line of each is the total, with the group ""."""

    year: int
    at: str
    last_at: str
    by: By
    collection: tuple[Line, ...]
    arrears: tuple[Line, ...]
    """By block, or in one line."""


Sums = dict[tuple[str, str], list[int]]
"""By (which share, group): what there was, and what came in."""


def report(ledger: Ledger, paid: Iterable[tuple[str, Paid]], rules: DuesRules, year: int, at: str, by: By) -> Report:
    """The rates of a year as they stood on the date `at`. `paid`: the books' rows with their accounts, in order of accounts."""
    last_at = year_before(at)
    sums: Sums = defaultdict(lambda: [0, 0])
    charges = ((row[0], Charge(*row[1:])) for row in ledger.connection.execute(CHARGES))
    for group, billed, rows in _side_by_side(charges, paid):
        settled = standing(billed, [row for row in rows if row.on_date <= at], at, rules).settled
        by_charge: dict[str, list[Settlement]] = defaultdict(list)
        for part in settled:
            by_charge[part.charge.key].append(part)
        for charge in billed:
            if charge.item not in DEPOSITS:
                parts = by_charge.get(charge.key, [])
                _count(sums, "this", charge, parts, group, by, year, at)
                _count(sums, "last", charge, parts, group, by, year - 1, last_at)
    return Report(year, at, last_at, by, _lines(sums, "billed"), _lines(sums, "arrears"))


def books_rows(ledger: Ledger, journal: Path, timezone: str) -> Iterator[tuple[str, Paid]]:
    """What was paid, out of a journal's books, in order of accounts. Nothing if there is no journal. Raises `StoreError`.

    The rows are sorted in a temporary table on disk: an account's keys do not sort as the accounts do.
    """
    if not journal.is_file():
        return
    connection = ledger.connection
    connection.execute("PRAGMA temp_store=FILE")
    connection.execute(STAGE_PAID)
    with closing(sqlite.connect_reader(journal)) as books:
        rows = books.execute("SELECT charge_key, amount_minor, late_minor, at_ms FROM dues_paid ORDER BY id")
        dated = (paid_at(key, amount, late, at_ms, timezone) for key, amount, late, at_ms in rows)
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO temp.paid VALUES (?, ?, ?, ?, ?)",
            ((row.charge_key.partition("/")[0], *msgspec.structs.astuple(row)) for row in dated),
        )
        connection.execute("COMMIT")
    for account_id, *row in connection.execute(PAID):
        yield account_id, Paid(*row)


def year_before(iso_date: str) -> str:
    """The same date of the year before; 29 February becomes the 28th."""
    day = date.fromisoformat(iso_date)
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day).isoformat()


def _side_by_side(
    charges: Iterable[tuple[str, Charge]], paid: Iterable[tuple[str, Paid]]
) -> Iterator[tuple[str, list[Charge], list[Paid]]]:
    """Each account that was billed: its block, its charges and its rows. Both come in order of accounts."""
    rows = groupby(paid, key=lambda row: row[0])
    payer, its_rows = next(rows, ("", iter(())))
    for account_id, group in groupby(charges, key=lambda row: row[1].account_id):
        while payer and payer < account_id:  # paid on an account that was never billed: credit, and in no rate
            payer, its_rows = next(rows, ("", iter(())))
        found = [row for _, row in its_rows] if payer == account_id else []
        billed = list(group)
        yield billed[0][0], [charge for _, charge in billed], found


def _count(
    sums: Sums, when: str, charge: Charge, parts: list[Settlement], block: str, by: By, year: int, at: str
) -> None:
    """Adds one charge to what was billed in a year, or to the arrears that it began with."""
    begins, new_year = charge.from_date, f"{year}-01-01"
    if new_year <= begins <= min(at, f"{year}-12-31"):
        got_minor = sum(part.amount_minor for part in parts if part.on_date <= at)
        _add(sums, f"billed {when}", block if by == "block" else PERIOD[by](begins), charge.amount_minor, got_minor)
    elif begins < new_year:
        before_minor = sum(part.amount_minor for part in parts if part.on_date < new_year)
        since_minor = sum(part.amount_minor for part in parts if new_year <= part.on_date <= at)
        open_minor = charge.amount_minor - before_minor
        _add(sums, f"arrears {when}", block if by == "block" else "", open_minor, since_minor)


PERIOD: dict[str, Callable[[str], str]] = {
    "year": lambda begins: "",
    "quarter": lambda begins: f"Q{(int(begins[5:7]) + 2) // 3}",
    "month": lambda begins: begins[5:7],
}
"""The group of a charge by its first day, the same this year and last; "": only the total."""


def _add(sums: Sums, share: str, group: str, of_minor: int, got_minor: int) -> None:
    for name in {group, ""}:
        sums[share, name][0] += of_minor
        sums[share, name][1] += got_minor


def _lines(sums: Sums, what: str) -> tuple[Line, ...]:
    groups = {group for share, group in sums if share.startswith(what)} - {""}
    return tuple(
        Line(group, _share(*sums[f"{what} this", group]), _share(*sums[f"{what} last", group]))
        for group in (*sorted(groups), "")
    )


def _share(of_minor: int, got_minor: int) -> Share:
    return Share(of_minor, got_minor, got_minor * E4 // of_minor if of_minor else None)


# --- as text --------------------------------------------------------------------------------------------------------
def as_text(found: Report, currency: str, language: str) -> str:
    """Two tables for people."""
    dates = {"year": found.year, "at": found.at, "last_at": found.last_at, "currency": currency}
    lines = [say(language, "report.collection.title", **dates), *_table(found.collection, "billed", currency, language)]
    lines += ["", say(language, "report.arrears.title", **dates), *_table(found.arrears, "owed", currency, language)]
    return "\n".join(lines)


def _table(lines: tuple[Line, ...], of: str, currency: str, language: str) -> Iterator[str]:
    names = ("group", of, "got", "rate", f"last_{of}", "last_got", "last_rate", "more")
    rows = [[say(language, f"report.{name}") for name in names]]
    for line in lines:
        group = line.group or say(language, "report.total")
        rows.append([group, *_cells(line.this, currency), *_cells(line.last, currency), _more(line)])
    widths = [max(columns_of(row[place]) for row in rows) for place in range(len(names))]
    for row in rows:
        gaps = [" " * (width - columns_of(text)) for text, width in zip(row, widths, strict=True)]
        first, *others = zip(row, gaps, strict=True)
        yield "  ".join([first[0] + first[1], *(gap + text for text, gap in others)])


def _cells(share: Share, currency: str) -> list[Any]:
    rate = "–" if share.rate_e4 is None else f"{_percent(share.rate_e4)} %"
    return [figures(share.of_minor, currency), figures(share.got_minor, currency), rate]


def _more(line: Line) -> str:
    """How many percentage points more than last year."""
    if line.this.rate_e4 is None or line.last.rate_e4 is None:
        return "–"
    more_e4 = line.this.rate_e4 - line.last.rate_e4
    return f"{'-' if more_e4 < 0 else '+'}{_percent(abs(more_e4))}"


def _percent(rate_e4: int) -> str:
    return f"{rate_e4 // 100}.{rate_e4 % 100:02}"
