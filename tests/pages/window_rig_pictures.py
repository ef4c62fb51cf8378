"""Takes the pictures of a window in docs/rig-page.md: `python -m tests.pages.window_rig_pictures [FOLDER]`. Look at them."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

from sim.demo import open_page
from tests.pages.__main__ import FOLDER
from tests.pages.browser import FLAGS
from tests.pages.rig_pictures import WIDE_SCALE, take
from tests.pages.test_window_rig import Booth

SIZE = (1600, 1420)


def main(folder: Path) -> None:
    """Change is to be given, the drawer stands open; the same in Chinese."""
    with tempfile.TemporaryDirectory() as data, ExitStack() as stack, sync_playwright() as playwright:
        origin = open_page(Path(data), (), stack, "window").origin
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = browser.new_context(
            viewport={"width": SIZE[0], "height": SIZE[1]},
            device_scale_factor=WIDE_SCALE,
            has_touch=True,
            locale="en-US",
        )
        booth = Booth(context.new_page(), origin, Path(data))
        booth.begin()
        booth.sale(10, "+")
        booth.tap("Do as the books say, and push it shut")
        booth.balances("¥210.00")
        booth.sale(100, "F8")
        take(booth.page, folder / "rig-window-en.png")
        booth.keys("F1")
        booth.page.locator("#language").tap()
        take(booth.page, folder / "rig-window-zh-CN.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
