"""Values as the pages show them: money, moments, facts by their labels, conditions and clauses in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.decisions import as_rupees
from dialogs.showing import show_condition, show_value
from policies.decide import Tested
from policies.derived import Known
from policies.facts import BadFact, FactValue
from policies.money import show_rupees
from policies.pack import Pack, Version

if TYPE_CHECKING:
    from bot.engine import Engine

_TINTS = 6
# An id in the source's numbering, as it stands in a sentence.
_CLAUSE_ID = re.compile(r"(?<![\w#.-])[\w.-]+#[\w.]+(?![\w#])")
_NEVER_IN_INITIALS = frozenset({"of", "the", "and"})


@dataclass(frozen=True)
class BrandView:
    """A company as the pages draw it."""

    id: str
    name: str
    about: str
    initials: str
    tint: int
    zone: ZoneInfo
    languages: tuple[str, ...]


def brand_view(pack: Pack, place: int) -> BrandView:
    """`pack`'s company; `place` is its number among the brands, for its colour."""
    words = [word for word in pack.brand.name.split() if word.lower() not in _NEVER_IN_INITIALS]
    initials = "".join(word[0] for word in words[:2]) if len(words) > 1 else pack.brand.name[:2]
    return BrandView(
        id=pack.id,
        name=pack.brand.name,
        about=pack.brand.about.in_("en"),
        initials=initials.upper(),
        tint=place % _TINTS,
        zone=pack.calendar.time_zone,
        languages=tuple(pack.brand.languages),
    )


def show_paise(paise: int | None) -> str:
    """Paise as rupees; empty for none."""
    rupees = as_rupees(paise)
    return "" if rupees is None else show_rupees(rupees)


def show_range(low: int | None, high: int | None) -> str:
    """An amount or a range, in paise; empty where no money is at stake."""
    if not high:
        return ""
    if low is None or low == high:
        return show_paise(high)
    return f"{show_paise(low)} to {show_paise(high)}"


def show_amount(amount: Mapping[str, Any] | None) -> str:
    """The amount of a decision, in rupees; empty where no money is at stake."""
    if not amount or not amount["max"]:
        return ""
    low, high = Decimal(str(amount["min"])), Decimal(str(amount["max"]))
    return show_rupees(high) if low == high else f"{show_rupees(low)} to {show_rupees(high)}"


def show_number_of_rupees(amount: object) -> str:
    """A number from a stored decision as rupees."""
    return show_rupees(Decimal(str(amount)))


def show_days(eta: list[int] | tuple[int, int] | None) -> str:
    """A range of working days."""
    if not eta:
        return ""
    return f"{eta[0]} working days" if eta[0] == eta[1] else f"{eta[0]}–{eta[1]} working days"


