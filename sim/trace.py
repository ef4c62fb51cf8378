"""The trace of a virtual life: one line an event, one glyph a kind, a column for each part; a crash is a shape before it is read.

time in the world  event   people  notes  paper  boom  program
0d 00:02:05.444       10     ?                                  TicketScanned T1 1769992205000 T1
0d 00:02:07.202       11             (                          BillHeld 500 1873452 0
0d 00:02:08.167       12             $                          BillStacked 500
0d 00:02:54.423        !                                        printer-reboot
"""

from collections.abc import Callable

import msgspec

from terminal.fsm import backfill_events as bev
from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.store.record import Record

COLUMNS = ("people", "notes", "paper", "boom", "program", "broker", "window")

GLYPHS: dict[type[ev.Event], tuple[str, str]] = {
    ev.StayChosen: ("people", "p"),
    ev.ServicesChosen: ("people", "s"),
    ev.CouponScanned: ("people", "k"),
    ev.Reported: ("people", "r"),
    ev.RulesChanged: ("program", "m"),
    ev.TicketScanned: ("people", "?"),
    ev.CodeRefused: ("people", "x"),
    ev.CodeScanned: ("people", "·"),
    ev.CancelPressed: ("people", "c"),
    ev.LanguageChosen: ("people", "l"),
    ev.HelpCalled: ("people", "h"),
    ev.ReceiptWanted: ("people", "q"),
    ev.Rated: ("people", "*"),
    ev.StaffActed: ("people", "w"),
    ev.DoorOpened: ("people", "/"),
    ev.DoorClosed: ("people", "_"),
    ev.BillHeld: ("notes", "("),
    ev.BillStacked: ("notes", "$"),
    ev.BillReturned: ("notes", ")"),
    ev.BillRefused: ("notes", "<"),
    ev.BillReported: ("notes", "o"),
    ev.FraudAttempted: ("notes", "f"),
    ev.BoxRemoved: ("notes", "u"),
    ev.BoxReplaced: ("notes", "n"),
    ev.ChangePaid: ("notes", "-"),
    ev.PrintStarted: ("paper", "["),
    ev.Printed: ("paper", "]"),
    ev.PrintInDoubt: ("paper", "%"),
    ev.BarrierOpened: ("boom", "|"),
    ev.BarrierFailed: ("boom", "X"),
    ev.DrawerKicked: ("boom", "d"),
    ev.DrawerFailed: ("boom", "D"),
    ev.DrawerChanged: ("boom", ","),
    ev.Started: ("program", "^"),
    ev.Stopped: ("program", "."),
    ev.TimedOut: ("program", "t"),
    ev.ClockStepped: ("program", "@"),
    ev.DeviceChanged: ("program", "~"),
    ev.DeviceIdentified: ("program", "i"),
    ev.EffectFound: ("program", "="),
    ev.DrawerOverdue: ("boom", "o"),
    wev.ShiftBegun: ("window", "B"),
    wev.BadgeShown: ("window", "b"),
    wev.FloatCounted: ("window", "F"),
    wev.CountDrafted: ("window", "d"),
    wev.WindowLocked: ("window", "L"),
    wev.WindowUnlocked: ("window", "U"),
    wev.CountAsked: ("window", "C"),
    wev.DrawerCounted: ("window", "#"),
    wev.RecountAsked: ("window", "R"),
    wev.ShiftSigned: ("window", "Z"),
    wev.DrawerAccepted: ("window", "A"),
    wev.DrawerDisputed: ("window", "!"),
    wev.DrawerCleared: ("window", "0"),
    wev.DayClosed: ("window", "="),
    wev.CashMoved: ("window", "m"),
    wev.DrawerAsked: ("window", "o"),
    wev.NoteSuspected: ("window", "f"),
    wev.Tendered: ("window", "$"),
    wev.NoteShown: ("window", "n"),
    wev.NoteCashed: ("window", "-"),
    wev.ThingRemoved: ("window", "x"),
    wev.SaleSuspended: ("window", "("),
    wev.SaleResumed: ("window", ")"),
    wev.ReceiptShown: ("window", "q"),
    wev.Corrected: ("window", "c"),
    wev.ReprintAsked: ("window", "p"),
    wev.ReportAsked: ("window", "X"),
    bev.PadRegistered: ("window", "g"),
    bev.PadIssued: ("window", "i"),
    bev.PadReturned: ("window", "r"),
    bev.OutageNoted: ("window", "t"),
    bev.PaperEntered: ("window", "e"),
    bev.PaperVoided: ("window", "v"),
    bev.PaperWithdrawn: ("window", "w"),
    bev.EnvelopeCounted: ("window", "E"),
}

STRUCK: dict[str, str] = {
    "validator_reboot": "notes", "jam": "notes", "box_full": "notes", "box_pulled": "notes", "swap": "notes", "cheat": "notes",
    "giver_reboot": "notes", "giver_jam": "notes", "giver_empty": "notes", "giver_forgets": "notes",
    "printer_reboot": "paper", "paper": "paper", "cover": "paper", "cutter": "paper", "head_hot": "paper",
    "scanner_noise": "people", "door": "people", "meddler": "people",
    "drawer_stuck": "boom", "drawer_cable": "boom", "drawer_key": "boom", "wrong_change": "people",
    "broker_away": "broker", "broker_slow": "broker", "broker_twice": "broker", "broker_restart": "broker",
    "broker_forgets": "broker", "consumer_away": "broker",
}  # fmt: skip
"""The column of what a fault strikes; all others strike the program, its disk or its clock."""
QUIET = (ev.Started, ev.RulesChanged)
"""Events whose fields would fill the line: only their names are shown."""


class Trace:
    """Writes lines; `say` gets each without its end."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        say(f"{'time in the world':<18} event   {'  '.join(COLUMNS)}")

    def events(self, now_ms: int, records: list[Record]) -> None:
        """These have become durable."""
        for record in records:
            column, glyph = GLYPHS[type(record.event)]
            self._line(now_ms, str(record.seq), column, glyph, _told(record.event))

    def strikes(self, now_ms: int, fault: str, told: str) -> None:
        """A fault strikes."""
        self._line(now_ms, "", STRUCK.get(fault, "program"), "!", told)

    def dies(self, now_ms: int, how: str) -> None:
        """The program is gone."""
        self._line(now_ms, "", "program", "#", f"the terminal is dead: {how}")

    def _line(self, now_ms: int, number: str, column: str, glyph: str, told: str) -> None:
        seconds, ms = divmod(now_ms, 1000)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        marks = "  ".join((glyph if name == column else "").center(len(name)) for name in COLUMNS)
        self._say(f"{days}d {hours:02}:{minutes:02}:{seconds:02}.{ms:03} {number:>8}   {marks}  {told}".rstrip())


def _told(event: ev.Event) -> str:
    name = type(event).__name__
    if isinstance(event, QUIET):
        return name
    values = " ".join(_short(value) for value in msgspec.structs.astuple(event) if value not in ("", None, ()))
    return f"{name} {values}".rstrip()


def _short(value: object) -> str:
    """A value; of what has parts of its own only what it is."""
    return type(value).__name__ if isinstance(value, msgspec.Struct) else str(value)
