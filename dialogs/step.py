"""One step of the conversation: `step(talk, heard, pack, records, now) -> Turn`.

Each message is met in this order: what always works (stop, a person, a threat, the language), a tap, a file, the answer
to the open question, what people say about the talk itself (back, skip, why, leave it), a question of policy, facts for
the request, a new request, and small talk. What nobody understood is said once more in other words, then offered to a
person. At the end of the turn, what comes next is said once.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from dialogs import after, answering, intake
from dialogs.case_states import ENDS
from dialogs.cues import (
    accepts,
    adds_to,
    asks_for_own_orders,
    asks_for_review,
    asks_how_much,
    asks_time_left,
    asks_when,
    asks_why_refused,
    asks_why_so_little,
    files_it,
    goes_on,
    has_no_proof,
    insists,
    insults,
    is_about_another_company,
    is_gibberish,
    is_solved,
    leaves_it,
    looks_like_question,
    names_a_person,
    names_a_request,
    names_a_weekday,
    names_an_appeal,
    names_another,
    needs_no_more,
    owns_a_mistake,
    promises_later,
    says_yes_first,
    speaks_of_money,
    states_a_demand,
    supposes,
    tells_of_own_trouble,
    threatens,
)
from dialogs.files import hear_file
from dialogs.filling import Filling, corrects
from dialogs.heard import Heard
from dialogs.judging import judge
from dialogs.matching import id_facts, open_case_for, same_id, told_ids
from dialogs.records import Records
from dialogs.scene import PERSON, Scene
from dialogs.splitting import split_by_subject
from dialogs.talk import Draft, Proof, Question, Talk
from dialogs.taps import hear_tap
from dialogs.turn import Button, Consent, FileCase, Say, Turn
from policies.decide import Decision
from policies.pack import Evidence, Pack
from policies.words import LANGUAGES

# An intent below this is no more than a hint.
SURE = 0.45
_ENGLISH_WORDS = 5
# "change", "change it": no more than the wish to change something.
_BARE_WORDS = 3
# What a statement about one's own matter is mostly taken for.
_REMARKS = ("policy_question", "out_of_scope", "complaint", "start_refund", "cancel_order", "change_detail")
# Up to so many characters it is no more than a yes, a no or a "hm".
_SHORT_ANSWER = 12
# A no that is longer than this says something else too.
_SHORT_NO = 30
REQUESTS = ("start_refund", "cancel_order", "new_request")
# What is said of a request that is there already, or of the talk.
_NO_REQUESTS = ("refund_status", "withdraw", "appeal", "reason_gone", "thanks", "greet", "bye", "provide_evidence")
# An order's or project's id with no more than a word or two around it.
_ID_ALONE = 3
# What else than the money may take its time.
_OTHER_TIME = re.compile(
    r"\b(cancel|return|report|send|bhej\w*|call|deliver\w*|replace\w*|review|decide|reply)\b|भेज|कैंसिल", re.IGNORECASE
)
# An intent from here on is not doubted.
_CERTAIN = 0.8
# So many facts told in a question make it one of the customer's own case.
_OWN_STORY = 3
Handler = Callable[[Scene, Heard], bool]


def step(talk: Talk, heard: Sequence[Heard], pack: Pack, records: Records, now: datetime) -> Turn:
    """What follows from the unread messages `heard`, in order of arrival, at `now` (aware)."""
    facts = {"requested_at": talk.draft.resumed_at} if talk.draft else {}
    version, _ = pack.version_for(facts, now)
    scene = Scene(talk, pack, version, records, now)
    if intake.resume(scene):
        scene.say("welcome_back", {})
    for message in heard:
        _language(scene, message)
        _respond(scene, message)
    if not scene.failed:
        scene.change(not_understood=0)
    if scene.advance:
        _advance(scene)
    scene.change(seen_at=now, greeted=True)
    decision = judge(scene.draft, pack, now).decision if scene.draft else _filed_decision(scene)
    return Turn(scene.talk, tuple(scene.says), tuple(scene.effects), decision)


def _filed_decision(scene: Scene) -> Decision | None:
    """The decision with which this turn filed a request."""
    return next((effect.decision for effect in reversed(scene.effects) if isinstance(effect, FileCase)), None)


def _language(scene: Scene, heard: Heard) -> None:
    talk = scene.talk
    if talk.language_fixed or heard.language not in LANGUAGES or heard.message.kind != "text":
        return
    # Who writes Hindi drops an English word now and then; a short English message does not turn the talk.
    turns_english = heard.language == "en" and talk.language != "en" and talk.greeted
    if not turns_english or len(heard.text.split()) >= _ENGLISH_WORDS:
        scene.change(language=heard.language)


def _respond(scene: Scene, heard: Heard) -> None:
    if heard.message.kind == "tap":
        hear_tap(scene, heard)
    elif heard.message.attachment is not None:
        hear_file(scene, heard)
    elif heard.message.kind in ("location", "contact", "unsupported"):
        scene.say("cannot_use", {"kind": heard.message.kind})
        scene.advance = True
    else:
        if heard.first("card_number", "account_number"):
            scene.say("number_hidden", {})
        if not any(handler(scene, heard) for handler in HANDLERS):
            _not_understood(scene, heard)


def _advance(scene: Scene) -> None:
    """Say what comes next: the open question again, in short where nothing changed."""
    question = scene.talk.question
    if scene.draft is None:
        if question is not None and scene.says:
            _ask_again(scene, question)
        return
    short = question is not None and question.kind in ("summary", "insist") and not scene.changed
    if short and question is not None:
        _ask_again(scene, question)
    elif question is not None and question.kind == "confirm_value" and scene.says and not scene.changed:
        return
    else:
        intake.go_on(scene)


def _ask_again(scene: Scene, question: Question) -> None:
    buttons = {
        "summary": [intake.FILE_IT, intake.CHANGE_IT, intake.LEAVE_IT],
        "insist": [Button("@ask_review", "insist"), PERSON, intake.LEAVE_IT],
        "withdraw": [Button("@withdraw", f"withdraw:{question.name}"), Button("@keep_it", "keep")],
        "appeal_documents": [Button("@file_appeal", f"appeal:{question.name}"), Button("@leave", "keep")],
    }
    if question.kind in buttons:
        scene.say("back_to", {"question": question.kind, "ref": question.name}, buttons[question.kind])
        scene.ask(question.kind, question.name, question.value, question.options)


# -- what always works ------------------------------------------------------------------------------------------------


def _always(scene: Scene, heard: Heard) -> bool:
    intent = heard.intent if heard.confidence >= SURE else ""
    if len(heard.text.split()) == 1 and _has_values(heard):
        return False
    if not looks_like_question(heard.text) and intent not in ("opt_out", "opt_in", "threat", "abuse", "talk_to_human"):
        intent = "threat" if threatens(heard.text) else "abuse" if insults(heard.text) else intent
    match intent:
        case "opt_out":
            scene.effects.append(Consent(False, heard.text[:200]))
            scene.change(opted_out=True)
            scene.say("opted_out", {"draft": scene.draft is not None})
        case "opt_in":
            scene.effects.append(Consent(True, heard.text[:200]))
            scene.change(opted_out=False)
            scene.say("opted_in", {})
        case "threat":
            scene.hand_off("threat", heard.text[:200], urgent=True)
        case "abuse" if insults(heard.text) or (heard.confidence >= _CERTAIN and not _answers_anything(scene, heard)):
            scene.say("calm", {})
            scene.hand_off("abuse", heard.text[:200])
        case "talk_to_human" if not _names_what_is_asked(scene, heard) and (
            names_a_person(heard.text) or not _answers_anything(scene, heard)
        ):
            scene.hand_off("asked", heard.text[:200])
            scene.advance = False
        case "change_language" if not _has_values(heard):
            _change_language(scene, heard)
        case "privacy":
            scene.say("privacy", {"says": scene.words(scene.pack.brand.privacy)}, [PERSON])
            if "delet" in heard.text.lower() or "हटा" in heard.text:
                scene.hand_off("data_request", heard.text[:200])
            scene.advance = True
        case _:
            return False
    return True


def _answers_anything(scene: Scene, heard: Heard) -> bool:
    """Whether the message tells facts of the open request ("i called and mailed both")."""
    return scene.draft is not None and (_answers_slot(scene, heard) or _is_told(scene, heard))


def _names_what_is_asked(scene: Scene, heard: Heard) -> bool:
    """Whether the message answers the open question in the pack's own words ("support se nahi hua")."""
    asked = intake.asked_slot(scene.talk.question)
    return any(value.kind == "term" and value.value[0] == asked for value in heard.values)


