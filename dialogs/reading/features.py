"""What a message looks like to the classifiers: words, pairs of words, concepts and pieces of words.

All functions are pure. Features are names; the classifier hashes them. The three families are kept apart, so that
each is weighed as a whole: many pieces of words must not drown the few concepts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from dialogs.reading.lexicon import Lexicon
from dialogs.reading.spelling import PARTS_OF_WHOLE, keys_of

SHORTEST_REPAIRED = 5
"""Letters; in shorter words one wrong letter makes another word."""
PIECES = range(2, 6)


@dataclass(frozen=True)
class Features:
    """The features of one text, by family."""

    words: tuple[str, ...]
    concepts: tuple[str, ...]
    pieces: tuple[str, ...]


class Featurer:
    """Gives texts their features, repairing typos against the words it knows."""

    def __init__(self, lexicon: Lexicon, known: Iterable[str]) -> None:
        self._lexicon = lexicon
        self._known = frozenset(known) | lexicon.words
        self._targets = sorted(word for word in self._known if len(word) >= SHORTEST_REPAIRED)
        self._repaired: dict[str, str] = {}

    def features(self, text: str) -> Features:
        """The features of `text`."""
        return self.of_words(keys_of(text))

    def of_words(self, keys: Sequence[str]) -> Features:
        """The features of a text whose words are known already, as `keys_of` gives them."""
        words = [self._repair(word) for word in keys]
        return Features(
            tuple(_words(words)), tuple(_concepts([*self._lexicon.find(words), *_shapes(words)])), tuple(_pieces(words))
        )

    def _repair(self, word: str) -> str:
        if len(word) < SHORTEST_REPAIRED or word in self._known or not word.isalpha():
            return word
        if word not in self._repaired:
            slips = 1 if len(word) < 8 else 2
            best = process.extractOne(word, self._targets, scorer=OSA.distance, score_cutoff=slips)
            if len(self._repaired) >= 20_000:
                self._repaired.clear()
            self._repaired[word] = best[0] if best else word
        return self._repaired[word]


def _shapes(words: Sequence[str]) -> Iterable[str]:
    """A part of the whole decides as much as a concept does."""
    return (word for word in words if word in PARTS_OF_WHOLE)


def _words(words: Sequence[str]) -> Iterable[str]:
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(words))


def _concepts(concepts: Sequence[str]) -> Iterable[str]:
    named = [f"={concept}" for concept in concepts]
    yield from named
    yield from (f"{first} {second}" for first, second in pairwise(named))


def _pieces(words: Sequence[str]) -> Iterable[str]:
    for word in words:
        if not word.isalpha():
            continue
        bounded = f"<{word}>"
        for size in PIECES:
            for start in range(max(len(bounded) - size + 1, 0)):
                yield bounded[start : start + size]
