"""What the policy says about one claim, with its reasons: `decide(claim, pack, now) -> Decision`.

The rules of the claim type are walked from the top to the first that holds. Where a rule above it is unknown, it may
decide only if every such rule would give the same outcome and amount; else the facts of those rules are missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from policies import files
from policies.conditions import Comparison, Memo
from policies.derived import Known
from policies.facts import Claim, FactValue
from policies.money import ZERO, split_in_ratio, to_paisa
from policies.pack import AmountRule, ClaimType, Pack, Rule, Version
from policies.words import Words

MONEY = ("full_refund", "partial_refund")
YES = (*MONEY, "replacement")
# Decisions of the last moments, for the turns that are being made; whatever changes is part of what is asked.
_REMEMBERED = 64
_RANK = {"not_eligible": 0, "needs_review": 1, "partial_refund": 2, "replacement": 3, "full_refund": 3}


@dataclass(frozen=True)
class Deducted:
    """One deduction as it was applied, in rupees from `low` to `high`."""

    what: Words
    clause: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Sum:
    """An amount of money in rupees: `low` and `high` are the same where it is one figure."""

    low: Decimal
    high: Decimal
    base: Decimal | None = None
    percent: Decimal | None = None
    less: tuple[Deducted, ...] = ()
    parts: Mapping[str, Decimal] | None = None

    @property
    def is_exact(self) -> bool:
        """Whether it is one figure."""
        return self.low == self.high


NOTHING = Sum(ZERO, ZERO)


@dataclass(frozen=True)
class EtaStep:
    """A stretch of working days (least, most), the clause that names it and what it is for."""

    least: int
    most: int
    clause: str
    what: Words | None = None


@dataclass(frozen=True)
class Eta:
    """Working days from `starts` until the money is sent (`main`), and what the policy adds on top (`then`)."""

    starts: str
    main: EtaStep
    then: tuple[EtaStep, ...] = ()


@dataclass(frozen=True)
class Tested:
    """One condition of the walk: what was tested, whether it held (None: unknown) and the clause that asks for it."""

    rule: str
    condition: str
    held: bool | None
    clause: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """What would have to be otherwise for `outcome`: the conditions of that rule that did not hold."""

    outcome: str
    rule: str
    clause: str
    conditions: tuple[Tested, ...]


@dataclass(frozen=True)
class Decision:
    """What the policy says about a claim. `outcome` is None while facts are missing that it needs."""

    claim_type: str
    version: Version
    in_force: bool
    known: Known
    outcome: str | None = None
    rule: Rule | None = None
    amount: Sum | None = None
    clauses: tuple[str, ...] = ()
    conflicts: tuple[files.ConflictFile, ...] = ()
    notes: tuple[files.ConflictFile, ...] = ()
    ruling: files.Ruling | None = None
    eta: Eta | None = None
    missing: tuple[str, ...] = ()
    presumed: tuple[str, ...] = ()
    max_allowed: Decimal | None = None
    because: tuple[Tested, ...] = ()
    changes: tuple[Change, ...] = field(default=())

    @property
    def gives_money(self) -> bool:
        """Whether it is a yes to a refund, in whole or in part."""
        return self.outcome in MONEY

    @property
    def is_yes(self) -> bool:
        """Whether it is a yes: money or a replacement."""
        return self.outcome in YES

    def missing_from(self, *who: str) -> tuple[str, ...]:
        """The missing facts that `who` (customer, company, either) can know."""
        return tuple(name for name in self.missing if self.version.facts[name].who in who)

    def value(self, fact: str) -> FactValue | None:
        """What is known of `fact`: told, derived or presumed."""
        return self.known.values.get(fact)


class UnclearClaim(ValueError):
    """No claim type applies to the facts; `missing` are the facts that would tell which one does."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        super().__init__("the facts do not tell which kind of claim it is; missing: " + ", ".join(missing))


def choose_claim_type(version: Version, known: Mapping[str, FactValue]) -> ClaimType:
    """The one claim type that applies. Raises `UnclearClaim` with the facts that would tell."""
    applying, possible = version.types_for(known)
    if applying:
        return applying[0]
    missing = [name for claim_type in possible for name in claim_type.applies.unknown_facts(known)]
    raise UnclearClaim(tuple(dict.fromkeys(missing)))


