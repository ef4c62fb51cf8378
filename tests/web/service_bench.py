"""A terminal with a service page, in a thread of its own: the real server, pump, journal and engines, and device models."""

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from terminal.fsm.events import DoorClosed, DoorOpened, Event, StaffActed
from terminal.fsm.states import SaleState
from terminal.staff.operators import Operator, Operators, Role
from terminal.staff.pins import make_hash
from terminal.web.payer.view import view
from terminal.web.server import PageServer
from terminal.web.service.log_tail import LogTail
from terminal.web.service.page import ServicePage
from terminal.web.service.past import Past
from tests.kiosk import Kiosk

T = TypeVar("T")
PIN, OTHER_PIN = "2580", "9173"
STEP_S = 0.02
STAFF: tuple[tuple[str, str, Role, str], ...] = (
    ("chen", "陈师傅", "technician", PIN),
    ("li", "李主管", "supervisor", OTHER_PIN),
    ("wang", "王会计", "auditor", OTHER_PIN),
    ("zhao", "赵收费员", "collector", OTHER_PIN),
)


class HandClock:
    """Elapsed seconds that pass as they do, and faster when a test says so."""

    def __init__(self, *, stands: bool = False) -> None:
        self.ahead_s = 0.0
        self._stands = stands

    def __call__(self) -> float:
        """This moment, in seconds."""
        return self.ahead_s + (0.0 if self._stands else time.monotonic())


def write_operators(file: Path) -> None:
    """The operators of these tests."""
    people = [Operator(name, shown, role, make_hash(pin)) for name, shown, role, pin in STAFF]
    Operators({each.name: each for each in people}).write(file)


def sell(kiosk: Kiosk) -> None:
    """One sale from the ticket to the thanks."""
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    kiosk.insert(1000)
    kiosk.run_to(SaleState.LEAVING)
    kiosk.run_to(SaleState.IDLE)


class Machine:
    """Runs until `stop`; `do` runs something beside the pump, in its thread."""

    def __init__(self, folder: Path, monotonic: HandClock | None = None) -> None:
        self.folder = folder
        self.clock = monotonic or HandClock()
        self.tail = LogTail()
        self.posted: queue.Queue[Event] = queue.Queue(64)
        self.deaf = False
        """The pump takes nothing from the page any more, as before a commit that hangs or fails."""
        self._wishes: queue.Queue[tuple[Future[Any], Callable[[Kiosk], Any]]] = queue.Queue()
        self._ends = threading.Event()
        write_operators(folder / "operators.toml")
        self._begun: Future[Kiosk] = Future()
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)
        self._thread.start()
        kiosk = self._begun.result(20)
        self.past = Past(kiosk.journal_path, lambda: kiosk.clock.now().wall_ms)
        self.serve()
        self.do(lambda kiosk: kiosk.run_to(SaleState.IDLE))

    def serve(self) -> None:
        """A new service page, which knows of no session, over the same journal."""
        kiosk = self._begun.result(20)
        self.page = ServicePage(
            self.folder / "operators.toml", self.posted.put_nowait, self.past, kiosk.clock.now, self.tail, self.clock
        )
        self.page.watch([line.overheard for line in kiosk.pump.lines])
        self.page.show(kiosk.pump.world)
        self.server = PageServer("127.0.0.1:0", self.posted.put_nowait, service=self.page)
        self.server.start()
        self.host = f"127.0.0.1:{self.server.port}"
        self.url = f"http://{self.host}/service"

    def _run(self) -> None:
        kiosk = Kiosk(self.folder)
        self._begun.set_result(kiosk)
        told = None
        while not self._ends.is_set():
            while not self.deaf and not self.posted.empty():
                kiosk.pump.inbox.append(self.posted.get_nowait())
            while not self._wishes.empty():
                wish, work = self._wishes.get_nowait()
                try:
                    wish.set_result(work(kiosk))
                except BaseException as error:
                    wish.set_exception(error)
            kiosk.pump.tick()
            kiosk.clock.up_ms += int(STEP_S * 1000)
            if kiosk.pump.world is not told and hasattr(self, "server"):
                told = kiosk.pump.world
                self.server.show(view(told, kiosk.clock.now()))
                self.page.show(told)
            time.sleep(STEP_S)
        kiosk.kill()

    def do(self, work: Callable[[Kiosk], T]) -> T:
        """Runs something between two turns of the pump, and waits for it."""
        wish: Future[T] = Future()
        self._wishes.put((wish, work))
        return wish.result(30)

    def say(self, event: Event) -> None:
        """Something happens, and is durable, and the page knows."""

        def work(kiosk: Kiosk) -> None:
            kiosk.pump.inbox.append(event)
            kiosk.pump.tick()
            self.page.show(kiosk.pump.world)

        self.do(work)

    def open_door(self) -> None:
        """A key is turned."""
        self.say(DoorOpened())

    def close_door(self) -> None:
        """And turned back."""
        self.say(DoorClosed())

    def say_sale(self) -> None:
        """A payer pays, before any door is open or after it is closed again."""
        is_open = self.do(lambda kiosk: kiosk.pump.world.door_open)
        if is_open:
            self.close_door()
        self.do(sell)
        if is_open:
            self.open_door()

    def acts(self) -> list[tuple[str, str]]:
        """Who did what, by the journal, once all that was posted is in it."""
        self.do(lambda kiosk: None)
        self.do(lambda kiosk: None)
        events = self.do(lambda kiosk: kiosk.events())
        return [(event.who, event.act) for event in events if isinstance(event, StaffActed)]

    def stop(self) -> None:
        """Ends all of it."""
        self.server.stop()
        self._ends.set()
        self._thread.join(20)


class Browser:
    """Plain HTTP, with the cookie that was given."""

    def __init__(self, machine: Machine) -> None:
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

    def sign_in(self, name: str = "chen", pin: str = PIN) -> tuple[int, Any]:
        """A name and a PIN."""
        return self.ask("POST", "/service/sign-in", {"name": name, "pin": pin})

    def act(self, act: str, device: str = "") -> tuple[int, Any]:
        """One of the buttons."""
        return self.ask("POST", "/service/act", {"act": act, "device": device})
