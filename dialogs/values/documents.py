"""What a document says: the labelled values of an invoice, a receipt or a bank's message, line by line.

Labels ("Invoice No.", "Grand Total", "भुगतान राशि") are found by spaCy's token patterns; what stands behind a label is
read by the readers of this package, as if it were typed. spaCy takes seconds to import, so it is imported when the
first document comes, or by `warm` before (decision record 0005). No word of a document is kept in its vocabulary.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from dialogs.values import read_values
from dialogs.values.order_ids import IdPattern, read_order_ids
from dialogs.values.text import Message, prepare
from dialogs.values.value import Value

if TYPE_CHECKING:
    from spacy.matcher import Matcher
    from spacy.vocab import Vocab

LABEL_WORDS: Mapping[str, str] = {
    "invoice_number": "invoice receipt bill",
    "order_number": "order",
    "transaction_number": "transaction txn payment",
    "bank_reference": "utr payment",
    "paid_amount": "paid payment",
    "paid_at": "paid payment",
    "payment_method": "payment",
}
"""The plain English words of a document's kind that a label stands for, whatever language it is in."""

_LINES_AT_MOST = 300
_LABELS_AT_MOST = 60
"""Labels whose values are read, at one to three milliseconds each."""
_LONGEST_NAME = 60
_SHORTEST_ID = 3
# A sum and the word "debited" that tells what it is stand so near.
_BESIDE = 30

_NO = "no|nos|number|num|nr|id|ref|reference|code|#|:|नंबर|नम्बर|नं|संख्या|क्रमांक|आईडी|सं"
# One pattern a line; a token is one of the words between the bars, `?` behind it makes it optional.
_PATTERNS: Mapping[str, str] = {
    "invoice_number": f"""
        tax? invoice|inv|bill|receipt|voucher|memo {_NO} .? no|number|#?
        इनवॉइस|इनवाइस|इन्वॉइस|बिल|रसीद|चालान {_NO}
    """,
    "order_number": f"""
        order|booking {_NO} .? no|number|#?
        ऑर्डर|आर्डर|बुकिंग {_NO}
    """,
    "transaction_number": f"""
        upi? transaction|txn|trans|trxn|payment {_NO} .? no|number|id|#?
        ट्रांज़ैक्शन|ट्रांजेक्शन|लेनदेन|भुगतान {_NO}
    """,
    "bank_reference": """
        utr|rrn|arn no|number|id|#|:?
        upi|imps|neft|rtgs|bank ref|reference|rrn|utr .? no|number|id|#?
        ref|reference no|number|id|#
        यूटीआर|आरआरएन नंबर|संख्या?
        संदर्भ संख्या|नंबर|क्रमांक
    """,
    "paid_amount": """
        total? amount|amt paid|received|debited
        paid amount|amt
        total paid
        you paid
        payment|transaction|txn amount|amt|value
        भुगतान राशि|रकम
        भुगतान की? गई? राशि|रकम
        चुकाई गई? राशि|रकम
        कुल भुगतान
        प्राप्त राशि|रकम
    """,
    "total_amount": """
        grand|net|invoice|bill|order total
        total amount|amt|value|payable|price|cost
        net|invoice|bill|order amount|amt|value|payable
        amount payable
        कुल राशि|रकम|योग|मूल्य|जोड़
        बिल की? राशि|रकम
        इनवॉइस की? राशि|रकम
        देय राशि|रकम
    """,
    "sum": """
        total|amount|amt
        कुल|राशि|रकम
    """,
    "moved": """
        debited|sent|deducted|डेबिट|कटे|paid
        debited|sent by|for|with
    """,
    "invoice_date": """
        tax? invoice|bill|receipt date|dated
        date of invoice|bill|issue
        इनवॉइस|बिल|रसीद की? तारीख|दिनांक|तिथि
    """,
    "order_date": """
        order|booking date
        order? placed|ordered|booked on|at|:
        date of order
        ऑर्डर की? तारीख|दिनांक|तिथि
    """,
    "paid_at": """
        payment|transaction|txn|value date|time
        paid|debited on|at
        date of payment|transaction
        भुगतान|लेनदेन की? तारीख|दिनांक|तिथि
    """,
    "delivered_at": """
        delivery date
        delivered on|at|:
        date of delivery
        डिलीवरी की? तारीख|दिनांक|तिथि
        डिलीवर हुआ
    """,
    "plain_date": """
        date|dated|दिनांक|तारीख|तिथि
    """,
    "name": """
        customer|buyer|client|payer name
        name
        bill|billed|sold|invoiced|issued to
        received from
        ग्राहक|खरीदार का? नाम
        नाम
    """,
    "payment_method": """
        payment mode|method|type|via
        mode|method of payment
        paid via|by|using|through|with
        भुगतान का? तरीका|माध्यम|विधि|मोड
    """,
    "other": """
        sub -? total
        subtotal|taxable|discount|balance|shipping|cgst|sgst|igst|gstin|pan|phone|mobile|email|address|qty|hsn|sac
        total tax|gst|qty|quantity|items|discount|savings|saved
        taxable|unit|tax amount|value|price
        amount in words
        amount|balance due
        refund|refunded|cashback|coupon amount|amt|value
        avl|available|closing|opening bal|balance
        due|expiry|renewal|valid date|till|on
        expected|estimated delivery date|by?
        bank|product|item|company|seller|beneficiary|branch|payee|merchant name
        sold|shipped|delivered by|from
        place of supply
        छूट|पता|मोबाइल|फोन|शेष
        विक्रेता|बैंक|कंपनी|उत्पाद का? नाम
    """,
}
_AMOUNTS = ("paid_amount", "total_amount", "sum", "moved")
_DATES = ("invoice_date", "order_date", "paid_at", "delivered_at", "plain_date")
_IDS = ("invoice_number", "order_number", "transaction_number", "bank_reference")
_ID_KINDS = ("utr", "rrn", "arn", "reference", "number")
# Of several totals the last counts; of anything else that stands twice with two values none does.
_LAST_COUNTS = ("total_amount", "sum")
_SIGNS = " \t:;.,#=-|*()[]"
_COLUMNS = re.compile(r"\t| {2,}|[,;|]")
_NAME = re.compile(r"[^\d\W][\w.' \u0900-\u097f-]{1,60}")
_loading = Lock()


