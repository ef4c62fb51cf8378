"""The printer engine against a modelled printer: what it says was printed was printed, whatever goes wrong."""

import re
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter
from terminal.fsm.effects import Ask, Identify, OpenBarrier, OpenDrawer, PayOut, PrintDocument, Wanted
from terminal.fsm.events import (
    DeviceChanged,
    DrawerChanged,
    DrawerFailed,
    DrawerKicked,
    EffectFound,
    Event,
    Printed,
    PrintInDoubt,
    PrintStarted,
)
from terminal.hw.escpos_commands import FENCE, INITIALIZE, PIECE_MAX
from terminal.hw.printer import BUSY_MS, QUEUE_MAX, REPLY_MS, EscposPrinter, Proof
from tests.hw.printer_bench import LINES, Bench, complete, plain, receipt

DOCUMENT_MM = LINES * 3.75 + 8 + 3.75 + 3 * 3.75
"""How much paper a document of the bench takes."""
PRINT_MS = 900
"""How long it takes to print, about."""


SLOW = 960
"""Bytes a second at 9600 baud."""
FAST = 1_000_000
PROVING = [("process_id", True), ("fence", False), ("auto", True), ("auto", False)]
"""The ways to prove, and whether the printer knows process ids."""


def bench(proof: Proof = "auto", *, copies: bool = False, bytes_per_s: int = FAST, **board: Any) -> Bench:
    """An engine with a well printer, connected and known."""
    printer = EscposBoard(ReceiptPrinter(), **board)
    joined = Bench(EscposPrinter(plain, proof=proof), printer, copies=copies, bytes_per_s=bytes_per_s)
    joined.connect().run(1_000)
    assert joined.events == [DeviceChanged("printer", ())]
    return joined


def outcomes(joined: Bench) -> list[Event]:
    """What the engine said about documents."""
    return [event for event in joined.events if isinstance(event, PrintStarted | Printed | PrintInDoubt)]


# --- printing -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("proof", "process_id", "fence", "said"),
    [
        ("auto", True, True, "process_id"),
        ("auto", True, False, "process_id"),
        ("auto", False, True, "fence"),
        ("process_id", True, False, "process_id"),
        ("fence", True, True, "fence"),
        ("none", False, False, "drained"),
        ("auto", False, False, "drained"),
    ],
)
def test_two_documents_are_printed_and_proved(proof: Proof, process_id: bool, fence: bool, said: str) -> None:
    """Each document is announced, printed once and proved, by the best proof that the printer knows."""
    joined = bench(proof, supports_process_id=process_id, answers_gs_r=fence)
    joined.run(10_000)
    jobs = [joined.print("7.0", 1), joined.print("7.1", 2)]
    joined.run(30_000)
    assert outcomes(joined) == [
        PrintStarted("7.0"), Printed("7.0", said), PrintStarted("7.1"), Printed("7.1", said),
    ]  # fmt: skip
    assert [complete(strip, job) for strip, job in zip(joined.printer.documents, jobs, strict=True)] == [True, True]
    assert joined.board.unknown == []


def test_not_a_byte_of_a_document_is_sent_before_its_start_is_committed() -> None:
    """`data_to_send` keeps silent as long as an event was not fetched."""
    joined = bench()
    joined.print("7.0")
    engine = joined.engine
    for _ in range(20):
        engine.receive_data(b"\x12", joined.now_ms)
        if engine.wake_at_ms == joined.now_ms and engine.data_to_send() == b"":
            break
        engine.data_to_send()
    assert engine.data_to_send() == b""
    assert engine.next_event() == PrintStarted("7.0")
    assert engine.data_to_send().startswith(b"\x1b@R1 line 0")


