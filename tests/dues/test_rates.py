"""Rates of collection: by hand for a small site, and against a plain count over random ones."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from terminal.dues.ledger import FILE, Ledger
from terminal.dues.rates import Line, Report, Share, as_text, books_rows, report, year_before
from terminal.fees.dues import DuesRules, LateFee, Paid, credit_key
from terminal.money import figures
from terminal.store.journal import FILE as JOURNAL
from tests.dues.tables import ACCOUNTS, journal_with, take

DAY_MS = 86_400_000
NEW_YEAR_2026_MS = 1_767_196_800_000
"""Midnight in Shanghai."""

CHARGES = "户号,项目,起,止,应缴日,金额\n" + "".join(
    f"{account},物业费,{year}-{month:02}-01,{year}-{month:02}-28,{year}-{month:02}-10,{amount}\n"
    for account, amount in (("A-1", 100), ("A-2", 200), ("B-1", 50))
    for year, month in ((2024, 2), (2025, 2), (2026, 2))
)  # one month a year each: an item a year, so that there are no gaps
YEARS = {2024: "物业费", 2025: "水费", 2026: "电费"}
ITEMS = {2024: "property", 2025: "water", 2026: "power"}


def key(account: str, year: int) -> str:
    """Of the charge of February."""
    return f"{account}/{ITEMS[year]}/{year}-02-01"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Three accounts in two blocks, with one charge a year for three years; 350 yuan a year in all."""
    charges = "".join(
        line.replace("物业费", YEARS[int(line.split(",")[2][:4])]) if "物业费" in line else line
        for line in CHARGES.splitlines(keepends=True)
    )
    with closing(Ledger.open_writer(tmp_path / FILE)) as made:
        take(made, tmp_path / "accounts.csv", ACCOUNTS)
        take(made, tmp_path / "charges.csv", charges + "A-1,押金,,,2026-02-01,1000\n")
        yield made


def share(of: int, got: int, rate_e4: int | None) -> Share:
    """In whole yuan."""
    return Share(of * 100, got * 100, rate_e4)


ROWS = (
    ("A-1", Paid(key("A-1", 2024), 10_000, 0, "2024-03-01")),
    ("A-1", Paid(key("A-1", 2025), 10_000, 0, "2025-03-01")),
    ("A-1", Paid(credit_key("A-1"), 10_000, 0, "2025-03-02")),  # a year ahead
    ("A-1", Paid("A-1/deposit/2026-02-01", 100_000, 0, "2026-02-01")),
    ("A-2", Paid(key("A-2", 2024), 20_000, 0, "2025-06-01")),
    ("A-2", Paid(key("A-2", 2025), 15_000, 0, "2026-03-05")),
    ("B-1", Paid(key("B-1", 2026), 1_000, 0, "2026-03-31")),
    ("B-1", Paid(key("B-1", 2026), 4_000, 77, "2026-04-01")),
)


def test_collection_by_block(ledger: Ledger) -> None:
    """Up to 31 March 2026: A-1 is paid ahead, A-2 paid old debts only, B-1 paid a part; last year looked at on its 31 March."""
    found = report(ledger, ROWS, DuesRules(), 2026, "2026-03-31", "block")
    assert found.last_at == "2025-03-31"
    assert found.collection == (
        Line("1栋", share(300, 100, 3333), share(300, 100, 3333)),
        Line("2栋", share(50, 10, 2000), share(50, 0, 0)),
        Line("", share(350, 110, 3142), share(350, 100, 2857)),
    )
    # 2026 began with A-2's 200 of 2025 and B-1's 50 + 50; 2025 with A-2's 200 and B-1's 50.
    assert found.arrears == (
        Line("1栋", share(200, 150, 7500), share(200, 0, 0)),
        Line("2栋", share(100, 0, 0), share(50, 0, 0)),
        Line("", share(300, 150, 5000), share(250, 0, 0)),
    )


