"""The service page in a real Chromium, by touch: the gate, each tab, each act, both languages, three sizes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.looking import axe_core
from tests.web.service_bench import OTHER_PIN, PIN, HandClock, Machine

SIZES = ((1024, 600), (800, 480), (390, 844))
TABS = ("now", "devices", "machines", "records", "log")


class Tablet:
    """The page on one screen, as somebody of the staff touches it."""

    def __init__(
        self, browser: Browser, machine: Machine, size: tuple[int, int] = SIZES[0], language: str = "en"
    ) -> None:
        self.machine = machine
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=True)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(machine.url)
        self.page.evaluate("(language) => localStorage.setItem('service-language', language)", language)
        self.page.goto(machine.url)

    def touch(self, *names: str) -> None:
        """One button after the other."""
        for name in names:
            self.page.locator(f'[data-press="{name}"]').tap()

    def sign_in(self, name: str = "chen", pin: str = PIN) -> None:
        """By name and number pad."""
        self.touch(f"name-{name}", *pin, "enter")
        expect(self.page.locator("#tabs")).to_be_visible()
        expect(self.page.locator("#state")).not_to_be_empty()

    def objections(self) -> list[str]:
        """What axe-core calls serious or critical."""
        self.page.evaluate(axe_core())
        results = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            f"{result['id']}: {node['html']}"
            for result in results
            if result["impact"] in ("serious", "critical")
            for node in result["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        return int(self.page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))

    def small(self) -> list[str]:
        """What can be touched and is lower or narrower than 44 px."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("button, a, summary")].filter((each) => {
              const { width, height } = each.getBoundingClientRect();
              return width && (width < 44 || height < 44);
            }).map((each) => each.dataset.press)"""
        )
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A terminal whose service door is open."""
    made = Machine(tmp_path, HandClock())
    made.open_door()
    yield made
    made.stop()


@pytest.fixture
def tablet(browser: Browser, machine: Machine) -> Iterator[Tablet]:
    """The page, in English; no script on it may fail."""
    made = Tablet(browser, machine)
    yield made
    made.context.close()
    assert not made.faults


def test_signing_in_looking_round_and_out(tablet: Tablet) -> None:
    """The whole way by touch; the journal has both ends of it, and the PIN is nowhere on the page."""
    expect(tablet.page.locator("[data-press=enter]")).to_be_disabled()
    tablet.sign_in()
    expect(tablet.page.locator("#who")).to_have_text("陈师傅 · Technician")
    assert PIN not in tablet.page.content()
    tablet.touch("tab-devices")
    expect(tablet.page.locator("#validator-test")).to_contain_text("It answers")
    tablet.touch("frames-validator")
    expect(tablet.page.locator("#validator-frames code").first).to_contain_text("7f")
    tablet.touch("tab-machines")
    expect(tablet.page.locator("[data-state=SERVICE]")).to_have_class("node lit")
    expect(tablet.page.locator("[data-state=EMPTY]")).to_have_class("node lit")
    expect(tablet.page.locator("[data-state=FREE]")).to_have_class("node lit")
    tablet.touch("sign-out")
    expect(tablet.page.locator("#keys")).to_be_visible()
    assert tablet.machine.acts() == [("chen", "sign_in"), ("chen", "sign_out")]


def test_a_wrong_pin_is_told_and_journaled(tablet: Tablet) -> None:
    """The pad is empty again, and the right PIN still opens."""
    tablet.touch("name-chen", *"1111", "enter")
    expect(tablet.page.locator("#said")).to_have_text("Name or PIN is wrong")
    expect(tablet.page.locator("#dots")).to_have_text("")
    tablet.sign_in()
    assert tablet.machine.acts() == [("chen", "sign_in_failed"), ("chen", "sign_in")]


def test_out_of_service_and_back(tablet: Tablet) -> None:
    """The page tells who closed the terminal; it stays so when the door is closed, until somebody opens it again."""
    tablet.sign_in()
    tablet.touch("close")
    expect(tablet.page.locator("#state")).to_contain_text("Taken out of service by chen")
    tablet.touch("reopen")
    expect(tablet.page.locator("#state")).to_contain_text("In service when the door is closed")
    assert tablet.machine.acts()[1:] == [("chen", "close"), ("chen", "reopen")]


def test_a_test_page_comes_out_of_the_printer(tablet: Tablet) -> None:
    """It is on the paper of the model, and the staff acts show it."""
    tablet.sign_in()
    tablet.touch("tab-devices", "test_print")
    expect(tablet.page.locator("#said")).to_have_text("A test page was sent to the printer")
    tablet.machine.do(lambda kiosk: kiosk.run_until(lambda: b"TestPage" in bytes(kiosk.ports["printer"].heard)))
    tablet.touch("tab-records", "acts")
    expect(tablet.page.locator("td.act").first).to_have_text("Print a test page")


