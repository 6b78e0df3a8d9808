"""Messages that were given up: which they are, and sending them again once what stopped them was put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.bell import DESK, OUTBOX, conversation_topic
from bot.desk_service import audit
from bot.outbox import UNTRIED
from bot.tables import CONVERSATION, IDENTITY
from bot.tables import OUTBOX as OUTBOX_TABLE

if TYPE_CHECKING:
    from bot.engine import Engine


class NotDead(ValueError):
    """There is no message of this number that was given up."""


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up at `at`; `error_class` and `code` say why."""

    id: int
    brand: str
    channel: str
    customer: str
    conversation_id: str
    kind: str
    template: str
    error_class: str
    code: str
    attempts: int
    queued_at: datetime
    at: datetime


def dead_letters(engine: Engine, brands: Sequence[str] = (), *, most: int = 1000) -> list[DeadLetter]:
    """The messages that were given up, of `brands` or of all, the newest first."""
    query = (
        sa.select(
            OUTBOX_TABLE,
            CONVERSATION.c.brand,
            CONVERSATION.c.channel,
            IDENTITY.c.value.label("customer"),
        )
        .join(CONVERSATION, CONVERSATION.c.id == OUTBOX_TABLE.c.conversation_id)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .where(OUTBOX_TABLE.c.dead_at.is_not(None))
        .order_by(OUTBOX_TABLE.c.dead_at.desc(), OUTBOX_TABLE.c.id.desc())
        .limit(most)
    )
    if brands:
        query = query.where(CONVERSATION.c.brand.in_(brands))
    with engine.database.reading() as session:
        return [
            DeadLetter(
                id=row.id,
                brand=row.brand,
                channel=row.channel,
                customer=row.customer,
                conversation_id=row.conversation_id,
                kind=row.kind,
                template=row.template,
                error_class=row.error_class or "",
                code=row.error,
                attempts=row.attempts,
                queued_at=row.due_at,
                at=row.dead_at,
            )
            for row in session.execute(query)
        ]


def replay(engine: Engine, outbox_ids: Sequence[int], who: str) -> None:
    """Sends messages that were given up once more, each at the end of its chat, in their order. Raises `NotDead`.

    A message of the bot goes although an agent had the chat meanwhile: who replays it wants it sent.
    """
    now = engine.now()
    topics = set()
    with engine.database.unit_of_work() as session:
        for outbox_id in sorted(outbox_ids):
            topics.add(conversation_topic(_replay(session, outbox_id, who, now)))
    engine.bell.ring(OUTBOX, DESK, *topics)


def _replay(session: Session, outbox_id: int, who: str, now: datetime) -> str:
    # The conversation first, as everywhere, and then what belongs to it.
    chat = session.execute(
        sa.select(CONVERSATION.c.id, CONVERSATION.c.brand, CONVERSATION.c.epoch)
        .join(OUTBOX_TABLE, OUTBOX_TABLE.c.conversation_id == CONVERSATION.c.id)
        .where(OUTBOX_TABLE.c.id == outbox_id)
        .with_for_update(key_share=True, of=CONVERSATION)
    ).one_or_none()
    row = session.execute(sa.select(OUTBOX_TABLE).where(OUTBOX_TABLE.c.id == outbox_id)).one_or_none()
    if chat is None or row is None or row.dead_at is None:
        raise NotDead(f"no message {outbox_id} was given up; see: refund-desk outbox dead")
    if not row.text:
        raise NotDead(f"the words of message {outbox_id} were erased: it cannot be sent again")
    last = sa.select(sa.func.max(OUTBOX_TABLE.c.seq)).where(OUTBOX_TABLE.c.conversation_id == chat.id)
    session.execute(
        OUTBOX_TABLE.update()
        .where(OUTBOX_TABLE.c.id == outbox_id)
        .values(
            **UNTRIED,
            seq=session.execute(last).scalar_one() + 1,
            epoch=chat.epoch,
            due_at=now,
            next_try_at=now,
            receipt=None,
            parked_at=None,
        )
    )
    told = {"outbox_id": outbox_id, "was": row.error_class or "", "code": row.error}
    audit(session, now, who, "replayed", brand=chat.brand, conversation_id=chat.id, data=told)
    return str(chat.id)
