"""The window's page in a real Chromium, by keyboard alone: a collector's whole day, each panel, both languages, two sizes."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from terminal.fsm import backfill_events as bev
from terminal.fsm import window_events as wev
from terminal.fsm.states import SaleState, ShiftState
from tests.pages.looking import axe_core
from tests.web.service_bench import HandClock
from tests.web.window_bench import PINS, WindowMachine

SIZES = ((1366, 768), (1024, 768))
DOCS = Path(__file__).parents[2] / "docs" / "window-page.md"
NAME_KEYS = {"chen": "F2", "zhao": "F3", "li": "F4", "wang": "F5"}


class Desk:
    """The page on one screen, as somebody with a keyboard and no mouse has it; every keystroke is counted."""

    def __init__(
        self, browser: Browser, machine: WindowMachine, size: tuple[int, int] = SIZES[0], language: str = "en"
    ) -> None:
        self.machine = machine
        self.keystrokes = 0
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.add_init_script(f"localStorage.setItem('window-language', '{language}')")
        self.page.goto(machine.url)
        expect(self.page.locator("#pin")).to_be_focused()

    def press(self, *keys: str) -> None:
        """One key after the other, each when the page has answered to the one before."""
        for key in keys:
            self.keystrokes += 1
            self.page.keyboard.press(key)
            self.settle()

    def type(self, text: str) -> None:
        """Characters, one keystroke each."""
        self.keystrokes += len(text)
        self.page.keyboard.type(text)

    def settle(self) -> None:
        """Until nothing is under way: a busy page takes no key."""
        self.page.wait_for_function("() => !document.documentElement.dataset.busy")

    def sign_in(self, name: str) -> None:
        """By name key and PIN."""
        self.machine.hand_clock.ahead_s += 5
        expect(self.page.locator("#pin")).to_be_focused()
        self.press(NAME_KEYS[name])
        self.type(PINS[name])
        self.press("Enter")
        expect(self.page.locator("html")).not_to_have_attribute("data-screen", "gate")
        expect(self.page.locator("footer button").first).to_be_visible()

    def sees(self, part: str, text: str | re.Pattern[str]) -> None:
        """Waits until a part of the page says something."""
        expect(self.page.locator(f"#{part}")).to_contain_text(text)

    def is_at(self, screen: str) -> None:
        """Waits until this screen is there, and no panel on it."""
        expect(self.page.locator("html")).to_have_attribute("data-screen", screen)
        expect(self.page.locator("#panel")).to_be_hidden()

    def count(self, **pieces: str) -> None:
        """Types a count: `p1000="10"` are ten of the piece of 1000."""
        for name, typed in pieces.items():
            while self.page.evaluate("() => document.activeElement.dataset.denomination") != name[1:]:
                self.press("ArrowDown")
            self.type(typed)

    def scan(self, ticket_id: str, hours_ago: float = 1.5) -> None:
        """The payer's ticket is held before the scanner, and the price is on the page."""
        self.machine.scan_ticket(ticket_id, hours_ago)
        self.sees_the_price()

    def sees_the_price(self) -> None:
        """Waits until an open sale is on the page."""
        expect(self.page.locator(".figure.due")).to_be_visible()

    def begin(self, name: str = "chen") -> None:
        """A shift with a float of 200."""
        self.sign_in(name)
        self.press("Enter")
        expect(self.page.locator("[data-denomination='10000']")).to_be_focused()
        self.count(p1000="10", p500="10", p100="50")
        self.press("F12")
        self.sees("panel", "200.00")
        self.press("Enter")
        self.is_at("SERVING")
        expect(self.page.locator(".prompt")).to_be_visible()

    def objections(self) -> list[str]:
        """What axe-core calls serious or critical."""
        self.page.evaluate(axe_core())
        results = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            f"{result['id']}: {node['html']}"
            for result in results
            if result["impact"] in ("serious", "critical")
            for node in result["nodes"]
        ]

    def misfits(self) -> list[str]:
        """What is cut off, or has to be scrolled to."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("header, main, footer, #panel, #big, .sale, .till, button")].filter((each) => {
              const { width, height, right, bottom } = each.getBoundingClientRect();
              if (!width || !height) return false;
              return right > innerWidth + 1 || bottom > innerHeight + 1 || each.scrollWidth > each.clientWidth + 2
                || each.scrollHeight > each.clientHeight + 3;
            }).map((each) => `${each.tagName}#${each.id}.${each.className} ${each.textContent.slice(0, 30)}`)"""
        )
        return found

    def close(self) -> None:
        """Takes the page away; no script on it may have failed."""
        self.context.close()
        assert not self.faults


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[WindowMachine]:
    """A window at which nobody works yet."""
    made = WindowMachine(tmp_path, monotonic=HandClock())
    yield made
    made.stop()


