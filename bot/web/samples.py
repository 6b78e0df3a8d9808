"""Orders to play with at /try: each visitor gets their own copies, on record under their number.

`samples/<brand>.jsonl` has one order record per line in the form of `records import`, with a `title` and a `note` for
the page. In an id each `#` becomes a digit; `now-29h` is a moment and `today-30d` a day before the visitor came.
`samples/typing.yaml` has things to type, per brand and language.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from bot.lookup import match_form
from bot.tables import ORDER_RECORD, new_id
from bot.web.visitor import Visitor
from policies.facts import show_fact

if TYPE_CHECKING:
    from bot.engine import Engine

FOLDER = Path(__file__).resolve().parent / "samples"
_OWN = frozenset({"brand", "kind", "id", "title", "note"})
_BACK = re.compile(r"(now|today)-(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
_TRIES = 20


@dataclass(frozen=True)
class Sample:
    """One order as the file has it."""

    kind: str
    id: str
    title: str
    note: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Offered:
    """One order as the page shows it."""

    id: str
    title: str
    note: str


@lru_cache(maxsize=32)
def samples_of(brand: str) -> tuple[Sample, ...]:
    """The orders of a brand's file, none where there is no file."""
    path = FOLDER / f"{brand}.jsonl"
    if not path.is_file():
        return ()
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return tuple(
        Sample(
            kind=row["kind"],
            id=row["id"],
            title=row["title"],
            note=row["note"],
            facts={name: value for name, value in row.items() if name not in _OWN},
        )
        for row in rows
    )


@lru_cache(maxsize=1)
def typing() -> dict[str, dict[str, list[str]]]:
    """Things to type, per brand and language."""
    read: dict[str, dict[str, list[str]]] = yaml.safe_load((FOLDER / "typing.yaml").read_text(encoding="utf-8"))
    return read


def facts_at(sample: Sample, number: str, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The facts of a sample for a visitor who comes at `now`; `number` is the order's id."""
    return {name: _fact(value, sample, number, now, zone) for name, value in sample.facts.items()}


def _fact(value: object, sample: Sample, number: str, now: datetime, zone: ZoneInfo) -> object:
    if value == sample.id:
        return number
    match = _BACK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    word, *counts = match.groups()
    days, hours, minutes = (int(count or 0) for count in counts)
    moment = (now - timedelta(days=days, hours=hours, minutes=minutes)).astimezone(zone).replace(microsecond=0)
    return moment.isoformat() if word == "now" else moment.date().isoformat()


def offer(engine: Engine, brand: str, visitor: Visitor, *, make: bool) -> list[Offered]:
    """The visitor's own orders with `brand`; with `make`, those that are not on record yet are put there."""
    found = []
    with engine.database.unit_of_work() if make else engine.database.reading() as session:
        for place, sample in enumerate(samples_of(brand)):
            number = _number(session, engine, brand, visitor, place, make=make)
            if number:
                found.append(Offered(number, sample.title, sample.note))
    return found


def _number(session: Session, engine: Engine, brand: str, visitor: Visitor, place: int, *, make: bool) -> str:
    """The id of the visitor's copy of a sample: the first of its candidates that is theirs, or else is free."""
    sample = samples_of(brand)[place]
    for attempt in range(_TRIES):
        number = _candidate(sample.id, f"{visitor.number}:{brand}:{place}:{attempt}")
        same = sa.and_(ORDER_RECORD.c.brand == brand, ORDER_RECORD.c.match_id == match_form(number))
        row = session.execute(sa.select(ORDER_RECORD.c.telegram_id).where(same)).first()
        if row is not None and row.telegram_id == visitor.number:
            return number
        if row is None and make:
            _insert(session, engine, brand, visitor, sample, number)
            return number
        if row is None:
            return ""
    return ""


def _insert(session: Session, engine: Engine, brand: str, visitor: Visitor, sample: Sample, number: str) -> None:
    pack, now = engine.pack(brand), engine.now()
    facts = pack.newest.read_claim(facts_at(sample, number, now, pack.calendar.time_zone))
    session.execute(
        ORDER_RECORD.insert().values(
            id=new_id(),
            brand=brand,
            kind=sample.kind,
            record_id=number,
            match_id=match_form(number),
            telegram_id=visitor.number,
            name=visitor.name,
            facts={name: show_fact(value) for name, value in facts.items()},
            as_of=now,
            imported_at=now,
        )
    )


def _candidate(shape: str, seed: str) -> str:
    digits = iter(str(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "big")).zfill(39)[::-1])
    return "".join(next(digits) if character == "#" else character for character in shape)
