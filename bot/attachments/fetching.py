"""Files that only the provider has: brought before the turn is made, so that the turn can speak of them.

What cannot be had just now is tried again after 3, 10 and 30 seconds, or when the provider says; the whole conversation
waits with it, so that nothing overtakes. What cannot be had at all is stored as refused, with the reason, and the
dialogue says it in words.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.attachments.places import PlaceDown
from bot.attachments.store import REFUSALS, Prepared, TooSlow, not_fetched, refused_file
from bot.channels.protocol import ChannelError
from bot.logs import log
from bot.tables import CONVERSATION, INBOX

if TYPE_CHECKING:
    from bot.engine import Engine

WAITS = (timedelta(seconds=3), timedelta(seconds=10), timedelta(seconds=30))
# A customer is told rather than left waiting longer than this, even where the provider asks for it.
_LONGEST_WAIT = timedelta(minutes=1)
_LEASE = timedelta(seconds=60)
_RENEWED_AFTER_SECONDS = 15.0


class ClaimLost(Exception):
    """The claim of the conversation ran out meanwhile, its customer was erased, or this process is to stop."""


@dataclass(frozen=True)
class Fetch:
    """Who brings files: the conversation, by whom it is claimed, and what is set when the process is to stop."""

    engine: Engine
    conversation: Row[Any]
    claimed_by: str
    stopping: threading.Event


def has_unfetched(rows: Sequence[Row[Any]]) -> bool:
    """Whether a message has a file that only the provider has so far."""
    return any(row.attachment and "fetch" in row.attachment for row in rows)


def fetch_files(fetch: Fetch, rows: Sequence[Row[Any]]) -> timedelta | None:
    """Brings the files of the messages `rows`, each stored in its row as soon as it is here.

    Gives how long the conversation has to wait before the next try, None where nothing is left to bring. Raises
    `ClaimLost`.
    """
    waits: list[timedelta] = []
    for row in rows:
        if not row.attachment or "fetch" not in row.attachment:
            continue
        now = fetch.engine.now()
        not_before = row.attachment.get("not_before")
        if not_before and datetime.fromisoformat(not_before) > now:
            waits.append(datetime.fromisoformat(not_before) - now)
            continue
        wait = _one(fetch, row)
        if wait is not None:
            waits.append(wait)
    return max(waits, default=None)


def _one(fetch: Fetch, row: Row[Any]) -> timedelta | None:
    """One file; how long to wait with it where it cannot be had just now."""
    engine, wanted = fetch.engine, row.attachment
    channel = engine.channels.get(row.channel)
    given: timedelta | None = None
    _keep_claim(fetch)
    try:
        if int(wanted.get("size") or 0) > engine.settings.max_attachment_bytes:
            _store(fetch, row, refused_file(wanted, "too_big"))
            return None
        if channel is None:
            raise ChannelError("dead", f"no channel {row.channel}")
        pieces = _while_ours(fetch, channel.fetch(fetch.conversation.brand, wanted["fetch"]))
        prepared = engine.attachments.prepare(pieces, wanted.get("name", ""), wanted["kind"])
        _store(fetch, row, prepared.file.as_json(), prepared)
        return None
    except ChannelError as error:
        problem, given = str(error), error.wait
        if error.error_class == "dead":
            log.warning("file_not_fetched", inbox_id=row.id, channel=row.channel, problem=problem)
            _store(fetch, row, refused_file(wanted, error.code if error.code in REFUSALS else "not_fetched"))
            return None
    except PlaceDown as error:
        problem = str(error)
    except TooSlow:
        problem = "too slow"
    return _try_later(fetch, row, problem, given)


def _try_later(fetch: Fetch, row: Row[Any], problem: str, given: timedelta | None) -> timedelta | None:
    """Notes the try and when the next is; after the last one, or where it would be too long, the file is given up."""
    tries = int(row.attachment.get("tries", 0))
    wait = max(WAITS[min(tries, len(WAITS) - 1)], given or timedelta())
    about = {"inbox_id": row.id, "channel": row.channel, "tries": tries + 1, "problem": problem}
    if tries >= len(WAITS) or wait > _LONGEST_WAIT:
        log.error("file_not_fetched", **about)
        _store(fetch, row, not_fetched(row.attachment))
        return None
    log.warning("file_fetched_later", seconds=wait.total_seconds(), **about)
    not_before = fetch.engine.now() + wait
    _store(fetch, row, {**row.attachment, "tries": tries + 1, "not_before": not_before.isoformat()})
    return wait


def _while_ours(fetch: Fetch, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, while the claim is renewed; ends with `ClaimLost` when the process is to stop."""
    renewed = time.monotonic()
    for piece in pieces:
        if fetch.stopping.is_set():
            raise ClaimLost
        if time.monotonic() - renewed > _RENEWED_AFTER_SECONDS:
            _keep_claim(fetch)
            renewed = time.monotonic()
        yield piece


def _keep_claim(fetch: Fetch) -> None:
    """Renews the claim. Raises `ClaimLost`."""
    with fetch.engine.database.unit_of_work() as session:
        kept = session.execute(
            CONVERSATION.update()
            .where(CONVERSATION.c.id == fetch.conversation.id, CONVERSATION.c.claimed_by == fetch.claimed_by)
            .values(claimed_until=fetch.engine.now() + _LEASE)
            .returning(CONVERSATION.c.id)
        ).first()
    if kept is None:
        raise ClaimLost


def _store(fetch: Fetch, row: Row[Any], attachment: dict[str, Any], prepared: Prepared | None = None) -> None:
    """Keeps what became of the file in its message's row, together with the file's own: it is not fetched twice.

    Raises `ClaimLost` where the conversation is no longer ours or its customer was erased; the file is taken away then.
    """
    engine = fetch.engine
    with engine.database.unit_of_work() as session:
        ours = sa.select(CONVERSATION.c.id).where(
            CONVERSATION.c.id == fetch.conversation.id, CONVERSATION.c.claimed_by == fetch.claimed_by
        )
        kept = session.execute(
            INBOX.update()
            .where(
                INBOX.c.id == row.id,
                INBOX.c.read_at.is_(None),
                INBOX.c.attachment.is_not(None),
                INBOX.c.conversation_id == ours.scalar_subquery(),
            )
            .values(attachment=attachment)
            .returning(INBOX.c.id)
        ).first()
        if kept is not None and prepared is not None and prepared.row:
            engine.attachments.enter(session, prepared, engine.now())
    if kept is None:
        if prepared is not None and prepared.row:
            engine.attachments.drop(prepared.file.key, prepared.row["path"])
        raise ClaimLost
