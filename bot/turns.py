"""The turn loop: claims a conversation whose messages are ready, reads them, asks `dialogs` for the turn, commits it.

Reading and stepping happen outside the write lock; the result is kept only if the conversation did not move meanwhile.
Attempts are counted at the claim, so that a turn that kills its process is not tried for ever: the third attempt, or a
turn that takes too long, ends with an apology and a person. A passing error of the database is only tried again.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from jinja2 import TemplateError
from sqlalchemy.engine import Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import outbox
from bot.attachments.fetching import ClaimLost, Fetch, fetch_files, has_unfetched
from bot.attachments.store import not_fetched
from bot.bell import DESK, OUTBOX, TURNS, conversation_topic
from bot.crypto import Unreadable
from bot.database import is_passing
from bot.decisions import decision_record
from bot.effects import Chat, apply_effects, hand_off, keep_consent
from bot.inbox import joining
from bot.locks import take_conversation
from bot.logs import log
from bot.lookup import people_at, records_for
from bot.tables import CONVERSATION, INBOX, MESSAGE, Moment, new_id
from dialogs.heard import Heard, Message
from dialogs.splitting import ask_apart
from dialogs.talk import Talk
from dialogs.turn import Consent, HandOff, Say, Turn
from dialogs.values import Value, mask_sensitive, sensitive_spans
from policies.facts import show_fact
from policies.pack import Pack

if TYPE_CHECKING:
    from bot.engine import Engine

ATTEMPTS = 3
_LEASE = timedelta(seconds=60)
_MOST_MESSAGES = 30
_MOVED_TRIES = 5
_PASSING_WAIT = 0.2
_RELEASE_SECONDS = 20.0
_FILES_AT_A_TIME = 4
_NUMBERS_HIDDEN = frozenset({"card_number", "account_number"})

Result = TypeVar("Result")

# Built once: making such a statement costs more than running it.
_NOW = sa.bindparam("now", type_=Moment)
_LONG_AFTER = sa.bindparam("long_after", type_=Moment)
_READY = (
    sa.select(CONVERSATION)
    .where(
        CONVERSATION.c.ready_at.is_not(None),
        # What is ready long after anything that arrives now would be, or claimed for so long, comes from a clock that
        # was wrong.
        sa.or_(CONVERSATION.c.ready_at <= _NOW, CONVERSATION.c.ready_at > _LONG_AFTER),
        sa.or_(
            CONVERSATION.c.claimed_until.is_(None),
            CONVERSATION.c.claimed_until < _NOW,
            CONVERSATION.c.claimed_until > _LONG_AFTER,
        ),
    )
    .order_by(CONVERSATION.c.ready_at)
    .limit(1)
)
_READY_TO_CLAIM = _READY.with_for_update(skip_locked=True, key_share=True)
_WARM = CONVERSATION.c.brand.not_in(sa.bindparam("cold", expanding=True))
_NEXT_READY = (
    sa.select(CONVERSATION.c.ready_at)
    .where(CONVERSATION.c.ready_at.is_not(None), CONVERSATION.c.claimed_until.is_(None), _WARM)
    .order_by(CONVERSATION.c.ready_at)
    .limit(1)
)
_WAITING_BRANDS = (
    sa.select(CONVERSATION.c.brand)
    .where(CONVERSATION.c.ready_at.is_not(None))
    .group_by(CONVERSATION.c.brand)
    .order_by(sa.func.min(CONVERSATION.c.ready_at))
)
_UNREAD = (
    sa.select(INBOX)
    .where(INBOX.c.conversation_id == sa.bindparam("conversation_id"), INBOX.c.read_at.is_(None))
    .order_by(INBOX.c.provider_sequence, INBOX.c.id)
    .limit(_MOST_MESSAGES)
)
# What is set is given with the values.
_CHANGE = CONVERSATION.update().where(CONVERSATION.c.id == sa.bindparam("row"))
_KEEP_TURN = (
    CONVERSATION.update()
    .where(
        CONVERSATION.c.id == sa.bindparam("row"),
        CONVERSATION.c.version == sa.bindparam("version_before"),
        CONVERSATION.c.epoch == sa.bindparam("epoch_before"),
        CONVERSATION.c.claimed_by == sa.bindparam("by"),
    )
    .returning(CONVERSATION.c.id)
)
_STORE = MESSAGE.insert()
_WIPE = INBOX.update().where(INBOX.c.id.in_(sa.bindparam("rows", expanding=True)))


class TooSlow(Exception):
    """A turn took longer than it may."""


class _Moved(Exception):
    """The conversation moved while its turn was made."""


@dataclass(frozen=True)
class Claimed:
    """A conversation with its unread messages, claimed by us until a moment; `attempt` counts from 1."""

    conversation: Row[Any]
    unread: tuple[Row[Any], ...]
    attempt: int
    by: str
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """A finished turn with everything that the commit needs."""

    turn: Turn
    heard: tuple[Heard, ...]
    parcels: tuple[outbox.Parcel, ...]


class TurnLoop:
    """Takes turns. Any number may run; each claims the conversations it takes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._name = secrets.token_hex(4)
        self._files: ThreadPoolExecutor | None = None
        self._fetching: set[Future[None]] = set()
        self._stopping = threading.Event()

    def fetch_files_apart(self) -> None:
        """From now on files are brought on threads of their own: a slow provider holds up nobody else's turn."""
        self._files = ThreadPoolExecutor(_FILES_AT_A_TIME, thread_name_prefix="files")

    def stop_fetching(self, seconds: float) -> bool:
        """Ends the bringing of files and releases their conversations; whether all ended within `seconds`."""
        self._stopping.set()
        if self._files is None:
            return True
        self._files.shutdown(wait=False, cancel_futures=True)
        return not wait_for(set(self._fetching), seconds).not_done

    def run_ready(self, now: datetime | None = None) -> int:
        """Takes every turn that is ready; gives how many."""
        taken = 0
        while self.take_next(now):
            taken += 1
        return taken

    def take_next(self, now: datetime | None = None) -> bool:
        """Takes the next turn that is ready; False where none is."""
        claimed = self._claim(now or self._engine.now())
        if claimed is None:
            return False
        self._take(claimed)
        return True

    def release_all(self) -> int:
        """Gives back the claims of turns that did not end before the process has to; gives how many."""
        with self._engine.database.unit_of_work() as session:
            given_back = session.execute(
                CONVERSATION.update()
                .where(CONVERSATION.c.claimed_by.startswith(f"{self._name}:", autoescape=True))
                .values(claimed_until=None, claimed_by=None, attempts=CONVERSATION.c.attempts - 1)
                .returning(CONVERSATION.c.id)
            ).all()
        return len(given_back)

    def next_ready(self) -> datetime | None:
        """When the next conversation that nobody has claimed is ready; None where there is none.

        Who has claimed one looks again at its end.
        """
        with self._engine.database.looking() as connection:
            cold = {"cold": list(self._engine.cold)}
            moment: datetime | None = connection.execute(_NEXT_READY, cold).scalar_one_or_none()
        return moment

    def waiting_brands(self) -> list[str]:
        """The brands with unread messages, the one whose customer has waited longest first."""
        with self._engine.database.reading() as session:
            return list(session.execute(_WAITING_BRANDS).scalars())

    # Claiming

    def _claim(self, now: datetime) -> Claimed | None:
        # Messages of a brand that is still being loaded wait in the inbox.
        cold = self._engine.cold
        ready, to_claim = (_READY.where(_WARM), _READY_TO_CLAIM.where(_WARM)) if cold else (_READY, _READY_TO_CLAIM)
        moment: dict[str, Any] = {"now": now, "long_after": now + 2 * _LEASE}
        if cold:
            moment["cold"] = list(cold)
        if not self._engine.database.shared:
            # A look takes no writer's lock.
            with self._engine.database.looking() as connection:
                if connection.execute(ready, moment).first() is None:
                    return None
        by = f"{self._name}:{threading.get_ident()}:{new_id()[-6:]}"
        try:
            return self._claim_as(by, now, to_claim, moment)
        except SQLAlchemyError as error:
            if is_passing(error):
                # The answer to the commit may be what was lost: nobody would hold that claim until it ran out.
                self._give_back(CONVERSATION.c.claimed_by == by, attempts=CONVERSATION.c.attempts - 1)
            raise

    def _claim_as(self, by: str, now: datetime, to_claim: sa.Select[Any], moment: dict[str, Any]) -> Claimed | None:
        with self._engine.database.unit_of_work() as session:
            row = session.execute(to_claim, moment).first()
            if row is None:
                return None
            unread = _unread(session, row.id)
            if not unread:
                session.execute(_CHANGE, {"row": row.id, "ready_at": None, "first_unread_at": None, "attempts": 0})
                return None
            attempt = row.attempts + 1
            claim = {"claimed_until": now + _LEASE, "claimed_by": by, "attempts": attempt}
            session.execute(_CHANGE, {"row": row.id, **claim})
        return Claimed(row, unread, attempt, by, now)

    # Taking

    def _take(self, claimed: Claimed) -> None:
        """One turn from claim to commit, or the files for it, whatever happens on the way."""
        if claimed.attempt < ATTEMPTS and has_unfetched(claimed.unread):
            if self._files is None:
                self._fetch(claimed)
            else:
                self._fetch_apart(self._files, claimed)
            return
        began = time.perf_counter()
        result = self._whatever_happens(claimed, lambda: self._turn(claimed))
        self._engine.metrics.turns.labels(result).inc()
        self._engine.metrics.turn_seconds.observe(time.perf_counter() - began)

    def _turn(self, claimed: Claimed) -> str:
        if claimed.attempt >= ATTEMPTS:
            self._give_up(claimed, "attempts")
            return "given_up"
        return self._answer_in_time(claimed)

    def _fetch_apart(self, files: ThreadPoolExecutor, claimed: Claimed) -> None:
        def ended(done: Future[None]) -> None:
            self._fetching.discard(done)
            if done.cancelled():
                self._release(claimed, counted=False)

        try:
            begun = files.submit(self._fetch, claimed)
        except RuntimeError:
            # The process was told to stop between the claim and here.
            self._release(claimed, counted=False)
            return
        self._fetching.add(begun)
        begun.add_done_callback(ended)

    def _fetch(self, claimed: Claimed) -> None:
        """Brings the files of the unread messages; the turn is made at the next claim, when they are here."""

        def bring() -> str:
            fetch = Fetch(self._engine, claimed.conversation, claimed.by, self._stopping)
            self._release(claimed, counted=False, wait=fetch_files(fetch, claimed.unread))
            return "fetched"

        self._whatever_happens(claimed, bring)
        self._engine.bell.ring(TURNS)

    def _whatever_happens(self, claimed: Claimed, work: Callable[[], str]) -> str:
        """Does `work` with a claim and gives how it ended; where it fails, the claim is given back and counted."""
        conversation_id = claimed.conversation.id
        try:
            result = work()
        except (_Moved, ClaimLost):
            result = "moved"
            self._release(claimed, counted=False)
        except Exception as error:
            passing = is_passing(error)
            result = "database_away" if passing else "failed"
            log.error(
                "turn_failed",
                conversation_id=conversation_id,
                inbox_ids=[row.id for row in claimed.unread],
                attempt=claimed.attempt,
                passing=passing,
                error=error,
            )
            if passing:
                time.sleep(_PASSING_WAIT)
            self._release(claimed, counted=not passing)
        self._engine.bell.ring(OUTBOX, DESK, conversation_topic(conversation_id))
        return result

    def _answer_in_time(self, claimed: Claimed) -> str:
        """The turn within its time; gives how it ended: answered, kept (an agent has the chat) or given_up."""
        # Built at its first use, which may take longer than a turn may.
        self._engine.reader(claimed.conversation.brand)
        try:
            if claimed.conversation.owner == "agent":
                self._keep_for_agent(claimed)
                return "kept"
            return self._answer(claimed)
        except TooSlow:
            self._give_up(claimed, "too_slow")
            return "given_up"

    def _answer(self, claimed: Claimed) -> str:
        """Reads, steps and commits; where an agent or a message moved the conversation meanwhile, does it anew."""
        seconds = self._engine.settings.turn_seconds
        for _ in range(_MOVED_TRIES):
            # mypy cannot tell the type of a default, which binds the claim of this round.
            outcome = within(seconds, lambda current=claimed: self._think(current))  # type: ignore[misc]
            if self._commit(claimed, outcome):
                return "answered"
            fresh = self._again(claimed)
            if has_unfetched(fresh.unread):
                raise _Moved
            if fresh.conversation.owner == "agent":
                self._keep_for_agent(fresh)
                return "kept"
            claimed = fresh
        raise _Moved

    def _again(self, claimed: Claimed) -> Claimed:
        """The claim as the conversation stands now. Raises `_Moved` where it is no longer ours."""
        with self._engine.database.reading() as session:
            row = session.execute(
                sa.select(CONVERSATION).where(
                    CONVERSATION.c.id == claimed.conversation.id, CONVERSATION.c.claimed_by == claimed.by
                )
            ).one_or_none()
            if row is None:
                raise _Moved
            return replace(claimed, conversation=row, unread=_unread(session, row.id))

    def _think(self, claimed: Claimed) -> Outcome:
        """The turn over the claimed messages; changes nothing."""
        engine, conversation = self._engine, claimed.conversation
        pack = engine.pack(conversation.brand)
        talk = _talk_of(conversation)
        now = self._local_now(conversation)
        heard = self._read(claimed, talk, pack, now)
        with engine.database.reading() as session:
            records = records_for(session, conversation, heard, pack, now, talk.draft, engine.settings.keys)
        turn = engine.step(talk, heard, pack, records, now)
        parcels = self._parcels(turn.says, pack)
        return Outcome(turn, heard, parcels)

    def _parcels(self, says: Sequence[Say], pack: Pack) -> tuple[outbox.Parcel, ...]:
        """One message for all that a turn says: short paragraphs, and the buttons of the last that has any."""
        if not says:
            return ()
        renderer, zone = self._engine.renderer, pack.calendar.time_zone
        texts = [renderer.render(say.template, say.language, say.values, zone) for say in says]
        buttons = next((say.buttons for say in reversed(says) if say.buttons), ())
        labelled = tuple(replace(item, label=renderer.label(item.label, says[-1].language)) for item in buttons)
        clauses = tuple(dict.fromkeys(clause for say in says for clause in say.clauses))
        template = "+".join(say.template for say in says)
        return (
            outbox.Parcel(
                "\n\n".join(text for text in texts if text),
                kind="reply",
                buttons=labelled,
                clauses=clauses,
                template=template,
            ),
        )

    def _read(self, claimed: Claimed, talk: Talk, pack: Pack, now: datetime) -> tuple[Heard, ...]:
        """Each unread message once, in order, with what must not be kept hidden."""
        reader = self._engine.reader(claimed.conversation.brand)
        question = talk.question
        asked = question.name if question and question.kind in {"slot", "confirm_value"} else None
        slot = pack.newest.slots.get(asked or "")
        direction = slot.text.direction if slot else "past"
        language = talk.language
        heard = []
        for row in claimed.unread:
            message = self._message(row, now)
            read = partial(reader.read, now=now, previous_language=language, asked=asked, direction=direction)
            said = ask_apart(read(message), read)
            language = said.language or language
            heard.append(masked(said))
        return tuple(heard)

    def _message(self, row: Row[Any], now: datetime) -> Message:
        try:
            text = self._engine.cipher.decrypt(row.body)
        except Unreadable as error:
            log.error("inbox_unreadable", inbox_id=row.id, error=error)
            text = ""
        attachment = self._engine.attachments.read(_settled(row.attachment))
        return Message(row.provider_id, row.kind, row.received_at, text, row.payload, attachment)

    def _local_now(self, conversation: Row[Any]) -> datetime:
        """The conversation's own moment, where the brand is: "today at ten" means ten o'clock there."""
        zone = self._engine.pack(conversation.brand).calendar.time_zone
        return (self._engine.now() + timedelta(seconds=conversation.clock_offset_seconds)).astimezone(zone)

    # Committing

    def _commit(self, claimed: Claimed, outcome: Outcome) -> bool:
        """Keeps the turn; False where the conversation moved since the claim, and nothing was kept."""
        engine, before = self._engine, claimed.conversation
        turn_id = new_id()
        now = engine.now()
        at = self._local_now(before)
        turn = outcome.turn
        unmoved = {
            "row": before.id,
            "version_before": before.version,
            "epoch_before": before.epoch,
            "by": claimed.by,
        }
        kept = {
            "version": before.version + 1,
            "state": turn.talk.model_dump_json(),
            "language": turn.talk.language,
            "decision": decision_record(turn.decision) if turn.decision else None,
        }
        with engine.database.unit_of_work() as session:
            changed = session.execute(_KEEP_TURN, {**unmoved, **kept}).one_or_none()
            if changed is None:
                return False
            _store_unread(session, claimed, outcome.heard, turn_id, now)
            chat = Chat(before.id, before.brand, before.customer_id, before.identity_id, turn_id, now, at)
            apply_effects(session, engine, chat, turn.effects)
            for parcel in outcome.parcels:
                outbox.queue(session, before.id, replace(parcel, turn_id=turn_id), epoch=before.epoch, now=now, at=at)
            self._let_go(session, claimed, now)
        for effect in turn.effects:
            if isinstance(effect, HandOff):
                engine.metrics.handoffs.labels(effect.reason).inc()
        log.info(
            "turn",
            conversation_id=before.id,
            turn_id=turn_id,
            brand=before.brand,
            messages=len(outcome.heard),
            says=[parcel.template for parcel in outcome.parcels],
            effects=[type(effect).__name__ for effect in turn.effects],
        )
        return True

    def _keep_for_agent(self, claimed: Claimed) -> None:
        """An agent has the conversation: its messages are stored and shown; only STOP and START are heard."""
        conversation = claimed.conversation
        pack = self._engine.pack(conversation.brand)
        talk = _talk_of(conversation)
        local = self._local_now(conversation)
        heard = within(self._engine.settings.turn_seconds, lambda: self._read(claimed, talk, pack, local))
        now, turn_id = self._engine.now(), new_id()
        with self._engine.database.unit_of_work() as session:
            _check_claim(session, claimed)
            _store_unread(session, claimed, heard, turn_id, now)
            for each in heard:
                if each.intent in {"opt_out", "opt_in"}:
                    consent = Consent(each.intent == "opt_in", each.text)
                    keep_consent(session, conversation.id, conversation.identity_id, consent, now, local)
                    state = talk.model_copy(update={"opted_out": not consent.allowed}).model_dump_json()
                    session.execute(_of(conversation).values(state=state, version=CONVERSATION.c.version + 1))
            session.execute(_of(conversation).where(CONVERSATION.c.waits_since.is_(None)).values(waits_since=local))
            self._let_go(session, claimed, now)

    def _give_up(self, claimed: Claimed, why: str) -> None:
        """An apology and a person; the messages are kept for them and not tried again."""
        engine, conversation = self._engine, claimed.conversation
        now, at, turn_id = engine.now(), self._local_now(conversation), new_id()
        log.error(
            "turn_given_up",
            conversation_id=conversation.id,
            inbox_ids=[row.id for row in claimed.unread],
            turn_id=turn_id,
            why=why,
        )
        unheard = tuple(Heard(self._masked_message(row, at), conversation.language) for row in claimed.unread)
        text = self._apology(conversation, at)
        with engine.database.unit_of_work() as session:
            _check_claim(session, claimed)
            _store_unread(session, claimed, unheard, turn_id, now)
            chat = Chat(
                conversation.id,
                conversation.brand,
                conversation.customer_id,
                conversation.identity_id,
                turn_id,
                now,
                at,
            )
            hand_off(session, chat, HandOff("fault", summary=f"{why}: {turn_id}", urgent=True))
            if text:
                parcel = outbox.Parcel(text, kind="apology", template="apology", turn_id=turn_id)
                outbox.queue(session, conversation.id, parcel, epoch=conversation.epoch, now=now, at=at)
            self._let_go(session, claimed, now)
        engine.metrics.handoffs.labels("fault").inc()

    def _masked_message(self, row: Row[Any], at: datetime) -> Message:
        message = self._message(row, at)
        return replace(message, text=mask_sensitive(message.text))

    def _apology(self, conversation: Row[Any], at: datetime) -> str:
        """The apology in the customer's language. Without it the person is called all the same."""
        pack = self._engine.pack(conversation.brand)
        there, then = people_at(pack, at)
        values = {"brand": pack.brand.name, "people_there": there, "people_next": then}
        try:
            return self._engine.renderer.render("apology", conversation.language, values, pack.calendar.time_zone)
        except TemplateError as error:
            log.error("no_apology", conversation_id=conversation.id, error=error)
            return ""

    def _let_go(self, session: Session, claimed: Claimed, now: datetime) -> None:
        """Ends the claim; what came in meanwhile is ready after its own wait."""
        conversation = claimed.conversation
        left = _unread(session, conversation.id)
        values: dict[str, Any] = {"claimed_until": None, "claimed_by": None, "attempts": 0}
        if left:
            channel = self._engine.channels.get(conversation.channel)
            joins = channel is not None and channel.joins
            wait = joining(self._engine.settings).text if joins else timedelta()
            values |= {"ready_at": now + wait, "first_unread_at": now}
        else:
            values |= {"ready_at": None, "first_unread_at": None}
        session.execute(_CHANGE, {"row": conversation.id, **values})

    def _release(self, claimed: Claimed, *, counted: bool, wait: timedelta | None = None) -> None:
        """Gives the claim back, to be tried again at once or after `wait`."""
        attempts = claimed.attempt if counted else claimed.attempt - 1
        values: dict[str, Any] = {"attempts": attempts}
        if wait is not None:
            values["ready_at"] = self._engine.now() + wait
        ours = sa.and_(CONVERSATION.c.id == claimed.conversation.id, CONVERSATION.c.claimed_by == claimed.by)
        self._give_back(ours, **values)

    def _give_back(self, ours: sa.ColumnElement[bool], **values: Any) -> None:
        """Ends a claim, also over a short loss of the database: else the customer would wait for it to run out."""
        given_back = CONVERSATION.update().where(ours).values(claimed_until=None, claimed_by=None, **values)

        def give_back() -> None:
            with self._engine.database.unit_of_work() as session:
                session.execute(given_back)

        self._engine.database.again(give_back, _RELEASE_SECONDS)


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """The result of `work`, or `TooSlow` after `seconds`. Work that hangs is left behind on its own thread."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="turn", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TooSlow
    return results[0]


def masked(heard: Heard) -> Heard:
    """What was heard, without full account and card numbers: nothing behind this line ever sees one."""
    spans = sensitive_spans(heard.message.text)
    message = replace(heard.message, text=mask_sensitive(heard.message.text))
    return replace(
        heard,
        message=message,
        values=tuple(_masked_value(value, spans) for value in heard.values),
        facts={name: tuple(_masked_value(value, spans) for value in values) for name, values in heard.facts.items()},
        parts=tuple(masked(part) for part in heard.parts),
    )


def _masked_value(value: Value, spans: Sequence[tuple[int, int, str]]) -> Value:
    """A value as it stands in the masked text, where its place is another."""
    hidden = "••••" + str(value.value)[-4:] if value.kind in _NUMBERS_HIDDEN else value.value
    start, end = (
        at + sum(len(shown) - (last - first) for first, last, shown in spans if last <= at)
        for at in (value.start, value.end)
    )
    text = mask_sensitive(value.text) if hidden is value.value else hidden
    return replace(value, value=hidden, text=text, start=start, end=end)


def heard_summary(heard: Heard) -> dict[str, Any]:
    """What is stored of a reading: intent, confidence, language, values; for the desk and `chat --json`."""
    return {
        "intent": heard.intent,
        "confidence": round(heard.confidence, 3),
        "language": heard.language,
        "values": [{"kind": value.kind, "value": _shown(value.value), "text": value.text} for value in heard.values],
        "clauses": [[name, round(score, 3)] for name, score in heard.clauses[:3]],
    }


def _shown(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple):
        return [_shown(each) for each in value]
    shown = show_fact(value)
    return shown if isinstance(shown, str | int | float | bool) else str(shown)


def _check_claim(session: Session, claimed: Claimed) -> None:
    """Raises `_Moved` where the claim ran out and somebody else took the conversation; else its row is ours until the
    commit, so that no message comes in between the look at what is left and the end of the claim.
    """
    row = take_conversation(session, claimed.conversation.id)
    if row is None or row.claimed_by != claimed.by:
        raise _Moved


def _talk_of(conversation: Row[Any]) -> Talk:
    """The state of the talk; a new one begins in the language that the channel took for the customer's."""
    if conversation.state:
        return Talk.model_validate_json(conversation.state)
    return Talk(language=conversation.language)


