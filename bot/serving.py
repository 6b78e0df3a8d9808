"""`refund-desk serve`: pages, webhooks and loops in one process."""

from __future__ import annotations

import sys
import threading

from bot.engine import Engine
from bot.logs import log, set_up_logs
from bot.settings import BadSettings, Settings

_LAST_REQUESTS_SECONDS = 3


def serve(settings: Settings, host: str, port: int) -> int:
    """Runs until it is told to stop. Raises `BadSettings`, `WrongRevision` and `PackError` before it listens."""
    from bot.web.app import create_app
    from bot.web.server import PageServer

    if settings.public_base_url is not None and not settings.secret_key.get_secret_value():
        raise BadSettings("REFUND_DESK_SECRET_KEY is missing: a public service needs 32 random characters or more")
    set_up_logs(settings.log_level)
    engine = Engine(settings)
    try:
        engine.open()
        for brand in engine.brands:
            engine.pack(brand)
    except Exception:
        engine.close()
        raise
    # Models are built at the first start of all; meanwhile the pages are there and messages wait in the inbox.
    threading.Thread(target=_begin, args=(engine,), name="warming", daemon=True).start()
    sys.stderr.write(f"Refund Desk at http://{host}:{port}/ (simulator /try, desk /desk)\n")
    server = PageServer(
        create_app(engine),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_REQUESTS_SECONDS,
    )
    try:
        server.run()
    finally:
        engine.stop()
    return 0 if server.started else 1


def _begin(engine: Engine) -> None:
    from bot.models import build_apart

    try:
        for process in build_apart(engine.brands, engine.settings.data_dir):
            process.wait()
        engine.warm()
    except Exception as error:
        log.error("not_warm", error=error)
    engine.start()
