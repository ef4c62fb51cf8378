"""The proving ground: how much faster than life a virtual kiosk lives, on one core.

A rough month of a busy kiosk is one life of 30 days with 300 payers a day, journal and all; the limit is real time. The other
profiles live a few days. Processor time counts, so a busy neighbour does not.
"""

import time
from pathlib import Path

from sim.faults import PROFILES, ProfileName
from sim.soak import Found, Life, Soak
from tests.bench.measure import Finding, Say

MONTH_DAYS = 30.0
AIM_S = 60
DAYS: dict[ProfileName, float] = {"rough": MONTH_DAYS, "calm": 5.0, "cruel": 5.0}
DAY_S = 86_400


def lived(profile: ProfileName, days: float, say: Say) -> tuple[Found, float]:
    """A life, and the seconds of processor time that it took."""
    began_s = time.process_time()
    found = Soak(Life(1, PROFILES[profile], days)).run(lambda done: say(f"{profile}: {done:.1f} of {days:g} days"))
    assert not found.broken, found.broken
    return found, time.process_time() - began_s


def bench(folder: Path, say: Say) -> list[Finding]:
    """One life for each profile; nothing is written to the disk."""
    findings = []
    for profile, days in DAYS.items():
        found, took_s = lived(profile, days, say)
        if days == MONTH_DAYS:
            what = f"a {profile} month, {found.sales:,} sales, on one core"
            findings.append(
                Finding(what, "s", took_s, found.days * DAY_S, "real time", f"<= {AIM_S} s", took_s <= AIM_S)
            )
        per_day = found.sales / found.days
        findings.append(
            Finding(
                f"simulated sales, {profile}", "a second", found.sales / took_s, per_day / DAY_S, "real time", "", None
            )
        )
    return findings
