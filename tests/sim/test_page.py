"""The rig page without a browser: its words, menu and picture, what its server lets in, what a touch does to a real rig."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from sim.balance import Compared, compared
from sim.clerk import Clerk
from sim.configuration import Role
from sim.control import Control, RigError
from sim.demo import open_page
from sim.devices.printer import Printed, ReceiptPrinter, Work
from sim.looks import PAPERS, look
from sim.page import menu as fault_menu
from sim.page.acts import AnyTouch
from sim.page.diagram import AT_WINDOW, SHOWN, Shown, pictures
from sim.page.server import FILES, TOUCHES_AT_ONCE
from sim.page.watch import Verdict, in_words, verdict
from sim.page.words import WORDS
from sim.rig import FAST, STAFF, Rig
from sim.verbs import AnyVerb, Truth, Unplug
from terminal.fsm.draw import diagram
from terminal.fsm.events import BillStacked, DeviceChanged
from terminal.fsm.table import SALE
from terminal.store.audit import Audit, audit

ROLES = get_args(Role)
COMPARED = (
    "chain", "books", "notes", "money", "dispute", "shifts", "cash", "counter", "safe", "barrier", "drawer", "receipts", "copies",
    "events", "order",
)  # fmt: skip
"""What the page may compare."""


# --- words --------------------------------------------------------------------------------------------------------
def test_both_languages_say_the_same_things() -> None:
    """Every text is there in every language, with the same blanks to fill in."""
    blanks = {
        lang: {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in words.items()}
        for lang, words in WORDS.items()
    }
    assert len(blanks) == 2
    assert blanks["en"] == blanks["zh-CN"]


def test_every_text_that_the_page_asks_for_is_there() -> None:
    """The keys that the scripts write out, and those that are put together of states, comparisons and verbs."""
    scripts = "".join(path.read_text("utf-8") for path in FILES.glob("*.js"))
    asked = set(re.findall(r'\b(?:t|chip)\("([\w.-]+[\w-])"', scripts))
    for role in ROLES:
        asked |= {str(item["key"]) for item in fault_menu.menu(role)}
        asked |= {f"{shown.words}.{state}" for shown in SHOWN[role] for state in shown.machine.states}
        asked |= {f"duty.{duty}" for _, _, duty in STAFF[role]} | {f"diagram.{shown.field}" for shown in SHOWN[role]}
    asked |= {f"balance.{what}" for what in COMPARED}
    asked |= {f"balance.verdict.{said}{why}" for said in get_args(Verdict) for why in ("", ".why")}
    assert len(asked) > 150
    assert asked <= WORDS["en"].keys()


# --- menu and diagram ---------------------------------------------------------------------------------------------
def test_the_fault_menu_has_every_verb_of_the_rig() -> None:
    """A verb is in the menu, or has a place of its own on the page; a new one can not be forgotten. Each page has its own."""
    kinds = {kind.__struct_config__.tag for kind in get_args(AnyVerb)}
    elsewhere = {kind.__struct_config__.tag for kind in fault_menu.ELSEWHERE}
    at_kiosk, at_window = ({item["touch"]["verb"] for item in fault_menu.menu(role)} for role in ROLES)
    assert "jam" in at_kiosk - at_window and "stick-drawer" in at_window - at_kiosk
    shown = at_kiosk | at_window
    assert shown & elsewhere == set()
    assert (shown | elsewhere) - {"new-roll", "kill-program", "read-again"} == kinds


def test_a_cable_that_is_not_there_can_not_be_pulled() -> None:
    """A kiosk has a validator, a window has a drawer."""
    kiosk, window = (
        {item["touch"]["device"] for item in fault_menu.menu(role) if item["touch"]["verb"] == "unplug"}
        for role in ROLES
    )
    assert kiosk == {"validator", "scanner", "printer"} and window == {"drawer", "scanner", "printer"}


@pytest.mark.parametrize("role", ROLES)
def test_every_item_of_the_menu_can_be_sent(role: Role) -> None:
    """What an item sends is a touch that the server understands."""
    for item in fault_menu.menu(role):
        msgspec.json.decode(json.dumps(item["touch"]), type=AnyTouch)


def test_the_picture_of_the_sale_is_that_of_the_tables() -> None:
    """There are as many arrows as the tables draw of themselves, with what leads along them."""
    drawn = pictures("kiosk")[0]
    assert len(drawn["arrows"]) == diagram(SALE).count("-->") - 1  # one leads from nowhere to the first state
    arrow = next(each for each in drawn["arrows"] if (each["from"], each["to"]) == ("PRICED", "PAYING"))
    assert arrow["by"].startswith("BillHeld, ")


@pytest.mark.parametrize("shown", [shown for role in ROLES for shown in SHOWN[role] if shown.places is not AT_WINDOW])
def test_each_state_has_a_place(shown: Shown) -> None:
    """All states of a machine are in its picture, none upon another."""
    assert set(shown.places) == set(shown.machine.states)
    assert len(set(shown.places.values())) == len(shown.places)


# --- verdict ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lines", "rested", "said"),
    [
        ([Compared("money", 500, 500)], False, "balances"),
        ([Compared("money", 500, 0)], False, "moving"),
        ([Compared("money", 500, 0)], True, "wrong"),
        ([Compared("chain", False, True)], False, "wrong"),
        ([Compared("copies", 2, 1)], True, "balances"),
        ([Compared("copies", 1, 2)], True, "wrong"),
        ([Compared("cash", 500, 400)], False, "moving"),
        ([Compared("cash", 500, 400), Compared("counter", 0, 100)], True, "hands"),
        ([Compared("cash", 500, 400), Compared("drawer", 2, 1)], True, "wrong"),
        ([Compared("shifts", False, True)], False, "wrong"),
    ],
)
def test_a_difference_counts_when_nothing_moves(lines: list[Compared], rested: bool, said: str) -> None:
    """What is under way is no difference yet; a broken chain always is; a copy that was torn may be missing, none be too much."""
    assert verdict(lines, rested) == said


def test_events_in_a_few_words() -> None:
    """Plain fields by name; nothing of what lies deeper."""
    assert in_words(BillStacked(500)) == "amount_minor 500"
    assert in_words(DeviceChanged("printer", ())) == "device printer · problems –"


# --- how the rig looks --------------------------------------------------------------------------------------------
@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A rig that nobody serves."""
    made = Rig(tmp_path, FAST, 0)
    yield made
    made.close()


