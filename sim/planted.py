"""Bugs planted on purpose, one at a time: the soak must find each, or its promises are not checked.

Each plant breaks the real program, not the checkers, in a way in which a kiosk could really be wrong. `WITHIN` is how many
payers of a cruel life may pass before it is found; a test proves it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import getattr_static
from typing import Any

from terminal.fsm import recovery
from terminal.fsm.effects import AwaitedEffect, StackBill
from terminal.fsm.entries import CreditNoteIssued, Entry
from terminal.fsm.turn import Turn
from terminal.store.journal import Journal

WITHIN = 150


@contextmanager
def replaced(owner: Any, name: str, new: Any) -> Iterator[None]:
    """`owner.name` is `new` for a while."""
    old = getattr_static(owner, name)
    setattr(owner, name, new)
    try:
        yield
    finally:
        setattr(owner, name, old)


@contextmanager
def decided(found: Any, decision: Callable[[Turn, AwaitedEffect], None]) -> Iterator[None]:
    """One row of the recovery table says something else."""
    key = (StackBill, found)
    old = recovery.RECOVERY[key]
    recovery.RECOVERY[key] = decision
    try:
        yield
    finally:
        recovery.RECOVERY[key] = old


def found_note_is_forgotten() -> Any:
    """Recovery does not credit a note that lies in the box."""
    return decided("in_box", recovery.close_found_bill)


def change_is_not_booked() -> Any:
    """Credit notes are printed, but not written into the books."""
    book = Turn.book

    def forgetful(turn: Turn, entry: Entry) -> None:
        if not isinstance(entry, CreditNoteIssued):
            book(turn, entry)

    return replaced(Turn, "book", forgetful)


def commit_is_not_synced() -> Any:
    """The journal says that it is durable before it is."""
    opened = Journal.open.__func__  # type: ignore[attr-defined]

    def careless(cls: Any, *args: Any, **kwargs: Any) -> Any:
        journal = opened(cls, *args, **kwargs)
        journal._connection.execute("PRAGMA synchronous=OFF")
        return journal

    return replaced(Journal, "open", classmethod(careless))


PLANTED: dict[str, Callable[[], Any]] = {
    plant.__name__.replace("_", "-"): plant
    for plant in (
        found_note_is_forgotten,
        change_is_not_booked,
        commit_is_not_synced,
    )
}
"""All of them, by the names that `--planted` takes."""
