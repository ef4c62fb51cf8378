"""The books of a window: what must hold is looked at, what is reported is what was done, and nothing tells before the count."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.fsm import entries, events
from terminal.fsm import window_entries as window
from terminal.fsm import window_events as wev
from terminal.fsm.backfill_entries import EnvelopeSettled
from terminal.fsm.window_rules import WindowRules
from terminal.shift.totals import Report, Totals, fingerprint
from terminal.store.audit import audit, render
from terminal.store.journal import FILE, Journal, Reader
from terminal.store.record import Record
from terminal.store.window_books import WindowBooks, masked_serial
from terminal.store.window_facts import Sum
from terminal.words import CATALOGUES
from tests.fsm.window_lives import COLLECTOR, NEXT, SUPERVISOR
from tests.store.window_day import JournaledWindow, afternoon, journaled_window, morning, whole_day

DAY = "2026-02-02"


def books_of(folder: Path) -> WindowBooks:
    """Questions to the journal in a folder."""
    return WindowBooks(Reader(folder / FILE).rows, "Asia/Shanghai")


def shift_of(folder: Path, shift_no: int) -> Any:
    """A shift that is there."""
    found = books_of(folder).shift(shift_no)
    assert found is not None
    return found


def post(path: Path, *posted: entries.Entry) -> None:
    """Entries that the program would not have made, one event each."""
    journal = Journal.open(path)
    for entry in posted:
        journal.begin()
        journal.append(Record(journal.seq + 1, 5, 5, events.TimedOut(), (), (entry,)))
        journal.commit()
    journal.close()


# --- the audit -----------------------------------------------------------------------------------------------------
def test_a_whole_day_is_in_order(tmp_path: Path) -> None:
    """Two shifts with all that happens: nothing is found, and the totals are what was done by hand here."""
    found = audit(whole_day(tmp_path))
    assert found.findings == []
    assert found.shifts_ok
    assert (found.epay_minor, found.refunds_minor, found.credit_notes_redeemed_minor) == (1600, 1300, 1300)
    assert msgspec.structs.asdict(found.shifts) == {
        "open": 0,
        "closed": 2,
        "float_minor": 20_000 + 12_750,
        "drops_minor": 5000,
        "expected_minor": 17_800 + 13_750,
        "counted_minor": 17_750 + 13_850,
        "over_minor": 100,
        "short_minor": 50,
        "tenders_minor": {"cash": 11_400, "credit_note": 1300, "pos": 600},
        "corrections": {"method": 1, "refund": 1, "void": 1},
    }


@pytest.mark.parametrize("language", CATALOGUES)
def test_people_can_read_it(tmp_path: Path, language: str) -> None:
    """The lines of a window have their words; a kiosk has none of them."""
    text = render(audit(whole_day(tmp_path)), language)
    assert "audit." not in text
    assert "¥316.00" in text


def test_an_open_shift_tells_nothing_of_its_drawer(tmp_path: Path) -> None:
    """It is counted as open, and neither its float nor its drops are in the sums."""
    with journaled_window(tmp_path) as life:
        life.boot()
        life.say(wev.ShiftBegun(COLLECTOR, "Li"))
        assert audit(tmp_path / FILE).shifts.open == 0
        life.begin()
        life.sell_for("A1", 5000)
        found = audit(tmp_path / FILE).shifts
    assert (found.open, found.closed, found.float_minor, found.drops_minor, found.expected_minor) == (1, 0, 0, 0, 0)


def z(**changes: Any) -> window.ShiftClosed:
    """A Z for a third shift that had nothing, as it should be after `whole_day`, but for the changes."""
    closed = {"shift_no": 3, "z_no": 3, "expected_minor": 0, "counted_minor": 0, "over_minor": 0, **changes}
    report = Report(
        z_no=3, shift_no=3, who="li", name="Li", begun_at_ms=0, at_ms=0, float_minor=0, totals=Totals(),
        previous=changes.pop("previous", ""),
    )  # fmt: skip
    closed.pop("previous", None)
    return window.ShiftClosed(
        who="li", reason="", note="", approved_by="", fingerprint=fingerprint(report),
        data=msgspec.json.encode(report).decode(), **closed,
    )  # fmt: skip


OPENED = window.ShiftOpened(3, "li", "Li")
COUNTED = window.ShiftCounted(3, 1, "li", 0, 0)
CASES: dict[str, tuple[tuple[entries.Entry, ...], str]] = {
    "a shift left out": ((window.ShiftOpened(4, "li", "Li"),), "shift 3 is missing"),
    "a shift never closed": (
        (OPENED, window.DrawerMoved(3, "float", 5), window.ShiftOpened(4, "li", "Li"), window.DrawerMoved(4, "float", 5)),
        "shift 3 was never closed, and a later one serves",
    ),
    "cash after the Z": (
        (window.DrawerMoved(1, "top_up", 700),),
        "shift 1: its Z expects 17800 in the drawer, what moved comes to 18500",
    ),
    "moved after the Z": ((window.DrawerMoved(1, "top_up", 0),), "shift 1: cash moved (event "),
    "no count": ((OPENED, z()), "shift 3: its Z is not of its last count"),
    "wrong pieces": (
        (window.PiecesCounted(1, "count", 1, 100, 1),), "shift 1, count 1: 17750 is not what its pieces come to, 17850",
    ),
    "handed over less": (
        (OPENED, COUNTED, z(), window.DrawerHandedOver(3, "cleared", 10, "li")),
        "shift 3: the drawer handed over held 10, but 0 were counted",
    ),
    "cleared with a difference": (
        (OPENED, COUNTED, z(), window.DrawerHandedOver(3, "cleared", 0, "li", "", 5)),
        "shift 3: its drawer was cleared with a difference of 5",
    ),
    "followed nothing": ((window.ShiftOpened(3, "li", "Li", 2),), "shift 3 follows shift 2, which handed nothing over"),
    "nobody took it": (
        (OPENED, COUNTED, z(), window.DrawerHandedOver(3, "accepted", 0, "li")),
        "shift 3: its drawer was handed over to 0 shifts",
    ),
    "took another amount": (
        (window.DrawerMoved(2, "float", 5),), "shift 2 begins with 12755, but took over 12750",
    ),
    "tendered more": (
        (window.TenderBooked(1, 2, "pos", 30, "li"),), "sale 1: 5030 tendered, but 5000 credited",
    ),
    "cash not in the drawer": (
        (window.TenderBooked(1, 2, "cash", 30, "li"),), "sale 1: 5000 of its cash went into the drawer, 5030 was tendered",
    ),
    "too much change": (
        (window.DrawerMoved(2, "change", -30, 1),), "sale 1: change of 4000 was owed, 4030 left the drawer",
    ),
    "kept of a cancelled sale": (
        (window.DrawerMoved(2, "top_up", 30, 6),), "sale 6 was cancelled, and 30 of it stayed in the drawer",
    ),
    "a note honoured for nothing": (
        (window.NoteRedeemed("k09", 9, 100, 1, 2, "li"),), "sale 1: credit notes of 100 were honoured, 0 counted toward it",
    ),
    "a note cashed from nowhere": (
        (window.NoteRedeemed("k09", 9, 100, None, 2, "li"),), "a credit note of 100 was cashed, 0 left the drawer",
    ),
    "a correction of no receipt": (
        (window.CorrectionBooked(4, 2, "change", 1, 99, 5, "pos", "", "wrong_change", "", "li", "wang"),),
        "correction 4: receipt 99 is not that of sale 1",
    ),
    "given back twice": (
        (window.CorrectionBooked(4, 2, "refund", 2, 2, 1000, "pos", "", "other", "x", "li", "wang"),),
        "sale 2: 2000 was given back of 1000 paid",
    ),
    "another way back": (
        (window.CorrectionBooked(4, 2, "refund", 1, 1, 5, "pos", "", "other", "x", "li", "wang"),),
        "sale 1: by pos, 5 more went back than was paid so",
    ),
    "a method put right twice": (
        (window.CorrectionBooked(4, 2, "method", 5, 5, 1000, "pos", "cash", "wrong_method", "", "li", "wang"),),
        "sale 5: by cash, 1000 more went back than was paid so",
    ),
    "a refund out of no drawer": (
        (window.CorrectionBooked(4, 2, "refund", 1, 1, 5, "cash", "", "other", "x", "li", "wang"),),
        "a correction should move -5, 0 moved",
    ),
    "an envelope of other papers": (
        (EnvelopeSettled(1, 2, "li", 1, 500, 500, 0, "", "", "safe", "", "zhao", "wang"),),
        "envelope 1: 500 expected, its papers come to 0",
    ),
    "an envelope that went nowhere": (
        (EnvelopeSettled(1, 2, "li", 1, 0, 500, 500, "", "", "drawer", "", "zhao", "wang"),),
        "an envelope of 500 went into the drawer, 0 moved",
    ),
    "approved by oneself": (
        (window.NoteSuspectBooked(2, 1, "x", "kept", "li", "li", ""),), "li approved an act of their own",
    ),
    "a gap in the receipts": ((entries.ReceiptIssued(10, 9),), "receipt 10 follows receipt 8"),
    "a number from before": ((entries.ReceiptIssued(0, 9),), "receipt 0 follows receipt 8"),
    "a Z left out": ((OPENED, COUNTED, z(z_no=4)), "shift 3: Z 4 follows Z 2"),
    "a Z of another chain": ((OPENED, COUNTED, z()), "Z 3: it does not carry the fingerprint of the Z before it"),
    "a Z that says otherwise": (
        (OPENED, window.ShiftCounted(3, 1, "li", 0, 7), z(counted_minor=7, over_minor=7)),
        "Z 3: it says [3, 3, 0, 0], the books say [3, 3, 0, 7]",
    ),
    "a Z with another float": (
        (OPENED, window.DrawerMoved(3, "float", 7), window.ShiftCounted(3, 1, "li", 7, 7), z(expected_minor=7, counted_minor=7)),
        "Z 3: float: it says 0, the books say 7",
    ),
    "a Z with other receipts": (
        (OPENED, entries.ReceiptIssued(9, 9), COUNTED, z()), "Z 3: receipts: it says (0, 0), the books say (9, 9)",
    ),
    "a Z that was written anew": (
        (OPENED, COUNTED, msgspec.structs.replace(z(), fingerprint="0" * 16)), "Z 3: its fingerprint is not that of its data",
    ),
    "a Z that is none": (
        (OPENED, COUNTED, msgspec.structs.replace(z(), data="{}")), "Z 3: its data can not be read",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a whole day."""
    path = whole_day(tmp_path_factory.mktemp("day"))
    journal = Journal.open(path)
    journal.checkpoint()
    journal.close()
    return path.read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_what_must_not_be_is_found(tmp_path: Path, day: bytes, case: str) -> None:
    """Each promise is broken by entries that are chained and booked in good order, and the audit says which."""
    posted, says = CASES[case]
    path = tmp_path / FILE
    path.write_bytes(day)
    post(path, *posted)
    found = audit(path)
    assert (found.chain_ok, found.books_ok, found.shifts_ok, found.ok) == (True, True, False, False)
    assert any(says in finding for finding in found.findings), found.findings


