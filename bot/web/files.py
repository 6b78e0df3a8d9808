"""Customers' files as answers: never run, never guessed at, shown in place only where we have drawn them anew."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from bot.attachments import FileView, NoSuchFile, PlaceDown
from bot.desk_service import FileHeld, NotPossible
from bot.logs import log

# Only what the sandbox wrote is of these types.
SHOWN = frozenset({"image/jpeg", "image/png"})
# A player in a page may play these; opened by themselves they are downloads like any other file.
_PLAYED = ("audio/", "video/")


async def file_answer(find: Callable[[], FileView]) -> StreamingResponse:
    """The file that `find` gives, or the reason why there is none as an `HTTPException`."""
    try:
        file = await run_in_threadpool(find)
    except FileHeld as error:
        raise HTTPException(409, str(error)) from None
    except (NotPossible, NoSuchFile):
        raise HTTPException(404) from None
    except PlaceDown as error:
        log.error("file_not_given_out", error=error)
        raise HTTPException(503, "The file cannot be had just now. Try again in a minute.") from None
    shown = file.mime in SHOWN
    name = quote(file.name or "file")
    return StreamingResponse(
        file.pieces,
        media_type=file.mime if shown or file.mime.startswith(_PLAYED) else "application/octet-stream",
        headers={
            "Content-Length": str(file.size),
            "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )
