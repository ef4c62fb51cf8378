"""The window's page over real HTTP: who gets in, whose an act is, when two are needed, what is never told, what an enemy gets."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.fsm import window_events as wev
from terminal.fsm.events import CancelPressed, CodeScanned, LanguageChosen, ServicesChosen, StaffActed
from terminal.fsm.states import SaleState, ShiftState
from terminal.fsm.window_rules import WindowRules
from terminal.shift.approvals import ALONE_UP_TO_MINOR
from terminal.staff.operators import Operator
from terminal.staff.sessions import IDLE_S
from terminal.web.window.acts import ACTS, CODE_MAX, NAMELESS, Asked, event_of
from terminal.web.window.display import display_view
from terminal.web.window.view import NOTE_KEYS, window_view
from terminal.words import CATALOGUES
from tests.fsm.window_lives import WindowLife, serving
from tests.web.service_bench import HandClock
from tests.web.window_bench import PINS, Browser, WindowMachine

PAGES = Path(__file__).parents[2] / "terminal" / "web" / "window" / "pages"
HOUR_MS = 3_600_000
FLOAT = [[1000, 10], [500, 10], [100, 50]]
CHEN = Operator("chen", "陈师傅", "collector")
OURS = {"who", "name", "approved_by", "taken_over", "sold", "receipt", "copies", "known", "used"}
"""What is never taken from a page."""

# fmt: off
SAMPLES: dict[str, dict[str, Any]] = {
    "float": {"pieces": FLOAT}, "draft": {"pieces": []}, "counted": {"pieces": FLOAT},
    "sign": {"reason": "other", "note": "x"}, "dispute": {"pieces": FLOAT, "note": ""}, "clear": {"bag": "B1"},
    "move": {"what": "drop", "pieces": FLOAT, "bag": ""}, "no_sale": {"reason": "check"},
    "suspect": {"amount_minor": 10_000, "serial": "AB12", "how": "refused", "slip": ""},
    "tender": {"method": "cash", "amount_minor": 1000}, "resume": {"sale_no": 1}, "remove": {"ticket_id": "A1"},
    "correct": {"what": "void", "receipt_no": 1, "amount_minor": 1000, "reason": "wrong_item"},
    "outage": {"from_ms": 1, "to_ms": 2, "cause": "power"}, "pad": {"pad_id": "A", "first_no": 101, "last_no": 125},
    "hand_out": {"pad_id": "A", "holder": "zhao"}, "take_back": {"pad_id": "A", "first_blank_no": 104},
    "paper": {"pad_id": "A", "number": 101, "paper_ms": 2, "collector": "zhao", "taken_minor": 1000, "tariff_id": "T1"},
    "spoil": {"pad_id": "A", "number": 102, "reason": "spoiled"}, "withdraw": {"pad_id": "A", "number": 101, "note": "x"},
    "envelope": {"pieces": FLOAT, "goes_to": "safe"},
    "reprint": {"receipt_no": 1}, "code": {"text": "x"}, "services": {"basket": [["card", 1]]}, "language": {"language": "en"},
}
# fmt: on


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[WindowMachine]:
    """A window at which nobody works yet."""
    made = WindowMachine(tmp_path, monotonic=HandClock())
    yield made
    made.stop()


@pytest.fixture
def chen(machine: WindowMachine) -> Browser:
    """A collector whose shift serves."""
    browser = Browser(machine)
    browser.begin()
    machine.until(lambda: machine.world.state is SaleState.IDLE, "serving")
    return browser


@pytest.fixture(scope="module")
def busy_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WindowMachine]:
    """One window for many requests that must leave no trace."""
    made = WindowMachine(tmp_path_factory.mktemp("busy"), monotonic=HandClock())
    yield made
    made.stop()


def shift_state(machine: WindowMachine) -> ShiftState:
    """Where the shift is now."""
    return machine.world.shift


def names_of(machine: WindowMachine) -> list[str]:
    """What happened, by the journal."""
    return [type(event).__name__ for event in machine.events()]


# --- who gets in ----------------------------------------------------------------------------------------------------
def test_without_a_session_there_is_nothing(machine: WindowMachine) -> None:
    """No act, no receipt, no car, no stream; and none of the buttons that a payer has at a kiosk."""
    browser = Browser(machine)
    for cookie in ("", "fee_window=" + "0" * 64, "fee_window=", "fee_window=a; fee_window=b"):
        browser.cookie = cookie
        assert browser.act("begin")[0] == 403
        paths = ("receipts", "backfill", "cars?plate=1234", "live")
        assert [browser.ask("GET", f"/window/{path}")[0] for path in paths] == [403] * 4
        assert browser.ask("POST", "/window/car", {"token": "x"})[0] == 403
    for path in ("/cancel", "/language", "/help", "/services", "/stay", "/rating"):
        assert browser.ask("POST", path, {})[0] == 404
    assert browser.ask("GET", "/events")[0] == 404
    assert shift_state(machine) is ShiftState.CLOSED


def test_the_gate_tells_who_may_come(machine: WindowMachine) -> None:
    """All but technicians, who have no business here and are not let in with a right PIN either."""
    browser = Browser(machine)
    gate = browser.ask("GET", "/window/gate")[1]
    assert [each["name"] for each in gate["operators"]] == ["chen", "zhao", "li", "wang"]
    assert browser.sign_in("tian") == (403, {"reason": "not_for_you", "wait_s": 0, "about": ""})
    assert browser.sign_in("chen", "1111")[1]["reason"] == "wrong"
    status, who = browser.sign_in()
    assert (status, who) == (200, {"name": "chen", "shown_name": "陈师傅", "role": "collector"})
    assert "Path=/window; HttpOnly; SameSite=Strict" in browser.headers["Set-Cookie"]


def test_one_session_at_a_time(machine: WindowMachine, chen: Browser) -> None:
    """A second browser is told who is signed in; signing in there ends the first one."""
    other = Browser(machine)
    assert other.ask("GET", "/window/gate")[1]["other"] == "陈师傅"
    assert chen.ask("GET", "/window/gate")[1]["other"] == ""
    other.sign_in("zhao")
    assert chen.act("x")[1]["reason"] == "signed_out"
    assert chen.ask("GET", "/window/gate")[1]["other"] == "赵师傅"
    assert other.act("x")[1]["reason"] == "refused.not_your_shift"


def test_who_leaves_locks_the_window(machine: WindowMachine, chen: Browser) -> None:
    """Signing out locks, signing in again opens; somebody else's PIN opens nothing."""
    assert chen.ask("POST", "/window/sign-out")[0] == 200
    assert shift_state(machine) is ShiftState.LOCKED
    other = Browser(machine)
    other.sign_in("zhao")
    assert shift_state(machine) is ShiftState.LOCKED
    chen.sign_in()
    assert shift_state(machine) is ShiftState.SERVING
    assert chen.act("lock")[0] == 200
    assert chen.act("x")[1]["reason"] == "signed_out"


