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
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from bot.lookup import match_form
from bot.records import import_rows
from bot.tables import ORDER_RECORD
from bot.web.visitor import Visitor

if TYPE_CHECKING:
    from bot.engine import Engine

FOLDER = Path(__file__).resolve().parent / "samples"
_OWN = frozenset({"brand", "kind", "id", "title", "note"})
_BACK = re.compile(r"(now|today)-(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


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


def facts_at(sample: Sample, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The facts of a sample for a visitor who comes at `now`."""
    return {name: _fact(value, now, zone) for name, value in sample.facts.items()}


def _fact(value: object, now: datetime, zone: ZoneInfo) -> object:
    match = _BACK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    word, *counts = match.groups()
    days, hours, minutes = (int(each or 0) for each in counts)
    moment = (now - timedelta(days=days, hours=hours, minutes=minutes)).astimezone(zone).replace(microsecond=0)
    return moment.isoformat() if word == "now" else moment.date().isoformat()


def offer(engine: Engine, brand: str, visitor: Visitor, *, make: bool) -> list[Offered]:
    """The visitor's own orders with `brand`; with `make`, those that are not on record yet are put there."""
    found: list[Offered] = []
    rows: list[tuple[int, dict[str, Any]]] = []
    with engine.database.reading() as session:
        for place, sample in enumerate(samples_of(brand)):
            number, on_record = _number(session, brand, visitor, place)
            if not on_record and make:
                rows.append((place + 1, _row(engine, brand, visitor, sample, number)))
            if on_record or make:
                found.append(Offered(number, sample.title, sample.note))
    if rows:
        imported = import_rows(engine, rows)
        if imported.errors:
            raise ValueError(f"samples/{brand}.jsonl: {imported.errors[0]}")
    return found


def _number(session: Session, brand: str, visitor: Visitor, place: int) -> tuple[str, bool]:
    """The id of the visitor's copy of a sample (the first that is not another's), and whether it is on record."""
    for attempt in count():
        number = _candidate(samples_of(brand)[place].id, f"{visitor.number}:{brand}:{place}:{attempt}")
        same = sa.and_(ORDER_RECORD.c.brand == brand, ORDER_RECORD.c.match_id == match_form(number))
        row = session.execute(sa.select(ORDER_RECORD.c.telegram_id).where(same)).first()
        if row is None or row.telegram_id == visitor.number:
            return number, row is not None
    raise AssertionError("there is always another number")


def _row(engine: Engine, brand: str, visitor: Visitor, sample: Sample, number: str) -> dict[str, Any]:
    now = engine.now()
    zone = engine.pack(brand).calendar.time_zone
    return {
        "brand": brand,
        "kind": sample.kind,
        "id": number,
        "telegram_id": visitor.number,
        "name": visitor.name,
        "as_of": now.astimezone(zone).isoformat(),
        **facts_at(sample, now, zone),
    }


def _candidate(shape: str, seed: str) -> str:
    digits = iter(str(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "big")).zfill(39)[::-1])
    return "".join(next(digits) if character == "#" else character for character in shape)
