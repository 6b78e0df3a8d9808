"""What every channel does: it turns the provider's request into `Inbound` and sends an `Outbound`.

Errors of sending say what to do next: try later, give up on this message, fix the configuration first, or find out
whether it went after all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from dialogs.heard import MessageKind
from dialogs.turn import Button

ErrorClass = Literal["later", "dead", "fix_first", "ambiguous"]


@dataclass(frozen=True)
class Inbound:
    """A message as the webhook hands it to the inbox.

    `account` is our side (the number or bot that was written to), `sender` (kind, value) the customer's.
    `sequence` orders messages where the provider numbers them. `attachment` is a stored file (`StoredFile.as_json()`)
    or what the channel needs to fetch it.
    """

    brand: str
    channel: str
    account: str
    provider_id: str
    sender: tuple[str, str]
    kind: MessageKind
    received_at: datetime
    text: str = ""
    payload: str = ""
    sequence: int = 0
    sender_name: str = ""
    attachment: dict[str, Any] | None = None


@dataclass(frozen=True)
class Outbound:
    """A message to send. `outbox_id` is ours, for channels that can carry it."""

    outbox_id: int
    brand: str
    account: str
    conversation_id: str
    recipient: tuple[str, str]
    kind: str
    text: str
    buttons: Sequence[Button] = ()
    template: str = ""


@dataclass(frozen=True)
class Receipt:
    """The provider's word: its id for the message, and how far it got (sent, delivered, read)."""

    provider_id: str
    delivery: str = "sent"


class ChannelError(Exception):
    """A message did not go. `error_class` says what to do, `wait` is the provider's own delay, `code` its code."""

    def __init__(self, error_class: ErrorClass, code: str, wait: timedelta | None = None) -> None:
        self.error_class = error_class
        self.code = code
        self.wait = wait
        super().__init__(f"{error_class}: {code}")


class Channel(Protocol):
    """A way out. `joins` is whether quick messages of a customer are joined into one turn."""

    name: str
    joins: bool

    def send(self, message: Outbound) -> Receipt:
        """Sends `message`; raises `ChannelError`."""
        ...

    def was_sent(self, message: Outbound, since: datetime) -> Receipt | None:
        """Whether a message whose sending ended unclear went after all; None where it did not or nobody can tell."""
        ...
