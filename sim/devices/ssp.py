"""The SSP wire format over the mechanics of `bill_validator.py`: a slave that only answers.

Source: the SSP manual GA138 ("Sequence flag", "Commands", "Events") and the implementation guide GA973 (start-up, power loss).
"""

from dataclasses import dataclass

from sim.devices.bill_validator import BillValidator, Place
from terminal.hw.validators.ssp_frame import Frame, FrameReader, encode

OK, UNKNOWN, WRONG_COUNT, OUT_OF_RANGE, NOT_NOW, FAIL = 0xF0, 0xF2, 0xF3, 0xF4, 0xF5, 0xF8
POLL_TIMEOUT_MS = 10_000
"""A device that is not polled so long stops taking notes (GA138, "Poll")."""
REJECT_CODES = {"by_host": 0x08, "inhibited": 0x06, "unreadable": 0x04, "not_decided": 0x13, "fraud": 0x0E}
REPLACED_POLLS = 3
"""So many polls in a row tell that a box was put in."""


@dataclass(slots=True)
class SspOptions:
    """What firmware differs in."""

    serial: int = 1873452
    address: int = 0
    currency: str = "CNY"
    highest_version: int = 8
    has_acks: bool = True
    has_counters: bool = True
    hold_refusal: int = FAIL
    """The manual's example answers F8 to HOLD without a note, the guide F5."""
    tells_channel_at_reset: bool = True
    """Otherwise "cleared into the box" and "cleared to the front" name channel 0."""


