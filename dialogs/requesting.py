"""A new request, facts for the open one, and what people say of one that is filed."""

from dialogs import after, answering, drafts, finding, linked, taking
from dialogs.about_talk import own_orders
from dialogs.case_states import ENDS
from dialogs.cues import (
    adds_to,
    asks_for_own_orders,
    asks_when,
    asks_why_refused,
    is_about_another_company,
    is_solved,
    leaves_it,
    looks_like_question,
    means_money,
    names_a_request,
    names_an_appeal,
    names_another,
    owns_a_mistake,
    speaks_of_money,
    states_a_demand,
    supposes,
    tells_of_own_trouble,
)
from dialogs.filling import Filled, Filling, corrects
from dialogs.heard import Heard
from dialogs.judging import judge
from dialogs.matching import deciding_facts, id_facts, open_case_for
from dialogs.scene import Scene
from dialogs.signs import (
    CERTAIN,
    ID_ALONE,
    REQUESTS,
    SURE,
    answers_slot,
    has_values,
    is_told,
    names_another_id,
    tells_facts,
)
from dialogs.splitting import split_by_subject
from dialogs.turn import Say

# What is said of a request that is there already, or of the talk.
_NO_REQUESTS = ("refund_status", "withdraw", "appeal", "reason_gone", "thanks", "greet", "bye", "provide_evidence")
# So many facts told in a question make it one of the customer's own case.
_OWN_STORY = 3


def is_a_case(scene: Scene, heard: Heard) -> bool:
    """Whether a message without a question tells of the customer's own trouble: then it begins a request."""
    if looks_like_question(heard.text):
        return False
    if heard.parts and all(part.intent == "policy_question" and answering.is_answered(part) for part in heard.parts):
        return False
    ids = any(value.kind in id_facts(scene.pack) for value in heard.values)
    if ids and heard.score(*REQUESTS) >= 0.15 and heard.intent not in ("refund_status", "withdraw", "appeal"):
        return True
    elsewhere = heard.confidence >= SURE and heard.intent in _NO_REQUESTS
    if ids and not elsewhere and (len(heard.text.split()) <= ID_ALONE or heard.first("moment", "amount")):
        return True
    if heard.intent == "out_of_scope" and heard.confidence >= CERTAIN and not ids:
        return False
    grounds = any(value.kind == "term" for value in heard.values)
    if ids and grounds and not scene.records.cases and heard.intent not in ("withdraw", "appeal"):
        return True
    money = heard.first("moment") is not None and heard.first("amount", "number") is not None
    if grounds and heard.intent == "refund_status" and not scene.records.cases:
        return not speaks_of_money(heard.text)
    if not (grounds or money) or heard.intent in _NO_REQUESTS:
        return False
    mine = states_a_demand(heard.text) or tells_of_own_trouble(heard.text)
    return heard.intent in REQUESTS or mine or answering.is_answered(heard)


def names_own(scene: Scene, heard: Heard) -> bool:
    """Whether a question names an order or payment and tells something of it."""
    ids = any(value.kind in id_facts(scene.pack) for value in heard.values)
    facts = {value.value[0] for value in heard.values if value.kind == "term"}
    if scene.records.cases or supposes(heard.text):
        return False
    return len(facts) >= _OWN_STORY or bool(facts and (ids or heard.first("moment")))


def begin_beside(scene: Scene, heard: Heard) -> None:
    """Begin the request to which an answered question belongs."""
    drafts.begin(scene, heard, heard.intent)
    taking.take(scene, heard)
    drafts.remember_audience(scene)
    scene.changed = True
    asked_about = scene.talk.last_clauses
    scene.advance = finding.look_up(scene, heard)
    facts = answering.known_facts(scene)
    due = [item for item in scene.version.deadlines if item.clause in asked_about]
    lines = [line for item in due if (line := answering.deadline_line(scene, item, facts))]
    if lines and not any(say.template == "deadlines" for say in scene.says):
        scene.say("deadlines", {"lines": lines}, clauses=asked_about)
    decision = judge(scene.draft, scene.pack, scene.now).decision if scene.draft else None
    if asks_when(heard.text) and decision is not None and decision.eta is not None:
        answering.tell_time(scene)


