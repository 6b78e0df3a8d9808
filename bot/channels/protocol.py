"""What every channel does: it turns the provider's request into `Inbound` and sends an `Outbound`.

Errors of sending say what to do next: `later` (try again), `dead` (give this message up), `fix_first` (the
configuration stops all sending), `ambiguous` (it may have gone), `window` (only an approved template goes now) and
`blocked` (this person cannot be reached until they write again).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from dialogs.heard import MessageKind
from dialogs.turn import Button

ErrorClass = Literal["later", "dead", "fix_first", "ambiguous", "window", "blocked"]


@dataclass(frozen=True)
class Inbound:
    """A message as the webhook hands it to the inbox.

    `account` is our side (the number or bot that was written to), `sender` (kind, value) the customer's.
    `sequence` orders messages where the provider numbers them. `attachment` is a stored file (`StoredFile.as_json()`)
    or, with the key `fetch`, what `Channel.fetch` needs to bring it: {"fetch": {...}, "kind", "name", "mime", "size"}.
    `revises` is the provider's id of the message that this is the edited form of. `language` is a hint of the
    provider's (one of ours, or empty): it counts until the customer has written words.
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
    revises: str | None = None
    language: str = ""


@dataclass(frozen=True)
class ApprovedTemplate:
    """The provider's template to send in place of the text: its ContentSid and the values by variable ("1", "2", …)."""

    content_sid: str
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Outbound:
    """A message to send. `outbox_id` is ours, for channels that can carry it.

    `approved` is set where only an approved template may go; `reply_to` is the provider's id of the customer's newest
    message in the chat.
    """

    outbox_id: int
    brand: str
    account: str
    conversation_id: str
    recipient: tuple[str, str]
    kind: str
    text: str
    buttons: Sequence[Button] = ()
    template: str = ""
    language: str = "en"
    approved: ApprovedTemplate | None = None
    reply_to: str = ""


@dataclass(frozen=True)
class Receipt:
    """The provider's word: its id for the message, and how far it got (sent, delivered, read)."""

    provider_id: str
    delivery: str = "sent"


class ChannelError(Exception):
    """A message did not go. `error_class` says what to do, `wait` is the provider's own delay, `code` its code.

    `sender_wide` goes with `later`: all messages of this sender come too fast, not only those to this chat.
    """

    def __init__(
        self, error_class: ErrorClass, code: str, wait: timedelta | None = None, *, sender_wide: bool = False
    ) -> None:
        self.error_class = error_class
        self.code = code
        self.wait = wait
        self.sender_wide = sender_wide
        super().__init__(f"{error_class}: {code}")


class Channel(Protocol):
    """A way in and out. `joins` is whether quick messages of a customer are joined into one turn.

    `has_window` is whether free messages go only within a day of the customer's last.
    """

    name: str
    joins: bool
    has_window: bool

    def send(self, message: Outbound) -> Receipt:
        """Sends `message`; raises `ChannelError`."""
        ...

    def was_sent(self, message: Outbound, since: datetime) -> Receipt | None:
        """Whether a message whose sending ended unclear went after all; None where it did not or nobody can tell."""
        ...

    def fetch(self, brand: str, reference: Mapping[str, Any]) -> Iterator[bytes]:
        """The content of a customer's file, in pieces; raises `ChannelError` (`later`, `dead` or `fix_first`).

        The code of a `dead` one is told to the customer where it is a `Refusal` of dialogs, such as `too_big`.
        """
        ...

    def show_typing(self, brand: str, recipient: tuple[str, str], provider_id: str) -> None:
        """Shows the customer that an answer is coming, after their message `provider_id`; never raises."""
        ...


@runtime_checkable
class Closable(Protocol):
    """A channel that holds connections or threads."""

    def close(self) -> None:
        """Lets go of them; nothing is sent afterwards."""
        ...
