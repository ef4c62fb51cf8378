"""What can be wrong with our tables, which general operators do not see: guards, orders, states, decisions, dispositions."""

import ast
from collections.abc import Iterator

from tests.mutation.source import Change, Source

ACTIONS_FROM = {"row": 4, "rest": 2, "complete": 2, "refund": 2, "give_up": 2, "conclude": 2}
"""At which argument the actions of a row, or of a family of rows, begin."""

VOCABULARIES = (
    ("credited", "unclaimed", "disputed", "gone"),
    ("paid", "cancelled"),
    ("receipt", "credit_note"),
    ("barrier", "drawer"),
)
"""Words that stand for each other's contrary; each is swapped for the next."""


def called(node: ast.AST) -> str:
    """The name of the function that a call calls."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def actions(source: Source, node: ast.AST) -> Iterator[Change]:
    """An action less, and two actions the other way round."""
    if isinstance(node, ast.Call) and called(node) in ACTIONS_FROM:
        own = node.args[ACTIONS_FROM[called(node)] :]
        for action in own:
            yield source.removed(action)._replace(focus=node, instead=f"without {ast.unparse(action)}", alone=True)
        for action in own[:-1]:
            swap = source.swapped_with_next(action)
            yield swap._replace(focus=node, instead=f"{ast.unparse(action)} {swap.instead}")


def guards(source: Source, node: ast.AST) -> Iterator[Change]:
    """A row without its condition, or with only one of two."""
    if isinstance(node, ast.Call) and called(node) == "row" and ast.unparse(node.args[2]) != "None":
        yield source.replaced(node.args[2], ast.Constant(None))
    if isinstance(node, ast.Call) and called(node) == "both":
        yield from (source.replaced(node, one) for one in node.args)
    if isinstance(node, ast.Call) and called(node) == "only_if":
        yield source.replaced(node, node.args[1])


def states(source: Source, node: ast.AST) -> Iterator[Change]:
    """A row that leaves its machine where it is, or leads elsewhere."""
    if isinstance(node, ast.Call) and called(node) == "row":
        begins, becomes = node.args[0], node.args[3]
        others = [begins.elts[0] if isinstance(begins, ast.Tuple) else begins]
        if ast.unparse(becomes).startswith("S."):
            others.append(ast.parse("S.OUT_OF_SERVICE", mode="eval").body)
        yield from (source.replaced(becomes, o) for o in others if ast.unparse(o) != ast.unparse(becomes))


def order(source: Source, node: ast.AST) -> Iterator[Change]:
    """Two neighbours of a table that answer the same event, the other way round."""
    if isinstance(node, ast.Tuple):
        for one, other in zip(node.elts, node.elts[1:], strict=False):
            if _event(one) and _event(one) == _event(other) and _states(one) & _states(other):
                yield source.swapped_with_next(one)


def decisions(source: Source, node: ast.AST) -> Iterator[Change]:
    """An entry of a dictionary with its neighbour's answer."""
    if isinstance(node, ast.Dict):
        for place, (value, other) in enumerate(zip(node.values, node.values[1:], strict=False)):
            if ast.unparse(value) != ast.unparse(other):
                key = node.keys[place] or value
                values = [*node.values[:place], other, *node.values[place + 1 :]]
                yield Change(node, "values", values, key, f"{ast.unparse(key)}: {ast.unparse(other)}", alone=True)


def dispositions(source: Source, node: ast.AST) -> Iterator[Change]:
    """The contrary word."""
    if isinstance(node, ast.Constant):
        for vocabulary in VOCABULARIES:
            if node.value in vocabulary:
                place = vocabulary.index(str(node.value)) + 1
                yield source.replaced(node, ast.Constant(vocabulary[place % len(vocabulary)]))


def _event(node: ast.AST) -> str:
    """The event that a row or a family of rows answers."""
    node = node.value if isinstance(node, ast.Starred) else node
    if isinstance(node, ast.Call) and called(node) in ACTIONS_FROM:
        return ast.unparse(node.args[1])
    return ""


def _states(node: ast.AST) -> set[str]:
    node = node.value if isinstance(node, ast.Starred) else node
    assert isinstance(node, ast.Call)
    begins = node.args[0]
    return {ast.unparse(state) for state in (begins.elts if isinstance(begins, ast.Tuple) else [begins])}


TABLES = (actions, guards, states, order, decisions, dispositions)
