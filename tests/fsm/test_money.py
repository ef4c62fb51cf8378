"""Money through random lives: whatever is said to the core, in whatever order, no fen is lost or invented."""

import random
import traceback
from collections.abc import Iterator

import msgspec
import pytest

from terminal.fees.parking import ParkingTariff
from terminal.fsm.rules import Rules
from tests.fsm.ledger import Ledger
from tests.fsm.lives import DEVICES, Life, live_on, rules

MILLION = 1_000_000
LIFE_STEPS = 4_000
"""So long is one life of the million; then the rules change and everything begins anew."""

TARIFFS = ((15, 500, 4000), (15, 500, 4000), (0, 700, 4000), (15, 1, 1), (15, 0, 0), (1, 4000, 4000))
"""Free minutes, price of an hour, cap of a day: usual ones, and those at the edges."""

LOOK_EVERY = 16
"""So often it is looked whether a step changed the world that it was given: that costs more than the step."""


NEW_RULES = 0.001
"""How likely the configuration is changed after a step; the next `Started` brings it into force."""


def edgy_rules(chance: random.Random) -> Rules:
    """Rules with and without change giver, barrier and list of notes, their limits at the edges."""
    free_minutes, per_hour_minor, day_cap_minor = chance.choice(TARIFFS)
    tariff = ParkingTariff(free_minutes=free_minutes, per_hour_minor=per_hour_minor, day_cap_minor=day_cap_minor)
    return rules(
        tariffs={"T1": tariff},
        devices=chance.choice((DEVICES, DEVICES[:-1], (*DEVICES, "change"))),
        accept_minor=chance.choice(((), (), (), (100, 1000))),
        credit_limit_minor=chance.choice((0, 1, 500, 2000, 2000)),
        payout_limit_minor=chance.choice((0, 0, 1, 500, 1500)),
        payment_timeout_s=chance.choice((1, 60)),
        receipt=chance.choice(("always", "on_request")),
    )


def walk(seed: int, steps: int) -> Iterator[Life]:
    """A life of random events, audited after each; what is found tells how to get there again."""
    chance, ledger, life = random.Random(seed), Ledger(), Life()
    life.rules = edgy_rules(chance)
    done, image = 0, b""
    try:
        for _, event, before in live_on(life.boot(), chance, steps):
            ledger.audit(life, event, before)
            assert not image or msgspec.msgpack.encode(before) == image, "the step changed the world that it was given"
            done += 1
            image = msgspec.msgpack.encode(life.world) if done % LOOK_EVERY == 0 else b""
            if chance.random() < NEW_RULES:
                life.rules = edgy_rules(chance)
            yield life
    except Exception as error:
        events = "\n".join(f"  {event}" for event in life.heard)
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = f"seed {seed}, step {done}: {error!r} at {place.name}: {place.line}; the last events:\n{events}"
        raise AssertionError(said) from error


def a_short_life(seed: int = 0) -> None:
    """Enough to find most of what can be wrong; also the first look of the mutation tests."""
    assert sum(1 for _ in walk(seed, 1_500)) == 1_500


@pytest.mark.parametrize("seed", range(8))
def test_a_short_life_keeps_the_books_true(seed: int) -> None:
    """Credits, change, credit notes, papers and numbers add up after every single event."""
    a_short_life(seed)


@pytest.mark.timeout(600)
def test_a_million_steps_keep_the_books_true() -> None:
    """The same for a million steps: lives with all kinds of rules, amounts and moments at the edges."""
    steps = 0
    for seed in range(MILLION // LIFE_STEPS):
        steps += sum(1 for _ in walk(seed, LIFE_STEPS))
    assert steps >= MILLION
