"""What happens to a case after filing: moves through the one table of states, each with an event, a message to the
customer and what the clock has to do about it; and finance's movements from a CSV file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot import outbox
from bot.bell import DESK, OUTBOX
from bot.database import insert_or_keep
from bot.decisions import as_paise, as_rupees
from bot.tables import CASE, CASE_EVENT, CONSENT, CONVERSATION, DUE
from dialogs.case_states import ENDS, STATES, check_move
from dialogs.values import mask_sensitive
from policies.deadlines import due_moment as deadline_end
from policies.facts import read_fact
from policies.pack import Pack

if TYPE_CHECKING:
    from bot.engine import Engine

MONEY_STATES = frozenset({"approved", "partly_approved"})
_APPROVED = frozenset({*MONEY_STATES, "replacement_approved"})
# Goods are on their way: what was due before is no longer what is waited for.
_GOODS_STATES = frozenset({"item_awaited", "received", "shipped"})
# The fact from which the policy counts the time to send an item back.
_RETURN_STARTS = "return_approved_at"
# Money was promised and no bank has it yet.
UNPAID = frozenset({"approved", "partly_approved", "payment_failed"})
PROMISE_SLIPS, BANK_SLIPS = "promise_slips", "bank_slips"

# NEFT's UTR has 16 characters and RTGS's 22, an RRN 12 digits, an ARN 23.
_SHAPES = (
    ("rrn", re.compile(r"\d{12}")),
    ("arn", re.compile(r"\d{23}")),
    ("utr", re.compile(r"[A-Z]{4}[A-Z0-9]{12}|[A-Z]{4}[A-Z0-9]{18}")),
)


class NoSuchCase(ValueError):
    """There is no case of this number."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"there is no case {ref}")


class BadFile(ValueError):
    """A file of movements has not the columns that it needs; the message names them."""


@dataclass(frozen=True)
class Moved:
    """A move that was made. `warnings` are sentences for who made it; `told` whether the customer will hear of it."""

    ref: str
    state_from: str
    state: str
    conversation_id: str | None
    told: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Details:
    """What came with a move, checked."""

    amount: Decimal | None = None
    reference: str = ""
    due: date | None = None
    note: str = ""
    warnings: tuple[str, ...] = ()


def reference_kind(reference: str) -> str:
    """utr, rrn or arn by the shape of a bank's reference; empty where it has none of theirs."""
    return next((kind for kind, shape in _SHAPES if shape.fullmatch(reference)), "")


def move_case(
    session: Session,
    engine: Engine,
    ref: str,
    state: str,
    *,
    by: str,
    now: datetime,
    why: str = "",
    data: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    tell: bool = True,
) -> Moved:
    """Moves a case to `state`: event, message to the customer, due rows, in the caller's transaction.

    `data` may hold amount (rupees), reference, due (ISO date) and note (for the customer). `at` is when it happened,
    if not now. Raises `NoSuchCase`, `NotAllowed` and `ValueError` with a sentence; nothing has changed then.
    """
    case, conversation = take_case(session, ref)
    if state not in STATES:
        raise ValueError(f"{state!r} is no state of a case; there are: {', '.join(STATES)}")
    check_move(case.state, state, case.outcome)
    details = _details(case, state, data or {})
    pack = engine.pack(case.brand)
    offset = timedelta(seconds=conversation.clock_offset_seconds if conversation is not None else 0)
    moment = (at or now) + (offset if at is None else timedelta())
    values = _moved_values(case, pack, state, details, moment)
    session.execute(CASE.update().where(CASE.c.ref == ref).values(**values))
    add_event(
        session,
        ref,
        "moved",
        by=by,
        at=moment,
        state_from=case.state,
        state_to=state,
        why=why,
        data=_event_data(details),
    )
    moved = session.execute(sa.select(CASE).where(CASE.c.ref == ref)).one()
    _arrange_due(session, moved, pack, moment)
    told = tell and push(
        session, engine, moved, f"case_{state}", {"note": details.note}, now=now, conversation=conversation
    )
    return Moved(ref, case.state, state, conversation.id if conversation is not None else None, told, details.warnings)


def take_case(session: Session, ref: str) -> tuple[Row[Any], Row[Any] | None]:
    """A case and the conversation its customer hears of it in, both ours until the commit. Raises `NoSuchCase`."""
    query = sa.select(CASE).where(CASE.c.ref == ref)
    case = session.execute(query).one_or_none()
    if case is None:
        raise NoSuchCase(ref)
    # The conversation first, as a turn does; else the two might wait for each other.
    conversation = _conversation_of(session, case)
    return session.execute(query.with_for_update(key_share=True)).one(), conversation


