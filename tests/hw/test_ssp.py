"""The SSP validator: the common check in each variety of firmware, and what is particular to SSP."""

from dataclasses import replace

from sim.devices.bill_validator import BillValidator
from sim.devices.ssp import SspOptions, SspSlave
from terminal.hw.engine import Engine
from terminal.hw.validators.ssp import SILENT_IDLE_MS, SILENT_IN_SALE_MS, SspValidator
from tests.hw.check_validator import ValidatorCheck


class SspCheck(ValidatorCheck):
    """The two factories; subclasses choose the firmware."""

    silent_in_sale_ms = SILENT_IN_SALE_MS
    silent_idle_ms = SILENT_IDLE_MS
    options = SspOptions()

    def engine(self) -> Engine:
        """A new engine."""
        return SspValidator("CNY")

    def device(self, validator: BillValidator) -> SspSlave:
        """The unit under test."""
        return SspSlave(validator, self.options)

    def other_unit(self, validator: BillValidator) -> SspSlave:
        """Another unit."""
        return SspSlave(validator, replace(self.options, serial=99))


class TestRichFirmware(SspCheck):
    """Acknowledged polling, counters, the newest protocol version."""


class TestOldFirmware(SspCheck):
    """None of that: only the repeated answer and the parity rule protect a credit."""

    options = SspOptions(
        highest_version=5, has_acks=False, has_counters=False, hold_refusal=0xF5, tells_channel_at_reset=False
    )
