"""The SSP validator: the common check in each variety of firmware, and what is particular to SSP."""

from collections import Counter
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.devices.bill_validator import BillValidator, Place
from sim.devices.ssp import SspOptions, SspSlave
from terminal.fsm.effects import Ask, StackBill, Wanted
from terminal.fsm.events import (
    BillHeld,
    BillRefused,
    BillReported,
    BillReturned,
    BillStacked,
    DeviceIdentified,
    EffectFound,
    Event,
    FraudAttempted,
)
from terminal.hw.engine import Engine
from terminal.hw.validators.ssp import SILENT_IDLE_MS, SILENT_IN_SALE_MS, SspValidator
from terminal.hw.validators.ssp_frame import Frame, FrameReader, encode
from terminal.hw.validators.ssp_words import REJECT_REASONS, parse_events, parse_setup
from terminal.words import CATALOGUES
from tests.hw.check_validator import ValidatorCheck
from tests.hw.validator_bench import Bench, Killed


class SspCheck(ValidatorCheck):
    """The two factories; subclasses choose the firmware."""

    silent_in_sale_ms = SILENT_IN_SALE_MS
    silent_idle_ms = SILENT_IDLE_MS
    options = SspOptions()

    def engine(self) -> Engine:
        """A new engine."""
        return SspValidator("CNY")

    def device(self, validator: BillValidator) -> SspSlave:
        """The unit under test."""
        return SspSlave(validator, self.options)

    def other_unit(self, validator: BillValidator) -> SspSlave:
        """Another unit."""
        return SspSlave(validator, replace(self.options, serial=99))


class TestRichFirmware(SspCheck):
    """Acknowledged polling, counters, the newest protocol version."""


class TestOldFirmware(SspCheck):
    """None of that: only the repeated answer and the parity rule protect a credit. A note that is cleared to the front at a
    restart may be another one than the one that an earlier life of the program had ordered in."""

    always_tells = False
    options = SspOptions(
        highest_version=5, has_acks=False, has_counters=False, hold_refusal=0xF5, tells_channel_at_reset=False
    )


