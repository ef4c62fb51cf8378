"""The shell: the only file with a loop, a real clock and real ports.

It opens the journal, wakes the world from it, connects engines to ports, and then turns the pump until it is told to stop.
When the journal fails, everything that could take money is dropped on the spot (a device that is not spoken to gives its
note back by itself), the screen and MQTT say why, and a new life begins when the disk takes writes again: the same way that
a start after a power cut goes. There is no second way back.

What is slow to load (pins, MQTT, receipts) comes after READY.
"""

import contextlib
import logging
import queue
import select
import signal
import socket
import subprocess
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import msgspec

from terminal import __version__
from terminal.clock import SystemClock
from terminal.config import Config, load
from terminal.devices import lines, preload
from terminal.errors import ConfigError, StoreError, StoreFailed
from terminal.fsm.events import DeviceChanged, Event, RulesChanged, StaffActed, Started, Stopped
from terminal.fsm.policy import RESTING
from terminal.fsm.world import World, new_world
from terminal.link.health import health
from terminal.notify import ServiceManager
from terminal.pump import Pump, replay
from terminal.reception import Reception
from terminal.store.journal import FILE, Journal, Reader
from terminal.store.room import Room, room
from terminal.web.payer.telling import Reach
from terminal.web.payer.view import status_line, view

if TYPE_CHECKING:
    from terminal.link.mqtt import MqttLink
    from terminal.web.server import PageServer
    from terminal.web.service.page import ServicePage
    from terminal.web.status.page import StatusServer
    from terminal.web.window.page import WindowPage

log = logging.getLogger(__name__)

CHECK_DISK_MS = 1_000
"""How often the free space is looked at; this is also the longest that the loop ever sleeps."""
NO_DESCRIPTOR_MS = 20
"""How often a port is asked that can not be waited for."""
STOP_S = 3.0
"""How long an orderly stop waits for the devices: the validator hears that it is off, a moving note comes to rest."""
LINK_STOP_S = 2.0
POSTED_MAX = 64
"""Button presses that may wait; more are refused to the browser."""
POWER_OFF = ("systemctl", "poweroff")
POWER_OFF_S = 8
SHUT_DOWN = 3
"""Exit status after a shut-down by the staff: the service manager must not start the program again."""
OUTBOX = "mqtt"
"""Name of the link's durable cursor in the journal."""


class Waker:
    """Wakes the loop from another thread or a signal."""

    def __init__(self) -> None:
        self._in, self._out = socket.socketpair()
        self._in.setblocking(False)
        self._out.setblocking(False)

    def fileno(self) -> int:
        """What the loop waits on."""
        return self._in.fileno()

    def wake(self) -> None:
        """Safe from anywhere; a full pipe means that the loop is awake already."""
        with contextlib.suppress(BlockingIOError):
            self._out.send(b"!")

    def drain(self) -> None:
        """Forget that it was woken."""
        with contextlib.suppress(BlockingIOError):
            while self._in.recv(4096):
                pass


