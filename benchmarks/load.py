"""The whole way under load: webhook, turn, delivery; durable, on the loopback, beside a floor in the same run.

    .venv/bin/python benchmarks/load.py [--shape telegram|twilio] [--database URL] [--workers N] [--customers 1,8]
                                        [--seconds 20] [--models FOLDER] [--floor FILE] [--json]

Customers write the next line of one refund request as soon as the reply to the last one has reached the provider, which
is a small server in this process; a reply that does not fit is counted as wrong and its talk given up. For turns per
second nothing is joined (the waits are set to 0); a second run keeps the usual waits and gives how long after their end
the reply is with the provider. With `--workers` the roles of the Procfile run, else `serve`. `--floor` is a program
`FILE PORT` that takes Telegram's webhook at /telegram and replies to FLOOR_API; it is driven by the same customers.
Everything stops by itself; figures are only good beside others of the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
BRAND = "api-infotech"
TOKEN, SECRET = "424242:benchmark-token", "benchmark-secret"
ACCOUNT, AUTH, SENDER = "AC" + "0" * 32, "benchmark-auth-token", "whatsapp:+910000000000"
START_SECONDS = 180
REPLY_SECONDS = 20.0

SCRIPT: list[tuple[list[str], str]] = [
    (["i want a refund for my website project", "refund chahiye website project ka"], "order number|order"),
    (["WEB-{n}", "order WEB-{n}"], "work|kaam"),
    (["paid 25000 two days ago by upi", "25000 rupees diya 2 din pehle upi se"], "work|kaam"),
    (["no work has started", "kaam shuru nahi hua"], "full refund|poora|pura"),
    (["how long does the refund take", "paisa kitne din me aayega"], "day|din"),
    (["file it", "yes file it"], "API-|received|mil gay"),
]
FLOOR_SCRIPT: list[tuple[list[str], str]] = [
    (["i want a refund", "refund my order please"], "order"),
    (["ORD-{n}"], "reason"),
    (["it arrived damaged", "the box was crushed"], "date"),
    (["12 March 2026"], "pay"),
    (["credit card", "upi"], "confirm"),
    (["yes", "yes please"], "submitted"),
]


@dataclass
class Run:
    """What one run gave; times in seconds."""

    replies: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0
    mib: float = 0.0

    def figures(self, joined: float = 0.0) -> dict[str, Any]:
        """Turns per second, CPU per turn, 95th percentiles in milliseconds; `joined` is taken off the replies'."""
        turns = len(self.replies)
        return {
            "turns": turns,
            "turns_per_s": round(turns / self.wall, 1) if self.wall else 0.0,
            "cpu_ms_per_turn": round(1000 * self.cpu / max(turns, 1), 2),
            "webhook_p95_ms": percentile(self.answers, 0.95),
            "reply_p50_ms": percentile([each - joined for each in self.replies], 0.5),
            "reply_p95_ms": percentile([each - joined for each in self.replies], 0.95),
            "mib": round(self.mib, 1),
            "wrong": len(self.wrong),
        }


def percentile(values: list[float], share: float) -> float | None:
    """The value below which `share` of `values` lie, in milliseconds."""
    ordered = sorted(values)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else None


# A little HTTP over asyncio, so that the driver takes as little of the machine as possible.


