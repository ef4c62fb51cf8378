"""Scanners: bytes and key strokes in, codes out, and nothing that anybody does to them goes further."""

import os
import string
from random import Random

import evdev
import pytest
from evdev import ecodes
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.devices import scanner as model
from terminal.fsm.effects import OpenBarrier, Wanted
from terminal.fsm.events import CodeScanned, DeviceChanged, Event
from terminal.hw.engine import Engine
from terminal.hw.scanner import (
    CODES_PER_SECOND,
    GAP_MS,
    KEYS,
    LONGEST_CODE,
    PRINTABLE,
    RECORD,
    SAME_CODE_MS,
    UNREADABLE,
    KeyboardScanner,
    SerialScanner,
)

TICKET = "PK1.A-17.1767225600.T1.0123456789abcdef"
ALL_PRINTABLE = "".join(chr(character) for character in sorted(PRINTABLE))


def drain(scanner: Engine) -> list[Event]:
    """All that the engine has to say."""
    events: list[Event] = []
    while event := scanner.next_event():
        events.append(event)
    return events


def codes(scanner: Engine) -> list[str]:
    """The codes among what the engine has to say."""
    return [event.text for event in drain(scanner) if isinstance(event, CodeScanned)]


def tell(scanner: Engine, data: bytes, now_ms: int = 0) -> list[str]:
    """The codes that these bytes make."""
    scanner.receive_data(data, now_ms)
    return codes(scanner)


# --- serial -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("prefix", "suffix", "terminators", "data", "expected", "refused"),
    [
        (b"", b"", b"\r\n", b"A1\r", ["A1"], 0),
        (b"", b"", b"\r\n", b"A1\n", ["A1"], 0),
        (b"", b"", b"\r\n", b"A1\r\nB2\r\n", ["A1", "B2"], 0),
        (b"", b"", b"\r\n", b"\r\n\r\n", [], 0),
        (b"", b"", b"\t", b"A1\tB2\t", ["A1", "B2"], 0),
        (b"", b"", b"\r\n", b"A1\tB2\r", [], 1),  # a Tab that is no terminator makes two codes look like one
        (b"", b"", b"\r\n", ALL_PRINTABLE.encode() + b"\r", [ALL_PRINTABLE], 0),
        (b"]Q1", b"", b"\r\n", b"]Q1A1\r", ["A1"], 0),
        (b"]Q1", b"", b"\r\n", b"]C0A1\rA1\r", [], 2),
        (b"]Q1", b"", b"\r\n", b"]Q1\r", [], 1),
        (b"\x02", b"\x03", b"\r", b"\x02A1\x03\r", ["A1"], 0),
        (b"\x02", b"\x03", b"\r", b"\x02A1\r\x02\x03\r", [], 2),
        (b"aba", b"aba", b"\r", b"aba\rabaaba\rabaXaba\r", ["X"], 2),  # prefix and suffix must not share a byte
        (b"", b"", b"\r\n", b"A\x1dB\r", [], 1),
        (b"", b"", b"\r\n", b"A\x00\rA\x7f\rA\xff\r\x1b[2J\r", [], 4),
        (b"", b"", b"\r\n", "停车\r".encode("gb18030"), [], 1),
        (b"", b"", b"\r\n", b"9" * LONGEST_CODE + b"\r", ["9" * LONGEST_CODE], 0),
        (b"", b"", b"\r\n", b"9" * (LONGEST_CODE + 1) + b"\rA1\r", ["A1"], 1),
        (b"", b"", b"\r\n", b"9" * 100_000 + b"\rA1\r", ["A1"], 1),
    ],
)
def test_bytes_to_codes(
    prefix: bytes, suffix: bytes, terminators: bytes, data: bytes, expected: list[str], refused: int
) -> None:
    """What goes over the line and what becomes of it, whether it comes at once or byte by byte."""
    for step in (len(data), 1):
        scanner = SerialScanner(prefix, suffix, terminators)
        for start in range(0, len(data), step):
            scanner.receive_data(data[start : start + step], 0)
        assert codes(scanner) == expected
        assert scanner.refused == refused
        assert scanner.dropped == 0


def test_model_and_engine_agree_on_prefix_and_suffix() -> None:
    """A scanner set up in a certain way is read by an engine that is configured in the same way."""
    line = model.SerialScanner(prefix=b"]Q1", suffix=b"#", terminator=b"\r\n")
    line.scan(TICKET)
    assert tell(SerialScanner(prefix=b"]Q1", suffix=b"#"), line.data_to_send()) == [TICKET]
    assert line.data_to_send() == b""


