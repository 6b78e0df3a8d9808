"""Files: kept as proofs of the open request, of a filed one, or until it is told what they are about.

A picture is never judged: it is marked as not verified. The text of a PDF, or else its name, is matched to the proof
that was asked for.
"""

from dialogs import after, asking, drafts, finding, taking
from dialogs.heard import Attachment, Heard
from dialogs.judging import judge
from dialogs.scene import Scene
from dialogs.talk import Proof
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
    proof = Proof(key=attachment.key, kind=attachment.kind, name=attachment.name, says=heard.text[:300])
    if scene.draft is not None:
        _for_draft(scene, heard, attachment, proof)
    elif question is not None and question.kind == "appeal_documents":
        scene.change(loose_proofs=(*scene.talk.loose_proofs, proof))
        scene.say("file_kept", {"kind": proof.kind, "name": proof.name, "label": "", "verified": False})
        scene.advance = True
    elif not after.add_evidence(scene, proof):
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


def _for_nothing_yet(scene: Scene, heard: Heard, proof: Proof) -> None:
    scene.change(loose_proofs=(*scene.talk.loose_proofs, proof))
    scene.say("file_about_what", {"kind": proof.kind, "name": proof.name})
    scene.ask("purpose")
    if heard.text.strip():
        drafts.begin(scene, heard, heard.intent)
        taking.take(scene, heard)
        scene.says.clear()
        scene.say("file_kept", {"kind": proof.kind, "name": proof.name, "label": "", "verified": False})
        scene.changed = True
        scene.advance = finding.look_up(scene, heard)


def _for_draft(scene: Scene, heard: Heard, attachment: Attachment, proof: Proof) -> None:
    evidence = _wanted(scene, attachment, heard.text)
    if evidence is not None and not _fits(evidence, attachment):
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
        finding.look_up(scene, heard)
    scene.changed = True
    scene.advance = True


def _wanted(scene: Scene, attachment: Attachment, caption: str) -> Evidence | None:
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
    return next((item for item in fitting if _fits(item, attachment)), required)


def _fits(evidence: Evidence, attachment: Attachment) -> bool:
    return asking.fits(evidence, attachment.kind, attachment.name, attachment.text)
