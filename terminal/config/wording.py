"""How a configuration error puts it: what a value must be, read off its type, and what it is."""

import json
from typing import Any

from msgspec import inspect


def must_be(kind: Any, value: object) -> str:
    """Why `value` is none of `kind`: "must be at least 5 (is 0)"."""
    what = _given(inspect.type_info(kind))
    wanted = wording(what)
    if isinstance(what, inspect.IntType) and isinstance(value, int) and not isinstance(value, bool):
        if what.ge is not None and value < what.ge:
            wanted = f"at least {what.ge}"
        elif what.le is not None and value > what.le:
            wanted = f"at most {what.le}"
    return f"must be {wanted} (is {shown(value)})"


def wording(what: inspect.Type) -> str:
    """A type in words; `docs/configuration.md` uses the same ones."""
    match what:
        case inspect.Metadata(extra_json_schema=extra) if extra and "description" in extra:
            return str(extra["description"])
        case inspect.Metadata(type=inner):
            return wording(inner)
        case inspect.UnionType():
            return wording(_given(what))
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(str(value) for value in values)}"
        case inspect.IntType(ge=ge, le=le):
            return f"a whole number from {ge} to {le}"
        case inspect.BoolType():
            return "true or false"
        case inspect.VarTupleType(item_type=item, max_length=longest):
            return f"a list of at most {longest} values, each {wording(item)}"
        case inspect.DictType(value_type=item):
            return f"a table of names, each {wording(item)}"
        case inspect.CustomType(cls=cls):
            return {"Path": "a path"}.get(cls.__name__, "a port")
    raise TypeError(f"no words for {what}")


def _given(what: inspect.Type) -> inspect.Type:
    """The type of a key that may be left out, when it is not."""
    if not isinstance(what, inspect.UnionType):
        return what
    return next(each for each in what.types if not isinstance(each, inspect.NoneType))


def shown(value: object) -> str:
    """A value as an error shows it: short, and on one line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def one_line(text: str) -> str:
    """The text without anything that could break or recolour a line of a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)
