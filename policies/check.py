"""What a pack's author should know of it: `check_pack(pack, questions) -> list[Finding]`.

An error makes `policy check` fail; a note is for reading. Rules are tried on cases made from the very figures and words
of their conditions, so that a rule that an earlier one always beats, and two claim types that both apply, are found.
"""

import itertools
import math
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from policies.conditions import Comparison, Condition
from policies.facts import FactValue
from policies.files import Questions
from policies.pack import ClaimType, Pack, Rule, Version

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_BASE = datetime(2026, 3, 10, 10, tzinfo=UTC)
_FEW = 4096
_STARTS = 40
_REPAIRS = 120
_STRAY = 0.05


@dataclass(frozen=True)
class Finding:
    """One thing found: `kind` groups findings, `subject` says what it is about."""

    level: Literal["error", "note"]
    kind: str
    subject: str
    reason: str

    def __str__(self) -> str:
        return f"{self.level}: {self.kind}: {self.subject}: {self.reason}"


def check_pack(pack: Pack, questions: Mapping[str, Mapping[str, Questions]]) -> list[Finding]:
    """Everything found in all versions. `questions` are those of each version, by its date and clause id."""
    found: list[Finding] = []
    for version in pack.versions:
        asked = questions.get(version.in_force_from.isoformat(), {})
        found += _clauses(version, asked)
        found += _rules(version)
        found += _types(version)
        found += _unasked_facts(version)
        found += _windows(version)
    return found


def _clauses(version: Version, asked: Mapping[str, Questions]) -> Iterator[Finding]:
    headings = set(version.text.headings)
    for clause in version.text.source_ids:
        if clause not in version.clauses and clause not in headings:
            yield Finding(
                "error", "clause not stated", clause, "the source has it, the pack neither states nor lists it"
            )
    for clause in version.clauses:
        if clause not in version.text.source_ids:
            yield Finding("error", "clause unknown", clause, "it is not among the source_ids of version.yaml")
        mine = asked.get(clause)
        count = len(mine.en) + len(mine.hinglish) + len(mine.hi) if mine else 0
        if count == 0:
            yield Finding("error", "clause without questions", clause, "no customer question leads to it")
        elif count < 8:
            yield Finding("note", "clause with few questions", clause, f"{count} questions, at least 8 are wanted")
    for clause in asked:
        if clause not in version.clauses:
            yield Finding("error", "question without clause", clause, "questions stand for a clause that is not stated")


def _rules(version: Version) -> Iterator[Finding]:
    for claim_type in version.claim_types.values():
        if claim_type.text.kind == "refund" and not claim_type.rules:
            yield Finding("error", "no rules", claim_type.id, "a claim type of kind refund decides nothing")
        seen: set[str] = set()
        for index, rule in enumerate(claim_type.rules):
            where = f"{claim_type.id}.{rule.id}"
            if rule.id in seen:
                yield Finding("error", "rule twice", where, "two rules of the claim type have this id")
            seen.add(rule.id)
            yield from _same_condition(claim_type, index)
    yield from _unreached(version)


def _unreached(version: Version) -> Iterator[Finding]:
    """Rules to which no case comes; a shared rule is fine where one of its claim types reaches it."""
    reached: set[int] = set()
    missed: dict[int, str] = {}
    for claim_type in version.claim_types.values():
        for rule in claim_type.rules:
            if id(rule) in reached:
                continue
            if find_case(version, claim_type, rule) is None:
                missed.setdefault(id(rule), f"{claim_type.id}.{rule.id}")
            else:
                reached.add(id(rule))
    for rule_id, where in missed.items():
        if rule_id not in reached:
            reason = "no case was found that comes to it past the rules above"
            yield Finding("error", "rule not reached", where, reason)


def _same_condition(claim_type: ClaimType, index: int) -> Iterator[Finding]:
    rule = claim_type.rules[index]
    for other in claim_type.rules[:index]:
        same = [part.text for part in rule.when.comparisons()] == [part.text for part in other.when.comparisons()]
        if same and rule.when.join == other.when.join and rule.text.outcome != other.text.outcome:
            names = f"{claim_type.id}: {other.id}, {rule.id}"
            yield Finding("error", "rules contradict", names, "the same conditions give different outcomes")


def _types(version: Version) -> Iterator[Finding]:
    for one, other in itertools.combinations(version.claim_types.values(), 2):
        both = Condition("all", (one.applies, other.applies))
        if _satisfy(version, [both], []) is not None:
            yield Finding(
                "error", "claim types overlap", f"{one.id}, {other.id}", "a case was found to which both apply"
            )


def _unasked_facts(version: Version) -> Iterator[Finding]:
    derived = {item.name: item for item in version.derived}
    for claim_type in version.claim_types.values():
        slots = {slot.name for slot in claim_type.slots}
        needed = {name for rule in claim_type.rules for part in rule.when.comparisons() for name in part.facts}
        for name in sorted(needed):
            fact = version.facts.get(name)
            told_otherwise = name in derived or fact is None or fact.who == "company"
            if name not in slots and not told_otherwise and name not in version.slots:
                where = f"{claim_type.id}.{name}"
                yield Finding(
                    "note", "fact not asked", where, "a rule needs it, the customer can know it, no slot asks"
                )


