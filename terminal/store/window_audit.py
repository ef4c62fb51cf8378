"""What must hold in the books of a staffed window, and what its shifts come to.

Most of it is a table of questions: each asks the rebuilt books for the rows that break a promise, and says what is wrong with
them. What a question in SQL can not ask, the chain of the Zs and the numbers of the receipts, stands below the table.
"""

import hashlib
import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Iterator

import msgspec

from terminal.shift.corrections import CORRECTIONS
from terminal.shift.corrections import CREDIT_NOTE as NOTE
from terminal.shift.totals import Report
from terminal.store import sqlite

GIVES_BACK = ", ".join(f"'{what}'" for what, rule in CORRECTIONS.items() if rule.gives_back)

# fmt: off
QUESTIONS: tuple[tuple[str, str], ...] = (
    ("shift {} is missing",
     "SELECT shift_no - 1 FROM shifts WHERE shift_no > 1 AND shift_no - 1 NOT IN (SELECT shift_no FROM shifts)"),

    ("shift {} was never closed, and a later one serves",
     "SELECT shift_no FROM drawer_moves WHERE cause = 'float' AND shift_no NOT IN (SELECT shift_no FROM shifts_closed)"
     " AND shift_no < (SELECT max(shift_no) FROM drawer_moves WHERE cause = 'float')"),

    ("shift {}: its Z expects {} in the drawer, what moved comes to {}",
     "SELECT shift_no, expected_minor, (SELECT coalesce(sum(amount_minor), 0) FROM drawer_moves"
     " WHERE drawer_moves.shift_no = shifts_closed.shift_no) AS moved FROM shifts_closed WHERE expected_minor <> moved"),

    ("shift {}: {} counted less {} expected is not {} over",
     "SELECT shift_no, counted_minor, expected_minor, over_minor FROM shifts_closed"
     " WHERE counted_minor - expected_minor <> over_minor"),

    ("shift {}: cash moved (event {}) after it was closed",
     "SELECT shift_no, moves.seq FROM drawer_moves AS moves JOIN shifts_closed AS closed USING (shift_no)"
     " WHERE moves.seq > closed.seq"),

    ("shift {}: its Z is not of its last count",
     "SELECT closed.shift_no FROM shifts_closed AS closed"
     " LEFT JOIN (SELECT shift_no, max(id) AS id FROM shifts_counted GROUP BY shift_no) AS newest USING (shift_no)"
     " LEFT JOIN shifts_counted AS last ON last.id = newest.id"
     " WHERE (last.expected_minor, last.counted_minor) IS NOT (closed.expected_minor, closed.counted_minor)"),

    ("shift {}, count {}: {} is not what its pieces come to, {}",
     "SELECT shift_no, number, sum(counted), sum(found) FROM ("
     "SELECT shift_no, number, counted_minor AS counted, 0 AS found FROM shifts_counted"
     " UNION ALL SELECT shift_no, number, 0, denomination_minor * pieces FROM pieces_counted WHERE occasion = 'count')"
     " GROUP BY shift_no, number HAVING sum(counted) <> sum(found)"),

    ("shift {}: the drawer handed over held {}, but {} were counted",
     "SELECT shift_no, handed.counted_minor, closed.counted_minor FROM drawers_handed_over AS handed"
     " JOIN shifts_closed AS closed USING (shift_no) WHERE handed.counted_minor <> closed.counted_minor"),

    ("shift {}: its drawer was {} with a difference of {}",
     "SELECT shift_no, how, difference_minor FROM drawers_handed_over WHERE how <> 'disputed' AND difference_minor <> 0"),

    ("shift {} follows shift {}, which handed nothing over",
     "SELECT shift_no, follows FROM shifts WHERE follows > 0 AND follows NOT IN"
     " (SELECT shift_no FROM drawers_handed_over WHERE how <> 'cleared')"),

    ("shift {}: its drawer was handed over to {} shifts",
     "SELECT handed.shift_no, count(shifts.shift_no) AS takers FROM drawers_handed_over AS handed"
     " LEFT JOIN shifts ON follows = handed.shift_no WHERE how <> 'cleared' GROUP BY handed.shift_no HAVING takers <> 1"),

    ("shift {} begins with {}, but took over {}",
     "SELECT shifts.shift_no, (SELECT coalesce(sum(amount_minor), 0) FROM drawer_moves WHERE cause = 'float'"
     " AND drawer_moves.shift_no = shifts.shift_no) AS begun, handed.counted_minor + handed.difference_minor AS taken"
     " FROM shifts JOIN drawers_handed_over AS handed ON handed.shift_no = shifts.follows WHERE begun <> taken"),

    ("sale {}: {} tendered, but {} credited",
     "SELECT sale_no, sum(amount_minor) AS tendered, credited_minor FROM tenders JOIN sales_closed USING (sale_no)"
     " GROUP BY sale_no HAVING tendered <> credited_minor"),

    ("sale {}: {} of its cash went into the drawer, {} was tendered",
     "SELECT sale_no, sum(moved), sum(tendered) FROM ("
     "SELECT sale_no, amount_minor AS moved, 0 AS tendered FROM drawer_moves WHERE cause = 'tender'"
     " UNION ALL SELECT sale_no, 0, amount_minor FROM tenders WHERE method = 'cash')"
     " GROUP BY sale_no HAVING sum(moved) <> sum(tendered)"),

    ("sale {}: change of {} was owed, {} left the drawer",
     "SELECT sale_no, sum(owed), sum(given) FROM ("
     "SELECT sale_no, change_owed_minor AS owed, 0 AS given FROM sales_closed WHERE sale_no IN (SELECT sale_no FROM tenders)"
     " UNION ALL SELECT sale_no, 0, -amount_minor FROM drawer_moves WHERE cause = 'change')"
     " GROUP BY sale_no HAVING sum(owed) <> sum(given)"),

    ("sale {} was cancelled, and {} of it stayed in the drawer",
     "SELECT sale_no, sum(amount_minor) AS stayed FROM drawer_moves JOIN sales_closed USING (sale_no)"
     " WHERE state = 'cancelled' AND cause <> 'note_cashed' GROUP BY sale_no HAVING stayed <> 0"),

    ("sale {}: credit notes of {} were honoured, {} counted toward it",
     "SELECT sale_no, sum(honoured), sum(counted) FROM ("
     "SELECT sale_no, amount_minor AS honoured, 0 AS counted FROM notes_redeemed WHERE sale_no IS NOT NULL"
     f" UNION ALL SELECT sale_no, 0, amount_minor FROM tenders WHERE method = '{NOTE}'"
     " UNION ALL SELECT sale_no, 0, -amount_minor FROM drawer_moves WHERE cause = 'note_cashed' AND sale_no IS NOT NULL)"
     " GROUP BY sale_no HAVING sum(honoured) <> sum(counted)"),

    ("event {}: a credit note of {} was cashed, {} left the drawer",
     "SELECT seq, sum(honoured), sum(given) FROM ("
     "SELECT seq, amount_minor AS honoured, 0 AS given FROM notes_redeemed WHERE sale_no IS NULL"
     " UNION ALL SELECT seq, 0, -amount_minor FROM drawer_moves WHERE cause = 'note_cashed' AND sale_no IS NULL)"
     " GROUP BY seq HAVING sum(honoured) <> sum(given)"),

    ("correction {}: receipt {} is not that of sale {}",
     "SELECT correction_no, receipt_no, corrections.sale_no FROM corrections LEFT JOIN receipts USING (receipt_no)"
     " WHERE receipts.sale_no IS NOT corrections.sale_no"),

    ("sale {}: {} was given back of {} paid",
     "SELECT sale_no, sum(amount_minor) AS back, iif(state = 'paid', due_minor, 0) AS paid"
     " FROM corrections JOIN sales USING (sale_no) LEFT JOIN sales_closed USING (sale_no)"
     f" WHERE what IN ({GIVES_BACK}) GROUP BY sale_no HAVING back > paid"),

    # In cash may go back what was paid otherwise: one correction has one way, and a sale may have been paid by several.
    ("sale {}: by {}, {} more went back than was paid so",
     "SELECT sale_no, method, -sum(amount_minor) AS too_much FROM ("
     f"SELECT sale_no, iif(method = '{NOTE}', 'cash', method) AS method, amount_minor FROM tenders"
     " UNION ALL SELECT sale_no, 'cash', -amount_minor FROM change_paid"
     " UNION ALL SELECT sale_no, method, iif(what = 'method', amount_minor, -amount_minor) FROM corrections"
     " WHERE what = 'method' OR (what <> 'change' AND method <> 'cash')"
     f" UNION ALL SELECT sale_no, iif(wrong_method = '{NOTE}', 'cash', wrong_method), -amount_minor FROM corrections"
     " WHERE what = 'method')"
     " WHERE sale_no IN (SELECT sale_no FROM tenders) GROUP BY sale_no, method HAVING too_much > 0"),

    ("event {}: a correction should move {}, {} moved",
     "SELECT seq, sum(due), sum(moved) FROM ("
     "SELECT seq, CASE WHEN what = 'method' THEN amount_minor * ((method = 'cash') - (wrong_method = 'cash'))"
     " WHEN what = 'change' AND shift_no = (SELECT max(shift_no) FROM tenders WHERE tenders.sale_no = corrections.sale_no)"
     " THEN 0 ELSE -amount_minor * (method = 'cash') END AS due, 0 AS moved FROM corrections"
     " UNION ALL SELECT seq, 0, amount_minor FROM drawer_moves WHERE cause IN ('refund', 'correction'))"
     " GROUP BY seq HAVING sum(due) <> sum(moved)"),

    ("envelope {}: {} expected, its papers come to {}",
     "SELECT envelope_no, expected_minor, coalesce(taken, 0) FROM envelopes LEFT JOIN (SELECT envelope_no,"
     " sum(taken_minor) AS taken FROM backfills_checked WHERE NOT withdrawn GROUP BY envelope_no) USING (envelope_no)"
     " WHERE expected_minor <> coalesce(taken, 0)"),

    ("event {}: an envelope of {} went into the drawer, {} moved",
     "SELECT seq, sum(counted), sum(moved) FROM ("
     "SELECT seq, counted_minor AS counted, 0 AS moved FROM envelopes WHERE goes_to = 'drawer'"
     " UNION ALL SELECT seq, 0, amount_minor FROM drawer_moves WHERE cause = 'envelope')"
     " GROUP BY seq HAVING sum(counted) <> sum(moved)"),

    ("event {}: {} approved an act of their own",
     "SELECT seq, who FROM drawer_moves WHERE who = approved_by AND who <> ''"
     " UNION ALL SELECT seq, who FROM shifts_closed WHERE who = approved_by"
     " UNION ALL SELECT seq, who FROM drawers_handed_over WHERE who = approved_by"
     " UNION ALL SELECT seq, who FROM suspect_notes WHERE who = approved_by"),
)
"""What is wrong, and the question whose rows are wrong; the columns fill the gaps, amounts in minor units."""
# fmt: on

