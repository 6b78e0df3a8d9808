"""The state of one conversation, as data that storage can keep: `Talk` and the drafts in it.

Everything is frozen; a turn gives a new one. `Talk.model_dump_json()` and `Talk.model_validate_json()` carry it.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Asking = Literal[
    "slot",  # a fact of the draft: `name` is the slot
    "evidence",  # a proof: `name` is its id
    "confirm_value",  # "did you mean …": `name` is the slot, `value` what was understood
    "claim_type",  # what is it about
    "summary",  # shall this be filed
    "edit",  # which item shall be changed
    "claim",  # which of the linked claims shall be changed
    "insist",  # the answer is no: appeal, person, or leave it
    "clause_choice",  # which of these did you mean
    "withdraw",  # shall the filed request be taken back: `name` is the case
    "appeal",  # shall the appeal be filed: `name` is the case
    "appeal_documents",  # anything to add before the appeal is filed
    "change_filed",  # what shall be changed in the filed request
    "order",  # which order: ids of the customer's own records
    "handoff_or_not",  # shall a person take over
    "purpose",  # a file came with no words: what is it about
    "link_offer",  # shall a code go to the chat of the case `name`
    "link_code",  # the code that went to the chat of the case `name`
    "link_confirm",  # the code was right: shall the chats be joined
]


class State(BaseModel):
    """Base of everything kept: frozen, and an unknown key is an error, so that old states are migrated knowingly."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(State):
    """One fact as it was told: the value as JSON, who or what said it, and whether it was a guess."""

    value: Any
    source: Literal["customer", "record", "bank_message", "document", "menu"] = "customer"
    words: str = ""
    certain: bool = True
    precision: str = ""
    at: datetime


class Reading(State):
    """One labelled value of a document: the value as JSON, and the words it was read from."""

    label: str
    value: Any
    words: str
    certain: bool = True
    precision: str = ""


class Proof(State):
    """A file that was sent for a request. `evidence` is the proof it was taken for, empty where none was asked.

    `readings` are what its text says; they were offered to the open slots of the claim types `offered_to` (empty for a
    request whose type was not settled). `note` tells the agent, in English, where the customer said something else.
    """

    key: str
    kind: str
    name: str = ""
    evidence: str = ""
    says: str = ""
    verified: bool = False
    readings: tuple[Reading, ...] = ()
    offered_to: tuple[str, ...] = ()
    note: str = ""


class Draft(State):
    """A request being put together.

    `linked` are the claims that were made in one breath with it: they are asked for, shown and filed together. `place`
    is this one's among them, in the order in which they were named. `asked` are the slots and proofs that were asked
    for, in the order of asking: the way back.
    """

    claim_type: str = ""
    facts: dict[str, Told] = {}
    recorded: dict[str, Any] = {}
    record_id: str = ""
    proofs: tuple[Proof, ...] = ()
    skipped: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    begun_at: datetime
    resumed_at: datetime
    appeal_of: str = ""
    notes: tuple[str, ...] = ()
    wish: str = ""
    place: int = 0
    linked: tuple["Draft", ...] = ()


class Question(State):
    """The one question that is open. An answer counts only if it was received after `asked_at`."""

    kind: Asking
    name: str = ""
    value: Any = None
    options: tuple[str, ...] = ()
    asked_at: datetime
    tries: int = 0


class Talk(State):
    """One conversation's state between turns. `choices` are what the buttons shown last carry, in their order."""

    version: Literal[1] = 1
    language: str = "en"
    language_fixed: bool = False
    greeted: bool = False
    audience: str = ""
    draft: Draft | None = None
    parked: tuple[Draft, ...] = ()
    question: Question | None = None
    choices: tuple[str, ...] = ()
    loose_proofs: tuple[Proof, ...] = ()
    last_clauses: tuple[str, ...] = ()
    last_case: str = ""
    # The record whose page the customer came from: a request that names no other is about it.
    about: str = ""
    not_understood: int = 0
    details_tried: int = 0
    opted_out: bool = False
    seen_at: datetime | None = None
