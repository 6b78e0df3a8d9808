"""A company's pack as values: clauses, facts, claim types and their compiled rules, per version of the policy.

`load_pack` takes the texts of the files (the shell opens them) and raises `PackError` with everything that is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from policies import files
from policies.calendars import Calendar
from policies.conditions import Arithmetic, Condition
from policies.derived import Derived, Known, complete
from policies.facts import BadFact, Claim, FactType, FactValue, as_moment, read_fact
from policies.words import Words

# The moment of judging, and the moment of asking, which every claim has.
NOW = "now"
REQUESTED_AT = "requested_at"


@dataclass(frozen=True)
class Deduction:
    """A compiled `Less`: `low` and `high` are the same expression where the figure is fixed."""

    what: Words
    clause: str
    low: Arithmetic
    high: Arithmetic


@dataclass(frozen=True)
class AmountRule:
    """A compiled `Amount`."""

    low: Arithmetic
    high: Arithmetic
    percent: Arithmetic | None
    less: tuple[Deduction, ...]
    at_most: Arithmetic | None
    parts: Mapping[str, Arithmetic]


@dataclass(frozen=True)
class Rule:
    """A compiled rule; `text` is what the pack says of it."""

    id: str
    text: files.Rule
    when: Condition
    amount: AmountRule | None
    max_allowed: Arithmetic | None


@dataclass(frozen=True)
class Evidence:
    """A compiled proof: asked for where `only_if` holds."""

    id: str
    text: files.Evidence
    only_if: Condition


@dataclass(frozen=True)
class Slot:
    """A compiled slot; `fact` is the fact's description."""

    name: str
    text: files.Slot
    fact: files.Fact
    only_if: Condition


@dataclass(frozen=True)
class ClaimType:
    """A compiled claim type."""

    id: str
    text: files.ClaimType
    applies: Condition
    rules: tuple[Rule, ...]
    guards: tuple[Rule, ...]
    slots: tuple[Slot, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Version:
    """One version of a company's policy."""

    text: files.VersionFile
    sections: Mapping[str, files.Section]
    clauses: Mapping[str, files.Clause]
    facts: Mapping[str, files.Fact]
    slots: Mapping[str, Slot]
    derived: tuple[Derived, ...]
    claim_types: Mapping[str, ClaimType]
    etas: Mapping[str, files.Eta]
    conflicts: Mapping[str, files.ConflictFile]
    rulings: Mapping[str, files.Ruling]
    windows: tuple[files.Window, ...]
    deadlines: tuple[files.Deadline, ...]
    service_times: tuple[files.ServiceTime, ...]

    types: Mapping[str, FactType]

    @property
    def in_force_from(self) -> date:
        """The date from which it applies."""
        return self.text.in_force_from

    def section_title(self, clause_id: str) -> Words:
        """The title of the section in which `clause_id` stands."""
        return self.sections[self.clauses[clause_id].section].title

    def words_of(self, fact: str) -> tuple[str, ...]:
        """The values that a word may take; none where it is free."""
        described = self.facts[fact]
        return tuple(described.values) if described.type == "word" and described.values else ()

    def read_claim(self, raw: Mapping[str, object]) -> dict[str, FactValue]:
        """Facts as JSON gives them, as typed values; null is left out. Raises `BadFact` naming the fact."""
        claim: dict[str, FactValue] = {}
        for name, value in raw.items():
            if name not in self.facts:
                raise BadFact(name, value, "a fact of this brand")
            if value is not None:
                claim[name] = read_fact(name, self.facts[name].type, value, self.words_of(name))
        return claim

    def complete(self, claim: Claim, now: datetime, calendar: Calendar) -> Known:
        """Everything known when `claim` is told at `now`: what follows from it, and what is presumed."""
        told = {REQUESTED_AT: now, **claim, NOW: now}
        return complete(told, self.derived, self.types, calendar)

    def types_for(self, known: Mapping[str, FactValue]) -> tuple[list[ClaimType], list[ClaimType]]:
        """(claim types that apply, claim types that could: their condition is unknown), given the known facts."""
        applying, possible = [], []
        for claim_type in self.claim_types.values():
            held = claim_type.applies.held(known)
            if held:
                applying.append(claim_type)
            elif held is None:
                possible.append(claim_type)
        return applying, possible


@dataclass(frozen=True)
class Pack:
    """A company: the brand and its policy's versions, oldest first."""

    brand: files.BrandFile
    calendar: Calendar
    versions: tuple[Version, ...]

    @property
    def id(self) -> str:
        """The brand's id, such as `webpino`."""
        return self.brand.id

    @property
    def newest(self) -> Version:
        """The version in force last."""
        return self.versions[-1]

    def version_for(self, claim: Claim, now: datetime) -> tuple[Version, bool]:
        """The version that applies to `claim`, and whether one was in force: before the first, the first applies."""
        best, in_force = self.versions[0], False
        for version in self.versions:
            start = claim.get(version.text.applies_by, claim.get(REQUESTED_AT, now))
            day = self.calendar.local_date(as_moment(start, self.calendar.time_zone))
            if version.in_force_from <= day:
                best, in_force = version, True
        return best, in_force
