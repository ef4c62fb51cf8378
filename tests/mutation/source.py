"""One module as a syntax tree that can be changed in one place and changed back.

Every mutant is the same kind of thing: one field of one node holds another value. `Source` knows each node's seat (who holds
it, in which field, at which place of a list), so that operators can say "this node, replaced" or "this node, gone".
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

FRAME_MAX = 100
"""A change is shown within the largest expression or statement that is no longer than this."""

GONE = "(gone)"

ROOT = Path(__file__).parents[2]


class Change(NamedTuple):
    """Field `field` of `holder` becomes `value`.

    People are shown what stands around `focus`, before and after; `instead` is what they see in place of `focus` itself.
    With `alone` the change is shown as `focus` and `instead`, without what stands around.
    """

    holder: ast.AST
    field: str
    value: object
    focus: ast.AST
    instead: str = ""
    alone: bool = False


class Source:
    """The tree of a module, and where each node sits."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.tree = ast.parse(path.read_text("utf-8"), str(path))
        self._seats: dict[ast.AST, tuple[ast.AST, str, int | None]] = {}
        for holder in ast.walk(self.tree):
            for field, value in ast.iter_fields(holder):
                if isinstance(value, ast.AST):
                    self._seats[value] = (holder, field, None)
                for place, node in enumerate(value if isinstance(value, list) else ()):
                    if isinstance(node, ast.AST):
                        self._seats[node] = (holder, field, place)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Who holds `node`, who holds that, and so on."""
        while node in self._seats:
            node = self._seats[node][0]
            yield node

    def replaced(self, node: ast.AST, new: ast.AST) -> Change:
        """Another node in the place of this one."""
        holder, field, place = self._seats[node]
        ast.fix_missing_locations(ast.copy_location(new, node))
        if place is None:
            return Change(holder, field, new, node, ast.unparse(new))
        siblings = list(getattr(holder, field))
        siblings[place] = new
        return Change(holder, field, siblings, node, ast.unparse(new))

    def removed(self, node: ast.AST) -> Change:
        """This node is missing from its list; a body that would be empty gets a `pass`."""
        holder, field, place = self._seats[node]
        siblings = [other for number, other in enumerate(getattr(holder, field)) if number != place]
        if not siblings and field == "body":
            siblings = [ast.fix_missing_locations(ast.copy_location(ast.Pass(), node))]
        return Change(holder, field, siblings, node, GONE)

    def swapped_with_next(self, node: ast.AST) -> Change:
        """This node and the one behind it change places."""
        holder, field, place = self._seats[node]
        siblings = list(getattr(holder, field))
        assert place is not None
        siblings[place], siblings[place + 1] = siblings[place + 1], siblings[place]
        return Change(holder, field, siblings, node, f"(behind {ast.unparse(siblings[place])})", alone=True)

    def where(self, node: ast.AST) -> str:
        """The function, class or table that the node stands in."""
        line = [node, *self.ancestors(node)]
        names = [n.name for n in line if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        top = line[-2] if len(line) > 1 else node
        if not names and isinstance(top, ast.Assign | ast.AnnAssign):
            names = [ast.unparse(top.targets[0] if isinstance(top, ast.Assign) else top.target)]
        return ".".join(reversed(names)) or "module"

    def frame(self, node: ast.AST) -> ast.AST:
        """The largest part around `node` that people can read in one glance."""
        best = node
        for around in self.ancestors(node):
            simple = isinstance(around, ast.expr | ast.keyword | ast.Assign | ast.AugAssign | ast.AnnAssign)
            simple = simple or isinstance(around, ast.Return | ast.Expr)
            if isinstance(around, ast.stmt) and not simple:
                break
            if simple and len(ast.unparse(around)) <= FRAME_MAX:
                best = around
        return best


@contextmanager
def changed(change: Change) -> Iterator[None]:
    """The tree with this change, for a while."""
    before = getattr(change.holder, change.field)
    setattr(change.holder, change.field, change.value)
    try:
        yield
    finally:
        setattr(change.holder, change.field, before)


def source_of(module: str) -> Source:
    """A module's source, found without importing anything: what is loaded before the fork could not be changed any more."""
    return Source(module, ROOT.joinpath(*module.split(".")).with_suffix(".py"))
