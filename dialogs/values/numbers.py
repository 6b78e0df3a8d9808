"""Numbers in figures and in words: "1,25,000.50", "1.5k", "paanch sau", "sadhe teen hazar", "ek lakh bees hazaar"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dialogs.values.number_words import EVERYDAY, FRACTIONS, OFFSETS, SCALES, UNITS
from dialogs.values.text import LETTER, Message, fold_spelling

_MOST_DIGITS = 15
"""A longer run of digits is a reference, never a quantity."""

_NUMBERS_AT_MOST = 200
"""Number phrases that are read; nobody writes more in a message that is meant."""

_TOKEN = re.compile(rf"\d+(?:,\d{{2,3}})*(?:\.\d+)?|(?:{LETTER})+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?")
_GAP = re.compile(r"[ -]?")
_ATTACHED = frozenset({"l"})
"""Scale letters that count only when they touch the figure, as in "5L"."""


@dataclass(frozen=True)
class Number:
    """One number phrase; `start` and `end` are positions in the normalised text."""

    value: Decimal
    start: int
    end: int
    in_words: bool
    scaled: bool
    everyday: bool
    """Whether the phrase is a single word that mostly means something else ("do", "one")."""
    grouped: bool = False
    """Whether the figures are grouped by commas, as people do with money."""


@dataclass(frozen=True)
class _Token:
    kind: str  # "figure" | "unit" | "scale" | "fraction" | "offset" | "and" | "other"
    value: Decimal
    text: str
    start: int
    end: int


def find_numbers(message: Message) -> tuple[Number, ...]:
    """Every number phrase of the message, from left to right, none overlapping another, 200 at most."""
    tokens = [token for match in _TOKEN.finditer(message.low) for token in _tokens(match)]
    found: list[Number] = []
    position = 0
    while position < len(tokens) and len(found) < _NUMBERS_AT_MOST:
        reader = _Phrase(message.low, tokens, position)
        number = reader.read()
        if number is not None:
            found.append(number)
        position = max(reader.position, position + 1)
    return tuple(found)


def _tokens(match: re.Match[str]) -> Sequence[_Token]:
    text, start = match.group(), match.start()
    if not text[0].isdecimal():
        return [_word_token(text, start)]
    if "," in text and not _GROUPED.fullmatch(text):
        pieces = re.finditer(r"\d+(?:\.\d+)?", text)
        return [token for piece in pieces if (token := _figure(piece.group(), start + piece.start()))]
    token = _figure(text, start)
    return [token] if token else []


def _figure(text: str, start: int) -> _Token | None:
    if len(text) > _MOST_DIGITS + 6 or sum(character.isdecimal() for character in text) > _MOST_DIGITS:
        return _Token("other", Decimal(0), text, start, start + len(text))
    return _Token("figure", Decimal(text.replace(",", "")), text, start, start + len(text))


def _word_token(text: str, start: int) -> _Token:
    word = fold_spelling(text)
    for kind, table in (("unit", UNITS), ("scale", SCALES), ("fraction", FRACTIONS), ("offset", OFFSETS)):
        if word in table:
            return _Token(kind, table[word], word, start, start + len(text))
    if word in _ATTACHED:
        return _Token("scale", SCALES["lakh"], word, start, start + len(text))
    return _Token("and" if word == "and" else "other", Decimal(0), word, start, start + len(text))


class _Phrase:
    """Reads one number phrase from a position; afterwards `position` is the first token not used."""

    def __init__(self, text: str, tokens: Sequence[_Token], position: int) -> None:
        self.text = text
        self.tokens = tokens
        self.position = position
        self.first = position
        self.total = Decimal(0)
        self.current: Decimal | None = None
        self.last_scale: Decimal | None = None

    def read(self) -> Number | None:
        while self.position < len(self.tokens) and self._touches() and self._take(self.tokens[self.position]):
            self.position += 1
        used = self.tokens[self.first : self.position]
        if not used:
            return None
        start, end = used[0].start, used[-1].end
        return Number(
            value=self.total + (self.current or 0),
            start=start,
            end=end,
            in_words=all(token.kind != "figure" for token in used),
            scaled=any(token.kind == "scale" for token in used),
            everyday=len(used) == 1 and used[0].text in EVERYDAY,
            grouped=any("," in token.text for token in used),
        )

    def _touches(self) -> bool:
        if self.position == self.first:
            return True
        gap = self.text[self.tokens[self.position - 1].end : self.tokens[self.position].start]
        return bool(_GAP.fullmatch(gap))

    def _take(self, token: _Token) -> bool:
        match token.kind:
            case "figure":
                return self._take_figure(token.value)
            case "unit":
                return self._take_unit(token.value)
            case "scale":
                return self._take_scale(token)
            case "fraction":
                return self._take_figure(token.value)
            case "offset":
                return self._take_offset(token.value)
            case "and":
                return self._joins()
        return False

    def _take_figure(self, value: Decimal) -> bool:
        if self.current is not None:
            return False
        if self.last_scale is not None and value >= self.last_scale:
            return False
        self.current = value
        return True

    def _take_unit(self, value: Decimal) -> bool:
        if self.current is None:
            return self._take_figure(value)
        previous = self.tokens[self.position - 1]
        after_hundred = previous.kind in {"scale", "and"} and self.current % 100 == 0
        after_tens = previous.kind == "unit" and previous.value in range(20, 100, 10) and 0 < value < 10
        if not (after_hundred or after_tens):
            return False
        self.current += value
        return True

    def _take_scale(self, token: _Token) -> bool:
        scale = token.value
        if token.text in _ATTACHED and (self.current is None or self._previous_end() != token.start):
            return False
        if scale == 100:
            if self.current is not None and not 0 < self.current < 100:
                return False
            self.current = (self.current or Decimal(1)) * 100
            return True
        if self.current is None or (self.last_scale is not None and scale >= self.last_scale):
            return False
        self.total += self.current * scale
        self.current = None
        self.last_scale = scale
        return True

    def _take_offset(self, offset: Decimal) -> bool:
        """ "Sadhe teen" is 3.5; before a scale word "sava" and "paune" count from one: sava lakh is 1.25 lakh."""
        following = self._following()
        if self.current is not None or following is None:
            return False
        if following.kind in {"unit", "figure"}:
            self.position += 1
            self.current = following.value + offset
            return True
        if following.kind == "scale" and offset != OFFSETS["sadhe"]:
            self.current = 1 + offset
            return True
        return False

    def _joins(self) -> bool:
        """ "And" belongs to a number only between a scale word and a number word: "two lakh and five thousand"."""
        following = self._following()
        after_scale = self.position > self.first and self.tokens[self.position - 1].kind == "scale"
        return after_scale and following is not None and following.kind == "unit"

    def _following(self) -> _Token | None:
        if self.position + 1 >= len(self.tokens):
            return None
        token = self.tokens[self.position + 1]
        gap = self.text[self.tokens[self.position].end : token.start]
        return token if _GAP.fullmatch(gap) else None

    def _previous_end(self) -> int:
        return self.tokens[self.position - 1].end
