"""One tariff file becomes one checked tariff, or a `ConfigError` of one line with file, key and reason.

Theory of operation. The structs of a tariff say all: a walk along their types reads the tables of the file, each value by the
type of its field, so that whatever is wrong is named by its place, as `versions[0].rates[2].units[1].minutes`. What the parts owe
to each other is checked next (`terminal/fees/schedule/checking.py`), and last the calendar is looked up, so the tariff that comes
out needs nothing more.
"""

from datetime import date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Meta

from terminal.config.calendars import UnknownPlace, special_days
from terminal.config.toml_file import TomlFile
from terminal.config.wording import must_be, shown
from terminal.fees import KINDS, Tariff
from terminal.fees.quote import Names
from terminal.fees.schedule.checking import problems
from terminal.fees.schedule.model import ScheduleTariff

LANGUAGES = ("zh-CN", "en")
"""The languages that every name comes in."""

LONGEST_TEXT = 60
LONGEST_REMARK = 200
"""Characters of a name and of a remark on the sign."""


def read_tariff(path: str | Path, current_year: int) -> Tariff:
    """Reads and checks a tariff file; its calendar is looked up to the end of the year after `current_year`.

    Raises `ConfigError`, which names the file as it was given.
    """
    return _Reader(str(path)).tariff(current_year)


class _Reader(TomlFile):
    """One file; what is wrong with it is raised at once, with the dotted key."""

    def tariff(self, current_year: int) -> Tariff:
        table = self.tables()
        if "kind" not in table:
            raise self.error("kind", "missing")
        kind = table.pop("kind")
        if kind not in tuple(KINDS):
            raise self.error("kind", f"must be one of {', '.join(KINDS)} (is {shown(kind)})")
        tariff = self.struct("", table, KINDS[kind].tariff)
        return self.with_calendar(tariff, current_year) if isinstance(tariff, ScheduleTariff) else tariff

    def with_calendar(self, tariff: ScheduleTariff, current_year: int) -> ScheduleTariff:
        """The tariff with its special days, if nothing is wrong with it."""
        for key, reason in problems(tariff):
            raise self.error(key, reason)
        first_year = date.fromisoformat(tariff.versions[0].valid_from).year
        try:
            special = special_days(tariff.calendar, first_year, current_year)
        except UnknownPlace as place:
            value = shown(getattr(tariff.calendar, str(place)))
            raise self.error(f"calendar.{place}", f"is not known to the package holidays (is {value})") from None
        return msgspec.structs.replace(tariff, special=special)

    def struct(self, key: str, table: object, kind: type[msgspec.Struct]) -> Any:
        """One table as `kind`; `key` is its dotted name, "" for the whole file."""
        if not isinstance(table, dict):
            raise self.error(key, f"must be a table (is {shown(table)})")
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind) if field.name != "special"}
        dotted = {name: f"{key}.{name}" if key else name for name in (*table, *fields)}
        for name in table:
            if name not in fields:
                raise self.unknown(dotted[name], [dotted[known] for known in fields])
        values = {}
        for name, field in fields.items():
            if name in table:
                values[field.name] = self.value(dotted[name], table[name], field.type)
            elif field.required:
                raise self.error(dotted[name], "missing")
        return kind(**values)

    def value(self, key: str, value: object, kind: Any) -> Any:
        """One value as the type of its field."""
        bare, limits = _bare(kind)
        if bare == Names:
            return self.names(key, value)
        if get_origin(bare) is tuple:
            return self.items(key, value, get_args(bare)[0], limits)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            return self.struct(key, value, bare)
        if bare is str and limits == Meta():
            return self.text(key, value, 0, LONGEST_TEXT)
        if isinstance(value, date) and not isinstance(value, datetime):
            value = value.isoformat()  # TOML has dates of its own; with or without quotes they mean the same
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError:
            raise self.error(key, must_be(kind, value)) from None

    def items(self, key: str, value: object, kind: Any, limits: Meta) -> tuple[Any, ...]:
        """A list, each item by its number from 0."""
        if not isinstance(value, list):
            raise self.error(key, f"must be a list (is {shown(value)})")
        if limits.min_length is not None and len(value) < limits.min_length:
            raise self.error(key, f"must have at least {limits.min_length} (has {len(value)})")
        if limits.max_length is not None and len(value) > limits.max_length:
            raise self.error(key, f"must have at most {limits.max_length} (has {len(value)})")
        return tuple(self.value(f"{key}[{number}]", item, kind) for number, item in enumerate(value))

    def names(self, key: str, value: object) -> Names:
        """One name in each language."""
        if not isinstance(value, dict):
            raise self.error(key, f"must be a name in each language, like {{ zh-CN = …, en = … }} (is {shown(value)})")
        for language in value:
            if language not in LANGUAGES:
                raise self.unknown(f"{key}.{language}", [f"{key}.{known}" for known in LANGUAGES])
        longest = LONGEST_REMARK if key.startswith("notice.remarks") else LONGEST_TEXT
        for language in LANGUAGES:
            if language not in value:
                raise self.error(f"{key}.{language}", "missing")
        return {language: self.text(f"{key}.{language}", value[language], 1, longest) for language in LANGUAGES}

    def text(self, key: str, value: object, shortest: int, longest: int) -> str:
        """A text that people read: nothing in it moves or hides anything."""
        if isinstance(value, str) and value.isprintable() and shortest <= len(value.strip()) and len(value) <= longest:
            return value
        raise self.error(key, f"must be a text of {shortest} to {longest} printable characters (is {shown(value)})")


def _bare(kind: Any) -> tuple[Any, Meta]:
    """The type of a key that is there, and its limits."""
    if isinstance(kind, UnionType):
        kind = next(each for each in get_args(kind) if each is not NoneType)
    return (kind.__origin__, kind.__metadata__[0]) if get_origin(kind) is Annotated else (kind, Meta())
