"""One connection to the broker, from CONNECT to its end, in the link's own thread.

paho-mqtt speaks the protocol and nothing more: its loop is driven by hand, and each connection has a client of its own,
because paho keeps what is unsent in memory only and would send it again by itself (eclipse-paho/paho.mqtt.python#223).
The journal is our queue. MQTT 5 is asked for: it tells when a broker *refused* a message (3.1.1 acknowledges it all the
same, and it is gone), and it lets us say how large a packet we take.

Who takes reports asks the broker for a session that outlives the connection: reports that come while we are away wait there, and
one that we have not acknowledged comes again. We can not lose our side of that session, for we keep none: what we send is in the
journal, and what we got is acknowledged only when it is there too. `ack` and `resume` are asked for with QoS 0: nobody keeps them
for us, and they get through when as many reports wait as may.
"""

import logging
import select
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from terminal.config import MqttSection
from terminal.errors import FeeTerminalError
from terminal.link.mailbox import Mailbox
from terminal.link.messages import OFFLINE, ONLINE, Message, Names, Stored, read_ack
from terminal.link.reports import REPORT_BYTES, WAITING_MAX, Intake, Reports
from terminal.link.sending import Sending
from terminal.store.outbox import Outbox

if TYPE_CHECKING:  # paho is slow to load: only the link's thread does
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
    from paho.mqtt.enums import MQTTErrorCode
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

log = logging.getLogger(__name__)

WINDOW = 20
"""Events that may be unacknowledged at once; the fastest of those that were tried."""
PACKET_BYTES = REPORT_BYTES + 512
"""The largest packet that we take; the broker drops larger ones."""
SESSION_S = 7 * 86_400
"""So long the broker keeps reports for a terminal that is away."""


class Pace(msgspec.Struct, frozen=True):
    """How long and how often, in seconds."""

    first_retry_s: float = 1.0
    longest_retry_s: float = 60.0
    steady_s: float = 10.0
    """A connection that held this long makes the next retry a quick one again."""
    keepalive_s: int = 30
    answer_s: float = 10.0
    """The time in which a broker must answer a CONNECT."""
    health_at_most_every_s: float = 1.0
    health_at_least_every_s: float = 60.0
    resume_at_most_every_s: float = 1.0
    report_again_s: float = 10.0
    """A report that is not in the journal by then is handed on once more."""


PACE = Pace()


class EventSource(Protocol):
    """Where durable events are read."""

    def events_after(self, seq: int, limit: int) -> Sequence[Stored]:
        """At most `limit` events after `seq`, in order. Raises StoreError."""

    def close(self) -> None:
        """Ends the reading."""


class LinkDown(FeeTerminalError):
    """The connection could not be made, or has ended; the text says why."""


