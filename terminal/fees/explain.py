"""The words of a quote, for screens, receipts and the command line."""

from terminal.fees.quote import QuoteLine
from terminal.money import figures
from terminal.words import say


def explain(line: QuoteLine, language: str, currency: str) -> str:
    """One line of a quote as a sentence; parameters named `…_minor` are written as amounts, without a symbol."""
    params = {
        name.removesuffix("_minor"): figures(int(value), currency) if name.endswith("_minor") else value
        for name, value in line.params.items()
    }
    return say(language, f"quote.{line.what}", **params)