# --- what goes over the wire --------------------------------------------------------------------------------------
class Tap(SspSlave):
    """A unit with a tap on its line: every packet that reaches it, and every answer, in order."""

    def __init__(self, validator: BillValidator, options: SspOptions | None = None) -> None:
        super().__init__(validator, options)
        self.heard: list[Frame] = []
        self.said: list[Frame] = []
        self._tap = FrameReader()
        self._tap_out = FrameReader()

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Bytes from the master."""
        self.heard += self._tap.feed(data)
        super().receive_data(data, now_ms)

    def data_to_send(self) -> bytes:
        """Answers."""
        data = super().data_to_send()
        self.said += self._tap_out.feed(data)
        return data

    def commands(self) -> list[tuple[int, str]]:
        """What was heard: SEQ and data, without repetitions in a row."""
        return [(frame.seq, frame.data.hex()) for frame, _ in groupby(self.heard)]


PLAIN = SspOptions(has_acks=False, has_counters=False)
NOTES = (100, 500, 1000, 2000, 5000, 10000)


def tapped(options: SspOptions = PLAIN, engine: SspValidator | None = None) -> tuple[Bench, Tap]:
    """A bench with a tap, ready to take notes."""
    tap = Tap(BillValidator(NOTES), options)
    bench = Bench(lambda: engine or SspValidator("CNY"), tap)
    bench.run(BillValidator.BOOTING_MS)
    bench.start_program()
    bench.run_until(bench.ready)
    return bench, tap


def test_start_up_order() -> None:
    """The lost answer first, SYNC, the note in escrow back, then settings, the first poll, inhibits and enable."""
    _, tap = tapped(SspOptions(highest_version=7, has_acks=False))
    assert tap.commands() == [
        (1, "0608"),  # fetches a lost answer; this unit lost none and refuses version 8
        (1, "11"),
        (0, "08"),
        (1, "09"),
        (0, "0608"),
        (1, "0607"),
        (0, "05"),
        (1, "11"),
        (0, "0c"),
        (1, "56"),
        (0, "0c"),
        (1, "07"),  # tells F1: once more, what was set before the reset is lost
        (1, "11"),
        (0, "08"),
        (1, "09"),
        (0, "0608"),
        (1, "0607"),
        (0, "05"),
        (1, "11"),
        (0, "0c"),
        (1, "56"),
        (0, "0c"),
        (1, "07"),
        (0, "023f00"),
        (1, "07"),
        (0, "58"),
        (1, "0a"),
    ]


@pytest.mark.parametrize("options", [SspOptions(), PLAIN])
def test_parity_rule(options: SspOptions) -> None:
    """Polls travel with SEQ 1 only, answers that carry other data with SEQ 0 only, through sales, reboots and restarts."""
    bench, tap = tapped(options)
    for amount_minor in NOTES:
        bench.run_until(lambda amount=amount_minor: bench.validator.insert_bill(amount, bench.now_ms))  # type: ignore[misc]
        bench.run(700)
        bench.device.lose_power(bench.now_ms)
        bench.device.restore_power(bench.now_ms)
        bench.run(1_000)
        bench.kill_program()
        bench.start_program()
        bench.run_until(bench.calm)
    assert {frame.seq for frame in tap.heard if frame.data[0] in (0x07, 0x56, 0x11)} == {1}
    assert {frame.seq for frame in tap.heard if frame.data[0] in (0x05, 0x0C, 0x17, 0x58)} == {0}


def test_held_note_is_never_polled() -> None:
    """Between the answer that shows a note in escrow and the decision no poll is sent, because a poll accepts."""
    bench, tap = tapped()
    bench.books.on_held = "wait"
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.run_until(lambda: bench.heard(BillHeld))
    tap.heard.clear()
    bench.follow(Wanted())
    bench.run(10_000)
    assert {frame.data[0] for frame in tap.heard} == {0x18, 0x0C}, "and nothing that might disturb it"
    assert sum(frame.data[0] == 0x18 for frame in tap.heard) >= 10
    bench.decide("stack")
    bench.run(50)
    assert b"\x07" in [frame.data for frame in tap.heard[-2:]]
    bench.run_until(lambda: bench.heard(BillStacked))
    assert b"\x09" not in {frame.data for frame in tap.heard}


def test_silent_device_is_asked_the_same_for_ever() -> None:
    """As long as there is no answer the very same packet is sent again, and a credit in the lost answer is not lost."""
    bench, tap = tapped()
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.run_until(lambda: bench.validator.place is Place.TRANSPORT)
    bench.to_engine.connected = False
    bench.to_engine.drop()
    bench.run(300)
    tap.heard.clear()
    bench.run(60_000)
    assert len(tap.heard) >= 55
    assert len(set(tap.heard)) == 1
    bench.to_engine.connected = True
    bench.run_until(bench.calm)
    assert bench.books.credited == bench.validator.taken == Counter([1000])


def test_acknowledgement_waits_for_the_commit() -> None:
    """A credit is acknowledged only after it was committed: a program that dies before leaves it with the device."""
    bench, tap = tapped(SspOptions())
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.run_until(lambda: bench.validator.bill is not None and bench.validator.bill.credit_told)
    bench.kill_at = (0, "before_commit")
    with pytest.raises(Killed):
        bench.run(1_000)
    assert not any(frame.data == b"\x57" for frame in tap.heard)
    bench.start_program()
    bench.run_until(lambda: bench.heard(EffectFound))
    bench.run_until(bench.calm)
    assert any(frame.data == b"\x57" for frame in tap.heard)
    assert bench.books.credited == Counter([1000])
    assert not bench.heard(BillReported), "the credit that was shown again is the same one"


def test_bytes_from_before_are_fetched_again() -> None:
    """An answer that waited in the port when the program started is dropped, and fetched by the first question."""
    bench, _ = tapped()
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.run_until(lambda: bench.books.pending)
    bench.run_until(lambda: bench.validator.bill is not None and bench.validator.bill.credit_told)
    bench.kill_program()
    bench.run(100)
    bench.start_program()
    bench.run_until(bench.calm)
    assert bench.books.findings == ["in_box"]


# --- settings -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("version", [8, 7, 6, 5, 4])
def test_speaks_every_version(version: int) -> None:
    """The highest version that is not refused is used, and values are right in each of them."""
    bench, _ = tapped(replace(PLAIN, highest_version=version))
    bench.validator.insert_bill(10000, bench.now_ms)
    bench.run_until(lambda: bench.heard(BillStacked))
    assert bench.heard(BillStacked) == [BillStacked(10000)]


def test_other_currency_stays_inhibited() -> None:
    """A unit that is set for another currency is a problem, and never enabled."""
    tap = Tap(BillValidator(NOTES), replace(PLAIN, currency="EUR"))
    bench = Bench(lambda: SspValidator("CNY"), tap)
    bench.start_program()
    bench.run(8_000)
    assert bench.problems() == ("wrong_currency",)
    assert (0, "020000") in tap.commands()
    assert not bench.validator.enabled


def test_only_configured_notes_are_enabled() -> None:
    """Notes that are not to be taken are inhibited: the device gives them back by itself."""
    bench, tap = tapped(engine=SspValidator("CNY", (500, 1000)))
    assert (0, "020600") in tap.commands()
    bench.validator.insert_bill(100, bench.now_ms)
    bench.run_until(lambda: bench.heard(BillRefused))
    assert bench.heard(BillRefused) == [BillRefused("reject.inhibited")]


def test_a_device_that_is_no_validator() -> None:
    """Set-up data that is not a note acceptor's is a problem, and tried again; it can be replaced without a restart."""
    hopper = Tap(BillValidator(NOTES), PLAIN)
    hopper._commands[0x05] = lambda data, now_ms: b"\xf0\x03" + bytes(30)
    bench = Bench(lambda: SspValidator("CNY"), hopper)
    bench.start_program()
    bench.run(6_000)
    assert bench.problems() == ("protocol",)
    bench.swap_unit(SspSlave(BillValidator(NOTES), PLAIN))
    bench.run_until(bench.ready)


