"""The demo: a rig, a broker and a real terminal, either at anybody's hands (`show`) or through one scripted day (`play`).

The day is a list of scenes. Each tells in one line what it does, then does it through the control socket and waits for
what must come of it, in the terminal's journal and on the rig. At the end the books are compared with what is physically
there: notes in the box, barrier openings, receipts on the paper, events that arrived over MQTT.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import FrameType
from typing import Any

from sim.balance import differences
from sim.broker import MOSQUITTO, Broker, Listener, free_port
from sim.control import Control, RigError
from sim.page.desk import Desk
from sim.page.messages import Messages
from sim.page.server import RigPage
from sim.page.watch import Watcher
from sim.rig import read_pin, read_ticket_key
from sim.running import Impatient, Observer, RigProcess, TerminalProcess, at_rest
from sim.verbs import Insert, LoadPaper, PaperOut, PressCancel, RestartDevices, Scan, Tape, Ticket, Truth, Where
from terminal.errors import PortError
from terminal.fsm.states import SaleState
from terminal.fsm.world import World
from terminal.money import with_symbol
from terminal.stays.reports import AnyReport, StayValidated, VehicleEntered, write_report
from terminal.store.audit import audit, render
from terminal.web.screen import Screen

CURRENCY = "CNY"
LITTLE_MM = 60.0
"""Less paper than a receipt needs."""
UNFINISHED = "~~~~ torn\n"
"""How the tape ends after a document that is still in the printer's mouth."""


