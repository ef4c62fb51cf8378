"""Makes a folder in which the examples of docs/tariffs.md can be tried: `python scripts/rehearsal.py FOLDER`.

There are the tariff files, two configurations (k01.toml in Shanghai, k02.toml in Berlin), a key that everybody knows, and for
each a journal in which the cars of `CARS` were reported. `fee-terminal quote stay:NAME -c k01.toml --at TIME` does the rest.
"""

import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sim.configuration import least
from terminal.clock import Instant
from terminal.config import load
from terminal.fsm.events import Reported, Started
from terminal.fsm.world import new_world
from terminal.pump import Pump
from terminal.stays.reports import (
    AnyReport,
    InnerEntered,
    InnerLeft,
    PaidElsewhere,
    PassGranted,
    StayValidated,
    VehicleEntered,
    VehicleLeft,
)
from terminal.store.journal import FILE, Journal

ROOT = Path(__file__).resolve().parent.parent
KEY = b"a key for rehearsals, which everybody knows"

TARIFFS = {
    "k01": {
        "simple": "docs/examples/tariffs/simple.toml",
        "lot-a": "docs/examples/tariffs/lot-a.toml",
        "yard": "tests/fees/cases/overstay-one-stay.toml",
        "deck": "tests/fees/cases/hourly.toml",
        "hospital": "tests/fees/cases/new-price-split.toml",
    },
    "k02": {"museum": "docs/examples/tariffs/museum-berlin.toml"},
}
"""The tariffs of each terminal, and where their files are."""

PLACES = {"k01": ("lot-a", "CNY", "Asia/Shanghai"), "k02": ("museum", "EUR", "Europe/Berlin")}

SUSPICIOUS = """
kind = "schedule"
title = { zh-CN = "停车场", en = "Car park" }
currency = "CNY"
timezone = "Asia/Shanghai"

[[classes]]
id = "car"
name = { zh-CN = "小型车", en = "Car" }

[[versions]]
valid_from = "2026-01-01"
period_cap_minor = 4000
lost_ticket_minor = 3000

[[versions.rates]]
name = { zh-CN = "白天", en = "Day" }
from = "08:00"
to = "20:00"
cap_minor = 2000
units = [{ minutes = 60, minor = 500 }]

[[versions.rates]]
name = { zh-CN = "夜间", en = "Night" }
from = "20:00"
to = "08:00"
cap_minor = 6500
units = [{ minutes = 60, minor = 500 }]
"""
"""A tariff that can be used, although two things in it make no sense."""

Car = tuple[str, str, str, dict[str, Any]]

CARS: dict[str, tuple[Car, ...]] = {
    "k01": (
        ("first", "simple", "2026-03-02 08:00", {}),
        ("evening", "lot-a", "2026-03-02 17:30", {}),
        ("weekend", "lot-a", "2026-03-07 08:00", {}),
        ("short", "lot-a", "2026-03-02 08:00", {}),
        ("sunday", "lot-a", "2026-09-20 10:00", {}),
        ("change", "lot-a", "2026-08-31 19:00", {}),
        ("split", "hospital", "2026-06-30 22:30", {}),
        ("green", "lot-a", "2026-03-02 08:00", {"vehicle": "green"}),
        ("half", "lot-a", "2026-03-02 08:00", {}),
        ("shop", "lot-a", "2026-03-02 08:00", {"coupon": 60}),
        ("pass", "lot-a", "2026-03-02 08:00", {"pass": ("2026-02-01 00:00", "2026-03-02 18:00")}),
        ("late", "lot-a", "2026-03-02 08:00", {"paid": ("2026-03-02 10:00", 1100)}),
        ("back", "lot-a", "2026-03-02 09:05", {"last": ("2026-03-02 08:00", "2026-03-02 09:00", 500)}),
        ("nested", "yard", "2026-03-02 08:00", {"inner": ("deck", "2026-03-02 09:00", "2026-03-02 11:00")}),
        ("unknown", "deck", "2026-03-02 08:00", {}),
        ("upside-down", "lot-a", "2026-03-02 08:00", {"left": "2026-03-02 07:00"}),
    ),
    "k02": (
        ("night", "museum", "2026-10-24 23:30", {}),
        ("friend", "museum", "2026-07-01 10:00", {}),
    ),
}
"""The cars that each terminal was told of: name of the stay, tariff, when it came, what else is known."""

