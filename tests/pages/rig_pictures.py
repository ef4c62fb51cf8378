"""Takes the pictures of docs/rig-page.md: `python -m tests.pages.rig_pictures [FOLDER]`. Look before you keep them."""

import sys
import tempfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from sim.demo import open_page
from tests.pages.__main__ import FOLDER
from tests.pages.browser import FLAGS
from tests.pages.test_rig_page import Visitor

COLOURS = 256
WIDE, PHONE = (1600, 1420), (390, 844)
WIDE_SCALE, PHONE_SCALE = 0.75, 1.5
SETTLED_MS = 4000
"""Until nothing moves on the page any more, and the books were compared."""


def main(folder: Path) -> None:
    """A sale that was paid, and another in its middle; in both languages, without power, and on a phone."""
    with tempfile.TemporaryDirectory() as data, ExitStack() as stack, sync_playwright() as playwright:
        origin = open_page(Path(data), (), stack).origin
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        desk, phone = (
            browser.new_context(
                viewport={"width": width, "height": height}, device_scale_factor=scale, has_touch=True, locale=language
            )
            for (width, height), scale, language in ((WIDE, WIDE_SCALE, "en-US"), (PHONE, PHONE_SCALE, "zh-CN"))
        )
        visitor = Visitor(desk.new_page(), origin)
        visitor.car("90 min")
        visitor.pay(20)
        visitor.leaves()
        visitor.sees(visitor.state, "Idle")
        visitor.page.reload()  # the next payer reads English, too
        visitor.car("90 min")
        visitor.pay(5)
        visitor.sees(visitor.page.locator(".box"), "1 × 5")
        take(visitor.page, folder / "rig-en.png")
        visitor.page.locator("#language").tap()
        take(visitor.page, folder / "rig-zh-CN.png")
        on_phone = phone.new_page()
        on_phone.goto(origin + "/")
        expect(on_phone.locator(".bay")).to_have_count(4)
        take(on_phone, folder / "rig-phone-zh-CN.png")
        visitor.page.locator("#language").tap()
        visitor.tap("Pull the plug")
        visitor.sees(visitor.page.locator(".glass"), "No power")
        take(visitor.page, folder / "rig-no-power-en.png")
        browser.close()


def take(page: Page, file: Path) -> None:
    """What is seen now."""
    page.wait_for_timeout(SETTLED_MS)
    image = Image.open(BytesIO(page.screenshot()))
    image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(
        file, optimize=True
    )
    print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
