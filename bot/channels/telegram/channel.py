"""The channel itself: sends messages with their buttons, fetches files, and does the small courtesies of a chat."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from telegram import Bot as Api
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, TelegramError

from bot.channels.courtesies import Courtesies
from bot.channels.protocol import ChannelError, Outbound, Receipt
from bot.channels.telegram.calling import Connections, call, channel_error, make_bot
from bot.channels.telegram.updates import LARGEST_DOWNLOAD, NAME, Bot, thread_of
from bot.logs import log
from bot.settings import BadSettings, credential_name
from bot.tables import CONVERSATION, IDENTITY, OUTBOX
from dialogs.turn import Button

if TYPE_CHECKING:
    from bot.engine import Engine

_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]+")
_LONGEST_DATA = 64
_MOST_BUTTONS = 100
# Two keys stand side by side on a phone where both labels are this short.
_SHORT_LABEL = 15
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# Telegram shows it for five seconds.
_TYPING_LASTS = timedelta(seconds=4)
_MOST_TYPING = 2000


class TelegramChannel:
    """Telegram for every brand that has a bot. It may be used from any number of threads."""

    name = NAME
    joins = True
    has_window = False

    def __init__(self, engine: Engine, tokens: Mapping[str, str]) -> None:
        """`tokens` by brand."""
        settings = engine.settings
        self._engine = engine
        self._connections = Connections()
        self._accounts = {brand: token.partition(":")[0] for brand, token in tokens.items()}
        self._bots = {
            brand: make_bot(token, settings.telegram_api_base, settings.telegram_file_base, self._connections)
            for brand, token in tokens.items()
        }
        self.courtesies = Courtesies("telegram", (TelegramError,))
        self._typing: dict[tuple[str, tuple[str, str]], datetime] = {}
        self._leaving: set[tuple[str, int]] = set()

    @property
    def brands(self) -> tuple[str, ...]:
        """The brands that have a bot."""
        return tuple(self._bots)

    def account(self, brand: str) -> Bot:
        """The bot of `brand`, as its updates are read. Raises `KeyError`."""
        return Bot(brand, self._accounts[brand])

    def api(self, brand: str) -> Api:
        """The library's bot of `brand`, for calls that are made by `calling.call`."""
        return self._bots[brand]

    def close(self) -> None:
        """Ends the courtesies and closes the connections."""
        self.courtesies.close()
        self._connections.close()

    # As a channel

    def send(self, message: Outbound) -> Receipt:
        """Sends `message` as HTML with its buttons below; raises `ChannelError`."""
        api = self._bots.get(message.brand)
        if api is None or self._accounts[message.brand] != message.account:
            raise ChannelError("fix_first", f"no token for the bot of {message.brand}")
        thread = thread_of(message.reply_to)
        try:
            return self._send(api, message, as_html(message.text), ParseMode.HTML, thread)
        except BadRequest as error:
            words = error.message.lower()
            if "parse entities" in words:
                log.error("telegram_markup_refused", outbox_id=message.outbox_id)
                return self._again(api, message, message.text, None, thread)
            if "thread not found" in words:
                return self._again(api, message, as_html(message.text), ParseMode.HTML, None)
            raise channel_error(error) from None
        except TelegramError as error:
            raise channel_error(error) from None

    def was_sent(self, message: Outbound, since: datetime) -> Receipt | None:
        """None: a bot cannot look at what it has written."""
        return None

    def fetch(self, brand: str, reference: Mapping[str, Any]) -> Iterator[bytes]:
        """The content of a customer's file, in pieces; raises `ChannelError`."""
        api = self._bots.get(brand)
        if api is None:
            raise ChannelError("fix_first", f"no token for the bot of {brand}")
        try:
            file = call(api.get_file(str(reference["file_id"])))
        except BadRequest as error:
            too_big = "too big" in error.message.lower()
            raise ChannelError("dead" if too_big else "later", "too_big" if too_big else "file_not_there") from None
        except TelegramError as error:
            told = channel_error(error)
            # To ask once more where a file lies does no harm.
            again = told.error_class in {"ambiguous", "blocked"}
            raise ChannelError("later" if again else told.error_class, told.code, told.wait) from None
        base = f"{self._engine.settings.telegram_file_base.rstrip('/')}/"
        if not (file.file_path or "").startswith(base) or ".." in str(file.file_path):
            raise ChannelError("dead", "file_elsewhere")
        yield from self._connections.stream(str(file.file_path), LARGEST_DOWNLOAD)

    def show_typing(self, brand: str, recipient: tuple[str, str], provider_id: str) -> None:
        """Shows for some seconds that an answer is coming; in the background, and without a word where it fails."""
        api, now, who = self._bots.get(brand), self._engine.now(), (brand, recipient)
        shown = self._typing.get(who)
        if api is not None and (shown is None or now - shown >= _TYPING_LASTS):
            if len(self._typing) >= _MOST_TYPING:
                self._typing.clear()
            self._typing[who] = now
            thread = thread_of(provider_id)
            self.courtesies.do(
                lambda: call(api.send_chat_action(int(recipient[1]), ChatAction.TYPING, message_thread_id=thread))
            )

    # Courtesies

    def answer_tap(self, brand: str, query_id: str, chat_id: str, message_id: int) -> None:
        """Ends the waiting sign on a tapped button and takes the buttons away, in the background."""
        api = self._bots[brand]
        self.courtesies.do(lambda: call(api.answer_callback_query(query_id)))
        if message_id:
            self.courtesies.do(lambda: call(api.edit_message_reply_markup(int(chat_id), message_id)))

    def decline_crowd(self, brand: str, chat_id: int, language: str, *, can_write: bool) -> None:
        """Says in a group, once, that refunds are discussed in private, and leaves; in the background."""
        if (brand, chat_id) in self._leaving:
            return
        self._leaving.add((brand, chat_id))
        api, engine = self._bots[brand], self._engine

        def decline() -> None:
            try:
                if can_write:
                    values = {"brand": engine.pack(brand).brand.name}
                    call(api.send_message(chat_id, engine.renderer.render("only_in_private", language or "en", values)))
            finally:
                self._leaving.discard((brand, chat_id))
                call(api.leave_chat(chat_id))

        if not self.courtesies.do(decline):
            self._leaving.discard((brand, chat_id))

    # What stands behind a short button

    def payload_of(self, account: str, sender: tuple[str, str], data: str) -> str:
        """What the button with `data` stands for; its own data where that is unknown, which no dialogue knows."""
        found = re.fullmatch(r"~(\d{1,18})\.(\d{1,3})", data)
        if found is None:
            return data
        kind, value = sender
        with self._engine.database.reading() as session:
            buttons = session.execute(
                sa.select(OUTBOX.c.buttons)
                .join(CONVERSATION, CONVERSATION.c.id == OUTBOX.c.conversation_id)
                .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
                .where(
                    OUTBOX.c.id == int(found[1]),
                    CONVERSATION.c.channel == NAME,
                    CONVERSATION.c.account == account,
                    IDENTITY.c.kind == kind,
                    IDENTITY.c.value == value,
                )
            ).scalar_one_or_none()
        place = int(found[2])
        return str(buttons[place]["payload"]) if buttons and place < len(buttons) else data

    def _send(self, api: Api, message: Outbound, text: str, parse_mode: str | None, thread: int | None) -> Receipt:
        sent = call(
            api.send_message(
                int(message.recipient[1]),
                text,
                parse_mode=parse_mode,
                reply_markup=keyboard(message.buttons, message.outbox_id),
                link_preview_options=_NO_PREVIEW,
                message_thread_id=thread,
            )
        )
        return Receipt(f"{sent.chat_id}:{sent.message_id}")

    def _again(self, api: Api, message: Outbound, text: str, parse_mode: str | None, thread: int | None) -> Receipt:
        try:
            return self._send(api, message, text, parse_mode, thread)
        except TelegramError as error:
            raise channel_error(error) from None


