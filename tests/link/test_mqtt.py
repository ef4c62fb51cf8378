"""The link against a real mosquitto that is killed, stopped, slow, strict or hostile."""

import json
import logging
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from sim.broker import Broker, free_port
from terminal.config import MqttSection
from terminal.fsm.effects import Alert
from terminal.fsm.events import BillStacked, CancelPressed
from terminal.link.mqtt import MqttLink
from terminal.link.session import Pace
from terminal.store.journal import Journal, Reader
from terminal.store.record import Record
from tests.link.broker import BASE, Consumer, wait_until

QUICK = Pace(
    first_retry_s=0.05, longest_retry_s=0.2, answer_s=3.0, health_at_most_every_s=0.05, resume_at_most_every_s=0.1
)
HEALTH = {"state": "idle"}
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "mqtt.md"


class Station:
    """A journal, its link, and what the pump does with them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.db"
        self.journal = Journal.open(self.path)
        self.links: list[MqttLink] = []

    def link(self, port: int, *, pace: Pace = QUICK, **settings: Any) -> MqttLink:
        """A link that has been started, to the broker on `port` unless `settings` has a url."""
        config = MqttSection(**({"url": f"mqtt://127.0.0.1:{port}"} | settings))
        cursor = self.journal.cursor("mqtt")
        made = MqttLink(config, "lot-a", "k01", lambda: Reader(self.path), cursor, pace=pace)
        made.wake(self.journal.seq, HEALTH)
        made.start()
        self.links.append(made)
        return made

    def add(self, count: int, *, alert_every: int = 0) -> None:
        """So many events in one commit; the link is told."""
        self.journal.begin()
        for _ in range(count):
            seq = self.journal.seq + 1
            alerts = (Alert("box_full", {"count": seq}),) if alert_every and seq % alert_every == 0 else ()
            self.journal.append(Record(seq, 1_700_000_000_000 + seq, seq, BillStacked(1000), alerts))
        self.persist()
        self.journal.commit()
        self.wake()

    def wake(self) -> None:
        """What the pump says after each commit."""
        for link in self.links:
            link.wake(self.journal.seq, HEALTH)

    def persist(self) -> None:
        """What the pump does with the cursor."""
        for link in self.links:
            if (cursor := link.take_cursor()) is not None:
                self.journal.set_cursor("mqtt", cursor)

    def persisted(self) -> int:
        """The cursor, after what is new of it was set."""
        self.persist()
        return self.journal.cursor("mqtt")


@pytest.fixture
def cleanup() -> Iterator[ExitStack]:
    """What is to be ended when the test is over."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def station(tmp_path: Path, cleanup: ExitStack) -> Station:
    """A terminal's journal without events."""
    made = Station(tmp_path)
    cleanup.callback(made.journal.close)
    cleanup.callback(lambda: [link.stop(10) for link in made.links])
    return made


@pytest.fixture
def broker(tmp_path: Path, cleanup: ExitStack) -> Broker:
    """A broker that is up and forgets everything when it is killed."""
    made = Broker(tmp_path)
    cleanup.callback(made.kill)
    made.start()
    return made


@pytest.fixture
def consumer(broker: Broker, cleanup: ExitStack) -> Consumer:
    """Somebody who stores the terminal's events."""
    made = Consumer(broker.port)
    cleanup.callback(made.close)
    return made


