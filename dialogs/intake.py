"""The intake: taking a request slot by slot, showing what the policy says of it, and filing it.

`begin` opens a draft, `take` fills it from a message, `go_on` says what comes next: the one question that is open, the
honest no, or the summary.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dialogs.answering import clauses_in_question, deadline_line
from dialogs.case_states import ENDS
from dialogs.filling import Filled, Filling
from dialogs.heard import Heard
from dialogs.judging import Judged, is_rounded, judge, rough_moments
from dialogs.matching import find_by_details, find_only, find_record, id_facts, open_case_for, same_id, told_ids
from dialogs.reasons import decision_values
from dialogs.records import Record
from dialogs.scene import PERSON, Scene
from dialogs.showing import show_moment, show_span
from dialogs.talk import Draft, Proof, Question, Told
from dialogs.turn import Button, FileCase
from policies.deadlines import due_moment
from policies.decide import Decision
from policies.facts import FactValue, show_fact
from policies.files import Deadline
from policies.pack import ClaimType, Evidence, Slot

SKIP = Button("@skip", "skip")
DONT_HAVE = Button("@dont_have", "dont_have")
FILE_IT, CHANGE_IT, LEAVE_IT = Button("@file", "file"), Button("@change", "edit"), Button("@leave", "cancel")
# The proof that is asked for where customer and record differ.
DISPUTE_PROOF = "dispute_proof"
# File names that say nothing of what is in the file.
_GENERIC = re.compile(
    r"^(img|image|photo|pic|scan|doc|document|file|whatsapp|screenshot|camscanner|untitled|video|vid|pdf|new|copy)+$"
)
# A time of day that was asked so often without an answer is taken as not known.
_ASKED_OFTEN = 2
# Longer limits in hours are told in days.
_HOURS_AS_DAYS = 72
# The customer wants to get on: what is optional is not asked any more.
ENOUGH = "enough"
# A request that rests this long was paused: it counts from when it was taken up again.
PAUSE = timedelta(hours=12)


def begin(scene: Scene, heard: Heard, wish: str = "") -> None:
    """Open a draft from a message; a draft that is open already is parked."""
    if scene.draft is not None:
        park(scene)
    draft = Draft(begun_at=heard.message.received_at, resumed_at=scene.now, proofs=scene.talk.loose_proofs, wish=wish)
    scene.change(draft=draft, loose_proofs=(), question=None)


def park(scene: Scene) -> None:
    """Put the open draft aside."""
    if scene.draft is not None:
        scene.change(parked=(*scene.talk.parked, scene.draft), draft=None, question=None)


def drop(scene: Scene) -> None:
    """Forget the open draft and take up the one parked last, if any."""
    scene.change(draft=None, question=None)
    if scene.talk.parked:
        *rest, last = scene.talk.parked
        scene.change(parked=tuple(rest), draft=last)


def claim_type_of(scene: Scene) -> ClaimType | None:
    """The claim type of the draft, where it is settled."""
    return scene.version.claim_types.get(scene.draft.claim_type) if scene.draft else None


def asked_slot(question: Question | None) -> str:
    """The fact that the open question asks for."""
    return question.name if question and question.kind in ("slot", "confirm_value", "edit") else ""


# -- taking -----------------------------------------------------------------------------------------------------------


def take(scene: Scene, heard: Heard, only_named: bool = False) -> list[Filled]:
    """Fill the draft from a message; says what was understood where that is worth reading back."""
    if scene.draft is None:
        return []
    asked = asked_slot(scene.talk.question)
    filling = Filling(scene.pack, scene.version, scene.draft, claim_type_of(scene), asked)
    filled = [item for item in filling.fill(heard, only_named) if not _is_same(scene, item)]
    if _in_own_words(scene, asked):
        at = heard.message.received_at
        filled = [item for item in filled if item.fact == asked or _keeps_the_kind(scene, item, at)]
    free = _free_text(scene, heard, asked) if not filled and not only_named else None
    if free:
        filled = [free]
    guesses = [item for item in filled if _wants_confirmation(scene, item, asked)]
    if guesses:
        _confirm_guess(scene, guesses[0])
    kept = [item for item in filled if item not in guesses]
    scene.changed = scene.changed or bool(kept)
    _keep(scene, kept, heard.message.received_at)
    before = len(scene.says)
    remember_audience(scene)
    settle_claim_type(scene)
    opening = scene.says[before:]
    del scene.says[before:]
    _read_back(scene, [item for item in kept if _belongs(scene, item.fact)], asked)
    scene.says.extend(opening)
    return filled


def _in_own_words(scene: Scene, asked: str) -> bool:
    """Whether the open question is answered in the customer's own words."""
    slot = scene.version.slots.get(asked)
    return slot is not None and slot.text.reads == "free_text"


