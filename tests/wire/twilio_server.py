"""A Twilio on loopback: the parts of its API that WhatsApp needs, as strict as the real one.

Written from Twilio's own description of its API. It refuses what Twilio refuses: parameters that it does not know, a
wrong password, a text that is too long, content variables that do not fit, a sender that is not the account's. A
message outside the 24 hours is taken and fails by callback, as it does there. Callbacks wait in `callbacks`, signed,
until a test brings them to the service.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ACCOUNT = "AC" + "a1" * 16
TOKEN = "the-auth-token-in-force"
SENDER = "whatsapp:+911140000000"

_CREATE = frozenset(
    """
    To StatusCallback ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention
    AddressRetention SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms RiskCheck
    ContentVariables From FallbackFrom MessagingServiceSid Body MediaUrl ContentSid
    """.split()  # noqa: SIM905
)
_LIST = frozenset({"To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize", "Page", "PageToken"})
_CONTENT = frozenset({"friendly_name", "language", "variables", "types"})
_QUICK, _LIST_PICKER = "twilio/quick-reply", "twilio/list-picker"
_WINDOW = timedelta(hours=24)


def sign(token: str, url: str, form: list[tuple[str, str]], algorithm: str = "sha1") -> str:
    """The signature that Twilio gives a call."""
    values: dict[str, set[str]] = {}
    for name, value in form:
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), getattr(hashlib, algorithm)).digest()).decode()


class Refusal(Exception):
    """An answer that is an error: HTTP status, Twilio's code, its words, and how many seconds to wait."""

    def __init__(self, status: int, code: int | None, says: str = "", wait: str = "") -> None:
        self.status, self.code, self.says, self.wait = status, code, says, wait
        super().__init__(says)


@dataclass
class Sent:
    """A message as Twilio keeps it, from us or from a customer."""

    sid: str
    to: str
    from_: str
    body: str
    direction: str
    at: datetime
    status: str = "queued"
    form: dict[str, str] = field(default_factory=dict)
    error_code: int | None = None
    media: list[tuple[str, str]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        at = format_datetime(self.at.astimezone(UTC))
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT,
            "messaging_service_sid": self.form.get("MessagingServiceSid"),
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "status": self.status,
            "direction": self.direction,
            "num_media": str(len(self.media)),
            "num_segments": "1",
            "error_code": self.error_code,
            "error_message": None,
            "date_created": at,
            "date_sent": at,
            "date_updated": at,
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "uri": f"{path}.json",
            "subresource_uris": {"media": f"{path}/Media.json"},
        }


@dataclass(frozen=True)
class Callback:
    """A status callback that waits to be brought to `url`."""

    url: str
    form: list[tuple[str, str]]
    signature: str


