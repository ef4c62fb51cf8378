"""Columns of accounts and charges: their names in two languages, and what a cell of each may hold.

A cell's reader takes its text and gives the value, or raises `ValueError` with the reason in words for the person who made the
table. Spreadsheets hold numbers and dates, not texts: `text_of` writes them as the spreadsheet shows them.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from terminal.fees.dues import ITEMS
from terminal.money import MINOR_DIGITS

Kind = Literal["accounts", "charges"]
Value = int | str | None

MAX_MINOR = 100_000_000
MAX_AREA_CENTI_M2 = 100_000_000
"""1 km²: more than any unit has."""
MAX_TEXT = 64
FIRST_YEAR, LAST_YEAR = 1990, 2100

FORMULA_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"})

ITEM_WORDS = {
    **{name.casefold(): item for item, names in ITEMS.items() for name in (item, *names.values())},
    "水费": "water",
    "电费": "power",
    "燃气费": "gas",
    "物业管理费": "property",
    "垃圾费": "garbage",
    "车位费": "parking",
}
"""How an item may be written."""

_ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,32}")
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.([0-9]{1,15}))?")
_DATE = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")


class Column(NamedTuple):
    """A column: its field, the names that it may have in a header, and how its cells are read."""

    field: str
    names: tuple[str, ...]
    read: Callable[[str, str], Value]
    """Takes the cell's text and the currency."""
    needed: bool = True
    """Whether a table must have it."""


def text_of(cell: object) -> str:
    """What a cell says, as its spreadsheet shows it. Raises `ValueError`."""
    match cell:
        case None:
            return ""
        case bool():
            raise ValueError("must not be true or false")
        case float():
            return f"{cell:.15g}"  # a spreadsheet has 15 digits; more are noise of binary fractions
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | time():
            raise ValueError("must not have a time of day")
        case date():
            return cell.isoformat()
    text = str(cell).strip()
    if text.upper() in FORMULA_ERRORS:
        raise ValueError(f"an error of a formula ({text})")
    return text


def _account(text: str, currency: str) -> str:
    if not _ACCOUNT.fullmatch(text):
        raise ValueError(f"must be 1 to 32 letters, digits or hyphens {_is(text)}")
    return text


def _words(text: str, currency: str) -> str:
    if not text:
        raise ValueError("missing")
    return _any_words(text, currency)


def _any_words(text: str, currency: str) -> str:
    if len(text) > MAX_TEXT or not text.isprintable():
        raise ValueError(f"must be at most {MAX_TEXT} printable characters {_is(text)}")
    return text


def _area(text: str, currency: str) -> int:
    return _scaled(text, 2, MAX_AREA_CENTI_M2)


def _amount(text: str, currency: str) -> int | None:
    return _scaled(text, MINOR_DIGITS[currency], MAX_MINOR) if text else None


def _price(text: str, currency: str) -> int | None:
    """In thousandths of a minor unit."""
    return _scaled(text, MINOR_DIGITS[currency] + 3, MAX_MINOR * 10) if text else None


def _scaled(text: str, digits: int, most: int) -> int:
    """A decimal number, in units of its last digit."""
    parts = _NUMBER.fullmatch(text)
    if not parts:
        raise ValueError(f"must be a number like 85.50, not negative, without signs or commas {_is(text)}")
    decimals = (parts[1] or "").rstrip("0")
    if len(decimals) > digits:
        raise ValueError(f"must have at most {digits} decimals {_is(text)}")
    value = int(text.partition(".")[0] + decimals.ljust(digits, "0"))
    if value > most:
        raise ValueError(f"is too large {_is(text)}")
    return value


def _item(text: str, currency: str) -> str:
    if text.casefold() not in ITEM_WORDS:
        known = ", ".join(f"{item} ({names['zh-CN']})" for item, names in ITEMS.items())
        raise ValueError(f"must be one of {known} {_is(text)}")
    return ITEM_WORDS[text.casefold()]


@lru_cache(maxsize=1000)
def _date(text: str, currency: str) -> str:
    """Kept, for a table has few dates in many rows."""
    if not text:
        raise ValueError("missing")
    parts = _DATE.fullmatch(text)
    try:
        if not parts or (parts[2] == "" and len(text) != 8):
            raise ValueError
        found = date(*map(int, (part for part in (*parts.group(1, 3, 4), *parts.group(5, 6, 7)) if part)))
    except ValueError:
        raise ValueError(f"must be a date like 2026-05-01 {_is(text)}") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"must be a date of the years {FIRST_YEAR} to {LAST_YEAR} {_is(text)}")
    return found.isoformat()


def _date_or_none(text: str, currency: str) -> str:
    return _date(text, currency) if text else ""


def _is(text: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    return f"(is {''.join(char if char.isprintable() else '?' for char in shown) or 'empty'})"


ACCOUNT_COLUMNS = (
    Column("account_id", ("account", "户号"), _account),
    Column("unit", ("unit", "房号"), _words),
    Column("block", ("block", "楼栋"), _words),
    Column("area_centi_m2", ("area", "面积"), _area),
    Column("payer", ("payer", "业主"), _any_words),
)
CHARGE_COLUMNS = (
    Column("account_id", ("account", "户号"), _account),
    Column("item", ("item", "项目"), _item),
    Column("from_date", ("from", "起"), _date_or_none),
    Column("to_date", ("to", "止"), _date_or_none),
    Column("due_date", ("due", "应缴日"), _date),
    Column("amount_minor", ("amount", "金额"), _amount, needed=False),
    Column("price_milli", ("price", "单价"), _price, needed=False),
)
COLUMNS: dict[Kind, tuple[Column, ...]] = {"accounts": ACCOUNT_COLUMNS, "charges": CHARGE_COLUMNS}


class Header(NamedTuple):
    """The first row, understood: of which kind the table is, and each cell's column, in the order of the table."""

    kind: Kind
    columns: tuple[Column, ...]
    written: tuple[str, ...]
    """Their names, as the file has them."""


def header_of(cells: list[Any], kind: Kind | None) -> Header:
    """What the first row names; `kind` None: what it fits. Raises `ValueError` with what is wrong."""
    written = [text_of(cell) for cell in cells]
    while written and not written[-1]:
        written.pop()
    folded = [name.casefold() for name in written]
    if kind is None:
        kind = "charges" if any(name in names for name in folded for names in (("item", "项目"),)) else "accounts"
    known = {name: column for column in COLUMNS[kind] for name in column.names}
    names = ", ".join("/".join(column.names) for column in COLUMNS[kind])
    for name, shown in zip(folded, written, strict=True):
        if name not in known:
            raise ValueError(f"unknown column {_is(shown)}; a table of {kind} has {names}")
    columns = tuple(known[name] for name in folded)
    for column in COLUMNS[kind]:
        if columns.count(column) > 1:
            raise ValueError(f"the column {'/'.join(column.names)} is there twice")
        if column.needed and column not in columns:
            raise ValueError(f"the column {'/'.join(column.names)} is missing; a table of {kind} has {names}")
    if kind == "charges" and not {"amount_minor", "price_milli"} & {column.field for column in columns}:
        raise ValueError("the column amount/金额 is missing, or price/单价 for an amount by area")
    return Header(kind, columns, tuple(written))