def _change_language(scene: Scene, heard: Heard) -> None:
    text = heard.text.lower()
    wanted = "en"
    if "hinglish" in text or "roman" in text:
        wanted = "hinglish"
    elif "hindi" in text or "हिंदी" in text or "हिन्दी" in text:
        wanted = "hi" if heard.language == "hi" or "हिं" in text or "devanagari" in text else "hinglish"
    scene.change(language=wanted, language_fixed=True)
    scene.say("language_changed", {})
    scene.advance = True


def _strangers(scene: Scene, heard: Heard) -> bool:
    if not scene.records.strangers:
        return False
    after.tell_status(scene, heard)
    scene.advance = True
    return True


# -- the open question ------------------------------------------------------------------------------------------------


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


def _answer_to_question(scene: Scene, heard: Heard) -> bool:
    question = scene.talk.question
    if question is None:
        return False
    said = _yes_or_no(scene, heard)
    match question.kind:
        case "confirm_value":
            return _confirmed(scene, question, said)
        case "summary":
            return _summary_answered(scene, heard, said)
        case "evidence" if said is False and len(heard.text) <= _SHORT_ANSWER:
            _without(scene)
            return True
        case "evidence":
            return _told_instead(scene, heard)
        case "edit" if named := _named_line(scene, heard):
            intake.reask(scene, named)
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
        case "insist" if not leaves_it(heard.text) and _tells_facts(scene, heard):
            return False
        case "insist" if (
            files_it(heard.text)
            or (asks_for_review(heard.text) and not looks_like_question(heard.text))
            or (said is True and not accepts(heard.text) and not leaves_it(heard.text) and heard.intent != "bye")
            or (_wants_review(heard) and not leaves_it(heard.text))
        ):
            intake.insist(scene)
            return True
        case "insist" if (
            (said is False and len(heard.text) <= _SHORT_NO)
            or leaves_it(heard.text)
            or accepts(heard.text)
            or heard.intent in ("stop_intake", "thanks", "bye")
        ) and not looks_like_question(heard.text):
            _leave(scene)
            return True
    return False


