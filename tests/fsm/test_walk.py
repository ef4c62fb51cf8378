"""Every kind of situation that the core can be in, and the way home from each.

A world is put into a class by what decisions can depend on (`kind_of_world`); the first world that is found of each class
stands for all of them. From each of these every event is tried that a device, a person or a clock could say, with the amounts
and moments at the edges, until no new class turns up. The auditor of `ledger.py` looks at every step.
"""

import random
from collections import deque
from collections.abc import Callable, Hashable
from itertools import product
from operator import itemgetter

import pytest

from terminal.fsm import events as ev
from terminal.fsm.effects import AwaitedEffect, PayOut, PrintDocument, ReturnBill, StackBill
from terminal.fsm.policy import COPIES_MAX, SALE_OPEN, offers_receipt
from terminal.fsm.states import CashState, PrinterState, SaleState
from terminal.fsm.world import World
from tests.fsm.ledger import Ledger, payable_minor, well
from tests.fsm.lives import SPEAKERS, Life, asks

JOBS_MAX = 2
"""More documents than this in the queue are one class: only the first is with the printer."""

HOME_EVENTS_MAX = 20
"""So many events at the most lead back to a clean IDLE, and two more for each document beyond the second in the queue."""

KINDS_MIN, KINDS_MAX = 1_000, 6_000
"""How many classes there are: fewer, and the walk has gone blind; more, and it would take too long."""

RULES: dict[str, dict[str, object]] = {
    "no change giver": {},
    "receipts on request": {"receipt": "on_request"},
    "change giver, no barrier": {"payout_limit_minor": 500, "devices": ("validator", "printer", "change")},
}


def kind_of_world(world: World) -> Hashable:
    """The class of a world: its states, and what guards and actions can ask about it.

    Amounts count only while a sale is open, and only as `credit_of` tells them; so does whether it was paid elsewhere meanwhile.
    Before the first note it counts whether a coupon can be used. Of a closed sale it counts whether it was paid, whether its own
    papers are waited for, and whether a car waits with them. Of notes given up for lost those of the open sale count, as one sum.
    The queue of documents counts in full between sales, and during one only as empty or not: there it is of former sales.
    """
    sale, head = world.sale, world.jobs[0] if world.jobs else None
    is_open = world.state in SALE_OPEN
    own = [bill for bill in world.disputed if sale is not None and bill.sale_no == sale.sale_no]
    return (
        world.state,
        world.cash,
        "door" if world.door_open else "fit" if well(world) else "ill",
        is_open and payable_minor(world) > 0,
        credit_of(world, 0) if is_open else sale and sale.paid,
        world.bill and credit_of(world, world.bill.amount_minor),
        credit_of(world, sum(bill.amount_minor for bill in own)) if is_open and own else bool(world.disputed),
        head and (is_open or (min(len(world.jobs), JOBS_MAX), head.started, head.copy)),
        world.state is SaleState.PRINTING and any(job.document.sale_no == world.sale_no for job in world.jobs),
        (world.waits_until_ms is None, world.language_until_ms is None),
        world.state is SaleState.LEAVING and offers_receipt(world),
        is_open and sale is not None and sale.paid_elsewhere,
        world.state is SaleState.PRICED and coupons_of(world),
        world.state is SaleState.PRINTING and sale is not None and bool(sale.tariff_id),
    )


def coupons_of(world: World) -> str:
    """Whether coupons can be used on the open sale, and whether some are."""
    assert world.sale is not None
    if world.sale.tariff_id not in world.rules.tariffs:
        return "never"
    return "fresh" if world.sale.coupons else "none"


def credit_of(world: World, more_minor: int) -> str:
    """What the open sale would have with so much more; change is told apart by whether the giver can pay it."""
    sale = world.sale
    if sale is None or world.state not in SALE_OPEN:
        return "closed"
    credited_minor = sale.credited_minor + more_minor
    change_minor = credited_minor - sale.due_minor
    if change_minor < 0:
        return "some" if credited_minor else "nothing"
    return "enough" if change_minor == 0 else "payable" if change_minor <= payable_minor(world) else "change"


class Walker:
    """One life of the many, which can branch."""

    def __init__(self, life: Life, ledger: Ledger) -> None:
        self.life, self.ledger = life, ledger

    def branch(self) -> "Walker":
        """The same situation again, for another event."""
        return Walker(self.life.branch(), self.ledger.branch())

    def say(self, event: ev.Event) -> World:
        """One event, audited."""
        before = self.life.world
        try:
            self.life.say(event)
            self.ledger.audit(self.life, event, before)
        except Exception as error:
            raise AssertionError(f"{error!r}; the last events:\n" + "\n".join(map(str, self.life.heard))) from error
        return self.life.world


def all_kinds(rule_changes: dict[str, object]) -> tuple[dict[Hashable, Walker], int]:
    """One walker for each class of worlds, and how many steps it took to find them all."""
    first = Walker(Life(**rule_changes).boot(), Ledger())
    found: dict[Hashable, Walker] = {kind_of_world(first.life.world): first}
    todo, steps = deque(found.values()), 0
    while todo:
        walker = todo.popleft()
        for speaker in SPEAKERS:
            for event in speaker(walker.life):
                branch = walker.branch()
                kind = kind_of_world(branch.say(event))
                steps += 1
                if kind not in found:
                    found[kind] = branch
                    todo.append(branch)
    return found, steps


