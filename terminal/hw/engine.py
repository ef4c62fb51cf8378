"""The contract of an engine.

An engine speaks one device's protocol. It turns bytes into events and effects into bytes, and owns no port, no thread
and no clock: `now_ms` is elapsed time and an argument, and `wake_at_ms` says when it wants to be woken. The pump
(`terminal/pump.py`) and the simulator drive it in the same way:

    1. what happened is told to it     port_opened, port_closed, receive_data, handle_timer, perform, follow
    2. what it makes of that is read   next_event, until None
    3. those events are made durable   (the commit)
    4. only then is it let speak       data_to_send

Rules that every engine keeps, and `tests/hw` checks:

- *A device hears nothing from us until all that it told us is durable.* The pump guarantees the order above, so an
  engine may acknowledge or go on as soon as its bytes are asked for: everything that it has said is on disk by then.
- Nothing that arrives raises: bytes come from an enemy. Garbage is dropped and counted, memory stays bounded.
- Silence is an event: a device that does not answer within the engine's stated bound is reported by `DeviceChanged`
  with the problem `silent`, a closed port with `absent`, and all problems of a device are said whenever they change.
- Each effect handed to `perform` leads to exactly one outcome event, or stays open while the device is silent and is
  answered when it comes back. `Ask` makes the engine find out about an effect of an earlier life.
- `Identify` has a device at rest say anew who it is and how it is, even if that is still the same. It has no outcome of its own,
  and is ignored while something moves: the device is alive then.
- Levels (`follow`) are repeated freely and cost nothing when unchanged; a device that restarts is brought back to them.
"""

from typing import Protocol

from terminal.fsm.effects import Effect, Wanted
from terminal.fsm.events import Event


class Engine(Protocol):
    """What the pump needs of every device engine."""

    device: str
    """The device's name in events and configuration: `validator`, `scanner`, `printer`, …"""

    wake_at_ms: int | None
    """When `handle_timer` wants to be called, in elapsed milliseconds; None: not at all."""

    @property
    def busy(self) -> bool:
        """Something is under way that answers or time will lead on. When not, asking again tells the same, until somebody
        acts on the device: an orderly stop waits for this moment, and the simulator skips the time after it."""

    def port_opened(self, now_ms: int) -> None:
        """Bytes can flow from now on; the device may have been away, restarted or swapped."""

    def port_closed(self, now_ms: int) -> None:
        """The port is gone; what was not answered is unknown."""

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """The device sent these bytes, cut and merged as the line pleased."""

    def handle_timer(self, now_ms: int) -> None:
        """`wake_at_ms` has come; being called early or twice does no harm."""

    def perform(self, effect_id: str, effect: Effect, now_ms: int) -> None:
        """Begin an effect. Effects that are not this device's are ignored."""

    def follow(self, wanted: Wanted, now_ms: int) -> None:
        """This is how things should be now."""

    def next_event(self) -> Event | None:
        """The next fact, in order; None when there is no more."""

    def data_to_send(self) -> bytes:
        """Bytes for the device, handed out once; empty when there are none."""
