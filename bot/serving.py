"""The processes of an installation: `serve` is everything in one, `web`, `worker` and `scheduler` share the work.

Each runs until SIGTERM or SIGINT, ends what it is doing, gives the rest back, and exits with 0.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from bot.crypto import nobody_hash
from bot.database import Unreachable, WrongRevision
from bot.engine import Engine
from bot.logs import log, set_up_logs
from bot.processes import CLOCK_LOOP, DELIVERY_LOOP, LOOPS, TURNS_LOOP
from bot.settings import BadSettings, Settings
from bot.whatsapp_templates import check_proactive

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.channels.telegram.channel import TelegramChannel
    from bot.web.server import PageServer

_LAST_REQUESTS_SECONDS = 3
_DATABASE_SECONDS = 30.0


def serve(settings: Settings, host: str, port: int, *, poll: bool = False, delete_webhook: bool = False) -> int:
    """Everything in one process, on SQLite or PostgreSQL.

    `poll` asks Telegram for messages in place of its webhook, after `delete_webhook` where that was told.
    Raises `BadSettings`, `WrongRevision`, `PackError` and `BadTemplate` before it listens.
    """
    from bot.web.app import create_app

    if settings.public_base_url is not None and not settings.secret_key.get_secret_value():
        raise BadSettings("REFUND_DESK_SECRET_KEY is missing: a public service needs 32 random characters or more")
    set_up_logs(settings.log_level)
    check = _telegram_of if poll else _check_webhooks
    with (
        _running(settings, Engine.open, "serve", LOOPS, check) as engine,
        _polling(engine, delete_webhook) if poll else nullcontext(),
    ):
        sys.stderr.write(f"Refund Desk at http://{host}:{port}/ (simulator /try, desk /desk)\n")
        return _answer(engine, create_app(engine, polls=poll), host, port)


def web(settings: Settings, host: str, port: int) -> int:
    """Pages and webhooks, without loops. Raises as `serve` does."""
    from bot.web.app import create_app

    _check_shared("web", settings)
    set_up_logs(settings.log_level)
    with _running(settings, _wait_for_tables, "web", (), _check_webhooks) as engine:
        sys.stderr.write(f"Refund Desk at http://{host}:{port}/ (desk /desk)\n")
        return _answer(engine, create_app(engine), host, port)


def worker(settings: Settings) -> int:
    """Turns and delivery. A brand's turns are taken as soon as its models are there. Raises as `serve` does."""
    return _run_loops("worker", settings, (TURNS_LOOP, DELIVERY_LOOP))


def scheduler(settings: Settings) -> int:
    """What is due. Raises as `serve` does."""
    return _run_loops("scheduler", settings, (CLOCK_LOOP,))


def _check_webhooks(engine: Engine) -> None:
    """Raises `BadSettings` for a webhook that lacks its secret."""
    from bot.web.telegram import telegram_routes

    telegram_routes(engine)


def _telegram_of(engine: Engine) -> TelegramChannel:
    """The channel to poll. Raises `BadSettings` where no brand has a bot."""
    from bot.channels.telegram.channel import TelegramChannel

    channel = engine.channels.get("telegram")
    if not isinstance(channel, TelegramChannel):
        raise BadSettings("--poll needs a bot: set REFUND_DESK_<BRAND>_TELEGRAM_TOKEN")
    return channel


@contextmanager
def _polling(engine: Engine, delete_webhook: bool) -> Iterator[None]:
    """Telegram is asked for messages meanwhile."""
    from bot.channels.telegram.polling import Polling

    polling = Polling(engine, _telegram_of(engine))
    polling.start(delete_webhook=delete_webhook)
    try:
        yield
    finally:
        polling.stop()


def _run_loops(role: str, settings: Settings, loops: Sequence[str]) -> int:
    """A role without pages, until it is told to stop."""
    _check_shared(role, settings)
    set_up_logs(settings.log_level)
    told = threading.Event()
    with (
        _until_told(told.set),
        _running(settings, _wait_for_tables, role, loops) as engine,
        _health_pages(engine),
    ):
        told.wait()
    return 0


def _check_shared(role: str, settings: Settings) -> None:
    """Raises `BadSettings` where the process could not share its work with the others."""
    if settings.url.startswith("sqlite"):
        raise BadSettings(
            f"{role} shares its work through PostgreSQL and the database is SQLite, which is for one process: "
            "set REFUND_DESK_DATABASE_URL to postgresql://…, or run: refund-desk serve"
        )
    if not settings.secret_key.get_secret_value():
        raise BadSettings(
            f"REFUND_DESK_SECRET_KEY is missing: {role} and the other processes need the same 32 random characters"
        )


