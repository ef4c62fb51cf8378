"""A kiosk's day, as a list of scenes.

Each tells in one line what it does, then does it through the control socket and waits for what must come of it, in the
terminal's journal and on the rig. At the end the books are compared with what is physically there: notes in the box, barrier
openings, receipts on the paper, events that arrived over MQTT.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sim.rig import read_ticket_key
from sim.running import Impatient, at_rest
from sim.stage import CURRENCY, Stage, close, expect
from sim.verbs import Insert, LoadPaper, PaperOut, PressCancel, Scan, Ticket, Truth, Where
from terminal.fsm.states import SaleState
from terminal.fsm.world import World
from terminal.money import with_symbol
from terminal.stays.reports import AnyReport, StayValidated, VehicleEntered, write_report
from terminal.store.audit import audit

LITTLE_MM = 60.0
"""Less paper than a receipt needs."""


class KioskStage(Stage):
    """A kiosk, and the payers before it."""

    def __init__(self, folder: Path, pace: tuple[str, ...], stack: ExitStack, framed_by: str = "") -> None:
        super().__init__(folder, pace, stack, framed_by)
        self.tickets: list[str] = []
        """Codes of all tickets so far."""

    def ready(self) -> World:
        """The terminal waits for the next payer, or says thanks to the last one."""
        return self.world(
            "ready for the next payer", lambda w: w.state in (SaleState.IDLE, SaleState.LEAVING) and at_rest(w)
        )

    def drive_up(self, minutes: int) -> None:
        """A car that came so long ago: its ticket is scanned, and priced."""
        sale_no = self.ready().sale_no
        self.tickets.append(self.control.ask(Ticket(minutes=minutes, scan=True)))
        self.world("the ticket is priced", lambda w: w.sale_no == sale_no + 1)

    def report(self, report: AnyReport) -> None:
        """What a camera or a merchant tells the terminal, over HTTP; it answers when the journal holds it."""
        key = read_ticket_key(self.folder)
        self._ask("POST", "/reports", write_report(report, key))

    def choose(self, part: str) -> None:
        """Find a car by a part of its plate, as the page does."""
        found = self._ask("GET", f"/stays?plate={part}")["candidates"]
        self._ask("POST", "/stay", json.dumps({"token": found[0]["token"]}).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        address = f"127.0.0.1:{self.web_port}"
        headers = {"Origin": f"http://{address}", "X-Fee-Terminal": "1", "Content-Type": "application/json"}
        connection = HTTPConnection(address, timeout=10)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status >= 300:
            raise Impatient(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)

    def pay(self, *amounts_minor: int) -> list[str]:
        """Put notes in, one after the other; where each came to rest."""
        return [self.control.insert(Insert(amount_minor)) for amount_minor in amounts_minor]

    def leave(self) -> World:
        """The sale ends, paid or not, and its papers are printed."""
        return self.world("the payer can leave", lambda w: w.state is SaleState.LEAVING and at_rest(w))

    def cut_off(self, amount_minor: int, *, with_devices: bool) -> World:
        """Kill the terminal while a note moves toward the box, start it again; the world at rest after that."""
        number = self.control.offer(Insert(amount_minor))
        while self.control.ask(Where(number)) != "transport":
            pass
        self.cut(with_devices=with_devices)
        return self.world("at rest again", at_rest)

    def begin(self) -> World:
        """As `ready`."""
        return self.ready()

    def rest(self) -> World:
        """As `ready`."""
        return self.ready()

    def scenes(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Those of `DAY`."""
        return ((scene.__doc__ or "", partial(scene, self)) for scene in DAY)

    def close_day(self) -> int:
        """Compare; the exit status."""
        found, truth = audit(self.observer.path), self.control.ask(Truth())
        notes = ", ".join(
            f"{count} × {with_symbol(int(amount), CURRENCY)}"
            for amount, count in sorted(truth["box"].items(), key=lambda item: int(item[0]))
        )
        physically = [
            f"Notes in the box: {with_symbol(truth['box_minor'], CURRENCY)} ({notes})",
            f"Documents on the paper: {truth['tape']['originals']}, copies {truth['tape']['copies']}",
            f"Barrier opened {truth['barrier_openings']} times, drawer {truth['drawer_openings']} times",
        ]
        return close(self.compare(found, truth, physically))


