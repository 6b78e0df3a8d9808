"""How fast we may send, and when not at all: by chat and by sender, kept in the database so that processes share it.

A sender is our side of a channel: a WhatsApp number or a Telegram bot. A wrong configuration, or the provider's word
that all of a sender's messages come too fast, pauses it as a whole: then no message of it loses a try.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.database import insert_or_keep
from bot.settings import Settings
from bot.tables import CONVERSATION, OUTBOX, SENDER

_CHAT_BURST = 3


@dataclass(frozen=True)
class Pace:
    """One message in `interval` on the long run, and `burst` of them at once after a rest.

    What was spent is one moment: that at which the rest is complete again.
    """

    interval: timedelta
    burst: int

    def earliest(self, spent_until: datetime | None, now: datetime) -> datetime:
        """When the next message may go; `now` at the earliest."""
        if spent_until is None:
            return now
        return max(now, spent_until - self.interval * (self.burst - 1))

    def spend(self, spent_until: datetime | None, at: datetime) -> datetime:
        """What is spent once a message went at `at`."""
        return max(spent_until or at, at) + self.interval


@dataclass(frozen=True)
class Paces:
    """The limits of one channel."""

    sender: Pace
    chat: Pace


def paces(settings: Settings) -> Mapping[str, Paces]:
    """The limits by channel; a channel that is not named has none."""
    given = {
        "whatsapp": (settings.whatsapp_per_second, settings.whatsapp_chat_seconds),
        "telegram": (settings.telegram_per_second, settings.telegram_chat_seconds),
    }
    return {
        channel: Paces(
            Pace(timedelta(seconds=1 / per_second), max(1, round(per_second / 10))),
            Pace(timedelta(seconds=chat_seconds), _CHAT_BURST),
        )
        for channel, (per_second, chat_seconds) in given.items()
    }


def take_slot(
    session: Session, pace: Pace, channel: str, account: str, spent_until: datetime | None, now: datetime
) -> datetime:
    """Takes the sender's next free moment and gives it; `spent_until` is what the caller read of it."""
    if spent_until is None:
        insert_or_keep(session, SENDER, {"channel": channel, "account": account}, "channel", "account")
    while True:
        at = pace.earliest(spent_until, now)
        taken = session.execute(
            _TAKE,
            {
                "of_channel": channel,
                "of_account": account,
                "before": spent_until,
                "next_send_at": pace.spend(spent_until, at),
            },
        )
        if taken.first() is not None:
            return at
        # Another process took the moment that we had read.
        spent_until = session.execute(_SPENT, {"of_channel": channel, "of_account": account}).scalar_one()


def pause(session: Session, channel: str, account: str, until: datetime, reason: str) -> None:
    """Stops all sending of a sender until a moment; what waits is put off, so that nobody looks at it before."""
    insert_or_keep(session, SENDER, {"channel": channel, "account": account}, "channel", "account")
    session.execute(SENDER.update().where(*_is(channel, account)).values(paused_until=until, pause_reason=reason))
    waiting = (
        sa.select(OUTBOX.c.id)
        .join(CONVERSATION, CONVERSATION.c.id == OUTBOX.c.conversation_id)
        .where(
            ~OUTBOX.c.done,
            OUTBOX.c.parked_at.is_(None),
            OUTBOX.c.next_try_at < until,
            CONVERSATION.c.channel == channel,
            CONVERSATION.c.account == account,
        )
        # What somebody else has in hand is put off when it is looked at.
        .with_for_update(skip_locked=True, key_share=True, of=OUTBOX)
    )
    session.execute(OUTBOX.update().where(OUTBOX.c.id.in_(waiting)).values(next_try_at=until, slot_at=None))


def resume(session: Session, channel: str, account: str) -> None:
    """Notes that the sender sends again."""
    session.execute(SENDER.update().where(*_is(channel, account)).values(paused_until=None, pause_reason=""))


@dataclass(frozen=True)
class Paused:
    """A sender that does not send until a moment, and why."""

    channel: str
    account: str
    until: datetime
    reason: str


def paused(session: Session, brands: Sequence[str] = ()) -> tuple[Paused, ...]:
    """The senders, of `brands` or of all, whose last try was stopped by configuration or by the provider's limit."""
    query = sa.select(SENDER).where(SENDER.c.paused_until.is_not(None)).order_by(SENDER.c.channel, SENDER.c.account)
    if brands:
        theirs = sa.select(CONVERSATION.c.id).where(
            CONVERSATION.c.channel == SENDER.c.channel,
            CONVERSATION.c.account == SENDER.c.account,
            CONVERSATION.c.brand.in_(brands),
        )
        query = query.where(theirs.exists())
    rows = session.execute(query)
    return tuple(Paused(row.channel, row.account, row.paused_until, row.pause_reason) for row in rows)


def _is(channel: str, account: str) -> tuple[sa.ColumnElement[bool], ...]:
    return SENDER.c.channel == channel, SENDER.c.account == account


# Built once: making such a statement costs more than running it.
_TAKE = (
    SENDER.update()
    .where(
        SENDER.c.channel == sa.bindparam("of_channel"),
        SENDER.c.account == sa.bindparam("of_account"),
        SENDER.c.next_send_at.is_not_distinct_from(sa.bindparam("before", type_=SENDER.c.next_send_at.type)),
    )
    .values(next_send_at=sa.bindparam("next_send_at"))
    .returning(SENDER.c.channel)
)
_SPENT = sa.select(SENDER.c.next_send_at).where(
    SENDER.c.channel == sa.bindparam("of_channel"), SENDER.c.account == sa.bindparam("of_account")
)
