"""Ports against real kernel objects: pseudo-terminals, files, pipes, sockets."""

import os
import pty
import select
import socket
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.errors import PortError
from terminal.hw.port import READ_SIZE, DescriptorPort, Port, SerialPort, TcpPort, find_usb_printer, open_port


class Line:
    """A pseudo-terminal: the device's end, and the path that the terminal opens."""

    def __init__(self) -> None:
        self.device, line = pty.openpty()
        self.path = os.ttyname(line)
        os.close(line)

    def pull_plug(self) -> None:
        """The device goes away."""
        os.close(self.device)
        self.device = -1


@pytest.fixture
def line() -> Iterator[Line]:
    """A line that is closed after the test."""
    line = Line()
    yield line
    if line.device >= 0:
        line.pull_plug()


def wait_for(port: Port) -> bytes:
    """What arrives next; waits as the pump would."""
    fd = port.fileno()
    assert fd is not None
    assert select.select([fd], [], [], 10)[0]
    return port.read()


def read_until_gone(port: Port) -> None:
    """Asks again and again, as the pump would with a port that it can not wait on."""
    while port.read() == b"":
        select.select([], [], [], 0.001)


class Silence:
    """A listener on loopback whose queue is full, so that the next connection gets no answer at all."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.number: int = self.listener.getsockname()[1]
        self.waiting: list[socket.socket] = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", self.number))
            self.waiting.append(client)

    def close(self) -> None:
        """Frees the sockets."""
        for end in (self.listener, *self.waiting):
            end.close()


# --- serial lines -------------------------------------------------------------------------------------------------
def test_line_carries_every_byte_unchanged(line: Line) -> None:
    """All 256 byte values pass a line in both directions: no echo, no translation, no flow control."""
    port = open_port(line.path)
    every_byte = bytes(range(256))
    os.write(line.device, every_byte)
    assert wait_for(port) == every_byte
    assert port.write(every_byte) == 256
    assert os.read(line.device, 1000) == every_byte
    assert port.read() == b""
    port.close()


def test_line_takes_its_settings(line: Line) -> None:
    """Settings given by the engine (SSP wants two stop bits) reach the line."""
    port = open_port(line.path, serial={"baudrate": 38400, "stopbits": 2})
    fd = port.fileno()
    assert fd is not None
    flags, speed = termios.tcgetattr(fd)[2], termios.tcgetattr(fd)[4]
    assert flags & termios.CSTOPB
    assert speed == termios.B38400
    port.close()


def test_impossible_setting_is_a_port_error(line: Line) -> None:
    """A setting that no line has is refused in plain words."""
    with pytest.raises(PortError, match="parity"):
        open_port(line.path, serial={"parity": "?"})


def test_line_through_symbolic_link(line: Line, tmp_path: Path) -> None:
    """A stable name (by-id link) opens the line behind it."""
    link = tmp_path / "validator"
    link.symlink_to(line.path)
    port = open_port(str(link))
    assert isinstance(port, SerialPort)
    port.close()


def test_line_is_exclusive(line: Line) -> None:
    """Two programs can not share a line, and the loser is told so; after `close` it is free again."""
    first = open_port(line.path)
    with pytest.raises(PortError, match="in use by another program"):
        open_port(line.path)
    first.close()
    open_port(line.path).close()


def test_pulled_plug_is_noticed_by_read_and_write(line: Line) -> None:
    """When the device goes away both directions say so."""
    port = open_port(line.path)
    line.pull_plug()
    with pytest.raises(PortError, match=r"is gone|disconnected"):
        wait_for(port)
    with pytest.raises(PortError, match="is gone"):
        port.write(b"x")
    port.close()
    port.close()


def test_line_that_nobody_reads_takes_what_it_can(line: Line) -> None:
    """A full line takes part, then nothing, and never waits; once it is read it takes more."""
    port = open_port(line.path)
    taken = 0
    while count := port.write(b"x" * 5000):
        taken += count
    assert 0 < taken < 1_000_000
    while select.select([line.device], [], [], 0)[0]:
        os.read(line.device, 100_000)
    assert port.write(b"y") == 1
    port.close()


def test_read_is_bounded(line: Line) -> None:
    """One `read` hands out at most READ_SIZE bytes however much waits."""
    port = open_port(line.path)
    os.set_blocking(line.device, False)
    os.write(line.device, b"z" * 20_000)
    assert 0 < len(wait_for(port)) <= READ_SIZE
    port.close()


def test_closed_port_says_so(line: Line) -> None:
    """Using a closed line is an error of the port, not a crash."""
    port = open_port(line.path)
    port.close()
    assert port.fileno() is None
    with pytest.raises(PortError):
        port.read()
    with pytest.raises(PortError):
        port.write(b"x")


# --- files and other nodes ----------------------------------------------------------------------------------------
def test_file_grows(tmp_path: Path) -> None:
    """A file keeps what it holds, gets our bytes at its end, and never answers."""
    tape = tmp_path / "tape.bin"
    tape.write_bytes(b"old")
    port = open_port(str(tape))
    assert port.fileno() is None
    assert port.read() == b""
    assert port.write(b"new") == 3
    port.close()
    assert tape.read_bytes() == b"oldnew"


def test_file_is_exclusive(tmp_path: Path) -> None:
    """Two terminals can not print into the same file."""
    tape = tmp_path / "tape.bin"
    tape.touch()
    port = open_port(str(tape))
    with pytest.raises(PortError, match="in use by another program"):
        open_port(str(tape))
    port.close()


def test_absent_path_is_not_created(tmp_path: Path) -> None:
    """An absent device is reported; opening never makes a file in its place."""
    path = tmp_path / "ttyUSB9"
    with pytest.raises(PortError, match=r"ttyUSB9: is not there"):
        open_port(str(path))
    assert not path.exists()


def test_pipe_carries_bytes(tmp_path: Path) -> None:
    """A named pipe works both ways, fills up without waiting, and a closed one says so."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    port = open_port(str(pipe))
    assert isinstance(port, DescriptorPort)
    assert port.read() == b""
    while port.write(b"x" * 65536):
        pass
    assert wait_for(port) == b"x" * READ_SIZE
    port.close()
    port.close()
    with pytest.raises(PortError, match="is closed"):
        port.write(b"x")


