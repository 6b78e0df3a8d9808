"""What this installation does, in numbers for Prometheus: counts of this process, and depths read from the database.

Each process counts what it did itself, so that the counts of all are added up where they are collected; the depths
are those of the whole installation, whoever is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.logs import log
from bot.processes import alive
from bot.tables import CONVERSATION, HANDOFF, OUTBOX

if TYPE_CHECKING:
    from bot.engine import Engine

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_TURN_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counts of one process. Labels never name a person, a chat or a text."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self.turns = Counter("refund_desk_turns", "Turns taken, by how they ended", ["result"], registry=registry)
        self.turn_seconds = Histogram(
            "refund_desk_turn_seconds",
            "Seconds from the claim of a conversation to the commit of its turn",
            buckets=_TURN_SECONDS,
            registry=registry,
        )
        self.sends = Counter(
            "refund_desk_sends",
            "Messages tried, by channel and result: sent, or the class of the error",
            ["channel", "result"],
            registry=registry,
        )
        self.windows_closed = Counter(
            "refund_desk_windows_closed",
            "Sends that the provider refused outside its 24-hour window",
            ["channel"],
            registry=registry,
        )
        self.handoffs = Counter(
            "refund_desk_handoffs", "Conversations passed to a person, by reason", ["reason"], registry=registry
        )
        self.webhooks = Counter(
            "refund_desk_webhooks",
            "Webhook requests, by channel and result: taken, refused or failed",
            ["channel", "result"],
            registry=registry,
        )
        registry.register(_Depths(engine))

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class _Depths(Collector):
    """What waits, read from the database when it is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> Iterable[Metric]:
        """Nothing: what is described need not be read to be registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The depths; where the database does not answer, only that."""
        up = GaugeMetricFamily("refund_desk_database_up", "Whether the database answers")
        try:
            with self._engine.database.reading() as session:
                found = list(_depths(session, self._engine.now()))
        except SQLAlchemyError as error:
            log.warning("depths_not_read", error=error)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found


def _depths(session: Session, now: datetime) -> Iterator[Metric]:
    waiting, since = _count(session, ~OUTBOX.c.done, OUTBOX.c.due_at)
    yield _gauge("refund_desk_outbox_depth", "Messages that wait to go", waiting)
    yield _gauge("refund_desk_outbox_oldest_seconds", "How long the oldest of them has waited", _age(since, now))
    unread, since = _count(session, CONVERSATION.c.ready_at.is_not(None), CONVERSATION.c.first_unread_at)
    yield _gauge("refund_desk_unread_conversations", "Conversations with messages that no turn has taken", unread)
    yield _gauge("refund_desk_unread_oldest_seconds", "How long the oldest of them has waited", _age(since, now))
    asked, since = _count(
        session, sa.and_(HANDOFF.c.ended_at.is_(None), HANDOFF.c.taken_at.is_(None)), HANDOFF.c.asked_at
    )
    yield _gauge("refund_desk_handoffs_waiting", "Conversations that wait for a person", asked)
    yield _gauge("refund_desk_handoffs_oldest_seconds", "How long the oldest of them has waited", _age(since, now))
    family = GaugeMetricFamily(
        "refund_desk_processes", "Processes seen within the last minute, by role", labels=["role"]
    )
    roles: dict[str, int] = {}
    for row in alive(session, now):
        roles[row.role] = roles.get(row.role, 0) + 1
    for role, count in roles.items():
        family.add_metric([role], count)
    yield family


def _count(session: Session, condition: sa.ColumnElement[bool], since: sa.Column[Any]) -> tuple[int, datetime | None]:
    row = session.execute(sa.select(sa.func.count(), sa.func.min(since)).where(condition)).one()
    return row[0], row[1]


def _gauge(name: str, says: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, says)
    family.add_metric([], value)
    return family


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
