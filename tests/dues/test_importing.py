"""Imports: a good table changes exactly what its dry run says, a bad one changes nothing and is told by row and reason."""

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.dues import tables as bounds
from terminal.dues.columns import ITEM_WORDS, MAX_TEXT
from terminal.dues.importing import CHUNK, MAX_FLAWS, Change, drafted
from terminal.dues.ledger import FILE, Ledger
from terminal.dues.tables import TableRefused
from terminal.fees.dues import ITEMS, Account, Charge
from tests.dues.tables import ACCOUNTS, CHARGES, take, write

HEAD = "account,item,from,to,due,amount\n"
ROW = "A-1,property,2026-02-01,2026-02-28,2026-02-10,254.70\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with three accounts and their January, open for writing."""
    with closing(Ledger.open_writer(tmp_path / FILE)) as made:
        take(made, tmp_path / "accounts.csv", ACCOUNTS)
        take(made, tmp_path / "charges.csv", CHARGES)
        yield made


def content(ledger: Ledger) -> dict[str, list[Any]]:
    """All rows of all tables."""
    return {name: ledger.rows(f"SELECT * FROM {name}") for name in ("batches", "accounts", "charges")}


def changes(ledger: Ledger, path: Path) -> list[Change]:
    """What a dry run says."""
    with drafted(ledger, path, "CNY") as draft:
        return list(draft.changes())