@contextmanager
def _running(
    settings: Settings,
    prepare: Callable[[Engine], None],
    role: str,
    loops: Sequence[str],
    check: Callable[[Engine], object] = lambda engine: None,
) -> Iterator[Engine]:
    """An engine whose database and packs are ready and which `check` let pass; its loops begin, and stop at the end."""
    engine = Engine(settings)
    try:
        prepare(engine)
        for brand in engine.brands:
            engine.pack(brand)
        if any(channel.has_window for channel in engine.channels.values()):
            check_proactive(engine.template_texts)
        check(engine)
    except BaseException:
        engine.close()
        raise
    engine.expected_loops = tuple(loops)
    # Models are built at the first start of all; meanwhile the pages are there and messages wait in the inbox.
    beginning = threading.Thread(target=_begin, args=(engine, role, loops), name="warming", daemon=True)
    beginning.start()
    try:
        yield engine
    finally:
        engine.stop()
        # It ends the processes that build models; they would run on without anybody who needs them.
        beginning.join(timeout=_LAST_REQUESTS_SECONDS)


def _wait_for_tables(engine: Engine) -> None:
    """Returns when the database is there and its tables fit. Processes of one installation start in any order, also
    before the one that migrates.
    """
    until = time.monotonic() + _DATABASE_SECONDS
    while True:
        try:
            engine.database.check_revision()
        except (Unreachable, WrongRevision) as error:
            if time.monotonic() > until:
                raise
            log.warning("waiting_for_database", says=str(error))
            time.sleep(1)
        else:
            return


def _begin(engine: Engine, role: str, loops: Sequence[str]) -> None:
    """Starts the loops, and loads what turns need where turns are taken."""
    takes_turns = TURNS_LOOP in loops
    engine.start(role, loops, serve_when_warm=takes_turns)
    if takes_turns:
        _load(engine)
        if not engine.is_stopping:
            _warm_documents()
    # What is loaded by now stays until the end: the search for garbage need not look at it ever again.
    gc.freeze()
    gc.enable()
    # Made once, so that the first wrong name at the desk's door is answered as quickly as any other.
    nobody_hash()


def _warm_documents() -> None:
    """What reading a document needs takes seconds to import: it is there before the first one comes."""
    from dialogs.values import documents

    try:
        documents.warm()
    except Exception as error:
        log.error("documents_not_warm", error=error)


def _load(engine: Engine) -> None:
    """Loads brand by brand what turns need; a brand is served as soon as its models are there."""
    from bot.models import build_apart, files_of

    data_dir = engine.settings.data_dir
    building = build_apart(engine.brands, data_dir)
    files = {brand: files_of(brand, data_dir) for brand in engine.brands}

    def can_load(brand: str) -> bool:
        # A builder that failed leaves the brand to be built here.
        return all(file.is_file() for file in files[brand]) or all(each.poll() is not None for each in building)

    try:
        engine.warm(can_load)
    finally:
        for each in building:
            if engine.is_stopping:
                each.terminate()
            elif each.wait():
                log.error("models_not_built_apart", code=each.returncode)


def _server(app: FastAPI, host: str, port: int) -> PageServer:
    from bot.web.server import PageServer

    return PageServer(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_REQUESTS_SECONDS,
    )


def _answer(engine: Engine, app: FastAPI, host: str, port: int) -> int:
    """Serves the pages until it is told to stop."""
    server = _server(app, host, port)
    # uvicorn stops at a signal and then raises it once more, for whoever was there before: that must not end us.
    with _until_told(lambda: None):
        server.run()
    return 0 if server.started else 1


@contextmanager
def _until_told(tell: Callable[[], None]) -> Iterator[None]:
    """Calls `tell` at SIGTERM and SIGINT, which end nothing by themselves meanwhile."""
    before = {
        number: signal.signal(number, lambda _number, _frame: tell()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _health_pages(engine: Engine) -> Iterator[None]:
    """/healthz, /readyz and /metrics of a process without pages, where a port is set for them."""
    port = engine.settings.metrics_port
    if not port:
        yield
        return
    from bot.web.app import create_health_app

    server = _server(create_health_app(engine), "0.0.0.0", port)  # noqa: S104 - whoever collects is on another host
    thread = threading.Thread(target=server.run, name="health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=_LAST_REQUESTS_SECONDS)
