"""The soak: days of a virtual car park under faults, and after each payer the promises.

Payers come as they do at a real car park and are served one after the other; the next one begins when the last one's plan has
ended, whatever the terminal is still busy with. When nobody waits, the world comes to rest and all promises are checked. A
terminal that is not back within half an hour, with somebody putting right what is in its way, has broken a promise too.

All that may happen is drawn from generators of its own: a payer's from the seed and the payer's number, a strike's from the
seed, the fault and the strike's number. So parts of a life can be left out and the rest stays what it was: that is how
`shrink.py` finds a short repro.
"""

import random
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from sim.checkers import BACK_MS, Ledger, Promises
from sim.configuration import Role
from sim.coverage import Visited, watching
from sim.faults import OF_KIOSKS, OF_WINDOWS, Profile
from sim.kiosk import Fittings, any_fittings, any_window
from sim.machine import DAY_MS
from sim.people.crowd import arrivals, payer
from sim.people.plan import Plan
from sim.people.staff import collector, manager, mechanic, office, technician
from sim.shift_checkers import ShiftLedger, WindowPromises
from sim.strikes import DEATHS, LIE_IN_WAIT, STRIKES, die_again, put_right
from sim.trace import Trace
from sim.world import VirtualWorld
from terminal.store.record import Record

AIMED = 0.8
"""So many of the strikes wait for the next payer: a terminal at rest has little to lose."""
AGAIN = 0.3
"""So many deaths are followed by another one in the recovery."""
AIMED_MS = 30_000
"""Such a strike comes within so long of a payer's arrival."""
CHECK_EVERY = 20
"""After so many payers without a pause the next one waits until all promises are checked."""


class Strike(NamedTuple):
    """The so-manieth time that a fault strikes."""

    fault: str
    number: int

    def __str__(self) -> str:
        return f"{self.fault.replace('_', '-')}:{self.number}"


class Life(msgspec.Struct, frozen=True):
    """All that a life follows from."""

    seed: int
    profile: Profile
    days: float
    sales_per_day: int = 300
    payers: frozenset[int] | None = None
    """Only these come; None: all."""
    strikes: frozenset[Strike] | None = None
    """Only these strike; None: all."""
    role: Role = "kiosk"


class Found(msgspec.Struct):
    """What a soak came to. `broken` is what did not hold, first of all; the soak ends there."""

    seed: int
    payers: int = 0
    sales: int = 0
    paid: int = 0
    days: float = 0.0
    deaths: int = 0
    deaths_in_a_start: int = 0
    store_failures: int = 0
    events: int = 0
    notes: int = 0
    disputed: int = 0
    receipts: int = 0
    delivered: int = 0
    """Events that arrived at the other end of the broker."""
    faults: dict[str, int] = {}
    broken: list[str] = []


class Stopped(Exception):
    """The event that a replay was to stop at is durable."""