def refused(ledger: Ledger, path: Path) -> list[tuple[int, str, str]]:
    """The flaws of a file that must be refused whole."""
    before = content(ledger)
    with pytest.raises(TableRefused) as caught, drafted(ledger, path, "CNY") as draft:
        draft.apply("test", 1)
    assert content(ledger) == before
    assert str(path) in str(caught.value)
    return [(flaw.row, flaw.column, flaw.reason) for flaw in caught.value.flaws]


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    """A spreadsheet with these rows."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


# --- what is taken --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("UTF-8", ACCOUNTS.encode()),
        ("UTF-8", ACCOUNTS.encode("utf-8-sig")),
        ("GB18030", ACCOUNTS.encode("gb18030")),
        ("UTF-8", ACCOUNTS.replace(",", ";").encode()),
        ("UTF-8", ACCOUNTS.replace(",", "\t").encode()),
        ("UTF-8", ACCOUNTS.replace("\n", "\r\n").encode()),
        ("UTF-8", ACCOUNTS.rstrip().encode()),
        ("UTF-8", "业主,户号,楼栋,房号,面积\n张三,A-1,1栋,101,89.37\n李四,A-2,1栋,102,120\n王五,B-1,2栋,1,7\n".encode()),
        ("UTF-8", ACCOUNTS.replace("户号,房号,楼栋,面积,业主", " Account ,UNIT,block,area,payer,,").encode()),
        ("UTF-8", (ACCOUNTS + ",,,,\n\n").encode()),
        ("UTF-8", ACCOUNTS.replace("张三", '"张三"').encode()),
    ],
)  # fmt: skip
def test_ways_to_write_a_table(tmp_path: Path, form: str, content: bytes) -> None:
    """Encodings, separators, orders of columns, names in both languages, blank rows: the same accounts come out."""
    with closing(Ledger.open_writer(tmp_path / FILE)) as ledger:
        summary = take(ledger, tmp_path / "t.csv", content).summary
        assert (summary.form, summary.kind, summary.rows, summary.new) == (form, "accounts", 3, 3)
        found = ledger.owed_facts("A-1")
        assert found is not None and found[0] == Account("A-1", "101", "1栋", 8_937, "张三")


def test_a_spreadsheet_says_the_same(ledger: Ledger, tmp_path: Path) -> None:
    """Numbers, dates and results of formulas with binary noise are taken as the spreadsheet shows them."""
    rows: list[list[Any]] = [
        ["户号", "项目", "起", "止", "应缴日", "金额"],
        ["A-1", "物业费", datetime(2026, 2, 1), date(2026, 2, 28), "2026/2/10", 0.1 + 0.2],
        ["A-1", "水费", "20260101", "2026年1月31日", "2026.02.10", 1234.5],
        [None, None, None],
        ["A-2", "押金", None, None, "2026-02-10", 2000],
    ]
    with drafted(ledger, workbook(tmp_path / "t.xlsx", rows), "CNY") as draft:
        assert (draft.summary.form, draft.summary.new, draft.summary.amount_minor) == (
            "XLSX",
            3,
            30 + 123_450 + 200_000,
        )
        assert [change.row for change in draft.changes()] == [2, 3, 5]
        draft.apply("test", 1)
    found = ledger.owed_facts("A-1")
    assert found is not None
    assert Charge("A-1", "property", "2026-02-01", "2026-02-28", "2026-02-10", 30) in found[1]
    assert Charge("A-1", "water", "2026-01-01", "2026-01-31", "2026-02-10", 123_450) in found[1]


def test_account_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    """An account that a spreadsheet keeps as a number is its digits."""
    rows: list[list[Any]] = [
        ["account", "unit", "block", "area", "payer"],
        [30101, 101, 3, 80, "x"],
        [30102.0, 102, 3, 80, "y"],
    ]
    with closing(Ledger.open_writer(tmp_path / FILE)) as ledger:
        assert [change.key for change in changes(ledger, workbook(tmp_path / "t.xlsx", rows))] == ["30101", "30102"]


def test_amount_by_rate_and_area(ledger: Ledger, tmp_path: Path) -> None:
    """A price instead of an amount: 2.85 a m² and month on 89.37 m², for a quarter."""
    path = write(
        tmp_path / "t.csv",
        "账户,".replace("账户", "户号") + "项目,起,止,应缴日,单价\nA-1,物业费,2026-02-01,2026-04-30,2026-02-10,2.85\n",
    )
    (change,) = changes(ledger, path)
    assert change.fields["amount_minor"] == (None, 76_411)  # 254.7045 × 3 = 764.1135


def test_items_by_any_name() -> None:
    """An item is known by its word and by its names in both languages."""
    assert all(ITEM_WORDS[word.casefold()] == item for item, names in ITEMS.items() for word in (item, *names.values()))


def test_a_dry_run_is_exactly_what_an_import_does(ledger: Ledger, tmp_path: Path) -> None:
    """New, changed and known accounts: the dry run lists the first two field by field, and writes nothing."""
    path = write(
        tmp_path / "t.csv", ACCOUNTS.replace("李四", "赵六").replace("102,1栋,120", "102,1栋,121.5") + "C-1,1,3栋,50,\n"
    )
    before = content(ledger)
    with closing(Ledger.open_reader(ledger.path)) as reader:
        dry = changes(reader, path)
    assert content(ledger) == before
    assert dry == [
        Change(3, "changed_account", "A-2", {"area_centi_m2": (12_000, 12_150), "payer": ("李四", "赵六")}),
        Change(5, "new_account", "C-1", {
            "unit": (None, "1"), "block": (None, "3栋"), "area_centi_m2": (None, 5_000), "payer": (None, ""),
        }),
    ]  # fmt: skip
    with drafted(ledger, path, "CNY") as draft:
        summary = draft.summary
        assert (summary.new, summary.changed, summary.known) == (1, 1, 2)
        assert list(draft.changes()) == dry
        batch = draft.apply("test", 1)
    assert [row for row in content(ledger)["accounts"] if row[1] == batch] == [
        ("A-2", batch, "102", "1栋", 12_150, "赵六"),
        ("C-1", batch, "1", "3栋", 5_000, ""),
    ]
    now = ledger.owed_facts("A-2")
    assert now is not None and now[0].payer == "赵六" and len(now[1]) == 1


def test_the_same_file_twice_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """All its rows are known; no batch is written."""
    before = content(ledger)
    for name, text in (("a.csv", ACCOUNTS), ("c.csv", CHARGES)):
        summary = take(ledger, tmp_path / name, text).summary
        assert (summary.new, summary.changed, summary.known) == (0, 0, 3)
    assert content(ledger) == before


def test_a_changed_account_is_compared_as_it_is_now(ledger: Ledger, tmp_path: Path) -> None:
    """What was changed once is known the next time, and the old table changes it back."""
    changed = ACCOUNTS.replace("李四", "赵六")
    counts = [take(ledger, tmp_path / "t.csv", text).summary.changed for text in (changed, changed, ACCOUNTS)]
    assert counts == [1, 0, 1]
    assert ledger.path.with_name(f"{FILE}-wal").stat().st_size == 0  # and the log is moved into the file


def test_known_and_new_charges_together(ledger: Ledger, tmp_path: Path) -> None:
    """A table that holds the old months too, as many systems write it, adds only the new one."""
    path = write(tmp_path / "t.csv", CHARGES + "A-1,物业费,2026-02-01,2026-02-28,2026-02-10,254.70\n")
    assert [(change.row, change.what, change.key) for change in changes(ledger, path)] == [
        (5, "new_charge", "A-1/property/2026-02-01")
    ]


def test_a_draft_that_is_not_applied_leaves_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """One after another can be drafted on the same ledger."""
    path = write(tmp_path / "t.csv", HEAD + ROW)
    before = content(ledger)
    assert changes(ledger, path) == changes(ledger, path)
    assert content(ledger) == before


def test_progress(tmp_path: Path) -> None:
    """Somebody who watches is told after each thousand rows, and at the end that all are done."""
    told: list[tuple[int, int]] = []
    rows = "".join(f"A-{n},{n},1,50,x\n" for n in range(2 * CHUNK + 5))
    path = write(tmp_path / "t.csv", "account,unit,block,area,payer\n" + rows)
    with (
        closing(Ledger.open_writer(tmp_path / FILE)) as ledger,
        drafted(ledger, path, "CNY", progress=lambda done, total: told.append((done, total))),
    ):
        pass
    assert [done for done, _ in told] == [CHUNK, 2 * CHUNK, 2 * CHUNK + 5, 2 * CHUNK + 5]
    assert all(total == 2 * CHUNK + 5 for _, total in told)


# --- what is refused ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "row", "column", "reason"),
    [
        ("254.70", "-1", 2, "amount", "not negative"),
        ("254.70", "1,254.70", 2, "", "more cells"),
        ("254.70", '"1,254.70"', 2, "amount", "must be a number"),
        ("254.70", "254.705", 2, "amount", "at most 2 decimals"),
        ("254.70", "1e3", 2, "amount", "must be a number"),
        ("254.70", "２５４", 2, "amount", "must be a number"),
        ("254.70", "#REF!", 2, "amount", "an error of a formula"),
        ("254.70", "1000000.01", 2, "amount", "too large"),
        ("254.70", "999999999999999", 2, "amount", "must be a number"),
        ("254.70", "", 2, "amount", "missing"),
        ("2026-02-10", "2026-02-30", 2, "due", "must be a date"),
        ("2026-02-10", "10/02/2026", 2, "due", "must be a date"),
        ("2026-02-10", "1026-02-10", 2, "due", "of the years"),
        ("2026-02-10", "", 2, "due", "missing"),
        ("2026-02-28", "2026-01-31", 2, "to", "must not be before from"),
        ("2026-02-28", "", 2, "to", "missing; only deposits"),
        ("property", "rent", 2, "item", "must be one of"),
        ("property", "deposit", 2, "from", "a deposit has no period"),
        ("A-1", "Z-9", 2, "", "the account Z-9 is not known"),
        ("A-1", "A 1", 2, "account", "must be 1 to 32 letters"),
        ("A-1", "", 2, "account", "(is empty)"),
        ("2026-02-01", "2026-02-02", 2, "", "gap between two periods"),
        ("2026-02-01", "2026-01-31", 2, "", "overlap between two periods"),
        (ROW, ROW + ROW, 3, "", "the same charge (account, item and period) as in row 2"),
        (ROW, ROW.replace("02-01", "01-01").replace("02-28", "01-31").replace("02-10", "01-10"), 0, "", ""),
        (ROW, "A-1,property,2026-01-01,2026-01-31,2026-01-10,254.71\n", 2, "", "was billed otherwise in batch 2"),
        (ROW, "A-1,property,2026-01-01,2026-01-31,2026-01-11,254.70\n", 2, "", "due 2026-01-10, 254.70"),
        (ROW, ROW + '"A-1,property\n', 3, "", "not written as CSV"),
        (ROW, ROW + "x" * 10_001, 3, "", "longer than 10000 characters"),
        ("due", "when", 1, "", "unknown column"),
        ("due,", "", 1, "", "the column due/应缴日 is missing"),
        ("due", "due,due", 1, "", "there twice"),
        (",amount", "", 1, "", "the column amount/金额 is missing"),
    ],
)  # fmt: skip
def test_refused_whole(ledger: Ledger, tmp_path: Path, old: str, new: str, row: int, column: str, reason: str) -> None:
    """Each wrong table is refused with the row and column at fault, and nothing of it is in the ledger."""
    path = write(tmp_path / "t.csv", (HEAD + ROW).replace(old, new, 1))
    if not row:
        assert changes(ledger, path) == []  # the same charge as was billed: nothing is wrong with that
        return
    found = refused(ledger, path)
    assert (row, column) == found[0][:2] and reason in found[0][2], found


@pytest.mark.parametrize(
    ("text", "row", "column", "reason"),
    [
        ("C-1,1,3," + "50" + "," + "x" * (MAX_TEXT + 1), 2, "payer", "at most 64 printable"),
        ("C-1,1,3,50,a\u202eb", 2, "payer", "printable"),
        ('C-1,1,3,50,"a\nb"', 2, "payer", "printable"),
        ("C-1,,3,50,x", 2, "unit", "missing"),
        ("C-1,1,3,-50,x", 2, "area", "not negative"),
        ("C-1,1,3,50.125,x", 2, "area", "at most 2 decimals"),
        ("C-1,1,3,1000001,x", 2, "area", "too large"),
        ("C-1,1,3,50,x\nC-1,2,3,50,x", 3, "", "the same account as in row 2"),
        ("C-1,1,3", 2, "area", "must be a number"),
    ],
)
def test_refused_accounts(ledger: Ledger, tmp_path: Path, text: str, row: int, column: str, reason: str) -> None:
    """The same for tables of accounts."""
    found = refused(ledger, write(tmp_path / "t.csv", f"account,unit,block,area,payer\n{text}\n"))
    assert (row if "\n" not in text or "same" in reason else 3, column) == found[0][:2] and reason in found[0][2], found


def test_gap_and_overlap_within_a_file(ledger: Ledger, tmp_path: Path) -> None:
    """Rows are compared with each other as well, in any order."""
    text = "A-1,water,{0}-01,{0}-28,2026-06-10,1\n"
    path = write(tmp_path / "t.csv", HEAD + text.format("2026-04") + text.format("2026-02"))
    assert refused(ledger, path) == [
        (2, "", "gap between two periods of A-1, water: 2026-02-01 to 2026-02-28 and 2026-04-01 to 2026-04-28")
    ]


def test_all_flaws_are_told_at_once(ledger: Ledger, tmp_path: Path) -> None:
    """Who made the table gets a list of what to mend, in order, up to a number that can be read."""
    rows = [ROW.replace("254.70", f"-{n}").replace("2026-02-10", "soon") for n in range(3)]
    assert [(row, column) for row, column, _ in refused(ledger, write(tmp_path / "t.csv", HEAD + "".join(rows)))] == [
        (row, column) for row in (2, 3, 4) for column in ("due", "amount")
    ]
    path = write(tmp_path / "many.csv", HEAD + "".join(ROW.replace("254.70", "x") for _ in range(1000)))
    assert len(refused(ledger, path)) == MAX_FLAWS


def test_amount_or_price_and_not_both(ledger: Ledger, tmp_path: Path) -> None:
    """A row has one of the two; deposits have no price."""
    head = HEAD.replace("amount", "amount,price")
    both = refused(ledger, write(tmp_path / "t.csv", head + ROW.replace("254.70", "254.70,2.85")))
    neither = refused(ledger, write(tmp_path / "u.csv", head + ROW.replace("254.70", ",")))
    deposit = refused(ledger, write(tmp_path / "v.csv", head + "A-1,deposit,,,2026-03-01,,2.85\n"))
    assert ["not both" in both[0][2], "is needed" in neither[0][2], "not a price" in deposit[0][2]] == [True] * 3
    large = refused(ledger, write(tmp_path / "w.csv", head + ROW.replace("A-1", "A-2").replace("254.70", ",9999")))
    assert large == [(2, "", "the amount by price and area is too large")]


def test_too_many_rows(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table has an end."""
    monkeypatch.setattr("terminal.dues.importing.MAX_ROWS", 2)
    path = write(tmp_path / "t.csv", ACCOUNTS)
    assert refused(ledger, path) == [(4, "", "a table has at most 2 rows; cut it in parts")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfea\x00c\x00", "UTF-16"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old or encrypted spreadsheet"),
        ("户号,x".encode("gb18030") + b"\xff\xff", "neither UTF-8 nor GB18030"),
        (b"PK\x03\x04 and then nothing", "a broken archive"),
        (b"", "is missing"),
        (b"\0" * 100, "unknown column"),
    ],
)
def test_what_is_no_table(ledger: Ledger, tmp_path: Path, content: bytes, reason: str) -> None:
    """Other files are named for what they are, where that can be seen."""
    (flaw,) = refused(ledger, write(tmp_path / "t", content))
    assert reason in flaw[2]