@dataclass(frozen=True)
class DocumentValue:
    """One value of a document. `label` is what it is called there: invoice_number, order_number, transaction_number,
    bank_reference, paid_amount, total_amount, invoice_date, order_date, paid_at, delivered_at, name, payment_method,
    or the name of the company's own shape of id. `value` is as in `Value`, `text` the words it was read from.
    """

    label: str
    value: Any
    text: str
    certain: bool = True
    precision: str = ""


@dataclass(frozen=True)
class _Place:
    """A label in a line, from `start` to `end`; what it labels reaches to `until`."""

    label: str
    start: int
    end: int
    until: int


def read_document(text: str, now: datetime, id_patterns: Sequence[IdPattern] = ()) -> tuple[DocumentValue, ...]:
    """The labelled values in the text of a document, each label once, in the order of the text; none for prose.

    What is labelled twice with two values (an account statement) says nothing surely and is left out.
    """
    lines = [line.rstrip() for line in text.splitlines() if line.strip()][:_LINES_AT_MOST]
    found: dict[str, list[DocumentValue]] = {}
    for value in _values(lines, now, id_patterns):
        found.setdefault(value.label, []).append(value)
    kept = {}
    for label, values in found.items():
        if label in _LAST_COUNTS:
            kept[label] = values[-1]
        elif len({str(value.value) for value in values}) == 1:
            kept[label] = values[0]
    return tuple(_told_apart(kept))


def warm() -> None:
    """Imports spaCy and builds the patterns, so that the first document does not wait for it."""
    _patterns()


def _told_apart(found: Mapping[str, DocumentValue]) -> Iterator[DocumentValue]:
    """The values with the loose labels settled: a bare total stands in for a grand one, a lone date is the bill's."""
    renamed = {
        "sum": "total_amount",
        "moved": "paid_amount",
        "plain_date": "invoice_date" if "invoice_number" in found else "paid_at",
    }
    for label, value in found.items():
        name = renamed.get(label, label)
        if name == label:
            yield value
        elif name not in found and not (label == "sum" and found.keys() & {"paid_amount", "moved"}):
            certain = value.certain and label != "sum"
            yield DocumentValue(name, value.value, value.text, certain, value.precision)


def _values(lines: Sequence[str], now: datetime, shapes: Sequence[IdPattern]) -> Iterator[DocumentValue]:
    """The values of all lines. A label at the end of its line is followed by its value in the next."""
    read = 0
    for number, line in enumerate(lines):
        message = prepare(line)
        # Ids of the company's own shape need no label.
        for value in read_order_ids(message, shapes):
            if value.certain:
                yield DocumentValue(value.kind, value.value, message.text[value.start : value.end])
        places = _places(message)
        follows = lines[number + 1] if number + 1 < len(lines) else ""
        below = _Below(follows) if follows and not _begins_with_label(follows) else None
        for place in places:
            read += place.label != "other"
            if place.label == "other" or read > _LABELS_AT_MOST:
                continue
            behind = message.text[place.end : place.until]
            if place.label == "moved":
                yield from _moved(message, place, now)
            elif behind.strip(_SIGNS):
                yield from _behind(place.label, message.text[place.start : place.end], behind, now, shapes)
            elif below is not None and all(not message.text[each.end : each.until].strip(_SIGNS) for each in places):
                yield from below.take(place.label, message.text[place.start : place.end], now, shapes)


