"""The channels that the settings hold credentials for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.protocol import Channel
from bot.packs import brand_names

if TYPE_CHECKING:
    from bot.engine import Engine


def configured_channels(engine: Engine) -> dict[str, Channel]:
    """The provider channels by name, each for the brands whose credentials are set. Raises `BadSettings`."""
    from bot.channels.whatsapp.channel import whatsapp_channel

    channels: dict[str, Channel] = {}
    if (whatsapp := whatsapp_channel(engine)) is not None:
        channels[whatsapp.name] = whatsapp
    if any(engine.settings.credential(brand, "TELEGRAM_TOKEN") for brand in brand_names()):
        # Imported only where it is used: the library takes its time.
        from bot.channels.telegram.channel import telegram_channel

        if telegram := telegram_channel(engine):
            channels[telegram.name] = telegram
    return channels
