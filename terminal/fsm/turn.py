"""One turn of the machines: the event, the copy of the world that it changes, and what comes of it.

Guards and actions take a `Turn`. Guards only look; actions change `world`, ask for effects with `do` and write book entries
with `book`. Nothing else happens in a turn.
"""

from typing import TypeVar

import msgspec

from terminal.clock import Instant
from terminal.fsm.effects import Alert, Ask, AwaitedEffect, Effect
from terminal.fsm.entries import Entry
from terminal.fsm.events import Event
from terminal.fsm.world import Sale, World

E = TypeVar("E")


class Turn:
    """A step in the making."""

    __slots__ = ("effects", "entries", "event", "now", "world")

    def __init__(self, world: World, event: Event, now: Instant) -> None:
        self.world = world
        self.event = event
        self.now = now
        self.effects: list[Effect] = []
        self.entries: list[Entry] = []

    def heard(self, kind: type[E]) -> E:
        """The event, which the table has promised to be of this kind."""
        assert isinstance(self.event, kind)
        return self.event

    @property
    def sale(self) -> Sale:
        """The sale, which the state has promised to exist."""
        sale = self.world.sale
        assert sale is not None, f"no sale in {self.world.state}"
        return sale

    def change_sale(self, **changes: object) -> Sale:
        """Replace fields of the sale."""
        sale = msgspec.structs.replace(self.sale, **changes)
        self.world.sale = sale
        return sale

    def change_window(self, **changes: object) -> None:
        """Replace fields of what the window remembers."""
        self.world.window = msgspec.structs.replace(self.world.window, **changes)

    def do(self, effect: AwaitedEffect) -> str:
        """Ask for an effect whose outcome must come back; returns its id."""
        effect_id = f"{self.world.seq}.{len(self.effects)}"
        self.effects.append(effect)
        self.world.pending = {**self.world.pending, effect_id: effect}
        return effect_id

    def finish(self, effect_id: str, *kinds: type[AwaitedEffect]) -> bool:
        """The outcome of an effect is known; False if it was known before, or if the id is that of another kind."""
        if not isinstance(self.world.pending.get(effect_id), kinds):
            return False
        self.world.pending = {key: effect for key, effect in self.world.pending.items() if key != effect_id}
        return True

    def ask(self, effect_id: str, about: AwaitedEffect) -> None:
        """Have the device find out what became of an effect of an earlier life."""
        bill = self.world.bill
        jammed = bill is not None and bill.effect_id == effect_id and bill.jammed
        self.effects.append(Ask(effect_id, about, jammed))

    def alert(self, code: str, **data: int | str) -> None:
        """Tell the people in charge."""
        self.effects.append(Alert(code, data))

    def book(self, entry: Entry) -> None:
        """Write a book entry."""
        self.entries.append(entry)

    def wake_after_s(self, seconds: int) -> None:
        """Have `TimedOut` said so many seconds from now."""
        self.world.waits_until_ms = self.now.up_ms + seconds * 1000
