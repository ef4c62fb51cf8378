"""What the sale is about, by the events alone: its ticket and coupons, its price, who is refused, who is told of it."""

from copy import copy
from typing import Literal

from terminal.clock import Instant
from terminal.fees import dues, leave_by_ms, price_all, services, unfit
from terminal.fees.stay import Coupon, Stay
from terminal.fsm import events as ev
from terminal.fsm.effects import TellPaid
from terminal.fsm.entries import CouponUsed, CouponUsedElsewhere, DuesPaid, ReportBooked, SaleClosed, SaleOpened
from terminal.fsm.rules import Rules
from terminal.fsm.states import CashState, SaleState
from terminal.fsm.step import Outcome
from terminal.fsm.world import World
from terminal.stays import reports as rp

HARMLESS = {("printer", "paper_low"), ("barrier", "absent"), ("change", "empty")}
CLOCKS_APART_MS = 120_000
SHUT = (SaleState.OUT_OF_SERVICE, SaleState.SERVICE)
RESTING = (*SHUT, SaleState.IDLE)
OPEN = (SaleState.PRICED, SaleState.PAYING, SaleState.CANCELLING)
PATIENT = (SaleState.IDLE, SaleState.PRICED, SaleState.LEAVING)
"""Here somebody may show a ticket of his own."""

FOUND_BY: dict[type[rp.Report], tuple[str, str, str]] = {
    rp.VehicleEntered: ("entered", "stay_id", "at_ms"),
    rp.VehicleLeft: ("left", "stay_id", "at_ms"),
    rp.InnerEntered: ("inner_entered", "stay_id", "at_ms"),
    rp.InnerLeft: ("inner_left", "stay_id", "at_ms"),
    rp.StayValidated: ("validated", "stay_id", ""),
    rp.ConcessionGranted: ("granted", "stay_id", ""),
    rp.PassGranted: ("pass", "", ""),
    rp.PassWithdrawn: ("pass_withdrawn", "pass_id", "at_ms"),
    rp.PaidElsewhere: ("paid", "ticket_id", "at_ms"),
    rp.NoteHonoured: ("redeemed", "", "at_ms"),
}
"""By its kind: what a report is called in the books, what it is found by, and which moment it is of."""


