"""The fault menu: every verb of the rig that goes wrong or puts right, from the table of verbs itself."""

from typing import Any, get_args

import msgspec

from sim.configuration import Role
from sim.page.acts import KillProgram, NewRoll, ReadAgain
from sim.verbs import (
    AnyVerb,
    Carry,
    ClearJam,
    CloseDoor,
    CreditNote,
    CutPower,
    FillBox,
    FreeDrawer,
    Insert,
    InsertFake,
    Jam,
    LoadPaper,
    Look,
    Noise,
    OpenDoor,
    PaperAt,
    PaperOut,
    PressCancel,
    PullBack,
    RemoveBox,
    ReplaceBox,
    RestorePower,
    Scan,
    ShutDrawer,
    StickDrawer,
    Tape,
    Ticket,
    Truth,
    UnlockDrawer,
    Where,
    spelled,
)

ELSEWHERE = (
    Insert, InsertFake, Scan, Ticket, CreditNote, Carry, Where, Tape, Truth, Look, PaperAt, CutPower, RestorePower, LoadPaper,
)  # fmt: skip
"""Not faults, or things that the page has a place of its own for; a roll is changed by hands (`NewRoll`), not by magic."""
ONLY: dict[Role, tuple[type, ...]] = {
    "kiosk": (PullBack, Jam, ClearJam, FillBox, RemoveBox, ReplaceBox, OpenDoor, CloseDoor, PressCancel),
    "window": (ShutDrawer, UnlockDrawer, StickDrawer, FreeDrawer),
}
"""What makes sense at one of them only."""
CABLES: dict[Role, tuple[str, ...]] = {
    "kiosk": ("validator", "scanner", "printer"),
    "window": ("scanner", "printer", "drawer"),
}
SAID: dict[type, tuple[dict[str, Any], ...]] = {
    Noise: ({"count": 64},),
    PaperOut: ({}, {"mm": 60}),
}
"""What is said with a verb that would take any number."""


def menu(role: Role) -> list[dict[str, Any]]:
    """One item for each way to press: the touch to send, and the words' key; ready for JSON."""
    theirs = {kind for other, kinds in ONLY.items() if other != role for kind in kinds}
    kinds = [kind for kind in get_args(AnyVerb) if kind not in ELSEWHERE and kind not in theirs]
    return [
        {"key": f"verb.{spelled(kind.__name__)}", "with": said, "touch": {"verb": spelled(kind.__name__), **said}}
        for kind in [*kinds, NewRoll, KillProgram, ReadAgain]
        for said in SAID.get(kind) or _ways(kind)
        if said.get("device", CABLES[role][0]) in CABLES[role]
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
