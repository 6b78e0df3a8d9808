"""Times of day: "1pm", "10:15 am", "12:40", "sham 5 baje", "raat 10 baje", "sadhe teen baje", "in the evening"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from dialogs.values.calendar_words import PARTS_OF_DAY, PartOfDay, clock_hour
from dialogs.values.numbers import Number
from dialogs.values.settle import keep_longest
from dialogs.values.text import BEGIN, END, INSIDE, Message

_PART = "|".join(sorted(PARTS_OF_DAY, key=len, reverse=True))
_MERIDIEM = r"(?:(?P<half>[ap])\.? ?m(?:\.|(?![a-z])))"
_CLOCK = re.compile(
    rf"{BEGIN}(?P<hour>\d{{1,2}})(?:(?P<colon>[:.])(?P<minute>[0-5]\d)(?::[0-5]\d)?)? ?"
    rf"(?:{_MERIDIEM}|(?P<baje>(?:baje|bje|bajey|o'?clock|बजे){END})|(?P<hrs>hrs{END})|(?![:.]?\d)(?!{INSIDE}))"
)
_BAJE = re.compile(rf" ?(?:baje|bje|bajey|o'?clock|बजे){END}")
_PART_WORD = re.compile(rf"{BEGIN}(?P<part>{_PART}){END}")
_PART_BEFORE = re.compile(rf"{BEGIN}(?P<part>{_PART}){END} ?(?:(?:ke|ko|ki|me|at|around|karib|kareeb|के|को) ?)*$")
_PART_AFTER = re.compile(rf" ?(?:(?:ko|ke|me|in|the|at|of|को|में) ?)*(?P<part>{_PART}){END}")
_PART_AND_HOUR = re.compile(
    rf"{BEGIN}(?P<part>{_PART}){END} (?:(?:ke|ko|ki|me|at|around|karib|kareeb|के|को) )*(?P<hour>\d{{1,2}}){END}"
    rf"(?= ?(?:[,!?]|\.(?!\d)|$)| (?:ko|ke|tak|pe|par|mila|mili|aaya|aayi|को|के|मिला)(?!{INSIDE}))"
)
_GREETING = re.compile(rf"{BEGIN}(?:good|gud|gd|shubh|very) ?$")
_ALL_DAY = re.compile(rf"{BEGIN}(?:all|din|whole|every|each|per|har|day and) ?$")
_NOT_MINUTES = re.compile(r" ?(?:%|percent|rs|lakh|lac|crore|k\b|kg|gb|-\d)")
_MIDNIGHT = re.compile(rf"{BEGIN}(?:midnight|aadhi raat|adhi raat|आधी रात){END}")
_WAKING = range(7, 23)


@dataclass(frozen=True)
class ClockTime:
    """A time of day as told. `either` is the same clock hour twelve hours apart, where am or pm was left open."""

    start: int
    end: int
    at: time
    precision: str
    either: time | None = None
    next_day: bool = False
    part: PartOfDay | None = None


def find_clock_times(message: Message, numbers: Sequence[Number]) -> list[ClockTime]:
    """The times of day in the message; among overlapping ones the longest."""
    found = [*_figures(message), *_words_with_baje(message, numbers), *_bare_hours(message), *_parts(message)]
    return keep_longest(found)


def _figures(message: Message) -> Iterator[ClockTime]:
    for match in _CLOCK.finditer(message.low):
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        said = match["half"] or match["baje"] or match["hrs"]
        if hour > 24 or (match["half"] and not 1 <= hour <= 12) or (match["colon"] != ":" and not said):
            continue
        if match["hrs"] and not match["colon"]:
            continue
        if match["colon"] == ":" and not said and _NOT_MINUTES.match(message.low, match.end()):
            continue
        if hour == 24 and minute:
            continue
        precision = "minute" if match["minute"] else "hour"
        start, end = match.start(), match.start() + len(match.group().rstrip())
        if match["half"]:
            yield ClockTime(start, end, time(hour % 12 + (12 if match["half"] == "p" else 0), minute), precision)
        else:
            yield _with_part(message, start, end, hour % 24, minute, precision)


def _words_with_baje(message: Message, numbers: Sequence[Number]) -> Iterator[ClockTime]:
    for number in numbers:
        baje = _BAJE.match(message.low, number.end)
        if baje is None or not 1 <= number.value < 24 or number.value * 4 != int(number.value * 4):
            continue
        hour = int(number.value)
        minute = int((number.value - hour) * 60)
        yield _with_part(message, number.start, baje.end(), hour, minute, "minute" if minute else "hour")


def _bare_hours(message: Message) -> Iterator[ClockTime]:
    """ "Shaam ko 7": an hour that needs no "baje", since the part of the day stands before it."""
    for match in _PART_AND_HOUR.finditer(message.low):
        hour = int(match["hour"])
        if 1 <= hour <= 12:
            placed, next_day = clock_hour(hour, PARTS_OF_DAY[match["part"]])
            yield ClockTime(
                match.start(), match.end(), time(placed), "hour", None, next_day, PARTS_OF_DAY[match["part"]]
            )


def _with_part(message: Message, start: int, end: int, hour: int, minute: int, precision: str) -> ClockTime:
    """The clock hour, placed by a part of the day right before or behind it, or left open."""
    before = _PART_BEFORE.search(message.low, max(0, start - 30), start)
    after = _PART_AFTER.match(message.low, end)
    found = before or after
    if found:
        part = PARTS_OF_DAY[found["part"]]
        placed, next_day = clock_hour(hour, part)
        at = time(placed, minute)
        return ClockTime(
            before.start() if before else start, end if before else found.end(), at, precision, None, next_day, part
        )
    if hour == 0 or hour > 12:
        return ClockTime(start, end, time(hour, minute), precision)
    early, late = time(hour % 12, minute), time(hour % 12 + 12, minute)
    likely, other = (early, late) if hour in range(8, 12) else (late, early)
    return ClockTime(start, end, likely, precision, other)


def _parts(message: Message) -> Iterator[ClockTime]:
    for match in _MIDNIGHT.finditer(message.low):
        yield ClockTime(match.start(), match.end(), time(0), "hour", None, True)
    for match in _PART_WORD.finditer(message.low):
        from_here = max(0, match.start() - 12)
        if any(words.search(message.low, from_here, match.start()) for words in (_GREETING, _ALL_DAY)):
            continue
        part = PARTS_OF_DAY[match["part"]]
        yield ClockTime(match.start(), match.end(), time(part.hour), "part_of_day", None, False, part)


def is_plausible(at: time) -> bool:
    """Whether people are up and things happen at this hour: 07:00 to 22:59."""
    return at.hour in _WAKING