class Claim:
    """What the payer of the last sale has shown."""

    def __init__(self) -> None:
        self.ticket = ev.TicketScanned("", 0, "")
        self.priced_at_ms = self.due_minor = 0
        self.coupons: tuple[Coupon, ...] = ()
        self.elsewhere = False
        """Another terminal has taken the money before this one had all of it."""
        self.used: set[str] = set()
        """Coupons that went with a paid sale."""
        self.known: set[str] = set()
        """Reports that were booked."""

    def branch(self) -> "Claim":
        """The same, to be continued in another way."""
        twin = copy(self)
        twin.used, twin.known = self.used.copy(), self.known.copy()
        return twin

    @property
    def what(self) -> Literal["parking", "dues", "services"]:
        """What is paid for."""
        return "dues" if self.ticket.invoice is not None else "services" if self.ticket.basket else "parking"

    @property
    def shown_id(self) -> str:
        """What a receipt says of it: the ticket, or the account."""
        if self.ticket.invoice is not None:
            return self.ticket.invoice.account_id
        return "" if self.ticket.basket else self.ticket.ticket_id

    def audit(self, before: World, event: ev.Event, outcome: Outcome, now: Instant) -> None:
        """Sold at its price, refused for its reason, booked and told once."""
        self.check_refusal(before, event, outcome.world, now)
        paid: list[SaleClosed] = []
        if isinstance(event, ev.Reported) and isinstance(event.report, rp.PaidElsewhere) and before.state in OPEN:
            self.elsewhere |= event.report.ticket_id == self.ticket.ticket_id
        for entry in outcome.entries:
            if isinstance(entry, SaleOpened):
                self.open(before, entry, event, outcome, now)
            elif isinstance(entry, SaleClosed) and entry.state == "paid":
                paid.append(entry)
        self.check_paid(paid, outcome)
        self.check_reports(event, outcome)
        check_ended(before, event, outcome.world)
        if sale := outcome.world.sale:
            shown = (self.ticket.tariff_id, self.ticket.invoice, self.ticket.basket)
            assert (sale.tariff_id, sale.invoice, sale.basket) == shown
            assert (sale.stay, sale.chosen) == (self.ticket.stay, self.ticket.chosen)
            assert sale.coupons == self.coupons

    def open(self, before: World, entry: SaleOpened, event: ev.Event, outcome: Outcome, now: Instant) -> None:
        """A sale of what was shown, at the price of this moment; a coupon makes the price of the ticket's moment lower."""
        rules = outcome.world.rules
        if isinstance(event, ev.CouponScanned):
            coupons, told_minor = (*self.coupons, event.coupon), self.due_minor
        else:
            assert isinstance(event, ev.TicketScanned), "only who shows something is sold it"
            coupons, told_minor = self.coupons_with(before, event), None
            self.ticket, self.priced_at_ms = event, now.wall_ms
        self.elsewhere = False
        self.due_minor = entry.due_minor
        assert (entry.ticket_id, entry.entered_at_ms) == (self.ticket.ticket_id, self.ticket.entered_at_ms)
        assert entry.due_minor == price_of(rules, self.ticket, coupons, self.priced_at_ms)
        assert told_minor is None or entry.due_minor < told_minor, "a coupon never makes it dearer"
        assert outcome.world.sale is not None
        self.coupons = outcome.world.sale.coupons
        self.check_coupons(rules, coupons)

    def check_coupons(self, rules: Rules, shown: tuple[Coupon, ...]) -> None:
        """Of the coupons that were shown just those are taken that make the price what it is."""
        assert all(coupon in shown and not coupon.used for coupon in self.coupons)
        assert self.due_minor == price_of(rules, self.ticket, self.coupons, self.priced_at_ms)
        for taken in self.coupons:
            others = tuple(coupon for coupon in self.coupons if coupon is not taken)
            assert price_of(rules, self.ticket, others, self.priced_at_ms) > self.due_minor, f"{taken} is wasted"

    def coupons_with(self, before: World, ticket: ev.TicketScanned) -> tuple[Coupon, ...]:
        """Those that a ticket brings along, and those that were shown after it when it is shown once more."""
        given = fresh(ticket)
        if before.state is not SaleState.PRICED or ticket.ticket_id != self.ticket.ticket_id:
            return given
        known = {coupon.coupon_id for shown in (ticket, self.ticket) for coupon in (shown.stay or Stay(0)).coupons}
        return (*given, *(coupon for coupon in self.coupons if coupon.coupon_id not in known))

    def check_paid(self, paid: list[SaleClosed], outcome: Outcome) -> None:
        """A paid sale uses up its coupons, is told to other terminals, pays the charges of its bill; nothing else does."""
        used = [entry for entry in outcome.entries if isinstance(entry, CouponUsed)]
        assert used == [
            CouponUsed(coupon.coupon_id, closed.sale_no, coupon.minutes, coupon.amount_minor)
            for closed in paid
            for coupon in self.coupons
        ]
        new = {entry.coupon_id for entry in used}
        assert len(new) == len(used) and not new & self.used, "a coupon is used once"
        self.used |= new
        dues_minor = [closed.credited_minor - closed.change_owed_minor for closed in paid]
        told = [effect for effect in outcome.effects if isinstance(effect, TellPaid)]
        assert told == [
            TellPaid(self.ticket.ticket_id, due_minor, self.coupons)
            for due_minor in dues_minor
            if self.what == "parking" and (due_minor or self.coupons or "barrier" in outcome.world.rules.devices)
        ]
        rows = [entry for entry in outcome.entries if isinstance(entry, DuesPaid)]
        of_bill = self.ticket.invoice is not None
        assert [row.amount_minor + row.late_minor for row in rows] == (
            [owed.due_minor for owed in self.ticket.invoice.owed] if paid and self.ticket.invoice is not None else []
        )
        assert sum(row.amount_minor + row.late_minor for row in rows) == sum(dues_minor) * of_bill
        assert {row.sale_no for row in rows} <= {closed.sale_no for closed in paid}

    def check_reports(self, event: ev.Event, outcome: Outcome) -> None:
        """Each report is booked, once, and can be found again."""
        booked = [entry for entry in outcome.entries if isinstance(entry, ReportBooked)]
        elsewhere = [entry for entry in outcome.entries if isinstance(entry, CouponUsedElsewhere)]
        told = event.report if isinstance(event, ev.Reported) else None
        coupons = told.coupons if isinstance(told, rp.PaidElsewhere) else ()
        assert [entry.coupon_id for entry in elsewhere] == [coupon.coupon_id for coupon in coupons]
        assert all((entry.terminal_id, entry.used_at_ms) == (told.terminal_id, told.at_ms) for entry in elsewhere)  # type: ignore[union-attr]
        if not isinstance(event, ev.Reported):
            assert not booked
            return
        (entry,) = booked
        report = event.report
        what, found_by, moment = FOUND_BY[type(report)]
        plate = report.plate if isinstance(report, rp.VehicleEntered | rp.PassGranted) else ""
        assert (entry.report_id, entry.what, entry.plate) == (report.report_id, what, plate)
        found_by_id = getattr(report, found_by) if found_by else ""
        if isinstance(report, rp.NoteHonoured):
            found_by_id = f"{report.issuer_id}:{report.note_no}"
        assert entry.stay_id == found_by_id
        assert entry.moment_ms == (getattr(report, moment) if moment else 0)
        assert rp._decode(entry.data) == report
        assert entry.report_id not in self.known
        self.known.add(entry.report_id)

    def check_refusal(self, before: World, event: ev.Event, world: World, now: Instant) -> None:
        """Who is refused is counted by the reason and told it; whose ticket or coupon is good gets a price."""
        reason = self.refusal(before, event, now)
        counted = dict(before.refused)
        if reason:
            counted[reason] = counted.get(reason, 0) + 1
            assert world.notice is not None and world.notice.key == f"refused.{reason}", f"refused: {reason}"
        assert world.refused == counted, f"refused for {reason!r}"
        shown = isinstance(event, ev.TicketScanned | ev.CouponScanned) and not reason
        assert world.sale_no == before.sale_no + (shown and not self.same_again(before, event, now))

    def refusal(self, before: World, event: ev.Event, now: Instant) -> str:
        """Why this is refused; empty when it is not."""
        match event:
            case ev.CodeRefused(reason=reason):
                return reason
            case ev.TicketScanned() if before.state in SHUT:
                return "out_of_service"
            case ev.TicketScanned() if before.state not in PATIENT or (before.sale and not serves(before)):
                return "sale_open"
            case ev.TicketScanned():
                return why_not_sold(before.rules, event, self.coupons_with(before, event), now)
            case ev.CouponScanned(used_at_ms=int()):
                return "coupon_used_at"
            case ev.CouponScanned() if before.state in RESTING:
                return "coupon_first_ticket"
            case ev.CouponScanned() if before.state is not SaleState.PRICED:
                return "sale_open"
            case ev.CouponScanned(coupon=coupon):
                return self.why_no_coupon(before.rules, coupon)
        return ""

    def why_no_coupon(self, rules: Rules, coupon: Coupon) -> str:
        """Why a coupon takes nothing off the price that was told."""
        if self.what != "parking" or why_no_price(rules, self.ticket, self.priced_at_ms):
            return "coupon_not_here"
        known = (*(self.ticket.stay or Stay(0)).coupons, *self.coupons)
        if coupon.coupon_id in {taken.coupon_id for taken in known}:
            return "coupon_used"
        with_it = price_of(rules, self.ticket, (*self.coupons, coupon), self.priced_at_ms)
        return "" if with_it < self.due_minor else "coupon_worthless"

    def same_again(self, before: World, event: ev.Event, now: Instant) -> bool:
        """The ticket of the open sale, which still costs what it did."""
        if not isinstance(event, ev.TicketScanned) or before.state is not SaleState.PRICED or before.sale is None:
            return False
        coupons = self.coupons_with(before, event)
        shown, sold = (event.ticket_id, event.basket, event.invoice), before.sale
        same = shown == (sold.ticket_id, sold.basket, sold.invoice)
        return same and price_of(before.rules, event, coupons, now.wall_ms) == before.sale.due_minor


