"""Worlds and events for tests of the core: a terminal that is well, and a life of random events that devices could say."""

import random
from collections.abc import Iterator

from terminal.clock import Instant
from terminal.fees.parking import ParkingTariff
from terminal.fsm import events as ev
from terminal.fsm.effects import Ask, Effect, PayOut, PrintDocument, ReturnBill, StackBill
from terminal.fsm.policy import TAKING_MONEY
from terminal.fsm.rules import Rules
from terminal.fsm.states import SaleState
from terminal.fsm.step import Outcome, step
from terminal.fsm.world import World, new_world

WALL_MS = 1_770_000_000_000
"""The wall time at which the tests' elapsed time is 0."""

DEVICES = ("validator", "scanner", "printer", "barrier")
NOTES_MINOR = (100, 500, 1000, 2000, 5000, 10000)


def rules(**changes: object) -> Rules:
    """5 yuan an hour, 15 minutes free, 40 yuan a day."""
    values: dict[str, object] = {
        "terminal_id": "k01",
        "site": "lot-a",
        "currency": "CNY",
        "language": "zh-CN",
        "timezone": "Asia/Shanghai",
        "tariffs": {"T1": ParkingTariff(kind="parking", free_minutes=15, per_hour_minor=500, day_cap_minor=4000)},
        "devices": DEVICES,
    }
    return Rules(**{**values, **changes})  # type: ignore[arg-type]


class Life:
    """A world and its history: says events to it, moves its clock, remembers what it decided."""

    def __init__(self, **rule_changes: object) -> None:
        self.world: World = new_world()
        self.up_ms = 0
        self.rules = rules(**rule_changes)
        self.outcomes: list[Outcome] = []

    @property
    def now(self) -> Instant:
        """This moment of the life."""
        return Instant(WALL_MS + self.up_ms, self.up_ms)

    def is_in(self, state: SaleState) -> bool:
        """Whether the sale is in this state now."""
        return self.world.state is state

    def say(self, *events: ev.Event) -> Outcome:
        """One event after the other; returns the last outcome."""
        for event in events:
            outcome = step(self.world, event, self.now)
            self.world = outcome.world
            self.outcomes.append(outcome)
        return outcome

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
        self.up_ms = max(self.up_ms, self.world.wake_at_ms)
        return self.say(ev.TimedOut())


def random_event(life: Life, chance: random.Random) -> ev.Event:
    """What could happen next: more often than not what leads a sale on, else anything at all."""
    return likely_event(life, chance) if chance.random() < 0.6 else any_event(life, chance)


