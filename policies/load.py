"""From the texts of a pack's files to a `Pack`: every error is found in one go, with file and line."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policies import files
from policies.calendars import WEEKDAYS, Calendar
from policies.conditions import ALWAYS, Arithmetic, BadExpression, Condition, parse_condition
from policies.derived import Derived, compile_derived, in_order
from policies.facts import BadFact, FactType, read_fact
from policies.pack import (
    NOW,
    REQUESTED_AT,
    AmountRule,
    ClaimType,
    Deduction,
    Evidence,
    Pack,
    Rule,
    Slot,
    Version,
)
from policies.yaml_source import Model, PackError, Problem, line_of, read_model

Result = TypeVar("Result")
COMMON = "common/facts.yaml"


def load_pack(texts: Mapping[str, str], common: str = "") -> Pack:
    """The pack whose files are `texts` (path inside the pack's folder → YAML), over the facts of `common`.

    Raises `PackError` with every problem found: what, file, line.
    """
    if "brand.yaml" not in texts:
        raise PackError([Problem("brand.yaml", 0, "missing: a pack names its brand there")])
    brand = read_model("brand.yaml", texts["brand.yaml"], files.BrandFile)
    try:
        calendar = _calendar(brand)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise PackError([Problem("brand.yaml", 0, f"time_zone: {error}")]) from None
    shared_facts = read_model(COMMON, common, files.FactsFile) if common else files.FactsFile(facts={}, slots={})
    folders = sorted({PurePosixPath(path).parts[0] for path in texts if "/" in path})
    if not folders:
        raise PackError([Problem("brand.yaml", 0, "the pack has no version folder, such as 2026-01-26/")])
    versions, problems = [], []
    for folder in folders:
        try:
            versions.append(_VersionLoader(folder, texts, shared_facts).load())
        except PackError as error:
            problems += error.problems
    if problems:
        raise PackError(problems)
    return Pack(brand, calendar, tuple(sorted(versions, key=lambda version: version.in_force_from)))


def _calendar(brand: files.BrandFile) -> Calendar:
    source = brand.calendar
    return Calendar(
        ZoneInfo(brand.time_zone),
        frozenset(WEEKDAYS.index(day) for day in source.week),
        source.state,
        frozenset(source.days_off),
        frozenset(source.days_worked),
    )


class _VersionLoader:
    """Reads and compiles one version folder; notes problems as it goes, so that all are told at once."""

    def __init__(self, folder: str, texts: Mapping[str, str], common: files.FactsFile) -> None:
        self.folder = folder
        self.texts = texts
        self.common = common
        self.problems: list[Problem] = []
        self.types: dict[str, FactType] = {}
        self.facts: dict[str, files.Fact] = {}

    def load(self) -> Version:
        """The version; raises `PackError` with all problems."""
        text = self._read("version.yaml", files.VersionFile)
        sections, clauses = self._clauses()
        own = self._read("facts.yaml", files.FactsFile)
        claims = self._read("claims.yaml", files.ClaimsFile)
        rulings = self._read("rulings.yaml", files.RulingsFile, optional=True)
        if text is None or own is None or claims is None or rulings is None:
            raise PackError(self.problems)
        self.facts = {**self.common.facts, **own.facts}
        self.types = {name: fact.type for name, fact in self.facts.items()} | {
            NOW: "time",
            REQUESTED_AT: "time",
        }
        derived = self._derived()
        slots = self._slots({**self.common.slots, **own.slots})
        version = Version(
            text=text,
            sections=sections,
            clauses=clauses,
            facts=self.facts,
            slots=slots,
            derived=derived,
            claim_types=self._claim_types(claims, slots),
            etas=claims.etas,
            conflicts={conflict.id: conflict for conflict in claims.conflicts},
            rulings={ruling.conflict: ruling for ruling in rulings.rulings},
            windows=claims.windows,
            deadlines=claims.deadlines,
            service_times=claims.service_times,
            types=self.types,
        )
        if clauses:
            self._references(version)
        if self.problems:
            raise PackError(self.problems)
        return version

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def _note(self, name: str, path: tuple[Any, ...], reason: str) -> None:
        text = self.texts.get(self._path(name), "")
        where = ".".join(str(step) for step in path)
        self.problems.append(Problem(self._path(name), line_of(text, path), f"{where}: {reason}" if where else reason))

    def _read(self, name: str, model: type[Model], optional: bool = False) -> Model | None:
        path = self._path(name)
        if path not in self.texts:
            if optional:
                return model.model_validate({})
            self.problems.append(Problem(path, 0, "missing"))
            return None
        try:
            return read_model(path, self.texts[path], model)
        except PackError as error:
            self.problems += error.problems
            return None

    def _try(self, name: str, path: tuple[Any, ...], make: Callable[[], Result], otherwise: Result) -> Result:
        try:
            return make()
        except (BadExpression, BadFact) as error:
            self._note(name, path, str(error))
            return otherwise

    def _clauses(self) -> tuple[dict[str, files.Section], dict[str, files.Clause]]:
        sections: dict[str, files.Section] = {}
        clauses: dict[str, files.Clause] = {}
        names = [PurePosixPath(path).name for path in self.texts if PurePosixPath(path).parts[0] == self.folder]
        for name in sorted(name for name in names if name.startswith("clauses")):
            part = self._read(name, files.ClausesFile)
            if part is None:
                continue
            sections |= part.sections
            for index, clause in enumerate(part.clauses):
                if clause.id in clauses:
                    self._note(name, ("clauses", index), f"clause {clause.id!r} is stated twice")
                if clause.section not in sections:
                    self._note(name, ("clauses", index), f"section {clause.section!r} has no title")
                clauses[clause.id] = clause
        if not clauses and not self.problems:
            self.problems.append(Problem(self._path("clauses.yaml"), 0, "no clause is stated"))
        return sections, clauses

    def _derived(self) -> tuple[Derived, ...]:
        found = []
        for name, fact in self.facts.items():
            path = ("facts", name)
            if fact.type == "word" and fact.presumed is not None and fact.values and fact.presumed not in fact.values:
                self._note("facts.yaml", path, f"presumed {fact.presumed!r} is not one of its values")
            elif fact.presumed is not None:
                self._try("facts.yaml", path, partial(read_fact, name, fact.type, fact.presumed), None)
            item = self._try("facts.yaml", path, partial(compile_derived, self.facts, self.types, name), None)
            if item is not None:
                found.append(item)
        return self._try("facts.yaml", ("facts",), partial(in_order, found), ())

    def _condition(self, name: str, path: tuple[Any, ...], source: object) -> Condition:
        if source is None:
            return ALWAYS
        condition = self._try(name, path, partial(parse_condition, source, self.types), ALWAYS)
        for part in condition.comparisons():
            for fact, word in part.words_named():
                described = self.facts.get(fact)
                if described and described.type == "word" and described.values and word not in described.values:
                    self._note(name, path, f"{word!r} is no value of {fact}: " + ", ".join(described.values))
        return condition

    def _number(self, name: str, path: tuple[Any, ...], source: str | int | float) -> Arithmetic:
        return self._try(name, path, partial(Arithmetic.parse, source, self.types), Arithmetic("0", (), None))

    def _slots(self, described: Mapping[str, files.Slot]) -> dict[str, Slot]:
        slots = {}
        for name, text in described.items():
            if name not in self.facts:
                self._note("facts.yaml", ("slots", name), "a slot asks for a fact, and this is none")
                continue
            condition = self._condition("facts.yaml", ("slots", name, "only_if"), text.only_if)
            slots[name] = Slot(name, text, self.facts[name], condition)
        return slots

    def _claim_types(self, claims: files.ClaimsFile, slots: Mapping[str, Slot]) -> dict[str, ClaimType]:
        shared = {
            group: tuple(self._rule(rule, ("shared", group, i), None) for i, rule in enumerate(rules))
            for group, rules in claims.shared.items()
        }
        types = {}
        for name, text in claims.claim_types.items():
            path: tuple[Any, ...] = ("claim_types", name)
            for slot in text.slots:
                if slot not in slots:
                    self._note("claims.yaml", (*path, "slots"), f"{slot!r} is no slot of facts.yaml")
            for group in text.shared:
                if group not in shared:
                    self._note("claims.yaml", (*path, "shared"), f"no group of shared rules is named {group!r}")
            own = tuple(self._rule(rule, (*path, "rules", i), text.paid) for i, rule in enumerate(text.rules))
            types[name] = ClaimType(
                id=name,
                text=text,
                applies=self._condition("claims.yaml", (*path, "applies"), text.applies),
                rules=(*(rule for group in text.shared for rule in shared.get(group, ())), *own),
                guards=tuple(self._rule(rule, (*path, "guards", i), None) for i, rule in enumerate(text.guards)),
                slots=tuple(slots[slot] for slot in text.slots if slot in slots),
                evidence=tuple(
                    Evidence(
                        item.id,
                        item,
                        self._condition("claims.yaml", (*path, "evidence", i, "only_if"), item.only_if),
                    )
                    for i, item in enumerate(text.evidence)
                ),
            )
        return types

    def _rule(self, text: files.Rule, path: tuple[Any, ...], paid: str | int | float | None) -> Rule:
        amount = None
        if text.amount is not None:
            amount = self._amount(text.amount, (*path, "amount"), paid)
        elif text.outcome in ("full_refund", "partial_refund"):
            self._note("claims.yaml", path, f"rule {text.id!r} gives money and names no amount")
        allowed = self._number("claims.yaml", (*path, "max_allowed"), text.max_allowed) if text.max_allowed else None
        return Rule(text.id, text, self._condition("claims.yaml", (*path, "when"), text.when), amount, allowed)

    def _amount(self, text: files.Amount, path: tuple[Any, ...], paid: str | int | float | None) -> AmountRule:
        def number(source: str | int | float) -> Arithmetic:
            return self._number("claims.yaml", path, source)

        low, high = text.between if text.between else (text.base or 0, text.base or 0)
        most = text.at_most if text.at_most is not None else paid
        less = []
        for item in text.less:
            pair = item.between if item.between else (item.value or 0, item.value or 0)
            less.append(Deduction(item.what, item.clause, number(pair[0]), number(pair[1])))
        return AmountRule(
            low=number(low),
            high=number(high),
            percent=number(text.percent) if text.percent is not None else None,
            less=tuple(less),
            at_most=number(most) if most is not None else None,
            parts={name: number(weight) for name, weight in (text.parts or {}).items()},
        )

    def _references(self, version: Version) -> None:
        """Every clause, ETA and conflict that is named exists."""
        for name, claim_type in version.claim_types.items():
            path: tuple[Any, ...] = ("claim_types", name)
            text = claim_type.text
            self._known_clauses(version, path, (*text.opens_clauses, *text.filed_clauses, *text.appeal_clauses))
            self._known_clauses(version, path, [e.text.clause for e in claim_type.evidence if e.text.clause])
            for rule in (*claim_type.rules, *claim_type.guards):
                kind = "rules" if rule.text in text.rules else "guards" if rule.text in text.guards else "shared"
                where = path if kind == "shared" else (*path, kind, getattr(text, kind).index(rule.text))
                self._rule_references(version, where, rule)
        for index, conflict in enumerate(version.conflicts.values()):
            self._known_clauses(version, ("conflicts", index), conflict.clauses)
        for index, deadline in enumerate(version.deadlines):
            self._known_clauses(version, ("deadlines", index), [deadline.clause])
            if deadline.start not in version.facts:
                self._note("claims.yaml", ("deadlines", index), f"it runs from {deadline.start!r}, which is no fact")
        for slot, described in version.slots.items():
            if described.text.clause and described.text.clause not in version.clauses:
                self._note("facts.yaml", ("slots", slot), f"clause {described.text.clause!r} is not stated")
        for name, eta in version.etas.items():
            steps = [*(eta.table or {}).values(), *eta.then]
            named = [step.clause for step in steps] + ([eta.clause] if eta.clause else [])
            self._known_clauses(version, ("etas", name), named)
        for ruling in version.rulings:
            if ruling not in version.conflicts:
                self._note("rulings.yaml", (), f"no conflict is named {ruling!r}")

    def _rule_references(self, version: Version, where: tuple[Any, ...], rule: Rule) -> None:
        named = [*rule.text.clauses, *(item.clause for item in rule.amount.less)] if rule.amount else rule.text.clauses
        self._known_clauses(version, where, [*named, *(part.clause for part in rule.when.comparisons() if part.clause)])
        if rule.text.eta and rule.text.eta not in version.etas:
            self._note("claims.yaml", where, f"no eta is named {rule.text.eta!r}")
        for conflict in (*((rule.text.conflict,) if rule.text.conflict else ()), *rule.text.notes):
            if conflict not in version.conflicts:
                self._note("claims.yaml", where, f"no conflict is named {conflict!r}")

    def _known_clauses(self, version: Version, where: tuple[Any, ...], named: Any) -> None:
        for clause in named:
            if clause not in version.clauses:
                self._note("claims.yaml", where, f"clause {clause!r} is not stated in clauses.yaml")
