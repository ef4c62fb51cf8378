"""A real mosquitto on a free port, and somebody who listens: for the demo and for tests."""

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import Any, Self

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin")
"""None: it is not installed. Debian keeps it where only root's PATH leads."""
PATIENCE_S = 10.0


class _Event(msgspec.Struct):
    """What the listener needs of an event; unknown fields are ignored."""

    id: str
    seq: int


class Broker:
    """A mosquitto that can be killed, stopped and started again on the same port."""

    def __init__(self, folder: Path, *, persistent: bool = False, settings: str = "allow_anonymous true") -> None:
        """`persistent`: it keeps its sessions in `folder` over a kill; `settings`: lines of mosquitto.conf(5)."""
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / "mosquitto.conf"
        stored = f"persistence true\npersistence_location {folder}/\nautosave_interval 1" if persistent else ""
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\nmax_queued_messages 0\n{stored}\n{settings}\n"
        )

    def start(self) -> Self:
        """Starts it and waits until it answers. Raises `OSError` when it does not."""
        self._process = subprocess.Popen([str(MOSQUITTO), "-c", str(self._config)], stderr=subprocess.DEVNULL)
        give_up_at = time.monotonic() + PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self.kill()
                raise ConnectionError("mosquitto does not come up")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """Ends it in good order."""
        self._end(SIGTERM)

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        self._end(SIGKILL)

    def signal(self, number: Signals) -> None:
        """SIGSTOP makes it endlessly slow, SIGCONT ends that, SIGHUP makes it read its files again."""
        assert self._process is not None
        self._process.send_signal(number)

    def _end(self, number: Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False


class Listener:
    """Counts the events of a terminal: all must come for the first time in order, and again as often as they like."""

    def __init__(self, port: int) -> None:
        self.arrived = 0
        """Events 1 to this number have come, in order."""
        self.repeated = 0
        self.out_of_order: list[int] = []
        """Events that came before one in front of them."""
        self._changed = threading.Condition()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("fee/+/+/event", 1)
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def wait_for(self, seq: int) -> bool:
        """Whether all events up to `seq` have come within reasonable time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.arrived >= seq, PATIENCE_S)

    def close(self) -> None:
        """Go away."""
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        event = msgspec.json.decode(message.payload, type=_Event)
        with self._changed:
            if event.seq == self.arrived + 1:
                self.arrived += 1
            elif event.seq <= self.arrived:
                self.repeated += 1
            else:
                self.out_of_order.append(event.seq)
            self._changed.notify_all()


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
