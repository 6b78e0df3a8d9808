"""Sets a bot up: its webhook, commands and descriptions; what is right already is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from telegram import Bot as Api
from telegram import BotCommand, WebhookInfo
from telegram.constants import BotCommandLimit, BotDescriptionLimit
from telegram.error import TelegramError

from bot.channels.telegram.calling import NotSent, ServerFault, TooFast, Unclear, call, channel_error
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.updates import WANTED
from bot.render import Renderer
from bot.settings import BadSettings
from dialogs.commands import COMMANDS
from policies.pack import Pack

if TYPE_CHECKING:
    from bot.engine import Engine

# Telegram's language codes, the empty one for everybody else, and the language that is shown to each.
_LANGUAGES = {"": "en", "en": "en", "hi": "hi"}
_PORTS = frozenset({None, 443, 80, 88, 8443})


class NotPossible(RuntimeError):
    """Telegram did not do it; the message says why."""


@dataclass(frozen=True)
class WebhookState:
    """What Telegram says of a bot's webhook: where it goes, how many updates wait, and the last failure."""

    bot: str
    url: str
    pending: int
    last_error: str = ""
    last_error_at: datetime | None = None


def telegram_of(engine: Engine, brand: str) -> TelegramChannel:
    """The channel, where `brand` has a bot. Raises `BadSettings`."""
    channel = engine.channels.get("telegram")
    if not isinstance(channel, TelegramChannel) or brand not in channel.brands:
        raise BadSettings(f"{brand} has no bot: set its TELEGRAM_TOKEN and TELEGRAM_SECRET")
    return channel


def webhook_url(engine: Engine, brand: str, given: str = "") -> str:
    """Where the updates of a brand's bot go: `given`, or the webhook at the public address. Raises `BadSettings`."""
    base = engine.settings.public_base_url
    if not given and base is None:
        raise BadSettings("REFUND_DESK_PUBLIC_BASE_URL is missing: Telegram must reach this service (or give --url)")
    url = given or f"{str(base).rstrip('/')}/webhooks/telegram/{brand}"
    at = urlsplit(url)
    if at.scheme != "https" or at.port not in _PORTS:
        raise BadSettings(f"{url}: Telegram wants https on port 443, 80, 88 or 8443")
    return url


def set_webhook(engine: Engine, brand: str, url: str, secret: str, *, drop_pending: bool) -> WebhookState:
    """Tells Telegram where the updates go, with which secret, and of which kinds. Raises `NotPossible`."""
    api = telegram_of(engine, brand).api(brand)
    try:
        call(
            api.set_webhook(url, allowed_updates=WANTED, secret_token=secret, drop_pending_updates=drop_pending or None)
        )
        return webhook_state(engine, brand)
    except TelegramError as error:
        raise NotPossible(explained(error)) from None


def webhook_state(engine: Engine, brand: str) -> WebhookState:
    """What Telegram says of the webhook. Raises `TelegramError`."""
    api = telegram_of(engine, brand).api(brand)
    info: WebhookInfo = call(api.get_webhook_info())
    return WebhookState(
        bot=username(api),
        url=info.url,
        pending=info.pending_update_count,
        last_error=info.last_error_message or "",
        last_error_at=info.last_error_date,
    )


def username(api: Api) -> str:
    """The bot's name, as it stands in links. Raises `TelegramError`."""
    return call(api.get_me()).username or ""


def set_words(engine: Engine, brand: str) -> Iterator[str]:
    """Brings commands and descriptions up to date in each language; says what was changed. Raises `NotPossible`."""
    api, pack = telegram_of(engine, brand).api(brand), engine.pack(brand)
    try:
        for code, language in _LANGUAGES.items():
            yield from _set_words(api, pack, engine.renderer, code, language)
    except TelegramError as error:
        raise NotPossible(explained(error)) from None


def _set_words(api: Api, pack: Pack, renderer: Renderer, code: str, language: str) -> Iterator[str]:
    brand = pack.brand
    where = f"for {code}" if code else "for everybody"
    known = code or None
    wanted = commands(renderer, language)
    if list(call(api.get_my_commands(language_code=known))) != wanted:
        call(api.set_my_commands(wanted, language_code=known))
        yield f"commands {where}"
    about = brand.about.in_(language) if brand.about else ""
    long = renderer.render("bot_description", language, {"brand": brand.name, "about": about})
    long = shortened(long, BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)
    if call(api.get_my_description(language_code=known)).description != long:
        call(api.set_my_description(long, language_code=known))
        yield f"description {where}"
    short = renderer.render("bot_short_description", language, {"brand": brand.name})
    short = shortened(short, BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)
    if call(api.get_my_short_description(language_code=known)).short_description != short:
        call(api.set_my_short_description(short, language_code=known))
        yield f"short description {where}"


def commands(renderer: Renderer, language: str) -> list[BotCommand]:
    """The commands with what each does, in `language`."""
    lines = renderer.render("command_list", language, {}).splitlines()
    longest = BotCommandLimit.MAX_DESCRIPTION
    return [BotCommand(name, line.strip()[:longest]) for name, line in zip(COMMANDS, lines, strict=True)]


def shortened(text: str, most: int) -> str:
    """`text`, cut at the end of a word where it is longer than `most`."""
    return text if len(text) <= most else text[: most - 1].rsplit(None, 1)[0] + "…"


def explained(error: TelegramError) -> str:
    """What went wrong with a call that sets something up, and what to do."""
    match error:
        case NotSent() | Unclear():
            return "Telegram cannot be reached from here: check the network and REFUND_DESK_TELEGRAM_API_BASE"
        case ServerFault() | TooFast():
            return f"{error.message}: try again in a while"
        case _:
            told = channel_error(error)
            wrong_token = told.error_class == "fix_first"
            return "Telegram does not know this token: ask BotFather for the right one" if wrong_token else told.code
