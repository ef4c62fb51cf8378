"""The rig page in a real Chromium, by touch alone: what a newcomer does after `make demo`, and that the books balance then."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from sim.demo import open_page
from tests.pages.browser import FLAGS

SIZES = {"wide": (1600, 1000), "desk": (1280, 800), "small": (1024, 768), "tablet": (820, 1180), "phone": (390, 844)}
PATIENCE_MS = 30_000
UNREACHED = """(edge) => [...document.querySelectorAll("main button")].filter((button) => {
  button.scrollIntoView({ block: edge, inline: "center" });
  const { left, top, width, height } = button.getBoundingClientRect();
  return button.getClientRects().length && !button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}).map((button) => button.textContent)"""
"""Buttons that a finger on their middle does not reach when the page is scrolled so that they are at that edge of the window."""
PLACES = """() => {
  const box = (what) => document.querySelector(what).getBoundingClientRect();
  const [kiosk, boom, label, window, receipt] = [".kiosk", ".boom", ".barrier span", ".papers", ".paper img"].map(box);
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  return [apart(kiosk, boom), apart(label, boom), receipt.top >= window.top && receipt.bottom <= window.bottom];
}"""
"""The boom is clear of the kiosk and of what is written there, and the newest receipt is seen whole."""
LEAVING = re.compile("Leaving|Idle")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for all tests."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo as everybody has it: real devices' pace."""
    with ExitStack() as stack:
        yield open_page(tmp_path_factory.mktemp("demo"), (), stack).origin


class Visitor:
    """Somebody before the page, with fingers only."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.set_default_timeout(PATIENCE_MS)
        page.goto(origin + "/")
        self.kiosk = page.frame_locator(".glass iframe")
        self.verdict = page.locator("#verdict")
        self.state = page.locator(".canopy .name")
        self.sees(self.state, "Idle")

    def sees(self, where: Locator, what: str | re.Pattern[str]) -> None:
        """Waits for a text."""
        expect(where).to_contain_text(what, timeout=PATIENCE_MS)

    def tap(self, name: str) -> None:
        """A finger on a button, by its name."""
        self.page.get_by_role("button", name=name, exact=True).tap()

    def car(self, stay: str) -> None:
        """A car comes, and its ticket is priced."""
        self.tap(stay)
        self.sees(self.state, "Priced")

    def pay(self, yuan: int) -> None:
        """A note from the wallet, as soon as the mouth is lit."""
        expect(self.page.locator(".mouth")).to_have_attribute("data-takes", "true", timeout=PATIENCE_MS)
        self.tap(f"Put in {yuan} yuan")

    def leaves(self) -> None:
        """The payer is done, and the books say what is really there."""
        self.sees(self.state, LEAVING)
        rows = self.page.locator(".books tbody tr")
        try:
            expect(self.verdict).to_have_attribute("data-verdict", "balances", timeout=PATIENCE_MS)
        except AssertionError:
            raise AssertionError(rows.all_inner_texts()) from None
        self.sees(self.verdict, "The books balance")
        assert rows.count() > 8
        assert [row.get_attribute("data-agrees") for row in rows.all()] == ["true"] * rows.count()
        assert self.faults == []

    def figure(self, what: str) -> str:
        """A line of the books, as it is shown: what the books say and what is really there."""
        row = self.page.locator(".books tbody tr", has_text=what).first
        books, really = row.locator("td").nth(0).inner_text(), row.locator("td").nth(1).inner_text()
        assert books == really
        return books


@pytest.fixture
def visitor(browser: Browser, origin: str) -> Iterator[Visitor]:
    """A new visitor with a touch screen; the kiosk waits."""
    width, height = SIZES["wide"]
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, locale="en-US")
    yield Visitor(context.new_page(), origin)
    context.close()


def test_a_sale(visitor: Visitor) -> None:
    """A car of 90 minutes owes 10 yuan; 20 are put in: the paper comes, the barrier opens."""
    visitor.car("90 min")
    visitor.pay(20)
    visitor.leaves()
    assert visitor.figure("receipts on the paper") == "1"
    assert visitor.figure("barrier openings") == "1"
    assert visitor.figure("money in the box") == "¥20.00"
    visitor.sees(visitor.page.locator(".papers"), "RC1.k01.1.1000")
    pictures = visitor.page.locator(".papers img")
    expect(pictures.first).to_have_js_property("complete", True)
    assert pictures.first.evaluate("(image) => image.naturalWidth") > 300


def test_a_cancelled_sale(visitor: Visitor) -> None:
    """10 yuan are owed, 5 are in; cancelled on the kiosk's own screen: a credit note, and no barrier."""
    before = visitor.figure("barrier openings")
    visitor.car("90 min")
    visitor.pay(5)
    visitor.sees(visitor.state, "Paying")
    visitor.sees(visitor.page.locator(".box"), "1 × 5")
    visitor.kiosk.get_by_role("button", name=re.compile("取消|Cancel")).first.tap()
    visitor.leaves()
    visitor.sees(visitor.page.locator(".books"), "1 cancelled")
    assert visitor.figure("barrier openings") == before


def test_a_coupon(visitor: Visitor) -> None:
    """A coupon of an hour before the scanner: of 10 yuan 5 are left, and with 5 the car leaves."""
    visitor.car("90 min")
    price = visitor.kiosk.locator("#frame")
    visitor.sees(price, "¥10.00")
    visitor.tap("Coupon, 1 hour")
    visitor.sees(price, "¥5.00")
    expect(price).not_to_contain_text("¥10.00")
    visitor.pay(5)
    visitor.leaves()


