"""Twilio's forms, read: a customer's message into `Inbound`s, a status callback into `Status`.

A form is a list of (name, value) as they stood in the body; a name that we do not know is left alone, since Twilio adds
some without notice. What a customer chose (a profile name, a file's type) is a claim and nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs

from bot.channels.protocol import ChannelError, Inbound
from bot.channels.whatsapp.account import Account, sender_of
from bot.channels.whatsapp.errors import not_delivered
from dialogs.heard import AttachmentKind, MessageKind

NAME = "whatsapp"
_MOST_MEDIA = 10
_LONGEST_NAME = 80
_LONGEST_PAYLOAD = 200
_LONGEST_TEXT = 16_000
_SID = re.compile(r"[A-Za-z0-9]{4,64}")
_STATUSES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
# Controls, and the marks that turn the direction of a text around: a name is shown to agents beside others.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class UnreadableForm(ValueError):
    """A signed form without what every form of its kind has."""


@dataclass(frozen=True)
class Media:
    """One file of a message: where it lies at Twilio and what its type is said to be."""

    url: str
    mime: str


@dataclass(frozen=True)
class Status:
    """How far a message of ours got. `reached` is None for steps that say nothing yet, such as queued."""

    provider_id: str
    reached: Literal["sent", "delivered", "read", "failed"] | None
    outbox_id: int | None
    error: ChannelError | None


def fields_of(form: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The fields by name; of a name that stands twice, the first."""
    fields: dict[str, str] = {}
    for name, value in form:
        fields.setdefault(name, value)
    return fields


def read_message(fields: Mapping[str, str], account: Account, now: datetime) -> list[Inbound]:
    """The message as the inbox takes it, one `Inbound` for each of its files; empty for a mere reaction.

    Raises `UnreadableForm`.
    """
    sid = _sid(fields)
    sender = _sender(fields)
    if fields.get("MessageType", "").lower() == "reaction":
        return []
    tap = fields.get("ListId") or fields.get("ButtonPayload") or ""
    media = _media(fields)
    body = _clean_text(fields.get("Body", ""))
    if tap and len(tap) <= _LONGEST_PAYLOAD:
        shown = fields.get("ListTitle") or fields.get("ButtonText") or body
        return [_inbound(account, sid, sender, fields, now, kind="tap", text=_clean_text(shown), payload=tap)]
    if media:
        return with_media(_inbound(account, sid, sender, fields, now, kind="attachment", text=body), media)
    if "Latitude" in fields:
        place = " ".join(part for part in (fields.get("Label"), fields.get("Address")) if part) or body
        return [_inbound(account, sid, sender, fields, now, kind="location", text=_clean_text(place))]
    kind: MessageKind = "text" if body.strip() else "unsupported"
    return [_inbound(account, sid, sender, fields, now, kind=kind, text=body)]


def with_media(first: Inbound, media: Sequence[Media]) -> list[Inbound]:
    """A message with files, as one `Inbound` for each; the words go with the first.

    The second part of message SM1 has the id SM1:1, so that each part is stored once.
    """
    parts = []
    for number, each in enumerate(media):
        kind, attachment = _attachment(each, first.provider_id)
        parts.append(
            Inbound(
                brand=first.brand,
                channel=first.channel,
                account=first.account,
                provider_id=f"{first.provider_id}:{number}" if number else first.provider_id,
                sender=first.sender,
                kind=kind,
                received_at=first.received_at,
                text="" if number else first.text,
                sender_name=first.sender_name,
                attachment=attachment,
            )
        )
    return parts


def _attachment(media: Media, sid: str) -> tuple[MessageKind, dict[str, Any] | None]:
    """The kind of message that a file makes, and where it is fetched from. Shared contacts are not fetched."""
    mime = media.mime.partition(";")[0].strip().lower()
    if "vcard" in mime:
        return "contact", None
    return "attachment", {
        "fetch": {"url": media.url, "message": sid},
        "kind": _file_kind(mime),
        "name": "",
        "mime": mime,
        "size": 0,
    }


def _file_kind(mime: str) -> AttachmentKind:
    if mime == "image/webp":
        return "sticker"
    kinds: dict[str, AttachmentKind] = {"image": "photo", "video": "video", "audio": "voice"}
    return kinds.get(mime.partition("/")[0], "document")


def read_status(fields: Mapping[str, str], query: str) -> Status:
    """A status callback; `query` is that of its address, where our own id of the message stands.

    Raises `UnreadableForm`.
    """
    outbox = parse_qs(query).get("outbox", [""])[0]
    status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
    return status_of(
        _sid(fields),
        "read" if fields.get("EventType", "").upper() == "READ" else status,
        fields.get("ErrorCode", ""),
        int(outbox) if outbox.isdecimal() and len(outbox) <= 18 else None,
    )


def status_of(sid: str, status: str, code: str, outbox_id: int | None = None) -> Status:
    """What Twilio's `status` and error `code` say of a message of ours."""
    reached = _STATUSES.get(status.lower())
    error = not_delivered(code.strip(), status.lower()) if reached == "failed" else None
    return Status(sid, reached, outbox_id, error)


def _sid(fields: Mapping[str, str]) -> str:
    sid = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid") or ""
    if not _SID.fullmatch(sid):
        raise UnreadableForm("no MessageSid")
    return sid


def _sender(fields: Mapping[str, str]) -> tuple[str, str]:
    """Who wrote: the number, else the id that WhatsApp gives to a person who hides it."""
    for name in ("From", "ExternalUserId"):
        kind, value = sender_of(fields.get(name, ""))
        if value:
            return kind, value
    raise UnreadableForm("no sender")


def _media(fields: Mapping[str, str]) -> list[Media]:
    count = fields.get("NumMedia", "") or "0"
    if not count.isdecimal() or int(count) > _MOST_MEDIA:
        raise UnreadableForm("NumMedia is no count of files")
    found = []
    for number in range(int(count)):
        url = fields.get(f"MediaUrl{number}", "")
        if not url:
            raise UnreadableForm(f"no MediaUrl{number}")
        found.append(Media(url, fields.get(f"MediaContentType{number}", "")))
    return found


def _clean_text(text: str) -> str:
    """Without null characters, which not every database keeps, and no longer than a message can be."""
    return text.replace("\x00", "")[:_LONGEST_TEXT]


def _clean_name(name: str) -> str:
    return " ".join(_UNSEEN.sub("", name).split())[:_LONGEST_NAME]


def _inbound(
    account: Account,
    sid: str,
    sender: tuple[str, str],
    fields: Mapping[str, str],
    now: datetime,
    *,
    kind: MessageKind,
    text: str,
    payload: str = "",
) -> Inbound:
    return Inbound(
        brand=account.brand,
        channel=NAME,
        account=account.sender,
        provider_id=sid,
        sender=sender,
        kind=kind,
        received_at=now,
        text=text,
        payload=payload.replace("\x00", ""),
        sender_name=_clean_name(fields.get("ProfileName", "")),
    )
