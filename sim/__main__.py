"""The command line of the simulator: `fee-terminal-sim`, or `python -m sim`.

`rig` serves the models, `demo` shows all of it alive, `soak` lives through days in seconds. Every other command is a verb
(`verbs.py`) that is carried out by the rig of a folder: `--dir`, else the environment's FEE_TERMINAL_RIG_DIR, else ./rig. Exit
status: 0 done; 1 the rig is not running or could not do it, the demo's books do not balance, or a promise broke; 2 wrong use.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from sim import cuts_command, soak_command
from sim.configuration import Role
from sim.control import Control, RigError, RigRefused
from sim.verbs import AnyVerb, Insert, InsertFake, Verb, Where, spelled

DONE, FINDING, WRONG_USE = 0, 1, 2


def rig(args: argparse.Namespace) -> int:
    """serve models of all devices until SIGTERM, for a real `fee-terminal run`"""
    from sim.rig import FAST, REAL, Rig, write_configuration

    folder = Path(args.dir).absolute()
    try:
        served = Rig(folder, FAST if args.fast else REAL, args.baud, args.restart_devices, args.role)
    except BlockingIOError:
        return complain(f"a rig is already running in {folder}", FINDING)
    except OSError as error:
        return complain(f"{folder}: {error.strerror or error}", WRONG_USE)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: served.stop())
    try:
        path = write_configuration(folder, args.web_port, args.mqtt, args.framed_by, args.role)
        run = f"GPIOZERO_PIN_FACTORY=rig FEE_TERMINAL_RIG={folder / 'pins'} fee-terminal run -c {path}"
        print(f"Run a terminal with:\n  {run}\nDo things to it with:", file=sys.stderr)
        print(f"  fee-terminal-sim ticket --scan --dir {folder}", file=sys.stderr)
        print(f"  fee-terminal-sim insert 1000 --wait --dir {folder}", file=sys.stderr)
        print(f"rig ready {folder}", flush=True)
        served.serve()
    finally:
        served.close()
    return DONE


def demo(args: argparse.Namespace) -> int:
    """a terminal alive on simulated devices, with DEMO=window a staffed one; without a TTY, or with DEMO=once, DEMO=window-once,
    one scripted day"""
    from sim.demo import play, show

    wish = os.environ.get("DEMO", "")
    role: Role = "window" if wish.startswith("window") else "kiosk"
    return show(role) if sys.stdout.isatty() and not wish.endswith("once") else play(role)


def carry_out(args: argparse.Namespace) -> int:
    """Send a verb to the rig and print what it says."""
    kind: type[Verb] = args.kind
    given = {field.name: getattr(args, field.name) for field in msgspec.structs.fields(kind)}
    try:
        verb = msgspec.convert({name: value for name, value in given.items() if value is not None}, kind, strict=False)
    except msgspec.ValidationError as error:
        return complain(f"{args.verb}: {str(error).replace('$.', '')}", WRONG_USE)
    control = Control(Path(args.dir))
    try:
        if isinstance(verb, Insert | InsertFake):
            said: Any = control.insert(verb) if args.wait else control.ask(Where(control.ask(verb)))
        else:
            said = control.ask(verb)
    except RigRefused as error:
        return complain(str(error), WRONG_USE)
    except RigError as error:
        return complain(str(error), FINDING)
    finally:
        control.close()
    if said is not None:
        print(said.rstrip("\n") if isinstance(said, str) else json.dumps(said, indent=2))
    return DONE


def complain(reason: str, status: int) -> int:
    """One line on stderr."""
    print(f"fee-terminal-sim: {reason}", file=sys.stderr)
    return status


def parser() -> argparse.ArgumentParser:
    """All commands; those that are verbs come from their structs."""
    top = argparse.ArgumentParser(prog="fee-terminal-sim", description="Simulated devices for a fee terminal.")
    commands = top.add_subparsers(required=True, metavar="COMMAND", dest="verb")
    where = argparse.ArgumentParser(add_help=False)
    default = os.environ.get("FEE_TERMINAL_RIG_DIR", "rig")
    where.add_argument("--dir", default=default, help=f"the rig's folder; default: {default}")

    serving = commands.add_parser("rig", help=rig.__doc__, description=rig.__doc__, parents=[where])
    serving.add_argument(
        "--web-port", type=port, metavar="PORT", default=8080, help="of the page, in a configuration made now"
    )
    serving.add_argument(
        "--role", choices=("kiosk", "window"), default="kiosk", help="what the terminal is; default: kiosk"
    )
    serving.add_argument("--mqtt", metavar="URL", help="of the broker, in a configuration made now")
    serving.add_argument(
        "--framed-by", metavar="ORIGIN", help="of a page that may frame the terminal's, in a configuration made now"
    )
    serving.add_argument(
        "--baud", type=baud, metavar="N", default=9600, help="of the validator's line; 0: bytes take no time"
    )
    serving.add_argument("--fast", action="store_true", help="devices that are several times as fast")
    serving.add_argument("--restart-devices", action="store_true", help="devices lose power whenever the terminal goes")
    serving.set_defaults(does=rig)
    commands.add_parser("demo", help=demo.__doc__, description=demo.__doc__).set_defaults(does=demo)
    soaking = commands.add_parser("soak", help=soak_command.soak.__doc__, description=soak_command.soak.__doc__)
    soak_command.add_options(soaking)
    soaking.set_defaults(does=soak_command.soak)
    cutting = commands.add_parser("cuts", help=cuts_command.cuts.__doc__, description=cuts_command.cuts.__doc__)
    cuts_command.add_options(cutting)
    cutting.set_defaults(does=cuts_command.cuts)
    for kind in get_args(AnyVerb):
        add_verb(commands, where, kind)
    return top


def add_verb(commands: Any, where: argparse.ArgumentParser, kind: type[Verb]) -> None:
    """A command from a verb's struct."""
    about = (kind.__doc__ or "").splitlines()[0]
    command = commands.add_parser(spelled(kind.__name__), help=about, description=about, parents=[where])
    for field in msgspec.structs.fields(kind):
        about = described(field.type)
        if field.required:
            words = choices(field.type)
            about = f"{about}: {', '.join(words)}" if words else about
            command.add_argument(field.name, help=about, choices=words, metavar=field.name)
        elif field.type is bool or field.default is False:
            command.add_argument(f"--{field.name}", action="store_true", help=about)
        else:
            command.add_argument(f"--{field.name}", metavar=field.name[0].upper(), help=about)
    if kind in (Insert, InsertFake):
        command.add_argument(
            "--wait", action="store_true", help="until it is taken, and then until it has come to rest"
        )
    command.set_defaults(does=carry_out, kind=kind)


def described(field_type: Any) -> str:
    """The description that a field's annotation carries, wherever it stands in it."""
    found = msgspec.json.schema(field_type)
    candidates = [found, *found.get("anyOf", [])]
    return next((str(one["description"]) for one in candidates if "description" in one), "")


def choices(field_type: Any) -> list[str] | None:
    """What an argument may be, if that is a list of words."""
    return msgspec.json.schema(field_type).get("enum")


def port(text: str) -> int:
    """A TCP port."""
    return number(text, 1, 65535)


def baud(text: str) -> int:
    """Bits a second."""
    return number(text, 0, 1_000_000)


def number(text: str, least: int, most: int) -> int:
    """Raises `ArgumentTypeError` outside of the range."""
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"must be a number from {least} to {most}")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    args = parser().parse_args(arguments)
    try:
        return int(args.does(args))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        return DONE


if __name__ == "__main__":
    sys.exit(main())