def _of(row: Row[Any]) -> sa.Update:
    return CONVERSATION.update().where(CONVERSATION.c.id == row.id)


def _unread(session: Session, conversation_id: str) -> tuple[Row[Any], ...]:
    return tuple(session.execute(_UNREAD, {"conversation_id": conversation_id}).all())


def _settled(attachment: dict[str, Any] | None) -> dict[str, Any] | None:
    """A file as the transcript keeps it: one that was never brought is refused, and how to bring it is forgotten."""
    return not_fetched(attachment) if attachment and "fetch" in attachment else attachment


def _store_unread(session: Session, claimed: Claimed, heard: Sequence[Heard], turn_id: str, now: datetime) -> None:
    """The messages into the transcript, masked; their originals are wiped and marked read by id."""
    revised = _revised(session, claimed)
    session.execute(
        _STORE,
        [
            {
                "conversation_id": claimed.conversation.id,
                "author": "customer",
                "kind": row.kind,
                "text": each.text,
                "attachment": _settled(row.attachment),
                "heard": heard_summary(each),
                "turn_id": turn_id,
                "provider_id": row.provider_id,
                "revises": revised.get(row.revises),
                "at": row.received_at,
            }
            for row, each in zip(claimed.unread, heard, strict=True)
        ],
    )
    rows = [row.id for row in claimed.unread]
    session.execute(_WIPE, {"rows": rows, "read_at": now, "turn_id": turn_id, "body": ""})


def _revised(session: Session, claimed: Claimed) -> dict[str | None, int]:
    """The places in the transcript of the messages that unread ones are edited forms of, by the provider's id."""
    ids = [row.revises for row in claimed.unread if row.revises]
    if not ids:
        return {}
    query = sa.select(MESSAGE.c.provider_id, MESSAGE.c.id).where(
        MESSAGE.c.conversation_id == claimed.conversation.id, MESSAGE.c.provider_id.in_(ids)
    )
    return {row.provider_id: row.id for row in session.execute(query)}
