"""`serve --poll`: updates come by asking; each is confirmed only after it was stored."""

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs
from telegram.error import Conflict
from telegram_server import Refused
from wire_world import BRAND, Wire

from bot.channels.telegram.polling import Polling, explained
from bot.settings import BadSettings, Settings, credential_name


@pytest.fixture
def polling(make_wire: Callable[..., Wire]) -> tuple[Wire, Polling]:
    wire = make_wire(polls=True)
    return wire, Polling(wire.engine, wire.channel, ask_seconds=0)


def test_a_customer_chats_over_polling(polling: tuple[Wire, Polling]) -> None:
    wire, asking = polling
    wire.server.pending = [wire.message(text="hello"), wire.edited(wire.message_id, text="hello there")]
    assert asking.ask(BRAND) == 2
    assert wire.answers() == ["text: hello there"]
    assert asking.ask(BRAND) == 0
    assert wire.server.pending == []
    wire.server.pending = [wire.tap(1001, "yes", "q1")]
    asking.ask(BRAND)
    assert wire.answers()[-1] == "tap:  [yes]"
    assert wire.server.named("answerCallbackQuery") == [{"callback_query_id": "q1"}]


def test_only_what_is_used_is_asked_for(polling: tuple[Wire, Polling]) -> None:
    wire, asking = polling
    asking.ask(BRAND)
    wanted = wire.server.named("getUpdates")[0]["allowed_updates"]
    assert wanted == ["message", "edited_message", "callback_query", "my_chat_member"]


def test_what_could_not_be_stored_comes_again(polling: tuple[Wire, Polling], monkeypatch: pytest.MonkeyPatch) -> None:
    wire, asking = polling
    wire.server.pending = [wire.message(text="one"), wire.message(text="two")]
    receive = wire.engine.receive
    taken: list[str] = []

    def failing(inbound: Any) -> Any:
        taken.append(inbound.text)
        if len(taken) == 2:
            raise OSError(28, "No space left on device")
        return receive(inbound)

    monkeypatch.setattr(wire.engine, "receive", failing)
    with pytest.raises(OSError, match="No space"):
        asking.ask(BRAND)
    asking.ask(BRAND)
    assert taken == ["one", "two", "two"]
    assert wire.answers() == ["text: one | text: two"]


def test_a_webhook_that_is_set_is_explained_and_taken_away_only_when_told(polling: tuple[Wire, Polling]) -> None:
    wire, asking = polling
    wire.server.webhook = {"url": "https://desk.example.com/webhooks/telegram/webpino"}
    with pytest.raises(Conflict) as refusal:
        asking.ask(BRAND)
    assert "--delete-webhook" in explained(refusal.value)
    assert "another process" in explained(Conflict("terminated by other getUpdates request"))
    assert wire.server.webhook


def test_it_goes_on_by_itself_until_it_is_stopped(make_wire: Callable[..., Wire]) -> None:
    wire = make_wire(polls=True)
    wire.server.webhook = {"url": "https://desk.example.com/"}
    wire.server.pending = [wire.message(text="hello")]
    asking = Polling(wire.engine, wire.channel, ask_seconds=0)
    asking.start(delete_webhook=True)
    for thread in asking._threads:
        for _ in range(100):
            if wire.stored():
                break
            thread.join(0.05)
    asking.stop()
    for thread in asking._threads:
        thread.join(5)
        assert not thread.is_alive()
    assert wire.answers() == ["text: hello"]


def test_a_wrong_token_ends_it_with_one_line(make_wire: Callable[..., Wire]) -> None:
    wire = make_wire(polls=True)
    wire.server.script["getUpdates"] = [Refused(401, "Unauthorized")]
    asking = Polling(wire.engine, wire.channel, ask_seconds=0)
    with capture_logs() as logs:
        asking.start()
        asking._threads[0].join(5)
    assert [line["event"] for line in logs] == ["telegram_polling_stopped"]


def test_without_a_bot_there_is_nothing_to_poll(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.serving import serve

    monkeypatch.delenv(credential_name(BRAND, "TELEGRAM_TOKEN"), raising=False)
    settings = Settings(_env_file=None, data_dir=tmp_path, secret_key="k" * 40, brands=BRAND)
    with pytest.raises(BadSettings, match="--poll needs a bot"):
        serve(settings, "127.0.0.1", 0, poll=True)