def test_looks_follow_the_devices(rig: Rig) -> None:
    """Power, box, cables and door look as they are."""
    before = look(rig)
    assert before["powered"] and before["validator"]["box_present"] and not before["door_open"]
    rig.lose_power()
    rig.validator.remove_box(rig.now_ms())
    rig.stations["printer"].cable.unplug()
    rig.set_door(is_open=True)
    after = look(rig)
    assert not after["powered"] and not after["validator"]["box_present"] and after["door_open"]
    assert after["cables"] == {"validator": True, "scanner": True, "printer": False}


def test_papers_keep_their_numbers(rig: Rig) -> None:
    """Only the newest pieces are in sight, and none changes its number when others go out of it."""
    for number in range(PAPERS + 3):
        print_line(rig.printer, f"paper {number}")
    papers = look(rig)["papers"]
    assert [paper["lines"] for paper in papers] == [[f"paper {number}"] for number in range(3, PAPERS + 3)]
    assert [paper["number"] for paper in papers] == list(range(3, PAPERS + 3))


def print_line(printer: ReceiptPrinter, text: str) -> None:
    """A piece of paper with one line."""
    for work, result in ((Work.PRINT, Printed(text)), (Work.CUT, None)):
        printer.begin(work, 4.0, result)
        printer.advance(printer.now_ms + 1000)


# --- the whole page -----------------------------------------------------------------------------------------------
class Served:
    """A rig page with all that is behind it, and a browser's way to ask it."""

    def __init__(self, folder: Path, stack: ExitStack, role: Role = "kiosk") -> None:
        self.folder = folder
        self.page = open_page(folder, ("--fast",), stack, role)
        self.host = self.page.origin.removeprefix("http://")

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """One request; header names are written with _ for -."""
        with closing(HTTPConnection(self.host, timeout=20)) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def send(self, body: bytes, **changed: str) -> tuple[int, bytes]:
        """A touch as the page sends it, with some headers changed."""
        headers = {"Origin": self.page.origin, "Content_Type": "application/json", "X_Fee_Terminal": "1"}
        return self.ask("POST", "/touch", body, **(headers | changed))

    def touch(self, verb: str, **aside: object) -> Any:
        """What the rig says to it, once there have not been too many touches."""
        while (answer := self.send(json.dumps({"verb": verb, **aside}).encode()))[0] == 429:
            time.sleep(0.2)
        return json.loads(answer[1])

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first picture that is so."""
        give_up_at = time.monotonic() + 30
        with closing(HTTPConnection(self.host, timeout=20)) as connection:
            connection.request("GET", "/events")
            for line in connection.getresponse():
                if line.startswith(b'data: {"'):
                    shown: dict[str, Any] = json.loads(line[6:])
                    if holds(shown):
                        return shown
                assert time.monotonic() < give_up_at, "it never came to that"
        raise AssertionError("the stream ended")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One page for all tests; each leaves it ready for the next payer."""
    with ExitStack() as stack:
        yield Served(tmp_path_factory.mktemp("page"), stack)


