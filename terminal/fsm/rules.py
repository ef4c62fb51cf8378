"""The rules in force: all of the configuration that decisions depend on, and no secret.

They travel inside `Started`, so the journal alone tells why a decision was taken, whatever the configuration says today.
"""

from typing import Literal

import msgspec

from terminal.fees import Tariff
from terminal.fees.dues import DuesRules
from terminal.fees.services import Service
from terminal.fsm.window_rules import WindowRules


class Rules(msgspec.Struct, frozen=True):
    """Rules of one terminal; amounts in minor units of `currency`."""

    terminal_id: str
    site: str
    currency: str
    language: str
    timezone: str
    tariffs: dict[str, Tariff]
    devices: tuple[str, ...]
    """Devices that the configuration names; each blocks selling until it has reported."""
    accept_minor: tuple[int, ...] = ()
    """Notes that may be taken; empty: all that the validator knows."""
    credit_limit_minor: int = 2000
    """The most change that may be owed back as a credit note."""
    payout_limit_minor: int = 0
    """The most that the change giver can pay out; 0: there is none."""
    payment_timeout_s: int = 60
    receipt: Literal["always", "on_request"] = "always"
    """Whether the receipt of a paid sale is printed, or only when the payer asks for it."""
    dues: DuesRules | None = None
    """None: no dues are taken here."""
    services: dict[str, Service] = {}
    """What is sold by the piece."""
    window: WindowRules | None = None
    """None: a kiosk, with nobody behind it."""
