"""The status page as data: `status_view(facts, language)` says all that it shows, in words and written amounts. Pure.

The page draws this and decides nothing. Each line of health has a tone: `good`, `warn` (look at it today), `bad` (nothing is
sold, or money is in doubt), or `none`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from terminal import __version__
from terminal.fsm import policy
from terminal.fsm import window_policy as window
from terminal.fsm.states import DrawerState, SaleState
from terminal.fsm.world import World
from terminal.money import with_symbol
from terminal.web.status.books import Books, ClosedShift, Raised
from terminal.words import CATALOGUES, say

TAKINGS = ("parking", "dues", "services")
GIB = 1 << 30
OVER_SHORT = ("over_short", "drawer_disputed")
"""Alerts that are not for everybody here: `shifts_view` tells of it to those whose matter it is."""

FEW = 200
"""Receipt numbers; so many are soon used up."""

Row = dict[str, str]


class Link(NamedTuple):
    """How it stands with the broker; `problem`: why there is no connection, as far as it is known."""

    connected: bool
    problem: str | None = None


class Disk(NamedTuple):
    """Room where the journal is, in bytes."""

    free: int
    whole: int


class Facts(NamedTuple):
    """All that the page is made of. `link` None: MQTT is not in use; `books` None: the journal can not be read."""

    world: World
    wall_ms: int
    books: Books | None
    link: Link | None
    disk: Disk | None
    clock_is_set: bool
    """Whether the network has set the clock since the machine was switched on, as far as it is known."""


def status_view(facts: Facts, language: str) -> dict[str, Any]:
    """What to show in this language, ready for JSON."""
    world = facts.world
    return {
        "language": language,
        "terminal": world.rules.terminal_id,
        "site": world.rules.site,
        "seq": world.seq,
        "at_ms": facts.wall_ms,
        "at": _when(world, facts.wall_ms, seconds=True),
        "version": say(language, "status.version", version=__version__),
        "state": _state(world, language),
        "health": list(_health(facts, language)),
        "shift": list(_shift(world, language)) if window.is_window(world) else None,
        "z_no": world.window.z_no,
        "cash": list(_cash(facts, language)),
        "takings": _takings(facts, language),
        "alerts": None
        if facts.books is None
        else [_alert(world, each, language) for each in facts.books.alerts if each.code not in OVER_SHORT],
    }


def shifts_view(facts: Facts, language: str) -> list[Row]:
    """The last shifts that were signed for: over or short, why, and what became of the drawer."""
    return [] if facts.books is None else [_closed(facts.world, each, language) for each in facts.books.shifts]


def page_words(language: str) -> dict[str, str]:
    """The words that the page itself needs."""
    return {
        key.removeprefix("status.page."): text
        for key, text in CATALOGUES[language].items()
        if key.startswith("status.page.")
    } | {"language": say(language, "language.name"), "lost": say(language, "web.lost")}


def _state(world: World, language: str) -> dict[str, Any]:
    """Whether it sells, and if not, why."""
    blockers = policy.blockers(world)
    why = [_problem(language, device, name) for device, name in blockers if device != "staff"]
    if world.closed_by:
        why.insert(0, say(language, "status.closed_by", who=world.closed_by))
    shut = world.state in (SaleState.OUT_OF_SERVICE, SaleState.SERVICE)
    if world.door_open:
        key, tone = "service", "warn"
    elif blockers and all(name == "starting" for _, name in blockers):
        key, tone = "starting", "warn"
    else:
        key, tone = ("stopped", "bad") if blockers or shut else ("selling", "good")
    return {
        "tone": tone,
        "what": say(language, f"status.{key}"),
        "now": "" if shut else say(language, f"status.now.{world.state}"),
        "why": why,
    }


def _shift(world: World, language: str) -> Iterator[Row]:
    """Who works at the window, and nothing of what the drawer should hold."""
    yield _row(language, "status.shift_state", say(language, f"status.shift.{world.shift}"), "none")
    shift = world.window.shift
    if shift is not None:
        yield _row(language, "status.shift_who", shift.name, "none")
        yield _row(language, "status.shift_no", str(shift.shift_no), "none")
        yield _row(language, "status.shift_since", _when(world, shift.begun_at_ms), "none")
        if shift.counter not in ("", shift.who):
            yield _row(language, "status.shift_counter", shift.counter_name, "warn")
    if world.window.suspended:
        yield _row(language, "status.shift_suspended", str(len(world.window.suspended)), "none")
    left = window.receipts_left(world)
    yield _row(language, "status.receipts_left", str(left), "bad" if left <= 0 else "warn" if left < FEW else "none")
    if window.window_rules(world).drawer_sensor:
        tone = "warn" if world.drawer is DrawerState.OPEN else "none"
        yield _row(language, "status.drawer", say(language, f"status.drawer.{world.drawer}"), tone)


def _closed(world: World, shift: ClosedShift, language: str) -> Row:
    over_minor = shift.over_minor
    key = "over" if over_minor > 0 else "short" if over_minor < 0 else "even"
    words = [say(language, f"status.{key}", amount=with_symbol(abs(over_minor), world.rules.currency))]
    if shift.reason:
        words.append(say(language, f"window.difference.{shift.reason}"))
    if shift.how == "disputed":
        amount = with_symbol(shift.difference_minor or 0, world.rules.currency)
        words.append(f"{say(language, 'report.handed.disputed')} ({amount})")
    at = _written(shift.at_ms, world.rules.timezone, "%m-%d %H:%M")
    return {
        "label": f"{say(language, 'status.shift_of', n=shift.shift_no, name=shift.name)} · {at}",
        "value": " · ".join(words),
        "tone": "warn" if over_minor or shift.how == "disputed" else "good",
    }


def _health(facts: Facts, language: str) -> Iterator[Row]:
    world = facts.world
    blocking = set(policy.blockers(world))
    for device in sorted({*world.rules.devices, *world.devices} - {"disk", "staff"}):
        problems = world.devices.get(device, ())
        bad = any((device, problem) in blocking and problem != "starting" for problem in problems)
        words = [say(language, f"problem.{problem}") for problem in problems] or [say(language, "status.well")]
        tone = "bad" if bad else "warn" if problems else "good"
        yield _row(language, f"device.{device}", say(language, "status.list_gap").join(words), tone)
    yield _disk(facts, language)
    clock = "status.clock_set" if facts.clock_is_set else "status.clock_unknown"
    yield _row(
        language, "status.clock", f"{_when(world, facts.wall_ms, seconds=True)} · {say(language, clock)}", "none"
    )
    yield _link(facts, language)


def _disk(facts: Facts, language: str) -> Row:
    problems = facts.world.devices.get("disk", ())
    words = [say(language, f"problem.{problem}") for problem in problems]
    if facts.books is None:
        words.append(say(language, "status.no_books"))
    if facts.disk is not None:
        free, whole = facts.disk
        words.append(say(language, "status.free", free=f"{free / GIB:.1f}", whole=f"{whole / GIB:.1f}"))
    tone = "bad" if problems or facts.books is None else "good"
    return _row(language, "device.disk", say(language, "status.list_gap").join(words), tone)


def _link(facts: Facts, language: str) -> Row:
    if facts.link is None:
        return _row(language, "status.mqtt", say(language, "status.mqtt_none"), "none")
    waiting = facts.books.waiting if facts.books is not None else 0
    words = [say(language, "status.mqtt_connected" if facts.link.connected else "status.mqtt_away")]
    if not facts.link.connected and facts.link.problem:
        words.append(facts.link.problem)
    if waiting:
        words.append(say(language, "status.mqtt_waiting", n=waiting))
    return _row(language, "status.mqtt", " · ".join(words), "good" if facts.link.connected else "warn")


def _cash(facts: Facts, language: str) -> Iterator[Row]:
    world = facts.world
    if window.is_window(world):
        if facts.books is not None:
            yield _row(language, "status.notes_honoured", _sum(world, language, *facts.books.notes_honoured), "none")
        return
    box_full = "box_full" in world.devices.get("validator", ())
    yield _row(
        language, "status.box", _sum(world, language, world.box_count, world.box_minor), "bad" if box_full else "none"
    )
    if facts.books is not None:
        yield _row(language, "status.credit_notes", _sum(world, language, *facts.books.credit_notes), "none")
    disputed = sum(bill.amount_minor for bill in world.disputed)
    tone = "bad" if world.disputed else "none"
    yield _row(language, "status.disputed", _sum(world, language, len(world.disputed), disputed), tone)


def _takings(facts: Facts, language: str) -> dict[str, Any] | None:
    """Today's paid sales by kind, and their sum."""
    if facts.books is None:
        return None
    world, of = facts.world, facts.books.takings
    kinds = [(kind, of[kind]) for kind in TAKINGS if kind in of]
    amounts = [amount for _, amount in kinds]
    count, minor = sum(amount.number for amount in amounts), sum(amount.amount_minor for amount in amounts)
    return {
        "rows": [
            _row(language, f"status.kind.{kind}", _sales(world, language, *amount), "none") for kind, amount in kinds
        ],
        "total": _row(language, "status.total", _sales(world, language, count, minor), "none"),
        "note": say(language, "status.page.not_in_takings") if facts.books.uncounted else "",
    }


