"""Customers' files as answers: never run, never guessed at, shown in place only where they are pictures or sound."""

from pathlib import Path

from starlette.responses import FileResponse

_SHOWN = ("image/jpeg", "image/png", "image/webp", "image/gif", "audio/", "video/")


def file_answer(path: Path, mime: str, name: str) -> FileResponse:
    """A stored file. Anything but a picture, sound or film is a download, and none of it may load or run anything."""
    shown = mime.startswith(_SHOWN)
    return FileResponse(
        path,
        media_type=mime if shown else "application/octet-stream",
        filename=name or "file",
        content_disposition_type="inline" if shown else "attachment",
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )
