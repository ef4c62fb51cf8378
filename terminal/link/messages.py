"""What is said over MQTT, as topics and JSON: pure, no connection.

    fee/<site>/<terminal>/status   retained  `online` or `offline` (also the last will)
                          health   retained  how the terminal is, one JSON object
                          event    QoS 1     each journal event in order: id, seq, kind, at_ms, data
                          alert    QoS 1     what people should look at: id, code, at_ms, data
                          ack      to us     {"seq": N}: the consumer has stored everything up to N
                          resume   to us     {"from": N}: the consumer wants everything again from N
                          paid     QoS 1     a signed report for the other terminals of the site: this stay is paid
    fee/<site>/stays               to us     signed reports of cameras, gates, merchants (`terminal.stays.reports`)

Delivery is at least once: whoever counts drops what has an `id` that it knows. What comes to us unsigned is from anybody who
can reach the broker; it can make us repeat ourselves, and nothing else.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import msgspec

from terminal.errors import StoreCorrupt
from terminal.stays.reports import COUPONS_MAX, MOST_MINOR, NoteHonoured, PaidElsewhere, UsedCoupon, write_report
from terminal.words import say

ONLINE, OFFLINE = b"online", b"offline"
COMMAND_BYTES = 256
"""No sensible acknowledgement is longer."""
DISCOVERY_PREFIX = "homeassistant"
"""The topic that Home Assistant listens at unless told otherwise."""

_encode = msgspec.json.Encoder().encode
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_effects = msgspec.json.Decoder(list[dict[str, Any]]).decode


class Stored(Protocol):
    """A journal row, as far as it is published: numbers, and JSON in UTF-8."""

    @property
    def seq(self) -> int:
        """The event's number."""

    @property
    def at_ms(self) -> int:
        """Wall time."""

    @property
    def kind(self) -> str:
        """Name of the event's class."""

    @property
    def data(self) -> bytes:
        """The event's fields, and `kind`."""

    @property
    def effects(self) -> bytes:
        """The list of its effects."""


