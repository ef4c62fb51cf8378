"""What can be wrong with any line of Python: each function looks at one node and says what a tired programmer could have written.

Operators for what only our tables have are in `tables.py`.
"""

import ast
from collections.abc import Iterator

from tests.mutation.source import Change, Source

# fmt: off
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt:    (ast.LtE, ast.GtE),
    ast.LtE:   (ast.Lt, ast.Gt),
    ast.Gt:    (ast.GtE, ast.LtE),
    ast.GtE:   (ast.Gt, ast.Lt),
    ast.Eq:    (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is:    (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In:    (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult,
}
# fmt: on


def comparisons(source: Source, node: ast.AST) -> Iterator[Change]:
    """Boundaries, and the contrary."""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                yield Change(node, "ops", [*node.ops[:place], other(), *node.ops[place + 1 :]], node)


def arithmetic(source: Source, node: ast.AST) -> Iterator[Change]:
    """Plus for minus; one member less in a union of types or sets."""
    if not isinstance(node, ast.BinOp | ast.AugAssign):
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield source.replaced(node, node.left)
        yield source.replaced(node, node.right)
    elif type(node.op) in ARITHMETIC:
        yield Change(node, "op", ARITHMETIC[type(node.op)](), node)


def logic(source: Source, node: ast.AST) -> Iterator[Change]:
    """`and` for `or`, one condition less, no `not`, a condition that always or never holds."""
    if isinstance(node, ast.BoolOp):
        yield Change(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And(), node)
        if len(node.values) > 2:
            yield from (source.removed(value) for value in node.values)
        else:
            yield from (source.replaced(node, value) for value in node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield source.replaced(node, node.operand)
    if isinstance(node, ast.If | ast.IfExp):
        yield from (source.replaced(node.test, ast.Constant(held)) for held in (True, False))
    if isinstance(node, ast.comprehension):
        yield from (source.removed(condition) for condition in node.ifs)


def numbers(source: Source, node: ast.AST) -> Iterator[Change]:
    """One more, one less; true for false."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield source.replaced(node, ast.Constant(not node.value))
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield from (source.replaced(node, ast.Constant(node.value + more)) for more in (1, -1))


def statements(source: Source, node: ast.AST) -> Iterator[Change]:
    """A line forgotten."""
    inside = any(isinstance(around, ast.FunctionDef) for around in source.ancestors(node))
    if inside and isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Raise | ast.Break | ast.Continue):
        yield source.removed(node)
    if isinstance(node, ast.For):
        yield source.replaced(node.iter, ast.Tuple([], ast.Load()))


def answers(source: Source, node: ast.AST) -> Iterator[Change]:
    """A function that answers always the same, or nothing."""
    if isinstance(node, ast.Return) and node.value is not None:
        function = next(around for around in source.ancestors(node) if isinstance(around, ast.FunctionDef))
        kind = ast.unparse(function.returns) if function.returns else ""
        for value in (True, False) if kind == "bool" else (None,):
            if not (isinstance(node.value, ast.Constant) and node.value.value is value):
                yield source.replaced(node.value, ast.Constant(value))


def members(source: Source, node: ast.AST) -> Iterator[Change]:
    """One member less of a list, a tuple, a set, a dictionary; one keyword less of a call."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        yield from (source.removed(member) for member in node.elts)
    if isinstance(node, ast.Dict):
        for place, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            less = ast.Dict(node.keys[:place] + node.keys[place + 1 :], node.values[:place] + node.values[place + 1 :])
            shown = f"without {ast.unparse(key or value)}"
            yield source.replaced(node, less)._replace(focus=key or value, instead=shown, alone=True)
    if isinstance(node, ast.Call):
        yield from (source.removed(keyword) for keyword in node.keywords)


def words(source: Source, node: ast.AST) -> Iterator[Change]:
    """A key that is not the one that others know."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield source.replaced(node, ast.Constant(f"{node.value}~"))


GENERAL = (comparisons, arithmetic, logic, numbers, statements, answers, members)
