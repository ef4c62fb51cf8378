"""When a page has painted: a probe in the page, and its clock against ours.

The probe is told of each change of the document, asks for the next frame, notes in it what the document shows, and takes the time
when that frame's work is over: a message that it sends itself from within the frame comes after style, layout and paint. What
the compositor and the panel need after that is not in it.

The page's clock stands apart from ours by a constant. Each question for it is answered between two of our times, so the constant
is at least the first less the answer and at most the second less the answer; what many questions leave over is narrow.
"""

import time
from typing import NamedTuple

from playwright.sync_api import Page

from sim.running import Impatient

PATIENCE_S = 10.0
QUESTIONS = 100

PROBE = """(() => {
  const paints = (window.paints = []);
  const over = new MessageChannel();
  let shown = -1, asked = false;
  over.port1.onmessage = ({ data }) => paints.push([performance.now(), ...data]);
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      const seq = Number(document.documentElement.dataset.seq ?? -1);
      if (seq === shown) return;
      shown = seq;
      over.port2.postMessage([seq, document.getElementById("main").textContent]);
    });
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
})()"""


class Paint(NamedTuple):
    """A new picture on the page: when it was there, the event that it shows, and the words of its main part."""

    at_s: float
    seq: int
    words: str


class Painted:
    """The payer's page with the probe in it. `unsure_s`: its times may be off by so much."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        page.add_init_script(PROBE)
        page.goto(url)
        page.wait_for_function("() => window.paints.length")
        self._offset_s, self.unsure_s = self._compare_clocks()

    def _compare_clocks(self) -> tuple[float, float]:
        """What to add to the page's time, and how far that may be wrong."""
        least_s, most_s = float("-inf"), float("inf")
        for _ in range(QUESTIONS):
            before_s = time.monotonic()
            page_s = self._page.evaluate("() => performance.now()") / 1000
            after_s = time.monotonic()
            least_s, most_s = max(least_s, before_s - page_s), min(most_s, after_s - page_s)
        return (least_s + most_s) / 2, (most_s - least_s) / 2

    def first(self, seq: int, amount: str) -> Paint:
        """The first picture that shows event `seq` or a later one; `amount` must be on it. Raises `Impatient`."""
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            for at_ms, shown, words in self._page.evaluate("() => window.paints"):
                if shown >= seq:
                    assert amount in words, f"event {shown} was painted without {amount}: {words}"
                    return Paint(at_ms / 1000 + self._offset_s, shown, words)
            if time.monotonic() > give_up_at:
                raise Impatient(f"event {seq} is not painted")
            time.sleep(0.05)
