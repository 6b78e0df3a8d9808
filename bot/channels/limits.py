"""How long a message of each channel may be, and how a longer text is cut into several.

A text is cut where it hurts least: between paragraphs, else lines, else sentences, else words; never inside a clause's
id, an amount, a link or words in bold, unless one of these alone is longer than a message may be.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most that a text may have on a channel, alone and with buttons or a list; in UTF-16 units, see `length`."""

    text: int
    with_buttons: int


# A channel that is not named here takes any text.
LIMITS = {"whatsapp": Limits(1600, 1024), "telegram": Limits(4096, 4096)}
SHORTEST = min(limits.with_buttons for limits in LIMITS.values())

# What stays in one piece although it has blanks in it; words without blanks stay whole anyway.
_WHOLE = re.compile(
    r"""
      (?<![\w*])\*(?=[^\s*])[^*\n]+(?<=\S)\*(?![\w*])       # words in bold
    | (?:₹|\bRs\.?|\bINR)\s*[\d,]+(?:\.\d+)?                # an amount
    | \b[\d,]+(?:\.\d+)?\s+(?:rupees|रुपये)
    | (?:\bclauses?|क्लॉज़)\s+[^\s,;()]+(?:,\s[^\s,;()]*\d[^\s,;()]*)*   # the ids of clauses with the word before them
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Best first: the end of a paragraph, a line, a sentence, a word.
_BREAKS = tuple(
    re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?।…])\s+|(?<=[.!?।…][\"'”’)\]])\s+", r"\s+")
)
_LEAST_SHARE = 3


def length(text: str) -> int:
    """The length as the strictest of the channels counts it: most emoji are two."""
    return len(text) + sum(character > "\uffff" for character in text)


def split_for(channel: str, text: str, *, buttons: bool) -> tuple[str, ...]:
    """`text` in as many messages as `channel` needs; with `buttons` the last is short enough to carry them."""
    limits = LIMITS.get(channel)
    if limits is None:
        return (text,)
    return split(text, limits.text, limits.with_buttons if buttons else limits.text)


def split(text: str, most: int, last: int) -> tuple[str, ...]:
    """`text` in parts of at most `most`, the last of at most `last`; one that fits comes back as it is."""
    if length(text) <= last:
        return (text,)
    rest, parts = text.strip(), []
    while length(rest) > last:
        cut = _cut(rest, min(most, length(rest) - 1))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return (*parts, rest)


def _cut(text: str, most: int) -> int:
    """Where the first part of `text` ends: the best break that leaves it at most `most` long, and not tiny."""
    end = _fitting(text, most)
    whole = [match.span() for match in _WHOLE.finditer(text) if length(match[0]) <= most]
    blanks: list[int] = []
    for breaks in _BREAKS:
        starts = (match.start() for match in breaks.finditer(text))
        blanks = [start for start in starts if start <= end and not _inside(start, whole)]
        if blanks and blanks[-1] >= end // _LEAST_SHARE:
            return blanks[-1]
    return blanks[-1] if blanks else _cut_word(text, end, whole)


def _cut_word(text: str, end: int, whole: Sequence[tuple[int, int]]) -> int:
    """Where a text without any break is cut: before what stays whole, else in a word, after a letter and its signs."""
    before = [start for start, stop in whole if 0 < start < end < stop]
    if before:
        return before[0]
    while end > 1 and (unicodedata.category(text[end]).startswith("M") or "\u200d" in text[end - 1 : end + 1]):
        end -= 1
    return end


def _inside(position: int, whole: Sequence[tuple[int, int]]) -> bool:
    return any(start < position < stop for start, stop in whole)


def _fitting(text: str, most: int) -> int:
    """How many characters from the start of `text` are at most `most` long; one at least."""
    end = min(len(text), most)
    while end > 1 and length(text[:end]) > most:
        end -= max(1, (length(text[:end]) - most) // 2)
    return max(end, 1)
