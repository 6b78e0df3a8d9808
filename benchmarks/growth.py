"""What age costs: a turn of a conversation that is 300 turns long, and one among 10,000 stored conversations.

    .venv/bin/python benchmarks/growth.py [--shape telegram|twilio] [--database URL] [--workers N]
                                          [--turns 300] [--stored 10000] [--seconds 10]
                                          [--models FOLDER] [--json]

The long conversation takes turns with fresh ones in the same run. The stored conversations are copies of one that was
played to its end and filed, with all rows that belong to it; the product is stopped while they are written, and the
same customers' script runs before and after. The goal is a turn at most 1.2 times as dear; CPU is less disturbed by
other work of the machine than the time to the reply.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import load
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.database import Database
from bot.tables import CASE, CASE_EVENT, CONVERSATION, CUSTOMER, DUE, IDENTITY, INBOX, MESSAGE, OUTBOX, new_id

GOAL = 1.2
QUESTIONS = (
    "how long does the refund take",
    "who pays the courier if the token came broken",
    "can i cancel after the dsc was downloaded",
    "refund kitne din me aayega",
    "do you keep any charges from the refund",
)
BLOCK, ROUNDS = 30, 4
_COPIED = (CUSTOMER, IDENTITY, CONVERSATION, INBOX, MESSAGE, OUTBOX, CASE, CASE_EVENT, DUE)
_OWN = frozenset({"id", "customer_id", "identity_id", "conversation_id", "ref"})
_UNIQUE = frozenset({"value", "provider_id", "receipt", "key"})
_AT_ONCE = 500


@dataclass
class Cost:
    """What turns cost: seconds of CPU of all processes, and seconds to each reply."""

    cpu: float = 0.0
    replies: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """CPU per turn and the median reply in milliseconds."""
        return {
            "cpu_ms_per_turn": round(1000 * self.cpu / len(self.replies), 2),
            "reply_p50_ms": round(1000 * statistics.median(self.replies), 1),
        }


class Customers:
    """Asks one question after the other for any customer, and waits for each reply."""

    def __init__(self, port: int, provider: load.Provider, shape: load.Shape, pids: list[int]) -> None:
        self._caller = load.Caller(port)
        self._provider, self._shape, self._pids = provider, shape, pids
        self._questions = itertools.cycle(QUESTIONS)

    async def ask(self, who: str, turns: int) -> Cost:
        """So many turns of one customer. Ends the run where no reply comes: nothing could be compared then."""
        cost, before = Cost(), load.usage(self._pids)[0]
        for number in range(turns):
            text = next(self._questions)
            body, headers = self._shape.request(who, text, next(load._numbers))
            reply = self._provider.expects(who)
            began = time.perf_counter()
            status = await self._caller.post(self._shape.path, body, headers)
            try:
                await asyncio.wait_for(reply, load.REPLY_SECONDS)
            except TimeoutError:
                raise SystemExit(f"no reply to {text!r}, the customer's turn {number} of {turns} ({status})") from None
            cost.replies.append(time.perf_counter() - began)
        cost.cpu = load.usage(self._pids)[0] - before
        return cost

    def close(self) -> None:
        """Closes the connections."""
        self._caller.close()


async def long_and_fresh(port: int, stub: int, shape: load.Shape, pids: list[int], turns: int) -> dict[str, Any]:
    """Turns of a conversation that is `turns` long, beside those of fresh ones."""
    provider = load.Provider()
    await provider.open(stub)
    customers = Customers(port, provider, shape, pids)
    long, fresh, old = Cost(), Cost(), new_customer()
    try:
        await customers.ask(old, turns)
        for _ in range(ROUNDS):
            young = new_customer()
            # A first message also makes the customer: that is no cost of a turn's age.
            await customers.ask(young, 2)
            for cost, who in ((fresh, young), (long, old)):
                block = await customers.ask(who, BLOCK)
                cost.cpu += block.cpu
                cost.replies += block.replies
    finally:
        customers.close()
        provider.close()
    return compared(fresh.figures(), long.figures())


def new_customer() -> str:
    """Somebody who never wrote."""
    return str(910_000_000_000 + next(load._people) % 10**10)


def compared(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Both, and how many times the first the second is."""
    names = ("cpu_ms_per_turn", "reply_p50_ms")
    times = {name: round(after[name] / before[name], 2) for name in names}
    return {"before": {name: before[name] for name in names}, "after": {name: after[name] for name in names}, **times}


