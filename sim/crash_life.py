"""A scripted life of a terminal on a disk that forgets, and what must be in its file after each commit.

The life holds all that the books know: an exact sale, over-paid ones with change and with a credit note, a cancelled one, a
note in dispute that is found again, one unclaimed, copies of papers, a restart, cursors, checkpoints. It goes through the real
pump and the real journal; there are no devices, what they would say is in the script.

`History` says what the file must hold, worked out from the events alone: rows, books, world and cursor. It also holds the
money against what the devices have said. A crash state is compared with it whole.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sim.disk import Disk, Image, Moment
from sim.kiosk import RULES
from terminal.clock import Instant
from terminal.fsm import effects as fx
from terminal.fsm import events as ev
from terminal.fsm.states import SaleState
from terminal.fsm.step import step
from terminal.fsm.world import World, new_world
from terminal.pump import Pump, replay
from terminal.store import books, migrations, sqlite
from terminal.store.journal import Journal
from terminal.store.record import GENESIS, Record, row_of

PATH = Path("journal.db")
OUTBOX = "mqtt"
WALL_MS = 1_770_000_000_000
STARTED = ev.Started("crash", msgspec.structs.replace(RULES, payout_limit_minor=500))

BY_SALE = """SELECT sale_no, due_minor, state, credited_minor, change_owed_minor,
    (SELECT coalesce(sum(amount_minor), 0) FROM bills_settled AS b WHERE b.sale_no = s.sale_no AND disposition = 'credited'),
    (SELECT coalesce(sum(amount_minor), 0) FROM change_paid AS c WHERE c.sale_no = s.sale_no)
    + (SELECT coalesce(sum(amount_minor), 0) FROM credit_notes AS n WHERE n.sale_no = s.sale_no),
    (SELECT count(*) FROM receipts AS r WHERE r.sale_no = s.sale_no)
FROM sales AS s LEFT JOIN sales_closed USING (sale_no)"""
BOOKS = tuple(f"SELECT * FROM {table} ORDER BY {key}" for table, key in books.TABLES.items())
EVENTS = "SELECT * FROM events ORDER BY seq"
SNAPSHOT = "SELECT seq, world FROM snapshots ORDER BY seq DESC LIMIT 1"
BY_DISPOSITION = "SELECT disposition, sum(amount_minor) FROM bills_settled GROUP BY disposition"


class BrokenPromise(Exception):
    """What should hold after every power cut does not."""


# --- what must be in the file -------------------------------------------------------------------------------------
class History:
    """What the file holds after a commit."""

    def __init__(
        self,
        world: World,
        records: tuple[Record, ...] = (),
        rows: tuple[tuple[Any, ...], ...] = (),
        cursor: int = 0,
        taken_minor: int = 0,
    ) -> None:
        self.world = world
        self.records = records
        self.rows = rows
        self.cursor = cursor
        self.taken_minor = taken_minor
        """What the devices have said to be in the box."""

    @property
    def seq(self) -> int:
        """The last event."""
        return self.world.seq

    @property
    def head_hash(self) -> bytes:
        """The end of the chain, which stands for all of it."""
        return bytes(self.rows[-1][-1]) if self.rows else GENESIS

    def after(self, events: Iterable[ev.Event], now: Instant, cursor: int | None = None) -> "History":
        """The history with one more commit."""
        world, taken_minor = self.world, self.taken_minor
        records, rows = list(self.records), list(self.rows)
        for event in events:
            taken_minor += _taken_minor(world, event)
            world, effects, entries = step(world, event, now)
            record = Record(world.seq, now.wall_ms, now.up_ms, event, tuple(effects), tuple(entries))
            records.append(record)
            rows.append(row_of(record, rows[-1][-1] if rows else GENESIS).values())
        cursor = self.cursor if cursor is None else cursor
        return History(world, tuple(records), tuple(rows), cursor, taken_minor)

    @cached_property
    def started(self) -> "History":
        """With the start after a power cut."""
        return self.after([STARTED], self.next_life)

    @cached_property
    def answered(self) -> "History":
        """With what the devices say when they are asked at a start; the same history if they are asked nothing."""
        answers = [_answer(effect) for effect in self.records[-1].effects if isinstance(effect, fx.Ask)]
        start = self.records[-1]
        return self.after(answers, Instant(start.at_ms, start.up_ms)) if answers else self

    @cached_property
    def next_life(self) -> Instant:
        """When the power is back."""
        return Instant((self.records[-1].at_ms if self.records else WALL_MS) + 1000, 0)

    @cached_property
    def blob(self) -> bytes:
        """The world as a snapshot."""
        return msgspec.msgpack.encode(self.world)

    @cached_property
    def books(self) -> list[list[tuple[Any, ...]]]:
        """The rows of all books, built anew from the entries. Raises BrokenPromise when the money in them does not balance."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        migrations.migrate(connection, 0, sqlite.APPLICATION_ID)
        for record in self.records:
            books.post(connection, record.seq, record.at_ms, record.entries)
        self._balance(connection)
        rows = [connection.execute(query).fetchall() for query in BOOKS]
        connection.close()
        return rows

    def _balance(self, connection: sqlite3.Connection) -> None:
        bills = dict(connection.execute(BY_DISPOSITION).fetchall())
        in_dispute_minor = sum(bill.amount_minor for bill in self.world.disputed)
        _same("in the box", self.taken_minor, bills.get("credited", 0) + bills.get("unclaimed", 0))
        _same("in dispute", in_dispute_minor, bills.get("disputed", 0))
        for sale_no, due, state, credited, owed, in_notes, given, receipts in connection.execute(BY_SALE):
            sale = self.world.sale if self.world.sale and self.world.sale.sale_no == sale_no else None
            paid = state == "paid"
            if state is None:
                _same(f"credited to the open sale {sale_no}", sale.credited_minor if sale else None, in_notes)
            else:
                _same(f"credited to sale {sale_no}", credited, in_notes)
                _same(f"owed for sale {sale_no}", credited - due * paid, owed)
                _same(f"given or still owed for sale {sale_no}", owed, given + (sale.owed_minor if sale else 0))
                _same(f"receipts of sale {sale_no}", int(paid and due > 0), receipts)


