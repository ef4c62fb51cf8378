"""All that must come of an act at the window in whose way nothing is; the till is carried on by it."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from terminal.clock import Instant
from terminal.fsm import events as ev
from terminal.fsm import window_entries as we
from terminal.fsm import window_events as wev
from terminal.fsm.effects import Alert, ShiftReport, Slip, SlipKind, TellRedeemed
from terminal.fsm.entries import ChangePaidOut, CopyPrinted
from terminal.fsm.states import DrawerState, SaleState, ShiftState
from terminal.fsm.world import World
from terminal.shift.pieces import Pieces
from terminal.stays.reports import PaidElsewhere
from tests.fsm.objections import GIVES_BACK, OPEN, WHOLE
from tests.fsm.sums import kind_of, seal, without_zeros, worth

if TYPE_CHECKING:
    from tests.fsm.till import Till

H = ShiftState
PATTERN = 8
CASH_BACK = {"cash": "tender", "credit_note": "note_cashed"}
"""What goes back out of the drawer, and why: a credit note is honoured already."""


class Deed:
    """What must come of an act that is done."""

    def __init__(self, told: str | None = "kept") -> None:
        self.entries: list[object] = []
        self.opens: list[tuple[str, int | None]] = []
        self.papers: list[object] = []
        self.alerts: list[Alert] = []
        self.redeemed: list[TellRedeemed] = []
        self.told = told
        """What the collector is told; None: nothing any more; `kept`: what was told before."""


class Scene:
    """The moment of a deed: what was, what is, and when."""

    def __init__(self, till: "Till", deed: Deed, before: World, world: World, now: Instant) -> None:
        self.till, self.deed, self.before, self.world, self.now = till, deed, before, world, now

    def approve(self, approved_by: str) -> None:
        """The second person is counted; every eighth time people hear of it."""
        if approved_by:
            times = self.till.approvals[approved_by] = self.till.approvals.get(approved_by, 0) + 1
            if times % PATTERN == 0:
                told: dict[str, int | str] = {"who": approved_by, "times": times, "shift_no": self.till.shift_no}
                self.deed.alerts.append(Alert("approval_pattern", told))

    def slip(
        self, what: SlipKind, amount_minor: int, pieces: Pieces = (), note: str = "", approved_by: str = ""
    ) -> None:
        """A paper with the next number."""
        till = self.till
        till.slip_no += 1
        self.deed.papers.append(
            Slip(
                what, till.slip_no, till.shift_no, till.name, approved_by, self.now.wall_ms, amount_minor, pieces, note
            )
        )

    def count(self, occasion: str, number: int, pieces: Pieces) -> None:
        """Each denomination is booked."""
        self.deed.entries += [
            we.PiecesCounted(self.till.shift_no, occasion, number, value, pieces_of_it)  # type: ignore[arg-type]
            for value, pieces_of_it in pieces
        ]

    def move(
        self, cause: str, amount_minor: int, sale_no: int | None = None, approved_by: str = "", note: str = ""
    ) -> None:
        """Cash into the drawer (or, below zero, out of it), with its entry."""
        self.till.move(self.deed, cause, amount_minor, sale_no, approved_by, note)


def deed_of(till: "Till", event: ev.Event, before: World, world: World, now: Instant) -> Deed | None:
    """What must come of it; None: it is no act at the window."""
    if isinstance(event, ev.Started):
        till.phase = H.LOCKED if till.phase is H.SERVING else till.phase
        return None
    elsewhere = isinstance(event, ev.Reported) and isinstance(event.report, PaidElsewhere)
    if elsewhere or isinstance(event, ev.CancelPressed):
        if before.state is not SaleState.PAYING or till.phase is not H.SERVING:
            return None
        if elsewhere and event.report.ticket_id not in till.things:  # type: ignore[union-attr]
            return None
        deed = Deed("window.given_back")
        give_back(Scene(till, deed, before, world, now))
        return deed
    found = DONE.get(type(event))
    if found is None:
        return None
    told, done = found
    deed = Deed(told)
    done(Scene(till, deed, before, world, now), event)
    return deed


# --- the shift ----------------------------------------------------------------------------------------------------
def begin(scene: Scene, event: wev.ShiftBegun | wev.DrawerAccepted | wev.DrawerDisputed, follows: int = 0) -> None:
    """A shift of its own, with a number of its own."""
    till = scene.till
    till.begin(event.who, event.name, scene.now.wall_ms, follows)
    till.shift_no += 1
    till.phase, till.note_shown, till.receipt_shown = H.OPENING, None, None
    scene.deed.entries.append(we.ShiftOpened(till.shift_no, event.who, event.name, follows))
    if isinstance(event, wev.ShiftBegun):
        scene.deed.opens.append(("float", None))


def put_float(scene: Scene, pieces: Pieces) -> None:
    """The drawer begins with this, and the collector serves."""
    till = scene.till
    till.float_minor, till.draft, till.phase = worth(pieces), (), H.SERVING
    scene.move("float", worth(pieces))
    scene.count("float", 1, pieces)


def count_float(scene: Scene, event: wev.FloatCounted) -> None:
    """The float, with a slip that is signed."""
    put_float(scene, event.pieces)
    scene.slip("float", worth(event.pieces), event.pieces)


def draft(scene: Scene, event: wev.CountDrafted) -> None:
    """What was typed is kept."""
    scene.till.draft = event.pieces


def forget_shown(scene: Scene, phase: ShiftState) -> None:
    """What lay on the table is of somebody else now."""
    scene.till.phase, scene.till.note_shown, scene.till.receipt_shown = phase, None, None


def lock(scene: Scene, event: wev.WindowLocked) -> None:
    """Nobody is served."""
    forget_shown(scene, H.LOCKED)


def unlock(scene: Scene, event: wev.WindowUnlocked) -> None:
    """The collector is back."""
    forget_shown(scene, H.SERVING)


def ask_count(scene: Scene, event: wev.CountAsked) -> None:
    """The drawer opens for whoever counts; those who stepped aside are forgotten."""
    till = scene.till
    if till.phase is H.OPENING:
        forget_shown(scene, H.CLOSED)
        return
    if event.who != till.who:
        scene.deed.alerts.append(Alert("shift_taken_over", {"who": event.who, "whose": till.who}))
    forget_shown(scene, H.COUNTING)
    till.counter, till.counter_name, till.draft, till.counted = event.who, event.name, (), ()
    till.suspended.clear()
    scene.deed.opens.append(("count", None))
    if scene.before.state is SaleState.PAYING:
        give_back(scene)
        scene.deed.told = "window.given_back"


def take_count(scene: Scene, event: wev.DrawerCounted) -> None:
    """Each count is booked beside what should have been there."""
    till = scene.till
    till.counts += 1
    till.counted, till.draft, till.phase = event.pieces, (), H.COUNTED
    scene.count("count", till.counts, event.pieces)
    scene.deed.entries.append(
        we.ShiftCounted(till.shift_no, till.counts, event.who, till.cash_minor, worth(event.pieces))
    )


def ask_recount(scene: Scene, event: wev.RecountAsked) -> None:
    """The count before it stays in the books."""
    scene.approve(event.approved_by)
    scene.till.counted, scene.till.draft, scene.till.phase = (), (), H.COUNTING
    scene.deed.opens.append(("count", None))


def sign(scene: Scene, event: wev.ShiftSigned) -> None:
    """A Z: the next number, all sums, the seal of the one before."""
    till = scene.till
    scene.approve(event.approved_by)
    till.z_no += 1
    report = till.report(
        scene.before,
        scene.now.wall_ms,
        z_no=till.z_no,
        expected_minor=till.cash_minor,
        counted_minor=worth(till.counted),
        pieces=till.counted,
        reason=event.reason,
        note=event.note,
        approved_by=event.approved_by,
        signed_by=event.who,
    )
    (booked,) = (job.document for job in scene.world.jobs[len(scene.before.jobs) :])
    assert isinstance(booked, ShiftReport)
    told = booked.report.totals
    assert {**msgspec.structs.asdict(booked.report), "totals": None} == {
        **msgspec.structs.asdict(report),
        "totals": None,
    }
    assert without_zeros(told) == without_zeros(report.totals)
    till.previous = seal(booked.report)
    scene.deed.papers.append(booked)
    scene.deed.entries.append(
        we.ShiftClosed(
            till.shift_no, till.z_no, event.who, till.cash_minor, worth(till.counted), till.over_minor,
            event.reason, event.note, event.approved_by, till.previous, msgspec.json.encode(booked.report).decode(),
        )
    )  # fmt: skip
    if till.over_minor:
        figures: dict[str, int | str] = {
            "shift_no": till.shift_no,
            "over_minor": till.over_minor,
            "who": till.who,
        }
        scene.deed.alerts.append(Alert("over_short", figures))
    till.phase = H.HANDING_OVER


def hand_over(scene: Scene, event: wev.DrawerAccepted | wev.DrawerDisputed, how: str, pieces: Pieces) -> None:
    """The next shift begins with this; both amounts stay in the books."""
    till, former = scene.till, scene.till.counter_name
    approved_by, note = getattr(event, "approved_by", ""), getattr(event, "note", "")
    counted_minor = worth(till.counted)
    scene.deed.entries.append(
        we.DrawerHandedOver(
            till.shift_no, how, counted_minor, event.who, approved_by, worth(pieces) - counted_minor, note  # type: ignore[arg-type]
        )
    )  # fmt: skip
    begin(scene, event, till.shift_no)
    put_float(scene, pieces)
    scene.slip("handover", worth(pieces), pieces, former, approved_by)


def accept(scene: Scene, event: wev.DrawerAccepted) -> None:
    """What was counted is taken as it is."""
    hand_over(scene, event, "accepted", scene.till.counted)


def dispute(scene: Scene, event: wev.DrawerDisputed) -> None:
    """Another amount is taken, and people hear of it."""
    scene.approve(event.approved_by)
    scene.count("dispute", 1, event.pieces)
    differs_minor = worth(event.pieces) - worth(scene.till.counted)
    told: dict[str, int | str] = {
        "shift_no": scene.till.shift_no,
        "difference_minor": differs_minor,
        "who": event.who,
    }
    scene.deed.alerts.append(Alert("drawer_disputed", told))
    hand_over(scene, event, "disputed", event.pieces)


def clear(scene: Scene, event: wev.DrawerCleared) -> None:
    """All of it goes to the safe, and nobody follows."""
    till, counted_minor = scene.till, worth(scene.till.counted)
    scene.approve(event.approved_by)
    scene.deed.entries.append(
        we.DrawerHandedOver(till.shift_no, "cleared", counted_minor, event.who, event.approved_by, 0, event.bag)
    )
    scene.slip("cleared", counted_minor, till.counted, event.bag, event.approved_by)
    if scene.before.drawer is not DrawerState.OPEN:
        scene.deed.opens.append(("cleared", None))
    forget_shown(scene, H.CLOSED)


def close_day(scene: Scene, event: wev.DayClosed) -> None:
    """The day of the place, up to its last Z."""
    till = scene.till
    here = ZoneInfo(scene.world.rules.timezone)
    day = datetime.fromtimestamp(scene.now.wall_ms / 1000, here).date().isoformat()
    scene.deed.entries.append(we.DaySettled(day, event.who, till.z_no))
    till.settled_z_no = till.z_no


def print_x(scene: Scene, event: wev.ReportAsked) -> None:
    """Nothing in it tells what the drawer should hold."""
    (paper,) = (job.document for job in scene.world.jobs[len(scene.before.jobs) :])
    assert isinstance(paper, ShiftReport)
    told, due = paper.report, scene.till.report(scene.before, scene.now.wall_ms)
    assert without_zeros(told.totals) == without_zeros(due.totals)
    assert msgspec.structs.replace(told, totals=due.totals) == due
    assert (told.expected_minor, told.counted_minor, told.totals.moved_minor) == (0, 0, {})
    assert "cash" not in told.totals.by_method_minor
    assert not told.totals.by_kind_minor
    scene.deed.papers.append(paper)


# --- the drawer ---------------------------------------------------------------------------------------------------
def move_cash(scene: Scene, event: wev.CashMoved) -> None:
    """To the safe or from it, piece by piece, with a slip."""
    amount_minor = worth(event.pieces)
    scene.approve(event.approved_by)
    if event.what == "top_up":
        scene.move("top_up", amount_minor, approved_by=event.approved_by, note=event.bag)
    else:
        scene.move("drop", -amount_minor, approved_by=event.approved_by, note=event.bag)
    scene.count(event.what, scene.till.slip_no + 1, event.pieces)
    scene.slip(event.what, amount_minor, event.pieces, event.bag, event.approved_by)
    scene.deed.opens.append((event.what, None))


def ask_drawer(scene: Scene, event: wev.DrawerAsked) -> None:
    """It opens without a sale, which is counted."""
    scene.deed.entries.append(we.NoSale(scene.till.shift_no, event.who, event.reason))
    scene.till.add("no_sale_openings")
    scene.deed.opens.append(("no_sale", None))


def suspect(scene: Scene, event: wev.NoteSuspected) -> None:
    """No income, whatever becomes of it; one that is kept has a slip."""
    scene.approve(event.approved_by)
    scene.deed.entries.append(
        we.NoteSuspectBooked(
            scene.till.shift_no, event.amount_minor, event.serial, event.how, event.who, event.approved_by, event.slip
        )
    )
    scene.till.add("suspect_notes")
    told: dict[str, int | str] = {"amount_minor": event.amount_minor, "how": event.how, "who": event.who}
    scene.deed.alerts.append(Alert("note_suspected", told))
    if event.how == "kept":
        scene.slip("suspect", event.amount_minor, (), event.slip, event.approved_by)
    scene.deed.told = f"window.suspect_{event.how}"


# --- sales --------------------------------------------------------------------------------------------------------
def take(scene: Scene, method: str, amount_minor: int, reference: str) -> None:
    """It is the payer's, until the sale is paid."""
    till, deed = scene.till, scene.deed
    deed.entries.append(we.TenderBooked(till.sale_no, till.shift_no, method, amount_minor, till.who, reference))
    till.tenders[method] = till.tenders.get(method, 0) + amount_minor
    if method == "cash":
        scene.move("tender", amount_minor, till.sale_no)
    if till.missing_minor <= 0:
        sell(scene)


