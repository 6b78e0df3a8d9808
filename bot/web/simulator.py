"""The routes of the simulator at /try: a chat with a company as its customer sees it, and what goes on behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.attachments import PIECE, PlaceDown, TooSlow
from bot.desk_service import NotPossible
from bot.logs import log
from bot.web import wording
from bot.web.events import last_seen, streaming
from bot.web.files import file_answer
from bot.web.pages import Pages
from bot.web.room import (
    LONGEST_TEXT,
    Act,
    AgentAct,
    CaseAct,
    ClockAct,
    LanguageAct,
    Room,
    SayAct,
    TapAct,
    Watcher,
)
from bot.web.security import Limiter, Tokens, caller
from bot.web.visitor import COOKIE, cookie_value, new_visitor, remember, visitor_of
from dialogs.heard import AttachmentKind

if TYPE_CHECKING:
    from bot.engine import Engine

UPLOAD = "/try/api/file"
_ACTS_PER_MINUTE = 90
_KINDS: dict[str, AttachmentKind] = {"photo": "photo", "video": "video", "document": "document", "voice": "voice"}


def simulator_routes(engine: Engine, pages: Pages, tokens: Tokens) -> APIRouter:
    """The routes of /try."""
    router = APIRouter(include_in_schema=False)
    limiter = Limiter(_ACTS_PER_MINUTE, 60)

    def room(request: Request, brand: str) -> Room:
        visitor = visitor_of(request, tokens)
        if visitor is None:
            raise HTTPException(403)
        if brand not in pages.brands:
            raise HTTPException(404)
        return Room(engine, pages, brand, visitor)

    async def acting(request: Request, brand: str) -> Room:
        cookie = request.cookies.get(COOKIE, "")
        if not tokens.is_csrf(cookie, request.headers.get("x-csrf", "")):
            raise HTTPException(403)
        if not limiter.allows(cookie) or not limiter.allows(caller(request)):
            raise HTTPException(429, "This was too fast. Wait a minute and go on.")
        return room(request, brand)

    @router.get("/try")
    async def page(request: Request) -> Response:
        """The page; a browser without a visitor gets one."""
        visitor = visitor_of(request, tokens)
        value = request.cookies[COOKIE] if visitor else cookie_value(new_visitor(), tokens)
        response = await run_in_threadpool(
            lambda: pages.page(
                "try.html",
                csrf=tokens.csrf(value),
                max_mb=engine.settings.max_attachment_mb,
            )
        )
        remember(response, request, value)
        return response

    @router.get("/try/api/state")
    async def state(request: Request, brand: str) -> JSONResponse:
        """Everything the page shows of one chat."""
        return JSONResponse(await run_in_threadpool(room(request, brand).whole))

    @router.get("/try/events")
    async def events(request: Request, brand: str) -> Response:
        """News of one chat."""
        here = room(request, brand)
        watcher = Watcher(here, last_seen(request))
        return streaming(request, watcher.look, engine.bell, watcher.concerns)

    @router.post("/try/api/say")
    async def say(request: Request) -> JSONResponse:
        """The customer typed."""
        act = await _read(request, SayAct)
        here = await acting(request, act.brand)
        if not act.text.strip():
            raise HTTPException(400, "There are no words in this message.")
        await run_in_threadpool(lambda: engine.simulator.say(here.opened(), act.text.strip(), act.id))
        return JSONResponse({})

    @router.post("/try/api/tap")
    async def tap(request: Request) -> JSONResponse:
        """The customer tapped."""
        act = await _read(request, TapAct)
        here = await acting(request, act.brand)
        await run_in_threadpool(lambda: engine.simulator.tap(here.opened(), act.payload, act.label, act.id))
        return JSONResponse({})

    @router.post(UPLOAD)
    async def upload(request: Request) -> JSONResponse:
        """The customer sent a file. One that is refused stands in the chat too, and the bot says why."""
        async with request.form(max_files=1, max_fields=6) as form:
            file, kind = form.get("file"), str(form.get("kind") or "document")
            here = await acting(request, str(form.get("brand") or ""))
            token = str(form.get("id") or "")
            if not isinstance(file, UploadFile) or not file.filename or kind not in _KINDS or not 8 <= len(token) <= 64:
                raise HTTPException(400, "No file came with this.")
            name, caption = file.filename, str(form.get("caption") or "")[:LONGEST_TEXT]
            pieces = iter(lambda: file.file.read(PIECE), b"")

            def send() -> str:
                return engine.simulator.send_file(here.opened(), pieces, name, _KINDS[kind], caption, token)

            try:
                return JSONResponse({"refused": await run_in_threadpool(send)})
            except (PlaceDown, TooSlow) as error:
                log.error("file_not_kept", error=error)
                raise HTTPException(503, "The file could not be kept just now. Try again in a minute.") from None

    @router.post("/try/api/clock")
    async def clock(request: Request) -> JSONResponse:
        """The chat's clock moves on."""
        act = await _read(request, ClockAct)
        here = await acting(request, act.brand)
        return await _done(lambda: here.move_clock(act))

    @router.post("/try/api/language")
    async def language(request: Request) -> JSONResponse:
        """The customer chose a language, as by its button in the chat."""
        act = await _read(request, LanguageAct)
        here = await acting(request, act.brand)
        label = wording.LANGUAGE_NAMES[act.language]
        await run_in_threadpool(lambda: engine.simulator.tap(here.opened(), f"language:{act.language}", label))
        return JSONResponse({})

    @router.post("/try/api/case")
    async def case(request: Request) -> JSONResponse:
        """The visitor plays the company."""
        act = await _read(request, CaseAct)
        here = await acting(request, act.brand)

        def move() -> dict[str, Any]:
            return {"warning": " ".join(here.move_case(act))}

        return await _done(move)

    @router.post("/try/api/agent")
    async def agent(request: Request) -> JSONResponse:
        """The visitor plays the agent."""
        act = await _read(request, AgentAct)
        here = await acting(request, act.brand)
        return await _done(lambda: here.play_agent(act))

    @router.post("/try/api/new")
    async def afresh(request: Request) -> JSONResponse:
        """The browser becomes a new customer; the chats of the old one stay at the desk."""
        act = await _read(request, Act)
        await acting(request, act.brand)
        value = cookie_value(new_visitor(), tokens)
        response = JSONResponse({"csrf": tokens.csrf(value)})
        remember(response, request, value)
        return response

    @router.get("/try/files/{brand}/{key}")
    async def file(request: Request, brand: str, key: str) -> Response:
        """A file of this visitor's chat."""
        here = room(request, brand)
        if not here.chat_id:
            raise HTTPException(404)
        return await file_answer(lambda: engine.desk.attachment(key, here.chat_id, here.agent))

    return router


async def _read(request: Request, shape: type[Any]) -> Any:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415, "This address takes JSON.")
    try:
        return shape.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise HTTPException(422, f"{where}: {first['msg']}") from None


async def _done(work: Any) -> JSONResponse:
    try:
        return JSONResponse(await run_in_threadpool(work) or {})
    except NotPossible as error:
        raise HTTPException(409, str(error)) from None
