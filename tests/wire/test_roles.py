"""The commands of the Procfile as real processes: they answer a customer together, and end when they are told to."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from telegram_server import TOKEN, TelegramServer

from bot.processes import LOOPS

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = Path(sys.executable).parent / "refund-desk"
BRAND, PREFIX, SECRET = "api-infotech", "REFUND_DESK_", "roles-secret"
OF_BRAND = f"{PREFIX}API_INFOTECH_"
CHAT = 420042
# What a start may take, with models that are built on a busy machine; and what `honcho` waits before it kills.
READY_SECONDS, ANSWER_SECONDS, END_SECONDS = 60.0, 120.0, 5.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Installation:
    """Settings in the environment, and the processes that were started with them."""

    telegram: TelegramServer
    settings: dict[str, str]
    port: int
    logs: Path
    tree: Path = ROOT
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    updates: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """The settings and no others: what this machine holds for the product does not count."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return {**kept, "PYTHONPATH": str(self.tree), **self.settings}

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """A command that ends by itself."""
        return subprocess.run(  # noqa: S603 - our own command
            [COMMAND, *command], env=self.environment, cwd=self.logs, capture_output=True, text=True, timeout=60
        )

    def start(self, role: str, *options: str, **settings: str) -> None:
        """Starts a role; what it says goes to a file that a failing test shows."""
        with (self.logs / f"{role}.log").open("wb") as log:
            self.running[role] = subprocess.Popen(  # noqa: S603 - our own command
                [COMMAND, role, *options],
                env={**self.environment, **settings},
                cwd=self.logs,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        """What the processes said, for whoever looks at a failure."""
        return "\n".join(f"-- {path.name}\n{path.read_text(errors='replace')}" for path in self.logs.glob("*.log"))

    def ready(self, port: int) -> dict[str, Any]:
        """What /readyz says as soon as it says 200; else what it said last."""
        said: dict[str, Any] = {}

        def is_ready() -> bool:
            status, body = self.get(port, "/readyz")
            said.clear()
            said.update(json.loads(body or b"{}"))
            return status == 200

        eventually(is_ready, READY_SECONDS)
        return said

    def get(self, port: int, path: str) -> tuple[int, bytes]:
        """Status and body; 0 where nobody listens yet."""
        return _answer(urllib.request.Request(f"http://127.0.0.1:{port}{path}"))

    def hears(self, text: str, secret: str = SECRET) -> int:
        """A customer's message as Telegram brings it; gives the status."""
        self.updates += 1
        person = {"id": CHAT, "is_bot": False, "first_name": "Asha"}
        chat = {"id": CHAT, "type": "private", "first_name": "Asha"}
        message = {"message_id": self.updates, "date": int(time.time()), "text": text, "from": person, "chat": chat}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/webhooks/telegram/{BRAND}",
            json.dumps({"update_id": 9000 + self.updates, "message": message}).encode(),
            {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret},
        )
        return _answer(request)[0]

    def reply_to(self, text: str) -> str:
        """The customer writes; gives the reply that reached Telegram."""
        before = len(self.telegram.texts())
        assert self.hears(text) == 200
        answered = eventually(lambda: len(self.telegram.texts()) > before, ANSWER_SECONDS)
        assert answered, f"no reply to {text!r}\n{self.said()}"
        return self.telegram.texts()[before]

    def end(self) -> dict[str, int | str]:
        """Tells all processes to stop at once; gives how each ended."""
        until = time.monotonic() + END_SECONDS
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        ended: dict[str, int | str] = {}
        for role, process in self.running.items():
            try:
                ended[role] = process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                ended[role] = "runs on"
        return ended

    def kill(self) -> None:
        """Leaves nothing behind, whatever a test found."""
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
            process.wait(10)


def _answer(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the loopback
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return 0, b""


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it holds within that time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def make_installation(
    telegram: TelegramServer, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Installation]]:
    """Makes an installation of one brand on a database; models are those that the tests keep between runs."""
    made: list[Installation] = []

    def make(database_url: str) -> Installation:
        port = free_port()
        settings = {
            f"{PREFIX}DATA_DIR": str(request.config.cache.mkdir("refund-desk")),
            f"{PREFIX}DATABASE_URL": database_url,
            f"{PREFIX}FILES_DIR": str(tmp_path / "files"),
            f"{PREFIX}SECRET_KEY": "k" * 40,
            f"{PREFIX}PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
            f"{PREFIX}BRANDS": BRAND,
            f"{PREFIX}JOIN_TEXT_SECONDS": "0",
            f"{PREFIX}TELEGRAM_API_BASE": telegram.url,
            f"{PREFIX}TELEGRAM_FILE_BASE": f"{telegram.url}/file",
            f"{OF_BRAND}TELEGRAM_TOKEN": TOKEN,
            f"{OF_BRAND}TELEGRAM_SECRET": SECRET,
        }
        logs = tmp_path / "logs"
        logs.mkdir()
        made.append(Installation(telegram, settings, port, logs))
        return made[-1]

    try:
        yield make
    finally:
        for installation in made:
            installation.kill()


@pytest.fixture
def sqlite_installation(make_installation: Callable[[str], Installation], tmp_path: Path) -> Installation:
    return make_installation(f"sqlite:///{tmp_path / 'data' / 'refund-desk.sqlite3'}")


