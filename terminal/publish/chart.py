"""Fee by duration as a picture (SVG): step lines for some entry times, 0 to 48 hours.

A line's value at a duration is what a stay of exactly that long owes, so a step stands where the unit before it ends. The price
is asked every few minutes, and every minute where it has changed. Lines differ in colour, dashes and width: each can be told
without colour, and where they lie on each other the narrower is on top.
"""

from collections.abc import Callable, Iterator
from html import escape

import msgspec

from terminal.fees import price
from terminal.fees.quote import Names
from terminal.fees.schedule.model import ScheduleTariff, Version
from terminal.fees.schedule.samples import moment_ms, sample_days
from terminal.fees.stay import Stay
from terminal.money import MINOR_DIGITS, figures
from terminal.words import say

HOURS = 48
STEP_MINUTES = 5
MINUTE_MS = 60_000

ENTRIES = (("workday", 8), ("workday", 19), ("saturday", 10), ("holiday", 10))
"""Kinds of day and hours of entry that are drawn; what the tariff's calendar does not have is left out."""

WIDTH, HEIGHT = 960, 560
LEFT, TOP, RIGHT, BOTTOM = 84, 92, 28, 118
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
FONTS = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif"
LINES = (("#0072b2", "", 5.0), ("#d55e00", "12 5", 3.6), ("#00795a", "2.5 4", 3.0), ("#8a3f76", "10 4 2.5 4", 2.2))
"""Colour, dashes and width of each line; the colours differ for the colour-blind too (after Okabe and Ito)."""


Steps = tuple[tuple[int, int], ...]
"""The minute after which the fee changes, and the fee from then on, in order; the first minute is 0."""


class Line(msgspec.Struct, frozen=True):
    """Entry times (kind of day and hour) with the same fees."""

    entries: tuple[tuple[str, int], ...]
    steps: Steps


def chart(tariff: ScheduleTariff, version: Version, vehicle: str, language: str) -> str:
    """The picture for one vehicle class."""
    days = sample_days(tariff, version)
    lines: dict[Steps, list[tuple[str, int]]] = {}
    for kind, hour in ENTRIES:
        if kind in days:
            found = tuple(steps(_fee_after(tariff, vehicle, moment_ms(tariff, days[kind], hour * 60))))
            lines.setdefault(found, []).append((kind, hour))
    names = {each.id: each.name for each in tariff.classes}
    return _draw([Line(tuple(same), found) for found, same in lines.items()], tariff, version, names[vehicle], language)


def _fee_after(tariff: ScheduleTariff, vehicle: str, entered_at_ms: int) -> Callable[[int], int]:
    """The fee as a function of the duration in minutes."""
    stay = Stay(entered_at_ms, vehicle=vehicle)
    return lambda minutes: price(tariff, stay, entered_at_ms + minutes * MINUTE_MS).due_minor


def steps(fee_after: Callable[[int], int]) -> Iterator[tuple[int, int]]:
    """Where a fee changes: the last minute of the old one, and the new one."""
    last = fee_after(0)
    yield 0, last
    for begin in range(0, HOURS * 60, STEP_MINUTES):
        if fee_after(begin + STEP_MINUTES) == last:
            continue
        for minute in range(begin, begin + STEP_MINUTES):
            if (fee := fee_after(minute + 1)) != last:
                yield minute, fee
                last = fee


def _draw(lines: list[Line], tariff: ScheduleTariff, version: Version, vehicle: Names, language: str) -> str:
    """The whole picture."""
    unit = _nice(
        max((fee for line in lines for _, fee in line.steps), default=0) / 6, 10 ** MINOR_DIGITS[tariff.currency]
    )
    top_minor = unit * max(1, -(-max((fee for line in lines for _, fee in line.steps), default=0) // unit))
    vehicle_line = say(language, "tariff.chart.of", vehicle=vehicle[language], valid_from=version.valid_from)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" lang="{language}" '
        f'font-family="{FONTS}" font-size="14" fill="#16202c">',
        f"<title>{escape(tariff.title[language])}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 38, f"{tariff.title[language]} – {say(language, 'tariff.chart.title')}", size=22, weight=700),
        _text(LEFT, 64, vehicle_line, fill="#5b6775"),
        *_grid(top_minor, unit, tariff.currency, language),
        *(_line(line, look, top_minor) for line, look in zip(lines, LINES, strict=False)),
        *_legend(lines, tariff.currency, language),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _nice(rough: float, major: int) -> int:
    """A round amount for the grid: 1, 2 or 5 times a power of ten, not less than `rough`."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= max(rough, major / 10):
                return factor * power
        power *= 10


def _grid(top_minor: int, unit: int, currency: str, language: str) -> Iterator[str]:
    """Lines and figures of both axes, and what they are."""
    bottom, right = TOP + PLOT_HEIGHT, LEFT + PLOT_WIDTH
    for amount in range(0, top_minor + 1, unit):
        y = _y(amount, top_minor)
        yield f'<path d="M{LEFT} {y:.1f}H{right}" stroke="{"#c9d3df" if amount else "#16202c"}"/>'
        yield _text(LEFT - 10, y + 5, figures(amount, currency), anchor="end")
    for hour in range(0, HOURS + 1, 4):
        x = _x(hour * 60)
        yield f'<path d="M{x:.1f} {TOP}V{bottom + 5}" stroke="{"#9fb0c3" if hour % 24 == 0 else "#e6ecf3"}"/>'
        yield _text(x, bottom + 22, str(hour), anchor="middle")
    yield _text(LEFT + PLOT_WIDTH / 2, bottom + 44, say(language, "tariff.chart.x"), anchor="middle", fill="#5b6775")
    y_label = say(language, "tariff.chart.y", currency=currency)
    yield _text(LEFT, TOP - 10, y_label, fill="#5b6775", anchor="end")


def _line(line: Line, look: tuple[str, str, float], top_minor: int) -> str:
    """A step line."""
    colour, dashes, width = look
    path = "".join(f"H{_x(minute):.1f}V{_y(fee, top_minor):.1f}" for minute, fee in line.steps)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="M{LEFT} {_y(0, top_minor):.1f}{path}H{LEFT + PLOT_WIDTH}" '
        f'fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{dashed}/>'
    )


def _legend(lines: list[Line], currency: str, language: str) -> Iterator[str]:
    """A sample of each line, and its entry time."""
    for number, (line, (colour, dashes, width)) in enumerate(zip(lines, LINES, strict=False)):
        x, y = LEFT + number * PLOT_WIDTH / len(lines), HEIGHT - 34
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        yield f'<path d="M{x:.1f} {y}h46" stroke="{colour}" stroke-width="{width}"{dashed}/>'
        entries = (
            say(language, "tariff.entry", day=say(language, f"tariff.kind.{kind}"), hour=f"{hour:02}:00")
            for kind, hour in line.entries
        )
        yield _text(x + 54, y + 5, say(language, "tariff.list_gap").join(entries))


def _x(minutes: int) -> float:
    return LEFT + PLOT_WIDTH * minutes / (HOURS * 60)


def _y(fee_minor: int, top_minor: int) -> float:
    return TOP + PLOT_HEIGHT * (1 - fee_minor / top_minor)


def _text(
    x: float, y: float, text: str, anchor: str = "start", size: int = 14, weight: int = 400, fill: str = "#16202c"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{fill}">'
        f"{escape(text)}</text>"
    )
