"""A day at a kiosk as journal records: enough kinds of entries to fill every table of the books."""

from pathlib import Path

import msgspec

from terminal.fees.parking import ParkingTariff
from terminal.fsm import backfill_entries as backfill
from terminal.fsm import effects, entries, events
from terminal.fsm import window_entries as window
from terminal.fsm.rules import Rules
from terminal.shift.totals import Report, Totals, fingerprint
from terminal.store.journal import Journal
from terminal.store.record import Record

RULES = Rules(
    terminal_id="k01",
    site="lot-a",
    currency="CNY",
    language="zh-CN",
    timezone="Asia/Shanghai",
    tariffs={"T1": ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000)},
    devices=("validator", "printer"),
)


class World(msgspec.Struct):
    """A stand-in for the world: snapshots do not care what is in it."""

    sales: int
    note: str = ""


def record(seq: int) -> Record:
    """Record number `seq` of a day in which the same seven events repeat, a sale with change and one disputed note."""
    sale, step = divmod(seq - 1, 7)
    at_ms, up_ms = 1_790_000_000_000 + seq * 1000, seq * 1000
    ticket = f"t{sale}"
    event: events.Event
    asked: tuple[effects.Effect, ...] = ()
    posted: tuple[entries.Entry, ...] = ()
    match step:
        case 0:
            event = events.Started("1.0", RULES)
        case 1:
            event = events.TicketScanned(ticket, at_ms - 3_600_000, "T1")
            posted = (entries.SaleOpened(sale, ticket, at_ms - 3_600_000, 500),)
        case 2:
            event = events.BillHeld(1000, "unit-1", seq)
            asked = (effects.StackBill(1000, "unit-1", seq),)
        case 3:
            event = events.BillStacked(1000)
            posted = (
                entries.BillBooked(seq, 1000, "credited", sale),
                entries.SaleClosed(sale, "paid", 1000, 500),
                entries.CreditNoteIssued(sale, sale, 400),
                entries.ChangePaidOut(sale, 100),
                entries.ReceiptIssued(sale, sale),
                entries.Opening("barrier", sale),
            )
            asked = (effects.OpenBarrier(sale), effects.Alert("test", {"n": 1}))
        case 4:
            event = events.BillReported("box", 2000)
            posted = (entries.BillBooked(seq, 2000, "disputed"),)
        case 5:
            event = events.EffectFound(f"{seq - 3}.0", "in_box", 2000)
            posted = (entries.DisputeSettled(seq - 1, "unclaimed"), entries.CopyPrinted("receipt", sale, 1))
        case _:
            event = events.CodeRefused("not_a_ticket", "打火机…\x00")
            posted = (
                entries.SaleOpened(1_000_000 + sale, f"c{sale}", 0, 0),
                entries.Opening("drawer"),
                entries.DuesPaid(f"a{sale}/water/2026-01-01", 100, 1, sale),
                entries.CouponUsed(f"coupon-{sale}", sale, 0, 100),
                entries.SaleRated(sale, 5, ""),
                entries.StaffEntry("chen", "close"),
                entries.CouponUsedElsewhere(f"other-{sale}", "k02", sale),
                entries.ReportBooked(f"report-{sale}", "left", f"c{sale}", "", at_ms, "{}"),
                *shift(sale),
                *papers(sale),
            )
    return Record(seq, at_ms, up_ms, event, asked, posted)


