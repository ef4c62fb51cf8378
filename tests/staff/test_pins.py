"""Which PINs are taken, and what a hash of one is good for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.staff.pins import MEMORY_KIB, NOBODYS_HASH, PASSES, fits, is_hash, make_hash, weakness

HASH = make_hash("2580")


@pytest.mark.parametrize(
    "pin",
    [
        "0000",
        "1234",
        "4321",
        "890123",
        "1212",
        "123123",
        "258",
        "1234567890123",
        "",
        "12a4",
        "１２３５",
        "2580\n",
        " 2580",
    ],
)
def test_pins_that_are_not_taken(pin: str) -> None:
    """Too short, too long, no plain digits, or the first ones that anybody tries."""
    assert weakness(pin) is not None


@pytest.mark.parametrize("pin", ["2580", "1357", "137913", "908172635401"])
def test_pins_that_are_taken(pin: str) -> None:
    """Four to twelve digits that follow no plain rule."""
    assert weakness(pin) is None


def test_only_the_right_pin_fits() -> None:
    """And nobody's hash fits nothing."""
    assert fits("2580", HASH)
    assert not fits("2581", HASH)
    assert not fits("2580", None)


def test_a_hash_says_what_it_costs() -> None:
    """The parameters of the documentation are those that are used, and the same PIN never gives the same hash."""
    assert f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$" in HASH
    assert make_hash("2580") != HASH


def test_nobodys_hash_costs_the_same() -> None:
    """So the time of a refusal does not tell whether a name is known."""
    assert is_hash(NOBODYS_HASH)
    assert NOBODYS_HASH.split("$")[:4] == HASH.split("$")[:4]
    assert [len(part) for part in NOBODYS_HASH.split("$")] == [len(part) for part in HASH.split("$")]


@pytest.mark.parametrize(
    "text",
    ["", "2580", HASH.replace("m=19456", "m=9999999"), HASH.replace("2id", "2d"), HASH + " "],
    ids=["nothing", "in clear", "too much memory", "another kind", "a space"],
)
def test_what_is_no_hash(text: str) -> None:
    """A PIN in clear, another kind, or one whose check would take the machine's memory."""
    assert not is_hash(text)


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=30), st.text(max_size=120))
def test_nothing_raises(pin: str, pin_hash: str) -> None:
    """Whatever stands in the file or is typed: it does not fit."""
    assert not fits(pin, pin_hash or None)
