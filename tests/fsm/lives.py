"""Worlds and events for tests of the core: a terminal that is well, and a life of random events that devices could say.

What tickets, coupons, reports and a changed configuration say is in `news.py`.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from copy import copy
from typing import get_args

from terminal.clock import Instant
from terminal.fees.parking import HOUR_MS, ParkingTariff
from terminal.fees.reductions import MINUTE_MS
from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.effects import (
    Ask,
    AwaitedEffect,
    OpenBarrier,
    OpenDrawer,
    PayOut,
    PrintDocument,
    ReturnBill,
    StackBill,
)
from terminal.fsm.entries import CouponUsed
from terminal.fsm.rules import Rules
from terminal.fsm.states import SaleState
from terminal.fsm.step import Outcome, step
from terminal.fsm.world import World, new_world
from tests.fsm import news

WALL_MS = 1_770_000_000_000
"""The wall time at which the tests' elapsed time is 0."""

DEVICES = ("validator", "scanner", "printer", "barrier")
NOTES_MINOR = (100, 500, 1000, 2000, 5000, 10000)


def rules(**changes: object) -> Rules:
    """5 yuan an hour, 15 minutes free, 40 yuan a day; T2 has a time to leave; cards are sold for 10 yuan."""
    values: dict[str, object] = {
        "terminal_id": "k01",
        "site": "lot-a",
        "currency": "CNY",
        "language": "zh-CN",
        "timezone": "Asia/Shanghai",
        "tariffs": {"T1": ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000), "T2": news.GRACE},
        "devices": DEVICES,
        "services": news.SERVICES,
    }
    return Rules(**{**values, **changes})  # type: ignore[arg-type]


class Life:
    """A world and its history: says events to it, moves its clock, remembers what it decided."""

    def __init__(self, **rule_changes: object) -> None:
        self.world: World = new_world()
        self.up_ms = 0
        self.started_at_ms = WALL_MS
        self.rules = rules(**rule_changes)
        self.outcomes: list[Outcome] = []
        self.heard: deque[ev.Event] = deque(maxlen=10)
        """The last events, the one that is being decided included."""
        self.used: dict[str, int] = {}
        """When each coupon went with a paid sale: what the intake would look up in the books."""

    @property
    def now(self) -> Instant:
        """This moment of the life."""
        return Instant(self.started_at_ms + self.up_ms, self.up_ms)

    def wait(self, some_ms: int) -> None:
        """Let time pass, but not beyond the moment at which the world wants to be woken."""
        wake_at_ms = self.world.wake_at_ms
        self.up_ms += some_ms if wake_at_ms is None else max(0, min(some_ms, wake_at_ms - 1 - self.up_ms))

    def branch(self) -> "Life":
        """The same world at the same moment, with a future of its own."""
        twin = copy(self)
        twin.outcomes, twin.heard, twin.used = [], self.heard.copy(), self.used.copy()
        return twin

    def is_in(self, state: SaleState) -> bool:
        """Whether the sale is in this state now."""
        return self.world.state is state

    def say(self, *events: ev.Event) -> Outcome:
        """One event after the other; returns the last outcome."""
        for event in events:
            self.heard.append(event)
            self._keep_time(event)
            outcome = step(self.world, event, self.now)
            self.world = outcome.world
            self.outcomes.append(outcome)
            for entry in outcome.entries:
                if isinstance(entry, CouponUsed):
                    self.used[entry.coupon_id] = self.now.wall_ms
        return outcome

    def _keep_time(self, event: ev.Event) -> None:
        """What an event says of the clocks is so: `Started` begins elapsed time anew, what is due comes when it is."""
        match event:
            case ev.Started():
                self.started_at_ms, self.up_ms = self.started_at_ms + self.up_ms, 0
            case ev.ClockStepped(by_ms=by_ms):
                self.started_at_ms += by_ms
            case ev.TimedOut() if self.world.wake_at_ms is not None:
                self.up_ms = max(self.up_ms, self.world.wake_at_ms)
            case ev.DrawerOverdue() if self.world.drawer_due_ms is not None:
                self.up_ms = max(self.up_ms, self.world.drawer_due_ms)

    def boot(self) -> "Life":
        """Start, and let every device report that it is well."""
        self.say(ev.Started("test", self.rules), *(ev.DeviceChanged(device, ()) for device in self.rules.devices))
        return self

    def scan(self, ticket_id: str = "A1", hours_ago: float = 1.5, paid_at_ms: int | None = None) -> Outcome:
        """A genuine ticket of tariff T1."""
        return self.say(ev.TicketScanned(ticket_id, self.now.wall_ms - int(hours_ago * 3_600_000), "T1", paid_at_ms))

    def insert(self, amount_minor: int) -> Outcome:
        """A note goes into escrow; if it is welcome it is stacked, else given back."""
        held = self.say(ev.BillHeld(amount_minor, "U1"))
        if any(isinstance(effect, StackBill) for effect in held.effects):
            return self.say(ev.BillStacked(amount_minor))
        return self.say(ev.BillReturned(amount_minor))

    def print_all(self) -> None:
        """The printer works off its queue."""
        while self.world.jobs:
            effect_id = self.world.jobs[0].effect_id
            self.say(ev.PrintStarted(effect_id), ev.Printed(effect_id, "fence"))

    def time_out(self) -> Outcome:
        """Let the time pass until the world wants to be woken."""
        assert self.world.wake_at_ms is not None
        return self.say(ev.TimedOut())


