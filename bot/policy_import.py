"""`refund-desk policy import`: reads a company's policy document and writes the draft of a pack.

Text, Markdown, HTML and PDF are read; what a file is, its first bytes tell. Nothing that exists is overwritten unless
that is asked for, and then the new folder is complete before the old one goes.
"""

import logging
import re
import tempfile
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from bot.packs import COMMON, PACKS
from policies.document_lines import join_pages
from policies.draft import Draft, draft, find_date
from policies.importer import Document, cut
from policies.load import load_pack

ENDINGS = (".txt", ".md", ".markdown", ".html", ".htm", ".pdf")
_BRAND = re.compile(r"[a-z][a-z0-9-]{1,39}")
_MOST_BYTES = {".pdf": 20_000_000}
_MOST_BYTES_OF_TEXT = 5_000_000
_MOST_CLAUSES = 2000
_MOST_CHARACTERS = 300_000
_MOST_PAGES = 200
_LONG_CLAUSE = 1200
# What Windows programs write besides ASCII into a text that is not UTF-8; anything else would be read wrongly.
_WINDOWS_SIGNS = frozenset("‘’“”–—…•·©®™°§½¼¾£€ \u00a0éèáàäöüñ")


class BadDocument(ValueError):
    """The file gives no draft; the message is one line that says why and what to do."""


@dataclass(frozen=True)
class Imported:
    """What was made of a document, and where it was written."""

    brand: str
    name: str
    folder: Path
    day: date
    dated_by_source: bool
    document: Document
    made: Draft

    def as_json(self) -> dict[str, Any]:
        """The summary as one object."""
        return {
            "brand": self.brand,
            "name": self.name,
            "folder": str(self.folder),
            "version": self.day.isoformat(),
            "dated_by_source": self.dated_by_source,
            "files": list(self.made.files),
            "sections": len(self.document.parts),
            "clauses": len(self.document.stated),
            "ids": [piece.id for piece in self.document.pieces],
            "headings": list(self.document.headings),
            "limits": [{"clause": each.clause, "kind": each.kind, "text": each.text} for each in self.made.limits],
            "contacts": [{"kind": c.kind, "value": c.value, "clause": c.clause} for c in self.made.contacts],
            "long_clauses": self.long_clauses,
            "next": self.next_steps(),
        }

    @property
    def long_clauses(self) -> list[str]:
        """Clauses too long for a message: they may be several, or the cut missed something."""
        return [piece.id for piece in self.document.stated if len(piece.text) > _LONG_CLAUSE]

    def lines(self) -> list[str]:
        """The summary for people."""
        limits = ", ".join(
            f"{what} {sum(each.kind == kind for each in self.made.limits)}"
            for kind, what in (("time", "times"), ("percent", "shares"), ("amount", "sums"))
        )
        whence = "as the document says" if self.dated_by_source else "the document gives no date for it"
        return [
            f"{self.folder}: a draft for {self.name}, in force from {self.day.isoformat()} ({whence})",
            f"sections: {len(self.document.parts)}",
            *(f"    {part.id}  {part.title}" for part in self.document.parts),
            f"clauses: {len(self.document.stated)}, and {len(self.document.headings)} bare headings",
            f"limits: {limits}",
            *(f"    {each.clause}  {each.text}" for each in self.made.limits),
            f"contacts: {len(self.made.contacts)}",
            *(f"    {each.clause}  {each.kind}: {each.value}" for each in self.made.contacts),
            "next:",
            *(f"    {number}. {step}" for number, step in enumerate(self.next_steps(), 1)),
        ]

    def next_steps(self) -> list[str]:
        """What is left to a person, in the order in which it is best done."""
        steps = [
            "Compare the sections and clauses above with the document; put right what was cut wrongly.",
            f'brand.yaml: write what is marked "To be written" and check the contacts ({len(self.made.contacts)}).',
            f"{self.day.isoformat()}/clauses.yaml: say each clause in plain words, translate what is marked, label it.",
            f"{self.day.isoformat()}/questions.yaml: write at least eight questions for each clause.",
            f"{self.day.isoformat()}/claims.yaml and facts.yaml: write claim types with rules; name the limits.",
            f"Run: refund-desk policy check {self.brand}",
        ]
        if not self.dated_by_source:
            steps.insert(1, "version.yaml: check in_force_from; give --date where it is another day.")
        if self.long_clauses:
            steps.insert(1, f"Divide what is too long for one message: {', '.join(self.long_clauses)}.")
        return steps


