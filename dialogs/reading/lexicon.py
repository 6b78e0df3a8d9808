"""Words that mean the same: the concepts of dialogs/training/lexicon.yaml, found in a message's words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from dialogs.reading.spelling import AMOUNT, keys_of
from policies.yaml_source import read_model


class _Concept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    en: tuple[str, ...] = ()
    hinglish: tuple[str, ...] = ()
    hi: tuple[str, ...] = ()


class _LexiconFile(BaseModel):
    """lexicon.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concepts: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], _Concept]


class Lexicon:
    """Concepts by the phrases that name them; the longest phrase at a place is the one that counts."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self._concepts: dict[tuple[str, ...], tuple[str, ...]] = {}
        for concept, listed in phrases.items():
            for phrase in listed:
                key = tuple(keys_of(phrase))
                # A figure is a shape by now: "hundred" must not be found in every amount.
                if key and AMOUNT not in key and concept not in self._concepts.get(key, ()):
                    self._concepts[key] = (*self._concepts.get(key, ()), concept)
        self._longest = max(map(len, self._concepts), default=0)
        self.words = frozenset(word for phrase in self._concepts for word in phrase)

    @classmethod
    def parse(cls, text: str, file: str = "lexicon.yaml") -> "Lexicon":
        """The lexicon of a file's text. Raises `PackError` with file and line."""
        concepts = read_model(file, text, _LexiconFile).concepts
        return cls({name: (*words.en, *words.hinglish, *words.hi) for name, words in concepts.items()})

    def find(self, words: Sequence[str]) -> list[str]:
        """The concepts named by `words` (as `keys_of` gives them), in order."""
        found: list[str] = []
        position = 0
        while position < len(words):
            size = self._size_at(words, position)
            found += self._concepts.get(tuple(words[position : position + size]), ())
            position += max(size, 1)
        return found

    def _size_at(self, words: Sequence[str], position: int) -> int:
        for size in range(min(self._longest, len(words) - position), 0, -1):
            if tuple(words[position : position + size]) in self._concepts:
                return size
        return 0
