"""Pins on gpiozero's mock factory: pulses in virtual time, levels, contacts, and everything that can be missing."""

import select
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from terminal.fsm.effects import Ask, Identify, OpenBarrier, OpenDrawer, ReturnBill, Wanted
from terminal.fsm.events import (
    BarrierFailed,
    BarrierOpened,
    CancelPressed,
    DeviceChanged,
    DoorClosed,
    DoorOpened,
    DrawerChanged,
    DrawerFailed,
    DrawerKicked,
    EffectFound,
    Event,
)
from terminal.hw import pins as pins_module
from terminal.hw.pins import BARRIER_PULSE, DRAWER_PULSE, EDGES_MAX, RETRY_MS, Pins, Wiring

ALL = Wiring(barrier=17, door=27, cancel=22, lamp_ready=23, lamp_busy=24, drawer=25, drawer_sensor=5)
OUTPUTS = (17, 23, 24, 25)
OPEN = OpenBarrier(sale_no=1)
KICK = OpenDrawer(reason="test")


class FragilePin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A pin that can break: from then on it takes no level any more."""

    broken: ClassVar[set[int]] = set()

    def _set_state(self, value: Any) -> None:
        if self._number in self.broken:
            raise OSError("the chip does not answer")
        super()._set_state(value)


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A machine with pins; they are all free and whole."""
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr(FragilePin, "broken", set())
    factory = MockFactory(pin_class=FragilePin)
    gpiozero.Device.pin_factory = factory
    yield factory
    factory.close()
    gpiozero.Device.pin_factory = None


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which gpiozero finds no way to any pin; the path is what would make it a Raspberry Pi."""

    def no_factory() -> None:
        raise gpiozero.BadPinFactory("Unable to load any default pin factory!")

    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setattr(gpiozero.Device, "_default_pin_factory", staticmethod(no_factory))
    monkeypatch.setattr(pins_module, "PI_REVISION", str(tmp_path / "revision"))
    return tmp_path / "revision"


def drain(pins: Pins) -> list[Event]:
    """All that the engine has to say."""
    events: list[Event] = []
    while event := pins.next_event():
        events.append(event)
    return events


def attached(wiring: Wiring = ALL, now_ms: int = 0) -> Pins:
    """Pins at work, with what they say first already heard."""
    pins = Pins(wiring, wake=lambda: None)
    pins.port_opened(now_ms)
    assert DeviceChanged("barrier", ()) in drain(pins)
    return pins


def history(chip: Any, number: int) -> list[bool]:
    """The levels that a pin has had, from its making."""
    return [bool(state) for _, state in chip.pin(number).states]


def run(pins: Pins, until_ms: int) -> list[tuple[int, Event]]:
    """Wakes the engine whenever it wants to be woken; what it said, and when."""
    said: list[tuple[int, Event]] = []
    while pins.wake_at_ms is not None and pins.wake_at_ms <= until_ms:
        now_ms = pins.wake_at_ms
        pins.handle_timer(now_ms)
        said += [(now_ms, event) for event in drain(pins)]
    return said


# --- starting -----------------------------------------------------------------------------------------------------
def test_start_says_all_levels_and_moves_nothing(chip: Any) -> None:
    """At the start outputs are low and have never been anything else, and contacts say how they are."""
    pins = Pins(ALL, wake=lambda: None)
    assert drain(pins) == []
    pins.port_opened(0)
    assert drain(pins) == [DeviceChanged("barrier", ()), DoorOpened(), DrawerChanged(is_open=True)]
    for number in OUTPUTS:
        assert chip.pin(number).function == "output"
        assert not any(history(chip, number))
    assert pins.wake_at_ms is None
    assert pins.data_to_send() == b""
    pins.receive_data(b"x", 0)
    assert drain(pins) == []


def test_restart_never_pulses(chip: Any) -> None:
    """Begun, ended and begun again, in the middle of nothing or of a pulse: only `perform` makes an output rise."""
    for effect_ids in ((), ("1.0",), (), ("2.0", "2.1")):
        pins = attached()
        for effect_id in effect_ids:
            pins.perform(effect_id, OPEN, 0)
        pins.port_closed(10)
        pins.port_opened(20)
        pins.port_closed(30)
        assert not chip.pin(17).state
    assert history(chip, 17).count(True) == 2
    assert history(chip, 25).count(True) == 0


def test_outputs_come_before_inputs(chip: Any) -> None:
    """Outputs are low before the first contact is looked at, so a slow or failing input leaves nothing floating."""
    seen: list[bool] = []

    class Witness(FragilePin):
        def _set_pull(self, value: Any) -> None:
            if value == "up":
                seen.append(all(chip.pin(number).function == "output" for number in OUTPUTS))
            super()._set_pull(value)

    chip.pin(27, pin_class=Witness)
    attached()
    assert seen == [True]


def test_contacts_are_debounced_by_the_driver(chip: Any) -> None:
    """Each contact is set up with a pull-up and 50 ms of stillness."""
    pins = attached()
    for number in (27, 22, 5):
        assert (chip.pin(number).pull, chip.pin(number).bounce) == ("up", 0.05)
    pins.port_closed(0)


def test_nothing_wired_is_well(chip: Any) -> None:
    """Pins may be left out one by one; an effect for a missing one is answered at once."""
    pins = attached(Wiring())
    pins.perform("1.0", OPEN, 0)
    pins.perform("1.1", KICK, 0)  # the printer's business then
    assert drain(pins) == [BarrierFailed("1.0", "not_wired")]
    assert pins.wake_at_ms is None


# --- pulses -------------------------------------------------------------------------------------------------------
def test_barrier_pulse_is_half_a_second(chip: Any) -> None:
    """The relay closes at once and opens after 500 ms; only then is it said."""
    pins = attached(now_ms=100)
    pins.perform("7.0", OPEN, 1000)
    assert chip.pin(17).state
    assert drain(pins) == []
    pins.handle_timer(1499)
    assert chip.pin(17).state
    pins.handle_timer(1500)
    assert not chip.pin(17).state
    assert drain(pins) == [BarrierOpened("7.0")]
    assert run(pins, 10_000) == []
    assert history(chip, 17) == [False, True, False]


def test_drawer_pulse_is_short(chip: Any) -> None:
    """The drawer's coil is on for 150 ms."""
    pins = attached()
    pins.perform("7.0", KICK, 0)
    assert chip.pin(25).state
    assert run(pins, 10_000) == [(150, DrawerKicked("7.0"))]
    assert history(chip, 25) == [False, True, False]
    assert not any(history(chip, 17))


def test_pulses_wait_their_turn(chip: Any) -> None:
    """Three effects are three pulses with rests between them, in order, and barrier and drawer do not hinder another."""
    pins = attached()
    for number in range(3):
        pins.perform(f"1.{number}", OPEN, 0)
    pins.perform("1.3", KICK, 0)
    assert run(pins, 60_000) == [
        (150, DrawerKicked("1.3")),
        (500, BarrierOpened("1.0")),
        (1500, BarrierOpened("1.1")),
        (2500, BarrierOpened("1.2")),
    ]
    assert history(chip, 17) == [False, *[True, False] * 3]
    assert pins.wake_at_ms is None


def test_next_pulse_begins_after_the_rest(chip: Any) -> None:
    """An effect that comes during the rest after a pulse waits for the rest's end."""
    pins = attached()
    pins.perform("1.0", OPEN, 0)
    assert run(pins, 500) == [(500, BarrierOpened("1.0"))]
    pins.perform("2.0", OPEN, 600)
    assert not chip.pin(17).state
    assert run(pins, 60_000) == [(1500, BarrierOpened("2.0"))]


@pytest.mark.parametrize(("effect", "number", "length"), [(OPEN, 17, BARRIER_PULSE), (KICK, 25, DRAWER_PULSE)])
def test_stuck_terminal_does_not_hold_a_pulse(chip: Any, effect: Any, number: int, length: Any) -> None:
    """When nobody wakes the engine in time the pulse ends all the same, and is said once somebody does."""
    pins = attached()
    pins.perform("1.0", effect, 0)
    assert chip.pin(number).state
    while chip.pin(number).state:  # the guard runs in real time
        select.select([], [], [], 0.01)
    assert drain(pins) == []
    pins.handle_timer(length.limit_ms)
    assert drain(pins) in ([BarrierOpened("1.0")], [DrawerKicked("1.0")])


