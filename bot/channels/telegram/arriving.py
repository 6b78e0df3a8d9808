"""What is done with an update, however it came: by webhook or by polling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.updates import Blocked, Crowd, Nothing, Said, Tapped, read_update
from bot.logs import log
from bot.receipts import note_blocked
from bot.start_links import redeem

if TYPE_CHECKING:
    from bot.engine import Engine


def take_update(engine: Engine, channel: TelegramChannel, brand: str, body: bytes) -> None:
    """Stores what an update to the bot of `brand` says. When this returns, Telegram may forget it.

    Raises `Unreadable`; an error of the database rises too, so that Telegram brings the update again.
    """
    bot = channel.account(brand)
    match read_update(body, bot, engine.now()):
        case Said() as said:
            inbound = said.inbound
            if said.start:
                inbound = replace(inbound, payload=redeem(engine, inbound, said.start))
            received = engine.receive(inbound)
            # A person at the desk types, or does not.
            if engine.settings.typing and received.new and received.owner == "bot":
                channel.show_typing(brand, inbound.sender, inbound.provider_id)
        case Tapped() as tapped:
            inbound = tapped.inbound
            payload = channel.payload_of(bot.account, inbound.sender, inbound.payload)
            engine.receive(replace(inbound, payload=payload))
            channel.answer_tap(brand, tapped.query_id, inbound.sender[1], tapped.message_id)
        case Blocked() as change:
            note_blocked(
                engine, channel=channel.name, account=bot.account, sender=change.sender, blocked=change.blocked
            )
        case Crowd() as crowd:
            channel.decline_crowd(brand, crowd.chat_id, crowd.language, can_write=crowd.can_write)
        case Nothing() as nothing:
            log.info("telegram_update_ignored", brand=brand, why=nothing.why)
