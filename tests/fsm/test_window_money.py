"""A window through random lives: whatever hands, devices and clocks do, drawer, books and papers say the same."""

import os
import random
import traceback
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from terminal.fsm import events as ev
from terminal.fsm.window_rules import WindowRules
from tests.fsm.news import MINUTE_MS
from tests.fsm.till import Till
from tests.fsm.window_hands import random_event
from tests.fsm.window_lives import WindowLife

STEPS = int(os.environ.get("WINDOW_STEPS", "200000"))
"""So many are audited; more when somebody asks for more."""
LIFE_STEPS = 4_000
NEW_RULES = 0.002
LOOK_EVERY = 16

ALONE: tuple[dict[str, int], ...] = ({}, {}, {"difference": 0, "change": 0}, {"drop": 5_000, "refund": 100_000_000})
"""The site's own amounts."""


def edgy_rules(chance: random.Random, first_no: int, used_no: int) -> dict[str, Any]:
    """Few receipts or many, one method or two, with a sensor or without."""
    few = used_no + chance.choice((1, 20))
    window = WindowRules(
        methods=chance.choice((("cash",), ("cash", "pos"), ("cash", "pos"))),
        alone_up_to_minor=chance.choice(ALONE),
        first_receipt_no=first_no,
        last_receipt_no=chance.choice((few, 999_999, 999_999)),
        drawer_sensor=chance.choice((True, True, False)),
    )
    return {"window": window, "receipt": chance.choice(("always", "always", "on_request"))}


def walk(seed: int, steps: int) -> Iterator[tuple[WindowLife, Till, ev.Event]]:
    """A life of random events, audited after each; what is found tells how to get there again."""
    chance, till = random.Random(seed), Till()
    first_no = chance.choice((1, 501))
    till.receipt_no = first_no - 1
    life = WindowLife(**edgy_rules(chance, first_no, first_no))
    done, image = 0, b""
    try:
        step(life, till, ev.Started("test", life.rules))
        for name in life.rules.devices:
            step(life, till, ev.DeviceChanged(name, ()))
        for done in range(steps):
            life.wait(chance.choice((0, 1, 500, 20_000, 10 * MINUTE_MS)))
            event, before = random_event(life, till, chance), life.world
            step(life, till, event)
            assert not image or msgspec.msgpack.encode(before) == image, "the step changed the world that it was given"
            image = msgspec.msgpack.encode(life.world) if done % LOOK_EVERY == 0 else b""
            if chance.random() < NEW_RULES:
                new = edgy_rules(chance, first_no, till.receipt_no + 1)
                life.rules = msgspec.structs.replace(life.rules, **new)
            yield life, till, event
    except Exception as error:
        events = "\n".join(f"  {event}" for event in life.heard)
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = f"seed {seed}, step {done}: {error!r} at {place.name}: {place.line}; the last events:\n{events}"
        raise AssertionError(said) from error


def step(life: WindowLife, till: Till, event: ev.Event) -> None:
    """One event, audited."""
    before = life.world
    life.say(event)
    till.audit(life, event, before)
    del life.outcomes[:-1]


def a_short_life(seed: int = 0) -> None:
    """Enough to find most of what can be wrong; also the first look of the mutation tests."""
    assert sum(1 for _ in walk(seed, 1_500)) == 1_500


@pytest.mark.parametrize("seed", range(8))
def test_a_short_life_keeps_the_drawer_true(seed: int) -> None:
    """Each act is done or refused for its reason, and after it drawer, books, papers and alerts are what they must be."""
    a_short_life(seed)


@pytest.mark.timeout(600)
def test_long_lives_keep_the_drawer_true() -> None:
    """The same for 200,000 steps, or as many as `WINDOW_STEPS` says."""
    steps = 0
    for seed in range(100, 100 + -(-STEPS // LIFE_STEPS)):
        steps += sum(1 for _ in walk(seed, LIFE_STEPS))
    assert steps >= STEPS
