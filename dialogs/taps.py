"""Taps: what a button carried is carried out. A tap whose moment has passed is met politely and changes nothing."""

import re
from collections.abc import Callable
from dataclasses import replace

from dialogs import after, always, answering, asking, drafts, filing, finding, linked, linking
from dialogs.about_talk import leave_out
from dialogs.case_states import ENDS
from dialogs.heard import Heard
from dialogs.matching import open_case_for
from dialogs.scene import PERSON, Scene
from dialogs.small_talk import greet
from dialogs.turn import Button
from policies.facts import BadFact, show_fact

_MOST_SECTIONS = 12
_TYPED_NUMBER = re.compile(r"\W*(?:option|number|no|विकल्प)?\W*(\d{1,2})\W*", re.IGNORECASE)


_FIGURES = ("inr", "percent", "count", "number", "last4")


def as_tap(scene: Scene, heard: Heard) -> Heard:
    """A number typed for one of the choices shown last, as the tap that it stands for; anything else as it is.

    Where a figure may be the answer itself, it is that. One that was typed before the choices were shown means none.
    """
    talk, message = scene.talk, heard.message
    typed = _TYPED_NUMBER.fullmatch(message.text) if message.kind == "text" else None
    number = int(typed[1]) if typed else 0
    if not 1 <= number <= len(talk.choices) or (talk.seen_at is not None and message.received_at < talk.seen_at):
        return heard
    if _asks_for_a_figure(scene):
        return heard
    return replace(heard, message=replace(message, kind="tap", payload=talk.choices[number - 1]))


def _asks_for_a_figure(scene: Scene) -> bool:
    question = scene.talk.question
    slot = scene.version.slots.get(question.name) if question is not None and question.kind == "slot" else None
    return slot is not None and (slot.fact.type in _FIGURES or slot.text.reads in _FIGURES)


def hear_tap(scene: Scene, heard: Heard) -> None:
    """Carry out a tapped button."""
    action, _, rest = heard.message.payload.partition(":")
    handler = ACTIONS.get(action)
    if handler is None:
        scene.say("stale_tap", {})
        scene.advance = True
        return
    handler(scene, heard, rest)


def _human(scene: Scene, heard: Heard, _: str) -> None:
    scene.hand_off("asked", heard.text[:200])


def _slot(scene: Scene, heard: Heard, rest: str) -> None:
    name, _, raw = rest.partition(":")
    fact = scene.version.facts.get(name)
    if scene.draft is None or fact is None:
        _stale(scene)
        return
    value: object = raw == "true" if fact.type == "flag" else raw
    try:
        typed = scene.version.read_claim({name: value})[name]
    except BadFact:
        _stale(scene)
        return
    drafts.keep_value(scene, name, show_fact(typed))
    scene.advance = finding.look_up_all(scene, heard)


def _stale(scene: Scene) -> None:
    scene.say("stale_tap", {})
    scene.advance = True


def _yes(scene: Scene, heard: Heard, _: str) -> None:
    question = scene.talk.question
    if question is None:
        _stale(scene)
    elif question.kind == "confirm_value":
        scene.close_question()
        drafts.keep_value(scene, question.name, question.value)
        scene.advance = finding.look_up_all(scene, None)
    elif question.kind == "change_filed" and question.value:
        after.apply_correction(scene, question.name, dict(question.value))
    elif question.kind == "summary":
        filing.file(scene, heard.message.received_at)
    else:
        _stale(scene)


def _no(scene: Scene, _: Heard, __: str) -> None:
    question = scene.talk.question
    if question is None:
        _stale(scene)
    elif question.kind == "confirm_value":
        asking.reask(scene, question.name)
    elif question.kind == "summary":
        asking.edit_menu(scene)
    else:
        scene.close_question()
        scene.say("kept", {"ref": question.name})


def _file(scene: Scene, heard: Heard, _: str) -> None:
    question = scene.talk.question
    if scene.draft is not None and question is not None and question.kind == "summary":
        filing.file(scene, heard.message.received_at)
    else:
        _stale(scene)


def _edit(scene: Scene, _: Heard, rest: str) -> None:
    if scene.draft is None:
        _stale(scene)
    elif rest:
        asking.reask(scene, rest)
    else:
        asking.edit_menu(scene)


def _claim(scene: Scene, _: Heard, rest: str) -> None:
    if scene.draft is None or not rest.isdigit():
        _stale(scene)
        return
    linked.focus(scene, int(rest))
    asking.edit_items(scene)


def _leave_out(scene: Scene, _: Heard, rest: str) -> None:
    places = [each.place for each in linked.members(scene.draft)]
    if not rest.isdigit() or int(rest) not in places or len(places) < 2:
        _stale(scene)
        return
    leave_out(scene, [int(rest)])


def _same(scene: Scene, _: Heard, name: str) -> None:
    if not linked.take_the_same(scene, name):
        _stale(scene)
        return
    drafts.settle_claim_type(scene)
    scene.changed = True
    scene.advance = finding.look_up_all(scene, None)


def _cancel(scene: Scene, _: Heard, __: str) -> None:
    filed = scene.talk.last_case
    drafts.drop(scene)
    scene.say("left", {"filed": filed, "others": scene.draft is not None})
    scene.advance = scene.draft is not None


