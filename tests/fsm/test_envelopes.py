"""The money of paper receipts, and random hands at the desk: the books always add up."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from terminal.fsm import backfill_events as bev
from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.effects import OpenDrawer, PrintDocument, Slip
from terminal.fsm.states import SaleState, ShiftState
from terminal.fsm.window_entries import DrawerMoved
from terminal.fsm.window_policy import open_matters
from terminal.fsm.world import World
from terminal.shift.pieces import Pieces, counted
from terminal.store.audit import audit
from tests.fsm.backfill_office import (
    ISSUED,
    OUTAGE,
    PAPER_MS,
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
from tests.fsm.window_lives import COLLECTOR, FLOAT_MINOR, NEXT, SUPERVISOR


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A pad is out with Zhao, and the outage is noted."""
    made = Office(tmp_path / "journal.db")
    made.say(pad(), ISSUED, OUTAGE)
    yield made
    made.journal.close()


# --- envelopes ----------------------------------------------------------------------------------------------------
def test_an_envelope_for_the_safe(office: Office) -> None:
    """It holds what its papers say: a slip, and nothing in the drawer; afterwards its papers stand."""
    office.say(paper(101), paper(102, taken_minor=500))
    assert office.refused(paper(103, collector="sun")) == "other_envelope"
    done = office.say(envelope(((1000, 1), (500, 1)), bag="E7"))
    assert office.alerts(done) == {}
    assert [effect for effect in done.effects if isinstance(effect, OpenDrawer)] == []
    (slip,) = [effect.document for effect in done.effects if isinstance(effect, PrintDocument)]
    assert isinstance(slip, Slip) and (slip.what, slip.amount_minor, slip.note) == ("envelope", 1500, "E7")
    assert office.shift.expected_minor == FLOAT_MINOR
    assert office.refused(withdraw(101)) == "envelope_settled"
    office.say(paper(103, collector="sun"))
    assert office.refused(withdraw(101)) == "envelope_settled"
    rows = office.rows(
        "SELECT envelope_no, collector, papers, expected_minor, counted_minor, over_minor FROM envelopes"
    )
    assert rows == [(1, NEXT, 2, 1500, 1500, 0)]


def test_an_envelope_into_the_drawer(office: Office) -> None:
    """What was counted lies in the drawer from now on, and its sum knows."""
    office.say(paper(101))
    done = office.say(envelope(((1000, 1),), goes_to="drawer"))
    moves = [(entry.cause, entry.amount_minor, entry.note) for entry in done.entries if isinstance(entry, DrawerMoved)]
    assert moves == [("envelope", 1000, "1")]
    assert [effect.reason for effect in done.effects if isinstance(effect, OpenDrawer)] == ["envelope"]
    assert office.shift.expected_minor == FLOAT_MINOR + 1000


def test_an_envelope_that_does_not_add_up(office: Office) -> None:
    """A reason is wanted, people are called, and the difference is never the drawer's."""
    office.say(paper(101))
    short: Pieces = ((500, 1), (100, 4))
    assert office.refused(envelope(short)) == "needs_reason"
    assert office.refused(envelope(short, reason="other")) == "needs_note"
    assert office.refused(envelope(short, reason="not_found", approved_by="")) == "needs_approval"
    assert office.refused(envelope(short, reason="not_found", approved_by=NEXT)) == "own_approval"
    assert office.refused(envelope(((3, 1),))) == "no_such_denomination"
    done = office.say(envelope(short, reason="not_found", goes_to="drawer"))
    assert office.alerts(done) == {"envelope_differs": {"number": 1, "over_minor": -100, "who": NEXT}}
    assert office.shift.expected_minor == FLOAT_MINOR + 900


def test_an_envelope_without_papers_is_none(office: Office) -> None:
    """Who began with the wrong name takes the entry back, and begins again."""
    office.say(paper(101, collector="sun"), withdraw(101), paper(101))
    assert office.world.window.envelope is not None and office.world.window.envelope.collector == NEXT


def test_an_envelope_outlives_its_shift(office: Office) -> None:
    """It waits through a power cut and a handover, as an open matter."""
    office.say(paper(101))
    office.boot()
    assert "envelope_open" in open_matters(office.world)
    office.say(wev.WindowUnlocked(COLLECTOR), wev.CountAsked(COLLECTOR, "Li"))
    assert office.refused(paper(102)) == "not_now"
    office.say(wev.DrawerCounted(COLLECTOR, ((1000, 10), (500, 10), (100, 50))), wev.ShiftSigned(COLLECTOR))
    office.say(wev.DrawerAccepted("sun", "Sun"))
    office.say(bev.EnvelopeCounted("sun", ((1000, 1),), "safe", approved_by=SUPERVISOR))
    assert office.world.window.envelope is None
    assert office.rows("SELECT shift_no FROM envelopes") == [(2,)]


def test_not_while_a_payer_stands_there(office: Office) -> None:
    """Whoever waits is served first."""
    office.scan()
    assert office.is_in(SaleState.PRICED)
    for event in (pad("B", 201, 225), back(110), OUTAGE, paper(101), void(101), withdraw(101), envelope(YUAN)):
        assert office.refused(event) == "sale_open"


