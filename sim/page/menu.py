"""The fault menu: every verb of the rig that goes wrong or puts right, from the table of verbs itself."""

from typing import Any, get_args

import msgspec

from sim.page.acts import KillProgram, NewRoll, ReadAgain
from sim.verbs import (
    AnyVerb,
    CutPower,
    Insert,
    InsertFake,
    LoadPaper,
    Look,
    Noise,
    PaperAt,
    PaperOut,
    RestorePower,
    Scan,
    Tape,
    Ticket,
    Truth,
    Where,
    spelled,
)

ELSEWHERE = (Insert, InsertFake, Scan, Ticket, Where, Tape, Truth, Look, PaperAt, CutPower, RestorePower, LoadPaper)
"""Not faults, or things that the page has a place of its own for; a roll is changed by hands (`NewRoll`), not by magic."""
SAID: dict[type, tuple[dict[str, Any], ...]] = {
    Noise: ({"count": 64},),
    PaperOut: ({}, {"mm": 60}),
}
"""What is said with a verb that would take any number."""


def menu() -> list[dict[str, Any]]:
    """One item for each way to press: the touch to send, and the words' key; ready for JSON."""
    kinds = [kind for kind in get_args(AnyVerb) if kind not in ELSEWHERE]
    return [
        {"key": f"verb.{spelled(kind.__name__)}", "with": said, "touch": {"verb": spelled(kind.__name__), **said}}
        for kind in [*kinds, NewRoll, KillProgram, ReadAgain]
        for said in SAID.get(kind) or _ways(kind)
    ]


def _ways(kind: type[Any]) -> list[dict[str, Any]]:
    """All that can be said with a verb whose arguments are lists of words."""
    ways: list[dict[str, Any]] = [{}]
    for field in msgspec.structs.fields(kind):
        choices = msgspec.json.schema(field.type).get("enum")
        assert choices or not field.required, f"the menu must know what to say with {kind.__name__}"
        if choices:
            ways = [{**way, field.name: choice} for way in ways for choice in choices]
    return ways