def sell(scene: Scene) -> None:
    """Change lies ready, the drawer opens for it, the receipt is printed."""
    till, deed = scene.till, scene.deed
    change_minor = till.credited_minor - till.due_minor
    if change_minor:
        deed.entries.append(ChangePaidOut(till.sale_no, change_minor))
        scene.move("change", -change_minor, till.sale_no)
    for method, amount_minor in till.tenders.items():
        till.by_method[method] = till.by_method.get(method, 0) + amount_minor
    till.by_method["cash"] = till.by_method.get("cash", 0) - change_minor
    for thing_id, price_minor in till.prices.items():
        kind = kind_of(till.things[thing_id])
        till.by_kind[kind] = till.by_kind.get(kind, 0) + price_minor
    number = till.receipt_no + 1
    till.add("sales")
    till.counters.setdefault("first_receipt_no", number)
    till.counters["last_receipt_no"] = number
    if "cash" in till.tenders or change_minor:
        deed.opens.append(("sale", till.sale_no))
    if scene.before.rules.receipt == "always":
        till.receipt_no = number
        deed.papers.append(till.receipt(scene.world, scene.now))
        till.receipt_no = number - 1


def tender(scene: Scene, event: wev.Tendered) -> None:
    """The payer gives something."""
    take(scene, event.method, event.amount_minor, event.reference)


