"""What a file is, by its content, whatever it is called or said to be. Programs and archives are refused."""

import re
from pathlib import Path

from dialogs.heard import AttachmentKind
from dialogs.values import mask_sensitive

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
PICTURES = frozenset(mime for mime, kind in _TAKEN.items() if kind == "photo")
PDF = "application/pdf"
# A type is told by this much of a file's beginning.
HEAD_BYTES = 8192
_ENDINGS = {".pdf": PDF, ".txt": "text/plain"}
_DRAWN_ENDINGS = {"image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",)}
_LONGEST_NAME = 120


def mime_of(head: bytes) -> str | None:
    """The type by the file's beginning, where it is one that is taken; a plain text is one too."""
    import filetype

    guessed = filetype.guess(head)
    if guessed is not None:
        return guessed.mime if guessed.mime in _TAKEN else None
    return "text/plain" if head and _is_text(head) else None


def _is_text(head: bytes) -> bool:
    try:
        text = head[:4096].decode("utf-8", errors="strict" if len(head) <= 4096 else "ignore")
    except UnicodeDecodeError:
        return False
    # A script or a page is a program for somebody; a note or a mail is not.
    if text.lstrip().lower().startswith(("#!", "<!doctype", "<html", "<script", "<svg", "<?xml")):
        return False
    return all(character.isprintable() or character in "\r\n\t\f\ufeff" for character in text)


def kind_of(mime: str, said: AttachmentKind) -> AttachmentKind:
    """The kind of attachment of a type; only that a picture is a sticker is taken from the channel's word."""
    if said == "sticker" and mime == "image/webp":
        return "sticker"
    return _TAKEN.get(mime, "document")


def safe_name(name: str) -> str:
    """A file's name without folders or control characters, shortened at the front."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(character for character in last if character.isprintable()).strip()
    return mask_sensitive(printable)[-_LONGEST_NAME:]


def drawn_name(name: str, mime: str) -> str:
    """The name of a picture that was drawn anew as `mime`: its ending fits what it is now."""
    endings = _DRAWN_ENDINGS[mime]
    path = Path(name)
    if not name or path.suffix.lower() in endings:
        return name
    return (path.stem + endings[0])[-_LONGEST_NAME:]


def mime_of_ending(name: str) -> str:
    """The type that a name's ending stands for, empty where it is not one whose text is read."""
    return _ENDINGS.get(Path(name).suffix.lower(), "")
