"""`fee-terminal operator add|list|remove|badge`: who of the staff may sign in. The file is replaced as a whole and read anew at
each sign-in, so that none of this needs a restart of the terminal.
"""

import argparse
import getpass
import os
import sys
from pathlib import Path

import msgspec

from terminal.config import load
from terminal.errors import ConfigError
from terminal.pay.badges import Badge, make_badge
from terminal.staff.operators import (
    MODE,
    NAME,
    OPERATORS_MAX,
    ROLES,
    SHOWN_NAME_MAX,
    Operator,
    Operators,
    exposure,
    good_shown_name,
)
from terminal.staff.pins import make_hash, weakness

DONE, FINDING, WRONG_USE = 0, 1, 2


def add(args: argparse.Namespace) -> int:
    """let somebody sign in; asks for the PIN twice, without showing it"""
    file, owner = _file(args.config)
    shown_name = args.shown or args.name
    if not NAME.fullmatch(args.name):
        raise ConfigError("NAME", "", "must be 1 to 32 letters, digits or hyphens; --shown takes any characters")
    if not good_shown_name(shown_name):
        raise ConfigError("--shown", "", f"must be 1 to {SHOWN_NAME_MAX} characters that can be printed")
    operators = Operators.read(file)
    if args.name in operators.known:
        raise ConfigError(str(file), args.name, "is there already; remove it first")
    if len(operators.known) >= OPERATORS_MAX:
        raise ConfigError(str(file), "", f"names {OPERATORS_MAX} operators already")
    pin = _ask_pin()
    operators.known[args.name] = Operator(args.name, shown_name, args.role, make_hash(pin))
    _write(operators, file, owner)
    print(f"{args.name} ({shown_name}) may sign in as {args.role}")
    return DONE


def show(args: argparse.Namespace) -> int:
    """names and roles, one a line; never a PIN"""
    file, _ = _file(args.config)
    if said := exposure(file):
        print(said, file=sys.stderr)
    for operator in Operators.read(file).known.values():
        print(f"{operator.name}\t{operator.role}\t{operator.shown_name}")
    return DONE


def remove(args: argparse.Namespace) -> int:
    """let somebody sign in no more; who is signed in already stays so until that session ends"""
    file, owner = _file(args.config)
    operators = Operators.read(file)
    if operators.known.pop(args.name, None) is None:
        print(f"{file}: {args.name}: no such operator", file=sys.stderr)
        return FINDING
    _write(operators, file, owner)
    print(f"{args.name} may not sign in any more")
    return DONE


def badge(args: argparse.Namespace) -> int:
    """a new badge: prints the code to put on it as a QR code; the badge before it is worth nothing any more"""
    file, owner = _file(args.config)
    operators = Operators.read(file)
    known = operators.known.get(args.name)
    if known is None:
        print(f"{file}: {args.name}: no such operator", file=sys.stderr)
        return FINDING
    operators.known[args.name] = msgspec.structs.replace(known, badge=known.badge + 1)
    _write(operators, file, owner)
    print(make_badge(load(args.config).ticket_key, Badge(args.name, known.badge + 1)))
    return DONE


def _file(config_file: Path) -> tuple[Path, tuple[int, int] | None]:
    """The operators' file, and whose it must be when root writes it: whoever keeps the journal reads it."""
    config = load(config_file)
    if config.staff is None:
        raise ConfigError(str(config_file), "staff", "missing; it names the operators' file")
    file = config.staff.operators_file
    if os.geteuid() != 0:
        return file, None
    for kept in (file, config.terminal.data_dir):
        if kept.exists():
            return file, (kept.stat().st_uid, kept.stat().st_gid)
    return file, None


def _ask_pin() -> str:
    """Asked twice; on a line each where there is no screen."""
    ask = getpass.getpass if sys.stdin.isatty() else _next_line
    pin = ask("PIN: ")
    if (reason := weakness(pin)) is not None:
        raise ConfigError("PIN", "", reason)
    if ask("once more: ") != pin:
        raise ConfigError("PIN", "", "the two are not the same")
    return pin


def _next_line(prompt: str) -> str:
    return sys.stdin.readline().rstrip("\n")


def _write(operators: Operators, file: Path, owner: tuple[int, int] | None) -> None:
    try:
        operators.write(file, owner)
    except OSError as error:
        raise ConfigError(str(file), "", f"can not be written: {error.strerror}") from error


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `operator`; each of its verbs sets `command` to a function of the arguments alone."""
    about = f"who of the staff may sign in (file of mode {MODE:o})"
    whole = commands.add_parser("operator", help=about, description=about)
    verbs = whole.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, command in (("add", add), ("list", show), ("remove", remove), ("badge", badge)):
        made = verbs.add_parser(name, help=command.__doc__, description=command.__doc__)
        made.add_argument("-c", "--config", required=True, type=Path, metavar="FILE", help="the configuration")
        made.set_defaults(command=command)
        if command is not show:
            made.add_argument("name", metavar="NAME", help="what the journal calls them")
        if command is add:
            made.add_argument("--role", required=True, choices=ROLES)
            made.add_argument("--shown", metavar="TEXT", help="what people call them; left out: NAME")
