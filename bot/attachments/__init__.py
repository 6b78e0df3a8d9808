"""Customers' files: brought from the channel, looked at, and kept under the hash of their content.

A file is taken in piece by piece (`store`), told by its content and never by its name (`kinds`), drawn anew or read in
a process of its own (`sandbox`, `looking`), shown to a virus scanner where there is one (`scanner`), and laid down in a
folder or a bucket (`places`). Files that only the provider has are brought before the turn is made (`fetching`).
"""

from bot.attachments.kinds import mime_of, safe_name
from bot.attachments.looking import pdf_text
from bot.attachments.places import PIECE, NoSuchFile, PlaceDown
from bot.attachments.scanner import ScannerDown
from bot.attachments.store import (
    UNSAFE,
    UNSCANNED,
    AttachmentStore,
    FileView,
    StoredFile,
    TooSlow,
    named_only,
    pieces_of,
)

__all__ = [
    "PIECE",
    "UNSAFE",
    "UNSCANNED",
    "AttachmentStore",
    "FileView",
    "NoSuchFile",
    "PlaceDown",
    "ScannerDown",
    "StoredFile",
    "TooSlow",
    "mime_of",
    "named_only",
    "pdf_text",
    "pieces_of",
    "safe_name",
]
