"""Money through random lives: whatever is said to the core, in whatever order, no fen is lost or invented."""

import pytest

from terminal.fsm import events as ev
from terminal.fsm.effects import PayOut, PrintDocument, ReturnBill, StackBill
from terminal.fsm.entries import (
    BillBooked,
    ChangePaidOut,
    CreditNoteIssued,
    DisputeSettled,
    Entry,
    ReceiptIssued,
    SaleClosed,
    SaleOpened,
)
from terminal.fsm.policy import SALE_OPEN
from terminal.fsm.states import CashState
from terminal.fsm.world import World
from tests.fsm.lives import random_life


class Ledger:
    """Sums of the entries, kept by the test itself."""

    def __init__(self) -> None:
        self.credited: dict[int, int] = {}
        self.disputed: dict[int, BillBooked] = {}
        self.due: dict[int, int] = {}
        self.closed: dict[int, SaleClosed] = {}
        self.given: dict[int, int] = {}
        self.receipts: list[int] = []

    def post(self, entry: Entry) -> None:
        """Add an entry, checking what must hold for each kind."""
        match entry:
            case SaleOpened(sale_no=sale_no, due_minor=due_minor):
                assert sale_no == len(self.due) + 1, "sale numbers have no gap"
                self.due[sale_no] = due_minor
            case BillBooked(bill_no=bill_no, disposition="disputed"):
                self.disputed[bill_no] = entry
            case BillBooked(disposition="credited", sale_no=sale_no, amount_minor=amount_minor):
                assert sale_no is not None and sale_no not in self.closed, "no credit to a closed sale"
                self.credited[sale_no] = self.credited.get(sale_no, 0) + amount_minor
            case DisputeSettled(bill_no=bill_no, disposition=disposition):
                bill = self.disputed.pop(bill_no)
                if disposition == "credited":
                    assert bill.sale_no is not None and bill.sale_no not in self.closed
                    self.credited[bill.sale_no] = self.credited.get(bill.sale_no, 0) + bill.amount_minor
            case SaleClosed(sale_no=sale_no):
                assert sale_no not in self.closed, "a sale is closed once"
                self.closed[sale_no] = entry
                assert entry.credited_minor == self.credited.get(sale_no, 0)
                due_minor = self.due[sale_no] if entry.state == "paid" else 0
                assert entry.change_owed_minor == entry.credited_minor - due_minor >= 0
            case ChangePaidOut(sale_no=sale_no, amount_minor=amount_minor):
                self.given[sale_no] = self.given.get(sale_no, 0) + amount_minor
            case CreditNoteIssued(sale_no=sale_no, amount_minor=amount_minor):
                assert amount_minor > 0
                self.given[sale_no] = self.given.get(sale_no, 0) + amount_minor
            case ReceiptIssued(receipt_no=receipt_no):
                self.receipts.append(receipt_no)
            case _:
                pass

    def check(self, world: World) -> None:
        """The promises of DESIGN §5 that the core can keep alone."""
        for sale_no, closed in self.closed.items():
            settled = world.sale is None or world.sale.sale_no != sale_no or world.sale.owed_minor == 0
            if settled:
                assert self.given.get(sale_no, 0) == closed.change_owed_minor, f"sale {sale_no}: change is owed"
        assert self.receipts == list(range(1, len(self.receipts) + 1))
        if world.sale is not None and world.state in SALE_OPEN:
            assert world.sale.credited_minor == self.credited.get(world.sale.sale_no, 0)
        open_sales = set(self.due) - set(self.closed)
        assert open_sales <= ({world.sale.sale_no} if world.sale is not None else set()), "a sale was forgotten"


@pytest.mark.parametrize("payout_limit_minor", [0, 1500])
@pytest.mark.parametrize("seed", range(12))
def test_random_lives_keep_the_books_true(seed: int, payout_limit_minor: int) -> None:
    """Credits, change, credit notes and numbers add up after every single event."""
    ledger = Ledger()
    for life, event, before in random_life(seed, 1500, payout_limit_minor=payout_limit_minor):
        outcome = life.outcomes[-1]
        for entry in outcome.entries:
            ledger.post(entry)
        ledger.check(life.world)
        if isinstance(event, ev.BillStacked):
            assert sum(isinstance(e, BillBooked | DisputeSettled) for e in outcome.entries) == 1, (
                "money is never ignored"
            )
        moving = [e for e in life.world.pending.values() if isinstance(e, StackBill | ReturnBill)]
        assert len(moving) == (life.world.bill is not None) == (life.world.cash is not CashState.EMPTY)
        paying_out = sum(isinstance(e, PayOut) for e in life.world.pending.values())
        assert paying_out <= 1
        assert life.world.seq == before.seq + 1
        originals = [e for e in outcome.effects if isinstance(e, PrintDocument) and e.copy == 0]
        assert not originals or not any(job.started for job in life.world.jobs[:1]), "a second original"