def random_event(life: Life, chance: random.Random) -> ev.Event:
    """What could happen next: more often than not what leads a sale on, else anything at all."""
    return likely_event(life, chance) if chance.random() < 0.6 else any_event(life, chance)


def likely_event(life: Life, chance: random.Random) -> ev.Event:
    """What a terminal with a payer before it would hear next, things that go wrong in a sale included."""
    world = life.world
    ill = [device for device, problems in world.devices.items() if problems]
    resting = world.sale is None
    if world.door_open and (resting or chance.random() < 0.3):
        return ev.DoorClosed()
    if world.closed_by and chance.random() < 0.5:
        return ev.StaffActed("chen", "reopen")
    if ill and (resting or chance.random() < 0.3):
        return ev.DeviceChanged(ill[0], ())
    if world.state in policy.TAKING_MONEY and chance.random() < 0.3:
        return chance.choice(
            (ev.CancelPressed(), ev.TimedOut(), ev.DoorOpened(), ev.DeviceChanged("validator", ("jam",)))
        )
    if world.state is SaleState.PRICED and chance.random() < 0.15:
        return chance.choice(coupons(life))
    if world.sale is not None and world.sale.tariff_id and chance.random() < 0.04:
        return news.paid_elsewhere(world, world.sale.ticket_id, life.now.wall_ms)
    if world.state is SaleState.CANCELLING and chance.random() < 0.4:
        return chance.choice((ev.BillHeld(500), ev.BillReturned(500), ev.TimedOut(), ev.DoorOpened()))
    if world.disputed and world.state is SaleState.PAYING and world.bill is not None and chance.random() < 0.5:
        return ev.EffectFound(world.disputed[-1].effect_id, "in_box")
    if world.disputed and world.state in policy.SALE_OPEN and chance.random() < 0.2:
        return ev.EffectFound(world.disputed[-1].effect_id, chance.choice(("in_box", "given_back")))
    if world.bill is not None and chance.random() < 0.1:
        return ev.BillHeld(likely_note(world, chance), "U1")
    if world.bill is not None and chance.random() < 0.2:
        return ev.EffectFound(world.bill.effect_id, chance.choice(("in_box", "given_back")))
    if world.bill is not None:
        moving = isinstance(world.pending[world.bill.effect_id], StackBill)
        return ev.BillStacked(world.bill.amount_minor) if moving else ev.BillReturned(world.bill.amount_minor)
    for effect_id, effect in world.pending.items():
        if isinstance(effect, PayOut) and chance.random() < 0.4:
            return chance.choice([*findings(life), ev.TimedOut()])
        if isinstance(effect, PayOut):
            return ev.ChangePaid(effect_id, chance.choice(parts_of(effect.amount_minor)))
    if world.jobs:
        job = world.jobs[0]
        if not job.started:
            return ev.PrintStarted(job.effect_id)
        bad_paper = chance.random() < (0.8 if job.copy else 0.2)
        return ev.PrintInDoubt(job.effect_id, "cutter") if bad_paper else ev.Printed(job.effect_id, "fence")
    if policy.offers_receipt(world) and chance.random() < 0.5:
        return ev.ReceiptWanted()
    if world.sale is not None:
        return ev.TimedOut() if world.sale.paid else ev.BillHeld(likely_note(world, chance), "U1")
    return chance.choice([*tickets(life)[1:4], *stays(life)])


