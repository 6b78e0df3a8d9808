"""Live pages: a stream of server-sent events over one conversation, that resumes where the browser stopped.

The bell wakes it; what changed is read from the database. Every 15 s of silence a comment keeps the line open.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from bot.bell import Bell

_POLL_SECONDS = 2.0
_HEARTBEAT_SECONDS = 15.0
_RETRY_MILLISECONDS = 1500


@dataclass(frozen=True)
class Event:
    """One event; `id` is what the browser says again when it comes back."""

    name: str
    data: Any
    id: int | None = None

    def encoded(self) -> str:
        """As it goes over the line; JSON has no line breaks of its own."""
        head = f"id: {self.id}\n" if self.id is not None else ""
        return f"{head}event: {self.name}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n"


# Looks for news: gets the topic that rang, empty for none, and gives the events to send.
Look = Callable[[], Iterable[Event]]


class Closing:
    """Tells open streams that the server stops."""

    def __init__(self) -> None:
        self._bell = Bell()
        self.closed = False

    def close(self) -> None:
        """Ends every stream."""
        self.closed = True
        self._bell.ring("closing")

    def listen(self, hear: Callable[[str], None]) -> Callable[[], None]:
        """Calls `hear` when the server stops; gives a function that ends it."""
        return self._bell.listen("closing", hear)


def last_seen(request: Request) -> int:
    """The id of the last message that the browser has: what it says when it comes back, else what the page asked."""
    for said in (request.headers.get("last-event-id", ""), request.query_params.get("after", "")):
        if said.isdecimal() and len(said) < 19:
            return int(said)
    return 0


async def events(
    look: Look, bell: Bell, concerns: Callable[[str], bool], gone: Callable[[], Any], closing: Closing
) -> AsyncIterator[str]:
    """The stream: what `look` finds now, and again at every ring that `concerns` it, until the browser is gone or the
    server stops.
    """
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()

    def hear(topic: str) -> None:
        if concerns(topic):
            wake(topic)

    def wake(_: str) -> None:
        loop.call_soon_threadsafe(rung.set)

    stop = bell.listen("*", hear)
    stop_closing = closing.listen(wake)
    silent = 0.0
    try:
        yield f"retry: {_RETRY_MILLISECONDS}\n\n"
        while not closing.closed and not await gone():
            rung.clear()
            found = await run_in_threadpool(lambda: list(look()))
            for event in found:
                yield event.encoded()
            silent = 0.0 if found else silent + _POLL_SECONDS
            if silent >= _HEARTBEAT_SECONDS:
                silent = 0.0
                yield ": still here\n\n"
            try:
                await asyncio.wait_for(rung.wait(), _POLL_SECONDS)
            except TimeoutError:
                continue
    finally:
        stop()
        stop_closing()


def streaming(request: Request, look: Look, bell: Bell, concerns: Callable[[str], bool]) -> StreamingResponse:
    """The stream as an answer."""
    return StreamingResponse(
        events(look, bell, concerns, request.is_disconnected, request.app.state.closing),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )
