"""Papers of a window as they come out of the printer: slips, X and Z, and the receipt of a payer who paid in several ways."""

import re
from typing import get_args

import msgspec
import pytest

from terminal.fsm import window_events as wev
from terminal.fsm.effects import Document, PrintDocument, Receipt, ShiftReport, Slip, SlipKind
from terminal.fsm.step import Outcome
from terminal.hw.slip import FORMS
from terminal.hw.typesetting import width
from terminal.money import capitals, figures
from terminal.shift.corrections import CORRECTIONS, Sold
from terminal.shift.totals import fingerprint
from tests.fsm.window_lives import COLLECTOR, FLOAT, NEXT, SUPERVISOR, WindowLife, serving
from tests.hw.test_receipt import on_paper
from tests.receipts.staff_papers import PAPERS, SLIPS, TOTALS, X, Z

KEY = re.compile(r"\b(slip|report|shift_report|receipt|window|matter|status|backfill)\.[a-z_]+")


def text(document: Document, language: str = "zh-CN", copy: int = 0, columns: int = 48) -> str:
    """What stands on the paper."""
    return "\n".join(on_paper(document, language, copy, columns=columns).lines)


def papers(outcome: Outcome) -> list[Document]:
    """What was given to the printer, once the documents before it are out."""
    return [effect.document for effect in outcome.effects if isinstance(effect, PrintDocument)]


def printed(life: WindowLife, *events: wev.WindowEvent) -> Document:
    """The one paper that comes of these events."""
    life.print_all()
    (document,) = [document for event in events for document in papers(life.say(event))]
    return document


def at_end() -> WindowLife:
    """A shift that sold one ticket for cash, with a drawer that is counted and adds up."""
    life = serving()
    life.scan()
    life.tender(1000)
    life.close_drawer()
    life.print_all()
    life.count(((1000, 11), (500, 10), (100, 50)))
    return life


def test_every_kind_of_slip_has_a_form_and_a_sample() -> None:
    """A kind that nobody thought of would stop the printer."""
    assert set(FORMS) == set(get_args(SlipKind)) == {slip.what for slip in SLIPS.values()}


@pytest.mark.parametrize("columns", [32, 42, 48])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("name", PAPERS)
def test_nothing_on_paper_is_a_key(name: str, language: str, columns: int) -> None:
    """All words are in the catalogue, and no line is wider than the paper."""
    lines = on_paper(PAPERS[name], language, columns=columns).lines
    assert not KEY.search("\n".join(lines))
    assert all(width(line.replace("[x2]", "")) <= columns for line in lines)


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_says_who_how_much_and_has_room_for_both_to_sign(name: str) -> None:
    """Number, shift, both names, figures and capitals; a line for each who signs."""
    slip = SLIPS[name]
    said = text(slip)
    amount_minor = abs(slip.amount_minor)
    for part in (
        f"k01-{slip.slip_no}",
        slip.name,
        slip.approved_by,
        figures(amount_minor, "CNY"),
        capitals(amount_minor),
    ):
        assert part in said
    assert len(re.findall(r"签字 +_{16}", said)) >= 2


@pytest.mark.parametrize("name", [name for name, slip in SLIPS.items() if slip.pieces])
def test_the_pieces_of_a_slip_add_up_to_its_total(name: str) -> None:
    """What stands on the lines is what was counted, each line and their sum."""
    lines = re.findall(r"^ *([\d.]+) × +(\d+) +([\d.]+)$", text(SLIPS[name]), re.M)
    assert [(figures(value, "CNY"), str(count)) for value, count in SLIPS[name].pieces] == [line[:2] for line in lines]
    assert all(round(float(value) * int(count) * 100) == round(float(worth) * 100) for value, count, worth in lines)
    assert sum(round(float(line[2]) * 100) for line in lines) == SLIPS[name].amount_minor


@pytest.mark.parametrize("what", CORRECTIONS)
def test_every_correction_has_its_slip(what: str) -> None:
    """What was done to which receipt; the payer signs where money changed hands."""
    said = text(Slip("correction", 1, 1, "Li", SUPERVISOR, 0, 500, note=f"{what} 17"), "en")
    assert "k01-17" in said
    assert ("Payer" in said) is (what != "method")


@pytest.mark.parametrize(("amount_minor", "says"), [(500, "少找了，补给付款人"), (-500, "多找了，付款人退回")])
def test_wrong_change_says_which_way_the_money_went(amount_minor: int, says: str) -> None:
    """The amount has no sign on paper, so words say it."""
    said = text(Slip("correction", 1, 1, "Li", "", 0, amount_minor, note="change 17"))
    assert says in said and "￥5.00" in said and "-￥" not in said and "负" not in said


def test_a_corrections_slip_is_the_core_s() -> None:
    """The slip that the core prints for a refund can be read by who prints it."""
    life = serving()
    sold = Sold(receipt_no=7, sale_no=3, due_minor=1000, at_ms=0, methods={"cash": 1000})
    refund = wev.Corrected(COLLECTOR, "refund", 7, 1000, "wrong_item", approved_by=SUPERVISOR, sold=sold)
    said = text(printed(life, refund))
    assert "冲红单" in said and "退款" in said and "k01-7" in said and SUPERVISOR in said


def test_a_suspect_note_leaves_room_for_what_is_written_later() -> None:
    """Its serial number and the bank's slip are written by hand; nothing calls it income."""
    said = text(printed(serving(), wev.NoteSuspected(COLLECTOR, 10_000, "AB12345678", "kept", SUPERVISOR)))
    assert re.search(r"冠字号码 +_+", said) and re.search(r"银行单号 +_+", said)
    assert "不计收入" in said and "AB12345678" not in said


