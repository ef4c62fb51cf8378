"""The auditor of a window's life: a till of its own, kept from what the hands did, compared with the core after every event.

It knows the promises of issue 6 and nothing of the tables. Of each act it works out what is in its way (`objections.py`) or else
all that must come of it (`deeds.py`): entries, orders to the drawer, papers, alerts, the next state. An act that is refused
changes nothing, and what is no act leaves the window as it was.
"""

from copy import copy
from typing import get_args

import msgspec

from terminal.clock import Instant
from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.effects import Alert, OpenDrawer, Receipt, ShiftReport, Slip, TellRedeemed
from terminal.fsm.entries import ChangePaidOut, CopyPrinted, CouponUsed, Opening, ReceiptIssued, SaleClosed, SaleOpened
from terminal.fsm.rules import Rules
from terminal.fsm.states import DrawerState, SaleState, ShiftState
from terminal.fsm.step import Outcome
from terminal.fsm.window_entries import DrawerMoved, SaleThing, WindowEntry
from terminal.fsm.world import World
from terminal.shift.corrections import Sold
from terminal.stays.reports import NoteHonoured, PaidElsewhere
from tests.fsm.claims import price_of
from tests.fsm.deeds import Deed, deed_of
from tests.fsm.lives import Life
from tests.fsm.objections import OPEN, objections
from tests.fsm.sums import Sums, Things, kind_of

RESTING = (SaleState.OUT_OF_SERVICE, SaleState.SERVICE, SaleState.IDLE)
HARMLESS = {("printer", "paper_low"), ("barrier", "absent"), ("change", "empty")}
OURS = {*get_args(WindowEntry), ChangePaidOut, CopyPrinted} - {SaleThing}
"""Entries that only acts at the window make, but for copies after trouble with the paper."""
WATCHED = {
    "approval_pattern", "note_suspected", "shift_taken_over", "over_short", "drawer_disputed",
    "drawer_opened", "drawer_stuck", "drawer_left_open", "drawer_failed",
}  # fmt: skip
PAPER = (ev.PrintStarted, ev.Printed, ev.PrintInDoubt, ev.EffectFound, ev.Started, ev.ReceiptWanted, ev.StaffActed)
"""Events that may move the queue of documents without any act."""
UNCHANGED = tuple(name for name in World.__struct_fields__ if name not in ("seq", "window"))
REMEMBERED = 8
"""So many receipts are corrected and printed again: a life has no end of them."""
THINGS = 9
"""So many are in one sale."""


COPIED = (
    "tenders", "things", "coupons", "suspended", "honoured", "sold", "receipts", "copies", "paid_tickets", *Sums.OWN,
)  # fmt: skip
"""What a branch must not share."""


