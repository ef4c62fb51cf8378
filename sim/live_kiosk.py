"""The kiosk alive: the terminal's program in its cabinet, which starts, works, dies and starts again.

The program is the real one: `step`, journal, recovery, engines, outbox and pump, with other ends plugged in. `run_until` lets the
time pass: it jumps to the next moment at which a device, a line, a plan or the terminal has something to do.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sim.cabinet import Cabinet
from sim.devices.barrier import BarrierEngine
from sim.devices.change_giver import ChangeGiverEngine
from sim.disk import Still
from sim.kiosk import KEY, LETTERHEAD, RULES, Fittings, rules
from sim.lines import Cable, NappingLine, VirtualPort
from sim.machine import HOUR_MS, WALL_MS
from sim.office import ledger
from sim.power import Cut, NoCut, PowerPlan
from sim.reporting import Reporting
from sim.watched_journal import WatchedJournal
from sim.wire import NEVER_MS
from sim.wire import Faults as LineFaults
from terminal.errors import PortError, StoreFailed
from terminal.fsm.effects import OpenDrawer
from terminal.fsm.events import Event, Started
from terminal.fsm.policy import RESTING, blockers
from terminal.fsm.states import SaleState
from terminal.fsm.world import World, new_world
from terminal.hw.port import Port
from terminal.hw.printer import EscposPrinter
from terminal.hw.receipt import render
from terminal.hw.scanner import SerialScanner
from terminal.hw.validators.ssp import SspValidator
from terminal.link.messages import Names
from terminal.pay.signing import sign
from terminal.pump import DEADLINES, Line, Pump, replay
from terminal.store.record import Record

JOURNAL = Path("journal.db")
OUTBOX = "mqtt"
NAP_IN_SALE_MS, NAP_WHEN_ILL_MS, NAP_WHEN_WELL_MS = 4_000, 20_000, HOUR_MS
"""The longest naps of a line. A validator that is not polled for 10 s stops taking notes (GA138, "Poll"); a terminal that is
out of service waits for somebody to do something."""
WELL_MS = 10_000
"""A terminal that has been well for so long takes its longest naps."""
ROUSED_FOR_MS = 2_500
"""So long a line is awake after something was done to its device: what noise makes of the first answer is asked again."""
RETRY_MS = 1_000
"""How often a terminal whose journal has failed looks whether the disk takes writes again, as `app.wait_for_room` does."""
STUCK = 10_000
"""So many passes without time going on are a bug."""


class LiveKiosk(Cabinet):
    """See the top of this file. `durable` is told all records that a commit has acknowledged, and after each start those
    that survived without the program having heard of it."""

    def __init__(
        self,
        seed: int,
        lines: LineFaults,
        durable: Callable[[list[Record]], None],
        fittings: Fittings | None = None,
        power: PowerPlan | None = None,
    ) -> None:
        """`power`: when it goes first; not at all by default."""
        super().__init__(seed, lines, fittings, power)
        self.deaths = 0
        self.deaths_in_a_start = 0
        """Those of them before the terminal had asked its devices anything."""
        self.failures = 0
        """How often the journal failed because of the disk."""
        self.lost: list[str] = []
        """Acknowledged events that did not survive, in words."""
        self.died: Callable[[str], None] = lambda death: None
        """Told when the terminal has died."""
        self.struck: Callable[[str], None] = lambda fault: None
        """Told when a fault that lay in wait has struck."""
        self.pump: Pump | None = None
        self.reporting = Reporting(self.dice("reporting"), Names(RULES.site, RULES.terminal_id))
        self.journal: WatchedJournal | None = None
        self._durable = durable
        self._durable_seq = 0
        self._starting = False
        self._ill_at_ms = 0
        self.ranges = 1
        """So many ranges of receipt numbers the office has given to this window, as its configuration says."""
        self._drawer_was_open = False
        self.drawer_openings = 0
        self._stirred = False
        """Something has happened that no cable tells of."""
        self._pump_at_ms = self._times_out_at_ms = NEVER_MS
        """When the terminal wants to be woken, in the world's time; and when the sale does."""
        self._lines_at_ms: list[int] = []
        """The same for each of its lines."""
        self.at(0, self._boot)

    # --- time -----------------------------------------------------------------------------------------------------
    def run_until(self, until_ms: int) -> None:
        """Let the time pass."""
        stuck = 0
        while True:
            at_ms = max(self.now_ms, min(self._next_ms(), until_ms))
            stuck = stuck + 1 if at_ms == self.now_ms else 0
            assert stuck < STUCK, "time stands still"
            self.now_ms = at_ms
            for name, cable in self.cables.items():
                if cable.wake_at_ms <= at_ms and cable.turn(at_ms) and name == "validator":
                    self.rouse(name, stay_ms=0)  # a printer's every line is no news
            if self.change_giver.wake_at_ms is not None and self.change_giver.wake_at_ms <= at_ms:
                self.change_giver.advance(at_ms)
                self.stir()
            self._do_what_is_due(at_ms)
            if self.paper.drawer.is_open is not self._drawer_was_open:
                self._drawer_was_open = self.paper.drawer.is_open
                self.drawer_openings += self._drawer_was_open
                self.printer_moved()
            reports_at_ms = self.reporting.wake_at_ms
            if reports_at_ms is not None and reports_at_ms <= at_ms:
                self.reporting.turn(at_ms)
            self._let_terminal_work()
            if self.now_ms >= until_ms:
                return

    def rouse(self, device: str, stay_ms: int = ROUSED_FOR_MS) -> None:
        """Somebody has done something to a device, or it has moved: it may have something to say, and the terminal to ask."""
        if device not in self.cables:
            return
        self.cables[device].turn(self.now_ms)
        if self.pump is not None:
            number = self.line_names.index(device)
            line = self.pump.lines[number]
            assert isinstance(line, NappingLine)
            line.rouse(self.now_ms - self._began_ms, stay_ms)
            self._reckon_line(number)
            if stay_ms:
                self.stir()

    def stir(self) -> None:
        """Something has happened that no cable tells of: the terminal looks."""
        self._stirred = True
        self._pump_at_ms = self.now_ms if self.pump is not None else NEVER_MS

    def _reckon(self) -> None:
        """When the terminal wants to be woken, and by whom."""
        assert self.pump is not None
        began_ms = self._began_ms
        times = [line.wake_at_ms() for line in self.pump.lines]
        self._lines_at_ms = [NEVER_MS if at_ms is None else at_ms + began_ms for at_ms in times]
        self._times_out_at_ms = NEVER_MS
        due_ms = [at_ms for due_at_ms in DEADLINES.values() if (at_ms := due_at_ms(self.pump.world)) is not None]
        if due_ms:
            self._times_out_at_ms = min(due_ms) + began_ms
        self._pump_at_ms = min(self._times_out_at_ms, *self._lines_at_ms)

    def _reckon_line(self, number: int) -> None:
        """The same when nothing but one line has changed."""
        assert self.pump is not None
        at_ms = self.pump.lines[number].wake_at_ms()
        self._lines_at_ms[number] = NEVER_MS if at_ms is None else at_ms + self._began_ms
        self._pump_at_ms = min(self._times_out_at_ms, *self._lines_at_ms)

    def _next_ms(self) -> int:
        next_ms = self._pump_at_ms
        for cable in self._all_cables:
            if cable.wake_at_ms < next_ms:
                next_ms = cable.wake_at_ms
        if self._due and self._due[0][0] < next_ms:
            next_ms = self._due[0][0]
        at_ms = self.change_giver.wake_at_ms
        if at_ms is not None and at_ms < next_ms:
            next_ms = at_ms
        at_ms = self.reporting.wake_at_ms
        return next_ms if at_ms is None or at_ms > next_ms else at_ms

    # --- the terminal ---------------------------------------------------------------------------------------------
    @property
    def screen(self) -> World | None:
        """What a person can see; None: the screen is dark, or says that the disk takes no writes."""
        return self.pump.world if self.pump is not None else None

    def at_rest(self) -> bool:
        """Nobody is served, nothing moves, nothing is under way."""
        world = self.screen
        return (
            world is not None
            and world.state in RESTING
            and world.waits_until_ms is None
            and world.language_until_ms is None
            and not world.pending
            and not world.jobs
            and self.mechanics.bill is None
            and not self.paper.working
            and not self.change_giver.paying
            and all(cable.idle() for cable in self.cables.values())
        )

    def serving(self) -> bool:
        """Ready for the next payer, as soon as a window's collector is."""
        if not self.at_rest() or self.screen is None:
            return False
        return self.screen.state is SaleState.IDLE or {device for device, _ in blockers(self.screen)} == {"shift"}

    def say(self, event: Event) -> None:
        """A button, a door contact: what reaches the pump's inbox from the shell."""
        if self.pump is not None:
            self.pump.inbox.append(event)
            self.stir()

    def _boot(self) -> None:
        """A start of the program, as `app.live` does it; a disk that takes no writes is waited for."""
        if self.pump is not None or self.journal is not None:
            return
        if self.disk.fault != "none":
            self.at(RETRY_MS, self._boot)
            return
        self._began_ms = self.now_ms
        self._starting = True
        try:
            journal = WatchedJournal.open(JOURNAL, connect=self.disk.connect)
            self.journal = journal
            journal.told, journal.waiting = self._tell, []
            saved, records = journal.load(World)
            world = replay(saved or new_world(), records)
            self._tell_survivors(journal)
            self.pump = Pump(world, journal, self._lines(), self, KEY, self._committed, ledger())
            self.pump.begin(Started("virtual", rules(self.fittings, self.ranges)))
            self.reporting.terminal_started(journal.cursor(OUTBOX), journal.rows_after)
            self.reporting.wake(self.pump.world.seq)
            self._reckon()
        except Cut:
            self._die()
        except StoreFailed:
            self._fail()
        else:
            if self._image is not None:
                self._die()

    def _lines(self) -> list[Line]:
        staffed, sensor = self.fittings.role == "window", self.fittings.drawer_sensor
        printer = EscposPrinter(
            partial(render, letterhead=LETTERHEAD, sign=partial(sign, KEY)),
            drawer=staffed,
            drawer_open_high=True if staffed and sensor else None,
        )
        lines: list[Line] = [] if staffed else [self._line(SspValidator("CNY"))]
        lines += [
            self._line(SerialScanner()),
            self._line(printer),
            Line(BarrierEngine(self.barrier, self.point), None),
        ]
        if self.fittings.payout_limit_minor:
            lines.append(Line(ChangeGiverEngine(self.change_giver, self.point), None))
        return lines

    def _line(self, engine: SspValidator | SerialScanner | EscposPrinter) -> Line:
        cable = self.cables[engine.device]
        moves_in_ms = {"validator": self._note_moves_in_ms, "printer": self._paper_moves_in_ms}.get(engine.device)
        return NappingLine(engine, partial(self._open, cable), cable, self._nap_ms, moves_in_ms, self._dice)

    def _nap_ms(self) -> int:
        """Longest while nobody is served and nothing is wrong: then only people end it."""
        screen = self.screen
        if screen is None or screen.state not in RESTING:
            return NAP_IN_SALE_MS
        if any(screen.devices.values()):
            self._ill_at_ms = self.now_ms
        if screen.state is not SaleState.IDLE:
            return NAP_WHEN_ILL_MS
        return NAP_WHEN_WELL_MS if self.now_ms - self._ill_at_ms > WELL_MS else NAP_IN_SALE_MS

    def _open(self, cable: Cable) -> Port:
        if not cable.plugged:
            raise PortError("unplugged")
        cable.to_terminal.drop()
        cable.opened = True
        return VirtualPort(self, cable)

    def _let_terminal_work(self) -> None:
        """A pass of the pump, if it is due: over all lines, or only over those that can have news."""
        if self.pump is None:
            return
        now_ms = self.now_ms
        due = [
            number
            for number, cable in enumerate(self._all_cables)
            if cable.arrives_at_ms <= now_ms or self._lines_at_ms[number] <= now_ms
        ]
        if self._stirred or self._times_out_at_ms <= now_ms:
            self._tick(None)
        elif len(due) == 1:
            self._tick(due[0])
        elif due or self._pump_at_ms <= now_ms:
            self._tick(None)

    def _tick(self, number: int | None) -> None:
        assert self.pump is not None and self.journal is not None
        self._stirred = False
        try:
            cursor = self.reporting.take_cursor()
            if cursor is not None:
                self.journal.set_cursor(OUTBOX, cursor)
            quiet = self.pump.tick(None if number is None else self.pump.lines[number : number + 1])
            self._starting = False
        except Cut:
            self._die()
        except StoreFailed:
            self._fail()
        else:
            if self._image is not None:
                self._die()
            elif quiet and number is not None:
                self._reckon_line(number)
            else:
                self._reckon()

    def _committed(self, world: World) -> None:
        if self._image is None:
            self.reporting.wake(world.seq)

    def _tell(self, records: list[Record]) -> None:
        if self._image is None:  # else the machine is dead already, and nobody has heard of this commit
            self._durable_seq = records[-1].seq
            self.reporting.durable(records)
            self._durable(records)
            if any(isinstance(effect, OpenDrawer) for record in records for effect in record.effects):
                self._wake_for_a_pulse()

    def _wake_for_a_pulse(self) -> None:
        """A pulse is neither an answer nor a document, so a line that naps would not notice it."""
        if self.pump is not None:
            line = self.pump.lines[self.line_names.index("printer")]
            assert isinstance(line, NappingLine)
            line.rouse(self.now_ms - self._began_ms, ROUSED_FOR_MS)

    def _tell_survivors(self, journal: WatchedJournal) -> None:
        """Commits that survived although the program never heard about them."""
        if journal.seq < self._durable_seq:
            self.lost.append(f"events {journal.seq + 1} to {self._durable_seq} were acknowledged and are gone")
        survivors = [row.record() for row in journal.rows_after(self._durable_seq)]
        if survivors:
            self._tell(survivors)

    def _fail(self) -> None:
        """The journal failed: everything is dropped on the spot, and a new life begins when the disk takes writes."""
        if self._image is not None:  # the power went in the same moment
            self._die()
            return
        self.failures += 1
        self._drop_program()
        self.died("store failed")
        self.at(RETRY_MS, self._boot)

    def _drop_program(self) -> None:
        if self.journal is not None:
            self.journal.abandon()
        self.pump = self.journal = None
        self._pump_at_ms = NEVER_MS
        self.reporting.terminal_died()
        for cable in self.cables.values():
            cable.opened = False

    # --- the power ------------------------------------------------------------------------------------------------
    def cut(self, plan: PowerPlan, within_ms: int | None = None) -> None:
        """The power will go by this plan, whatever was planned before; at its point, or after so long at the latest."""
        self.power = plan

        def now_at_last() -> None:
            if self.power is plan and self.pump is not None:
                self._decide_what_is_left()
                self._die()

        if within_ms is not None:
            self.at(within_ms, now_at_last)

    def _die(self) -> None:
        assert self._image is not None
        image = self._image
        self._drop_program()
        if isinstance(image, Still):
            self.disk.go_on(image)
        else:
            self.disk.start(image)
        self._image = None
        self.power = NoCut()
        self.deaths += 1
        self.deaths_in_a_start += self._starting
        self.died(self._death)
        if self._death == "blackout":
            self.lose_devices()
            self.at(2_000, self.restore_devices)
        if self._death != "kill" and self.rtc_is_dead:
            self.rtc_is_dead = False
            self._wall_offset_ms = -(WALL_MS + self.now_ms) + HOUR_MS  # 1970
            self.at(self._dice.choice((3_000, 300_000)), self.set_wall_clock_right)
        self.at(self._dice.choice((500, 3_000, 60_000)), self._boot)

    def lose_devices(self) -> None:
        """All devices lose their power."""
        self.validator.lose_power(self.now_ms)
        self.paper.lose_power()
        self.change_giver.lose_power(self.now_ms)
        self._devices_moved()

    def restore_devices(self) -> None:
        """… and have it back."""
        self.validator.restore_power(self.now_ms)
        self.paper.restore_power()
        self.change_giver.restore_power(self.now_ms)
        self._devices_moved()

    def _devices_moved(self) -> None:
        self.printer_moved()
        self.rouse("validator")
        self.stir()

    def printer_moved(self) -> None:
        """Somebody did something to the printer."""
        self.board.advance(self.now_ms)
        self.rouse("printer")

    def close(self) -> None:
        """The end of this world."""
        if self.journal is not None:
            self.journal.close()
        self.disk.unregister()
