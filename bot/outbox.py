"""The outbox: messages that wait to go, and the loop that sends them.

One message per conversation is under way at a time, oldest first, so that order holds. A row of the bot goes only
while the ownership epoch it was written in is current. A row is marked sent after the send: a crash may repeat a
message, never lose one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.bell import DESK, conversation_topic
from bot.channels.protocol import Channel, ChannelError, Outbound, Receipt
from bot.logs import log
from bot.lookup import take_conversation
from bot.tables import CONSENT, CONVERSATION, IDENTITY, MESSAGE, OUTBOX, Moment
from dialogs.turn import Button

if TYPE_CHECKING:
    from bot.engine import Engine

Kind = Literal["reply", "handoff_notice", "apology", "push"]

# A send that takes longer than this may be made again by another process.
_LEASE = timedelta(seconds=60)
_VERDICT_SECONDS = 40.0
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(minutes=15)
_CONFIGURATION_DELAY = timedelta(minutes=5)
_TRIES = 12
_UNCLEAR_TRIES = 3


@dataclass(frozen=True)
class Parcel:
    """A message to queue. Only the bot's replies are bound to the epoch; `agent_id` is the agent who says it."""

    text: str
    kind: Kind
    author: Literal["bot", "agent"] = "bot"
    buttons: tuple[Button, ...] = ()
    clauses: tuple[str, ...] = ()
    template: str = ""
    values: Mapping[str, Any] | None = None
    urgent: bool = True
    agent_id: str | None = None
    client_token: str | None = None
    turn_id: str | None = None


def queue(
    session: Session,
    conversation_id: str,
    parcel: Parcel,
    *,
    epoch: int,
    now: datetime,
    at: datetime,
    hold: timedelta = timedelta(),
) -> int:
    """Adds a message to the outbox and to the transcript; gives the outbox row's id.

    `now` is the real moment, `at` the conversation's own (they differ where a simulated clock was moved). `hold` is how
    long it waits for quiet hours to end; an urgent one, such as a reply, lets what waits before it go as well.
    """
    # The numbers of a chat's messages are given out one transaction after the other.
    take_conversation(session, conversation_id)
    if parcel.urgent:
        release_held(session, conversation_id, now)
    last = session.execute(
        sa.select(sa.func.max(OUTBOX.c.seq)).where(OUTBOX.c.conversation_id == conversation_id)
    ).scalar_one()
    buttons = [{"label": button.label, "payload": button.payload} for button in parcel.buttons]
    outbox_id: int = session.execute(
        OUTBOX.insert()
        .values(
            conversation_id=conversation_id,
            seq=(last or 0) + 1,
            epoch=epoch,
            bound_to_epoch=parcel.kind == "reply" and parcel.author == "bot",
            kind=parcel.kind,
            text=parcel.text,
            buttons=buttons,
            template=parcel.template,
            template_values=dict(parcel.values) if parcel.values is not None else None,
            urgent=parcel.urgent,
            client_token=parcel.client_token,
            due_at=now + hold,
            next_try_at=now + hold,
        )
        .returning(OUTBOX.c.id)
    ).scalar_one()
    session.execute(
        MESSAGE.insert().values(
            conversation_id=conversation_id,
            author=parcel.author,
            text=parcel.text,
            buttons=buttons,
            clauses=list(parcel.clauses),
            template=parcel.template,
            agent_id=parcel.agent_id,
            outbox_id=outbox_id,
            turn_id=parcel.turn_id,
            at=at,
        )
    )
    session.execute(CONVERSATION.update().where(CONVERSATION.c.id == conversation_id).values(last_message_at=at))
    return outbox_id


def release_held(session: Session, conversation_id: str, now: datetime, moved: timedelta | None = None) -> None:
    """Lets the messages go that wait for quiet hours to end: at once, or sooner by `moved` (a simulated clock)."""
    held = (OUTBOX.c.conversation_id == conversation_id, ~OUTBOX.c.done, ~OUTBOX.c.urgent, OUTBOX.c.due_at > now)
    for row in session.execute(sa.select(OUTBOX.c.id, OUTBOX.c.due_at).where(*held)).all():
        due = now if moved is None else max(now, row.due_at - moved)
        session.execute(OUTBOX.update().where(OUTBOX.c.id == row.id).values(due_at=due, next_try_at=due))


def withdraw(session: Session, conversation_id: str, epoch: int, now: datetime) -> int:
    """Takes back the bot's unsent rows of epochs before `epoch`; gives how many."""
    result = session.execute(
        OUTBOX.update()
        .where(
            OUTBOX.c.conversation_id == conversation_id,
            ~OUTBOX.c.done,
            OUTBOX.c.bound_to_epoch,
            OUTBOX.c.epoch < epoch,
        )
        .values(withdrawn_at=now, done=True)
        .returning(OUTBOX.c.id)
    )
    return len(result.all())