EPAY = f"""SELECT
    (SELECT coalesce(sum(amount_minor), 0) FROM tenders WHERE method NOT IN ('cash', '{NOTE}'))
  + (SELECT coalesce(sum(CASE WHEN what = 'method'
        THEN amount_minor * ((method NOT IN ('cash', '{NOTE}')) - (wrong_method NOT IN ('cash', '{NOTE}')))
        ELSE -amount_minor * (method NOT IN ('cash', '{NOTE}')) END), 0) FROM corrections)"""

CLOSED = """SELECT count(*), coalesce(sum(expected_minor), 0), coalesce(sum(counted_minor), 0),
    coalesce(sum(max(over_minor, 0)), 0), coalesce(sum(max(-over_minor, 0)), 0) FROM shifts_closed"""

OPEN = """SELECT count(DISTINCT shift_no) FROM drawer_moves
WHERE cause = 'float' AND shift_no NOT IN (SELECT shift_no FROM shifts_closed)"""

MOVED = """SELECT coalesce(sum(CASE cause WHEN 'float' THEN amount_minor END), 0),
    coalesce(-sum(CASE cause WHEN 'drop' THEN amount_minor END), 0)
FROM drawer_moves WHERE shift_no IN (SELECT shift_no FROM shifts_closed)"""


