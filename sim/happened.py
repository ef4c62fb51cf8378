"""What really happened: cars, coupons and reports as people made them, and the price that follows from it alone.

People write down in `Happened` what they do: when a car came and under which tariff, what a coupon is worth, what a camera, a
merchant or another terminal has told. `Fares` reads the journal for one thing only, the order in which that became known: a
sale is priced by what the terminal had been told when the ticket was shown (a coupon that is scanned later makes a new sale of
it), at the wall time of the event that opened it. The price itself comes from `sim/pricer.py`, which shares no code with the
program.
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from sim.kiosk import GRACE_MINUTES, RULES
from sim.pricer import MINUTE_MS, due, parking_due
from terminal.fees.parking import ParkingTariff
from terminal.fees.stay import Coupon, Cover, Paid, Stay
from terminal.fsm.effects import Alert
from terminal.fsm.entries import ReportBooked, SaleClosed, SaleOpened
from terminal.fsm.events import CouponScanned
from terminal.stays.reports import AnyReport, ConcessionGranted, PaidElsewhere, PassGranted, StayValidated
from terminal.store.record import Record


class Car(msgspec.Struct, frozen=True):
    """A car that came in, with a ticket or seen by the camera."""

    stay_id: str
    entered_at_ms: int
    tariff_id: str
    plate: str = ""
    vehicle: str = ""


class Happened:
    """What people have done, by the names under which the terminal hears of it."""

    def __init__(self) -> None:
        self.cars: dict[str, Car] = {}
        """By ticket or stay."""
        self.coupons: dict[str, Coupon] = {}
        self.reports: dict[str, AnyReport] = {}


class Opened(msgspec.Struct, frozen=True):
    """A sale, as it must be."""

    ticket_id: str
    stay: Stay
    due_minor: int
    known: frozenset[str]
    """The reports of its stay that had come before its ticket was shown."""


class Fares:
    """9. Each sale's amount is the price of what happened; a coupon pays once; who paid twice across terminals is told of."""

    def __init__(self, happened: Happened) -> None:
        self._happened = happened
        self.booked: dict[str, AnyReport] = {}
        """Reports that the books have, in their order."""
        self._found_by: dict[str, list[AnyReport]] = defaultdict(list)
        """The same by stay, ticket and plate."""
        self.open_sales: dict[int, Opened] = {}
        self._newest: Opened | None = None
        """The sale that was opened last."""
        self.paid: dict[str, list[Paid]] = defaultdict(list)
        """What was paid here for each ticket."""
        self._coupons_of: dict[str, list[Coupon]] = defaultdict(list)
        """The coupons that went with that."""
        self._used: set[str] = set()

    def broken_by(self, record: Record) -> Iterator[str]:
        """What is wrong with a further event, in words."""
        doubles = 0
        for entry in record.entries:
            match entry:
                case ReportBooked(report_id=report_id):
                    doubles += self._is_double(self._happened.reports.get(report_id))
                    yield from self._book(report_id)
                case SaleOpened():
                    yield from self._open(entry, record)
                case SaleClosed(sale_no=sale_no, state=state):
                    sale = self.open_sales.pop(sale_no, None)
                    if sale is not None and state == "paid":
                        doubles += self._is_late(sale)
                        yield from self._close(sale_no, sale, record.at_ms)
        told = sum(isinstance(effect, Alert) and effect.code == "double_payment" for effect in record.effects)
        if told != doubles:
            yield f"fares: event {record.seq} makes {doubles} double payments, and people are told of {told}"

    def unheard(self) -> list[str]:
        """Reports that were told and never came into the books."""
        return [report_id for report_id in self._happened.reports if report_id not in self.booked]

    # --- reports --------------------------------------------------------------------------------------------------
    def _book(self, report_id: str) -> Iterator[str]:
        report = self._happened.reports.get(report_id)
        if report is None:
            yield f"fares: nobody has told report {report_id}"
        elif report_id in self.booked:
            yield f"fares: report {report_id} was booked twice"
        else:
            self.booked[report_id] = report
            for name in {getattr(report, field, "") for field in ("stay_id", "ticket_id", "plate")}:
                self._found_by[name].append(report)

    def _is_double(self, report: AnyReport | None) -> bool:
        """Another terminal was paid first, and we hear of it when we have been paid too."""
        if not isinstance(report, PaidElsewhere) or not self.paid[report.ticket_id]:
            return False
        return self.paid[report.ticket_id][-1].at_ms >= report.at_ms

    def _is_late(self, sale: Opened) -> bool:
        """We heard in the middle of a sale that another terminal was paid, and yet ours is paid now."""
        return any(isinstance(report, PaidElsewhere) for report in self._about(sale.ticket_id, "", sale.known))

    def _about(self, stay_id: str, plate: str, but: frozenset[str] = frozenset()) -> list[AnyReport]:
        """The reports in the books that are about a stay or its plate."""
        found = {report.report_id: report for name in (stay_id, plate) if name for report in self._found_by[name]}
        return [report for report_id, report in found.items() if report_id not in but]

    # --- sales ----------------------------------------------------------------------------------------------------
    def _open(self, opened: SaleOpened, record: Record) -> Iterator[str]:
        car = self._happened.cars.get(opened.ticket_id)
        if car is None:
            yield f"fares: sale {opened.sale_no} is of {opened.ticket_id}, which nobody has"
            return
        before = self._newest
        if isinstance(record.event, CouponScanned) and before is not None:
            coupon = self._happened.coupons[record.event.coupon.coupon_id]
            stay, known = msgspec.structs.replace(before.stay, coupons=(*before.stay.coupons, coupon)), before.known
        else:
            reports = self._about(car.stay_id, car.plate)
            stay, known = self._stay(car, reports), frozenset(report.report_id for report in reports)
            if stay.paid and not self._may_pay_again(car, stay, record.at_ms):
                yield f"fares: sale {opened.sale_no}: ticket {car.stay_id} is paid, and still good"
        due_minor = price(car, stay, record.at_ms)
        if opened.due_minor != due_minor:
            yield f"fares: sale {opened.sale_no} of {car.stay_id} asks for {opened.due_minor}, it owes {due_minor}"
        self.open_sales[opened.sale_no] = self._newest = Opened(car.stay_id, stay, due_minor, known)

    def _stay(self, car: Car, reports: list[AnyReport]) -> Stay:
        given = [
            self._happened.coupons[report.coupon_id]
            for report in reports
            if isinstance(report, StayValidated) and report.coupon_id not in self._used
        ]
        elsewhere = [
            Paid(report.at_ms, report.amount_minor, report.terminal_id)
            for report in reports
            if isinstance(report, PaidElsewhere)
        ]
        return Stay(
            entered_at_ms=car.entered_at_ms,
            vehicle=car.vehicle,
            concessions=tuple(report.concession_id for report in reports if isinstance(report, ConcessionGranted)),
            covers=tuple(Cover(r.from_ms, r.to_ms, "pass") for r in reports if isinstance(r, PassGranted)),
            coupons=(*self._coupons_of[car.stay_id], *given),
            paid=tuple(sorted([*self.paid[car.stay_id], *elsewhere], key=lambda paid: paid.at_ms)),
        )

    def _may_pay_again(self, car: Car, stay: Stay, at_ms: int) -> bool:
        return car.tariff_id == "T2" and at_ms > stay.paid[-1].at_ms + GRACE_MINUTES * MINUTE_MS

    def _close(self, sale_no: int, sale: Opened, at_ms: int) -> Iterator[str]:
        self.paid[sale.ticket_id].append(Paid(at_ms, sale.due_minor))
        for coupon in sale.stay.coupons:
            if coupon not in self._coupons_of[sale.ticket_id]:
                if coupon.coupon_id in self._used:
                    yield f"fares: sale {sale_no}: coupon {coupon.coupon_id} was used before"
                self._used.add(coupon.coupon_id)
                self._coupons_of[sale.ticket_id].append(coupon)


def price(car: Car, stay: Stay, at_ms: int) -> int:
    """What a car owes, by the independent pricer."""
    tariff = RULES.tariffs[car.tariff_id]
    if isinstance(tariff, ParkingTariff):
        return parking_due(tariff, stay, at_ms)
    return due(tariff, stay, at_ms)
