"""What the channels have in common that end in this very process: the simulator and the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.channels.protocol import ChannelError


class LocalChannel:
    """A channel without a provider: nothing to wait for, nothing to fetch."""

    joins = False
    has_window = False

    def fetch(self, brand: str, reference: Mapping[str, Any]) -> Iterator[bytes]:
        """Raises `ChannelError`: files of these channels are stored as they come."""
        raise ChannelError("dead", "nothing to fetch")

    def show_typing(self, brand: str, recipient: tuple[str, str], provider_id: str) -> None:
        """Nothing: the answer is there at once."""
