"""Customers' files: kept under their content's hash, typed by their content, and the words of a PDF.

What a file is called or said to be is not believed. Programs, archives and unknown kinds are refused.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.database import insert_or_keep
from bot.logs import log
from bot.tables import ATTACHMENT
from dialogs.heard import Attachment, AttachmentKind
from dialogs.values import mask_sensitive

if TYPE_CHECKING:
    from bot.engine import Engine

# What is taken, by the kind of attachment; everything else is refused.
_TAKEN: dict[str, AttachmentKind] = {
    "image/jpeg": "photo",
    "image/png": "photo",
    "image/webp": "photo",
    "image/heic": "photo",
    "image/gif": "photo",
    "video/mp4": "video",
    "video/quicktime": "video",
    "video/3gpp": "video",
    "video/webm": "video",
    "audio/ogg": "voice",
    "audio/mpeg": "voice",
    "audio/mp4": "voice",
    "audio/m4a": "voice",
    "audio/aac": "voice",
    "audio/amr": "voice",
    "audio/x-wav": "voice",
    "application/pdf": "document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "document",
    "application/msword": "document",
}
_ENDINGS = {".pdf": "application/pdf", ".txt": "text/plain"}
_PDF_PAGES = 20
_PDF_TEXT = 20_000
_PDF_SECONDS = 5.0
_LONGEST_NAME = 120


@dataclass(frozen=True)
class StoredFile:
    """A file after it was looked at; `key` is empty where it was refused."""

    key: str
    kind: AttachmentKind
    name: str
    mime: str = ""
    size: int = 0
    refused: str = ""

    def as_json(self) -> dict[str, Any]:
        """In the form that inbox and transcript keep."""
        return {
            "key": self.key,
            "kind": self.kind,
            "name": self.name,
            "mime": self.mime,
            "size": self.size,
            "refused": self.refused,
        }


class AttachmentStore:
    """The files of one installation, under DATA_DIR/attachments."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def store(self, data: bytes, name: str, said_kind: AttachmentKind, now: datetime) -> StoredFile:
        """Keeps a file; a refused one comes back with the reason and without a key."""
        shown = safe_name(name)
        if len(data) > self._engine.settings.max_attachment_bytes:
            return StoredFile("", said_kind, shown, size=len(data), refused="too_big")
        mime = mime_of(data)
        if mime is None:
            return StoredFile("", said_kind, shown, size=len(data), refused="wrong_kind" if data else "unreadable")
        kind = _kind_of(mime, said_kind)
        key = hashlib.sha256(data).hexdigest()
        path = f"{key[:2]}/{key}"
        self._write(path, data)
        text = pdf_text(data) if mime == "application/pdf" else ""
        values = {
            "key": key,
            "kind": kind,
            "name": shown,
            "mime": mime,
            "size": len(data),
            "path": path,
            "text": mask_sensitive(text),
            "stored_at": now,
        }
        with self._engine.database.unit_of_work() as session:
            insert_or_keep(session, ATTACHMENT, values, "key")
        return StoredFile(key, kind, shown, mime, len(data))

    def read(self, stored: dict[str, Any] | None) -> Attachment | None:
        """A stored file, as inbox and transcript keep it, with the text found in it."""
        if not stored:
            return None
        text = ""
        if stored.get("key"):
            with self._engine.database.reading() as session:
                found = session.execute(sa.select(ATTACHMENT.c.text).where(ATTACHMENT.c.key == stored["key"]))
                text = found.scalar_one_or_none() or ""
        refused = stored.get("refused", "")
        return Attachment(
            key=stored.get("key", ""),
            kind=stored["kind"],
            name=stored.get("name", ""),
            text=text,
            refused=refused if refused in {"too_big", "wrong_kind", "unreadable"} else "",
        )

    def _write(self, relative: str, data: bytes) -> None:
        """Writes beside the place and moves it there, so that no half file ever stands under a hash."""
        path = self._engine.settings.attachments_dir / relative
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)


def named_only(name: str, kind: AttachmentKind) -> StoredFile:
    """A file of which only the name is known, as a script names one."""
    shown = safe_name(name)
    key = "name-" + hashlib.sha256(f"{kind}:{shown}".encode()).hexdigest()
    return StoredFile(key, kind, shown, mime=_ENDINGS.get(Path(shown).suffix.lower(), ""))


def safe_name(name: str) -> str:
    """A file's name without folders or control characters, shortened at the front."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(character for character in last if character.isprintable()).strip()
    return mask_sensitive(printable)[-_LONGEST_NAME:]


def mime_of(data: bytes) -> str | None:
    """The type by the content, where it is one that is taken; a plain text is one too."""
    import filetype

    guessed = filetype.guess(data)
    if guessed is not None:
        return guessed.mime if guessed.mime in _TAKEN else None
    return "text/plain" if data and _is_text(data) else None


def _is_text(data: bytes) -> bool:
    try:
        text = data[:4096].decode("utf-8", errors="strict" if len(data) <= 4096 else "ignore")
    except UnicodeDecodeError:
        return False
    # A script or a page is a program for somebody; a note or a mail is not.
    if text.lstrip().lower().startswith(("#!", "<!doctype", "<html", "<script", "<svg", "<?xml")):
        return False
    return all(character.isprintable() or character in "\r\n\t\f\ufeff" for character in text)


def _kind_of(mime: str, said: AttachmentKind) -> AttachmentKind:
    if said == "sticker" and mime == "image/webp":
        return "sticker"
    return _TAKEN.get(mime, "document")


def pdf_text(data: bytes) -> str:
    """The text of a PDF's first pages; empty where it cannot be read within the time or is a scan."""
    found: list[str] = []
    done = threading.Event()

    def read() -> None:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError

        try:
            reader = PdfReader(BytesIO(data))
            for page in reader.pages[:_PDF_PAGES]:
                found.append(page.extract_text())
                if sum(map(len, found)) > _PDF_TEXT or done.is_set():
                    break
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            # A broken or encrypted file is a customer's everyday file; it is kept without a text.
            log.info("pdf_not_read", error=error)

    # A malicious PDF can keep a parser busy for hours; its thread is left behind and its pages stop at the next one.
    thread = threading.Thread(target=read, name="pdf", daemon=True)
    thread.start()
    thread.join(_PDF_SECONDS)
    done.set()
    return re.sub(r"\s+", " ", " ".join(found)).strip()[:_PDF_TEXT]
