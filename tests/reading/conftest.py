"""One brand's models, built once for all tests of reading."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from bot.models import reader_for
from dialogs.heard import Heard, Message
from dialogs.reading.reader import Reader

NOW = datetime.fromisoformat("2026-03-11T18:42+05:30")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the session keeps its models."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def reader(models: Path) -> Reader:
    """API Infotech's reader."""
    return reader_for("api-infotech", models)


@pytest.fixture(scope="session")
def read(reader: Reader) -> Callable[..., Heard]:
    """`read(text)`: what API Infotech hears on 11 March 2026 at 18:42."""

    def read(text: str, asked: str | None = None, previous_language: str = "en", kind: str = "text") -> Heard:
        message = Message("m1", kind, NOW, text)  # type: ignore[arg-type]
        return reader.read(message, NOW, previous_language=previous_language, asked=asked, direction="past")

    return read