SIGNED = """SELECT shifts.seq, closed.seq, shift_no, z_no, expected_minor, counted_minor, fingerprint, data
FROM shifts_closed AS closed JOIN shifts USING (shift_no) ORDER BY closed.seq"""

MANUAL = """SELECT
    (SELECT count(*) FROM backfills_checked WHERE NOT withdrawn),
    (SELECT coalesce(sum(taken_minor), 0) FROM backfills_checked WHERE NOT withdrawn),
    (SELECT count(*) FROM papers_standing WHERE fate = 'voided'),
    (SELECT coalesce(sum(missing), 0) FROM pads_now),
    (SELECT coalesce(sum(max(over_minor, 0)), 0) FROM envelopes),
    (SELECT coalesce(sum(max(-over_minor, 0)), 0) FROM envelopes)"""


class Manual(msgspec.Struct):
    """Paper receipts of outages that were entered afterwards; they are in no other total."""

    papers: int
    taken_minor: int
    voided: int
    missing: int
    over_minor: int
    """Of their envelopes."""
    short_minor: int


class Shifts(msgspec.Struct):
    """The shifts of a window. What stood and moved in drawers is of closed shifts only: nobody reads from it what the drawer that
    is in use should hold."""

    open: int
    """Shifts whose float was counted and that are not signed yet."""
    closed: int
    float_minor: int
    """What closed shifts began with; a drawer that was handed over counts for both."""
    drops_minor: int
    """What they gave to the safe."""
    expected_minor: int
    counted_minor: int
    """= expected + over - short."""
    over_minor: int
    short_minor: int
    """Above zero; neither is ever taken off the other."""
    tenders_minor: dict[str, int]
    """What payers gave, less what went back when a sale was cancelled, by method; cash before its change. Of all shifts."""
    corrections: dict[str, int]
    """How many, by what was put right. Of all shifts."""


