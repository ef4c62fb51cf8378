"""The codes on receipts and credit notes: read back from the paper itself, one way to write them, no way to fake them."""

import string

import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.tape import document
from terminal.errors import CodeError
from terminal.fsm.effects import CreditNote, PrintDocument, Receipt
from terminal.hw.escpos_commands import INITIALIZE
from terminal.hw.receipt import render
from terminal.pay.receipts import MAX_LENGTH, Proof, read_proof, text_of
from terminal.pay.signing import sign
from terminal.words import CATALOGUES
from tests.receipts.looks import on_white
from tests.receipts.samples import CASES, DOCUMENTS, EXPLAINED, KEY, PAID_AT_MS, letterhead, shown

REASONS = ("not_a_receipt", "bad_receipt", "forged_receipt")

names = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=32)
proofs = st.builds(
    Proof,
    st.sampled_from(["receipt", "credit_note"]),
    names,
    st.integers(0, 10**12 - 1),
    st.integers(0, 10**14 - 1),
    st.integers(0, 10**11 - 1).map(lambda at_s: at_s * 1000),
)


def reason(code: str, key: bytes = KEY) -> str:
    """Why a code is refused."""
    with pytest.raises(CodeError) as caught:
        read_proof(code, key)
    return caught.value.reason


@pytest.mark.parametrize(
    "case", [case for case in CASES if isinstance(DOCUMENTS[case[0]][0], Receipt | CreditNote)], ids=str
)
def test_the_code_on_the_paper_verifies(case: tuple[str, str, int]) -> None:
    """The QR code is found in the picture of the paper and read by another program; it says what the document says."""
    [found] = zxingcpp.read_barcodes(on_white(shown(*case)))
    what, _ = DOCUMENTS[case[0]]
    if isinstance(what, CreditNote):
        expected = Proof("credit_note", "k01", what.note_no, what.amount_minor, what.issued_at_ms)
    else:
        assert isinstance(what, Receipt)
        expected = Proof("receipt", "k01", what.receipt_no, what.due_minor, what.paid_at_ms)
    assert read_proof(found.text, KEY) == expected


def test_the_code_of_a_test_page_proves_nothing() -> None:
    """It can be read, and is no receipt."""
    [found] = zxingcpp.read_barcodes(on_white(shown("test", "en", 58)))
    assert found.text == f"TP1.k01.{PAID_AT_MS // 1000}"
    assert reason(found.text) == "not_a_receipt"


@pytest.mark.parametrize("columns", [32, 48])
def test_the_code_verifies_where_the_printer_has_no_qr_codes(columns: int) -> None:
    """Then it is a picture of dots, and says the same."""
    of = letterhead(columns, profile="TH230")
    data = INITIALIZE + render(PrintDocument(EXPLAINED, "en"), of, lambda text: sign(KEY, text))
    [found] = zxingcpp.read_barcodes(on_white(document(data, columns)))
    assert read_proof(found.text, KEY).number == EXPLAINED.receipt_no


def test_known_codes() -> None:
    """As they are documented."""
    at_s = PAID_AT_MS // 1000
    receipt, note = Proof("receipt", "k01", 17, 5005, PAID_AT_MS), Proof("credit_note", "k01", 3, 995, PAID_AT_MS)
    assert (text_of(receipt), text_of(note)) == (f"RC1.k01.17.5005.{at_s}", f"CN1.k01.3.995.{at_s}")
    assert read_proof(sign(KEY, f"RC1.k01.17.5005.{at_s}"), KEY) == receipt
    assert read_proof(sign(KEY, f"CN1.k01.3.995.{at_s}"), KEY) == note


@given(proofs)
def test_round_trip(proof: Proof) -> None:
    """What was written is read again, and no code is longer than the stated bound."""
    code = sign(KEY, text_of(proof))
    assert len(code) <= MAX_LENGTH
    assert read_proof(code, KEY) == proof
    assert reason(code, b"another key of some length") == "forged_receipt"


@given(proofs, st.data())
def test_any_changed_character_is_refused(proof: Proof, data: st.DataObject) -> None:
    """Changing, dropping or adding any one character makes a code worthless."""
    code = sign(KEY, text_of(proof))
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.characters().filter(lambda char: char != code[place]))
    for wrong in (
        code[:place] + other + code[place + 1 :],
        code[:place] + code[place + 1 :],
        code[:place] + other + code[place:],
    ):
        assert reason(wrong) in REASONS


@settings(max_examples=500)
@given(st.one_of(st.text(), st.from_regex(r"(RC1|CN1)\..*")))
@example("RC1." + "1" * 100_000)
@example("CN1.\ud800.1.1.1.0000000000000000")
@example(sign(KEY, "RC1.k01.01.1.1"))
@example(sign(KEY, "RC1.k01.-1.1.1"))
@example(sign(KEY, "RC1.k01.1.1.1") + "\n")
@example(sign(KEY, "RC1.k01.٣.1.1"))
@example(sign(KEY, "PK1.A1.1770000000.T1"))
def test_any_text_is_answered(text: str) -> None:
    """Whatever is scanned or typed, the answer is one of the known refusals, also if somebody had signed it."""
    assert reason(text) in REASONS


def test_refusals_have_words() -> None:
    """In every language."""
    assert all(f"refused.{why}" in words for why in REASONS for words in CATALOGUES.values())
