"""The draft of a pack from a company's own document: the texts of its files, and what stands out in it.

`draft(document, brand, name, day) -> Draft`. The clauses are the document's own words in the language it is written in;
everything a person has to write or decide is marked "To be written" or "To be translated", so that the pack loads and
answers at once and nothing unfinished can pass for finished. Requests of every kind go to a person.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from policies.document_lines import short
from policies.importer import Document, Piece

ContactKind = Literal["email", "phone", "whatsapp", "portal", "website", "address"]
LimitKind = Literal["time", "percent", "amount"]

_LABEL_LENGTH = 20
_QUESTION_LENGTH = 80
_NUMBER = r"\d(?:,?\d)*(?:\.\d+)?"
_RANGE = rf"{_NUMBER}\+?(?:\s*(?:-|–|—|to|से)\s*{_NUMBER}\+?)?"
_UNIT = (
    r"(?:(?:working|business|calendar|bank(?:ing)?|consecutive)[\s-]+)?(?:minutes?|hours?|hrs?|days?|weeks?|months?|years?)\b"
    r"|(?:कार्य\s?दिवस|कार्यदिवस|कामकाजी\s+दिन|घंटे|घंटों|दिनों|दिन|सप्ताह|हफ़्ते|हफ्ते|महीने|महीनों|माह|साल|वर्ष)"
)
_TIME = re.compile(rf"(?<![\w₹.,/-])(?P<count>{_RANGE})\)?[\s-]*(?P<unit>{_UNIT})", re.IGNORECASE)
_PERCENT = re.compile(rf"(?<![\w₹.,/-]){_RANGE}\s*(?:%|per\s?cent\b|percent\b|प्रतिशत)", re.IGNORECASE)
_CURRENCY = r"(?:₹|\bRs\.?|\bINR\b|रु\.?|रुपये)"
_AMOUNT = re.compile(
    rf"{_CURRENCY}\s*{_NUMBER}\+?(?:\s*(?:-|–|—|to|से)\s*(?:{_CURRENCY}\s*)?{_NUMBER}\+?)?(?:\s*(?:lakhs?|crores?|लाख)\b)?"
    rf"|(?<![\w.,]){_NUMBER}(?:/-|\s*(?:rupees|रुपये|रुपए))",
    re.IGNORECASE,
)
_DEVANAGARI_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_SITE = re.compile(
    r"(?<![\w@.-])(?:https?://|www\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.(?:com|in|org|net|io|co|shop|store|app|dev|biz|info)"
    r"(?:/[\w./?=&%#-]{0,200})?(?![\w@-])",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w₹.-])(?:\+\s?\d{1,3}[\s-]?(?:\(?\d{2,5}\)?[\s-]?){2,4}\d{0,4}|0?[6-9]\d{4}[\s-]?\d{5}|1[89]\d{2}[\s-]?\d{2,3}[\s-]?\d{3,4}"
    r"|0\d{2,4}[\s-]\d{6,8})(?!\w)"
)
_ADDRESS = re.compile(
    r"(?:registered |office |postal )?(?:address|पता)\s*[:–-]\s*(?P<value>\S.{3,200})$", re.IGNORECASE
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATED = re.compile(
    r"\b(?:updated|modified|revised|revision|effective|in force|applicable from|dated|w\.e\.f\.?|last update)\b",
    re.IGNORECASE,
)
_DATES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        r"\b(?P<year>20\d\d)-(?P<number>\d{1,2})-(?P<day>\d{1,2})\b",
        r"\b(?P<day>\d{1,2})[/.-](?P<number>\d{1,2})[/.-](?P<year>20\d\d)\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\.?,?\s+(?P<year>20\d\d)\b",
        rf"\b{_MONTH}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>20\d\d)\b",
    )
)
_DATE_REACH = 70


@dataclass(frozen=True)
class Limit:
    """A time, share or sum that a clause names, as it is written there."""

    clause: str
    kind: LimitKind
    text: str


@dataclass(frozen=True)
class FoundContact:
    """A way to reach the company, and the first clause that names it."""

    kind: ContactKind
    value: str
    clause: str


@dataclass(frozen=True)
class Draft:
    """The texts of the files by their path inside the pack's folder, and what was found on the way."""

    files: Mapping[str, str]
    limits: tuple[Limit, ...]
    contacts: tuple[FoundContact, ...]


def find_limits(pieces: Iterable[Piece]) -> Iterator[Limit]:
    """Times, shares and sums in the order of the clauses, each once for a clause."""
    kinds: tuple[tuple[LimitKind, re.Pattern[str]], ...] = (("time", _TIME), ("percent", _PERCENT), ("amount", _AMOUNT))
    for piece in pieces:
        plain = piece.text.translate(_DEVANAGARI_DIGITS)
        found = sorted(
            (match.start(), kind, _limit_words(kind, match)) for kind, shape in kinds for match in shape.finditer(plain)
        )
        yield from (Limit(piece.id, kind, words) for kind, words in dict.fromkeys(item[1:] for item in found))