def test_a_new_range_of_numbers_is_no_gap(tmp_path: Path) -> None:
    """Numbers may jump to where a range begins that was given to this terminal."""
    with journaled_window(tmp_path) as life:
        life.boot()
        life.begin()
        life.sell_for("A1")
        life.rules = msgspec.structs.replace(life.rules, window=WindowRules(first_receipt_no=5001, drawer_sensor=True))
        life.say(events.RulesChanged(life.rules))
        life.sell_for("A2")
        assert [each.receipt_no for each in books_of(tmp_path).receipts()] == [1, 5001]
    assert audit(tmp_path / FILE).findings == []


@given(st.lists(st.sampled_from(["cash", "pos", "cancel", "drop", "void", "note", "no_sale"]), max_size=12), st.data())
def test_any_shift_is_in_order(tmp_path_factory: pytest.TempPathFactory, acts: list[str], data: st.DataObject) -> None:
    """Whatever a collector does, in whatever order, counted = expected ± over, and the audit finds nothing."""
    folder = tmp_path_factory.mktemp("shift")
    with journaled_window(folder) as life:
        life.boot()
        life.begin()
        for number, act in enumerate(acts):
            do(life, act, number)
        over_minor = data.draw(st.sampled_from([0, -10, 50, 5000]))
        life.end(over_minor, "not_found" if over_minor else "", SUPERVISOR)
    found = audit(folder / FILE)
    assert found.findings == []
    shifts = found.shifts
    assert shifts.counted_minor == shifts.expected_minor + shifts.over_minor - shifts.short_minor
    assert shifts.over_minor - shifts.short_minor == over_minor


