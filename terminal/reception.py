"""The reception: what the page and the link ask the terminal about stays, and hand in to it.

Called by their threads. What is handed in goes to the pump and becomes durable there; what is asked is read from the journal's
file, through a reader of its own each time, because SQLite's connections do not travel between threads.
"""

import queue
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from terminal.errors import CodeError
from terminal.fsm.events import Event, Reported, StayChosen
from terminal.stays.reports import FUTURE_MS, PAST_MS, NoteHonoured, PaidElsewhere, read_report
from terminal.stays.search import Candidate, ParkedRow, candidates, read_token
from terminal.store.journal import Reader
from terminal.store.lookups import Lookups


class Reception:
    """Answers for one terminal."""

    def __init__(
        self,
        journal: Path,
        terminal_id: str,
        ticket_key: bytes,
        post: Callable[[Event], None],
        now_ms: Callable[[], int],
    ) -> None:
        """`post` hands an event to the pump and may raise `queue.Full`."""
        self._journal = journal
        self._terminal_id = terminal_id
        self._ticket_key = ticket_key
        self._post = post
        self._now_ms = now_ms

    def report(self, data: bytes) -> str:
        """Passes a signed report on, unless the journal holds it, and says its id. Raises CodeError, `queue.Full`, StoreError.

        Where our own clock is behind, nothing is in the future: such reports must come again when it is right.
        """
        now_ms = self._now_ms()
        try:
            report = read_report(data, self._ticket_key, now_ms)
        except CodeError as error:
            if error.reason == "in_future" and self._clock_is_behind(now_ms):
                raise queue.Full from error
            raise
        if isinstance(report, PaidElsewhere | NoteHonoured) and report.terminal_id == self._terminal_id:
            raise CodeError("bad_report")  # our own news, come round
        if not self.known(report.report_id):
            self._post(Reported(report))
        return report.report_id

    def _clock_is_behind(self, now_ms: int) -> bool:
        with closing(Reader(self._journal)) as reader:
            return reader.last_at_ms() > now_ms + FUTURE_MS

    def known(self, report_id: str) -> bool:
        """Whether the journal holds the report with this id. Raises StoreError."""
        with closing(Reader(self._journal)) as reader:
            return Lookups(reader.rows).knows_report(report_id)

    def search(self, typed: str) -> Sequence[Candidate]:
        """The cars that a part of a plate may mean. Raises CodeError, StoreError."""
        now_ms = self._now_ms()
        with closing(Reader(self._journal)) as reader:
            rows = [ParkedRow(*row) for row in Lookups(reader.rows).parked(now_ms - PAST_MS)]
        return candidates(rows, typed, self._ticket_key, now_ms)

    def choose(self, token: str) -> None:
        """The payer's choice. Raises CodeError, `queue.Full`."""
        self._post(StayChosen(read_token(token, self._ticket_key, self._now_ms())))
