"""Linked claims: several things wanted in one breath, each a draft of its own, asked for, shown and filed together.

The open draft carries the others in `Draft.linked`. What is asked belongs to the draft that is open; what a message
says of another by its name goes there. What holds for all of them (who asks, how and when it was paid) is asked once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from dialogs.heard import Heard
from dialogs.judging import judge
from dialogs.matching import deciding_facts, same_id, told_ids
from dialogs.scene import Scene
from dialogs.splitting import parted
from dialogs.talk import Draft, Told
from dialogs.values import Value
from policies.words import LANGUAGES

# Slots that are read so are about the customer, not about the thing.
_OF_THE_CUSTOMER = ("name", "phone", "email", "ifsc", "last4")
_HOW_PAID = ("payment_mode", "payment_method")
# Asked once for all; the customer says so where they differ.
_ASKED_ONCE = ("paid_at",)
_ALL = re.compile(
    r"\b(both|all of (it|them)|all (two|three)|each|every ?one|dono|donon|teeno|sab|sabhi)\b"
    r"|दोनों|दोनो|तीनों|सभी|सब",
    re.IGNORECASE,
)
_SAME = re.compile(r"^\W*(the )?(same|wahi|vahi|wohi|वही|वैसा ही)( \w+){0,3}\W*$", re.IGNORECASE)
_THING = r" ?(one|order|item|request|claim|project|payment|wal[aie]|vaal[aie]|wali|k[aie]|ko)"
_FIRST = re.compile(rf"\b(first|1st|pehl[aie]|pahl[aie]){_THING}\b|पहल[ाीे] ?(वाल[ाीे]|का|की|को)", re.IGNORECASE)
_SECOND = re.compile(rf"\b(second|2nd|other|dusr[aie]|doosr[aie]){_THING}\b|दूसर[ाीे] ?(वाल[ाीे]|का|की|को)", re.IGNORECASE)
_NUMBER = re.compile(r"^\W*(\d)\W*$")
_JOINS = re.compile(r"[,;&\n]|\b(and|aur|but|lekin|plus)\b|और|लेकिन", re.IGNORECASE)


def members(draft: Draft | None) -> list[Draft]:
    """The claims of one request in the order in which they were named; a draft alone is the only one."""
    if draft is None:
        return []
    alone = draft.model_copy(update={"linked": ()})
    return sorted((alone, *draft.linked), key=lambda each: each.place)


def is_together(scene: Scene) -> bool:
    """Whether the open request has linked claims."""
    return scene.draft is not None and bool(scene.draft.linked)


def put_together(scene: Scene, drafts: Iterable[Draft], place: int) -> None:
    """Make `drafts` the claims of the open request, with the one at `place` open (the first where it is not there)."""
    ordered = sorted(drafts, key=lambda each: each.place)
    if not ordered:
        scene.change(draft=None, question=None)
        return
    chosen = next((each for each in ordered if each.place == place), ordered[0])
    others = tuple(each for each in ordered if each is not chosen)
    scene.change(draft=chosen.model_copy(update={"linked": others}))


def focus(scene: Scene, place: int) -> None:
    """Open the claim at `place`; the others stay linked with it."""
    if scene.draft is not None and scene.draft.place != place:
        put_together(scene, members(scene.draft), place)


def link(scene: Scene, draft: Draft) -> None:
    """Open `draft` beside the open request, as the last of its claims."""
    claims = members(scene.draft)
    place = max((each.place for each in claims), default=-1) + 1
    put_together(scene, [*claims, draft.model_copy(update={"place": place, "linked": ()})], place)


def leave_out(scene: Scene, places: Iterable[int]) -> None:
    """Drop the claims at `places`; where none is left, the request is dropped."""
    gone = set(places)
    kept = [each for each in members(scene.draft) if each.place not in gone]
    scene.change(question=None)
    put_together(scene, kept, scene.draft.place if scene.draft else 0)


def title(scene: Scene, draft: Draft) -> str:
    """What a claim is called among its linked ones: the word in which they differ, else its id, else its kind."""
    for name in sorted(_telling_apart(scene)):
        if name in draft.facts:
            return scene.show(name, scene.version.read_claim({name: draft.facts[name].value})[name])
    ids = _ids(scene, draft)
    if ids:
        return ids[0]
    claim_type = scene.version.claim_types.get(draft.claim_type)
    same = [each for each in members(scene.draft) if each.claim_type == draft.claim_type and not _ids(scene, each)]
    number = f"{draft.place + 1}"
    name = scene.words(claim_type.text.name) if claim_type else ""
    return (f"{name} {number}" if len(same) > 1 else name) or number


def _ids(scene: Scene, draft: Draft) -> list[str]:
    return [*told_ids(scene.pack, draft).values(), *([draft.record_id] if draft.record_id else [])]


def _telling_apart(scene: Scene) -> set[str]:
    """The facts that tell the kind of claim and in which the linked claims differ, told of each."""
    claims = members(scene.draft)
    return {
        name
        for name in deciding_facts(scene.version)
        if all(name in each.facts for each in claims) and len({str(each.facts[name].value) for each in claims}) > 1
    }


def about(scene: Scene, told: Mapping[str, object]) -> None:
    """Say of which linked claims something was understood: the open one and those for which all of it holds as well.

    Nothing where there is one claim alone.
    """
    if scene.draft is None or not scene.draft.linked:
        return
    own = scene.draft.place
    holds = [
        each
        for each in members(scene.draft)
        if each.place == own or all(name in each.facts and each.facts[name].value == told[name] for name in told)
    ]
    _say_about(scene, holds)


def ask_about(scene: Scene, name: str) -> None:
    """Say which of the linked claims the next question, for the slot `name`, is about; nothing for a claim alone."""
    if scene.draft is None or not scene.draft.linked:
        return
    common = is_common(scene, name)
    asked_of = [
        each
        for each in members(scene.draft)
        if each.place == scene.draft.place or (common and _wants(scene, each, name))
    ]
    _say_about(scene, asked_of)


def _say_about(scene: Scene, claims: Iterable[Draft]) -> None:
    titles = [title(scene, each) for each in claims]
    before = next((say.values["titles"] for say in reversed(scene.says) if say.template == "about"), None)
    if titles != before:
        scene.say("about", {"titles": titles})


def is_common(scene: Scene, name: str) -> bool:
    """Whether a fact holds for all that is claimed together: who it is, how it was paid, when."""
    slot = scene.version.slots.get(name)
    of_the_customer = slot is not None and slot.text.reads in _OF_THE_CUSTOMER
    return of_the_customer or name in (*_HOW_PAID, *_ASKED_ONCE, scene.pack.brand.audience_fact)


def _lacks(draft: Draft, name: str) -> bool:
    return name not in draft.facts and name not in draft.recorded


def _wants(scene: Scene, draft: Draft, name: str) -> bool:
    """Whether a claim has a slot for a fact that it lacks; as long as its kind is open, it may."""
    claim_type = scene.version.claim_types.get(draft.claim_type)
    return _lacks(draft, name) and (claim_type is None or any(slot.name == name for slot in claim_type.slots))


def share(scene: Scene, names: Iterable[str], asked: str = "", text: str = "") -> None:
    """Give facts of the open claim that hold for all to the linked ones that have none.

    A moment is shared where it was asked for all, any fact but ids, sums and the subject where the text says "both".
    """
    draft = scene.draft
    if draft is None or not draft.linked:
        return
    for_all = names_all(text)
    shared = [
        name
        for name in names
        if name in draft.facts
        and (
            (is_common(scene, name) and (name not in _ASKED_ONCE or name == asked))
            or (for_all and scene.version.facts[name].type not in ("inr", "text") and not _is_subject(scene, name))
        )
    ]
    given = {name: draft.facts[name] for name in shared}
    linked = tuple(
        each.model_copy(
            update={
                "facts": {**each.facts, **{name: told for name, told in given.items() if _wants(scene, each, name)}}
            }
        )
        for each in draft.linked
    )
    scene.change_draft(linked=linked)


def _is_subject(scene: Scene, name: str) -> bool:
    return name in deciding_facts(scene.version)


def names_all(text: str) -> bool:
    """Whether the words speak of all the things at once ("dono")."""
    return _ALL.search(text) is not None


def says_the_same(text: str) -> bool:
    """Whether the words are no more than that it is the same as before."""
    return _SAME.match(text) is not None


def of_another(scene: Scene, name: str) -> Told | None:
    """What was told of the fact `name` for a linked claim; None where nothing was."""
    linked = scene.draft.linked if scene.draft else ()
    return next((each.facts[name] for each in linked if name in each.facts), None)


def take_the_same(scene: Scene, name: str) -> bool:
    """Take a fact as it was told for a linked claim. False where none has it."""
    told = of_another(scene, name)
    if scene.draft is None or told is None:
        return False
    skipped = tuple(item for item in scene.draft.skipped if item != name)
    scene.change_draft(facts={**scene.draft.facts, name: told}, skipped=skipped)
    return True


def named_alone(scene: Scene, heard: Heard) -> int | None:
    """The place of the one linked claim that a message names, by its number in the list too; None for none or many."""
    if not is_together(scene):
        return None
    places = {place for place, _ in addressed(scene, heard)}
    number = _NUMBER.match(heard.text)
    claims = members(scene.draft)
    if not places and number and 0 < int(number[1]) <= len(claims):
        return claims[int(number[1]) - 1].place
    return next(iter(places)) if len(places) == 1 else None


def addressed(scene: Scene, heard: Heard) -> list[tuple[int, Heard]]:
    """The linked claims that a message speaks of by name, each with its own words; empty where it names none."""
    marks = sorted(_marks(scene, heard))
    if not marks or not is_together(scene):
        return []
    if len({place for _, _, place in marks}) == 1:
        return [(marks[0][2], heard)]
    bounds, places = [0], [marks[0][2]]
    for (_, end, before), (start, _, place) in pairwise(marks):
        if place == before:
            continue
        join = _JOINS.search(heard.text, end, start)
        bounds.append(join.start() if join else start)
        places.append(place)
    return list(zip(places, parted(heard, [*bounds, len(heard.text)]), strict=True))


def _marks(scene: Scene, heard: Heard) -> Iterator[tuple[int, int, int]]:
    """Where a message names a claim: start, end and the claim's place."""
    claims, apart = members(scene.draft), _telling_apart(scene)
    for value in heard.values:
        for each in claims:
            if _names(scene, each, value, apart):
                yield value.start, value.end, each.place
    for place, word in _own_words(scene, claims, apart):
        for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", heard.text, re.IGNORECASE):
            yield match.start(), match.end(), place
    for place, pattern in zip([each.place for each in claims], (_FIRST, _SECOND), strict=False):
        for match in pattern.finditer(heard.text):
            yield match.start(), match.end(), place


