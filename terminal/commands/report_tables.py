"""The reports of a window as tables: what stands on the screen, and in a file for a spreadsheet, is the same.

A report is a list of tables; a table has a title, perhaps a head, and rows. A cell is a text, a number or an amount. Pure.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from terminal.money import figures
from terminal.publish.sheet import columns_of
from terminal.store.window_facts import Correction, DayBook, Issued, IssuedReceipt, NoSale, ShiftBook, Sum, Suspect
from terminal.words import say


class Minor(int):
    """An amount of money in a cell."""


Cell = str | int | Minor
Row = tuple[Cell, ...]
NOTHING = "–"


class Table(NamedTuple):
    """See above; a table without rows is left out on the screen."""

    title: str
    rows: tuple[Row, ...]
    head: Row = ()


class Writer:
    """Writes the facts of one terminal in one language."""

    def __init__(self, language: str, currency: str, timezone: str) -> None:
        self.language = language
        self._currency = currency
        self._zone = ZoneInfo(timezone)

    # --- the reports -----------------------------------------------------------------------------------------------
    def shift(self, shift: ShiftBook) -> Iterator[Table]:
        """交接班表: a Z, or, before the drawer is counted, how the shift stands."""
        title = self._say("title.shift" if shift.counts else "title.shift_open", n=shift.shift_no)
        yield Table(title, tuple(self._facts(shift)))
        yield from self._drawer(shift)
        yield from self._sold(shift.by_kind, shift.by_method, complete=bool(shift.counts))
        yield self._manual(shift.manual)
        yield self._issued(shift.receipts)
        yield from self._acts(shift.corrections, shift.suspects, shift.no_sales)
        approvals = tuple(sorted(shift.approvals.items()))
        yield Table(self._say("approvals"), approvals)

    def day(self, day: DayBook) -> Iterator[Table]:
        """日结: the closed shifts of a day, and their sums."""
        settled = (
            self._say("settled", who=day.settled_by, at=self._at(day.settled_at_ms or 0)) if day.settled_by else ""
        )
        yield Table(
            self._say("title.day", day=day.day),
            (
                (self._say("day_state"), settled or self._say("not_settled")),
                *((self._say("still_open"), self._say("shift_n", n=number)) for number in day.open_shifts),
                (self._say("over"), Minor(day.over_minor)),
                (self._say("short"), Minor(day.short_minor)),
            ),
        )
        yield Table(
            self._say("shifts"),
            tuple(self._shift_line(each) for each in day.shifts),
            self._head("shift", "name", "begun", "closed", "z", "expected", "counted", "over", "short", "reason"),
        )
        yield Table(
            self._say("by_operator"),
            tuple(
                (each.name, each.shifts, each.sales.number, Minor(each.sales.amount_minor), Minor(each.over_minor),
                 Minor(each.short_minor))
                for each in day.by_operator.values()
            ),
            self._head("name", "shifts", "number", "amount", "over", "short"),
        )  # fmt: skip
        yield from self._sold(day.by_kind, day.by_method, complete=True)
        yield self._manual(day.manual)
        yield Table(self._say("moved"), tuple(self._moved(day.moved_minor)))
        yield self._issued(day.receipts)
        yield from self._acts(
            tuple(each for shift in day.shifts for each in shift.corrections),
            tuple(each for shift in day.shifts for each in shift.suspects),
            tuple(each for shift in day.shifts for each in shift.no_sales),
        )

    def receipts(self, issued: Issued, receipts: tuple[IssuedReceipt, ...], *, whole: bool) -> Iterator[Table]:
        """The numbers, and the receipts with which something was done afterwards; `whole`: all of them."""
        yield self._issued(issued)
        yield Table(
            self._say("receipts"),
            tuple(
                (each.receipt_no, self._at(each.at_ms), each.shift_no, each.sale_no, self._word("window.kind", each.kind),
                 Minor(each.due_minor), each.copies, Minor(each.given_back_minor), self._yes(each.voided))
                for each in receipts
                if whole or each.copies or each.given_back_minor
            ),
            self._head("receipt", "at", "shift", "sale", "kind", "amount", "copies", "given_back", "voided"),
        )  # fmt: skip

    def corrections(self, corrections: tuple[Correction, ...]) -> Table:
        """冲红: each with its reason and its two names."""
        return Table(
            self._say("corrections"),
            tuple(
                (each.correction_no, self._at(each.at_ms), each.shift_no, self._word("window.correct", each.what),
                 each.receipt_no, Minor(each.amount_minor), self._way(each), self._why(each), each.who,
                 each.approved_by or NOTHING)
                for each in corrections
            ),
            self._head("no", "at", "shift", "what", "receipt", "amount", "method", "reason", "who", "second"),
        )  # fmt: skip

    # --- their parts -----------------------------------------------------------------------------------------------
    def _facts(self, shift: ShiftBook) -> Iterator[Row]:
        yield self._say("name"), f"{shift.name} ({shift.who})"
        yield self._say("begun"), self._at(shift.begun_at_ms)
        if shift.follows:
            yield self._say("follows"), self._say("shift_n", n=shift.follows)
        yield self._say("state"), self._say(f"state.{shift.state}")
        if shift.closed_at_ms is not None:
            yield self._say("closed"), self._at(shift.closed_at_ms)
            yield self._say("signed_by"), shift.signed_by
            yield self._say("z"), f"{shift.z_no} ({shift.fingerprint} ← {shift.previous or NOTHING})"
        if (handed := shift.handover) is not None:
            names = " + ".join(filter(None, (handed.who, handed.approved_by)))
            yield self._say("drawer"), f"{self._say(f'handed.{handed.how}')}, {names}, {self._at(handed.at_ms)}"
            if handed.difference_minor:
                yield self._say("disputed_by"), Minor(handed.difference_minor)
            if handed.note:
                yield self._say("note"), handed.note

    def _drawer(self, shift: ShiftBook) -> Iterator[Table]:
        if shift.moved_minor is None:
            yield Table(
                self._say("drawer"),
                ((self._say("cause.float"), Minor(shift.float_minor)), (self._say("not_counted"), "")),
            )
            return
        rows: list[Row] = [(self._say("cause.float"), Minor(shift.float_minor)), *self._moved(shift.moved_minor)]
        for key, minor in (
            ("expected", shift.expected_minor),
            ("counted", shift.counted_minor),
            ("over", shift.over_minor),
            ("short", shift.short_minor),
        ):
            rows.append((self._say(key), Minor(minor or 0)))
        if shift.reason:
            why = self._said("window.difference", shift.reason, shift.note)
            rows.append((self._say("reason"), " + ".join(filter(None, (why, shift.approved_by)))))
        yield Table(self._say("drawer"), tuple(rows))
        yield Table(
            self._say("pieces"),
            tuple((Minor(value), count, Minor(value * count)) for value, count in shift.pieces),
            self._head("piece", "number", "amount"),
        )
        if len(shift.counts) > 1:
            yield Table(
                self._say("counts"),
                tuple(
                    (each.number, each.who, Minor(each.expected_minor), Minor(each.counted_minor))
                    for each in shift.counts
                ),
                self._head("no", "who", "expected", "counted"),
            )

    def _moved(self, moved_minor: dict[str, int]) -> Iterator[Row]:
        for cause, minor in moved_minor.items():
            yield self._say(f"cause.{cause}"), Minor(minor)

    def _sold(self, by_kind: dict[str, Sum], by_method: dict[str, Sum], *, complete: bool) -> Iterator[Table]:
        """Before the count nothing stands here that cash could be reckoned from."""
        head = self._head("", "number", "amount")
        for title, group, sums in (
            ("by_kind", "window.kind", by_kind),
            ("by_method" if complete else "by_method_open", "window.means", by_method),
        ):
            rows: list[Row] = [
                (self._word(group, name), each.number, Minor(each.amount_minor)) for name, each in sums.items()
            ]
            if len(rows) > 1:  # not how many: a sale may be paid by several methods
                rows.append((self._say("total"), "", Minor(sum(each.amount_minor for each in sums.values()))))
            yield Table(self._say(title), tuple(rows), head)

    def _manual(self, manual: Sum) -> Table:
        """What was sold on paper in an outage, apart from all else."""
        rows: tuple[Row, ...] = ((self._say("papers"), manual.number, Minor(manual.amount_minor)),)
        return Table(self._say("manual"), rows if manual.number else ())

    def _issued(self, issued: Issued) -> Table:
        if not issued.issued:
            return Table(self._say("numbers"), ((self._say("issued"), 0),))
        gaps = ", ".join(f"{first}–{last}" if last > first else str(first) for first, last in issued.gaps)
        return Table(
            self._say("numbers"),
            (
                (self._say("issued"), issued.issued),
                (self._say("first_last"), f"{issued.first}–{issued.last}"),
                (self._say("voided"), ", ".join(map(str, issued.voided)) or NOTHING),
                (self._say("gaps"), gaps or NOTHING),
                (self._say("copies"), issued.copies),
            ),
        )

    def _acts(
        self, corrections: tuple[Correction, ...], suspects: tuple[Suspect, ...], no_sales: tuple[NoSale, ...]
    ) -> Iterator[Table]:
        yield self.corrections(corrections)
        yield Table(
            self._say("suspects"),
            tuple(
                (self._at(each.at_ms), each.shift_no, Minor(each.amount_minor), each.serial, self._say(f"suspect.{each.how}"),
                 each.who, each.approved_by or NOTHING, each.slip or NOTHING)
                for each in suspects
            ),
            self._head("at", "shift", "amount", "serial", "what", "who", "second", "slip"),
        )  # fmt: skip
        yield Table(
            self._say("no_sales"),
            tuple(
                (self._at(each.at_ms), each.shift_no, self._word("window.no_sale", each.reason), each.who)
                for each in no_sales
            ),
            self._head("at", "shift", "reason", "who"),
        )

    def _shift_line(self, shift: ShiftBook) -> Row:
        reason = self._said("window.difference", shift.reason, shift.note) if shift.reason else NOTHING
        return (
            shift.shift_no, shift.name, self._at(shift.begun_at_ms), self._at(shift.closed_at_ms or 0), shift.z_no,
            Minor(shift.expected_minor or 0), Minor(shift.counted_minor or 0), Minor(shift.over_minor or 0),
            Minor(shift.short_minor or 0), reason,
        )  # fmt: skip

    def _way(self, correction: Correction) -> str:
        """By which way the money went back, or from which method to which other."""
        ways = [correction.wrong_method] if correction.what == "method" else []
        return " → ".join(self._word("window.means", way) for way in (*ways, correction.method))

    def _why(self, correction: Correction) -> str:
        return self._said("window.why", correction.reason, correction.note)

    # --- words -----------------------------------------------------------------------------------------------------
    def _say(self, key: str, **params: object) -> str:
        return say(self.language, f"report.{key}", **params)

    def _said(self, group: str, reason: str, note: str) -> str:
        """A reason and what was written to it; “other” is said by its note."""
        word = self._say("other") if reason == "other" else self._word(group, reason)
        return ": ".join(filter(None, (word, note)))

    def _word(self, group: str, name: str) -> str:
        """A name of the program in words; one that the site has given stays as it is."""
        key = f"{group}.{name}"
        word = say(self.language, key)
        return name if word == key else word

    def _yes(self, is_so: bool) -> str:
        return self._say("yes") if is_so else NOTHING

    def _head(self, *names: str) -> Row:
        return tuple(self._say(f"head.{name}") if name else "" for name in names)

    def _at(self, at_ms: int) -> str:
        return f"{datetime.fromtimestamp(at_ms / 1000, self._zone):%Y-%m-%d %H:%M}"

    # --- on the screen, and in a file --------------------------------------------------------------------------------
    def text(self, tables: Iterable[Table]) -> str:
        """For people: amounts to the right, a line between the tables."""
        return "\n\n".join("\n".join(self._lines(table)) for table in tables if table.rows)

    def _lines(self, table: Table) -> Iterator[str]:
        yield table.title
        rows = [*([table.head] if table.head else []), *table.rows]
        texts = [[self._written(cell) for cell in row] for row in rows]
        widths = [max(columns_of(row[place]) for row in texts) for place in range(len(rows[0]))]
        to_the_right = [isinstance(cell, int) for cell in table.rows[0]]
        for row in texts:
            cells = zip(row, widths, to_the_right, strict=True)
            yield "  " + "  ".join(_padded(*cell) for cell in cells).rstrip()

    def lines_for_file(self, tables: Iterable[Table]) -> Iterator[list[str]]:
        """For a spreadsheet: each row begins with the title of its table; amounts are plain figures."""
        for table in tables:
            for row in [*([table.head] if table.head else []), *table.rows]:
                yield [table.title, *(self._written(cell, defuse) for cell in row)]

    def _written(self, cell: Cell, text: Callable[[str], str] = str) -> str:
        if isinstance(cell, Minor):
            return figures(cell, self._currency)
        return text(cell) if isinstance(cell, str) else str(cell)


def defuse(text: str) -> str:
    """A text that no spreadsheet takes for a formula: what a collector typed is not ours."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _padded(text: str, width: int, to_the_right: bool) -> str:
    gap = " " * (width - columns_of(text))
    return gap + text if to_the_right else text + gap
