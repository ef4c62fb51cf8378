"""`fee-terminal-sim soak`: lives in virtual time, one or many, and what is said of them.

A life that breaks a promise is told as its shortest repro: the command that lives it again, the story of its last minutes, and
what does not hold. Results and trace go to stdout, progress to stderr.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from functools import partial

import msgspec

from sim import faults, planted
from sim.coverage import Visited, table
from sim.faults import FAULTS, PROFILES, only
from sim.planted import PLANTED
from sim.shrink import Shrunk, shrink
from sim.soak import Found, Life, Soak, Stopped, Strike
from sim.trace import Trace
from terminal.web.payer.view import view

DONE, FINDING = 0, 1
STORY_LINES = 40
"""So much of the trace is the story of a broken promise."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """All that `soak` understands."""
    add = parser.add_argument
    add("--seed", type=int, default=1, metavar="N", help="the same seed gives the same life; default: 1")
    add("--days", type=float, default=1.0, metavar="D", help="of virtual time; default: 1")
    add("--sales-per-day", type=int, default=300, metavar="S", help="default: 300")
    add("--profile", choices=tuple(PROFILES), default="rough", help="how often faults strike; default: rough")
    add("--role", choices=("kiosk", "window"), default="kiosk", help="a kiosk, or a staffed window; default: kiosk")
    add("--only", choices=FAULTS, metavar="FAULT", help=f"only this fault: {', '.join(FAULTS)}")
    add("--planted", choices=tuple(PLANTED), metavar="BUG", help=f"with this bug in the program: {', '.join(PLANTED)}")
    add("--lives", type=int, default=1, metavar="L", help="so many, with seeds from --seed on, on all cores")
    add("--payers", type=numbers, metavar="P", help="only these payers come, as in 1,4-7")
    add(
        "--strikes",
        type=strikes,
        metavar="F",
        help="only these faults strike, as in kill:2,jam:1; none: no fault at all",
    )
    add("--trace", action="store_true", help="one line an event")
    add(
        "--replay",
        type=seed_and_step,
        metavar="SEED@STEP",
        help="live until event STEP is durable, then show everything",
    )
    add("--coverage", action="store_true", help="what of the tables was visited, and which fault met what")
    add("--list", choices=("faults", "bugs"), help="only tell what there is: faults and their rates, bugs on purpose")
    add("--json", action="store_true", help="for programs")


def numbers(text: str) -> frozenset[int]:
    """`1,4-7` as numbers."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal():
            raise argparse.ArgumentTypeError(f"{part} is no number and no range")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def strikes(text: str) -> frozenset[Strike]:
    """`kill:2,jam:1` as strikes."""
    found: set[Strike] = set()
    for part in text.split(",") if text != "none" else ():
        fault, _, number = part.partition(":")
        if fault not in FAULTS or not number.isdecimal():
            raise argparse.ArgumentTypeError(f"{part} is no fault and its number, as in kill:2")
        found.add(Strike(fault.replace("-", "_"), int(number)))
    return frozenset(found)


def seed_and_step(text: str) -> tuple[int, int]:
    """`7@120` as a seed and the number of an event."""
    seed, _, step = text.partition("@")
    if not seed.isdecimal() or not step.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no seed and event number, as in 7@120")
    return int(seed), int(step)


def soak(args: argparse.Namespace) -> int:
    """days of a virtual car park under faults, in virtual time; exit status 1 when a promise broke"""
    if args.list:
        print(faults.told() if args.list == "faults" else planted.told())
        return DONE
    profile = only(args.only) if args.only else PROFILES[args.profile]
    life = Life(args.seed, profile, args.days, args.sales_per_day, args.payers, args.strikes, args.role)
    with PLANTED[args.planted].bug() if args.planted else nullcontext():
        if args.replay:
            seed, step = args.replay
            return replay(msgspec.structs.replace(life, seed=seed), step)
        if args.lives == 1:
            return one(life, args)
        return many([msgspec.structs.replace(life, seed=args.seed + number) for number in range(args.lives)], args)


def one(life: Life, args: argparse.Namespace) -> int:
    """One life, and the shortest repro if it breaks a promise."""
    lived = Soak(life, Trace(print) if args.trace else None)
    found = lived.run(partial(progress, f"of {life.days:g} days", life.days))
    if args.json:
        print(msgspec.json.encode(found).decode())
        return FINDING if found.broken else DONE
    print(summary(found))
    if args.coverage:
        print(table(lived.visited))
    if found.broken:
        shrunk = shrink(life, lived, found, partial(progress, "lives tried to find a shorter one", 120))
        print(repro(shrunk, args))
    return FINDING if found.broken else DONE


