"""What a configuration file may say: a struct a section, a field a key.

The type of a field is its range and its default is what counts when the key is left out; `docs/configuration.md` tells
the same to people, and a test compares the two.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, field

from terminal.fees import Tariff
from terminal.fees.dues import DuesRules, LateFee
from terminal.fees.services import Service
from terminal.fsm.rules import Rules
from terminal.fsm.window_rules import WindowRules

NAME = r"^[A-Za-z0-9-]{1,32}\Z"
"""Ids travel in ticket codes and MQTT topics, so they are plain."""

HOST_NAME = r"^([A-Za-z0-9][A-Za-z0-9.-]{0,252}|[0-9A-Fa-f:]{2,39})\Z"
"""A name, an IPv4 address, or an IPv6 address without brackets."""

CHINESE_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""The font of Debian's package fonts-wqy-microhei."""


class PortUrl(str):
    """A path or URL of a port (`terminal/hw/port.py`); a path is absolute once it has been read."""


class Secret(bytes):
    """Bytes that never show themselves."""

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__


Name = Annotated[str, Meta(pattern=NAME, description="1 to 32 letters, digits or hyphens")]
Text = Annotated[str, Meta(min_length=1, max_length=255, description="a text")]
Line = Annotated[str, Meta(max_length=60, description="a text of at most 60 characters")]
Marks = Annotated[str, Meta(pattern=r"^[\x00-\x7F]{0,16}\Z", description="at most 16 ASCII characters")]
HostName = Annotated[str, Meta(pattern=HOST_NAME, description="a host name or an address, without a port")]
Pin = Annotated[int, Meta(ge=0, le=27)]
Minor = Annotated[int, Meta(ge=1, le=100_000_000)]


class Section(msgspec.Struct, frozen=True):
    """Base of all sections."""


class TerminalSection(Section, frozen=True, kw_only=True):
    """Who this terminal is."""

    id: Name
    site: Name
    role: Literal["kiosk", "window"] = "kiosk"
    currency: Text
    timezone: Text
    language: Literal["zh-CN", "en"] = "zh-CN"
    payee_zh: Line = ""
    payee_en: Line = ""
    data_dir: Path


class ValidatorSection(Section, frozen=True, kw_only=True):
    """The bill validator."""

    protocol: Text
    port: PortUrl
    address: Annotated[int, Meta(ge=0, le=125)] = 0
    """On a bus of several devices; SSP has the addresses 0x00 to 0x7D (SSP manual GA138, packet outline)."""
    accept_minor: Annotated[tuple[Minor, ...], Meta(max_length=16)] = ()
    """Notes that may be taken; none named: all that the validator knows."""


class ScannerSection(Section, frozen=True, kw_only=True):
    """The code scanner."""

    port: PortUrl
    prefix: Marks = ""
    suffix: Marks = ""
    terminators: Marks = "\r\n"
    """Each of these characters ends a code; none at all: silence ends it."""


class PrinterSection(Section, frozen=True, kw_only=True):
    """The receipt printer."""

    port: PortUrl
    profile: Text = "default"
    columns: Annotated[int, Meta(ge=32, le=64)] = 48
    baudrate: Literal[9600, 19200, 38400, 57600, 115200] = 19200
    answers: bool = True
    """False for a line that only goes one way: nothing is known of paper and cover."""
    proof: Literal["auto", "process_id", "fence", "none"] = "auto"
    """How it is asked whether a document was printed."""
    chinese: Literal["gb18030", "picture"] = "gb18030"
    font: Path = CHINESE_FONT
    """For Chinese as a picture, and for characters that the printer does not have."""


class DrawerSection(Section, frozen=True, kw_only=True):
    """The cash drawer."""

    via: Literal["printer", "gpio"] = "printer"
    sensor: Literal["none", "open_high", "open_low"] = "none"
    """The drawer switch on the printer's connector: the level that means open."""


class PinsSection(Section, frozen=True, kw_only=True):
    """GPIO lines by their BCM numbers; what is left out is not wired."""

    barrier: Pin | None = None
    door: Pin | None = None
    cancel: Pin | None = None
    lamp_ready: Pin | None = None
    lamp_busy: Pin | None = None
    drawer: Pin | None = None
    drawer_sensor: Pin | None = None


