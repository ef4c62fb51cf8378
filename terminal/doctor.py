"""`fee-terminal doctor`: looks at each device as the terminal would, and says one line about each.

It drives the same engines through the same ports, with all levels off: no note is taken, nothing is printed or opened. A
terminal that is running holds the ports; the doctor then says that they are in use.
"""

import sqlite3
import time
from collections.abc import Iterator

import msgspec

from terminal.config import Config
from terminal.devices import lines
from terminal.errors import StoreError
from terminal.fsm.effects import Wanted
from terminal.fsm.events import DeviceChanged, DeviceIdentified
from terminal.pump import Line
from terminal.store.journal import FILE, Reader
from terminal.store.room import room
from terminal.web.payer.view import problem

PATIENCE_S = 6.0
"""How long a device may take to start up."""
TURN_S = 0.01

WAL_RESET_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""SQLite versions from which a rare corruption is mended, by branch (sqlite.org/wal.html, "WAL-reset bug")."""


class Finding(msgspec.Struct):
    """What was found about one thing; `well` False makes the doctor's exit status 1."""

    what: str
    well: bool
    says: str


def examine(config: Config) -> Iterator[Finding]:
    """Look at everything, one after the other; nothing raises."""
    yield from _devices(config)
    yield _disk(config)
    yield _journal(config)
    yield _sqlite()


def _devices(config: Config) -> Iterator[Finding]:
    found = lines(config, lambda: None)
    identities: dict[str, str] = {}
    problems: dict[str, tuple[str, ...]] = {}
    give_up_at, began = time.monotonic() + PATIENCE_S, time.monotonic()
    while time.monotonic() < give_up_at and not _all_said(found, problems):
        now_ms = int((time.monotonic() - began) * 1000)
        for line in found:
            line.hear(now_ms)
            line.engine.follow(Wanted(), now_ms)
            while (event := line.engine.next_event()) is not None:
                if isinstance(event, DeviceChanged):
                    problems[event.device] = event.problems
                elif isinstance(event, DeviceIdentified):
                    identities[event.device] = f"{event.model} {event.serial}, firmware {event.firmware}: "
            line.speak(now_ms)
        time.sleep(TURN_S)
    for line in found:
        device = line.engine.device
        wrong = problems.get(device, ("silent",))
        says = line.why_closed or ", ".join(problem("en", device, name) for name in wrong) or "well"
        yield Finding(device, not wrong, f"{identities.get(device, '')}{says}")
        line.close(int((time.monotonic() - began) * 1000))


def _all_said(found: list[Line], problems: dict[str, tuple[str, ...]]) -> bool:
    return all(problems.get(line.engine.device) == () for line in found)


def _disk(config: Config) -> Finding:
    found = room(config.terminal.data_dir, probe=True) if config.terminal.data_dir.exists() else "ok"
    return Finding("disk", found == "ok", f"{config.terminal.data_dir}: {found}")


def _journal(config: Config) -> Finding:
    path = config.terminal.data_dir / FILE
    if not path.exists():
        return Finding("journal", True, f"{path}: not there yet, it is made at the first start")
    try:
        Reader(path).close()
    except StoreError as error:
        return Finding("journal", False, str(error))
    return Finding("journal", True, f"{path}: can be read; `fee-terminal audit` verifies it")


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version_info
    mended = version >= WAL_RESET_FIXED[0] or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in WAL_RESET_FIXED
    )
    says = f"SQLite {sqlite3.sqlite_version}"
    if not mended:
        says += ": has the rare WAL-reset bug; harmless while only the terminal writes the journal, as it sees to"
    return Finding("sqlite", True, says)
