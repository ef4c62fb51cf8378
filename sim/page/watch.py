"""Watches everything and draws it up as one picture, as data: devices, journal, messages, and whether the books balance.

One thread looks many times a second: at the rig through its control socket, at the journal through a reader's connection,
as any integrator could. Browsers get a picture only when it has changed. The audit is the real one (`terminal.store.audit`);
it is made again when something happened, and never takes more than a small part of the time.
"""

import threading
import time
from pathlib import Path
from typing import Any, Literal

import msgspec

from sim.balance import Compared, WindowCash, compared, window_cash
from sim.broker import Listener
from sim.configuration import Role
from sim.control import Control, RigError
from sim.page.desk import Desk
from sim.page.messages import Messages
from sim.running import Observer
from sim.verbs import Look, Truth
from terminal.errors import StoreError
from terminal.fsm.states import CashState, DrawerState
from terminal.fsm.world import World
from terminal.store.audit import Audit, audit
from terminal.store.record import Record
from terminal.web.screen import Screen

LOOK_S = 0.1
REST_S = 3.0
"""Books and things may differ while something moves, and so long after it: the last word has not arrived yet."""
AUDIT_SHARE = 10
"""An audit that took a second is made again after so many seconds."""
TEXT_CHARS = 160

Verdict = Literal["unknown", "balances", "moving", "hands", "wrong"]
IN_HANDS = ("cash", "counter", "safe")
"""Comparisons of cash that people carry: what differs there was left undone by hands, or done wrong, and no bug."""


class Watcher:
    """See above. `screen` gets the pictures."""

    def __init__(self, desk: Desk, screen: Screen, listener: Listener | None, messages: Messages | None) -> None:
        self._desk = desk
        self._screen = screen
        self._listener = listener
        self._messages = messages
        self._balance = Balance(Observer(desk.folder).path, listener, desk.role)
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._over = threading.Event()

    def start(self) -> None:
        """Looks from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Looks no more."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        control, observer = Control(self._desk.folder), Observer(self._desk.folder)
        shown: dict[str, Any] | None = None
        while not self._over.wait(LOOK_S):
            try:
                picture = self._picture(control, observer)
            except RigError:
                continue  # it is going down, or up
            if picture != shown:
                self._screen.show(picture)
                shown = picture
        control.close()
        observer.close()

    def _picture(self, control: Control, observer: Observer) -> dict[str, Any]:
        world = observer.look()
        looks, truth = control.ask(Look()), control.ask(Truth())
        program = self._desk.program
        at_rest = program == "running" and truth["note_at"] is None and nothing_moves(world)
        return {
            "program": program,
            "rig": looks,
            "tickets": list(self._desk.tickets),
            "cars": list(self._desk.cars),
            "world": seen_world(world),
            "journal": [seen_record(record) for record in observer.recent],
            "messages": None if self._messages is None else self._messages.newest(),
            "balance": self._balance.of(truth, world.seq, at_rest),
        }


class Balance:
    """The audit beside the truth, and what to think of it."""

    def __init__(self, journal: Path, listener: Listener | None, role: Role = "kiosk") -> None:
        self._path = journal
        self._role = role
        self._cash: WindowCash | None = None
        self._listener = listener
        self._found: Audit | None = None
        self._audited_seq = -1
        self._not_before_s = 0.0
        self._at_rest_since_s: float | None = None

    def of(self, truth: dict[str, Any], seq: int, at_rest: bool) -> dict[str, Any]:
        """Verdict, comparisons and totals, ready for JSON."""
        self._audit(seq)
        now_s = time.monotonic()
        if not at_rest:
            self._at_rest_since_s = None
        elif self._at_rest_since_s is None:
            self._at_rest_since_s = now_s
        if self._found is None:
            return {"verdict": "unknown", "lines": [], "totals": None}
        lines = compared(self._found, truth, self._listener, self._cash)
        rested = self._at_rest_since_s is not None and now_s - self._at_rest_since_s >= REST_S
        return {
            "verdict": verdict(lines, rested and self._audited_seq == seq),
            "lines": [
                {"what": one.what, "books": one.books, "is_so": one.is_so, "agrees": one.agrees} for one in lines
            ],
            "totals": msgspec.to_builtins(self._found),
            "in_motion_minor": truth["in_motion_minor"],
        }

    def _audit(self, seq: int) -> None:
        began_s = time.monotonic()
        if seq == self._audited_seq or began_s < self._not_before_s:
            return
        try:
            if self._role == "window":
                self._cash = window_cash(self._path)
            self._found = audit(self._path)
            self._audited_seq = self._found.events
        except StoreError:
            pass  # not there yet, or busy recovering: the last one stands
        ended_s = time.monotonic()
        self._not_before_s = ended_s + AUDIT_SHARE * (ended_s - began_s)


def verdict(lines: list[Compared], rested: bool) -> Verdict:
    """Differences count when nothing moves any more; a journal that is not what was written counts at once."""
    wrong = {line.what for line in lines if not line.agrees}
    if not wrong:
        return "balances"
    if wrong & {"chain", "books", "shifts"}:
        return "wrong"
    if not rested:
        return "moving"
    return "hands" if wrong <= set(IN_HANDS) else "wrong"


def nothing_moves(world: World) -> bool:
    """No note, no paper and no order is under way, and no drawer stands open."""
    at_rest = world.cash is CashState.EMPTY and world.drawer is DrawerState.SHUT
    return at_rest and not world.jobs and not world.pending


def seen_world(world: World) -> dict[str, Any]:
    """What of the world is drawn."""
    return {
        "seq": world.seq,
        "state": world.state,
        "cash": world.cash,
        "shift": world.shift,
        "drawer": world.drawer,
        "printer": world.printer,
        "problems": [[device, name] for device, names in sorted(world.devices.items()) for name in names],
    }


def seen_record(record: Record) -> dict[str, Any]:
    """An event, what was ordered because of it, and what it means for the books, each in a few words."""
    return {
        "seq": record.seq,
        "at_ms": record.at_ms,
        "kind": type(record.event).__name__,
        "text": in_words(record.event),
        "effects": [f"{type(effect).__name__} {in_words(effect)}".rstrip() for effect in record.effects],
        "entries": [f"{type(entry).__name__} {in_words(entry)}".rstrip() for entry in record.entries],
    }


def in_words(struct: msgspec.Struct) -> str:
    """The plain fields of a struct by name; what is deeper is left to the journal itself."""
    said = []
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
            value = ", ".join(value) or "–"
        if isinstance(value, bool | int | str) and value != "":
            said.append(f"{name} {value}")
    text = " · ".join(said)
    return text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 1] + "…"
