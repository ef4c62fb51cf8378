"""The status page in real Chromium, on a phone, by touch: signing in, looking, two languages, nothing for axe to object to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from terminal.fsm import events as ev
from terminal.staff.sessions import LONGEST_S
from tests.pages.looking import objections
from tests.pages.status_scenes import PHONE, TABLET, bad_day, board, open_page, quiet_day, sign_in
from tests.web.phone import PIN, Terminal, make_certificate

NARROW = {"width": 320, "height": 568}
TOUCH_PX = 44
"""The least size of a target that a thumb hits (WCAG 2.5.5)."""

TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().width && !each.closest(".unseen"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1
    || each.scrollWidth > each.clientWidth + 1 && each.clientWidth)
  .map((each) => `${each.tagName}#${each.id}.${each.className}`)"""

SMALL = """(least) => [...document.querySelectorAll("button, input")].map((each) => [each, each.getBoundingClientRect()])
  .filter(([each, box]) => box.width && (box.width < least || box.height < least)).map(([each]) => each.outerHTML)"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One for all tests."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def terminal(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[Terminal]:
    """A terminal that serves the page."""
    made = Terminal(tmp_path, certificate)
    yield made
    made.stop()


@pytest.fixture
def phone(browser: Browser, terminal: Terminal) -> Iterator[Callable[..., Page]]:
    """Opens the page; no script on it may fail, and nothing may be refused by the content policy."""
    pages: list[Page] = []
    faults: list[str] = []

    def make(size: dict[str, int] = PHONE, language: str = "en") -> Page:
        page = open_page(browser, terminal, size, language)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.context.close()
    assert not faults


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [NARROW, PHONE, TABLET], ids=lambda size: str(size["width"]))
@pytest.mark.parametrize("day", [quiet_day, bad_day])
def test_it_fits_and_axe_finds_nothing(
    terminal: Terminal,
    phone: Callable[..., Page],
    day: Callable[[Terminal], None],
    size: dict[str, int],
    language: str,
) -> None:
    """From 320 px on nothing is cut off or scrolls sideways, buttons are large enough, contrast is 7:1; form and board alike."""
    day(terminal)
    page = phone(size, language)
    for signed_in in (False, True):
        if signed_in:
            board(page)
        assert page.evaluate(TOO_WIDE) == []
        assert page.evaluate(SMALL, TOUCH_PX) == []
        assert objections(page) == []
    assert page.locator("html").get_attribute("lang") == language


def test_a_visit_by_touch(terminal: Terminal, phone: Callable[..., Page]) -> None:
    """Wrong PIN, right PIN, live news, the other language, a reload, and out again: then nothing is left to read."""
    quiet_day(terminal)
    page = phone()
    sign_in(page, pin="99990000")
    expect(page.locator("#told")).to_have_text("Wrong name or PIN")
    expect(page.locator("#pin")).to_have_value("")
    terminal.clock.more_s += 10
    page.locator("#pin").tap()
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    expect(page.locator("#state .what")).to_contain_text("In service")
    terminal.say(ev.DeviceChanged("validator", ("jam",)))
    expect(page.locator("#state .what")).to_contain_text("Out of service")
    expect(page.locator("#alerts")).to_contain_text("Note acceptor: jammed")
    page.locator('[data-press="language"]').tap()
    expect(page.locator("#state .what")).to_contain_text("暂停服务")
    page.reload()
    expect(page.locator("#alerts")).to_contain_text("纸币器：卡币")
    page.locator('[data-press="sign-out"]').tap()
    expect(page.locator("#pin")).to_be_visible()
    assert "卡币" not in page.content()
    page.reload()
    expect(page.locator("#pin")).to_be_visible()


def test_locked_out(terminal: Terminal, phone: Callable[..., Page]) -> None:
    """Too many wrong ones: the page says how long to wait."""
    page = phone()
    for _ in range(5):
        terminal.clock.more_s += 10
        page.locator("#name").fill("wang")
        page.locator("#pin").fill("99990000")
        with page.expect_response("**/sign-in"):
            page.locator("#go").tap()
    expect(page.locator("#told")).to_have_text("Too many wrong tries. Try again in 1 min")


def test_a_session_that_is_over(terminal: Terminal, phone: Callable[..., Page]) -> None:
    """The form comes back by itself, with the reason, and the figures are gone."""
    quiet_day(terminal)
    page = phone()
    board(page)
    terminal.clock.more_s += LONGEST_S
    expect(page.locator("#told")).to_have_text("Please sign in again", timeout=10_000)
    expect(page.locator("#board")).to_be_hidden()
    assert "¥" not in page.content()


def test_a_terminal_that_goes_away(terminal: Terminal, phone: Callable[..., Page]) -> None:
    """An old picture is faded and says so."""
    quiet_day(terminal)
    page = phone()
    board(page)
    terminal.server.stop()
    expect(page.locator("#lost")).to_be_visible(timeout=10_000)
    expect(page.locator("#board")).to_have_class("old")


def test_the_phone_knows_a_wrong_clock(terminal: Terminal, phone: Callable[..., Page]) -> None:
    """The terminal of this test lives in another month, and the phone says so."""
    quiet_day(terminal)
    page = phone()
    board(page)
    expect(page.locator("#health .note")).to_contain_text("The terminal's clock and this phone's differ by")


def test_nothing_from_the_terminal_becomes_markup(terminal: Terminal, phone: Callable[..., Page]) -> None:
    """A hostile name in an alert is shown as the text that it is."""
    quiet_day(terminal)
    terminal.say(ev.StaffActed("<img src=x onerror=alert(1)>", "sign_in_failed"))
    page = phone()
    board(page)
    expect(page.locator("#alerts")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#alerts img").count() == 0