def test_the_only_proof_missing_leaves_a_doubt() -> None:
    """A printer that must prove, and is well but proves nothing within 20 s, leaves a doubt, once."""
    joined = bench("fence", supports_process_id=False, answers_gs_r=False)
    joined.run(10_000)
    joined.print("7.0")
    joined.run(19_000)
    assert outcomes(joined) == [PrintStarted("7.0")]
    joined.run(40_000)
    assert outcomes(joined) == [PrintStarted("7.0"), PrintInDoubt("7.0", "no_proof")]


def test_a_line_that_only_leads_there() -> None:
    """With `answers=False` nothing is asked, nothing is silent, and documents are printed without proof."""
    board = EscposBoard(ReceiptPrinter(), answers_status=False, answers_gs_r=False, supports_process_id=False)
    joined = Bench(EscposPrinter(plain, answers=False), board).connect()
    joined.run(10_000)
    job = joined.print("7.0")
    joined.run(10_000)
    assert joined.events == [DeviceChanged("printer", ()), PrintStarted("7.0"), Printed("7.0", "drained")]
    assert complete(joined.printer.documents[0], job)
    assert b"\x10\x04" not in joined.sent
    assert joined.engine.wake_at_ms is None


def test_an_idle_printer_is_left_alone() -> None:
    """A status round every 2 s while idle, every 250 ms while somebody stands there."""
    joined = bench()
    before = len(joined.sent)
    joined.run(20_000)
    assert 9 * 12 <= len(joined.sent) - before <= 11 * 12
    joined.engine.follow(Wanted(sale_open=True), joined.now_ms)
    before = len(joined.sent)
    joined.run(2_000)
    assert 7 * 12 <= len(joined.sent) - before <= 9 * 12


def test_one_document_waits_for_the_other_and_not_too_many_wait() -> None:
    """The queue is bounded: one too many is in doubt at once, and the same effect twice is one document."""
    joined = bench()
    joined.printer.paper_out()
    joined.run(3_000)
    for number in range(QUEUE_MAX + 1):
        joined.print(f"{number}.0", number)
    joined.print("0.0", 0)
    joined.run(1_000)
    assert outcomes(joined) == [PrintInDoubt(f"{QUEUE_MAX}.0", "queue_full")]
    joined.printer.load_paper()
    joined.run(60_000)
    assert joined.count(Printed) == len(joined.printer.documents) == QUEUE_MAX


def test_what_is_not_the_printers_is_ignored() -> None:
    """Effects of other devices cause nothing; a drawer that is wired elsewhere neither."""
    joined = bench()
    before = list(joined.events)
    for effect in (OpenBarrier(1), PayOut(100), OpenDrawer("change"), Ask("1.0", OpenDrawer("change"))):
        joined.engine.perform("9.0", effect, joined.now_ms)
    joined.run(1_000)
    assert joined.events == before


def test_nobody_can_tell_about_an_earlier_life() -> None:
    """An `Ask` about a document is answered at once: in doubt."""
    joined = bench()
    joined.engine.perform("9.0", Ask("3.1", PrintDocument(receipt(), "en")), joined.now_ms)
    joined.run(10)
    assert joined.said(EffectFound) == [EffectFound("3.1", "in_doubt")]


def test_no_piece_is_sent_before_the_one_before_it_was_answered() -> None:
    """On a slow line a piece waits for the answer to the query behind the last one, so trouble is noticed in time."""
    joined = bench(bytes_per_s=SLOW)
    joined.print("7.0")
    while not joined.count(Printed):
        joined.run(1)
        assert joined.waiting <= PIECE_MAX + len(FENCE), "never more than a piece and a query wait for the line"
    pieces = re.split(rb"\x10\x04[\x01-\x04]", joined.sent)
    assert max(len(piece) for piece in pieces) <= PIECE_MAX + len(INITIALIZE + FENCE)


def test_the_status_before_a_document_is_newer_than_the_document() -> None:
    """Paper that ran out since the last status round is noticed before the first byte: no doubt, no copy."""
    joined = bench()
    joined.printer.paper_out()
    joined.print("7.0")
    joined.run(5_000)
    assert outcomes(joined) == []
    joined.printer.load_paper()
    joined.run(5_000)
    assert outcomes(joined) == [PrintStarted("7.0"), Printed("7.0", "process_id")]


