"""What comes in: a message as the shell hands it over, and the same message after reading."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dialogs.values import Value

MessageKind = Literal["text", "tap", "attachment", "location", "contact", "unsupported"]
AttachmentKind = Literal["photo", "video", "document", "voice", "sticker"]
# Why a file was not stored; `not_fetched` is one that the channel announced and could not hand over.
Refusal = Literal["", "too_big", "wrong_kind", "unreadable", "not_fetched", "unsafe"]


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message.

    `key` is its place in storage, `name` the file's name where the channel tells it, `text` the text found in a PDF.
    `refused` is why it was not stored, empty where it was.
    """

    key: str
    kind: AttachmentKind
    name: str = ""
    text: str = ""
    refused: Refusal = ""


@dataclass(frozen=True)
class Message:
    """One inbound message. `payload` is what a tapped button carried; `text` a caption where there is a file."""

    id: str
    kind: MessageKind
    received_at: datetime
    text: str = ""
    payload: str = ""
    attachment: Attachment | None = None


@dataclass(frozen=True)
class Heard:
    """A message after reading.

    `intents` and `clauses` are (name, score from 0 to 1), best first; `clauses` are candidates for what the message
    asks. `answerable` is how sure it is that the best clause answers it; `topic` names the matter of the pack's
    silent.yaml that it most likely is about, where the policy is silent on it. `parts` are the separate questions or
    requests of one message, each read on its own, where there are more than one.
    """

    message: Message
    language: str
    intents: tuple[tuple[str, float], ...] = ()
    clauses: tuple[tuple[str, float], ...] = ()
    answerable: float = 0.0
    topic: str = ""
    values: tuple[Value, ...] = ()
    facts: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    parts: tuple["Heard", ...] = ()

    @property
    def text(self) -> str:
        """The words of the message."""
        return self.message.text

    @property
    def intent(self) -> str:
        """The likeliest intent, empty where nothing was read."""
        return self.intents[0][0] if self.intents else ""

    @property
    def confidence(self) -> float:
        """The score of the likeliest intent."""
        return self.intents[0][1] if self.intents else 0.0

    def score(self, *names: str) -> float:
        """The highest score of the intents `names`."""
        return max((score for name, score in self.intents if name in names), default=0.0)

    def first(self, *kinds: str) -> Value | None:
        """The first value of one of `kinds`."""
        return next((value for value in self.values if value.kind in kinds), None)