def test_question_about_an_earlier_life(chip: Any) -> None:
    """Pins remember nothing: asked about a pulse of an earlier life they say so and do not pulse again."""
    pins = Pins(ALL, wake=lambda: None)
    pins.perform("9.0", Ask("4.0", OPEN), 0)
    pins.perform("9.1", Ask("4.1", KICK), 0)
    pins.perform("9.2", Ask("4.2", ReturnBill(500, "cancel")), 0)
    pins.perform("9.3", ReturnBill(500, "cancel"), 0)
    assert drain(pins) == [EffectFound("4.0", "nothing"), EffectFound("4.1", "nothing")]
    pins.port_opened(0)
    assert not any(history(chip, 17))
    without_drawer = attached(Wiring(barrier=18))
    without_drawer.perform("9.0", Ask("4.1", KICK), 0)
    assert drain(without_drawer) == []


def test_ending_answers_every_effect(chip: Any) -> None:
    """At an orderly end the running pulse is cut and counts as done; the waiting one has not happened."""
    pins = attached()
    pins.perform("1.0", OPEN, 0)
    pins.perform("1.1", OPEN, 0)
    pins.port_closed(100)
    assert drain(pins) == [
        BarrierOpened("1.0"),
        BarrierFailed("1.1", "failed"),
        DeviceChanged("barrier", ("absent",)),
    ]
    assert history(chip, 17) == [False, True, False]
    pins.perform("1.2", OPEN, 200)
    assert drain(pins) == [BarrierFailed("1.2", "absent")]


# --- contacts and lamps -------------------------------------------------------------------------------------------
def test_door_button_and_drawer_speak(chip: Any) -> None:
    """Closed contacts read low; an open one, or a cut wire, reads "open"; the button speaks when it is pressed."""
    pins = attached()
    chip.pin(27).drive_low()
    chip.pin(5).drive_low()
    chip.pin(22).drive_low()
    chip.pin(22).drive_high()
    chip.pin(27).drive_high()
    chip.pin(5).drive_high()
    assert drain(pins) == [
        DoorClosed(),
        DrawerChanged(is_open=False),
        CancelPressed(),
        DoorOpened(),
        DrawerChanged(is_open=True),
    ]


def test_edges_from_another_thread_wake_the_pump(chip: Any) -> None:
    """gpiozero calls on its own threads: each edge wakes the pump, and none is lost on the way."""
    woken = threading.Semaphore(0)
    pins = Pins(ALL, wake=woken.release)
    pins.port_opened(0)
    drain(pins)
    for _ in range(3):  # the three contacts said how they are
        assert woken.acquire(timeout=10)

    def open_and_close() -> None:
        for _ in range(50):
            chip.pin(27).drive_low()
            chip.pin(27).drive_high()

    thread = threading.Thread(target=open_and_close)
    thread.start()
    said: list[Event] = []
    while len(said) < 100:
        assert woken.acquire(timeout=10)
        said += drain(pins)
    thread.join()
    assert said == [DoorClosed(), DoorOpened()] * 50


def test_mad_contact_takes_bounded_memory(chip: Any) -> None:
    """A contact that changes faster than anybody listens loses old edges; what is said last is how it is."""
    pins = attached()
    for _ in range(1000):
        chip.pin(27).drive_low()
        chip.pin(27).drive_high()
    chip.pin(27).drive_low()
    said = drain(pins)
    assert len(said) <= EDGES_MAX
    assert said[-1] == DoorClosed()


