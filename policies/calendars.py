"""Working days of a company, and the moments at which a count of them ends.

Day 1 is the first working day after the start. Unless a pack says more, working days are Monday to Friday without
the three national holidays (26 January, 15 August, 2 October).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NATIONAL_HOLIDAYS = ((1, 26), (8, 15), (10, 2))


@lru_cache(maxsize=256)
def _state_holidays(state: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("IN", subdiv=state or None, years=year))


@dataclass(frozen=True)
class Calendar:
    """One company's working days.

    `state` is an Indian state code known to `holidays` ("DL", "RJ"); without it only the national holidays are off.
    `added` are days off besides these (company leaves), `removed` days worked in spite of them.
    """

    time_zone: ZoneInfo
    working_week: frozenset[int] = frozenset(range(5))
    state: str = ""
    added: frozenset[date] = field(default_factory=frozenset)
    removed: frozenset[date] = field(default_factory=frozenset)

    def is_working_day(self, day: date) -> bool:
        """Whether the company works on `day`."""
        if day in self.removed:
            return True
        if day.weekday() not in self.working_week or day in self.added:
            return False
        if (day.month, day.day) in NATIONAL_HOLIDAYS:
            return False
        return not (self.state and day in _state_holidays(self.state, day.year))

    def local_date(self, moment: datetime) -> date:
        """The calendar date of an aware `moment` where the company is."""
        return moment.astimezone(self.time_zone).date()

    def days_after(self, start: date) -> Iterator[date]:
        """The working days after `start`, in order."""
        day = start
        while day.year < 9000:
            day += timedelta(days=1)
            if self.is_working_day(day):
                yield day

    def add_working_days(self, start: date, count: int) -> date:
        """The `count`-th working day after `start` (0 gives `start` itself)."""
        days = self.days_after(start)
        day = start
        for _ in range(count):
            day = next(days)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; never negative."""
        count = 0
        for day in self.days_after(start):
            if day > end:
                break
            count += 1
        return count

    def end_of(self, day: date) -> datetime:
        """The last moment of `day`, aware."""
        return datetime.combine(day, time.max, self.time_zone)
