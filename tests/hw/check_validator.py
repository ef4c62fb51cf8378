"""The conformance check that every validator engine must pass together with the model of its device.

A protocol's own test file makes a subclass with the two factories. Whatever is done here to device, line and program, the
device's mechanics are the truth: all notes in the box whose stacking was ordered are credited, once, and no other.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import ClassVar, get_args

import pytest

from sim.devices.bill_validator import BillValidator, Place
from sim.wire import Faults
from terminal.fsm.effects import Identify, Wanted
from terminal.fsm.events import (
    BillHeld,
    BillRefused,
    BillReturned,
    BillStacked,
    BoxRemoved,
    BoxReplaced,
    DeviceChanged,
    DeviceIdentified,
    FraudAttempted,
)
from terminal.hw.engine import Engine
from tests.hw.validator_bench import Bench, Device, Killed, Phase

DENOMINATIONS = (100, 500, 1000, 2000, 5000, 10000)
IN_SALE = Wanted(accept_bills=True, sale_open=True)
IDLE = Wanted(accept_bills=False, sale_open=False)
OUTAGES_MS = (50, 3_000, 15_000)
"""A flicker, longer than a boot, longer than any hold window."""


class ValidatorCheck:
    """Subclass it, give the factories, and its tests run on them."""

    silent_in_sale_ms: ClassVar[int]
    silent_idle_ms: ClassVar[int]
    always_tells: ClassVar[bool] = True
    """The device can always tell what became of a note of an earlier life; False: some are left to the cash count."""

    def engine(self) -> Engine:
        """A new engine, as after a start of the program, for CNY."""
        raise NotImplementedError

    def device(self, validator: BillValidator) -> Device:
        """The wire format over these mechanics."""
        raise NotImplementedError

    def other_unit(self, validator: BillValidator) -> Device:
        """Another unit, with another serial number."""
        raise NotImplementedError

    # --- helpers --------------------------------------------------------------------------------------------------
    def bench(self, validator: BillValidator | None = None, faults: Faults | None = None, seed: int = 0) -> Bench:
        """A bench on which the program has just started."""
        bench = Bench(self.engine, self.device(validator or BillValidator(DENOMINATIONS)), faults, seed)
        bench.start_program()
        return bench

    def ready(self, validator: BillValidator | None = None) -> Bench:
        """A bench whose device takes notes."""
        bench = self.bench(validator)
        bench.run_until(bench.ready)
        return bench

    def insert(self, bench: Bench, amount_minor: int) -> None:
        """Offer a note until it is taken in."""
        bench.run_until(lambda: bench.validator.insert_bill(amount_minor, bench.now_ms), 30_000)

    def balanced(self, bench: Bench) -> None:
        """Wait for calm, then compare the books with the box."""
        bench.run_until(bench.calm, 120_000)
        bench.run(3_000)
        assert bench.books.credited == bench.validator.taken
        assert not self.always_tells or not set(bench.books.findings) & {"nothing", "other_unit"}

    # --- what payers do -------------------------------------------------------------------------------------------
    def test_takes_notes_of_a_sale(self) -> None:
        """Each note is held, stacked on order and credited once with its own value."""
        bench = self.ready()
        for amount_minor in DENOMINATIONS:
            self.insert(bench, amount_minor)
            self.balanced(bench)
        assert bench.validator.in_box == Counter(DENOMINATIONS)
        assert len(bench.heard(BillStacked)) == len(bench.heard(BillHeld)) == len(DENOMINATIONS)

    def test_says_who_it_is(self) -> None:
        """One identification for each start-up, with a serial number."""
        bench = self.ready()
        (identified,) = bench.heard(DeviceIdentified)
        assert isinstance(identified, DeviceIdentified)
        assert identified.serial
        assert identified.model

    def test_says_anew_who_it_is(self) -> None:
        """Asked again it tells who it is and that it is well, once, soon, and goes on taking notes."""
        bench = self.ready()
        bench.run(3_000)
        first = bench.heard(DeviceIdentified)
        bench.perform("9.0", Identify("validator"))
        bench.perform("9.1", Identify("printer"))
        assert bench.run_until(lambda: len(bench.heard(DeviceIdentified)) > 1 and bench.ready()) < 5_000
        bench.run(3_000)
        assert bench.heard(DeviceIdentified) == first * 2
        assert bench.heard(DeviceChanged)[-1] == DeviceChanged("validator", ())
        self.insert(bench, 1000)
        self.balanced(bench)

    def test_nobody_answers_when_it_is_asked_anew(self) -> None:
        """A device without power says nothing: its silence shows, and its answer comes when it is back."""
        bench = self.ready()
        bench.device.lose_power(bench.now_ms)
        bench.perform("9.0", Identify("validator"))
        bench.run(5_000)
        assert len(bench.heard(DeviceIdentified)) == 1
        assert bench.problems() == ("silent",)
        bench.device.restore_power(bench.now_ms)
        bench.run_until(bench.ready)
        assert len(bench.heard(DeviceIdentified)) == 2

    @pytest.mark.parametrize("after_ms", range(0, 6_000, 170))
    def test_asked_anew_while_a_note_moves(self, after_ms: int) -> None:
        """At whatever moment of a note's way: it is credited once, or it has gone back."""
        bench = self.ready()
        self.insert(bench, 1000)
        bench.run(after_ms)
        bench.perform("9.0", Identify("validator"))
        self.balanced(bench)
        assert bench.validator.in_box + bench.validator.where(Place.RETURNED) == Counter([1000])

    def test_asked_anew_while_a_note_is_held(self) -> None:
        """Then it is alive anyway: nothing begins, the note stays."""
        bench = self.ready()
        bench.books.on_held = "wait"
        self.insert(bench, 1000)
        bench.run_until(lambda: bench.heard(BillHeld))
        bench.perform("9.0", Identify("validator"))
        bench.run(8_000)
        assert bench.validator.place is Place.ESCROW
        assert len(bench.heard(DeviceIdentified)) == 1
        bench.decide("stack")
        self.balanced(bench)

    def test_refused_note_is_given_back(self) -> None:
        """Paper that the device can not read comes back with a reason in words, and nothing is credited."""
        bench = self.ready()
        assert bench.validator.insert_fake(bench.now_ms)
        bench.run_until(lambda: bench.heard(BillRefused))
        assert bench.heard(BillRefused) == [BillRefused("reject.unreadable")]
        assert bench.validator.where(Place.RETURNED).total() == 1
        self.balanced(bench)

    @pytest.mark.parametrize("held_ms", [0, 900, 5_000, 25_000])
    def test_holds_a_note_until_decided(self, held_ms: int) -> None:
        """A note stays in escrow as long as the core thinks, however long the device would hold it by itself."""
        bench = self.ready()
        bench.books.on_held = "wait"
        self.insert(bench, 1000)
        bench.run_until(lambda: bench.heard(BillHeld))
        bench.run(held_ms)
        assert bench.validator.place is Place.ESCROW
        bench.decide("stack")
        self.balanced(bench)
        assert bench.validator.in_box == Counter([1000])

    def test_returns_a_note_on_order(self) -> None:
        """A note that is not wanted goes back, with the reason that was given."""
        bench = self.ready()
        bench.books.on_held = "return"
        self.insert(bench, 5000)
        bench.run_until(lambda: bench.heard(BillReturned))
        assert bench.heard(BillReturned) == [BillReturned(5000, "too_large")]
        self.balanced(bench)
        assert bench.validator.where(Place.RETURNED) == Counter([5000])

    def test_undecided_note_goes_back(self) -> None:
        """A held note that nobody decides on is given back in the end."""
        bench = self.ready()
        bench.books.on_held = "wait"
        self.insert(bench, 1000)
        bench.run_until(lambda: bench.heard(BillReturned), 40_000)
        self.balanced(bench)
        assert bench.validator.where(Place.RETURNED) == Counter([1000])

    @pytest.mark.parametrize("after_ms", [200, 700, 900, 1_200, 1_700, 2_500])
    def test_note_pulled_back(self, after_ms: int) -> None:
        """Pulling a note back never leaves a credit behind, whenever it is tried."""
        bench = self.ready()
        self.insert(bench, 10000)
        bench.run(after_ms)
        pulled = bench.validator.pull_back(bench.now_ms)
        self.balanced(bench)
        assert len(bench.heard(FraudAttempted)) == pulled

    def test_does_not_accept_when_not_wanted(self) -> None:
        """Acceptance follows the level, off and on again."""
        bench = self.ready()
        bench.follow(IDLE)
        bench.run_until(lambda: not bench.validator.enabled, 2_000)
        assert not bench.validator.insert_bill(1000, bench.now_ms)
        bench.follow(IN_SALE)
        bench.run_until(bench.ready, 2_000)
        self.insert(bench, 1000)
        self.balanced(bench)

    def test_level_change_does_not_disturb_a_note(self) -> None:
        """Switching acceptance off while a note is held or moves changes nothing for that note."""
        bench = self.ready()
        bench.books.on_held = "wait"
        self.insert(bench, 1000)
        bench.run_until(lambda: bench.heard(BillHeld))
        bench.follow(IDLE)
        bench.run(3_000)
        bench.decide("stack")
        self.balanced(bench)
        assert bench.validator.in_box == Counter([1000])
        bench.run(3_000)
        assert not bench.validator.enabled

    # --- what goes wrong with the device --------------------------------------------------------------------------
    def test_box_taken_out_and_put_back(self) -> None:
        """Each is said once, and the device is not well in between."""
        bench = self.ready()
        self.insert(bench, 1000)
        bench.run_until(bench.calm)
        assert bench.validator.remove_box(bench.now_ms) == Counter([1000])
        bench.run(3_000)
        assert bench.problems() == ("box_removed",)
        bench.validator.replace_box(bench.now_ms)
        bench.run(3_000)
        assert len(bench.heard(BoxRemoved)) == len(bench.heard(BoxReplaced)) == 1
        self.balanced(bench)

    def test_box_changed_without_power(self) -> None:
        """A box that was put back while the device had no power is noticed at its start."""
        bench = self.ready()
        bench.validator.remove_box(bench.now_ms)
        bench.run(2_000)
        bench.device.lose_power(bench.now_ms)
        bench.run(1_000)
        bench.validator.replace_box(bench.now_ms)
        bench.device.restore_power(bench.now_ms)
        bench.run_until(bench.ready)
        assert len(bench.heard(BoxRemoved)) == len(bench.heard(BoxReplaced)) == 1

    def test_full_box(self) -> None:
        """A full box is a problem until it was emptied."""
        bench = self.ready()
        self.insert(bench, 1000)
        bench.run_until(bench.calm)
        bench.validator.fill_box()
        bench.run(3_000)
        assert bench.problems() == ("box_full",)
        bench.validator.box_capacity = 500
        self.balanced(bench)

    @pytest.mark.parametrize("after_ms", [100, 700, 1_000, 1_500, 2_000])
    def test_jam(self, after_ms: int) -> None:
        """A jam is a problem and no credit; what comes after it was cleared is booked as it truly went."""
        bench = self.ready()
        self.insert(bench, 2000)
        bench.run(after_ms)
        bench.validator.jam(bench.now_ms)
        bench.run(5_000)
        assert bench.problems() == ("jam",)
        bench.validator.clear_jam(bench.now_ms)
        bench.run_until(bench.calm)
        bench.run(3_000)
        disputed = bench.books.findings.count("nothing")
        assert bench.books.credited.total() + disputed >= bench.validator.taken.total()
        assert bench.books.credited <= bench.validator.taken

    @pytest.mark.parametrize("sale_open", [True, False])
    @pytest.mark.parametrize("after_ms", [0, *range(50, 3_000, 190)])
    def test_silence_is_noticed(self, after_ms: int, sale_open: bool) -> None:
        """A device that stops answering is reported within the stated bound, whatever it was doing."""
        bench = self.ready()
        self.insert(bench, 1000)
        bench.follow(Wanted(accept_bills=sale_open, sale_open=sale_open))
        bench.run(after_ms)
        bench.to_engine.connected = bench.to_device.connected = False
        bench.to_engine.drop()
        took_ms = bench.run_until(lambda: bench.problems() == ("silent",), 10_000)
        assert took_ms <= (self.silent_in_sale_ms if sale_open else self.silent_idle_ms)

    def test_silence_in_hold_and_start(self) -> None:
        """The bound holds while a note is held, and in every moment of a start-up."""
        for after_ms in (*range(2_000, 3_500, 41), 60_000):
            bench = self.bench()
            bench.books.on_held = "wait"
            bench.run(min(after_ms, 4_000))
            if after_ms == 60_000:
                self.insert(bench, 1000)
                bench.run_until(lambda bench=bench: bench.heard(BillHeld))  # type: ignore[misc]
                bench.run(800)
            bench.device.lose_power(bench.now_ms)
            bench.to_engine.drop()
            took_ms = bench.run_until(lambda bench=bench: bench.problems() == ("silent",), 10_000)  # type: ignore[misc]
            assert took_ms <= self.silent_in_sale_ms

    # --- power, cable, program ------------------------------------------------------------------------------------
    def moments(self, step_ms: int = 149) -> Iterator[int]:
        """Moments from the insertion of a note until it lies in the box."""
        return iter(range(0, 2_800, step_ms))

    @pytest.mark.parametrize("outage_ms", OUTAGES_MS)
    @pytest.mark.parametrize("on_held", ["stack", "return"])
    def test_device_reboots(self, outage_ms: int, on_held: str) -> None:
        """The device loses power in every moment of a note's way: credited if in the box, else known to be back."""
        for after_ms in self.moments():
            for early in (False, True):
                bench = self.ready(BillValidator(DENOMINATIONS, early_notes_come_back=early))
                bench.books.on_held = "stack" if on_held == "stack" else "return"
                self.insert(bench, 1000)
                bench.run(after_ms)
                bench.device.lose_power(bench.now_ms)
                bench.run(outage_ms)
                bench.device.restore_power(bench.now_ms)
                self.balanced(bench)
                self.insert(bench, 500)
                self.balanced(bench)

    @pytest.mark.parametrize("outage_ms", OUTAGES_MS)
    @pytest.mark.parametrize("port_too", [True, False])
    @pytest.mark.parametrize("device_too", [True, False])
    def test_cable_out_and_in(self, outage_ms: int, port_too: bool, device_too: bool) -> None:
        """The cable is out for a while in every moment, with or without the port and the device's power going as well."""
        for after_ms in self.moments(211):
            bench = self.ready()
            self.insert(bench, 1000)
            bench.run(after_ms)
            bench.to_engine.connected = bench.to_device.connected = False
            bench.to_engine.drop()
            bench.to_device.drop()
            if port_too:
                bench.close_port()
                assert bench.problems() == ("absent",)
            if device_too:
                bench.device.lose_power(bench.now_ms)
            bench.run(outage_ms)
            if device_too:
                bench.device.restore_power(bench.now_ms)
            bench.to_engine.connected = bench.to_device.connected = True
            if port_too:
                bench.reopen_port()
            self.balanced(bench)

    def test_other_unit_is_noticed(self) -> None:
        """Another unit in the same place can not speak for the note that the first one took."""
        for after_ms in self.moments(203):
            bench = self.ready()
            self.insert(bench, 1000)
            bench.run(after_ms)
            unknown = bool(bench.books.pending)
            bench.swap_unit(self.other_unit(BillValidator(DENOMINATIONS)))
            bench.run_until(lambda bench=bench: len(bench.heard(DeviceIdentified)) == 2)  # type: ignore[misc]
            bench.run(3_000)
            assert bench.books.findings == ["other_unit"] * unknown
            serials = {event.serial for event in bench.heard(DeviceIdentified) if isinstance(event, DeviceIdentified)}
            assert len(serials) == 2

    @pytest.mark.parametrize("phase", get_args(Phase))
    @pytest.mark.parametrize("device_too", [True, False])
    @pytest.mark.parametrize("on_held", ["stack", "return"])
    def test_program_killed(self, phase: Phase, device_too: bool, on_held: str) -> None:
        """The program dies at any exchange, alone or with the device: nothing is lost and nothing counted twice."""
        for nth in range(1, 32):
            self._kill(nth, phase, device_too, on_held, OUTAGES_MS[nth % 3], again=None)

    @pytest.mark.parametrize("phase", get_args(Phase))
    @pytest.mark.parametrize("device_too", [True, False])
    def test_program_killed_again_while_recovering(self, phase: Phase, device_too: bool) -> None:
        """It dies a second time while it finds out what became of the note."""
        for nth, second in product(range(7, 19, 4), range(1, 36, 3)):
            self._kill(nth, phase, device_too, "stack", 0, again=(second, phase))

    def _kill(
        self, nth: int, phase: Phase, device_too: bool, on_held: str, down_ms: int, again: tuple[int, Phase] | None
    ) -> None:
        bench = self.ready()
        bench.books.on_held = "stack" if on_held == "stack" else "return"
        self.insert(bench, 1000)
        bench.kill_at = (bench.exchanges + nth, phase)
        self._live(bench, lambda: bench.run(8_000))
        if bench.engine is None and device_too:
            bench.device.lose_power(bench.now_ms)
            bench.device.restore_power(bench.now_ms)
        bench.run(down_ms)
        if bench.engine is None:
            if again:
                bench.kill_at = (bench.exchanges + again[0], again[1])
                self._live(bench, lambda: self._restart(bench))
            if bench.engine is None:
                bench.start_program()
        bench.kill_at = None
        self.balanced(bench)
        assert bench.validator.taken.total() <= bench.books.stacks_ordered.total()

    def _restart(self, bench: Bench) -> None:
        bench.start_program()
        bench.run(8_000)

    def _live(self, bench: Bench, what: Callable[[], object]) -> None:
        try:
            what()
        except Killed:
            assert bench.engine is None

    # --- the line -------------------------------------------------------------------------------------------------
    @pytest.mark.parametrize("seed", range(15))
    def test_bad_line(self, seed: int) -> None:
        """Lost, doubled, damaged, torn and delayed packets cost time and never money."""
        faults = Faults(loss=0.08, duplicate=0.08, flip=0.08, split=0.3, delay_ms=30)
        bench = self.bench(faults=faults, seed=seed)
        bench.run_until(bench.ready, 120_000)
        for amount_minor in (1000, 2000, 500, 10000):
            bench.run_until(lambda amount=amount_minor: bench.validator.insert_bill(amount, bench.now_ms), 120_000)  # type: ignore[misc]
            bench.run_until(bench.calm, 120_000)
        bench.to_engine.faults = bench.to_device.faults = Faults()
        self.balanced(bench)
        assert bench.validator.taken.total() + bench.validator.where(Place.RETURNED).total() == 4

    @pytest.mark.parametrize("seed", range(15))
    def test_everything_at_once(self, seed: int) -> None:
        """A bad line, a device that reboots and a program that is killed, all in one afternoon."""
        faults = Faults(loss=0.03, duplicate=0.05, flip=0.03, split=0.3, delay_ms=20)
        bench = self.bench(faults=faults, seed=seed)
        rng = bench.rng
        for _ in range(12):
            bench.validator.insert_bill(rng.choice(DENOMINATIONS), bench.now_ms)
            bench.kill_at = (
                (bench.exchanges + rng.randrange(60), rng.choice(get_args(Phase))) if rng.random() < 0.5 else None
            )
            self._live(bench, lambda: bench.run(rng.randrange(6_000)))
            if rng.random() < 0.3:
                bench.device.lose_power(bench.now_ms)
                bench.device.restore_power(bench.now_ms)
            bench.kill_at = None
            if bench.engine is None:
                bench.start_program()
        bench.to_engine.faults = bench.to_device.faults = Faults()
        bench.run_until(bench.calm, 120_000)
        bench.run(3_000)
        disputed = bench.books.findings.count("nothing")
        assert bench.books.credited <= bench.validator.taken
        assert bench.books.credited.total() + disputed >= bench.validator.taken.total()