@pytest.fixture
def desk(browser: Browser, machine: WindowMachine) -> Iterator[Desk]:
    """The page, in English."""
    made = Desk(browser, machine)
    yield made
    made.close()


# --- the day ----------------------------------------------------------------------------------------------------------
def exact(desk: Desk) -> None:
    """Cash, to the fen."""
    desk.press("+")


def by_note(desk: Desk) -> None:
    """A note of 100."""
    desk.press("F8")


def typed(desk: Desk) -> None:
    """Some notes and coins, added up in the head."""
    desk.type("22")
    desk.press("Enter")


def by_phone(desk: Desk) -> None:
    """By a method outside the terminal, with its reference of four digits."""
    desk.press("F3", "1", "Enter")
    desk.type("8812")
    desk.press("Enter")


def service(desk: Desk) -> None:
    """One access card from the price list, paid with a note of 20."""
    desk.press("F3", "1", "Enter")
    desk.sees_the_price()
    desk.press("F6")


SALES: dict[str, tuple[Callable[[Desk], None], bool, str]] = {
    "ticket, exact cash": (exact, True, "Paid, no change"),
    "ticket, a note of 100": (by_note, True, "¥90.00"),
    "ticket, another amount": (typed, True, "¥12.00"),
    "ticket, WeChat Pay": (by_phone, True, "Paid, no change"),
    "an access card, a note of 20": (service, False, "¥10.00"),
}
"""The five commonest sales: what is pressed, whether a ticket is scanned first, what the page shows at the end."""


def sell(desk: Desk, name: str, number: int = 0) -> tuple[int, float]:
    """One of them; keystrokes and seconds from the price (or the first key) to the change on the page."""
    press, scanned, outcome = SALES[name]
    if scanned:
        desk.scan(f"S{number}")
    receipt_no = desk.machine.world.receipt_no + 1
    before, began_s = desk.keystrokes, time.monotonic()
    press(desk)
    desk.sees("big", f"receipt {receipt_no}")
    desk.sees("big", outcome)
    desk.is_at("SERVING")
    return desk.keystrokes - before, time.monotonic() - began_s


