"""A real mosquitto of our own, and a consumer as an integrator would write one."""

import json
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
BASE = "fee/lot-a/k01/"


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """A mosquitto that can be killed, stopped and started again on the same port."""

    def __init__(self, folder: Path, *, persistent: bool = False, settings: str = "allow_anonymous true") -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / "mosquitto.conf"
        stored = f"persistence true\npersistence_location {folder}/\nautosave_interval 1" if persistent else ""
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\nmax_queued_messages 0\n{stored}\n{settings}\n"
        )

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stderr=subprocess.DEVNULL)
        wait_until(self._answers)

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: signal.Signals) -> None:
        """SIGSTOP makes it endlessly slow, SIGCONT ends that, SIGHUP makes it read its files again."""
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "mosquitto has ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class Consumer:
    """Stores what a terminal publishes: drops what it knows by id, says how far it has all, asks for what it misses."""

    def __init__(self, port: int) -> None:
        self.changed = threading.Condition()
        self.heard: list[tuple[str, bytes, bool]] = []
        self.events: dict[str, dict[str, Any]] = {}
        self.arrivals: list[int] = []
        self.stored = 0
        """Every event up to this number is stored."""
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="books", clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe([(BASE + "#", 1), ("homeassistant/#", 1)])
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        """Goes away."""
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, last: str, payload: bytes, *, retain: bool = False) -> None:
        """Publishes under the terminal's topics."""
        self._client.publish(BASE + last, payload, qos=1, retain=retain)

    def wait(self, holds: Callable[[], bool]) -> None:
        """Until it holds; a hang is ended by the test run's own time-out."""
        with self.changed:
            self.changed.wait_for(holds)

    def wait_for(self, seq: int) -> None:
        """Until every event up to `seq` is stored."""
        self.wait(lambda: self.stored >= seq)

    def insist_on(self, head_seq: int) -> None:
        """The same, asking again for the first that is missing, as a consumer does whose broker forgets."""
        while True:
            with self.changed:
                if self.changed.wait_for(lambda: self.stored >= head_seq, timeout=0.3):
                    return
            self.say("resume", b'{"from": %d}' % (self.stored + 1))

    def payloads(self, last: str) -> list[bytes]:
        """All that was heard on one of the terminal's topics."""
        return [payload for topic, payload, _ in list(self.heard) if topic == BASE + last]

    def health(self) -> dict[str, Any]:
        """The newest health, {} while there was none."""
        heard = self.payloads("health")
        return dict(json.loads(heard[-1])) if heard else {}

    def outbox(self, key: str) -> object:
        """One value of the outbox in the newest health."""
        return self.health().get("outbox", {}).get(key)

    def _take(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with self.changed:
            self.heard.append((message.topic, bytes(message.payload), message.retain))
            if message.topic == BASE + "event":
                event = json.loads(message.payload)
                self.arrivals.append(event["seq"])
                self.events.setdefault(event["id"], event)
                while f"k01-{self.stored + 1}" in self.events:
                    self.stored += 1
            self.changed.notify_all()


def wait_until(holds: Callable[[], bool]) -> None:
    """Until it holds; a hang is ended by the test run's own time-out."""
    pause = threading.Event()
    while not holds():
        pause.wait(0.02)