def meet_status(scene: Scene, heard: Heard) -> bool:
    if heard.intent != "refund_status" or heard.confidence < SURE:
        return scene.draft is None and (_names_a_case(scene, heard) or _asks_for_the_money(scene, heard))
    telling = scene.draft is not None and not looks_like_question(heard.text)
    if telling and (is_told(scene, heard) or tells_facts(scene, heard)):
        return False
    if _tells_of_days(heard) and (scene.draft is not None or not scene.records.cases):
        return False
    if scene.draft is None and not scene.records.cases and is_a_case(scene, heard):
        return False
    if answering.is_answered(heard) and (scene.draft is not None or not scene.records.cases):
        answering.answer(scene, heard)
    elif scene.draft is not None and asks_when(heard.text) and answering.tell_time(scene):
        pass
    else:
        after.tell_status(scene, heard)
        if scene.records.cases and asks_when(heard.text) and after.has_no_date(scene):
            answering.tell_time(scene)
    scene.advance = True
    return True


def _tells_of_days(heard: Heard) -> bool:
    """Whether a figure or a number of days stands in a story, and nothing is asked: "they told me 15 days"."""
    counted = heard.first("duration", "number", "count") is not None
    return counted and not looks_like_question(heard.text) and not speaks_of_money(heard.text)


def _asks_for_the_money(scene: Scene, heard: Heard) -> bool:
    """When the money of a filed request comes, in words that were not taken for it."""
    if not scene.records.cases or not asks_when(heard.text) or not means_money(heard.text):
        return False
    after.tell_status(scene, heard)
    if after.has_no_date(scene):
        answering.tell_time(scene)
    return True


def _names_a_case(scene: Scene, heard: Heard) -> bool:
    """The id of something with a filed request, and nothing else: where that request stands."""
    ids = [str(value.value) for value in heard.values if value.kind in id_facts(scene.pack)]
    if not ids or len(heard.text.split()) > ID_ALONE or open_case_for(scene.records.cases, ids, ENDS) is None:
        return False
    after.tell_status(scene, heard)
    return True


def meet_filed(scene: Scene, heard: Heard) -> bool:
    """What people say of a request that is filed."""
    if scene.draft is not None or not scene.records.cases:
        return False
    sure = heard.confidence >= SURE
    if asks_why_refused(heard.text) and after.newest(scene, "declined", "partly_approved"):
        after.tell_status(scene, heard)
        return True
    if (sure and heard.intent == "appeal") or (names_an_appeal(heard.text) and not looks_like_question(heard.text)):
        return after.ask_appeal(scene)
    if looks_like_question(heard.text):
        return False
    if leaves_it(heard.text) and after.ask_withdraw(scene):
        return True
    if owns_a_mistake(heard.text) and has_values(heard) and after.correct_filed(scene, heard):
        return True
    if is_solved(heard.text) and after.reason_gone(scene, heard):
        return True
    if not sure:
        return False
    match heard.intent:
        case "withdraw" | "stop_intake":
            return after.ask_withdraw(scene)
        case "cancel_order" if names_a_request(heard.text) and not is_told(scene, heard):
            return after.ask_withdraw(scene) or after.say_too_late(scene)
        case "reason_gone":
            return after.reason_gone(scene, heard)
        case "change_detail":
            return after.correct_filed(scene, heard)
    return False


def meet_request(scene: Scene, heard: Heard) -> bool:
    """Begin a request, or a second one beside the open one."""
    wants = heard.intent in REQUESTS and heard.confidence >= SURE
    if scene.draft is None and is_about_another_company(heard.text) and not answering.is_answered(heard):
        answering.policy_silent(scene, heard.topic)
        return True
    if scene.draft is None and (wants or is_a_case(scene, heard)):
        return _begin(scene, heard)
    if scene.draft is None and asks_for_own_orders(heard.text) and scene.records.own:
        drafts.begin(scene, heard)
        own_orders(scene)
        return True
    another = scene.draft is not None and heard.intent == "new_request" and heard.confidence >= SURE
    free = not drafts.asked_slot(scene.talk.question)
    if another and (free or names_another(heard.text) or names_another_id(scene, heard)):
        return _begin(scene, heard)
    if scene.draft is not None and wants:
        scene.failed = scene.advance = True
        return True
    return False


