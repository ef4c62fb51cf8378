"""Stays over real HTTP: a report is answered when the journal has it; a payer finds a car and learns nothing else."""

import http.client
import inspect
import json
import queue
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.errors import CodeError, StoreFailed
from terminal.fsm.events import Event
from terminal.pay.signing import sign
from terminal.stays.reports import VehicleEntered, read_report, write_report
from terminal.stays.search import Candidate, ParkedRow, candidates, read_token
from terminal.web import stays as web
from terminal.web.server import PageServer
from terminal.web.stays import StayCalls

KEY = b"sixteen bytes at least"
NOW_MS = 1_767_225_600_000
ENTERED = VehicleEntered("cam1-1", "S-1", "粤B12345", NOW_MS, "day")
PARKED = [ParkedRow("S-1", "粤B12345", NOW_MS, "1.jpg"), ParkedRow("S-2", "粤B99999", NOW_MS)]


class Shell:
    """A terminal with stays: it reads real reports and tokens, and its journal has them when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.taken: list[str] = []
        self.journal: set[str] = set()
        self.chosen: list[str] = []
        self.trouble: Exception | None = None
        self.asked = threading.Event()
        calls = StayCalls(self.report, self.known, self.search, self.choose)
        self.server = PageServer("127.0.0.1:0", self.press, stays=calls, monotonic=lambda: self.seconds)
        self.host = f"127.0.0.1:{self.server.port}"
        self.server.start()

    def press(self, event: Event) -> None:
        """Nobody presses buttons here."""
        raise AssertionError(event)

    def report(self, data: bytes) -> str:
        """As `StayCalls.report`."""
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(read_report(data, KEY, NOW_MS).report_id)
        return self.taken[-1]

    def known(self, report_id: str) -> bool:
        """As `StayCalls.known`."""
        self.asked.set()
        return report_id in self.journal

    def search(self, typed: str) -> tuple[Candidate, ...]:
        """As `StayCalls.search`."""
        if self.trouble is not None:
            raise self.trouble
        return candidates(PARKED, typed, KEY, NOW_MS)

    def choose(self, token: str) -> None:
        """As `StayCalls.choose`."""
        if self.trouble is not None:
            raise self.trouble
        self.chosen.append(read_token(token, KEY, NOW_MS))

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """One request; a JSON answer is read."""
        with closing(http.client.HTTPConnection(self.host, timeout=20)) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if answer.headers["Content-Type"] == "application/json" else text

    def find(self, plate: str) -> tuple[int, Any]:
        """A search as our page does it."""
        return self.ask("GET", f"/stays?plate={quote(plate)}", X_Fee_Terminal="1")

    def pick(self, body: bytes, **changed: str) -> tuple[int, Any]:
        """A choice as our page makes it, with some headers changed."""
        headers = {"Origin": f"http://{self.host}", "Content_Type": "application/json", "X_Fee_Terminal": "1"}
        return self.ask("POST", "/stay", body, **(headers | changed))


@pytest.fixture
def shell() -> Iterator[Shell]:
    """A terminal on a free port."""
    made = Shell()
    yield made
    made.server.stop()


def beside(work: Callable[[], object]) -> threading.Thread:
    """Something that goes on beside the test."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_answered_when_the_journal_has_it(shell: Shell) -> None:
    """The answer waits for the commit, and is the same for a report that comes again."""
    answers: list[tuple[int, Any]] = []
    sender = beside(lambda: answers.append(shell.ask("POST", "/reports", write_report(ENTERED, KEY))))
    assert shell.asked.wait(20)
    assert answers == []
    shell.journal.add("cam1-1")
    shell.server.show({})
    sender.join()
    answers.append(shell.ask("POST", "/reports", write_report(ENTERED, KEY)))
    assert answers == [(200, {"id": "cam1-1"})] * 2


def test_a_journal_that_takes_too_long(shell: Shell) -> None:
    """After five seconds the sender is told to come again."""
    answers: list[tuple[int, Any]] = []
    sender = beside(lambda: answers.append(shell.ask("POST", "/reports", write_report(ENTERED, KEY))))
    assert shell.asked.wait(20)
    shell.seconds += web.KNOWN_S
    sender.join()
    assert answers == [(503, json.loads(web.NOT_NOW))]


