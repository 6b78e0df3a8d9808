"""The inbox: what arrived, stored once per provider id, encrypted, and when it may be taken for a turn.

Typed texts are joined: a turn begins 1.5 s after the last, but at most 5 s after the first; files wait 2 s for the
rest of an album or a line that belongs to them (all three are settings). Taps go at once, and everything does on
channels that do not join.

A message that the customer edits is replaced while nobody has read it; afterwards the edited form comes as a message
of its own that says what it revises. Where the words did not change, nothing comes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.bell import OUTBOX, TURNS
from bot.channels.protocol import Inbound
from bot.database import hold, insert_or_keep
from bot.outbox import release
from bot.settings import MOST_MARGIN, Settings
from bot.tables import CONVERSATION, CUSTOMER, IDENTITY, INBOX, MESSAGE, new_id
from dialogs.values import mask_sensitive

if TYPE_CHECKING:
    from bot.engine import Engine

# Records that the company imported name people by addresses it has checked itself.
RECORDS = "records"
_LONGEST_TEXT = 16_000
# Built once: making such a statement costs more than running it. What is set is given with the values.
_KNOWN = sa.select(INBOX.c.conversation_id).where(
    INBOX.c.channel == sa.bindparam("channel"),
    INBOX.c.account == sa.bindparam("account"),
    INBOX.c.provider_id == sa.bindparam("provider_id"),
)
_CHANGE = CONVERSATION.update().where(CONVERSATION.c.id == sa.bindparam("row"))
_ADDRESS = sa.select(IDENTITY.c.id, IDENTITY.c.customer_id).where(
    IDENTITY.c.brand == sa.bindparam("brand"),
    IDENTITY.c.channel == sa.bindparam("channel"),
    IDENTITY.c.kind == sa.bindparam("kind"),
    IDENTITY.c.value == sa.bindparam("value"),
)
_CHAT = (
    sa.select(CONVERSATION)
    .where(
        CONVERSATION.c.channel == sa.bindparam("channel"),
        CONVERSATION.c.account == sa.bindparam("account"),
        CONVERSATION.c.identity_id == sa.bindparam("identity_id"),
    )
    .with_for_update(key_share=True)
)


@dataclass(frozen=True)
class Received:
    """Where a message was put; `new` is False where it was there already. `owner` is who answers there."""

    conversation_id: str
    new: bool
    owner: str = "bot"


def receive(engine: Engine, inbound: Inbound) -> Received:
    """Stores a message and makes its conversation ready for a turn; a repeated delivery changes nothing.

    The conversation's row is held from before the insert until the commit: so the numbers of a chat's messages are in
    the order of their commits, and no turn ever sees a later one before an earlier one.
    """
    now = engine.now()
    inbound = _storable(inbound)
    body = engine.cipher.encrypt(inbound.text)
    channel = engine.channels.get(inbound.channel)
    joins = channel is not None and channel.joins
    waits = joining(engine.settings)
    with engine.database.unit_of_work() as session:
        named = {"channel": inbound.channel, "account": inbound.account, "provider_id": inbound.provider_id}
        known = session.execute(_KNOWN, named).scalar_one_or_none()
        if known:
            return Received(known, new=False)
        conversation = open_conversation(
            session,
            brand=inbound.brand,
            channel=inbound.channel,
            account=inbound.account,
            sender=inbound.sender,
            name=inbound.sender_name,
            language=inbound.language,
            now=now,
        )
        settled = False
        if inbound.revises:
            inbound, settled = _revise(session, conversation, inbound, body, now)
        elif inbound.sequence and conversation.first_unread_at is not None:
            settled = _is_revised_already(session, conversation, inbound.provider_id)
        values = {
            "conversation_id": conversation.id,
            "channel": inbound.channel,
            "account": inbound.account,
            "provider_id": inbound.provider_id,
            "provider_sequence": inbound.sequence,
            "kind": inbound.kind,
            "body": "" if settled else body,
            "payload": inbound.payload,
            "revises": inbound.revises,
            "attachment": inbound.attachment,
            "received_at": inbound.received_at,
            "read_at": now if settled else None,
        }
        if not insert_or_keep(session, INBOX, values, "channel", "account", "provider_id"):
            return Received(conversation.id, new=False)
        if settled:
            return Received(conversation.id, new=True, owner=conversation.owner)
        first = conversation.first_unread_at or now
        last = conversation.last_inbound_at
        # A message that was found late, when a newer one was here, opens no window.
        wrote = {} if last is not None and last > inbound.received_at else _wrote(conversation, inbound.received_at)
        ready = ready_at(inbound.kind, now, first, conversation.ready_at, waits if joins else None)
        changes = {"first_unread_at": first, "ready_at": ready, "last_message_at": inbound.received_at, **wrote}
        session.execute(_CHANGE, {"row": conversation.id, **changes})
        released = bool(wrote) and _may_wait_for_word(conversation, now)
        if released:
            release(session, conversation.id, now)
    engine.bell.ring(TURNS, *([OUTBOX] if released else []))
    return Received(conversation.id, new=True, owner=conversation.owner)


def _revise(
    session: Session, conversation: Row[Any], inbound: Inbound, body: str, now: datetime
) -> tuple[Inbound, bool]:
    """The edited message as it goes into the inbox, and whether it is settled, with nothing left for a turn."""
    of_conversation = INBOX.c.conversation_id == conversation.id
    forms = sa.or_(INBOX.c.provider_id == inbound.revises, INBOX.c.revises == inbound.revises)
    newest = session.execute(
        sa.select(INBOX).where(of_conversation, forms).order_by(INBOX.c.provider_sequence.desc()).limit(1)
    ).one_or_none()
    if newest is not None and newest.provider_sequence > inbound.sequence:
        return inbound, True
    # The row is held: no turn begins with the old words, and one that has begun hears of the new ones next.
    claimed_until = conversation.claimed_until
    unread = session.execute(
        sa.select(INBOX).where(of_conversation, forms, INBOX.c.read_at.is_(None)).order_by(INBOX.c.id.desc()).limit(1)
    ).one_or_none()
    if unread is not None and (claimed_until is None or claimed_until < now):
        file = inbound.attachment if unread.kind == inbound.kind else unread.attachment
        session.execute(INBOX.update().where(INBOX.c.id == unread.id).values(body=body, attachment=file))
        return inbound, True
    first = sa.select(MESSAGE.c.id).where(
        MESSAGE.c.conversation_id == conversation.id, MESSAGE.c.provider_id == inbound.revises
    )
    known = session.execute(
        sa.select(MESSAGE.c.text)
        .where(
            MESSAGE.c.conversation_id == conversation.id,
            sa.or_(MESSAGE.c.provider_id == inbound.revises, MESSAGE.c.revises == first.scalar_subquery()),
        )
        .order_by(MESSAGE.c.id.desc())
        .limit(1)
    ).one_or_none()
    if known is None:
        return inbound, False
    # The file of a message that was read is known; only the words are new.
    return replace(inbound, kind="text", attachment=None), mask_sensitive(inbound.text) == known.text


def _is_revised_already(session: Session, conversation: Row[Any], provider_id: str) -> bool:
    """Whether the edited form of a message came in before the message itself."""
    query = sa.select(INBOX.c.id).where(
        INBOX.c.conversation_id == conversation.id, INBOX.c.read_at.is_(None), INBOX.c.revises == provider_id
    )
    return session.execute(query.limit(1)).first() is not None


def _storable(inbound: Inbound) -> Inbound:
    """The message without NUL characters, which no text of a database holds."""
    kind, value = inbound.sender
    return replace(
        inbound,
        provider_id=without_nul(inbound.provider_id),
        sender=(kind, without_nul(value)),
        sender_name=without_nul(inbound.sender_name),
        text=without_nul(inbound.text[:_LONGEST_TEXT]),
        payload=without_nul(inbound.payload),
    )


def without_nul(text: str) -> str:
    """`text` without NUL characters."""
    return text.replace("\x00", "")


def _wrote(conversation: Row[Any], at: datetime) -> dict[str, Any]:
    """What changes in a conversation because its customer wrote at `at`."""
    closed = conversation.window_closed_at
    still_closed = closed if closed is not None and closed > at else None
    return {"last_inbound_at": at, "blocked_at": None, "window_closed_at": still_closed}


def _may_wait_for_word(conversation: Row[Any], now: datetime) -> bool:
    """Whether messages may have been set aside until the customer writes."""
    last = conversation.last_inbound_at
    closed = conversation.window_closed_at is not None or conversation.blocked_at is not None
    return closed or last is None or now - last > MOST_MARGIN


@dataclass(frozen=True)
class Joining:
    """How long a turn waits for more of the customer: after a text, after a file, and in all."""

    text: timedelta
    file: timedelta
    most: timedelta


def joining(settings: Settings) -> Joining:
    """The waits of this installation."""
    return Joining(
        timedelta(seconds=settings.join_text_seconds),
        timedelta(seconds=settings.join_file_seconds),
        timedelta(seconds=settings.join_most_seconds),
    )


def ready_at(kind: str, now: datetime, first: datetime, before: datetime | None, waits: Joining | None) -> datetime:
    """When the unread messages may be taken, after one of `kind` came at `now` behind a first at `first`.

    `waits` is None on channels that do not join.
    """
    if waits is None or kind == "tap":
        return now
    # A file whose caption or second photo may follow keeps its longer wait when a text comes behind it.
    wanted = now + (waits.file if kind == "attachment" else waits.text)
    if before is not None and before > wanted:
        wanted = before
    return min(wanted, max(first + waits.most, now))


def sender_of(text: str) -> tuple[str, str]:
    """What kind of address a customer's id is, where it was typed by hand: phone, e-mail, Telegram id or a name."""
    bare = text.strip()
    if re.fullmatch(r"\+\d{7,15}", bare):
        return "phone", bare
    if re.fullmatch(r"\d{4,20}", bare):
        return "telegram_id", bare
    if "@" in bare:
        return "email", bare.lower()
    return "handle", bare