# --- problems -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("harm", "repair", "problem"),
    [
        ("paper_out", "load_paper", "paper_out"),
        ("open_cover", "close_cover", "cover_open"),
        ("overheat", "cool_down", "offline"),
        ("lose_power", "restore_power", "silent"),
    ],
)
def test_a_document_waits_for_a_well_printer(harm: str, repair: str, problem: str) -> None:
    """Before the first byte trouble costs nothing: the original is printed when the printer is well again."""
    joined = bench()
    getattr(joined.printer, harm)()
    joined.run(5_000)
    assert joined.problems() == (problem,)
    job = joined.print("7.0")
    before = joined.sent
    joined.run(20_000)
    assert b"R1" not in joined.sent[len(before) :]
    assert outcomes(joined) == []
    getattr(joined.printer, repair)()
    joined.run(10_000)
    assert outcomes(joined) == [PrintStarted("7.0"), Printed("7.0", "process_id")]
    assert complete(joined.printer.documents[-1], job)
    assert joined.problems() == ()


def test_paper_near_its_end_stops_nothing() -> None:
    """`paper_low` is told, and documents are printed all the same."""
    joined = bench()
    joined.printer.paper_low()
    joined.print("7.0")
    joined.run(5_000)
    assert joined.problems() == ("paper_low",)
    assert joined.count(Printed) == 1


def test_a_jammed_cutter_leaves_a_doubt() -> None:
    """The cut is part of the document: without it, a doubt and a problem."""
    joined = bench()
    joined.printer.jam_cutter()
    joined.print("7.0")
    joined.run(5_000)
    assert outcomes(joined) == [PrintStarted("7.0"), PrintInDoubt("7.0", "cutter")]
    assert joined.problems() == ("cutter",)


def test_a_hot_head_is_waited_for() -> None:
    """A pause that ends by itself is no doubt."""
    joined = bench()
    joined.print("7.0")
    joined.run(300)
    joined.printer.overheat()
    joined.run(6_000)
    assert joined.problems() == ("offline",)
    joined.printer.cool_down()
    joined.run(6_000)
    assert outcomes(joined) == [PrintStarted("7.0"), Printed("7.0", "process_id")]


@pytest.mark.parametrize(("sale_open", "bound_ms"), [(True, 2_000), (False, 4_000)])
@pytest.mark.parametrize("moment_ms", range(0, 2_000, 130))
def test_silence_is_noticed_in_time(sale_open: bool, bound_ms: int, moment_ms: int) -> None:
    """A printer that falls silent is reported within 2 s in a sale and 4 s otherwise, whenever it happens."""
    joined = bench()
    joined.engine.follow(Wanted(sale_open=sale_open), joined.now_ms)
    joined.run(moment_ms)
    joined.printer.lose_power()
    joined.run(bound_ms)
    assert joined.problems() == ("silent",)


# --- asked anew how it is -----------------------------------------------------------------------------------------
IDENTIFY = Identify("printer")


@pytest.mark.parametrize("moment_ms", range(0, 2_500, 90))
@pytest.mark.parametrize(("harm", "problems"), [("", ()), ("paper_out", ("paper_out",))])
def test_asked_anew_it_tells_how_it_is(harm: str, problems: tuple[str, ...], moment_ms: int) -> None:
    """Within a few seconds, once, whether that has changed or not; and it prints as before."""
    joined = bench()
    if harm:
        getattr(joined.printer, harm)()
        joined.run(6_000)
    joined.run(moment_ms)
    before = joined.said(DeviceChanged)
    joined.engine.perform("9.0", Identify("barrier"), joined.now_ms)
    joined.run(2_500)
    assert joined.said(DeviceChanged) == before
    joined.engine.perform("9.1", IDENTIFY, joined.now_ms)
    joined.run(4_000)
    assert joined.said(DeviceChanged) == [*before, DeviceChanged("printer", problems)]
    if harm:
        joined.printer.load_paper()
    joined.print("7.0")
    joined.run(15_000)
    assert outcomes(joined) == [PrintStarted("7.0"), Printed("7.0", "process_id")]


