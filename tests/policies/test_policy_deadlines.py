"""Deadlines: until when, from what, and the last moment that is still in time."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pack_factory import fact, pack_texts, words
from pydantic import ValidationError

from policies.calendars import Calendar
from policies.deadlines import DueMoment, due_moment
from policies.files import Deadline
from policies.load import load_pack
from policies.yaml_source import PackError

CALENDAR = Calendar(ZoneInfo("Asia/Kolkata"))
START = datetime.fromisoformat("2026-03-13T10:00+05:30")


def deadline(**more: Any) -> Deadline:
    given = {"id": "act", "start": "bought_at", "clause": "1#1", "says": words("until {until}"), **more}
    return Deadline.model_validate(given)


def due(start: datetime | date = START, **more: Any) -> DueMoment:
    found = due_moment(deadline(**more), {"bought_at": start}, CALENDAR)
    assert found
    return found


def test_hours_end_by_the_clock_and_over_a_weekend() -> None:
    assert due(hours=48).until == datetime.fromisoformat("2026-03-15T10:00+05:30")


def test_the_last_moment_is_in_time_and_a_microsecond_later_is_not() -> None:
    moment = due(hours=48)
    assert not moment.has_passed(moment.until)
    assert moment.has_passed(moment.until + timedelta(microseconds=1))


def test_days_end_with_the_last_day() -> None:
    until = due(days=7).until
    assert until.date() == date(2026, 3, 20)
    assert until + timedelta(microseconds=1) == datetime.fromisoformat("2026-03-21T00:00+05:30")


def test_working_days_end_with_the_last_of_them() -> None:
    assert due(working_days=1).until.date() == date(2026, 3, 16)
    assert due(working_days=0).until.date() == date(2026, 3, 13)


def test_a_deadline_may_lie_before_its_start() -> None:
    assert due(hours=24, before=True).until == START - timedelta(hours=24)
    assert due(days=2, before=True).until.date() == date(2026, 3, 11)


def test_a_date_counts_from_its_first_moment_where_the_company_is() -> None:
    assert due(date(2026, 3, 13), hours=24).until == datetime.fromisoformat("2026-03-14T00:00+05:30")


def test_without_its_start_a_deadline_is_unknown() -> None:
    assert due_moment(deadline(hours=1), {}, CALENDAR) is None


@pytest.mark.parametrize("spans", [{}, {"hours": 1, "days": 1}, {"hours": 1, "days": 1, "working_days": 1}])
def test_a_deadline_has_exactly_one_span(spans: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="exactly one of hours, days and working_days"):
        deadline(**spans)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"start": "sold_at"}, "it runs from 'sold_at', which is no fact"),
        ({"clause": "9#9"}, "clause '9#9' is not stated in clauses.yaml"),
    ],
)
def test_a_deadline_of_a_pack_names_a_fact_and_a_stated_clause(more: dict[str, str], reason: str) -> None:
    given = {"id": "act", "start": "bought_at", "hours": 48, "clause": "1#1", "says": words("{until}"), **more}
    with pytest.raises(PackError, match=reason.replace("(", "\\(")):
        load_pack(pack_texts(deadlines=[given], facts={"note": fact("text")}))