def test_code_without_end_is_dropped_after_the_gap() -> None:
    """A partial code is given up after 100 ms of silence and does not run into the next one."""
    scanner = SerialScanner()
    assert tell(scanner, b"PK1.A", now_ms=1000) == []
    assert scanner.wake_at_ms == 1000 + GAP_MS == 1100
    scanner.handle_timer(1099)
    assert scanner.dropped == 0
    scanner.handle_timer(1100)
    assert scanner.dropped == 1
    assert scanner.wake_at_ms is None
    assert tell(scanner, b"B2\r", now_ms=1101) == ["B2"]


def test_gap_closes_a_code_when_the_scanner_sends_no_terminator() -> None:
    """With `gap_closes` silence is the terminator, and a real one still works."""
    scanner = SerialScanner(terminators=b"", gap_closes=True)
    assert tell(scanner, b"PK1", now_ms=0) == []
    assert tell(scanner, b".A", now_ms=99) == []
    scanner.handle_timer(100)
    assert codes(scanner) == []
    scanner.handle_timer(199)
    assert codes(scanner) == ["PK1.A"]
    assert scanner.wake_at_ms is None


def test_late_bytes_are_not_a_gap() -> None:
    """Bytes that waited while the terminal was busy (a slow disk) still belong to their code."""
    scanner = SerialScanner()
    assert tell(scanner, b"PK1", now_ms=0) == []
    assert tell(scanner, b".A\r", now_ms=5000) == ["PK1.A"]


def test_too_long_code_is_refused_to_its_very_end() -> None:
    """The rest of a code that is too long is not taken for a code, and counts once."""
    scanner = SerialScanner()
    assert tell(scanner, b"x" * 200, now_ms=0) == []
    assert tell(scanner, b"yyy\r", now_ms=50) == []
    assert tell(scanner, b"x" * 200, now_ms=60) == []
    scanner.handle_timer(160)
    assert tell(scanner, b"A1\r", now_ms=200) == ["A1"]
    assert (scanner.refused, scanner.dropped) == (2, 0)


def test_same_code_within_two_seconds_of_its_last_reading_is_one() -> None:
    """A ticket that lies before the scanner is read once, however long it lies; shown again later it is read again."""
    scanner = SerialScanner()
    at_ms = (0, 500, 2400, 4399, 4399 + SAME_CODE_MS)
    assert [tell(scanner, b"A1\r", now) for now in at_ms] == [["A1"], [], [], [], ["A1"]]
    assert scanner.repeated == 3


def test_a_code_that_was_shown_too_early_is_read_when_the_terminal_can_serve() -> None:
    """Somebody holds a ticket before a terminal that starts: it need not be taken away and shown anew."""
    scanner = SerialScanner()
    scanner.follow(Wanted(lamp="off"), 0)
    assert tell(scanner, b"A1\r", 500) == ["A1"]
    assert tell(scanner, b"A1\r", 2000) == []
    scanner.follow(Wanted(lamp="ready"), 2500)
    assert tell(scanner, b"A1\r", 3500) == ["A1"]
    scanner.follow(Wanted(lamp="busy", sale_open=True), 3600)
    assert tell(scanner, b"A1\r", 5000) == []


def test_another_code_ends_the_sameness() -> None:
    """Two codes shown in turn are both read each time."""
    scanner = SerialScanner()
    assert tell(scanner, b"A1\rB2\rA1\r") == ["A1", "B2", "A1"]
    assert scanner.repeated == 0


def test_flood_is_cut() -> None:
    """A hostile scanner gets five codes a second through; the rest is counted, and it does no lasting harm."""
    scanner = SerialScanner()
    passed: list[int] = []
    for now in range(0, 5000, 2):
        passed += [now] * len(tell(scanner, b"%d\r" % now, now))
    assert all(later - earlier >= 1000 for earlier, later in zip(passed, passed[CODES_PER_SECOND:], strict=False))
    assert len(passed) == 5 * CODES_PER_SECOND
    assert scanner.flooded == 2500 - len(passed)
    assert tell(scanner, b"A1\r", 7000) == ["A1"]


