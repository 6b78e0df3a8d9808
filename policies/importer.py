"""A company's own policy document as sections and clauses with ids: `cut(text) -> Document`.

The ids follow one scheme, whatever the document looks like:

- `2.1` is a section: its heading and the text before its first list. A heading without a number becomes a name.
- `2.1#3` is the third bullet or later paragraph of a section; `2#2.1` is the first bullet below the second.
- `2.2:lead2` introduces the second list of a section.
- `intro` is what stands before the first section, `note` a remark that closes the document.

Numbers are believed where they follow on the section before. So "1." below "To return an item:" is an item of a list,
and "2.2.1." run together with the sentence before it is a section all the same.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
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
# A section number that a lost line break has joined to the sentence before it.
_GLUED = re.compile(r"(?<=[^\d\s.][.!?:;।])\s?(?=\d{1,2}(?:\.\d{1,2})+\.?\s+[A-Z])")
_MARKED_HEADING = re.compile(r"(?P<level>#{1,6})\s+(?P<rest>\S.{0,200})$")
_BOLD_LINE = re.compile(r"(\*\*|__)(?P<rest>[^*_]{1,120})\1:?$")
_LINK = re.compile(r"!?\[([^\]]{0,500})\]\(([^)\s]{1,500})(?:\s[^)]{0,200})?\)")
_TABLE_RULE = re.compile(r"\|\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$")
_CONTACT_LINE = re.compile(
    r"(?:e-?mail(?: id| us)?|phone|tel(?:ephone)?|mobile|call(?: us)?|whats ?app|web ?site|web|address|helpline"
    r"|toll[ -]free|support portal|portal|customer care|ईमेल|फ\u093c?ोन|मोबाइल|व्हाट्सएप|वेबसाइट|पता)\s*[:–-]\s*\S",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"(?P<label>[^\s:][^:.!?]{0,38}[^\s:.!?]):\s+\S")
_NOTE = re.compile(r"(?:please note|note|disclaimer|n\.b\.|नोट|ध्यान दें)\s*[:–-]", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(?:page\s*)?\d{1,3}(?:\s*(?:/|of)\s*\d{1,3})?$|[-–]\s*\d{1,3}\s*[-–]$", re.IGNORECASE)
_ARTICLES = frozenset(["a", "an", "and", "as", "at", "or", "per", "the", "via", "vs", "when", "&", "-", "–", "—", "/"])
_PREPOSITIONS = frozenset(["by", "for", "from", "in", "into", "of", "on", "to", "upon", "with"])
_SMALL_WORDS = _ARTICLES | _PREPOSITIONS
_PRONOUNS = frozenset(["a", "an", "the", "our", "your", "us", "we", "you", "my", "their", "its"])
_END = (".", "!", "?", ";", ",", "।")
_TITLE_LENGTH = 90
_TITLE_WORDS = 12
_SHORT_HEADING = 50
_WRAP_LENGTH = 130
_FARTHEST_GAP = 3
# A paragraph longer than this is not made longer still by joining lines.
_LONGEST_JOINED = 5000


@dataclass(frozen=True)
class Piece:
    """One clause of the document: its id, the section it belongs to, and the document's own words."""

    id: str
    section: str
    text: str


@dataclass(frozen=True)
class Part:
    """A section: its id, its title, and whether its heading stands without a text of its own."""

    id: str
    title: str
    is_heading: bool