def test_a_collectors_whole_day(desk: Desk) -> None:
    """Float, five kinds of sale, drop, void with approval, a power cut in the count, a blind count that is short, handover, the
    next one's sale, clearing to the safe, day close: by keyboard alone, and the books add up."""
    machine = desk.machine
    desk.begin()
    for number, name in enumerate(SALES):
        sell(desk, name, number)
    desk.press("F10", "1")  # a drop, with the supervisor
    desk.count(p10000="1")
    desk.press("End")
    desk.type("B7")
    desk.press("Enter")
    desk.type(PINS["li"])
    desk.press("Enter")
    desk.is_at("SERVING")
    desk.sees("told", "¥100.00 is booked")
    desk.press("F9", "Enter")  # the last receipt is void
    desk.sees("panel", "Receipt 5")
    desk.press("1", "1")
    desk.type(PINS["li"])
    desk.press("Enter")
    desk.sees("told", "Receipt 5 is void: give ¥10.00 back")
    machine.until(lambda: not machine.world.jobs)
    # the drawer: 200 + 10 + 10 + 10 + 0 + 10 - 100 - 10 = 130, of which one is missing
    desk.press("F12", "3", "Enter")
    desk.is_at("COUNTING")
    desk.count(p1000="7", p500="10")
    machine.until(
        lambda: machine.world.window.shift is not None and machine.world.window.shift.draft == ((1000, 7), (500, 10))
    )
    machine.power_cut()
    desk.page.goto(machine.url)
    desk.sees("gate-title", "陈师傅's drawer is being counted")
    desk.sign_in("chen")
    expect(desk.page.locator("[data-denomination='1000']")).to_have_value("7")
    assert "130" not in desk.page.content()
    desk.count(p100="9")
    desk.press("F12")
    desk.sees("panel", "Counted ¥129.00?")
    desk.press("Enter")
    desk.is_at("COUNTED")
    desk.sees("main", "Short")
    desk.sees("main", "¥1.00")
    desk.press("Enter", "1")
    desk.is_at("HANDING_OVER")
    desk.press("Enter")
    desk.sees("gate-title", "The next collector signs in")
    machine.hand_clock.ahead_s += 5
    desk.press("F2")  # of those who are left, the first
    desk.type(PINS["zhao"])
    desk.press("Enter")
    desk.sees("main", "Take 陈师傅's drawer")
    desk.press("Enter")
    desk.is_at("SERVING")
    sell(desk, "ticket, a note of 100", 9)
    machine.until(lambda: machine.world.state is SaleState.IDLE)
    desk.press("F12", "3", "Enter")
    desk.is_at("COUNTING")
    desk.count(p1000="8", p500="10", p100="9")
    desk.press("F12", "Enter")
    desk.is_at("COUNTED")
    desk.sees("main", "It adds up")
    desk.press("Enter")
    desk.is_at("HANDING_OVER")
    desk.press("F4")  # nobody follows: to the safe
    desk.type("B8")
    desk.press("Enter")
    desk.type(PINS["li"])
    desk.press("Enter")
    desk.is_at("CLOSED")
    desk.press("F10")
    desk.sign_in("li")
    desk.press("F5", "Enter")
    desk.sees("told", "is closed")
    assert machine.world.shift is ShiftState.CLOSED
    assert machine.world.window.settled_z_no == 2
    machine.until(lambda: not machine.world.jobs)
    found = machine.audit()
    assert (found.books_ok, found.chain_ok, found.findings) == (True, True, [])
    signed = [event for event in machine.events() if isinstance(event, wev.ShiftSigned)]
    assert [(each.who, each.reason) for each in signed] == [("chen", "wrong_change"), ("zhao", "")]


def test_keystrokes_are_what_the_docs_say(desk: Desk) -> None:
    """The five commonest sales; each is on the page within two seconds on a slow machine."""
    desk.begin()
    found = {name: sell(desk, name, number) for number, name in enumerate(SALES)}
    told = dict(re.findall(r"^\| ([^|]+?) \| (\d+) \|", DOCS.read_text("utf-8"), re.MULTILINE))
    assert {name: str(keys) for name, (keys, _) in found.items()} == told
    assert all(seconds < 2 for _, seconds in found.values()), found


# --- what else can be done ----------------------------------------------------------------------------------------------
def test_split_tender_and_too_much_cash(desk: Desk) -> None:
    """What is missing is shown; an amount that nobody would give is asked about once more."""
    desk.begin()
    desk.scan("A1")
    desk.type("4")
    desk.press("Enter")
    desk.sees("big", "Still to pay")
    desk.sees("big", "¥6.00")
    desk.type("5000")
    desk.press("Enter")
    desk.sees("panel", "Was it really ¥5000.00?")
    desk.press("Escape", "Escape")
    desk.type("6")
    desk.press("Enter")
    desk.sees("big", "Paid, no change")
    desk.sees("sale", "the last sale")


