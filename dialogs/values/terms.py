"""Values that a pack names in its own words ("pen drive thing" is a usb_token), and the payment methods.

The exact phrases are looked up run of words by run of words (decision record 0005); rapidfuzz repairs typos, which
are guesses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rapidfuzz import fuzz, process

from dialogs.values.payment_words import NOT_A_METHOD, PAYMENT_WORDS, UNCLEAR_WORDS
from dialogs.values.short_words import SAME_WORD, WRITTEN_ON
from dialogs.values.text import Message, Word, prepare
from dialogs.values.value import Value

SHORTEST_REPAIRED = 5
"""Letters; in shorter words one wrong letter makes another word."""
REPAIRED_FROM = 88
"""Score of rapidfuzz's ratio (0-100) from which a typo is taken for the word."""
_REPAIRED_AT_MOST = 80
"""Words of a message that are compared; a longer one is told in other words anyway."""

_NEGATIONS = frozenset("no not nahi nhi na mat never without bina a".split())  # noqa: SIM905 - reads as the list it is
_NEGATING = ("un", "in", "non", "dis")

_SHORTEST_VERB = 2


@dataclass(frozen=True)
class Term:
    """One value of one fact, and the words (phrases) customers use for it."""

    fact: str
    value: str
    words: tuple[str, ...]


class TermMatcher:
    """Finds the terms it was built with. Building takes milliseconds per hundred phrases: build once for each pack."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._meanings: dict[str, list[tuple[str, str]]] = {}
        phrases = {phrase: prepare(phrase).names for term in terms for phrase in term.words}
        self._known = frozenset(_spelled(word) for words in phrases.values() for word in words)
        for term in terms:
            for phrase in term.words:
                key = " ".join(_spelled(word) for word in self._apart(phrases[phrase]))
                named = (term.fact, term.value)
                if key and named not in self._meanings.setdefault(key, []):
                    self._meanings[key].append(named)
        self._sizes = sorted({key.count(" ") + 1 for key in self._meanings})
        self._first = frozenset(key.partition(" ")[0] for key in self._meanings)
        self._repairable = {
            size: [key for key in self._meanings if key.count(" ") == size - 1 and len(key) >= SHORTEST_REPAIRED]
            for size in self._sizes
        }

    def read(self, message: Message) -> Iterator[Value]:
        """The terms whose words stand in the message exactly, whatever the case; overlapping ones are all given."""
        words = self._apart(message.names)
        told = [_spelled(word) for word in words]
        for start, first in enumerate(told):
            if first not in self._first:
                continue
            for size in self._sizes:
                key = " ".join(told[start : start + size])
                if start + size <= len(told) and key in self._meanings:
                    yield from self._values(key, words[start], words[start + size - 1])

    def _apart(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """The words, with a verb that is written on to the one before it taken off, where phrases have both."""
        return tuple(part for word in words for part in self._in_two(word))

    def _in_two(self, word: Word) -> tuple[Word, ...]:
        if not word.text.endswith(WRITTEN_ON):
            return (word,)
        for ending in WRITTEN_ON:
            cut = word.end - len(ending)
            if not word.text.endswith(ending) or cut - word.start < _SHORTEST_VERB:
                continue
            verb, helper = Word(word.text[: -len(ending)], word.start, cut), Word(ending, cut, word.end)
            if {_spelled(verb), _spelled(helper)} <= self._known:
                return (verb, helper)
        return (word,)

    def repair(self, message: Message, known: Sequence[Value]) -> Iterator[Value]:
        """Terms with a typo, all guesses, from words that no value of `known` covers."""
        words = message.names[:_REPAIRED_AT_MOST]
        texts = [word.text for word in words]
        # How many words from here on may belong to one phrase.
        free = [0] * (len(words) + 1)
        for position in reversed(range(len(words))):
            word = words[position]
            taken = any(value.start < word.end and word.start < value.end for value in known)
            free[position] = 0 if taken or not word.text[0].isalpha() else free[position + 1] + 1
        for size, phrases in self._repairable.items():
            if not phrases:
                continue
            for position in range(len(words) - size + 1):
                if free[position] < size:
                    continue
                typed = " ".join(texts[position : position + size])
                if len(typed) < SHORTEST_REPAIRED:
                    continue
                best = process.extractOne(typed, phrases, scorer=fuzz.ratio, score_cutoff=REPAIRED_FROM)
                if best is not None and not _is_opposite(typed, best[0]):
                    for value in self._values(best[0], words[position], words[position + size - 1]):
                        yield replace(value, certain=False)

    def _values(self, key: str, first: Word, last: Word) -> Iterator[Value]:
        for fact, value in self._meanings[key]:
            yield Value("term", (fact, value), "", first.start, last.end)


def _spelled(word: Word) -> str:
    """A word in the one spelling by which phrases are compared."""
    return SAME_WORD.get(word.text, word.text)


def _is_opposite(typed: str, repaired: str) -> bool:
    """Whether a repair would turn the meaning round: "complete" is no slip of "incomplete"."""
    one, other = set(typed.split()), set(repaired.split())
    if (one ^ other) & _NEGATIONS:
        return True
    shorter, longer = sorted((typed, repaired), key=len)
    return any(longer == prefix + shorter or longer.replace(prefix, "", 1) == shorter for prefix in _NEGATING)


def read_payment_methods(message: Message) -> Iterator[Value]:
    """Payment methods named in the message, exactly; a bare "card" or "paytm" is a guess with the other reading."""
    wallet_near = "wallet" in message.low or "वॉलेट" in message.low
    found = list(_payments().read(message))
    others = [value for value in found if not value.value[1]]
    for value in found:
        hidden = any(other.start <= value.start and value.end <= other.end for other in others)
        if not hidden:
            yield _method(value, wallet_near=wallet_near)


def repair_payment_methods(message: Message, known: Sequence[Value]) -> Iterator[Value]:
    """Payment methods with a typo ("netbankng"), all guesses."""
    for value in _payments().repair(message, known):
        if value.value[1]:
            yield replace(_method(value, wallet_near=False), certain=False)


def _method(value: Value, *, wallet_near: bool) -> Value:
    name = value.value[1]
    if name not in UNCLEAR_WORDS:
        return replace(value, kind="payment_method", value=name)
    likely, others = UNCLEAR_WORDS[name]
    if "wallet" in others and wallet_near:
        return replace(value, kind="payment_method", value="wallet")
    return replace(value, kind="payment_method", value=likely, certain=False, other=others)


@cache
def _payments() -> TermMatcher:
    terms = [Term("payment_method", name, _listed(words)) for name, words in PAYMENT_WORDS.items()]
    terms += [Term("payment_method", name, (name,)) for name in UNCLEAR_WORDS]
    return TermMatcher([*terms, Term("payment_method", "", _listed(NOT_A_METHOD))])


def _listed(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())