def telegram_channel(engine: Engine) -> TelegramChannel | None:
    """The channel for the brands that have a token; None where none has. Raises `BadSettings`."""
    settings = engine.settings
    tokens = {brand: token for brand in engine.brands if (token := settings.credential(brand, "TELEGRAM_TOKEN"))}
    for brand, token in tokens.items():
        if not _TOKEN.fullmatch(token):
            name = credential_name(brand, "TELEGRAM_TOKEN")
            raise BadSettings(f"{name} is no bot token; BotFather gives one such as 123456789:AAE…")
    ids = [token.partition(":")[0] for token in tokens.values()]
    for brand, token in tokens.items():
        if ids.count(token.partition(":")[0]) > 1:
            raise BadSettings(
                f"{credential_name(brand, 'TELEGRAM_TOKEN')} is another brand's bot too: each has its own"
            )
    return TelegramChannel(engine, tokens) if tokens else None


def as_html(text: str) -> str:
    """`text` for Telegram: nothing in it is markup but *bold*, as it is written on WhatsApp."""
    return _BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False))


def keyboard(buttons: Sequence[Button], outbox_id: int) -> InlineKeyboardMarkup | None:
    """The buttons below message `outbox_id`, two in a row where their labels are short; None for none."""
    keys = [
        InlineKeyboardButton(button.label, callback_data=_data(button.payload, outbox_id, place))
        for place, button in enumerate(buttons[:_MOST_BUTTONS])
    ]
    rows: list[list[InlineKeyboardButton]] = []
    for key in keys:
        if rows and len(rows[-1]) == 1 and max(len(key.text), len(rows[-1][0].text)) <= _SHORT_LABEL:
            rows[-1].append(key)
        else:
            rows.append([key])
    return InlineKeyboardMarkup(rows) if rows else None


def _data(payload: str, outbox_id: int, place: int) -> str:
    """What a button carries: its payload, or, where that is too long, where it stands among our messages."""
    fits = 0 < len(payload.encode()) <= _LONGEST_DATA and not payload.startswith("~")
    return payload if fits else f"~{outbox_id}.{place}"