def test_a_code_that_is_typed(desk: Desk) -> None:
    """Letters are a code also in the middle of a sale; what is not ours is told where the eye is."""
    desk.begin()
    desk.type("nonsense")
    desk.sees("meaning", "code")
    desk.press("Enter")
    desk.sees("told", "This is not a parking ticket")
    desk.type(desk.machine.ticket("B1"))
    desk.press("Enter")
    desk.sees("big", "¥10.00")


def test_suspend_resume_cancel(desk: Desk) -> None:
    """The next payer at once; who comes back is served; a cancelled sale gives back what was given."""
    desk.begin()
    desk.scan("A1")
    desk.press("F4")
    desk.sees("sale", "1 suspended")
    desk.scan("A2")
    desk.press("+")
    desk.sees("big", "Paid, no change")
    desk.press("F4")
    desk.sees("sale", "A1")
    desk.type("5")
    desk.press("Enter")
    desk.sees("big", "¥5.00")
    desk.press("Escape")
    desk.sees("panel", "goes back the way it came")
    desk.press("Enter")
    desk.sees("told", "give ¥5.00 back")


def test_credit_notes_and_receipts_are_shown(desk: Desk) -> None:
    """A credit note is paid out once, or counts toward a sale by itself; a scanned receipt opens what can be done about it."""
    desk.begin()
    machine = desk.machine
    machine.scan(machine.credit_note(4, 700))
    desk.sees("big", "¥7.00")
    desk.press("+")
    desk.sees("told", "Credit note honoured: pay ¥7.00")
    machine.until(lambda: not machine.world.pending)
    machine.scan(machine.credit_note(4, 700))
    desk.sees("big", "It was honoured already")
    desk.scan("A1")
    machine.scan(machine.credit_note(5, 1300))
    desk.sees("big", "¥3.00")
    machine.until(lambda: machine.world.state is SaleState.IDLE and not machine.world.jobs)
    machine.scan(machine.receipt(1, 1000))
    desk.sees("panel", "Receipt 1")
    desk.press("Escape")
    machine.scan(machine.receipt(7, 1000, "k01"))
    desk.sees("panel", "A receipt of another terminal")


@pytest.mark.parametrize(
    ("what", "keys", "told"),
    [
        ("refund a part", ("2", "=4", "Enter", "1", "=pin", "Enter"), "Receipt 1: refund ¥4.00"),
        ("change, to the payer", ("4", "1", "=2", "Enter"), "Receipt 1: change put right by ¥2.00"),
        ("change, from the payer", ("4", "2", "=2", "Enter"), "Receipt 1: change put right by -¥2.00"),
        ("wrong means", ("5", "1", "Enter", "=pin", "Enter"), "Receipt 1: means of payment put right, ¥10.00"),
        ("paid twice", ("3", "=pin", "Enter"), "Receipt 1 was paid twice: give ¥10.00 back"),
        ("print again", ("6",), "Receipt 1 goes to the printer as a copy"),
    ],
)
def test_corrections(desk: Desk, what: str, keys: tuple[str, ...], told: str) -> None:
    """Each by a few keys, with its reason, and with the second person in the same panel where the table asks for one."""
    desk.begin()
    desk.scan("A1")
    desk.press("+")
    desk.sees("big", "Paid")
    desk.machine.until(lambda: not desk.machine.world.jobs)
    desk.press("F9", "Enter")
    for key in keys:
        if key.startswith("="):
            desk.page.keyboard.press("Control+a")
            desk.type(PINS["li"] if key == "=pin" else key[1:])
        else:
            desk.press(key)
    desk.sees("told", told)
    desk.is_at("SERVING")


def test_a_wrong_pin_of_the_second_person(desk: Desk) -> None:
    """It is told in the panel, all else that was typed stays, and the right one books."""
    desk.begin()
    desk.press("F10", "1")
    desk.count(p1000="5")
    desk.press("End", "Enter")
    desk.type("1111")
    desk.press("Enter")
    desk.sees("panel-said", "Second person: Name or PIN is wrong")
    expect(desk.page.locator("[data-denomination='1000']")).to_have_value("5")
    desk.type(PINS["li"])
    desk.press("Enter")
    desk.sees("told", "¥50.00 is booked")


