"""Facts: the one name, type and origin of each thing that a decision rests on.

A claim is a flat mapping of fact names to values. What is absent or null is unknown, which is not the same as false.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from zoneinfo import ZoneInfo

from policies.money import PAISA

FactType = Literal["time", "date", "inr", "percent", "count", "number", "flag", "word", "text"]
FactValue = str | bool | Decimal | datetime | date
Claim = Mapping[str, FactValue]


class BadFact(ValueError):
    """A fact's value does not fit its type; the message names the fact, the value and what is expected."""

    def __init__(self, name: str, value: object, expected: str) -> None:
        self.name = name
        super().__init__(f"fact {name!r}: {value!r} is not {expected}")


def _number(name: str, value: object, expected: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise BadFact(name, value, expected)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise BadFact(name, value, expected) from None
    if not number.is_finite():
        raise BadFact(name, value, expected)
    return number


def _rupees(name: str, value: object) -> Decimal:
    expected = "an amount in rupees, zero or more, with at most two decimals"
    number = _number(name, value, expected)
    if number < 0 or number != number.quantize(PAISA):
        raise BadFact(name, value, expected)
    return number


def _percent(name: str, value: object) -> Decimal:
    number = _number(name, value, "a percentage from 0 to 100")
    if not 0 <= number <= 100:
        raise BadFact(name, value, "a percentage from 0 to 100")
    return number


def _count(name: str, value: object) -> Decimal:
    number = _number(name, value, "a whole number, zero or more")
    if number < 0 or number != number.to_integral_value():
        raise BadFact(name, value, "a whole number, zero or more")
    return number


def _moment(name: str, value: object) -> datetime:
    expected = "a moment in ISO 8601 with its offset, such as 2026-03-11T13:00+05:30"
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise BadFact(name, value, expected) from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise BadFact(name, value, expected)
    return moment


def _date(name: str, value: object) -> date:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            raise BadFact(name, value, "a date such as 2026-03-11") from None
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise BadFact(name, value, "a date such as 2026-03-11")
    return value


def read_fact(name: str, fact_type: FactType, value: object, words: tuple[str, ...] = ()) -> FactValue:
    """`value` (as JSON or YAML gives it) as a value of `fact_type`; raises `BadFact`.

    Rupees and numbers become `Decimal`, moments aware `datetime`. A word must be one of `words` where any are given.
    """
    match fact_type:
        case "inr":
            return _rupees(name, value)
        case "percent":
            return _percent(name, value)
        case "count":
            return _count(name, value)
        case "number":
            return _number(name, value, "a number")
        case "time":
            return _moment(name, value)
        case "date":
            return _date(name, value)
        case "flag":
            if not isinstance(value, bool):
                raise BadFact(name, value, "true or false")
            return value
        case "word":
            if not isinstance(value, str) or (words and value not in words):
                raise BadFact(name, value, "one of: " + ", ".join(words))
            return value
        case "text":
            if not isinstance(value, str | int | float | Decimal) or isinstance(value, bool):
                raise BadFact(name, value, "a text")
            return str(value)


def show_fact(value: FactValue) -> Any:
    """`value` as JSON can carry it: numbers as int or float, moments and dates in ISO 8601."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def as_moment(value: FactValue, time_zone: ZoneInfo) -> datetime:
    """A moment or a date (its first second in `time_zone`) as an aware moment; raises `TypeError` for others."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.min, time_zone)
    raise TypeError(f"{value!r} is no moment")
