"""A decision as values for the message texts: what it is, why, by which clauses, and what would change it."""

from typing import Any

from dialogs.judging import Judged
from dialogs.scene import Scene
from dialogs.showing import show_condition
from policies.decide import Change, Decision, Sum


def amount_values(amount: Sum | None) -> dict[str, Any] | None:
    """An amount for a template, in rupees: least and most, base, percentage, deductions, shares."""
    if amount is None:
        return None
    return {
        "low": amount.low,
        "high": amount.high,
        "exact": amount.is_exact,
        "base": amount.base,
        "percent": amount.percent,
        "parts": dict(amount.parts) if amount.parts else {},
    }


def _change_line(scene: Scene, decision: Decision, change: Change) -> dict[str, Any]:
    conditions = [
        show_condition(decision.version, tested, decision.known, scene.zone, scene.language)
        for tested in change.conditions
    ]
    return {"outcome": change.outcome, "conditions": conditions, "clause": change.clause}


def _out_of_hand(decision: Decision, change: Change) -> bool:
    """Whether a change rests on a yes or no that only the company works out ("the fault cannot be fixed")."""
    facts = [fact for item in change.conditions for fact in item.facts]
    described = [decision.version.facts[fact] for fact in facts if fact in decision.version.facts]
    return any(fact.type == "flag" and fact.derive is not None and fact.who == "company" for fact in described)


def _changes(scene: Scene, decision: Decision) -> list[dict[str, Any]]:
    """What would turn an answer that is not a yes into one, each set of conditions once."""
    if decision.is_yes:
        return []
    told = [change for change in decision.changes if change.outcome != "needs_review"]
    told = [change for change in told if not _out_of_hand(decision, change)]
    lines = [_change_line(scene, decision, change) for change in told]
    unlike = {tuple(line["conditions"]): line for line in reversed(lines)}
    return list(reversed(unlike.values()))[:2]


def _presumed_line(scene: Scene, decision: Decision, name: str) -> str:
    value = decision.value(name)
    return scene.label(name) + (f": {scene.show(name, value)}" if value is not None else "")


def _eta(scene: Scene, decision: Decision) -> dict[str, Any] | None:
    eta = decision.eta
    if eta is None:
        return None
    then = [
        {"least": step.least, "most": step.most, "clause": step.clause, "what": scene.words(step.what)}
        for step in eta.then
    ]
    return {
        "least": eta.main.least,
        "most": eta.main.most,
        "clause": eta.main.clause,
        "starts": eta.starts,
        "then": then,
    }


def dispute_lines(scene: Scene, judged: Judged) -> list[dict[str, str]]:
    """Each fact on which customer and record differ, both values shown."""
    if judged.by_record is None or judged.by_customer is None:
        return []
    lines = []
    for name in judged.disputed:
        told, recorded = judged.by_customer.value(name), judged.by_record.value(name)
        if told is not None and recorded is not None:
            lines.append(
                {"fact": scene.label(name), "told": scene.show(name, told), "recorded": scene.show(name, recorded)}
            )
    return lines


def _nothing_decided() -> dict[str, Any]:
    empty_lists = ("clauses", "less", "conflicts", "notes", "to_check", "presumed", "changes", "disputed")
    values: dict[str, Any] = {name: [] for name in (*empty_lists, "by_record_clauses")}
    values |= dict.fromkeys(("outcome", "amount", "eta", "max_allowed", "by_record"))
    return {**values, "reason": "", "way_on": "", "by_record_reason": ""}


def decision_values(scene: Scene, judged: Judged) -> dict[str, Any]:
    """The values that every message about a decision has."""
    decision = judged.decision
    if decision is None:
        return _nothing_decided()
    rule = decision.rule
    facts = decision.version.facts
    less = decision.amount.less if decision.amount else ()
    by_record = judged.by_record
    return {
        "outcome": decision.outcome,
        "reason": scene.words(rule.text.says) if rule else "",
        "way_on": scene.words(rule.text.way_on) if rule else "",
        "clauses": list(decision.clauses[:4]),
        "amount": amount_values(decision.amount) if decision.outcome not in ("not_eligible", "replacement") else None,
        "less": [
            {"what": scene.words(item.what), "low": item.low, "high": item.high, "clause": item.clause}
            for item in less
            if item.high > 0
        ],
        "eta": _eta(scene, decision) if decision.outcome != "not_eligible" else None,
        "max_allowed": decision.max_allowed,
        "conflicts": [scene.words(item.says) for item in decision.conflicts],
        "notes": [scene.words(item.says) for item in decision.notes],
        "to_check": [scene.label(name) for name in decision.missing if name in facts and facts[name].who == "company"],
        "presumed": [
            _presumed_line(scene, decision, name)
            for name in decision.presumed
            if name in facts and facts[name].derive is None
        ],
        "changes": _changes(scene, decision),
        "disputed": dispute_lines(scene, judged),
        "by_record": by_record.outcome if by_record else None,
        "by_record_reason": scene.words(by_record.rule.text.says) if by_record and by_record.rule else "",
        "by_record_clauses": list(by_record.clauses[:2]) if by_record else [],
    }
