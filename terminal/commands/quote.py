"""`fee-terminal quote CODE`: what a code owes and why, line by line, as the kiosk would say it: by one step of its own tables.

What the journal's books know of the stay counts too (payments, passes, coupons of merchants), if there is a journal; other
facts can be added by hand, to try them.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing, nullcontext
from typing import Any

import msgspec

from terminal.clock import Instant
from terminal.config import Config
from terminal.dues.ledger import FILE as LEDGER
from terminal.errors import CodeError
from terminal.fees.explain import explain
from terminal.fees.stay import Stay
from terminal.fsm.events import CodeRefused, CodeScanned, Event, StayChosen, TicketScanned
from terminal.fsm.states import SaleState
from terminal.fsm.step import step
from terminal.fsm.world import Sale, World
from terminal.intake import Intake, coupon_of
from terminal.money import with_symbol
from terminal.pay.coupons import read_coupon
from terminal.store.journal import FILE, Reader
from terminal.store.lookups import Lookups
from terminal.web.payer.view import said
from terminal.words import say

DONE, WRONG_USE = 0, 2

STAY = "stay:"
"""What stands before the id of a reported stay."""


def quote(config: Config, args: argparse.Namespace, at_ms: int) -> int:
    """Print the quote of a code, or of a stay by its id; returns the exit status."""
    language, currency = args.language or config.terminal.language, config.terminal.currency
    idle = World(rules=config.rules(), language=language, state=SaleState.IDLE)
    try:
        shown = _with_facts(config, _shown(config, args.code, at_ms), args, at_ms)
    except CodeError as error:
        shown = CodeRefused(error.reason, "")
    world = step(idle, shown, Instant(at_ms, 0)).world
    if world.sale is None:
        print(f"fee-terminal: {said(world)}", file=sys.stderr)
        return WRONG_USE
    if args.json:
        print(as_json(world.sale, language, config).decode())
    else:
        due = (say(language, "line.due"), world.sale.due_minor)
        for text, amount_minor in (*_explained(world.sale, language, config), due):
            print(f"{with_symbol(amount_minor, currency):>12}  {text}")
    return DONE


def as_json(sale: Sale, language: str, config: Config) -> bytes:
    """A quote for programs: the words in one language, and the data that they are made of."""
    lines = [
        {"text": text, "amount_minor": line.amount_minor, "what": line.what, "params": line.params, "names": line.names}
        for (text, _), line in zip(_explained(sale, language, config), sale.lines, strict=True)
    ]
    currency = config.terminal.currency
    return msgspec.json.encode(
        {"ticket_id": sale.ticket_id, "due_minor": sale.due_minor, "currency": currency, "lines": lines}
    )


def _explained(sale: Sale, language: str, config: Config) -> Sequence[tuple[str, int]]:
    of = config.terminal
    return [(explain(line, language, of.currency, of.timezone), line.amount_minor) for line in sale.lines]


def _shown(config: Config, code: str, at_ms: int) -> Event:
    """What the kiosk's intake would make of the code."""
    path = config.terminal.data_dir / FILE
    with closing(Reader(path)) if path.exists() else nullcontext() as reader:
        books = Lookups(nothing_known if reader is None else reader.rows)
        intake = Intake(books, config.ticket_key, path.with_name(LEDGER))
        stay_id = code.removeprefix(STAY)
        fact = intake.fact(StayChosen(stay_id) if stay_id != code else CodeScanned(code), at_ms, config.rules())
        if isinstance(fact, TicketScanned):
            fact = msgspec.structs.replace(fact, chosen=False)  # who asks here wants the price, and no barrier opens
    assert fact is not None, "only a report can be no news"
    return fact


def nothing_known(*_query: object) -> list[Any]:
    """The books before the first sale."""
    return []


def _with_facts(config: Config, shown: Event, args: argparse.Namespace, at_ms: int) -> Event:
    """A ticket with what was given on the command line; all else as it is. Raises `CodeError` for a coupon that is none."""
    if not isinstance(shown, TicketScanned) or not (args.lost or args.vehicle or args.concession or args.coupon):
        return shown
    stay = shown.stay or Stay(shown.entered_at_ms)
    coupons = [coupon_of(read_coupon(text, config.ticket_key, at_ms)) for text in args.coupon]
    stay = msgspec.structs.replace(
        stay,
        entered_at_ms=None if args.lost else stay.entered_at_ms,
        vehicle=args.vehicle or stay.vehicle,
        concessions=(*stay.concessions, *args.concession),
        coupons=(*stay.coupons, *coupons),
    )
    return msgspec.structs.replace(shown, stay=stay)
