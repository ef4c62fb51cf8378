"""The documentation of the configuration is complete and true, because it is compared with the structs here."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from terminal.config.sections import SECTIONS, ServiceSection, TariffFileSection
from terminal.config.wording import wording
from terminal.fees.parking import ParkingTariff

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `([a-z_]+\.(?:\*\.)?[a-z_]+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """The default of a field as the documentation writes it."""
    if field.required or field.default is None:
        return "–"
    if field.default_factory is dict:
        return "`{}`"
    value: Any = field.default
    if isinstance(value, str) and value.strip():
        return f"`{value}`"
    return f"`{json.dumps(value, default=str)}`" if not isinstance(value, Path) else f"`{value}`"


def real_rows() -> dict[str, tuple[str, str]]:
    """Every key with its default and range, from the structs themselves."""
    kinds: list[tuple[str, type[msgspec.Struct]]] = [
        *SECTIONS.items(),
        ("tariffs.*", ParkingTariff),
        ("tariffs.*", TariffFileSection),
        ("services.*", ServiceSection),
    ]
    return {"tariffs.*.kind": ("–", "one of parking")} | {
        f"{section}.{field.name}": (default_of(field), wording(msgspec.inspect.type_info(field.type)))
        for section, kind in kinds
        for field in msgspec.structs.fields(kind)
    }


@pytest.fixture(scope="module")
def documented() -> dict[str, tuple[str, str]]:
    """Every key with its default and range, from the tables of the document."""
    text = (DOCS / "configuration.md").read_text("utf-8")
    return {key: (default, range_) for key, default, range_, _ in ROW.findall(text)}


def test_every_key_is_documented(documented: dict[str, tuple[str, str]]) -> None:
    """No key is missing in the document, and it documents none that is gone."""
    assert set(documented) == set(real_rows())


@pytest.mark.parametrize("key", real_rows())
def test_defaults_and_ranges_are_true(documented: dict[str, tuple[str, str]], key: str) -> None:
    """The document gives each key's real default and range."""
    assert documented[key] == real_rows()[key]