def show_note(scene: Scene, event: wev.NoteShown) -> None:
    """With a sale open a credit note counts toward it, else it lies on the table."""
    if scene.before.state not in OPEN:
        scene.till.note_shown = event
        return
    redeem(scene, event, scene.till.sale_no)
    take(scene, "credit_note", event.amount_minor, f"{event.terminal_id}-{event.note_no}")


def redeem(scene: Scene, note: wev.NoteShown, sale_no: int | None) -> None:
    """A credit note is honoured, once, and the site hears of it."""
    till = scene.till
    key = (note.terminal_id, note.note_no)
    assert key not in till.honoured, "honoured twice"
    till.honoured[key] = scene.now.wall_ms
    till.note_shown = None
    scene.deed.redeemed.append(TellRedeemed(note.terminal_id, note.note_no, note.amount_minor))
    scene.deed.entries.append(
        we.NoteRedeemed(note.terminal_id, note.note_no, note.amount_minor, sale_no, till.shift_no, till.who)
    )


def cash_note(scene: Scene, event: wev.NoteCashed) -> None:
    """The one on the table is paid out."""
    note = scene.till.note_shown
    assert note is not None
    redeem(scene, note, None)
    scene.move("note_cashed", -note.amount_minor, note=f"{note.terminal_id}-{note.note_no}")
    scene.deed.opens.append(("note_cashed", None))


