"""Receipts that are only printed on request: the number is always taken, the paper only comes when the payer asks."""

import pytest

from terminal.fsm import events as ev
from terminal.fsm.actions import sale
from terminal.fsm.effects import CreditNote, Document, OpenBarrier, PayOut, PrintDocument, Receipt
from terminal.fsm.entries import BillBooked, ReceiptIssued, SaleClosed
from terminal.fsm.states import CashState, SaleState
from tests.fsm.lives import Life
from tests.fsm.test_sale import booked, effects
from tests.fsm.test_told import wakes_in_s


def paid(note_minor: int = 1000, **rule_changes: object) -> Life:
    """10 yuan are owed and paid with this note."""
    life = Life(**{"receipt": "on_request", **rule_changes}).boot()
    life.scan()
    life.insert(note_minor)
    return life


def papers(life: Life) -> list[Document]:
    """All that was handed to the printer, in order."""
    return [effect.document for outcome in life.outcomes for effect in effects(outcome, PrintDocument)]


def test_who_has_paid_is_let_out_at_once_and_nothing_is_printed() -> None:
    """The receipt has its number all the same; the choice stays open for a while, and the visit ends without it."""
    life = paid()
    assert (life.world.state, wakes_in_s(life)) == (SaleState.LEAVING, 20)
    assert len(effects(life.outcomes[-1], OpenBarrier)) == 1
    assert booked(life, ReceiptIssued) == [ReceiptIssued(1, 1)]
    life.time_out()
    assert life.is_in(SaleState.IDLE) and papers(life) == []


def test_a_receipt_that_is_wanted_is_printed_once() -> None:
    """As an original, in the payer's language, with the moment of the payment; a second press does nothing."""
    life = paid()
    paid_at_ms = life.now.wall_ms
    life.up_ms += 5_000
    life.say(ev.LanguageChosen("en"))
    (printed,) = effects(life.say(ev.ReceiptWanted()), PrintDocument)
    assert isinstance(printed.document, Receipt)
    assert (printed.document.receipt_no, printed.document.paid_at_ms) == (1, paid_at_ms)
    assert (printed.copy, printed.language, wakes_in_s(life)) == (0, "en", sale.LEAVING_S)
    assert life.is_in(SaleState.LEAVING)
    again = life.say(ev.ReceiptWanted())
    assert not again.effects and not again.entries and len(life.world.jobs) == 1
    life.print_all()
    assert life.is_in(SaleState.LEAVING)
    assert not life.say(ev.ReceiptWanted()).effects, "it was printed"


def test_a_sale_that_a_found_note_has_paid_gives_up_the_one_behind_it() -> None:
    """The second note never comes to rest: it is in dispute, still of this sale, and its payer is let out."""
    life = Life(receipt="on_request").boot()
    life.scan()
    life.say(ev.BillHeld(1000))
    (order,) = life.world.pending
    life.say(ev.EffectFound(order, "nothing"), ev.BillHeld(100), ev.EffectFound(order, "in_box"))
    assert life.is_in(SaleState.CANCELLING)
    ended = life.time_out()
    assert life.is_in(SaleState.LEAVING) and life.world.cash is CashState.EMPTY
    assert [type(entry) for entry in ended.entries] == [BillBooked, ReceiptIssued, SaleClosed]
    assert ended.entries[0] == BillBooked(2, 100, "disputed", 1)


def test_the_next_payer_need_not_wait_for_a_receipt() -> None:
    """It goes on being printed while the next ticket is priced."""
    life = paid()
    life.say(ev.ReceiptWanted())
    life.scan("B")
    assert life.is_in(SaleState.PRICED)
    life.print_all()
    assert life.is_in(SaleState.PRICED)
    life.insert(1000)
    assert booked(life, ReceiptIssued)[-1] == ReceiptIssued(2, 2)
    (printed,) = effects(life.say(ev.ReceiptWanted()), PrintDocument)
    assert isinstance(printed.document, Receipt) and printed.document.receipt_no == 2


