"""The record that a draft is about: found, attached beside what was told, and read back."""

from collections.abc import Iterator
from datetime import timedelta

from dialogs import linked
from dialogs.drafts import claim_type_of, remember_audience, settle_claim_type
from dialogs.filing import read_fact_value
from dialogs.heard import Heard
from dialogs.judging import is_rounded
from dialogs.matching import deciding_facts, find_by_details, find_only, find_record, id_facts, same_id, told_ids
from dialogs.records import Record
from dialogs.scene import PERSON, Scene
from dialogs.talk import Draft, Told

# So many second details that do not fit are looked up in one conversation.
_DETAILS_AT_MOST = 3


def look_up_all(scene: Scene, heard: Heard | None) -> bool:
    """Find the records of the open draft and of those linked with it. False where one of their ids cannot be shown;
    that claim is then the open one.
    """
    if scene.draft is None:
        return True
    open_one, refused = scene.draft.place, []
    for place in [each.place for each in linked.members(scene.draft)]:
        linked.focus(scene, place)
        if not look_up(scene, heard):
            refused.append(place)
    linked.focus(scene, refused[-1] if refused else open_one)
    return not refused


def look_up(scene: Scene, heard: Heard | None) -> bool:
    """Find the record that the draft is about. False where an id was given that this chat cannot be shown."""
    draft = scene.draft
    if draft is None:
        return True
    if draft.record_id and not _names_another(scene, draft):
        return True
    details = [str(value.value) for value in heard.values if value.kind in ("phone", "email")] if heard else []
    details += [str(told.value) for name, told in draft.facts.items() if name in ("phone", "email", "order_name")]
    given = bool(details)
    if scene.talk.details_tried >= _DETAILS_AT_MOST:
        details = []
    ids = told_ids(scene.pack, draft)
    tried = [note.removeprefix("tried:") for note in draft.notes if note.startswith("tried:")]
    for record_id in [*ids.values(), *(tried if details else [])]:
        record = find_record(scene.records, record_id, details)
        if record:
            if not _is_of_another(scene, draft, record):
                attach(scene, record)
                scene.change(details_tried=0)
            return True
    if given and tried and not ids and scene.records.loaded:
        return _refuse_detail(scene, tried[-1])
    if not ids:
        matched = (
            _came_from(scene)
            or find_by_details(scene.records, scene.version, draft)
            or find_only(scene.records, scene.version, draft)
        )
        if matched:
            attach(scene, matched)
        return True
    return not scene.records.loaded or _refuse_id(scene, ids, tried)


def _came_from(scene: Scene) -> Record | None:
    """The record whose page the customer came from."""
    return next((record for record in scene.records.own if record.id == scene.talk.about), None)


def _is_of_another(scene: Scene, draft: Draft, record: Record) -> bool:
    """Whether a record is about another of the linked claims: one order may hold several things, its record tells
    of one.
    """
    facts = scene.version.read_claim({name: draft.facts[name].value for name in draft.facts})
    differs = any(
        name in facts and name in record.facts and facts[name] != record.facts[name]
        for name in deciding_facts(scene.version)
    )
    return differs and any(each.record_id == record.id for each in draft.linked)


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
    scene.change(about="")
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
        if not both or not is_rounded(
            read_fact_value(scene, name, told.value), read_fact_value(scene, name, draft.recorded[name])
        ):
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
        {"label": scene.label(name), "value": scene.show(name, read_fact_value(scene, name, draft.recorded[name]))}
        for name in known
    ]
    if facts:
        scene.say("record_found", {"id": record.id, "facts": facts})


def _refuse_detail(scene: Scene, record_id: str) -> bool:
    """A second detail that does not fit: another may be tried, a few times in all; then the id is taken, to be checked.

    The reply is the same whether there is such an order or not.
    """
    name = scene.talk.question.name if scene.talk.question else ""
    slot = name if name in id_facts(scene.pack) and name in scene.version.facts else next(_id_slots(scene), "")
    scene.change(details_tried=scene.talk.details_tried + 1)
    if scene.draft is None or not slot:
        return True
    if scene.talk.details_tried >= _DETAILS_AT_MOST:
        told = Told(value=record_id, certain=False, at=scene.now)
        notes = tuple(dict.fromkeys((*scene.draft.notes, "id_to_check")))
        scene.change_draft(facts={**scene.draft.facts, slot: told}, notes=notes)
        scene.say("id_to_be_checked", {"label": scene.label(slot), "id": record_id})
        return True
    scene.say("detail_not_found", {"label": scene.label(slot), "id": record_id}, [PERSON])
    scene.ask("slot", slot)
    return False


def _id_slots(scene: Scene) -> Iterator[str]:
    """The ids that this brand asks for."""
    return (name for name in id_facts(scene.pack) if name in scene.version.slots)


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