def test_a_file_that_is_not_there(ledger: Ledger, tmp_path: Path) -> None:
    """Missing, or a folder: said in plain words."""
    assert "No such file" in refused(ledger, tmp_path / "none.csv")[0][2]
    assert "can not be read" in refused(ledger, tmp_path)[0][2]


def test_formula_errors_of_a_spreadsheet(ledger: Ledger, tmp_path: Path) -> None:
    """A cell that shows an error is refused, as are truth values and times of day."""
    head = ["account", "item", "from", "to", "due", "amount"]
    row = ["A-1", "property", date(2026, 2, 1), date(2026, 2, 28), datetime(2026, 2, 10, 8, 30), "#N/A"]
    rows: list[list[Any]] = [head, row, [*row[:4], date(2026, 2, 10), True]]
    assert refused(ledger, workbook(tmp_path / "t.xlsx", rows)) == [
        (2, "due", "must not have a time of day"),
        (2, "amount", "an error of a formula (#N/A)"),
        (3, "amount", "must not be true or false"),
    ]


def test_zip_bombs(ledger: Ledger, tmp_path: Path) -> None:
    """A small file that unpacks to a flood is refused before any of it is unpacked."""
    path = tmp_path / "t.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(bounds.MAX_UNPACKED // (1 << 20) + 1):
            part.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    assert "unpacks to more than 256 MiB" in refused(ledger, path)[0][2]