def test_disabled_by_itself_is_enabled_again() -> None:
    """A device that heard nothing for long disables itself; it is enabled again when the line is back."""
    bench, _ = tapped()
    bench.to_device.connected = False
    bench.run(20_000)
    bench.to_device.connected = True
    bench.run_until(lambda: bench.problems() == ())
    bench.run(1_000)
    assert bench.validator.enabled


# --- reports that nobody asked for --------------------------------------------------------------------------------
def test_credit_told_again_after_a_power_cut() -> None:
    """A note that was credited before the power cut and is found in the box after it is reported, not credited again."""
    bench, _ = tapped()
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.run_until(lambda: bench.heard(BillStacked))
    assert bench.validator.place is Place.TRANSPORT
    bench.device.lose_power(bench.now_ms)
    bench.device.restore_power(bench.now_ms)
    bench.run_until(lambda: bench.heard(BillReported))
    bench.run_until(bench.calm)
    assert bench.heard(BillReported) == [BillReported("box", 1000)]
    assert bench.books.credited == Counter([1000])


def test_firmware_that_stacks_by_itself() -> None:
    """A note that goes into the box although nobody decided is credited all the same."""
    tap = Tap(BillValidator(NOTES, hold_ms=400, stacks_unheld=True), PLAIN)
    bench = Bench(lambda: SspValidator("CNY"), tap)
    bench.books.on_held = "wait"
    bench.start_program()
    bench.run_until(bench.ready)
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.run_until(lambda: bench.heard(BillHeld))
    bench.run_until(lambda: bench.heard(BillStacked))
    bench.run_until(bench.calm)
    assert bench.books.credited == bench.validator.taken == Counter([1000])


def test_decision_about_a_note_that_is_gone() -> None:
    """Each effect has an outcome, also when the note went back before the decision came."""
    bench, _ = tapped()
    bench.books.on_held = "wait"
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.run_until(lambda: bench.heard(BillHeld))
    bench.validator.pull_back(bench.now_ms)
    bench.run_until(lambda: bench.heard(BillReturned))
    bench.decide("stack")
    assert bench.books.findings == ["given_back"]


def test_note_that_came_while_the_program_started() -> None:
    """A note that was drawn in before the start-up was through is given back: nobody invited it."""
    bench, _ = tapped()
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.kill_program()
    bench.start_program()
    bench.run_until(bench.ready)
    bench.run_until(lambda: bench.heard(BillRefused))
    assert bench.validator.where(Place.RETURNED) == Counter([1000])
    assert not bench.heard(BillHeld)


@pytest.mark.parametrize("counted", [True, False])
def test_notes_fed_without_a_pause(counted: bool) -> None:
    """The next note is put in the moment the mouth is free: its counter is known all the same, if there is one."""
    check = TestRichFirmware() if counted else TestOldFirmware()
    bench = check.ready()
    for amount_minor in (1000, 500, 500):
        check.insert(bench, amount_minor)
        bench.run_until(lambda: not bench.validator.bill)
    check.balanced(bench)
    counts = [event.count_before for event in bench.heard(BillHeld) if isinstance(event, BillHeld)]
    assert counts == ([0, 1, 2] if counted else [None] * 3)