class Shell:
    """What outlives a failed journal: the clock, the screen, the link, the wish to stop."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = SystemClock()
        self.waker = Waker()
        self.manager = ServiceManager()
        self.stopping = False
        self.failed = False
        self.reload = False
        self.posted: queue.Queue[Event] = queue.Queue(POSTED_MAX)
        self.alive = False
        """Events can be decided and written."""
        self.head_seq = 0
        """Number of the last event that is known to be durable."""
        self.server: PageServer | None = None
        self.service: ServicePage | None = None
        self.window: WindowPage | None = None
        self.shut_down = False
        """The staff want an end: the service manager shall not start the program again."""
        self.status: StatusServer | None = None
        self.link: MqttLink | None = None
        self.reception = Reception(
            journal_path(config), config.terminal.id, config.ticket_key, self.post, lambda: self.clock.now().wall_ms
        )

    def request_stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """SIGTERM, SIGINT: stop in good order."""
        self.stopping = True
        self.waker.wake()

    def request_reload(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """SIGHUP: read the configuration again."""
        self.reload = True
        self.waker.wake()

    def fail(self, error: OSError) -> None:
        """What is needed could not be loaded (called by another thread): end, and let the service manager try again."""
        log.critical("receipts can not be printed: %s", error)
        self.failed = True
        self.request_stop()

    def post(self, event: Event) -> None:
        """A button was pressed on the page (called by the server's threads). Raises `queue.Full` when too many wait, or while the
        journal can not be written: what is pressed then must not come back to life later."""
        if not self.alive:
            raise queue.Full
        self.posted.put_nowait(event)
        self.waker.wake()

    def open_page(self) -> None:
        """Serve the status page, if configured. Raises `PortError`."""
        if self.config.web is not None:
            from terminal.web.server import PageServer
            from terminal.web.stays import StayCalls

            desk = self.reception
            self.service = self._service_page()
            self.window = self._window_page()
            payers_choose = self.config.web.plate_search and self.window is None
            search, choose = (desk.search, desk.choose) if payers_choose else (None, None)
            stays = StayCalls(desk.report, desk.known, search, choose)
            self.server = PageServer(
                self.config.web.listen,
                self.post,
                stays=stays,
                service=self.service,
                window=self.window,
                framed_by=self.config.web.framed_by,
            )
            self.server.start()

    def screen(self, world: World) -> dict[str, Any]:
        """What the payer's page shows."""
        web = self.config.web
        assert web is not None
        return view(
            world,
            self.clock.now(),
            search=web.plate_search,
            service=self.service is not None,
            px_per_mm=web.px_per_mm,
            reach=Reach(self.config.mqtt is not None, self.config.kiosk.help_phone),
        )

    def _service_page(self) -> "ServicePage | None":
        if (staff := self.config.staff) is None:
            return None
        from terminal.web.service.log_tail import LogTail
        from terminal.web.service.page import ServicePage
        from terminal.web.service.past import Past

        tail = LogTail()
        logging.getLogger().addHandler(tail)
        past = Past(journal_path(self.config), lambda: self.clock.now().wall_ms)
        return ServicePage(staff.operators_file, self.post, past, self.clock.now, tail)

    def _window_page(self) -> "WindowPage | None":
        staff, web = self.config.staff, self.config.web
        if self.config.terminal.role != "window" or staff is None or web is None:
            return None
        from terminal.web.window.books import Books
        from terminal.web.window.page import CarCalls, WindowPage

        desk = self.reception
        cars = CarCalls(desk.search, desk.choose) if web.plate_search else CarCalls()
        books = Books(journal_path(self.config), lambda: self.clock.now().wall_ms)
        return WindowPage(staff.operators_file, self.post, books, cars)

    def show(self, world: World) -> None:
        """All pages show this world from now on."""
        if self.window is not None:
            self.window.show(world)
        elif self.server is not None:
            self.server.show(self.screen(world))
        if self.service is not None:
            self.service.show(world)
        if self.status is not None:
            self.status.show(world, self.clock.now().wall_ms)

    def open_status(self) -> None:
        """Serve the staff's status page, if configured; a terminal that can not do so sells all the same."""
        if self.config.status is not None and self.status is None:
            from terminal.web.status.page import open_status

            books = partial(Reader, journal_path(self.config))
            self.status = open_status(self.config, books, lambda: self.link)

    def open_link(self, cursor: int) -> None:
        """Begin to report over MQTT, if configured."""
        if self.config.mqtt is not None and self.link is None:
            from terminal.link.mqtt import MqttLink
            from terminal.link.reports import Intake as ReportIntake

            of, path = self.config.terminal, journal_path(self.config)
            self.link = MqttLink(
                self.config.mqtt,
                of.site,
                of.id,
                partial(Reader, path),
                cursor,
                language=of.language,
                intake=ReportIntake(self.reception.report, self.reception.known),
                key=self.config.ticket_key,
            )
            self.link.start()

    def read_again(self) -> Event | None:
        """The tariffs and limits of the configuration as it is now; None: it is wrong, and what was in force stays so.

        All else (ports, pins, addresses, the currency) is that of the start.
        """
        self.reload = False
        try:
            found = load(self.config.file)
        except ConfigError as error:
            log.error("the configuration is refused whole, the old tariffs stay in force: %s", error)
            return None
        ours, theirs = self.config.terminal, found.terminal
        if (ours.currency, ours.timezone) != (theirs.currency, theirs.timezone):
            log.error("currency and time zone change at a start only; the old tariffs stay in force")
            return None
        log.info("tariffs and limits were read again")
        self.config = msgspec.structs.replace(self.config, tariffs=found.tariffs, kiosk=found.kiosk)
        return RulesChanged(self.config.rules())

    def close(self) -> None:
        """The last words of an orderly stop."""
        if self.link is not None:
            self.link.stop(LINK_STOP_S)
        for server in (self.server, self.status):
            if server is not None:
                server.stop()


class Life:
    """From an opened journal to the stop, or to the journal's failure."""

    def __init__(self, shell: Shell, journal: Journal) -> None:
        self._shell = shell
        self._journal = journal
        self._room: Room = "ok"
        self._disk_at_ms = 0
        self._said_ready = False
        self._said_status = ""
        saved, records = journal.load(World)
        self._pump = Pump(
            replay(saved or new_world(), records),
            journal,
            lines(shell.config, shell.waker.wake),
            shell.clock,
            shell.config.ticket_key,
            self._committed,
        )
        if shell.service is not None:
            shell.service.watch([line.overheard for line in self._pump.lines])
        self._pump.begin(Started(__version__, shell.config.rules()))
        shell.alive = True

    def serve(self) -> None:
        """Until the shell wants to stop. Raises `StoreFailed`."""
        while not self._shell.stopping:
            self._turn()
        self._pump.stop_taking()
        give_up_s = time.monotonic() + STOP_S
        while self._pump.busy and time.monotonic() < give_up_s:
            self._turn()
        self._pump.inbox.append(Stopped())
        self._pump.tick()
        self._journal.checkpoint()

    def close(self) -> None:
        """Let go of ports and the file, whatever state they are in; what nobody decided any more is forgotten."""
        self._shell.alive = False
        while not self._shell.posted.empty():
            self._shell.posted.get_nowait()
        now_ms = self._shell.clock.now().up_ms
        for line in self._pump.lines:
            line.close(now_ms)
        self._journal.close()

    def _turn(self) -> None:
        self._look_at_disk()
        if self._shell.reload and (changed := self._shell.read_again()) is not None:
            self._pump.inbox.append(changed)
        ending = False
        while not self._shell.posted.empty():
            event = self._shell.posted.get_nowait()
            self._pump.inbox.append(event)
            ending = ending or (isinstance(event, StaffActed) and event.act == "shut_down")
        if self._shell.link is not None and (cursor := self._shell.link.take_cursor()) is not None:
            self._journal.set_cursor(OUTBOX, cursor)
            if self._pump.world.state in RESTING:
                self._journal.checkpoint()  # nothing else may come for a long time that it could join
        self._pump.tick()
        if ending:  # and durable by now
            self._shell.shut_down = True
            self._shell.request_stop()
        self._shell.manager.watchdog()
        if not self._said_ready:
            self._ready()
        self._sleep()

    def _ready(self) -> None:
        """The pump has turned once and can serve; now load what is slow."""
        self._said_ready = True
        self._said_status = status_line(self._pump.world)
        self._shell.manager.ready(self._said_status)
        log.info("ready, %s", self._pump.world.state)
        self._shell.open_link(self._journal.cursor(OUTBOX))
        preload(self._shell.fail)
        self._shell.open_status()
        self._committed(self._pump.world)

    def _committed(self, world: World) -> None:
        status = status_line(world)
        if self._said_ready and status != self._said_status:
            self._said_status = status
            self._shell.manager.status(status)
        self._shell.show(world)
        self._shell.head_seq = world.seq
        if self._shell.link is not None:
            self._shell.link.wake(world.seq, health(world, self._journal.head_hash))

    def _look_at_disk(self) -> None:
        now_ms = self._shell.clock.now().up_ms
        if now_ms >= self._disk_at_ms:
            self._disk_at_ms = now_ms + CHECK_DISK_MS
            found = room(self._shell.config.terminal.data_dir)
            if found != self._room:
                self._room = found
                self._pump.inbox.append(DeviceChanged("disk", () if found == "ok" else (found,)))

    def _sleep(self) -> None:
        """Until bytes come, a deadline is there, or somebody wakes us."""
        poll = select.poll()
        poll.register(self._shell.waker.fileno(), select.POLLIN)
        longest_ms = CHECK_DISK_MS
        for line in self._pump.lines:
            if line.port is not None:
                descriptor = line.port.fileno()
                if descriptor is None:
                    longest_ms = NO_DESCRIPTOR_MS
                else:
                    poll.register(descriptor, select.POLLIN | (select.POLLOUT if line.unsent else 0))
        wake_at_ms = self._pump.wake_at_ms()
        if wake_at_ms is not None:
            longest_ms = max(0, min(longest_ms, wake_at_ms - self._shell.clock.now().up_ms))
        poll.poll(0 if self._pump.inbox else longest_ms)
        self._shell.waker.drain()


def run(config: Config) -> int:
    """Run the terminal until SIGTERM; returns the exit status.

    Raises `StoreError` when the journal is damaged or in use, `PortError` when the page's address is taken.
    """
    shell = Shell(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, shell.request_stop)
    signal.signal(signal.SIGHUP, shell.request_reload)
    try:
        shell.open_page()
        while not shell.stopping:
            try:
                live(shell)
            except StoreFailed as failure:
                log.error("the journal can not be written, nothing is sold: %s", failure)
                wait_for_room(shell, failure)
    finally:
        shell.manager.stopping()
        shell.close()
    if shell.failed:
        return 1
    return end_for_staff(config) if shell.shut_down else 0


def end_for_staff(config: Config) -> int:
    """The staff have shut the terminal down, and its books are closed: switch the machine off, if that is configured."""
    if config.staff is not None and config.staff.power_off:
        try:
            subprocess.run(POWER_OFF, check=True, timeout=POWER_OFF_S)
        except (OSError, subprocess.SubprocessError) as error:
            log.error("the machine can not be switched off from here (docs/service-page.md): %s", error)
    return SHUT_DOWN


def live(shell: Shell) -> None:
    """One life. Raises `StoreFailed` when the journal can not be written."""
    data_dir = shell.config.terminal.data_dir
    found = room(data_dir, probe=True) if data_dir.exists() else "ok"
    if found != "ok":
        raise StoreFailed(f"{data_dir}: {found}")
    journal = Journal.open(journal_path(shell.config))
    try:
        life = Life(shell, journal)
    except BaseException:
        journal.close()
        raise
    try:
        life.serve()
    finally:
        life.close()


def journal_path(config: Config) -> Path:
    """Where the journal is."""
    return config.terminal.data_dir / FILE


def last_cursor(config: Config) -> int:
    """The link's durable cursor, from a journal that can at best be read; 0: all is sent again, and known by its ids."""
    try:
        reader = Reader(journal_path(config))
    except StoreError:
        return 0
    try:
        return reader.cursor(OUTBOX)
    except StoreError:
        return 0
    finally:
        reader.close()


def wait_for_room(shell: Shell, failure: StoreFailed) -> None:
    """Out of service: say why, look again every second, come back when the disk takes writes."""
    data_dir = shell.config.terminal.data_dir
    world = new_world()
    world.rules, world.language = shell.config.rules(), shell.config.terminal.language
    shell.manager.ready("out of service: the disk takes no writes")
    shell.open_link(last_cursor(shell.config))
    shell.open_status()
    if shell.link is not None:
        now = shell.clock.now()
        shell.link.publish_alert_direct("store_failed", {"reason": str(failure)}, now.wall_ms)
    while not shell.stopping:
        found = room(data_dir, probe=True)
        world.devices = {"disk": (found if found != "ok" else "failed",)}
        shell.show(world)
        if shell.link is not None:
            shell.link.wake(shell.head_seq, health(world, b""))
        shell.manager.watchdog()
        select.select([shell.waker.fileno()], [], [], CHECK_DISK_MS / 1000)
        shell.waker.drain()
        if found == "ok":
            return
