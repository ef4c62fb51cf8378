"""Every screen in every size and language: it fits, it can be touched, it can be read, and axe-core finds nothing serious."""

from collections.abc import Callable

import pytest

from terminal.web.server import PAGES
from terminal.words import CATALOGUES
from tests.pages.browser import PANELS, Kiosk, Panel, Screen
from tests.pages.looking import covered, misfits, objections, small_targets
from tests.pages.scenes import OPENED, SCENES

TOUCH_MM = 15
WEIGHT_BYTES = 150 * 1024

EVERY_SIZE = pytest.mark.parametrize("panel", PANELS, ids=[panel.name for panel in PANELS])
EVERY_LANGUAGE = pytest.mark.parametrize("language", CATALOGUES)


@EVERY_SIZE
@EVERY_LANGUAGE
def test_every_screen_fits_and_can_be_touched(
    screen_of: Callable[[Panel], Screen], panel: Panel, language: str
) -> None:
    """Nothing leaves the screen or its place, no button lies under another thing, each is 15 mm wide and high."""
    screen = screen_of(panel)
    for name, scene in SCENES.items():
        screen.show(scene(language))
        assert misfits(screen.page) == [], name
        assert covered(screen.page) == [], name
        assert small_targets(screen.page, TOUCH_MM * panel.px_per_mm - 0.5) == [], name


@EVERY_SIZE
@EVERY_LANGUAGE
def test_every_panel_fits_and_can_be_touched(screen_of: Callable[[Panel], Screen], panel: Panel, language: str) -> None:
    """The same for what lies on top of a screen: the keyboard most of all."""
    screen = screen_of(panel)
    for name, (scene, *touches) in OPENED.items():
        screen.show(SCENES[scene](language))
        screen.touch(*touches)
        screen.page.locator("#panel").wait_for()
        assert misfits(screen.page) == [], name
        assert covered(screen.page) == [], name
        assert small_targets(screen.page, TOUCH_MM * panel.px_per_mm - 0.5) == [], name


@EVERY_SIZE
@EVERY_LANGUAGE
def test_the_last_seconds_fit(screen_of: Callable[[Panel], Screen], kiosk: Kiosk, panel: Panel, language: str) -> None:
    """The warning has its place, over the longest screen there is, and takes no button away."""
    screen = screen_of(panel)
    screen.show(SCENES["paying_disputed"](language))
    kiosk.wait_ms(52_000)
    screen.page.locator("#time.short").wait_for()
    assert misfits(screen.page) == []
    assert covered(screen.page) == []
    assert objections(screen.page) == []


@EVERY_LANGUAGE
def test_nothing_serious_is_found_by_axe(screen: Screen, language: str) -> None:
    """Names, roles, landmarks and a contrast of 7:1, on every screen and every panel."""
    for name, scene in SCENES.items():
        screen.show(scene(language))
        assert objections(screen.page) == [], name
    for name, (opened_on, *touches) in OPENED.items():
        screen.show(SCENES[opened_on](language))
        screen.touch(*touches)
        screen.page.locator("#panel").wait_for()
        assert objections(screen.page) == [], name


def test_the_measuring_eye_sees(screen: Screen) -> None:
    """A button that is made too small, put under another or off the screen, a pale word: each is found."""
    screen.show(SCENES["paying"]("en"))
    spoil = "(css) => { document.querySelector('.rail-cancel').style.cssText = css; }"
    screen.page.evaluate(spoil, "min-height: 0; height: 20px")
    assert small_targets(screen.page, TOUCH_MM * screen.panel.px_per_mm)
    screen.page.evaluate(spoil, "position: fixed; left: 2000px")
    assert misfits(screen.page)
    assert covered(screen.page) == ["cancel"]
    screen.page.evaluate(spoil, "color: #999")
    assert objections(screen.page)


def test_the_pages_are_light() -> None:
    """All files together are far below what a Pi would notice."""
    assert sum(path.stat().st_size for path in PAGES.iterdir()) < WEIGHT_BYTES
