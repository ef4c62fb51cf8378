"""The kiosk of the virtual world: its rules, its key, and what it is fitted with."""

import random

import msgspec

from terminal.fees.parking import ParkingTariff
from terminal.fsm.rules import Rules
from terminal.hw.receipt import Letterhead

KEY = b"the key of a virtual car park"
NOTES_MINOR = (100, 500, 1000, 2000, 5000, 10000)
BOX_CAPACITY = 600
RULES = Rules(
    terminal_id="k01",
    site="lot-a",
    currency="CNY",
    language="en",
    timezone="Asia/Shanghai",
    tariffs={"T1": ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000)},
    devices=("validator", "scanner", "printer", "barrier"),
)
LETTERHEAD = Letterhead(site="lot-a", terminal_id="k01", currency="CNY", timezone="Asia/Shanghai")


class Fittings(msgspec.Struct, frozen=True):
    """What a kiosk is fitted with: firmware differs, and so does what a change giver can pay."""

    has_acks: bool = True
    has_counters: bool = True
    repeats_credit: bool = True
    early_notes_come_back: bool = False
    knows_process_id: bool = True
    answers_fences: bool = True
    payout_limit_minor: int = 0
    """The most that the change giver pays out; 0: there is none."""


def any_fittings(dice: random.Random) -> Fittings:
    """One of all that are sold. A validator without counters must tell its credits again, or nobody could know of them."""
    has_counters = dice.random() < 0.7
    return Fittings(
        has_acks=dice.random() < 0.7,
        has_counters=has_counters,
        repeats_credit=not has_counters or dice.random() < 0.7,
        early_notes_come_back=dice.random() < 0.3,
        knows_process_id=dice.random() < 0.7,
        answers_fences=dice.random() < 0.97,
        payout_limit_minor=dice.choice((0, 0, 1500, 4000)),
    )


def rules(fittings: Fittings) -> Rules:
    """What the configuration of a kiosk with these comes to."""
    limit_minor = fittings.payout_limit_minor
    if not limit_minor:
        return RULES
    return msgspec.structs.replace(RULES, devices=(*RULES.devices, "change"), payout_limit_minor=limit_minor)
