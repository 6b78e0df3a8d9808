"""The terminal: what is sent is kept for the chat that waits for it, per conversation and in order."""

from collections import defaultdict
from datetime import datetime

from bot.channels.local import LocalChannel
from bot.channels.protocol import Outbound, Receipt


class Terminal(LocalChannel):
    """A channel to whoever sits at the keyboard. It stands in for any channel by its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._delivered: dict[str, list[Outbound]] = defaultdict(list)

    def send(self, message: Outbound) -> Receipt:
        """Keeps the message until it is shown."""
        self._delivered[message.conversation_id].append(message)
        return Receipt(f"terminal-{message.outbox_id}", "read")

    def was_sent(self, message: Outbound, since: datetime) -> Receipt | None:
        """Whether the message is kept already."""
        kept = self._delivered[message.conversation_id]
        known = any(each.outbox_id == message.outbox_id for each in kept)
        return Receipt(f"terminal-{message.outbox_id}", "read") if known else None

    def take(self, conversation_id: str) -> list[Outbound]:
        """What reached this conversation since the last call, oldest first."""
        return self._delivered.pop(conversation_id, [])
