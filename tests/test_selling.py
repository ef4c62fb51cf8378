"""What the kiosk sells, from the code or the choice to the books: real pump, intake, journal and engines, models of devices."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from sim.machine import WALL_MS
from terminal.config.tariff_file import read_tariff
from terminal.dues.importing import drafted
from terminal.dues.ledger import FILE as LEDGER
from terminal.dues.ledger import Ledger
from terminal.fees.dues import DuesRules, LateFee
from terminal.fees.schedule.model import ScheduleTariff
from terminal.fees.services import Service
from terminal.fees.stay import DAY_MS
from terminal.fsm.events import Reported, ServicesChosen, StayChosen
from terminal.fsm.states import SaleState
from terminal.pay.bills import make_bill
from terminal.pay.coupons import make_coupon
from terminal.pay.tickets import make_ticket
from terminal.stays.reports import (
    AnyReport,
    InnerEntered,
    PaidElsewhere,
    PassGranted,
    StayValidated,
    VehicleEntered,
    VehicleLeft,
)
from tests.kiosk import KEY, RULES, Kiosk

HOUR_MS = 3_600_000
CASES = Path(__file__).parent / "fees/cases"
TARIFF = read_tariff(CASES / "overstay-one-stay.toml", 2026)
assert isinstance(TARIFF, ScheduleTariff)
"""15 minutes free, 4.00 each started hour; 15 minutes to leave after paying, later the whole stay counts; 30 to come back."""
CARD = Service(names={"zh-CN": "门禁卡", "en": "Access card"}, unit={}, price_minor=2000, max_quantity=5)


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    """A kiosk with a tariff from a file, dues and a price list."""
    rules = msgspec.structs.replace(
        RULES,
        tariffs={**RULES.tariffs, "T2": TARIFF},
        dues=DuesRules(late=LateFee(after_days=10, per_day_e6=500)),
        services={"card": CARD},
    )
    found = Kiosk(tmp_path, rules)
    found.run_to(SaleState.IDLE)
    return found


def now_ms(kiosk: Kiosk) -> int:
    """The wall clock."""
    return WALL_MS + kiosk.clock.up_ms


def report(kiosk: Kiosk, *reports: AnyReport) -> None:
    """Somebody reports something, and it becomes durable."""
    kiosk.pump.inbox.extend(Reported(each) for each in reports)
    kiosk.run_until(lambda: kiosk.journal.books.knows_report(reports[-1].report_id))


def due(kiosk: Kiosk) -> int:
    """What the screen asks for."""
    sale = kiosk.pump.world.sale
    assert kiosk.state is SaleState.PRICED and sale is not None
    return sale.due_minor


def due_of(kiosk: Kiosk) -> int:
    """What the open sale owes in all."""
    assert kiosk.pump.world.sale is not None
    return kiosk.pump.world.sale.due_minor


def pay(kiosk: Kiosk, *notes_minor: int) -> None:
    """Insert notes, wait until the visit is over."""
    for note_minor in notes_minor:
        kiosk.insert(note_minor)
    kiosk.run_to(SaleState.LEAVING)
    kiosk.run_to(SaleState.IDLE)


def later(kiosk: Kiosk, ms: int) -> None:
    """So much later, and some seconds more, in which the devices find out."""
    kiosk.clock.up_ms += ms
    up_ms = kiosk.clock.up_ms
    kiosk.run_until(lambda: kiosk.clock.up_ms > up_ms + 5_000)


def rows(kiosk: Kiosk, sql: str) -> list[tuple[object, ...]]:
    """What the books say."""
    with closing(sqlite3.connect(kiosk.journal_path)) as connection:
        return connection.execute(sql).fetchall()


def test_a_car_is_chosen_by_its_plate(kiosk: Kiosk) -> None:
    """The camera reports it, the payer chooses it, and it is sold once; the report may come twice."""
    entered = VehicleEntered("cam-1", "S1", "粤B12345", now_ms(kiosk) - 2 * HOUR_MS, "T2")
    report(kiosk, entered, entered)
    kiosk.pump.inbox.append(StayChosen("S1"))
    kiosk.run_to(SaleState.PRICED)
    assert due(kiosk) == 1200  # the second hour has just begun its third
    pay(kiosk, 1000, 500)
    kiosk.pump.inbox.append(StayChosen("S1"))
    kiosk.run_until(lambda: kiosk.pump.world.notice is not None)
    assert kiosk.pump.world.notice is not None and kiosk.pump.world.notice.key == "refused.already_paid"
    assert rows(kiosk, "SELECT count(*) FROM reports") == [(1,)]
    assert kiosk.audit().ok


def test_who_stays_too_long_after_paying_pays_the_rest(kiosk: Kiosk) -> None:
    """Within the grace time the ticket is paid; after it the whole stay counts, less what was paid."""
    code = make_ticket(KEY, "A1", (now_ms(kiosk) - 90 * 60_000) // 1000, "T2")
    kiosk.scanner.scan(code)
    kiosk.run_to(SaleState.PRICED)
    assert due(kiosk) == 800
    pay(kiosk, 500, 100, 100, 100)
    later(kiosk, HOUR_MS)
    kiosk.scanner.scan(code)
    kiosk.run_to(SaleState.PRICED)
    assert due(kiosk) == 400
    pay(kiosk, 500)
    assert rows(kiosk, "SELECT due_minor FROM sales JOIN sales_closed USING (sale_no) WHERE state = 'paid'") == [
        (800,),
        (400,),
    ]


def test_passes_and_merchants(kiosk: Kiosk) -> None:
    """A pass covers its part of a stay, and a merchant's validation takes off what it is worth; it is used up then."""
    began_ms = now_ms(kiosk) - 5 * HOUR_MS - 60_000
    report(
        kiosk,
        PassGranted("p", "P1", "粤B12345", began_ms - DAY_MS, began_ms + 3 * HOUR_MS, {"en": "Monthly pass"}),
        VehicleEntered("e", "S1", "粤B12345", began_ms, "T2"),
        StayValidated("v", "S1", "C1", {"en": "Café"}, amount_minor=500),
    )
    kiosk.pump.inbox.append(StayChosen("S1"))
    kiosk.run_to(SaleState.PRICED)
    sale = kiosk.pump.world.sale
    assert sale is not None and [line.what for line in sale.lines] == ["pass", "units", "coupon"]
    assert due(kiosk) == 3 * 400 - 500
    pay(kiosk, 500, 100, 100)
    assert rows(kiosk, "SELECT coupon_id, amount_minor FROM coupons_used") == [("C1", 500)]


