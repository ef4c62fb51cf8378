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


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
CAPITALS_BELOW_MINOR = 10**14
"""Capitals go up to this amount of fen (10¹² yuan)."""


def capitals(amount_minor: int) -> str:
    """An amount of yuan in the capitals of Chinese receipts (人民币大写): 1050 is "壹拾元伍角整", 1005 "壹拾元零伍分".

    Zeros between digits are said once, 整 closes what does not end in fen. Raises `ValueError` from
    `CAPITALS_BELOW_MINOR` on. (The usual form on receipts, 支付结算办法 annex 1.)
    """
    if abs(amount_minor) >= CAPITALS_BELOW_MINOR:
        raise ValueError(f"no capitals for {amount_minor}")
    yuan, rest = divmod(abs(amount_minor), 100)
    jiao, fen = divmod(rest, 10)
    text = "负" if amount_minor < 0 else ""
    if yuan or not rest:
        text += f"{_whole_capitals(yuan)}元"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    if fen:
        text += f"{'零' if yuan and not jiao else ''}{_DIGITS[fen]}分"
    return text if fen else f"{text}整"


def _whole_capitals(number: int) -> str:
    """A whole number in capitals, four digits at a time."""
    text, gap = "", False
    for group in reversed(range(len(_GROUPS))):
        four = number // 10_000**group % 10_000
        if four:
            text += (_DIGITS[0] if text and (gap or four < 1000) else "") + _four_capitals(four) + _GROUPS[group]
        gap = four == 0
    return text or _DIGITS[0]


def _four_capitals(number: int) -> str:
    text, gap = "", False
    for place in reversed(range(len(_PLACES))):
        digit = number // 10**place % 10
        if digit:
            text += (_DIGITS[0] if text and gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = digit == 0
    return text