def find_customer(session: Session, brand: str, channel: str, sender: tuple[str, str]) -> str | None:
    """The customer with the address `sender`, as `channel` proved it or the company's records name it."""
    kind, value = sender
    query = (
        sa.select(IDENTITY.c.customer_id)
        .where(
            IDENTITY.c.brand == brand,
            IDENTITY.c.kind == kind,
            IDENTITY.c.value == value,
            IDENTITY.c.channel.in_((channel, RECORDS)),
        )
        .order_by(sa.case((IDENTITY.c.channel == channel, 0), else_=1))
        .limit(1)
    )
    found: str | None = session.execute(query).scalar_one_or_none()
    return found


def ensure_identity(
    session: Session, brand: str, channel: str, sender: tuple[str, str], now: datetime, name: str = ""
) -> tuple[str, str]:
    """(identity id, customer id) of an address, made where they are new."""
    kind, value = sender
    address = {"brand": brand, "channel": channel, "kind": kind, "value": value}
    row = session.execute(_ADDRESS, address).one_or_none()
    if row is None:
        # Many first messages of one person may come at once, on this channel and by the company's records.
        hold(session, f"address:{brand}:{kind}:{value}")
        row = session.execute(_ADDRESS, address).one_or_none()
    if row:
        return row.id, row.customer_id
    customer_id = find_customer(session, brand, channel, sender)
    if customer_id is None:
        customer_id = new_id()
        session.execute(CUSTOMER.insert().values(id=customer_id, brand=brand, name=name, created_at=now))
    identity_id = new_id()
    session.execute(
        IDENTITY.insert().values(
            id=identity_id,
            customer_id=customer_id,
            brand=brand,
            channel=channel,
            kind=kind,
            value=value,
            created_at=now,
        )
    )
    return identity_id, customer_id


def open_conversation(
    session: Session,
    *,
    brand: str,
    channel: str,
    account: str,
    sender: tuple[str, str],
    now: datetime,
    name: str = "",
    language: str = "",
) -> Row[Any]:
    """The conversation of an address on a channel account, begun where it is new; its row is ours until the commit.

    `language` is the first of a new one.
    """
    identity_id, customer_id = ensure_identity(session, brand, channel, sender, now, name)
    chat = {"channel": channel, "account": account, "identity_id": identity_id}
    row = session.execute(_CHAT, chat).one_or_none()
    if row is None:
        values = {
            "id": new_id(),
            "brand": brand,
            "channel": channel,
            "account": account,
            "identity_id": identity_id,
            "customer_id": customer_id,
            "language": language or "en",
            "created_at": now,
        }
        insert_or_keep(session, CONVERSATION, values, "channel", "account", "identity_id")
        row = session.execute(_CHAT, chat).one()
    return row
