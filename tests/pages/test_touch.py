"""A payer at the page, who can only look and touch: whole visits, the panels, the countdown, and what a page may not do."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from terminal.fsm import events as ev
from terminal.fsm.states import SaleState
from terminal.web.payer.telling import HEARD, Reach
from terminal.web.payer.view import view
from tests.pages.browser import CARS, PANELS, Kiosk, Panel, Screen
from tests.pages.scenes import PLATE, SCENES


def told(screen: Screen) -> str:
    """What the page tells the payer, as one text."""
    screen.wait_for_picture()
    return " / ".join(screen.page.locator("#told p").all_inner_texts())


def notes(screen: Screen, group: str) -> list[str]:
    """The notes that are shown as taken, or as not taken."""
    return screen.page.locator(f".{group} .banknote b").all_inner_texts()


# --- a visit ------------------------------------------------------------------------------------------------------
def test_a_visit_from_the_ticket_to_the_rating(screen: Screen, kiosk: Kiosk) -> None:
    """The ticket is scanned, English is chosen by a touch, notes are put in, change is owed, five stars are given."""
    screen.show(SCENES["idle"]("zh-CN"))
    screen.touch("language")
    expect(screen.page.locator(".ask")).to_have_text("Scan your parking ticket")
    kiosk.say(ev.TicketScanned("A1", kiosk.life.now.wall_ms - 5_400_000, "T1"))
    expect(screen.page.locator(".sum-figure")).to_have_text("¥10.00")
    for event in (ev.BillHeld(500, "U1"), ev.BillStacked(500)):
        kiosk.say(event)
    expect(screen.page.locator(".sum-name")).to_have_text("Still to pay")
    expect(screen.page.locator(".sum-figure")).to_have_text("¥5.00")
    for event in (ev.BillHeld(1000, "U1"), ev.BillStacked(1000)):
        kiosk.say(event)
    expect(screen.page.locator("h1")).to_have_text("Thank you")
    expect(screen.page.locator(".about-money")).to_contain_text("Your change of ¥5.00 is on a credit note")
    screen.touch("rate-5")
    expect(screen.page.locator(".rated")).to_have_text("Thank you for telling us")
    assert kiosk.heard[-1] == ev.Rated(5, "")


def test_cancel_gives_back_and_says_how(screen: Screen, kiosk: Kiosk) -> None:
    """One touch ends a payment; the page says that the money comes back, and as what."""
    screen.show(SCENES["paying"]("en"))
    screen.touch("cancel")
    expect(screen.page.locator("h1")).to_have_text("Payment ended")
    assert kiosk.heard == [ev.CancelPressed()]
    expect(screen.page.locator(".figure dd")).to_have_text("¥5.00")
    expect(screen.page.locator(".about-money")).to_contain_text("Your ¥5.00 comes back as a credit note")
    assert told(screen).startswith("You have cancelled the payment.")


@pytest.mark.parametrize(
    ("end", "tone", "why"),
    [
        (ev.TimedOut(), "late", "The time ran out, so the payment has ended."),
        (ev.CancelPressed(), "cancelled", "You have cancelled the payment."),
    ],
)
def test_a_payment_that_ends_without_money_says_so(
    screen: Screen, kiosk: Kiosk, end: ev.Event, tone: str, why: str
) -> None:
    """The next picture is the greeting. First and largest it says that nothing was taken, then why, then what to do; an end by
    time and one by hand do not look alike."""
    screen.show(SCENES["quote"]("en"))
    kiosk.say(end)
    expect(screen.page.locator(f".told.{tone}")).to_be_visible()
    assert told(screen).split(" / ") == ["No money was taken from you.", why, "To pay, start again."]
    size = "(name) => parseFloat(getComputedStyle(document.querySelector(name)).fontSize)"
    money, reason = (screen.page.evaluate(size, f".told .{name}") for name in ("money", "what"))
    assert money > 1.2 * reason
    assert kiosk.life.is_in(SaleState.IDLE)


def test_the_receipt_is_a_choice_where_it_is_one(screen: Screen, kiosk: Kiosk) -> None:
    """One touch prints it, and it is not offered twice; its number is there for later."""
    screen.show(SCENES["leaving_receipt_choice"]("en"))
    expect(screen.page.locator(".receipt p")).to_have_text("No. k01-1. The office can also print it later.")
    screen.touch("receipt")
    expect(screen.page.locator(".receipt")).to_have_count(0)
    assert kiosk.heard == [ev.ReceiptWanted()]
    assert told(screen) == "Your receipt is being printed: please take it"
    assert len(kiosk.life.world.jobs) == 1
    screen.show(SCENES["leaving"]("en"))
    expect(screen.page.locator(".receipt")).to_have_count(0)


def test_an_open_door_stops_the_countdown(screen: Screen, kiosk: Kiosk) -> None:
    """The page says that the staff are there; bar and number stand, and run from their full length when the door is closed."""
    screen.show(SCENES["paying"]("en"))
    kiosk.wait_ms(20_000)
    kiosk.say(ev.DoorOpened())
    expect(screen.page.locator("#time.stopped #time-words")).to_have_text("The time stands still")
    assert "The staff have opened the machine" in told(screen)
    screen.page.wait_for_timeout(1_500)
    assert seconds_left(screen) == 60
    kiosk.say(ev.DoorClosed())
    expect(screen.page.locator("#time-number")).to_have_text(re.compile("^5[0-9] s$"))
    expect(screen.page.locator("#time-words")).to_have_text("Time left")


def test_the_notes_that_are_taken_now_change_with_what_is_missing(screen: Screen, kiosk: Kiosk) -> None:
    """A note that would owe too much back moves to those that are not taken, each with its word."""
    screen.show(SCENES["quote_long"]("en"))
    assert notes(screen, "not-taken") == []
    screen.show(SCENES["quote"]("en"))
    assert (notes(screen, "taken"), notes(screen, "not-taken")) == (["1", "5", "10", "20"], ["50", "100"])
    expect(screen.page.locator(".taken h2")).to_have_text("Notes taken now")
    expect(screen.page.locator(".not-taken h2")).to_have_text("Not now")
    for event in (ev.BillHeld(500, "U1"), ev.BillStacked(500), ev.BillHeld(100, "U1"), ev.BillStacked(100)):
        kiosk.say(event)
    screen.wait_for_picture()
    largest_minor = 1000 - 600 + 2000
    assert notes(screen, "taken") == [str(value) for value in (1, 5, 10, 20) if value * 100 <= largest_minor]


def test_a_note_that_came_back_is_explained(screen: Screen) -> None:
    """What happened, what becomes of the money, what to do now: all three, in this order of size."""
    screen.show(SCENES["paying_too_large"]("en"))
    assert told(screen).split(" / ") == [
        "Your ¥100.00 note is too large: at most ¥25.00 can be put in now",
        "Take the note. Insert one of those shown.",
        "The note comes back to you. ¥5.00 is paid in and counts.",
    ]


def test_how_long_one_may_take_to_leave(screen: Screen) -> None:
    """Where the tariff knows a time to leave, it stands on the last screen."""
    screen.show(SCENES["leaving"]("en"))
    assert screen.page.locator(".leave > *").all_inner_texts() == ["Please leave within", "15", "minutes"]
    screen.show(SCENES["papers"]("en"))
    expect(screen.page.locator(".leave")).to_have_count(0)


# --- panels -------------------------------------------------------------------------------------------------------
def test_the_price_is_explained_on_demand(screen: Screen) -> None:
    """The lines of the quote unfold at a touch, add up to what is owed, and fold again."""
    life = SCENES["quote_paid_dues"]("en")
    screen.show(life)
    screen.touch("explain")
    values = screen.page.locator(".explanation dd").all_inner_texts()
    assert values == [line["value"] for line in view(life.world, life.now)["explanation"]] + ["¥13.00"]
    screen.touch("back")
    expect(screen.page.locator("#panel")).to_be_hidden()


def test_a_note_is_seen_behind_an_open_explanation(screen: Screen, kiosk: Kiosk) -> None:
    """Whoever reads why and puts a note in sees that it counts: the panel gives way to news."""
    screen.show(SCENES["quote"]("en"))
    screen.touch("explain")
    for event in (ev.BillHeld(500, "U1"), ev.BillStacked(500)):
        kiosk.say(event)
    expect(screen.page.locator("#panel")).to_be_hidden()
    expect(screen.page.locator(".sum-figure")).to_have_text("¥5.00")


def test_a_car_is_found_by_a_part_of_its_plate(screen: Screen, kiosk: Kiosk) -> None:
    """Province, letters, digits; the cars that it may be come masked, with entry time and picture; one is chosen."""
    kiosk.typed.clear()
    kiosk.chosen.clear()
    screen.show(SCENES["idle"]("en"))
    screen.touch("plate", *PLATE, "find")
    expect(screen.page.locator(".cars button")).to_have_count(len(CARS))
    assert kiosk.typed == ["粤B1234"]
    first = screen.button("car-0")
    expect(first).to_contain_text(CARS[0].masked)
    expect(first).to_contain_text(re.compile(r"Entered 2026-02-0[12] \d\d:\d\d"))
    expect(first).to_contain_text("lane1-0831.jpg")
    screen.touch("car-1")
    expect(screen.page.locator("#panel")).to_be_hidden()
    assert kiosk.chosen == [CARS[1].token]


def test_the_keyboard_knows_plates(screen: Screen) -> None:
    """31 provinces, no I and no O, 7 places and an eighth for new energy, nothing to search for before 4 characters."""
    screen.show(SCENES["idle"]("en"))
    screen.touch("plate")
    assert screen.page.locator(".keys button").count() == 31 + 5
    expect(screen.button("find")).to_be_disabled()
    screen.touch("turn")
    keys = screen.page.locator(".keys button").all_inner_texts()
    assert len(keys) == 34 and not {"I", "O"} & set(keys)
    screen.touch("key-A", "key-1", "key-2")
    expect(screen.button("find")).to_be_disabled()
    screen.touch(*(f"key-{digit}" for digit in "3456789"))
    assert "".join(screen.page.locator(".slots span").all_inner_texts()) == "A1234567"
    screen.touch("clear")
    assert "".join(screen.page.locator(".slots span").all_inner_texts()).startswith("A123456")
    expect(screen.button("find")).to_be_enabled()


def test_a_plate_that_is_not_found_is_told_on_the_keyboard(screen: Screen, kiosk: Kiosk) -> None:
    """The terminal's own words, in the payer's language, and what was typed is still there."""
    for language, words in (("en", "No car was found, please check the plate"), ("zh-CN", "未找到车辆，请核对车牌号")):
        screen.show(SCENES["idle"](language))
        screen.touch("plate", "turn", "key-9", "key-9", "key-9", "key-9", "find")
        expect(screen.page.locator(".answer")).to_have_text(words)
        assert screen.page.locator(".slots span").all_inner_texts()[:4] == ["9"] * 4


def test_services_are_chosen_by_the_piece(screen: Screen, kiosk: Kiosk) -> None:
    """Plus and minus within what may be sold at once; nothing can be ordered before something is chosen."""
    screen.show(SCENES["idle"]("en"))
    screen.touch("services")
    expect(screen.button("go")).to_be_disabled()
    expect(screen.page.locator(".basket .sum")).to_have_text("¥0.00")
    screen.touch("more-wash", "more-wash", "more-card", "more-card", "less-card")
    expect(screen.page.locator(".basket .sum")).to_have_text("¥40.00")
    screen.touch("go")
    expect(screen.page.locator("#panel")).to_be_hidden()
    assert kiosk.heard == [ev.ServicesChosen((("wash", 1), ("card", 1)))]


def test_help_is_asked_for_with_two_touches(screen: Screen, kiosk: Kiosk) -> None:
    """One could be an accident; after the second the page says that the staff know."""
    screen.show(SCENES["paying"]("en"))
    screen.touch("help", "back")
    assert kiosk.heard == []
    screen.touch("help", "call")
    expect(screen.page.locator(".told.help .what")).to_have_text("The staff have been called")
    assert kiosk.heard == [ev.HelpCalled()]


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("0755-8888", "Please call 0755-8888: somebody will help you."),
        ("", "Please go to the staff: nobody can be called from here."),
    ],
)
def test_where_nobody_hears_a_call_none_is_promised(screen: Screen, kiosk: Kiosk, phone: str, words: str) -> None:
    """The help panel says whom to call, or to go to the staff, and has no button for what would not be heard."""
    kiosk.reach = Reach(heard=False, phone=phone)
    screen.show(SCENES["paying"]("en"))
    screen.touch("help")
    expect(screen.page.locator("#panel .ask")).to_have_text(words)
    expect(screen.button("call")).to_have_count(0)
    screen.touch("back")
    assert kiosk.heard == []
    kiosk.reach = HEARD


def test_few_stars_come_with_a_reason(screen: Screen, kiosk: Kiosk) -> None:
    """Up to three stars are followed by the question what was not good, four and five are not."""
    screen.show(SCENES["leaving"]("en"))
    screen.touch("rate-2", "reason-slow")
    expect(screen.page.locator(".rated")).to_be_visible()
    assert kiosk.heard == [ev.Rated(2, "slow")]


def test_no_reason_need_be_given(screen: Screen, kiosk: Kiosk) -> None:
    """Going back sends the stars alone."""
    screen.show(SCENES["leaving"]("en"))
    screen.touch("rate-1", "back")
    expect(screen.page.locator(".rated")).to_be_visible()
    assert kiosk.heard == [ev.Rated(1, "")]


def test_stars_are_not_lost_with_the_screen(screen: Screen, kiosk: Kiosk) -> None:
    """Who drives away without giving a reason is counted too: the stars go out before the screen does."""
    screen.show(SCENES["leaving"]("en"))
    screen.touch("rate-3")
    expect(screen.page.locator("#panel")).to_be_visible()
    assert kiosk.heard == []
    assert kiosk.life.world.wake_at_ms is not None
    kiosk.wait_ms(kiosk.life.world.wake_at_ms - kiosk.life.up_ms - 1000)
    expect(screen.page.locator(".rated")).to_be_visible()
    assert kiosk.heard == [ev.Rated(3, "")]


def test_a_panel_that_nobody_touches_goes(screen: Screen, kiosk: Kiosk) -> None:
    """Whoever typed half a plate and walked away leaves nothing for the next one to read."""
    screen.page.clock.install()
    screen.show(SCENES["idle"]("en"))
    screen.touch("plate", *PLATE)
    screen.page.clock.fast_forward(30_000)
    kiosk.wait_ms(0)  # the terminal is still there
    screen.wait_for_picture()
    expect(screen.page.locator("#panel")).to_be_visible()
    screen.page.clock.fast_forward(20_000)
    expect(screen.page.locator("#panel")).to_be_hidden()
    expect(screen.page.locator("#lost")).to_be_hidden()


def test_an_old_picture_is_not_trusted(screen: Screen, kiosk: Kiosk) -> None:
    """A terminal that says nothing for much longer than its usual pause is as good as gone, until it speaks again."""
    screen.page.clock.install()
    screen.show(SCENES["quote"]("en"))
    screen.page.clock.fast_forward(45_000)
    expect(screen.page.locator("#lost")).to_be_visible()
    kiosk.wait_ms(0)
    expect(screen.page.locator("#lost")).to_be_hidden()


# --- time ---------------------------------------------------------------------------------------------------------
def seconds_left(screen: Screen) -> int:
    """The number beside the bar."""
    found = re.match(r"\d+", screen.page.locator("#time-number").inner_text())
    assert found
    return int(found.group())


def test_the_countdown_runs_and_warns(screen: Screen, kiosk: Kiosk) -> None:
    """A number and a bar; in the last ten seconds words, a sign, and an alert that says what becomes of the money."""
    screen.show(SCENES["paying"]("en"))
    assert 57 <= seconds_left(screen) <= 60
    width = "document.getElementById('time-left').getBoundingClientRect().width"
    before_px = screen.page.evaluate(width)
    expect(screen.page.locator("#time-number")).to_have_text(re.compile("^5[0-8] s$"))
    assert screen.page.evaluate(width) < before_px
    kiosk.wait_ms(49_500)
    expect(screen.page.locator("#time.short #time-words")).to_have_text(
        "The payment ends soon · What you paid in then comes back to you"
    )
    expect(screen.page.locator("#alarm")).to_contain_text("The payment ends soon")
    assert seconds_left(screen) <= 11
    kiosk.say(ev.BillHeld(10000, "U1"))
    expect(screen.page.locator("#time")).not_to_have_class("short")


def test_where_nothing_ends_no_time_is_shown(screen: Screen) -> None:
    """The greeting, and the thanks, are not counted down."""
    for name in ("idle", "leaving", "out"):
        screen.show(SCENES[name]("en"))
        expect(screen.page.locator("#time")).to_be_hidden()


# --- what a page may not do ---------------------------------------------------------------------------------------
def test_no_menu_no_selection_no_zoom(screen: Screen) -> None:
    """Nothing that leads out of the page, or away from its size, is left to a finger."""
    screen.show(SCENES["idle"]("en"))
    stopped = screen.page.evaluate(
        """() => ["contextmenu", "selectstart", "dragstart"].map((kind) =>
             !document.querySelector("h1").dispatchEvent(new Event(kind, { bubbles: true, cancelable: true })))"""
    )
    assert stopped == [True] * 3
    style = "getComputedStyle(document.body)"
    assert screen.page.evaluate(f"{style}.userSelect") == "none"
    assert screen.page.evaluate("getComputedStyle(document.documentElement).touchAction") == "none"
    wheel = "new WheelEvent('wheel', { ctrlKey: true, bubbles: true, cancelable: true })"
    assert not screen.page.evaluate(f"document.body.dispatchEvent({wheel})")


def test_a_lost_terminal_is_said_and_nothing_can_be_pressed(browser: Browser) -> None:
    """The page of a terminal that went away says so in every language, and goes on when it is back."""
    kiosk = Kiosk()
    screen = Screen(browser, kiosk, PANELS[0])
    screen.show(SCENES["paying"]("en"))
    kiosk.server.stop()
    expect(screen.page.locator("#lost")).to_be_visible()
    expect(screen.page.locator("#lost")).to_contain_text("Connection lost")
    expect(screen.page.locator("#frame")).to_have_css("pointer-events", "none")
    screen.close()


def test_the_same_news_again_do_not_wind_the_countdown_up(browser: Browser) -> None:
    """After a broken connection the terminal sends the picture that the page has already: its time goes on."""
    kiosk = Kiosk()
    screen = Screen(browser, kiosk, PANELS[0])
    screen.show(SCENES["paying"]("en"))
    expect(screen.page.locator("#time-number")).to_have_text(re.compile("^5[0-8] s$"))
    with screen.page.expect_request("**/events"):
        kiosk.restart()
    expect(screen.page.locator("#lost")).to_be_hidden()
    screen.touch("explain")  # the page is alive again
    assert seconds_left(screen) < 59
    screen.close()
    kiosk.server.stop()


def test_each_language_is_declared(screen: Screen) -> None:
    """The page says which language it is in, and each button for another one which that is in."""
    screen.show(SCENES["idle"]("zh-CN"))
    expect(screen.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(screen.button("language")).to_have_attribute("lang", "en")
    expect(screen.button("language")).to_have_text("English")


def test_a_keyboard_user_sees_where_he_is(screen: Screen) -> None:
    """Tab leads to each button of a screen, with a frame around it; a panel takes the focus and gives it back."""
    screen.show(SCENES["idle"]("en"))
    screen.button("plate").focus()
    screen.page.keyboard.press("Tab")
    expect(screen.button("services")).to_be_focused()
    assert screen.page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 4
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("#panel-title")).to_be_focused()
    screen.touch("back")
    expect(screen.button("services")).to_be_focused()


def test_it_reads_aloud_only_when_asked(screen: Screen, kiosk: Kiosk) -> None:
    """Off at first; on by a touch, in the payer's language; off again for the next payer."""
    said = "window.said"
    screen.page.evaluate(
        "() => { window.said = []; speechSynthesis.speak = (prompt) => window.said.push([prompt.lang, prompt.text]); }"
    )
    screen.show(SCENES["paying"]("en"))
    assert screen.page.evaluate(said) == []
    screen.touch("speak")
    language, text = screen.page.evaluate(said)[0]
    assert language == "en" and "Still to pay ¥5.00" in text
    expect(screen.button("speak")).to_have_text("Stop reading")
    screen.show(SCENES["idle"]("en"))
    expect(screen.button("speak")).to_have_text("Read aloud")
    screen.show(SCENES["quote"]("en"))
    screen.touch("speak")
    kiosk.say(ev.TimedOut())
    expect(screen.page.locator(".told.late")).to_be_visible()
    last = screen.page.evaluate(f"{said}.at(-1)")[1]
    assert last.startswith("No money was taken from you. The time ran out"), "whoever hears the page hears why it ended"


def test_a_screen_reader_hears_the_news(screen: Screen, kiosk: Kiosk) -> None:
    """What a screen means is said in one live region; the amount that is missing is part of it."""
    screen.show(SCENES["quote"]("en"))
    news = screen.page.get_by_role("status").filter(has_text="Still to pay")
    expect(news).to_have_text("Please pay. Still to pay ¥10.00. No money has been taken now. Insert notes")
    for event in (ev.BillHeld(500, "U1"), ev.BillStacked(500)):
        kiosk.say(event)
    expect(news).to_contain_text("Still to pay ¥5.00.")


def test_motion_is_left_out_on_demand(screen_of: Callable[[Panel], Screen]) -> None:
    """Whoever asked for less motion gets a bar that jumps instead of gliding."""
    screen = screen_of(PANELS[0])
    screen.show(SCENES["quote"]("en"))
    transition = "getComputedStyle(document.getElementById('time-left')).transitionDuration"
    assert screen.page.evaluate(transition) == "0s"
    screen.page.emulate_media(reduced_motion="no-preference")
    assert screen.page.evaluate(transition) == "0.25s"