def test_stop_ends_the_waiting(shell: Shell) -> None:
    """Who waits for a journal that has ended is told so."""
    answers: list[tuple[int, Any]] = []
    sender = beside(lambda: answers.append(shell.ask("POST", "/reports", write_report(ENTERED, KEY))))
    assert shell.asked.wait(20)
    shell.server.stop()
    sender.join()
    assert answers == [(503, json.loads(web.NOT_NOW))]


@pytest.mark.parametrize("trouble", [queue.Full(), StoreFailed("full disk")])
def test_not_now(shell: Shell, trouble: Exception) -> None:
    """No room in the pump, no journal: come again."""
    shell.trouble = trouble
    assert shell.ask("POST", "/reports", write_report(ENTERED, KEY))[0] == 503


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{}", 403, "wrong_tag"),
        (b"", 403, "wrong_tag"),
        (write_report(ENTERED, b"another key, also long"), 403, "wrong_tag"),
        (b"\xff", 400, "bad_report"),
        (sign(KEY, '{"kind":"left","id":"x","stay":"S 1","at_ms":1}').encode(), 400, "bad_report"),
        (sign(KEY, '{"kind":"left","id":"x","stay":"S-1","at_ms":1}').encode(), 400, "too_old"),
        (sign(KEY, '{"kind":"left","id":"x","stay":"S-1","at_ms":1767299999000}').encode(), 400, "in_future"),
        (b"x" * 4097, 413, None),
    ],
)
def test_refused_reports(shell: Shell, body: bytes, status: int, reason: str | None) -> None:
    """Each wrong report is refused with its reason in plain words, and none reaches the journal."""
    found, answer = shell.ask("POST", "/reports", body)
    assert found == status
    assert reason is None or (answer["reason"] == reason and answer["detail"])
    assert shell.taken == []


def test_every_refusal_has_words() -> None:
    """No reason that the reader of reports has is left without them."""
    source = Path(inspect.getfile(read_report)).read_text("utf-8")
    assert set(web.DETAILS) == set(re.findall(r'CodeError\("(\w+)"\)', source))


def test_no_page_can_read_the_answer(shell: Shell) -> None:
    """A browser on another page may send a report that it has; it is not let at what is answered."""
    with closing(http.client.HTTPConnection(shell.host, timeout=20)) as connection:
        connection.request("POST", "/reports", b"{}", {"Origin": "http://evil.example"})
        headers = connection.getresponse().headers
    assert not [name for name in headers if name.lower().startswith("access-control-")]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert shell.ask("OPTIONS", "/reports", Origin="http://evil.example")[0] == 501


def test_the_place_of_the_mistake(shell: Shell) -> None:
    """Who has signed a report hears which field is wrong."""
    text = '{"kind":"left","id":"x","stay":"S 1","at_ms":1}'
    assert "$.stay" in shell.ask("POST", "/reports", sign(KEY, text).encode())[1]["detail"]


def test_without_a_length(shell: Shell) -> None:
    """A body without an end is not waited for; one for a foreign name is not read."""
    assert shell.ask("POST", "/reports", b"", Content_Length="x")[0] == 411
    assert shell.ask("POST", "/reports", b"{}", Host="evil.example")[0] == 421


def test_reports_are_paced(shell: Shell) -> None:
    """So many at once, then so many a second."""
    answers = [shell.ask("POST", "/reports", b"x")[0] for _ in range(web.REPORTS_AT_ONCE + 1)]
    assert answers == [403] * web.REPORTS_AT_ONCE + [429]
    assert shell.ask("POST", "/reports", b"x")[1] == json.loads(web.TOO_OFTEN)
    shell.seconds += 1 / web.REPORTS_PER_S
    assert shell.ask("POST", "/reports", b"x")[0] == 403


def test_few_may_wait(shell: Shell) -> None:
    """Senders that wait for the journal do not take all places: one more is told to come again, and the page is served."""
    reports = [VehicleEntered(f"r{n}", "S-1", "粤B12345", NOW_MS, "day") for n in range(web.WAITING)]
    senders = [beside(lambda each=each: shell.ask("POST", "/reports", write_report(each, KEY))) for each in reports]  # type: ignore[misc]
    pause = threading.Event()
    while len(shell.taken) < web.WAITING:
        pause.wait(0.01)
    assert shell.ask("POST", "/reports", write_report(ENTERED, KEY))[0] == 503
    assert shell.ask("GET", "/")[0] == 200
    shell.journal.update(shell.taken)
    for sender in senders:
        sender.join()
    shell.journal.add("cam1-1")
    assert shell.ask("POST", "/reports", write_report(ENTERED, KEY))[0] == 200