def _is_another_request(scene: Scene, heard: Heard) -> bool:
    """Whether a message after a no asks for something of another kind: then the refused draft makes room for it."""
    draft = scene.draft
    if draft is None or heard.intent not in REQUESTS or heard.confidence < SURE:
        return False
    kinds = scene.version.claim_types.values()
    telling = {name for each in kinds for part in each.applies.comparisons() for name in part.facts}
    if not any(value.kind == "term" and value.value[0] in telling for value in heard.values):
        return False
    alone = Filling(scene.pack, scene.version, Draft(begun_at=scene.now, resumed_at=scene.now), None)
    alone.fill(heard)
    return len(alone.claim_types) == 1 and alone.claim_types[0].id != draft.claim_type


def _told_values(heard: Heard) -> bool:
    """Whether a message tells more than yes or no; a number word without digits ("kar do") is no value."""
    return any(
        value.kind not in ("yes_no", "term")
        and not (value.kind in ("number", "count") and not any(sign.isdigit() for sign in value.text))
        for value in heard.values
    )


def _confirmed(scene: Scene, question: Question, said: bool | None) -> bool:
    draft = scene.draft
    if said is None or draft is None:
        return False
    scene.close_question()
    if said:
        intake.keep_value(scene, question.name, question.value)
        if not intake.look_up(scene, None):
            return True
        scene.advance = True
    else:
        intake.reask(scene, question.name)
    return True


def _summary_answered(scene: Scene, heard: Heard, said: bool | None) -> bool:
    others = _told_values(heard)
    files = files_it(heard.text) and said is not False
    if (said is True or files) and not others and not looks_like_question(heard.text):
        goes_beyond = heard.intent not in ("affirm", "thanks") and len(heard.text.split()) > 3
        if goes_on(heard.text) or (goes_beyond and not files):
            scene.changed = scene.advance = True
        else:
            intake.file(scene, heard.message.received_at)
        return True
    if said is False and not others and len(heard.text) <= 25 and heard.intent not in ("stop_intake", "wait"):
        intake.edit_menu(scene)
        return True
    return False


def _wants_review(heard: Heard) -> bool:
    """Whether the answer to a no is to have a person look at it all the same."""
    if names_an_appeal(heard.text) or (heard.intent == "appeal" and heard.confidence >= SURE):
        return True
    return insists(heard.text) and not looks_like_question(heard.text)


def _named_line(scene: Scene, heard: Heard) -> str:
    """The line of the request that the answer names ("amount"), where it tells no value itself."""
    if scene.draft is None or _has_values(heard):
        return ""
    words = set(re.findall(r"[^\W\d_]{3,}", heard.text.lower()))
    lines = intake.summary_facts(scene, scene.draft)
    shared = [(len(words & set(re.findall(r"[^\W\d_]{3,}", line["label"].lower()))), line["fact"]) for line in lines]
    most, fact = max(shared, default=(0, ""), key=lambda pair: pair[0])
    return fact if most and fact in scene.version.slots else ""


def _told_instead(scene: Scene, heard: Heard) -> bool:
    """Words in place of the proof that is asked for: they are kept with the request."""
    told = answering.is_answered(heard) or looks_like_question(heard.text) or _tells_facts(scene, heard)
    remark = heard.intent in (*_REMARKS, "deny") and len(heard.text) > _SHORT_ANSWER
    if told or not remark or promises_later(heard.text):
        return False
    _note_words(scene, heard)
    return True


def _note_words(scene: Scene, heard: Heard) -> None:
    question = scene.talk.question
    intake.add_proof(scene, Proof(key="", kind="text", says=heard.text[:500]))
    scene.say("noted_words", {"dispute": question is not None and question.name == intake.DISPUTE_PROOF})
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


# -- about the talk itself --------------------------------------------------------------------------------------------


