"""Health: how the terminal is, as data for the retained `health` topic and for whoever watches a fleet. Pure."""

import sqlite3
from typing import Any

from terminal import __version__
from terminal.fsm import policy
from terminal.fsm import window_policy as window
from terminal.fsm.world import World


def health(world: World, head_hash: bytes) -> dict[str, Any]:
    """What CONTRACT's `health` says, without the outbox's depth, which the link itself knows.

    `head_hash` is the fingerprint of the last event: published, it lets others notice a journal whose end was cut off.
    """
    return {
        "state": str(world.state),
        "serving": not policy.blockers(world) and not world.door_open,
        "devices": {device: list(problems) for device, problems in sorted(world.devices.items())},
        "paper": _paper(world),
        "door_open": world.door_open,
        "cash_box": {"notes": world.box_count, "amount_minor": world.box_minor},
        "disputed_notes": len(world.disputed),
        "papers_waiting": len(world.jobs),
        "codes_refused": world.refused,
        "units": world.units,
        "head": {"seq": world.seq, "hash": head_hash.hex()},
        "versions": {"terminal": __version__, "sqlite": sqlite3.sqlite_version},
        **({"window": _window(world)} if window.is_window(world) else {}),
    }


def _window(world: World) -> dict[str, Any]:
    """Who works there and what the drawer is at; never what it should hold."""
    shift = world.window.shift
    return {
        "shift": str(world.shift),
        "shift_no": 0 if shift is None else shift.shift_no,
        "who": "" if shift is None else shift.who,
        "since_ms": None if shift is None else shift.begun_at_ms,
        "drawer": str(world.drawer) if window.window_rules(world).drawer_sensor else "unknown",
        "receipts_left": window.receipts_left(world),
        "suspended": len(world.window.suspended),
        "last_z_no": world.window.z_no,
    }


def _paper(world: World) -> str:
    problems = world.devices.get("printer", ())
    if "paper_out" in problems:
        return "out"
    return "low" if "paper_low" in problems else "ok" if not problems else "unknown"
