"""The screen as data: every state has its words in every language, and says what a payer must know."""

import re
from typing import Any

import msgspec
import pytest

from terminal.fsm import events as ev
from terminal.fsm.states import SaleState
from terminal.fsm.world import Notice, World
from terminal.web.payer import offering, telling
from terminal.web.payer.view import page_words, status_line, view
from terminal.web.server import PAGES
from terminal.words import CATALOGUES, en, zh_cn
from tests.fsm import news
from tests.fsm.lives import DEVICES, Life, random_life
from tests.pages.scenes import SCENES

NOTICES = [
    key for key in en.WORDS if key.startswith(("refused.", "returned.", "reject.", "leaving.", "help.", "ended."))
]
SCRIPTS = ("app.js", "panels.js", "parts.js", "plate.js", "screens.js", "speech.js", "time.js")
"""The scripts of the payer's page that say something."""
PARAMS: dict[str, int | str] = {
    "amount_minor": 500,
    "largest_minor": 900,
    "when_ms": 1,
    "where": "k02",
    "terminal": "k02",
    "phone": "0755-1234",
}


def shown_by(life: Life, **options: Any) -> dict[str, Any]:
    """What a life shows now."""
    return view(life.world, life.now, **options)


def test_the_catalogues_have_the_same_keys_and_gaps() -> None:
    """A text that is missing in a language, or has other gaps, would show up before a payer."""
    assert en.WORDS.keys() == zh_cn.WORDS.keys()
    for key, text in en.WORDS.items():
        gaps = {part.partition("}")[0] for part in text.split("{")[1:]}
        assert gaps == {part.partition("}")[0] for part in zh_cn.WORDS[key].split("{")[1:]}, key


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_state_has_a_title_and_a_hint(language: str) -> None:
    """No state shows a bare key."""
    for state in SaleState:
        assert f"screen.{state}" in CATALOGUES[language]
        assert f"hint.{state}" in CATALOGUES[language]


def test_a_random_life_never_shows_a_bare_key() -> None:
    """Whatever happens, all that is shown are words, and amounts that add up."""
    for life, event, _ in random_life(11, 3000):
        if isinstance(event, ev.BillRefused | ev.CodeRefused):
            continue  # the reasons here are made up
        shown = view(life.world, life.now)
        texts = [shown["title"], shown["hint"], shown["notice"] or "", *shown["problems"]]
        texts += [line["label"] for line in shown["lines"]] + [button["label"] for button in shown["buttons"]]
        for text in texts:
            assert not any(text.startswith(f"{group}.") for group in ("screen", "hint", "refused", "returned", "line"))
        assert shown["missing_minor"] == max(0, shown["due_minor"] - shown["credited_minor"])


def test_a_payer_sees_what_is_owed_and_what_is_missing() -> None:
    """Due, paid in, still to pay, and a cancel button; in the language that was chosen."""
    life = Life().boot()
    life.scan()
    life.insert(500)
    life.say(ev.LanguageChosen("en"))
    shown = view(life.world, life.now)
    lines = {line["label"]: line["value"] for line in shown["lines"]}
    assert (lines["To pay"], lines["Paid in"], lines["Still to pay"]) == ("¥10.00", "¥5.00", "¥5.00")
    assert shown["buttons"][0] == {"id": "cancel", "label": "Cancel"}
    assert shown["accepting"]


def test_a_note_that_is_too_large_is_explained() -> None:
    """The notice says which note came back and how large one may be."""
    life = Life().boot()
    life.scan()
    life.insert(10000)
    life.say(ev.LanguageChosen("en"))
    assert view(life.world, life.now)["notice"] == "Your ¥100.00 note is too large: at most ¥30.00 can be put in now"


def test_a_terminal_that_can_not_serve_says_what_is_wrong() -> None:
    """The problem is named in words, and nothing is promised."""
    life = Life().boot()
    life.say(ev.LanguageChosen("en"), ev.DeviceChanged("printer", ("paper_out",)))
    shown = view(life.world, life.now)
    assert shown["problems"] == ["Receipt printer: out of paper"]
    assert not shown["accepting"]
    assert status_line(life.world) == "out of service; Receipt printer: out of paper"


