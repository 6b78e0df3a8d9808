"""What an agent can do at the desk, and what the desk shows. Each act is one transaction with a line in the audit.

Acts raise `NotPossible` with a sentence for the agent; nothing has changed then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot import crypto, outbox
from bot.attachments import UNSAFE, UNSCANNED, FileView
from bot.bell import DESK, OUTBOX, TURNS, conversation_topic
from bot.cases import Moved, NoSuchCase, move_case, take_case
from bot.locks import take_conversation
from bot.tables import (
    AGENT,
    AGENT_SESSION,
    ATTACHMENT,
    AUDIT,
    CASE,
    CASE_EVENT,
    CONSENT,
    CONVERSATION,
    CUSTOMER,
    HANDOFF,
    IDENTITY,
    MESSAGE,
    new_id,
)
from bot.tables import OUTBOX as OUTBOX_TABLE
from dialogs.case_states import moves_from
from dialogs.values import mask_sensitive

if TYPE_CHECKING:
    from bot.engine import Engine

PAGE = 50
_TRIES = 5
_LOCKED_FOR = timedelta(minutes=15)
_SHORTEST_PASSWORD = 10
_LONGEST_TEXT = 4000
# Why a file is not given out, by the virus scanner's word.
_HELD = {
    UNSCANNED: "The virus scanner has not looked at this file yet. It can be opened as soon as it has.",
    UNSAFE: "The virus scanner found something in this file, and it was taken away.",
}


class NotPossible(ValueError):
    """An act that cannot be done as things are; the message says why."""


class FileHeld(NotPossible):
    """A file that the virus scanner has not let through."""


@dataclass(frozen=True)
class AgentView:
    """A person at the desk. `brands` empty means all."""

    id: str
    name: str
    brands: tuple[str, ...] = ()
    disabled: bool = False

    def may_see(self, brand: str) -> bool:
        """Whether the agent works for `brand`."""
        return not self.brands or brand in self.brands


@dataclass(frozen=True)
class ConversationRow:
    """One line of the list of conversations. `waits_for_person` is the open handoff's reason, empty where none is."""

    id: str
    brand: str
    channel: str
    customer: str
    name: str
    language: str
    owner: str
    agent: str
    waits_for_person: str
    urgent: bool
    asked_at: datetime | None
    last_message_at: datetime | None
    last_text: str
    last_author: str
    open_cases: int


@dataclass(frozen=True)
class MessageView:
    """One line of a transcript. `delivery` is queued, parked, sent, delivered, read, withdrawn or dead (with `error`).

    Parked is what waits until the customer writes again.
    """

    id: int
    author: str
    agent: str
    kind: str
    text: str
    buttons: tuple[Mapping[str, str], ...]
    clauses: tuple[str, ...]
    template: str
    attachment: Mapping[str, Any] | None
    heard: Mapping[str, Any] | None
    at: datetime
    delivery: str = ""
    error: str = ""


@dataclass(frozen=True)
class HandoffView:
    """One time the conversation was passed to a person."""

    reason: str
    summary: str
    urgent: bool
    asked_at: datetime
    taken_by: str
    taken_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class CaseRow:
    """One line of the list of cases; amounts in paise."""

    ref: str
    brand: str
    claim_type: str
    state: str
    outcome: str
    amount_min_paise: int | None
    amount_max_paise: int | None
    subject_id: str
    customer: str
    filed_at: datetime
    state_at: datetime
    due_at: datetime | None
    flags: tuple[str, ...]
    conversation_id: str | None


@dataclass(frozen=True)
class EventView:
    """One entry of a case's timeline."""

    kind: str
    state_from: str
    state_to: str
    by: str
    at: datetime
    why: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class CaseView:
    """A case as the desk shows it: what was told, what is recorded, the decision with its trace, the timeline.

    `decision` is in the form of `bot.decisions.decision_as_json`. `moves` are the states it may go to now.
    """

    row: CaseRow
    told: Mapping[str, Any]
    recorded: Mapping[str, Any]
    facts: Mapping[str, Any]
    to_check: tuple[str, ...]
    proofs: tuple[Mapping[str, Any], ...]
    decision: Mapping[str, Any] | None
    policy_version: str
    clauses: tuple[str, ...]
    approved_paise: int | None
    reference: str
    eta: tuple[int, int] | None
    appeal_of: str
    version: int
    moves: tuple[str, ...]
    timeline: tuple[EventView, ...]


@dataclass(frozen=True)
class ConversationView:
    """A conversation as the desk shows it. `epoch` goes back with each act, so that a stale page changes nothing."""

    row: ConversationRow
    epoch: int
    talk: Mapping[str, Any]
    decision: Mapping[str, Any] | None
    messages: tuple[MessageView, ...]
    cases: tuple[CaseRow, ...]
    handoffs: tuple[HandoffView, ...]
    last_inbound_at: datetime | None
    opted_out: bool


