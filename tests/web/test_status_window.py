"""The status page of a window: who works there, over and short for those whose matter it is, and whether a receipt is genuine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from terminal.pay.receipts import Proof, text_of
from terminal.pay.signing import sign
from terminal.words import CATALOGUES
from tests.store.window_day import JournaledWindow, afternoon, morning
from tests.web.phone import KEY, Phone, Terminal, make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One for all tests."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def terminal(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[Terminal]:
    """A window with its page served."""
    made = Terminal(tmp_path, certificate, kind=JournaledWindow)
    yield made
    made.stop()


@pytest.fixture
def life(terminal: Terminal) -> JournaledWindow:
    """The window's life."""
    assert isinstance(terminal.life, JournaledWindow)
    return terminal.life


def picture(terminal: Terminal, phone: Phone) -> dict[str, Any]:
    """What a phone is shown that signs in now."""
    terminal.show()
    phone.sign_in()
    with phone.follow() as following:
        return following.next()


def rows(view: dict[str, Any], part: str) -> dict[str, str]:
    """A part of the page as label and value."""
    return {row["label"]: row["value"] for row in view[part]}


def shifts(phone: Phone, language: str = "en") -> tuple[int, list[dict[str, str]]]:
    """What the page is answered when it asks for the last shifts."""
    status, _, body = phone.ask("GET", f"/shifts/{language}", X_Fee_Terminal="1")
    return status, json.loads(body)["rows"] if status == 200 else []


def code(document: str = "receipt", terminal: str = "k01", number: int = 1, amount_minor: int = 1000) -> str:
    """A genuine code."""
    return sign(KEY, text_of(Proof(document, terminal, number, amount_minor, 1_770_000_000_000)))  # type: ignore[arg-type]


def verdict(phone: Phone, text: str, language: str = "en") -> dict[str, Any]:
    """What the page says of a code."""
    phone.terminal.clock.more_s += 10
    status, _, body = phone.post("/verify", {"code": text, "language": language})
    assert status == 200
    said: dict[str, Any] = json.loads(body)
    return said


def facts(said: dict[str, Any]) -> list[str]:
    """The facts of a verdict, without the hint that ends it."""
    return [fact["text"] for fact in said["facts"]][:-1]


# --- shifts --------------------------------------------------------------------------------------------------------
def test_a_shift_that_serves(terminal: Terminal, life: JournaledWindow) -> None:
    """Who, since when, what it is at; nothing from which the drawer could be reckoned, today's takings included."""
    life.boot()
    life.begin()
    life.sell_for("A1", 5000)
    view = picture(terminal, Phone(terminal))
    shown = rows(view, "shift")
    assert shown.pop("Since").startswith("2026-02-02 10:40")
    assert shown == {
        "State": "Serving",
        "Collector": "Li",
        "Shift": "1",
        "Receipt numbers left": "999999998",
        "Drawer": "Shut",
    }
    assert view["takings"]["rows"] == []
    assert view["takings"]["note"] == "Without the shift whose drawer is not counted yet"
    assert rows(view, "cash") == {"Credit notes honoured": "¥0.00 (0)"}
    text = json.dumps(view, ensure_ascii=False)
    assert not any(amount in text for amount in ("210.00", "10.00", "200.00"))


def test_after_the_count_the_takings_are_shown(terminal: Terminal, life: JournaledWindow) -> None:
    """Then it is no secret any more."""
    morning(life)
    view = picture(terminal, Phone(terminal))
    assert view["takings"]["total"]["value"] == "¥70.00 (7)"
    assert view["takings"]["note"] == ""
    assert rows(view, "shift")["State"] == "Signed; the drawer waits for the next one"


@pytest.mark.parametrize(("who", "may"), [("wang", True), ("audit", True), ("chen", False)])
def test_over_and_short_are_not_for_everybody(terminal: Terminal, life: JournaledWindow, who: str, may: bool) -> None:
    """Supervisors and auditors see the last shifts, each with its own difference; a technician does not, nor in the alerts."""
    morning(life)
    afternoon(life)
    phone = Phone(terminal)
    terminal.show()
    phone.sign_in(who)
    with phone.follow() as following:
        view = following.next()
    status, last = shifts(phone)
    assert status == (200 if may else 403)
    assert [row["value"] for row in last] == (
        ["¥1.00 over · could not be found", "¥0.50 short · wrong change · disputed (-¥50.00)"] if may else []
    )
    assert not any("over or short" in alert["what"] for alert in view["alerts"])
    assert any("A note of ¥100.00 looked false (kept)" in alert["what"] for alert in view["alerts"])


def test_nobody_else_is_told(terminal: Terminal, life: JournaledWindow) -> None:
    """Who is not signed in gets neither shifts nor verdicts."""
    morning(life)
    phone = Phone(terminal)
    assert shifts(phone)[0] == 403
    assert phone.post("/verify", {"code": code(), "language": "en"})[0] == 403


