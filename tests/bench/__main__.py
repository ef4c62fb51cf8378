"""`make bench`: how fast the terminal is, against the raw limit of the same machine in the same run.

It judges nothing (exit status 0 always) but says which aims are missed. What is compared with what, and how to read it:
docs/benchmarks.md. Results on stdout, progress on stderr.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from tests.bench import importing, latency, machines, pages, pricing, resident, soaking, start, writing
from tests.bench.measure import Finding, Say, machine

BENCHES: dict[str, Callable[[Path, Say], list[Finding]]] = {
    "journal": writing.bench,
    "step": machines.bench,
    "latency": latency.bench,
    "start": start.bench,
    "resident": resident.bench,
    "soak": soaking.bench,
    "quotes": pricing.bench,
    "import": importing.bench,
    "pages": pages.bench,
}
"""By name, in the order of the table."""

COLUMNS = ("what", "ours", "limit", "ratio", "aim", "met", "the limit is")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was asked for and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="speed, as ratios on this machine")
    parser.add_argument("--only", choices=BENCHES, action="append", help="this one; may be said more than once")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--dir", default="/var/tmp", type=Path, help="where to write: a real disk, not memory")
    args = parser.parse_args(arguments)
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="fee-bench-", dir=args.dir) as folder:
        for name in args.only or BENCHES:
            place = Path(folder) / name
            place.mkdir()
            findings += BENCHES[name](place, partial(progress, name))
    progress("", "")
    print(as_json(args.dir, findings) if args.json else as_table(args.dir, findings))


def progress(name: str, text: str) -> None:
    """One line on stderr that replaces the last, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{name} {text}", end="", file=sys.stderr, flush=True)


def as_json(folder: Path, findings: list[Finding]) -> str:
    """One object."""
    lines = [{**msgspec.structs.asdict(finding), "ratio": finding.ratio} for finding in findings]
    return msgspec.json.format(msgspec.json.encode({"machine": machine(folder), "findings": lines})).decode()


def as_table(folder: Path, findings: list[Finding]) -> str:
    """A Markdown table, so that it can be pasted into docs/benchmarks.md."""
    rows = [COLUMNS, *(cells(finding) for finding in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    missed = [finding.what for finding in findings if finding.met is False]
    verdict = f"missed: {'; '.join(missed)}" if missed else "all aims are met"
    return "\n".join((machine(folder), "", *lines, "", verdict))


def cells(finding: Finding) -> tuple[str, ...]:
    """A finding in words."""
    met = {True: "yes", False: "NO", None: ""}[finding.met]
    amounts = [f"{figure(value)} {finding.unit}" for value in (finding.ours, finding.limit)]
    return (finding.what, *amounts, f"{finding.ratio:.2f}", finding.aim, met, finding.against)


def figure(value: float) -> str:
    """Three digits that count."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"


if __name__ == "__main__":
    main()