def _same(what: str, expected: int | None, booked: int) -> None:
    if expected != booked:
        raise BrokenPromise(f"{what}: {booked} in the books, {expected} expected")


def _taken_minor(world: World, event: ev.Event) -> int:
    """What an event says to have gone into the box just now."""
    match event:
        case ev.BillStacked(amount_minor=amount_minor):
            return amount_minor
        case ev.EffectFound(effect_id=effect_id, finding="in_box"):
            effect = world.pending.get(effect_id)
            return effect.amount_minor if isinstance(effect, fx.StackBill | fx.ReturnBill) else 0
    return 0


def _answer(ask: fx.Ask) -> ev.Event:
    match ask.about:
        case fx.StackBill():
            return ev.EffectFound(ask.effect_id, "in_box")
        case fx.ReturnBill():
            return ev.EffectFound(ask.effect_id, "given_back")
        case fx.PayOut(amount_minor=amount_minor):
            return ev.EffectFound(ask.effect_id, "paid_out", amount_minor)
        case fx.PrintDocument():
            return ev.EffectFound(ask.effect_id, "in_doubt")
        case _:
            return ev.EffectFound(ask.effect_id, "nothing")


# --- what a power cut could leave, and when -----------------------------------------------------------------------
class Note(NamedTuple):
    """A moment at which the power may go."""

    moment: Moment
    acked: History
    """What the terminal has called durable."""
    then: History
    """What it is about to make durable; the same if it is about nothing."""


class Watch:
    """Notes the moment before each write, sync and change of names on a disk, with what was promised by then."""

    def __init__(self, disk: Disk, acked: History, then: History | None = None) -> None:
        self.acked = acked
        self.then = then or acked
        self.notes: list[Note] = []
        self._disk = disk
        disk.before_write = disk.before_sync = self.look

    def look(self) -> None:
        """Notes this moment."""
        self.notes.append(Note(self._disk.moment(), self.acked, self.then))

    def believe(self, history: History) -> None:
        """A commit has returned, or a start has read the file: from now on no power cut may undo it."""
        self.acked = self.then = history
        self.look()

    def close(self) -> list[Note]:
        """Leaves the disk alone; all that was noted."""
        self._disk.before_write = self._disk.before_sync = None
        return self.notes


class Clock:
    """Elapsed time goes on when it is told to; wall time with it."""

    def __init__(self, life: Instant) -> None:
        self._wall_ms = life.wall_ms
        self.up_ms = life.up_ms

    def now(self) -> Instant:
        """This moment."""
        return Instant(self._wall_ms + self.up_ms, self.up_ms)