def shifts_of(books: sqlite3.Connection) -> Shifts:
    """What the shifts come to."""
    closed, expected_minor, counted_minor, over_minor, short_minor = sqlite.one(books, CLOSED)
    float_minor, drops_minor = sqlite.one(books, MOVED)
    return Shifts(
        open=sqlite.one(books, OPEN)[0],
        closed=closed,
        float_minor=float_minor,
        drops_minor=drops_minor,
        expected_minor=expected_minor,
        counted_minor=counted_minor,
        over_minor=over_minor,
        short_minor=short_minor,
        tenders_minor=dict(
            books.execute("SELECT method, sum(amount_minor) FROM tenders GROUP BY method ORDER BY method")
        ),
        corrections=dict(books.execute("SELECT what, count(*) FROM corrections GROUP BY what ORDER BY what")),
    )


def manual_of(books: sqlite3.Connection) -> Manual:
    """What was sold on paper."""
    return Manual(*sqlite.one(books, MANUAL))


def epay_minor(books: sqlite3.Connection) -> int:
    """What was taken by other means than cash, and not given back; a credit note is no such means, it was paid for before."""
    return int(sqlite.one(books, EPAY)[0])


def refunds_minor(books: sqlite3.Connection) -> int:
    """What corrections have given back."""
    query = f"SELECT coalesce(sum(amount_minor), 0) FROM corrections WHERE what IN ({GIVES_BACK})"
    return int(sqlite.one(books, query)[0])


def findings(books: sqlite3.Connection, first_receipt_nos: Collection[int]) -> Iterator[str]:
    """What does not hold; `first_receipt_nos`: where the ranges of numbers begin that this terminal was ever given."""
    for wrong, question in QUESTIONS:
        for row in books.execute(question):
            yield wrong.format(*row)
    yield from _gaps(books, first_receipt_nos)
    yield from _chain(books)


def _gaps(books: sqlite3.Connection, first_receipt_nos: Collection[int]) -> Iterator[str]:
    """Numbers go up by one, or to where a new range begins."""
    before = None
    for seq, number in books.execute("SELECT seq, receipt_no FROM receipts ORDER BY seq, rowid"):
        if before is not None and number != before + 1 and (number < before or number not in first_receipt_nos):
            yield f"event {seq}: receipt {number} follows receipt {before}"
        before = number


def _chain(books: sqlite3.Connection) -> Iterator[str]:
    """Zs are numbered from 1, each carries the fingerprint of the one before it, and says what the books say."""
    before, previous = 0, ""
    issued = list(books.execute("SELECT seq, receipt_no FROM receipts ORDER BY seq, receipt_no"))
    for first_seq, last_seq, shift_no, z_no, *money, fingerprint, data in books.execute(SIGNED):
        if z_no != before + 1:
            yield f"shift {shift_no}: Z {z_no} follows Z {before}"
        if hashlib.sha256(data.encode()).hexdigest()[:16] != fingerprint:
            yield f"Z {z_no}: its fingerprint is not that of its data"
        try:
            report = msgspec.json.decode(data, type=Report)
        except msgspec.MsgspecError as error:
            yield f"Z {z_no}: its data can not be read: {error}"
        else:
            if report.previous != previous:
                yield f"Z {z_no}: it does not carry the fingerprint of the Z before it"
            said = [report.shift_no, report.z_no, report.expected_minor, report.counted_minor]
            if said != [shift_no, z_no, *money]:
                yield f"Z {z_no}: it says {said}, the books say {[shift_no, z_no, *money]}"
            yield from _told_otherwise(books, report, issued, first_seq, last_seq)
        before, previous = z_no, fingerprint


def _told_otherwise(
    books: sqlite3.Connection, report: Report, issued: list[tuple[int, int]], first_seq: int, last_seq: int
) -> Iterator[str]:
    """The sums and numbers on a Z against those of the books; `issued`: event and number of each receipt, in order."""
    taken = [number for _, number in issued[bisect_left(issued, (first_seq,)) : bisect_left(issued, (last_seq + 1,))]]
    numbers = (taken[0], taken[-1]) if taken else (0, 0)
    moved = dict(
        books.execute(
            "SELECT cause, sum(amount_minor) FROM drawer_moves WHERE shift_no = ? GROUP BY cause", (report.shift_no,)
        )
    )
    totals = report.totals
    for what, said, found in (
        ("float", report.float_minor, moved.pop("float", 0)),
        ("movements", {cause: minor for cause, minor in totals.moved_minor.items() if minor}, _without_zeros(moved)),
        ("receipts", (totals.first_receipt_no, totals.last_receipt_no), numbers),
    ):
        if said != found:
            yield f"Z {report.z_no}: {what}: it says {said}, the books say {found}"


def _without_zeros(sums: dict[str, int]) -> dict[str, int]:
    return {cause: minor for cause, minor in sums.items() if minor}
