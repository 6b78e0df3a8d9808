"""Facts that follow from other facts, and facts that are presumed until told otherwise.

`complete` takes what was told and gives everything that is known, with the presumptions that each value rests on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from policies import files
from policies.calendars import Calendar
from policies.conditions import Arithmetic, BadExpression, Condition, parse_condition
from policies.facts import FactType, FactValue, as_moment, read_fact

_SECONDS_PER_HOUR = Decimal(3600)
_SECONDS_PER_DAY = Decimal(86400)


@dataclass(frozen=True)
class Derived:
    """How one fact is found when it was not told: from `facts` by `derive`, else by its presumed value."""

    name: str
    text: files.Fact
    facts: tuple[str, ...] = ()
    arithmetic: Arithmetic | None = None
    condition: Condition | None = None
    table: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """All known facts. `presumptions[name]` are the presumed facts on which the value of `name` rests."""

    values: Mapping[str, FactValue]
    presumptions: Mapping[str, frozenset[str]]

    def presumed_in(self, names: Any) -> list[str]:
        """The presumed facts behind `names`, each once, in order of first use."""
        found = (presumed for name in names for presumed in sorted(self.presumptions.get(name, ())))
        return list(dict.fromkeys(found))


def _sources(derivation: files.Derivation) -> tuple[str, ...]:
    for pair in (
        derivation.hours,
        derivation.days,
        derivation.calendar_days,
        derivation.working_days,
        derivation.months,
    ):
        if pair:
            return pair
    if derivation.first:
        return derivation.first
    return tuple(name for name in (derivation.by, derivation.mentions) if name)


def _compile(name: str, fact: files.Fact, types: Mapping[str, FactType]) -> Derived:
    derivation = fact.derive
    if derivation is None:
        return Derived(name, fact, (fact.presumed_as,) if fact.presumed_as else ())
    if derivation.value is not None:
        arithmetic = Arithmetic.parse(derivation.value, types)
        return Derived(name, fact, arithmetic.facts, arithmetic=arithmetic)
    if derivation.holds is not None:
        condition = parse_condition(derivation.holds, types)
        facts = tuple(dict.fromkeys(fact for part in condition.comparisons() for fact in part.facts))
        return Derived(name, fact, facts, condition=condition)
    facts = _sources(derivation)
    for source in facts:
        if source not in types:
            raise BadExpression(f"{name} is derived from {source!r}, which is no fact")
    table = {key: read_fact(name, fact.type, value) for key, value in (derivation.table or {}).items()}
    return Derived(name, fact, facts, table=table)


def compile_derived(facts: Mapping[str, files.Fact], types: Mapping[str, FactType], name: str) -> Derived | None:
    """How `name` is found when it was not told; None where it can only be told. Raises `BadExpression`, `BadFact`."""
    fact = facts[name]
    if fact.derive is None and fact.presumed is None and fact.presumed_as is None:
        return None
    if fact.presumed_as is not None and fact.presumed_as not in types:
        raise BadExpression(f"{name} is presumed to be {fact.presumed_as!r}, which is no fact")
    return _compile(name, fact, types)


def in_order(derived: list[Derived]) -> tuple[Derived, ...]:
    """`derived`, each after those that it needs; raises `BadExpression` where they need one another."""
    by_name = {item.name: item for item in derived}
    done: dict[str, Derived] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in done or name not in by_name:
            return
        if name in path:
            raise BadExpression("facts derived in a circle: " + " → ".join((*path, name)))
        item = by_name[name]
        for source in (*item.facts, *((item.text.presumed_as,) if item.text.presumed_as else ())):
            visit(source, (*path, name))
        done[name] = item

    for item in derived:
        visit(item.name, ())
    return tuple(done.values())


def _whole_months(start: datetime, end: datetime) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if (end.day, end.timetz()) < (start.day, start.timetz()) else months


def _span(derivation: files.Derivation, values: Mapping[str, FactValue], calendar: Calendar) -> Decimal | None:
    pair = _sources(derivation)
    if any(name not in values for name in pair):
        return None
    start, end = (as_moment(values[name], calendar.time_zone) for name in pair)
    first, last = calendar.local_date(start), calendar.local_date(end)
    if derivation.working_days:
        return Decimal(calendar.working_days_between(first, last))
    if derivation.calendar_days:
        return Decimal((last - first).days)
    if derivation.months:
        return Decimal(_whole_months(start.astimezone(calendar.time_zone), end.astimezone(calendar.time_zone)))
    elapsed = end - start
    seconds = Decimal(elapsed.days * 86400 + elapsed.seconds) + Decimal(elapsed.microseconds) / 1_000_000
    return seconds / (_SECONDS_PER_HOUR if derivation.hours else _SECONDS_PER_DAY)


def _mentions(text: str, word: str) -> bool:
    """Whether a word of `text` begins with `word`: "test" is in "tested once", not in "latest" or "attestation"."""
    begin = r"(?<![^\W_])" if word[:1].isalnum() else ""
    return re.search(begin + re.escape(word), text, re.IGNORECASE) is not None


def _derive(item: Derived, values: Mapping[str, FactValue], calendar: Calendar) -> FactValue | None:
    if item.condition is not None:
        return item.condition.held(values)
    if item.arithmetic is not None:
        return item.arithmetic.value(values)
    derivation = item.text.derive
    if derivation is None:
        return None
    if derivation.first:
        return next((values[name] for name in derivation.first if name in values), None)
    if derivation.mentions:
        text = values.get(derivation.mentions)
        return None if text is None else any(_mentions(str(text), word) for word in derivation.words)
    if derivation.by:
        return item.table.get(str(values.get(derivation.by)))
    return _span(derivation, values, calendar)


def complete(
    told: Mapping[str, FactValue],
    derived: tuple[Derived, ...],
    types: Mapping[str, FactType],
    calendar: Calendar,
) -> Known:
    """Everything that is known when `told` is: what was told wins, then what follows, then what is presumed."""
    values = dict(told)
    presumptions: dict[str, frozenset[str]] = {}
    for item in derived:
        if item.name in values:
            continue
        value = _derive(item, values, calendar)
        if value is not None:
            values[item.name] = value
            rests_on = [presumptions.get(name, frozenset()) for name in item.facts if name in values]
            presumptions[item.name] = frozenset().union(*rests_on)
            continue
        as_fact = item.text.presumed_as
        if as_fact and as_fact in values:
            values[item.name] = values[as_fact]
        elif item.text.presumed is not None:
            values[item.name] = read_fact(item.name, types[item.name], item.text.presumed)
        else:
            continue
        presumptions[item.name] = frozenset({item.name})
    return Known(values, {name: found for name, found in presumptions.items() if found})
