"""The WhatsApp channel: sends through Twilio, settles what went unclear, fetches files, shows that it is typing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.channels.courtesies import Courtesies
from bot.channels.protocol import ChannelError, Outbound, Receipt
from bot.channels.whatsapp.account import Account, address_of, read_accounts
from bot.channels.whatsapp.errors import CONTENT_REFUSED
from bot.channels.whatsapp.inbound import NAME
from bot.channels.whatsapp.menus import LONGEST_TEXT, Layout, Menus, layout_of, numbered, variables_of
from bot.logs import log
from bot.tables import OUTBOX

if TYPE_CHECKING:
    import urllib3

    from bot.channels.whatsapp.api import TwilioApi
    from bot.engine import Engine

_CONTENT_REFUSED = frozenset(map(str, CONTENT_REFUSED))
_CONTENT_GONE = "21655"
_TYPING_PAUSE = timedelta(minutes=10)
# Twilio's clock and ours may differ.
_CLOCKS_DIFFER = timedelta(minutes=2)
_UNCLEAR_WAIT = timedelta(seconds=20)
_REACHED = {"delivered": "delivered", "read": "read"}
_FAILED = frozenset({"failed", "undelivered", "canceled"})


def whatsapp_channel(engine: Engine) -> WhatsApp | None:
    """The channel of the brands that have WhatsApp credentials; None where none has. Raises `BadSettings`."""
    accounts = read_accounts(engine.settings, engine.brands)
    return WhatsApp(engine, accounts) if accounts else None


class WhatsApp:
    """WhatsApp for every brand with an account at Twilio."""

    name = NAME
    joins = True
    has_window = True

    def __init__(self, engine: Engine, accounts: Mapping[str, Account]) -> None:
        self.accounts = dict(accounts)
        self._engine = engine
        self._apis: dict[str, TwilioApi] = {}
        self._lock = threading.Lock()
        self._no_typing_until: datetime | None = None
        self.courtesies = Courtesies(NAME, (ChannelError,))
        self.menus = Menus(engine)

    # Sending

    def send(self, message: Outbound) -> Receipt:
        """Sends a text, a text with buttons, or an approved template; raises `ChannelError`."""
        api, to = self.api(message.brand), address_of(message.recipient)
        if message.recipient[0] not in {"phone", "bsuid"}:
            raise ChannelError("dead", "21211")
        if message.approved is not None:
            variables = json.dumps(dict(message.approved.variables), ensure_ascii=False)
            content = {"content_sid": message.approved.content_sid, "content_variables": variables}
            return Receipt(api.create_message(to, message.outbox_id, **content))
        if len(message.text) > LONGEST_TEXT:
            raise ChannelError("dead", "21617")
        layout = layout_of(message.text, message.buttons)
        sid = self._send_menu(api, to, message, layout) if layout else ""
        return Receipt(sid or self._send_text(api, to, message))

    def _send_menu(self, api: TwilioApi, to: str, message: Outbound, layout: Layout) -> str:
        """The SID of the message with buttons to tap; empty where its content is not to be had or was refused."""
        content_sid = self.menus.content_sid(api, layout, message.language)
        if not content_sid:
            return ""
        variables = variables_of(message.text, message.buttons)
        try:
            return api.create_message(to, message.outbox_id, content_sid=content_sid, content_variables=variables)
        except ChannelError as error:
            if error.code not in _CONTENT_REFUSED:
                raise
            log.warning("menu_refused", outbox_id=message.outbox_id, menu=layout.name, code=error.code)
            if error.code == _CONTENT_GONE:
                self.menus.forget(api.account, layout, message.language)
            return ""

    def _send_text(self, api: TwilioApi, to: str, message: Outbound) -> str:
        """The text, its buttons as numbers to type; those stand alone where both are too long for one message."""
        sid = ""
        for text in self._texts(message):
            sid = api.create_message(to, message.outbox_id, body=text)
        return sid

    def _texts(self, message: Outbound) -> list[str]:
        if not message.buttons:
            return [message.text]
        choices = numbered(self._engine, message)
        whole = f"{message.text}\n\n{choices}" if message.text else choices
        return [whole] if len(whole) <= LONGEST_TEXT else [message.text, choices]

    def was_sent(self, message: Outbound, since: datetime) -> Receipt | None:
        """Looks for the message in Twilio's list, by its words.

        Raises `ChannelError` where Twilio cannot be asked: a repeat then waits until it can.
        """
        # Its own, where it has one, is of a try that failed: a message of which a callback told is never asked for.
        taken = self._receipts(message)
        try:
            for each in self.api(message.brand).messages(to=address_of(message.recipient), from_=message.account):
                if each.date_created is not None and each.date_created < since - _CLOCKS_DIFFER:
                    break
                if each.sid in taken or each.status in _FAILED:
                    continue
                if self._says(message, each.body or ""):
                    return Receipt(each.sid, _REACHED.get(each.status, "sent"))
        except ChannelError as error:
            raise ChannelError("later", error.code, error.wait or _UNCLEAR_WAIT) from error
        return None

    def _says(self, message: Outbound, body: str) -> bool:
        """Whether a listed message is this one, by its words; a template's are known by the values in it."""
        if message.approved is not None:
            return bool(body) and all(value in body for value in message.approved.variables.values())
        return body in {message.text, self._texts(message)[-1]}

    def _receipts(self, message: Outbound) -> set[str]:
        """The SIDs of this conversation's messages that Twilio told us of."""
        query = sa.select(OUTBOX.c.receipt).where(
            OUTBOX.c.conversation_id == message.conversation_id, OUTBOX.c.receipt.is_not(None)
        )
        with self._engine.database.reading() as session:
            return set(session.execute(query).scalars())

    # Files and typing

    def fetch(self, brand: str, reference: Mapping[str, Any]) -> Iterator[bytes]:
        """The content of a customer's file, in pieces; raises `ChannelError`."""
        from bot.channels.whatsapp.media import MediaFetcher

        settings = self._engine.settings
        fetcher = MediaFetcher(self._pool, settings.twilio_api_base, settings.max_attachment_bytes)
        return fetcher.fetch(self._account(brand), str(reference.get("url", "")), str(reference.get("message", "")))

    def show_typing(self, brand: str, recipient: tuple[str, str], provider_id: str) -> None:
        """Shows in the background that an answer is coming; after a failure it is left for a while."""
        if self._engine.settings.whatsapp_typing:
            self.courtesies.do(lambda: self._type(brand, provider_id.partition(":")[0]))

    def _type(self, brand: str, sid: str) -> None:
        now = self._engine.now()
        if self._no_typing_until and now < self._no_typing_until:
            return
        try:
            self.api(brand).show_typing(sid)
        except ChannelError as error:
            self._no_typing_until = now + _TYPING_PAUSE
            log.info("no_typing", brand=brand, code=error.code)

    def close(self) -> None:
        """Ends the courtesies."""
        self.courtesies.close()

    # What it works with

    def account_at(self, brand: str) -> Account | None:
        """The account of `brand`; None where it has none."""
        return self.accounts.get(brand)

    def api(self, brand: str) -> TwilioApi:
        """Twilio's API for `brand`. Raises `ChannelError` where the brand has no account."""
        from bot.channels.whatsapp.api import TwilioApi

        account = self._account(brand)
        with self._lock:
            if brand not in self._apis:
                self._apis[brand] = TwilioApi(account, self._pool, self._engine.settings.twilio_api_base)
            return self._apis[brand]

    def _account(self, brand: str) -> Account:
        if brand not in self.accounts:
            raise ChannelError("fix_first", f"no WhatsApp account for {brand}")
        return self.accounts[brand]

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        from bot.channels.whatsapp.api import new_pool

        return new_pool()
