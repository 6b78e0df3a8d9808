"""After filing: where the request stands, taking it back, correcting it, adding to it, appealing."""

from datetime import datetime
from typing import Any

from dialogs.case_states import ENDS, OPEN
from dialogs.filling import Filling
from dialogs.heard import Heard
from dialogs.judging import Judged, typed
from dialogs.reasons import decision_values
from dialogs.records import CaseView
from dialogs.scene import PERSON, Scene
from dialogs.talk import Draft, Proof, Told
from dialogs.turn import Button, CaseEvent
from policies.decide import Decision, UnclearClaim, decide
from policies.facts import show_fact

# The company has not decided yet, and waits for nothing from the customer.
_UNDECIDED = ("submitted", "under_review")


def newest(scene: Scene, *states: str) -> CaseView | None:
    """The customer's case of the talk, else the newest, that is in one of `states` (any state where none is named)."""
    fitting = [case for case in scene.records.cases if not states or case.state in states]
    return next((case for case in fitting if case.ref == scene.talk.last_case), fitting[0] if fitting else None)


def tell_status(scene: Scene, heard: Heard | None = None) -> None:
    """Where the customer's requests stand."""
    named = [case for case in scene.records.cases if heard and case.ref.lower() in heard.text.lower()]
    cases = named or [case for case in scene.records.cases if case.state not in ENDS] or list(scene.records.cases[:1])
    if not cases:
        scene.say("no_case", {"draft": scene.draft is not None}, [PERSON])
        return
    scene.say("status", {"cases": [case_values(scene, case) for case in cases[:3]]}, clauses=_case_clauses(cases[:3]))
    scene.change(last_case=cases[0].ref)


def has_no_date(scene: Scene) -> bool:
    """Whether the customer's case of the talk is open without a day by which the money is due."""
    case = newest(scene)
    return case is not None and case.state in OPEN and (case.due_at or _money_due(scene, case)) is None


def _money_due(scene: Scene, case: CaseView) -> datetime | None:
    """Until when the money is due by the policy's longest times, for a case that came without a date."""
    eta = next(iter(scene.version.etas.values()), None)
    if eta is None or case.state not in ("approved", "partly_approved", "sent_to_bank"):
        return None
    own = eta.days[1] if eta.days else 0
    days = sum(step.days[1] for step in eta.then) if case.state == "sent_to_bank" else own
    start = case.state_at.astimezone(scene.zone).date()
    return scene.pack.calendar.end_of(scene.pack.calendar.add_working_days(start, days)) if days else None


def _decision_due(scene: Scene, case: CaseView) -> tuple[datetime | None, str]:
    """Until when a case that waits for the company is to be decided by the policy, with the clause."""
    for item in scene.version.service_times:
        if item.what == "decide" and item.working_days and case.state in _UNDECIDED:
            filed = case.filed_at.astimezone(scene.zone).date()
            day = scene.pack.calendar.add_working_days(filed, item.working_days[1])
            return scene.pack.calendar.end_of(day), item.clause or ""
    return None, ""


def _case_clauses(cases: list[CaseView]) -> list[str]:
    return [clause for case in cases for clause in case.clauses[:2]]


def case_values(scene: Scene, case: CaseView) -> dict[str, Any]:
    """A case for a template."""
    claim_type = scene.version.claim_types.get(case.claim_type)
    due_at = case.due_at or _money_due(scene, case)
    decision_due, decision_clause = _decision_due(scene, case)
    overdue = due_at is not None and scene.now > due_at and case.state not in ENDS
    return {
        "ref": case.ref,
        "state": case.state,
        "name": scene.words(claim_type.text.name) if claim_type else case.claim_type,
        "filed_at": case.filed_at,
        "state_at": case.state_at,
        "amount": (case.amount_max or None) if case.amount_max == case.amount_min else None,
        "reference": case.reference,
        "due_at": due_at,
        "overdue": overdue,
        "decision_due": decision_due,
        "decision_late": decision_due is not None and scene.now > decision_due,
        "decision_clause": decision_clause,
        "clauses": list(case.clauses[:2]),
    }


def _decide_again(scene: Scene, case: CaseView, extra: dict[str, Any]) -> Judged:
    claim = {"requested_at": case.filed_at, **typed(scene.version, case.facts), **extra}
    try:
        return Judged(decide(claim, scene.pack, scene.now, case.claim_type or None))
    except (UnclearClaim, KeyError):
        return Judged(None)


def _told(scene: Scene, heard: Heard, case: CaseView) -> dict[str, Any]:
    facts = {name: Told(value=value, at=case.filed_at) for name, value in case.facts.items()}
    filed = Draft(claim_type=case.claim_type, facts=facts, begun_at=case.filed_at, resumed_at=case.filed_at)
    filling = Filling(scene.pack, scene.version, filed, scene.version.claim_types.get(case.claim_type))
    return {item.fact: item.value for item in filling.fill(heard)}


def reason_gone(scene: Scene, heard: Heard) -> bool:
    """The ground of a filed request has gone: say what that means, and ask whether to take it back."""
    case = newest(scene, *OPEN)
    if case is None:
        return False
    judged = _decide_again(scene, case, _told(scene, heard, case))
    clauses = judged.decision.clauses if judged.decision else ()
    values = {"ref": case.ref, **decision_values(scene, judged)}
    scene.say("reason_gone", values, [Button("@withdraw", f"withdraw:{case.ref}"), Button("@keep_it", "keep")], clauses)
    scene.ask("withdraw", case.ref, value="reason_gone")
    return True


