"""What follows from a message: the new state, what to say, and what to do, all as data.

The core names a template and its values; the shell renders it. Effects are carried out by the shell in the same
transaction as the state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from dialogs.talk import Draft, Proof, Talk
from policies.decide import Decision


@dataclass(frozen=True)
class Button:
    """A choice to tap: what it shows (at most 20 characters) and what comes back when it is tapped.

    A label that begins with @ is a key of `templates/labels/<language>.yaml`; any other is shown as it stands.
    """

    label: str
    payload: str


@dataclass(frozen=True)
class Say:
    """One message to the customer: `templates/messages/<language>/<template>.j2` with `values`.

    `clauses` are the ids that the text rests on. The says of one turn are joined into one message.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    clauses: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class FileCase:
    """Store a new case under `ref` with the draft's facts, proofs and the decision as it stands."""

    ref: str
    draft: Draft
    decision: Decision | None
    filed_at: datetime
    to_check: tuple[str, ...] = ()
    appeal_of: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseEvent:
    """Add to a case's timeline; `state` moves it, where the transition table allows."""

    ref: str
    kind: Literal["withdrawn", "appealed", "evidence_added", "corrected", "reason_gone", "customer_note"]
    state: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    proofs: tuple[Proof, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True)
class HandOff:
    """Pass the conversation to a person, with why and what is known."""

    reason: Literal[
        "asked", "not_understood", "abuse", "threat", "policy_silent", "needs_person", "fault", "data_request"
    ]
    summary: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class Consent:
    """The customer stopped or allowed unasked messages, in these words."""

    allowed: bool
    words: str


@dataclass(frozen=True)
class SendLinkCode:
    """Send a code to the chat in which the case `ref` was filed, if there is such a case."""

    ref: str


@dataclass(frozen=True)
class LinkCodeTried:
    """A code was typed in this chat, and was the `right` one or not."""

    right: bool


@dataclass(frozen=True)
class LinkChats:
    """Join this chat's person with the one of the case `ref`, whose code was typed here."""

    ref: str


Effect = FileCase | CaseEvent | HandOff | Consent | SendLinkCode | LinkCodeTried | LinkChats


@dataclass(frozen=True)
class Turn:
    """The outcome of a step. `decision` is the decision on the draft as it stands, where there is one."""

    talk: Talk
    says: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()
    decision: Decision | None = None
