"""`fee-terminal-sim cuts`: power cuts at every point of a few visits, and what is said of them."""

import argparse
import sys

import msgspec

from sim.cuts import SCRIPTS, WAYS, Tried, Where, live, parse, search

DONE, FINDING = 0, 1
BROKEN_MAX = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """All that `cuts` understands."""
    add = parser.add_argument
    add("--script", choices=tuple(SCRIPTS), action="append", help="only this visit; may be given several times")
    add("--every", type=int, default=1, metavar="K", help="only every K-th point; default: 1, all of them")
    add("--second", type=int, default=0, metavar="N", help="so many runs with a second cut, in the recovery")
    add(
        "--third",
        type=int,
        default=0,
        metavar="N",
        help="so many runs with a third cut, in the recovery from the second",
    )
    add("--at", type=place, metavar="WHERE", help="one run, as in exact:120.kill/44.torn; ways: " + ", ".join(WAYS))
    add("--json", action="store_true", help="for programs")


def place(text: str) -> tuple[str, tuple[Where, ...]]:
    """A run by its name."""
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def cuts(args: argparse.Namespace) -> int:
    """the power goes at every point of a few visits, and again in the recoveries; exit status 1 when a promise broke"""
    if args.at:
        lived = live(*args.at)
        print(f"{lived}: {lived.happened} cuts, {lived.points} points since: {lived.broken or 'every promise held'}")
        return FINDING if lived.broken else DONE
    tried = search(args.script or SCRIPTS, (args.second, args.third), progress, args.every)
    if args.json:
        print(msgspec.json.encode(tried).decode())
    else:
        print(told(tried))
    return FINDING if tried.broken else DONE


def told(tried: Tried) -> str:
    """The whole search, for people."""
    lines = []
    for name, points in tried.points.items():
        lines.append(
            f"{name:<12}{points:>7,} points, the power went at {len(tried.visited[name]):,} of them in {len(WAYS)} ways"
        )
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tried.kinds.items()))
    lines.append(f"{'in all':<12}{sum(tried.points.values()):>7,} points: {kinds}")
    runs = ", ".join(f"{count:,} with {number} cuts" for number, count in sorted(tried.runs.items()))
    lines.append(
        f"{sum(tried.runs.values()):,} runs: {runs}; {tried.recovery_points:,} points of recovery after one cut"
    )
    lines += tried.broken[:BROKEN_MAX] or ["every promise held"]
    return "\n".join(lines)


def progress(done: int, of: int) -> None:
    """A bar on stderr, for people."""
    if sys.stderr.isatty():
        bar = "█" * int(done / of * 30)
        print(f"\r{bar:<30} {done:,} of {of:,} runs", end="\n" if done == of else "", file=sys.stderr, flush=True)
