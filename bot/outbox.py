"""The outbox: messages that wait to go, and the loop that sends them.

One message per conversation is under way at a time, oldest first, so that order holds. A row of the bot goes only
while the ownership epoch it was written in is current. A row is marked sent after the send: a crash may repeat a
message, never lose one. Where a channel has a window and it is closed, a message goes as its approved template, or is
parked until the customer writes.

What an error means: `later` is tried again with growing delays, or after the provider's own; `ambiguous` too, but after
asking whether it went, and less often; `fix_first` pauses the sender; `window` closes the window; `blocked` and `dead`
end the message, and the chat goes on with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import senders, window
from bot.bell import DESK, conversation_topic
from bot.channels.limits import SHORTEST, split_for
from bot.channels.local import LocalChannel
from bot.channels.protocol import ApprovedTemplate, Channel, ChannelError, Outbound, Receipt
from bot.database import is_passing
from bot.locks import hold_conversation, take_conversation
from bot.logs import log
from bot.tables import CONSENT, CONVERSATION, IDENTITY, MESSAGE, OUTBOX, SENDER, Moment
from bot.whatsapp_templates import MESSAGE_WAITING, approved_template, is_approved
from dialogs.turn import Button

if TYPE_CHECKING:
    from bot.engine import Engine

Kind = Literal["reply", "handoff_notice", "apology", "push"]

# When a parked message is tried: not before it is released.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# How long a sender rests whose configuration is wrong.
CONFIGURATION_DELAY = timedelta(minutes=5)
# A row that begins anew.
UNTRIED: Mapping[str, Any] = {
    "done": False,
    "dead_at": None,
    "sent_at": None,
    "delivery": "",
    "claimed_until": None,
    "slot_at": None,
    "attempts": 0,
    "unclear_tries": 0,
    "error_class": None,
    "error": "",
}

# A send that takes longer than this may be made again by another process.
_LEASE = timedelta(seconds=60)
_VERDICT_SECONDS = 40.0
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(minutes=15)
_SENDER_DELAY = timedelta(seconds=30)
_ASK_AGAIN = timedelta(seconds=30)
_TRIES = 12
# The second try comes soon, since a lost answer is common; the last after more than ten minutes of an outage.
_UNCLEAR_DELAYS = (timedelta(seconds=2), timedelta(seconds=30), timedelta(minutes=4), timedelta(minutes=15))
_UNCLEAR_TRIES = len(_UNCLEAR_DELAYS) + 1
_CHANCE = SystemRandom()


# Built once: making such a statement costs more than running it.
_LAST_SEQ = sa.select(sa.func.max(OUTBOX.c.seq)).where(OUTBOX.c.conversation_id == sa.bindparam("conversation_id"))
_INSERT = OUTBOX.insert().returning(OUTBOX.c.id)
_INSERT_MESSAGE = MESSAGE.insert()
# What is set is given with the values.
_CHANGE_CONVERSATION = CONVERSATION.update().where(CONVERSATION.c.id == sa.bindparam("row"))
_CHANGE = OUTBOX.update().where(OUTBOX.c.id == sa.bindparam("row"))
_HELD = sa.select(OUTBOX.c.id, OUTBOX.c.due_at).where(
    OUTBOX.c.conversation_id == sa.bindparam("conversation_id"),
    ~OUTBOX.c.done,
    ~OUTBOX.c.urgent,
    OUTBOX.c.due_at > sa.bindparam("now", type_=Moment),
)
_CHANNEL = sa.select(CONVERSATION.c.channel).where(CONVERSATION.c.id == sa.bindparam("conversation_id"))


@dataclass(frozen=True)
class Parcel:
    """A message to queue. Only the bot's replies are bound to the epoch; `agent_id` is the agent who says it.

    `values` are those of the approved template that stands in for the text outside the 24-hour window, by variable.
    `not_before` holds the message until then, and no other waits for it meanwhile.
    """

    text: str
    kind: Kind
    author: Literal["bot", "agent"] = "bot"
    buttons: tuple[Button, ...] = ()
    clauses: tuple[str, ...] = ()
    template: str = ""
    values: Mapping[str, str] | None = None
    language: str = ""
    urgent: bool = True
    not_before: datetime | None = None
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
    """Adds a message to the outbox and to the transcript, in parts where it is too long for its channel.

    Gives the last outbox row's id. `now` is the real moment, `at` the conversation's own (they differ where a
    simulated clock was moved). `hold` is how long it waits for quiet hours to end; an urgent one, such as a reply, lets
    what waits before it go as well.
    """
    # The numbers of a chat's messages are given out one transaction after the other.
    hold_conversation(session, conversation_id)
    if parcel.urgent:
        release_held(session, conversation_id, now)
    if hold:
        parcel = replace(parcel, not_before=now + hold)
    last = session.execute(_LAST_SEQ, {"conversation_id": conversation_id}).scalar_one()
    outbox_id = 0
    for number, part in enumerate(_parts(session, conversation_id, parcel), 1):
        outbox_id = _queue_part(session, conversation_id, part, (last or 0) + number, epoch, now, at)
    session.execute(_CHANGE_CONVERSATION, {"row": conversation_id, "last_message_at": at})
    return outbox_id


def _parts(session: Session, conversation_id: str, parcel: Parcel) -> list[Parcel]:
    """The parcel as messages that are short enough. Buttons go with the last, a clause with the part that names it."""
    if len(parcel.text) <= SHORTEST // 2:
        return [parcel]
    channel = session.execute(_CHANNEL, {"conversation_id": conversation_id}).scalar_one()
    texts = split_for(channel, parcel.text, buttons=bool(parcel.buttons))
    if len(texts) == 1:
        return [parcel]
    named = [[clause for clause in parcel.clauses if clause in text] for text in texts]
    nowhere = [clause for clause in parcel.clauses if not any(clause in each for each in named)]
    return [
        replace(
            parcel,
            text=text,
            buttons=parcel.buttons if number == len(texts) else (),
            clauses=tuple(named[number - 1] + (nowhere if number == 1 else [])),
            # A text that stands for the whole goes once, with the first part.
            values=parcel.values if number == 1 else None,
            client_token=parcel.client_token if number == 1 else None,
        )
        for number, text in enumerate(texts, 1)
    ]


def _queue_part(
    session: Session, conversation_id: str, parcel: Parcel, seq: int, epoch: int, now: datetime, at: datetime
) -> int:
    buttons = [{"label": button.label, "payload": button.payload} for button in parcel.buttons]
    outbox_id: int = session.execute(
        _INSERT,
        {
            "conversation_id": conversation_id,
            "seq": seq,
            "epoch": epoch,
            "bound_to_epoch": parcel.kind == "reply" and parcel.author == "bot",
            "kind": parcel.kind,
            "text": parcel.text,
            "buttons": buttons,
            "template": parcel.template,
            "template_values": dict(parcel.values) if parcel.values is not None else None,
            "language": parcel.language,
            "urgent": parcel.urgent,
            "client_token": parcel.client_token,
            "due_at": max(now, parcel.not_before or now),
            "next_try_at": max(now, parcel.not_before or now),
        },
    ).scalar_one()
    session.execute(
        _INSERT_MESSAGE,
        {
            "conversation_id": conversation_id,
            "author": parcel.author,
            "text": parcel.text,
            "buttons": buttons,
            "clauses": list(parcel.clauses),
            "template": parcel.template,
            "agent_id": parcel.agent_id,
            "outbox_id": outbox_id,
            "turn_id": parcel.turn_id,
            "at": at,
        },
    )
    return outbox_id


def release_held(session: Session, conversation_id: str, now: datetime, moved: timedelta | None = None) -> None:
    """Lets the messages go that wait for quiet hours to end: at once, or sooner by `moved` (a simulated clock)."""
    for row in session.execute(_HELD, {"conversation_id": conversation_id, "now": now}).all():
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


def park(session: Session, row: Row[Any], now: datetime) -> bool:
    """Sets a row aside until the customer writes; False, and nothing changed, where they wrote meanwhile."""
    # The conversation is changed first: a message that arrives at this moment waits, and then finds what is parked.
    closed = session.execute(
        CONVERSATION.update()
        .where(
            CONVERSATION.c.id == row.conversation_id,
            CONVERSATION.c.last_inbound_at.is_not_distinct_from(row.last_inbound_at),
        )
        .values(window_closed_at=sa.func.coalesce(CONVERSATION.c.window_closed_at, sa.bindparam("now", now, Moment)))
        .returning(CONVERSATION.c.id)
    ).first()
    if closed is None:
        return False
    _change(session, row.id, parked_at=now, next_try_at=NEVER, slot_at=None, claimed_until=None)
    return True


def release(session: Session, conversation_id: str, now: datetime) -> None:
    """The customer wrote: what was parked goes now, in its order, and so does news that could not reach them."""
    unsent = OUTBOX.c.conversation_id == conversation_id, ~OUTBOX.c.done
    session.execute(
        OUTBOX.update().where(*unsent, OUTBOX.c.template == MESSAGE_WAITING).values(withdrawn_at=now, done=True)
    )
    session.execute(
        OUTBOX.update().where(*unsent, OUTBOX.c.parked_at.is_not(None)).values(parked_at=None, next_try_at=now)
    )
    session.execute(
        OUTBOX.update()
        .where(
            OUTBOX.c.conversation_id == conversation_id,
            OUTBOX.c.error_class == "blocked",
            OUTBOX.c.dead_at.is_not(None),
            OUTBOX.c.kind == "push",
            OUTBOX.c.template != MESSAGE_WAITING,
        )
        .values(**UNTRIED, next_try_at=now)
    )


def put_off(session: Session, row: Row[Any], until: datetime, **values: Any) -> None:
    """Tries a row again at `until`; what waits behind it in the chat is not looked at before."""
    _change(session, row.id, **values, next_try_at=until, claimed_until=None)
    session.execute(
        OUTBOX.update()
        .where(
            OUTBOX.c.conversation_id == row.conversation_id,
            ~OUTBOX.c.done,
            OUTBOX.c.parked_at.is_(None),
            OUTBOX.c.next_try_at < until,
        )
        .values(next_try_at=until)
    )


def _change(session: Session, outbox_id: int, **values: Any) -> None:
    session.execute(_CHANGE, {"row": outbox_id, **values})


@dataclass(frozen=True)
class _Claimed:
    """A row that is ours to send. `unclear_tries` counts earlier tries that may have gone."""

    row: Row[Any]
    message: Outbound
    channel: Channel | None
    unclear_tries: int


class DeliveryLoop:
    """Sends what is ready. Any number may run; each claims the rows it sends.

    `chance` gives a number from 0 to 1: how much of a delay's random half is waited.
    """

    def __init__(self, engine: Engine, chance: Callable[[], float] = _CHANCE.random) -> None:
        self._engine = engine
        self._paces = senders.paces(engine.settings)
        # Conversations in which this process is sending, whatever the clock says of its claims.
        self._sending: set[str] = set()
        self.chance = chance

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
        """When the next unsent row may be tried; what is ready now waits for another that is under way."""
        with self._engine.database.looking() as connection:
            moment: datetime | None = connection.execute(_NEXT_TRY, {"now": self._engine.now()}).scalar_one_or_none()
        return moment

    # Claiming

    def _claim(self, now: datetime) -> _Claimed | None:
        """Claims the oldest unsent row of some conversation; rows that may not go now are put aside on the way."""
        asked = {"now": now, "long_after": now + 2 * _LEASE, "sending": list(self._sending)}
        if not self._engine.database.shared:
            # A look takes no writer's lock.
            with self._engine.database.looking() as connection:
                if connection.execute(_IS_READY, asked).first() is None:
                    return None
        claimed: _Claimed | None = None
        try:
            with self._engine.database.unit_of_work() as session:
                while claimed is None and (row := session.execute(_READY_TO_CLAIM, asked).first()) is not None:
                    claimed = self._prepared(session, row, now)
        except SQLAlchemyError as error:
            if claimed is not None and is_passing(error):
                # The answer to the commit may be what was lost: nobody would hold that claim until it ran out, and
                # then the message would be taken for one that may have gone.
                self._give_back(claimed.row, now + _LEASE)
            raise
        return claimed

    def _give_back(self, row: Row[Any], until: datetime) -> None:
        """Ends our claim until `until` on a row that was not sent; one that somebody else made since stays."""
        given_back = (
            OUTBOX.update()
            .where(OUTBOX.c.id == row.id, OUTBOX.c.claimed_until == until, ~OUTBOX.c.done)
            .values(claimed_until=None, attempts=row.attempts)
        )
        self._keep(lambda session: session.execute(given_back))

    def _prepared(self, session: Session, row: Row[Any], now: datetime) -> _Claimed | None:
        """The row as it may go now, claimed. None where it may not: then it is no longer ready."""
        channel = self._engine.channels.get(row.channel)
        unclear_tries = row.unclear_tries
        if row.claimed_until is not None:
            # The last try left no verdict behind: its process died, and the message may have gone before.
            unclear_tries += 1
            _change(session, row.id, claimed_until=None, unclear_tries=unclear_tries)
        approved = None
        window_open = channel is None or not channel.has_window or self._window_is_open(row, now)
        if not window_open:
            approved = approved_template(session, row)
        if reason := self._unwanted(session, row, approved):
            _change(session, row.id, withdrawn_at=now, done=True, error_class=reason)
        elif row.blocked_at is not None:
            _change(session, row.id, dead_at=now, done=True, error_class="blocked")
        elif row.claimed_until is not None and unclear_tries >= _UNCLEAR_TRIES:
            log.error("died_while_sending", outbox_id=row.id, conversation_id=row.conversation_id)
            _change(session, row.id, dead_at=now, done=True, error_class="ambiguous", error="died")
        elif row.paused_until is not None and row.paused_until > now:
            _change(session, row.id, next_try_at=row.paused_until, slot_at=None)
        elif not window_open and approved is None:
            if park(session, row, now):
                self._announce(session, row, now)
        elif self._has_its_turn(session, row, channel, now):
            content = approved.content_sid if approved else ""
            values = {"row": row.id, "until": now + _LEASE, "tries": row.attempts + 1, "content": content}
            session.execute(_CLAIM, values)
            return _Claimed(row, _outbound(row, approved), channel, unclear_tries)
        return None

    def _unwanted(self, session: Session, row: Row[Any], approved: ApprovedTemplate | None) -> str:
        """Why a message is not to go any more; empty where it is."""
        if row.bound_to_epoch and row.epoch != row.current_epoch:
            return "epoch"
        if row.template == MESSAGE_WAITING and approved is None:
            return "window"
        if row.kind == "push":
            allowed = session.execute(
                sa.select(CONSENT.c.allowed)
                .where(CONSENT.c.identity_id == row.identity_id)
                .order_by(CONSENT.c.id.desc())
                .limit(1)
            ).scalar_one_or_none()
            if allowed is False:
                return "opted_out"
        return ""

    def _window_is_open(self, row: Row[Any], now: datetime) -> bool:
        return window.is_open(
            now,
            last_inbound_at=row.last_inbound_at,
            closed_at=row.window_closed_at,
            margin=self._engine.settings.window_margin,
        )

    def _has_its_turn(self, session: Session, row: Row[Any], channel: Channel | None, now: datetime) -> bool:
        """Whether the limits of chat and sender let the row go now, and then it counts; else it is put off."""
        paces = self._paces.get(row.channel)
        if paces is None or isinstance(channel, LocalChannel):
            return True
        at = paces.chat.earliest(row.paced_until, now)
        if at > now:
            put_off(session, row, at)
            return False
        if row.slot_at is None:
            slot = senders.take_slot(session, paces.sender, row.channel, row.account, row.next_send_at, now)
            if slot > now:
                put_off(session, row, slot, slot_at=slot)
                return False
        spent = {"conversation": row.conversation_id, "paced_until": paces.chat.spend(row.paced_until, now)}
        session.execute(_SPEND, spent)
        return True

    def _announce(self, session: Session, row: Row[Any], now: datetime) -> None:
        """Tells the customer, once in each closed window and by template, that a message waits for them."""
        if row.kind == "handoff_notice":
            return
        language = row.language or row.spoken
        known = sa.select(OUTBOX.c.id).where(
            OUTBOX.c.conversation_id == row.conversation_id, OUTBOX.c.template == MESSAGE_WAITING
        )
        if row.last_inbound_at is not None:
            known = known.where(OUTBOX.c.due_at >= row.last_inbound_at)
        if session.execute(known.limit(1)).first() is not None:
            return
        if not is_approved(session, row.brand, MESSAGE_WAITING, language):
            log.warning("no_template", brand=row.brand, template=MESSAGE_WAITING, language=language)
            return
        pack, engine = self._engine.pack(row.brand), self._engine
        values = {"brand": pack.brand.name}
        text = engine.renderer.render(MESSAGE_WAITING, language, values, pack.calendar.time_zone)
        filled = engine.template_texts.fill(MESSAGE_WAITING, language, values, pack.calendar.time_zone)
        parcel = Parcel(text, "push", template=MESSAGE_WAITING, values=filled, language=language, urgent=False)
        queue(session, row.conversation_id, parcel, epoch=row.current_epoch, now=now, at=now)

    # Sending

    def _send(self, claimed: _Claimed) -> None:
        row = claimed.row
        try:
            known = self._ask(claimed)
        except ChannelError as error:
            self._not_settled(claimed, error)
        else:
            try:
                receipt = known or self._hand_over(claimed)
            except ChannelError as error:
                self._count(row, error.error_class)
                self._failed(claimed, error)
            else:
                self._count(row, "sent")
                self._sent(row, receipt)
        self._engine.bell.ring(conversation_topic(row.conversation_id))

    def _count(self, row: Row[Any], result: str) -> None:
        metrics = self._engine.metrics
        metrics.sends.labels(row.channel, result).inc()
        if result == "window":
            metrics.windows_closed.labels(row.channel).inc()

    def _ask(self, claimed: _Claimed) -> Receipt | None:
        """What the provider knows of an earlier try that ended unclear."""
        if claimed.channel is None or not claimed.unclear_tries:
            return None
        try:
            return claimed.channel.was_sent(claimed.message, claimed.row.due_at)
        except ChannelError:
            raise
        except Exception as error:
            log.error("asking_failed", outbox_id=claimed.row.id, error=error)
            raise ChannelError("later", type(error).__name__) from error

    def _hand_over(self, claimed: _Claimed) -> Receipt:
        if claimed.channel is None:
            raise ChannelError("fix_first", f"no channel {claimed.row.channel}")
        try:
            return claimed.channel.send(claimed.message)
        except ChannelError:
            raise
        except Exception as error:
            log.error("send_failed", outbox_id=claimed.row.id, error=error)
            raise ChannelError("ambiguous", type(error).__name__) from error

    # What came of it

    def _sent(self, row: Row[Any], receipt: Receipt) -> None:
        now = self._engine.now()
        values = {"row": row.id, "now": now, "provider_id": receipt.provider_id, "how_far": receipt.delivery}

        def keep(session: Session) -> None:
            session.execute(_SENT, values)
            if row.paused_until is not None:
                senders.resume(session, row.channel, row.account)

        self._keep(keep)

    def _keep(self, verdict: Callable[[Session], object]) -> None:
        """Stores what became of a claim, also over a short loss of the database: else the message would go again."""

        def write() -> None:
            with self._engine.database.unit_of_work() as session:
                verdict(session)

        self._engine.database.again(write, _VERDICT_SECONDS)

    def _not_settled(self, claimed: _Claimed, error: ChannelError) -> None:
        """The provider could not say whether an earlier try went: it is asked again, and that is no try."""
        row, now = claimed.row, self._engine.now()

        def keep(session: Session) -> None:
            if not _is_settled(session, row):
                put_off(session, row, now + (error.wait or _ASK_AGAIN), attempts=row.attempts, error=error.code)
            if error.error_class == "fix_first":
                senders.pause(session, row.channel, row.account, now + CONFIGURATION_DELAY, error.code)

        self._keep(keep)
        log.warning("not_settled", outbox_id=row.id, conversation_id=row.conversation_id, code=error.code)

    def _failed(self, claimed: _Claimed, error: ChannelError) -> None:
        row, now = claimed.row, self._engine.now()
        verdict = self._verdict(claimed, error)
        kept = {"error_class": error.error_class, "error": error.code, "unclear_tries": verdict.unclear_tries}

        def keep(session: Session) -> None:
            if _is_settled(session, row):
                return
            if verdict.wait is None:
                _change(session, row.id, **kept, dead_at=now, done=True, claimed_until=None)
            else:
                put_off(session, row, now + verdict.wait, **kept, attempts=verdict.attempts)
            chat = CONVERSATION.update().where(CONVERSATION.c.id == row.conversation_id)
            if error.error_class == "blocked":
                session.execute(chat.values(blocked_at=now))
            if error.error_class == "window":
                session.execute(chat.values(window_closed_at=now))
            if verdict.pauses and verdict.wait is not None:
                senders.pause(session, row.channel, row.account, now + verdict.wait, error.code)

        self._keep(keep)
        log.warning(
            "not_sent",
            outbox_id=row.id,
            conversation_id=row.conversation_id,
            error_class=error.error_class,
            code=error.code,
            dead=verdict.wait is None,
        )
        if verdict.wait is None or verdict.pauses:
            self._engine.bell.ring(DESK)

    def _verdict(self, claimed: _Claimed, error: ChannelError) -> _Verdict:
        row = claimed.row
        tried, unclear = row.attempts + 1, claimed.unclear_tries
        match error.error_class:
            case "fix_first":
                return _Verdict(CONFIGURATION_DELAY, row.attempts, unclear, pauses=True)
            case "later" if error.sender_wide:
                return _Verdict(error.wait or _SENDER_DELAY, row.attempts, unclear, pauses=True)
            case "later" if error.wait is not None:
                # The provider named its own delay: that is no failed try.
                return _Verdict(error.wait, row.attempts, unclear)
            case "later" if tried < _TRIES:
                return _Verdict(self.delay(tried), tried, unclear)
            case "ambiguous" if unclear + 1 < _UNCLEAR_TRIES:
                return _Verdict(self._random_half(_UNCLEAR_DELAYS[unclear]), tried, unclear + 1)
            case "ambiguous":
                return _Verdict(None, tried, unclear + 1)
            case "window" if claimed.message.approved is None:
                # Tried again at once, as a template, or else parked.
                return _Verdict(timedelta(), row.attempts, unclear)
            case _:
                return _Verdict(None, tried, unclear)

    def delay(self, tries: int) -> timedelta:
        """How long a message waits after so many tries that failed: twice as long each time, half of it by chance."""
        return self._random_half(min(_FIRST_DELAY * 2 ** (tries - 1), _LONGEST_DELAY))

    def _random_half(self, most: timedelta) -> timedelta:
        return most / 2 + most / 2 * self.chance()


def _is_settled(session: Session, row: Row[Any]) -> bool:
    """Whether somebody had the last word on a row since it was claimed: took it back, or sent it after our claim."""
    take_conversation(session, row.conversation_id)
    done: bool = session.execute(sa.select(OUTBOX.c.done).where(OUTBOX.c.id == row.id)).scalar_one()
    return done


@dataclass(frozen=True)
class _Verdict:
    """What an error means for its row: how long it waits (None: it is dead) and its counts. `pauses` its sender."""

    wait: timedelta | None
    attempts: int
    unclear_tries: int
    pauses: bool = False


_NOW = sa.bindparam("now", type_=Moment)
# A claim that ends long after any claim made now would was made by a clock that was wrong.
_LONG_AFTER = sa.bindparam("long_after", type_=Moment)


def _ready(*columns: sa.ColumnElement[Any] | sa.FromClause) -> sa.Select[Any]:
    """The unsent row that is ready at `now`: the oldest of its conversation, and nobody is sending there.

    A message that is held until a later moment, or parked until the customer writes, lets younger ones pass.
    """
    other = OUTBOX.alias("other")
    older = sa.and_(other.c.seq < OUTBOX.c.seq, other.c.parked_at.is_(None), other.c.due_at <= _NOW)
    waits = (
        sa.select(other.c.id)
        .where(
            other.c.conversation_id == OUTBOX.c.conversation_id,
            ~other.c.done,
            other.c.id != OUTBOX.c.id,
            sa.or_(older, other.c.claimed_until.between(_NOW, _LONG_AFTER)),
        )
        .correlate(OUTBOX)
        .exists()
    )
    return (
        sa.select(*columns)
        .where(
            ~OUTBOX.c.done,
            OUTBOX.c.next_try_at <= _NOW,
            sa.or_(
                OUTBOX.c.claimed_until.is_(None),
                OUTBOX.c.claimed_until < _NOW,
                OUTBOX.c.claimed_until > _LONG_AFTER,
            ),
            OUTBOX.c.conversation_id.not_in(sa.bindparam("sending", expanding=True)),
            ~waits,
        )
        .order_by(OUTBOX.c.next_try_at, OUTBOX.c.id)
        .limit(1)
    )


def _to_claim() -> sa.Select[Any]:
    """The ready row with everything that its sending depends on."""
    newest = (
        sa.select(MESSAGE.c.provider_id)
        .where(MESSAGE.c.conversation_id == OUTBOX.c.conversation_id, MESSAGE.c.provider_id.is_not(None))
        .order_by(MESSAGE.c.id.desc())
        .limit(1)
        .correlate(OUTBOX)
        .scalar_subquery()
    )
    join = (
        OUTBOX.join(CONVERSATION, CONVERSATION.c.id == OUTBOX.c.conversation_id)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .outerjoin(
            SENDER,
            sa.and_(SENDER.c.channel == CONVERSATION.c.channel, SENDER.c.account == CONVERSATION.c.account),
        )
    )
    query = _ready(
        OUTBOX,
        CONVERSATION.c.brand,
        CONVERSATION.c.channel,
        CONVERSATION.c.account,
        CONVERSATION.c.language.label("spoken"),
        CONVERSATION.c.epoch.label("current_epoch"),
        CONVERSATION.c.identity_id,
        CONVERSATION.c.last_inbound_at,
        CONVERSATION.c.window_closed_at,
        CONVERSATION.c.blocked_at,
        CONVERSATION.c.paced_until,
        SENDER.c.paused_until,
        SENDER.c.next_send_at,
        IDENTITY.c.kind.label("identity_kind"),
        IDENTITY.c.value.label("identity_value"),
        newest.label("reply_to"),
    )
    return query.select_from(join).with_for_update(skip_locked=True, key_share=True, of=(OUTBOX, CONVERSATION))


# Built once: making such a statement costs more than running it.
_IS_READY = _ready(OUTBOX.c.id)
_READY_TO_CLAIM = _to_claim()
_NEXT_TRY = (
    sa.select(OUTBOX.c.next_try_at)
    .where(~OUTBOX.c.done, OUTBOX.c.next_try_at > _NOW)
    .order_by(OUTBOX.c.next_try_at)
    .limit(1)
)
_ROW = OUTBOX.c.id == sa.bindparam("row")
_CLAIM = (
    OUTBOX.update()
    .where(_ROW)
    .values(
        claimed_until=sa.bindparam("until"),
        attempts=sa.bindparam("tries"),
        sent_as=sa.bindparam("content"),
        slot_at=None,
    )
)
# Where the provider's word on this very try came before the answer to it, that word stands.
_SENT = (
    OUTBOX.update()
    .where(_ROW, sa.or_(OUTBOX.c.receipt.is_(None), OUTBOX.c.receipt != sa.bindparam("provider_id")))
    .values(
        done=True,
        sent_at=sa.bindparam("now"),
        receipt=sa.bindparam("provider_id"),
        delivery=sa.bindparam("how_far"),
        claimed_until=None,
        error_class=None,
        error="",
    )
)
_SPEND = (
    CONVERSATION.update()
    .where(CONVERSATION.c.id == sa.bindparam("conversation"))
    .values(paced_until=sa.bindparam("paced_until"))
)


def _outbound(row: Row[Any], approved: ApprovedTemplate | None) -> Outbound:
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
        language=row.language or row.spoken,
        approved=approved,
        reply_to=row.reply_to or "",
    )
