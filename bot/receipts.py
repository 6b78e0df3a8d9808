"""The provider's word on messages that went: delivered, read, failed; in any order and more than once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.bell import DESK, OUTBOX, conversation_topic
from bot.channels.protocol import ChannelError
from bot.logs import log
from bot.tables import CONVERSATION, IDENTITY
from bot.tables import OUTBOX as OUTBOX_TABLE

if TYPE_CHECKING:
    from bot.engine import Engine

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

    A word that comes before the send itself has returned is kept too. False where no message of ours is meant.
    """
    now = engine.now()
    with engine.database.unit_of_work() as session:
        meant = OUTBOX_TABLE.c.receipt == provider_id
        if outbox_id is not None:
            meant = sa.or_(meant, sa.and_(OUTBOX_TABLE.c.id == outbox_id, OUTBOX_TABLE.c.receipt.is_(None)))
        row = session.execute(
            sa.select(OUTBOX_TABLE)
            .join(CONVERSATION, CONVERSATION.c.id == OUTBOX_TABLE.c.conversation_id)
            .where(meant, CONVERSATION.c.channel == channel, CONVERSATION.c.account == account)
            .limit(1)
        ).one_or_none()
        if row is None:
            return False
        values = _values(row, provider_id, status, error, now)
        if values:
            session.execute(OUTBOX_TABLE.update().where(OUTBOX_TABLE.c.id == row.id).values(**values))
    if error is not None:
        log.warning("not_delivered", outbox_id=row.id, error_class=error.error_class, code=error.code)
    engine.bell.ring(OUTBOX, DESK, conversation_topic(row.conversation_id))
    return True


def _values(
    row: Row[Any], provider_id: str, status: Status, error: ChannelError | None, now: datetime
) -> dict[str, Any]:
    """What the word changes in the outbox row."""
    values: dict[str, Any] = {} if row.receipt else {"receipt": provider_id}
    if status == "failed":
        if _RANK.get(row.delivery, 0) < _RANK["delivered"]:
            values |= {"delivery": "failed", "dead_at": now, "done": True}
            if error is not None:
                values |= {"error_class": error.error_class, "error": error.code}
        return values
    if row.delivery == "failed" or _RANK[status] <= _RANK.get(row.delivery, 0):
        return values
    values["delivery"] = status
    if status in {"delivered", "read"} and row.delivered_at is None:
        values["delivered_at"] = now
    if status == "read":
        values["seen_at"] = now
    return values


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
