"""From the bytes of a file to checked sections: what is unknown, missing, of the wrong kind or out of range."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from terminal.config import checking
from terminal.config.sections import NAME, OPTIONAL_SECTIONS, SECTIONS, Config, PortUrl, Secret
from terminal.config.wording import must_be, one_line
from terminal.errors import ConfigError
from terminal.fees import KINDS, Tariff

Table = dict[str, Any]

SHORTEST_KEY = 1
LONGEST_KEY = 4096
"""Bytes of a ticket key: none is no key, more are some other file."""


def load(path: str | Path) -> Config:
    """Reads and checks a configuration file, and the ticket key that it names.

    Raises `ConfigError`, which names the file as it was given.
    """
    return _Reader(str(path)).config()


class _Reader:
    """One file; what is wrong with it is raised at once, with the dotted key."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.folder = Path(file).absolute().parent

    def config(self) -> Config:
        tables = self.tables()
        for name in tables:
            if name not in SECTIONS and name != "tariffs":
                raise self.unknown(name, [*SECTIONS, "tariffs"])
        values: Table = {
            name: self.struct(name, tables.get(name), kind)
            for name, kind in SECTIONS.items()
            if name in tables or name not in OPTIONAL_SECTIONS
        }
        values["tariffs"] = self.tariffs(tables.get("tariffs"))
        values["ticket_key"] = self.ticket_key(values["tickets"].key_file)
        config = Config(**values)
        for key, reason in checking.problems(config):
            raise self.error(key, reason)
        return config

    def tables(self) -> Table:
        """The file as TOML; its error messages name line and column."""
        try:
            return tomllib.loads(Path(self.file).read_bytes().decode("utf-8"))
        except (OSError, ValueError) as error:
            match error:
                case OSError():
                    reason = f"can not be read: {error.strerror}"
                case UnicodeDecodeError():
                    reason = f"is no UTF-8 text (at byte {error.start})"
                case tomllib.TOMLDecodeError():
                    reason = f"is no valid TOML: {error}"
                case _:
                    reason = f"can not be read: {error}"
            raise self.error("", reason) from None

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
            if "kind" not in table:
                raise self.error(f"{key}.kind", "missing")
            if (kind := table["kind"]) not in tuple(KINDS):
                raise self.error(f"{key}.kind", checking.one_of(KINDS, kind))
            tariffs[name] = self.struct(key, table, KINDS[kind])
        return tariffs

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

    def unknown(self, key: str, known: list[str]) -> ConfigError:
        close = difflib.get_close_matches(key, known, 1, cutoff=0.8)
        return self.error(key, f"unknown; did you mean {close[0]}?" if close else "unknown")

    def error(self, key: str, reason: str) -> ConfigError:
        return ConfigError(one_line(self.file), one_line(key), one_line(reason))
