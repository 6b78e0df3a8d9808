"""Days named in a message, as dates that are still open to which year, week or direction was meant."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

import dateparser

from dialogs.values.calendar_words import DAY_WORDS, DOUBTFUL_MONTHS, EITHER_WAY, MONTHS, SHORT_WEEKDAYS, WEEKDAYS
from dialogs.values.settle import keep_longest
from dialogs.values.text import BEGIN, END, LETTER, Message

LONGEST_FOR_DATEPARSER = 200
"""Characters; the parser's time grows with the text, so it never sees more."""
_PARSED_AT_MOST = 4
"""Phrases of one message that it sees, at about two milliseconds each."""


@dataclass(frozen=True)
class Day:
    """A day as told. `dates` are its readings, the likeliest first; none where no reading is on the side asked for."""

    start: int
    end: int
    dates: tuple[date, ...]
    certain: bool = True


@dataclass(frozen=True)
class Calendar:
    """Today, and whether the talk is about what has happened or about what is to come."""

    today: date
    future: bool

    def allows(self, day: date) -> bool:
        return day >= self.today if self.future else day <= self.today

    def on_this_side(self, *days: date | None) -> tuple[date, ...]:
        return tuple(dict.fromkeys(day for day in days if day is not None and self.allows(day)))

    def nearest_year(self, month: int, day: int) -> date | None:
        """The nearest such day on the side asked for, today included; None if no near year has it (31 April)."""
        step = 1 if self.future else -1
        years = range(self.today.year, self.today.year + 9 * step, step)
        dates = (made for year in years if (made := make_date(year, month, day)))
        return next((made for made in dates if self.allows(made)), None)

    def nearest_month(self, day: int) -> date | None:
        """The nearest such day of a month on the side asked for."""
        year, month = self.today.year, self.today.month
        for _ in range(13):
            made = make_date(year, month, day)
            if made and self.allows(made):
                return made
            month += 1 if self.future else -1
            year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        return None

    def nearest_weekday(self, weekday: int, *, besides_today: bool) -> date:
        behind = (self.today.weekday() - weekday) % 7
        distance = (7 - behind) % 7 if self.future else behind
        if distance == 0 and besides_today:
            distance = 7
        return self.today + timedelta(days=distance if self.future else -distance)


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_NO_DAY = r" ?(?:am|pm|[ap]\.m|baje|din|days?|lakh|lac|k|rs|%|percent|baar|times|se|hours?|hrs?|mins?)(?![a-z])"
"""What makes the figure before it a quantity or an hour."""
_YEAR = rf"(?:[ ,.'-]{{0,2}}(?P<year>20\d\d|\d\d)(?!\d|[:./]\d|{_NO_DAY}))?"
_DAY_MONTH = re.compile(
    rf"{BEGIN}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ .-]{{0,2}}(?:of |ka |ki )?(?P<month>{_MONTH})(?!{LETTER}){_YEAR}"
)
_MONTH_DAY = re.compile(
    rf"{BEGIN}(?P<month>{_MONTH})[ .-]{{0,2}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.]\d|\d|:)"
    rf"(?!{_NO_DAY}){END}{_YEAR}"
)
_YEAR_BEFORE = re.compile(rf"{BEGIN}20\d\d[ ,.-]{{1,2}}$")
_ISO = re.compile(
    rf"{BEGIN}(?P<year>20\d\d)(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})(?=t\d|{END})(?!\d)"
)
_NUMERIC = re.compile(
    rf"(?<![\w./-])(?P<day>\d{{1,2}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<year>20\d\d|\d\d){END}(?![/-]\d)"
)
_SLASHED = re.compile(rf"(?<![\w./-])(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}}){END}(?![/.]\d|/-)")
_NOT_DATES = frozenset({"24/7", "7/24", "1/2", "9/10", "10/10"})
_OF_MONTH = re.compile(
    rf"{BEGIN}(?:(?:on|from|since|till|the|on the|from the) )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)? ?"
    rf"(?:tarikh|tareekh|tarik|taarikh|तारीख){END}(?: ko| को)?"
    rf"|{BEGIN}(?:on|from|since|till|until|by) (?:the )?(?P<nth>\d{{1,2}})(?:st|nd|rd|th){END}"
    rf"(?! (?:time|attempt|payment|order|floor|day))"
    rf"|^(?:the )?(?P<whole>\d{{1,2}})(?:st|nd|rd|th)(?: ko)?$"
)
_LAST = r"last|past|previous|prev|pichle|pichhle|pichla|pichli|pichle wale|lst|gaye|पिछले|गत"
_NEXT = r"next|coming|agle|agla|aane wale|अगले"
_WEEKDAY = re.compile(
    rf"{BEGIN}(?:(?P<back>{_LAST}) |(?P<ahead>{_NEXT}) |(?P<on>on|this|is|इस) )?"
    rf"(?:(?P<name>{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})|(?P<short>{'|'.join(SHORT_WEEKDAYS)})){END}"
)
_DAY_WORD = re.compile(
    rf"{BEGIN}(?:(?P<plain>{'|'.join(sorted(DAY_WORDS, key=len, reverse=True))})"
    rf"|(?P<either>{'|'.join(EITHER_WAY)})){END}"
)
_LAST_NIGHT = re.compile(rf"{BEGIN}(?:last|pichli)(?= (?:night|nite|raat|evening))")
_PERIOD = re.compile(
    rf"{BEGIN}(?:(?P<back>{_LAST}) |(?P<ahead>{_NEXT}) )"
    rf"(?:(?P<week>week|hafte|hafta|हफ्ते|सप्ताह)|(?P<month>month|mahine|mahina|महीने)){END}"
)
STILL_TO_COME = re.compile(rf" (?:[^ ]+ ){{0,3}}[^ ]{{1,12}}(?:ung[aie]|oong[aie]|enge|oge|egi|ega|ूंगा|ूंगी|ेंगे|ेगा){END}")
"""A verb of the future within four words: "kal dunga" speaks of tomorrow."""
_CLEAR_MONTH = "|".join(sorted(MONTHS.keys() - DOUBTFUL_MONTHS, key=len, reverse=True))
_SEEN_BY_DATEPARSER = re.compile(
    rf"{BEGIN}(?:(?:\d{{1,4}}(?:st|nd|rd|th)?|of|the|day)[ ,.-]{{1,2}}){{0,4}}(?:{_CLEAR_MONTH}){END}"
    rf"(?:[ ,.-]{{1,2}}(?:\d{{1,4}}(?:st|nd|rd|th)?|of|the){END}){{0,4}}"
)


