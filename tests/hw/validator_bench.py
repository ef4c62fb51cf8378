"""A bench for validators: an engine and a device model on a virtual line, driven in the pump's order in virtual time.

`Books` plays the part of the program's core and its journal: what it holds survives a crash of the program, nothing else
does. The device's mechanics are the truth that it is compared with after every single commit.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sim.devices.bill_validator import BillValidator, Place
from sim.wire import Faults, Wire
from terminal.fsm.effects import Ask, Effect, ReturnBill, StackBill, Wanted
from terminal.fsm.events import BillHeld, BillReturned, BillStacked, DeviceChanged, EffectFound, Event, Finding
from terminal.hw.engine import Engine


class Device(Protocol):
    """A wire format over the mechanics of a validator."""

    validator: BillValidator

    @property
    def wake_at_ms(self) -> int | None: ...  # noqa: D102

    def receive_data(self, data: bytes, now_ms: int) -> None: ...  # noqa: D102

    def data_to_send(self) -> bytes: ...  # noqa: D102

    def handle_timer(self, now_ms: int) -> None: ...  # noqa: D102

    def lose_power(self, now_ms: int) -> None: ...  # noqa: D102

    def restore_power(self, now_ms: int) -> None: ...  # noqa: D102


@dataclass
class Books:
    """What is durable, and how notes are decided on."""

    on_held: Literal["stack", "return", "wait"] = "stack"
    committed: list[Event] = field(default_factory=list)
    pending: dict[str, StackBill | ReturnBill] = field(default_factory=dict)
    credited: Counter[int] = field(default_factory=Counter)
    stacks_ordered: Counter[int] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    """What was found out about notes that were ordered into the box."""

    def commit(self, event: Event) -> list[tuple[str, Effect]]:
        """Take one event in; the effects that it causes."""
        self.committed.append(event)
        match event:
            case BillHeld():
                return [] if self.on_held == "wait" else [self.decide(event, self.on_held)]
            case BillStacked(amount_minor):
                self.credited[amount_minor] += 1
                self.pending.clear()
            case BillReturned():
                self.pending.clear()
            case EffectFound(effect_id, finding):
                effect = self.pending.pop(effect_id, None)
                if isinstance(effect, StackBill):
                    self.findings.append(finding)
                if effect and finding == "in_box":
                    self.credited[effect.amount_minor] += 1
        return []

    def decide(self, held: BillHeld, what: Literal["stack", "return"]) -> tuple[str, Effect]:
        """The decision on a held note, pending from now on."""
        effect: StackBill | ReturnBill
        if what == "stack":
            effect = StackBill(held.amount_minor, held.unit, held.count_before)
            self.stacks_ordered[held.amount_minor] += 1
        else:
            effect = ReturnBill(held.amount_minor, "too_large")
        effect_id = f"{len(self.committed)}.0"
        self.pending[effect_id] = effect
        return effect_id, effect


class Killed(Exception):
    """The program dies here."""


Phase = Literal["before_commit", "after_commit", "after_send"]


class Bench:
    """An engine and a device, a line between them, and a program that can be killed."""

    def __init__(
        self, make_engine: Callable[[], Engine], device: Device, faults: Faults | None = None, seed: int = 0
    ) -> None:
        self.now_ms = 0
        self.device = device
        self.validator = device.validator
        self.units = [device.validator]
        self.books = Books()
        self.wanted = Wanted(accept_bills=True, sale_open=True)
        self.exchanges = 0
        self.kill_at: tuple[int, Phase] | None = None
        self.port_open = False
        self._make_engine = make_engine
        self.rng = random.Random(seed)
        self.to_device = Wire(faults or Faults(), self.rng)
        self.to_engine = Wire(faults or Faults(), self.rng)
        self.engine: Engine | None = None

    # --- the program ----------------------------------------------------------------------------------------------
    def start_program(self) -> None:
        """A new life: the port is opened, and what the journal holds as unfinished is asked about."""
        self.engine = self._make_engine()
        self.open_port()

    def open_port(self) -> None:
        """The port is there (again). As in the pump, effects are performed after bytes that wait there were read."""
        engine = self._running()
        self.port_open = True
        engine.port_opened(self.now_ms)
        if waiting := self.to_engine.arrived(self.now_ms):
            engine.receive_data(waiting, self.now_ms)
        for effect_id, effect in self.books.pending.items():
            engine.perform("0.0", Ask(effect_id, effect), self.now_ms)
        self._pump()

    def reopen_port(self) -> None:
        """The same program gets its port back; it knows by itself what is unfinished."""
        engine = self._running()
        self.port_open = True
        self.to_device.connected = self.to_engine.connected = True
        engine.port_opened(self.now_ms)
        self._pump()

    def close_port(self) -> None:
        """The cable is pulled and the port goes with it."""
        self.to_device.drop()
        self.to_engine.drop()
        self.port_open = False
        self._running().port_closed(self.now_ms)
        self._pump()

    def kill_program(self) -> None:
        """The program is gone; the line and the device are not."""
        self.engine = None
        self.port_open = False

    def decide(self, what: Literal["stack", "return"]) -> None:
        """The core decides on the note that is held."""
        held = next(event for event in reversed(self.books.committed) if isinstance(event, BillHeld))
        effect_id, effect = self.books.decide(held, what)
        self._running().perform(effect_id, effect, self.now_ms)
        self._pump()

    def perform(self, effect_id: str, effect: Effect) -> None:
        """The core wants something else done."""
        self._running().perform(effect_id, effect, self.now_ms)
        self._pump()

    def swap_unit(self, device: Device) -> None:
        """Somebody puts another unit in; the first one stands on the floor with all that is in it."""
        self.device.lose_power(self.now_ms)
        self.device, self.validator = device, device.validator
        self.units.append(device.validator)

    def follow(self, wanted: Wanted) -> None:
        """The levels change."""
        self.wanted = wanted
        self._running().follow(wanted, self.now_ms)
        self._pump()

    def _running(self) -> Engine:
        assert self.engine
        return self.engine

    def _pump(self) -> None:
        """One pass in the pump's order."""
        engine = self._running()
        engine.follow(self.wanted, self.now_ms)
        while events := self._drain(engine):
            self._die_at("before_commit")
            effects = [effect for event in events for effect in self.books.commit(event)]
            self._compare()
            self._die_at("after_commit")
            for effect_id, effect in effects:
                engine.perform(effect_id, effect, self.now_ms)
            engine.follow(self.wanted, self.now_ms)
        if data := engine.data_to_send():
            self.exchanges += 1
            if self.port_open:
                self.to_device.send(data, self.now_ms)
            self._die_at("after_send")

    def _drain(self, engine: Engine) -> list[Event]:
        events = []
        while (event := engine.next_event()) is not None:
            events.append(event)
        return events

    def _die_at(self, phase: Phase) -> None:
        if self.kill_at and self.kill_at[1] == phase and self.exchanges >= self.kill_at[0]:
            self.kill_at = None
            self.kill_program()
            raise Killed

    def _compare(self) -> None:
        """Never, at any moment, is more credited than lies in the box or is past the point of no return."""
        physical: Counter[int] = Counter()
        for unit in self.units:
            physical += unit.taken + unit.where(Place.TRANSPORT)
        assert self.books.credited <= physical, f"credited {self.books.credited}, but there is only {physical}"

    # --- time -----------------------------------------------------------------------------------------------------
    def run(self, ms: int) -> None:
        """Let time pass; ends early, with `engine` None, when the program is killed."""
        end_ms = self.now_ms + ms
        while self.now_ms < end_ms:
            self._step(end_ms)

    def run_until(self, condition: Callable[[], object], limit_ms: int = 60_000) -> int:
        """Let time pass until `condition` holds; returns how long it took."""
        began_ms = self.now_ms
        while not condition():
            assert self.now_ms < began_ms + limit_ms, f"not within {limit_ms} ms; {self.books.committed[-8:]}"
            self._step(began_ms + limit_ms)
        return self.now_ms - began_ms

    def _step(self, end_ms: int) -> None:
        times = [self.device.wake_at_ms, self.to_device.next_at_ms, end_ms]
        if self.engine:
            times += [self.engine.wake_at_ms, self.to_engine.next_at_ms]
        soonest = min(at_ms for at_ms in times if at_ms is not None)
        self.now_ms = max(self.now_ms, soonest)
        self.device.handle_timer(self.now_ms)
        if data := self.to_device.arrived(self.now_ms):
            self.device.receive_data(data, self.now_ms)
        if answer := self.device.data_to_send():
            self.to_engine.send(answer, self.now_ms)
        if self.engine:
            self._step_engine(self.engine)

    def _step_engine(self, engine: Engine) -> None:
        data = self.to_engine.arrived(self.now_ms)
        if data and self.port_open:
            engine.receive_data(data, self.now_ms)
        if engine.wake_at_ms is not None and engine.wake_at_ms <= self.now_ms:
            engine.handle_timer(self.now_ms)
        self._pump()

    # --- what is known --------------------------------------------------------------------------------------------
    def heard(self, kind: type[Event]) -> list[Event]:
        """Committed events of one kind."""
        return [event for event in self.books.committed if isinstance(event, kind)]

    def problems(self) -> tuple[str, ...] | None:
        """What is wrong with the device, as last committed."""
        said = [event.problems for event in self.books.committed if isinstance(event, DeviceChanged)]
        return said[-1] if said else None

    def ready(self) -> bool:
        """The device is well and takes notes."""
        return self.problems() == () and self.validator.enabled

    def calm(self) -> bool:
        """Nothing moves, and nothing is pending."""
        return not self.books.pending and not self.validator.bill and self.problems() == ()
