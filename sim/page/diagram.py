"""The machines as pictures: where each state stands, and the arrows that the tables draw of themselves."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sim.configuration import Role
from terminal.fsm.draw import diagram
from terminal.fsm.states import DrawerState as D
from terminal.fsm.states import SaleState as S
from terminal.fsm.states import ShiftState as H
from terminal.fsm.table import DRAWER, SALE, SHIFT, Machine

Places = Mapping[str, tuple[int, int]]
"""Column and row of each state."""

SALE_PLACES: Places = {
    S.OUT_OF_SERVICE: (0, 0), S.IDLE: (1, 0), S.SERVICE: (2, 0),
    S.LEAVING: (0, 1), S.PRICED: (2, 1),
    S.PRINTING: (0, 2), S.SETTLING: (1, 2), S.PAYING: (2, 2),
    S.CANCELLING: (1, 3),
}  # fmt: skip
"""A good sale goes round once, clockwise, from the top."""

SHIFT_PLACES: Places = {
    H.CLOSED: (0, 0), H.OPENING: (1, 0), H.SERVING: (2, 0),
    H.HANDING_OVER: (0, 1), H.LOCKED: (1, 1),
    H.COUNTED: (1, 2), H.COUNTING: (2, 2),
}  # fmt: skip
"""So does a good shift."""

DRAWER_PLACES: Places = {D.SHUT: (0, 0), D.ORDERED: (1, 0), D.OPEN: (2, 0)}

AT_WINDOW: Places = {
    S.OUT_OF_SERVICE: (0, 0), S.IDLE: (1, 0), S.LEAVING: (0, 1), S.PRICED: (2, 0), S.PAYING: (2, 1),
}  # fmt: skip
"""The states that a sale has where somebody takes the money."""

_ARROW = re.compile(r"    (\w+) --> (\w+): (.+)")


class Shown(NamedTuple):
    """One picture; `field` is that of the world that tells the state, `words` begins the keys of the states' names."""

    machine: Machine
    places: Places
    field: str
    words: str


SHOWN: dict[Role, tuple[Shown, ...]] = {
    "kiosk": (Shown(SALE, SALE_PLACES, "state", "state"),),
    "window": (
        Shown(SHIFT, SHIFT_PLACES, "shift", "shift"),
        Shown(DRAWER, DRAWER_PLACES, "drawer", "drawer_state"),
        Shown(SALE, AT_WINDOW, "state", "state"),
    ),
}


def pictures(role: Role) -> list[dict[str, Any]]:
    """All that are shown, ready for JSON."""
    return [picture(shown) for shown in SHOWN[role]]


def picture(shown: Shown) -> dict[str, Any]:
    """States with their places, and arrows with the events that lead along them; none from or to a state that has no place."""
    places = {str(state): place for state, place in shown.places.items()}
    arrows = [match.groups() for line in diagram(shown.machine).splitlines() if (match := _ARROW.fullmatch(line))]
    return {
        "field": shown.field,
        "words": shown.words,
        "states": [{"state": state, "column": column, "row": row} for state, (column, row) in places.items()],
        "arrows": [{"from": a, "to": b, "by": events} for a, b, events in arrows if a in places and b in places],
    }