def test_asking_a_device_again(tablet: Tablet) -> None:
    """Its answer stands beside the button; without power it is said plainly that none came."""
    tablet.sign_in()
    tablet.touch("tab-devices", "ask_again-validator")
    answer = tablet.page.locator("#validator-asked")
    expect(answer).to_contain_text("Answered after", timeout=15_000)
    expect(answer).to_contain_text("well")
    serial = tablet.machine.do(lambda kiosk: kiosk.pump.world.units["validator"])
    expect(answer).to_contain_text(serial)
    tablet.touch("ask_again-printer")
    expect(tablet.page.locator("#printer-asked")).to_contain_text("Answered after", timeout=15_000)
    tablet.machine.do(lambda kiosk: kiosk.mechanics.lose_power(kiosk.clock.up_ms))
    tablet.touch("ask_again-validator")
    expect(answer).to_contain_text("Asked, up to 5 s")
    expect(answer).to_contain_text("No answer within 5 s", timeout=15_000)
    tablet.touch("ask_again-scanner")
    expect(tablet.page.locator("#scanner-asked")).to_contain_text("Hold any code before it")
    tablet.machine.do(lambda kiosk: kiosk.scanner.scan("ANY CODE"))
    expect(tablet.page.locator("#scanner-asked")).to_contain_text("Read something after")
    assert tablet.machine.acts()[1:] == [("chen", "ask_again")] * 4


def test_what_is_not_written_down_is_not_said_to_be_done(tablet: Tablet) -> None:
    """The journal does not take it: the page says that nobody knows, and where to look."""
    tablet.sign_in()
    tablet.machine.deaf = True
    tablet.touch("close")
    expect(tablet.page.locator("#said")).to_contain_text("Not known whether that was done", timeout=15_000)


def test_shutting_down_asks_first(tablet: Tablet) -> None:
    """One touch is no shut-down, and a no is none either."""
    tablet.sign_in()
    tablet.touch("ask-shut_down", "no", "ask-shut_down")
    assert ("chen", "shut_down") not in tablet.machine.acts()
    tablet.touch("shut_down")
    expect(tablet.page.locator("#said")).to_contain_text("ends now")
    assert tablet.machine.acts()[-1] == ("chen", "shut_down")


def test_the_door_closes_in_the_middle(tablet: Tablet) -> None:
    """What was shown is gone, and opening the door again does not bring the session back."""
    tablet.sign_in()
    tablet.touch("tab-records")
    tablet.machine.close_door()
    expect(tablet.page.locator("main h2")).to_have_text("The service door is closed")
    expect(tablet.page.locator("#tabs")).to_be_hidden()
    assert "rows" not in tablet.page.content()
    tablet.machine.open_door()
    expect(tablet.page.locator("#keys")).to_be_visible()
    expect(tablet.page.locator("#tabs")).to_be_hidden()


def test_a_closed_door_leads_back_to_the_payer(browser: Browser, machine: Machine) -> None:
    """Nobody is left before a page that is of no use to him."""
    machine.close_door()
    tablet = Tablet(browser, machine)
    expect(tablet.page.locator("main h2")).to_have_text("The service door is closed")
    assert tablet.page.locator("[data-press^=name-]").count() == 0
    tablet.touch("to-payer")
    expect(tablet.page).to_have_url(f"http://{machine.host}/")
    tablet.page.clock.install()
    tablet.page.goto(machine.url)
    expect(tablet.page.locator("main h2")).to_have_text("The service door is closed")
    tablet.page.clock.run_for(20_000)
    expect(tablet.page).to_have_url(f"http://{machine.host}/")
    tablet.context.close()


def test_a_role_sees_only_what_it_may_do(tablet: Tablet) -> None:
    """An auditor reads, and has no buttons that act."""
    tablet.sign_in("wang", OTHER_PIN)
    for name in ("close", "reopen", "test_print", "ask-shut_down"):
        assert tablet.page.locator(f'[data-press="{name}"]').count() == 0
    tablet.touch("tab-devices")
    assert tablet.page.locator('[data-press^="ask_again"]').count() == 0
    tablet.touch("tab-records", "events")
    expect(tablet.page.locator("td.kind").first).to_have_text("StaffActed")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_part_fits_and_axe_finds_nothing(
    browser: Browser, machine: Machine, size: tuple[int, int], language: str
) -> None:
    """Gate and tabs in both languages on a kiosk's panel, a small one and a phone."""
    machine.say_sale()
    tablet = Tablet(browser, machine, size, language)
    expect(tablet.page.locator("#keys")).to_be_visible()
    assert (tablet.objections(), tablet.overflow(), tablet.small()) == ([], 0, [])
    tablet.sign_in("li", OTHER_PIN)
    for tab in TABS:
        tablet.touch(f"tab-{tab}")
        tablet.page.locator("main > *").first.wait_for()
        assert (tab, tablet.objections(), tablet.overflow(), tablet.small()) == (tab, [], 0, [])
    assert not tablet.faults
    tablet.context.close()