def do(life: JournaledWindow, act: str, number: int) -> None:
    """One thing that a collector does."""
    ticket = f"T{number}"
    match act:
        case "cash":
            life.sell_for(ticket, 2000)
        case "pos":
            life.scan(ticket)
            life.tender(700, "pos", "R1")
            life.tender(500)
        case "cancel":
            life.scan(ticket)
            life.tender(700)
            life.say(events.CancelPressed())
        case "drop":
            life.say(wev.CashMoved(COLLECTOR, "drop", ((100, 7),), SUPERVISOR))
        case "void" if life.world.receipt_no:
            life.correct("void", life.world.receipt_no, 1000, "wrong_item")
        case "note":
            life.scan(ticket)
            life.say(wev.NoteShown("k09", number, 1200))
        case "no_sale":
            life.say(wev.DrawerAsked(COLLECTOR, "check"))
    life.print_all()
    life.close_drawer()


# --- the reports ---------------------------------------------------------------------------------------------------
def test_a_shift_that_is_closed(tmp_path: Path) -> None:
    """By kind, method and cause; receipts, corrections, suspect notes, openings: what was done in the morning."""
    whole_day(tmp_path)
    shift = shift_of(tmp_path, 1)
    assert (shift.state, shift.z_no, shift.signed_by, shift.reason) == ("closed", 1, COLLECTOR, "wrong_change")
    assert shift.by_kind == {"services": Sum(1, 1000), "parking": Sum(6, 6000)}
    assert shift.by_method == {"cash": Sum(7, 5100), "credit_note": Sum(1, 1300), "pos": Sum(1, 600)}
    assert shift.moved_minor == {"tender": 9400, "change": -4300, "refund": -1300, "correction": -1000, "drop": -5000}
    assert shift.float_minor + sum(shift.moved_minor.values()) == shift.expected_minor == 17_800
    assert (shift.counted_minor, shift.over_minor, shift.short_minor) == (17_750, 0, 50)
    assert sum(value * count for value, count in shift.pieces) == 17_750
    assert (shift.receipts.first, shift.receipts.last, shift.receipts.voided, shift.receipts.gaps) == (1, 7, (2,), ())
    assert (shift.receipts.issued, shift.receipts.copies, shift.cancelled) == (7, 1, 1)
    assert [(each.what, each.who, each.approved_by) for each in shift.corrections] == [
        ("void", COLLECTOR, SUPERVISOR), ("refund", COLLECTOR, SUPERVISOR), ("method", COLLECTOR, SUPERVISOR),
    ]  # fmt: skip
    assert [each.serial for each in shift.suspects] == ["AB••••••78"]
    assert [each.reason for each in shift.no_sales] == ["check"]
    assert shift.approvals == {SUPERVISOR: 5}
    assert (shift.handover.how, shift.handover.difference_minor) == ("disputed", -5000)
    assert shift_of(tmp_path, 2).previous == shift.fingerprint


