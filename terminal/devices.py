"""From configuration to lines: which engine speaks through which port. Nothing is opened here."""

import logging
import threading
from collections.abc import Callable
from functools import partial

import msgspec

from terminal.config import Config, PinsSection, ValidatorSection
from terminal.hw import receipt, typesetting
from terminal.hw.engine import Engine
from terminal.hw.letterhead import Letterhead
from terminal.hw.pins import Pins, Wiring
from terminal.hw.port import Port, open_port
from terminal.hw.printer import EscposPrinter
from terminal.hw.scanner import KeyboardScanner, SerialScanner
from terminal.hw.validators import PROTOCOLS
from terminal.pay.signing import sign
from terminal.pump import Line

log = logging.getLogger(__name__)


def lines(config: Config, wake: Callable[[], None]) -> list[Line]:
    """All devices that the configuration names; `wake` is called, from any thread, when a pin has news."""
    found = [scanner(config), printer(config)]
    if config.validator is not None:
        found.insert(0, validator(config.terminal.currency, config.validator))
    if config.pins is not None:
        found.append(pins(config.pins, wake))
    return found


def validator(currency: str, section: ValidatorSection) -> Line:
    """The bill validator, by its protocol."""
    engine_class = PROTOCOLS[section.protocol]
    engine = engine_class(currency, section.accept_minor, section.address)
    return Line(engine, opener(section.port, **engine_class.SERIAL))


def scanner(config: Config) -> Line:
    """The code scanner: a keyboard when its port says so, else a line of characters."""
    section = config.scanner
    prefix, suffix = section.prefix.encode(), section.suffix.encode()
    engine: Engine
    if section.port.startswith("evdev:"):
        engine = KeyboardScanner(prefix, suffix, not section.terminators)
    else:
        engine = SerialScanner(prefix, suffix, section.terminators.encode(), not section.terminators)
    return Line(engine, opener(section.port))


def printer(config: Config) -> Line:
    """The receipt printer, and the drawer if the printer kicks it."""
    section, drawer = config.printer, config.drawer
    of = config.terminal
    letterhead = Letterhead(
        columns=section.columns,
        profile=section.profile,
        chinese=section.chinese,
        font_path=str(section.font),
        site=of.site,
        terminal_id=of.id,
        currency=of.currency,
        timezone=of.timezone,
        issuer={language: name for language, name in (("zh-CN", of.payee_zh), ("en", of.payee_en)) if name},
    )
    kicks = drawer is not None and drawer.via == "printer"
    sensor = drawer.sensor if drawer is not None and kicks else "none"
    engine = EscposPrinter(
        partial(receipt.render, letterhead=letterhead, sign=partial(sign, config.ticket_key)),
        answers=section.answers,
        proof=section.proof if section.answers else "none",
        drawer=kicks,
        drawer_open_high=None if sensor == "none" else sensor == "open_high",
    )
    return Line(engine, opener(section.port, baudrate=section.baudrate))


def pins(section: PinsSection, wake: Callable[[], None]) -> Line:
    """Barrier, door, lamps and what else hangs on pins: they need no port."""
    return Line(Pins(Wiring(**msgspec.structs.asdict(section)), wake), None)


def opener(url: str, **serial: int) -> Callable[[], Port]:
    """Opens the port when it is called."""
    return partial(open_port, url, serial=serial)


def preload(failed: Callable[[OSError], None]) -> None:
    """Load what the first receipt needs, beside the running pump: it takes longer than a payer should wait."""

    def work() -> None:
        try:
            typesetting.load()
        except OSError as error:
            failed(error)
        else:
            log.info("receipts can be printed")

    threading.Thread(target=work, name="preload", daemon=True).start()
