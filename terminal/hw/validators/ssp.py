"""The ITL SSP bill validator (NV9, NV10, NV200 family) as an engine: a note is held until told, credited exactly once.

How a note travels (the SSP manual GA138, "Poll" and "Hold"): the device shows the channel of a note in escrow in the answer to
one POLL; *the next POLL is the acceptance*, every other command leaves the note where it is. So after that answer the
engine sends HOLD and never POLL, until the program has decided. CREDIT means past the point of no return.

How a credit can neither get lost nor be counted twice, whoever dies in between:

1. A lost answer is fetched by asking again with the same SEQ; the device sends its stored answer (`ssp_exchange.py`).
2. Where the device has POLL WITH ACK it shows money events again until they are acknowledged, and the acknowledgement goes
   out with `data_to_send`, which the pump calls after the commit.
3. The parity rule, for a program that is killed between an answer and its commit. POLL travels with SEQ 1 only, and behind
   each goes a question with SEQ 0 (mostly the serial number, which notices a swapped unit as well). Answers that carry
   other data than poll events never travel with SEQ 1; SYNC, which carries SEQ 1 and is always done, fills the gap. The very
   first frame on an opened port has SEQ 1, before SYNC: a device that kept its power and whose last command was an
   uncommitted POLL takes it for a repetition and sends that answer again; any other device simply does it.

Whose note it is, and what became of one whose story was broken off, is kept in `custody.py`.
"""

from collections import deque
from collections.abc import Generator
from typing import Literal

from terminal.fsm.effects import Ask, Effect, Identify, ReturnBill, StackBill, Wanted
from terminal.fsm.events import (
    BillRefused,
    BillReported,
    BillStacked,
    BoxRemoved,
    BoxReplaced,
    DeviceChanged,
    DeviceIdentified,
    Event,
    FraudAttempted,
)
from terminal.hw.validators.custody import Custody, Evidence
from terminal.hw.validators.ssp_exchange import NOTICE_MS, Exchange
from terminal.hw.validators.ssp_words import (
    ACKNOWLEDGED,
    COUNTED,
    JAMS,
    MOVING,
    OK,
    PROBLEMS,
    RESTLESS,
    Command,
    PollEvent,
    Seen,
    Setup,
    in_escrow,
    parse_events,
    parse_serial,
    parse_setup,
    parse_stacked_count,
    reject_reason,
)

SERIAL = {"baudrate": 9600, "stopbits": 2}
"""Line settings that differ from 8N1 at the port's default: 9600 8N2 (GA138, "Hardware layer")."""

BUSY_MS = 200
"""Between two polls while somebody pays or a note moves; GA138 recommends 200 ms."""
IDLE_MS = 1000
"""Between two polls otherwise; GA138 allows no more."""
HOLD_MS = 700
"""Between two HOLDs. Devices give a held note back after 5 s or 10 s without one, some firmware stacks it after 2 s."""
UNDECIDED_MS = 30_000
"""A held note that nobody decides on is given back."""
PAUSE_MS = 500
"""Before another start-up, when the device did not understand the last one."""
SILENT_IN_SALE_MS = HOLD_MS + NOTICE_MS
"""In a sale silence is noticed within: the longest gap between questions, and their unanswered tries = 1900 ms."""
SILENT_IDLE_MS = IDLE_MS + NOTICE_MS
"""Otherwise within 2200 ms."""

VERSIONS = (8, 7, 6, 5, 4)
QUIET_POLLS = 3
"""A sought note is judged after so many polls in a row in which nothing moved."""
LOST_POLLS = 8
"""An accepted or rejected note of which so many polls in a row tell nothing becomes a sought one."""

_POLLS = (Command.POLL, Command.POLL_WITH_ACK)
_ONLY_SEQ_1 = (*_POLLS, Command.SYNC)
_ONLY_SEQ_0 = (Command.SETUP_REQUEST, Command.SERIAL_NUMBER, Command.LAST_REJECT, Command.GET_COUNTERS)
_PAUSE = b""