def shift(sale: int) -> tuple[entries.Entry, ...]:
    """A whole shift of two minutes after that sale, 20 fen over; it takes the drawer of the one before it over."""
    shift_no, report = sale + 1, z_of(sale)
    begun_minor, counted_minor = report.float_minor, report.counted_minor
    before = window.DrawerHandedOver(shift_no - 1, "accepted", begun_minor, "li")
    other = 1_000_000 + sale
    return (
        *([before] if sale else []),
        window.ShiftOpened(shift_no, "li", "Li", shift_no - 1),
        window.DrawerMoved(shift_no, "float", begun_minor),
        window.SaleThing(other, f"c{sale}", 0, 0),
        window.TenderBooked(other, shift_no, "pos", 70, "li", "T1"),
        window.TenderBooked(other, shift_no, "credit_note", 100, "li"),
        window.NoteRedeemed("k09", sale, 100, other, shift_no, "li"),
        window.CorrectionBooked(shift_no, shift_no, "refund", sale, sale, 20, "cash", "", "wrong_price", "", "li", "wang"),
        window.DrawerMoved(shift_no, "refund", -20, sale, "li", "wang"),
        window.NoteSuspectBooked(shift_no, 10_000, "AB12345678", "refused", "li", "", ""),
        window.NoSale(shift_no, "li", "check"),
        window.PiecesCounted(shift_no, "count", 1, 10, counted_minor // 10),
        window.ShiftCounted(shift_no, 1, "li", report.expected_minor, counted_minor),
        window.ShiftClosed(
            shift_no, shift_no, "li", report.expected_minor, counted_minor, 20, "not_found", "", "",
            fingerprint(report), msgspec.json.encode(report).decode(),
        ),
        window.DaySettled("2026-09-21", "wang", shift_no),
    )  # fmt: skip


def papers(sale: int) -> tuple[entries.Entry, ...]:
    """A pad of nine papers: one sold, one entered by mistake, one missing; the envelope is 10 fen over."""
    pad, first_no, shift_no = f"P{sale}", sale * 100 + 1, sale + 1
    right, wrong = 2 * sale + 1, 2 * sale + 2
    sold = backfill.Backfilled(right, sale + 1, sale + 1, 5, "", None, "", "T1", "", "li", 500, 400)
    mistaken = msgspec.structs.replace(sold, backfill_no=wrong, taken_minor=900, should_minor=None)
    return (
        backfill.PadBooked(pad, first_no, first_no + 8, "li", "wang"),
        backfill.PadHanded(pad, "issued", "li", first_no, "li", "wang"),
        backfill.OutageBooked(sale + 1, 1, 9, "power", "", "li"),
        backfill.PaperBooked(right, pad, first_no, "entered", "", "", shift_no, "li", "wang"),
        sold,
        backfill.PaperBooked(wrong, pad, first_no + 1, "entered", "", "", shift_no, "li", "wang"),
        mistaken,
        backfill.PaperFreed(wrong, shift_no, "another one", "li", "wang"),
        backfill.PaperMissing(pad, first_no + 2),
        backfill.EnvelopeSettled(
            sale + 1, shift_no, "li", 1, 500, 510, 10, "not_found", "", "safe", "B1", "zhao", "wang"
        ),
    )


def z_of(sale: int) -> Report:
    """The Z of the shift after that sale."""
    while len(ZS) <= sale:
        number = len(ZS) + 1
        ZS.append(
            Report(
                z_no=number,
                shift_no=number,
                who="li",
                name="Li",
                begun_at_ms=0,
                at_ms=0,
                float_minor=20_000,
                totals=Totals(moved_minor={"refund": -20}),
                expected_minor=19_980,
                counted_minor=20_000,
                previous=fingerprint(ZS[-1]) if ZS else "",
            )
        )
    return ZS[sale]


ZS: list[Report] = []
"""Each carries the fingerprint of the one before it."""


def write(journal: Journal, count: int) -> None:
    """Appends the next `count` records, each with its own commit."""
    for _ in range(count):
        journal.begin()
        journal.append(record(journal.seq + 1))
        journal.commit()


def journal_file(folder: Path, count: int) -> Path:
    """A closed journal of `count` records."""
    path = folder / "journal.db"
    journal = Journal.open(path)
    journal.begin()
    for seq in range(1, count + 1):
        journal.append(record(seq))
    journal.commit()
    journal.close()
    return path
