"""What a status says is kept; a menu that WhatsApp refused goes once more as a text with numbers to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.bell import OUTBOX as OUTBOX_BELL
from bot.channels.whatsapp.errors import CONTENT_REFUSED
from bot.channels.whatsapp.inbound import NAME, Status
from bot.channels.whatsapp.menus import show_numbered
from bot.logs import log
from bot.receipts import note_status
from bot.tables import CONVERSATION, OUTBOX

if TYPE_CHECKING:
    from bot.channels.whatsapp.account import Account
    from bot.engine import Engine

_CONTENT_REFUSED = frozenset(map(str, CONTENT_REFUSED))


def note_whatsapp_status(engine: Engine, account: Account, status: Status) -> bool:
    """Keeps how far a message of ours got; False where it says nothing new or means no message of ours."""
    if status.reached is None:
        return False
    error = status.error
    if error is not None and error.code in _CONTENT_REFUSED and _goes_as_text(engine, account, status):
        return True
    return note_status(
        engine,
        channel=NAME,
        account=account.sender,
        provider_id=status.provider_id,
        status=status.reached,
        outbox_id=status.outbox_id,
        error=error,
    )


def _goes_as_text(engine: Engine, account: Account, status: Status) -> bool:
    """Queues a message whose buttons were refused again, as plain text in its old place; once, for it has none then."""
    now = engine.now()
    with engine.database.unit_of_work() as session:
        meant = OUTBOX.c.receipt == status.provider_id
        if status.outbox_id is not None:
            meant = sa.or_(meant, sa.and_(OUTBOX.c.id == status.outbox_id, OUTBOX.c.receipt.is_(None)))
        row = session.execute(
            sa.select(OUTBOX, CONVERSATION.c.language.label("spoken"))
            .join(CONVERSATION, CONVERSATION.c.id == OUTBOX.c.conversation_id)
            .where(
                meant,
                OUTBOX.c.sent_as == "",
                OUTBOX.c.dead_at.is_(None),
                OUTBOX.c.withdrawn_at.is_(None),
                CONVERSATION.c.channel == NAME,
                CONVERSATION.c.account == account.sender,
            )
            .limit(1)
        ).one_or_none()
        if row is None or not row.buttons:
            return False
        labels = [each["label"] for each in row.buttons]
        choices = show_numbered(engine, row.language or row.spoken, labels)
        values = {
            # Only a text that leaves room for its choices was ever sent with buttons.
            "text": f"{row.text}\n\n{choices}",
            "buttons": [],
            "done": False,
            "sent_at": None,
            "delivery": "",
            "attempts": 0,
            "error_class": None,
            "error": "",
            "claimed_until": None,
            "next_try_at": now,
        }
        session.execute(OUTBOX.update().where(OUTBOX.c.id == row.id).values(**values))
    log.warning("menu_refused", outbox_id=row.id, code=status.error.code if status.error else "")
    engine.bell.ring(OUTBOX_BELL)
    return True
