"""Health of a window: who works there and what the drawer is at, and nothing of what it should hold."""

import json

from terminal.fsm import window_events as wev
from terminal.link.health import health
from tests.fsm.lives import Life
from tests.fsm.window_lives import COLLECTOR, serving, window


def test_a_shift_is_told_without_its_money() -> None:
    """State, number, collector, since when, receipt numbers left; no amount, whatever was sold."""
    life = serving()
    life.scan()
    life.tender(5000)
    told = health(life.world, b"")
    assert told["window"] == {
        "shift": "SERVING",
        "shift_no": 1,
        "who": COLLECTOR,
        "since_ms": life.shift.begun_at_ms,
        "drawer": str(life.world.drawer),
        "receipts_left": 999_999_998,
        "suspended": 0,
        "last_z_no": 0,
    }
    assert not any("minor" in key for key in told["window"])
    assert str(life.shift.expected_minor) not in json.dumps(told["window"])


def test_nobody_works_there() -> None:
    """Before the first shift; and while its collector is away."""
    life = window()
    told = health(life.world, b"")["window"]
    assert (told["shift"], told["shift_no"], told["who"], told["since_ms"]) == ("CLOSED", 0, "", None)
    life.begin()
    life.say(wev.WindowLocked(COLLECTOR))
    assert health(life.world, b"")["window"]["shift"] == "LOCKED"


def test_a_kiosk_has_no_window() -> None:
    """Whoever watches a fleet tells them apart by it."""
    assert "window" not in health(Life().boot().world, b"")