READY_MS = 1_767_225_600_000


class StandingClock:
    """It is always the same moment."""

    def now(self) -> Instant:
        """That moment."""
        return Instant(READY_MS, 0)


def prepare(folder: Path) -> None:
    """Fills the folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ticket.key").write_bytes(KEY)
    (folder / "suspicious.toml").write_text(SUSPICIOUS, "utf-8")
    (folder / "gap.toml").write_text(SUSPICIOUS.replace('from = "20:00"', 'from = "21:00"'), "utf-8")
    for name, tariffs in TARIFFS.items():
        site, currency, timezone = PLACES[name]
        config = least(name, site=site, currency=currency, timezone=timezone, data_dir=name)
        for tariff_id, path in tariffs.items():
            shutil.copy(ROOT / path, folder / Path(path).name)
            config += f'\n[tariffs.{tariff_id}]\nfile = "{Path(path).name}"\n'
        (folder / f"{name}.toml").write_text(config, "utf-8")
        told(folder, name, ZoneInfo(timezone))


def told(folder: Path, name: str, zone: ZoneInfo) -> None:
    """Makes the journal of a terminal, with all that it was told of its cars."""
    rules = load(folder / f"{name}.toml").rules()
    (folder / name).mkdir(exist_ok=True)
    (folder / name / FILE).unlink(missing_ok=True)
    journal = Journal.open(folder / name / FILE)
    pump = Pump(new_world(), journal, [], StandingClock(), KEY, lambda world: None)
    pump.begin(Started("rehearsal", rules))
    for number, (stay_id, tariff_id, came, more) in enumerate(CARS[name], 10_001):
        found = reports(stay_id, f"粤B{number}", tariff_id, came, more, zone)
        pump.inbox.extend(Reported(report) for report in found)
    pump.tick()
    journal.close()


def reports(
    stay_id: str, plate: str, tariff_id: str, came: str, more: dict[str, Any], zone: ZoneInfo
) -> list[AnyReport]:
    """What cameras, merchants, the office and another terminal say of one car."""

    def ms(text: str) -> int:
        return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)

    found: list[AnyReport] = []
    if "last" in more:
        begun, left, paid_minor = more["last"]
        last = f"{stay_id}-last"
        found += [
            VehicleEntered(f"{last}-in", last, plate, ms(begun), tariff_id),
            PaidElsewhere(f"{last}-paid", "k03", last, ms(left), paid_minor),
            VehicleLeft(f"{last}-out", last, ms(left)),
        ]
    found.append(VehicleEntered(f"{stay_id}-in", stay_id, plate, ms(came), tariff_id, more.get("vehicle", "")))
    if "coupon" in more:
        names = {"en": "Bookshop", "zh-CN": "书店"}
        found.append(StayValidated(f"{stay_id}-coupon", stay_id, "books-330", names, minutes=more["coupon"]))
    if "pass" in more:
        names = {"en": "Monthly pass", "zh-CN": "月卡"}
        begins, ends = map(ms, more["pass"])
        found.append(PassGranted(f"{stay_id}-pass", "P-88", plate, begins, ends, names))
    if "paid" in more:
        at, paid_minor = more["paid"]
        found.append(PaidElsewhere(f"{stay_id}-paid", "k03", stay_id, ms(at), paid_minor))
    if "inner" in more:
        inner, begins, ends = more["inner"]
        found += [
            InnerEntered(f"{stay_id}-down", stay_id, inner, ms(begins)),
            InnerLeft(f"{stay_id}-up", stay_id, inner, ms(ends)),
        ]
    if "left" in more:
        found.append(VehicleLeft(f"{stay_id}-out", stay_id, ms(more["left"])))
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/rehearsal.py FOLDER")
    prepare(Path(sys.argv[1]))
