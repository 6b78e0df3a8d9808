"""The provider's word on messages that went: delivered, read, failed; in any order and more than once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot import senders
from bot.bell import DESK, OUTBOX, conversation_topic
from bot.channels.protocol import ChannelError
from bot.locks import take_conversation
from bot.logs import log
from bot.outbox import CONFIGURATION_DELAY
from bot.tables import CONVERSATION, IDENTITY
from bot.tables import OUTBOX as OUTBOX_TABLE

if TYPE_CHECKING:
    from bot.engine import Engine

# A message that the provider took and then could not deliver is sent so often at most.
_UNDELIVERED_TRIES = 4
Status = Literal["sent", "delivered", "read", "failed"]
# A later word that says less changes nothing.
_RANK = {"": 0, "queued": 1, "sent": 2, "delivered": 3, "read": 4}


def note_status(
    engine: Engine,
    *,
    channel: str,
    account: str,
    provider_id: str,
    status: Status,
    outbox_id: int | None = None,
    error: ChannelError | None = None,
) -> bool:
    """Keeps how far a message got; `outbox_id` is ours where the provider carried it back.

    A word that comes before the send itself has returned is kept too. A failure after the send is treated as one of the
    send: `window` and `later` bring the message back, within limits. False where no message of ours is meant.
    """
    now = engine.now()
    with engine.database.unit_of_work() as session:
        row = _meant(session, channel, account, provider_id, outbox_id)
        if row is None:
            return False
        if row.receipt == provider_id and row.sent_at is None:
            # Its word on a try that failed came before, and the message waits for another: this is that word again.
            return True
        values: dict[str, Any] = {} if row.sent_at is not None else _gone(provider_id, now)
        if status == "failed":
            if _RANK.get(row.delivery, 0) < _RANK["delivered"]:
                values |= _failure(engine, session, row, error, now)
        else:
            values |= _progress(row, status, now)
        if values:
            session.execute(OUTBOX_TABLE.update().where(OUTBOX_TABLE.c.id == row.id).values(**values))
    if error is not None:
        log.warning("not_delivered", outbox_id=row.id, error_class=error.error_class, code=error.code)
    engine.bell.ring(OUTBOX, DESK, conversation_topic(row.conversation_id))
    return True


def _meant(session: Session, channel: str, account: str, provider_id: str, outbox_id: int | None) -> Row[Any] | None:
    """The message of ours that a word is about: by the provider's id, else by ours where a try may have gone."""
    ours = (
        sa.select(OUTBOX_TABLE.c.id, OUTBOX_TABLE.c.conversation_id)
        .join(CONVERSATION, CONVERSATION.c.id == OUTBOX_TABLE.c.conversation_id)
        .where(CONVERSATION.c.channel == channel, CONVERSATION.c.account == account)
        .limit(1)
    )
    found = session.execute(ours.where(OUTBOX_TABLE.c.receipt == provider_id)).one_or_none()
    if found is None and outbox_id is not None:
        may_have_gone = sa.or_(OUTBOX_TABLE.c.claimed_until.is_not(None), OUTBOX_TABLE.c.unclear_tries > 0)
        tried = OUTBOX_TABLE.c.id == outbox_id, ~OUTBOX_TABLE.c.done, may_have_gone
        found = session.execute(ours.where(*tried)).one_or_none()
    if found is None:
        return None
    # The conversation first, as everywhere; then the row as it stands.
    take_conversation(session, found.conversation_id)
    return session.execute(
        sa.select(OUTBOX_TABLE, sa.literal(channel).label("channel"), sa.literal(account).label("account"))
        .where(OUTBOX_TABLE.c.id == found.id)
        .with_for_update(key_share=True)
    ).one_or_none()


def _gone(provider_id: str, now: datetime) -> dict[str, Any]:
    """What is known of a message that is being sent, once the provider speaks of it: it went."""
    sent = {"receipt": provider_id, "sent_at": now, "done": True, "claimed_until": None}
    return {**sent, "error_class": None, "error": ""}


def _progress(row: Row[Any], status: Status, now: datetime) -> dict[str, Any]:
    """What a word of success changes; one that says less than is known changes nothing."""
    if row.delivery == "failed" or _RANK[status] <= _RANK.get(row.delivery, 0):
        return {}
    values: dict[str, Any] = {"delivery": status}
    if status in {"delivered", "read"} and row.delivered_at is None:
        values["delivered_at"] = now
    if status == "read":
        values["seen_at"] = now
    return values


def _failure(
    engine: Engine, session: Session, row: Row[Any], error: ChannelError | None, now: datetime
) -> dict[str, Any]:
    """What a failure after the send changes: the message comes back for another try, or is dead."""
    if error is None:
        return {"delivery": "failed", "dead_at": now, "done": True}
    kept = {"error_class": error.error_class, "error": error.code}
    back = {**kept, "done": False, "sent_at": None, "delivery": "", "claimed_until": None}
    chat = CONVERSATION.update().where(CONVERSATION.c.id == row.conversation_id)
    match error.error_class:
        case "window" if not row.sent_as:
            session.execute(chat.values(window_closed_at=now))
            return {**back, "next_try_at": now}
        case "window":
            session.execute(chat.values(window_closed_at=now))
        case "blocked":
            session.execute(chat.values(blocked_at=now))
        case "fix_first":
            until = now + CONFIGURATION_DELAY
            senders.pause(session, row.channel, row.account, until, error.code)
            return {**back, "next_try_at": until}
        case "later" | "ambiguous" if row.attempts < _UNDELIVERED_TRIES:
            wait = max(error.wait or timedelta(), engine.delivery.delay(row.attempts))
            if error.sender_wide:
                senders.pause(session, row.channel, row.account, now + wait, error.code)
            return {**back, "next_try_at": now + wait}
    return {**kept, "delivery": "failed", "dead_at": now, "done": True}


def note_blocked(engine: Engine, *, channel: str, account: str, sender: tuple[str, str], blocked: bool) -> None:
    """The customer blocked our side of the channel, or took the block back; until then nothing goes to them."""
    kind, value = sender
    with engine.database.unit_of_work() as session:
        identity = sa.select(IDENTITY.c.id).where(
            IDENTITY.c.channel == channel, IDENTITY.c.kind == kind, IDENTITY.c.value == value
        )
        session.execute(
            CONVERSATION.update()
            .where(
                CONVERSATION.c.channel == channel,
                CONVERSATION.c.account == account,
                CONVERSATION.c.identity_id.in_(identity.scalar_subquery()),
            )
            .values(blocked_at=engine.now() if blocked else None)
        )
    engine.bell.ring(OUTBOX, DESK)