def summary(found: Found) -> str:
    """A life in one line."""
    return (
        f"seed {found.seed}: {found.days:.2f} days, {found.payers} payers, {found.sales} sales, {found.paid} paid, "
        f"{found.notes} notes in the box, {found.disputed} in dispute; {sum(found.faults.values())} faults, "
        f"{found.deaths} deaths of the terminal, {found.store_failures} of its journal; {found.events} events, "
        f"{found.delivered} delivered: {found.broken[0] if found.broken else 'every promise held'}"
    )


def repro(shrunk: Shrunk, args: argparse.Namespace) -> str:
    """How to see it again, what happened, and what does not hold."""
    story: list[str] = []
    life = shrunk.life
    Soak(life, Trace(story.append)).run()
    what = f"--only {args.only}" if args.only else f"--profile {args.profile}"
    command = f"fee-terminal-sim soak --seed {life.seed} --days {life.days:.4f} {what}"
    if life.sales_per_day != 300:
        command += f" --sales-per-day {life.sales_per_day}"
    if life.role != "kiosk":
        command += f" --role {life.role}"
    if life.payers is not None:
        command += f" --payers {','.join(map(str, sorted(life.payers)))}"
    if life.strikes is not None:
        command += f" --strikes {','.join(map(str, sorted(life.strikes))) or 'none'}"
    if args.planted:
        command += f" --planted {args.planted}"
    return "\n".join(
        [
            "",
            *story[:1],
            *story[1:][-STORY_LINES:],
            "",
            *shrunk.found.broken,
            f"shortest repro found in {shrunk.runs} lives: {command} --trace",
        ]
    )


def replay(life: Life, step: int) -> int:
    """Live until an event is durable, and show what there is."""
    lines: list[str] = []
    lived = Soak(life, Trace(lines.append), stop_at=step)
    try:
        lived.run()
    except Stopped:
        pass
    else:
        print(f"event {step} is never reached: it is over after event {lived.ledger.head}; --days gives it longer")
        return FINDING
    world, screen = lived.world, lived.world.screen
    print("\n".join([*lines[:1], *lines[1:][-STORY_LINES:], ""]))
    if screen is not None:
        shown = view(screen, world.now())
        print(f"screen    {shown['title']} / {shown['hint']}")
        for line in shown["lines"]:
            print(f"          {line['label']}  {line['value']}")
        print(f"machines  {screen.state}, cash {screen.cash}, printer {screen.printer}")
        print(f"devices   {screen.devices}")
        print(f"pending   {screen.pending or 'nothing'}")
    mechanics = world.mechanics
    print(f"validator {mechanics.bill or 'empty'}, {dict(mechanics.taken)} in the box")
    print(f"paper     {len(world.paper.documents)} documents; barrier {len(world.barrier.openings)} openings")
    return DONE


class Lived(msgspec.Struct):
    """What comes back of a life that another process has lived."""

    life: Life
    found: Found
    visited: Visited


def live(life: Life) -> Lived:
    """One life."""
    lived = Soak(life)
    found = lived.run()
    return Lived(life, found, lived.visited)


def live_all(lives: Iterable[Life], jobs: int = 0) -> Iterator[Lived]:
    """Many lives on all cores (or `jobs` of them), in their order."""
    with multiprocessing.get_context("fork").Pool(jobs or os.cpu_count(), maxtasksperchild=20) as pool:
        yield from pool.imap(live, lives)


def many(lives: list[Life], args: argparse.Namespace) -> int:
    """Many lives: a line each, and what they come to."""
    visited, broken = Visited(), 0
    totals = {
        "lives": 0,
        "days": 0.0,
        "payers": 0,
        "sales": 0,
        "deaths": 0,
        "events": 0,
        "notes": 0,
        "receipts": 0,
        "broken": 0,
    }
    for lived in live_all(lives):
        visited.add(lived.visited)
        found = lived.found
        broken += bool(found.broken)
        totals["lives"] += 1
        totals["broken"] = broken
        for name in ("days", "payers", "sales", "deaths", "events", "notes", "receipts"):
            totals[name] += getattr(found, name)
        if found.broken or not args.json:
            print(summary(found), flush=True)
        progress(f"of {len(lives)} lives", len(lives), totals["lives"])
    if args.json:
        print(msgspec.json.encode(totals).decode())
    else:
        print(", ".join(f"{value:,.0f} {name}" for name, value in totals.items()))
    if args.coverage:
        print(table(visited))
    return FINDING if broken else DONE


def progress(what: str, whole: float, done: float) -> None:
    """A bar on stderr, for people."""
    if sys.stderr.isatty():
        bar = "█" * int(min(1.0, done / whole) * 30)
        print(f"\r{bar:<30} {done:.6g} {what}", end="\n" if done >= whole else "", file=sys.stderr, flush=True)
