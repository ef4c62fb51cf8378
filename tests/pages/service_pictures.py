"""Takes the pictures of docs/service-page.md: `python -m tests.pages.service_pictures [FOLDER]`. Look before you keep them."""

import logging
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.pages.__main__ import COLOURS, FOLDER
from tests.pages.browser import FLAGS
from tests.pages.test_service_page import SIZES, Tablet
from tests.web.service_bench import Machine

PICTURES = (  # size, language, tab ("gate": none yet), what is touched there
    (SIZES[0], "zh-CN", "gate", ("name-chen", "2", "5", "8")),
    (SIZES[0], "en", "now", ("close",)),
    (SIZES[0], "zh-CN", "devices", ("ask_again-printer", "ask_again-validator")),
    (SIZES[0], "en", "machines", ()),
    (SIZES[0], "zh-CN", "records", ("acts",)),
    (SIZES[2], "en", "devices", ("ask_again-validator", "frames-validator")),
)


def main(folder: Path) -> None:
    """A terminal that has sold something, is short of paper, and is opened by a technician."""
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        machine = Machine(Path(data))
        logging.getLogger().addHandler(machine.tail)
        machine.say_sale()
        machine.do(lambda kiosk: kiosk.paper.paper_low())
        machine.open_door()
        for size, language, tab, touches in PICTURES:
            machine.clock.ahead_s += 30
            tablet = Tablet(browser, machine, size, language)
            tablet.page.locator("#keys").wait_for()
            if tab != "gate":
                tablet.sign_in()
                tablet.touch(f"tab-{tab}")
            tablet.touch(*touches)
            tablet.page.wait_for_timeout(3000)
            file = folder / f"service-{tab}.{size[0]}x{size[1]}.{language}.png"
            image = Image.open(BytesIO(tablet.page.screenshot()))
            image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
            print(file)
            tablet.context.close()
        machine.stop()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
