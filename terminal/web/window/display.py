"""What the payer sees on the second screen, as data with words in both languages: what is owed and why, what was given, the
change, the thanks. Nothing of the collector, and nothing that the payer does not know already. Pure."""

from typing import Any

from terminal.fees.explain import explain
from terminal.fsm import policy
from terminal.fsm.states import SaleState, ShiftState
from terminal.fsm.world import Sale, World
from terminal.money import with_symbol
from terminal.words import CATALOGUES, say

LINES_MAX = 5
"""More reasons than this are on the receipt; that there are more is shown."""


def display_view(world: World) -> dict[str, Any]:
    """What to show now. Each text is a list: in the payer's language, then in the others."""
    languages = [world.language, *(each for each in CATALOGUES if each != world.language)]
    sale = world.sale
    shown: dict[str, Any] = {
        "seq": world.seq,
        "language": world.language,
        "languages": languages,
        "screen": _screen(world),
        "title": _in_all(languages, f"display.{_screen(world)}"),
        "lines": [],
        "more": False,
        "amounts": [],
    }
    if sale is not None and world.state in policy.SALE_OPEN:
        shown["lines"] = [
            {
                "label": [explain(line, each, world.rules.currency, world.rules.timezone) for each in languages],
                "value": with_symbol(line.amount_minor, world.rules.currency) if line.amount_minor else "",
            }
            for line in sale.lines[:LINES_MAX]
        ]
        shown["more"] = len(sale.lines) > LINES_MAX
    if shown["screen"] in ("owed", "thanks") and sale is not None:
        shown["amounts"] = [
            {
                "name": name,
                "label": _in_all(languages, f"display.{name}"),
                "value": with_symbol(amount_minor, world.rules.currency),
            }
            for name, amount_minor in _amounts(world, sale)
        ]
    return shown


def _screen(world: World) -> str:
    sale = world.sale
    if world.state in policy.SALE_OPEN:
        return "owed"
    if sale is not None and sale.paid and world.state is SaleState.LEAVING:
        return "thanks"
    return "welcome" if world.state is SaleState.IDLE and world.shift is ShiftState.SERVING else "closed"


def _amounts(world: World, sale: Sale) -> list[tuple[str, int]]:
    given_minor = sum(sale.tenders_minor.values())
    amounts = [("due", sale.due_minor)]
    if given_minor:
        amounts.append(("given", given_minor))
    if world.state in policy.SALE_OPEN and given_minor:
        amounts.append(("missing", max(0, sale.due_minor - sale.credited_minor)))
    if sale.paid and sale.paid_out_minor:
        amounts.append(("change", sale.paid_out_minor))
    return amounts


def _in_all(languages: list[str], key: str) -> list[str]:
    return [say(language, key) for language in languages]
