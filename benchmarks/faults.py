"""Kills processes under load and counts what was lost, out of order or repeated.

    .venv/bin/python benchmarks/faults.py [--kills 50] [--seed 1] [--database postgresql://…]

On PostgreSQL two web processes, two workers and two schedulers share the work; on SQLite `serve` does all of it. Any of
them is killed (SIGKILL) at random moments and started again. Each customer writes numbered messages and, as Telegram
does, sends a message again until it was taken; everything that reaches the recorder is compared with what was written.
"""

import argparse
import contextlib
import http.client
import http.server
import json
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# On a busy machine loading the product alone may take a minute.
_START_SECONDS = 180.0
_REST_SECONDS = 60.0
_ROLES = {"postgresql": ("web", "web", "worker", "worker", "scheduler", "scheduler"), "sqlite": ("serve",)}


@dataclass
class Found:
    """What a run gave. `lost`, `out_of_order` and `doubled` should be empty and `repeated` at most the kills.

    `to_a_person` are messages whose turn was killed twice: the third attempt is an apology and a person, by design.
    `given_up` counts such turns, which are at most the kills: each takes two, and one ends the two turns of a process.
    """

    kills: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    ticks: int = 0
    lost: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    repeated: int = 0
    to_a_person: list[str] = field(default_factory=list)
    given_up: int = 0
    doubled: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        """Whether nothing was lost, out of order or made twice, and not more repeated or given up than killed."""
        most = sum(self.kills.values())
        return not (self.lost or self.out_of_order or self.doubled) and max(self.repeated, self.given_up) <= most


class Recorder(http.server.ThreadingHTTPServer):
    """The provider: keeps what was sent to it, in order of arrival."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Recording)
        self.sent: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed process leaves half a request behind."""


