"""Masking of what a chat must not keep: full card and bank-account numbers, CVV, one-time codes, Aadhaar numbers.

A card is told by its beginning, length and check digit, or by the words "card number" right before it; an account by
the word account, khata or a/c near it. A nearer word such as order, txn, UTR or RRN keeps a number as it is.
"""

import re
from collections.abc import Iterator

from dialogs.values.digit_runs import DigitRun, find_digit_runs, is_called_reference, is_card, nearest_label
from dialogs.values.phones import as_phone
from dialogs.values.settle import NOTHING
from dialogs.values.text import BEGIN, END, Message, prepare
from dialogs.values.value import Value

DOTS = "••••"

_SECRET = re.compile(
    rf"{BEGIN}(?:cvv2?|cvc2?|otp|one time (?:password|code)|upi pin|atm pin|card pin|mpin|pin(?! ?code)|ओटीपी|पिन)"
    rf"(?: (?:is|hai|no|number|num|code|ye|yeh|mera|my|ka|aaya|=|है|नंबर)|[ :=.#-]){{0,6}}"
    rf"(?P<code>\d{{3,8}}){END}(?!/-| ?(?:rs|rupees|rupaye|baar|times|din|days|min|sec))"
)
_AADHAAR = re.compile(
    rf"{BEGIN}(?:aadhaa?r|adha?ar|adhar|aadhar|uid|आधार)(?: (?:card|no|number|num|is|hai|कार्ड|नंबर)|[ :=.#-]){{0,5}}"
    rf"(?P<code>\d{{4}}[ -]?\d{{4}}[ -]?\d{{4}}){END}"
)
_CARD_SAID = re.compile(
    rf"{BEGIN}(?:cards?|कार्ड)(?: ?(?:no|num|number|nr|details?|is|hai|ye|yeh|नंबर|है)| ?[:=.#-]){{1,4}} ?$"
)


def mask_sensitive(text: str) -> str:
    """The text with each full card and account number as `••••` and its last four digits, and with codes hidden.

    The whole text is looked at, however long; everything else in it stays as it was.
    """
    masked, position = [], 0
    for start, end, shown in sensitive_spans(text):
        masked += [text[position:start], shown]
        position = end
    return "".join([*masked, text[position:]])


def sensitive_spans(text: str) -> list[tuple[int, int, str]]:
    """Where in `text` something is masked, from the left: start, end, and what is shown in its place."""
    message = prepare(text, limit=None)
    spans: list[tuple[int, int, str]] = []
    for start, end, shown in sorted([*_numbers(message), *_codes(message)]):
        first, last = message.origin(start, end)
        if not spans or first >= spans[-1][1]:
            spans.append((first, last, shown))
    return spans


def _numbers(message: Message) -> list[tuple[int, int, str]]:
    runs = find_digit_runs(message)
    return [(run.start, run.end, DOTS + run.digits[-4:]) for run in runs if _is_sensitive(message, run)]


def _is_sensitive(message: Message, run: DigitRun) -> bool:
    label, size = nearest_label(message, run), len(run.digits)
    if label == "account":
        return 9 <= size <= 18 and not run.plus
    if is_card(run):
        return run.spaced or not is_called_reference(message, run)
    if label in {"reference", "rrn"} or run.plus:
        return False
    said = _CARD_SAID.search(message.low, max(0, run.start - 32), run.start)
    return said is not None and 13 <= size <= 19 and as_phone(run) is None


def read_codes(message: Message) -> Iterator[Value]:
    """Takes the words of codes and Aadhaar numbers, so that they are never read as numbers or ids."""
    for start, end, _ in _codes(message):
        yield Value(NOTHING, None, "", start, end)


def _codes(message: Message) -> list[tuple[int, int, str]]:
    found = [(match.start("code"), match.end("code"), DOTS) for match in _SECRET.finditer(message.low)]
    numbers = _AADHAAR.finditer(message.low)
    found.extend((match.start("code"), match.end("code"), DOTS + match["code"][-4:]) for match in numbers)
    return found
