"""The templates at the provider: made from our texts, submitted for approval, and how far that got.

A text that was changed is another template with another name. Its forerunner goes on being sent until it is approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.channels.whatsapp_content import Content, ContentApi
from bot.database import insert_or_keep
from bot.settings import BadSettings, credential_name
from bot.tables import MESSAGE_TEMPLATE
from bot.whatsapp_templates import APPROVED, CATEGORY, CODES, TemplateText

if TYPE_CHECKING:
    from bot.engine import Engine

_NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "WHATSAPP_FROM")


class Contents(Protocol):
    """What the registry needs of the provider's Content API."""

    def create(self, name: str, language: str, types: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        """A new content; gives its ContentSid."""
        ...

    def submit(self, sid: str, name: str, category: str) -> str:
        """Asks for approval; gives the status."""
        ...

    def contents(self) -> Any:
        """Every content with its approval."""
        ...


@dataclass(frozen=True)
class Registered:
    """One template of a brand as it is known here. `problem` says why it is not sent, or what waits."""

    brand: str
    name: str
    language: str
    status: str
    content_sid: str
    category: str
    problem: str
    synced_at: datetime | None

    @property
    def may_go(self) -> bool:
        """Whether it may be sent."""
        return self.status == APPROVED and bool(self.content_sid) and self.category in {"", CATEGORY}


def content_api(engine: Engine, brand: str) -> ContentApi:
    """The Content API of a brand's account. Raises `BadSettings` where a credential is missing."""
    from bot.channels.whatsapp.channel import WhatsApp

    channel = engine.channels.get("whatsapp")
    account = channel.accounts.get(brand) if isinstance(channel, WhatsApp) else None
    if account is None:
        missing = next(name for name in _NEEDED if not engine.settings.credential(brand, name))
        raise BadSettings(f"{credential_name(brand, missing)} is missing: the templates of {brand} are kept there")
    return ContentApi(account.sid, account.password, engine.settings.twilio_api_base, user=account.user)


def brands_with_whatsapp(engine: Engine) -> list[str]:
    """The brands that have a WhatsApp number of their own."""
    return [brand for brand in engine.brands if engine.settings.credential(brand, "WHATSAPP_FROM")]


def registered(engine: Engine, brand: str) -> list[Registered]:
    """Every template that a brand needs, with what is known of it."""
    with engine.database.reading() as session:
        rows = session.execute(sa.select(MESSAGE_TEMPLATE).where(MESSAGE_TEMPLATE.c.brand == brand)).all()
    known = {(row.name, row.language): row for row in rows}
    return [_shown(brand, text, known.get((text.name, text.language))) for text in engine.template_texts.all()]


def create(engine: Engine, brand: str, contents: Contents) -> list[Registered]:
    """Makes and submits what is not at the provider yet, and notes how far all of it is; again changes nothing."""
    there = _by_name(contents)
    for text in engine.template_texts.all():
        name = text.content_name(brand)
        content = there.get(name)
        if content is None:
            sid = contents.create(name, CODES[text.language], text.types(), text.samples)
            content = Content(sid, name, CODES[text.language])
        if content.status == "unsubmitted":
            status = contents.submit(content.sid, name, CATEGORY)
            content = Content(content.sid, name, content.language, status.lower(), CATEGORY)
        there[name] = content
        # Kept one by one: what is at the provider is known here, even if the next call fails.
        _note(engine, brand, text, there)
    return registered(engine, brand)


def sync(engine: Engine, brand: str, contents: Contents) -> list[Registered]:
    """Notes what WhatsApp says of each template now."""
    there = _by_name(contents)
    for text in engine.template_texts.all():
        _note(engine, brand, text, there)
    return registered(engine, brand)


def _by_name(contents: Contents) -> dict[str, Content]:
    """The contents by our name; of several of one name the one that got farthest."""
    found: dict[str, Content] = {}
    for content in contents.contents():
        known = found.get(content.name)
        if known is None or (known.status != APPROVED and content.status != "unsubmitted"):
            found[content.name] = content
    return found


def _note(engine: Engine, brand: str, text: TemplateText, there: Mapping[str, Content]) -> None:
    """Stores what is known of one template: the newest text's, unless only its forerunner may be sent."""
    key = {"brand": brand, "name": text.name, "language": text.language}
    mine = [MESSAGE_TEMPLATE.c[name] == value for name, value in key.items()]
    with engine.database.unit_of_work() as session:
        row = session.execute(sa.select(MESSAGE_TEMPLATE).where(*mine)).one_or_none()
        newest = there.get(text.content_name(brand))
        older = _forerunner(row, text, there.values())
        values: dict[str, Any] = {"synced_at": engine.now()}
        if newest is not None and (older is None or newest.status == APPROVED):
            values |= _values(newest, problem=newest.problem)
            values |= {"fingerprint": text.fingerprint, "variables": list(text.variables)}
        elif older is not None:
            waits = f"the newer text is {newest.status}" if newest else "the text was changed: create it"
            values |= _values(older, problem=waits)
        else:
            values |= {"content_sid": "", "status": "unsubmitted", "problem": ""}
        insert_or_keep(session, MESSAGE_TEMPLATE, {**key, "variables": list(text.variables)}, *key)
        session.execute(MESSAGE_TEMPLATE.update().where(*mine).values(**values))


def _forerunner(row: Row[Any] | None, text: TemplateText, contents: Any) -> Content | None:
    """The content of an earlier text that may still be sent."""
    if row is None or row.fingerprint == text.fingerprint:
        return None
    found = (each for each in contents if each.sid == row.content_sid and each.status == APPROVED)
    return next(found, None)


def _values(content: Content, *, problem: str) -> dict[str, Any]:
    return {
        "content_sid": content.sid,
        "status": content.status,
        "category": content.category.upper(),
        "problem": problem,
    }


def _shown(brand: str, text: TemplateText, row: Row[Any] | None) -> Registered:
    if row is None:
        return Registered(brand, text.name, text.language, "unsubmitted", "", "", "", None)
    problem = row.problem
    if row.category not in {"", CATEGORY}:
        problem = f"WhatsApp counts it as {row.category}: it is not sent"
    elif not problem and row.fingerprint != text.fingerprint and row.content_sid:
        problem = "the text was changed: create it"
    return Registered(
        brand, text.name, text.language, row.status, row.content_sid, row.category, problem, row.synced_at
    )


def summary(templates: Sequence[Registered]) -> str:
    """How many may be sent, and which may not."""
    waiting = [f"{each.language}/{each.name} ({each.status})" for each in templates if not each.may_go]
    said = f"{len(templates) - len(waiting)} of {len(templates)} approved"
    if not waiting:
        return said
    more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
    return f"{said}; what these say waits for the customer to write: {', '.join(waiting[:3])}{more}"
