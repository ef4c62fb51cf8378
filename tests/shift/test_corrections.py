"""Corrections: what can be put right, and that no sale gives back more than was paid."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.shift.corrections import CORRECTIONS, Sold, What, parts, unfit

SALE = Sold(
    receipt_no=7, sale_no=9, due_minor=1_000, at_ms=0, tendered_minor=5_000, shift_no=3, methods={"cash": 1_000}
)
PART = msgspec.structs.replace(SALE, given_back_minor=400, methods={"cash": 600})
VOIDED = msgspec.structs.replace(SALE, given_back_minor=1_000, voided=True)
DEPOSIT = msgspec.structs.replace(SALE, deposit=True)

WHATS = st.sampled_from(get_args(What))
ACTS = st.tuples(WHATS, st.sampled_from((-1, 0, 1, 300, 600, 700, 999, 1_000, 1_001, 5_001)))


@pytest.mark.parametrize(
    ("what", "sold", "amount_minor", "shift_no", "reason"),
    [
        ("void", SALE, 1_000, 3, ""),
        ("void", SALE, 1_000, 4, "shift_is_closed"),
        ("void", SALE, 999, 3, "only_whole"),
        ("void", SALE, 1_001, 3, "only_whole"),
        ("void", SALE, 0, 3, "bad_amount"),
        ("void", SALE, -1_000, 3, "bad_amount"),
        ("void", PART, 1_000, 3, "only_whole"),
        ("void", PART, 600, 3, "only_whole"),
        ("void", VOIDED, 1_000, 3, "given_back_already"),
        ("void", DEPOSIT, 1_000, 3, ""),
        ("refund", SALE, 1, 3, ""),
        ("refund", SALE, 1_000, 4, ""),
        ("refund", SALE, 1_001, 4, "not_by_this_method"),
        ("refund", msgspec.structs.replace(SALE, methods={}), 1_001, 4, "more_than_paid"),
        ("refund", PART, 600, 3, ""),
        ("refund", PART, 601, 3, "not_by_this_method"),
        ("refund", VOIDED, 1, 3, "given_back_already"),
        ("refund", msgspec.structs.replace(SALE, given_back_minor=1_000), 1, 3, "given_back_already"),
        ("refund", DEPOSIT, 1_000, 3, "not_a_deposit"),
        ("refund", SALE, -1, 3, "bad_amount"),
        ("duplicate", SALE, 1_000, 4, ""),
        ("duplicate", SALE, 999, 3, "only_whole"),
        ("duplicate", PART, 1_000, 3, "only_whole"),
        ("deposit", DEPOSIT, 1_000, 4, ""),
        ("deposit", DEPOSIT, 999, 4, "only_whole"),
        ("deposit", SALE, 1_000, 4, "not_a_deposit"),
        ("change", SALE, 1, 4, ""),
        ("change", SALE, -1, 4, ""),
        ("change", SALE, 0, 4, "bad_amount"),
        ("change", SALE, 5_000, 4, ""),
        ("change", SALE, 5_001, 4, "more_than_tendered"),
        ("change", SALE, -5_001, 4, "more_than_tendered"),
        ("change", PART, 1_000, 4, ""),
        ("change", VOIDED, 1, 3, "given_back_already"),
        ("change", DEPOSIT, 1, 3, ""),
        ("method", SALE, 1_000, 3, ""),
        ("method", SALE, 1_000, 4, "shift_is_closed"),
        ("change", msgspec.structs.replace(SALE, change_corrected=True), 1, 3, "change_corrected_already"),
        ("method", SALE, 1_001, 3, "not_by_this_method"),
        ("method", PART, 601, 3, "not_by_this_method"),
        ("method", SALE, -1, 3, "bad_amount"),
        ("method", VOIDED, 1, 3, "given_back_already"),
    ],
)
def test_corrections(what: What, sold: Sold, amount_minor: int, shift_no: int, reason: str) -> None:
    """What may be put right, until when, by how much; each refusal has its reason."""
    method = "pos" if what == "method" else "cash"
    assert unfit(what, sold, amount_minor, shift_no, method, "cash") == reason


def test_a_method_is_not_its_own_mistake() -> None:
    """There is nothing to put right."""
    assert unfit("method", SALE, 1, 3, "cash", "cash") == "not_by_this_method"


@pytest.mark.parametrize(
    ("methods", "method", "amount_minor", "reason"),
    [
        ({"cash": 400, "pos": 600}, "cash", 400, ""),
        ({"cash": 400, "pos": 600}, "cash", 401, "not_by_this_method"),
        ({"cash": 400, "pos": 600}, "pos", 600, ""),
        ({"pos": 1_000}, "cash", 1, "not_by_this_method"),
        ({}, "cash", 1_000, ""),
    ],
)
def test_a_refund_goes_the_way_that_the_money_came(
    methods: dict[str, int], method: str, amount_minor: int, reason: str
) -> None:
    """No more by a method than came by it; of a sale at a kiosk no methods are known."""
    sold = msgspec.structs.replace(SALE, methods=methods)
    assert unfit("refund", sold, amount_minor, 3, method, "") == reason


@given(st.dictionaries(st.sampled_from(("cash", "pos", "qr")), st.integers(1, 900), min_size=1), WHATS)
def test_the_whole_goes_back_in_its_parts(methods: dict[str, int], what: What) -> None:
    """Each part by its own method, whatever was asked; a part of a sale as it was asked."""
    due_minor = sum(methods.values())
    sold = msgspec.structs.replace(SALE, methods=methods, due_minor=due_minor)
    given_back = parts(what, sold, "cash", due_minor)
    assert sum(minor for _, minor in given_back) == due_minor
    assert dict(given_back) == (methods if CORRECTIONS[what].whole else {"cash": due_minor})
    assert parts(what, msgspec.structs.replace(sold, methods={}), "cash", 7) == (("cash", 7),)


@given(st.lists(ACTS, max_size=12), st.booleans(), st.sampled_from((3, 4)))
def test_no_sale_gives_back_more_than_was_paid(acts: list[tuple[What, int]], deposit: bool, shift_no: int) -> None:
    """Whatever is tried, in whatever order; and after a void nothing more is put right."""
    sold, voids = msgspec.structs.replace(SALE, deposit=deposit), 0
    for what, amount_minor in acts:
        if unfit(what, sold, amount_minor, shift_no, "pos" if what == "method" else "cash", "cash"):
            continue
        assert not sold.voided
        voids += what == "void"
        given_back_minor = sold.given_back_minor + amount_minor * CORRECTIONS[what].gives_back
        sold = msgspec.structs.replace(sold, given_back_minor=given_back_minor, voided=what == "void")
        assert 0 <= sold.given_back_minor <= sold.due_minor
        assert amount_minor <= sold.due_minor or what in ("change", "method")
    assert voids <= 1
    assert shift_no == 3 or voids == 0


def test_the_table_has_every_kind() -> None:
    """Also those that give nothing back."""
    assert set(CORRECTIONS) == set(get_args(What))
    assert {what for what, rule in CORRECTIONS.items() if not rule.gives_back} == {"change", "method"}
