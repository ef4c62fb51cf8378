"""What the status page is looked at with: a quiet day, and one on which everything happens. Takes its pictures when run.

`python -m tests.pages.status_scenes` writes docs/pictures/status-*.png; look at them before you keep them.
"""

import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.pay.receipts import Proof, text_of
from terminal.pay.signing import sign
from terminal.web.status.view import Link
from tests.pages.browser import FLAGS
from tests.store.window_day import JournaledWindow, afternoon, morning
from tests.web.phone import KEY, PIN, JournaledLife, Terminal, make_certificate

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
PHONE = {"width": 360, "height": 740}
TABLET = {"width": 820, "height": 1000}


def quiet_day(terminal: Terminal) -> None:
    """Some sales; nothing is wrong."""
    life = terminal.life
    life.boot()
    life.sell(1000, hours_ago=1.5)
    life.sell(500, 2000, ticket_id="A2", hours_ago=3.2)
    life.say(ev.TicketScanned("services:", 0, "", basket=(("card", 1),)))
    life.insert(1000)
    life.print_all()
    life.time_out()
    terminal.show()


def bad_day(terminal: Terminal) -> None:
    """A note is lost, the paper is out, the broker away, somebody calls."""
    quiet_day(terminal)
    life = terminal.life
    life.say(ev.DeviceChanged("printer", ("paper_low",)))
    life.scan(ticket_id="A3")
    life.say(ev.BillHeld(500, "U1"))
    assert life.world.bill is not None
    life.say(ev.EffectFound(life.world.bill.effect_id, "nothing"), ev.HelpCalled())
    life.say(ev.DeviceChanged("printer", ("paper_out",)), ev.DeviceChanged("validator", ("jam",)))
    life.say(ev.ClockStepped(-3_600_000), ev.FraudAttempted(0), ev.StaffActed("chen", "close"))
    terminal.link = Link(False, "Connection refused")
    terminal.show()


def busy_window(terminal: Terminal) -> None:
    """Two shifts are over, one short and disputed, one over; the third one serves."""
    life = terminal.life
    assert isinstance(life, JournaledWindow)
    morning(life)
    afternoon(life)
    life.say(wev.DrawerAccepted("li", "小李"))
    life.print_all()
    life.sell_for("C1")
    terminal.show()


def code(number: int, document: Literal["receipt", "credit_note"] = "receipt") -> str:
    """The code on a document of the window."""
    return sign(KEY, text_of(Proof(document, "k01", number, 1000, 1_770_000_000_000)))


def open_page(browser: Browser, terminal: Terminal, size: dict[str, int], language: str) -> Page:
    """The page on a phone that trusts the certificate; nobody has signed in."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
        locale=language,
        ignore_https_errors=True,
    )
    page = context.new_page()
    page.goto(terminal.url)
    page.locator("#pin").wait_for()
    return page


def sign_in(page: Page, name: str = "wang", pin: str = PIN) -> None:
    """By touch, as a person does."""
    for field, text in (("#name", name), ("#pin", pin)):
        page.locator(field).tap()
        page.keyboard.type(text)
    page.locator("#go").tap()


def board(page: Page) -> None:
    """Signs in and waits for the picture."""
    sign_in(page)
    expect(page.locator("#foot")).not_to_be_empty()


def main(folder: Path) -> None:
    """Take the pictures."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        certificate = make_certificate(Path(scratch))
        for day, size, language, name in (
            (quiet_day, PHONE, "zh-CN", "status-well.zh-CN"),
            (bad_day, PHONE, "en", "status-trouble.en"),
            (bad_day, TABLET, "zh-CN", "status-trouble-tablet.zh-CN"),
            (None, PHONE, "en", "status-sign-in.en"),
            (busy_window, PHONE, "zh-CN", "status-window.zh-CN"),
        ):
            data = Path(tempfile.mkdtemp(dir=scratch))
            kind = JournaledWindow if day is busy_window else JournaledLife
            terminal = Terminal(data, certificate, wall_ms=time.time_ns() // 1_000_000, kind=kind)
            page = open_page(browser, terminal, size, language)
            if day is not None:
                day(terminal)
                board(page)
            if day is busy_window:
                page.locator("#code").fill(code(number=2))
                page.locator("#check-go").tap()
                page.locator("#verdict .fact").first.wait_for()
                page.evaluate("scrollTo(0, 0)")
            picture = Image.open(BytesIO(page.screenshot(full_page=day is not None)))
            file = folder / f"{name}.png"
            picture.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)
            print(file)
            page.context.close()
            terminal.stop()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
