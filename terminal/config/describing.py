"""What a configuration would open and how it would price, in words, for `fee-terminal check`; never a secret."""

import msgspec

from terminal.config.sections import Config
from terminal.fees import Tariff
from terminal.fees.schedule.model import ScheduleTariff
from terminal.money import figures


def describe(config: Config) -> str:
    """Some lines of text: a name, then what it is."""
    return "\n".join(f"{name:<10} {text}" for name, text in _lines(config))


def _lines(config: Config) -> list[tuple[str, str]]:
    of, printer = config.terminal, config.printer
    key_file = config.tickets.key_file
    return [
        ("terminal", f"{of.id} at {of.site}, {of.role}, {of.currency}, {of.timezone}, {of.language}"),
        ("data", str(of.data_dir)),
        ("validator", _validator(config)),
        ("scanner", config.scanner.port),
        ("printer", f"{printer.port}, profile {printer.profile}, {printer.columns} columns"),
        ("drawer", f"by {config.drawer.via}" if config.drawer else "none"),
        ("pins", _pins(config)),
        ("mqtt", _mqtt(config)),
        ("web", f"http://{config.web.listen}/" if config.web else "none"),
        ("status", _status(config)),
        ("staff", _fields(config.staff) if config.staff else "none"),
        ("tickets", f"signed with the key in {key_file} ({len(config.ticket_key)} bytes)"),
        *((f"tariff {name}", _tariff(tariff)) for name, tariff in config.tariffs.items()),
        ("dues", _fields(config.dues) if config.dues else "none"),
        *((f"service {name}", _fields(service)) for name, service in config.services.items()),
        ("kiosk", _fields(config.kiosk)) if of.role == "kiosk" else ("window", _window(config)),
    ]


def _window(config: Config) -> str:
    of, currency = config.window, config.terminal.currency
    alone = ", ".join(f"{act} {figures(minor, currency)}" for act, minor in of.alone_up_to_minor.items())
    return (
        f"cash{''.join(f', {method}' for method in of.methods)}; receipts {of.first_receipt_no} to {of.last_receipt_no};"
        f" at most {figures(of.drawer_max_minor, currency)} in the drawer; alone up to: {alone or 'as by default'}"
    )


def _validator(config: Config) -> str:
    if (section := config.validator) is None:
        return "none"
    notes = ", ".join(figures(note, config.terminal.currency) for note in section.accept_minor)
    return f"{section.protocol} on {section.port}, takes {notes or 'all notes that it knows'}"


def _pins(config: Config) -> str:
    wired = msgspec.structs.asdict(config.pins) if config.pins else {}
    return ", ".join(f"{name} {pin}" for name, pin in wired.items() if pin is not None) or "none"


def _mqtt(config: Config) -> str:
    if config.mqtt is None:
        return "none"
    return f"{config.mqtt.url}, topics fee/{config.terminal.site}/{config.terminal.id}/…"


def _status(config: Config) -> str:
    if config.status is None:
        return "none"
    scheme = "http" if config.status.cert_file is None else "https"
    names = f", asked for as {', '.join(config.status.names)}" if config.status.names else ""
    return f"{scheme}://{config.status.listen}/{names}"


def _tariff(tariff: Tariff) -> str:
    if not isinstance(tariff, ScheduleTariff):
        return _fields(tariff)
    special, versions = tariff.special, ", ".join(version.valid_from for version in tariff.versions)
    calendar = f"{len(special.holidays)} holidays and {len(special.workdays)} make-up workdays known"
    return f"{tariff.title['en']}, versions {versions}, {calendar}"


def _fields(struct: msgspec.Struct) -> str:
    return ", ".join(f"{name} {value}" for name, value in msgspec.structs.asdict(struct).items())
