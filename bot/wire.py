"""Carries rings of the bell between processes: LISTEN and NOTIFY of PostgreSQL, one connection per process.

Rings that come while the connection is down are lost, as the bell allows: loops and pages look by themselves every
second or two. When it is up again everybody is rung once.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from bot.bell import DESK, OUTBOX, TURNS, Bell
from bot.logs import log

if TYPE_CHECKING:
    from bot.database import Database

_CHANNEL = "refund_desk_bell"
_IDLE_SECONDS = 10.0
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0
_MOST_AT_ONCE = 500


class Wire:
    """The line between the bells of all processes on one PostgreSQL database."""

    def __init__(self, bell: Bell, database: Database) -> None:
        self._bell = bell
        self._database = database
        self._pending: dict[str, None] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._wake_here, self._wake_there = socket.socketpair()
        self._wake_here.setblocking(False)
        self._wake_there.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self.connected = threading.Event()

    def start(self) -> None:
        """Begins to listen and to carry what rings here."""
        self._bell.forward = self._send
        self._thread.start()

    def stop(self) -> None:
        """Carries what still waits and hangs up."""
        self._bell.forward = None
        self._stopping.set()
        self._wake()
        self._thread.join(timeout=_LONGEST_WAIT)
        self._wake_here.close()
        self._wake_there.close()

    def _send(self, topics: tuple[str, ...]) -> None:
        """Puts topics down for the thread that talks to the server: one that rings never waits for it."""
        with self._lock:
            if len(self._pending) < _MOST_AT_ONCE:
                self._pending.update(dict.fromkeys(topics))
        self._wake()

    def _wake(self) -> None:
        try:
            self._wake_there.send(b"x")
        except BlockingIOError:
            # Enough of them lie there already.
            return

    def _run(self) -> None:
        wait = _FIRST_WAIT
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._talk()
            except Exception as error:
                log.warning("wire_lost", error=error)
            self.connected.clear()
            wait = _FIRST_WAIT if time.monotonic() - began > _LONGEST_WAIT else min(wait * 2, _LONGEST_WAIT)
            self._stopping.wait(wait)

    def _talk(self) -> None:
        """Listens and sends until it is stopped or the connection breaks."""
        from psycopg import sql

        dialect = self._database.engine.dialect
        positional, named = dialect.create_connect_args(self._database.url)
        with _connect(*positional, **named) as connection:
            connection.execute(sql.SQL("listen {}").format(sql.Identifier(_CHANNEL)))
            own = connection.info.backend_pid
            self.connected.set()
            # What rang while nobody listened.
            self._bell.ring_here(TURNS, OUTBOX, DESK)
            while True:
                self._carry(connection)
                if self._stopping.is_set():
                    return
                for heard in connection.notifies(timeout=0):
                    if heard.pid != own:
                        self._bell.ring_here(heard.payload)
                ready, _, _ = select.select([connection.fileno(), self._wake_here], [], [], _IDLE_SECONDS)
                if not ready:
                    # A line that broke without a word is noticed by using it.
                    connection.execute("select 1")
                if self._wake_here in ready:
                    self._wake_here.recv(4096)

    def _carry(self, connection: Any) -> None:
        with self._lock:
            topics, self._pending = list(self._pending), {}
        if topics:
            connection.execute("select pg_notify(%s, topic) from unnest(%s::text[]) as topic", (_CHANNEL, topics))


def _connect(*positional: Any, **named: Any) -> Any:
    import psycopg

    from bot.database import POSTGRESQL_ARGUMENTS

    named.pop("context", None)
    return psycopg.connect(*positional, **{**named, **POSTGRESQL_ARGUMENTS}, autocommit=True)
