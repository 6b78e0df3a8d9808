"""The lines of a company's document, and how each can be read: a marker of a list, a number, a title, a label.

`read_lines(text)` gives the lines of plain text or Markdown, with headings marked and sentences that were broken over
lines joined again. Nothing here decides what is a section: a line that begins with "1." may be one or an item.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

Style = Literal["decimal", "roman", "word"]
Number = tuple[int, ...]

_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
_ODD_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_MARKS = "•◦▪▫‣·●○■□➢➤►▶✓✔✗✘❖∙\uf0b7\uf0a7\uf0d8"
_BULLET = re.compile(rf"([{_MARKS}]|[-–—*+](?=\s)|[oO](?=\s{{2,}}))\s*(?P<rest>.*)$")
_COUNTED = re.compile(
    r"(?:\((?P<a>\d{1,2}|[a-z]|[ivx]{2,4})\)|(?P<b>\d{1,2}|[a-zA-Z]|[ivx]{2,4})[.)])\s+(?P<rest>\S.*)$"
)
_STEP = re.compile(r"(?:step|चरण)\s*\d{1,2}\s*[:.)–-]\s*(?P<rest>\S.*)$", re.IGNORECASE)
_NUMBER = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3})*)(?P<mark>\s*[.):।]|\s+[-–—](?=\s)|(?=\s))\s*(?P<rest>\S.*)$")
_WORD_NUMBER = re.compile(
    r"(?:section|clause|article|part|chapter|धारा|खंड|भाग)\s+(?P<number>\d{1,3}(?:\.\d{1,3})*|[IVXL]{1,6})"
    r"\s*[.):।–—-]*\s*(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"(?P<number>[IVXL]{1,6})\s*[.):–—-]\s+(?P<rest>\S.*)$")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}
_MARKED_HEADING = re.compile(r"(?P<level>#{1,6})\s+(?P<rest>\S.{0,200})$")
_BOLD_LINE = re.compile(r"(\*\*|__)(?P<rest>[^*_]{1,120})\1:?$")
_LINK = re.compile(r"!?\[([^\]]{0,500})\]\(([^)\s]{1,500})(?:\s[^)]{0,200})?\)")
_TABLE_RULE = re.compile(r"\|\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$")
CONTACT_LINE = re.compile(
    r"(?:e-?mail(?: id| us)?|phone|tel(?:ephone)?|mobile|call(?: us)?|whats ?app|web ?site|web|address|helpline"
    r"|toll[ -]free|support portal|portal|customer care|ईमेल|फ\u093c?ोन|मोबाइल|व्हाट्सएप|वेबसाइट|पता)\s*[:–-]\s*\S",
    re.IGNORECASE,
)
LABELLED = re.compile(r"(?P<label>[^\s:][^:.!?]{0,38}[^\s:.!?]):\s+\S")
_PAGE_NUMBER = re.compile(r"(?:page\s*)?\d{1,3}(?:\s*(?:/|of)\s*\d{1,3})?$|[-–]\s*\d{1,3}\s*[-–]$", re.IGNORECASE)
_ARTICLES = frozenset(["a", "an", "and", "as", "at", "or", "per", "the", "via", "vs", "when", "&", "-", "–", "—", "/"])
_PREPOSITIONS = frozenset(["by", "for", "from", "in", "into", "of", "on", "to", "upon", "with"])
PRONOUNS = frozenset(["a", "an", "the", "our", "your", "us", "we", "you", "my", "their", "its"])
_SMALL_WORDS = _ARTICLES | _PREPOSITIONS
END = (".", "!", "?", ";", ",", "।")
TITLE_LENGTH = 90
_TITLE_WORDS = 12
_SHORT_HEADING = 50
_WRAP_LENGTH = 130
# A paragraph longer than this is not made longer still by joining lines.
_LONGEST_JOINED = 5000


@dataclass(frozen=True)
class Line:
    """One line: how far it is indented, its words, whether a blank line stands before it, its level as a heading."""

    text: str
    indent: int = 0
    after_blank: bool = False
    level: int = 0


def _clean(text: str) -> str:
    """`text` in one form of each character, without what nobody sees."""
    text = _ODD_SPACES.sub(" ", unicodedata.normalize("NFC", text))
    kept = []
    for character in text:
        kind = unicodedata.category(character)
        if character in "\n\t\u200c\u200d\uf0b7\uf0a7\uf0d8" or kind not in ("Cc", "Cf", "Cs", "Co", "Cn"):
            kept.append(character)
    return "".join(kept)


def read_lines(text: str) -> list[Line]:
    """The lines of `text` with headings marked, wrapped sentences joined and lone markers put before their words."""
    text = "\n".join(text.splitlines())
    raw: list[Line] = []
    blank = True
    for row in _clean(text).expandtabs(4).split("\n"):
        words = row.strip()
        if not words:
            blank = True
            continue
        indent = len(row) - len(row.lstrip())
        quoted = words.lstrip("> ") if words.startswith(">") else words
        if quoted:
            raw.append(Line(quoted, indent, blank))
            blank = False
    return _unwrapped(_without_lone_markers(_marked(raw)))


def _marked(raw: Sequence[Line]) -> list[Line]:
    """Headings of Markdown with their level; rows of tables as items; emphasis and links as plain words."""
    found: list[Line] = []
    columns: list[str] = []
    for index, line in enumerate(raw):
        following = raw[index + 1].text if index + 1 < len(raw) else ""
        if re.fullmatch(r"=+|-{3,}|\*{3,}|_{3,}", line.text):
            if found and not line.after_blank and set(line.text) <= {"=", "-"} and not marker(found[-1].text):
                found[-1] = replace(found[-1], level=1 if line.text[0] == "=" else 2)
            continue
        if line.text.startswith("|") and line.text.count("|") > 1:
            if _TABLE_RULE.match(line.text):
                continue
            cells = [_plain(cell.strip()) for cell in line.text.strip("|").split("|")]
            if _TABLE_RULE.match(following):
                columns = cells
            else:
                found.append(replace(line, text=f"- {_table_row(columns, cells)}"))
            continue
        columns = []
        match = _MARKED_HEADING.match(line.text)
        if match:
            found.append(replace(line, text=_plain(match["rest"].rstrip("# ")), level=len(match["level"])))
        elif (match := _BOLD_LINE.match(line.text)) and not match["rest"].rstrip().endswith((*END, ":")):
            # Bold words alone on a line are how many editors make a heading.
            found.append(replace(line, text=_plain(match["rest"]), level=7 if not line.text.endswith(":") else 0))
        else:
            found.append(replace(line, text=_plain(line.text)))
    return found


def _table_row(columns: Sequence[str], cells: Sequence[str]) -> str:
    if len(cells) == 2:
        return ": ".join(cell for cell in cells if cell)
    named = zip(columns, cells, strict=False) if len(columns) == len(cells) else (("", cell) for cell in cells)
    return "; ".join(f"{column}: {cell}" if column else cell for column, cell in named if cell)


def _plain(text: str) -> str:
    """Markdown's emphasis, code and links as plain words."""

    def shown(match: re.Match[str]) -> str:
        words, target = match[1].strip(), match[2].removeprefix("mailto:").removeprefix("tel:")
        return (
            words
            if not words or target.startswith("#") or words in target or target in words
            else f"{words} ({target})"
        )

    text = _LINK.sub(shown, text)
    text = re.sub(r"(\*\*|__)(?=\S)([^*_]{1,2000}?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])\*(?=[^\s*])([^*]{1,2000}?)(?<=[^\s*])\*(?![\w*])", r"\1", text)
    text = re.sub(r"`([^`]{1,500})`", r"\1", text)
    return re.sub(r"\\([\\`*_{}\[\]()#+\-.!|>])", r"\1", text)


