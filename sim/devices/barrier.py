"""A barrier that opens when its relay is pulsed, and the engine that pulses it in a world without pins."""

from collections import deque
from collections.abc import Callable

from terminal.fsm.effects import Ask, Effect, OpenBarrier, Wanted
from terminal.fsm.events import BarrierOpened, DeviceChanged, EffectFound, Event


class Barrier:
    """The boom; `openings` has the sale of each time that it went up."""

    def __init__(self) -> None:
        self.openings: list[int] = []


class BarrierEngine:
    """`terminal.hw.engine.Engine` for a relay that is always there. `point` is where the power may go."""

    device = "barrier"

    def __init__(self, barrier: Barrier, point: Callable[[], None]) -> None:
        self.wake_at_ms: int | None = None
        self._barrier = barrier
        self._point = point
        self._events: deque[Event] = deque()

    def port_opened(self, now_ms: int) -> None:
        """The relay is there."""
        self._events.append(DeviceChanged(self.device, ()))

    def port_closed(self, now_ms: int) -> None:
        """Relays do not go away."""

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """A relay says nothing."""

    def handle_timer(self, now_ms: int) -> None:
        """Nothing is timed."""

    def perform(self, effect_id: str, effect: Effect, now_ms: int) -> None:
        """Pulse, and say so; the power may go before and after."""
        match effect:
            case OpenBarrier(sale_no):
                self._point()
                self._barrier.openings.append(sale_no)
                self._point()
                self._events.append(BarrierOpened(effect_id))
            case Ask(asked_id, OpenBarrier()):
                self._events.append(EffectFound(asked_id, "nothing"))

    def follow(self, wanted: Wanted, now_ms: int) -> None:
        """No lamps here."""

    def next_event(self) -> Event | None:
        """The next fact."""
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """Nothing."""
        return b""
