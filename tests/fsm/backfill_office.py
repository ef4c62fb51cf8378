"""A window with a real intake before it and real books behind it, and what people type there after an outage."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from terminal.fsm import backfill_events as bev
from terminal.fsm import events as ev
from terminal.fsm.effects import Alert
from terminal.fsm.step import Outcome
from terminal.intake import Intake
from terminal.shift.pieces import Pieces
from terminal.store.journal import Journal
from terminal.store.record import Record
from tests.fsm.lives import WALL_MS
from tests.fsm.news import HOUR_MS, MINUTE_MS
from tests.fsm.window_lives import COLLECTOR, NEXT, SUPERVISOR, WindowLife

KEY = b"a key for tests"
PLATE = "粤B12345"
THEN_MS = WALL_MS - 4 * HOUR_MS
"""When the power went; it came back three hours later."""
PAPER_MS = THEN_MS + 2 * HOUR_MS
YUAN: Pieces = ((100, 1),)


class Office(WindowLife):
    """A window that serves, with an intake before it and a journal behind it, as the pump has them."""

    def __init__(self, path: Path, **rule_changes: object) -> None:
        super().__init__(None, **rule_changes)
        self.journal = Journal.open(path)
        self.intake = Intake(self.journal.books, KEY, path.with_name("dues.db"))
        self.boot()
        self.begin()
        self.print_all()

    def say(self, *events: ev.Event) -> Outcome:
        """Fact, decision, journal; one commit for each event."""
        for event in events:
            fact = self.intake.fact(event, self.now.wall_ms, self.rules)
            assert fact is not None
            outcome = super().say(fact)
            now, effects, entries = self.now, tuple(outcome.effects), tuple(outcome.entries)
            self.journal.begin()
            self.journal.append(Record(self.world.seq, now.wall_ms, now.up_ms, fact, effects, entries))
            self.journal.commit(self.world)
        return outcome

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the books say."""
        with closing(sqlite3.connect(f"file:{self.journal.path}?mode=ro", uri=True)) as reader:
            return [tuple(row) for row in reader.execute(query)]

    def refused(self, *events: ev.Event) -> str:
        """Why the last of them was refused; nothing may have come of it."""
        outcome = self.say(*events)
        assert (outcome.entries, outcome.effects) == ([], [])
        assert self.told.startswith("refused."), self.told
        return self.told.removeprefix("refused.")

    def alerts(self, outcome: Outcome) -> dict[str, dict[str, int | str]]:
        """Whom it calls, and why."""
        return {effect.code: effect.data for effect in outcome.effects if isinstance(effect, Alert)}


def pad(pad_id: str = "A", first_no: int = 101, last_no: int = 125, **more: Any) -> bev.PadRegistered:
    """A pad of 25 papers."""
    return bev.PadRegistered(COLLECTOR, pad_id, first_no, last_no, **{"approved_by": SUPERVISOR, **more})


def paper(number: int = 101, **more: Any) -> bev.PaperEntered:
    """10 yuan for an hour and a half, taken by Zhao."""
    told = {"paper_ms": PAPER_MS, "collector": NEXT, "taken_minor": 1000, "tariff_id": "T1", "plate": PLATE}
    told |= {"entered_ms": PAPER_MS - 90 * MINUTE_MS, "approved_by": SUPERVISOR, "pad_id": "A"}
    return bev.PaperEntered(who=COLLECTOR, number=number, **{**told, **more})


def void(number: int, **more: Any) -> bev.PaperVoided:
    """A spoiled paper."""
    return bev.PaperVoided(COLLECTOR, "A", number, **{"reason": "spoiled", "approved_by": SUPERVISOR, **more})


def withdraw(number: int, **more: Any) -> bev.PaperWithdrawn:
    """What was entered for it was wrong."""
    return bev.PaperWithdrawn(COLLECTOR, "A", number, **{"note": "typed wrong", "approved_by": SUPERVISOR, **more})


def back(first_blank_no: int, **more: Any) -> bev.PadReturned:
    """The pad comes back."""
    return bev.PadReturned(COLLECTOR, "A", first_blank_no, **{"approved_by": SUPERVISOR, **more})


def envelope(pieces: Pieces, **more: Any) -> bev.EnvelopeCounted:
    """The money is counted."""
    return bev.EnvelopeCounted(COLLECTOR, pieces, **{"goes_to": "safe", "approved_by": SUPERVISOR, **more})


ISSUED = bev.PadIssued(COLLECTOR, "A", NEXT, SUPERVISOR)
OUTAGE = bev.OutageNoted(COLLECTOR, THEN_MS, THEN_MS + 3 * HOUR_MS, "power")