@pytest.mark.parametrize("language", CATALOGUES)
def test_all_of_it_has_words(terminal: Terminal, life: JournaledWindow, language: str) -> None:
    """In each language, whatever the shift is at."""
    phone = Phone(terminal)
    steps = (life.boot, life.begin, lambda: morning_after(life), lambda: afternoon(life))
    for step in steps:
        step()
        terminal.show()
        phone.sign_in()
        with phone.follow(language) as following:
            view = following.next()
        text = json.dumps([view["shift"], view["cash"], shifts(phone, language)[1]], ensure_ascii=False)
        assert "status." not in text and "window." not in text and "report." not in text


def morning_after(life: JournaledWindow) -> None:
    """A shift ends even."""
    life.print_all()
    life.end()


# --- receipts ------------------------------------------------------------------------------------------------------
def test_a_receipt_and_what_became_of_it(terminal: Terminal, life: JournaledWindow) -> None:
    """Untouched, printed again, voided, refunded in part; each says so, in the tone that fits."""
    morning(life)
    phone = Phone(terminal)
    picture(terminal, phone)
    said = {number: verdict(phone, code(number=number)) for number in (1, 2, 3, 4)}
    assert {number: (each["tone"], facts(each)) for number, each in said.items()} == {
        1: ("good", ["It is in the books of this terminal", "Nothing of it was given back", "Further prints: 1"]),
        2: (
            "bad",
            ["It is in the books of this terminal", "VOIDED: it was given back, and proves no payment any more"],
        ),
        3: ("good", ["It is in the books of this terminal", "Nothing of it was given back"]),
        4: ("warn", ["It is in the books of this terminal", "¥3.00 of it was given back"]),
    }
    assert {row["label"]: row["value"] for row in said[1]["rows"]} == {
        "Document": "Receipt", "No.": "k01-1", "Paid": "2026-02-02 10:40:00", "Total": "¥10.00",
    }  # fmt: skip


def test_what_is_not_as_the_paper_says(terminal: Terminal, life: JournaledWindow) -> None:
    """Forged, altered, never booked, of another terminal, a credit note that was honoured."""
    morning(life)
    phone = Phone(terminal)
    picture(terminal, phone)
    for text, tone, fact in (
        (code()[:-1] + ("0" if code()[-1] != "0" else "1"), "bad", None),
        ("hello", "bad", None),
        (code(number=99), "bad", "NOT IN THE BOOKS of this terminal with this amount"),
        (code(amount_minor=999), "bad", "NOT IN THE BOOKS of this terminal with this amount"),
        (code(terminal="k09"), "warn", "Issued by terminal k09: what became of it is known there"),
        (code("credit_note", "k09", 5, 700), "warn", "Not honoured at this terminal yet"),
    ):
        said = verdict(phone, text)
        assert said["tone"] == tone
        assert fact is None or fact in facts(said)
        assert (said["verdict"] == "NOT GENUINE") is (fact is None)
    used = verdict(phone, code("credit_note", "k09", 4, 1300))
    assert used["tone"] == "bad"
    assert facts(used)[0].startswith("HONOURED ALREADY at 2026-02-02")


def test_a_code_on_two_lines(terminal: Terminal, life: JournaledWindow) -> None:
    """Narrow paper breaks it, and people copy the break."""
    morning(life)
    phone = Phone(terminal)
    picture(terminal, phone)
    text = code()
    assert verdict(phone, f" {text[:20]}\n{text[20:]} ")["tone"] == "good"


def test_a_journal_that_can_not_be_read(terminal: Terminal, life: JournaledWindow, tmp_path: Path) -> None:
    """Then the code alone is judged, and that is said."""
    morning(life)
    phone = Phone(terminal)
    picture(terminal, phone)
    life.journal.checkpoint()
    hidden = tmp_path / "hidden.db"
    (tmp_path / "journal.db").rename(hidden)
    said = verdict(phone, code())
    hidden.rename(tmp_path / "journal.db")
    assert said["tone"] == "warn"
    assert facts(said) == ["The journal can not be read now: what became of it is not known"]


def test_codes_are_paced_and_short(terminal: Terminal, life: JournaledWindow) -> None:
    """Nobody tries numbers in a loop; a long text is not looked at; a body that is none is refused."""
    morning(life)
    phone = Phone(terminal)
    picture(terminal, phone)
    assert phone.post("/verify", {"code": "x" * 201, "language": "en"})[0] == 400
    assert phone.post("/verify", {"code": code(), "language": "fr"})[0] == 400
    assert phone.post("/verify", b"{")[0] == 400
    assert phone.post("/verify", {"code": "x" * 2000, "language": "en"})[0] == 413
    answers = [phone.post("/verify", {"code": code(), "language": "en"})[0] for _ in range(9)]
    assert answers[0] == 200
    assert 429 in answers