def ready(shown: dict[str, Any]) -> bool:
    """The terminal is well, and all adds up."""
    return (
        shown["program"] == "running"
        and shown["world"]["state"] in ("IDLE", "LEAVING")
        and shown["balance"]["verdict"] == "balances"
    )


REFUSED = {
    "another origin": ({"Origin": "http://evil.example"}, 403),
    "another host": ({"Host": "evil.example"}, 421),
    "no mark of ours": ({"X_Fee_Terminal": ""}, 403),
    "a plain form": ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    "too much": ({"Content_Length": "9999"}, 413),
}


@pytest.mark.parametrize("why", REFUSED)
def test_only_our_page_can_touch(served: Served, why: str) -> None:
    """A page from elsewhere pulls no plug."""
    changed, status = REFUSED[why]
    assert served.send(b'{"verb":"pull-plug"}', **changed)[0] == status
    served.until(ready)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"verb":"rm"}', b'{"verb":"insert"}', b'{"verb":"jam","why":"x"}', b"\xff"]
)
def test_what_is_no_touch_is_refused(served: Served, body: bytes) -> None:
    """Unknown verbs, missing and unknown arguments, and no JSON at all."""
    assert served.send(body)[0] == 400
    time.sleep(0.15)  # within the pace


def test_touches_have_a_pace(served: Served) -> None:
    """A page that touches without end is told so, and a moment later is heard again."""
    answers = [served.send(b'{"verb":"close-door"}')[0] for _ in range(3 * TOUCHES_AT_ONCE)]
    assert 429 in answers and answers[0] == 200
    served.touch("close-door")


def test_the_page_may_frame_the_terminal_and_nothing_else(served: Served) -> None:
    """The Content-Security-Policy names the terminal's own page as the only thing in a frame."""
    with closing(HTTPConnection(served.host, timeout=20)) as connection:
        connection.request("GET", "/")
        policy = connection.getresponse().headers["Content-Security-Policy"]
    assert re.search(r"frame-src http://127\.0\.0\.1:\d+;", policy)
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


def test_a_sale_by_touch(served: Served) -> None:
    """A car of 90 minutes, 20 yuan: receipt and credit note come out, as pictures too, and the books balance."""
    paid = served.until(ready)["balance"]["totals"]["sales"]["paid"]
    code = served.touch("new-car", minutes=90)["said"]
    assert served.until(lambda shown: shown["world"]["state"] == "PRICED")["tickets"][-1] == {
        "code": code,
        "minutes": 90,
    }
    served.touch("insert", amount_minor=2000)
    shown = served.until(lambda shown: ready(shown) and shown["balance"]["totals"]["sales"]["paid"] == paid + 1)
    number = shown["rig"]["papers"][-1]["number"]
    status, png = served.ask("GET", f"/paper?number={number}")
    assert status == 200 and png.startswith(b"\x89PNG")
    assert [served.ask("GET", f"/paper?number={wrong}")[0] for wrong in ("9999", "-1", "", "1e3")] == [
        404,
        400,
        400,
        400,
    ]
    kinds = [event["kind"] for event in shown["journal"]]
    assert kinds[-1] in ("BarrierOpened", "TimedOut")
    assert any(entry.startswith("BillBooked") for event in shown["journal"] for entry in event["entries"])


