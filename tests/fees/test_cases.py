"""The tables of cases that a fee inspector reads: each row comes out as it says, to the minor unit and with the same reasons."""

import pytest

from terminal.fees import unfit
from terminal.fees.explain import explain
from terminal.words import CATALOGUES
from tests.fees.tables import COLUMNS, FOLDER, Case, cases, why

CASES = tuple(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_case(case: Case) -> None:
    """The amount, and the lines that explain it in short."""
    quote = case.quote()
    assert not unfit(case.tariff, case.stay, case.now_ms)
    assert (quote.due_minor, why(quote, case.tariff)) == (case.due_minor, case.why)
    assert quote.due_minor == sum(line.amount_minor for line in quote.lines)


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_case_in_words(case: Case, language: str) -> None:
    """Each line is a sentence of the language, without an open gap."""
    for line in case.quote().lines:
        text = explain(line, language, case.tariff.currency, case.tariff.timezone)
        assert text and not text.startswith("quote.") and "{" not in text


def test_every_tariff_has_a_table() -> None:
    """No tariff lies in the folder without a row, and no column is known without one."""
    rows = [line for path in FOLDER.glob("*.table") for line in path.read_text("utf-8").splitlines()]
    used = {line.split(": ")[1] for line in rows if line.startswith(("tariff:", "inner:"))}
    headings = [line.split("|") for line in rows if line.startswith("entry")]
    assert used == {path.name for path in FOLDER.glob("*.toml")}
    assert {cell.strip() for cells in headings for cell in cells} == COLUMNS
