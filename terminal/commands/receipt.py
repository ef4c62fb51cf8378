"""`fee-terminal receipt CODE`: is a receipt or credit note genuine, and what does its code say? In both languages: whoever asks
has the paper in hand, in whatever language it is.

Only the key of the tickets is needed: a code of another terminal of the site is as good. What the code says must be what is
printed: a genuine code may have been copied onto other paper. Where there is a journal, it tells what became of the document.
"""

import argparse
import re
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from terminal.config import Config, load
from terminal.errors import CodeError, StoreError
from terminal.money import with_symbol
from terminal.pay.receipts import Proof, read_proof
from terminal.words import CATALOGUES, say

if TYPE_CHECKING:
    from terminal.store.proofs import Known

DONE, FINDING = 0, 1


def receipt(args: argparse.Namespace) -> int:
    """whether the code of a receipt or credit note is genuine, and what it says"""
    config = load(args.config)
    code = re.sub(r"\s", "", args.code)  # on narrow paper it stands on two lines
    try:
        proof = read_proof(code, config.ticket_key)
    except CodeError as error:
        refused(error.reason, as_json=args.json)
        return FINDING
    known = look_up(proof, config)
    if args.json:
        facts = {} if known is None else {"known": known}
        answer = {"genuine": True, "currency": config.terminal.currency} | as_data(proof) | facts
        print(msgspec.json.encode(answer).decode())
    else:
        print("\n\n".join("\n".join(lines(proof, known, config, language)) for language in CATALOGUES))
    return FINDING if known is not None and known.issued_here and not known.booked else DONE


def look_up(proof: Proof, config: Config) -> "Known | None":
    """What the journal knows of the document; None: there is no journal that can be read."""
    from terminal.store import proofs
    from terminal.store.journal import FILE, Reader

    try:
        with closing(Reader(config.terminal.data_dir / FILE)) as reader:
            return proofs.look_up(reader.rows, proof, config.terminal.id)
    except StoreError:
        return None


def refused(reason: str, *, as_json: bool) -> None:
    """Says why a code is not genuine."""
    if as_json:
        print(msgspec.json.encode({"genuine": False, "reason": reason}).decode())
        return
    for language in CATALOGUES:
        print(f"{say(language, 'receipt.not_genuine')}: {say(language, f'refused.{reason}')}")


def lines(proof: Proof, known: "Known | None", config: Config, language: str) -> list[str]:
    """What a genuine code says, with the words of the paper, and what the books know."""
    from terminal.store.proofs import tell

    note, of = proof.document == "credit_note", config.terminal
    at = datetime.fromtimestamp(proof.at_ms / 1000, ZoneInfo(of.timezone))
    rows = {
        "document": say(language, "receipt.note_title" if note else "receipt.title"),
        "number": f"{proof.terminal_id}-{proof.number}",
        "issued" if note else "paid": f"{at:%Y-%m-%d %H:%M:%S}",
        "worth" if note else "total": with_symbol(proof.amount_minor, of.currency),
    }
    told = () if known is None else tell(known, proof, language, of.currency, of.timezone)
    return [
        say(language, "receipt.genuine"),
        *(f"  {say(language, f'receipt.{name}')}: {value}" for name, value in rows.items()),
        *(f"  {text}" for _, text in told),
        say(language, "receipt.compare"),
    ]


def as_data(proof: Proof) -> dict[str, object]:
    """The same for programs."""
    return msgspec.structs.asdict(proof)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `receipt`; it sets `command` to a function of the arguments alone."""
    made = commands.add_parser("receipt", help=receipt.__doc__, description=receipt.__doc__)
    made.add_argument("code", metavar="CODE", help="the text of the QR code, as it also stands below it")
    made.add_argument("-c", "--config", required=True, type=Path, metavar="FILE", help="the configuration")
    made.add_argument("--json", action="store_true", help="for programs")
    made.set_defaults(command=receipt)
