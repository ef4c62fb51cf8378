"""Shifts: what a collector may do when, and that a drawer's sum is the sum of what was done."""

import pytest

from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.effects import OpenDrawer, PrintDocument, Receipt, ShiftReport, Slip, TellPaid
from terminal.fsm.entries import ReceiptIssued, SaleClosed
from terminal.fsm.states import DrawerState, SaleState, ShiftState
from terminal.fsm.step import Outcome
from terminal.fsm.window_entries import (
    CorrectionBooked,
    DrawerHandedOver,
    DrawerMoved,
    NoteRedeemed,
    ShiftClosed,
    ShiftCounted,
)
from terminal.shift.corrections import Sold
from terminal.shift.pieces import Pieces
from tests.fsm.lives import Life
from tests.fsm.window_lives import COLLECTOR, FLOAT, FLOAT_MINOR, NEXT, SUPERVISOR, serving, window

TICKET_MINOR = 1000
"""What a ticket of an hour and a half costs."""


def moves(outcome: Outcome) -> dict[str, int]:
    """Movements of cash by cause."""
    return {entry.cause: entry.amount_minor for entry in outcome.entries if isinstance(entry, DrawerMoved)}


def documents(outcome: Outcome) -> list[object]:
    """What was given to the printer."""
    return [effect.document for effect in outcome.effects if isinstance(effect, PrintDocument)]


def test_nothing_is_sold_without_a_shift() -> None:
    """A window whose devices are well sells when a collector has counted the float, and not before."""
    life = window()
    assert life.is_in(SaleState.OUT_OF_SERVICE)
    life.scan()
    assert life.world.sale is None
    life.begin()
    assert (life.world.shift, life.world.state) == (ShiftState.SERVING, SaleState.IDLE)
    assert life.shift.expected_minor == FLOAT_MINOR


def test_a_sale_for_cash() -> None:
    """10 yuan owed, 50 given: paid, 40 back out of the drawer, which opens; receipt; the next payer at once."""
    life = serving()
    life.scan()
    paid = life.tender(5000)
    assert life.is_in(SaleState.LEAVING)
    assert moves(paid) == {"tender": 5000, "change": -4000}
    assert [type(document) for document in documents(paid)] == [Receipt]
    assert [effect.reason for effect in paid.effects if isinstance(effect, OpenDrawer)] == ["sale"]
    assert life.shift.expected_minor == FLOAT_MINOR + TICKET_MINOR
    life.scan("A2")
    assert life.is_in(SaleState.PRICED)


def test_split_tender() -> None:
    """A part by card terminal, the rest in cash; by other means than cash not more than is owed."""
    life = serving()
    life.scan()
    life.tender(5000, "pos", "T1")
    assert life.told == "refused.more_than_owed"
    life.tender(600, "pos")
    assert life.told == "refused.needs_reference"
    life.tender(600, "pos", "T1")
    assert life.is_in(SaleState.PAYING)
    paid = life.tender(400)
    assert life.is_in(SaleState.LEAVING)
    assert moves(paid) == {"tender": 400}
    assert life.shift.totals.by_method_minor == {"pos": 600, "cash": 400}


def test_a_sale_that_is_cancelled_gives_everything_back() -> None:
    """What was given goes back the way it came; the drawer holds what it held."""
    life = serving()
    life.scan()
    life.tender(400)
    ended = life.say(ev.CancelPressed())
    assert [(entry.state, entry.credited_minor) for entry in ended.entries if isinstance(entry, SaleClosed)] == [
        ("cancelled", 0)
    ]
    assert moves(ended) == {"tender": -400}
    assert (life.world.state, life.shift.expected_minor) == (SaleState.IDLE, FLOAT_MINOR)