def test_a_shift_that_serves_keeps_its_secret(tmp_path: Path) -> None:
    """No cash, no movement, no sums by kind, whatever was sold; other methods are known. After the count all is told."""
    with journaled_window(tmp_path) as life:
        life.boot()
        life.begin()
        life.sell_for("A1", 5000)
        life.scan("A2")
        life.tender(1000, "pos", "T1")
        life.print_all()
        shift = shift_of(tmp_path, 1)
        assert (shift.state, shift.by_kind, shift.by_method) == ("open", {}, {"pos": Sum(1, 1000)})
        told = (shift.moved_minor, shift.expected_minor, shift.counted_minor, shift.over_minor, shift.short_minor)
        assert told == (None,) * 5
        life.close_drawer()
        life.count(((100, 209),))
        shift = shift_of(tmp_path, 1)
        assert (shift.state, shift.expected_minor, shift.short_minor) == ("counted", 21_000, 100)


def test_over_and_short_are_never_netted(tmp_path: Path) -> None:
    """Half a yuan short in the morning and one over in the afternoon are two sums, of the day and of each collector."""
    whole_day(tmp_path)
    found = books_of(tmp_path).day(DAY)
    assert (found.over_minor, found.short_minor) == (100, 50)
    assert {who: (each.over_minor, each.short_minor) for who, each in found.by_operator.items()} == {
        COLLECTOR: (0, 50),
        NEXT: (100, 0),
    }
    assert [shift.shift_no for shift in found.shifts] == [1, 2]
    assert found.by_method["cash"] == Sum(8, 6100)
    assert (found.receipts.first, found.receipts.last, found.receipts.issued) == (1, 8, 8)
    assert (found.settled_by, found.open_shifts) == (SUPERVISOR, ())


