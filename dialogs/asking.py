"""What comes next for the open draft: the one question that is open, a proof, the honest no, or the summary."""

import re
from datetime import datetime
from typing import Any

from dialogs import documents, linked
from dialogs.answering import clauses_in_question, deadline_line
from dialogs.case_states import ENDS
from dialogs.drafts import ENOUGH, LEAVE_IT, claim_type_of, drop
from dialogs.filing import clauses_of, still_needed, summarise, summary_facts
from dialogs.judging import Judged, judge, rough_moments
from dialogs.matching import id_facts, open_case_for, told_ids
from dialogs.reasons import decision_values
from dialogs.scene import PERSON, Scene
from dialogs.talk import Draft
from dialogs.turn import Button
from policies.deadlines import due_moment
from policies.decide import Decision
from policies.facts import FactValue, show_fact
from policies.pack import ClaimType, Evidence, Slot

SKIP = Button("@skip", "skip")
KEEP = Button("@keep_it", "keep")
DONT_HAVE = Button("@dont_have", "dont_have")
# The proof that is asked for where customer and record differ.
DISPUTE_PROOF = "dispute_proof"
# File names that say nothing of what is in the file.
_GENERIC = re.compile(
    r"^(img|image|photo|pic|scan|doc|document|file|whatsapp|screenshot|camscanner|untitled|video|vid|pdf|new|copy)+$"
)
# A time of day that was asked so often without an answer is taken as not known.
_ASKED_OFTEN = 2


def go_on(scene: Scene) -> None:
    """Say what comes next for the open draft and those linked with it: the first thing that is still to be asked of
    one of them, in their order, else the honest no or the summary of all.
    """
    for place in [each.place for each in linked.members(scene.draft)]:
        linked.focus(scene, place)
        if _shows_open_case(scene, place):
            if scene.talk.parked or scene.draft is None:
                return
        elif _ask_next(scene):
            return
    claims = linked.members(scene.draft)
    if not claims:
        return
    linked.focus(scene, claims[0].place)
    judged = judge(claims[0], scene.pack, scene.now)
    if len(claims) == 1 and linked.refused(scene):
        _say_no(scene, judged)
    else:
        summarise(scene)


def _shows_open_case(scene: Scene, place: int) -> bool:
    """Whether there is an open request on the same thing: that is shown, and the draft is dropped."""
    draft = scene.draft
    if draft is None or draft.place != place or draft.appeal_of:
        return False
    subjects = [*told_ids(scene.pack, draft).values(), *([draft.record_id] if draft.record_id else [])]
    case = open_case_for(scene.records.cases, subjects, ENDS)
    if case is None:
        return False
    scene.say("case_is_open", {"ref": case.ref, "state": case.state, "filed_at": case.filed_at})
    scene.change(last_case=case.ref)
    if draft.linked:
        linked.leave_out(scene, [place])
    else:
        drop(scene)
    return True


def _ask_next(scene: Scene) -> bool:
    """Ask the next thing of the open draft. False where nothing is to be asked: a no or the summary is next."""
    draft = scene.draft
    if draft is None:
        return False
    judged = judge(draft, scene.pack, scene.now)
    if judged.decision is not None:
        scene.change_draft(claim_type=judged.decision.claim_type)
    if documents.fill(scene):
        return _ask_next(scene)
    draft = scene.draft or draft
    if judged.decision is None:
        _ask_kind(scene, judged)
        return True
    claim_type = scene.version.claim_types[judged.decision.claim_type]
    if _ask_time_of_day(scene):
        return True
    if judged.decision.outcome == "not_eligible" and "insists" not in draft.notes:
        turning = _turning_slot(scene, claim_type, judged)
        if turning:
            ask_slot(scene, turning)
        return turning is not None
    if judged.disputed and DISPUTE_PROOF not in {*(proof.evidence for proof in draft.proofs), *draft.skipped}:
        ask_evidence(scene, DISPUTE_PROOF, judged)
        return True
    slot = next_slot(scene, claim_type, judged)
    if slot:
        ask_slot(scene, slot)
        return True
    proof = next_evidence(scene, claim_type, judged)
    if proof is not None:
        ask_evidence(scene, proof, judged)
    return proof is not None


def _ask_kind(scene: Scene, judged: Judged) -> None:
    slot = _id_slot(scene)
    if slot is not None:
        ask_slot(scene, slot)
        return
    for name in judged.unclear:
        slot = scene.version.slots.get(name)
        if slot and slot.fact.who != "company" and not (scene.draft and name in scene.draft.skipped):
            ask_slot(scene, slot)
            return
    scene.say("which_request", {"about": scene.words(scene.pack.brand.about)}, claim_type_buttons(scene))
    scene.ask("claim_type", options=list(scene.version.claim_types))


