"""What the service manager hears."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.notify import ServiceManager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket as systemd opens it for a service."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        yield listener


def test_says_each_state_in_one_datagram(manager: socket.socket) -> None:
    """Every call is one datagram of the documented assignments."""
    service = ServiceManager({"NOTIFY_SOCKET": manager.getsockname()})
    service.ready("serving")
    service.status("paper low")
    service.watchdog()
    service.stopping()
    assert [manager.recv(1000) for _ in range(4)] == [
        b"READY=1\nSTATUS=serving",
        b"STATUS=paper low",
        b"WATCHDOG=1",
        b"STOPPING=1",
    ]


def test_a_status_can_not_smuggle_in_an_assignment(manager: socket.socket) -> None:
    """A line break inside a status does not become a second assignment."""
    ServiceManager({"NOTIFY_SOCKET": manager.getsockname()}).status("a\nMAINPID=1")
    assert manager.recv(1000) == b"STATUS=a MAINPID=1"


def test_abstract_sockets_are_understood() -> None:
    """A name that begins with @ is a socket in the abstract namespace."""
    name = f"fee-terminal-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        listener.setblocking(False)
        ServiceManager({"NOTIFY_SOCKET": "@" + name}).watchdog()
        assert listener.recv(1000) == b"WATCHDOG=1"


def test_without_a_manager_nothing_happens(tmp_path: Path) -> None:
    """No manager, or one that went away, is no error."""
    ServiceManager({}).ready("serving")
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).watchdog()


def test_a_full_socket_never_blocks(manager: socket.socket) -> None:
    """A manager that does not read costs its messages, not our time: this would hang if it blocked."""
    service = ServiceManager({"NOTIFY_SOCKET": manager.getsockname()})
    for _ in range(5000):
        service.watchdog()


@pytest.mark.parametrize(
    ("environ", "period_ms"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "20000000"}, 20_000),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}, 20_000),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_watchdog_period(environ: dict[str, str], period_ms: int | None) -> None:
    """The period is taken when it is meant for this process, and only then."""
    assert ServiceManager(environ).watchdog_period_ms == period_ms