def test_nobody_leaves_an_open_sale(machine: WindowMachine, chen: Browser) -> None:
    """A payer stands there: the session stays."""
    machine.scan_ticket()
    assert chen.ask("POST", "/window/sign-out") == (403, {"reason": "refused.sale_open", "wait_s": 2, "about": ""})
    assert chen.act("tender", method="cash", amount_minor=1000)[0] == 200


def test_an_idle_session_ends(machine: WindowMachine, chen: Browser) -> None:
    """Who comes back shows the PIN."""
    machine.hand_clock.ahead_s += IDLE_S + 1
    assert chen.act("x")[1]["reason"] == "signed_out"
    assert Browser(machine).ask("GET", "/window/gate")[1]["other"] == ""


def test_after_a_power_cut_the_pin_is_asked_again(machine: WindowMachine, chen: Browser) -> None:
    """No session survives, the shift is locked, and its collector goes on where it was."""
    machine.power_cut()
    assert shift_state(machine) is ShiftState.LOCKED
    assert chen.act("x")[1]["reason"] == "signed_out"
    chen.sign_in()
    assert shift_state(machine) is ShiftState.SERVING


# --- whose an act is --------------------------------------------------------------------------------------------------
def test_roles(machine: WindowMachine, chen: Browser) -> None:
    """A collector neither takes over nor closes a day; an auditor does nothing at all; a supervisor takes over."""
    assert [chen.act(act)[1]["reason"] for act in ("take_over", "close_day")] == ["role", "role"]
    wang = Browser(machine)
    wang.sign_in("wang")
    for act in ACTS:
        machine.hand_clock.ahead_s += 1
        assert wang.act(act, **SAMPLES.get(act, {}))[1]["reason"] == "role", act
    li = Browser(machine)
    li.sign_in("li")
    assert li.act("take_over")[0] == 200
    assert shift_state(machine) is ShiftState.COUNTING


