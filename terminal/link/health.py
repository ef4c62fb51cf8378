"""Health: how the terminal is, as data for the retained `health` topic and for whoever watches a fleet. Pure."""

import sqlite3
from typing import Any

from terminal import __version__
from terminal.fsm import policy
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
    }


def _paper(world: World) -> str:
    problems = world.devices.get("printer", ())
    if "paper_out" in problems:
        return "out"
    return "low" if "paper_low" in problems else "ok" if not problems else "unknown"
