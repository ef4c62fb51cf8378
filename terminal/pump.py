"""The pump: one pass from bytes to bytes, the same in the terminal and in the simulator.

    1. ports are read, timers are told          engine.receive_data, engine.handle_timer
    2. what the engines say is collected        engine.next_event
    3. it is decided and made durable           step, journal: ONE transaction for all that waits (group commit)
    4. effects are performed, levels followed   engine.perform, engine.follow; back to 2 until nothing more is said
    5. only now may the engines speak           engine.data_to_send, port.write

Step 5 comes last on purpose: a device hears nothing from us until all that it told us is durable. `Pump` owns the world and
the order of things; it owns no loop, no real clock and no real port, those are handed in (`app.py`, `sim/`).
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from terminal.clock import Instant
from terminal.dues.ledger import FILE as LEDGER
from terminal.errors import PortError, StoreError
from terminal.fsm.effects import Effect, Wanted
from terminal.fsm.events import ClockStepped, DrawerOverdue, Event, Started, TimedOut
from terminal.fsm.policy import RESTING, wanted
from terminal.fsm.step import Outcome, step
from terminal.fsm.world import World
from terminal.hw.engine import Engine
from terminal.hw.port import Port
from terminal.intake import Intake
from terminal.overheard import Overheard
from terminal.store.journal import Journal
from terminal.store.record import Record

log = logging.getLogger(__name__)

ATTACH_MS = 100
"""Engines without a port begin so late, after READY: loading what drives the pins takes longer than a start should."""
REOPEN_MS = 1_000
"""How often a port that is absent is tried again."""
CLOCK_STEP_MS = 2_000
"""The wall clock is said to have stepped when it moves so far against elapsed time."""
TIDY_EVERY = 64
"""After so many events the write-ahead log is emptied at the next quiet moment, so that it seldom happens in a sale."""
EVENTS_MAX = 256
"""So many events share one commit at the most."""
OUT_MAX = 65_536
"""Bytes that may wait for a slow port; an engine is asked for more only below this."""


DEADLINES: dict[Event, Callable[[World], int | None]] = {
    TimedOut(): lambda world: world.wake_at_ms,
    DrawerOverdue(): lambda world: world.drawer_due_ms,
}
"""What is said when a moment has come that the world waits for."""


def is_due(event: Event, world: World, up_ms: int) -> bool:
    """Whether the moment has come at which this is to be said."""
    at_ms = DEADLINES[event](world)
    return at_ms is not None and up_ms >= at_ms


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> Instant:
        """This moment."""


class Line:
    """An engine and the port it speaks through; the port is opened again whenever it is gone."""

    def __init__(self, engine: Engine, open_port: Callable[[], Port] | None) -> None:
        """`open_port` None: the engine has no port (pins); it is told once that it may begin."""
        self.engine = engine
        self.port: Port | None = None
        self.unsent = b""
        self.begun = False
        self.why_closed = ""
        """Why the port could not be opened, with its URL; empty while it is open."""
        self.overheard = Overheard(engine)
        self._open_port = open_port
        self._open_at_ms = ATTACH_MS if open_port is None else 0

    def wake_at_ms(self) -> int | None:
        """When this line wants to be looked at without any bytes having come."""
        at_ms = self.engine.wake_at_ms
        if self.port is not None or (self.begun and self._open_port is None):
            return at_ms
        return self._open_at_ms if at_ms is None else min(at_ms, self._open_at_ms)

    def hear(self, now_ms: int) -> None:
        """Open the port if it is closed, hand what it has to the engine, tell the engine that its time has come."""
        if self.port is None:
            self._open(now_ms)
        if self.port is not None:
            try:
                data = self.port.read()
            except PortError:
                self._lost(now_ms)
            else:
                if data:
                    self.overheard.keep(data, now_ms, sent=False)
                    self.engine.receive_data(data, now_ms)
        if self.engine.wake_at_ms is not None and now_ms >= self.engine.wake_at_ms:
            self.engine.handle_timer(now_ms)

    def speak(self, now_ms: int) -> None:
        """Send what the engine has to say, as far as the port takes it."""
        if self.port is None:
            self.engine.data_to_send()  # nobody hears it
            return
        if len(self.unsent) < OUT_MAX:
            self.unsent += self.engine.data_to_send()
        if self.unsent:
            try:
                count = self.port.write(self.unsent)
            except PortError:
                self._lost(now_ms)
            else:
                if count:
                    self.overheard.keep(self.unsent[:count], now_ms, sent=True)
                    self.unsent = self.unsent[count:]

    def next_event(self, now_ms: int) -> Event | None:
        """What the engine says next; None: no more."""
        event = self.engine.next_event()
        if event is not None:
            self.overheard.note(event, now_ms)
        return event

    def close(self, now_ms: int) -> None:
        """Give the port up for good."""
        if self.begun:
            self._lost(now_ms)

    def _open(self, now_ms: int) -> None:
        if now_ms < self._open_at_ms:
            return
        if self._open_port is None:
            if not self.begun:
                self.begun = True
                self.overheard.port_open = True
                self.engine.port_opened(now_ms)
            return
        self._open_at_ms = now_ms + REOPEN_MS
        try:
            self.port = self._open_port()
        except PortError as error:
            if str(error) != self.why_closed:
                self.why_closed = self.overheard.why_closed = str(error)
                log.info("%s: %s", self.engine.device, error)
            if not self.begun:
                self.engine.port_closed(now_ms)
        else:
            self.why_closed = self.overheard.why_closed = ""
            self.overheard.port_open = True
            self.engine.port_opened(now_ms)
        self.begun = True

    def _lost(self, now_ms: int) -> None:
        if self.port is not None:
            self.port.close()
            self.port = None
        self.unsent = b""
        self.overheard.port_open = False
        self._open_at_ms = now_ms + REOPEN_MS
        self.engine.port_closed(now_ms)


def replay(world: World, records: Iterable[Record]) -> World:
    """The world after these records; what they caused has been done in its time and is not done again.

    Raises `StoreError` when today's tables decide other than the journal says was decided: then the world that follows
    from them is not the one that the books and the devices know.
    """
    for record in records:
        world, effects, entries = step(world, record.event, Instant(record.at_ms, record.up_ms))
        if (tuple(effects), tuple(entries)) != (record.effects, record.entries):
            raise StoreError(
                f"event {record.seq} was decided in another way by the version of the program that wrote it, and the world "
                "that it kept can not be read; start that version once more, stop it in good order, then start this one"
            )
    return world


class Pump:
    """Owns the world. `tick` is one pass; `wake_at_ms` tells when the next is due if nothing happens before."""

    def __init__(
        self,
        world: World,
        journal: Journal,
        lines: Sequence[Line],
        clock: Clock,
        ticket_key: bytes,
        committed: Callable[[World], None],
        ledger: Path | None = None,
    ) -> None:
        """`committed` is told the new world after each commit; it must not block. `ledger` is that of dues; by default it
        is beside the journal."""
        self.world = world
        self.inbox: deque[Event] = deque()
        """Events from other threads and from the shell; `append` is safe from anywhere."""
        self.stopping = False
        """Set to take no more money: all levels are off from the next pass on."""
        self._journal = journal
        self.lines = lines
        self._clock = clock
        self._intake = Intake(journal.books, ticket_key, ledger or journal.path.with_name(LEDGER))
        self._committed = committed
        self._tidied_seq = world.seq
        self._wall_offset_ms: int | None = None

    def begin(self, started: Started) -> None:
        """The first event of a life, before any port is opened: engines know what they are asked before they start up.

        A wall clock that is behind the journal has lost the time while nobody looked (a dead battery): stays are then
        priced too low, so it is told at once.
        """
        now, last_at_ms = self._clock.now(), self._journal.last_at_ms()
        events: list[Event] = [started]
        if last_at_ms is not None and last_at_ms - now.wall_ms >= CLOCK_STEP_MS:
            events.append(ClockStepped(now.wall_ms - last_at_ms))
        self._work(events, now)

    @property
    def busy(self) -> bool:
        """A device has something under way, or has not heard yet what it should do now."""
        return any(line.engine.busy for line in self.lines)

    def tick(self, lines: Sequence[Line] | None = None) -> bool:
        """One pass; True when nothing had happened. Raises `StoreFailed` when the journal did: then nothing of this pass may
        be relied on.

        `lines`: whoever knows that only these can have news may say so, and the others are spared unless there are any.
        """
        now = self._clock.now()
        up_ms = now.up_ms
        if lines is None:
            lines = self.lines
        for line in lines:
            line.hear(up_ms)
        quiet = True
        while events := self._collect(now, lines):
            quiet = False
            lines = self.lines
            self._work(events, now)
        for line in lines:
            line.speak(up_ms)
        if quiet and self.world.state in RESTING and self.world.seq - self._tidied_seq >= TIDY_EVERY:
            self._tidied_seq = self.world.seq
            self._journal.checkpoint()
        return quiet

    def wake_at_ms(self) -> int | None:
        """The earliest moment, in elapsed time, at which somebody wants to be woken."""
        times = [line.wake_at_ms() for line in self.lines]
        times.extend(due_at_ms(self.world) for due_at_ms in DEADLINES.values())
        return min((at_ms for at_ms in times if at_ms is not None), default=None)

    def _collect(self, now: Instant, lines: Sequence[Line]) -> list[Event]:
        events: list[Event] = []
        wall_offset_ms = now.wall_ms - now.up_ms
        if self._wall_offset_ms is not None and abs(wall_offset_ms - self._wall_offset_ms) >= CLOCK_STEP_MS:
            events.append(ClockStepped(wall_offset_ms - self._wall_offset_ms))
            self._wall_offset_ms = wall_offset_ms
        elif self._wall_offset_ms is None:
            self._wall_offset_ms = wall_offset_ms
        while self.inbox and len(events) < EVENTS_MAX:
            events.append(self.inbox.popleft())
        for line in lines:
            while len(events) < EVENTS_MAX and (event := line.next_event(now.up_ms)) is not None:
                events.append(event)
        events.extend(event for event in DEADLINES if is_due(event, self.world, now.up_ms))
        return events

    def _work(self, events: Iterable[Event], now: Instant) -> None:
        effects = self._decide(events, now)
        self._committed(self.world)
        self._perform(effects, now)
        self._follow(now)

    def _decide(self, events: Iterable[Event], now: Instant) -> list[tuple[str, Effect]]:
        """Step through the events and commit them together; returns the effects that are now to be performed."""
        world = self.world
        effects: list[tuple[str, Effect]] = []
        facts: list[Event] = []
        self._journal.begin()
        for event in events:
            if isinstance(event, TimedOut | DrawerOverdue) and not is_due(event, world, now.up_ms):
                continue  # an event of this very batch has moved the deadline
            fact = self._intake.fact(event, now.wall_ms, world.rules)
            if fact is None:
                continue
            outcome: Outcome = step(world, fact, now)
            world = outcome.world
            facts.append(fact)
            self._journal.append(
                Record(world.seq, now.wall_ms, now.up_ms, fact, tuple(outcome.effects), tuple(outcome.entries))
            )
            effects.extend((f"{world.seq}.{index}", effect) for index, effect in enumerate(outcome.effects))
        self._journal.commit(world)
        for seq, fact in enumerate(facts, self.world.seq + 1):
            log.info("%d %r", seq, fact)
        self.world = world
        return effects

    def _perform(self, effects: Iterable[tuple[str, Effect]], now: Instant) -> None:
        for effect_id, effect in effects:
            for line in self.lines:
                line.engine.perform(effect_id, effect, now.up_ms)

    def _follow(self, now: Instant) -> None:
        levels = Wanted() if self.stopping else wanted(self.world)
        for line in self.lines:
            line.engine.follow(levels, now.up_ms)

    def stop_taking(self) -> None:
        """Turn all levels off; notes that are moving come to their end."""
        self.stopping = True
        self._follow(self._clock.now())