def test_acts_without_a_name_are_the_collectors(machine: WindowMachine, chen: Browser) -> None:
    """Whoever is signed in beside the shift can not cancel the payer's sale, nor scan into it."""
    machine.scan_ticket()
    zhao = Browser(machine)
    zhao.sign_in("zhao")
    for act in NAMELESS:
        assert zhao.act(act, **SAMPLES.get(act, {}))[1]["reason"] == "refused.no_shift", act
    assert zhao.ask("POST", "/window/car", {"token": "x"})[1]["reason"] == "refused.no_shift"
    assert machine.world.state is SaleState.PRICED


def test_a_second_person_shows_a_pin_in_the_same_act(machine: WindowMachine, chen: Browser) -> None:
    """Wrong, not a supervisor, one's own: nothing is booked; right: booked under both names."""
    drop: dict[str, Any] = {"what": "drop", "pieces": [[1000, 5]], "bag": "B7"}
    body = {"act": "move", "fields": drop, "second": {"name": "li", "pin": "1111"}}
    assert chen.ask("POST", "/window/act", body)[1] == {"reason": "wrong", "wait_s": 0, "about": "second"}
    assert chen.act("move", second="zhao", **drop)[1] == {"reason": "not_for_you", "wait_s": 0, "about": "second"}
    assert chen.act("move", **drop)[1]["reason"] == "refused.needs_approval"
    assert machine.world.window.shift is not None
    assert machine.world.window.shift.expected_minor == 20_000
    assert chen.act("move", second="li", **drop)[0] == 200
    moved = next(event for event in machine.events() if isinstance(event, wev.CashMoved) and event.approved_by)
    assert (moved.who, moved.approved_by) == ("chen", "li")
    assert machine.world.window.shift.expected_minor == 15_000


def test_nobody_approves_for_themselves(machine: WindowMachine) -> None:
    """A supervisor who sells needs another one."""
    li = Browser(machine)
    li.begin("li")
    refused = li.act("move", second="li", what="drop", pieces=[[1000, 5]], bag="")
    assert refused[1]["reason"] == "refused.own_approval"


def test_wrong_pins_of_second_persons_lock(machine: WindowMachine, chen: Browser) -> None:
    """They are counted like all wrong PINs, and stand in the journal."""
    body = {"act": "x", "fields": {}, "second": {"name": "li", "pin": "1111"}}
    reasons = []
    for _ in range(6):
        machine.hand_clock.ahead_s += 2
        reasons.append(chen.ask("POST", "/window/act", body)[1]["reason"])
    assert reasons == ["wrong"] * 5 + ["locked"]
    machine.until(lambda: failures(machine) == ["li"] * 5)


def failures(machine: WindowMachine) -> list[str]:
    """Whose wrong PINs the journal holds."""
    events = machine.events()
    return [event.who for event in events if isinstance(event, StaffActed) and event.act == "sign_in_failed"]


def test_a_badge_signs_in_once(machine: WindowMachine) -> None:
    """Held before the scanner it is good for one thing, for half a minute, and only its owner's last one."""
    browser = Browser(machine)
    machine.scan(machine.badge("chen"))
    machine.until(lambda: machine.world.window.badge_seq > 0)
    seq = browser.ask("GET", "/window/gate")[1]["badge_seq"]
    assert seq == machine.world.window.badge_seq
    assert browser.ask("POST", "/window/sign-in", {"badge": seq + 1})[1]["reason"] == "wrong"
    assert browser.ask("POST", "/window/sign-in", {"badge": seq})[1]["name"] == "chen"
    assert Browser(machine).ask("POST", "/window/sign-in", {"badge": seq})[1]["reason"] == "busy"
    assert browser.ask("GET", "/window/gate")[1]["badge_seq"] == 0
    for code, waited_s, reason in (
        (machine.badge("chen", 6), 3, "wrong"),
        (machine.badge("tian"), 3, "not_for_you"),
        (machine.badge("li"), 31, "wrong"),
        (machine.badge("li"), 3, None),
    ):
        machine.scan(code)
        machine.until(lambda seen=seq: machine.world.window.badge_seq > seen)  # type: ignore[misc]
        seq = machine.world.window.badge_seq
        machine.hand_clock.ahead_s += waited_s
        answer = browser.ask("POST", "/window/sign-in", {"badge": seq})[1]
        assert answer.get("reason") == reason, code


