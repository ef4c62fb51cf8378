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
from sim.office import ACCOUNTS, CHARGES_MINOR
from sim.pricer import MINUTE_MS, due, parking_due
from terminal.fees.parking import ParkingTariff
from terminal.fees.services import Basket
from terminal.fees.stay import Coupon, Cover, Paid, Stay
from terminal.fsm.effects import Alert
from terminal.fsm.entries import CouponUsed, Opening, ReportBooked, SaleClosed, SaleOpened
from terminal.fsm.events import CouponScanned, TicketScanned
from terminal.fsm.window_events import SaleResumed
from terminal.intake import BILL_ID, SERVICES_ID
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
        self.baskets: list[Basket] = []
        """What people chose to buy."""


class Opened(msgspec.Struct, frozen=True):
    """A sale, as it must be."""

    sale_no: int
    ticket_id: str
    stay: Stay
    """With the coupons that went with earlier payments only."""
    coupons: tuple[Coupon, ...]
    """Those that make the price what it is."""
    scanned: tuple[Coupon, ...]
    """Those of them that the payer has shown."""
    due_minor: int
    priced_at_ms: int
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
        self._suspended: dict[int, Opened] = {}
        """Sales whose payers have stepped aside."""
        self._free: dict[int, tuple[str, Paid]] = {}
        """Sales that nothing was given for, not even a coupon: they count when the barrier has opened."""
        self.paid: dict[str, list[Paid]] = defaultdict(list)
        """What was paid here for each ticket."""
        self._coupons_of: dict[str, list[Coupon]] = defaultdict(list)
        """The coupons that went with that."""
        self._used: set[str] = set()

    def broken_by(self, record: Record) -> Iterator[str]:
        """What is wrong with a further event, in words."""
        doubles, twice, replaced = 0, 0, None
        for entry in record.entries:
            match entry:
                case ReportBooked(report_id=report_id):
                    report = self._happened.reports.get(report_id)
                    doubles += self._is_double(report)
                    twice += sum(coupon.coupon_id in self._used for coupon in getattr(report, "coupons", ()))
                    yield from self._book(report_id)
                case SaleOpened():
                    yield from self._open(entry, record, replaced)
                case SaleClosed(sale_no=sale_no, state=state):
                    replaced = sale = self.open_sales.pop(sale_no, None)
                    if sale is not None and entry.why == "suspended":
                        self._suspended[sale_no] = sale
                    if sale is not None and state == "paid":
                        doubles += self._is_late(sale)
                        yield from self._close(sale, record)
                case Opening(what="barrier", sale_no=int(sale_no)) if sale_no in self._free:
                    ticket_id, nothing = self._free.pop(sale_no)
                    self.paid[ticket_id].append(nothing)
        for code, count in (("double_payment", doubles), ("coupon_used_twice", twice)):
            told = sum(isinstance(effect, Alert) and effect.code == code for effect in record.effects)
            if told != count:
                yield f"fares: event {record.seq}: {count} times {code}, and people are told of {told}"

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
    def _open(self, opened: SaleOpened, record: Record, replaced: Opened | None) -> Iterator[str]:
        """`replaced`: the sale that ended for this one."""
        if ":" in opened.ticket_id:
            yield from self._open_without_car(opened, record)
            return
        car = self._happened.cars.get(opened.ticket_id)
        if car is None:
            yield f"fares: sale {opened.sale_no} is of {opened.ticket_id}, which nobody has"
            return
        if isinstance(record.event, SaleResumed):
            stepped_aside = self._suspended.pop(record.event.sale_no)
            reports, at_ms = self._about(car.stay_id, car.plate), record.at_ms
            stay, known = self._stay(car, reports), frozenset(report.report_id for report in reports)
            coupons, scanned = (*self._given(reports), *stepped_aside.scanned), stepped_aside.scanned
            if stay.paid and not self._may_pay_again(car, stay, at_ms):
                yield f"fares: sale {opened.sale_no}: ticket {car.stay_id} was paid while its payer stood aside"
        elif isinstance(record.event, CouponScanned) and replaced is not None:
            coupon = self._happened.coupons[record.event.coupon.coupon_id]
            stay, known, at_ms = replaced.stay, replaced.known, replaced.priced_at_ms
            coupons, scanned = (*replaced.coupons, coupon), (*replaced.scanned, coupon)
        else:
            reports, at_ms = self._about(car.stay_id, car.plate), record.at_ms
            stay, known = self._stay(car, reports), frozenset(report.report_id for report in reports)
            if stay.paid and not self._may_pay_again(car, stay, at_ms):
                yield f"fares: sale {opened.sale_no}: ticket {car.stay_id} is paid, and still good"
            again = replaced is not None and replaced.ticket_id == car.stay_id
            scanned = replaced.scanned if again and replaced is not None else ()
            coupons = (*self._given(reports), *scanned)
        coupons, due_minor = needed(car, stay, coupons, at_ms)
        if opened.due_minor != due_minor:
            yield f"fares: sale {opened.sale_no} of {car.stay_id} asks for {opened.due_minor}, it owes {due_minor}"
        if isinstance(record.event, TicketScanned) and record.event.chosen and not due_minor:
            yield f"fares: sale {opened.sale_no}: {car.stay_id} owes nothing, and whoever named it is let out"
        scanned = tuple(coupon for coupon in scanned if coupon in coupons)
        sale = Opened(opened.sale_no, car.stay_id, stay, coupons, scanned, due_minor, at_ms, known)
        self.open_sales[opened.sale_no] = sale

    def _open_without_car(self, opened: SaleOpened, record: Record) -> Iterator[str]:
        """Dues of an account that has not paid them yet, or cards."""
        assert isinstance(record.event, TicketScanned)
        basket, account = record.event.basket, opened.ticket_id.removeprefix(BILL_ID)
        if opened.ticket_id == SERVICES_ID and basket not in self._happened.baskets:
            yield f"fares: sale {opened.sale_no} is of {basket}, which nobody has chosen"
        due_minor = sum(count * RULES.services[item].price_minor for item, count in basket)
        if account in ACCOUNTS and not self.paid[opened.ticket_id]:
            due_minor += sum(CHARGES_MINOR.values())
        if opened.due_minor != due_minor or not due_minor:
            yield f"fares: sale {opened.sale_no} of {opened.ticket_id} asks for {opened.due_minor}, it owes {due_minor}"
        sale = Opened(opened.sale_no, opened.ticket_id, Stay(None), (), (), due_minor, record.at_ms, frozenset())
        self.open_sales[opened.sale_no] = sale

    def _given(self, reports: list[AnyReport]) -> list[Coupon]:
        """What merchants have given to the stay, and nobody has used."""
        given = [report for report in reports if isinstance(report, StayValidated)]
        return [
            self._happened.coupons[report.coupon_id] for report in given if report.coupon_id not in self._used_coupons()
        ]

    def _used_coupons(self) -> set[str]:
        """Here, and at other terminals that have told."""
        told = [report for report in self.booked.values() if isinstance(report, PaidElsewhere)]
        return self._used | {coupon.coupon_id for report in told for coupon in report.coupons}

    def _stay(self, car: Car, reports: list[AnyReport]) -> Stay:
        paid = [report for report in reports if isinstance(report, PaidElsewhere)]
        elsewhere = [Paid(report.at_ms, report.amount_minor, report.terminal_id) for report in paid]
        used = [self._happened.coupons[coupon.coupon_id] for report in paid for coupon in report.coupons]
        return Stay(
            entered_at_ms=car.entered_at_ms,
            vehicle=car.vehicle,
            concessions=tuple(report.concession_id for report in reports if isinstance(report, ConcessionGranted)),
            covers=tuple(Cover(r.from_ms, r.to_ms, "pass") for r in reports if isinstance(r, PassGranted)),
            coupons=(*self._coupons_of[car.stay_id], *used),
            paid=tuple(sorted([*self.paid[car.stay_id], *elsewhere], key=lambda paid: paid.at_ms)),
        )

    def _may_pay_again(self, car: Car, stay: Stay, at_ms: int) -> bool:
        return car.tariff_id == "T2" and at_ms > stay.paid[-1].at_ms + GRACE_MINUTES * MINUTE_MS

    def _close(self, sale: Opened, record: Record) -> Iterator[str]:
        paid = Paid(record.at_ms, sale.due_minor)
        if sale.due_minor or sale.coupons:
            self.paid[sale.ticket_id].append(paid)
        else:
            self._free[sale.sale_no] = (sale.ticket_id, paid)
        used = {entry.coupon_id for entry in record.entries if isinstance(entry, CouponUsed)}
        if used != {coupon.coupon_id for coupon in sale.coupons}:
            yield f"fares: sale {sale.sale_no} needs {[coupon.coupon_id for coupon in sale.coupons]}, and uses up {used}"
        for coupon in sale.coupons:
            if coupon.coupon_id in self._used:
                yield f"fares: sale {sale.sale_no}: coupon {coupon.coupon_id} was used before"
            self._used.add(coupon.coupon_id)
            self._coupons_of[sale.ticket_id].append(coupon)


def needed(car: Car, stay: Stay, coupons: tuple[Coupon, ...], at_ms: int) -> tuple[tuple[Coupon, ...], int]:
    """Of fresh coupons those that make the price what it is, the oldest left out first; and that price."""

    def priced(fresh: tuple[Coupon, ...]) -> int:
        return price(car, msgspec.structs.replace(stay, coupons=(*stay.coupons, *fresh)), at_ms)

    due_minor, taken = priced(coupons), coupons
    for coupon in coupons:
        fewer = tuple(other for other in taken if other is not coupon)
        taken = fewer if priced(fewer) == due_minor else taken
    return taken, due_minor


def price(car: Car, stay: Stay, at_ms: int) -> int:
    """What a car owes, by the independent pricer."""
    tariff = RULES.tariffs[car.tariff_id]
    if isinstance(tariff, ParkingTariff):
        return parking_due(tariff, stay, at_ms)
    return due(tariff, stay, at_ms)
