"""Which processes of this installation are alive, and which loops they run.

Each process writes a row every ten seconds and takes it away when it stops; one that was not seen for a minute is
taken for dead. A loop that has not come round for two minutes hangs, and is not counted as run by its process.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.database import insert_or_keep
from bot.logs import log
from bot.tables import RUNNING_PROCESS

if TYPE_CHECKING:
    from bot.engine import Engine

TURNS_LOOP, DELIVERY_LOOP, CLOCK_LOOP = "turns", "delivery", "clock"
LOOPS = (TURNS_LOOP, DELIVERY_LOOP, CLOCK_LOOP)
ALIVE_FOR = timedelta(minutes=1)
_BEAT_SECONDS = 10.0
_HANGS_AFTER_SECONDS = 120.0
_FORGOTTEN_AFTER = timedelta(days=1)
_STOP_SECONDS = 2.0


class Pulse:
    """The signs of life of this process and its loops."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.role = ""
        self._id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._beats: dict[tuple[str, int], float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def expect(self, loop: str, number: int = 0) -> None:
        """This process runs thread `number` of `loop`."""
        self.beat(loop, number)

    def beat(self, loop: str, number: int = 0) -> None:
        """The loop came round."""
        self._beats[loop, number] = time.monotonic()

    def loops(self) -> dict[str, bool]:
        """The loops of this process, and whether all threads of each are alive."""
        now = time.monotonic()
        found: dict[str, bool] = {}
        for (loop, _), beaten in list(self._beats.items()):
            found[loop] = found.get(loop, True) and now - beaten < _HANGS_AFTER_SECONDS
        return found

    def start(self, role: str) -> None:
        """Begins to write this process's row."""
        self.role = role
        self._thread.start()

    def stop(self) -> None:
        """Takes the row away: this process ends as it should."""
        self._stopping.set()
        if not self._thread.is_alive():
            return
        self._thread.join(timeout=_STOP_SECONDS)
        try:
            with self._engine.database.unit_of_work() as session:
                session.execute(RUNNING_PROCESS.delete().where(RUNNING_PROCESS.c.id == self._id))
        except SQLAlchemyError as error:
            # It is not seen any more, which says the same a minute later.
            log.warning("process_not_signed_off", error=error)

    def write(self) -> None:
        """Writes the row as it is now, and forgets processes that were not seen for a day."""
        now = self._engine.now()
        seen: dict[str, Any] = {"seen_at": now, "loops": [loop for loop, alive in self.loops().items() if alive]}
        with self._engine.database.unit_of_work() as session:
            own = {"id": self._id, "role": self.role, "host": socket.gethostname(), "started_at": now, **seen}
            if not insert_or_keep(session, RUNNING_PROCESS, own, "id"):
                session.execute(RUNNING_PROCESS.update().where(RUNNING_PROCESS.c.id == self._id).values(**seen))
            forgotten = RUNNING_PROCESS.c.seen_at < now - _FORGOTTEN_AFTER
            session.execute(RUNNING_PROCESS.delete().where(forgotten))

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.write()
            except SQLAlchemyError as error:
                log.warning("pulse_not_written", error=error)
            self._stopping.wait(_BEAT_SECONDS)


def alive(session: Session, now: datetime) -> list[Row[Any]]:
    """The processes that were seen within the last minute, by role."""
    query = sa.select(RUNNING_PROCESS).where(RUNNING_PROCESS.c.seen_at > now - ALIVE_FOR)
    return list(session.execute(query.order_by(RUNNING_PROCESS.c.role, RUNNING_PROCESS.c.id)).all())


def loops_of_all(session: Session, now: datetime) -> set[str]:
    """The loops that some live process runs."""
    return {loop for row in alive(session, now) for loop in row.loops}