def test_what_an_event_looks_like(station: Station, broker: Broker, consumer: Consumer) -> None:
    """One JSON a journal event, its alerts beside it, status and health retained."""
    station.add(3, alert_every=3)
    station.link(broker.port)
    consumer.wait_for(3)
    consumer.wait(lambda: bool(consumer.payloads("alert")) and consumer.outbox("waiting") == 0)
    assert consumer.events["k01-3"] == {
        "id": "k01-3", "seq": 3, "kind": "BillStacked", "at_ms": 1_700_000_000_003, "data": {"amount_minor": 1000},
    }  # fmt: skip
    assert json.loads(consumer.payloads("alert")[0]) == {
        "id": "k01-3.0", "code": "box_full", "at_ms": 1_700_000_000_003, "data": {"count": 3},
    }  # fmt: skip
    later = Consumer(broker.port)
    later.wait(lambda: bool(later.payloads("status")) and bool(later.health()))
    later.close()
    assert (BASE + "status", b"online", True) in later.heard
    assert later.health() == HEALTH | {
        "outbox": {"head_seq": 3, "delivered_seq": 3, "waiting": 0, "consumer_seq": None, "ignored": 0}
    }


def test_in_order_and_the_cursor_follows(station: Station, broker: Broker, consumer: Consumer) -> None:
    """Many events with many alerts arrive once each, in order, and the cursor ends at the last."""
    link = station.link(broker.port)
    for _ in range(5):
        station.add(60, alert_every=2)
    consumer.wait_for(300)
    assert consumer.arrivals == list(range(1, 301))
    wait_until(lambda: station.persisted() == 300)
    assert link.connected
    assert link.problem is None
    consumer.wait(lambda: len(consumer.payloads("alert")) == 150)


def test_a_restart_goes_on_from_the_cursor(station: Station, broker: Broker, consumer: Consumer) -> None:
    """A link that begins with a durable cursor sends what comes after it, and nothing twice."""
    station.link(broker.port)
    station.add(50)
    wait_until(lambda: station.persisted() == 50)
    assert station.links.pop().stop(10)
    station.add(10)
    station.link(broker.port)
    consumer.wait_for(60)
    assert consumer.arrivals == list(range(1, 61))


def wait_for_cursor(station: Station, seq: int) -> None:
    """Until the broker has acknowledged so many events."""
    wait_until(lambda: station.persisted() >= seq)


@pytest.mark.parametrize("persistent", [False, True])
def test_a_broker_that_is_killed_again_and_again(
    station: Station, tmp_path: Path, cleanup: ExitStack, persistent: bool
) -> None:
    """Each event reaches the consumer at least once, whatever the broker forgot of what it had acknowledged."""
    broker = Broker(tmp_path, persistent=persistent)
    broker.start()
    cleanup.callback(broker.kill)
    consumer = Consumer(broker.port)
    cleanup.callback(consumer.close)
    station.link(broker.port)
    for _ in range(4):
        enough = station.persisted() + random.randrange(1, 300)
        station.add(400)
        wait_for_cursor(station, enough)
        broker.kill()
        station.add(100)
        broker.start()
    consumer.insist_on(2000)
    wait_until(lambda: station.persisted() == 2000)


def test_five_thousand_events_wait_for_a_broker(station: Station, tmp_path: Path, cleanup: ExitStack) -> None:
    """A broker that comes late gets everything, once each and in order; it remembers who wants it."""
    broker = Broker(tmp_path, persistent=True)
    cleanup.callback(broker.kill)
    broker.start()
    consumer = Consumer(broker.port)
    cleanup.callback(consumer.close)
    broker.stop()
    link = station.link(broker.port)
    station.add(5000)
    assert "refused" in wait_for_problem(link)
    broker.start()
    consumer.wait_for(5000)
    assert consumer.arrivals == list(range(1, 5001))
    wait_until(lambda: station.persisted() == 5000)


def test_a_stopped_broker_holds_up_nobody(station: Station, broker: Broker, consumer: Consumer) -> None:
    """While the broker does nothing at all, events are journaled and the link told, 500 times; then all arrive."""
    link = station.link(broker.port)
    station.add(1)
    consumer.wait_for(1)
    broker.signal(signal.SIGSTOP)
    for _ in range(500):
        station.add(1)
        link.publish_alert_direct("disk_full", {}, 0)
    broker.signal(signal.SIGCONT)
    consumer.wait_for(501)
    assert consumer.arrivals == list(range(1, 502))


