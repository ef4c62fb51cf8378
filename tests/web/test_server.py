"""The status page over real HTTP: what it shows, what it lets in, and what can not hold it up."""

import contextlib
import http.client
import json
import queue
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.errors import PortError
from terminal.fsm.events import CancelPressed, Event, HelpCalled, LanguageChosen, Rated, ReceiptWanted, ServicesChosen
from terminal.web import http as web
from terminal.web.server import PRESSES_AT_ONCE, PRESSES_PER_S, PageServer

VIEW: dict[str, Any] = {"state": "PAYING", "language": "zh-CN", "title": "请投币", "lines": [], "buttons": []}


class HandClock:
    """Elapsed seconds, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """This moment, in seconds."""
        return self.seconds


class Kiosk:
    """A served page and what its buttons have posted."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.pressed: queue.Queue[Event] = queue.Queue(maxsize=3)
        self.server = PageServer("127.0.0.1:0", self.pressed.put_nowait, monotonic=self.clock)
        self.host = f"127.0.0.1:{self.server.port}"
        self.server.start()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """One request; header names are written with _ for -."""
        with closing(http.client.HTTPConnection(self.host, timeout=20)) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def press(self, path: str, body: bytes = b"{}", **changed: str) -> int:
        """A button press as the page sends it, with some headers changed."""
        headers = {"Origin": f"http://{self.host}", "Content_Type": "application/json", "X_Fee_Terminal": "1"}
        return self.ask("POST", path, body, **(headers | changed))[0]

    def raw(self, request: bytes = b"") -> socket.socket:
        """A connection that has sent these bytes."""
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=20)
        connection.sendall(request)
        return connection

    def follow(self) -> socket.socket:
        """A browser that has asked for the stream of views."""
        return self.raw(f"GET /events HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())


@pytest.fixture
def kiosk() -> Iterator[Kiosk]:
    """A page that is served on a free port."""
    made = Kiosk()
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def busy_kiosk() -> Iterator[Kiosk]:
    """One page for many requests that must leave no trace, as they come in real life."""
    made = Kiosk()
    made.server.show(VIEW)
    yield made
    made.server.stop()


def read_until(connection: socket.socket, wanted: bytes) -> bytes:
    """All that arrives, up to the first time that `wanted` is in it."""
    heard = b""
    while wanted not in heard:
        data = connection.recv(65536)
        assert data, f"the connection ended before {wanted!r}: {heard!r}"
        heard += data
    return heard


def read_all(connection: socket.socket) -> bytes:
    """All that arrives until the server hangs up."""
    heard = b""
    while data := connection.recv(65536):
        heard += data
    return heard


def test_the_page_needs_nothing_from_elsewhere(kiosk: Kiosk) -> None:
    """Page, style and script come from the terminal, and the policy forbids all else, inline code included."""
    with closing(http.client.HTTPConnection(kiosk.host, timeout=20)) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        page = answer.read().decode()
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in page
    assert 'role="status"' in page and 'role="alert"' in page
    assert "连接已断开，请稍候 / Connection lost, please wait" in page
    loaded = re.findall(r'(?:src|href)="(/[^"]*)"', page)
    assert "/app.js" in loaded and "/style.css" in loaded
    for path in loaded:
        status, text = kiosk.ask("GET", path)
        assert status == 200
        assert b"http" not in text


def test_the_view_as_json(kiosk: Kiosk) -> None:
    """Before the first view there is none; then it is the newest."""
    assert kiosk.ask("GET", "/view.json")[0] == 503
    kiosk.server.show(VIEW)
    kiosk.server.show(VIEW | {"state": "IDLE"})
    status, body = kiosk.ask("GET", "/view.json")
    assert status == 200
    assert json.loads(body) == VIEW | {"state": "IDLE"}


def test_a_stream_tells_each_change_and_not_what_stayed_the_same(kiosk: Kiosk) -> None:
    """A browser that follows gets the view at once and then every different one, numbered."""
    kiosk.server.show(VIEW)
    with kiosk.follow() as browser:
        first = read_until(browser, b"}\n\n")
        assert b"retry: 1000" in first
        assert b"id: 1\ndata: " in first
        kiosk.server.show(dict(VIEW))
        kiosk.server.show(VIEW | {"state": "LEAVING"})
        assert b"id: 3\n" in read_until(browser, b"LEAVING")


def test_a_quiet_stream_beats(kiosk: Kiosk) -> None:
    """Without news there is a sign of life, so that the page knows an old picture from a quiet terminal."""
    kiosk.server.show(VIEW)
    with kiosk.follow() as browser:
        read_until(browser, b"}\n\n")
        kiosk.clock.seconds += web.BEAT_S
        assert read_until(browser, b"beat") == b"event: beat\ndata: {}\n\n"


def test_buttons_become_events(kiosk: Kiosk) -> None:
    """Cancel and language arrive as the events that the tables know."""
    assert kiosk.press("/cancel") == 202
    assert kiosk.press("/language", b'{"language": "en"}') == 202
    assert [kiosk.pressed.get_nowait(), kiosk.pressed.get_nowait()] == [CancelPressed(), LanguageChosen("en")]


@pytest.mark.parametrize(
    ("path", "body", "changed", "status"),
    [
        ("/cancel", b"{}", {"Origin": "http://evil.example"}, 403),
        ("/cancel", b"{}", {"Origin": "null"}, 403),
        ("/cancel", b"{}", {"X_Fee_Terminal": ""}, 403),
        ("/cancel", b"{}", {"Content_Type": "text/plain"}, 415),
        ("/cancel", b"{}", {"Host": "evil.example", "Origin": "http://evil.example"}, 421),
        ("/cancel", b"{}", {"Content_Length": "-1"}, 411),
        ("/cancel", b"{}", {"Content_Length": "9" * 5000}, 413),
        ("/cancel", b" " * 1025, {}, 413),
        ("/cancel", b"[]", {}, 400),
        ("/cancel", b'{"amount": 5}', {}, 400),
        ("/cancel", b'{"a\xff": 1}', {}, 400),
        ("/language", b"{}", {}, 400),
        ("/language", b'{"language": "tlh"}', {}, 400),
        ("/language", b'{"language": "\xff"}', {}, 400),
        ("/language", b"[" * 250, {}, 400),
        ("/open-barrier", b"{}", {}, 404),
    ],
)
def test_refused_presses(busy_kiosk: Kiosk, path: str, body: bytes, changed: dict[str, str], status: int) -> None:
    """Only our own page presses buttons, and only with a body that means something."""
    busy_kiosk.clock.seconds += 1
    assert busy_kiosk.press(path, body, **changed) == status
    assert busy_kiosk.pressed.empty()


@pytest.mark.parametrize(
    ("path", "body", "event"),
    [
        ("/help", b"{}", HelpCalled()),
        ("/rating", b'{"stars": 5}', Rated(5)),
        ("/rating", b'{"stars": 1, "reason": "slow"}', Rated(1, "slow")),
        ("/services", b'{"basket": [["card", 2]]}', ServicesChosen((("card", 2),))),
        ("/receipt", b"{}", ReceiptWanted()),
    ],
)
def test_what_else_can_be_pressed(kiosk: Kiosk, path: str, body: bytes, event: Event) -> None:
    """Help, a rating, things that are sold by the piece, a receipt."""
    assert kiosk.press(path, body) == 202
    assert kiosk.pressed.get_nowait() == event


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rating", b'{"stars": 0}'),
        ("/rating", b'{"stars": 6}'),
        ("/rating", b'{"stars": 3, "reason": "whatever"}'),
        ("/services", b'{"basket": []}'),
        ("/services", b'{"basket": [["card", -1]]}'),
        ("/services", b'{"basket": [["card", "2"]]}'),
        ("/services", json.dumps({"basket": [["card", 1]] * 21}).encode()),
    ],
)
def test_what_means_nothing_is_refused(kiosk: Kiosk, path: str, body: bytes) -> None:
    """Stars that there are not, a reason of one's own, an empty basket, one without end."""
    assert kiosk.press(path, body) == 400
    assert kiosk.pressed.empty()


