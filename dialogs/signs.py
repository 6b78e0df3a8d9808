"""What a message does in this talk: whether it answers the open question, tells facts, asks, or names another id."""

from collections.abc import Collection

from dialogs import answering, drafts
from dialogs.cues import (
    looks_like_question,
    states_a_demand,
)
from dialogs.filling import Filling
from dialogs.heard import Heard
from dialogs.matching import id_facts, same_id, told_ids
from dialogs.scene import Scene

# An intent below this is no more than a hint.
SURE = 0.45
# What a statement about one's own matter is mostly taken for.
REMARKS = ("policy_question", "out_of_scope", "complaint", "start_refund", "cancel_order", "change_detail")
# Up to so many characters it is no more than a yes, a no or a "hm".
SHORT_ANSWER = 12
REQUESTS = ("start_refund", "cancel_order", "new_request")
# An order's or project's id with no more than a word or two around it.
ID_ALONE = 3
# An intent from here on is not doubted.
CERTAIN = 0.8


def told_values(heard: Heard, but: Collection[str] = ()) -> bool:
    """Whether a message tells more than yes or no; a number word without digits ("kar do") is no value, nor are those
    of the kinds `but`.
    """
    return any(
        value.kind not in ("yes_no", "term", *but)
        and not (value.kind in ("number", "count") and not any(sign.isdigit() for sign in value.text))
        for value in heard.values
    )


def has_values(heard: Heard) -> bool:
    return told_values(heard) or any(value.kind == "term" for value in heard.values)


def answers_slot(scene: Scene, heard: Heard) -> bool:
    """Whether the message gives the fact that is asked for."""
    asked = drafts.asked_slot(scene.talk.question)
    if not asked or scene.draft is None:
        return False
    if _tells_in_own_words(scene, heard, asked):
        return True
    filling = Filling(scene.pack, scene.version, scene.draft, drafts.claim_type_of(scene), asked)
    return any(item.fact == asked for item in filling.fill(heard))


def _tells_in_own_words(scene: Scene, heard: Heard, asked: str) -> bool:
    """Whether a statement answers a question that is answered freely, whatever it sounds like."""
    slot = scene.version.slots.get(asked)
    if slot is None or slot.text.reads != "free_text" or looks_like_question(heard.text):
        return False
    return heard.intent in REMARKS and len(heard.text) > SHORT_ANSWER


def asks(heard: Heard) -> bool:
    """Whether a message asks a question of policy."""
    if heard.confidence >= SURE and heard.intent in ("policy_question", "what_if") and not states_a_demand(heard.text):
        return True
    return looks_like_question(heard.text) and (
        heard.intent in ("policy_question", "what_if", "out_of_scope") or answering.is_answered(heard)
    )


def is_told(scene: Scene, heard: Heard) -> bool:
    """Whether the message names a fact by the pack's own words, an id or a reference."""
    kinds = ("term", "amount", "reference", *id_facts(scene.pack))
    return any(value.kind in kinds for value in heard.values)


def tells_facts(scene: Scene, heard: Heard) -> bool:
    asked = drafts.asked_slot(scene.talk.question)
    filling = Filling(scene.pack, scene.version, scene.draft, drafts.claim_type_of(scene), asked)
    return bool(filling.fill(heard))


def names_another_id(scene: Scene, heard: Heard) -> bool:
    """Whether an id stands in the message that is not the open request's."""
    told = told_ids(scene.pack, scene.draft) if scene.draft else {}
    ids = [str(value.value) for value in heard.values if value.kind in id_facts(scene.pack)]
    return bool(told) and any(not same_id(each, other) for each in ids for other in told.values())
