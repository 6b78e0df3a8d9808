"""Moments: a day with its time, a day alone, a time alone, "2 ghante pehle", "abhi".

Rules: with direction "past" no moment lies after `now`; what can roll back (a year, a week, a day) does, what cannot
gives no value. With "future" the same holds the other way. A moment of precision "day" stands at 00:00.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from dialogs.values.clock_times import ClockTime, find_clock_times, is_plausible
from dialogs.values.dates import STILL_TO_COME, Calendar, Day, find_days
from dialogs.values.numbers import Number
from dialogs.values.quantities import times, unit_after
from dialogs.values.settle import NOTHING
from dialogs.values.text import BEGIN, END, Message
from dialogs.values.value import Value

_BETWEEN = re.compile(
    r"(?: |,|-|@|at|on|ko|ke|ki|ka|me|in|the|around|about|approx|approximately|by|hi|t|karib|kareeb|lagbhag"
    r"|को|के|की|में|करीब|लगभग)*"
)
_ISO_TIME = re.compile(
    r"(?:t(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)"
    r"| (?P<spaced_hour>[01]\d|2[0-3]):(?P<spaced_minute>[0-5]\d)(?=:\d))"
    r"(?::[0-5]\d(?:\.\d+)?)?(?P<zone>z|(?P<sign>[+-])(?P<hours>[01]\d):?(?P<minutes>[0-5]\d))?"
)
_AGO = re.compile(
    rf" ?(?:(?:se )?(?:pehle|pahle|phle|pehele|pahele|pehley|ago|back|पहले|पहिले){END}|(?:before|earlier)(?= ?[.,!?]|$))"
)
_FROM_ELSEWHERE = re.compile(
    rf"{BEGIN}(?!aaj |abhi |ab |आज |अभी )[^ ]+ (?:se|ke|से|के) (?:around |about |karib |lagbhag )?$"
)
"""Counted from something else than now: "delivery se 2 din pehle"."""
_FROM_NOW = re.compile(rf"{BEGIN}(?:(?:aaj|abhi|ab|just|only|bas|around|about|आज|अभी) (?:se |से )?)+$")
_AHEAD = re.compile(rf" ?(?:baad|bad|later|from now|mein|बाद|में){END}")
_IN_BEFORE = re.compile(rf"{BEGIN}(?:in|after|within) $")
_ONE_AGO = re.compile(rf"{BEGIN}(?:(?P<half>half an?|half|aadha|aadhe|adha|आधा|आधे)|an?) (?=[^ ])")
_JUST_NOW = re.compile(
    rf"{BEGIN}(?:(?P<sure>just now|abhi abhi|abhi-abhi|right now just|अभी अभी|अभी-अभी|moments ago|a moment ago)"
    rf"|(?P<likely>abhi|abi|अभी)(?! (?:tak|bhi|nahi|nhi|nai|tk|तक|भी|नहीं)))(?:{END})"
)
_SHORT = 3
_HAPPENED = re.compile(
    rf" (?:[^ ]+ ){{0,4}}(?:mila|mili|mile|milaa|aaya|aya|aayi|ayi|aaye|kiya|kiye|hua|hui|khola|kholi"
    rf"|liya|diya|dekha|gaya|gayi"
    rf"|delivered|received|got|came|opened|paid|ordered|मिला|मिली|आया|आई|किया|हुआ|खोला|लिया|दिया|गया|गई){END}"
)
_FURTHEST = timedelta(days=36_525)
"""A century: a longer way back or ahead is no moment anyone means."""


@dataclass(frozen=True)
class _Reader:
    message: Message
    now: datetime
    future: bool

    def allows(self, moment: datetime) -> bool:
        return moment >= self.now if self.future else moment <= self.now

    def at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.now.tzinfo)


def read_moments(
    message: Message, numbers: Sequence[Number], now: datetime, *, direction: str = "past"
) -> Iterator[Value]:
    """The moments of the message. `now` must be aware; moments are given in its time zone."""
    reader = _Reader(message, now, direction == "future")
    days = find_days(message, Calendar(now.date(), reader.future))
    clocks = find_clock_times(message, numbers)
    used: set[ClockTime] = set()
    for day in days:
        if not day.dates:
            yield _nothing(day.start, day.end)
            continue
        clock = _beside(message, day, clocks, used)
        if clock is not None:
            used.add(clock)
        yield from _with_time(reader, day, clock)
    for clock in clocks:
        if clock not in used:
            yield from _without_day(reader, clock)
    yield from _distances(reader, numbers)
    yield from _just_now(reader)


def _beside(message: Message, day: Day, clocks: Sequence[ClockTime], used: set[ClockTime]) -> ClockTime | None:
    """The time of day told right behind the day, else right before it."""
    for clock in clocks:
        if clock not in used and clock.start >= day.end and _BETWEEN.fullmatch(message.low, day.end, clock.start):
            return clock
    for clock in clocks:
        if clock not in used and clock.end <= day.start and _BETWEEN.fullmatch(message.low, clock.end, day.start):
            return clock
    return None


def _with_time(reader: _Reader, day: Day, clock: ClockTime | None) -> Iterator[Value]:
    iso = _ISO_TIME.match(reader.message.low, day.end)
    if iso is not None:
        yield from _iso(reader, day, iso)
        return
    if clock is None:
        readings = [reader.at(made, time(0)) for made in day.dates]
        yield _moment(readings, day.start, day.end, "day", certain=day.certain)
        return
    readings, sure = [], True
    for made in day.dates:
        if readings and not Calendar(reader.now.date(), reader.future).allows(made):
            readings.append(reader.at(made, clock.at))
            continue
        on_day, sure_here = _on_day(reader, made, clock)
        readings.extend(on_day)
        sure = sure and sure_here
    start, end = min(day.start, clock.start), max(day.end, clock.end)
    if not readings:
        yield _nothing(start, end)
    else:
        yield _moment(readings, start, end, clock.precision, certain=day.certain and sure)


def _iso(reader: _Reader, day: Day, match: re.Match[str]) -> Iterator[Value]:
    clock = time(int(match["hour"] or match["spaced_hour"]), int(match["minute"] or match["spaced_minute"]))
    moment = reader.at(day.dates[0], clock)
    if match["zone"]:
        offset = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
        zone = timezone(-offset if match["sign"] == "-" else offset)
        moment = datetime.combine(day.dates[0], clock, tzinfo=zone).astimezone(reader.now.tzinfo)
    if reader.allows(moment):
        yield _moment([moment], day.start, match.end(), "minute")
    else:
        yield _nothing(day.start, match.end())


def _on_day(reader: _Reader, made: date, clock: ClockTime) -> tuple[list[datetime], bool]:
    """The time on that day, its likelier half first, and whether only one of them is plausible.

    A part of the day that has begun but whose usual hour is still ahead is now.
    """
    next_day = timedelta(days=1) if clock.next_day else timedelta()
    told = [reader.at(made + next_day, clock.at)]
    if clock.either is not None:
        told.append(reader.at(made, clock.either))
    if clock.precision == "part_of_day" and clock.part is not None and made == reader.now.date():
        begun = reader.at(made, time(clock.part.begins)) <= reader.now
        if not reader.future and begun and told[0] > reader.now:
            return [reader.now.replace(second=0, microsecond=0)], True
    allowed = [moment for moment in told if reader.allows(moment)]
    plausible = [moment for moment in allowed if is_plausible(moment.timetz())]
    if clock.next_day:
        return allowed, False
    if clock.either is None:
        return allowed, True
    return (plausible, True) if len(plausible) == 1 else (allowed, False)


def _without_day(reader: _Reader, clock: ClockTime) -> Iterator[Value]:
    """A time of day alone is today's, or the nearest on the side asked for, which is then a guess."""
    today = reader.now.date()
    on_today, sure = _on_day(reader, today, clock)
    if on_today and is_plausible(on_today[0].timetz()):
        yield _moment(on_today, clock.start, clock.end, clock.precision, certain=sure)
        return
    nearby, _ = _on_day(reader, today + timedelta(days=1 if reader.future else -1), clock)
    readings = [*nearby, *on_today] if clock.either is not None else [*on_today, *nearby][:1]
    if readings:
        yield _moment(readings, clock.start, clock.end, clock.precision, certain=False)