@pytest.mark.parametrize("scanner", [SerialScanner(), KeyboardScanner()])
def test_port_is_all_that_can_be_wrong(scanner: SerialScanner | KeyboardScanner) -> None:
    """Open is well, closed is absent, each said once; other effects and levels leave a scanner cold."""
    scanner.port_closed(0)
    scanner.port_closed(1)
    assert drain(scanner) == [DeviceChanged("scanner", ("absent",))]
    scanner.port_opened(2)
    scanner.port_opened(3)
    assert drain(scanner) == [DeviceChanged("scanner", ())]
    scanner.perform("1.0", OpenBarrier(sale_no=1), 4)
    scanner.follow(Wanted(sale_open=True), 4)
    assert drain(scanner) == []
    assert scanner.data_to_send() == b""
    assert scanner.wake_at_ms is None


def test_unplugging_in_mid_code_drops_it() -> None:
    """Half a code and a cable pulled: what comes after the new plug stands alone."""
    scanner = SerialScanner()
    scanner.port_opened(0)
    scanner.receive_data(b"PK1.A", 10)
    scanner.port_closed(20)
    scanner.port_opened(30)
    drain(scanner)
    assert tell(scanner, b"B2\r", 40) == ["B2"]
    assert scanner.dropped == 1


# --- keyboard -----------------------------------------------------------------------------------------------------
def keyboard(*verbs: tuple[str, str], **options: str | bool) -> bytes:
    """The records of a keyboard scanner that does these things."""
    scanner = model.KeyboardScanner(**options)  # type: ignore[arg-type]
    for verb, text in verbs:
        getattr(scanner, verb)(text)
    return scanner.data_to_send()


@pytest.mark.parametrize("end", ["KEY_ENTER", "KEY_KPENTER", "KEY_TAB"])
@pytest.mark.parametrize("keypad", [False, True])
@pytest.mark.parametrize("code", [TICKET, ALL_PRINTABLE, string.ascii_letters, "0123456789", "aAaA"])
def test_keyboard_types_every_character(code: str, keypad: bool, end: str) -> None:
    """All of printable ASCII comes through, with Shift let go before its letter, and digits from the keypad too."""
    scanner = KeyboardScanner()
    assert tell(scanner, keyboard(("scan", code), end=end, keypad=keypad)) == [code]
    assert (scanner.refused, scanner.dropped) == (0, 0)


def test_keyboard_takes_prefix_and_suffix_off() -> None:
    """A keyboard scanner may put something around a code as well."""
    data = keyboard(("scan", TICKET), prefix="]Q1", suffix="#")
    assert tell(KeyboardScanner(prefix=b"]Q1", suffix=b"#"), data) == [TICKET]


def test_records_are_put_together_again() -> None:
    """Records cut anywhere, down to single bytes, make the same code."""
    data = keyboard(("scan", TICKET))
    for size in (1, 7, 23, 24, 25, 1000):
        scanner = KeyboardScanner()
        for start in range(0, len(data), size):
            scanner.receive_data(data[start : start + size], 0)
        assert codes(scanner) == [TICKET]


@pytest.mark.parametrize(
    "verbs",
    [
        [("type", "\x1d")],  # GS as Ctrl+]
        [("type_number", "029")],  # GS as Alt+029
        [("type_number", "00000000029")],
        [("type_number", "22823")],  # 大, by its number
        [("type_number", "99999999999999999999")],
        [("type", "\x1b")],  # Escape as Ctrl+[
    ],
)
def test_control_characters_refuse_their_code(verbs: list[tuple[str, str]]) -> None:
    """A code with a character that is none of ours is refused as a whole; it is never read without it."""
    scanner = KeyboardScanner()
    assert tell(scanner, keyboard(("type", "A"), *verbs, ("scan", "B"))) == []
    assert scanner.refused == 1
    assert tell(scanner, keyboard(("scan", "B"))) == ["B"]


def test_letters_by_number_are_read() -> None:
    """Alt and a number on the keypad types the character of that number."""
    assert tell(KeyboardScanner(), keyboard(("type_number", "065"), ("type_number", "97"), ("scan", "1"))) == ["Aa1"]


def test_return_as_control_m_ends_a_code() -> None:
    """Some scanners send CR as Ctrl+M instead of Enter."""
    assert tell(KeyboardScanner(), keyboard(("scan", "A1\r"), end="")) == ["A1"]