def _without_lone_markers(lines: Sequence[Line]) -> list[Line]:
    """A bullet or number that stands alone on its line, as printing often leaves it, goes before the next line."""
    found: list[Line] = []
    waiting: Line | None = None
    for line in lines:
        if waiting is not None:
            line = replace(waiting, text=f"{waiting.text} {line.text}", level=waiting.level or line.level)
            waiting = None
        if not line.level and re.fullmatch(
            rf"[{_MARKS}]|\(?[0-9a-z०-९]{{1,2}}[.)]|\d{{1,2}}(\.\d{{1,2}})+\.?", line.text
        ):
            waiting = line
        else:
            found.append(line)
    return found if waiting is None else [*found, waiting]


def _unwrapped(lines: Sequence[Line]) -> list[Line]:
    """Sentences that were broken over lines, in one line each."""
    longest = max((len(line.text) + line.indent for line in lines), default=0)
    broken = sum(
        line.text[:1].islower() and not line.after_blank and before.text[-1:].isalnum() and not marker(line.text)
        for before, line in pairwise(lines)
    )
    # Lines that go on with a small letter show that the text was broken at a width.
    width = longest if broken > 1 and 50 <= longest <= _WRAP_LENGTH else 0
    found: list[Line] = []
    last_length = 0
    for line in lines:
        length = len(line.text) + line.indent
        if found and _goes_on(found[-1], line, last_length, width):
            joint = "" if re.search(r"[A-Za-z]-$", found[-1].text) and line.text[:1].islower() else " "
            found[-1] = replace(found[-1], text=f"{found[-1].text}{joint}{line.text}")
        else:
            found.append(line)
        last_length = length
    return found


def _is_numbered_title(text: str) -> bool:
    return any(is_title(candidate.rest) for candidate in numbered(text))


def _goes_on(before: Line, line: Line, last_length: int, width: int) -> bool:
    """Whether `line` is the rest of the sentence or paragraph in `before`."""
    if line.after_blank or line.level or before.level or marker(line.text) or before.text.endswith(":"):
        return False
    if len(before.text) > _LONGEST_JOINED or CONTACT_LINE.match(line.text) or CONTACT_LINE.match(before.text):
        return False
    if len(before.text) < _SHORT_HEADING and _is_numbered_title(before.text):
        return False
    unfinished = not before.text.endswith(END[:4] + END[5:])
    if unfinished and line.text[:1].islower():
        return True
    counted = _NUMBER.match(line.text.translate(_DIGITS)) or _WORD_NUMBER.match(line.text) or _ROMAN.match(line.text)
    if counted and not (unfinished and last_length >= width * 0.8 > 0 and not counted["rest"][:1].isupper()):
        return False
    if marker(before.text) and line.indent > before.indent and unfinished:
        return True
    return (
        bool(width)
        and last_length >= width * 0.75
        and (unfinished or not (is_title(line.text) or is_labelled(line.text)))
    )


