"""What Telegram sends: an update, checked field by field and turned into what it means to us.

python-telegram-bot's `Update.de_json` takes a quarter of a millisecond, a tenth of all that a turn may cost, and
believes the types it is given. So the few fields that are used are read here, by pydantic, straight from the bytes;
a test holds these shapes against the library's own types.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.channels.protocol import Inbound
from dialogs.heard import AttachmentKind, MessageKind

NAME = "telegram"
# What setWebhook and getUpdates ask for; nothing else is sent to us.
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
LARGEST_DOWNLOAD = 20 * 1024 * 1024
"""The Bot API hands out no larger file."""
# A message that waited at Telegram while we were away counts from when it was written; they wait a day at most.
_WAITED = timedelta(minutes=1)
_WAITED_AT_MOST = timedelta(hours=25)
_LONGEST_NAME = 100
# What the chat says about itself: nobody wants an answer to it.
_CHAT_NOTES = frozenset(
    re.findall(
        r"\w+",
        """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id
    migrate_from_chat_id pinned_message successful_payment refunded_payment users_shared chat_shared connected_website
    write_access_allowed passport_data proximity_alert_triggered boost_added chat_background_set checklist_tasks_done
    checklist_tasks_added direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created giveaway
    giveaway_winners giveaway_completed paid_message_price_changed video_chat_scheduled video_chat_started
    video_chat_ended video_chat_participants_invited web_app_data suggested_post_approved suggested_post_approval_failed
    suggested_post_declined suggested_post_paid suggested_post_refunded chat_owner_left chat_owner_changed
    """,
    )
)


class Unreadable(ValueError):
    """A body that is no update: not JSON, cut off, or of other types than Telegram's. It names the field, no values."""


_Number = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class _User(_Shape):
    id: _Number
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str = ""


class _Chat(_Shape):
    id: _Number
    type: str


class _File(_Shape):
    file_id: str
    file_unique_id: str = ""
    file_size: _Number = 0
    file_name: str = ""
    mime_type: str = ""


class _Place(_Shape):
    latitude: float
    longitude: float


class _Contact(_Shape):
    phone_number: str
    user_id: _Number | None = None


class _Button(_Shape):
    text: str = ""
    callback_data: str = ""


class _Keyboard(_Shape):
    inline_keyboard: tuple[tuple[_Button, ...], ...] = ()


class _Message(_Shape):
    """A message. What is not named here stays visible by its name alone (`model_extra`)."""

    model_config = ConfigDict(extra="allow")

    message_id: _Number
    date: _Number
    chat: _Chat
    sender: _User | None = Field(None, alias="from")
    message_thread_id: _Number | None = None
    text: str = ""
    caption: str = ""
    photo: tuple[_File, ...] = ()
    animation: _File | None = None
    document: _File | None = None
    video: _File | None = None
    video_note: _File | None = None
    voice: _File | None = None
    audio: _File | None = None
    sticker: _File | None = None
    location: _Place | None = None
    contact: _Contact | None = None
    reply_markup: _Keyboard | None = None


class _Tap(_Shape):
    id: str
    sender: _User = Field(alias="from")
    message: _Message | None = None
    data: str = ""


class _Member(_Shape):
    status: str


class _Membership(_Shape):
    chat: _Chat
    sender: _User = Field(alias="from")
    new_chat_member: _Member


class _Update(_Shape):
    update_id: _Number
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _Tap | None = None
    my_chat_member: _Membership | None = None


@dataclass(frozen=True)
class Bot:
    """The bot that an update was sent to: whose it is, and its id."""

    brand: str
    account: str


@dataclass(frozen=True)
class Said:
    """A message of a customer for the inbox. `start` is what a link into the chat carried."""

    inbound: Inbound
    start: str = ""


@dataclass(frozen=True)
class Tapped:
    """A tapped button. `inbound.payload` is the data as the button carried it, `message_id` the message it stands on,
    0 where that is out of reach. The tap with id `query_id` waits for an answer.
    """

    inbound: Inbound
    query_id: str
    message_id: int


@dataclass(frozen=True)
class Blocked:
    """A customer blocked the bot, or took the block back."""

    sender: tuple[str, str]
    blocked: bool


@dataclass(frozen=True)
class Crowd:
    """Something from a group or channel, where nobody's refund is discussed. `language` is the writer's, or empty."""

    chat_id: int
    can_write: bool
    language: str = ""


@dataclass(frozen=True)
class Nothing:
    """An update that asks for nothing; `why` says of what kind it is."""

    why: str


Meaning = Said | Tapped | Blocked | Crowd | Nothing


def read_update(body: bytes, bot: Bot, now: datetime) -> Meaning:
    """What an update to `bot` means, received at `now`. Raises `Unreadable`."""
    try:
        update = _Update.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the body"
        raise Unreadable(f"{where}: {first['type']}") from None
    if update.my_chat_member is not None:
        return _read_membership(update.my_chat_member)
    if update.callback_query is not None:
        return _read_tap(update.update_id, update.callback_query, bot, now)
    message = update.message or update.edited_message
    if message is None:
        return Nothing("not_wanted")
    if message.chat.type != "private":
        language = _spoken(message.sender) if message.sender else ""
        return Crowd(message.chat.id, message.chat.type != "channel", language)
    if message.sender is None or message.sender.is_bot:
        return Nothing("bot")
    return _read_message(update.update_id, message, message.sender, bot, now, edited=update.message is None)


