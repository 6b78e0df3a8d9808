"""What protects the pages: headers on every answer, limits on every body, tokens on every form, a limit on tries."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from threading import Lock
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.logs import log

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        # Pictures that the visitor chose are shown before they are sent.
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_SMALL_BODY = 64 * 1024
# An update that quotes a long message in Hindi, each letter escaped, is longer than any form of ours.
_UPDATE_BODY = 256 * 1024
# A multipart body is a little longer than the file in it.
_AROUND_A_FILE = 64 * 1024
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_CALLERS = 10_000


class BodyTooLarge(Exception):
    """A body that is longer than its address takes."""


class Shield:
    """Adds the headers to every answer; refuses bodies that are too long, whatever their length is said to be, and
    what another site's page sends to ours (providers' webhooks carry no such headers). `refusal` makes the answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        largest_file: int,
        file_paths: frozenset[str],
        https: bool,
        refusal: Callable[[Request, int], Response],
    ) -> None:
        self._app = app
        self._refusal = refusal
        self._largest_file = largest_file + _AROUND_A_FILE
        self._file_paths = file_paths
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        answer = _Answer(send, self._headers(scope["path"]))
        headers = Headers(scope=scope)
        said = headers.get("content-length", "")
        if said and (not said.isdecimal() or int(said) > limit):
            log.warning("body_too_large", path=scope["path"][:200])
            await self._refusal(Request(scope), 413)(scope, receive, answer.send)
        elif is_foreign(scope["method"], headers):
            await self._refusal(Request(scope), 403)(scope, receive, answer.send)
        else:
            await self._serve(scope, _counted(receive, limit), answer)

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """The application's answer; a fault in it is logged and said in the same look, with the same headers."""
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:
            if answer.begun:
                raise
            log.error("page_failed", path=scope["path"], error=error)
            await self._refusal(Request(scope), 500)(scope, receive, answer.send)

    def _limit(self, path: str) -> int:
        if path in self._file_paths:
            return self._largest_file
        return _UPDATE_BODY if path.startswith("/webhooks/telegram/") else _SMALL_BODY

    def _headers(self, path: str) -> dict[str, str]:
        headers = dict(HEADERS)
        if self._https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if not path.startswith("/static/"):
            headers["Cache-Control"] = "no-store"
        return headers


class _Answer:
    """Passes an answer on with the headers added that it does not set itself; `begun` once any of it was sent."""

    def __init__(self, send: Send, headers: Mapping[str, str]) -> None:
        self._send = send
        self._headers = headers
        self.begun = False

    async def send(self, message: Message) -> None:
        """Passes one part on."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


def _counted(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLarge
        return message

    return receiving


class Tokens:
    """Tokens that tie a form to the cookie of the browser it was made for, and values signed as ours."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = [hashlib.sha256(f"refund-desk:pages:{key}".encode()).digest() for key in keys]

    def sign(self, purpose: str, value: str) -> str:
        """The signature of `value`."""
        return _signature(self._keys[0], purpose, value)

    def is_signed(self, purpose: str, value: str, signature: str) -> bool:
        """Whether we signed `value`, with this key or one before it."""
        made = (_signature(key, purpose, value) for key in self._keys)
        return any(hmac.compare_digest(each, signature) for each in made)

    def csrf(self, cookie: str) -> str:
        """The token of the forms of the browser with `cookie`."""
        return self.sign("csrf", cookie)

    def is_csrf(self, cookie: str, token: str) -> bool:
        """Whether `token` stood in a form made for `cookie`."""
        return bool(cookie) and self.is_signed("csrf", cookie, token)


def _signature(key: bytes, purpose: str, value: str) -> str:
    return hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()[:43]


def is_foreign(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request that changes something was sent by another site's page, as far as the browser tells."""
    if method in _SAFE:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


class Limiter:
    """At most `most` of something within `seconds` from one caller; the memory it takes is bounded."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def allows(self, caller: str, *, count: bool = True) -> bool:
        """Whether `caller` may go on; counts this time unless told otherwise."""
        now = time.monotonic()
        with self._lock:
            times = self._seen.setdefault(caller, deque())
            self._seen.move_to_end(caller)
            while times and times[0] <= now - self._seconds:
                times.popleft()
            if len(self._seen) > _MOST_CALLERS:
                self._seen.popitem(last=False)
            if len(times) >= self._most:
                return False
            if count:
                times.append(now)
            return True


def caller(request: Request) -> str:
    """Where a request comes from; behind a proxy that is what the server was told to trust."""
    return request.client.host if request.client else "unknown"


def is_https(request: Request) -> bool:
    """Whether cookies of this request can be kept to encrypted connections."""
    return request.url.scheme == "https"
