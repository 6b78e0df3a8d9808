"""Files: kept as proofs of the open request, of a filed one, or until it is told what they are about.

A picture is never judged: it is marked as not verified. The text of a PDF, or else its name, is matched to the proof
that was asked for; what it says is told back and fills what is open.
"""

from dialogs import after, asking, documents, drafts, finding, taking
from dialogs.case_states import OPEN
from dialogs.heard import Attachment, Heard
from dialogs.judging import judge, typed
from dialogs.matching import id_facts
from dialogs.scene import Scene
from dialogs.talk import Proof
from dialogs.values.documents import LABEL_WORDS
from policies.pack import Evidence


def hear_file(scene: Scene, heard: Heard) -> None:
    """Take a file where it belongs, and the words that came with it."""
    attachment = heard.message.attachment
    if attachment is None:
        return
    if attachment.refused:
        scene.say("file_refused", {"why": attachment.refused, "name": attachment.name})
        scene.advance = True
        return
    if attachment.kind == "sticker":
        scene.advance = True
        return
    question = scene.talk.question
    proof = Proof(
        key=attachment.key,
        kind=attachment.kind,
        name=attachment.name,
        says=heard.text[:300],
        readings=documents.read(scene, attachment.text),
    )
    if scene.draft is not None:
        _for_draft(scene, heard, attachment, proof)
    elif question is not None and question.kind == "appeal_documents":
        scene.change(loose_proofs=(*scene.talk.loose_proofs, proof))
        scene.say("file_kept", {"kind": proof.kind, "name": proof.name, "label": "", "verified": False})
        documents.tell(scene, proof.readings)
        scene.advance = True
    elif not _for_the_filed(scene, proof):
        _for_nothing_yet(scene, heard, proof)


def keep_location(scene: Scene, heard: Heard) -> None:
    """Keep a place for the agent: with the open request, a filed one, or until there is one."""
    place = Proof(key="", kind="location", name=heard.text[:200])
    if scene.draft is not None:
        drafts.add_proof(scene, place)
    elif not after.keep_proof(scene, place):
        scene.change(loose_proofs=(*scene.talk.loose_proofs, place))
    scene.say("location_kept", {})
    scene.advance = True


def _for_the_filed(scene: Scene, proof: Proof) -> bool:
    """Add a file to the filed request. False where none is open."""
    case = after.newest(scene, *OPEN)
    if case is not None:
        proof = documents.noted(scene, proof, typed(scene.version, case.facts))
    added = after.add_evidence(scene, proof)
    if added:
        documents.tell(scene, proof.readings, proof.note)
    return added


def _for_nothing_yet(scene: Scene, heard: Heard, proof: Proof) -> None:
    scene.change(loose_proofs=(*scene.talk.loose_proofs, proof))
    scene.say("file_about_what", {"kind": proof.kind, "name": proof.name})
    documents.tell(scene, proof.readings)
    scene.ask("purpose")
    if heard.text.strip():
        drafts.begin(scene, heard, heard.intent)
        taking.take(scene, heard)
        scene.says.clear()
        scene.say("file_kept", {"kind": proof.kind, "name": proof.name, "label": "", "verified": False})
        documents.tell(scene, proof.readings)
        documents.fill(scene)
        scene.changed = True
        scene.advance = finding.look_up(scene, heard)


def _for_draft(scene: Scene, heard: Heard, attachment: Attachment, proof: Proof) -> None:
    evidence = _wanted(scene, attachment, heard.text, proof)
    if evidence is not None and not _fits(evidence, attachment, proof):
        label = scene.words(evidence.text.label)
        scene.say("wrong_document", {"label": label, "name": attachment.name}, clauses=[evidence.text.clause or ""])
        scene.ask("evidence", evidence.id)
        return
    question = scene.talk.question
    name = evidence.id if evidence else ""
    if not name and question is not None and question.kind == "evidence":
        name = question.name
    drafts.add_proof(scene, proof.model_copy(update={"evidence": name}))
    label = scene.words(evidence.text.label) if evidence else ""
    scene.say("file_kept", {"kind": proof.kind, "name": proof.name, "label": label, "verified": False})
    if question is not None and question.kind == "evidence":
        scene.close_question()
    if heard.text.strip():
        taking.take(scene, heard)
    documents.tell(scene, proof.readings, documents.noted(scene, proof, documents.told_by_customer(scene)).note)
    filled = documents.fill(scene)
    scene.changed = scene.advance = True
    if heard.text.strip() or any(name in id_facts(scene.pack) for name in filled):
        scene.advance = finding.look_up(scene, heard) or not filled


def _wanted(scene: Scene, attachment: Attachment, caption: str, proof: Proof) -> Evidence | None:
    """The proof that the file is for: the one that its name or caption speaks of, the one asked for, else the first
    open one of its kind that it fits.
    """
    claim_type, draft = drafts.claim_type_of(scene), scene.draft
    if claim_type is None or draft is None:
        return None
    question = scene.talk.question
    known = judge(draft, scene.pack, scene.now).decision
    have = {proof.evidence for proof in draft.proofs}
    values = known.known.values if known else {}
    fitting = [
        item
        for item in claim_type.evidence
        if item.id not in have and attachment.kind in item.text.kinds and item.only_if.held(values) is not False
    ]
    if question is not None and question.kind == "evidence":
        asked = next((item for item in claim_type.evidence if item.id == question.name), None)
        told = f"{attachment.name} {caption}".lower()
        named = [item for item in fitting if any(word.lower() in told for word in item.text.text_has)]
        if asked is not None and named and asked not in named and attachment.kind != "document":
            return named[0]
        if asked is not None:
            return asked
    required = next((item for item in fitting if item.text.need == "required"), None)
    return next((item for item in fitting if _fits(item, attachment, proof)), required)


def _fits(evidence: Evidence, attachment: Attachment, proof: Proof) -> bool:
    """Whether the file can be this proof, by its own words or by what its labels say in another language."""
    labels = " ".join(LABEL_WORDS.get(reading.label, "") for reading in proof.readings)
    return asking.fits(evidence, attachment.kind, attachment.name, f"{attachment.text} {labels}".strip())
