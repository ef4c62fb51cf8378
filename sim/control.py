"""The rig's control socket: one line of JSON asks, one line of JSON answers.

    {"verb": "insert", "amount_minor": 1000}   →   {"said": 1}
    {"verb": "insert", "amount_minor": 1000}   →   {"error": "the validator takes no note now"}
    {"verb": "insert", "amount_minor": -1}     →   {"error": "…", "wrong": true}

`wrong` tells a question that can not be asked from a thing that could not be done. Only the rig's own user can open the
socket. `ControlServer` is the rig's end and is driven by the rig's loop; `Control` is the other end.
"""

import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from sim.verbs import AnyVerb, Insert, InsertFake, Refused, Verb, Where

SOCKET = "control"
"""The socket's name in the rig's folder."""
REQUEST_MAX = 4096
CLIENTS_MAX = 16
PATIENCE_S = 10.0
"""How long the other end waits for an answer."""
LOOK_AGAIN_S = 0.02

_decode = msgspec.json.Decoder(AnyVerb).decode
_encode = msgspec.json.Encoder().encode


class RigError(Exception):
    """The rig can not be asked, or could not do it; `str()` is one line."""


class RigRefused(RigError):
    """What was asked is no question that the rig understands."""


class Answer(msgspec.Struct, omit_defaults=True):
    """What the rig says to one line."""

    said: Any = None
    error: str = ""
    wrong: bool = False


class ControlServer:
    """Serves whoever connects, as far as `turn` is called; nobody who is slow or rude holds it up."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` when the socket can not be made, for one because its path is too long."""
        self._path = path
        path.unlink(missing_ok=True)  # left behind by a rig that was killed
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            self._listener.bind(str(path))
        except OSError:
            self._listener.close()
            raise
        finally:
            os.umask(mask)
        self._listener.listen()
        self._listener.setblocking(False)
        self._clients: list[_Client] = []

    def interests(self) -> Iterator[tuple[int, int]]:
        """What to wait for: descriptors and poll(2) events."""
        yield self._listener.fileno(), select.POLLIN
        for client in self._clients:
            yield client.connection.fileno(), select.POLLOUT if client.out else select.POLLIN

    def turn(self, do: Callable[[Verb], Any]) -> None:
        """Hear and answer what has come; `do` carries a verb out."""
        try:
            while True:
                connection, _ = self._listener.accept()
                if len(self._clients) < CLIENTS_MAX:
                    connection.setblocking(False)
                    self._clients.append(_Client(connection))
                else:
                    connection.close()
        except BlockingIOError:
            pass
        for client in list(self._clients):
            if not client.turn(do):
                client.connection.close()
                self._clients.remove(client)

    def close(self) -> None:
        """Hang up, and take the socket away."""
        for client in self._clients:
            client.connection.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)


class _Client:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.out = b""
        self._heard = b""

    def turn(self, do: Callable[[Verb], Any]) -> bool:
        """Whether the connection stays."""
        try:
            if not self.out:
                data = self.connection.recv(REQUEST_MAX)
                self._heard += data
                if not data or (b"\n" not in self._heard and len(self._heard) > REQUEST_MAX):
                    return False
                *lines, self._heard = self._heard.split(b"\n")
                for line in lines:
                    self.out += _encode(answer(line, do)) + b"\n"
            self.out = self.out[self.connection.send(self.out) :] if self.out else b""
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True


def answer(line: bytes, do: Callable[[Verb], Any]) -> Answer:
    """The answer to one line, whatever it is."""
    try:
        return Answer(said=do(_decode(line)))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Answer(error=" ".join(str(error).split()), wrong=True)
    except Refused as refusal:
        return Answer(error=str(refusal))


class Control:
    """Asks the rig that runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / SOCKET
        self._connection: socket.socket | None = None

    def ask(self, verb: Verb) -> Any:
        """What the rig says. Raises `RigError`, and `RigRefused` for a question that makes no sense to it."""
        try:
            found = msgspec.json.decode(self._exchange(_encode(verb) + b"\n"), type=Answer)
        except (OSError, msgspec.MsgspecError) as error:
            self.close()
            raise RigError(f"no rig answers at {self._path} ({getattr(error, 'strerror', None) or error})") from error
        if found.error:
            raise (RigRefused if found.wrong else RigError)(found.error)
        return found.said

    def insert(self, verb: Insert | InsertFake, patience_s: float = PATIENCE_S) -> str:
        """Offer a note until the validator takes it, and wait until it has come to rest: `box` or `returned`.

        Raises `RigError` when either does not happen in time.
        """
        give_up_at = time.monotonic() + patience_s
        number = self.offer(verb, patience_s)
        while (place := self.ask(Where(number))) not in ("box", "returned"):
            if time.monotonic() > give_up_at:
                raise RigError(f"the note is still moving: it is in the {place}")
            time.sleep(LOOK_AGAIN_S)
        return str(place)

    def offer(self, verb: Insert | InsertFake, patience_s: float = PATIENCE_S) -> int:
        """Offer a note until the validator takes it; its number. Raises `RigError` when that does not happen in time."""
        give_up_at = time.monotonic() + patience_s
        while True:
            try:
                return int(self.ask(verb))
            except RigRefused:
                raise
            except RigError:
                if time.monotonic() > give_up_at:
                    raise
            time.sleep(LOOK_AGAIN_S)

    def close(self) -> None:
        """Hang up; the next question connects again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, line: bytes) -> bytes:
        if self._connection is None:
            self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._connection.settimeout(PATIENCE_S)
            self._connection.connect(str(self._path))
        self._connection.sendall(line)
        heard = bytearray()
        while not heard.endswith(b"\n"):
            data = self._connection.recv(65536)
            if not data:
                raise ConnectionError("it hung up")
            heard += data
        return bytes(heard)
