"""What a measuring eye finds on a page: things that do not fit, targets too small for a finger, what axe-core objects to."""

from functools import cache
from importlib import resources

from playwright.sync_api import Page

SCROLLING = ".explanation, ul.services"
"""Lists that may be longer than the screen: they scroll inside, under a finger."""

MISFITS = """(scrolling) => {
  const top = document.getElementById("panel").hidden ? document.body : document.getElementById("panel");
  const found = [];
  for (const each of [document.documentElement, ...top.querySelectorAll("*")]) {
    if (each.closest("svg, .unseen, " + scrolling)) continue;
    const { left, top: above, right, bottom, width, height } = each.getBoundingClientRect();
    if (!width || !height) continue;
    const name = `${each.tagName}#${each.id}.${each.className}`;
    if (left < -1 || above < -1 || right > innerWidth + 1 || bottom > innerHeight + 1) found.push(`${name} leaves the screen`);
    if (each.clientWidth && each.scrollWidth > each.clientWidth + 1) found.push(`${name} is too wide for its place`);
    if (each.clientHeight && each.scrollHeight > each.clientHeight + 2) found.push(`${name} is too high for its place`);
  }
  return found;
}"""

COVERED = """() => {
  const panel = document.getElementById("panel");
  const top = panel.hidden ? document.getElementById("frame") : panel;
  return [...top.querySelectorAll("button")].filter((button) => {
    const box = button.getBoundingClientRect();
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !button.disabled && !(hit && (hit === button || button.contains(hit)));
  }).map((button) => button.dataset.press);
}"""

SMALL = """(least) => {
  const panel = document.getElementById("panel");
  const top = panel.hidden ? document.getElementById("frame") : panel;
  return [...top.querySelectorAll("button, a, input, select")].filter((each) => {
    const { width, height } = each.getBoundingClientRect();
    return width < least || height < least;
  }).map((each) => `${each.dataset.press}: ${each.getBoundingClientRect().width} x ${each.getBoundingClientRect().height}`);
}"""


def misfits(page: Page) -> list[str]:
    """Parts that leave the screen, or whose content leaves them."""
    found: list[str] = page.evaluate(MISFITS, SCROLLING)
    return found


def covered(page: Page) -> list[str]:
    """Buttons of the topmost layer that a finger on their middle would not reach."""
    found: list[str] = page.evaluate(COVERED)
    return found


def small_targets(page: Page, least_px: float) -> list[str]:
    """What can be touched and is smaller than that in one direction."""
    found: list[str] = page.evaluate(SMALL, least_px)
    return found


def objections(page: Page) -> list[str]:
    """What axe-core calls serious or critical; contrast by the strict rule, 7:1 (4.5:1 for large type)."""
    options = {"resultTypes": ["violations"], "rules": {"color-contrast-enhanced": {"enabled": True}}}
    page.evaluate(axe_core())
    results = page.evaluate("(options) => axe.run(document, options)", options)["violations"]
    return [
        f"{result['id']}: {node['html']}: {node['any'][0]['message'] if node['any'] else ''}"
        for result in results
        if result["impact"] in ("serious", "critical")
        for node in result["nodes"]
    ]


@cache
def axe_core() -> str:
    """The checker's script, as its Python package brings it."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