class _Recording(http.server.BaseHTTPRequestHandler):
    server: Recorder

    def do_POST(self) -> None:
        """Keeps one message."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.sent.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Nursery:
    """Makes processes of the roles, each with the product loaded already."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, str(ROOT / "benchmarks" / "fault_roles.py")]
        self._process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._made: queue.Queue[int] = queue.Queue()
        self._ready = threading.Event()
        self._up: dict[int, threading.Event] = {}
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("the product was not loaded")

    def make(self, line: str) -> int:
        """The number of a new process that plays the role of `line`."""
        assert self._process.stdin is not None  # noqa: S101 - given above
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        return self._made.get(timeout=_START_SECONDS)

    def up(self, pid: int) -> threading.Event:
        """Set when that process does its work."""
        return self._up.setdefault(pid, threading.Event())

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            word, *rest = line.decode().split()
            if word == "ready":
                self._ready.set()
            elif word == "made":
                self._made.put(int(rest[0]))
            else:
                self.up(int(rest[0])).set()

    def close(self) -> None:
        """Makes no more."""
        self._process.kill()
        self._process.wait()
        self._listening.join(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


class Process:
    """A role that is started again when it was killed."""

    def __init__(self, role: str, recorder: str, nursery: Nursery) -> None:
        self.role = role
        self.port = _free_port() if role in {"web", "serve"} else 0
        self._line = f"{role} {self.port} {recorder}"
        self._nursery = nursery
        self.start()

    def start(self) -> None:
        """Starts it, without waiting."""
        self._pid = self._nursery.make(self._line)

    def wait(self) -> None:
        """Returns when it is up. Raises `TimeoutError`."""
        if not self._nursery.up(self._pid).wait(_START_SECONDS):
            raise TimeoutError(f"{self.role} did not start")

    @property
    def is_up(self) -> bool:
        """Whether it does its work."""
        return self._nursery.up(self._pid).is_set()

    def kill(self) -> None:
        """Ends it without a word; returns when it is gone."""
        try:
            while True:
                os.kill(self._pid, signal.SIGKILL)
                time.sleep(0.01)
        except ProcessLookupError:
            return


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


class Customer(threading.Thread):
    """Writes numbered messages until it is told to stop; one that was not taken is sent again."""

    def __init__(self, number: int, ports: list[int], pause: float) -> None:
        super().__init__(daemon=True)
        self.chat = f"+9190000{number:05d}"
        self.taken = 0
        self.sure = threading.Event()
        self._ports, self._pause = ports, pause
        self._rng = random.Random(number)  # noqa: S311 - no secret
        self.stopping = threading.Event()

    def run(self) -> None:
        """Writes."""
        while not self.stopping.is_set():
            while not self._send(self.taken):
                time.sleep(0.05)
            self.taken += 1
            self.sure.set()
            time.sleep(self._pause)

    def _send(self, number: int) -> bool:
        body = json.dumps({"id": f"{self.chat}:{number}", "chat": self.chat, "text": str(number)})
        connection = http.client.HTTPConnection("127.0.0.1", self._rng.choice(self._ports), timeout=15)
        try:
            connection.request("POST", "/webhooks/recorder", body, {"Content-Type": "application/json"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@contextlib.contextmanager
def _recorder() -> Iterator[Recorder]:
    server = Recorder()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def run(url: str, folder: Path, *, kills: int, seed: int, customers: int = 6, pause: float = 0.05) -> Found:
    """Kills `kills` processes at random moments under load, and gives what the recorder says."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "REFUND_DESK_DATABASE_URL": url,
        "REFUND_DESK_DATA_DIR": str(folder),
        "REFUND_DESK_SECRET_KEY": "k" * 40,
        "REFUND_DESK_BRANDS": "api-infotech",
        "REFUND_DESK_LOG_LEVEL": "ERROR",
        "REFUND_DESK_DATABASE_CONNECTIONS": "6",
        # On a busy machine a turn may wait for its processor longer than it may take.
        "REFUND_DESK_TURN_SECONDS": "60",
    }
    from bot.database import Database

    database = Database(url)
    database.migrate()
    found = Found()
    with _recorder() as recorder:
        nursery = Nursery(environment)
        processes = [Process(role, recorder.address, nursery) for role in _ROLES[database.dialect]]
        people: list[Customer] = []
        try:
            for process in processes:
                process.wait()
            ports = [process.port for process in processes if process.port]
            people = [Customer(number, ports, pause) for number in range(customers)]
            for person in people:
                person.start()
            for person in people:
                person.sure.wait(_START_SECONDS)
            found.ticks = _schedule_ticks(database, people)
            while sum(found.kills.values()) < kills:
                time.sleep(rng.uniform(0.05, 0.8))
                up = [process for process in processes if process.is_up]
                if up:
                    victim = rng.choice(up)
                    victim.kill()
                    victim.start()
                    found.kills[victim.role] = found.kills.get(victim.role, 0) + 1
            for person in people:
                person.stopping.set()
            for person in people:
                person.join(_START_SECONDS)
            _wait_for_rest(database)
        finally:
            for process in processes:
                process.kill()
            nursery.close()
        _compare(found, people, recorder.sent, _handed_over(database))
    database.close()
    return found


def _schedule_ticks(database: Any, people: list[Customer]) -> int:
    """Things that fall due during the run, in every chat."""
    import sqlalchemy as sa

    from bot.cases import schedule
    from bot.tables import CONVERSATION

    count, now = 20, datetime.now(UTC)
    with database.unit_of_work() as session:
        chats = session.execute(sa.select(CONVERSATION.c.id).order_by(CONVERSATION.c.id)).scalars().all()
        for number in range(count):
            due = now + timedelta(seconds=0.5 * number)
            chat = chats[number % len(chats)]
            schedule(session, "tick", f"tick:{number}", due, conversation_id=chat, data={"number": number})
    return count


def _wait_for_rest(database: Any) -> None:
    """Returns when nothing waits any more; what dead processes had claimed is free after their lease."""
    import sqlalchemy as sa

    from bot.tables import DUE, INBOX, OUTBOX

    def left() -> int:
        waiting = (
            sa.select(sa.func.count()).select_from(INBOX).where(INBOX.c.read_at.is_(None)),
            sa.select(sa.func.count()).select_from(OUTBOX).where(~OUTBOX.c.done),
            sa.select(sa.func.count()).select_from(DUE).where(DUE.c.done_at.is_(None)),
        )
        with database.reading() as session:
            return sum(session.execute(query).scalar_one() for query in waiting)

    until = time.monotonic() + _REST_SECONDS
    while left() and time.monotonic() < until:
        time.sleep(0.1)


def _handed_over(database: Any) -> set[str]:
    """The messages, as `chat: number`, that stand in the transcript beside an apology of the same turn."""
    import sqlalchemy as sa

    from bot.tables import CONVERSATION, IDENTITY, MESSAGE

    apologies = sa.select(MESSAGE.c.turn_id).where(MESSAGE.c.template == "apology")
    query = (
        sa.select(IDENTITY.c.value, MESSAGE.c.text)
        .select_from(
            MESSAGE.join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id).join(
                IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id
            )
        )
        .where(MESSAGE.c.author == "customer", MESSAGE.c.turn_id.in_(apologies))
    )
    with database.reading() as session:
        return {f"{row.value}: {row.text}" for row in session.execute(query)}


def _compare(found: Found, people: list[Customer], sent: list[dict[str, Any]], handed_over: set[str]) -> None:
    seen: set[int] = set()
    ticks: dict[str, set[int]] = {}
    said: dict[str, list[int]] = {person.chat: [] for person in people}
    for message in sent:
        if message["id"] in seen:
            found.repeated += 1
            continue
        seen.add(message["id"])
        if message["text"].startswith("tick "):
            ticks.setdefault(message["text"], set()).add(message["id"])
        else:
            said[message["chat"]] += [int(number) for number in message["text"].split(" / ") if number.isdecimal()]
    for person in people:
        found.messages += person.taken
        numbers = said[person.chat]
        unanswered = [f"{person.chat}: {number}" for number in sorted(set(range(person.taken)) - set(numbers))]
        found.to_a_person += [each for each in unanswered if each in handed_over]
        found.lost += [each for each in unanswered if each not in handed_over]
        found.doubled += [f"{person.chat}: {number}" for number in sorted(set(numbers)) if numbers.count(number) > 1]
        if numbers != sorted(numbers):
            found.out_of_order.append(f"{person.chat}: {numbers}")
    found.given_up = sum(message["text"] == "Sorry." for message in {each["id"]: each for each in sent}.values())
    found.lost += [f"tick {number}" for number in range(found.ticks) if f"tick {number}" not in ticks]
    found.doubled += [text for text, ids in ticks.items() if len(ids) > 1]


def main() -> int:
    """One run, printed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="a PostgreSQL database that may be filled; else a SQLite file")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{folder}/faults.sqlite3"
        found = run(url, Path(folder), kills=options.kills, seed=options.seed)
    seconds = time.monotonic() - began
    print(f"kills         {sum(found.kills.values())} {found.kills} in {seconds:.0f} s, seed {options.seed}")
    print(f"messages      {found.messages} written, {found.ticks} due")
    print(f"lost          {len(found.lost)} {found.lost[:5]}")
    print(f"out of order  {len(found.out_of_order)} {found.out_of_order[:2]}")
    print(f"made twice    {len(found.doubled)} {found.doubled[:5]}")
    print(f"to a person   {len(found.to_a_person)} messages of {found.given_up} turns that were killed twice")
    print(f"sent again    {found.repeated}, at most {sum(found.kills.values())} allowed")
    return 0 if found.right else 1


if __name__ == "__main__":
    sys.exit(main())
