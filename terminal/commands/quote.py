"""`fee-terminal quote CODE`: what a code owes and why, line by line, as the kiosk would say it.

What the journal's books know of the stay counts too (payments, passes, coupons of merchants), if there is a journal; other
facts can be added by hand, to try them.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing, nullcontext
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from terminal.clock import Instant
from terminal.config import Config
from terminal.dues.ledger import FILE as LEDGER
from terminal.errors import CodeError
from terminal.fees.explain import explain
from terminal.fees.quote import Quote
from terminal.fees.stay import Stay
from terminal.fsm.events import CodeRefused, CodeScanned, StayChosen, TicketScanned
from terminal.fsm.policy import paid_where, why_refuse
from terminal.fsm.policy import quote as offer
from terminal.fsm.turn import Turn
from terminal.fsm.world import World
from terminal.intake import Intake, coupon_of
from terminal.money import with_symbol
from terminal.pay.coupons import read_coupon
from terminal.store.journal import FILE, Reader
from terminal.store.lookups import Lookups
from terminal.words import say

DONE, WRONG_USE = 0, 2

STAY = "stay:"
"""What stands before the id of a reported stay."""


def quote(config: Config, args: argparse.Namespace, at_ms: int) -> int:
    """Print the quote of a code, or of a stay by its id; returns the exit status."""
    language, currency = args.language or config.terminal.language, config.terminal.currency
    ticket, where = None, config.terminal.id
    try:
        ticket = _with_facts(config, _shown(config, args.code, at_ms), args, at_ms)
        turn = Turn(World(rules=config.rules()), ticket, Instant(at_ms, 0))
        where = paid_where(turn)
        if reason := why_refuse(turn):
            raise CodeError(reason)
    except CodeError as error:
        paid_at_ms = None if ticket is None else ticket.paid_at_ms
        when = "" if paid_at_ms is None else _when(paid_at_ms, config)
        print(f"fee-terminal: {say(language, f'refused.{error.reason}', when=when, where=where)}", file=sys.stderr)
        return WRONG_USE
    found = offer(turn)
    if args.json:
        print(as_json(found, ticket.ticket_id, language, config).decode())
    else:
        for text, amount_minor in (*_explained(found, language, config), (say(language, "line.due"), found.due_minor)):
            print(f"{with_symbol(amount_minor, currency):>12}  {text}")
    return DONE


def as_json(found: Quote, ticket_id: str, language: str, config: Config) -> bytes:
    """A quote for programs: the words in one language, and the data that they are made of."""
    lines = [
        {"text": text, "amount_minor": line.amount_minor, "what": line.what, "params": line.params, "names": line.names}
        for (text, _), line in zip(_explained(found, language, config), found.lines, strict=True)
    ]
    currency = config.terminal.currency
    return msgspec.json.encode(
        {"ticket_id": ticket_id, "due_minor": found.due_minor, "currency": currency, "lines": lines}
    )


def _when(at_ms: int, config: Config) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(config.terminal.timezone)).strftime("%Y-%m-%d %H:%M")


def _explained(found: Quote, language: str, config: Config) -> Sequence[tuple[str, int]]:
    of = config.terminal
    return [(explain(line, language, of.currency, of.timezone), line.amount_minor) for line in found.lines]


def _shown(config: Config, code: str, at_ms: int) -> TicketScanned:
    """What the kiosk would make of the code. Raises `CodeError`."""
    path = config.terminal.data_dir / FILE
    with closing(Reader(path)) if path.exists() else nullcontext() as reader:
        books = Lookups(nothing_known if reader is None else reader.rows)
        intake = Intake(books, config.ticket_key, path.with_name(LEDGER))
        stay_id = code.removeprefix(STAY)
        fact = intake.fact(StayChosen(stay_id) if stay_id != code else CodeScanned(code), at_ms, config.rules())
    if isinstance(fact, CodeRefused):
        raise CodeError(fact.reason)
    if not isinstance(fact, TicketScanned):
        raise CodeError("not_a_ticket")
    return fact


def nothing_known(*_query: object) -> list[Any]:
    """The books before the first sale."""
    return []


def _with_facts(config: Config, ticket: TicketScanned, args: argparse.Namespace, at_ms: int) -> TicketScanned:
    """The ticket, with what was given on the command line."""
    if not (args.lost or args.vehicle or args.concession or args.coupon):
        return ticket
    stay = ticket.stay or Stay(ticket.entered_at_ms)
    stay = msgspec.structs.replace(
        stay,
        entered_at_ms=None if args.lost else stay.entered_at_ms,
        vehicle=args.vehicle or stay.vehicle,
        concessions=(*stay.concessions, *args.concession),
        coupons=(*stay.coupons, *(coupon_of(read_coupon(text, config.ticket_key, at_ms)) for text in args.coupon)),
    )
    return msgspec.structs.replace(ticket, stay=stay)