def import_document(
    path: Path,
    brand: str,
    today: date,
    *,
    name: str = "",
    day: date | None = None,
    to: Path = PACKS,
    force: bool = False,
) -> Imported:
    """The draft of a pack for `brand`, written below `to`. Raises `BadDocument`, and then nothing was written."""
    if not _BRAND.fullmatch(brand) or brand == COMMON:
        raise BadDocument(
            f"--brand {brand!r} is no name for a pack: give small letters, digits and hyphens, such as my-shop"
        )
    folder = to / brand
    if folder.exists() and not force:
        raise BadDocument(f"{folder} exists: choose another --brand or --to, or replace its draft with --force")
    text = read_document(path)
    document = cut(text)
    if len(document.stated) < 2 or len(document.pieces) == len(document.parts) == 1:
        raise BadDocument(
            f"{path}: no structure found: number the sections (1., 2.1), give them titles or use lists, and try again"
        )
    if len(document.pieces) > _MOST_CLAUSES:
        raise BadDocument(f"{path}: {len(document.pieces)} clauses are no refund policy: give the policy alone")
    told = find_date(text)
    in_force = day or told or today
    shown = " ".join(name.split()) or " ".join(word.capitalize() for word in brand.split("-") if word)
    made = draft(document, brand, shown, in_force, dated_by_source=told == in_force)
    load_pack(made.files)
    _write(made, folder, in_force.isoformat())
    return Imported(brand, shown, folder, in_force, told == in_force, document, made)


def read_day(text: str) -> date | None:
    """`--date` as a day. Raises `BadDocument`."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadDocument(f"--date {text!r} is no day; write it like 2026-04-01") from None


def _write(made: Draft, folder: Path, version: str) -> None:
    """The files of the draft; an older brand.yaml and version folder go when the new ones are complete."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".draft-", dir=folder.parent) as made_in:
            new = Path(made_in)
            for name, text in made.files.items():
                target = new / PurePosixPath(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="\n")
            if (folder / version).exists():
                (folder / version).rename(new / "replaced")
            (new / version).rename(folder / version)
            (new / "brand.yaml").replace(folder / "brand.yaml")
    except OSError as error:
        raise BadDocument(
            f"{error.filename or folder}: cannot be written: {error.strerror}; choose another --to"
        ) from None


# -- reading ----------------------------------------------------------------------------------------------------------


def read_document(path: Path) -> str:
    """The words of a file as text or Markdown. Raises `BadDocument`."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        save = " Save the document as PDF or as text." if ending in (".doc", ".docx", ".odt", ".rtf", ".pages") else ""
        raise BadDocument(
            f"{path}: {ending or 'a file without an ending'} is not read; {', '.join(ENDINGS)} are.{save}"
        )
    try:
        most = _MOST_BYTES.get(ending, _MOST_BYTES_OF_TEXT)
        if path.stat().st_size > most:
            raise BadDocument(f"{path}: larger than {most // 1_000_000} MB: give the policy alone")
        data = path.read_bytes()
    except OSError as error:
        raise BadDocument(f"{path}: cannot be read: {error.strerror}") from None
    if not data.strip():
        raise BadDocument(f"{path}: the file is empty")
    if ending == ".pdf" or data.startswith(b"%PDF-"):
        text = _pdf_text(path, data)
    else:
        text = _decoded(path, data)
        if ending in (".html", ".htm") or re.match(r"\s*<(?:!doctype html|html)\b", text, re.IGNORECASE):
            text = html_text(text)
    if not text.strip():
        raise BadDocument(f"{path}: there is no text in it")
    if len(text) > _MOST_CHARACTERS:
        raise BadDocument(
            f"{path}: {len(text)} characters are no refund policy; give at most {_MOST_CHARACTERS}, the policy alone"
        )
    return text


def _decoded(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise BadDocument(f"{path}: not text: save it as UTF-8 text or PDF") from None
    if b"\x00" in data:
        raise BadDocument(f"{path}: not text: save it as UTF-8 text or PDF")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if any(character > "\x7f" and character not in _WINDOWS_SIGNS for character in text):
        raise BadDocument(f"{path}: neither UTF-8 nor plain Windows text: save it as UTF-8")
    return text


def _pdf_text(path: Path, data: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    # pypdf tells of every oddity that it gets over; only what stops it concerns the reader.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    if not data.startswith(b"%PDF-"):
        raise BadDocument(f"{path}: not a PDF, whatever its name says: save it as PDF or text")
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise BadDocument(f"{path}: the PDF has a password: save it without one")
        if len(reader.pages) > _MOST_PAGES:
            raise BadDocument(f"{path}: more than {_MOST_PAGES} pages: give the policy alone")
        pages = [page.extract_text() for page in reader.pages]
    except BadDocument:
        raise
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OSError) as error:
        # A broken PDF breaks pypdf in many places; whichever it is, the file is what has to change.
        raise BadDocument(
            f"{path}: the PDF is broken ({type(error).__name__}): print it to PDF anew, or save it as text"
        ) from None
    text = join_pages(pages)
    if len(re.findall(r"\w", text)) < 20 * min(len(pages), 3):
        raise BadDocument(
            f"{path}: the PDF has no text, it may be a scan: run text recognition on it, or give it as text"
        )
    return text


def html_text(text: str) -> str:
    """The page's text as Markdown: headings, lists and tables keep their form, menus and scripts are left out."""
    page = _Page()
    page.feed(text)
    page.close()
    return page.text()


