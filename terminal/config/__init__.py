"""One TOML file becomes one frozen, checked `Config`, or a `ConfigError` of one line with file, key and reason.

sections.py   what the file may say: every key, its range and its default
reading.py    the file, its sections, its keys
checking.py   what keys owe to each other and to this machine
describing.py what a configuration would open, in words
"""

from terminal.config.describing import describe
from terminal.config.reading import load
from terminal.config.sections import (
    Config,
    DrawerSection,
    KioskSection,
    MqttSection,
    PinsSection,
    PrinterSection,
    ScannerSection,
    StaffSection,
    StatusSection,
    TerminalSection,
    TicketsSection,
    ValidatorSection,
    WebSection,
)

__all__ = [
    "Config",
    "DrawerSection",
    "KioskSection",
    "MqttSection",
    "PinsSection",
    "PrinterSection",
    "ScannerSection",
    "StaffSection",
    "StatusSection",
    "TerminalSection",
    "TicketsSection",
    "ValidatorSection",
    "WebSection",
    "describe",
    "load",
]