def test_badges(desk: Desk) -> None:
    """Held before the scanner: it signs in at the gate, stands for name and PIN in a panel, and brings the next collector in."""
    machine = desk.machine
    machine.scan(machine.badge("chen"))
    desk.is_at("CLOSED")
    desk.press("Enter")
    desk.is_at("OPENING")
    desk.count(p1000="10")
    desk.press("F12", "Enter")
    desk.is_at("SERVING")
    desk.press("F10", "1")
    desk.count(p1000="5")
    machine.scan(machine.badge("li"))
    desk.sees("told", "¥50.00 is booked")
    moved = [event for event in machine.events() if isinstance(event, wev.CashMoved)]
    assert [(event.who, event.approved_by) for event in moved] == [("chen", "li")]
    desk.press("F12", "3", "Enter")
    desk.is_at("COUNTING")
    desk.count(p1000="5")
    desk.press("F12", "Enter")
    desk.is_at("COUNTED")
    desk.press("Enter")
    desk.is_at("HANDING_OVER")
    desk.press("Enter")
    desk.sees("gate-title", "The next collector signs in")
    machine.scan(machine.badge("zhao"))
    desk.sees("main", "Take 陈师傅's drawer")


def test_badges_by_a_reader_that_types(desk: Desk) -> None:
    """Like a keyboard, into the field of the PIN: it signs in at the gate, and stands for name and PIN in a panel."""
    machine = desk.machine
    fill_in(desk, machine.badge("chen"))
    desk.is_at("CLOSED")
    desk.press("Enter")
    desk.is_at("OPENING")
    desk.count(p1000="10")
    desk.press("F12", "Enter")
    desk.is_at("SERVING")
    desk.press("F10", "1")
    desk.count(p1000="5")
    desk.press("End", "Enter")
    fill_in(desk, machine.badge("li"))
    desk.sees("told", "¥50.00 is booked")
    moved = [event for event in machine.events() if isinstance(event, wev.CashMoved)]
    assert [(event.who, event.approved_by) for event in moved] == [("chen", "li")]


def test_several_things_in_a_sale(desk: Desk) -> None:
    """Another ticket is paid with the first; one is taken out again."""
    desk.begin()
    desk.scan("A1")
    desk.machine.scan(desk.machine.ticket("A2", 2.5))
    desk.sees("big", "¥25.00")
    desk.sees("sale", "Parking ticket A2")
    desk.press("Delete", "2")
    desk.sees("big", "¥15.00")
    desk.press("+")
    desk.sees("big", "Paid, no change")


def test_a_false_note(desk: Desk) -> None:
    """What one must and must not do stands beside the questions; kept needs a second person."""
    desk.begin()
    desk.press("F11")
    desk.sees("panel", "Never into circulation")
    desk.press("1", "1")
    desk.type("AB12345678")
    desk.press("Enter")
    desk.sees("told", "not taken")
    desk.press("F11", "2", "1", "Enter", "Enter")
    desk.type(PINS["li"])
    desk.press("Enter")
    desk.sees("told", "is kept")
    notes = [event for event in desk.machine.events() if isinstance(event, wev.NoteSuspected)]
    assert [(note.how, note.approved_by) for note in notes] == [("refused", ""), ("kept", "li")]


def test_counting(desk: Desk) -> None:
    """Bundles and rolls, up and down, and letters that are no figures."""
    desk.sign_in("chen")
    desk.press("Enter")
    expect(desk.page.locator("[data-denomination='10000']")).to_be_focused()
    desk.type("2*3")
    desk.press("ArrowDown", "ArrowDown", "ArrowUp")
    desk.type("x1/")
    desk.sees("main", "Only figures")
    expect(desk.page.locator("tfoot output")).to_have_text("¥22800.00")
    desk.press("F12", "Escape")
    expect(desk.page.locator("[data-denomination='5000']")).to_have_value("1/")


