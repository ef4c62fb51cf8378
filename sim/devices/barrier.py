"""A barrier that opens when its relay is pulsed, a door with a contact, and their engine in a world without pins."""

from collections import deque
from collections.abc import Callable

from terminal.fsm.effects import Ask, Effect, OpenBarrier, Wanted
from terminal.fsm.events import BarrierOpened, DeviceChanged, DoorClosed, DoorOpened, EffectFound, Event


class Barrier:
    """The boom; `openings` has the sale of each time that it went up. The service door has its contact on the same board."""

    def __init__(self) -> None:
        self.openings: list[int] = []
        self.door_is_open = False


class BarrierEngine:
    """`terminal.hw.engine.Engine` for a relay that is always there. `point` is where the power may go."""

    device = "barrier"

    def __init__(self, barrier: Barrier, point: Callable[[], None]) -> None:
        self.wake_at_ms: int | None = None
        self._barrier = barrier
        self._point = point
        self._events: deque[Event] = deque()
        self._door_said_open = False

    @property
    def busy(self) -> bool:
        """Pulses take no time here."""
        return False

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
        if self._barrier.door_is_open is not self._door_said_open:
            self._door_said_open = self._barrier.door_is_open
            self._events.append(DoorOpened() if self._door_said_open else DoorClosed())
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """Nothing."""
        return b""
