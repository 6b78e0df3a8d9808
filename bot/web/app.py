"""The FastAPI application over one engine: routes, errors, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from bot.channels.whatsapp.channel import WhatsApp
from bot.logs import log
from bot.web.desk import SignInFirst, desk_routes, sign_in_first
from bot.web.events import Closing
from bot.web.health import WebhookCounter, add_health, unavailable
from bot.web.pages import STATIC, Pages
from bot.web.security import BodyTooLarge, Shield, Tokens
from bot.web.simulator import UPLOAD, simulator_routes
from bot.web.telegram import telegram_routes

if TYPE_CHECKING:
    from bot.engine import Engine

_SAID = {
    403: ("Not allowed", "This page is too old or was not made for you. Go back, reload it and try again."),
    404: ("Nothing here", "There is no page at this address, or it is not yours to see."),
    405: ("Not this way", "This address cannot be asked like that."),
    413: ("Too large", "This is more than can be taken at once."),
    429: ("Slow down", "There were too many tries. Wait a few minutes and try again."),
    500: ("Something broke", "This was our fault and is in the log. Try again in a moment."),
}


class KeptStatic(StaticFiles):
    """Static files, which browsers keep: their address names their content."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file with the header that lets browsers keep it."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create_app(engine: Engine, *, polls: bool = False) -> FastAPI:
    """The application. The engine's loops are the caller's to start and stop.

    Where the service `polls` Telegram, it has no webhook of it. Raises `BadSettings` for a webhook without its secret.
    """
    app = FastAPI(title="Refund Desk", docs_url=None, redoc_url=None, openapi_url=None)
    pages = Pages(engine)
    tokens = Tokens(engine.settings.keys)
    app.state.engine = engine
    app.state.closing = Closing()
    add_health(app, engine)
    if engine.settings.simulator:
        app.include_router(simulator_routes(engine, pages, tokens))
    app.include_router(desk_routes(engine, pages, tokens))
    _webhooks(app, engine)
    if not polls:
        app.router.routes.extend(telegram_routes(engine))
    app.mount("/static", KeptStatic(directory=STATIC), name="static")
    _errors(app, pages)

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        """The first page a stranger sees."""
        return RedirectResponse("/try" if engine.settings.simulator else "/desk")

    public = engine.settings.public_base_url
    app.add_middleware(
        Shield,
        largest_file=engine.settings.max_attachment_bytes,
        file_paths=frozenset({UPLOAD}),
        https=public is not None and public.scheme == "https",
        refusal=lambda request, status: _said(pages, request, status),
    )
    app.add_middleware(WebhookCounter, engine=engine)
    return app


def _webhooks(app: FastAPI, engine: Engine) -> None:
    """The webhooks of the channels that are set up; what they need is imported for those alone."""
    whatsapp = engine.channels.get("whatsapp")
    if isinstance(whatsapp, WhatsApp):
        from bot.web.whatsapp import whatsapp_routes

        app.include_router(whatsapp_routes(engine, whatsapp))


def create_health_app(engine: Engine) -> FastAPI:
    """Only what machines ask, for processes without pages."""
    app = FastAPI(title="Refund Desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.closing = Closing()
    add_health(app, engine)
    return app


def _errors(app: FastAPI, pages: Pages) -> None:
    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = str(error.detail) if isinstance(error, HTTPException) else ""
        return _said(pages, request, status, detail)

    async def too_large(request: Request, _: Exception) -> Response:
        log.warning("body_too_large", path=request.url.path[:200])
        return _said(pages, request, 413)

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(BodyTooLarge, too_large)
    app.add_exception_handler(SignInFirst, sign_in_first)
    app.add_exception_handler(SQLAlchemyError, unavailable)


def _said(pages: Pages, request: Request, status: int, detail: str = "") -> Response:
    title, words = _SAID.get(status, ("That did not work", detail or "Please try again."))
    if wants_json(request):
        return JSONResponse({"problem": detail if detail and status != 500 else words}, status_code=status)
    return pages.said(status, title, words, desk=request.url.path.startswith("/desk"))


def wants_json(request: Request) -> bool:
    """Whether a script asked, and not a person with the address bar."""
    path = request.url.path
    return path.startswith(("/try/api/", "/api/", "/webhooks/")) or "json" in request.headers.get("accept", "")
