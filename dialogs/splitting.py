"""One message with two requests: its words are parted between the things that they name."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from itertools import pairwise

from dialogs.filling import corrects
from dialogs.heard import Heard, Message
from dialogs.values import Value

_JOINS = re.compile(r"[,;+&\n]|\b(and|also|aur|plus|then|phir)\b|और|तथा", re.IGNORECASE)

_JOINING_WORDS = re.compile(r"[,&+]|\b(and|also|aur|plus)\b|और|तथा", re.IGNORECASE)
# "or" is how many write aur.
_HINGLISH_JOINS = re.compile(r"[,&+]|\b(and|also|aur|or|plus)\b", re.IGNORECASE)
_BETWEEN = re.compile(
    r"[,&+]|and|also|aur|plus|n|the|my|for|orders?|mera|meri|mere|k[aie]|id|no|number|और|तथा", re.IGNORECASE
)
_ID_NUMBER = re.compile(r"\s*\d{3,}\s*$")
_LONGEST_BETWEEN = 5
_BREAKS = re.compile(r"[.,;\n]|\b(and|aur|but)\b|और", re.IGNORECASE)
_ASKING = ("policy_question", "what_if", "refund_status", "start_refund", "out_of_scope")
_JOINS_QUESTIONS = re.compile(r"[,;?\n]+|(?<!\w)(and|aur|also|plus|n|&|और|तथा)(?!\w)", re.IGNORECASE)
# How many words a message with two questions has, and each of them at least; how sure each must be.
_LEAST_ASKED, _MOST_ASKED, _LEAST_IN_A_QUESTION = 4, 40, 2
_SURELY_ASKED = 0.5
_ALSO = re.compile(r"\b(bhi|too|also|as well)\b|भी", re.IGNORECASE)
_WANTS = re.compile(
    r"\b(refund\w*|cancel\w*|return\w*|replac\w*|exchange|wapas|vapas|money back|badal\w*)\b|रिफंड|कैंसिल|वापस|बदल",
    re.IGNORECASE,
)


def split_by_subject(
    heard: Heard, kinds: Collection[str], deciding: Collection[str] = ()
) -> tuple[list[Heard], Heard | None]:
    """The parts of `heard`, one for each id of `kinds` that it names, else for each subject that it wants something
    of; and what it says of them by name afterwards, if anything.

    A subject is a word of a fact in `deciding`, which tells the kind of claim ("refund my dsc and cancel the gst
    registration"). Things named in one breath ("both the token and the website") share the rest of the message. Empty
    where there are fewer than two.
    """
    if corrects(heard.text):
        return [], None
    ids = _ids(heard, kinds)
    subjects = [value for value in heard.values if value.kind == "term" and value.value[0] in deciding]
    kinds_of_subject = dict.fromkeys(_sort(value) for value in subjects)
    of_one_sort = [[value for value in subjects if _sort(value) == sort] for sort in kinds_of_subject]
    for values in (ids, *of_one_sort):
        listed = _list_of(heard, values)
        if listed and _WANTS.search(heard.text):
            return _from_list(heard, listed, [value for value in values if value.start >= listed[-1].end])
    if len({str(value.value) for value in ids}) >= 2:
        return parted(heard, [0, *_bounds(heard.text, ids), len(heard.text)], carry=True), None
    joins = _HINGLISH_JOINS if heard.language == "hinglish" else _JOINING_WORDS
    bounds = [0, *_joined_bounds(heard.text, subjects, joins), len(heard.text)]
    wanted = all(_WANTS.search(heard.text[start:end]) for start, end in pairwise(bounds))
    # "X … and Y also cancel": the other is wanted too.
    last = heard.text[bounds[-2] :]
    wanted = wanted or (_ALSO.search(last) is not None and _WANTS.search(last) is not None)
    return (parted(heard, bounds, carry=True), None) if len(bounds) > 2 and wanted else ([], None)


def _ids(heard: Heard, kinds: Collection[str]) -> list[Value]:
    """The ids in a message: those of the company's own shape, else references of one shape, else numbers in a list."""
    ids = [value for value in heard.values if value.kind in kinds]
    if len(ids) >= 2:
        return ids
    references = [value for value in heard.values if value.kind == "reference"]
    if len({re.sub(r"\d+", "0", str(value.value)) for value in references}) == 1 and len(references) >= 2:
        return references
    numbers = [value for value in heard.values if value.kind == "number" and _ID_NUMBER.match(value.text)]
    return numbers if any(value.kind == "count" and value.value == len(numbers) for value in heard.values) else []


def _list_of(heard: Heard, values: list[Value]) -> list[Value]:
    """The first values that stand in a list ("X and Y", "X, Y aur Z"); empty where only some of them are spoken of
    later: then the message is about those.
    """
    listed: list[Value] = []
    bare = heard.text
    words = bool(values) and values[0].kind == "term"
    for term in [value for value in heard.values if words and value.kind == "term" and value not in values]:
        bare = bare[: term.start] + " " * (term.end - term.start) + bare[term.end :]
    for value in values:
        if listed and not _are_joined(bare[listed[-1].end : value.start]):
            break
        listed.append(value)
    names = {str(value.value) for value in listed}
    later = {str(value.value) for value in values[len(listed) :]}
    several = any(value.kind == "count" and value.value == len(listed) for value in heard.values)
    whole = len(names) == len(listed) >= 2 and (not later or later == names or several)
    return listed if whole else []


def _sort(value: Value) -> str:
    """Of what sort a value is: the fact of a term, the kind of any other."""
    return str(value.value[0]) if value.kind == "term" else value.kind


def _are_joined(between: str) -> bool:
    words = re.findall(r"\w+|[,&+]", between)
    return 0 < len(words) <= _LONGEST_BETWEEN and all(_BETWEEN.fullmatch(word) for word in words)


def _from_list(heard: Heard, listed: list[Value], later: list[Value]) -> tuple[list[Heard], Heard | None]:
    """A part for each thing in the list: the message without the others, and without sums, which may be of any."""
    text, end = heard.text, len(heard.text)
    if later:
        breaks = [match.start() for match in _BREAKS.finditer(text, listed[-1].end, later[0].start)]
        end = breaks[-1] if breaks else later[0].start
    parts = []
    for own in listed:
        others = [value for value in listed if value is not own]
        blanked = text[:end]
        for value in others:
            blanked = blanked[: value.start] + " " * (value.end - value.start) + blanked[value.end :]
        values = tuple(
            value
            for value in heard.values
            if value is own
            or (
                value.end <= end
                and value.kind not in ("amount", "number", "count")
                and not any(value.start < other.end and other.start < value.end for other in listed)
            )
        )
        parts.append(replace(heard, message=replace(heard.message, text=blanked), values=values, parts=()))
    rest = parted(heard, [end, len(text)])[0] if later else None
    return parts, rest


def parted(heard: Heard, bounds: list[int], carry: bool = False) -> list[Heard]:
    """The stretches of a message between `bounds`, each with its own values.

    `carry`: a part without terms takes those of the part before it.
    """
    parts: list[Heard] = []
    for start, end in pairwise(bounds):
        values = [value for value in heard.values if start <= value.start < end]
        if carry and parts and not any(value.kind == "term" for value in values):
            values += [value for value in parts[-1].values if value.kind == "term"]
        message = replace(heard.message, text=heard.text[start:end].strip())
        cut = start + len(heard.text[start:end]) - len(heard.text[start:end].lstrip())
        moved = tuple(_moved(value, cut) for value in values)
        parts.append(replace(heard, message=message, values=moved, parts=()))
    return parts


def _joined_bounds(text: str, subjects: list[Value], joining: re.Pattern[str]) -> Iterator[int]:
    """The joining words between two subjects that differ."""
    for before, after in pairwise(subjects):
        joins = [match.start() for match in joining.finditer(text, before.end, after.start)]
        if joins and before.value[0] == after.value[0] and before.value != after.value:
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


def ask_apart(heard: Heard, read: Callable[[Message], Heard]) -> Heard:
    """`heard` with the separate questions in it as its parts, where the reading took it for one.

    People join two questions by "and", a comma or a new line, and say them without a question word. `read` reads a
    stretch by itself: two stretches are two questions where each is surely answered, and by another clause.
    """
    words = len(heard.text.split())
    if heard.parts or heard.intent not in _ASKING or not _LEAST_ASKED <= words <= _MOST_ASKED:
        return heard
    for match in _JOINS_QUESTIONS.finditer(heard.text):
        stretches = [heard.text[: match.start()].strip(), heard.text[match.end() :].strip()]
        if any(len(each.split()) < _LEAST_IN_A_QUESTION for each in stretches):
            continue
        parts = tuple(read(replace(heard.message, text=each)) for each in stretches)
        if all(_is_asked(part) for part in parts) and _differ(parts[0], parts[1]):
            return replace(heard, parts=parts)
    return heard


def _is_asked(part: Heard) -> bool:
    return part.answerable >= _SURELY_ASKED and bool(part.clauses) and part.intent in _ASKING


def _differ(one: Heard, other: Heard) -> bool:
    """Whether two stretches are answered by clauses that do not stand under one another."""
    first, second = one.clauses[0][0], other.clauses[0][0]
    return not first.startswith(second) and not second.startswith(first)