def test_a_credit_note_is_always_printed() -> None:
    """It is money; the receipt that names it may follow."""
    life = paid(2000)
    assert life.is_in(SaleState.PRINTING)
    assert [type(paper) for paper in papers(life)] == [CreditNote]
    assert not life.say(ev.ReceiptWanted()).effects, "only when the money is in the payer's hands"
    life.print_all()
    assert (life.world.state, wakes_in_s(life)) == (SaleState.LEAVING, sale.CHOOSING_S)
    life.say(ev.ReceiptWanted())
    receipt = papers(life)[-1]
    assert isinstance(receipt, Receipt) and receipt.note_minor == 1000


@pytest.mark.parametrize("after_a_cut", [False, True])
@pytest.mark.parametrize(("given_minor", "state"), [(1000, SaleState.LEAVING), (300, SaleState.PRINTING)])
def test_whose_change_came_out_is_let_out_and_the_rest_is_printed(
    given_minor: int, state: SaleState, after_a_cut: bool
) -> None:
    """Change that came whole needs no paper; what is missing of it is a credit note."""
    life = paid(2000, payout_limit_minor=1000)
    (effect_id,) = life.world.pending
    assert effects(life.outcomes[-1], PayOut) == [PayOut(1000)]
    told = ev.EffectFound(effect_id, "paid_out", given_minor) if after_a_cut else ev.ChangePaid(effect_id, given_minor)
    outcome = life.say(told)
    assert life.is_in(state)
    assert len(effects(outcome, OpenBarrier)) == (state is SaleState.LEAVING)
    assert [type(paper) for paper in papers(life)] == ([] if state is SaleState.LEAVING else [CreditNote])


@pytest.mark.parametrize("problem", ["paper_out", "absent"])
def test_a_printer_in_trouble_offers_nothing(problem: str) -> None:
    """What it can not print now would lie there for a stranger later; little paper is no trouble."""
    life = paid()
    life.say(ev.DeviceChanged("printer", (problem,)))
    assert not life.say(ev.ReceiptWanted()).effects and not life.world.jobs
    life.say(ev.DeviceChanged("printer", ("paper_low",)), ev.ReceiptWanted())
    assert len(life.world.jobs) == 1


def test_nothing_is_wanted_where_nothing_was_paid() -> None:
    """Before a sale, in one, after a free one and after a cancelled one."""
    life = Life(receipt="on_request").boot()
    assert not life.say(ev.ReceiptWanted()).effects
    life.scan(hours_ago=0.1)
    assert (life.world.state, wakes_in_s(life)) == (SaleState.LEAVING, sale.LEAVING_S)
    assert not life.say(ev.ReceiptWanted()).effects
    life.scan("B")
    assert not life.say(ev.ReceiptWanted()).effects
    life.insert(500)
    life.say(ev.CancelPressed())
    life.print_all()
    assert life.is_in(SaleState.LEAVING) and not life.say(ev.ReceiptWanted()).effects
    assert [type(paper) for paper in papers(life)] == [CreditNote]


def test_a_rating_does_not_close_the_choice() -> None:
    """Whoever says how it went still has time to ask for the receipt."""
    life = paid()
    life.up_ms += 5_000
    life.say(ev.Rated(5))
    assert wakes_in_s(life) == sale.CHOOSING_S
    assert len(effects(life.say(ev.ReceiptWanted()), PrintDocument)) == 1


def test_where_receipts_are_always_printed_none_is_wanted() -> None:
    """The usual rule: it has come out already."""
    assert Life().rules.receipt == "always"
    life = paid(receipt="always")
    assert [type(paper) for paper in papers(life)] == [Receipt]
    life.print_all()
    assert (life.world.state, wakes_in_s(life)) == (SaleState.LEAVING, sale.LEAVING_S)
    assert not life.say(ev.ReceiptWanted()).effects