def add_event(
    session: Session,
    ref: str,
    kind: str,
    *,
    by: str,
    at: datetime,
    state_from: str = "",
    state_to: str = "",
    why: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Adds to a case's timeline."""
    session.execute(
        CASE_EVENT.insert().values(
            ref=ref,
            kind=kind,
            state_from=state_from,
            state_to=state_to,
            by=by,
            at=at,
            why=mask_sensitive(why),
            data=dict(data or {}),
        )
    )


def _details(case: Row[Any], state: str, data: Mapping[str, Any]) -> _Details:
    unknown = sorted(set(data) - {"amount", "reference", "due", "note"})
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no detail of a move; there are: amount, reference, due, note")
    amount = read_fact("amount", "inr", data["amount"]) if data.get("amount") not in {None, ""} else None
    due = date.fromisoformat(str(data["due"])) if data.get("due") else None
    reference = re.sub(r"[\s-]", "", str(data.get("reference") or "")).upper()
    warnings = []
    if reference and not reference_kind(reference):
        warnings.append(
            f"{reference} has not the shape of a UTR (16 or 22 characters), RRN (12 digits) or ARN (23 digits); "
            "it was kept"
        )
    most = case.amount_max_paise
    if isinstance(amount, Decimal) and state in MONEY_STATES and most is not None and (as_paise(amount) or 0) > most:
        warnings.append(f"{amount} is more than the policy gives for this case")
    return _Details(
        amount if isinstance(amount, Decimal) else None,
        reference,
        due,
        mask_sensitive(str(data.get("note") or "")),
        tuple(warnings),
    )


def _event_data(details: _Details) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if details.amount is not None:
        found["amount"] = str(details.amount)
    if details.reference:
        found["reference"] = details.reference
    if details.due:
        found["due"] = details.due.isoformat()
    if details.note:
        found["note"] = details.note
    return found


def _moved_values(case: Row[Any], pack: Pack, state: str, details: _Details, at: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "state": state,
        "state_at": at,
        "is_open": state not in ENDS,
        "version": case.version + 1,
    }
    if state in MONEY_STATES:
        exact = case.amount_min_paise if case.amount_min_paise == case.amount_max_paise else None
        values["approved_paise"] = as_paise(details.amount) if details.amount is not None else exact
    elif details.amount is not None:
        values["approved_paise"] = as_paise(details.amount)
    if details.reference:
        values["reference"] = details.reference
    due = pack.calendar.end_of(details.due) if details.due else due_moment(case, pack, state, at)
    if due is not None or state in ENDS or state in _GOODS_STATES:
        values["due_at"] = due
    return values


def due_moment(case: Row[Any], pack: Pack, state: str, at: datetime) -> datetime | None:
    """What is due after a move to `state` at `at`, by the policy's own times, else None: the money at the longest of
    its working days, an item that has to come back at the end of its limit.
    """
    calendar = pack.calendar
    eta = (case.decision or {}).get("eta") or {}
    if state in MONEY_STATES and case.eta_most is not None:
        start = case.filed_at if eta.get("starts") == "request" else at
        return calendar.end_of(calendar.add_working_days(calendar.local_date(start), case.eta_most))
    if state == "sent_to_bank":
        bank_days = sum(step["days"][1] for step in eta.get("then", ()))
        if bank_days:
            return calendar.end_of(calendar.add_working_days(calendar.local_date(at), bank_days))
    if state == "item_awaited":
        approved_at = case.state_at if case.state in _APPROVED else at
        version, _ = pack.version_for({"requested_at": case.filed_at}, case.filed_at)
        limits = (deadline_end(item, {_RETURN_STARTS: approved_at}, calendar) for item in version.deadlines)
        return next((limit.until for limit in limits if limit is not None), None)
    return None


def _conversation_of(session: Session, case: Row[Any]) -> Row[Any] | None:
    """The conversation in which the case's customer was last heard, ours until the commit."""
    query = (
        sa.select(CONVERSATION)
        .where(
            CONVERSATION.c.brand == case.brand,
            sa.or_(CONVERSATION.c.id == case.conversation_id, CONVERSATION.c.customer_id == case.customer_id),
        )
        .order_by(
            sa.case((CONVERSATION.c.id == case.conversation_id, 0), else_=1),
            CONVERSATION.c.last_inbound_at.desc().nulls_last(),
        )
        .limit(1)
        .with_for_update(key_share=True)
    )
    return session.execute(query).one_or_none()


def case_values(case: Row[Any], pack: Pack, language: str) -> dict[str, Any]:
    """The values of the `case_<state>` messages.

    Amounts are rupees or None, `due` a date or None, `eta_days` (least, most) working days or None; texts may be empty.
    """
    claim_type = pack.newest.claim_types.get(case.claim_type)
    contacts = {contact.kind: contact.value for contact in reversed(pack.brand.contacts)}
    low, high = as_rupees(case.amount_min_paise), as_rupees(case.amount_max_paise)
    approved = as_rupees(case.approved_paise)
    return {
        "brand": pack.brand.name,
        "ref": case.ref,
        "item": claim_type.text.name.in_(language) if claim_type else "",
        "subject": case.subject_id,
        "amount": approved if approved is not None else (low if low == high else None),
        "amount_min": low,
        "amount_max": high,
        "reference": case.reference,
        "reference_kind": reference_kind(case.reference).upper(),
        "due": pack.calendar.local_date(case.due_at) if case.due_at else None,
        "eta_days": (case.eta_least, case.eta_most) if case.eta_most is not None else None,
        "clause": case.clauses[0] if case.clauses else "",
        "reason": _reason(case, pack, language),
        "email": contacts.get("email", ""),
        "phone": contacts.get("phone", ""),
        "note": "",
    }


def _reason(case: Row[Any], pack: Pack, language: str) -> str:
    """Why the policy says what it says of a case, in words: the rule's own where it says no, the clause's in doubt.

    Empty where the policy gives something: whoever decided otherwise has to say why.
    """
    if case.outcome == "not_eligible":
        says = (case.decision or {}).get("says") or {}
        return str(says.get(language, ""))
    if case.outcome in {"full_refund", "partial_refund", "replacement"}:
        return ""
    version, _ = pack.version_for({"requested_at": case.filed_at}, case.filed_at)
    clause = version.clauses.get(case.clauses[0]) if case.clauses else None
    return clause.says.in_(language) if clause else ""


def push(
    session: Session,
    engine: Engine,
    case: Row[Any],
    template: str,
    values: Mapping[str, Any],
    *,
    now: datetime,
    conversation: Row[Any] | None = None,
) -> bool:
    """Queues an unasked message about a case. False where there is no chat, or the customer stopped such messages."""
    row = conversation if conversation is not None else _conversation_of(session, case)
    if row is None or _stopped(session, row.identity_id):
        return False
    pack = engine.pack(case.brand)
    full = {**case_values(case, pack, row.language), **values}
    text = engine.renderer.render(template, row.language, full, pack.calendar.time_zone)
    clauses = tuple(case.clauses[:1])
    filled = engine.template_texts.fill(template, row.language, full, pack.calendar.time_zone)
    parcel = outbox.Parcel(
        text, kind="push", clauses=clauses, template=template, values=filled, language=row.language, urgent=False
    )
    at = now + timedelta(seconds=row.clock_offset_seconds)
    held = after_quiet_hours(pack, at) - at
    outbox.queue(session, row.id, parcel, epoch=row.epoch, now=now, at=at, hold=held)
    return True


def after_quiet_hours(pack: Pack, at: datetime) -> datetime:
    """`at`, or the end of the brand's quiet hours where it lies in them."""
    quiet, zone = pack.brand.quiet_hours, pack.calendar.time_zone
    local = at.astimezone(zone)
    over_night = quiet.start > quiet.end
    inside = (
        local.time() >= quiet.start or local.time() < quiet.end
        if over_night
        else quiet.start <= local.time() < quiet.end
    )
    if not inside:
        return at
    day = local.date() + timedelta(days=int(over_night and local.time() >= quiet.start))
    return datetime.combine(day, quiet.end, zone)


def _stopped(session: Session, identity_id: str) -> bool:
    newest = sa.select(CONSENT.c.allowed).where(CONSENT.c.identity_id == identity_id).order_by(CONSENT.c.id.desc())
    return session.execute(newest.limit(1)).scalar_one_or_none() is False


# What the clock has to do about a case


def schedule(
    session: Session,
    kind: str,
    key: str,
    due_at: datetime,
    *,
    ref: str | None = None,
    conversation_id: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Adds something due under a unique key; one that stands there already stays as it is."""
    values = {
        "kind": kind,
        "key": key,
        "due_at": due_at,
        "ref": ref,
        "conversation_id": conversation_id,
        "data": dict(data or {}),
    }
    insert_or_keep(session, DUE, values, "key")


def _arrange_due(session: Session, case: Row[Any], pack: Pack, at: datetime) -> None:
    """Drops what no longer holds and schedules the check before the new due date passes."""
    session.execute(DUE.update().where(DUE.c.ref == case.ref, DUE.c.done_at.is_(None)).values(done_at=at))
    watch_promise(session, case, pack, at)


def watch_promise(session: Session, case: Row[Any], pack: Pack, at: datetime) -> None:
    """Schedules the look at a case on the working day before its due date, when that day's work is over."""
    if case.due_at is None:
        return
    day = pack.calendar.local_date(case.due_at)
    if case.state in UNPAID:
        before = _working_day_before(pack, day)
        closes = datetime.combine(before, pack.brand.support_hours.closes, pack.calendar.time_zone)
        due_at, kind = max(closes, at), PROMISE_SLIPS
    elif case.state == "sent_to_bank":
        due_at, kind = case.due_at, BANK_SLIPS
    else:
        return
    key = f"{kind}:{case.ref}:{case.version}:{day.isoformat()}"
    schedule(session, kind, key, due_at, ref=case.ref, conversation_id=case.conversation_id)


def _working_day_before(pack: Pack, day: date) -> date:
    before = day - timedelta(days=1)
    while not pack.calendar.is_working_day(before):
        before -= timedelta(days=1)
    return before


def promise_slips(session: Session, engine: Engine, ref: str, at: datetime, now: datetime) -> None:
    """The last working day before the due date is over and nothing was paid: the customer gets a new date at once.

    The new date is the old one and the policy's shortest time in working days, two at least; the desk gets a note.
    """
    case, conversation = take_case(session, ref)
    if case.state not in UNPAID or case.due_at is None:
        return
    pack = engine.pack(case.brand)
    was = pack.calendar.local_date(case.due_at)
    start = max(was, pack.calendar.local_date(at))
    new = pack.calendar.add_working_days(start, max(case.eta_least or 0, 2))
    flags = list(dict.fromkeys([*case.flags, "promise_slipped"]))
    session.execute(CASE.update().where(CASE.c.ref == ref).values(due_at=pack.calendar.end_of(new), flags=flags))
    data = {"was": was.isoformat(), "due": new.isoformat()}
    add_event(session, ref, PROMISE_SLIPS, by="clock", at=at, why="not paid by the promised date", data=data)
    moved = session.execute(sa.select(CASE).where(CASE.c.ref == ref)).one()
    watch_promise(session, moved, pack, at)
    push(session, engine, moved, PROMISE_SLIPS, {"was": was}, now=now, conversation=conversation)


def bank_slips(session: Session, ref: str, at: datetime) -> None:
    """The bank's own days are over and nobody said that the money arrived: a note to the desk."""
    case, _ = take_case(session, ref)
    if case.state != "sent_to_bank":
        return
    flags = list(dict.fromkeys([*case.flags, "bank_overdue"]))
    session.execute(CASE.update().where(CASE.c.ref == ref).values(flags=flags))
    add_event(session, ref, BANK_SLIPS, by="clock", at=at, why="the bank's days are over")


# Finance's movements


COLUMNS = ("ref", "state", "amount", "reference", "at", "note")


@dataclass(frozen=True)
class ImportedMove:
    """What became of one row: `done` and what it says, with warnings."""

    line: int
    ref: str
    done: bool
    says: str
    warnings: tuple[str, ...] = field(default=())


class _DryRun(Exception):
    """Takes back everything that a dry run did."""


def import_moves(engine: Engine, lines: Iterable[str], *, dry_run: bool = False) -> list[ImportedMove]:
    """Makes the moves of a CSV file (ref, state, amount, reference, at, note), row by row.

    Either all rows are done or none: where one is wrong, the results say which and nothing has changed.
    Raises `BadFile`.
    """
    reader = csv.DictReader(lines)
    missing = [name for name in ("ref", "state") if name not in (reader.fieldnames or ())]
    if missing:
        raise BadFile(f"the first line has no column {missing[0]!r}; columns are: {', '.join(COLUMNS)}")
    unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
    if unknown:
        raise BadFile(f"{unknown[0]!r} is no column; columns are: {', '.join(COLUMNS)}")
    rows = [(reader.line_num, row) for row in reader]
    results: list[ImportedMove] = []
    try:
        with engine.database.unit_of_work() as session:
            results.extend(_import_move(session, engine, line, row) for line, row in rows)
            if dry_run or not all(result.done for result in results):
                raise _DryRun
    except _DryRun:
        return results
    engine.bell.ring(OUTBOX, DESK)
    return results


def _import_move(session: Session, engine: Engine, line: int, row: Mapping[str, Any]) -> ImportedMove:
    ref = str(row.get("ref") or "").strip().upper()
    if None in row:
        return ImportedMove(line, ref, False, "more values than columns: put a note with a comma in quotes")
    given = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    data = {name: given[name] for name in ("amount", "reference", "note") if given[name]}
    now = engine.now()
    try:
        at = _moment_of(given["at"], now)
        moved = move_case(session, engine, ref, given["state"], by="finance", now=now, data=data, at=at)
    except ValueError as error:
        return ImportedMove(line, ref, False, str(error))
    return ImportedMove(line, ref, True, f"{moved.state_from} → {moved.state}", moved.warnings)


def _moment_of(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    moment = read_fact("at", "time", text)
    if isinstance(moment, datetime) and moment > now:
        raise ValueError(f"at: {text} lies in the future")
    return moment if isinstance(moment, datetime) else None