def _about_the_talk(scene: Scene, heard: Heard) -> bool:
    if scene.draft is None or _answers_slot(scene, heard):
        return False
    question = scene.talk.question
    waits = question is not None and question.kind in ("slot", "evidence") and promises_later(heard.text)
    gives_up = heard.intent in ("cancel_order", "withdraw", "stop_intake")
    tells = looks_like_question(heard.text) or _has_values(heard) or files_it(heard.text)
    if waits and not gives_up and not tells:
        intake.wait(scene)
        return True
    if leaves_it(heard.text) and not looks_like_question(heard.text):
        _leave(scene)
        return True
    if has_no_proof(heard.text) and not looks_like_question(heard.text):
        _without_proofs(scene)
        return True
    if _is_optional(scene) and heard.intent == "deny" and not looks_like_question(heard.text):
        _without(scene)
        return True
    if _takes_the_offer(scene, heard):
        return True
    agrees = heard.intent == "affirm" and heard.confidence >= SURE and not looks_like_question(heard.text)
    if question is not None and question.kind == "evidence" and agrees and not files_it(heard.text):
        intake.wait(scene)
        return True
    if _wants_on(scene, heard):
        _go_without(scene, heard)
        return True
    if (
        _is_optional(scene)
        and (heard.intent in ("affirm", "appeal") or heard.first("yes_no"))
        and not looks_like_question(heard.text)
        and not _is_told(scene, heard)
    ):
        intake.hurry(scene)
        return True
    if heard.confidence < SURE:
        return False
    match heard.intent:
        case "stop_intake" | "withdraw":
            _leave(scene)
        case "go_back":
            intake.go_back(scene)
        case "dont_have" if named := _named_slot(scene, heard):
            intake.skip(scene, named)
            scene.say("noted_without", {"evidence": False})
            scene.advance = True
        case "skip" | "dont_have":
            _without(scene)
        case "why_needed" if not _tells_facts(scene, heard):
            _why(scene, heard)
        case "show_summary":
            _so_far(scene)
            scene.changed = True
            scene.advance = True
        case "start_over" if not _has_values(heard):
            intake.drop(scene)
            scene.say("started_over", {})
            intake.begin(scene, heard)
            scene.advance = True
        case "wait" if not _has_values(heard):
            intake.wait(scene)
        case "reason_gone" if not looks_like_question(heard.text) and not _tells_facts(scene, heard):
            _leave(scene)
        case "change_detail" if (
            not _has_values(heard)
            and not _tells_facts(scene, heard)
            and (not intake.asked_slot(scene.talk.question) or len(heard.text.split()) <= _BARE_WORDS)
        ):
            intake.edit_menu(scene)
        case _:
            return False
    return True


def _takes_the_offer(scene: Scene, heard: Heard) -> bool:
    """A plain yes to the amount that was offered instead of one that is too high."""
    question = scene.talk.question
    agrees = heard.intent == "affirm" and heard.confidence >= SURE and not _told_values(heard)
    if question is None or question.kind != "slot" or question.value is None or not agrees:
        return False
    intake.keep_value(scene, question.name, question.value)
    scene.close_question()
    scene.advance = True
    return True


def _wants_on(scene: Scene, heard: Heard) -> bool:
    """Whether the message only says yes or "file it" while something is still asked for."""
    question = scene.talk.question
    if question is None or question.kind not in ("slot", "evidence") or looks_like_question(heard.text):
        return False
    if files_it(heard.text):
        return not _has_values(heard)
    agrees = heard.intent == "affirm" and heard.confidence >= SURE
    return question.kind == "slot" and agrees and not _has_values(heard) and not _is_optional(scene)


def _go_without(scene: Scene, heard: Heard) -> None:
    """Ask nothing more that is optional; a proof can follow after filing."""
    question = scene.talk.question
    if question is not None and question.kind == "evidence":
        _without(scene)
    elif question is not None and (question.tries or (files_it(heard.text) and not _is_needed(scene, question.name))):
        intake.skip(scene, question.name)
    else:
        scene.failed = True
    intake.hurry(scene)


def _is_needed(scene: Scene, name: str) -> bool:
    """Whether the request cannot be decided without this fact."""
    decision = judge(scene.draft, scene.pack, scene.now).decision if scene.draft else None
    return decision is None or decision.outcome is None or name in decision.missing


def _without_proofs(scene: Scene) -> None:
    """Go on without any of the proofs."""
    claim_type = intake.claim_type_of(scene)
    for evidence in claim_type.evidence if claim_type else ():
        intake.skip(scene, evidence.id)
    question = scene.talk.question
    if question is not None and question.kind == "evidence":
        intake.skip(scene, question.name)
        scene.close_question()
    scene.say("noted_without", {"evidence": True})
    scene.advance = True


def _is_optional(scene: Scene) -> bool:
    question = scene.talk.question
    claim_type = intake.claim_type_of(scene)
    if question is not None and question.kind == "evidence" and claim_type is not None:
        return any(item.id == question.name and item.text.need == "optional" for item in claim_type.evidence)
    slot = scene.version.slots.get(question.name) if question and question.kind == "slot" else None
    return slot is not None and slot.text.need == "optional"


def _has_values(heard: Heard) -> bool:
    return _told_values(heard) or any(value.kind == "term" for value in heard.values)


def _answers_slot(scene: Scene, heard: Heard) -> bool:
    """Whether the message gives the fact that is asked for."""
    asked = intake.asked_slot(scene.talk.question)
    if not asked or scene.draft is None:
        return False
    if _tells_in_own_words(scene, heard, asked):
        return True
    filling = Filling(scene.pack, scene.version, scene.draft, intake.claim_type_of(scene), asked)
    return any(item.fact == asked for item in filling.fill(heard))


def _tells_in_own_words(scene: Scene, heard: Heard, asked: str) -> bool:
    """Whether a statement answers a question that is answered freely, whatever it sounds like."""
    slot = scene.version.slots.get(asked)
    if slot is None or slot.text.reads != "free_text" or looks_like_question(heard.text):
        return False
    return heard.intent in _REMARKS and len(heard.text) > _SHORT_ANSWER


def _so_far(scene: Scene) -> None:
    """What is told so far, while the request is not complete yet."""
    question = scene.talk.question
    if scene.draft is None or question is None or question.kind not in ("slot", "evidence", "confirm_value"):
        return
    lines = [{"label": line["label"], "value": line["value"]} for line in intake.summary_facts(scene, scene.draft)]
    if lines:
        scene.say("understood", {"facts": lines, "corrected": False})