def _limit_words(kind: LimitKind, match: re.Match[str]) -> str:
    if kind == "time":
        count = re.sub(r"\s*([-–—])\s*", r"\1", match["count"])
        return f"{count} {' '.join(match['unit'].lower().replace('-', ' ').split())}"
    return " ".join(match[0].split())


def find_contacts(pieces: Iterable[Piece]) -> tuple[FoundContact, ...]:
    """E-mail addresses, numbers, sites and postal addresses, each once."""
    found: dict[tuple[str, str], FoundContact] = {}
    for piece in pieces:
        for kind, value in _contacts_in(piece.text):
            plain = re.sub(r"\D", "", value)[-10:] if kind in ("phone", "whatsapp") else value.lower().rstrip("/")
            found.setdefault((kind, plain), FoundContact(kind, value, piece.id))
    return tuple(found.values())


def _contacts_in(text: str) -> Iterator[tuple[ContactKind, str]]:
    for match in _EMAIL.finditer(text):
        yield "email", match[0].rstrip(".-")
    rest = _EMAIL.sub(" ", text)
    for match in _PHONE.finditer(rest.translate(_DEVANAGARI_DIGITS)):
        value = match[0].strip(" -(")
        value = value if "(" in value else value.rstrip(" -)")
        if 10 <= len(re.sub(r"\D", "", value)) <= 13:
            before = rest[max(match.start() - 24, 0) : match.start()].lower()
            yield ("whatsapp" if re.search(r"whats\s?app|व्हाट्सएप", before) else "phone"), value
    for match in _SITE.finditer(rest):
        before = rest[max(match.start() - 24, 0) : match.start()].lower()
        yield ("portal" if "portal" in before else "website"), match[0].rstrip("./")
    address = _ADDRESS.match(text)
    if address:
        yield "address", address["value"]


def find_date(text: str) -> date | None:
    """The day on which the document says it was updated or is in force from."""
    for told in _DATED.finditer(text):
        near = text[told.end() : told.end() + _DATE_REACH]
        matches = sorted((m for shape in _DATES for m in shape.finditer(near)), key=lambda match: match.start())
        for match in matches:
            try:
                return date(int(match["year"]), _month(match.groupdict()), int(match["day"]))
            except ValueError:
                continue
    return None


def _month(found: Mapping[str, str | None]) -> int:
    name = found.get("month")
    return _MONTHS.index(name[:3].lower()) + 1 if name else int(found.get("number") or 0)


def label_of(text: str) -> str:
    """At most 20 characters for a button: what stands before a colon, else the first words."""
    before, colon, _ = text.partition(":")
    return short(before if colon and 3 <= len(before) <= 40 else text, _LABEL_LENGTH)


def draft(document: Document, brand: str, name: str, day: date, *, dated_by_source: bool) -> Draft:
    """The files of a draft for the company `brand`, in force from `day`."""
    limits = tuple(find_limits(document.stated))
    contacts = find_contacts(document.stated)
    own = "hi" if _is_hindi(document) else "en"
    folder = day.isoformat()
    files = {
        "brand.yaml": _brand_file(brand, name, contacts),
        f"{folder}/version.yaml": _version_file(document, day, dated_by_source),
        f"{folder}/clauses.yaml": _clauses_file(document, own),
        f"{folder}/facts.yaml": _FACTS,
        f"{folder}/claims.yaml": _claims_file(limits),
        f"{folder}/rulings.yaml": _RULINGS,
        f"{folder}/questions.yaml": _questions_file(document, own),
        f"{folder}/silent.yaml": _SILENT,
    }
    return Draft(files, limits, contacts)


def _is_hindi(document: Document) -> bool:
    text = "".join(piece.text for piece in document.pieces)
    return len(re.findall(r"[\u0904-\u0939]", text)) > len(re.findall(r"[A-Za-z]", text))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _words(own: str, text: str, other: str) -> str:
    """`text` in the document's language, `other` in the remaining ones, as one mapping."""
    return (
        "{" + ", ".join(f"{each}: {_quoted(text if each == own else other)}" for each in ("en", "hi", "hinglish")) + "}"
    )


def _says(own: str, text: str, indent: str) -> str:
    lines = ((each, text if each == own else f"To be translated: {text}") for each in ("en", "hi", "hinglish"))
    return "".join(f"{indent}{each}: {_quoted(words)}\n" for each, words in lines)


def _in_all(text: str) -> str:
    return _words("en", text, text)


def _schema(name: str, up: str) -> str:
    return f"# yaml-language-server: $schema={up}schema/{name}.json\n"


def _case_prefix(brand: str) -> str:
    letters = re.sub(r"[^a-z]", "", brand).upper()
    return letters[:3] if len(letters) > 1 else "RD"


