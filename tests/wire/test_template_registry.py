"""`refund-desk whatsapp templates`: what is made at the provider, once, and what is known of it here."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from content_server import ACCOUNT, TOKEN, ContentServer

from bot.channels.protocol import ChannelError
from bot.channels.whatsapp_content import ContentApi
from bot.cli.run import run
from bot.clock import ManualClock
from bot.engine import Engine
from bot.settings import Settings
from bot.template_registry import Registered, create, registered, summary, sync
from bot.whatsapp_templates import PROACTIVE, is_approved
from policies.words import LANGUAGES

BRAND = "webpino"
ALL = len(PROACTIVE) * len(LANGUAGES)
Command = Callable[..., tuple[int, list[dict[str, str]], str]]


@pytest.fixture
def provider() -> Iterator[ContentServer]:
    server = ContentServer()
    yield server
    server.close()


@pytest.fixture
def api(provider: ContentServer) -> Iterator[ContentApi]:
    made = ContentApi(ACCOUNT, TOKEN, provider.url)
    yield made
    made.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    settings = Settings(_env_file=None, data_dir=tmp_path, secret_key="k" * 40)
    made = Engine(settings, clock=ManualClock(datetime(2026, 3, 12, tzinfo=UTC)), channels={}, durable=False)
    made.open()
    yield made
    made.close()


@pytest.fixture
def command(
    provider: ContentServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """Runs `whatsapp templates …` of a company with WhatsApp; gives exit code, objects and errors."""
    given = {
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": "k" * 40,
        "TWILIO_API_BASE": provider.url,
        "PUBLIC_BASE_URL": "https://refunds.example.com",
        "WEBPINO_TWILIO_ACCOUNT_SID": ACCOUNT,
        "WEBPINO_TWILIO_AUTH_TOKEN": TOKEN,
        "WEBPINO_WHATSAPP_FROM": "whatsapp:+911234567890",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"REFUND_DESK_{name}", value)

    def call(*arguments: str) -> tuple[int, list[dict[str, str]], str]:
        capfd.readouterr()
        code = run(["whatsapp", "templates", *arguments, "--json"])
        said = capfd.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    # A command sets the logs up anew, to an output that is closed when the test ends.
    before = structlog.get_config()
    yield call
    structlog.configure(**before)


def of(found: list[Registered], name: str, language: str = "en") -> Registered:
    return next(each for each in found if (each.name, each.language) == (name, language))


def change_text(engine: Engine, name: str) -> None:
    """Another text of the English template, as after an edit of its file."""
    from dataclasses import replace

    text = engine.template_texts.get(name, "en")
    assert text is not None
    engine.template_texts._read[name, "en"] = replace(text, says=text.says + " Thank you.")


def test_every_template_is_made_and_submitted_once(engine: Engine, provider: ContentServer, api: ContentApi) -> None:
    found = create(engine, BRAND, api)
    assert [each.status for each in found] == ["received"] * ALL
    assert len(provider.contents) == ALL
    made = provider.calls.count("POST /v1/Content")
    assert create(engine, BRAND, api) == sync(engine, BRAND, api) == registered(engine, BRAND)
    assert provider.calls.count("POST /v1/Content") == made == ALL


def test_only_what_whatsapp_approved_may_go(engine: Engine, provider: ContentServer, api: ContentApi) -> None:
    create(engine, BRAND, api)
    provider.decide("approved")
    provider.decide("rejected", "case_declined_en", "too long")
    provider.decide("paused", "case_shipped_en")
    provider.decide("approved", "case_approved_en", category="MARKETING")
    found = sync(engine, BRAND, api)
    assert (of(found, "case_declined").status, of(found, "case_declined").problem) == ("rejected", "too long")
    assert "MARKETING" in of(found, "case_approved").problem
    assert sorted(each.name for each in found if not each.may_go) == ["case_approved", "case_declined", "case_shipped"]
    assert summary(found).startswith(f"{ALL - 3} of {ALL} approved; what these say waits")
    with engine.database.reading() as session:
        told = {name: is_approved(session, BRAND, name, "en") for name in PROACTIVE}
    assert {name for name, may_go in told.items() if not may_go} == {"case_approved", "case_declined", "case_shipped"}


def test_a_changed_text_is_another_template_and_its_forerunner_goes_until_it_is_approved(
    engine: Engine, provider: ContentServer, api: ContentApi
) -> None:
    create(engine, BRAND, api)
    provider.decide("approved")
    before = of(sync(engine, BRAND, api), "case_shipped")
    change_text(engine, "case_shipped")
    waits = of(sync(engine, BRAND, api), "case_shipped")
    assert (waits.content_sid, waits.may_go) == (before.content_sid, True)
    assert "create it" in waits.problem
    asked = of(create(engine, BRAND, api), "case_shipped")
    assert (asked.content_sid, asked.may_go) == (before.content_sid, True)
    assert "received" in asked.problem
    assert len(provider.contents) == ALL + 1
    provider.decide("approved")
    after = of(sync(engine, BRAND, api), "case_shipped")
    assert (after.content_sid != before.content_sid, after.may_go, after.problem) == (True, True, "")


def test_what_was_made_before_a_failure_is_not_made_again(
    engine: Engine, provider: ContentServer, api: ContentApi
) -> None:
    submit = api.submit
    tries = iter(range(99))

    def fails_third(sid: str, name: str, category: str) -> str:
        if next(tries) == 2:
            raise ChannelError("ambiguous", "timeout")
        return submit(sid, name, category)

    api.submit = fails_third  # type: ignore[method-assign]
    with pytest.raises(ChannelError):
        create(engine, BRAND, api)
    assert len(provider.contents) == 3
    create(engine, BRAND, api)
    assert len(provider.contents) == ALL


@pytest.mark.parametrize(
    ("status", "error_class"), [(500, "later"), (503, "later"), (429, "later"), (401, "fix_first")]
)
def test_errors_of_the_provider_say_what_to_do(
    provider: ContentServer, api: ContentApi, status: int, error_class: str
) -> None:
    provider.down = status
    with pytest.raises(ChannelError) as refused:
        list(api.contents())
    assert refused.value.error_class == error_class
    provider.down = None
    with pytest.raises(ChannelError) as refused:
        list(ContentApi(ACCOUNT, "another token", provider.url).contents())
    assert (refused.value.error_class, refused.value.code) == ("fix_first", "20003 Authenticate")


def test_a_creation_whose_answer_was_lost_is_not_known_to_have_failed(provider: ContentServer, api: ContentApi) -> None:
    provider.down = 500
    with pytest.raises(ChannelError) as refused:
        api.create("name", "en", {"twilio/text": {"body": "x"}}, {})
    assert refused.value.error_class == "ambiguous"


def test_a_provider_that_is_not_there_is_tried_later() -> None:
    with pytest.raises(ChannelError) as refused:
        list(ContentApi(ACCOUNT, TOKEN, "http://127.0.0.1:9").contents())
    assert (refused.value.error_class, refused.value.code) == ("later", "not_connected")


def test_the_commands_create_list_and_sync(provider: ContentServer, command: Command) -> None:
    code, found, _ = command("list")
    assert code == 0
    assert {each["status"] for each in found} == {"unsubmitted"}
    assert provider.calls == []
    assert {each["status"] for each in command("create")[1]} == {"received"}
    provider.decide("approved")
    provider.decide("rejected", "promise_slips_hi_", "no")
    code, found, _ = command("sync", "--brand", BRAND)
    assert code == 1
    assert sum(each["status"] == "approved" for each in found) == ALL - 1
    assert command("list")[1] == found


def test_the_check_needs_nobody(command: Command, provider: ContentServer) -> None:
    assert command("list", "--check") == (0, [], "")
    assert provider.calls == []


def test_a_brand_without_credentials_is_told_which_one_is_missing(command: Command) -> None:
    code, found, error = command("sync", "--brand", "aptronix")
    assert (code, found) == (2, [])
    assert "REFUND_DESK_APTRONIX_TWILIO_ACCOUNT_SID is missing" in error


def test_a_provider_that_refuses_is_told_in_one_line(command: Command, provider: ContentServer) -> None:
    provider.down = 401
    code, _, error = command("sync")
    assert code == 2
    assert error.count("\n") == 1
    assert "20500 down" in error