class TwilioServer:
    """The server; `address` is its TWILIO_API_BASE. `now` is the moment by which it keeps the 24 hours."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now_is = now
        self.passwords = {ACCOUNT: TOKEN}
        self.senders = {SENDER}
        self.messages: list[Sent] = []
        self.contents: dict[str, dict[str, Any]] = {}
        self.approved: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.direct: dict[str, bytes] = {}
        self.callbacks: list[Callback] = []
        self.typing: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.script: list[Any] = []
        self.content_script: list[Any] = []
        self.last_inbound: dict[str, datetime] = {}
        self.refuse_content = 0
        self.refuse_menus = False
        self.page_limit = 1000
        self.connections = 0
        self._count = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            timeout = 30

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def do_GET(self) -> None:
                outer._serve(self, "GET")

            def do_POST(self) -> None:
                outer._serve(self, "POST")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def now(self) -> datetime:
        return self.now_is or datetime.now(UTC)

    def new_sid(self, prefix: str) -> str:
        with self._lock:
            self._count += 1
            return f"{prefix}{self._count:032x}"

    # What customers do

    def customer_writes(
        self, text: str, who: str = "whatsapp:+919000000001", media: Mapping[str, bytes] | None = None, **more: str
    ) -> list[tuple[str, str]]:
        """The form of a customer's message, which Twilio keeps from now on; `media` is content by its type."""
        sid = self.new_sid("MM" if media else "SM")
        self.last_inbound[who] = self.now()
        kept = Sent(sid, SENDER, who, text, "inbound", self.now(), "received")
        form = [
            ("SmsMessageSid", sid),
            ("NumMedia", str(len(media or {}))),
            ("ProfileName", "Asha"),
            ("MessageType", "text"),
            ("SmsSid", sid),
            ("WaId", who.removeprefix("whatsapp:+")),
            ("SmsStatus", "received"),
            ("Body", text),
            ("To", SENDER),
            ("NumSegments", "1"),
            ("ReferralNumMedia", "0"),
            ("MessageSid", sid),
            ("AccountSid", ACCOUNT),
            ("From", who),
            ("ApiVersion", "2010-04-01"),
        ]
        for number, (mime, data) in enumerate((media or {}).items()):
            path = self.keep_file(sid, data)
            kept.media.append((path.rpartition("/")[2], mime))
            form += [(f"MediaUrl{number}", f"https://api.twilio.com{path}"), (f"MediaContentType{number}", mime)]
        self.messages.append(kept)
        return [*(pair for pair in form if pair[0] not in more), *more.items()]

    def keep_file(self, message_sid: str, data: bytes) -> str:
        """A file of a message, kept where Twilio keeps files; gives its path at the API."""
        media = self.new_sid("ME")
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message_sid}/Media/{media}"
        self.redirects[path] = f"https://mms.twiliocdn.com/{ACCOUNT}/{media}"
        self.files[f"/{ACCOUNT}/{media}"] = data
        return path

    # What we sent, and what became of it

    @property
    def sent(self) -> list[Sent]:
        """Our messages, oldest first."""
        return [message for message in self.messages if message.direction != "inbound"]

    @property
    def texts(self) -> list[str]:
        return [message.body for message in self.sent]

    def reports(self, message: Sent, status: str, code: int | None = None, **more: str) -> Callback:
        """A status of our message; the callback waits in `callbacks`."""
        message.status, message.error_code = status, code
        form = [
            ("SmsSid", message.sid),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("To", message.to),
            ("ChannelPrefix", "whatsapp"),
            ("MessageSid", message.sid),
            ("AccountSid", ACCOUNT),
            ("From", message.from_),
            ("ApiVersion", "2010-04-01"),
            *more.items(),
        ]
        if code is not None:
            form += [("ErrorCode", str(code)), ("ChannelStatusMessage", "")]
        url = message.form["StatusCallback"]
        callback = Callback(url, form, sign(TOKEN, url, form))
        self.callbacks.append(callback)
        return callback

    # Serving

    def _serve(self, handler: BaseHTTPRequestHandler, method: str) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        parts = urlsplit(handler.path)
        self.requests.append((method, handler.path))
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        kind, after = "application/json", None
        headers: dict[str, str] = {}
        try:
            script = self.content_script if parts.path == "/v1/Content" else self.script
            if script and method == "POST":
                after = self._scripted(handler, script.pop(0))
                if after == "closed":
                    return
            status, answer = self._answer(handler, method, parts.path, dict(parse_qsl(parts.query)), body, headers)
            if after == "lost":
                # It was done, and the answer never comes.
                handler.close_connection = True
                return
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        except Refusal as refusal:
            status = refusal.status
            headers = {"Retry-After": refusal.wait} if refusal.wait else {}
            more = f"https://www.twilio.com/docs/errors/{refusal.code}"
            told = {"code": refusal.code, "message": refusal.says, "more_info": more, "status": refusal.status}
            data = json.dumps(told).encode() if refusal.code else b"<html>no</html>"
            kind = "application/json" if refusal.code else "text/html"
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    def _scripted(self, handler: BaseHTTPRequestHandler, step: Any) -> str | None:
        """What the next request was told to meet: a refusal, a wait, a lost answer, or nothing special."""
        if isinstance(step, Refusal):
            raise step
        if isinstance(step, int | float):
            time.sleep(step)
        if step == "closed":
            handler.close_connection = True
        return step if isinstance(step, str) else None

    def _answer(
        self,
        handler: BaseHTTPRequestHandler,
        method: str,
        path: str,
        query: dict[str, str],
        body: bytes,
        headers: dict[str, str],
    ) -> tuple[int, Any]:
        if path in self.files:
            if "Authorization" in handler.headers:
                raise Refusal(400, 20001, "credentials have no place at the file store")
            return 200, self.files[path]
        if path in self.redirects and not path.startswith("/2010-04-01/"):
            headers["Location"] = self.redirects[path]
            return 302, b""
        if "/Accounts/" not in path and "/v" not in path:
            raise Refusal(404, None)
        self._check_password(handler.headers.get("Authorization", ""))
        if method == "GET" and path in self.direct:
            return 200, self.direct[path]
        if method == "GET" and path in self.redirects:
            headers["Location"] = self.redirects[path]
            return 307, b""
        account = f"/2010-04-01/Accounts/{ACCOUNT}"
        if path == f"{account}.json" and method == "GET":
            return 200, {"sid": ACCOUNT, "status": "active", "friendly_name": "Tests"}
        if path == f"{account}/Messages.json":
            form = list(parse_qsl(body.decode(), keep_blank_values=True))
            return (201, self._create(form)) if method == "POST" else (200, self._list(query))
        if found := re.fullmatch(rf"{account}/Messages/(\w+)\.json", path):
            return 200, self._kept(found[1]).as_json()
        if found := re.fullmatch(rf"{account}/Messages/(\w+)/Media\.json", path):
            return 200, self._media_list(self._kept(found[1]))
        if path == "/v1/Content" and method == "POST":
            return 201, self._create_content(json.loads(body))
        if path == "/v2/Indicators/Typing.json" and method == "POST":
            return 200, self._type(dict(parse_qsl(body.decode())))
        raise Refusal(404, 20404, f"The requested resource {path} was not found")

    def _check_password(self, header: str) -> None:
        try:
            user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            user = password = ""
        if not user or self.passwords.get(user) != password:
            raise Refusal(401, 20003, "Authenticate")

    def _kept(self, sid: str) -> Sent:
        found = next((message for message in self.messages if message.sid == sid), None)
        if found is None:
            raise Refusal(404, 20404, "The requested resource was not found")
        return found

    def _create(self, fields: list[tuple[str, str]]) -> dict[str, Any]:
        form = dict(fields)
        unknown = set(form) - _CREATE
        if unknown or len(form) < len(fields):
            raise Refusal(400, 20001, f"unknown or repeated parameters {sorted(unknown)}")
        if not re.fullmatch(r"whatsapp:(\+\d{7,15}|[A-Z]{2}\.\w+)", form.get("To", "")):
            raise Refusal(400, 21211, "Invalid 'To' Phone Number")
        if form.get("From") not in self.senders and "MessagingServiceSid" not in form:
            raise Refusal(400, 63007, "no such sender")
        callback = urlsplit(form.get("StatusCallback", ""))
        if callback.scheme != "https" or not callback.hostname or "_" in callback.hostname:
            raise Refusal(400, 21609, "The StatusCallback URL is not valid")
        message = Sent("", form["To"], form.get("From", SENDER), form.get("Body", ""), "outbound-api", self.now())
        message.form = form
        if "ContentSid" in form:
            self._fill(message)
        elif not message.body:
            raise Refusal(400, 21619, "A text message body or media urls must be specified.")
        if len(message.body) > 1600:
            raise Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        message.sid = self.new_sid("SM")
        self.messages.append(message)
        answer = message.as_json()
        opened = self.last_inbound.get(message.to)
        is_open = opened is not None and self.now() - opened <= _WINDOW
        if not is_open and form.get("ContentSid", "") not in self.approved:
            self.reports(message, "failed", 63016)
        elif self.refuse_content and "ContentSid" in form and form["ContentSid"] not in self.approved:
            self.reports(message, "failed", self.refuse_content)
        return answer

    def _fill(self, message: Sent) -> None:
        """The content with the message's variables in it, within WhatsApp's limits."""
        if self.refuse_menus:
            raise Refusal(400, 63021, "Channel invalid content error")
        content = self.contents.get(message.form["ContentSid"])
        if content is None:
            raise Refusal(400, 21655, "The ContentSid is invalid")
        try:
            given = json.loads(message.form.get("ContentVariables", "{}"))
        except ValueError:
            raise Refusal(400, 21656, "The ContentVariables are invalid") from None
        if not isinstance(given, dict) or any(not isinstance(value, str) or not value for value in given.values()):
            raise Refusal(400, 21656, "The ContentVariables are invalid")
        values = {**content["variables"], **given}
        if set(given) - set(content["variables"]) or len(values) > 100:
            raise Refusal(400, 92007, "The ContentVariables do not fit")
        if message.form["ContentSid"] in self.approved and any("\n" in value for value in given.values()):
            raise Refusal(400, 63013, "a newline in a template's variable")

        def filled(text: str) -> str:
            return re.sub(r"\{\{(\w+)\}\}", lambda found: str(values[found[1]]), text)

        kind, layout = next(iter(content["types"].items()))
        message.body = filled(layout["body"])
        if kind == _QUICK:
            message.titles = [filled(action["title"]) for action in layout["actions"]]
            message.ids = [filled(action["id"]) for action in layout["actions"]]
            longest, most_shown = 20, 3
        elif kind == _LIST_PICKER:
            message.titles = [filled(item["item"]) for item in layout["items"]]
            message.ids = [filled(item["id"]) for item in layout["items"]]
            longest, most_shown = 24, 10
        else:
            return
        fits = len(message.titles) <= most_shown and all(0 < len(title) <= longest for title in message.titles)
        alone = len(set(message.titles)) == len(message.titles) and len(set(message.ids)) == len(message.ids)
        if not fits or not alone or len(message.body) > 1024 or any(len(each) > 200 for each in message.ids):
            raise Refusal(400, 63021, "Channel invalid content error")

    def _create_content(self, told: dict[str, Any]) -> dict[str, Any]:
        if set(told) - _CONTENT or not {"language", "types"} <= set(told):
            raise Refusal(400, 20001, f"unknown fields {sorted(set(told) - _CONTENT)}")
        for kind, layout in told["types"].items():
            lists = {
                _QUICK: ("actions", {"type", "title", "id"}),
                _LIST_PICKER: ("items", {"item", "id", "description"}),
            }
            keys = {_QUICK: {"body", "actions"}, _LIST_PICKER: {"body", "button", "items"}}.get(kind, {"body"})
            if set(layout) - keys or not layout.get("body"):
                raise Refusal(400, 20001, f"unknown fields in {kind}")
            name, allowed = lists.get(kind, ("", set()))
            for each in layout.get(name, []):
                if set(each) - allowed or (kind == _QUICK and each.get("type") != "QUICK_REPLY"):
                    raise Refusal(400, 20001, f"unknown fields in {name}")
            if name and not 1 <= len(layout[name]) <= 10:
                raise Refusal(400, 20001, f"1 to 10 {name}")
        if any(not isinstance(value, str) for value in told.get("variables", {}).values()):
            raise Refusal(400, 20001, "variables are strings")
        sid = self.new_sid("HX")
        self.contents[sid] = {"variables": {}, **told}
        return {"sid": sid, "account_sid": ACCOUNT, **told}

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        if unknown := set(query) - _LIST:
            raise Refusal(400, 20001, f"unknown parameters {sorted(unknown)}")
        size, page = min(int(query.get("PageSize", 50)), self.page_limit), int(query.get("Page", 0))
        day = query.get("DateSent>", "")[:10]
        fitting = [
            message
            for message in reversed(self.messages)
            if query.get("To", message.to) == message.to
            and query.get("From", message.from_) == message.from_
            and message.at.astimezone(UTC).date().isoformat() >= day
        ]
        shown = fitting[page * size : (page + 1) * size]
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        more = (page + 1) * size < len(fitting)
        kept = "&".join(
            f"{name}={_escaped(value)}" for name, value in query.items() if name not in {"Page", "PageToken"}
        )
        return {
            "messages": [message.as_json() for message in shown],
            "page": page,
            "page_size": size,
            "uri": f"{path}?{kept}",
            "first_page_uri": f"{path}?{kept}&Page=0",
            "next_page_uri": f"{path}?{kept}&Page={page + 1}&PageToken=PA{page + 1}" if more else None,
            "previous_page_uri": None,
            "start": page * size,
            "end": page * size + len(shown),
        }

    def _media_list(self, message: Sent) -> dict[str, Any]:
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}/Media"
        media = [
            {
                "sid": sid,
                "account_sid": ACCOUNT,
                "parent_sid": message.sid,
                "content_type": mime,
                "date_created": format_datetime(message.at.astimezone(UTC)),
                "date_updated": format_datetime(message.at.astimezone(UTC)),
                "uri": f"{path}/{sid}.json",
            }
            for sid, mime in message.media
        ]
        return {"media_list": media, "page": 0, "page_size": 50, "next_page_uri": None, "uri": f"{path}.json"}

    def _type(self, form: dict[str, str]) -> dict[str, Any]:
        if set(form) != {"channel", "messageId"} or form["channel"] != "whatsapp":
            raise Refusal(400, 20001, "channel and messageId are needed")
        if self._kept(form["messageId"]).direction != "inbound":
            raise Refusal(400, 20001, "not a customer's message")
        self.typing.append(form["messageId"])
        return {"success": True}


def _escaped(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")
