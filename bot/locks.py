"""Rows that are taken before others, so that no two transactions ever wait for each other in a circle."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.database import POSTGRESQL
from bot.tables import CONVERSATION

# Built once: making such a statement costs more than running it.
_TAKE = sa.select(CONVERSATION).where(CONVERSATION.c.id == sa.bindparam("conversation")).with_for_update(key_share=True)


def take_conversation(session: Session, conversation_id: str) -> Row[Any] | None:
    """The conversation's row as it stands, ours until the commit: others that would change it wait. None: no such."""
    return session.execute(_TAKE, {"conversation": conversation_id}).one_or_none()


def hold_conversation(session: Session, conversation_id: str) -> None:
    """As `take_conversation`, for who needs nothing of the row. On SQLite there is one writer at a time anyway."""
    if session.get_bind().dialect.name == POSTGRESQL:
        session.execute(_TAKE, {"conversation": conversation_id})