def test_character_device_that_is_no_line() -> None:
    """A character device that is no terminal is used as it is, and end of file there is only "nothing now"."""
    port = open_port("/dev/null")
    assert port.fileno() is None
    assert port.read() == b""
    assert port.write(b"receipt") == 7
    port.close()


def test_full_device_is_an_error() -> None:
    """A device that takes no more for ever is an error with a reason."""
    port = open_port("/dev/full")
    with pytest.raises(PortError, match="No space"):
        port.write(b"receipt")
    port.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("/", "Is a directory"),
        ("\0", "null"),
        ("", "is not there"),
        ("rfc2217://127.0.0.1:1", "no kind of port"),
        ("loop://", "no kind of port"),
        ("ftp://host", "no kind of port"),
        ("tcp://127.0.0.1", "write tcp://host:port"),
        ("tcp://127.0.0.1:99999", "write tcp://host:port"),
        ("tcp://[::1", "write tcp://host:port"),
        ("usb:04b8", "write usb:VID:PID"),
        ("usb:04b8:0202:1", "write usb:VID:PID"),
        ("usb:ffff:fffe", "is not there"),
        ("hwgrep://no such line", "no ports found"),
        ("evdev:/dev/input/no-such-scanner", "is not there"),
        ("evdev:/dev/null", "is another kind of device"),
    ],
)
def test_wrong_urls_are_refused_in_plain_words(url: str, reason: str) -> None:
    """Whatever stands in the configuration, the outcome is a port or one error with a reason."""
    with pytest.raises(PortError, match=reason):
        open_port(url)