def test_asked_anew_without_power() -> None:
    """Its silence shows; asked again it is no news, and its answer is heard when it is back."""
    joined = bench()
    joined.printer.lose_power()
    joined.engine.perform("9.0", IDENTIFY, joined.now_ms)
    joined.run(5_000)
    joined.engine.perform("9.1", IDENTIFY, joined.now_ms)
    joined.run(5_000)
    assert joined.said(DeviceChanged)[1:] == [DeviceChanged("printer", ("silent",))]
    joined.printer.restore_power()
    joined.run(10_000)
    assert joined.problems() == ()


@pytest.mark.parametrize(("proof", "process_id"), PROVING)
@pytest.mark.parametrize("moment_ms", range(0, 3_000, 110))
def test_asked_anew_while_a_document_is_printed(moment_ms: int, proof: Proof, process_id: bool) -> None:
    """At whatever moment: each document comes out once, with a proof that the bench compares with the paper."""
    joined = bench(proof, supports_process_id=process_id)
    joined.print("7.0", 1)
    joined.print("8.0", 2)
    joined.run(moment_ms)
    joined.engine.perform("9.0", IDENTIFY, joined.now_ms)
    joined.run(30_000)
    assert [type(event) for event in outcomes(joined)] == [PrintStarted, Printed] * 2


def test_asked_anew_over_a_cable_that_only_leads_there() -> None:
    """It can not answer, so it is not said to have answered."""
    joined = Bench(EscposPrinter(plain, answers=False), EscposBoard(ReceiptPrinter())).connect()
    joined.run(1_000)
    joined.engine.perform("9.0", IDENTIFY, joined.now_ms)
    joined.run(5_000)
    assert joined.said(DeviceChanged) == [DeviceChanged("printer", ())]


def test_a_cable_pulled_out_and_in() -> None:
    """A document on its way is in doubt, the next one waits and is printed after the cable is back."""
    joined = bench()
    joined.print("7.0", 1)
    second = joined.print("7.1", 2)
    joined.run(300)
    joined.disconnect()
    assert joined.problems() == ("absent",)
    assert outcomes(joined) == [PrintStarted("7.0"), PrintInDoubt("7.0", "absent")]
    joined.run(5_000)
    joined.connect()
    joined.run(20_000)
    assert outcomes(joined)[2:] == [PrintStarted("7.1"), Printed("7.1", "process_id")]
    assert complete(joined.printer.documents[-1], second)


def test_absent_from_the_start() -> None:
    """A port that never opened is told once."""
    engine = EscposPrinter(plain)
    engine.port_closed(0)
    engine.port_closed(1_000)
    assert engine.next_event() == DeviceChanged("printer", ("absent",))
    assert engine.next_event() is None


# --- doubts and copies --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("proof", "process_id"), PROVING[:2])
@pytest.mark.parametrize("mm", range(int(DOCUMENT_MM) + 12))
def test_paper_out_at_every_millimetre(mm: int, proof: Proof, process_id: bool) -> None:
    """Wherever the paper ends: at most one whole original, and the last copy is whole and says that it is one."""
    joined = bench(proof, copies=True, supports_process_id=process_id)
    joined.printer.paper_ends_in(mm + 0.5)
    joined.print("7.0")
    joined.run(4_000)
    joined.printer.load_paper()
    joined.run(20_000)
    wholes = [strip for strip in joined.printer.documents if strip.content]
    assert sum(not strip.is_copy for strip in wholes) <= 1
    assert joined.count(Printed) == 1
    assert complete(wholes[-1], next(reversed(joined.jobs.values())))
    assert (mm + 0.5 > DOCUMENT_MM) == (joined.count(PrintInDoubt) == 0)


