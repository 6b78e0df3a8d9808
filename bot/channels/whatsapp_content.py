"""Twilio's Content API: layouts of messages, and WhatsApp's approval of those that are sent unasked.

https://www.twilio.com/docs/content/content-api-resources. Creating is not idempotent there: who creates looks first
whether a content of that name is there already.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError

from bot.channels.protocol import ChannelError

_HOST = "https://content.twilio.com"
_TIMEOUT = urllib3.Timeout(connect=5, read=15)
_MOST_PAGES = 200
_PAGE_SIZE = 500


@dataclass(frozen=True)
class Content:
    """A content as the provider knows it. `status` is WhatsApp's word on it, `unsubmitted` where it was never asked."""

    sid: str
    name: str
    language: str
    status: str = "unsubmitted"
    category: str = ""
    problem: str = ""


class ContentApi:
    """The Content API of one account. `base` replaces the host, the path kept. All calls raise `ChannelError`."""

    def __init__(self, account_sid: str, password: str, base: str = "", *, user: str = "") -> None:
        """`password` is the auth token, or the secret of the API key `user`."""
        self._base = (base or _HOST).rstrip("/")
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)
        self._headers = urllib3.make_headers(basic_auth=f"{user or account_sid}:{password}")

    def create(self, name: str, language: str, types: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        """A new content; gives its ContentSid."""
        given = {"friendly_name": name, "language": language, "variables": dict(variables), "types": dict(types)}
        return str(self._call("POST", "/v1/Content", given)["sid"])

    def submit(self, sid: str, name: str, category: str) -> str:
        """Asks WhatsApp to approve a content; gives the status that it has now."""
        path = f"/v1/Content/{sid}/ApprovalRequests/whatsapp"
        return str(self._call("POST", path, {"name": name, "category": category}).get("status") or "received")

    def contents(self) -> Iterator[Content]:
        """Every content of the account with WhatsApp's word on it."""
        path = f"/v1/ContentAndApprovals?PageSize={_PAGE_SIZE}"
        for _ in range(_MOST_PAGES):
            page = self._call("GET", path)
            yield from (_content(each) for each in page.get("contents", ()))
            following = (page.get("meta") or {}).get("next_page_url")
            if not following:
                return
            # Only the path of what is given is followed, on the host that we were told to use.
            parts = urlsplit(str(following))
            path = f"{parts.path}?{parts.query}"
        raise ChannelError("dead", f"more than {_MOST_PAGES} pages of contents")

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def _call(self, method: str, path: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = None if given is None else json.dumps(given).encode()
        headers = {**self._headers, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = self._pool.request(method, self._base + path, body=body, headers=headers)
        except NewConnectionError as error:
            raise ChannelError("later", "not_connected") from error
        except HTTPError as error:
            raise ChannelError("ambiguous" if body else "later", type(error).__name__) from error
        if answer.status not in {200, 201, 202}:
            refused = _refused(answer)
            # Whether a fault came before or after the work was done, nobody can tell.
            raise ChannelError("ambiguous", refused.code) if body and answer.status >= 500 else refused
        read = _json(answer)
        if read is None:
            raise ChannelError("ambiguous", "unreadable_answer")
        return read


def _content(given: Mapping[str, Any]) -> Content:
    asked = given.get("approval_requests") or {}
    return Content(
        sid=str(given.get("sid") or ""),
        name=str(given.get("friendly_name") or ""),
        language=str(given.get("language") or ""),
        status=str(asked.get("status") or "unsubmitted").lower(),
        category=str(asked.get("category") or ""),
        problem=str(asked.get("rejection_reason") or ""),
    )


def _refused(answer: urllib3.BaseHTTPResponse) -> ChannelError:
    told = _json(answer) or {}
    words = " ".join(str(told[key]) for key in ("code", "message") if told.get(key))
    code = words or f"http_{answer.status}"
    if answer.status == 429:
        wait = str(answer.headers.get("Retry-After", ""))
        return ChannelError("later", code, timedelta(seconds=int(wait)) if wait.isdigit() else None)
    if answer.status in {401, 403}:
        return ChannelError("fix_first", code)
    return ChannelError("later" if answer.status >= 500 else "dead", code)


def _json(answer: urllib3.BaseHTTPResponse) -> dict[str, Any] | None:
    try:
        read = json.loads(answer.data)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
