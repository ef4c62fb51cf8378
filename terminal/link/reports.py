"""Reports on one connection: what has come and is not yet acknowledged to the broker. No protocol here.

A report is handed to the shell at once and acknowledged when the journal holds it, so a power cut in between costs nothing:
the broker sends it again, and its id tells. A report that is not understood is acknowledged and counted: it would be as wrong
the next time. One that the shell has no room for, or that is lost on the way to the journal, is handed on again after a while.
"""

import logging
import queue
from collections.abc import Callable
from typing import NamedTuple

from terminal.errors import CodeError, StoreError

log = logging.getLogger(__name__)

REPORT_BYTES = 4096
"""A longer payload is not looked at."""
WAITING_MAX = 20
"""Reports that may wait for the journal at once; the broker keeps the others."""


class Intake(NamedTuple):
    """Where reports go. Both are called in the link's thread."""

    take: Callable[[bytes], str]
    """Passes a report on and says its id; it may get the same report again and again. Raises CodeError (refused), `queue.Full`
    (not now) or StoreError."""
    known: Callable[[str], bool]
    """Whether the journal holds the report with this id, durably. May raise StoreError."""


class Reports:
    """The reports of one connection."""

    def __init__(self, intake: Intake, acknowledge: Callable[[int | None], None], again_s: float) -> None:
        """`acknowledge` tells the broker that a message (by its number) needs not come again."""
        self._intake = intake
        self._acknowledge = acknowledge
        self._again_s = again_s
        self._waiting: dict[int, _Waiting] = {}
        self._looked_at_seq = -1
        self._complaint = ""

    @property
    def full(self) -> bool:
        """Whether no more may wait."""
        return len(self._waiting) >= WAITING_MAX

    def arrived(self, number: int | None, payload: bytes, now_s: float) -> bool:
        """A report came; true when it is ignored. Nobody waits for the acknowledgement of one without a number (QoS 0)."""
        found = self._offered(payload)
        if number is None:
            return not found
        if found is None:
            self._acknowledge(number)
            return True
        self._waiting[number] = _Waiting(payload, found, now_s)
        self._looked_at_seq = -1
        return False

    def settle(self, head_seq: int, now_s: float) -> int:
        """Acknowledges what the journal holds by now, and hands on again what it should hold and does not.

        Gives the number of those that are ignored after all. Raises StoreError.
        """
        if head_seq != self._looked_at_seq:
            self._looked_at_seq = head_seq
            for number, waiting in list(self._waiting.items()):
                if waiting.report_id and self._intake.known(waiting.report_id):
                    del self._waiting[number]
                    self._acknowledge(number)
        late = [number for number, waiting in self._waiting.items() if now_s - waiting.offered_at_s >= self._again_s]
        return sum(self.arrived(number, self._waiting.pop(number).payload, now_s) for number in late)

    def _offered(self, payload: bytes) -> str | None:
        """Its id; None: not understood; empty: there was no room for it."""
        try:
            if len(payload) > REPORT_BYTES:
                raise CodeError("too_long")
            return self._intake.take(payload)
        except CodeError as why:
            self._complain(f"{why} ({why.__cause__})" if why.__cause__ else str(why))
            return None
        except queue.Full:
            return ""
        except StoreError:
            raise
        except Exception:  # it would come again at every connection, and end it every time
            log.exception("MQTT: a report is ignored")
            return None

    def _complain(self, reason: str) -> None:
        log.log(
            logging.DEBUG if reason == self._complaint else logging.WARNING, "MQTT: a report is refused: %s", reason
        )
        self._complaint = reason


class _Waiting(NamedTuple):
    payload: bytes
    report_id: str
    """Empty: there was no room for it yet."""
    offered_at_s: float