def ask_withdraw(scene: Scene) -> bool:
    """Shall the filed request be taken back? False where none can be."""
    case = newest(scene, *OPEN)
    if case is None:
        return False
    buttons = [Button("@withdraw", f"withdraw:{case.ref}"), Button("@keep_it", "keep")]
    scene.say("ask_withdraw", {"ref": case.ref}, buttons)
    scene.ask("withdraw", case.ref)
    return True


def say_too_late(scene: Scene) -> bool:
    """Say that the newest request can no longer be taken back. False where there is none."""
    case = newest(scene)
    if case is None:
        return False
    scene.say("cannot_withdraw", {"ref": case.ref, "state": case.state}, [PERSON])
    return True


def withdraw(scene: Scene, ref: str, kind: Any = "withdrawn") -> None:
    """Take a filed request back."""
    case = scene.case(ref)
    scene.close_question()
    if case is None or case.state not in OPEN:
        scene.say("cannot_withdraw", {"ref": ref, "state": case.state if case else ""}, [PERSON])
        return
    scene.effects.append(CaseEvent(ref, kind, "withdrawn"))
    scene.say("withdrawn", {"ref": ref})


def ask_appeal(scene: Scene) -> bool:
    """Begin an appeal: the policy's own way, and what may be added. False where nothing was refused."""
    case = newest(scene, "declined", "partly_approved")
    if case is None:
        return False
    claim_type = scene.version.claim_types.get(case.claim_type)
    text = claim_type.text if claim_type else None
    values = {
        "ref": case.ref,
        "appeal": scene.words(text.appeal) if text else "",
        "clauses": list(text.appeal_clauses) if text else [],
    }
    buttons = [Button("@file_appeal", f"appeal:{case.ref}"), PERSON, Button("@leave", "keep")]
    scene.say("ask_appeal", values, buttons, text.appeal_clauses if text else ())
    scene.ask("appeal_documents", case.ref)
    return True


def appeal(scene: Scene, ref: str) -> None:
    """File the appeal on the case that was refused; it is no new request."""
    case = scene.case(ref)
    scene.close_question()
    if case is None or case.state not in ("declined", "partly_approved"):
        scene.say("cannot_appeal", {"ref": ref, "state": case.state if case else ""}, [PERSON])
        return
    claim_type = scene.version.claim_types.get(case.claim_type)
    clauses = claim_type.text.appeal_clauses if claim_type else ()
    proofs = scene.talk.loose_proofs
    scene.effects.append(CaseEvent(ref, "appealed", "appealed", proofs=proofs))
    scene.change(loose_proofs=())
    times = [
        {"what": t.what, "days": list(t.working_days or ()), "clause": t.clause} for t in scene.version.service_times
    ]
    scene.say("appeal_filed", {"ref": ref, "proofs": len(proofs), "times": times}, clauses=clauses)


def correct_filed(scene: Scene, heard: Heard) -> bool:
    """Correct a filed request: what would change and what that means, then a yes. False where none is open."""
    case = newest(scene, *OPEN)
    if case is None:
        return False
    told = _told(scene, heard, case)
    changed = {name: value for name, value in told.items() if case.facts.get(name) != show_fact(value)}
    if not changed:
        scene.say("what_to_correct", {"ref": case.ref})
        scene.ask("change_filed", case.ref)
        return True
    judged = _decide_again(scene, case, changed)
    lines = [{"label": scene.label(name), "value": scene.show(name, value)} for name, value in changed.items()]
    values = {"ref": case.ref, "facts": lines, **decision_values(scene, judged)}
    clauses = judged.decision.clauses if judged.decision else ()
    scene.say("confirm_correction", values, [Button("@yes", "yes"), Button("@no", "no")], clauses)
    scene.ask("change_filed", case.ref, value={name: show_fact(value) for name, value in changed.items()})
    return True


def apply_correction(scene: Scene, ref: str, changed: dict[str, Any]) -> None:
    """Carry out a confirmed correction; the case is decided again."""
    case = scene.case(ref)
    scene.close_question()
    if case is None or case.state not in OPEN:
        scene.say("cannot_change", {"ref": ref, "state": case.state if case else ""}, [PERSON])
        return
    decision: Decision | None = _decide_again(scene, case, typed(scene.version, changed)).decision
    scene.effects.append(CaseEvent(ref, "corrected", data={"facts": changed}, decision=decision))
    scene.say("corrected", {"ref": ref})


def add_evidence(scene: Scene, proof: Proof) -> bool:
    """Add a file to the filed request. False where none is open."""
    case = newest(scene, *OPEN)
    if case is None or not keep_proof(scene, proof):
        return False
    scene.say("evidence_added", {"ref": case.ref, "kind": proof.kind, "name": proof.name})
    return True


def keep_proof(scene: Scene, proof: Proof) -> bool:
    """Put a file or place with the filed request, without a word. False where none is open."""
    case = newest(scene, *OPEN)
    if case is not None:
        scene.effects.append(CaseEvent(case.ref, "evidence_added", proofs=(proof,)))
    return case is not None