def marker(text: str) -> tuple[str, str] | None:
    """(kind of marker, words after it) of an item of a list; numbers may turn out to be sections."""
    if match := _BULLET.match(text):
        return (text[0], match["rest"]) if match["rest"] else None
    if match := _STEP.match(text):
        return "step", match["rest"]
    if match := _COUNTED.match(text.translate(_DIGITS)):
        mark = match["a"] or match["b"]
        kind = "1" if mark.isdigit() else "i" if len(mark) > 1 else "a" if mark.islower() else "A"
        return kind, text[len(text) - len(match["rest"]) :]
    return None


def _roman(text: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in text.upper()]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


@dataclass(frozen=True)
class Numbered:
    """A line that could be the heading of a numbered section."""

    number: Number
    style: Style
    rest: str
    bare: bool = False


def numbered(text: str) -> Iterator[Numbered]:
    """How the number that `text` begins with can be read."""
    plain = text.translate(_DIGITS)
    if match := _WORD_NUMBER.match(plain):
        number = match["number"]
        steps = tuple(map(int, number.split("."))) if number[0].isdigit() else (_roman(number),)
        yield Numbered(steps, "word", text[match.start("rest") :])
        return
    if match := _NUMBER.match(plain):
        steps = tuple(map(int, match["number"].split(".")))
        yield Numbered(steps, "decimal", text[match.start("rest") :], bare=not match["mark"].strip())
    elif match := _ROMAN.match(plain):
        yield Numbered((_roman(match["number"]),), "roman", text[match.start("rest") :])


def is_title(text: str) -> bool:
    """Whether a line reads like a heading: short, no sentence, most of its words with a capital."""
    text = without_ornament(text)
    words = text.split()
    if not words or len(text) > TITLE_LENGTH or len(words) > _TITLE_WORDS:
        return False
    if text.endswith((*END, ":")) or text.startswith(("(", "[", '"', "“")) or CONTACT_LINE.match(text) or "@" in text:
        return False
    outside = re.sub(r"\([^)]*\)", " ", text).split()
    weighty = [word for word in outside if word.lower() not in _SMALL_WORDS and word[0].isalpha()]
    if not weighty:
        return False
    cased = [word for word in weighty if word[0].lower() != word[0].upper()]
    if not cased:
        return len(words) <= 7
    return sum(word[0].isupper() for word in cased) * 3 >= len(cased) * 2 and cased[0][0].isupper()


def without_ornament(text: str) -> str:
    """`text` without the pictures before it and after it."""

    def is_ornament(character: str) -> bool:
        return unicodedata.category(character) in ("So", "Sk", "Mn", "Zs") or character in "\u200d\u200c*#_~"

    start, end = 0, len(text)
    if text and unicodedata.category(text[0]) == "So":
        while start < end and is_ornament(text[start]):
            start += 1
    while end > start and (text[end - 1].isspace() or unicodedata.category(text[end - 1]) == "So"):
        end -= 1
    return text[start:end].strip()


def has_ornament(text: str) -> bool:
    return bool(text) and unicodedata.category(text[0]) == "So"


def is_labelled(text: str) -> bool:
    match = LABELLED.match(text)
    return bool(match) and len(match["label"].split()) <= 4 and not text.endswith(":") if match else False


def short(text: str, length: int) -> str:
    """The first words of `text`, at most `length` characters."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    kept = text[: length + 1].rpartition(" ")[0] or text[:length]
    words = kept.split(" ")
    while len(words) > 1 and words[-1].lower().strip("(,") in _SMALL_WORDS | PRONOUNS:
        words.pop()
    return " ".join(words).rstrip(" ,;:–—-(").strip() or text[:length]


def join_pages(pages: Sequence[str]) -> str:
    """The pages of a printed document as one text, without page numbers and what stands on most pages' edges."""
    rows = [[line for line in page.splitlines() if line.strip()] for page in pages]
    edges: dict[str, int] = {}
    for page in rows:
        for line in {_edge(line) for line in (*page[:1], *page[-1:])}:
            edges[line] = edges.get(line, 0) + 1
    often = {line for line, count in edges.items() if count >= 3 and count * 2 > len(rows)}
    kept = []
    for page, full in zip(rows, pages, strict=True):
        dropped = {id(line) for line in (*page[:1], *page[-1:]) if _edge(line) in often}
        dropped |= {id(line) for line in (*page[:2], *page[-2:]) if _PAGE_NUMBER.match(line.strip())}
        lone = {line for line in page if id(line) in dropped}
        kept.append("\n".join(line for line in full.splitlines() if line not in lone))
    return "\n".join(kept)


def _edge(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()))
