"""The shift that is open, and what a window remembers beside its sale."""

import msgspec

from terminal.shift.pieces import Pieces, total_minor
from terminal.shift.totals import Totals, expected_minor


class Shift(msgspec.Struct, frozen=True):
    """One collector, one drawer, from the count of the float to the signature under the Z."""

    shift_no: int
    who: str
    name: str
    """What people call the collector."""
    begun_at_ms: int
    follows: int = 0
    """The shift whose drawer it took over; 0: the float came from the safe."""
    float_minor: int = 0
    totals: Totals = Totals()
    draft: Pieces = ()
    """The count that is being typed."""
    counted: Pieces = ()
    """The last count of the drawer; what it is held against is known only after it."""
    counts: int = 0
    counter: str = ""
    """Who counts at the end: the collector, or whoever took over."""
    counter_name: str = ""
    report_no: int = 0
    """The Z, once it is signed; 0: not yet."""

    @property
    def expected_minor(self) -> int:
        """What the drawer should hold."""
        return expected_minor(self.float_minor, self.totals)

    @property
    def over_minor(self) -> int:
        """Counted minus expected."""
        return total_minor(self.counted) - self.expected_minor
