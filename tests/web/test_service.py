"""The service page over real HTTP: who gets in, what is told to whom, what an act leaves in the journal, what an enemy gets."""

import json
import logging
import socket
import time
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.fsm import events as ev
from terminal.fsm.draw import NAMES
from terminal.fsm.states import SaleState
from terminal.fsm.world import new_world
from terminal.hw.scanner import SerialScanner
from terminal.overheard import FRAME_BYTES, FRAMES_KEPT, Overheard
from terminal.staff.operators import ROLES
from terminal.staff.sessions import IDLE_S
from terminal.web.http import BUGS_AT_ONCE, HttpServer, Request, Response, Route, cookie
from terminal.web.service import page
from terminal.web.service.log_tail import LINE_CHARS, LINES_KEPT, WARNINGS_KEPT, LogTail
from terminal.web.service.machines import PLACES, pictures
from terminal.web.service.page import MAY
from terminal.web.service.past import NEWEST
from terminal.web.service.view import service_view
from terminal.words import CATALOGUES
from tests.kiosk import VirtualClock
from tests.web.service_bench import OTHER_PIN, PIN, Browser, HandClock, Machine

READS = ("sales", "events", "acts", "ratings", "log")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A terminal whose service door is open."""
    made = Machine(tmp_path, HandClock())
    made.open_door()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def busy_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One terminal for many requests that must leave no trace."""
    made = Machine(tmp_path_factory.mktemp("busy"), HandClock())
    made.open_door()
    yield made
    made.stop()


def follow(machine: Machine, cookie: str) -> socket.socket:
    """A browser that asks for the live stream."""
    connection = socket.create_connection(("127.0.0.1", machine.server.port), timeout=20)
    request = f"GET /service/live HTTP/1.1\r\nHost: {machine.host}\r\nCookie: {cookie}\r\n\r\n"
    connection.sendall(request.encode())
    return connection


def read_to_the_end(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    heard = b""
    while data := connection.recv(65536):
        heard += data
    return heard


# --- the gate -----------------------------------------------------------------------------------------------------
def test_a_closed_door_tells_no_names_and_lets_nobody_in(machine: Machine) -> None:
    """Not even with the right PIN, which is not looked at."""
    machine.close_door()
    browser = Browser(machine)
    status, gate = browser.ask("GET", "/service/gate")
    assert (status, gate["door_open"], gate["operators"]) == (200, False, [])
    assert browser.sign_in() == (403, {"reason": "door", "wait_s": 0})
    assert machine.acts() == []


def test_an_open_door_and_a_pin_let_one_in(machine: Machine) -> None:
    """The cookie is for this page alone and no script sees it; neither answer nor journal holds the PIN."""
    browser = Browser(machine)
    assert [each["name"] for each in browser.ask("GET", "/service/gate")[1]["operators"]] == [
        "chen",
        "li",
        "wang",
        "zhao",
    ]
    status, who = browser.sign_in()
    assert (status, who["name"], who["role"]) == (200, "chen", "technician")
    name, _, rules = browser.headers["Set-Cookie"].partition("=")
    secret, _, rules = rules.partition("; ")
    assert (name, len(secret), rules) == ("fee_service", 64, "Path=/service; HttpOnly; SameSite=Strict")
    status, gate = browser.ask("GET", "/service/gate")
    assert gate["signed_in"]["name"] == "chen" and gate["operators"] == []
    assert machine.acts() == [("chen", "sign_in")]
    journal = json.dumps([str(event) for event in machine.do(lambda kiosk: kiosk.events())])
    assert secret not in journal and PIN not in [who["name"], who["shown_name"]]


def test_without_a_session_there_is_nothing(machine: Machine) -> None:
    """No act, no record, no stream: with no cookie, a wrong one, or two."""
    browser = Browser(machine)
    for sent in ("", "fee_service=" + "0" * 64, "fee_service=", "fee_service=a; fee_service=b", "\x7f;;=;"):
        browser.cookie = sent
        assert browser.act("close")[0] == 403
        assert [browser.ask("GET", f"/service/{path}")[0] for path in READS] == [403] * 5
        with follow(machine, sent) as stream:
            assert b" 403 " in read_to_the_end(stream)
    assert machine.acts() == []
    browser.cookie = ""
    browser.sign_in()
    browser.cookie += "; fee_service=" + "0" * 64
    assert browser.act("close")[0] == 403


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (["a=1"], "1"),
        (["b=2; a=1;c=3"], "1"),
        (["a=1=2"], "1=2"),
        ([], ""),
        (["A=1; aa=1; a"], ""),
        (["a=1; a=1"], ""),
        (["a=1", "a=1"], ""),
        (["a=1", "b=1"], ""),
    ],
)
def test_a_cookie_is_there_once_or_not_at_all(headers: list[str], found: str) -> None:
    """Where two could be meant none is taken: one may have been planted by another page of this machine."""
    message = Message()
    for each in headers:
        message["Cookie"] = each
    assert cookie(Request("/", "", message, b""), "a") == found


