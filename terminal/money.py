"""Amounts are integers of a currency's minor unit. This file is the only place that writes them for people."""

MINOR_DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "SGD": 2, "CHF": 2, "JPY": 0, "KRW": 0}
"""ISO 4217 exponents of the currencies that a terminal can be set to."""

SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "SGD": "S$", "JPY": "¥", "KRW": "₩"}


def figures(amount_minor: int, currency: str) -> str:
    """The plain figures of an amount, without a symbol: 1050 CNY is "10.50"."""
    digits = MINOR_DIGITS[currency]
    sign = "-" if amount_minor < 0 else ""
    major, minor = divmod(abs(amount_minor), 10**digits)
    return f"{sign}{major}.{minor:0{digits}d}" if digits else f"{sign}{major}"


def with_symbol(amount_minor: int, currency: str) -> str:
    """An amount for the screen: 1050 CNY is "¥10.50"."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + ' ')}{figures(abs(amount_minor), currency)}"
