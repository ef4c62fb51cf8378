"""How a sale ends that is not paid: what is told, what is booked, in which language; and a sale that an open door holds up."""

import pytest

from terminal.fsm import events as ev
from terminal.fsm.actions import telling
from terminal.fsm.effects import Alert
from terminal.fsm.entries import SaleClosed
from terminal.fsm.states import SaleState
from tests.fsm.lives import Life
from tests.fsm.test_sale import booked
from tests.fsm.test_told import priced, told, wakes_in_s

REST = SaleState.OUT_OF_SERVICE
ENDS: list[tuple[ev.Event, str, SaleState]] = [
    (ev.CancelPressed(), "cancelled", SaleState.IDLE),
    (ev.TimedOut(), "timed_out", SaleState.IDLE),
    (ev.DeviceChanged("printer", ("paper_out",)), "device", REST),
    (ev.StaffActed("chen", "close"), "staff", REST),
    (ev.DoorOpened(), "door", SaleState.SERVICE),
    (ev.Started("test", Life().rules), "power", REST),
]


@pytest.mark.parametrize(("end", "why", "state"), ENDS, ids=[why for _, why, _ in ENDS])
def test_a_priced_sale_that_ends_says_why(end: ev.Event, why: str, state: SaleState) -> None:
    """In the payer's language and for long enough to come back and read it; the books know it too."""
    life = priced()
    life.say(ev.LanguageChosen("en"), end)
    assert (life.world.state, life.world.sale) == (state, None)
    assert (told(life), wakes_in_s(life)) == ((f"ended.{why}", {}), 30)
    assert life.world.language == "en"
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 0, 0, why)]  # type: ignore[arg-type]
    life.time_out()
    assert (told(life), wakes_in_s(life), life.world.language) == (None, None, "zh-CN")


@pytest.mark.parametrize(("end", "why"), [(ev.CancelPressed(), "cancelled"), (ev.TimedOut(), "timed_out")])
@pytest.mark.parametrize("moving", [False, True])
def test_a_sale_with_money_in_it_says_why_it_ended(end: ev.Event, why: str, moving: bool) -> None:
    """While its money comes back; the reason is that of the moment at which it was to end, not of its last note."""
    life = priced()
    life.insert(500)
    life.say(*([ev.BillHeld(100)] if moving else []), end)
    assert life.is_in(SaleState.CANCELLING if moving else SaleState.PRINTING)
    if moving:
        life.say(ev.BillStacked(100))
    credited_minor = 600 if moving else 500
    assert told(life) == (f"ended.{why}", {})
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", credited_minor, credited_minor, why)]  # type: ignore[arg-type]
    life.print_all()
    assert (life.world.state, told(life)) == (SaleState.LEAVING, (f"ended.{why}", {}))


def test_the_reason_outlives_a_power_cut() -> None:
    """The payer had cancelled; the note is found after the start."""
    life = priced()
    life.say(ev.BillHeld(500, "U1", 3), ev.CancelPressed())
    (order,) = life.world.pending
    life.say(ev.Started("test", life.rules), ev.EffectFound(order, "in_box"))
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 500, 500, "cancelled")]


def test_who_has_paid_ends_for_no_reason() -> None:
    """Too late to cancel: the note suffices."""
    life = priced()
    life.say(ev.BillHeld(1000), ev.CancelPressed(), ev.BillStacked(1000))
    assert booked(life, SaleClosed) == [SaleClosed(1, "paid", 1000, 0, "")]
    assert told(life) is None


def test_another_ticket_takes_the_place_of_the_first() -> None:
    """Nobody is told that the first has ended, and the language is the next payer's to choose."""
    life = priced()
    life.say(ev.LanguageChosen("en"))
    life.scan("B")
    assert booked(life, SaleClosed) == [SaleClosed(1, "cancelled", 0, 0, "replaced")]
    assert (told(life), life.world.language) == (None, "zh-CN")


@pytest.mark.parametrize("covered_up", [False, True])
def test_it_is_not_said_that_nothing_was_taken_while_a_note_is_missing(covered_up: bool) -> None:
    """Even when something else was told meanwhile; a note that was found again is no reason any more."""
    life = priced()
    life.say(ev.BillHeld(500))
    (order,) = life.world.pending
    life.say(ev.EffectFound(order, "nothing"))
    life.say(*([ev.CodeRefused("wrong_tag", "PK")] if covered_up else []), ev.TimedOut())
    assert (told(life), wakes_in_s(life)) == (("returned.disputed", {"amount_minor": 500}), telling.LONG_NOTICE_S)
    life = priced()
    life.say(ev.BillHeld(500))
    (order,) = life.world.pending
    life.say(ev.EffectFound(order, "nothing"), ev.EffectFound(order, "given_back"), ev.TimedOut())
    assert told(life) == ("ended.timed_out", {})


def test_who_calls_for_help_is_told_that_somebody_knows() -> None:
    """Pressing on calls nobody else; a note that can not be found is more urgent to read."""
    life = priced()
    assert life.say(ev.HelpCalled()).effects == [Alert("help_called", {"state": "PRICED", "sale_no": 1})]
    assert told(life) == ("help.called", {})
    assert not life.say(ev.HelpCalled()).effects
    life.say(ev.BillHeld(500))
    (order,) = life.world.pending
    life.say(ev.EffectFound(order, "nothing"))
    assert len(life.say(ev.HelpCalled()).effects) == 1
    assert told(life) == ("returned.disputed", {"amount_minor": 500})


