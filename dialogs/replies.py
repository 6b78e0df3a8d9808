"""The answer to the question that is open: yes, no, or what was meant instead."""

import re

from dialogs import after, answering, asking, drafts, filing, finding, linked
from dialogs.about_talk import go_without_it, leave
from dialogs.cues import (
    accepts,
    asks_for_review,
    files_it,
    goes_on,
    insists,
    leaves_it,
    looks_like_question,
    names_an_appeal,
    needs_no_more,
    promises_later,
    says_yes_first,
    supposes,
)
from dialogs.filling import Filling
from dialogs.heard import Heard
from dialogs.matching import deciding_facts
from dialogs.scene import Scene
from dialogs.signs import REMARKS, REQUESTS, SHORT_ANSWER, SURE, has_values, tells_facts, told_values
from dialogs.talk import Draft, Proof, Question
from policies.words import LANGUAGES

# A no that is longer than this says something else too.
_SHORT_NO = 30


def _yes_or_no(scene: Scene, heard: Heard) -> bool | None:
    """A yes or no to the open question: one that came before its question was asked is none."""
    question = scene.talk.question
    if question is None or heard.message.received_at < question.asked_at:
        return None
    value = heard.first("yes_no")
    agrees = heard.intent == "affirm" and heard.confidence >= SURE and says_yes_first(heard.text)
    if value is not None and not (agrees and not value.value):
        return bool(value.value)
    if heard.confidence >= SURE and heard.intent in ("affirm", "deny") and len(heard.text) <= 40:
        return heard.intent == "affirm"
    return None


def meet_answer(scene: Scene, heard: Heard) -> bool:
    question = scene.talk.question
    if question is None:
        return False
    said = _yes_or_no(scene, heard)
    if _wants_to_change_one(scene, heard):
        return True
    match question.kind:
        case "slot" if linked.says_the_same(heard.text) and linked.take_the_same(scene, question.name):
            drafts.settle_claim_type(scene)
            scene.changed = True
            scene.advance = finding.look_up_all(scene, None)
            return True
        case "slot" if chosen := _typed_choice(scene, question.name, heard.text):
            drafts.keep_value(scene, question.name, chosen == "true" if chosen in ("true", "false") else chosen)
            scene.advance = finding.look_up_all(scene, None)
            return True
        case "confirm_value":
            return _confirmed(scene, question, said)
        case "summary" if linked.refused(scene) and _wants_review(heard):
            drafts.insist(scene)
            return True
        case "summary":
            return _summary_answered(scene, heard, said)
        case "evidence" if said is False and len(heard.text) <= SHORT_ANSWER:
            go_without_it(scene)
            return True
        case "evidence":
            return _told_instead(scene, heard)
        case "edit" if named := _named_line(scene, heard):
            asking.reask(scene, named)
            return True
        case "withdraw":
            return _withdraw_answered(scene, heard, question, said)
        case "appeal" | "appeal_documents":
            return _appeal_answered(scene, heard, question, said)
        case "change_filed":
            return _correction_answered(scene, heard, question, said)
        case "insist" if _is_another_request(scene, heard):
            scene.change(draft=None, question=None)
            return False
        case "insist" if not leaves_it(heard.text) and tells_facts(scene, heard):
            return False
        case "insist" if (
            files_it(heard.text)
            or (asks_for_review(heard.text) and not looks_like_question(heard.text))
            or (said is True and not accepts(heard.text) and not leaves_it(heard.text) and heard.intent != "bye")
            or (_wants_review(heard) and not leaves_it(heard.text))
        ):
            drafts.insist(scene)
            return True
        case "insist" if (
            (said is False and len(heard.text) <= _SHORT_NO)
            or leaves_it(heard.text)
            or accepts(heard.text)
            or heard.intent in ("stop_intake", "thanks", "bye")
        ) and not looks_like_question(heard.text):
            leave(scene)
            return True
    return False


def _typed_choice(scene: Scene, name: str, text: str) -> str:
    """The value whose button the customer typed instead of tapping it, in any of the languages."""
    slot, said = scene.version.slots.get(name), re.sub(r"[^\w\s]", "", text).casefold().split()
    for value, choice in ((slot.fact.values or {}) if slot else {}).items():
        labels = [re.sub(r"[^\w\s]", "", choice.label.in_(language)).casefold() for language in LANGUAGES]
        if any(said == label.split() for label in labels):
            return value
    return ""


def _wants_to_change_one(scene: Scene, heard: Heard) -> bool:
    """Whether one of the linked claims is named and nothing new told of it, where something may be changed."""
    question = scene.talk.question
    if question is None or question.kind not in ("summary", "claim", "edit") or looks_like_question(heard.text):
        return False
    place = linked.named_alone(scene, heard)
    if place is None or tells_facts(scene, heard):
        return False
    linked.focus(scene, place)
    asking.edit_items(scene)
    return True