# --- USB printers -------------------------------------------------------------------------------------------------
def test_usb_printer_is_found_by_its_ids(tmp_path: Path) -> None:
    """Among several printers the one with the ids is taken, in whatever case they are written."""
    sysfs = tmp_path / "sys"
    for number, (vendor, product) in enumerate([("0416", "5011"), ("04b8", "0E15")]):
        unit = sysfs / "devices" / f"1-{number}"
        interface = unit / f"1-{number}:1.0"
        entry = sysfs / "class" / "usbmisc" / f"lp{number}"
        interface.mkdir(parents=True)
        entry.mkdir(parents=True)
        (unit / "idVendor").write_text(f"{vendor}\n")
        (unit / "idProduct").write_text(f"{product}\n")
        (entry / "device").symlink_to(interface)
        (entry / "uevent").write_text(f"MAJOR=180\nMINOR={number}\nDEVNAME=usb/lp{number}\n")
    (sysfs / "class" / "usbmisc" / "lp7").mkdir()  # being unplugged: its files are gone already
    assert find_usb_printer("4B8", "e15", sysfs) == Path("/dev/usb/lp1")
    assert find_usb_printer("0416", "5011", sysfs) == Path("/dev/usb/lp0")
    with pytest.raises(PortError, match="usb:0416:0e15: is not there"):
        find_usb_printer("0416", "0e15", sysfs)


# --- network ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("scheme", ["tcp", "socket"])
def test_connection_carries_bytes_until_the_other_end_closes(scheme: str, host: str) -> None:
    """A number or a name, bytes go both ways; the other end's goodbye is a lost port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = open_port(f"{scheme}://{host}:{listener.getsockname()[1]}")
        assert isinstance(port, TcpPort)
        assert (port.fileno() is None) == (host == "localhost")
        unsent = b"printed"
        listener.setblocking(False)
        # Nobody waits here but the test: as the pump would, it offers the bytes until they are taken.
        while unsent:
            unsent = unsent[port.write(unsent) :]
            select.select([], [], [], 0.001)
        select.select([listener], [], [], 10)
        printer, _ = listener.accept()
        printer.settimeout(10)
        assert printer.recv(100) == b"printed"
        printer.sendall(b"status")
        answer = b""
        while not answer:
            answer = port.read()
        assert answer == b"status"
        printer.close()
        with pytest.raises(PortError, match="closed the connection"):
            read_until_gone(port)
        port.close()
        with pytest.raises(PortError, match="is closed"):
            port.read()


def test_refused_connection_is_an_error() -> None:
    """A host without such a service is reported, at once or with the first use."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    port = open_port(f"tcp://127.0.0.1:{number}")
    with pytest.raises(PortError, match="refuses the connection"):
        wait_for(port)
    port.close()


def test_unknown_name_is_an_error() -> None:
    """A name that no host has is reported by the port once the look-up is over."""
    port = open_port("tcp://no-such-host.invalid:9100")
    assert port.fileno() is None
    with pytest.raises(PortError, match="no host of this name"):
        read_until_gone(port)
    port.close()


def test_host_that_never_answers_is_given_up() -> None:
    """While a connection is on its way nothing is taken and nothing waits; the kernel then gives up (SYN_RETRIES)."""
    silence = Silence()
    port = open_port(f"tcp://127.0.0.1:{silence.number}")
    assert port.read() == b""
    assert port.write(b"x") == 0
    with pytest.raises(PortError, match="does not answer"):
        wait_for(port)
    port.close()
    silence.close()


def test_slow_connection_takes_part() -> None:
    """A printer that does not read takes what its buffers hold and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = open_port(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        printer, _ = listener.accept()
        taken = 0
        while count := port.write(b"x" * 1_000_000):
            taken += count
        assert 0 < taken < 100_000_000
        port.close()
        printer.close()
