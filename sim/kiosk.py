"""The terminal of the virtual world, kiosk or window: its rules, its key, and what it is fitted with."""

import random
from typing import Literal

import msgspec

from sim.configuration import Role
from terminal.fees.dues import DuesRules
from terminal.fees.parking import ParkingTariff
from terminal.fees.schedule.model import Concession, Rate, Rounding, ScheduleTariff, Unit, VehicleClass, Version
from terminal.fees.services import Service
from terminal.fsm.rules import Rules
from terminal.fsm.window_rules import WindowRules
from terminal.hw.letterhead import Letterhead

KEY = b"the key of a virtual car park"
NOTES_MINOR = (100, 500, 1000, 2000, 5000, 10000)
BOX_CAPACITY = 600

GRACE_MINUTES = 10
"""Under T2: so long may a car that has paid take to leave."""


def _named(name: str) -> dict[str, str]:
    return {"en": name, "zh-CN": name}


SCHEDULE = ScheduleTariff(
    title=_named("By day and by night"),
    currency="CNY",
    timezone="Asia/Shanghai",
    classes=(VehicleClass(id="small", name=_named("Small")), VehicleClass(id="green", name=_named("New energy"))),
    versions=(
        Version(
            valid_from="2026-01-01",
            free_minutes=15,
            period_cap_minor=4500,
            exit_grace_minutes=GRACE_MINUTES,
            overstay="one_stay",
            rounding=Rounding(to_minor=100, rule="down"),
            rates=(
                Rate(
                    name=_named("Day"),
                    days=("workday",),
                    begins="08:00",
                    ends="21:00",
                    units=(Unit(minutes=60, minor=500, times=1), Unit(minutes=30, minor=200)),
                    cap_minor=3000,
                ),
                Rate(
                    name=_named("Night"),
                    days=("workday",),
                    begins="21:00",
                    ends="08:00",
                    units=(Unit(minutes=60, minor=100),),
                    cap_minor=600,
                ),
                Rate(name=_named("Weekend"), days=("weekend", "holiday"), units=(Unit(minutes=60, minor=300),)),
            ),
            concessions=(
                Concession(id="green", name=_named("New energy"), classes=("green",), free_minutes=60),
                Concession(id="disabled", name=_named("Disabled"), percent_off=50),
            ),
        ),
    ),
)
"""T2: day and night with caps, weekends, free minutes, a cap for 24 hours, a grace time, concessions; no holidays."""
RULES = Rules(
    terminal_id="k01",
    site="lot-a",
    currency="CNY",
    language="en",
    timezone="Asia/Shanghai",
    tariffs={"T1": ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000), "T2": SCHEDULE},
    devices=("validator", "scanner", "printer", "barrier"),
    dues=DuesRules(),
    services={"card": Service(names=_named("Access card"), unit=_named("card"), price_minor=1000, max_quantity=5)},
)
LETTERHEAD = Letterhead(site="lot-a", terminal_id="k01", currency="CNY", timezone="Asia/Shanghai")


RANGE = 400
"""So many receipt numbers the office gives to a window at a time; the next range begins at the next full thousand."""


class Fittings(msgspec.Struct, frozen=True):
    """What a terminal is fitted with: firmware differs, and so does what a change giver can pay."""

    role: Role = "kiosk"
    has_acks: bool = True
    has_counters: bool = True
    repeats_credit: bool = True
    early_notes_come_back: bool = False
    knows_process_id: bool = True
    answers_fences: bool = True
    payout_limit_minor: int = 0
    """The most that the change giver pays out; 0: there is none."""
    drawer_sensor: bool = True
    """The drawer of a window tells whether it is open."""
    receipt: Literal["always", "on_request"] = "always"


def any_fittings(dice: random.Random) -> Fittings:
    """One of all kiosks that are sold. A validator without counters must tell its credits again, or nobody could know of them."""
    has_counters = dice.random() < 0.7
    return Fittings(
        has_acks=dice.random() < 0.7,
        has_counters=has_counters,
        repeats_credit=not has_counters or dice.random() < 0.7,
        early_notes_come_back=dice.random() < 0.3,
        knows_process_id=dice.random() < 0.7,
        answers_fences=dice.random() < 0.97,
        payout_limit_minor=dice.choice((0, 0, 1500, 4000)),
        receipt=dice.choice(("always", "always", "on_request")),
    )


def any_window(dice: random.Random) -> Fittings:
    """One of all windows."""
    return Fittings(
        role="window",
        knows_process_id=dice.random() < 0.7,
        answers_fences=dice.random() < 0.97,
        drawer_sensor=dice.random() < 0.8,
    )


def first_of_range(ranges: int) -> int:
    """The first receipt number of the so-manieth range."""
    return ranges * 1000 + 1


def rules(fittings: Fittings, ranges: int = 1) -> Rules:
    """What the configuration of a terminal with these comes to; of a window, with so many ranges of receipt numbers given."""
    if fittings.role == "window":
        first_no = first_of_range(ranges)
        window = WindowRules(
            methods=("cash", "pos"),
            first_receipt_no=first_no,
            last_receipt_no=first_no + RANGE - 1,
            drawer_sensor=fittings.drawer_sensor,
        )
        return msgspec.structs.replace(RULES, devices=("scanner", "printer", "barrier"), window=window)
    limit_minor = fittings.payout_limit_minor
    devices = (*RULES.devices, "change") if limit_minor else RULES.devices
    return msgspec.structs.replace(RULES, devices=devices, payout_limit_minor=limit_minor, receipt=fittings.receipt)


def changed_limits(fittings: Fittings, dice: random.Random) -> Rules:
    """The same rules as the manager may set them anew: often nothing changes."""
    return msgspec.structs.replace(
        rules(fittings),
        credit_limit_minor=dice.choice((RULES.credit_limit_minor, 1000, 3000)),
        payment_timeout_s=dice.choice((RULES.payment_timeout_s, 45, 90)),
    )
