"""Who listens to all that the terminal says over MQTT, and keeps the last of it for people to read."""

import threading
import time
from collections import deque
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

KEPT = 40
SHOWN_CHARS = 400


class Messages:
    """Follows `fee/#` at a broker on this machine."""

    def __init__(self, port: int) -> None:
        """Raises `OSError` when the broker does not answer."""
        self._lock = threading.Lock()
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._number = 0
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("fee/#", 0)
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def newest(self) -> list[dict[str, Any]]:
        """The last messages, oldest first: number, wall time, topic, payload as text."""
        with self._lock:
            return list(self._kept)

    def close(self) -> None:
        """Go away."""
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        text = message.payload.decode(errors="replace")[:SHOWN_CHARS]
        at_ms = time.time_ns() // 1_000_000
        with self._lock:
            self._number += 1
            self._kept.append({"number": self._number, "at_ms": at_ms, "topic": message.topic, "text": text})
