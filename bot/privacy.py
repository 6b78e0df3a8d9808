"""What is held of one person, and how it is erased: words and files go, the figures of their cases stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.attachments import UNSAFE, PlaceDown
from bot.desk_service import audit
from bot.inbox import sender_of
from bot.logs import log
from bot.tables import (
    ATTACHMENT,
    CASE,
    CASE_EVENT,
    CONSENT,
    CONVERSATION,
    CUSTOMER,
    HANDOFF,
    IDENTITY,
    INBOX,
    MESSAGE,
    ORDER_RECORD,
    OUTBOX,
    START_TOKEN,
)

if TYPE_CHECKING:
    from bot.engine import Engine

# Facts in which a customer's own words or names stand; all others are figures, dates and choices.
_KEPT_EVENT_DATA = frozenset({"amount", "reference", "due", "was", "turn", "appeal_of"})

# What exported files end with, where their program would not open them otherwise.
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/pdf": ".pdf",
    "video/mp4": ".mp4",
    "text/plain": ".txt",
}


class NobodyFound(ValueError):
    """Nothing is held of this person."""


@dataclass(frozen=True)
class Erased:
    """How much was erased."""

    customers: int
    messages: int
    files: int
    cases: int
    records: int


@dataclass(frozen=True)
class _Person:
    """All rows by which one person is known to a brand."""

    customers: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    conversations: tuple[str, ...]
    identities: tuple[str, ...]
    refs: tuple[str, ...]


def export_person(engine: Engine, brand: str, address: str) -> Iterator[dict[str, Any]]:
    """Everything held of the person with `address` at `brand`, one object per row. Raises `NobodyFound`."""
    with engine.database.reading() as session:
        person = _find(session, brand, address)
        tables: list[tuple[str, sa.Select[Any]]] = [
            ("customer", sa.select(CUSTOMER).where(CUSTOMER.c.id.in_(person.customers))),
            ("identity", sa.select(IDENTITY).where(IDENTITY.c.id.in_(person.identities))),
            ("conversation", sa.select(CONVERSATION).where(CONVERSATION.c.id.in_(person.conversations))),
            ("message", sa.select(MESSAGE).where(MESSAGE.c.conversation_id.in_(person.conversations))),
            ("handoff", sa.select(HANDOFF).where(HANDOFF.c.conversation_id.in_(person.conversations))),
            ("consent", sa.select(CONSENT).where(CONSENT.c.identity_id.in_(person.identities))),
            ("refund_case", sa.select(CASE).where(CASE.c.ref.in_(person.refs))),
            ("case_event", sa.select(CASE_EVENT).where(CASE_EVENT.c.ref.in_(person.refs))),
            ("attachment", sa.select(ATTACHMENT).where(ATTACHMENT.c.key.in_(_files(session, person)))),
            ("order_record", sa.select(ORDER_RECORD).where(_records_of(brand, person))),
        ]
        for name, query in tables:
            for row in session.execute(query):
                yield {"table": name, **{key: _shown(value) for key, value in row._mapping.items()}}


def export_files(engine: Engine, brand: str, address: str, folder: Path) -> int:
    """Writes the person's files into `folder` by their keys; gives how many. Raises `NobodyFound` or `PlaceDown`."""
    with engine.database.reading() as session:
        person = _find(session, brand, address)
        rows = session.execute(sa.select(ATTACHMENT).where(ATTACHMENT.c.key.in_(_files(session, person)))).all()
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for row in rows:
        if row.scan == UNSAFE:
            continue
        with (folder / (row.key + _ENDINGS.get(row.mime, ""))).open("wb") as file:
            file.writelines(engine.attachments.open(row.path))
        written += 1
    return written


def erase_person(engine: Engine, brand: str, address: str, by: str) -> Erased:
    """Erases the person's words, names, addresses, files and order records. Raises `NobodyFound`."""
    now = engine.now()
    with engine.database.unit_of_work() as session:
        person = _find(session, brand, address)
        # What arrives now waits until it is done, and a turn that is under way is made anew over what is left.
        chats = sa.select(CONVERSATION.c.id).where(CONVERSATION.c.id.in_(person.conversations))
        session.execute(chats.order_by(CONVERSATION.c.id).with_for_update(key_share=True)).all()
        files = _files_of_nobody_else(session, person)
        messages = _erase_talk(session, person)
        _erase_cases(session, person)
        records = session.execute(
            ORDER_RECORD.delete().where(_records_of(brand, person)).returning(ORDER_RECORD.c.id)
        ).all()
        for identity_id in person.identities:
            values = {"kind": "erased", "value": identity_id}
            session.execute(IDENTITY.update().where(IDENTITY.c.id == identity_id).values(**values))
        session.execute(CUSTOMER.update().where(CUSTOMER.c.id.in_(person.customers)).values(name="", erased_at=now))
        session.execute(ATTACHMENT.delete().where(ATTACHMENT.c.key.in_([row.key for row in files])))
        audit(session, now, by, "erased", brand=brand, data={"customers": list(person.customers)})
    # The rows are gone for good now; a file that a crash leaves behind is known by nobody and swept within a day.
    for row in files:
        try:
            engine.attachments.drop(row.key, row.path)
        except PlaceDown as error:
            # The daily sweep takes it away: it is known by nobody now.
            log.error("file_not_erased", key=row.key, error=error)
    return Erased(len(person.customers), messages, len(files), len(person.refs), len(records))