def test_after_a_power_cut_the_window_is_locked() -> None:
    """Nobody knows who stands there: the shift and what was paid of a sale wait for the collector's PIN."""
    life = serving()
    life.scan()
    life.tender(400)
    life.boot()
    assert (life.world.shift, life.world.state) == (ShiftState.LOCKED, SaleState.PAYING)
    life.tender(600)
    assert life.told == "refused.no_shift"
    life.say(ev.CancelPressed())
    assert life.is_in(SaleState.PAYING)
    life.say(wev.WindowUnlocked(NEXT))
    assert life.told == "refused.not_your_shift"
    life.say(wev.WindowUnlocked(COLLECTOR))
    life.tender(600)
    assert life.is_in(SaleState.LEAVING)


def test_a_blind_count_and_a_handover() -> None:
    """The count comes first, the difference after it, a reason with the signature; the next one takes what was counted."""
    life = serving()
    life.scan()
    life.tender(1000)
    life.close_drawer()
    life.print_all()
    counted: Pieces = (*FLOAT, (100, 9))
    life.say(wev.CountAsked(COLLECTOR, "Li"))
    assert life.world.state is not SaleState.IDLE
    life.say(wev.CountDrafted(COLLECTOR, ((1000, 3),)))
    life.boot()
    assert (life.world.shift, life.shift.draft) == (ShiftState.COUNTING, ((1000, 3),))
    known = life.say(wev.DrawerCounted(COLLECTOR, counted))
    assert [entry for entry in known.entries if isinstance(entry, ShiftCounted)] == [
        ShiftCounted(1, 1, COLLECTOR, FLOAT_MINOR + 1000, FLOAT_MINOR + 900)
    ]
    life.say(wev.ShiftSigned(COLLECTOR))
    assert life.told == "refused.needs_reason"
    signed = life.say(wev.ShiftSigned(COLLECTOR, "wrong_change"))
    closed = next(entry for entry in signed.entries if isinstance(entry, ShiftClosed))
    assert (closed.over_minor, closed.z_no, closed.reason) == (-100, 1, "wrong_change")
    assert isinstance(documents(signed)[0], ShiftReport)
    life.print_all()
    life.say(wev.DrawerAccepted(COLLECTOR, "Li"))
    assert life.told == "refused.same_person"
    taken = life.say(wev.DrawerAccepted(NEXT, "Zhao"))
    assert moves(taken) == {"float": FLOAT_MINOR + 900}
    assert (life.world.shift, life.shift.who, life.shift.shift_no, life.shift.follows) == (
        ShiftState.SERVING,
        NEXT,
        2,
        1,
    )
    assert [slip.what for slip in documents(taken) if isinstance(slip, Slip)] == ["handover"]


def test_a_drawer_that_is_disputed() -> None:
    """The next one counts another amount: both stand in the books, a supervisor was there, the next shift begins with its own."""
    life = serving()
    life.count(FLOAT)
    life.say(wev.ShiftSigned(COLLECTOR))
    life.say(wev.DrawerDisputed(NEXT, "Zhao", ((1000, 10), (500, 10))))
    assert life.told == "refused.needs_approval"
    life.say(wev.DrawerDisputed(NEXT, "Zhao", ((1000, 10), (500, 10)), approved_by=NEXT))
    assert life.told == "refused.own_approval"
    taken = life.say(wev.DrawerDisputed(NEXT, "Zhao", ((1000, 10), (500, 10)), approved_by=SUPERVISOR, note="coins"))
    handed = next(entry for entry in taken.entries if isinstance(entry, DrawerHandedOver))
    assert (handed.how, handed.counted_minor, handed.difference_minor) == ("disputed", FLOAT_MINOR, -5000)
    assert life.shift.float_minor == 15_000


def test_a_drop_needs_a_second_person_and_a_slip() -> None:
    """Money to the safe: from the drawer's sum, with pieces, a bag, and two names; never more than there should be."""
    life = serving()
    drop: Pieces = ((1000, 5),)
    life.say(wev.CashMoved(COLLECTOR, "drop", drop))
    assert life.told == "refused.needs_approval"
    life.say(wev.CashMoved(COLLECTOR, "drop", ((10_000, 9),), SUPERVISOR))
    assert life.told == "refused.not_so_much_in_drawer"
    done = life.say(wev.CashMoved(COLLECTOR, "drop", drop, SUPERVISOR, "B7"))
    assert moves(done) == {"drop": -5000}
    assert [slip.amount_minor for slip in documents(done) if isinstance(slip, Slip)] == [5000]
    assert life.shift.expected_minor == FLOAT_MINOR - 5000


