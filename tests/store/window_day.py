"""A window whose events are in a journal, as the pump writes them, and a day at it in which nearly everything happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.step import Outcome
from terminal.shift.corrections import Reason, What
from terminal.shift.pieces import Pieces, change_for
from terminal.store.journal import FILE
from tests.fsm.window_lives import COLLECTOR, NEXT, SUPERVISOR, WindowLife
from tests.web.phone import JournaledLife

MINUTE_MS = 60_000


class JournaledWindow(JournaledLife, WindowLife):
    """What the intake would look up is looked up in the journal."""

    def sell_for(self, ticket_id: str, cash_minor: int = 1000, hours_ago: float = 1.5) -> Outcome:
        """A whole visit: the ticket, the money, the receipt on paper, the drawer shut."""
        self.up_ms += MINUTE_MS
        self.scan(ticket_id, hours_ago)
        paid = self.tender(cash_minor)
        self.print_all()
        self.close_drawer()
        return paid

    def correct(
        self,
        what: What,
        receipt_no: int,
        amount_minor: int,
        reason: Reason,
        method: str = "cash",
        wrong_method: str = "",
        note: str = "",
    ) -> Outcome:
        """A correction with a supervisor beside the collector, as the intake completes it."""
        done = self.say(
            wev.Corrected(
                who=self.shift.who,
                what=what,
                receipt_no=receipt_no,
                amount_minor=amount_minor,
                reason=reason,
                note=note,
                method=method,
                wrong_method=wrong_method,
                approved_by=SUPERVISOR,
                sold=self.journal.books.sold(receipt_no),
            )
        )
        self.print_all()
        self.close_drawer()
        return done

    def end(self, over_minor: int = 0, reason: wev.DifferenceReason = "", approved_by: str = "") -> Outcome:
        """The blind count, so much over or short, and the signature."""
        counted = change_for(self.shift.expected_minor + over_minor, "CNY")
        self.count(counted)
        signed = self.say(wev.ShiftSigned(self.shift.counter, reason, "", approved_by))
        self.print_all()
        self.close_drawer()
        return signed


def morning(life: JournaledWindow) -> None:
    """The first shift, up to its signature: seven receipts, a void, a refund, a wrong method, a drop, 50 fen short."""
    life.boot()
    life.begin()
    life.print_all()
    life.sell_for("A1", 5000)
    life.sell_for("A2")
    life.up_ms += MINUTE_MS
    life.scan("A3")
    life.tender(600, "pos", "T1")
    life.tender(400)
    life.print_all()
    life.sell_for("A4")
    life.sell_for("A5")
    life.scan("A6")
    life.tender(400)
    life.say(ev.CancelPressed())
    life.close_drawer()
    life.say(ev.TicketScanned("services:", 0, "", basket=(("card", 1),)))
    life.tender(1000)
    life.print_all()
    life.close_drawer()
    life.up_ms += MINUTE_MS
    life.scan("A7")
    life.say(wev.NoteShown("k09", 4, 1300))
    life.print_all()
    life.close_drawer()
    life.correct("void", 2, 1000, "wrong_item")
    life.correct("refund", 4, 300, "other", note="=1+1 half a day")
    life.correct("method", 5, 1000, "wrong_method", method="pos", wrong_method="cash")
    drop: Pieces = ((1000, 5),)
    life.say(wev.CashMoved(COLLECTOR, "drop", drop, SUPERVISOR, "B7"))
    life.say(wev.DrawerAsked(COLLECTOR, "check"))
    life.say(wev.NoteSuspected(COLLECTOR, 10_000, "AB12345678", "kept", SUPERVISOR, "S1"))
    printed = life.journal.books.printed_receipt(1)
    assert printed is not None
    life.say(wev.ReprintAsked(COLLECTOR, 1, printed[0], 0, printed[1]))
    life.print_all()
    life.close_drawer()
    life.end(-50, "wrong_change")


def afternoon(life: JournaledWindow) -> None:
    """The next one disputes the drawer by 50 yuan, sells once, and is a yuan over."""
    disputed = change_for(sum(value * count for value, count in life.shift.counted) - 5000, "CNY")
    life.say(wev.DrawerDisputed(NEXT, "Zhao", disputed, SUPERVISOR, "a note less"))
    life.print_all()
    life.sell_for("B1", 2000)
    life.end(100, "not_found")


@contextmanager
def journaled_window(folder: Path) -> Iterator[JournaledWindow]:
    """A window whose journal is in this folder."""
    life = JournaledWindow(folder / FILE)
    try:
        yield life
    finally:
        life.journal.close()


def whole_day(folder: Path) -> Path:
    """Two shifts, the drawer cleared, the day closed; the path of the journal."""
    with journaled_window(folder) as life:
        morning(life)
        afternoon(life)
        life.say(wev.DrawerCleared(NEXT, SUPERVISOR, "B8"))
        life.print_all()
        life.say(wev.DayClosed(SUPERVISOR))
    return folder / FILE
