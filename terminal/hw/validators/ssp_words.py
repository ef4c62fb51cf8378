"""The vocabulary of SSP as tables: commands, answers, events with the length of their data, reject codes, set-up data.

Source: the SSP manual GA138 ("Commands", "Events", "Last reject code") and the implementation guide GA973.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Command(IntEnum):
    """First byte of what the host sends."""

    SET_INHIBITS = 0x02
    SETUP_REQUEST = 0x05
    HOST_PROTOCOL = 0x06
    POLL = 0x07
    REJECT = 0x08
    DISABLE = 0x09
    ENABLE = 0x0A
    SERIAL_NUMBER = 0x0C
    SYNC = 0x11
    LAST_REJECT = 0x17
    HOLD = 0x18
    POLL_WITH_ACK = 0x56
    EVENT_ACK = 0x57
    GET_COUNTERS = 0x58


OK = 0xF0
"""First byte of an answer that says yes; all others (F2 unknown, F5 not now, F8 fail, FA no key …) are refusals."""


class Seen(IntEnum):
    """Events of a poll that mean something to a note acceptor."""

    SLAVE_RESET = 0xF1
    READ = 0xEF
    CREDIT = 0xEE
    REJECTING = 0xED
    REJECTED = 0xEC
    STACKING = 0xCC
    STACKED = 0xEB
    SAFE_JAM = 0xEA
    UNSAFE_JAM = 0xE9
    DISABLED = 0xE8
    STACKER_FULL = 0xE7
    FRAUD = 0xE6
    BOX_REPLACED = 0xE4
    BOX_REMOVED = 0xE3
    CLEARED_TO_BOX = 0xE2
    CLEARED_TO_FRONT = 0xE1
    PATH_OPEN = 0xE0
    INTO_STORE_AT_RESET = 0xCB
    INTO_STACKER_AT_RESET = 0xCA
    CALIBRATION_FAIL = 0x83


PROBLEMS: dict[int, str] = {
    Seen.SAFE_JAM: "jam",
    Seen.UNSAFE_JAM: "jam",
    Seen.STACKER_FULL: "box_full",
    Seen.PATH_OPEN: "path_open",
    Seen.CALIBRATION_FAIL: "calibration",
}
"""States that the device repeats in each poll as long as they last."""
JAMS = {Seen.SAFE_JAM, Seen.UNSAFE_JAM}
MOVING = {Seen.READ, Seen.CREDIT, Seen.REJECTING, Seen.STACKING}
"""A note is on its way."""
RESTLESS = MOVING | JAMS | {Seen.STACKED, Seen.REJECTED, Seen.SLAVE_RESET}
"""Whoever waits for the last word on a note waits on."""
GONE = {
    Seen.SLAVE_RESET, Seen.CREDIT, Seen.REJECTING, Seen.REJECTED, Seen.STACKING, Seen.STACKED,
    Seen.CLEARED_TO_BOX, Seen.CLEARED_TO_FRONT,
}  # fmt: skip
"""What was in escrow before is not there any more."""
COUNTED = {
    Seen.CREDIT, Seen.STACKED, Seen.CLEARED_TO_BOX, Seen.INTO_STORE_AT_RESET, Seen.INTO_STACKER_AT_RESET,
}  # fmt: skip
"""The device's count of stacked notes has changed, or will."""
ACKNOWLEDGED = {Seen.CREDIT, Seen.FRAUD, Seen.CLEARED_TO_BOX, Seen.INTO_STORE_AT_RESET, Seen.INTO_STACKER_AT_RESET,
                0xB1, 0xC9, 0xCD, 0xD1, 0xD2, 0xD8, 0xD9, 0xDC, 0xDD}  # fmt: skip
"""Events that POLL_WITH_ACK shows again until EVENT_ACK."""

_PLAIN = (0xF1, 0xED, 0xEC, 0xCC, 0xEB, 0xEA, 0xE9, 0xE8, 0xE7, 0xE5, 0xE4, 0xE3, 0xE0, 0xDB, 0xD1, 0xC8, 0xC7, 0xC6,
          0xCF, 0xC3, 0xC2, 0xC1, 0xB6, 0xB5, 0xB3, 0xB0)  # fmt: skip
_ONE_BYTE = (0xEF, 0xEE, 0xE6, 0xE2, 0xE1, 0xB7, 0x83)
_VALUE = (0xCE, 0xCD, 0xCB, 0xCA, 0xC9)
_LENGTHS = dict.fromkeys(_PLAIN, 0) | dict.fromkeys(_ONE_BYTE, 1) | dict.fromkeys(_VALUE, 7)
_LISTS = dict.fromkeys((0xDE, 0xDA, 0xD9, 0xD8, 0xD7, 0xD6, 0xD5, 0xD2, 0xBF, 0xB4), (7, 4))
_LISTS |= {0xDD: (11, 8), 0xDC: (11, 8)}
"""Code: bytes of one item of a counted list (from protocol 6 on), bytes in all (before)."""


class PollEvent(NamedTuple):
    """One event of a poll as it came."""

    code: int
    data: bytes


