"""The desk: where agents sign in, see chats and cases, take a chat over, answer, hand back, and move cases."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot import senders
from bot.bell import conversation_topic
from bot.dead_letters import dead_letters, replay
from bot.desk_service import AgentView, CaseView, ConversationView, MessageView, NotPossible
from bot.web.events import Event, last_seen, streaming
from bot.web.files import file_answer
from bot.web.pages import Pages
from bot.web.security import Limiter, Tokens, caller, is_https
from bot.web.wording import channel_name, words_for
from dialogs.case_states import STATES

if TYPE_CHECKING:
    from bot.engine import Engine

COOKIE = "desk"
_FORM_COOKIE = "desk_form"
_TRIES, _WITHIN_SECONDS = 20, 300
_RECENT = 20
# The messages by which a customer hears of a case without having asked.
_PUSHES = ("case_", "promise_slips")
# A page that sends by itself, without loading anew, says so.
_LIVE = "x-live"
_SHOWS = (("all", "All"), ("waiting", "Wait for a person"), ("mine", "Mine"), ("agents", "With agents"), ("bot", "Bot"))
_SAID = {
    "taken": "You have this chat now.",
    "back": "The bot has this chat again.",
    "noted": "The note is kept.",
    "moved": "The case was moved and the customer is told.",
    "again": "The message goes again, at the end of its chat.",
}


@dataclass(frozen=True)
class Fact:
    """A fact of a case: what was told beside what is on record."""

    label: str
    told: str
    recorded: str
    differs: bool


class Desk:
    """The desk's pages over one engine."""

    def __init__(self, engine: Engine, pages: Pages, tokens: Tokens) -> None:
        self._engine = engine
        self._pages = pages
        self._tokens = tokens
        self._limiter = Limiter(_TRIES, _WITHIN_SECONDS)

    # Who is there

    async def agent(self, request: Request) -> AgentView:
        """Who is signed in; raises `SignInFirst`."""
        token = request.cookies.get(COOKIE, "")
        found = await run_in_threadpool(self._engine.desk.agent_of, token) if token else None
        if found is None:
            raise SignInFirst
        return found

    async def form(self, request: Request, cookie: str = COOKIE) -> FormData:
        """The form that was sent, if it is one of ours."""
        form = await request.form(max_files=0, max_fields=20)
        if not self._tokens.is_csrf(request.cookies.get(cookie, ""), _text(form, "csrf")):
            raise HTTPException(403)
        return form

    def sign_in_page(
        self, request: Request, *, problem: str = "", name: str = "", then: str = "", status: int = 200
    ) -> Response:
        """The page with the name and the password."""
        cookie = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(24)
        response = self._pages.page(
            "sign_in.html", status, csrf=self._tokens.csrf(cookie), problem=problem, name=name, next=then
        )
        response.set_cookie(_FORM_COOKIE, cookie, httponly=True, samesite="lax", secure=is_https(request), path="/desk")
        return response

    async def sign_in(self, request: Request) -> Response:
        """Signs in, in the same words whatever was wrong."""
        form = await self.form(request, _FORM_COOKIE)
        name, password, then = _text(form, "name").strip(), _text(form, "password"), _inside(_text(form, "next"))
        here = caller(request)
        if not self._limiter.allows(here, count=False):
            problem = "There were too many tries from here. Wait a few minutes."
            return await run_in_threadpool(
                lambda: self.sign_in_page(request, problem=problem, name=name, then=then, status=429)
            )
        try:
            token = await run_in_threadpool(self._engine.desk.authenticate, name, password)
        except NotPossible as error:
            self._limiter.allows(here)
            problem = str(error)
            return await run_in_threadpool(
                lambda: self.sign_in_page(request, problem=problem, name=name, then=then, status=403)
            )
        response = RedirectResponse(then or "/desk", 303)
        seconds = self._engine.settings.session_hours * 3600
        response.set_cookie(
            COOKIE, token, max_age=seconds, httponly=True, samesite="lax", secure=is_https(request), path="/desk"
        )
        return response

    # Pages

    async def show(self, request: Request, template: str, agent: AgentView, **values: Any) -> Response:
        """A page of the desk, with what the last act said."""
        common = {
            "agent": agent,
            "csrf": self._tokens.csrf(request.cookies[COOKIE]),
            "said": _SAID.get(request.query_params.get("said", ""), ""),
            "problem": "",
            "warning": "",
        }
        return await run_in_threadpool(lambda: self._pages.page(template, **{**common, **values}))

    async def conversation_page(
        self, request: Request, agent: AgentView, conversation_id: str, problem: str = ""
    ) -> Response:
        """One chat."""
        view = await _found(lambda: self._engine.desk.conversation(conversation_id, agent))
        response = await self.show(
            request,
            "desk_conversation.html",
            agent,
            section="conversations",
            view=view,
            problem=problem,
            token=secrets.token_urlsafe(16),
            conversation_id=conversation_id,
            zone=self._pages.brands[view.row.brand].zone,
        )
        response.status_code = 409 if problem else 200
        return response

    async def case_page(
        self, request: Request, agent: AgentView, ref: str, *, problem: str = "", warning: str = ""
    ) -> Response:
        """One case."""
        view = await _found(lambda: self._engine.desk.case(ref, agent))
        known = (view.decision or {}).get("known") or {}
        response = await self.show(
            request,
            "desk_case.html",
            agent,
            section="cases",
            view=view,
            problem=problem,
            warning=warning,
            facts=self._facts(view),
            told=await run_in_threadpool(self._told, view, agent),
            condition_words=lambda brand, step: self._pages.shower.condition(brand, step, known),
        )
        response.status_code = 409 if problem else 200
        return response

    def paused(self, agent: AgentView) -> str:
        """Which senders do not send now, in a sentence; empty where all do."""
        with self._engine.database.reading() as session:
            found = senders.paused(session, agent.brands)
        said = (f"{channel_name(each.channel)} {each.account} does not send ({each.reason})" for each in found)
        sentence = "; ".join(said)
        return f"{sentence}. What is to go waits until that is put right." if sentence else ""

    def replay(self, outbox_id: int, agent: AgentView) -> None:
        """Sends a message that was given up again; nothing where it is none that the agent may see."""
        if outbox_id in {letter.id for letter in dead_letters(self._engine, agent.brands)}:
            replay(self._engine, [outbox_id], agent.name)

    def _told(self, view: CaseView, agent: AgentView) -> list[MessageView]:
        """What the customer was told of the case unasked."""
        if not view.row.conversation_id:
            return []
        lines = self._engine.desk.messages(view.row.conversation_id, agent)
        return [line for line in lines if line.template.startswith(_PUSHES) and view.row.ref in line.text]

    def _facts(self, view: CaseView) -> list[Fact]:
        brand, shower = view.row.brand, self._pages.shower
        rows = []
        for name in dict.fromkeys([*view.told, *view.recorded]):
            told, recorded = _value(view.told.get(name)), view.recorded.get(name)
            shown = shower.fact_value(brand, name, told), shower.fact_value(brand, name, recorded)
            both = told is not None and recorded is not None
            rows.append(Fact(shower.fact_name(brand, name), *shown, differs=both and shown[0] != shown[1]))
        return rows

    async def act(
        self, request: Request, agent: AgentView, conversation_id: str, said: str, work: Callable[[], object]
    ) -> Response:
        """Does `work` on a chat and shows it again; what cannot be done is said there."""
        live = _LIVE in request.headers
        try:
            await run_in_threadpool(work)
        except NotPossible as error:
            if live:
                return JSONResponse({"problem": str(error)}, 409)
            return await self.conversation_page(request, agent, conversation_id, str(error))
        if live:
            return Response(status_code=204)
        suffix = f"?said={said}" if said else ""
        return RedirectResponse(f"/desk/conversations/{conversation_id}{suffix}", 303)

    # Live

    def watcher(self, conversation_id: str, agent: AgentView, after: int) -> Callable[[], Iterator[Event]]:
        """The look of one open chat page: new lines as HTML, delivery marks, changes of ownership."""
        start = max(0, after - _RECENT)
        marks: dict[int, str] = {}
        last: dict[str, Any] = {"after": after, "owner": None}

        def look() -> Iterator[Event]:
            try:
                view = self._engine.desk.conversation(conversation_id, agent)
            except NotPossible:
                yield Event("gone", {})
                return
            owner = {"owner": view.row.owner, "agent": view.row.agent, "epoch": view.epoch}
            if last["owner"] not in (None, owner):
                yield Event("owner", owner)
            last["owner"] = owner
            for line in view.messages:
                if line.id > last["after"]:
                    last["after"] = line.id
                    yield Event("message", self._line(line, view), line.id)
                elif line.id > start and marks.get(line.id) != line.delivery:
                    yield Event("mark", {"id": line.id, "words": self._mark(line)})
                marks[line.id] = line.delivery

        return look

    def _line(self, line: MessageView, view: ConversationView) -> dict[str, Any]:
        zone = self._pages.brands[view.row.brand].zone
        html = self._pages.piece("desk_message.html", message=line, conversation_id=view.row.id, zone=zone)
        return {"html": html, "author": line.author, "agent": line.agent, "at": line.at.isoformat()}

    def _mark(self, line: MessageView) -> str:
        return words_for(line.delivery) if line.delivery else ""


