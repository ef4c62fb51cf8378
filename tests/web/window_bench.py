"""A staffed window in a thread of its own: the real server, page, pump, journal and engines, a printer model and its drawer."""

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sim import kiosk
from sim.devices import scanner as scanner_model
from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter
from sim.machine import WALL_MS
from terminal.fsm.events import Event, Started
from terminal.fsm.rules import Rules
from terminal.fsm.states import SaleState
from terminal.fsm.window_rules import WindowRules
from terminal.fsm.world import World, new_world
from terminal.hw.engine import Engine
from terminal.hw.printer import EscposPrinter
from terminal.hw.scanner import SerialScanner
from terminal.pay.badges import Badge, make_badge
from terminal.pay.receipts import Kind, Proof, text_of
from terminal.pay.signing import sign
from terminal.pay.tickets import make_ticket
from terminal.pump import Line, Pump, replay
from terminal.staff.operators import Operator, Operators, Role
from terminal.staff.pins import make_hash
from terminal.stays.search import Candidate
from terminal.store.audit import Audit, audit
from terminal.store.journal import Journal, Reader
from terminal.web.server import PageServer
from terminal.web.window.books import Books
from terminal.web.window.page import CarCalls, WindowPage
from tests.kiosk import KEY, ModelPort, VirtualClock
from tests.web.service_bench import HandClock

T = TypeVar("T")
STEP_S = 0.01
SHUT_AFTER_MS = 400
"""So long the collector's hand needs to push the drawer shut."""
BETWEEN_SCANS_MS = 6_000
"""The scanner's engine takes neither the same code twice in a moment nor codes as fast as a machine could show them."""
RULES = msgspec.structs.replace(
    kiosk.RULES,
    terminal_id="w01",
    devices=("scanner", "printer"),
    window=WindowRules(methods=("cash", "wechat", "pos"), drawer_sensor=True, last_receipt_no=500),
)
PINS = {"chen": "2580", "li": "9173", "zhao": "4682", "wang": "7391", "tian": "6028"}
BADGE_NO = 5
STAFF: tuple[tuple[str, str, Role], ...] = (
    ("chen", "陈师傅", "collector"),
    ("zhao", "赵师傅", "collector"),
    ("li", "李主管", "supervisor"),
    ("wang", "王会计", "auditor"),
    ("tian", "田技师", "technician"),
)
CARS = (
    Candidate("ST1.one", "••1234•", WALL_MS - 5_400_000, "lane1.jpg"),
    Candidate("ST1.two", "•••1234", WALL_MS - 86_400_000, ""),
)


