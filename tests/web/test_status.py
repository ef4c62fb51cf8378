"""The status page over real TLS: who gets in, what they see, and that nothing can be done there."""

import contextlib
import json
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.config import load
from terminal.errors import ConfigError, PortError, StoreFailed
from terminal.fsm import events as ev
from terminal.fsm.states import SaleState
from terminal.fsm.world import World
from terminal.staff.sessions import IDLE_S, LONGEST_S
from terminal.store.journal import FILE, Reader
from terminal.web.status.books import ALERTS, RAISED, Amount, Raised, StatusBooks
from terminal.web.status.page import COOKIE, FILES, SESSIONS, open_status, tls_context
from terminal.web.status.view import Disk, Facts, Link, status_view, told
from terminal.words import CATALOGUES, say
from tests.fsm.lives import WALL_MS, Life
from tests.kiosk import CONFIGURATION
from tests.web.phone import OPENSSL, PEOPLE, PIN, JournaledLife, Phone, Terminal, make_certificate

ROOT = Path(__file__).parents[2]
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One for all tests."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def terminal(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[Terminal]:
    """A terminal that is well, with its page served."""
    made = Terminal(tmp_path, certificate)
    made.life.boot()
    made.show()
    yield made
    made.stop()


@pytest.fixture
def phone(terminal: Terminal) -> Phone:
    """A phone that nobody has signed in with."""
    return Phone(terminal)


# --- getting in ----------------------------------------------------------------------------------------------------
def test_who_may_look_gets_in_and_out(terminal: Terminal, phone: Phone) -> None:
    """Name and PIN open the page; signing out ends it, for the secret as well as for the browser."""
    assert phone.me() == ""
    assert phone.sign_in("wang") == {"name": "王主管"}
    assert phone.me() == "王主管"
    with phone.follow() as following:
        assert following.next()["terminal"] == "k01"
    _, headers, _ = phone.post("/sign-out", {})
    assert "Max-Age=0" in headers["Set-Cookie"]
    assert phone.me() == ""
    with phone.follow() as following:
        assert following.status == 403


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: str(person.role))
def test_roles(terminal: Terminal, phone: Phone, person: Any) -> None:
    """Supervisors, technicians and auditors may look; a collector is told that this is not for them."""
    said = phone.sign_in(person.name)
    if person.role == "collector":
        assert said["reason"] == "not_for_you"
        assert phone.me() == ""
    else:
        assert phone.me() == person.shown_name


def test_wrong_ones_stay_out_and_are_locked_out(terminal: Terminal, phone: Phone) -> None:
    """A wrong PIN and an unknown name look the same; after five even the right one must wait, and is told how long."""
    assert phone.sign_in("wang", "00001111") == phone.sign_in("nobody", PIN) == {"reason": "wrong", "minutes": 0}
    assert terminal.wrong == ["wang", "?"]
    for _ in range(3):
        said = phone.sign_in("wang", "00001111")
    assert said == {"reason": "locked", "minutes": 1}
    assert phone.sign_in("wang") == {"reason": "locked", "minutes": 1}
    terminal.clock.more_s += 61
    assert phone.sign_in("wang") == {"name": "王主管"}


def test_tries_are_paced(terminal: Terminal, phone: Phone) -> None:
    """Whoever asks faster than a person types is told to wait before any PIN is looked at."""
    answers = [phone.post("/sign-in", {"name": "wang", "pin": PIN})[0] for _ in range(12)]
    assert answers[0] == 200
    assert 429 in answers


def test_the_cookie_is_for_this_page_alone(terminal: Terminal, phone: Phone) -> None:
    """No script reads it, no other site sends it, no plain line carries it, and its secret is long."""
    _, headers, _ = phone.post("/sign-in", {"name": "wang", "pin": PIN})
    name, secret, rules = re.fullmatch(r"([^=]+)=(\w+); (.+)", headers["Set-Cookie"]).groups()  # type: ignore[union-attr]
    assert name == COOKIE == "__Host-status"
    assert len(secret) == 64
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} <= set(rules.split("; "))


def test_pages_from_elsewhere_can_not_ask(terminal: Terminal, phone: Phone) -> None:
    """No foreign origin, no plain form, no name that is not ours; the configured name is."""
    body = {"name": "wang", "pin": PIN}
    assert phone.post("/sign-in", body, Origin="https://evil.example")[0] == 403
    assert phone.post("/sign-in", body, Content_Type="text/plain")[0] == 415
    assert phone.post("/sign-in", body, X_Fee_Terminal="")[0] == 403
    assert phone.ask("GET", "/me")[0] == 403
    assert phone.ask("GET", "/", Host="evil.example")[0] == 421
    assert phone.ask("GET", "/", Host=f"k01.local:{terminal.server.port}")[0] == 200