def test_a_supervisor_takes_over() -> None:
    """The collector is not there: a supervisor counts the drawer, and the Z says whose it was and who signed."""
    life = serving()
    life.say(wev.WindowLocked(COLLECTOR))
    life.say(wev.CountAsked(NEXT, "Zhao"))
    assert life.told == "refused.not_now"
    life.say(wev.CountAsked(SUPERVISOR, "Wang", taken_over=True))
    life.say(wev.DrawerCounted(COLLECTOR, FLOAT))
    assert life.told == "refused.not_your_shift"
    life.say(wev.DrawerCounted(SUPERVISOR, FLOAT))
    signed = life.say(wev.ShiftSigned(SUPERVISOR))
    closed = next(entry for entry in signed.entries if isinstance(entry, ShiftClosed))
    assert (life.shift.who, closed.who, closed.over_minor) == (COLLECTOR, SUPERVISOR, 0)


def sold(**changes: object) -> Sold:
    """A sale of this shift for 10 yuan in cash."""
    values: dict[str, object] = {
        "receipt_no": 1,
        "sale_no": 1,
        "due_minor": 1000,
        "at_ms": 0,
        "tendered_minor": 1000,
        "shift_no": 1,
        "methods": {"cash": 1000},
    }
    return Sold(**{**values, **changes})  # type: ignore[arg-type]


def test_a_void() -> None:
    """The whole sale goes back out of the drawer, with two names, while its shift is open; and only once."""
    life = serving()
    life.scan()
    life.tender(1000)
    void = wev.Corrected(COLLECTOR, "void", 1, 1000, "wrong_item", approved_by=SUPERVISOR, sold=sold())
    done = life.say(void)
    assert moves(done) == {"refund": -1000}
    assert any(isinstance(entry, CorrectionBooked) for entry in done.entries)
    assert (life.shift.expected_minor, life.shift.totals.voids) == (FLOAT_MINOR, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"approved_by": ""}, "needs_approval"),
        ({"approved_by": COLLECTOR}, "own_approval"),
        ({"sold": None}, "no_such_receipt"),
        ({"sold": sold(voided=True)}, "given_back_already"),
        ({"sold": sold(given_back_minor=1000)}, "given_back_already"),
        ({"sold": sold(shift_no=7)}, "shift_is_closed"),
        ({"amount_minor": 900}, "only_whole"),
        ({"amount_minor": -5}, "bad_amount"),
        ({"method": "gold"}, "no_such_method"),
        ({"reason": "other"}, "needs_note"),
    ],
)
def test_voids_that_are_refused(changes: dict[str, object], reason: str) -> None:
    """Each with its reason, and nothing is booked."""
    life = serving()
    values = {"who": COLLECTOR, "what": "void", "receipt_no": 1, "amount_minor": 1000, "reason": "wrong_item",
              "approved_by": SUPERVISOR, "sold": sold(), **changes}  # fmt: skip
    refused = life.say(wev.Corrected(**values))  # type: ignore[arg-type]
    assert (life.told, refused.entries) == (f"refused.{reason}", [])


def test_a_credit_note_is_honoured_once() -> None:
    """Toward a sale, its rest as change; or in cash; a second time not."""
    life = serving()
    life.scan()
    paid = life.say(wev.NoteShown("k01", 4, 1300))
    assert life.is_in(SaleState.LEAVING)
    assert moves(paid) == {"change": -300}
    assert any(isinstance(entry, NoteRedeemed) for entry in paid.entries)
    life.say(wev.NoteShown("k01", 5, 700))
    cashed = life.say(wev.NoteCashed(COLLECTOR))
    assert moves(cashed) == {"note_cashed": -700}
    life.say(wev.NoteShown("k01", 5, 700, redeemed_at_ms=1))
    life.say(wev.NoteCashed(COLLECTOR))
    assert life.told == "refused.note_redeemed"


