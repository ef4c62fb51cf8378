"""The screen as data: `view(world, now)` says what the payer would see. Pure; shown after each commit, never an effect.

The picture is generic on purpose (a title, lines of label and value, a notice, problems, buttons), so that a page renders
it without knowing the states.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from terminal.clock import Instant
from terminal.fees.explain import explain
from terminal.fsm import policy
from terminal.fsm.states import SaleState
from terminal.fsm.world import Sale, World
from terminal.money import with_symbol
from terminal.words import CATALOGUES, say

CANCELLABLE = frozenset({SaleState.PRICED, SaleState.PAYING})


def view(world: World, now: Instant) -> dict[str, Any]:
    """What to show now, ready for JSON; amounts in lines are written out, the `…_minor` fields are for programs."""
    language, sale = world.language, world.sale
    missing_minor = max(0, sale.due_minor - sale.credited_minor) if sale else 0
    return {
        "terminal_id": world.rules.terminal_id,
        "seq": world.seq,
        "state": str(world.state),
        "language": language,
        "title": say(language, f"screen.{world.state}"),
        "hint": say(language, _hint(world)),
        "lines": _lines(world, sale) if sale else [],
        "notice": said(world),
        "problems": [problem(language, device, name) for device, name in _problems(world)],
        "due_minor": sale.due_minor if sale else 0,
        "credited_minor": sale.credited_minor if sale else 0,
        "missing_minor": missing_minor,
        "accepting": policy.can_take_money(world),
        "wake_in_ms": None if world.wake_at_ms is None else max(0, world.wake_at_ms - now.up_ms),
        "buttons": _buttons(world),
    }


def status_line(world: World) -> str:
    """The state and what is wrong, in one English line for the staff, as `systemctl status` shows it."""
    state = str(world.state).replace("_", " ").lower()
    return "; ".join([state, *(problem("en", device, name) for device, name in _problems(world))])


def _hint(world: World) -> str:
    """What to do now; nobody is asked for notes while none can be taken."""
    if world.state in policy.TAKING_MONEY and not policy.can_take_money(world):
        return "hint.not_now"
    if (
        world.state is SaleState.LEAVING
        and world.sale is not None
        and not (world.sale.receipt_no or world.sale.note_minor)
    ):
        return "hint.no_papers"
    return f"hint.{world.state}"


def problem(language: str, device: str, name: str) -> str:
    """One problem of a device in words."""
    return say(language, "problem", device=say(language, f"device.{device}"), problem=say(language, f"problem.{name}"))


def _problems(world: World) -> list[tuple[str, str]]:
    return [(device, name) for device, names in sorted(world.devices.items()) for name in names]


def _lines(world: World, sale: Sale) -> list[dict[str, str]]:
    language, currency = world.language, world.rules.currency
    lines = [(say(language, "line.ticket"), sale.ticket_id)]
    if sale.entered_at_ms:
        lines.append((say(language, "line.entered"), _when(world, sale.entered_at_ms)))
    for line in sale.lines:
        words = explain(line, language, currency, world.rules.timezone)
        lines.append((words, with_symbol(line.amount_minor, currency)))
    amounts = [("due", sale.due_minor), ("credited", sale.credited_minor)]
    if world.state in policy.TAKING_MONEY:
        amounts.append(("missing", sale.due_minor - sale.credited_minor))
    amounts += [
        (name, minor) for name, minor in (("paid_out", sale.paid_out_minor), ("note", sale.note_minor)) if minor
    ]
    lines += [(say(language, f"line.{name}"), with_symbol(minor, currency)) for name, minor in amounts]
    return [{"label": label, "value": value} for label, value in lines]


def said(world: World) -> str | None:
    """The last thing the payer should know, in words."""
    notice, params = world.notice, {}
    if notice is None:
        return None
    for name, value in notice.params.items():
        if name.endswith("_minor"):
            params[name.removesuffix("_minor")] = with_symbol(int(value), world.rules.currency)
        elif name.endswith("_ms"):
            params[name.removesuffix("_ms")] = _when(world, int(value))
        else:
            params[name] = str(value)
    return say(world.language, notice.key, **params)


def _when(world: World, at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(world.rules.timezone)).strftime("%Y-%m-%d %H:%M")


def _buttons(world: World) -> list[dict[str, str]]:
    buttons = []
    if world.state in CANCELLABLE:
        buttons.append({"id": "cancel", "label": say(world.language, "button.cancel")})
    buttons += [
        {"id": "language", "label": say(other, "language.name"), "language": other}
        for other in CATALOGUES
        if other != world.language
    ]
    return buttons
