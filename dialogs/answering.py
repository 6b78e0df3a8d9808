"""Answers to policy questions: the clause's meaning with its id, computed for the customer's own case where it can be.

Nothing is stated without a clause behind it. Below `STATE` the likeliest clauses are offered as buttons; below
`OFFER`, or where the policy is silent, the answer says so and offers a person.
"""

from collections.abc import Mapping
from typing import Any

from dialogs.filling import Filling
from dialogs.heard import Heard
from dialogs.judging import Judged, claim_of, judge
from dialogs.reasons import decision_values
from dialogs.scene import PERSON, Scene
from dialogs.showing import show_moment
from dialogs.turn import Button
from policies.deadlines import due_moment
from policies.decide import best_possible
from policies.facts import FactValue
from policies.files import ConflictFile, Deadline
from policies.pack import ClaimType

# `Heard.answerable` is calibrated so that a half is where stating the clause is right more often than it costs.
STATE = 0.5
OFFER = 0.25
# So sure that the policy is not what is asked about, no clause is offered.
_SURELY_OUTSIDE = 0.8
# The share of belief that is enough for a clause on which the open request rests.
IN_CONTEXT = 0.1
# A clause on which the open request rests goes before another whose score it reaches by this share.
NEAR_ENOUGH = 0.5


def is_answered(heard: Heard) -> bool:
    """Whether the best clause would be stated as the answer."""
    return bool(heard.clauses) and heard.answerable >= STATE


def known_facts(scene: Scene, heard: Heard | None = None) -> dict[str, FactValue]:
    """What is known of the customer's case: the draft, else the one record that is theirs and was named, and what
    this message says.
    """
    facts: dict[str, FactValue] = claim_of(scene.version, scene.draft) if scene.draft else {}
    if heard is not None:
        filling = Filling(scene.pack, scene.version, scene.draft, None)
        facts |= {filled.fact: filled.value for filled in filling.fill(heard, only_named=True)}
    return facts


def deadline_line(scene: Scene, deadline: Deadline, facts: Mapping[str, FactValue]) -> str:
    """The computed moment in words, or nothing where its start is unknown."""
    due = due_moment(deadline, facts, scene.pack.calendar)
    if due is None:
        return ""
    words = deadline.passed if due.has_passed(scene.now) and deadline.passed else deadline.says
    until = show_moment(due.until, scene.zone, scene.language)
    since = show_moment(due.since, scene.zone, scene.language)
    return scene.words(words).replace("{until}", until).replace("{since}", since)


def _computed(scene: Scene, clause: str, heard: Heard) -> list[str]:
    facts = known_facts(scene, heard)
    lines = (deadline_line(scene, item, facts) for item in scene.version.deadlines if item.clause == clause)
    return [line for line in lines if line]


def _conflict(scene: Scene, clause: str) -> ConflictFile | None:
    """What else the policy says on the matter: the open conflict of which `clause` is a main part."""
    open_conflicts = [item for item in scene.version.conflicts.values() if item.id not in scene.version.rulings]
    named = [item for item in open_conflicts if clause in item.clauses[:2]]
    return min(named, key=lambda item: item.clauses.index(clause), default=None)


def state_clause(scene: Scene, clause: str, heard: Heard | None = None) -> None:
    """Say a clause: its meaning, id, section and the policy's date, with what follows for this customer."""
    lines = _computed(scene, clause, heard) if heard else []
    conflict = _conflict(scene, clause)
    says = [scene.words(conflict.says)] if conflict else []
    if conflict and conflict.on == "detail":
        lines, says = [*lines, *says], []
    values = {**scene.clause_line(clause), **scene.policy_date(), "computed": lines, "conflict": says}
    scene.say("answer", values, clauses=[clause, *(conflict.clauses if conflict else ())])
    scene.change(last_clauses=(clause,))


