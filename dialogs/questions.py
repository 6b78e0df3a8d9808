"""Questions of policy: answered, computed for the open request, and the open question asked again."""

from dialogs import answering, taking
from dialogs.case_states import ENDS
from dialogs.cues import (
    asks_for_the_most,
    asks_how_much,
    asks_time_left,
    asks_when,
    asks_why_so_little,
    looks_like_question,
    means_money,
    names_a_weekday,
    names_another_time,
    supposes,
)
from dialogs.heard import Heard
from dialogs.judging import judge
from dialogs.requesting import begin_beside, is_a_case, names_own
from dialogs.scene import PERSON, Scene
from dialogs.signs import CERTAIN, ID_ALONE, REQUESTS, SURE, answers_slot, asks, tells_facts
from dialogs.turn import Button


def meet_question(scene: Scene, heard: Heard) -> bool:
    """Answer a question, or several; the open question of the request comes back after it."""
    what_if = supposes(heard.text) or (heard.intent == "what_if" and heard.confidence >= SURE)
    if scene.draft is not None and what_if and answering.what_if(scene, heard):
        scene.advance = True
        return True
    if answers_slot(scene, heard) and not looks_like_question(heard.text):
        return False
    if scene.draft is None and is_a_case(scene, heard):
        return False
    if _asks_payment_time(scene, heard) and answering.tell_time(scene):
        scene.advance = True
        return True
    at_summary = scene.talk.question is not None and scene.talk.question.kind == "summary"
    own = not answering.is_answered(heard) or asks_why_so_little(heard.text)
    own = own or ((at_summary or asks_for_the_most(heard.text)) and asks_how_much(heard.text))
    if scene.draft is not None and own and _about_this_request(scene, heard):
        scene.advance = True
        return True
    within = scene.draft is not None and looks_like_question(heard.text) and heard.intent in REQUESTS
    if heard.intent in ("refund_status", "talk_to_human", "appeal") or not (within or asks(heard)):
        return False
    if heard.intent == "provide_evidence" and heard.confidence >= CERTAIN:
        return False
    telling = scene.draft is not None and not looks_like_question(heard.text)
    if telling and tells_facts(scene, heard):
        return False
    parts = [part for part in heard.parts if answering.is_answered(part)] or [heard]
    if scene.draft is None and any(part.intent in REQUESTS and part.confidence >= SURE for part in heard.parts):
        return False
    for part in parts:
        answering.answer(scene, part)
    if scene.draft is None and names_own(scene, heard):
        begin_beside(scene, heard)
        return True
    if scene.draft is None:
        _offer_request(scene, heard)
    elif answers_slot(scene, heard) and not names_a_weekday(heard.text):
        taking.take(scene, heard)
    scene.advance = True
    return True


def _asks_payment_time(scene: Scene, heard: Heard) -> bool:
    """Whether "how many days" is asked while a request that ends in money is open, and of nothing else."""
    words = heard.text.split()
    if scene.draft is None or len(words) > ID_ALONE + 1 or not asks_when(heard.text) or asks_time_left(heard.text):
        return False
    decision = judge(scene.draft, scene.pack, scene.now).decision
    return decision is not None and decision.eta is not None and not names_another_time(heard.text)


def _about_this_request(scene: Scene, heard: Heard) -> bool:
    """What comes back or until when, asked of the open request itself: said as far as it can be worked out."""
    if asks_how_much(heard.text) or asks_why_so_little(heard.text):
        return answering.tell_outcome(scene) or answering.tell_most(scene)
    if asks_when(heard.text) and (len(heard.text.split()) <= ID_ALONE or means_money(heard.text)):
        return answering.tell_time(scene)
    return asks_time_left(heard.text) and answering.tell_time_left(scene)


def _offer_request(scene: Scene, heard: Heard) -> None:
    """After an answer about the customer's own trouble: a button that begins the request."""
    trouble = heard.score(*REQUESTS) >= 0.15 or not looks_like_question(heard.text)
    if any(case.state not in ENDS for case in scene.records.cases):
        return
    if scene.says and trouble and scene.talk.question is None and not scene.says[-1].buttons:
        scene.say("offer_request", {}, [Button("@start_request", "start"), PERSON])