class SspValidator:
    """See the top of this file; the methods are those of `terminal.hw.engine.Engine`."""

    SERIAL = SERIAL

    def __init__(self, currency: str, accept_minor: tuple[int, ...] = (), address: int = 0) -> None:
        """Only channels of `currency` are enabled and, if `accept_minor` is not empty, only those values."""
        self.device = "validator"
        self.wake_at_ms: int | None = None
        self._currency = currency
        self._accept = accept_minor
        self._line = Exchange(address)
        self._events: deque[Event] = deque()
        self._say = self._events.append
        self._now_ms = 0
        self._open: bool | None = None
        self._wanted = Wanted()
        self._question = b""
        # start-up
        self._script: Generator[bytes, bytes, None] | None = None
        self._script_next = _PAUSE
        self._script_asked = False
        self._fetch_due = False
        self._resume_at_ms = 0
        self._understood = True
        # what the device is, and what it last told
        self._setup = Setup("", "", ())
        self._foreign = False
        self._version = VERSIONS[0]
        self._serial = ""
        self._has_acks = False
        self._has_counters = True
        self._count: int | None = None
        self._count_is_old = True
        self._enabled: bool | None = None
        self._codes: set[int] = set()
        self._box_out = False
        self._said: tuple[str, ...] | None = None
        self._unacked: list[PollEvent] = []
        self._seen: set[int] = set()
        self._quiet_polls = 0
        self._dropped = 0
        # notes, and what is to be done next
        self._custody = Custody(self._say)
        self._last_ms: int | None = None
        self._reject_due = False
        self._ack_due = False
        self._reason_due = False

    @property
    def garbled(self) -> int:
        """Damaged packets, and answers of which a part could not be understood."""
        return self._line.garbled + self._dropped

    @property
    def busy(self) -> bool:
        """A note's fate is open, or more is to be asked or told than the next poll; a silent device leads nothing on."""
        if not self._open or self._line.silent:
            return False
        asked = self._line.deadline_ms is not None or self._line.next_seq == 0 or self._enabled is not self._level()
        return asked or not self._is_at_rest()

    # --- told by the pump -----------------------------------------------------------------------------------------
    def port_opened(self, now_ms: int) -> None:
        """Begin with the question that fetches a lost answer, then start the device up."""
        self._now_ms = now_ms
        self._open = True
        self._line.forget()
        self._seen.clear()
        self._start_over(fetch=True)
        self._settle_down()

    def port_closed(self, now_ms: int) -> None:
        """A note that is on its way is sought when the port is back."""
        self._now_ms = now_ms
        self._open = False
        self._line.forget()
        self._custody.seek()
        self._custody.unheard()
        self._settle_down()

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """An answer, or noise. What comes before the first question is dropped: that question fetches it again."""
        self._now_ms = now_ms
        answer = self._line.receive(data)
        if answer is not None:
            self._take_answer(answer)
        self._settle_down()

    def handle_timer(self, now_ms: int) -> None:
        """Ask again, or let the next question become due."""
        self._now_ms = now_ms
        self._line.handle_timer(now_ms)
        if self._line.silent:
            self._custody.unheard()
        note = self._custody.held()
        if note and now_ms - note.since_ms >= UNDECIDED_MS:
            self._give_back("not_now")
        if self._script and self._script_next == _PAUSE and now_ms >= self._resume_at_ms:
            self._run_script(b"")
        self._settle_down()

    def perform(self, effect_id: str, effect: Effect, now_ms: int) -> None:
        """Stack or return the held note, find out about one of an earlier life, or get to know the device anew."""
        self._now_ms = now_ms
        match effect:
            case StackBill() | ReturnBill():
                self._decide(effect_id, effect)
            case Ask(asked_id, StackBill() | ReturnBill() as about, jammed):
                self._custody.ask(asked_id, about, jammed)
                if self._open and not self._script:
                    self._seen.clear()
                    self._start_over()
            case Identify(self.device) if self._is_at_rest():
                self._start_over()
        self._settle_down()

    def follow(self, wanted: Wanted, now_ms: int) -> None:
        """Acceptance on or off, polling fast or slow."""
        self._now_ms = now_ms
        self._wanted = wanted
        self._settle_down()

    def next_event(self) -> Event | None:
        """The next fact."""
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """The next question is chosen only now, when all that the last answer told is durable and was decided on."""
        if self._open and self._line.deadline_ms is None:
            self._put_question()
            self._settle_down()
        return self._line.take_bytes()

    # --- which question comes next --------------------------------------------------------------------------------
    def _put_question(self) -> None:
        question = self._choose()
        if not question:
            return
        command = question[0]
        fetch, self._fetch_due = self._fetch_due, False
        seq = 1 if fetch or command == Command.SYNC else self._line.next_seq
        needed = 1 if command in _ONLY_SEQ_1 else 0 if command in _ONLY_SEQ_0 else seq
        self._script_asked = self._script is not None and needed == seq
        if needed != seq:  # the parity rule
            question = bytes([Command.SERIAL_NUMBER if needed else Command.SYNC])
            seq = 1 - needed
        elif command in (*_POLLS, Command.HOLD):
            self._last_ms = self._now_ms
        self._question = question
        self._line.ask(question, seq, self._now_ms, instead=bytes([Command.SYNC]) if fetch else b"")

    def _choose(self) -> bytes | None:
        if self._script:
            return self._script_next
        if self._reject_due:
            return bytes([Command.REJECT])
        if self._ack_due:
            return bytes([Command.EVENT_ACK])
        after_poll = self._line.next_seq == 0
        if self._custody.held():
            if self._is_due():
                return bytes([Command.HOLD])
        elif self._level_due():
            return bytes([Command.ENABLE if self._level() else Command.DISABLE])
        elif after_poll and self._reason_due:
            return bytes([Command.LAST_REJECT])
        elif after_poll and self._has_counters and self._count_is_old and self._is_counted():
            return bytes([Command.GET_COUNTERS])
        elif not after_poll and self._is_due():
            return bytes([Command.POLL_WITH_ACK if self._has_acks else Command.POLL])
        return bytes([Command.SERIAL_NUMBER]) if after_poll else None

    def _is_counted(self) -> bool:
        """No note is on its way into the box: not in calm, nor between two notes that are fed without a pause."""
        return self._quiet_polls > 0 or (Seen.STACKED in self._codes and Seen.STACKING not in self._codes)

    def _is_at_rest(self) -> bool:
        """A start-up now disturbs no note, and loses no question of another one."""
        told = self._reject_due or self._ack_due or self._reason_due
        return bool(self._open) and not (self._script or self._custody or told or self._codes & (RESTLESS - JAMS))

    def _interval_ms(self) -> int:
        if self._custody.held():
            return HOLD_MS
        busy = self._wanted.sale_open or self._custody or self._codes & MOVING
        return BUSY_MS if busy else IDLE_MS

    def _is_due(self) -> bool:
        return self._last_ms is None or self._now_ms >= self._last_ms + self._interval_ms()

    def _level(self) -> bool:
        return self._wanted.accept_bills and any(self._usable(channel) for channel in range(1, self._channels() + 1))

    def _level_due(self) -> bool:
        if self._custody or self._codes & MOVING:  # a change now might make the device reject a note on its way
            return False
        counting = self._has_counters and self._count_is_old
        return self._enabled is not self._level() and not (self._level() and counting)

    def _settle_down(self) -> None:
        """After everything that happened: say what is wrong now, and when to be woken."""
        problems = self._all_problems()
        if self._open is not None and problems != self._said:
            self._said = problems
            self._say(DeviceChanged(self.device, problems))
        if not self._open:
            self.wake_at_ms = None
        elif self._line.deadline_ms is not None:
            self.wake_at_ms = self._line.deadline_ms
        elif self._script and self._script_next == _PAUSE:
            self.wake_at_ms = self._resume_at_ms
        elif self._last_ms is None or self._choose():
            self.wake_at_ms = self._now_ms
        else:
            self.wake_at_ms = self._last_ms + self._interval_ms()

    def _all_problems(self) -> tuple[str, ...]:
        if not self._open:
            return ("absent",)
        if self._line.silent:
            return ("silent",)
        if not self._understood:
            return ("protocol",)
        if self._script:
            return ("starting",)
        problems = {PROBLEMS[code] for code in self._codes if code in PROBLEMS}
        if self._box_out:
            problems.add("box_removed")
        if self._foreign:
            problems.add("wrong_currency")
        return tuple(sorted(problems))

    # --- start-up -------------------------------------------------------------------------------------------------
    def _start_over(self, fetch: bool = False) -> None:
        self._custody.seek()
        self._script = self._start_up(fetch)
        self._script_next = next(self._script)
        self._fetch_due = fetch
        self._enabled = None
        self._count_is_old = True
        self._quiet_polls = 0
        self._last_ms = None

    def _run_script(self, answer: bytes) -> None:
        assert self._script
        try:
            self._script_next = self._script.send(answer)
        except StopIteration:
            self._script = None
        else:
            self._resume_at_ms = self._now_ms + PAUSE_MS

    def _start_up(self, fetch: bool) -> Generator[bytes, bytes, None]:
        """The questions of a start-up in their order (GA973, "Start-up"); each `yield` hands out one, gives its answer.

        A reset that the first poll tells of may have come after some of the settings, so it means: once more. REJECT comes
        before any poll, because a poll would take in a note that happens to lie in escrow.
        """
        if fetch:
            self._take_events((yield bytes([Command.HOST_PROTOCOL, self._version])), may_repeat=True)
        was_reset = True
        while was_reset:
            yield bytes([Command.SYNC])
            self._take_reject((yield bytes([Command.REJECT])))
            yield bytes([Command.DISABLE])
            self._understood = yield from self._get_acquainted()
            if not self._understood:
                yield _PAUSE
                continue
            answer = yield bytes([Command.POLL_WITH_ACK])
            self._has_acks = answer[0] == OK
            if not self._has_acks:
                self._unacked.clear()
                answer = yield bytes([Command.POLL])
            was_reset = self._take_poll(answer)
        if self._box_out and Seen.BOX_REMOVED not in self._codes:
            self._box_replaced()
        self._say(DeviceIdentified(self.device, self._setup.model, self._serial, self._setup.firmware))
        yield self._inhibits()
        self._enabled = False

    def _get_acquainted(self) -> Generator[bytes, bytes, bool]:
        """Protocol version, channels, serial number; False when the device is not one that we can use."""
        for version in VERSIONS:
            if (yield bytes([Command.HOST_PROTOCOL, version]))[0] == OK:
                break
        else:
            return False
        setup = parse_setup((yield bytes([Command.SETUP_REQUEST])))
        serial = parse_serial((yield bytes([Command.SERIAL_NUMBER])))
        if setup is None or serial is None:
            return False
        self._has_counters = self._has_counters or serial != self._serial
        self._version, self._setup, self._serial = version, setup, serial
        self._foreign = all(country != self._currency for country, _ in setup.values)
        return True

    def _channels(self) -> int:
        return len(self._setup.values)

    def _amount(self, channel: int) -> int:
        """Value of a channel in minor units; 0 when it is unknown or of another currency."""
        if not 1 <= channel <= self._channels():
            return 0
        country, amount_minor = self._setup.values[channel - 1]
        return amount_minor if country == self._currency else 0

    def _usable(self, channel: int) -> bool:
        amount_minor = self._amount(channel)
        return amount_minor > 0 and (not self._accept or amount_minor in self._accept)

    def _inhibits(self) -> bytes:
        bits = sum(1 << channel - 1 for channel in range(1, self._channels() + 1) if self._usable(channel))
        size = max(2, (self._channels() + 7) // 8)
        return bytes([Command.SET_INHIBITS]) + bits.to_bytes(size, "little")

    # --- answers --------------------------------------------------------------------------------------------------
    def _take_answer(self, answer: bytes) -> None:
        command = self._question[0]
        if self._script_asked:
            self._run_script(answer)
        elif command in _POLLS:
            if self._take_poll(answer):
                self._start_over()
        elif command == Command.HOLD:
            if answer[0] != OK and self._custody.held():
                self._give_back("by_device")
        elif command == Command.REJECT:
            self._take_reject(answer)
        elif command == Command.EVENT_ACK:
            self._ack_due = False
            if answer[0] == OK:
                self._unacked.clear()
        elif command in (Command.ENABLE, Command.DISABLE):
            self._enabled = command == Command.ENABLE  # if it was refused, the polls say "disabled"
        elif command == Command.LAST_REJECT:
            self._reason_due = False
            self._say(BillRefused(reject_reason(answer)))
        elif command == Command.GET_COUNTERS:
            self._count = parse_stacked_count(answer)
            self._count_is_old = False
            self._has_counters = self._count is not None
        elif command == Command.SERIAL_NUMBER:
            self._check_unit(answer)

    def _check_unit(self, answer: bytes) -> None:
        if not self._script and parse_serial(answer) not in (None, self._serial):
            self._start_over()

    def _take_reject(self, answer: bytes) -> None:
        self._reject_due = False
        if answer[0] == OK:
            self._seen.add(Seen.REJECTING)

    def _take_poll(self, answer: bytes) -> bool:
        """All that one poll tells; True when the device says that it was reset."""
        if answer[0] != OK:
            return False
        events = self._take_events(answer, may_repeat=self._has_acks)
        self._codes = {event.code for event in events}
        self._quiet_polls = 0 if self._codes & RESTLESS else self._quiet_polls + 1
        if self._codes & JAMS:
            self._custody.jammed()
        self._ack_due = bool(self._unacked)
        if channel := in_escrow(events):
            self._take_escrow(channel)
        if Seen.DISABLED in self._codes and self._enabled:
            self._enabled = None
        self._look_for_notes()
        return Seen.SLAVE_RESET in self._codes

    def _take_events(self, answer: bytes, may_repeat: bool) -> list[PollEvent]:
        """Read the events of a poll's answer; `may_repeat`: those that wait for our acknowledgement are shown again."""
        if answer[0] != OK:
            return []
        events, dropped = parse_events(answer[1:], self._version)
        self._dropped += dropped > 0
        told, self._unacked = self._unacked, [event for event in events if may_repeat and event.code in ACKNOWLEDGED]
        for event in events:
            if event not in told:
                self._take_event(event.code, event.data)
        return events

    def _take_event(self, code: int, data: bytes) -> None:
        self._seen.add(code)
        self._count_is_old = self._count_is_old or code in COUNTED
        match code:
            case Seen.SLAVE_RESET:
                self._custody.seek()
            case Seen.READ if not data[0] and not self._custody.held():
                self._custody.seek()  # another note is read: the last one is gone, and we were not told where
            case Seen.CREDIT:
                self._credit(self._amount(data[0]))
            case Seen.CLEARED_TO_BOX:
                self._find("box", self._amount(data[0]))
            case Seen.INTO_STORE_AT_RESET | Seen.INTO_STACKER_AT_RESET:
                ours = data[4:] == self._currency.encode()
                self._find("box", int.from_bytes(data[:4], "little") if ours else 0)
            case Seen.CLEARED_TO_FRONT:
                self._find("front", self._amount(data[0]))
            case Seen.REJECTED:
                self._reason_due = not self._custody.settle("given_back", 0, self._serial) or self._reason_due
            case Seen.FRAUD:
                self._say(FraudAttempted(self._amount(data[0])))
            case Seen.BOX_REMOVED if not self._box_out:
                self._box_out = True
                self._say(BoxRemoved())
            case Seen.BOX_REPLACED if self._box_out:
                self._box_replaced()

    def _box_replaced(self) -> None:
        self._box_out = False
        self._say(BoxReplaced())

    # --- notes ----------------------------------------------------------------------------------------------------
    def _take_escrow(self, channel: int) -> None:
        """A note lies in escrow: hold it, or give it back at once when it came uninvited or another one is still open."""
        note = self._custody.note
        if note and note.stage == "stacking" and not note.sought:
            return  # still the accepted one
        if self._custody or not self._enabled or not self._usable(channel):
            self._reject_due = True
            return
        count = None if self._count_is_old else self._count
        self._custody.hold(self._amount(channel), self._serial, count, self._now_ms)
        self._last_ms = None

    def _decide(self, effect_id: str, effect: StackBill | ReturnBill) -> None:
        if self._custody.decide(effect_id, effect):
            self._reject_due = isinstance(effect, ReturnBill)
            self._seen.clear()
            self._last_ms = None  # the very next poll takes the note in

    def _give_back(self, reason: str) -> None:
        self._custody.give_back(reason)
        self._reject_due = True
        self._seen.clear()
        self._last_ms = None

    def _credit(self, amount_minor: int) -> None:
        """CREDIT: the outcome of the note that we accepted, or money that came uninvited and is money all the same."""
        if self._custody.settle("in_box", amount_minor, self._serial):
            return
        if amount_minor and not self._script and not self._custody:
            self._say(BillStacked(amount_minor))
        else:
            self._say(BillReported("box", amount_minor))

    def _find(self, where: Literal["box", "front"], amount_minor: int) -> None:
        """After its restart the device tells where it found a note."""
        if not self._custody.settle("in_box" if where == "box" else "given_back", amount_minor, self._serial):
            self._say(BillReported(where, amount_minor))

    def _look_for_notes(self) -> None:
        if self._quiet_polls:
            self._custody.heard_nothing(LOST_POLLS)
        else:
            self._custody.heard()
        if self._quiet_polls >= QUIET_POLLS and not (self._has_counters and self._count_is_old):
            evidence = Evidence(
                unit=self._serial,
                count=self._count,
                stacked=Seen.STACKED in self._seen,
                went_back=bool(self._seen & {Seen.REJECTING, Seen.REJECTED}),
            )
            self._custody.judge(evidence)
