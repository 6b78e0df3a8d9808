"""The clock loop: what is due at a moment is an ordinary function; the scheduler only wakes it.

`ManualClock` is the clock of the terminal chat, of scripts and of tests: it stands until it is moved.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot import cases
from bot.bell import DESK, OUTBOX, conversation_topic
from bot.effects import HANDOFF_RINGS, ring_again
from bot.logs import log
from bot.lookup import conversation_row, people_at
from bot.tables import CASE, CONVERSATION, DUE

if TYPE_CHECKING:
    from bot.engine import Engine

_LEASE = timedelta(seconds=60)
_DUE_TRIES = 5

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real moment."""
    return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is set or moved."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def __call__(self) -> datetime:
        return self._moment

    def set(self, moment: datetime) -> None:
        """Moves to `moment`."""
        self._moment = moment

    def advance(self, by: timedelta) -> None:
        """Moves on by `by`."""
        self._moment += by


class OffsetClock:
    """The real clock, moved by what was waited: for a chat that starts in the present and can still skip ahead."""

    def __init__(self, real: Clock = utc_now) -> None:
        self._real = real
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return self._real() + self._offset

    def set(self, moment: datetime) -> None:
        """Moves to `moment`, from which it goes on."""
        self._offset = moment - self._real()

    def advance(self, by: timedelta) -> None:
        """Moves on by `by`."""
        self._offset += by


class Ticker:
    """Calls `tick` every `seconds` on its own thread. It keeps nothing: a missed tick is made up by the next."""

    def __init__(self, tick: Callable[[], object], seconds: float) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_job(
            tick, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None
        )

    def start(self) -> None:
        """Begins to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stops and waits for a tick that is under way."""
        # Else a tick that falls due meanwhile would find its threads gone, and complain.
        self._scheduler.pause()
        self._scheduler.shutdown(wait=True)


def run_due(engine: Engine, now: datetime) -> int:
    """Does everything that is due at `now`, in order of time; gives how many things were done.

    Simulated conversations whose clock was moved are looked at by their own time.
    """
    done = 0
    while (row := _claim_due(engine, now)) is not None:
        _do(engine, row, now)
        done += 1
    return done


def next_due(engine: Engine, conversation_id: str | None = None) -> datetime | None:
    """When something is due next: in one conversation by its own clock, else in all that keep the real time."""
    query = sa.select(DUE.c.due_at).select_from(_due_with_clock()).where(DUE.c.done_at.is_(None))
    if conversation_id is None:
        query = query.where(sa.func.coalesce(CONVERSATION.c.clock_offset_seconds, 0) == 0)
    else:
        query = query.where(CONVERSATION.c.id == conversation_id)
    with engine.database.reading() as session:
        moment: datetime | None = session.execute(query.order_by(DUE.c.due_at).limit(1)).scalar_one_or_none()
    return moment


def _due_with_clock() -> sa.FromClause:
    """Due rows with the conversation that sets their clock: their own, else that of their case."""
    own = sa.func.coalesce(
        DUE.c.conversation_id,
        sa.select(CASE.c.conversation_id).where(CASE.c.ref == DUE.c.ref).correlate(DUE).scalar_subquery(),
    )
    return DUE.outerjoin(CONVERSATION, CONVERSATION.c.id == own)


def _claim_due(engine: Engine, now: datetime) -> Row[Any] | None:
    offset = sa.func.coalesce(CONVERSATION.c.clock_offset_seconds, 0)
    unclaimed = sa.or_(DUE.c.claimed_until.is_(None), DUE.c.claimed_until < now)
    base = sa.select(DUE, offset.label("offset")).select_from(_due_with_clock())
    base = base.where(DUE.c.done_at.is_(None), unclaimed)
    with engine.database.reading() as session:
        moved = session.execute(
            sa.select(CONVERSATION.c.id, CONVERSATION.c.clock_offset_seconds).where(
                CONVERSATION.c.clock_offset_seconds != 0
            )
        ).all()
    here = sa.and_(offset == 0, DUE.c.due_at <= now)
    elsewhere = [
        sa.and_(CONVERSATION.c.id == row.id, DUE.c.due_at <= now + timedelta(seconds=row.clock_offset_seconds))
        for row in moved
    ]
    query = base.where(sa.or_(here, *elsewhere)).order_by(DUE.c.due_at, DUE.c.id).limit(1)
    with engine.database.reading() as session:
        if session.execute(query).first() is None:
            return None
    with engine.database.unit_of_work() as session:
        row = session.execute(query.with_for_update(skip_locked=True, of=DUE)).first()
        if row is not None:
            values = {"claimed_until": now + _LEASE * (row.attempts + 1), "attempts": row.attempts + 1}
            session.execute(DUE.update().where(DUE.c.id == row.id).values(**values))
        return row


def _do(engine: Engine, row: Row[Any], now: datetime) -> None:
    """One thing that is due, in one transaction; what fails is tried again later, and given up with a log line."""
    at = now + timedelta(seconds=row.offset)
    topics = [OUTBOX, DESK]
    try:
        with engine.database.unit_of_work() as session:
            # Whoever was slow, or whose clock was wrong, may still hold a claim that ran out: once is enough.
            open_row = sa.select(DUE.c.id).where(DUE.c.id == row.id, DUE.c.done_at.is_(None))
            if session.execute(open_row.with_for_update()).first() is None:
                return
            _HANDLERS[row.kind](session, engine, row, at, now)
            session.execute(DUE.update().where(DUE.c.id == row.id).values(done_at=at, claimed_until=None))
    except Exception as error:
        log.error("due_failed", due_id=row.id, kind=row.kind, ref=row.ref, attempt=row.attempts + 1, error=error)
        if row.attempts + 1 >= _DUE_TRIES:
            with engine.database.unit_of_work() as session:
                session.execute(DUE.update().where(DUE.c.id == row.id).values(done_at=at))
        return
    if row.conversation_id:
        topics.append(conversation_topic(row.conversation_id))
    engine.bell.ring(*topics)


def _promise_slips(session: Session, engine: Engine, row: Row[Any], at: datetime, now: datetime) -> None:
    cases.promise_slips(session, engine, row.ref, at, now)


def _bank_slips(session: Session, _engine: Engine, row: Row[Any], at: datetime, _now: datetime) -> None:
    cases.bank_slips(session, row.ref, at)


def _handoff_rings(session: Session, engine: Engine, row: Row[Any], at: datetime, _now: datetime) -> None:
    conversation = conversation_row(session, row.conversation_id)
    _, people_next = people_at(engine.pack(conversation.brand), at)
    ring_again(session, row.data, row.conversation_id, at, people_next)


_HANDLERS: dict[str, Callable[[Session, Engine, Row[Any], datetime, datetime], None]] = {
    cases.PROMISE_SLIPS: _promise_slips,
    cases.BANK_SLIPS: _bank_slips,
    HANDOFF_RINGS: _handoff_rings,
}
