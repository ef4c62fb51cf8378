"""Reports over a real mosquitto: acknowledged when the journal has them, kept while the terminal is away, never a flood."""

import json
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from sim.broker import Broker
from terminal.config import MqttSection
from terminal.errors import CodeError, StoreFailed
from terminal.fsm.events import CancelPressed
from terminal.link.messages import Names
from terminal.link.mqtt import MqttLink
from terminal.link.reports import REPORT_BYTES, WAITING_MAX, Intake, Reports
from terminal.link.session import Pace
from terminal.stays.reports import PaidElsewhere, read_report
from terminal.store.journal import Journal, Reader
from terminal.store.record import Record
from tests.link.broker import Consumer, wait_until

PATIENT = Pace(first_retry_s=0.05, longest_retry_s=0.2, answer_s=3.0, health_at_most_every_s=0.05, report_again_s=600)
HASTY = Pace(first_retry_s=0.05, longest_retry_s=0.2, answer_s=3.0, health_at_most_every_s=0.05, report_again_s=0.1)
STAYS = "fee/lot-a/stays"


class Shell:
    """Takes reports as the terminal does: what begins with `id=` is one; it is in the journal when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.db"
        self.events = Journal.open(self.path)
        self.taken: list[str] = []
        self.journal: set[str] = set()
        self.trouble: list[Exception] = []
        """Raised by the next calls of `take`, last one first."""
        self.unreadable = threading.Event()
        self.links: list[MqttLink] = []

    def link(self, port: int, *, pace: Pace = PATIENT, asking: bool = True) -> MqttLink:
        """A link to the broker, connected."""
        config = MqttSection(url=f"mqtt://127.0.0.1:{port}")
        intake = Intake(self.take, self.known) if asking else None
        link = MqttLink(config, "lot-a", "k01", lambda: Reader(self.path), 0, pace=pace, intake=intake)
        link.wake(self.events.seq, {})
        link.start()
        self.links.append(link)
        wait_until(lambda: link.connected)
        return link

    def take(self, payload: bytes) -> str:
        """As `Intake.take`."""
        if self.trouble:
            raise self.trouble.pop()
        if not payload.startswith(b"id="):
            raise CodeError("bad_report")
        self.taken.append(payload.decode().strip())
        return self.taken[-1]

    def known(self, report_id: str) -> bool:
        """As `Intake.known`."""
        if self.unreadable.is_set():
            raise StoreFailed("the journal is away")
        return report_id in self.journal

    def commit(self, *report_ids: str) -> None:
        """They are in the journal now."""
        self.journal.update(report_ids)
        self.events.begin()
        self.events.append(Record(self.events.seq + 1, 1, 1, CancelPressed()))
        self.events.commit()
        for link in self.links:
            link.wake(self.events.seq, {})

    def wait(self, *report_ids: str) -> None:
        """Until exactly these were taken, in this order."""
        wait_until(lambda: len(self.taken) >= len(report_ids))
        assert self.taken == list(report_ids)

    def restart(self, port: int, **settings: Any) -> MqttLink:
        """The terminal ends and comes back; what it took before is forgotten, but for the journal."""
        assert self.links.pop().stop(10)
        self.taken.clear()
        return self.link(port, **settings)


class Camera:
    """Says what it sees, and knows that the broker has it."""

    def __init__(self, port: int) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def say(self, *texts: str, topic: str = STAYS, qos: int = 1) -> None:
        """Publishes, and waits until the broker has it."""
        for text in texts:
            self._client.publish(topic, text.encode(), qos=qos).wait_for_publish(20)

    def close(self) -> None:
        """Goes away."""
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def cleanup() -> Iterator[ExitStack]:
    """What is to be ended when the test is over."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def shell(tmp_path: Path, cleanup: ExitStack) -> Shell:
    """A terminal that has seen nothing yet."""
    made = Shell(tmp_path)
    cleanup.callback(made.events.close)
    cleanup.callback(lambda: [link.stop(10) for link in made.links])
    return made


@pytest.fixture
def broker(tmp_path: Path, cleanup: ExitStack) -> Broker:
    """A broker that keeps its sessions over a stop."""
    made = Broker(tmp_path, persistent=True)
    cleanup.callback(made.kill)
    made.start()
    return made


@pytest.fixture
def camera(broker: Broker, cleanup: ExitStack) -> Camera:
    """Somebody who sends reports."""
    made = Camera(broker.port)
    cleanup.callback(made.close)
    return made


@pytest.fixture
def consumer(broker: Broker, cleanup: ExitStack) -> Consumer:
    """Somebody who reads the terminal's health."""
    made = Consumer(broker.port)
    cleanup.callback(made.close)
    return made


def test_acknowledged_when_the_journal_has_it(shell: Shell, broker: Broker, camera: Camera) -> None:
    """What is not in the journal when the terminal ends comes again; what is, does not."""
    shell.link(broker.port)
    camera.say("id=1", "id=2")
    shell.wait("id=1", "id=2")
    shell.commit("id=1")
    shell.restart(broker.port)
    shell.wait("id=2")
    shell.commit("id=2")
    shell.restart(broker.port)
    camera.say("id=3")
    shell.wait("id=3")


