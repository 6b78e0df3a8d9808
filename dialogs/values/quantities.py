"""Amounts of money, percentages, durations and counts, each built on a number phrase and the words beside it."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from dialogs.values.number_words import HALVES
from dialogs.values.numbers import Number
from dialogs.values.text import BEGIN, END, Message
from dialogs.values.value import Value

_RUPEES_BEFORE = re.compile(rf"(?:₹|{BEGIN}(?:rs|inr|rupees?|rupaye|rupay|रु|रुपये|रुपए)(?![a-z]))[ .:]{{0,3}}$")
_RUPEE_WORDS = (
    r"rs|inr|rupees?|rupes|rupee|rupaye|rupay|rupaiye|rupaya|rupiya|rupiye|rupye|rupya|bucks"
    r"|रु|रू|रुपये|रुपए|रुपया|रुपयों|रूपये|रूपए|रूपया"
)
_RUPEES_AFTER = re.compile(rf" ?(?:(?:/-|/=|₹)|(?:{_RUPEE_WORDS}){END}\.?(?:/-)?)(?: only{END})?")
_PAISE_AFTER = re.compile(rf" ?(?:paise|paisa|paisey|पैसे|पैसा){END}")
_PERCENT_AFTER = re.compile(
    rf" ?(?:%|(?:percent(?:age)?|per cent|percnt|persent|parcent|pct|pratishat|fisdi|feesdi|प्रतिशत|फीसदी|परसेंट){END})"
)
_RANGE = re.compile(r" ?(?:-|to|se|से) ?")
_COUNTED_NEXT = re.compile(
    rf" ?(?:[a-z]+ )?(?:sms|smses|msgs?|messages?|credits?|numbers?|contacts?|leads|users|followers|मैसेज|क्रेडिट){END}"
)
_TIMES_AFTER = re.compile(rf" ?(?:times?|baar|bar|bari|dafa|x|बार|दफा){END}")
_COUNT_WORDS = {
    "once": 1, "twice": 2, "thrice": 3, "dono": 2, "donon": 2, "both": 2, "teeno": 3, "teenon": 3,
    "charo": 4, "दोनों": 2, "दोनो": 2, "तीनों": 3, "चारों": 4,
}  # fmt: skip
_COUNT_WORD = re.compile(rf"{BEGIN}(?:{'|'.join(_COUNT_WORDS)}){END}")

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_UNIT_WORDS: tuple[tuple[timedelta, bool, str], ...] = (
    (_MINUTE, True, "minutes? minuts? mins? minat mint मिनट मिनिट"),
    (_HOUR, True, "hours? hrs? hour hr h ghante? ghanta ghanto ghanton घंटे घंटा घंटों घण्टे घण्टा"),
    (_DAY, True, "days? din dino dinon diwas दिन दिनों"),
    (7 * _DAY, True, "weeks? wks? hafte? hafta hafto haftey हफ्ते हफ्ता हफ्तों सप्ताह"),
    (30 * _DAY, False, "months? mahine? mahina mahino maheene? महीने महीना महीनों माह"),
    (365 * _DAY, False, "years? yrs? saal sal salo साल सालों वर्ष"),
)
_WORKING = r"(?:(?:working|business|bank|calendar|kaam ke|वर्किंग|कार्य) ?)?"
_UNIT_AFTER = re.compile(
    rf" ?{_WORKING}(?:"
    + "|".join(f"(?P<u{i}>{'|'.join(w.split())})" for i, (_, _, w) in enumerate(_UNIT_WORDS))
    + rf"){END}"
)
_HALF_UNIT = re.compile(
    rf"{BEGIN}(?:(?:half|aadha|aadhe|adha|आधा|आधे) (?:an? )?(?P<short>hour|ghanta|ghante|घंटा|घंटे|day|din|दिन)"
    rf"|(?P<one>an?|ek|one|एक) (?P<long>hour|hr|day|week|month|year)){END}"
)
_HALF_WORD = re.compile(rf"{BEGIN}(?:{'|'.join(sorted(HALVES, key=len, reverse=True))}){END}")


def read_amounts(message: Message, numbers: Sequence[Number]) -> Iterator[Value]:
    """Rupees: a number with a currency sign or word, or one said or written as money ("5 lakh", "1.5k", "1,25,000")."""
    for index, number in enumerate(numbers):
        before = _RUPEES_BEFORE.search(message.low, max(0, number.start - 12), number.start)
        after = _RUPEES_AFTER.match(message.low, number.end)
        paise = _PAISE_AFTER.match(message.low, number.end)
        if before or after:
            start = before.start() if before else number.start
            end = after.end() if after else number.end
            value, end = _with_paise(message, number.value, end, numbers[index + 1 :])
            yield _value("amount", value, start, end)
        elif paise:
            yield _paise(number, paise.end())
        elif (number.scaled or number.grouped) and not number.everyday:
            counted = _COUNTED_NEXT.match(message.low, number.end)
            if counted:
                yield _value("count", int(number.value), number.start, number.end)
            elif _stands_alone(message, number) and not _is_bare_scale(message, number):
                yield _value("amount", number.value, number.start, number.end)


def read_numbers(message: Message, numbers: Sequence[Number]) -> Iterator[Value]:
    """Bare numbers in figures: the weakest reading, for a question that asked for a number."""
    for number in numbers:
        if not (number.in_words or number.scaled or number.grouped) and _stands_alone(message, number):
            yield _value("number", number.value, number.start, number.end)


def read_percents(message: Message, numbers: Sequence[Number]) -> Iterator[Value]:
    """Percentages; "half" and ranges ("40-50 %") are guesses, the range with its upper end as the other reading."""
    for index, number in enumerate(numbers):
        after = _PERCENT_AFTER.match(message.low, number.end)
        if not after:
            continue
        lower = _range_start(message, numbers, index)
        if lower is None:
            yield _value("percent", number.value, number.start, after.end())
        else:
            yield _value("percent", lower.value, lower.start, after.end(), certain=False, other=(number.value,))
    for match in _HALF_WORD.finditer(message.low):
        yield _value("percent", Decimal(50), match.start(), match.end(), certain=False)


def read_counts(message: Message, numbers: Sequence[Number]) -> Iterator[Value]:
    """How many (times): "2 baar", "twice", "dono", "teen"; a word such as "do" only where it is all there is."""
    for match in _COUNT_WORD.finditer(message.low):
        yield _value("count", _COUNT_WORDS[match.group()], match.start(), match.end())
    for number in numbers:
        if number.value != int(number.value):
            continue
        times = _TIMES_AFTER.match(message.low, number.end)
        whole = number.start == 0 and number.end == len(message.low.rstrip(" .!?"))
        if times:
            yield _value("count", int(number.value), number.start, times.end())
        elif number.in_words and not number.scaled and (whole or not number.everyday):
            yield _value("count", int(number.value), number.start, number.end)


def read_durations(message: Message, numbers: Sequence[Number]) -> Iterator[Value]:
    """Lengths of time; months count 30 days and years 365, as guesses. A range gives its lower end first."""
    for index, number in enumerate(numbers):
        unit = unit_after(message, number.end)
        if unit is None or number.value > 10_000:
            continue
        length, exact, end = unit
        lower = _range_start(message, numbers, index)
        value = times(length, number.value)
        if lower is None or lower.value >= number.value:
            yield _value("duration", value, number.start, end, certain=exact)
        else:
            yield _value("duration", times(length, lower.value), lower.start, end, certain=False, other=(value,))
    for match in _HALF_UNIT.finditer(message.low):
        length, exact = _half_unit(match)
        yield _value("duration", length, match.start(), match.end(), certain=exact)


def unit_after(message: Message, position: int) -> tuple[timedelta, bool, int] | None:
    """The unit of time that begins at `position`: its length, whether that is exact, and where its word ends."""
    match = _UNIT_AFTER.match(message.low, position)
    if match is None or match.lastgroup is None:
        return None
    length, exact, _ = _UNIT_WORDS[int(match.lastgroup[1:])]
    return length, exact, match.end()


def times(length: timedelta, factor: Decimal) -> timedelta:
    """A length multiplied by a decimal, exact to the second."""
    return timedelta(seconds=int(Decimal(int(length.total_seconds())) * factor))


def _value(kind: str, value: Any, start: int, end: int, *, certain: bool = True, other: tuple[Any, ...] = ()) -> Value:
    return Value(kind, value, "", start, end, certain=certain, other=other)


def _with_paise(message: Message, rupees: Decimal, end: int, later: Sequence[Number]) -> tuple[Decimal, int]:
    """ "10 rupaye 50 paise" is one amount."""
    if later and later[0].value < 100 and message.low[end : later[0].start].strip() in {"", "and", "aur"}:
        paise = _PAISE_AFTER.match(message.low, later[0].end)
        if paise and rupees == int(rupees):
            return rupees + later[0].value / 100, paise.end()
    return rupees, end


def _paise(number: Number, end: int) -> Value:
    """Below a hundred these are paise; above, "500 paise" is as often said of rupees, so it is a guess."""
    if number.value < 100:
        return _value("amount", number.value / 100, number.start, end)
    return _value("amount", number.value, number.start, end, certain=False, other=(number.value / 100,))


def _stands_alone(message: Message, number: Number) -> bool:
    before = message.low[number.start - 1] if number.start else " "
    after = message.low[number.end] if number.end < len(message.low) else " "
    return not (before.isalnum() or before in "_@#" or after.isalnum() or after in "_@")


def _is_bare_scale(message: Message, number: Number) -> bool:
    """ "Sau" or "hundred" alone, said without a number before it."""
    return number.in_words and " " not in message.low[number.start : number.end]


def _range_start(message: Message, numbers: Sequence[Number], index: int) -> Number | None:
    if index == 0:
        return None
    previous, current = numbers[index - 1], numbers[index]
    joined = _RANGE.fullmatch(message.low, previous.end, current.start)
    return previous if joined and not previous.scaled and not previous.everyday else None


def _half_unit(match: re.Match[str]) -> tuple[timedelta, bool]:
    short, long = match.group("short"), match.group("long")
    if short:
        return (timedelta(minutes=30), True) if short[0] in "hgघ" else (timedelta(hours=12), False)
    for length, exact, words in _UNIT_WORDS:
        if re.fullmatch("|".join(words.split()), long):
            return length, exact
    return _DAY, False