def _id_slot(scene: Scene) -> Slot | None:
    """The id that every kind of request asks for, where records may then tell which kind it is."""
    draft = scene.draft
    if draft is None or not scene.records.loaded or draft.record_id:
        return None
    for slot in next(iter(scene.version.claim_types.values())).slots:
        everywhere = all(slot in claim_type.slots for claim_type in scene.version.claim_types.values())
        if everywhere and slot.text.reads in ("order_id", "reference"):
            return None if slot.name in draft.facts or slot.name in draft.skipped else slot
    return None


def claim_type_buttons(scene: Scene) -> list[Button]:
    """A button for each kind of request; the list never exceeds the ten rows of a list."""
    types = list(scene.version.claim_types.values())[:10]
    return [Button(scene.words(each.text.name)[:20], f"start:{each.id}") for each in types]


def next_slot(scene: Scene, claim_type: ClaimType, judged: Judged) -> Slot | None:
    """The next slot to ask: in the pack's order, what is missing and this customer can know."""
    draft, decision = scene.draft, judged.decision
    if draft is None or decision is None:
        return None
    for slot in claim_type.slots:
        name = slot.name
        if name in draft.facts or name in draft.recorded or name in draft.skipped or slot.fact.who == "company":
            continue
        if slot.only_if.held(decision.known.values) is not True:
            continue
        if slot.text.need == "optional" and ENOUGH in draft.notes:
            continue
        if "insists" in draft.notes and decision.outcome == "not_eligible" and name not in id_facts(scene.pack):
            continue
        if _follows(slot, decision):
            continue
        if slot.text.need != "when_missing" or name in decision.missing:
            return slot
    return None


def _follows(slot: Slot, decision: Decision) -> bool:
    """Whether the fact follows from what was told, without anything presumed: then it is not asked."""
    known = decision.known
    return slot.fact.derive is not None and slot.name in known.values and slot.name not in known.presumptions


def next_evidence(scene: Scene, claim_type: ClaimType, judged: Judged) -> Evidence | None:
    """The next proof to ask for, of those that the clauses want."""
    draft, decision = scene.draft, judged.decision
    if draft is None or decision is None:
        return None
    draft = _sorted_proofs(scene, draft, claim_type, decision.known.values)
    have = {proof.evidence for proof in draft.proofs} | set(draft.skipped)
    for evidence in claim_type.evidence:
        if evidence.text.need == "optional" and ENOUGH in draft.notes:
            continue
        if evidence.id not in have and evidence.only_if.held(decision.known.values) is True:
            return evidence
    return None


def _sorted_proofs(scene: Scene, draft: Draft, claim_type: ClaimType, known: Any) -> Draft:
    """The draft with files that came before they were asked for taken as the proofs that they fit."""
    proofs = list(draft.proofs)
    for evidence in claim_type.evidence:
        if evidence.only_if.held(known) is not True or any(proof.evidence == evidence.id for proof in proofs):
            continue
        for index, proof in enumerate(proofs):
            if not proof.evidence and proof.kind in evidence.text.kinds and fits(evidence, proof.kind, proof.name, ""):
                proofs[index] = proof.model_copy(update={"evidence": evidence.id})
                break
    if tuple(proofs) != draft.proofs:
        scene.change_draft(proofs=tuple(proofs))
    return scene.draft or draft


def fits(evidence: Evidence, kind: str, name: str, text: str) -> bool:
    """Whether a file can be what is asked for: a document by the words in it, else by its name; a picture always."""
    wanted = evidence.text.text_has
    if not wanted or kind != "document":
        return True
    if any(word.lower() in f"{text} {name}".lower() for word in wanted):
        return True
    stem = name.rsplit(".", 1)[0].lower()
    named = [word for word in re.findall(r"[^\W\d_]{4,}", stem) if not _GENERIC.match(word)]
    return not text.strip() and not named


