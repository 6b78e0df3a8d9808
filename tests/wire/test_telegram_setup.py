"""`refund-desk telegram set-webhook` and `doctor`: a bot is set up, twice with the same result, and looked at."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from telegram.constants import BotCommandLimit, BotDescriptionLimit
from telegram_server import Refused, TelegramServer
from wire_world import BRAND, SECRET, Wire

from bot.channels.telegram.setup import shortened
from bot.cli.run import run
from bot.packs import brand_names, read_pack
from bot.render import Renderer
from bot.settings import credential_name
from dialogs.commands import COMMANDS

URL = "https://desk.example.com/webhooks/telegram/webpino"


@pytest.fixture
def command(
    make_wire: Callable[..., Wire],
    telegram: TelegramServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str, str]]:
    """Runs `refund-desk`; gives the exit code, what it printed and what it complained about."""
    wire = make_wire()
    given = {
        "DATA_DIR": str(wire.engine.settings.data_dir),
        "SECRET_KEY": "k" * 40,
        "TELEGRAM_API_BASE": telegram.url,
        "PUBLIC_BASE_URL": "https://desk.example.com",
        "BRANDS": BRAND,
    }
    for name, value in given.items():
        monkeypatch.setenv(f"REFUND_DESK_{name}", value)

    def running(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return running


def test_a_bot_is_set_up_with_secret_kinds_commands_and_descriptions(
    command: Callable[..., tuple[int, str, str]], telegram: TelegramServer
) -> None:
    code, out, _ = command("telegram", "set-webhook")
    assert code == 0
    assert f"@made_up_refund_bot sends its updates to {URL}; 0 wait" in out
    assert telegram.webhook == {
        "url": URL,
        "secret_token": SECRET,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    }
    assert {(what, language) for what, language in telegram.settings} == {
        (what, language) for what in ("commands", "description", "short_description") for language in ("", "en", "hi")
    }
    assert [each["command"] for each in telegram.settings["commands", "hi"]] == list(COMMANDS)
    assert telegram.settings["commands", "hi"] != telegram.settings["commands", "en"]
    assert telegram.settings["commands", ""] == telegram.settings["commands", "en"]
    assert "WebPino" in telegram.settings["description", "hi"]


def test_the_second_time_nothing_changes(
    command: Callable[..., tuple[int, str, str]], telegram: TelegramServer
) -> None:
    command("telegram", "set-webhook")
    before = dict(telegram.settings)
    telegram.calls.clear()
    telegram.pending = [{"update_id": 1}]
    code, out, _ = command("telegram", "set-webhook", "--brand", BRAND, "--json")
    said = json.loads(out)
    assert (code, said["changed"], said["url"], said["pending"]) == (0, [], URL, 1)
    assert telegram.settings == before
    assert not [call.method for call in telegram.calls if call.method.startswith("setMy")]
    assert telegram.pending


def test_what_waits_is_forgotten_only_when_told_and_the_last_failure_is_shown(
    command: Callable[..., tuple[int, str, str]], telegram: TelegramServer
) -> None:
    telegram.pending = [{"update_id": 1}]
    telegram.last_error = "Wrong response from the webhook: 500 Internal Server Error"
    code, out, _ = command("telegram", "set-webhook", "--drop-pending", "--brand", BRAND, "--url", URL + "?x")
    assert (code, telegram.pending, telegram.webhook["url"]) == (0, [], URL + "?x")
    assert telegram.last_error in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--brand", "aptronix"], "aptronix has no bot"),
        (["--brand", "nobody"], "there is no pack"),
        (["--brand", BRAND, "--url", "http://desk.example.com/x"], "Telegram wants https"),
        (["--brand", BRAND, "--url", "https://desk.example.com:8000/x"], "443, 80, 88 or 8443"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_changed(
    command: Callable[..., tuple[int, str, str]], telegram: TelegramServer, arguments: list[str], complaint: str
) -> None:
    code, _, error = command("telegram", "set-webhook", *arguments)
    assert code == 2
    assert complaint in error
    assert telegram.calls == []


def test_without_a_public_address_or_secret_it_names_the_setting(
    command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REFUND_DESK_PUBLIC_BASE_URL")
    assert "REFUND_DESK_PUBLIC_BASE_URL is missing" in command("telegram", "set-webhook")[2]
    monkeypatch.setenv("REFUND_DESK_PUBLIC_BASE_URL", "https://desk.example.com")
    monkeypatch.delenv(credential_name(BRAND, "TELEGRAM_SECRET"))
    assert "REFUND_DESK_WEBPINO_TELEGRAM_SECRET is missing" in command("telegram", "set-webhook")[2]


def test_a_wrong_token_and_a_silent_network_are_told_apart(
    command: Callable[..., tuple[int, str, str]], telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.script["setWebhook"] = [Refused(401, "Unauthorized")]
    code, _, error = command("telegram", "set-webhook")
    assert (code, "ask BotFather" in error) == (1, True)
    monkeypatch.setenv("REFUND_DESK_TELEGRAM_API_BASE", "http://127.0.0.1:9")
    code, _, error = command("telegram", "set-webhook")
    assert (code, "cannot be reached" in error) == (1, True)


def checked(command: Callable[..., tuple[int, str, str]]) -> dict[str, Any]:
    """What `doctor` says of the bot's webhook."""
    lines = [json.loads(line) for line in command("doctor", "--json")[1].splitlines()]
    found = next((line for line in lines if line["what"] == f"telegram webhook of {BRAND}"), {})
    return dict(found)


def test_doctor_shows_what_telegram_says_of_the_webhook(
    command: Callable[..., tuple[int, str, str]], telegram: TelegramServer
) -> None:
    before = checked(command)
    assert (before["ok"], before["says"]) == (False, "@made_up_refund_bot sends to nobody")
    assert "telegram set-webhook --brand webpino" in before["remedy"]
    command("telegram", "set-webhook")
    after = checked(command)
    assert (after["ok"], after["says"]) == (True, "@made_up_refund_bot, 0 waiting")
    telegram.script["getWebhookInfo"] = [Refused(401, "Unauthorized")]
    assert not checked(command)["ok"]


def test_doctor_tells_of_a_wrong_token_in_place_of_giving_up(
    command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(credential_name(BRAND, "TELEGRAM_TOKEN"), "no token")
    code, out, _ = command("doctor", "--json")
    assert code == 1
    assert "WEBPINO_TELEGRAM_TOKEN is no bot token" in out


@pytest.mark.parametrize("language", ["en", "hi", "hinglish"])
def test_the_words_of_every_brand_fit(language: str) -> None:
    renderer = Renderer()
    assert BotDescriptionLimit.MAX_DESCRIPTION_LENGTH == 512
    lines = renderer.render("command_list", language, {}).splitlines()
    assert len(lines) == len(COMMANDS)
    assert all(1 <= len(line) <= BotCommandLimit.MAX_DESCRIPTION for line in lines)
    for brand in brand_names():
        company = read_pack(brand).brand
        about = company.about.in_(language) if company.about else ""
        long = renderer.render("bot_description", language, {"brand": company.name, "about": about})
        short = renderer.render("bot_short_description", language, {"brand": company.name})
        assert len(long) <= BotDescriptionLimit.MAX_DESCRIPTION_LENGTH, brand
        assert len(short) <= BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH, brand


def test_what_is_too_long_ends_with_a_whole_word() -> None:
    assert shortened("one two three", 13) == "one two three"
    assert shortened("one two three", 12) == "one two…"
