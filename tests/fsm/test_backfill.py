"""Pads, outages and paper receipts: what is entered, what is refused, and what the other terminals hear."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from terminal.fees.schedule.model import Version
from terminal.fsm import backfill_events as bev
from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.effects import TellPaid
from terminal.fsm.window_entries import DrawerMoved
from terminal.fsm.window_policy import open_matters
from terminal.fsm.world import Notice
from terminal.link.messages import Names
from terminal.pay.tickets import make_ticket
from terminal.stays import reports as rp
from terminal.store.record import Record, row_of
from tests.fsm.backfill_office import (
    ISSUED,
    KEY,
    OUTAGE,
    PAPER_MS,
    PLATE,
    THEN_MS,
    YUAN,
    Office,
    back,
    envelope,
    pad,
    paper,
    void,
    withdraw,
)
from tests.fsm.lives import WALL_MS
from tests.fsm.news import GRACE, HOUR_MS, MINUTE_MS, NAMES
from tests.fsm.window_lives import COLLECTOR, FLOAT_MINOR, NEXT, SUPERVISOR


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A pad is out with Zhao, and the outage is noted."""
    made = Office(tmp_path / "journal.db")
    made.say(pad(), ISSUED, OUTAGE)
    yield made
    made.journal.close()


# --- pads ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (pad("A", 201, 225), "pad_exists"),
        (pad("B", 125, 149), "pad_overlaps"),
        (pad("B", 90, 101), "pad_overlaps"),
        (pad("B", 110, 111), "pad_overlaps"),
        (pad("B", 225, 201), "bad_numbers"),
        (pad("B", 201, 10**30), "bad_numbers"),
        (pad("B", -(10**30), 225), "bad_numbers"),
        (pad("", 201, 225), "bad_pad"),
        (pad("B", 201, 225, approved_by=""), "needs_approval"),
        (pad("B", 201, 225, approved_by=COLLECTOR), "own_approval"),
        (ISSUED, "pad_is_out"),
        (bev.PadIssued(COLLECTOR, "Z", NEXT, SUPERVISOR), "no_such_pad"),
        (back(127), "no_such_paper"),
        (back(110, approved_by=""), "needs_approval"),
        (bev.PadReturned(COLLECTOR, "Z", 1, SUPERVISOR), "no_such_pad"),
        (bev.PadReturned(NEXT, "A", 110, SUPERVISOR), "not_your_shift"),
    ],
)
def test_acts_with_pads_that_are_refused(office: Office, event: ev.Event, reason: str) -> None:
    """Each with its reason; nothing is booked."""
    assert office.refused(event) == reason


def test_a_pad_beside_another(office: Office) -> None:
    """The next range is free."""
    office.say(pad("B", 126, 150))
    assert office.told == "window.pad_registered"
    assert office.rows("SELECT pad_id, holder, next_no, missing FROM pads_now") == [
        ("A", NEXT, 101, 0),
        ("B", "", 126, 0),
    ]
    assert office.refused(bev.PadIssued(COLLECTOR, "B", "", SUPERVISOR)) == "needs_collector"


def test_a_missing_number_is_an_incident(office: Office) -> None:
    """People are called, it is an open matter, and it stays so until the number is entered or voided after all."""
    office.say(paper(101), void(103))
    came = office.say(back(105))
    assert office.alerts(came) == {"papers_not_returned": {"pad": "A", "number": 102, "papers": 2, "who": NEXT}}
    assert office.told == "window.papers_not_returned"
    assert open_matters(office.world) == ("envelope_open", "papers_missing")
    assert office.rows("SELECT holder, next_no, missing FROM pads_now") == [("", 105, 2)]
    assert office.refused(paper(105)) == "paper_is_blank"
    assert office.refused(back(110)) == "pad_is_in"
    office.say(paper(102), void(104, reason="lost"))
    assert "papers_missing" not in open_matters(office.world)
    assert office.rows("SELECT missing FROM pads_now") == [(0,)]


def test_a_pad_that_comes_back_whole(office: Office) -> None:
    """Nothing is missing, nobody is called; what is blank goes out again, until nothing is."""
    office.say(paper(101))
    assert office.refused(back(101)) == "paper_not_blank"
    assert office.alerts(office.say(back(102))) == {}
    assert office.told == "window.pad_returned"
    office.say(ISSUED)
    assert office.told == "window.pad_issued"
    office.say(back(126))
    assert office.world.window.papers_missing == tuple(range(102, 126))
    assert office.refused(ISSUED) == "pad_is_used_up"


