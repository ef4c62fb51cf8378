"""A port is a URL: whatever is behind it, bytes come and go through the same four calls, and none of them ever waits.

    /dev/ttyUSB0, /dev/serial/by-id/…   a serial line, pseudo-terminal or link to one; opened exclusively
    /dev/usb/lp0, receipts.bin          any other character device, or a file, to which bytes are appended
    hwgrep://VID:PID                    a serial line that pyserial finds by what it says of itself
    usb:VID:PID                         a USB printer (kernel driver usblp), found by its ids in hexadecimal
    tcp://host:9100                     a network printer or serial server; socket:// is the same
    evdev:/dev/input/by-id/…            a keyboard-like device, grabbed: its key strokes reach nobody else

A port that can not be opened, or goes away, raises `PortError` with a plain reason; opening it again later is the
pump's business. pyserial's other URLs (rfc2217://, loop://, …) are refused: their calls wait. This file is the only
importer of pyserial.
"""

import errno
import fcntl
import os
import select
import socket
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import serial as pyserial

from terminal.errors import PortError

READ_SIZE = 4096
"""The most bytes that one `read` hands out, so that a chattering device can not hold up the others."""

SYN_RETRIES = 1
"""TCP_SYNCNT, see tcp(7): a host that does not answer is given up after 1 s + 2 s."""

REASONS = {
    errno.ENOENT: "is not there",
    errno.ENODEV: "is gone",
    errno.ENXIO: "is gone",
    errno.EIO: "is gone",
    errno.EPIPE: "is gone",
    errno.EACCES: "must not be used by this user",
    errno.EPERM: "must not be used by this user",
    errno.EBUSY: "is in use by another program",
    errno.EAGAIN: "is in use by another program",
    errno.ECONNREFUSED: "refuses the connection",
    errno.ECONNRESET: "is gone",
    errno.ETIMEDOUT: "does not answer",
    errno.ENOTTY: "is another kind of device",
}

SerialSettings = Mapping[str, Any]
"""Settings of a serial line by pyserial's names: `baudrate`, `bytesize`, `parity`, `stopbits`, `rtscts`, …"""


class Port(Protocol):
    """Where a device's bytes come from and go to."""

    def fileno(self) -> int | None:
        """What to wait on; the same for the life of the port. None: nothing to wait on, ask `read` now and then."""

    def read(self) -> bytes:
        """What has arrived, at most `READ_SIZE` bytes; empty: nothing now. Raises `PortError` when the port is gone."""

    def write(self, data: bytes) -> int:
        """Hands over bytes; returns how many were taken, perhaps none. Raises `PortError` when the port is gone."""

    def close(self) -> None:
        """Gives the device back; closing twice does no harm."""


def open_port(url: str, *, serial: SerialSettings | None = None) -> Port:
    """Opens the port that `url` names; `serial` counts for serial lines only (else 9600 8N1).

    Raises `PortError` with the URL and a plain reason.
    """
    settings = serial or {}
    scheme = url.partition(":")[0]
    if scheme in OPENERS:
        return OPENERS[scheme](url)
    if scheme == "hwgrep":
        return SerialPort(url, url, settings)
    if "://" in url:
        raise PortError(f"{url}: {scheme}:// is no kind of port that can be used here")
    return _open_path(url, url, settings)


def _open_path(url: str, path: str, settings: SerialSettings) -> Port:
    """A serial line is held open while pyserial opens it again: between the two its DTR line must not drop."""
    fd = _open_descriptor(url, path)
    if not os.isatty(fd):
        return DescriptorPort(url, fd)
    try:
        return SerialPort(url, path, settings)
    finally:
        os.close(fd)


def _open_usb(url: str) -> Port:
    ids = url.split(":")
    if len(ids) != 3:
        raise PortError(f"{url}: write usb:VID:PID")
    _, vendor, product = ids
    return _open_path(url, str(find_usb_printer(vendor, product)), {})


def _open_tcp(url: str) -> Port:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise PortError(f"{url}: write tcp://host:port")
    return TcpPort(url, host, port)