def _keeps_the_kind(scene: Scene, item: Filled, at: datetime) -> bool:
    """Whether a fact leaves the kind of request as it is; told in passing in a reason, it does not change that."""
    draft = scene.draft
    if draft is None or not draft.claim_type:
        return True
    facts = {**draft.facts, item.fact: Told(value=show_fact(item.value), at=at)}
    changed = judge(draft.model_copy(update={"claim_type": "", "facts": facts}), scene.pack, scene.now).decision
    return changed is None or changed.claim_type == draft.claim_type


def _belongs(scene: Scene, name: str) -> bool:
    """Whether a fact has to do with the settled kind of request: no other kind alone asks for it."""
    claim_type = claim_type_of(scene)
    if claim_type is None:
        return True
    asking = [each for each in scene.version.claim_types.values() if any(slot.name == name for slot in each.slots)]
    return not asking or claim_type in asking


def _is_same(scene: Scene, item: Filled) -> bool:
    before = scene.draft.facts.get(item.fact) if scene.draft else None
    return before is not None and before.value == show_fact(item.value)


def _free_text(scene: Scene, heard: Heard, asked: str) -> Filled | None:
    slot = scene.version.slots.get(asked)
    if slot is None or slot.text.reads not in ("free_text", "name") or len(heard.text.strip()) < 2:
        return None
    if any(value.text.strip() == heard.text.strip() for value in heard.values if value.kind != "term"):
        return None
    return Filled(asked, heard.text.strip()[:500], heard.text, True)


def _wants_confirmation(scene: Scene, item: Filled, asked: str) -> bool:
    fact = scene.version.facts[item.fact]
    unsure = not item.certain and (fact.type == "text" or (fact.type == "word" and bool(item.other)))
    return unsure and bool(item.fact == asked or fact.type == "text")


def _confirm_guess(scene: Scene, item: Filled) -> None:
    options = [str(item.value), *(str(other) for other in item.other)]
    buttons = [Button("@yes", "yes"), Button("@no", "no")]
    if item.other:
        buttons = [Button(scene.show(item.fact, value)[:20], f"slot:{item.fact}:{value}") for value in options]
    values = {"label": scene.label(item.fact), "value": scene.show(item.fact, item.value)}
    scene.say("did_you_mean", values, buttons)
    scene.ask("confirm_value", item.fact, show_fact(item.value), options)


def _keep(scene: Scene, filled: Sequence[Filled], at: datetime) -> None:
    if scene.draft is None or not filled:
        return
    facts = dict(scene.draft.facts)
    for item in filled:
        value = item.value
        if item.precision == "day" and isinstance(value, datetime):
            value = value.replace(hour=12)
        facts.pop(item.fact, None)
        facts[item.fact] = Told(
            value=show_fact(value), words=item.words[:200], certain=item.certain, precision=item.precision, at=at
        )
    skipped = tuple(name for name in scene.draft.skipped if name not in facts)
    scene.change_draft(facts=facts, skipped=skipped)


def _read_back(scene: Scene, filled: Sequence[Filled], asked: str) -> None:
    """Say what was understood: what was corrected, guessed or not asked for, moments, and all where several came."""
    worth = [
        item
        for item in filled
        if len(filled) > 1
        or item.corrects
        or not item.certain
        or isinstance(item.value, datetime)
        or asked not in ("", item.fact)
    ]
    lines = [{"label": scene.label(item.fact), "value": _shown(scene, item)} for item in worth]
    if lines:
        scene.say("understood", {"facts": lines, "corrected": any(item.corrects for item in worth)})


def _shown(scene: Scene, item: Filled) -> str:
    if item.precision == "day" and isinstance(item.value, datetime):
        return scene.show(item.fact, item.value.astimezone(scene.zone).date())
    return scene.show(item.fact, item.value)


