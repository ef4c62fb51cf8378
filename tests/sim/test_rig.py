"""The rig and its command line: what people see of it, and what a terminal finds at its ports."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.__main__ import main
from sim.balance import differences
from sim.broker import free_port
from sim.cable import Cable, Wire
from sim.control import REQUEST_MAX, Answer, Control, RigError, answer
from sim.rig import FAST, Rig, read_pin, write_configuration
from sim.running import Impatient, Observer, RigProcess, TerminalProcess, at_rest
from sim.verbs import (
    AnyVerb,
    Insert,
    InsertFake,
    Plug,
    RemoveBox,
    ReplaceBox,
    RestartDevices,
    Tape,
    Ticket,
    Truth,
    Unplug,
    Verb,
    Where,
    spelled,
)
from terminal.config import load
from terminal.errors import PortError
from terminal.fsm.states import SaleState
from terminal.hw.port import Port, open_port
from terminal.pay.tickets import read_ticket
from terminal.staff.operators import Operators
from terminal.store.audit import audit
from tests.link.broker import wait_until


class Serving:
    """A rig that serves on a thread of this process."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.rig = Rig(folder, FAST, 0, **options)
        self.control = Control(folder)
        self._thread = threading.Thread(target=self.rig.serve)
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        self.control.close()
        self.rig.stop()
        self._thread.join()
        self.rig.close()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """A rig in a folder of its own."""
    found = Serving(tmp_path)
    yield found
    found.close()


def heard(port: Port, enough: Callable[[bytes], bool]) -> bytes:
    """What comes from a port until it is enough."""
    got = bytearray()

    def is_enough() -> bool:
        got.extend(port.read())
        return enough(bytes(got))

    wait_until(is_enough)
    return bytes(got)


def read_all(cable: Cable, count: int) -> bytes:
    """So many bytes from the program at the cable."""
    got = bytearray()

    def is_enough() -> bool:
        got.extend(cable.read(99, 0))
        return len(got) >= count

    wait_until(is_enough)
    return bytes(got)


# --- the wire -----------------------------------------------------------------------------------------------------
def test_bytes_take_their_time() -> None:
    """At 9600 baud with two stop bits, 10 bytes arrive after 12 ms, and the next ones behind them."""
    wire = Wire(11 * 1000 / 9600)
    wire.put(b"0123456789", 1000)
    wire.put(b"ab", 1000)
    assert wire.wake_at_ms == 1012
    assert wire.take(1011) == b""
    assert wire.take(1012) == b"0123456789"
    assert wire.take(1013) == b""
    assert wire.take(1014) == b"ab"
    assert wire.wake_at_ms is None


def test_a_cable_outlives_the_program(tmp_path: Path) -> None:
    """A program that closes its port leaves the line as it is, and the next one finds it under the same name."""
    cable = Cable(tmp_path / "line")
    cable.plug()
    for word in (b"one", b"two"):
        port = open_port(str(cable.link))
        cable.write(word, 0)
        assert heard(port, lambda got: len(got) >= 3) == word
        port.write(b"\x00\x11\x13\r\n\xff")
        assert read_all(cable, 6) == b"\x00\x11\x13\r\n\xff"
        port.close()
    cable.unplug()
    assert not cable.link.is_symlink()


def test_nobody_listens(tmp_path: Path) -> None:
    """A model that talks to nobody does not wait: what does not fit into the line is lost."""
    cable = Cable(tmp_path / "line")
    cable.plug()
    for _ in range(50):
        cable.write(bytes(4096), 0)
    cable.unplug()
    assert cable.read(99, 0) == b""
    cable.write(b"lost", 0)


def test_a_pulled_plug_is_a_port_that_is_gone(serving: Serving) -> None:
    """Unplugging takes port and name away; plugging in again makes new ones."""
    link = serving.folder / "scanner"
    port = open_port(str(link))
    serving.control.ask(Unplug("scanner"))

    def gone() -> bool:
        try:
            port.read()
        except PortError:
            return True
        return False

    wait_until(gone)
    port.close()
    with pytest.raises(PortError):
        open_port(str(link))
    serving.control.ask(Plug("scanner"))
    port = open_port(str(link))
    code = serving.control.ask(Ticket(scan=True))
    assert heard(port, lambda got: got.endswith(b"\r")) == code.encode() + b"\r"
    port.close()