def likely_event(life: Life, chance: random.Random) -> ev.Event:
    """What a healthy terminal with a payer before it would hear next."""
    world = life.world
    ill = [device for device, problems in world.devices.items() if problems]
    resting = world.sale is None
    if world.door_open and (resting or chance.random() < 0.3):
        return ev.DoorClosed()
    if ill and (resting or chance.random() < 0.3):
        return ev.DeviceChanged(ill[0], ())
    if world.state in TAKING_MONEY and chance.random() < 0.3:
        return chance.choice(
            (ev.CancelPressed(), ev.TimedOut(), ev.DoorOpened(), ev.DeviceChanged("validator", ("jam",)))
        )
    if world.state is SaleState.CANCELLING and chance.random() < 0.4:
        return chance.choice((ev.BillHeld(500), ev.BillReturned(500), ev.TimedOut(), ev.DoorOpened()))
    if world.bill is not None and chance.random() < 0.2:
        return ev.EffectFound(world.bill.effect_id, chance.choice(("in_box", "given_back")))
    if world.bill is not None:
        moving = isinstance(world.pending[world.bill.effect_id], StackBill)
        return ev.BillStacked(world.bill.amount_minor) if moving else ev.BillReturned(world.bill.amount_minor)
    for effect_id, effect in world.pending.items():
        if isinstance(effect, PayOut):
            return ev.ChangePaid(effect_id, chance.choice((effect.amount_minor, effect.amount_minor // 2)))
    if world.jobs:
        job = world.jobs[0]
        if not job.started:
            return ev.PrintStarted(job.effect_id)
        bad_paper = chance.random() < (0.8 if job.copy else 0.2)
        return ev.PrintInDoubt(job.effect_id, "cutter") if bad_paper else ev.Printed(job.effect_id, "fence")
    if world.sale is not None:
        return ev.TimedOut() if world.sale.paid else ev.BillHeld(chance.choice(NOTES_MINOR[:4]), "U1")
    return ev.TicketScanned(f"A{world.seq}", life.now.wall_ms - chance.choice((0, 5_400_000, 20_000_000)), "T1")


def any_event(life: Life, chance: random.Random) -> ev.Event:
    """An event that some device, person or clock could say, likely or not; stays hug the boundaries of the tariff."""
    world = life.world
    pending = list(world.pending.items())
    effect_id, effect = chance.choice(pending) if pending else ("0.0", None)
    if chance.random() < 0.08:
        effect_id = f"{chance.randint(0, world.seq)}.{chance.randint(0, 2)}"
    amount_minor = world.bill.amount_minor if world.bill and chance.random() < 0.9 else chance.choice(NOTES_MINOR)
    answers: list[ev.Event] = [
        ev.TicketScanned(
            f"A{chance.randint(1, 6)}",
            life.now.wall_ms - chance.choice((0, 899_999, 900_000, 900_001, 3_600_000, 9_000_000, 86_400_000 * 3)),
            chance.choice(("T1", "T1", "T1", "T9")),
            chance.choice((None, None, None, 1)),
        ),
        ev.CodeRefused("wrong_tag", "PK…0000"),
        ev.BillHeld(chance.choice(NOTES_MINOR), "U1", 3),
        ev.BillStacked(amount_minor),
        ev.BillReturned(amount_minor),
        ev.BillRefused("reject.length"),
        ev.BillReported(chance.choice(("box", "front")), amount_minor),
        ev.TimedOut(),
        ev.CancelPressed(),
        ev.DeviceChanged(chance.choice(DEVICES), chance.choice(((), (), (), ("silent",), ("paper_low",)))),
        ev.DoorOpened(),
        ev.DoorClosed(),
        ev.LanguageChosen("en"),
        ev.ClockStepped(5_000),
        ev.DeviceIdentified("validator", "NV9", chance.choice(("U1", "U2")), "1"),
        ev.FraudAttempted(0),
        ev.BoxRemoved(),
        ev.BoxReplaced(),
        ev.ChangePaid(effect_id, effect.amount_minor if isinstance(effect, PayOut) else 0),
        ev.PrintStarted(effect_id),
        ev.Printed(effect_id, "fence"),
        ev.PrintInDoubt(effect_id, "paper_out"),
        ev.BarrierOpened(effect_id),
        ev.BarrierFailed(effect_id, "failed"),
        ev.DrawerChanged(True),
        ev.Started("test", life.rules),
        ev.Stopped(),
    ]
    found = finding_for(effect, chance)
    if found is not None:
        answers += [ev.EffectFound(effect_id, found, effect.amount_minor if isinstance(effect, PayOut) else 0)] * 3
    return chance.choice(answers)


def finding_for(effect: Effect | None, chance: random.Random) -> ev.Finding | None:
    """Something that a device can really find out about this effect."""
    if isinstance(effect, StackBill | ReturnBill):
        return chance.choice(("in_box", "given_back", "nothing", "other_unit"))
    if isinstance(effect, PayOut):
        return chance.choice(("paid_out", "nothing"))
    if isinstance(effect, PrintDocument):
        return "in_doubt"
    return None if effect is None else "nothing"


def random_life(seed: int, steps: int, **rule_changes: object) -> Iterator[tuple[Life, ev.Event, World]]:
    """Lives through `steps` random events; yields (life, event, world before it) after each."""
    chance = random.Random(seed)
    life = Life(**rule_changes).boot()
    for _ in range(steps):
        life.up_ms += chance.choice((0, 1, 500, 20_000))
        event, before = random_event(life, chance), life.world
        life.say(event)
        yield life, event, before


def asks(outcome: Outcome) -> list[Ask]:
    """What the devices are asked about."""
    return [effect for effect in outcome.effects if isinstance(effect, Ask)]
