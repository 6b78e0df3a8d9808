"""Long runs of digits, with the spaces and hyphens people put in, and the word that says what a run is."""

import re
from dataclasses import dataclass

from stdnum import luhn

from dialogs.values.text import BEGIN, END, Message

_RUN = re.compile(r"(?<![\w@.])(?P<plus>\+ ?)?\(?\d(?:[ -]?[()]?\d){8,27}(?![\d@])(?!\.\d)(?![a-z_])", re.I)
_LABELS: tuple[tuple[str, str], ...] = (
    ("account", r"accounts?|accnt|acct|acc|a/c|ac|khata|khate|khaata|savings|खाता|खाते|अकाउंट|एकाउंट"),
    ("card", r"cards?|visa|mastercard|rupay|amex|maestro|कार्ड"),
    (
        "phone",
        r"phone|mobile|mob|mobil|contact|call|whatsapp|whats ?app|tel|cell|dial|sms|ring|फोन|मोबाइल|कॉल|व्हाट्सएप",
    ),
    ("rrn", r"rrn|utr|arn|upi ref|upi reference|upi|npci|यूटीआर|आरआरएन"),
    (
        "reference",
        r"orders?|ordr|odr|txn|tx|trans|transaction|trxn|ref|reference|refrence|invoice|inv|bill|receipt|booking|ticket"
        r"|case|complaint|awb|tracking|courier|shipment|docket|request|imei|serial|id|payment id|ऑर्डर|आर्डर|ट्रांजैक्शन",
    ),
)
_LABEL = re.compile(rf"{BEGIN}(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS) + rf"){END}")
_BEHIND = re.compile(
    rf" ?(?:(?:is|hai|ye|yeh|mera|my|the|bank|-|,|\() ?){{0,4}}"
    rf"(?:(?P<account>account|acct|a/c|ac|khata|खाता)|(?P<card>card|कार्ड)){END}"
)
_DIRECTLY = re.compile(
    rf"{BEGIN}(?:(?P<rrn>{_LABELS[3][1]})|(?P<reference>{_LABELS[4][1]}))"
    rf"(?: ?(?:no|number|num|nr|id|ref|code|is|was|hai|tha|ye|yeh|wala|ka|नंबर|है)|[ :=.#-]){{0,6}}$"
)
_BEFORE_AT_MOST = 32
_CARD_LENGTHS = {"3": {15}, "4": {13, 16, 19}, "5": {16}, "2": {16}, "6": {16, 17, 18, 19}, "8": {16}}
_CARD_BEGINS = re.compile(r"3[47]|4|5[0-5]|2(?:2[2-9]|[3-6]|7[01])|50|60|6[2-9]|8[12]")


@dataclass(frozen=True)
class DigitRun:
    """Nine digits or more; `start` and `end` take in the signs between them."""

    digits: str
    start: int
    end: int
    plus: bool
    spaced: bool


def find_digit_runs(message: Message) -> tuple[DigitRun, ...]:
    """The long runs of digits. Groups are joined only as phones, cards and accounts are written, not lists or dates."""
    found = []
    for match in _RUN.finditer(message.text):
        text = match.group().rstrip("()")
        groups = re.findall(r"\d+", text)
        if len(groups) > 1 and not _is_one_number(groups, plus=bool(match["plus"])):
            found.extend(_long_groups(match))
            continue
        digits = "".join(groups)
        found.append(DigitRun(digits, match.start(), match.start() + len(text), bool(match["plus"]), len(groups) > 1))
    return tuple(found)


def nearest_label(message: Message, run: DigitRun) -> str:
    """What the nearest word says the run is: account, card, phone, rrn, reference, or an empty text."""
    begin = max(0, run.start - _BEFORE_AT_MOST)
    label = ""
    for match in _LABEL.finditer(message.low, begin, run.start):
        if match.start() == begin and begin and message.low[begin - 1].isalnum():
            continue
        label = match.lastgroup or ""
    if not label:
        behind = _BEHIND.match(message.low, run.end)
        label = (behind.lastgroup or "") if behind else ""
    return label


def is_called_reference(message: Message, run: DigitRun) -> bool:
    """Whether the words right before the run call it an order, a transaction, an RRN or the like."""
    return bool(_DIRECTLY.search(message.low, max(0, run.start - _BEFORE_AT_MOST), run.start))


def is_card(run: DigitRun) -> bool:
    """Whether the digits have the beginning, the length and the check digit (Luhn) of a payment card."""
    lengths = _CARD_LENGTHS.get(run.digits[0], set())
    begins = bool(_CARD_BEGINS.match(run.digits))
    return not run.plus and len(run.digits) in lengths and begins and bool(luhn.is_valid(run.digits))


def _is_one_number(groups: list[str], *, plus: bool) -> bool:
    sizes = [len(group) for group in groups]
    if plus:
        return sum(sizes) <= 15
    total = sum(sizes)
    as_card = all(size == 4 for size in sizes[:-1]) and sizes[-1] <= 4 and 13 <= total <= 19
    as_amex = sizes == [4, 6, 5]
    as_phone = total == 10 and groups[0][0] in "6789" and len(groups) <= 5
    with_country = total == 12 and groups[0].startswith("91") and "".join(groups)[2] in "6789"
    with_zero = total == 11 and groups[0][0] == "0" and len(groups) <= 4
    as_account = 9 <= total <= 18 and all(3 <= size <= 6 for size in sizes) and len(groups) >= 3
    return as_card or as_amex or as_phone or with_country or with_zero or as_account


def _long_groups(match: re.Match[str]) -> list[DigitRun]:
    return [
        DigitRun(group.group(), match.start() + group.start(), match.start() + group.end(), False, False)
        for group in re.finditer(r"\d{9,}", match.group())
    ]
