"""What the company's own systems and our cases know, as far as one turn may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Record:
    """One order, payment, project or subscription as imported. `facts` are typed by the pack's fact names.

    `as_of` is when the company's system said so; `mine` whether the chat's proven identity owns it.
    """

    id: str
    kind: str
    facts: Mapping[str, Any]
    mine: bool
    as_of: datetime | None = None
    phone: str = ""
    email: str = ""
    name: str = ""


@dataclass(frozen=True)
class CaseView:
    """One of the customer's filed requests. `amount` in rupees as told; `due_at` when the money is due."""

    ref: str
    claim_type: str
    state: str
    filed_at: datetime
    state_at: datetime
    subject_id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = ""
    amount_min: Any = None
    amount_max: Any = None
    reference: str = ""
    due_at: datetime | None = None
    clauses: tuple[str, ...] = ()
    mine: bool = True


@dataclass(frozen=True)
class Records:
    """`own` are the records of this identity; `named` others whose id stands in the messages of this turn.

    `loaded` is whether the brand has any records at all. `cases` are this identity's cases, newest first;
    `strangers` are case numbers in the messages that are not this identity's, whether there are such cases or not.
    `link_codes` are the codes typed, and whether each is the one that was sent. `case_numbers` are fresh ones for
    filing.
    `people_there` and `people_next` say whether agents are at work, and from when else.
    """

    own: tuple[Record, ...] = ()
    named: tuple[Record, ...] = ()
    loaded: bool = False
    cases: tuple[CaseView, ...] = ()
    strangers: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    link_codes: Mapping[str, bool] = field(default_factory=dict)
    case_numbers: tuple[str, ...] = ()
    people_there: bool = True
    people_next: datetime | None = None
