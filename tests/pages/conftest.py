"""One real Chromium and one served kiosk for the tests of a module; a screen of each size on demand."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.pages.browser import FLAGS, PANELS, Kiosk, Panel, Screen


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def kiosk() -> Iterator[Kiosk]:
    """A terminal behind a served page."""
    made = Kiosk()
    yield made
    made.server.stop()


@pytest.fixture
def screen_of(browser: Browser, kiosk: Kiosk) -> Iterator[Callable[[Panel], Screen]]:
    """Makes the page on a panel; no script on it may fail, whatever the test does."""
    made: list[Screen] = []

    def make(panel: Panel) -> Screen:
        made.append(Screen(browser, kiosk, panel))
        return made[-1]

    yield make
    for screen in made:
        screen.close()
        assert not screen.faults


@pytest.fixture
def screen(screen_of: Callable[[Panel], Screen]) -> Screen:
    """The page on the usual panel."""
    return screen_of(PANELS[0])
