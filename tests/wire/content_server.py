"""Twilio's Content API on loopback: it keeps contents, and refuses what the real one refuses."""

from __future__ import annotations

import base64
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT, TOKEN = "AC" + "0" * 32, "the token"
# What is asked for by the provider's description; anything else is refused.
_CREATE = {"friendly_name", "language", "variables", "types"}
_APPROVE = {"name", "category"}
_STATUSES = ["unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"]


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.body = {"code": code, "message": message, "status": status}
        super().__init__(message)


class ContentServer:
    """Keeps contents by ContentSid, in pages of two; `down` is a status that every call is answered with."""

    def __init__(self) -> None:
        self.contents: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.down: int | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._answer(self, "GET")

            def do_POST(self) -> None:
                server._answer(self, "POST")

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops."""
        self._server.shutdown()
        self._server.server_close()

    def decide(self, status: str, part: str = "", problem: str = "", category: str = "UTILITY") -> None:
        """WhatsApp's word on every submitted content whose name has `part` in it."""
        assert status in _STATUSES
        for content in self.contents.values():
            asked = content["approval_requests"]
            if part in content["friendly_name"] and asked["status"] != "unsubmitted":
                asked.update(status=status, rejection_reason=problem, category=category)

    def _answer(self, handler: BaseHTTPRequestHandler, method: str) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = urlsplit(handler.path)
        self.calls.append(f"{method} {path.path}")
        try:
            status, answer = self._handle(handler, method, path.path, parse_qs(path.query), body)
        except Refused as refused:
            status, answer = refused.status, refused.body
        data = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _handle(
        self, handler: BaseHTTPRequestHandler, method: str, path: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        if self.down:
            raise Refused(self.down, 20500, "down")
        given = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if handler.headers.get("Authorization") != f"Basic {given}":
            raise Refused(401, 20003, "Authenticate")
        if (method, path) == ("GET", "/v1/ContentAndApprovals"):
            return 200, self._page(int(query.get("Page", ["0"])[0]))
        if handler.headers.get("Content-Type") != "application/json":
            raise Refused(400, 20001, "JSON is expected")
        told = json.loads(body)
        if (method, path) == ("POST", "/v1/Content"):
            return 201, self._create(told)
        asked = re.fullmatch(r"/v1/Content/(HX[0-9a-f]{32})/ApprovalRequests/whatsapp", path)
        if method == "POST" and asked and asked[1] in self.contents:
            return 201, self._submit(self.contents[asked[1]], told)
        raise Refused(404, 20404, "not found")

    def _page(self, number: int) -> dict[str, Any]:
        rows = list(self.contents.values())
        more = len(rows) > 2 * (number + 1)
        # The host is the provider's own: a client that was told another must not follow it there.
        following = f"https://content.twilio.com/v1/ContentAndApprovals?PageSize=2&Page={number + 1}"
        return {
            "contents": rows[2 * number : 2 * (number + 1)],
            "meta": {"next_page_url": following if more else None, "key": "contents", "page": number},
        }

    def _create(self, told: dict[str, Any]) -> dict[str, Any]:
        if set(told) - _CREATE or not {"language", "types"} <= set(told):
            raise Refused(400, 20001, "unknown or missing parameter")
        text = told["types"].get("twilio/text", {})
        if set(told["types"]) != {"twilio/text"} or set(text) != {"body"} or not text["body"]:
            raise Refused(400, 20001, "the types are not right")
        if any(not isinstance(value, str) or not value for value in told["variables"].values()):
            raise Refused(400, 92007, "values are strings")
        sid = f"HX{len(self.contents):032x}"
        asked = {"status": "unsubmitted", "rejection_reason": "", "category": "", "name": ""}
        self.contents[sid] = {**told, "sid": sid, "account_sid": ACCOUNT, "approval_requests": asked}
        return self.contents[sid]

    def _submit(self, content: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
        body, asked = content["types"]["twilio/text"]["body"], content["approval_requests"]
        if set(told) != _APPROVE or not re.fullmatch(r"[a-z0-9_]{1,512}", told["name"]):
            raise Refused(400, 20001, "name and category are expected")
        if told["category"] not in {"UTILITY", "MARKETING", "AUTHENTICATION"}:
            raise Refused(400, 20001, "no such category")
        if asked["status"] != "unsubmitted":
            raise Refused(400, 20001, "already submitted")
        numbers = [int(number) for number in re.findall(r"\{\{(\d+)\}\}", body)]
        wrong = re.match(r"\{\{", body) or re.search(r"\}\}[^\w]*$", body) or re.search(r"\}\}\s*\{\{", body)
        if wrong or list(dict.fromkeys(numbers)) != list(range(1, len(content["variables"]) + 1)):
            asked.update(status="rejected", rejection_reason="variables", category=told["category"])
        else:
            asked.update(status="received", category=told["category"], name=told["name"])
        return asked
