"""Which rate is in force when: the stay's time as windows, in order.

Theory of operation. Each date has a kind, each kind its list of rates by the hour at which they begin. A day is that list with
the hours turned into instants of the tariff's zone (of an hour that comes twice, the first; an hour that the clock skips comes
as late as if it did not). A window ends where the rate changes, and where a rate reaches its own `from` again; midnight is no
edge of its own.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from terminal.fees.schedule.checking import minute
from terminal.fees.schedule.model import Rate, ScheduleTariff, Version

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ONE_DAY = timedelta(days=1)
MIDNIGHT = "00:00"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Window(NamedTuple):
    """A time in which one rate is in force."""

    from_ms: int
    to_ms: int
    rate: Rate


class Timetable:
    """The rates of one version for one vehicle class."""

    def __init__(self, tariff: ScheduleTariff, version: Version, vehicle: str) -> None:
        self._zone = ZoneInfo(tariff.timezone)
        self._holidays = frozenset(tariff.special.holidays)
        self._workdays = frozenset(tariff.special.workdays)
        self._rates = [rate for rate in version.rates if not rate.classes or vehicle in rate.classes]
        self._days: dict[frozenset[str], list[tuple[int, bool, Rate]]] = {}

    def windows(self, begin_ms: int, end_ms: int) -> Iterator[Window]:
        """The windows from `begin_ms` to `end_ms`, cut there; the last one tells nothing about what comes after."""
        from_ms, rate = begin_ms, None
        day, last_day = self.date_of(begin_ms), self.date_of(end_ms)
        while day <= last_day:
            for at_ms, next_rate, anew in self._edges(day):
                if at_ms <= begin_ms:
                    rate = next_rate
                elif at_ms < end_ms and (next_rate is not rate or anew):
                    assert rate is not None, "a day has a rate from its first moment on"
                    yield Window(from_ms, at_ms, rate)
                    from_ms, rate = at_ms, next_rate
            day += ONE_DAY
        assert rate is not None, "a day has a rate from its first moment on"
        yield Window(from_ms, end_ms, rate)

    def date_of(self, at_ms: int) -> date:
        """The date on the wall."""
        return datetime.fromtimestamp(at_ms // 1000, self._zone).date()

    def midnight_ms(self, day: date) -> int:
        """The first moment of a date."""
        return self._instant_ms(day, 0)

    def _edges(self, day: date) -> Iterator[tuple[int, Rate, bool]]:
        """What begins on a date, in order: when, which rate, and whether it begins anew if it is in force already."""
        plan = self._plan(day)
        instants = [self._instant_ms(day, minutes) for minutes, _, _ in plan]
        for number, (_, anew, rate) in enumerate(plan):
            # Where the clock skips an hour, an edge may come later than the next one on the wall: that one counts.
            if all(instants[number] < later for later in instants[number + 1 :]):
                yield instants[number], rate, anew

    def _plan(self, day: date) -> list[tuple[int, bool, Rate]]:
        """Minute of the day, whether the rate has its own `from` there, and the rate, of all that begins on such a day."""
        kinds = self._kinds(day)
        if kinds not in self._days:
            fit = [rate for rate in self._rates if not rate.days or kinds & set(rate.days)]
            rates = sorted(fit, key=lambda rate: rate.begins or MIDNIGHT)
            begun = [(minute(rate.begins or MIDNIGHT), rate.begins is not None, rate) for rate in rates]
            # Unless another begins at midnight, the last one of the day is also in force over it.
            self._days[kinds] = [(0, False, rates[-1]), *begun]
        return self._days[kinds]

    def _kinds(self, day: date) -> frozenset[str]:
        """The words of a tariff that fit a date."""
        text = day.isoformat()
        if text in self._workdays:
            return frozenset(("workday",))
        if text in self._holidays:
            return frozenset(("holiday",))
        number = day.weekday()
        return frozenset((NAMES[number], "weekend" if number >= 5 else "workday"))

    def _instant_ms(self, day: date, minutes: int) -> int:
        wall = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=self._zone)
        return (wall - EPOCH) // timedelta(milliseconds=1)
