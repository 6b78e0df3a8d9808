"""Working days: what counts as one, and where a count of them ends."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calendars import Calendar

INDIA = ZoneInfo("Asia/Kolkata")
PLAIN = Calendar(INDIA)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-03-10", 0, "2026-03-10"),
        ("2026-03-10", 1, "2026-03-11"),
        ("2026-03-13", 1, "2026-03-16"),
        ("2026-03-14", 1, "2026-03-16"),
        ("2026-03-15", 1, "2026-03-16"),
        ("2026-03-13", 7, "2026-03-24"),
        ("2026-03-13", 10, "2026-03-27"),
        ("2026-12-30", 2, "2027-01-01"),
        ("2028-02-28", 1, "2028-02-29"),
        ("2028-02-28", 2, "2028-03-01"),
        ("2027-02-26", 1, "2027-03-01"),
    ],
)
def test_day_one_is_the_first_working_day_after_the_start(start: str, count: int, end: str) -> None:
    assert PLAIN.add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)


@pytest.mark.parametrize("day", ["2026-01-26", "2027-01-26", "2028-08-15", "2029-08-15", "2026-10-02", "2030-10-02"])
def test_the_three_national_holidays_are_off(day: str) -> None:
    assert not PLAIN.is_working_day(date.fromisoformat(day))


def test_a_holiday_pushes_the_end_of_a_count() -> None:
    assert PLAIN.add_working_days(date(2026, 1, 23), 1) == date(2026, 1, 27)
    assert PLAIN.add_working_days(date(2026, 10, 1), 1) == date(2026, 10, 5)


def test_other_festivals_are_worked_unless_the_pack_says_a_state() -> None:
    diwali = date(2026, 11, 9)
    holi = date(2026, 3, 4)
    assert PLAIN.is_working_day(holi)
    assert PLAIN.is_working_day(diwali)


def test_a_state_adds_its_public_holidays() -> None:
    maharashtra_day = date(2026, 5, 1)
    assert PLAIN.is_working_day(maharashtra_day)
    assert not Calendar(INDIA, state="MH").is_working_day(maharashtra_day)


def test_single_days_off_and_days_worked() -> None:
    leave, saturday, republic_day = date(2026, 3, 11), date(2026, 3, 14), date(2026, 1, 26)
    calendar = Calendar(INDIA, added=frozenset({leave}), removed=frozenset({saturday, republic_day}))
    assert not calendar.is_working_day(leave)
    assert calendar.is_working_day(saturday)
    assert calendar.is_working_day(republic_day)
    assert calendar.add_working_days(date(2026, 3, 10), 2) == date(2026, 3, 13)
    assert calendar.add_working_days(date(2026, 3, 13), 1) == saturday


def test_a_day_worked_wins_over_the_same_day_off() -> None:
    day = date(2026, 3, 11)
    assert Calendar(INDIA, added=frozenset({day}), removed=frozenset({day})).is_working_day(day)


def test_a_six_day_week_works_on_saturdays() -> None:
    six = Calendar(INDIA, working_week=frozenset(range(6)))
    assert six.add_working_days(date(2026, 3, 13), 2) == date(2026, 3, 16)


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2026-03-10", "2026-03-10", 0),
        ("2026-03-10", "2026-03-09", 0),
        ("2026-03-10", "2026-03-11", 1),
        ("2026-03-13", "2026-03-15", 0),
        ("2026-03-13", "2026-03-16", 1),
        ("2025-12-31", "2026-01-31", 21),
        ("2026-12-31", "2027-01-01", 1),
    ],
)
def test_days_between_leave_out_the_start_and_take_in_the_end(start: str, end: str, count: int) -> None:
    assert PLAIN.working_days_between(date.fromisoformat(start), date.fromisoformat(end)) == count


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 60))
def test_adding_and_counting_agree(start: date, count: int) -> None:
    end = PLAIN.add_working_days(start, count)
    assert PLAIN.working_days_between(start, end) == count
    assert count == 0 or PLAIN.is_working_day(end)


def test_a_moment_belongs_to_the_date_where_the_company_is() -> None:
    assert PLAIN.local_date(datetime(2026, 3, 10, 18, 29, tzinfo=UTC)) == date(2026, 3, 10)
    assert PLAIN.local_date(datetime(2026, 3, 10, 18, 30, tzinfo=UTC)) == date(2026, 3, 11)


def test_the_end_of_a_day_is_its_last_moment_there() -> None:
    end = PLAIN.end_of(date(2026, 3, 10))
    assert end < datetime(2026, 3, 10, 18, 30, tzinfo=UTC)
    assert PLAIN.local_date(end) == date(2026, 3, 10)


def test_a_calendar_without_working_days_ends_all_the_same() -> None:
    never = Calendar(INDIA, working_week=frozenset())
    assert next(never.days_after(date(8999, 12, 1)), None) is None
