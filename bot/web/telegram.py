"""The webhook of Telegram: the secret first, then one insert, then an empty answer."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.telegram.arriving import take_update
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.updates import NAME, Unreadable
from bot.logs import log
from bot.settings import BadSettings, credential_name

if TYPE_CHECKING:
    from bot.engine import Engine

HEADER = "x-telegram-bot-api-secret-token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def telegram_routes(engine: Engine) -> list[Route]:
    """The webhook of every brand that has a bot; none where none has. Raises `BadSettings` for one without a secret."""
    channel = engine.channels.get(NAME)
    if not isinstance(channel, TelegramChannel):
        return []
    secrets = {brand: webhook_secret(engine, brand).encode() for brand in channel.brands}

    async def webhook(request: Request) -> Response:
        """One update."""
        brand = request.path_params["brand"]
        secret = secrets.get(brand)
        if secret is None:
            return Response(status_code=404)
        given = request.headers.get(HEADER, "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, secret):
            log.warning("telegram_webhook_refused", brand=brand, why="secret")
            return Response(status_code=401)
        body = await request.body()
        try:
            await run_in_threadpool(take_update, engine, channel, brand, body)
        except Unreadable as error:
            log.warning("telegram_webhook_refused", brand=brand, why=str(error))
            return Response(status_code=400)
        return Response(status_code=200)

    # A plain route: what FastAPI looks up for each request is more than what happens in it.
    return [Route("/webhooks/telegram/{brand}", webhook, methods=["POST"])]


def webhook_secret(engine: Engine, brand: str) -> str:
    """The secret that Telegram sends with each update to the bot of `brand`. Raises `BadSettings`."""
    secret = engine.settings.credential(brand, "TELEGRAM_SECRET")
    name = credential_name(brand, "TELEGRAM_SECRET")
    if not secret:
        raise BadSettings(f"{name} is missing: a webhook without its secret does not start (or: serve --poll)")
    if not _SECRET.fullmatch(secret):
        raise BadSettings(f"{name} must be 1 to 256 letters, digits, _ and -")
    return secret