# --- the outage ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (bev.OutageNoted(COLLECTOR, THEN_MS, THEN_MS, "power"), "bad_outage"),
        (bev.OutageNoted(COLLECTOR, THEN_MS, WALL_MS + 1, "power"), "bad_outage"),
        (bev.OutageNoted(COLLECTOR, -1, THEN_MS, "power"), "bad_outage"),
        (bev.OutageNoted(COLLECTOR, THEN_MS - 32 * 24 * HOUR_MS, THEN_MS, "power"), "bad_outage"),
        (bev.OutageNoted(COLLECTOR, THEN_MS, WALL_MS, "other"), "needs_note"),
        (bev.OutageNoted(NEXT, THEN_MS, WALL_MS, "power"), "not_your_shift"),
    ],
)
def test_outages_that_are_refused(office: Office, event: ev.Event, reason: str) -> None:
    """One that is not over, has no length, or is mistyped."""
    assert office.refused(event) == reason


# --- papers -------------------------------------------------------------------------------------------------------
def test_a_paper_is_kept_beside_what_it_should_have_been(office: Office) -> None:
    """9 yuan were taken for what costs 10 at the paper's time; marked, and with both days."""
    done = office.say(paper(101, taken_minor=900))
    assert [entry for entry in done.entries if isinstance(entry, DrawerMoved)] == []
    (row,) = office.rows(
        "SELECT mark, paper_no, occurred_ms, taken_minor, should_minor, difference_minor, cause FROM backfills_checked"
    )
    assert row == ("MANUAL", 101, PAPER_MS, 900, 1000, -100, "power")
    assert office.told == "window.paper_entered_should"
    assert (office.shift.totals.manual, office.shift.totals.manual_minor) == (1, 900)
    assert (office.shift.totals.sales, office.shift.expected_minor) == (0, FLOAT_MINOR)


def test_the_price_is_that_of_the_papers_time(tmp_path: Path) -> None:
    """A tariff that became dearer meanwhile does not make the paper wrong."""
    old = GRACE.versions[0]
    dearer = Version(
        valid_from="2026-02-02",
        rates=(old.rates[0].__class__(name=NAMES, units=(old.rates[0].units[0].__class__(minor=900, minutes=60),)),),
    )
    tariff = GRACE.__class__(
        title=NAMES,
        currency="CNY",
        timezone="Asia/Shanghai",
        classes=GRACE.classes,
        longest_stay_days=2,
        versions=(old, dearer),
    )
    office = Office(tmp_path / "journal.db", tariffs={"T2": tariff})
    day_ms = 24 * HOUR_MS
    then_ms = WALL_MS - 3 * day_ms
    office.say(pad(), ISSUED, bev.OutageNoted(COLLECTOR, then_ms - day_ms, then_ms, "power"))
    office.say(paper(101, tariff_id="T2", paper_ms=then_ms, entered_ms=then_ms - HOUR_MS))
    office.say(bev.OutageNoted(COLLECTOR, WALL_MS - HOUR_MS, WALL_MS, "power"))
    office.say(paper(102, tariff_id="T2", paper_ms=WALL_MS, entered_ms=WALL_MS - HOUR_MS))
    assert office.rows("SELECT should_minor FROM backfills") == [(400,), (900,)]
    office.journal.close()