class SignInFirst(Exception):
    """Nobody is signed in."""


def desk_routes(engine: Engine, pages: Pages, tokens: Tokens) -> APIRouter:
    """The routes of /desk."""
    router = APIRouter(prefix="/desk", include_in_schema=False)
    desk = Desk(engine, pages, tokens)
    service = engine.desk

    @router.get("/login")
    async def login_page(request: Request) -> Response:
        """Asks for name and password."""
        then = _inside(request.query_params.get("next", ""))
        return await run_in_threadpool(lambda: desk.sign_in_page(request, then=then))

    @router.post("/login")
    async def login(request: Request) -> Response:
        """Signs in."""
        return await desk.sign_in(request)

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        """Signs out."""
        await desk.form(request)
        await run_in_threadpool(service.sign_out, request.cookies.get(COOKIE, ""))
        response = RedirectResponse("/desk/login", 303)
        response.delete_cookie(COOKIE, path="/desk")
        return response

    @router.get("")
    async def conversations(request: Request) -> Response:
        """The list of chats."""
        agent = await desk.agent(request)
        asked = request.query_params
        show, search, number = (
            _one_of(asked.get("show", ""), dict(_SHOWS), "all"),
            _short(asked.get("search")),
            _page(asked),
        )
        page = await run_in_threadpool(lambda: service.conversations(agent, show=show, search=search, page=number))
        return await desk.show(
            request,
            "desk.html",
            agent,
            section="conversations",
            warning=await run_in_threadpool(desk.paused, agent),
            shows=_SHOWS,
            show=show,
            search=search,
            page=page,
            page_number=number,
            page_link=lambda to: "/desk?" + urlencode({"show": show, "search": search, "page": to}),
        )

    @router.get("/undelivered")
    async def undelivered(request: Request) -> Response:
        """The messages that were given up."""
        agent = await desk.agent(request)
        letters = await run_in_threadpool(dead_letters, engine, agent.brands)
        warning = await run_in_threadpool(desk.paused, agent)
        return await desk.show(
            request, "desk_undelivered.html", agent, section="undelivered", letters=letters, warning=warning
        )

    @router.post("/undelivered/{outbox_id}/replay")
    async def send_again(request: Request, outbox_id: int) -> Response:
        """Sends one of them again."""
        agent = await desk.agent(request)
        await desk.form(request)
        await run_in_threadpool(desk.replay, outbox_id, agent)
        return RedirectResponse("/desk/undelivered?said=again", 303)

    @router.get("/cases")
    async def cases(request: Request) -> Response:
        """The list of cases."""
        agent = await desk.agent(request)
        asked = request.query_params
        state, search = _one_of(asked.get("state", ""), STATES, ""), _short(asked.get("search"))
        overdue, number = asked.get("overdue") == "1", _page(asked)
        page = await run_in_threadpool(
            lambda: service.cases(agent, state=state, search=search, overdue=overdue, page=number)
        )
        if search and len(page.rows) == 1 and page.rows[0].ref == search.strip().upper():
            return RedirectResponse(f"/desk/cases/{page.rows[0].ref}", 303)
        kept = {"state": state, "search": search, "overdue": "1" if overdue else ""}
        return await desk.show(
            request,
            "desk_cases.html",
            agent,
            section="cases",
            states=STATES,
            state=state,
            search=search,
            overdue=overdue,
            page=page,
            page_number=number,
            page_link=lambda to: "/desk/cases?" + urlencode({**kept, "page": to}),
        )

    @router.get("/cases/{ref}")
    async def case(request: Request, ref: str) -> Response:
        """One case."""
        return await desk.case_page(request, await desk.agent(request), ref)

    @router.post("/cases/{ref}/move")
    async def move(request: Request, ref: str) -> Response:
        """Moves a case."""
        agent = await desk.agent(request)
        form = await desk.form(request)
        given = {name: _text(form, name).strip() for name in ("amount", "reference", "note")}
        given["amount"] = given["amount"].replace(",", "").removeprefix("₹").strip()
        data = {name: value for name, value in given.items() if value}
        version = _text(form, "version")

        def work() -> object:
            return service.move_case(
                ref,
                _text(form, "state"),
                agent,
                why=_text(form, "why").strip()[:400],
                data=data,
                version=int(version) if version.isdecimal() else None,
            )

        try:
            moved = await run_in_threadpool(work)
        except NotPossible as error:
            return await desk.case_page(request, agent, ref, problem=str(error))
        warnings = "; ".join(getattr(moved, "warnings", ()))
        if warnings:
            return await desk.case_page(request, agent, ref, warning=f"The case was moved, but look: {warnings}.")
        return RedirectResponse(f"/desk/cases/{ref}?said=moved", 303)

    @router.get("/conversations/{conversation_id}")
    async def conversation(request: Request, conversation_id: str) -> Response:
        """One chat."""
        return await desk.conversation_page(request, await desk.agent(request), conversation_id)

    @router.get("/conversations/{conversation_id}/events")
    async def events(request: Request, conversation_id: str) -> Response:
        """News of one chat."""
        agent = await desk.agent(request)
        await _found(lambda: service.messages(conversation_id, agent, 2**62))
        topic = conversation_topic(conversation_id)
        look = desk.watcher(conversation_id, agent, last_seen(request))
        return streaming(request, look, engine.bell, lambda rung: rung in {topic, "desk"})

    @router.get("/conversations/{conversation_id}/files/{key}")
    async def file(request: Request, conversation_id: str, key: str) -> Response:
        """A file of a chat; that it was looked at is written down."""
        agent = await desk.agent(request)
        return await file_answer(lambda: service.look_at_file(key, conversation_id, agent))

    @router.post("/conversations/{conversation_id}/{act}")
    async def act(request: Request, conversation_id: str, act: str) -> Response:
        """Takes over, answers, hands back, keeps a note."""
        agent = await desk.agent(request)
        form = await desk.form(request)
        text, number = _text(form, "text"), _text(form, "epoch")
        epoch = int(number) if number.isdecimal() else None
        acts: dict[str, tuple[str, Callable[[], object]]] = {
            "take": ("taken", lambda: service.take_over(conversation_id, agent, epoch)),
            "back": ("back", lambda: service.hand_back(conversation_id, agent, epoch)),
            "say": ("", lambda: service.agent_says(conversation_id, agent, text, _text(form, "token") or None)),
            "note": ("noted", lambda: service.note(conversation_id, agent, text)),
        }
        if act not in acts:
            raise HTTPException(404)
        return await desk.act(request, agent, conversation_id, *acts[act])

    return router


