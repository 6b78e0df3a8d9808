"""Reads one message: the language, what is wanted, the clause it asks about, the values in it, and its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from dialogs.heard import Heard, Message
from dialogs.reading.clauses import ClauseModel, ClauseReading
from dialogs.reading.exact import exact_intent
from dialogs.reading.features import Featurer
from dialogs.reading.fitting import fit_values
from dialogs.reading.intents import ASKS, FINER_TO_FIXED, IntentReader
from dialogs.reading.likeness import Texts
from dialogs.reading.parts import Cut, cuts
from dialogs.values import IdPattern, Term, TermMatcher, Value, detect_language, read_values
from dialogs.values.text import READ_AT_MOST
from policies.files import Fact
from policies.pack import Pack

STATED_FROM = 0.5
"""Sureness from which a clause is stated as the answer."""
_PART_SURE = 0.6
"""How sure each part must be before one message is taken for two."""
_TWO_TROUBLES_SURE = 0.9
"""The same where neither part asks anything, or both ask about one section."""
_REQUESTS = frozenset({"start_refund", "cancel_order", "talk_to_human"})
_YES_NO_SURE = 0.97


@dataclass(frozen=True)
class _Read:
    """What the models say of one stretch of words."""

    intents: tuple[tuple[str, float], ...]
    clauses: ClauseReading

    @property
    def sure(self) -> float:
        return self.clauses.answerable


class Reader:
    """Reads messages to one brand."""

    def __init__(
        self,
        featurer: Featurer,
        clauses: ClauseModel,
        intents: IntentReader,
        terms: TermMatcher,
        id_patterns: Sequence[IdPattern],
        facts: Mapping[str, Fact],
    ) -> None:
        self._featurer = featurer
        self._clauses = clauses
        self._intents = intents
        self._terms = terms
        self._id_patterns = tuple(id_patterns)
        self._facts = facts

    def read(
        self,
        message: Message,
        now: datetime,
        *,
        previous_language: str,
        asked: str | None,
        direction: Literal["past", "future"],
    ) -> Heard:
        """What `message` says, when it came at `now` and the fact `asked` was the open question."""
        text = message.text[:READ_AT_MOST]
        language = detect_language(text, previous_language)
        if message.kind == "tap" or not text.strip():
            return Heard(message, language)
        values = read_values(text, now, direction=direction, id_patterns=self._id_patterns, terms=self._terms)
        places = cuts(text)
        whole, *halves = self._models([text, *(half for cut in places for half in _halves(text, cut))])
        heard = self._heard(message, text, language, whole, values, asked)
        cut = self._best_cut(places, halves)
        if cut is None:
            return heard
        parts = []
        for start, end, read in cut:
            own = tuple(
                replace(value, start=value.start - start, end=value.end - start)
                for value in values
                if start <= value.start and value.end <= end
            )
            part = replace(message, text=text[start:end])
            parts.append(self._heard(part, part.text, language, read, own, asked))
        return replace(heard, parts=tuple(parts))

    def ask(self, texts: Sequence[str]) -> list[tuple[tuple[tuple[str, float], ...], ClauseReading]]:
        """(intents, clauses) of many texts at once, each read as a whole."""
        return [(read.intents, read.clauses) for read in self._models(texts)]

    def _models(self, texts: Sequence[str]) -> list[_Read]:
        told = Texts.of(self._featurer.features(text) for text in texts)
        clauses = self._clauses.read(told)
        intents = self._intents.read(told, np.array([reading.signs for reading in clauses]))
        return [_Read(*pair) for pair in zip(map(_with_exact, texts, intents), clauses, strict=True)]

    def _heard(
        self, message: Message, text: str, language: str, read: _Read, values: tuple[Value, ...], asked: str | None
    ) -> Heard:
        return Heard(
            message=message,
            language=language,
            intents=_with_answer(read.intents, values, text),
            clauses=read.clauses.clauses,
            answerable=read.sure,
            topic=read.clauses.topic,
            values=values,
            facts=fit_values(text, values, self._facts, asked),
        )

    def _best_cut(self, places: Sequence[Cut], halves: Sequence[_Read]) -> list[tuple[int, int, _Read]] | None:
        """The two stretches that both stand alone best; None where the message is one."""
        best, best_sure = None, 0.0
        for index, cut in enumerate(places):
            first, second = halves[2 * index], halves[2 * index + 1]
            sure = min(self._stands_alone(first), self._stands_alone(second))
            if cut.tells and sure < _TWO_TROUBLES_SURE:
                continue
            if sure > best_sure and self._differ(first, second):
                best, best_sure = (cut, first, second), sure
        if best is None or best_sure < _PART_SURE:
            return None
        cut, first, second = best
        return [(0, cut.end, first), (cut.start, READ_AT_MOST, second)]

    def _stands_alone(self, read: _Read) -> float:
        name, score = read.intents[0]
        if name in _REQUESTS:
            return max(score, read.sure)
        return read.sure if name == ASKS else 0.0

    def _differ(self, first: _Read, second: _Read) -> bool:
        """Whether one wants something else than the other, or asks about another section, or surely another clause."""
        wants = [FINER_TO_FIXED.get(read.intents[0][0], read.intents[0][0]) for read in (first, second)]
        if wants[0] != wants[1]:
            return True
        one, other = first.clauses.clauses[0][0], second.clauses.clauses[0][0]
        sections = self._clauses.sections
        if sections[one] != sections[other]:
            return True
        apart = not one.startswith(other) and not other.startswith(one)
        return apart and min(first.sure, second.sure) >= _TWO_TROUBLES_SURE


def build_reader(pack: Pack, featurer: Featurer, clauses: ClauseModel, intents: IntentReader) -> Reader:
    """The reader of a pack's newest version, with its words and the shapes of its ids."""
    facts = pack.newest.facts
    terms = [
        Term(name, value, choice.words)
        for name, fact in facts.items()
        for value, choice in (fact.values or {}).items()
        if choice.words
    ]
    shapes = [IdPattern(shape.fact, shape.prefix, shape.pattern) for shape in pack.brand.ids]
    return Reader(featurer, clauses, intents, TermMatcher(terms), shapes, facts)


def _halves(text: str, cut: Cut) -> tuple[str, str]:
    return text[: cut.end], text[cut.start :]


def _with_exact(text: str, intents: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    known = exact_intent(text)
    return _lifted(intents, known, 1.0) if known else intents


def _with_answer(
    intents: tuple[tuple[str, float], ...], values: Sequence[Value], text: str
) -> tuple[tuple[str, float], ...]:
    """A message that is nothing but a yes or a no is one, whatever the model makes of its word."""
    answer = next((value for value in values if value.kind == "yes_no"), None)
    if answer is None or not answer.certain or exact_intent(text):
        return intents
    rest = text[: answer.start] + text[answer.end :]
    if any(character.isalnum() for character in rest):
        return intents
    return _lifted(intents, "affirm" if answer.value else "deny", _YES_NO_SURE)


def _lifted(intents: tuple[tuple[str, float], ...], name: str, score: float) -> tuple[tuple[str, float], ...]:
    """`name` first with `score`; the others share the rest."""
    others = [(other, share) for other, share in intents if other != name]
    total = sum(share for _, share in others)
    rest = [(other, round(share * (1 - score) / total, 4)) for other, share in others] if total else []
    return ((name, score), *(pair for pair in rest if pair[1] >= 0.005))
