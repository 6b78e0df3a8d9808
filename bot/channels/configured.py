"""The channels that the settings hold credentials for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.protocol import Channel

if TYPE_CHECKING:
    from bot.engine import Engine


def configured_channels(engine: Engine) -> dict[str, Channel]:
    """The provider channels by name, each for the brands whose credentials are set. Raises `BadSettings`."""
    from bot.channels.whatsapp.channel import whatsapp_channel

    channels: dict[str, Channel] = {}
    if (whatsapp := whatsapp_channel(engine)) is not None:
        channels[whatsapp.name] = whatsapp
    return channels