def settle_claim_type(scene: Scene) -> None:
    """Choose the claim type once the facts tell which one applies; told later, they may change it."""
    if scene.draft is None:
        return
    judged = judge(scene.draft.model_copy(update={"claim_type": ""}), scene.pack, scene.now)
    chosen = judged.decision.claim_type if judged.decision else _implied_type(scene)
    if chosen and chosen != scene.draft.claim_type:
        first = not scene.draft.claim_type
        scene.change_draft(claim_type=chosen)
        opens = scene.version.claim_types[chosen].text
        in_question = clauses_in_question(scene, scene.version.claim_types[chosen])
        if first and opens.opens and (not opens.opens_clauses or in_question.intersection(opens.opens_clauses)):
            lines = _deadline_lines(scene, opens.opens_clauses)
            values = {"says": scene.words(opens.opens), "clauses": list(opens.opens_clauses), "computed": lines}
            scene.say("opens", values, clauses=opens.opens_clauses)


def _implied_type(scene: Scene) -> str:
    """The one claim type that asks for a fact that was told; what choosing it settles is taken as told."""
    draft = scene.draft
    if draft is None or draft.claim_type:
        return ""
    asking: dict[str, set[str]] = {}
    for claim_type in scene.version.claim_types.values():
        for slot in claim_type.slots:
            asking.setdefault(slot.name, set()).add(claim_type.id)
    only = {next(iter(types)) for name, types in asking.items() if name in draft.facts and len(types) == 1}
    if len(only) != 1:
        return ""
    chosen = scene.version.claim_types[next(iter(only))]
    if not chosen.text.starts_with or any(name in draft.facts for name in chosen.text.starts_with):
        return ""
    settled = {name: Told(value=value, source="menu", at=scene.now) for name, value in chosen.text.starts_with.items()}
    scene.change_draft(facts={**draft.facts, **settled})
    return chosen.id


def _deadline_lines(scene: Scene, clauses: Sequence[str]) -> list[str]:
    if scene.draft is None:
        return []
    judged = judge(scene.draft, scene.pack, scene.now)
    if judged.decision is None:
        return []
    known = judged.decision.known.values
    lines = (deadline_line(scene, item, known) for item in scene.version.deadlines if item.clause in clauses)
    return [line for line in lines if line]


def tell_deadlines(scene: Scene, filled: Sequence[Filled]) -> None:
    """Say until when something has to be done, once the fact from which it runs is told."""
    claim_type = claim_type_of(scene)
    if scene.draft is None or claim_type is None:
        return
    told = {item.fact for item in filled}
    rests_on = clauses_in_question(scene, claim_type)
    due = [item for item in scene.version.deadlines if item.start in told and item.clause in rests_on]
    known = judge(scene.draft, scene.pack, scene.now).decision
    due = [item for item in due if known and not _hangs_on_the_hour(scene, item, known)]
    found = [(item, line) for item in due if known and (line := deadline_line(scene, item, known.known.values))]
    said = [line for say in scene.says for key in ("computed", "lines") for line in say.values.get(key, ())]
    lines = [f"{line} ({item.clause})" for item, line in found if not any(line in each for each in said)][:2]
    if lines:
        scene.say("deadlines", {"lines": lines}, clauses=[item.clause for item in due])


def _hangs_on_the_hour(scene: Scene, item: Deadline, decision: Decision) -> bool:
    """Whether only the day of the start is told and the time is over or not by the hour of it."""
    rough = rough_moments(scene.draft, scene.version).get(item.start) if scene.draft else None
    if rough is None:
        return False
    ends = [due_moment(item, {**decision.known.values, item.start: start}, scene.pack.calendar) for start in rough]
    return len({due.has_passed(scene.now) for due in ends if due is not None}) > 1


# -- records ----------------------------------------------------------------------------------------------------------


def look_up(scene: Scene, heard: Heard | None) -> bool:
    """Find the record that the draft is about. False where an id was given that this chat cannot be shown."""
    draft = scene.draft
    if draft is None:
        return True
    if draft.record_id and not _names_another(scene, draft):
        return True
    details = [str(value.value) for value in heard.values if value.kind in ("phone", "email")] if heard else []
    details += [str(told.value) for name, told in draft.facts.items() if name in ("phone", "email", "order_name")]
    ids = told_ids(scene.pack, draft)
    tried = [note.removeprefix("tried:") for note in draft.notes if note.startswith("tried:")]
    for record_id in [*ids.values(), *(tried if details else [])]:
        record = find_record(scene.records, record_id, details)
        if record:
            attach(scene, record)
            return True
    if not ids:
        matched = find_by_details(scene.records, scene.version, draft) or find_only(scene.records, scene.version, draft)
        if matched:
            attach(scene, matched)
        return True
    return not scene.records.loaded or _refuse_id(scene, ids, tried)