def test_five_wrong_pins_lock_over_http(machine: Machine) -> None:
    """Each is an event, the sixth is not looked at, and a new page over the same journal has not forgotten."""
    browser = Browser(machine)
    for _ in range(5):
        machine.clock.ahead_s += 2
        assert browser.sign_in(pin="1111")[1]["reason"] == "wrong"
    machine.clock.ahead_s += 2
    status, refusal = browser.sign_in()
    assert (status, refusal["reason"]) == (429, "locked")
    assert 50 < refusal["wait_s"] <= 60
    assert machine.acts() == [("chen", "sign_in_failed")] * 5
    machine.server.stop()
    machine.serve()
    assert Browser(machine).sign_in()[1]["reason"] == "locked"


def test_too_many_tries_at_once(machine: Machine) -> None:
    """Faster than a person types they are not looked at."""
    machine.server.stop()
    machine.clock = HandClock(stands=True)
    machine.serve()
    reasons = [Browser(machine).sign_in(pin="1111")[1]["reason"] for _ in range(5)]
    assert reasons == ["wrong"] * 3 + ["busy"] * 2


# --- sessions -----------------------------------------------------------------------------------------------------
def test_the_stream_tells_the_state_and_ends_with_the_door(machine: Machine) -> None:
    """The door closes in the middle: the stream ends, the session with it, and an open door does not bring it back."""
    browser = Browser(machine)
    browser.sign_in()
    with follow(machine, browser.cookie) as stream:
        heard = b""
        while b"\n\nid: " not in heard or not heard.endswith(b"\n\n"):
            heard += stream.recv(65536)
        view = json.loads(heard.partition(b"\nid: ")[2].partition(b"\ndata: ")[2].partition(b"\n\n")[0])
        assert view["machines"] == {"sale": "SERVICE", "cash": "EMPTY", "printer": "FREE"}
        assert [each["device"] for each in view["devices"]][:3] == ["validator", "scanner", "printer"]
        began = time.monotonic()
        machine.close_door()
        read_to_the_end(stream)
        assert time.monotonic() - began < 3
    machine.open_door()
    assert browser.act("close") == (403, {"reason": "signed_out", "wait_s": 0})


def test_idle_sessions_end(machine: Machine) -> None:
    """A quarter of an hour without a touch; the live stream alone is no touch."""
    browser = Browser(machine)
    browser.sign_in()
    machine.clock.ahead_s += IDLE_S - 60
    assert browser.ask("POST", "/service/here")[0] == 200
    machine.clock.ahead_s += IDLE_S - 60
    assert browser.ask("GET", "/service/gate")[1]["signed_in"] is not None
    machine.clock.ahead_s += 60
    assert browser.ask("POST", "/service/here")[0] == 403


def test_who_signs_in_ends_the_session_before(machine: Machine) -> None:
    """There is one, and signing out ends it."""
    first, second = Browser(machine), Browser(machine)
    first.sign_in()
    assert second.sign_in("li", OTHER_PIN)[0] == 200
    assert first.act("close")[0] == 403
    kept = second.cookie
    assert second.ask("POST", "/service/sign-out")[0] == 200
    assert second.cookie == "fee_service="
    second.cookie = kept
    assert second.act("close")[0] == 403
    assert machine.acts() == [("chen", "sign_in"), ("li", "sign_in"), ("li", "sign_out")]


# --- acts ---------------------------------------------------------------------------------------------------------
def test_closed_by_the_staff_until_reopened(machine: Machine) -> None:
    """The terminal stays out of service behind a closed door, and the books say who did it."""
    browser = Browser(machine)
    browser.sign_in("zhao", OTHER_PIN)
    assert browser.act("close")[0] == 200
    machine.acts()
    machine.close_door()
    assert machine.do(lambda kiosk: (kiosk.state, kiosk.pump.world.closed_by)) == (SaleState.OUT_OF_SERVICE, "zhao")
    machine.open_door()
    machine.clock.ahead_s += 5
    assert browser.sign_in("li", OTHER_PIN)[0] == 200
    browser.act("reopen")
    machine.acts()
    _, acts = browser.ask("GET", "/service/acts")
    assert [(each["who"], each["act"]) for each in acts] == [
        ("li", "reopen"), ("li", "sign_in"), ("zhao", "close"), ("zhao", "sign_in"),
    ]  # fmt: skip
    machine.close_door()
    assert machine.do(lambda kiosk: kiosk.state) is SaleState.IDLE