class Stage:
    """All that a scene plays with."""

    def __init__(self, folder: Path, pace: tuple[str, ...], stack: ExitStack, framed_by: str = "") -> None:
        """`framed_by` is the origin of a page that may show the terminal's own page in a frame."""
        self.folder = folder
        self.web_port = free_port()
        self.listener: Listener | None = None
        self.broker: Broker | None = None
        options = [*pace, "--web-port", str(self.web_port)]
        if framed_by:
            options += ["--framed-by", framed_by]
        if MOSQUITTO is None:
            say("MQTT is left out: mosquitto is not installed (get it with: sudo apt-get install mosquitto)")
        else:
            self.broker = Broker(folder).start()
            stack.callback(self.broker.stop)
            self.listener = Listener(self.broker.port)
            stack.callback(self.listener.close)
            options += ["--mqtt", self.broker.url]
        self._rig = RigProcess(folder, *options)
        stack.callback(self._rig.stop)
        self.observer = Observer(folder)
        stack.callback(self.observer.close)
        self.terminal = TerminalProcess(folder)
        stack.callback(lambda: self.terminal.stop())
        self.tickets: list[str] = []
        """Codes of all tickets so far."""
        self._tape_shown = 0

    @property
    def control(self) -> Control:
        """The rig's control socket."""
        return self._rig.control

    def world(self, what: str, holds: Callable[[World], bool]) -> World:
        """The terminal's world, once it is so. Raises `Impatient`."""

        def look(world: World) -> bool:
            self.terminal.expect_running()
            return holds(world)

        return self.observer.wait(what, look)

    def ready(self) -> World:
        """The terminal waits for the next payer, or says thanks to the last one."""
        return self.world(
            "ready for the next payer", lambda w: w.state in (SaleState.IDLE, SaleState.LEAVING) and at_rest(w)
        )

    def drive_up(self, minutes: int) -> None:
        """A car that came so long ago: its ticket is scanned, and priced."""
        sale_no = self.ready().sale_no
        self.tickets.append(self.control.ask(Ticket(minutes=minutes, scan=True)))
        self.world("the ticket is priced", lambda w: w.sale_no == sale_no + 1)

    def report(self, report: AnyReport) -> None:
        """What a camera or a merchant tells the terminal, over HTTP; it answers when the journal holds it."""
        key = read_ticket_key(self.folder)
        self._ask("POST", "/reports", write_report(report, key))

    def choose(self, part: str) -> None:
        """Find a car by a part of its plate, as the page does."""
        found = self._ask("GET", f"/stays?plate={part}")["candidates"]
        self._ask("POST", "/stay", json.dumps({"token": found[0]["token"]}).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        address = f"127.0.0.1:{self.web_port}"
        headers = {"Origin": f"http://{address}", "X-Fee-Terminal": "1", "Content-Type": "application/json"}
        connection = HTTPConnection(address, timeout=10)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status >= 300:
            raise Impatient(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)

    def pay(self, *amounts_minor: int) -> list[str]:
        """Put notes in, one after the other; where each came to rest."""
        return [self.control.insert(Insert(amount_minor)) for amount_minor in amounts_minor]

    def leave(self) -> World:
        """The sale ends, paid or not, and its papers are printed."""
        return self.world("the payer can leave", lambda w: w.state is SaleState.LEAVING and at_rest(w))

    def cut_off(self, amount_minor: int, *, with_devices: bool) -> World:
        """Kill the terminal while a note moves toward the box, start it again; the world at rest after that."""
        number = self.control.offer(Insert(amount_minor))
        while self.control.ask(Where(number)) != "transport":
            pass
        self.terminal.kill()
        if with_devices:
            self.control.ask(RestartDevices())
        starts = self.observer.starts
        self.terminal = TerminalProcess(self.folder)
        return self.world("back in service", lambda w: self.observer.starts > starts and at_rest(w))

    def new_paper(self) -> str:
        """What has come out of the printer since the last time."""
        tape = str(self.control.ask(Tape())).removesuffix(UNFINISHED)
        new, self._tape_shown = tape[self._tape_shown :], len(tape)
        return new


# --- the day ------------------------------------------------------------------------------------------------------
def free_stay(stage: Stage) -> None:
    """A stay of 5 minutes is free: the barrier opens without payment"""
    stage.drive_up(5)
    expect(stage.leave().sale, "paid", True)


def exact_payment(stage: Stage) -> None:
    """¥5.00 owed, a note of ¥5.00: receipt, barrier"""
    stage.drive_up(30)
    stage.pay(500)
    expect(stage.leave().sale, "note_minor", 0)


def overpayment(stage: Stage) -> None:
    """¥10.00 owed, a note of ¥20.00: receipt, and a signed credit note for the change"""
    stage.drive_up(90)
    stage.pay(2000)
    expect(stage.leave().sale, "note_minor", 1000)


def note_too_large(stage: Stage) -> None:
    """¥5.00 owed, a note of ¥100.00 is given back, a note of ¥5.00 is taken"""
    stage.drive_up(30)
    places = stage.pay(10_000, 500)
    if places != ["returned", "box"]:
        raise Impatient(f"the notes went to {places}")
    stage.leave()


def cancelled_sale(stage: Stage) -> None:
    """¥20.00 owed, ¥10.00 paid, then cancelled: a credit note for the ¥10.00, no barrier"""
    stage.drive_up(200)
    stage.pay(1000)
    stage.world("the note is credited", lambda w: w.sale is not None and w.sale.credited_minor == 1000)
    stage.control.ask(PressCancel())
    expect(stage.leave().sale, "note_minor", 1000)


def used_ticket(stage: Stage) -> None:
    """The ticket of the second car is scanned once more: refused, because it was used to pay"""
    stage.control.ask(Scan(code=stage.tickets[1]))
    stage.world("refused as used", lambda w: w.refused == {"already_paid": 1})


def paper_out(stage: Stage) -> None:
    """The paper ends in mid-receipt: with a new roll it is printed again, marked as a copy"""
    stage.drive_up(30)
    stage.control.ask(PaperOut(mm=LITTLE_MM))
    stage.pay(500)
    stage.world("out of paper", lambda w: "paper_out" in w.devices.get("printer", ()))
    stage.control.ask(LoadPaper())
    stage.leave()


def killed(stage: Stage) -> None:
    """The program is killed while a note of ¥10.00 moves; after the restart it is credited, once"""
    stage.drive_up(90)
    stage.cut_off(1000, with_devices=False)
    expect(stage.leave().sale, "credited_minor", 1000)


def power_cut(stage: Stage) -> None:
    """Terminal and devices lose power while a note of ¥10.00 moves; the device tells where it went: credited, once"""
    stage.drive_up(90)
    stage.cut_off(1000, with_devices=True)
    expect(stage.leave().sale, "credited_minor", 1000)


def by_plate(stage: Stage) -> None:
    """A camera saw 粤B12345 come, a merchant gives an hour, the payer finds his car by “2345”: ¥8.00 instead of ¥16.00"""
    sale_no = stage.ready().sale_no
    entered_ms = time.time_ns() // 1_000_000 - 100 * 60_000
    stage.report(VehicleEntered("cam1-1", "P1", "粤B12345", entered_ms, "T2"))
    stage.report(StayValidated("shop-1", "P1", "S1", {"zh-CN": "面包店", "en": "Bakery"}, minutes=60))
    stage.choose("2345")
    expect(stage.world("the stay is priced", lambda w: w.sale_no == sale_no + 1).sale, "due_minor", 800)
    stage.pay(500, 500)
    expect(stage.leave().sale, "note_minor", 200)


DAY = (
    free_stay, exact_payment, overpayment, note_too_large, cancelled_sale, used_ticket, by_plate, paper_out, killed, power_cut,
)  # fmt: skip


def expect(thing: object, name: str, value: object) -> None:
    """Raises `Impatient` when it is not so."""
    found = getattr(thing, name, None)
    if found != value:
        raise Impatient(f"{name} is {found}, not {value}")


# --- the end of the day -------------------------------------------------------------------------------------------
def close_day(stage: Stage) -> int:
    """Print totals beside the truth; the exit status."""
    stage.ready()
    found, truth = audit(stage.observer.path), stage.control.ask(Truth())
    wrong = differences(found, truth, stage.listener)
    notes = ", ".join(
        f"{count} × {with_symbol(int(amount), CURRENCY)}"
        for amount, count in sorted(truth["box"].items(), key=lambda item: int(item[0]))
    )
    print("\nWhat the books say (fee-terminal audit)\n")
    print(indented(render(found)))
    print("\nWhat is physically there (fee-terminal-sim truth)\n")
    print(f"    Notes in the box: {with_symbol(truth['box_minor'], CURRENCY)} ({notes})")
    print(f"    Documents on the paper: {truth['tape']['originals']}, copies {truth['tape']['copies']}")
    print(f"    Barrier opened {truth['barrier_openings']} times, drawer {truth['drawer_openings']} times")
    if stage.listener is not None:
        print(
            f"    Events that arrived over MQTT: {stage.listener.arrived}, {stage.listener.repeated} of them repeated"
        )
    for line in wrong:
        print(f"\nWRONG  {line}")
    print("\nThe books balance." if not wrong else "\nThe books do not balance.")
    return int(bool(wrong))


def play() -> int:
    """The scripted day; the exit status is 0 only if all went as told and the books balance."""
    folder = Path(tempfile.mkdtemp(prefix="fee-terminal-demo-"))
    say(f"the scripted day, in {folder}")
    status = 1
    with until_stopped(), ExitStack() as stack:
        try:
            stage = Stage(folder, ("--fast",), stack)
            for number, scene in enumerate(DAY, 1):
                print(f"{number}. {scene.__doc__}", flush=True)
                scene(stage)
                stage.ready()
                print(indented(stage.new_paper()), flush=True)
            status = close_day(stage)
        except (Impatient, RigError, OSError) as error:
            print(f"\nWRONG  {error}")
    if status == 0:
        shutil.rmtree(folder)
    else:
        say(f"journal and log are kept in {folder}")
    return status


def show() -> int:
    """All of it, up until Ctrl-C, with the rig page to do things to it."""
    folder = Path(tempfile.mkdtemp(prefix="fee-terminal-demo-"))
    with until_stopped(), ExitStack() as stack:
        try:
            page = open_page(folder, (), stack)
        except (Impatient, RigError, PortError, OSError) as error:
            say(f"{error}; what was written is kept in {folder}")
            return 1
        print(f"The rig page: a terminal that is alive, and everything around it to touch\n\n    {page.origin}/\n")
        print("  1. Let a car come that stayed 90 minutes, and put in 20 yuan: receipt, credit note, barrier.")
        print("  2. Again, and pull the plug while the note moves. Power back: the note is credited, once.")
        print("  3. Again, with only 6 cm of paper. Whatever you do, the page says whether the books balance.\n")
        print(f"Behind the open service door: chen, PIN {read_pin(folder, 'chen')}")
        print(
            f"By hand, in another shell: export FEE_TERMINAL_RIG_DIR={folder} PATH={Path(sys.executable).parent}:$PATH"
        )
        print("and fee-terminal-sim --help. Ctrl-C ends it.", flush=True)
        if has_display():
            webbrowser.open(page.origin)
        threading.Event().wait()
    shutil.rmtree(folder)
    return 0


def open_page(folder: Path, pace: tuple[str, ...], stack: ExitStack) -> RigPage:
    """The rig page of a rig, a broker and a terminal that are started with it, and end with `stack`."""
    port = free_port()
    stage = Stage(folder, pace, stack, f"http://127.0.0.1:{port}")
    desk = Desk(folder, stage.web_port, stage.terminal)
    stack.callback(desk.stop)
    messages = None
    if stage.broker is not None:
        messages = Messages(stage.broker.port)
        stack.callback(messages.close)
    stage.ready()
    screen = Screen()
    watcher = Watcher(desk, screen, stage.listener, messages)
    watcher.start()
    stack.callback(watcher.stop)
    page = RigPage(port, desk, screen)
    page.start()
    stack.callback(page.stop)
    return page


def has_display() -> bool:
    """Somebody sits before this machine and can see a browser."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


class _Stopped(Exception):
    """Somebody wants the demo to end."""


@contextmanager
def until_stopped() -> Iterator[None]:
    """SIGINT and SIGTERM end what is inside, in good order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise _Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        yield
    except _Stopped:
        say("stopped")


def indented(text: str) -> str:
    """Text that is quoted."""
    return "".join(f"    {line}\n" for line in text.splitlines()).rstrip("\n")


def say(text: str) -> None:
    """Progress, for people."""
    print(f"demo: {text}", file=sys.stderr, flush=True)