@pytest.mark.parametrize(
    ("more", "should_minor"),
    [
        ({"entered_ms": None}, None),
        ({"entered_ms": None, "tariff_id": "T2"}, 3000),
        ({"entered_ms": PAPER_MS}, 0),
        ({"entered_ms": PAPER_MS - 3 * 24 * HOUR_MS, "tariff_id": "T2"}, None),
        ({"plate": "", "taken_minor": 0}, 1000),
    ],
)
def test_what_a_paper_does_not_tell(office: Office, more: dict[str, Any], should_minor: int | None) -> None:
    """Without an entry the price is that of a lost ticket, or nobody can know; the paper is entered all the same."""
    office.say(paper(101, **more))
    assert office.rows("SELECT should_minor FROM backfills") == [(should_minor,)]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (paper(100), "no_such_paper"),
        (paper(-(10**30)), "no_such_paper"),
        (paper(101, pad_id="Z"), "no_such_pad"),
        (paper(101, paper_ms=THEN_MS - 1), "no_outage"),
        (paper(101, paper_ms=THEN_MS + 3 * HOUR_MS + 1), "no_outage"),
        (paper(101, paper_ms=10**30), "no_outage"),
        (paper(101, collector=""), "needs_collector"),
        (paper(101, taken_minor=-1), "bad_amount"),
        (paper(101, taken_minor=10_000_001), "bad_amount"),
        (paper(101, plate="?"), "bad_plate"),
        (paper(101, ticket_id="a b"), "no_such_stay"),
        (paper(101, entered_ms=PAPER_MS + 1), "left_before_entry"),
        (paper(101, entered_ms=0), "left_before_entry"),
        (paper(101, tariff_id="T9"), "unknown_tariff"),
        (paper(101, tariff_id="T2", vehicle="tank"), "unknown_class"),
        (paper(101, approved_by=""), "needs_approval"),
        (paper(101, approved_by=COLLECTOR), "own_approval"),
        (paper(101, approved_by=NEXT), "own_approval"),
        (void(126), "no_such_paper"),
        (void(101, reason="other"), "needs_note"),
        (void(101, approved_by=""), "needs_approval"),
        (withdraw(101), "paper_not_entered"),
        (withdraw(100), "no_such_paper"),
        (envelope(YUAN), "no_envelope"),
    ],
)
def test_papers_that_are_refused(office: Office, event: ev.Event, reason: str) -> None:
    """Each with its reason; nothing is booked."""
    assert office.refused(event) == reason


def test_no_number_twice(office: Office) -> None:
    """What was entered or voided is not entered or voided again, under no pad, in no later life."""
    office.say(paper(101), void(102))
    office.boot()
    office.say(wev.WindowUnlocked(COLLECTOR))
    for event in (paper(101), void(101), paper(102), void(102)):
        assert office.refused(event) == "paper_twice"


def test_a_wrong_entry_is_withdrawn_by_a_new_one(office: Office) -> None:
    """Both stay in the books; the number is free again, the envelope has what is left, and the stay is not paid."""
    office.say(paper(101), paper(102, taken_minor=500, ticket_id="S-9"))
    assert [each.due_minor for each in office.journal.books.payments("S-9")] == [500]
    assert office.refused(withdraw(102, note="")) == "needs_note"
    assert office.refused(withdraw(102, approved_by="")) == "needs_approval"
    office.say(withdraw(102))
    assert office.journal.books.payments("S-9") == []
    assert office.refused(withdraw(102)) == "paper_not_entered"
    office.say(paper(102, taken_minor=600))
    assert office.world.window.envelope is not None
    assert (office.world.window.envelope.papers, office.world.window.envelope.taken_minor) == (2, 1600)
    rows = office.rows("SELECT paper_no, taken_minor, withdrawn FROM backfills_checked ORDER BY backfill_no")
    assert rows == [(101, 1000, 0), (102, 500, 1), (102, 600, 0)]
    office.say(void(103), withdraw(103), paper(103))
    assert office.rows("SELECT fate FROM papers_standing WHERE paper_no = 103") == [("entered",)]


def test_a_number_that_is_withdrawn_after_its_pad_came_back_is_missing(office: Office) -> None:
    """Until it is entered anew."""
    office.say(paper(101), back(102), withdraw(101))
    assert office.world.window.papers_missing == (101,)
    assert office.rows("SELECT missing FROM pads_now") == [(1,)]
    office.say(paper(101))
    assert office.rows("SELECT missing FROM pads_now") == [(0,)]


def test_what_is_told_and_who_approved(office: Office) -> None:
    """The collector reads what was done, with its figures; each second person is counted; a void keeps its reason."""
    said: dict[ev.Event, tuple[str, dict[str, int | str]]] = {
        pad("B", 201, 225): ("pad_registered", {"pad": "B"}),
        bev.PadIssued(COLLECTOR, "B", "sun", SUPERVISOR): ("pad_issued", {"pad": "B", "holder": "sun", "number": 201}),
        OUTAGE: ("outage_noted", {"number": 2}),
        paper(101, taken_minor=900): (
            "paper_entered_should",
            {"number": 101, "amount_minor": 900, "should_minor": 1000},
        ),
        paper(102, entered_ms=None): ("paper_entered", {"number": 102, "amount_minor": 1000}),
        void(103, reason="other", note="wet"): ("paper_voided", {"number": 103}),
        withdraw(103): ("paper_withdrawn", {"number": 103}),
        back(106): ("papers_not_returned", {"pad": "A", "number": 103, "papers": 3}),
        envelope(((1000, 2),), reason="other", note="tip"): ("envelope_settled", {"number": 1, "amount_minor": 2000}),
    }
    before = office.shift.totals.approvals[SUPERVISOR]
    for event, (key, params) in said.items():
        office.say(event)
        assert office.world.window.told == Notice(f"window.{key}", params)
    assert office.shift.totals.approvals[SUPERVISOR] == before + len(said) - 1, "an outage is noted by one"
    assert office.rows("SELECT reason, note FROM papers WHERE fate = 'voided'") == [("other", "wet")]
    assert office.rows("SELECT note FROM papers_freed") == [("typed wrong",)]
    assert office.rows("SELECT reason, note, over_minor FROM envelopes") == [("other", "tip", 100)]
    people = office.rows("SELECT who, approved_by FROM papers UNION SELECT who, approved_by FROM pads_handed")
    assert people == [(COLLECTOR, SUPERVISOR)]


