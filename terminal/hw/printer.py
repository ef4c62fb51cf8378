"""The receipt printer: an ESC/POS engine that knows what was printed, as far as the printer can tell.

A document's life:

    waiting ──── the printer is well, by a status read after the document came ────▶ `PrintStarted` is said
    announced ── that is durable (the pump asks for bytes only then) ──────────────▶ pieces go out, each with a query behind
    sending ──── each answer lets the next piece go; the last one carries the proof ▶ proving
    proving ──── the proof comes ──────────────────────────────────────────────────▶ `Printed`

Before the first byte nothing can go wrong: the document simply waits for paper. After it, trouble of any kind ends in
`PrintInDoubt`, once, and the engine never prints it again by itself: that is for the core to decide. One answer too
late is trouble too: a printer that lost power for a moment is back in a second or two and would print the rest as if
nothing had happened.

Three proofs. A *process id* (GS ( H after the cut) can not be mistaken. A *fence* (GS r 1 after the cut) is a bare byte: it
counts only when all bytes are out, and only after the line was *cleared* (see `_clear`) of the fences of earlier
documents; one byte of noise in that moment can still forge it. *Drained* means only that the bytes are out and the
printer is well. (ESC/POS command reference: DLE EOT, DLE DC4, ESC p, GS r, GS ( H.)
"""

import hashlib
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Literal

from terminal.fsm.effects import Ask, Effect, Identify, OpenDrawer, PrintDocument, Wanted
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
from terminal.hw import escpos_commands as cmd
from terminal.hw.escpos_status import DRAWER_PIN_HIGH, QUERIES, Automatic, ProcessId, Queued, StatusReader, problems

Proof = Literal["auto", "fence", "process_id", "none"]

REPLY_MS = 550
"""An answer to DLE EOT must be here by then: the time of the longest piece at 9600 baud, twice."""
MISSES_MAX = 3
"""So many answers missing in a row: the printer is silent. With `BUSY_MS` that is noticed within 1.9 s in a sale."""
BUSY_MS = 250
"""From one status round (n = 1 to 4) to the next while a sale or a document is open."""
IDLE_MS = 2_000
"""The same while nobody is there; a silent printer is asked again so often, too."""
PROOF_MS = 20_000
"""A document whose last byte has been out for so long without proof is in doubt."""
PROCESS_ID_MS = 1_000
"""A printer that answered the fence but not the process id by then does not know process ids."""
DRAIN_MS = 2_000
"""Without any proof: well for so long after the last byte counts as printed."""
CLEAR_MS = 3_000
"""A fence sent to clear the line is answered by then, or sent again …"""
CLEAR_TRIES = 3
"""… so many times; a printer with a full buffer answers late."""
CLEAR_QUIET_MS = 300
"""After the last answer to it the line is clear: fences of an earlier document were answered before."""
BLIND_PIECE_MS = 50
"""From piece to piece when no answers are expected: about 5 kB/s, less than any interface but slow serial lines takes."""
QUEUE_MAX = 8
"""So many documents, and so many drawer pulses, may wait."""

HARMLESS = frozenset({"paper_low"})
PASSING = frozenset({"offline"})
"""A pause that ends by itself: no start, but no doubt either."""
MILD = HARMLESS | PASSING
"""All that leaves no doubt about a document under way."""

_FILL = bytes(cmd.PIECE_MAX)
"""Whatever command was cut short is filled up by so many NULs (no command is longer); NULs by themselves do nothing."""


class _Line(Enum):
    """Whether answers to fences of the past may still come."""

    UNKNOWN = auto()
    ASKED = auto()
    SETTLING = auto()
    CLEAR = auto()


class _Job:
    """A document on its way."""

    def __init__(self, effect_id: str, document: bytes) -> None:
        self.effect_id = effect_id
        self.document = document
        self.pieces: deque[bytes] = deque()
        self.announced = False
        self.begun = False
        """The first byte is out: from here on there can be a doubt."""
        self.out_at_ms: int | None = None
        """When the last byte went out."""
        self.fenced_at_ms: int | None = None
        """When the fence was answered while a process id may still come."""
        digest = hashlib.sha256(effect_id.encode()).digest()
        self.tag = bytes(0x20 + byte % 0x5F for byte in digest[:4])
        """The process id: from the effect's id, so that no answer of another document or life fits."""


