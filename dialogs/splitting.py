"""One message with two requests: its words are parted between the things that they name."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise

from dialogs.filling import corrects
from dialogs.heard import Heard
from dialogs.values import Value

_JOINS = re.compile(r"[,;+&\n]|\b(and|also|aur|plus|then|phir)\b|और|तथा", re.IGNORECASE)

_JOINING_WORDS = re.compile(r"\b(and|also|aur|plus)\b|और|तथा", re.IGNORECASE)
_WANTS = re.compile(
    r"\b(refund\w*|cancel\w*|return\w*|replac\w*|exchange|wapas|vapas|money back|badal\w*)\b|रिफंड|कैंसिल|वापस|बदल",
    re.IGNORECASE,
)


def split_by_subject(heard: Heard, kinds: Collection[str], deciding: Collection[str] = ()) -> list[Heard]:
    """The parts of `heard`, one for each id of `kinds` that it names, else for each subject that it wants something of.

    A subject is a word of a fact in `deciding`, which tells the kind of claim ("refund my dsc and cancel the gst
    registration"). Empty where there are fewer than two. A part without words of its own on what is wanted ("cancel
    WP-310 and WP-311") takes those of the part before it.
    """
    if corrects(heard.text):
        return []
    ids = [value for value in heard.values if value.kind in kinds]
    if len({str(value.value) for value in ids}) >= 2:
        return _parted(heard, [0, *_bounds(heard.text, ids), len(heard.text)])
    subjects = [value for value in heard.values if value.kind == "term" and value.value[0] in deciding]
    bounds = [0, *_joined_bounds(heard.text, subjects), len(heard.text)]
    wanted = all(_WANTS.search(heard.text[start:end]) for start, end in pairwise(bounds))
    return _parted(heard, bounds) if len(bounds) > 2 and wanted else []


def _parted(heard: Heard, bounds: list[int]) -> list[Heard]:
    parts: list[Heard] = []
    for start, end in pairwise(bounds):
        values = [value for value in heard.values if start <= value.start < end]
        if parts and not any(value.kind == "term" for value in values):
            values += [value for value in parts[-1].values if value.kind == "term"]
        message = replace(heard.message, text=heard.text[start:end].strip())
        moved = tuple(_moved(value, start) for value in values)
        parts.append(replace(heard, message=message, values=moved, parts=()))
    return parts


def _joined_bounds(text: str, subjects: list[Value]) -> Iterator[int]:
    """The joining words between two subjects that differ."""
    for before, after in pairwise(subjects):
        joins = [match.start() for match in _JOINING_WORDS.finditer(text, before.end, after.start)]
        if joins and before.value != after.value:
            yield joins[0]


def _moved(value: Value, by: int) -> Value:
    return replace(value, start=max(value.start - by, 0), end=max(value.end - by, 0))


def _bounds(text: str, ids: list[Value]) -> Iterator[int]:
    """Where one thing ends and the next begins: at the last joining word between two ids, else behind the first id."""
    for before, after in pairwise(ids):
        if str(before.value) == str(after.value):
            continue
        joins = [match.start() for match in _JOINS.finditer(text, before.end, after.start)]
        yield joins[0] if joins else before.end
