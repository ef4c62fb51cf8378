"""A kiosk for the browser: the real server, a life of the real tables behind it, and a real Chromium that only touches."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

from playwright.sync_api import Browser, Locator, Page, expect

from terminal.errors import CodeError
from terminal.fsm import events as ev
from terminal.stays.search import Candidate
from terminal.web.payer.telling import HEARD
from terminal.web.payer.view import view
from terminal.web.server import PageServer
from terminal.web.stays import StayCalls
from tests.fsm.lives import WALL_MS, Life
from tests.web.service_bench import HandClock

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Panel(NamedTuple):
    """A touch screen: pixels and the diagonal."""

    name: str
    width: int
    height: int
    inches: float

    @property
    def px_per_mm(self) -> float:
        """Pixels a millimetre."""
        return float((self.width**2 + self.height**2) ** 0.5 / (self.inches * 25.4))


PANELS = (
    Panel("1024x600", 1024, 600, 10.1),
    Panel("800x480", 800, 480, 7.0),
    Panel("1080x1920", 1080, 1920, 21.5),
)

CARS = (
    Candidate("ST1.one", "••1234•", WALL_MS - 5_400_000, "lane1-0831.jpg"),
    Candidate("ST1.two", "•••1234", WALL_MS - 86_400_000, "lane2-1107.jpg"),
    Candidate("ST1.three", "••1234••", WALL_MS - 600_000, ""),
)


class Kiosk:
    """The served page; what is pressed is said to the life, and what comes of it is shown."""

    def __init__(self) -> None:
        self.life = Life()
        self.heard: list[ev.Event] = []
        self.typed: list[str] = []
        self.chosen: list[str] = []
        self.px_per_mm = PANELS[0].px_per_mm
        self.reach = HEARD
        self._turn = threading.Lock()
        self._lives = 0
        self._clock = HandClock()
        self.server = self._serve(0)
        self.url = f"http://127.0.0.1:{self.server.port}/"

    def _serve(self, port: int) -> PageServer:
        calls = StayCalls(search=self._search, choose=self.chosen.append)
        # the pace of presses is tested with the server; here each press comes two seconds after the one before
        server = PageServer(f"127.0.0.1:{port}", self._post, stays=calls, monotonic=self._clock)
        server.start()
        return server

    def restart(self) -> None:
        """The terminal goes away and comes back, with what it showed."""
        port = self.server.port
        self.server.stop()
        self.server = self._serve(port)
        self._show()

    def play(self, life: Life) -> None:
        """Another life, from now on."""
        with self._turn:
            self._lives += 1
            self.life = life
            life.world.seq += 1000 * self._lives  # no two pictures have the same number
            self.heard.clear()
            self._show()

    def say(self, *events: ev.Event) -> None:
        """Something happens."""
        with self._turn:
            self.life.say(*events)
            self._show()

    def wait_ms(self, some_ms: int) -> None:
        """Time passes unnoticed by the page, then it is shown what there is."""
        with self._turn:
            self.life.wait(some_ms)
            self.life.world.seq += 1
            self._show()

    def _show(self) -> None:
        now = self.life.now
        self.server.show(view(self.life.world, now, search=True, px_per_mm=self.px_per_mm, reach=self.reach))

    def _post(self, event: ev.Event) -> None:
        self._clock.ahead_s += 2
        self.heard.append(event)
        self.say(event)

    def _search(self, typed: str) -> Sequence[Candidate]:
        self._clock.ahead_s += 2
        self.typed.append(typed)
        if "1234" not in typed:
            raise CodeError("none")
        return CARS


class Screen:
    """The page on one panel, as a payer has it: what can be seen, and what can be touched."""

    def __init__(self, browser: Browser, kiosk: Kiosk, panel: Panel, *, reduced_motion: bool = True) -> None:
        self.kiosk = kiosk
        self.panel = panel
        kiosk.px_per_mm = panel.px_per_mm
        self.context = browser.new_context(
            viewport={"width": panel.width, "height": panel.height},
            has_touch=True,
            reduced_motion="reduce" if reduced_motion else "no-preference",
        )
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.goto(kiosk.url)

    def show(self, life: Life) -> None:
        """Plays a life, and waits until its picture is there."""
        while self.page.locator("#panel").is_visible():
            self.touch("back")
        self.kiosk.play(life)
        self.wait_for_picture()

    def wait_for_picture(self) -> None:
        """Until the page has drawn what the terminal shows."""
        expect(self.page.locator("html")).to_have_attribute("data-seq", str(self.kiosk.life.world.seq))

    def button(self, name: str) -> Locator:
        """Something to touch, by the name that the page gives it."""
        return self.page.locator(f'[data-press="{name}"]')

    def touch(self, *names: str) -> None:
        """One button after the other."""
        for name in names:
            self.button(name).tap()

    def close(self) -> None:
        """Takes the page away."""
        self.context.close()