# --- outages ------------------------------------------------------------------------------------------------------------
def clock_of(desk: Desk, hours_ago: float) -> str:
    """A time as people type it."""
    then_s = desk.machine.clock.now().wall_ms // 1000 - hours_ago * 3600
    return datetime.fromtimestamp(then_s, ZoneInfo(desk.machine.rules.timezone)).strftime("%H%M")


def fill_in(desk: Desk, *fields: str) -> None:
    """One field after the other, each with Enter; what stands in a field is typed over."""
    for typed in fields:
        desk.type(typed)
        desk.press("Enter")


def outage(desk: Desk, number: str, *keys: str) -> None:
    """One row of the menu of outages, from the selling screen or from the menu itself."""
    desk.machine.hand_clock.ahead_s += 5
    if desk.page.locator("#panel").is_hidden():
        desk.press("F12", "4")
    expect(desk.page.locator(".open-matters")).to_be_visible()
    desk.press(number, *keys)


def a_pad_and_an_outage(desk: Desk) -> None:
    """Pad A is with Zhao, and the power was away from four hours ago until one hour ago."""
    outage(desk, "8")
    fill_in(desk, "A", "101", "125", PINS["li"])
    desk.sees("panel-said", "A")
    outage(desk, "6", "2")
    fill_in(desk, PINS["li"])
    desk.sees("panel-said", "101")
    outage(desk, "2")
    fill_in(desk, clock_of(desk, 4), clock_of(desk, 1))
    desk.press("1")
    desk.sees("panel-said", "1")


def enter_paper(desk: Desk, plate: str, taken: str, hours_ago: float = 2) -> None:
    """The paper that lies on top: its number is there already; two hours are 10 yuan."""
    desk.press("Enter")
    fill_in(desk, clock_of(desk, hours_ago), plate, clock_of(desk, hours_ago + 1.5), taken, PINS["li"])


def test_an_outage_of_three_papers(desk: Desk) -> None:
    """Pad, outage, three papers of which one was taken wrong, one that was typed wrong and is withdrawn, a spoiled one, the
    envelope with its difference, the pad back: by keyboard alone, and the books add up."""
    machine = desk.machine
    desk.begin()
    a_pad_and_an_outage(desk)
    desk.sees("panel-said", "Outage 1 is noted")
    outage(desk, "1")
    enter_paper(desk, "粤B12345", "10")
    desk.sees("panel-said", "Paper 101: ¥10.00 taken, ¥10.00 should have been")
    expect(desk.page.locator("#panel-said")).not_to_have_class(re.compile("bad"))
    machine.hand_clock.ahead_s += 5
    enter_paper(desk, "粤B22222", "7")
    desk.sees("panel-said", "Paper 102: ¥7.00 taken, ¥10.00 should have been")
    expect(desk.page.locator("#panel-said")).to_have_class(re.compile("bad"))
    expect(desk.page.locator(".entered .differs")).to_have_text("102粤B22222¥7.00≠ ¥10.00")
    assert not desk.misfits() + desk.objections()
    machine.hand_clock.ahead_s += 5
    enter_paper(desk, "粤B33333", "1")
    desk.sees("panel-said", "Paper 103")
    desk.press("Escape")
    outage(desk, "4", "Enter")
    fill_in(desk, "10, not 1", PINS["li"])
    desk.sees("panel-said", "paper 103 is withdrawn")
    outage(desk, "1")
    enter_paper(desk, "粤B33333", "10")
    desk.sees("panel-said", "Paper 103: ¥10.00 taken")
    desk.press("Escape")
    outage(desk, "3", "Enter", "1")
    fill_in(desk, PINS["li"])
    desk.sees("panel-said", "104 is voided")
    desk.sees("panel", "3 papers, ¥27.00, 赵师傅")
    outage(desk, "7")
    fill_in(desk, "106", PINS["li"])
    desk.sees("panel-said", "1 numbers are missing from 105 on")
    expect(desk.page.locator(".open-matters .bad")).to_have_text("105")
    outage(desk, "3", "Enter", "2")
    fill_in(desk, PINS["li"])
    outage(desk, "5")
    desk.count(p1000="2", p500="1")
    desk.sees("panel", "Short ¥2.00")
    assert not desk.misfits() + desk.objections()
    desk.press("End", "1", "2")
    fill_in(desk, PINS["li"])
    desk.sees("panel-said", "Envelope 1 is counted: ¥25.00")
    expect(desk.page.locator(".open-matters .bad")).to_have_count(0)
    desk.press("Escape")
    desk.is_at("SERVING")
    assert machine.world.window.shift is not None and machine.world.window.shift.expected_minor == 22_500
    settled = [event for event in machine.events() if isinstance(event, bev.EnvelopeCounted)]
    assert [(each.reason, each.goes_to, each.approved_by) for each in settled] == [("wrong_change", "drawer", "li")]
    found = machine.audit()
    assert (found.books_ok, found.chain_ok, found.findings) == (True, True, [])