# --- the folder ---------------------------------------------------------------------------------------------------
def test_folder(tmp_path: Path) -> None:
    """A running rig offers its ports and two sockets that only its user can open; a stopped one has taken all away."""
    found = Serving(tmp_path)
    names = {"validator", "scanner", "printer", "pins", "control", "ticket.key"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert stat.S_IMODE((tmp_path / "control").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ticket.key").stat().st_mode) == 0o600
    with pytest.raises(BlockingIOError):
        Rig(tmp_path)
    found.close()
    assert {path.name for path in tmp_path.iterdir()} == {"ticket.key"}


def test_configuration_is_ready_and_stays(tmp_path: Path) -> None:
    """The configuration that a rig writes is accepted by the terminal, and never written over."""
    found = Serving(tmp_path)
    path = write_configuration(tmp_path, 8123, "mqtt://127.0.0.1:1883")
    config = load(path)
    assert config.web is not None and config.web.listen == "127.0.0.1:8123"
    assert config.mqtt is not None and config.mqtt.address == ("127.0.0.1", 1883)
    assert config.validator is not None and config.validator.port == str(tmp_path / "validator")
    ticket = read_ticket(found.control.ask(Ticket(hours=1.5, minutes=5, id="A-1")), config.ticket_key)
    assert ticket.ticket_id == "A-1" and ticket.tariff_id in config.tariffs
    assert abs(time.time() - 95 * 60 - ticket.entered_at_ms / 1000) < 60
    found.close()
    before = path.read_bytes()
    write_configuration(tmp_path, 1, None)
    assert path.read_bytes() == before


def test_configuration_of_a_window(tmp_path: Path) -> None:
    """No validator; a drawer that tells whether it is open, and staff whose PINs are written down for nobody else to read."""
    found = Serving(tmp_path, role="window")
    config = load(write_configuration(tmp_path, 8123, None, None, "window"))
    found.close()
    assert config.terminal.role == "window" and config.validator is None
    assert config.drawer_tells() and config.window.methods == ("pos",)
    operators = Operators.read(tmp_path / "operators.toml")
    assert {name: one.role for name, one in operators.known.items()} == {
        "li": "collector", "zhao": "collector", "wang": "supervisor", "chen": "technician",
    }  # fmt: skip
    for name in operators.known:
        assert operators.check(name, read_pin(tmp_path, name)) == operators.known[name]
        assert stat.S_IMODE((tmp_path / f"{name}.pin").stat().st_mode) == 0o600


def test_links_of_a_killed_rig_are_replaced(tmp_path: Path) -> None:
    """What a rig left behind that was killed does not hinder the next one."""
    for name in ("validator", "scanner", "printer"):
        (tmp_path / name).symlink_to("/dev/pts/none")
    for name in ("control", "pins"):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(tmp_path / name))
    found = Serving(tmp_path)
    assert found.control.ask(Truth())["box_minor"] == 0
    found.close()


# --- control ------------------------------------------------------------------------------------------------------
def test_truth_without_a_terminal(serving: Serving) -> None:
    """A validator that nobody enabled takes no note, and nothing has happened."""
    with pytest.raises(RigError, match="takes no note"):
        serving.control.ask(Insert(1000))
    truth = serving.control.ask(Truth())
    assert truth["box"] == {} and truth["barrier_openings"] == 0 and truth["tape"]["documents"] == []
    assert serving.control.ask(Tape()) == ""


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"null",
        b'{"verb": "explode"}',
        b'{"verb": "insert"}',
        b'{"verb": "insert", "amount_minor": -1}',
        b'{"verb": "insert", "amount_minor": 1e400}',
        b'{"verb": "insert", "amount_minor": 1, "more": 1}',
        b'{"verb": "scan", "code": ""}',
        b'{"verb": "ticket", "id": "a b"}',
        b'{"verb": "unplug", "device": "../x"}',
        b"\xff\xfe",
    ],
)
def test_a_question_that_makes_no_sense(line: bytes) -> None:
    """Whatever is no verb with its arguments is answered with an error in one line, and nothing is done."""
    done: list[Verb] = []
    found = answer(line, done.append)
    assert found.wrong and found.error and "\n" not in found.error and not done


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_line_is_answered(line: bytes) -> None:
    """No line makes the control socket raise."""
    assert isinstance(answer(line, lambda verb: None), Answer)