@pytest.mark.parametrize("amount_minor", [1000, 500])
@pytest.mark.parametrize("after_ms", range(0, 1_500, 150))
@pytest.mark.parametrize("device_too", [True, False])
def test_next_note_while_the_program_is_dead(amount_minor: int, after_ms: int, device_too: bool) -> None:
    """A note reaches the box while nobody listens, the next one comes back: the first one is credited, not the second."""
    check = TestRichFirmware()
    bench = check.ready()
    check.insert(bench, 1000)
    bench.run_until(lambda: bench.validator.place is Place.TRANSPORT)
    bench.kill_program()
    bench.run_until(lambda: not bench.validator.bill)
    assert bench.validator.insert_bill(amount_minor, bench.now_ms)
    bench.run(after_ms)
    if device_too:
        bench.device.lose_power(bench.now_ms)
        bench.run(300)
        bench.device.restore_power(bench.now_ms)
    bench.start_program()
    check.balanced(bench)
    assert bench.validator.in_box == Counter([1000])


def test_swap_without_silence() -> None:
    """Another serial number is noticed within a poll or two, even when the line was never silent."""
    bench, tap = tapped()
    tap.options = replace(PLAIN, serial=99)
    bench.run(1_500)
    assert [event.serial for event in bench.heard(DeviceIdentified) if isinstance(event, DeviceIdentified)][-1] == "99"


def test_question_about_an_earlier_note_while_running() -> None:
    """What was seen of other notes is no evidence about the one that is asked for."""
    bench, _ = tapped()
    bench.validator.insert_bill(1000, bench.now_ms)
    bench.run_until(bench.calm)
    bench.run(1_000)
    assert bench.engine is not None
    bench.engine.perform("9.0", Ask("8.0", StackBill(500)), bench.now_ms)
    bench.run_until(lambda: bench.heard(EffectFound))
    assert bench.heard(EffectFound) == [EffectFound("8.0", "nothing")]


# --- the enemy ----------------------------------------------------------------------------------------------------
class Puppet:
    """An engine whose device is played by the test: every question is answered with bytes of its choice."""

    def __init__(self, started: bool = True) -> None:
        self.engine = SspValidator("CNY")
        self.now_ms = 0
        self.events: list[Event] = []
        self.asked: Frame | None = None
        self._reader = FrameReader()
        self.engine.port_opened(0)
        device = SspSlave(BillValidator(NOTES), PLAIN)
        device.handle_timer(BillValidator.BOOTING_MS)
        while started and not device.validator.enabled:
            device.receive_data(self.pass_on(), self.now_ms + BillValidator.BOOTING_MS)
            self.hear(device.data_to_send(), 20)

    def pass_on(self) -> bytes:
        """One pass of the pump: collect, perform nothing, speak."""
        self.engine.follow(Wanted(accept_bills=True, sale_open=True), self.now_ms)
        while (event := self.engine.next_event()) is not None:
            self.events.append(event)
        return self.engine.data_to_send()

    def hear(self, data: bytes, ms: int) -> None:
        """Bytes arrive, time passes."""
        self.now_ms += ms
        self.engine.receive_data(data, self.now_ms)
        if self.engine.wake_at_ms is not None and self.engine.wake_at_ms <= self.now_ms:
            self.engine.handle_timer(self.now_ms)

    def question(self) -> bytes:
        """The question in flight, put now if there is none."""
        for frame in self._reader.feed(self.pass_on()):
            self.asked = frame
        return self.asked.data if self.asked else b""

    def answer(self, data: bytes) -> None:
        """Answer the question that is in flight, if there is one, with a well-formed packet."""
        if self.question() and self.asked:
            frame, self.asked = self.asked, None
            self.hear(encode(frame.seq, frame.address, data), 10)
        self.hear(b"", 210)

    def poll(self, data: bytes) -> None:
        """Say yes to everything until a poll comes, and answer that."""
        while self.question() != b"\x07":
            self.answer(b"\xf0")
        self.answer(data)


