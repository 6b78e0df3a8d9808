"""Channels over the wire: loopback only, and nothing outside it."""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from PIL import Image
from pytest_socket import socket_allow_hosts
from telegram_server import TOKEN, TelegramServer
from whatsapp_world import company, make_company, twilio
from wire_world import BRAND, SECRET, TEXTS, Reader, TestClient, Wire, echo_step

from bot.clock import ManualClock
from bot.engine import Engine
from bot.settings import Settings, credential_name
from bot.web import create_app

__all__ = ["company", "make_company", "twilio"]

NOW = datetime(2026, 3, 12, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    """pytest-socket takes the restriction back after each test."""
    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command sets the logs up for its own stderr, which is gone after its test, whichever file that stood in."""
    before, handlers = structlog.get_config(), list(logging.root.handlers)
    structlog.reset_defaults()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    yield
    structlog.configure(**before)
    logging.root.handlers[:] = handlers


# Photos that the provider holds.
PHOTOS = ("S", "L", "P")


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """The Bot API."""
    server = TelegramServer()
    server.files |= {file_id: (f"photos/{file_id}.jpg", _photo()) for file_id in PHOTOS}
    server.start()
    yield server
    server.stop()


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Messages of this test only, the same in every language."""
    for language in ("en", "hi", "hinglish"):
        folder = tmp_path / "messages" / language
        folder.mkdir(parents=True)
        for name, text in TEXTS.items():
            (folder / f"{name}.j2").write_text(text, encoding="utf-8")
    return tmp_path / "messages"


@pytest.fixture
def make_wire(
    telegram: TelegramServer, tmp_path: Path, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Wire]]:
    """Makes a served application over a fresh database; what the engine takes may be given."""
    made: list[Engine] = []
    monkeypatch.setenv(credential_name(BRAND, "TELEGRAM_TOKEN"), TOKEN)
    monkeypatch.setenv(credential_name(BRAND, "TELEGRAM_SECRET"), SECRET)

    def make(polls: bool = False, **given: Any) -> Wire:
        clock = ManualClock(NOW)
        settings = Settings(
            _env_file=None,
            data_dir=tmp_path / "data",
            secret_key="k" * 40,
            brands=BRAND,
            telegram_api_base=telegram.url,
            telegram_file_base=f"{telegram.url}/file",
            public_base_url="https://desk.example.com",
        )
        options = {"step": echo_step, "reader_for": lambda _brand, _folder: Reader(), "templates": templates, **given}
        engine = Engine(settings, clock=clock, durable=False, **options)
        made.append(engine)
        engine.open()
        return Wire(telegram, engine, TestClient(create_app(engine, polls=polls)), clock)

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def wire(make_wire: Callable[..., Wire]) -> Wire:
    return make_wire()
