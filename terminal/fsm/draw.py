"""The tables draw themselves, as Mermaid state diagrams; the README's picture is this output (a test notices a stale one)."""

from terminal.fsm.table import CASH, DRAWER, JOINTS, PRINTER, SALE, SHIFT, Machine

NAMES = {"sale": SALE, "cash": CASH, "printer": PRINTER, "shift": SHIFT, "drawer": DRAWER}
"""The machines by the names that people call them."""

LABEL_EVENTS_MAX = 3
"""So many events are named on one arrow; more make the picture unreadable and are counted instead."""


def diagram(machine: Machine) -> str:
    """One machine as a Mermaid `stateDiagram-v2`; rows between the same two states share an arrow."""
    arrows: dict[tuple[str, str], dict[str, None]] = {}
    for row in machine.rows:
        for state in row.states:
            if state != row.becomes:
                arrows.setdefault((state, row.becomes), {})[row.event.__name__] = None
    for owner, state, becomes, action in JOINTS:
        if owner is machine:
            arrows.setdefault((state, becomes), {})[action.__name__] = None
    start = next(iter(machine.states))
    lines = ["stateDiagram-v2", f"    [*] --> {start}"]
    for (state, becomes), events in arrows.items():
        named = list(events)
        label = ", ".join(named[:LABEL_EVENTS_MAX])
        if len(named) > LABEL_EVENTS_MAX:
            label += f" +{len(named) - LABEL_EVENTS_MAX}"
        lines.append(f"    {state} --> {becomes}: {label}")
    return "\n".join(lines)
