"""The reference does not drift: every command, every total and every code on paper stands in it."""

from pathlib import Path

import msgspec

from terminal.__main__ import parser
from terminal.store.audit import Audit

REFERENCE = (Path(__file__).parent.parent / "docs" / "reference.md").read_text("utf-8")


def test_every_command_is_in_the_reference() -> None:
    """A command that nobody can read about does not exist."""
    (commands,) = (action.choices for action in parser()._actions if action.dest == "command")
    assert commands is not None
    for command in commands:
        assert f"| `{command} " in REFERENCE


def test_every_total_is_in_the_reference() -> None:
    """All keys of `audit --json`."""
    for field in msgspec.structs.fields(Audit):
        assert f"`{field.name}" in REFERENCE


def test_every_code_is_in_the_reference() -> None:
    """Tickets, receipts and credit notes."""
    for prefix in ("PK1.<", "RC1.<", "CN1.<"):
        assert prefix in REFERENCE