def serves(world: World) -> bool:
    """The next payer may come."""
    well = all((device, problem) in HARMLESS for device, told in world.devices.items() for problem in told)
    return well and not world.door_open and not world.closed_by


def fresh(ticket: ev.TicketScanned) -> tuple[Coupon, ...]:
    """The coupons that it brings along and that are not used."""
    return tuple(coupon for coupon in (ticket.stay or Stay(0)).coupons if not coupon.used)


def why_not_sold(rules: Rules, ticket: ev.TicketScanned, coupons: tuple[Coupon, ...], now: Instant) -> str:
    """Why there is nothing to pay for what was shown."""
    if ticket.invoice is not None:
        return "" if sum(owed.due_minor for owed in ticket.invoice.owed) else "nothing_owed"
    if ticket.basket:
        return services.unfit(rules.services, ticket.basket)
    if ticket.paid_at_ms is not None:
        tariff, stay = rules.tariffs.get(ticket.tariff_id), ticket.stay
        leave_by = leave_by_ms(tariff, stay) if tariff is not None and stay is not None else None
        if leave_by is None or now.wall_ms <= leave_by:
            return "already_paid"
    if ticket.entered_at_ms > now.wall_ms + CLOCKS_APART_MS:
        return "in_future"
    if reason := why_no_price(rules, ticket, now.wall_ms):
        return reason
    return "nothing_to_pay" if ticket.chosen and not price_of(rules, ticket, coupons, now.wall_ms) else ""


