"""The tables, in the words of the design. Times are aware and kept in UTC, money is integer paise.

Entities have random ids; the logs (inbox, message, outbox, case_event, due, audit) are numbered, since their order
matters. Every row that belongs to a customer carries its brand, so that nothing of one brand shows in another.
Statements on the hot path use the `sa.Table` constants at the end; the classes are for everything else.
"""

import secrets
import time
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. A naive one is refused: it would be a guess."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone cannot be stored: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(sa.types.TypeDecorator[Any]):
    """JSON, where Python's None is NULL."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True


# Numbers of rows: SQLite numbers only INTEGER by itself (64 bits there), PostgreSQL's INTEGER would end at two thousand
# million.
ROW_NUMBER: Any = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
metadata = SQLModel.metadata


def new_id() -> str:
    """A fresh id: the millisecond, so that ids sort by age, and 64 random bits."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


class Customer(SQLModel, table=True):
    """One person as one brand knows them."""

    __tablename__ = "customer"

    id: str = Field(default_factory=new_id, primary_key=True)
    brand: str = Field(index=True)
    name: str = ""
    created_at: datetime = Field(sa_type=Moment)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)


class Identity(SQLModel, table=True):
    """An address that a channel has proven, or that the company's own records name (channel `records`).

    `kind` is phone (E.164), telegram_id, email, bsuid or handle.
    """

    __tablename__ = "identity"
    __table_args__ = (sa.UniqueConstraint("brand", "channel", "kind", "value"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    customer_id: str = Field(foreign_key="customer.id", index=True)
    brand: str
    channel: str
    kind: str
    value: str
    created_at: datetime = Field(sa_type=Moment)


class Conversation(SQLModel, table=True):
    """One identity on one channel account of one brand, owned by the bot or by an agent.

    `epoch` counts changes of ownership; `version` every commit of its state. `ready_at` is when its unread messages
    may be taken, None where there are none. `clock_offset_seconds` moves the clock of a simulated conversation.
    `window_closed_at` is since when only templates go, until the customer writes again; `paced_until` is when the chat
    will have rested from what was sent to it (`senders.Pace`).
    """

    __tablename__ = "conversation"
    __table_args__ = (
        sa.UniqueConstraint("channel", "account", "identity_id"),
        sa.Index("ix_conversation_ready", "ready_at", "claimed_until"),
        sa.Index("ix_conversation_desk", "brand", "owner", "last_message_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    brand: str
    channel: str
    account: str
    identity_id: str = Field(foreign_key="identity.id")
    customer_id: str = Field(foreign_key="customer.id", index=True)
    owner: str = "bot"
    agent_id: str | None = Field(default=None, foreign_key="agent.id")
    epoch: int = 0
    version: int = 0
    state: str = Field(default="", sa_type=sa.Text)
    decision: dict[str, Any] | None = Field(default=None, sa_type=Json)
    language: str = "en"
    last_inbound_at: datetime | None = Field(default=None, sa_type=Moment)
    last_message_at: datetime | None = Field(default=None, sa_type=Moment)
    waits_since: datetime | None = Field(default=None, sa_type=Moment)
    first_unread_at: datetime | None = Field(default=None, sa_type=Moment)
    ready_at: datetime | None = Field(default=None, sa_type=Moment)
    claimed_until: datetime | None = Field(default=None, sa_type=Moment)
    claimed_by: str | None = None
    attempts: int = 0
    clock_offset_seconds: int = 0
    blocked_at: datetime | None = Field(default=None, sa_type=Moment)
    window_closed_at: datetime | None = Field(default=None, sa_type=Moment)
    paced_until: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)


class Inbox(SQLModel, table=True):
    """A message as it arrived. `body` is encrypted and wiped by the turn that reads it.

    `revises` is the provider's id of the message that this one is an edited form of.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("channel", "account", "provider_id"),
        sa.Index("ix_inbox_unread", "conversation_id", "read_at", "provider_sequence", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    conversation_id: str = Field(foreign_key="conversation.id")
    channel: str
    account: str
    provider_id: str
    provider_sequence: int = Field(default=0, sa_type=sa.BigInteger)
    kind: str
    body: str = Field(default="", sa_type=sa.Text)
    payload: str = ""
    revises: str | None = None
    attachment: dict[str, Any] | None = Field(default=None, sa_type=Json)
    received_at: datetime = Field(sa_type=Moment)
    read_at: datetime | None = Field(default=None, sa_type=Moment)
    turn_id: str | None = None


class StoredMessage(SQLModel, table=True):
    """The transcript: what was said, masked. `author` is customer, bot or agent; a note is shown to agents only.

    `provider_id` is the provider's id of a customer's message, `revises` the message that this one is a new form of.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.Index("ix_message_conversation", "conversation_id", "id"),
        sa.Index("ix_message_provider", "conversation_id", "provider_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    conversation_id: str = Field(foreign_key="conversation.id")
    author: str
    kind: str = "text"
    text: str = Field(default="", sa_type=sa.Text)
    buttons: list[dict[str, str]] | None = Field(default=None, sa_type=Json)
    clauses: list[str] | None = Field(default=None, sa_type=Json)
    template: str = ""
    attachment: dict[str, Any] | None = Field(default=None, sa_type=Json)
    heard: dict[str, Any] | None = Field(default=None, sa_type=Json)
    agent_id: str | None = Field(default=None, foreign_key="agent.id")
    outbox_id: int | None = Field(default=None, index=True, sa_type=ROW_NUMBER)
    turn_id: str | None = None
    provider_id: str | None = None
    revises: int | None = Field(default=None, sa_type=ROW_NUMBER)
    at: datetime = Field(sa_type=Moment)


class Outbox(SQLModel, table=True):
    """A message that waits to go, or went. Unsent is: `sent_at`, `dead_at` and `withdrawn_at` all empty.

    `parked_at` is when it was set aside until the customer writes again. `sent_as` is the ContentSid of the approved
    template that it went as, empty where it went as it stands. `delivered_at` and `seen_at` are the provider's word.
    `unclear_tries` counts those that may have gone; `slot_at` is the moment that the sender's limit has kept for it.
    Until `due_at` no other message waits for it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("ix_outbox_unsent", "done", "next_try_at"),
        sa.Index("ix_outbox_order", "conversation_id", "done", "seq"),
        sa.UniqueConstraint("conversation_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    conversation_id: str = Field(foreign_key="conversation.id")
    seq: int
    epoch: int
    bound_to_epoch: bool = True
    kind: str
    text: str = Field(sa_type=sa.Text)
    buttons: list[dict[str, str]] | None = Field(default=None, sa_type=Json)
    template: str = ""
    template_values: dict[str, Any] | None = Field(default=None, sa_type=Json)
    language: str = ""
    urgent: bool = True
    client_token: str | None = Field(default=None, unique=True)
    due_at: datetime = Field(sa_type=Moment)
    attempts: int = 0
    unclear_tries: int = 0
    next_try_at: datetime = Field(sa_type=Moment)
    slot_at: datetime | None = Field(default=None, sa_type=Moment)
    claimed_until: datetime | None = Field(default=None, sa_type=Moment)
    done: bool = False
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    receipt: str | None = Field(default=None, index=True)
    sent_as: str = ""
    delivery: str = ""
    delivered_at: datetime | None = Field(default=None, sa_type=Moment)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)
    parked_at: datetime | None = Field(default=None, sa_type=Moment)
    error_class: str | None = None
    error: str = ""
    dead_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)


class Sender(SQLModel, table=True):
    """Our side of a channel: a number or bot of ours.

    `paused_until` stops all of its sending for a while, and stays until a message of it goes again. `next_send_at` is
    when it will have rested from what it sent (`senders.Pace`); `reconciled_until` is up to when the provider's list
    of messages was compared with the inbox.
    """

    __tablename__ = "sender"

    channel: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    paused_until: datetime | None = Field(default=None, sa_type=Moment)
    pause_reason: str = ""
    next_send_at: datetime | None = Field(default=None, sa_type=Moment)
    reconciled_until: datetime | None = Field(default=None, sa_type=Moment)


class MessageTemplate(SQLModel, table=True):
    """A message of ours as the provider knows it: what may be sent outside the 24-hour window.

    `name` is the message's name in templates/messages. `variables` names, in order, the values that fill it;
    `fingerprint` is of the text and layout it was made from.
    """

    __tablename__ = "message_template"

    brand: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    content_sid: str = ""
    fingerprint: str = ""
    variables: list[str] = Field(default_factory=list, sa_type=Json)
    category: str = ""
    status: str = "unsubmitted"
    problem: str = ""
    synced_at: datetime | None = Field(default=None, sa_type=Moment)


class LinkCode(SQLModel, table=True):
    """A code that proves one person's two addresses: asked for in one chat, sent to another identity. Only its hash."""

    __tablename__ = "link_code"
    __table_args__ = (sa.Index("ix_link_code_conversation", "conversation_id", "used_at"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    brand: str
    conversation_id: str = Field(foreign_key="conversation.id")
    identity_id: str = Field(foreign_key="identity.id")
    ref: str | None = Field(default=None, foreign_key="refund_case.ref")
    code_hash: str
    tries: int = 0
    made_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class StartToken(SQLModel, table=True):
    """A link from an order page into a chat: random, short-lived, used once. Only its hash is kept."""

    __tablename__ = "start_token"
    __table_args__ = (sa.Index("ix_start_token_conversation", "conversation_id", "used_at"),)

    token_hash: str = Field(primary_key=True)
    brand: str
    kind: str
    record_id: str
    made_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)
    conversation_id: str | None = None


class RunningProcess(SQLModel, table=True):
    """A process of this installation and when it was last seen alive; `loops` are those it runs."""

    __tablename__ = "running_process"

    id: str = Field(primary_key=True)
    role: str
    host: str
    loops: list[str] = Field(default_factory=list, sa_type=Json)
    started_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)


class StoredAttachment(SQLModel, table=True):
    """A file by its content's hash; `text` is what a PDF says.

    `scan` is the virus scanner's word (clean, unscanned, unsafe), empty where there was no scanner.
    """

    __tablename__ = "attachment"

    key: str = Field(primary_key=True)
    kind: str
    name: str = ""
    mime: str
    size: int
    path: str
    text: str = Field(default="", sa_type=sa.Text)
    scan: str = Field(default="", index=True)
    stored_at: datetime = Field(sa_type=Moment)


class RefundCase(SQLModel, table=True):
    """One request from submission to the money's arrival. `told` and `recorded` keep both sides of each fact."""

    __tablename__ = "refund_case"
    __table_args__ = (
        sa.Index("ix_refund_case_subject", "brand", "subject_id", "is_open"),
        sa.Index("ix_refund_case_desk", "brand", "state", "state_at"),
    )

    ref: str = Field(primary_key=True)
    brand: str
    customer_id: str = Field(foreign_key="customer.id", index=True)
    conversation_id: str | None = Field(default=None, foreign_key="conversation.id")
    claim_type: str
    state: str
    is_open: bool = True
    subject_id: str = ""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    told: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    recorded: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    to_check: list[str] = Field(default_factory=list, sa_type=Json)
    proofs: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    decision: dict[str, Any] | None = Field(default=None, sa_type=Json)
    policy_version: str = ""
    outcome: str = ""
    clauses: list[str] = Field(default_factory=list, sa_type=Json)
    amount_min_paise: int | None = Field(default=None, sa_type=sa.BigInteger)
    amount_max_paise: int | None = Field(default=None, sa_type=sa.BigInteger)
    approved_paise: int | None = Field(default=None, sa_type=sa.BigInteger)
    reference: str = ""
    eta_least: int | None = None
    eta_most: int | None = None
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    filed_at: datetime = Field(sa_type=Moment)
    state_at: datetime = Field(sa_type=Moment)
    appeal_of: str = ""
    flags: list[str] = Field(default_factory=list, sa_type=Json)
    version: int = 0


class CaseEventRow(SQLModel, table=True):
    """One entry of a case's timeline; rows are only ever added."""

    __tablename__ = "case_event"
    __table_args__ = (sa.Index("ix_case_event_ref", "ref", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    ref: str = Field(foreign_key="refund_case.ref")
    kind: str
    state_from: str = ""
    state_to: str = ""
    by: str
    at: datetime = Field(sa_type=Moment)
    why: str = Field(default="", sa_type=sa.Text)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class Due(SQLModel, table=True):
    """Something the clock has to do, once, under a unique key."""

    __tablename__ = "due"
    __table_args__ = (sa.Index("ix_due_open", "done_at", "due_at"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    key: str = Field(unique=True)
    kind: str
    due_at: datetime = Field(sa_type=Moment)
    ref: str | None = Field(default=None, foreign_key="refund_case.ref", index=True)
    conversation_id: str | None = Field(default=None, foreign_key="conversation.id", index=True)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    attempts: int = 0
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    claimed_until: datetime | None = Field(default=None, sa_type=Moment)


class Handoff(SQLModel, table=True):
    """A conversation that waits for a person, or was with one."""

    __tablename__ = "handoff"
    __table_args__ = (sa.Index("ix_handoff_open", "brand", "ended_at", "asked_at"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    brand: str
    conversation_id: str = Field(foreign_key="conversation.id", index=True)
    reason: str
    summary: str = Field(default="", sa_type=sa.Text)
    urgent: bool = False
    asked_at: datetime = Field(sa_type=Moment)
    taken_by: str | None = Field(default=None, foreign_key="agent.id")
    taken_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    rung_at: datetime | None = Field(default=None, sa_type=Moment)


class OrderRecord(SQLModel, table=True):
    """What the company's own system knows of an order, payment, project or subscription."""

    __tablename__ = "order_record"
    __table_args__ = (
        sa.UniqueConstraint("brand", "kind", "record_id"),
        sa.Index("ix_order_record_match", "brand", "match_id"),
        sa.Index("ix_order_record_phone", "brand", "phone"),
        sa.Index("ix_order_record_telegram", "brand", "telegram_id"),
        sa.Index("ix_order_record_email", "brand", "email"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    brand: str
    kind: str
    record_id: str
    match_id: str
    phone: str = ""
    email: str = ""
    telegram_id: str = ""
    name: str = ""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    as_of: datetime | None = Field(default=None, sa_type=Moment)
    imported_at: datetime = Field(sa_type=Moment)


class ConsentRow(SQLModel, table=True):
    """The customer's word on unasked messages; the newest row of an identity counts."""

    __tablename__ = "consent"
    __table_args__ = (sa.Index("ix_consent_identity", "identity_id", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    identity_id: str = Field(foreign_key="identity.id")
    allowed: bool
    words: str = ""
    at: datetime = Field(sa_type=Moment)


class Agent(SQLModel, table=True):
    """A person at the desk. `brands` empty means all."""

    __tablename__ = "agent"

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    password: str
    brands: list[str] = Field(default_factory=list, sa_type=Json)
    created_at: datetime = Field(sa_type=Moment)
    disabled_at: datetime | None = Field(default=None, sa_type=Moment)
    failed_tries: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=Moment)


class AgentSession(SQLModel, table=True):
    """A signed-in browser: only the hash of its token is kept."""

    __tablename__ = "agent_session"

    token_hash: str = Field(primary_key=True)
    agent_id: str = Field(foreign_key="agent.id", index=True)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class Audit(SQLModel, table=True):
    """Who did what at the desk or on the command line."""

    __tablename__ = "audit"
    __table_args__ = (sa.Index("ix_audit_at", "at"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    at: datetime = Field(sa_type=Moment)
    who: str
    what: str
    brand: str = ""
    conversation_id: str | None = None
    ref: str | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


def _table(model: type[SQLModel]) -> sa.Table:
    return metadata.tables[str(model.__tablename__)]


CUSTOMER = _table(Customer)
IDENTITY = _table(Identity)
CONVERSATION = _table(Conversation)
INBOX = _table(Inbox)
MESSAGE = _table(StoredMessage)
OUTBOX = _table(Outbox)
SENDER = _table(Sender)
MESSAGE_TEMPLATE = _table(MessageTemplate)
LINK_CODE = _table(LinkCode)
START_TOKEN = _table(StartToken)
RUNNING_PROCESS = _table(RunningProcess)
ATTACHMENT = _table(StoredAttachment)
CASE = _table(RefundCase)
CASE_EVENT = _table(CaseEventRow)
DUE = _table(Due)
HANDOFF = _table(Handoff)
ORDER_RECORD = _table(OrderRecord)
CONSENT = _table(ConsentRow)
AGENT = _table(Agent)
AGENT_SESSION = _table(AgentSession)
AUDIT = _table(Audit)
