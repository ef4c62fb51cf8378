"""Takes the pictures of docs/payer-page.md: `python -m tests.pages [FOLDER]`. Look at them before they are kept."""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.pages.browser import FLAGS, PANELS, Kiosk, Screen
from tests.pages.scenes import OPENED, SCENES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COLOURS = 128

# fmt: off
PICTURES = (  # panel, language, what is shown
    ("1024x600",  "zh-CN", "idle"),
    ("1024x600",  "en",    "quote"),
    ("1024x600",  "zh-CN", "paying_too_large"),
    ("1024x600",  "en",    "short"),
    ("1024x600",  "en",    "cancelled"),
    ("1024x600",  "en",    "leaving"),
    ("1024x600",  "zh-CN", "idle_timed_out"),
    ("1024x600",  "zh-CN", "leaving_receipt_choice"),
    ("1024x600",  "zh-CN", "out"),
    ("800x480",   "zh-CN", "plate_typed"),
    ("800x480",   "en",    "paying"),
    ("1080x1920", "zh-CN", "paying"),
)
# fmt: on


def main(folder: Path) -> None:
    """All pictures, each named by what it shows, its size and its language."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        kiosk = Kiosk()
        for panel in PANELS:
            screen = Screen(browser, kiosk, panel)
            for _, language, name in (picture for picture in PICTURES if picture[0] == panel.name):
                pose(screen, name, language)
                file = folder / f"payer-{name}.{panel.name}.{language}.png"
                image = Image.open(BytesIO(screen.page.screenshot()))
                image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
                print(file)
            screen.close()
        kiosk.server.stop()
        browser.close()


def pose(screen: Screen, name: str, language: str) -> None:
    """Bring the page to what shall be seen."""
    scene, *touches = OPENED.get(name, ("paying" if name == "short" else name,))
    screen.show(SCENES[scene](language))
    screen.page.locator("h1").tap()  # a remark about the scene before goes
    screen.touch(*touches)
    if name == "short":
        screen.kiosk.wait_ms(52_000)
        screen.page.locator("#time.short").wait_for()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
