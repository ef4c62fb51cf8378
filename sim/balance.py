"""Do the books say what is physically there? The demo's last word, and the rig page's first.

One line a comparison: what the audit of the journal says, beside what the models of the devices hold. `what` is a key of
the rig page's words (`balance.<what>`).

At a window the cash is in people's hands. The books say what the drawer should hold and what the safe has got; whether it is
there is up to those hands, until the drawer is counted.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from sim.broker import Listener
from sim.page.words import say
from terminal.shift.pieces import Pieces, counted
from terminal.store.audit import Audit
from terminal.store.journal import Reader

DRAWER_NOW = """SELECT CASE
    WHEN last IN (SELECT shift_no FROM drawers_handed_over) THEN 0
    WHEN last IN (SELECT shift_no FROM shifts_closed) THEN (SELECT counted_minor FROM shifts_closed WHERE shift_no = last)
    ELSE (SELECT coalesce(sum(amount_minor), 0) FROM drawer_moves WHERE shift_no = last) END
FROM (SELECT coalesce(max(shift_no), 0) AS last FROM drawer_moves)"""
"""In minor units. A drawer that went to the next shift is that one's: it has moves of its own."""

SAFE_GAINED = """SELECT
    (SELECT coalesce(-sum(amount_minor), 0) FROM drawer_moves JOIN shifts USING (shift_no)
        WHERE cause IN ('drop', 'top_up') OR (cause = 'float' AND follows = 0))
  + (SELECT coalesce(sum(counted_minor), 0) FROM drawers_handed_over WHERE how = 'cleared')"""


LAST_PIECES = """SELECT denomination_minor, pieces FROM pieces_counted
WHERE seq = (SELECT max(seq) FROM pieces_counted) AND occasion IN ('float', 'drop', 'top_up', 'big_notes')"""
"""Those that the safe gave or got, if that was the last thing that was counted."""


class WindowCash(NamedTuple):
    """What the books of a window say of its cash, in minor units."""

    drawer_minor: int
    """What the drawer should hold now."""
    safe_gained_minor: int
    """What the safe has got, less what it has given."""


def window_cash(journal: Path) -> WindowCash:
    """As it is durable now. Raises `StoreError`."""
    with closing(Reader(journal)) as reader:
        return WindowCash(reader.rows(DRAWER_NOW)[0][0], reader.rows(SAFE_GAINED)[0][0])


def last_pieces(journal: Path) -> Pieces:
    """Pieces of the last movement between drawer and safe; none when something else was counted since. Raises `StoreError`."""
    with closing(Reader(journal)) as reader:
        return counted(reader.rows(LAST_PIECES))


class Compared(NamedTuple):
    """One comparison."""

    what: str
    books: Any
    is_so: Any

    @property
    def agrees(self) -> bool:
        """Books and things say the same. A copy that was torn is asked for again, so the books may know of more copies."""
        return bool(self.is_so <= self.books if self.what == "copies" else self.books == self.is_so)


def compared(
    found: Audit, truth: dict[str, Any], listener: Listener | None, cash: WindowCash | None = None
) -> list[Compared]:
    """All comparisons; `listener`, where there is one, has heard what the terminal reported; `cash` is that of a window."""
    lines = [
        Compared("chain", found.chain_ok, True),
        Compared("books", found.books_ok, True),
        *(in_box(found, truth) if cash is None else in_hands(found, truth, cash)),
        Compared("barrier", found.barrier_openings, truth["barrier_openings"]),
        Compared("drawer", found.drawer_openings, truth["drawer_openings"]),
        Compared("receipts", found.receipts.originals, receipts_on_paper(truth)),
        Compared("copies", found.receipts.copies, truth["tape"]["copies"]),
    ]
    if listener is not None:
        lines.append(Compared("events", found.events, listener.arrived))
        lines.append(Compared("order", [], listener.out_of_order))
    return lines


def in_box(found: Audit, truth: dict[str, Any]) -> list[Compared]:
    """What a kiosk has taken."""
    return [
        Compared("notes", found.cash.by_denomination, together(truth["box"], truth["collected"])),
        Compared("money", found.cash.stacked_minor, truth["box_minor"] + truth["collected_minor"]),
        Compared("dispute", found.cash.disputed_minor, 0),
    ]


def in_hands(found: Audit, truth: dict[str, Any], cash: WindowCash) -> list[Compared]:
    """What people at a window have taken."""
    return [
        Compared("shifts", found.shifts_ok, True),
        Compared("cash", cash.drawer_minor, truth["drawer_minor"]),
        Compared("counter", 0, truth["counter_minor"]),
        Compared("safe", cash.safe_gained_minor, truth["safe_gained_minor"]),
    ]


def differences(
    found: Audit, truth: dict[str, Any], listener: Listener | None, cash: WindowCash | None = None
) -> list[str]:
    """What the books say that is not so, in words; empty when all balances. Waits for reports that are under way."""
    if listener is not None:
        listener.wait_for(found.events)
    return [
        f"{say('en', f'balance.{line.what}')}: the books say {line.books}, it is {line.is_so}"
        for line in compared(found, truth, listener, cash)
        if not line.agrees
    ]


def receipts_on_paper(truth: dict[str, Any]) -> int:
    """How many different receipts came out whole, copies or not."""
    whole = [document for document in truth["tape"]["documents"] if document["whole"]]
    return len({code for document in whole for code in document["codes"] if code.startswith("RC1.")})


def together(*boxes: Mapping[str, int]) -> dict[str, int]:
    """Notes of several boxes, by denomination."""
    counted: Counter[str] = Counter()
    for box in boxes:
        counted.update(box)
    return {amount: counted[amount] for amount in sorted(counted, key=int)}