def test_sessions_end_by_themselves(terminal: Terminal, phone: Phone) -> None:
    """After a quarter of an hour without a page, and after twelve hours in any case."""
    phone.sign_in()
    terminal.clock.more_s += IDLE_S - 5
    assert phone.me()
    terminal.clock.more_s += IDLE_S + 1
    assert not phone.me()
    phone.sign_in()
    for _ in range(int(LONGEST_S / (IDLE_S - 5)) - 1):
        terminal.clock.more_s += IDLE_S - 5
        assert phone.me()
    terminal.clock.more_s += IDLE_S - 5
    terminal.clock.more_s += 600
    assert not phone.me()


def test_only_so_many_sessions(terminal: Terminal) -> None:
    """One phone more ends the session that was quiet for the longest."""
    phones = [Phone(terminal) for _ in range(SESSIONS + 1)]
    for each in phones:
        assert each.sign_in() == {"name": "王主管"}
    assert not phones[0].me()
    assert all(each.me() for each in phones[1:])


def test_whoever_is_dismissed_is_signed_out(terminal: Terminal, phone: Phone) -> None:
    """A change of the operators' file ends the sessions that it concerns, a stream included, without a restart."""
    other = Phone(terminal)
    phone.sign_in("wang")
    other.sign_in("chen")
    terminal.employ(*PEOPLE[1:])
    with phone.follow() as following:
        assert list(iter(following.answer.readline, b""))[-1:], "the stream ends"
    assert not phone.me()
    assert other.me() == "陈师傅"


def test_nothing_can_be_done_here(terminal: Terminal, phone: Phone) -> None:
    """The payer's buttons and the service page do not exist on this server, signed in or not."""
    phone.sign_in()
    for path in ("/cancel", "/help", "/services", "/service/sign-in", "/reports", "/view.json", "/events", "/app.js"):
        for method in ("GET", "POST"):
            assert phone.ask(method, path, b"{}" if method == "POST" else None)[0] == 404


def test_plain_http_is_not_spoken(terminal: Terminal) -> None:
    """Where there is a certificate nothing is answered without TLS, and old TLS is refused."""
    with socket.create_connection(("127.0.0.1", terminal.server.port), timeout=20) as plain:
        plain.sendall(f"GET / HTTP/1.1\r\nHost: {terminal.host}\r\n\r\n".encode())
        with contextlib.suppress(ConnectionResetError):
            assert b"HTTP" not in plain.recv(100)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", terminal.server.port), timeout=20) as raw, pytest.raises(ssl.SSLError):
        old.wrap_socket(raw)


SHORT_OF_TIME = [HealthCheck.function_scoped_fixture]


@settings(max_examples=60, deadline=None, suppress_health_check=SHORT_OF_TIME)
@given(st.binary(max_size=600))
def test_any_body_gets_an_answer(terminal: Terminal, phone: Phone, body: bytes) -> None:
    """Whatever is posted instead of a name and a PIN is refused, and the server goes on."""
    terminal.clock.more_s += 10
    assert phone.post("/sign-in", body)[0] in (400, 403, 413)


@settings(max_examples=60, deadline=None, suppress_health_check=SHORT_OF_TIME)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=200))
def test_any_cookie_is_nobody(terminal: Terminal, phone: Phone, cookie: str) -> None:
    """No cookie that was not given out means anybody."""
    status, _, body = phone.ask("GET", "/me", X_Fee_Terminal="1", Cookie=f"{COOKIE}={cookie}")
    assert (status, json.loads(body)) == (200, {"name": ""})


# --- what is seen --------------------------------------------------------------------------------------------------
def test_pictures_come_live_in_both_languages(terminal: Terminal, phone: Phone) -> None:
    """What happens is on the page within two seconds, each stream in its language."""
    phone.sign_in()
    with phone.follow("en") as english, phone.follow("zh-CN") as chinese:
        assert english.next()["state"]["what"] == "In service"
        assert chinese.next()["state"]["what"] == "营业中"
        began_s = time.monotonic()
        terminal.say(ev.DeviceChanged("printer", ("paper_out",)))
        view = english.next()
        while view["state"]["tone"] == "good":
            view = english.next()
        assert time.monotonic() - began_s < 3
        assert view["state"]["what"] == "Out of service"
        assert view["state"]["why"] == ["Receipt printer: out of paper"]
        assert view["alerts"][0]["what"] == "Receipt printer: out of paper"


