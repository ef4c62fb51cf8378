"""Takes the pictures of docs/window-page.md: `python -m tests.pages.window_pictures [FOLDER]`. Look before you keep them."""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.pages.__main__ import COLOURS, FOLDER
from tests.pages.browser import FLAGS
from tests.pages.test_window_page import SIZES, Desk, a_pad_and_an_outage, clock_of, enter_paper, outage
from tests.web.service_bench import HandClock
from tests.web.window_bench import WindowMachine


def papers(desk: Desk) -> None:
    """Two papers of an outage are entered, of the second too little was taken, and the third is half typed."""
    a_pad_and_an_outage(desk)
    outage(desk, "1")
    for number, plate, taken in ((101, "粤B12345", "10"), (102, "粤B22222", "7")):
        desk.machine.hand_clock.ahead_s += 5
        enter_paper(desk, plate, taken)
        desk.sees("panel-said", str(number))
    desk.press("Enter")
    desk.type(clock_of(desk, 1.5))
    desk.press("Enter")
    desk.type("粤B3")


def main(folder: Path) -> None:
    """A collector who gives change, a void with its second person, papers of an outage, a count, what the payer sees."""

    def keep(page: Page, name: str) -> None:
        page.wait_for_timeout(400)
        file = folder / f"window-{name}.png"
        image = Image.open(BytesIO(page.screenshot()))
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
        print(file)

    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        machine = WindowMachine(Path(data), monotonic=HandClock())
        desk = Desk(browser, machine, SIZES[0], "zh-CN")
        desk.begin()
        payer = browser.new_context(viewport={"width": 1024, "height": 600}).new_page()
        payer.goto(f"{machine.url}display")
        machine.scan_ticket("A1047", 4.2)
        desk.page.locator(".figure.due").wait_for()
        desk.type("100")
        desk.press("Enter")
        desk.page.locator(".figure.change").wait_for()
        keep(desk.page, "change.1366x768.zh-CN")
        keep(payer, "display.1024x600")
        machine.until(lambda: not machine.world.jobs)
        desk.press("F9", "Enter", "1", "1")
        keep(desk.page, "void.1366x768.zh-CN")
        desk.press("Escape", "Escape")
        papers(desk)
        keep(desk.page, "papers.1366x768.zh-CN")
        desk.context.close()
        desk = Desk(browser, machine, SIZES[1], "en")
        desk.sign_in("chen")
        desk.press("F12", "3", "Enter")
        desk.count(p10000="1", p1000="7", p500="1*3", p100="1/4")
        keep(desk.page, "count.1024x768.en")
        desk.context.close()
        machine.stop()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
