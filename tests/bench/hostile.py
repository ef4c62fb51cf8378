"""Pages that mean harm, each to be used in `with`: one that floods, one that stops reading, one that never ends its requests.

All of it stays on this machine and has an end, by count and by time. The flood is a process of its own
(`python -m tests.bench.hostile PORT`), so that it does not take its time from whoever measures.
"""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from terminal.web.http import CONNECTIONS, REQUEST_S, STREAMS

HOST = "127.0.0.1"
FLOODERS = 8
FLOOD_REQUESTS = 50_000
FLOOD_S = 60.0
PRESS_EVERY = 10
"""Each tenth request of the flood presses a button."""
USUAL_BUFFER, SMALL_BUFFER = 65_536, 2_048
PICTURES_AT_ONCE = 100
HALF = b"GET /view.json HTTP/1.1\r\nHost: "


def look(port: int) -> bytes:
    """A request for the picture."""
    return f"GET /view.json HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode()


def press(port: int) -> bytes:
    """A press of the button of the language that there is already."""
    body = '{"language":"zh-CN"}'
    return (
        f"POST /language HTTP/1.1\r\nHost: {HOST}:{port}\r\nOrigin: http://{HOST}:{port}\r\nX-Fee-Terminal: 1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Nobody:
    """No page at all."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""


class Flood(Nobody):
    """Asks for the picture and presses buttons, over and over, on several connections; `rates` are requests a second."""

    rates: list[float]

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.rates = []

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.bench.hostile", str(self.port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        said = self._process.communicate(b"\n")[0]
        count, took_s = json.loads(said)
        self.rates.append(count / took_s)


class Mute(Nobody):
    """Follows the screen on all streams and reads nothing; `waiting` are the bytes that the system has taken for one of them.

    The system takes a lot before a server has to wait, so `show_something` is called until it takes no more.
    """

    def __init__(self, port: int, show_something: Callable[[], None]) -> None:
        super().__init__(port)
        self.waiting = 0
        self._show_something = show_something
        self._streams: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._streams = [follow(self.port, SMALL_BUFFER) for _ in range(STREAMS)]
        self.waiting = -1
        while (waiting := self._least_unsent()) > self.waiting:
            self.waiting = waiting
            for _ in range(PICTURES_AT_ONCE):
                self._show_something()
        return self

    def _least_unsent(self) -> int:
        time.sleep(0.2)
        return min(sorted(unsent(self.port))[-STREAMS:])

    def __exit__(self, *_: object) -> None:
        while self._streams:
            self._streams.pop().close()


class Halves(Nobody):
    """Begins requests on all connections and never ends them; where the server hangs up, it begins anew."""

    def __enter__(self) -> Self:
        self._held: list[tuple[float, socket.socket]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._begin_anew()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for _since_s, connection in self._held:
            connection.close()

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            self._begin_anew()

    def _begin_anew(self) -> None:
        while self._held and time.monotonic() - self._held[0][0] > REQUEST_S:
            self._held.pop(0)[1].close()
        while len(self._held) < CONNECTIONS:
            connection = socket.create_connection((HOST, self.port), 5)
            self._held.append((time.monotonic(), connection))
            with contextlib.suppress(OSError):
                connection.sendall(HALF)


def follow(port: int, buffer: int = USUAL_BUFFER) -> socket.socket:
    """A stream that has had its first picture; whoever is sent away because there are too many tries again."""
    while True:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.settimeout(5)
        connection.connect((HOST, port))
        connection.sendall(f"GET /events HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            while b"\ndata: {" not in heard and (more := connection.recv(USUAL_BUFFER)):
                heard += more
        if heard.startswith(b"HTTP/1.1 200"):
            return connection
        connection.close()
        time.sleep(0.01)


def unsent(port: int) -> list[int]:
    """For each connection of a server on this machine, the bytes that its other end has not taken."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [
        int(queues.split(":")[0], 16) for _, local, _, _, queues, *_ in lines if int(local.split(":")[1], 16) == port
    ]


def asked(port: int, request: bytes) -> bool:
    """Whether one request was answered."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 5) as connection:
        connection.sendall(request)
        answered = False
        while connection.recv(USUAL_BUFFER):
            answered = True
        return answered
    return False


def flood(port: int) -> None:
    """Until somebody says a line, or it is enough; then says how many requests were answered, and in how many seconds."""
    looks, presses = look(port), press(port)
    ends, answered = threading.Event(), [0] * FLOODERS
    give_up_at = time.monotonic() + FLOOD_S

    def run(mine: int) -> None:
        for number in range(FLOOD_REQUESTS // FLOODERS):
            if ends.is_set() or time.monotonic() > give_up_at:
                return
            answered[mine] += asked(port, presses if number % PRESS_EVERY == 0 else looks)

    threads = [threading.Thread(target=run, args=(mine,), daemon=True) for mine in range(FLOODERS)]
    began_s = time.monotonic()
    for thread in threads:
        thread.start()
    print("flooding", flush=True)
    sys.stdin.readline()
    ends.set()
    for thread in threads:
        thread.join()
    print(json.dumps([sum(answered), time.monotonic() - began_s]))


if __name__ == "__main__":
    flood(int(sys.argv[1]))
