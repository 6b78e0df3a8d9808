"""What goes out: texts, buttons as Twilio can show them, approved templates; and what each of Twilio's errors does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from twilio_server import ACCOUNT, SENDER, TOKEN, Refusal, TwilioServer
from whatsapp_world import ASHA, NOW, PUBLIC, RAVI, Company

from bot.channels.protocol import ApprovedTemplate, ChannelError, Outbound, Receipt
from bot.channels.whatsapp.errors import FAILURES
from bot.tables import MESSAGE_TEMPLATE
from dialogs.turn import Button


def outbound(text: str = "Hello.", labels: tuple[str, ...] = (), **more: Any) -> Outbound:
    buttons = tuple(Button(label, f"choice:{number}") for number, label in enumerate(labels, 1))
    given = {
        "outbox_id": 7,
        "brand": "api-infotech",
        "account": SENDER,
        "conversation_id": "c1",
        "recipient": ("phone", "+919000000001"),
        "kind": "reply",
        "text": text,
        "buttons": buttons,
    }
    return Outbound(**{**given, **more})


def sends(company: Company, message: Outbound) -> Receipt:
    return company.engine.channels["whatsapp"].send(message)


def fails(company: Company, message: Outbound) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        sends(company, message)
    return raised.value


@pytest.fixture
def open_window(twilio: TwilioServer) -> None:
    """Asha and Ravi wrote a moment ago."""
    twilio.last_inbound = {ASHA: NOW, RAVI: NOW}


# -- what is sent -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_window")
def test_a_text_goes_as_it_stands_with_the_address_of_its_status(company: Company) -> None:
    receipt = sends(company, outbound("नमस्ते\n\n₹1,499 & more"))
    assert receipt == Receipt(company.twilio.sent[0].sid, "sent")
    assert company.twilio.sent[0].form == {
        "To": ASHA,
        "From": SENDER,
        "Body": "नमस्ते\n\n₹1,499 & more",
        "StatusCallback": f"{PUBLIC}/webhooks/whatsapp/api-infotech/status?outbox=7",
    }


@pytest.mark.usefixtures("open_window")
def test_a_text_may_have_1600_characters_and_no_more(company: Company) -> None:
    sends(company, outbound("x" * 1600))
    error = fails(company, outbound("x" * 1601))
    assert (error.error_class, error.code, len(company.twilio.sent)) == ("dead", "21617", 1)


@pytest.mark.usefixtures("open_window")
@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (("Yes",), "twilio/quick-reply"),
        (("Yes", "No", "x" * 20), "twilio/quick-reply"),
        (("Yes", "No", "x" * 21), "twilio/list-picker"),
        (("Yes", "No", "x" * 24), "twilio/list-picker"),
        (tuple(f"Choice {n}" for n in range(4)), "twilio/list-picker"),
        (tuple(f"Choice {n}" for n in range(10)), "twilio/list-picker"),
    ],
)
def test_buttons_are_shown_to_tap_as_far_as_whatsapp_shows_them(
    company: Company, labels: tuple[str, ...], kind: str
) -> None:
    sends(company, outbound("Which?\nThis or that.", labels))
    [sent] = company.twilio.sent
    assert list(company.twilio.contents[sent.form["ContentSid"]]["types"]) == [kind]
    assert (sent.body, tuple(sent.titles)) == ("Which?\nThis or that.", labels)
    assert sent.ids == [f"choice:{number}" for number in range(1, len(labels) + 1)]


@pytest.mark.usefixtures("open_window")
@pytest.mark.parametrize(
    "message",
    [
        outbound("Which?", tuple(f"Choice {n}" for n in range(11))),
        outbound("Which?", ("Yes", "No", "x" * 25)),
        outbound("Which?", ("Same", "Same")),
        outbound("Which? " + "x" * 1020, ("Yes", "No")),
        replace(outbound("Which?"), buttons=(Button("Yes", "y" * 201), Button("No", "no"))),
    ],
    ids=["eleven", "too wide", "the same twice", "a long text", "a long id"],
)
def test_what_cannot_be_tapped_is_offered_as_numbers_to_type(company: Company, message: Outbound) -> None:
    sends(company, message)
    [sent] = company.twilio.sent
    lines = [f"{number}. {button.label}" for number, button in enumerate(message.buttons, 1)]
    assert sent.form["Body"] == "\n".join([message.text, "", "Reply with a number:", *lines])
    assert company.twilio.contents == {}


@pytest.mark.usefixtures("open_window")
def test_a_long_text_with_buttons_goes_before_its_choices(company: Company) -> None:
    receipt = sends(company, outbound("x" * 1590, ("Yes", "No")))
    first, second = company.twilio.sent
    assert (first.body, second.body) == ("x" * 1590, "Reply with a number:\n1. Yes\n2. No")
    assert receipt.provider_id == second.sid


@pytest.mark.usefixtures("open_window")
def test_a_content_is_made_once_for_each_layout_and_language(make_company: Callable[..., Company]) -> None:
    company = make_company()
    for _ in range(3):
        sends(company, outbound("Which?", ("Yes", "No")))
    sends(company, outbound("कौन सा?", ("हाँ", "नहीं"), language="hi"))
    sends(company, outbound("Kaunsa?", tuple("abcd"), language="hinglish"))
    made = company.twilio.contents.values()
    assert [(each["friendly_name"], each["language"]) for each in made] == [
        ("menu:quick:2:en", "en"),
        ("menu:quick:2:hi", "hi"),
        ("menu:list:4:hinglish", "en"),
    ]
    assert [(row.name, row.language, row.status) for row in company.rows(MESSAGE_TEMPLATE)] == [
        ("menu:list:4", "hinglish", "session"),
        ("menu:quick:2", "en", "session"),
        ("menu:quick:2", "hi", "session"),
    ]
    again = make_company()
    sends(again, outbound("Which?", ("Yes", "No")))
    assert len(company.twilio.contents) == 3, "another process uses what is kept"


@pytest.mark.usefixtures("open_window")
def test_where_no_content_can_be_made_numbers_are_sent_and_it_is_tried_again_later(company: Company) -> None:
    company.twilio.content_script = [Refusal(500, 20500)]
    sends(company, outbound("Which?", ("Yes", "No")))
    sends(company, outbound("Which?", ("Yes", "No")))
    assert [message.titles for message in company.twilio.sent] == [[], []]
    company.moves(timedelta(minutes=11))
    sends(company, outbound("Which?", ("Yes", "No")))
    assert company.twilio.sent[-1].titles == ["Yes", "No"]


@pytest.mark.usefixtures("open_window")
@pytest.mark.parametrize("code", [63005, 63021, 63013, 92007, 21655, 21656])
def test_a_refused_content_goes_once_as_numbers(company: Company, code: int) -> None:
    sends(company, outbound("Which?", ("Yes", "No")))
    company.twilio.script = [Refusal(400, code)]
    sends(company, outbound("Which?", ("Yes", "No")))
    assert company.twilio.sent[-1].form["Body"].endswith("1. Yes\n2. No")


@pytest.mark.usefixtures("open_window")
def test_a_content_that_was_deleted_at_twilio_is_made_anew(company: Company) -> None:
    sends(company, outbound("Which?", ("Yes", "No")))
    company.twilio.contents.clear()
    sends(company, outbound("Which?", ("Yes", "No")))
    assert company.twilio.sent[-1].titles == []
    company.moves(timedelta(minutes=11))
    sends(company, outbound("Which?", ("Yes", "No")))
    assert company.twilio.sent[-1].titles == ["Yes", "No"]


def test_an_approved_template_goes_outside_the_window_with_its_variables_as_json(company: Company) -> None:
    sid = company.twilio.new_sid("HX")
    body = "Your request {{1}} is now: {{2}}. Write here to ask."
    company.twilio.contents[sid] = {"variables": {"1": "x", "2": "y"}, "types": {"twilio/text": {"body": body}}}
    company.twilio.approved.add(sid)
    sends(company, outbound("free text", approved=ApprovedTemplate(sid, {"1": "AP-7K2QX", "2": '₹1,499 "sent"'})))
    [sent] = company.twilio.sent
    assert sent.body == 'Your request AP-7K2QX is now: ₹1,499 "sent". Write here to ask.'
    assert json.loads(sent.form["ContentVariables"]) == {"1": "AP-7K2QX", "2": '₹1,499 "sent"'}
    assert "Body" not in sent.form
    assert sent.status == "queued"


@pytest.mark.usefixtures("open_window")
def test_an_api_key_signs_in_in_place_of_the_token(make_company: Callable[..., Company]) -> None:
    company = make_company({"TWILIO_API_KEY_SID": "SK1", "TWILIO_API_KEY_SECRET": "secret"})
    company.twilio.passwords = {"SK1": "secret"}
    sends(company, outbound())
    assert [message.body for message in company.twilio.sent] == ["Hello."]
    assert company.hears("hi").status_code == 200, "the token still signs the webhook"


@pytest.mark.usefixtures("open_window")
def test_a_messaging_service_is_named_where_one_is_set(make_company: Callable[..., Company]) -> None:
    company = make_company({"TWILIO_MESSAGING_SERVICE_SID": "MG" + "c" * 32})
    sends(company, outbound())
    assert company.twilio.sent[0].form["MessagingServiceSid"] == "MG" + "c" * 32
    assert company.twilio.sent[0].form["From"] == SENDER


@pytest.mark.usefixtures("open_window")
def test_one_connection_serves_many_messages(company: Company) -> None:
    for _ in range(5):
        sends(company, outbound())
    assert len(company.twilio.sent) == 5
    assert company.twilio.connections == 1


# -- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_window")
@pytest.mark.parametrize("code", sorted(FAILURES))
def test_each_code_of_twilios_does_what_the_table_says(company: Company, code: int) -> None:
    company.twilio.script = [Refusal(400, code)]
    error = fails(company, outbound())
    known = FAILURES[code]
    assert (error.error_class, error.code, error.wait) == (known.error_class, str(code), known.wait)
    assert len(company.twilio.requests) == 1, "a message is never created twice"


@pytest.mark.usefixtures("open_window")
@pytest.mark.parametrize(
    ("meets", "error_class", "code"),
    [
        (Refusal(400, 99999), "dead", "99999"),
        (Refusal(400, None), "dead", "http_400"),
        (Refusal(401, None), "fix_first", "http_401"),
        (Refusal(404, 20404), "fix_first", "20404"),
        (Refusal(500, None), "ambiguous", "http_500"),
        (Refusal(502, 99999), "ambiguous", "99999"),
        (Refusal(503, None), "ambiguous", "http_503"),
        ("closed", "ambiguous", "ProtocolError"),
        ("lost", "ambiguous", "ProtocolError"),
    ],
)
def test_other_answers_are_classed_by_what_may_have_happened(
    company: Company, meets: Any, error_class: str, code: str
) -> None:
    company.twilio.script = [meets]
    error = fails(company, outbound())
    assert (error.error_class, error.code) == (error_class, code)


@pytest.mark.usefixtures("open_window")
def test_too_many_requests_wait_as_long_as_twilio_says(company: Company) -> None:
    company.twilio.script = [Refusal(429, 20429), Refusal(429, 20429, wait="17")]
    assert (fails(company, outbound()).error_class, fails(company, outbound()).error_class) == ("later", "later")
    company.twilio.script = [Refusal(429, 20429, wait="17")]
    wait = fails(company, outbound()).wait
    assert wait is not None
    assert timedelta(seconds=17) <= wait <= timedelta(seconds=18)


def test_a_wrong_password_stops_sending_until_it_is_put_right(company: Company) -> None:
    company.twilio.passwords = {ACCOUNT: "another"}
    error = fails(company, outbound())
    assert (error.error_class, error.code) == ("fix_first", "20003")
    assert TOKEN not in str(error)


def test_where_nobody_listens_nothing_was_sent(make_company: Callable[..., Company]) -> None:
    company = make_company(twilio_api_base="http://127.0.0.1:9")
    assert fails(company, outbound()).error_class == "later"


# -- what went unclear ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_window")
def test_a_message_whose_answer_was_lost_is_found_and_not_sent_twice(company: Company) -> None:
    company.hears("hi")
    company.twilio.script = ["lost"]
    company.settles()
    assert [(row.error_class, row.done) for row in company.outbox] == [("ambiguous", False)]
    company.settles(60)
    assert [(row.receipt, row.done) for row in company.outbox] == [(company.twilio.sent[0].sid, True)]
    assert len(company.twilio.sent) == 1


@pytest.mark.usefixtures("open_window")
def test_a_message_that_never_arrived_is_sent_again(company: Company) -> None:
    company.hears("hi")
    company.twilio.script = ["closed"]
    company.settles()
    assert company.twilio.sent == []
    company.settles(60)
    assert (len(company.twilio.sent), company.outbox[0].done) == (1, True)


@pytest.mark.usefixtures("open_window")
def test_the_same_words_sent_before_are_not_taken_for_the_lost_message(company: Company) -> None:
    sent = company.plays("hi", "hi")
    company.hears("hi")
    company.twilio.script = ["closed"]
    company.settles()
    company.settles(60)
    assert [message.body for message in company.twilio.sent[-2:]] == [sent[-1].body] * 2
    assert len({row.receipt for row in company.outbox}) == len(company.outbox) == 3


@pytest.mark.usefixtures("open_window")
def test_while_twilio_cannot_be_asked_an_unclear_message_waits(company: Company) -> None:
    company.hears("hi")
    company.twilio.script = ["lost"]
    company.settles()
    password, company.twilio.passwords = company.twilio.passwords, {}
    company.settles(60)
    assert [(row.error_class, row.done) for row in company.outbox] == [("ambiguous", False)]
    company.twilio.passwords = password
    company.settles(600)
    assert (len(company.twilio.sent), company.outbox[0].done) == (1, True)


@pytest.mark.usefixtures("open_window")
def test_twilio_away_for_a_while_loses_nothing_and_repeats_nothing(company: Company) -> None:
    company.hears("hi")
    company.twilio.script = [Refusal(503, None), "lost"]
    for _ in range(5):
        company.settles(60)
    assert company.outbox[0].done
    assert [message.sid for message in company.twilio.sent] == [company.outbox[0].receipt]


# -- how far it got ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_window")
def test_reports_in_any_order_and_twice_leave_the_furthest(company: Company) -> None:
    [sent] = company.plays("hi")
    for status in ("read", "sent", "delivered", "delivered", "queued", "sent"):
        company.twilio.reports(sent, status)
    company.deliver_callbacks()
    assert company.outbox[0].delivery == "read"
    assert company.outbox[0].seen_at is not None


@pytest.mark.usefixtures("open_window")
def test_an_unclear_try_after_one_that_whatsapp_could_not_deliver_is_not_taken_for_it(company: Company) -> None:
    [first] = company.plays("hi")
    company.twilio.reports(first, "failed", 63012)
    company.deliver_callbacks()
    company.twilio.script = ["closed"]
    company.settles(5)
    assert [row.done for row in company.outbox] == [False]
    company.settles(60)
    assert len(company.twilio.sent) == 2
    assert (company.outbox[0].receipt, company.outbox[0].done) == (company.twilio.sent[1].sid, True)


@pytest.mark.usefixtures("open_window")
def test_a_report_that_the_content_was_refused_may_come_twice(company: Company) -> None:
    [sent] = company.plays("hi")
    for _ in range(3):
        company.twilio.reports(sent, "failed", 63005)
    company.deliver_callbacks()
    company.settles(5)
    assert [row.dead_at for row in company.outbox] == [None]
    assert len(company.twilio.sent) == 2


@pytest.mark.usefixtures("open_window")
def test_a_report_that_comes_before_the_answer_is_kept(company: Company) -> None:
    company.hears("hi")
    company.twilio.script = ["lost"]
    company.settles()
    company.twilio.reports(company.twilio.sent[0], "delivered")
    company.deliver_callbacks()
    assert (company.outbox[0].receipt, company.outbox[0].delivery) == (company.twilio.sent[0].sid, "delivered")
    listed = len(company.twilio.requests)
    company.settles(60)
    assert company.outbox[0].done
    assert len(company.twilio.sent) == 1
    assert len(company.twilio.requests) == listed, "what a report told need not be asked"


@pytest.mark.usefixtures("open_window")
def test_a_read_receipt_by_its_event_is_one(company: Company) -> None:
    [sent] = company.plays("hi")
    company.twilio.reports(sent, "delivered", EventType="READ")
    company.deliver_callbacks()
    assert company.outbox[0].delivery == "read"


@pytest.mark.usefixtures("open_window")
@pytest.mark.parametrize(("code", "error_class"), [(63024, "dead"), (63014, "blocked"), (12345, "dead")])
def test_a_failure_is_kept_with_its_class_and_code(company: Company, code: int, error_class: str) -> None:
    [sent] = company.plays("hi")
    company.twilio.reports(sent, "undelivered", code)
    company.deliver_callbacks()
    row = company.outbox[0]
    assert (row.delivery, row.error_class, row.error) == ("failed", error_class, str(code))


@pytest.mark.usefixtures("open_window")
def test_a_menu_that_whatsapp_refused_goes_once_more_as_numbers(company: Company) -> None:
    company.twilio.refuse_content = 63021
    [menu] = company.plays("hi")
    assert menu.titles
    company.deliver_callbacks()
    company.engine.settle()
    numbered = company.twilio.sent[-1]
    assert numbered.body.startswith(menu.body)
    assert f"1. {menu.titles[0]}" in numbered.body
    assert (company.outbox[0].receipt, company.outbox[0].done) == (numbered.sid, True)
    company.twilio.reports(numbered, "undelivered", 63021)
    company.deliver_callbacks()
    company.engine.settle()
    assert len(company.twilio.sent) == 2, "once"
    assert company.outbox[0].delivery == "failed"


@pytest.mark.usefixtures("open_window")
def test_forged_and_foreign_reports_change_nothing(company: Company) -> None:
    [sent] = company.plays("hi")
    callback = company.twilio.reports(sent, "read")
    assert company.deliver(replace(callback, signature="A" * 28)).status_code == 403
    assert company.deliver(replace(callback, url=callback.url.replace("outbox=1", "outbox=2"))).status_code == 403
    stranger = replace(sent, sid="SM" + "9" * 32)
    stranger.form = {**sent.form, "StatusCallback": f"{PUBLIC}/webhooks/whatsapp/api-infotech/status?outbox=999"}
    assert company.deliver(company.twilio.reports(stranger, "read")).status_code == 200
    assert company.outbox[0].delivery == "sent"
