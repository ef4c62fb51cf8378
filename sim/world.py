"""The virtual world: one kiosk with all its devices in a street, driven by one seed, many times faster than life.

    sim/machine.py      clocks that jump, a disk that forgets, power that goes
    sim/cabinet.py      the models of the devices, and the lines to them
    sim/live_kiosk.py   the terminal's real program in it: alive, dead, alive again; the time passes there
    this file           the street before it: what people, cameras and shops do to it, and what of that must be remembered

There is no thread, no real time and no chance but generators made from the one seed, so the same seed gives the same life, byte
for byte. The people themselves are in `sim/people`, accidents in `sim/strikes.py`.
"""

from collections.abc import Callable, Iterator

from sim.counter import CounterDesk
from sim.devices.bill_validator import Bill
from sim.happened import Car, Happened
from sim.kiosk import KEY, Fittings
from sim.live_kiosk import LiveKiosk
from sim.machine import DAY_MS, MINUTE_MS, WALL_MS
from sim.power import PowerPlan
from sim.wire import Faults as LineFaults
from terminal.fees.stay import Coupon
from terminal.fsm.events import Reported
from terminal.pay.coupons import make_coupon
from terminal.pay.tickets import make_ticket
from terminal.stays.reports import AnyReport, VehicleEntered
from terminal.store.record import Record

TOLD_AGAIN_MS = 3_000
"""So long a link waits for the terminal to know a report before it brings it again."""


class VirtualWorld(LiveKiosk):
    """See the top of this file; `durable` and `power` are those of `LiveKiosk` and `Machine`."""

    def __init__(
        self,
        seed: int,
        lines: LineFaults,
        durable: Callable[[list[Record]], None],
        fittings: Fittings | None = None,
        power: PowerPlan | None = None,
    ) -> None:
        super().__init__(seed, lines, durable, fittings, power)
        self.tickets: list[str] = []
        """Codes that were given out, the last one last."""
        self.coupons: list[str] = []
        """The same of coupons."""
        self.happened = Happened()
        self.counter = CounterDesk(self.paper.drawer)

    def ticket(self, stayed_ms: int, tariff_id: str = "T1") -> str:
        """A genuine ticket of a car that came so long ago; under T2, on a whole minute."""
        ticket_id, entered_at_ms = f"T{len(self.tickets) + 1}", self._entry_ms(stayed_ms, tariff_id)
        self.happened.cars[ticket_id] = Car(ticket_id, entered_at_ms, tariff_id)
        self.tickets.append(make_ticket(KEY, ticket_id, entered_at_ms // 1000, tariff_id))
        return self.tickets[-1]

    def drive_in(self, stayed_ms: int, tariff_id: str, vehicle: str) -> Car:
        """A car that the camera has seen so long ago; it tells now."""
        number, entered_at_ms = len(self.happened.cars) + 1, self._entry_ms(stayed_ms, tariff_id)
        car = Car(f"S{number}", entered_at_ms, tariff_id, f"京A{number:05}", vehicle)
        self.happened.cars[car.stay_id] = car
        self.report(lambda no: VehicleEntered(no, car.stay_id, car.plate, entered_at_ms, tariff_id, vehicle))
        return car

    def _entry_ms(self, stayed_ms: int, tariff_id: str) -> int:
        entered_at_ms, step_ms = WALL_MS + self.now_ms - stayed_ms, MINUTE_MS if tariff_id == "T2" else 1000
        return entered_at_ms - entered_at_ms % step_ms

    def coupon(self, minutes: int, amount_minor: int, good_for_ms: int = DAY_MS) -> str:
        """The code of a coupon that a shop has printed."""
        coupon = Coupon(f"C{len(self.happened.coupons) + 1}", minutes, amount_minor)
        self.happened.coupons[coupon.coupon_id] = coupon
        until_s = (WALL_MS + self.now_ms + good_for_ms) // 1000
        code = make_coupon(KEY, coupon.coupon_id, "shop", until_s, minutes=minutes, amount_minor=amount_minor)
        self.coupons.append(code)
        return code

    def report(self, made: Callable[[str], AnyReport]) -> None:
        """Somebody outside tells something of a stay, under a number of its own; what a dead terminal misses is told again, until
        the books know it, and perhaps once more."""
        report = made(f"R{len(self.happened.reports) + 1}")
        self.happened.reports[report.report_id] = report
        self.live(self._link(report))

    def _link(self, report: AnyReport) -> Iterator[int]:
        again = self.dice(f"link {report.report_id}").random() < 0.3
        while not self.knows(report.report_id):
            self.say(Reported(report))
            yield TOLD_AGAIN_MS
        if again:
            self.say(Reported(report))

    def knows(self, report_id: str) -> bool:
        """The terminal lives, and its books have the report."""
        return self.journal is not None and self.pump is not None and self.journal.books.knows_report(report_id)

    def scan(self, code: str) -> None:
        """Somebody holds a code before the scanner."""
        self.scanner.scan(code)
        self.rouse("scanner")

    def insert(self, amount_minor: int, genuine: bool = True) -> Bill | None:
        """Offer a note; None: the slot does not take it."""
        if not self.mechanics.insert_bill(amount_minor, self.now_ms, genuine):
            return None
        self.rouse("validator")
        return self.mechanics.bill

    def set_door(self, is_open: bool) -> None:
        """The service door."""
        if self.barrier.door_is_open is not is_open:
            self.barrier.door_is_open = is_open
            self.stir()
