"""Wrong PINs lock: by name and for all, a minute at first, twice as long each further time, an hour at most."""

from terminal.staff.lockout import FREE_TRIES, LONGEST_LOCK_S, NAMES_MAX, Lockout
from tests.web.service_bench import HandClock


def test_five_wrong_ones_lock_for_a_minute() -> None:
    """Not the fourth; and after the minute one more may be tried."""
    clock = HandClock(stands=True)
    lockout = Lockout(clock)
    for _ in range(FREE_TRIES - 1):
        lockout.failed("chen")
    assert lockout.wait_s("chen") == 0
    lockout.failed("chen")
    assert lockout.wait_s("chen") == 60
    clock.ahead_s += 59.9
    assert lockout.wait_s("chen") > 0
    clock.ahead_s += 0.1
    assert lockout.wait_s("chen") == 0


def test_each_further_one_doubles_up_to_an_hour() -> None:
    """Whoever goes on waits 2, 4, 8 … minutes."""
    clock = HandClock(stands=True)
    lockout = Lockout(clock)
    for _ in range(FREE_TRIES):
        lockout.failed("chen")
    waits = []
    for _ in range(8):
        clock.ahead_s += lockout.wait_s("chen")
        lockout.failed("chen")
        waits.append(lockout.wait_s("chen"))
    assert waits == [120, 240, 480, 960, 1920, LONGEST_LOCK_S, LONGEST_LOCK_S, LONGEST_LOCK_S]


def test_one_pin_with_many_names_locks_all() -> None:
    """Also a name that never failed, and one that nobody has."""
    lockout = Lockout(HandClock(stands=True))
    for number in range(FREE_TRIES):
        lockout.failed(f"name{number}")
    assert lockout.wait_s("chen") == lockout.wait_s("nobody") == 60


def test_a_right_pin_forgives_its_name_and_the_sum() -> None:
    """But not another name's."""
    lockout = Lockout(HandClock(stands=True))
    for _ in range(FREE_TRIES):
        lockout.failed("li")
    lockout.succeeded("chen")
    assert lockout.wait_s("chen") == 0
    assert lockout.wait_s("li") == 60


def test_what_is_remembered_is_bounded_and_the_sum_is_kept() -> None:
    """Names without end do not fill the memory, and do not wash the lock away."""
    lockout = Lockout(HandClock(stands=True))
    for number in range(10 * NAMES_MAX):
        lockout.failed(f"name{number}")
    assert len(lockout._wrong) <= NAMES_MAX + 2
    assert lockout.wait_s("another") == LONGEST_LOCK_S


def test_whoever_has_a_pin_can_not_wash_away_the_tries_at_another_name() -> None:
    """His own sign-in forgives the sum, and a hundred invented names do not push the other one out."""
    clock = HandClock(stands=True)
    lockout = Lockout(clock)
    for _ in range(FREE_TRIES - 1):
        lockout.failed("boss")
    for number in range(2 * NAMES_MAX):
        lockout.failed(f"junk{number}")
        lockout.succeeded("mole")
    lockout.failed("boss")
    assert lockout.wait_s("boss") == 60


def test_names_that_were_left_in_peace_make_room() -> None:
    """An hour after its last wrong PIN a name may be forgotten, when there is no room for another."""
    clock = HandClock(stands=True)
    lockout = Lockout(clock)
    for number in range(2 * NAMES_MAX):
        lockout.failed(f"junk{number}")
    clock.ahead_s += LONGEST_LOCK_S + 1
    for _ in range(FREE_TRIES):
        lockout.failed("chen")
    lockout.succeeded("li")
    assert lockout.wait_s("chen") == 60 and lockout.wait_s("other") == 0