def give_back(scene: Scene) -> None:
    """The way it came, and the sale is over."""
    till, deed = scene.till, scene.deed
    for method, amount_minor in till.tenders.items():
        deed.entries.append(we.TenderBooked(till.sale_no, till.shift_no, method, -amount_minor, till.who))
        if method in CASH_BACK:
            scene.move(CASH_BACK[method], -amount_minor, till.sale_no)
    if set(till.tenders) & set(CASH_BACK):
        deed.opens.append(("give_back", till.sale_no))
    till.tenders = {}
    till.add("cancelled")


def suspend(scene: Scene, event: wev.SaleSuspended) -> None:
    """What was shown is kept."""
    scene.till.suspended[scene.till.sale_no] = scene.till.things


def resume(scene: Scene, event: wev.SaleResumed) -> None:
    """What was shown is sold after all."""
    scene.till.things = scene.till.suspended.pop(event.sale_no)


def remove(scene: Scene, event: wev.ThingRemoved) -> None:
    """The sale goes on without it."""
    scene.till.things = {key: thing for key, thing in scene.till.things.items() if key != event.ticket_id}


def show_badge(scene: Scene, event: wev.BadgeShown) -> None:
    """The page knows what it is for."""
    scene.till.badge_shown = event


# --- corrections --------------------------------------------------------------------------------------------------
def show_receipt(scene: Scene, event: wev.ReceiptShown) -> None:
    """It lies on the table."""
    scene.till.receipt_shown = event


