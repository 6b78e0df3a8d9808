"""Overlapping readings are settled here, so that words are read once: the longer wins, then the more specific."""

from collections.abc import Iterable

from dialogs.values.value import Value

_ORDER = (
    "email", "gstin", "pan", "card_number", "account_number", "last4", "ifsc", "arn", "rrn", "utr", "upi_id",
    "phone", "ifsc_like", "moment", "amount", "percent", "duration", "payment_method", "term", "yes_no", "count",
    "reference", "number",
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}
_OWN_ID = -1
"""An id of the brand's own shape comes before every general reading of the same words."""

_NAMED = frozenset({"term", "payment_method"})


def settle(readings: Iterable[Value], guesses: Iterable[Value] = ()) -> list[Value]:
    """The readings that stand, in the order of the message; `guesses` (repaired typos) take only words left over.

    Words that name several facts of a pack keep one reading for each of them.
    """
    kept: list[Value] = []
    for batch in (readings, guesses):
        for value in sorted(batch, key=_strength):
            if all(_may_stand_beside(value, other) for other in kept):
                kept.append(value)
    return sorted(kept, key=lambda value: (value.start, value.end, value.kind, str(value.value)))


def _strength(value: Value) -> tuple[int, int, int]:
    return (value.start - value.end, _RANK.get(value.kind, _OWN_ID), value.start)


def _may_stand_beside(value: Value, other: Value) -> bool:
    if value.end <= other.start or other.end <= value.start:
        return True
    if value.kind not in _NAMED or other.kind not in _NAMED:
        return False
    return _fact(value) != _fact(other) and (value.start, value.end) == (other.start, other.end)


def _fact(value: Value) -> object:
    return value.value[0] if value.kind == "term" else value.kind
