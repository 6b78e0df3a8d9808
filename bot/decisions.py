"""A decision as JSON: in the form of `refund-desk assess`, and with everything the desk shows of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from policies import files
from policies.decide import Change, Decision, Eta, EtaStep, Sum, Tested
from policies.facts import show_fact

PUBLIC = (
    "outcome",
    "amount",
    "clauses",
    "conflicts",
    "eta_business_days",
    "missing",
    "presumed",
    "parts",
    "max_allowed",
    "because",
)


def decision_as_json(decision: Decision) -> dict[str, Any]:
    """The decision in the form that `assess` prints, without the claim's id."""
    amount = decision.amount
    return {
        "outcome": decision.outcome,
        "amount": {"min": show_fact(amount.low), "max": show_fact(amount.high)} if amount else None,
        "clauses": list(decision.clauses),
        "conflicts": _conflicting(decision.conflicts + decision.notes),
        "eta_business_days": [decision.eta.main.least, decision.eta.main.most] if decision.eta else None,
        "missing": list(decision.missing),
        "presumed": list(decision.presumed),
        "parts": _figures(amount.parts) if amount and amount.parts else None,
        "max_allowed": show_fact(decision.max_allowed) if decision.max_allowed is not None else None,
        "because": [_tested(item) for item in decision.because],
    }


def decision_record(decision: Decision) -> dict[str, Any]:
    """What is stored with a case: the form of `assess`, and version, reasons, deductions and conflicts in words."""
    rule = decision.rule
    return {
        **decision_as_json(decision),
        "claim_type": decision.claim_type,
        "version": decision.version.in_force_from.isoformat(),
        "in_force": decision.in_force,
        "rule": rule.id if rule else None,
        "rules": [item.rule for item in decision.because],
        "says": rule.text.says.model_dump() if rule else None,
        "way_on": rule.text.way_on.model_dump() if rule and rule.text.way_on else None,
        "known": {name: show_fact(value) for name, value in decision.known.values.items()},
        "presumptions": {name: sorted(found) for name, found in decision.known.presumptions.items()},
        "sum": _sum(decision.amount) if decision.amount else None,
        "conflict_texts": [_conflict(item) for item in decision.conflicts],
        "note_texts": [_conflict(item) for item in decision.notes],
        "ruling": decision.ruling.model_dump(mode="json") if decision.ruling else None,
        "eta": _eta(decision.eta) if decision.eta else None,
        "changes": [_change(item) for item in decision.changes],
    }


def public_part(record: dict[str, Any] | None) -> dict[str, Any] | None:
    """The part of a stored decision that `assess` would print."""
    return {key: record[key] for key in PUBLIC if key in record} if record else None


def _conflicting(conflicts: Iterable[files.ConflictFile]) -> list[str]:
    return list(dict.fromkeys(clause for conflict in conflicts for clause in conflict.clauses))


def _figures(parts: Any) -> dict[str, Any]:
    return {name: show_fact(share) for name, share in parts.items()}


def _tested(item: Tested) -> dict[str, Any]:
    return {"condition": item.condition, "held": item.held, "clause": item.clause}


def _sum(amount: Sum) -> dict[str, Any]:
    return {
        "base": show_fact(amount.base) if amount.base is not None else None,
        "percent": show_fact(amount.percent) if amount.percent is not None else None,
        "less": [
            {
                "what": item.what.model_dump(),
                "clause": item.clause,
                "min": show_fact(item.low),
                "max": show_fact(item.high),
            }
            for item in amount.less
        ],
    }


def _conflict(item: files.ConflictFile) -> dict[str, Any]:
    return {"id": item.id, "on": item.on, "clauses": list(item.clauses), "says": item.says.model_dump()}


def _step(step: EtaStep) -> dict[str, Any]:
    return {
        "days": [step.least, step.most],
        "clause": step.clause,
        "what": step.what.model_dump() if step.what else None,
    }


def _eta(eta: Eta) -> dict[str, Any]:
    return {"starts": eta.starts, "main": _step(eta.main), "then": [_step(step) for step in eta.then]}


def _change(item: Change) -> dict[str, Any]:
    return {
        "outcome": item.outcome,
        "rule": item.rule,
        "clause": item.clause,
        "conditions": [_tested(each) for each in item.conditions],
    }


def as_paise(amount: Decimal | None) -> int | None:
    """Rupees as whole paise."""
    return None if amount is None else int((amount * 100).to_integral_value())


def as_rupees(paise: int | None) -> Decimal | None:
    """Paise as rupees."""
    return None if paise is None else Decimal(paise) / 100