def _leave(scene: Scene) -> None:
    """Drop the open draft; what was filed before stands."""
    filed = scene.talk.last_case
    intake.drop(scene)
    scene.say("left", {"filed": filed, "others": scene.draft is not None})
    scene.advance = scene.draft is not None


def _without(scene: Scene) -> None:
    """Go on without what is asked for: it stands as to be checked; own orders may be picked from a list."""
    question = scene.talk.question
    if question is None or question.kind not in ("slot", "evidence", "confirm_value"):
        scene.advance = True
        return
    if question.name in id_facts(scene.pack) and scene.records.own and question.tries == 0:
        _own_orders(scene)
        return
    intake.skip(scene, question.name)
    scene.say("noted_without", {"evidence": question.kind == "evidence"})
    scene.close_question()
    scene.advance = True


def _own_orders(scene: Scene) -> None:
    name = next(iter(id_facts(scene.pack)), "order_id")
    buttons = [Button(record.id[:20], f"slot:{name}:{record.id}") for record in scene.records.own[:9]]
    scene.say("your_orders", {"ids": [record.id for record in scene.records.own[:9]]}, buttons)
    scene.ask("slot", name)


def _named_slot(scene: Scene, heard: Heard) -> str:
    """The slot of the request of which the message speaks by one of its cues; nothing where the open one is meant."""
    claim_type, text = intake.claim_type_of(scene), heard.text.lower()
    found = [
        (len(cue), slot.name)
        for slot in (claim_type.slots if claim_type else ())
        for cue in slot.fact.cues
        if re.search(rf"(?<!\w){re.escape(cue.lower())}(?!\w)", text)
    ]
    asked = intake.asked_slot(scene.talk.question)
    return "" if any(name == asked for _, name in found) else max(found, default=(0, ""))[1]


def _named_evidence(scene: Scene, heard: Heard) -> Evidence | None:
    """The proof of the request of which the message speaks by a word of its name ("why a photo")."""
    claim_type, said = intake.claim_type_of(scene), set(re.findall(r"\w{4,}", heard.text.lower()))
    for evidence in claim_type.evidence if claim_type else ():
        label = " ".join(evidence.text.label.in_(language) for language in LANGUAGES).lower()
        if said & set(re.findall(r"\w{4,}", label)):
            return evidence
    return None


def _why(scene: Scene, heard: Heard) -> None:
    question = scene.talk.question
    claim_type = intake.claim_type_of(scene)
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


# -- questions, facts, requests ---------------------------------------------------------------------------------------


def asks(heard: Heard) -> bool:
    """Whether a message asks a question of policy."""
    if heard.confidence >= SURE and heard.intent in ("policy_question", "what_if") and not states_a_demand(heard.text):
        return True
    return looks_like_question(heard.text) and (
        heard.intent in ("policy_question", "what_if", "out_of_scope") or answering.is_answered(heard)
    )


def _question(scene: Scene, heard: Heard) -> bool:
    """Answer a question, or several; the open question of the request comes back after it."""
    what_if = supposes(heard.text) or (heard.intent == "what_if" and heard.confidence >= SURE)
    if scene.draft is not None and what_if and answering.what_if(scene, heard):
        scene.advance = True
        return True
    if _answers_slot(scene, heard) and not looks_like_question(heard.text):
        return False
    if scene.draft is None and _is_a_case(scene, heard):
        return False
    if _asks_payment_time(scene, heard) and answering.tell_time(scene):
        scene.advance = True
        return True
    at_summary = scene.talk.question is not None and scene.talk.question.kind == "summary"
    own = not answering.is_answered(heard) or asks_why_so_little(heard.text)
    own = own or (at_summary and asks_how_much(heard.text))
    if scene.draft is not None and own and _about_this_request(scene, heard):
        scene.advance = True
        return True
    within = scene.draft is not None and looks_like_question(heard.text) and heard.intent in REQUESTS
    if heard.intent in ("refund_status", "talk_to_human", "appeal") or not (within or asks(heard)):
        return False
    if heard.intent == "provide_evidence" and heard.confidence >= _CERTAIN:
        return False
    telling = scene.draft is not None and not looks_like_question(heard.text)
    if telling and _tells_facts(scene, heard):
        return False
    parts = [part for part in heard.parts if answering.is_answered(part)] or [heard]
    for part in parts:
        answering.answer(scene, part)
    if scene.draft is None and _names_own(scene, heard):
        _begin_beside(scene, heard)
        return True
    if scene.draft is None:
        _offer_request(scene, heard)
    elif _answers_slot(scene, heard) and not names_a_weekday(heard.text):
        intake.take(scene, heard)
    scene.advance = True
    return True


def _asks_payment_time(scene: Scene, heard: Heard) -> bool:
    """Whether "how many days" is asked while a request that ends in money is open, and of nothing else."""
    words = heard.text.split()
    if scene.draft is None or len(words) > _ID_ALONE + 1 or not asks_when(heard.text) or asks_time_left(heard.text):
        return False
    decision = judge(scene.draft, scene.pack, scene.now).decision
    return decision is not None and decision.eta is not None and not _OTHER_TIME.search(heard.text)