# --- random hands -------------------------------------------------------------------------------------------------
def random_act(office: Office, chance: random.Random) -> ev.Event:
    """Something that somebody at the desk could type, right or wrong."""
    pads = office.rows("SELECT pad_id, first_no, last_no, next_no FROM pads_now ORDER BY first_no")
    pad_id, first_no, last_no, next_no = chance.choice(pads[-2:])
    number = chance.randint(first_no - 1, last_no + 1)
    ((used_no,),) = office.rows(f"SELECT coalesce(max(paper_no), 0) FROM papers_standing WHERE paper_no <= {last_no}")
    blank_no = max(next_no, used_no + 1) + chance.choice((-1, 0, 0, 1, 2))
    new_no = pads[-1][2] + chance.choice((0, 1, 1))
    second = chance.choice((SUPERVISOR,) * 9 + ("", COLLECTOR, NEXT))
    said: dict[str, Callable[[], ev.Event]] = {
        "pad": lambda: bev.PadRegistered(COLLECTOR, f"P{len(pads)}", new_no, new_no + 9, second),
        "issue": lambda: bev.PadIssued(COLLECTOR, pad_id, chance.choice((NEXT, "sun")), second),
        "return": lambda: bev.PadReturned(COLLECTOR, pad_id, blank_no, second),
        "void": lambda: bev.PaperVoided(COLLECTOR, pad_id, number, "spoiled", "", second),
        "withdraw": lambda: bev.PaperWithdrawn(COLLECTOR, pad_id, number, "wrong", second),
        "enter": lambda: paper(
            number,
            pad_id=pad_id,
            collector=chance.choice((NEXT, NEXT, "sun")),
            taken_minor=chance.choice((0, 100, 500, 1000)),
            paper_ms=chance.choice((PAPER_MS, PAPER_MS, THEN_MS - 1)),
            approved_by=second,
        ),
        "count": lambda: bev.EnvelopeCounted(
            COLLECTOR,
            counted([(100, chance.randint(0, 30))] if chance.random() < 0.5 else exact(office.world)),
            chance.choice(("safe", "drawer")),
            chance.choice(("", "not_found")),
            "",
            "",
            second,
        ),
        "cut": lambda: ev.Started("test", office.rules),
        "unlock": lambda: wev.WindowUnlocked(COLLECTOR),
    }
    if office.world.shift is not ShiftState.SERVING and chance.random() < 0.9:
        return said["unlock"]()
    (kind,) = chance.choices(tuple(said), (1, 4, 1, 3, 4, 16, 2, 0.5, 0.5))
    return said[kind]()


STANDING = """SELECT paper_no, coalesce(taken_minor, 0), coalesce(collector, '')
FROM papers_standing LEFT JOIN backfills USING (backfill_no) ORDER BY paper_no"""

WRONG_ENVELOPES = """SELECT envelope_no FROM envelopes WHERE expected_minor <> (SELECT sum(taken_minor)
FROM backfills_checked AS papers WHERE papers.envelope_no = envelopes.envelope_no AND NOT withdrawn)"""


def exact(world: World) -> Pieces:
    """What the open envelope must hold."""
    return ((100, world.window.envelope.taken_minor // 100),) if world.window.envelope else ()


@pytest.mark.parametrize("seed", range(4))
def test_random_hands(tmp_path: Path, seed: int) -> None:
    """No number stands for two things, each envelope is its papers and a difference, nothing is ever taken out of the books."""
    office, chance = Office(tmp_path / "journal.db"), random.Random(seed)
    office.say(OUTAGE, pad())
    standing: dict[int, tuple[int, str]] = {}
    """By number: what was taken, and by whom; of a void nothing by nobody."""
    envelopes: Counter[str] = Counter()
    in_drawer_minor, done = 0, Counter[str]()
    for _ in range(300):
        event = random_act(office, chance)
        outcome = office.say(event)
        if office.told.startswith("refused."):
            assert not outcome.entries or isinstance(event, ev.Started)
            continue
        done[type(event).__name__] += 1
        match event:
            case bev.PaperEntered():
                assert event.number not in standing
                standing[event.number] = event.taken_minor, event.collector
                envelopes[event.collector] += event.taken_minor
            case bev.PaperVoided():
                assert event.number not in standing
                standing[event.number] = 0, ""
            case bev.PaperWithdrawn():
                taken_minor, collector = standing.pop(event.number)
                envelopes[collector] -= taken_minor
            case bev.EnvelopeCounted():
                counted_minor = sum(value * count for value, count in event.pieces)
                (row,) = office.rows(
                    "SELECT collector, expected_minor, counted_minor, over_minor FROM envelopes ORDER BY envelope_no DESC LIMIT 1"
                )
                assert row == (row[0], envelopes[row[0]], counted_minor, counted_minor - envelopes[row[0]])
                envelopes[row[0]] = 0
                in_drawer_minor += counted_minor * (event.goes_to == "drawer")
        assert office.shift.expected_minor == FLOAT_MINOR + in_drawer_minor
    assert len(done) == 9, done
    assert office.rows(STANDING) == [(number, *standing[number]) for number in sorted(standing)]
    assert office.rows(WRONG_ENVELOPES) == []
    lost = set(office.world.window.papers_missing)
    assert not lost & set(standing)
    assert office.rows("SELECT sum(missing) FROM pads_now") == [(len(lost),)]
    office.journal.close()
    assert audit(tmp_path / "journal.db").findings == []