def _names_another(scene: Scene, draft: Draft) -> bool:
    """Whether an id was told that is not the record's: then the record is let go."""
    told = told_ids(scene.pack, draft)
    recorded = [draft.record_id, *(str(draft.recorded[name]) for name in told if name in draft.recorded)]
    if not told or any(same_id(told_id, each) for told_id in told.values() for each in recorded):
        return False
    scene.change_draft(record_id="", recorded={})
    return True


def attach(scene: Scene, record: Record) -> None:
    """Take the facts of a record into the draft, beside what was told."""
    if scene.draft is None:
        return
    valid = timedelta(days=scene.pack.brand.records_valid_days)
    fresh = record.as_of is None or scene.now - record.as_of <= valid
    facts = {name: value for name, value in record.facts.items() if name in scene.version.facts} if fresh else {}
    scene.change_draft(record_id=record.id, recorded=facts)
    _drop_rounded(scene)
    scene.changed = True
    remember_audience(scene)
    settle_claim_type(scene)
    _tell_record(scene, record)


def _drop_rounded(scene: Scene) -> None:
    """A time that the customer only rounded ("this morning") gives way to the recorded one."""
    draft = scene.draft
    if draft is None:
        return
    kept = {}
    for name, told in draft.facts.items():
        both = name in draft.recorded and name in scene.version.facts
        if not both or not is_rounded(_read(scene, name, told.value), _read(scene, name, draft.recorded[name])):
            kept[name] = told
    scene.change_draft(facts=kept)


def _tell_record(scene: Scene, record: Record) -> None:
    """Read back what is on record of the order that the customer named, as far as the request turns on it."""
    draft, claim_type = scene.draft, claim_type_of(scene)
    if draft is None or claim_type is None:
        return
    wanted = [slot.name for slot in claim_type.slots if slot.name in draft.recorded and slot.name not in draft.facts]
    known = [name for name in wanted if scene.version.facts[name].type not in ("text",)][:4]
    facts = [
        {"label": scene.label(name), "value": scene.show(name, _read(scene, name, draft.recorded[name]))}
        for name in known
    ]
    if facts:
        scene.say("record_found", {"id": record.id, "facts": facts})


def remember_audience(scene: Scene) -> None:
    """Who is writing (merchant or buyer, say) holds for every request of the conversation."""
    name = scene.pack.brand.audience_fact
    draft = scene.draft
    if not name or draft is None:
        return
    if name in draft.recorded or name in draft.facts:
        value = draft.recorded[name] if name in draft.recorded else draft.facts[name].value
        scene.change(audience=str(value))
    elif scene.talk.audience:
        told = Told(value=scene.talk.audience, source="menu", at=scene.now)
        scene.change_draft(facts={**draft.facts, name: told})


def _refuse_id(scene: Scene, ids: dict[str, str], tried: list[str]) -> bool:
    """The same reply for a wrong id and for another person's; what is given twice is taken, to be checked."""
    if scene.draft is None:
        return True
    name, record_id = next(iter(ids.items()))
    if record_id in tried or len(tried) >= 2:
        scene.change_draft(notes=tuple(dict.fromkeys((*scene.draft.notes, "id_to_check"))))
        return True
    facts = {fact: told for fact, told in scene.draft.facts.items() if fact != name}
    scene.change_draft(facts=facts, notes=(*scene.draft.notes, f"tried:{record_id}"))
    scene.say("id_not_found", {"label": scene.label(name), "id": record_id}, [PERSON])
    scene.ask("slot", name)
    return False


# -- what comes next --------------------------------------------------------------------------------------------------