class Till(Sums):
    """What a window must have in its drawer, in its books and on its papers."""

    def __init__(self) -> None:
        super().__init__()
        self.phase = ShiftState.CLOSED
        self.drawer = DrawerState.SHUT
        # the sale
        self.sale_no = self.due_minor = 0
        self.open = False
        self.tenders: dict[str, int] = {}
        self.things: Things = {}
        """What is paid for, by its id."""
        self.prices: dict[str, int] = {}
        self.rules: Rules | None = None
        """Under which the open sale was priced."""
        self.suspended: dict[int, Things] = {}
        """What those who stepped aside have shown, by the number of their sale."""
        self.badge_shown: wev.BadgeShown | None = None
        self.coupons: set[str] = set()
        """Those that were used up."""
        # papers shown, and what is known of those of the past
        self.note_shown: wev.NoteShown | None = None
        self.receipt_shown: wev.ReceiptShown | None = None
        self.honoured: dict[tuple[str, int], int] = {}
        """Credit notes, and when each was honoured."""
        self.sold: dict[int, Sold] = {}
        """By receipt number, as the books would know it."""
        self.receipts: dict[int, Receipt] = {}
        self.copies: dict[int, int] = {}
        self.paid_tickets: set[str] = set()
        """Paid here or elsewhere."""

    def branch(self) -> "Till":
        """The same till, to be continued in another way."""
        twin = copy(self)
        for name in (
            "tenders",
            "things",
            "coupons",
            "suspended",
            "honoured",
            "sold",
            "receipts",
            "copies",
            "paid_tickets",
            *self.OWN,
        ):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    @property
    def credited_minor(self) -> int:
        """What was given toward the open sale."""
        return sum(self.tenders.values())

    @property
    def missing_minor(self) -> int:
        """What the open sale still lacks."""
        return self.due_minor - self.credited_minor

    def paid_meanwhile(self, things: Things) -> bool:
        """One of them was paid for since it was shown."""
        return any(thing.tariff_id and thing_id in self.paid_tickets for thing_id, thing in things.items())

    # --- after each event -----------------------------------------------------------------------------------------
    def audit(self, life: Life, event: ev.Event, before: World) -> None:
        """The promises of the window, looked at after one event."""
        outcome, now = life.outcomes[-1], life.now
        world = outcome.world
        why = objections(self, event, before)
        deed = None if why else deed_of(self, event, before, world, now)
        if why:
            told = world.window.told
            assert told is not None and told.key.removeprefix("refused.") in why, f"told {told}; in the way: {why}"
            assert not outcome.entries and not outcome.effects, f"done although {why}"
            for name in UNCHANGED:
                assert getattr(world, name) is getattr(before, name), f"{name} changed although {why}"
        elif deed is not None:
            self.check_deed(deed, before, outcome)
        else:
            self.check_no_act(event, before, outcome)
        self.check_sale(event, before, outcome, now)
        self.check_drawer(event, before, outcome, deed)
        self.check_window(before, world)

    def check_deed(self, deed: Deed, before: World, outcome: Outcome) -> None:
        """All that must come of it, and nothing else."""
        world = outcome.world
        assert [entry for entry in outcome.entries if type(entry) in OURS] == deed.entries
        queue = [job.document for job in before.jobs]
        assert [job.document for job in world.jobs] == queue + deed.papers
        for job in world.jobs[len(queue) :]:
            own = isinstance(job.document, Slip | ShiftReport)
            assert job.language == (world.rules.language if own else world.language) or job.copy
        assert [effect for effect in outcome.effects if isinstance(effect, TellRedeemed)] == deed.redeemed
        told = world.window.told
        if deed.told == "kept":
            refused = before.window.told is not None and before.window.told.key.startswith("refused.")
            assert told is before.window.told or (refused and told is None)
        else:
            assert (None if told is None else told.key.removesuffix("_mixed")) == deed.told

    def check_no_act(self, event: ev.Event, before: World, outcome: Outcome) -> None:
        """Nothing but an act moves cash, changes a shift or makes a slip."""
        ours = [entry for entry in outcome.entries if type(entry) in OURS]
        ours = [entry for entry in ours if not isinstance(entry, CopyPrinted)]
        assert not ours, f"booked without an act: {ours}"
        world = outcome.world
        if isinstance(event, ev.DrawerFailed | ev.DrawerOverdue):
            assert world.window.shift is before.window.shift
        else:
            waits = {"suspended": world.window.suspended, "note_shown": world.window.note_shown}
            same = msgspec.structs.replace(before.window, **waits) == world.window
            assert same, "the window remembers something else, and nobody did anything"
        if not isinstance(event, PAPER):
            assert world.jobs is before.jobs
        assert not [effect for effect in outcome.effects if isinstance(effect, OpenDrawer | TellRedeemed)]

    def check_sale(self, event: ev.Event, before: World, outcome: Outcome, now: Instant) -> None:
        """Each sale is paid by what was given for it, has its number, and ends once."""
        world, sale = outcome.world, outcome.world.sale
        for entry in outcome.entries:
            match entry:
                case SaleOpened():
                    assert not self.open and entry.sale_no == self.sale_no + 1, "one after the other"
                    self.open_sale(entry, event, outcome, before)
                case ReceiptIssued():
                    self.receipt_no += 1
                    assert (entry.receipt_no, entry.sale_no) == (self.receipt_no, self.sale_no), "without a gap"
                    assert entry.receipt_no <= self.last_no(world), "out of its range"
                case SaleClosed():
                    assert self.open and entry.sale_no == self.sale_no
                    self.open = False
                    assert entry.state == ("paid" if self.credited_minor >= self.due_minor else "cancelled")
                    assert entry.credited_minor == self.credited_minor, "all of it, or given back before"
                    if entry.state == "paid":
                        self.paid_tickets |= set(self.things)
                        self.closed(entry, world, now)
                    elif before.state is SaleState.PAYING:
                        asked = isinstance(event, ev.CancelPressed | ev.Reported) and self.phase is ShiftState.SERVING
                        assert asked or isinstance(event, wev.CountAsked), "money goes back when somebody asks for it"
                case CouponUsed(coupon_id=coupon_id):
                    assert coupon_id not in self.coupons, "a coupon is used once"
                    self.coupons.add(coupon_id)
                case CopyPrinted(document="receipt", number=number, copy=copy):
                    assert copy == self.copies.get(number, 0) + 1, "each copy has a number of its own"
                    self.copies[number] = copy
        paid = set(self.things) if sale is not None and sale.paid and before.sale is not sale else set()
        used = {entry.coupon_id for entry in outcome.entries if isinstance(entry, CouponUsed)}
        if isinstance(event, ev.Reported) and isinstance(event.report, PaidElsewhere):
            self.paid_tickets.add(event.report.ticket_id)
            paid.add(event.report.ticket_id)
            used |= {coupon.coupon_id for coupon in event.report.coupons}
        if isinstance(event, ev.Reported) and isinstance(event.report, NoteHonoured):
            key = event.report.issuer_id, event.report.note_no
            self.honoured.setdefault(key, event.report.at_ms)
            if self.note_shown is not None and (self.note_shown.terminal_id, self.note_shown.note_no) == key:
                self.note_shown = None
        self.lapse(before, paid, used)
        assert self.open == (world.state in OPEN)
        if self.open:
            assert sale is not None and (sale.sale_no, sale.due_minor) == (self.sale_no, self.due_minor)
            assert (sale.credited_minor, sale.tenders_minor) == (self.credited_minor, self.tenders)
            assert (world.state is SaleState.PAYING) == (self.credited_minor > 0)
            assert world.waits_until_ms is None, "nobody hurries who stands before a collector"
        elif sale is not None:
            assert sale.owed_minor == 0 and sale.note_minor == 0, "change is given at once"
        elif world.state in RESTING:
            fit = SaleState.IDLE if self.fit(world) else SaleState.OUT_OF_SERVICE
            assert world.state is (SaleState.SERVICE if world.door_open else fit)
        assert (world.sale_no, world.note_no) == (self.sale_no, 0), "change is never owed on paper here"
        assert world.receipt_no in (self.receipt_no, 0)

    def lapse(self, before: World, paid: set[str], used: set[str]) -> None:
        """Who stepped aside with a ticket that is paid by now, or a coupon that is used, must show it again."""
        for aside in before.window.suspended:
            things = (aside, *aside.more)
            coupons = {coupon.coupon_id for thing in things for coupon in thing.coupons}
            if {thing.ticket_id for thing in things} & paid or coupons & used:
                self.suspended.pop(aside.sale_no, None)

    def open_sale(self, entry: SaleOpened, event: ev.Event, outcome: Outcome, before: World) -> None:
        """All that was shown, each thing at its price."""
        world = outcome.world
        self.sale_no, self.due_minor, self.open, self.tenders = entry.sale_no, entry.due_minor, True, {}
        if isinstance(event, ev.TicketScanned):
            self.show(event, before)
        sale = world.sale
        assert sale is not None
        assert {thing.ticket_id for thing in (sale, *sale.more)} == set(self.things)
        assert entry.ticket_id == sale.ticket_id and len(sale.more) + 1 == len(self.things) <= THINGS
        self.rules = world.rules
        self.prices = {
            thing.ticket_id: price_of(world.rules, self.things[thing.ticket_id], thing.coupons, thing.priced_at_ms)
            for thing in (sale, *sale.more)
        }
        assert sum(self.prices.values()) == entry.due_minor == sum(line.amount_minor for line in sale.lines)
        booked = [(thing.ticket_id, thing.due_minor) for thing in outcome.entries if isinstance(thing, SaleThing)]
        assert booked == (list(self.prices.items()) if sale.more else [])
        assert entry.due_minor > 0 or isinstance(event, ev.TicketScanned | ev.CouponScanned), "there is nothing to pay"

    def show(self, ticket: ev.TicketScanned, before: World) -> None:
        """It is paid with what is there already; services add up."""
        if before.state is not SaleState.PRICED or (ticket.ticket_id not in self.things and len(self.things) >= THINGS):
            self.things = {}
        held = self.things.get(ticket.ticket_id)
        if held is not None and ticket.basket:
            ticket = msgspec.structs.replace(ticket, basket=(*held.basket, *ticket.basket))
        self.things = {**self.things, ticket.ticket_id: ticket}

    def closed(self, entry: SaleClosed, world: World, now: Instant) -> None:
        """From now on the books know of it."""
        change_minor = self.credited_minor - self.due_minor
        assert entry.change_owed_minor == change_minor
        if not self.due_minor:
            return
        methods = {method: minor for method, minor in self.tenders.items() if method not in ("cash", "credit_note")}
        cash_minor = self.due_minor - sum(methods.values())
        if cash_minor:
            methods["cash"] = cash_minor
        number = self.receipt_no
        self.sold[number] = Sold(
            receipt_no=number,
            sale_no=self.sale_no,
            due_minor=self.due_minor,
            at_ms=now.wall_ms,
            tendered_minor=self.tenders.get("cash", 0),
            shift_no=self.shift_no,
            methods=methods,
            deposit=number % 5 == 0,
        )
        assert world.sale is not None
        self.receipts[number] = self.receipt(world, now)
        self.sold.pop(number - REMEMBERED, None)
        self.receipts.pop(number - REMEMBERED, None)

    def check_drawer(self, event: ev.Event, before: World, outcome: Outcome, deed: Deed | None) -> None:
        """It opens by an order with a reason, each opening is booked, and people hear of one that nobody ordered."""
        world = outcome.world
        opens = [(effect.reason, effect.sale_no) for effect in outcome.effects if isinstance(effect, OpenDrawer)]
        assert opens == (deed.opens if deed is not None else [])
        booked: list[Opening] = []
        alerts: list[Alert] = [] if deed is None else deed.alerts
        match event:
            case ev.Started():
                self.drawer = DrawerState.OPEN if self.drawer is DrawerState.OPEN else DrawerState.SHUT
            case ev.DrawerKicked(effect_id=effect_id):
                order = before.pending.get(effect_id)
                if isinstance(order, OpenDrawer):
                    booked = [Opening("drawer", order.sale_no)]
                    self.drawer = DrawerState.OPEN if self.drawer is DrawerState.OPEN else DrawerState.ORDERED
            case ev.DrawerChanged(is_open=True):
                if self.drawer is DrawerState.SHUT:
                    alerts = [Alert("drawer_opened")]
                self.drawer = DrawerState.OPEN
            case ev.DrawerChanged():
                if self.drawer is DrawerState.OPEN:
                    self.drawer = DrawerState.SHUT
            case ev.DrawerFailed(effect_id=effect_id, reason=reason):
                if isinstance(before.pending.get(effect_id), OpenDrawer):
                    alerts = [Alert("drawer_failed", {"reason": reason})]
            case ev.DrawerOverdue():
                stuck = self.drawer is not DrawerState.OPEN
                counted = self.phase not in (ShiftState.CLOSED, ShiftState.SERVING, ShiftState.LOCKED)
                alerts = [Alert("drawer_stuck")] if stuck else [] if counted else [Alert("drawer_left_open")]
                self.drawer = DrawerState.SHUT if stuck else DrawerState.OPEN
        assert [entry for entry in outcome.entries if isinstance(entry, Opening) and entry.what == "drawer"] == booked
        told = [effect for effect in outcome.effects if isinstance(effect, Alert) and effect.code in WATCHED]
        assert sorted(map(repr, told)) == sorted(map(repr, alerts)), f"told {told}, due {alerts}"
        assert world.drawer is self.drawer
        if self.drawer is DrawerState.OPEN:
            assert world.drawer_due_ms is not None, "nobody looks after an open drawer"

    def check_window(self, before: World, world: World) -> None:
        """What the window remembers is what the till knows."""
        assert world.shift is self.phase
        window = world.window
        if window is before.window:
            return
        assert (window.shift_no, window.slip_no, window.correction_no) == (
            self.shift_no, self.slip_no, self.correction_no,
        )  # fmt: skip
        assert (window.z_no, window.z_fingerprint, window.settled_z_no) == (self.z_no, self.previous, self.settled_z_no)
        assert [sale.sale_no for sale in window.suspended] == list(self.suspended)
        assert (window.note_shown, window.receipt_shown) == (self.note_shown, self.receipt_shown)
        assert window.badge_shown == self.badge_shown
        assert (window.shift is None) == (self.phase is ShiftState.CLOSED)
        if window.shift is not None and window.shift is not before.window.shift:
            self.compare(window.shift)

    def fit(self, world: World) -> bool:
        """The next payer may come."""
        well = all(
            (device, problem) in HARMLESS or device == "scanner"
            for device, told in world.devices.items()
            for problem in told
        )
        serves = self.phase is ShiftState.SERVING and self.receipt_no < self.last_no(world)
        return serves and well and not world.closed_by

    def last_no(self, world: World) -> int:
        """The last receipt number of the range."""
        assert world.rules.window is not None
        return world.rules.window.last_receipt_no

    # --- acts -----------------------------------------------------------------------------------------------------
    def receipt(self, world: World, now: Instant) -> Receipt:
        """The receipt of the sale that was just paid."""
        assert world.sale is not None
        thing = next(iter(self.things.values()))
        several, parking = len(self.things) > 1, bool(thing.tariff_id)
        account = thing.invoice.account_id if thing.invoice is not None else ""
        what = "several" if several else kind_of(thing)
        return Receipt(
            receipt_no=self.receipt_no,
            sale_no=self.sale_no,
            ticket_id="" if several else thing.ticket_id if parking else account,
            entered_at_ms=0 if several else thing.entered_at_ms,
            paid_at_ms=now.wall_ms,
            lines=world.sale.lines,
            due_minor=self.due_minor,
            tendered_minor=self.credited_minor,
            paid_out_minor=self.credited_minor - self.due_minor,
            what=what,  # type: ignore[arg-type]
            tenders_minor=self.tenders,
        )

    def move(
        self, deed: Deed, cause: str, amount_minor: int, sale_no: int | None, approved_by: str = "", note: str = ""
    ) -> None:
        """Cash into the drawer or out of it."""
        deed.entries.append(DrawerMoved(self.shift_no, cause, amount_minor, sale_no, self.who, approved_by, note))  # type: ignore[arg-type]
        if cause != "float":
            self.moved[cause] = self.moved.get(cause, 0) + amount_minor
            assert self.cash_minor >= 0, "more was given out of the drawer than lay in it"