def _alert(world: World, raised: Raised, language: str) -> Row:
    sale_no = raised.data.get("sale_no", 0)
    return {
        "what": told(raised, language, world.rules.currency, world.rules.timezone),
        "when": _when(world, raised.at_ms),
        "sale": say(language, "status.sale", n=sale_no) if sale_no else "",
    }


def told(raised: Raised, language: str, currency: str, timezone: str) -> str:
    """An alert in words; one that this version has no words for, or not all facts of, by its code."""
    key, words = f"alert.{raised.code}", dict(_told_facts(raised.data, language, currency, timezone))
    try:
        text = say(language, key, **words)
    except KeyError:
        text = key
    return say(language, "alert.other", code=raised.code) if text == key else text


def _told_facts(
    data: Mapping[str, int | str], language: str, currency: str, timezone: str
) -> Iterator[tuple[str, str]]:
    groups = {
        "device": "device",
        "what": "device",
        "problem": "problem",
        "document": "document",
        "where": "alert.where",
        "how": "alert.how",
    }
    for name, value in data.items():
        if name == "by_ms":
            yield "by", say(language, "alert.seconds", n=f"{int(value) / 1000:+.0f}")
        elif name.endswith("_minor"):
            minor = int(value)
            yield (
                name.removesuffix("_minor"),
                with_symbol(minor, currency) if minor else say(language, "alert.unknown_amount"),
            )
        elif name.endswith("_ms"):
            yield name.removesuffix("_ms"), _written(int(value), timezone, "%Y-%m-%d %H:%M")
        elif name in groups:
            key = f"{groups[name]}.{value}"
            word = say(language, key)
            yield name, str(value) if word == key else word
        else:
            yield name, str(value)


def _row(language: str, label: str, value: str, tone: str) -> Row:
    return {"label": say(language, label), "value": value, "tone": tone}


def _problem(language: str, device: str, name: str) -> str:
    return say(language, "problem", device=say(language, f"device.{device}"), problem=say(language, f"problem.{name}"))


def _sum(world: World, language: str, count: int, amount_minor: int) -> str:
    return say(language, "status.notes", n=count, amount=with_symbol(amount_minor, world.rules.currency))


def _sales(world: World, language: str, count: int, amount_minor: int) -> str:
    return say(language, "status.sales", n=count, amount=with_symbol(amount_minor, world.rules.currency))


def _when(world: World, at_ms: int, *, seconds: bool = False) -> str:
    return _written(at_ms, world.rules.timezone, "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def _written(at_ms: int, timezone: str, form: str) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(timezone)).strftime(form)
