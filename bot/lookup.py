"""What one turn may know of records and cases, fetched before it: `records_for(...) -> Records`.

Only what belongs to the chat's proven identity, and what the messages name themselves, is handed to the turn.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.decisions import as_rupees
from bot.linking import checked_codes
from bot.start_links import opened_records
from bot.tables import CASE, CASE_EVENT, CONVERSATION, IDENTITY, ORDER_RECORD
from dialogs.heard import Heard
from dialogs.matching import ids_to_look_up
from dialogs.records import CaseView, Record, Records
from dialogs.talk import Draft
from dialogs.values import IdPattern
from dialogs.values.order_ids import read_order_ids
from dialogs.values.text import prepare
from policies.calendars import NATIONAL_HOLIDAYS, WEEKDAYS
from policies.pack import Pack

_ID_KINDS = frozenset({"order_id", "reference", "transaction_id", "utr", "rrn", "arn"})
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REF_LENGTH = 5
_CASE_NUMBERS = 9
_LONGEST_NAMED = 60
# Records and cases of one identity that a turn is shown.
_MOST = 50


def newest_first() -> tuple[sa.ColumnElement[Any], ...]:
    """The order of cases, the one filed last first, also of two filed at the same moment."""
    first_event = sa.select(sa.func.min(CASE_EVENT.c.id)).where(CASE_EVENT.c.ref == CASE.c.ref).scalar_subquery()
    return CASE.c.filed_at.desc(), sa.func.coalesce(first_event, 0).desc()


# Built once: making such a statement costs more than running it.
_BRAND: sa.BindParameter[str] = sa.bindparam("brand")
_ANY_OF: sa.BindParameter[str] = sa.bindparam("any_of", expanding=True)
_IDENTITY = sa.select(IDENTITY).where(IDENTITY.c.id == sa.bindparam("identity"))
_ANY_RECORD = sa.select(ORDER_RECORD.c.id).where(ORDER_RECORD.c.brand == _BRAND).limit(1)
_RECORDS = sa.select(ORDER_RECORD).where(ORDER_RECORD.c.brand == _BRAND).order_by(ORDER_RECORD.c.record_id).limit(_MOST)
# By the kind of the address that a chat has proven.
_OWN = {
    kind: _RECORDS.where(column == sa.bindparam("address"))
    for kind, column in {
        "phone": ORDER_RECORD.c.phone,
        "telegram_id": ORDER_RECORD.c.telegram_id,
        "email": ORDER_RECORD.c.email,
    }.items()
}
_NAMED = _RECORDS.where(ORDER_RECORD.c.match_id.in_(_ANY_OF))
_CASES = sa.select(CASE).where(CASE.c.customer_id == sa.bindparam("customer")).order_by(*newest_first()).limit(_MOST)
_OWNERS = sa.select(CASE.c.ref, CASE.c.brand, CASE.c.customer_id).where(CASE.c.ref.in_(_ANY_OF))
_TAKEN = sa.select(CASE.c.subject_id).where(
    CASE.c.brand == _BRAND,
    CASE.c.is_open,
    CASE.c.subject_id != "",
    CASE.c.customer_id != sa.bindparam("customer"),
    sa.func.upper(CASE.c.subject_id).in_(_ANY_OF),
)
_REFS = sa.select(CASE.c.ref).where(CASE.c.ref.in_(_ANY_OF))


def match_form(text: str) -> str:
    """An id as it is compared: without blanks, hyphens and the like, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def records_for(
    session: Session,
    conversation: Row[Any],
    heard: Sequence[Heard],
    pack: Pack,
    now: datetime,
    draft: Draft | None = None,
    keys: Sequence[str] = (),
) -> Records:
    """The records and cases that the turn over `heard` may see, with those whose ids `draft` names.

    `keys` are those of the settings.
    """
    identity = session.execute(_IDENTITY, {"identity": conversation.identity_id}).one()
    mentioned = mentioned_ids(heard, pack)
    own_rows = _own(session, identity)
    opened = opened_records(session, conversation, now)
    own_rows += [row for row in opened if all(row.id != own.id for own in own_rows)]
    own_ids = {row.id for row in own_rows}
    looked_up = mentioned | {match_form(each) for each in ids_to_look_up(pack, draft)}
    named_rows = [row for row in _named(session, conversation.brand, looked_up) if row.id not in own_ids]
    cases = _cases(session, conversation.customer_id)
    subjects = {row.record_id for row in (*own_rows, *named_rows)} | mentioned
    people_there, people_next = people_at(pack, now)
    return Records(
        own=tuple(_record(row, pack, mine=True) for row in own_rows),
        named=tuple(_record(row, pack, mine=False) for row in named_rows),
        loaded=_loaded(session, conversation.brand),
        cases=tuple(case_view(row) for row in cases),
        strangers=_strangers(session, conversation, mentioned, _case_numbers_in(heard, pack)),
        taken=_taken(session, conversation, subjects),
        link_codes=checked_codes(session, keys, conversation.id, heard, now),
        case_numbers=_case_numbers(session, conversation, heard, pack),
        people_there=people_there,
        people_next=people_next,
    )