@pytest.mark.parametrize("language", CATALOGUES)
def test_nobody_is_asked_for_notes_that_can_not_be_taken(language: str) -> None:
    """Something breaks, or the door is opened, in the middle of a payment: the screen says wait, not insert."""
    troubles: dict[str, ev.Event] = {
        "hint.not_now": ev.DeviceChanged("printer", ("paper_out",)),
        "hint.door_open": ev.DoorOpened(),
    }
    for hint, trouble in troubles.items():
        life = Life(language=language).boot()
        life.scan()
        life.insert(500)
        assert view(life.world, life.now)["hint"] == CATALOGUES[language]["hint.PAYING"]
        life.say(trouble)
        shown = view(life.world, life.now)
        assert shown["hint"] == CATALOGUES[language][hint]
        assert not shown["accepting"]


# --- what happened, what happens to the money, what to do now ------------------------------------------------------
def test_the_scenes_cover_every_screen() -> None:
    """Whatever is tested on the scenes is tested on every screen that there is."""
    assert {telling.screen(scene("en").world) for scene in SCENES.values()} == {
        *telling.SCREENS.values(),
        *telling.UNPAID_SCREENS.values(),
    }


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("name", SCENES)
def test_every_screen_and_every_notice_have_words(name: str, language: str) -> None:
    """On each screen, with nothing to tell and with each notice, all three questions are answered in words without gaps."""
    life = SCENES[name](language)
    for notice in (None, *(Notice(key, PARAMS) for key in NOTICES)):
        world: World = msgspec.structs.replace(life.world, notice=notice)
        keys = telling.told(world)
        assert {keys.money, keys.todo} <= CATALOGUES[language].keys()
        told = view(world, life.now)["told"]
        for text in (told["what"], told["money"], told["todo"]):
            assert text and not re.search(r"[{}]|^[a-z]+\.[a-z_]+$", text), (notice, told)


def test_every_notice_has_an_advice() -> None:
    """What to do is never left to the state when something special happened, and no line of the tables is about nothing."""
    groups = {key.partition(".")[0] for key in NOTICES}
    for table in (telling.TODO, telling.TONES):
        assert all(telling.by_group(table, key) for key in NOTICES)
        assert set(table) <= {*NOTICES, *groups}


MONEY = {
    "idle": "No money has been taken now.",
    "quote": "No money has been taken now.",
    "paying": "¥5.00 is paid in. If you cancel, it comes back; what can not be paid out, as a credit note.",
    "paying_too_large": "The note comes back to you. ¥5.00 is paid in and counts.",
    "quote_note_refused": "The note comes back to you.",
    "paying_disputed": "This note is on record: it is settled when it is found. ¥5.00 is paid in and counts.",
    "wait": "A note is still moving: it will count, or come back to you.",
    "change": "¥10.00 is paid. Your change of ¥10.00 is coming.",
    "refund": "¥5.00 is being given back to you.",
    "papers": "¥10.00 is paid. Your change of ¥15.00 is on a credit note: the staff pay it in cash.",
    "cancelled": "Your ¥5.00 comes back as a credit note: the staff pay it in cash.",
    "leaving": "¥12.00 is paid. Your change of ¥8.00 is on a credit note: the staff pay it in cash.",
    "leaving_free": "Nothing is owed.",
    "out": "No money has been taken now.",
    "idle_timed_out": "No money was taken from you.",
    "out_priced": "No money was taken from you.",
    "cancelled_timed_out": "Your ¥5.00 comes back as a credit note: the staff pay it in cash.",
}


@pytest.mark.parametrize("name", MONEY)
def test_the_money_is_told_right(name: str) -> None:
    """The sentence about the money has the amounts of the sale."""
    assert shown_by(SCENES[name]("en"))["told"]["money"] == MONEY[name]


def giver(owed_back_minor: int, cancel: bool) -> Life:
    """A sale of 10 yuan by a terminal whose change giver has 3 yuan, with so much over."""
    life = Life(language="en", devices=(*DEVICES, "change"), payout_limit_minor=300).boot()
    life.scan()
    if cancel:
        life.insert(owed_back_minor)
        life.say(ev.CancelPressed())
    else:
        life.insert(1000 + owed_back_minor)
    effect_id = next(iter(life.world.pending))
    life.say(ev.ChangePaid(effect_id, min(300, owed_back_minor)))
    life.print_all()
    return life