def _about_this_request(scene: Scene, heard: Heard) -> bool:
    """What comes back or until when, asked of the open request itself: said as far as it can be worked out."""
    if asks_how_much(heard.text) or asks_why_so_little(heard.text):
        return answering.tell_outcome(scene)
    if asks_when(heard.text) and (len(heard.text.split()) <= _ID_ALONE or _means_money(heard.text)):
        return answering.tell_time(scene)
    return asks_time_left(heard.text) and answering.tell_time_left(scene)


def _means_money(text: str) -> bool:
    return speaks_of_money(text) and not _OTHER_TIME.search(text)


def _is_told(scene: Scene, heard: Heard) -> bool:
    """Whether the message names a fact by the pack's own words, an id or a reference."""
    kinds = ("term", "amount", "reference", *id_facts(scene.pack))
    return any(value.kind in kinds for value in heard.values)


def _tells_facts(scene: Scene, heard: Heard) -> bool:
    asked = intake.asked_slot(scene.talk.question)
    filling = Filling(scene.pack, scene.version, scene.draft, intake.claim_type_of(scene), asked)
    return bool(filling.fill(heard))


def _is_a_case(scene: Scene, heard: Heard) -> bool:
    """Whether a message without a question tells of the customer's own trouble: then it begins a request."""
    if looks_like_question(heard.text):
        return False
    ids = any(value.kind in id_facts(scene.pack) for value in heard.values)
    if ids and heard.score(*REQUESTS) >= 0.15 and heard.intent not in ("refund_status", "withdraw", "appeal"):
        return True
    elsewhere = heard.confidence >= SURE and heard.intent in _NO_REQUESTS
    if ids and not elsewhere and (len(heard.text.split()) <= _ID_ALONE or heard.first("moment", "amount")):
        return True
    if heard.intent == "out_of_scope" and heard.confidence >= _CERTAIN and not ids:
        return False
    grounds = any(value.kind == "term" for value in heard.values)
    if ids and grounds and not scene.records.cases and heard.intent not in ("withdraw", "appeal"):
        return True
    money = heard.first("moment") is not None and heard.first("amount", "number") is not None
    if grounds and heard.intent == "refund_status" and not scene.records.cases:
        return not speaks_of_money(heard.text)
    if not (grounds or money) or heard.intent in _NO_REQUESTS:
        return False
    mine = states_a_demand(heard.text) or tells_of_own_trouble(heard.text)
    return heard.intent in REQUESTS or mine or answering.is_answered(heard)


def _names_own(scene: Scene, heard: Heard) -> bool:
    """Whether a question names an order or payment and tells something of it."""
    ids = any(value.kind in id_facts(scene.pack) for value in heard.values)
    facts = {value.value[0] for value in heard.values if value.kind == "term"}
    if scene.records.cases or supposes(heard.text):
        return False
    return len(facts) >= _OWN_STORY or bool(facts and (ids or heard.first("moment")))


def _begin_beside(scene: Scene, heard: Heard) -> None:
    """Begin the request to which an answered question belongs."""
    intake.begin(scene, heard, heard.intent)
    intake.take(scene, heard)
    intake.remember_audience(scene)
    scene.changed = True
    asked_about = scene.talk.last_clauses
    scene.advance = intake.look_up(scene, heard)
    facts = answering.known_facts(scene)
    due = [item for item in scene.version.deadlines if item.clause in asked_about]
    lines = [line for item in due if (line := answering.deadline_line(scene, item, facts))]
    if lines and not any(say.template == "deadlines" for say in scene.says):
        scene.say("deadlines", {"lines": lines}, clauses=asked_about)
    decision = judge(scene.draft, scene.pack, scene.now).decision if scene.draft else None
    if asks_when(heard.text) and decision is not None and decision.eta is not None:
        answering.tell_time(scene)


def _offer_request(scene: Scene, heard: Heard) -> None:
    """After an answer about the customer's own trouble: a button that begins the request."""
    trouble = heard.score(*REQUESTS) >= 0.15 or not looks_like_question(heard.text)
    if any(case.state not in ENDS for case in scene.records.cases):
        return
    if scene.says and trouble and scene.talk.question is None and not scene.says[-1].buttons:
        scene.say("offer_request", {}, [Button("@start_request", "start"), PERSON])


def _status(scene: Scene, heard: Heard) -> bool:
    if heard.intent != "refund_status" or heard.confidence < SURE:
        return scene.draft is None and (_names_a_case(scene, heard) or _asks_for_the_money(scene, heard))
    telling = scene.draft is not None and not looks_like_question(heard.text)
    if telling and (_is_told(scene, heard) or _tells_facts(scene, heard)):
        return False
    if scene.draft is None and not scene.records.cases and _is_a_case(scene, heard):
        return False
    if answering.is_answered(heard) and (scene.draft is not None or not scene.records.cases):
        answering.answer(scene, heard)
    elif scene.draft is not None and asks_when(heard.text) and answering.tell_time(scene):
        pass
    else:
        after.tell_status(scene, heard)
        if scene.records.cases and asks_when(heard.text) and after.has_no_date(scene):
            answering.tell_time(scene)
    scene.advance = True
    return True


