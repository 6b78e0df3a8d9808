"""Days and times as customers type them. Now is Thursday, 12 March 2026, 13:30 in India."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from dialogs.values import Value, read_values

IST = timezone(timedelta(hours=5, minutes=30))
NOW = datetime(2026, 3, 12, 13, 30, 25, tzinfo=IST)


def moments(text: str, direction: str = "past") -> list[Value]:
    return [value for value in read_values(text, NOW, direction=direction) if value.kind == "moment"]


def moment(text: str, direction: str = "past") -> Value:
    found = moments(text, direction)
    assert len(found) == 1, f"{text!r} gave {found}"
    return found[0]


def at(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=IST)


@pytest.mark.parametrize(
    ("text", "told", "precision"),
    [
        ("yesterday", "2026-03-11 00:00", "day"),
        ("yestrday", "2026-03-11 00:00", "day"),
        ("yesterday afternoon", "2026-03-11 14:00", "part_of_day"),
        ("yesterday at 3.30 pm", "2026-03-11 15:30", "minute"),
        ("today", "2026-03-12 00:00", "day"),
        ("aaj subah", "2026-03-12 09:00", "part_of_day"),
        ("आज सुबह", "2026-03-12 09:00", "part_of_day"),
        ("aaj subah mila", "2026-03-12 09:00", "part_of_day"),
        ("aaj 1pm", "2026-03-12 13:00", "hour"),
        ("last night", "2026-03-11 21:00", "part_of_day"),
        ("day before yesterday", "2026-03-10 00:00", "day"),
        ("12 Jan", "2026-01-12 00:00", "day"),
        ("12jan", "2026-01-12 00:00", "day"),
        ("jan 12", "2026-01-12 00:00", "day"),
        ("12th of January", "2026-01-12 00:00", "day"),
        ("12/01/2026", "2026-01-12 00:00", "day"),
        ("12-01-2026", "2026-01-12 00:00", "day"),
        ("12.01.2026", "2026-01-12 00:00", "day"),
        ("1 feb 2026 ko", "2026-02-01 00:00", "day"),
        ("March 11, 2026", "2026-03-11 00:00", "day"),
        ("20 march", "2025-03-20 00:00", "day"),
        ("29 feb", "2024-02-29 00:00", "day"),
        ("15 मार्च", "2025-03-15 00:00", "day"),
        ("१० मार्च", "2026-03-10 00:00", "day"),
        ("11 march 1pm", "2026-03-11 13:00", "hour"),
        ("11 march, 1 pm", "2026-03-11 13:00", "hour"),
        ("11 march 10:15 am", "2026-03-11 10:15", "minute"),
        ("11 march ko 13:05", "2026-03-11 13:05", "minute"),
        ("1pm on 11 march", "2026-03-11 13:00", "hour"),
        ("11 march dopahar 1 baje", "2026-03-11 13:00", "hour"),
        ("10 मार्च को शाम 5 बजे", "2026-03-10 17:00", "hour"),
        ("2026-03-11", "2026-03-11 00:00", "day"),
        ("2026-03-11T13:00", "2026-03-11 13:00", "minute"),
        ("2026-03-11 13:00:05", "2026-03-11 13:00", "minute"),
        ("2026-03-11T13:00Z", "2026-03-11 18:30", "minute"),
        ("2026-03-11T13:00+05:30", "2026-03-11 13:00", "minute"),
        ("2 din pehle", "2026-03-10 00:00", "day"),
        ("do din pehle", "2026-03-10 00:00", "day"),
        ("दो दिन पहले", "2026-03-10 00:00", "day"),
        ("3 days ago", "2026-03-09 00:00", "day"),
        ("aaj se 2 din pehle", "2026-03-10 00:00", "day"),
        ("2 ghante pehle", "2026-03-12 11:30", "hour"),
        ("1 hr back", "2026-03-12 12:30", "hour"),
        ("an hour ago", "2026-03-12 12:30", "hour"),
        ("half an hour ago", "2026-03-12 13:00", "minute"),
        ("dedh ghante pehle", "2026-03-12 12:00", "minute"),
        ("20 minutes ago", "2026-03-12 13:10", "minute"),
        ("10 min back", "2026-03-12 13:20", "minute"),
        ("abhi 10 min pehle", "2026-03-12 13:20", "minute"),
        ("just now", "2026-03-12 13:30", "minute"),
        ("abhi abhi mila", "2026-03-12 13:30", "minute"),
        ("at 12:40", "2026-03-12 12:40", "minute"),
        ("1 baje", "2026-03-12 13:00", "hour"),
        ("11am", "2026-03-12 11:00", "hour"),
        ("10.30am", "2026-03-12 10:30", "minute"),
        ("subah 10 baje", "2026-03-12 10:00", "hour"),
        ("this morning", "2026-03-12 09:00", "part_of_day"),
    ],
)
def test_a_moment_of_the_past_is_read(text: str, told: str, precision: str) -> None:
    found = moment(text)
    assert (found.value, found.precision, found.certain) == (at(told), precision, True)


@pytest.mark.parametrize(
    ("text", "told", "other"),
    [
        ("kal", "2026-03-11 00:00", "2026-03-13 00:00"),
        ("कल", "2026-03-11 00:00", "2026-03-13 00:00"),
        ("kal mila tha", "2026-03-11 00:00", "2026-03-13 00:00"),
        ("kal dopahar", "2026-03-11 14:00", "2026-03-13 14:00"),
        ("kal sham ko 5 baje", "2026-03-11 17:00", "2026-03-13 17:00"),
        ("kal raat 10 baje", "2026-03-11 22:00", "2026-03-13 22:00"),
        ("5 baje kal", "2026-03-11 17:00", "2026-03-13 17:00"),
        ("parso", "2026-03-10 00:00", "2026-03-14 00:00"),
        ("परसों", "2026-03-10 00:00", "2026-03-14 00:00"),
        ("narso", "2026-03-09 00:00", "2026-03-15 00:00"),
        ("3/4", "2025-04-03 00:00", "2026-03-04 00:00"),
        ("last Tuesday", "2026-03-10 00:00", "2026-03-03 00:00"),
        ("pichle mangalwar", "2026-03-10 00:00", "2026-03-03 00:00"),
        ("tuesday ko mila", "2026-03-10 00:00", "2026-03-03 00:00"),
        ("पिछले मंगलवार", "2026-03-10 00:00", "2026-03-03 00:00"),
    ],
)
def test_words_of_two_meanings_are_guesses_and_keep_the_other(text: str, told: str, other: str) -> None:
    found = moment(text)
    assert (found.value, found.certain) == (at(told), False)
    assert at(other) in found.other


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("last week", "2026-03-05 00:00"),
        ("pichle hafte", "2026-03-05 00:00"),
        ("last month", "2026-02-10 00:00"),
        ("a week ago", "2026-03-05 00:00"),
        ("11/03/26", "2026-03-11 00:00"),
        ("11-Mar-26", "2026-03-11 00:00"),
        ("12 Jan'26", "2026-01-12 00:00"),
        ("25/12", "2025-12-25 00:00"),
        ("on the 5th", "2026-03-05 00:00"),
        ("5 tarikh ko", "2026-03-05 00:00"),
        ("20 तारीख को", "2026-02-20 00:00"),
        ("5th", "2026-03-05 00:00"),
        ("sham 5 baje", "2026-03-11 17:00"),
        ("shaam ko 7", "2026-03-11 19:00"),
        ("raat 10 ko mila", "2026-03-11 22:00"),
        ("kal subah 9 mila", "2026-03-11 09:00"),
        ("raat 10 baje", "2026-03-11 22:00"),
        ("sadhe teen baje", "2026-03-11 15:30"),
        ("abhi mila", "2026-03-12 13:30"),
        ("2026 March 11", "2026-03-11 00:00"),
    ],
)
def test_what_is_only_roughly_told_is_a_guess(text: str, told: str) -> None:
    found = moment(text)
    assert (found.value, found.certain) == (at(told), False)


def test_last_saturday_lies_in_the_week_before_and_is_certain() -> None:
    found = moment("last saturday")
    assert (found.value, found.certain, found.other) == (at("2026-03-07 00:00"), True, ())


def test_a_part_of_the_day_that_has_just_begun_is_now() -> None:
    assert moment("aaj dopahar").value == at("2026-03-12 13:30")


@pytest.mark.parametrize(
    "text",
    [
        "diwali",
        "kal dunga",
        "abhi report nahi hai",
        "abhi tak nahi aaya",
        "tomorrow",
        "next monday",
        "aaj sham",
        "aaj 5pm",
        "12-12-2027",
        "2026-03-12T18:00+05:30",
        "31/02/2026",
        "13/14/2026",
        "24/7 support",
        "good morning",
        "mar gaya",
        "mai 2 din se",
        "may i know",
        "2nd payment",
        "delivery se 2 din pehle",
        "10 days before i received it",
        "99999999 years ago",
    ],
)
def test_what_is_no_moment_of_the_past_gives_none(text: str) -> None:
    assert moments(text) == []


@pytest.mark.parametrize("text", ["2026-03-12T18:00+05:30", "12-12-2027", "31/02/2026"])
def test_a_date_on_the_wrong_side_is_not_taken_apart_into_numbers(text: str) -> None:
    assert read_values(text, NOW) == ()


@pytest.mark.parametrize(
    ("text", "told", "certain"),
    [
        ("kal", "2026-03-13 00:00", False),
        ("tomorrow", "2026-03-13 00:00", True),
        ("tomorrow morning", "2026-03-13 09:00", True),
        ("next monday", "2026-03-16 00:00", True),
        ("20 march", "2026-03-20 00:00", True),
        ("2 din baad", "2026-03-14 00:00", True),
        ("in 3 hours", "2026-03-12 16:30", True),
        ("agle hafte", "2026-03-19 00:00", False),
        ("aaj sham 5 baje", "2026-03-12 17:00", True),
        ("kal 5 baje", "2026-03-13 17:00", False),
        ("1 jan", "2027-01-01 00:00", True),
    ],
)
def test_a_slot_about_the_future_looks_ahead(text: str, told: str, certain: bool) -> None:
    found = moment(text, direction="future")
    assert (found.value, found.certain) == (at(told), certain)


def test_kal_of_the_future_keeps_yesterday_as_the_other_reading() -> None:
    assert moment("kal", direction="future").other == (at("2026-03-11 00:00"),)


def test_a_date_with_its_time_is_one_moment_and_leaves_no_number() -> None:
    found = read_values("paid 11800 on 11 march 10:15 am", NOW)
    assert [(value.kind, value.text) for value in found] == [("number", "11800"), ("moment", "11 march 10:15 am")]


def test_two_moments_in_one_message_stay_two() -> None:
    found = moments("ordered on 1 feb, got it 10 march 4pm")
    assert [value.value for value in found] == [at("2026-02-01 00:00"), at("2026-03-10 16:00")]


def test_moments_are_given_in_the_zone_of_now() -> None:
    found = read_values("yesterday 1pm", datetime(2026, 3, 12, tzinfo=UTC))
    assert found[0].value == datetime(2026, 3, 11, 13, tzinfo=UTC)


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        read_values("kal", datetime(2026, 3, 12))  # noqa: DTZ001


def test_an_unknown_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="direction"):
        read_values("kal", NOW, direction="sideways")
