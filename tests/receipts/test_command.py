"""`fee-terminal receipt CODE`: genuine or not, and what it says, in both languages."""

import json
from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.pay.signing import sign
from tests.kiosk import CONFIGURATION, KEY

RECEIPT = sign(KEY, "RC1.k07.17.5005.1767229200")
NOTE = sign(KEY, "CN1.k07.3.995.1767229200")


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration file with its key beside it."""
    (tmp_path / "ticket.key").write_bytes(KEY + b"\n")
    file = tmp_path / "k.toml"
    file.write_text(CONFIGURATION)
    return str(file)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            RECEIPT,
            ["Genuine", "No.: k07-17", "Paid: 2026-01-01 09:00:00", "¥50.05", "真件", "收据", "缴费时间", "合计"],
        ),
        (NOTE, ["Genuine", "No.: k07-3", "Issued: 2026-01-01 09:00:00", "Credit note", "¥9.95", "找零凭证", "金额"]),
    ],
)
def test_a_genuine_code_says_what_the_paper_says(
    code: str, says: list[str], config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of any terminal with the same key; number, time and amount in the words of the paper."""
    assert main(["receipt", code, "-c", config]) == 0
    shown = capsys.readouterr()
    assert all(word in shown.out for word in says) and shown.err == ""


def test_a_code_may_be_typed_as_it_stands_on_narrow_paper(config: str) -> None:
    """On two lines."""
    assert main(["receipt", RECEIPT[:28] + "\n " + RECEIPT[28:], "-c", config]) == 0


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [
        (RECEIPT.replace("5005", "9005"), "was altered", "已被改动"),
        (sign(b"the key of another site", "RC1.k07.17.5005.1767229200"), "not issued here", "不是本场"),
        ("RC1.k07.17", "not written", "格式不对"),
        ("https://example.com/", "not the code of a receipt", "这不是收据"),
        ("", "not the code of a receipt", "这不是收据"),
    ],
)
def test_any_other_code_is_not_genuine(
    code: str, english: str, chinese: str, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so, and why, in both languages; that is a finding."""
    assert main(["receipt", code, "-c", config]) == 1
    out = capsys.readouterr().out
    assert "NOT GENUINE" in out and "非真件" in out and english in out and chinese in out


def test_json_is_for_programs(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All that the code says, or the reason why it is not genuine."""
    assert main(["receipt", NOTE, "-c", config, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "genuine": True,
        "currency": "CNY",
        "document": "credit_note",
        "terminal_id": "k07",
        "number": 3,
        "amount_minor": 995,
        "at_ms": 1_767_229_200_000,
    }
    assert main(["receipt", "RC1.", "-c", config, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"genuine": False, "reason": "bad_receipt"}