def _asks_for_the_money(scene: Scene, heard: Heard) -> bool:
    """When the money of a filed request comes, in words that were not taken for it."""
    if not scene.records.cases or not asks_when(heard.text) or not _means_money(heard.text):
        return False
    after.tell_status(scene, heard)
    if after.has_no_date(scene):
        answering.tell_time(scene)
    return True


def _names_a_case(scene: Scene, heard: Heard) -> bool:
    """The id of something with a filed request, and nothing else: where that request stands."""
    ids = [str(value.value) for value in heard.values if value.kind in id_facts(scene.pack)]
    if not ids or len(heard.text.split()) > _ID_ALONE or open_case_for(scene.records.cases, ids, ENDS) is None:
        return False
    after.tell_status(scene, heard)
    return True


def _filed(scene: Scene, heard: Heard) -> bool:
    """What people say of a request that is filed."""
    if scene.draft is not None or not scene.records.cases:
        return False
    sure = heard.confidence >= SURE
    if asks_why_refused(heard.text) and after.newest(scene, "declined", "partly_approved"):
        after.tell_status(scene, heard)
        return True
    if (sure and heard.intent == "appeal") or (names_an_appeal(heard.text) and not looks_like_question(heard.text)):
        return after.ask_appeal(scene)
    if looks_like_question(heard.text):
        return False
    if leaves_it(heard.text) and after.ask_withdraw(scene):
        return True
    if owns_a_mistake(heard.text) and _has_values(heard) and after.correct_filed(scene, heard):
        return True
    if is_solved(heard.text) and after.reason_gone(scene, heard):
        return True
    if not sure:
        return False
    match heard.intent:
        case "withdraw" | "stop_intake":
            return after.ask_withdraw(scene)
        case "cancel_order" if names_a_request(heard.text) and not _is_told(scene, heard):
            return after.ask_withdraw(scene) or after.say_too_late(scene)
        case "reason_gone":
            return after.reason_gone(scene, heard)
        case "change_detail":
            return after.correct_filed(scene, heard)
    return False


def _request(scene: Scene, heard: Heard) -> bool:
    """Begin a request, or a second one beside the open one."""
    wants = heard.intent in REQUESTS and heard.confidence >= SURE
    if scene.draft is None and is_about_another_company(heard.text) and not answering.is_answered(heard):
        answering.policy_silent(scene, heard.topic)
        return True
    if scene.draft is None and (wants or _is_a_case(scene, heard)):
        return _begin(scene, heard)
    if scene.draft is None and asks_for_own_orders(heard.text) and scene.records.own:
        intake.begin(scene, heard)
        _own_orders(scene)
        return True
    another = scene.draft is not None and heard.intent == "new_request" and heard.confidence >= SURE
    free = not intake.asked_slot(scene.talk.question)
    if another and (free or names_another(heard.text) or _names_another_id(scene, heard)):
        return _begin(scene, heard)
    if scene.draft is not None and wants:
        scene.failed = scene.advance = True
        return True
    return False


def _names_another_id(scene: Scene, heard: Heard) -> bool:
    """Whether an id stands in the message that is not the open request's."""
    told = told_ids(scene.pack, scene.draft) if scene.draft else {}
    ids = [str(value.value) for value in heard.values if value.kind in id_facts(scene.pack)]
    return bool(told) and any(not same_id(each, other) for each in ids for other in told.values())


def _begin(scene: Scene, heard: Heard) -> bool:
    parts = [part for part in heard.parts if part.intent in REQUESTS] if len(heard.parts) > 1 else []
    parts = split_by_subject(heard, id_facts(scene.pack)) if len(parts) < 2 else parts
    for part in parts[1:]:
        intake.begin(scene, part, part.intent)
        intake.take(scene, part)
    intake.begin(scene, heard, heard.intent)
    told = intake.take(scene, parts[0] if len(parts) > 1 else heard)
    intake.remember_audience(scene)
    if len(parts) > 1:
        scene.say("one_by_one", {"count": len(parts)})
    questions = [part for part in heard.parts if looks_like_question(part.text) and answering.is_answered(part)]
    for part in questions:
        answering.answer(scene, part)
    if not scene.says and not scene.talk.greeted:
        scene.says.insert(0, _sympathy(scene))
    scene.changed = True
    scene.advance = intake.look_up(scene, heard)
    if scene.advance:
        intake.tell_deadlines(scene, told)
    if asks_for_own_orders(heard.text) and scene.records.own and not (scene.draft and scene.draft.record_id):
        _own_orders(scene)
        scene.advance = False
    return True


def _sympathy(scene: Scene) -> Say:
    return Say("begin", {"brand": scene.pack.brand.name}, language=scene.language)


