"""A customer on Telegram, the Bot API on loopback, and between them the application as it is served."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from telegram_server import BOT_ID, TelegramServer

from bot.channels.telegram.channel import TelegramChannel
from bot.clock import ManualClock
from bot.engine import Engine
from bot.tables import INBOX, MESSAGE, OUTBOX
from dialogs.heard import Heard, Message
from dialogs.records import Records
from dialogs.talk import Talk
from dialogs.turn import Button, Say, Turn
from policies.pack import Pack

with warnings.catch_warnings():
    # Starlette would rather use a successor of httpx, which says the same to a test.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

BRAND = "webpino"
SECRET = "made-up_secret"
ASHA = 420042
HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONG_PAYLOAD = "slot:order_id:" + "अ" * 30

TEXTS = {
    "echo": "{{ text }}",
    "apology": "Sorry.",
    "only_in_private": "{{ brand }} answers in private only.",
}


class Reader:
    """Reads nothing: the step below goes by the words."""

    def read(self, message: Message, now: datetime, **_: Any) -> Heard:
        return Heard(message, "en")


def echo_step(talk: Talk, heard: Sequence[Heard], pack: Pack, records: Records, now: datetime) -> Turn:
    """Repeats what was heard, as (kind: words) joined by bars; "choose" and "long" bring buttons."""
    parts = []
    for each in heard:
        message = each.message
        kind = message.attachment.kind if message.attachment else message.kind
        refused = f" {message.attachment.refused}" if message.attachment and message.attachment.refused else ""
        payload = f" [{message.payload}]" if message.payload else ""
        parts.append(f"{kind}{refused}: {message.text}{payload}")
    word = heard[-1].text
    buttons = {
        "choose": (Button("Yes", "yes"), Button("No", "no"), Button("Talk to a person", "human")),
        "long": (Button("Order", LONG_PAYLOAD),),
    }.get(word, ())
    return Turn(talk, (Say("echo", {"text": " | ".join(parts)}, buttons),))


@dataclass
class Wire:
    """The three of them, and short ways to play the customer."""

    server: TelegramServer
    engine: Engine
    client: TestClient
    clock: ManualClock
    update_id: int = 5000
    message_id: int = 100
    made: list[dict[str, Any]] = field(default_factory=list)

    @property
    def channel(self) -> TelegramChannel:
        """The channel under test."""
        channel = self.engine.channels["telegram"]
        assert isinstance(channel, TelegramChannel)
        return channel

    # What Telegram makes of what people do

    def update(self, **content: Any) -> dict[str, Any]:
        """The next update."""
        self.update_id += 1
        made = {"update_id": self.update_id, **content}
        self.made.append(made)
        return made

    def message(self, who: int = ASHA, **content: Any) -> dict[str, Any]:
        """An update with the next message of a customer."""
        self.message_id += 1
        return self.update(message=self.written(self.message_id, who, **content))

    def edited(self, message_id: int, who: int = ASHA, **content: Any) -> dict[str, Any]:
        """An update with the edited form of a message."""
        return self.update(edited_message={**self.written(message_id, who, **content), "edit_date": self.date()})

    def written(self, message_id: int, who: int, **content: Any) -> dict[str, Any]:
        """A message as Telegram tells it."""
        return {
            "message_id": message_id,
            "date": self.date(),
            "chat": {"id": who, "type": "private", "first_name": "Asha"},
            "from": {"id": who, "is_bot": False, "first_name": "Asha", "last_name": "Rao", "language_code": "en"},
            **content,
        }

    def tap(self, message_id: int, data: str, query: str = "", who: int = ASHA) -> dict[str, Any]:
        """An update with a tap on the button that carries `data`, below a message of the bot."""
        keyboard = self.server.keyboards.get(message_id)
        message = {
            "message_id": message_id,
            "date": self.date(),
            "chat": {"id": who, "type": "private", "first_name": "Asha"},
            "from": {"id": int(BOT_ID), "is_bot": True, "first_name": "Refund Desk"},
            "text": "…",
            **({"reply_markup": keyboard} if keyboard else {}),
        }
        query_id = query or f"query-{self.update_id}"
        self.server.queries.add(query_id)
        sender = {"id": who, "is_bot": False, "first_name": "Asha"}
        tapped = {"id": query_id, "from": sender, "message": message, "chat_instance": "1", "data": data}
        return self.update(callback_query=tapped)

    def date(self) -> int:
        """The clock as Telegram tells it."""
        return int(self.clock().timestamp())

    # What reaches us

    def post(self, update: Any, secret: str | None = SECRET, brand: str = BRAND) -> Any:
        """The webhook call with `update` (bytes stand as they are)."""
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        headers = {"content-type": "application/json", **({HEADER: secret} if secret is not None else {})}
        return self.client.post(f"/webhooks/telegram/{brand}", content=body, headers=headers)

    def says(self, text: str, who: int = ASHA) -> int:
        """The customer types, and gets the answer; gives the message's id."""
        assert self.post(self.message(who, text=text)).status_code == 200
        message_id = self.message_id
        self.answers()
        return message_id

    def answers(self) -> list[str]:
        """Lets the bot answer what is unread; gives the texts that the customer now has."""
        self.clock.advance(timedelta(seconds=6))
        self.engine.settle()
        self.channel.courtesies.wait()
        return self.server.texts()

    # What is stored

    def stored(self) -> list[Any]:
        """The rows of the inbox."""
        with self.engine.database.reading() as session:
            return list(session.execute(INBOX.select().order_by(INBOX.c.id)).all())

    def transcript(self) -> list[Any]:
        """The rows of the transcript."""
        with self.engine.database.reading() as session:
            return list(session.execute(MESSAGE.select().order_by(MESSAGE.c.id)).all())

    def outbox(self) -> list[Any]:
        """The rows of the outbox."""
        with self.engine.database.reading() as session:
            return list(session.execute(OUTBOX.select().order_by(OUTBOX.c.id)).all())