class Soak:
    """One life. `came` and `struck` are the payers and strikes that it has seen."""

    def __init__(self, life: Life, trace: Trace | None = None, stop_at: int | None = None) -> None:
        """`stop_at`: `run` raises `Stopped` when the event of this number is durable."""
        self.life = life
        self.ledger = Ledger()
        self.shifts = ShiftLedger()
        self.visited = Visited()
        self.came: list[int] = []
        self.struck: list[Strike] = []
        self._trace = trace
        self._stop_at = stop_at
        self._aimed: list[Strike] = []
        self._over = False
        """Nothing strikes any more."""
        calm = life.profile == Profile()
        staffed = life.role == "window"
        any_of_these = any_window if staffed else any_fittings
        fittings = Fittings(role=life.role) if calm else any_of_these(self._dice("fittings"))
        rates = {fault for fault in STRIKES if getattr(life.profile, fault)}
        if rates and all(fault.startswith("giver") for fault in rates):
            fittings = msgspec.structs.replace(fittings, payout_limit_minor=1500)
        self.world = VirtualWorld(life.seed, life.profile.lines, self._durable, fittings)
        self.world.died = self._died
        self.world.struck = self._met
        self._last_words = self._dice("again")
        self.promises = Promises(self.world, self.ledger)
        self.window_promises = WindowPromises(self.world, self.shifts)
        for fault in STRIKES:
            per_day = getattr(life.profile, fault)
            if per_day and fault not in (OF_KIOSKS if staffed else OF_WINDOWS):
                self._await(fault, 1, per_day)
        if staffed:
            self.world.live(office(self.world, self._dice("office")))
            return
        self.world.live(mechanic(self.world, self._dice("mechanic")))
        self.world.live(collector(self.world, self._dice("collector")))
        self.world.live(manager(self.world, self._dice("manager")))
        self.world.live(technician(self.world, self._dice("technician")))

    def run(self, say: Callable[[float], None] = lambda days: None) -> Found:
        """Live to the end, or to the first broken promise. `say` is told how many days have passed."""
        try:
            with watching(self.visited):
                wrong = self._live(say)
        except Stopped:
            raise
        except Exception as error:  # a bug that raises: in life the service manager starts the program again
            where = traceback.extract_tb(error.__traceback__)[-1]
            wrong = [f"crash: {error!r} in {Path(where.filename).name}, line {where.lineno}"]
        self.world.close()
        return self._found(wrong)

    def _live(self, say: Callable[[float], None]) -> list[str]:
        wrong = list(self._judge())
        end_ms = int(self.life.days * DAY_MS)
        arrivals_ms = arrivals(self.life.sales_per_day, self._dice("arrivals"))
        for number, at_ms in enumerate(arrivals_ms, 1):
            if at_ms >= end_ms or wrong:
                break
            if self.life.payers is not None and number not in self.life.payers:
                continue
            if at_ms > self.world.now_ms or len(self.came) % CHECK_EVERY == 0:
                wrong = list(self._judge())
            if not wrong:
                self.world.run_until(max(at_ms, self.world.now_ms))
                self._receive(number)
                say(min(self.world.now_ms, end_ms) / DAY_MS)
        return wrong or list(self._judge_at_the_end())

    def _found(self, wrong: list[str]) -> Found:
        world, ledger = self.world, self.ledger
        return Found(
            seed=self.life.seed,
            payers=len(self.came),
            sales=ledger.sales,
            paid=len(ledger.paid),
            days=round(world.now_ms / DAY_MS, 3),
            deaths=world.deaths,
            deaths_in_a_start=world.deaths_in_a_start,
            store_failures=world.failures,
            events=ledger.head,
            notes=sum(ledger.in_box.values()),
            disputed=len(ledger.disputed),
            receipts=self.shifts.receipts,
            delivered=world.reporting.consumer.arrived,
            faults=dict(sorted(Counter(strike.fault.replace("_", "-") for strike in self.struck).items())),
            broken=wrong,
        )

    def _dice(self, of: str) -> random.Random:
        return random.Random(f"{self.life.seed} {of}")

    def _durable(self, records: list[Record]) -> None:
        self.ledger.take(records)
        self.shifts.take(records)
        self.world.counter.alerts += self.shifts.take_alerts()
        self.world.counter.honoured |= self.shifts.redeemed.keys()
        if self._trace is not None:
            self._trace.events(self.world.now_ms if records[0].seq > 1 else 0, records)
        if self._stop_at is not None and records[-1].seq >= self._stop_at:
            raise Stopped

    def _met(self, fault: str) -> None:
        self.visited.struck(fault.replace("_", "-"), self.world)

    def _died(self, how: str) -> None:
        if how in DEATHS:
            self._met(how)
            if not self._over and self._last_words.random() < AGAIN:
                die_again(self.world, self._last_words)
        if self._trace is not None:
            self._trace.dies(self.world.now_ms, how)

    # --- payers and promises ----------------------------------------------------------------------------------------
    def _receive(self, number: int) -> None:
        self.came.append(number)
        for strike in self._aimed:
            self.world.at(self._dice(f"aim {strike}").randrange(AIMED_MS), partial(self._strike, strike))
        self._aimed.clear()
        self._serve(payer(self.world, self._dice(f"payer {number}")))

    def _serve(self, plan: Plan) -> None:
        for wait_ms in plan:
            self.world.run_until(self.world.now_ms + wait_ms)
            self.promises.look()

    def _judge(self) -> Iterator[str]:
        yield from self.promises.rest()
        yield from self.promises.broken()
        yield from self.window_promises.broken()

    def _judge_at_the_end(self) -> Iterator[str]:
        """Nothing strikes any more: now everything must come right."""
        self._over = True
        put_right(self.world)
        self.world.run_until(self.world.now_ms + BACK_MS)
        yield from self._judge()
        yield from self.promises.broken_at_the_end()

    # --- faults -----------------------------------------------------------------------------------------------------
    def _await(self, fault: str, number: int, per_day: float) -> None:
        in_ms = int(self._dice(f"{fault} {number}").expovariate(per_day / DAY_MS))
        self.world.at(in_ms, partial(self._due, Strike(fault, number), per_day))

    def _due(self, strike: Strike, per_day: float) -> None:
        self._await(strike.fault, strike.number + 1, per_day)
        if self.life.strikes is not None and strike not in self.life.strikes:
            return
        if self._dice(f"aimed {strike}").random() < AIMED:
            self._aimed.append(strike)
        else:
            self._strike(strike)

    def _strike(self, strike: Strike) -> None:
        if self._over:
            return
        self.struck.append(strike)
        if self._trace is not None:
            self._trace.strikes(self.world.now_ms, strike.fault, str(strike))
        if strike.fault not in LIE_IN_WAIT:
            self._met(strike.fault)
        STRIKES[strike.fault](self.world, self._dice(f"how {strike}"))
