"""The screen as data: `view(world, now)` says what the payer would see. Pure; shown after each commit, never an effect.

A page draws this and decides nothing: every word, every amount and every choice that is open comes with it. `title`, `hint`,
`lines`, `notice`, `problems` and `buttons` are enough for a plain page that knows no screens; `screen` and the parts behind it
are for the payer's page (docs/payer-page.md tells all fields).
"""

from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from terminal.clock import Instant
from terminal.fees import leave_by_ms
from terminal.fees.explain import explain
from terminal.fees.reductions import MINUTE_MS
from terminal.fees.stay import Paid
from terminal.fsm import policy
from terminal.fsm.states import SaleState
from terminal.fsm.world import Sale, World
from terminal.money import with_symbol
from terminal.publish import prose
from terminal.web.payer import offering, telling
from terminal.words import CATALOGUES, say

CANCELLABLE = frozenset({SaleState.PRICED, SaleState.PAYING})
DONE = frozenset({SaleState.SETTLING, SaleState.PRINTING, SaleState.LEAVING})
RATED_IN = frozenset({SaleState.PRINTING, SaleState.LEAVING})

HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES
LONG_MINUTES = 2 * DAY_MINUTES

PX_PER_MM = 4.63
"""Pixels a millimetre of the usual panel: 10.1 inches, 1024 × 600."""

_AMOUNTS = ("due", "credited", "owed", "paid_out", "note")


def view(
    world: World,
    now: Instant,
    *,
    search: bool = False,
    service: bool = False,
    px_per_mm: float = PX_PER_MM,
    reach: telling.Reach = telling.HEARD,
) -> dict[str, Any]:
    """What to show now, ready for JSON; amounts in lines are written out, the `…_minor` fields are for programs.

    `search`: payers may choose their car by its plate; `service`: the staff have a page at an open door; `px_per_mm`: of the
    screen that the page is on, so that buttons are large enough for fingers; `reach`: how a payer reaches the staff.
    """
    language, sale = world.language, world.sale
    missing_minor = max(0, sale.due_minor - sale.credited_minor) if sale else 0
    return {
        "terminal_id": world.rules.terminal_id,
        "seq": world.seq,
        "state": str(world.state),
        "screen": telling.screen(world),
        "language": language,
        "timezone": world.rules.timezone,
        "px_per_mm": px_per_mm,
        "title": say(language, telling.title(world)),
        "hint": say(language, telling.hint(world)),
        "lines": _lines(world, sale) if sale else [],
        "notice": said(world, reach),
        "told": _told(world, reach),
        "problems": [problem(language, device, name) for device, name in _problems(world)],
        "due_minor": sale.due_minor if sale else 0,
        "credited_minor": sale.credited_minor if sale else 0,
        "missing_minor": missing_minor,
        "accepting": policy.can_take_money(world),
        "wake_in_ms": None if world.wake_at_ms is None else max(0, world.wake_at_ms - now.up_ms),
        "buttons": _buttons(world, service),
        "help": _help(language, reach),
        **_screen_parts(world, now, search, reach),
        "words": page_words(language),
    }


def _screen_parts(world: World, now: Instant, search: bool, reach: telling.Reach) -> dict[str, Any]:
    """What only some screens have."""
    sale, state, language = world.sale, world.state, world.language
    if state is SaleState.IDLE:
        return {
            "how": offering.how_to_pay(world, search),
            "prices": offering.prices(world, now),
            "change": offering.change(world),
            "services": offering.services(world),
            "currency": offering.currency(world),
            "keyboard": offering.keyboard() if search else None,
        }
    if sale is None:
        keys = ("out.elsewhere", reach.key("out.help") if telling.can_call(world) else "out.staff")
        return {"instead": [say(language, key, phone=reach.phone) for key in keys]}
    parts: dict[str, Any] = {"amounts": _written_amounts(world, sale), "about": _about(world, sale)}
    if state in policy.TAKING_MONEY:
        parts |= {
            "explanation": _explanation(world, sale),
            "notes": offering.notes(world),
            "change": offering.change(world),
            "countdown_ms": world.rules.payment_timeout_s * 1000,
        }
    if state in DONE and sale.paid:
        minutes = _leave_minutes(world, sale, now)
        parts |= {
            "leave": "" if minutes is None else say(language, "leave.minutes", minutes=minutes),
            "leave_parts": None if minutes is None else _leave_parts(language, minutes),
            "rating": _rating(world, sale),
            "receipt": _receipt(world, sale),
        }
    return parts