@dataclass(frozen=True)
class Page:
    """Rows of a list and whether there are more."""

    rows: tuple[Any, ...]
    more: bool
    counts: Mapping[str, int] = field(default_factory=dict)


class DeskService:
    """The desk over one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._database = engine.database

    # Signing in

    def authenticate(self, name: str, password: str) -> str:
        """A token for a new session. Raises `NotPossible`, in the same words whatever of the two is wrong."""
        now = self._engine.now()
        with self._database.reading() as session:
            agent = session.execute(sa.select(AGENT).where(AGENT.c.name == name)).one_or_none()
        locked = agent is not None and agent.locked_until is not None and agent.locked_until > now
        right = crypto.is_password(password, agent.password if agent and not agent.disabled_at else None)
        if agent is not None and not locked and not right:
            self._count_failure(agent, now)
        if agent is None or locked or not right:
            raise NotPossible("This name and password do not fit, or there were too many tries: wait 15 minutes.")
        token = crypto.new_token()
        with self._database.unit_of_work() as session:
            session.execute(AGENT_SESSION.delete().where(AGENT_SESSION.c.expires_at < now))
            expires = now + timedelta(hours=self._engine.settings.session_hours)
            session.execute(
                AGENT_SESSION.insert().values(
                    token_hash=crypto.token_hash(token), agent_id=agent.id, created_at=now, expires_at=expires
                )
            )
            session.execute(AGENT.update().where(AGENT.c.id == agent.id).values(failed_tries=0, locked_until=None))
            audit(session, now, agent.name, "signed_in")
        return token

    def _count_failure(self, agent: Row[Any], now: datetime) -> None:
        with self._database.unit_of_work() as session:
            # Counted on the row as it stands: many wrong tries at once are many tries.
            counted = sa.select(AGENT.c.failed_tries).where(AGENT.c.id == agent.id).with_for_update(key_share=True)
            tries = session.execute(counted).scalar_one() + 1
            lock = tries >= _TRIES
            values = {"failed_tries": 0 if lock else tries, "locked_until": now + _LOCKED_FOR if lock else None}
            session.execute(AGENT.update().where(AGENT.c.id == agent.id).values(**values))
            audit(session, now, agent.name, "sign_in_failed")

    def agent_of(self, token: str) -> AgentView | None:
        """Who is signed in with `token`; None where the session ended or the agent was disabled."""
        join = AGENT_SESSION.join(AGENT, AGENT.c.id == AGENT_SESSION.c.agent_id)
        found = (
            sa.select(AGENT)
            .select_from(join)
            .where(
                AGENT_SESSION.c.token_hash == crypto.token_hash(token),
                AGENT_SESSION.c.expires_at > self._engine.now(),
                AGENT.c.disabled_at.is_(None),
            )
        )
        with self._database.reading() as session:
            row = session.execute(found).one_or_none()
        return _agent(row) if row else None

    def sign_out(self, token: str) -> None:
        """Ends the session of `token`."""
        with self._database.unit_of_work() as session:
            session.execute(AGENT_SESSION.delete().where(AGENT_SESSION.c.token_hash == crypto.token_hash(token)))

    # Agents, from the command line

    def add_agent(self, name: str, password: str, brands: tuple[str, ...] = ()) -> AgentView:
        """A new agent. Raises `NotPossible` where the name is taken or the password is short."""
        _check_password(password)
        now = self._engine.now()
        with self._database.unit_of_work() as session:
            if session.execute(sa.select(AGENT.c.id).where(AGENT.c.name == name)).one_or_none():
                raise NotPossible(f"there is an agent {name!r} already")
            agent_id = new_id()
            hashed = crypto.hash_password(password)
            session.execute(
                AGENT.insert().values(id=agent_id, name=name, password=hashed, brands=list(brands), created_at=now)
            )
            audit(session, now, "command line", "agent_added", data={"agent": name})
        return AgentView(agent_id, name, brands)

    def agents(self) -> list[AgentView]:
        """All agents by name."""
        with self._database.reading() as session:
            return [_agent(row) for row in session.execute(sa.select(AGENT).order_by(AGENT.c.name))]

    def disable_agent(self, name: str) -> None:
        """Ends the agent's sessions and lets them sign in no more; their conversations go back to the bot."""
        agent = self._agent_named(name)
        now = self._engine.now()
        with self._database.unit_of_work() as session:
            session.execute(AGENT.update().where(AGENT.c.id == agent.id).values(disabled_at=now))
            session.execute(AGENT_SESSION.delete().where(AGENT_SESSION.c.agent_id == agent.id))
            audit(session, now, "command line", "agent_disabled", data={"agent": name})
            owned = session.execute(sa.select(CONVERSATION.c.id).where(CONVERSATION.c.agent_id == agent.id)).scalars()
            conversations = list(owned)
        for conversation_id in conversations:
            self.hand_back(conversation_id, agent)

    def set_password(self, name: str, password: str) -> None:
        """A new password; all sessions of the agent end and a disabled agent may sign in again."""
        _check_password(password)
        agent = self._agent_named(name)
        now = self._engine.now()
        with self._database.unit_of_work() as session:
            values = {
                "password": crypto.hash_password(password),
                "disabled_at": None,
                "failed_tries": 0,
                "locked_until": None,
            }
            session.execute(AGENT.update().where(AGENT.c.id == agent.id).values(**values))
            session.execute(AGENT_SESSION.delete().where(AGENT_SESSION.c.agent_id == agent.id))
            audit(session, now, "command line", "password_set", data={"agent": name})

    def _agent_named(self, name: str) -> AgentView:
        with self._database.reading() as session:
            row = session.execute(sa.select(AGENT).where(AGENT.c.name == name)).one_or_none()
        if row is None:
            raise NotPossible(f"there is no agent {name!r}; see: refund-desk agent list")
        return _agent(row)

    # What the desk shows

    def conversations(
        self,
        agent: AgentView,
        *,
        brand: str = "",
        show: str = "all",
        search: str = "",
        page: int = 0,
    ) -> Page:
        """Conversations (`ConversationRow`): those waiting for a person first, then the newest.

        `show` is all, waiting (an open handoff that nobody took), mine, agents or bot; `search` looks in customer
        address, name, case number and subject. `counts` are those of each value of `show`.
        """
        waiting = _waiting()
        base = _visible(CONVERSATION.c.brand, agent, brand)
        filters = {
            "all": sa.true(),
            "waiting": sa.and_(waiting.c.id.is_not(None), CONVERSATION.c.owner == "bot"),
            "mine": CONVERSATION.c.agent_id == agent.id,
            "agents": CONVERSATION.c.owner == "agent",
            "bot": CONVERSATION.c.owner == "bot",
        }
        chosen = filters.get(show, sa.true())
        source = _conversation_source(waiting)
        query = _conversation_columns(waiting).select_from(source).where(base, chosen)
        if search.strip():
            query = query.where(_finds(search))
        query = query.order_by(
            sa.case((filters["waiting"], 0), else_=1),
            sa.func.coalesce(waiting.c.urgent, sa.false()).desc(),
            CONVERSATION.c.last_message_at.desc().nulls_last(),
        )
        with self._database.reading() as session:
            rows = session.execute(query.limit(PAGE + 1).offset(page * PAGE)).all()
            counts = {
                name: session.execute(
                    sa.select(sa.func.count()).select_from(source).where(base, condition)
                ).scalar_one()
                for name, condition in filters.items()
            }
        return Page(tuple(_conversation_row(row) for row in rows[:PAGE]), len(rows) > PAGE, counts)

    def conversation(self, conversation_id: str, agent: AgentView) -> ConversationView:
        """One conversation with its transcript, cases and handoffs. Raises `NotPossible` where there is none."""
        waiting = _waiting()
        query = (
            _conversation_columns(waiting)
            .add_columns(
                CONVERSATION.c.epoch,
                CONVERSATION.c.state,
                CONVERSATION.c.decision,
                CONVERSATION.c.last_inbound_at,
                CONVERSATION.c.customer_id,
                CONVERSATION.c.identity_id,
            )
            .select_from(_conversation_source(waiting))
            .where(CONVERSATION.c.id == conversation_id)
        )
        with self._database.reading() as session:
            row = session.execute(query).one_or_none()
            if row is None or not agent.may_see(row.brand):
                raise NotPossible("There is no such conversation.")
            cases = session.execute(
                _case_columns().where(CASE.c.customer_id == row.customer_id).order_by(CASE.c.filed_at.desc())
            ).all()
            handoffs = session.execute(
                sa.select(HANDOFF, AGENT.c.name.label("agent_name"))
                .select_from(HANDOFF.outerjoin(AGENT, AGENT.c.id == HANDOFF.c.taken_by))
                .where(HANDOFF.c.conversation_id == conversation_id)
                .order_by(HANDOFF.c.asked_at.desc())
            ).all()
            consent = newest_consent(session, row.identity_id)
            messages = transcript(session, conversation_id)
        return ConversationView(
            row=_conversation_row(row),
            epoch=row.epoch,
            talk=talk_summary(row.state),
            decision=row.decision,
            messages=messages,
            cases=tuple(_case_row(case) for case in cases),
            handoffs=tuple(
                HandoffView(
                    each.reason,
                    each.summary,
                    each.urgent,
                    each.asked_at,
                    each.agent_name or "",
                    each.taken_at,
                    each.ended_at,
                )
                for each in handoffs
            ),
            last_inbound_at=row.last_inbound_at,
            opted_out=consent is False,
        )

    def messages(self, conversation_id: str, agent: AgentView, after: int = 0) -> tuple[MessageView, ...]:
        """The transcript's lines with an id above `after`, oldest first."""
        with self._database.reading() as session:
            self._seen_by(session, conversation_id, agent)
            return transcript(session, conversation_id, after)

    def cases(
        self,
        agent: AgentView,
        *,
        brand: str = "",
        state: str = "",
        flag: str = "",
        search: str = "",
        overdue: bool = False,
        page: int = 0,
    ) -> Page:
        """Cases (`CaseRow`), the longest in their state first; `counts` per state, and `overdue`."""
        now = self._engine.now()
        base = _visible(CASE.c.brand, agent, brand)
        late = sa.and_(CASE.c.due_at < now, CASE.c.is_open)
        query = _case_columns().where(base)
        if state:
            query = query.where(CASE.c.state == state)
        if overdue:
            query = query.where(late)
        if flag:
            query = query.where(sa.cast(CASE.c.flags, sa.Text).contains(f'"{flag}"', autoescape=True))
        if search.strip():
            words = search.strip()
            query = query.where(
                sa.or_(
                    CASE.c.ref.icontains(words, autoescape=True),
                    CASE.c.subject_id.icontains(words, autoescape=True),
                    CASE.c.reference.icontains(words, autoescape=True),
                    CUSTOMER.c.name.icontains(words, autoescape=True),
                    _has_address(CASE.c.customer_id, words),
                )
            )
        query = query.order_by(CASE.c.is_open.desc(), CASE.c.state_at)
        with self._database.reading() as session:
            rows = session.execute(query.limit(PAGE + 1).offset(page * PAGE)).all()
            by_state = session.execute(
                sa.select(CASE.c.state, sa.func.count()).where(base).group_by(CASE.c.state)
            ).all()
            counts = {each[0]: each[1] for each in by_state}
            counts["overdue"] = session.execute(
                sa.select(sa.func.count()).select_from(CASE).where(base, late)
            ).scalar_one()
        return Page(tuple(_case_row(row) for row in rows[:PAGE]), len(rows) > PAGE, counts)

    def case(self, ref: str, agent: AgentView) -> CaseView:
        """One case with decision, trace, evidence and timeline. Raises `NotPossible` where there is none."""
        with self._database.reading() as session:
            row = session.execute(_case_columns().add_columns(*_CASE_DETAIL).where(CASE.c.ref == ref)).one_or_none()
            if row is None or not agent.may_see(row.brand):
                raise NotPossible("There is no such case.")
            events = session.execute(
                sa.select(CASE_EVENT).where(CASE_EVENT.c.ref == ref).order_by(CASE_EVENT.c.id)
            ).all()
        return CaseView(
            row=_case_row(row),
            told=row.told,
            recorded=row.recorded,
            facts=row.facts,
            to_check=tuple(row.to_check),
            proofs=tuple(row.proofs),
            decision=row.decision,
            policy_version=row.policy_version,
            clauses=tuple(row.clauses),
            approved_paise=row.approved_paise,
            reference=row.reference,
            eta=(row.eta_least, row.eta_most) if row.eta_most is not None else None,
            appeal_of=row.appeal_of,
            version=row.version,
            moves=moves_from(row.state, row.outcome),
            timeline=tuple(
                EventView(event.kind, event.state_from, event.state_to, event.by, event.at, event.why, event.data)
                for event in events
            ),
        )

    def attachment(self, key: str, conversation_id: str, agent: AgentView) -> FileView:
        """A file that stands in the transcript of a conversation the agent may see.

        Raises `NotPossible`, and `FileHeld` where the virus scanner has not let it through.
        """
        with self._database.reading() as session:
            self._seen_by(session, conversation_id, agent)
            row = session.execute(sa.select(ATTACHMENT).where(ATTACHMENT.c.key == key)).one_or_none()
            sent = session.execute(
                sa.select(MESSAGE.c.attachment).where(
                    MESSAGE.c.conversation_id == conversation_id, MESSAGE.c.attachment.is_not(None)
                )
            ).scalars()
            # The same content may have come from somebody else first, under another name.
            names = [str(item.get("name") or "") for item in sent if item.get("key") == key]
            if row is None or not names:
                raise NotPossible("There is no such file in this conversation.")
        if row.scan in _HELD:
            raise FileHeld(_HELD[row.scan])
        return FileView(names[0], row.mime, row.size, self._engine.attachments.open(row.path))

    def look_at_file(self, key: str, conversation_id: str, agent: AgentView) -> FileView:
        """The same as `attachment` for an agent at the desk: that they looked is audited."""
        file = self.attachment(key, conversation_id, agent)
        with self._database.unit_of_work() as session:
            row = self._seen_by(session, conversation_id, agent)
            audit(
                session,
                self._engine.now(),
                agent.name,
                "looked_at_file",
                brand=row.brand,
                conversation_id=conversation_id,
                data={"key": key},
            )
        return file

    # What an agent does

    def take_over(self, conversation_id: str, agent: AgentView, epoch: int | None = None) -> None:
        """The agent owns the conversation; what the bot had not sent yet is withdrawn, and the customer is told.

        `epoch` is what the page showed: where somebody else acted meanwhile, nothing changes.
        """
        with self._database.unit_of_work() as session:
            row = self._acting(session, conversation_id, agent, epoch)
            if row.owner == "agent" and row.agent_id == agent.id:
                return
            now, at = self._times(row)
            values = {"owner": "agent", "agent_id": agent.id, "epoch": row.epoch + 1, "version": row.version + 1}
            session.execute(CONVERSATION.update().where(CONVERSATION.c.id == row.id).values(**values))
            outbox.withdraw(session, row.id, row.epoch + 1, now)
            session.execute(
                HANDOFF.update()
                .where(HANDOFF.c.conversation_id == row.id, HANDOFF.c.ended_at.is_(None))
                .values(taken_by=agent.id, taken_at=at)
            )
            if not _has_open_handoff(session, row.id):
                session.execute(
                    HANDOFF.insert().values(
                        id=new_id(),
                        brand=row.brand,
                        conversation_id=row.id,
                        reason="agent",
                        asked_at=at,
                        taken_by=agent.id,
                        taken_at=at,
                    )
                )
            self._say(session, row, row.epoch + 1, "handoff_notice", {"agent": agent.name})
            audit(session, now, agent.name, "took_over", brand=row.brand, conversation_id=row.id)
        self._ring(conversation_id)

    def agent_says(self, conversation_id: str, agent: AgentView, text: str, client_token: str | None = None) -> None:
        """Queues the agent's words. `client_token` makes a repeated send of the same page harmless.

        Raises `NotPossible` unless this agent owns the conversation.
        """
        words = mask_sensitive(text.strip())
        if not words or len(words) > _LONGEST_TEXT:
            raise NotPossible(f"A message has between 1 and {_LONGEST_TEXT} characters.")
        with self._database.unit_of_work() as session:
            row = self._acting(session, conversation_id, agent, None)
            if row.owner != "agent" or row.agent_id != agent.id:
                raise NotPossible("Take the conversation over first.")
            if (
                client_token
                and session.execute(
                    sa.select(OUTBOX_TABLE.c.id).where(OUTBOX_TABLE.c.client_token == client_token)
                ).one_or_none()
            ):
                return
            now, at = self._times(row)
            outbox.queue(
                session,
                row.id,
                outbox.Parcel(words, kind="reply", author="agent", agent_id=agent.id, client_token=client_token),
                epoch=row.epoch,
                now=now,
                at=at,
            )
            session.execute(CONVERSATION.update().where(CONVERSATION.c.id == row.id).values(waits_since=None))
            audit(session, now, agent.name, "said", brand=row.brand, conversation_id=row.id)
        self._ring(conversation_id)

    def note(self, conversation_id: str, agent: AgentView, text: str) -> None:
        """A note in the transcript that only agents see."""
        with self._database.unit_of_work() as session:
            row = self._acting(session, conversation_id, agent, None)
            now, at = self._times(row)
            session.execute(
                MESSAGE.insert().values(
                    conversation_id=row.id,
                    author="agent",
                    kind="note",
                    text=mask_sensitive(text.strip()[:_LONGEST_TEXT]),
                    agent_id=agent.id,
                    at=at,
                )
            )
            audit(session, now, agent.name, "noted", brand=row.brand, conversation_id=row.id)
        self._ring(conversation_id)

    def hand_back(self, conversation_id: str, agent: AgentView, epoch: int | None = None) -> None:
        """The bot owns the conversation again; one line tells the customer what is open."""
        with self._database.unit_of_work() as session:
            row = self._acting(session, conversation_id, agent, epoch)
            if row.owner != "agent":
                raise NotPossible("The bot has this conversation already.")
            now, at = self._times(row)
            values = {
                "owner": "bot",
                "agent_id": None,
                "epoch": row.epoch + 1,
                "version": row.version + 1,
                "state": with_question_asked_at(row.state, at),
            }
            session.execute(CONVERSATION.update().where(CONVERSATION.c.id == row.id).values(**values))
            session.execute(
                HANDOFF.update()
                .where(HANDOFF.c.conversation_id == row.id, HANDOFF.c.ended_at.is_(None))
                .values(ended_at=at)
            )
            self._say(session, row, row.epoch + 1, "handed_back", self._open_matters(session, row))
            audit(session, now, agent.name, "handed_back", brand=row.brand, conversation_id=row.id)
        self._ring(conversation_id)

    def move_case(
        self,
        ref: str,
        state: str,
        agent: AgentView,
        *,
        why: str = "",
        data: Mapping[str, Any] | None = None,
        version: int | None = None,
    ) -> Moved:
        """Moves a case. `data` may hold amount (rupees), reference, due (a date) and note (told to the customer).

        `version` is what the page showed. Raises `NotPossible`: the move is not in the table, or somebody was faster.
        """
        with self._database.unit_of_work() as session:
            try:
                row, _ = take_case(session, ref)
            except NoSuchCase:
                raise NotPossible("There is no such case.") from None
            if not agent.may_see(row.brand):
                raise NotPossible("There is no such case.")
            if version is not None and version != row.version:
                raise NotPossible("Somebody moved this case meanwhile: look at it again.")
            now = self._engine.now()
            try:
                moved = move_case(session, self._engine, ref, state, by=agent.name, now=now, why=why, data=data)
            except ValueError as error:
                raise NotPossible(str(error)) from None
            audit(session, now, agent.name, "moved_case", brand=row.brand, ref=ref, data={"to": state})
        if moved.conversation_id:
            self._ring(moved.conversation_id)
        self._engine.bell.ring(DESK)
        return moved

    # What they have in common

    def _seen_by(self, session: Session, conversation_id: str, agent: AgentView) -> Row[Any]:
        row = session.execute(sa.select(CONVERSATION).where(CONVERSATION.c.id == conversation_id)).one_or_none()
        if row is None or not agent.may_see(row.brand):
            raise NotPossible("There is no such conversation.")
        return row

    def _acting(self, session: Session, conversation_id: str, agent: AgentView, epoch: int | None) -> Row[Any]:
        """The conversation, ours until the commit. Raises `NotPossible` where somebody acted since `epoch`."""
        take_conversation(session, conversation_id)
        row = self._seen_by(session, conversation_id, agent)
        if epoch is not None and epoch != row.epoch:
            raise NotPossible("Somebody took this conversation over or handed it back meanwhile: look at it again.")
        return row

    def _times(self, row: Row[Any]) -> tuple[datetime, datetime]:
        now = self._engine.now()
        return now, now + timedelta(seconds=row.clock_offset_seconds)

    def _say(self, session: Session, row: Row[Any], epoch: int, template: str, values: Mapping[str, Any]) -> None:
        pack = self._engine.pack(row.brand)
        full = {"brand": pack.brand.name, **values}
        text = self._engine.renderer.render(template, row.language, full, pack.calendar.time_zone)
        now, at = self._times(row)
        parcel = outbox.Parcel(text, kind="handoff_notice", template=template)
        outbox.queue(session, row.id, parcel, epoch=epoch, now=now, at=at)

    def _open_matters(self, session: Session, row: Row[Any]) -> dict[str, Any]:
        """What `handed_back` restates: the draft's kind of request, the open question's slot, the open cases."""
        pack = self._engine.pack(row.brand)
        talk = talk_summary(row.state)
        claim_type = pack.newest.claim_types.get(str(talk.get("claim_type", "")))
        slot = pack.newest.slots.get(str(talk.get("open_slot", "")))
        refs = session.execute(
            sa.select(CASE.c.ref)
            .where(CASE.c.customer_id == row.customer_id, CASE.c.is_open)
            .order_by(CASE.c.filed_at.desc())
        ).scalars()
        return {
            "draft": claim_type.text.name.in_(row.language) if claim_type else "",
            "question": slot.text.ask.in_(row.language) if slot else "",
            "cases": list(refs),
        }

    def _ring(self, conversation_id: str) -> None:
        self._engine.bell.ring(OUTBOX, TURNS, DESK, conversation_topic(conversation_id))