def correct(scene: Scene, event: wev.Corrected) -> None:
    """A reversing entry, its money, its slip; nothing else changes."""
    till, deed, sold = scene.till, scene.deed, event.sold
    assert sold is not None
    scene.approve(event.approved_by)
    till.receipt_shown = None
    back, left = event.what in GIVES_BACK, Counter(sold.methods)
    given = sorted(left.items()) if event.what in WHOLE else [(event.method, event.amount_minor)]
    for method, amount_minor in given:
        till.correction_no += 1
        deed.entries.append(
            we.CorrectionBooked(
                till.correction_no, till.shift_no, event.what, sold.sale_no, sold.receipt_no, amount_minor,
                method, event.wrong_method, event.reason, event.note, event.who, event.approved_by,
            )
        )  # fmt: skip
        to_cash_minor = -amount_minor if method == "cash" else 0
        if event.what == "change" and sold.shift_no == till.shift_no:
            to_cash_minor = 0  # the drawer was off by it, and is as it should be now
        if event.what == "method":
            to_cash_minor = amount_minor * ((method == "cash") - (event.wrong_method == "cash"))
            left[event.wrong_method] -= amount_minor
            left[method] += amount_minor
            for name, sign in ((event.wrong_method, -1), (method, 1)):
                till.by_method[name] = till.by_method.get(name, 0) + sign * amount_minor
        elif back:
            left[method] -= amount_minor
        if to_cash_minor:
            cause = "refund" if back else "correction"
            scene.move(cause, to_cash_minor, sold.sale_no, event.approved_by)
    if event.what != "method" and any(method == "cash" for method, _ in given):
        deed.opens.append((event.what, sold.sale_no))
    assert min(left.values(), default=0) >= 0, "more than came by this method"
    given_minor = sold.given_back_minor + event.amount_minor * back
    assert given_minor <= sold.due_minor, "more than was paid"
    till.add("voids" if event.what == "void" else "refunds" if back else "corrections")
    till.sold[sold.receipt_no] = msgspec.structs.replace(
        sold,
        methods={method: amount_minor for method, amount_minor in left.items() if amount_minor},
        given_back_minor=given_minor,
        voided=sold.voided or event.what == "void",
        change_corrected=sold.change_corrected or event.what == "change",
    )
    scene.slip("correction", event.amount_minor, (), f"{event.what} {sold.receipt_no}", event.approved_by)
    deed.told = f"window.corrected_{event.what}"


