"""The status page of a window in real Chromium: the shift, over and short, and checking a receipt, by touch."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.looking import objections
from tests.pages.status_scenes import PHONE, TABLET, board, busy_window, code, open_page, sign_in
from tests.pages.test_status_page import NARROW, SMALL, TOO_WIDE, TOUCH_PX
from tests.store.window_day import JournaledWindow
from tests.web.phone import Terminal, make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One for all tests."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def terminal(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[Terminal]:
    """A window where the third shift of the day serves."""
    made = Terminal(tmp_path, certificate, kind=JournaledWindow)
    busy_window(made)
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
def test_it_fits_and_axe_finds_nothing(phone: Callable[..., Page], size: dict[str, int], language: str) -> None:
    """With shifts and the verdict on a voided receipt, from 320 px on."""
    page = phone(size, language)
    board(page)
    expect(page.locator("#shifts dt")).to_have_count(2)
    page.locator("#code").fill(code(number=2))
    page.locator("#check-go").tap()
    expect(page.locator("#verdict .fact")).to_have_count(3)
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(SMALL, TOUCH_PX) == []
    assert objections(page) == []


def test_checking_receipts(terminal: Terminal, phone: Callable[..., Page]) -> None:
    """A good one, a voided one, nonsense; live news do not disturb what is typed, and signing out takes it away."""
    page = phone()
    page.goto(terminal.url + "verify")
    board(page)
    expect(page.locator("#code")).to_be_focused()
    for text, verdict in (
        (code(number=1), "Genuine"),
        (code(number=2), "Genuine code, but the paper is not valid"),
        ("<b>hello</b>", "NOT GENUINE"),
    ):
        terminal.clock.more_s += 10
        page.locator("#code").fill(text)
        page.locator("#check-go").tap()
        expect(page.locator("#verdict .what span").last).to_have_text(verdict)
    terminal.show()
    expect(page.locator("#code")).to_have_value("<b>hello</b>")
    page.locator('[data-press="sign-out"]').tap()
    expect(page.locator("#pin")).to_be_visible()
    assert "NOT GENUINE" not in page.content()


def test_who_may_not_see_over_and_short(phone: Callable[..., Page]) -> None:
    """A technician sees who works there, and not how the drawers were; the next one who signs in is asked anew."""
    page = phone()
    sign_in(page, "chen")
    expect(page.locator("#shift")).to_contain_text("Serving")
    expect(page.locator("#shifts")).to_be_hidden()
    page.locator('[data-press="sign-out"]').tap()
    sign_in(page, "audit")
    expect(page.locator("#shifts")).to_contain_text("¥0.50 short")
    page.locator('[data-press="language"]').tap()
    expect(page.locator("#shifts")).to_contain_text("短款 ¥0.50")
