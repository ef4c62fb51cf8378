"""The screen as data: every state has its words in every language, and says what a payer must know."""

import pytest

from terminal.fsm import events as ev
from terminal.fsm.states import SaleState
from terminal.web.view import status_line, view
from terminal.words import CATALOGUES, en, zh_cn
from tests.fsm.lives import Life, random_life


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
    assert view(life.world, life.now)["notice"] == "Your ¥100.00 note is too large: notes up to ¥30.00 can be taken"


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
    for trouble in (ev.DeviceChanged("printer", ("paper_out",)), ev.DoorOpened()):
        life = Life(language=language).boot()
        life.scan()
        life.insert(500)
        assert view(life.world, life.now)["hint"] == CATALOGUES[language]["hint.PAYING"]
        life.say(trouble)
        shown = view(life.world, life.now)
        assert shown["hint"] == CATALOGUES[language]["hint.not_now"]
        assert not shown["accepting"]
