"""Order records in: CSV or JSON lines of orders, payments, projects, subscriptions and open requests of customers.

Every row is checked before any is kept: an error names its line and what is wrong. The facts of a row are those of the
brand's pack; an empty cell is unknown.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import phonenumbers
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.cases import add_event, due_moment, watch_promise
from bot.database import hold
from bot.decisions import as_paise
from bot.effects import decided
from bot.inbox import RECORDS, ensure_identity, find_customer
from bot.lookup import match_form
from bot.tables import CASE, CUSTOMER, IDENTITY, ORDER_RECORD, new_id
from dialogs.case_states import ENDS, STATES
from policies.decide import decide
from policies.facts import BadFact, FactValue, read_fact, show_fact
from policies.pack import Pack
from policies.yaml_source import PackError

if TYPE_CHECKING:
    from bot.engine import Engine

KINDS = ("order", "payment", "project", "subscription", "case")
_WHOSE = ("brand", "kind", "id", "phone", "email", "telegram_id", "name", "as_of")
_CASE_FIELDS = ("claim_type", "state", "filed_at", "state_at", "amount", "subject_id")
# The fact that is the record's own id, by kind.
_ID_FACTS = {"order": "order_id", "payment": "transaction_id", "project": "project"}
_LONGEST = 200
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_APPROVED = frozenset({"approved", "partly_approved", "sent_to_bank", "completed", "payment_failed"})


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be imported, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True)
class Imported:
    """What an import did. With `errors` and without keep-going nothing was kept."""

    records: int = 0
    cases: int = 0
    errors: tuple[BadRow, ...] = ()


class _NothingKept(Exception):
    """Takes back an import in which a row was wrong."""


@dataclass(frozen=True)
class _Row:
    """A checked row; `facts` as JSON carries them, `typed` as rules read them."""

    line: int
    brand: str
    kind: str
    id: str
    phone: str
    email: str
    telegram_id: str
    name: str
    as_of: datetime | None
    facts: Mapping[str, Any]
    typed: Mapping[str, FactValue]
    case: Mapping[str, Any] = field(default_factory=dict)

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """Whose it is, the surest first."""
        found = (("phone", self.phone), ("telegram_id", self.telegram_id), ("email", self.email))
        return [(kind, value) for kind, value in found if value]


def import_file(engine: Engine, path: Path, *, keep_going: bool = False) -> Imported:
    """Imports a `.csv` file or JSON lines. Raises `OSError` and `UnicodeDecodeError`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = read_csv(file) if path.suffix.lower() == ".csv" else read_json_lines(file)
        return import_rows(engine, rows, keep_going=keep_going)