def answer(scene: Scene, heard: Heard) -> bool:
    """Answer a question. False where there was nothing like one to answer."""
    if is_answered(heard) or _fits_the_request(scene, heard):
        state_clause(scene, _best_clause(scene, heard), heard)
        return True
    outside = heard.intent == "out_of_scope" and heard.confidence >= _SURELY_OUTSIDE
    if heard.clauses and heard.answerable >= OFFER and not outside:
        offer_clauses(scene, [clause for clause, _ in heard.clauses[:3]])
        return True
    policy_silent(scene, heard.topic)
    return True


def _best_clause(scene: Scene, heard: Heard) -> str:
    """The likeliest clause; while a request is open, one on which it rests before a barely likelier one."""
    best, score = heard.clauses[0]
    claim_type = scene.version.claim_types.get(scene.draft.claim_type) if scene.draft else None
    if claim_type is None:
        return best
    sections = _sections(scene, claim_type)
    if scene.version.clauses[best].section in sections:
        return best
    near = (clause for clause, other in heard.clauses if other >= score * NEAR_ENOUGH)
    return next((clause for clause in near if scene.version.clauses[clause].section in sections), best)


def _sections(scene: Scene, claim_type: ClaimType) -> set[str]:
    return {scene.version.clauses[clause].section for rule in claim_type.rules for clause in rule.text.clauses}


def _fits_the_request(scene: Scene, heard: Heard) -> bool:
    """Whether the likeliest clause is of a section on which the open request rests: then less sureness is enough."""
    claim_type = scene.version.claim_types.get(scene.draft.claim_type) if scene.draft else None
    if claim_type is None or not heard.clauses or heard.clauses[0][1] < IN_CONTEXT:
        return False
    return scene.version.clauses[heard.clauses[0][0]].section in _sections(scene, claim_type)


def offer_clauses(scene: Scene, clauses: list[str]) -> None:
    """The likeliest clauses as buttons."""
    lines = [scene.clause_line(clause) for clause in clauses]
    buttons = [Button(line["label"], f"clause:{line['id']}") for line in lines]
    scene.say("which_clause", {"clauses": lines}, [*buttons, Button("@none_of_these", "silent")])
    if scene.talk.question is None or scene.talk.question.kind == "clause_choice":
        scene.ask("clause_choice", options=clauses)


def tell_route(scene: Scene, topic: str) -> bool:
    """Name the brand's own route for a matter outside the policy. False where it has none."""
    for name, route in scene.pack.brand.routes.items():
        if topic in route.topics:
            scene.say("routed", {"route": name, "says": scene.words(route.says)}, [PERSON])
            return True
    return False


def policy_silent(scene: Scene, topic: str = "") -> None:
    """Say that the policy does not say, name the route where the brand has one, and offer a person."""
    if tell_route(scene, topic):
        return
    if scene.says and scene.says[-1].template == "number_hidden":
        return
    scene.say("policy_silent", {"brand": scene.pack.brand.name, **scene.policy_date()}, [PERSON])


def hide_number(scene: Scene) -> None:
    """Say that a full number was hidden, and the policy's own way of sending bank details where it has one."""
    clause = scene.pack.brand.bank_details_clause or ""
    route = scene.version.clauses.get(clause)
    values = {"route": scene.words(route.says) if route else "", "clause": clause if route else ""}
    scene.say("number_hidden", values, clauses=[clause])


def is_of_the_route(scene: Scene, heard: Heard) -> bool:
    """Whether a message is about sending bank details and nothing else, which `hide_number` has said."""
    section = (scene.pack.brand.bank_details_clause or "").partition("#")[0]
    return bool(section and heard.clauses) and scene.version.clauses[heard.clauses[0][0]].section == section


def tell_time(scene: Scene) -> bool:
    """How long the money takes by the policy: for the open request, else in general. False where it does not say."""
    decision = judge(scene.draft, scene.pack, scene.now).decision if scene.draft else None
    mine = decision.eta.main.clause if decision is not None and decision.eta is not None else ""
    clause = mine or next((eta.clause for eta in scene.version.etas.values() if eta.clause), "")
    if clause not in scene.version.clauses:
        return False
    state_clause(scene, clause)
    return True


