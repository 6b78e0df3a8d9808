"""The webhooks of WhatsApp: Twilio brings customers' messages, and how far ours got.

The signature is looked at first, then the form is read and stored, and that is all: Twilio does not ask twice by
itself. Answers are empty TwiML, since anything else would be an error in Twilio's eyes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.channels.whatsapp.account import Account
from bot.channels.whatsapp.channel import WhatsApp
from bot.channels.whatsapp.inbound import NAME, UnreadableForm, fields_of, read_message, read_status
from bot.channels.whatsapp.signature import is_signed
from bot.channels.whatsapp.statuses import note_whatsapp_status
from bot.logs import log
from bot.web.security import BodyTooLarge, Limiter, caller

if TYPE_CHECKING:
    from bot.engine import Engine

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200
_EMPTY = "<Response/>"
# Lines in the log about refused calls, for one caller within a minute.
_LOGGED_PER_MINUTE = 30


def whatsapp_routes(engine: Engine, channel: WhatsApp) -> APIRouter:
    """The routes of /webhooks/whatsapp."""
    router = APIRouter(include_in_schema=False)
    logged = Limiter(_LOGGED_PER_MINUTE, 60)

    async def signed_form(request: Request, brand: str) -> tuple[Account, list[tuple[str, str]]]:
        account = channel.account_at(brand)
        if account is None:
            raise HTTPException(404)
        body = await request.body()
        form = _form(request, body)
        signature = request.headers.get("x-twilio-signature", "")
        settings = request.headers.get("x-twilio-webhooks-signature-settings", "")
        if form is None or not is_signed(account.tokens, _address(request, account), form, signature, settings):
            raise HTTPException(403, "signature")
        if fields_of(form).get("AccountSid") != account.sid:
            raise HTTPException(403, "account")
        return account, form

    def refused(request: Request, brand: str, status: int, why: str) -> Response:
        if logged.allows(caller(request)):
            log.warning("webhook_refused", channel=NAME, brand=brand[:40], status=status, why=why)
        return PlainTextResponse("", status_code=status)

    @router.post("/webhooks/whatsapp/{brand}")
    async def message(request: Request, brand: str) -> Response:
        """A customer's message; the fallback address is the same."""
        try:
            account, form = await signed_form(request, brand)
            fields = fields_of(form)
            if fields.get("To", "").strip() != account.sender:
                raise HTTPException(403, "sender")
            parts = read_message(fields, account, engine.now())
        except HTTPException as error:
            return refused(request, brand, error.status_code, error.detail)
        except UnreadableForm as error:
            return refused(request, brand, 400, str(error))
        except BodyTooLarge:
            return refused(request, brand, 413, "too large")
        if fields.get("ErrorCode"):
            log.warning("webhook_fell_back", brand=brand, code=fields["ErrorCode"][:10])

        def store() -> None:
            received = [engine.receive(part) for part in parts]
            # A person at the desk types, or does not.
            if received and received[0].new and received[0].owner == "bot":
                channel.show_typing(brand, parts[0].sender, parts[0].provider_id)

        await run_in_threadpool(store)
        return Response(_EMPTY, media_type="text/xml")

    @router.post("/webhooks/whatsapp/{brand}/status")
    async def status(request: Request, brand: str) -> Response:
        """How far a message of ours got."""
        try:
            account, form = await signed_form(request, brand)
            told = read_status(fields_of(form), request.scope["query_string"].decode("ascii", "replace"))
        except HTTPException as error:
            return refused(request, brand, error.status_code, error.detail)
        except UnreadableForm as error:
            return refused(request, brand, 400, str(error))
        except BodyTooLarge:
            return refused(request, brand, 413, "too large")
        await run_in_threadpool(note_whatsapp_status, engine, account, told)
        return Response(_EMPTY, media_type="text/xml")

    return router


def _form(request: Request, body: bytes) -> list[tuple[str, str]] | None:
    """The fields in order, blank ones kept; None where the body is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return None
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None


def _address(request: Request, account: Account) -> str:
    """The address as Twilio knows it: our public one, with path and query as they came."""
    raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    path = raw_path.partition(b"?")[0].decode("latin-1")
    return f"{account.public_base}{path}" + (f"?{query.decode('latin-1')}" if query else "")
