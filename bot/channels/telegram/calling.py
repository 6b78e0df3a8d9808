"""Calls of the Bot API: python-telegram-bot's `Bot` over connections that block.

Delivery runs on threads. An event loop beside them, as the library would have it, takes 2.6 ms of CPU for a message;
the same `Bot` over httpcore's blocking pool takes 0.8. Its coroutines then never wait, and so they are run to their
end at once.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import httpcore
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.protocol import ChannelError

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 10.0
_CONNECTIONS = 32
# Telegram closes what is idle; a connection that it is about to close would lose a message's verdict.
_IDLE_SECONDS = 20.0
_WAIT_UNSAID = timedelta(seconds=5)
_LONGEST_CODE = 100

Result = TypeVar("Result")


class NotSent(NetworkError):
    """There was no connection, so that nothing of the request went."""


class Unclear(NetworkError):
    """The request went, and no answer came."""


class ServerFault(NetworkError):
    """Telegram answered with a status from 500 on."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"Telegram answered {status}")


class TooFast(TelegramError):
    """Telegram asks for a pause."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(f"Telegram asks for a pause of {wait}")


class Connections(BaseRequest):
    """The library's way to the network, over connections that are kept and shared by all threads."""

    def __init__(self) -> None:
        self._pool = httpcore.ConnectionPool(max_connections=_CONNECTIONS, keepalive_expiry=_IDLE_SECONDS)

    @property
    def read_timeout(self) -> float:
        """How long an answer is waited for."""
        return _ANSWER_SECONDS

    async def initialize(self) -> None:
        """Nothing: connections are opened when they are needed."""

    async def shutdown(self) -> None:
        """Closes the connections."""
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        """(status, body) of the answer. Raises `NotSent`, `Unclear`, `ServerFault` and `TooFast`."""
        body = json.dumps(request_data.parameters if request_data else {}).encode()
        headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
        seconds = float(read_timeout) if isinstance(read_timeout, int | float) else _ANSWER_SECONDS
        try:
            answer = self._pool.request(
                method, url, headers=self._headers(url, headers), content=body, extensions=_limits(seconds)
            )
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            raise NotSent(type(error).__name__) from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Unclear(type(error).__name__) from None
        if answer.status >= 500:
            raise ServerFault(answer.status)
        if answer.status == 429:
            raise TooFast(_pause(answer.content))
        return answer.status, answer.content

    def stream(self, url: str, most: int) -> Iterator[bytes]:
        """The content at `url` in pieces, at most `most` bytes; redirects are not followed. Raises `ChannelError`."""
        taken = 0
        try:
            with self._pool.stream(
                "GET", url, headers=self._headers(url, []), extensions=_limits(_ANSWER_SECONDS)
            ) as answer:
                if answer.status != 200:
                    raise ChannelError("later" if answer.status >= 429 else "dead", f"file {answer.status}")
                for piece in answer.iter_stream():
                    taken += len(piece)
                    if taken > most:
                        raise ChannelError("dead", "too_big")
                    yield piece
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise ChannelError("later", f"file {type(error).__name__}") from None

    def _headers(self, url: str, more: list[tuple[str, str]]) -> list[tuple[str, str]]:
        at = httpcore.URL(url)
        usual = at.port in {None, 443 if at.scheme == b"https" else 80}
        host = at.host.decode() if usual else f"{at.host.decode()}:{at.port}"
        return [("host", host), ("user-agent", "refund-desk"), *more]


def _limits(answer_seconds: float) -> dict[str, Any]:
    return {
        "timeout": {
            "connect": _CONNECT_SECONDS,
            "pool": _CONNECT_SECONDS,
            "write": _ANSWER_SECONDS,
            "read": answer_seconds,
        }
    }


def _pause(body: bytes) -> timedelta:
    """How long Telegram wants us to wait."""
    try:
        seconds = json.loads(body)["parameters"]["retry_after"]
        return timedelta(seconds=max(1, int(seconds)))
    except (ValueError, KeyError, TypeError):
        # A gateway on the way may say 429 in words of its own.
        return _WAIT_UNSAID


def make_bot(token: str, api_base: str, file_base: str, connections: Connections) -> Bot:
    """The library's bot for `token`; the bases end before `/bot<token>`."""
    return Bot(
        token,
        base_url=f"{api_base.rstrip('/')}/bot",
        base_file_url=f"{file_base.rstrip('/')}/bot",
        request=connections,
        get_updates_request=connections,
    )


def call(request: Coroutine[Any, Any, Result]) -> Result:
    """The result of a request of the `Bot`. Raises `TelegramError`."""
    try:
        request.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    request.close()
    raise RuntimeError("a request over blocking connections waited for an event loop")


def channel_error(error: TelegramError) -> ChannelError:
    """What an error of a sent message asks us to do."""
    match error:
        case TooFast():
            return ChannelError("later", "too_fast", error.wait)
        case NotSent():
            return ChannelError("later", f"not_connected {error.message}")
        case Unclear():
            return ChannelError("ambiguous", f"no_answer {error.message}")
        case ServerFault() if error.status in {502, 503}:
            # The gateway could not pass it on: that repeats nothing.
            return ChannelError("later", f"server {error.status}")
        case ServerFault():
            return ChannelError("ambiguous", f"server {error.status}")
        case Forbidden():
            return ChannelError("blocked", _code(error))
        case InvalidToken():
            return ChannelError("fix_first", "token")
        case ChatMigrated():
            return ChannelError("dead", "migrated")
        case Conflict():
            return ChannelError("later", "conflict")
        case BadRequest():
            return ChannelError("dead", _code(error))
        case _:
            return ChannelError("ambiguous", type(error).__name__)


def _code(error: TelegramError) -> str:
    """Telegram's own words: they name the kind of the error and nobody's data."""
    return error.message.removeprefix("Forbidden: ").removeprefix("Bad Request: ")[:_LONGEST_CODE]