@pytest.mark.parametrize("low", [False, True])
@pytest.mark.parametrize("bytes_per_s", [SLOW, FAST])
@pytest.mark.parametrize(("proof", "process_id"), PROVING[:2])
@pytest.mark.parametrize("at_ms", range(0, PRINT_MS + 400, 83))
def test_a_roll_changed_in_no_time(at_ms: int, proof: Proof, process_id: bool, bytes_per_s: int, low: bool) -> None:
    """Paper that is away for little more than an answer may take has cut the document in two: never proved, printed again."""
    joined = bench(proof, copies=True, bytes_per_s=bytes_per_s, supports_process_id=process_id)
    if low:
        joined.printer.paper_low()
        joined.run(1_000)
    joined.print("7.0")
    joined.run(at_ms)
    joined.printer.paper_out()
    joined.run(REPLY_MS + 50)
    joined.printer.load_paper()
    joined.run(20_000)
    assert joined.count(Printed) == 1
    assert complete(joined.printer.documents[-1], next(reversed(joined.jobs.values())))


@pytest.mark.parametrize("mild", ["paper_low", "overheat"])
def test_trouble_is_believed_at_once(mild: str) -> None:
    """What was said before does not delay it: not `paper_low`, nor the `offline` that the first answer tells of."""
    joined = bench()
    joined.print("7.0")
    joined.run(200)
    getattr(joined.printer, mild)()
    joined.run(300)
    assert joined.problems() == ("paper_low" if mild == "paper_low" else "offline",)
    joined.printer.paper_out()
    joined.run(BUSY_MS + 20)
    assert outcomes(joined) == [PrintStarted("7.0"), PrintInDoubt("7.0", "paper_out")]
    assert joined.problems() == ("paper_out",)


@pytest.mark.parametrize("bytes_per_s", [SLOW, FAST])
@pytest.mark.parametrize(("proof", "process_id"), PROVING)
@pytest.mark.parametrize("at_ms", range(0, PRINT_MS + 400, 83))
def test_a_blink_of_the_power_at_any_time(at_ms: int, proof: Proof, process_id: bool, bytes_per_s: int) -> None:
    """A printer that was away for 650 ms has lost its buffer: never proved, printed again as a copy."""
    joined = bench(proof, copies=True, bytes_per_s=bytes_per_s, supports_process_id=process_id, boot_ms=600)
    joined.print("7.0")
    joined.run(at_ms)
    joined.printer.lose_power()
    joined.run(50)
    joined.printer.restore_power()
    joined.run(60_000)
    assert joined.count(Printed) == 1
    assert complete(joined.printer.documents[-1], next(reversed(joined.jobs.values())))


@pytest.mark.parametrize(("proof", "process_id"), PROVING)
@pytest.mark.parametrize("at_ms", range(0, PRINT_MS, 90))
def test_the_answers_of_a_doubtful_document_prove_nothing(at_ms: int, proof: Proof, process_id: bool) -> None:
    """The printer ends the old document when the cover is shut again and says so: that is no proof of the copy."""
    joined = bench(proof, copies=True, supports_process_id=process_id)
    joined.print("7.0")
    joined.run(at_ms)
    joined.printer.open_cover()
    joined.run(2_000)
    joined.printer.close_cover()
    joined.run(30_000)
    assert joined.count(Printed) == 1
    assert complete(joined.printer.documents[-1], next(reversed(joined.jobs.values())))