def _find(session: Session, brand: str, address: str) -> _Person:
    kind, value = sender_of(address)
    customers = tuple(
        session.execute(
            sa.select(IDENTITY.c.customer_id)
            .where(IDENTITY.c.brand == brand, IDENTITY.c.kind == kind, IDENTITY.c.value == value)
            .distinct()
        ).scalars()
    )
    identities = session.execute(sa.select(IDENTITY).where(IDENTITY.c.customer_id.in_(customers))).all()
    conversations = session.execute(
        sa.select(CONVERSATION.c.id).where(CONVERSATION.c.customer_id.in_(customers))
    ).scalars()
    refs = session.execute(sa.select(CASE.c.ref).where(CASE.c.customer_id.in_(customers))).scalars()
    addresses = {(row.kind, row.value) for row in identities} | {(kind, value)}
    person = _Person(
        customers,
        tuple(sorted(addresses)),
        tuple(conversations),
        tuple(row.id for row in identities),
        tuple(refs),
    )
    if (
        not customers
        and session.execute(sa.select(ORDER_RECORD.c.id).where(_records_of(brand, person))).first() is None
    ):
        raise NobodyFound(f"nothing is held of {address} at {brand}")
    return person


def _records_of(brand: str, person: _Person) -> sa.ColumnElement[bool]:
    columns = {
        "phone": ORDER_RECORD.c.phone,
        "telegram_id": ORDER_RECORD.c.telegram_id,
        "email": ORDER_RECORD.c.email,
    }
    matches = [columns[kind] == value for kind, value in person.addresses if kind in columns and value]
    return sa.and_(ORDER_RECORD.c.brand == brand, sa.or_(sa.false(), *matches))


def _keys(rows: Any) -> set[str]:
    return {row.attachment["key"] for row in rows if row.attachment and row.attachment.get("key")}


def _files(session: Session, person: _Person) -> list[str]:
    """The person's files, those of messages that no turn has read yet too."""
    mine: set[str] = set()
    for table in (MESSAGE, INBOX):
        query = sa.select(table.c.attachment).where(
            table.c.conversation_id.in_(person.conversations), table.c.attachment.is_not(None)
        )
        mine |= _keys(session.execute(query))
    return sorted(mine)


def _files_of_nobody_else(session: Session, person: _Person) -> list[Row[Any]]:
    """The person's files, without those that somebody else sent too: one content is kept once."""
    alone = set(_files(session, person))
    for table in (MESSAGE, INBOX):
        others = sa.select(table.c.attachment).where(
            table.c.conversation_id.not_in(person.conversations), table.c.attachment.is_not(None)
        )
        alone -= _keys(session.execute(others))
    return list(session.execute(sa.select(ATTACHMENT).where(ATTACHMENT.c.key.in_(sorted(alone)))).all())


def _erase_talk(session: Session, person: _Person) -> int:
    """The words of the conversations; gives how many messages."""
    chats = person.conversations
    erased = session.execute(
        MESSAGE.update()
        .where(MESSAGE.c.conversation_id.in_(chats))
        .values(text="", attachment=None, heard=None, buttons=None, provider_id=None)
        .returning(MESSAGE.c.id)
    ).all()
    # A provider's id of a message may hold the person's own.
    gone = sa.literal("erased:") + sa.cast(INBOX.c.id, sa.String)
    session.execute(
        INBOX.update()
        .where(INBOX.c.conversation_id.in_(chats))
        .values(body="", payload="", attachment=None, provider_id=gone, revises=None)
    )
    session.execute(START_TOKEN.delete().where(START_TOKEN.c.conversation_id.in_(chats)))
    unsent = (OUTBOX.c.conversation_id.in_(chats), ~OUTBOX.c.done)
    session.execute(OUTBOX.update().where(*unsent).values(done=True, error_class="erased"))
    session.execute(
        OUTBOX.update()
        .where(OUTBOX.c.conversation_id.in_(chats))
        .values(text="", buttons=None, template_values=None, receipt=None)
    )
    session.execute(HANDOFF.update().where(HANDOFF.c.conversation_id.in_(chats)).values(summary=""))
    session.execute(CONSENT.update().where(CONSENT.c.identity_id.in_(person.identities)).values(words=""))
    session.execute(
        CONVERSATION.update()
        .where(CONVERSATION.c.id.in_(chats))
        .values(state="", decision=None, version=CONVERSATION.c.version + 1)
    )
    return len(erased)


def _erase_cases(session: Session, person: _Person) -> None:
    """The words of the cases; state, amounts, dates, clauses and the decision's figures stay."""
    for row in session.execute(sa.select(CASE).where(CASE.c.ref.in_(person.refs))).all():
        told = {name: {**each, "words": ""} for name, each in row.told.items()}
        figures = {name: value for name, value in row.facts.items() if not _is_words(value)}
        session.execute(
            CASE.update()
            .where(CASE.c.ref == row.ref)
            .values(
                told={name: each for name, each in told.items() if name in figures},
                recorded={name: value for name, value in row.recorded.items() if name in figures},
                facts=figures,
                proofs=[{"kind": each.get("kind", ""), "evidence": each.get("evidence", "")} for each in row.proofs],
                version=row.version + 1,
            )
        )
    for row in session.execute(sa.select(CASE_EVENT).where(CASE_EVENT.c.ref.in_(person.refs))).all():
        data = {key: value for key, value in row.data.items() if key in _KEPT_EVENT_DATA}
        session.execute(CASE_EVENT.update().where(CASE_EVENT.c.id == row.id).values(data=data, why=""))


def _is_words(value: Any) -> bool:
    """Whether a fact is free text or a name: a text with a blank in it, or an address."""
    return isinstance(value, str) and (" " in value.strip() or "@" in value)


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