class SspSlave:
    """One validator on the line."""

    def __init__(self, validator: BillValidator, options: SspOptions | None = None) -> None:
        self.validator = validator
        self.options = options or SspOptions()
        self._reader = FrameReader()
        self._out = bytearray()
        self._commands = {
            0x01: self._reset, 0x02: self._set_inhibits, 0x05: self._setup, 0x06: self._host_protocol, 0x07: self._poll,
            0x08: self._reject, 0x09: self._disable, 0x0A: self._enable, 0x0C: self._serial, 0x11: self._sync,
            0x17: self._last_reject, 0x18: self._hold,
        }  # fmt: skip
        if self.options.has_acks:
            self._commands |= {0x56: self._poll_with_ack, 0x57: self._event_ack}
        if self.options.has_counters:
            self._commands |= {0x58: self._counters}
        self._forget()

    # --- the line -------------------------------------------------------------------------------------------------
    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Bytes from the master; a device without power or still booting hears nothing."""
        self.handle_timer(now_ms)
        if not self.validator.running:
            return
        for frame in self._reader.feed(data):
            if frame.address == self.options.address and frame.data:
                self._out += self._answer(frame, now_ms)

    def data_to_send(self) -> bytes:
        """Answers, handed out once."""
        out = bytes(self._out)
        self._out.clear()
        return out

    @property
    def wake_at_ms(self) -> int | None:
        """When the mechanics move by themselves."""
        return self.validator.wake_at_ms

    def handle_timer(self, now_ms: int) -> None:
        """Let the mechanics move; what they did is put into words for the next poll."""
        self.validator.advance(now_ms)
        if now_ms - self._polled_ms > POLL_TIMEOUT_MS:
            self.validator.enabled = False
        while self.validator.happened:
            self._put_into_words()

    def lose_power(self, now_ms: int) -> None:
        """Mechanics and memory lose power."""
        self.validator.lose_power(now_ms)
        self._forget()

    def restore_power(self, now_ms: int) -> None:
        """The device boots."""
        self.validator.restore_power(now_ms)
        self._polled_ms = now_ms

    def replace_unit(self) -> None:
        """Another unit stands here now: it has a serial number and counters of its own."""
        self.options.serial += 1
        self.validator.stacked_count = 0

    def _forget(self) -> None:
        """Nothing of this survives a power cut."""
        self._out.clear()
        self._reader.forget()
        self._stored_seq: int | None = None
        self._stored_answer = b""
        self._version = 4
        self._events: list[bytes] = []
        self._escrow_told = False
        self._unacknowledged: list[bytes] = []
        self._replaced_polls = 0
        self._reject_code = 0
        self._polled_ms = 0

    def _answer(self, frame: Frame, now_ms: int) -> bytes:
        """A repeated SEQ is not done again: the stored answer is sent again. SYNC is always done."""
        if frame.seq == self._stored_seq and frame.data != b"\x11":
            return self._stored_answer
        command = self._commands.get(frame.data[0])
        answer = command(frame.data[1:], now_ms) if command else bytes([UNKNOWN])
        if not self.validator.running:  # it was a reset
            return b""
        self._stored_seq = frame.seq
        self._stored_answer = encode(frame.seq, self.options.address, answer)
        return self._stored_answer

    # --- what happened, in words ----------------------------------------------------------------------------------
    def _channel(self, amount_minor: int) -> int:
        return (
            self.validator.denominations.index(amount_minor) + 1 if amount_minor in self.validator.denominations else 0
        )

    def _put_into_words(self) -> None:
        happened = self.validator.happened.popleft()
        channel = self._channel(happened.amount_minor)
        at_reset = channel if self.options.tells_channel_at_reset else 0
        match happened.what:
            case "read":
                self._escrow_told = False
            case "credited":
                self._events.append(bytes([0xEE, channel]))
            case "stacked":
                self._events.append(b"\xeb")
            case "rejected":
                self._reject_code = REJECT_CODES[happened.why]
                self._events.append(b"\xec")
            case "fraud":
                self._events.append(bytes([0xE6, channel]))
            case "restarted":
                self._events.append(b"\xf1")
            case "cleared_to_box":
                self._events.append(bytes([0xE2, at_reset]))
            case "cleared_to_front":
                self._events.append(bytes([0xE1, at_reset]))
            case "box_replaced":
                self._replaced_polls = REPLACED_POLLS

    def _states(self) -> bytes:
        """What is told on each poll as long as it lasts."""
        validator, states = self.validator, bytearray()
        if validator.jammed:
            states.append(0xEA if validator.bill and validator.bill.credited else 0xE9)
        elif validator.returning:
            states.append(0xED)
        elif validator.place is Place.PATH:
            states += b"\xef\x00"
        elif validator.place is Place.ESCROW and validator.bill:
            states += bytes([0xEF, self._channel(validator.bill.amount_minor)])
            self._escrow_told = True
        elif validator.place is Place.TRANSPORT:
            states.append(0xCC)
        if validator.box_full:
            states.append(0xE7)
        if not validator.box_present:
            states.append(0xE3)
        elif self._replaced_polls:
            self._replaced_polls -= 1
            states.append(0xE4)
        if not validator.enabled:
            states.append(0xE8)
        return bytes(states)

    def _accept_if_told(self, now_ms: int) -> None:
        """The poll that follows the telling of a note in escrow takes it in."""
        self._polled_ms = now_ms
        if self._escrow_told and self.validator.accept(now_ms):
            self._escrow_told = False

    def _told(self, events: list[bytes]) -> None:
        for event in events:
            if event[0] == 0xEE and self.validator.bill:
                self.validator.bill.credit_told = True

    # --- commands -------------------------------------------------------------------------------------------------
    def _poll(self, _: bytes, now_ms: int) -> bytes:
        self._accept_if_told(now_ms)
        told, self._events = self._unacknowledged + self._events, []
        self._unacknowledged = []
        self._told(told)
        return bytes([OK]) + b"".join(told) + self._states()

    def _poll_with_ack(self, _: bytes, now_ms: int) -> bytes:
        """As a poll, but credits, frauds and notes found in the box are told again until acknowledged, and nothing after."""
        self._accept_if_told(now_ms)
        told = []
        while self._events and not self._unacknowledged:
            event = self._events.pop(0)
            if event[0] in (0xEE, 0xE6, 0xE2):
                self._unacknowledged = [event]
            else:
                told.append(event)
        told += self._unacknowledged
        self._told(told)
        return bytes([OK]) + b"".join(told) + self._states()

    def _event_ack(self, _: bytes, __: int) -> bytes:
        if not self._unacknowledged:
            return bytes([NOT_NOW])
        self._unacknowledged = []
        return bytes([OK])

    def _reset(self, _: bytes, now_ms: int) -> bytes:
        self.lose_power(now_ms)
        self.restore_power(now_ms)
        return bytes([OK])

    def _set_inhibits(self, data: bytes, _: int) -> bytes:
        denominations = self.validator.denominations
        if len(data) * 8 < len(denominations):
            return bytes([WRONG_COUNT])
        bits = int.from_bytes(data, "little")
        self.validator.inhibited = {amount for n, amount in enumerate(denominations) if not bits >> n & 1}
        return bytes([OK])

    def _setup(self, _: bytes, __: int) -> bytes:
        denominations, country = self.validator.denominations, self.options.currency.encode()
        count = len(denominations)
        values = [amount // 100 for amount in denominations]
        small = all(value < 256 for value in values)
        answer = bytes([OK, 0]) + b"0330" + country + (1 if small else 0).to_bytes(3, "big") + bytes([count])
        answer += bytes(value if small else 0 for value in values) + bytes([2] * count) + (100).to_bytes(3, "big")
        answer += bytes([self._version])
        if self._version >= 6:
            answer += country * count + b"".join(value.to_bytes(4, "little") for value in values)
        return answer

    def _host_protocol(self, data: bytes, _: int) -> bytes:
        if len(data) != 1:
            return bytes([WRONG_COUNT])
        if data[0] > self.options.highest_version:
            return bytes([FAIL])
        self._version = data[0]
        return bytes([OK])

    def _reject(self, _: bytes, now_ms: int) -> bytes:
        return bytes([OK if self.validator.reject(now_ms) else NOT_NOW])

    def _hold(self, _: bytes, now_ms: int) -> bytes:
        return bytes([OK if self.validator.hold(now_ms) else self.options.hold_refusal])

    def _disable(self, _: bytes, __: int) -> bytes:
        self.validator.enabled = False
        return bytes([OK])

    def _enable(self, _: bytes, __: int) -> bytes:
        self.validator.enabled = True
        return bytes([OK])

    def _serial(self, _: bytes, __: int) -> bytes:
        return bytes([OK]) + self.options.serial.to_bytes(4, "big")

    def _sync(self, _: bytes, __: int) -> bytes:
        return bytes([OK])

    def _last_reject(self, _: bytes, __: int) -> bytes:
        return bytes([OK, self._reject_code])

    def _counters(self, _: bytes, __: int) -> bytes:
        """Five counters: stacked, stored, dispensed, moved from store to stacker, rejected."""
        counters = (self.validator.stacked_count, 0, 0, 0, 0)
        return bytes([OK, len(counters)]) + b"".join(counter.to_bytes(4, "little") for counter in counters)
