"""What the keys of a configuration owe to each other and to this machine; everything that a type alone can not say.

A check is a function from a configuration to its problems, each a dotted key and a reason. All of them run, in the
order of the table at the end.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from terminal.config.sections import CHINESE_FONT, Config
from terminal.config.wording import shown
from terminal.fees.schedule.model import ScheduleTariff
from terminal.hw.typesetting import escpos_profiles
from terminal.hw.validators import PROTOCOLS
from terminal.money import MINOR_DIGITS
from terminal.shift.approvals import ALONE_UP_TO_MINOR

Problems = Iterator[tuple[str, str]]

SCHEMES = {
    "validator": {"tcp", "socket", "hwgrep"},
    "scanner": {"tcp", "socket", "hwgrep", "evdev"},
    "printer": {"tcp", "socket", "hwgrep", "usb"},
}
"""The URLs that make sense for a device, beside a plain path (`terminal/hw/port.py`)."""


def problems(config: Config) -> Problems:
    """All that is wrong with a configuration whose single values are in order."""
    for check in CHECKS:
        yield from check(config)


def one_of(known: Iterable[str], value: object) -> str:
    """The reason for a name that is none of those known."""
    return f"must be one of {', '.join(known)} (is {shown(value)})"


def terminal(config: Config) -> Problems:
    """Currency and time zone exist, and the data have a folder."""
    section = config.terminal
    if section.currency not in MINOR_DIGITS:
        yield "terminal.currency", one_of(MINOR_DIGITS, section.currency)
    if section.data_dir.exists() and not section.data_dir.is_dir():
        yield "terminal.data_dir", f"is not a folder (is {shown(str(section.data_dir))})"
    try:
        ZoneInfo(section.timezone)
    except (KeyError, ValueError, OSError):
        yield "terminal.timezone", f"must be a time zone like Asia/Shanghai (is {shown(section.timezone)})"


def role(config: Config) -> Problems:
    """A kiosk takes notes by itself; at a window somebody does, who signs in and has a drawer."""
    if config.terminal.role == "kiosk":
        if config.validator is None:
            yield "validator", "missing"
        return
    if config.validator is not None:
        yield "validator", "a window takes no notes by itself; leave the section out"
    if config.staff is None:
        yield "staff.operators_file", "missing; nobody could sign in at the window"
    if config.drawer is None:
        yield "drawer", "missing; a window has a cash drawer"
    if config.web is None:
        yield "web", "missing; the collector works on the terminal's page"
    if "cash" in config.window.methods:
        yield "window.methods", "must not name cash: that is always taken"
    if config.window.first_receipt_no > config.window.last_receipt_no:
        yield "window.last_receipt_no", f"must not be below window.first_receipt_no ({config.window.first_receipt_no})"
    for act in config.window.alone_up_to_minor:
        if act not in ALONE_UP_TO_MINOR:
            yield f"window.alone_up_to_minor.{act}", one_of(ALONE_UP_TO_MINOR, act)


def protocol(config: Config) -> Problems:
    """There is an engine for the validator's protocol."""
    if config.validator is not None and config.validator.protocol not in PROTOCOLS:
        yield "validator.protocol", one_of(PROTOCOLS, config.validator.protocol)


def ports(config: Config) -> Problems:
    """Each port is one that its device can be on, and nobody else's."""
    owners: dict[str, str] = {}
    for device, schemes in SCHEMES.items():
        if (section := getattr(config, device)) is None:
            continue
        url = section.port
        key = f"{device}.port"
        if reason := _wrong_port(url, schemes):
            yield key, f"{reason} (is {shown(url)})"
        if url in owners:
            yield key, f"is the same as {owners[url]}"
        owners[url] = key


def _wrong_port(url: str, schemes: set[str]) -> str | None:
    scheme, colon, rest = url.partition(":")
    if url.startswith("/") or not colon:
        return None
    if scheme not in schemes:
        return f"must be a path or begin with {', '.join(f'{each}:' for each in sorted(schemes))}"
    if scheme == "usb" and not re.fullmatch(r"[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}", rest):
        return "must be usb:VID:PID in hexadecimal digits"
    if scheme == "evdev" and not rest.startswith("/"):
        return "must be evdev: and an absolute path"
    if scheme in ("tcp", "socket") and not _host_and_port(url):
        return f"must be {scheme}://host:port"
    return None


def _host_and_port(url: str, port_needed: bool = True) -> bool:
    """Whether a URL is a host, a port and nothing more."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname and (parts.port or not port_needed)) and parts[2:] in (("", "", ""), ("/", "", ""))
    except ValueError:
        return False


def printer(config: Config) -> Problems:
    """The profile is known to python-escpos, and the font can be read if it will be used."""
    section = config.printer
    if section.profile not in (known := _profiles()):
        yield "printer.profile", f"is not known to python-escpos (is {shown(section.profile)}); {_some(known)}"
    if section.chinese == "picture" or section.font != CHINESE_FONT:
        yield from _unreadable("printer.font", section.font)


def _profiles() -> list[str]:
    """Names of python-escpos's profiles, from its data file: importing it takes longer than all the rest of a start."""
    content = escpos_profiles().read_bytes()
    capabilities = msgspec.json.decode(content, type=dict[str, dict[str, msgspec.Raw]])
    return sorted(capabilities["profiles"])