class _Below:
    """The line below a line of labels: each label takes the first value of its kind that is still free."""

    def __init__(self, line: str) -> None:
        self.rest = line.strip()

    def take(self, label: str, words: str, now: datetime, shapes: Sequence[IdPattern]) -> Iterator[DocumentValue]:
        for value in list(_behind(label, words, self.rest, now, shapes))[:1]:
            self.rest = self.rest.replace(value.text, " ; ", 1)
            yield value


def _begins_with_label(line: str) -> bool:
    places = _places(prepare(line))
    return bool(places) and places[0].start == 0


def _behind(label: str, words: str, text: str, now: datetime, shapes: Sequence[IdPattern]) -> Iterator[DocumentValue]:
    """What stands behind a label: its `words` are read with it, since they tell an RRN from a phone number."""
    if label == "name":
        yield from _name(text)
        return
    whole = f"{words} {text}"
    values = [each for each in read_values(whole, now, id_patterns=shapes) if each.start >= len(words)]
    kinds = {shape.kind for shape in shapes}
    if label in _IDS:
        chosen = next((each for each in values if _is_id(each, kinds)), None)
    elif label in _AMOUNTS:
        sums = [each for each in values if each.kind == "amount"]
        bare = [each for each in values if each.kind == "number"]
        chosen = next((each for each in (*sums, *bare) if each.value > 0), None)
    elif label in _DATES:
        chosen = next((each for each in values if each.kind == "moment" and isinstance(each.value, datetime)), None)
    else:
        chosen = next((each for each in values if each.kind == "payment_method"), None)
    if chosen is not None:
        value = chosen.text.strip() if chosen.kind == "number" and label in _IDS else chosen.value
        yield DocumentValue(label, value, chosen.text, chosen.certain, chosen.precision)


def _is_id(value: Value, kinds: set[str]) -> bool:
    if value.kind not in kinds and value.kind not in _ID_KINDS:
        return False
    return len(value.text.strip()) >= _SHORTEST_ID and any(character.isdigit() for character in value.text)


def _name(text: str) -> Iterator[DocumentValue]:
    first = next((part.strip(_SIGNS) for part in _COLUMNS.split(text.strip(_SIGNS)) if part.strip(_SIGNS)), "")
    if _NAME.fullmatch(first) and len(first) <= _LONGEST_NAME:
        yield DocumentValue("name", first, first)


def _moved(message: Message, place: _Place, now: datetime) -> Iterator[DocumentValue]:
    """The sum that a bank's message says was debited, right behind the word or before it, and the day."""
    values = read_values(message.text, now)
    sums = [each for each in values if each.kind == "amount" and isinstance(each.value, Decimal)]
    behind = [each for each in sums if 0 <= each.start - place.end <= _BESIDE]
    before = [each for each in sums if 0 <= place.start - each.end <= _BESIDE]
    chosen = behind[:1] if behind and (not before or behind[0].start - place.end <= 4) else before[-1:]
    for each in chosen:
        yield DocumentValue("moved", each.value, each.text, each.certain)
        days = [day for day in values if day.kind == "moment" and day.precision in ("day", "minute", "hour")]
        for day in days[:1]:
            yield DocumentValue("paid_at", day.value, day.text, day.certain, day.precision)


def _places(message: Message) -> list[_Place]:
    """The labels of a line, the longest where several overlap, each with the stretch behind it."""
    from spacy.tokens import Doc
    from spacy.util import filter_spans

    vocab, matcher, known = _patterns()
    words = message.words
    if not words:
        return []
    doc = Doc(vocab, words=[word.text if word.text in known else "_" for word in words])
    spans = filter_spans(matcher(doc, as_spans=True))
    starts = [words[span.start].start for span in spans]
    ends = [*starts[1:], len(message.text)][: len(starts)]
    return [
        _Place(span.label_, start, words[span.end - 1].end, until)
        for span, start, until in zip(spans, starts, ends, strict=True)
    ]


def _patterns() -> tuple["Vocab", "Matcher", frozenset[str]]:
    """The vocabulary, the patterns of all labels in it, and the words that they know."""
    with _loading:
        return _built()


@cache
def _built() -> tuple["Vocab", "Matcher", frozenset[str]]:
    from spacy.matcher import Matcher
    from spacy.vocab import Vocab

    vocab, known = Vocab(), set()
    matcher = Matcher(vocab)
    for label, lines in _PATTERNS.items():
        patterns = []
        for line in lines.strip().splitlines():
            tokens = []
            for token in line.split():
                spelled = [_spelled(word) for word in token.removesuffix("?").split("|") if word]
                known.update(spelled)
                optional = {"OP": "?"} if token.endswith("?") else {}
                tokens.append({"ORTH": {"IN": spelled}, **optional})
            patterns.append(tokens)
        matcher.add(label, patterns, greedy="LONGEST")
    return vocab, matcher, frozenset(known)


def _spelled(word: str) -> str:
    """A word as `Message.words` gives it."""
    return prepare(word).words[0].text