# --- the day ------------------------------------------------------------------------------------------------------
def free_stay(stage: KioskStage) -> None:
    """A stay of 5 minutes is free: the barrier opens without payment"""
    stage.drive_up(5)
    expect(stage.leave().sale, "paid", True)


def exact_payment(stage: KioskStage) -> None:
    """¥5.00 owed, a note of ¥5.00: receipt, barrier"""
    stage.drive_up(30)
    stage.pay(500)
    expect(stage.leave().sale, "note_minor", 0)


def overpayment(stage: KioskStage) -> None:
    """¥10.00 owed, a note of ¥20.00: receipt, and a signed credit note for the change"""
    stage.drive_up(90)
    stage.pay(2000)
    expect(stage.leave().sale, "note_minor", 1000)


def note_too_large(stage: KioskStage) -> None:
    """¥5.00 owed, a note of ¥100.00 is given back, a note of ¥5.00 is taken"""
    stage.drive_up(30)
    places = stage.pay(10_000, 500)
    if places != ["returned", "box"]:
        raise Impatient(f"the notes went to {places}")
    stage.leave()


def cancelled_sale(stage: KioskStage) -> None:
    """¥20.00 owed, ¥10.00 paid, then cancelled: a credit note for the ¥10.00, no barrier"""
    stage.drive_up(200)
    stage.pay(1000)
    stage.world("the note is credited", lambda w: w.sale is not None and w.sale.credited_minor == 1000)
    stage.control.ask(PressCancel())
    expect(stage.leave().sale, "note_minor", 1000)


def used_ticket(stage: KioskStage) -> None:
    """The ticket of the second car is scanned once more: refused, because it was used to pay"""
    stage.control.ask(Scan(code=stage.tickets[1]))
    stage.world("refused as used", lambda w: w.refused == {"already_paid": 1})


def paper_out(stage: KioskStage) -> None:
    """The paper ends in mid-receipt: with a new roll it is printed again, marked as a copy"""
    stage.drive_up(30)
    stage.control.ask(PaperOut(mm=LITTLE_MM))
    stage.pay(500)
    stage.world("out of paper", lambda w: "paper_out" in w.devices.get("printer", ()))
    stage.control.ask(LoadPaper())
    stage.leave()


def killed(stage: KioskStage) -> None:
    """The program is killed while a note of ¥10.00 moves; after the restart it is credited, once"""
    stage.drive_up(90)
    stage.cut_off(1000, with_devices=False)
    expect(stage.leave().sale, "credited_minor", 1000)


def power_cut(stage: KioskStage) -> None:
    """Terminal and devices lose power while a note of ¥10.00 moves; the device tells where it went: credited, once"""
    stage.drive_up(90)
    stage.cut_off(1000, with_devices=True)
    expect(stage.leave().sale, "credited_minor", 1000)


def by_plate(stage: KioskStage) -> None:
    """A camera saw 粤B12345 come, a merchant gives an hour, the payer finds his car by “2345”: ¥8.00 instead of ¥16.00"""
    sale_no = stage.ready().sale_no
    entered_ms = time.time_ns() // 1_000_000 - 100 * 60_000
    stage.report(VehicleEntered("cam1-1", "P1", "粤B12345", entered_ms, "T2"))
    stage.report(StayValidated("shop-1", "P1", "S1", {"zh-CN": "面包店", "en": "Bakery"}, minutes=60))
    stage.choose("2345")
    expect(stage.world("the stay is priced", lambda w: w.sale_no == sale_no + 1).sale, "due_minor", 800)
    stage.pay(500, 500)
    expect(stage.leave().sale, "note_minor", 200)


DAY = (
    free_stay, exact_payment, overpayment, note_too_large, cancelled_sale, used_ticket, by_plate, paper_out, killed, power_cut,
)  # fmt: skip
