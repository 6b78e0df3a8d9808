"""Words that mean the same: the concepts of dialogs/training/lexicon.yaml, found in a message's words."""

from collections.abc import Mapping, Sequence
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

    def __init__(self, concepts: Mapping[str, Sequence[str]]) -> None:
        """`concepts` are the names by phrase, whose words are spelled as `keys_of` gives them."""
        self.concepts = {phrase: tuple(names) for phrase, names in concepts.items()}
        self._phrases = {tuple(phrase.split(" ")): names for phrase, names in self.concepts.items()}
        self._longest = max(map(len, self._phrases), default=0)
        self.words = frozenset(word for phrase in self._phrases for word in phrase)

    @classmethod
    def parse(cls, text: str, file: str = "lexicon.yaml") -> "Lexicon":
        """The lexicon of a file's text. Raises `PackError` with file and line."""
        found: dict[str, list[str]] = {}
        for name, words in read_model(file, text, _LexiconFile).concepts.items():
            for phrase in (*words.en, *words.hinglish, *words.hi):
                keys = keys_of(phrase)
                names = found.setdefault(" ".join(keys), [])
                # A figure is a shape by now: "hundred" must not be found in every amount.
                if AMOUNT not in keys and name not in names:
                    names.append(name)
        return cls({phrase: names for phrase, names in found.items() if phrase and names})

    def find(self, words: Sequence[str]) -> list[str]:
        """The concepts named by `words` (as `keys_of` gives them), in order."""
        found: list[str] = []
        position = 0
        while position < len(words):
            size = self._size_at(words, position)
            found += self._phrases.get(tuple(words[position : position + size]), ())
            position += max(size, 1)
        return found

    def _size_at(self, words: Sequence[str], position: int) -> int:
        for size in range(min(self._longest, len(words) - position), 0, -1):
            if tuple(words[position : position + size]) in self._phrases:
                return size
        return 0