def mentioned_ids(heard: Iterable[Heard], pack: Pack) -> set[str]:
    """The ids, in the form they are compared, that stand in the messages: as read, completed, or word by word."""
    patterns = [IdPattern(shape.fact, shape.prefix, shape.pattern) for shape in pack.brand.ids]
    found: set[str] = set()
    for each in heard:
        values = [*each.values, *(value for group in each.facts.values() for value in group)]
        texts = [str(value.value) for value in values if value.kind in _ID_KINDS]
        texts += [str(other) for value in values if value.kind in _ID_KINDS for other in value.other]
        numbers = [str(value.value) for value in values if value.kind in {"number", "count", "amount"}]
        # "API 8821" and "order no: 8821." name what stands in them; two words in a row may be one id.
        words = re.findall(r"[^\s,;:!?()\"']+", each.text[:2000])
        numbers += [word for word in words if any(character.isdigit() for character in word)]
        pairs = [first + second for first, second in pairwise(words)]
        texts += [word for word in (*numbers, *pairs) if any(character.isdigit() for character in word)]
        texts += [whole for typed in numbers for pattern in patterns if (whole := pattern.complete(typed))]
        if each.message.attachment is not None and each.message.attachment.text:
            texts += [str(value.value) for value in read_order_ids(prepare(each.message.attachment.text), patterns)]
        found.update(match_form(text) for text in texts if len(text) <= _LONGEST_NAMED)
        found |= mentioned_ids(each.parts, pack)
    return {name for name in found if len(name) >= 3}


def _own(session: Session, identity: Row[Any]) -> list[Row[Any]]:
    query = _OWN.get(identity.kind)
    if query is None or not identity.value:
        return []
    return list(session.execute(query, {"brand": identity.brand, "address": identity.value}).all())


def _named(session: Session, brand: str, mentioned: set[str]) -> list[Row[Any]]:
    if not mentioned:
        return []
    return list(session.execute(_NAMED, {"brand": brand, "any_of": sorted(mentioned)}).all())


def _loaded(session: Session, brand: str) -> bool:
    return session.execute(_ANY_RECORD, {"brand": brand}).first() is not None


def _record(row: Row[Any], pack: Pack, *, mine: bool) -> Record:
    return Record(
        id=row.record_id,
        kind=row.kind,
        facts=pack.newest.read_claim(row.facts),
        mine=mine,
        as_of=row.as_of,
        phone=row.phone,
        email=row.email,
        name=row.name,
    )


def _cases(session: Session, customer_id: str) -> list[Row[Any]]:
    return list(session.execute(_CASES, {"customer": customer_id}).all())


def case_view(row: Row[Any]) -> CaseView:
    """A case row as `dialogs` knows it."""
    approved = as_rupees(row.approved_paise)
    return CaseView(
        ref=row.ref,
        claim_type=row.claim_type,
        state=row.state,
        filed_at=row.filed_at,
        state_at=row.state_at,
        subject_id=row.subject_id,
        facts=row.facts,
        outcome=row.outcome,
        amount_min=as_rupees(row.amount_min_paise) if approved is None else approved,
        amount_max=as_rupees(row.amount_max_paise) if approved is None else approved,
        reference=row.reference,
        due_at=row.due_at,
        clauses=tuple(row.clauses),
        mine=True,
    )