def test_one_test_page_at_a_time(machine: Machine) -> None:
    """While one waits for the printer a second is refused; when it has come out it is not."""
    machine.do(lambda kiosk: kiosk.paper.paper_out())
    browser = Browser(machine)
    browser.sign_in()
    assert browser.act("test_print")[0] == 200
    machine.acts()
    assert browser.act("test_print") == (403, {"reason": "test_waits", "wait_s": 0})
    machine.do(lambda kiosk: kiosk.paper.load_paper())
    machine.do(lambda kiosk: kiosk.run_until(lambda: not kiosk.pump.world.jobs))
    assert browser.act("test_print")[0] == 200
    assert machine.acts()[1:] == [("chen", "test_print")] * 2


@pytest.mark.parametrize("name", ["wang", "zhao"])
def test_roles(machine: Machine, name: str) -> None:
    """What a role may not do is refused and not journaled."""
    browser = Browser(machine)
    _, who = browser.sign_in(name, OTHER_PIN)
    for act in ("close", "reopen", "shut_down"):
        status = browser.act(act)[0]
        assert (status == 200) == (act in who["may"])
    machine.clock.ahead_s += 1
    assert (browser.act("ask_again", "printer")[0] == 200) == ("ask_again" in who["may"])
    assert {act for _, act in machine.acts()} == {"sign_in", *who["may"]} - {"test_print"}


def test_every_role_is_thought_of() -> None:
    """A new role has its row before anybody can have it."""
    assert set(MAY) == set(ROLES)


def test_an_act_is_answered_when_the_journal_holds_it(machine: Machine) -> None:
    """No sooner: whoever reads the journal beside the pump at that moment finds it there."""
    browser = Browser(machine)
    browser.sign_in()
    for number, act in enumerate(("close", "reopen", "close", "reopen"), 1):
        assert browser.act(act)[0] == 200
        assert len(machine.past.acts(NEWEST, ZoneInfo("UTC"))) == 1 + number