def _turning_slot(scene: Scene, claim_type: ClaimType, judged: Judged) -> Slot | None:
    """A slot that is always asked, stands on a presumption so far, and could turn a no: it is asked before the no."""
    draft, decision = scene.draft, judged.decision
    if draft is None or decision is None:
        return None
    for slot in claim_type.slots:
        open_still = slot.name not in draft.facts and slot.name not in draft.recorded and slot.name not in draft.skipped
        if slot.text.need != "always" or not open_still or slot.fact.who == "company" or _follows(slot, decision):
            continue
        if slot.only_if.held(decision.known.values) is not True:
            continue
        for tried in _what_it_may_tell(scene, slot):
            other = judge(draft, scene.pack, scene.now, tried).decision
            if other is not None and other.outcome != "not_eligible":
                return slot
    return None


def _what_it_may_tell(scene: Scene, slot: Slot) -> list[dict[str, FactValue]]:
    """What the answers to a slot may tell: its values, or the flags that are found in its words."""
    values = {"flag": (True, False), "word": tuple(slot.fact.values or ())}.get(slot.fact.type, ())
    told: list[dict[str, FactValue]] = [{slot.name: value} for value in values]
    for name, fact in scene.version.facts.items():
        if fact.derive and fact.derive.mentions == slot.name:
            told.append({name: True})
    return told


def ask_slot(scene: Scene, slot: Slot) -> None:
    """Ask for one fact; from the second time on with an example, from the third with a way out."""
    tries = scene.tries("slot", slot.name)
    buttons = scene.choices(slot)
    if not buttons and linked.of_another(scene, slot.name) is not None:
        buttons = [Button("@same", f"same:{slot.name}")]
    if slot.text.need == "optional":
        buttons = [*buttons, SKIP]
    elif tries >= 1 and not slot.fact.values:
        buttons = [*buttons, DONT_HAVE]
    if tries >= 2:
        buttons = [*buttons, PERSON]
    kind = slot.text.reads if slot.text.reads != "fact" else slot.fact.type
    linked.ask_about(scene, slot.name)
    scene.say("ask", {"ask": scene.words(slot.text.ask), "kind": kind, "tries": tries, "slot": slot.name}, buttons)
    scene.ask("slot", slot.name)
    _note_asked(scene, slot.name)


def _note_asked(scene: Scene, name: str) -> None:
    """Remember that something was asked, for the way back."""
    draft = scene.draft
    if draft is not None and name not in draft.asked:
        scene.change_draft(asked=(*draft.asked, name))


def ask_evidence(scene: Scene, evidence: Evidence | str, judged: Judged) -> None:
    """Ask for a proof, or say on what customer and record differ and ask for a proof of that."""
    linked.ask_about(scene, "")
    if isinstance(evidence, str):
        scene.say("ask_dispute_proof", decision_values(scene, judged), [DONT_HAVE], clauses_of(judged))
        scene.ask("evidence", evidence)
        return
    text = evidence.text
    values = {"ask": scene.words(text.ask), "label": scene.words(text.label), "clause": text.clause, "need": text.need}
    scene.say(
        "ask_evidence", values, [SKIP if text.need == "optional" else DONT_HAVE], [text.clause] if text.clause else []
    )
    scene.ask("evidence", evidence.id)
    _note_asked(scene, evidence.id)


def _ask_time_of_day(scene: Scene) -> bool:
    """Ask about what time it was where only a day was told and the hour would turn the answer."""
    draft = scene.draft
    if draft is None:
        return False
    for name, (first, last) in rough_moments(draft, scene.version).items():
        if name in draft.skipped or scene.tries("slot", name) >= _ASKED_OFTEN:
            continue
        outcomes = {_outcome_with(scene, draft, name, moment) for moment in (first, last)}
        if len(outcomes) > 1:
            linked.ask_about(scene, "")
            scene.say(
                "ask_time_of_day", {"label": scene.label(name), "day": first.astimezone(scene.zone).date()}, [DONT_HAVE]
            )
            scene.ask("slot", name)
            return True
    return False


def _outcome_with(scene: Scene, draft: Draft, name: str, moment: datetime) -> str | None:
    decision = judge(draft, scene.pack, scene.now, {name: min(moment, scene.now)}).decision
    return decision.outcome if decision else None


def _say_no(scene: Scene, judged: Judged) -> None:
    """The honest no, with its clause and a way on."""
    claim_type = claim_type_of(scene)
    buttons = [Button("@ask_review", "insist"), PERSON, LEAVE_IT]
    appeal = scene.words(claim_type.text.appeal) if claim_type else ""
    values = {**decision_values(scene, judged), "appeal": appeal}
    most = judged.decision.max_allowed if judged.decision else None
    if most and "requested_amount" in scene.version.facts:
        buttons = [Button(scene.show("requested_amount", most), f"slot:requested_amount:{most}"), PERSON, LEAVE_IT]
    rule = judged.decision.rule.id if judged.decision and judged.decision.rule else ""
    before = scene.talk.question
    if before is not None and before.kind == "insist" and rule and before.value == rule:
        scene.say("no_stays", values, buttons, clauses_of(judged))
    else:
        scene.say("decision_no", values, buttons, clauses_of(judged))
        _say_still_open(scene, judged)
    if most:
        scene.ask("slot", "requested_amount", show_fact(most))
    else:
        scene.ask("insist", value=rule)


