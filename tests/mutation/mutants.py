"""All mutants of a module, each with a name that stays the same while the line it changes stays the same."""

import ast
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

from tests.mutation.operators import GENERAL, words
from tests.mutation.source import Change, Source, changed, source_of
from tests.mutation.tables import TABLES

NO_RUNTIME_EFFECT = {
    "Callable",
    "Literal",
    "type",
    "tuple",
    "dict",
    "list",
    "frozenset",
    "set",
    "Annotated",
    "Iterator",
}
"""What is written in the brackets of these is for the type checker."""

WORDS_OF = "terminal.fsm."
"""Where text is a key for others, not a sentence for people."""


class Mutant(NamedTuple):
    """One way in which a module could be wrong."""

    source: Source
    change: Change
    name: str

    def compiled(self) -> CodeType:
        """The code of the module with this mistake in it."""
        with changed(self.change):
            code = compile(self.source.tree, str(self.source.path), "exec")
        assert isinstance(code, CodeType)
        return code


def mutants_of(module: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    source = source_of(module)
    operators = (*GENERAL, *TABLES, *((words,) if module.startswith(WORDS_OF) else ()))
    found: dict[str, Mutant] = {}
    for node in _mutable(source.tree):
        for operator in operators:
            for change in operator(source, node):
                name = _name(source, change)
                twins = sum(1 for other in found if other == name or other.startswith(f"{name} #"))
                name = f"{name} #{twins + 1}" if twins else name
                found[name] = Mutant(source, change, name)
    return list(found.values())


def _name(source: Source, change: Change) -> str:
    frame = change.focus if change.alone else source.frame(change.focus)
    before, after = ast.unparse(frame), change.instead
    if frame is not change.focus or not after:
        with changed(change):
            after = ast.unparse(frame)
    return f"{source.name} {source.where(change.focus)}: {_line(before)} → {_line(after)}"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "∣")


def _mutable(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that do something at run time: no annotations, docstrings, assertions, imports, texts with gaps."""
    yield node
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _idle(node, field, child):
                yield from _mutable(child)


def _idle(holder: ast.AST, field: str, node: ast.AST) -> bool:
    if field in {"annotation", "returns", "decorator_list", "bases", "format_spec"}:
        return True
    if isinstance(holder, ast.ClassDef) and field == "keywords":
        return True
    if isinstance(holder, ast.JoinedStr) and isinstance(node, ast.Constant):
        return True
    if isinstance(holder, ast.Subscript) and field == "slice" and ast.unparse(holder.value) in NO_RUNTIME_EFFECT:
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    return isinstance(node, ast.Assert | ast.Import | ast.ImportFrom)