def test_a_stopped_broker_is_left_and_found_again(station: Station, broker: Broker, consumer: Consumer) -> None:
    """A broker that answers no ping is given up; when it works again everything arrives."""
    link = station.link(broker.port, pace=Pace(first_retry_s=0.05, longest_retry_s=0.1, keepalive_s=1, answer_s=0.5))
    wait_until(lambda: link.connected)
    broker.signal(signal.SIGSTOP)
    wait_until(lambda: not link.connected)
    station.add(30)
    broker.signal(signal.SIGCONT)
    consumer.wait_for(30)


CHILD = """
import sys, threading
from pathlib import Path
from terminal.config import MqttSection
from terminal.link.mqtt import MqttLink
from terminal.store.journal import Reader
link = MqttLink(MqttSection(url=sys.argv[1]), "lot-a", "k01", lambda: Reader(Path(sys.argv[2])), 0)
link.wake(0, {})
link.start()
threading.Event().wait()
"""


def test_the_last_will(station: Station, broker: Broker, consumer: Consumer) -> None:
    """A terminal that is killed is said to be offline by the broker, for whoever asks later too."""
    url = f"mqtt://127.0.0.1:{broker.port}"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, url, station.path], env=os.environ | {"PYTHONPATH": "."}
    ) as child:
        consumer.wait(lambda: consumer.payloads("status") == [b"online"])
        child.kill()
    consumer.wait(lambda: consumer.payloads("status") == [b"online", b"offline"])
    later = Consumer(broker.port)
    later.wait(lambda: (BASE + "status", b"offline", True) in later.heard)
    later.close()


def test_a_clean_stop_sends_the_rest_and_says_offline(station: Station, broker: Broker, consumer: Consumer) -> None:
    """Stop leaves nothing unsent when the broker is well; the last word is `offline`."""
    link = station.link(broker.port)
    wait_until(lambda: link.connected)
    station.add(200)
    assert link.stop(10)
    assert station.persisted() == 200
    consumer.wait(lambda: consumer.payloads("status")[-1:] == [b"offline"])
    assert consumer.arrivals == list(range(1, 201))


def test_stop_does_not_wait_for_a_broker_that_is_away(station: Station) -> None:
    """Without a broker there is nothing to say good-bye to."""
    link = station.link(free_port(), pace=Pace(first_retry_s=1000.0))
    wait_until(lambda: link.problem is not None)
    assert link.stop(60)


def test_an_alert_beside_the_journal(station: Station, broker: Broker, consumer: Consumer) -> None:
    """What can not be journaled is still said, with an id of its own."""
    station.link(broker.port).publish_alert_direct("disk_full", {"free_kib": 3}, 17)
    consumer.wait(lambda: bool(consumer.payloads("alert")))
    assert json.loads(consumer.payloads("alert")[0]) == {
        "id": "k01-direct-17.1", "code": "disk_full", "at_ms": 17, "data": {"free_kib": 3},
    }  # fmt: skip


def test_the_consumer_acknowledges_and_asks_again(station: Station, broker: Broker, consumer: Consumer) -> None:
    """The consumer's number shows in health; from any number it gets everything again; the cursor never goes back."""
    link = station.link(broker.port)
    station.add(40)
    consumer.wait_for(40)
    wait_until(lambda: station.persisted() == 40)
    consumer.say("ack", b'{"seq": 38}')
    consumer.wait(lambda: consumer.outbox("consumer_seq") == 38)
    assert link.consumer_seq == 38
    consumer.say("resume", b'{"from": 31}')
    consumer.wait(lambda: len(consumer.arrivals) == 50)
    assert consumer.arrivals[40:] == list(range(31, 41))
    station.add(1)
    consumer.wait_for(41)
    wait_until(lambda: station.persisted() == 41)


