"""The summary of a draft, and its filing: a case number, a time-stamped receipt, what happens next."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from dialogs import documents, linked
from dialogs.drafts import CHANGE_IT, ENOUGH, FILE_IT, LEAVE_IT, claim_type_of, drop
from dialogs.judging import Judged, judge
from dialogs.reasons import decision_values
from dialogs.scene import PERSON, Scene
from dialogs.showing import show_moment, show_span
from dialogs.taking import belongs
from dialogs.talk import Draft
from dialogs.turn import Button, FileCase
from policies.deadlines import due_moment
from policies.pack import ClaimType

ASK_REVIEW = Button("@ask_review", "insist")
# Longer limits in hours are told in days.
_HOURS_AS_DAYS = 72


def clauses_of(judged: Judged) -> tuple[str, ...]:
    return judged.decision.clauses if judged.decision else ()


def summarise(scene: Scene) -> None:
    """Everything told, of each linked claim the decision so far with its clauses and what would change it; then: shall
    it be filed? Where the policy says no to all of them: shall a person review it?
    """
    claims, refused = linked.members(scene.draft), linked.refused(scene)
    for number, each in enumerate(claims, 1):
        linked.focus(scene, each.place)
        _summarise_claim(scene, number, len(claims), each in refused, ready=len(refused) < len(claims))
    if not claims:
        return
    linked.focus(scene, claims[0].place)
    buttons = [FILE_IT, CHANGE_IT, LEAVE_IT, *([ASK_REVIEW] if refused else [])]
    if len(refused) == len(claims):
        buttons = [ASK_REVIEW, PERSON, LEAVE_IT]
    scene.says[-1] = replace(scene.says[-1], buttons=tuple(buttons))
    scene.ask("summary" if len(refused) < len(claims) else "insist")


def _summarise_claim(scene: Scene, number: int, count: int, refused: bool, ready: bool) -> None:
    draft, claim_type = scene.draft, claim_type_of(scene)
    if draft is None or claim_type is None:
        return
    judged = judge(draft, scene.pack, scene.now)
    values = {
        **decision_values(scene, judged),
        "name": scene.words(claim_type.text.name),
        "facts": summary_facts(scene, draft),
        "proofs": proof_lines(scene, draft, claim_type),
        "still_needed": still_needed(scene, draft, claim_type, judged),
        "service": claim_type.text.kind == "service",
        "insists": "insists" in draft.notes,
        "others": len(scene.talk.parked),
        "title": linked.title(scene, draft),
        "number": number,
        "count": count,
        "refused": refused,
        "ready": ready,
    }
    scene.say("summary", values, clauses=clauses_of(judged))


def summary_facts(scene: Scene, draft: Draft) -> list[dict[str, Any]]:
    """The facts of a draft as lines: label, value as told (or read from a document), and the record's value where it
    differs.
    """
    claim_type = claim_type_of(scene)
    settled = claim_type.text.starts_with if claim_type else {}
    told = {
        name: read_fact_value(scene, name, item.value)
        for name, item in draft.facts.items()
        if name in scene.version.facts and name not in settled and belongs(scene, name)
    }
    lines: list[dict[str, Any]] = []
    for name, value in told.items():
        item = draft.facts[name]
        shown = scene.show(name, value)
        if item.precision == "day" and isinstance(value, datetime):
            shown = scene.show(name, value.astimezone(scene.zone).date())
        recorded = read_fact_value(scene, name, draft.recorded[name]) if name in draft.recorded else None
        differs = recorded is not None and recorded != value
        lines.append(
            {
                "fact": name,
                "label": scene.label(name),
                "value": shown,
                "recorded": scene.show(name, recorded) if differs and recorded is not None else "",
                "from_document": item.source == "document",
            }
        )
    for name in [slot.name for slot in claim_type.slots] if claim_type else []:
        if name in draft.recorded and name not in told:
            shown = scene.show(name, read_fact_value(scene, name, draft.recorded[name]))
            line = {"fact": name, "label": scene.label(name), "value": shown, "recorded": "", "from_document": False}
            lines.append(line)
    return lines


def read_fact_value(scene: Scene, name: str, raw: Any) -> Any:
    return scene.version.read_claim({name: raw})[name]


def proof_lines(scene: Scene, draft: Draft, claim_type: ClaimType) -> list[str]:
    """The proofs that came, by what they were asked for, else by their kind."""
    labels = {item.id: scene.words(item.text.label) for item in claim_type.evidence}
    return [labels.get(proof.evidence, "") or proof.name or proof.kind for proof in draft.proofs]


def still_needed(scene: Scene, draft: Draft, claim_type: ClaimType, judged: Judged) -> list[str]:
    """Required proofs that the customer does not have yet."""
    have = {proof.evidence for proof in draft.proofs}
    known = judged.decision.known.values if judged.decision else {}
    return [
        scene.words(item.text.label)
        for item in claim_type.evidence
        if item.text.need == "required" and item.id not in have and item.only_if.held(known) is True
    ]


def file(scene: Scene, received_at: datetime) -> None:
    """File the open request, each linked claim under a case number of its own: a time-stamped receipt, what happens
    next; then the parked one, if any. A claim to which the policy says no stays, for the customer to insist or leave.
    """
    refused = linked.refused(scene)
    claims = [each for each in linked.members(scene.draft) if each not in refused]
    for number, each in enumerate(claims, 1):
        linked.focus(scene, each.place)
        _file_claim(scene, received_at, number, len(claims))
    if not claims:
        return
    if refused:
        scene.say("not_filed", {"titles": [linked.title(scene, each) for each in refused]}, [ASK_REVIEW, LEAVE_IT])
        linked.put_together(scene, refused, refused[0].place)
        scene.ask("insist")
        return
    drop(scene)
    if scene.draft is not None:
        scene.say("next_request", {})
        scene.changed = scene.advance = True


def _file_claim(scene: Scene, received_at: datetime, number: int, count: int) -> None:
    documents.note_differences(scene)
    draft, claim_type = scene.draft, claim_type_of(scene)
    if draft is None or claim_type is None:
        return
    title = linked.title(scene, draft)
    draft = draft.model_copy(update={"linked": ()})
    judged = judge(draft, scene.pack, scene.now)
    ref = scene.next_ref()
    facts = scene.version.facts
    missing = judged.decision.missing if judged.decision else ()
    to_check = tuple(name for name in missing if name in facts)
    flags = tuple(note for note in draft.notes if not note.startswith("tried:") and note != ENOUGH)
    scene.effects.append(FileCase(ref, draft, judged.decision, received_at, to_check, draft.appeal_of, flags))
    values = {
        **decision_values(scene, judged),
        "ref": ref,
        "received": show_moment(received_at, scene.zone, scene.language),
        "receipt": receipt_lines(scene, judged),
        "next": scene.words(claim_type.text.filed),
        "next_clauses": list(claim_type.text.filed_clauses),
        "service": claim_type.text.kind == "service",
        "service_times": service_times(scene) if number == count else [],
        "still_needed": still_needed(scene, draft, claim_type, judged),
        "title": title,
        "number": number,
        "count": count,
    }
    scene.say("filed", values, clauses=(*claim_type.text.filed_clauses, *clauses_of(judged)))
    scene.change(last_case=ref)


def receipt_lines(scene: Scene, judged: Judged) -> list[dict[str, Any]]:
    """How long after each moment that limits the claim it was received, with the limit and its clause."""
    if judged.decision is None:
        return []
    known = judged.decision.known.values
    lines = []
    for item in scene.version.deadlines:
        due = due_moment(item, known, scene.pack.calendar)
        if (
            due is None
            or item.before
            or item.kind == "wait"
            or item.hours == 0
            or item.clause not in judged.decision.clauses
            or due.since > scene.now
        ):
            continue
        days = (scene.now.astimezone(scene.zone).date() - due.since.astimezone(scene.zone).date()).days
        elapsed_seconds = days * 86400 if item.days else (scene.now - due.since).total_seconds()
        elapsed = show_span(elapsed_seconds, scene.language)
        limit = item.hours or item.days or item.working_days
        unit = "hours" if item.hours else "days" if item.days else "working_days"
        if item.hours and item.hours >= _HOURS_AS_DAYS and item.hours % 24 == 0:
            limit, unit = item.hours // 24, "days"
        lines.append(
            {"after": elapsed, "since": scene.label(item.start), "limit": limit, "unit": unit, "clause": item.clause}
        )
    return lines[:2]


def service_times(scene: Scene) -> list[dict[str, Any]]:
    """How soon the company answers, by its own policy."""
    return [
        {
            "what": item.what,
            "hours": item.hours,
            "working_hours": item.working_hours,
            "days": list(item.working_days) if item.working_days else None,
            "clause": item.clause,
        }
        for item in scene.version.service_times
        if item.what in ("review", "decide", "respond")
    ]
