"""The pages: how soon a payer sees it, what they weigh, what they cost, what is left behind, and what harm one can do.

One run: a real rig with fast devices, a real terminal with all its pages, a real Chromium on the payer's page. docs/benchmarks.md
tells what is measured, and how well. `live.py` is the kiosk and sees its commits, `painting.py` sees the page, `hostile.py` are
the pages that mean harm.
"""

import os
import socket
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Response, sync_playwright

from sim.verbs import CloseDoor, OpenDoor
from terminal.money import with_symbol
from terminal.web.http import CONNECTIONS, STREAMS
from tests.bench import hostile
from tests.bench.live import Commit, LiveKiosk, Visit
from tests.bench.measure import Finding, Say, percentile
from tests.bench.painting import Paint, Painted
from tests.bench.resident import memory_mb
from tests.pages.browser import FLAGS, PANELS

SALES = 32
TWO_NOTES_H, ONE_NOTE_H = 2.5, 1.5
"""Stays that cost 15 and 10 yuan."""
PAGES_OPEN = 5
CONNECTS = 1_000
WARM_UP = 80
TURNS, SALES_A_TURN = 4, 4
SETTLE_S = 3.0
"""Once a second at the latest a thread of the server looks whether its browser is still there."""
LOADED_S = 2.0
"""After a page has loaded: it has asked for all that it asks for by itself."""
FRAME_MS = 1000 / 60
SEEN_AT_ONCE_MS = 100
WEIGHT_AIM_KB = 150.0
LEFT_AIM_MB = 1.0
SLOWER_AIM = 1.1


