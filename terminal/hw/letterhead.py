"""What all documents of a terminal have in common: the head, rows, amounts, times, pieces of cash, lines to sign on.

A document has two readers: the payer or collector, who may be a foreigner, and later an office that wants to book it. So where
money is yuan, a document in another language says in Chinese too what it is and how much, if the printer has Chinese by itself.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from terminal.fees.quote import Names
from terminal.hw.typesetting import Element, Paper, Rule, Text, printable
from terminal.money import CAPITALS_BELOW_MINOR, capitals, figures, with_symbol
from terminal.shift.pieces import Pieces
from terminal.words import CATALOGUES, say

CHINESE = "zh-CN"
SIGNATURE = "_" * 16


class Letterhead(Paper, frozen=True, kw_only=True):
    """The paper, with what all documents of a terminal have in common on it."""

    site: str
    terminal_id: str
    currency: str
    timezone: str
    issuer: Names = msgspec.field(default_factory=dict)
    """Who takes the money and issues the document, by language: the name that an office books."""


class Writer:
    """Writes in one language under one letterhead."""

    def __init__(self, language: str, letterhead: Letterhead) -> None:
        self.language = language
        self.letterhead = letterhead
        self._zone = ZoneInfo(letterhead.timezone)

    # --- texts ----------------------------------------------------------------------------------------------------
    def say(self, key: str, **params: object) -> str:
        """A text of the catalogue."""
        return say(self.language, key, **params)

    def word(self, group: str, name: str) -> str:
        """The catalogue's word for a name of a group; a site's own name, which the catalogue does not have, as it is."""
        key = f"{group}.{name}"
        return self.say(key) if key in CATALOGUES[CHINESE] else name

    def amount(self, amount_minor: int) -> str:
        """With the currency's symbol where the printer has it, else with its three letters."""
        currency = self.letterhead.currency
        text = with_symbol(amount_minor, currency)
        return text if printable(text, self.letterhead) else f"{currency} {figures(amount_minor, currency)}"

    def time(self, at_ms: int) -> str:
        """By the site's clock, to the second."""
        return datetime.fromtimestamp(at_ms / 1000, self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def numbered(self, number: int | str) -> str:
        """With the terminal's id before it no other document of this kind has the same at the site."""
        return f"{self.letterhead.terminal_id}-{number}"

    # --- lines ----------------------------------------------------------------------------------------------------
    def head(self, title: str, issuer: str, copy: int, **params: object) -> Iterator[Element]:
        """What it is, whose it is, and which copy."""
        names = self.letterhead.issuer
        yield Text(self.say(title, **params), size=2, centred=True)
        if self._also_chinese:
            yield Text(say(CHINESE, title, **params), centred=True)
        if names:
            name = names.get(self.language) or next(iter(names.values()))
            yield Text(self.say(issuer, name=name), centred=True)
        yield Text(self.letterhead.site, centred=True)
        if copy:
            yield Text(self.say("receipt.copy", copy=copy), size=2, centred=True)
        yield Rule()

    def number(self, number: int) -> Text:
        """The document's own number."""
        return self.row("receipt.number", self.numbered(number))

    def row(self, key: str, value: str) -> Text:
        """What it is at the left, the value at the right."""
        return Text(self.say(key), value)

    def total(self, key: str, amount_minor: int) -> Iterator[Element]:
        """The amount, big; yuan in capitals too, as is the custom for money that is booked."""
        yield Text(self.say(key), self.amount(amount_minor), size=2)
        chinese = self.language == CHINESE or self._also_chinese
        if chinese and self.letterhead.currency == "CNY" and amount_minor < CAPITALS_BELOW_MINOR:
            yield self.row("receipt.capitals", capitals(amount_minor))

    def pieces(self, pieces: Pieces) -> Iterator[Element]:
        """Cash by denomination: each with how many, and what they are worth, one below the other. There must be some."""
        currency = self.letterhead.currency
        values = [figures(value, currency) for value, _ in pieces]
        wide, many = max(map(len, values)), max(len(str(count)) for _, count in pieces)
        yield Text(self.say("slip.pieces"), self.say("receipt.worth"))
        for text, (value, count) in zip(values, pieces, strict=True):
            yield Text(f"{text:>{wide}} × {count:>{many}}", figures(value * count, currency))

    def signatures(self, *keys: str) -> Iterator[Element]:
        """A line for each to sign on, with room above it for a pen."""
        for key in keys:
            yield Text("")
            yield self.row(key, SIGNATURE)

    @property
    def _also_chinese(self) -> bool:
        """The reader's language is another, but an office that books yuan reads Chinese."""
        of = self.letterhead
        return self.language != CHINESE and of.currency == "CNY" and of.chinese != "picture"
