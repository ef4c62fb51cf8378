"""The reference does not drift: every command, every total and every code on paper stands in it."""

import re
from pathlib import Path

import msgspec

from terminal.__main__ import parser
from terminal.store.audit import Audit

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs" / "reference.md").read_text("utf-8")


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


def test_every_alert_is_explained() -> None:
    """The codes that the program raises are the ones in the MQTT guide."""
    code = "".join(path.read_text("utf-8") for path in (ROOT / "terminal").rglob("*.py"))
    raised = set(re.findall(r"(?:turn\.alert|publish_alert_direct)\(\s*\"(\w+)\"", code))
    guide = (ROOT / "docs" / "mqtt.md").read_text("utf-8").partition("## Alerts")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in guide.splitlines() if line.startswith("| `")]
    explained = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert raised == explained
