"""`fee-terminal tariff check|chart|table|emergency FILE`, `fee-terminal sign FILE`: is a tariff in order, and what is seen of it?

Each command reads the file first; one that is wrong raises `ConfigError`. Nothing here touches a terminal or its journal.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from terminal.config.sections import CHINESE_FONT
from terminal.config.tariff_file import read_tariff
from terminal.config.wording import shown
from terminal.errors import ConfigError
from terminal.fees.parking import ParkingTariff
from terminal.fees.schedule.model import ScheduleTariff, Version
from terminal.words import CATALOGUES

DONE, FINDING = 0, 1


def check(args: argparse.Namespace) -> int:
    """what is wrong or suspicious in a tariff file"""
    from terminal.fees.schedule.linter import lint

    today = date.today()
    tariff = read_tariff(args.file, today.year)
    found = [] if isinstance(tariff, ParkingTariff) else list(lint(tariff, today))
    if args.json:
        print(msgspec.json.encode({"file": str(args.file), "findings": found}).decode())
    else:
        for finding in found:
            print(f"{args.file}: {finding.key}: {finding.text}")
        print(
            f"{args.file}: {'no findings' if not found else '1 finding' if len(found) == 1 else f'{len(found)} findings'}"
        )
    return FINDING if found else DONE


def chart(args: argparse.Namespace) -> int:
    """draw fee by duration for several entry times (SVG)"""
    from terminal.publish.chart import chart as drawn

    tariff = _schedule(args)
    vehicle = _vehicles(args, tariff)[0]
    _put(drawn(tariff, _version(args, tariff), vehicle, args.language), args.output)
    return DONE


def table(args: argparse.Namespace) -> int:
    """print the table that a collector needs in an outage"""
    from terminal.publish.sheet import sheet

    tariff = _schedule(args)
    _put(sheet(tariff, _version(args, tariff), _vehicles(args, tariff), args.language), args.output)
    return DONE


def emergency(args: argparse.Namespace) -> int:
    """make the sheet for an outage, prices and a form for a pad (停电应急收费单): HTML, PDF, or HTML on standard output"""
    from terminal.publish.emergency import emergency as sheet_of
    from terminal.publish.emergency_html import page
    from terminal.publish.emergency_pdf import pdf
    from terminal.shift.pads import PAD_SIZE_MAX, unfit_range

    tariff = _schedule(args)
    if unfit_range(args.first, args.last):
        raise ConfigError("--last", "", f"must be from --first on, at most {PAD_SIZE_MAX} papers (is {args.last})")
    numbers = range(args.first, args.last + 1)
    made = sheet_of(tariff, _version(args, tariff), _vehicles(args, tariff), args.language, args.pad, numbers)
    if args.html or not args.pdf:
        _put(page(made), args.html)
    if args.pdf:
        _put(_with_font(args, lambda: pdf(made, args.font)), args.pdf)
    return DONE


def sign(args: argparse.Namespace) -> int:
    """make the public notice of prices (明码标价): HTML, PDF, or HTML on standard output"""
    from terminal.publish.sign import sign as notice_of
    from terminal.publish.sign_html import page
    from terminal.publish.sign_pdf import pdf

    tariff = _schedule(args)
    notice = notice_of(tariff, _version(args, tariff), date.today())
    languages = (args.language,) if args.language else tuple(CATALOGUES)
    if args.html or not args.pdf:
        _put(page(notice, languages), args.html)
    if args.pdf:
        _put(_with_font(args, lambda: pdf(notice, languages, args.font, args.paper)), args.pdf)
    return DONE


def _with_font(args: argparse.Namespace, make: Callable[[], bytes]) -> bytes:
    """A PDF, or a word about its font."""
    try:
        return make()
    except OSError as error:
        raise ConfigError("--font", "", f"{args.font} can not be read: {error.strerror}") from None


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `tariff` with its commands, and `sign`; each sets `command` to a function of the arguments alone."""
    about = "look at a tariff file: check it, draw it, print it"
    group = commands.add_parser("tariff", help=about, description=about)
    verbs = group.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    made = {command: _parser(verbs, command) for command in (check, chart, table, emergency)}
    made[check].add_argument("--json", action="store_true", help="for programs")
    made[sign] = _parser(commands, sign)
    for command in (chart, table, emergency):
        made[command].add_argument("--class", dest="vehicle", metavar="ID", help="the vehicle class")
        made[command].add_argument("--language", choices=tuple(CATALOGUES), default="zh-CN")
    for command in (chart, table):
        made[command].add_argument("-o", "--output", type=Path, metavar="OUT", help="write to this file")
    made[emergency].add_argument("--pad", required=True, metavar="NAME", help="the pad of paper receipts")
    made[emergency].add_argument("--first", required=True, type=int, metavar="N", help="its first number")
    made[emergency].add_argument("--last", required=True, type=int, metavar="N", help="its last number")
    made[sign].add_argument("--language", choices=tuple(CATALOGUES), help="only this one, instead of both")
    made[sign].add_argument("--paper", choices=("A4", "A3"), default="A4", help="of the PDF")
    for command in (emergency, sign):
        made[command].add_argument("--html", type=Path, metavar="OUT", help="write the page to this file")
        made[command].add_argument("--pdf", type=Path, metavar="OUT", help="write a PDF to this file")
        made[command].add_argument(
            "--font", type=Path, default=CHINESE_FONT, metavar="FONT", help="of the PDF: TTF, OTF or TTC"
        )
    for command in (chart, table, emergency, sign):
        made[command].add_argument(
            "--on", type=_date, metavar="DATE", help="the version in force on this date, not today"
        )


def _parser(commands: Any, command: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(
        command.__name__, help=command.__doc__, description=command.__doc__
    )
    made.add_argument("file", type=Path, metavar="FILE", help="the tariff file")
    made.set_defaults(command=command)
    return made


def _date(text: str) -> date:
    """`--on`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date; write 2026-05-01") from None


def _schedule(args: argparse.Namespace) -> ScheduleTariff:
    """The tariff of the file; one of another kind has nothing to show."""
    tariff = read_tariff(args.file, date.today().year)
    if not isinstance(tariff, ScheduleTariff):
        raise ConfigError(str(args.file), "kind", 'must be schedule for this (is "parking")')
    return tariff


def _version(args: argparse.Namespace, tariff: ScheduleTariff) -> Version:
    from terminal.publish.prose import version_on

    return version_on(tariff, args.on or date.today())


def _vehicles(args: argparse.Namespace, tariff: ScheduleTariff) -> tuple[str, ...]:
    """The vehicle class that is asked for, or all of them."""
    known = tuple(vehicle.id for vehicle in tariff.classes)
    if args.vehicle is None:
        return known
    if args.vehicle not in known:
        raise ConfigError("--class", "", f"must be one of {', '.join(known)} (is {shown(args.vehicle)})")
    return (args.vehicle,)


def _put(content: str | bytes, path: Path | None) -> None:
    """To a file, or to standard output."""
    if path is None:
        sys.stdout.write(content if isinstance(content, str) else content.decode())
        return
    try:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise ConfigError(str(path), "", f"can not be written: {error.strerror}") from None