HOSTILE = [
    b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"seq": "1"}', b'{"seq": 1.5}', b'{"seq": -1}', b'{"seq": 6}',
    b'{"seq": 99999999999999999999999999}', b'{"seq": 1, "more": 2}', b'{"from": 1}', b"[" * 200, b"9" * 250,
    b'{"seq": 1' + b" " * 300 + b"}",
]  # fmt: skip


def test_hostile_words_change_nothing(station: Station, broker: Broker, consumer: Consumer) -> None:
    """Whatever is said on our topics that is no sensible number is counted and ignored."""
    link = station.link(broker.port, pace=Pace(health_at_most_every_s=0.05, resume_at_most_every_s=0.0))
    station.add(5)
    consumer.wait_for(5)
    for payload in HOSTILE:
        consumer.say("ack", payload)
        consumer.say("resume", payload.replace(b"from", b"ack").replace(b"seq", b"from").replace(b"6", b"7"))
    consumer.say("resume", b'{"from": 0}')
    consumer.say("resume", b'{"from": 1}', retain=True)  # a wish like any other now, an old one after a reconnection
    consumer.wait(lambda: consumer.outbox("ignored") == 2 * len(HOSTILE) + 1)
    consumer.wait(lambda: len(consumer.arrivals) == 10)
    assert link.consumer_seq is None
    wait_until(lambda: station.persisted() == 5)
    assert station.links.pop().stop(10)
    station.link(broker.port)
    consumer.wait(lambda: consumer.outbox("ignored") == 1)
    assert consumer.arrivals == [1, 2, 3, 4, 5] * 2


def test_repeated_wishes_are_paced(station: Station, broker: Broker, consumer: Consumer) -> None:
    """Of many wishes to begin again within the time, one is granted."""
    station.link(broker.port, pace=Pace(health_at_most_every_s=0.05, resume_at_most_every_s=1000.0))
    station.add(5)
    consumer.wait_for(5)
    for _ in range(20):
        consumer.say("resume", b'{"from": 1}')
    consumer.wait(lambda: consumer.outbox("ignored") == 19)
    consumer.wait(lambda: len(consumer.arrivals) == 10)


def test_a_huge_message_is_kept_away(station: Station, broker: Broker, consumer: Consumer) -> None:
    """The broker drops what is larger than we take: it never reaches us, and the link goes on."""
    link = station.link(broker.port)
    wait_until(lambda: link.connected)
    consumer.say("ack", b"x" * 5_000_000)
    consumer.say("ack", b"x")
    consumer.wait(lambda: consumer.outbox("ignored") == 1)
    assert consumer.payloads("status") == [b"online"]


def test_home_assistant_finds_the_terminal(station: Station, broker: Broker, consumer: Consumer) -> None:
    """With discovery on, each sensor's description is retained and points at topics that exist."""
    station.link(broker.port, discovery=True)
    consumer.wait(lambda: len([topic for topic, _, _ in consumer.heard if topic.startswith("homeassistant/")]) == 3)
    found = {topic: json.loads(payload) for topic, payload, _ in consumer.heard if topic.startswith("homeassistant/")}
    assert set(found) == {
        "homeassistant/binary_sensor/fee-lot-a-k01/status/config",
        "homeassistant/sensor/fee-lot-a-k01/state/config",
        "homeassistant/sensor/fee-lot-a-k01/waiting/config",
    }
    assert {about["state_topic"] for about in found.values()} == {BASE + "status", BASE + "health"}
    assert len({about["unique_id"] for about in found.values()}) == 3


def wait_for_problem(link: MqttLink) -> str:
    """Until the link says why it is not connected."""
    wait_until(lambda: link.problem is not None)
    return str(link.problem)


# --- who may speak with whom --------------------------------------------------------------------------------------
def openssl(folder: Path, *arguments: str) -> None:
    """Runs openssl in `folder`."""
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certify(folder: Path, name: str, extension: str) -> None:
    """A key and a certificate of our own authority; `folder` gets <name>.key and <name>.pem."""
    (folder / f"{name}.ext").write_text(extension)
    key = (
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        f"/CN={name}",
        "-keyout",
        f"{name}.key",
    )
    openssl(folder, "req", *key, "-out", f"{name}.csr")
    authority = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", *authority, "-days", "1", "-out", f"{name}.pem")


