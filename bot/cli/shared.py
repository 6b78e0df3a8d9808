"""What the commands have in common: options, printing, the settings and an engine on the configured database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.engine import Engine
    from bot.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON lines and nothing else.")]
Brand = Annotated[str, typer.Option("--brand", help="The company, such as webpino.")]
ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file to read.")]


def settings() -> Settings:
    """The settings from the environment. Raises `BadSettings`."""
    from bot.settings import read_settings

    return read_settings()


def known_brand(brand: str) -> str:
    """`brand`, where there is a pack of it."""
    from bot.packs import brand_names

    if brand not in brand_names():
        raise typer.BadParameter(f"there is no pack {brand!r}; there are: {', '.join(brand_names())}")
    return brand


def quiet_logs(given: Settings) -> None:
    """Logs of a command go to stderr, and only what went wrong."""
    from bot.logs import set_up_logs

    set_up_logs("ERROR" if given.log_level == "INFO" else given.log_level)


@contextmanager
def opened_engine(*, fresh: bool = True) -> Iterator[Engine]:
    """An engine on the configured database, brought up to date (`fresh`) or as it must be already."""
    from bot.engine import Engine

    given = settings()
    quiet_logs(given)
    engine = Engine(given)
    try:
        if fresh:
            engine.open()
        else:
            engine.database.check_revision()
        yield engine
    finally:
        engine.close()


def print_json(item: Mapping[str, Any]) -> None:
    """One object on one line."""
    print(json.dumps(item, ensure_ascii=False, default=str), flush=True)


def print_lines(*lines: str) -> None:
    """Lines for people."""
    for line in lines:
        print(line, flush=True)
