"""What people say about the talk itself: back, skip, why, wait, leave it, I do not have it."""

import re
from collections.abc import Collection

from dialogs import answering, asking, drafts, filing, linked
from dialogs.cues import (
    files_it,
    has_no_proof,
    leaves_it,
    leaves_out,
    looks_like_question,
    promises_later,
    wants_only,
)
from dialogs.filling import corrects
from dialogs.heard import Heard
from dialogs.judging import judge
from dialogs.matching import id_facts
from dialogs.scene import Scene
from dialogs.signs import CERTAIN, SURE, answers_slot, has_values, is_told, tells_facts, told_values
from dialogs.turn import Button
from policies.pack import Evidence
from policies.words import LANGUAGES

# "change", "change it": no more than the wish to change something.
_BARE_WORDS = 3


def meet_remark(scene: Scene, heard: Heard) -> bool:
    if scene.draft is None or answers_slot(scene, heard):
        return False
    question = scene.talk.question
    waits = question is not None and question.kind in ("slot", "evidence") and promises_later(heard.text)
    gives_up = heard.intent in ("cancel_order", "withdraw", "stop_intake")
    tells = looks_like_question(heard.text) or has_values(heard) or files_it(heard.text)
    if waits and not gives_up and not tells:
        asking.wait(scene)
        return True
    if leaves_it(heard.text) and not looks_like_question(heard.text):
        leave(scene)
        return True
    if has_no_proof(heard.text) and not looks_like_question(heard.text):
        _without_proofs(scene)
        return True
    if _is_optional(scene) and heard.intent == "deny" and not looks_like_question(heard.text):
        go_without_it(scene)
        return True
    if _takes_the_offer(scene, heard):
        return True
    agrees = heard.intent == "affirm" and heard.confidence >= SURE and not looks_like_question(heard.text)
    if question is not None and question.kind == "evidence" and agrees and not files_it(heard.text):
        asking.wait(scene)
        return True
    if _wants_on(scene, heard):
        _go_without(scene, heard)
        return True
    if (
        _is_optional(scene)
        and (heard.intent in ("affirm", "appeal") or heard.first("yes_no"))
        and not looks_like_question(heard.text)
        and not is_told(scene, heard)
    ):
        drafts.hurry(scene)
        return True
    if heard.confidence < SURE:
        return False
    match heard.intent:
        case "stop_intake" | "withdraw":
            leave(scene)
        case "go_back":
            asking.go_back(scene)
        case "dont_have" if named := _named_slot(scene, heard):
            drafts.skip(scene, named)
            scene.say("noted_without", {"evidence": False})
            scene.advance = True
        case "skip" | "dont_have":
            go_without_it(scene)
        case "why_needed" if not tells_facts(scene, heard):
            _why(scene, heard)
        case "show_summary":
            _so_far(scene)
            scene.changed = True
            scene.advance = True
        case "start_over" if not has_values(heard):
            drafts.drop(scene)
            scene.say("started_over", {})
            drafts.begin(scene, heard)
            scene.advance = True
        case "wait" if not has_values(heard):
            asking.wait(scene)
        case "reason_gone" if not looks_like_question(heard.text) and not tells_facts(scene, heard):
            leave(scene)
        case "change_detail" if (
            not has_values(heard)
            and not tells_facts(scene, heard)
            and (not drafts.asked_slot(scene.talk.question) or _wants_to_change(heard))
        ):
            asking.edit_menu(scene)
        case _:
            return False
    return True


def _takes_the_offer(scene: Scene, heard: Heard) -> bool:
    """A plain yes to the amount that was offered instead of one that is too high."""
    question = scene.talk.question
    agrees = heard.intent == "affirm" and heard.confidence >= SURE and not told_values(heard)
    if question is None or question.kind != "slot" or question.value is None or not agrees:
        return False
    drafts.keep_value(scene, question.name, question.value)
    scene.close_question()
    scene.advance = True
    return True


def _wants_to_change(heard: Heard) -> bool:
    """Whether the words are no more than the wish to change something."""
    sure = heard.confidence >= CERTAIN or corrects(heard.text)
    return len(heard.text.split()) <= _BARE_WORDS and sure


def _wants_on(scene: Scene, heard: Heard) -> bool:
    """Whether the message only says yes or "file it" while something is still asked for."""
    question = scene.talk.question
    if question is None or question.kind not in ("slot", "evidence") or looks_like_question(heard.text):
        return False
    if files_it(heard.text):
        return not has_values(heard)
    agrees = heard.intent == "affirm" and heard.confidence >= SURE
    return question.kind == "slot" and agrees and not has_values(heard) and not _is_optional(scene)


def _go_without(scene: Scene, heard: Heard) -> None:
    """Ask nothing more that is optional; a proof can follow after filing."""
    question = scene.talk.question
    if question is not None and question.kind == "evidence":
        go_without_it(scene)
    elif question is not None and (question.tries or files_it(heard.text)) and not _is_needed(scene, question.name):
        drafts.skip(scene, question.name)
    else:
        scene.failed = True
    drafts.hurry(scene)


def _is_needed(scene: Scene, name: str) -> bool:
    """Whether the request cannot be decided without this fact."""
    decision = judge(scene.draft, scene.pack, scene.now).decision if scene.draft else None
    return decision is None or decision.outcome is None or name in decision.missing


def _without_proofs(scene: Scene) -> None:
    """Go on without any of the proofs."""
    claim_type = drafts.claim_type_of(scene)
    for evidence in claim_type.evidence if claim_type else ():
        drafts.skip(scene, evidence.id)
    question = scene.talk.question
    if question is not None and question.kind == "evidence":
        drafts.skip(scene, question.name)
        scene.close_question()
    scene.say("noted_without", {"evidence": True})
    scene.advance = True