def read_csv(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    """(line, row) of a CSV text; empty cells are left out."""
    reader = csv.DictReader(lines)
    for row in reader:
        if None in row:
            yield reader.line_num, "more values than columns"
        else:
            cells = {name: (value or "").strip() for name, value in row.items()}
            yield reader.line_num, {name: value for name, value in cells.items() if value}


def read_json_lines(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    """(line, row) of JSON lines; empty lines are skipped."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line, parse_float=Decimal)
            except json.JSONDecodeError as error:
                yield number, f"not JSON: {error.msg}"


def import_rows(engine: Engine, rows: Iterable[tuple[int, Any]], *, keep_going: bool = False) -> Imported:
    """Imports rows as `read_csv` and `read_json_lines` give them; a row that is a text says itself what is wrong."""
    checked: list[_Row] = []
    errors: list[BadRow] = []
    seen: dict[tuple[str, str, str], int] = {}
    for line, raw in rows:
        try:
            row = _check(engine, line, raw)
            key = (row.brand, row.kind, match_form(row.id))
            if key in seen:
                raise ValueError(f"{row.kind} {row.id} stands in line {seen[key]} already")
            seen[key] = line
            checked.append(row)
        except ValueError as error:
            errors.append(BadRow(line, str(error).splitlines()[0]))
    if errors and not keep_going:
        return Imported(errors=tuple(errors))
    kept = []
    try:
        with engine.database.unit_of_work() as session:
            hold(session, "records import")
            for row in checked:
                try:
                    with session.begin_nested():
                        _keep(session, engine, row)
                    kept.append(row)
                except ValueError as error:
                    errors.append(BadRow(row.line, str(error)))
            if errors and not keep_going:
                raise _NothingKept
    except _NothingKept:
        return Imported(errors=tuple(errors))
    cases = sum(row.kind == "case" for row in kept)
    return Imported(len(kept) - cases, cases, tuple(sorted(errors, key=lambda bad: bad.line)))


# Checking


def _check(engine: Engine, line: int, raw: Any) -> _Row:
    if isinstance(raw, str):
        raise ValueError(raw)
    if not isinstance(raw, dict):
        raise ValueError("a row is an object with brand, kind, id and facts")
    given = {str(name): value for name, value in raw.items() if value not in (None, "")}
    brand, kind, record_id = (_text(given, name) for name in ("brand", "kind", "id"))
    if brand not in engine.brands:
        raise ValueError(f"brand: {brand!r} is none of ours: {', '.join(engine.brands)}")
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is not one of {', '.join(KINDS)}")
    try:
        pack = engine.pack(brand)
    except PackError as error:
        raise ValueError(f"the pack of {brand} does not load: {error.problems[0]}") from None
    as_of = _moment(given, "as_of")
    own = {*_WHOSE, *(_CASE_FIELDS if kind == "case" else ())}
    raw_facts = {name: value for name, value in given.items() if name not in own}
    id_fact = _ID_FACTS.get(kind, "")
    if id_fact in pack.newest.facts:
        raw_facts.setdefault(id_fact, record_id)
    typed = _typed(pack, raw_facts)
    return _Row(
        line=line,
        brand=brand,
        kind=kind,
        id=record_id,
        phone=phone_of(_text(given, "phone", required=False)),
        email=_text(given, "email", required=False).lower(),
        telegram_id=_text(given, "telegram_id", required=False),
        name=_text(given, "name", required=False),
        as_of=as_of,
        facts={name: show_fact(value) for name, value in typed.items()},
        typed=typed,
        case=_check_case(pack, given, record_id) if kind == "case" else {},
    )


def _text(given: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = given.get(name, "")
    if isinstance(value, bool | dict | list):
        raise ValueError(f"{name}: {value!r} is not a text")
    text = str(value).strip()
    if required and not text:
        raise ValueError(f"{name} is missing")
    if len(text) > _LONGEST:
        raise ValueError(f"{name} has {len(text)} characters; {_LONGEST} are the most")
    return text


def _moment(given: Mapping[str, Any], name: str) -> datetime | None:
    if name not in given:
        return None
    moment = read_fact(name, "time", given[name])
    return moment if isinstance(moment, datetime) else None


def _typed(pack: Pack, raw: Mapping[str, Any]) -> dict[str, FactValue]:
    """The facts of a row, typed. In a CSV everything is a text: flags are written true or false."""
    version = pack.newest
    read: dict[str, Any] = {}
    for name, value in raw.items():
        described = version.facts.get(name)
        if described is None:
            raise BadFact(name, value, f"a fact of {pack.id}; see: refund-desk policy show {pack.id}")
        if described.type == "flag" and isinstance(value, str):
            value = _FLAGS.get(value.lower(), value)
        read[name] = value
    return version.read_claim(read)


def phone_of(text: str) -> str:
    """The number in E.164, Indian unless it has a country code; raises ValueError."""
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, "IN")
    except phonenumbers.NumberParseException:
        raise ValueError(f"phone: {text!r} is no phone number") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(f"phone: {text!r} has not the length of a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _check_case(pack: Pack, given: Mapping[str, Any], ref: str) -> dict[str, Any]:
    claim_type = _text(given, "claim_type")
    if claim_type not in pack.newest.claim_types:
        known = ", ".join(pack.newest.claim_types)
        raise ValueError(f"claim_type: {claim_type!r} is not one of {known}")
    state = _text(given, "state")
    if state not in STATES:
        raise ValueError(f"state: {state!r} is not one of {', '.join(STATES)}")
    filed_at = _moment(given, "filed_at")
    if filed_at is None:
        raise ValueError("filed_at is missing")
    state_at = _moment(given, "state_at") or filed_at
    if state_at < filed_at:
        raise ValueError("state_at lies before filed_at")
    amount = read_fact("amount", "inr", given["amount"]) if "amount" in given else None
    if not any(given.get(name) for name in ("phone", "telegram_id", "email")):
        raise ValueError(f"case {ref} is nobody's: give phone, telegram_id or email")
    return {
        "claim_type": claim_type,
        "state": state,
        "filed_at": filed_at,
        "state_at": state_at,
        "amount": amount,
        "subject_id": _text(given, "subject_id", required=False),
    }


# Keeping


def _keep(session: Session, engine: Engine, row: _Row) -> None:
    if row.kind == "case":
        _keep_case(session, engine.pack(row.brand), row, engine.now())
    else:
        _keep_record(session, row, engine.now())


def _keep_record(session: Session, row: _Row, now: datetime) -> None:
    values = {
        "match_id": match_form(row.id),
        "phone": row.phone,
        "email": row.email,
        "telegram_id": row.telegram_id,
        "name": row.name,
        "facts": dict(row.facts),
        "as_of": row.as_of,
        "imported_at": now,
    }
    updated = session.execute(
        ORDER_RECORD.update()
        .where(ORDER_RECORD.c.brand == row.brand, ORDER_RECORD.c.kind == row.kind, ORDER_RECORD.c.record_id == row.id)
        .values(**values)
        .returning(ORDER_RECORD.c.id)
    ).first()
    if updated is None:
        session.execute(
            ORDER_RECORD.insert().values(id=new_id(), brand=row.brand, kind=row.kind, record_id=row.id, **values)
        )


def _keep_case(session: Session, pack: Pack, row: _Row, now: datetime) -> None:
    """The customer's case as the company's system has it; its state is set, not moved, and the customer is not told."""
    customer_id = _customer_of(session, row, now)
    case = row.case
    decision = decide(row.typed, pack, case["filed_at"], case["claim_type"])
    values: dict[str, Any] = {
        "claim_type": case["claim_type"],
        "state": case["state"],
        "is_open": case["state"] not in ENDS,
        "subject_id": case["subject_id"],
        "facts": dict(row.facts),
        "recorded": dict(row.facts),
        "filed_at": case["filed_at"],
        "state_at": case["state_at"],
        **decided(decision),
    }
    paise = as_paise(case["amount"])
    if paise is not None:
        values |= {"amount_min_paise": paise, "amount_max_paise": paise}
        if case["state"] in _APPROVED:
            values["approved_paise"] = paise
    known = session.execute(sa.select(CASE).where(CASE.c.ref == row.id)).one_or_none()
    if known is not None and (known.brand != row.brand or known.customer_id != customer_id):
        raise ValueError(f"case {row.id} belongs to somebody else")
    if known is None:
        session.execute(CASE.insert().values(ref=row.id, brand=row.brand, customer_id=customer_id, **values))
    else:
        session.execute(CASE.update().where(CASE.c.ref == row.id).values(version=known.version + 1, **values))
    stored = session.execute(sa.select(CASE).where(CASE.c.ref == row.id)).one()
    due = due_moment(stored, pack, stored.state, stored.state_at)
    session.execute(CASE.update().where(CASE.c.ref == row.id).values(due_at=due))
    watch_promise(session, session.execute(sa.select(CASE).where(CASE.c.ref == row.id)).one(), pack, now)
    if known is None or known.state != case["state"]:
        add_event(
            session,
            row.id,
            "imported",
            by="records",
            at=case["state_at"],
            state_from=known.state if known is not None else "",
            state_to=case["state"],
        )


def _customer_of(session: Session, row: _Row, now: datetime) -> str:
    """The customer whom the row's surest address names, made where nobody has it; the other addresses are added.

    An address that belongs to another customer already is left with them: people are never merged by a file.
    """
    found = (_by_any_channel(session, row.brand, address) for address in row.addresses)
    customer_id = next((each for each in found if each), None)
    if customer_id is None:
        _, customer_id = ensure_identity(session, row.brand, RECORDS, row.addresses[0], now, row.name)
    for kind, value in row.addresses:
        if _by_any_channel(session, row.brand, (kind, value)) is None:
            session.execute(
                IDENTITY.insert().values(
                    id=new_id(),
                    customer_id=customer_id,
                    brand=row.brand,
                    channel=RECORDS,
                    kind=kind,
                    value=value,
                    created_at=now,
                )
            )
    if row.name:
        nameless = (CUSTOMER.c.id == customer_id, CUSTOMER.c.name == "")
        session.execute(CUSTOMER.update().where(*nameless).values(name=row.name))
    return customer_id


def _by_any_channel(session: Session, brand: str, address: tuple[str, str]) -> str | None:
    for channel in (RECORDS, "whatsapp", "telegram", "simulator"):
        found = find_customer(session, brand, channel, address)
        if found:
            return found
    return None