def test_a_used_ticket_is_refused(served: Served) -> None:
    """The ticket of a car that has paid is held before the scanner once more."""
    served.until(lambda shown: shown["world"]["state"] == "IDLE")
    code = served.touch("new-car", minutes=5)["said"]
    served.until(lambda shown: shown["world"]["state"] == "LEAVING")
    served.touch("scan", code=code)
    shown = served.until(lambda shown: shown["journal"][-1]["kind"] == "TicketScanned")
    assert shown["world"]["state"] == "LEAVING"
    served.until(lambda shown: shown["world"]["state"] == "IDLE")


def test_a_pulled_plug(served: Served) -> None:
    """The program is gone and nothing moves or is scanned; with the power back it is in service, and the books balance."""
    served.until(ready)
    assert served.touch("pull-plug") == {"said": None}
    shown = served.until(lambda shown: not shown["rig"]["powered"])
    assert shown["program"] == "ended"
    assert served.touch("new-car", minutes=30) == {"error": "the scanner has no power"}
    assert served.touch("kill-program") == {"error": "the program does not run"}
    assert "error" in served.touch("car-by-plate", minutes=30)
    served.touch("plug-in")
    served.until(ready)


def test_the_program_alone_is_killed(served: Served) -> None:
    """It starts again by itself, and the devices never lost their power."""
    before = served.until(ready)["world"]["seq"]
    served.touch("kill-program")
    shown = served.until(lambda shown: shown["world"]["seq"] > before and ready(shown))
    assert shown["rig"]["powered"]


def test_a_car_that_a_camera_saw(served: Served) -> None:
    """Its plate is on the page, and the report in the books."""
    served.until(ready)
    plate = served.touch("car-by-plate", minutes=90)["said"]
    shown = served.until(lambda shown: any(event["kind"] == "Reported" for event in shown["journal"]))
    assert shown["cars"][-1] == {"plate": plate, "minutes": 90}


def test_a_box_that_is_taken_away_still_counts(served: Served) -> None:
    """Collected notes are in nobody's way: the books go on to balance."""
    served.until(lambda shown: shown["world"]["state"] == "IDLE")
    taken = served.touch("remove-box")["said"]
    assert taken
    served.until(lambda shown: not shown["rig"]["validator"]["box_present"])
    served.touch("replace-box")
    assert served.until(ready)["rig"]["validator"]["box"] == {}


def test_a_note_that_somebody_steals_is_missed(served: Served) -> None:
    """The comparison is with what is really there: one note less, and it says so."""
    served.until(ready)
    found: Audit = audit(served.folder / "data/journal.db")
    control = Control(served.folder)
    truth = control.ask(Truth())
    control.close()
    assert all(line.agrees for line in compared(found, truth, None))
    amount = next(iter(truth["collected"]))
    truth["collected"][amount] -= 1
    assert [line.what for line in compared(found, truth, None) if not line.agrees] == ["notes"]


# --- a window -----------------------------------------------------------------------------------------------------
FLOAT = ((1000, 10), (500, 10), (100, 50))


class Window(Served):
    """The page of a window, and its collector at the terminal's own page."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        super().__init__(folder, stack, "window")
        self.setup = json.loads(self.ask("GET", "/setup.json")[1])
        self.clerk = Clerk(int(self.setup["frame"].rpartition(":")[2].rstrip("/")))
        self.pins = {one["name"]: one["pin"] for one in self.setup["staff"]}

    def in_drawer(self) -> dict[str, int]:
        """What lies there."""
        pieces: dict[str, int] = self.until(lambda shown: True)["rig"]["drawer"]["pieces"]
        return pieces

    def sell(self, given_minor: int) -> None:
        """A car of 90 minutes owes 10 yuan; the payer lays one note down, and the collector takes it."""
        self.touch("new-car", minutes=90)
        self.until(lambda shown: shown["world"]["state"] == "PRICED")
        self.touch("carry", origin="payer", goal="counter", denomination_minor=given_minor)
        self.clerk.act("tender", method="cash", amount_minor=given_minor)
        self.until(lambda shown: shown["rig"]["drawer"]["open"] and shown["world"]["drawer"] == "OPEN")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window with a float of 200 yuan in the drawer, where li serves."""
    with ExitStack() as stack:
        made = Window(tmp_path_factory.mktemp("window"), stack)
        assert made.touch("float-in") == {"error": "the drawer is shut"}
        made.clerk.sign_in("li", made.pins["li"])
        made.clerk.act("begin")
        made.touch("unlock-drawer")
        made.touch("float-in")
        made.clerk.act("float", pieces=FLOAT)
        made.touch("shut-drawer")
        yield made


