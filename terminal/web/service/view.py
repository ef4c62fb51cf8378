"""What the service page shows live, as data without words: the page has those from the catalogue, in its own language.

Made in the thread of the browser that looks, from the world of the last commit and from what the lines keep; the pump only swaps
a reference.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from terminal import __version__
from terminal.clock import Instant
from terminal.fsm import policy
from terminal.fsm.effects import TestPage
from terminal.fsm.world import World
from terminal.money import with_symbol
from terminal.overheard import Frame, Overheard
from terminal.web.service.past import when

ANSWERS_WITHIN_MS = 3_000
"""A device that is asked all the time and well has said something within this."""
ASKED = ("validator", "printer")
"""Devices that are asked all the time."""
ANSWER = {"validator": "identified_at_ms", "scanner": "heard_at_ms"}
"""What shows that a device has answered when it was asked again; of all others `changed_at_ms`: they say how they are."""
NO_ANSWER = {"silent", "absent", "failed"}
WITHIN_MS = {"scanner": 20_000}
OTHERS_WITHIN_MS = 5_000
"""So long an answer may take, for the scanner that of a person with a code; the longest start-up takes three seconds."""
COUNTERS: dict[str, tuple[str, ...]] = {
    "validator": ("garbled",),
    "scanner": ("refused", "dropped", "repeated", "flooded"),
    "printer": ("strays",),
}
"""What each kind of engine counts of what it could not use."""


def service_view(
    world: World, lines: Sequence[Overheard], now: Instant, asked: Mapping[str, int] = {}
) -> dict[str, Any]:
    """All but who looks, ready for JSON. `asked`: when staff had a device asked again, in elapsed time."""
    zone = ZoneInfo(world.rules.timezone)
    spoken = {line.engine.device: line for line in lines}
    names = list(dict.fromkeys([*spoken, *world.devices]))
    return {
        "terminal_id": world.rules.terminal_id,
        "site": world.rules.site,
        "version": __version__,
        "seq": world.seq,
        "machines": {"sale": str(world.state), "cash": str(world.cash), "printer": str(world.printer)},
        "closed_by": world.closed_by,
        "blockers": [{"device": device, "problem": problem} for device, problem in policy.blockers(world)],
        "cash": _cash(world),
        "paper": _paper(world),
        "jobs": len(world.jobs),
        "test_waits": any(isinstance(job.document, TestPage) for job in world.jobs),
        "pending": len(world.pending),
        "refused": [{"reason": reason, "count": count} for reason, count in sorted(world.refused.items())],
        "devices": [_device(name, world, spoken.get(name), now, zone, asked.get(name)) for name in names],
    }


def _cash(world: World) -> dict[str, Any]:
    currency = world.rules.currency
    return {
        "box_count": world.box_count,
        "box": with_symbol(world.box_minor, currency),
        "disputed": len(world.disputed),
        "disputed_sum": with_symbol(sum(bill.amount_minor for bill in world.disputed), currency),
        "change": with_symbol(world.rules.payout_limit_minor, currency) if world.rules.payout_limit_minor else "",
        "credit_limit": with_symbol(world.rules.credit_limit_minor, currency),
    }


def _paper(world: World) -> str:
    """`out`, `low`, `ok`, or "" where the printer does not say."""
    problems = world.devices.get("printer")
    if problems is None or {"absent", "silent", "starting"} & set(problems):
        return ""
    return "out" if "paper_out" in problems else "low" if "paper_low" in problems else "ok"


def _device(
    name: str, world: World, line: Overheard | None, now: Instant, zone: ZoneInfo, asked_at_ms: int | None
) -> dict[str, Any]:
    problems = world.devices.get(name, ())
    shown: dict[str, Any] = {"device": name, "problems": list(problems), "line": None, "asked": None}
    if line is None:
        return shown
    if asked_at_ms is not None:
        shown["asked"] = _asked(name, problems, line, asked_at_ms, now.up_ms)

    def at(up_ms: int | None) -> str:
        return "" if up_ms is None else when(now.wall_ms - now.up_ms + up_ms, zone).partition(" ")[2]

    identity, heard_at_ms = line.identity, line.heard_at_ms
    shown["line"] = {
        "open": line.port_open,
        "why_closed": line.why_closed,
        "heard_at": at(heard_at_ms),
        "changed_at": at(line.changed_at_ms),
        "answers": _answers(line, now) if name in ASKED else None,
        "identity": [identity.model, identity.serial, identity.firmware] if identity else None,
        "counters": [
            {"counter": counter, "count": getattr(line.engine, counter, 0)} for counter in COUNTERS.get(name, ())
        ],
        "frames": [_frame(frame, at(frame.up_ms)) for frame in line.frames.copy()],
    }
    return shown


def _asked(name: str, problems: Sequence[str], line: Overheard, asked_at_ms: int, now_ms: int) -> dict[str, Any]:
    """What became of asking again: `answered`, `waiting`, `other` (it is heard, but has something else to do) or `none`."""
    within_ms = WITHIN_MS.get(name, OTHERS_WITHIN_MS)
    answered_at_ms = getattr(line, ANSWER.get(name, "changed_at_ms"))
    if answered_at_ms is not None and answered_at_ms >= asked_at_ms and not NO_ANSWER.intersection(problems):
        return {"outcome": "answered", "took_ms": answered_at_ms - asked_at_ms}
    if now_ms < asked_at_ms + within_ms:
        return {"outcome": "waiting", "within_s": within_ms // 1000}
    heard = line.port_open and line.heard_at_ms is not None and line.heard_at_ms >= asked_at_ms
    return {"outcome": "other" if heard else "none", "within_s": within_ms // 1000}


def _answers(line: Overheard, now: Instant) -> bool:
    return line.heard_at_ms is not None and line.port_open and now.up_ms - line.heard_at_ms <= ANSWERS_WITHIN_MS


def _frame(frame: Frame, at: str) -> dict[str, Any]:
    return {"at": at, "sent": frame.sent, "length": frame.length, "hex": frame.shown.hex(" ")}
