"""The terminal's cabinet: the models of its devices, each at its line, around the machine.

A window has a cash drawer at its printer, and no validator. What is fitted differs from terminal to terminal (`sim/kiosk.py`,
`Fittings`); lines are bad lines (`sim/lines.py`, `sim/wire.py`).
"""

from sim.configuration import Role
from sim.devices.barrier import Barrier
from sim.devices.bill_validator import BillValidator, Place
from sim.devices.change_giver import ChangeGiver
from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter
from sim.devices.scanner import SerialScanner
from sim.devices.ssp import SspOptions, SspSlave
from sim.kiosk import BOX_CAPACITY, NOTES_MINOR, Fittings
from sim.lines import Cable
from sim.machine import Machine
from sim.power import PowerPlan
from sim.wire import Faults as LineFaults
from sim.wire import Wire

LINES: dict[Role, tuple[str, ...]] = {"kiosk": ("validator", "scanner", "printer"), "window": ("scanner", "printer")}
"""The terminal's serial lines, the first of all its lines in this order."""
NAP_WHILE_PRINTING_MS = 1_000
"""The longest nap of the printer's line while it prints."""


class Cabinet(Machine):
    """See the top of this file."""

    def __init__(self, seed: int, lines: LineFaults, fittings: Fittings | None, power: PowerPlan | None) -> None:
        """`lines`: how bad they are."""
        super().__init__(seed, power)
        self.fittings = fittings or Fittings()
        self.box_capacity = BOX_CAPACITY
        fitted = self.fittings
        self.mechanics = BillValidator(
            NOTES_MINOR,
            BOX_CAPACITY,
            repeats_credit=fitted.repeats_credit,
            early_notes_come_back=fitted.early_notes_come_back,
        )
        self.validator = SspSlave(
            self.mechanics, SspOptions(has_acks=fitted.has_acks, has_counters=fitted.has_counters)
        )
        self.paper = ReceiptPrinter()
        self.board = EscposBoard(
            self.paper, answers_gs_r=fitted.answers_fences, supports_process_id=fitted.knows_process_id
        )
        self.scanner = SerialScanner()
        self.barrier = Barrier()
        self.change_giver = ChangeGiver()
        late = LineFaults(split=lines.split, delay_ms=lines.delay_ms)
        cables = {
            "validator": self._cable("validator", self.validator, lines, lines),
            "scanner": self._cable("scanner", self.scanner, late, late),
            "printer": self._cable("printer", self.board, late, lines),
        }
        self.line_names = LINES[fitted.role]
        self.cables = {name: cables[name] for name in self.line_names}
        self._all_cables = tuple(self.cables.values())

    def _cable(self, name: str, device: object, to_device: LineFaults, to_terminal: LineFaults) -> Cable:
        there, back = self.dice(f"to {name}"), self.dice(f"from {name}")
        return Cable(device, Wire(to_device, there), Wire(to_terminal, back))  # type: ignore[arg-type]

    def _note_moves_in_ms(self) -> int | None:
        """A note is under way inside, and nothing is to be decided: when it gets further."""
        at_ms, place = self.mechanics.wake_at_ms, self.mechanics.place
        return at_ms - self.now_ms if at_ms is not None and place in (Place.PATH, Place.TRANSPORT) else None

    def _paper_moves_in_ms(self) -> int | None:
        """All bytes are with the printer, and it is still printing: it will tell when it is done."""
        return NAP_WHILE_PRINTING_MS if self.paper.working else None
