"""`fee-terminal quote CODE`: what a code owes and why, line by line, as the kiosk would say it.

What the journal's books know of the stay counts too (payments, passes, coupons of merchants), if there is a journal; other
facts can be added by hand, to try them.
"""

import argparse
import sys
from collections.abc import Sequence

import msgspec

from terminal.config import Config
from terminal.errors import CodeError
from terminal.fees import price_all, unfit
from terminal.fees.explain import explain
from terminal.fees.quote import Quote
from terminal.fees.stay import Coupon, Stay
from terminal.fsm.events import TicketScanned
from terminal.fsm.policy import FUTURE_TOLERANCE_MS
from terminal.intake import chosen_facts, ticket_facts
from terminal.money import with_symbol
from terminal.pay.coupons import MAGIC as COUPON_MAGIC
from terminal.pay.coupons import read_coupon
from terminal.pay.tickets import MAGIC, read_ticket
from terminal.store.journal import FILE, Reader
from terminal.store.lookups import Lookups
from terminal.words import say

DONE, WRONG_USE = 0, 2


def quote(config: Config, args: argparse.Namespace, at_ms: int) -> int:
    """Print the quote of a ticket code, or of a stay by its id; returns the exit status."""
    language, currency = args.language or config.terminal.language, config.terminal.currency
    try:
        ticket = _ticket(config, args.code)
        stay = _with_facts(config, ticket, args, at_ms)
        if reason := _why_refuse(config, ticket, stay, at_ms):
            raise CodeError(reason)
    except CodeError as error:
        text = say(language, f"refused.{error.reason}", when="", terminal="")
        print(f"fee-terminal: {text}", file=sys.stderr)
        return WRONG_USE
    found = price_all(config.tariffs, ticket.tariff_id, stay, at_ms)
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


def _explained(found: Quote, language: str, config: Config) -> Sequence[tuple[str, int]]:
    of = config.terminal
    return [(explain(line, language, of.currency, of.timezone), line.amount_minor) for line in found.lines]


def _ticket(config: Config, code: str) -> TicketScanned:
    path = config.terminal.data_dir / FILE
    if not path.exists():
        ticket = read_ticket(code, config.ticket_key)
        return TicketScanned(ticket.ticket_id, ticket.entered_at_ms, ticket.tariff_id)
    reader = Reader(path)
    try:
        books = Lookups(reader.rows)
        if code.startswith(MAGIC):
            return ticket_facts(books, read_ticket(code, config.ticket_key))
        return chosen_facts(books, code)
    finally:
        reader.close()


def _with_facts(config: Config, ticket: TicketScanned, args: argparse.Namespace, at_ms: int) -> Stay:
    """The stay, with what was given on the command line."""
    stay = ticket.stay or Stay(ticket.entered_at_ms)
    coupons = [_coupon(config, text, at_ms) for text in args.coupon]
    return msgspec.structs.replace(
        stay,
        entered_at_ms=None if args.lost else stay.entered_at_ms,
        vehicle=args.vehicle or stay.vehicle,
        concessions=(*stay.concessions, *args.concession),
        coupons=(*stay.coupons, *coupons),
    )


def _coupon(config: Config, text: str, at_ms: int) -> Coupon:
    if not text.startswith(COUPON_MAGIC):
        raise CodeError("bad_coupon")
    found = read_coupon(text, config.ticket_key, at_ms)
    names = {"en": found.merchant_id, "zh-CN": found.merchant_id}
    return Coupon(found.coupon_id, found.minutes, found.amount_minor, names)


def _why_refuse(config: Config, ticket: TicketScanned, stay: Stay, at_ms: int) -> str:
    known = {ticket.tariff_id, *(inner.tariff_id for inner in stay.inner)} <= config.tariffs.keys()
    if not known:
        return "unknown_tariff"
    if stay.entered_at_ms is not None and stay.entered_at_ms > at_ms + FUTURE_TOLERANCE_MS:
        return "in_future"
    return unfit(config.tariffs[ticket.tariff_id], stay, at_ms)