@pytest.fixture
def open_port() -> int:
    """The port of the guarded broker's open door."""
    return free_port()


@pytest.fixture
def guarded(tmp_path: Path, cleanup: ExitStack, open_port: int) -> Broker:
    """A broker that wants TLS, a client certificate and a password, and has an open door for the consumer."""
    for name in ("ca", "other"):
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key")
        openssl(tmp_path, "req", "-x509", *key, "-subj", f"/CN={name}", "-days", "1", "-out", f"{name}.pem")
    certify(tmp_path, "server", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    certify(tmp_path, "client", "extendedKeyUsage=clientAuth\n")
    subprocess.run(["mosquitto_passwd", "-b", "-c", "users", "k01", "s3cret-word"], cwd=tmp_path, check=True)
    (tmp_path / "password").write_text("s3cret-word\n")
    (tmp_path / "wrong").write_text("wr0ng-word\n")
    made = Broker(
        tmp_path,
        settings=f"""
per_listener_settings true
cafile {tmp_path}/ca.pem
certfile {tmp_path}/server.pem
keyfile {tmp_path}/server.key
require_certificate true
allow_anonymous false
password_file {tmp_path}/users
listener {open_port} 127.0.0.1
allow_anonymous true
""",
    )
    cleanup.callback(made.kill)
    made.start()
    return made


def guarded_settings(broker: Broker, folder: Path, **changed: Any) -> dict[str, Any]:
    """The configuration that this broker wants, with some of it changed."""
    return {
        "url": f"mqtts://localhost:{broker.port}",
        "username": "k01",
        "password_file": folder / "password",
        "ca_file": folder / "ca.pem",
        "cert_file": folder / "client.pem",
        "key_file": folder / "client.key",
    } | changed


# paho leaves the socket of a failed handshake to the garbage collector
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_tls_client_certificate_and_password(
    station: Station,
    guarded: Broker,
    open_port: int,
    cleanup: ExitStack,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With all three right the events arrive; with one of them wrong there is a reason in words, and never a secret."""
    caplog.set_level(logging.DEBUG)
    station.add(100)
    for changed, reason in (
        ({"password_file": tmp_path / "wrong"}, "Not authorized"),
        ({"password_file": tmp_path / "missing"}, "No such file"),
        ({"ca_file": tmp_path / "other.pem"}, "certificate verify failed"),
        ({"ca_file": tmp_path / "password"}, "no certificate"),
        ({"cert_file": None, "key_file": None}, ""),
        ({"url": f"mqtt://localhost:{guarded.port}"}, ""),
    ):
        link = station.link(0, **guarded_settings(guarded, tmp_path, **changed))
        assert reason.lower() in wait_for_problem(link).lower()
        assert not link.connected
        assert station.links.pop().stop(10)
    consumer = Consumer(open_port)
    cleanup.callback(consumer.close)
    station.link(0, **guarded_settings(guarded, tmp_path))
    consumer.wait_for(100)
    assert not any("s3cret" in record.getMessage() or "wr0ng" in record.getMessage() for record in caplog.records)


def test_a_refused_event_is_not_delivered(station: Station, tmp_path: Path, cleanup: ExitStack) -> None:
    """A broker whose rules forbid the topic gets no event past; with the rules of docs/mqtt.md all arrive in order."""
    (tmp_path / "rules").write_text(f"topic readwrite {BASE}status\ntopic readwrite {BASE}ack\ntopic read #\n")
    broker = Broker(tmp_path, settings=f"allow_anonymous true\nacl_file {tmp_path}/rules")
    cleanup.callback(broker.kill)
    broker.start()
    consumer = Consumer(broker.port)
    cleanup.callback(consumer.close)
    link = station.link(broker.port)
    station.add(30)
    wait_until(lambda: "refuses a message: Not authorized" in str(link.problem))
    assert station.persisted() == 0
    documented = re.findall(r"^topic .*\n", DOCUMENTATION.read_text("utf-8"), re.MULTILINE)
    (tmp_path / "rules").write_text("".join(documented) + "topic read #\n")
    broker.signal(signal.SIGHUP)
    consumer.wait_for(30)
    wait_until(lambda: station.persisted() == 30)


# --- brokers that are none ----------------------------------------------------------------------------------------
class Impostor:
    """Listens like a broker and answers each connection with the next of `answers`, then with silence."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.left = threading.Event()
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._answers:
                with connection, suppress(OSError):
                    connection.sendall(self._answers.pop())
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
            else:
                self._open.append(connection)
                self.left.set()

    def close(self) -> None:
        """Goes away."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for connection in (*self._open, self._listener):
            connection.close()


def garbage(seed: int) -> bytes:
    """Bytes that a broken or hostile broker might send: noise, or noise in a good frame after a good CONNACK."""
    chance = random.Random(seed)
    noise = chance.randbytes(chance.randrange(1, 60))
    framed = bytes([chance.randrange(256), len(noise)]) + noise
    return chance.choice([noise, framed, b"\x20\x03\x00\x00\x00" + framed, b"\x20\x03\x00\x00\x00" + framed * 3])


def test_a_broker_that_talks_nonsense(station: Station, cleanup: ExitStack) -> None:
    """Thousands of odd answers end connections, never the link; and nothing counts as delivered."""
    impostor = Impostor([garbage(seed) for seed in range(2000)])
    cleanup.callback(impostor.close)
    station.add(10)
    link = station.link(impostor.port, pace=Pace(first_retry_s=0.0, longest_retry_s=0.0, answer_s=0.3))
    impostor.left.wait()
    wait_until(lambda: "does not answer" in str(link.problem))
    assert station.persisted() == 0


def test_a_journal_that_can_not_be_read(station: Station, broker: Broker, consumer: Consumer, tmp_path: Path) -> None:
    """A reader that fails is a problem in words, tried again; the link goes on when it works."""
    station.add(3)
    hidden = tmp_path / "hidden"
    opened: list[Callable[[], Reader]] = [lambda: Reader(hidden)]
    link = MqttLink(
        MqttSection(url=f"mqtt://127.0.0.1:{broker.port}"), "lot-a", "k01", lambda: opened[0](), 0, pace=QUICK
    )
    station.links.append(link)
    link.start()
    wait_until(lambda: link.problem is not None)
    opened[0] = lambda: Reader(station.path)
    station.wake()
    consumer.wait_for(3)


def test_a_bug_costs_the_connection_and_not_the_link(station: Station, broker: Broker, consumer: Consumer) -> None:
    """An error that nobody expected is logged, and the link begins anew instead of ending unseen."""
    station.add(3)
    hidden: dict[str, Path] = {}
    link = MqttLink(
        MqttSection(url=f"mqtt://127.0.0.1:{broker.port}"),
        "lot-a",
        "k01",
        lambda: Reader(hidden["path"]),
        0,
        pace=QUICK,
    )
    station.links.append(link)
    link.start()
    wait_until(lambda: "KeyError" in str(link.problem))
    hidden["path"] = station.path
    station.wake()
    consumer.wait_for(3)


def test_events_of_an_unknown_kind_still_go_out(station: Station, broker: Broker, consumer: Consumer) -> None:
    """The link passes on fields as they are: an event without any has empty data."""
    station.link(broker.port)
    station.journal.begin()
    station.journal.append(Record(1, 5, 5, CancelPressed()))
    station.journal.commit()
    station.wake()
    consumer.wait_for(1)
    assert consumer.events["k01-1"] == {"id": "k01-1", "seq": 1, "kind": "CancelPressed", "at_ms": 5, "data": {}}