def why_no_price(rules: Rules, ticket: ev.TicketScanned, at_ms: int) -> str:
    """Why the tariffs in force have no price for a parking ticket."""
    stay = ticket.stay or Stay(ticket.entered_at_ms)
    if not {ticket.tariff_id, *(inner.tariff_id for inner in stay.inner)} <= set(rules.tariffs):
        return "unknown_tariff"
    times = [(ticket.tariff_id, stay)]
    times += [(inner.tariff_id, Stay(inner.from_ms, vehicle=stay.vehicle)) for inner in stay.inner]
    reasons = [unfit(rules.tariffs[tariff_id], time, at_ms) for tariff_id, time in times]
    return next((reason for reason in reasons if reason), "")


def price_of(rules: Rules, ticket: ev.TicketScanned, coupons: tuple[Coupon, ...], at_ms: int) -> int:
    """What is owed at a moment, with these coupons and those that went with an earlier payment."""
    if ticket.invoice is not None:
        return dues.quote(ticket.invoice.owed).due_minor
    if ticket.basket:
        return services.quote(rules.services, ticket.basket).due_minor
    stay = ticket.stay or Stay(ticket.entered_at_ms)
    used = tuple(coupon for coupon in stay.coupons if coupon.used)
    return price_all(rules.tariffs, ticket.tariff_id, with_coupons(stay, used + coupons), at_ms).due_minor


def with_coupons(stay: Stay, coupons: tuple[Coupon, ...]) -> Stay:
    """The same stay with these coupons."""
    return Stay(
        stay.entered_at_ms, stay.vehicle, stay.concessions, stay.covers, stay.inner, coupons, stay.paid, stay.earlier
    )


def ended_by(before: World, event: ev.Event) -> bool:
    """Another terminal has taken the money for what is being paid here."""
    taking = before.sale is not None and before.state in OPEN
    paid = isinstance(event, ev.Reported) and isinstance(event.report, rp.PaidElsewhere)
    return taking and paid and before.sale.ticket_id == event.report.ticket_id  # type: ignore[union-attr]


def check_ended(before: World, event: ev.Event, world: World) -> None:
    """What was paid elsewhere is not paid here as well; a note that moves is waited for, and the payer is told. Any other
    report leaves the sale as it is."""
    if ended_by(before, event):
        waits = before.cash is CashState.STACKING or before.state is SaleState.CANCELLING
        assert (world.state is SaleState.CANCELLING) == waits
        assert world.state not in (SaleState.PRICED, SaleState.PAYING), "nobody must pay twice"
        told = before.notice is not None and before.notice.key == "returned.disputed"
        lost = (
            any(bill.sale_no == before.sale_no for bill in world.disputed) and world.state is not SaleState.CANCELLING
        )
        assert world.notice is not None
        assert world.notice.key == ("returned.disputed" if told or lost else "refused.paid_elsewhere")
    elif isinstance(event, ev.Reported):
        assert (world.state, world.notice) == (before.state, before.notice)
