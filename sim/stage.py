"""What a demo plays with: a rig, a broker and a real terminal, and how they are watched. The days that are played say more."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sim.balance import WindowCash, differences
from sim.broker import MOSQUITTO, Broker, Listener, free_port
from sim.configuration import Role
from sim.control import Control
from sim.running import Impatient, Observer, RigProcess, TerminalProcess
from sim.verbs import RestartDevices, Tape
from terminal.fsm.world import World
from terminal.store.audit import Audit, render

CURRENCY = "CNY"
UNFINISHED = "~~~~ torn\n"
"""How the tape ends after a document that is still in the printer's mouth."""


class Stage:
    """All that a scene plays with."""

    role: Role = "kiosk"

    def __init__(self, folder: Path, pace: tuple[str, ...], stack: ExitStack, framed_by: str = "") -> None:
        """`framed_by` is the origin of a page that may show the terminal's own page in a frame."""
        self.folder = folder
        self.web_port = free_port()
        self.listener: Listener | None = None
        self.broker: Broker | None = None
        options = [*pace, "--role", self.role, "--web-port", str(self.web_port)]
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
        self._tape_shown = 0

    def scenes(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """The day: what each scene tells, and what it does."""
        raise NotImplementedError

    def begin(self) -> object:
        """Wait until the program and its devices are there. Raises `Impatient`."""
        raise NotImplementedError

    def rest(self) -> object:
        """Wait until a scene is over. Raises `Impatient`."""
        raise NotImplementedError

    def close_day(self) -> int:
        """Compare the books with what is there; the exit status."""
        raise NotImplementedError

    def play(self) -> int:
        """The whole day; the exit status. Raises `Impatient`, and what its scenes raise."""
        self.begin()
        for number, (told, do) in enumerate(self.scenes(), 1):
            print(f"{number}. {told}", flush=True)
            do()
            self.rest()
            print(indented(self.new_paper()), flush=True)
        return self.close_day()

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

    def cut(self, *, with_devices: bool) -> None:
        """SIGKILL the terminal, with no power for the devices if they are told; then start it again, and wait until it lives."""
        self.terminal.kill()
        if with_devices:
            self.control.ask(RestartDevices())
        starts = self.observer.starts
        self.terminal = TerminalProcess(self.folder)
        self.world("back in service", lambda world: self.observer.starts > starts)

    def new_paper(self) -> str:
        """What has come out of the printer since the last time."""
        tape = str(self.control.ask(Tape())).removesuffix(UNFINISHED)
        new, self._tape_shown = tape[self._tape_shown :], len(tape)
        return new

    def compare(
        self, found: Audit, truth: dict[str, Any], physically: list[str], cash: WindowCash | None = None
    ) -> list[str]:
        """Print what the books say beside what is there, as `physically` puts it; what differs, in words."""
        wrong = [*differences(found, truth, self.listener, cash), *found.findings]
        print("\nWhat the books say (fee-terminal audit)\n")
        print(indented(render(found)))
        print("\nWhat is physically there (fee-terminal-sim truth)\n")
        print(indented("\n".join(physically)))
        if self.listener is not None:
            came = f"{self.listener.arrived}, {self.listener.repeated} of them repeated"
            print(f"    Events that arrived over MQTT: {came}")
        return wrong


def close(wrong: list[str]) -> int:
    """The last word of a day; the exit status."""
    for line in wrong:
        print(f"\nWRONG  {line}")
    print("\nThe books balance." if not wrong else "\nThe books do not balance.")
    return int(bool(wrong))


def expect(thing: object, name: str, value: object) -> None:
    """Raises `Impatient` when it is not so."""
    found = getattr(thing, name, None)
    if found != value:
        raise Impatient(f"{name} is {found}, not {value}")


def indented(text: str) -> str:
    """Text that is quoted."""
    return "".join(f"    {line}\n" for line in text.splitlines()).rstrip("\n")


def say(text: str) -> None:
    """Progress, for people."""
    print(f"demo: {text}", file=sys.stderr, flush=True)