@pytest.mark.parametrize(
    ("owed_back_minor", "cancel", "money"),
    [
        (300, False, "¥10.00 is paid, ¥3.00 change was given."),
        (500, False, "¥10.00 is paid, ¥3.00 change was given, ¥2.00 is on a credit note: the staff pay it in cash."),
        (300, True, "¥3.00 was given back to you."),
        (500, True, "¥3.00 was given back, ¥2.00 is on a credit note: the staff pay it in cash."),
    ],
)
def test_change_in_cash_and_on_paper_are_told_apart(owed_back_minor: int, cancel: bool, money: str) -> None:
    """Who gets a part in cash and a part as a credit note reads both amounts."""
    assert shown_by(giver(owed_back_minor, cancel))["told"]["money"] == money


def test_whoever_got_everything_back_is_not_told_to_drive_out() -> None:
    """A cancelled sale that was paid back in cash leaves nothing but to take the money."""
    shown = shown_by(giver(300, cancel=True))
    assert (shown["title"], shown["hint"]) == ("Payment ended", "Take your money; nothing was sold")


def test_nobody_is_promised_help_that_can_not_come() -> None:
    """While the disk takes no writes a call would not be heard: there is no button, and the page sends one to the staff."""
    shown = shown_by(SCENES["out_disk"]("en"))
    assert "help" not in [button["id"] for button in shown["buttons"]]
    assert shown["instead"] == ["Pay at another terminal or at the office", "Please go to the staff"]
    shown = shown_by(SCENES["out"]("en"))
    assert "help" in [button["id"] for button in shown["buttons"]]
    assert shown["instead"][1] == "You can still call the staff: press Help"


def told_of(name: str) -> tuple[str, str, str, str]:
    """Tone, what leads, what happened, what to do."""
    told = shown_by(SCENES[name]("en"))["told"]
    return told["tone"], told["lead"], told["what"], told["todo"]


def test_an_end_says_why_and_what_next_by_where_the_terminal_rests() -> None:
    """The money leads; an end by hand and one by time are told apart; who can not go on here is sent elsewhere, or waits."""
    assert told_of("idle_cancelled") == (
        "cancelled",
        "money",
        "You have cancelled the payment.",
        "To pay, start again.",
    )
    assert told_of("idle_timed_out")[:3] == ("late", "money", "The time ran out, so the payment has ended.")
    assert told_of("cancelled_timed_out")[3].startswith("Not paid: scan again to leave.")
    assert told_of("out_priced")[2:] == (
        "A part of this machine failed, so the payment has ended.",
        "Please ask the staff or use another terminal",
    )
    assert told_of("out_starting")[2:] == (
        "The power failed, so the payment has ended.",
        "Please wait a moment: this machine is starting.",
    )
    assert told_of("quote_note_refused")[1] == "what"


@pytest.mark.parametrize(
    ("reach", "help_text", "yes", "called", "todo", "instead"),
    [
        (
            telling.Reach(),
            "Somebody will come to this terminal.",
            "Call the staff",
            "The staff have been called",
            "Please wait here for the staff",
            "You can still call the staff: press Help",
        ),
        (
            telling.Reach(heard=False, phone="0755-1"),
            "Please call 0755-1: somebody will help you.",
            "",
            "Please call 0755-1: somebody will help you.",
            "Please call 0755-1.",
            "Call 0755-1",
        ),
        (
            telling.Reach(heard=False),
            "Please go to the staff: nobody can be called from here.",
            "",
            "Please go to the staff: nobody can be called from here.",
            "Please go to the staff.",
            "Please go to the staff",
        ),
    ],
    ids=["heard", "by phone", "in person"],
)
def test_whom_to_call_is_what_is_true_here(
    reach: telling.Reach, help_text: str, yes: str, called: str, todo: str, instead: str
) -> None:
    """Without MQTT nobody hears a call: the panel, the notice and the advice name a number, or the staff."""
    life = SCENES["paying_called"]("en")
    shown = shown_by(life, reach=reach)
    assert (shown["help"]["text"], shown["help"]["yes"]) == (help_text, yes)
    assert (shown["notice"], shown["told"]["todo"]) == (called, todo)
    assert shown_by(SCENES["out"]("en"), reach=reach)["instead"][1] == instead