def test_the_broker_keeps_them_while_the_terminal_is_away(shell: Shell, broker: Broker, camera: Camera) -> None:
    """A terminal that was here once gets all that was said while it was off, in order, even over the broker's own restart."""
    shell.link(broker.port)
    assert shell.links[0].stop(10)
    camera.say(*(f"id={number}" for number in range(50)))
    camera.close()
    broker.stop()
    broker.start()
    shell.journal.update(f"id={number}" for number in range(50))
    shell.restart(broker.port)
    shell.wait(*(f"id={number}" for number in range(50)))


def test_a_known_report_is_acknowledged_at_once(shell: Shell, broker: Broker, camera: Camera) -> None:
    """A report that came before, from whomever, needs no new commit: the broker's window does not fill with it."""
    shell.journal.add("id=1")
    shell.link(broker.port)
    camera.say(*["id=1"] * (3 * WAITING_MAX))
    shell.wait(*["id=1"] * (3 * WAITING_MAX))


def test_no_flood(shell: Shell, broker: Broker, camera: Camera, consumer: Consumer) -> None:
    """The broker sends no more than may wait; meanwhile the consumer is heard; the others come as soon as there is room."""
    link = shell.link(broker.port)
    names = [f"id={number}" for number in range(3 * WAITING_MAX)]
    camera.say(*names)
    consumer.say("ack", b'{"seq": 0}')
    wait_until(lambda: link.consumer_seq == 0)
    shell.wait(*names[:WAITING_MAX])
    shell.commit(*names)
    shell.wait(*names)


def test_what_is_not_understood_is_counted(
    shell: Shell, broker: Broker, camera: Camera, consumer: Consumer, caplog: pytest.LogCaptureFixture
) -> None:
    """Nonsense, too long a text and one that our own code stumbles over: ignored, acknowledged, and never sent again."""
    shell.link(broker.port)
    camera.say("nonsense", "id=" + "x" * REPORT_BYTES)
    consumer.wait(lambda: consumer.outbox("ignored") == 2)
    shell.trouble.append(KeyError("a bug"))
    camera.say("id=bug")
    consumer.wait(lambda: consumer.outbox("ignored") == 3)
    assert "a report is ignored" in caplog.text
    shell.restart(broker.port)
    camera.say("id=1" + " " * (REPORT_BYTES - 4))
    shell.wait("id=1")


def test_a_packet_beyond_all_bounds_stays_at_the_broker(shell: Shell, broker: Broker, camera: Camera) -> None:
    """What is far too long costs not even the reading."""
    link = shell.link(broker.port)
    camera.say("id=" + "x" * 100_000, "id=1")
    shell.wait("id=1")
    assert link.problem is None


def test_paid_at_other_terminals(shell: Shell, broker: Broker, camera: Camera, consumer: Consumer) -> None:
    """Other terminals' notices are taken, our own and other sites' are not, and neither is counted as nonsense."""
    shell.link(broker.port)
    for names in (Names("lot-a", "k01"), Names("lot-b", "k02"), Names("lot-a", "k02")):
        camera.say(f"id={names.terminal}", topic=names.topic("paid"))
    shell.wait("id=k02")
    shell.commit("id=k02")
    camera.say("nonsense")
    consumer.wait(lambda: consumer.outbox("ignored") == 1)


def test_what_others_are_told() -> None:
    """A paid notice is a report that other terminals of the site can read, under the topic that they listen to."""
    report = PaidElsewhere("k01:17.2", "k01", "A-17", 1000, 500)
    message = Names("lot-a", "k01", b"sixteen bytes at least").paid(report)
    assert (message.topic, message.qos, message.retain) == ("fee/lot-a/k01/paid", 1, False)
    assert read_report(message.payload, b"sixteen bytes at least", 1000) == report


def test_no_room_now(shell: Shell, broker: Broker, camera: Camera) -> None:
    """A report that the shell has no room for is handed on again until it has."""
    shell.trouble += [queue.Full(), queue.Full()]
    shell.link(broker.port, pace=HASTY)
    camera.say("id=1")
    wait_until(lambda: shell.taken[:1] == ["id=1"])
    shell.commit("id=1")


def test_lost_on_the_way_to_the_journal(shell: Shell, broker: Broker, camera: Camera) -> None:
    """A report that was taken and is not in the journal after a while is handed on again, until it is."""
    shell.link(broker.port, pace=HASTY)
    camera.say("id=1")
    wait_until(lambda: len(shell.taken) >= 3)
    shell.commit("id=1")
    camera.say("id=2")
    wait_until(lambda: "id=2" in shell.taken)
    begun = shell.taken.index("id=2")
    wait_until(lambda: len(shell.taken) >= begun + 3)
    assert set(shell.taken[begun:]) == {"id=2"}


