"""A receipt printer's body: roll, head, cutter, cover, mouth and the drawer beside it. It knows no bytes.

Whoever moves it (a wire format, `escpos.py`) puts one piece of work at a time under the head with `begin` and learns from
`working` when it is done. Work moves paper at so many millimetres a second and stops where it is when the paper ends, the
cover opens, the head is hot, the cutter jams or the power goes; it goes on from there when it can.

What is on paper is in `strips`: that is the truth about what was printed, whatever anybody believes.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from sim.devices.drawer import CashDrawer


class Work(Enum):
    """What the mechanism can do."""

    PRINT = auto()
    FEED = auto()
    CUT = auto()


@dataclass(slots=True)
class Printed:
    """Something on the paper: a line of text, a QR code (what it says) or a picture (its rows of dots)."""

    text: str = ""
    size: int = 1
    qr: str | None = None
    width_dots: int = 0
    dots: bytes = b""

    def __str__(self) -> str:
        if self.qr is not None:
            return f"[QR {self.qr}]"
        if self.dots:
            return f"[picture {self.width_dots}x{len(self.dots) * 8 // self.width_dots}]"
        return f"[x{self.size}]{self.text}" if self.size > 1 else self.text


@dataclass(slots=True)
class Strip:
    """A piece of paper: it `begins` with the printer's initialisation and nothing was lost since, it ends with the `cut`."""

    begins: bool
    cut: bool = False
    content: list[Printed] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """The whole document is on one piece of paper, which can be taken."""
        return self.begins and self.cut

    @property
    def lines(self) -> list[str]:
        """The content as readable lines."""
        return [str(printed) for printed in self.content]

    @property
    def codes(self) -> list[str]:
        """What the QR codes say."""
        return [printed.qr for printed in self.content if printed.qr is not None]

    @property
    def is_copy(self) -> bool:
        """The paper says of itself that it is a copy."""
        return any("COPY" in line or "补打" in line for line in self.lines)


@dataclass(slots=True)
class _Task:
    work: Work
    result: Printed | None
    left_mm: float