def test_level_that_did_not_change_is_not_said_again(chip: Any) -> None:
    """Begun again in one life, contacts that are as they were say nothing."""
    pins = attached()
    pins.port_closed(1)
    pins.port_opened(2)
    assert drain(pins) == [DeviceChanged("barrier", ("absent",)), DeviceChanged("barrier", ())]


@pytest.mark.parametrize(
    ("lamp", "ready", "busy"), [("ready", True, False), ("busy", False, True), ("off", False, False)]
)
def test_lamps_follow(chip: Any, lamp: str, ready: bool, busy: bool) -> None:
    """Green when the terminal is free, amber while it works; repeating a level changes nothing."""
    pins = attached()
    pins.follow(Wanted(lamp="ready" if lamp == "busy" else "busy"), 0)
    for _ in range(3):
        pins.follow(Wanted(lamp=lamp), 1)
    assert (bool(chip.pin(23).state), bool(chip.pin(24).state)) == (ready, busy)
    assert len(history(chip, 23)) + len(history(chip, 24)) <= 5


def test_lamp_wanted_before_the_start_is_lit_at_the_start(chip: Any) -> None:
    """A level that was wanted before the pins were there, or while they were away, is brought up with them."""
    pins = Pins(ALL, wake=lambda: None)
    pins.follow(Wanted(lamp="ready"), 0)
    pins.port_opened(1)
    assert chip.pin(23).state
    pins.port_closed(2)
    pins.follow(Wanted(lamp="busy"), 3)
    pins.port_opened(4)
    assert (bool(chip.pin(23).state), bool(chip.pin(24).state)) == (False, True)


# --- what can be missing ------------------------------------------------------------------------------------------
def test_machine_without_pins_says_so(bare_machine: Path) -> None:
    """No pins at all is `absent`, said once and not tried again; effects are answered."""
    pins = Pins(ALL, wake=lambda: None)
    pins.port_opened(0)
    assert drain(pins) == [DeviceChanged("barrier", ("absent",))]
    assert pins.wake_at_ms is None
    pins.perform("1.0", OPEN, 0)
    pins.perform("1.1", KICK, 0)
    pins.follow(Wanted(lamp="ready"), 0)
    assert drain(pins) == [BarrierFailed("1.0", "absent"), DrawerFailed("1.1", "absent")]


def test_raspberry_pi_without_access_is_a_failure(bare_machine: Path) -> None:
    """A Raspberry Pi whose pins can not be had (no permission, say) is not a machine without pins."""
    bare_machine.touch()
    pins = Pins(ALL, wake=lambda: None)
    pins.port_opened(0)
    assert drain(pins) == [DeviceChanged("barrier", ("failed",))]
    assert pins.wake_at_ms == RETRY_MS


