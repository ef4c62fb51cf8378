"""Imports: a table is read, compared with the ledger, and taken as a whole or not at all.

Theory of operation. Rows are read one at a time, checked cell by cell, and staged 1 000 at a time in a temporary table on disk;
what they would change is then found out by SQLite itself. So memory does not grow with the table, and a dry run and an import
do the same work up to the last step: one transaction that writes all that is new, with a batch that says where it came from.
A row that the ledger knows already changes nothing, so the same file may be imported twice.

    rows ── cells ──▶ staged ── duplicates, unknown accounts, other amounts, gaps, overlaps ──▶ new, changed, known ──▶ apply
             │                                            │
             └──────────────── flaws: the file is refused ┘
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec

from terminal.dues.columns import ACCOUNT_COLUMNS, MAX_MINOR, Header, Kind, Value, header_of, text_of
from terminal.dues.ledger import Ledger
from terminal.dues.tables import MAX_ROWS, Flaw, Table, TableRefused, opened
from terminal.fees.billing import Rate, amount_of, breaks
from terminal.fees.dues import DEPOSITS, Charge
from terminal.money import figures

CHUNK = 1000
MAX_FLAWS = 20
"""So many are told at once."""

Progress = Callable[[int, int], None]
"""Told how many rows are done, of about how many (0: not known)."""

STAGE: dict[Kind, str] = {
    "accounts": """CREATE TEMP TABLE staged (row INTEGER PRIMARY KEY, account_id TEXT, unit TEXT, block TEXT,
        area_centi_m2 INTEGER, payer TEXT) STRICT""",
    "charges": """CREATE TEMP TABLE staged (row INTEGER PRIMARY KEY, account_id TEXT, item TEXT, begins TEXT, from_date TEXT,
        to_date TEXT, due_date TEXT, amount_minor INTEGER, price_milli INTEGER) STRICT""",
}
INSERT: dict[Kind, str] = {
    "accounts": "INSERT INTO staged VALUES (:row, :account_id, :unit, :block, :area_centi_m2, :payer)",
    "charges": "INSERT INTO staged VALUES (:row, :account_id, :item, :begins, :from_date, :to_date, :due_date,"
    " :amount_minor, :price_milli)",
}
IDENTITY: dict[Kind, str] = {"accounts": "account_id", "charges": "account_id, item, begins"}
DUPLICATES = "SELECT min(row), max(row) FROM staged GROUP BY {identity} HAVING count(*) > 1 ORDER BY 2 LIMIT {limit}"

NOW = """accounts AS now ON now.account_id = staged.account_id
AND now.batch_no = (SELECT max(batch_no) FROM accounts WHERE account_id = staged.account_id)"""
"""An account as it is in the ledger, joined to a staged row."""

SAME_ACCOUNT = """(now.unit, now.block, now.area_centi_m2, now.payer)
= (staged.unit, staged.block, staged.area_centi_m2, staged.payer)"""

FORGET_KNOWN: dict[Kind, str] = {
    "accounts": f"DELETE FROM staged WHERE row IN (SELECT row FROM staged JOIN {NOW} WHERE {SAME_ACCOUNT})",
    "charges": """DELETE FROM staged WHERE EXISTS (SELECT 1 FROM charges AS known
        WHERE (known.account_id, known.item, known.begins) = (staged.account_id, staged.item, staged.begins)
        AND (known.to_date, known.due_date, known.amount_minor) = (staged.to_date, staged.due_date, staged.amount_minor))""",
}
PRICE = f"""UPDATE staged SET amount_minor = charge_amount(price_milli, from_date, to_date,
    (SELECT now.area_centi_m2 FROM {NOW.replace(" ON ", " WHERE ", 1)})) WHERE price_milli IS NOT NULL"""

UNKNOWN_ACCOUNTS = """SELECT row, account_id FROM staged
WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.account_id = staged.account_id) ORDER BY row LIMIT ?"""
TOO_LARGE = "SELECT row FROM staged WHERE amount_minor > ? ORDER BY row LIMIT ?"
BILLED_OTHERWISE = """SELECT row, known.to_date, known.due_date, known.amount_minor, known.batch_no
FROM staged JOIN charges AS known USING (account_id, item, begins) ORDER BY row LIMIT ?"""
PERIODS = """SELECT account_id, item, from_date, to_date, due_date, amount_minor FROM staged WHERE from_date <> ''
UNION ALL
SELECT account_id, item, from_date, to_date, due_date, amount_minor FROM charges
WHERE from_date <> '' AND (account_id, item) IN (SELECT account_id, item FROM staged)
ORDER BY account_id, item, from_date"""
ROW_OF = "SELECT row FROM staged WHERE (account_id, item, begins) IN ((?, ?, ?), (?, ?, ?)) ORDER BY begins DESC"

TAKE: dict[Kind, str] = {
    "accounts": """INSERT INTO accounts (account_id, batch_no, unit, block, area_centi_m2, payer)
        SELECT account_id, ?, unit, block, area_centi_m2, payer FROM staged ORDER BY account_id""",
    "charges": """INSERT INTO charges (batch_no, account_id, item, begins, from_date, to_date, due_date, amount_minor)
        SELECT ?, account_id, item, begins, from_date, to_date, due_date, amount_minor FROM staged
        ORDER BY account_id, item, begins""",
}
BATCH = "INSERT INTO batches (at_ms, who, file, sha256, kind, rows) VALUES (?, ?, ?, ?, ?, ?)"


class Summary(msgspec.Struct, frozen=True):
    """What a table comes to. `amount_minor` is that of all new charges."""

    kind: Kind
    form: str
    sha256: str
    rows: int
    new: int
    changed: int
    known: int
    amount_minor: int


class Change(msgspec.Struct, frozen=True):
    """One thing that an import changes, by the row of the table: fields with what they were (None: nothing) and become."""

    row: int
    what: Literal["new_account", "changed_account", "new_charge"]
    key: str
    fields: dict[str, tuple[Value, Value]]


class Draft:
    """A table that is in order, compared with the ledger; nothing of it is written yet."""

    def __init__(self, ledger: Ledger, path: Path, summary: Summary) -> None:
        self._ledger = ledger
        self._path = path
        self.summary = summary

    def changes(self) -> Iterator[Change]:
        """Exactly what would change, in the order of the table."""
        return _account_changes(self._ledger) if self.summary.kind == "accounts" else _charge_changes(self._ledger)

    def apply(self, who: str, at_ms: int) -> int | None:
        """Writes all of it, in one transaction, and returns the number of its batch; None: there was nothing new.

        Raises `StoreError`; then nothing was written.
        """
        of = self.summary
        if not of.new + of.changed:
            return None
        with self._ledger.refusing():
            connection = self._ledger.connection
            batch = connection.execute(BATCH, (at_ms, who, self._path.name, of.sha256, of.kind, of.new + of.changed))
            connection.execute(TAKE[of.kind], (batch.lastrowid,))
            connection.execute("DROP TABLE temp.staged")
            connection.execute("COMMIT")
            list(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"))
        return batch.lastrowid


@contextmanager
def drafted(
    ledger: Ledger, path: Path, currency: str, kind: Kind | None = None, progress: Progress | None = None
) -> Iterator[Draft]:
    """The draft of a table file; what was not applied is dropped at the end. `kind` None: what its header says.

    For a dry run the ledger may be open for reading. Raises `TableRefused`, with every flaw up to `MAX_FLAWS`, and `StoreError`.
    """
    connection = ledger.connection
    try:
        with opened(path) as table, ledger.refusing():
            connection.execute("PRAGMA temp_store=FILE")
            connection.execute("BEGIN")
            summary = _Reading(connection, str(path), currency).summary(table, kind, progress)
        yield Draft(ledger, path, summary)
    finally:
        ledger.drop()


class _Reading:
    """One table on its way into the staging table."""

    def __init__(self, connection: sqlite3.Connection, file: str, currency: str) -> None:
        self._connection = connection
        self._file = file
        self._currency = currency
        self._flaws: list[Flaw] = []

    def summary(self, table: Table, kind: Kind | None, progress: Progress | None) -> Summary:
        header = self._header(table, kind)
        self._connection.execute(STAGE[header.kind])
        rows = self._stage(header, table, progress or (lambda done, total: None))
        self._compare(header)
        known = self._connection.execute(FORGET_KNOWN[header.kind]).rowcount
        if header.kind == "charges":
            self._check_charges()
        changed = 0
        if header.kind == "accounts":
            changed = self._number(f"SELECT count(*) FROM staged JOIN {NOW}")
        amount_minor = self._number("SELECT sum(amount_minor) FROM staged") if header.kind == "charges" else 0
        new = rows - known - changed
        return Summary(header.kind, table.form, table.sha256, rows, new, changed, known, amount_minor)

    def _header(self, table: Table, kind: Kind | None) -> Header:
        number, cells = next(table.rows, (0, []))
        try:
            return header_of(cells, kind)
        except ValueError as error:
            raise TableRefused(self._file, [Flaw(number, "", str(error))]) from None

    def _stage(self, header: Header, table: Table, progress: Progress) -> int:
        """Checks and stages all rows, and returns their number; raises `TableRefused` if there was any flaw."""
        staged, number, rows = 0, 1, self._checked(header, table)
        while chunk := list(islice(rows, CHUNK)):
            self._connection.executemany(INSERT[header.kind], chunk)
            staged += len(chunk)
            number = int(chunk[-1]["row"] or 0)
            progress(number - 1, max(table.total - 1, number - 1))
        self._refuse_flaws()
        progress(number - 1, number - 1)
        return staged

    def _checked(self, header: Header, table: Table) -> Iterator[dict[str, Value]]:
        rows = 0
        for number, cells in table.rows:
            if not any(cell is not None and cell != "" for cell in cells):
                continue
            rows += 1
            if rows > MAX_ROWS or number > MAX_ROWS * 2:
                self._flaw(number, "", f"a table has at most {MAX_ROWS} rows; cut it in parts")
                return
            before = len(self._flaws)
            row = self._row(header, number, cells)
            if len(self._flaws) == before:
                yield row
            elif len(self._flaws) >= MAX_FLAWS:
                return

    def _row(self, header: Header, number: int, cells: list[Any]) -> dict[str, Value]:
        row: dict[str, Value] = {"row": number, "amount_minor": None, "price_milli": None}
        width = len(header.columns)
        if any(cell is not None and cell != "" for cell in cells[width:]):
            self._flaw(number, "", "more cells than the header has")
        for place, column in enumerate(header.columns):
            try:
                row[column.field] = column.read(text_of(cells[place] if place < len(cells) else None), self._currency)
            except ValueError as error:
                self._flaw(number, header.written[place], str(error))
                row[column.field] = None
        if header.kind == "charges":
            row["begins"] = row["from_date"] or row["due_date"]
            self._check_charge(header, number, row)
        return row

    def _check_charge(self, header: Header, number: int, row: dict[str, Value]) -> None:
        """What the cells of one charge owe to each other."""
        names = {column.field: name for column, name in zip(header.columns, header.written, strict=True)}
        begins, ends, item = row["from_date"], row["to_date"], row["item"]
        if item in DEPOSITS and (begins or ends):
            self._flaw(number, names["from_date"], "a deposit has no period")
        elif item is not None and item not in DEPOSITS:
            for field in ("from_date", "to_date"):
                if row[field] == "":
                    self._flaw(number, names[field], "missing; only deposits have no period")
            if begins and ends and str(ends) < str(begins):
                self._flaw(number, names["to_date"], f"must not be before {names['from_date']} (is {ends})")
        priced, listed = row["price_milli"] is not None, row["amount_minor"] is not None
        if priced == listed and not any(flaw.row == number for flaw in self._flaws):
            what = "amount or price, not both" if priced else "missing; amount or price is needed"
            self._flaw(number, names.get("amount_minor") or names["price_milli"], what)
        if priced and item in DEPOSITS:
            self._flaw(number, names["price_milli"], "a deposit has an amount, not a price by area")

    def _compare(self, header: Header) -> None:
        """What rows owe to each other, and to the accounts."""
        identity = IDENTITY[header.kind]
        self._connection.execute(f"CREATE INDEX temp.staged_by_identity ON staged ({identity})")
        for first, again in self._connection.execute(DUPLICATES.format(identity=identity, limit=MAX_FLAWS)):
            what = "account" if header.kind == "accounts" else "charge (account, item and period)"
            self._flaw(again, "", f"the same {what} as in row {first}")
        self._refuse_flaws()
        if header.kind == "charges":
            for row, account_id in self._connection.execute(UNKNOWN_ACCOUNTS, (MAX_FLAWS,)):
                self._flaw(row, "", f"the account {account_id} is not known; import accounts first")
            self._refuse_flaws()
            self._connection.create_function("charge_amount", 4, _amount, deterministic=True)
            self._connection.execute(PRICE)
            for (row,) in self._connection.execute(TOO_LARGE, (MAX_MINOR, MAX_FLAWS)):
                self._flaw(row, "", "the amount by price and area is too large")
            self._refuse_flaws()

    def _check_charges(self) -> None:
        """Known charges are gone: what is left must be new, and follow what was billed."""
        for row, to_date, due_date, amount_minor, batch_no in self._connection.execute(BILLED_OTHERWISE, (MAX_FLAWS,)):
            was = f"to {to_date}, due {due_date}, {figures(amount_minor, self._currency)}"
            self._flaw(row, "", f"was billed otherwise in batch {batch_no} ({was}); what was billed does not change")
        self._refuse_flaws()
        periods = (Charge(*row) for row in self._connection.execute(PERIODS))
        for found in islice(breaks(periods), MAX_FLAWS):
            before, after = found.before, found.after
            places = (before.account_id, before.item, before.from_date, after.account_id, after.item, after.from_date)
            row = self._number(ROW_OF, places)
            spans = f"{before.from_date} to {before.to_date} and {after.from_date} to {after.to_date}"
            self._flaw(row, "", f"{found.what} between two periods of {after.account_id}, {after.item}: {spans}")
        self._refuse_flaws()

    def _number(self, sql: str, parameters: tuple[Value, ...] = ()) -> int:
        (number, *_) = next(self._connection.execute(sql, parameters), (0,))
        return int(number or 0)

    def _flaw(self, row: int, column: str, reason: str) -> None:
        self._flaws.append(Flaw(row, column, reason))

    def _refuse_flaws(self) -> None:
        if self._flaws:
            told = sorted(self._flaws[:MAX_FLAWS], key=lambda flaw: flaw.row)
            raise TableRefused(self._file, told, more=len(self._flaws) >= MAX_FLAWS)


def _amount(price_milli: int, from_date: str, to_date: str, area_centi_m2: int) -> int:
    return amount_of(Rate(price_milli), area_centi_m2, from_date, to_date)


def _account_changes(ledger: Ledger) -> Iterator[Change]:
    names = [column.field for column in ACCOUNT_COLUMNS]
    wanted = ", ".join(f"{table}.{name}" for table in ("staged", "now") for name in names)
    for number, *values in ledger.connection.execute(f"SELECT row, {wanted} FROM staged LEFT JOIN {NOW} ORDER BY row"):
        new, old = values[: len(names)], values[len(names) :]
        fields = {name: (was, now) for name, was, now in zip(names[1:], old[1:], new[1:], strict=True) if was != now}
        yield Change(number, "new_account" if old[0] is None else "changed_account", new[0], fields)


def _charge_changes(ledger: Ledger) -> Iterator[Change]:
    sql = "SELECT row, account_id, item, from_date, to_date, due_date, amount_minor FROM staged ORDER BY row"
    for number, *values in ledger.connection.execute(sql):
        charge = Charge(*values)
        fields: dict[str, tuple[Value, Value]]
        fields = {name: (None, value) for name, value in msgspec.structs.asdict(charge).items() if value != ""}
        yield Change(number, "new_charge", charge.key, fields)
