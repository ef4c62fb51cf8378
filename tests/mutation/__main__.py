"""Mutation test of the money core: each line of it is made wrong, one way at a time, and some test must notice.

    python -m tests.mutation [MODULE ...] [--list] [--grep TEXT]

Progress goes to stderr, the survivors and the figures to stdout. Ends with 0 only if every survivor is explained in
docs/mutants.md and every mutant that is explained there really survives.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Sequence

from tests.mutation.explained import DOCUMENT, explained
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.trial import Suite, Verdict, try_out

CORE = Suite(
    tests=(
        *(
            f"tests/fsm/test_{name}.py"
            for name in ("sale", "stays", "told", "ends", "receipt_choice", "money", "table")
        ),
        *("-k", "not million"),
    ),
    first_look="tests.fsm.test_money:a_short_life",
)
STORE = Suite(
    tests=(
        *("tests/store/test_journal_edges.py", "tests/store/test_journal.py", "tests/test_intake.py"),
        *("-k", "not second_writer and not grow_is_told and not stays_bounded and not harm"),
    )
)
"""Without the tests that begin a process of their own, in which no mutant would be, and without the slowest."""

FEES = Suite(
    tests=(
        *(f"tests/fees/test_{name}.py" for name in ("cases", "parking", "brute")),
        *("-k", "not random_tariffs and not rates_periods and not everything_at_once"),
    )
)
"""The tables of cases first; of the comparisons with the slow pricer those that take seconds."""

# fmt: off
SUITES: dict[str, Suite] = {
    "terminal.fsm.table":               CORE,
    "terminal.fsm.actions.telling":     CORE,
    "terminal.fsm.actions.cash":        CORE,
    "terminal.fsm.actions.papers":      CORE,
    "terminal.fsm.actions.sale":        CORE,
    "terminal.fsm.actions.facts":       CORE,
    "terminal.fsm.policy":              CORE,
    "terminal.fsm.recovery":            CORE,
    "terminal.fsm.step":                CORE,
    "terminal.fsm.turn":                CORE,
    "terminal.fsm.world":               CORE,
    "terminal.fsm.events":              CORE,
    "terminal.fsm.effects":             CORE,
    "terminal.fsm.entries":             CORE,
    "terminal.fsm.rules":               CORE,
    "terminal.fsm.states":              CORE,
    "terminal.fsm.draw":                CORE,
    "terminal.fees.reductions":         FEES,
    "terminal.fees.schedule.walk":      FEES,
    "terminal.fees.schedule.windows":   FEES,
    "terminal.fees.schedule.pricing":   FEES,
    "terminal.money":                   Suite(("tests/test_money.py",)),
    "terminal.store.journal":           STORE,
}
"""The modules of the money core, and the tests that must notice what is wrong with them."""
# fmt: on

THIRD_PARTY = (
    "msgspec",
    "hypothesis",
    "hypothesis.strategies",
    "_hypothesis_pytestplugin",
    "sqlite_utils",
    "apsw",
    "zoneinfo",
)
"""Imported once, before the first fork."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Try out what was asked for; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description="is every line of the money core tested?"
    )
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of: {', '.join(SUITES)}")
    parser.add_argument("--list", action="store_true", help="only print the names of the mutants")
    parser.add_argument("--grep", default="", metavar="TEXT", help="only mutants whose name contains this")
    args = parser.parse_args(arguments)
    modules = args.modules or list(SUITES)
    if unknown := set(modules) - set(SUITES):
        parser.error(f"not of the money core: {', '.join(sorted(unknown))}")
    mutants = [mutant for module in modules for mutant in mutants_of(module) if args.grep in mutant.name]
    if args.list:
        print("\n".join(mutant.name for mutant in mutants))
        return 0
    for name in THIRD_PARTY:
        importlib.import_module(name)
    for suite in {SUITES[module] for module in modules}:
        if try_out(None, suite) is not Verdict.SURVIVED:
            sys.exit(f"these tests fail without any mutant: {' '.join(suite.tests)}")
    return judge(mutants, survivors_of(mutants), explained(DOCUMENT.read_text("utf-8")))


def survivors_of(mutants: Sequence[Mutant]) -> list[str]:
    """The names of the mutants that no test notices, told as they are found."""
    found: list[str] = []
    began = time.monotonic()
    for number, mutant in enumerate(mutants, 1):
        if try_out(mutant, SUITES[mutant.source.name]) is Verdict.SURVIVED:
            found.append(mutant.name)
            tell(f"{mutant.name}\n")
        left_s = (time.monotonic() - began) / number * (len(mutants) - number)
        if sys.stderr.isatty() or number % 50 == 0:
            tell(f"{number}/{len(mutants)}, {len(found)} survive, {left_s:.0f} s left")
    return found


def tell(text: str) -> None:
    """Progress: a line that replaces the last where somebody watches, else a line of its own."""
    print(f"\r\033[K{text}" if sys.stderr.isatty() else text.rstrip(), end="", file=sys.stderr, flush=True)
    if not sys.stderr.isatty():
        print(file=sys.stderr, flush=True)


def judge(mutants: Sequence[Mutant], survivors: Sequence[str], known: Sequence[str]) -> int:
    """Print what was found; 0 if it is what docs/mutants.md says."""
    names = [mutant.name for mutant in mutants]
    unexplained = [name for name in survivors if name not in known]
    stale = [name for name in known if name in names and name not in survivors]
    for name in unexplained:
        print(f"survives: {name}")
    for name in stale:
        print(f"explained, but killed: {name}")
    print(
        f"{len(mutants)} mutants, {len(mutants) - len(survivors)} killed, "
        f"{len(survivors) - len(unexplained)} explained, {len(unexplained)} unexplained"
    )
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