def a_customer_is_answered(installation: Installation) -> None:
    """Two turns of one conversation: the second knows of the first."""
    assert "order" in installation.reply_to("i want a refund for my website project").lower()
    assert "work" in installation.reply_to("WEB-20417").lower()
    assert installation.telegram.refused == []


def test_the_roles_answer_a_customer_together_and_end_when_told(
    make_installation: Callable[[str], Installation], new_postgresql_url: str
) -> None:
    """The roles start before their tables are there, as they do where nothing orders the start of processes."""
    installation = make_installation(new_postgresql_url)
    health = {"worker": free_port(), "scheduler": free_port()}
    installation.start("web", "--port", str(installation.port))
    for role, port in health.items():
        installation.start(role, **{f"{PREFIX}METRICS_PORT": str(port)})
    migrated = installation.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    loops = {"web": dict.fromkeys(LOOPS, "elsewhere"), "worker": dict.fromkeys(LOOPS[:2], "here")}
    loops["scheduler"] = dict.fromkeys(LOOPS[2:], "here")
    for role, port in {"web": installation.port, **health}.items():
        ready = {"status": "ready", "database": "yes", "loops": loops[role]}
        assert installation.ready(port) == ready, installation.said()
    a_customer_is_answered(installation)
    assert b"refund_desk_turns_total{" in installation.get(health["worker"], "/metrics")[1]
    assert installation.hears("hello", secret="a guess") == 401
    assert installation.end() == {"web": 0, "worker": 0, "scheduler": 0}, installation.said()


def test_roles_that_are_told_to_stop_while_they_start_end_at_once(
    make_installation: Callable[[str], Installation], new_postgresql_url: str, tmp_path: Path
) -> None:
    """Here no model is kept, so that the worker has processes of its own that learn when it is told."""
    installation = make_installation(new_postgresql_url)
    installation.settings[f"{PREFIX}DATA_DIR"] = str(tmp_path / "empty")
    assert installation.run("migrate").returncode == 0
    port = free_port()
    installation.start("worker", **{f"{PREFIX}METRICS_PORT": str(port)})
    assert installation.ready(port)["status"] == "ready", installation.said()
    builders = children_of(installation.running["worker"].pid)
    assert builders
    assert installation.end() == {"worker": 0}, installation.said()
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in builders), END_SECONDS)


def children_of(pid: int) -> list[int]:
    """The processes that a process started, once it has."""
    found: list[int] = []

    def has_some() -> bool:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found.extend(int(child) for child in (thread / "children").read_text().split())
        return bool(found)

    eventually(has_some, READY_SECONDS)
    return found


def test_one_process_does_all_of_it_on_sqlite(sqlite_installation: Installation) -> None:
    sqlite_installation.start("serve", "--port", str(sqlite_installation.port))
    ready = {"status": "ready", "database": "yes", "loops": dict.fromkeys(LOOPS, "here")}
    assert sqlite_installation.ready(sqlite_installation.port) == ready, sqlite_installation.said()
    a_customer_is_answered(sqlite_installation)
    assert sqlite_installation.end() == {"serve": 0}, sqlite_installation.said()


# What does not start says why, on one line


def refused(installation: Installation) -> str:
    """What `serve` says that does not start."""
    ended = installation.run("serve", "--port", str(installation.port))
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    return ended.stderr.strip()


def test_a_telegram_webhook_without_its_secret_does_not_start(sqlite_installation: Installation) -> None:
    del sqlite_installation.settings[f"{OF_BRAND}TELEGRAM_SECRET"]
    said = refused(sqlite_installation)
    assert said.startswith(f"{OF_BRAND}TELEGRAM_SECRET is missing")


@pytest.fixture
def with_whatsapp(sqlite_installation: Installation) -> Installation:
    sqlite_installation.settings |= {
        f"{OF_BRAND}TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        f"{OF_BRAND}TWILIO_AUTH_TOKEN": "made-up-token",
        f"{OF_BRAND}WHATSAPP_FROM": "whatsapp:+910000000000",
        f"{PREFIX}RECONCILE_MINUTES": "0",
    }
    return sqlite_installation


def test_whatsapp_without_the_public_address_that_signs_does_not_start(with_whatsapp: Installation) -> None:
    del with_whatsapp.settings[f"{PREFIX}PUBLIC_BASE_URL"]
    assert refused(with_whatsapp).startswith(f"{PREFIX}PUBLIC_BASE_URL: missing, while WhatsApp of {BRAND} is set")


def test_whatsapp_without_a_template_for_what_it_sends_unasked_does_not_start(
    with_whatsapp: Installation, tmp_path: Path
) -> None:
    """A tree of the product with one template less; with all of them it starts."""
    with_whatsapp.tree = tmp_path / "tree"
    for name in ("bot", "templates"):
        shutil.copytree(ROOT / name, with_whatsapp.tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dialogs", "policies"):
        (with_whatsapp.tree / name).symlink_to(ROOT / name)
    template = with_whatsapp.tree / "templates" / "whatsapp" / "hi" / "case_approved.yaml"
    aside = template.rename(tmp_path / template.name)
    assert refused(with_whatsapp) == (
        "templates/whatsapp/hi/case_approved.yaml is missing: WhatsApp sends unasked only templates"
    )
    aside.rename(template)
    with_whatsapp.start("serve", "--port", str(with_whatsapp.port))
    assert with_whatsapp.ready(with_whatsapp.port)["status"] == "ready", with_whatsapp.said()
    assert with_whatsapp.end() == {"serve": 0}, with_whatsapp.said()
