"""Links from an order page into a chat: `https://t.me/<bot>?start=order_…`.

The link carries a random token and nothing of the order. It is good for one chat and a short while; who uses it was on
the order's page, so that the chat is proven for this one order.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.channels.protocol import Inbound
from bot.inbox import open_conversation
from bot.tables import ORDER_RECORD, START_TOKEN, Moment

if TYPE_CHECKING:
    from bot.engine import Engine

KINDS = ("order", "payment", "project", "subscription")
_CHANNEL = "telegram"
# The talk about an order that began with a link is over after this time; then the order's number is asked for.
_PROVEN_FOR = timedelta(days=30)
# Built once: making such a statement costs more than running it.
_USED = sa.select(START_TOKEN.c.kind, START_TOKEN.c.record_id).where(
    START_TOKEN.c.conversation_id == sa.bindparam("conversation"),
    START_TOKEN.c.brand == sa.bindparam("brand"),
    START_TOKEN.c.used_at > sa.bindparam("since", type_=Moment),
)
_OURS = re.compile(rf"({'|'.join(KINDS)})_.*")


class NoSuchRecord(ValueError):
    """There is no record to make a link to."""


def make_start(engine: Engine, brand: str, kind: str, record_id: str) -> str:
    """What a link to the record carries: at most 64 letters, digits, _ and -. Raises `NoSuchRecord`."""
    now = engine.now()
    start = f"{kind}_{secrets.token_urlsafe(32)}"
    with engine.database.unit_of_work() as session:
        known = session.execute(
            sa.select(ORDER_RECORD.c.record_id).where(
                ORDER_RECORD.c.brand == brand, ORDER_RECORD.c.kind == kind, ORDER_RECORD.c.record_id == record_id
            )
        ).first()
        if known is None:
            raise NoSuchRecord(f"{brand} has no record of the {kind} {record_id}: import it first (records import)")
        session.execute(START_TOKEN.delete().where(START_TOKEN.c.expires_at < now - _PROVEN_FOR))
        session.execute(
            START_TOKEN.insert().values(
                token_hash=_hash(start),
                brand=brand,
                kind=kind,
                record_id=record_id,
                made_at=now,
                expires_at=now + timedelta(minutes=engine.settings.start_link_minutes),
            )
        )
    return start


def redeem(engine: Engine, inbound: Inbound, start: str) -> str:
    """The payload that a /start with `start` stands for: `about:<id>`, `expired`, or empty for what is no link of ours.

    The token is used up for this chat; here it may come again while it is good, since messages are delivered twice.
    """
    if _OURS.fullmatch(start) is None:
        return ""
    now = engine.now()
    with engine.database.unit_of_work() as session:
        # Found before it is written: most that is made up ends here, without a conversation.
        known = session.execute(sa.select(START_TOKEN.c.brand).where(START_TOKEN.c.token_hash == _hash(start))).first()
        if known is None or known.brand != inbound.brand:
            return "expired"
        conversation = open_conversation(
            session,
            brand=inbound.brand,
            channel=inbound.channel,
            account=inbound.account,
            sender=inbound.sender,
            name=inbound.sender_name,
            now=now,
        )
        unused = sa.or_(START_TOKEN.c.used_at.is_(None), START_TOKEN.c.conversation_id == conversation.id)
        used = session.execute(
            START_TOKEN.update()
            .where(START_TOKEN.c.token_hash == _hash(start), START_TOKEN.c.expires_at > now, unused)
            .values(used_at=now, conversation_id=conversation.id)
            .returning(START_TOKEN.c.record_id)
        ).one_or_none()
    return f"about:{used.record_id}" if used is not None else "expired"


def opened_records(session: Session, conversation: Row[Any], now: datetime) -> list[Row[Any]]:
    """The order records that this chat was opened about by a link."""
    if conversation.channel != _CHANNEL:
        return []
    since = {"conversation": conversation.id, "brand": conversation.brand, "since": now - _PROVEN_FOR}
    found = session.execute(_USED, since).all()
    if not found:
        return []
    return list(
        session.execute(
            sa.select(ORDER_RECORD).where(
                ORDER_RECORD.c.brand == conversation.brand,
                sa.tuple_(ORDER_RECORD.c.kind, ORDER_RECORD.c.record_id).in_(
                    {(row.kind, row.record_id) for row in found}
                ),
            )
        ).all()
    )


def _hash(start: str) -> str:
    return hashlib.sha256(start.encode()).hexdigest()
