"""The machine's own pins: barrier relay, service door, cancel button, lamps, and a cash drawer that is wired directly.

Pins have no protocol and no port, but are driven as every other device is: effects in, events out, `now_ms` an argument.
gpiozero makes the devices; its pin factory (GPIOZERO_PIN_FACTORY, else what fits the machine) is all that differs between
a Raspberry Pi, a test and the rig.

Safe by construction: outputs come up low before anything else is done, so a restart never pulses; only `perform` pulses,
once an effect. Inputs are contacts to ground; door and drawer close theirs when they are shut, so a cut wire reads "open".
"""

import os
import threading
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from terminal.fsm.effects import Ask, Effect, Identify, OpenBarrier, OpenDrawer, Wanted
from terminal.fsm.events import (
    BarrierFailed,
    BarrierOpened,
    CancelPressed,
    DeviceChanged,
    DoorClosed,
    DoorOpened,
    DrawerChanged,
    DrawerFailed,
    DrawerKicked,
    EffectFound,
    Event,
)

BOUNCE_S = 0.05
"""A contact counts once it has been still for so long; gpiozero issue 1090 tells of phantom presses without it."""
RETRY_MS = 5000
"""Pins that could not be had (another program, no permission, the rig not there yet) are asked for again so often."""
PI_REVISION = "/proc/device-tree/system/linux,revision"
"""Every Raspberry Pi has this, and no other machine."""
EDGES_MAX = 256
"""Edges that may wait; a mad contact loses its oldest ones, and the last one, how things are now, is kept."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """BCM numbers; None: not wired."""

    barrier: int | None = None
    door: int | None = None
    cancel: int | None = None
    lamp_ready: int | None = None
    lamp_busy: int | None = None
    drawer: int | None = None
    drawer_sensor: int | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """How long a pulse is; and where it ends at the latest, even if the terminal is stuck at that moment."""

    ms: int
    limit_ms: int


BARRIER_PULSE = Length(ms=500, limit_ms=1000)
"""Barrier controls want a contact of 0.3 to 0.5 s; held much longer, some keep the boom up."""
DRAWER_PULSE = Length(ms=150, limit_ms=200)
"""A drawer's coil burns when it is left on: 0.1 to 0.2 s."""


