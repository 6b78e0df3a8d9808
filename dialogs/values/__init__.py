"""Values in what a customer typed: ids, amounts, moments, references, payment methods, yes and no, a pack's terms.

Reading is pure: the message and the time it came go in, values with their places come out, and each stretch of words
is read once. What may be meant in two ways is marked as a guess and carries its other readings.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dialogs.values.answers import read_yes_no
from dialogs.values.digit_runs import find_digit_runs
from dialogs.values.language import detect_language
from dialogs.values.masking import mask_sensitive, read_codes, sensitive_spans
from dialogs.values.moments import read_moments
from dialogs.values.numbers import find_numbers
from dialogs.values.order_ids import IdPattern, read_order_ids
from dialogs.values.quantities import read_amounts, read_counts, read_durations, read_numbers, read_percents
from dialogs.values.references import read_generic, read_references
from dialogs.values.script import transliterate
from dialogs.values.settle import NOTHING, settle
from dialogs.values.short_words import spelled_out
from dialogs.values.terms import Term, TermMatcher, read_payment_methods, repair_payment_methods
from dialogs.values.text import Message, normalise, prepare
from dialogs.values.value import Value

__all__ = [
    "IdPattern",
    "Term",
    "TermMatcher",
    "Value",
    "detect_language",
    "mask_sensitive",
    "normalise",
    "read_values",
    "sensitive_spans",
    "spelled_out",
    "transliterate",
]


def read_values(
    text: str,
    now: datetime,
    *,
    direction: str = "past",
    id_patterns: Sequence[IdPattern] = (),
    terms: TermMatcher | None = None,
) -> tuple[Value, ...]:
    """The values in `text`, in order. `direction` ("past" or "future") says on which side of `now` moments lie.

    `now` must be aware; ValueError says so. No text is too odd to be read: what is not understood gives no value.
    """
    if now.tzinfo is None:
        raise ValueError("read_values needs an aware `now`: moments are given in its time zone")
    if direction not in {"past", "future"}:
        raise ValueError(f"direction is {direction!r}; it must be 'past' or 'future'")
    message = prepare(text)
    if not message.text:
        return ()
    exact = settle(_exact(message, now, direction, id_patterns, terms))
    guesses = [*repair_payment_methods(message, exact), *(terms.repair(message, exact) if terms else ())]
    kept = settle(exact, guesses)
    return tuple(_in_place(value, message, text) for value in kept if value.kind != NOTHING)


def _exact(
    message: Message, now: datetime, direction: str, id_patterns: Sequence[IdPattern], terms: TermMatcher | None
) -> list[Value]:
    numbers, runs = find_numbers(message), find_digit_runs(message)
    return [
        *read_order_ids(message, id_patterns),
        *read_codes(message),
        *read_references(message, runs),
        *read_generic(message, runs),
        *read_moments(message, numbers, now, direction=direction),
        *read_amounts(message, numbers),
        *read_percents(message, numbers),
        *read_durations(message, numbers),
        *read_counts(message, numbers),
        *read_yes_no(message),
        *read_payment_methods(message),
        *(terms.read(message) if terms else ()),
        *read_numbers(message, numbers),
    ]


def _in_place(value: Value, message: Message, text: str) -> Value:
    """The value with the words of the original message and their place in it."""
    start, end = message.origin(value.start, value.end)
    return replace(value, text=text[start:end], start=start, end=end)