def test_an_act_that_is_not_written_down_is_not_said_to_be_done(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pump takes it and nothing more is heard: the page is told that nobody knows, and the pump went on meanwhile."""
    monkeypatch.setattr(page, "KNOWN_S", 0.5)
    browser = Browser(machine)
    browser.sign_in()
    machine.deaf = True
    began_s = time.monotonic()
    ticks = machine.do(lambda kiosk: kiosk.clock.up_ms)
    assert browser.act("close") == (504, {"reason": "not_known", "wait_s": 2})
    assert 0.5 <= time.monotonic() - began_s < 3
    assert machine.do(lambda kiosk: kiosk.clock.up_ms) > ticks + 100
    machine.posted.get_nowait()
    assert browser.ask("POST", "/service/sign-out")[0] == 504
    assert browser.cookie == "fee_service=", "whoever goes is out in any case"
    machine.posted.get_nowait()
    assert browser.sign_in() == (504, {"reason": "not_known", "wait_s": 2})
    assert browser.act("close")[0] == 403
    assert machine.acts() == [("chen", "sign_in")]


def test_an_act_while_the_pump_takes_nothing(machine: Machine) -> None:
    """With a full queue it is refused at once, and nothing of it comes later."""
    browser = Browser(machine)
    browser.sign_in()
    machine.deaf = True
    while not machine.posted.full():
        machine.posted.put_nowait(ev.HelpCalled())
    assert browser.act("close")[1]["reason"] == "busy"
    machine.deaf = False
    assert machine.acts() == [("chen", "sign_in")]


# --- asking again -------------------------------------------------------------------------------------------------
def asked(machine: Machine, device: str) -> dict[str, Any]:
    """What the page shows of a device that was asked again, once that is decided."""
    give_up_s = time.monotonic() + 30
    while True:
        view = json.loads(machine.page._live.newest()[1])
        (found,) = [each for each in view["devices"] if each["device"] == device]
        shown: dict[str, Any] = found["asked"]
        if shown["outcome"] != "waiting":
            return shown
        assert time.monotonic() < give_up_s, shown
        time.sleep(0.02)


def test_devices_answer_when_they_are_asked_again(machine: Machine) -> None:
    """The note acceptor says who it is, the printer how it is, each within its time; the books say who asked whom."""
    browser = Browser(machine)
    browser.sign_in()
    for device in ("validator", "printer"):
        assert browser.act("ask_again", device)[0] == 200
        answer = asked(machine, device)
        assert answer["outcome"] == "answered" and 0 <= answer["took_ms"] < 5_000
    events = machine.do(lambda kiosk: kiosk.events())
    acts = [event for event in events if isinstance(event, ev.StaffActed)]
    assert acts[1:] == [ev.StaffActed("chen", "ask_again", device) for device in ("validator", "printer")]


def test_a_device_without_power_does_not_answer(machine: Machine) -> None:
    """That is what is shown when its time is over, and no longer when it is asked again and does."""
    browser = Browser(machine)
    browser.sign_in()
    machine.do(lambda kiosk: kiosk.mechanics.lose_power(kiosk.clock.up_ms))
    browser.act("ask_again", "validator")
    assert asked(machine, "validator") == {"outcome": "none", "within_s": 5}
    machine.do(lambda kiosk: kiosk.mechanics.restore_power(kiosk.clock.up_ms))
    machine.do(lambda kiosk: kiosk.run_until(lambda: kiosk.pump.world.devices["validator"] == ()))
    browser.act("ask_again", "validator")
    assert asked(machine, "validator")["outcome"] == "answered"


def test_a_scanner_answers_with_a_code(machine: Machine) -> None:
    """It says nothing of itself: what counts is that it reads something."""
    browser = Browser(machine)
    browser.sign_in()
    browser.act("ask_again", "scanner")
    machine.do(lambda kiosk: kiosk.scanner.scan("ANY CODE"))
    assert asked(machine, "scanner")["outcome"] == "answered"
    machine.do(lambda kiosk: setattr(kiosk.clock, "up_ms", kiosk.clock.up_ms + 1_000))
    browser.act("ask_again", "scanner")
    assert asked(machine, "scanner") == {"outcome": "none", "within_s": 20}


def test_a_device_that_has_something_else_to_do() -> None:
    """Bytes came, but not the answer: it is alive, and that is what is said."""
    engine = SerialScanner()
    engine.device = "validator"
    clock, overheard = VirtualClock(), Overheard(engine)
    overheard.port_open = True
    overheard.keep(b"\x7f", 1_500, sent=False)
    clock.up_ms = 7_000
    for asked_at_ms, outcome in ((1_000, "other"), (1_600, "none"), (2_001, "waiting")):
        (device,) = service_view(new_world(), [overheard], clock.now(), {"validator": asked_at_ms})["devices"]
        assert device["asked"]["outcome"] == outcome


# --- what is told -------------------------------------------------------------------------------------------------
def test_records_by_the_page(machine: Machine) -> None:
    """Sales with their amounts, events with their numbers, twenty at a time, the newest first."""
    machine.say_sale()
    browser = Browser(machine)
    browser.sign_in()
    _, sales = browser.ask("GET", "/service/sales")
    assert [(each["number"], each["due"], each["credited"], each["state"]) for each in sales] == [
        (1, "¥10.00", "¥10.00", "paid")
    ]
    _, events = browser.ask("GET", "/service/events")
    last = events[-1]["number"]
    assert [each["number"] for each in events] == list(range(events[0]["number"], last - 1, -1))
    _, older = browser.ask("GET", f"/service/events?before={last}")
    assert [each["number"] for each in older] == list(range(last - 1, max(0, last - 21), -1))
    for query in ("before=-1", "before=9e9", "before=" + "9" * 30, "before=1%27", "x", "before=" + "1" * 500):
        assert browser.ask("GET", f"/service/sales?{query}")[1] == sales


def test_ratings_are_counted(machine: Machine) -> None:
    """By stars and by reason, with their mean."""
    machine.close_door()
    machine.do(lambda kiosk: kiosk.run_to(SaleState.IDLE))
    machine.do(lambda kiosk: kiosk.scan_ticket("A2"))
    machine.do(lambda kiosk: kiosk.run_to(SaleState.PRICED))
    machine.do(lambda kiosk: kiosk.insert(1000))
    machine.do(lambda kiosk: kiosk.run_to(SaleState.LEAVING))
    machine.say(ev.Rated(3, "slow"))
    machine.do(lambda kiosk: kiosk.run_to(SaleState.IDLE))
    machine.open_door()
    browser = Browser(machine)
    browser.sign_in("wang", OTHER_PIN)
    _, ratings = browser.ask("GET", "/service/ratings")
    assert (ratings["count"], ratings["mean"], ratings["reasons"]) == (1, "3.0", [{"reason": "slow", "count": 1}])
    assert {each["stars"]: each["count"] for each in ratings["stars"]} == {5: 0, 4: 0, 3: 1, 2: 0, 1: 0}


def test_frames_without_secrets(machine: Machine) -> None:
    """A code that was scanned is nowhere in the view, nor what was printed; the validator's frames are whole."""
    machine.say_sale()
    heard = machine.do(lambda kiosk: bytes(kiosk.ports["printer"].heard))
    view = machine.do(
        lambda kiosk: service_view(kiosk.pump.world, [line.overheard for line in kiosk.pump.lines], kiosk.clock.now())
    )
    lines = {each["device"]: each["line"] for each in view["devices"]}
    assert {frame["hex"] for frame in lines["scanner"]["frames"]} == {""}
    assert max(len(frame["hex"]) for frame in lines["printer"]["frames"]) < 8 * 3
    assert len(heard) > 100
    assert lines["validator"]["identity"][1] and lines["validator"]["answers"] is True
    assert all(frame["hex"].startswith("7f") for frame in lines["validator"]["frames"])


@pytest.mark.parametrize(
    ("device", "shown"), [("scanner", b""), ("printer", b"CN1.secr"), ("validator", b"CN1.secret-of-a-note")]
)
def test_how_much_is_kept_of_what_is_worth_money(device: str, shown: bytes) -> None:
    """Of a code that a scanner reads nothing, of a printer's bytes less than any code is long."""
    engine = SerialScanner()
    engine.device = device
    overheard = Overheard(engine)
    overheard.keep(b"CN1.secret-of-a-note", 5, sent=True)
    (frame,) = overheard.frames
    assert (frame.shown, frame.length, frame.up_ms) == (shown, 20, 5)


def test_what_is_kept_of_a_line_is_bounded() -> None:
    """So many frames, so much of each, however much goes over it."""
    engine = SerialScanner()
    engine.device = "validator"
    overheard = Overheard(engine)
    for number in range(1000):
        overheard.keep(bytes(10_000), number, sent=True)
    assert len(overheard.frames) == FRAMES_KEPT
    assert {len(frame.shown) for frame in overheard.frames} == {FRAME_BYTES}
    assert overheard.heard_at_ms is None


def test_a_device_that_says_nothing_is_told_truthfully() -> None:
    """Silence is no answer, and what was never said is empty."""
    engine = SerialScanner()
    engine.device = "validator"
    clock = VirtualClock()
    overheard = Overheard(engine)
    (device,) = service_view(new_world(), [overheard], clock.now())["devices"]
    assert (device["line"]["answers"], device["line"]["heard_at"], device["line"]["identity"]) == (False, "", None)
    overheard.port_open = True
    overheard.keep(b"\x7f", 0, sent=False)
    assert service_view(new_world(), [overheard], clock.now())["devices"][0]["line"]["answers"] is True
    clock.up_ms += 3_001
    assert service_view(new_world(), [overheard], clock.now())["devices"][0]["line"]["answers"] is False


def test_the_log_is_bounded_and_never_fails() -> None:
    """The last lines, each cut; a message that can not be made costs nobody anything."""
    tail, logger = LogTail(), logging.getLogger("tests.service")
    logger.addHandler(tail)
    logger.propagate = False
    for number in range(LINES_KEPT + 10):
        logger.warning("%d %s", number, "x" * 1000)
    lines = tail.lines()
    assert len(lines) == WARNINGS_KEPT and len(lines[0][2]) == LINE_CHARS
    assert lines[-1][2].startswith(f"tests.service: {LINES_KEPT + 9} x")
    logger.setLevel(logging.INFO)
    for number in range(1000):
        logger.info("a button was pressed: %d", number)
    lines = tail.lines()
    assert len(lines) == WARNINGS_KEPT + LINES_KEPT
    assert lines[0][1] == "WARNING", "what everybody can bring about washes no warning away"
    assert lines == sorted(lines, key=lambda line: line[0])
    logger.removeHandler(tail)


def test_the_gate_does_not_fill_the_log(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever asks it again and again, about a file that others can read, makes one line."""
    (machine.folder / "operators.toml").chmod(0o644)
    for _ in range(30):
        assert len(Browser(machine).ask("GET", "/service/gate")[1]["operators"]) == 4
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


def test_a_bug_of_ours_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A route that fails fails each time it is asked for; the log tells a few times, then now and then."""

    def fails(request: Request) -> Response:
        raise RuntimeError("a bug")

    clock = HandClock(stands=True)
    server = HttpServer("127.0.0.1:0", [Route("GET", "/", fails)], monotonic=clock)
    server.start()

    def ask(times: int) -> int:
        for _ in range(times):
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as asking:
                asking.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
                assert asking.recv(100) == b""
        return len([record for record in caplog.records if record.exc_info])

    assert ask(20) == BUGS_AT_ONCE
    clock.ahead_s += 60
    assert ask(20) == BUGS_AT_ONCE + 1
    server.stop()


def test_the_pictures_show_every_state() -> None:
    """Each machine of the tables, each of its states once, and arrows only between states that are there."""
    made = pictures()
    assert set(made) == set(NAMES) - {"shift", "drawer"}, "a kiosk has neither"
    for name in made:
        machine = NAMES[name]
        states = {each["state"] for each in made[name]["states"]}
        assert states == {str(state) for state in machine.states}
        assert len({(each["column"], each["row"]) for each in made[name]["states"]}) == len(states)
        assert {arrow[end] for arrow in made[name]["arrows"] for end in ("from", "to")} == states


def test_every_word_that_the_page_asks_for_is_there() -> None:
    """States, roles, acts, problems of devices, counters and reasons, in each language."""
    states = [f"service.state.{state}" for places in PLACES.values() for state in places]
    acts = [f"service.act.{act}" for act in get_args(ev.StaffAct)]
    roles = [f"service.role.{role}" for role in ROLES]
    done = [f"service.done.{act}" for act in MAY["supervisor"] if act != "ask_again"]
    for words in CATALOGUES.values():
        assert {*states, *acts, *roles, *done} <= set(words)


# --- enemies ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "changed",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"X_Fee_Terminal": "0"},
        {"Content_Type": "text/plain"},
        {"Host": "evil.example"},
    ],
)
def test_posts_from_elsewhere(machine: Machine, changed: dict[str, str]) -> None:
    """With a good session in its cookie jar, another page's post does nothing."""
    browser = Browser(machine)
    browser.sign_in()
    assert browser.ask("POST", "/service/act", {"act": "close"}, **changed)[0] in (403, 415, 421)
    assert browser.ask("POST", "/service/sign-in", {"name": "chen", "pin": PIN}, **changed)[0] in (403, 415, 421)
    assert machine.acts() == [("chen", "sign_in")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("sign-in", {"name": "chen"}),
        ("sign-in", {"name": "chen", "pin": 2580}),
        ("sign-in", {"name": "chen", "pin": "２５８０"}),
        ("sign-in", {"name": "chen", "pin": "2580" * 4}),
        ("sign-in", {"name": "../chen", "pin": "2580"}),
        ("sign-in", {"name": "chen", "pin": "2580", "role": "supervisor"}),
        ("act", {"act": "sign_in"}),
        ("act", {"act": ["close"]}),
        ("act", {"act": "close", "who": "li"}),
        ("act", {"act": "close", "device": "printer"}),
        ("act", {"act": "ask_again"}),
        ("act", {"act": "ask_again", "device": "disk"}),
    ],
)
def test_bodies_that_mean_nothing(machine: Machine, path: str, body: object) -> None:
    """They are refused, do nothing, and count as no try."""
    browser = Browser(machine)
    browser.sign_in()
    assert browser.ask("POST", f"/service/{path}", body)[0] == 400
    assert machine.acts() == [("chen", "sign_in")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["sign-in", "act", "here", "sign-out"]),
    st.binary(max_size=300),
    st.text("fe_srvic=; 0aé", max_size=80),
)
def test_garbage_never_gets_in(busy_machine: Machine, path: str, body: bytes, cookie: str) -> None:
    """Any bytes to any post, with any cookie: an answer that refuses, and a page that still stands."""
    browser = Browser(busy_machine)
    browser.cookie = cookie.encode().decode("latin-1")
    assert browser.ask("POST", f"/service/{path}", body)[0] in (400, 403, 413, 429)
    assert Browser(busy_machine).ask("GET", "/service/gate")[0] == 200