def _windows(version: Version) -> Iterator[Finding]:
    matters: dict[str, list[tuple[str, str]]] = {}
    for window in version.windows:
        matters.setdefault(window.matter, []).append((window.clause, window.limit))
    for matter, limits in matters.items():
        if len({limit for _, limit in limits}) < 2:
            continue
        clauses = {clause for clause, _ in limits}
        shown = ", ".join(f"{clause}: {limit}" for clause, limit in limits)
        handled = [item for item in version.conflicts.values() if len(clauses & set(item.clauses)) > 1]
        ruled = [item.id for item in handled if item.id in version.rulings]
        if ruled:
            continue
        reason = f"{shown}; " + (
            f"conflict {handled[0].id} tells both, no ruling yet" if handled else "no conflict tells both"
        )
        yield Finding("note" if handled else "error", "limits differ", matter, reason)


# -- cases made to fit conditions -------------------------------------------------------------------------------------


def find_case(version: Version, claim_type: ClaimType, rule: Rule) -> dict[str, FactValue] | None:
    """Facts (derived ones set directly) by which the walk comes to `rule`, or None where none was found."""
    above = list(itertools.takewhile(lambda other: other is not rule, claim_type.rules))
    return _satisfy(version, [claim_type.applies, rule.when], [other.when for other in above])


class _Trial:
    """Conditions tried on made-up values, each comparison once for the same values."""

    def __init__(self, wanted: Sequence[Condition], unwanted: Sequence[Condition]) -> None:
        self.goals = [*((condition, True) for condition in wanted), *((condition, False) for condition in unwanted)]
        self.facts = [tuple(dict.fromkeys(f for part in c.comparisons() for f in part.facts)) for c, _ in self.goals]
        self.touched: dict[str, list[int]] = {}
        for index, names in enumerate(self.facts):
            for name in names:
                self.touched.setdefault(name, []).append(index)
        self._held: dict[tuple[object, ...], bool] = {}

    def broken(self, values: Mapping[str, FactValue], among: Sequence[int] | None = None) -> list[int]:
        """The conditions, by their index, that are not as they should be."""
        indices = range(len(self.goals)) if among is None else among
        return [i for i in indices if self._holds(self.goals[i][0], values) is not self.goals[i][1]]

    def _holds(self, part: Condition | Comparison, values: Mapping[str, FactValue]) -> bool:
        if isinstance(part, Comparison):
            key = (part.text, *[values[name] for name in part.facts])
            held = self._held.get(key)
            if held is None:
                held = self._held[key] = part.held(values) is True
            return held
        some = (self._holds(each, values) for each in part.parts)
        return all(some) if part.join == "all" else any(some) is (part.join == "any")


def _satisfy(
    version: Version, wanted: Sequence[Condition], unwanted: Sequence[Condition]
) -> dict[str, FactValue] | None:
    """Values for the facts of the conditions so that all of `wanted` hold and none of `unwanted`."""
    parts = [part for condition in (*wanted, *unwanted) for part in condition.comparisons()]
    names = list(dict.fromkeys(name for part in parts for name in part.facts))
    domains = {name: _domain(version, name, parts) for name in names}
    trial = _Trial(wanted, unwanted)
    if math.prod(len(domain) for domain in domains.values()) <= _FEW:
        every = (dict(zip(names, row, strict=True)) for row in itertools.product(*domains.values()))
        return next((values for values in every if not trial.broken(values)), None)
    chance = random.Random(7)  # noqa: S311 - a fixed search order, nothing secret
    for _ in range(_STARTS):
        values = {name: chance.choice(domains[name]) for name in names}
        for _ in range(_REPAIRS):
            broken = trial.broken(values)
            if not broken:
                return values
            _repair(values, trial.facts[chance.choice(broken)], domains, trial, chance)
    return None


def _repair(
    values: dict[str, FactValue],
    facts: Sequence[str],
    domains: Mapping[str, Sequence[FactValue]],
    trial: _Trial,
    chance: random.Random,
) -> None:
    """Change one of `facts` to the value that breaks the fewest conditions."""
    options: list[tuple[int, str, FactValue]] = []
    for name in facts:
        before, among = values[name], trial.touched[name]
        now_broken = len(trial.broken(values, among))
        for option in domains[name]:
            values[name] = option
            options.append((len(trial.broken(values, among)) - now_broken, name, option))
        values[name] = before
    least = min(item[0] for item in options)
    # Now and then a step that is not the best, or the search would stay where no single step helps.
    _, name, option = chance.choice([item for item in options if item[0] == least or chance.random() < _STRAY])
    values[name] = option


def _domain(version: Version, name: str, parts: Iterable[Comparison]) -> list[FactValue]:
    """Values worth trying for a fact: its words, both flags, and each figure of its conditions, below, at and above."""
    kind = version.types[name]
    texts = [part.text for part in parts if name in part.facts]
    if kind == "flag":
        return [True, False]
    if kind in ("word", "text"):
        named = [word for text in texts for word in re.findall(r'"([^"]*)"', text)]
        return list(
            dict.fromkeys([*(version.words_of(name) if name in version.facts else ()), *named, "something else"])
        )
    if kind in ("time", "date"):
        return [_BASE + timedelta(days=days) for days in (-1, 0, 1, 30)]
    figures = {Decimal(0), Decimal(1), Decimal(1000)}
    figures |= {Decimal(figure) for text in texts for figure in _NUMBER.findall(text)}
    return sorted({value + step for value in figures for step in (Decimal(-1), Decimal(0), Decimal(1))})