@pytest.mark.parametrize("key", ["KEY_F1", "KEY_LEFT", "KEY_MUTE", "KEY_SYSRQ", "KEY_DELETE", "KEY_102ND", "KEY_POWER"])
def test_keys_that_type_nothing_refuse_their_code(key: str) -> None:
    """A bar code that presses function keys makes no code at all."""
    wire = model.KeyboardScanner()
    wire.type("A")
    wire.hold(key, 0)
    wire.scan("B")
    scanner = KeyboardScanner()
    assert tell(scanner, wire.data_to_send()) == []
    assert scanner.refused == 1


@pytest.mark.parametrize("modifier", ["KEY_LEFTALT", "KEY_RIGHTALT", "KEY_LEFTMETA"])
def test_shortcuts_refuse_their_code(modifier: str) -> None:
    """Alt+letter and the like are shortcuts of some window manager, not characters."""
    wire = model.KeyboardScanner()
    wire.report((modifier, 1))
    wire.scan("f")
    wire.report((modifier, 0))
    wire.scan("A1")
    scanner = KeyboardScanner()
    scanner.receive_data(wire.data_to_send(), 0)
    assert codes(scanner) == []
    assert scanner.refused == 1
    wire.scan("A1")
    assert tell(scanner, wire.data_to_send()) == ["A1"]


def test_repeats_and_lock_keys_are_no_characters() -> None:
    """A key held down types once; Caps, Num and Scroll Lock type nothing."""
    wire = model.KeyboardScanner()
    for key in ("KEY_A", "KEY_NUMLOCK", "KEY_CAPSLOCK", "KEY_SCROLLLOCK"):
        wire.hold(key, 30)
    wire.scan("b")
    assert tell(KeyboardScanner(), wire.data_to_send()) == ["ab"]


def test_lost_records_spoil_their_code_only() -> None:
    """After the kernel's buffer overflowed no rest of a code is taken for one, and no Shift sticks."""
    wire = model.KeyboardScanner()
    wire.type("X")
    wire.record(ecodes.EV_KEY, ecodes.KEY_LEFTSHIFT, 1)
    wire.overflow()
    wire.scan("lost")
    scanner = KeyboardScanner()
    assert tell(scanner, wire.data_to_send()) == []
    assert scanner.dropped == 1
    wire.scan("a1")
    assert tell(scanner, wire.data_to_send()) == ["a1"]


def test_lost_end_is_made_up_for_by_silence() -> None:
    """If the end of the spoilt code is what was lost, silence ends it."""
    wire = model.KeyboardScanner()
    wire.type("X")
    wire.overflow()
    scanner = KeyboardScanner()
    assert tell(scanner, wire.data_to_send(), 0) == []
    scanner.handle_timer(GAP_MS)
    wire.report()
    wire.scan("a1")
    assert tell(scanner, wire.data_to_send(), GAP_MS) == ["a1"]


def test_other_unit_starts_without_held_keys() -> None:
    """Unplugged with Shift down and half a record read, the next scanner's first code is right."""
    wire = model.KeyboardScanner()
    wire.report(("KEY_LEFTSHIFT", 1))
    scanner = KeyboardScanner()
    scanner.receive_data(wire.data_to_send() + b"\x01\x02\x03", 0)
    scanner.port_closed(1)
    scanner.port_opened(2)
    drain(scanner)
    wire.scan("a1")
    assert tell(scanner, wire.data_to_send(), 3) == ["a1"]


def test_key_codes_are_the_kernels() -> None:
    """Our table of keys agrees with the kernel's names, key by key."""
    for character, name in model.PLAIN.items():
        assert KEYS[ecodes.ecodes[name]][0] == ord(character)
    for shifted, plain in model.SHIFTED.items():
        assert KEYS[ecodes.ecodes[model.PLAIN[plain]]][1] == ord(shifted)
    keypad = {**{f"KEY_KP{digit}": digit for digit in string.digits}, "KEY_KPDOT": ".", "KEY_KPPLUS": "+"}
    keypad |= {"KEY_KPMINUS": "-", "KEY_KPASTERISK": "*", "KEY_KPSLASH": "/", "KEY_KPEQUAL": "=", "KEY_KPCOMMA": ","}
    for name, character in keypad.items():
        assert KEYS[ecodes.ecodes[name]] == (ord(character), ord(character))
    assert len(KEYS) == len(model.PLAIN) + len(keypad)
    assert UNREADABLE not in PRINTABLE


def test_records_are_those_that_evdev_reads() -> None:
    """python-evdev reads from the same bytes the same records that our engine reads."""
    data = keyboard(("scan", TICKET))
    reader, writer = os.pipe()
    os.write(writer, data)
    seen: list[tuple[int, int, int, int, int]] = []
    while len(seen) * RECORD.size < len(data):
        seen += evdev._input.device_read_many(reader)  # type: ignore[attr-defined]
    os.close(reader)
    os.close(writer)
    assert seen == list(RECORD.iter_unpack(data))