def test_too_large_a_note(visitor: Visitor) -> None:
    """5 yuan are owed: a note of 100 comes back, one of 5 is taken."""
    visitor.car("30 min")
    visitor.pay(100)
    visitor.sees(visitor.page.locator(".bay", has_text="Notes"), "¥100.00 given back")
    visitor.pay(5)
    visitor.leaves()


def test_a_pulled_plug(visitor: Visitor) -> None:
    """The plug is pulled while a note moves; with the power back the note is credited, once, and the sale goes on."""
    visitor.car("90 min")
    visitor.pay(10)
    visitor.sees(visitor.page.locator(".bay", has_text="Notes"), "moving in")
    visitor.tap("Pull the plug")
    visitor.sees(visitor.page.locator(".glass"), "No power")
    visitor.tap("Power back")
    expect(visitor.page.locator(".glass iframe")).to_be_visible(timeout=PATIENCE_MS)
    visitor.leaves()
    visitor.sees(visitor.page.locator('[data-news="journal"]'), "EffectFound")


def test_the_paper_is_out(visitor: Visitor) -> None:
    """The paper ends in mid-receipt; with a new roll the receipt comes again, marked as a copy."""
    visitor.car("30 min")
    visitor.page.locator(".bay", has_text="Receipts").tap()
    visitor.tap("Only 6 cm left")
    visitor.pay(5)
    visitor.sees(visitor.page.locator(".bay", has_text="Receipts"), "no paper")
    visitor.tap("New roll")
    visitor.leaves()
    assert visitor.figure("copies on the paper") == "1"
    visitor.sees(visitor.page.locator(".papers"), re.compile("COPY 1|补打 第1次"))  # the kiosk speaks as its payer does


def test_a_torn_note_and_the_fault_menu(visitor: Visitor) -> None:
    """A torn note comes back; a jam from the menu shows on the machine, and is cleared there."""
    visitor.car("30 min")
    expect(visitor.page.locator(".mouth")).to_have_attribute("data-takes", "true")
    visitor.tap("Put in a torn note")
    visitor.sees(visitor.page.locator(".bay", has_text="Notes"), "given back")
    visitor.tap("Cancel button")
    visitor.sees(visitor.state, "Idle")
    visitor.tap("Jam the validator")
    visitor.sees(visitor.page.locator(".bay", has_text="Notes"), "jammed")
    visitor.sees(visitor.state, "Out of service")
    visitor.tap("Clear the jam")
    visitor.sees(visitor.state, "Idle")
    visitor.leaves()


def test_box_door_and_cables(visitor: Visitor) -> None:
    """The box comes out and goes in again, the door opens and shuts, a cable is pulled: the kiosk shows it, the books hold."""
    visitor.tap("Take it out")
    visitor.sees(visitor.page.locator(".box"), "taken out")
    visitor.tap("Put an empty one in")
    visitor.sees(visitor.page.locator(".box"), "empty")
    visitor.tap("Open")
    visitor.sees(visitor.state, "Service")
    visitor.tap("Close")
    visitor.sees(visitor.state, "Idle")
    visitor.page.locator(".bay", has_text="Scanner").tap()
    visitor.tap("Pull the cable")
    visitor.sees(visitor.state, "Out of service")
    visitor.tap("Put the cable in")
    visitor.sees(visitor.state, "Idle")
    visitor.leaves()


def test_a_note_that_nobody_asked_for(visitor: Visitor) -> None:
    """The mouth stays shut while nothing is owed, and the page says so."""
    visitor.tap("Put in 10 yuan")
    visitor.sees(visitor.page.locator("#said"), "The mouth stays shut")
    assert visitor.page.locator(".box .inbox").count() == visitor.page.locator(".inbox").count()
    visitor.leaves()


def test_the_other_language(visitor: Visitor) -> None:
    """One touch: everything is Chinese, and stays so after a reload."""
    visitor.tap("中文")
    visitor.sees(visitor.verdict, "账目相符")
    visitor.page.reload()
    visitor.sees(visitor.page.locator("#hand"), "来一辆车缴费")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "zh-CN")
    visitor.tap("English")
    visitor.sees(visitor.verdict, "The books balance")


def test_the_kiosk_speaks_as_the_page_does(visitor: Visitor) -> None:
    """The kiosk's own page is in the language of who opened this one, follows it, and is so again after a power cut."""
    its_own = visitor.kiosk.locator("html")
    expect(its_own).to_have_attribute("lang", "en", timeout=PATIENCE_MS)
    visitor.tap("中文")
    expect(its_own).to_have_attribute("lang", "zh-CN", timeout=PATIENCE_MS)
    visitor.tap("English")
    expect(its_own).to_have_attribute("lang", "en", timeout=PATIENCE_MS)
    visitor.tap("Pull the plug")
    visitor.sees(visitor.page.locator(".glass"), "No power")
    visitor.tap("Power back")
    expect(its_own).to_have_attribute("lang", "en", timeout=PATIENCE_MS)
    visitor.leaves()


def test_the_machine_keeps_to_its_place(visitor: Visitor) -> None:
    """In every window: the raised barrier stands clear of the kiosk, and the receipt that just came is not cut off."""
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.car("90 min")
    visitor.pay(10)
    expect(visitor.page.locator(".barrier")).to_have_attribute("data-open", "true", timeout=PATIENCE_MS)
    for width, height in SIZES.values():
        visitor.page.set_viewport_size({"width": width, "height": height})
        assert visitor.page.evaluate(PLACES) == [True, True, True], width
    visitor.leaves()


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


def test_it_is_light(visitor: Visitor) -> None:
    """All that the page has loaded, words and all, is under 80 KB."""
    loaded: list[str] = visitor.page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    files = [url for url in loaded if url.endswith((".js", ".css", ".json"))]
    assert len(files) > 8
    assert sum(len(visitor.page.request.get(url).body()) for url in [visitor.page.url, *files]) < 80_000