def fill(url: str, copies: int) -> int:
    """Stores copies of a conversation whose case was filed; gives how many conversations there are then."""
    database = Database(url, durable=False)
    try:
        with database.reading() as session:
            filed = sa.select(CONVERSATION).join(CASE, CASE.c.conversation_id == CONVERSATION.c.id).limit(1)
            conversation = session.execute(filed).one()
            refs = session.execute(sa.select(CASE.c.ref).where(CASE.c.conversation_id == conversation.id)).scalars()
            ids = {conversation.id, conversation.customer_id, conversation.identity_id, *refs}
            rows = {table: _belonging(session, table, ids) for table in _COPIED}
        for first in range(0, copies, _AT_ONCE):
            renamed = [{each: new_id() for each in ids} for _ in range(min(_AT_ONCE, copies - first))]
            with database.unit_of_work() as session:
                for table, found in ((table, found) for table, found in rows.items() if found):
                    session.execute(table.insert(), [_copy(row, names) for names in renamed for row in found])
        with database.reading() as session:
            return int(session.execute(sa.select(sa.func.count()).select_from(CONVERSATION)).scalar_one())
    finally:
        database.close()


def _belonging(session: Any, table: sa.Table, ids: set[str]) -> list[dict[str, Any]]:
    """The rows of a table that belong to one of `ids`."""
    owned = [column.in_(ids) for column in table.c if column.name in _OWN and not isinstance(column.type, sa.Integer)]
    return [dict(row._mapping) for row in session.execute(sa.select(table).where(sa.or_(*owned)))]


def _copy(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A row under new names; numbers are given out anew, and what must be unique is."""
    copied = {name: names.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
    if isinstance(copied.get("id"), int):
        del copied["id"]
    for name in _UNIQUE & copied.keys():
        if copied[name] is not None:
            copied[name] = new_id()
    if "outbox_id" in copied:
        copied["outbox_id"] = None
    return copied


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=("telegram", "twilio"), default="telegram")
    parser.add_argument("--database", default="", help="an empty database's address; a fresh SQLite file unless given")
    parser.add_argument("--workers", type=int, default=0, help="worker processes; 0 is `serve`")
    parser.add_argument("--models", type=Path, help="a folder of built models to begin with; built anew unless given")
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--stored", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {}

    def scripted(port: int, stub: int, shape: load.Shape, pids: list[int]) -> dict[str, Any]:
        asyncio.run(load.drive(port, stub, shape, load.SCRIPT, 1, 3, pids, 7))
        run = asyncio.run(load.drive(port, stub, shape, load.SCRIPT, 1, options.seconds, pids, 1))
        for line in run.wrong[:3]:
            print("wrong:", line, file=sys.stderr)
        return run.figures()

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if options.models:
            shutil.copytree(options.models, data / "models")
        url = options.database or f"sqlite:///{data / 'refund-desk.sqlite3'}"
        before: dict[str, Any] = {}
        for filled in (False, True):
            stub = load.free_port()
            with load.product(data, options.database, options.workers, stub, joined=False) as (port, pids):
                shape = load.telegram() if options.shape == "telegram" else load.twilio(f"http://127.0.0.1:{port}")
                asyncio.run(load.ready(port, stub, shape, load.SCRIPT))
                if filled:
                    found["conversations"] = compared(before, scripted(port, stub, shape, pids))
                else:
                    before = scripted(port, stub, shape, pids)
                    found["turns"] = asyncio.run(long_and_fresh(port, stub, shape, pids, options.turns))
            if not filled:
                print(f"{fill(url, options.stored)} conversations are stored", file=sys.stderr)
    if options.json:
        print(json.dumps(found))
        return
    for name, many in (("turns", options.turns), ("conversations", options.stored)):
        print(f"after {many} {name} (goal: at most {GOAL} times): {found[name]}")


if __name__ == "__main__":
    main()