class ReceiptPrinter:
    """The mechanism, and the verbs of the people and accidents around it."""

    CUT_MM = 10.0
    """Cutting takes as long as so much paper."""

    def __init__(self, speed_mm_s: float = 100.0, roll_mm: float = 80_000.0, near_end_mm: float = 5_000.0) -> None:
        self.speed_mm_s = speed_mm_s
        self.roll_mm = roll_mm
        self.near_end_mm = near_end_mm
        self.paper_left_mm = roll_mm
        self.powered = True
        self.cover_is_open = False
        self.cutter_jammed = False
        self.head_hot = False
        self.drawer = CashDrawer()
        """What hangs on the kick connector."""
        self.drawer_kicks = 0
        """How often a pulse was sent to it, whether or not it opened."""
        self.power_cycles = 0
        self.strips: list[Strip] = []
        self.now_ms = 0
        self._task: _Task | None = None

    # --- people and accidents ---------------------------------------------------------------------------------------
    def paper_out(self) -> None:
        """The roll ends here."""
        self.paper_left_mm = 0.0

    def paper_low(self) -> None:
        """Little is left on the roll."""
        self.paper_left_mm = min(self.paper_left_mm, self.near_end_mm / 2)

    def paper_ends_in(self, mm: float) -> None:
        """So much is left on the roll."""
        self.paper_left_mm = mm

    def load_paper(self) -> None:
        """A new roll; what hung in the mouth is torn off."""
        self.paper_left_mm = self.roll_mm
        if self.strips and self.strips[-1].content:
            self.end_strip(begins=False)

    def open_cover(self) -> None:
        """The cover is opened."""
        self.cover_is_open = True

    def close_cover(self) -> None:
        """The cover is closed."""
        self.cover_is_open = False

    def jam_cutter(self) -> None:
        """The cutter can not move."""
        self.cutter_jammed = True

    def clear_cutter(self) -> None:
        """The cutter moves again."""
        self.cutter_jammed = False

    def overheat(self) -> None:
        """The head is too hot to print."""
        self.head_hot = True

    def cool_down(self) -> None:
        """The head may print again."""
        self.head_hot = False

    def lose_power(self) -> None:
        """The power goes: what was printed stays, the rest of the document is lost."""
        self.powered = False
        self._task = None
        self.end_strip(begins=False)

    def restore_power(self) -> None:
        """The power comes back."""
        if not self.powered:
            self.powered = True
            self.power_cycles += 1

    def shut_drawer(self) -> None:
        """Somebody pushes the drawer shut."""
        self.drawer.push_shut()

    def force_drawer(self) -> None:
        """Somebody opens the drawer with the key."""
        self.drawer.unlock()

    # --- what can be seen -------------------------------------------------------------------------------------------
    @property
    def drawer_is_open(self) -> bool:
        """The level of the drawer switch."""
        return self.drawer.switch_open

    @property
    def near_end(self) -> bool:
        """The sensor at the roll sees its core."""
        return self.paper_left_mm <= self.near_end_mm

    @property
    def no_paper(self) -> bool:
        """No paper under the head."""
        return self.paper_left_mm <= 0

    @property
    def cutter_failed(self) -> bool:
        """The cutter was to cut and could not."""
        return self.cutter_jammed and self._task is not None and self._task.work is Work.CUT

    @property
    def stopped(self) -> bool:
        """Nothing moves, whatever is to be done."""
        return (
            not self.powered
            or self.paper_left_mm <= 0
            or self.cover_is_open
            or self.head_hot
            or (self.cutter_jammed and self.cutter_failed)
        )

    @property
    def working(self) -> bool:
        """There is work under the head that is not done."""
        return self._task is not None

    @property
    def cutting(self) -> bool:
        """That work is a cut."""
        return self._task is not None and self._task.work is Work.CUT

    @property
    def documents(self) -> list[Strip]:
        """Whole documents, in order."""
        return [strip for strip in self.strips if strip.whole]

    def finished_since(self, count: int) -> list[Strip]:
        """Strips to which nothing more will be added, without the first `count` ones: those that were looked at before."""
        return [strip for strip in self.strips[count:] if strip.cut or strip is not self.strips[-1]]

    @property
    def tape(self) -> str:
        """All that came out, as text with a line for each cut or tear."""
        shown = []
        for strip in self.strips:
            if strip.lines or strip.cut:
                shown += [*strip.lines, "-8<- cut" if strip.cut else "~~~~ torn"]
        return "".join(f"{line}\n" for line in shown)

    # --- the board inside -------------------------------------------------------------------------------------------
    def begin(self, work: Work, mm: float = 0.0, result: Printed | None = None) -> None:
        """Start a piece of work; the one before must be done."""
        assert self._task is None, "one piece of work at a time"
        self._task = _Task(work, result, self.CUT_MM if work is Work.CUT else mm)

    def give_up(self) -> None:
        """Forget the work under the head."""
        self._task = None

    def end_strip(self, begins: bool) -> None:
        """What comes next is no part of what was: it is a document's beginning, or the rest of one."""
        if self.strips and not self.strips[-1].cut and not self.strips[-1].content:
            self.strips[-1].begins = begins
        else:
            self.strips.append(Strip(begins))

    def pulse_drawer(self) -> None:
        """The drawer's magnet gets its pulse."""
        self.drawer_kicks += 1
        self.drawer.pulse()

    def advance(self, now_ms: int) -> None:
        """Let the time pass in which the work under the head is done; time left over is not used."""
        passed_ms = max(0, now_ms - self.now_ms)
        self.now_ms += passed_ms
        task = self._task
        if task is None or self.stopped:
            return
        passed_mm = passed_ms * self.speed_mm_s / 1000
        moved_mm = min(passed_mm, task.left_mm)
        if task.work is not Work.CUT:
            moved_mm = min(moved_mm, self.paper_left_mm)
            self.paper_left_mm -= moved_mm
        task.left_mm -= moved_mm
        if task.left_mm <= 1e-6:
            self._done(task)

    def ready_at_ms(self) -> int | None:
        """When the work under the head will be done; None: there is none, or it stands still."""
        if self._task is None or self.stopped:
            return None
        return self.now_ms + max(1, -int(-self._task.left_mm * 1000 // self.speed_mm_s))

    def _done(self, task: _Task) -> None:
        self._task = None
        if not self.strips or self.strips[-1].cut:
            self.strips.append(Strip(begins=False))
        strip = self.strips[-1]
        if task.work is Work.CUT:
            strip.cut = True
        elif task.result is not None:
            strip.content.append(task.result)
