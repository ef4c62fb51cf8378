"""What one shift comes to, kept by hand; and the reports that follow from it."""

import hashlib

import msgspec

from terminal.fsm import events as ev
from terminal.fsm.effects import OpenDrawer
from terminal.fsm.world import World
from terminal.shift.pieces import Pieces
from terminal.shift.shift import Shift
from terminal.shift.totals import Report, Totals

Things = dict[str, ev.TicketScanned]
"""What is paid for together, by its id."""


class Sums:
    """The open shift, and the numbers that go on from one to the next."""

    OWN = ("by_method", "by_kind", "moved", "counters", "approvals")

    def __init__(self) -> None:
        self.shift_no = self.z_no = self.settled_z_no = self.slip_no = self.correction_no = self.receipt_no = 0
        self.previous = ""
        self.begin("", "", 0, 0)

    def begin(self, who: str, name: str, begun_at_ms: int, follows: int) -> None:
        """A shift of its own sums."""
        self.who, self.name, self.begun_at_ms, self.follows = who, name, begun_at_ms, follows
        self.counter, self.counter_name = who, name
        self.float_minor = self.counts = 0
        self.counted: Pieces = ()
        self.draft: Pieces = ()
        self.by_method: dict[str, int] = {}
        self.by_kind: dict[str, int] = {}
        self.moved: dict[str, int] = {}
        self.counters: dict[str, int] = {}
        self.approvals: dict[str, int] = {}

    @property
    def cash_minor(self) -> int:
        """What should lie in the drawer: the float, and all that the hands put in or took out."""
        return self.float_minor + sum(self.moved.values())

    @property
    def over_minor(self) -> int:
        """Counted minus what should be there."""
        return worth(self.counted) - self.cash_minor

    def add(self, name: str, by: int = 1) -> None:
        """One of the counters of the report."""
        self.counters[name] = self.counters.get(name, 0) + by

    @property
    def totals(self) -> Totals:
        """All of it, as the report says it."""
        return Totals(
            by_method_minor=self.by_method,
            by_kind_minor=self.by_kind,
            moved_minor=self.moved,
            approvals=self.approvals,
            **self.counters,
        )

    def compare(self, shift: Shift) -> None:
        """The core's shift is this one."""
        assert (shift.shift_no, shift.who, shift.name, shift.follows) == (
            self.shift_no, self.who, self.name, self.follows,
        )  # fmt: skip
        assert (shift.begun_at_ms, shift.counter, shift.counter_name) == (
            self.begun_at_ms, self.counter, self.counter_name,
        )  # fmt: skip
        assert (shift.float_minor, shift.counts, shift.counted, shift.draft) == (
            self.float_minor, self.counts, self.counted, self.draft,
        )  # fmt: skip
        assert without_zeros(shift.totals) == without_zeros(self.totals)
        assert shift.expected_minor == self.cash_minor, "float + takings - drops - refunds"

    def report(self, world: World, at_ms: int, **of_z: object) -> Report:
        """An X; with the fields of a Z, that."""
        totals = self.totals
        if not of_z:
            methods = {method: amount for method, amount in self.by_method.items() if method != "cash"}
            totals = msgspec.structs.replace(totals, moved_minor={}, by_kind_minor={}, by_method_minor=methods)
        rules = world.rules.window
        assert rules is not None
        left = rules.last_receipt_no - max(self.receipt_no, rules.first_receipt_no - 1)
        values: dict[str, object] = {
            "z_no": 0,
            "shift_no": self.shift_no,
            "who": self.who,
            "name": self.name,
            "begun_at_ms": self.begun_at_ms,
            "at_ms": at_ms,
            "float_minor": self.float_minor,
            "totals": totals,
            "receipts_left": left,
            "open_matters": matters(world),
            "previous": self.previous,
        }
        return Report(**{**values, **of_z})  # type: ignore[arg-type]


def matters(world: World) -> tuple[str, ...]:
    """What is not settled, as the next one must know it."""
    found = []
    if world.jobs:
        found.append("papers_waiting")
    if any(isinstance(effect, OpenDrawer) for effect in world.pending.values()):
        found.append("drawer_in_doubt")
    if any(problems for problems in world.devices.values()):
        found.append("device_trouble")
    return tuple(found)


def worth(pieces: Pieces) -> int:
    """What pieces are worth together."""
    return sum(value * count for value, count in pieces)


def seal(report: Report) -> str:
    """What the next Z must carry."""
    return hashlib.sha256(msgspec.json.encode(report)).hexdigest()[:16]


def without_zeros(totals: Totals) -> dict[str, object]:
    """Sums of nothing are no sums."""
    told = msgspec.structs.asdict(totals)
    return {
        name: {key: amount for key, amount in value.items() if amount} if isinstance(value, dict) else value
        for name, value in told.items()
    }


def kind_of(thing: ev.TicketScanned) -> str:
    """The kind of fee."""
    return "dues" if thing.invoice is not None else "services" if thing.basket else "parking"