def _begin(scene: Scene, heard: Heard, beside: bool = False) -> bool:
    """Begin a request: with linked claims where several things are wanted; `beside` the open one, linked with it."""
    parts, rest = _wishes(scene, heard)
    if len(parts) > 1:
        told = _begin_together(scene, heard, parts, rest, beside)
    else:
        drafts.begin(scene, heard, heard.intent, beside)
        told = taking.take(scene, heard)
        drafts.remember_audience(scene)
    questions = [part for part in heard.parts if looks_like_question(part.text) and answering.is_answered(part)]
    for part in questions:
        answering.answer(scene, part)
    if not scene.says and not scene.talk.greeted:
        scene.says.insert(0, _sympathy(scene))
    scene.changed = True
    scene.advance = finding.look_up_all(scene, heard)
    if scene.advance:
        taking.tell_deadlines(scene, told)
    if asks_for_own_orders(heard.text) and scene.records.own and not (scene.draft and scene.draft.record_id):
        own_orders(scene)
        scene.advance = False
    return True


def _wishes(scene: Scene, heard: Heard) -> tuple[list[Heard], Heard | None]:
    """The separate things that one message wants, and what it says of them by name afterwards."""
    parts, rest = split_by_subject(heard, id_facts(scene.pack), deciding_facts(scene.version))
    if len(parts) > 1:
        return parts, rest
    read_apart = [part for part in heard.parts if part.intent in REQUESTS] if len(heard.parts) > 1 else []
    return read_apart, None


def _begin_together(scene: Scene, heard: Heard, parts: list[Heard], rest: Heard | None, beside: bool) -> list[Filled]:
    """Begin a request with a linked claim for each part."""
    places, told = [], []
    for number, part in enumerate(parts):
        drafts.begin(scene, part, heard.intent, beside or number > 0)
        told += taking.take(scene, part, aloud=False)
        drafts.remember_audience(scene)
        places.append(scene.draft.place if scene.draft else 0)
    linked.share(scene, [item.fact for item in told], asked="paid_at")
    linked.focus(scene, places[0])
    openings = [say for say in scene.says if say.template == "opens"]
    opening = [say for index, say in enumerate(openings) if say not in openings[:index]]
    scene.says = [say for say in scene.says if say.template != "opens"]
    scene.say("together", {"titles": [linked.title(scene, each) for each in linked.members(scene.draft)]})
    scene.says.extend(opening)
    if rest is not None:
        told += taking.take_apart(scene, rest)
    return told


def _sympathy(scene: Scene) -> Say:
    return Say("begin", {"brand": scene.pack.brand.name}, language=scene.language)


def meet_facts(scene: Scene, heard: Heard) -> bool:
    """Facts for the open request."""
    if scene.draft is None:
        return False
    if asks_for_own_orders(heard.text) and scene.records.own:
        own_orders(scene)
        return True
    if heard.intent in ("thanks", "bye") and heard.confidence >= SURE and not has_values(heard):
        return False
    if _names_another(scene, heard):
        return _begin(scene, heard, beside=True)
    question = scene.talk.question
    if heard.text.rstrip().endswith("?") and not answers_slot(scene, heard) and not _tells_new_facts(scene, heard):
        clause = scene.pack.brand.payout_clause
        if clause and clause in scene.version.clauses and heard.first("payment_method"):
            answering.state_clause(scene, clause, heard)
        else:
            answering.answer(scene, heard)
        scene.advance = True
        return True
    outside = heard.intent == "out_of_scope" and heard.confidence >= CERTAIN
    if outside and not any(value.certain for value in heard.values) and not answers_slot(scene, heard):
        return False
    told = taking.take_apart(scene, heard)
    if not told and not _second_detail(scene, heard):
        return False
    if (
        scene.talk.question is not None
        and scene.talk.question.kind == "confirm_value"
        and scene.talk.question is not question
    ):
        return True
    if not finding.look_up_all(scene, heard):
        return True
    taking.tell_deadlines(scene, told)
    scene.changed = True
    scene.advance = True
    return True


def _tells_new_facts(scene: Scene, heard: Heard) -> bool:
    """Whether a message tells a fact that was not told yet."""
    draft = scene.draft
    filling = Filling(scene.pack, scene.version, draft, drafts.claim_type_of(scene))
    return draft is not None and any(item.fact not in draft.facts for item in filling.fill(heard))


def _names_another(scene: Scene, heard: Heard) -> bool:
    """Whether the message wants the same for something else, beside the open request ("and WP-21 also")."""
    if corrects(heard.text) or not adds_to(heard.text) or not names_another_id(scene, heard):
        return False
    return heard.intent in REQUESTS and heard.confidence >= SURE


def _second_detail(scene: Scene, heard: Heard) -> bool:
    tried = scene.draft is not None and any(note.startswith("tried:") for note in scene.draft.notes)
    return tried and heard.first("phone", "email") is not None
