"""Customers' files, fetched from Twilio and from nowhere else.

The address stands in a webhook or in Twilio's list, and is checked all the same: the first hop is the API itself with
our account and this very message in its path. It answers with the file or sends us to one of the few hosts where Twilio
keeps files: there, no credentials are shown, and every address is resolved and refused where it is not a public one.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3

from bot.channels.protocol import ChannelError
from bot.channels.whatsapp.api import TIMEOUT, sending
from bot.channels.whatsapp.errors import refused

if TYPE_CHECKING:
    from bot.channels.whatsapp.account import Account

API_HOST = "api.twilio.com"
# Where Twilio keeps files; of the last, which is Amazon's, only Twilio's own folder.
_FILE_HOSTS = {
    "mms.twiliocdn.com": "/",
    "media.twiliocdn.com": "/",
    "s3-external-1.amazonaws.com": "/media.twiliocdn.com/",
}
_MOST_REDIRECTS = 2
_PIECE = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A file may come a little later than its message.
_NOT_YET = timedelta(seconds=5)


class MediaFetcher:
    """Fetches the files of one account. `base` is TWILIO_API_BASE: it stands for all of Twilio's hosts."""

    def __init__(self, pool: urllib3.PoolManager, base: str, most_bytes: int, most_seconds: float = 60) -> None:
        self._pool = pool
        self._base = urlsplit(base.rstrip("/")) if base else None
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds

    def fetch(self, account: Account, url: str, message_sid: str) -> Iterator[bytes]:
        """The file at `url`, in pieces. Raises `ChannelError`: `dead` for an address that is not Twilio's."""
        ends = time.monotonic() + self._most_seconds
        with ExitStack() as stack:
            place = self._first_hop(url, account, message_sid)
            headers = urllib3.make_headers(basic_auth=f"{account.user}:{account.password}")
            answer = self._open(stack, place, headers)
            for _ in range(_MOST_REDIRECTS):
                if answer.status not in _REDIRECTS:
                    break
                target = answer.headers.get("Location", "")
                place = self._file_place(urljoin(place.geturl(), target) if target else "")
                answer = self._open(stack, place, {})
            _check_status(answer.status)
            yield from self._pieces(answer, ends)

    def _first_hop(self, url: str, account: Account, message_sid: str) -> SplitResult:
        parts = _split(url)
        path = rf"/2010-04-01/Accounts/{re.escape(account.sid)}/Messages/{re.escape(message_sid)}/Media/ME[0-9A-Za-z]+"
        twilios = parts.scheme == "https" and parts.netloc == API_HOST
        if not (twilios or self._is_base(parts)) or not re.fullmatch(path, parts.path) or parts.query:
            raise ChannelError("dead", "media_address_refused")
        return self._placed(parts)

    def _file_place(self, url: str) -> SplitResult:
        parts = _split(url)
        folder = _FILE_HOSTS.get(parts.netloc)
        kept_there = parts.scheme == "https" and folder is not None and parts.path.startswith(folder)
        if not (kept_there or self._is_base(parts)) or ".." in parts.path:
            raise ChannelError("dead", "media_redirect_refused")
        return self._placed(parts)

    def _is_base(self, parts: SplitResult) -> bool:
        return self._base is not None and parts[:2] == self._base[:2]

    def _placed(self, parts: SplitResult) -> SplitResult:
        """The address with the host that stands for Twilio's, where one does."""
        if self._base is None or self._is_base(parts):
            return parts
        return parts._replace(scheme=self._base.scheme, netloc=self._base.netloc, path=self._base.path + parts.path)

    def _open(self, stack: ExitStack, parts: SplitResult, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        with sending():
            pool = self._pool if self._base is not None else stack.enter_context(_pinned(parts.netloc))
            address = parts.geturl() if self._base is not None else parts._replace(scheme="", netloc="").geturl()
            answer = pool.request(
                "GET", address, headers={**headers, "Host": parts.netloc}, redirect=False, preload_content=False
            )
        stack.callback(answer.close)
        return answer

    def _pieces(self, answer: urllib3.BaseHTTPResponse, ends: float) -> Iterator[bytes]:
        taken = 0
        with sending():
            for piece in answer.stream(_PIECE):
                taken += len(piece)
                if taken > self._most_bytes:
                    raise ChannelError("dead", "too_big")
                if time.monotonic() > ends:
                    raise ChannelError("later", "media_too_slow")
                yield piece


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise ChannelError("dead", "media_address_refused") from None


def _check_status(status: int) -> None:
    if status == 200:
        return
    if status == 404:
        raise ChannelError("later", "media_not_there", _NOT_YET)
    if status >= 500:
        raise ChannelError("later", f"http_{status}")
    if status in _REDIRECTS:
        raise ChannelError("dead", "too_many_redirects")
    raise refused(status, None)


def _pinned(host: str) -> urllib3.HTTPSConnectionPool:
    """Connections to the very address that was looked at, under the certificate of `host`."""
    return urllib3.HTTPSConnectionPool(
        public_address(host), server_hostname=host, assert_hostname=host, retries=False, timeout=TIMEOUT
    )


def public_address(host: str) -> str:
    """The address of `host`. Raises `ChannelError` where one of its addresses is not public, or it has none."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise ChannelError("later", "host_not_found") from error
    if not found or not all(ipaddress.ip_address(each).is_global for each in found):
        raise ChannelError("dead", "media_address_refused")
    return sorted(found, key=lambda each: ":" in each)[0]
