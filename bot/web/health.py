"""What machines ask: does the process live, can it do its work, what has it done."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.database import is_passing
from bot.logs import log
from bot.metrics import CONTENT_TYPE
from bot.processes import LOOPS, loops_of_all

if TYPE_CHECKING:
    from bot.engine import Engine

_WEBHOOKS = "/webhooks/"
_RETRY_AFTER_SECONDS = "5"


def add_health(app: FastAPI, engine: Engine) -> None:
    """Adds /healthz, /readyz and /metrics, and the answer to a database that is away for a moment."""

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """Whether the process answers."""
        return JSONResponse({"status": "ok"})

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """Whether it can do its work: the database answers, its tables fit, and the loops are alive."""
        found = await run_in_threadpool(_readiness, engine)
        ready = found["database"] == "yes" and all(state != "no" for state in found["loops"].values())
        says = {"status": "ready" if ready else "not ready", **found}
        return JSONResponse(says, status_code=200 if ready else 503)

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        """The numbers, to whoever has the token where one is set."""
        token = engine.settings.metrics_token.get_secret_value()
        given = request.headers.get("authorization", "")
        if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return PlainTextResponse("a bearer token is needed\n", 401, {"WWW-Authenticate": "Bearer"})
        return Response(await run_in_threadpool(engine.metrics.text), media_type=CONTENT_TYPE)


def _readiness(engine: Engine) -> dict[str, Any]:
    """Whether the database fits, and who runs each loop: this process, another, or no one."""
    try:
        engine.database.check_revision()
        with engine.database.reading() as session:
            elsewhere = loops_of_all(session, engine.now()) if engine.database.shared else set()
    except Exception as error:
        log.error("not_ready", error=error)
        return {"database": "no", "loops": {}}
    own = engine.pulse.loops()
    if not engine.pulse.role:
        # At rest: whoever started it has not begun to, or does what the loops would do by hand.
        return {"database": "yes", "loops": dict.fromkeys(engine.expected_loops, "no")}
    if own:
        return {"database": "yes", "loops": {loop: "here" if is_alive else "no" for loop, is_alive in own.items()}}
    return {"database": "yes", "loops": {loop: "elsewhere" if loop in elsewhere else "no" for loop in LOOPS}}


async def unavailable(request: Request, error: Exception) -> Response:
    """An error of the database: 503 where it passes, so that the provider sends the same again; else it is ours."""
    if not isinstance(error, SQLAlchemyError) or not is_passing(error):
        raise error
    log.error("database_away", path=request.url.path.split("/")[1], error=error)
    return JSONResponse(
        {"problem": "The database does not answer just now. Try again in a moment."},
        status_code=503,
        headers={"Retry-After": _RETRY_AFTER_SECONDS},
    )


class WebhookCounter:
    """Counts webhook requests by channel and by what was answered."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app = app
        self._webhooks = engine.metrics.webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and looks at the answer's status."""
        if scope["type"] != "http" or not scope["path"].startswith(_WEBHOOKS):
            await self._app(scope, receive, send)
            return
        status = 500

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watching)
        finally:
            if status != 404:
                # The path is anybody's word until a route has taken it.
                channel = scope["path"].removeprefix(_WEBHOOKS).split("/")[0]
                self._webhooks.labels(channel, _result(status)).inc()


def _result(status: int) -> str:
    if status < 400:
        return "taken"
    return "refused" if status < 500 else "failed"