def test_a_badge_that_was_typed_by_a_reader(machine: WindowMachine) -> None:
    """It goes the way of a scanned one, and nothing but a badge does: without a session no ticket, and not too fast."""
    browser = Browser(machine)
    for wrong in ({"text": machine.ticket()}, {"text": "OP1." + "x" * 300}, {"text": "OP1.陈"}, {"code": "x"}):
        machine.hand_clock.ahead_s += 5
        assert browser.ask("POST", "/window/badge", wrong)[0] == 400
    machine.hand_clock.ahead_s += 5
    assert browser.ask("POST", "/window/badge", {"text": machine.badge("chen")})[0] == 202
    machine.until(lambda: machine.world.window.badge_seq > 0)
    seq = machine.world.window.badge_seq
    assert browser.ask("POST", "/window/sign-in", {"badge": seq})[1]["name"] == "chen"
    assert [browser.ask("POST", "/window/badge", {"text": "OP1.x"})[0] for _ in range(3)][-1] == 429


def test_a_badge_of_an_earlier_life_is_nothing(machine: WindowMachine) -> None:
    """It was shown before the power went: nobody knows who stands there now."""
    machine.scan(machine.badge("chen"))
    machine.until(lambda: machine.world.window.badge_seq > 0)
    machine.power_cut()
    seq = machine.world.window.badge_seq
    assert Browser(machine).ask("GET", "/window/gate")[1]["badge_seq"] == 0
    assert Browser(machine).ask("POST", "/window/sign-in", {"badge": seq})[0] == 403


def test_a_badge_approves(machine: WindowMachine, chen: Browser) -> None:
    """A supervisor's stands for name and PIN of one act; a collector's does not, nor does it twice."""
    for name, reason in (("zhao", "not_for_you"), ("li", "")):
        before = machine.world.window.badge_seq
        machine.scan(machine.badge(name))
        machine.until(lambda before=before: machine.world.window.badge_seq > before)  # type: ignore[misc]
        body = {
            "act": "move",
            "fields": {"what": "drop", "pieces": [[1000, 5]], "bag": ""},
            "second": {"badge": machine.world.window.badge_seq},
        }
        assert chen.ask("POST", "/window/act", body)[1].get("reason", "") == reason
    assert chen.ask("POST", "/window/act", body)[1]["reason"] == "wrong"
    moved = [event for event in machine.events() if isinstance(event, wev.CashMoved)]
    assert [(event.who, event.approved_by) for event in moved] == [("chen", "li")]


# --- acts -----------------------------------------------------------------------------------------------------------
def test_each_act_makes_its_event() -> None:
    """Every event of a window that a person causes has an act, under the name of who is signed in."""
    made = set()
    for act in ACTS:
        event = event_of(Asked(act, SAMPLES.get(act, {})), CHEN, "li")
        made.add(type(event))
        assert getattr(event, "who", "chen") == "chen" and getattr(event, "name", "陈师傅") == "陈师傅"
        assert getattr(event, "approved_by", "li") == "li"
        assert getattr(event, "taken_over", False) is (act == "take_over")
    of_the_page = {CancelPressed, CodeScanned, LanguageChosen, ServicesChosen}
    by_code_or_pin = {wev.BadgeShown, wev.NoteShown, wev.ReceiptShown, wev.WindowUnlocked}
    assert made - of_the_page == set(get_args(wev.WindowEvent)) - by_code_or_pin


@given(st.sampled_from(sorted(ACTS)), st.sampled_from(sorted(OURS | {"extra"})))
def test_a_page_never_says_what_is_ours(act: str, field: str) -> None:
    """Neither who acts nor who approves, nor what the books know."""
    with pytest.raises(msgspec.ValidationError):
        event_of(Asked(act, {**SAMPLES.get(act, {}), field: "li"}), CHEN, "")


