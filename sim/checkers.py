"""The promises, each with its checker; the device models are the truth, the program's own books are not asked.

`Ledger` adds up what the terminal has made durable, from the book entries in its journal rows alone. `broken` compares that
with the box, the paper and the barrier whenever the world has come to rest, and says what is wrong in words.
"""

from collections import Counter
from collections.abc import Iterator

from sim.world import VirtualWorld
from terminal.fsm.effects import OpenBarrier
from terminal.fsm.entries import (
    BillBooked,
    ChangePaidOut,
    CreditNoteIssued,
    DisputeSettled,
    ReceiptIssued,
    SaleClosed,
    SaleOpened,
)
from terminal.store.record import Record


class Ledger:
    """What is durable."""

    def __init__(self) -> None:
        self.events = 0
        self.head = 0
        self.gaps: list[str] = []
        self.due: dict[int, int] = {}
        self.closed: dict[int, SaleClosed] = {}
        self.credited: Counter[int] = Counter()
        self.given: Counter[int] = Counter()
        self.in_box: Counter[int] = Counter()
        """Notes by value that are credited or unclaimed."""
        self.disputed: dict[int, BillBooked] = {}
        self.receipts: dict[int, int] = {}
        self.barrier_orders: Counter[int] = Counter()
        self.kinds: Counter[str] = Counter()

    def take(self, records: list[Record]) -> None:
        """More has become durable."""
        for record in records:
            if record.seq != self.head + 1:
                self.gaps.append(f"event {record.seq} follows {self.head}")
            self.head = record.seq
            self.events += 1
            self.kinds[type(record.event).__name__] += 1
            self.barrier_orders.update(e.sale_no for e in record.effects if isinstance(e, OpenBarrier))
            for entry in record.entries:
                match entry:
                    case SaleOpened(sale_no=sale_no, due_minor=due_minor):
                        self.due[sale_no] = due_minor
                    case SaleClosed(sale_no=sale_no):
                        self.closed[sale_no] = entry
                    case BillBooked():
                        self._book(entry)
                    case DisputeSettled(bill_no=bill_no, disposition=disposition):
                        self._settle(self.disputed.pop(bill_no), disposition)
                    case ChangePaidOut(sale_no, amount_minor):
                        self.given[sale_no] += amount_minor
                    case CreditNoteIssued(_, sale_no, amount_minor):
                        self.given[sale_no] += amount_minor
                    case ReceiptIssued(receipt_no, sale_no):
                        self.receipts[receipt_no] = sale_no

    def paid(self) -> list[int]:
        """Sales that are paid, free ones among them."""
        return [sale_no for sale_no, closed in self.closed.items() if closed.state == "paid"]

    def _book(self, bill: BillBooked) -> None:
        if bill.disposition == "disputed":
            self.disputed[bill.bill_no] = bill
        else:
            self._settle(bill, bill.disposition)

    def _settle(self, bill: BillBooked, disposition: str) -> None:
        if disposition != "gone":
            self.in_box[bill.amount_minor] += 1
        if disposition == "credited" and bill.sale_no is not None:
            self.credited[bill.sale_no] += bill.amount_minor


def broken(world: VirtualWorld, ledger: Ledger) -> Iterator[str]:
    """Every promise of DESIGN §5 that does not hold, in words; to be asked when the world is at rest."""
    yield from world.lost
    yield from ledger.gaps
    yield from _cash(world, ledger)
    yield from _sales(ledger)
    yield from _papers(world, ledger)
    yield from _barrier(world, ledger)


def _cash(world: VirtualWorld, ledger: Ledger) -> Iterator[str]:
    """1. Cash in the box = credited + unclaimed, per value; disputed notes may be there or not."""
    disputed = Counter(bill.amount_minor for bill in ledger.disputed.values())
    for value in sorted(world.mechanics.denominations):
        lies, booked = world.mechanics.taken[value], ledger.in_box[value]
        if not booked <= lies <= booked + disputed[value]:
            yield f"cash: {lies} notes of {value} in the box, {booked} booked, {disputed[value]} in dispute"


def _sales(ledger: Ledger) -> Iterator[str]:
    """2. and 3. No payer is debited twice; change paid out + credit notes = change owed."""
    for sale_no, closed in ledger.closed.items():
        due_minor = ledger.due[sale_no] if closed.state == "paid" else 0
        if closed.credited_minor != ledger.credited[sale_no]:
            yield f"sale {sale_no}: closed with {closed.credited_minor}, credited {ledger.credited[sale_no]}"
        if closed.change_owed_minor != closed.credited_minor - due_minor:
            yield f"sale {sale_no}: owes {closed.change_owed_minor} of {closed.credited_minor}, due {due_minor}"
        if ledger.given[sale_no] != closed.change_owed_minor:
            yield f"sale {sale_no}: owed {closed.change_owed_minor}, given {ledger.given[sale_no]}"


def _papers(world: VirtualWorld, ledger: Ledger) -> Iterator[str]:
    """4. Each paid sale has a receipt; two originals of one document can not exist, and every further copy says so."""
    originals: Counter[str] = Counter()
    on_paper: set[int] = set()
    for strip in world.paper.documents:
        for code in sorted(set(strip.codes)):  # a line that doubles a piece doubles a picture, not a document
            originals[code] += not strip.is_copy
            if code.startswith("RC1."):
                on_paper.add(int(code.split(".")[2]))
    yield from (f"papers: {count} originals of {code}" for code, count in originals.items() if count > 1)
    given_up = world.screen is not None and not world.screen.jobs
    missing = sorted(set(ledger.receipts) - on_paper) if given_up else []
    if len(missing) > ledger.kinds["PrintInDoubt"] + ledger.kinds["EffectFound"]:
        yield f"papers: receipts {missing} are not on the paper"


def _barrier(world: VirtualWorld, ledger: Ledger) -> Iterator[str]:
    """5. The barrier opened only for paid (or free) sales, and for each at most once."""
    paid = set(ledger.paid())
    for sale_no, count in Counter(world.barrier.openings).items():
        if sale_no not in paid:
            yield f"barrier: opened for sale {sale_no}, which is not paid"
        if count > 1:
            yield f"barrier: opened {count} times for sale {sale_no}"