def test_times_are_typed_short(desk: Desk) -> None:
    """The last such moment that has been, or with its day; the page says which day is meant, and what is no time."""
    desk.begin()
    outage(desk, "2")
    now = datetime.fromtimestamp(desk.machine.clock.now().wall_ms / 1000, ZoneInfo(desk.machine.rules.timezone))
    meant = desk.page.locator("[data-field='from_ms'] output")
    for typed, shown in (
        (f"{now + timedelta(minutes=-9):%H%M}", f"{now + timedelta(minutes=-9):%Y-%m-%d %H:%M}"),
        (f"{now + timedelta(hours=1):%H:%M}", f"{now + timedelta(hours=-23):%Y-%m-%d %H:%M}"),
        ("0102 0930", f"{now:%Y}-01-02 09:30"),
        ("1231 2359", f"{now.year - 1}-12-31 23:59"),
        ("2024-02-29 7:05", "2024-02-29 07:05"),
        ("0230 0930", "?"),
        ("2500", "?"),
    ):
        desk.page.keyboard.press("Control+a")
        desk.type(typed)
        expect(meant).to_have_text(shown)
    desk.press("Enter")
    desk.sees("panel-said", "This is no time")


def test_troubles_are_told(desk: Desk) -> None:
    """Printer out of paper, drawer open, drawer stuck: in words that say what becomes of the money and the papers."""
    desk.begin()
    machine = desk.machine
    machine.do(machine.paper.paper_out)
    desk.sees("troubles", "Receipt printer: out of paper")
    desk.sees("big", "Not selling")
    machine.do(machine.paper.load_paper)
    desk.sees("big", "Scan")
    machine.hand_shuts = False
    machine.do(machine.paper.force_drawer)
    desk.sees("drawer", "The drawer is open")
    machine.wait(60_000)
    desk.sees("told", "push it shut")


def test_a_second_browser_and_the_lock(browser: Browser, desk: Desk) -> None:
    """It is told who is signed in; the first one's lock asks for the PIN again and shows whose window it is."""
    desk.begin()
    other = Desk(browser, desk.machine)
    other.sees("gate-hint", "陈师傅 is signed in on another screen")
    other.close()
    desk.press("F12", "1")
    desk.sees("gate-title", "The window is locked: 陈师傅's PIN opens it")
    desk.sign_in("chen")
    desk.is_at("SERVING")


def test_an_idle_window_locks_itself(browser: Browser, machine: WindowMachine) -> None:
    """After five minutes without a key; not while a payer's sale is open."""
    desk = Desk(browser, machine)
    desk.begin()
    desk.page.clock.install()
    desk.page.clock.run_for(320_000)
    machine.until(lambda: machine.world.shift is ShiftState.LOCKED, "locked")
    desk.close()


def test_a_supervisor_takes_over(desk: Desk) -> None:
    """Somebody else's shift: a collector only reads whose it is, a supervisor counts and signs."""
    desk.begin()
    desk.press("F12", "1")
    desk.sign_in("zhao")
    desk.sees("main", "陈师傅 has locked the window")
    desk.press("F10")
    desk.sign_in("li")
    desk.press("F2", "Enter")
    desk.is_at("COUNTING")