@pytest.mark.parametrize(
    ("act", "changed"),
    [
        ("code", {"text": "x" * (CODE_MAX + 1)}),
        ("code", {"text": "a\x00b"}),
        ("tender", {"amount_minor": 10**9 + 1}),
        ("tender", {"amount_minor": "10"}),
        ("tender", {"method": "x" * 201}),
        ("move", {"what": "gift"}),
        ("move", {"pieces": [[1000, 10**10]]}),
        ("move", {"pieces": [[1000, 1]] * 33}),
        ("float", {"pieces": [["a", 1]]}),
        ("correct", {"reason": "whim"}),
        ("outage", {"to_ms": 10**13 + 1}),
        ("pad", {"last_no": 10**9 + 1}),
        ("paper", {"collector": "x" * 201}),
        ("spoil", {"reason": "whim"}),
        ("envelope", {"goes_to": "pocket"}),
    ],
)
def test_what_nobody_types_is_not_taken(act: str, changed: dict[str, Any]) -> None:
    """Too long, too large, of another kind."""
    with pytest.raises(msgspec.ValidationError):
        event_of(Asked(act, {**SAMPLES[act], **changed}), CHEN, "")


def test_a_sale_and_its_correction(machine: WindowMachine, chen: Browser) -> None:
    """Each act is answered when it is in the books, each refusal with its reason; the books add up."""
    machine.scan_ticket()
    assert chen.act("tender", method="pos", amount_minor=400)[1]["reason"] == "refused.needs_reference"
    assert chen.act("tender", method="pos", amount_minor=400, reference="T1")[0] == 200
    assert chen.act("tender", method="cash", amount_minor=1000)[0] == 200
    assert machine.world.sale is not None and machine.world.sale.paid_out_minor == 400
    (receipt,) = chen.ask("GET", "/window/receipts")[1]
    assert (receipt["receipt_no"], receipt["methods"]) == (1, {"cash": 600, "pos": 400})
    void: dict[str, Any] = {"what": "void", "receipt_no": 1, "amount_minor": 1000, "reason": "wrong_item"}
    assert chen.act("correct", **void)[1]["reason"] == "refused.needs_approval"
    assert chen.act("correct", second="li", **void)[0] == 200
    assert chen.act("correct", second="li", **void)[1]["reason"] == "refused.given_back_already"
    assert chen.ask("GET", "/window/receipts?number=1")[1][0]["voided"] is True
    assert machine.audit().books_ok


def test_an_outage_from_the_pad_to_the_envelope(machine: WindowMachine, chen: Browser) -> None:
    """Each act is answered when it is in the books; what is open of it can be read at each step, and nothing at the end."""
    now_ms = machine.clock.now().wall_ms // 60_000 * 60_000

    def opens() -> Any:
        machine.hand_clock.ahead_s += 5
        return chen.ask("GET", "/window/backfill")[1]

    def books(act: str, **fields: object) -> str:
        machine.hand_clock.ahead_s += 5
        status, answer = chen.act(act, "li", **fields)
        return "" if status == 200 else str(answer["reason"])

    assert opens()["pads"] == []
    assert books("pad", pad_id="A", first_no=101, last_no=125) == ""
    assert books("pad", pad_id="B", first_no=125, last_no=130) == "refused.pad_overlaps"
    assert books("hand_out", pad_id="A", holder="zhao") == ""
    a_pad = {"pad_id": "A", "first_no": 101, "last_no": 125, "holder": "zhao", "next_no": 101, "missing": 0}
    assert opens()["pads"] == [a_pad]
    assert chen.act("outage", from_ms=now_ms - 3 * HOUR_MS, to_ms=now_ms - HOUR_MS, cause="power")[0] == 200
    assert opens()["outage"]["cause"] == "power"
    paper: dict[str, Any] = {"pad_id": "A", "paper_ms": now_ms - 2 * HOUR_MS, "collector": "zhao", "tariff_id": "T1"}
    paper |= {"entered_ms": now_ms - 2 * HOUR_MS - 5_400_000, "plate": "粤B12345"}
    assert chen.act("paper", number=101, taken_minor=1000, **paper)[1]["reason"] == "refused.needs_approval"
    assert books("paper", number=101, taken_minor=1000, **paper) == ""
    assert books("paper", number=101, taken_minor=1000, **paper) == "refused.paper_twice"
    assert books("paper", number=102, taken_minor=700, **paper) == ""
    assert books("withdraw", pad_id="A", number=102, note="mistyped") == ""
    assert books("spoil", pad_id="A", number=102, reason="spoiled") == ""
    found = opens()
    assert found["pads"] == [a_pad | {"next_no": 103}]
    assert [(each["number"], each["taken_minor"], each["should_minor"]) for each in found["papers"]] == [
        (101, 1000, 1000)
    ]
    assert found["sum"] == {"papers": 1, "taken_minor": 1000}
    assert books("take_back", pad_id="A", first_blank_no=105) == ""
    assert opens()["missing"] == [{"pad_id": "A", "number": 103}, {"pad_id": "A", "number": 104}]
    assert books("spoil", pad_id="A", number=103, reason="lost") == ""
    assert books("spoil", pad_id="A", number=104, reason="lost") == ""
    assert books("envelope", pieces=[[500, 1]], goes_to="drawer") == "refused.needs_reason"
    assert books("envelope", pieces=[[500, 2]], goes_to="drawer") == ""
    found = opens()
    assert (found["papers"], found["sum"]["papers"], found["missing"]) == ([], 0, [])
    assert machine.audit().books_ok