def status_line(world: World) -> str:
    """The state and what is wrong, in one English line for the staff, as `systemctl status` shows it."""
    state = str(world.state).replace("_", " ").lower()
    return "; ".join([state, *(problem("en", device, name) for device, name in _problems(world))])


def problem(language: str, device: str, name: str) -> str:
    """One problem of a device in words."""
    return say(language, "problem", device=say(language, f"device.{device}"), problem=say(language, f"problem.{name}"))


def _problems(world: World) -> list[tuple[str, str]]:
    closed = [("staff", "closed")] if world.closed_by else []
    return closed + [(device, name) for device, names in sorted(world.devices.items()) for name in names]


def _told(world: World, reach: telling.Reach) -> dict[str, str]:
    """What happened, what happens to the money, what to do now."""
    told, language, sale = telling.told(world, reach), world.language, world.sale
    params = _written_amounts(world, sale) if sale is not None else {}
    what = said(world, reach) or say(language, telling.title(world))
    return {
        "tone": told.tone,
        "lead": told.lead,
        "what": what,
        "money": say(language, told.money, **params),
        "todo": say(language, told.todo, phone=reach.phone),
    }


def _help(language: str, reach: telling.Reach) -> dict[str, str]:
    """The panel behind the help button; without `yes` nobody would hear a call, and the panel says what to do instead."""
    return {
        "title": say(language, "call.ask" if reach.heard else "button.help"),
        "text": say(language, reach.key("call.text"), phone=reach.phone),
        "yes": say(language, "call.yes") if reach.heard else "",
    }


def _written_amounts(world: World, sale: Sale) -> dict[str, str]:
    """All amounts of a sale for people; what is nothing is written too."""
    amounts = {name: getattr(sale, f"{name}_minor") for name in _AMOUNTS}
    amounts["missing"] = max(0, sale.due_minor - sale.credited_minor)
    return {name: with_symbol(minor, world.rules.currency) for name, minor in amounts.items()}


def _about(world: World, sale: Sale) -> list[dict[str, str]]:
    """What the sale is about, and what became of it: never an empty figure."""
    language, currency = world.language, world.rules.currency
    account = sale.invoice.account_id if sale.invoice is not None else ""
    rows = []
    if account:
        rows.append((say(language, "receipt.account"), account))
    elif sale.tariff_id:
        rows.append(_shown(sale, language))
    if sale.entered_at_ms:
        rows.append((say(language, "line.entered"), _when(world, sale.entered_at_ms)))
        minutes = -(
            -max(0, sale.priced_at_ms - sale.entered_at_ms) // MINUTE_MS
        )  # a minute that has begun is charged too
        rows.append((say(language, "line.stay"), _duration(minutes, language)))
    if world.state in DONE:
        paid_minor = sale.due_minor if sale.paid else 0
        amounts = [("paid", paid_minor), ("paid_out", sale.paid_out_minor), ("note", sale.note_minor)]
        if world.state is SaleState.SETTLING:
            amounts.append(("back", sale.owed_minor))
        rows = [(say(language, f"line.{name}"), with_symbol(minor, currency)) for name, minor in amounts if minor]
        if sale.receipt_no and _receipt(world, sale) is None:
            rows.append((say(language, "line.receipt"), _receipt_no(world, sale)))
    return [{"label": label, "value": value} for label, value in rows]