def _some(known: list[str]) -> str:
    return f"it knows {', '.join(known[:3])} and {len(known) - 3} more"


def drawer(config: Config) -> Problems:
    """A drawer on a pin has that pin, and no other one has."""
    pins = config.pins
    wired = pins is not None and pins.drawer is not None
    by_pin = config.drawer is not None and config.drawer.via == "gpio"
    if by_pin and not wired:
        yield "pins.drawer", "missing; drawer.via is gpio"
    if wired and not by_pin:
        yield "pins.drawer", "is set, but drawer.via is not gpio"
    if pins is not None and pins.drawer_sensor is not None and config.drawer is None:
        yield "pins.drawer_sensor", "is set, but there is no section [drawer]"
    if by_pin and config.drawer is not None and config.drawer.sensor != "none":
        yield "drawer.sensor", "is for a drawer on the printer; use pins.drawer_sensor"


def pins(config: Config) -> Problems:
    """No pin has two uses."""
    owners: dict[int, str] = {}
    for name, pin in msgspec.structs.asdict(config.pins).items() if config.pins else ():
        if pin in owners:
            yield f"pins.{name}", f"is the same as {owners[pin]} (is {pin})"
        if pin is not None:
            owners[pin] = f"pins.{name}"


def mqtt(config: Config) -> Problems:
    """The broker's address is one, holds no secret, and what belongs together is given together."""
    if (section := config.mqtt) is None:
        return
    yield from _mqtt_url(section.url)
    for key, needed in (("cert_file", "key_file"), ("key_file", "cert_file"), ("password_file", "username")):
        if getattr(section, key) is not None and getattr(section, needed) is None:
            yield f"mqtt.{needed}", f"missing; mqtt.{key} is set"
    for key in ("password_file", "ca_file", "cert_file", "key_file"):
        if (path := getattr(section, key)) is None:
            continue
        if key != "password_file" and not section.url.startswith("mqtts:"):
            yield f"mqtt.{key}", "is set, but mqtt.url is not mqtts://"
        yield from _unreadable(f"mqtt.{key}", path)


def _mqtt_url(url: str) -> Problems:
    if "@" in url:
        yield "mqtt.url", "must not hold a name or password; use mqtt.username and mqtt.password_file"
    elif not url.startswith(("mqtt://", "mqtts://")) or not _host_and_port(url, port_needed=False):
        yield "mqtt.url", f"must be mqtt://host:port or mqtts://host:port (is {shown(url)})"


def web(config: Config) -> Problems:
    """The page is for this machine only: whoever can reach it can press its buttons."""
    if config.web is None:
        return
    listen = config.web.listen
    if not _host_and_port(f"//{listen}"):
        yield "web.listen", f"must be host:port (is {shown(listen)})"
    elif not _loopback(config.web.address[0]):
        yield "web.listen", f"must be an address of this machine alone, like 127.0.0.1:8080 (is {shown(listen)})"


def status(config: Config) -> Problems:
    """Whoever is let in from outside this machine comes over TLS."""
    if (section := config.status) is None:
        return
    if not _host_and_port(f"//{section.listen}"):
        yield "status.listen", f"must be host:port (is {shown(section.listen)})"
    elif not _address(section.address[0]):  # a name would have to be looked up, and the terminal would wait for that
        yield "status.listen", f"must be an address in numbers, like 0.0.0.0:8443 (is {shown(section.listen)})"
    elif section.cert_file is None and not _loopback(section.address[0]):
        yield "status.cert_file", "missing; without it status.listen must be an address of this machine alone"
    if config.staff is None:
        yield "staff.operators_file", "missing; nobody could sign in on the status page"
    for key, needed in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if (path := getattr(section, key)) is None:
            continue
        if getattr(section, needed) is None:
            yield f"status.{needed}", f"missing; status.{key} is set"
        yield from _unreadable(f"status.{key}", path)


def _address(host: str) -> bool:
    try:
        return host == "localhost" or bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unreadable(key: str, path: Path) -> Problems:
    try:
        path.open("rb").close()
    except OSError as error:
        yield key, f"{path} can not be read: {error.strerror}"


def tariffs(config: Config) -> Problems:
    """A tariff counts in the terminal's currency, and by its clock."""
    for name, tariff in config.tariffs.items():
        for key in ("currency", "timezone") if isinstance(tariff, ScheduleTariff) else ():
            theirs, ours = getattr(tariff, key), getattr(config.terminal, key)
            if theirs != ours:
                yield f"tariffs.{name}", f"its {key} is {shown(theirs)}, but terminal.{key} is {shown(ours)}"


CHECKS: tuple[Callable[[Config], Problems], ...] = (
    terminal,
    role,
    protocol,
    ports,
    printer,
    drawer,
    pins,
    mqtt,
    web,
    status,
    tariffs,
)
