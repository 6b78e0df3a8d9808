"""Carries out what a turn wants done, in the transaction that keeps the turn: cases, timeline, handoff, consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import linking, outbox
from bot.cases import add_event, schedule
from bot.database import hold
from bot.decisions import as_paise, decision_record
from bot.logs import log
from bot.lookup import match_form
from bot.tables import CASE, CONSENT, CONVERSATION, DUE, HANDOFF, new_id
from dialogs.case_states import ENDS, NotAllowed, check_move
from dialogs.talk import Draft
from dialogs.turn import CaseEvent, Consent, Effect, FileCase, HandOff, LinkChats, LinkCodeTried, SendLinkCode
from policies.decide import Decision

if TYPE_CHECKING:
    from bot.engine import Engine

SAME_SUBJECT = "same_subject_other_customer"
HANDOFF_RINGS = "handoff_rings"
_RINGS_AFTER = timedelta(minutes=10)
_MOST_RINGS = 20
_SUBJECT_FACTS = ("order_id", "transaction_id", "project")


@dataclass(frozen=True)
class Chat:
    """The conversation a turn belongs to; `now` is the real moment, `at` the conversation's own."""

    conversation_id: str
    brand: str
    customer_id: str
    identity_id: str
    turn_id: str
    now: datetime
    at: datetime


def apply_effects(session: Session, engine: Engine, chat: Chat, effects: Sequence[Effect]) -> None:
    """Carries out `effects` in their order."""
    for effect in effects:
        match effect:
            case FileCase():
                file_case(session, chat, effect)
            case CaseEvent():
                case_event(session, chat, effect)
            case HandOff():
                hand_off(session, chat, effect)
            case Consent():
                keep_consent(session, chat.conversation_id, chat.identity_id, effect, chat.now, chat.at)
            case SendLinkCode():
                linking.send_code(session, engine, chat, effect.ref)
            case LinkCodeTried():
                linking.note_try(session, chat, right=effect.right)
            case LinkChats():
                chat = replace(chat, customer_id=linking.link(session, chat, effect.ref))


def file_case(session: Session, chat: Chat, effect: FileCase) -> None:
    """A new case with both sides of its facts, its proofs and the decision as it stands."""
    draft = effect.draft
    told = {name: each.value for name, each in draft.facts.items()}
    subject = subject_of(draft)
    if subject:
        # Of two who file for the same order at the same moment the second sees the first.
        hold(session, f"subject:{chat.brand}:{match_form(subject)}")
    flags = list(effect.flags)
    if subject and _open_elsewhere(session, chat, subject):
        flags.append(SAME_SUBJECT)
    session.execute(
        CASE.insert().values(
            ref=effect.ref,
            brand=chat.brand,
            customer_id=chat.customer_id,
            conversation_id=chat.conversation_id,
            claim_type=draft.claim_type,
            state="submitted",
            is_open=True,
            subject_id=subject,
            facts={**draft.recorded, **told},
            told={name: each.model_dump(mode="json") for name, each in draft.facts.items()},
            recorded=dict(draft.recorded),
            to_check=list(effect.to_check),
            proofs=[proof.model_dump(mode="json") for proof in draft.proofs],
            filed_at=effect.filed_at,
            state_at=effect.filed_at,
            appeal_of=effect.appeal_of,
            flags=list(dict.fromkeys(flags)),
            **decided(effect.decision),
        )
    )
    data: dict[str, Any] = {"turn": chat.turn_id, "wish": draft.wish, "notes": list(draft.notes)}
    if effect.appeal_of:
        data["appeal_of"] = effect.appeal_of
    add_event(session, effect.ref, "filed", by="customer", at=effect.filed_at, state_to="submitted", data=data)


def decided(decision: Decision | None) -> dict[str, Any]:
    """The columns of a case that a decision fills."""
    if decision is None:
        return {"decision": None, "outcome": "", "clauses": [], "policy_version": ""}
    amount, eta = decision.amount, decision.eta
    return {
        "decision": decision_record(decision),
        "policy_version": decision.version.in_force_from.isoformat(),
        "outcome": decision.outcome or "",
        "clauses": list(decision.clauses),
        "amount_min_paise": as_paise(amount.low) if amount else None,
        "amount_max_paise": as_paise(amount.high) if amount else None,
        "eta_least": eta.main.least if eta else None,
        "eta_most": eta.main.most if eta else None,
    }


def subject_of(draft: Draft) -> str:
    """What the request is about: the record's id, else the id that was told; empty where there is none."""
    if draft.record_id:
        return draft.record_id
    told = (draft.facts.get(name) for name in _SUBJECT_FACTS)
    return next((str(each.value) for each in told if each is not None and each.value), "")


def _open_elsewhere(session: Session, chat: Chat, subject: str) -> bool:
    query = sa.select(CASE.c.subject_id).where(
        CASE.c.brand == chat.brand,
        CASE.c.is_open,
        CASE.c.customer_id != chat.customer_id,
        sa.func.upper(CASE.c.subject_id).in_({subject.upper(), match_form(subject)}),
    )
    return session.execute(query.limit(1)).first() is not None


