"""What a soak has visited: rows of the tables, decisions of recovery, and which fault met which device in which state.

A row counts when it was *taken*: while a soak runs, each row of the tables has one action more, which says so. What was never
visited is told too, for a fault that never met a moving note proves nothing of it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import msgspec

from sim.faults import FAULTS
from sim.world import VirtualWorld
from terminal.fsm import recovery
from terminal.fsm.effects import AwaitedEffect
from terminal.fsm.events import Event
from terminal.fsm.step import HEARINGS, hearing
from terminal.fsm.table import MACHINES, Machine, Row
from terminal.fsm.turn import Turn

_TWO_NOTES = "two notes under way at once: the SSP engine gives the second one back, not every validator can"
_LATE_NOTE = "a note is stacked that nobody held: the SSP engine gives back what comes uninvited"
_BY_HAND = "papers of an outage are not simulated yet"
_SEVERAL = "payers of the virtual window come with one thing each"
_NO_DOOR = "a window has no service door"
_ALWAYS_MAY = "a window always may"
_IN_A_SALE = "nobody takes over in the middle of a sale yet"
_CHANGES_ONLY = "our printer tells of its drawer only what has changed"
EXCUSED: dict[str, str] = {
    **{
        f"shift: SERVING {event}{guard} -> SERVING": _BY_HAND
        for event, why in (
            ("PadRegistered", "register"),
            ("PadIssued", "issue"),
            ("PadReturned", "return"),
            ("OutageNoted", "outage"),
            ("PaperEntered", "enter"),
            ("PaperVoided", "void"),
            ("PaperWithdrawn", "withdraw"),
            ("EnvelopeCounted", "settle"),
        )
        for guard in ("", f" [why_not_{why}]")
    },
    "state: PRICED TicketScanned [adds_thing] -> PRICED": _SEVERAL,
    "state: PRICED ThingRemoved [not_to_remove] -> PRICED": _SEVERAL,
    "state: PRICED ThingRemoved -> PRICED": _SEVERAL,
    "state: PRICED SaleSuspended [door_open] -> SERVICE": _NO_DOOR,
    "state: PAYING CancelPressed [staffed and door_open] -> SERVICE": _NO_DOOR,
    "state: PAYING Reported [staffed and paid_elsewhere and door_open] -> SERVICE": _NO_DOOR,
    "state: PRICED SaleSuspended [blocked] -> OUT_OF_SERVICE": "a priced sale ends as soon as something is wrong",
    "state: PAYING CancelPressed [nobody_there] -> PAYING": "the page lets nobody press who has not shown a PIN",
    "drawer: ORDERED DrawerChanged -> ORDERED": _CHANGES_ONLY,
    "state: IDLE RulesChanged [staffed and blocked] -> OUT_OF_SERVICE": "the office takes no receipt numbers away",
    "state: PAYING CountAsked [being_counted and blocked] -> OUT_OF_SERVICE": _IN_A_SALE,
    "state: PAYING CountAsked [being_counted and door_open] -> SERVICE": _NO_DOOR,
    "state: PAYING CountAsked [being_counted] -> IDLE": _IN_A_SALE,
    "shift: CLOSED ShiftBegun [why_not_begin] -> CLOSED": _ALWAYS_MAY,
    "shift: CLOSED DayClosed [why_not_close_day] -> CLOSED": _ALWAYS_MAY,
    "shift: HANDING_OVER DayClosed [why_not_close_day] -> HANDING_OVER": _ALWAYS_MAY,
    "ReturnBill in_box": "our validator never takes a note in that it was told to give back",
    "cash: EMPTY BillStacked -> EMPTY": _LATE_NOTE,
    "state: PRICED BillStacked [nothing_credited] -> PRICED": _LATE_NOTE,
    "state: PRICED StaffActed [blocked] -> OUT_OF_SERVICE": "the staff act behind an open door, which ends a priced sale",
    "cash: STACKING BillHeld -> RETURNING": _TWO_NOTES,
    "cash: RETURNING BillStacked -> EMPTY": _TWO_NOTES,
    "cash: RETURNING BillHeld [bill_usable] -> STACKING": _TWO_NOTES,
    "cash: RETURNING BillHeld -> RETURNING": _TWO_NOTES,
    "state: PAYING EffectFound [covered and bill_taken] -> CANCELLING": _TWO_NOTES,
    "state: CANCELLING BillReturned [covered_with_change] -> SETTLING": _TWO_NOTES,
    "state: CANCELLING BillReturned [covered_without_papers] -> LEAVING": _TWO_NOTES,
    "state: CANCELLING BillReturned [covered] -> PRINTING": _TWO_NOTES,
    "state: CANCELLING BillHeld [covered_with_change] -> SETTLING": _TWO_NOTES,
    "state: CANCELLING BillHeld [covered_without_papers] -> LEAVING": _TWO_NOTES,
    "state: CANCELLING BillHeld [covered] -> PRINTING": _TWO_NOTES,
    "state: CANCELLING BillHeld [nothing_credited and door_open] -> SERVICE": _TWO_NOTES,
    "state: CANCELLING BillHeld [nothing_credited and blocked] -> OUT_OF_SERVICE": _TWO_NOTES,
    "state: CANCELLING BillHeld [nothing_credited] -> IDLE": _TWO_NOTES,
    "state: CANCELLING BillHeld [change_payable] -> SETTLING": _TWO_NOTES,
    "state: CANCELLING BillHeld -> PRINTING": _TWO_NOTES,
    "state: CANCELLING TimedOut [covered_with_change] -> SETTLING": _TWO_NOTES,
    "state: CANCELLING TimedOut [covered_without_papers] -> LEAVING": _TWO_NOTES,
    "state: CANCELLING TimedOut [covered] -> PRINTING": _TWO_NOTES,
}
"""Rows that no soak with these devices can visit, and why. A row of this list that is visited all the same has lost its
excuse."""

VALIDATOR_STATES = ("idle", "reading", "escrow", "to the box", "past recall", "returning", "jammed", "no box", "off")
PRINTER_STATES = ("idle", "printing", "cutting", "no paper", "open", "hot", "off")
GIVER_STATES = ("idle", "paying", "jammed", "empty", "off", "none")


class Visited(msgspec.Struct):
    """How often; all counts can be added up over soaks."""

    rows: Counter[str] = msgspec.field(default_factory=Counter)
    recovery: Counter[str] = msgspec.field(default_factory=Counter)
    met: Counter[str] = msgspec.field(default_factory=Counter)
    """Fault / device / state."""

    def add(self, other: "Visited") -> None:
        """The visits of another soak."""
        self.rows += other.rows
        self.recovery += other.recovery
        self.met += other.met

    def never(self) -> list[str]:
        """Rows and decisions that nobody has visited and that have no excuse."""
        missing = [name for name in all_rows() if not self.rows[name]]
        missing += [name for name in all_decisions() if not self.recovery[name]]
        return [name for name in missing if name not in EXCUSED]

    def struck(self, fault: str, world: VirtualWorld) -> None:
        """A fault met the devices as they are now."""
        self.met[f"{fault}/validator/{validator_state(world)}"] += 1
        self.met[f"{fault}/printer/{printer_state(world)}"] += 1
        self.met[f"{fault}/change giver/{giver_state(world)}"] += 1


def row_name(machine: Machine, row: Row) -> str:
    """A row in words, the same in every run."""
    guard = getattr(row.guard, "__name__", "") if row.guard else ""
    states = "|".join(str(state) for state in row.states)
    return f"{machine.field}: {states} {row.event.__name__}{f' [{guard}]' if guard else ''} -> {row.becomes}"


def decision_name(effect: type[AwaitedEffect], finding: str) -> str:
    """A row of the recovery table in words."""
    return f"{effect.__name__} {finding}"


def all_rows() -> list[str]:
    """Every row of the tables."""
    return [row_name(machine, row) for machine in MACHINES for row in machine.rows]


def all_decisions() -> list[str]:
    """Every row of the recovery table."""
    return [decision_name(effect, finding) for effect, finding in recovery.RECOVERY]


@contextmanager
def watching(visited: Visited) -> Iterator[None]:
    """While this lasts, what the core decides is counted."""

    def noted(counter: Counter[str], name: str) -> Any:
        def note(*_: Any) -> None:
            counter[name] += 1

        return note

    def watched(machine: Machine, row: Row) -> Row:
        return row._replace(actions=(noted(visited.rows, row_name(machine, row)), *row.actions))

    tables = tuple(machine._replace(rows=tuple(watched(machine, row) for row in machine.rows)) for machine in MACHINES)
    hearings, decisions = dict(HEARINGS), dict(recovery.RECOVERY)
    HEARINGS.update(
        {event: HEARINGS[event]._replace(machines=hearing(event, tables).machines) for event in get_args(Event)}
    )
    for key, decide in decisions.items():
        recovery.RECOVERY[key] = _both(noted(visited.recovery, decision_name(*key)), decide)
    try:
        yield
    finally:
        HEARINGS.update(hearings)
        recovery.RECOVERY.update(decisions)


def _both(note: Any, decide: recovery.Decision) -> recovery.Decision:
    def decided(turn: Turn, effect: AwaitedEffect) -> None:
        note()
        decide(turn, effect)

    return decided


def validator_state(world: VirtualWorld) -> str:
    """One of `VALIDATOR_STATES`."""
    mechanics = world.mechanics
    if not mechanics.running:
        return "off"
    if mechanics.jammed:
        return "jammed"
    if not mechanics.box_present:
        return "no box"
    if mechanics.returning:
        return "returning"
    if mechanics.bill is None:
        return "idle"
    if mechanics.bill.credited:
        return "past recall"
    return {"path": "reading", "escrow": "escrow", "transport": "to the box"}[mechanics.bill.place.value]


def printer_state(world: VirtualWorld) -> str:
    """One of `PRINTER_STATES`."""
    paper = world.paper
    if not paper.powered:
        return "off"
    if paper.no_paper:
        return "no paper"
    if paper.cover_is_open:
        return "open"
    if paper.head_hot:
        return "hot"
    if not paper.working:
        return "idle"
    return "cutting" if paper.cutting else "printing"


def giver_state(world: VirtualWorld) -> str:
    """One of `GIVER_STATES`."""
    giver = world.change_giver
    if not world.fittings.payout_limit_minor:
        return "none"
    if not giver.running:
        return "off"
    if giver.jammed:
        return "jammed"
    if giver.paying:
        return "paying"
    return "idle" if giver.levels.total() else "empty"


DEVICES = {"validator": VALIDATOR_STATES, "printer": PRINTER_STATES, "change giver": GIVER_STATES}
"""The states in which a fault may meet each device."""


def table(visited: Visited) -> str:
    """What was visited, and what never, for people."""
    lines = ["rows of the tables taken"]
    lines += [f"{visited.rows[name]:>9}  {name}" for name in all_rows()]
    lines += ["decisions of recovery"]
    lines += [f"{visited.recovery[name]:>9}  {name}" for name in all_decisions()]
    for device, states in DEVICES.items():
        lines += [
            "",
            f"what met the {device} in which state",
            f"{'':<18}" + "".join(f"{state:>12}" for state in states),
        ]
        for fault in FAULTS[1:]:  # lines are bad all the time
            counts = [visited.met[f"{fault}/{device}/{state}"] for state in states]
            lines.append(f"{fault:<18}" + "".join(f"{count or 'never':>12}" for count in counts))
    never = visited.never()
    lines += ["", "never visited: " + (", ".join(never) if never else "nothing")]
    lines += [f"not to be visited: {name} ({why})" for name, why in EXCUSED.items()]
    return "\n".join(lines)
