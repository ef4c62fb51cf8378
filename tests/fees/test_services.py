"""A price list: what a basket costs, and which baskets have no price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.fees.explain import explain
from terminal.fees.quote import Quote
from terminal.fees.services import Service, quote, unfit
from terminal.words import CATALOGUES

ITEMS = {
    "card": Service(
        names={"zh-CN": "门禁卡", "en": "Access card"},
        unit={"zh-CN": "张", "en": "card"},
        price_minor=2000,
        max_quantity=5,
    ),
    "copy": Service(names={"zh-CN": "复印", "en": "Copy"}, unit={"zh-CN": "页", "en": "page"}, price_minor=50),
}

baskets = st.lists(st.tuples(st.sampled_from([*ITEMS, "boat"]), st.integers(-2, 120)), max_size=5).map(tuple)


def test_lines_say_what_is_bought() -> None:
    """Each item is one line with its unit, quantity and price, in both languages."""
    found = quote(ITEMS, (("card", 2), ("copy", 13)))
    assert found.due_minor == 2 * 2000 + 13 * 50
    assert [explain(line, "en", "CNY") for line in found.lines] == [
        "Access card / card: 2 × 20.00",
        "Copy / page: 13 × 0.50",
    ]
    assert explain(found.lines[0], "zh-CN", "CNY") == "门禁卡 / 张：2 × 20.00"


def test_chosen_twice_is_chosen_together() -> None:
    """The same item twice in a basket is one line, and the limit holds for both together."""
    assert quote(ITEMS, (("card", 2), ("card", 3))) == quote(ITEMS, (("card", 5),))
    assert unfit(ITEMS, (("card", 2), ("card", 4))) == "bad_quantity"


@pytest.mark.parametrize(
    ("basket", "why"),
    [
        ((), "basket_empty"),
        ((("boat", 1),), "no_such_service"),
        ((("card", 0),), "bad_quantity"),
        ((("card", -1), ("card", 3)), "bad_quantity"),
        ((("card", 6),), "bad_quantity"),
        ((("card", 5), ("copy", 99)), ""),
    ],
)
def test_unfit(basket: tuple[tuple[str, int], ...], why: str) -> None:
    """What has no price is named, and each reason has words."""
    assert unfit(ITEMS, basket) == why
    assert not why or all(words[f"refused.{why}"] for words in CATALOGUES.values())


@given(baskets)
def test_lines_sum_to_what_is_due(basket: tuple[tuple[str, int], ...]) -> None:
    """A basket that is fit costs the sum of its units' prices, and its lines say so."""
    if unfit(ITEMS, basket):
        return
    found = quote(ITEMS, basket)
    assert found == Quote(sum(ITEMS[name].price_minor * quantity for name, quantity in basket), found.lines)
    assert found.due_minor == sum(line.amount_minor for line in found.lines) > 0
