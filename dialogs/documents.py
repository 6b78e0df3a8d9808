"""What the customer's documents say of the open request.

Slots that are still open are filled from them, as guesses that the summary marks. What was told or recorded stands;
where a document says something else, the proof carries a note for the agent and the decision stays what it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from babel.dates import format_date

from dialogs.drafts import asked_slot, claim_type_of, settle_claim_type
from dialogs.filling import as_fact
from dialogs.judging import claim_of, judge, typed
from dialogs.matching import id_facts, same_id
from dialogs.scene import Scene
from dialogs.showing import show_value
from dialogs.talk import Proof, Reading, Told
from dialogs.values import IdPattern, Value
from dialogs.values.documents import DocumentValue, read_document
from policies.facts import FactValue, show_fact
from policies.money import show_rupees
from policies.pack import Slot

# The facts that each label may tell, whichever the request asks for.
_FACTS: Mapping[str, tuple[str, ...]] = {
    "order_number": ("order_id",),
    "transaction_number": ("transaction_id",),
    "invoice_number": ("invoice_number",),
    "paid_amount": ("amount_paid", "txn_amount"),
    "total_amount": ("invoice_amount", "order_value"),
    "paid_at": ("paid_at", "txn_at"),
    "order_date": ("order_placed_at",),
    "invoice_date": ("invoiced_at", "purchased_at"),
    "delivered_at": ("delivered_at", "delivered_date"),
    "payment_method": ("payment_method", "payment_mode"),
    "name": ("order_name",),
}
# Where nothing says what was paid, the total of the bill is taken for it.
_PAID = _FACTS["paid_amount"]
_MOMENTS = ("paid_at", "order_date", "invoice_date", "delivered_at")
_AMOUNTS = ("paid_amount", "total_amount")
_TOLD_AT_MOST = 6
_NOON = 12


def read(scene: Scene, text: str) -> tuple[Reading, ...]:
    """The labelled values in the text of a document, as the talk keeps them."""
    if not text.strip():
        return ()
    shapes = [IdPattern(shape.fact, shape.prefix, shape.pattern) for shape in scene.pack.brand.ids]
    found = read_document(text, scene.now.astimezone(scene.zone), shapes)
    return tuple(_kept(value) for value in found)


def _kept(value: DocumentValue) -> Reading:
    return Reading(
        label=value.label,
        value=show_fact(value.value),
        words=value.text[:200],
        certain=value.certain,
        precision=value.precision,
    )


def tell(scene: Scene, readings: Sequence[Reading], note: str = "") -> None:
    """Say in a line what was read, each value once; `note`: it is not what the customer told."""
    lines: dict[str, dict[str, str]] = {}
    for reading in readings:
        shown = _shown(scene, reading)
        # An id is known by the word before it on the paper, rather than by the company's shape alone.
        if shown not in lines or lines[shown]["label"] not in _FACTS:
            lines[shown] = {"label": reading.label if reading.label in _SAID else "", "value": shown}
    if lines:
        scene.say("document_read", {"lines": list(lines.values())[:_TOLD_AT_MOST], "differs": bool(note)})


_SAID = (*_FACTS, "bank_reference")


def _shown(scene: Scene, reading: Reading) -> str:
    value = _value(reading)
    if isinstance(value, Decimal):
        return show_rupees(value)
    if isinstance(value, datetime):
        return format_date(
            value.astimezone(scene.zone), "d MMM y", locale="hi_IN" if scene.language == "hi" else "en_IN"
        )
    if reading.label == "payment_method":
        facts = (scene.version.facts[name] for name in _FACTS["payment_method"] if name in scene.version.facts)
        choices = [fact.values[str(value)] for fact in facts if fact.values and str(value) in fact.values]
        return scene.words(choices[0].label) if choices else reading.words
    return str(value)


def _value(reading: Reading) -> FactValue:
    """The value of a reading with its type."""
    if reading.label in _MOMENTS:
        return datetime.fromisoformat(reading.value)
    return Decimal(str(reading.value)) if reading.label in _AMOUNTS else str(reading.value)


def fill(scene: Scene) -> list[str]:
    """Fill what is open of the request from its documents, each once for each kind of request; gives the facts."""
    draft = scene.draft
    if draft is None:
        return []
    chosen = draft.claim_type if claim_type_of(scene) else ""
    fresh = [proof for proof in draft.proofs if proof.readings and chosen not in proof.offered_to]
    if not fresh:
        return []
    offered = [
        proof.model_copy(update={"offered_to": (*proof.offered_to, chosen)}) if proof in fresh else proof
        for proof in draft.proofs
    ]
    scene.change_draft(proofs=tuple(offered))
    return [name for proof in fresh for name in fill_from(scene, proof.readings, "document")]


def fill_from(scene: Scene, readings: Sequence[Reading], source: Literal["document", "bank_message"]) -> list[str]:
    """Fill the open slots that `readings` tell, as guesses; gives their facts."""
    draft = scene.draft
    if draft is None:
        return []
    open_slots = {slot.name for slot in _open_slots(scene)}
    told: dict[str, Told] = {}
    for name, value, reading in _told_by(scene, readings, open_slots):
        if name in open_slots and name not in told:
            told[name] = Told(
                value=show_fact(value),
                source=source,
                words=reading.words,
                certain=False,
                precision=reading.precision,
                at=scene.now,
            )
    if told:
        question = scene.talk.question
        scene.change_draft(facts={**draft.facts, **told})
        if question is not None and question.kind == "slot" and question.name in told:
            scene.close_question()
        scene.changed = True
        settle_claim_type(scene)
    return list(told)


def _open_slots(scene: Scene) -> Iterator[Slot]:
    """The slots that are still to be asked; while the kind of request is open, those that all possible kinds share.

    What the decision does not want is left alone: the total of a bill must not make a claim of its own.
    """
    draft, claim_type = scene.draft, claim_type_of(scene)
    if draft is None:
        return
    closed = {*draft.facts, *draft.recorded, *draft.skipped}
    if claim_type is None:
        known = scene.version.complete(claim_of(scene.version, draft), draft.resumed_at, scene.pack.calendar).values
        applying, possible = scene.version.types_for(known)
        kinds = list(applying[:1] or possible)
        shared = [slot for slot in kinds[0].slots if all(slot in each.slots for each in kinds)] if kinds else []
        yield from (slot for slot in shared if slot.name not in closed and slot.fact.who != "company")
        return
    judged = judge(draft, scene.pack, scene.now).decision
    known = judged.known.values if judged else {}
    asked = asked_slot(scene.talk.question)
    for slot in claim_type.slots:
        wanted = slot.text.need != "when_missing" or judged is None or slot.name in (asked, *judged.missing)
        if wanted and slot.name not in closed and slot.fact.who != "company" and slot.only_if.held(known) is True:
            yield slot


def _told_by(
    scene: Scene, readings: Sequence[Reading], open_slots: set[str]
) -> Iterator[tuple[str, FactValue, Reading]]:
    """Each fact that a reading tells, with its typed value."""
    labels = {reading.label for reading in readings}
    shapes = {shape.fact for shape in scene.pack.brand.ids}
    for reading in readings:
        names = _FACTS.get(reading.label, (reading.label,))
        if reading.label == "total_amount" and "paid_amount" not in labels and "invoice_amount" not in open_slots:
            names = (*names, *_PAID)
        for name in names:
            # Another shop's number is none of ours: an id of a company that has a shape for it must have that shape.
            if name not in scene.version.facts or (name in shapes and reading.label != name):
                continue
            value = _as_fact(scene, name, reading)
            if value is not None:
                yield name, value, reading


def _as_fact(scene: Scene, name: str, reading: Reading) -> FactValue | None:
    raw = _value(reading)
    if isinstance(raw, datetime) and reading.precision == "day":
        raw = raw.replace(hour=_NOON)
    return as_fact(name, scene.version.facts[name], Value(reading.label, raw, reading.words, 0, 0))


def noted(scene: Scene, proof: Proof, told: Mapping[str, FactValue]) -> Proof:
    """The proof with a note for the agent on each fact of `told` of which the document says something else."""
    differing = [
        (name, value)
        for name, value, reading in _told_by(scene, proof.readings, set(told))
        if name in told and _differs(scene, name, told[name], value)
    ]
    lines = [
        f"{scene.version.facts[name].label.en}: {_in_english(scene, name, value)} in the document, "
        f"{_in_english(scene, name, told[name])} by the customer"
        for name, value in differing
    ]
    return proof.model_copy(update={"note": "; ".join(dict.fromkeys(lines))})


def _in_english(scene: Scene, name: str, value: FactValue) -> str:
    return show_value(scene.version.facts[name], value, scene.zone, "en")


def told_by_customer(scene: Scene) -> dict[str, FactValue]:
    """What the customer said of the open request; what came from documents alone is left out."""
    draft = scene.draft
    if draft is None:
        return {}
    said = {name: item.value for name, item in draft.facts.items() if item.source in ("customer", "menu")}
    return typed(scene.version, said)


def note_differences(scene: Scene) -> None:
    """Note on each proof of the open request where it differs from what was told."""
    if scene.draft is not None:
        told = told_by_customer(scene)
        proofs = [noted(scene, proof, told) if proof.readings else proof for proof in scene.draft.proofs]
        scene.change_draft(proofs=tuple(proofs))


def _differs(scene: Scene, name: str, told: FactValue, found: FactValue) -> bool:
    if isinstance(told, datetime) and isinstance(found, datetime):
        return told.astimezone(scene.zone).date() != found.astimezone(scene.zone).date()
    if name in id_facts(scene.pack) or name == "invoice_number":
        return not same_id(str(told), str(found))
    return type(told) is type(found) and told != found