def find_days(message: Message, calendar: Calendar) -> list[Day]:
    """The days named in the message; among overlapping ones the longest."""
    found: list[Day] = []
    for reader in _READERS:
        found.extend(reader(message, calendar))
    kept = keep_longest(found)
    kept.extend(_read_by_dateparser(message, calendar, kept))
    return sorted(kept, key=lambda day: day.start)


def make_date(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_names(message: Message, calendar: Calendar) -> Iterator[Day]:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(message.low):
            if pattern is _MONTH_DAY and not _is_month_first(message, match):
                continue
            yield _dated(match, calendar, MONTHS[match["month"]])


def _is_month_first(message: Message, match: re.Match[str]) -> bool:
    """ "March 11" is a day, "mai 2" is not; behind a year ("2026 March 11") the whole is left to dateparser."""
    doubtful = match["month"] in DOUBTFUL_MONTHS - {"may"}
    return not doubtful and not _YEAR_BEFORE.search(message.low, max(0, match.start() - 8), match.start())


def _dated(match: re.Match[str], calendar: Calendar, month: int) -> Day:
    day, year = int(match["day"]), match["year"]
    if year is None:
        return Day(match.start(), match.end(), calendar.on_this_side(calendar.nearest_year(month, day)))
    made = make_date(_whole_year(year), month, day)
    return Day(match.start(), match.end(), calendar.on_this_side(made), certain=len(year) == 4)


def _whole_year(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _iso(message: Message, calendar: Calendar) -> Iterator[Day]:
    for match in _ISO.finditer(message.low):
        made = make_date(int(match["year"]), int(match["month"]), int(match["day"]))
        yield Day(match.start(), match.end(), calendar.on_this_side(made))


def _numeric(message: Message, calendar: Calendar) -> Iterator[Day]:
    """Day first, as in India; month first is tried where day first gives no date on the side asked for."""
    for match in _NUMERIC.finditer(message.low):
        year, first, second = _whole_year(match["year"]), int(match["day"]), int(match["month"])
        day_first = calendar.on_this_side(make_date(year, second, first))
        month_first = calendar.on_this_side(make_date(year, first, second))
        certain = bool(day_first) and len(match["year"]) == 4
        others = () if certain else tuple(day for day in month_first if day not in day_first)
        yield Day(match.start(), match.end(), day_first + others, certain)


def _slashed(message: Message, calendar: Calendar) -> Iterator[Day]:
    for match in _SLASHED.finditer(message.low):
        if match.group() in _NOT_DATES:
            yield Day(match.start(), match.end(), ())
            continue
        first, second = int(match["day"]), int(match["month"])
        day_first = calendar.nearest_year(second, first) if second <= 12 else None
        month_first = calendar.nearest_year(first, second) if first <= 12 else None
        yield Day(match.start(), match.end(), calendar.on_this_side(day_first, month_first), certain=False)


def _of_month(message: Message, calendar: Calendar) -> Iterator[Day]:
    for match in _OF_MONTH.finditer(message.low):
        day = int(match["day"] or match["nth"] or match["whole"])
        if 1 <= day <= 31:
            yield Day(match.start(), match.end(), calendar.on_this_side(calendar.nearest_month(day)), certain=False)


def _weekdays(message: Message, calendar: Calendar) -> Iterator[Day]:
    """ "Last Tuesday" is certain only where the latest one lies in the week before this; else either may be meant."""
    for match in _WEEKDAY.finditer(message.low):
        if match["short"] and not (match["back"] or match["ahead"] or match["on"] in {"on", "this"}):
            continue
        if (match["ahead"] and not calendar.future) or (match["back"] and calendar.future):
            continue
        weekday = WEEKDAYS[match["name"]] if match["name"] else SHORT_WEEKDAYS[match["short"]]
        named = bool(match["back"] or match["ahead"])
        nearest = calendar.nearest_weekday(weekday, besides_today=named)
        further = nearest + timedelta(days=7 if calendar.future else -7)
        monday = calendar.today - timedelta(days=calendar.today.weekday())
        other_week = not monday <= nearest < monday + timedelta(days=7)
        certain = named and other_week
        yield Day(match.start(), match.end(), (nearest,) if certain else (nearest, further), certain)


def _day_words(message: Message, calendar: Calendar) -> Iterator[Day]:
    """A Hindi day word is always a guess; with a verb of the future behind it, it gives no day of the past."""
    for match in _DAY_WORD.finditer(message.low):
        if match["plain"]:
            offset = DAY_WORDS[match["plain"]]
            yield Day(match.start(), match.end(), calendar.on_this_side(calendar.today + timedelta(days=offset)))
            continue
        if not calendar.future and STILL_TO_COME.match(message.low, match.end()):
            continue
        days = timedelta(days=EITHER_WAY[match["either"]])
        readings = (calendar.today + days, calendar.today - days)
        ordered = readings if calendar.future else readings[::-1]
        yield Day(match.start(), match.end(), ordered, certain=False)


def _last_night(message: Message, calendar: Calendar) -> Iterator[Day]:
    for match in _LAST_NIGHT.finditer(message.low):
        yield Day(match.start(), match.end(), calendar.on_this_side(calendar.today - timedelta(days=1)))


def _periods(message: Message, calendar: Calendar) -> Iterator[Day]:
    for match in _PERIOD.finditer(message.low):
        if bool(match["ahead"]) is calendar.future:
            days = timedelta(days=7 if match["week"] else 30)
            made = calendar.today + days if calendar.future else calendar.today - days
            yield Day(match.start(), match.end(), (made,), certain=False)


def _read_by_dateparser(message: Message, calendar: Calendar, known: Sequence[Day]) -> Iterator[Day]:
    """Other orders of day, month and year; only words round a month name that nothing above has read are passed."""
    for match in islice(_SEEN_BY_DATEPARSER.finditer(message.low), _PARSED_AT_MOST):
        words = match.group().strip(" ,.-")
        taken = any(day.start < match.end() and match.start() < day.end for day in known)
        if taken or not any(character.isdigit() for character in words):
            continue
        made = _parsed(words, calendar)
        if made is not None and calendar.allows(made):
            yield Day(match.start(), match.start() + len(match.group().rstrip(" ,.-")), (made,), certain=False)


def _parsed(words: str, calendar: Calendar) -> date | None:
    parsed = dateparser.parse(
        words[:LONGEST_FOR_DATEPARSER],
        languages=["en", "hi"],
        settings={
            "DATE_ORDER": "DMY",
            "PREFER_DATES_FROM": "future" if calendar.future else "past",
            "REQUIRE_PARTS": ["day", "month"],
            "RELATIVE_BASE": datetime(calendar.today.year, calendar.today.month, calendar.today.day),  # noqa: DTZ001 - dateparser compares without zones
        },
    )
    return parsed.date() if parsed else None


_READERS: tuple[Callable[[Message, Calendar], Iterator[Day]], ...] = (
    _month_names, _iso, _numeric, _slashed, _of_month, _weekdays, _day_words, _last_night, _periods,
)  # fmt: skip