def test_find_and_choose(shell: Shell) -> None:
    """A part of a plate gives a masked car and a token; the token chooses its stay."""
    status, answer = shell.find("b-1234")
    assert status == 200
    (found,) = answer["candidates"]
    token = found.pop("token")
    assert found == {"masked": "•B1234•", "entered_at_ms": NOW_MS, "picture": "1.jpg"}
    assert shell.pick(json.dumps({"token": token}).encode()) == (202, {})
    assert shell.chosen == ["S-1"]


def test_why_nothing_was_found(shell: Shell) -> None:
    """The reason comes with words for the payer."""
    assert shell.find("7777")[1] == {
        "candidates": [],
        "reason": "none",
        "words": {"zh-CN": "未找到车辆，请核对车牌号", "en": "No car was found, please check the plate"},
    }
    assert shell.find("123")[1]["reason"] == "typed_too_short"


def test_searches_are_slow(shell: Shell) -> None:
    """Nobody tries out ten thousand endings."""
    answers = [shell.find("7777")[0] for _ in range(web.SEARCHES_AT_ONCE + 1)]
    assert answers == [200] * web.SEARCHES_AT_ONCE + [429]
    shell.seconds += 1 / web.SEARCHES_PER_S
    assert shell.find("7777")[0] == 200


@pytest.mark.parametrize(
    "query", ["", "plate=", "x=1", "plate=1234&plate=2345", "plate=1234&x=1", "plate=" + "1" * 200]
)
def test_queries_that_are_none(shell: Shell, query: str) -> None:
    """Only the one question is answered."""
    assert shell.ask("GET", f"/stays?{query}", X_Fee_Terminal="1")[0] == 400


def test_only_our_page_searches_and_chooses(shell: Shell) -> None:
    """A page from elsewhere can not send our mark, and has another origin."""
    assert shell.ask("GET", "/stays?plate=1234")[0] == 403
    assert shell.ask("GET", "/stays?plate=1234", X_Fee_Terminal="1", Host="evil.example")[0] == 421
    assert shell.pick(b'{"token": "x"}', Origin="http://evil.example")[0] == 403
    assert shell.chosen == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b'{"token": "x"}', "bad_token"), (b"{}", None), (b'{"token": 5}', None), (b'{"stay": "S-1"}', None)],
)
def test_refused_choices(shell: Shell, body: bytes, reason: str | None) -> None:
    """A token that is none is refused with words; a body that is none without."""
    status, answer = shell.pick(body)
    assert status == 400
    assert reason is None or (answer["reason"] == reason and set(answer["words"]) == {"zh-CN", "en"})
    assert shell.chosen == []


def test_trouble_while_searching_and_choosing(shell: Shell) -> None:
    """Come again, when the books can not be read or the pump has no room."""
    shell.trouble = StoreFailed("no")
    assert shell.find("1234")[0] == 503
    shell.trouble = queue.Full()
    assert shell.pick(b'{"token": "x"}')[0] == 503
    shell.trouble = CodeError("sale_open")
    assert shell.pick(b'{"token": "x"}')[1]["reason"] == "sale_open"


def test_a_terminal_without_stays() -> None:
    """What the shell can not do is not there."""
    server = PageServer("127.0.0.1:0", print)
    server.start()
    host = f"127.0.0.1:{server.port}"
    for method, path in (("POST", "/reports"), ("GET", "/stays?plate=1234"), ("POST", "/stay")):
        with closing(http.client.HTTPConnection(host, timeout=20)) as connection:
            connection.request(method, path, b"{}", {"X-Fee-Terminal": "1", "Origin": f"http://{host}"})
            assert connection.getresponse().status == 404
    server.stop()


def test_any_body_is_answered(shell: Shell) -> None:
    """Whatever is sent: a refusal, and nothing taken."""

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=300))
    def throw(body: bytes) -> None:
        shell.seconds += 1.0
        assert shell.ask("POST", "/reports", body)[0] in (400, 403)

    throw()
    assert shell.taken == []