def _say_still_open(scene: Scene, judged: Judged) -> None:
    """After a no: until when the time of its clause still runs, unless that was just said."""
    decision = judged.decision
    if decision is None or any(say.template == "deadlines" for say in scene.says):
        return
    running = [
        line
        for item in scene.version.deadlines
        if item.clause in decision.clauses[:1]
        and (due := due_moment(item, decision.known.values, scene.pack.calendar)) is not None
        and not due.has_passed(scene.now)
        and (line := deadline_line(scene, item, decision.known.values))
    ]
    if running:
        scene.say("deadlines", {"lines": running[:1]})


def edit_menu(scene: Scene) -> None:
    """Which item shall be changed? Of linked claims, which of them?"""
    draft = scene.draft
    if draft is None:
        return
    if draft.linked:
        claims = linked.members(draft)
        buttons = [Button(linked.title(scene, each)[:20], f"claim:{each.place}") for each in claims][:9]
        scene.say("which_claim", {"titles": [linked.title(scene, each) for each in claims]}, [*buttons, KEEP])
        scene.ask("claim")
    else:
        edit_items(scene)


def edit_items(scene: Scene) -> None:
    """Which item of the open claim shall be changed? One of several linked claims can be left out as well."""
    draft = scene.draft
    if draft is None:
        return
    buttons = [Button(line["label"][:20], f"edit:{line['fact']}") for line in summary_facts(scene, draft)][:8]
    if draft.linked:
        buttons.append(Button("@leave_out", f"leave_out:{draft.place}"))
        linked.ask_about(scene, "")
    scene.say("what_to_change", {}, [*buttons, KEEP])
    scene.ask("edit")


def go_back(scene: Scene) -> None:
    """Ask again what was asked before the open question, of the claim before where this is the first of its own."""
    draft = scene.draft
    if draft is None:
        return
    question = scene.talk.question
    name = question.name if question is not None and question.kind in ("slot", "evidence", "confirm_value") else ""
    before = draft.asked[: draft.asked.index(name)] if name in draft.asked else draft.asked
    earlier = [each for each in linked.members(draft) if each.place < draft.place and each.asked]
    if not before and earlier and name:
        linked.focus(scene, earlier[-1].place)
        before = earlier[-1].asked
    if before:
        reask(scene, before[-1])
    elif name:
        scene.say("at_the_start", {})
        reask(scene, name)
    else:
        edit_menu(scene)


def reask(scene: Scene, name: str) -> None:
    """Ask for a slot or proof again; what was told stands until something else is told."""
    draft = scene.draft
    if draft is None:
        return
    scene.change_draft(skipped=tuple(item for item in draft.skipped if item != name))
    claim_type = claim_type_of(scene)
    evidence = next((each for each in claim_type.evidence if each.id == name), None) if claim_type else None
    if name in scene.version.slots:
        if name == draft.record_id or name in told_ids(scene.pack, draft):
            scene.change_draft(record_id="", recorded={})
        ask_slot(scene, scene.version.slots[name])
    elif evidence is not None:
        kept = tuple(proof for proof in draft.proofs if proof.evidence != name)
        scene.change_draft(proofs=kept)
        ask_evidence(scene, evidence, judge(draft, scene.pack, scene.now))
    else:
        go_on(scene)


def wait(scene: Scene) -> None:
    """The customer needs time: the draft stays as it is; what is still to come and until when is said."""
    draft, claim_type = scene.draft, claim_type_of(scene)
    lines: list[str] = []
    needed: list[str] = []
    if draft is not None and claim_type is not None:
        judged = judge(draft, scene.pack, scene.now)
        needed = still_needed(scene, draft, claim_type, judged)
        rests_on = clauses_in_question(scene, claim_type)
        known = judged.decision.known.values if judged.decision else {}
        due = [item for item in scene.version.deadlines if item.clause in rests_on]
        lines = [line for item in due if (line := deadline_line(scene, item, known))][:2]
    scene.say("take_your_time", {"needed": needed, "deadlines": lines})