def sign_in_first(request: Request, _: Exception) -> Response:
    """Sends to the sign-in page; what was being looked at is shown after it."""
    if _LIVE in request.headers or request.url.path.endswith("/events"):
        return JSONResponse({"problem": "Sign in first."}, 401)
    if request.method != "GET":
        return RedirectResponse("/desk/login", 303)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/desk/login" + ("" if back == "/desk" else "?" + urlencode({"next": back})), 303)


async def _found(work: Callable[[], Any]) -> Any:
    try:
        return await run_in_threadpool(work)
    except NotPossible:
        raise HTTPException(404) from None


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _value(told: Any) -> Any:
    """A told fact is kept with who said it and when."""
    return told.get("value") if isinstance(told, dict) else told


def _inside(address: str) -> str:
    """`address` where it is one of the desk's own pages, else empty: nobody is sent elsewhere after signing in."""
    return address if re.fullmatch(r"/desk(/[\w\-/]*)?(\?[\w\-=&%+.]*)?", address) else ""


def _one_of(asked: str, known: Any, otherwise: str) -> str:
    return asked if asked in known else otherwise


def _short(text: str | None) -> str:
    return (text or "").strip()[:80]


def _page(asked: Any) -> int:
    number = asked.get("page", "")
    return int(number) if number.isdecimal() and len(number) < 6 else 0
