"""The command line: `fee-terminal`, or `python -m terminal`.

Exit status: 0 done; 1 a finding (books that do not balance, a device that is not well, a journal that can not be used);
2 wrong use or wrong configuration, with one line that says file, key and reason; 3 `run` was shut down by the staff. Results go
to stdout, progress and logs to stderr. Each command imports what it needs, so that `run` is up fast.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from terminal import __version__
from terminal.commands import dues, operator, receipt, report, tariff
from terminal.config import Config, load
from terminal.errors import ConfigError, FeeTerminalError

DONE, FINDING, WRONG_USE = 0, 1, 2


def run(config: Config, args: argparse.Namespace) -> int:
    """run the terminal until SIGTERM"""
    from terminal import app

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    return app.run(config)


def check(config: Config, args: argparse.Namespace) -> int:
    """read and check the configuration, print what it would open"""
    from terminal.config import describe

    print(describe(config))
    return DONE


def doctor(config: Config, args: argparse.Namespace) -> int:
    """look at each device, one line each"""
    from terminal.doctor import examine

    found = []
    for finding in examine(config):
        found.append(finding)
        if not args.json:
            print(f"{'well ' if finding.well else 'WRONG'}  {finding.what:<10} {finding.says}", flush=True)
    if args.json:
        print_json(found)
    return DONE if all(finding.well for finding in found) else FINDING


def quote(config: Config, args: argparse.Namespace) -> int:
    """what a code owes and why, line by line"""
    from terminal.commands.quote import quote as print_quote

    return print_quote(config, args, moment_ms(args.at, config.terminal.timezone))


def audit(config: Config, args: argparse.Namespace) -> int:
    """verify the journal, rebuild the books from it, compare, print totals"""
    from terminal.store.audit import audit as audit_file
    from terminal.store.audit import render

    found = audit_file(config.terminal.data_dir / "journal.db", progress if sys.stderr.isatty() else None)
    if args.json:
        print_json(found)
    else:
        print(render(found))
    return DONE if found.ok else FINDING


def export(config: Config, args: argparse.Namespace) -> int:
    """the journal for other programs"""
    from terminal.store.export import export as export_file

    export_file(config.terminal.data_dir / "journal.db", args.format, sys.stdout)
    return DONE


def draw(args: argparse.Namespace) -> int:
    """the state machines as Mermaid, drawn by the tables themselves"""
    from terminal.fsm.draw import NAMES, diagram

    print("\n\n".join(diagram(NAMES[name]) for name in ([args.machine] if args.machine else NAMES)))
    return DONE


def moment_ms(text: str | None, timezone: str) -> int:
    """`--at`: a time as ISO 8601 (of the terminal's zone if it names none) or as Unix seconds; None: now."""
    zone = ZoneInfo(timezone)
    if text is None:
        return int(datetime.now(zone).timestamp() * 1000)
    try:
        moment = datetime.fromtimestamp(int(text), zone) if text.isdecimal() else datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return int(aware.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise ConfigError("--at", "", f"{text} is no time; write 2026-05-01T08:30 or Unix seconds") from None


def print_json(value: object) -> None:
    """One line of JSON."""
    import msgspec

    print(msgspec.json.encode(value).decode())


def progress(done: int, total: int) -> None:
    """A line that counts up, on stderr."""
    print(f"\r{done} of {total} events", end="\n" if done >= total else "", file=sys.stderr, flush=True)


CONFIGURED: tuple[Callable[[Config, argparse.Namespace], int], ...] = (run, check, doctor, quote, audit, export)
"""Commands that need a configuration."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(prog="fee-terminal", description="An open parking and fee terminal.")
    whole.add_argument("--version", action="version", version=__version__)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = {}
    for command in CONFIGURED:
        made[command] = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        made[command].add_argument("-c", "--config", required=True, type=Path, metavar="FILE", help="the configuration")
        made[command].set_defaults(command=command)
    for command in (doctor, quote, audit):
        made[command].add_argument("--json", action="store_true", help="for programs")
    made[quote].add_argument("code", help="the code of a ticket or bill, or stay:ID for a stay that was reported")
    made[quote].add_argument("--vehicle", default="", metavar="CLASS", help="the vehicle class, by the tariff's names")
    made[quote].add_argument("--concession", action="append", default=[], metavar="ID", help="grant this concession")
    made[quote].add_argument("--coupon", action="append", default=[], metavar="CODE", help="add this coupon")
    made[quote].add_argument("--lost", action="store_true", help="as if nobody knew the entry")
    made[quote].add_argument("--at", metavar="TIME", help="price it at this time (ISO 8601 or Unix seconds), not now")
    made[quote].add_argument("--language", choices=("zh-CN", "en"), help="instead of the configured one")
    made[export].add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    made_draw = commands.add_parser("diagram", help=draw.__doc__, description=draw.__doc__)
    made_draw.add_argument(
        "machine", nargs="?", choices=("sale", "cash", "printer", "shift", "drawer"), help="only this one"
    )
    made_draw.set_defaults(command=draw)
    tariff.add_to(commands)
    dues.add_to(commands)
    report.add_to(commands)
    receipt.add_to(commands)
    operator.add_to(commands)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    args = parser().parse_args(argv)
    try:
        status: int = args.command(load(args.config), args) if args.command in CONFIGURED else args.command(args)
        return status
    except ConfigError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    except FeeTerminalError as error:
        print(f"fee-terminal: {error}", file=sys.stderr)
        return FINDING
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        return DONE


if __name__ == "__main__":
    sys.exit(main())
