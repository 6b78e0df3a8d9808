"""Small acts for the customer's comfort: that an answer is being written, that a tap was seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from bot.logs import log

_THREADS = 2
_MOST = 500


class Courtesies:
    """Acts that nobody waits for and that are never repeated. They come late where there are too many.

    `harmless` are the errors of the provider: a tap that is too old, buttons that are gone. Nothing is lost by them.
    """

    def __init__(self, channel: str, harmless: tuple[type[Exception], ...]) -> None:
        self._channel = channel
        self._harmless = harmless
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=channel)
        self._open: set[Future[None]] = set()
        self._lock = threading.Lock()

    def do(self, act: Callable[[], object]) -> bool:
        """Does `act` soon; False where too many wait already, and it is forgotten."""
        with self._lock:
            if len(self._open) >= _MOST:
                log.warning("courtesy_left_out", channel=self._channel)
                return False
            future = self._threads.submit(self._try, act)
            self._open.add(future)
        future.add_done_callback(self._done)
        return True

    def wait(self) -> None:
        """Returns when all that was begun is done."""
        with self._lock:
            begun = list(self._open)
        for future in begun:
            future.result()

    def close(self) -> None:
        """Finishes what is under way and forgets the rest."""
        self._threads.shutdown(cancel_futures=True)

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._open.discard(future)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except self._harmless as error:
            log.info("courtesy_failed", channel=self._channel, kind=type(error).__name__)
        except Exception as error:
            log.error("courtesy_failed", channel=self._channel, error=error)
