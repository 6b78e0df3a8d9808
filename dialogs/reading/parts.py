"""Where one message may end and another begin: "can i get a new one and courier charge who will give?".

A cut is proposed where both sides ask or demand something in their own words; at an "and" also where neither does, for
people tell two troubles in one breath. Whether both sides stand alone is judged by their own scores.
"""

import re
from dataclasses import dataclass

from dialogs.values.text import word_set

SHORTEST = 3
"""Words; fewer say nothing without the rest of the message."""
_LONGEST = 60
"""Words; a longer message is a story, and is read as one."""
_AT_MOST = 4

_STRONG = re.compile(r"\n+|[?]+\s*(?=\S)|[.!।]\s+(?=\S)")
_WEAK = re.compile(
    r"[,;]\s*(?:and|aur|also|or|plus|और)\s+|\s+(?:and|aur|also|plus|n|&|और|तथा|और भी)\s+|\s*[,;]\s*|\s+-+\s+|\.\.+\s*",
    re.IGNORECASE,
)


_JOINS = re.compile(r"and|aur|also|plus|और|तथा|&", re.IGNORECASE)
_ASKS = word_set(
    """
    what how when where why who whom which can could should will would is are do does did may shall any whether
    kya kab kaise kese kitna kitne kitni kyu kyun kyon kaun kon kaunsa konsa kaha kahan kis kisko kise kiska kiski kisse
    milega milegi milenge doge denge hoga hogi honge sakta sakte sakti
    क्या कब कैसे कितना कितने कितनी क्यों कौन कहाँ कहां किस किसको किसे किसका मिलेगा मिलेगी होगा होगी सकता सकते सकती
    """
)
_DEMANDS = word_set(
    """
    cancel refund return replace exchange stop withdraw close give send transfer
    wapas vapas lautao badlo bhejo रद्द कैंसिल रिफंड वापस
    """
)
_WORD = re.compile(r"[\w\u0900-\u097f]+")


@dataclass(frozen=True)
class Cut:
    """A place between two stretches of a text: the first ends at `end`, the second begins at `start`.

    `tells` says that the two sides only tell something, so that they must be very sure to be two.
    """

    end: int
    start: int
    tells: bool = False


def cuts(text: str) -> list[Cut]:
    """The places at which `text` may be cut in two."""
    if not 2 * SHORTEST <= len(text.split()) <= _LONGEST:
        return []
    found = []
    for match in [*_STRONG.finditer(text), *_WEAK.finditer(text)]:
        # A question mark stays with its question.
        end = match.start() + (len(match.group().rstrip()) if "?" in match.group() else 0)
        first, second = text[:end], text[match.end() :]
        if not (_says_enough(first) and _says_enough(second)):
            continue
        speaks = _asks(first) + _asks(second)
        if speaks == 2 or (speaks == 0 and _JOINS.search(match.group())):
            found.append(Cut(end, match.end(), tells=speaks == 0))
    return list(dict.fromkeys(found))[:_AT_MOST]


def _says_enough(text: str) -> bool:
    return sum(any(character.isalnum() for character in word) for word in text.split()) >= SHORTEST


def _asks(text: str) -> bool:
    """Whether a stretch asks or demands something in words of its own."""
    words = _WORD.findall(text.lower())
    return "?" in text or any(word in _ASKS for word in words) or any(word in _DEMANDS for word in words[:2])
