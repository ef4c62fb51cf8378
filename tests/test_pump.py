"""The pump with everything behind it: journal, engines, device models. What a payer and a killer can do to a kiosk."""

from pathlib import Path

import msgspec
import pytest

from sim.machine import WALL_MS
from terminal.errors import StoreError, StoreFailed
from terminal.fsm import events as ev
from terminal.fsm.entries import SaleOpened
from terminal.fsm.states import SaleState
from terminal.fsm.world import World, new_world
from terminal.pay.coupons import make_coupon
from terminal.pump import replay
from terminal.stays.reports import PaidElsewhere
from terminal.store.journal import Journal, Reader
from terminal.store.record import Record
from tests.kiosk import KEY, Kiosk

SALE_MS = 5_000
"""A sale of one note takes about so long, from the scan to the printed papers."""


def books_match_the_box(kiosk: Kiosk) -> None:
    """Every note in the box is in the books once, per denomination, and nothing else is."""
    kiosk.run_until(lambda: kiosk.mechanics.bill is None)
    found = kiosk.audit()
    assert found.chain_ok and found.books_ok, found.findings
    assert found.cash.by_denomination == {str(note): count for note, count in kiosk.mechanics.in_box.items()}
    assert found.cash.disputed_minor == 0


def test_a_sale_from_bytes_to_books(tmp_path: Path) -> None:
    """Scan, twenty yuan for ten, a credit note and a receipt on the paper, ten yuan due in the books."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    kiosk.insert(2000)
    kiosk.run_to(SaleState.LEAVING)
    books_match_the_box(kiosk)
    found = kiosk.audit()
    assert (found.sales.paid, found.due_minor, found.change.owed_minor) == (1, 1000, 1000)
    assert found.change.credit_notes_minor == 1000
    assert len(kiosk.paper.documents) == 2


def test_a_ticket_pays_once(tmp_path: Path) -> None:
    """A used ticket is refused from the books, also after a restart, and a forged one is refused by its signature."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    kiosk.insert(1000)
    kiosk.run_to(SaleState.LEAVING)
    kiosk.kill()
    kiosk.start()
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_until(lambda: "already_paid" in kiosk.pump.world.refused)
    kiosk.scanner.scan("PK1.A2.1770000000.T1.0123456789abcdef")
    kiosk.run_until(lambda: "wrong_tag" in kiosk.pump.world.refused)
    assert kiosk.state is SaleState.IDLE
    assert ev.CodeRefused("wrong_tag", "PK…cdef") in kiosk.events()


def test_a_coupon_from_bytes_to_books(tmp_path: Path) -> None:
    """Ten yuan less four; the same coupon is refused afterwards, from the books, also after a restart."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    coupon = make_coupon(KEY, "C1", "shop", 1_999_999_999, amount_minor=400)
    kiosk.scanner.scan(coupon)
    kiosk.run_until(lambda: kiosk.pump.world.sale_no == 2)
    kiosk.insert(1000)
    kiosk.run_to(SaleState.LEAVING)
    books_match_the_box(kiosk)
    assert kiosk.audit().due_minor == 600
    kiosk.kill()
    kiosk.start()
    kiosk.run_to(SaleState.IDLE)
    kiosk.scanner.scan(coupon)
    kiosk.run_until(lambda: kiosk.pump.world.refused == {"coupon_used_at": 1})


def test_a_payment_elsewhere_gives_the_money_back(tmp_path: Path) -> None:
    """Told by another kiosk while the payer puts money in, twice: the sale ends once, and the box holds what the note is over."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    kiosk.insert(500)
    kiosk.run_until(lambda: kiosk.pump.world.box_minor == 500)
    report = ev.Reported(PaidElsewhere("r1", "k02", "A1", WALL_MS + kiosk.clock.up_ms, 1000))
    kiosk.pump.inbox.extend((report, report))
    kiosk.run_to(SaleState.LEAVING)
    books_match_the_box(kiosk)
    found = kiosk.audit()
    assert (found.sales.paid, found.change.owed_minor, found.change.credit_notes_minor) == (0, 500, 500)
    assert [event for event in kiosk.events() if isinstance(event, ev.Reported)] == [report]
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_until(lambda: kiosk.pump.world.refused == {"already_paid": 1})
    kiosk.kill()
    reader = Reader(kiosk.journal_path)
    records = [row.record() for row in reader.events_after(0, 1_000)]
    reader.close()
    assert replay(new_world(), records) == kiosk.pump.world


