"""Where one message may end and another begin: "can i get a new one and courier charge who will give?".

Places are only proposed here, the strongest first; whether both sides stand alone is judged by their own scores.
"""

import re
from dataclasses import dataclass

SHORTEST = 3
"""Words; fewer say nothing without the rest of the message."""
_LONGEST = 60
"""Words; a longer message is a story, and is read as one."""
_AT_MOST = 6

_STRONG = re.compile(r"\n+|[?]+\s*(?=\S)|[.!।]\s+(?=\S)")
_WEAK = re.compile(
    r"[,;]\s*(?:and|aur|also|or|plus|और)\s+|\s+(?:and|aur|also|plus|n|&|और|तथा|और भी)\s+|\s*[,;]\s*|\s+-+\s+|\.\.+\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cut:
    """A place between two stretches of a text; `end` of the first, `start` of the second."""

    end: int
    start: int


def cuts(text: str) -> list[Cut]:
    """The places at which `text` may be cut in two, each side long enough to say something."""
    if not 2 * SHORTEST <= len(text.split()) <= _LONGEST:
        return []
    strong = [_after_mark(match) for match in _STRONG.finditer(text)]
    weak = [Cut(match.start(), match.end()) for match in _WEAK.finditer(text)]
    found = dict.fromkeys([*strong, *weak])
    return [cut for cut in found if _says_enough(text[: cut.end]) and _says_enough(text[cut.start :])][:_AT_MOST]


def _after_mark(match: re.Match[str]) -> Cut:
    """A question mark stays with its question."""
    kept = len(match.group().rstrip()) if "?" in match.group() else 0
    return Cut(match.start() + kept, match.end())


def _says_enough(text: str) -> bool:
    return sum(any(character.isalnum() for character in word) for word in text.split()) >= SHORTEST
