"""One step of the conversation: `step(talk, heard, pack, records, now) -> Turn`.

Each message is met in this order: what always works (stop, a person, a threat, the language), a tap, a file, the answer
to the open question, what people say about the talk itself (back, skip, why, leave it), a question of policy, facts for
the request, a new request, and small talk. What nobody understood is said once more in other words, then offered to a
person. At the end of the turn, what comes next is said once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from dialogs import answering, asking, commands, drafts, filing, taking
from dialogs.about_talk import meet_left_out, meet_remark
from dialogs.always import meet_what_always_works
from dialogs.files import hear_file, keep_location
from dialogs.heard import Heard
from dialogs.judging import judge
from dialogs.linking import meet_other_chat
from dialogs.questions import meet_question
from dialogs.records import Records
from dialogs.replies import meet_answer
from dialogs.requesting import meet_facts, meet_filed, meet_request, meet_status
from dialogs.scene import PERSON, Scene
from dialogs.signs import tells_facts
from dialogs.small_talk import meet_last_resort, meet_small_talk, not_understood
from dialogs.talk import Question, Talk
from dialogs.taps import as_tap, hear_tap
from dialogs.turn import Button, FileCase, Turn
from policies.decide import Decision
from policies.pack import Pack
from policies.words import LANGUAGES

_ENGLISH_WORDS = 5
Handler = Callable[[Scene, Heard], bool]
HANDLERS: tuple[Handler, ...] = (
    meet_what_always_works,
    meet_other_chat,
    meet_left_out,
    meet_answer,
    meet_remark,
    meet_filed,
    meet_question,
    meet_status,
    meet_facts,
    meet_request,
    meet_small_talk,
    meet_last_resort,
)


def step(talk: Talk, heard: Sequence[Heard], pack: Pack, records: Records, now: datetime) -> Turn:
    """What follows from the unread messages `heard`, in order of arrival, at `now` (aware)."""
    facts = {"requested_at": talk.draft.resumed_at} if talk.draft else {}
    version, _ = pack.version_for(facts, now)
    scene = Scene(talk, pack, version, records, now)
    if drafts.resume(scene):
        scene.say("welcome_back", {})
    for message in heard:
        _language(scene, message)
        _respond(scene, as_tap(scene, message))
    if not scene.failed:
        scene.change(not_understood=0)
    if scene.advance:
        _advance(scene)
    if scene.says:
        shown = next((say.buttons for say in reversed(scene.says) if say.buttons), ())
        scene.change(choices=tuple(button.payload for button in shown))
    scene.change(seen_at=now, greeted=True)
    decision = judge(scene.draft, pack, now).decision if scene.draft else _filed_decision(scene)
    return Turn(scene.talk, tuple(scene.says), tuple(scene.effects), decision)


def _filed_decision(scene: Scene) -> Decision | None:
    """The decision with which this turn filed a request."""
    return next((effect.decision for effect in reversed(scene.effects) if isinstance(effect, FileCase)), None)


def _language(scene: Scene, heard: Heard) -> None:
    talk = scene.talk
    if talk.language_fixed or heard.language not in LANGUAGES or heard.message.kind != "text":
        return
    # Who writes Hindi drops an English word now and then; a short English message does not turn the talk.
    turns_english = heard.language == "en" and talk.language != "en" and talk.greeted
    if not turns_english or len(heard.text.split()) >= _ENGLISH_WORDS:
        scene.change(language=heard.language)


def _respond(scene: Scene, heard: Heard) -> None:
    command = commands.as_tap(heard)
    if command is not None:
        hear_tap(scene, command)
    elif heard.message.kind == "tap":
        hear_tap(scene, heard)
    elif heard.message.attachment is not None:
        hear_file(scene, heard)
    elif heard.message.kind == "location":
        keep_location(scene, heard)
    elif heard.message.kind in ("contact", "unsupported"):
        scene.say("cannot_use", {"kind": heard.message.kind})
        scene.advance = True
    else:
        if heard.first("card_number", "account_number"):
            answering.hide_number(scene)
            if answering.is_of_the_route(scene, heard) and not tells_facts(scene, heard):
                scene.advance = True
                return
        if not any(handler(scene, heard) for handler in HANDLERS):
            not_understood(scene, heard)


def _advance(scene: Scene) -> None:
    """Say what comes next: the open question again, in short where nothing changed."""
    question = scene.talk.question
    if scene.draft is None:
        if question is not None and scene.says:
            _ask_again(scene, question)
        return
    short = question is not None and question.kind in ("summary", "insist") and not scene.changed
    if short and question is not None:
        _ask_again(scene, question)
    elif question is not None and question.kind == "confirm_value" and not scene.changed:
        if not any(say.template == "did_you_mean" for say in scene.says):
            value = scene.version.read_claim({question.name: question.value})[question.name]
            taking.ask_to_confirm(scene, question.name, value, question.options[1:])
    else:
        asking.go_on(scene)


def _ask_again(scene: Scene, question: Question) -> None:
    buttons = {
        "summary": [drafts.FILE_IT, drafts.CHANGE_IT, drafts.LEAVE_IT],
        "insist": [filing.ASK_REVIEW, PERSON, drafts.LEAVE_IT],
        "withdraw": [Button("@withdraw", f"withdraw:{question.name}"), Button("@keep_it", "keep")],
        "appeal_documents": [Button("@file_appeal", f"appeal:{question.name}"), Button("@leave", "keep")],
    }
    if question.kind in buttons:
        scene.say("back_to", {"question": question.kind, "ref": question.name}, buttons[question.kind])
        scene.ask(question.kind, question.name, question.value, question.options)