@dataclass(frozen=True)
class Document:
    """What was cut out of a text, in its order."""

    parts: tuple[Part, ...]
    pieces: tuple[Piece, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """The ids of headings without a text of their own."""
        return tuple(part.id for part in self.parts if part.is_heading)

    @property
    def stated(self) -> tuple[Piece, ...]:
        """The clauses that say something: all but the bare headings."""
        bare = set(self.headings)
        return tuple(piece for piece in self.pieces if piece.id not in bare)


def cut(text: str) -> Document:
    """The sections and clauses of `text`: plain text, or text marked up as Markdown."""
    return _Cutter(_lines(text)).cut()


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


# -- lines ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
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


def _lines(text: str) -> list[_Line]:
    """The lines of `text` with headings marked, wrapped sentences joined and lone markers put before their words."""
    text = "\n".join(text.splitlines())
    raw: list[_Line] = []
    blank = True
    for row in _clean(text).expandtabs(4).split("\n"):
        words = row.strip()
        if not words:
            blank = True
            continue
        indent = len(row) - len(row.lstrip())
        quoted = words.lstrip("> ") if words.startswith(">") else words
        if quoted:
            raw.append(_Line(quoted, indent, blank))
            blank = False
    return _unwrapped(_without_lone_markers(_marked(raw)))


def _marked(raw: Sequence[_Line]) -> list[_Line]:
    """Headings of Markdown with their level; rows of tables as items; emphasis and links as plain words."""
    found: list[_Line] = []
    columns: list[str] = []
    for index, line in enumerate(raw):
        following = raw[index + 1].text if index + 1 < len(raw) else ""
        if re.fullmatch(r"=+|-{3,}|\*{3,}|_{3,}", line.text):
            if found and not line.after_blank and set(line.text) <= {"=", "-"} and not _marker(found[-1].text):
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
        elif (match := _BOLD_LINE.match(line.text)) and not match["rest"].rstrip().endswith((*_END, ":")):
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


def _without_lone_markers(lines: Sequence[_Line]) -> list[_Line]:
    """A bullet or number that stands alone on its line, as printing often leaves it, goes before the next line."""
    found: list[_Line] = []
    waiting: _Line | None = None
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


def _unwrapped(lines: Sequence[_Line]) -> list[_Line]:
    """Sentences that were broken over lines, in one line each."""
    longest = max((len(line.text) + line.indent for line in lines), default=0)
    broken = sum(
        line.text[:1].islower() and not line.after_blank and before.text[-1:].isalnum() and not _marker(line.text)
        for before, line in pairwise(lines)
    )
    # Lines that go on with a small letter show that the text was broken at a width.
    width = longest if broken > 1 and 50 <= longest <= _WRAP_LENGTH else 0
    found: list[_Line] = []
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
    return any(_is_title(candidate.rest) for candidate in _numbered(text))


def _goes_on(before: _Line, line: _Line, last_length: int, width: int) -> bool:
    """Whether `line` is the rest of the sentence or paragraph in `before`."""
    if line.after_blank or line.level or before.level or _marker(line.text) or before.text.endswith(":"):
        return False
    if len(before.text) > _LONGEST_JOINED or _CONTACT_LINE.match(line.text) or _CONTACT_LINE.match(before.text):
        return False
    if len(before.text) < _SHORT_HEADING and _is_numbered_title(before.text):
        return False
    unfinished = not before.text.endswith(_END[:4] + _END[5:])
    if unfinished and line.text[:1].islower():
        return True
    counted = _NUMBER.match(line.text.translate(_DIGITS)) or _WORD_NUMBER.match(line.text) or _ROMAN.match(line.text)
    if counted and not (unfinished and last_length >= width * 0.8 > 0 and not counted["rest"][:1].isupper()):
        return False
    if _marker(before.text) and line.indent > before.indent and unfinished:
        return True
    return (
        bool(width)
        and last_length >= width * 0.75
        and (unfinished or not (_is_title(line.text) or _is_labelled(line.text)))
    )


# -- markers and numbers ----------------------------------------------------------------------------------------------


def _marker(text: str) -> tuple[str, str] | None:
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
class _Numbered:
    """A line that could be the heading of a numbered section."""

    number: Number
    style: Style
    rest: str
    bare: bool = False


def _numbered(text: str) -> Iterator[_Numbered]:
    """How the number that `text` begins with can be read."""
    plain = text.translate(_DIGITS)
    if match := _WORD_NUMBER.match(plain):
        number = match["number"]
        steps = tuple(map(int, number.split("."))) if number[0].isdigit() else (_roman(number),)
        yield _Numbered(steps, "word", text[match.start("rest") :])
        return
    if match := _NUMBER.match(plain):
        steps = tuple(map(int, match["number"].split(".")))
        yield _Numbered(steps, "decimal", text[match.start("rest") :], bare=not match["mark"].strip())
    elif match := _ROMAN.match(plain):
        yield _Numbered((_roman(match["number"]),), "roman", text[match.start("rest") :])


def _is_title(text: str) -> bool:
    """Whether a line reads like a heading: short, no sentence, most of its words with a capital."""
    text = _without_ornament(text)
    words = text.split()
    if not words or len(text) > _TITLE_LENGTH or len(words) > _TITLE_WORDS:
        return False
    if text.endswith((*_END, ":")) or text.startswith(("(", "[", '"', "“")) or _CONTACT_LINE.match(text) or "@" in text:
        return False
    outside = re.sub(r"\([^)]*\)", " ", text).split()
    weighty = [word for word in outside if word.lower() not in _SMALL_WORDS and word[0].isalpha()]
    if not weighty:
        return False
    cased = [word for word in weighty if word[0].lower() != word[0].upper()]
    if not cased:
        return len(words) <= 7
    return sum(word[0].isupper() for word in cased) * 3 >= len(cased) * 2 and cased[0][0].isupper()


def _without_ornament(text: str) -> str:
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


def _has_ornament(text: str) -> bool:
    return bool(text) and unicodedata.category(text[0]) == "So"


# -- cutting ----------------------------------------------------------------------------------------------------------


@dataclass
class _Item:
    """A bullet that is open: where it stands, its marker, its ordinal below its parent."""

    indent: int
    kind: str
    path: str
    text: str
    children: int = 0


@dataclass
class _Section:
    """A section while it is being cut."""

    id: str
    title: str
    heading: str
    lead: list[str] = field(default_factory=list)
    pieces: list[tuple[str, str]] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    open_items: list[_Item] = field(default_factory=list)
    count: int = 0
    lists: int = 0

    def add_item(self, indent: int, kind: str, text: str) -> None:
        """The next item of a list; those before it tell how deep it is."""
        self._settle_paragraphs(before_list=True)
        while self.open_items and indent < self.open_items[-1].indent:
            self.open_items.pop()
        while self.open_items and indent == self.open_items[-1].indent and not self._goes_below(kind):
            same = any(item.kind == kind and item.indent == indent for item in self.open_items)
            if self.open_items[-1].kind == kind or not same:
                self.open_items.pop()
                break
            self.open_items.pop()
        if self.open_items:
            parent = self.open_items[-1]
            parent.children += 1
            path = f"{parent.path}.{parent.children}"
        else:
            path = self._next()
        self.open_items.append(_Item(indent, kind, path, text))
        self.pieces.append((f"{self.id}#{path}", text))

    def _goes_below(self, kind: str) -> bool:
        """Without an indent: another kind of marker after an item that announces something."""
        last = self.open_items[-1]
        return last.kind != kind and last.text.endswith(":") and not last.children

    def _next(self) -> str:
        self.count += 1
        return str(self.count)

    def add_paragraph(self, text: str) -> None:
        """A paragraph; what it is depends on what follows."""
        self.paragraphs.append(text)
        self.open_items.clear()

    def _settle_paragraphs(self, *, before_list: bool) -> None:
        waiting, self.paragraphs = self.paragraphs, []
        if not self.pieces:
            labelled = _labelled_from(waiting)
            self.lead += waiting[:labelled]
            for text in waiting[labelled:]:
                self.pieces.append((f"{self.id}#{self._next()}", text))
            self.lists += before_list
            return
        leads: list[str] = []
        while before_list and waiting and waiting[-1].endswith(":"):
            leads.append(waiting.pop())
        for text in waiting:
            self.pieces.append((f"{self.id}#{self._next()}", text))
        if leads:
            self.lists += 1
            self.pieces.append((f"{self.id}:lead{max(self.lists, 2)}", " ".join(reversed(leads))))

    def close(self) -> tuple[Part, list[Piece]]:
        """The section and its clauses; a heading alone is its own text."""
        self._settle_paragraphs(before_list=False)
        text = " ".join(self.lead)
        own = Piece(self.id, self.id, text or self.heading)
        return Part(self.id, self.title, not text and bool(self.heading)), [
            own,
            *(Piece(id_, self.id, words) for id_, words in self.pieces),
        ]


def _labelled_from(paragraphs: Sequence[str]) -> int:
    """Where the labelled paragraphs at the end begin: contact lines, or two and more like "For shops: …"."""
    start = len(paragraphs)
    while start and _CONTACT_LINE.match(paragraphs[start - 1]):
        start -= 1
    if start < len(paragraphs):
        return start
    while start and _is_labelled(paragraphs[start - 1]):
        start -= 1
    return start if len(paragraphs) - start > 1 else len(paragraphs)


def _is_labelled(text: str) -> bool:
    match = _LABELLED.match(text)
    return bool(match) and len(match["label"].split()) <= 4 and not text.endswith(":") if match else False


class _Cutter:
    """Walks over the lines once and opens a section at each heading."""

    def __init__(self, lines: list[_Line]) -> None:
        self.lines = lines
        marked = [line.level for line in lines if line.level]
        # One heading at the top is the document's own title.
        self.is_marked = len(marked) > 1
        self.style: Style | None = None
        self.number: Number = ()
        self.heading_indent = 0
        self.section = _Section("intro", "Introduction", "")
        self.done: list[tuple[Part, list[Piece]]] = []
        self.names: dict[str, int] = {"intro": 1}
        self.first_title = next(
            (i for i, line in enumerate(lines) if i and line.after_blank and _is_title(line.text)), None
        )
        bare = {c.number for line in lines for c in _numbered(line.text) if c.bare and _is_title(c.rest)}
        self.has_bare_numbers = {(1,), (2,)} <= bare
        self.has_numbers = self._has_numbers()

    def _has_numbers(self) -> bool:
        """Whether the sections are numbered: a first heading with something below it, before any titled section."""
        return any(
            candidate.number in ((1,), (1, 1)) and self._opens_section(index, candidate)
            for index, line in enumerate(self.lines)
            for candidate in _numbered(line.text)
        )

    def cut(self) -> Document:
        """The document."""
        for index in range(len(self.lines)):
            self._take(index, self.lines[index])
        self._close()
        self._move_note()
        done = [(part, pieces) for part, pieces in self.done if part.id != "intro" or any(p.text for p in pieces)]
        pieces = tuple(piece for _, found in done for piece in found if piece.text)
        return Document(tuple(part for part, _ in done), pieces)

    def _take(self, index: int, line: _Line) -> None:
        glued = self._glued_at(line)
        if glued:
            self._take(index, replace(line, text=line.text[:glued].strip()))
            line = replace(line, text=line.text[glued:].strip(), after_blank=True)
        numbered = self._heading_number(index, line)
        if numbered is not None:
            self._open_numbered(line, numbered)
            return
        if self._is_named_heading(index, line):
            self._open_named(line.text)
            return
        marker = None if line.level else _marker(line.text)
        if marker:
            self.section.add_item(line.indent, marker[0], " ".join(marker[1].split()))
        elif _CONTACT_LINE.match(line.text) and self._is_among_contacts(index) and self.section.id != "intro":
            self.section.add_item(line.indent, "contact", " ".join(line.text.split()))
        else:
            self.section.add_paragraph(" ".join(line.text.split()))

    def _is_among_contacts(self, index: int) -> bool:
        """One line "Phone: …" is a paragraph; after or before another one it is an item of a list."""
        near = self.lines[max(index - 1, 0) : index] + self.lines[index + 1 : index + 2]
        return any(_CONTACT_LINE.match(line.text) for line in near)

    def _glued_at(self, line: _Line) -> int:
        for match in _GLUED.finditer(line.text):
            candidates = _numbered(line.text[match.end() :])
            if any(self._follows(candidate.number) and _is_title(candidate.rest) for candidate in candidates):
                return match.end()
        return 0

    # -- numbered sections

    def _heading_number(self, index: int, line: _Line) -> _Numbered | None:
        if self.is_marked and not line.level:
            return None
        for candidate in _numbered(line.text):
            if (
                not candidate.rest
                or candidate.rest[0].islower()
                or (candidate.bare and not line.level and self._is_loose(candidate))
            ):
                continue
            if self.style is None or not self.number:
                if candidate.number in ((1,), (1, 1)) and self._opens_section(index, candidate):
                    return candidate
            elif self._style_fits(candidate) and self._follows(candidate.number) and self._is_no_item(index, candidate):
                return candidate
        return None

    def _is_loose(self, candidate: _Numbered) -> bool:
        """A bare "7 Days …" is no heading, unless all headings are written so; "2.1 Title" is one."""
        return len(candidate.number) == 1 and not (self.has_bare_numbers and _is_title(candidate.rest))

    def _style_fits(self, candidate: _Numbered) -> bool:
        return candidate.style == self.style or (len(candidate.number) > 1 and candidate.style == "decimal")

    def _follows(self, number: Number) -> bool:
        """Whether `number` can come after the section that is open: the next one, or a little further on."""
        now = self.number
        if not now or number <= now:
            return False
        if len(number) == 1:
            return number[0] - now[0] <= _FARTHEST_GAP
        shared = next(
            (i for i, (a, b) in enumerate(zip(number, now, strict=False)) if a != b), min(len(number), len(now))
        )
        before = now[shared] if shared < len(now) else 0
        return number[shared] - before <= _FARTHEST_GAP and all(step <= _FARTHEST_GAP for step in number[shared + 1 :])

    def _opens_section(self, index: int, candidate: _Numbered) -> bool:
        """Whether the first number is a section's and not a list's: text of its own follows before number two."""
        line = self.lines[index]
        if candidate.bare and not line.level and self._is_loose(candidate):
            return False
        if candidate.style == "word" or line.level:
            return True
        if self.is_marked:
            return False
        before = self.lines[index - 1].text if index else ""
        following = self.lines[index + 1] if index + 1 < len(self.lines) else None
        if following is None:
            return not before.endswith(":")
        is_next = any(other.number == (candidate.number[0] + 1,) for other in _numbered(following.text))
        if not is_next:
            return not (before.endswith(":") and line.indent > 0 and not _is_title(candidate.rest))
        # Below a title that is not the document's own, a row of numbers is a list.
        return not before.endswith(":") and (self.first_title is None or self.first_title >= index)

    def _is_no_item(self, index: int, candidate: _Numbered) -> bool:
        """A number that also continues an open list is the list's, unless it stands and reads like a heading."""
        line = self.lines[index]
        if line.level or len(candidate.number) > 1 or candidate.style != "decimal":
            return True
        items = [item for item in self.section.open_items if item.kind == "1"]
        if not items:
            gap = candidate.number[0] - self.number[0]
            return line.indent <= self.heading_indent or (gap == 1 and _is_title(candidate.rest))
        if line.indent != items[-1].indent:
            return line.indent <= self.heading_indent
        return line.after_blank and _is_title(candidate.rest) and candidate.number[0] == self.number[0] + 1

    def _open_numbered(self, line: _Line, candidate: _Numbered) -> None:
        if self.style is None or not self.number:
            self.style = candidate.style
            self.heading_indent = line.indent
        self.number = candidate.number
        title, lead = _title_and_text(candidate.rest)
        self._open(".".join(map(str, candidate.number)), title, " ".join(line.text.split()))
        if lead:
            self.section.lead.append(lead)

    # -- sections with a name

    def _is_named_heading(self, index: int, line: _Line) -> bool:
        if self.is_marked:
            return bool(line.level) and not self._is_document_title(index)
        if self.has_numbers and not self.number:
            return False
        if line.level:
            return not self._is_document_title(index)
        if _marker(line.text) or not _is_title(line.text) or index + 1 == len(self.lines):
            return False
        before = self.lines[index - 1].text if index else ""
        if before.endswith(":") or self._is_document_title(index):
            return False
        following = self.lines[index + 1]
        if _has_ornament(line.text) or _without_ornament(line.text).isupper():
            return line.after_blank or not self.has_numbers
        if self.has_numbers:
            # Among numbers a title must be plain: apart from what is above it, with a text or a list below it.
            return line.after_blank and line.indent == 0 and not _CONTACT_LINE.match(following.text)
        return (line.after_blank or bool(_marker(following.text))) and not (
            _is_title(following.text) and not following.after_blank
        )

    def _is_document_title(self, index: int) -> bool:
        """The lines at the top that only say what the document is."""
        if index == 0 and not _has_ornament(self.lines[0].text):
            return not self.is_marked or self.lines[0].level < min(line.level for line in self.lines[1:] if line.level)
        return False

    def _open_named(self, text: str) -> None:
        title = " ".join(_without_ornament(text).split()).rstrip(":")
        self._open(self._name(title), title, " ".join(text.split()))

    def _name(self, title: str) -> str:
        slugs = _slugs(title)
        free = next((slug for slug in slugs if slug not in self.names), None)
        if free is None:
            self.names[slugs[-1]] += 1
            free = f"{slugs[-1]}-{self.names[slugs[-1]]}"
        return free

    # -- opening and closing

    def _open(self, id_: str, title: str, heading: str) -> None:
        self._close()
        self.names[id_] = self.names.get(id_, 0) + 1
        self.section = _Section(id_, title, heading)

    def _close(self) -> None:
        self.done.append(self.section.close())

    def _move_note(self) -> None:
        """A remark that closes the document after a list belongs to no section."""
        part, pieces = self.done[-1]
        last = pieces[-1]
        if (
            len(pieces) > 1
            and "." not in last.id.partition("#")[2]
            and _NOTE.match(last.text)
            and "note" not in self.names
        ):
            self.done[-1] = (part, pieces[:-1])
            self.done.append((Part("note", "Note", False), [Piece("note", "note", last.text)]))


def _title_and_text(rest: str) -> tuple[str, str]:
    """A numbered line as title and text: "Cancellation: you may …" has both, a sentence is its own text."""
    rest = " ".join(rest.split())
    if _is_title(rest) or (len(rest) <= _TITLE_LENGTH and not rest.endswith(_END)):
        return rest.rstrip(":").strip(), ""
    match = _LABELLED.match(rest)
    if match and len(match["label"].split()) <= 6:
        return match["label"], rest
    first, stop, more = rest.partition(". ")
    if stop and more and _is_title(first):
        return first, rest
    return short(rest, 60), rest


def short(text: str, length: int) -> str:
    """The first words of `text`, at most `length` characters."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    kept = text[: length + 1].rpartition(" ")[0] or text[:length]
    words = kept.split(" ")
    while len(words) > 1 and words[-1].lower().strip("(,") in _SMALL_WORDS | _PRONOUNS:
        words.pop()
    return " ".join(words).rstrip(" ,;:–—-(").strip() or text[:length]


def _slugs(title: str) -> list[str]:
    """Names for a section, shortest first: what stands before "and", without brackets and alternatives."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", title)
    first = re.split(r"\s(?:&|and|/|-|–|—|:)\s|,\s", bare.strip(), maxsplit=1, flags=re.IGNORECASE)[0]
    single = " ".join(word for word in first.split() if "/" not in word)
    return [name for name in (_slug(single), _slug(first), _slug(bare), _slug(title)) if name] or ["section"]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    words = [word for word in re.findall(r"[a-z0-9]+", plain) if word not in _PRONOUNS]
    while words and not words[0][0].isalpha():
        words.pop(0)
    return "-".join(words)[:60].strip("-")
