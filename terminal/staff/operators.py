"""The file of the operators: who they are, what they may do, and the hashes of their PINs.

    [chen]
    name = "陈师傅"
    role = "technician"
    pin = "$argon2id$…"

It lies beside the configuration and is read anew whenever somebody signs in, so that a change needs no restart; a file that is
wrong keeps people out, and never keeps the terminal from selling. Only the terminal's own user should be able to read it.
`fee-terminal operator` writes it, whole and at once: a power cut leaves the old file or the new one.
"""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

import msgspec

from terminal.config.toml_file import Table, TomlFile
from terminal.staff.pins import fits, is_hash

Role = Literal["collector", "supervisor", "technician", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)

NAME = re.compile(r"[A-Za-z0-9-]{1,32}")
SHOWN_NAME_MAX = 32
OPERATORS_MAX = 100
BADGES_MAX = 1_000_000
KEYS = ("name", "role", "pin", "badge")
MODE = 0o600


class Operator(msgspec.Struct, frozen=True):
    """One of the staff; `name` is what the journal calls them, `shown_name` what people do."""

    name: str
    shown_name: str
    role: Role
    pin_hash: str = ""
    badge: int = 0
    """The number of the badge that is good; 0: there is none."""

    def __repr__(self) -> str:
        return f"Operator({self.name}, {self.role})"


class Operators:
    """All of one file, by name."""

    def __init__(self, known: Mapping[str, Operator]) -> None:
        self.known = dict(known)

    @classmethod
    def read(cls, path: Path) -> "Operators":
        """Reads the file; one that is not there names nobody. Raises `ConfigError`."""
        try:
            path.stat()
        except FileNotFoundError:
            return cls({})
        except OSError:
            pass  # reading it tells why
        return cls(_File(str(path)).operators())

    def check(self, name: str, pin: str) -> Operator | None:
        """Who this is; None: nobody, or not with this PIN. It takes the same time for names that are not known."""
        operator = self.known.get(name)
        return operator if fits(pin, operator.pin_hash if operator else None) else None

    def write(self, path: Path, owner: tuple[int, int] | None = None) -> None:
        """Replaces the file, durably. `owner` (uid, gid): whose it shall be. Raises OSError."""
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self.text())
                file.flush()
                os.fchmod(file.fileno(), MODE)
                if owner is not None:
                    os.fchown(file.fileno(), *owner)
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def text(self) -> str:
        """The file's content."""
        head = "# Written by `fee-terminal operator`, which keeps no comments. Only the terminal's user may read it.\n"
        return head + "".join(
            f"\n[{each.name}]\nname = {_quoted(each.shown_name)}\nrole = {_quoted(each.role)}\npin = {_quoted(each.pin_hash)}\n"
            + (f"badge = {each.badge}\n" if each.badge else "")
            for each in self.known.values()
        )


def exposure(path: Path) -> str:
    """What to say of a file that others can read or change, in one line; "" of one that they can not, and of none."""
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        return ""
    return f"{path} has mode {mode:o}: make it {MODE:o}, others can read or change it" if mode & ~MODE else ""


class _File(TomlFile):
    """What is wrong with a file is raised at once, with the dotted key; a hash is never quoted."""

    def operators(self) -> dict[str, Operator]:
        tables = self.tables()
        if len(tables) > OPERATORS_MAX:
            raise self.error("", f"names {len(tables)} operators; at most {OPERATORS_MAX} can be")
        return {name: self.operator(name, table) for name, table in tables.items()}

    def operator(self, name: str, table: object) -> Operator:
        if not NAME.fullmatch(name):
            raise self.error(name, "the name must be 1 to 32 letters, digits or hyphens")
        if not isinstance(table, dict):
            raise self.error(name, f"must be a section [{name}]")
        for key in table:
            if key not in KEYS:
                raise self.unknown(f"{name}.{key}", [f"{name}.{known}" for known in KEYS])
        shown_name, role, pin_hash = (self.string(name, table, key) for key in ("name", "role", "pin"))
        if not good_shown_name(shown_name):
            raise self.error(f"{name}.name", f"must be 1 to {SHOWN_NAME_MAX} characters that can be printed")
        if role not in ROLES:
            raise self.error(f"{name}.role", f"must be one of {', '.join(ROLES)}")
        if not is_hash(pin_hash):
            raise self.error(f"{name}.pin", "is no argon2id hash; `fee-terminal operator add` makes one")
        badge = table.get("badge", 0)
        if type(badge) is not int or not 0 <= badge < BADGES_MAX:
            raise self.error(
                f"{name}.badge", f"must be a number below {BADGES_MAX}; `fee-terminal operator badge` sets it"
            )
        return Operator(name, shown_name, role, pin_hash, badge)

    def string(self, name: str, table: Table, key: str) -> str:
        if key not in table:
            raise self.error(f"{name}.{key}", "missing")
        if not isinstance(table[key], str):
            raise self.error(f"{name}.{key}", "must be a text")
        return str(table[key])


def good_shown_name(text: str) -> bool:
    """Whether people can be called so on a page."""
    return 1 <= len(text) <= SHOWN_NAME_MAX and text.isprintable() and text == text.strip()


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
