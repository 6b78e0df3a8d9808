"""Takes files in, keeps what is known of them, and gives them out.

A file goes to the disk piece by piece, counted and hashed on the way; it is never whole in memory. Pictures are drawn
anew, which leaves behind where they were taken and whatever else was hidden in them. Nothing is known by a name of its
own: what lies in the place lies there under the hash of what is in it, so that the same content is kept once.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.attachments.kinds import (
    HEAD_BYTES,
    PDF,
    PICTURES,
    drawn_name,
    kind_of,
    mime_of,
    mime_of_ending,
    safe_name,
)
from bot.attachments.looking import Unreadable, pdf_text, redraw
from bot.attachments.places import PIECE, NoSuchFile, PlaceDown, long_ago, place_for, remove_older
from bot.attachments.scanner import Scanner, ScannerDown
from bot.database import insert_or_keep
from bot.logs import log
from bot.tables import ATTACHMENT
from dialogs.heard import Attachment, AttachmentKind, Refusal
from dialogs.values import mask_sensitive

if TYPE_CHECKING:
    from bot.engine import Engine

REFUSALS = frozenset(get_args(Refusal)) - {""}
# What the virus scanner said of a file that is kept.
CLEAN, UNSCANNED, UNSAFE = "clean", "unscanned", "unsafe"
# A file that comes in more slowly is tried again later: nobody may hold a worker for as long as they like.
_MOST_SECONDS = 45.0
_FORGOTTEN_INCOMING = timedelta(hours=1)
_FORGOTTEN_FILE = timedelta(days=1)
_SWEEP_EVERY = timedelta(days=1)
_SCANNED_AT_A_TIME = 50


class TooSlow(Exception):
    """A file came in too slowly."""


class _TooBig(Exception):
    """A file is larger than may be taken."""


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


@dataclass(frozen=True)
class FileView:
    """A file to be given out: `pieces` is its content."""

    name: str
    mime: str
    size: int
    pieces: Iterator[bytes]


@dataclass(frozen=True)
class Prepared:
    """A file that lies in its place, or was refused; `row` is what is entered of it, empty where it was refused."""

    file: StoredFile
    row: dict[str, Any] = field(default_factory=dict)


class AttachmentStore:
    """The files of one installation, in the place that the settings name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        settings = engine.settings
        self.place = place_for(settings)
        self.scanner = Scanner(settings.clamd_address) if settings.clamd_address else None
        self._incoming = settings.attachments_dir / "incoming"
        self._most_bytes = settings.max_attachment_bytes
        self._sweep_lock = threading.Lock()
        self._swept_at: datetime | None = None
        self._scanned_to = ""

    # Taking in

    def store(
        self, content: bytes | Iterable[bytes], name: str, said_kind: AttachmentKind, now: datetime
    ) -> StoredFile:
        """Keeps a file; a refused one comes back with the reason and without a key.

        Raises `PlaceDown` or `TooSlow` where that is to be tried again.
        """
        prepared = self.prepare(content, name, said_kind)
        if prepared.row:
            with self._engine.database.unit_of_work() as session:
                self.enter(session, prepared, now)
        return prepared.file

    def prepare(self, content: bytes | Iterable[bytes], name: str, said_kind: AttachmentKind) -> Prepared:
        """Looks at a file and lays it down; nothing knows of it before `enter`. Raises `PlaceDown` or `TooSlow`."""
        shown = safe_name(name)
        pieces = (content,) if isinstance(content, bytes) else content
        try:
            with self._taken_in(pieces, self._most_bytes) as (incoming, size):
                return self._looked_at(incoming, size, shown, said_kind)
        except _TooBig as error:
            return Prepared(StoredFile("", said_kind, shown, size=error.args[0], refused="too_big"))

    def enter(self, session: Session, prepared: Prepared, now: datetime) -> None:
        """Enters a prepared file. Raises `PlaceDown` where it was taken away again meanwhile, as by an erasure."""
        new = insert_or_keep(session, ATTACHMENT, {**prepared.row, "stored_at": now}, "key")
        if new and not self.place.has(prepared.row["path"]):
            raise PlaceDown("the file was taken away while it was laid down; bring it again")

    def _looked_at(self, incoming: Path, size: int, shown: str, said_kind: AttachmentKind) -> Prepared:
        with incoming.open("rb") as file:
            mime = mime_of(file.read(HEAD_BYTES))
        if mime is None:
            return Prepared(StoredFile("", said_kind, shown, size=size, refused="wrong_kind" if size else "unreadable"))
        kind = kind_of(mime, said_kind)
        scan = self._scan(incoming)
        if scan == UNSAFE:
            return Prepared(StoredFile("", kind, shown, mime, size, "unsafe"))
        text = ""
        if mime in PICTURES:
            drawn = incoming.with_suffix(".drawn")
            try:
                mime = redraw(incoming, drawn)
                drawn.replace(incoming)
            except Unreadable:
                return Prepared(StoredFile("", kind, shown, mime, size, "unreadable"))
            finally:
                drawn.unlink(missing_ok=True)
            shown, size = drawn_name(shown, mime), incoming.stat().st_size
        elif mime == PDF:
            text = mask_sensitive(pdf_text(incoming))
        key = _synced_hash(incoming)
        path = f"{key[:2]}/{key}"
        self.place.put(path, incoming)
        row = {
            "key": key,
            "kind": kind,
            "name": shown,
            "mime": mime,
            "size": size,
            "path": path,
            "text": text,
            "scan": scan,
        }
        return Prepared(StoredFile(key, kind, shown, mime, size), row)

    @contextmanager
    def _taken_in(self, pieces: Iterable[bytes], most: int) -> Iterator[tuple[Path, int]]:
        """The content in a file of ours, and its size; it is gone at the end. Raises `_TooBig` as soon as it is."""
        deadline = time.monotonic() + _MOST_SECONDS
        path: Path | None = None
        try:
            try:
                self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle, name = tempfile.mkstemp(dir=self._incoming)
                path = Path(name)
            except OSError as error:
                raise PlaceDown(f"{self._incoming}: {error.strerror}") from error
            size = 0
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    size += len(piece)
                    if size > most:
                        raise _TooBig(size)
                    if time.monotonic() > deadline:
                        raise TooSlow
                    try:
                        file.write(piece)
                    except OSError as error:
                        raise PlaceDown(f"{self._incoming}: {error.strerror}") from error
            yield path, size
        finally:
            if path is not None:
                path.unlink(missing_ok=True)

    def _scan(self, incoming: Path) -> str:
        """What the scanner says of a file; empty where there is no scanner."""
        if self.scanner is None:
            return ""
        try:
            found = self.scanner.finds(incoming)
        except ScannerDown as error:
            log.warning("file_not_scanned", problem=str(error))
            return UNSCANNED
        if found:
            log.warning("unsafe_file", found=found)
        return UNSAFE if found else CLEAN

    # Giving out

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
            refused=refused if refused in REFUSALS else "",
        )

    def open(self, path: str) -> Iterator[bytes]:
        """The content of the file at `path`. Raises `NoSuchFile` or `PlaceDown`."""
        return self.place.read(path)

    # Looking after what is kept

    def check(self) -> None:
        """Lays a file down and takes it away again. Raises `PlaceDown` where that does not work."""
        path = f"00/check-{secrets.token_hex(8)}"
        with self._taken_in((b"check",), self._most_bytes) as (incoming, _):
            self.place.put(path, incoming)
        self.place.drop(path)

    def drop(self, key: str, path: str) -> None:
        """Takes a file out of its place, unless somebody sent the same content meanwhile."""
        with self._engine.database.unit_of_work() as session:
            # Whoever enters the same content now waits for the end of this, and then finds that it is gone.
            held = {
                "key": key,
                "kind": "document",
                "mime": "",
                "size": 0,
                "path": path,
                "stored_at": self._engine.now(),
            }
            if insert_or_keep(session, ATTACHMENT, held, "key"):
                self.place.drop(path)
                session.execute(ATTACHMENT.delete().where(ATTACHMENT.c.key == key))

    def look_after(self) -> None:
        """Scans what could not be scanned, and once a day takes away what nobody knows of."""
        self.scan_again()
        with self._sweep_lock:
            now = self._engine.now()
            if self._swept_at is None or now - self._swept_at >= _SWEEP_EVERY:
                self._swept_at = now
                self.sweep()

    def scan_again(self) -> int:
        """Scans the files that the scanner could not look at when they came; gives how many it saw."""
        if self.scanner is None:
            return 0
        try:
            self.scanner.ping()
        except ScannerDown:
            return 0
        with self._engine.database.reading() as session:
            waiting = sa.select(ATTACHMENT).where(ATTACHMENT.c.scan == UNSCANNED, ATTACHMENT.c.key > self._scanned_to)
            rows = session.execute(waiting.order_by(ATTACHMENT.c.key).limit(_SCANNED_AT_A_TIME)).all()
        seen, deadline = 0, time.monotonic() + _MOST_SECONDS
        # Goes round by the key, so that files that the scanner never answers about keep no others waiting.
        self._scanned_to = ""
        for row in rows:
            if time.monotonic() > deadline:
                break
            self._scanned_to = row.key
            try:
                with self._taken_in(self.open(row.path), row.size) as (copy, _):
                    scan = self._scan(copy)
            except (NoSuchFile, TooSlow, _TooBig, OSError) as error:
                log.error("file_not_scanned", key=row.key, error=error)
                continue
            if scan == UNSCANNED:
                continue
            seen += 1
            with self._engine.database.unit_of_work() as session:
                session.execute(ATTACHMENT.update().where(ATTACHMENT.c.key == row.key).values(scan=scan))
            if scan == UNSAFE:
                # Its row stays, so that the desk can say why there is nothing to see.
                self.place.drop(row.path)
        return seen

    def sweep(self) -> int:
        """Takes away what a crash left behind: half files, and files that were laid down and never entered."""
        removed = remove_older(self._incoming, _FORGOTTEN_INCOMING)
        for path in self.place.older(long_ago(_FORGOTTEN_FILE)):
            key = path.rsplit("/", 1)[-1]
            with self._engine.database.reading() as session:
                known = session.execute(sa.select(ATTACHMENT.c.key).where(ATTACHMENT.c.key == key)).first()
            if known is None:
                self.drop(key, path)
                removed += 1
        if removed:
            log.info("files_swept", removed=removed)
        return removed


def named_only(name: str, kind: AttachmentKind) -> StoredFile:
    """A file of which only the name is known, as a script names one."""
    shown = safe_name(name)
    key = "name-" + hashlib.sha256(f"{kind}:{shown}".encode()).hexdigest()
    return StoredFile(key, kind, shown, mime=mime_of_ending(shown))


def not_fetched(stored: dict[str, Any]) -> dict[str, Any]:
    """A file that the provider has and that could not be brought, as inbox and transcript keep it."""
    return refused_file(stored, "not_fetched")


def refused_file(stored: dict[str, Any], why: str) -> dict[str, Any]:
    """A file that stays with the provider, with the reason."""
    file = StoredFile("", stored["kind"], safe_name(stored.get("name", "")), size=int(stored.get("size") or 0))
    return replace(file, refused=why).as_json()


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file of this machine, in pieces."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _synced_hash(path: Path) -> str:
    """The hash of a file's content, once it is on the disk for good."""
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            hashed.update(piece)
        os.fsync(file.fileno())
    return hashed.hexdigest()
