"""A terminal with a status page, and a phone's way to it: a life of the real tables, a real journal, real TLS."""

import http.client
import json
import ssl
import subprocess
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from terminal.config.sections import TerminalSection
from terminal.fsm import events as ev
from terminal.fsm.step import Outcome
from terminal.staff.operators import Operator, Operators
from terminal.staff.pins import make_hash
from terminal.staff.signing_in import SigningIn
from terminal.store.journal import FILE, Journal, Reader
from terminal.store.record import Record
from terminal.web.status.page import MAY_LOOK, StatusServer, tls_context
from terminal.web.status.verify import Verifier
from terminal.web.status.view import Link
from tests.fsm.lives import WALL_MS, Life

PIN = "48207391"
KEY = b"a key for tests"
PEOPLE = (
    Operator("wang", "王主管", "supervisor", make_hash(PIN)),
    Operator("chen", "陈师傅", "technician", make_hash(PIN)),
    Operator("audit", "Ms Auditor", "auditor", make_hash(PIN)),
    Operator("li", "收费员小李", "collector", make_hash(PIN)),
)
OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -subj /CN=k01"
    " -addext subjectAltName=DNS:k01.local,IP:127.0.0.1 -keyout status.key -out status.crt"
)
"""The command of docs/status-page.md, for these names."""


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate and its key, made as the documentation says."""
    subprocess.run(OPENSSL.split(), cwd=folder, check=True, capture_output=True, timeout=60)
    return folder / "status.crt", folder / "status.key"


class JournaledLife(Life):
    """A life whose events are in a journal, as the pump writes them."""

    def __init__(self, path: Path, **rule_changes: object) -> None:
        super().__init__(**rule_changes)
        self.journal = Journal.open(path)

    def say(self, *events: ev.Event) -> Outcome:
        """One event after the other, each in a transaction of its own."""
        for event in events:
            outcome = super().say(event)
            effects, entries = tuple(outcome.effects), tuple(outcome.entries)
            self.journal.begin()
            self.journal.append(Record(outcome.world.seq, self.now.wall_ms, self.now.up_ms, event, effects, entries))
            self.journal.commit(outcome.world)
        return outcome

    def sell(self, *notes_minor: int, **ticket: Any) -> None:
        """A whole visit, up to the barrier."""
        self.scan(**ticket)
        for note_minor in notes_minor:
            self.insert(note_minor)
        self.print_all()
        for effect_id in tuple(self.world.pending):
            self.say(ev.BarrierOpened(effect_id))
        self.time_out()


class Clock:
    """Elapsed seconds: the real ones, and those that a test lets pass."""

    def __init__(self) -> None:
        self.more_s = 0.0

    def __call__(self) -> float:
        """This moment."""
        return time.monotonic() + self.more_s


class Terminal:
    """A life, its journal, its operators and the served page."""

    def __init__(
        self,
        folder: Path,
        certificate: tuple[Path, Path] | None,
        wall_ms: int = WALL_MS,
        kind: type[JournaledLife] = JournaledLife,
    ) -> None:
        self.life = kind(folder / FILE)
        self.life.started_at_ms = wall_ms
        self.operators_file = folder / "operators.toml"
        self.employ(*PEOPLE)
        self.clock = Clock()
        self.wrong: list[str] = []
        self.link: Link | None = Link(True)
        self.certificate = certificate
        self.server = StatusServer(
            "127.0.0.1:0",
            SigningIn(self.operators_file, self.wrong.append, monotonic=self.clock, roles=MAY_LOOK),
            partial(Reader, folder / FILE),
            lambda: self.link,
            folder,
            Verifier(
                TerminalSection(id="k01", site="lot-a", currency="CNY", timezone="Asia/Shanghai", data_dir=folder),
                KEY,
                partial(Reader, folder / FILE),
            ),
            tls=tls_context(*certificate) if certificate else None,
            names=("k01.local",),
            monotonic=self.clock,
        )
        self.host = f"127.0.0.1:{self.server.port}"
        self.url = f"{'https' if certificate else 'http'}://{self.host}/"
        self.server.start()

    def employ(self, *people: Operator) -> None:
        """The operators' file names these from now on."""
        Operators({each.name: each for each in people}).write(self.operators_file)

    def say(self, *events: ev.Event) -> None:
        """Something happens, and the page is told, as after each commit."""
        self.life.say(*events)
        self.show()

    def show(self) -> None:
        """The pump leaves word."""
        self.server.show(self.life.world, self.life.now.wall_ms)

    def stop(self) -> None:
        """The end."""
        self.server.stop()
        self.life.journal.close()


class Phone:
    """What a phone asks the page, with its cookie; header names are written with _ for -."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.cookie = ""
        self.context = ssl.create_default_context(cafile=terminal.certificate[0]) if terminal.certificate else None

    def connect(self) -> http.client.HTTPConnection:
        """A connection that trusts this one certificate."""
        host = self.terminal.host
        if self.context is None:
            return http.client.HTTPConnection(host, timeout=20)
        return http.client.HTTPSConnection(host, timeout=20, context=self.context)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One request, in one piece: a server that refuses a request need not wait for its body."""
        named = {"Host": self.terminal.host, "Content-Length": str(len(body or b""))}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            named.setdefault("Cookie", self.cookie)
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        with closing(self.connect()) as connection:
            connection.connect()
            connection.sock.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b""))
            answer = http.client.HTTPResponse(connection.sock, method=method)
            answer.begin()
            return answer.status, answer.headers, answer.read()

    def post(self, path: str, body: object, **changed: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        """A press as the page sends it, with some headers changed."""
        headers = {
            "Origin": self.terminal.url.rstrip("/"),
            "Content_Type": "application/json",
            "X_Fee_Terminal": "1",
        }
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, raw, **(headers | changed))

    def sign_in(self, name: str = "wang", pin: str = PIN) -> dict[str, Any]:
        """Signs in and keeps the cookie; what the terminal says to it."""
        self.terminal.clock.more_s += 10  # the pace of tries is tested on its own
        _, headers, body = self.post("/sign-in", {"name": name, "pin": pin})
        if cookie := headers["Set-Cookie"]:
            self.cookie = cookie.partition(";")[0]
        said: dict[str, Any] = json.loads(body)
        return said

    def me(self) -> str:
        """Who the terminal takes this phone for."""
        return str(json.loads(self.ask("GET", "/me", X_Fee_Terminal="1")[2])["name"])

    def follow(self, language: str = "en") -> "Following":
        """The stream of pictures."""
        return Following(self, language)


class Following:
    """An open stream; a context manager."""

    def __init__(self, phone: Phone, language: str) -> None:
        self._connection = phone.connect()
        self._connection.request("GET", f"/events/{language}", headers={"Cookie": phone.cookie})
        self.answer = self._connection.getresponse()
        self.status = self.answer.status

    def __enter__(self) -> "Following":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def next(self) -> dict[str, Any]:
        """The next picture."""
        while line := self.answer.readline():
            if line.startswith(b"id: "):  # only pictures are numbered
                view: dict[str, Any] = json.loads(self.answer.readline().removeprefix(b"data: "))
                return view
        raise EOFError("the stream ended")