def test_a_shift_across_midnight(tmp_path: Path) -> None:
    """It belongs to the day on which it was signed; the close of a day takes all that is not settled yet."""
    with journaled_window(tmp_path) as life:
        morning(life)
        life.up_ms += 20 * 3_600_000
        assert [shift.shift_no for shift in books_of(tmp_path).day(DAY).shifts] == [1]
        afternoon(life)
        books = books_of(tmp_path)
        assert [shift.shift_no for shift in books.day("2026-02-03").shifts] == [2]
        assert (books.day("2026-02-03").settled_by, books.day("2026-02-04").shifts) == ("", ())
        life.say(wev.DrawerCleared(NEXT, SUPERVISOR, "B8"), wev.DayClosed(SUPERVISOR))
        books = books_of(tmp_path)
        assert [shift.shift_no for shift in books.day("2026-02-03").shifts] == [1, 2]
        assert books.day(DAY).shifts == ()


def test_a_day_with_a_shift_that_is_open(tmp_path: Path) -> None:
    """It is named, and in no sum."""
    with journaled_window(tmp_path) as life:
        life.boot()
        life.begin()
        life.sell_for("A1")
        found = books_of(tmp_path).day(DAY)
    assert (found.open_shifts, found.shifts, found.by_kind, found.receipts.issued) == ((1,), (), {}, 0)


def test_receipts_with_their_fate(tmp_path: Path) -> None:
    """Each receipt with its shift, copies, what went back, and whether it is void."""
    whole_day(tmp_path)
    fates = {each.receipt_no: (each.shift_no, each.copies, each.given_back_minor, each.voided)
             for each in books_of(tmp_path).receipts()}  # fmt: skip
    assert fates == {
        1: (1, 1, 0, False), 2: (1, 0, 1000, True), 3: (1, 0, 0, False), 4: (1, 0, 300, False), 5: (1, 0, 0, False),
        6: (1, 0, 0, False), 7: (1, 0, 0, False), 8: (2, 0, 0, False),
    }  # fmt: skip


def test_there_is_no_such_shift(tmp_path: Path) -> None:
    """Of a window where nobody has worked yet."""
    with journaled_window(tmp_path) as life:
        life.boot()
        books = books_of(tmp_path)
        assert (books.last_shift(), books.shift(1), books.issued().issued) == (0, None, 0)


@given(st.text(max_size=20))
def test_serial_numbers_are_masked(serial: str) -> None:
    """Never more than its two ends, and as long as it was."""
    masked = masked_serial(serial)
    assert len(masked) == len(serial)
    assert len(serial) <= 4 or set(masked[2:-2]) == {"•"}
