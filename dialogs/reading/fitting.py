"""Which fact a value of a message is about: the pack's own words, the words beside a figure, or what was just asked."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from dialogs.values import Value
from dialogs.values.text import fold_spelling, prepare
from policies.files import Fact

KINDS: Mapping[str, tuple[str, ...]] = {
    "time": ("moment",),
    "date": ("moment",),
    "inr": ("amount", "number"),
    "percent": ("percent", "number"),
    "count": ("count", "number"),
    "number": ("number", "count", "percent", "amount"),
    "flag": ("yes_no",),
    "word": (),
    "text": ("reference", "order_id"),
}
"""The kinds of value that answer a question for a fact of each type, the likeliest first."""

_CUED: Mapping[str, tuple[str, ...]] = {
    "time": ("moment",), "date": ("moment",), "inr": ("amount",), "percent": ("percent",), "count": ("count",),
    "number": ("number", "count"), "text": ("reference",),
}  # fmt: skip
"""The kinds that a cue beside them may give to a fact that was not asked."""
_CUE_BEFORE, _CUE_AFTER = 24, 16
"""Characters between a cue and its value."""


def fit_values(
    text: str, values: Sequence[Value], facts: Mapping[str, Fact], asked: str | None
) -> dict[str, tuple[Value, ...]]:
    """Fact → the values of `values` that fit it, in the order of the message; `asked` takes what is of its type."""
    found: dict[str, list[Value]] = {}
    used: set[int] = set()
    for index, value in enumerate(values):
        fact = _named(value, facts)
        if fact:
            found.setdefault(fact, []).append(value)
            used.add(index)
    for index, value in enumerate(values):
        if index not in used:
            for fact in _cued(text, value, facts):
                found.setdefault(fact, []).append(value)
                used.add(index)
    if asked is not None and asked in facts and asked not in found:
        answers = _answers(values, facts[asked], used)
        if answers:
            found[asked] = answers
    return {fact: tuple(kept) for fact, kept in found.items()}


def _named(value: Value, facts: Mapping[str, Fact]) -> str:
    """The fact that the value itself names: a term of the pack, an id of its shape, a way of paying."""
    if value.kind == "term":
        return str(value.value[0]) if value.value[0] in facts else ""
    return value.kind if value.kind in facts else ""


def _cued(text: str, value: Value, facts: Mapping[str, Fact]) -> list[str]:
    """The facts with a cue beside the value; where several have one, those whose cue is nearest."""
    before = _folded(text[max(0, value.start - _CUE_BEFORE) : value.start])
    after = _folded(text[value.end : value.end + _CUE_AFTER])
    distances: dict[str, int] = {}
    for name, fact in facts.items():
        if value.kind not in _CUED.get(fact.type, ()):
            continue
        for cue in map(_folded_cue, fact.cues):
            for distance in (_distance_before(before, cue), _distance_after(after, cue)):
                if distance is not None:
                    distances[name] = min(distance, distances.get(name, distance))
    nearest = min(distances.values(), default=0)
    return [name for name, distance in distances.items() if distance == nearest]


def _distance_before(before: str, cue: str) -> int | None:
    place = f" {before} ".rfind(f" {cue} ")
    return None if place < 0 else len(before) - place - len(cue)


def _distance_after(after: str, cue: str) -> int | None:
    place = f" {after} ".find(f" {cue} ")
    return None if place < 0 else place + 1


def _folded(text: str) -> str:
    return " ".join(fold_spelling(word.text) for word in prepare(text).words if word.text[0].isalnum())


@lru_cache(maxsize=2_000)
def _folded_cue(cue: str) -> str:
    """A cue of a pack, kept: there are few, and all are compared with every value."""
    return _folded(cue)


def _answers(values: Sequence[Value], fact: Fact, used: set[int]) -> list[Value]:
    """The values of the likeliest kind that fits the fact's type, leaving those that are about another fact."""
    for kind in KINDS[fact.type]:
        fitting = [
            value
            for index, value in enumerate(values)
            if value.kind == kind and index not in used and _is_within(value, fact)
        ]
        if fitting:
            return fitting
    return []


def _is_within(value: Value, fact: Fact) -> bool:
    """A bare number must be sensible for the fact; a value with its unit is left to the check of the slot."""
    if value.kind != "number" or fact.limits is None:
        return True
    low, high = fact.limits
    return bool(low <= value.value <= high)