def _duration(minutes: int, language: str) -> str:
    """How long a stay was; from two days on in days and hours."""
    if minutes < LONG_MINUTES:
        return prose.duration(minutes, language)
    days, rest = divmod(minutes, DAY_MINUTES)
    parts = [say(language, "tariff.short.days", n=days)]
    if rest >= HOUR_MINUTES:
        parts.append(say(language, "tariff.short.hours", n=rest // HOUR_MINUTES))
    return say(language, "tariff.duration_gap").join(parts)


def _shown(sale: Sale, language: str) -> tuple[str, str]:
    """What stands for the stay: its ticket, or the car. A stranger may have chosen it, so its plate is not shown in full here."""
    if sale.chosen:
        return say(language, "line.car"), say(language, "line.chosen")
    return say(language, "line.ticket"), sale.ticket_id


def _receipt_no(world: World, sale: Sale) -> str:
    """The number as it is printed."""
    return f"{world.rules.terminal_id}-{sale.receipt_no}"


def _explanation(world: World, sale: Sale) -> list[dict[str, str]]:
    language, currency = world.language, world.rules.currency
    return [
        {
            "label": explain(line, language, currency, world.rules.timezone),
            "value": with_symbol(line.amount_minor, currency) if line.amount_minor else "",
        }
        for line in sale.lines
    ]


def _leave_minutes(world: World, sale: Sale, now: Instant) -> int | None:
    """Within how many minutes to leave; None if there is no hurry."""
    tariff = world.rules.tariffs.get(sale.tariff_id)
    if tariff is None or not sale.due_minor:
        return None
    stay = policy.stay_of(sale)
    paid_now = msgspec.structs.replace(stay, paid=(*stay.paid, Paid(sale.paid_at_ms, sale.due_minor)))
    leave_at_ms = leave_by_ms(tariff, paid_now)
    return None if leave_at_ms is None else (leave_at_ms - now.wall_ms) // MINUTE_MS


def _leave_parts(language: str, minutes: int) -> dict[str, str]:
    """The same sentence in three parts, so that its number can be large."""
    return {"before": say(language, "leave.before"), "number": str(minutes), "after": say(language, "leave.after")}


def _receipt(world: World, sale: Sale) -> dict[str, str] | None:
    """The choice of a receipt that is only printed on request; without `button` it can not be printed now. None: no choice."""
    if world.state is not SaleState.LEAVING or not sale.receipt_no or sale.receipt_given:
        return None
    language, offered = world.language, policy.offers_receipt(world)
    key = "receipt_choice.later" if offered else "receipt_choice.not_now"
    return {
        "ask": say(language, "receipt_choice.ask"),
        "button": say(language, "receipt_choice.print") if offered else "",
        "text": say(language, key, number=_receipt_no(world, sale)),
    }


def _rating(world: World, sale: Sale) -> str:
    """Whether a paid visit may be rated: `open`, `done`, or "" for one that cost nothing, or where it is too early."""
    if not sale.due_minor or world.state not in RATED_IN:
        return ""
    return "done" if sale.rated else "open"


def _lines(world: World, sale: Sale) -> list[dict[str, str]]:
    language, currency = world.language, world.rules.currency
    lines = [_shown(sale, language)]
    if sale.entered_at_ms:
        lines.append((say(language, "line.entered"), _when(world, sale.entered_at_ms)))
    lines += [(line["label"], line["value"]) for line in _explanation(world, sale)]
    amounts = [("due", sale.due_minor), ("credited", sale.credited_minor)]
    if world.state in policy.TAKING_MONEY:
        amounts.append(("missing", sale.due_minor - sale.credited_minor))
    amounts += [
        (name, minor) for name, minor in (("paid_out", sale.paid_out_minor), ("note", sale.note_minor)) if minor
    ]
    lines += [(say(language, f"line.{name}"), with_symbol(minor, currency)) for name, minor in amounts]
    return [{"label": label, "value": value} for label, value in lines]


def said(world: World, reach: telling.Reach = telling.HEARD) -> str | None:
    """The last thing the payer should know, in words."""
    notice, params = world.notice, {"phone": reach.phone}
    if notice is None:
        return None
    for name, value in notice.params.items():
        if name.endswith("_minor"):
            params[name.removesuffix("_minor")] = with_symbol(int(value), world.rules.currency)
        elif name.endswith("_ms"):
            params[name.removesuffix("_ms")] = _when(world, int(value))
        else:
            params[name] = str(value)
    return say(world.language, reach.key(notice.key), **params)


def _when(world: World, at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(world.rules.timezone)).strftime("%Y-%m-%d %H:%M")


def _buttons(world: World, service: bool) -> list[dict[str, str]]:
    buttons = []
    if service and world.door_open:
        buttons.append({"id": "service", "label": say(world.language, "button.service")})
    if world.state in CANCELLABLE:
        buttons.append({"id": "cancel", "label": say(world.language, "button.cancel")})
    if world.state is SaleState.LEAVING and policy.offers_receipt(world):
        buttons.append({"id": "receipt", "label": say(world.language, "receipt_choice.print")})
    if telling.can_call(world):
        buttons.append({"id": "help", "label": say(world.language, "button.help")})
    buttons += [
        {"id": "language", "label": say(other, "language.name"), "language": other}
        for other in CATALOGUES
        if other != world.language
    ]
    return buttons


@cache
def page_words(language: str) -> dict[str, str]:
    """The words that the page itself needs, and the labels of the amounts."""
    words = CATALOGUES.get(language, CATALOGUES["en"])
    groups = ("page.", "line.")
    return {key.removeprefix("page."): text for key, text in words.items() if key.startswith(groups)}