# --- an open door -------------------------------------------------------------------------------------------------
def test_the_payers_time_stands_still_while_the_door_is_open() -> None:
    """Whatever happens meanwhile; when it is closed the whole time begins anew. Cancelling is possible all the time."""
    life = priced()
    life.insert(500)
    life.up_ms += 30_000
    life.say(ev.DoorOpened())
    assert (life.world.state, wakes_in_s(life)) == (SaleState.PAYING, None)
    life.say(ev.BillHeld(500), ev.BillReturned(500), ev.BillRefused("reject.twisted"))
    assert wakes_in_s(life) is None
    life.up_ms += 3_600_000
    life.say(ev.DoorClosed())
    assert (life.world.state, wakes_in_s(life)) == (SaleState.PAYING, 60)
    life.say(ev.DoorOpened(), ev.CancelPressed())
    assert life.is_in(SaleState.PRINTING)


def test_a_door_that_was_open_at_a_power_cut_is_asked_again() -> None:
    """After a start nobody knows of it: the time runs until the switch says so."""
    life = priced()
    life.insert(500)
    life.say(ev.DoorOpened(), ev.Started("test", life.rules))
    assert (life.world.state, wakes_in_s(life)) == (SaleState.PAYING, 60)
    life.say(ev.DoorOpened())
    assert wakes_in_s(life) is None


# --- the language -------------------------------------------------------------------------------------------------
def test_a_chosen_language_outlives_the_first_notice() -> None:
    """The notice fades after its own time; the language holds for as long as a payer may think, after the last touch."""
    life = Life().boot()
    life.say(ev.LanguageChosen("en"))
    life.up_ms += 10_000
    life.say(ev.CodeRefused("wrong_tag", "PK"))
    assert wakes_in_s(life) == telling.NOTICE_S
    life.time_out()
    assert (told(life), life.world.language, wakes_in_s(life)) == (None, "en", 60 - telling.NOTICE_S)
    life.time_out()
    assert (life.world.language, wakes_in_s(life)) == ("zh-CN", None)


def test_a_language_never_falls_back_before_its_notice() -> None:
    """Where a payer has little time a long notice still has its own."""
    life = Life(payment_timeout_s=10).boot()
    life.say(ev.LanguageChosen("en"), ev.HelpCalled())
    life.up_ms += 7_000
    life.say(ev.LanguageChosen("zh-CN"), ev.LanguageChosen("en"))
    life.time_out()
    assert (told(life), life.world.language) == (None, "en")


def test_a_deadline_that_has_passed_is_due_until_it_is_said() -> None:
    """Another event that comes first does not take its place."""
    life = Life().boot()
    life.say(ev.CodeRefused("wrong_tag", "PK"))
    life.up_ms += 9_000
    life.say(ev.ClockStepped(5_000))
    assert wakes_in_s(life) == -1
    life.say(ev.TimedOut())
    assert (told(life), wakes_in_s(life)) == (None, None)


def test_a_notice_outlives_a_language_that_falls_back() -> None:
    """A barrier that stayed shut is told for a minute, in whatever language is left."""
    life = Life(payment_timeout_s=10).boot()
    life.scan(hours_ago=0.1)
    (effect_id,) = life.world.pending
    life.time_out()
    life.say(ev.BarrierFailed(effect_id, "failed"), ev.LanguageChosen("en"))
    life.time_out()
    assert (life.world.language, told(life), wakes_in_s(life)) == ("zh-CN", ("leaving.call_for_help", {}), 50)


def test_who_chooses_the_usual_language_again_is_waited_for_no_more() -> None:
    """There is nothing to fall back to."""
    life = Life().boot()
    life.say(ev.LanguageChosen("en"), ev.LanguageChosen("zh-CN"))
    assert wakes_in_s(life) is None


def test_a_sale_keeps_the_language_that_was_chosen_before_it() -> None:
    """However long it takes."""
    life = Life().boot()
    life.say(ev.LanguageChosen("en"))
    life.up_ms += 50_000
    life.scan()
    life.up_ms += 50_000
    life.insert(500)
    assert (life.world.language, life.world.language_until_ms) == ("en", None)


@pytest.mark.parametrize("notes_minor", [(500,), (1000,), (2000,)])
def test_the_language_of_a_sale_outlives_a_power_cut(notes_minor: tuple[int, ...]) -> None:
    """In payment, while change comes, while papers are printed; it ends with the visit."""
    life = Life(payout_limit_minor=1000).boot()
    life.say(ev.LanguageChosen("en"))
    life.scan()
    for note_minor in notes_minor:
        life.insert(note_minor)
    assert life.world.state in (SaleState.PAYING, SaleState.SETTLING, SaleState.PRINTING)
    life.say(ev.Started("test", life.rules))
    assert life.world.language == "en"
    life = Life().boot()
    life.say(ev.LanguageChosen("en"))
    life.scan()
    life.insert(1000)
    life.print_all()
    life.say(ev.Started("test", life.rules))
    assert (life.world.language, wakes_in_s(life)) == ("zh-CN", None), "this payer was leaving"