def test_a_success_after_a_refusal_is_a_success(machine: WindowMachine, chen: Browser) -> None:
    """What was said against an earlier act is not said against this one."""
    assert chen.act("resume", sale_no=7)[1]["reason"] == "refused.no_such_sale"
    assert chen.act("no_sale", reason="check")[0] == 200
    assert chen.act("x")[0] == 200


def test_codes_cars_and_services(machine: WindowMachine, chen: Browser) -> None:
    """A typed code goes the way of a scanned one; a car is chosen by part of its plate; services by the piece."""
    assert chen.act("code", text=machine.ticket())[0] == 202
    machine.until(lambda: machine.world.state is SaleState.PRICED)
    assert chen.act("cancel")[0] == 200
    assert chen.act("services", basket=[["card", 2]])[0] == 202
    machine.until(lambda: machine.world.state is SaleState.PRICED)
    assert machine.world.sale is not None and machine.world.sale.due_minor == 2000
    found = chen.ask("GET", "/window/cars?plate=1234")[1]["candidates"]
    assert [car["masked"] for car in found] == ["••1234•", "•••1234"]
    assert chen.ask("POST", "/window/car", {"token": found[0]["token"]})[0] == 202
    assert machine.chosen == ["ST1.one"]


def test_acts_need_no_longer_than_their_commit(machine: WindowMachine, chen: Browser) -> None:
    """Twenty openings of the drawer, each answered when it is durable: far below what a person feels."""
    began_s = time.monotonic()
    for _ in range(20):
        machine.hand_clock.ahead_s += 1
        assert chen.act("no_sale", reason="check")[0] == 200
    assert time.monotonic() - began_s < 20 * 0.3


# --- what is told -----------------------------------------------------------------------------------------------------
def numbers_in(value: object) -> set[int]:
    """All numbers of a view, also those that are written out."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, int):
        return {value}
    if isinstance(value, str):
        return {round(float(text) * 100) for text in re.findall(r"\d+\.\d\d", value)}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return {number for part in parts for number in numbers_in(part)}


def shown(life: WindowLife) -> Any:
    """The collector's view, as the page gets it."""
    return msgspec.json.decode(msgspec.json.encode(window_view(life.world)))


def test_what_the_drawer_should_hold_is_told_after_the_count() -> None:
    """Neither the sum nor the float, from which it could be reckoned; afterwards all of it."""
    life = serving()
    life.scan()
    life.tender(5000)
    life.close_drawer()
    life.print_all()
    life.wait(60_000)
    expected_minor = life.shift.expected_minor
    assert expected_minor == 21_000
    assert not numbers_in(shown(life)) & {expected_minor, 20_000}
    life.say(wev.CountAsked("li", "Li"))
    life.say(wev.CountDrafted("li", ((1000, 3),)))
    view = shown(life)
    assert view["shift"]["result"] is None and view["shift"]["draft"] == [[1000, 3]]
    assert expected_minor not in numbers_in(view)
    life.say(wev.DrawerCounted("li", ((1000, 20),)))
    assert shown(life)["shift"]["result"]["expected_minor"] == expected_minor
    assert shown(life)["shift"]["result"]["over_minor"] == -1000


def test_the_display_tells_nothing_of_the_collector() -> None:
    """What the payer owes and why, what was given, the change; no name, no shift, no drawer, in both languages."""
    life = serving()
    screens = [display_view(life.world)]
    life.scan()
    screens.append(display_view(life.world))
    life.tender(400)
    screens.append(display_view(life.world))
    life.tender(5000)
    screens.append(display_view(life.world))
    life.say(wev.WindowLocked("li"))
    assert [each["screen"] for each in screens] == ["welcome", "owed", "owed", "thanks"]
    assert [len(each["lines"]) for each in screens] == [0, 1, 1, 0]
    assert [each["name"] for each in screens[2]["amounts"]] == ["due", "given", "missing"]
    assert [each["value"] for each in screens[3]["amounts"]] == ["¥10.00", "¥54.00", "¥44.00"]
    assert "Li" not in json.dumps(screens) and "display." not in json.dumps(screens)
    assert all(len(set(each["title"])) == 2 for each in screens)


