"""What the terminal offers to whoever stands before it: how to pay, prices in short, notes, change, services, plates. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from terminal.clock import Instant
from terminal.fees import Tariff
from terminal.fees.parking import ParkingTariff
from terminal.fees.quote import Names
from terminal.fees.schedule.model import ScheduleTariff, Version
from terminal.fsm import policy
from terminal.fsm.rules import Rules
from terminal.fsm.world import World
from terminal.money import MINOR_DIGITS, SYMBOLS, with_symbol
from terminal.publish import prose
from terminal.stays.plates import ENDINGS, PROVINCES, TYPED_LEAST
from terminal.words import say

SHORT_ROWS = 5
"""Lines of the prices in short; the public sign has all of them."""

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of Chinese serials: no I and no O."""
DIGITS = "1234567890"

# fmt: off
USUAL_NOTES: dict[str, tuple[tuple[int, str], ...]] = {
    "CNY": ((100, "olive"), (500, "purple"), (1000, "blue"), (2000, "brown"), (5000, "green"), (10000, "red")),
    "USD": ((100, "green"), (500, "green"), (1000, "green"), (2000, "green"), (5000, "green"), (10000, "green")),
    "EUR": ((500, "grey"), (1000, "red"), (2000, "blue"), (5000, "brown"), (10000, "green"), (20000, "olive")),
    "GBP": ((500, "blue"), (1000, "brown"), (2000, "purple"), (5000, "red")),
    "HKD": ((1000, "purple"), (2000, "blue"), (5000, "green"), (10000, "red"), (50000, "brown"), (100000, "olive")),
    "SGD": ((200, "purple"), (500, "green"), (1000, "red"), (5000, "blue"), (10000, "brown")),
    "CHF": ((1000, "olive"), (2000, "red"), (5000, "green"), (10000, "blue"), (20000, "brown"), (100000, "purple")),
    "JPY": ((1000, "blue"), (2000, "green"), (5000, "purple"), (10000, "brown")),
    "KRW": ((1000, "blue"), (5000, "brown"), (10000, "green"), (50000, "olive")),
}
"""The usual notes of each currency and their main colours, for the little pictures."""
# fmt: on


def notes(world: World) -> list[dict[str, Any]]:
    """The notes that the validator may take, and whether the open sale can use each now."""
    rules, usual = world.rules, dict(USUAL_NOTES.get(world.rules.currency, ()))
    return [
        {
            "figure": figure(value_minor, rules.currency),
            "symbol": SYMBOLS.get(rules.currency, rules.currency),
            "colour": usual.get(value_minor, "grey"),
            "taken": not policy.why_return(world, value_minor),
        }
        for value_minor in sorted(rules.accept_minor or usual)
    ]


def figure(value_minor: int, currency: str) -> str:
    """What is printed large on a note: whole units where it has no smaller ones."""
    whole, rest = divmod(value_minor, 10 ** MINOR_DIGITS[currency])
    return f"{whole}.{rest:0{MINOR_DIGITS[currency]}d}" if rest else str(whole)


def change(world: World) -> str:
    """How change comes, and how much of it at the most."""
    rules, payout_minor = world.rules, policy.payout_limit_minor(world)
    by_note = "both" if payout_minor else "note"
    without_note = "cash" if payout_minor else "none"
    return say(
        world.language,
        f"change.{by_note if rules.credit_limit_minor else without_note}",
        limit=with_symbol(rules.credit_limit_minor, rules.currency),
        payout=with_symbol(payout_minor, rules.currency),
    )


def how_to_pay(world: World, search: bool) -> list[dict[str, str]]:
    """The visit in three pictures."""
    leave = "how.leave_on_request" if policy.receipt_on_request(world) else "how.leave"
    steps = (("scan", "how.find" if search else "how.scan"), ("pay", "how.pay"), ("leave", leave))
    return [{"icon": icon, "text": say(world.language, key)} for icon, key in steps]


def prices(world: World, now: Instant) -> list[dict[str, str]]:
    """The first tariff in short: label and value; a last line without a value says that there is more. Two tariffs in one list
    would be neither."""
    language = world.language
    tariffs = list(world.rules.tariffs.values())
    rows = [row for tariff in tariffs[:1] for row in _rows(tariff, world.rules, language, now)]
    if len(tariffs) > 1 or len(rows) > SHORT_ROWS:
        rows = [*rows[: SHORT_ROWS - 1], (say(language, "short.more"), "")]
    return [{"label": label, "value": value} for label, value in rows]


def _rows(tariff: Tariff, rules: Rules, language: str, now: Instant) -> Iterator[tuple[str, str]]:
    if isinstance(tariff, ParkingTariff):
        yield from _free(tariff.free_minutes, "free", language)
        yield say(language, "short.hour"), with_symbol(tariff.per_hour_minor, rules.currency)
        yield say(language, "short.cap.24h"), with_symbol(tariff.day_cap_minor, rules.currency)
    else:
        today = datetime.fromtimestamp(now.wall_ms / 1000, ZoneInfo(tariff.timezone)).date()
        yield from _schedule(tariff, prose.version_on(tariff, today), language)


def _schedule(tariff: ScheduleTariff, version: Version, language: str) -> Iterator[tuple[str, str]]:
    rule = "free" if version.free_rule == "if_not_longer" else "always_free"
    yield from _free(version.free_minutes, rule, language)
    for rate in version.rates:
        hours = "" if rate.begins is None else prose.hours(rate, language)
        label = " ".join(part for part in (named(rate.name, language), hours) if part)
        yield label, prose.price(rate, tariff.currency, language)
    if version.period_cap_minor is not None and version.period != "stay":
        yield say(language, f"short.cap.{version.period}"), with_symbol(version.period_cap_minor, tariff.currency)
    if version.stay_cap_minor is not None:
        yield say(language, "short.cap.stay"), with_symbol(version.stay_cap_minor, tariff.currency)


def _free(minutes: int, rule: str, language: str) -> Iterator[tuple[str, str]]:
    if minutes:
        time = prose.duration(minutes, language)
        yield (
            say(language, "short.free" if rule == "free" else "short.always_free", time=time),
            say(language, "tariff.free"),
        )


def services(world: World) -> list[dict[str, Any]]:
    """The price list of what is sold by the piece."""
    return [
        {
            "id": item_id,
            "name": named(item.names, world.language),
            "unit": named(item.unit, world.language),
            "price": with_symbol(item.price_minor, world.rules.currency),
            "price_minor": item.price_minor,
            "max": item.max_quantity,
        }
        for item_id, item in world.rules.services.items()
    ]


def currency(world: World) -> dict[str, Any]:
    """How the page writes the one amount that it adds up itself, that of a basket."""
    code = world.rules.currency
    return {"symbol": SYMBOLS.get(code, f"{code} "), "digits": MINOR_DIGITS[code]}


def keyboard() -> dict[str, Any]:
    """The keys of a Chinese plate, and how many characters one may and must type."""
    return {
        "provinces": PROVINCES,
        "endings": ENDINGS,
        "letters": LETTERS,
        "digits": DIGITS,
        "least": TYPED_LEAST,
        "usual": 7,
        "longest": 8,
    }


def named(names: Names, language: str) -> str:
    """A name in this language, or in any if there is none."""
    return names.get(language) or next(iter(names.values()), "")
