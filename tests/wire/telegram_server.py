"""A Bot API on loopback that refuses what the real one refuses, and remembers what it was asked.

Methods and parameters are those of Bot API 10.1 that the channel may use. Beyond the description it knows what the
real server does: it takes JSON bodies, counts texts after parsing, and answers errors in the real server's words.
"""

# ruff: noqa: N802 - methods bear the names that the Bot API gives them

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "700100200:AAE-made-up-token-of-a-bot"
BOT_ID = "700100200"

# Parameter names with their types, a star where it must be given.
METHODS: dict[str, dict[str, str]] = {
    "getMe": {},
    "sendMessage": {
        "business_connection_id": "string",
        "chat_id": "chat*",
        "message_thread_id": "integer",
        "direct_messages_topic_id": "integer",
        "text": "string*",
        "parse_mode": "string",
        "entities": "array",
        "link_preview_options": "object",
        "disable_notification": "boolean",
        "protect_content": "boolean",
        "allow_paid_broadcast": "boolean",
        "message_effect_id": "string",
        "suggested_post_parameters": "object",
        "reply_parameters": "object",
        "reply_markup": "object",
    },
    "sendChatAction": {
        "business_connection_id": "string",
        "chat_id": "chat*",
        "message_thread_id": "integer",
        "action": "string*",
    },
    "answerCallbackQuery": {
        "callback_query_id": "string*",
        "text": "string",
        "show_alert": "boolean",
        "url": "string",
        "cache_time": "integer",
    },
    "editMessageReplyMarkup": {
        "business_connection_id": "string",
        "chat_id": "chat",
        "message_id": "integer",
        "inline_message_id": "string",
        "reply_markup": "object",
    },
    "leaveChat": {"chat_id": "chat*"},
    "getFile": {"file_id": "string*"},
    "getUpdates": {"offset": "integer", "limit": "integer", "timeout": "integer", "allowed_updates": "array"},
    "setWebhook": {
        "url": "string*",
        "certificate": "object",
        "ip_address": "string",
        "max_connections": "integer",
        "allowed_updates": "array",
        "drop_pending_updates": "boolean",
        "secret_token": "string",
    },
    "deleteWebhook": {"drop_pending_updates": "boolean"},
    "getWebhookInfo": {},
    "setMyCommands": {"commands": "array*", "scope": "object", "language_code": "string"},
    "getMyCommands": {"scope": "object", "language_code": "string"},
    "setMyDescription": {"description": "string", "language_code": "string"},
    "getMyDescription": {"language_code": "string"},
    "setMyShortDescription": {"short_description": "string", "language_code": "string"},
    "getMyShortDescription": {"language_code": "string"},
}
BUTTON_KEYS = {
    "text", "icon_custom_emoji_id", "style", "url", "callback_data", "web_app", "login_url", "switch_inline_query",
    "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
}  # fmt: skip
TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "a",
    "blockquote",
    "span",
    "tg-emoji",
}
ACTIONS = {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_document", "find_location"}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "chat": (int, str),
}


class Refused(Exception):
    """An answer that is not ok."""

    def __init__(self, status: int, words: str, **parameters: Any) -> None:
        self.status, self.words, self.parameters = status, words, parameters
        super().__init__(words)


@dataclass
class Call:
    """One request that was understood."""

    method: str
    given: dict[str, Any]


