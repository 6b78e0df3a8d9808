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
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from policies.document_lines import (
    CONTACT_LINE,
    END,
    LABELLED,
    PRONOUNS,
    TITLE_LENGTH,
    Line,
    Number,
    Numbered,
    Style,
    has_ornament,
    is_labelled,
    is_title,
    marker,
    numbered,
    read_lines,
    short,
    without_ornament,
)

# A section number that a lost line break has joined to the sentence before it.
_GLUED = re.compile(r"(?<=[^\d\s.][.!?:;।])\s?(?=\d{1,2}(?:\.\d{1,2})+\.?\s+[A-Z])")
_NOTE = re.compile(r"(?:please note|note|disclaimer|n\.b\.|नोट|ध्यान दें)\s*[:–-]", re.IGNORECASE)
_FARTHEST_GAP = 3


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
    return _Cutter(read_lines(text)).cut()


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
        level = [item for item in self.open_items if item.indent == indent]
        if level and not self._goes_below(kind):
            # On with the list of this marker; a marker that is new here goes on with the innermost list.
            last = next((item for item in reversed(level) if item.kind == kind), level[-1])
            del self.open_items[self.open_items.index(last) :]
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
        part = Part(self.id, self.title, is_heading=not text and bool(self.heading))
        own = Piece(self.id, self.id, text or self.heading)
        return part, [own, *(Piece(id_, self.id, words) for id_, words in self.pieces)]


def _labelled_from(paragraphs: Sequence[str]) -> int:
    """Where the labelled paragraphs at the end begin: contact lines, or two and more like "For shops: …"."""
    start = len(paragraphs)
    while start and CONTACT_LINE.match(paragraphs[start - 1]):
        start -= 1
    if start < len(paragraphs):
        return start
    while start and is_labelled(paragraphs[start - 1]):
        start -= 1
    return start if len(paragraphs) - start > 1 else len(paragraphs)


