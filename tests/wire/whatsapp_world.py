"""A company on WhatsApp: the whole service with its real dialogue, a Twilio on loopback, and customers who write."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import sqlalchemy as sa
from twilio_server import ACCOUNT, SENDER, TOKEN, Callback, Sent, TwilioServer, sign

from bot.clock import ManualClock
from bot.engine import Engine
from bot.models import reader_for
from bot.settings import Settings
from bot.tables import CASE, CONVERSATION, INBOX, OUTBOX
from bot.web import create_app

with warnings.catch_warnings():
    # Starlette would rather use a successor of httpx, which says the same to a test.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

BRAND = "api-infotech"
PUBLIC = "https://desk.example"
ASHA, RAVI = "whatsapp:+919000000001", "whatsapp:+919000000002"
NOW = datetime(2026, 3, 12, 12, 30, tzinfo=UTC)
_reader = cache(reader_for)


class Company:
    """The service of one brand, and what its customers and Twilio do to it."""

    def __init__(self, engine: Engine, twilio: TwilioServer, clock: ManualClock) -> None:
        self.engine = engine
        self.twilio = twilio
        self.clock = clock
        self.browser = TestClient(create_app(engine), base_url="http://inside:8000", raise_server_exceptions=False)

    # Twilio calls

    def call(
        self,
        form: list[tuple[str, str]],
        *,
        token: str = TOKEN,
        path: str = f"/webhooks/whatsapp/{BRAND}",
        signature: str | None = None,
        headers: dict[str, Any] | None = None,
        algorithm: str = "sha1",
        body: str | None = None,
    ) -> Any:
        """A webhook call of Twilio's, as it signs it."""
        made = sign(token, PUBLIC + path, form, algorithm) if signature is None else signature
        sent = {"X-Twilio-Signature": made, "Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.browser.post(path, content=urlencode(form) if body is None else body, headers=sent)

    def deliver(self, callback: Callback) -> Any:
        """A status callback reaches the service."""
        parts = urlsplit(callback.url)
        headers = {"X-Twilio-Signature": callback.signature, "Content-Type": "application/x-www-form-urlencoded"}
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        return self.browser.post(address, content=urlencode(callback.form), headers=headers)

    def deliver_callbacks(self) -> None:
        """Every callback that waits reaches the service, in order."""
        while self.twilio.callbacks:
            assert self.deliver(self.twilio.callbacks.pop(0)).status_code == 200

    # Customers write

    def hears(self, text: str = "", who: str = ASHA, media: dict[str, bytes] | None = None, **more: str) -> Any:
        """A message arrives; nothing else happens yet."""
        return self.call(self.twilio.customer_writes(text, who, media, **more))

    def plays(self, *texts: str, who: str = ASHA) -> list[Sent]:
        """Each text as a turn of its own; gives what was sent in answer to the last."""
        sent: list[Sent] = []
        for text in texts:
            before = len(self.twilio.sent)
            assert self.hears(text, who).status_code == 200
            self.settles()
            sent = self.twilio.sent[before:]
        return sent

    def taps(self, message: Sent, title: str, who: str = ASHA) -> list[Sent]:
        """The customer taps a button of `message`."""
        payload = message.ids[message.titles.index(title)]
        kind = {"ListId": payload, "ListTitle": title} if len(message.titles) > 3 else {"ButtonPayload": payload}
        before = len(self.twilio.sent)
        shown = {"ButtonText": title, "ButtonType": "REPLY", "MessageType": "interactive"}
        replied = {"OriginalRepliedMessageSid": message.sid}
        assert self.hears(title, who, None, **kind, **shown, **replied).status_code == 200
        self.settles()
        return self.twilio.sent[before:]

    def files(self, who: str = ASHA, order: str = "API-8821") -> str:
        """The customer files a request, tapping through what is asked; gives the case number."""
        told = (
            f"my usb token was broken when it arrived yesterday at 4 pm, order {order}, still in its original packing"
        )
        before = {row.ref for row in self.rows(CASE)}
        sent = self.plays(told, who=who)
        for _ in range(12):
            if new := {row.ref for row in self.rows(CASE)} - before:
                return str(new.pop())
            shown = sent[-1].titles
            wanted = next((each for each in ("File it", "No", "I don't have it", "Skip this") if each in shown), "")
            sent = self.taps(sent[-1], wanted, who=who) if wanted else self.plays("no", who=who)
        raise AssertionError(f"nothing was filed; the last question was: {sent[-1].body}")

    def settles(self, seconds: float = 6) -> None:
        """The joining wait passes, and everything that is ready is done."""
        self.moves(timedelta(seconds=seconds))
        self.engine.settle()

    def moves(self, by: timedelta) -> None:
        """Time passes, here and at Twilio."""
        self.clock.advance(by)
        self.twilio.now_is = self.clock()

    # What is stored

    def rows(self, table: sa.Table) -> list[Any]:
        with self.engine.database.reading() as session:
            return list(session.execute(sa.select(table).order_by(*table.primary_key)).all())

    @property
    def inbox(self) -> list[Any]:
        return self.rows(INBOX)

    @property
    def outbox(self) -> list[Any]:
        return self.rows(OUTBOX)

    @property
    def conversations(self) -> list[Any]:
        return self.rows(CONVERSATION)

    def at_once(self, calls: list[Callable[[], Any]]) -> list[Any]:
        """All calls at the same time; gives what came back."""
        with ThreadPoolExecutor(len(calls)) as pool:
            return [each.result() for each in [pool.submit(call) for call in calls]]


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    """A Twilio of one test."""
    server = TwilioServer(NOW)
    yield server
    server.close()


@pytest.fixture
def make_company(
    twilio: TwilioServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Company]]:
    """`make_company(**settings)`; credentials are named as in the environment, without prefix and brand."""
    made: list[Company] = []
    models = request.config.cache.mkdir("refund-desk")

    def make(credentials: dict[str, str] | None = None, **settings: Any) -> Company:
        given = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "WHATSAPP_FROM": SENDER}
        for name, value in {**given, **(credentials or {})}.items():
            monkeypatch.setenv(f"REFUND_DESK_API_INFOTECH_{name}", value)
        told: dict[str, Any] = {
            "data_dir": tmp_path / "data",
            "brands": BRAND,
            "public_base_url": PUBLIC,
            "twilio_api_base": twilio.address,
            "secret_key": "k" * 32,
            "whatsapp_typing": False,
            **settings,
        }
        clock = ManualClock(twilio.now())
        engine = Engine(
            Settings(_env_file=None, **told),
            clock=clock,
            reader_for=lambda brand, _: _reader(brand, models),
            durable=False,
        )
        engine.open()
        made.append(Company(engine, twilio, clock))
        return made[-1]

    yield make
    for each in made:
        each.browser.close()
        each.engine.close()


@pytest.fixture
def company(make_company: Callable[..., Company]) -> Company:
    return make_company()