def test_presses_are_paced(kiosk: Kiosk) -> None:
    """A few presses at once, then so many a second."""
    for _ in range(PRESSES_AT_ONCE):
        assert kiosk.press("/cancel", b"!") == 400
    assert kiosk.press("/cancel") == 429
    kiosk.clock.seconds += 1 / PRESSES_PER_S
    assert kiosk.press("/cancel") == 202
    assert kiosk.press("/cancel") == 429


def test_a_full_queue_is_said(kiosk: Kiosk) -> None:
    """A pump that takes no more events makes the page answer 503; nothing waits."""
    answers = [kiosk.press("/cancel") for _ in range(4)]
    assert answers == [202, 202, 202, 503]


@pytest.mark.parametrize(
    "hosts", [["evil.example"], ["127.0.0.1"], [], ["{host}", "{host}"], ["{host}", "evil.example"]]
)
def test_a_foreign_name_reads_nothing(busy_kiosk: Kiosk, hosts: list[str]) -> None:
    """A page whose name was pointed at the terminal's address (DNS rebinding) gets nothing, nor do odd Host headers."""
    busy_kiosk.server.show(VIEW)
    lines = "".join(f"Host: {host.format(host=busy_kiosk.host)}\r\n" for host in hosts)
    for path in ("/", "/view.json", "/events"):
        with busy_kiosk.raw(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()) as connection:
            answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 421 ")
        assert b"PAYING" not in answer


