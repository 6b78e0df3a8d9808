"""What a message tells of the open request: taken into the draft, and read back where that is worth it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dialogs import documents, linked
from dialogs.answering import clauses_in_question, deadline_line
from dialogs.cues import is_bank_message
from dialogs.drafts import asked_slot, claim_type_of, remember_audience, settle_claim_type
from dialogs.filling import Filled, Filling
from dialogs.heard import Heard
from dialogs.judging import judge, rough_moments
from dialogs.scene import Scene
from dialogs.talk import Reading, Told
from dialogs.turn import Button
from policies.deadlines import due_moment
from policies.decide import Decision
from policies.facts import FactValue, show_fact
from policies.files import Deadline

# Characters; a shorter message is the customer's own, whatever words of a bank are in it.
_PASTED_FROM = 80
_FIGURES = ("amount", "number", "count", "percent", "duration", "moment", "phone", "reference", "utr", "rrn", "arn")


def take_apart(scene: Scene, heard: Heard) -> list[Filled]:
    """Fill the linked claims that a message speaks of by name, each from its own words; else the open one."""
    parts = linked.addressed(scene, heard)
    if scene.draft is None or not parts:
        return take(scene, heard)
    open_one, question, told = scene.draft.place, scene.talk.question, []
    for_all = linked.is_common(scene, asked_slot(question))
    for place, part in parts:
        linked.focus(scene, place)
        if place != open_one and not for_all:
            scene.change(question=None)
        told += take(scene, part, apart=len(parts) > 1)
        if scene.talk.question is None:
            scene.change(question=question)
    linked.focus(scene, open_one)
    return told


def take(scene: Scene, heard: Heard, only_named: bool = False, aloud: bool = True, apart: bool = False) -> list[Filled]:
    """Fill the draft from a message; says (`aloud`) what was understood where that is worth reading back.

    `apart`: the message tells something else of another claim, so that nothing of it holds for all.
    """
    if scene.draft is None:
        return []
    asked = asked_slot(scene.talk.question)
    filling = Filling(scene.pack, scene.version, scene.draft, claim_type_of(scene), asked)
    readings = _of_the_bank(scene, heard, only_named)
    heard = _without_figures(heard) if readings else heard
    filled = [item for item in filling.fill(heard, only_named) if item.fact == asked or not _is_same(scene, item)]
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
    if not apart:
        linked.share(scene, [item.fact for item in kept], asked, heard.text)
    before = len(scene.says)
    if documents.fill_from(scene, readings, "bank_message") and aloud:
        documents.tell(scene, readings)
    remember_audience(scene)
    settle_claim_type(scene)
    opening = scene.says[before:]
    del scene.says[before:]
    if aloud:
        _read_back(scene, [item for item in kept if belongs(scene, item.fact)], asked)
    scene.says.extend(opening)
    return filled


def _of_the_bank(scene: Scene, heard: Heard, only_named: bool) -> tuple[Reading, ...]:
    """What the labels in a pasted notice of a bank tell of the payment; nothing for the customer's own words."""
    if only_named or len(heard.text) < _PASTED_FROM or not is_bank_message(heard.text):
        return ()
    readings = documents.read(scene, heard.text)
    return readings if any(reading.label == "paid_amount" for reading in readings) else ()


def _without_figures(heard: Heard) -> Heard:
    """A message without its bare figures: in a bank's notice a balance and a helpline stand beside what was paid."""
    return replace(heard, values=tuple(value for value in heard.values if value.kind not in _FIGURES))


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


def belongs(scene: Scene, name: str) -> bool:
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
    ask_to_confirm(scene, item.fact, item.value, [str(other) for other in item.other])


def ask_to_confirm(scene: Scene, name: str, value: FactValue, others: Sequence[str]) -> None:
    """Ask whether a fact was understood, with the other readings as buttons where there are some."""
    buttons = [Button("@yes", "yes"), Button("@no", "no")]
    options = [str(value), *others]
    if others:
        buttons = [Button(scene.show(name, option)[:20], f"slot:{name}:{option}") for option in options]
    scene.say("did_you_mean", {"label": scene.label(name), "value": scene.show(name, value)}, buttons)
    scene.ask("confirm_value", name, show_fact(value), options)


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
        linked.about(scene, {item.fact: show_fact(item.value) for item in worth})
        scene.say("understood", {"facts": lines, "corrected": any(item.corrects for item in worth)})


def _shown(scene: Scene, item: Filled) -> str:
    if item.precision == "day" and isinstance(item.value, datetime):
        return scene.show(item.fact, item.value.astimezone(scene.zone).date())
    return scene.show(item.fact, item.value)


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
