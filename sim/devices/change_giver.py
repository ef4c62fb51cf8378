"""A change giver that pays pieces one by one, and the engine that orders payouts of it in a world without its wire.

What it really paid is the truth that the books are compared with. It has an order's id with it and counts while it pays, and
both survive a power cut; only when its memory is lost can it not tell. It never goes on with an order that was interrupted.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from terminal.fsm.effects import Ask, Effect, PayOut, Wanted
from terminal.fsm.events import ChangePaid, DeviceChanged, EffectFound, Event

FILLING = {100: 100, 500: 40, 1000: 40}
"""Pieces by value in a full one."""


class ChangeGiver:
    """The mechanics. All times in milliseconds; `advance` moves them on to `now_ms`, whether or not a terminal is alive."""

    PIECE_MS = 250
    BOOTING_MS = 1000

    def __init__(self, filling: Mapping[int, int] = FILLING) -> None:
        self.filling = filling
        self.levels = Counter(filling)
        self.paid_minor = 0
        """All that ever left it."""
        self.orders: dict[str, int] = {}
        """The same by order."""
        self.powered = True
        self.jammed = False
        self.wake_at_ms: int | None = None
        """When the next piece falls, or when it has booted."""
        self._now_ms = 0
        self._booting = False
        self._order_id = ""
        """The last order that it remembers."""
        self._left_minor = 0
        self._starting = False
        self._forgot = False

    # --- what can be seen -------------------------------------------------------------------------------------------
    @property
    def running(self) -> bool:
        """Has power and has finished booting."""
        return self.powered and not self._booting

    @property
    def paying(self) -> bool:
        """An order is being paid."""
        return self._left_minor > 0

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with it."""
        if not self.running:
            return ("absent",)
        return ("jam",) * self.jammed + ("empty",) * (self.levels.total() == 0)

    def told(self, order_id: str) -> int | None:
        """What it says that it paid for an order; None: it can not tell. An order that it does not know was never begun."""
        if not self.running or self.paying or (self._forgot and order_id != self._order_id):
            return None
        return self.orders.get(order_id, 0)

    # --- people and accidents ---------------------------------------------------------------------------------------
    def empty(self) -> None:
        """Nothing is left in it."""
        self.levels.clear()

    def refill(self) -> None:
        """Staff fill it up."""
        self.levels = Counter(self.filling)

    def jam(self, now_ms: int) -> None:
        """A piece gets stuck: it gives the order up."""
        self.advance(now_ms)
        self.jammed = True
        self._stop()

    def clear_jam(self, now_ms: int) -> None:
        """Staff take the piece out and put it back."""
        self.advance(now_ms)
        self.jammed = False

    def lose_power(self, now_ms: int) -> None:
        """The plug is pulled: the order ends where it is."""
        self.advance(now_ms)
        self._stop()
        self.powered = self._booting = False
        self.wake_at_ms = None

    def restore_power(self, now_ms: int) -> None:
        """The device boots."""
        if not self.powered:
            self._now_ms = max(now_ms, self._now_ms)
            self.powered = self._booting = True
            self.wake_at_ms = self._now_ms + self.BOOTING_MS

    def forget(self) -> None:
        """Its controller loses what it knew of all orders, and gives up the one under way."""
        self._forgot = True
        self._order_id = ""
        self._stop()

    def remember(self) -> None:
        """Staff read its mechanical counters and set it right."""
        self._forgot = False

    # --- the engine -------------------------------------------------------------------------------------------------
    def pay(self, order_id: str, amount_minor: int) -> bool:
        """Begin an order, at the time that `advance` is told next; False when it pays nothing at all."""
        assert not self.paying, "one order at a time"
        if not self.running or self.jammed:
            return False
        self._order_id = order_id
        self._left_minor = amount_minor
        self.orders[order_id] = 0
        self._prepare()
        self._starting = self.paying
        self.wake_at_ms = self._now_ms if self.paying else None
        return self.paying

    def advance(self, now_ms: int) -> None:
        """Let time pass up to `now_ms`."""
        if self._starting:
            self._starting = False
            self._now_ms = max(self._now_ms, now_ms)
            self._prepare()
        while self.wake_at_ms is not None and self.wake_at_ms <= now_ms:
            self._now_ms = self.wake_at_ms
            self.wake_at_ms = None
            if self._booting:
                self._booting = False
            else:
                self._drop_piece()
        self._now_ms = max(self._now_ms, now_ms)

    # --- mechanics --------------------------------------------------------------------------------------------------
    def _fitting(self) -> int:
        """The largest piece that is not too much; 0: there is none."""
        return max((value for value, level in self.levels.items() if level and value <= self._left_minor), default=0)

    def _prepare(self) -> None:
        if self._fitting():
            self.wake_at_ms = self._now_ms + self.PIECE_MS
        else:
            self._stop()

    def _drop_piece(self) -> None:
        value = self._fitting()
        if value:
            self.levels[value] -= 1
            self.paid_minor += value
            self.orders[self._order_id] += value
            self._left_minor -= value
        self._prepare()

    def _stop(self) -> None:
        if self.paying:
            self._left_minor = 0
            self._starting = False
            self.wake_at_ms = None


