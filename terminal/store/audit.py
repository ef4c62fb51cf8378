"""The audit: does the journal's chain hold, and do the books say what the journal says?

It reads the file and changes nothing. The books are built a second time from the entries, in a database of their own
that starts empty, and both are compared row by row; the totals are taken from those rebuilt books.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

import msgspec

from terminal import money
from terminal.errors import StoreCorrupt
from terminal.fsm.events import RulesChanged, Started
from terminal.store import books, migrations, sqlite, window_audit
from terminal.store.record import GENESIS, SELECT, Record, flaw, read_row
from terminal.store.window_audit import Manual, Shifts
from terminal.words import say

Progress = Callable[[int, int], None]
"""Told now and then: events done, events in all."""

MAX_FINDINGS = 50
"""Findings that are kept of each kind; the first ones tell the story."""

_PROGRESS_EVERY = 10_000


class Sales(msgspec.Struct):
    """How many sales came to which end."""

    paid: int
    cancelled: int
    open: int


class Cash(msgspec.Struct):
    """Notes by what became of them; `by_denomination` counts those in the box that are not in dispute."""

    stacked_minor: int
    by_denomination: dict[str, int]
    credited_minor: int
    unclaimed_minor: int
    disputed_minor: int


class Change(msgspec.Struct):
    """Money owed back to payers, and how it was given."""

    owed_minor: int
    paid_out_minor: int
    credit_notes_minor: int


class Receipts(msgspec.Struct):
    """Receipts made out, and further copies of any document."""

    originals: int
    copies: int


class Audit(msgspec.Struct):
    """What an audit found; amounts in minor units of `currency`. Its JSON is the outcome of `audit --json`."""

    events: int
    chain_ok: bool
    books_ok: bool
    shifts_ok: bool
    """All that must hold at a staffed window does (`window_audit`)."""
    sales: Sales
    due_minor: int
    cash: Cash
    change: Change
    epay_minor: int
    """Taken at a window by other means than cash, and not given back."""
    refunds_minor: int
    """Given back by corrections."""
    credit_notes_redeemed_minor: int
    shifts: Shifts
    manual: Manual
    receipts: Receipts
    barrier_openings: int
    drawer_openings: int
    outbox_pending: int
    head_hash: str
    """Fingerprint of the last event, in hex: compare it with one that was published, for a chain may lose its tail."""
    currency: str
    """Currency of the amounts, "" when the terminal never started."""
    findings: list[str]
    """What is wrong, in words; empty when all is well."""

    @property
    def ok(self) -> bool:
        """Nothing at all was found."""
        return not self.findings


def audit(path: Path, progress: Progress | None = None) -> Audit:
    """Audits a journal file, also while the terminal writes it. Damage inside it is a finding, not an error.

    Raises StoreError when there is no journal at `path`, StoreCorrupt when SQLite can not even open it.
    """
    connection = sqlite.connect_reader(path)
    rebuilt = sqlite3.connect("", isolation_level=None)  # "": a private database, spilled to disk when it grows large
    try:
        connection.execute("BEGIN")  # one state of the file for all that follows
        migrations.migrate(rebuilt, 0, sqlite.APPLICATION_ID)
        walk = _Walk(rebuilt)
        chain = _collect(walk.over(connection, progress))
        chain += _collect(_cut_off(connection, walk.seq))
        differences = walk.refused + _collect(_schema_differences(connection, rebuilt))
        differences += _collect(_row_differences(connection, rebuilt))
        window = _collect(window_audit.findings(rebuilt, walk.first_receipt_nos))
        damage = _collect(_damage(connection))
        acked = _acked(connection)
        return _totals(rebuilt, walk, chain, differences, window, damage, acked)
    except sqlite3.Error as error:
        raise sqlite.refusal(path, error) from error
    finally:
        connection.close()
        rebuilt.close()


class _Walk:
    """Goes over the journal once: checks the chain and posts the entries to the rebuilt books."""

    def __init__(self, rebuilt: sqlite3.Connection) -> None:
        self.rebuilt = rebuilt
        self.events = 0
        self.seq = 0
        self.head = GENESIS
        self.currency = ""
        self.first_receipt_nos: set[int] = set()
        self.refused: list[str] = []

    def over(self, connection: sqlite3.Connection, progress: Progress | None) -> Iterator[str]:
        """Yields what breaks the chain, going on behind it as far as the file can be read."""
        (total,) = sqlite.one(connection, "SELECT coalesce(max(seq), 0) FROM events")
        self.rebuilt.execute("BEGIN")
        for columns in connection.execute(f"{SELECT} ORDER BY seq"):
            if progress and self.events % _PROGRESS_EVERY == 0:
                progress(self.events, total)
            self.events += 1
            try:
                row = read_row(columns)
                if reason := flaw(row, self.seq, self.head):
                    yield reason
                self.seq, self.head = row.seq, row.hash
                self._post(row.record())
            except StoreCorrupt as error:
                yield str(error)
        self.rebuilt.execute("COMMIT")
        if progress:
            progress(self.events, total)

    def _post(self, record: Record) -> None:
        if isinstance(record.event, Started | RulesChanged):
            rules = record.event.rules
            self.currency = rules.currency
            self.first_receipt_nos.add(1 if rules.window is None else rules.window.first_receipt_no)
        try:
            books.post(self.rebuilt, record.seq, record.at_ms, record.entries)
        except sqlite3.IntegrityError as error:
            if len(self.refused) < MAX_FINDINGS:
                self.refused.append(f"event {record.seq}: its entries can not be booked: {error}")


def _collect(findings: Iterable[str]) -> list[str]:
    """The first findings; damage that SQLite itself runs into is one of them."""
    found: list[str] = []
    try:
        for finding in findings:
            if len(found) < MAX_FINDINGS:
                found.append(finding)
    except sqlite3.Error as error:
        found.append(f"the file can not be read on: {error}")
    return found


def _cut_off(connection: sqlite3.Connection, seq: int) -> Iterator[str]:
    """Snapshots and cursors are of events that were durable once."""
    known = "SELECT max(seq) FROM snapshots UNION ALL SELECT max(acked_seq) FROM outbox"
    furthest = max(known_seq or 0 for (known_seq,) in connection.execute(known))
    if furthest > seq:
        yield f"events {seq + 1} to {furthest} are missing at the end"


def _schema_differences(connection: sqlite3.Connection, rebuilt: sqlite3.Connection) -> Iterator[str]:
    """A guard that was taken away would make every other answer worthless."""
    query = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    there = {(kind, name): sql for kind, name, sql in connection.execute(query)}
    for kind, name, sql in rebuilt.execute(query):
        if (kind, name) not in there:
            yield f"the {kind} {name} is missing"
        elif there[kind, name] != sql:
            yield f"the {kind} {name} was altered"


def _row_differences(connection: sqlite3.Connection, rebuilt: sqlite3.Connection) -> Iterator[str]:
    for table, key in books.TABLES.items():
        query = f"SELECT * FROM {table} ORDER BY {key}"
        for number, (there, expected) in enumerate(zip_longest(connection.execute(query), rebuilt.execute(query)), 1):
            if there != expected:
                yield f"{table}, row {number}: it says {there}, the journal says {expected}"


def _damage(connection: sqlite3.Connection) -> Iterator[str]:
    for (message,) in connection.execute(f"PRAGMA integrity_check({MAX_FINDINGS})"):
        if message != "ok":
            yield f"the file is damaged: {message}"


def _acked(connection: sqlite3.Connection) -> int:
    try:
        return int(sqlite.one(connection, "SELECT coalesce(min(acked_seq), 0) FROM outbox")[0])
    except sqlite3.DatabaseError:
        return 0  # the damage is a finding already


def _totals(
    rebuilt: sqlite3.Connection,
    walk: _Walk,
    chain: list[str],
    differences: list[str],
    window: list[str],
    damage: list[str],
    acked: int,
) -> Audit:
    def number(sql: str) -> int:
        return int(sqlite.one(rebuilt, sql)[0])

    by_disposition: dict[str, int] = dict(
        rebuilt.execute("SELECT disposition, sum(amount_minor) FROM bills_settled GROUP BY disposition")
    )
    credited, unclaimed = by_disposition.get("credited", 0), by_disposition.get("unclaimed", 0)
    in_box = """SELECT CAST(amount_minor AS TEXT), count(*) FROM bills_settled
        WHERE disposition IN ('credited', 'unclaimed') GROUP BY amount_minor ORDER BY amount_minor"""
    ends: dict[str, int] = dict(rebuilt.execute("SELECT state, count(*) FROM sales_closed GROUP BY state"))
    return Audit(
        events=walk.events,
        chain_ok=not chain,
        books_ok=not differences,
        shifts_ok=not window,
        sales=Sales(
            paid=ends.get("paid", 0),
            cancelled=ends.get("cancelled", 0),
            open=number("SELECT count(*) FROM sales WHERE sale_no NOT IN (SELECT sale_no FROM sales_closed)"),
        ),
        due_minor=number(
            "SELECT coalesce(sum(due_minor), 0) FROM sales JOIN sales_closed USING (sale_no) WHERE state = 'paid'"
        ),
        cash=Cash(
            stacked_minor=credited + unclaimed,
            by_denomination=dict(rebuilt.execute(in_box)),
            credited_minor=credited,
            unclaimed_minor=unclaimed,
            disputed_minor=by_disposition.get("disputed", 0),
        ),
        change=Change(
            owed_minor=number("SELECT coalesce(sum(change_owed_minor), 0) FROM sales_closed"),
            paid_out_minor=number("SELECT coalesce(sum(amount_minor), 0) FROM change_paid"),
            credit_notes_minor=number("SELECT coalesce(sum(amount_minor), 0) FROM credit_notes"),
        ),
        epay_minor=window_audit.epay_minor(rebuilt),
        refunds_minor=window_audit.refunds_minor(rebuilt),
        credit_notes_redeemed_minor=number("SELECT coalesce(sum(amount_minor), 0) FROM notes_redeemed"),
        shifts=window_audit.shifts_of(rebuilt),
        manual=window_audit.manual_of(rebuilt),
        receipts=Receipts(
            originals=number("SELECT count(*) FROM receipts"), copies=number("SELECT count(*) FROM copies")
        ),
        barrier_openings=number("SELECT count(*) FROM openings WHERE what = 'barrier'"),
        drawer_openings=number("SELECT count(*) FROM openings WHERE what = 'drawer'"),
        outbox_pending=max(0, walk.seq - acked),
        head_hash=walk.head.hex(),
        currency=walk.currency,
        findings=[*chain, *differences, *window, *damage],
    )


def render(found: Audit, language: str = "en") -> str:
    """An audit for people, one fact a line."""

    def amount(minor: int) -> str:
        return money.with_symbol(minor, found.currency) if found.currency else str(minor)

    def line(key: str, **params: object) -> str:
        return say(language, f"audit.{key}", **params)

    notes = ", ".join(f"{count} × {amount(int(minor))}" for minor, count in found.cash.by_denomination.items())
    cash, change = found.cash, found.change
    lines = [
        line("events", n=found.events, head=found.head_hash),
        line("chain_ok" if found.chain_ok else "chain_broken"),
        line("books_ok" if found.books_ok else "books_differ"),
        line("sales", paid=found.sales.paid, cancelled=found.sales.cancelled, open=found.sales.open),
        line("due", due=amount(found.due_minor)),
        line("cash", stacked=amount(cash.stacked_minor), notes=notes or "–"),
        line("cash_as", credited=amount(cash.credited_minor), unclaimed=amount(cash.unclaimed_minor)),
        line("disputed", disputed=amount(cash.disputed_minor)),
        line(
            "change",
            owed=amount(change.owed_minor),
            paid_out=amount(change.paid_out_minor),
            notes=amount(change.credit_notes_minor),
        ),
        line("receipts", originals=found.receipts.originals, copies=found.receipts.copies),
        line("openings", barrier=found.barrier_openings, drawer=found.drawer_openings),
        line("outbox", n=found.outbox_pending),
        *_shift_lines(found, amount, line),
    ]
    return "\n".join([*lines, *(line("finding", what=what) for what in found.findings)])


def _shift_lines(found: Audit, amount: Callable[[int], str], line: Callable[..., str]) -> Iterator[str]:
    """What a window has more than a kiosk."""
    shifts = found.shifts
    if not shifts.open and not shifts.closed:
        return
    methods = ", ".join(f"{method} {amount(minor)}" for method, minor in shifts.tenders_minor.items())
    yield line("shifts_ok" if found.shifts_ok else "shifts_wrong")
    yield line("shifts", open=shifts.open, closed=shifts.closed)
    yield line(
        "drawers",
        float=amount(shifts.float_minor),
        drops=amount(shifts.drops_minor),
        expected=amount(shifts.expected_minor),
        counted=amount(shifts.counted_minor),
    )
    yield line("over_short", over=amount(shifts.over_minor), short=amount(shifts.short_minor))
    yield line("tenders", methods=methods or "–", epay=amount(found.epay_minor))
    corrections = ", ".join(f"{what} {count}" for what, count in shifts.corrections.items())
    yield line("corrections", corrections=corrections or "–", refunds=amount(found.refunds_minor))
    yield line("redeemed", redeemed=amount(found.credit_notes_redeemed_minor))
    if (manual := found.manual).papers or manual.voided or manual.missing:
        yield line(
            "manual", n=manual.papers, taken=amount(manual.taken_minor), voided=manual.voided, missing=manual.missing
        )