def _distances(reader: _Reader, numbers: Sequence[Number]) -> Iterator[Value]:
    """ "3 days ago", "2 ghante pehle", "an hour back"; ahead ("2 din baad", "in 2 days") only for the future."""
    for number in numbers:
        unit = unit_after(reader.message, number.end)
        if unit is not None and number.value <= 10_000:
            yield from _distance(reader, number.start, number.value, unit)
    for match in _ONE_AGO.finditer(reader.message.low):
        unit = unit_after(reader.message, match.end())
        if unit is not None:
            yield from _distance(reader, match.start(), Decimal("0.5") if match["half"] else Decimal(1), unit)


def _distance(reader: _Reader, start: int, amount: Decimal, unit: tuple[timedelta, bool, int]) -> Iterator[Value]:
    length, _, end = unit
    if times(length, amount) > _FURTHEST:
        return
    text = reader.message.low
    if reader.future:
        ahead = _AHEAD.match(text, end)
        before = _IN_BEFORE.search(text, max(0, start - 8), start)
        if ahead or before:
            finish = ahead.end() if ahead else end
            yield _away(reader, times(length, amount), length, before.start() if before else start, finish)
        return
    ago = _AGO.match(text, end)
    if ago and not _FROM_ELSEWHERE.search(text, max(0, start - 32), start):
        counted_from = _FROM_NOW.search(text, max(0, start - 20), start)
        begin = counted_from.start() if counted_from else start
        yield _away(reader, -times(length, amount), length, begin, ago.end())


def _away(reader: _Reader, distance: timedelta, unit: timedelta, start: int, end: int) -> Value:
    """Minutes and hours are counted to the minute; days give the day; weeks and longer are guesses."""
    moment = (reader.now + distance).replace(second=0, microsecond=0)
    if unit < timedelta(days=1):
        whole_hours = unit == timedelta(hours=1) and distance % unit == timedelta()
        precision = "hour" if whole_hours else "minute"
        return _moment([moment], start, end, precision)
    certain = unit == timedelta(days=1)
    return _moment([reader.at(moment.date(), time(0))], start, end, "day", certain=certain)


def _just_now(reader: _Reader) -> Iterator[Value]:
    for match in _JUST_NOW.finditer(reader.message.low):
        if match["likely"] and not _tells_of_now(reader.message, match):
            continue
        now = reader.now.replace(second=0, microsecond=0)
        yield _moment([now], match.start(), match.end(), "minute", certain=match["sure"] is not None)


def _tells_of_now(message: Message, match: re.Match[str]) -> bool:
    """ "Abhi" says when something happened only as an answer of its own or with a verb of the past behind it."""
    if STILL_TO_COME.match(message.low, match.end()):
        return False
    return len(message.words) <= _SHORT or bool(_HAPPENED.match(message.low, match.end()))


def _moment(readings: Sequence[datetime], start: int, end: int, precision: str, *, certain: bool = True) -> Value:
    return Value("moment", readings[0], "", start, end, certain, precision, tuple(readings[1:]))


def _nothing(start: int, end: int) -> Value:
    """Takes the words of a moment on the other side of now, so that no part of it is read as something else."""
    return Value(NOTHING, None, "", start, end)
