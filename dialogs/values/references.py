"""Bank and tax references, told apart by shape, checksum and the word before them.

Shapes: IFSC is 4 letters, 0, 6 letters or digits (RBI; en.wikipedia.org/wiki/Indian_Financial_System_Code). UTR is 16
characters for NEFT and 22 for RTGS (skydo.com/blog/what-is-the-utr-number-for-rtgs-and-neft; sources differ in detail,
so length and alphabet decide). RRN is 12 digits (xflowpay.com/blog/rrn-retrieval-reference-number), ARN 23 digits
(phonepe.com/guides/payment-gateway, ARN). GSTIN carries a check character, checked by python-stdnum.
"""

import re
from collections.abc import Iterator
from typing import Any

from stdnum.in_ import gstin, pan

from dialogs.values.digit_runs import DigitRun, is_called_reference, is_card, nearest_label
from dialogs.values.phones import as_phone
from dialogs.values.text import BEGIN, END, Message
from dialogs.values.value import Value

_EMAIL = re.compile(r"(?<![\w.+-])[a-z0-9][a-z0-9._%+-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}(?![\w@-])", re.I)
_UPI = re.compile(r"(?<![\w.+-])[a-z0-9][a-z0-9._-]{1,99}@[a-z][a-z0-9]{1,40}(?![\w@-]|\.[a-z0-9])", re.I)
_TOKEN = re.compile(rf"{BEGIN}[a-z0-9]{{8,24}}{END}", re.I)
_IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")
_IFSC_NEAR = re.compile(r"[A-Z]{4}(?:O[A-Z0-9]{6}|0[A-Z0-9]{5}|0[A-Z0-9]{7}|[1-9][0-9]{6})|[A-Z]{3}0[0-9]{6,7}")
_IFSC_SAID = re.compile(
    rf"{BEGIN}(?:ifsc|ifcs|isfc)(?: ?(?:code|no|number))?[ :=.-]{{0,3}}(?:is |hai )?"
    rf"(?P<code>[a-z]{{4}} ?[a-z0-9]{{4,8}}|[a-z0-9]{{8,14}}){END}",
    re.I,
)
_UTR_NEFT = re.compile(r"[A-Z]{4}[A-Z0-9][A-Z0-9]{3}\d{8}")
_UTR_RTGS = re.compile(r"[A-Z]{4}R[A-Z0-9]\d{16}")
_UTR_SAID = re.compile(
    rf"{BEGIN}utr(?: ?(?:no|number|num|id))?[ :=.#-]{{0,3}}(?:is |hai )?(?P<code>[a-z0-9]{{16}}|[a-z0-9]{{22}}){END}",
    re.I,
)
_LAST4 = re.compile(
    rf"{BEGIN}(?:ending|ends|end|last|aakhri|akhri|aakhiri|आखिरी|अंतिम)"
    rf"(?: (?:in|with|me|at|for|four|4|char|chaar|चार|digits?|ank|number|no|अंक|is|hai|of|card|account|ke|wale"
    rf"|नंबर)|[:.-])*"
    rf"[ :.-]+(?P<digits>\d{{4}}){END}|(?<![\w*•#])(?:[x*•#]{{2,16}}+[ -]?){{1,4}}+(?P<masked>\d{{4}}){END}"
)
_REFERENCE = re.compile(r"(?<![\w@.+/-])#?(?P<id>[a-z0-9]+(?:[-_/][a-z0-9]+){0,5})(?![\w@])", re.I)
_MEASURE = re.compile(
    r"\d+(?:gb|mb|tb|kb|kg|gms?|ml|mah|m?hz|px?|[cmk]m|inch|in|th|st|nd|rd|x|k|l|cr|lakhs?|lacs?|rs|inr|rupees?|rupaye|ram"
    r"|h|hrs?|hours?|min|mins|minutes|days?|din|weeks?|months?|years?|am|pm|baje|percent|paise|sms|pcs|wala|wali|ka|ke|ki|ko|t)"
    r"|(?:rs|inr)\d+",
    re.I,
)