def _open_evdev(url: str) -> Port:
    return EvdevPort(url, url.partition(":")[2])


OPENERS: dict[str, Callable[[str], Port]] = {
    "usb": _open_usb,
    "tcp": _open_tcp,
    "socket": _open_tcp,
    "evdev": _open_evdev,
}


class DescriptorPort:
    """Bytes through a non-blocking file descriptor: a character device, a pipe, or a file that grows."""

    def __init__(self, url: str, fd: int) -> None:
        self._url = url
        self._fd: int | None = fd
        self._is_file = stat.S_ISREG(os.fstat(fd).st_mode)
        self._pollable = _pollable(fd)

    def fileno(self) -> int | None:
        """The descriptor, unless the kernel can not wait on it (files, `/dev/null`)."""
        return self._fd if self._pollable else None

    def read(self) -> bytes:
        """What the device has said. A file says nothing: what stands in it is what we wrote ourselves."""
        if self._is_file:
            return b""
        fd = self._open_fd()
        try:
            return os.read(fd, READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EINVAL:  # the kernel's usblp: this printer has no way back to us
                return b""
            raise _port_error(self._url, error) from error

    def write(self, data: bytes) -> int:
        """Hands over what the device takes at once."""
        fd = self._open_fd()
        try:
            return os.write(fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise _port_error(self._url, error) from error

    def close(self) -> None:
        """Closes the descriptor."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _open_fd(self) -> int:
        if self._fd is None:
            raise PortError(f"{self._url}: is closed")
        return self._fd


class SerialPort:
    """A serial line: set up and read by pyserial, which notices a pulled plug; written to by ourselves, because
    pyserial 3.5 spins for ever in `write` with `write_timeout=0` while the line's buffer is full."""

    def __init__(self, url: str, path: str, settings: SerialSettings) -> None:
        self._url = url
        try:
            self._line = pyserial.serial_for_url(path, do_not_open=True, timeout=0, exclusive=True, **settings)
            self._line.open()
        except (OSError, ValueError) as error:  # SerialException is an OSError; ValueError: a setting out of range
            raise _port_error(url, error) from error

    def fileno(self) -> int | None:
        """The line's descriptor; None once it is closed."""
        return int(self._line.fileno()) if self._line.is_open else None

    def read(self) -> bytes:
        """What has arrived on the line."""
        try:
            return bytes(self._line.read(READ_SIZE))
        except OSError as error:
            raise _port_error(self._url, error) from error

    def write(self, data: bytes) -> int:
        """Hands over what fits into the line's buffer."""
        try:
            return os.write(self._line.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise _port_error(self._url, error) from error

    def close(self) -> None:
        """Gives the line back."""
        self._line.close()


class TcpPort:
    """A TCP connection that is made, used and lost without ever waiting.

    Until it stands, `read` finds nothing and `write` takes nothing, as on a line that is busy. A host name is looked up
    on a thread, and such a port has no descriptor to wait on; a numeric address costs neither.
    """

    def __init__(self, url: str, host: str, port: int) -> None:
        self._url = url
        self._socket: socket.socket | None = None
        self._closed = False
        self._found: tuple[socket.AddressFamily, tuple[object, ...]] | OSError | None = None
        self._is_name = False
        try:
            self._found = _look_up(host, port, socket.AI_NUMERICHOST)
            self._connection()
        except socket.gaierror:
            self._is_name = True
            threading.Thread(target=self._look_up, args=(host, port), name=f"look up {host}", daemon=True).start()

    def _look_up(self, host: str, port: int) -> None:
        try:
            self._found = _look_up(host, port, 0)
        except OSError as error:
            self._found = error

    def _connection(self) -> socket.socket | None:
        """The socket, once the host is known; the connection may still be on its way."""
        if self._closed:
            raise PortError(f"{self._url}: is closed")
        if self._socket is None and self._found is not None:
            if isinstance(self._found, OSError):
                raise PortError(f"{self._url}: no host of this name was found")
            self._socket = self._connect(*self._found)
        return self._socket

    def _connect(self, family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, SYN_RETRIES)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        result = connection.connect_ex(address)
        if result not in (0, errno.EINPROGRESS):
            connection.close()
            raise _port_error(self._url, OSError(result, os.strerror(result)))
        return connection

    def fileno(self) -> int | None:
        """The socket, when the host was given as a number."""
        return None if self._is_name or self._socket is None else self._socket.fileno()

    def read(self) -> bytes:
        """What the other end has sent."""
        connection = self._connection()
        if connection is None:
            return b""
        try:
            data = connection.recv(READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise _port_error(self._url, error) from error
        if not data:
            raise PortError(f"{self._url}: the other end has closed the connection")
        return data

    def write(self, data: bytes) -> int:
        """Hands over what the connection takes; nothing while it is being made."""
        connection = self._connection()
        if connection is None:
            return 0
        try:
            return connection.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise _port_error(self._url, error) from error

    def close(self) -> None:
        """Ends the connection."""
        self._closed = True
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class EvdevPort(DescriptorPort):
    """A device that types, all for ourselves: `read` hands out the kernel's `struct input_event` records."""

    def __init__(self, url: str, path: str) -> None:
        import evdev  # only where a scanner types

        try:
            self._device = evdev.InputDevice(path)
        except OSError as error:
            raise _port_error(url, error) from error
        keys = self._device.capabilities().get(evdev.ecodes.EV_KEY, [])
        # One scanner may show several nodes, and only one of them types (the others carry volume keys and the like).
        if evdev.ecodes.KEY_1 not in keys or evdev.ecodes.KEY_ENTER not in keys:
            self._device.close()
            raise PortError(f"{url}: does not type; take the node whose name ends in -event-kbd")
        try:
            self._device.grab()
        except OSError as error:
            self._device.close()
            raise _port_error(url, error) from error
        super().__init__(url, self._device.fd)

    def close(self) -> None:
        """Lets the device's keys go where they went before."""
        if self._fd is not None:
            self._fd = None
            self._device.close()  # closing the descriptor ends the grab


def find_usb_printer(vendor: str, product: str, sysfs: Path = Path("/sys"), dev: Path = Path("/dev")) -> Path:
    """The device node of the USB printer with these ids (hexadecimal, as `lsusb` shows them).

    Raises `PortError` when there is none. Layout: the kernel's Documentation/ABI/stable/sysfs-bus-usb; a class device's
    `device` link leads to the USB interface, whose parent is the USB device with its ids.
    """
    for entry in sorted((sysfs / "class" / "usbmisc").glob("lp*")):
        unit = (entry / "device").resolve().parent
        try:
            ids = [(unit / name).read_text(encoding="ascii").strip().lower() for name in ("idVendor", "idProduct")]
            facts = (entry / "uevent").read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError):  # unplugged while we look
            continue
        names = [fact.removeprefix("DEVNAME=") for fact in facts if fact.startswith("DEVNAME=")]
        if ids == [vendor.lower().zfill(4), product.lower().zfill(4)] and names:
            return dev / names[0]
    raise PortError(f"usb:{vendor}:{product}: is not there")


def _look_up(host: str, port: int, flags: int) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)[0]
    return family, address


def _open_descriptor(url: str, path: str) -> int:
    """Opens without waiting, creates nothing, takes the lock that pyserial takes too."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise _port_error(url, error) from error
    try:
        kind = os.fstat(fd).st_mode
        if not (stat.S_ISCHR(kind) or stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
            raise OSError(errno.ENOTTY, "")
        if not os.isatty(fd):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        raise _port_error(url, error) from error
    return fd


def _pollable(fd: int) -> bool:
    """Whether the kernel can wait on this descriptor (epoll_ctl(2), EPERM)."""
    with select.epoll() as epoll:
        try:
            epoll.register(fd, select.EPOLLIN)
        except PermissionError:
            return False
    return True


def _port_error(url: str, error: Exception) -> PortError:
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        return PortError(f"{url}: {error}")
    return PortError(f"{url}: {REASONS.get(number) or os.strerror(number)}")
