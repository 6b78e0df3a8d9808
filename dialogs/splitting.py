"""One message with two requests: its words are parted between the things that they name."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise

from dialogs.filling import corrects
from dialogs.heard import Heard
from dialogs.values import Value

_JOINS = re.compile(r"[,;+&\n]|\b(and|also|aur|plus|then|phir)\b|और|तथा", re.IGNORECASE)


def split_by_subject(heard: Heard, kinds: Collection[str]) -> list[Heard]:
    """The parts of `heard`, one for each id of `kinds` that it names; empty where it names fewer than two.

    A part without words of its own on what is wanted ("cancel WP-310 and WP-311") takes those of the part before it.
    """
    ids = [value for value in heard.values if value.kind in kinds]
    if len({str(value.value) for value in ids}) < 2 or corrects(heard.text):
        return []
    bounds = [0, *_bounds(heard.text, ids), len(heard.text)]
    parts: list[Heard] = []
    for start, end in pairwise(bounds):
        values = [value for value in heard.values if start <= value.start < end]
        if parts and not any(value.kind == "term" for value in values):
            values += [value for value in parts[-1].values if value.kind == "term"]
        message = replace(heard.message, text=heard.text[start:end].strip())
        moved = tuple(_moved(value, start) for value in values)
        parts.append(replace(heard, message=message, values=moved, parts=()))
    return parts


def _moved(value: Value, by: int) -> Value:
    return replace(value, start=max(value.start - by, 0), end=max(value.end - by, 0))


def _bounds(text: str, ids: list[Value]) -> Iterator[int]:
    """Where one thing ends and the next begins: at the last joining word between two ids, else behind the first id."""
    for before, after in pairwise(ids):
        if str(before.value) == str(after.value):
            continue
        joins = [match.start() for match in _JOINS.finditer(text, before.end, after.start)]
        yield joins[0] if joins else before.end