class _Cutter:
    """Walks over the lines once and opens a section at each heading."""

    def __init__(self, lines: list[Line]) -> None:
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
            (i for i, line in enumerate(lines) if i and line.after_blank and is_title(line.text)), None
        )
        bare = {c.number for line in lines for c in numbered(line.text) if c.bare and is_title(c.rest)}
        self.has_bare_numbers = {(1,), (2,)} <= bare
        self.has_numbers = self._has_numbers()

    def _has_numbers(self) -> bool:
        """Whether the sections are numbered: a first heading with something below it, before any titled section."""
        return any(
            candidate.number in ((1,), (1, 1)) and self._opens_section(index, candidate)
            for index, line in enumerate(self.lines)
            for candidate in numbered(line.text)
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

    def _take(self, index: int, line: Line) -> None:
        glued = self._glued_at(line)
        if glued:
            self._take(index, replace(line, text=line.text[:glued].strip()))
            line = replace(line, text=line.text[glued:].strip(), after_blank=True)
        heading = self._heading_number(index, line)
        if heading is not None:
            self._open_numbered(line, heading)
            return
        if self._is_named_heading(index, line):
            self._open_named(line.text)
            return
        item = None if line.level else marker(line.text)
        if item:
            self.section.add_item(line.indent, item[0], " ".join(item[1].split()))
        elif CONTACT_LINE.match(line.text) and self._is_among_contacts(index) and self.section.id != "intro":
            self.section.add_item(line.indent, "contact", " ".join(line.text.split()))
        else:
            self.section.add_paragraph(" ".join(line.text.split()))

    def _is_among_contacts(self, index: int) -> bool:
        """One line "Phone: …" is a paragraph; after or before another one it is an item of a list."""
        near = self.lines[max(index - 1, 0) : index] + self.lines[index + 1 : index + 2]
        return any(CONTACT_LINE.match(line.text) for line in near)

    def _glued_at(self, line: Line) -> int:
        for match in _GLUED.finditer(line.text):
            candidates = numbered(line.text[match.end() :])
            if any(self._follows(candidate.number) and is_title(candidate.rest) for candidate in candidates):
                return match.end()
        return 0

    # -- numbered sections

    def _heading_number(self, index: int, line: Line) -> Numbered | None:
        if self.is_marked and not line.level:
            return None
        for candidate in numbered(line.text):
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

    def _is_loose(self, candidate: Numbered) -> bool:
        """A bare "7 Days …" is no heading, unless all headings are written so; "2.1 Title" is one."""
        return len(candidate.number) == 1 and not (self.has_bare_numbers and is_title(candidate.rest))

    def _style_fits(self, candidate: Numbered) -> bool:
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

    def _opens_section(self, index: int, candidate: Numbered) -> bool:
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
        is_next = any(other.number == (candidate.number[0] + 1,) for other in numbered(following.text))
        if not is_next:
            return not (before.endswith(":") and line.indent > 0 and not is_title(candidate.rest))
        # Below a title that is not the document's own, a row of numbers is a list.
        return not before.endswith(":") and (self.first_title is None or self.first_title >= index)

    def _is_no_item(self, index: int, candidate: Numbered) -> bool:
        """A number that also continues an open list is the list's, unless it stands and reads like a heading."""
        line = self.lines[index]
        if line.level or len(candidate.number) > 1 or candidate.style != "decimal":
            return True
        items = [item for item in self.section.open_items if item.kind == "1"]
        if not items:
            gap = candidate.number[0] - self.number[0]
            return line.indent <= self.heading_indent or (gap == 1 and is_title(candidate.rest))
        if line.indent != items[-1].indent:
            return line.indent <= self.heading_indent
        return line.after_blank and is_title(candidate.rest) and candidate.number[0] == self.number[0] + 1

    def _open_numbered(self, line: Line, candidate: Numbered) -> None:
        if self.style is None or not self.number:
            self.style = candidate.style
            self.heading_indent = line.indent
        self.number = candidate.number
        title, lead = _title_and_text(candidate.rest)
        self._open(".".join(map(str, candidate.number)), title, " ".join(line.text.split()))
        if lead:
            self.section.lead.append(lead)

    # -- sections with a name

    def _is_named_heading(self, index: int, line: Line) -> bool:
        if self.is_marked:
            return bool(line.level) and not self._is_document_title(index)
        if self.has_numbers and not self.number:
            return False
        if line.level:
            return not self._is_document_title(index)
        if marker(line.text) or not is_title(line.text) or index + 1 == len(self.lines):
            return False
        before = self.lines[index - 1].text if index else ""
        if before.endswith(":") or self._is_document_title(index):
            return False
        following = self.lines[index + 1]
        if has_ornament(line.text) or without_ornament(line.text).isupper():
            return line.after_blank or not self.has_numbers
        if self.has_numbers:
            # Among numbers a title must be plain: apart from what is above it, with a text or a list below it.
            return line.after_blank and line.indent == 0 and not CONTACT_LINE.match(following.text)
        return (line.after_blank or bool(marker(following.text))) and not (
            is_title(following.text) and not following.after_blank
        )

    def _is_document_title(self, index: int) -> bool:
        """The lines at the top that only say what the document is."""
        if index == 0 and not has_ornament(self.lines[0].text):
            return not self.is_marked or self.lines[0].level < min(line.level for line in self.lines[1:] if line.level)
        return False

    def _open_named(self, text: str) -> None:
        title = " ".join(without_ornament(text).split()).rstrip(":")
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
    if is_title(rest) or (len(rest) <= TITLE_LENGTH and not rest.endswith(END)):
        return rest.rstrip(":").strip(), ""
    match = LABELLED.match(rest)
    if match and len(match["label"].split()) <= 6:
        return match["label"], rest
    first, stop, more = rest.partition(". ")
    if stop and more and is_title(first):
        return first, rest
    return short(rest, 60), rest


def _slugs(title: str) -> list[str]:
    """Names for a section, shortest first: what stands before "and", without brackets and alternatives."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", title)
    first = re.split(r"\s(?:&|and|/|-|–|—|:)\s|,\s", bare.strip(), maxsplit=1, flags=re.IGNORECASE)[0]
    single = " ".join(word for word in first.split() if "/" not in word)
    return [name for name in (_slug(single), _slug(first), _slug(bare), _slug(title)) if name] or ["section"]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    words = [word for word in re.findall(r"[a-z0-9]+", plain) if word not in PRONOUNS]
    while words and not words[0][0].isalpha():
        words.pop(0)
    return "-".join(words)[:60].strip("-")