_LEFT_OUT = frozenset(
    {"script", "style", "template", "noscript", "svg", "nav", "form", "button", "select", "iframe", "head"}
)
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "table",
        "address",
    }
    | {"figure", "pre", "body", "details", "summary", "center"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


class _Page(HTMLParser):
    """Writes the lines of a page as it reads its tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._words: list[str] = []
        self._prefix = ""
        self._left_out: list[str] = []
        self._lists: list[int | None] = []
        self._row: list[str] | None = None
        self._has_heads = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._left_out or tag in _LEFT_OUT:
            if tag in _LEFT_OUT:
                self._left_out.append(tag)
            return
        if tag in _HEADINGS:
            self._end_line(blank=True)
            self._prefix = "#" * _HEADINGS[tag] + " "
        elif tag in ("ul", "ol"):
            self._end_line(blank=not self._lists)
            self._lists.append(self._start(attrs) if tag == "ol" else None)
        elif tag == "li":
            self._end_line()
            self._prefix = self._item()
        elif tag == "table":
            self._end_line(blank=True)
        elif tag == "tr":
            self._end_line()
            self._row, self._has_heads = [], True
        elif tag in ("td", "th"):
            self._words.clear()
            self._has_heads = self._has_heads and tag == "th"
        elif tag == "br":
            self._end_line()
        elif tag in ("strong", "b") and self._row is None and not self._prefix:
            self._words.append("**")
        elif tag in _BLOCKS and self._row is None:
            self._end_line(blank=not self._lists)

    def handle_endtag(self, tag: str) -> None:
        if self._left_out:
            if tag == self._left_out[-1]:
                self._left_out.pop()
            return
        if tag in _HEADINGS:
            self._end_line(blank=True)
        elif tag in ("ul", "ol"):
            self._end_line()
            if self._lists:
                self._lists.pop()
            if not self._lists:
                self._end_line(blank=True)
        elif tag in ("td", "th") and self._row is not None:
            self._row.append(self._taken().replace("|", "/"))
        elif tag == "tr" and self._row is not None:
            self._end_row(self._row)
        elif tag in ("strong", "b") and "**" in self._words and self._words.count("**") % 2:
            self._words.append("**")
        elif tag == "li":
            self._end_line()
        elif tag in _BLOCKS and self._row is None:
            self._end_line(blank=not self._lists)

    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self._words.append(data)

    def text(self) -> str:
        """Everything read so far."""
        self._end_line()
        return "\n".join(self._lines)

    @staticmethod
    def _start(attrs: list[tuple[str, str | None]]) -> int:
        given = dict(attrs).get("start") or "1"
        return int(given) if given.isdigit() and len(given) < 4 else 1

    def _item(self) -> str:
        indent = "    " * max(len(self._lists) - 1, 0)
        if not self._lists or self._lists[-1] is None:
            return f"{indent}- "
        number = self._lists[-1]
        self._lists[-1] = number + 1
        return f"{indent}  {number}. "

    def _taken(self) -> str:
        """The words since the last line, without emphasis unless all of them are bold."""
        words = " ".join("".join(self._words).split())
        self._words.clear()
        bold = re.fullmatch(r"\*\*\s*([^*]+?)\s*\*\*", words)
        return f"**{bold[1]}**" if bold and not self._prefix and self._row is None else words.replace("**", "")

    def _end_line(self, *, blank: bool = False) -> None:
        words = self._taken()
        if words:
            lead = self._prefix or ("    " * len(self._lists) if self._lists else "")
            self._lines.append(lead + words)
            self._prefix = ""
        if blank and self._lines and self._lines[-1]:
            self._lines.append("")

    def _end_row(self, cells: list[str]) -> None:
        self._row = None
        if any(cells):
            self._lines.append(f"| {' | '.join(cells)} |")
            if self._has_heads:
                self._lines.append("|" + " --- |" * len(cells))