def _facts(scene: Scene, heard: Heard) -> bool:
    """Facts for the open request."""
    if scene.draft is None:
        return False
    if asks_for_own_orders(heard.text) and scene.records.own:
        _own_orders(scene)
        return True
    if heard.intent in ("thanks", "bye") and heard.confidence >= SURE and not _has_values(heard):
        return False
    if _names_another(scene, heard):
        return _begin(scene, heard)
    question = scene.talk.question
    if heard.text.rstrip().endswith("?") and not _answers_slot(scene, heard) and not _tells_new_facts(scene, heard):
        clause = scene.pack.brand.payout_clause
        if clause and clause in scene.version.clauses and heard.first("payment_method"):
            answering.state_clause(scene, clause, heard)
        else:
            answering.answer(scene, heard)
        scene.advance = True
        return True
    if heard.intent == "out_of_scope" and heard.confidence >= _CERTAIN and not any(v.certain for v in heard.values):
        return False
    told = intake.take(scene, heard)
    if not told and not _second_detail(scene, heard):
        return False
    if (
        scene.talk.question is not None
        and scene.talk.question.kind == "confirm_value"
        and scene.talk.question is not question
    ):
        return True
    if not intake.look_up(scene, heard):
        return True
    intake.tell_deadlines(scene, told)
    scene.changed = True
    scene.advance = True
    return True


def _tells_new_facts(scene: Scene, heard: Heard) -> bool:
    """Whether a message tells a fact that was not told yet."""
    draft = scene.draft
    filling = Filling(scene.pack, scene.version, draft, intake.claim_type_of(scene))
    return draft is not None and any(item.fact not in draft.facts for item in filling.fill(heard))


def _names_another(scene: Scene, heard: Heard) -> bool:
    """Whether the message wants the same for something else, beside the open request ("and WP-21 also")."""
    if corrects(heard.text) or not adds_to(heard.text) or not _names_another_id(scene, heard):
        return False
    return heard.intent in REQUESTS and heard.confidence >= SURE


def _second_detail(scene: Scene, heard: Heard) -> bool:
    tried = scene.draft is not None and any(note.startswith("tried:") for note in scene.draft.notes)
    return tried and heard.first("phone", "email") is not None


# -- small talk -------------------------------------------------------------------------------------------------------


def _small_talk(scene: Scene, heard: Heard) -> bool:
    intent = heard.intent if heard.confidence >= SURE else ""
    brand = scene.pack.brand
    match intent:
        case "show_summary" if scene.draft is None and scene.records.cases:
            after.tell_status(scene, heard)
        case "greet" if scene.draft is not None:
            scene.advance = True
            return True
        case "appeal" | "withdraw" | "reason_gone" if scene.draft is None and not scene.records.cases:
            scene.say("no_case", {"draft": False}, [Button("@start_request", "start"), PERSON])
        case "help" if len(heard.text.split()) > _ID_ALONE and answering.tell_route(scene, heard.topic):
            pass
        case "greet" | "help":
            buttons = [Button("@start_request", "start"), Button("@status", "status"), PERSON]
            scene.say(
                "hello", {"brand": brand.name, "about": scene.words(brand.about)}, buttons if not scene.draft else []
            )
        case "bot_question":
            scene.say("i_am_a_bot", {"brand": brand.name}, [PERSON])
        case "thanks" | "bye":
            scene.say("welcome", {"open": scene.draft is not None})
            scene.advance = scene.draft is not None and intent != "bye"
            return True
        case "complaint":
            case = after.newest(scene)
            buttons = [PERSON] if scene.draft or case else [PERSON, Button("@start_request", "start")]
            scene.say("sorry", {"ref": case.ref if case else "", "open": scene.draft is not None}, buttons)
        case "provide_evidence" if scene.draft is None and _names_own(scene, heard):
            _begin_beside(scene, heard)
            return True
        case "provide_evidence":
            scene.say("send_it", {})
        case "affirm" | "deny" | "wait" | "skip" | "dont_have" | "stop_intake" if scene.draft is None:
            scene.say("all_right", {})
        case "out_of_scope" | "policy_question" | "what_if" if not is_gibberish(heard.text):
            answering.answer(scene, heard)
        case _:
            return False
    scene.advance = True
    return True


def _last_resort(scene: Scene, heard: Heard) -> bool:
    """A clause that answers it, whatever the intent was taken for."""
    if (heard.intent in ("affirm", "deny") and heard.confidence >= SURE) or is_gibberish(heard.text):
        return False
    if scene.draft is None and heard.intent == "help" and answering.tell_route(scene, heard.topic):
        scene.advance = True
        return True
    if answering.is_answered(heard) or (scene.draft is None and heard.answerable >= answering.OFFER and heard.clauses):
        answering.answer(scene, heard)
        scene.advance = True
        return True
    return False


def _not_understood(scene: Scene, heard: Heard) -> None:
    """Ask the open question in other words; without one, say what can be done here; the third time offer a person."""
    question = scene.talk.question
    proof_asked = question is not None and question.kind == "evidence" and scene.draft is not None
    if proof_asked and len(heard.text) > _SHORT_ANSWER:
        _note_words(scene, heard)
        return
    times = scene.talk.not_understood + 1
    scene.failed = True
    buttons = [PERSON] if scene.draft else [Button("@start_request", "start"), Button("@status", "status"), PERSON]
    scene.say(
        "not_understood",
        {"times": times, "open": scene.draft is not None},
        buttons if times > 1 or not question else [],
    )
    scene.change(not_understood=times)
    if times >= 3 and times % 3 == 0:
        scene.hand_off("not_understood")
    scene.advance = True


HANDLERS: tuple[Handler, ...] = (
    _always,
    _strangers,
    _answer_to_question,
    _about_the_talk,
    _filed,
    _question,
    _status,
    _facts,
    _request,
    _small_talk,
    _last_resort,
)