def _is_optional(scene: Scene) -> bool:
    question = scene.talk.question
    claim_type = drafts.claim_type_of(scene)
    if question is not None and question.kind == "evidence" and claim_type is not None:
        return any(item.id == question.name and item.text.need == "optional" for item in claim_type.evidence)
    slot = scene.version.slots.get(question.name) if question and question.kind == "slot" else None
    return slot is not None and slot.text.need == "optional"


def _so_far(scene: Scene) -> None:
    """What is told so far, while the request is not complete yet."""
    question = scene.talk.question
    if scene.draft is None or question is None or question.kind not in ("slot", "evidence", "confirm_value"):
        return
    lines = [{"label": line["label"], "value": line["value"]} for line in filing.summary_facts(scene, scene.draft)]
    if lines:
        scene.say("understood", {"facts": lines, "corrected": False})


def leave(scene: Scene) -> None:
    """Drop the open draft; what was filed before stands."""
    filed = scene.talk.last_case
    drafts.drop(scene)
    scene.say("left", {"filed": filed, "others": scene.draft is not None})
    scene.advance = scene.draft is not None


def leave_out(scene: Scene, places: Collection[int]) -> None:
    """Drop some of the linked claims; the others go on."""
    titles = [linked.title(scene, each) for each in linked.members(scene.draft) if each.place in places]
    linked.leave_out(scene, places)
    scene.say("left_out", {"titles": titles})
    scene.changed = scene.advance = True


def meet_left_out(scene: Scene, heard: Heard) -> bool:
    """One of the linked claims is dropped ("leave the website out"), or all but one ("only the token")."""
    if not linked.is_together(scene) or looks_like_question(heard.text):
        return False
    place = linked.named_alone(scene, heard)
    if place is None or told_values(heard, but=id_facts(scene.pack)):
        return False
    if wants_only(heard.text):
        leave_out(scene, [each.place for each in linked.members(scene.draft) if each.place != place])
    elif leaves_it(heard.text) or leaves_out(heard.text):
        leave_out(scene, [place])
    else:
        return False
    return True


def go_without_it(scene: Scene) -> None:
    """Go on without what is asked for: it stands as to be checked; own orders may be picked from a list."""
    question = scene.talk.question
    if question is None or question.kind not in ("slot", "evidence", "confirm_value"):
        scene.advance = True
        return
    if question.name in id_facts(scene.pack) and scene.records.own and question.tries == 0:
        own_orders(scene)
        return
    drafts.skip(scene, question.name)
    scene.say("noted_without", {"evidence": question.kind == "evidence"})
    scene.close_question()
    scene.advance = True


def own_orders(scene: Scene) -> None:
    name = next(iter(id_facts(scene.pack)), "order_id")
    buttons = [Button(record.id[:20], f"slot:{name}:{record.id}") for record in scene.records.own[:9]]
    scene.say("your_orders", {"ids": [record.id for record in scene.records.own[:9]]}, buttons)
    scene.ask("slot", name)


def _named_slot(scene: Scene, heard: Heard) -> str:
    """The slot of the request of which the message speaks by one of its cues; nothing where the open one is meant."""
    claim_type, text = drafts.claim_type_of(scene), heard.text.lower()
    found = [
        (len(cue), slot.name)
        for slot in (claim_type.slots if claim_type else ())
        for cue in slot.fact.cues
        if re.search(rf"(?<!\w){re.escape(cue.lower())}(?!\w)", text)
    ]
    asked = drafts.asked_slot(scene.talk.question)
    return "" if any(name == asked for _, name in found) else max(found, default=(0, ""))[1]


def _named_evidence(scene: Scene, heard: Heard) -> Evidence | None:
    """The proof of the request of which the message speaks by a word of its name ("why a photo")."""
    claim_type, said = drafts.claim_type_of(scene), set(re.findall(r"\w{4,}", heard.text.lower()))
    for evidence in claim_type.evidence if claim_type else ():
        label = " ".join(evidence.text.label.in_(language) for language in LANGUAGES).lower()
        if said & set(re.findall(r"\w{4,}", label)):
            return evidence
    return None


def _why(scene: Scene, heard: Heard) -> None:
    question = scene.talk.question
    claim_type = drafts.claim_type_of(scene)
    slot = scene.version.slots.get(_named_slot(scene, heard) or (question.name if question else ""))
    evidence = _named_evidence(scene, heard) or (
        next((e for e in claim_type.evidence if question and e.id == question.name), None) if claim_type else None
    )
    slot = None if evidence else slot
    if slot:
        clause = slot.text.clause
        scene.say("why", {"why": scene.words(slot.text.why), "clause": clause}, clauses=[clause] if clause else [])
    elif evidence and evidence.text.clause:
        line = scene.clause_line(evidence.text.clause)
        scene.say("why", {"why": line["says"], "clause": line["id"]}, clauses=[line["id"]])
    elif answering.is_answered(heard):
        answering.answer(scene, heard)
    elif question is not None and question.kind in ("insist", "summary") and (clause := _deciding_clause(scene)):
        answering.state_clause(scene, clause, heard)
    else:
        scene.say("why", {"why": "", "clause": None})
    scene.advance = True


def _deciding_clause(scene: Scene) -> str:
    decision = judge(scene.draft, scene.pack, scene.now).decision if scene.draft else None
    return decision.clauses[0] if decision is not None and decision.clauses else ""
