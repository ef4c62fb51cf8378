"""Receipts and credit notes as they come out of the printer."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter, Strip
from terminal.fees.quote import QuoteLine
from terminal.fsm.effects import CreditNote, Document, PrintDocument, Receipt
from terminal.fsm.events import Printed
from terminal.hw.escpos_commands import PIECE_MAX, commands, is_raster
from terminal.hw.letterhead import Letterhead
from terminal.hw.printer import EscposPrinter
from terminal.hw.receipt import render
from terminal.hw.typesetting import Code, Paper, Rule, Text, lay_out, typeset, width, wrap
from terminal.pay.signing import sign, verify
from tests.hw.printer_bench import Bench

GOLDEN = Path(__file__).parent / "golden"
KEY = b"a key for tests only"
PAID_AT_MS = 1_767_229_200_000
"""2026-01-01 09:00:00 in Shanghai."""
RECEIPT = Receipt(
    receipt_no=17,
    sale_no=21,
    ticket_id="A-0042",
    entered_at_ms=PAID_AT_MS - 25 * 3_600_000 - 540_000,
    paid_at_ms=PAID_AT_MS,
    lines=(
        QuoteLine("days_capped", 4000, {"days": 1, "price_minor": 4000}),
        QuoteLine("hours", 1005, {"hours": 5, "price_minor": 201}),
    ),
    due_minor=5005,
    tendered_minor=6000,
    note_minor=995,
)
NOTE = CreditNote(note_no=3, sale_no=21, amount_minor=995, issued_at_ms=PAID_AT_MS, reason="change")


def letterhead(**changes: Any) -> Letterhead:
    """A terminal's letterhead."""
    given: dict[str, Any] = {"site": "lot-a", "terminal_id": "k01", "currency": "CNY", "timezone": "Asia/Shanghai"}
    return Letterhead(**{**given, **changes})


def printed(data: bytes, columns: int = 48, has_chinese: bool = True) -> Strip:
    """What comes out of a printer that is given these bytes."""
    printer = ReceiptPrinter()
    board = EscposBoard(printer, columns=columns, has_chinese=has_chinese, buffer_size=1_000_000)
    board.receive_data(b"\x1b@" + data, 0)
    while board.wake_at_ms is not None:
        board.handle_timer(board.wake_at_ms)
    assert board.unknown == []
    assert board.torn == 0
    assert board.real_time == []
    [strip] = printer.strips
    assert strip.whole
    return strip


def on_paper(document: Document, language: str = "en", copy: int = 0, **changes: Any) -> Strip:
    """The document as it comes out of the printer."""
    head = letterhead(**changes)
    data = render(PrintDocument(document, language, copy), head, partial(sign, KEY))
    return printed(data, head.columns, head.chinese == "gb18030")


@pytest.fixture(scope="session")
def font_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A font file: the one that Pillow carries inside."""
    font = ImageFont.load_default(24)
    assert isinstance(font, ImageFont.FreeTypeFont)
    path = tmp_path_factory.mktemp("font") / "font.ttf"
    source: Any = font.path
    path.write_bytes(source.getvalue())
    return str(path)


@pytest.mark.parametrize("columns", [32, 42, 48])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("name", "document"), [("receipt", RECEIPT), ("credit_note", NOTE)])
def test_documents_look_as_they_should(name: str, document: Document, language: str, columns: int) -> None:
    """The whole paper, line by line, against a file that a person has looked at."""
    paper = "".join(f"{line}\n" for line in on_paper(document, language, columns=columns).lines)
    assert paper == (GOLDEN / f"{name}.{language}.{columns}.txt").read_text("utf-8")


@pytest.mark.parametrize(("language", "mark"), [("zh-CN", "补打 第2次"), ("en", "COPY 2")])
@pytest.mark.parametrize("document", [RECEIPT, NOTE])
def test_every_copy_says_so_and_how_many_there_were(document: Document, language: str, mark: str) -> None:
    """A copy is the original with one big line more; its codes are the same."""
    original, copy = on_paper(document, language), on_paper(document, language, copy=2)
    added = [line for line in copy.lines if line not in original.lines]
    assert [line.replace("[x2]", "").strip() for line in added] == [mark]
    assert (copy.is_copy, original.is_copy) == (True, False)
    assert copy.codes == original.codes


def test_the_codes_verify() -> None:
    """QR codes carry what was paid or is owed, where and when, and a tag that only our key makes."""
    [receipt_code], [note_code] = on_paper(RECEIPT).codes, on_paper(NOTE).codes
    assert verify(KEY, receipt_code) == f"RC1.k01.17.5005.{PAID_AT_MS // 1000}"
    assert verify(KEY, note_code) == f"CN1.k01.3.995.{PAID_AT_MS // 1000}"
    assert verify(KEY, receipt_code.replace("5005", "5006")) is None
    assert verify(b"another key of some length", note_code) is None


def test_change_that_was_paid_out_is_on_the_receipt() -> None:
    """Cash received, change paid and the credit note add up to what was due."""
    lines = on_paper(Receipt(1, 1, "A1", 0, 3_600_000, (), 500, 2000, paid_out_minor=1000, note_minor=500)).lines
    amounts = [line.split()[-1] for line in lines if line.startswith(("Cash", "Change", "On a credit"))]
    assert amounts == ["￥20.00", "￥10.00", "￥5.00"]


def test_the_yen_sign_is_the_one_that_chinese_printers_have() -> None:
    """U+00A5 would be four wrong characters on a cheap board: it is never sent."""
    data = render(PrintDocument(RECEIPT, "zh-CN"), letterhead(), partial(sign, KEY))
    assert "￥50.05".encode("gbk") in data
    assert "¥".encode("gb18030") not in data


def test_a_rare_character_makes_its_line_a_picture(font_path: str) -> None:
    """A name with a character outside GBK is drawn; the other lines stay text."""
    lines = on_paper(RECEIPT, "zh-CN", site="䶮城停车场", font_path=font_path).lines
    assert lines[1] == "[picture 576x30]"
    assert lines[0].endswith("停车费收据")


@pytest.mark.parametrize("path", [None, "/nowhere/font.ttf"])
def test_without_a_font_a_sign_stands_for_what_can_not_be_printed(path: str | None) -> None:
    """No font, or one that is gone: 〓 in a Chinese line, and nothing is left out of place."""
    assert on_paper(RECEIPT, "zh-CN", site="䶮城停车场", font_path=path).lines[1].strip() == "〓城停车场"


def test_a_printer_without_chinese_gets_pictures(font_path: str) -> None:
    """Chinese lines are pictures with dots in them, in pieces that leave room for queries; English is plain text."""
    chinese = on_paper(RECEIPT, "zh-CN", chinese="picture", font_path=font_path)
    pictures = [part for part in chinese.content if part.dots]
    assert len(pictures) >= 4
    assert all(any(part.dots) and part.width_dots == 576 for part in pictures)
    english = on_paper(RECEIPT, "en", chinese="picture", font_path=font_path)
    assert not any(part.dots for part in english.content)
    assert "Started hours: 5 x 2.01                CNY 10.05" in english.lines


def test_a_printer_without_qr_codes_gets_them_as_pictures() -> None:
    """Where the profile says that the printer knows no QR codes, the code is a picture, centred, not text alone."""
    lines = on_paper(RECEIPT, profile="TH230").lines
    assert any(line.startswith("[picture") for line in lines)
    assert not any(line.startswith("[QR") for line in lines)


@pytest.mark.parametrize("chinese", ["gb18030", "picture"])
def test_no_command_is_longer_than_a_piece(chinese: str, font_path: str) -> None:
    """The engine can ask for the printer's status between any two commands, and none takes long."""
    head = letterhead(chinese=chinese, font_path=font_path, profile="TH230")
    data = render(PrintDocument(RECEIPT, "zh-CN", 1), head, partial(sign, KEY))
    assert max(map(len, commands(data))) <= PIECE_MAX
    assert any(map(is_raster, commands(data)))