def test_the_view_says_who_must_approve_what() -> None:
    """The page asks for a second person where the site's table does."""
    life = WindowLife(WindowRules(alone_up_to_minor={"void": 500}))
    life.boot()
    alone = shown(life)["alone_up_to_minor"]
    assert alone == {**ALONE_UP_TO_MINOR, "void": 500}


def test_every_currency_has_keys_for_its_notes() -> None:
    """They are notes that there are."""
    from terminal.money import MINOR_DIGITS
    from terminal.shift.pieces import DENOMINATIONS

    assert NOTE_KEYS.keys() == MINOR_DIGITS.keys()
    assert all(set(notes) <= set(DENOMINATIONS[currency]) for currency, notes in NOTE_KEYS.items())


# --- words ------------------------------------------------------------------------------------------------------------
def test_the_pages_words_exist() -> None:
    """Each key that stands in a script, in both languages, and each reason of the tables."""
    scripts = "".join(file.read_text("utf-8") for file in PAGES.glob("window*.js"))
    said = set(re.findall(r'\bt\("([a-z0-9_.]+)"', scripts))
    panels = re.findall(r'confirmPanel\(page, "(\w+)"', scripts)
    asked = {f"ask.{key}{end}" for key in panels for end in ("", ".hint", ".yes")}
    assert len(said) > 80 and len(asked) > 10
    for words in CATALOGUES.values():
        missing = [
            key for key in said | asked if f"window.{key}" not in words and key not in words and not key.endswith(".")
        ]
        assert not missing


def test_reasons_of_the_tables_have_words() -> None:
    """All that `why_not_…` can answer, and what may be an open matter."""
    source = "".join(
        (Path(__file__).parents[2] / "terminal" / name).read_text("utf-8")
        for name in (
            "fsm/window_policy.py",
            "fsm/backfill_policy.py",
            "shift/pieces.py",
            "shift/pads.py",
            "shift/corrections.py",
            "shift/approvals.py",
        )
    )
    reasons = set(re.findall(r'return "([a-z_]+)"', source)) | set(
        re.findall(r'(?:if|else|return) "([a-z_]+)"', source)
    )
    matters = set(re.findall(r'"([a-z_]+)": (?:bool|any|drawer)', source))
    assert len(reasons) > 20 and len(matters) >= 4
    for words in CATALOGUES.values():
        assert not [reason for reason in reasons if f"refused.{reason}" not in words]
        assert not [matter for matter in matters if f"matter.{matter}" not in words]


# --- enemies ----------------------------------------------------------------------------------------------------------
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    path=st.sampled_from(("act", "car", "sign-in", "sign-out", "here")),
    body=st.one_of(
        st.binary(max_size=300),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20),
                     lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)),
        st.fixed_dictionaries({"act": st.sampled_from(sorted(ACTS)), "fields": st.dictionaries(
            st.sampled_from(["pieces", "text", "amount_minor", "who"]), st.integers() | st.text(max_size=9), max_size=2)}),
    ),
)  # fmt: skip
def test_whatever_is_posted_is_answered(busy_machine: WindowMachine, path: str, body: object) -> None:
    """Never with a fault of ours, and without a session never with success."""
    busy_machine.hand_clock.ahead_s += 2
    status, _ = Browser(busy_machine).ask("POST", f"/window/{path}", body)
    assert status in (400, 403, 413, 429)


def test_pages_from_elsewhere_press_nothing(machine: WindowMachine, chen: Browser) -> None:
    """Another origin, no mark of ours, a plain form: even with the cookie."""
    wrong = ({"Origin": "http://evil.example"}, {"X_Fee_Terminal": "0"}, {"Content_Type": "text/plain"})
    assert [chen.ask("POST", "/window/act", {"act": "x", "fields": {}}, **each)[0] for each in wrong] == [403, 403, 415]
    assert "ReportAsked" not in names_of(machine)
    assert PINS["chen"] not in "".join(str(event) for event in machine.events())