class MqttSection(Section, frozen=True, kw_only=True):
    """The broker that events and health go to."""

    url: Text
    username: Text | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    client_id: Text | None = None
    discovery: bool = False

    @property
    def tls(self) -> bool:
        """Whether the line to the broker is encrypted."""
        return urlsplit(self.url).scheme == "mqtts"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the broker."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (8883 if self.tls else 1883)


class WebSection(Section, frozen=True, kw_only=True):
    """The terminal's own page."""

    listen: Text = "127.0.0.1:8080"
    plate_search: bool = False
    """Whether a payer may choose his car by a part of its plate. A plate is no secret: a car that owes nothing is not let out."""
    px_per_mm: Annotated[float, Meta(ge=1.0, le=20.0, description="a number from 1.0 to 20.0")] = 4.63
    """Pixels a millimetre of the payer's screen, so that buttons are large enough for fingers; 10.1 inches of 1024 pixels."""
    framed_by: Annotated[
        str,
        Meta(pattern=r"^(https?://[A-Za-z0-9.:\[\]-]{1,100})?\Z", description="an origin, like http://127.0.0.1:8090"),
    ] = ""
    """The one origin whose pages may show the kiosk's page in a frame (the rig's); empty: none."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        parts = urlsplit(f"//{self.listen}")
        return parts.hostname or "", parts.port or 0


class StatusSection(Section, frozen=True, kw_only=True):
    """The staff's status page, for phones on the local network."""

    listen: Text
    cert_file: Path | None = None
    key_file: Path | None = None
    names: Annotated[tuple[HostName, ...], Meta(max_length=8)] = ()
    """Under which the page is asked for, beside the address that it listens on."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        parts = urlsplit(f"//{self.listen}")
        return parts.hostname or "", parts.port or 0


class StaffSection(Section, frozen=True, kw_only=True):
    """Who of the staff may sign in, and what the service page may do to the machine."""

    operators_file: Path
    power_off: bool = False
    """Whether a shut-down on the service page also switches the machine off, not only the program."""


class TicketsSection(Section, frozen=True, kw_only=True):
    """What makes a ticket genuine."""

    key_file: Path


class TariffFileSection(Section, frozen=True, kw_only=True):
    """A tariff that has a file of its own."""

    file: Path


class ServiceSection(Section, frozen=True, kw_only=True):
    """Something that is sold by the piece: a card, a copy."""

    name_zh: Text
    name_en: Text
    unit_zh: Text | None = None
    unit_en: Text | None = None
    """What one of it is called."""
    price_minor: Minor
    max_quantity: Annotated[int, Meta(ge=1, le=999)] = 99
    """At most so many in one sale."""


class DuesSection(Section, frozen=True, kw_only=True):
    """Property fees and the like, out of the ledger that `fee-terminal dues import` fills."""

    late_after_days: Annotated[int, Meta(ge=0, le=3_660)] = 0
    late_ppm_per_day: Annotated[int, Meta(ge=0, le=100_000)] = 0
    """Parts per million of what is open, for each day after that."""
    late_cap_percent: Annotated[int, Meta(ge=0, le=1_000)] = 100

    def rules(self) -> DuesRules:
        """The part that decisions depend on."""
        return DuesRules(late=LateFee(self.late_after_days, self.late_ppm_per_day, self.late_cap_percent))


class WindowSection(Section, frozen=True, kw_only=True):
    """What holds where a collector sits."""

    methods: Annotated[tuple[Name, ...], Meta(max_length=8)] = ()
    """How can be paid beside cash; all of it happens outside this terminal and carries a reference."""
    alone_up_to_minor: dict[str, Annotated[int, Meta(ge=0, le=100_000_000)]] = field(default_factory=dict)
    """Up to which amount an act (`terminal.shift.approvals`) needs no second person."""
    drawer_max_minor: Annotated[int, Meta(ge=1, le=100_000_000)] = 300_000
    first_receipt_no: Annotated[int, Meta(ge=1, le=999_999_999)] = 1
    last_receipt_no: Annotated[int, Meta(ge=1, le=999_999_999)] = 999_999_999

    def rules(self, drawer_sensor: bool) -> WindowRules:
        """The part that decisions depend on."""
        return WindowRules(
            methods=("cash", *self.methods),
            alone_up_to_minor=self.alone_up_to_minor,
            drawer_max_minor=self.drawer_max_minor,
            first_receipt_no=self.first_receipt_no,
            last_receipt_no=self.last_receipt_no,
            drawer_sensor=drawer_sensor,
        )


class KioskSection(Section, frozen=True, kw_only=True):
    """What holds for a payer who is alone."""

    credit_limit_minor: Annotated[int, Meta(ge=0, le=100_000_000)] = 2000
    payment_timeout_s: Annotated[int, Meta(ge=5, le=3600)] = 60
    receipt: Literal["always", "on_request"] = "always"
    """Whether the receipt of a paid sale is printed, or only when the payer asks for it."""
    help_phone: Annotated[
        str, Meta(pattern=r"^[0-9+() -]{0,24}\Z", description="a phone number of at most 24 characters")
    ] = ""
    """Whom a payer may call where nobody hears of it by MQTT; it stands on the screen."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """All of one file, checked. A section that may be left out and has no defaults to offer is None when it is."""

    file: str
    """The file's name, as it was given."""
    terminal: TerminalSection
    validator: ValidatorSection | None = None
    """What a kiosk takes money with; a window has a drawer and a collector."""
    scanner: ScannerSection
    printer: PrinterSection
    drawer: DrawerSection | None = None
    pins: PinsSection | None = None
    mqtt: MqttSection | None = None
    web: WebSection | None = None
    status: StatusSection | None = None
    staff: StaffSection | None = None
    tickets: TicketsSection
    ticket_key: Secret
    """The content of `tickets.key_file`, without its trailing newline."""
    tariffs: dict[str, Tariff]
    dues: DuesSection | None = None
    services: dict[str, Service] = {}
    kiosk: KioskSection = field(default_factory=KioskSection)
    window: WindowSection = field(default_factory=WindowSection)

    def rules(self) -> Rules:
        """The part that decisions depend on, without any secret."""
        return Rules(
            terminal_id=self.terminal.id,
            site=self.terminal.site,
            currency=self.terminal.currency,
            language=self.terminal.language,
            timezone=self.terminal.timezone,
            tariffs=self.tariffs,
            devices=self.devices(),
            accept_minor=() if self.validator is None else self.validator.accept_minor,
            credit_limit_minor=self.kiosk.credit_limit_minor,
            payment_timeout_s=self.kiosk.payment_timeout_s,
            receipt=self.kiosk.receipt if self.terminal.role == "kiosk" else "always",
            dues=None if self.dues is None else self.dues.rules(),
            services=self.services,
            window=self.window.rules(self.drawer_tells()) if self.terminal.role == "window" else None,
        )

    def devices(self) -> tuple[str, ...]:
        """The devices that selling depends on."""
        barrier = self.pins is not None and self.pins.barrier is not None
        validator = self.validator is not None
        return (*(["validator"] if validator else []), "scanner", "printer", *(["barrier"] if barrier else []))

    def drawer_tells(self) -> bool:
        """Whether the drawer has a sensor."""
        if self.drawer is None:
            return False
        return self.drawer.sensor != "none" or (self.pins is not None and self.pins.drawer_sensor is not None)


SECTIONS: dict[str, type[Section]] = {
    "terminal": TerminalSection,
    "validator": ValidatorSection,
    "scanner": ScannerSection,
    "printer": PrinterSection,
    "drawer": DrawerSection,
    "pins": PinsSection,
    "mqtt": MqttSection,
    "web": WebSection,
    "status": StatusSection,
    "staff": StaffSection,
    "tickets": TicketsSection,
    "dues": DuesSection,
    "kiosk": KioskSection,
    "window": WindowSection,
}
"""All sections but those that have a name each, like `[tariffs.<name>]`."""

NAMED_SECTIONS = ("tariffs", "services")
"""Sections that have a name each."""

OPTIONAL_SECTIONS = {"validator", "window", "drawer", "pins", "mqtt", "web", "status", "staff", "dues", "kiosk"}