def any_event(life: Life, chance: random.Random) -> ev.Event:
    """An event that some device, person or clock could say, likely or not."""
    return chance.choice(chance.choice(SPEAKERS)(life))


def parts_of(amount_minor: int) -> tuple[int, ...]:
    """What a change giver may have paid of an amount: nothing, all, something, and the edges of that."""
    return (0, 1, amount_minor // 2, amount_minor - 1, amount_minor)


def likely_note(world: World, chance: random.Random) -> int:
    """A note of any value, often of just what is missing: then nothing is owed back."""
    if world.sale is not None and world.sale.credited_minor < world.sale.due_minor and chance.random() < 0.3:
        return world.sale.due_minor - world.sale.credited_minor
    return chance.choice(edges_of_notes(world))


def edges_of_notes(world: World) -> tuple[int, ...]:
    """Values of notes: those of the country, and those at an edge of what the open sale can use."""
    if world.sale is None:
        return NOTES_MINOR
    missing, rules = world.sale.due_minor - world.sale.credited_minor, world.rules
    edges = {missing + rules.payout_limit_minor, missing + rules.credit_limit_minor, policy.largest_note_minor(world)}
    around = (edge + by for edge in {missing, *edges} for by in (-1, 0, 1))
    return (*NOTES_MINOR, *sorted({amount_minor for amount_minor in around if amount_minor > 0}))


def edges_of_stays(rules: Rules) -> tuple[int, ...]:
    """How long ago a car may have come: around the free minutes, the started hour, the capped day and the future."""
    plain = [tariff for tariff in rules.tariffs.values() if isinstance(tariff, ParkingTariff)]
    free_ms = max((tariff.free_minutes for tariff in plain), default=0) * MINUTE_MS
    edges = (0, free_ms, HOUR_MS, 2 * HOUR_MS, 24 * HOUR_MS, -policy.FUTURE_TOLERANCE_MS)
    return (0, 90 * MINUTE_MS, 6 * HOUR_MS, *(edge + by for edge in edges for by in (-1, 0, 1)))


# --- what can be said, by who says it; each list is never empty ---------------------------------------------------
def tickets(life: Life) -> list[ev.Event]:
    """Tickets of all stays, the one of the open sale again, and those that can not be sold on."""
    now_ms = life.now.wall_ms
    said: list[ev.Event] = [
        ev.TicketScanned(f"A{life.world.seq % 7}", now_ms - stay_ms, "T1") for stay_ms in edges_of_stays(life.rules)
    ]
    said += [ev.TicketScanned("A1", now_ms - HOUR_MS, "T9"), ev.TicketScanned("A1", now_ms - HOUR_MS, "T1", 1)]
    if sale := life.world.sale:
        said += [news.again(sale)] * 3
    if sale and sale.tariff_id:
        said += [ev.TicketScanned(sale.ticket_id, sale.entered_at_ms - HOUR_MS, "T1", paid) for paid in (None, 1)]
    return said


def stays(life: Life) -> list[ev.Event]:
    """Tickets with all that can be known of them, bills of dues and services."""
    return news.stays(life.world, life.now.wall_ms)


def coupons(life: Life) -> list[ev.Event]:
    """Coupons: good and worthless ones, used ones, one that is on the open sale already."""
    return news.coupons(life.world, life.used)


def reports(life: Life) -> list[ev.Event]:
    """What is told of stays, most of all that the open one was paid for elsewhere."""
    return news.reports(life.world, life.now.wall_ms)


def held_notes(life: Life) -> list[ev.Event]:
    """A note is in escrow."""
    return [ev.BillHeld(amount_minor, "U1", 3) for amount_minor in edges_of_notes(life.world)]


def moved_notes(life: Life) -> list[ev.Event]:
    """A note went into the box, or back: the one that moves, one that was given up for lost, or one out of the blue."""
    world = life.world
    amounts = [bill.amount_minor for bill in world.disputed]
    amounts += [world.bill.amount_minor] * 6 if world.bill else [NOTES_MINOR[0], NOTES_MINOR[2]]
    if world.sale is not None:
        amounts += [max(1, world.sale.due_minor - world.sale.credited_minor)]
    return [kind(amount_minor) for amount_minor in amounts for kind in (ev.BillStacked, ev.BillReturned)]


def people(life: Life) -> list[ev.Event]:
    """Whoever stands before or behind the terminal, and the clock."""
    said: list[ev.Event] = [
        ev.CancelPressed(),
        ev.DoorOpened(),
        ev.DoorClosed(),
        ev.LanguageChosen("en"),
        ev.HelpCalled(),
        ev.Rated(5),
        ev.Rated(1, "slow"),
        ev.ReceiptWanted(),
        ev.CodeRefused("wrong_tag", "PK…0000"),
        ev.ClockStepped(5_000),
        ev.ClockStepped(-HOUR_MS),
        ev.BoxRemoved(),
        ev.BoxReplaced(),
        ev.DrawerChanged(True),
        ev.DrawerChanged(False),
    ]
    if life.world.drawer_due_ms is not None:
        said += [ev.DrawerOverdue()]
    return said if life.world.wake_at_ms is None else [*said, *[ev.TimedOut()] * 3]


def staff(life: Life) -> list[ev.Event]:
    """Those who work on the service page; a closed terminal is opened again more often than not."""
    acts = get_args(ev.StaffAct)
    said: list[ev.Event] = [ev.StaffActed("chen", "ask_again", device) for device in (*life.rules.devices[:1], "lamp")]
    return said + [ev.StaffActed("chen", act) for act in (*acts, *["reopen"] * 3 * bool(life.world.closed_by))]


def devices(life: Life) -> list[ev.Event]:
    """Devices about themselves."""
    said: list[ev.Event] = []
    for device in life.rules.devices:
        harmless = {"barrier": "absent", "change": "empty"}.get(device, "paper_low")
        said += [ev.DeviceChanged(device, told) for told in ((), (), ("silent",), ("jam", "silent"), (harmless,))]
        said.append(ev.DeviceIdentified(device, "model", f"U{1 + life.world.seq % 3 // 2}", "1"))
    said += [ev.BillReported(where, 1000) for where in ("box", "front")]
    return [*said, ev.BillRefused("reject.twisted"), ev.FraudAttempted(0)]


def outcomes(life: Life) -> list[ev.Event]:
    """What became of everything that was ordered, whatever it may be."""
    said = [event for effect_id, effect in life.world.pending.items() for event in outcomes_of(effect_id, effect)]
    return said or stale_outcomes(life)


def findings(life: Life) -> list[ev.Event]:
    """Answers to the question after a power cut, in time or late."""
    said: list[ev.Event] = [
        ev.EffectFound(effect_id, finding, part)
        for effect_id, effect in life.world.pending.items()
        for finding in findings_for(effect)
        for part in (parts_of(effect.amount_minor) if isinstance(effect, PayOut) and finding == "paid_out" else (0,))
    ]
    for bill in life.world.disputed:
        said += [ev.EffectFound(bill.effect_id, finding) for finding in ("in_box", "given_back", "nothing")]
    return said or stale_outcomes(life)


def stale_outcomes(life: Life) -> list[ev.Event]:
    """The same news twice, or of something that was given up long ago."""
    effect_id = f"{life.world.seq // 2}.0"
    if effect_id in life.world.pending:
        effect_id = "0.0"
    stale: tuple[ev.Finding, ...] = ("in_box", "nothing", "paid_out", "in_doubt")
    said: list[ev.Event] = [ev.EffectFound(effect_id, finding) for finding in stale]
    said += [ev.ChangePaid(effect_id, 500), ev.PrintStarted(effect_id), ev.Printed(effect_id, "fence")]
    said += [ev.PrintInDoubt(effect_id, "paper_out"), ev.BarrierOpened(effect_id)]
    said += [ev.BarrierFailed(effect_id, "failed"), ev.DrawerKicked(effect_id), ev.DrawerFailed(effect_id, "failed")]
    return said


def power(life: Life) -> list[ev.Event]:
    """A new life, the orderly end of this one, or other tariffs in the middle of it."""
    read_again = [ev.RulesChanged(rules) for rules in news.read_again(life.world.rules, life.rules)]
    return [*[ev.Started("test", life.rules)] * 4, *read_again, ev.Stopped()]


def outcomes_of(effect_id: str, effect: AwaitedEffect) -> list[ev.Event]:
    """All that the device can say about this effect; nothing for a note, which speaks for itself."""
    match effect:
        case PayOut(amount_minor=amount_minor):
            return [ev.ChangePaid(effect_id, part) for part in parts_of(amount_minor)]
        case PrintDocument():
            told = (ev.PrintStarted(effect_id), ev.Printed(effect_id, "fence"), ev.PrintInDoubt(effect_id, "paper_out"))
            return list(told)
        case OpenBarrier():
            return [ev.BarrierOpened(effect_id), ev.BarrierFailed(effect_id, "failed")]
        case OpenDrawer():
            return [ev.DrawerKicked(effect_id), ev.DrawerFailed(effect_id, "failed")]
    return []


def findings_for(effect: AwaitedEffect) -> tuple[ev.Finding, ...]:
    """All that a device can really find out about this effect."""
    if isinstance(effect, StackBill | ReturnBill):
        return ("in_box", "given_back", "nothing", "other_unit")
    if isinstance(effect, PayOut):
        return ("paid_out", "nothing")
    return ("in_doubt",) if isinstance(effect, PrintDocument) else ("nothing",)


SPEAKERS: tuple[Callable[[Life], list[ev.Event]], ...] = (
    tickets,
    stays,
    coupons,
    reports,
    held_notes,
    moved_notes,
    people,
    staff,
    devices,
    outcomes,
    findings,
    stale_outcomes,
    power,
)


def live_on(life: Life, chance: random.Random, steps: int) -> Iterator[tuple[Life, ev.Event, World]]:
    """`steps` random events more; yields (life, event, world before it) after each."""
    for _ in range(steps):
        life.wait(chance.choice((0, 1, 500, 20_000)))
        event, before = random_event(life, chance), life.world
        life.say(event)
        yield life, event, before


def random_life(seed: int, steps: int, **rule_changes: object) -> Iterator[tuple[Life, ev.Event, World]]:
    """A life of `steps` random events from its start on."""
    return live_on(Life(**rule_changes).boot(), random.Random(seed), steps)


def asks(outcome: Outcome) -> list[Ask]:
    """What the devices are asked about."""
    return [effect for effect in outcome.effects if isinstance(effect, Ask)]
