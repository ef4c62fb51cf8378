"""Quotes a second, and how their cost grows with the stay.

The tariff is the most complex of the examples (`docs/examples/tariffs/lot-a.toml`): two windows a day with caps, other rates on
weekends and holidays, steps, a cap for each 24 hours. The limit is what no pricer can do without: turning the edges of the stay's
windows from the wall clock into instants, by `zoneinfo`, one conversion an edge.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from terminal.config.tariff_file import read_tariff
from terminal.fees import price
from terminal.fees.parking import ParkingTariff
from terminal.fees.schedule.model import ScheduleTariff
from terminal.fees.stay import DAY_MS, Stay
from tests.bench.measure import Finding, Say, alternate

TARIFF = Path(__file__).parents[2] / "docs/examples/tariffs/lot-a.toml"
ENTERED = datetime(2026, 3, 4, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUR_DAYS = 1 / 24
STAYS_DAYS = {"2 hours": 2 * HOUR_DAYS, "1 day": 1, "30 days": 30, "90 days": 90, "180 days": 180, "365 days": 365}
ROUNDS = 5
ROUND_S = 0.2


def bench(folder: Path, say: Say) -> list[Finding]:
    """One line for each length of a stay, and one for the simple kind."""
    tariff = read_tariff(TARIFF, ENTERED.year)
    assert isinstance(tariff, ScheduleTariff)
    plain = ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000)
    entered_ms = int(ENTERED.timestamp() * 1000)
    findings = []
    for name, days in STAYS_DAYS.items():
        edges = max(2, int(days * EDGES_A_DAY))
        ours = partial(price, tariff, Stay(entered_ms), entered_ms + int(days * DAY_MS))
        figures = alternate(
            ROUNDS,
            lambda text, name=name: say(f"{name}, {text}"),  # type: ignore[misc]
            {"ours": partial(a_second, ours), "limit": partial(a_second, partial(conversions, edges))},
        )
        against = f"{edges} conversions of a wall time"
        findings.append(Finding(f"quotes, {name}", "a second", figures["ours"], figures["limit"], against, "", None))
    simple = partial(price, plain, Stay(entered_ms), entered_ms + 365 * DAY_MS)
    hour = partial(price, plain, Stay(entered_ms), entered_ms + int(HOUR_DAYS * DAY_MS))
    figures = alternate(ROUNDS, say, {"ours": partial(a_second, simple), "limit": partial(a_second, hour)})
    findings.append(
        Finding(
            "quotes, simple kind, 365 days",
            "a second",
            figures["ours"],
            figures["limit"],
            "the same for 1 hour",
            "",
            None,
        )
    )
    return findings


EDGES_A_DAY = 2


def conversions(edges: int) -> float:
    """The bare work of the calendar."""
    wall, last = ENTERED, 0.0
    for _ in range(edges):
        wall += timedelta(hours=12)
        last = wall.timestamp()
    return last


def a_second(work: Callable[[], object]) -> float:
    """How often it can be done in a second."""
    count, began_s = 0, time.perf_counter()
    while (passed_s := time.perf_counter() - began_s) < ROUND_S:
        work()
        count += 1
    return count / passed_s