def test_chosen_factory_that_does_not_exist_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody chose a way to the pins, and it leads nowhere."""
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "no-such-factory")
    pins = Pins(ALL, wake=lambda: None)
    pins.port_opened(0)
    assert drain(pins) == [DeviceChanged("barrier", ("failed",))]


def test_chosen_factory_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """GPIOZERO_PIN_FACTORY decides which pins these are."""
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    pins = attached()
    assert isinstance(gpiozero.Device.pin_factory, MockFactory)
    pins.port_closed(1)


def test_pin_in_use_fails_all_and_is_tried_again(chip: Any) -> None:
    """One pin that somebody else has: all are let go, it is said, and tried again every five seconds."""
    other = gpiozero.LED(5)
    pins = Pins(ALL, wake=lambda: None)
    pins.port_opened(0)
    assert drain(pins) == [DeviceChanged("barrier", ("failed",)), DoorOpened()]
    assert chip.pin(17).function == "input"
    pins.perform("1.0", OPEN, 10)
    assert drain(pins) == [BarrierFailed("1.0", "failed")]
    assert run(pins, 2 * RETRY_MS) == []
    other.close()
    assert run(pins, 3 * RETRY_MS) == [
        (3 * RETRY_MS, DeviceChanged("barrier", ())),
        (3 * RETRY_MS, DrawerChanged(is_open=True)),
    ]
    pins.perform("1.1", OPEN, 20_000)
    assert run(pins, 30_000) == [(20_500, BarrierOpened("1.1"))]


def test_relay_that_breaks_before_its_pulse(chip: Any) -> None:
    """A pin that takes no level: the effect has failed, the device is `failed`, and later all begins anew."""
    pins = attached()
    FragilePin.broken.add(17)
    pins.perform("1.0", OPEN, 0)
    assert drain(pins) == [BarrierFailed("1.0", "failed"), DeviceChanged("barrier", ("failed",))]
    assert run(pins, RETRY_MS) == []
    FragilePin.broken.clear()
    assert run(pins, 2 * RETRY_MS) == [(2 * RETRY_MS, DeviceChanged("barrier", ()))]


def test_relay_that_breaks_in_its_pulse(chip: Any) -> None:
    """A pin that breaks while it is high was pulsed; it is let go, and what waited has failed."""
    pins = attached()
    pins.perform("1.0", OPEN, 0)
    pins.perform("1.1", OPEN, 0)
    FragilePin.broken.add(17)
    assert run(pins, 500) == [
        (500, BarrierOpened("1.0")),
        (500, BarrierFailed("1.1", "failed")),
        (500, DeviceChanged("barrier", ("failed",))),
    ]
    assert chip.pin(17).function == "input"


def test_lamp_that_breaks(chip: Any) -> None:
    """A lamp's pin that breaks is a failure like any other, not an exception."""
    pins = attached()
    FragilePin.broken.add(23)
    pins.follow(Wanted(lamp="ready"), 0)
    assert drain(pins) == [DeviceChanged("barrier", ("failed",))]
    assert pins.wake_at_ms == RETRY_MS


# --- asked anew how they are --------------------------------------------------------------------------------------
def test_asked_anew_they_tell_without_moving_anything(chip: Any) -> None:
    """Well is said once more, no output has moved, and a contact that was missed is read."""
    pins = attached()
    pins.perform("9.0", Identify("printer"), 0)
    assert drain(pins) == []
    levels = {number: history(chip, number) for number in OUTPUTS}
    pins._levels["door"] = True  # an edge that the driver never told
    pins.perform("9.1", Identify("barrier"), 0)
    assert drain(pins) == [DeviceChanged("barrier", ()), DoorOpened()]
    assert {number: [*history(chip, number)] for number in OUTPUTS} == levels
    pins.perform("9.2", OPEN, 100)
    assert run(pins, 1_000) == [(600, BarrierOpened("9.2"))]


def test_asked_anew_in_a_pulse(chip: Any) -> None:
    """The pulse ends when it would have; nothing else is done."""
    pins = attached()
    pins.perform("1.0", OPEN, 0)
    pins.perform("9.0", Identify("barrier"), 100)
    assert drain(pins) == []
    assert run(pins, 1_000) == [(500, BarrierOpened("1.0"))]


def test_asked_anew_after_they_broke(chip: Any) -> None:
    """They are asked for again at once, and say what came of it, also when it is the same."""
    pins = attached()
    FragilePin.broken.add(23)
    pins.follow(Wanted(lamp="ready"), 0)
    drain(pins)
    pins.perform("9.0", Identify("barrier"), 100)
    assert drain(pins)[-1:] == [DeviceChanged("barrier", ("failed",))]
    FragilePin.broken.clear()
    pins.perform("9.1", Identify("barrier"), 200)
    assert DeviceChanged("barrier", ()) in drain(pins)


def test_a_lamp_that_is_found_broken_when_asked_anew(chip: Any) -> None:
    """Setting it fails, so the device is `failed`."""
    pins = attached()
    pins.follow(Wanted(lamp="ready"), 0)
    FragilePin.broken.add(23)
    pins.perform("9.0", Identify("barrier"), 100)
    assert drain(pins) == [DeviceChanged("barrier", ("failed",))]
