"""The simulator: a customer's side of the chat in the browser, with a clock that can be moved.

What is sent to it is delivered by being stored: the page looks at the transcript when the bell rings.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.bell import conversation_topic
from bot.channels.local import LocalChannel
from bot.channels.protocol import Inbound, Outbound, Receipt
from bot.inbox import open_conversation, sender_of
from bot.outbox import release_held
from bot.tables import CASE, CONVERSATION, IDENTITY
from dialogs.heard import AttachmentKind, MessageKind

if TYPE_CHECKING:
    from bot.desk_service import MessageView
    from bot.engine import Engine

NAME = "simulator"


class NoSuchChat(ValueError):
    """There is no simulated chat of this id."""


@dataclass(frozen=True)
class SimulatedChat:
    """A simulated chat as its page shows it. `talk` is `desk_service.talk_summary`, `decision` the decision's record.

    `cases` are {ref, claim_type, state, outcome, due_at}, newest first; `now` is the chat's own moment and `next_due`
    when something would be pushed.
    """

    id: str
    brand: str
    customer: str
    now: datetime
    moved_by: timedelta
    owner: str
    language: str
    talk: Mapping[str, Any]
    decision: Mapping[str, Any] | None
    cases: tuple[Mapping[str, Any], ...]
    next_due: datetime | None


class Simulator(LocalChannel):
    """A channel whose customers sit in front of a page of ours."""

    name = NAME

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # As a channel

    def send(self, message: Outbound) -> Receipt:
        """The page has it as soon as it is stored."""
        return Receipt(f"simulator-{message.outbox_id}", "read")

    def was_sent(self, message: Outbound, since: datetime) -> Receipt | None:
        """Always: there is nothing between us and the page."""
        return Receipt(f"simulator-{message.outbox_id}", "read")

    # As the customer

    def open(self, brand: str, customer: str) -> str:
        """The chat of `customer` (a phone number, a Telegram id or any name) with `brand`; gives its id."""
        with self._engine.database.unit_of_work() as session:
            row = open_conversation(
                session,
                brand=brand,
                channel=NAME,
                account=f"{NAME}:{brand}",
                sender=sender_of(customer),
                now=self._engine.now(),
            )
            return str(row.id)

    def say(self, chat_id: str, text: str, client_token: str | None = None) -> None:
        """The customer types `text`. `client_token` makes a repeated send of the page harmless."""
        self._receive(chat_id, "text", text=text, client_token=client_token)

    def tap(self, chat_id: str, payload: str, label: str, client_token: str | None = None) -> None:
        """The customer taps a button."""
        self._receive(chat_id, "tap", text=label, payload=payload, client_token=client_token)

    def send_file(
        self,
        chat_id: str,
        content: bytes | Iterable[bytes],
        name: str,
        kind: AttachmentKind = "document",
        caption: str = "",
        client_token: str | None = None,
    ) -> str:
        """The customer sends a file; gives why it was refused, empty where it was taken.

        Raises `PlaceDown` or `TooSlow` where the file cannot be kept just now.
        """
        self._chat(chat_id)
        stored = self._engine.attachments.store(content, name, kind, self._engine.now())
        self._receive(chat_id, "attachment", text=caption, attachment=stored.as_json(), client_token=client_token)
        return stored.refused

    def jump(self, chat_id: str, by: timedelta) -> None:
        """Moves the chat's clock on by `by`, doing on the way what becomes due, in order of time."""
        if by < timedelta():
            raise ValueError("the clock only moves on")
        target = self.now(chat_id) + by
        while (due := self._engine.next_due(chat_id)) is not None and due <= target:
            self._set_clock(chat_id, max(due, self.now(chat_id)))
            if not self._engine.run_due():
                break
        self._set_clock(chat_id, target)
        self._engine.bell.ring(conversation_topic(chat_id))

    def jump_to_next(self, chat_id: str) -> datetime | None:
        """Moves the chat's clock to the next due moment; None where nothing is due."""
        due = self._engine.next_due(chat_id)
        if due is not None:
            self.jump(chat_id, max(due - self.now(chat_id), timedelta()))
        return due

    # As the page

    def now(self, chat_id: str) -> datetime:
        """The chat's own moment."""
        return self._engine.now() + timedelta(seconds=self._chat(chat_id).clock_offset_seconds)

    def chat(self, chat_id: str) -> SimulatedChat:
        """Everything the page shows beside the messages. Raises `NoSuchChat`."""
        from bot.desk_service import talk_summary

        row = self._chat(chat_id)
        with self._engine.database.reading() as session:
            customer = session.execute(sa.select(IDENTITY.c.value).where(IDENTITY.c.id == row.identity_id)).scalar_one()
            found = session.execute(
                sa.select(CASE).where(CASE.c.customer_id == row.customer_id).order_by(CASE.c.filed_at.desc())
            ).all()
        offset = timedelta(seconds=row.clock_offset_seconds)
        return SimulatedChat(
            id=row.id,
            brand=row.brand,
            customer=customer,
            now=self._engine.now() + offset,
            moved_by=offset,
            owner=row.owner,
            language=row.language,
            talk=talk_summary(row.state),
            decision=row.decision,
            cases=tuple(
                {
                    "ref": case.ref,
                    "claim_type": case.claim_type,
                    "state": case.state,
                    "outcome": case.outcome,
                    "due_at": case.due_at,
                }
                for case in found
            ),
            next_due=self._engine.next_due(chat_id),
        )

    def messages(self, chat_id: str, after: int = 0) -> tuple[MessageView, ...]:
        """What the customer sees, oldest first, with an id above `after`: no notes, and nothing that did not go."""
        from bot.desk_service import transcript

        self._chat(chat_id)
        with self._engine.database.reading() as session:
            lines = transcript(session, chat_id, after)
        unseen = {"queued", "parked", "withdrawn", "dead"}
        return tuple(line for line in lines if line.kind != "note" and line.delivery not in unseen)

    def _chat(self, chat_id: str) -> Row[Any]:
        with self._engine.database.reading() as session:
            row = session.execute(
                sa.select(CONVERSATION).where(CONVERSATION.c.id == chat_id, CONVERSATION.c.channel == NAME)
            ).one_or_none()
        if row is None:
            raise NoSuchChat("There is no such chat.")
        return row

    def _set_clock(self, chat_id: str, moment: datetime) -> None:
        now = self._engine.now()
        seconds = round((moment - now).total_seconds())
        moved = timedelta(seconds=max(seconds, 0) - self._chat(chat_id).clock_offset_seconds)
        with self._engine.database.unit_of_work() as session:
            release_held(session, chat_id, now, moved)
            session.execute(
                CONVERSATION.update().where(CONVERSATION.c.id == chat_id).values(clock_offset_seconds=max(seconds, 0))
            )

    def _receive(
        self,
        chat_id: str,
        kind: MessageKind,
        *,
        text: str = "",
        payload: str = "",
        attachment: dict[str, Any] | None = None,
        client_token: str | None = None,
    ) -> None:
        chat = self._chat(chat_id)
        sender = self._sender(chat)
        self._engine.receive(
            Inbound(
                brand=chat.brand,
                channel=NAME,
                account=chat.account,
                provider_id=f"{chat.id}:{client_token or secrets.token_hex(8)}",
                sender=sender,
                kind=kind,
                received_at=self.now(chat_id),
                text=text,
                payload=payload,
                attachment=attachment,
            )
        )

    def _sender(self, chat: Row[Any]) -> tuple[str, str]:
        with self._engine.database.reading() as session:
            row = session.execute(sa.select(IDENTITY).where(IDENTITY.c.id == chat.identity_id)).one()
        return row.kind, row.value
