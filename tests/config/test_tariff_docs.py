"""The documentation of tariff files is complete and true: its tables are compared with the structs, its words with the rules."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pytest
from msgspec import Meta

from terminal.config.tariff_file import LONGEST_REMARK, LONGEST_TEXT
from terminal.config.wording import wording
from terminal.fees import KINDS
from terminal.fees.quote import Names
from terminal.fees.schedule.model import Part, ScheduleTariff
from terminal.words.en import WORDS
from tests.config.test_docs import default_of
from tests.fees.tables import FOLDER

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "tariffs.md").read_text("utf-8")
ROW = re.compile(r"^\| `([a-z_.\[\]]+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
EXAMPLES = [path.read_text("utf-8") for path in sorted((ROOT / "docs" / "examples" / "tariffs").glob("*.toml"))]


def real_rows() -> dict[str, tuple[str, str]]:
    """Every key of a tariff file with its default and range, from the structs themselves."""
    return {"kind": ("*needed*", f"one of {', '.join(KINDS)}"), **dict(rows_of("", ScheduleTariff))}


def rows_of(place: str, kind: type[msgspec.Struct]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The keys of a table of the file, those of the tables in it after each."""
    for field in msgspec.structs.fields(kind):
        key, inner = f"{place}{field.encode_name}", bare(field.type)[0]
        item = get_args(inner)[0] if get_origin(inner) is tuple else None
        if key == "special":
            continue
        part = inner if item is None else item
        a_table = isinstance(part, type) and issubclass(part, Part)
        if item is not None or field.default is None or not a_table:
            yield key, (default_told(field), range_of(field.type))
        if a_table:
            yield from rows_of(f"{key}." if item is None else f"{key}[].", part)


def default_told(field: msgspec.structs.FieldInfo) -> str:
    """A key's default; *needed* if it has none and can not be left out."""
    if field.required:
        return "*needed*"
    return "`{}`" if field.default_factory is dict else default_of(field)


def range_of(kind: Any) -> str:
    """What a value may be, as the documentation writes it."""
    inner, limits = bare(kind)
    if inner == Names:
        return "a name in each language"
    if inner is str and limits == Meta():
        return f"at most {LONGEST_TEXT} characters"
    if isinstance(inner, type) and issubclass(inner, Part):
        return "a table"
    if get_origin(inner) is not tuple:
        return wording(msgspec.inspect.type_info(kind))
    item = get_args(inner)[0]
    if isinstance(item, type) and issubclass(item, Part):
        return f"{limits.min_length} to {limits.max_length} tables" if limits.max_length else "any number of tables"
    return f"a list, each {range_of(item)}"


def bare(kind: Any) -> tuple[Any, Meta]:
    """The type of a key that is there, and its limits."""
    if isinstance(kind, UnionType) or get_origin(kind) is Union:
        kind = next(each for each in get_args(kind) if each is not NoneType)
    return (kind.__origin__, kind.__metadata__[0]) if get_origin(kind) is Annotated else (kind, Meta())


@pytest.fixture(scope="module")
def documented() -> dict[str, tuple[str, str]]:
    """Every key with its default and range, from the tables of the document."""
    chapter = TEXT.partition("## Every key")[2].partition("\n## ")[0]
    return {key: (default, range_) for key, default, range_, _ in ROW.findall(chapter)}


def test_every_key_is_documented(documented: dict[str, tuple[str, str]]) -> None:
    """No key is missing in the document, and it documents none that is gone."""
    assert set(documented) == set(real_rows())


@pytest.mark.parametrize("key", real_rows())
def test_defaults_and_ranges_are_true(documented: dict[str, tuple[str, str]], key: str) -> None:
    """The document gives each key's real default and range."""
    assert documented[key] == real_rows()[key]


def test_lengths_of_texts_are_told() -> None:
    """How long names and remarks may be stands in the text."""
    assert f"{LONGEST_TEXT} characters" in TEXT and f"{LONGEST_REMARK} characters" in TEXT


@pytest.mark.parametrize("excerpt", re.findall(r"```toml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE))
def test_excerpts_are_of_the_examples(excerpt: str) -> None:
    """Whatever is shown of a tariff file stands in an example, word for word."""
    assert any(excerpt in example for example in EXAMPLES)


def test_every_kind_of_finding_is_listed() -> None:
    """The chapter about checking names the kinds of findings that there are."""
    source = (ROOT / "terminal" / "fees" / "schedule" / "linter.py").read_text("utf-8")
    chapter = TEXT.partition("### What is suspicious")[2].partition("\n### ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE)
    assert set(listed) == set(re.findall(r'Finding\(\s*[^,]+, "(\w+)"', source))


@pytest.mark.parametrize("table", sorted(path.name for path in FOLDER.glob("*.table")))
def test_every_table_of_cases_is_shown_or_linked(table: str) -> None:
    """An inspector finds each of them from the document."""
    assert f"tests/fees/cases/{table}" in TEXT


def test_refusals_are_in_the_words_of_the_screen() -> None:
    """What is said to be refused is refused with exactly these words."""
    chapter = TEXT.partition("## What is refused")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .+? \| `(\w+)` \| “(.+?)” \|", chapter, re.MULTILINE)
    assert len(rows) >= 8
    assert {reason: WORDS[f"refused.{reason}"] for reason, _ in rows} == dict(rows)