@pytest.mark.parametrize("chinese", ["gb18030", "picture"])
def test_the_engine_prints_a_real_receipt(chinese: str, font_path: str) -> None:
    """Engine, python-escpos and printer together: proved, whole, and what it should be."""
    head = letterhead(chinese=chinese, font_path=font_path)
    engine = EscposPrinter(lambda job: render(job, head, partial(sign, KEY)), proof="process_id")
    joined = Bench(engine, EscposBoard(ReceiptPrinter(), has_chinese=chinese == "gb18030")).connect()
    engine.perform("7.0", PrintDocument(RECEIPT, "zh-CN"), joined.now_ms)
    joined.run(10_000)
    assert joined.said(Printed) == [Printed("7.0", "process_id")]
    [strip] = joined.printer.documents
    assert strip.lines == on_paper(RECEIPT, "zh-CN", chinese=chinese, font_path=font_path).lines


def test_rendering_says_nothing_on_standard_output(capsys: pytest.CaptureFixture[str], font_path: str) -> None:
    """Results go to standard output; a library's remarks do not."""
    on_paper(RECEIPT, "zh-CN", chinese="picture", font_path=font_path, profile="TH230")
    assert capsys.readouterr() == ("", "")


# --- any text -----------------------------------------------------------------------------------------------------
ANY_TEXT = st.text(max_size=60)
ELEMENTS = st.one_of(
    st.builds(Text, ANY_TEXT, ANY_TEXT, size=st.sampled_from([1, 2])),
    st.builds(Text, ANY_TEXT, size=st.sampled_from([1, 2]), centred=st.just(True)),
    st.just(Rule()),
    st.builds(Code, st.text("ABCdef012.-", max_size=90)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ELEMENTS, max_size=6), st.sampled_from([32, 42, 48]), st.sampled_from(["gb18030", "picture"]))
def test_no_text_is_a_command(elements: list[Any], columns: int, chinese: Any) -> None:
    """Whatever stands in names and tickets: it is printed as text, and no command that we do not send comes of it."""
    data = typeset(elements, Paper(columns=columns, chinese=chinese))
    printed(data, columns, chinese == "gb18030")


@given(ANY_TEXT, ANY_TEXT, st.integers(8, 48))
def test_no_line_is_too_wide(left: str, right: str, columns: int) -> None:
    """Lines fit, the text is all there but for the spaces at breaks, and left and right never touch."""
    lines = lay_out(left, right, columns)
    assert all(width(one) + bool(one and other) + width(other) <= columns for one, other in lines)
    kept = "".join(one for one, _ in lines) + "".join(other for _, other in lines)
    assert "".join(kept.split()) == "".join((left + right).split())


def test_lines_break_where_people_break_them() -> None:
    """English at spaces, Chinese anywhere but before closing punctuation."""
    assert wrap("Hand this note to the staff", 12) == ["Hand this", "note to the", "staff"]
    assert wrap("请保持凭证平整，干燥。", 14) == ["请保持凭证平", "整，干燥。"]