def _is_another_request(scene: Scene, heard: Heard) -> bool:
    """Whether a message after a no asks for something of another kind: then the refused draft makes room for it."""
    draft = scene.draft
    if draft is None or heard.intent not in REQUESTS or heard.confidence < SURE:
        return False
    telling = deciding_facts(scene.version)
    if not any(value.kind == "term" and value.value[0] in telling for value in heard.values):
        return False
    alone = Filling(scene.pack, scene.version, Draft(begun_at=scene.now, resumed_at=scene.now), None)
    alone.fill(heard)
    return len(alone.claim_types) == 1 and alone.claim_types[0].id != draft.claim_type


def _confirmed(scene: Scene, question: Question, said: bool | None) -> bool:
    draft = scene.draft
    if said is None or draft is None:
        return False
    scene.close_question()
    if said:
        drafts.keep_value(scene, question.name, question.value)
        if not finding.look_up_all(scene, None):
            return True
        scene.advance = True
    else:
        asking.reask(scene, question.name)
    return True


def _summary_answered(scene: Scene, heard: Heard, said: bool | None) -> bool:
    others = told_values(heard)
    files = files_it(heard.text) and said is not False
    if (said is True or files) and not others and not looks_like_question(heard.text):
        goes_beyond = heard.intent not in ("affirm", "thanks") and len(heard.text.split()) > 3
        if goes_on(heard.text) or (goes_beyond and not files):
            scene.changed = scene.advance = True
        else:
            filing.file(scene, heard.message.received_at)
        return True
    if said is False and not others and len(heard.text) <= 25 and heard.intent not in ("stop_intake", "wait"):
        asking.edit_menu(scene)
        return True
    return False


def _wants_review(heard: Heard) -> bool:
    """Whether the answer to a no is to have a person look at it all the same."""
    if names_an_appeal(heard.text) or (heard.intent == "appeal" and heard.confidence >= SURE):
        return True
    return insists(heard.text) and not looks_like_question(heard.text)


def _named_line(scene: Scene, heard: Heard) -> str:
    """The line of the request that the answer names ("amount"), where it tells no value itself."""
    if scene.draft is None or has_values(heard):
        return ""
    words = set(re.findall(r"[^\W\d_]{3,}", heard.text.lower()))
    lines = filing.summary_facts(scene, scene.draft)
    shared = [(len(words & set(re.findall(r"[^\W\d_]{3,}", line["label"].lower()))), line["fact"]) for line in lines]
    most, fact = max(shared, default=(0, ""), key=lambda pair: pair[0])
    return fact if most and fact in scene.version.slots else ""


def _told_instead(scene: Scene, heard: Heard) -> bool:
    """Words in place of the proof that is asked for: they are kept with the request."""
    told = answering.is_answered(heard) or looks_like_question(heard.text) or tells_facts(scene, heard)
    remark = heard.intent in (*REMARKS, "deny") and len(heard.text) > SHORT_ANSWER
    if told or not remark or promises_later(heard.text):
        return False
    note_words(scene, heard)
    return True


def note_words(scene: Scene, heard: Heard) -> None:
    question = scene.talk.question
    drafts.add_proof(scene, Proof(key="", kind="text", says=heard.text[:500]))
    scene.say("noted_words", {"dispute": question is not None and question.name == asking.DISPUTE_PROOF})
    scene.advance = True


def states_a_wish_to_change(heard: Heard) -> bool:
    """Whether the message is sure to want something changed rather than filed."""
    return heard.intent in ("change_detail", "stop_intake", "withdraw") and heard.confidence >= SURE


def _withdraw_answered(scene: Scene, heard: Heard, question: Question, said: bool | None) -> bool:
    gone = question.value == "reason_gone" and needs_no_more(heard.text)
    if said is True or gone or heard.intent in ("withdraw", "stop_intake", "cancel_order"):
        kind = "reason_gone" if question.value == "reason_gone" else "withdrawn"
        after.withdraw(scene, question.name, kind)
        return True
    if said is False:
        scene.close_question()
        scene.say("kept", {"ref": question.name})
        return True
    return False


def _appeal_answered(scene: Scene, heard: Heard, question: Question, said: bool | None) -> bool:
    wants = names_an_appeal(heard.text) and not looks_like_question(heard.text) and not supposes(heard.text)
    if said is True or wants:
        after.appeal(scene, question.name)
        return True
    if said is False or heard.intent == "stop_intake":
        scene.close_question()
        scene.say("kept", {"ref": question.name})
        return True
    return False


def _correction_answered(scene: Scene, heard: Heard, question: Question, said: bool | None) -> bool:
    if question.value and said is not None:
        if said:
            after.apply_correction(scene, question.name, dict(question.value))
        else:
            scene.close_question()
            scene.say("kept", {"ref": question.name})
        return True
    return not question.value and bool(heard.values) and after.correct_filed(scene, heard)
