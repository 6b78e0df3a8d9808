"""The life of a case: one table of states and of the moves between them.

A move that the table does not list is refused and changes nothing. Each state is told to the customer once, by the
message `case_<state>`; `ENDS` are the states after which nothing is due.
"""

from typing import Literal, get_args

CaseState = Literal[
    "submitted",
    "under_review",
    "waiting_for_customer",
    "approved",
    "partly_approved",
    "replacement_approved",
    "declined",
    "sent_to_bank",
    "item_awaited",
    "received",
    "shipped",
    "completed",
    "payment_failed",
    "withdrawn",
    "appealed",
]
STATES: tuple[CaseState, ...] = get_args(CaseState)

_DECISIONS: tuple[CaseState, ...] = ("approved", "partly_approved", "replacement_approved", "declined")

MOVES: dict[str, tuple[CaseState, ...]] = {
    "submitted": ("under_review", "waiting_for_customer", *_DECISIONS, "withdrawn"),
    "under_review": ("waiting_for_customer", *_DECISIONS, "withdrawn"),
    "waiting_for_customer": ("under_review", *_DECISIONS, "withdrawn"),
    # The money goes to the bank, or the item is awaited first.
    "approved": ("sent_to_bank", "item_awaited", "completed", "withdrawn", "declined"),
    "partly_approved": ("sent_to_bank", "item_awaited", "completed", "withdrawn", "appealed", "declined"),
    "replacement_approved": ("item_awaited", "received", "shipped", "withdrawn", "declined"),
    "declined": ("appealed", "under_review"),
    # Again with the reference (UTR, RRN, ARN) once the bank gives it.
    "sent_to_bank": ("sent_to_bank", "completed", "payment_failed"),
    "payment_failed": ("sent_to_bank", "waiting_for_customer"),
    "item_awaited": ("received", "withdrawn", "declined"),
    "received": ("shipped", "sent_to_bank", "declined"),
    "shipped": ("completed",),
    "completed": (),
    "withdrawn": ("under_review",),
    "appealed": ("under_review", *_DECISIONS, "withdrawn"),
}

# What belongs to an answer in money, and what to one in goods: a case on which the policy gives the one never gets
# the other.
_IN_MONEY: frozenset[CaseState] = frozenset({"approved", "partly_approved", "sent_to_bank"})
_IN_GOODS: frozenset[CaseState] = frozenset({"replacement_approved", "shipped"})
_NOT_FOR: dict[str, frozenset[CaseState]] = {
    "replacement": _IN_MONEY,
    "full_refund": _IN_GOODS,
    "partial_refund": _IN_GOODS,
}

# Nothing more happens unless somebody moves it again.
ENDS: frozenset[CaseState] = frozenset({"completed", "withdrawn", "declined"})
# The customer may still take the request back.
OPEN: frozenset[CaseState] = frozenset({"submitted", "under_review", "waiting_for_customer", "appealed"})
# Money or goods were promised and are on their way.
UNDER_WAY: frozenset[CaseState] = frozenset(
    {
        "approved",
        "partly_approved",
        "replacement_approved",
        "sent_to_bank",
        "item_awaited",
        "received",
        "shipped",
        "payment_failed",
    }
)


class NotAllowed(ValueError):
    """A move that the table does not list; the message says what is possible instead."""

    def __init__(self, state: str, to: str, outcome: str = "") -> None:
        possible = ", ".join(moves_from(state, outcome)) or "nothing"
        gives = f" on which the policy gives {_GIVES[outcome]}" if to in _NOT_FOR.get(outcome, ()) else ""
        super().__init__(f"a case{gives} that is {state} cannot become {to}; possible: {possible}")


_GIVES = {"replacement": "a replacement", "full_refund": "money", "partial_refund": "money"}


def moves_from(state: str, outcome: str = "") -> tuple[CaseState, ...]:
    """The states that a case in `state` may go to, where the policy decided on `outcome`."""
    return tuple(to for to in MOVES.get(state, ()) if to not in _NOT_FOR.get(outcome, ()))


def check_move(state: str, to: str, outcome: str = "") -> CaseState:
    """`to` as a state, where the table lists the move from `state` for this outcome. Raises `NotAllowed`."""
    for possible in moves_from(state, outcome):
        if possible == to:
            return possible
    raise NotAllowed(state, to, outcome)
