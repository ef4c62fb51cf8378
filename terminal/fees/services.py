"""Services: a price list of things that are sold by the piece and need no stock, like cards and copies. Pure."""

from collections.abc import Mapping

import msgspec

from terminal.fees.quote import Names, Quote, QuoteLine

Basket = tuple[tuple[str, int], ...]
"""What a payer has chosen: ids of services, and how many units of each."""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the price list."""

    names: Names
    unit: Names
    """What one of it is called: `{"zh-CN": "张", "en": "card"}`."""
    price_minor: int
    max_quantity: int = 99
    """At most so many units in one sale."""


def unfit(items: Mapping[str, Service], basket: Basket) -> str:
    """Why a basket has no price (a key under `refused.`); empty when it has one. `items` is the price list, by id."""
    if not basket:
        return "basket_empty"
    if any(item_id not in items for item_id, _ in basket):
        return "no_such_service"
    counted = _counted(basket)
    fits = all(quantity <= items[item_id].max_quantity for item_id, quantity in counted.items())
    return "" if fits and all(quantity >= 1 for _, quantity in basket) else "bad_quantity"


def quote(items: Mapping[str, Service], basket: Basket) -> Quote:
    """What a basket that is not `unfit` costs: a line an item, in the order of the basket."""
    lines = []
    for item_id, quantity in _counted(basket).items():
        item = items[item_id]
        params: dict[str, int | str] = {"units": quantity, "price_minor": item.price_minor}
        lines.append(QuoteLine("service", quantity * item.price_minor, params, _with_unit(item)))
    return Quote(sum(line.amount_minor for line in lines), tuple(lines))


def _counted(basket: Basket) -> dict[str, int]:
    """Units of each item: chosen twice is chosen together."""
    counted: dict[str, int] = {}
    for item_id, quantity in basket:
        counted[item_id] = counted.get(item_id, 0) + quantity
    return counted


def _with_unit(item: Service) -> Names:
    """The name on a line: what it is and what one of it is called, as on a price list (a line has one name)."""
    return {
        language: f"{name} / {item.unit[language]}" if language in item.unit else name
        for language, name in item.names.items()
    }