class Session:
    """`run` returns when a stop was asked for and said to the broker, and raises LinkDown or StoreError otherwise."""

    def __init__(
        self,
        config: MqttSection,
        names: Names,
        greeting: Sequence[Message],
        mailbox: Mailbox,
        outbox: Outbox,
        pace: Pace,
        intake: Intake | None = None,
    ) -> None:
        """`greeting` is published first of all on each connection; without `intake` reports are not asked for."""
        self._names = names
        self._greeting = greeting
        self._mailbox = mailbox
        self._outbox = outbox
        self._pace = pace
        self._sending = Sending(names, outbox, self._publish, pace.resume_at_most_every_s)
        self._reports = None if intake is None else Reports(intake, self._acknowledge, pace.report_again_s)
        reports = [] if intake is None else [(topic, 1) for topic in names.report_topics]
        self._wishes = [(names.topic("ack"), 0), (names.topic("resume"), 0), *reports]
        self._failure = ""
        self._health: dict[str, Any] | None = None
        self._health_at_s = float("-inf")
        self._config = config
        self._client = _client(config, names)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    def run(self, source: EventSource) -> None:
        """Connects, and publishes what there is until the connection or the program ends."""
        try:
            self._connect()
            self._serve(source)
        finally:
            self._outbox.lost()
            self._mailbox.connected = False
            if (sock := self._client.socket()) is not None:
                sock.close()

    # --- the course of a connection -------------------------------------------------------------------------------
    def _connect(self) -> None:
        """DNS, TCP, TLS and the broker's answer: all of it may be slow, and nobody waits for this thread."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = PACKET_BYTES
        if self._reports is not None:
            properties.ReceiveMaximum = WAITING_MAX
            properties.SessionExpiryInterval = SESSION_S
        clean = self._reports is None
        try:
            self._client.connect(
                *self._config.address, self._pace.keepalive_s, clean_start=clean, properties=properties
            )
        except (OSError, ValueError) as why:
            raise LinkDown(str(why)) from why
        deadline_s = time.monotonic() + self._pace.answer_s
        while not self._mailbox.connected:
            if time.monotonic() >= deadline_s or self._mailbox.stop is not None:
                raise LinkDown("the broker does not answer")
            self._turn(0.5)

    def _serve(self, source: EventSource) -> None:
        for message in self._greeting:
            self._sending.say(message)
        self._sending.say(self._names.status(ONLINE))
        while not self._may_stop():
            self._say_alerts()
            self._sending.say_events(source.events_after, self._mailbox.head_seq)
            self._say_health()
            self._settle_reports()
            self._turn(1.0 if self._health_is_said() else self._pace.health_at_most_every_s)
        self._say_goodbye()

    def _may_stop(self) -> bool:
        """A stop waits for what is still to be sent, for half of its time at the most."""
        stop = self._mailbox.stop
        return stop is not None and (
            self._outbox.done >= self._mailbox.head_seq or time.monotonic() >= stop.drain_until_s
        )

    def _say_goodbye(self) -> None:
        stop = self._mailbox.stop
        self._settle_reports()
        self._sending.say(self._names.status(OFFLINE))
        while stop and self._sending.under_way and time.monotonic() < stop.until_s:
            self._turn(0.1)
        self._client.disconnect()

    def _turn(self, timeout_s: float) -> None:
        """Waits for the socket or the bell, and lets paho work. Raises LinkDown."""
        sock = self._client.socket()
        if sock is None:
            raise LinkDown(self._failure or "the connection has ended")
        pending = getattr(sock, "pending", int)()  # TLS may hold bytes that poll does not see
        poll = select.poll()
        poll.register(self._mailbox.bell, select.POLLIN)
        poll.register(sock, select.POLLIN | select.POLLOUT if self._client.want_write() else select.POLLIN)
        ready = dict(poll.poll(0 if pending else timeout_s * 1000))
        if self._mailbox.bell.fileno() in ready:
            self._mailbox.silence()
        happened = ready.get(sock.fileno(), 0)
        if pending or happened & ~select.POLLOUT:
            self._expect_success(self._client.loop_read())
        if happened & select.POLLOUT:
            self._expect_success(self._client.loop_write())
        self._expect_success(self._client.loop_misc())
        self._mailbox.offer_cursor(self._outbox.take_cursor())
        self._sending.flush()

    def _expect_success(self, code: "MQTTErrorCode") -> None:
        if self._failure or code:
            raise LinkDown(self._failure or code.name)

    # --- what is said ---------------------------------------------------------------------------------------------
    def _publish(self, message: Message) -> int:
        info = self._client.publish(message.topic, message.payload, message.qos, message.retain)
        self._expect_success(info.rc)
        return info.mid

    def _say_alerts(self) -> None:
        while self._mailbox.alerts:
            self._sending.say(self._mailbox.alerts.popleft())

    def _say_health(self) -> None:
        """When it has changed, but not all the time; and now and then in any case."""
        now_s, health = time.monotonic(), self._health_now()
        every_s = self._pace.health_at_least_every_s if health == self._health else self._pace.health_at_most_every_s
        if health is not None and now_s - self._health_at_s >= every_s:
            self._sending.say(self._names.health(health))
            self._health, self._health_at_s = health, now_s

    def _health_is_said(self) -> bool:
        return self._health_now() == self._health

    def _health_now(self) -> dict[str, Any] | None:
        mailbox, done = self._mailbox, self._outbox.done
        if mailbox.health is None:
            return None
        return mailbox.health | {
            "outbox": {
                "head_seq": mailbox.head_seq,
                "delivered_seq": done,
                "waiting": max(0, mailbox.head_seq - done),
                "consumer_seq": mailbox.consumer_seq,
                "ignored": mailbox.ignored,
            }
        }

    # --- what paho tells ------------------------------------------------------------------------------------------
    def _on_connect(
        self,
        client: "Client",
        _data: Any,
        _flags: "ConnectFlags",
        reason: "ReasonCode",
        properties: "Properties | None",
    ) -> None:
        if reason.is_failure:
            self._failure = f"the broker refuses: {reason}"
            return
        self._sending.quota = min(WINDOW, getattr(properties, "ReceiveMaximum", WINDOW))
        client.subscribe(self._wishes)
        self._mailbox.connected, self._mailbox.problem = True, None

    def _on_subscribe(
        self, _client: "Client", _data: Any, _mid: int, reasons: "list[ReasonCode]", _properties: Any
    ) -> None:
        """Sales and events go on without what the broker refuses us to hear; people must know, for nothing will come."""
        for (topic, _qos), reason in zip(self._wishes, reasons, strict=False):
            if reason.is_failure:
                log.warning("MQTT: the broker does not let us hear %s: %s", topic, reason)

    def _on_disconnect(
        self, _client: "Client", _data: Any, flags: "DisconnectFlags", reason: "ReasonCode", _properties: Any
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._failure = f"the broker ends it: {reason}"

    def _on_publish(self, _client: "Client", _data: Any, mid: int, reason: "ReasonCode", _properties: Any) -> None:
        if reason.is_failure:
            self._failure = f"the broker refuses a message: {reason}"
        else:
            self._sending.acked(mid)

    def _on_message(self, _client: "Client", _data: Any, message: "MQTTMessage") -> None:
        payload, head_seq, now_s = bytes(message.payload), self._mailbox.head_seq, time.monotonic()
        if message.topic == self._names.topic("ack"):
            understood = self._acknowledged(payload, head_seq)
        elif message.topic == self._names.topic("resume"):
            understood = self._sending.asked_again(payload, message.retain, head_seq, now_s)
        elif self._reports is None or message.topic == self._names.topic("paid"):
            understood = message.topic == self._names.topic("paid")
        elif self._reports.full and message.qos:
            self._failure = "the broker sends more at once than it was asked for"
            return
        else:
            self._mailbox.ignored += self._reports.arrived(message.mid if message.qos else None, payload, now_s)
            return
        self._acknowledge(message.mid if message.qos else None)
        if not understood:
            self._mailbox.ignored += 1

    def _acknowledge(self, number: int | None) -> None:
        if number is not None:
            self._client.ack(number, 1)

    def _settle_reports(self) -> None:
        if self._reports is not None:
            self._mailbox.ignored += self._reports.settle(self._mailbox.head_seq, time.monotonic())

    def _acknowledged(self, payload: bytes, head_seq: int) -> bool:
        number = read_ack(payload, head_seq)
        if number is not None:
            self._mailbox.consumer_seq = number
        return number is not None


def _client(config: MqttSection, names: Names) -> "Client":
    """A client that knows who we are. Its files are read anew each time: they may have been renewed. Raises LinkDown."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=config.client_id or f"fee-{names.site}-{names.terminal}",
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )
    will = names.status(OFFLINE)
    client.will_set(will.topic, will.payload, will.qos, will.retain)
    try:
        if config.username is not None:
            client.username_pw_set(config.username, _password(config))
        if config.tls:
            client.tls_set_context(_tls(config))
    except (OSError, ValueError) as why:
        raise LinkDown(str(why)) from why
    return client


def _password(config: MqttSection) -> str | None:
    return None if config.password_file is None else config.password_file.read_text("utf-8").removesuffix("\n")


def _tls(config: MqttSection) -> Any:
    import ssl

    context = ssl.create_default_context(cafile=config.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if config.cert_file is not None:
        # The empty password keeps OpenSSL from asking for one at the terminal when the key is encrypted.
        context.load_cert_chain(config.cert_file, config.key_file, password="")
    return context