@given(st.lists(st.binary(max_size=300), max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rude_clients(serving: Serving, chunks: list[bytes]) -> None:
    """Clients that send anything, and hang up anywhere, do not disturb the others."""
    with socket.socket(socket.AF_UNIX) as rude:
        rude.connect(str(serving.folder / "control"))
        with suppress(BrokenPipeError, ConnectionResetError):
            for chunk in chunks:
                rude.sendall(chunk)
    assert serving.control.ask(Truth())["box_minor"] == 0


def test_a_line_without_end(serving: Serving) -> None:
    """A client that never ends its line is hung up on."""
    with socket.socket(socket.AF_UNIX) as rude:
        rude.connect(str(serving.folder / "control"))
        rude.settimeout(10)
        with suppress(BrokenPipeError, ConnectionResetError):
            rude.sendall(b"x" * 3 * REQUEST_MAX)
            assert rude.recv(1) == b""
    assert serving.control.ask(Tape()) == ""


# --- the command line ---------------------------------------------------------------------------------------------
def test_every_verb_has_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Help is complete: each verb has a command with its own help, and says what it does."""
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    top = capsys.readouterr().out
    for kind in get_args(AnyVerb):
        assert f"    {spelled(kind.__name__)}" in top
        with pytest.raises(SystemExit, match="0"):
            main([spelled(kind.__name__), "--help"])
        shown = capsys.readouterr().out
        for field in msgspec.structs.fields(kind):
            assert field.name in shown


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["truth"], 1),
        (["insert", "1000"], 1),
        (["insert", "ten"], 2),
        (["insert", "0"], 2),
        (["ticket", "--minutes", "-1"], 2),
        (["ticket", "--hours", "1e9"], 2),
        (["ticket", "--id", "no spaces"], 2),
    ],
)
def test_wrong_use(arguments: list[str], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a rig: exit status 1; with arguments that make no sense: 2; in both cases one line that says why."""
    assert main([*arguments, "--dir", str(tmp_path)]) == status
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["explode"], ["insert"], ["unplug", "toaster"], ["rig", "--baud", "x"], ["rig", "--web-port", "0"]],
)
def test_wrong_use_of_a_command(arguments: list[str]) -> None:
    """What the parser refuses ends with status 2."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)


def test_a_folder_that_can_not_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path too long for a socket, or a file instead of a folder: status 2 and one line."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / ("x" * 100)):
        assert main(["rig", "--dir", str(folder)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert list((tmp_path / ("x" * 100)).iterdir()) == []


# --- with a terminal ----------------------------------------------------------------------------------------------
class Kiosk:
    """A rig and a terminal, each a process."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.rig = RigProcess(folder, "--fast", "--baud", "0", "--web-port", str(free_port()), *options)
        self.control = self.rig.control
        self.observer = Observer(folder)
        self.terminal = TerminalProcess(folder)
        self.observer.wait("in service", lambda world: world.state is SaleState.IDLE and at_rest(world))

    def ctl(self, *arguments: str) -> str:
        """A command as people type it."""
        command = [sys.executable, "-m", "sim", *arguments, "--dir", str(self.folder)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def close(self) -> None:
        """Ends both."""
        self.observer.close()
        self.terminal.kill()
        self.rig.stop()


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    """A kiosk in service."""
    found = Kiosk(tmp_path)
    yield found
    found.close()


def test_a_sale_by_commands(kiosk: Kiosk) -> None:
    """Ticket, note, receipt, barrier: as the README tells it, and the books say what is there."""
    kiosk.ctl("ticket", "--minutes", "90", "--scan")
    assert kiosk.ctl("insert", "1000", "--wait") == "box\n"
    kiosk.observer.wait("the barrier is open", lambda world: world.state is SaleState.LEAVING and at_rest(world))
    truth = json.loads(kiosk.ctl("truth"))
    assert truth["box"] == {"1000": 1} and truth["barrier_openings"] == 1 and truth["tape"]["originals"] == 1
    assert "RC1.k01.1.1000." in kiosk.ctl("tape")
    assert differences(audit(kiosk.observer.path), truth, None) == []
    assert kiosk.terminal.stop() == 0


def test_the_box_is_collected(kiosk: Kiosk) -> None:
    """Notes that were taken away with the box are still part of the truth, and no longer in the box."""
    kiosk.control.ask(Ticket(minutes=30, scan=True))
    assert kiosk.control.insert(Insert(500)) == "box"
    assert kiosk.control.ask(RemoveBox()) == {"500": 1}
    kiosk.control.ask(ReplaceBox())
    truth = kiosk.control.ask(Truth())
    assert truth["box"] == {} and truth["collected"] == {"500": 1} and truth["collected_minor"] == 500


def test_paper_that_is_no_note_comes_back(kiosk: Kiosk) -> None:
    """A fake is read, and returned; it is worth nothing in the truth."""
    kiosk.control.ask(Ticket(minutes=30, scan=True))
    assert kiosk.control.insert(InsertFake()) == "returned"
    assert kiosk.control.ask(Truth())["returned_minor"] == 0


def test_the_rig_outlives_the_terminal(kiosk: Kiosk) -> None:
    """A note in the transport goes on its way while the terminal is dead, and is credited by the next one."""
    kiosk.control.ask(Ticket(minutes=90, scan=True))
    number = kiosk.control.offer(Insert(1000))
    wait_until(lambda: bool(kiosk.control.ask(Where(number)) in ("transport", "box")))
    kiosk.terminal.kill()
    wait_until(lambda: bool(kiosk.control.ask(Where(number)) == "box"))
    kiosk.terminal = TerminalProcess(kiosk.folder)
    world = kiosk.observer.wait("paid", lambda world: kiosk.observer.starts == 2 and world.receipt_no == 1)
    assert world.sale is not None and world.sale.credited_minor == 1000


def test_devices_lose_power_with_the_terminal(tmp_path: Path) -> None:
    """With --restart-devices the death of the terminal is a power cut of the devices: a note in the path comes back."""
    kiosk = Kiosk(tmp_path, "--restart-devices")
    try:
        kiosk.control.ask(Ticket(minutes=90, scan=True))
        number = kiosk.control.offer(Insert(1000))
        assert kiosk.control.ask(Truth())["takes_notes"]
        kiosk.terminal.kill()
        wait_until(lambda: bool(kiosk.control.ask(Where(number)) in ("returned", "box")))
        assert not kiosk.control.ask(Truth())["takes_notes"]
    finally:
        kiosk.close()


def test_power_cut_of_the_devices(kiosk: Kiosk) -> None:
    """The devices alone lose power while a note is in the transport: they come back, and the note is credited once."""
    kiosk.control.ask(Ticket(minutes=90, scan=True))
    number = kiosk.control.offer(Insert(1000))
    wait_until(lambda: bool(kiosk.control.ask(Where(number)) == "transport"))
    kiosk.control.ask(RestartDevices())
    world = kiosk.observer.wait("paid and printed", lambda world: world.receipt_no == 1 and at_rest(world))
    assert world.sale is not None and world.sale.credited_minor == 1000
    truth = kiosk.control.ask(Truth())
    assert differences(audit(kiosk.observer.path), truth, None) == [] and truth["box"] == {"1000": 1}


def test_cables_out_and_in(kiosk: Kiosk) -> None:
    """Each cable that is pulled takes the terminal out of service, with its reason, and back when it is put in again."""
    devices: tuple[Literal["validator", "scanner", "printer"], ...] = ("validator", "scanner", "printer")
    for device in devices:
        kiosk.control.ask(Unplug(device))
        kiosk.observer.wait(f"{device} absent", lambda world, name=device: world.devices[name] == ("absent",))  # type: ignore[misc]
        assert kiosk.observer.world.state is SaleState.OUT_OF_SERVICE
        kiosk.control.ask(Plug(device))
        kiosk.observer.wait("back in service", lambda world: world.state is SaleState.IDLE and at_rest(world))


def test_an_observer_says_what_it_waits_for(tmp_path: Path) -> None:
    """What does not happen in time is told in one line, with how things are."""
    observer = Observer(tmp_path)
    with pytest.raises(Impatient, match="for: a miracle; event 0: OUT_OF_SERVICE"):
        observer.wait("a miracle", lambda world: False, patience_s=0)


# --- the demo -----------------------------------------------------------------------------------------------------
def test_the_scripted_day() -> None:
    """`make demo` without a TTY: the day is played, the receipts are shown, and the books balance."""
    environment = os.environ | {"DEMO": "once"}
    command = [sys.executable, "-m", "sim", "demo"]
    played = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.endswith("The books balance.\n")
    assert "补打" in played.stdout and "找零凭证" in played.stdout and "WRONG" not in played.stdout