def audit(
    session: Session,
    now: datetime,
    who: str,
    what: str,
    *,
    brand: str = "",
    conversation_id: str | None = None,
    ref: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Adds a line to the audit."""
    session.execute(
        AUDIT.insert().values(
            at=now, who=who, what=what, brand=brand, conversation_id=conversation_id, ref=ref, data=dict(data or {})
        )
    )


def newest_consent(session: Session, identity_id: str) -> bool | None:
    """The last word of an identity on unasked messages; None where it never said."""
    allowed: bool | None = session.execute(
        sa.select(CONSENT.c.allowed).where(CONSENT.c.identity_id == identity_id).order_by(CONSENT.c.id.desc()).limit(1)
    ).scalar_one_or_none()
    return allowed


def with_question_asked_at(state: str, at: datetime) -> str:
    """The talk's state with its open question asked anew at `at`: what came before does not answer it."""
    from dialogs.talk import Talk

    talk = Talk.model_validate_json(state) if state else Talk()
    if talk.question is None:
        return state
    return talk.model_copy(update={"question": talk.question.model_copy(update={"asked_at": at})}).model_dump_json()


def talk_summary(state: str) -> dict[str, Any]:
    """What is shown of a stored talk: language, claim_type, facts, recorded, proofs, asking, open_slot, opted_out."""
    from dialogs.talk import Talk

    talk = Talk.model_validate_json(state) if state else Talk()
    question = talk.question
    draft = talk.draft
    return {
        "language": talk.language,
        "claim_type": draft.claim_type if draft else "",
        "facts": {name: told.value for name, told in draft.facts.items()} if draft else {},
        "recorded": dict(draft.recorded) if draft else {},
        "proofs": [proof.model_dump() for proof in draft.proofs] if draft else [],
        "asking": question.kind if question else "",
        "open_slot": question.name if question and question.kind in {"slot", "evidence", "confirm_value"} else "",
        "opted_out": talk.opted_out,
    }


def _check_password(password: str) -> None:
    if len(password) < _SHORTEST_PASSWORD:
        raise NotPossible(f"a password has at least {_SHORTEST_PASSWORD} characters")


def _agent(row: Row[Any]) -> AgentView:
    return AgentView(row.id, row.name, tuple(row.brands or ()), row.disabled_at is not None)


def _visible(column: sa.Column[Any], agent: AgentView, brand: str) -> sa.ColumnElement[bool]:
    """The rows of the brands that the agent works for, of `brand` alone where it is given."""
    conditions: list[sa.ColumnElement[bool]] = [sa.true()]
    if agent.brands:
        conditions.append(column.in_(agent.brands))
    if brand:
        conditions.append(column == brand)
    return sa.and_(*conditions)


def _waiting() -> sa.FromClause:
    return HANDOFF.alias("open_handoff")


def _conversation_source(waiting: sa.FromClause) -> sa.FromClause:
    newest = (
        sa.select(sa.func.max(HANDOFF.c.id))
        .where(HANDOFF.c.conversation_id == CONVERSATION.c.id, HANDOFF.c.ended_at.is_(None))
        .correlate(CONVERSATION)
        .scalar_subquery()
    )
    return (
        CONVERSATION.join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .join(CUSTOMER, CUSTOMER.c.id == CONVERSATION.c.customer_id)
        .outerjoin(AGENT, AGENT.c.id == CONVERSATION.c.agent_id)
        .outerjoin(waiting, waiting.c.id == newest)
    )


def _conversation_columns(waiting: sa.FromClause) -> sa.Select[Any]:
    last = (
        sa.select(MESSAGE.c.id)
        .where(MESSAGE.c.conversation_id == CONVERSATION.c.id, MESSAGE.c.kind != "note")
        .order_by(MESSAGE.c.id.desc())
        .limit(1)
        .correlate(CONVERSATION)
        .scalar_subquery()
    )
    text = sa.select(MESSAGE.c.text).where(MESSAGE.c.id == last).correlate(CONVERSATION).scalar_subquery()
    author = sa.select(MESSAGE.c.author).where(MESSAGE.c.id == last).correlate(CONVERSATION).scalar_subquery()
    open_cases = (
        sa.select(sa.func.count())
        .select_from(CASE)
        .where(CASE.c.customer_id == CONVERSATION.c.customer_id, CASE.c.is_open)
        .correlate(CONVERSATION)
        .scalar_subquery()
    )
    return sa.select(
        CONVERSATION.c.id,
        CONVERSATION.c.brand,
        CONVERSATION.c.channel,
        CONVERSATION.c.language,
        CONVERSATION.c.owner,
        CONVERSATION.c.last_message_at,
        IDENTITY.c.value.label("customer"),
        CUSTOMER.c.name.label("customer_name"),
        AGENT.c.name.label("agent_name"),
        waiting.c.reason,
        waiting.c.urgent,
        waiting.c.asked_at,
        waiting.c.taken_at,
        text.label("last_text"),
        author.label("last_author"),
        open_cases.label("open_cases"),
    )


def _conversation_row(row: Row[Any]) -> ConversationRow:
    return ConversationRow(
        id=row.id,
        brand=row.brand,
        channel=row.channel,
        customer=row.customer,
        name=row.customer_name,
        language=row.language,
        owner=row.owner,
        agent=row.agent_name or "",
        waits_for_person=row.reason or "" if row.owner == "bot" else "",
        urgent=bool(row.urgent),
        asked_at=row.asked_at,
        last_message_at=row.last_message_at,
        last_text=(row.last_text or "")[:160],
        last_author=row.last_author or "",
        open_cases=row.open_cases,
    )


def _finds(search: str) -> sa.ColumnElement[bool]:
    words = search.strip()
    has_case = (
        sa.select(CASE.c.ref)
        .where(
            CASE.c.customer_id == CONVERSATION.c.customer_id,
            sa.or_(CASE.c.ref.icontains(words, autoescape=True), CASE.c.subject_id.icontains(words, autoescape=True)),
        )
        .correlate(CONVERSATION)
        .exists()
    )
    return sa.or_(
        IDENTITY.c.value.icontains(words, autoescape=True),
        CUSTOMER.c.name.icontains(words, autoescape=True),
        has_case,
    )


def _has_address(customer_id: sa.Column[Any], words: str) -> sa.ColumnElement[bool]:
    return (
        sa.select(IDENTITY.c.id)
        .where(IDENTITY.c.customer_id == customer_id, IDENTITY.c.value.icontains(words, autoescape=True))
        .exists()
    )


def _has_open_handoff(session: Session, conversation_id: str) -> bool:
    found = sa.select(HANDOFF.c.id).where(HANDOFF.c.conversation_id == conversation_id, HANDOFF.c.ended_at.is_(None))
    return session.execute(found.limit(1)).one_or_none() is not None


def transcript(session: Session, conversation_id: str, after: int = 0) -> tuple[MessageView, ...]:
    """The lines of a conversation with an id above `after`, oldest first, notes included."""
    join = MESSAGE.outerjoin(OUTBOX_TABLE, OUTBOX_TABLE.c.id == MESSAGE.c.outbox_id).outerjoin(
        AGENT, AGENT.c.id == MESSAGE.c.agent_id
    )
    query = (
        sa.select(
            MESSAGE,
            AGENT.c.name.label("agent_name"),
            OUTBOX_TABLE.c.sent_at,
            OUTBOX_TABLE.c.delivery,
            OUTBOX_TABLE.c.dead_at,
            OUTBOX_TABLE.c.withdrawn_at,
            OUTBOX_TABLE.c.parked_at,
            OUTBOX_TABLE.c.error,
        )
        .select_from(join)
        .where(MESSAGE.c.conversation_id == conversation_id, MESSAGE.c.id > after)
        .order_by(MESSAGE.c.id)
    )
    return _with_held(session, tuple(_message(row) for row in session.execute(query)))


def _with_held(session: Session, lines: tuple[MessageView, ...]) -> tuple[MessageView, ...]:
    """The lines, where `held` in an attachment is the virus scanner's word against giving it out."""
    keys = {line.attachment["key"] for line in lines if line.attachment and line.attachment.get("key")}
    if not keys:
        return lines
    query = sa.select(ATTACHMENT.c.key, ATTACHMENT.c.scan).where(ATTACHMENT.c.key.in_(keys))
    held = {row.key: row.scan for row in session.execute(query.where(ATTACHMENT.c.scan.in_(_HELD)))}
    return tuple(
        replace(line, attachment={**line.attachment, "held": held[line.attachment["key"]]})
        if line.attachment and line.attachment.get("key") in held
        else line
        for line in lines
    )


def _message(row: Row[Any]) -> MessageView:
    return MessageView(
        id=row.id,
        author=row.author,
        agent=row.agent_name or "",
        kind=row.kind,
        text=row.text,
        buttons=tuple(row.buttons or ()),
        clauses=tuple(row.clauses or ()),
        template=row.template,
        attachment=row.attachment,
        heard=row.heard,
        at=row.at,
        delivery=_delivery(row),
        error=row.error or "",
    )


def _delivery(row: Row[Any]) -> str:
    if row.outbox_id is None:
        return ""
    if row.withdrawn_at:
        return "withdrawn"
    if row.dead_at:
        return "dead"
    if row.parked_at:
        return "parked"
    return str(row.delivery or "sent") if row.sent_at else "queued"


_CASE_DETAIL = (
    CASE.c.told,
    CASE.c.recorded,
    CASE.c.facts,
    CASE.c.to_check,
    CASE.c.proofs,
    CASE.c.decision,
    CASE.c.policy_version,
    CASE.c.clauses,
    CASE.c.approved_paise,
    CASE.c.reference,
    CASE.c.eta_least,
    CASE.c.eta_most,
    CASE.c.appeal_of,
    CASE.c.version,
)


def _case_columns() -> sa.Select[Any]:
    return sa.select(
        CASE.c.ref,
        CASE.c.brand,
        CASE.c.claim_type,
        CASE.c.state,
        CASE.c.outcome,
        CASE.c.amount_min_paise,
        CASE.c.amount_max_paise,
        CASE.c.subject_id,
        CASE.c.filed_at,
        CASE.c.state_at,
        CASE.c.due_at,
        CASE.c.flags,
        CASE.c.conversation_id,
        CUSTOMER.c.name.label("customer_name"),
    ).select_from(CASE.join(CUSTOMER, CUSTOMER.c.id == CASE.c.customer_id))


def _case_row(row: Row[Any]) -> CaseRow:
    return CaseRow(
        ref=row.ref,
        brand=row.brand,
        claim_type=row.claim_type,
        state=row.state,
        outcome=row.outcome,
        amount_min_paise=row.amount_min_paise,
        amount_max_paise=row.amount_max_paise,
        subject_id=row.subject_id,
        customer=row.customer_name,
        filed_at=row.filed_at,
        state_at=row.state_at,
        due_at=row.due_at,
        flags=tuple(row.flags),
        conversation_id=row.conversation_id,
    )