@pytest.mark.parametrize("power_too", [False, True], ids=["terminal alone", "with the devices"])
@pytest.mark.parametrize("at_ms", range(0, SALE_MS, 110))
def test_killed_at_any_moment(tmp_path: Path, at_ms: int, power_too: bool) -> None:
    """The terminal dies so long after the scan, alone or with its devices: afterwards the books are the box."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    kill_ms = kiosk.clock.up_ms + at_ms
    inserted = False
    while kiosk.clock.up_ms < kill_ms:
        inserted = inserted or kiosk.mechanics.insert_bill(2000, kiosk.clock.up_ms)
        kiosk.pump.tick()
        kiosk.clock.up_ms += 10
    kiosk.kill()
    if power_too:
        kiosk.validator.lose_power(kiosk.clock.up_ms)
        kiosk.paper.lose_power()
        kiosk.clock.up_ms += 1_000
        kiosk.validator.restore_power(kiosk.clock.up_ms)
        kiosk.paper.restore_power()
    kiosk.start()
    kiosk.run_to(SaleState.IDLE) if kiosk.pump.world.sale is None else kiosk.run_until(
        lambda: kiosk.state is SaleState.IDLE and not kiosk.pump.world.jobs, limit_s=150
    )
    kiosk.run_until(lambda: not kiosk.pump.world.pending)
    books_match_the_box(kiosk)
    found = kiosk.audit()
    assert found.sales.open == 0
    assert found.change.owed_minor == found.cash.credited_minor - found.due_minor == found.change.credit_notes_minor


def test_a_device_hears_nothing_before_its_news_is_durable(tmp_path: Path) -> None:
    """The disk fails at the very commit of a credit: the validator hears no further byte, and the next life credits once."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    kiosk.insert(1000)
    commit = kiosk.journal.commit

    def failing_commit(world: msgspec.Struct | None = None) -> None:
        if any(isinstance(event, ev.BillStacked) for event in appended):
            raise StoreFailed("the disk is gone")
        appended.clear()
        commit(world)

    appended: list[ev.Event] = []
    append = kiosk.journal.append

    def watched_append(record: Record) -> None:
        appended.append(record.event)
        append(record)

    kiosk.journal.append = watched_append  # type: ignore[method-assign]
    kiosk.journal.commit = failing_commit  # type: ignore[method-assign]
    heard = [0]

    def never() -> bool:
        heard.append(len(kiosk.ports["validator"].heard))
        return False

    with pytest.raises(StoreFailed):
        kiosk.run_until(never)
    assert len(kiosk.ports["validator"].heard) == heard[-1]
    assert not any(isinstance(event, ev.BillStacked) for event in kiosk.events())
    kiosk.kill()
    kiosk.start()
    kiosk.run_to(SaleState.PRINTING)
    books_match_the_box(kiosk)
    assert kiosk.audit().cash.credited_minor == 1000


def test_a_cable_that_is_out_is_noticed_and_waited_for(tmp_path: Path) -> None:
    """A port that goes away takes the terminal out of service; it is opened again by itself."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    (line,) = [line for line in kiosk.pump.lines if line.engine.device == "printer"]
    line.close(kiosk.clock.now().up_ms)
    kiosk.run_to(SaleState.OUT_OF_SERVICE)
    assert kiosk.pump.world.devices["printer"] == ("absent",)
    kiosk.run_to(SaleState.IDLE)


def test_a_step_of_the_wall_clock_is_in_the_journal(tmp_path: Path) -> None:
    """NTP or a dead battery moves the wall clock: recorded, told, and no deadline is disturbed."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.clock.up_ms += 60_000
    kiosk.clock.began_ms += 60_000
    kiosk.run_until(lambda: any(isinstance(event, ev.ClockStepped) for event in kiosk.events()), limit_s=1)
    assert ev.ClockStepped(60_000) in kiosk.events()
    assert kiosk.state is SaleState.IDLE


def test_a_clock_that_lost_the_time_between_two_lives_is_told(tmp_path: Path) -> None:
    """A dead battery sets the clock back while the terminal is off: it is behind the journal, which is said at the start."""
    kiosk = Kiosk(tmp_path)
    kiosk.clock.up_ms = 3_600_000
    kiosk.run_to(SaleState.IDLE)
    last_ms = kiosk.clock.up_ms
    kiosk.kill()
    kiosk.start()
    assert not any(isinstance(event, ev.ClockStepped) for event in kiosk.events())
    kiosk.kill()
    kiosk.clock.up_ms -= 3_000_000
    kiosk.start()
    (stepped,) = [event for event in kiosk.events() if isinstance(event, ev.ClockStepped)]
    assert -3_000_000 <= stepped.by_ms < -2_900_000 and kiosk.clock.up_ms < last_ms


def test_a_start_decides_nothing_again(tmp_path: Path) -> None:
    """The world of the last commit is kept with it: after any number of events, a start has none to read."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    kiosk.kill()
    journal = Journal.open(kiosk.journal_path)
    world, records = journal.load(World)
    assert (world, list(records)) == (kiosk.pump.world, [])
    journal.close()


def test_a_journal_that_another_version_wrote_is_not_decided_anew(tmp_path: Path) -> None:
    """Without the kept worlds the events are replayed, and agree; a decision that would differ today is refused."""
    kiosk = Kiosk(tmp_path)
    kiosk.run_to(SaleState.IDLE)
    kiosk.scan_ticket()
    kiosk.run_to(SaleState.PRICED)
    kiosk.kill()
    reader = Reader(kiosk.journal_path)
    records = [row.record() for row in reader.events_after(0, 1_000)]
    reader.close()
    assert replay(new_world(), records) == kiosk.pump.world
    dearer = SaleOpened(1, "A1", 0, 9_900)
    with pytest.raises(StoreError, match="another way"):
        replay(new_world(), [*records[:-1], msgspec.structs.replace(records[-1], entries=(dearer,))])