def test_a_payer_steps_aside() -> None:
    """The next one is served; who comes back is priced anew, and no number of a receipt is lost."""
    life = serving()
    life.scan()
    life.say(wev.SaleSuspended(COLLECTOR))
    assert life.is_in(SaleState.IDLE)
    life.scan("A2")
    life.tender(1000)
    life.say(wev.SaleResumed(COLLECTOR, 1))
    assert life.is_in(SaleState.PRICED)
    assert life.world.sale is not None and life.world.sale.ticket_id == "A1"
    paid = life.tender(1000)
    assert [entry.receipt_no for entry in paid.entries if isinstance(entry, ReceiptIssued)] == [2]


def test_the_drawer_is_watched() -> None:
    """Ordered and open; opened by nobody's order; not opened; left open."""
    life = serving()
    life.say(wev.DrawerAsked(COLLECTOR, "check"))
    life.say(ev.DrawerKicked(next(iter(life.world.pending))))
    assert life.world.drawer is DrawerState.ORDERED
    stuck = life.say(ev.DrawerOverdue())
    assert [effect.code for effect in stuck.effects if hasattr(effect, "code")] == ["drawer_stuck"]
    alarm = life.say(ev.DrawerChanged(True))
    assert [effect.code for effect in alarm.effects if hasattr(effect, "code")] == ["drawer_opened"]
    late = life.say(ev.DrawerOverdue())
    assert [effect.code for effect in late.effects if hasattr(effect, "code")] == ["drawer_left_open"]
    life.say(ev.DrawerChanged(False))
    assert (life.world.drawer, life.world.drawer_due_ms) == (DrawerState.SHUT, None)


def test_several_things_in_a_sale() -> None:
    """A ticket, a car, and cards are paid together; one is taken out again; the site hears of each ticket; one receipt."""
    life = serving()
    life.scan("A1")
    life.scan("A2", hours_ago=2.5)
    life.say(ev.TicketScanned("services:", 0, "", basket=(("card", 1),)))
    life.say(ev.TicketScanned("services:", 0, "", basket=(("card", 1),)))
    assert life.world.sale is not None and life.world.sale.due_minor == 1000 + 1500 + 2 * 1000
    life.say(wev.ThingRemoved(COLLECTOR, "A2"))
    assert life.world.sale.due_minor == 3000
    life.scan("A1")
    assert life.world.sale.due_minor == 3000
    paid = life.tender(3000)
    told = [effect.ticket_id for effect in paid.effects if isinstance(effect, TellPaid)]
    assert told == ["A1"]
    receipt = next(document for document in documents(paid) if isinstance(document, Receipt))
    assert (receipt.what, receipt.due_minor, receipt.ticket_id) == ("several", 3000, "")
    assert [line.what for line in receipt.lines if line.what.startswith("thing")] == ["thing_parking", "thing_services"]
    assert life.shift.totals.by_kind_minor == {"parking": 1000, "services": 2000}


# --- the power goes -----------------------------------------------------------------------------------------------
CALLED = wev.CountAsked(COLLECTOR, "Li")
COUNTED: Pieces = ((1000, 19),)
WAYS: dict[ShiftState, tuple[ev.Event, ...]] = {
    ShiftState.CLOSED: (wev.DayClosed(SUPERVISOR),),
    ShiftState.OPENING: (wev.ShiftBegun(COLLECTOR, "Li"), wev.CountDrafted(COLLECTOR, ((1000, 3),))),
    ShiftState.SERVING: (wev.ShiftBegun(COLLECTOR, "Li"), wev.FloatCounted(COLLECTOR, FLOAT)),
}
WAYS[ShiftState.LOCKED] = (*WAYS[ShiftState.SERVING], wev.WindowLocked(COLLECTOR))
WAYS[ShiftState.COUNTING] = (*WAYS[ShiftState.SERVING], CALLED, wev.CountDrafted(COLLECTOR, ((1000, 3),)))
WAYS[ShiftState.COUNTED] = (*WAYS[ShiftState.COUNTING], wev.DrawerCounted(COLLECTOR, COUNTED))
WAYS[ShiftState.HANDING_OVER] = (
    *WAYS[ShiftState.COUNTED],
    wev.ShiftSigned(COLLECTOR, "not_found", "", SUPERVISOR),
)
"""How each state is reached."""