class EscposPrinter:
    """Engine of an ESC/POS receipt printer, and of the cash drawer on its kick connector."""

    device = "printer"

    def __init__(
        self,
        render: Callable[[PrintDocument], bytes],
        *,
        proof: Proof = "auto",
        answers: bool = True,
        drawer: bool = False,
        drawer_open_high: bool | None = None,
    ) -> None:
        """`render` makes a document's bytes, up to and with the cut.

        `proof` "auto" takes the process id if the printer knows it, else the fence, else nothing: a printer that is well
        but answers no fence when its line is cleared will prove nothing. `answers` False is for a cable that only leads
        there: nothing is asked, no problem but `absent` is ever noticed. `drawer`: its pulses come from this printer.
        `drawer_open_high`: level of connector pin 3 with the drawer open (differs by drawer: try it); None: no sensor.
        """
        self.wake_at_ms: int | None = None
        self.strays = 0
        """Answers that nobody had asked for."""
        self._render = render
        self._proof: Proof = proof if answers else "none"
        self._answers = answers
        self._drawer = drawer
        self._drawer_open_high = drawer_open_high
        self._drawer_is_open = False
        self._reader = StatusReader()
        self._events: deque[Event] = deque()
        self._now_ms = 0
        self._open = False
        self._sale_open = False
        self._told: tuple[str, ...] | None = None
        self._tell_anew = False
        """How it is shall be said once more, even if it is still the same."""
        self._status: dict[int, int] = {}
        self._fresh: set[int] = set()
        """Queries answered since the first document of the queue became the first."""
        self._query = 1
        self._asked_at_ms: int | None = None
        self._ask_at_ms: int | None = None
        self._round_at_ms = 0
        self._doubts = False
        """The printer says that trouble has ended, and is asked once more."""
        self._misses = 0
        self._line = _Line.UNKNOWN
        self._line_at_ms: int | None = None
        self._clear_tries = 0
        self._knows_process_id: bool | None = None
        self._knows_fence = True
        """False: it is well, but never answered one; its documents are then proved by nothing better than `drained`."""
        self._jobs: deque[_Job] = deque()
        self._piece_at_ms = 0
        self._out = b""
        self._kicks: deque[str] = deque()
        self._kicked: list[str] = []

    # --- the contract of an engine ----------------------------------------------------------------------------------
    @property
    def busy(self) -> bool:
        """A document or a pulse is on its way, or a round of questions is not yet answered; without paper a document waits."""
        printing = bool(self._jobs) and (self._jobs[0].announced or HARMLESS.issuperset(self._told or ()))
        asked = self._asked_at_ms is not None or self._query != QUERIES[0]
        clearing = self._line in (_Line.ASKED, _Line.SETTLING)
        silent = self._misses >= MISSES_MAX
        return self._open and not silent and (printing or bool(self._kicks) or asked or clearing or self._doubts)

    def port_opened(self, now_ms: int) -> None:
        """Nothing is known of a printer that has just appeared."""
        if self._open:
            self.port_closed(now_ms)
        self._now_ms = now_ms
        self._open = True
        self._out = _FILL
        self._knows_process_id = None
        self._knows_fence = True
        self._line = _Line.UNKNOWN
        self._forget_status()
        self._misses = 0
        self._begin_round(now_ms)
        self._consider()

    def port_closed(self, now_ms: int) -> None:
        """A document that was begun is in doubt; the others wait."""
        self._now_ms = now_ms
        self._open = False
        self._forget_status()
        self._asked_at_ms = self._ask_at_ms = None
        self._out = b""
        self._reader.forget()
        self._consider()

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Answers, in whatever pieces."""
        self._now_ms = now_ms
        for answer in self._reader.receive(data):
            if isinstance(answer, ProcessId):
                self._hear_process_id(answer.text)
            elif isinstance(answer, Queued):
                self._hear_fence()
            elif isinstance(answer, Automatic):
                if not self._doubts:  # whoever is doubted is asked, after a pause
                    self._learn(answer.status)
            elif self._asked_at_ms is None:
                self.strays += 1
            else:
                self._hear_status(answer.value)
        self._consider()

    def handle_timer(self, now_ms: int) -> None:
        """Missing answers, proofs that do not come, the next query."""
        self._now_ms = now_ms
        if self._asked_at_ms is not None and now_ms >= self._asked_at_ms + REPLY_MS:
            self._miss()
        self._consider()

    def perform(self, effect_id: str, effect: Effect, now_ms: int) -> None:
        """Take a document, or a pulse for the drawer; get to know the printer anew. What became of a document of an earlier life
        no printer can tell."""
        self._now_ms = now_ms
        if isinstance(effect, PrintDocument):
            self._take(effect_id, effect)
        elif isinstance(effect, OpenDrawer) and self._drawer:
            self._take_kick(effect_id)
        elif isinstance(effect, Ask) and isinstance(effect.about, PrintDocument):
            self._events.append(EffectFound(effect.effect_id, "in_doubt"))
        elif isinstance(effect, Ask) and isinstance(effect.about, OpenDrawer) and self._drawer:
            self._events.append(EffectFound(effect.effect_id, "nothing"))
        elif effect == Identify(self.device):
            self._get_acquainted()
        else:
            return
        self._consider()

    def follow(self, wanted: Wanted, now_ms: int) -> None:
        """Look at the printer more often while somebody stands there."""
        if wanted.sale_open != self._sale_open:
            self._now_ms = now_ms
            self._sale_open = wanted.sale_open
            self._hurry()
            self._consider()

    def next_event(self) -> Event | None:
        """The next fact, in order."""
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """Control bytes, then the next piece of the document, then the query whose answer lets the one after it go."""
        if not self._open or self._events:
            return b""
        out, self._out = self._out, b""
        self._events.extend(DrawerKicked(effect_id) for effect_id in self._kicked)
        self._kicked.clear()
        if out:
            self._piece_at_ms = self._now_ms + BLIND_PIECE_MS
            self._hurry()
        else:
            out = self._next_piece()
        if self._asked_at_ms is None and self._ask_at_ms is not None and self._due(self._ask_at_ms):
            out += cmd.query(self._query)
            self._asked_at_ms = self._now_ms
            if self._query == QUERIES[0]:
                self._round_at_ms = self._now_ms  # a late round is not made up for by another one at once
        self._set_wake()
        return out

    # --- status -----------------------------------------------------------------------------------------------------
    def _due(self, at_ms: int) -> bool:
        return self._now_ms >= at_ms

    def _get_acquainted(self) -> None:
        """As when it was plugged in, unless a document is on its way. A silent one is asked at once."""
        if not self._open or (self._jobs and self._jobs[0].announced):
            return
        if self._misses >= MISSES_MAX and self._asked_at_ms is None:
            self._ask_at_ms = self._now_ms
            return
        self._forget_status()
        self._tell_anew = self._answers
        if self._line is _Line.CLEAR:  # else it is being cleared, and one more fence would be one too many
            self._line = _Line.UNKNOWN
            self._knows_process_id, self._knows_fence = None, True
        self._hurry()

    def _begin_round(self, at_ms: int) -> None:
        self._query = QUERIES[0]
        self._asked_at_ms = None
        self._round_at_ms = at_ms
        self._ask_at_ms = at_ms if self._answers else None

    def _hurry(self) -> None:
        """Bring a round that is due later forward."""
        waiting = self._asked_at_ms is None and self._ask_at_ms is not None and not self._due(self._ask_at_ms)
        if waiting and not self._misses:
            self._ask_at_ms = self._round_at_ms = self._now_ms

    def _forget_status(self) -> None:
        self._status.clear()
        self._fresh.clear()

    def _hear_status(self, value: int) -> None:
        self._asked_at_ms = None
        if self._misses:
            # The answers that were missed may only be late: let them pass, then get to know the printer anew.
            self._misses = 0
            self._forget_status()
            self._begin_round(self._now_ms + REPLY_MS)
            return
        self._learn({self._query: value})
        if self._query != QUERIES[-1]:
            self._query += 1
            self._ask_at_ms = self._now_ms
        else:
            busy = self._sale_open or bool(self._jobs)
            self._begin_round(max(self._now_ms, self._round_at_ms + (BUSY_MS if busy else IDLE_MS)))

    def _learn(self, status: dict[int, int]) -> None:
        self._status.update(status)
        self._fresh.update(status)
        if self._drawer_open_high is not None and 1 in status:
            is_open = bool(status[1] & DRAWER_PIN_HIGH) == self._drawer_open_high
            if is_open != self._drawer_is_open:
                self._drawer_is_open = is_open
                self._events.append(DrawerChanged(is_open))

    def _miss(self) -> None:
        self._misses += 1
        self._reader.forget()
        if self._jobs and self._jobs[0].begun:
            self._doubt("silent")
        if self._misses >= MISSES_MAX:
            self._forget_status()
            self._begin_round(self._now_ms + (BUSY_MS if self._sale_open else IDLE_MS))
        else:
            self._asked_at_ms = None
            self._ask_at_ms = self._now_ms

    def _problems(self) -> tuple[str, ...] | None:
        """What is wrong now; None: not known yet."""
        if not self._open:
            return ("absent",)
        if not self._answers:
            return ()
        if self._misses >= MISSES_MAX:
            return ("silent",)
        return problems(self._status) if len(self._status) == len(QUERIES) else None

    # --- the order of things ----------------------------------------------------------------------------------------
    def _consider(self) -> None:
        """Draw all conclusions from what is known now."""
        found = self._problems()
        believed = found is not None and self._is_believed(found)
        if found is not None and not believed:
            found = self._told
        if found is not None and (found != self._told or (self._tell_anew and believed)):
            self._told, self._tell_anew = found, False
            self._events.append(DeviceChanged(self.device, found))
        well = found is not None and HARMLESS.issuperset(found)
        job = self._jobs[0] if self._jobs else None
        if job is not None and job.begun and found is not None:
            if trouble := _trouble(found):
                self._doubt(trouble)
            else:
                self._prove(job, well)
        self._clear(well)
        self._announce(well)
        self._kick(found, well)
        self._set_wake()

    def _is_believed(self, found: tuple[str, ...]) -> bool:
        """Trouble is believed at once, its end only when a fresh round says so too, asked after a pause in which late answers
        have passed: no answer tells to which question, so one byte too many on the line makes all that follow say anything.

        `offline` and `paper_low` have not ended when their cause and their consequence are found: they are not said any more.
        """
        answered = found not in (("absent",), ("silent",))
        lasting = set(self._told or ()) - (MILD if _trouble(found) else set())
        if self._told is None or not answered or lasting <= set(found):
            self._doubts = False
        elif self._answers and not self._doubts:
            self._doubts = True
            self._forget_status()
            self._begin_round(self._now_ms + REPLY_MS)
            return False
        else:
            self._doubts = False
        return True

    def _set_wake(self) -> None:
        times = [self._ask_at_ms if self._asked_at_ms is None else self._asked_at_ms + REPLY_MS]
        times.append(self._line_at_ms)
        times.extend(self._job_times(self._jobs[0]) if self._jobs else ())
        if self._events:
            times.append(self._now_ms)
        self.wake_at_ms = min((at_ms for at_ms in times if at_ms is not None), default=None)

    def _job_times(self, job: _Job) -> list[int]:
        """When time alone will change something for the document."""
        if job.out_at_ms is not None:
            times = [job.out_at_ms + DRAIN_MS, job.out_at_ms + PROOF_MS]
            times += [] if job.fenced_at_ms is None else [job.fenced_at_ms + PROCESS_ID_MS]
            return [at_ms for at_ms in times if at_ms > self._now_ms]
        return [self._piece_at_ms] if job.announced and self._open and not self._answers else []

    def _clear(self, well: bool) -> None:
        """Bring the printer to a known state, and wait for the answers to fences that nobody waits for any more.

        What it has in its buffer from before comes first, so the answer to one more fence comes last.
        """
        if self._line is _Line.CLEAR or (self._jobs and self._jobs[0].begun):
            return
        if not well:
            self._line, self._line_at_ms, self._clear_tries = _Line.UNKNOWN, None, 0
        elif self._proof in ("process_id", "none") or not self._knows_fence:
            self._out += _FILL + cmd.INITIALIZE
            self._line = _Line.CLEAR
        elif self._line is _Line.UNKNOWN or (self._line_at_ms is not None and self._due(self._line_at_ms)):
            if self._line is _Line.SETTLING or self._clear_tries == CLEAR_TRIES:
                self._knows_fence = self._line is _Line.SETTLING or self._proof == "fence"
                self._line, self._line_at_ms, self._clear_tries = _Line.CLEAR, None, 0
            else:
                self._out += _FILL + cmd.INITIALIZE + cmd.FENCE
                self._line, self._line_at_ms = _Line.ASKED, self._now_ms + CLEAR_MS
                self._clear_tries += 1

    def _kick(self, found: tuple[str, ...] | None, well: bool) -> None:
        """Pulses go out as soon as the printer's state is known."""
        while self._kicks and found is not None:
            effect_id = self._kicks.popleft()
            if found in (("absent",), ("silent",)):
                self._events.append(DrawerFailed(effect_id, found[0]))
            else:
                self._out += cmd.PULSE if well else cmd.PULSE_NOW
                self._kicked.append(effect_id)
        if not self._open:
            self._events.extend(DrawerFailed(effect_id, "absent") for effect_id in self._kicked)
            self._kicked.clear()

    def _take_kick(self, effect_id: str) -> None:
        if len(self._kicks) + len(self._kicked) >= QUEUE_MAX:
            self._events.append(DrawerFailed(effect_id, "busy"))
        else:
            self._kicks.append(effect_id)

    # --- documents --------------------------------------------------------------------------------------------------
    def _take(self, effect_id: str, effect: PrintDocument) -> None:
        if any(job.effect_id == effect_id for job in self._jobs):
            return
        if len(self._jobs) >= QUEUE_MAX:
            self._events.append(PrintInDoubt(effect_id, "queue_full"))
            return
        self._jobs.append(_Job(effect_id, self._render(effect)))
        if len(self._jobs) == 1:
            self._look_afresh()

    def _look_afresh(self) -> None:
        """The next document needs a status that is newer than itself."""
        self._fresh.clear()
        self._hurry()

    def _announce(self, well: bool) -> None:
        if not self._jobs or self._jobs[0].announced or not well or self._line is not _Line.CLEAR:
            return
        if self._is_fresh():
            self._jobs[0].announced = True
            self._events.append(PrintStarted(self._jobs[0].effect_id))

    def _next_piece(self) -> bytes:
        """The next piece, if the way is free: the printer is well and has answered since the last one."""
        if not self._jobs or not (job := self._jobs[0]).announced or job.out_at_ms is not None:
            return b""
        found = self._problems()
        if found is None or not HARMLESS.issuperset(found) or self._line is not _Line.CLEAR:
            return b""
        if self._asked_at_ms is not None or self._misses or not (self._answers or self._due(self._piece_at_ms)):
            return b""
        if not job.begun:
            job.begun = True
            job.pieces.extend(cmd.pieces(cmd.INITIALIZE + job.document + self._question(job)))
        piece = job.pieces.popleft()
        self._hurry()
        self._piece_at_ms = self._now_ms + BLIND_PIECE_MS
        if not job.pieces:
            job.out_at_ms = self._now_ms
            self._fresh.clear()
        return piece

    def _question(self, job: _Job) -> bytes:
        """What is asked behind the document; a printer that is not known yet is asked both."""
        ask_id = self._proof == "process_id" or (self._proof == "auto" and self._knows_process_id is not False)
        ask_fence = self._proof == "fence" or (self._proof == "auto" and self._knows_process_id is not True)
        return cmd.process_id(job.tag) * ask_id + cmd.FENCE * ask_fence

    def _hear_process_id(self, text: bytes) -> None:
        job = self._jobs[0] if self._jobs else None
        if job is None or job.out_at_ms is None or job.tag != text or self._proof not in ("auto", "process_id"):
            self.strays += 1
            return
        self._knows_process_id = True
        self._finish(Printed(job.effect_id, "process_id"))

    def _hear_fence(self) -> None:
        job = self._jobs[0] if self._jobs else None
        self._knows_fence = True
        if self._line in (_Line.ASKED, _Line.SETTLING):
            self._line, self._line_at_ms = _Line.SETTLING, self._now_ms + CLEAR_QUIET_MS
        elif job is None or job.out_at_ms is None or self._proof in ("process_id", "none"):
            self.strays += 1
        elif self._proof == "fence" or self._knows_process_id is False:
            self._finish(Printed(job.effect_id, "fence"))
        elif self._knows_process_id is None:
            job.fenced_at_ms = self._now_ms

    def _prove(self, job: _Job, well: bool) -> None:
        """Conclusions from time alone."""
        if job.fenced_at_ms is not None and self._due(job.fenced_at_ms + PROCESS_ID_MS):
            self._knows_process_id = False
            self._finish(Printed(job.effect_id, "fence"))
        elif job.out_at_ms is None:
            return
        elif self._is_unproven() and well and self._due(job.out_at_ms + DRAIN_MS) and self._is_fresh():
            self._finish(Printed(job.effect_id, "drained"))
        elif self._due(job.out_at_ms + PROOF_MS):
            self._knows_process_id = None
            self._doubt("no_proof")

    def _is_unproven(self) -> bool:
        """Nothing better will come than a printer that is well after the last byte."""
        return self._proof == "none" or (self._proof == "auto" and not self._knows_fence)

    def _is_fresh(self) -> bool:
        return not self._answers or self._fresh.issuperset(QUERIES)

    def _doubt(self, reason: str) -> None:
        """Nobody knows how much is on the paper, nor what the printer still holds."""
        self._line = _Line.UNKNOWN
        self._finish(PrintInDoubt(self._jobs[0].effect_id, reason))

    def _finish(self, outcome: Printed | PrintInDoubt) -> None:
        self._jobs.popleft()
        self._events.append(outcome)
        self._look_afresh()


def _trouble(found: tuple[str, ...]) -> str:
    """The first problem that leaves a doubt about a document under way; "": there is none."""
    return next((problem for problem in found if problem not in MILD), "")
