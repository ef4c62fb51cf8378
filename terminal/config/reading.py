"""From the bytes of a file to checked sections: what is unknown, missing, of the wrong kind or out of range."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from terminal.config import checking
from terminal.config.sections import (
    NAME,
    NAMED_SECTIONS,
    OPTIONAL_SECTIONS,
    SECTIONS,
    Config,
    PortUrl,
    Secret,
    ServiceSection,
    TariffFileSection,
)
from terminal.config.tariff_file import read_tariff
from terminal.config.toml_file import Table, TomlFile
from terminal.config.wording import must_be
from terminal.fees import Tariff
from terminal.fees.parking import ParkingTariff
from terminal.fees.services import Service

SHORTEST_KEY = 1
LONGEST_KEY = 4096
"""Bytes of a ticket key: none is no key, more are some other file."""


def load(path: str | Path) -> Config:
    """Reads and checks a configuration file, and the ticket key and the tariff files that it names.

    Raises `ConfigError`, which names the file as it was given.
    """
    return _Reader(str(path), datetime.now(UTC).year).config()


class _Reader(TomlFile):
    """One file; what is wrong with it is raised at once, with the dotted key."""

    def __init__(self, file: str, current_year: int) -> None:
        super().__init__(file)
        self.folder = Path(file).absolute().parent
        self.current_year = current_year

    def config(self) -> Config:
        tables = self.tables()
        for name in tables:
            if name not in SECTIONS and name not in NAMED_SECTIONS:
                raise self.unknown(name, [*SECTIONS, *NAMED_SECTIONS])
        values: Table = {
            name: self.struct(name, tables.get(name), kind)
            for name, kind in SECTIONS.items()
            if name in tables or name not in OPTIONAL_SECTIONS
        }
        values["tariffs"] = self.tariffs(tables.get("tariffs"))
        values["services"] = self.services(tables.get("services", {}))
        values["file"] = self.file
        values["ticket_key"] = self.ticket_key(values["tickets"].key_file)
        config = Config(**values)
        for key, reason in checking.problems(config):
            raise self.error(key, reason)
        return config

    def struct(self, key: str, table: object, kind: type[msgspec.Struct]) -> Any:
        """One section as `kind`; `key` is its dotted name."""
        if table is None:
            raise self.error(key, "missing")
        if not isinstance(table, dict):
            raise self.error(key, f"must be a section [{key}]")
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        for name in table:
            if name not in fields:
                raise self.unknown(f"{key}.{name}", [f"{key}.{known}" for known in fields])
        values = {}
        for name, field in fields.items():
            if name in table:
                values[name] = self.value(f"{key}.{name}", table[name], field.type)
            elif field.required:
                raise self.error(f"{key}.{name}", "missing")
        return kind(**values)

    def value(self, key: str, value: object, kind: Any) -> Any:
        try:
            return msgspec.convert(value, kind, dec_hook=self.path)
        except msgspec.ValidationError:
            raise self.error(key, must_be(kind, value)) from None

    def path(self, kind: type, value: object) -> Path | PortUrl:
        """A path as the file's own folder sees it; a port may also be a URL (hook of `msgspec.convert`)."""
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError
        if kind is PortUrl:
            return PortUrl(value if re.match(r"[a-z0-9]+:", value) else self.folder / value)
        return self.folder / value

    def tariffs(self, tables: object) -> dict[str, Tariff]:
        if not isinstance(tables, dict) or not tables:
            raise self.error("tariffs", "missing; at least one section [tariffs.<name>] is needed")
        tariffs: dict[str, Tariff] = {}
        for name, table in tables.items():
            key = f"tariffs.{name}"
            if not re.match(NAME, name):
                raise self.error(key, "the name must be 1 to 32 letters, digits or hyphens")
            if not isinstance(table, dict):
                raise self.error(key, f"must be a section [{key}]")
            tariffs[name] = self.tariff(key, dict(table))
        return tariffs

    def tariff(self, key: str, table: Table) -> Tariff:
        """One tariff: all of it here, if it is of the simple kind, or in a file of its own."""
        if "file" in table:
            section = self.struct(key, table, TariffFileSection)
            return read_tariff(section.file, self.current_year)
        if "kind" not in table:
            raise self.error(f"{key}.kind", "missing")
        if (kind := table.pop("kind")) == "schedule":
            raise self.error(f"{key}.kind", f"schedule has a file of its own; name it with {key}.file")
        if kind != "parking":
            raise self.error(f"{key}.kind", checking.one_of(("parking",), kind))
        tariff: Tariff = self.struct(key, table, ParkingTariff)
        return tariff

    def services(self, tables: object) -> dict[str, Service]:
        """The price list, by the ids of its items."""
        if not isinstance(tables, dict):
            raise self.error("services", "must be sections [services.<name>]")
        for name in tables:
            if not re.match(NAME, name):
                raise self.error(f"services.{name}", "the name must be 1 to 32 letters, digits or hyphens")
        return {name: self.service(f"services.{name}", table) for name, table in tables.items()}

    def service(self, key: str, table: object) -> Service:
        """One item of the price list."""
        section = self.struct(key, table, ServiceSection)
        unit = {"zh-CN": section.unit_zh, "en": section.unit_en}
        return Service(
            names={"zh-CN": section.name_zh, "en": section.name_en},
            unit={language: text for language, text in unit.items() if text},
            price_minor=section.price_minor,
            max_quantity=section.max_quantity,
        )

    def ticket_key(self, path: Path) -> Secret:
        key = "tickets.key_file"
        try:
            with path.open("rb") as file:
                content = file.read(LONGEST_KEY + 2)
        except OSError as error:
            raise self.error(key, f"{path} can not be read: {error.strerror}") from None
        secret = content.removesuffix(b"\n")
        if not SHORTEST_KEY <= len(secret) <= LONGEST_KEY:
            raise self.error(key, f"{path} must hold {SHORTEST_KEY} to {LONGEST_KEY} bytes")
        return Secret(secret)