@pytest.mark.parametrize("bytes_per_s", [SLOW, FAST])
@pytest.mark.parametrize(("proof", "process_id"), PROVING)
@pytest.mark.parametrize("at_ms", range(0, PRINT_MS, 146))
def test_a_new_life_of_the_program_is_not_fooled_by_the_last(
    at_ms: int, proof: Proof, process_id: bool, bytes_per_s: int
) -> None:
    """Killed in mid-command even: what the printer still holds and answers is no proof for the next life's document."""
    first = bench(proof, bytes_per_s=bytes_per_s, supports_process_id=process_id)
    first.print("7.0")
    first.run(at_ms)
    second = Bench(EscposPrinter(plain, proof=proof), first.board)
    second.now_ms = first.now_ms
    second.connect()
    job = second.print("8.0", copy=1)
    second.run(30_000)
    assert second.count(Printed) == 1
    assert complete(second.printer.documents[-1], job)


@pytest.mark.parametrize("buffer_size", [600, 1000])
def test_a_small_buffer_is_not_overrun(buffer_size: int) -> None:
    """A printer with little memory and flow control gets the document in its own time."""
    joined = Bench(EscposPrinter(plain), EscposBoard(ReceiptPrinter(speed_mm_s=60), buffer_size=buffer_size)).connect()
    joined.print("7.0")
    joined.run(20_000)
    assert joined.count(Printed) == 1


# --- a bad line ---------------------------------------------------------------------------------------------------
def bad_line(random: Random, loss: float, twice: float) -> "Noise":
    """Answers of which some are lost and some come twice."""
    return Noise(random, loss, twice)


class Noise:
    """Loses and doubles bytes."""

    def __init__(self, random: Random, loss: float, twice: float) -> None:
        self.random = random
        self.loss = loss
        self.twice = twice

    def __call__(self, data: bytes) -> bytes:
        """What arrives of the data."""
        arrived = b""
        for byte in data:
            if self.random.random() >= self.loss:
                arrived += bytes((byte,)) * (2 if self.random.random() < self.twice else 1)
        return arrived


