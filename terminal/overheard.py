"""What went over the line of a device, and what the device said of itself: kept for people who look at the service page.

Bounded, and nothing reads it back to decide anything. The pump's thread writes; other threads copy what they need.
"""

from collections import deque
from typing import NamedTuple

from terminal.fsm.events import DeviceChanged, DeviceIdentified, Event
from terminal.hw.engine import Engine

FRAMES_KEPT = 20
FRAME_BYTES = 64
"""So much of each frame is kept."""
SECRETIVE = {"scanner": 0, "printer": 8}
"""The same, where codes go over the line that are worth money to whoever can copy them."""


class Frame(NamedTuple):
    """Bytes as they came or went at once; `shown` is their beginning."""

    up_ms: int
    sent: bool
    length: int
    shown: bytes


class Overheard:
    """Of one line."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.frames: deque[Frame] = deque(maxlen=FRAMES_KEPT)
        self.port_open = False
        self.why_closed = ""
        """Why the port could not be opened, with its URL; empty while it is open."""
        self.heard_at_ms: int | None = None
        """When bytes last came, in elapsed time; None: never."""
        self.identity: DeviceIdentified | None = None
        self.identified_at_ms: int | None = None
        """When the device last said who it is."""
        self.changed_at_ms: int | None = None
        """When the device last said what is wrong with it, or that nothing is."""

    def keep(self, data: bytes, now_ms: int, *, sent: bool) -> None:
        """These bytes came, or went."""
        if not sent:
            self.heard_at_ms = now_ms
        shown = data[: SECRETIVE.get(self.engine.device, FRAME_BYTES)]
        self.frames.append(Frame(now_ms, sent, len(data), shown))

    def note(self, event: Event, now_ms: int) -> None:
        """The engine said this."""
        if type(event) is DeviceIdentified:
            self.identity, self.identified_at_ms = event, now_ms
        elif type(event) is DeviceChanged and event.device == self.engine.device:
            self.changed_at_ms = now_ms