class Terminal:
    """The real journal and pump, from the start on, and the history that they should write."""

    def __init__(self, disk: Disk, may_be: Sequence[History], watch: Watch | None = None) -> None:
        """Starts as the shell does. Raises what the journal raises, or BrokenPromise when the file is none of the histories."""
        self._watch = watch
        self.connection = disk.connect(PATH)
        self.journal = Journal.open(PATH, connect=lambda _: self.connection)
        try:
            self.history = self._found(may_be)
            saved, records = self.journal.load(World)
            world = replay(saved or new_world(), records)
            if world != self.history.world:
                raise BrokenPromise("another world than the one that was written")
            self._believe()
            self.clock = Clock(self.history.next_life)
            self.pump = Pump(world, self.journal, (), self.clock, b"", lambda _: None)
            self._expect(self.history.started)
            self.pump.begin(STARTED)
            self._believe()
        except BaseException:
            self.connection.abandon()
            raise

    def _found(self, may_be: Sequence[History]) -> History:
        seq, cursor = self.journal.seq, self.journal.cursor(OUTBOX)
        for history in may_be:
            if (history.seq, history.cursor) == (seq, cursor):
                return history
        raise BrokenPromise(f"acknowledged {may_be[0].seq}, found {seq}")

    def say(self, *events: ev.Event, cursor: int | None = None) -> None:
        """Devices and people say something, and all of it is one commit."""
        self.clock.up_ms += 100
        if cursor is not None:
            self.journal.set_cursor(OUTBOX, cursor)
        self._expect(self.history.after(events, self.clock.now(), cursor))
        self.pump.inbox.extend(events)
        self.pump.tick()
        self._believe()

    def wait(self) -> None:
        """Until the world wants to be woken."""
        assert self.pump.world.wake_at_ms is not None
        self.clock.up_ms = self.pump.world.wake_at_ms
        self._expect(self.history.after([ev.TimedOut()], self.clock.now()))
        self.pump.tick()
        self._believe()

    def checkpoint(self, cursor: int) -> None:
        """A quiet moment: the broker has heard so much, and the log is emptied."""
        self.journal.set_cursor(OUTBOX, cursor)
        self._expect(self.history.after((), self.clock.now(), cursor))
        self.journal.checkpoint()
        self._believe()

    def hear_answers(self) -> None:
        """The devices answer what they were asked at the start."""
        started, answered = self.history, self.history.answered
        if answered is not started:
            self._expect(answered)
            self.pump.inbox.extend(record.event for record in answered.records[started.seq :])
            self.pump.tick()
            self._believe()

    def pending(self, *kinds: type[fx.AwaitedEffect]) -> str:
        """The effect of these kinds that is under way."""
        return next(key for key, effect in self.pump.world.pending.items() if isinstance(effect, kinds))

    def _expect(self, history: History) -> None:
        self.history = history
        if self._watch is not None:
            self._watch.then = history

    def _believe(self) -> None:
        if self._watch is not None:
            self._watch.believe(self.history)


# --- the life -----------------------------------------------------------------------------------------------------
def a_life(disk: Disk, sabotage: str = "") -> list[Note]:
    """Lives through the script; each moment of it. `sabotage`: a PRAGMA that the journal would never use."""
    nothing = History(new_world())
    watch = Watch(disk, nothing)
    terminal = Terminal(disk, [nothing], watch)
    if sabotage:
        terminal.connection.execute(sabotage)
    first_day(terminal)
    terminal.journal.close()
    terminal = Terminal(disk, [terminal.history], watch)
    second_day(terminal)
    terminal.journal.close()
    watch.look()
    for note in watch.notes:
        note.acked.books  # noqa: B018  (looks at the money too)
    return watch.close()


def first_day(terminal: Terminal) -> None:
    """Payers without trouble."""
    terminal.say(*(ev.DeviceChanged(device, ()) for device in STARTED.rules.devices))
    scan(terminal, "exact")
    insert(terminal, 1000)
    print_all(terminal)
    leave(terminal)
    terminal.checkpoint(cursor=terminal.history.seq - 2)

    scan(terminal, "over-paid, with a credit note")
    terminal.say(ev.LanguageChosen("zh-CN"), ev.BillHeld(2000, "U1", 1))
    terminal.say(ev.BillStacked(2000), cursor=terminal.history.seq)
    give_change(terminal)
    print_all(terminal)
    leave(terminal)

    terminal.checkpoint(cursor=terminal.history.seq - 2)

    scan(terminal, "over-paid, with change")
    insert(terminal, 500)
    insert(terminal, 100)
    insert(terminal, 500)
    give_change(terminal)
    print_all(terminal)
    leave(terminal)
    terminal.checkpoint(cursor=terminal.history.seq)