class WindowMachine:
    """Runs until `stop`; `do` runs something beside the pump, in its thread."""

    def __init__(self, folder: Path, rules: Rules = RULES, monotonic: HandClock | None = None) -> None:
        self.rules = rules
        self.hand_clock = monotonic or HandClock()
        self.clock = VirtualClock()
        self.paper = ReceiptPrinter()
        self.printer = EscposBoard(self.paper)
        self.scanner = scanner_model.SerialScanner()
        self.journal_path = folder / "journal.db"
        self.operators = folder / "operators.toml"
        self.posted: queue.Queue[Event] = queue.Queue(64)
        self.hand_shuts = True
        self.chosen: list[str] = []
        people = [Operator(name, shown, role, make_hash(PINS[name]), BADGE_NO) for name, shown, role in STAFF]
        Operators({each.name: each for each in people}).write(self.operators)
        self._wishes: queue.Queue[tuple[Future[Any], Callable[[], Any]]] = queue.Queue()
        self._opened_at_ms = 0
        self._port = 0
        self._start()

    # --- its life -----------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        """A life of the terminal: the same journal and devices, a new page that knows of no session."""
        self.clock.began_ms = self.clock.up_ms
        books = Books(self.journal_path, lambda: self.clock.now().wall_ms)
        cars = CarCalls(lambda typed: CARS if "1234" in typed else (), self.chosen.append)
        self.page = WindowPage(self.operators, self.posted.put_nowait, books, cars, self.hand_clock)
        self._ends = threading.Event()
        begun: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(begun,), name="pump", daemon=True)
        self._thread.start()
        begun.result(20)
        self.server = PageServer(f"127.0.0.1:{self._port}", self.posted.put_nowait, window=self.page)
        self._port = self.server.port
        self.server.start()
        self.host = f"127.0.0.1:{self._port}"
        self.url = f"http://{self.host}/"

    def _run(self, begun: "Future[None]") -> None:
        journal = Journal.open(self.journal_path)
        saved, records = journal.load(World)
        engines: dict[str, Engine] = {
            "scanner": SerialScanner(),
            "printer": EscposPrinter(
                lambda job: f"{job.document} copy {job.copy}\n".encode() + b"\x1dV\x00",
                drawer=True,
                drawer_open_high=True,
            ),
        }
        ports = {"scanner": ModelPort(self.scanner, self.clock), "printer": ModelPort(self.printer, self.clock)}
        lines = [Line(engine, partial(ports.__getitem__, name)) for name, engine in engines.items()]
        self.pump = Pump(replay(saved or new_world(), records), journal, lines, self.clock, KEY, self.page.show)
        self.pump.begin(Started("test", self.rules))
        begun.set_result(None)
        while not self._ends.is_set():
            while not self.posted.empty():
                self.pump.inbox.append(self.posted.get_nowait())
            while not self._wishes.empty():
                wish, work = self._wishes.get_nowait()
                try:
                    wish.set_result(work())
                except BaseException as error:
                    wish.set_exception(error)
            self._hand_on_drawer()
            self.pump.tick()
            self.clock.up_ms += int(STEP_S * 1000)
            time.sleep(STEP_S)
        journal.close()

    def _hand_on_drawer(self) -> None:
        if not self.paper.drawer_is_open:
            self._opened_at_ms = self.clock.up_ms
        elif self.hand_shuts and self.clock.up_ms - self._opened_at_ms > SHUT_AFTER_MS:
            self.paper.shut_drawer()

    def power_cut(self) -> None:
        """Everything stops at once, and comes back."""
        self.stop()
        self._start()

    def stop(self) -> None:
        """Ends the server and the pump."""
        self._ends.set()
        self._thread.join(20)
        self.server.stop()

    def do(self, work: Callable[[], T]) -> T:
        """Runs something between two turns of the pump, and waits for it."""
        wish: Future[T] = Future()
        self._wishes.put((wish, work))
        return wish.result(30)

    # --- what happens at it ---------------------------------------------------------------------------------------------
    @property
    def world(self) -> World:
        """The world of the last commit."""
        return self.pump.world

    def until(self, holds: Callable[[], bool], what: str = "") -> None:
        """Waits until something holds."""
        give_up_s = time.monotonic() + 40
        while not holds():
            assert time.monotonic() < give_up_s, (
                f"{what} {self.world.state} {self.world.shift} {self.world.window.told}"
            )
            time.sleep(STEP_S)

    def say(self, *events: Event) -> None:
        """Something happens."""
        for event in events:
            self.do(lambda event=event: self.pump.inbox.append(event))  # type: ignore[misc]
        self.do(lambda: None)
        self.do(lambda: None)

    def wait(self, ms: int) -> None:
        """Time passes, and whatever is due then happens."""

        def pass_by() -> None:
            self.clock.up_ms += ms

        self.do(pass_by)

    def ticket(self, ticket_id: str = "A1", hours_ago: float = 1.5) -> str:
        """The code of a genuine ticket."""
        entered_s = self.clock.now().wall_ms // 1000 - int(hours_ago * 3600)
        return make_ticket(KEY, ticket_id, entered_s, "T1")

    def scan(self, code: str) -> None:
        """A payer holds a code before the scanner, a while after the one before."""

        def hold() -> None:
            self.clock.up_ms += BETWEEN_SCANS_MS
            self.scanner.scan(code)

        self.do(hold)

    def scan_ticket(self, ticket_id: str = "A1", hours_ago: float = 1.5) -> None:
        """A payer shows a ticket, and the price is there."""
        self.scan(self.ticket(ticket_id, hours_ago))
        self.until(lambda: self.world.state is SaleState.PRICED, "scanned")

    def badge(self, name: str, number: int = BADGE_NO) -> str:
        """The code of somebody's badge."""
        return make_badge(KEY, Badge(name, number))

    def credit_note(self, number: int, amount_minor: int) -> str:
        """The code of a credit note of a kiosk."""
        return self._proof("credit_note", "k01", number, amount_minor)

    def receipt(self, number: int, amount_minor: int, terminal_id: str = "w01") -> str:
        """The code of a receipt."""
        return self._proof("receipt", terminal_id, number, amount_minor)

    def _proof(self, kind: Kind, terminal_id: str, number: int, amount_minor: int) -> str:
        at_ms = self.clock.now().wall_ms // 1000 * 1000
        return sign(KEY, text_of(Proof(kind, terminal_id, number, amount_minor, at_ms)))

    def events(self) -> list[Event]:
        """All that is in the journal."""
        with closing(Reader(self.journal_path)) as reader:
            return [row.record().event for row in reader.events_after(0, 100_000)]

    def audit(self) -> Audit:
        """What the books say now."""
        return audit(self.journal_path)


class Browser:
    """Plain HTTP, with the cookie that was given."""

    def __init__(self, machine: WindowMachine) -> None:
        self._machine = machine
        self.cookie = ""
        self.headers: dict[str, str] = {}

    def ask(self, method: str, path: str, body: object = None, **changed: str) -> tuple[int, Any]:
        """One request as the page makes it, with some headers changed; the status, and the JSON or the plain text."""
        headers = {"X-Fee-Terminal": "1"}
        if method == "POST":
            headers |= {"Origin": f"http://{self._machine.host}", "Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        content = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
        with closing(http.client.HTTPConnection(self._machine.host, timeout=20)) as connection:
            connection.request(method, path, content if method == "POST" else None, headers)
            answer = connection.getresponse()
            text = answer.read()
            self.headers = dict(answer.headers)
        if cookie := self.headers.get("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return answer.status, json.loads(text) if answer.headers.get_content_type() == "application/json" else text

    def sign_in(self, name: str = "chen", pin: str | None = None) -> tuple[int, Any]:
        """A name and a PIN."""
        return self.ask("POST", "/window/sign-in", {"name": name, "pin": PINS[name] if pin is None else pin})

    def act(self, act: str, second: str = "", **fields: object) -> tuple[int, Any]:
        """One act, with a second person if there is one."""
        body: dict[str, object] = {"act": act, "fields": fields}
        if second:
            body["second"] = {"name": second, "pin": PINS[second]}
        return self.ask("POST", "/window/act", body)

    def begin(self, name: str = "chen") -> None:
        """Signs in, begins a shift and counts a float of 200."""
        assert self.sign_in(name)[0] == 200
        assert self.act("begin")[0] == 200
        assert self.act("float", pieces=[[1000, 10], [500, 10], [100, 50]])[0] == 200