def test_localhost_is_ours_too(busy_kiosk: Kiosk) -> None:
    """The name localhost leads to the same page."""
    assert busy_kiosk.ask("GET", "/", Host=f"localhost:{busy_kiosk.server.port}")[0] == 200


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * web.REQUEST_BYTES, b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * web.REQUEST_BYTES, b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"GET / HTTP/1.1 HTTP/1.1\r\n\r\n", b"400"),
        (b"DELETE / HTTP/1.1\r\n\r\n", b"501"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),
    ],
)
def test_requests_that_are_none(busy_kiosk: Kiosk, request_bytes: bytes, status: bytes) -> None:
    """Too much, too odd, or not HTTP at all: a short refusal, and the page still answers."""
    with busy_kiosk.raw(request_bytes) as connection:
        with contextlib.suppress(OSError):  # it may have refused and hung up already
            connection.shutdown(socket.SHUT_WR)
        assert b"HTTP/1.1 " + status in read_all(connection)
    assert busy_kiosk.ask("GET", "/")[0] == 200


def test_random_bytes_never_hurt(busy_kiosk: Kiosk, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever arrives, no handler fails and no event comes of it."""

    @settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.binary(max_size=300), st.sampled_from([b"", b"GET ", b"POST /cancel HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n"])
    )
    def throw(noise: bytes, start: bytes) -> None:
        with busy_kiosk.raw(start + noise) as connection:
            connection.shutdown(socket.SHUT_WR)
            read_all(connection)

    throw()
    assert busy_kiosk.pressed.empty()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert busy_kiosk.ask("GET", "/")[0] == 200


def test_a_dripping_browser_is_dropped(kiosk: Kiosk) -> None:
    """A request must be whole in time: one byte now and then does not keep a connection."""
    with kiosk.raw(b"GET / HTTP/1.1\r\nX: ") as connection:
        connection.setblocking(False)

        def dropped_after_another_byte() -> bool:
            kiosk.clock.seconds += web.REQUEST_S / 3
            with suppress(BlockingIOError):
                connection.send(b"x")
                return connection.recv(1) == b""
            return False

        eventually(dropped_after_another_byte)


def eventually(holds: Callable[[], bool]) -> None:
    """Waits until it holds; a hang is ended by the test run's own time-out."""
    pause = threading.Event()
    while not holds():
        pause.wait(0.02)


def test_connections_are_bounded(kiosk: Kiosk) -> None:
    """So many streams, so many connections; one more is told to come back, and a place that is freed is used again."""
    kiosk.server.show(VIEW)
    with ExitStack() as open_ones:
        streams = [open_ones.enter_context(kiosk.follow()) for _ in range(web.STREAMS)]
        for browser in streams:
            read_until(browser, b"PAYING")
        with kiosk.follow() as one_more:
            assert read_all(one_more).startswith(b"HTTP/1.1 503 ")
        for _ in range(web.CONNECTIONS - web.STREAMS):
            open_ones.enter_context(kiosk.raw(b"GET"))
        eventually(lambda: _answer_of(kiosk).startswith(b"HTTP/1.1 503 "))
    eventually(lambda: _answer_of(kiosk).startswith(b"HTTP/1.1 200 "))


def _answer_of(kiosk: Kiosk) -> bytes:
    try:
        with kiosk.raw(f"GET / HTTP/1.1\r\nHost: {kiosk.host}\r\n\r\n".encode()) as connection:
            return read_all(connection)
    except ConnectionError:
        return b""  # sent away before we had spoken


def test_a_browser_that_takes_nothing_holds_nobody_up(kiosk: Kiosk) -> None:
    """Views go on being shown, and others see them, while a stopped browser's connection is full."""
    with kiosk.follow() as stopped, kiosk.follow() as reader:
        read_until(stopped, b"retry")
        read_until(reader, b"retry")
        for number in range(200):
            kiosk.server.show({"number": number, "title": "x" * 100_000})
        kiosk.server.show({"title": "the newest"})
        read_until(reader, b"the newest")
        assert json.loads(kiosk.ask("GET", "/view.json")[1]) == {"title": "the newest"}


def test_stop_ends_streams_and_frees_the_port(kiosk: Kiosk) -> None:
    """After stop the followers are at their end and somebody else can have the port."""
    with kiosk.follow() as browser:
        read_until(browser, b"retry")
        kiosk.server.stop()
        assert read_all(browser) == b""
    again = PageServer(kiosk.host, kiosk.pressed.put_nowait)
    again.stop()


def test_a_taken_port_is_said_in_plain_words(kiosk: Kiosk) -> None:
    """A port that somebody else has is an error with the address in it."""
    with pytest.raises(PortError, match=f"web page at {kiosk.host}: Address already in use"):
        PageServer(kiosk.host, kiosk.pressed.put_nowait)
