"""The mutation tool itself: it changes what it says it changes, kills what is wrong, and lets live what can not be noticed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.__main__ import SUITES
from tests.mutation.explained import DOCUMENT, explained
from tests.mutation.mutants import mutants_of
from tests.mutation.operators import GENERAL, words
from tests.mutation.source import Source, changed
from tests.mutation.tables import TABLES

SNIPPET = '''
"""A module."""
LIMIT = 3
ROWS = (row(A, Held, fits, B, note, stack), row(A, Held, None, C, give_back), row(B, Gone, None, A))

def covers(sale: "Sale | None", more: int = 1) -> bool:
    """No mutant of this line."""
    assert sale
    if sale.paid and not more:
        tell("paid", why=LIMIT)
    return sale.credited + more >= sale.due
'''


def mutation(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The tool as people call it."""
    command = [sys.executable, "-m", "tests.mutation", *arguments]
    return subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)


def test_a_mutant_that_matters_is_killed() -> None:
    """A sign that is not written is noticed."""
    told = mutation(
        "terminal.money", "--grep", "figures: sign = '-' if amount_minor < 0 else '' → sign = '-' if False else ''"
    )
    assert (told.returncode, told.stdout) == (0, "1 mutants, 1 killed, 0 explained, 0 unexplained\n"), told


def test_nothing_of_ours_is_loaded_before_the_fork() -> None:
    """What is loaded by then could not be changed any more; some packages import all that is in them."""
    made = "from tests.mutation.mutants import mutants_of; mutants_of('terminal.fees.schedule.walk'); import sys"
    program = f"{made}; print([name for name in sys.modules if name.startswith('terminal')])"
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "[]\n"), told


def test_a_mutant_that_changes_nothing_survives_and_is_explained() -> None:
    """Without an explanation the exit status would be 1."""
    told = mutation("terminal.money", "--grep", "_four_capitals: text, gap = ('', False) → text, gap = ('', True)")
    assert (told.returncode, told.stdout) == (0, "1 mutants, 0 killed, 1 explained, 0 unexplained\n"), told


def test_every_explanation_is_of_a_mutant_that_exists() -> None:
    """When a line changes, its explanation has to be thought over; and none is given twice."""
    names = {mutant.name for module in SUITES for mutant in mutants_of(module)}
    known = explained(DOCUMENT.read_text("utf-8"))
    assert [name for name in known if name not in names] == []
    assert len(known) == len(set(known))


def test_names_are_unique_and_the_tree_is_left_as_it_was() -> None:
    """A name stands for one mutant, and each mutant is another program."""
    mutants = mutants_of("terminal.fsm.turn")
    source = mutants[0].source
    assert ast.dump(source.tree) == ast.dump(ast.parse(source.path.read_text("utf-8")))
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    plain = compile(source.tree, str(source.path), "exec")
    assert all(mutant.compiled() != plain for mutant in mutants)


@pytest.mark.parametrize(
    "expected",
    [
        "LIMIT = 4",
        "if sale.paid or not more:",
        "if sale.paid:",
        "if not more:",
        "if True:",
        "tell('paid')",
        "tell('cancelled', why=LIMIT)",
        "tell('paid~', why=LIMIT)",
        "return sale.credited + more > sale.due",
        "return sale.credited - more >= sale.due",
        "return False",
        "more: int=2",
        "row(A, Held, None, B, note, stack)",
        "row(A, Held, fits, A, note, stack)",
        "row(A, Held, fits, B, stack)",
        "row(A, Held, fits, B, stack, note)",
        "ROWS = (row(A, Held, None, C, give_back), row(A, Held, fits, B, note, stack), row(B, Gone, None, A))",
        "ROWS = (row(A, Held, fits, B, note, stack), row(B, Gone, None, A))",
    ],
)
def test_each_kind_of_mistake_is_made(tmp_path: Path, expected: str) -> None:
    """Somewhere among the mutants of a few lines is the one with this text."""
    file = tmp_path / "snippet.py"
    file.write_text(SNIPPET)
    source = Source("snippet", file)
    texts = []
    for node in ast.walk(source.tree):
        for operator in (*GENERAL, *TABLES, words):
            for change in operator(source, node):
                with changed(change):
                    texts.append(ast.unparse(source.tree))
    assert any(expected in text for text in texts)
    assert expected not in ast.unparse(source.tree)
