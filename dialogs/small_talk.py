"""Greetings, thanks, complaints, and what nobody understood."""

from dialogs import after, answering
from dialogs.cues import (
    is_gibberish,
)
from dialogs.heard import Heard
from dialogs.replies import note_words
from dialogs.requesting import begin_beside, names_own
from dialogs.scene import PERSON, Scene
from dialogs.signs import ID_ALONE, SHORT_ANSWER, SURE
from dialogs.turn import Button


def meet_small_talk(scene: Scene, heard: Heard) -> bool:
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
        case "help" if len(heard.text.split()) > ID_ALONE and answering.tell_route(scene, heard.topic):
            pass
        case "greet" | "help":
            greet(scene)
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
        case "provide_evidence" if scene.draft is None and names_own(scene, heard):
            begin_beside(scene, heard)
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


def greet(scene: Scene) -> None:
    """Who is writing here, and what can be done."""
    brand = scene.pack.brand
    buttons = [Button("@start_request", "start"), Button("@status", "status"), PERSON]
    scene.say("hello", {"brand": brand.name, "about": scene.words(brand.about)}, buttons if not scene.draft else [])


def meet_last_resort(scene: Scene, heard: Heard) -> bool:
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


def not_understood(scene: Scene, heard: Heard) -> None:
    """Ask the open question in other words; without one, say what can be done here; the third time offer a person."""
    question = scene.talk.question
    proof_asked = question is not None and question.kind == "evidence" and scene.draft is not None
    if proof_asked and len(heard.text) > SHORT_ANSWER:
        note_words(scene, heard)
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