def test_a_journal_that_can_not_be_asked(shell: Shell, broker: Broker, camera: Camera) -> None:
    """It costs the connection; the report comes again and is acknowledged when the journal can be read."""
    link = shell.link(broker.port)
    shell.unreadable.set()
    camera.say("id=1")
    wait_until(lambda: "the journal is away" in str(link.problem))
    shell.unreadable.clear()
    shell.commit("id=1")
    wait_until(lambda: link.connected)
    shell.restart(broker.port)
    camera.say("id=2")
    wait_until(lambda: shell.taken[-1:] == ["id=2"])


def test_said_once_is_heard_once(shell: Shell, broker: Broker, camera: Camera, consumer: Consumer) -> None:
    """A sender that asks for no acknowledgement (QoS 0) is heard too, if there is room."""
    shell.link(broker.port)
    camera.say("id=1", qos=0)
    shell.wait("id=1")
    shell.trouble.append(queue.Full())
    camera.say("id=2", qos=0)
    consumer.wait(lambda: consumer.outbox("ignored") == 1)


def test_a_broker_that_stops_in_the_middle(shell: Shell, broker: Broker, camera: Camera) -> None:
    """A killed connection brings the unacknowledged ones again."""
    link = shell.link(broker.port, pace=Pace(0.05, 0.1, keepalive_s=1, answer_s=0.5, report_again_s=600))
    camera.say("id=1")
    shell.wait("id=1")
    broker.signal(signal.SIGSTOP)
    wait_until(lambda: not link.connected)
    broker.signal(signal.SIGCONT)
    shell.wait("id=1", "id=1")


def test_without_an_intake_nothing_is_asked_for(
    shell: Shell, broker: Broker, camera: Camera, consumer: Consumer
) -> None:
    """A terminal without stays gets no reports, and leaves no session behind that would collect them."""
    shell.link(broker.port)
    shell.restart(broker.port, asking=False)
    camera.say("id=1", "nonsense")
    consumer.say("ack", b"nonsense")
    consumer.wait(lambda: consumer.outbox("ignored") == 1)
    shell.restart(broker.port)
    camera.say("id=2")
    shell.wait("id=2")


def test_a_broker_that_refuses_to_tell(
    tmp_path: Path, shell: Shell, cleanup: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    """What the broker does not let the terminal hear is named in the log, and nothing else suffers."""
    plugin = next(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"), None)
    assert plugin is not None, "Debian's mosquitto comes with it"
    rules = {"subscribe": False, "unsubscribe": True, "publishClientSend": True, "publishClientReceive": True}
    (tmp_path / "rules.json").write_text(json.dumps({"defaultACLAccess": rules, "clients": []}))
    settings = f"allow_anonymous true\nplugin {plugin}\nplugin_opt_config_file {tmp_path}/rules.json"
    broker = Broker(tmp_path, settings=settings)
    cleanup.callback(broker.kill)
    broker.start()
    link = shell.link(broker.port)
    for topic in (STAYS, "fee/lot-a/+/paid", "fee/lot-a/k01/ack", "fee/lot-a/k01/resume"):
        wait_until(lambda topic=topic: f"does not let us hear {topic}: Not authorized" in caplog.text)  # type: ignore[misc]
    shell.commit()
    wait_until(lambda: link.take_cursor() == 1)
    assert link.connected


def test_no_more_than_may_wait() -> None:
    """The bound holds by itself too, against a broker that does not care."""
    acknowledged: list[int | None] = []
    known: set[str] = set()
    take: Callable[[bytes], str] = bytes.decode
    reports = Reports(Intake(take, known.__contains__), acknowledged.append, 10.0)
    for number in range(WAITING_MAX):
        assert not reports.full
        assert not reports.arrived(number + 1, b"%d" % number, 0.0)
    assert reports.full
    known.update(("0", "7"))
    assert reports.settle(1, 1.0) == 0
    assert acknowledged == [1, 8]
    assert not reports.full


def test_the_documented_rights_are_enough(tmp_path: Path, shell: Shell, cleanup: ExitStack) -> None:
    """With the rules of docs/mqtt.md and docs/stays.md reports come through."""
    docs = Path(__file__).parents[2] / "docs"
    documented = (docs / "mqtt.md").read_text("utf-8") + (docs / "stays.md").read_text("utf-8")
    rules = [line for line in documented.splitlines() if line.startswith("topic ")]
    (tmp_path / "rules").write_text("\n".join([*rules, f"topic write {STAYS}", "topic write fee/lot-a/k02/paid", ""]))
    broker = Broker(tmp_path, settings=f"allow_anonymous true\nacl_file {tmp_path}/rules")
    cleanup.callback(broker.kill)
    broker.start()
    shell.link(broker.port)
    with closing(Camera(broker.port)) as camera:
        camera.say("id=1")
        camera.say("id=2", topic="fee/lot-a/k02/paid")
        shell.wait("id=1", "id=2")