def test_a_handover_names_both() -> None:
    """Who gives the drawer and who takes it, not the other way round."""
    life = at_end()
    life.say(wev.ShiftSigned(COLLECTOR))
    said = text(printed(life, wev.DrawerAccepted(NEXT, "Zhao")))
    assert re.search(r"交班人 +Li\b", said) and re.search(r"接班人 +Zhao\b", said)


def test_an_x_says_that_it_is_none_and_nothing_of_cash() -> None:
    """After a sale for cash the X of the core has no amount but the float's."""
    life = serving()
    life.scan()
    life.tender(1000)
    life.close_drawer()
    said = text(printed(life, wev.ReportAsked(COLLECTOR)))
    assert "非最终报表" in said
    assert re.findall(r"￥[\d.]+", said) == ["￥200.00"]
    assert "签字" not in said and "校验码" not in said and "Z" not in said


def test_an_x_shows_what_was_paid_otherwise() -> None:
    """Methods beside cash tell nothing of the drawer."""
    said = text(ShiftReport(X))
    assert "微信" in said and "￥613.00" in said and "现金" not in said.replace("不含现金", "")


def test_a_z_is_that_of_the_core_and_follows_the_one_before() -> None:
    """Its fingerprint is the one that the next Z carries."""
    life = at_end()
    first = printed(life, wev.ShiftSigned(COLLECTOR))
    life.say(wev.DrawerAccepted(NEXT, "Zhao"))
    life.print_all()
    life.say(wev.CountAsked(NEXT, "Zhao"), wev.DrawerCounted(NEXT, ((1000, 11), (500, 10), (100, 50))))
    second = printed(life, wev.ShiftSigned(NEXT))
    assert isinstance(first, ShiftReport) and isinstance(second, ShiftReport)
    marks = [re.findall(r"校验码 +(\S+)", text(document)) for document in (first, second)]
    assert marks[0] == [fingerprint(first.report), "-"]
    assert marks[1] == [fingerprint(second.report), marks[0][0]]


@pytest.mark.parametrize(("over_minor", "says"), [(0, "账实相符"), (500, r"长款 +￥5\.00"), (-500, r"短款 +￥5\.00")])
def test_a_z_says_over_or_short_without_a_sign(over_minor: int, says: str) -> None:
    """Counted against expected, in the words of the finance office."""
    report = msgspec.structs.replace(Z, counted_minor=Z.expected_minor + over_minor)
    (said,) = re.findall("账实相符|[长短]款 .*", text(ShiftReport(report)))
    assert re.fullmatch(says, said)


def test_a_z_has_all_that_a_finance_office_asks_for() -> None:
    """Each sum and each count of the totals stands on it, with the range of receipts and what is left of it."""
    said = text(ShiftReport(Z))
    amounts = [*TOTALS.moved_minor.values(), *TOTALS.by_kind_minor.values(), *TOTALS.by_method_minor.values()]
    for amount_minor in (*amounts, Z.float_minor, Z.expected_minor, Z.counted_minor, TOTALS.manual_minor):
        assert figures(abs(amount_minor), "CNY") in said
    for line in (
        r"10377 - 10506",
        r"剩余收据号 +494",
        r"无交易开钱箱 +3",
        r"可疑币 +1",
        r"手工补录 6 张",
        r"wang +7",
        r"chen +1",
    ):
        assert re.search(line, said), line
    assert "手工票据有缺号" in said and "找零有误" in said and Z.note in said


def test_a_receipt_of_a_window_says_how_it_was_paid() -> None:
    """Card and cash each on a line of its own, then the change; they add up."""
    life = serving()
    life.scan()
    life.tender(400, "pos", "0042")
    paid = [document for document in papers(life.tender(2000)) if isinstance(document, Receipt)]
    assert paid[0].tenders_minor == {"pos": 400, "cash": 2000}
    said = text(paid[0])
    assert re.search(r"实收（POS 刷卡） +￥4\.00", said) and re.search(r"实收现金 +￥20\.00", said)
    assert re.search(r"现金找零 +￥14\.00", said)


def test_without_cash_there_is_no_word_of_change() -> None:
    """Who paid by card got nothing back; a method that only the site knows keeps its name."""
    receipt = Receipt(1, 1, "A1", 0, 3_600_000, (), 500, 500, tenders_minor={"citycard": 500})
    said = text(receipt, "en")
    assert re.search(r"By citycard +￥5\.00", said) and "Change" not in said and "Cash" not in said


def test_a_receipt_that_is_asked_for_again_says_which_copy_it_is() -> None:
    """补打: the number of the copy is one more than there were, and all else is the same."""
    life = serving()
    life.scan()
    receipt = next(document for document in papers(life.tender(1000)) if isinstance(document, Receipt))
    life.print_all()
    asked = life.say(wev.ReprintAsked(COLLECTOR, receipt.receipt_no, receipt, copies=1, language="zh-CN"))
    (effect,) = [effect for effect in asked.effects if isinstance(effect, PrintDocument)]
    original, again = text(receipt).splitlines(), text(effect.document, copy=effect.copy).splitlines()
    assert [line.replace("[x2]", "").strip() for line in again if line not in original] == ["补打 第2次"]


def test_the_float_is_counted_on_its_slip() -> None:
    """The first paper of a shift is the one under which the collector takes the float over."""
    life = WindowLife()
    life.boot()
    life.say(wev.ShiftBegun(COLLECTOR, "Li"))
    said = text(printed(life, wev.FloatCounted(COLLECTOR, FLOAT)))
    assert "备用金领用单" in said and "贰佰元整" in said