# --- what is offered ----------------------------------------------------------------------------------------------
def taken(life: Life) -> list[str]:
    """The figures of the notes that are taken now."""
    return [note["figure"] for note in shown_by(life)["notes"] if note["taken"]]


def test_the_notes_that_are_shown_are_those_that_would_be_stacked() -> None:
    """For each of the country's notes the picture says what the tables would do with it."""
    for name in ("quote", "paying", "quote_long", "paying_trouble"):
        life = SCENES[name]("en")
        for value_minor, _ in offering.USUAL_NOTES["CNY"]:
            twin = life.branch()
            twin.insert(value_minor)
            stacked = twin.world.bill_no > life.world.bill_no
            assert (offering.figure(value_minor, "CNY") in taken(life)) == stacked, (name, value_minor)


def test_only_configured_notes_are_shown() -> None:
    """`accept_minor` is the list, whatever the country has; a value that it does not know is grey."""
    life = Life(language="en", accept_minor=(500, 1250)).boot()
    life.scan()
    assert [(note["figure"], note["colour"]) for note in shown_by(life)["notes"]] == [
        ("5", "purple"),
        ("12.50", "grey"),
    ]


@pytest.mark.parametrize(
    ("credit_limit_minor", "payout_limit_minor", "words"),
    [
        (2000, 0, "Change up to ¥20.00 comes as a credit note; the staff pay it in cash"),
        (2000, 5000, "Change in cash up to ¥50.00, up to ¥20.00 more as a credit note"),
        (0, 5000, "Change in cash up to ¥50.00"),
        (0, 0, "No change: please insert the exact amount"),
    ],
)
def test_the_limit_of_change_is_said_before_anybody_pays(
    credit_limit_minor: int, payout_limit_minor: int, words: str
) -> None:
    """On the greeting and beside the price."""
    life = Life(language="en", credit_limit_minor=credit_limit_minor, payout_limit_minor=payout_limit_minor).boot()
    assert shown_by(life)["change"] == words
    life.scan()
    assert shown_by(life)["change"] == words


def test_the_prices_in_short() -> None:
    """Free time, price and cap of the first tariff; where there are more, or more lines than fit, the sign is named."""
    life = SCENES["idle"]("en")
    assert [tuple(row.values()) for row in shown_by(life)["prices"]] == [
        ("Up to 15 minutes", "free"),
        ("Each hour begun", "¥5.00"),
        ("At most in 24 hours", "¥40.00"),
        ("The sign has all prices", ""),
    ]
    one = {"T1": life.rules.tariffs["T1"]}
    assert len(shown_by(Life(language="en", tariffs=one).boot())["prices"]) == 3
    version = news.GRACE.versions[0]
    many = msgspec.structs.replace(news.GRACE, versions=(msgspec.structs.replace(version, rates=version.rates * 9),))
    prices = shown_by(Life(language="en", tariffs={"T2": many}).boot())["prices"]
    assert len(prices) == offering.SHORT_ROWS
    assert prices[-1] == {"label": "The sign has all prices", "value": ""}
    assert shown_by(Life(language="en", tariffs={}).boot())["prices"] == []


def test_the_plate_is_asked_for_only_where_cars_are_searched() -> None:
    """The keyboard comes with the view, and only when search is on."""
    life = SCENES["idle"]("en")
    assert shown_by(life)["keyboard"] is None
    keyboard = shown_by(life, search=True)["keyboard"]
    assert not {"I", "O"} & set(keyboard["letters"])
    assert len(set(keyboard["provinces"])) == 31


def test_the_time_to_leave_follows_the_tariff() -> None:
    """T2 gives a quarter of an hour after payment, T1 as long as one likes; a free stay has no hurry."""
    assert shown_by(SCENES["leaving"]("en"))["leave"] == "Please leave within 15 minutes"
    assert shown_by(SCENES["papers"]("en"))["leave"] == ""
    assert shown_by(SCENES["leaving_free"]("en"))["leave"] == ""


def test_the_time_to_leave_runs_from_the_payment() -> None:
    """Not from when it is looked at: a gate counts from the payment."""
    life = SCENES["leaving"]("en")
    life.up_ms += 5_000
    shown = shown_by(life)
    assert shown["leave"] == "Please leave within 14 minutes"
    assert shown["leave_parts"] == {"before": "Please leave within", "number": "14", "after": "minutes"}


