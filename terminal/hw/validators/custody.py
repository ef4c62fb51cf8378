"""Who has the note: every note that a validator holds, and every one whose fate nobody knows yet, until its one outcome.

The same for all protocols. A note is *held* in escrow, then *stacking* or *returning*. When power or cable break its story
off, or an earlier life of the program left it unfinished (`Ask`), it is *sought*: from then on a report of the device must
fit its value and unit to settle it, and once nothing moves any more it is judged from what else is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from terminal.fsm.effects import ReturnBill, StackBill
from terminal.fsm.events import BillHeld, BillReturned, BillStacked, EffectFound, Event, Finding


@dataclass(slots=True)
class Note:
    """A note whose fate is open."""

    amount_minor: int
    unit: str
    count_before: int | None
    effect_id: str = ""
    stage: Literal["held", "stacking", "returning"] = "held"
    reason: str = "by_device"
    sought: bool = False
    jammed: bool = False
    """The device was jammed meanwhile: people may have taken the note out, or put it into the box, by hand."""
    asked: bool = False
    """Of an earlier life: its outcome is an `EffectFound` in any case."""
    unheard: bool = False
    """Nobody has heard the device for a while: it may have taken this note in, and read another one."""
    since_ms: int = 0
    """Held since."""
    quiet_polls: int = 0
    """So often the device was asked since the decision, and told nothing of any note."""

    def fits(self, amount_minor: int, unit: str) -> bool:
        """Whether a report of `unit` about a note of this value (0: unknown) can mean this note."""
        same_unit = not self.unit or not unit or self.unit == unit
        return same_unit and amount_minor in (0, self.amount_minor)


@dataclass(slots=True, frozen=True)
class Evidence:
    """What is known when nothing moves any more and no report has settled a note."""

    unit: str
    """The validator that answers now."""
    count: int | None
    """Its count of stacked notes; None: it keeps none."""
    stacked: bool
    """It said that a note came to lie in the box."""
    went_back: bool
    """It obeyed a rejection, or said that a note was given back; not that it cleared one to the front at its restart, which
    settles a note that it fits and else is about another one."""

    def judge(self, note: Note) -> Finding:
        """What became of `note`."""
        if note.unit and note.unit != self.unit:
            return "other_unit"
        if self.stacked:
            return "in_box"
        if note.count_before is not None and self.count is not None:
            if self.count > note.count_before:
                return "in_box"
            if self.count == note.count_before and not note.jammed:
                return "given_back"
        return "given_back" if self.went_back else "nothing"


class Custody:
    """At most one note of this life, and those of earlier lives that were asked about."""

    def __init__(self, say: Callable[[Event], None]) -> None:
        self.note: Note | None = None
        self._asks: list[Note] = []
        self._say = say
        self._last_finding: Finding = "nothing"

    def __bool__(self) -> bool:
        """Whether any note's fate is open."""
        return self.note is not None or bool(self._asks)

    def held(self) -> Note | None:
        """The note that lies in escrow undecided."""
        return self.note if self.note and self.note.stage == "held" else None

    def hold(self, amount_minor: int, unit: str, count: int | None, now_ms: int) -> None:
        """A note lies in escrow."""
        self.note = Note(amount_minor, unit, count, since_ms=now_ms)
        self._say(BillHeld(amount_minor, unit, count))

    def decide(self, effect_id: str, effect: StackBill | ReturnBill) -> bool:
        """The decision on the held note; True when it is still there to be acted on."""
        note = self.note
        if note is None or note.effect_id:  # it was gone before the decision came
            finding: Finding = "given_back" if self._last_finding == "given_back" else "nothing"
            self._say(EffectFound(effect_id, finding))
            return False
        note.effect_id = effect_id
        if isinstance(effect, ReturnBill):
            note.reason = effect.reason
        was_held = note.stage == "held"
        if was_held:
            note.stage = "stacking" if isinstance(effect, StackBill) else "returning"
        return was_held

    def give_back(self, reason: str) -> None:
        """The held note goes back without a decision."""
        if note := self.held():
            note.stage = "returning"
            note.reason = reason

    def ask(self, effect_id: str, about: StackBill | ReturnBill, jammed: bool = False) -> None:
        """Seek a note of an earlier life."""
        if any(note.effect_id == effect_id for note in self._asks):
            return
        unit, count = (about.unit, about.count_before) if isinstance(about, StackBill) else ("", None)
        self._asks.append(
            Note(about.amount_minor, unit, count, effect_id, "returning", sought=True, jammed=jammed, asked=True)
        )

    def seek(self) -> None:
        """The story of the note was broken off."""
        if self.note:
            self.give_back(self.note.reason)
            self.note.sought = True

    def settle(self, finding: Finding, amount_minor: int, unit: str) -> bool:
        """The device tells of a note (value 0: not of which): True when it is one that we wait for.

        That a note came back may be said of another one of the same value, which was put in while nobody listened and the
        sought one lay in the box already. Where there are counters, they judge; where there are none, only a program that has
        listened all the time, and has let no other note in, may believe it.
        """
        for note in self._all():
            if not note.sought or note.fits(amount_minor, unit):
                doubtful = note.asked or note.unheard or note.count_before is not None
                if finding != "given_back" or not note.sought or not doubtful:
                    self._close(note, finding, amount_minor)
                return True
        return False

    def jammed(self) -> None:
        """The device says that something is stuck in it."""
        for note in self._all():
            note.jammed = True

    def unheard(self) -> None:
        """The device can not be heard."""
        if self.note:
            self.note.unheard = True

    def heard_nothing(self, polls: int) -> None:
        """A poll told nothing of the note that was decided on; after `polls` of them in a row it is sought."""
        if self.note and self.note.stage != "held":
            self.note.quiet_polls += 1
            self.note.sought = self.note.sought or self.note.quiet_polls >= polls

    def heard(self) -> None:
        """A poll told something."""
        if self.note:
            self.note.quiet_polls = 0

    def judge(self, evidence: Evidence) -> None:
        """Nothing moves any more: close every note that is still sought."""
        for note in self._all():
            if note.sought:
                self._close(note, evidence.judge(note), 0)

    def _all(self) -> tuple[Note, ...]:
        return (*self._asks, self.note) if self.note else tuple(self._asks)

    def _close(self, note: Note, finding: Finding, amount_minor: int) -> None:
        """Say the outcome: `EffectFound` for a note of an earlier life, else in the plain words of this one."""
        if note is self.note:
            self.note = None
        else:
            self._asks.remove(note)
        self._last_finding = finding
        amount_minor = amount_minor or note.amount_minor
        if not note.asked and finding == "in_box":
            self._say(BillStacked(amount_minor))
        elif not note.asked and (finding == "given_back" or not note.effect_id):
            self._say(BillReturned(note.amount_minor, note.reason))
        else:
            known = finding in ("in_box", "given_back")
            self._say(EffectFound(note.effect_id, finding, amount_minor if known else 0))
