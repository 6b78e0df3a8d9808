"""What the policy says about a draft, from what the customer told and what is on record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from dialogs.talk import Draft
from policies.decide import Decision, Sum, UnclearClaim, decide
from policies.facts import BadFact, FactValue
from policies.money import ZERO
from policies.pack import Pack, Version

# A notice is the first message that says so; a request is when the customer last began or resumed it.
NOTICES = ("reported_at", "notified_at")


@dataclass(frozen=True)
class Judged:
    """The decision on a draft. `disputed` are facts on which the customer and the record differ, and with them the
    decision; `by_record` and `by_customer` are then the two. `unclear` are facts that would tell the kind of claim.
    """

    decision: Decision | None
    unclear: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    by_record: Decision | None = None
    by_customer: Decision | None = None


def typed(version: Version, raw: Mapping[str, Any]) -> dict[str, FactValue]:
    """The facts of `raw` that this version knows and that fit their types."""
    claim: dict[str, FactValue] = {}
    for name, value in raw.items():
        if name not in version.facts:
            continue
        try:
            claim |= version.read_claim({name: value})
        except BadFact:
            continue
    return claim


def told_facts(version: Version, draft: Draft) -> dict[str, FactValue]:
    """What the customer said, typed."""
    return typed(version, {name: told.value for name, told in draft.facts.items()})


def recorded_facts(version: Version, draft: Draft) -> dict[str, FactValue]:
    """What the company's record says, typed."""
    return typed(version, draft.recorded)


def _moments(version: Version, draft: Draft) -> dict[str, FactValue]:
    moments: dict[str, FactValue] = {"requested_at": draft.resumed_at}
    return moments | {name: draft.begun_at for name in NOTICES if name in version.facts}


def rough_moments(draft: Draft, version: Version) -> dict[str, tuple[datetime, datetime]]:
    """Moments told only by the day: the first and the last moment that each may mean."""
    spans = {}
    for name, value in told_facts(version, draft).items():
        if isinstance(value, datetime) and draft.facts[name].precision == "day" and name not in draft.recorded:
            start = value.replace(hour=0, minute=0, second=0)
            spans[name] = (start, start + timedelta(hours=23, minutes=59))
    return spans


def is_rounded(told: FactValue, recorded: FactValue) -> bool:
    """Whether a told moment only rounds the recorded one: at most half a day lies between them."""
    if isinstance(told, datetime) and isinstance(recorded, datetime):
        return abs(told - recorded) <= timedelta(hours=12)
    return False


def claim_of(version: Version, draft: Draft, prefer_record: bool = False) -> dict[str, FactValue]:
    """The facts of a draft as one claim. What was told counts, unless `prefer_record`; a rounded time never does."""
    told, recorded = told_facts(version, draft), recorded_facts(version, draft)
    told = {name: value for name, value in told.items() if not is_rounded(value, recorded.get(name, ""))}
    both = {**told, **recorded} if prefer_record else {**recorded, **told}
    return {**_moments(version, draft), **both}


def _try(claim: Mapping[str, FactValue], pack: Pack, now: datetime, claim_type: str) -> Decision | tuple[str, ...]:
    try:
        return decide(claim, pack, now, claim_type or None)
    except UnclearClaim as unclear:
        return unclear.missing


def _figures(decision: Decision) -> tuple[Any, ...]:
    return (decision.outcome, decision.amount.low, decision.amount.high) if decision.amount else (decision.outcome,)


def _worse(mine: Decision, theirs: Decision) -> bool:
    """Whether the customer says something against their own claim: that needs no proof."""
    ranks = ("not_eligible", "needs_review", "partial_refund", "replacement", "full_refund")
    if mine.outcome is None or theirs.outcome is None:
        return False
    return ranks.index(mine.outcome) < ranks.index(theirs.outcome)


def _at_stake(mine: Decision, theirs: Decision) -> Sum | None:
    """From what the one side gives to what the other does."""
    sums = [decision.amount for decision in (mine, theirs) if decision.amount]
    if not sums:
        return None
    low = ZERO if len(sums) < 2 else min(each.low for each in sums)
    return Sum(low, max(each.high for each in sums))


def judge(draft: Draft, pack: Pack, now: datetime, extra: Mapping[str, FactValue] | None = None) -> Judged:
    """The decision on `draft` at `now`; `extra` facts are tried on top and change nothing (a what-if)."""
    version, _ = pack.version_for({"requested_at": draft.resumed_at}, now)
    mine = _try({**claim_of(version, draft), **(extra or {})}, pack, now, draft.claim_type)
    if not isinstance(mine, Decision):
        return Judged(None, unclear=mine)
    told, recorded = told_facts(version, draft), recorded_facts(version, draft)
    differing = tuple(
        name
        for name, value in told.items()
        if name in recorded and value != recorded[name] and name not in (extra or {})
    )
    differing = tuple(name for name in differing if not is_rounded(told[name], recorded[name]))
    if not differing:
        return Judged(mine)
    theirs = _try({**claim_of(version, draft, True), **(extra or {})}, pack, now, mine.claim_type)
    if not isinstance(theirs, Decision) or _figures(theirs) == _figures(mine) or _worse(mine, theirs):
        return Judged(mine)
    disputed = replace(mine, outcome="needs_review", eta=mine.eta or theirs.eta, amount=_at_stake(mine, theirs))
    clauses = tuple(dict.fromkeys((*mine.clauses, *theirs.clauses)))
    return Judged(replace(disputed, clauses=clauses), disputed=differing, by_record=theirs, by_customer=mine)
