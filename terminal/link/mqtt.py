"""The MQTT link: a thread of its own that keeps a connection to the broker and publishes the journal through it.

Everything that may be slow happens in that thread: names, TCP, TLS, publishing, waiting. The pump only leaves word
(`wake`) and takes away how far the broker has acknowledged (`take_cursor`), so a broker that is away, slow or mad never
holds up a sale. What was not acknowledged is read from the journal again: a week without a broker costs only disk.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from terminal import __version__
from terminal.config import MqttSection
from terminal.errors import StoreError
from terminal.link.mailbox import Mailbox, Stop
from terminal.link.messages import Names
from terminal.link.reports import Intake
from terminal.link.session import PACE, WINDOW, EventSource, LinkDown, Pace, Session
from terminal.store.outbox import Outbox

log = logging.getLogger(__name__)


class MqttLink:
    """The link of one terminal. All methods may be called from any thread, and none but `stop` ever waits."""

    def __init__(
        self,
        config: MqttSection,
        site: str,
        terminal_id: str,
        open_source: Callable[[], EventSource],
        cursor: int,
        *,
        language: str = "en",
        pace: Pace = PACE,
        intake: Intake | None = None,
        key: bytes = b"",
    ) -> None:
        """`open_source` opens a reader of the journal, in the thread that uses it; `cursor` is the durable cursor.

        `language` is for the names that Home Assistant shows; `intake` takes the reports about stays, without it the broker
        is not asked for any. `key` signs what the other terminals of the site are told; without it they are told nothing.
        """
        self._config = config
        self._names = Names(site, terminal_id, key)
        self._open_source = open_source
        self._pace = pace
        self._intake = intake
        self._outbox = Outbox(cursor, WINDOW)
        self._mailbox = Mailbox()
        self._greeting = list(self._names.discovery(language, __version__)) if config.discovery else []
        self._halt = threading.Event()
        self._alerts_said = 0
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker has us now."""
        return self._mailbox.connected

    @property
    def problem(self) -> str | None:
        """Why there is no connection, in words; None while there is one or none was tried yet."""
        return self._mailbox.problem

    @property
    def consumer_seq(self) -> int | None:
        """The highest number that the consumer says it has stored without a gap; None: it never said."""
        return self._mailbox.consumer_seq

    def start(self) -> None:
        """Begins to connect."""
        self._thread.start()

    def wake(self, head_seq: int, health: dict[str, Any]) -> None:
        """The journal is durable up to `head_seq`, and this is how the terminal is. Called after each commit.

        `health` must not be changed afterwards. Calls that come faster than the link works are merged into one.
        """
        self._mailbox.head_seq = head_seq
        self._mailbox.health = health
        self._mailbox.ring()

    def take_cursor(self) -> int | None:
        """The highest number that is acknowledged without a gap, when it is worth persisting; None: nothing new."""
        return self._mailbox.take_cursor()

    def publish_alert_direct(self, code: str, data: dict[str, int | str], at_ms: int) -> None:
        """Says an alert that can not be journaled, such as a full disk: once, if there is a connection some day."""
        self._alerts_said += 1
        number = f"direct-{at_ms}.{self._alerts_said}"
        self._mailbox.alerts.append(self._names.alert(number, code, at_ms, data))
        self._mailbox.ring()

    def stop(self, timeout_s: float) -> bool:
        """Sends what is left for half of that time, says `offline` and ends; False: the time was not enough."""
        now_s = time.monotonic()
        self._mailbox.stop = Stop(now_s + timeout_s * 0.5, now_s + timeout_s * 0.9)
        self._halt.set()
        self._mailbox.ring()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        ended = not self._thread.is_alive()
        if ended:
            self._mailbox.close()
        return ended

    def _run(self) -> None:
        retry_s = self._pace.first_retry_s
        while not self._halt.is_set():
            began_s = time.monotonic()
            try:
                with closing(self._open_source()) as source:
                    Session(
                        self._config, self._names, self._greeting, self._mailbox, self._outbox, self._pace, self._intake
                    ).run(source)
            except (LinkDown, StoreError) as why:
                self._complain(str(why))
            except Exception as bug:  # ours or paho's: it may cost the connection, never the link
                log.exception("MQTT: the link begins anew")
                self._mailbox.problem = repr(bug)
            if time.monotonic() - began_s >= self._pace.steady_s:
                retry_s = self._pace.first_retry_s
            self._halt.wait(retry_s * random.uniform(0.5, 1.0))  # so that not all terminals return at once
            retry_s = min(retry_s * 2, self._pace.longest_retry_s)

    def _complain(self, problem: str) -> None:
        log.log(logging.DEBUG if problem == self._mailbox.problem else logging.WARNING, "MQTT: %s", problem)
        self._mailbox.problem = problem