def test_a_receipt_is_offered_while_it_can_be_printed() -> None:
    """Its number is that of the paper; once it is asked for there is no choice any more, and nothing is offered by default."""
    choice = shown_by(SCENES["leaving_receipt_choice"]("en"))
    assert choice["receipt"] == {
        "ask": "Would you like a receipt?",
        "button": "Print the receipt",
        "text": "No. k01-1. The office can also print it later.",
    }
    assert {"id": "receipt", "label": "Print the receipt"} in choice["buttons"]
    assert choice["hint"] == "You may drive out"
    not_now = shown_by(SCENES["leaving_receipt_not_now"]("en"))
    assert not_now["receipt"]["button"] == "" and "k01-1" in not_now["receipt"]["text"]
    assert "receipt" not in [button["id"] for button in not_now["buttons"]]
    assert not_now["hint"] == "Take the credit note"
    life = SCENES["leaving_receipt_coming"]("en")
    coming = shown_by(life)
    assert (coming["receipt"], coming["hint"]) == (None, "Your receipt is being printed: please take it")
    life.say(ev.DeviceChanged("printer", ("paper_out",)))
    assert shown_by(life)["hint"].startswith("Your payment is on record. The printer needs the staff")
    life.say(ev.DeviceChanged("printer", ()))
    life.print_all()
    assert shown_by(life)["hint"] == "Take all that was printed for you"
    for name in ("leaving", "leaving_free", "papers", "cancelled"):
        assert not shown_by(SCENES[name]("en")).get("receipt"), name


def test_a_car_that_was_chosen_by_its_plate_is_no_ticket() -> None:
    """Nor is its plate shown, or the stay's id: whoever chose it may be a stranger."""
    shown = shown_by(SCENES["quote_chosen"]("en"))
    assert shown["about"][0] == shown["lines"][0] == {"label": "Your car", "value": "chosen by its plate"}
    assert "S-4711" not in str(shown)


def test_a_sale_that_an_open_door_holds_up_has_no_end() -> None:
    """The countdown has its length, but no time runs."""
    shown = shown_by(SCENES["paying_door_open"]("en"))
    assert (shown["countdown_ms"], shown["wake_in_ms"]) == (60_000, None)


def test_a_visit_is_rated_once_and_only_if_it_cost_something() -> None:
    """Open after paying, done after rating; not for a free stay, a cancelled one, or one whose change is still coming."""
    asked = {name: shown_by(SCENES[name]("en")).get("rating") for name in SCENES}
    assert (asked["papers"], asked["leaving"], asked["leaving_rated"]) == ("open", "open", "done")
    assert not any(asked[name] for name in ("leaving_free", "cancelled", "change", "paying", "idle"))


def test_a_long_stay_is_told_in_days() -> None:
    """Nobody divides 747 hours by 24 before a kiosk."""
    about = {row["label"]: row["value"] for row in shown_by(SCENES["quote_long"]("en"))["about"]}
    assert about["Parked for"] == "31 d 3 h"
    life = Life(language="en").boot()
    life.scan(hours_ago=48)
    assert {"label": "Parked for", "value": "2 d"} in shown_by(life)["about"], "nobody is told of 0 hours"


# --- the page's own words -------------------------------------------------------------------------------------------
def test_the_page_has_every_word_that_it_asks_for_and_no_other() -> None:
    """Names in the scripts and keys `page.…` of the catalogue are the same."""
    source = "".join((PAGES / name).read_text("utf-8") for name in SCRIPTS)
    named = {*re.findall(r"words\.(\w+)", source), *re.findall(r'words\["([\w.]+)"\]', source)}
    begun = set(re.findall(r'words\["(\w+_)" \+', source))
    words = page_words("en").keys()
    assert named <= words
    own = {word for word in words if not word.startswith("line.")}
    assert {word for word in own - named if not word.startswith(tuple(begun))} == set()
    assert begun == {"rate_", "reason_", "step_"}


def test_the_staff_find_their_page_behind_the_open_door() -> None:
    """A button leads there, where there is such a page; payers never see it."""
    life = Life().boot()

    def buttons(service: bool) -> list[str]:
        return [button["id"] for button in view(life.world, life.now, service=service)["buttons"]]

    assert "service" not in buttons(service=True)
    life.say(ev.DoorOpened())
    assert "service" in buttons(service=True) and "service" not in buttons(service=False)
