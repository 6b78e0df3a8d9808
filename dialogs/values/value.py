"""What reading gives: one value, the words it was read from, and how sure the reading is."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Value:
    """One value found in a message; `start` and `end` are character positions in the message as it was given.

    `value` is rupees (Decimal) for an amount, 0-100 for a percent, an aware datetime for a moment, a timedelta for
    a duration, an E.164 string for a phone, `(fact, value)` for a term, and text in its canonical form for ids.
    A moment of precision "day" stands at 00:00 of that day.
    """

    kind: str
    value: Any
    text: str
    start: int
    end: int
    certain: bool = True
    precision: str = ""
    other: tuple[Any, ...] = ()