def second_day(terminal: Terminal) -> None:
    """Payers with trouble."""
    terminal.say(*(ev.DeviceChanged(device, ()) for device in STARTED.rules.devices))
    scan(terminal, "cancelled, with a credit note that is printed twice")
    insert(terminal, 500)
    insert(terminal, 100)
    terminal.say(ev.CancelPressed())
    give_change(terminal, short_minor=200)
    terminal.say(ev.PrintStarted(terminal.pending(fx.PrintDocument)))
    terminal.say(ev.PrintInDoubt(terminal.pending(fx.PrintDocument), "cutter"), cursor=terminal.history.seq)
    print_all(terminal)
    terminal.wait()
    terminal.checkpoint(cursor=terminal.history.seq)

    scan(terminal, "a note in dispute")
    terminal.say(ev.BillHeld(1000, "U1", 5))
    terminal.say(ev.BillHeld(500, "U1", 5))
    terminal.say(ev.BillReturned(500), ev.CodeRefused("wrong_tag", "PK…0000"))
    insert(terminal, 1000)
    print_all(terminal)
    leave(terminal)
    terminal.say(ev.BillStacked(1000))
    terminal.say(ev.BillStacked(2000), ev.BillReported("box", 2000), cursor=terminal.history.seq)
    terminal.checkpoint(cursor=terminal.history.seq)

    scan(terminal, "interrupted")
    terminal.say(ev.BillHeld(500, "U1", 8))


def scan(terminal: Terminal, ticket_id: str) -> None:
    """A ticket that owes ten yuan."""
    assert terminal.pump.world.state is SaleState.IDLE
    terminal.say(ev.TicketScanned(ticket_id, terminal.clock.now().wall_ms - 5_400_000, "T1"))


def insert(terminal: Terminal, amount_minor: int) -> None:
    """A note goes into the box."""
    terminal.say(ev.BillHeld(amount_minor, "U1", 0))
    terminal.say(ev.BillStacked(amount_minor))


def give_change(terminal: Terminal, short_minor: int = 0) -> None:
    """The change giver, if it was asked, gives all but so much."""
    for effect_id, effect in terminal.pump.world.pending.items():
        if isinstance(effect, fx.PayOut):
            terminal.say(ev.ChangePaid(effect_id, effect.amount_minor - short_minor))


def print_all(terminal: Terminal) -> None:
    """The printer works off its queue."""
    while terminal.pump.world.jobs:
        effect_id = terminal.pending(fx.PrintDocument)
        terminal.say(ev.PrintStarted(effect_id))
        terminal.say(ev.Printed(effect_id, "fence"))


def leave(terminal: Terminal) -> None:
    """The barrier opens, and the payer drives out."""
    terminal.say(ev.BarrierOpened(terminal.pending(fx.OpenBarrier)))
    terminal.wait()


# --- the promises -------------------------------------------------------------------------------------------------
def what_is_wrong(
    disk: Disk, image: Image, note: Note, watch: Watch | None = None, *, thorough: bool = True
) -> str | None:
    """Starts from a crash image as a terminal does, and compares the file with what was promised; None: all is well.

    `thorough`: SQLite looks for damage in all of its pages too.
    """
    disk.start(image)
    try:
        terminal = Terminal(disk, [note.acked, note.then], watch)
    except BrokenPromise as error:
        return str(error)
    except Exception as error:  # whatever it is, a start must not end in it
        return f"{type(error).__name__}: {error}"
    try:
        terminal.hear_answers()
        return difference(terminal, thorough)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        terminal.connection.abandon()


def difference(terminal: Terminal, thorough: bool = True) -> str | None:
    """Where the file is not what the terminal's history says."""

    def rows(sql: str) -> list[Any]:
        return list(terminal.connection.execute(sql))

    history = terminal.history
    if terminal.pump.world != history.world:
        return "the recovery has decided otherwise"
    if tuple(rows(EVENTS)) != history.rows:
        return "the events are not the ones that were written"
    if [rows(query) for query in BOOKS] != history.books:
        return "the books differ from the journal"
    if terminal.journal.cursor(OUTBOX) != history.cursor:
        return "the broker's cursor has moved"
    if rows(SNAPSHOT) != [(history.seq, history.blob)]:
        return "another world is kept than the one that was decided"
    if thorough and rows("PRAGMA integrity_check") != [("ok",)]:
        return "SQLite finds damage in the file"
    return None