@pytest.mark.parametrize("process_id", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_lost_and_doubled_answers(seed: int, process_id: bool) -> None:
    """With 3 % of the answers lost and 3 % doubled nothing is proved that is not on paper, and printing goes on."""
    board = EscposBoard(ReceiptPrinter(), supports_process_id=process_id)
    joined = Bench(EscposPrinter(plain), board, line=bad_line(Random(seed), 0.03, 0.03), copies=True).connect()
    for number in range(3):
        joined.print(f"{number}.0", number)
        joined.run_until(Printed, 600_000)
    assert joined.count(Printed) == 3


@settings(max_examples=1000, deadline=None)
@given(chunks=st.lists(st.tuples(st.binary(max_size=12), st.integers(0, 700)), max_size=20))
def test_random_answers_prove_nothing(chunks: list[tuple[bytes, int]]) -> None:
    """Whatever arrives: no exception, no `Printed` by process id, one outcome at most, bounded memory."""
    engine = EscposPrinter(plain, proof="process_id", drawer=True, drawer_open_high=True)
    engine.port_opened(0)
    engine.perform("7.0", PrintDocument(receipt(), "en"), 0)
    now_ms = 0
    events: list[Event] = []
    for data, pause_ms in chunks:
        engine.receive_data(data, now_ms)
        now_ms += pause_ms
        engine.handle_timer(now_ms)
        while (event := engine.next_event()) is not None:
            events.append(event)
        assert len(engine.data_to_send()) < 1_000
    assert not any(isinstance(event, Printed) for event in events)
    assert sum(isinstance(event, PrintInDoubt) for event in events) <= 1


@settings(max_examples=150, deadline=None)
@given(noise=st.lists(st.tuples(st.integers(0, 3_000), st.binary(min_size=1, max_size=8)), max_size=6))
def test_noise_among_the_answers_forges_no_process_id(noise: list[tuple[int, bytes]]) -> None:
    """Random bytes between the real answers never make a document printed that is not (the bench checks the paper)."""
    joined = Bench(EscposPrinter(plain, proof="process_id"), copies=True).connect()
    joined.print("7.0")
    for pause_ms, data in noise:
        joined.run(pause_ms)
        joined.engine.receive_data(data, joined.now_ms)
    joined.run(60_000)
    assert joined.count(Printed) == 1


def test_automatic_status_is_understood_beside_the_other_answers() -> None:
    """A printer that reports changes by itself is heard at once, and its reports spoil no other answer."""
    joined = bench("fence", automatic_always=True)
    joined.printer.open_cover()
    joined.run(20)
    assert joined.problems() == ("cover_open",)
    joined.printer.close_cover()
    joined.print("7.0")
    joined.run(5_000)
    assert joined.count(Printed) == 1


# --- the drawer ---------------------------------------------------------------------------------------------------
def drawer_bench(open_high: bool | None = True, wired_high: bool = True) -> Bench:
    """A printer with a drawer, connected and known."""
    engine = EscposPrinter(plain, drawer=True, drawer_open_high=open_high)
    joined = Bench(engine, EscposBoard(ReceiptPrinter(), drawer_open_high=wired_high)).connect()
    joined.run(1_000)
    return joined


@pytest.mark.parametrize("high", [True, False])
def test_the_drawer_opens_and_its_sensor_is_heard(high: bool) -> None:
    """One pulse, the sensor's word in either polarity, and its word again when the drawer is shut."""
    joined = drawer_bench(high, high)
    joined.engine.perform("5.0", OpenDrawer("change"), joined.now_ms)
    joined.run(3_000)
    assert joined.printer.drawer_kicks == 1
    assert joined.board.real_time == []
    joined.printer.shut_drawer()
    joined.run(3_000)
    assert joined.events[1:] == [DrawerKicked("5.0"), DrawerChanged(True), DrawerChanged(False)]


def test_the_drawer_opens_without_paper() -> None:
    """Out of paper the pulse goes by the real-time command, which does not wait for its turn."""
    joined = drawer_bench()
    joined.printer.paper_out()
    joined.run(3_000)
    joined.engine.perform("5.0", OpenDrawer("change"), joined.now_ms)
    joined.run(100)
    assert joined.printer.drawer_kicks == 1
    assert joined.board.real_time == [b"\x10\x14\x01\x00\x01"]
    assert joined.said(DrawerKicked) == [DrawerKicked("5.0")]


@pytest.mark.parametrize("during_ms", range(0, PRINT_MS, 50))
def test_the_drawer_opens_while_a_document_is_printed(during_ms: int) -> None:
    """A pulse between two commands of a document harms neither."""
    joined = drawer_bench()
    joined.print("7.0")
    joined.run(during_ms)
    joined.engine.perform("5.0", OpenDrawer("change"), joined.now_ms)
    joined.run(10_000)
    assert joined.printer.drawer_kicks == joined.count(DrawerKicked) == joined.count(Printed) == 1


def test_a_drawer_that_can_not_be_reached() -> None:
    """No port, no answer: the pulse fails with the reason, and is not sent later."""
    joined = drawer_bench()
    joined.printer.lose_power()
    joined.run(5_000)
    joined.engine.perform("5.0", OpenDrawer("change"), joined.now_ms)
    joined.disconnect()
    joined.engine.perform("6.0", OpenDrawer("change"), joined.now_ms)
    joined.run(100)
    assert joined.said(DrawerFailed) == [DrawerFailed("5.0", "silent"), DrawerFailed("6.0", "absent")]
    joined.printer.restore_power()
    joined.connect()
    joined.run(10_000)
    assert joined.printer.drawer_kicks == 0


def test_a_pulse_of_an_earlier_life_is_not_known() -> None:
    """The engine can not tell whether the drawer opened in an earlier life."""
    joined = drawer_bench()
    joined.engine.perform("9.0", Ask("5.0", OpenDrawer("change")), joined.now_ms)
    joined.run(10)
    assert joined.said(EffectFound) == [EffectFound("5.0", "nothing")]
    assert joined.printer.drawer_kicks == 0