# --- noise --------------------------------------------------------------------------------------------------------
CHUNKS = st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 150)), max_size=30)
KEY_RECORDS = st.builds(
    RECORD.pack,
    st.just(0),
    st.just(0),
    st.sampled_from([0, 1, 1, 1, 1, 4, 17]),
    st.one_of(st.integers(0, 130), st.sampled_from([28, 29, 42, 56, 100, 0, 3]), st.integers(0, 65535)),
    st.sampled_from([0, 1, 1, 2, -1, 2**31 - 1]),
)
KEY_CHUNKS = st.lists(st.tuples(st.lists(KEY_RECORDS, max_size=20).map(b"".join), st.integers(0, 150)), max_size=30)


def run(scanner: SerialScanner | KeyboardScanner, chunks: list[tuple[bytes, int]]) -> None:
    """Feeds noise in virtual time and checks that all that comes out is in order and nothing piles up."""
    now = 0
    for data, pause in chunks:
        scanner.receive_data(data, now)
        for text in codes(scanner):
            assert 1 <= len(text) <= LONGEST_CODE
            assert PRINTABLE.issuperset(text.encode())
        assert len(scanner._partial) <= scanner._room
        assert scanner.wake_at_ms is None or now < scanner.wake_at_ms <= now + GAP_MS
        now += pause
        scanner.handle_timer(now)


@settings(max_examples=600, deadline=None)
@given(CHUNKS, st.binary(max_size=3), st.binary(max_size=3), st.booleans())
def test_noise_on_the_line(chunks: list[tuple[bytes, int]], prefix: bytes, suffix: bytes, gap_closes: bool) -> None:
    """Whatever comes over a line: no exception, bounded memory, only well-formed codes; then a good code is read."""
    scanner = SerialScanner(prefix, suffix, gap_closes=gap_closes)
    run(scanner, chunks)
    scanner.handle_timer(1_999_999)
    drain(scanner)
    if not {*b"\r\n"} & {*prefix, *suffix}:
        assert tell(scanner, prefix + b"#good#" + suffix + b"\r", 3_000_000) == ["#good#"]


@settings(max_examples=600, deadline=None)
@given(KEY_CHUNKS, CHUNKS)
def test_noise_from_a_keyboard(strokes: list[tuple[bytes, int]], chunks: list[tuple[bytes, int]]) -> None:
    """Whatever a keyboard does, and bytes that are no records: the same promises; a new plug brings it back."""
    scanner = KeyboardScanner()
    run(scanner, strokes + chunks)
    assert len(scanner._rest) < RECORD.size
    scanner.port_closed(1_999_999)
    scanner.port_opened(1_999_999)
    drain(scanner)
    assert tell(scanner, keyboard(("scan", "#good#")), 3_000_000) == ["#good#"]


@settings(max_examples=300, deadline=None)
@given(st.text(ALL_PRINTABLE, min_size=1, max_size=LONGEST_CODE), st.lists(st.integers(1, 60)))
def test_any_printable_code_survives_any_cut(code: str, cuts: list[int]) -> None:
    """Every printable code of allowed length comes through both kinds of scanner, cut anywhere."""
    line = model.SerialScanner()
    line.scan(code)
    for scanner, data in ((SerialScanner(), line.data_to_send()), (KeyboardScanner(), keyboard(("scan", code)))):
        for size in cuts:
            scanner.receive_data(data[:size], 0)
            data = data[size:]
        assert tell(scanner, data) == [code]


@pytest.mark.parametrize("seed", range(20))
def test_four_kilobytes_of_noise_in_mid_shift(seed: int) -> None:
    """A loose cable or a mad keyboard for a while, then a good code: it is read."""
    random = Random(seed)
    line, wire = model.SerialScanner(), model.KeyboardScanner()
    line.noise(4096, random)
    wire.noise(4096 // RECORD.size, random)
    for scanner, source in ((SerialScanner(), line), (KeyboardScanner(), wire)):
        scanner.receive_data(source.data_to_send(), 0)
        scanner.port_closed(10)
        scanner.port_opened(20)
        drain(scanner)
        source.scan(TICKET)
        assert tell(scanner, source.data_to_send(), 5000) == [TICKET]
