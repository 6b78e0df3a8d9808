"""What no webhook brought and no callback told is found in Twilio's own list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from twilio_server import SENDER
from whatsapp_world import ASHA, BRAND, RAVI, Company

from bot.channels.protocol import ChannelError
from bot.channels.whatsapp.reconcile import Reconciled, reconcile, reconcile_due
from bot.cli.run import run
from bot.doctor import examine


def lost(company: Company, *texts: str, who: str = ASHA) -> list[str]:
    """Messages that Twilio has and that its webhook did not bring; gives their SIDs."""
    return [dict(company.twilio.customer_writes(text, who))["MessageSid"] for text in texts]


def test_messages_that_no_webhook_brought_are_stored_in_order_and_answered(company: Company) -> None:
    company.hears("hi")
    sids = lost(company, "where is my refund", "hello?")
    company.moves(timedelta(minutes=1))
    assert reconcile(company.engine, BRAND) == Reconciled(found=2)
    assert [row.provider_id for row in company.inbox][1:] == sids
    assert company.inbox[1].received_at == company.clock() - timedelta(minutes=1)
    company.settles()
    assert [message.to for message in company.twilio.sent] == [ASHA]


def test_comparing_again_finds_nothing_and_a_late_webhook_changes_nothing(company: Company) -> None:
    form = company.twilio.customer_writes("hi")
    company.moves(timedelta(minutes=1))
    assert reconcile(company.engine, BRAND).found == 1
    company.moves(timedelta(minutes=10))
    assert reconcile(company.engine, BRAND).found == 0
    assert company.call(form).status_code == 200
    assert len(company.inbox) == 1


def test_a_lost_album_comes_with_all_of_its_files(company: Company) -> None:
    form = company.twilio.customer_writes("both", ASHA, {"image/jpeg": b"1", "application/pdf": b"2"})
    company.moves(timedelta(minutes=1))
    assert reconcile(company.engine, BRAND).found == 2
    sid = dict(form)["MessageSid"]
    assert [(row.provider_id, row.attachment["kind"]) for row in company.inbox] == [
        (sid, "photo"),
        (f"{sid}:1", "document"),
    ]
    fetched = company.engine.channels["whatsapp"].fetch(BRAND, company.inbox[1].attachment["fetch"])
    assert b"".join(fetched) == b"2"
    company.call(form)
    assert len(company.inbox) == 2


def test_a_part_that_was_not_stored_is_brought_alone(company: Company) -> None:
    form = company.twilio.customer_writes("both", ASHA, {"image/jpeg": b"1", "image/png": b"2"})
    company.call([*((name, value) for name, value in form if name != "NumMedia"), ("NumMedia", "1")])
    company.moves(timedelta(minutes=1))
    assert reconcile(company.engine, BRAND).found == 1
    assert [row.provider_id[34:] for row in company.inbox] == ["", ":1"]


def test_a_long_list_is_read_page_by_page(company: Company) -> None:
    sids = lost(company, *(f"message {number}" for number in range(25)))
    company.twilio.page_limit = 10
    company.moves(timedelta(minutes=1))
    assert reconcile(company.engine, BRAND).found == 25
    assert [row.provider_id for row in company.inbox] == sids
    assert len(company.twilio.requests) == 3


def test_a_message_half_a_minute_old_is_left_to_its_webhook(company: Company) -> None:
    lost(company, "hi")
    company.moves(timedelta(seconds=29))
    assert reconcile(company.engine, BRAND).found == 0
    company.moves(timedelta(seconds=1))
    assert reconcile(company.engine, BRAND).found == 1


def test_the_first_look_goes_back_a_day_and_later_ones_to_the_last(company: Company) -> None:
    lost(company, "two days ago")
    company.moves(timedelta(hours=48))
    lost(company, "yesterday", who=RAVI)
    company.moves(timedelta(hours=23))
    assert reconcile(company.engine, BRAND).found == 1
    company.moves(timedelta(days=5))
    lost(company, "after five days without a comparison")
    company.moves(timedelta(minutes=1))
    assert reconcile(company.engine, BRAND).found == 1
    assert reconcile(company.engine, BRAND, since=company.clock() - timedelta(days=10)).found == 1


def test_our_own_messages_are_not_taken_for_customers(company: Company) -> None:
    company.plays("hi")
    company.moves(timedelta(minutes=1))
    assert reconcile(company.engine, BRAND) == Reconciled()


@pytest.mark.parametrize(("status", "code", "kept"), [("delivered", None, "delivered"), ("failed", 63024, "failed")])
def test_an_end_that_no_callback_told_is_asked_for_after_twelve_hours(
    company: Company, status: str, code: int | None, kept: str
) -> None:
    [sent] = company.plays("hi")
    sent.status, sent.error_code = status, code
    company.moves(timedelta(hours=12) - timedelta(seconds=1))
    assert reconcile(company.engine, BRAND).told == 0
    company.moves(timedelta(minutes=10))
    assert reconcile(company.engine, BRAND).told == 1
    assert company.outbox[0].delivery == kept


def test_each_message_is_asked_for_once(company: Company) -> None:
    company.plays("hi")
    company.moves(timedelta(hours=13))
    for _ in range(3):
        assert reconcile(company.engine, BRAND).told == 0
        company.moves(timedelta(minutes=10))
    assert len([path for _, path in company.twilio.requests if company.twilio.sent[0].sid in path]) == 1


def test_a_message_that_twilio_deleted_stops_nothing(company: Company) -> None:
    company.plays("hi")
    company.twilio.messages.clear()
    company.moves(timedelta(hours=13))
    lost(company, "are you there")
    company.moves(timedelta(minutes=1))
    assert reconcile(company.engine, BRAND) == Reconciled(found=1)


def test_the_clock_compares_as_often_as_the_setting_says(make_company: Callable[..., Company]) -> None:
    company = make_company(reconcile_minutes=10)
    reconcile_due(company.engine)
    asked = len(company.twilio.requests)
    company.moves(timedelta(minutes=10) - timedelta(seconds=1))
    reconcile_due(company.engine)
    assert len(company.twilio.requests) == asked
    company.moves(timedelta(seconds=1))
    reconcile_due(company.engine)
    assert len(company.twilio.requests) == asked + 1


def test_the_clock_never_compares_where_the_setting_says_so(make_company: Callable[..., Company]) -> None:
    company = make_company(reconcile_minutes=0)
    lost(company, "hi")
    company.moves(timedelta(hours=1))
    assert (reconcile_due(company.engine), company.twilio.requests) == (0, [])


def test_two_schedulers_at_once_store_each_message_once(company: Company) -> None:
    lost(company, *(f"message {number}" for number in range(10)))
    company.moves(timedelta(minutes=1))
    done = company.at_once([lambda: reconcile(company.engine, BRAND).found] * 4)
    assert (sum(done), len(company.inbox)) == (10, 10)


def test_what_could_not_be_compared_is_compared_next_time(company: Company) -> None:
    lost(company, "hi")
    company.moves(timedelta(minutes=1))
    password, company.twilio.passwords = company.twilio.passwords, {}
    with pytest.raises(ChannelError):
        reconcile(company.engine, BRAND)
    assert reconcile_due(company.engine) == 0
    company.twilio.passwords = password
    assert reconcile_due(company.engine) == 1


def test_the_command_compares_and_says_what_it_found(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = company.engine.settings
    for name in ("data_dir", "brands", "public_base_url", "twilio_api_base"):
        monkeypatch.setenv(f"REFUND_DESK_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("REFUND_DESK_SECRET_KEY", "k" * 32)
    company.twilio.now_is = None
    lost(company, "hi")
    company.twilio.messages[0].at -= timedelta(minutes=5)
    assert run(["whatsapp", "reconcile", "--json"]) == 0
    assert capsys.readouterr().out == '{"brand": "api-infotech", "found": 1, "told": 0}\n'
    assert [row.account for row in company.inbox] == [SENDER]
    assert run(["whatsapp", "menus", "--brand", "api-infotech"]) == 0
    assert capsys.readouterr().out == "api-infotech: menus 39\n"
    assert len(company.twilio.contents) == 39
    assert run(["whatsapp", "reconcile", "--brand", "webpino"]) == 2
    company.twilio.passwords = {}
    assert run(["whatsapp", "reconcile"]) == 1
    assert capsys.readouterr().out == "api-infotech: problem fix_first: 20003\n"


def test_the_doctor_asks_twilio_whether_the_credentials_are_right(company: Company) -> None:
    def found() -> tuple[bool, str]:
        [item] = [each for each in examine(company.engine.settings) if each.what == f"twilio account of {BRAND}"]
        return item.ok, item.says

    sender = f"sends as {SENDER}; Twilio must sign https://desk.example/webhooks/whatsapp/{BRAND}"
    assert found() == (True, sender)
    company.twilio.passwords = {}
    assert found() == (False, "Twilio refuses the credentials (20003)")
    company.twilio.close()
    assert found() == (False, "Twilio was not reached (not_connected)")


def test_the_doctor_names_what_keeps_whatsapp_from_starting(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUND_DESK_API_INFOTECH_WHATSAPP_FROM", "")
    last = list(examine(company.engine.settings))[-1]
    assert (last.what, last.ok) == ("settings", False)
    assert "REFUND_DESK_API_INFOTECH_WHATSAPP_FROM" in last.says
