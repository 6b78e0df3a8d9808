"""Compares Twilio's list with what we have: messages that no webhook brought, and ends that no callback told.

Twilio asks a webhook twice at most; what was lost while the service could not be reached stands in its list still. All
of it may be done twice and by several processes at once, since every message is stored under its own id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.channels.protocol import ChannelError, Inbound
from bot.channels.whatsapp.account import Account, sender_of
from bot.channels.whatsapp.channel import WhatsApp
from bot.channels.whatsapp.inbound import NAME, Media, status_of, with_media
from bot.channels.whatsapp.statuses import note_whatsapp_status
from bot.database import insert_or_keep
from bot.logs import log
from bot.tables import CONVERSATION, INBOX, OUTBOX, SENDER

if TYPE_CHECKING:
    from bot.channels.whatsapp.api import TwilioApi
    from bot.engine import Engine

# How far back the first comparison goes: an answer may still go without a template.
FIRST_LOOK = timedelta(hours=24)
# A message may be listed late, and clocks differ; one that is this young may have its webhook under way.
_OVERLAP = timedelta(minutes=30)
_TOO_YOUNG = timedelta(seconds=30)
# Twilio says that after this long no callback comes any more.
NO_WORD_FOR = timedelta(hours=12)
_AT_ONCE = 200
_GONE = frozenset({"20404", "http_404"})


@dataclass(frozen=True)
class Reconciled:
    """What a comparison found: messages that no webhook brought, and ends that no callback told."""

    found: int = 0
    told: int = 0


def reconcile_due(engine: Engine) -> int:
    """Compares every brand whose last comparison is long enough ago; gives how many messages were found."""
    channel = engine.channels.get(NAME)
    minutes = engine.settings.reconcile_minutes
    if not isinstance(channel, WhatsApp) or not minutes:
        return 0
    found = 0
    for brand, account in channel.accounts.items():
        until = _compared_until(engine, account)
        if until is None or engine.now() - until >= timedelta(minutes=minutes):
            try:
                found += reconcile(engine, brand).found
            except ChannelError as error:
                log.warning("not_reconciled", brand=brand, error_class=error.error_class, code=error.code)
    return found


def reconcile(engine: Engine, brand: str, since: datetime | None = None) -> Reconciled:
    """Stores what no webhook of `brand` brought since the last comparison, or `since`; raises `ChannelError`."""
    channel = engine.channels.get(NAME)
    if not isinstance(channel, WhatsApp):
        raise ChannelError("fix_first", "no WhatsApp account")
    api, account, now = channel.api(brand), channel.accounts[brand], engine.now()
    before = _compared_until(engine, account)
    start = since or (before or now - FIRST_LOOK) - _OVERLAP
    found = _bring_messages(engine, api, start, now)
    told = _ask_for_ends(engine, api, before or now - FIRST_LOOK, now)
    _compared(engine, account, now)
    if found or told:
        log.warning("reconciled", brand=brand, found=found, told=told)
    return Reconciled(found, told)


def _bring_messages(engine: Engine, api: TwilioApi, start: datetime, now: datetime) -> int:
    """The customers' messages since `start` that the inbox does not have, oldest first."""
    listed: list[Any] = []
    for each in api.messages(to=api.account.sender, date_sent_after=start):
        at = _sent_at(each)
        if at < start:
            break
        if str(each.direction) == "inbound" and at <= now - _TOO_YOUNG:
            listed.append(each)
    known = _known(engine, api.account, [each.sid for each in listed])
    found = 0
    for each in reversed(listed):
        for part in _parts(api, each, known):
            found += engine.receive(part).new
    return found


def _sent_at(message: Any) -> datetime:
    moment: datetime = message.date_sent or message.date_created
    return moment


def _parts(api: TwilioApi, message: Any, known: frozenset[str]) -> Iterator[Inbound]:
    """The parts of a listed message that are not stored; its files are asked for only where one may be missing."""
    count = int(message.num_media or 0)
    wanted = [message.sid, *(f"{message.sid}:{number}" for number in range(1, count))]
    sender = sender_of(str(message.from_ or ""))
    if known.issuperset(wanted) or not sender[1]:
        return
    body = (message.body or "").replace("\x00", "")
    first = Inbound(
        brand=api.account.brand,
        channel=NAME,
        account=api.account.sender,
        provider_id=message.sid,
        sender=sender,
        kind="text" if body.strip() else "unsupported",
        received_at=_sent_at(message),
        text=body,
    )
    parts = with_media(first, [Media(*file) for file in api.media_of(message.sid)]) if count else [first]
    yield from (part for part in parts if part.provider_id not in known)


def _known(engine: Engine, account: Account, sids: Sequence[str]) -> frozenset[str]:
    """The provider's ids in the inbox that are of the messages `sids`, their further parts included."""
    found: set[str] = set()
    with engine.database.reading() as session:
        for start in range(0, len(sids), _AT_ONCE):
            some = sids[start : start + _AT_ONCE]
            wanted = [f"{sid}:{number}" if number else sid for sid in some for number in range(10)]
            query = sa.select(INBOX.c.provider_id).where(
                INBOX.c.channel == NAME, INBOX.c.account == account.sender, INBOX.c.provider_id.in_(wanted)
            )
            found.update(session.execute(query).scalars())
    return frozenset(found)


def _ask_for_ends(engine: Engine, api: TwilioApi, before: datetime, now: datetime) -> int:
    """Asks, once for each, for messages of ours of which nothing was heard for half a day; gives how many ended."""
    with engine.database.reading() as session:
        rows = session.execute(
            sa.select(OUTBOX.c.id, OUTBOX.c.receipt)
            .join(CONVERSATION, CONVERSATION.c.id == OUTBOX.c.conversation_id)
            .where(
                CONVERSATION.c.channel == NAME,
                CONVERSATION.c.account == api.account.sender,
                OUTBOX.c.receipt.is_not(None),
                OUTBOX.c.delivery.in_(("", "queued", "sent")),
                OUTBOX.c.sent_at > before - NO_WORD_FOR,
                OUTBOX.c.sent_at <= now - NO_WORD_FOR,
            )
            .order_by(OUTBOX.c.id)
        ).all()
    told = 0
    for row in rows:
        try:
            message = api.message(row.receipt)
        except ChannelError as error:
            if error.code not in _GONE:
                raise
            # Twilio has deleted it; what became of it will never be known.
            log.info("message_gone", outbox_id=row.id)
            continue
        status = status_of(row.receipt, str(message.status), str(message.error_code or ""), row.id)
        if status.reached not in {None, "sent"}:
            told += note_whatsapp_status(engine, api.account, status)
    return told


def _compared_until(engine: Engine, account: Account) -> datetime | None:
    query = sa.select(SENDER.c.reconciled_until).where(SENDER.c.channel == NAME, SENDER.c.account == account.sender)
    with engine.database.reading() as session:
        moment: datetime | None = session.execute(query).scalar_one_or_none()
    return moment


def _compared(engine: Engine, account: Account, until: datetime) -> None:
    with engine.database.unit_of_work() as session:
        row = {"channel": NAME, "account": account.sender}
        insert_or_keep(session, SENDER, {**row, "pause_reason": ""}, "channel", "account")
        session.execute(
            SENDER.update()
            .where(SENDER.c.channel == NAME, SENDER.c.account == account.sender)
            .values(reconciled_until=until)
        )
