"""What the pages call things: states, outcomes, intents and reasons in words, and the colours they are shown in."""

_WORDS = {
    # States of a case
    "submitted": "Received",
    "under_review": "Under review",
    "waiting_for_customer": "Waiting for the customer",
    "approved": "Approved",
    "partly_approved": "Approved in part",
    "replacement_approved": "Replacement approved",
    "declined": "Declined",
    "sent_to_bank": "Sent to the bank",
    "item_awaited": "Item awaited",
    "received": "Item received",
    "shipped": "Shipped",
    "completed": "Completed",
    "payment_failed": "Payment failed",
    "withdrawn": "Withdrawn",
    "appealed": "Appealed",
    # Outcomes of a decision
    "full_refund": "Full refund",
    "partial_refund": "Partial refund",
    "replacement": "Replacement",
    "not_eligible": "Not eligible",
    "needs_review": "A person decides",
    "not_decided": "Not decided yet",
    # Intents that read better in other words
    "policy_question": "A question about the policy",
    "start_refund": "Wants a refund",
    "refund_status": "Asks where the refund is",
    "cancel_order": "Wants to cancel",
    "talk_to_human": "Wants a person",
    "greet": "A greeting",
    "thanks": "Thanks",
    "affirm": "Yes",
    "deny": "No",
    "provide_evidence": "Sends a proof",
    "change_detail": "Corrects something",
    "opt_out": "Stops messages",
    "out_of_scope": "Something else",
    # Why a person is asked
    "asked": "Asked for a person",
    "not_understood": "Not understood",
    "abuse": "Abuse",
    "threat": "Threat",
    "policy_silent": "The policy is silent",
    "needs_person": "Needs a person",
    "fault": "A fault",
    "data_request": "Asks about their data",
    "agent": "Taken by an agent",
    # Files, and why one was not taken
    "photo": "Photo",
    "video": "Video",
    "document": "Document",
    "voice": "Voice note",
    "sticker": "Sticker",
    "too_big": "Too large",
    "wrong_kind": "A kind of file that is not taken",
    "unreadable": "Could not be read",
    "not_fetched": "Could not be brought",
    "unsafe": "Taken away by the virus scanner",
    "unscanned": "Not checked for viruses yet",
    # How far a message got
    "queued": "waits",
    "parked": "waits for the customer to write",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "dead": "not delivered",
    # Why it was given up
    "later": "Failed too often",
    "ambiguous": "Nobody knows whether it went",
    "fix_first": "The configuration is wrong",
    "window": "Outside the 24-hour window",
    "blocked": "Blocked by the customer",
    # Marks on cases
    "same_subject_other_customer": "Same order from another customer",
    "promise_slipped": "Promised date missed",
    "bank_overdue": "Bank overdue",
}

_GOOD = frozenset({"approved", "partly_approved", "replacement_approved", "completed", "full_refund", "replacement"})
_BAD = frozenset({"declined", "not_eligible", "payment_failed"})
_WARN = frozenset({"needs_review", "waiting_for_customer", "appealed", "partial_refund"})
_INFO = frozenset({"sent_to_bank", "item_awaited", "received", "shipped", "under_review"})

# The orders that a person gives, by the state a case moves to.
_MOVES = {
    "under_review": "Take under review",
    "waiting_for_customer": "Ask the customer",
    "approved": "Approve",
    "partly_approved": "Approve in part",
    "replacement_approved": "Approve the replacement",
    "declined": "Decline",
    "sent_to_bank": "Sent to the bank",
    "item_awaited": "Await the item",
    "received": "Item received",
    "shipped": "Shipped",
    "completed": "Completed",
    "payment_failed": "Payment failed",
    "withdrawn": "Withdraw",
    "appealed": "Appeal",
}

LANGUAGE_NAMES = {"en": "English", "hinglish": "Hinglish", "hi": "हिन्दी"}
_CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram", "simulator": "Simulator", "terminal": "Terminal"}


def words_for(name: str) -> str:
    """What a state, an outcome, an intent or a reason is called."""
    return _WORDS.get(name) or name.replace("_", " ").capitalize()


def move_words(state: str) -> str:
    """The order that moves a case to `state`."""
    return _MOVES.get(state) or words_for(state)


def channel_name(channel: str) -> str:
    """What a channel is called."""
    return _CHANNELS.get(channel, channel)


def tone(name: str) -> str:
    """The colour of a state or outcome: good, bad, warn, info or none."""
    for colour, names in (("good", _GOOD), ("bad", _BAD), ("warn", _WARN), ("info", _INFO)):
        if name in names:
            return colour
    return ""
