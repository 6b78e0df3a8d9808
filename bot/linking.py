"""Joining the chats of one person: a code goes to the chat of a case and is typed in another.

A code holds for ten minutes, five tries and one use. At most three an hour go to one address, and are asked for in one
chat. Only a keyed hash of it is kept. Nothing is joined without the code and the customer's yes, and every joining is
in the audit.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot import outbox
from bot.logs import log
from bot.tables import AUDIT, CASE, CONVERSATION, IDENTITY, LINK_CODE, new_id
from dialogs.heard import Heard
from dialogs.linking import code_in

if TYPE_CHECKING:
    from bot.effects import Chat
    from bot.engine import Engine

HOLDS = timedelta(minutes=10)
TRIES = 5
MOST_AN_HOUR = 3
_HOUR = timedelta(hours=1)
_CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram"}


def send_code(session: Session, engine: Engine, chat: Chat, ref: str) -> None:
    """Sends a code to the chat of the case `ref`; nothing where there is no such case, or too many were asked for."""
    target = session.execute(
        sa.select(CONVERSATION)
        .join(CASE, CASE.c.conversation_id == CONVERSATION.c.id)
        .where(CASE.c.ref == ref, CASE.c.brand == chat.brand, CASE.c.customer_id != chat.customer_id)
    ).one_or_none()
    if target is None or _too_many(session, target, chat):
        log.info("no_link_code", conversation_id=chat.conversation_id, known=target is not None)
        return
    session.execute(LINK_CODE.update().where(*_open(chat.conversation_id, chat.now)).values(expires_at=chat.now))
    code, code_id = f"{secrets.randbelow(1_000_000):06d}", new_id()
    session.execute(
        LINK_CODE.insert().values(
            id=code_id,
            brand=chat.brand,
            conversation_id=chat.conversation_id,
            identity_id=target.identity_id,
            ref=ref,
            code_hash=_hash(engine.settings.keys[0], code_id, code),
            made_at=chat.now,
            expires_at=chat.now + HOLDS,
        )
    )
    asked_on = session.execute(
        sa.select(CONVERSATION.c.channel).where(CONVERSATION.c.id == chat.conversation_id)
    ).scalar_one()
    values = {"code": code, "ref": ref, "channel": _CHANNELS.get(asked_on, asked_on)}
    text = engine.renderer.render("link_code", target.language, values)
    parcel = outbox.Parcel(text, kind="push", template="link_code", urgent=True)
    at = chat.now + timedelta(seconds=target.clock_offset_seconds)
    outbox.queue(session, target.id, parcel, epoch=target.epoch, now=chat.now, at=at)


def checked_codes(
    session: Session, keys: Sequence[str], conversation_id: str, heard: Sequence[Heard], now: datetime
) -> Mapping[str, bool]:
    """The codes in the messages, no more than may still be tried, and whether each is the one that was sent."""
    typed = dict.fromkeys(code for each in heard if (code := code_in(each.text)))
    if not typed:
        return {}
    row = _newest_open(session, conversation_id, now)
    if row is None:
        return {}
    allowed = list(typed)[: TRIES - row.tries]
    return {code: _is_code(keys, row, code) for code in allowed}


def note_try(session: Session, chat: Chat, *, right: bool) -> None:
    """Counts a typed code; the right one is used up by it."""
    row = _newest_open(session, chat.conversation_id, chat.now)
    if row is not None:
        values = {"tries": row.tries + 1, "used_at": chat.now if right else None}
        session.execute(LINK_CODE.update().where(LINK_CODE.c.id == row.id).values(**values))


def link(session: Session, chat: Chat, ref: str) -> str:
    """Makes this chat's person and that of the case `ref` one; gives the customer's id that both have now."""
    proven = session.execute(
        sa.select(LINK_CODE.c.id)
        .where(
            LINK_CODE.c.conversation_id == chat.conversation_id,
            LINK_CODE.c.ref == ref,
            LINK_CODE.c.used_at.is_not(None),
        )
        .limit(1)
    ).first()
    customer_id = session.execute(
        sa.select(CASE.c.customer_id).where(CASE.c.ref == ref, CASE.c.brand == chat.brand)
    ).scalar_one_or_none()
    if proven is None or customer_id is None:
        raise LookupError(f"no code was typed in this chat for {ref}")
    if customer_id == chat.customer_id:
        return chat.customer_id
    for table in (IDENTITY, CONVERSATION, CASE):
        session.execute(table.update().where(table.c.customer_id == chat.customer_id).values(customer_id=customer_id))
    session.execute(
        AUDIT.insert().values(
            at=chat.now,
            who="customer",
            what="chats joined",
            brand=chat.brand,
            conversation_id=chat.conversation_id,
            ref=ref,
            data={"customer": customer_id, "was": chat.customer_id, "identity": chat.identity_id, "code": proven.id},
        )
    )
    return str(customer_id)


def _too_many(session: Session, target: Row[Any], chat: Chat) -> bool:
    """Whether this address got, or this chat asked for, as many codes as go within an hour."""
    for column, value in (
        (LINK_CODE.c.identity_id, target.identity_id),
        (LINK_CODE.c.conversation_id, chat.conversation_id),
    ):
        query = sa.select(sa.func.count()).where(column == value, LINK_CODE.c.made_at > chat.now - _HOUR)
        if session.execute(query).scalar_one() >= MOST_AN_HOUR:
            return True
    return False


def _open(conversation_id: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    code = LINK_CODE.c
    return code.conversation_id == conversation_id, code.used_at.is_(None), code.expires_at >= now, code.tries < TRIES


def _newest_open(session: Session, conversation_id: str, now: datetime) -> Row[Any] | None:
    query = sa.select(LINK_CODE).where(*_open(conversation_id, now)).order_by(LINK_CODE.c.made_at.desc()).limit(1)
    return session.execute(query).first()


def _is_code(keys: Sequence[str], row: Row[Any], code: str) -> bool:
    return any(hmac.compare_digest(_hash(key, row.id, code), row.code_hash) for key in keys)


def _hash(key: str, code_id: str, code: str) -> str:
    return hmac.new(key.encode(), f"refund-desk:link:{code_id}:{code}".encode(), hashlib.sha256).hexdigest()
