"""Long polling, for development: the updates come by asking, and go the same way as those of a webhook.

An update is confirmed by asking for those behind it, so only after it was stored.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from telegram.error import Conflict, InvalidToken, TelegramError

from bot.channels.protocol import ChannelError
from bot.channels.telegram.arriving import take_update
from bot.channels.telegram.calling import call, channel_error
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.updates import WANTED, Unreadable
from bot.logs import log

if TYPE_CHECKING:
    from bot.engine import Engine

_ASK_SECONDS = 20
_AFTER_ERROR = 3.0
_AFTER_CONFLICT = 15.0


class Polling:
    """Asks for the updates of every brand that has a bot, each on a thread of its own."""

    def __init__(self, engine: Engine, channel: TelegramChannel, *, ask_seconds: int = _ASK_SECONDS) -> None:
        self._engine = engine
        self._channel = channel
        self._ask_seconds = ask_seconds
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._offsets: dict[str, int] = {}

    def start(self, *, delete_webhook: bool = False) -> None:
        """Begins to ask. `delete_webhook` takes away a webhook that is set, which keeps Telegram from answering."""
        for brand in self._channel.brands:
            thread = threading.Thread(target=self._run, args=(brand, delete_webhook), name=f"poll-{brand}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Stops after the question that is under way; its answer stays with Telegram."""
        self._stopping.set()

    def ask(self, brand: str) -> int:
        """Asks once and stores what comes; gives how many updates. Raises `TelegramError` and what storing raises."""
        updates = call(
            self._channel.api(brand).get_updates(
                offset=self._offsets.get(brand), timeout=self._ask_seconds, allowed_updates=WANTED
            )
        )
        for update in updates:
            if self._stopping.is_set():
                break
            try:
                take_update(self._engine, self._channel, brand, update.to_json().encode())
            except Unreadable as error:
                log.warning("telegram_update_refused", brand=brand, why=str(error))
            self._offsets[brand] = update.update_id + 1
        return len(updates)

    def _run(self, brand: str, delete_webhook: bool) -> None:
        while not self._stopping.is_set():
            try:
                if delete_webhook:
                    call(self._channel.api(brand).delete_webhook())
                    delete_webhook = False
                self.ask(brand)
            except Conflict as error:
                log.error("telegram_polling_refused", brand=brand, why=explained(error))
                self._stopping.wait(_AFTER_CONFLICT)
            except InvalidToken:
                log.error("telegram_polling_stopped", brand=brand, why="Telegram does not know this bot's token")
                return
            except TelegramError as error:
                told: ChannelError = channel_error(error)
                log.warning("telegram_polling_failed", brand=brand, why=told.code)
                self._stopping.wait(told.wait.total_seconds() if told.wait else _AFTER_ERROR)
            except Exception as error:
                # Storing failed: nothing of it is confirmed, and it comes again.
                log.error("telegram_polling_failed", brand=brand, error=error)
                self._stopping.wait(_AFTER_ERROR)


def explained(conflict: Conflict) -> str:
    """Why Telegram does not hand out updates, and what to do."""
    if "webhook" in conflict.message.lower():
        return "a webhook is set for this bot: start with --poll --delete-webhook to take it away"
    return "another process polls this bot: only one can"
