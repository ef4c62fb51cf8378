"""The survivors that somebody has looked at: the lists in docs/mutants.md, a reason and the mutants below it.

### Only its truth counts

`None` is as empty as `''`.

* `terminal.fsm.policy why_return: return '' → return None`
"""

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "mutants.md"

LINE = re.compile(r"^\* `(?P<name>terminal\.[^`]*)`$", re.MULTILINE)


def explained(text: str) -> list[str]:
    """The names of all mutants that the text explains."""
    return [match["name"] for match in LINE.finditer(text)]
