"""Engines for the tests of the shell; who plays in them stands in shell_world.py."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from shell_world import NOW, TEMPLATES, Recorder, WordReader, World, plain_step

from bot.clock import ManualClock
from bot.engine import Engine
from bot.packs import read_pack
from bot.settings import Settings
from dialogs.case_states import STATES


@pytest.fixture(autouse=True)
def logs_of_a_test_end_with_it() -> Iterator[None]:
    """A command sets logs up for its own output, which is closed when its test is over."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Messages of this test only, the same in every language."""
    texts = {
        **TEMPLATES,
        **{f"case_{state}": f"{{{{ ref }}}} {state}{{% if note %}}: {{{{ note }}}}{{% endif %}}" for state in STATES},
    }
    for language in ("en", "hi", "hinglish"):
        folder = tmp_path / "messages" / language
        folder.mkdir(parents=True)
        for name, text in texts.items():
            (folder / f"{name}.j2").write_text(text, encoding="utf-8")
    return tmp_path / "messages"


@pytest.fixture
def make_world_on(tmp_path: Path, templates: Path) -> Iterator[Callable[..., World]]:
    """Makes engines on the database of the given address; `step` and settings may be given."""
    made: list[Engine] = []

    def make(database_url: str, step: Any = plain_step, **settings: Any) -> World:
        clock, channel, reader = ManualClock(NOW), Recorder(), WordReader()
        given = {"data_dir": tmp_path / "data", "database_url": database_url, "secret_key": "k" * 40, **settings}
        engine = Engine(
            Settings(_env_file=None, **given),
            clock=clock,
            channels={"whatsapp": channel},
            step=step,
            reader_for=lambda brand, folder: reader,
            packs=read_pack,
            templates=templates,
            durable=False,
        )
        engine.open()
        made.append(engine)
        return World(engine, clock, channel, reader)

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def make_world(make_world_on: Callable[..., World], database_url: str) -> Callable[..., World]:
    """Makes engines on SQLite and on PostgreSQL; `step` and settings may be given."""
    return partial(make_world_on, database_url)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()