def thread_of(provider_id: str) -> int | None:
    """The topic that the message of this provider id stands in, if any; answers go there too."""
    thread = provider_id.partition("/")[2]
    return int(thread) if thread.isdecimal() else None


def _read_membership(change: _Membership) -> Meaning:
    gone = change.new_chat_member.status in {"kicked", "left"}
    if change.chat.type == "private":
        return Blocked(("telegram_id", str(change.chat.id)), gone)
    return Nothing("left") if gone else Crowd(change.chat.id, change.chat.type != "channel", _spoken(change.sender))


def _read_tap(update_id: int, tap: _Tap, bot: Bot, now: datetime) -> Meaning:
    message = tap.message
    if tap.sender.is_bot:
        return Nothing("bot")
    if message is not None and message.chat.type != "private":
        return Crowd(message.chat.id, message.chat.type != "channel", _spoken(tap.sender))
    keyboard = message.reply_markup if message is not None else None
    keys = [key for row in keyboard.inline_keyboard for key in row] if keyboard is not None else []
    label = next((key.text for key in keys if key.callback_data == tap.data), "")
    inbound = Inbound(
        brand=bot.brand,
        channel=NAME,
        account=bot.account,
        provider_id=_in_thread(f"tap:{tap.id}", message),
        sender=("telegram_id", str(tap.sender.id)),
        kind="tap",
        received_at=now,
        text=label,
        payload=tap.data,
        sequence=update_id,
        sender_name=_name(tap.sender),
    )
    return Tapped(inbound, tap.id, message.message_id if message is not None else 0)


def _read_message(
    update_id: int, message: _Message, sender: _User, bot: Bot, now: datetime, *, edited: bool
) -> Meaning:
    attachment = _attachment(message)
    text, start = message.text or message.caption, ""
    if message.contact is not None and message.contact.user_id == sender.id:
        # Telegram vouches that a person's own contact is theirs; what counts is the number.
        text = "+" + re.sub(r"\D", "", message.contact.phone_number)
    elif opened := re.match(r"/start(?:@\w+)? +(\S+)$", text):
        # The token is as good as a password until it was used: the transcript does without it.
        text, start = "/start", opened[1]
    kind: MessageKind
    if attachment is not None:
        kind = "attachment"
    elif text:
        kind = "text"
    elif message.location is not None:
        kind = "location"
    elif message.contact is not None:
        kind = "contact"
    elif _CHAT_NOTES & (message.model_extra or {}).keys():
        return Nothing("chat_note")
    else:
        kind = "unsupported"
    if edited and not text:
        return Nothing("edit_without_words")
    provider_id = f"{message.chat.id}:{message.message_id}"
    return Said(
        Inbound(
            brand=bot.brand,
            channel=NAME,
            account=bot.account,
            provider_id=_in_thread(f"{provider_id}@{update_id}" if edited else provider_id, message),
            sender=("telegram_id", str(sender.id)),
            kind=kind,
            received_at=now if edited else _written_at(message.date, now),
            text=text,
            sequence=update_id,
            sender_name=_name(sender),
            language=_spoken(sender),
            attachment=attachment,
            revises=_in_thread(provider_id, message) if edited else None,
        ),
        start,
    )


def _in_thread(provider_id: str, message: _Message | None) -> str:
    thread = message.message_thread_id if message is not None else None
    return provider_id if thread is None else f"{provider_id}/{thread}"


def _written_at(date: int, now: datetime) -> datetime:
    """When a message counts as received: now, unless it waited at Telegram for us."""
    waited = now.timestamp() - date
    if _WAITED.total_seconds() < waited <= _WAITED_AT_MOST.total_seconds():
        return datetime.fromtimestamp(date, UTC)
    return now


def _name(user: _User) -> str:
    """The name that the customer gave themselves: printable characters on one line, or nothing."""
    return _printable(" ".join(f"{user.first_name} {user.last_name}".split()))[:_LONGEST_NAME]


def _spoken(user: _User) -> str:
    """The language of the customer's app, where we speak it."""
    code = user.language_code.partition("-")[0]
    return code if code in {"en", "hi"} else ""


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


def _attachment(message: _Message) -> dict[str, Any] | None:
    """The file of a message: what is needed to fetch it, and what Telegram says of it."""
    found = _file(message)
    if found is None:
        return None
    kind, file, name = found
    said = {
        "kind": kind,
        "name": _printable(file.file_name) or name,
        "mime": _printable(file.mime_type),
        "size": file.file_size,
    }
    if file.file_size > LARGEST_DOWNLOAD:
        return {"key": "", **said, "refused": "too_big"}
    return {"fetch": {"file_id": file.file_id}, **said}


def _file(message: _Message) -> tuple[AttachmentKind, _File, str] | None:
    """(kind, file, what to call it where it has no name); a photo in its largest size."""
    if message.photo:
        return "photo", max(message.photo, key=lambda size: size.file_size), "photo.jpg"
    choices: tuple[tuple[AttachmentKind, _File | None, str], ...] = (
        # An animation comes as a document too, for old clients.
        ("video", message.animation, "animation.mp4"),
        ("video", message.video, "video.mp4"),
        ("video", message.video_note, "video.mp4"),
        ("voice", message.voice, "voice.ogg"),
        ("voice", message.audio, "audio.mp3"),
        ("sticker", message.sticker, "sticker.webp"),
        ("document", message.document, "document"),
    )
    return next(((kind, file, name) for kind, file, name in choices if file is not None), None)
