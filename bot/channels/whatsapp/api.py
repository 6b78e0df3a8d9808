"""Twilio's API by Twilio's client, over one pool of kept-open connections.

The pool is urllib3's: the client's own one, by requests, costs twice the processor time for a message. A request is
never repeated here, since creating a message is not idempotent: what went wrong comes out as a `ChannelError`.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.version import Version
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from bot.channels.protocol import ChannelError
from bot.channels.whatsapp.account import Account
from bot.channels.whatsapp.errors import refused

CONTENT = "https://content.twilio.com/v1/Content"
TIMEOUT = urllib3.Timeout(connect=5, read=15)
_CONNECTIONS = 32
_LONGEST_WAIT = 3600


def new_pool() -> urllib3.PoolManager:
    """Connections that are kept open and shared by all accounts; they follow no redirect and repeat nothing."""
    return urllib3.PoolManager(num_pools=8, maxsize=_CONNECTIONS, retries=False, timeout=TIMEOUT)


class PooledHttp(HttpClient):  # type: ignore[misc]  # twilio has no types
    """Twilio's requests over our pool; `base` replaces the host of each, the path kept, where it is given."""

    def __init__(self, pool: urllib3.PoolManager, base: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._pool = pool
        self._base = base.rstrip("/")

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The answer, whatever its status; raises `ChannelError` where there is none or it says to wait."""
        sent = dict(headers or {})
        if auth is not None:
            sent |= urllib3.make_headers(basic_auth=f"{auth[0]}:{auth[1]}")
        body = None
        if data:
            is_json = sent.get("Content-Type") == "application/json"
            body = json.dumps(data) if is_json else urlencode(_form(data))
        with sending():
            answer = self._pool.request(method.upper(), self._url(uri, params), body=body, headers=sent, redirect=False)
        if answer.status == 429:
            raise refused(429, 20429, _retry_after(answer.headers.get("Retry-After", "")))
        return Response(answer.status, answer.data.decode("utf-8", "replace"), dict(answer.headers))

    def _url(self, uri: str, params: Mapping[str, Any] | None) -> str:
        parts = urlsplit(uri)
        query = "&".join(part for part in (parts.query, urlencode(_form(params or {}))) if part)
        start = self._base or f"{parts.scheme}://{parts.netloc}"
        return f"{start}{parts.path}" + (f"?{query}" if query else "")


def _form(data: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Name and value of each field, a list's values one by one."""
    return [(name, each) for name, value in data.items() for each in (value if isinstance(value, list) else [value])]


def _retry_after(text: str) -> timedelta | None:
    if not text.strip().isdecimal():
        return None
    # Senders that were told the same moment do not all come back at it.
    return timedelta(seconds=min(int(text), _LONGEST_WAIT) + random.uniform(0, 1))  # noqa: S311 - jitter


@contextmanager
def sending() -> Iterator[None]:
    """What the connection did, as a `ChannelError`: only a connection that was never made surely sent nothing."""
    try:
        yield
    except (NewConnectionError, ConnectTimeoutError) as error:
        raise ChannelError("later", "not_connected") from error
    except HTTPError as error:
        raise ChannelError("ambiguous", type(error).__name__) from error


@contextmanager
def answering() -> Iterator[None]:
    """What Twilio answered, as a `ChannelError`."""
    try:
        yield
    except TwilioException as error:
        told = _answer_of(error)
        code = told.code if isinstance(told.code, int) else None
        raise refused(int(told.status), code) from error
    except (ValueError, KeyError) as error:
        # It was taken, and what came back is no answer of Twilio's.
        raise ChannelError("ambiguous", "unreadable_answer") from error


def _answer_of(error: TwilioException) -> TwilioRestException | TwilioServiceException:
    """The error with status and code; a page of a list brings the bare answer instead."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return error
    answer = next((each for each in error.args if isinstance(each, Response)), Response(500, ""))
    return Version.exception("GET", "", answer, "no page")


class TwilioApi:
    """What one account asks of Twilio. Every method raises `ChannelError`."""

    def __init__(self, account: Account, pool: urllib3.PoolManager, base: str) -> None:
        self.account = account
        self.client = Client(account.user, account.password, account.sid, http_client=PooledHttp(pool, base))

    def create_message(self, to: str, outbox_id: int, **content: str) -> str:
        """Sends a message with `body`, or `content_sid` and `content_variables`; gives its SID."""
        account = self.account
        from_whom = {"messaging_service_sid": account.service_sid} if account.service_sid else {}
        with answering():
            made = self.client.messages.create(
                to=to,
                from_=account.sender,
                status_callback=account.status_callback(outbox_id),
                **from_whom,
                **content,
            )
        return str(made.sid)

    def message(self, sid: str) -> Any:
        """One message as Twilio keeps it."""
        with answering():
            return self.client.messages(sid).fetch()

    def messages(self, **wanted: Any) -> Iterator[Any]:
        """The messages that fit (`to`, `from_`, `date_sent_after`), newest first, page by page."""
        with answering():
            yield from self.client.messages.stream(page_size=100, **wanted)

    def media_of(self, sid: str) -> list[tuple[str, str]]:
        """(address, type) of each file of a message."""
        path = f"https://api.twilio.com/2010-04-01/Accounts/{self.account.sid}/Messages/{sid}/Media"
        with answering():
            return [(f"{path}/{each.sid}", each.content_type) for each in self.client.messages(sid).media.stream()]

    def create_content(self, definition: Mapping[str, Any]) -> str:
        """Makes a content; gives its SID."""
        with answering():
            answer = self.client.request(
                "POST", CONTENT, data=dict(definition), headers={"Content-Type": "application/json"}
            )
            if not answer.ok:
                raise Version.exception("POST", CONTENT, answer, "no content was made")
            return str(json.loads(answer.text)["sid"])

    def show_typing(self, message_sid: str) -> None:
        """Shows the writer of `message_sid` that an answer is coming, and marks their message read."""
        with answering():
            self.client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=message_sid)

    def check(self) -> None:
        """Asks for something small, as any request would be asked: raises where the credentials are not accepted."""
        with answering():
            next(self.client.messages.stream(limit=1, page_size=1), None)