def go_on(scene: Scene) -> None:
    """Say what comes next for the open draft."""
    draft = scene.draft
    if draft is None:
        return
    subjects = [*told_ids(scene.pack, draft).values(), *([draft.record_id] if draft.record_id else [])]
    case = open_case_for(scene.records.cases, subjects, ENDS)
    if case and not draft.appeal_of:
        scene.say("case_is_open", {"ref": case.ref, "state": case.state, "filed_at": case.filed_at})
        scene.change(last_case=case.ref)
        drop(scene)
        return
    judged = judge(draft, scene.pack, scene.now)
    if judged.decision is None:
        _ask_kind(scene, judged)
        return
    claim_type = scene.version.claim_types[judged.decision.claim_type]
    scene.change_draft(claim_type=claim_type.id)
    if _ask_time_of_day(scene):
        return
    if judged.decision.outcome == "not_eligible" and "insists" not in draft.notes:
        turning = _turning_slot(scene, claim_type, judged)
        if turning:
            ask_slot(scene, turning)
        else:
            _say_no(scene, judged)
        return
    if judged.disputed and DISPUTE_PROOF not in {*(proof.evidence for proof in draft.proofs), *draft.skipped}:
        ask_evidence(scene, DISPUTE_PROOF, judged)
        return
    slot = next_slot(scene, claim_type, judged)
    if slot:
        ask_slot(scene, slot)
        return
    proof = next_evidence(scene, claim_type, judged)
    if proof is not None:
        ask_evidence(scene, proof, judged)
        return
    summarise(scene, judged)


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
    if slot.text.need == "optional":
        buttons = [*buttons, SKIP]
    elif tries >= 1 and not slot.fact.values:
        buttons = [*buttons, DONT_HAVE]
    if tries >= 2:
        buttons = [*buttons, PERSON]
    kind = slot.text.reads if slot.text.reads != "fact" else slot.fact.type
    scene.say("ask", {"ask": scene.words(slot.text.ask), "kind": kind, "tries": tries, "slot": slot.name}, buttons)
    scene.ask("slot", slot.name)


def ask_evidence(scene: Scene, evidence: Evidence | str, judged: Judged) -> None:
    """Ask for a proof, or say on what customer and record differ and ask for a proof of that."""
    if isinstance(evidence, str):
        scene.say("ask_dispute_proof", decision_values(scene, judged), [DONT_HAVE], _clauses(judged))
        scene.ask("evidence", evidence)
        return
    text = evidence.text
    values = {"ask": scene.words(text.ask), "label": scene.words(text.label), "clause": text.clause, "need": text.need}
    scene.say(
        "ask_evidence", values, [SKIP if text.need == "optional" else DONT_HAVE], [text.clause] if text.clause else []
    )
    scene.ask("evidence", evidence.id)


def _clauses(judged: Judged) -> tuple[str, ...]:
    return judged.decision.clauses if judged.decision else ()


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
        scene.say("no_stays", values, buttons, _clauses(judged))
    else:
        scene.say("decision_no", values, buttons, _clauses(judged))
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


def summarise(scene: Scene, judged: Judged) -> None:
    """Everything told, the decision so far with its clauses and what would change it; then: shall it be filed?"""
    draft, claim_type = scene.draft, claim_type_of(scene)
    if draft is None or claim_type is None:
        return
    values = {
        **decision_values(scene, judged),
        "name": scene.words(claim_type.text.name),
        "facts": summary_facts(scene, draft),
        "proofs": proof_lines(scene, draft, claim_type),
        "still_needed": still_needed(scene, draft, claim_type, judged),
        "service": claim_type.text.kind == "service",
        "insists": "insists" in draft.notes,
        "others": len(scene.talk.parked),
    }
    scene.say("summary", values, [FILE_IT, CHANGE_IT, LEAVE_IT], _clauses(judged))
    scene.ask("summary")


def summary_facts(scene: Scene, draft: Draft) -> list[dict[str, str]]:
    """The facts of a draft as lines: label, value as told, and the record's value where it differs."""
    claim_type = claim_type_of(scene)
    settled = claim_type.text.starts_with if claim_type else {}
    told = {
        name: _read(scene, name, item.value)
        for name, item in draft.facts.items()
        if name in scene.version.facts and name not in settled and _belongs(scene, name)
    }
    lines = []
    for name, value in told.items():
        item = draft.facts[name]
        shown = scene.show(name, value)
        if item.precision == "day" and isinstance(value, datetime):
            shown = scene.show(name, value.astimezone(scene.zone).date())
        recorded = _read(scene, name, draft.recorded[name]) if name in draft.recorded else None
        differs = recorded is not None and recorded != value
        lines.append(
            {
                "fact": name,
                "label": scene.label(name),
                "value": shown,
                "recorded": scene.show(name, recorded) if differs and recorded is not None else "",
            }
        )
    for name in [slot.name for slot in claim_type.slots] if claim_type else []:
        if name in draft.recorded and name not in told:
            shown = scene.show(name, _read(scene, name, draft.recorded[name]))
            lines.append({"fact": name, "label": scene.label(name), "value": shown, "recorded": ""})
    return lines


