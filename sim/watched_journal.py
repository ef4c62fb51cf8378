"""The journal of a virtual terminal: the real one, overheard by its world."""

from collections.abc import Callable

import msgspec

from sim.disk import DiskConnection
from terminal.store.journal import Journal
from terminal.store.record import SELECT, Record, Row, read_row


class WatchedJournal(Journal):
    """A journal that tells the world what has become durable, as soon as its commit has returned."""

    told: Callable[[list[Record]], None]
    waiting: list[Record]

    def rows_after(self, seq: int, limit: int = -1) -> list[Row]:
        """At most `limit` events after one, as they stand in the file."""
        found = self._connection.execute(f"{SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
        return [read_row(columns) for columns in found]

    def abandon(self) -> None:
        """The program is gone, and closes nothing."""
        assert isinstance(self._connection, DiskConnection)
        self._connection.abandon()

    def append(self, record: Record) -> None:
        """As always, and remembered."""
        super().append(record)
        self.waiting.append(record)

    def commit(self, world: msgspec.Struct | None = None) -> None:
        """As always, and told."""
        super().commit(world)
        done, self.waiting = self.waiting, []
        if done:
            self.told(done)
