"""`refund-desk serve`: pages, webhooks and loops in one process."""

from __future__ import annotations

import gc
import sys
import threading

from bot.crypto import nobody_hash
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
    warming = threading.Thread(target=_begin, args=(engine,), name="warming", daemon=True)
    warming.start()
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
        # It ends the processes that build models; they would run on without anybody who needs them.
        warming.join(timeout=_LAST_REQUESTS_SECONDS)
    return 0 if server.started else 1


def _begin(engine: Engine) -> None:
    """Starts the loops, then loads brand by brand what it needs; a brand is served as soon as its models are there."""
    from bot.models import build_apart, files_of

    data_dir = engine.settings.data_dir
    engine.start(serve_when_warm=True)
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
        # What is loaded by now stays until the end: the search for garbage need not look at it ever again.
        gc.freeze()
        gc.enable()
    # Made once, so that the first wrong name at the desk's door is answered as quickly as any other.
    nobody_hash()