def test_nobody_signed_in_costs_nothing(terminal: Terminal, phone: Phone) -> None:
    """Without a session no picture is made and the journal is not read; signing in waits for a fresh one."""
    terminal.say(ev.DoorOpened())
    time.sleep(0.3)
    screens = terminal.server._board.screens.values()
    assert all(screen.newest()[0] == 0 for screen in screens)
    phone.sign_in()
    with phone.follow() as following:
        assert following.next()["state"]["what"] == "Service door open"


def facts(life: Life, folder: Path, **changes: Any) -> Facts:
    """All that is known of a life that was journaled in that folder."""
    reader = Reader(folder / FILE)
    books = StatusBooks(reader.rows, life.world.rules.timezone).read(life.now.wall_ms)
    reader.close()
    found = Facts(life.world, life.now.wall_ms, books, Link(True), Disk(8 << 30, 29 << 30), True)
    return found._replace(**changes)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[JournaledLife]:
    """A journaled life that has begun."""
    made = JournaledLife(tmp_path / FILE)
    made.boot()
    yield made
    made.journal.close()


def test_cash_and_takings(life: JournaledLife, tmp_path: Path) -> None:
    """The box, credit notes, and what was paid today by kind; yesterday's sales are not today's."""
    life.sell(1000, hours_ago=1.5)
    life.up_ms += 30 * HOUR_MS
    life.sell(500, 2000, ticket_id="A2", hours_ago=2.5)
    life.say(ev.TicketScanned("services:", 0, "", basket=(("card", 1),)))
    life.insert(1000)
    view = status_view(facts(life, tmp_path), "en")
    rows = {row["label"]: row["value"] for row in (*view["cash"], *view["takings"]["rows"], view["takings"]["total"])}
    assert rows == {
        "Cash box": "¥45.00 (4)",
        "Credit notes issued": "¥10.00 (1)",
        "Notes in dispute": "¥0.00 (0)",
        "Parking": "¥15.00 (1)",
        "Services": "¥10.00 (1)",
        "Total": "¥25.00 (2)",
    }


def test_disputed_notes_stand_out(life: JournaledLife, tmp_path: Path) -> None:
    """A note that nobody can find is in the cash part, and among the alerts with its sale."""
    life.scan()
    life.say(ev.BillHeld(500, "U1"))
    assert life.world.bill is not None
    life.say(ev.EffectFound(life.world.bill.effect_id, "nothing"))
    view = status_view(facts(life, tmp_path), "en")
    assert view["cash"][-1] == {"label": "Notes in dispute", "value": "¥5.00 (1)", "tone": "bad"}
    assert view["alerts"][0]["what"] == "A note of ¥5.00 can not be found"
    assert view["alerts"][0]["sale"] == "sale 1"


def test_health_lines(life: JournaledLife, tmp_path: Path) -> None:
    """Each device has its line; trouble that stops sales is bad, what only wants a look is a warning."""
    life.say(ev.DeviceChanged("printer", ("paper_low",)), ev.DeviceChanged("validator", ("jam", "box_full")))
    life.say(ev.DeviceChanged("disk", ("full",)))
    view = status_view(facts(life, tmp_path, link=Link(False, "refused"), clock_is_set=False), "en")
    lines = {row["label"]: (row["tone"], row["value"]) for row in view["health"]}
    assert lines["Receipt printer"] == ("warn", "paper nearly out")
    assert lines["Note acceptor"] == ("bad", "jammed, cash box full")
    assert lines["Code scanner"] == ("good", "Well")
    assert lines["Storage"] == ("bad", "full, 8.0 of 29.0 GiB free")
    assert lines["MQTT"] == ("warn", f"Not connected · refused · events waiting: {life.world.seq}")
    assert lines["Clock"][1].endswith("not known to be set by the network")


def test_closed_by_staff(life: JournaledLife, tmp_path: Path) -> None:
    """Who has closed the terminal is said."""
    life.say(ev.StaffActed("chen", "close"))
    state = status_view(facts(life, tmp_path), "en")["state"]
    assert (state["tone"], state["what"], state["why"]) == ("bad", "Out of service", ["Closed by chen"])


def test_a_journal_that_can_not_be_read(life: JournaledLife, tmp_path: Path) -> None:
    """What is not known is not shown as nothing."""
    view = status_view(facts(life, tmp_path, books=None, disk=None, link=None), "en")
    assert view["takings"] is None
    assert view["alerts"] is None
    assert [row["label"] for row in view["cash"]] == ["Cash box", "Notes in dispute"]
    assert {"label": "Storage", "value": "the journal can not be read", "tone": "bad"} in view["health"]


