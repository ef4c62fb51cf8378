"""The sale's states as a picture: where each stands, and the arrows that the tables draw of themselves."""

import re
from typing import Any

from terminal.fsm.draw import diagram
from terminal.fsm.states import SaleState as S
from terminal.fsm.table import SALE

PLACES: dict[S, tuple[int, int]] = {
    S.OUT_OF_SERVICE: (0, 0), S.IDLE: (1, 0), S.SERVICE: (2, 0),
    S.LEAVING: (0, 1), S.PRICED: (2, 1),
    S.PRINTING: (0, 2), S.SETTLING: (1, 2), S.PAYING: (2, 2),
    S.CANCELLING: (1, 3),
}  # fmt: skip
"""Column and row: a good sale goes round once, clockwise, from the top."""

_ARROW = re.compile(r"    (\w+) --> (\w+): (.+)")


def picture() -> dict[str, Any]:
    """States with their places, and arrows with the events that lead along them, ready for JSON."""
    arrows = [match.groups() for line in diagram(SALE).splitlines() if (match := _ARROW.fullmatch(line))]
    return {
        "states": [{"state": state, "column": column, "row": row} for state, (column, row) in PLACES.items()],
        "arrows": [{"from": state, "to": becomes, "by": events} for state, becomes, events in arrows],
    }