def test_other_archives_are_no_spreadsheets(ledger: Ledger, tmp_path: Path) -> None:
    """A ZIP file without a workbook, and a workbook that was cut off."""
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        packed.writestr("a.txt", "hello")
    good = workbook(tmp_path / "good.xlsx", [["account"]]).read_bytes()
    for path in (tmp_path / "t.zip", write(tmp_path / "cut.xlsx", good[: len(good) // 2])):
        assert "can not be read as a spreadsheet" in refused(ledger, path)[0][2]


def test_entity_bombs(ledger: Ledger, tmp_path: Path) -> None:
    """A workbook whose XML would grow without end is refused."""
    good = workbook(tmp_path / "good.xlsx", [["account"]])
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{entities}]><worksheet>&e11;</worksheet>'
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, bomb if "sheet1" in name else source.read(name))
    assert refused(ledger, path)


# --- whatever is in a file ------------------------------------------------------------------------------------------
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_table_is_refused_or_read(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Bytes changed at random: the answer is a draft or `TableRefused`, never another error."""
    folder = tmp_path_factory.mktemp("damaged")
    source = data.draw(st.sampled_from(["csv", "gb18030", "xlsx"]))
    if source == "xlsx":
        rows = list(csv.reader(io.StringIO(ACCOUNTS)))
        raw = bytearray(workbook(folder / "t.xlsx", [list[Any](row) for row in rows]).read_bytes())
    else:
        raw = bytearray(ACCOUNTS.encode("utf-8" if source == "csv" else source))
    dice = random.Random(data.draw(st.integers(0, 2**32)))
    for _ in range(dice.randrange(1, 8)):
        raw[dice.randrange(len(raw))] = dice.randrange(256)
    path = write(folder / "t", bytes(raw))
    with closing(Ledger.empty()) as ledger, suppress(TableRefused), drafted(ledger, path, "CNY") as draft:
        assert draft.summary.rows == len(list(draft.changes()))
