"""What the collector sees, as data without words: the page has those from the catalogue, in the collector's own language.

What the drawer should hold is not in here before it was counted, nor anything it could be reckoned from. Pure.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from terminal.fees import Tariff
from terminal.fees.explain import explain
from terminal.fees.reductions import MINUTE_MS
from terminal.fees.schedule.model import ScheduleTariff
from terminal.fsm import policy, window_policy
from terminal.fsm.rules import Rules
from terminal.fsm.states import ShiftState
from terminal.fsm.world import Notice, Sale, World, kind_of, own_minor, shown_id
from terminal.money import MINOR_DIGITS, SYMBOLS, with_symbol
from terminal.shift.approvals import ALONE_UP_TO_MINOR
from terminal.shift.pieces import DENOMINATIONS, change_for, total_minor
from terminal.shift.shift import Shift
from terminal.shift.totals import Totals
from terminal.words import CATALOGUES

KNOWN_AFTER_COUNT = (ShiftState.COUNTED, ShiftState.HANDING_OVER)
"""From here on what the drawer should hold is no secret."""
LOCK_AFTER_S = 300
"""A window at which nobody touches a key for so long locks itself."""

# fmt: off
NOTE_KEYS: dict[str, tuple[int, ...]] = {
    "CNY": (1_000, 2_000, 5_000, 10_000),
    "EUR": (500, 1_000, 2_000, 5_000),
    "GBP": (500, 1_000, 2_000, 5_000),
    "USD": (500, 1_000, 2_000, 5_000),
    "HKD": (2_000, 5_000, 10_000, 50_000),
    "SGD": (500, 1_000, 5_000, 10_000),
    "CHF": (1_000, 2_000, 5_000, 10_000),
    "JPY": (1_000, 5_000, 10_000),
    "KRW": (1_000, 5_000, 10_000, 50_000),
}
"""The notes that payers hand over most: each has a key of its own."""
# fmt: on


def window_view(world: World, *, search: bool = False, note_seq: int = 0, receipt_seq: int = 0) -> dict[str, Any]:
    """All but who looks, ready for JSON. `search`: cars can be found by part of their plate; `note_seq`, `receipt_seq`: at which
    event the credit note and the receipt were shown that were shown last."""
    rules, window = world.rules, world.window
    return {
        "seq": world.seq,
        "terminal_id": rules.terminal_id,
        "site": rules.site,
        **_money(rules),
        "timezone": rules.timezone,
        "payer_language": world.language,
        "state": str(world.state),
        "is_open": world.state in policy.SALE_OPEN,
        "shift": {"state": str(world.shift), **_shift(world, window.shift)},
        "sale": None if world.sale is None else _sale(world, world.sale),
        "suspended": [_suspended(sale) for sale in window.suspended],
        "note": None if window.note_shown is None else msgspec.structs.asdict(window.note_shown) | {"seq": note_seq},
        "receipt": _receipt(world, receipt_seq),
        "badge": None if window.badge_shown is None else {"who": window.badge_shown.who, "seq": window.badge_seq},
        "told": _said(window.told, rules),
        "notice": _said(world.notice, rules),
        "blockers": [{"device": device, "problem": problem} for device, problem in policy.blockers(world)],
        "troubles": [
            {"device": device, "problem": problem}
            for device, names in sorted(world.devices.items())
            for problem in names
        ],
        "drawer": str(world.drawer),
        "drawer_full": _drawer_full(world),
        "jobs": len(world.jobs),
        "matters": list(window_policy.open_matters(world)) if window.shift is not None else [],
        "search": search,
        **_of_window(world),
        "tariffs": [_tariff(tariff_id, tariff) for tariff_id, tariff in rules.tariffs.items()],
        "services": [
            {
                "id": item_id,
                "names": item.names,
                "units": item.unit,
                "price": with_symbol(item.price_minor, rules.currency),
                "price_minor": item.price_minor,
                "max": item.max_quantity,
            }
            for item_id, item in rules.services.items()
        ],
    }


def _tariff(tariff_id: str, tariff: Tariff) -> dict[str, Any]:
    """A tariff, with its vehicle classes if there are several."""
    classes = tariff.classes if isinstance(tariff, ScheduleTariff) and len(tariff.classes) > 1 else ()
    return {"id": tariff_id, "classes": [{"id": each.id, "names": each.name} for each in classes]}


def _money(rules: Rules) -> dict[str, Any]:
    currency = rules.currency
    return {
        "currency": currency,
        "symbol": SYMBOLS.get(currency, currency + " "),
        "digits": MINOR_DIGITS[currency],
        "denominations": DENOMINATIONS[currency],
        "note_keys": NOTE_KEYS[currency],
        "coins_up_to_minor": COINS_UP_TO_MINOR[currency],
    }


COINS_UP_TO_MINOR = {
    "CNY": 100, "EUR": 200, "GBP": 200, "USD": 25, "HKD": 1_000, "SGD": 100, "CHF": 500, "JPY": 500, "KRW": 500,
}  # fmt: skip
"""Pieces up to this come in rolls, larger ones in bundles."""


def _of_window(world: World) -> dict[str, Any]:
    """What the rules of a window say; nothing before the rules are known."""
    rules = world.rules.window
    if rules is None:
        return {"methods": [], "alone_up_to_minor": {}, "receipts": None, "lock_after_s": LOCK_AFTER_S}
    return {
        "methods": rules.methods,
        "alone_up_to_minor": {**ALONE_UP_TO_MINOR, **rules.alone_up_to_minor},
        "receipts": {"last": world.receipt_no, "left": window_policy.receipts_left(world)},
        "lock_after_s": LOCK_AFTER_S,
        "z_no": world.window.z_no,
        "settled_z_no": world.window.settled_z_no,
    }


def _drawer_full(world: World) -> bool:
    shift, rules = world.window.shift, world.rules.window
    return shift is not None and rules is not None and shift.expected_minor > rules.drawer_max_minor


# --- the shift ----------------------------------------------------------------------------------------------------
def _shift(world: World, shift: Shift | None) -> dict[str, Any]:
    if shift is None:
        return {}
    shown: dict[str, Any] = {
        "no": shift.shift_no,
        "who": shift.who,
        "name": shift.name,
        "begun_at": _when(shift.begun_at_ms, world.rules),
        "follows": shift.follows,
        "draft": shift.draft,
        "counts": shift.counts,
        "counter": shift.counter,
        "counter_name": shift.counter_name,
        "report_no": shift.report_no,
        "acts": _acts(shift.totals),
        "result": None,
    }
    if world.shift in KNOWN_AFTER_COUNT:
        shown["result"] = {
            "pieces": shift.counted,
            "counted_minor": total_minor(shift.counted),
            "expected_minor": shift.expected_minor,
            "over_minor": shift.over_minor,
        }
    return shown


def _acts(totals: Totals) -> dict[str, int]:
    """How often what was done in a shift, and its receipts: no amounts."""
    names = ("sales", "cancelled", "voids", "refunds", "corrections", "no_sale_openings", "suspect_notes")
    return {name: getattr(totals, name) for name in (*names, "first_receipt_no", "last_receipt_no")}


# --- the sale -----------------------------------------------------------------------------------------------------
def _sale(world: World, sale: Sale) -> dict[str, Any]:
    """The sale that is open or was closed last, with its reasons in every language."""
    rules = world.rules
    return {
        "sale_no": sale.sale_no,
        "open": world.state in policy.SALE_OPEN,
        "kind": "several" if sale.more else kind_of(sale),
        "about": [] if sale.more else _about(sale, rules),
        "things": [
            {
                "ticket_id": thing.ticket_id,
                "kind": kind_of(thing),
                "shown_id": shown_id(thing),
                "due_minor": own_minor(thing),
            }
            for thing in policy.things_of(sale)
        ],
        "lines": [
            {
                "labels": {each: explain(line, each, rules.currency, rules.timezone) for each in CATALOGUES},
                "amount_minor": line.amount_minor,
                "is_head": line.what.startswith("thing_"),
            }
            for line in sale.lines
        ],
        "due_minor": sale.due_minor,
        "given_minor": sum(sale.tenders_minor.values()),
        "missing_minor": max(0, sale.due_minor - sale.credited_minor),
        "tenders": [{"method": method, "amount_minor": minor} for method, minor in sale.tenders_minor.items() if minor],
        "coupons": len(sale.coupons),
        "paid": sale.paid,
        "change_minor": sale.paid_out_minor,
        "change_pieces": change_for(sale.paid_out_minor, rules.currency),
        "receipt_no": sale.receipt_no,
    }


def _about(sale: Sale, rules: Rules) -> list[dict[str, Any]]:
    """What is sold: rows of a name under `window.about.` and a value; times are written out."""
    if kind_of(sale) != "parking":
        return [{"name": "account", "value": shown_id(sale)}] if shown_id(sale) else []
    rows: list[dict[str, Any]] = [{"name": "ticket", "value": shown_id(sale)}]
    if sale.entered_at_ms:
        minutes = -(
            -max(0, sale.priced_at_ms - sale.entered_at_ms) // MINUTE_MS
        )  # a minute that has begun is charged too
        rows.append({"name": "entered", "value": _when(sale.entered_at_ms, rules)})
        rows.append({"name": "stay", "minutes": minutes})
    return rows


def _suspended(sale: Sale) -> dict[str, Any]:
    kind = "several" if sale.more else kind_of(sale)
    return {"sale_no": sale.sale_no, "kind": kind, "about": shown_id(sale), "due_minor": sale.due_minor}


def _receipt(world: World, seq: int) -> dict[str, Any] | None:
    shown = world.window.receipt_shown
    if shown is None:
        return None
    sold = None if shown.sold is None else msgspec.structs.asdict(shown.sold)
    return msgspec.structs.asdict(shown) | {"sold": sold, "at": _when(shown.at_ms, world.rules), "seq": seq}


# --- words --------------------------------------------------------------------------------------------------------
def _said(notice: Notice | None, rules: Rules) -> dict[str, Any] | None:
    """A key of the catalogue and what fills its gaps."""
    if notice is None:
        return None
    gaps = {}
    for name, value in notice.params.items():
        if name.endswith("_minor"):
            gaps[name.removesuffix("_minor")] = with_symbol(int(value), rules.currency)
        elif name.endswith("_ms"):
            gaps[name.removesuffix("_ms")] = _when(int(value), rules)
        else:
            gaps[name] = str(value)
    return {"key": notice.key, "gaps": gaps}


def _when(at_ms: int, rules: Rules) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, ZoneInfo(rules.timezone)):%Y-%m-%d %H:%M}"
