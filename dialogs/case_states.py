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

    def __init__(self, state: str, to: str) -> None:
        possible = ", ".join(MOVES.get(state, ())) or "nothing"
        super().__init__(f"a case that is {state} cannot become {to}; possible: {possible}")


def check_move(state: str, to: str) -> CaseState:
    """`to` as a state, where the table lists the move from `state`. Raises `NotAllowed`."""
    for possible in MOVES.get(state, ()):
        if possible == to:
            return possible
    raise NotAllowed(state, to)
