"""Overlapping readings are settled here, so that words are read once: the longer wins, then the more specific."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from dialogs.values.value import Value

Read = TypeVar("Read", bound="Spanned")

_ORDER = (
    "email", "gstin", "pan", "card_number", "account_number", "last4", "ifsc", "arn", "rrn", "utr", "upi_id",
    "phone", "ifsc_like", "moment", "amount", "percent", "duration", "payment_method", "term", "yes_no", "count",
    "reference", "number",
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}
_OWN_ID = -1
"""An id of the brand's own shape comes before every general reading of the same words."""

NOTHING = "nothing"
"""The kind of a reading that only takes its words, so that no other reads them: a date still to come, a CVV."""

_NAMED = frozenset({"term", "payment_method"})


def settle(readings: Iterable[Value], guesses: Iterable[Value] = ()) -> list[Value]:
    """The readings that stand, in the order of the message; `guesses` (repaired typos) take only words left over.

    Words that name several facts of a pack keep one reading for each of them.
    """
    kept: list[Value] = []
    owners: defaultdict[int, list[Value]] = defaultdict(list)
    for batch in (readings, guesses):
        for value in sorted(batch, key=_strength):
            places = range(value.start, value.end)
            if all(_may_share(value, other) for place in places for other in owners.get(place, ())):
                kept.append(value)
                for place in places:
                    owners[place].append(value)
    return sorted(kept, key=lambda value: (value.start, value.end, value.kind, str(value.value)))


class Spanned(Protocol):
    """Something read from a stretch of the message."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def keep_longest(found: Sequence[Read]) -> list[Read]:
    """What is left, in the order of the message, when of overlapping pieces the longest is kept."""
    kept: list[Read] = []
    taken: set[int] = set()
    for piece in sorted(found, key=lambda piece: (piece.start - piece.end, piece.start)):
        places = range(piece.start, piece.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(piece)
    return sorted(kept, key=lambda piece: piece.start)


def _strength(value: Value) -> tuple[int, int, int]:
    return (value.start - value.end, _RANK.get(value.kind, _OWN_ID), value.start)


def _may_share(value: Value, other: Value) -> bool:
    """The same words may name a value for each of several facts."""
    if value.kind not in _NAMED or other.kind not in _NAMED:
        return False
    return _fact(value) != _fact(other) and (value.start, value.end) == (other.start, other.end)


def _fact(value: Value) -> object:
    return value.value[0] if value.kind == "term" else value.kind