def healthy_events(life: Life, found: dict[str, ev.Event]) -> list[ev.Event]:
    """All that may happen next where every device does its work and every person is gone; time comes last.

    `found` holds the answers about effects that were under way at a power cut: these devices do not speak of by themselves.
    """
    world = life.world
    said: list[ev.Event] = [ev.DeviceChanged(device, ()) for device, problems in world.devices.items() if problems]
    if world.door_open:
        said.append(ev.DoorClosed())
    if world.closed_by:
        said.append(ev.StaffActed("chen", "reopen"))
    for effect_id, effect in world.pending.items():
        said.append(found.get(effect_id) or outcome_of(life, effect_id, effect))
    return said if world.wake_at_ms is None else [*said, ev.TimedOut()]


def outcome_of(life: Life, effect_id: str, effect: AwaitedEffect) -> ev.Event:
    """What the device says when it has done as it was told."""
    match effect:
        case StackBill(amount_minor=amount_minor):
            return ev.BillStacked(amount_minor)
        case ReturnBill(amount_minor=amount_minor):
            return ev.BillReturned(amount_minor)
        case PayOut(amount_minor=amount_minor):
            return ev.ChangePaid(effect_id, amount_minor)
        case PrintDocument():
            return ev.Printed(effect_id, "fence") if life.world.jobs[0].started else ev.PrintStarted(effect_id)
    return ev.BarrierOpened(effect_id)


def answer_about(effect_id: str, effect: AwaitedEffect) -> ev.Event:
    """What the device finds out about an effect that was under way when the power went."""
    match effect:
        case StackBill():
            return ev.EffectFound(effect_id, "in_box")
        case ReturnBill():
            return ev.EffectFound(effect_id, "given_back")
        case PayOut(amount_minor=amount_minor):
            return ev.EffectFound(effect_id, "paid_out", amount_minor)
        case PrintDocument():
            return ev.EffectFound(effect_id, "in_doubt")
    return ev.EffectFound(effect_id, "nothing")


def at_home(world: World) -> bool:
    """Ready for the next payer, and nothing is left over from the last."""
    machines = (world.state, world.cash, world.printer) == (SaleState.IDLE, CashState.EMPTY, PrinterState.FREE)
    return machines and not world.pending and not world.jobs and world.wake_at_ms is None


def way_home(walker: Walker, pick: Callable[[list[ev.Event]], ev.Event], cut: bool) -> int:
    """How many events lead home; with `cut` the power goes first."""
    walker, found = walker.branch(), dict[str, ev.Event]()
    if cut:
        walker.say(ev.Started("test", walker.life.rules))
        found = {ask.effect_id: answer_about(ask.effect_id, ask.about) for ask in asks(walker.life.outcomes[-1])}
    waiting = max(0, len(walker.life.world.jobs) - JOBS_MAX)
    last: ev.Event = ev.Stopped()
    for number in range(HOME_EVENTS_MAX + 2 * waiting + 1):
        if at_home(walker.life.world):
            return number
        events = healthy_events(walker.life, found)
        if len(events) > 1 and isinstance(last, ev.TimedOut):
            events = [
                event for event in events if not isinstance(event, ev.TimedOut)
            ]  # devices are not slower than that
        last = pick(events)
        walker.say(last)
    raise AssertionError("no way home; the last events:\n" + "\n".join(map(str, walker.life.heard)))


pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", params=RULES)
def kinds(request: pytest.FixtureRequest) -> dict[Hashable, Walker]:
    """All classes of worlds under these rules; their search is itself the test that every step keeps the promises."""
    found, steps = all_kinds(RULES[request.param])
    assert KINDS_MIN < len(found) < KINDS_MAX and steps > 100 * len(found), (len(found), steps)
    return found


def test_every_state_is_lived_in(kinds: dict[Hashable, Walker]) -> None:
    """Each state of each machine, and each of a note's with each of the queue's, is reached by what can really be said."""
    worlds = [walker.life.world for walker in kinds.values()]
    no_giver = worlds[0].rules.payout_limit_minor == 0
    assert {world.state for world in worlds} == set(SaleState) - ({SaleState.SETTLING} if no_giver else set())
    assert {(world.cash, world.printer) for world in worlds} == set(product(CashState, PrinterState))
    assert {job.copy for world in worlds for job in world.jobs} == set(range(COPIES_MAX + 1))


@pytest.mark.parametrize("cut", [False, True], ids=["", "after a power cut"])
def test_healthy_devices_lead_home_from_everywhere(kinds: dict[Hashable, Walker], cut: bool) -> None:
    """From each situation, devices that do their work lead to a clean IDLE in a bounded number of events, in any order."""
    chance = random.Random(5)
    for walker in kinds.values():
        for pick in (itemgetter(0), itemgetter(-1), chance.choice):
            way_home(walker, pick, cut)
