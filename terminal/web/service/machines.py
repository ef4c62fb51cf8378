"""The state machines as pictures: where each state stands on the page, and the arrows that the tables draw of themselves."""

import re
from typing import Any

from terminal.fsm.draw import NAMES, diagram

# fmt: off
PLACES: dict[str, dict[str, tuple[int, int]]] = {
    "sale": {
        "OUT_OF_SERVICE": (0, 0), "IDLE":     (1, 0), "SERVICE": (2, 0),
        "LEAVING":        (0, 1),                     "PRICED":  (2, 1),
        "PRINTING":       (0, 2), "SETTLING": (1, 2), "PAYING":  (2, 2),
                                  "CANCELLING": (1, 3),
    },
    "cash":    {"EMPTY": (0, 0), "STACKING": (1, 0), "RETURNING": (1, 1)},
    "printer": {"FREE":  (0, 0), "BUSY":     (1, 0)},
}
"""Column and row of each state, by machine; a good sale goes round once, clockwise, from the top."""
# fmt: on

_ARROW = re.compile(r"    (\w+) --> (\w+): (.+)")


def pictures() -> dict[str, Any]:
    """Each machine's states with their places, and its arrows with the events that lead along them, ready for JSON."""
    return {
        name: {
            "states": [{"state": state, "column": column, "row": row} for state, (column, row) in places.items()],
            "arrows": [
                {"from": match[1], "to": match[2], "by": match[3]}
                for line in diagram(NAMES[name]).splitlines()
                if (match := _ARROW.fullmatch(line))
            ],
        }
        for name, places in PLACES.items()
    }
