"""The staff shut the terminal down: the act is durable first, the books are closed, and only then the machine goes off."""

import http.client
import os
import socket
import threading
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from terminal.app import SHUT_DOWN, Life, Shell, end_for_staff, journal_path
from terminal.config import load
from terminal.fsm.events import DoorOpened, StaffActed, Stopped
from terminal.store.journal import Journal, Reader
from tests.kiosk import CONFIGURATION, KEY
from tests.web.service_bench import write_operators

STAFF = '[staff]\noperators_file = "operators.toml"\n'


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """A terminal with a service page and no devices."""
    (tmp_path / "ticket.key").write_bytes(KEY)
    file = tmp_path / "k.toml"
    file.write_text(CONFIGURATION + STAFF)
    return file


def shut_down(host: str) -> list[int]:
    """What a browser does: signs in, follows for a moment, shuts down."""
    with closing(http.client.HTTPConnection(host, timeout=20)) as connection:
        headers = {"X-Fee-Terminal": "1", "Origin": f"http://{host}", "Content-Type": "application/json"}
        statuses = []
        for path, body in (("sign-in", '{"name": "chen", "pin": "2580"}'), ("act", '{"act": "shut_down"}')):
            connection.request("POST", f"/service/{path}", body, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            headers["Cookie"] = (answer.headers["Set-Cookie"] or "").partition(";")[0]
            connection.close()
    return statuses


def test_from_the_page_to_the_last_event(config_file: Path) -> None:
    """Door, PIN and act over HTTP; the loop ends by itself, and the last event is that of an orderly stop."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        host = f"127.0.0.1:{free.getsockname()[1]}"
    config_file.write_text(f'{CONFIGURATION}{STAFF}[web]\nlisten = "{host}"\n')
    write_operators(config_file.with_name("operators.toml"))
    config = load(config_file)
    shell = Shell(config)
    shell.open_page()
    life = Life(shell, Journal.open(journal_path(config)))
    shell.post(DoorOpened())
    statuses: list[int] = []

    def browse() -> None:
        while shell.service is None or not shell.service.door_open:
            time.sleep(0.05)
        statuses.extend(shut_down(host))

    browser = threading.Thread(target=browse, daemon=True)
    browser.start()
    life.serve()
    browser.join(20)
    life.close()
    shell.close()
    for end in (shell.waker._in, shell.waker._out):
        end.close()
    assert statuses == [200, 200]
    assert shell.stopping and shell.shut_down
    reader = Reader(journal_path(config))
    events = [row.record().event for row in reader.events_after(0, 100)]
    reader.close()
    assert StaffActed("chen", "shut_down") in events
    assert isinstance(events[-1], Stopped)


@pytest.mark.parametrize("power_off", [False, True])
def test_the_machine_goes_off_only_where_that_is_configured(
    config_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, power_off: bool
) -> None:
    """A program of the name `systemctl` is asked for `poweroff`, or not at all; both end with the status of a shut-down."""
    said = tmp_path / "said"
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" > {said}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    config = load(config_file)
    assert config.staff is not None
    staff = msgspec.structs.replace(config.staff, power_off=power_off)
    assert end_for_staff(msgspec.structs.replace(config, staff=staff)) == SHUT_DOWN
    assert said.exists() == power_off
    if power_off:
        assert said.read_text() == "poweroff\n"


def test_a_machine_that_can_not_be_switched_off_still_ends(
    config_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The program stops in good order and the log says why the machine runs on."""
    monkeypatch.setenv("PATH", str(tmp_path))
    config_file.write_text(CONFIGURATION + STAFF + "power_off = true\n")
    assert end_for_staff(load(config_file)) == SHUT_DOWN
    assert "can not be switched off" in caplog.text
