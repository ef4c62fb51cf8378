"""The SSP validator: the common check in each variety of firmware, and what is particular to SSP."""

from sim.devices.bill_validator import BillValidator
from sim.devices.ssp import SspOptions, SspSlave
from terminal.hw.engine import Engine
from terminal.hw.validators.ssp import SILENT_IDLE_MS, SILENT_IN_SALE_MS, SspValidator
from tests.hw.check_validator import ValidatorCheck


class SspCheck(ValidatorCheck):
    """The two factories; subclasses choose the firmware."""

    silent_in_sale_ms = SILENT_IN_SALE_MS
    silent_idle_ms = SILENT_IDLE_MS
    has_acks = True
    has_counters = True

    def engine(self) -> Engine:
        """A new engine."""
        return SspValidator("CNY")

    def device(self, validator: BillValidator) -> SspSlave:
        """The unit under test."""
        return SspSlave(validator, SspOptions(has_acks=self.has_acks, has_counters=self.has_counters))

    def other_unit(self, validator: BillValidator) -> SspSlave:
        """Another unit."""
        return SspSlave(validator, SspOptions(serial=99, has_acks=self.has_acks, has_counters=self.has_counters))


class TestRichFirmware(SspCheck):
    """Acknowledged polling and counters."""


class TestPlainFirmware(SspCheck):
    """Neither: only the repeated answer and the parity rule protect a credit."""

    has_acks = False
    has_counters = False