@dataclass(slots=True)
class _Open:
    """An effect whose outcome was not told yet."""

    asked: bool
    """It is of an earlier life: the answer is `EffectFound`."""
    doubt_told: bool = False


class ChangeGiverEngine:
    """`terminal.hw.engine.Engine` for a giver beside it. `point` is where the power may go: around an order, and when a piece
    has fallen.

    An order that can not be begun is answered at once: nothing was paid. About one that was begun only the giver knows, and it
    is asked until it can tell, with one "nothing" when it says that it can not.
    """

    device = "change"
    POLL_MS = 200
    WAIT_MS = 1000
    """The same while the giver is away or can not tell."""

    def __init__(self, giver: ChangeGiver, point: Callable[[], None]) -> None:
        self.wake_at_ms: int | None = None
        self._giver = giver
        self._point = point
        self._events: deque[Event] = deque()
        self._open: dict[str, _Open] = {}
        self._begun = False
        self._problems: tuple[str, ...] | None = None
        self._paid_minor = giver.paid_minor

    @property
    def busy(self) -> bool:
        """The giver pays, or what it paid was not told yet."""
        return any(self._giver.paying or self._giver.told(effect_id) is not None for effect_id in self._open)

    def port_opened(self, now_ms: int) -> None:
        """The giver can be asked from now on."""
        self._begun = True

    def port_closed(self, now_ms: int) -> None:
        """There is no cable that could be pulled; without power the giver is absent."""

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """There is no wire."""

    def handle_timer(self, now_ms: int) -> None:
        """Look at the counters; `next_event` tells what is to be told."""
        if self._giver.paid_minor != self._paid_minor:
            self._paid_minor = self._giver.paid_minor
            self._point()
        self._set_wake(now_ms)

    def perform(self, effect_id: str, effect: Effect, now_ms: int) -> None:
        """Order a payout, or find out about one."""
        match effect:
            case PayOut(amount_minor):
                self._point()
                begun = self._giver.pay(effect_id, amount_minor)
                self._point()
                if begun:
                    self._open[effect_id] = _Open(asked=False)
                else:
                    self._events.append(ChangePaid(effect_id, 0))
            case Ask(asked_id, PayOut()):
                self._open[asked_id] = _Open(asked=True)
        self._set_wake(now_ms)

    def follow(self, wanted: Wanted, now_ms: int) -> None:
        """Nothing is shown here."""

    def next_event(self) -> Event | None:
        """The next fact."""
        if not self._events and self._begun:
            self._look()
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """Nothing."""
        return b""

    def _set_wake(self, now_ms: int) -> None:
        wait_ms = self.POLL_MS if self.busy else self.WAIT_MS
        self.wake_at_ms = now_ms + wait_ms if self._open else None

    def _look(self) -> None:
        giver = self._giver
        if giver.problems != self._problems:
            self._problems = giver.problems
            self._events.append(DeviceChanged(self.device, self._problems))
        for effect_id, about in list(self._open.items()):
            if giver.paying or not giver.running:
                continue
            paid_minor = giver.told(effect_id)
            if paid_minor is not None:
                del self._open[effect_id]
                found = EffectFound(effect_id, "paid_out", paid_minor)
                self._events.append(found if about.asked else ChangePaid(effect_id, paid_minor))
            elif not about.doubt_told:
                about.doubt_told = True
                self._events.append(EffectFound(effect_id, "nothing"))