def test_the_payers_display(browser: Browser, desk: Desk) -> None:
    """It follows the sale, in the payer's language first, and shows nothing of the collector."""
    payer = desk.context.new_page()
    payer.goto(f"{desk.machine.url}display")
    expect(payer.locator("#title")).to_contain_text("This window is closed")
    desk.begin()
    expect(payer.locator("#title")).to_contain_text("Please show your ticket or bill")
    desk.scan("A1")
    expect(payer.locator("#amounts")).to_contain_text("¥10.00")
    desk.machine.scan_ticket("A2", 51)
    expect(payer.locator(".line")).to_have_count(5)
    payer.set_viewport_size({"width": 1024, "height": 600})
    assert payer.evaluate("() => document.body.scrollHeight <= innerHeight")
    assert payer.evaluate(
        "() => { const lines = document.getElementById('lines'); return lines.scrollHeight <= lines.clientHeight + 1; }"
    )
    desk.press("Escape", "Enter")
    expect(payer.locator("#title")).to_contain_text("Please show")
    desk.scan("A3")
    desk.press("F2")
    expect(payer.locator("html")).to_have_attribute("lang", "zh-CN")
    desk.press("F8")
    expect(payer.locator("#amounts")).to_contain_text("¥90.00")
    expect(payer.locator("#title")).to_contain_text("谢谢")
    assert "陈" not in payer.content()
    payer.evaluate(axe_core())
    found = payer.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert not [each["id"] for each in found if each["impact"] in ("serious", "critical")]


# --- how it looks -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_all_fits_and_axe_finds_nothing(
    browser: Browser, machine: WindowMachine, size: tuple[int, int], language: str
) -> None:
    """Every screen and panel in both languages on both usual screens: nothing to scroll, nothing that axe objects to."""
    desk = Desk(browser, machine, size, language)
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        desk.page.wait_for_timeout(50)
        if found := desk.misfits() + desk.objections():
            wrong[name] = found

    look("gate")
    desk.sign_in("chen")
    desk.is_at("CLOSED")
    look("closed")
    desk.press("Enter")
    desk.is_at("OPENING")
    look("float")
    desk.count(p1000="10", p500="10", p100="50")
    desk.press("F12")
    look("sign the float")
    desk.press("Enter")
    desk.is_at("SERVING")
    look("idle")
    for key in ("F2", "F3", "F9", "F10", "F11", "F12"):
        desk.press(key)
        look(key)
        desk.press("Escape")
    for menu in ("", *"123678"):
        machine.hand_clock.ahead_s += 5
        desk.press("F12", "4")
        expect(desk.page.locator(".open-matters")).to_be_visible()
        if menu:
            desk.press(menu)
        look(f"outage {menu}")
        desk.press("Escape", "Escape")
    for menu in ("1", "2", "3", "4"):
        desk.press("F10", menu)
        look(f"F10 {menu}")
        desk.press("Escape")
    machine.scan_ticket("A1", 30)
    expect(desk.page.locator(".figure.due")).to_be_visible()
    look("priced")
    for key in ("F3", "Escape"):
        desk.press(key)
        look(f"sale {key}")
        desk.press("Escape")
    desk.press("F8")
    expect(desk.page.locator(".figure.change")).to_be_visible()
    look("change")
    desk.press("F9", "Enter")
    look("receipt")
    for number in ("1", "2", "4", "5"):
        desk.press(number)
        look(f"correct {number}")
        desk.press("Escape", "F9", "Enter")
    desk.press("Escape", "F12", "3", "Enter")
    desk.is_at("COUNTING")
    look("count")
    desk.press("F12", "Enter")
    desk.is_at("COUNTED")
    look("short")
    desk.press("Enter")
    look("sign")
    desk.press("4")
    desk.type("x")
    desk.press("Enter")
    desk.type(PINS["li"])
    desk.press("Enter")
    desk.is_at("HANDING_OVER")
    look("handover")
    desk.press("F4")
    look("clear")
    assert wrong == {}
    desk.close()