def test_alerts_are_read_once_and_kept_short(life: JournaledLife, tmp_path: Path) -> None:
    """Only new events are read again; the newest alerts come first, and no more than a screenful is kept."""
    reader = Reader(tmp_path / FILE)
    asked: list[Any] = []

    def rows(sql: str, parameters: Any = ()) -> list[Any]:
        if sql == RAISED:
            asked.append(parameters)
        return reader.rows(sql, parameters)

    books = StatusBooks(rows, "Asia/Shanghai")
    for _ in range(ALERTS + 5):
        life.say(ev.DoorOpened(), ev.DoorClosed())
    books.read(life.now.wall_ms)
    life.say(ev.HelpCalled())
    found = books.read(life.now.wall_ms).alerts
    reader.close()
    assert [each.code for each in found] == ["help_called"] + ["door_opened"] * (ALERTS - 1)
    assert asked[-1] == (life.world.seq - 1, ALERTS)


def test_today_begins_at_midnight_there(life: JournaledLife, tmp_path: Path) -> None:
    """A sale a minute before midnight, by the terminal's own clock, is yesterday's."""
    reader = Reader(tmp_path / FILE)
    books = StatusBooks(reader.rows, "Asia/Shanghai")
    midnight_ms = WALL_MS - (WALL_MS + 8 * HOUR_MS) % (24 * HOUR_MS) + 24 * HOUR_MS
    life.up_ms += midnight_ms - 60_000 - life.now.wall_ms
    life.scan()
    life.insert(1000)
    paid_ms = life.now.wall_ms
    assert paid_ms < midnight_ms
    assert books.read(midnight_ms - 1).takings == {"parking": Amount(1, 1000)}
    assert books.read(midnight_ms + 1).takings == {}
    reader.close()


def test_every_alert_has_its_words() -> None:
    """Each code that the core or the shell can raise is told in every language, and a new one is not forgotten."""
    sources = [*(ROOT / "terminal" / "fsm").rglob("*.py"), ROOT / "terminal" / "app.py"]
    texts = [path.read_text("utf-8") for path in sources]
    codes = {code for text in texts for code in re.findall(r'(?:\.alert|alert_direct)\(\s*"(\w+)"', text)}
    assert len(codes) > 20
    for catalogue in CATALOGUES.values():
        assert {code for code in codes if f"alert.{code}" not in catalogue} == set()


def test_alerts_of_real_lives_are_told_whole() -> None:
    """No alert that any event raises is told by its code alone, and none has a gap left open."""
    import random

    from tests.fsm.lives import random_event

    seen = set()
    for seed in range(12):
        life, chance = Life().boot(), random.Random(seed)
        for _ in range(250):
            outcome = life.say(random_event(life, chance))
            for effect in outcome.effects:
                if type(effect).__name__ == "Alert":
                    raised = msgspec.convert({"at_ms": 0, **msgspec.to_builtins(effect)}, dict)
                    for language in CATALOGUES:
                        text = told(Raised(0, raised["code"], raised["data"]), language, "CNY", "Asia/Shanghai")
                        assert text != say(language, "alert.other", code=raised["code"]), raised
                        assert "{" not in text
                    seen.add(raised["code"])
    assert len(seen) > 12


def test_an_unknown_alert_is_told_by_its_code() -> None:
    """Of a newer version, or with a fact missing: better its code than nothing, or a crash."""
    for raised in (Raised(0, "from_the_future", {}), Raised(0, "bill_disputed", {})):
        assert told(raised, "en", "CNY", "UTC") == f"Alert “{raised.code}”"


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("state", SaleState)
def test_every_state_has_its_words(state: SaleState, language: str) -> None:
    """Whatever the sale does, there are words for it."""
    world = msgspec.structs.replace(Life().boot().world, state=state)
    view = status_view(Facts(world, WALL_MS, None, None, None, False), language)
    assert "status." not in json.dumps(view)


