"""One TOML file as tables, and complaints about it that name file and dotted key."""

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from terminal.config.wording import one_line
from terminal.errors import ConfigError

Table = dict[str, Any]


class TomlFile:
    """Base of what reads a file; `file` is its name as the user gave it."""

    def __init__(self, file: str) -> None:
        self.file = file

    def tables(self) -> Table:
        """The file as TOML; its error messages name line and column. Raises `ConfigError`."""
        try:
            return tomllib.loads(Path(self.file).read_bytes().decode("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            match error:
                case OSError():
                    reason = f"can not be read: {error.strerror}"
                case UnicodeDecodeError():
                    reason = f"is no UTF-8 text (at byte {error.start})"
                case tomllib.TOMLDecodeError():
                    reason = f"is no valid TOML: {error}"
                case RecursionError():
                    reason = "is no valid TOML: nested too deeply"
                case _:
                    reason = f"can not be read: {error}"
            raise self.error("", reason) from None

    def unknown(self, key: str, known: Iterable[str]) -> ConfigError:
        """The error for a key that nobody asked for; both are dotted."""
        close = difflib.get_close_matches(key, list(known), 1, cutoff=0.8)
        return self.error(key, f"unknown; did you mean {close[0]}?" if close else "unknown")

    def error(self, key: str, reason: str) -> ConfigError:
        """The error about one key, on one line."""
        return ConfigError(one_line(self.file), one_line(key), one_line(reason))
