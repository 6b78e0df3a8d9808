"""The start: messages wait for their brand, whoever asked first is served first, and nothing outlives the service."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from shell_world import BRAND, WordReader, World

from bot import models, serving
from bot.models import INTENTS, build_apart, files_of
from bot.packs import PACKS, brand_names, read_pack

OTHER = "webpino"


def starts_cold(world: World, loaded: list[str], fails: str = "") -> None:
    """The world's engine as `serve` has it before its models are loaded; `loaded` tells which were, in order."""

    def reader_for(brand: str, data_dir: Path) -> Any:
        if brand == fails:
            raise ValueError("its model does not load")
        loaded.append(brand)
        return WordReader()

    world.engine._readers.clear()
    world.engine._reader_for = reader_for
    world.engine.cold = frozenset(brand_names())


def test_a_message_waits_until_its_brand_is_loaded(world: World) -> None:
    starts_cold(world, loaded := [])
    world.hears("hello")
    world.clock.advance(timedelta(seconds=2))
    assert world.engine.run_ready() == 0
    assert world.engine.turns.next_ready() is None
    world.engine.warm()
    assert sorted(loaded) == brand_names()
    world.engine.settle()
    assert world.channel.texts == ["You said: hello"]


def test_a_loaded_brand_is_served_while_another_is_not(world: World) -> None:
    starts_cold(world, [])
    world.hears("hello")
    world.hears("hello", brand=OTHER, account="whatsapp:+912222222222")
    world.clock.advance(timedelta(seconds=2))
    world.engine.cold = frozenset({OTHER})
    assert world.engine.run_ready() == 1
    world.engine.cold = frozenset()
    assert world.engine.run_ready() == 1


def test_the_brand_whose_customer_has_waited_longest_is_loaded_first(world: World) -> None:
    starts_cold(world, loaded := [])
    world.hears("hello", brand=OTHER, account="whatsapp:+912222222222")
    world.clock.advance(timedelta(seconds=1))
    world.hears("hello", brand="celerispay", account="whatsapp:+913333333333")
    world.engine.warm()
    assert loaded[:2] == [OTHER, "celerispay"]


def test_a_brand_whose_models_are_not_built_yet_holds_up_no_other(world: World) -> None:
    starts_cold(world, loaded := [])
    world.hears("hello", brand=OTHER, account="whatsapp:+912222222222")
    world.engine.warm(lambda brand: brand != OTHER or len(loaded) == len(brand_names()) - 1)
    assert loaded[-1] == OTHER
    assert not world.engine.cold


def test_a_brand_that_does_not_load_holds_up_no_other(world: World) -> None:
    starts_cold(world, loaded := [], fails=BRAND)
    world.engine.warm()
    assert sorted(loaded) == [brand for brand in brand_names() if brand != BRAND]
    assert not world.engine.cold


def test_what_builds_models_ends_with_the_service(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(models, "build_apart", lambda brands, data_dir: [builder])
    monkeypatch.setattr(models, "files_of", lambda brand, data_dir: (data_dir / "nothing",))
    beginning = threading.Thread(target=serving._load, args=(world.engine,))
    beginning.start()
    world.engine.stop()
    beginning.join(20)
    assert builder.wait(20) != 0
    assert not beginning.is_alive()


def test_the_intents_are_learnt_once_and_the_largest_pack_has_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(models.subprocess, "Popen", commands.append)
    build_apart(brand_names(), tmp_path)
    largest, others = (command[4:] for command in commands)
    assert largest == [OTHER]
    assert others[0] == INTENTS
    assert sorted(others[1:]) == [brand for brand in brand_names() if brand != OTHER]


def test_nothing_is_built_where_every_file_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail: Callable[..., Any] = lambda *_: pytest.fail("nothing is missing")  # noqa: E731
    monkeypatch.setattr(models.subprocess, "Popen", fail)
    for file in files_of(BRAND, tmp_path):
        file.parent.mkdir(exist_ok=True)
        file.touch()
    assert build_apart([BRAND], tmp_path) == []


def test_a_pack_is_read_once_whoever_asks_for_it() -> None:
    assert read_pack(BRAND) is read_pack(BRAND, PACKS)