def _strangers(session: Session, conversation: Row[Any], mentioned: set[str], shaped: set[str]) -> tuple[str, ...]:
    """Case numbers in the messages that are not this customer's, `shaped` ones even where there is no such case.

    Otherwise a guess that is right would be met in another way than one that is wrong.
    """
    refs = {f"{name[:-_REF_LENGTH]}-{name[-_REF_LENGTH:]}" for name in mentioned if len(name) > _REF_LENGTH} | shaped
    if not refs:
        return ()
    found = session.execute(_OWNERS, {"any_of": sorted(refs)}).all()
    own = {row.ref for row in found if (row.brand, row.customer_id) == (conversation.brand, conversation.customer_id)}
    return tuple(sorted(({row.ref for row in found} | shaped) - own))


def _case_numbers_in(heard: Iterable[Heard], pack: Pack) -> set[str]:
    """What looks like a case number of the brand: letters and digits behind its prefix, and no order's id."""
    shape = re.compile(rf"\b{re.escape(pack.brand.case_prefix)}-?([0-9A-Z]{{{_REF_LENGTH}}})\b", re.IGNORECASE)
    found = {match[1].upper() for each in heard for match in shape.finditer(each.text[:2000])}
    mixed = {name for name in found if not name.isdigit() and not name.isalpha()}
    return {f"{pack.brand.case_prefix}-{name}" for name in mixed}


def _taken(session: Session, conversation: Row[Any], subjects: set[str]) -> tuple[str, ...]:
    """Of the subjects owned or named, those with an open case of somebody else."""
    if not subjects:
        return ()
    compared = {match_form(subject) for subject in subjects}
    # Narrowed in the database by the spellings at hand, compared by form here.
    spellings = sorted({*compared, *(subject.upper() for subject in subjects)})
    asked = {"brand": conversation.brand, "customer": conversation.customer_id, "any_of": spellings}
    found = session.execute(_TAKEN, asked).scalars()
    return tuple(sorted({subject for subject in found if match_form(subject) in compared}))


def _case_numbers(session: Session, conversation: Row[Any], heard: Sequence[Heard], pack: Pack) -> tuple[str, ...]:
    """Fresh case numbers: not to be guessed, and the same again when the same turn is repeated."""
    last = heard[-1].message.id if heard else ""
    numbers: list[str] = []
    counter = 0
    while len(numbers) < _CASE_NUMBERS:
        batch = [_case_number(pack, f"{conversation.id}:{last}:{counter + n}") for n in range(_CASE_NUMBERS)]
        counter += _CASE_NUMBERS
        known = set(session.execute(_REFS, {"any_of": batch}).scalars())
        numbers += [number for number in batch if number not in known]
    return tuple(numbers[:_CASE_NUMBERS])


def _case_number(pack: Pack, seed: str) -> str:
    """A number with letters and digits in it: so it is told from a word, and from an order's id."""
    name = ""
    while name.isdigit() or name.isalpha() or not name:
        digest = hashlib.sha256(seed.encode()).digest()
        rest, name = int.from_bytes(digest[:8], "big"), ""
        for _ in range(_REF_LENGTH):
            rest, index = divmod(rest, len(_CROCKFORD))
            name += _CROCKFORD[index]
        seed += "+"
    return f"{pack.brand.case_prefix}-{name}"


def people_at(pack: Pack, now: datetime) -> tuple[bool, datetime | None]:
    """Whether people answer at `now`, by the brand's hours and calendar, and else from when."""
    hours = pack.brand.support_hours
    local = now.astimezone(pack.calendar.time_zone)
    open_days = frozenset(WEEKDAYS.index(day) for day in hours.days)

    def is_open(day: datetime) -> bool:
        # Support may work on days that the refund calendar does not count, such as Saturdays; holidays close both.
        date, calendar = day.date(), pack.calendar
        holiday = date in calendar.added or (date.month, date.day) in NATIONAL_HOLIDAYS
        off = holiday or (date.weekday() in calendar.working_week and not calendar.is_working_day(date))
        return date.weekday() in open_days and (date in calendar.removed or not off)

    if is_open(local) and hours.opens <= local.time() < hours.closes:
        return True, None
    for ahead in range(60):
        day = local + timedelta(days=ahead)
        opens = datetime.combine(day.date(), hours.opens, pack.calendar.time_zone)
        if is_open(day) and opens > local:
            return False, opens
    return False, None


def conversation_row(session: Session, conversation_id: str) -> Row[Any]:
    """The conversation's row; raises where there is none."""
    return session.execute(sa.select(CONVERSATION).where(CONVERSATION.c.id == conversation_id)).one()