def _read(scene: Scene, name: str, raw: Any) -> Any:
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


# -- filing -----------------------------------------------------------------------------------------------------------


def file(scene: Scene, received_at: datetime) -> None:
    """File the draft: a case number, a time-stamped receipt, what happens next; then the parked one, if any."""
    draft, claim_type = scene.draft, claim_type_of(scene)
    if draft is None or claim_type is None:
        return
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
        "service_times": service_times(scene),
        "still_needed": still_needed(scene, draft, claim_type, judged),
    }
    scene.say("filed", values, clauses=(*claim_type.text.filed_clauses, *_clauses(judged)))
    scene.change(last_case=ref)
    drop(scene)
    if scene.draft is not None:
        scene.say("next_request", {})
        go_on(scene)


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


# -- correcting -------------------------------------------------------------------------------------------------------


def edit_menu(scene: Scene) -> None:
    """Which item shall be changed?"""
    draft = scene.draft
    if draft is None:
        return
    buttons = [Button(line["label"][:20], f"edit:{line['fact']}") for line in summary_facts(scene, draft)][:9]
    scene.say("what_to_change", {}, [*buttons, Button("@keep_it", "keep")])
    scene.ask("edit")


def go_back(scene: Scene) -> None:
    """Ask the slot before the open one again."""
    draft = scene.draft
    told = [name for name in (draft.facts if draft else {}) if name in scene.version.slots]
    if draft is None or not told:
        go_on(scene)
        return
    last = max(told, key=lambda name: (draft.facts[name].at, told.index(name)))
    reask(scene, last)


def reask(scene: Scene, name: str) -> None:
    """Forget a fact and ask for it again."""
    draft = scene.draft
    if draft is None or name not in scene.version.slots:
        go_on(scene)
        return
    facts = {fact: told for fact, told in draft.facts.items() if fact != name}
    scene.change_draft(facts=facts, skipped=tuple(item for item in draft.skipped if item != name))
    if name == draft.record_id or name in told_ids(scene.pack, draft):
        scene.change_draft(record_id="", recorded={})
    ask_slot(scene, scene.version.slots[name])


def skip(scene: Scene, name: str) -> None:
    """Leave an open slot or proof out; it stands as to be checked."""
    draft = scene.draft
    if draft is not None and name not in draft.skipped:
        scene.change_draft(skipped=(*draft.skipped, name))


def keep_value(scene: Scene, name: str, value: Any) -> None:
    """Take a value that was chosen or confirmed."""
    if scene.draft is None:
        return
    told = Told(value=value, source="menu", at=scene.now)
    skipped = tuple(item for item in scene.draft.skipped if item != name)
    scene.change_draft(facts={**scene.draft.facts, name: told}, skipped=skipped)
    scene.changed = True
    remember_audience(scene)
    settle_claim_type(scene)


def insist(scene: Scene) -> None:
    """File in spite of a no: a person reviews it."""
    if scene.draft is not None:
        scene.change_draft(notes=tuple(dict.fromkeys((*scene.draft.notes, "insists", ENOUGH))))
        scene.say("to_review", {})
        scene.changed = True
        scene.close_question()
        scene.advance = True


def hurry(scene: Scene) -> None:
    """Ask nothing optional any more."""
    if scene.draft is not None:
        scene.change_draft(notes=tuple(dict.fromkeys((*scene.draft.notes, ENOUGH))))
        scene.changed = True
        scene.advance = True


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


def add_proof(scene: Scene, proof: Proof) -> None:
    """Add a file to the draft."""
    if scene.draft is not None:
        scene.change_draft(proofs=(*scene.draft.proofs, proof))


def resume(scene: Scene) -> bool:
    """Take up a draft after a pause: the request counts from now. True where there was a pause."""
    draft, seen = scene.draft, scene.talk.seen_at
    if draft is None or seen is None or scene.now - seen < PAUSE:
        return False
    scene.change_draft(resumed_at=scene.now)
    return True