def show_moment(moment: datetime, zone: ZoneInfo) -> str:
    """`11 Mar 2026, 18:42`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def show_day(moment: datetime, zone: ZoneInfo) -> str:
    """`11 Mar 2026`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def show_time(moment: datetime, zone: ZoneInfo) -> str:
    """`11 Mar 18:42`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %H:%M}"


def ago(moment: datetime, now: datetime, *, short: bool = False) -> str:
    """How long ago, in the largest unit that fits; a simulated chat may be ahead of the real time."""
    past = now - moment
    if past < timedelta(seconds=-60):
        return f"{ago(now, moment, short=True)} ahead"
    seconds = max(0, int(past.total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}" + ("" if short else " ago")
    return f"{seconds} s" + ("" if short else " ago")


# One condition of a stored trace.
Step = Mapping[str, Any]


def _once(steps: Iterable[Step]) -> list[Step]:
    """Each condition once: several rules may ask the same."""
    return list({(step["condition"], step["clause"]): step for step in steps}.values())


@dataclass(frozen=True)
class Disagreement:
    """Clauses that do not agree. `decides`: on the outcome, so that a person decides; else on a detail."""

    clauses: str
    says: str
    decides: bool


def disagreements(decision: Mapping[str, Any], language: str = "en") -> list[Disagreement]:
    """What a stored decision says of clauses that contradict each other."""
    return [
        Disagreement(
            ", ".join(each["clauses"]), each["says"].get(language) or each["says"]["en"], name == "conflict_texts"
        )
        for name in ("conflict_texts", "note_texts")
        for each in decision.get(name) or ()
    ]


class Shower:
    """Facts, conditions and clauses of each brand's newest policy, in words."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _version(self, brand: str) -> Version:
        return self._engine.pack(brand).newest

    def claim_name(self, brand: str, claim_type: str, language: str = "en") -> str:
        """What a kind of request is called."""
        found = self._version(brand).claim_types.get(claim_type)
        return found.text.name.in_(language) if found else claim_type.replace("_", " ").capitalize() or "Request"

    def fact_name(self, brand: str, name: str, language: str = "en") -> str:
        """What a fact is called."""
        fact = self._version(brand).facts.get(name)
        return fact.label.in_(language) if fact else name.replace("_", " ")

    def fact_value(self, brand: str, name: str, value: object, language: str = "en") -> str:
        """A stored fact as people read it."""
        if value is None:
            return ""
        version, zone = self._version(brand), self._engine.pack(brand).calendar.time_zone
        try:
            typed = version.read_claim({name: value})[name]
        except BadFact:
            return str(value)
        return show_value(version.facts[name], typed, zone, language)

    def clause(self, brand: str, clause: str, language: str = "en") -> dict[str, str]:
        """A clause with its section and what it says."""
        version = self._version(brand)
        stated = version.clauses.get(clause)
        if stated is None:
            return {"id": clause, "section": "", "says": "Not in the policy's newest version."}
        section = version.section_title(clause).in_(language)
        return {"id": clause, "section": section, "says": stated.says.in_(language)}

    def cited(self, brand: str, text: str, clauses: Iterable[str]) -> list[str]:
        """`clauses`, and behind them the others that stand in `text` by an id that can be nothing else."""
        known = self._version(brand).clauses
        named = (word.rstrip(".") for word in _CLAUSE_ID.findall(text))
        return list(dict.fromkeys([*clauses, *(name for name in named if name in known)]))

    def clause_says(self, brand: str, clause: str) -> str:
        """What a clause says."""
        return self.clause(brand, clause)["says"]

    def clause_section(self, brand: str, clause: str) -> str:
        """The title of a clause's section."""
        return self.clause(brand, clause)["section"]

    def split_trace(self, brand: str, decision: Mapping[str, Any]) -> tuple[list[Step], list[Step]]:
        """The conditions of a stored trace: those that decided, or are open while nothing decides; and all others."""
        steps = list(decision.get("because") or ())
        wanted = self._deciding(brand, str(decision.get("claim_type") or ""), decision.get("rule"))
        if wanted:
            first = [step for step in steps if step["condition"] in wanted]
        else:
            first = [step for step in steps if step["held"] is None]
        return _once(first), _once(step for step in steps if step not in first)

    def _deciding(self, brand: str, claim_type: str, rule_id: object) -> frozenset[str]:
        """The conditions of the rule that decided; none where none did or the newest policy has no such rule."""
        found = self._version(brand).claim_types.get(claim_type)
        rules = (*found.rules, *found.guards) if found else ()
        rule = next((each for each in rules if each.id == rule_id), None)
        return frozenset(part.text for part in rule.when.comparisons()) if rule else frozenset()

    def condition(self, brand: str, step: Mapping[str, Any], known: Mapping[str, Any], language: str = "en") -> str:
        """One condition of a stored trace, with what was known of it."""
        version = self._version(brand)
        typed: dict[str, FactValue] = {}
        for name, value in known.items():
            try:
                typed |= version.read_claim({name: value})
            except BadFact:
                continue  # A fact of an older version is shown by its condition alone.
        tested = Tested(str(step.get("rule", "")), str(step["condition"]), step["held"], str(step["clause"] or ""), ())
        zone = self._engine.pack(brand).calendar.time_zone
        return show_condition(version, tested, Known(typed, {}), zone, language)
