"""Do the books say what is physically there? The demo's last word, and the rig page's first.

One line a comparison: what the audit of the journal says, beside what the models of the devices hold. `what` is a key of
the rig page's words (`balance.<what>`).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from sim.broker import Listener
from sim.page.words import say
from terminal.store.audit import Audit


class Compared(NamedTuple):
    """One comparison."""

    what: str
    books: Any
    is_so: Any

    @property
    def agrees(self) -> bool:
        """Books and things say the same. A copy that was torn is asked for again, so the books may know of more copies."""
        return bool(self.is_so <= self.books if self.what == "copies" else self.books == self.is_so)


def compared(found: Audit, truth: dict[str, Any], listener: Listener | None) -> list[Compared]:
    """All comparisons; `listener`, where there is one, has heard what the terminal reported."""
    lines = [
        Compared("chain", found.chain_ok, True),
        Compared("books", found.books_ok, True),
        Compared("notes", found.cash.by_denomination, together(truth["box"], truth["collected"])),
        Compared("money", found.cash.stacked_minor, truth["box_minor"] + truth["collected_minor"]),
        Compared("dispute", found.cash.disputed_minor, 0),
        Compared("barrier", found.barrier_openings, truth["barrier_openings"]),
        Compared("drawer", found.drawer_openings, truth["drawer_openings"]),
        Compared("receipts", found.receipts.originals, receipts_on_paper(truth)),
        Compared("copies", found.receipts.copies, truth["tape"]["copies"]),
    ]
    if listener is not None:
        lines.append(Compared("events", found.events, listener.arrived))
        lines.append(Compared("order", [], listener.out_of_order))
    return lines


def differences(found: Audit, truth: dict[str, Any], listener: Listener | None) -> list[str]:
    """What the books say that is not so, in words; empty when all balances. Waits for reports that are under way."""
    if listener is not None:
        listener.wait_for(found.events)
    return [
        f"{say('en', f'balance.{line.what}')}: the books say {line.books}, it is {line.is_so}"
        for line in compared(found, truth, listener)
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
