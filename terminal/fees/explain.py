"""The words of a quote, for screens, receipts and the command line."""

from datetime import datetime
from zoneinfo import ZoneInfo

from terminal.fees.quote import QuoteLine
from terminal.money import figures
from terminal.words import say


def explain(line: QuoteLine, language: str, currency: str, timezone: str = "UTC") -> str:
    """One line of a quote as a sentence; parameters named `…_minor` are written as amounts, without a symbol, and those named
    `…_ms` as times of the zone."""
    params: dict[str, int | str] = {"name": named(line, language)}
    for name, value in line.params.items():
        if name.endswith("_minor"):
            params[name.removesuffix("_minor")] = figures(int(value), currency)
        elif name.endswith("_ms"):
            params[name.removesuffix("_ms")] = (
                f"{datetime.fromtimestamp(int(value) / 1000, ZoneInfo(timezone)):%m-%d %H:%M}"
            )
        else:
            params[name] = value
    return say(language, f"quote.{line.what}", **params)


def named(line: QuoteLine, language: str) -> str:
    """The name on a line in this language, or in any if there is none."""
    return line.names.get(language) or next(iter(line.names.values()), "")
