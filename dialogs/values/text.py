"""The text as it is read: normalised, of bounded length, with the way back to the positions in the original.

Rules: compatibility characters become their plain form (NFKC, but ½ stays), zero-width and control characters go, every
decimal digit becomes an ASCII digit, runs of white space become one space, typographic quotes and dashes become
plain ones. A character of the normalised text knows which characters of the original it came from.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

READ_AT_MOST = 2_000
"""Characters of the normalised text that are read; what follows is left alone."""

# Python's \w leaves out the Devanagari vowel signs, so words are told by this class instead.
LETTER = r"[^\W\d_]|[\u0900-\u0963\u0970-\u097f]"
INSIDE = r"[\w\u0900-\u0963\u0970-\u097f]"
BEGIN = rf"(?<!{INSIDE})"
END = rf"(?!{INSIDE})"

_WORD = re.compile(rf"(?:{LETTER})+|\d+|[^\w\s]")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_FOLDED = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-"}
_FRACTION_SLASH = "\u2044"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_NUKTA = "\u093c"
_CANDRABINDU, _ANUSVARA = "\u0901", "\u0902"
_SPELLING = str.maketrans({_NUKTA: None, _CANDRABINDU: _ANUSVARA, "\u0950": None})


@dataclass(frozen=True)
class Word:
    """A run of letters, a run of digits or a single sign; `text` is lower-case with Hindi spellings folded."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Message:
    """A normalised text, its lower-case twin of the same length, and where each character came from."""

    text: str
    low: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words in order, without white space."""
        found = _WORD.finditer(self.low)
        return tuple(Word(fold_spelling(match.group()), match.start(), match.end()) for match in found)

    @cached_property
    def names(self) -> tuple[Word, ...]:
        """The words without punctuation; "p!ne" stays one word, since that is how the name is written."""
        kept: list[Word] = []
        for word in self.words:
            joined = kept and kept[-1].end == word.start and kept[-1].text[0].isalpha()
            if joined and (word.text == "!" or kept[-1].text.endswith("!")):
                last = kept.pop()
                kept.append(Word(last.text + word.text, last.start, word.end))
            elif word.text[0].isalnum():
                kept.append(word)
        return tuple(_without_final_sign(word) if word.text.endswith("!") else word for word in kept)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that the characters from `start` to `end` (exclusive) came from."""
        if start >= end:
            return (self.starts[start], self.starts[start]) if start < len(self.starts) else (0, 0)
        return self.starts[start], self.ends[end - 1]


def normalise(text: str) -> str:
    """The text as it is read, at most 2,000 characters of it."""
    return prepare(text).text


def word_set(words: str) -> frozenset[str]:
    """The words of a table written as running text."""
    return frozenset(words.split())


def fold_spelling(word: str) -> str:
    """Hindi spellings that differ only by a dot below or by the kind of nasal sign become one."""
    return word.translate(_SPELLING)


def prepare(text: str, limit: int | None = READ_AT_MOST) -> Message:
    """The message to be read; a `limit` of None keeps the whole length, as masking needs it."""
    if (limit is None or len(text) <= limit) and _PLAIN.fullmatch(text):
        size = len(text)
        return Message(text, text.lower(), tuple(range(size)), tuple(range(1, size + 1)))
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for character, start, end in _normalised(text):
        if character == " " and (not characters or characters[-1] == " "):
            continue
        characters.append(character)
        starts.append(start)
        ends.append(end)
        if limit is not None and len(characters) >= limit:
            break
    while characters and characters[-1] == " ":
        characters.pop()
        starts.pop()
        ends.pop()
    low = "".join(_lower(character) for character in characters)
    return Message("".join(characters), low, tuple(starts), tuple(ends))


def _normalised(text: str) -> Iterator[tuple[str, int, int]]:
    for start, end in _clusters(text):
        cluster = text[start:end]
        if cluster.isspace():
            yield " ", start, end
            continue
        plain = cluster if cluster.isascii() else _plain(cluster)
        for character in plain:
            kept = _kept(character)
            if kept:
                yield kept, start, end


def _plain(cluster: str) -> str:
    """The compatibility form; a fraction such as ½ stays one sign, or it would be read as two numbers."""
    plain = unicodedata.normalize("NFKC", cluster)
    return unicodedata.normalize("NFC", cluster) if _FRACTION_SLASH in plain else plain


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Spans of one base character with the combining marks behind it, since only together do they compose."""
    start = 0
    for position in range(1, len(text)):
        if text[position] < "\u0300" or not unicodedata.combining(text[position]):
            yield start, position
            start = position
    if text:
        yield start, len(text)


def _kept(character: str) -> str:
    if " " < character <= "~":
        return character
    if character.isspace():
        return " "
    if character in _FOLDED:
        return _FOLDED[character]
    category = unicodedata.category(character)
    if category in _DROPPED or "\ufe00" <= character <= "\ufe0f":
        return ""
    return str(unicodedata.decimal(character)) if category == "Nd" else character


def _without_final_sign(word: Word) -> Word:
    bare = word.text.rstrip("!")
    return Word(bare, word.start, word.end - (len(word.text) - len(bare)))


def _lower(character: str) -> str:
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character
