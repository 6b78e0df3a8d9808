"""Buttons on WhatsApp: up to three quick replies, up to ten rows of a list, else numbers to type.

Both are made of contents at Twilio. A content is made once per layout and language, with placeholders for all that is
shown; its SID is kept beside the approved templates, under a name such as `menu:quick:3`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.channels.protocol import ChannelError, Outbound
from bot.database import insert_or_keep
from bot.logs import log
from bot.tables import MESSAGE_TEMPLATE
from dialogs.turn import Button

if TYPE_CHECKING:
    from bot.channels.whatsapp.account import Account
    from bot.channels.whatsapp.api import TwilioApi
    from bot.engine import Engine

LONGEST_TEXT = 1600
LONGEST_BODY = 1024
_QUICK, _QUICK_TITLE = 3, 20
_LIST, _LIST_TITLE = 10, 24
_LONGEST_ID = 200
_TRY_AGAIN = timedelta(minutes=10)
# Content languages are WhatsApp's; Hindi in Roman letters has none of its own.
_CONTENT_LANGUAGES = {"en": "en", "hi": "hi", "hinglish": "en"}


@dataclass(frozen=True)
class Layout:
    """How buttons are shown: as `quick` replies or as a `list`, and how many there are."""

    kind: str
    size: int

    @property
    def name(self) -> str:
        """The name under which its content is kept."""
        return f"menu:{self.kind}:{self.size}"


LAYOUTS = (
    *(Layout("quick", size) for size in range(1, _QUICK + 1)),
    *(Layout("list", size) for size in range(1, _LIST + 1)),
)


def layout_of(text: str, buttons: Sequence[Button]) -> Layout | None:
    """The layout that holds `text` and `buttons` as they stand; None where only numbers to type do."""
    labels = [button.label for button in buttons]
    if not labels or len(text) > LONGEST_BODY or not text.strip() or len(set(labels)) < len(labels):
        return None
    payloads = [button.payload for button in buttons]
    if len(set(payloads)) < len(payloads) or not all(0 < len(payload) <= _LONGEST_ID for payload in payloads):
        return None
    longest = max(map(len, labels))
    if len(labels) <= _QUICK and longest <= _QUICK_TITLE:
        return Layout("quick", len(labels))
    if len(labels) <= _LIST and longest <= _LIST_TITLE:
        return Layout("list", len(labels))
    return None


def definition_of(layout: Layout, language: str, choose: str) -> dict[str, Any]:
    """The content of a layout as Twilio takes it; `choose` is what opens a list.

    {{1}} is the text, {{2}} and on are the titles, and behind them the ids in the same order.
    """
    numbers = range(1, layout.size + 1)
    shown = [(_variable(1 + n), _variable(1 + layout.size + n)) for n in numbers]
    types: dict[str, Any]
    if layout.kind == "quick":
        actions = [{"type": "QUICK_REPLY", "title": title, "id": key} for title, key in shown]
        types = {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
    else:
        items = [{"item": title, "id": key} for title, key in shown]
        types = {"twilio/list-picker": {"body": "{{1}}", "button": choose, "items": items}}
    samples = {"1": choose}
    samples |= {str(1 + n): f"{choose} {n}" for n in numbers}
    samples |= {str(1 + layout.size + n): f"choice_{n}" for n in numbers}
    return {
        "friendly_name": f"{layout.name}:{language}",
        "language": _CONTENT_LANGUAGES.get(language, "en"),
        "variables": samples,
        "types": types,
    }


def _variable(number: int) -> str:
    return "{{" + str(number) + "}}"


def variables_of(text: str, buttons: Sequence[Button]) -> str:
    """The values of a message for the content of its layout, as the JSON that Twilio takes."""
    values = [text, *(button.label for button in buttons), *(button.payload for button in buttons)]
    return json.dumps({str(number): value for number, value in enumerate(values, 1)}, ensure_ascii=False)


def numbered(engine: Engine, message: Outbound) -> str:
    """The buttons as numbers to type; the dialogue takes a typed number for the tap."""
    return show_numbered(engine, message.language, [button.label for button in message.buttons])


def show_numbered(engine: Engine, language: str, labels: Sequence[str]) -> str:
    """`labels` as numbers to type."""
    return engine.renderer.render("numbered", language, {"labels": labels})


class Menus:
    """The contents of the layouts, made at their first need and kept in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[str, str, str], str] = {}
        self._not_before: dict[tuple[str, str, str], datetime] = {}
        self._lock = threading.Lock()

    def content_sid(self, api: TwilioApi, layout: Layout, language: str) -> str:
        """The content of a layout; empty where there is none and Twilio made none just now."""
        key = (api.account.brand, layout.name, language)
        if known := self._known.get(key):
            return known
        with self._lock:
            if known := self._known.get(key):
                return known
            if self._engine.now() < self._not_before.get(key, self._engine.now()):
                return ""
            try:
                self._known[key] = self._kept_or_made(api, layout, language)
            except ChannelError as error:
                log.warning("no_menu", brand=key[0], menu=key[1], error_class=error.error_class, code=error.code)
                self._not_before[key] = self._engine.now() + _TRY_AGAIN
                return ""
            return self._known[key]

    def create_all(self, api: TwilioApi, languages: Sequence[str]) -> int:
        """Makes what is missing of all layouts; gives how many there are. Raises `ChannelError`."""
        for layout in LAYOUTS:
            for language in languages:
                self._kept_or_made(api, layout, language)
        return len(LAYOUTS) * len(languages)

    def forget(self, account: Account, layout: Layout, language: str) -> None:
        """The content is gone at Twilio: it is made anew at the next need."""
        key = (account.brand, layout.name, language)
        with self._lock, self._engine.database.unit_of_work() as session:
            self._known.pop(key, None)
            session.execute(MESSAGE_TEMPLATE.delete().where(*_row_of(key)))
            self._not_before[key] = self._engine.now() + _TRY_AGAIN

    def _kept_or_made(self, api: TwilioApi, layout: Layout, language: str) -> str:
        engine, account = self._engine, api.account
        key = (account.brand, layout.name, language)
        definition = definition_of(layout, language, engine.renderer.label("@choose", language))
        fingerprint = _fingerprint(account.sid, definition)
        with engine.database.reading() as session:
            row = session.execute(sa.select(MESSAGE_TEMPLATE).where(*_row_of(key))).one_or_none()
        if row is not None and row.fingerprint == fingerprint and row.content_sid:
            return str(row.content_sid)
        sid = api.create_content(definition)
        values = {
            "content_sid": sid,
            "fingerprint": fingerprint,
            "variables": [],
            "category": "SESSION",
            "status": "session",
            "problem": "",
            "synced_at": engine.now(),
        }
        with engine.database.unit_of_work() as session:
            if row is None:
                names = dict(zip(("brand", "name", "language"), key, strict=True))
                insert_or_keep(session, MESSAGE_TEMPLATE, {**names, **values}, "brand", "name", "language")
            session.execute(MESSAGE_TEMPLATE.update().where(*_row_of(key)).values(**values))
        log.info("menu_made", brand=account.brand, menu=layout.name, language=language)
        return sid


def _row_of(key: tuple[str, str, str]) -> tuple[sa.ColumnElement[bool], ...]:
    brand, name, language = key
    template = MESSAGE_TEMPLATE.c
    return template.brand == brand, template.name == name, template.language == language


def _fingerprint(account_sid: str, definition: Mapping[str, Any]) -> str:
    """Of the account and the layout: a content of another account, or of another shape, is made anew."""
    made = json.dumps([account_sid, definition], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(made.encode()).hexdigest()