async def read_http(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    """One request or answer: its first line, headers (names in small letters) and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return head[0], headers, body
    return head[0], headers, await reader.readexactly(int(headers.get("content-length", "0")))


class Caller:
    """Posts to one port of the loopback over connections that are kept."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer."""
        # The server ends what was idle for some seconds.
        self._idle = [each for each in self._idle if not each[0].at_eof()]
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        first, said, _ = await read_http(reader)
        if said.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(first.split()[1])

    def close(self) -> None:
        """Closes the kept connections."""
        for _, writer in self._idle:
            writer.close()


class Provider:
    """The other side of both channels: takes what the product sends and hands it to the customer who waits for it."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._ids = itertools.count(1)
        self._server: asyncio.Server | None = None

    async def open(self, port: int) -> None:
        """Listens on `port`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    def close(self) -> None:
        """Stops listening."""
        if self._server:
            self._server.close()

    def expects(self, who: str) -> asyncio.Future[str]:
        """The next message to `who`."""
        self._waiting[who] = asyncio.get_running_loop().create_future()
        return self._waiting[who]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                first, headers, body = await read_http(reader)
                status, answer = self._answer(first.split()[1], _fields(headers.get("content-type", ""), body))
                data = json.dumps(answer).encode()
                head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
                writer.write(head.encode() + data)
        writer.close()

    def _answer(self, path: str, sent: dict[str, Any]) -> tuple[int, Any]:
        number = next(self._ids)
        method = path.rpartition("/")[2]
        if method == "getMe":
            bot = {"id": 424242, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
            return 200, {"ok": True, "result": bot}
        if method == "sendMessage":
            chat = int(sent["chat_id"])
            self._arrived(str(chat), str(sent.get("text", "")))
            message = {"message_id": number, "date": int(time.time()), "chat": {"id": chat, "type": "private"}}
            return 200, {"ok": True, "result": {**message, "text": sent.get("text", "")}}
        if method == "Messages.json":
            words = f"{sent.get('Body', '')} {sent.get('ContentVariables', '')}"
            self._arrived(str(sent["To"]).partition("+")[2], words)
            return 201, {"sid": f"SM{number:032x}", "status": "queued", "body": sent.get("Body", ""), "to": sent["To"]}
        if method == "Content":
            return 201, {"sid": f"HX{number:032x}"}
        return 200, {"ok": True, "result": True}

    def _arrived(self, who: str, text: str) -> None:
        waiting = self._waiting.get(who)
        if waiting is not None and not waiting.done():
            waiting.set_result(text)


def _fields(kind: str, body: bytes) -> dict[str, Any]:
    if "json" in kind:
        found: dict[str, Any] = json.loads(body or b"{}")
        return found
    if "multipart" in kind:
        parts = re.findall(rb'name="([^"]+)"\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', body, re.DOTALL)
        return {name.decode(): value.decode() for name, value in parts}
    return dict(urllib.parse.parse_qsl(body.decode()))


# How a customer's line reaches the product


@dataclass(frozen=True)
class Shape:
    """A channel as the product sees it: the address, and the request that carries one line of one customer."""

    path: str
    request: Callable[[str, str, int], tuple[bytes, dict[str, str]]]


def telegram(path: str = f"/webhooks/telegram/{BRAND}", secret: str = SECRET) -> Shape:
    """An update of a private chat."""

    def request(who: str, text: str, number: int) -> tuple[bytes, dict[str, str]]:
        person = {"id": int(who), "is_bot": False, "first_name": "Asha"}
        chat = {"id": int(who), "type": "private", "first_name": "Asha"}
        message = {"message_id": number, "date": int(time.time()), "text": text, "from": person, "chat": chat}
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
        return json.dumps({"update_id": number, "message": message}).encode(), headers

    return Shape(path, request)


def twilio(base: str) -> Shape:
    """A signed form."""
    path = f"/webhooks/whatsapp/{BRAND}"

    def request(who: str, text: str, number: int) -> tuple[bytes, dict[str, str]]:
        form = {
            "MessageSid": f"SM{number:032x}",
            "AccountSid": ACCOUNT,
            "From": f"whatsapp:+{who}",
            "To": SENDER,
            "Body": text,
            "NumMedia": "0",
            "ProfileName": "Asha",
            "WaId": who,
        }
        signed = base + path + "".join(name + form[name] for name in sorted(form))
        signature = base64.b64encode(hmac.new(AUTH.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        kind = "application/x-www-form-urlencoded"
        return urllib.parse.urlencode(form).encode(), {"Content-Type": kind, "X-Twilio-Signature": signature}

    return Shape(path, request)


# Driving


_numbers = itertools.count(int(time.time() * 1000))
_seeds = itertools.count(1)
# Nobody comes twice, also where a second run finds the database of the first.
_people = itertools.count(int(time.time() * 100))


async def talk(
    run: Run, caller: Caller, provider: Provider, shape: Shape, script: Any, until: float, chance: random.Random
) -> None:
    """One customer after another goes through the script until the time is over."""
    while time.perf_counter() < until:
        who = str(910_000_000_000 + next(_people) % 10**10)
        for lines, wanted in script:
            if time.perf_counter() >= until:
                return
            text = chance.choice(lines).replace("{n}", f"{chance.randrange(10_000, 100_000)}")
            body, headers = shape.request(who, text, next(_numbers))
            reply = provider.expects(who)
            began = time.perf_counter()
            try:
                status = await asyncio.wait_for(caller.post(shape.path, body, headers), REPLY_SECONDS)
                run.answers.append(time.perf_counter() - began)
                said = await asyncio.wait_for(reply, REPLY_SECONDS) if status < 300 else f"status {status}"
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                run.wrong.append(f"{text!r}: {type(error).__name__}")
                await asyncio.sleep(0.05)
                break
            run.replies.append(time.perf_counter() - began)
            if not re.search(wanted, said, re.IGNORECASE):
                run.wrong.append(f"{text!r}: {said[:120]!r}")
                break


async def drive(
    port: int, stub: int, shape: Shape, script: Any, customers: int, seconds: float, pids: list[int], seed: int
) -> Run:
    """Runs `customers` at once for `seconds` against the processes `pids`."""
    run, caller, provider = Run(), Caller(port), Provider()
    await provider.open(stub)
    chances = [random.Random(f"{seed}:{number}") for number in range(customers)]  # noqa: S311 - the same lines each run
    began, before = time.perf_counter(), usage(pids)[0]
    talks = (talk(run, caller, provider, shape, script, began + seconds, chance) for chance in chances)
    try:
        await asyncio.gather(*talks)
    finally:
        # Also where it is given up: the next try listens on the same port.
        caller.close()
        provider.close()
    run.wall = time.perf_counter() - began
    after, run.mib = usage(pids)
    run.cpu = after - before
    return run


def usage(pids: list[int]) -> tuple[float, float]:
    """(CPU seconds, MiB of memory) of processes and their children."""
    cpu = mib = 0.0
    for pid in [found for root in pids for found in _tree(root)]:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            cpu += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    mib += int(line.split()[1]) / 1024
    return cpu, mib


def _tree(root: int) -> Iterator[int]:
    yield root
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{root}/task"):
            for child in Path(f"/proc/{root}/task/{thread}/children").read_text().split():
                yield from _tree(int(child))


# The product and the floor as processes


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def environment(data: Path, database: str, port: int, stub: int, joined: bool) -> dict[str, str]:
    """The product's settings for the loopback."""
    prefix = "REFUND_DESK_"
    brand = prefix + BRAND.upper().replace("-", "_") + "_"
    given = {
        prefix + "DATA_DIR": str(data),
        prefix + "DATABASE_URL": database,
        prefix + "SECRET_KEY": "b" * 40,
        prefix + "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        prefix + "BRANDS": BRAND,
        prefix + "LOG_LEVEL": "ERROR",
        prefix + "TELEGRAM_API_BASE": f"http://127.0.0.1:{stub}",
        prefix + "TELEGRAM_FILE_BASE": f"http://127.0.0.1:{stub}/file",
        prefix + "TWILIO_API_BASE": f"http://127.0.0.1:{stub}",
        brand + "TELEGRAM_TOKEN": TOKEN,
        brand + "TELEGRAM_SECRET": SECRET,
        brand + "TWILIO_ACCOUNT_SID": ACCOUNT,
        brand + "TWILIO_AUTH_TOKEN": AUTH,
        brand + "WHATSAPP_FROM": SENDER,
        # The limits of the providers, which are no work of the product.
        prefix + "TELEGRAM_PER_SECOND": "1000",
        prefix + "TELEGRAM_CHAT_SECONDS": "0",
        prefix + "WHATSAPP_PER_SECOND": "1000",
        prefix + "WHATSAPP_CHAT_SECONDS": "0",
    }
    if not joined:
        given |= {prefix + f"JOIN_{name}_SECONDS": "0" for name in ("TEXT", "FILE", "MOST")}
    return {**os.environ, **given, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}


@contextlib.contextmanager
def product(data: Path, database: str, workers: int, stub: int, *, joined: bool) -> Iterator[tuple[int, list[int]]]:
    """`serve`, or with `workers` the Procfile's roles; gives the port and the processes, and ends them afterwards."""
    port = free_port()
    settings = environment(data, database, port, stub, joined)
    command = str(BIN / "refund-desk")
    commands = [[command, "serve", "--port", str(port)]]
    if workers:
        subprocess.run([command, "migrate"], env=settings, check=True, stdout=subprocess.DEVNULL)
        commands = [[command, "web", "--port", str(port)], [command, "scheduler"], *([[command, "worker"]] * workers)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(each, env=settings, **quiet) for each in commands]  # type: ignore[call-overload]  # both are file numbers
    try:
        yield port, [process.pid for process in running]
    finally:
        _end(running)


@contextlib.contextmanager
def floor(program: Path, python: str, folder: Path, stub: int) -> Iterator[tuple[int, list[int]]]:
    """The floor, with a list of sentences of ours where it looks for one."""
    port = free_port()
    place = folder / "limits" / program.name
    place.parent.mkdir(parents=True)
    place.write_bytes(program.read_bytes())
    (folder / "rasa/data").mkdir(parents=True)
    sentences = [line for lines, _ in FLOOR_SCRIPT + SCRIPT for line in lines if "yes" not in line]
    listed = [f"{line} {more}".strip() for line in sentences for more in ("", "please", "now", "today", "sir", "ok")]
    text = "nlu:\n  - intent: refund_request\n" + "".join(f"      - {line}\n" for line in listed[:140])
    text += "  - intent: affirm\n      - yes\n      - yes please\n"
    (folder / "rasa/data/nlu.yml").write_text(text, encoding="utf-8")
    settings = {**os.environ, "FLOOR_API": f"http://127.0.0.1:{stub}", "FLOOR_DB": str(folder / "floor.db")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [python, str(place), str(port)]
    running = [subprocess.Popen(command, env=settings, **quiet)]  # type: ignore[call-overload]  # both are file numbers
    try:
        yield port, [running[0].pid]
    finally:
        _end(running)


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


async def ready(port: int, stub: int, shape: Shape, script: Any) -> float:
    """Waits until one customer gets a right first reply; gives the seconds it took."""
    began = time.perf_counter()
    while time.perf_counter() - began < START_SECONDS:
        try:
            run = await asyncio.wait_for(drive(port, stub, shape, script[:1], 1, 0.01, [], 99), REPLY_SECONDS)
        except (TimeoutError, OSError):
            run = Run(wrong=["not there"])
        if run.replies and not run.wrong:
            return time.perf_counter() - began
        await asyncio.sleep(0.2)
    raise SystemExit(f"no right reply within {START_SECONDS} s: {run.wrong[:1]}")


def measure(
    options: argparse.Namespace, started: Any, shape_of: Any, script: Any, stub: int, joined: float = 0.0
) -> dict[str, Any]:
    """Figures by number of customers."""
    with started as (port, pids):
        shape = shape_of(port)
        found: dict[str, Any] = {"first_reply_s": round(asyncio.run(ready(port, stub, shape, script)), 1)}
        for customers in options.customers:
            # Other people and orders in each drive: who has a request already is answered otherwise.
            asyncio.run(drive(port, stub, shape, script, customers, 3, pids, next(_seeds)))
            run = asyncio.run(drive(port, stub, shape, script, customers, options.seconds, pids, next(_seeds)))
            found[str(customers)] = run.figures(joined)
            for line in run.wrong[:3]:
                print("wrong:", line, file=sys.stderr)
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=("telegram", "twilio"), default="telegram")
    parser.add_argument("--database", default="", help="a database's address; a fresh SQLite file unless given")
    parser.add_argument("--workers", type=int, default=0, help="worker processes; 0 is `serve`")
    parser.add_argument("--customers", type=lambda text: [int(each) for each in text.split(",")], default=[1, 8])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--models", type=Path, help="a folder of built models to begin with; built anew unless given")
    parser.add_argument("--floor", type=Path, help="the floor's program")
    parser.add_argument("--floor-python", default=sys.executable, help="the interpreter that has what the floor needs")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    def shape_of(port: int) -> Shape:
        return telegram() if options.shape == "telegram" else twilio(f"http://127.0.0.1:{port}")

    found: dict[str, Any] = {"shape": options.shape, "database": options.database.partition(":")[0] or "sqlite"}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if options.models:
            shutil.copytree(options.models, data / "models")
        if options.floor:
            stub = free_port()
            floored = floor(options.floor, options.floor_python, Path(folder) / "floor", stub)
            took = measure(options, floored, lambda _: telegram("/telegram", "bench-secret"), FLOOR_SCRIPT, stub)
            found["floor"] = took
        stub = free_port()
        started = product(data, options.database, options.workers, stub, joined=False)
        found["product"] = measure(options, started, shape_of, SCRIPT, stub)
        stub = free_port()
        started = product(data, options.database, options.workers, stub, joined=True)
        found["product, joining 1.5 s"] = measure(options, started, shape_of, SCRIPT, stub, 1.5)
    if options.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(name, figures if isinstance(figures, str) else "")
        for customers, each in figures.items() if isinstance(figures, dict) else ():
            print(f"  {customers:>14}  {each}")
    if options.floor and "8" in found["product"]:
        share = found["product"]["8"]["turns_per_s"] / max(found["floor"]["8"]["turns_per_s"], 0.1)
        print(f"share of the floor's turns per second at 8 customers: {share:.0%} (goal 50%)")


if __name__ == "__main__":
    main()