class Message(msgspec.Struct, frozen=True):
    """Something to publish."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


class Names(msgspec.Struct, frozen=True):
    """Where one terminal speaks, and as who."""

    site: str
    terminal: str
    key: bytes = b""
    """Signs what is told to other terminals; empty: they are told nothing."""

    def topic(self, last: str) -> str:
        """The topic whose last level is `last`."""
        return f"fee/{self.site}/{self.terminal}/{last}"

    def status(self, payload: bytes) -> Message:
        """`ONLINE` or `OFFLINE`, for whoever asks later too."""
        return Message(self.topic("status"), payload, retain=True)

    @property
    def report_topics(self) -> tuple[str, ...]:
        """Where others say what happened to stays; the last is a pattern that our own `paid` fits too."""
        return f"fee/{self.site}/stays", f"fee/{self.site}/+/paid"

    def paid(self, report: PaidElsewhere | NoteHonoured) -> Message:
        """A signed report for the other terminals of the site."""
        return Message(self.topic("paid"), write_report(report, self.key))

    def health(self, health: dict[str, Any]) -> Message:
        """How the terminal is; said again and again, so once is enough (QoS 0)."""
        return Message(self.topic("health"), _encode(health), qos=0, retain=True)

    def event(self, row: Stored) -> list[Message]:
        """A journal event and the alerts that it raised; it is delivered when all of them are.

        Raises StoreCorrupt when the row is not what the journal wrote.
        """
        try:
            fields = _fields(row.data)
            telling = b'"Alert"' in row.effects or b'"Tell' in row.effects
            effects = _effects(row.effects) if telling else []
            fields.pop("kind", None)
            body = {
                "id": f"{self.terminal}-{row.seq}",
                "seq": row.seq,
                "kind": row.kind,
                "at_ms": row.at_ms,
                "data": fields,
            }
            return [Message(self.topic("event"), _encode(body)), *self._told(row, effects)]
        except (msgspec.MsgspecError, KeyError) as error:
            raise StoreCorrupt(f"event {row.seq} can not be published: {error}") from error

    def _told(self, row: Stored, effects: list[dict[str, Any]]) -> Iterator[Message]:
        for index, effect in enumerate(effects):
            number = f"{row.seq}.{index}"
            if effect["kind"] == "Alert":
                yield self.alert(number, effect["code"], row.at_ms, effect.get("data", {}))
            elif effect["kind"] == "TellPaid" and self.key:
                # The time is in the id because numbers begin anew with a new journal.
                report_id = f"{self.terminal}:{number}:{row.at_ms}"
                amount_minor = min(effect["amount_minor"], MOST_MINOR)
                used = [
                    UsedCoupon(coupon["coupon_id"], coupon.get("minutes", 0), coupon.get("amount_minor", 0))
                    for coupon in effect.get("coupons", ())
                ]
                coupons = tuple(used[:COUPONS_MAX])
                ticket_id = effect["ticket_id"]
                at_ms = effect.get("at_ms") or row.at_ms
                yield self.paid(PaidElsewhere(report_id, self.terminal, ticket_id, at_ms, amount_minor, coupons))
            elif effect["kind"] == "TellRedeemed" and self.key:
                report_id = f"{self.terminal}:{number}:{row.at_ms}"
                issuer_id, note_no, amount_minor = effect["issuer_id"], effect["note_no"], effect["amount_minor"]
                yield self.paid(
                    NoteHonoured(report_id, self.terminal, issuer_id, note_no, row.at_ms, min(amount_minor, MOST_MINOR))
                )

    def alert(self, number: str, code: str, at_ms: int, data: dict[str, int | str]) -> Message:
        """Something that people should look at; `number` makes its id unique on this terminal."""
        body = {"id": f"{self.terminal}-{number}", "code": code, "at_ms": at_ms, "data": data}
        return Message(self.topic("alert"), _encode(body))

    def discovery(self, language: str, version: str) -> Iterator[Message]:
        """What makes Home Assistant show this terminal without being told more (its "MQTT discovery")."""
        node = f"fee-{self.site}-{self.terminal}"
        device = {"identifiers": [node], "name": f"{self.site} {self.terminal}", "sw_version": version}
        for component, sensor, reading in (
            (
                "binary_sensor",
                "status",
                {"payload_on": "online", "payload_off": "offline", "device_class": "connectivity"},
            ),
            ("sensor", "state", {"value_template": "{{ value_json.state }}"}),
            ("sensor", "waiting", {"value_template": "{{ value_json.outbox.waiting }}", "state_class": "measurement"}),
        ):
            source = "status" if sensor == "status" else "health"
            about = {
                "name": say(language, f"link.{sensor}"),
                "unique_id": f"{node}-{sensor}",
                "state_topic": self.topic(source),
                "device": device,
            } | reading
            if source == "health":
                about["availability_topic"] = self.topic("status")
            yield Message(f"{DISCOVERY_PREFIX}/{component}/{node}/{sensor}/config", _encode(about), retain=True)


class _Ack(msgspec.Struct, forbid_unknown_fields=True):
    seq: int


class _Resume(msgspec.Struct, forbid_unknown_fields=True):
    first: int = msgspec.field(name="from")


def read_ack(payload: bytes, head_seq: int) -> int | None:
    """The highest number that the consumer has stored without a gap; None: not a number we ever gave."""
    try:
        number = msgspec.json.decode(payload, type=_Ack).seq if len(payload) <= COMMAND_BYTES else -1
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return number if 0 <= number <= head_seq else None


def read_resume(payload: bytes, head_seq: int) -> int | None:
    """The number to send from again, at most the next one that will be given; None: not such a number."""
    try:
        number = msgspec.json.decode(payload, type=_Resume).first if len(payload) <= COMMAND_BYTES else 0
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return number if 1 <= number <= head_seq + 1 else None