def _brand_file(brand: str, name: str, contacts: Iterable[FoundContact]) -> str:
    found = "".join(
        f"  - {{kind: {each.kind}, value: {_quoted(each.value)}, clause: {_quoted(each.clause)}}}\n"
        for each in contacts
    )
    return (
        _schema("brand", "../../")
        + "# A draft. Write what is marked, check the contacts, and say where refunds go (payout, payout_clause).\n"
        + f"id: {brand}\nname: {_quoted(name)}\n"
        + f"about: {_in_all('To be written: one line on what the company sells.')}\n"
        + f"case_prefix: {_case_prefix(brand)}\n"
        + "payout: original_method\n"
        + (f"contacts:\n{found}" if found else "contacts: []\n")
        + f"privacy: {_in_all('To be written: what is kept of this chat, for what, and how it is deleted.')}\n"
    )


def _version_file(document: Document, day: date, dated_by_source: bool) -> str:
    ids = ", ".join(_quoted(piece.id) for piece in document.pieces)
    headings = ", ".join(_quoted(heading) for heading in document.headings)
    return (
        _schema("version", "../../../")
        + f"in_force_from: {day.isoformat()}\ndated_by_source: {str(dated_by_source).lower()}\n"
        + f"source_ids: [{ids}]\nheadings: [{headings}]\n"
    )


def _clauses_file(document: Document, own: str) -> str:
    parts = [
        _schema("clauses", "../../../"),
        "# A draft: the document's own words. Say each clause in plain words, keep every figure and condition,\n"
        "# translate what is marked, and give labels of at most 20 characters in the three languages.\n",
        "sections:\n",
        *(f"  {_quoted(part.id)}:\n    title: {_words(own, part.title, part.title)}\n" for part in document.parts),
        "clauses:\n",
    ]
    for piece in document.stated:
        label = label_of(piece.text)
        parts.append(
            f"  - id: {_quoted(piece.id)}\n    section: {_quoted(piece.section)}\n"
            f"    label: {_words(own, label, label)}\n    says:\n{_says(own, piece.text, '      ')}"
        )
    return "".join(parts)


def _questions_file(document: Document, own: str) -> str:
    parts = [
        _schema("questions", "../../../"),
        "# A draft: one question for each clause, in the clause's own first words. Write what customers type, in\n"
        "# their words and in all three languages, at least eight for each clause.\n",
    ]
    parts += (
        f"{_quoted(piece.id)}:\n  {own}:\n    - {_quoted(short(piece.text, _QUESTION_LENGTH))}\n"
        for piece in document.stated
    )
    return "".join(parts)


def _claims_file(limits: Iterable[Limit]) -> str:
    found = list(limits)
    times = [each for each in found if each.kind == "time"]
    figures = [each for each in found if each.kind != "time"]
    lines = [_schema("claims", "../../../"), _CLAIMS]
    if times:
        lines.append(
            "\n# Times that clauses name. Those that limit the same matter get the same name, so that `policy check`\n"
            "# finds clauses that differ; a time for the company itself belongs to etas or service_times.\n"
            "# windows:\n"
        )
        lines += (
            f"#   - {{matter: to_be_named, clause: {_quoted(each.clause)}, limit: {_quoted(each.text)}}}\n"
            for each in times
        )
    if figures:
        lines.append("\n# Shares and sums that clauses name, for the amounts of the rules.\n")
        lines += (f"#   {each.clause}: {each.text}\n" for each in figures)
    return "".join(lines)


_FACTS = (
    _schema("facts", "../../../")
    + """# A draft. Add the facts that the clauses turn on, and a slot for each that a customer can tell.
facts:
  reason:
    type: text
    label: {en: "Reason", hi: "कारण", hinglish: "Wajah"}
slots:
  reason:
    ask:
      en: "What happened, and what would you like us to do?"
      hi: "क्या हुआ, और आप हमसे क्या चाहते हैं?"
      hinglish: "Kya hua, aur aap humse kya chahte hain?"
    why:
      en: "The person who takes your request over reads it."
      hi: "जो आपका अनुरोध देखेंगे, वे इसे पढ़ते हैं।"
      hinglish: "Jo aapki request dekhenge, wo ise padhte hain."
    reads: free_text
    need: always
"""
)

_CLAIMS = """# A draft: every request is taken down and goes to a person. Claim types with rules let the pack decide.
claim_types:
  general_request:
    name: {en: "Ask a person", hi: "किसी व्यक्ति से पूछें", hinglish: "Kisi person se puchein"}
    kind: service
    applies: []
    slots: [reason]
"""

_RULINGS = (
    _schema("rulings", "../../../")
    + """# The owner's word on clauses that disagree goes here.
rulings: []
"""
)

_SILENT = (
    _schema("silent", "../../../")
    + """# A draft. What customers ask that the policy does not answer: a name for each matter, and how they ask.
- topic: to_be_written
"""
)
