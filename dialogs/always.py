"""What always works: stop and start, a person, a threat, another language, privacy."""

from dialogs import drafts
from dialogs.cues import (
    insults,
    looks_like_question,
    names_a_person,
    threatens,
)
from dialogs.heard import Heard
from dialogs.scene import PERSON, Scene
from dialogs.signs import CERTAIN, SURE, answers_slot, has_values, is_told
from dialogs.turn import Consent


def meet_what_always_works(scene: Scene, heard: Heard) -> bool:
    intent = heard.intent if heard.confidence >= SURE else ""
    if len(heard.text.split()) == 1 and has_values(heard):
        return False
    if not looks_like_question(heard.text) and intent not in ("opt_out", "opt_in", "threat", "abuse", "talk_to_human"):
        intent = "threat" if threatens(heard.text) else "abuse" if insults(heard.text) else intent
    match intent:
        case "opt_out":
            stop(scene, heard)
        case "opt_in":
            restart(scene, heard)
        case "threat":
            scene.hand_off("threat", heard.text[:200], urgent=True)
        case "abuse" if insults(heard.text) or (heard.confidence >= CERTAIN and not _answers_anything(scene, heard)):
            scene.say("calm", {})
            scene.hand_off("abuse", heard.text[:200])
        case "talk_to_human" if not _names_what_is_asked(scene, heard) and (
            names_a_person(heard.text) or not _answers_anything(scene, heard)
        ):
            scene.hand_off("asked", heard.text[:200])
            scene.advance = False
        case "change_language" if not has_values(heard):
            _change_language(scene, heard)
        case "privacy":
            tell_privacy(scene)
            if "delet" in heard.text.lower() or "हटा" in heard.text:
                scene.hand_off("data_request", heard.text[:200])
            scene.advance = True
        case _:
            return False
    return True


def stop(scene: Scene, heard: Heard) -> None:
    """No message that the customer did not ask for goes to them any more."""
    scene.effects.append(Consent(False, heard.text[:200]))
    scene.change(opted_out=True)
    scene.say("opted_out", {"draft": scene.draft is not None})


def restart(scene: Scene, heard: Heard) -> None:
    """The customer wants to be told again."""
    scene.effects.append(Consent(True, heard.text[:200]))
    scene.change(opted_out=False)
    scene.say("opted_in", {})


def tell_privacy(scene: Scene) -> None:
    """What is kept of the customer, by the company's own notice."""
    scene.say("privacy", {"says": scene.words(scene.pack.brand.privacy)}, [PERSON])


def _answers_anything(scene: Scene, heard: Heard) -> bool:
    """Whether the message tells facts of the open request ("i called and mailed both")."""
    return scene.draft is not None and (answers_slot(scene, heard) or is_told(scene, heard))


def _names_what_is_asked(scene: Scene, heard: Heard) -> bool:
    """Whether the message answers the open question in the pack's own words ("support se nahi hua")."""
    asked = drafts.asked_slot(scene.talk.question)
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