def read_references(message: Message, runs: tuple[DigitRun, ...]) -> Iterator[Value]:
    """E-mail, UPI id, IFSC, UTR, GSTIN, PAN, last four digits, and what the runs of digits are."""
    for match in _EMAIL.finditer(message.text):
        yield _value("email", match.group().lower(), match)
    for match in _UPI.finditer(message.text):
        yield _value("upi_id", match.group().lower(), match)
    for match in _TOKEN.finditer(message.text):
        yield from _coded(match)
    for match in _IFSC_SAID.finditer(message.text):
        yield from _ifsc_said(match)
    for match in _UTR_SAID.finditer(message.text):
        yield Value("utr", match["code"].upper(), "", match.start("code"), match.end("code"))
    for match in _LAST4.finditer(message.low):
        yield _value("last4", match["digits"] or match["masked"], match)
    for run in runs:
        yield from _run(message, run)


def read_generic(message: Message, runs: tuple[DigitRun, ...]) -> Iterator[Value]:
    """Ids of no known shape: letters and figures mixed, five characters or more, or nine figures and more."""
    for match in _REFERENCE.finditer(message.text):
        text = match["id"]
        digits = sum(character.isdigit() for character in text)
        joined = "-" in text or "_" in text
        mixed = digits and any(character.isalpha() for character in text)
        if len(text) >= 5 and mixed and (digits >= 3 or joined) and _looks_like_id(text):
            yield Value("reference", text, "", match.start("id"), match.end("id"))
    for run in runs:
        if not (run.plus or run.spaced):
            yield Value("reference", run.digits, "", run.start, run.end)


def _looks_like_id(text: str) -> bool:
    """Not a measure ("256gb"), nor words joined to a figure ("2-screen"), nor two amounts ("500rs/600rs")."""
    if any(_MEASURE.fullmatch(piece) for piece in re.split(r"[-_/]", text)):
        return False
    if "/" in text and not re.search(r"\d{2}", text):
        return False
    return sum(character.isdigit() for character in text) >= 2


def _coded(match: re.Match[str]) -> Iterator[Value]:
    code = match.group().upper()
    if _IFSC.fullmatch(code):
        yield _value("ifsc", code, match)
    elif _IFSC_NEAR.fullmatch(code) and sum(character.isdigit() for character in code) >= 5:
        yield _value("ifsc_like", match.group(), match, certain=False)
    if len(code) == 15 and gstin.is_valid(code):
        yield _value("gstin", code, match)
    if len(code) == 10 and pan.is_valid(code):
        yield _value("pan", code, match)
    if (len(code) == 16 and _UTR_NEFT.fullmatch(code)) or (len(code) == 22 and _UTR_RTGS.fullmatch(code)):
        yield _value("utr", code, match)


def _ifsc_said(match: re.Match[str]) -> Iterator[Value]:
    """Behind the word IFSC even a wrong shape is meant as one; it is handed on as typed and never corrected."""
    typed = match["code"]
    code = typed.replace(" ", "").upper()
    start, end = match.span("code")
    if _IFSC.fullmatch(code):
        yield Value("ifsc", code, "", start, end)
    elif any(character.isdigit() for character in code):
        yield Value("ifsc_like", typed, "", start, end, certain=False)


def _run(message: Message, run: DigitRun) -> Iterator[Value]:
    """What a run of digits is: its length proposes, the nearest word decides, Luhn confirms a card."""
    label = nearest_label(message, run)
    phone = as_phone(run) if label not in {"account", "card", "reference"} else None
    size = len(run.digits)
    if is_card(run) and label != "account" and (run.spaced or not is_called_reference(message, run)):
        yield _run_value("card_number", run)
    elif label == "account" and 9 <= size <= 18 and not run.plus:
        yield _run_value("account_number", run)
    elif size == 23:
        yield _run_value("arn", run)
    elif size == 12 and not run.plus and not run.spaced and label != "phone":
        yield _run_value("rrn", run, phone if label != "rrn" else None)
    elif phone and (label != "rrn" or run.plus):
        yield Value("phone", phone, "", run.start, run.end)


def _run_value(kind: str, run: DigitRun, other: str | None = None) -> Value:
    others = (other,) if other else ()
    return Value(kind, run.digits, "", run.start, run.end, certain=not others, other=others)


def _value(kind: str, value: Any, match: re.Match[str], *, certain: bool = True) -> Value:
    return Value(kind, value, "", match.start(), match.end(), certain=certain)