# --- stays --------------------------------------------------------------------------------------------------------
def test_a_stay_counts_as_paid(office: Office) -> None:
    """The car of the plate is told to the other terminals with the paper's time, and its ticket is not sold again here."""
    office.say(ev.Reported(rp.VehicleEntered("r1", "S-1", PLATE, PAPER_MS - 90 * MINUTE_MS, "T1")))
    done = office.say(paper(101, plate="粤B·12345", entered_ms=None, taken_minor=700))
    (told,) = [effect for effect in done.effects if isinstance(effect, TellPaid)]
    assert told == TellPaid("S-1", 700, at_ms=PAPER_MS)
    assert office.rows("SELECT stay_id, plate, should_minor FROM backfills") == [("S-1", PLATE, 1000)]
    record = Record(9, office.now.wall_ms, 0, ev.TimedOut(), (told,))
    (message,) = [each for each in Names("lot-a", "k01", KEY).event(row_of(record, bytes(32))) if "/paid" in each.topic]
    report = rp.read_report(message.payload, KEY, office.now.wall_ms)
    assert isinstance(report, rp.PaidElsewhere)
    assert (report.ticket_id, report.at_ms, report.amount_minor) == ("S-1", PAPER_MS, 700)
    office.say(ev.CodeScanned(make_ticket(KEY, "S-1", (PAPER_MS - 90 * MINUTE_MS) // 1000, "T1")))
    assert office.world.sale is None
    assert office.world.notice is not None and office.world.notice.key == "refused.already_paid"


def test_which_stay_a_plate_means(office: Office) -> None:
    """The one in which the car was here then: not one that was over, not one that had not begun."""
    for number, (stay_id, came_ms, left_ms) in enumerate(
        [
            ("old", PAPER_MS - 9 * HOUR_MS, PAPER_MS - 5 * HOUR_MS),
            ("then", PAPER_MS - 90 * MINUTE_MS, PAPER_MS + MINUTE_MS),
            ("later", PAPER_MS + HOUR_MS, None),
        ]
    ):
        office.say(ev.Reported(rp.VehicleEntered(f"e{number}", stay_id, PLATE, came_ms, "T1")))
        if left_ms is not None:
            office.say(ev.Reported(rp.VehicleLeft(f"l{number}", stay_id, left_ms)))
    office.say(paper(101), paper(102, plate="京A99999"))
    assert office.rows("SELECT stay_id, should_minor FROM backfills") == [("then", 1000), ("", 1000)]


def test_what_was_paid_before_the_paper_counts_and_what_came_later_does_not(office: Office) -> None:
    """A car that another terminal had let pay owed nothing more; one that paid there afterwards did owe."""
    for stay_id, at_ms in (("S-1", PAPER_MS - MINUTE_MS), ("S-2", PAPER_MS + MINUTE_MS)):
        office.say(ev.Reported(rp.PaidElsewhere(f"r{stay_id}", "k02", stay_id, at_ms, 400)))
    for number, stay_id in ((101, "S-1"), (102, "S-2")):
        office.say(paper(number, ticket_id=stay_id, tariff_id="T2"))
    assert office.rows("SELECT should_minor FROM backfills") == [(0,), (800,)]


def test_a_stay_whose_reports_contradict_the_paper(office: Office) -> None:
    """It left, they say, before it came, as the paper says: the paper counts."""
    office.say(ev.Reported(rp.VehicleEntered("r1", "S-1", PLATE, PAPER_MS - 9 * HOUR_MS, "T1")))
    office.say(ev.Reported(rp.VehicleLeft("r2", "S-1", PAPER_MS - 8 * HOUR_MS)))
    office.say(paper(101, ticket_id="S-1"))
    assert office.rows("SELECT stay_id, should_minor FROM backfills") == [("S-1", 1000)]