def parse_events(data: bytes, version: int) -> tuple[list[PollEvent], int]:
    """The events in a poll's answer (after OK), and how many bytes had to be dropped.

    The events have no separator: behind a code that is not in the tables nothing can be told apart any more.
    """
    events: list[PollEvent] = []
    at = 0
    while at < len(data):
        length = _length(data, at, version)
        if length is None or at + 1 + length > len(data):
            return events, len(data) - at
        events.append(PollEvent(data[at], data[at + 1 : at + 1 + length]))
        at += 1 + length
    return events, 0


def in_escrow(events: list[PollEvent]) -> int:
    """The channel of the note that lies in escrow after these events; 0: none."""
    channel = 0
    for event in events:
        if event.code == Seen.READ:
            channel = event.data[0]
        elif event.code in GONE:
            channel = 0
    return channel


def _length(data: bytes, at: int, version: int) -> int | None:
    code = data[at]
    if code in _LENGTHS:
        return _LENGTHS[code]
    if code == 0xDF:  # coin credit
        return 7 if version >= 6 else 4
    if code not in _LISTS and code != 0xB1:
        return None
    item, whole = _LISTS.get(code, (7, 4))
    if version < 6:
        return whole
    if at + 1 >= len(data):
        return None
    return 1 + item * data[at + 1] + (code == 0xB1)  # B1, error during payout: one byte more for the error


REJECT_REASONS = {
    0x01: "unreadable",  # length
    0x02: "unreadable",  # average
    0x03: "unreadable",  # coastline
    0x04: "unreadable",  # graph
    0x05: "unreadable",  # buried
    0x06: "inhibited",  # channel inhibited
    0x07: "second_note",
    0x08: "by_host",
    0x09: "unreadable",  # read as more than one channel
    0x0A: "not_transported",  # rear sensor
    0x0B: "too_long",
    0x0C: "not_ready",  # disabled by host
    0x0D: "not_transported",  # slow mechanism
    0x0E: "fraud",  # string
    0x0F: "fraud",  # fraud channel
    0x10: "no_note",
    0x11: "unreadable",  # peak detect
    0x12: "twisted",
    0x13: "not_decided",  # escrow time-out
    0x14: "barcode",
    0x15: "not_ready",  # no cam
    0x16: "unreadable",  # slot 1
    0x17: "unreadable",  # slot 2
    0x18: "unreadable",  # lens over sampled
    0x19: "unreadable",  # width
    0x1A: "too_short",
    0x1B: "not_transported",  # note of the payout
    0x1C: "second_note",  # double note detected
    0x1D: "not_transported",  # unable to stack
}
"""Answer to LAST_REJECT → key under `reject.` in the catalogue of words; many measurements say the same to a payer."""


def reject_reason(answer: bytes) -> str:
    """The catalogue key for an answer to LAST_REJECT."""
    known = len(answer) == 2 and answer[0] == OK
    return f"reject.{REJECT_REASONS.get(answer[1], 'unknown') if known else 'unknown'}"


UNIT_TYPES = {0x00: "bill validator", 0x06: "SMART Payout", 0x07: "note float"}
"""Units whose set-up data has the note acceptor's layout."""


@dataclass(slots=True)
class Setup:
    """What a note acceptor says of itself."""

    model: str
    firmware: str
    values: tuple[tuple[str, int], ...]
    """For each channel, from 1 on: country code, and value in minor units."""


LARGEST_MINOR = 10**9
"""No note is worth more; a channel that says so is worth nothing to us, and the books can not overflow."""


def parse_setup(answer: bytes) -> Setup | None:
    """Reads the answer to SETUP_REQUEST; None when it is none, or not a note acceptor's."""
    head = 12
    if len(answer) <= head or answer[0] != OK or answer[1] not in UNIT_TYPES:
        return None
    count = answer[head]
    tail = head + 1 + 2 * count
    if len(answer) < tail + 4:
        return None
    multiplier = int.from_bytes(answer[9:12], "big")
    real = int.from_bytes(answer[tail : tail + 3], "big")
    version = answer[tail + 3]
    countries = [_text(answer[6:9])] * count
    values = [value * multiplier * real for value in answer[head + 1 : head + 1 + count]]
    wide = answer[tail + 4 :]
    if version >= 6 and len(wide) >= 7 * count:
        countries = [_text(wide[3 * n : 3 * n + 3]) for n in range(count)]
        table = wide[3 * count :]
        values = [int.from_bytes(table[4 * n : 4 * n + 4], "little") * real for n in range(count)]
    return Setup(
        model=f"ITL {UNIT_TYPES[answer[1]]}",
        firmware=_text(answer[2:6]),
        values=tuple(zip(countries, [value if value <= LARGEST_MINOR else 0 for value in values], strict=True)),
    )


def parse_serial(answer: bytes) -> str | None:
    """The serial number in an answer to SERIAL_NUMBER, in decimal as it is printed on the unit."""
    if len(answer) != 5 or answer[0] != OK:
        return None
    return str(int.from_bytes(answer[1:], "big"))


def parse_stacked_count(answer: bytes) -> int | None:
    """The count of stacked notes, first of the counters in an answer to GET_COUNTERS (a number of counters, then each)."""
    if len(answer) < 6 or answer[0] != OK or not answer[1]:
        return None
    return int.from_bytes(answer[2:6], "little")


def _text(raw: bytes) -> str:
    return "".join(chr(byte) for byte in raw if 0x20 <= byte < 0x7F)