class Pulser:
    """An output that is on for a moment, one effect after the other, with a rest as long as the pulse between two."""

    def __init__(self, output: Any, length: Length) -> None:
        self.wake_at_ms: int | None = None
        self._output = output
        self._length = length
        self._waiting: deque[str] = deque()
        self._running: str | None = None
        self._guard: threading.Timer | None = None

    def ask_for(self, effect_id: str, now_ms: int) -> None:
        """One more pulse, at once or when it is its turn. Raises what the driver raises."""
        self._waiting.append(effect_id)
        if self.wake_at_ms is None:
            self._begin(now_ms)

    def advance(self, now_ms: int) -> str | None:
        """The effect whose pulse has ended, if one has. Raises what the driver raises."""
        if self.wake_at_ms is None or now_ms < self.wake_at_ms:
            return None
        ended = self._running
        if ended is not None:
            self._end()
            self._running = None
            self.wake_at_ms = now_ms + self._length.ms
        elif self._waiting:
            self._begin(now_ms)
        else:
            self.wake_at_ms = None
        return ended

    def give_up(self) -> tuple[list[str], list[str]]:
        """Off, whatever it takes: the effects that were pulsed, if only shortly, and those that were not."""
        with suppress(Exception):
            self._end()
        pulsed = [] if self._running is None else [self._running]
        return pulsed, list(self._waiting)

    def _begin(self, now_ms: int) -> None:
        self._output.on()
        self._running = self._waiting.popleft()
        self.wake_at_ms = now_ms + self._length.ms
        self._guard = threading.Timer(self._length.limit_ms / 1000, self._off_at_last)
        self._guard.daemon = True
        self._guard.start()

    def _end(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            self._guard = None
        self._output.off()

    def _off_at_last(self) -> None:
        """On the guard's own thread. A driver that fails here fails again in `_end`, where it is heard."""
        with suppress(Exception):
            self._output.off()


class Pins:
    """The engine of the pins; its device is called `barrier`, after the pin that matters most.

    Problems: `absent`, this machine has no pins at all; `failed`, it has, but they could not be had or broke.
    `wake` is called, on any thread, when an input has changed and `next_event` has something to say.
    """

    device = "barrier"

    def __init__(self, wiring: Wiring, wake: Callable[[], None]) -> None:
        self.wake_at_ms: int | None = None
        self._wiring = wiring
        self._wake = wake
        self._devices: list[Any] = []
        self._pulsers: dict[str, Pulser] = {}
        self._lamps: dict[str, Any] = {}
        self._contacts: dict[str, Any] = {}
        self._lamp = "off"
        self._retry_at_ms: int | None = None
        self._problems: tuple[str, ...] | None = None
        self._tell_anew = False
        """How they are shall be said once more, even if it is still the same."""
        self._levels: dict[str, bool] = {}
        self._edges: deque[tuple[str, bool]] = deque(maxlen=EDGES_MAX)
        self._events: deque[Event] = deque()

    @property
    def busy(self) -> bool:
        """A pulse has not ended."""
        return any(pulser.wake_at_ms is not None for pulser in self._pulsers.values())

    # --- what the pump tells ---
    def port_opened(self, now_ms: int) -> None:
        """Make the devices now. This imports gpiozero, which takes a while."""
        self._release()
        problem = self._attach()
        if problem:
            self._release()
        self._retry_at_ms = now_ms + RETRY_MS if problem == "failed" else None
        self._say_problems((problem,) if problem else ())
        self._set_timer()

    def port_closed(self, now_ms: int) -> None:
        """Let go of all pins; outputs are off before that."""
        self._release()
        self._retry_at_ms = None
        self._say_problems(("absent",))
        self._set_timer()

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Pins send no bytes."""

    def data_to_send(self) -> bytes:
        """Pins get no bytes."""
        return b""

    def handle_timer(self, now_ms: int) -> None:
        """Ends pulses that have lasted long enough, begins those that waited, asks again for pins that failed."""
        if self._retry_at_ms is not None and now_ms >= self._retry_at_ms:
            self.port_opened(now_ms)
        try:
            for name, pulser in self._pulsers.items():
                if (effect_id := pulser.advance(now_ms)) is not None:
                    self._events.append(PULSED[name](effect_id))
        except Exception:
            self._fail(now_ms)
        self._set_timer()

    def perform(self, effect_id: str, effect: Effect, now_ms: int) -> None:
        """Pulses once; the outcome is said when the pulse has ended. What an earlier life did, pins do not remember.

        Asked how they are, they try again to be had, or, while nothing moves, read every contact and set every lamp.
        """
        if effect == Identify(self.device):
            self._look_again(now_ms)
            return
        about = effect.about if isinstance(effect, Ask) else effect
        if isinstance(about, OpenBarrier):
            name = "barrier"
        elif isinstance(about, OpenDrawer) and self._wiring.drawer is not None:
            name = "drawer"
        else:
            return
        if isinstance(effect, Ask):
            self._events.append(EffectFound(effect.effect_id, "nothing"))
        elif name in self._pulsers:
            try:
                self._pulsers[name].ask_for(effect_id, now_ms)
            except Exception:
                self._fail(now_ms)
        else:
            self._events.append(FAILED[name](effect_id, self._reason()))
        self._set_timer()

    def follow(self, wanted: Wanted, now_ms: int) -> None:
        """Lamps show what the terminal is up to."""
        if wanted.lamp != self._lamp:
            self._lamp = wanted.lamp
            try:
                self._show_lamp()
            except Exception:
                self._fail(now_ms)

    def next_event(self) -> Event | None:
        """The next fact. A contact that came back to what was last said of it says nothing."""
        while self._edges:
            name, closed = self._edges.popleft()
            if self._levels.get(name) != closed:
                self._levels[name] = closed
                if event := CONTACTS[name](closed):
                    self._events.append(event)
        return self._events.popleft() if self._events else None

    # --- devices ---
    def _attach(self) -> str:
        """Makes all devices, outputs first. Returns the problem, if any.

        Drivers raise whatever they like (ImportError, OSError, `lgpio.error`, gpiozero's own), so anything is caught.
        """
        try:
            import gpiozero

            with warnings.catch_warnings():  # gpiozero warns of each factory that does not fit this machine
                warnings.simplefilter("ignore", gpiozero.PinFactoryFallback)
                gpiozero.Device.ensure_pin_factory()
        except Exception:
            return "failed" if _ought_to_have_pins() else "absent"
        try:
            self._make_outputs(gpiozero)
            self._make_inputs(gpiozero)
            self._show_lamp()
        except Exception:
            return "failed"
        return ""

    def _make_outputs(self, gpiozero: Any) -> None:
        wiring = self._wiring
        for name, pin, length in (
            ("barrier", wiring.barrier, BARRIER_PULSE),
            ("drawer", wiring.drawer, DRAWER_PULSE),
        ):
            if pin is not None:
                self._pulsers[name] = Pulser(self._keep(gpiozero.DigitalOutputDevice(pin, initial_value=False)), length)
        for name, pin in (("ready", wiring.lamp_ready), ("busy", wiring.lamp_busy)):
            if pin is not None:
                self._lamps[name] = self._keep(gpiozero.DigitalOutputDevice(pin, initial_value=False))

    def _make_inputs(self, gpiozero: Any) -> None:
        wiring = self._wiring
        for name, pin in (("door", wiring.door), ("cancel", wiring.cancel), ("drawer", wiring.drawer_sensor)):
            if pin is not None:
                # Not gpiozero's Button: each has a thread that wakes ten times a second to see how long it is held.
                contact = self._keep(gpiozero.DigitalInputDevice(pin, pull_up=True, bounce_time=BOUNCE_S))
                contact.when_activated = partial(self._contact, name, True)
                contact.when_deactivated = partial(self._contact, name, False)
                self._contact(name, contact.is_active)
                self._contacts[name] = contact

    def _keep(self, device: Any) -> Any:
        self._devices.append(device)
        return device

    def _contact(self, name: str, closed: bool) -> None:
        """An input is in this state now; called on gpiozero's threads, so it only leaves word."""
        self._edges.append((name, closed))
        self._wake()

    def _look_again(self, now_ms: int) -> None:
        if self.busy:
            return
        self._tell_anew = True
        if self._problems:
            self.port_opened(now_ms)
            return
        try:
            self._show_lamp()
            for name, contact in self._contacts.items():
                self._contact(name, contact.is_active)
        except Exception:
            self._fail(now_ms)
        else:
            self._say_problems(())

    def _show_lamp(self) -> None:
        for name, lamp in self._lamps.items():
            lamp.value = name == self._lamp

    def _fail(self, now_ms: int) -> None:
        """A driver that worked has failed: let everything go, and begin anew later."""
        self._release()
        self._retry_at_ms = now_ms + RETRY_MS
        self._say_problems(("failed",))
        self._set_timer()

    def _release(self) -> None:
        """All pins free and low, as far as the driver still does anything; every effect gets its outcome."""
        for name, pulser in self._pulsers.items():
            pulsed, waiting = pulser.give_up()
            self._events.extend(PULSED[name](effect_id) for effect_id in pulsed)
            self._events.extend(FAILED[name](effect_id, "failed") for effect_id in waiting)
        for device in self._devices:
            with suppress(Exception):
                device.close()
        self._pulsers.clear()
        self._lamps.clear()
        self._contacts.clear()
        self._devices.clear()

    def _reason(self) -> str:
        """Why there is no such output."""
        if self._problems is None:
            return "absent"
        return self._problems[0] if self._problems else "not_wired"

    def _say_problems(self, problems: tuple[str, ...]) -> None:
        if problems != self._problems or self._tell_anew:
            self._problems, self._tell_anew = problems, False
            self._events.append(DeviceChanged(self.device, problems))

    def _set_timer(self) -> None:
        times = [self._retry_at_ms, *(pulser.wake_at_ms for pulser in self._pulsers.values())]
        self.wake_at_ms = min((at_ms for at_ms in times if at_ms is not None), default=None)


PULSED: dict[str, type[BarrierOpened | DrawerKicked]] = {"barrier": BarrierOpened, "drawer": DrawerKicked}
FAILED: dict[str, type[BarrierFailed | DrawerFailed]] = {"barrier": BarrierFailed, "drawer": DrawerFailed}
CONTACTS: dict[str, Callable[[bool], Event | None]] = {
    "door": lambda closed: DoorClosed() if closed else DoorOpened(),
    "cancel": lambda closed: CancelPressed() if closed else None,
    "drawer": lambda closed: DrawerChanged(is_open=not closed),
}
"""What a contact says when it has closed or opened."""


def _ought_to_have_pins() -> bool:
    """Whether somebody chose a way to the pins, or this is a Raspberry Pi."""
    return "GPIOZERO_PIN_FACTORY" in os.environ or os.path.exists(PI_REVISION)
