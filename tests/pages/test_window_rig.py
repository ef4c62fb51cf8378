"""The rig page of a staffed window in a real Chromium: a newcomer plays payer, collector and hands, and not a fen gets lost."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sim.demo import open_page
from sim.rig import read_pin
from tests.pages.test_rig_page import PATIENCE_MS, SIZES, UNREACHED


class Booth:
    """Somebody before the page: fingers for the world, keys for the collector's screen."""

    def __init__(self, page: Page, origin: str, folder: Path, language: str = "en") -> None:
        self.page = page
        self._folder = folder
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.set_default_timeout(PATIENCE_MS)
        page.goto(origin + "/")
        self.screen = page.frame_locator(".booth > .bezel iframe")
        self.display = page.frame_locator(".payer iframe")
        self.verdict = page.locator("#verdict")
        self.is_at("gate")
        if self.screen.locator("html").get_attribute("lang") != {"en": "en", "zh": "zh-CN"}[language]:
            self.keys("F1")

    def is_at(self, screen: str) -> None:
        """Waits until the collector's page shows this."""
        expect(self.screen.locator("html")).to_have_attribute("data-screen", screen, timeout=PATIENCE_MS)

    def keys(self, *keys: str) -> None:
        """Keys on the collector's screen, each when it has answered to the one before."""
        for key in keys:
            self.screen.locator("body").evaluate("() => window.focus()")
            self.page.keyboard.press(key)
            expect(self.screen.locator("html:not([data-busy])")).to_be_attached()

    def sign_in(self, name: str, key: str) -> None:
        """By name key, and the PIN that hangs at the key ring."""
        pin = read_pin(self._folder, name)
        expect(self.page.locator(".keys")).to_contain_text(pin)
        self.keys(key)
        expect(self.screen.locator("#pin")).to_be_focused()
        self.page.keyboard.type(pin)
        self.keys("Enter")

    def count(self, **pieces: int) -> None:
        """Types a count: `p1000=10` are ten of the piece of 1000."""
        for name, number in pieces.items():
            self.screen.locator(f"[data-denomination='{name[1:]}']").fill(str(number))

    def tap(self, name: str) -> None:
        """A finger on a button of the rig page, by its name."""
        self.page.locator("main").get_by_role("button", name=name, exact=True).first.tap()

    def state(self, text: str) -> None:
        """The lit sign above the screen."""
        expect(self.page.locator(".canopy .name")).to_contain_text(text, timeout=PATIENCE_MS)

    def opens(self) -> None:
        """The drawer stands open, and the terminal has seen it."""
        expect(self.page.locator(".drawer")).to_have_attribute("data-open", "true", timeout=PATIENCE_MS)
        expect(self.page.locator(".diagram")).to_contain_text("DrawerChanged", timeout=PATIENCE_MS)
        expect(self.page.locator(".node.lit", has_text=re.compile("^(Open|开)$"))).to_be_attached(timeout=PATIENCE_MS)

    def balances(self, held: str) -> None:
        """All lines agree, and so much is in the drawer."""
        expect(self.verdict).to_have_attribute("data-verdict", "balances", timeout=PATIENCE_MS)
        expect(self.verdict).to_contain_text(held, timeout=PATIENCE_MS)
        assert self.faults == []

    def begin(self) -> None:
        """A float of 200 yuan out of the safe, counted and signed for."""
        self.sign_in("li", "F2")
        self.is_at("CLOSED")
        self.keys("Enter")
        self.is_at("OPENING")
        self.tap("Open the drawer with the key")
        self.opens()
        self.tap("Float from the safe")
        self.count(p1000=10, p500=10, p100=50)
        self.keys("F12", "Enter")
        self.is_at("SERVING")
        self.tap("Push it shut")
        self.balances("¥200.00")

    def sale(self, yuan: int, key: str) -> None:
        """A car of 90 minutes owes 10 yuan; a note is laid down, and the key of that note is pressed."""
        self.tap("90 min")
        expect(self.screen.locator("#big")).to_contain_text("To pay", timeout=PATIENCE_MS)
        self.tap(f"Lay down {yuan} yuan")
        self.keys(key)
        self.opens()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the rig is."""
    return tmp_path_factory.mktemp("window")


@pytest.fixture(scope="module")
def origin(folder: Path) -> Iterator[str]:
    """The demo as everybody has it: real devices' pace."""
    with ExitStack() as stack:
        yield open_page(folder, (), stack, "window").origin


@pytest.mark.parametrize("size", SIZES)
def test_it_fits(browser: Browser, origin: str, size: str) -> None:
    """On every screen nothing sticks out or covers a button, buttons fit a finger, and axe finds nothing serious."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=True, locale="zh-CN", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(origin + "/")
    expect(page.locator(".bay").first).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('button')].filter((b) => b.getClientRects().length && b.offsetHeight < 40)"
        ".map((b) => b.textContent)"
    )
    assert small == []
    assert [page.evaluate(UNREACHED, edge) for edge in ("start", "end")] == [[], []]
    found = Axe().run(page, options={"iframes": False}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    context.close()


def test_a_shift_by_hand(browser: Browser, origin: str, folder: Path) -> None:
    """A float; 100 for 10 with honest hands; ten too much given by hand, which the page calls what it is; the plug pulled in the
    blind count, where what was typed is still there; ten short, signed for; and everything balances."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, has_touch=True, locale="en-US")
    booth = Booth(context.new_page(), origin, folder)
    booth.begin()
    booth.state("Serving")
    booth.sale(100, "F8")
    expect(booth.display.locator("body")).to_contain_text("¥90.00", timeout=PATIENCE_MS)
    booth.tap("Do as the books say, and push it shut")
    booth.balances("¥210.00")
    expect(booth.page.locator(".papers")).to_contain_text("RC1.w01.1001.1000", timeout=PATIENCE_MS)

    booth.sale(10, "+")
    booth.tap("Put a piece of 10 yuan into the drawer")
    booth.tap("Give out a piece of 10 yuan")  # nobody told her to
    booth.tap("Push it shut")
    expect(booth.verdict).to_have_attribute("data-verdict", "hands", timeout=PATIENCE_MS)
    expect(booth.page.locator(".books tr", has_text="money in the drawer")).to_contain_text("¥220.00")

    booth.keys("F12", "3", "Enter")
    booth.is_at("COUNTING")
    booth.opens()
    booth.count(p10000=1, p1000=1)
    expect(booth.page.locator('[data-news="journal"]')).to_contain_text("CountDrafted", timeout=PATIENCE_MS)
    booth.tap("Pull the plug")
    booth.state("No power")
    booth.tap("Power back")
    booth.is_at("gate")
    booth.sign_in("li", "F2")
    booth.is_at("COUNTING")
    expect(booth.screen.locator("[data-denomination='10000']")).to_have_value("1")
    expect(booth.screen.locator("body")).not_to_contain_text("220.00")
    booth.count(p500=10, p100=50)
    booth.keys("F12", "Enter")
    booth.is_at("COUNTED")
    expect(booth.screen.locator("#main")).to_contain_text("¥10.00")
    booth.keys("Enter", "1")
    booth.is_at("HANDING_OVER")
    booth.state("Handing over")
    booth.tap("Push it shut")
    booth.balances("¥210.00")
    expect(booth.page.locator(".books")).to_contain_text("short ¥10.00")
    context.close()
