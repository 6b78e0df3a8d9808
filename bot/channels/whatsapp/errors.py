"""What Twilio's error codes mean for a message, in one table.

Codes and meanings are Twilio's (https://www.twilio.com/docs/api/errors); what to do is our reading of each page, since
there is no official list. `later` and `ambiguous` are tried again, `dead` is not, `fix_first` waits for whoever runs
the service, `window` goes as an approved template only, `blocked` waits until the customer writes again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.channels.protocol import ChannelError, ErrorClass

_SLOWER = timedelta(seconds=30)
_TOMORROW = timedelta(hours=6)


@dataclass(frozen=True)
class Failure:
    """What to do after a code, and how long to wait at least where the code itself says so."""

    error_class: ErrorClass
    means: str
    wait: timedelta | None = None


FAILURES: dict[int, Failure] = {
    20001: Failure("dead", "a parameter is wrong"),
    20003: Failure("fix_first", "the account SID, token or API key is not accepted"),
    20404: Failure("fix_first", "the account is not known at this address"),
    20429: Failure("later", "too many requests at once; nothing was done"),
    20500: Failure("ambiguous", "a fault at Twilio"),
    20503: Failure("ambiguous", "Twilio is not available"),
    21211: Failure("dead", "the recipient's address is not valid"),
    21408: Failure("fix_first", "sending to this country is not allowed in the account"),
    21606: Failure("fix_first", "the sender is not a sender of this account"),
    21610: Failure("blocked", "the recipient sent STOP; Twilio sends nothing until START"),
    21611: Failure("later", "the sender's queue is full", _SLOWER),
    21614: Failure("dead", "the recipient's number is not a mobile number"),
    21617: Failure("dead", "the text is longer than 1,600 characters"),
    21619: Failure("dead", "there is nothing to send"),
    21620: Failure("dead", "the address of the media is not valid"),
    21655: Failure("dead", "the ContentSid is not known"),
    21656: Failure("dead", "the ContentVariables are not valid"),
    21705: Failure("fix_first", "the messaging service is not known"),
    21910: Failure("fix_first", "sender and recipient are of different channels"),
    30001: Failure("later", "the queue is full", _SLOWER),
    30002: Failure("fix_first", "the account is suspended"),
    30003: Failure("dead", "the recipient cannot be reached"),
    30005: Failure("dead", "the recipient is unknown"),
    30007: Failure("dead", "the message was filtered"),
    30008: Failure("later", "an unknown fault on the way"),
    30036: Failure("later", "it waited too long in the queue"),
    63001: Failure("fix_first", "WhatsApp does not accept the sender's credentials"),
    63003: Failure("dead", "the recipient is not on WhatsApp"),
    63005: Failure("dead", "WhatsApp did not accept the content"),
    63007: Failure("fix_first", "the sender is not a WhatsApp sender of this account"),
    63008: Failure("fix_first", "the channel is wrongly set up"),
    63012: Failure("later", "a fault at WhatsApp"),
    63013: Failure("dead", "the content is against WhatsApp's rules"),
    63014: Failure("blocked", "the recipient blocked the sender"),
    63015: Failure("dead", "the recipient has not joined the sandbox"),
    63016: Failure("window", "the 24 hours are over; only an approved template goes"),
    63017: Failure("later", "too many messages of the account", _SLOWER),
    63018: Failure("later", "too many messages of the sender", _SLOWER),
    63020: Failure("fix_first", "WhatsApp's invitation to the account was not accepted"),
    63021: Failure("dead", "the content is not valid"),
    63023: Failure("later", "an unknown fault at WhatsApp"),
    63024: Failure("dead", "the recipient cannot receive it"),
    63032: Failure("dead", "the recipient is in an experiment of WhatsApp's"),
    63033: Failure("dead", "the recipient takes no marketing messages"),
    63038: Failure("later", "the account's messages of the day are used up", _TOMORROW),
    63040: Failure("dead", "the template was rejected"),
    63041: Failure("dead", "the template is paused"),
    63042: Failure("dead", "the template is disabled"),
    63049: Failure("dead", "WhatsApp holds marketing messages to this recipient back"),
    63051: Failure("fix_first", "the sender is locked"),
    63112: Failure("fix_first", "the WhatsApp business account is disabled"),
    92002: Failure("dead", "too many content variables"),
    92007: Failure("dead", "the content variables are not valid"),
}
# All messages of the sender come too fast, not only those to one chat.
SENDER_WIDE = frozenset({20429, 21611, 30001, 63017, 63018, 63038})
# The layout was refused, not the words: they go once more as plain text.
CONTENT_REFUSED = frozenset({21655, 21656, 63005, 63013, 63021, 92002, 92007})


def refused(status: int, code: int | None, wait: timedelta | None = None) -> ChannelError:
    """The error of a request that Twilio answered with HTTP `status` and its own `code`; `wait` is its own delay."""
    # Where an answer has no code, Twilio's client gives the status in its place.
    name = f"http_{status}" if code in {None, status} else str(code)
    known = FAILURES.get(code or 0, Failure(_by_status(status), ""))
    return ChannelError(known.error_class, name, wait or known.wait, sender_wide=code in SENDER_WIDE)


def not_delivered(code: str, status: str) -> ChannelError:
    """The error of a message that Twilio took and could not deliver; `status` is its last one."""
    known = FAILURES.get(int(code)) if code.isdecimal() else None
    if known is None:
        return ChannelError("dead", code or status)
    return ChannelError(known.error_class, code, known.wait, sender_wide=int(code) in SENDER_WIDE)


def _by_status(status: int) -> ErrorClass:
    if status == 429:
        return "later"
    if status in {401, 403, 404}:
        return "fix_first"
    return "dead" if 400 <= status < 500 else "ambiguous"