def decide(claim: Claim, pack: Pack, now: datetime, claim_type: str | None = None) -> Decision:
    """Judge `claim` (typed facts) as of `now`, an aware moment.

    `claim_type` is given where the talk has settled it; else the facts choose. Raises `UnclearClaim`. One turn asks
    several times for the same decision, which is then worked out once.
    """
    found = _decided(_Asked(dict(claim), pack, now, claim_type))
    if isinstance(found, Decision):
        return found
    raise UnclearClaim(found)


class _Asked:
    """What is asked of `decide`. Two are the same only where every value is, as it is written and to its type."""

    def __init__(self, claim: Claim, pack: Pack, now: datetime, claim_type: str | None) -> None:
        self.claim, self.pack, self.now, self.claim_type = claim, pack, now, claim_type
        told = tuple((name, type(value), str(value), getattr(value, "tzinfo", None)) for name, value in claim.items())
        self._key = (id(pack), claim_type, str(now), now.tzinfo, told)
        self._hash = hash(self._key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._key == other._key


@lru_cache(maxsize=_REMEMBERED)
def _decided(asked: _Asked) -> Decision | tuple[str, ...]:
    """The decision, or the facts that would tell the kind of claim."""
    version, in_force = asked.pack.version_for(asked.claim, asked.now)
    known = version.complete(asked.claim, asked.now, asked.pack.calendar)
    try:
        chosen = version.claim_types[asked.claim_type] if asked.claim_type else choose_claim_type(version, known.values)
    except UnclearClaim as unclear:
        return unclear.missing
    return _Walk(chosen, version, in_force, known).decide()


def decide_for_any(claim: Claim, pack: Pack, now: datetime) -> Decision:
    """Judge `claim` like `decide`; where the facts do not tell its kind, by every kind that it may be.

    The decision stands where all of them give the same one by the same rule, which then does not rest on the kind (a
    payment made twice). Raises `UnclearClaim` where they differ.
    """
    try:
        return decide(claim, pack, now)
    except UnclearClaim:
        version, in_force = pack.version_for(claim, now)
        known = version.complete(claim, now, pack.calendar)
        _, possible = version.types_for(known.values)
        found = [_Walk(each, version, in_force, known).decide() for each in possible]
        first = found[0] if found else None
        if first is None or first.rule is None or any(not _agree(first, other) for other in found):
            raise
        return first


def best_possible(decision: Decision, claim_type: ClaimType) -> Decision | None:
    """The best for the customer of what the rules of an undecided claim may still give; None where none may."""
    walk = _Walk(claim_type, decision.version, decision.in_force, decision.known)
    # What is only presumed as long as the missing facts are not told may still be otherwise.
    open_still = {name for name in decision.known.presumptions if walk.rests_on(name) & set(decision.missing)}
    values = {name: value for name, value in decision.known.values.items() if name not in open_still}
    possible = []
    for rule in claim_type.rules:
        held = rule.when.held(values)
        if held is not False:
            possible.append(walk.guarded(walk.taken(rule)))
        if held:
            break
    # Of equal ones that goes before which rests on more of what was told, then the first.
    told = {name for name in values if name not in decision.known.presumptions}

    def how_good(each: Decision) -> tuple[int, Decimal, int]:
        facts = {fact for item in each.because if each.rule and item.rule == each.rule.id for fact in item.facts}
        grounds = {source for fact in facts for source in walk.rests_on(fact)} & told
        return _RANK[each.outcome or "not_eligible"], each.amount.high if each.amount else ZERO, len(grounds)

    return max(possible, key=how_good, default=None)


def _agree(one: Decision, other: Decision) -> bool:
    """Whether two decisions are the same, by the same rule."""
    same_rule = one.rule is not None and other.rule is not None and one.rule.text == other.rule.text
    return same_rule and (one.outcome, one.amount, one.clauses) == (other.outcome, other.amount, other.clauses)


class _Walk:
    """One walk through the rules of a claim type."""

    def __init__(self, claim_type: ClaimType, version: Version, in_force: bool, known: Known) -> None:
        self.claim_type = claim_type
        self.version = version
        self.known = known
        self.memo: Memo = {}
        self.empty = Decision(claim_type.id, version, in_force, known)

    def decide(self) -> Decision:
        values = self.known.values
        unknown: list[Rule] = []
        for rule in self.claim_type.rules:
            held = rule.when.held(values, self.memo)
            if held is None:
                unknown.append(rule)
            elif held:
                if all(self._same(rule, other) for other in unknown):
                    return self.guarded(self.taken(rule))
                break
        return self._undecided(unknown)

    def _same(self, rule: Rule, other: Rule) -> bool:
        if rule.text.outcome != other.text.outcome or rule.text.conflict != other.text.conflict:
            return False
        mine, theirs = (self._sum(each.amount) for each in (rule, other))
        if mine is None or theirs is None:
            return rule.amount is None and other.amount is None
        return (mine.low, mine.high) == (theirs.low, theirs.high)

    def _undecided(self, unknown: list[Rule]) -> Decision:
        missing = (name for rule in unknown for name in self._askable(rule.when.unknown_facts(self.known.values)))
        return replace(
            self.empty, missing=tuple(dict.fromkeys(missing)), because=tuple(self._trace(self.claim_type.rules))
        )

    def _askable(self, names: Iterator[str]) -> Iterator[str]:
        """The facts that would have to be told for `names` to be known: a derived fact stands for its sources."""
        derived = {item.name: item for item in self.version.derived}
        for name in names:
            item = derived.get(name)
            sources = [fact for fact in item.facts if fact not in self.known.values] if item else []
            if sources and name not in self.version.slots:
                yield from self._askable(iter(sources))
            else:
                yield name

    def rests_on(self, name: str) -> frozenset[str]:
        """The facts that would have to be told for a derived one, through all that it is derived from."""
        item = next((each for each in self.version.derived if each.name == name), None)
        return frozenset(fact for source in item.facts for fact in self.rests_on(source)) if item else frozenset({name})

    def _trace(self, rules: tuple[Rule, ...]) -> Iterator[Tested]:
        for rule in rules:
            for part in rule.when.comparisons():
                yield self._tested(rule, part)

    def _tested(self, rule: Rule, part: Comparison) -> Tested:
        clause = part.clause or rule.text.clauses[0]
        return Tested(rule.id, part.text, part.held(self.known.values, self.memo), clause, part.facts)

    def taken(self, rule: Rule) -> Decision:
        """The decision where `rule` holds."""
        text = rule.text
        conflict = self.version.conflicts.get(text.conflict or "")
        ruling = self.version.rulings.get(text.conflict or "")
        walked = self.claim_type.rules[: self.claim_type.rules.index(rule) + 1]
        outcome: str = ruling.outcome if ruling else text.outcome
        if conflict and conflict.on == "outcome" and not ruling:
            outcome = "needs_review"
        amount = self._sum(rule.amount) if outcome not in ("not_eligible", "replacement") else NOTHING
        used = [fact for part in rule.when.grounds(self.known.values, self.memo) for fact in part.facts]
        used += self._amount_facts(rule.amount)
        notes = tuple(self.version.conflicts[name] for name in text.notes)
        decision = replace(
            self.empty,
            outcome=outcome,
            rule=rule,
            amount=amount,
            clauses=self._clauses(rule, amount),
            conflicts=(conflict,) if conflict and not ruling else (),
            notes=notes,
            ruling=ruling,
            eta=self._eta(text.eta),
            missing=tuple(dict.fromkeys(self._askable(self._unknown(rule.amount)))),
            presumed=tuple(self.known.presumed_in(used)),
            max_allowed=self._figure(rule),
            because=tuple(self._trace(walked)),
        )
        return replace(decision, changes=tuple(self._changes(decision)))

    def guarded(self, decision: Decision) -> Decision:
        """A decision that gives money, as the guards of the claim type leave it."""
        if not decision.gives_money:
            return decision
        tested_facts = [
            fact for guard in self.claim_type.guards for part in guard.when.comparisons() for fact in part.facts
        ]
        presumed = tuple(dict.fromkeys((*decision.presumed, *self.known.presumed_in(tested_facts))))
        decision = replace(decision, presumed=presumed)
        for guard in self.claim_type.guards:
            if guard.when.held(self.known.values, self.memo):
                text = guard.text
                conflict = self.version.conflicts.get(text.conflict or "")
                tested = tuple(self._tested(guard, part) for part in guard.when.comparisons())
                return replace(
                    decision,
                    outcome=text.outcome,
                    amount=NOTHING if text.outcome == "not_eligible" else decision.amount,
                    eta=None if text.outcome == "not_eligible" else decision.eta,
                    rule=guard,
                    clauses=tuple(dict.fromkeys((*text.clauses, *decision.clauses))),
                    conflicts=(*decision.conflicts, *((conflict,) if conflict else ())),
                    because=(*decision.because, *tested),
                )
        return decision

    def _clauses(self, rule: Rule, amount: Sum | None) -> tuple[str, ...]:
        deducted = [item.clause for item in amount.less if item.high > 0] if amount else []
        eta = self._eta(rule.text.eta)
        return tuple(dict.fromkeys((*rule.text.clauses, *deducted, *((eta.main.clause,) if eta else ()))))

    def _eta(self, name: str | None) -> Eta | None:
        if name is None:
            return None
        text = self.version.etas[name]
        then = tuple(EtaStep(*step.days, step.clause, step.what) for step in text.then)
        if text.days and text.clause:
            return Eta(text.starts, EtaStep(*text.days, text.clause), then)
        step = (text.table or {}).get(str(self.known.values.get(text.by or "")))
        return Eta(text.starts, EtaStep(*step.days, step.clause, step.what), then) if step else None

    def _figure(self, rule: Rule) -> Decimal | None:
        value = rule.max_allowed.value(self.known.values) if rule.max_allowed else None
        return to_paisa(max(value, ZERO)) if value is not None else None

    def _amount_facts(self, amount: AmountRule | None) -> list[str]:
        if amount is None:
            return []
        parts = [amount.low, amount.high, *([amount.percent] if amount.percent else []), *amount.parts.values()]
        parts += [side for item in amount.less for side in (item.low, item.high)]
        return list(dict.fromkeys(fact for part in parts for fact in part.facts))

    def _unknown(self, amount: AmountRule | None) -> Iterator[str]:
        return (name for name in self._amount_facts(amount) if name not in self.known.values)

    def _sum(self, rule: AmountRule | None) -> Sum | None:
        """The amount, a range where a deduction is unknown or open, None where its base is unknown."""
        if rule is None:
            return None
        values = self.known.values
        low, high = rule.low.value(values), rule.high.value(values)
        if low is None or high is None:
            return None
        base, less = high, []
        for item in rule.less:
            least, most = item.low.value(values), item.high.value(values)
            deducted = Deducted(item.what, item.clause, least or ZERO, high if most is None else most)
            less.append(deducted)
            low, high = low - deducted.high, high - deducted.low
        percent = rule.percent.value(values) if rule.percent else None
        if rule.percent and percent is None:
            return None
        if percent is not None:
            low, high = low * percent / 100, high * percent / 100
        most = rule.at_most.value(values) if rule.at_most else None
        low, high = (to_paisa(max(ZERO, figure if most is None else min(figure, most))) for figure in (low, high))
        weights = {name: weight.value(values) for name, weight in rule.parts.items()}
        shares = {name: weight for name, weight in weights.items() if weight is not None}
        parts = (
            split_in_ratio(high, shares) if shares and len(shares) == len(weights) and sum(shares.values()) else None
        )
        return Sum(low, high, base, percent, tuple(less), parts)

    def _changes(self, decision: Decision) -> Iterator[Change]:
        """The better outcomes that one or two conditions keep out of reach, the nearest first.

        Those that only say that something presumed could be otherwise are told where there are no others.
        """
        if decision.outcome is None or decision.outcome == "full_refund":
            return
        values = self.known.values
        found = []
        for rule in self.claim_type.rules:
            if _RANK[rule.text.outcome] <= _RANK[decision.outcome] or rule is decision.rule:
                continue
            tested = [self._tested(rule, part) for part in rule.when.comparisons()]
            failed = tuple(item for item in tested if item.held is False)
            if rule.when.join == "all" and 0 < len(failed) <= 2 and rule.when.held(values, self.memo) is False:
                found.append(Change(rule.text.outcome, rule.id, failed[0].clause, failed))
        told = [change for change in found if not self._is_presumed(change)]
        yield from sorted(told or found, key=lambda change: len(change.conditions))[:3]

    def _is_presumed(self, change: Change) -> bool:
        """Whether it only says that something presumed could be otherwise, such as a second payment never told of."""
        return any(self.known.presumed_in(item.facts) for item in change.conditions)
