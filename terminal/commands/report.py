"""`fee-terminal report …`: what is to be reported of a window's shifts, days, receipts and corrections, and of dues.

Reports only read, also while the terminal runs. A shift whose drawer is not counted yet shows nothing that cash could be
reckoned from.
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from terminal.commands import dues
from terminal.config import Config, load
from terminal.errors import ConfigError
from terminal.fees.dues import date_of
from terminal.words import CATALOGUES, say

if TYPE_CHECKING:
    from terminal.commands.report_tables import Table, Writer
    from terminal.store.window_books import WindowBooks

DONE, FINDING = 0, 1


def shift(args: argparse.Namespace) -> int:
    """one shift (交接班表): its Z, or how it stands; the newest one, unless a number is given"""
    config = load(args.config)
    with _books(config) as books:
        found = books.shift(args.number or books.last_shift())
    if found is None:
        print(say(_language(args, config), "report.no_such_shift"), file=sys.stderr)
        return FINDING
    return _show(args, config, found, lambda writer: writer.shift(found))


def day(args: argparse.Namespace) -> int:
    """the closed shifts of a day (日结) and their sums; today, unless a date is given"""
    config = load(args.config)
    asked = args.day or date_of(time.time_ns() // 1_000_000, config.terminal.timezone)
    with _books(config) as books:
        found = books.day(asked)
    return _show(args, config, found, lambda writer: writer.day(found))


def receipts(args: argparse.Namespace) -> int:
    """the numbers of all receipts, and those that were voided, refunded or printed again; in a file, all of them"""
    config = load(args.config)
    with _books(config) as books:
        numbers, found = books.issued(), books.receipts()
    whole = args.csv is not None
    answer = {"numbers": numbers, "receipts": found}
    return _show(args, config, answer, lambda writer: writer.receipts(numbers, found, whole=whole))


def corrections(args: argparse.Namespace) -> int:
    """all corrections (冲红), each with its reason and its two names"""
    config = load(args.config)
    with _books(config) as books:
        found = books.corrections()
    return _show(args, config, found, lambda writer: (writer.corrections(found),))


@contextmanager
def _books(config: Config) -> "Iterator[WindowBooks]":
    from terminal.store.journal import FILE, Reader
    from terminal.store.window_books import WindowBooks

    with closing(Reader(config.terminal.data_dir / FILE)) as reader:
        yield WindowBooks(reader.rows, config.terminal.timezone)


def _show(
    args: argparse.Namespace, config: Config, found: object, tables: "Callable[[Writer], Iterable[Table]]"
) -> int:
    """As JSON, into a file, or for people."""
    from terminal.commands.report_tables import Writer

    writer = Writer(_language(args, config), config.terminal.currency, config.terminal.timezone)
    if args.csv is not None:
        _write(args.csv, writer.lines_for_file(tables(writer)))
    if args.json:
        print(msgspec.json.encode(found).decode())
    elif args.csv is None:
        print(writer.text(tables(writer)) or say(writer.language, "report.nothing"))
    return DONE


def _write(path: Path, rows: Iterable[list[str]]) -> None:
    """A CSV file as spreadsheets open it: UTF-8 with its mark."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, lineterminator="\r\n").writerows(rows)
    except OSError as error:
        raise ConfigError(str(path), "", f"can not be written: {error.strerror}") from None


def _language(args: argparse.Namespace, config: Config) -> str:
    return str(args.language or config.terminal.language)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `report`; each of its verbs sets `command` to a function of the arguments alone."""
    about = "reports of shifts, days, receipts, corrections, and of what is billed and paid"
    verbs = commands.add_parser("report", help=about, description=about).add_subparsers(
        dest="verb", required=True, metavar="REPORT"
    )
    made = {}
    for command in (shift, day, receipts, corrections):
        made[command] = verbs.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        made[command].add_argument("-c", "--config", required=True, type=Path, metavar="FILE", help="the configuration")
        made[command].add_argument("--json", action="store_true", help="for programs")
        made[command].add_argument("--csv", type=Path, metavar="FILE", help="into this file, for a spreadsheet")
        made[command].add_argument("--language", choices=tuple(CATALOGUES), help="instead of the configured one")
        made[command].set_defaults(command=command)
    made[shift].add_argument("number", nargs="?", type=_number, metavar="NUMBER", help="of the shift")
    made[day].add_argument("day", nargs="?", type=_iso_date, metavar="DATE", help="like 2026-05-01")
    dues.add_report_to(verbs)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:10]) < 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{text} is no number of a shift")
    return int(text)


def _iso_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date; write 2026-05-01") from None
