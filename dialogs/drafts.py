"""The draft of a request: opened, parked, dropped, filled with chosen values, and the kind of claim settled."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from dialogs import linked
from dialogs.answering import clauses_in_question, deadline_line
from dialogs.heard import Heard
from dialogs.judging import judge
from dialogs.scene import Scene
from dialogs.talk import Draft, Proof, Question, Told
from dialogs.turn import Button
from policies.pack import ClaimType

FILE_IT, CHANGE_IT, LEAVE_IT = Button("@file", "file"), Button("@change", "edit"), Button("@leave", "cancel")
# The customer wants to get on: what is optional is not asked any more.
ENOUGH = "enough"
# A request that rests this long was paused: it counts from when it was taken up again.
PAUSE = timedelta(hours=12)


def begin(scene: Scene, heard: Heard, wish: str = "", beside: bool = False) -> None:
    """Open a draft from a message; a draft that is open already is linked with it (`beside`), else parked."""
    if scene.draft is not None and not beside:
        park(scene)
    draft = Draft(begun_at=heard.message.received_at, resumed_at=scene.now, proofs=scene.talk.loose_proofs, wish=wish)
    linked.link(scene, draft)
    scene.change(loose_proofs=(), question=None)


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


def skip(scene: Scene, name: str) -> None:
    """Leave an open slot or proof out; it stands as to be checked, also where it was told before."""
    draft = scene.draft
    if draft is not None and name not in draft.skipped:
        facts = {fact: told for fact, told in draft.facts.items() if fact != name}
        scene.change_draft(skipped=(*draft.skipped, name), facts=facts)


def keep_value(scene: Scene, name: str, value: Any) -> None:
    """Take a value that was chosen or confirmed."""
    if scene.draft is None:
        return
    told = Told(value=value, source="menu", at=scene.now)
    skipped = tuple(item for item in scene.draft.skipped if item != name)
    scene.change_draft(facts={**scene.draft.facts, name: told}, skipped=skipped)
    linked.share(scene, [name], asked=name)
    scene.changed = True
    remember_audience(scene)
    settle_claim_type(scene)


def insist(scene: Scene) -> None:
    """File in spite of a no: a person reviews it. Of linked claims, those to which the policy says no."""
    if scene.draft is not None:
        meant = {each.place for each in linked.refused(scene)} or {scene.draft.place}
        _note(scene, "insists", ENOUGH, places=meant)
        scene.say("to_review", {})
        scene.changed = True
        scene.close_question()
        scene.advance = True


def hurry(scene: Scene) -> None:
    """Ask nothing optional any more."""
    if scene.draft is not None:
        _note(scene, ENOUGH)
        scene.changed = True
        scene.advance = True


def _note(scene: Scene, *notes: str, places: Collection[int] = ()) -> None:
    """Note something with the linked claims at `places`; with all of them where none is named."""
    claims = [
        each.model_copy(update={"notes": tuple(dict.fromkeys((*each.notes, *notes)))})
        if not places or each.place in places
        else each
        for each in linked.members(scene.draft)
    ]
    linked.put_together(scene, claims, scene.draft.place if scene.draft else 0)


def add_proof(scene: Scene, proof: Proof) -> None:
    """Add a file to the draft."""
    if scene.draft is not None:
        scene.change_draft(proofs=(*scene.draft.proofs, proof))


def resume(scene: Scene) -> bool:
    """Take up a draft after a pause: the request counts from now. True where there was a pause."""
    draft, seen = scene.draft, scene.talk.seen_at
    if draft is None or seen is None or scene.now - seen < PAUSE:
        return False
    claims = [each.model_copy(update={"resumed_at": scene.now}) for each in linked.members(draft)]
    linked.put_together(scene, claims, draft.place)
    return True