def reprint(scene: Scene, event: wev.ReprintAsked) -> None:
    """The same receipt, with the next number of a copy."""
    scene.deed.entries.append(CopyPrinted("receipt", event.receipt_no, event.copies + 1))
    assert event.receipt is not None
    scene.deed.papers.append(event.receipt)
    added = scene.world.jobs[-1]
    assert (added.copy, added.language) == (event.copies + 1, event.language)


DONE: dict[type[ev.Event], tuple[str | None, Callable[[Scene, Any], None]]] = {
    wev.ShiftBegun: (None, begin),
    wev.FloatCounted: (None, count_float),
    wev.CountDrafted: ("kept", draft),
    wev.WindowLocked: (None, lock),
    wev.WindowUnlocked: (None, unlock),
    wev.CountAsked: (None, ask_count),
    wev.DrawerCounted: (None, take_count),
    wev.RecountAsked: ("kept", ask_recount),
    wev.ShiftSigned: (None, sign),
    wev.DrawerAccepted: (None, accept),
    wev.DrawerDisputed: (None, dispute),
    wev.DrawerCleared: (None, clear),
    wev.DayClosed: ("window.day_closed", close_day),
    wev.ReportAsked: ("kept", print_x),
    wev.CashMoved: ("kept", move_cash),
    wev.DrawerAsked: ("kept", ask_drawer),
    wev.NoteSuspected: ("", suspect),
    wev.Tendered: (None, tender),
    wev.NoteShown: (None, show_note),
    wev.NoteCashed: ("window.note_cashed", cash_note),
    wev.ThingRemoved: ("kept", remove),
    wev.BadgeShown: ("kept", show_badge),
    wev.SaleSuspended: ("kept", suspend),
    wev.SaleResumed: ("kept", resume),
    wev.ReceiptShown: (None, show_receipt),
    wev.Corrected: ("", correct),
    wev.ReprintAsked: ("kept", reprint),
}
"""Of each act: what the collector is told (None: nothing any more), and what must come of it."""