# --- its edges -----------------------------------------------------------------------------------------------------
def test_a_failing_journal_is_said_and_got_over(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """The page stays while the journal can not be read, and reads it again when it can."""
    terminal = Terminal(tmp_path, certificate)
    terminal.life.boot()
    board, real = terminal.server._board, terminal.server._board._open_books

    def fails() -> Any:
        raise StoreFailed("no")

    board._open_books = fails
    terminal.show()
    phone = Phone(terminal)
    phone.sign_in()
    with phone.follow() as following:
        assert following.next()["alerts"] is None
        board._open_books = real
        terminal.say(ev.DoorOpened())
        while (view := following.next())["alerts"] is None:
            pass
        assert view["alerts"][0]["what"] == "The service door was opened"
    terminal.stop()


def test_the_pump_is_not_held_up(terminal: Terminal, phone: Phone) -> None:
    """Leaving word takes microseconds, with a page open and another that does not read."""
    phone.sign_in()
    with phone.follow(), phone.follow() as following:
        following.next()
        began_s = time.perf_counter()
        for _ in range(1000):
            terminal.show()
        assert time.perf_counter() - began_s < 0.5


def test_a_certificate_that_does_not_fit(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """A wrong key, no certificate at all, and a key with a password are errors in words; nothing asks for a password."""
    (tmp_path / "other").mkdir()
    _, other_key = make_certificate(tmp_path / "other")
    locked = tmp_path / "locked.key"
    command = ["openssl", "ec", "-aes128", "-passout", "pass:secret", "-in", str(certificate[1]), "-out", str(locked)]
    subprocess.run(command, check=True, capture_output=True)
    for cert, key in ((certificate[0], other_key), (other_key, other_key), (certificate[0], locked)):
        with pytest.raises(PortError, match="no certificate and its key"):
            tls_context(cert, key)


def configured(tmp_path: Path, status: str, staff: str = '[staff]\noperators_file = "operators.toml"\n') -> str:
    """A configuration file with that status section; its path."""
    (tmp_path / "ticket.key").write_text("key")
    path = tmp_path / "terminal.toml"
    path.write_text(f"{CONFIGURATION}\n{staff}{status}", "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ('listen = "0.0.0.0:8443"', "status.cert_file: missing; without it status.listen must be an address of this"),
        ('listen = "8443"', "status.listen: must be host:port"),
        ('listen = "127.0.0.1:8443"\nkey_file = "k"', "status.cert_file: missing; status.key_file is set"),
        ('listen = "127.0.0.1:8443"\ncert_file = "no"\nkey_file = "no"', "can not be read"),
        ('listen = "127.0.0.1:8443"\nnames = ["k01.local:8443"]', "a host name or an address, without a port"),
        ('listen = "127.0.0.1:8443"\nacts = true', "status.acts: unknown"),
    ],
)
def test_what_the_section_refuses(tmp_path: Path, status: str, reason: str) -> None:
    """An open page without TLS, half a certificate, names that are none: each is one line that says why."""
    with pytest.raises(ConfigError, match=re.escape(reason)):
        load(configured(tmp_path, f"[status]\n{status}\n"))


def test_the_section_needs_operators(tmp_path: Path) -> None:
    """A page that nobody could sign in to is a mistake."""
    with pytest.raises(ConfigError, match=r"staff\.operators_file: missing; nobody could sign in"):
        load(configured(tmp_path, '[status]\nlisten = "127.0.0.1:8443"\n', staff=""))


def test_opened_as_configured_or_not_at_all(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """The shell's way in: off when left out; a taken address costs the page and not the terminal."""
    for path, name in zip(certificate, ("status.crt", "status.key"), strict=True):
        (tmp_path / name).write_bytes(path.read_bytes())
    books = partial(Reader, tmp_path / FILE)
    assert open_status(load(configured(tmp_path, "")), books, lambda: None) is None
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        section = f'[status]\nlisten = "127.0.0.1:{port}"\ncert_file = "status.crt"\nkey_file = "status.key"\n'
        config = load(configured(tmp_path, section))
        assert open_status(config, books, lambda: None) is None
    server = open_status(config, books, lambda: None)
    assert server is not None
    assert server.port == port
    server.stop()


def test_the_documented_command_makes_what_is_served() -> None:
    """docs/status-page.md has the very command that the certificates of these tests are made with, but for the names."""
    text = " ".join((ROOT / "docs" / "status-page.md").read_text("utf-8").replace("\\\n", " ").split())
    for part in OPENSSL.split(" -subj")[0].split("  "):
        assert part in text


def test_the_page_is_small_and_needs_nothing_from_elsewhere() -> None:
    """No address in it, and all of it together under 20 KB."""
    folder = ROOT / "terminal" / "web" / "status" / "pages"
    contents = [(folder / name).read_text("utf-8") for name, _ in FILES.values()]
    assert sum(map(len, contents)) < 20_000
    assert not any("http:" in text or "https:" in text for text in contents)


def test_worlds_from_before_the_first_event() -> None:
    """While the journal can not be opened the shell shows a world that has no history; there are words for it."""
    from terminal.fsm.world import new_world

    world: World = new_world()
    world.devices = {"disk": ("read_only",)}
    view = status_view(Facts(world, WALL_MS, None, None, None, False), "en")
    assert view["state"]["why"] == ["Storage: can not be written"]