def balanced(shown: dict[str, Any]) -> bool:
    """The cash is where the books want it, and nothing moves."""
    return bool(shown["balance"]["verdict"] == "balances" and shown["world"]["drawer"] == "SHUT")


def test_a_sale_at_a_window(window: Window) -> None:
    """100 for 10: honest hands put the note in, give 90 in the pieces that are there, and push the drawer shut."""
    window.until(balanced)
    window.sell(10_000)
    window.touch("follow-books")
    shown = window.until(balanced)
    assert shown["rig"]["drawer"]["pieces"] == {"10000": 1, "1000": 1, "500": 10, "100": 50}
    assert {"what": "safe", "books": -20_000, "is_so": -20_000, "agrees": True} in shown["balance"]["lines"]


def test_a_drop_takes_the_pieces_that_were_counted(window: Window) -> None:
    """The supervisor shows her PIN; the hands carry to the safe what the slip says, and not the one large note."""
    window.until(balanced)
    window.clerk.act("move", second=("wang", window.pins["wang"]), what="drop", pieces=[[500, 4]], bag="B1")
    window.until(lambda shown: shown["world"]["drawer"] == "OPEN")
    before = window.in_drawer()
    window.touch("follow-books")
    shown = window.until(balanced)
    assert shown["rig"]["drawer"]["pieces"] == before | {"500": before["500"] - 4}


def test_wrong_change_is_the_hands_fault(window: Window) -> None:
    """10 too much given out: the page says that hands were wrong, not that the books are; put back, all is well."""
    window.until(balanced)
    window.sell(1000)
    window.touch("carry", origin="drawer", goal="payer", denomination_minor=500)
    window.touch("carry", origin="counter", goal="drawer", denomination_minor=1000)
    window.touch("shut-drawer")
    shown = window.until(lambda shown: shown["balance"]["verdict"] not in ("moving", "balances"))
    assert shown["balance"]["verdict"] == "hands"
    assert [line["what"] for line in shown["balance"]["lines"] if not line["agrees"]] == ["cash"]
    window.touch("unlock-drawer")
    window.touch("carry", origin="payer", goal="drawer", denomination_minor=500)
    window.touch("shut-drawer")
    window.until(balanced)


def test_a_stuck_drawer(window: Window) -> None:
    """It does not open for a sale; the key opens it all the same."""
    window.until(balanced)
    window.touch("stick-drawer")
    window.touch("new-car", minutes=30)
    window.until(lambda shown: shown["world"]["state"] == "PRICED")
    window.touch("carry", origin="payer", goal="counter", denomination_minor=500)
    window.clerk.act("tender", method="cash", amount_minor=500)
    window.until(lambda shown: shown["journal"][-1]["kind"] in ("BarrierOpened", "Printed"))
    assert window.touch("follow-books") == {"error": "the drawer is shut"}
    window.touch("free-drawer")
    window.touch("unlock-drawer")
    window.until(lambda shown: shown["world"]["drawer"] == "OPEN")
    window.touch("follow-books")
    window.until(balanced)


def test_a_window_has_no_validator(window: Window) -> None:
    """Its mouth takes nothing, and its cable is not there to be pulled."""
    with closing(Control(window.folder)) as control, pytest.raises(RigError, match="no such device"):
        control.ask(Unplug("validator"))
    assert window.until(lambda shown: True)["rig"]["validator"] is None


# --- make demo ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("wish", ["", "window"])
def test_the_demo_opens_the_page_and_ends_with_ctrl_c(wish: str) -> None:
    """At a terminal, the demo prints an address that answers; Ctrl-C ends all of it, with status 0 and nothing left behind."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")} | {
        "DEMO": wish
    }
    demo = subprocess.Popen(
        [sys.executable, "-m", "sim", "demo"],
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    with open(ours, encoding="utf-8", errors="replace") as out:
        told = ""
        while "Ctrl-C" not in told:
            told += out.readline()
        address = re.search(r"http://(127\.0\.0\.1:\d+)/", told)
        folder = re.search(r"FEE_TERMINAL_RIG_DIR=(\S+)", told)
        assert address and folder and Path(folder[1]).is_dir()
        with closing(HTTPConnection(address[1], timeout=20)) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().status == 200
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(30) == 0
        assert not Path(folder[1]).exists()
