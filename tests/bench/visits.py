"""What a kiosk's days consist of, as journal records: the load of the measurements.

One visit is a ticket, a note that is too large and goes back, two notes that suffice, a receipt and a credit note for the
change, the barrier, and the payer leaving: 13 events.
"""

from terminal.fsm import events as ev
from terminal.fsm.effects import OpenBarrier
from terminal.fsm.step import Outcome
from terminal.fsm.world import World
from terminal.store.record import Record
from tests.fsm.lives import Life

EVENTS_A_VISIT = 13
PAUSE_MS = 90_000
"""From one payer to the next."""


class Diary(Life):
    """A life that writes down what the journal would get."""

    def __init__(self, **rule_changes: object) -> None:
        super().__init__(**rule_changes)
        self.records: list[Record] = []
        self.worlds: list[World] = []

    def say(self, *events: ev.Event) -> Outcome:
        """As in a life, and written down."""
        for event in events:
            outcome = super().say(event)
            effects, entries = tuple(outcome.effects), tuple(outcome.entries)
            self.records.append(Record(self.world.seq, self.now.wall_ms, self.now.up_ms, event, effects, entries))
            self.worlds.append(self.world)
        self.outcomes.clear()
        return outcome

    def visit(self) -> None:
        """One payer, from ticket to thanks."""
        self.up_ms += PAUSE_MS
        self.scan(f"A{self.world.seq}", hours_ago=2.5)
        for amount_minor in (10_000, 1000, 2000):
            self.up_ms += 4_000
            self.insert(amount_minor)
        self.print_all()
        for effect_id, effect in self.world.pending.items():
            if isinstance(effect, OpenBarrier):
                self.say(ev.BarrierOpened(effect_id))
        self.time_out()


def diary_of(count: int) -> Diary:
    """A terminal's life of at least so many events."""
    diary = Diary()
    diary.boot()
    while len(diary.records) < count:
        diary.visit()
    return diary


def some(count: int) -> list[Record]:
    """The first `count` records of a terminal's life."""
    return diary_of(count).records[:count]