ANSWERS = st.binary(max_size=40) | st.lists(
    st.sampled_from([b"\xf0", b"\xef\x00", b"\xef\x03", b"\xec", b"\xcc", b"\xf1", b"\xe2\x03", b"\xe8", b"\xca"]),
    max_size=6,
).map(lambda parts: b"\xf0" + b"".join(parts))


@settings(max_examples=1000, deadline=None)
@given(chunks=st.lists(st.binary(max_size=60), max_size=20))
def test_noise_is_survived(chunks: list[bytes]) -> None:
    """Random bytes never raise, never credit, and are not kept."""
    puppet = Puppet(started=False)
    for chunk in chunks:
        puppet.pass_on()
        puppet.hear(chunk, 90)
    assert not any(isinstance(event, BillStacked | BillHeld | EffectFound) for event in puppet.events)


@settings(max_examples=400, deadline=None)
@given(answers=st.lists(ANSWERS, max_size=15), ask=st.booleans())
def test_well_formed_nonsense_is_survived(answers: list[bytes], ask: bool) -> None:
    """Packets with a right CRC and any content never raise, and there is no credit without a CREDIT or a held note."""
    puppet = Puppet()
    if ask:
        puppet.engine.perform("2.0", Ask("1.0", StackBill(1000)), puppet.now_ms)
    for answer in answers:
        puppet.answer(answer or b"\xf0")
    puppet.pass_on()
    found = [event for event in puppet.events if isinstance(event, EffectFound)]
    assert len(found) <= ask
    credits = sum(answer.count(b"\xee") for answer in answers)
    held = sum(isinstance(event, BillHeld) for event in puppet.events)
    assert sum(isinstance(event, BillStacked) for event in puppet.events) <= credits + held


def test_second_note_is_not_taken_for_the_first() -> None:
    """If the end of an accepted note got lost and another is read, that one is given back and never polled in."""
    puppet = Puppet()
    puppet.poll(b"\xf0\xef\x03")
    puppet.pass_on()
    assert BillHeld(1000, "1873452") in puppet.events
    puppet.engine.perform("1.0", StackBill(1000), puppet.now_ms)
    for answer in (b"\xf0\xcc", b"\xf0\xef\x00", b"\xf0\xef\x02"):
        puppet.poll(answer)
    assert puppet.question() == b"\x08"


def test_unknown_event_ends_the_list() -> None:
    """Behind a code that is not known nothing can be told apart: it is dropped and counted, what came before counts."""
    puppet = Puppet()
    puppet.poll(b"\xf0\xe6\x03\x77\xee\x03")
    puppet.pass_on()
    assert FraudAttempted(1000) in puppet.events
    assert BillStacked(1000) not in puppet.events
    assert puppet.engine.garbled >= 1


# --- tables -------------------------------------------------------------------------------------------------------
def test_every_reject_reason_has_words() -> None:
    """Each reason is in the catalogue of every language."""
    for words in CATALOGUES.values():
        assert {f"reject.{reason}" for reason in (*REJECT_REASONS.values(), "unknown")} <= words.keys()


@pytest.mark.parametrize(
    ("answer", "version", "events"),
    [
        ("EE01CCEB", 5, ["EE01", "CC", "EB"]),
        ("E202E100E6038301B7", 5, ["E202", "E100", "E603", "8301"]),
        ("CAF4010000455552EB", 8, ["CAF4010000455552", "EB"]),
        ("DA01F4010000455552EB", 6, ["DA01F4010000455552", "EB"]),
        ("DAF4010000EB", 5, ["DAF4010000", "EB"]),
        ("DCF401000000000000EB", 5, ["DCF401000000000000", "EB"]),
        ("EB77EE01", 8, ["EB"]),
        ("EBEE", 8, ["EB"]),
    ],
)
def test_event_lengths(answer: str, version: int, events: list[str]) -> None:
    """Each event is taken with the data that its version gives it."""
    parsed, dropped = parse_events(bytes.fromhex(answer), version)
    assert [(bytes([event.code]) + event.data).hex().upper() for event in parsed] == events
    assert (dropped > 0) == (len("".join(events)) < len(answer))


def test_setup_of_the_manual() -> None:
    """The manual's set-up example: pounds in three channels, no table of wide values."""
    answer = bytes.fromhex("F0003031303047425000000103050A14020202000064" + "05")
    setup = parse_setup(answer)
    assert setup is not None
    assert setup.values == (("GBP", 500), ("GBP", 1000), ("GBP", 2000))
    assert setup.firmware == "0100"