def bench(folder: Path, say: Say) -> list[Finding]:
    """All of it; the browser is gone before pages come that mean harm."""
    with ExitStack() as stack:
        kiosk = stack.enter_context(LiveKiosk(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            found = [*painted(kiosk, browser, say), *weights(kiosk, browser, say), *open_pages(kiosk, browser, say)]
            browser.close()
        return [*found, *comings_and_goings(kiosk, say), *harm(kiosk, say)]


def a_screen(browser: Browser) -> BrowserContext:
    """As the usual panel shows it."""
    panel = PANELS[0]
    return browser.new_context(viewport={"width": panel.width, "height": panel.height}, has_touch=True)


def payers_page(kiosk: LiveKiosk, context: BrowserContext) -> Painted:
    """It, with the probe in it."""
    return Painted(context.new_page(), f"http://127.0.0.1:{kiosk.web_port}/")


# --- how soon a payer sees it -----------------------------------------------------------------------------------------
class Seen(NamedTuple):
    """A visit, and when the page showed its price and its first note."""

    visit: Visit
    price: Paint
    credit: Paint


def painted(kiosk: LiveKiosk, browser: Browser, say: Say) -> list[Finding]:
    """From the code to its price on the page, from a note's credit to the new sum."""
    context = a_screen(browser)
    page = payers_page(kiosk, context)
    seen = []
    for number in range(SALES):
        say(f"sale {number} of {SALES}")
        seen.append(sale_seen(kiosk, page))
    context.close()
    commits = [commit for each in seen for commit in (each.visit.priced, each.visit.credited)]
    unsure_ms = 1000 * (page.unsure_s + percentile((commit.unsure_s for commit in commits), 0.95))
    return [
        *soon(
            "code held up to price painted", "its commit",
            [(each.price.at_s - each.visit.scanned_s, each.visit.priced.at_s - each.visit.scanned_s) for each in seen],
        ),
        *soon(
            "credit heard to new sum painted", "its commit",
            [
                (each.credit.at_s - each.visit.credited.began_s, each.visit.credited.at_s - each.visit.credited.began_s)
                for each in seen
            ],
        ),
        Finding("how far these times may be off", "ms", unsure_ms, FRAME_MS, "one frame of the screen", "", None),
    ]  # fmt: skip


def sale_seen(kiosk: LiveKiosk, page: Painted) -> Seen:
    """One sale with two notes, before the page's eyes."""
    visit = kiosk.visit(TWO_NOTES_H)
    price = page.first(visit.priced.world.seq, due(visit.priced))
    return Seen(visit, price, page.first(visit.credited.world.seq, paid(visit.credited)))


def due(commit: Commit) -> str:
    """What is owed, as it is written."""
    sale, rules = commit.world.sale, commit.world.rules
    assert sale is not None
    return with_symbol(sale.due_minor, rules.currency)


def paid(commit: Commit) -> str:
    """What was put in, as it is written."""
    sale, rules = commit.world.sale, commit.world.rules
    assert sale is not None
    return with_symbol(sale.credited_minor, rules.currency)


def soon(what: str, against: str, times_s: list[tuple[float, float]]) -> list[Finding]:
    """Median and 95th percentile of the paint, beside those of the commit."""
    paint_ms, commit_ms = ([1000 * each[place] for each in times_s] for place in (0, 1))
    ours, limit = median(paint_ms), median(commit_ms)
    return [
        Finding(
            f"{what}, median", "ms", ours, limit, against, f"<= limit + {SEEN_AT_ONCE_MS} ms",
            ours <= limit + SEEN_AT_ONCE_MS,
        ),
        Finding(
            f"{what}, 95th percentile", "ms", percentile(paint_ms, 0.95), percentile(commit_ms, 0.95),
            f"{against}, 95th percentile", "", None,
        ),
    ]  # fmt: skip


# --- what the pages weigh ---------------------------------------------------------------------------------------------
def weights(kiosk: LiveKiosk, browser: Browser, say: Say) -> list[Finding]:
    """The bytes of all that a browser loads for each page; what follows as events does not count."""
    pages = {
        "the payer's page": f"http://127.0.0.1:{kiosk.web_port}/",
        "the service page": f"http://127.0.0.1:{kiosk.web_port}/service",
        "the status page": f"http://127.0.0.1:{kiosk.status_port}/",
    }
    loaded: dict[str, int] = {}
    findings = []
    for what, url in pages.items():
        say(what)
        files = files_of(browser, url)
        findings.append(weight(what, sum(files.values())))
        loaded |= files
    return [*findings, weight("all pages together", sum(loaded.values()), WEIGHT_AIM_KB)]


def files_of(browser: Browser, url: str) -> dict[str, int]:
    """Bytes by address."""
    heard: list[Response] = []
    context = a_screen(browser)
    page = context.new_page()
    page.on("response", lambda response: heard.append(response))
    page.goto(url)
    page.wait_for_timeout(LOADED_S * 1000)
    files = {each.url: len(each.body()) for each in heard if "event-stream" not in each.headers["content-type"]}
    context.close()
    return files


def weight(what: str, count: int, aim_kb: float | None = None) -> Finding:
    """A weight in KB (10^3 bytes)."""
    aim = "" if aim_kb is None else f"<= {aim_kb:g} KB"
    met = None if aim_kb is None else count <= aim_kb * 1000
    return Finding(f"weight, {what}", "KB", count / 1000, WEIGHT_AIM_KB, "what all pages may weigh", aim, met)


# --- what open pages cost ---------------------------------------------------------------------------------------------
def open_pages(kiosk: LiveKiosk, browser: Browser, say: Say) -> list[Finding]:
    """The terminal's memory with no page open, and with several that have all painted a sale."""
    say("no page open")
    time.sleep(SETTLE_S)
    none_mb = memory_mb(kiosk.pid)["Rss"]
    contexts = [a_screen(browser) for _ in range(PAGES_OPEN)]
    pages = [payers_page(kiosk, context) for context in contexts]
    say(f"{PAGES_OPEN} pages open")
    visit = kiosk.visit(TWO_NOTES_H)
    for page in pages:
        page.first(visit.credited.world.seq, paid(visit.credited))
    time.sleep(SETTLE_S)
    open_mb = memory_mb(kiosk.pid)["Rss"]
    for context in contexts:
        context.close()
    return [
        Finding(f"resident memory (Rss), {PAGES_OPEN} pages open", "MB", open_mb, none_mb, "no page open", "", None)
    ]


# --- what is left behind ----------------------------------------------------------------------------------------------
class Footprint(NamedTuple):
    """What a process holds."""

    threads: int
    descriptors: int
    memory_mb: float


def footprint(pid: int) -> Footprint:
    """After a while in which nothing happens."""
    time.sleep(SETTLE_S)
    threads, descriptors = (len(os.listdir(f"/proc/{pid}/{kind}")) for kind in ("task", "fd"))
    return Footprint(threads, descriptors, memory_mb(pid)["Rss"])


def comings_and_goings(kiosk: LiveKiosk, say: Say) -> list[Finding]:
    """So many who follow the screen and go, so many who only knock."""
    come_and_go(kiosk, WARM_UP, say)
    before = footprint(kiosk.pid)
    come_and_go(kiosk, CONNECTS, say)
    after = footprint(kiosk.pid)
    when = f"after {CONNECTS:,} streams and {CONNECTS:,} bare connections"
    threads, descriptors, memory = zip(after, before, strict=True)
    return [
        Finding(f"threads {when}", "", *threads, "before", "none more", threads[0] <= threads[1]),
        Finding(f"descriptors {when}", "", *descriptors, "before", "none more", descriptors[0] <= descriptors[1]),
        Finding(
            f"resident memory (Rss) {when}", "MB", *memory, "before", f"<= limit + {LEFT_AIM_MB:g} MB",
            memory[0] <= memory[1] + LEFT_AIM_MB,
        ),
    ]  # fmt: skip


def come_and_go(kiosk: LiveKiosk, count: int, say: Say) -> None:
    """As many at once as may follow, each until it has the picture; then as many, one by one, who say nothing.

    When those who followed have gone the door is opened or closed: at a new picture the server finds out at once who is not
    there any more, else it would be within a second.
    """
    for number in range(0, count, STREAMS):
        say(f"{number} of {count:,} streams")
        streams = [hostile.follow(kiosk.web_port) for _ in range(STREAMS)]
        for stream in streams:
            stream.close()
        turn_door(kiosk)
    close_door(kiosk)
    for number in range(count):
        say(f"{number} of {count:,} bare connections")
        knock(kiosk.web_port)


def turn_door(kiosk: LiveKiosk) -> None:
    """Opens the service door if it is closed, closes it if it is open."""
    world = kiosk.commits.world
    kiosk.control.ask(CloseDoor() if world.door_open else OpenDoor())
    kiosk.commits.after(world.seq, "the door", lambda commit: commit.world.door_open != world.door_open)


def close_door(kiosk: LiveKiosk) -> None:
    """Payers may come again."""
    if kiosk.commits.world.door_open:
        turn_door(kiosk)


def knock(port: int) -> None:
    """A connection that says nothing, until the server has hung up too."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)


# --- what harm a page can do ------------------------------------------------------------------------------------------
def harm(kiosk: LiveKiosk, say: Say) -> list[Finding]:
    """A sale's time while a page means harm, in turns with the same while there is no page at all."""
    port = kiosk.web_port
    flood, mute = hostile.Flood(port), hostile.Mute(port, partial(turn_door, kiosk))
    pages = {"none": hostile.Nobody(port), "flood": flood, "mute": mute, "halves": hostile.Halves(port)}
    visits: dict[str, list[Visit]] = {name: [] for name in pages}
    order = list(pages)
    for turn in range(TURNS):
        for name in order:
            say(f"turn {turn} of {TURNS}, {name}")
            with pages[name]:
                close_door(kiosk)
                visits[name] += [kiosk.visit(ONE_NOTE_H) for _ in range(SALES_A_TURN)]
        order.reverse()
    told = {
        "flood": f"a page that floods ({median(flood.rates):,.0f} requests a second)",
        "mute": f"a page that stops reading ({mute.waiting / 1e6:.1f} MB wait for each of its {STREAMS} streams)",
        "halves": f"a page that sends half requests on {CONNECTIONS} connections",
    }
    return [finding for name, what in told.items() for finding in slower(what, visits[name], visits["none"])]


def slower(what: str, with_it: list[Visit], without: list[Visit]) -> list[Finding]:
    """The whole way from the code to the credit, most of it the devices' time, and the terminal's own part up to the price."""
    (ours, limit), (own, own_limit) = (
        [[part(visit) for visit in visits] for visits in (with_it, without)] for part in (to_credit_s, to_price_ms)
    )
    return [
        Finding(
            f"scan to credit, {what}", "s", median(ours), median(limit), "no page at all", f"ratio <= {SLOWER_AIM:g}",
            median(ours) <= SLOWER_AIM * median(limit),
        ),
        Finding("— scan to price committed, median", "ms", median(own), median(own_limit), "no page at all", "", None),
        Finding(f"— slowest of {len(own)}", "ms", max(own), max(own_limit), "no page at all", "", None),
    ]  # fmt: skip


def to_credit_s(visit: Visit) -> float:
    """From the code to the commit of the credit."""
    return visit.credited.at_s - visit.scanned_s


def to_price_ms(visit: Visit) -> float:
    """From the code to the commit of the price."""
    return 1000 * (visit.priced.at_s - visit.scanned_s)