@dataclass
class TelegramServer:
    """The server. `calls` are those that were carried out, `refused` the others with the words of the refusal.

    `script` holds, per method, what to do with the next requests in place of the usual: an error to answer, or a
    function called with the request's parameters before the usual.
    """

    token: str = TOKEN
    calls: list[Call] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    script: dict[str, list[Refused | Callable[[dict[str, Any]], object]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    chats: set[int] = field(default_factory=lambda: {420042})
    threads: set[int] = field(default_factory=set)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    queries: set[str] = field(default_factory=set)
    keyboards: dict[int, Any] = field(default_factory=dict)
    pending: list[dict[str, Any]] = field(default_factory=list)
    webhook: dict[str, Any] = field(default_factory=dict)
    last_error: str = ""
    settings: dict[tuple[str, str], Any] = field(default_factory=dict)
    connections: int = 0
    next_message: int = 1000
    url: str = ""

    def start(self) -> None:
        """Listens on a free port of loopback."""
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Without it the second half of each answer waits for the client's acknowledgement.
            wbufsize = -1

            def setup(self) -> None:
                super().setup()
                served.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                try:
                    result = served.answer(self.path, self.headers.get("content-type", ""), body)
                    self.reply(200, {"ok": True, "result": result})
                except Refused as error:
                    said = {"ok": False, "error_code": error.status, "description": error.words}
                    self.reply(error.status, said | ({"parameters": error.parameters} if error.parameters else {}))
                except ConnectionAbortedError:
                    self.close_connection = True

            def do_GET(self) -> None:
                if not self.path.startswith("/file/"):
                    self.do_POST()
                    return
                name = self.path.removeprefix(f"/file/bot{served.token}/")
                here = (data for path, data in served.files.values() if path == name and name not in served.gone)
                found = next(here, None)
                self.send_response(404 if found is None else 200)
                self.send_header("content-length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

            def reply(self, status: int, said: dict[str, Any]) -> None:
                data = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Nothing: the test tells what went wrong."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # What the tests look at

    def sent(self) -> list[dict[str, Any]]:
        """The messages that were sent, in order."""
        return [call.given for call in self.calls if call.method == "sendMessage"]

    def texts(self) -> list[str]:
        """The texts of the messages that were sent, as the customer reads them."""
        return [plain(given["text"], given.get("parse_mode")) for given in self.sent()]

    def named(self, method: str) -> list[dict[str, Any]]:
        """What `method` was called with."""
        return [call.given for call in self.calls if call.method == method]

    # The protocol

    def answer(self, path: str, content_type: str, body: bytes) -> Any:
        """The result of a request; raises `Refused`."""
        at = urlsplit(path)
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", at.path)
        method = found[2] if found else ""
        given: dict[str, Any] = {}
        try:
            if found is None:
                raise Refused(404, "Not Found")
            if found[1] != self.token:
                shaped = re.fullmatch(r"\d+:[\w-]{10,}", found[1])
                raise Refused(401, "Unauthorized") if shaped else Refused(404, "Not Found")
            name = next((each for each in METHODS if each.lower() == method.lower()), None)
            if name is None:
                raise Refused(404, "Not Found")
            method = name
            given = {key: values[-1] for key, values in parse_qs(at.query).items()} | _parameters(content_type, body)
            if self.script[method]:
                scripted = self.script[method].pop(0)
                if isinstance(scripted, Refused):
                    raise scripted
                scripted(given)
            _check_types(METHODS[method], given)
            result = getattr(self, f"_{method}", lambda _: True)(given)
        except Refused as error:
            self.refused.append((method, error.words))
            raise
        self.calls.append(Call(method, given))
        return result

    def _getMe(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Refund Desk",
            "username": "made_up_refund_bot",
        }

    def _sendMessage(self, given: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(given)
        text = plain(given["text"], given.get("parse_mode"))
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            raise Refused(400, "Bad Request: message is too long")
        thread = given.get("message_thread_id")
        if thread is not None and thread not in self.threads:
            raise Refused(400, "Bad Request: message thread not found")
        _check_keyboard(given.get("reply_markup"))
        self.next_message += 1
        self.keyboards[self.next_message] = given.get("reply_markup")
        return {
            "message_id": self.next_message,
            "date": 1773318600,
            "chat": {"id": chat, "type": "private", "first_name": "Asha"},
            "from": self._getMe({}),
            "text": text,
        }

    def _sendChatAction(self, given: dict[str, Any]) -> bool:
        self._chat(given)
        if given["action"] not in ACTIONS:
            raise Refused(400, "Bad Request: wrong parameter action in request")
        return True

    def _answerCallbackQuery(self, given: dict[str, Any]) -> bool:
        if given["callback_query_id"] not in self.queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(given.get("text", "")) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        return True

    def _editMessageReplyMarkup(self, given: dict[str, Any]) -> Any:
        chat, message = self._chat(given), given.get("message_id")
        if message not in self.keyboards:
            raise Refused(400, "Bad Request: message to edit not found")
        if self.keyboards[message] == given.get("reply_markup"):
            raise Refused(400, "Bad Request: message is not modified")
        _check_keyboard(given.get("reply_markup"))
        self.keyboards[message] = given.get("reply_markup")
        return {"message_id": message, "date": 1773318600, "chat": {"id": chat, "type": "private"}, "text": "…"}

    def _leaveChat(self, given: dict[str, Any]) -> bool:
        self._chat(given)
        self.chats.discard(given["chat_id"])
        return True

    def _getFile(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["file_id"] not in self.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        path, data = self.files[given["file_id"]]
        if len(data) > 20 * 1024 * 1024:
            raise Refused(400, "Bad Request: file is too big")
        return {"file_id": given["file_id"], "file_unique_id": "u", "file_size": len(data), "file_path": path}

    def _getUpdates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook.get("url"):
            words = (
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
            )
            raise Refused(409, words)
        offset = given.get("offset", 0)
        self.pending = [update for update in self.pending if update["update_id"] >= offset]
        return self.pending[: given.get("limit", 100)]

    def _setWebhook(self, given: dict[str, Any]) -> bool:
        if given["url"] and not given["url"].startswith("https://"):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", given.get("secret_token", "")):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        if given.get("drop_pending_updates"):
            self.pending.clear()
        self.webhook = dict(given)
        return True

    def _deleteWebhook(self, given: dict[str, Any]) -> bool:
        if given.get("drop_pending_updates"):
            self.pending.clear()
        self.webhook = {}
        return True

    def _getWebhookInfo(self, _: dict[str, Any]) -> dict[str, Any]:
        info = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
        }
        if self.last_error:
            info |= {"last_error_date": 1773318600, "last_error_message": self.last_error}
        return info

    def _setMyCommands(self, given: dict[str, Any]) -> bool:
        for command in given["commands"]:
            if set(command) != {"command", "description"}:
                raise Refused(400, "Bad Request: can't parse BotCommand")
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        return self._keep("commands", given, given["commands"])

    def _getMyCommands(self, given: dict[str, Any]) -> Any:
        return self._kept("commands", given, [])

    def _setMyDescription(self, given: dict[str, Any]) -> bool:
        if len(given.get("description", "")) > 512:
            raise Refused(400, "Bad Request: DESCRIPTION_TOO_LONG")
        return self._keep("description", given, given.get("description", ""))

    def _getMyDescription(self, given: dict[str, Any]) -> Any:
        return {"description": self._kept("description", given, "")}

    def _setMyShortDescription(self, given: dict[str, Any]) -> bool:
        if len(given.get("short_description", "")) > 120:
            raise Refused(400, "Bad Request: SHORT_DESCRIPTION_TOO_LONG")
        return self._keep("short_description", given, given.get("short_description", ""))

    def _getMyShortDescription(self, given: dict[str, Any]) -> Any:
        return {"short_description": self._kept("short_description", given, "")}

    def _keep(self, what: str, given: dict[str, Any], value: Any) -> bool:
        language = given.get("language_code", "")
        if language and not re.fullmatch(r"[a-z]{2}", language):
            raise Refused(400, "Bad Request: LANG_CODE_INVALID")
        self.settings[what, language] = value
        return True

    def _kept(self, what: str, given: dict[str, Any], otherwise: Any) -> Any:
        return self.settings.get((what, given.get("language_code", "")), otherwise)

    def _chat(self, given: dict[str, Any]) -> int:
        chat = given.get("chat_id")
        if not isinstance(chat, int) or chat not in self.chats:
            raise Refused(400, "Bad Request: chat not found")
        return chat


def _parameters(content_type: str, body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    if not content_type.startswith("application/json"):
        raise Refused(400, "Bad Request: this server takes JSON bodies")
    try:
        given = json.loads(body)
    except ValueError:
        raise Refused(400, "Bad Request: can't parse request body as JSON") from None
    return dict(given)


def _check_types(known: dict[str, str], given: dict[str, Any]) -> None:
    """The real server passes over unknown names; here they are a mistake that somebody made."""
    for name in given:
        if name not in known:
            raise Refused(400, f"Bad Request: unknown parameter {name}")
    for name, kind in known.items():
        if kind.endswith("*") and name not in given:
            raise Refused(400, f"Bad Request: parameter {name} is required")
        value = given.get(name)
        if value is None:
            continue
        types = PYTHON_TYPES[kind.rstrip("*")]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise Refused(400, f"Bad Request: wrong type of parameter {name}")


def _check_keyboard(markup: Any) -> None:
    if markup is None:
        return
    if set(markup) != {"inline_keyboard"}:
        raise Refused(400, "Bad Request: object expected as reply markup")
    rows = markup["inline_keyboard"]
    if sum(map(len, rows)) > 100:
        raise Refused(400, "Bad Request: REPLY_MARKUP_TOO_LONG")
    for row in rows:
        if len(row) > 8:
            raise Refused(400, "Bad Request: REPLY_MARKUP_INVALID")
        for button in row:
            if not button.get("text") or set(button) - BUTTON_KEYS:
                raise Refused(400, "Bad Request: can't parse inline keyboard button")
            if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
            if len(set(button) - {"text", "style", "icon_custom_emoji_id"}) != 1:
                raise Refused(400, "Bad Request: text buttons are unallowed in the inline keyboard")


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in TAGS:
            raise Refused(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}" at byte offset 0')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused(400, "Bad Request: can't parse entities: Unmatched end tag at byte offset 0")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_entityref(self, name: str) -> None:
        known = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
        self.text.append(known.get(name, f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.text.append(chr(int(name[1:], 16) if name[0] in "xX" else int(name)))


def plain(text: str, parse_mode: str | None) -> str:
    """The text after parsing. Raises `Refused` for markup that does not parse."""
    if not parse_mode:
        return text
    if parse_mode != "HTML":
        raise Refused(400, "Bad Request: unsupported parse_mode")
    if re.search(r"<(?![a-z/])", text):
        raise Refused(400, 'Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 0')
    markup = _Markup()
    markup.feed(text)
    markup.close()
    if markup.open:
        raise Refused(
            400, f"Bad Request: can't parse entities: Can't find end tag corresponding to \"{markup.open[-1]}\""
        )
    return "".join(markup.text)