def _own_words(scene: Scene, claims: list[Draft], apart: set[str]) -> Iterator[tuple[int, str]]:
    """The words of a claim's name that no other claim's name has ("sms" of SMS credits), in all three languages."""
    words: dict[int, set[str]] = {each.place: set() for each in claims}
    for name in apart:
        for each in claims:
            choice = (scene.version.facts[name].values or {}).get(str(each.facts[name].value))
            labels = [choice.label.in_(language) for language in LANGUAGES] if choice else []
            words[each.place] |= {word.lower() for label in labels for word in re.findall(r"[^\W\d_]{3,}", label)}
    for place, own in words.items():
        others = {word for other, theirs in words.items() if other != place for word in theirs}
        yield from ((place, word) for word in sorted(own - others))


def _names(scene: Scene, draft: Draft, value: Value, apart: set[str]) -> bool:
    if value.kind == "term":
        name, raw = value.value
        return name in apart and str(draft.facts[name].value) == str(raw)
    return isinstance(value.value, str) and any(same_id(value.value, each) for each in _ids(scene, draft))


def refused(scene: Scene) -> list[Draft]:
    """The claims of the open request to which the policy says no and which are not filed all the same."""
    found = []
    for each in members(scene.draft):
        decision = judge(each, scene.pack, scene.now).decision
        if decision is not None and decision.outcome == "not_eligible" and "insists" not in each.notes:
            found.append(each)
    return found
