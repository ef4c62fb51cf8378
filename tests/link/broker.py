"""A consumer of the topics as an integrator would write one."""

import json
import threading
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

BASE = "fee/lot-a/k01/"


class Consumer:
    """Stores what a terminal publishes: drops what it knows by id, says how far it has all, asks for what it misses."""

    def __init__(self, port: int) -> None:
        self.changed = threading.Condition()
        self.heard: list[tuple[str, bytes, bool]] = []
        self.events: dict[str, dict[str, Any]] = {}
        self.arrivals: list[int] = []
        self.stored = 0
        """Every event up to this number is stored."""
        self._subscribed = False
        """The broker knows what it wants; events that came before this would be dropped."""
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="books", clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe([(BASE + "#", 1), ("homeassistant/#", 1)])
        self._client.on_message = self._take
        self._client.on_subscribe = self._begin
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self.wait(lambda: self._subscribed)

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

    def _begin(self, *_: object) -> None:
        with self.changed:
            self._subscribed = True
            self.changed.notify_all()

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