THEN: dict[ShiftState, tuple[ev.Event, ShiftState]] = {
    ShiftState.CLOSED: (wev.ShiftBegun(COLLECTOR, "Li"), ShiftState.OPENING),
    ShiftState.OPENING: (wev.FloatCounted(COLLECTOR, FLOAT), ShiftState.SERVING),
    ShiftState.SERVING: (wev.WindowUnlocked(COLLECTOR), ShiftState.SERVING),
    ShiftState.LOCKED: (wev.WindowUnlocked(COLLECTOR), ShiftState.SERVING),
    ShiftState.COUNTING: (wev.DrawerCounted(COLLECTOR, COUNTED), ShiftState.COUNTED),
    ShiftState.COUNTED: (wev.ShiftSigned(COLLECTOR, "not_found", "", SUPERVISOR), ShiftState.HANDING_OVER),
    ShiftState.HANDING_OVER: (wev.DrawerAccepted(NEXT, "Zhao"), ShiftState.SERVING),
}
"""How each goes on after the power cut."""


@pytest.mark.parametrize("cuts", [1, 2])
@pytest.mark.parametrize("state", ShiftState)
def test_a_power_cut_loses_nothing(state: ShiftState, cuts: int) -> None:
    """In each state of the shift: who works, what was typed, what was counted and what is owed is as it was; who serves is locked
    out. It goes on from there, and the drawer's sum is right."""
    life = window()
    life.say(*WAYS[state])
    before = life.world
    assert str(before.shift) == state
    for _ in range(cuts):
        life.boot()
    assert life.world.window == before.window
    assert life.world.shift == (ShiftState.LOCKED if state == ShiftState.SERVING else state)
    assert life.world.state is SaleState.OUT_OF_SERVICE
    event, becomes = THEN[state]
    life.say(event)
    assert str(life.world.shift) == becomes
    if becomes == ShiftState.SERVING:
        counted = state == ShiftState.HANDING_OVER
        assert life.shift.expected_minor == (19_000 if counted else FLOAT_MINOR)
        assert life.is_in(SaleState.IDLE)


@pytest.mark.parametrize("paid_minor", [0, 400])
def test_a_power_cut_in_a_sale(paid_minor: int) -> None:
    """What nobody has paid for is over; what somebody has paid something for goes on when the collector is back."""
    life = serving()
    life.scan()
    if paid_minor:
        life.tender(paid_minor)
    life.boot()
    assert life.is_in(SaleState.PAYING if paid_minor else SaleState.OUT_OF_SERVICE)
    assert life.shift.expected_minor == FLOAT_MINOR + paid_minor
    life.say(wev.WindowUnlocked(COLLECTOR))
    if paid_minor:
        life.say(ev.CancelPressed())
    assert (life.world.state, life.shift.expected_minor) == (SaleState.IDLE, FLOAT_MINOR)


# --- what nobody may know -----------------------------------------------------------------------------------------
def test_two_drawers_look_the_same_before_the_count() -> None:
    """Whoever counts could not tell from any paper or word of the window whether much or little cash was taken."""
    papers = []
    for hours in (1.5, 6):
        life = serving()
        life.scan(hours_ago=hours)
        assert life.world.sale is not None
        life.tender(life.world.sale.due_minor)
        life.print_all()
        life.close_drawer()
        told = life.say(wev.ReportAsked(COLLECTOR))
        life.print_all()
        life.say(wev.CountAsked(COLLECTOR, "Li"))
        papers.append((documents(told), life.world.window.told, life.world.window.slip_no))
    assert papers[0] == papers[1]


