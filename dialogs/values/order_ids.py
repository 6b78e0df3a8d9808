"""Ids of the brand's own shapes: "API-8812" typed as "API 8812", "api8812", "AIP-8812" or just "8812"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA

from dialogs.values.text import Message
from dialogs.values.value import Value

_LONGEST = 40
_MISTYPED = re.compile(r"(?<![\w@/.])(?P<head>[a-z]{3,8})(?P<sep>[-_#/]?)(?P<rest>\d[a-z0-9]{2,30})(?![\w@])")


@dataclass(frozen=True)
class IdPattern:
    """One shape of id. `kind` names the value read (such as "order_id"), `prefix` is how an id begins ("API-"),
    `pattern` is a regular expression for what stands behind the prefix, or for the whole id with it.
    """

    kind: str
    prefix: str
    pattern: str

    def complete(self, typed: str) -> str | None:
        """The id in its own spelling, from the whole or from what stands behind the prefix; None if it does not fit."""
        bare = typed.strip()
        if len(bare) > _LONGEST:
            return None
        match = self._typed.fullmatch(bare)
        rests = [bare, match["rest"]] if match else [bare]
        return next((fitted for rest in rests if (fitted := self._fit(rest))), None)

    def find(self, message: Message) -> Iterator[Value]:
        """The ids of this shape with their prefix; a prefix with one slip of the finger gives a guess."""
        seen: set[tuple[int, int]] = set()
        for match in self._typed.finditer(message.text) if self._core else ():
            fitted = self._fit(match["rest"]) if self._is_meant(match) else None
            if fitted:
                seen.add(match.span())
                yield Value(self.kind, fitted, "", match.start(), match.end())
        if len(self._core) >= 3:
            yield from self._mistyped(message)
        if not self._core:
            yield from self._without_prefix(message)

    @cached_property
    def _core(self) -> str:
        """The letters and digits of the prefix."""
        return "".join(character for character in self.prefix if character.isalnum()).lower()

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @cached_property
    def _typed(self) -> re.Pattern[str]:
        core = r"[\s\-_]?".join(re.escape(character) for character in self._core)
        return re.compile(
            rf"(?<![^\W_])(?<![@.]){core}(?P<sep>[\s\-_:#./]{{0,3}})(?P<rest>[a-z0-9][a-z0-9_-]{{0,30}})(?![\w@])", re.I
        )

    def _is_meant(self, match: re.Match[str]) -> bool:
        """Behind a space only something with a figure counts: "pay 500" may be an id of "pay_", "pay now" is none.

        A prefix of one letter must touch what follows, or "a 500" would be an id.
        """
        if len(self._core) < 2 and any(character.isspace() for character in match["sep"]):
            return False
        exact = match.group().startswith(self.prefix) and not self.prefix[-1:].isspace()
        separated = bool(self.prefix) and not self.prefix[-1].isalnum()
        return (exact and separated) or any(character.isdigit() for character in match["rest"])

    def _fit(self, rest: str) -> str | None:
        for spelling in dict.fromkeys((rest, rest.upper(), rest.lower())):
            whole = self.prefix + spelling
            if self._shape.fullmatch(spelling) or self._shape.fullmatch(whole):
                return whole
        return None

    def _mistyped(self, message: Message) -> Iterator[Value]:
        for match in _MISTYPED.finditer(message.low):
            head = match["head"]
            if head == self._core or OSA.distance(head, self._core, score_cutoff=1) > 1:
                continue
            fitted = self._fit(message.text[match.start("rest") : match.end("rest")])
            if fitted:
                yield Value(self.kind, fitted, "", match.start(), match.end(), certain=False)

    def _without_prefix(self, message: Message) -> Iterator[Value]:
        for match in re.finditer(r"(?<![\w@])[A-Za-z0-9][\w-]{2,40}(?![\w@])", message.text):
            fitted = self._fit(match.group())
            if fitted and any(character.isdigit() for character in fitted):
                yield Value(self.kind, fitted, "", match.start(), match.end())


def read_order_ids(message: Message, patterns: Sequence[IdPattern]) -> Iterator[Value]:
    """Ids of the brand's shapes; a repaired one is left out where a right one stands on the same words."""
    found = [value for pattern in patterns for value in pattern.find(message)]
    certain = [value for value in found if value.certain]
    yield from certain
    for value in found:
        if not value.certain and all(value.end <= sure.start or sure.end <= value.start for sure in certain):
            yield value
