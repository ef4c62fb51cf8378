"""How the rig looks to somebody who stands before it: what the rig page draws. Plain data, amounts in minor units.

`verbs.Truth` tells what checks compare the books with; this tells what eyes see. Nothing here changes anything.
"""

from typing import Any

from sim.cash import worth
from sim.devices.printer import Strip
from sim.rig import BARRIER, Rig
from sim.verbs import notes

PAPERS = 8
"""So many pieces of paper are still in sight; the older ones are at the other end of the tape."""


def look(rig: Rig) -> dict[str, Any]:
    """All of it, ready for JSON."""
    return {
        "powered": rig.powered,
        "validator": _validator(rig) if rig.role == "kiosk" else None,
        "printer": _printer(rig),
        "papers": _papers(rig.printer.strips),
        "door_open": rig.door_is_open,
        "barrier": {"relay": rig.board.is_high(BARRIER), "openings": rig.barrier_openings()},
        "cables": rig.cables(),
        "drawer": _drawer(rig) if rig.role == "window" else None,
    }


def _validator(rig: Rig) -> dict[str, Any]:
    """`note` is the last one that was offered, and where it is now; `number` tells it from the one before."""
    validator = rig.validator
    note = rig.offered[-1] if rig.offered else None
    return {
        "takes_notes": validator.running and validator.enabled and validator.box_present and not validator.jammed,
        "jammed": validator.jammed,
        "box_present": validator.box_present,
        "box_full": validator.box_full,
        "box": notes(validator.in_box),
        "box_minor": worth(validator.in_box),
        "number": len(rig.offered),
        "note": note and {"amount_minor": note.amount_minor, "place": note.place.value},
    }


def _printer(rig: Rig) -> dict[str, Any]:
    printer = rig.printer
    return {
        "paper_mm": round(printer.paper_left_mm),
        "roll_mm": round(printer.roll_mm),
        "out": printer.no_paper,
        "low": printer.near_end,
        "cover_open": printer.cover_is_open,
        "cutter_jammed": printer.cutter_jammed,
        "printing": printer.working,
    }


def _drawer(rig: Rig) -> dict[str, Any]:
    """The drawer with what lies in it, and what lies on the counter and in the safe."""
    cash = rig.cash
    return {
        "open": cash.drawer.is_open,
        "stuck": cash.drawer.stuck,
        "pieces": notes(cash.drawer.pieces),
        "minor": worth(cash.drawer.pieces),
        "counter": notes(cash.counter),
        "counter_minor": worth(cash.counter),
        "safe": notes(cash.safe),
        "safe_minor": worth(cash.safe),
    }


def _papers(strips: list[Strip]) -> list[dict[str, Any]]:
    """The newest pieces of paper, oldest first; `number` stays theirs for ever."""
    shown = [(number, strip) for number, strip in enumerate(strips) if strip.content][-PAPERS:]
    return [
        {"number": number, "lines": strip.lines, "cut": strip.cut, "whole": strip.whole, "copy": strip.is_copy}
        for number, strip in shown
    ]