# --- where nobody works -------------------------------------------------------------------------------------------
def test_a_kiosk_is_no_window() -> None:
    """Nothing of a window can be done there, and nothing comes of trying."""
    life = Life().boot()
    acts: list[ev.Event] = [
        wev.ShiftBegun(COLLECTOR, "Li"),
        wev.DayClosed(COLLECTOR),
        wev.Tendered(COLLECTOR, "cash", 500),
    ]
    acts += [wev.CountAsked(COLLECTOR, "Li", True), wev.NoteShown("k01", 1, 500), wev.SaleResumed(COLLECTOR, 1)]
    for act in acts:
        before = life.world
        outcome = life.say(act)
        assert (outcome.entries, outcome.effects) == ([], [])
        told = life.world.window.told
        assert told is not None and told.key.startswith("refused.")
        assert (life.world.state, life.world.shift) == (before.state, ShiftState.CLOSED)


def test_a_split_sale_goes_back_the_way_it_came() -> None:
    """Voided, each part by its own method; in part, not more by a method than came by it."""
    life = serving()
    split = sold(methods={"cash": 400, "pos": 600})
    refund = wev.Corrected(COLLECTOR, "refund", 1, 500, "wrong_price", approved_by=SUPERVISOR, sold=split)
    life.say(refund)
    assert life.told == "refused.not_by_this_method"
    void = life.say(wev.Corrected(COLLECTOR, "void", 1, 1000, "wrong_item", approved_by=SUPERVISOR, sold=split))
    booked = [(entry.method, entry.amount_minor) for entry in void.entries if isinstance(entry, CorrectionBooked)]
    assert (booked, moves(void)) == ([("cash", 400), ("pos", 600)], {"refund": -400})
    assert life.shift.totals.voids == 1


def test_a_credit_note_toward_a_sale_that_is_cancelled() -> None:
    """It is honoured all the same: what it was worth goes back in cash."""
    life = serving()
    life.scan()
    life.say(wev.NoteShown("k01", 4, 300))
    ended = life.say(ev.CancelPressed())
    assert moves(ended) == {"note_cashed": -300}
    assert any(isinstance(effect, OpenDrawer) for effect in ended.effects)


def test_a_takeover_ends_a_sale_that_nobody_can_finish() -> None:
    """After a power cut the collector does not come back: what was given is booked as given back, and the count tells."""
    life = serving()
    life.scan()
    life.tender(400)
    life.boot()
    taken = life.say(wev.CountAsked(SUPERVISOR, "Wang", taken_over=True))
    assert moves(taken) == {"tender": -400}
    assert (life.world.shift, life.world.state) == (ShiftState.COUNTING, SaleState.OUT_OF_SERVICE)


@pytest.mark.parametrize(
    ("what", "changes", "reason"),
    [
        ("change", {"amount_minor": 1200}, "more_than_tendered"),
        ("change", {"amount_minor": -1200}, "more_than_tendered"),
        ("change", {"sold": sold(change_corrected=True)}, "change_corrected_already"),
        ("method", {"method": "pos", "wrong_method": "cash", "amount_minor": 1001}, "not_by_this_method"),
        ("method", {"method": "cash", "wrong_method": "pos", "amount_minor": 1}, "not_by_this_method"),
        ("method", {"method": "cash", "wrong_method": "cash", "amount_minor": 1}, "not_by_this_method"),
    ],
)
def test_corrections_stay_within_the_sale(what: str, changes: dict[str, object], reason: str) -> None:
    """Change at most what was given, once; of a wrong method at most what is booked under it."""
    life = serving()
    values = {"who": COLLECTOR, "what": what, "receipt_no": 1, "amount_minor": 100, "reason": "wrong_change",
              "approved_by": SUPERVISOR, "sold": sold(), **changes}  # fmt: skip
    life.say(wev.Corrected(**values))  # type: ignore[arg-type]
    assert life.told == f"refused.{reason}"