@pytest.mark.parametrize(("by", "group"), [("quarter", "Q1"), ("month", "02")])
def test_collection_by_period(ledger: Ledger, by: str, group: str) -> None:
    """A charge counts in the period in which it begins, and the total is the sum."""
    found = report(
        ledger, ROWS, DuesRules(), 2026, "2026-12-31", msgspec.convert(by, type=Report.__annotations__["by"])
    )
    assert [line.group for line in found.collection] == [group, ""]
    assert found.collection[0].this == found.collection[1].this == share(350, 150, 4285)
    assert [line.group for line in found.arrears] == [""]


def test_a_prepayment_counts_when_its_period_has_begun(ledger: Ledger) -> None:
    """Before 1 February nothing of 2026 is billed, and so nothing is collected of it."""
    found = report(ledger, ROWS, DuesRules(), 2026, "2026-01-31", "year")
    assert found.collection == (Line("", Share(0, 0, None), Share(0, 0, None)),)


def test_late_fees_are_not_principal(ledger: Ledger) -> None:
    """Credit that goes to a late fee first collects less of the charge."""
    rules = DuesRules(late=LateFee(per_day_e6=1_000))
    paid = (("B-1", Paid(credit_key("B-1"), 6_000, 0, "2024-02-20")),)  # 10 days of 0.05: 0.50
    found = report(ledger, paid, rules, 2025, "2025-12-31", "year")
    assert found.collection[-1].this.got_minor == 6_000 - 5_000 - 50


def test_out_of_the_journal(ledger: Ledger, tmp_path: Path) -> None:
    """Rows of the books, in any order, with the dates of the site; an account whose id begins alike is another one."""
    rows = [
        (NEW_YEAR_2026_MS - 1, key("B-1", 2024), 1_000, 5),
        (NEW_YEAR_2026_MS, key("A-1", 2025), 2_000, 0),
        (NEW_YEAR_2026_MS + DAY_MS, "A/credit", 3_000, 0),
    ]
    path = journal_with(tmp_path / JOURNAL, rows)
    with closing(Ledger.open_reader(ledger.path)) as reader:
        found = list(books_rows(reader, path, "Asia/Shanghai"))
        assert found == [
            ("A", Paid("A/credit", 3_000, 0, "2026-01-02")),
            ("A-1", Paid(key("A-1", 2025), 2_000, 0, "2026-01-01")),
            ("B-1", Paid(key("B-1", 2024), 1_000, 5, "2025-12-31")),
        ]
        arrears = report(reader, iter(found), DuesRules(), 2026, "2026-01-01", "year").arrears
    assert arrears[0].this == Share(69_000, 2_000, 289)


def test_no_journal_yet(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing was paid."""
    paid = books_rows(ledger, tmp_path / JOURNAL, "Asia/Shanghai")
    assert report(ledger, paid, DuesRules(), 2026, "2026-12-31", "year").collection[0].this == share(350, 0, 0)


def test_as_text(ledger: Ledger) -> None:
    """Columns are in line also with Chinese in them, and the rate is never rounded up to 100."""
    found = report(ledger, ROWS, DuesRules(), 2026, "2026-03-31", "block")
    assert as_text(found, "CNY", "en").splitlines()[:5] == [
        "Collection of 2026 up to 2026-03-31 (last year up to 2025-03-31), CNY",
        "Group  Billed  Collected     Rate  Last year  Collected     Rate  Points",
        "1栋    300.00     100.00  33.33 %     300.00     100.00  33.33 %   +0.00",
        "2栋     50.00      10.00  20.00 %      50.00       0.00   0.00 %  +20.00",
        "Total  350.00     110.00  31.42 %     350.00     100.00  28.57 %   +2.85",
    ]
    assert "收缴率" in as_text(found, "CNY", "zh-CN")
    assert figures(found.collection[-1].this.of_minor, "CNY") == "350.00"


def test_the_year_before() -> None:
    """The same date; a leap day's is the 28th."""
    assert [year_before(day) for day in ("2026-03-31", "2028-02-29")] == ["2025-03-31", "2027-02-28"]