def test_a_coupon_is_good_once(kiosk: Kiosk) -> None:
    """It makes the open sale cheaper, or free; with the next ticket it is told that it was used."""
    coupon = make_coupon(KEY, "C1", "cafe", now_ms(kiosk) // 1000 + 600, minutes=60)
    kiosk.scan_ticket("A1", hours_ago=1.5)
    kiosk.run_to(SaleState.PRICED)
    assert due(kiosk) == 1000
    kiosk.scanner.scan(coupon)
    kiosk.run_until(lambda: kiosk.pump.world.sale is not None and kiosk.pump.world.sale.due_minor == 500)
    pay(kiosk, 500)
    kiosk.scan_ticket("A2", hours_ago=1.5)
    kiosk.run_to(SaleState.PRICED)
    kiosk.clock.up_ms += 3_000
    kiosk.scanner.scan(coupon)
    kiosk.run_until(lambda: kiosk.pump.world.notice is not None)
    assert kiosk.pump.world.notice is not None and kiosk.pump.world.notice.key == "refused.coupon_used_at"
    assert due(kiosk) == 1000


def test_a_car_that_comes_back_soon(kiosk: Kiosk) -> None:
    """Its two stays are one, less what was paid for the first, wherever that was."""
    now = now_ms(kiosk)
    report(
        kiosk,
        VehicleEntered("1", "S1", "粤B12345", now - 190 * 60_000, "T2"),
        PaidElsewhere("2", "k02", "S1", now - 130 * 60_000, 400),
        VehicleLeft("3", "S1", now - 128 * 60_000),
        VehicleEntered("4", "S2", "粤B12345", now - 110 * 60_000, "T2"),
    )
    kiosk.pump.inbox.append(StayChosen("S2"))
    kiosk.run_to(SaleState.PRICED)
    assert due(kiosk) == 4 * 400 - 400
    kiosk.pump.inbox.append(StayChosen("nobody's"))
    kiosk.run_until(lambda: kiosk.pump.world.notice is not None)
    assert kiosk.pump.world.notice is not None and kiosk.pump.world.notice.key == "refused.no_such_stay"


def test_paid_at_another_kiosk(kiosk: Kiosk) -> None:
    """The open sale ends and the money comes back; had we taken it already, people are told of a double payment."""
    kiosk.scan_ticket("A1")
    kiosk.run_to(SaleState.PRICED)
    kiosk.insert(500)
    kiosk.run_to(SaleState.PAYING)
    kiosk.run_until(lambda: kiosk.pump.world.sale is not None and kiosk.pump.world.sale.credited_minor == 500)
    report(kiosk, PaidElsewhere("n1", "k02", "A1", now_ms(kiosk) - 1000, 1000))
    kiosk.run_to(SaleState.IDLE)
    assert (kiosk.audit().change.credit_notes_minor, kiosk.audit().sales.cancelled) == (500, 1)
    kiosk.scan_ticket("A2")
    kiosk.run_to(SaleState.PRICED)
    pay(kiosk, 1000)
    report(kiosk, PaidElsewhere("n2", "k02", "A2", now_ms(kiosk) - 3_600_000, 1000))
    assert rows(kiosk, "SELECT count(*) FROM events WHERE effects LIKE '%double_payment%'") == [(1,)]


ACCOUNTS = "account,unit,block,area,payer\nA-101,101,A,89.50,Li\n"
CHARGES = """account,item,from,to,due,amount
A-101,property,2025-11-01,2025-11-30,2025-11-10,250.00
A-101,property,2025-12-01,2025-12-31,2025-12-10,250.00
"""


def test_dues(kiosk: Kiosk, tmp_path: Path) -> None:
    """A bill's code shows what is owed now, oldest first; what was paid is known the next time, and no barrier opens."""
    with closing(Ledger.open_writer(tmp_path / LEDGER)) as ledger:
        for name, content in (("accounts", ACCOUNTS), ("charges", CHARGES)):
            table = tmp_path / f"{name}.csv"
            table.write_text(content, "utf-8")
            with drafted(ledger, table, "CNY") as draft:
                draft.apply("tests", WALL_MS)
    kiosk.scanner.scan(make_bill(KEY, "A-101"))
    kiosk.run_to(SaleState.PRICED)
    sale = kiosk.pump.world.sale
    assert sale is not None
    assert [line.amount_minor for line in sale.lines if line.what == "dues"] == [25_000, 25_000]
    late_minor = sum(line.amount_minor for line in sale.lines if line.what == "dues_late")
    assert due(kiosk) == 50_000 + late_minor
    while kiosk.state in (SaleState.PRICED, SaleState.PAYING):
        missing_minor = due_of(kiosk) - kiosk.pump.world.box_minor
        kiosk.insert(max(note for note in (10_000, 5_000, 1_000, 100) if note <= max(missing_minor, 100)))
        kiosk.run_until(lambda: kiosk.pump.world.bill is not None)
        kiosk.run_until(lambda: kiosk.pump.world.bill is None)
    kiosk.run_to(SaleState.IDLE)
    paid = rows(kiosk, "SELECT charge_key, amount_minor, late_minor > 0 FROM dues_paid")
    assert paid == [("A-101/property/2025-11-01", 25_000, 1), ("A-101/property/2025-12-01", 25_000, 1)]
    assert kiosk.audit().ok and kiosk.audit().barrier_openings == 0
    later(kiosk, 0)
    kiosk.scanner.scan(make_bill(KEY, "A-101"))
    kiosk.run_until(lambda: kiosk.pump.world.notice is not None)
    assert kiosk.pump.world.notice is not None and kiosk.pump.world.notice.key == "refused.nothing_owed"


def test_services(kiosk: Kiosk) -> None:
    """Things from the price list are sold like anything else; more than allowed is refused."""
    kiosk.pump.inbox.append(ServicesChosen((("card", 9),)))
    kiosk.run_until(lambda: kiosk.pump.world.notice is not None)
    assert kiosk.pump.world.notice is not None and kiosk.pump.world.notice.key == "refused.bad_quantity"
    kiosk.pump.inbox.append(ServicesChosen((("card", 2),)))
    kiosk.run_to(SaleState.PRICED)
    assert due(kiosk) == 4000
    pay(kiosk, 2000, 2000)
    assert kiosk.audit().ok and kiosk.audit().receipts.originals == 1


def test_a_lost_ticket(tmp_path: Path) -> None:
    """The staff write a ticket without an entry time: it costs what the tariff says for lost ones, or only the staff can help."""
    lost = read_tariff(CASES / "coupons.toml", 2026)
    kiosk = Kiosk(tmp_path, msgspec.structs.replace(RULES, tariffs={**RULES.tariffs, "T2": lost}))
    kiosk.run_to(SaleState.IDLE)
    kiosk.scanner.scan(make_ticket(KEY, "L1", 0, "T1"))
    kiosk.run_until(lambda: kiosk.pump.world.notice is not None)
    assert kiosk.pump.world.notice is not None and kiosk.pump.world.notice.key == "refused.no_entry"
    kiosk.scanner.scan(make_ticket(KEY, "L2", 0, "T2"))
    kiosk.run_to(SaleState.PRICED)
    assert due(kiosk) == 4000
    pay(kiosk, *[1000] * 4)
    assert kiosk.audit().ok


def test_a_class_that_the_tariff_does_not_know(kiosk: Kiosk) -> None:
    """A camera that reports buses where no bus has a price costs nobody anything: the staff must look."""
    report(kiosk, VehicleEntered("cam-1", "S1", "粤B12345", now_ms(kiosk) - 2 * HOUR_MS, "T2", vehicle="bus"))
    kiosk.pump.inbox.append(StayChosen("S1"))
    kiosk.run_until(lambda: kiosk.pump.world.notice is not None)
    assert kiosk.pump.world.notice is not None and kiosk.pump.world.notice.key == "refused.unknown_class"


def test_a_class_that_the_inner_tariff_does_not_know(kiosk: Kiosk) -> None:
    """The outer car park has a price for it, the inner one has not: the staff must look, and the terminal lives on."""
    now = now_ms(kiosk)
    report(
        kiosk,
        VehicleEntered("1", "S1", "粤B12345", now - 2 * HOUR_MS, "T1", vehicle="bus"),
        InnerEntered("2", "S1", "T2", now - HOUR_MS),
    )
    kiosk.pump.inbox.append(StayChosen("S1"))
    kiosk.run_until(lambda: kiosk.pump.world.notice is not None)
    assert kiosk.pump.world.notice is not None and kiosk.pump.world.notice.key == "refused.unknown_class"