def withdraw_pushes(session: Session, conversation_id: str, now: datetime) -> None:
    """Takes back unasked messages that wait: the customer stopped them."""
    session.execute(
        OUTBOX.update()
        .where(OUTBOX.c.conversation_id == conversation_id, ~OUTBOX.c.done, OUTBOX.c.kind == "push")
        .values(withdrawn_at=now, done=True, error_class="opted_out")
    )


@dataclass(frozen=True)
class _Claimed:
    row: Row[Any]
    message: Outbound
    channel: Channel | None
    unclear: bool


class DeliveryLoop:
    """Sends what is ready. Any number may run; each claims the rows it sends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Conversations in which this process is sending, whatever the clock says of its claims.
        self._sending: set[str] = set()

    def deliver_ready(self, now: datetime | None = None) -> int:
        """Sends everything that is ready; gives how many messages were tried."""
        tried = 0
        while self.deliver_next(now):
            tried += 1
        return tried

    def deliver_next(self, now: datetime | None = None) -> bool:
        """Sends the next message that is ready; False where none is."""
        claimed = self._claim(now or self._engine.now())
        if claimed is None:
            return False
        self._sending.add(claimed.row.conversation_id)
        try:
            self._send(claimed)
        finally:
            self._sending.discard(claimed.row.conversation_id)
        return True

    def next_try(self) -> datetime | None:
        """When the next unsent row may be tried."""
        with self._engine.database.reading() as session:
            moment: datetime | None = session.execute(
                sa.select(OUTBOX.c.next_try_at).where(~OUTBOX.c.done).order_by(OUTBOX.c.next_try_at).limit(1)
            ).scalar_one_or_none()
        return moment

    def _claim(self, now: datetime) -> _Claimed | None:
        """Claims the oldest unsent row of some conversation; rows that may not go any more step aside on the way."""
        asked = {"now": now, "long_after": now + 2 * _LEASE, "sending": list(self._sending)}
        if not self._engine.database.shared:
            # A look takes no writer's lock.
            with self._engine.database.reading() as session:
                if session.execute(_READY, asked).first() is None:
                    return None
        with self._engine.database.unit_of_work() as session:
            while (row := session.execute(_READY_TO_CLAIM, asked).first()) is not None:
                reason = self._stopped(session, row)
                if reason is None:
                    break
                session.execute(
                    OUTBOX.update().where(OUTBOX.c.id == row.id).values(withdrawn_at=now, done=True, error_class=reason)
                )
            if row is None:
                return None
            session.execute(
                OUTBOX.update()
                .where(OUTBOX.c.id == row.id)
                .values(claimed_until=now + _LEASE, attempts=row.attempts + 1)
            )
        return _Claimed(
            row,
            _outbound(row),
            self._engine.channels.get(row.channel),
            # A try that left no verdict behind may have gone before the process died.
            unclear=row.attempts > 0 and row.error_class in {None, "ambiguous"},
        )

    def _stopped(self, session: Session, row: Row[Any]) -> str | None:
        if row.bound_to_epoch and row.epoch != row.current_epoch:
            return "epoch"
        if row.kind == "push":
            allowed = session.execute(
                sa.select(CONSENT.c.allowed)
                .where(CONSENT.c.identity_id == row.identity_id)
                .order_by(CONSENT.c.id.desc())
                .limit(1)
            ).scalar_one_or_none()
            if allowed is False:
                return "opted_out"
        return None

    def _send(self, claimed: _Claimed) -> None:
        row = claimed.row
        try:
            receipt = self._try(claimed)
        except ChannelError as error:
            self._count(row, error.error_class)
            self._failed(row, error)
        else:
            self._count(row, "sent")
            self._sent(row, receipt)
        self._engine.bell.ring(conversation_topic(row.conversation_id))

    def _count(self, row: Row[Any], result: str) -> None:
        metrics = self._engine.metrics
        metrics.sends.labels(row.channel, result).inc()
        if result == "window":
            metrics.windows_closed.labels(row.channel).inc()

    def _try(self, claimed: _Claimed) -> Receipt:
        """Sends, after asking whether an unclear earlier try went after all."""
        channel = claimed.channel
        if channel is None:
            raise ChannelError("fix_first", f"no channel {claimed.row.channel}")
        try:
            known = channel.was_sent(claimed.message, claimed.row.due_at) if claimed.unclear else None
            return known or channel.send(claimed.message)
        except ChannelError:
            raise
        except Exception as error:
            log.error("send_failed", outbox_id=claimed.row.id, error=error)
            raise ChannelError("ambiguous", type(error).__name__) from error

    def _sent(self, row: Row[Any], receipt: Receipt) -> None:
        self._keep(
            OUTBOX.update()
            .where(OUTBOX.c.id == row.id)
            .values(
                done=True,
                sent_at=self._engine.now(),
                receipt=receipt.provider_id,
                delivery=receipt.delivery,
                claimed_until=None,
                error_class=None,
                error="",
            )
        )

    def _keep(self, verdict: sa.Update) -> None:
        """Stores what became of a send, also over a short loss of the database: else the message would go again."""

        def write() -> None:
            with self._engine.database.unit_of_work() as session:
                session.execute(verdict)

        self._engine.database.again(write, _VERDICT_SECONDS)

    def _failed(self, row: Row[Any], error: ChannelError) -> None:
        now = self._engine.now()
        attempts = row.attempts + 1
        dead = (
            error.error_class == "dead"
            or (error.error_class == "later" and attempts >= _TRIES)
            or (error.error_class == "ambiguous" and attempts >= _UNCLEAR_TRIES)
        )
        values: dict[str, Any] = {"claimed_until": None, "error_class": error.error_class, "error": error.code}
        if dead:
            values |= {"dead_at": now, "done": True}
        elif error.error_class == "fix_first":
            values |= {"next_try_at": now + _CONFIGURATION_DELAY}
        elif error.wait is not None:
            # The provider named its own delay: that is no failed attempt.
            values |= {"next_try_at": now + error.wait, "attempts": row.attempts}
        else:
            values |= {"next_try_at": now + min(_FIRST_DELAY * 2 ** (attempts - 1), _LONGEST_DELAY)}
        # Whoever took the message back meanwhile, or sent it after our claim ran out, had the last word.
        self._keep(OUTBOX.update().where(OUTBOX.c.id == row.id, ~OUTBOX.c.done).values(**values))
        log.warning(
            "not_sent",
            outbox_id=row.id,
            conversation_id=row.conversation_id,
            error_class=error.error_class,
            code=error.code,
            dead=dead,
        )
        if dead:
            self._engine.bell.ring(DESK)


def _ready() -> sa.Select[Any]:
    """The unsent row that is ready at `now`: the oldest of its conversation, and nobody is sending it."""
    now = sa.bindparam("now", type_=Moment)
    older = OUTBOX.alias("older")
    waits_for_older = (
        sa.select(older.c.id)
        .where(older.c.conversation_id == OUTBOX.c.conversation_id, ~older.c.done, older.c.seq < OUTBOX.c.seq)
        .correlate(OUTBOX)
        .exists()
    )
    join = OUTBOX.join(CONVERSATION, CONVERSATION.c.id == OUTBOX.c.conversation_id).join(
        IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id
    )
    return (
        sa.select(
            OUTBOX,
            CONVERSATION.c.brand,
            CONVERSATION.c.channel,
            CONVERSATION.c.account,
            CONVERSATION.c.epoch.label("current_epoch"),
            CONVERSATION.c.identity_id,
            IDENTITY.c.kind.label("identity_kind"),
            IDENTITY.c.value.label("identity_value"),
        )
        .select_from(join)
        .where(
            ~OUTBOX.c.done,
            OUTBOX.c.next_try_at <= now,
            # A claim that ends long after any claim made now would was made by a clock that was wrong.
            sa.or_(
                OUTBOX.c.claimed_until.is_(None),
                OUTBOX.c.claimed_until < now,
                OUTBOX.c.claimed_until > sa.bindparam("long_after", type_=Moment),
            ),
            OUTBOX.c.conversation_id.not_in(sa.bindparam("sending", expanding=True)),
            ~waits_for_older,
        )
        .order_by(OUTBOX.c.next_try_at, OUTBOX.c.id)
        .limit(1)
    )


# Built once: making such a statement costs more than running it.
_READY = _ready()
_READY_TO_CLAIM = _READY.with_for_update(skip_locked=True, of=OUTBOX)


def _outbound(row: Row[Any]) -> Outbound:
    return Outbound(
        outbox_id=row.id,
        brand=row.brand,
        account=row.account,
        conversation_id=row.conversation_id,
        recipient=(row.identity_kind, row.identity_value),
        kind=row.kind,
        text=row.text,
        buttons=tuple(Button(each["label"], each["payload"]) for each in row.buttons or ()),
        template=row.template,
    )
