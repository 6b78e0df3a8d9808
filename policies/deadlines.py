"""Moments that follow from a claim's facts: until when something has to be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.calendars import Calendar
from policies.facts import FactValue, as_moment
from policies.files import Deadline


@dataclass(frozen=True)
class DueMoment:
    """A deadline of the pack, computed: it runs from `since` and ends at `until` (both aware)."""

    text: Deadline
    since: datetime
    until: datetime

    def has_passed(self, now: datetime) -> bool:
        """Whether `now` is later; the last moment itself is still in time."""
        return now > self.until


def due_moment(deadline: Deadline, values: Mapping[str, FactValue], calendar: Calendar) -> DueMoment | None:
    """When `deadline` ends for these facts, or None where its start is unknown. Hours run by the clock."""
    if deadline.start not in values:
        return None
    since = as_moment(values[deadline.start], calendar.time_zone)
    if deadline.hours is not None:
        span = timedelta(hours=deadline.hours)
        return DueMoment(deadline, since, since - span if deadline.before else since + span)
    day = calendar.local_date(since)
    if deadline.days is not None:
        span = timedelta(days=deadline.days)
        return DueMoment(deadline, since, calendar.end_of(day - span if deadline.before else day + span))
    return DueMoment(deadline, since, calendar.end_of(calendar.add_working_days(day, deadline.working_days or 0)))