def _skip(scene: Scene, _: Heard, __: str) -> None:
    question = scene.talk.question
    if scene.draft is not None and question is not None and question.kind in ("slot", "evidence", "confirm_value"):
        drafts.skip(scene, question.name)
        scene.say("noted_without", {"evidence": question.kind == "evidence"})
        scene.close_question()
    scene.advance = True


def _start(scene: Scene, heard: Heard, claim_type: str) -> None:
    if scene.draft is None:
        drafts.begin(scene, heard, "start_refund")
        drafts.remember_audience(scene)
        finding.look_up(scene, None)
    chosen = scene.version.claim_types.get(claim_type)
    if chosen:
        for name, value in chosen.text.starts_with.items():
            drafts.keep_value(scene, name, value)
        scene.change_draft(claim_type=claim_type)
    scene.changed = True
    scene.advance = True


def _clause(scene: Scene, heard: Heard, clause: str) -> None:
    if clause in scene.version.clauses:
        if scene.talk.question is not None and scene.talk.question.kind == "clause_choice":
            scene.close_question()
        answering.state_clause(scene, clause, heard)
    scene.advance = True


def _silent(scene: Scene, _: Heard, __: str) -> None:
    scene.close_question()
    answering.policy_silent(scene)
    scene.advance = True


def _withdraw(scene: Scene, _: Heard, ref: str) -> None:
    question = scene.talk.question
    gone = question is not None and question.kind == "withdraw" and question.value == "reason_gone"
    after.withdraw(scene, ref, "reason_gone" if gone else "withdrawn")


def _appeal(scene: Scene, _: Heard, ref: str) -> None:
    after.appeal(scene, ref)


def _keep(scene: Scene, _: Heard, __: str) -> None:
    question = scene.talk.question
    scene.close_question()
    if scene.draft is not None:
        scene.changed = scene.advance = True
        return
    scene.say("kept", {"ref": question.name if question else ""})


def _link(scene: Scene, _: Heard, ref: str) -> None:
    linking.send_code(scene, ref)


def _join(scene: Scene, _: Heard, __: str) -> None:
    question = scene.talk.question
    if question is not None and question.kind == "link_confirm":
        linking.join(scene, question.name)
    else:
        _stale(scene)


def _unlinked(scene: Scene, _: Heard, __: str) -> None:
    linking.leave(scene)


def _insist(scene: Scene, _: Heard, __: str) -> None:
    if scene.draft is None:
        _stale(scene)
        return
    drafts.insist(scene)


def _status(scene: Scene, heard: Heard, _: str) -> None:
    after.tell_status(scene, heard)
    scene.advance = True


def _language(scene: Scene, _: Heard, language: str) -> None:
    scene.change(language=language, language_fixed=True)
    scene.say("language_changed", {})
    scene.advance = True


def _hello(scene: Scene, heard: Heard, _: str) -> None:
    if scene.talk.opted_out:
        always.restart(scene, heard)
    greet(scene)
    scene.advance = True


def _expired(scene: Scene, heard: Heard, _: str) -> None:
    scene.say("link_expired", {})
    _hello(scene, heard, "")


def _about(scene: Scene, heard: Heard, record_id: str) -> None:
    """The customer comes from the page of an order, which the link has proven to be theirs."""
    if all(record.id != record_id for record in scene.records.own):
        _expired(scene, heard, "")
        return
    if scene.talk.opted_out:
        always.restart(scene, heard)
    if open_case_for(scene.records.cases, [record_id], ENDS):
        after.tell_status(scene, heard)
        return
    drafts.park(scene)
    scene.change(about=record_id)
    buttons = [Button("@start_request", "start"), Button("@status", "status"), PERSON]
    scene.say("about_record", {"brand": scene.pack.brand.name, "id": record_id}, buttons)


def _policy(scene: Scene, _: Heard, __: str) -> None:
    titles = dict.fromkeys(scene.words(scene.version.section_title(clause)) for clause in scene.version.clauses)
    values = {"brand": scene.pack.brand.name, "sections": list(titles)[:_MOST_SECTIONS], **scene.policy_date()}
    scene.say("policy_sections", values)
    scene.advance = scene.draft is not None


def _languages(scene: Scene, _: Heard, __: str) -> None:
    choices = [("English", "en"), ("हिन्दी", "hi"), ("Hinglish", "hinglish")]
    scene.say("choose_language", {}, [Button(name, f"language:{language}") for name, language in choices])


def _privacy(scene: Scene, _: Heard, __: str) -> None:
    always.tell_privacy(scene)
    scene.advance = True


def _stop(scene: Scene, heard: Heard, _: str) -> None:
    always.stop(scene, heard)


ACTIONS: dict[str, Callable[[Scene, Heard, str], None]] = {
    "human": _human,
    "slot": _slot,
    "yes": _yes,
    "no": _no,
    "file": _file,
    "edit": _edit,
    "claim": _claim,
    "leave_out": _leave_out,
    "same": _same,
    "cancel": _cancel,
    "skip": _skip,
    "dont_have": _skip,
    "start": _start,
    "clause": _clause,
    "silent": _silent,
    "withdraw": _withdraw,
    "appeal": _appeal,
    "keep": _keep,
    "insist": _insist,
    "link": _link,
    "join": _join,
    "unlinked": _unlinked,
    "status": _status,
    "language": _language,
    "hello": _hello,
    "about": _about,
    "expired": _expired,
    "policy": _policy,
    "languages": _languages,
    "privacy": _privacy,
    "stop": _stop,
}
