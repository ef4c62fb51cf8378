"""Whether a receipt or credit note is genuine, for staff who have the paper before them and a phone in their hand.

Only a code is looked at, and only by its number in the books; what is read is bounded, and `page.py` sees to who may ask and how
often. A connection to the books is opened for each question, in the thread that asks.
"""

import re
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from terminal.config.sections import TerminalSection
from terminal.errors import CodeError, StoreError
from terminal.money import with_symbol
from terminal.pay.receipts import Proof, read_proof
from terminal.store.proofs import look_up, tell
from terminal.words import say

Row = dict[str, str]


class Books(Protocol):
    """A reader of the journal."""

    def rows(self, sql: str, parameters: Any = ()) -> list[Any]:
        """The rows of a query. Raises `StoreError`."""

    def close(self) -> None:
        """Ends the reading."""


class Verifier:
    """Looks at codes for one terminal."""

    def __init__(self, terminal: TerminalSection, key: bytes, open_books: Callable[[], Books]) -> None:
        self._of = terminal
        self._key = key
        self._open_books = open_books

    def look(self, code: str, language: str) -> dict[str, Any]:
        """The answer for the page: a verdict, what the code says, and what the books know; each fact with its tone."""
        try:
            proof = read_proof(re.sub(r"\s", "", code), self._key)
        except CodeError as error:
            facts = [_fact("bad", say(language, f"refused.{error.reason}"))]
            return {"tone": "bad", "verdict": say(language, "receipt.not_genuine"), "rows": [], "facts": facts}
        facts = self._known(proof, language)
        tones = {fact["tone"] for fact in facts}
        tone = "bad" if "bad" in tones else "warn" if "warn" in tones else "good"
        return {
            "tone": tone,
            "verdict": say(language, f"receipt.verdict.{tone}"),
            "rows": self._said(proof, language),
            "facts": [*facts, _fact("none", say(language, "receipt.compare"))],
        }

    def _said(self, proof: Proof, language: str) -> list[Row]:
        """What stands in the code, with the words of the paper."""
        note = proof.document == "credit_note"
        at = datetime.fromtimestamp(proof.at_ms / 1000, ZoneInfo(self._of.timezone))
        values = {
            "document": say(language, "receipt.note_title" if note else "receipt.title"),
            "number": f"{proof.terminal_id}-{proof.number}",
            "issued" if note else "paid": f"{at:%Y-%m-%d %H:%M:%S}",
            "worth" if note else "total": with_symbol(proof.amount_minor, self._of.currency),
        }
        return [
            {"label": say(language, f"receipt.{name}"), "value": value, "tone": "none"}
            for name, value in values.items()
        ]

    def _known(self, proof: Proof, language: str) -> list[Row]:
        try:
            with closing(self._open_books()) as books:
                known = look_up(books.rows, proof, self._of.id)
        except StoreError:
            return [_fact("warn", say(language, "receipt.known.no_books"))]
        told = tell(known, proof, language, self._of.currency, self._of.timezone)
        return [_fact(*each) for each in told]


def _fact(tone: str, text: str) -> Row:
    return {"tone": tone, "text": text}