def tell_outcome(scene: Scene) -> bool:
    """What the policy gives by what is told so far. False where that is still open."""
    judged = judge(scene.draft, scene.pack, scene.now) if scene.draft else None
    if judged is None or judged.decision is None or judged.decision.outcome is None:
        return False
    scene.say("so_far", decision_values(scene, judged), clauses=judged.decision.clauses)
    return True


def tell_most(scene: Scene) -> bool:
    """The most that the policy may give for the open request as known, and on what it hangs. False where no kind of
    request is settled or nothing is left to find out.
    """
    claim_type = scene.version.claim_types.get(scene.draft.claim_type) if scene.draft else None
    judged = judge(scene.draft, scene.pack, scene.now) if scene.draft else None
    decision = judged.decision if judged else None
    if claim_type is None or decision is None or decision.outcome is not None:
        return False
    most = best_possible(decision, claim_type)
    if most is None or most.rule is None:
        return False
    missing = [name for name in decision.missing if name in scene.version.facts]
    values = {
        **decision_values(scene, Judged(most)),
        "hangs_on": [scene.label(name) for name in missing][:5],
    }
    scene.say("at_most", values, clauses=most.clauses)
    return True


def tell_time_left(scene: Scene) -> bool:
    """Until when the open request has to be made, else the clauses that say so. False where there are none."""
    claim_type = scene.version.claim_types.get(scene.draft.claim_type) if scene.draft else None
    if claim_type is None:
        return False
    facts = known_facts(scene)
    rests_on = clauses_in_question(scene, claim_type)
    due = [item for item in scene.version.deadlines if item.clause in rests_on]
    lines = [line for item in due if (line := deadline_line(scene, item, facts))][:2]
    if lines:
        scene.say("deadlines", {"lines": lines}, clauses=[item.clause for item in due])
    else:
        for clause in list(dict.fromkeys(item.clause for item in due))[:2]:
            state_clause(scene, clause)
    return bool(due)


def clauses_in_question(scene: Scene, claim_type: ClaimType) -> set[str]:
    """The clauses of those rules that what is known so far does not rule out."""
    judged = judge(scene.draft, scene.pack, scene.now) if scene.draft else None
    known = judged.decision.known.values if judged and judged.decision else {}
    found: set[str] = set(claim_type.text.filed_clauses) if claim_type.text.kind == "service" else set()
    for rule in claim_type.rules:
        held = rule.when.held(known)
        if held is not False:
            found.update(rule.text.clauses)
        if held:
            break
    return found


def what_if(scene: Scene, heard: Heard) -> bool:
    """Work out a what-if beside the draft; nothing of the draft changes. False where it tells no fact."""
    draft = scene.draft
    if draft is None:
        return False
    filling = Filling(scene.pack, scene.version, draft, scene.version.claim_types.get(draft.claim_type))
    extra = {filled.fact: filled.value for filled in filling.fill(heard, only_named=True)}
    extra |= _figure_for_told(scene, heard) if not extra else {}
    if not extra:
        return False
    judged = judge(draft, scene.pack, scene.now, extra)
    if judged.decision is None or judged.decision.outcome is None:
        return False
    supposed = [f"{scene.label(name)}: {scene.show(name, value)}" for name, value in extra.items()]
    values: dict[str, Any] = {"supposed": supposed, **decision_values(scene, judged)}
    scene.say("what_if", values, clauses=judged.decision.clauses)
    return True


def _figure_for_told(scene: Scene, heard: Heard) -> dict[str, FactValue]:
    """A bare figure of a what-if ("agar 40 hua to") stands for the told fact of that kind, percentages first."""
    draft = scene.draft
    if draft is None:
        return {}
    version = scene.version
    names = [name for name in (*draft.facts, *draft.recorded) if name in version.facts]
    names.sort(
        key=lambda name: (
            ("percent", "count", "inr", "number").index(version.facts[name].type)
            if version.facts[name].type in ("percent", "count", "inr", "number")
            else 9
        )
    )
    for name in names:
        if version.facts[name].type in ("percent", "count", "inr"):
            asked = Filling(scene.pack, version, draft.model_copy(update={"facts": {}}), None, name).fill(heard)
            found = {filled.fact: filled.value for filled in asked if filled.fact == name}
            if found:
                return found
    return {}