def case_event(session: Session, chat: Chat, effect: CaseEvent) -> None:
    """Adds to the timeline of one of the customer's own cases, and moves it where the table of states allows."""
    case = session.execute(
        sa.select(CASE)
        .where(CASE.c.ref == effect.ref, CASE.c.customer_id == chat.customer_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if case is None:
        log.error("event_for_no_case", conversation_id=chat.conversation_id, ref=effect.ref, kind=effect.kind)
        return
    values: dict[str, Any] = {"version": case.version + 1}
    state, why = case.state, ""
    if effect.state and effect.state != case.state:
        try:
            state = check_move(case.state, effect.state)
        except NotAllowed as refused:
            # An agent moved the case since the customer was asked: their word is kept and the state stands.
            why = str(refused)
        else:
            values |= {"state": state, "state_at": chat.at, "is_open": state not in ENDS}
    if effect.proofs:
        values["proofs"] = [*case.proofs, *(proof.model_dump(mode="json") for proof in effect.proofs)]
    if effect.decision is not None:
        values |= decided(effect.decision)
    session.execute(CASE.update().where(CASE.c.ref == case.ref).values(**values))
    if state != case.state:
        open_due = (DUE.c.ref == case.ref, DUE.c.done_at.is_(None))
        session.execute(DUE.update().where(*open_due).values(done_at=chat.at))
    add_event(
        session,
        case.ref,
        effect.kind,
        by="customer",
        at=chat.at,
        state_from=case.state,
        state_to=state,
        why=why,
        data={**_plain(effect.data), "proofs": [proof.key for proof in effect.proofs], "turn": chat.turn_id},
    )


def _plain(data: Any) -> Any:
    """`data` as JSON carries it."""
    if isinstance(data, dict) or hasattr(data, "items"):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple | set | frozenset):
        return [_plain(each) for each in data]
    return data if data is None or isinstance(data, str | int | float | bool) else str(data)


def hand_off(session: Session, chat: Chat, effect: HandOff) -> None:
    """Puts the conversation before the people at the desk; it stays the bot's until one of them takes it."""
    known = session.execute(
        sa.select(HANDOFF).where(HANDOFF.c.conversation_id == chat.conversation_id, HANDOFF.c.ended_at.is_(None))
    ).first()
    if known is not None:
        summary = effect.summary or known.summary
        session.execute(
            HANDOFF.update()
            .where(HANDOFF.c.id == known.id)
            .values(reason=effect.reason, summary=summary, urgent=known.urgent or effect.urgent)
        )
        return
    handoff_id = new_id()
    session.execute(
        HANDOFF.insert().values(
            id=handoff_id,
            brand=chat.brand,
            conversation_id=chat.conversation_id,
            reason=effect.reason,
            summary=effect.summary,
            urgent=effect.urgent,
            asked_at=chat.at,
            rung_at=chat.at,
        )
    )
    session.execute(CONVERSATION.update().where(CONVERSATION.c.id == chat.conversation_id).values(waits_since=chat.at))
    schedule(
        session,
        HANDOFF_RINGS,
        f"{HANDOFF_RINGS}:{handoff_id}:1",
        chat.at + _RINGS_AFTER,
        conversation_id=chat.conversation_id,
        data={"handoff": handoff_id, "ring": 1},
    )


def ring_again(
    session: Session, data: dict[str, Any], conversation_id: str, at: datetime, people_next: datetime | None
) -> bool:
    """Rings the desk for a handoff that nobody took, at growing distances; outside hours, when people are back.

    False where somebody took it, or it was rung often enough.
    """
    handoff = session.execute(sa.select(HANDOFF).where(HANDOFF.c.id == data["handoff"])).one_or_none()
    if handoff is None or handoff.taken_at is not None or handoff.ended_at is not None:
        return False
    ring = int(data["ring"]) + 1
    after = people_next or at + _RINGS_AFTER * ring
    if ring <= _MOST_RINGS:
        schedule(
            session,
            HANDOFF_RINGS,
            f"{HANDOFF_RINGS}:{handoff.id}:{ring}",
            after,
            conversation_id=conversation_id,
            data={"handoff": handoff.id, "ring": ring},
        )
    if people_next is not None:
        return False
    session.execute(HANDOFF.update().where(HANDOFF.c.id == handoff.id).values(rung_at=at))
    return True


def keep_consent(
    session: Session, conversation_id: str, identity_id: str, consent: Consent, now: datetime, at: datetime
) -> None:
    """The customer's word on unasked messages; a STOP also takes back those that wait."""
    session.execute(
        CONSENT.insert().values(identity_id=identity_id, allowed=consent.allowed, words=consent.words[:200], at=at)
    )
    if not consent.allowed:
        outbox.withdraw_pushes(session, conversation_id, now)
